//! Points of one weight in Morton order, with the runs of them that share a cell of a level, all
//! together and month by month.
//!
//! The place of a run's first point stands for all. The cells of a level that is as deep as the
//! pixels of a tile lie whole within these: such a tile is the same, and costs no more than its
//! pixels, however many points there are.
//!
//! Months have runs of their own, of the numbers of their points. What is of an interval of time is
//! all of the months within it, by their runs, and what is of the interval in the two months at its
//! ends, point by point: a tile costs no more than its pixels for each month, and a look at the
//! times of these two.

use std::ops::Range;

use rayon::prelude::*;

use super::interval::{Interval, Lies};
use super::levels::{Level, levels};
use super::months::Month;
use super::morton;
use super::morton::Window;
use super::places::{Place, Places};
use crate::geo::Time;

/// Which points are looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sought {
    /// Where they lie; anywhere if there is none.
    pub window: Option<Window>,
    /// When they were.
    pub interval: Interval,
    /// Points that share a cell of a level at least as deep may be told as one place.
    pub depth: Option<u8>,
}

impl Sought {
    /// The shallowest of some levels without times, of known depths, that does; `None` where only
    /// the things themselves do.
    pub fn level<T>(self, levels: &[(u8, T)]) -> Option<&(u8, T)> {
        let depth = self.depth.filter(|_| self.interval.is_all())?;
        levels.iter().find(|(own, _)| *own >= depth)
    }
}

/// Points of weight 1.
#[derive(Debug, Default)]
pub struct Points {
    places: Places,
    /// The shallowest first.
    levels: Vec<Level>,
    /// In order, and none of them empty; without times there are none.
    months: Vec<Month>,
}

/// Some of the points, which are in Morton order, and their levels.
struct Part<'a> {
    length: usize,
    place: &'a dyn Fn(usize) -> Place,
    levels: &'a [Level],
}

impl Points {
    /// The most there may be.
    pub const MOST: usize = u32::MAX as usize - 1;

    /// Sorts points without times, which are of no interval but that of all times.
    pub fn new(mut places: Places) -> Self {
        places.sort();
        Self {
            levels: levels(places.len(), |at| places.key(at)),
            months: Vec::new(),
            places,
        }
    }

    /// Sorts points with times.
    pub fn dated(mut all: Vec<(Place, Time)>) -> Self {
        all.par_sort_unstable_by_key(|(place, time)| (place.order(), *time));
        let times: Vec<Time> = all.iter().map(|(_, time)| *time).collect();
        let places: Places = all.into_iter().map(|(place, _)| place).collect();
        Self {
            levels: levels(places.len(), |at| places.key(at)),
            months: Month::all(&times, |at| places.key(at)),
            places,
        }
    }

    /// All of them, in their order.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Those that have times, by month.
    pub fn months(&self) -> &[Month] {
        &self.months
    }

    /// How many may be what is looked for: all that are, a few around the edge of the window, and
    /// all of the months at the ends of the interval.
    pub fn count(&self, sought: Sought) -> usize {
        let mut count = 0;
        self.parts(sought.interval, &mut |part, _| {
            part.ranges(sought.window, &mut |range| count += range.len());
        });
        count
    }

    /// Tells what is looked for as places with the number of points there, those that share a cell
    /// perhaps as one; and around the edge of the window a few more.
    pub fn each(&self, sought: Sought, take: &mut dyn FnMut(Place, u32)) {
        self.parts(sought.interval, &mut |part, month| match month {
            None => part.runs(sought, take),
            Some(month) => part.filtered(sought, month, take),
        });
    }

    /// Tells the times of those that may lie in a window, and where they are.
    pub fn times(&self, window: Option<Window>, take: &mut dyn FnMut(Place, Time)) {
        for month in &self.months {
            self.part(month, &mut |part| {
                part.ranges(window, &mut |range| {
                    for at in range {
                        if let Some(time) = month.time(at) {
                            take((part.place)(at), time);
                        }
                    }
                });
            });
        }
    }

