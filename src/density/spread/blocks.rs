//! Block-wise rendering of segments: the picture in square blocks, each finished before the next is
//! begun, with the segments that come near it.
//!
//! Memory is the segments in view plus one block for each thread.

use std::ops::Range;

use rayon::prelude::*;

use super::dirty::Dirty;
use super::kernel::{Falloff, Falloffs};
use crate::density::collect::segment::{LANES, Segment};
use crate::density::grid::Grid;
use crate::density::memory::fill;
use crate::geo::Pixels;
use crate::raster::Size;

/// The side of a block in pixels.
pub(in crate::density) const SIDE: usize = 32;
/// The pixels of a block.
pub(in crate::density) const PIXELS: usize = SIDE * SIDE;

/// `SIDE` × `SIDE` pixels of the picture (and beyond its right and lower edge).
#[derive(Clone, Copy)]
pub(in crate::density) struct Block {
    pub(in crate::density) left: usize,
    pub(in crate::density) top: usize,
}

/// Heats the dirty parts of the picture block by block. Each row of blocks, which has the number of
/// the pixels at its top, has a state of its own, which `heat` fills and leaves empty again: it
/// gives the heat of the block's pixels, row by row.
pub(in crate::density) fn each<S>(
    grid: &mut Grid,
    dirty: &Dirty,
    state: impl Fn(usize) -> S + Sync,
    heat: impl Fn(&mut S, Block, &mut [f64]) + Sync,
) {
    let size = grid.size();
    grid.heat_mut()
        .par_chunks_mut(SIDE * size.width())
        .enumerate()
        .for_each(|(row, pixels)| {
            let mut state = state(row * SIDE);
            let mut square = vec![0.0; PIXELS];
            for left in (0..size.width()).step_by(SIDE) {
                if !dirty.touches((left, SIDE), (row * SIDE, SIDE)) {
                    continue;
                }
                square.fill(0.0);
                heat(
                    &mut state,
                    Block {
                        left,
                        top: row * SIDE,
                    },
                    &mut square,
                );
                for (row, heats) in pixels.chunks_mut(size.width()).zip(square.chunks(SIDE)) {
                    fill(&mut row[left..], heats.iter().copied());
                }
            }
        });
}

/// Adds up the heat of segments, d = 1. In fixed point, so that their order makes no difference.
pub(in crate::density) fn summed(
    segments: &[Segment],
    falloffs: &Falloffs,
    grid: &mut Grid,
    dirty: &Dirty,
) {
    let largest = segments.iter().fold(f32::MIN_POSITIVE, |largest, segment| {
        largest.max(segment.weight.abs())
    });
    // 60 bits below the largest heat there is, and 67 above it for as many heats as may come.
    let scale = (1_u64 << 60) as f64 / f64::from(largest);
    let buckets = Buckets::new(segments, grid.size(), falloffs.widest().radius(), dirty);
    let state = |_| (vec![0_i128; PIXELS], vec![0.0; PIXELS]);
    each(grid, dirty, state, |(totals, memory), block, heats| {
        let near = buckets.of(block);
        if near.is_empty() {
            return;
        }
        for &segment in near {
            let segment = &segments[segment as usize];
            let weight = f64::from(segment.weight);
            block.heat_along(segment, falloffs, memory, |patch| {
                for (first, heats) in patch.rows() {
                    let totals = totals[first..].iter_mut().zip(heats);
                    totals.for_each(|(total, heat)| *total += fixed(weight * heat, scale));
                }
            });
        }
        settle(totals, scale, heats);
    });
}

/// A heat in fixed point, of which the largest has 60 bits.
#[inline]
pub(in crate::density) fn fixed(heat: f64, scale: f64) -> i128 {
    // One instruction, where there is none for 128 bits.
    i128::from((heat * scale) as i64)
}

/// Takes sums out of fixed point.
pub(in crate::density) fn settle(totals: &mut [i128], scale: f64, heats: &mut [f64]) {
    for (heat, total) in heats.iter_mut().zip(totals) {
        *heat = match std::mem::take(total) {
            0 => 0.0,
            // Nearly all are as short as this, which processors know.
            total => i64::try_from(total).map_or(total as f64, |total| total as f64) / scale,
        };
    }
}

/// Spatial index: the segments that come near each block.
pub(in crate::density) struct Buckets {
    columns: usize,
    /// Where each block's segments begin in `segments`.
    starts: Vec<usize>,
    segments: Vec<u32>,
}

