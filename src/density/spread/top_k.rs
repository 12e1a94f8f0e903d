//! Points of many weights, and segments, for decay below 1: only the largest heats of a pixel
//! matter.
//!
//! The picture is made in blocks. Whatever may heat a block is taken from the nearest to the
//! farthest, so that the largest heats come first, more or less; the rest need not be looked at
//! once it is cooler than the last heat that matters at every pixel. So the cost of a pixel is that
//! of its nearest heats, and hardly grows with the radius.

use std::sync::Arc;

use super::blend::{decaying, rank, terms, unrank};
use super::blocks::{Block, Buckets, PIXELS, Patch, SIDE, each};
use super::dirty::Dirty;
use super::kernel::{Falloff, Falloffs};
use super::panes;
use super::tracks::{Scratch, Tracks};
use crate::density::HeatOptions;
use crate::density::collect::binner::Padded;
use crate::density::collect::cells::Cells;
use crate::density::collect::segment::Segment;
use crate::density::collect::weighted::{CellIndex, Weighted};
use crate::density::grid::Grid;
use crate::density::memory::stored;
use crate::geo::TrackWeight;

/// Spreads points and segments of any weight, and blends the largest heats of every pixel with a
/// decay below 1.
pub(in crate::density) fn largest(
    cells: &Cells,
    falloffs: &Falloffs,
    options: &HeatOptions,
    grid: &mut Grid,
    dirty: &Dirty,
) {
    let segments = cells.segments();
    let segments: &[Segment] = &cells.thinned(&segments, options);
    let is_of_pieces = options.track_weight == TrackWeight::Points && options.decay > 0.0;
    if is_of_pieces && panes::largest(cells, segments, (falloffs, options.decay), grid, dirty) {
        return;
    }
    let points = Points::new(cells, falloffs);
    let buckets = Buckets::new(segments, grid.size(), falloffs.widest().radius(), dirty);
    let lines = Lines {
        segments,
        buckets,
        falloffs,
        tracks: Tracks::new(segments, falloffs, options, cells.view()),
    };
    each(
        grid,
        dirty,
        |top| {
            (
                Heats::new(options.decay),
                points.window(top),
                Scratch::new(),
            )
        },
        |(heats, window, scratch), block, pixels| {
            points.heat(block, window, heats);
            lines.heat(block, heats, scratch);
            heats.blend(pixels);
        },
    );
}

/// The largest heats of each pixel of a block.
struct Heats {
    decay: f64,
    /// How many heats of a pixel matter.
    terms: usize,
    /// Of each pixel, the rank and count of each heat, packed so that integers order them; none
    /// where a single heat matters, which is the floor.
    packed: Vec<Vec<u64>>,
    /// Of each pixel, the heat below which others matter no more.
    floors: Vec<f32>,
    /// The heats of a segment.
    memory: Vec<f64>,
}

impl Heats {
    fn new(decay: f64) -> Self {
        Self {
            decay,
            terms: terms(decay),
            packed: vec![Vec::new(); PIXELS],
            floors: vec![f32::NEG_INFINITY; PIXELS],
            memory: vec![0.0; PIXELS],
        }
    }

    /// Adds `count` equal heats to a pixel; `false` if so small ones no longer matter.
    #[inline]
    fn add(&mut self, pixel: usize, heat: f32, count: u32) -> bool {
        if heat < self.floors[pixel] {
            return false;
        }
        if self.terms == 1 {
            self.floors[pixel] = heat;
            return true;
        }
        let heats = &mut self.packed[pixel];
        heats.push(u64::from(rank(heat)) << 32 | u64::from(count));
        if heats.len() > 2 * self.terms {
            self.floors[pixel] = thin(heats, self.terms);
        }
        true
    }

    /// Adds the heats of a segment in a block.
    fn add_along(&mut self, block: Block, segment: &Segment, falloffs: &Falloffs) {
        let weight = f64::from(segment.weight);
        let mut memory = std::mem::take(&mut self.memory);
        block.heat_along(segment, falloffs, &mut memory, |patch| {
            if self.terms == 1 {
                return raise(&mut self.floors[patch.first..], patch, weight);
            }
            let rows = rows_that_matter(&self.floors[patch.first..], patch, weight);
            for (number, (first, heats)) in patch.rows().enumerate() {
                if rows >> number & 1 == 0 {
                    continue;
                }
                for (pixel, &heat) in (first..).zip(heats) {
                    if heat > 0.0 {
                        self.add(pixel, stored(weight * heat), 1);
                    }
                }
            }
        });
        self.memory = memory;
    }

    /// Whether a heat is too small to matter at any of some pixels.
    fn are_above(&self, heat: f32, mut pixels: impl Iterator<Item = usize>) -> bool {
        pixels.all(|pixel| heat < self.floors[pixel])
    }

