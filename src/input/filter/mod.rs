//! Filters of places and tracks: by time, speed, gaps, lengths and places, and for privacy.
//!
//! They sit where fixes become lines and where points come in, so they hold for all formats, and
//! before anything is counted, gridded or saved. With a filter a track is held until its file ends,
//! because its length, its ends and its worst fix are known only then.
//!
//! The order matters: wrong fixes go first, for one far away would end a trim at once; then what is
//! private; and then what is not wanted.

mod circle;
mod clock;
mod privacy;
mod twins;

pub use self::circle::Circle;
use self::circle::{distance, length};
pub use self::clock::{Clock, Moment};
use self::privacy::Holes;
pub use self::privacy::Privacy;
pub(crate) use self::twins::Activity;
pub(super) use self::twins::Twins;
use super::track::Step;
use super::{Oddity, sport};
use crate::geo::{Coord, Time};

/// Which places and tracks are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// By time.
    pub clock: Clock,
    /// Nobody moves faster, in metres per second.
    pub max_speed: Option<f64>,
    /// No line bridges a longer time, in milliseconds.
    pub max_pause: Option<u64>,
    /// No line bridges a longer distance, in metres.
    pub max_leap: Option<f64>,
    /// Tracks are at least so many metres long.
    pub min_length: Option<f64>,
    /// Only places in one of these circles; any place if there are none.
    pub within: Vec<Circle>,
    /// Only tracks of these sports, or ways to move; any if there are none.
    pub sports: Vec<String>,
    /// What two files tell of the same activity counts once; sources are read twice for it.
    pub dedupe: bool,
    /// What is kept to oneself.
    pub privacy: Privacy,
}

impl Filters {
    /// Whether anything is filtered.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.needs_times() || self.needs_earth() || !self.sports.is_empty()
    }

    /// Whether times are needed.
    #[must_use]
    pub fn needs_times(&self) -> bool {
        let speed = self.max_speed.is_some() || self.max_pause.is_some();
        self.clock.is_set() || speed || self.dedupe
    }

    /// Whether they make sense on the earth alone.
    #[must_use]
    pub fn needs_earth(&self) -> bool {
        let circles = !self.within.is_empty() || self.privacy.is_set();
        let metres = [self.max_speed, self.max_leap, self.min_length];
        circles || self.dedupe || metres.iter().any(Option::is_some)
    }

    /// The filters at work; `None` if there are none.
    pub(super) fn sieve(&self) -> Option<Sieve> {
        self.is_set().then(|| Sieve {
            holes: Holes::new(&self.privacy),
            filters: self.clone(),
            twins: Known::Nothing,
        })
    }
}

/// What was left out, and how often.
pub(super) type Tolls = Vec<(Oddity, u64)>;

/// Filters at work.
pub(super) struct Sieve {
    filters: Filters,
    holes: Holes,
    twins: Known,
}

/// What is known of activities that are told twice.
enum Known {
    /// Nothing, and nobody asks.
    Nothing,
    /// It is being found out.
    Asked,
    /// All of it.
    All(Twins),
}

impl Sieve {
    /// The same, to find out which activities there are; no track passes it.
    pub(super) fn listing(self) -> Self {
        let twins = Known::Asked;
        Self { twins, ..self }
    }

    /// The same, which lets the first of each pass.
    pub(super) fn without(self, twins: Twins) -> Self {
        let twins = Known::All(twins);
        Self { twins, ..self }
    }

    /// The activity that a track is, where they are being listed.
    pub(super) fn listed(&self, file: &str, lines: &[Vec<Step>]) -> Option<Activity> {
        matches!(self.twins, Known::Asked).then(|| Activity::of(file, lines))
    }

    /// Whether another track tells of the same activity, and counts.
    pub(super) fn is_told(&self, file: &str, lines: &[Vec<Step>]) -> bool {
        match &self.twins {
            Known::All(twins) => twins.leave_out(&Activity::of(file, lines)),
            Known::Nothing | Known::Asked => false,
        }
    }

    /// Whether only some sports are wanted.
    pub(super) fn is_by_sport(&self) -> bool {
        !self.filters.sports.is_empty()
    }

    /// Whether one of these sports is among those.
    pub(super) fn wants(&self, sports: &[String]) -> bool {
        let wanted = &self.filters.sports;
        let is_wanted = |told: &String| wanted.iter().any(|wanted| sport::is(told, wanted));
        sports.iter().any(is_wanted)
    }
}

