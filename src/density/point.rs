//! Points of weight 1, however many: the whole picture from the counts of its cells.
//!
//! At every pixel the cells around it are taken from the nearest to the farthest, that is from the largest heat to the
//! smallest, each as a run of equal heats. So the cost depends on the picture and the radius alone. All pixels of a
//! stretch of a row take the same step at the same time, which runs in SIMD lanes.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::blend::{Blend, Run};
use super::cells::{Cells, Frame, zeros};
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

/// Spreads and blends the counts.
pub(super) fn sweep(cells: &Cells, falloff: Falloff, blend: Blend) -> Result<Grid> {
    let size = cells.frame.picture;
    let offsets = offsets(falloff, cells.frame.reach);
    let runs = Runs::new(blend);
    let mut heat = zeros(size.pixels(), size)?;
    heat.par_chunks_mut(BAND * size.width()).enumerate().for_each(|(band, rows)| {
        let planes = Planes::new(&cells.counts, cells.frame, band * BAND, rows.len() / size.width(), &runs);
        for (y, row) in rows.chunks_mut(size.width()).enumerate() {
            for (stretch, pixels) in row.chunks_mut(LANES).enumerate() {
                let at = Stretch { planes: &planes, y, x: stretch * LANES };
                let lanes = match blend {
                    Blend::Sum => at.sum(&offsets),
                    Blend::Max | Blend::Decay(_) => at.decay(&offsets),
                };
                pixels.iter_mut().zip(lanes).for_each(|(pixel, heat)| *pixel = stored(heat));
            }
        }
    });
    Ok(Grid::new(size, heat))
}

/// A cell's place relative to the pixel it heats, from the corner of the kernel, and the heat it gives off there.
struct Offset {
    x: usize,
    y: usize,
    heat: f64,
}

/// All cells that heat a pixel, the hottest first.
fn offsets(falloff: Falloff, reach: usize) -> Vec<Offset> {
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
    fn new(counts: &[AtomicU32], frame: Frame, top: usize, rows: usize, runs: &Runs) -> Self {
        // Whole stretches, so that the last one needs no special case.
        let width = frame.picture.width().next_multiple_of(LANES) + 2 * frame.reach;
        let rows = rows + 2 * frame.reach;
        let mut planes = Self {
            width,
            keep: vec![1.0; width * rows],
            gain: vec![0.0; width * rows],
            filled: vec![0; (width + 1) * rows],
        };
        for (row, counts) in counts.chunks(frame.width()).skip(top).take(rows).enumerate() {
            planes.fill(row, counts, runs);
        }
        planes
    }

    fn fill(&mut self, row: usize, counts: &[AtomicU32], runs: &Runs) {
        let (start, end) = (row * self.width, row * self.width + counts.len());
        let pairs = self.keep[start..end].iter_mut().zip(&mut self.gain[start..end]);
        let filled = &mut self.filled[row * (self.width + 1)..(row + 1) * (self.width + 1)];
        for (x, (count, (keep, gain))) in counts.iter().zip(pairs).enumerate() {
            let count = count.load(Ordering::Relaxed);
            let run = runs.of(count);
            (*keep, *gain) = (run.keep, run.gain);
            filled[x + 1] = filled[x] + u32::from(count > 0);
        }
        let last = filled[counts.len()];
        filled[counts.len()..].fill(last);
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

impl Stretch<'_> {
    fn decay(&self, offsets: &[Offset]) -> [f64; LANES] {
        let mut total = [0.0; LANES];
        let mut weight = [1.0; LANES];
        for steps in offsets.chunks(STEPS) {
            for offset in steps {
                let Some(at) = self.planes.stretch(self.x + offset.x, self.y + offset.y) else { continue };
                let (keep, gain) = (&self.planes.keep[at..at + LANES], &self.planes.gain[at..at + LANES]);
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

    fn sum(&self, offsets: &[Offset]) -> [f64; LANES] {
        let mut total = [0.0; LANES];
        for offset in offsets {
            let Some(at) = self.planes.stretch(self.x + offset.x, self.y + offset.y) else { continue };
            for (total, count) in total.iter_mut().zip(&self.planes.gain[at..at + LANES]) {
                *total += offset.heat * count;
            }
        }
        total
    }
}