    /// Gives the blend of every pixel, and is empty again.
    fn blend(&mut self, pixels: &mut [f64]) {
        if self.terms == 1 {
            for (floor, pixel) in self.floors.iter_mut().zip(pixels) {
                let largest = std::mem::replace(floor, f32::NEG_INFINITY);
                *pixel = f64::from(if largest.is_finite() { largest } else { 0.0 });
            }
            return;
        }
        for (heats, pixel) in self.packed.iter_mut().zip(pixels) {
            if heats.len() > self.terms {
                thin(heats, self.terms);
            }
            heats.sort_unstable_by(|a, b| b.cmp(a));
            *pixel = decaying(
                heats
                    .iter()
                    .map(|&heat| (unrank((heat >> 32) as u32), heat as u32)),
                self.decay,
                self.terms,
            );
            heats.clear();
        }
        self.floors.fill(f32::NEG_INFINITY);
    }
}

/// Leaves out what does not matter, whatever else may come, and gives the last heat that does.
fn thin(heats: &mut Vec<u64>, terms: usize) -> f32 {
    let (_, last, _) = heats.select_nth_unstable_by(terms - 1, |a, b| b.cmp(a));
    let floor = unrank((*last >> 32) as u32);
    heats.truncate(terms);
    floor
}

/// Raises floors, of which the first is that of a patch's first pixel, to the heats of the patch.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn raise(floors: &mut [f32], patch: &Patch<'_>, weight: f64) {
    let rows = floors
        .chunks_mut(SIDE)
        .zip(patch.heats.chunks(patch.columns));
    for (floors, heats) in rows {
        for (floor, &heat) in floors.iter_mut().zip(heats) {
            let largest = floor.max(stored(weight * heat));
            *floor = if heat > 0.0 { largest } else { *floor };
        }
    }
}

/// The rows of a patch, a bit each, in which a heat is not below its floor: where shapes pile up
/// that are few.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn rows_that_matter(floors: &[f32], patch: &Patch<'_>, weight: f64) -> u32 {
    let rows = floors.chunks(SIDE).zip(patch.heats.chunks(patch.columns));
    let mut all = 0;
    for ((floors, heats), number) in rows.zip(0_u32..) {
        let matters = |any, (&floor, &heat): (&f32, &f64)| {
            any | ((heat > 0.0) & (stored(weight * heat) >= floor))
        };
        all |= u32::from(floors.iter().zip(heats).fold(false, matters)) << number;
    }
    all
}

/// The points, and the order in which they heat.
struct Points<'a> {
    index: CellIndex,
    /// The largest weight.
    largest: f32,
    frame: Padded,
    falloffs: &'a Falloffs,
    /// For the widest radius there is.
    window: Arc<Window>,
}

impl<'a> Points<'a> {
    fn new(cells: &Cells, falloffs: &'a Falloffs) -> Self {
        let (index, window) = (
            cells.index(),
            Window::new(falloffs.widest(), cells.frame.reach),
        );
        Self {
            largest: index.largest(),
            index,
            frame: cells.frame,
            falloffs,
            window: Arc::new(window),
        }
    }

    /// The window for a row of blocks: that for its widest radius.
    fn window(&self, top: usize) -> Arc<Window> {
        let falloff = self.falloffs.widest_in(top..top + SIDE);
        if falloff == self.window.falloff {
            self.window.clone()
        } else {
            Arc::new(Window::new(falloff, self.frame.reach))
        }
    }

    /// Collects the heat of all points near a block, one part of it after the other.
    fn heat(&self, block: Block, window: &Window, heats: &mut Heats) {
        for y in (0..SIDE).step_by(window.side) {
            for x in (0..SIDE).step_by(window.side) {
                self.heat_part(block, window, (x, y), heats);
            }
        }
    }

    #[inline]
    fn heat_part(&self, block: Block, window: &Window, part: (usize, usize), heats: &mut Heats) {
        // Cells of the frame have the numbers of the pixels to whose kernel's corner they belong,
        // if that is as wide as can be.
        let inward = self.frame.reach - window.reach;
        let (left, top) = (block.left + part.0 + inward, block.top + part.1 + inward);
        let first = part.1 * SIDE + part.0;
        for ring in window.cells.chunks(Window::RING) {
            let largest = self.largest * ring[0].heat;
            if heats.are_above(largest, window.pixels().map(|(x, y)| first + y * SIDE + x)) {
                break;
            }
            for cell in ring {
                let (x, y) = (left + usize::from(cell.x), top + usize::from(cell.y));
                if x < self.frame.width() && y < self.frame.height() {
                    let weighted = self.index.of(y * self.frame.width() + x);
                    self.heat_from(weighted, cell, window, (block.top, first), heats);
                }
            }
        }
    }

    /// Collects the heat of one cell in a part of a block, of which the first pixel is given.
    #[inline]
    fn heat_from(
        &self,
        weighted: &[Weighted],
        cell: &WindowCell,
        window: &Window,
        (top, first): (usize, usize),
        heats: &mut Heats,
    ) {
        if weighted.is_empty() {
            return;
        }
        for y in 0..window.side {
            let pixel = first + y * SIDE;
            let falloff = self.falloffs.at(top + pixel / SIDE);
            let mut give = |x: usize, heat: f32| {
                if heat > 0.0 {
                    let _ = weighted
                        .iter()
                        .all(|group| heats.add(pixel + x, group.weight * heat, group.count));
                }
            };
            let (row, across) = window.row(cell, y);
            if falloff == window.falloff {
                (0..window.side).for_each(|x| give(x, row[across.abs_diff(x as isize)]));
            } else {
                let down = window.down(cell, y);
                let square = |x: usize| (down.pow(2) + across.abs_diff(x as isize).pow(2)) as f64;
                (0..window.side).for_each(|x| give(x, falloff.heat(square(x)) as f32));
            }
        }
    }
}

