//! Tracks: fixes in, segments and lone points out.
//!
//! The one place where fixes become lines, whatever the format: where a track is cut, and what a
//! stretch of it weighs and when it was. It works fix by fix, so a track of any length takes no
//! memory.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Manner;
use crate::geo::{Coord, Shape, Time, TrackId, TrackWeight};

/// A recorded position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Where it is.
    pub at: Coord,
    /// When it was, if that is known and somebody wants to know.
    pub time: Option<Time>,
    /// What was measured there, if that is known and somebody wants to know.
    pub measured: Option<f64>,
}

impl Fix {
    /// A fix where nothing was measured but its place.
    #[must_use]
    pub fn new(at: Coord, time: Option<Time>) -> Self {
        let measured = None;
        Self { at, time, measured }
    }

    /// The same with what was measured there.
    #[must_use]
    pub fn measuring(self, measured: Option<f64>) -> Self {
        Self { measured, ..self }
    }

    /// The value of a fix that is none of a track: a place has no speed.
    #[must_use]
    pub fn value(self, measure: Measure) -> Option<f64> {
        let measured = self.measured.filter(|value| value.is_finite());
        match measure {
            Measure::Speed => None,
            Measure::Elevation => measured,
            // Straps that lost contact write 0.
            Measure::HeartRate => measured.filter(|&rate| rate > 0.0),
        }
    }

    /// The fix as a point of its own.
    #[must_use]
    pub fn alone(self) -> Shape {
        Shape::point(self.at).when(self.time)
    }
}

/// A value that recordings have of each fix, besides its place and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Kilometres per hour on the way from the fix before: metres between both, by the seconds
    /// between them.
    Speed,
    /// Metres above what the file counts from, which mostly is the sea.
    Elevation,
    /// Beats of the heart in a minute.
    HeartRate,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Speed, Self::Elevation, Self::HeartRate];

    /// Its name, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Speed => "speed",
            Self::Elevation => "elevation",
            Self::HeartRate => "heartrate",
        }
    }

    /// What it is and what it is measured in, in words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Speed => "speed in km/h",
            Self::Elevation => "elevation in m",
            Self::HeartRate => "heart rate per minute",
        }
    }
}

/// A fix of a track that is held, with what it weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub at: Coord,
    pub time: Option<Time>,
    pub measured: Option<f64>,
    pub weight: f64,
}

/// Lines of one track that are held until its file ends.
#[derive(Clone)]
pub(super) struct Held {
    /// The track, without any fix.
    pub track: Track,
    pub lines: Vec<Vec<Step>>,
    /// What the file tells of its sport.
    pub sport: Sport,
    /// How many like it its row stands for.
    pub count: u32,
}

/// What a file tells of the sport of a track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Sport {
    /// What it tells of all its tracks, perhaps at its end.
    #[default]
    OfFile,
    /// It tells that of each track, or nothing of this one.
    OfTrack(Option<String>),
}

impl Held {
    /// Which track it is among all of a run.
    pub(super) fn serial(&self) -> u64 {
        self.track.serial
    }
}

/// How many tracks there were in this run, to tell them apart.
static TRACKS: AtomicU64 = AtomicU64::new(0);

/// What a file says of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// Which track of the file it is, counted from 1.
    pub number: u64,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What each of its shapes weighs.
    pub weight: f64,
}

/// The end of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// How many fixes it had; at least one.
    pub fixes: u64,
    /// The first and the last of their times.
    pub times: Option<(Time, Time)>,
    /// The shape of a line of one fix.
    pub lone: Option<Shape>,
    /// How many of its pieces count by their lengths, because nobody knows how long they took.
    pub untimed: u64,
    /// How many fixes were left out, because the value that is wanted of them is not known.
    pub unmeasured: u64,
}

/// A track as far as its fixes have come.
#[derive(Clone)]
pub struct Track {
    /// The part of the data that it is of, where these are parted.
    pub(super) part: Option<usize>,
    /// The times of some of its fixes are what clocks showed there.
    pub(super) has_local_times: bool,
    about: About,
    last: Option<Fix>,
    /// How many fixes the line has that has not been cut yet.
    fixes: u64,
    /// The first and the last of their times.
    times: Option<(Time, Time)>,
    /// How many of its pieces have no times, where these are what counts.
    untimed: u64,
    /// How many of its fixes have no value, where that is what counts.
    unmeasured: u64,
    /// Which track it is, once that was of interest.
    id: Option<TrackId>,
    /// Fixes that are held instead of being joined.
    held: Vec<Step>,
    serial: u64,
}

impl Track {
    /// A track without fixes.
    #[must_use]
    pub fn new(about: About) -> Self {
        Self {
            about,
            last: None,
            fixes: 0,
            times: None,
            untimed: 0,
            unmeasured: 0,
            id: None,
            held: Vec::new(),
            serial: TRACKS.fetch_add(1, Ordering::Relaxed),
            part: None,
            has_local_times: false,
        }
    }