impl Buckets {
    /// For the blocks of a picture that are dirty.
    pub(in crate::density) fn new(
        segments: &[Segment],
        size: Size,
        radius: f64,
        dirty: &Dirty,
    ) -> Self {
        let (columns, rows) = (size.width().div_ceil(SIDE), size.height().div_ceil(SIDE));
        let mut starts = vec![0; columns * rows + 1];
        let is_stale = |block: usize| {
            dirty.touches(
                (block % columns * SIDE, SIDE),
                (block / columns * SIDE, SIDE),
            )
        };
        let dirty: Vec<bool> = (0..columns * rows).map(is_stale).collect();
        // Found twice, since to keep what was found takes more memory than all the rest.
        for segment in segments {
            segment.each_reached((0.0, 0.0), (SIDE, columns, rows), radius, |block| {
                starts[block + 1] += usize::from(dirty[block]);
            });
        }
        for block in 0..columns * rows {
            starts[block + 1] += starts[block];
        }
        let mut ends = starts.clone();
        let mut bucketed = vec![0; starts[columns * rows]];
        for (segment, number) in segments.iter().zip(0_u32..) {
            segment.each_reached((0.0, 0.0), (SIDE, columns, rows), radius, |block| {
                if dirty[block] {
                    bucketed[ends[block]] = number;
                    ends[block] += 1;
                }
            });
        }
        Self {
            columns,
            starts,
            segments: bucketed,
        }
    }

    /// How many segments may heat the block that most of them may heat.
    pub(in crate::density) fn fullest(&self) -> usize {
        let counts = self.starts.windows(2).map(|block| block[1] - block[0]);
        counts.max().unwrap_or(0)
    }

    /// The numbers of the segments that may heat a block.
    #[inline]
    pub(in crate::density) fn of(&self, block: Block) -> &[u32] {
        let block = block.top / SIDE * self.columns + block.left / SIDE;
        &self.segments[self.starts[block]..self.starts[block + 1]]
    }
}

impl Segment {
    /// Whether it leaves little room in the box around it and what it heats.
    fn fills_its_box(&self, radius: f64) -> bool {
        let (a, b) = (self.from, self.to);
        (a.x - b.x).abs().min((a.y - b.y).abs()) <= radius
    }

    /// Gives the numbers of the squares that it may heat, which have a side of so many pixels: so
    /// many across and down from a corner on.
    #[inline]
    pub(in crate::density) fn each_reached(
        &self,
        corner: (f64, f64),
        (side, columns, rows): (usize, usize, usize),
        radius: f64,
        mut give: impl FnMut(usize),
    ) {
        let (top, bottom) = self.rows(radius);
        let box_of_it = self.fills_its_box(radius).then(|| self.sides(radius));
        for row in covered(top - corner.1, bottom - corner.1, side, rows) {
            let upper = corner.1 + (row * side) as f64;
            let sides =
                box_of_it.or_else(|| self.columns(upper, upper + (side - 1) as f64, radius));
            if let Some((left, right)) = sides {
                let columns_there = covered(left - corner.0, right - corner.0, side, columns);
                columns_there.for_each(|column| give(row * columns + column));
            }
        }
    }
}

/// The squares of a side, of so many along one side of the picture, that hold the pixels between
/// two places.
pub(in crate::density) fn covered(from: f64, to: f64, side: usize, squares: usize) -> Range<usize> {
    if to < 0.0 {
        return 0..0;
    }
    // Casts keep to the ends of their type, and processors have none to 64 bits without a sign.
    let last = to as u32 as usize / side + 1;
    (from as u32 as usize / side).min(squares)..last.min(squares)
}

impl Block {
    /// The rows of the picture that it covers.
    pub(in crate::density) fn rows(self) -> Range<usize> {
        self.top..self.top + SIDE
    }