    /// Tells the parts that an interval has: all points, or those of a month; and the month, where
    /// not all of it is in the interval.
    fn parts(&self, interval: Interval, tell: &mut dyn FnMut(&Part<'_>, Option<&Month>)) {
        if interval.is_all() {
            let all = Part {
                length: self.places.len(),
                place: &|at| self.places.get(at),
                levels: &self.levels,
            };
            return tell(&all, None);
        }
        for month in &self.months {
            match interval.lies(month.begin, month.end) {
                Lies::Outside => {}
                Lies::Inside => self.part(month, &mut |part| tell(part, None)),
                Lies::Across => self.part(month, &mut |part| tell(part, Some(month))),
            }
        }
    }

    fn part(&self, month: &Month, tell: &mut dyn FnMut(&Part<'_>)) {
        tell(&Part {
            length: month.points.len(),
            place: &|at| self.places.get(month.points[at] as usize),
            levels: &month.levels,
        });
    }
}

impl Part<'_> {
    /// Tells the ranges of those that may lie in a window.
    fn ranges(&self, window: Option<Window>, take: &mut dyn FnMut(Range<usize>)) {
        match window {
            None => take(0..self.length),
            Some(window) => {
                morton::ranges(self.length, &|at| (self.place)(at).key, window, take);
            }
        }
    }

    /// Tells what is looked for by runs, or one by one where no level is deep enough.
    fn runs(&self, sought: Sought, take: &mut dyn FnMut(Place, u32)) {
        let deep_enough = |level: &&Level| sought.depth.is_some_and(|depth| level.depth >= depth);
        let Some(level) = self.levels.iter().find(deep_enough) else {
            return self.ranges(sought.window, &mut |range| {
                range.for_each(|at| take((self.place)(at), 1));
            });
        };
        let starts = &level.starts;
        let of_runs = Part {
            length: level.runs(),
            place: &|run| (self.place)(starts[run] as usize),
            levels: &[],
        };
        of_runs.ranges(sought.window, &mut |runs| {
            for run in runs {
                take((of_runs.place)(run), starts[run + 1] - starts[run]);
            }
        });
    }

    /// Tells what is looked for of a month that lies across an end of the interval: by each point's
    /// time, and those together that follow one another in a cell.
    fn filtered(&self, sought: Sought, month: &Month, take: &mut dyn FnMut(Place, u32)) {
        let share = |one: Place, other: Place| {
            let cell = |place: Place, depth| morton::cell(place.key, depth);
            let is_one = |depth| cell(one, depth) == cell(other, depth);
            sought.depth.is_some_and(is_one)
        };
        let mut run: Option<(Place, u32)> = None;
        self.ranges(sought.window, &mut |range| {
            for at in range.filter(|&at| sought.interval.has(month.time(at))) {
                let next = (self.place)(at);
                run = match run {
                    Some((place, count)) if share(place, next) => Some((place, count + 1)),
                    other => {
                        if let Some((place, count)) = other {
                            take(place, count);
                        }
                        Some((next, 1))
                    }
                };
            }
        });
        if let Some((place, count)) = run {
            take(place, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::morton::World;
    use super::*;
    use crate::geo::Coord;

    /// Points in clusters around the world.
    fn points() -> Points {
        let world = World::new().unwrap();
        let place = |i: u32| {
            let (cluster, within) = (f64::from(i % 7), f64::from(i / 7));
            let (lat, lon) = (cluster * 20.0 - 60.0, cluster * 50.0 - 150.0);
            let (dy, dx) = ((within * 0.37).sin(), (within * 0.91).cos());
            Place::new(
                &world,
                Coord::lat_lon(lat + dy * 0.01, lon + dx * 0.01).unwrap(),
            )
        };
        Points::new((0..7000).map(place).collect())
    }

    const WINDOW: Window = Window {
        left: 0.0,
        top: 0.0,
        right: 0.6,
        bottom: 1.0,
    };

    fn sought(depth: Option<u8>) -> Sought {
        Sought {
            window: Some(WINDOW),
            depth,
            ..Sought::default()
        }
    }

    #[test]
    fn levels_have_every_point_once() {
        let points = points();
        assert!(points.levels.len() > 3, "{}", points.levels.len());
        let told = |depth| {
            let (mut places, mut all) = (0, 0);
            points.each(sought(depth), &mut |Place { at, .. }, count| {
                // Beyond the window there may be more.
                if at.x() < 36.0 {
                    places += 1;
                    all += count;
                }
            });
            (places, all)
        };
        let (places, all) = told(None);
        assert_eq!(places, all);
        for depth in [8, 9, 12, 16, 18] {
            let (fewer, same) = told(Some(depth));
            assert_eq!(same, all, "{depth}");
            assert!(fewer < places, "{depth}: {fewer} of {places}");
        }
        assert_eq!(told(Some(31)), (places, all));
        assert!(points.count(sought(None)) >= 4000);
    }

    #[test]
    fn points_of_a_run_are_in_one_cell() {
        let points = points();
        let world = World::new().unwrap();
        let level = &points.levels[2];
        for run in level.starts.windows(2) {
            let of = |at: u32| {
                let (x, y) = world.flat(points.places.get(at as usize).at);
                let cells = f64::from(level.depth).exp2();
                ((x * cells) as u32, (y * cells) as u32)
            };
            assert!((run[0]..run[1]).all(|at| of(at) == of(run[0])));
        }
    }

    #[test]
    fn no_points_are_points_as_well() {
        let none = Points::new(Places::default());
        assert_eq!(none.count(sought(None)), 0);
        none.each(sought(Some(8)), &mut |_, _| panic!("nothing is there"));
        assert!(Points::dated(Vec::new()).months().is_empty());
    }

    /// What is told, by cells of a depth, wherever it begins in them.
    fn by_cell(points: &Points, sought: Sought, depth: u8) -> BTreeMap<u64, u32> {
        let mut cells = BTreeMap::new();
        points.each(sought, &mut |place, count| {
            *cells.entry(morton::cell(place.key, depth)).or_default() += count;
        });
        cells
    }

    #[test]
    fn intervals_have_what_was_then_whether_by_months_or_one_by_one() {
        const HOUR: i64 = 3_600_000;
        let places = points().places;
        let time = |hours: i64| Time::from_milliseconds(hours * HOUR).unwrap();
        // Three years and some, in no order.
        let all = places.iter().zip(0..);
        let all: Vec<(Place, Time)> = all
            .map(|(place, i)| (place, time(i * 7919 % 30_000)))
            .collect();
        let points = Points::dated(all.clone());
        assert!((40..=42).contains(&points.months().len()));
        for (after, before) in [
            (Some(1), Some(29_000)),
            (Some(5000), Some(5001)),
            (Some(744), Some(744 + 28 * 24)),
            (None, Some(12_345)),
            (Some(12_345), None),
            (Some(40_000), None),
        ] {
            let interval = Interval {
                after: after.map(time),
                before: before.map(time),
            };
            let wanted: Vec<(Place, Time)> = all
                .iter()
                .copied()
                .filter(|(_, time)| interval.has(Some(*time)))
                .collect();
            let wanted = Points::dated(wanted);
            for depth in [None, Some(8), Some(12), Some(20)] {
                let window = Some(WINDOW).filter(|_| depth != Some(12));
                let sought = Sought {
                    window,
                    interval,
                    depth,
                };
                let everything = Sought {
                    interval: Interval::default(),
                    ..sought
                };
                // Around the edge of the window either may tell more.
                let deep = depth.unwrap_or(20);
                let inside = |cells: BTreeMap<u64, u32>| -> Vec<_> {
                    let is_in = |cell: u64| {
                        f64::from(morton::tile(cell, deep).x) < 0.59 * f64::from(deep).exp2()
                    };
                    cells.into_iter().filter(|(cell, _)| is_in(*cell)).collect()
                };
                assert_eq!(
                    inside(by_cell(&points, sought, deep)),
                    inside(by_cell(&wanted, everything, deep)),
                    "{after:?} {before:?} {depth:?}"
                );
            }
        }
        let mut times = Vec::new();
        points.times(None, &mut |_, time| times.push(time));
        times.sort_unstable();
        let mut wanted: Vec<Time> = all.iter().map(|(_, time)| *time).collect();
        wanted.sort_unstable();
        assert_eq!(times, wanted);
    }
}