    /// Holds a fix instead of joining it.
    pub(super) fn hold(&mut self, fix: Fix) {
        self.last = Some(fix);
        let Fix { at, time, measured } = fix;
        let weight = self.about.weight;
        self.held.push(Step {
            at,
            time,
            measured,
            weight,
        });
    }

    /// The fixes of a line that were held, which ends it.
    pub(super) fn release(&mut self) -> Option<Held> {
        self.last = None;
        let line = std::mem::take(&mut self.held);
        let lines = vec![line];
        let track = self.clone();
        (!lines[0].is_empty()).then_some(Held {
            track,
            lines,
            sport: Sport::OfFile,
            count: 1,
        })
    }

    /// What the file says of it.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Makes it the one that is called so wherever its fixes are, in this file and in others; else
    /// it is the one of its number in its file.
    pub fn identify(&mut self, name: &[u8]) {
        self.id = Some(TrackId::of(name));
    }

    /// Gives it a name; files may have it behind the first fixes.
    pub fn call(&mut self, name: String) {
        self.about.name = Some(name);
    }

    /// Says what shapes weigh from here on.
    pub fn weigh(&mut self, weight: f64) {
        self.about.weight = weight;
    }

    /// Whether its last fix was at this place.
    #[must_use]
    pub fn is_at(&self, at: Coord) -> bool {
        self.last.is_some_and(|last| last.at == at)
    }