    /// Gives the patches of it that hold all pixels which a segment heats, with their heats for
    /// weight 1, which are kept in memory for a block.
    pub(in crate::density) fn heat_along(
        self,
        segment: &Segment,
        falloffs: &Falloffs,
        memory: &mut [f64],
        mut give: impl FnMut(&Patch<'_>),
    ) {
        self.parts_along(segment, falloffs, |corner, rows, columns| {
            let heats = &mut memory[..rows.len() * columns.len()];
            segment.squares_within(corner, columns.len(), heats);
            match falloffs.only() {
                Some(falloff) => falloff.heats(heats),
                None => {
                    for (row, heats) in rows.clone().zip(heats.chunks_mut(columns.len())) {
                        falloffs.at(self.top + row).heats(heats);
                    }
                }
            }
            give(&Patch {
                first: rows.start * SIDE + columns.start,
                columns: columns.len(),
                heats,
            });
        });
    }

    /// Gives each row of it that a segment may heat: its number here, the columns there, its y and
    /// the falloff of its heat.
    #[inline]
    pub(in crate::density) fn rows_along(
        self,
        segment: &Segment,
        falloffs: &Falloffs,
        mut give: impl FnMut(usize, Range<usize>, f64, Falloff),
    ) {
        let (left, top) = (self.left as f64, self.top as f64);
        let (upper, lower) = segment.rows(falloffs.widest_in(self.rows()).radius());
        for row in places(upper - top, lower - top) {
            let (y, falloff) = (top + row as f64, falloffs.at(self.top + row));
            let Some((from, to)) = segment.columns(y, y, falloff.radius()) else {
                continue;
            };
            let columns = places(from - left, to - left);
            if !columns.is_empty() {
                give(row, columns, y, falloff);
            }
        }
    }

    /// Gives rectangles of it that hold all that a segment may heat: the one around it where that is
    /// hardly more than its rows are, else each of these. They have a corner in the picture, rows
    /// and columns, a whole number of [`LANES`].
    #[inline]
    pub(in crate::density) fn parts_along(
        self,
        segment: &Segment,
        falloffs: &Falloffs,
        mut give: impl FnMut(Pixels, Range<usize>, Range<usize>),
    ) {
        let mut give = |rows: Range<usize>, columns| {
            let columns = in_lanes(columns);
            let corner = Pixels {
                x: (self.left + columns.start) as f64,
                y: (self.top + rows.start) as f64,
            };
            give(corner, rows, columns);
        };
        let radius = falloffs.widest_in(self.rows()).radius();
        if !segment.fills_its_box(radius) {
            return self.rows_along(segment, falloffs, |row, columns, _, _| {
                give(row..row + 1, columns);
            });
        }
        let (left, top) = (self.left as f64, self.top as f64);
        let (upper, lower) = segment.rows(radius);
        let rows = places(upper - top, lower - top);
        let (from, to) = segment.sides(radius);
        let columns = places(from - left, to - left);
        if !rows.is_empty() && !columns.is_empty() {
            give(rows, columns);
        }
    }
}

/// Some rectangle of a block, with a heat for each of its pixels.
pub(in crate::density) struct Patch<'a> {
    /// The number of its upper left pixel in the block.
    pub(in crate::density) first: usize,
    /// How many there are in a row, a whole number of [`LANES`].
    pub(in crate::density) columns: usize,
    /// Row by row; none is below 0.
    pub(in crate::density) heats: &'a [f64],
}

impl<'a> Patch<'a> {
    /// Its rows, each with the number of its first pixel.
    pub(in crate::density) fn rows(&self) -> impl Iterator<Item = (usize, &'a [f64])> {
        let firsts = (self.first..).step_by(SIDE);
        firsts.zip(self.heats.chunks(self.columns))
    }
}

/// The columns of a block that are measured for some of them.
fn in_lanes(columns: Range<usize>) -> Range<usize> {
    let count = columns.len().next_multiple_of(LANES);
    let start = columns.start.min(SIDE - count);
    start..start + count
}

