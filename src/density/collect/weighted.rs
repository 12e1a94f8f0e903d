//! Weighted points (of other weights than 1), counted by cell and weight in bounded memory.
//!
//! Many points of few weights come to few different cells and weights. When there are more than the
//! budget allows, weights lose their last binary digits until there are not. How many depends on
//! the points alone and not on their order: cutting off digits bit by bit comes to the same as
//! cutting them off at once, and what is too much for a part of the points is too much for all.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::density::spread::blend::rank;

/// Group of points of one weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::density) struct Weighted {
    pub(in crate::density) weight: f32,
    pub(in crate::density) count: u32,
}

/// Group of points of one weight on one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedCell {
    /// The number of the cell, row by row from the top left one; there are cells beyond the picture
    /// on all sides, as far as heat reaches.
    pub cell: usize,
    /// The weight of each of them; finite.
    pub weight: f32,
    /// How many there are.
    pub count: u32,
}

/// Weighted points of a picture. Neighbouring cells are spread over several shards, which threads
/// fill and finish side by side.
#[derive(Debug)]
pub(in crate::density) struct WeightedCells {
    shards: Vec<Mutex<Shard>>,
}

/// Number of shards, and how many neighbouring cells belong to the same one: powers of
/// two.
const SHARDS: usize = 16;
const NEIGHBOURS: usize = 64;

/// The shard of a cell, and its number there.
fn place(cell: usize) -> (usize, usize) {
    let (group, neighbour) = (cell / NEIGHBOURS, cell % NEIGHBOURS);
    (group % SHARDS, group / SHARDS * NEIGHBOURS + neighbour)
}

impl WeightedCells {
    /// Bytes of a group: twice while points come, when there may be twice as many as stay, and once
    /// more in the index.
    const BYTES: u64 = 2 * size_of::<Entry>() as u64 + size_of::<Weighted>() as u64;

    /// No points yet, and room for as many groups as `memory` bytes hold.
    pub(in crate::density) fn new(memory: u64) -> Self {
        let most = (memory / Self::BYTES) as usize / SHARDS;
        Self {
            shards: (0..SHARDS)
                .map(|_| {
                    Mutex::new(Shard {
                        most: most.max(1),
                        ..Shard::default()
                    })
                })
                .collect(),
        }
    }

    /// Adds some points.
    pub(in crate::density) fn add(&self, points: &mut [WeightedCell]) {
        points.sort_unstable_by_key(|point| place(point.cell).0);
        for points in points.chunk_by(|a, b| place(a.cell).0 == place(b.cell).0) {
            let entry = |point: &WeightedCell| Entry {
                cell: place(point.cell).1 as u32,
                weight: point.weight,
                count: point.count,
            };
            self.shard(place(points[0].cell).0)
                .extend(points.iter().map(entry));
        }
    }

    pub(in crate::density) fn is_empty(&self) -> bool {
        (0..SHARDS).all(|shard| self.shard(shard).entries.is_empty())
    }

    /// How many binary digits all weights have lost.
    pub(in crate::density) fn lost(&self) -> u32 {
        let lost = (0..SHARDS)
            .map(|shard| self.shard(shard).finish().lost)
            .max()
            .unwrap_or(0);
        self.lose(lost);
        lost
    }

    /// Weights lose so many binary digits, unless they have lost more.
    pub(in crate::density) fn lose(&self, digits: u32) {
        (0..SHARDS).for_each(|shard| self.shard(shard).lose(digits));
    }

    /// The largest share of itself by which a weight may be off, as long as that is less than a
    /// half (beyond that digits of the exponent are lost) and the weight is no subnormal number.
    pub(in crate::density) fn rounding(&self) -> f64 {
        let lost = self.lost();
        if lost == 0 {
            0.0
        } else {
            2_f64.powi(lost as i32 - 24)
        }
    }

    /// All groups by cell, and points of weight 1, of which there are `ones(cell)`.
    pub(in crate::density) fn index(
        &self,
        cells: usize,
        ones: impl Fn(usize) -> u32 + Sync,
    ) -> CellIndex {
        self.lost();
        let here = cells.div_ceil(NEIGHBOURS * SHARDS) * NEIGHBOURS;
        let index = |shard: usize| {
            let cell = |place: usize| {
                (place / NEIGHBOURS * SHARDS + shard) * NEIGHBOURS + place % NEIGHBOURS
            };
            let one = |place: usize| {
                if cell(place) < cells {
                    ones(cell(place))
                } else {
                    0
                }
            };
            self.shard(shard).finish().index(here, one)
        };
        CellIndex {
            cells,
            shards: (0..SHARDS).into_par_iter().map(index).collect(),
        }
    }

