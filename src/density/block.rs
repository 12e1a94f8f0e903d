//! Weighted points and segments: the picture in square blocks, each finished before the next is begun.
//!
//! Here heats come in no useful order, so the heats of every pixel of a block are collected, and blended when the block is
//! complete. Memory is the data in view plus one block for each thread.

use rayon::prelude::*;

use super::blend::{Blend, decaying, rank, terms, unrank};
use super::cells::{Cells, Frame, Load, Piles, zeros};
use super::grid::{Grid, stored};
use super::kernel::Falloff;
use super::segment::Track;
use crate::error::Result;
use crate::map::Size;

/// The side of a block in pixels.
const SIDE: usize = 32;

/// Spreads and blends points and segments of any weight.
pub(super) fn collect(cells: &Cells, falloff: Falloff, blend: Blend) -> Result<Grid> {
    match blend {
        Blend::Sum => {
            let largest = largest_weight(cells).into();
            spread(cells, falloff, || Sum::new(largest))
        }
        Blend::Max => spread(cells, falloff, Max::new),
        Blend::Decay(decay) => spread(cells, falloff, || Sorted::new(decay)),
    }
}

/// The largest weight, whatever its sign; more than zero.
fn largest_weight(cells: &Cells) -> f32 {
    let (tracks, piles) = (cells.tracks(), cells.piles());
    let weights = tracks.iter().map(|track| track.weight).chain(piles.loads().iter().map(|load| load.weight));
    weights.fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()))
}

fn spread<P: Pile>(cells: &Cells, falloff: Falloff, pile: impl Fn() -> P + Sync) -> Result<Grid> {
    let size = cells.frame.picture;
    let points = Points { piles: cells.piles(), frame: cells.frame, stamp: Stamp::new(falloff, cells.frame.reach) };
    let tracks: &[Track] = &cells.tracks();
    let buckets = Buckets::new(tracks, size, falloff.radius());
    let mut heat = zeros(size.pixels(), size)?;
    heat.par_chunks_mut(SIDE * size.width()).enumerate().for_each(|(row, pixels)| {
        let mut pile = pile();
        for column in 0..size.width().div_ceil(SIDE) {
            let block = Block { left: column * SIDE, top: row * SIDE };
            points.heat(block, &mut pile);
            for &track in buckets.of(row, column) {
                heat_along(&tracks[track as usize], block, falloff, &mut pile);
            }
            pile.finish(|pixel, heat| {
                let (x, y) = (block.left + pixel % SIDE, pixel / SIDE);
                if x < size.width() && y < pixels.len() / size.width() {
                    pixels[y * size.width() + x] = stored(heat);
                }
            });
        }
    });
    Ok(Grid::new(size, heat))
}

/// `SIDE` × `SIDE` pixels of the picture (and beyond its right and lower edge).
#[derive(Clone, Copy)]
struct Block {
    left: usize,
    top: usize,
}

/// Where the heats of a block's pixels are collected.
trait Pile {
    /// Adds `count` equal heats to a pixel, numbered row by row.
    fn add(&mut self, pixel: usize, heat: f64, count: u32);
    /// Gives the blend for every pixel that has heat, and is empty again.
    fn finish(&mut self, give: impl FnMut(usize, f64));
}

/// d = 1. Adds in fixed point, so that the order makes no difference.
struct Sum {
    totals: Vec<i128>,
    scale: f64,
}

impl Sum {
    fn new(largest_weight: f64) -> Self {
        // 60 bits below the largest heat there is, and 67 above it for as many heats as may come.
        Self { totals: vec![0; SIDE * SIDE], scale: (1_u64 << 60) as f64 / largest_weight }
    }
}

impl Pile for Sum {
    fn add(&mut self, pixel: usize, heat: f64, count: u32) {
        self.totals[pixel] += (heat * self.scale) as i128 * i128::from(count);
    }

