//! Points of other weights than 1 in Morton order; and where there are very many of them, levels:
//! those that share a cell of a quadtree and the first digits of their weight, counted as one.
//!
//! Unlike points of weight 1, those of a cell do not follow one another by weight, so a level has
//! places of its own. It has as many in a cell as there are weights, and these are rounded to
//! [`DIGITS`] binary digits: however many points there are, a cell has some hundreds at the most.

use std::hash::Hash;

use rayon::prelude::*;

use super::levels;
use super::morton;
use super::places::Place;
use super::points::Sought;
use crate::geo::Time;

/// Binary digits of a rounded weight after the first one, which is off by 1/512 at the most. Whole
/// numbers below 512 are as they are.
const DIGITS: u32 = 8;

/// A point whose weight is not 1, or several of them.
#[derive(Clone, Copy, Debug)]
pub struct Weighted {
    pub place: Place,
    pub weight: f64,
    pub time: Option<Time>,
    /// How many there are; of those that were read 1.
    pub count: u32,
}

impl Weighted {
    /// What distinguishes it from others; such points are sorted by it.
    pub fn order(&self) -> impl Ord + Hash + use<> {
        let time = self.time.map(Time::milliseconds);
        (self.place.order(), self.weight.to_bits(), time)
    }
}

/// Points of weights other than 1.
#[derive(Debug, Default)]
pub struct WeightedPoints {
    points: Vec<Weighted>,
    /// The shallowest first, with their depths.
    levels: Vec<(u8, Vec<Weighted>)>,
}

impl WeightedPoints {
    /// Sorts them. There are levels if there are more than so many points.
    pub fn new(mut points: Vec<Weighted>, exact: usize) -> Self {
        points.par_sort_unstable_by_key(Weighted::order);
        let levels = if points.len() > exact {
            levels::stacked(&points, |point| point.place.key, merged)
        } else {
            Vec::new()
        };
        Self { points, levels }
    }

    /// All of them, in their order.
    pub fn all(&self) -> &[Weighted] {
        &self.points
    }

    /// How many may be in a window, and a few around its edge.
    pub fn count(&self, sought: Sought) -> usize {
        let mut count = 0;
        ranges(&self.points, None, sought, &mut |points| {
            count += points.len();
        });
        count
    }

    /// Tells what is looked for, and around the edge of the window a few more; what shares a cell as
    /// one, where a depth is given and all times are wanted.
    pub fn each(&self, sought: Sought, take: &mut dyn FnMut(&Weighted)) {
        let (points, depth) = match sought.level(&self.levels) {
            Some((depth, points)) => (points, Some(*depth)),
            None => (&self.points, None),
        };
        ranges(points, depth, sought, &mut |points| {
            let wanted = points
                .iter()
                .filter(|point| sought.interval.has(point.time));
            wanted.for_each(&mut *take);
        });
    }
}

/// Tells those that may lie in a window, of points whose cells of a depth are in ascending order.
fn ranges(
    points: &[Weighted],
    depth: Option<u8>,
    sought: Sought,
    take: &mut dyn FnMut(&[Weighted]),
) {
    let key = |at: usize| {
        let key = points[at].place.key;
        depth.map_or(key, |depth| morton::first_of(key, depth))
    };
    match sought.window {
        None => take(points),
        Some(window) => morton::ranges(points.len(), &key, window, &mut |range| {
            take(&points[range]);
        }),
    }
}

/// Those that share a cell and a rounded weight as one, at the place of the first.
fn merged(points: &[Weighted], depth: u8) -> Vec<Weighted> {
    let cell = |point: &Weighted| morton::cell(point.place.key, depth);
    let cells = points.par_chunk_by(|one, other| cell(one) == cell(other));
    cells.flat_map_iter(by_weight).collect()
}

fn by_weight(points: &[Weighted]) -> Vec<Weighted> {
    let timeless = |point: &Weighted| Weighted {
        weight: rounded(point.weight),
        time: None,
        ..*point
    };
    let mut all: Vec<Weighted> = points.iter().map(timeless).collect();
    all.sort_by(|one, other| one.weight.total_cmp(&other.weight));
    all.dedup_by(|next, one| {
        let is_same = next.weight == one.weight;
        if is_same {
            one.count = one.count.saturating_add(next.count);
        }
        is_same
    });
    all
}

/// A weight with fewer binary digits. The largest ones lose them downwards: above there is infinity.
pub fn rounded(weight: f64) -> f64 {
    const LOST: u32 = f64::MANTISSA_DIGITS - 1 - DIGITS;
    let cut = |bits: u64| f64::from_bits(bits >> LOST << LOST);
    let nearest = cut(weight.to_bits() + (1 << (LOST - 1)));
    if nearest.is_finite() {
        nearest
    } else {
        cut(weight.to_bits())
    }
}

#[cfg(test)]
mod tests {
    use super::super::morton::{Window, World};
    use super::*;
    use crate::geo::Coord;

    #[test]
    fn weights_are_rounded_and_small_whole_numbers_stay() {
        for weight in [1.0, -3.0, 255.0, 511.0, 0.5, 0.0] {
            assert_eq!(rounded(weight), weight);
        }
        for weight in [0.123_456, 7.77, -1e9, 1e-9] {
            assert!((rounded(weight) / weight - 1.0).abs() <= 1.0 / 512.0);
            assert_ne!(rounded(weight), weight);
        }
        for weight in [f64::MAX, f64::MIN, 1.797e308] {
            assert!((rounded(weight) / weight - 1.0).abs() <= 1.0 / 256.0);
        }
    }

    #[test]
    fn levels_have_all_points_by_weight() {
        let world = World::new().unwrap();
        let point = |i: u32| Weighted {
            place: Place::new(
                &world,
                Coord::lat_lon(
                    f64::from(i % 7) * 20.0 - 60.0 + f64::from(i) * 1e-6,
                    f64::from(i % 5) * 50.0 - 100.0,
                )
                .unwrap(),
            ),
            weight: f64::from(i % 3 + 2),
            time: None,
            count: 1,
        };
        let all: Vec<Weighted> = (0..21_000).map(point).collect();
        assert!(
            WeightedPoints::new(all.clone(), all.len())
                .levels
                .is_empty()
        );
        let points = WeightedPoints::new(all, 1000);
        assert!(points.levels.len() > 2);
        for depth in [None, Some(8), Some(13), Some(31)] {
            let (mut told, mut sums) = (0, [0; 5]);
            let window = Window {
                left: 0.0,
                top: 0.0,
                right: 0.6,
                bottom: 1.0,
            };
            let sought = Sought {
                window: Some(window),
                depth,
                ..Sought::default()
            };
            points.each(sought, &mut |point| {
                // Beyond the window there may be more.
                if point.place.at.x() < 36.0 {
                    told += 1;
                    sums[point.weight as usize] += point.count;
                }
            });
            assert_eq!(sums, [0, 0, 4200, 4200, 4200], "{depth:?}");
            let is_few = matches!(depth, Some(8 | 13));
            assert_eq!(told < 200, is_few, "{depth:?}: {told}");
            assert!((12_600..22_000).contains(&points.count(sought)));
        }
    }
}
