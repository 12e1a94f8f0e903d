//! Points of weight 1, however many, and sums of points of any weight: the whole picture from one number for each of its
//! cells.
//!
//! At every pixel the cells around it are taken from the nearest to the farthest, that is from the largest heat to the
//! smallest, each as a run of equal heats. So the cost depends on the picture and the radius alone. All pixels of a
//! stretch of a row take the same step at the same time, which runs in SIMD lanes.

use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::blend::{Blend, Run};
use super::cells::{Cells, Frame, zeros};
use super::convolve::{WORTHWHILE, convolve};
use super::grid::{Grid, stored};
use super::kernel::Falloff;
use crate::error::Result;

/// Pixels that are finished together: a stretch of a row.
const LANES: usize = 32;
/// Rows that one thread takes at a time.
const BAND: usize = 32;
/// A pixel is finished when later heats count less than this.
const FINISHED: f64 = 1e-9;
/// Steps between looking whether all pixels of a stretch are finished.
const STEPS: usize = 8;

/// Spreads and blends points of weight 1.
pub(super) fn counted(cells: &Cells, falloff: Falloff, blend: Blend) -> Result<Grid> {
    let runs = Runs::new(blend);
    sweep(cells.frame, falloff, blend, |cell| runs.of(cells.counts[cell].load(Ordering::Relaxed)))
}

/// Spreads and adds up points of any weight.
pub(super) fn summed(cells: &Cells, falloff: Falloff) -> Result<Grid> {
    let piles = cells.piles();
    // The loads of a cell are in an order that the data fixes, so their sum is the same whatever order they came in.
    let sum = |cell| piles.of(cell).iter().map(|load| f64::from(load.weight) * f64::from(load.count)).sum();
    sweep(cells.frame, falloff, Blend::Sum, |cell| Run { keep: 1.0, gain: sum(cell) })
}

fn sweep(frame: Frame, falloff: Falloff, blend: Blend, run: impl Fn(usize) -> Run + Sync) -> Result<Grid> {
    if blend == Blend::Sum && falloff.radius() >= WORTHWHILE {
        return convolve(frame, falloff, run);
    }
    let size = frame.picture;
    let offsets = offsets(falloff, frame.reach);
    let mut heat = zeros(size.pixels(), size)?;
    heat.par_chunks_mut(BAND * size.width()).enumerate().for_each(|(band, rows)| {
        let planes = Planes::new(frame, band * BAND, rows.len() / size.width(), &run);
        for (y, row) in rows.chunks_mut(size.width()).enumerate() {
            for (stretch, pixels) in row.chunks_mut(LANES).enumerate() {
                let at = Stretch { planes: &planes, y, x: stretch * LANES };
                let lanes = match blend {
                    Blend::Sum => sum(&at, &offsets),
                    Blend::Max | Blend::Decay(_) => decay(&at, &offsets),
                };
                pixels.iter_mut().zip(lanes).for_each(|(pixel, heat)| *pixel = stored(heat));
            }
        }
    });
    Ok(Grid::new(size, heat))
}

/// A cell's place relative to the pixel it heats, from the corner of the kernel, and the heat it gives off there.
pub(super) struct Offset {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) heat: f64,
}

/// All cells that heat a pixel, the hottest first.
pub(super) fn offsets(falloff: Falloff, reach: usize) -> Vec<Offset> {
    let square = |i: usize| (i as f64 - reach as f64).powi(2);
    let all = (0..=2 * reach).flat_map(|y| (0..=2 * reach).map(move |x| (x, y)));
    let mut offsets: Vec<Offset> = all
        .map(|(x, y)| Offset { x, y, heat: falloff.heat(square(x) + square(y)) })
        .filter(|offset| offset.heat > 0.0)
        .collect();
    offsets.sort_by(|a, b| b.heat.total_cmp(&a.heat));
    offsets
}

/// The runs of all counts, the small ones looked up.
struct Runs {
    blend: Blend,
    table: Vec<Run>,
}

impl Runs {
    fn new(blend: Blend) -> Self {
        Self { blend, table: (0..4096).map(|count| Self::compute(count, blend)).collect() }
    }

    fn of(&self, count: u32) -> Run {
        self.table.get(count as usize).copied().unwrap_or_else(|| Self::compute(count, self.blend))
    }

