//! Convolution by Fourier transform, for sums of large kernels: its cost hardly grows with the
//! radius.
//!
//! The picture is made in square tiles. A tile takes the cells that heat it, which are wider by the
//! reach on every side, multiplies their spectrum with the kernel's (the convolution theorem), and
//! keeps the pixels in the middle, where the circle of the transform does not close on itself
//! (overlap-save; Oppenheim and Schafer, Discrete-Time Signal Processing, 8.7.3).

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::dirty::Dirty;
use super::kernel::{Falloff, Falloffs};
use super::stamp::{Offset, Stamp};
use crate::density::collect::binner::Padded;
use crate::density::grid::Grid;
use crate::density::memory::fill;
use crate::error::Result;
use crate::raster::Size;
use crate::raster::memory::filled;

/// The radius from which this is faster than going through the kernel: measured, and no sharp
/// limit.
const WORTHWHILE: f64 = 24.0;
/// So many rows of one radius it takes for that, on average: a row alone costs as much as a tile
/// full of them.
const STRIP: usize = 16;
/// Rounding leaves this share of the largest cell where there is no heat at all.
const NOISE: f64 = 1e-10;

/// Whether a sum is faster this way.
pub(in crate::density) fn is_worthwhile(frame: Padded, falloffs: &Falloffs) -> bool {
    let height = frame.picture.height();
    falloffs.widest().radius() >= WORTHWHILE && (falloffs.strips(height).len() - 1) * STRIP < height
}

/// Adds up the heats of all cells in the dirty parts of the picture.
pub(in crate::density) fn convolve(
    frame: Padded,
    falloffs: &Falloffs,
    grid: &mut Grid,
    dirty: &Dirty,
    weight: impl Fn(usize) -> f64 + Sync,
) -> Result<()> {
    let (width, mut rest) = (frame.picture.width(), grid.heat_mut());
    let mut strips = Vec::new();
    for rows in falloffs.strips(frame.picture.height()) {
        let (strip, below) = rest.split_at_mut(rows.len() * width);
        strips.push((rows.start, strip));
        rest = below;
    }
    strips.into_par_iter().try_for_each(|(top, rows)| {
        let strip = Strip {
            frame,
            falloff: falloffs.at(top),
            top,
        };
        strip.convolve(rows, dirty, &weight)
    })
}

/// Rows of a picture that have the same radius.
struct Strip {
    frame: Padded,
    falloff: Falloff,
    top: usize,
}

impl Strip {
    fn convolve(
        &self,
        rows: &mut [f32],
        dirty: &Dirty,
        weight: &(impl Fn(usize) -> f64 + Sync),
    ) -> Result<()> {
        let (width, reach) = (
            self.frame.picture.width(),
            self.falloff.reach().min(self.frame.reach),
        );
        let transform = Transform::new((4 * reach).next_power_of_two().max(256));
        let offsets = Stamp::new(self.falloff, reach).offsets;
        let kernel = transform.kernel(&offsets, self.frame.picture)?;
        let inner = transform.side - 2 * reach;
        // Cells of the frame have the numbers of the pixels to whose kernel's corner they belong,
        // if that is as wide as can be.
        let inward = self.frame.reach - reach;
        rows.par_chunks_mut(inner * width)
            .enumerate()
            .try_for_each(|(band, rows)| {
                for column in 0..width.div_ceil(inner) {
                    let (left, top) = (column * inner, self.top + band * inner);
                    if !dirty.touches((left, inner), (top, rows.len() / width)) {
                        continue;
                    }
                    let tile = transform.tile(self.frame, left + inward, top + inward, weight)?;
                    let (tile, least) = transform.multiplied(tile, &kernel);
                    for (y, row) in rows.chunks_mut(width).enumerate() {
                        let sums = tile[y * transform.side..][..inner].iter().map(|sum| sum.re);
                        fill(
                            &mut row[left..],
                            sums.map(|sum| if sum.abs() < least { 0.0 } else { sum }),
                        );
                    }
                }
                Ok(())
            })
    }
}

/// A two-dimensional Fourier transform of a square.
struct Transform {
    side: usize,
    forward: Arc<dyn Fft<f64>>,
    inverse: Arc<dyn Fft<f64>>,
}

type Square = Vec<Complex<f64>>;

impl Transform {
    fn new(side: usize) -> Self {
        let mut planner = FftPlanner::new();
        Self {
            side,
            forward: planner.plan_fft_forward(side),
            inverse: planner.plan_fft_inverse(side),
        }
    }

    /// The spectrum of the kernel, turned so that a pixel gets the cells from its own place on to
    /// the right and below.
    fn kernel(&self, offsets: &[Offset], picture: Size) -> Result<Square> {
        let mut square = self.empty(picture)?;
        let back = |by: usize| (self.side - by) % self.side;
        for offset in offsets {
            square[back(offset.y) * self.side + back(offset.x)].re = offset.heat;
        }
        Ok(self.both_ways(square, &self.forward))
    }

    /// The cells from a corner on; those beyond the frame are empty.
    fn tile(
        &self,
        frame: Padded,
        left: usize,
        top: usize,
        weight: &impl Fn(usize) -> f64,
    ) -> Result<Square> {
        let mut square = self.empty(frame.picture)?;
        for (y, row) in square
            .chunks_mut(self.side)
            .enumerate()
            .take(frame.height() - top)
        {
            for (x, cell) in row.iter_mut().enumerate().take(frame.width() - left) {
                cell.re = weight((top + y) * frame.width() + left + x);
            }
        }
        Ok(square)
    }

