//! Inverse distance weighting: the mean of all that was measured, each by a power of its distance
//! (D. Shepard, A two-dimensional interpolation function for irregularly-spaced data, 1968).
//!
//! The weights d^−p of a picture are one convolution, however many measurements there are: by
//! Fourier transform of the whole picture, in which values and their number are the two parts of
//! complex numbers, because the kernel is real. It has no reach to be cut off at, so that tiles as
//! in `convolve` would be as large as the picture, each.
//!
//! A transform is off by a share of its largest cells, which is more than far measurements weigh
//! where the power is large. Pixels where that might be seen are summed up one by one instead.

use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::convolve::transpose;
use super::dirty::Dirty;
use super::kernel::{Falloffs, Kernel};
use super::surface::Values;
use super::sweep::summed_by;
use crate::density::collect::binner::Padded;
use crate::density::collect::cells::Cells;
use crate::density::grid::Grid;
use crate::density::memory::stored;
use crate::density::{HeatOptions, InverseDistance};
use crate::error::Result;
use crate::raster::memory::{filled, zeros};

/// A transform is off by this share of the root of the squares of all cells times that of all
/// weights; measured, with room.
const NOISE: f64 = 1e-14;
/// Where weights are fewer times larger than what a transform may be off by, it is not used: values
/// would be off by more than this part of their range.
const CLEAR: f64 = 1e4;

/// Measurements of a cell.
#[derive(Clone, Copy)]
struct Measured {
    x: usize,
    y: usize,
    /// How many they are.
    count: f64,
    /// Their sum above the mean of all.
    excess: f64,
}

impl InverseDistance {
    /// The surface of the values of points. It fills the picture, or, bounded, what is no farther
    /// than the radius from any point, and is as opaque everywhere.
    pub(in crate::density) fn surface(self, cells: &Cells, options: &HeatOptions) -> Result<Grid> {
        let (frame, values) = (cells.frame, Values::of(cells));
        let measured = measured(cells, values);
        let mut grid = Grid::cold(frame.picture)?;
        let mut support = Grid::cold(frame.picture)?;
        if measured.is_empty() {
            return Ok(grid.supported(support));
        }
        if self.bounded {
            near(cells, options, &mut support)?;
        } else {
            support.heat_mut().fill(1.0);
        }
        let (sums, noise) = self.sums(frame, &measured)?;
        let width = frame.picture.width();
        let rows = grid.heat_mut().par_chunks_mut(width).enumerate();
        let rows = rows.zip(support.heat().par_chunks(width));
        rows.for_each(|((y, row), support)| {
            let sums = sums.row(y + frame.reach, frame.reach);
            for (x, (value, support)) in row.iter_mut().zip(support).enumerate() {
                if *support > 0.0 {
                    let sum = if sums[x].re > noise * CLEAR {
                        sums[x]
                    } else {
                        self.one_by_one(&measured, (x + frame.reach, y + frame.reach))
                    };
                    *value = stored(values.mean(sum.im, sum.re));
                }
            }
        });
        // Where something was measured that alone counts: its weight would be beyond all numbers.
        for cell in &measured {
            let (x, y) = (
                cell.x.wrapping_sub(frame.reach),
                cell.y.wrapping_sub(frame.reach),
            );
            if x < width && y < frame.picture.height() {
                grid.heat_mut()[y * width + x] = stored(values.mean(cell.excess, cell.count));
            }
        }
        Ok(grid.supported(support))
    }

    /// The weight at a distance, given by its square.
    fn weight(self, square: f64) -> f64 {
        if square > 0.0 {
            square.powf(-0.5 * self.power)
        } else {
            0.0
        }
    }

    /// Weights and weighted values of a pixel of the frame.
    fn one_by_one(self, measured: &[Measured], (x, y): (usize, usize)) -> Complex<f64> {
        let sums = measured.iter().map(|cell| {
            let (across, down) = (cell.x.abs_diff(x) as f64, cell.y.abs_diff(y) as f64);
            Complex::new(cell.count, cell.excess) * self.weight(across * across + down * down)
        });
        sums.sum()
    }