impl Sieve {
    /// Why a point is left out, if it is; `is_local` where its time is what clocks showed there.
    pub(super) fn point(&self, at: Coord, time: Option<Time>, is_local: bool) -> Option<Oddity> {
        if self.holes.hide(at) {
            return Some(Oddity::Private);
        }
        self.unwanted(at, time, is_local)
    }

    /// Whether it matters if times say their zone.
    pub(super) fn minds_zones(&self) -> bool {
        self.filters.clock.needs_calendar()
    }

    /// Whether times that say none count as UTC.
    pub(super) fn has_zone(&self) -> bool {
        self.filters.clock.zone.is_some()
    }

    /// What is left of a track, whose lines are in order; `is_local` as in [`Self::point`].
    pub(super) fn track(&self, lines: Vec<Vec<Step>>, is_local: bool) -> (Vec<Vec<Step>>, Tolls) {
        let filters = &self.filters;
        let mut tolls = Vec::new();
        let mut count = |oddity, count| {
            if count > 0 {
                tolls.push((oddity, count));
            }
        };
        let mut lines = lines;
        if let Some(most) = filters.max_speed {
            let before = fixes(&lines);
            lines = lines.iter().map(|line| without_jumps(line, most)).collect();
            count(Oddity::Jump, before - fixes(&lines));
        }
        if filters
            .min_length
            .is_some_and(|least| length(&lines) < least)
        {
            return (Vec::new(), vec![(Oddity::Short, 1)]);
        }
        let (kept, hidden) = self.holes.keep_out(lines);
        count(Oddity::Private, hidden);
        let (mut kept, unwanted) = self.wanted(&kept, is_local);
        for (oddity, number) in unwanted {
            count(oddity, number);
        }
        let before = kept.len();
        if filters.max_pause.is_some() || filters.max_leap.is_some() {
            kept = kept.iter().flat_map(|line| self.broken(line)).collect();
        }
        count(Oddity::Gap, (kept.len() - before) as u64);
        (kept, tolls)
    }

    /// Why a place is not wanted, if it is not.
    fn unwanted(&self, at: Coord, time: Option<Time>, is_local: bool) -> Option<Oddity> {
        let Filters { clock, within, .. } = &self.filters;
        if !within.is_empty() && !within.iter().any(|circle| circle.contains(at)) {
            return Some(Oddity::OutOfBounds);
        }
        if !clock.is_set() {
            return None;
        }
        match time {
            None => Some(Oddity::Timeless),
            Some(time) => (!clock.admits(time, at, is_local)).then_some(Oddity::OtherTime),
        }
    }

    /// The lines in pieces, where fixes are not wanted, and how many of these there are.
    fn wanted(&self, lines: &[Vec<Step>], is_local: bool) -> (Vec<Vec<Step>>, Tolls) {
        let mut pieces = Vec::new();
        let mut tolls: Tolls = Vec::new();
        for line in lines {
            let mut piece = Vec::new();
            for fix in line {
                let Some(oddity) = self.unwanted(fix.at, fix.time, is_local) else {
                    piece.push(*fix);
                    continue;
                };
                match tolls.iter_mut().find(|(known, _)| *known == oddity) {
                    Some((_, count)) => *count += 1,
                    None => tolls.push((oddity, 1)),
                }
                pieces.push(std::mem::take(&mut piece));
            }
            pieces.push(piece);
        }
        pieces.retain(|piece| !piece.is_empty());
        (pieces, tolls)
    }

    /// A line in pieces, where it has gaps.
    fn broken(&self, line: &[Step]) -> Vec<Vec<Step>> {
        let is_gap = |from: &Step, to: &Step| {
            let times = from.time.zip(to.time);
            let pause = times.map(|(from, to)| to.milliseconds().abs_diff(from.milliseconds()));
            let is_pause = pause
                .zip(self.filters.max_pause)
                .is_some_and(|(pause, most)| pause > most);
            let leap = self.filters.max_leap;
            is_pause || leap.is_some_and(|most| distance(from.at, to.at) > most)
        };
        let pieces = line.chunk_by(|from, to| !is_gap(from, to));
        pieces.map(<[Step]>::to_vec).collect()
    }
}

fn fixes(lines: &[Vec<Step>]) -> u64 {
    lines.iter().map(|line| line.len() as u64).sum()
}

/// Whether it takes a higher speed to get from one place to another in time. Where times are not
/// known nobody can tell.
fn is_too_fast(one: &Step, other: &Step, most: f64) -> bool {
    one.time.zip(other.time).is_some_and(|(from, to)| {
        let seconds = to.milliseconds().abs_diff(from.milliseconds()) as f64 / 1000.0;
        distance(one.at, other.at) > most * seconds.max(1.0)
    })
}