    /// Joins a fix to the one before. That stretch was done when the later of its ends was reached.
    /// Where values are wanted, a fix is the point of its value.
    #[inline]
    pub fn join(&mut self, fix: Fix, manner: &Manner) -> Option<Shape> {
        let last = self.last.replace(fix);
        if last.is_none() {
            (self.fixes, self.times) = (0, None);
            (self.untimed, self.unmeasured) = (0, 0);
        }
        self.fixes += 1;
        if let Some(time) = fix.time {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
        if let Some(measure) = manner.measure {
            return self.valued(last, fix, measure, manner);
        }
        last.map(|last| {
            let piece = Shape::segment(last.at, fix.at)
                .weighing(self.about.weight)
                .when(last.time.max(fix.time));
            match manner.track_weight {
                TrackWeight::Points => piece,
                TrackWeight::Time => self.lasting(piece, last, fix, manner),
                TrackWeight::Length | TrackWeight::Visits => piece.of_track(self.id(manner)),
            }
        })
    }

    /// The point of a value. The first fix of a line has no speed, which is nothing to be told of.
    fn valued(
        &mut self,
        last: Option<Fix>,
        fix: Fix,
        measure: Measure,
        manner: &Manner,
    ) -> Option<Shape> {
        let value = match (measure, last) {
            (Measure::Speed, None) => return None,
            (Measure::Speed, Some(last)) => speed(last, fix, manner),
            _ => fix.value(measure),
        };
        self.unmeasured += u64::from(value.is_none());
        value.map(|value| fix.alone().weighing(value))
    }

    /// A piece that weighs as many seconds as it took, or else as many metres as it is long.
    fn lasting(&mut self, piece: Shape, from: Fix, to: Fix, manner: &Manner) -> Shape {
        let measure = seconds(from, to).unwrap_or_else(|| {
            self.untimed += 1;
            manner.crs.distance(from.at, manner.led(from.at, to.at))
        });
        piece
            .weighing(piece.weight * measure)
            .of_track(self.id(manner))
    }

    /// Which track it is: that of its number in its file, unless it has a name.
    fn id(&mut self, manner: &Manner) -> Option<TrackId> {
        if self.id.is_none() {
            let file = manner.file.unwrap_or_else(|| TrackId::of(b""));
            self.id = Some(file.part(self.about.number));
        }
        self.id
    }

    /// The shape of a line of one fix, for somebody was there.
    fn lone(&mut self, fix: Fix, manner: &Manner) -> Shape {
        let shape = fix.alone().weighing(self.about.weight);
        if manner.track_weight.needs_tracks() {
            shape.of_track(self.id(manner))
        } else {
            shape
        }
    }

    /// Ends the line: no segment bridges the gap that follows. A line of one fix is that point, for
    /// somebody was there.
    pub fn cut(&mut self, manner: &Manner) -> Option<Line> {
        let last = self.last.take()?;
        Some(Line {
            fixes: self.fixes,
            times: self.times,
            lone: (self.fixes == 1 && manner.measure.is_none()).then(|| self.lone(last, manner)),
            untimed: self.untimed,
            unmeasured: self.unmeasured,
        })
    }
}

/// The seconds between two fixes, if both have times.
fn seconds(from: Fix, to: Fix) -> Option<f64> {
    let (from, to) = from.time.zip(to.time)?;
    Some(to.milliseconds().abs_diff(from.milliseconds()) as f64 / 1000.0)
}

/// Kilometres per hour between two fixes.
fn speed(from: Fix, to: Fix, manner: &Manner) -> Option<f64> {
    let seconds = seconds(from, to).filter(|&seconds| seconds > 0.0)?;
    let metres = manner.crs.distance(from.at, manner.led(from.at, to.at));
    Some(3.6 * metres / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(both: f64) -> Fix {
        let at = Coord::lat_lon(both, both).unwrap();
        Fix::new(at, Time::from_milliseconds(both as i64))
    }

    fn segment(from: f64, to: f64) -> Shape {
        Shape::segment(fix(from).at, fix(to).at)
            .weighing(3.0)
            .when(fix(from.max(to)).time)
    }

    #[test]
    fn fixes_are_joined_up_to_a_cut_and_a_lone_one_is_a_point() {
        let mut track = Track::new(About {
            number: 1,
            name: None,
            weight: 3.0,
        });
        let (mut shapes, manner) = (Vec::new(), Manner::default());
        for line in [&[1.0, 3.0, 2.0][..], &[4.0], &[], &[5.0, 6.0]] {
            shapes.extend(
                line.iter()
                    .filter_map(|&both| track.join(fix(both), &manner)),
            );
            shapes.extend(track.cut(&manner).and_then(|line| line.lone));
        }
        assert_eq!(
            shapes,
            [
                segment(1.0, 3.0),
                segment(3.0, 2.0),
                fix(4.0).alone().weighing(3.0),
                segment(5.0, 6.0)
            ]
        );
    }

    #[test]
    fn pieces_weigh_the_seconds_that_they_took_or_their_metres() {
        let manner = Manner {
            track_weight: TrackWeight::Time,
            ..Manner::default()
        };
        let about = |number| About {
            number,
            name: None,
            weight: 2.0,
        };
        let at = |lon: f64, seconds: Option<i64>| {
            let time = seconds.and_then(|seconds| Time::from_milliseconds(seconds * 1000));
            Fix::new(Coord::lat_lon(0.0, lon).unwrap(), time)
        };
        let mut track = Track::new(about(1));
        let fixes = [
            at(0.0, Some(7)),
            at(1.0, Some(17)),
            at(2.0, None),
            at(2.0, Some(3)),
        ];
        let pieces: Vec<Shape> = fixes
            .iter()
            .filter_map(|fix| track.join(*fix, &manner))
            .collect();
        let weights: Vec<f64> = pieces.iter().map(|piece| piece.weight.round()).collect();
        assert_eq!(weights, [20.0, 222_639.0, 0.0]);
        assert_eq!(track.cut(&manner).map(|line| line.untimed), Some(2));
        // Each is of its track, which differs from others of its file and of its number elsewhere.
        let other = |number, name: &[u8]| {
            let manner = Manner {
                file: Some(TrackId::of(name)),
                ..manner
            };
            let mut track = Track::new(about(number));
            let _ = track.join(at(0.0, None), &manner);
            track.join(at(1.0, None), &manner).unwrap().track
        };
        let ids = [other(1, b"a"), other(2, b"a"), other(1, b"b")];
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[0] == other(1, b"a"));
        assert!(pieces.iter().all(|piece| piece.track == pieces[0].track));
    }

    #[test]
    fn values_are_points_and_those_that_are_not_known_are_counted() {
        let fixes = [
            (0.0, 0, 5.0),
            (0.01, 40, 0.0),
            (0.02, 40, -2.5),
            (0.03, 140, f64::NAN),
        ];
        let values = |measure| {
            let manner = Manner {
                measure: Some(measure),
                ..Manner::default()
            };
            let mut track = Track::new(About {
                number: 1,
                name: None,
                weight: 3.0,
            });
            let shapes = fixes.map(|(lon, seconds, measured)| {
                let time = Time::from_milliseconds(seconds * 1000);
                let at = Coord::lat_lon(0.0, lon).unwrap();
                track.join(Fix::new(at, time).measuring(Some(measured)), &manner)
            });
            let line = track.cut(&manner).unwrap();
            assert_eq!((line.fixes, line.lone), (4, None));
            let values = shapes.map(|shape| shape.map(|shape| shape.weight));
            (values, line.unmeasured)
        };
        assert_eq!(
            values(Measure::Elevation),
            ([Some(5.0), Some(0.0), Some(-2.5), None], 1)
        );
        assert_eq!(
            values(Measure::HeartRate),
            ([Some(5.0), None, None, None], 3)
        );
        let (speeds, unknown) = values(Measure::Speed);
        // A hundredth of a degree, 1,113 metres, in 40 seconds, in none, and in 100.
        let rounded = speeds.map(|speed| speed.map(f64::round));
        assert_eq!(
            (rounded, unknown),
            ([None, Some(100.0), None, Some(40.0)], 1)
        );
    }
}
