//! Points of one weight in Morton order, with the runs of them that share a cell of a level.
//!
//! A run is where it begins: its length follows from the next one, and the place of its first point
//! stands for all. So a level takes four bytes a cell, and is as sorted as the points are. The
//! cells of a level that is as deep as the pixels of a tile lie whole within these: such a tile is
//! the same, and costs no more than its pixels, however many points there are.

use std::ops::Range;

use rayon::prelude::*;

use super::morton;
use super::morton::{Window, World};
use crate::geo::Coord;

/// The levels that are kept: every second one from that whose cells are the pixels of the one tile
/// of zoom 0 on.
const SHALLOWEST: u8 = 8;
const STEP: usize = 2;
const DEEPEST: u8 = 31;

/// A place with its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub key: u64,
    pub at: Coord,
}

impl Place {
    pub fn new(world: &World, at: Coord) -> Self {
        Self {
            key: world.key(at),
            at,
        }
    }

    /// What places are sorted by: the same places come to the same order, whichever came first.
    pub fn order(&self) -> (u64, u64, u64) {
        (self.key, self.at.x().to_bits(), self.at.y().to_bits())
    }
}

/// Runs of points by the cell of a level.
#[derive(Debug)]
struct Level {
    depth: u8,
    /// Where runs begin, and where the last one ends.
    starts: Vec<u32>,
}

impl Level {
    fn new(depth: u8, places: &[Place]) -> Self {
        let cell = |place: &Place| morton::cell(place.key, depth);
        let mut starts = vec![0];
        let changes = places
            .windows(2)
            .zip(1_u32..)
            .filter(|(pair, _)| cell(&pair[0]) != cell(&pair[1]));
        starts.extend(changes.map(|(_, at)| at));
        starts.push(places.len() as u32);
        Self { depth, starts }
    }

    fn runs(&self) -> usize {
        self.starts.len() - 1
    }
}

/// Points of weight 1.
#[derive(Debug, Default)]
pub struct Points {
    places: Vec<Place>,
    /// The shallowest first.
    levels: Vec<Level>,
}

impl Points {
    /// The most there may be.
    pub const MOST: usize = u32::MAX as usize - 1;

    /// Sorts them. Levels are kept as long as they are of use: with less than half as many runs as
    /// points.
    pub fn new(mut places: Vec<Place>) -> Self {
        places.par_sort_unstable_by_key(Place::order);
        let mut levels = Vec::new();
        for depth in (SHALLOWEST..=DEEPEST).step_by(STEP) {
            let level = Level::new(depth, &places);
            if level.runs() * 2 > places.len() {
                break;
            }
            levels.push(level);
        }
        Self { places, levels }
    }

    /// All of them, in their order.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// How many may lie in a window: all that do, and a few around its edge.
    pub fn count(&self, window: Window) -> usize {
        let mut count = 0;
        self.ranges(window, &mut |range| count += range.len());
        count
    }

    /// Tells the ranges of those that may lie in a window.
    pub fn ranges(&self, window: Window, take: &mut dyn FnMut(Range<usize>)) {
        let key = |at: usize| self.places[at].key;
        morton::ranges(self.places.len(), &key, window, take);
    }

    /// Tells what may lie in a window as places with the number of points there. With a depth,
    /// points that share a cell of a level at least as deep are told as one place.
    pub fn within(&self, window: Window, depth: Option<u8>, take: &mut dyn FnMut(Coord, u32)) {
        let deep_enough = |level: &&Level| depth.is_some_and(|depth| level.depth >= depth);
        let Some(level) = self.levels.iter().find(deep_enough) else {
            return self.ranges(window, &mut |range| {
                self.places[range]
                    .iter()
                    .for_each(|place| take(place.at, 1));
            });
        };
        let starts = &level.starts;
        let place = |run: usize| self.places[starts[run] as usize];
        morton::ranges(level.runs(), &|run| place(run).key, window, &mut |runs| {
            for run in runs {
                take(place(run).at, starts[run + 1] - starts[run]);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn levels_have_every_point_once() {
        let points = points();
        assert!(points.levels.len() > 3, "{}", points.levels.len());
        let told = |depth| {
            let (mut places, mut all) = (0, 0);
            points.within(WINDOW, depth, &mut |at, count| {
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
        assert!(points.count(WINDOW) >= 4000);
    }

    #[test]
    fn points_of_a_run_are_in_one_cell() {
        let points = points();
        let world = World::new().unwrap();
        let level = &points.levels[2];
        for run in level.starts.windows(2) {
            let of = |at: u32| {
                let (x, y) = world.flat(points.places[at as usize].at);
                let cells = f64::from(level.depth).exp2();
                ((x * cells) as u32, (y * cells) as u32)
            };
            assert!((run[0]..run[1]).all(|at| of(at) == of(run[0])));
        }
    }

    #[test]
    fn no_points_are_points_as_well() {
        let none = Points::new(Vec::new());
        assert_eq!(none.count(WINDOW), 0);
        none.within(WINDOW, Some(8), &mut |_, _| panic!("nothing is there"));
    }
}
