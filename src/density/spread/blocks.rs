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