/// A line without the fixes that nobody can have come to. Which side of a jump is wrong is told by
/// the longest stretch without any: from there on, both ways, what can be reached is kept.
fn without_jumps(line: &[Step], most: f64) -> Vec<Step> {
    let mut runs = Vec::new();
    let mut start = 0;
    for run in line.chunk_by(|one, other| !is_too_fast(one, other, most)) {
        runs.push((start, start + run.len()));
        start += run.len();
    }
    let longest = runs.iter().rev().max_by_key(|(start, end)| end - start);
    let Some(&(start, end)) = longest else {
        return Vec::new();
    };
    let mut kept = line[start..end].to_vec();
    kept.reverse();
    for fix in line[..start].iter().rev() {
        if kept
            .last()
            .is_some_and(|last| !is_too_fast(last, fix, most))
        {
            kept.push(*fix);
        }
    }
    kept.reverse();
    for fix in &line[end..] {
        if kept
            .last()
            .is_some_and(|last| !is_too_fast(last, fix, most))
        {
            kept.push(*fix);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fixes on the equator, at so many thousandths of a degree (111 m), ten seconds apart.
    fn line(places: &[i32]) -> Vec<Step> {
        let fix = |(at, place): (usize, &i32)| Step {
            at: Coord::lat_lon(0.0, f64::from(*place) / 1000.0).unwrap(),
            time: Time::from_milliseconds(at as i64 * 10_000),
            measured: None,
            weight: 1.0,
        };
        places.iter().enumerate().map(fix).collect()
    }

    fn places(line: &[Step]) -> Vec<i32> {
        let place = |fix: &Step| (fix.at.x() * 1000.0).round() as i32;
        line.iter().map(place).collect()
    }

    fn sift(filters: &Filters, line: Vec<Step>) -> (Vec<Vec<i32>>, Tolls) {
        let (lines, tolls) = filters.sieve().expect("a filter").track(vec![line], false);
        (lines.iter().map(|line| places(line)).collect(), tolls)
    }

    #[test]
    fn jumps_are_taken_out_whichever_side_is_wrong() {
        for (given, kept) in [
            (&[1, 2, 900, 3, 4][..], &[1, 2, 3, 4][..]),
            (&[900, 1, 2, 3, 4], &[1, 2, 3, 4]),
            (&[900, 901, 1, 2, 3, 4, -800], &[1, 2, 3, 4]),
            (&[1, 2, 3], &[1, 2, 3]),
            (&[], &[]),
        ] {
            assert_eq!(places(&without_jumps(&line(given), 50.0)), kept);
        }
    }

    #[test]
    fn lines_are_broken_at_gaps_and_short_tracks_go() {
        let gaps = Filters {
            max_leap: Some(1000.0),
            ..Filters::default()
        };
        let given = line(&[1, 2, 20, 21]);
        assert_eq!(
            sift(&gaps, given.clone()),
            (vec![vec![1, 2], vec![20, 21]], vec![(Oddity::Gap, 1)])
        );
        let pauses = Filters {
            max_pause: Some(9_999),
            ..Filters::default()
        };
        assert_eq!(sift(&pauses, given.clone()).0.len(), 4);
        let short = |metres| Filters {
            min_length: Some(metres),
            ..Filters::default()
        };
        assert_eq!(sift(&short(3000.0), given.clone()).1, [(Oddity::Short, 1)]);
        assert_eq!(sift(&short(2000.0), given).1, []);
    }

    #[test]
    fn what_is_not_wanted_breaks_the_line() {
        let filters = Filters {
            clock: Clock {
                after: Time::from_milliseconds(10_000),
                ..Clock::default()
            },
            within: vec![Circle {
                centre: Coord::lat_lon(0.0, 0.0).unwrap(),
                radius: 500.0,
            }],
            ..Filters::default()
        };
        let (lines, tolls) = sift(&filters, line(&[1, 2, 3, 9, 4, 3]));
        assert_eq!(lines, [vec![2, 3], vec![4, 3]]);
        assert_eq!(tolls, [(Oddity::OtherTime, 1), (Oddity::OutOfBounds, 1)]);
        let timeless = Step {
            time: None,
            ..line(&[1])[0]
        };
        assert_eq!(sift(&filters, vec![timeless]).1, [(Oddity::Timeless, 1)]);
    }
}