/// The cells that may heat a small square of pixels.
struct Window {
    /// The widest radius of the pixels' rows.
    falloff: Falloff,
    /// The side of the square, which divides that of a block.
    side: usize,
    reach: usize,
    /// The nearest first.
    cells: Vec<WindowCell>,
    /// The heat of a cell by its distance across and down, in rows of that radius.
    stamp: Vec<f32>,
}

/// A cell's place from the corner of a window.
struct WindowCell {
    x: u16,
    y: u16,
    /// The heat it gives to the nearest point of the square, for weight 1: no pixel has more.
    heat: f32,
}

impl Window {
    /// Cells between looking whether the rest matters.
    const RING: usize = 32;

    /// The larger the square, the fewer cells are looked at for a pixel, and the less their order
    /// is that of a pixel.
    fn new(falloff: Falloff, reach: usize) -> Self {
        let reach = falloff.reach().min(reach);
        let side = (reach / 8).next_power_of_two().clamp(4, SIDE);
        let ends = reach + side;
        let stamp = (0..ends * ends)
            .map(|i| falloff.heat(((i % ends).pow(2) + (i / ends).pow(2)) as f64) as f32);
        // How far it is to the square, along one axis.
        let beyond =
            |i: usize| (reach.saturating_sub(i) + i.saturating_sub(reach + side - 1)) as f64;
        let heat = |x: usize, y: usize| stored(falloff.heat(beyond(x).powi(2) + beyond(y).powi(2)));
        let across = side + 2 * reach;
        let places = (0..across * across).map(|i| (i % across, i / across));
        let mut cells: Vec<WindowCell> = places
            .map(|(x, y)| WindowCell {
                x: x as u16,
                y: y as u16,
                heat: heat(x, y),
            })
            .collect();
        cells.retain(|cell| cell.heat > 0.0);
        cells.sort_by(|a, b| b.heat.total_cmp(&a.heat));
        Self {
            falloff,
            side,
            reach,
            cells,
            stamp: stamp.collect(),
        }
    }

    /// The pixels of the square.
    fn pixels(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let side = self.side;
        (0..side).flat_map(move |y| (0..side).map(move |x| (x, y)))
    }

    /// How many rows a cell is from one of the square.
    fn down(&self, cell: &WindowCell, y: usize) -> usize {
        (y + self.reach).abs_diff(cell.y.into())
    }

    /// What a cell gives to a row of the square: heats by the distance along the row, and the
    /// column they are counted from.
    fn row(&self, cell: &WindowCell, y: usize) -> (&[f32], isize) {
        let down = self.down(cell, y);
        (
            &self.stamp[down * (self.reach + self.side)..],
            cell.x as isize - self.reach as isize,
        )
    }
}

/// The segments, by block.
struct Lines<'a> {
    segments: &'a [Segment],
    buckets: Buckets,
    falloffs: &'a Falloffs,
    /// Where not each segment but each track is a heat of its own, or all together.
    tracks: Option<Tracks<'a>>,
}

impl Lines<'_> {
    /// Collects the heat of all segments near a block.
    fn heat(&self, block: Block, heats: &mut Heats, scratch: &mut Scratch) {
        if let Some(tracks) = &self.tracks {
            let near = self.buckets.of(block);
            tracks.heat(block, near, scratch, &mut |first, given| {
                for (pixel, &heat) in (first..).zip(given) {
                    if heat != 0.0 {
                        heats.add(pixel, stored(heat), 1);
                    }
                }
            });
            return;
        }
        let falloff = self.falloffs.widest_in(block.rows());
        let segments = self
            .buckets
            .of(block)
            .iter()
            .map(|&segment| &self.segments[segment as usize]);
        let mut near: Vec<(f32, &Segment)> = segments
            .map(|segment| (hottest(block, segment, falloff), segment))
            .collect();
        near.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        for ring in near.chunks(Window::RING) {
            if heats.are_above(ring[0].0, 0..PIXELS) {
                break;
            }
            for (_, segment) in ring {
                heats.add_along(block, segment, self.falloffs);
            }
        }
    }
}

/// At least the largest heat that a segment gives to a block.
fn hottest(block: Block, segment: &Segment, falloff: Falloff) -> f32 {
    let half = (SIDE - 1) as f64 / 2.0;
    let middle = segment
        .distance_squared(block.left as f64 + half, block.top as f64 + half)
        .sqrt();
    let nearest = (middle - half.hypot(half)).max(0.0);
    stored(f64::from(segment.weight.max(0.0)) * falloff.heat(nearest * nearest))
}