    /// A square for a part of a picture.
    fn empty(&self, picture: Size) -> Result<Square> {
        filled(Complex::default(), self.side * self.side, picture)
    }

    /// The convolution of a tile with a kernel, and what is not more than noise in it.
    fn multiplied(&self, tile: Square, kernel: &Square) -> (Square, f64) {
        let largest = tile
            .iter()
            .fold(0.0, |largest: f64, cell| largest.max(cell.re.abs()));
        if largest == 0.0 {
            return (tile, 0.0);
        }
        let mut spectrum = self.both_ways(tile, &self.forward);
        let scale = 1.0 / (self.side * self.side) as f64;
        spectrum
            .iter_mut()
            .zip(kernel)
            .for_each(|(value, factor)| *value *= factor * scale);
        (self.both_ways(spectrum, &self.inverse), largest * NOISE)
    }

    /// Transforms the rows, and then the columns.
    fn both_ways(&self, mut square: Square, fft: &Arc<dyn Fft<f64>>) -> Square {
        for _ in 0..2 {
            fft.process(&mut square);
            transpose(&mut square, self.side);
        }
        square
    }
}

/// Turns rows into columns, block by block so that both stay in the cache.
pub(super) fn transpose(square: &mut [Complex<f64>], side: usize) {
    const BLOCK: usize = 16;
    for top in (0..side).step_by(BLOCK) {
        for left in (top..side).step_by(BLOCK) {
            for y in top..(top + BLOCK).min(side) {
                for x in left.max(y + 1)..(left + BLOCK).min(side) {
                    square.swap(y * side + x, x * side + y);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::{HeatOptions, Kernel};
    use crate::geo::{Coord, Crs, Radius, View};

    #[test]
    fn every_tile_is_the_sum_of_what_heats_it() {
        let (width, height) = (170, 155);
        let size = Size::new(width as u32, height as u32).unwrap();
        // At 60° south, where rows that share a radius are many.
        let north = Crs::WebMercator
            .forward(Coord::lat_lon(-60.0, 0.0).unwrap())
            .1;
        let origin = (0.0, -3000.0 * north);
        let view = View::new(Crs::WebMercator, (3000.0, 3000.0), origin, size).unwrap();
        for radius in [Radius::Pixels(60.5), Radius::Metres(1200.0)] {
            let options = HeatOptions {
                kernel: Kernel::Epanechnikov,
                radius,
                ..HeatOptions::default()
            };
            let falloffs = Falloffs::new(&options, &view).unwrap();
            let reach = falloffs.widest().reach();
            let frame = Padded {
                picture: size,
                reach,
            };
            // Corners of the frame and of its tiles among them.
            let (right, bottom) = (frame.width() - 1, frame.height() - 1);
            let filled = [
                (0, 0, 1.0),
                (right, bottom, 2.0),
                (reach, reach + 1, -3.0),
                (2 * reach + 50, reach + 130, 4.0),
                (reach + 136, reach + 138, 0.5),
                (right - 3, 2 * reach, 1e-3),
            ];
            let weight = |cell: usize| {
                let at = (cell % frame.width(), cell / frame.width());
                let here = filled.iter().find(|(x, y, _)| (*x, *y) == at);
                here.map_or(0.0, |(_, _, weight)| *weight)
            };
            let expected = |pixel: usize| -> f64 {
                let (x, y) = (pixel % width, pixel / width);
                let heat = |&(left, top, weight): &(usize, usize, f64)| {
                    let square =
                        (x + reach).abs_diff(left).pow(2) + (y + reach).abs_diff(top).pow(2);
                    weight * falloffs.at(y).heat(square as f64)
                };
                filled.iter().map(heat).sum()
            };
            let mut dirty = Dirty::nothing(size);
            dirty.mark((140.0, 150.0), (0.0, 10.0));
            for dirty in [Dirty::Unheated, dirty] {
                let mut grid = Grid::cold(size).unwrap();
                convolve(frame, &falloffs, &mut grid, &dirty, weight).unwrap();
                for (pixel, heat) in grid.heat().iter().enumerate() {
                    let expected = expected(pixel);
                    let is_dirty = dirty.touches((pixel % width, 1), (pixel / width, 1));
                    let is_right = (f64::from(*heat) - expected).abs() < 1e-6;
                    // What is not dirty need not be heated, but no other heat may be there.
                    assert!(
                        is_right || !is_dirty && *heat == 0.0,
                        "{pixel}: {heat} {expected}"
                    );
                    assert!(expected != 0.0 || *heat == 0.0, "{pixel}: {heat} is noise");
                }
                assert!(matches!(dirty, Dirty::Unheated) || grid.heat().contains(&0.0));
            }
        }
    }

    #[test]
    fn a_square_that_is_turned_has_its_columns_as_rows() {
        for side in [1, 15, 16, 17, 40] {
            let number = |x: usize, y: usize| Complex::new((y * 100 + x) as f64, 0.0);
            let places = (0..side * side).map(|i| (i % side, i / side));
            let mut square: Vec<_> = places.clone().map(|(x, y)| number(x, y)).collect();
            transpose(&mut square, side);
            let turned: Vec<_> = places.map(|(x, y)| number(y, x)).collect();
            assert_eq!(square, turned, "{side}");
        }
    }
}
