//! Timeline of Android (an object with `semanticSegments` and `rawSignals`) and of iPhones (an
//! array of the former).
//!
//! What tells of the same time is taken once: paths and visits first, then activities of times
//! without a path, then raw signals of times without anything. So activities and raw signals wait
//! until all of the file has been seen.

use std::io::Read;

use serde_json::Value;

use super::places::Path;
use super::{places, records};
use crate::error::Result;
use crate::geo::Time;
use crate::input::json::elements::{Records, each};
use crate::input::json::fixes::{float, moment};
use crate::input::{Oddity, Options, Sink};

/// Names of arrays in the file of Android; that of iPhones is an array without a name.
const SEGMENTS: [&str; 2] = ["semanticSegments", "rawSignals"];

pub(super) fn read(source: impl Read, options: &Options, sink: &mut Sink) -> Result<()> {
    let mut timeline = Timeline {
        options,
        moments: Vec::new(),
        told: Vec::new(),
        activities: Vec::new(),
        signals: Vec::new(),
    };
    each(source, Records::Of(&SEGMENTS), sink, |element, sink| {
        let Some(record) = element.value(sink)? else {
            return Ok(());
        };
        timeline.take(element.member, record, element.number, sink)
    })?;
    timeline.finish(sink)
}

/// A stretch of time.
type Stretch = (Time, Time);

/// What of a file has to be known until its end.
struct Timeline<'o> {
    options: &'o Options,
    /// Moments of paths.
    moments: Vec<Time>,
    /// Stretches of which paths, visits and activities tell.
    told: Vec<Stretch>,
    /// Activities, with the numbers of their records.
    activities: Vec<(Value, u64)>,
    /// Positions among the raw signals, likewise.
    signals: Vec<(Value, u64)>,
}

impl Timeline<'_> {
    fn take(&mut self, member: &str, record: Value, at: u64, sink: &mut Sink) -> Result<()> {
        if member == "rawSignals" {
            let position = record
                .get("position")
                .filter(|position| position.is_object());
            self.signals
                .extend(position.map(|position| (position.clone(), at)));
            return Ok(());
        }
        if record["timelinePath"].is_array() {
            sink.record();
            self.path(&record, at, sink)?;
        } else if record["visit"].is_object() {
            sink.record();
            self.visit(&record, at, sink)?;
        } else if record["activity"].is_object() {
            sink.record();
            self.activities.push((record, at));
        }
        Ok(())
    }

    fn path(&mut self, record: &Value, at: u64, sink: &mut Sink) -> Result<()> {
        let start = moment(&record["startTime"]);
        let mut path = Path::new(at);
        let (mut first, mut last) = (None, None);
        for point in record["timelinePath"].as_array().into_iter().flatten() {
            let time = time_on(point, start);
            self.moments.extend(time);
            first = first.or(time);
            last = last.max(time);
            path.join(point, time.filter(|_| sink.manner().times), sink)?;
        }
        path.end(sink);
        self.told.extend(first.zip(last));
        Ok(())
    }

    fn visit(&mut self, record: &Value, at: u64, sink: &mut Sink) -> Result<()> {
        let (from, to) = (moment(&record["startTime"]), moment(&record["endTime"]));
        self.told.extend(from.zip(to.or(from)));
        let visit = &record["visit"];
        // A shop in a mall is told beside the mall.
        let is_inner = visit.get("hierarchyLevel").and_then(float).unwrap_or(0.0) > 0.0;
        if is_inner {
            return sink.odd(Oddity::ToldTwice, at);
        }
        let weight = self.options.visit_weight.of(from, to);
        let time = from.filter(|_| sink.manner().times);
        let candidate = &visit["topCandidate"];
        places::point(&candidate["placeLocation"], time, weight, at, sink)
    }

    /// Takes the activities and the signals of times of which nothing else tells.
    fn finish(mut self, sink: &mut Sink) -> Result<()> {
        self.moments.sort_unstable();
        for (record, at) in std::mem::take(&mut self.activities) {
            self.activity(&record, at, sink)?;
        }
        self.told.sort_unstable();
        let told = merged(&self.told);
        for (position, at) in &self.signals {
            sink.record();
            let is_told = moment(&position["timestamp"]).is_some_and(|time| is_in(&told, time));
            if is_told {
                sink.odd(Oddity::ToldTwice, *at)?;
                continue;
            }
            let metres = position.get("accuracyMeters").and_then(float);
            records::position(position, metres, *at, sink)?;
        }
        Ok(())
    }

    fn activity(&mut self, record: &Value, at: u64, sink: &mut Sink) -> Result<()> {
        let (from, to) = (moment(&record["startTime"]), moment(&record["endTime"]));
        let stretch = from.zip(to.or(from));
        self.told.extend(stretch);
        let activity = &record["activity"];
        sink.next_sport();
        if let Some(kind) = activity["topCandidate"]["type"].as_str() {
            sink.sport(kind);
        }
        let has_path = |(from, to): Stretch| {
            let next = self.moments.partition_point(|time| *time < from);
            self.moments.get(next).is_some_and(|time| *time <= to)
        };
        if stretch.is_some_and(has_path) {
            return Ok(());
        }
        let times = sink.manner().times;
        let mut path = Path::new(at);
        for (end, time) in [("start", from), ("end", to)] {
            path.join(&activity[end], time.filter(|_| times), sink)?;
        }
        path.end(sink);
        Ok(())
    }
}

/// When somebody was at a point of a path, which may be said in minutes from its start.
fn time_on(point: &Value, start: Option<Time>) -> Option<Time> {
    moment(&point["time"]).or_else(|| {
        let minutes = float(&point["durationMinutesOffsetFromStartTime"]);
        let later = (minutes.unwrap_or(0.0) * 60_000.0) as i64;
        Time::from_milliseconds(start?.milliseconds().saturating_add(later))
    })
}

/// Stretches in order, of which no two overlap.
fn merged(stretches: &[Stretch]) -> Vec<Stretch> {
    let mut merged: Vec<Stretch> = Vec::new();
    for &(from, to) in stretches {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn is_in(stretches: &[Stretch], time: Time) -> bool {
    let next = stretches.partition_point(|(from, _)| *from <= time);
    next > 0 && time <= stretches[next - 1].1
}