    /// Weights and weighted values of all pixels of the frame, and what they may be off by.
    fn sums(self, frame: Padded, measured: &[Measured]) -> Result<(Square, f64)> {
        let side = friendly(2 * frame.width().max(frame.height()) - 1);
        let mut planner = FftPlanner::new();
        let (forward, inverse) = (
            planner.plan_fft_forward(side),
            planner.plan_fft_inverse(side),
        );
        let mut kernel = Square::empty(side, frame)?;
        let rows = kernel.cells.par_chunks_mut(side).enumerate();
        rows.for_each(|(y, row)| {
            let down = y.min(side - y) as f64;
            for (x, cell) in row.iter_mut().enumerate() {
                let across = x.min(side - x) as f64;
                cell.re = self.weight(across * across + down * down);
            }
        });
        let weights = kernel.length();
        kernel.transform(&*forward);
        // Of a kernel that is the same in the mirror the spectrum is real.
        let mut spectrum = zeros(side * side, frame.picture)?;
        let scale = 1.0 / (side * side) as f64;
        let pairs = spectrum.par_iter_mut().zip(&kernel.cells);
        pairs.for_each(|(real, complex)| *real = scale * complex.re);
        let mut sums = kernel.emptied();
        for cell in measured {
            sums.cells[cell.y * side + cell.x] = Complex::new(cell.count, cell.excess);
        }
        let noise = NOISE * weights * sums.length();
        sums.transform(&*forward);
        let pairs = sums.cells.par_iter_mut().zip(&spectrum);
        pairs.for_each(|(sum, weight)| *sum *= weight);
        sums.transform(&*inverse);
        Ok((sums, noise))
    }
}

/// The cells in which something was measured.
fn measured(cells: &Cells, values: Values) -> Vec<Measured> {
    let (frame, index) = (cells.frame, cells.index());
    let measured = |cell: usize| {
        let (count, excess) = values.sums(index.of(cell));
        let (x, y) = (cell % frame.width(), cell / frame.width());
        (count > 0.0).then_some(Measured {
            x,
            y,
            count,
            excess,
        })
    };
    (0..frame.cells()).filter_map(measured).collect()
}

/// Marks the pixels that are no farther than the radius from where something was measured.
fn near(cells: &Cells, options: &HeatOptions, marks: &mut Grid) -> Result<()> {
    let discs = HeatOptions {
        kernel: Kernel::Uniform,
        ..*options
    };
    let (index, falloffs) = (cells.index(), Falloffs::new(&discs, cells.view())?);
    summed_by(cells.frame, &falloffs, marks, &Dirty::Unheated, |cell| {
        f64::from(u8::from(!index.of(cell).is_empty()))
    })?;
    for mark in marks.heat_mut() {
        *mark = f32::from(u8::from(*mark > 0.5));
    }
    Ok(())
}

/// The least length from one on of which transforms are fast: it has no prime factors but 2, 3, 5.
fn friendly(length: usize) -> usize {
    let is_friendly = |length: &usize| {
        let rest = [2, 3, 5].iter().fold(*length, |mut rest, factor| {
            while rest.is_multiple_of(*factor) {
                rest /= factor;
            }
            rest
        });
        rest == 1
    };
    // Powers of 2 are among them.
    (length..2 * length).find(is_friendly).unwrap_or(length)
}

/// Complex numbers in a square.
struct Square {
    side: usize,
    cells: Vec<Complex<f64>>,
}

impl Square {
    fn empty(side: usize, frame: Padded) -> Result<Self> {
        let cells = filled(Complex::default(), side * side, frame.picture)?;
        Ok(Self { side, cells })
    }

    fn emptied(mut self) -> Self {
        self.cells.fill(Complex::default());
        self
    }

    /// A row from a column on.
    fn row(&self, y: usize, from: usize) -> &[Complex<f64>] {
        &self.cells[y * self.side..][from..self.side]
    }

    /// The root of the sum of all squares.
    fn length(&self) -> f64 {
        self.cells.iter().map(Complex::norm_sqr).sum::<f64>().sqrt()
    }

    /// Transforms the rows, and then the columns, in parallel.
    fn transform(&mut self, fft: &dyn Fft<f64>) {
        for _ in 0..2 {
            let rows = self.cells.par_chunks_mut(self.side);
            rows.for_each(|row| fft.process(row));
            transpose(&mut self.cells, self.side);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_small_factors() {
        assert_eq!([1, 7, 11, 17, 1999].map(friendly), [1, 8, 12, 18, 2000]);
    }

    #[test]
    fn the_nearer_the_heavier() {
        let of = |power| InverseDistance {
            power,
            bounded: false,
        };
        assert_eq!([1.0, 4.0].map(|square| of(2.0).weight(square)), [1.0, 0.25]);
        assert_eq!(
            [1.0, 4.0].map(|square| of(3.0).weight(square)),
            [1.0, 0.125]
        );
    }
}