    fn finish(&mut self, mut give: impl FnMut(usize, f64)) {
        for (pixel, total) in self.totals.iter_mut().enumerate().filter(|(_, total)| **total != 0) {
            give(pixel, std::mem::take(total) as f64 / self.scale);
        }
    }
}

/// d = 0.
struct Max {
    largest: Vec<f64>,
}

impl Max {
    fn new() -> Self {
        Self { largest: vec![0.0; SIDE * SIDE] }
    }
}

impl Pile for Max {
    fn add(&mut self, pixel: usize, heat: f64, _: u32) {
        self.largest[pixel] = self.largest[pixel].max(heat);
    }

    fn finish(&mut self, mut give: impl FnMut(usize, f64)) {
        for (pixel, largest) in self.largest.iter_mut().enumerate() {
            give(pixel, std::mem::take(largest));
        }
    }
}

/// 0 < d < 1. Keeps every heat until there are too many, and then the largest ones that matter.
struct Sorted {
    decay: f64,
    terms: usize,
    heats: Vec<Heat>,
    full: usize,
}

/// Sorts by pixel, and there the largest heat first.
#[derive(Clone, Copy)]
struct Heat {
    key: u64,
    count: u32,
}

impl Heat {
    fn new(pixel: usize, heat: f64, count: u32) -> Self {
        Self { key: (pixel as u64) << 32 | u64::from(!rank(stored(heat))), count }
    }

    fn pixel(self) -> usize {
        (self.key >> 32) as usize
    }

    fn heat(self) -> f32 {
        unrank(!(self.key as u32))
    }
}

impl Sorted {
    const FULL_AT_FIRST: usize = 1 << 20;

    fn new(decay: f64) -> Self {
        Self { decay, terms: terms(decay), heats: Vec::new(), full: Self::FULL_AT_FIRST }
    }

    fn sort(&mut self) {
        self.heats.sort_unstable_by_key(|heat| heat.key);
    }

    /// Leaves out what is too late in its pixel's order to matter, whatever else may come.
    fn thin(&mut self) {
        self.sort();
        let (mut pixel, mut before) = (usize::MAX, 0);
        let terms = self.terms;
        self.heats.retain(|heat| {
            if heat.pixel() != pixel {
                (pixel, before) = (heat.pixel(), 0);
            }
            let matters = before < terms;
            before += heat.count as usize;
            matters
        });
        self.full = (2 * self.heats.len()).max(Self::FULL_AT_FIRST);
    }
}

impl Pile for Sorted {
    fn add(&mut self, pixel: usize, heat: f64, count: u32) {
        self.heats.push(Heat::new(pixel, heat, count));
        if self.heats.len() >= self.full {
            self.thin();
        }
    }

    fn finish(&mut self, mut give: impl FnMut(usize, f64)) {
        self.sort();
        for heats in self.heats.chunk_by(|a, b| a.pixel() == b.pixel()) {
            give(heats[0].pixel(), decaying(heats.iter().map(|heat| (heat.heat(), heat.count)), self.decay));
        }
        self.heats.clear();
    }
}

/// The kernel around a cell, as a table.
struct Stamp {
    side: usize,
    heat: Vec<f64>,
}

impl Stamp {
    fn new(falloff: Falloff, reach: usize) -> Self {
        let side = 2 * reach + 1;
        let square = |i: usize| (i as f64 - reach as f64).powi(2);
        let heat = (0..side * side).map(|i| falloff.heat(square(i % side) + square(i / side))).collect();
        Self { side, heat }
    }
}

/// The points, and how they heat.
struct Points {
    piles: Piles,
    frame: Frame,
    stamp: Stamp,
}

impl Points {
    /// Collects the heat of all points near a block.
    fn heat(&self, block: Block, pile: &mut impl Pile) {
        let around = 2 * self.frame.reach;
        for row in block.top..(block.top + SIDE + around).min(self.frame.height()) {
            for column in block.left..(block.left + SIDE + around).min(self.frame.width()) {
                for &load in self.piles.of(row * self.frame.width() + column) {
                    self.stamp(load, (column as isize - block.left as isize, row as isize - block.top as isize), pile);
                }
            }
        }
    }