    fn compute(count: u32, blend: Blend) -> Run {
        match (blend, count) {
            (_, 0) => Run { keep: 1.0, gain: 0.0 },
            (Blend::Sum, _) => Run { keep: 1.0, gain: f64::from(count) },
            (Blend::Max, _) => Run { keep: 0.0, gain: 1.0 },
            (Blend::Decay(decay), _) => Run::of(count, decay),
        }
    }
}

/// The runs of a band of rows and of the rows that heat it, one array for each half of a run so that lanes load at once.
struct Planes {
    width: usize,
    keep: Vec<f64>,
    gain: Vec<f64>,
    /// For every cell, how many cells before it in its row are not empty.
    filled: Vec<u32>,
}

impl Planes {
    fn new(frame: Frame, top: usize, rows: usize, run: &impl Fn(usize) -> Run) -> Self {
        // Whole stretches, so that the last one needs no special case.
        let width = frame.picture.width().next_multiple_of(LANES) + 2 * frame.reach;
        let rows = rows + 2 * frame.reach;
        let mut planes = Self {
            width,
            keep: vec![1.0; width * rows],
            gain: vec![0.0; width * rows],
            filled: vec![0; (width + 1) * rows],
        };
        for row in 0..rows {
            let start = (top + row) * frame.width();
            planes.fill(row, (start..start + frame.width()).map(run));
        }
        planes
    }

    fn fill(&mut self, row: usize, runs: impl ExactSizeIterator<Item = Run>) {
        let (start, length) = (row * self.width, runs.len());
        let pairs = self.keep[start..].iter_mut().zip(&mut self.gain[start..]);
        let filled = &mut self.filled[row * (self.width + 1)..(row + 1) * (self.width + 1)];
        for (x, (run, (keep, gain))) in runs.zip(pairs).enumerate() {
            (*keep, *gain) = (run.keep, run.gain);
            filled[x + 1] = filled[x] + u32::from(run.gain != 0.0);
        }
        let last = filled[length];
        filled[length..].fill(last);
    }

    /// Where a stretch of cells begins in the planes; `None` when all of them are empty.
    fn stretch(&self, x: usize, y: usize) -> Option<usize> {
        let row = &self.filled[y * (self.width + 1)..];
        (row[x] != row[x + LANES]).then(|| y * self.width + x)
    }
}

/// A stretch of pixels in a band.
struct Stretch<'a> {
    planes: &'a Planes,
    x: usize,
    y: usize,
}

/// The blend of a stretch, for decay below 1.
///
/// Compiled for several kinds of processors, of which the best is chosen at run time. All do the same operations in the
/// same order, so the pictures are the same.
#[multiversion::multiversion(targets("x86_64+avx2", "x86_64+avx512f+avx512vl+avx512dq+avx512bw"))]
fn decay(stretch: &Stretch, offsets: &[Offset]) -> [f64; LANES] {
    let planes = stretch.planes;
    let mut total = [0.0; LANES];
    let mut weight = [1.0; LANES];
    for steps in offsets.chunks(STEPS) {
        for offset in steps {
            let Some(at) = planes.stretch(stretch.x + offset.x, stretch.y + offset.y) else { continue };
            let (keep, gain) = (&planes.keep[at..at + LANES], &planes.gain[at..at + LANES]);
            for i in 0..LANES {
                total[i] += offset.heat * weight[i] * gain[i];
                weight[i] *= keep[i];
            }
        }
        // Finished pixels are held at zero, out of the subnormal numbers, while their neighbours go on.
        let mut finished = true;
        for weight in &mut weight {
            *weight = if *weight < FINISHED { 0.0 } else { *weight };
            finished &= *weight == 0.0;
        }
        if finished {
            break;
        }
    }
    total
}

/// The sum of a stretch, compiled like `decay`.
#[multiversion::multiversion(targets("x86_64+avx2", "x86_64+avx512f+avx512vl+avx512dq+avx512bw"))]
fn sum(stretch: &Stretch, offsets: &[Offset]) -> [f64; LANES] {
    let planes = stretch.planes;
    let mut total = [0.0; LANES];
    for offset in offsets {
        let Some(at) = planes.stretch(stretch.x + offset.x, stretch.y + offset.y) else { continue };
        let counts = &planes.gain[at..at + LANES];
        for i in 0..LANES {
            total[i] += offset.heat * counts[i];
        }
    }
    total
}