/// The pixels along a side of a block from one place to another, both included; never less than
/// nothing or more than all.
fn places(from: f64, to: f64) -> Range<usize> {
    let before = |place: f64| (place as u32 as usize).min(SIDE);
    let start = before(from);
    start + usize::from(from > start as f64)..before(to + 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::density::{HeatOptions, Kernel};
    use crate::geo::{Crs, View};

    fn any_segment() -> impl Strategy<Value = Segment> {
        let place = || {
            let whole = |sides: (i32, i32)| (f64::from(sides.0), f64::from(sides.1));
            prop_oneof![
                (-90.0..200.0, -90.0..170.0),
                (-40..140, -40..120).prop_map(whole)
            ]
        };
        let is_flat = prop::sample::select(vec![(false, false), (true, false), (false, true)]);
        (place(), place(), is_flat).prop_map(|(from, to, (across, down))| Segment {
            from: Pixels {
                x: from.0,
                y: from.1,
            },
            to: Pixels {
                x: if down { from.0 } else { to.0 },
                y: if across { from.1 } else { to.1 },
            },
            weight: 1.0,
            track: 0,
        })
    }

    /// Whether any of some pixels is nearer to a segment than the radius.
    fn heats(
        segment: &Segment,
        (columns, rows): (Range<usize>, Range<usize>),
        radius: f64,
    ) -> bool {
        let mut pixels = rows.flat_map(|y| columns.clone().map(move |x| (x as f64, y as f64)));
        pixels.any(|(x, y)| segment.distance_squared(x, y) < radius * radius)
    }

    /// Whether squares so far to the right and down may be heated, by the box around a segment.
    fn is_in_box(segment: &Segment, (left, top): (f64, f64), side: usize, radius: f64) -> bool {
        let (from_side, to_side) = segment.sides(radius);
        let (from_row, to_row) = segment.rows(radius);
        let side = side as f64;
        left <= to_side && left + side > from_side && top <= to_row && top + side > from_row
    }

    proptest! {
        #[test]
        fn each_block_has_all_segments_that_heat_it_and_each_of_them_once(
            segments in prop::collection::vec(any_segment(), 0..8), radius in 0.5..40.0,
            (width, height) in (1_u32..140, 1_u32..120),
        ) {
            let size = Size::new(width, height).unwrap();
            let buckets = Buckets::new(&segments, size, radius, &Dirty::Whole);
            let corners = (0..size.height()).step_by(SIDE).flat_map(|top| (0..size.width()).step_by(SIDE).map(move |left| (left, top)));
            let mut fullest = 0;
            for (left, top) in corners {
                let near = buckets.of(Block { left, top });
                fullest = fullest.max(near.len());
                prop_assert!(near.is_sorted_by(|a, b| a < b), "{:?}", near);
                for (segment, number) in segments.iter().zip(0..) {
                    let is_there = near.contains(&number);
                    prop_assert!(is_there || !heats(segment, (left..left + SIDE, top..top + SIDE), radius));
                    prop_assert!(!is_there || is_in_box(segment, (left as f64, top as f64), SIDE, radius));
                }
            }
            prop_assert_eq!(buckets.fullest(), fullest);
        }

        #[test]
        fn squares_of_any_size_from_any_corner_on_are_found(
            segment in any_segment(), radius in 0.5..20.0, corner in (0_usize..9, 0_usize..9), side in 1_usize..9,
        ) {
            let (left, top) = (corner.0 * SIDE, corner.1 * SIDE);
            let mut found = vec![0; 64];
            segment.each_reached((left as f64, top as f64), (side, 8, 8), radius, |square| found[square] += 1);
            for (square, times) in found.into_iter().enumerate() {
                let (left, top) = (left + square % 8 * side, top + square / 8 * side);
                let is_heated = heats(&segment, (left..left + side, top..top + side), radius);
                prop_assert!(times == 1 || times == 0 && !is_heated, "{} times {}", square, times);
                prop_assert!(times == 0 || is_in_box(&segment, (left as f64, top as f64), side, radius));
            }
        }

        #[test]
        fn patches_have_the_heat_of_every_pixel_once(
            segment in any_segment(), radius in 0.5..40.0, (column, row) in (0_usize..4, 0_usize..4),
            kernel in prop::sample::select(Kernel::ALL.to_vec()),
        ) {
            let options = HeatOptions { kernel, radius: f64::into(radius), ..HeatOptions::default() };
            let view = View::new(Crs::Wgs84, (1.0, 1.0), (0.0, 0.0), Size::new(150, 150).unwrap()).unwrap();
            let falloffs = Falloffs::new(&options, &view).unwrap();
            let block = Block { left: column * SIDE, top: row * SIDE };
            let mut found = vec![None; PIXELS];
            block.heat_along(&segment, &falloffs, &mut vec![0.0; PIXELS], |patch| {
                for (first, heats) in patch.rows() {
                    for (found, &heat) in found[first..].iter_mut().zip(heats) {
                        assert!(found.is_none(), "a pixel has two heats");
                        *found = Some(heat);
                    }
                }
            });
            for (pixel, found) in found.into_iter().enumerate() {
                let (x, y) = ((block.left + pixel % SIDE) as f64, (block.top + pixel / SIDE) as f64);
                let heat = falloffs.at(0).heat(segment.distance_squared(x, y));
                prop_assert_eq!(found.unwrap_or(0.0), heat, "at {} {}", x, y);
            }
        }
    }
}