    /// Heats the pixels of a block around a cell, whose place is given from the top left cell that can heat the block.
    fn stamp(&self, load: Load, (x, y): (isize, isize), pile: &mut impl Pile) {
        let size = self.stamp.side as isize;
        // From the cell that is 2 × reach right of a pixel to the one that is as far left of it.
        let (left, top) = (x - size + 1, y - size + 1);
        for row in top.max(0)..(y + 1).min(SIDE as isize) {
            for column in left.max(0)..(x + 1).min(SIDE as isize) {
                let heat = self.stamp.heat[((row - top) * size + column - left) as usize];
                if heat > 0.0 {
                    pile.add(row as usize * SIDE + column as usize, f64::from(load.weight) * heat, load.count);
                }
            }
        }
    }
}

/// Which segments come near which block.
struct Buckets {
    columns: usize,
    /// Where each block's segments begin in `tracks`.
    starts: Vec<usize>,
    tracks: Vec<u32>,
}

impl Buckets {
    fn new(tracks: &[Track], size: Size, radius: f64) -> Self {
        let (columns, rows) = (size.width().div_ceil(SIDE), size.height().div_ceil(SIDE));
        let mut starts = vec![0; columns * rows + 1];
        let blocks =
            || tracks.iter().zip(0_u32..).flat_map(|(t, i)| t.blocks(columns, rows, radius).map(move |b| (b, i)));
        blocks().for_each(|(block, _)| starts[block + 1] += 1);
        for block in 0..columns * rows {
            starts[block + 1] += starts[block];
        }
        let mut ends = starts.clone();
        let mut bucketed = vec![0; starts[columns * rows]];
        for (block, track) in blocks() {
            bucketed[ends[block]] = track;
            ends[block] += 1;
        }
        Self { columns, starts, tracks: bucketed }
    }

    fn of(&self, row: usize, column: usize) -> &[u32] {
        let block = row * self.columns + column;
        &self.tracks[self.starts[block]..self.starts[block + 1]]
    }
}

impl Track {
    /// The numbers of the blocks it heats.
    fn blocks(&self, columns: usize, rows: usize, radius: f64) -> impl Iterator<Item = usize> {
        let (top, bottom) = self.rows(radius);
        covered(top, bottom, rows).flat_map(move |row| {
            let upper = (row * SIDE) as f64;
            let (left, right) = self.columns(upper, upper + (SIDE - 1) as f64, radius).unwrap_or((0.0, -1.0));
            covered(left, right, columns).map(move |column| row * columns + column)
        })
    }
}

/// The blocks, of so many along one side of the picture, that hold the pixels between two places.
fn covered(from: f64, to: f64, blocks: usize) -> std::ops::Range<usize> {
    if to < 0.0 {
        return 0..0;
    }
    (from.max(0.0) as usize / SIDE).min(blocks)..(to as usize / SIDE + 1).min(blocks)
}

/// Collects the heat of a segment on the pixels of a block.
fn heat_along(track: &Track, block: Block, falloff: Falloff, pile: &mut impl Pile) {
    let (left, top) = (block.left as f64, block.top as f64);
    for row in 0..SIDE {
        let y = top + row as f64;
        let Some((from, to)) = track.columns(y, y, falloff.radius()) else { continue };
        let first = (from - left).ceil().max(0.0) as usize;
        let end = ((to - left).floor() + 1.0).clamp(0.0, SIDE as f64) as usize;
        for column in first..end {
            let heat = falloff.heat(track.distance_squared(left + column as f64, y));
            if heat > 0.0 {
                pile.add(row * SIDE + column, f64::from(track.weight) * heat, 1);
            }
        }
    }
}
