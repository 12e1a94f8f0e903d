//! Twins: one activity in two files, such as the FIT of a watch and the GPX that a service made of
//! it.
//!
//! They start at the same time, are as long and lie in the same box; recordings without times are
//! twins if their places are the same. The first in the order of the files counts. What is a twin
//! is known only when all files have been read, so they are read twice: first for this list, of
//! some hundred bytes a track, and then for their shapes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use super::circle::length;
use crate::geo::Time;
use crate::input::track::Step;

/// Twins start within so many milliseconds.
const APART: i64 = 60_000;
/// Their lengths differ by no more than this part of the longer one.
const LONGER: f64 = 0.05;
/// Their boxes have so much of the larger one in common.
const COMMON: f64 = 0.9;
/// A box has a margin of so many degrees, some ten metres, for lines to the north have no width.
const MARGIN: f64 = 1e-4;
/// Places are the same to so many parts of a degree, a tenth of a metre.
const SAME: f64 = 1e6;

/// What is known of a recorded activity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Activity {
    /// When it began, in milliseconds, if it has times.
    start: Option<i64>,
    /// Its length in metres.
    length: f64,
    /// West, south, east and north in degrees.
    bounds: [f64; 4],
    /// A hash of its places.
    places: u64,
    /// The same of its file and all that it has: equal ones are the same activity read again.
    key: u64,
}

impl Activity {
    /// What is known of the lines of a track in a file.
    pub(in crate::input) fn of(file: &str, lines: &[Vec<Step>]) -> Self {
        let fixes = || lines.iter().flatten();
        let (mut places, mut key) = (DefaultHasher::new(), DefaultHasher::new());
        file.hash(&mut key);
        let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        for fix in fixes() {
            let (x, y) = (fix.at.x(), fix.at.y());
            let rounded = [x, y].map(|degrees| (degrees * SAME).round() as i64);
            rounded.hash(&mut places);
            fix.time.map(Time::milliseconds).hash(&mut key);
            let [west, south, east, north] = bounds;
            bounds = [west.min(x), south.min(y), east.max(x), north.max(y)];
        }
        let places = places.finish();
        places.hash(&mut key);
        let times = fixes().filter_map(|fix| fix.time);
        Self {
            start: times.map(Time::milliseconds).min(),
            length: length(lines),
            bounds,
            places,
            key: key.finish(),
        }
    }

    fn is_twin_of(&self, other: &Self) -> bool {
        let differ = (self.length - other.length).abs();
        differ <= LONGER * self.length.max(other.length) && self.overlaps(other)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let area = |[west, south, east, north]: [f64; 4]| {
            let side = |from: f64, to: f64| (to - from + 2.0 * MARGIN).max(0.0);
            side(west, east) * side(south, north)
        };
        let ([w, s, e, n], [west, south, east, north]) = (self.bounds, other.bounds);
        let common = [w.max(west), s.max(south), e.min(east), n.min(north)];
        area(common) >= COMMON * area(self.bounds).max(area(other.bounds))
    }
}

/// Which activities are left out because another tells of them, and how often they still come.
#[derive(Debug, Default)]
pub(in crate::input) struct Twins(Mutex<HashMap<u64, u64>>);

impl Twins {
    /// The twins among activities in the order in which they count.
    pub(in crate::input) fn among(activities: &[Activity]) -> Self {
        let mut twins = HashMap::new();
        let (mut timed, mut others) = (BTreeMap::<i64, Vec<&Activity>>::new(), HashSet::new());
        for activity in activities {
            let is_twin = if let Some(start) = activity.start {
                let mut near = timed.range(start - APART..=start + APART);
                let is_twin =
                    near.any(|(_, known)| known.iter().any(|known| activity.is_twin_of(known)));
                if !is_twin {
                    timed.entry(start).or_default().push(activity);
                }
                is_twin
            } else {
                !others.insert(activity.places)
            };
            if is_twin {
                *twins.entry(activity.key).or_default() += 1;
            }
        }
        Self(Mutex::new(twins))
    }

    /// Whether an activity is to be left out. Of those that are equal in all, one as good as the
    /// other, so many are.
    pub(super) fn leave_out(&self, activity: &Activity) -> bool {
        let mut twins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = twins.get_mut(&activity.key).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Coord;

    /// A line to the north-east of so many fixes, a second apart.
    fn line(start: Option<i64>, count: u32, step: f64) -> Vec<Vec<Step>> {
        let fix = |at: u32| Step {
            at: Coord::lat_lon(54.0 + f64::from(at) * step, 10.0 + f64::from(at) * step).unwrap(),
            time: start.and_then(|start| Time::from_milliseconds((start + i64::from(at)) * 1000)),
            measured: None,
            weight: 1.0,
        };
        vec![(0..count).map(fix).collect()]
    }

    #[test]
    fn the_first_of_those_that_tell_of_the_same_is_left() {
        let first = Activity::of("a.fit", &line(Some(1000), 101, 1e-4));
        let thinned = Activity::of("b.gpx", &line(Some(1030), 51, 2e-4));
        let later = Activity::of("c.gpx", &line(Some(5000), 101, 1e-4));
        let shorter = Activity::of("d.gpx", &line(Some(1000), 90, 1e-4));
        let all = [first, thinned, later, shorter];
        let twins = Twins::among(&all);
        assert_eq!(
            all.map(|one| twins.leave_out(&one)),
            [false, true, false, false]
        );
        assert!(!twins.leave_out(&thinned));
    }

    #[test]
    fn without_times_it_is_the_places_that_count() {
        let of = |file: &str, count| Activity::of(file, &line(None, count, 1e-4));
        let all = [
            of("a", 10),
            of("b", 10),
            of("a", 11),
            of("a", 10),
            of("b", 10),
        ];
        let twins = Twins::among(&all);
        let left_out = all.map(|one| twins.leave_out(&one));
        assert_eq!(left_out.iter().filter(|out| **out).count(), 3);
        assert!(!left_out[2]);
    }
}