    /// A thread that panicked while it held the lock ends the run anyway.
    fn shard(&self, shard: usize) -> MutexGuard<'_, Shard> {
        self.shards[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Points of one weight on one cell of a shard.
#[derive(Clone, Copy, Debug)]
struct Entry {
    cell: u32,
    weight: f32,
    count: u32,
}

impl Entry {
    fn order(&self) -> (u32, u32) {
        (self.cell, self.weight.to_bits())
    }
}

/// Entries as they come, merged whenever they have become twice as many.
#[derive(Debug, Default)]
struct Shard {
    entries: Vec<Entry>,
    /// How many of them there were after the last merging.
    settled: usize,
    /// How many there may be then.
    most: usize,
    /// Binary digits that all weights have lost.
    lost: u32,
}

impl Shard {
    /// Twelve mebibytes.
    const SETTLE_AT_FIRST: usize = 1 << 20;
    /// All digits but the sign may go, and then there are two groups a cell at the most.
    const DIGITS: u32 = 31;

    fn extend(&mut self, entries: impl Iterator<Item = Entry>) {
        self.entries.extend(entries);
        if self.entries.len() >= 2 * self.settled.max(Self::SETTLE_AT_FIRST.min(self.most)) {
            self.settle();
        }
    }

    /// Keeps no more entries than there may be.
    fn finish(&mut self) -> &mut Self {
        if self.entries.len() > self.most || self.lost > 0 {
            self.settle();
        }
        self
    }

    fn lose(&mut self, digits: u32) {
        if self.lost < digits.min(Self::DIGITS) {
            self.lost = digits.min(Self::DIGITS);
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.round();
        self.entries.sort_unstable_by_key(Entry::order);
        self.merge();
        while self.entries.len() > self.most && self.lost < Self::DIGITS {
            self.lost += 1;
            self.round();
            self.merge();
        }
        self.settled = self.entries.len();
    }

    /// Cuts off the digits that are lost. What was in order stays in order.
    fn round(&mut self) {
        let kept = u32::MAX << self.lost;
        self.entries
            .iter_mut()
            .for_each(|entry| entry.weight = f32::from_bits(entry.weight.to_bits() & kept));
    }

    fn merge(&mut self) {
        self.entries.dedup_by(|next, kept| {
            let same = next.order() == kept.order();
            if same {
                kept.count = kept.count.saturating_add(next.count);
            }
            same
        });
    }

    /// The middle of all weights that a weight without its lost digits may have been.
    fn middle(&self, weight: f32) -> f32 {
        let half = if self.lost == 0 {
            0
        } else {
            1 << (self.lost - 1)
        };
        f32::from_bits(weight.to_bits() | half).clamp(f32::MIN, f32::MAX)
    }

    /// Sorts points into cells by counting them, which takes no longer than looking at each of them
    /// twice.
    fn index(&self, cells: usize, ones: impl Fn(usize) -> u32) -> ShardIndex {
        let one = |cell: usize| {
            Some(ones(cell))
                .filter(|&count| count > 0)
                .map(|count| Weighted { weight: 1.0, count })
        };
        let mut starts = vec![0; cells + 1];
        (0..cells).for_each(|cell| starts[cell + 1] = u32::from(one(cell).is_some()));
        self.entries
            .iter()
            .for_each(|entry| starts[entry.cell as usize + 1] += 1);
        for cell in 0..cells {
            starts[cell + 1] += starts[cell];
        }
        let mut ends = starts.clone();
        let mut weighted = vec![Weighted::default(); starts[cells] as usize];
        let mut put = |cell: usize, group: Weighted| {
            weighted[ends[cell] as usize] = group;
            ends[cell] += 1;
        };
        (0..cells).for_each(|cell| one(cell).into_iter().for_each(|group| put(cell, group)));
        for entry in &self.entries {
            put(
                entry.cell as usize,
                Weighted {
                    weight: self.middle(entry.weight),
                    count: entry.count,
                },
            );
        }
        for cell in starts.windows(2) {
            let groups = &mut weighted[cell[0] as usize..cell[1] as usize];
            groups.sort_unstable_by_key(|group| (!rank(group.weight), group.count));
        }
        merged(&mut starts, &mut weighted);
        ShardIndex { starts, weighted }
    }
}

/// Merges all groups of a cell that have one weight: how many there are depends on when entries
/// were merged, and so on the order in which points came.
fn merged(starts: &mut [u32], weighted: &mut Vec<Weighted>) {
    let (mut kept, mut read) = (0, 0);
    for end in &mut starts[1..] {
        let first = kept;
        for at in read..*end as usize {
            let group = weighted[at];
            if kept > first && weighted[kept - 1].weight.to_bits() == group.weight.to_bits() {
                weighted[kept - 1].count = weighted[kept - 1].count.saturating_add(group.count);
            } else {
                weighted[kept] = group;
                kept += 1;
            }
        }
        read = std::mem::replace(end, kept as u32) as usize;
    }
    weighted.truncate(kept);
}

/// Index of the points of a picture by cell; of each cell the heaviest first.
pub struct CellIndex {
    cells: usize,
    shards: Vec<ShardIndex>,
}

struct ShardIndex {
    /// Where the groups of each cell begin, and at last where they end.
    starts: Vec<u32>,
    weighted: Vec<Weighted>,
}

impl CellIndex {
    /// The points of a cell.
    #[inline]
    pub(in crate::density) fn of(&self, cell: usize) -> &[Weighted] {
        let (shard, cell) = place(cell);
        let shard = &self.shards[shard];
        &shard.weighted[shard.starts[cell] as usize..shard.starts[cell + 1] as usize]
    }

    /// All groups, in the order of their cells.
    pub fn iter(&self) -> impl Iterator<Item = WeightedCell> {
        (0..self.cells).flat_map(|cell| {
            self.of(cell).iter().map(move |weighted| WeightedCell {
                cell,
                weight: weighted.weight,
                count: weighted.count,
            })
        })
    }

    /// The largest weight, if it is more than zero.
    pub(in crate::density) fn largest(&self) -> f32 {
        let weighted = self
            .shards
            .par_iter()
            .flat_map_iter(|shard| &shard.weighted);
        weighted
            .map(|weighted| weighted.weight)
            .reduce(|| 0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The weights of a cell, one by one.
    fn single(cell: &[Weighted]) -> Vec<f32> {
        let each = cell
            .iter()
            .flat_map(|weighted| (0..weighted.count).map(|_| weighted.weight));
        each.collect()
    }

    /// The groups of three cells.
    fn weighted(points: &[(usize, f32)], memory: u64, at_once: usize) -> (Vec<Vec<Weighted>>, f64) {
        let weighted = WeightedCells::new(memory);
        let mut points: Vec<WeightedCell> = points
            .iter()
            .map(|&(cell, weight)| WeightedCell {
                cell,
                weight,
                count: 1,
            })
            .collect();
        points
            .chunks_mut(at_once)
            .for_each(|some| weighted.add(some));
        let index = weighted.index(3, |_| 0);
        (
            (0..3).map(|cell| index.of(cell).to_vec()).collect(),
            weighted.rounding(),
        )
    }

    #[test]
    fn cells_of_one_weight_are_merged_when_memory_is_scarce() {
        let points: Vec<(usize, f32)> = (0..1000).map(|i| (i % 3, [0.5, 2.0][i % 2])).collect();
        let (weighted, rounding) = weighted(&points, 6 * SHARDS as u64 * WeightedCells::BYTES, 10);
        assert_eq!(rounding, 0.0);
        assert_eq!(
            weighted[0],
            [
                Weighted {
                    weight: 2.0,
                    count: 167
                },
                Weighted {
                    weight: 0.5,
                    count: 167
                }
            ]
        );
    }

    #[test]
    fn a_cell_has_a_number_of_its_own() {
        let mut places: Vec<_> = (0..10_000).map(place).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 10_000);
    }

    proptest! {
        #[test]
        fn beyond_the_budget_weights_are_rounded_as_far_as_they_say_whatever_their_order(
            mut points in prop::collection::vec((0..3_usize, prop_oneof![0.01..9_f32, -9_f32..-0.01]), 1..300), most in 1..60_u64,
        ) {
            let memory = most * SHARDS as u64 * WeightedCells::BYTES;
            let (rounded, rounding) = weighted(&points, memory, 7);
            points.reverse();
            prop_assert_eq!(&weighted(&points, memory, 11), &(rounded.clone(), rounding));
            prop_assert!(rounded.iter().map(Vec::len).sum::<usize>() <= most.max(6) as usize);
            let (exact, _) = weighted(&points, u64::MAX, 300);
            for (rounded, exact) in rounded.iter().zip(&exact) {
                // Equal weights are counted in one, whether they were rounded or not.
                let (rounded, exact) = (single(rounded), single(exact));
                prop_assert_eq!(rounded.len(), exact.len());
                for (rounded, exact) in rounded.into_iter().zip(exact) {
                    let off = f64::from((rounded - exact).abs() / exact.abs());
                    prop_assert!(off <= rounding || rounding >= 0.5, "{} instead of {}", rounded, exact);
                }
            }
        }
    }

    #[test]
    fn a_rounded_weight_is_the_middle_of_those_that_it_may_have_been() {
        let bits = 0x4020_0005;
        for (lost, expected) in [
            (0, 0x4020_0005),
            (1, 0x4020_0005),
            (2, 0x4020_0006),
            (3, 0x4020_0004),
            (6, 0x4020_0020),
        ] {
            let weighted = WeightedCells::new(1 << 20);
            let cell = WeightedCell {
                cell: 2,
                weight: f32::from_bits(bits),
                count: 3,
            };
            weighted.add(&mut [cell]);
            weighted.lose(lost);
            assert_eq!(weighted.lost(), lost);
            // Fewer digits are no longer there either.
            weighted.lose(lost.saturating_sub(1));
            assert_eq!(weighted.lost(), lost);
            let index = weighted.index(3, |_| 0);
            let [Weighted { weight, count }] = *index.of(2) else {
                panic!("one group was put");
            };
            assert_eq!((weight.to_bits(), count), (expected, 3), "{lost}");
        }
        let all = WeightedCells::new(1 << 20);
        all.lose(40);
        assert_eq!(all.lost(), Shard::DIGITS);
    }
}
