//! Separable Gaussian and box means: how Arctern's `heat_map_layer` spread heat.
//!
//! Its code (zilliztech/arctern at 8c76d20, `heatmap.cu` and `render_func.py`) takes a zoom of web
//! maps for a reach: d = ⌊2^(0.4·zoom)⌋ pixels, and a Gaussian over 2d + 3 pixels along both axes
//! whose σ is as long as all of that, so that it is nearly a flat square. Two means over squares
//! make its edges soft. What lies beyond the picture is nothing to the Gaussian, and does not count
//! for the means. Rows are sums of rows, which runs in SIMD lanes; means go along with running
//! sums.

use rayon::prelude::*;

use crate::density::memory::stored;
use crate::density::{Cells, Grid};
use crate::error::{Error, Result};
use crate::raster::Size;
use crate::raster::memory::{afford, zeros};

/// The zoom of a map that `heat_map_layer` is told, in [1, 15].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZoomLevel(pub f64);

/// Most pixels to each side of the middle of a mean.
const WIDEST_MEAN: usize = 10;

impl ZoomLevel {
    /// d: how far heat goes but for its soft edge, in pixels.
    fn distance(self) -> usize {
        (0.4 * self.0).exp2() as usize
    }

    /// How many pixels to each side of its middle both means take.
    fn means(self) -> [usize; 2] {
        let wide = ((self.distance() as f64).ln() / 0.4) as usize;
        [wide / 2 + 1, wide + 1].map(|wide| wide.min(WIDEST_MEAN))
    }

    /// How far the heat of a point goes, in pixels.
    #[must_use]
    pub fn reach(self) -> usize {
        let [first, second] = self.means();
        self.distance() + 1 + first + second
    }

    /// The Gaussian along an axis, of sum 1.
    fn gaussian(self) -> Vec<f32> {
        let radius = self.distance() as f64 + 1.0;
        let sigma = 2.0 * radius + 1.0;
        let values = (0..2 * self.distance() + 3).map(|i| {
            let far = (i as f64 - radius) / sigma;
            (-0.5 * far * far).exp()
        });
        let sum: f64 = values.clone().sum();
        values.map(|value| (value / sum) as f32).collect()
    }

    /// Spreads the points that lie in the picture.
    ///
    /// # Errors
    /// When there is not enough memory, or there are tracks, which it does not know.
    pub(in crate::density) fn spread(self, cells: &Cells) -> Result<Grid> {
        if !cells.segments().is_empty() {
            let fact = "the spread of Arctern's heat_map_layer is for points, and there are tracks";
            return Err(Error::usage(fact).advice("read points alone, or give a radius instead"));
        }
        let size = cells.frame.picture;
        afford(3 * size_of::<f32>(), size)?;
        let mut grid = Grid::cold(size)?;
        let mut other = zeros(size.pixels(), size)?;
        bin(cells, grid.heat_mut());
        let kernel = self.gaussian();
        along_rows(grid.heat(), &mut other, size, &kernel);
        along_columns(&other, grid.heat_mut(), size, &kernel);
        for radius in self.means() {
            mean_along_rows(grid.heat(), &mut other, size, radius);
            mean_along_columns(&other, grid.heat_mut(), size, radius);
        }
        Ok(grid)
    }
}

/// The sum of the weights on every pixel.
fn bin(cells: &Cells, heats: &mut [f32]) {
    let (frame, index) = (cells.frame, cells.index());
    let (width, reach) = (frame.picture.width(), frame.reach);
    let rows = heats.par_chunks_mut(width).enumerate();
    rows.for_each(|(row, heats)| {
        let first = (row + reach) * frame.width() + reach;
        for (column, heat) in heats.iter_mut().enumerate() {
            let weights = index.of(first + column).iter();
            let sum: f64 = weights
                .map(|weighted| f64::from(weighted.weight) * f64::from(weighted.count))
                .sum();
            *heat = stored(sum);
        }
    });
}

/// The part of a side that a kernel laid over a place of it has, and the first of its numbers
/// there.
fn overlap(at: usize, radius: usize, length: usize) -> (std::ops::Range<usize>, usize) {
    let from = at.saturating_sub(radius);
    (from..length.min(at + radius + 1), radius - (at - from))
}

fn along_rows(from: &[f32], to: &mut [f32], size: Size, kernel: &[f32]) {
    let (width, radius) = (size.width(), kernel.len() / 2);
    let rows = to.par_chunks_mut(width).zip(from.par_chunks(width));
    rows.for_each(|(to, from)| {
        to.fill(0.0);
        for (k, &factor) in kernel.iter().enumerate() {
            // Where this number of the kernel lies `k - radius` to the right.
            let (skipped, ahead) = (radius.saturating_sub(k), k.saturating_sub(radius));
            let to = to.iter_mut().skip(skipped);
            let from = from.iter().skip(ahead);
            to.zip(from).for_each(|(to, from)| *to += factor * from);
        }
    });
}

fn along_columns(from: &[f32], to: &mut [f32], size: Size, kernel: &[f32]) {
    let (width, height, radius) = (size.width(), size.height(), kernel.len() / 2);
    let rows = to.par_chunks_mut(width).enumerate();
    rows.for_each(|(row, to)| {
        to.fill(0.0);
        let (rows, first) = overlap(row, radius, height);
        for (from, &factor) in from[rows.start * width..rows.end * width]
            .chunks_exact(width)
            .zip(&kernel[first..])
        {
            to.iter_mut()
                .zip(from)
                .for_each(|(to, from)| *to += factor * from);
        }
    });
}

fn mean_along_rows(from: &[f32], to: &mut [f32], size: Size, radius: usize) {
    let width = size.width();
    let rows = to.par_chunks_mut(width).zip(from.par_chunks(width));
    rows.for_each(|(to, from)| {
        for (column, to) in to.iter_mut().enumerate() {
            let (columns, _) = overlap(column, radius, width);
            let count = columns.len() as f32;
            *to = from[columns].iter().sum::<f32>() / count;
        }
    });
}

fn mean_along_columns(from: &[f32], to: &mut [f32], size: Size, radius: usize) {
    let (width, height) = (size.width(), size.height());
    let rows = to.par_chunks_mut(width).enumerate();
    rows.for_each(|(row, to)| {
        to.fill(0.0);
        let (rows, _) = overlap(row, radius, height);
        let share = 1.0 / rows.len() as f32;
        for from in from[rows.start * width..rows.end * width].chunks_exact(width) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
        for heat in to {
            *heat *= share;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::HeatOptions;
    use crate::geo::{Crs, Pixels, Shape, View};

    #[test]
    fn the_numbers_are_those_of_arctern() {
        let documented = ZoomLevel(14.544);
        assert_eq!(documented.distance(), 56);
        assert_eq!(documented.gaussian().len(), 115);
        assert_eq!(documented.means(), [6, 10]);
        assert_eq!(ZoomLevel(1.0).means(), [1, 1]);
        // At the rim it is still e^(-1/8) of its middle.
        let gaussian = documented.gaussian();
        assert!(
            (gaussian[0] / gaussian[57] - (-0.5_f32 * (57.0_f32 / 115.0).powi(2)).exp()).abs()
                < 1e-5
        );
        assert!(gaussian.iter().eq(gaussian.iter().rev()));
        assert!((gaussian.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn rows_and_columns_end_at_the_edges() {
        let size = Size::new(4, 3).unwrap();
        let from = [
            0.0, 0.0, 0.0, 8.0, //
            0.0, 4.0, 0.0, 0.0, //
            2.0, 0.0, 0.0, 0.0,
        ];
        let mut to = [9.0; 12];
        along_rows(&from, &mut to, size, &[0.25, 0.5, 0.25]);
        assert_eq!(to[..8], [0.0, 0.0, 2.0, 4.0, 1.0, 2.0, 1.0, 0.0]);
        along_columns(&from, &mut to, size, &[0.25, 0.5, 0.25]);
        assert_eq!(to[..8], [0.0, 1.0, 0.0, 4.0, 0.5, 2.0, 0.0, 2.0]);
        mean_along_rows(&from, &mut to, size, 1);
        assert_eq!(to[2..8], [8.0 / 3.0, 4.0, 2.0, 4.0 / 3.0, 4.0 / 3.0, 0.0]);
        mean_along_columns(&from, &mut to, size, 1);
        assert_eq!(to[..4], [0.0, 2.0, 0.0, 4.0]);
    }

    #[test]
    fn columns_are_what_rows_of_the_picture_are_that_is_turned() {
        let (size, turned) = (Size::new(7, 5).unwrap(), Size::new(5, 7).unwrap());
        let turn = |from: &[f32], (width, height): (usize, usize)| -> Vec<f32> {
            let column = |x: usize| from.iter().skip(x).step_by(width).copied();
            let turned: Vec<f32> = (0..width).flat_map(column).collect();
            assert_eq!(turned.len(), width * height);
            turned
        };
        let from: Vec<f32> = (0..35).map(|i| (i * i % 23) as f32).collect();
        let aside = turn(&from, (7, 5));
        let (mut rows, mut columns) = ([0.0; 35], [0.0; 35]);
        let kernel = [1.0, 2.0, 4.0, 8.0, 16.0];
        along_columns(&from, &mut columns, size, &kernel);
        along_rows(&aside, &mut rows, turned, &kernel);
        assert_eq!(turn(&columns, (7, 5)), rows);
        mean_along_columns(&from, &mut columns, size, 2);
        mean_along_rows(&aside, &mut rows, turned, 2);
        let off = |(a, b): (&f32, &f32)| (a - b).abs();
        let off = turn(&columns, (7, 5))
            .iter()
            .zip(&rows)
            .map(off)
            .fold(0.0, f32::max);
        assert!(off < 1e-5, "{off}");
    }

    #[test]
    fn a_point_heats_as_far_as_its_zoom_reaches_and_all_heat_is_its_weight() {
        let size = Size::new(141, 101).unwrap();
        let view = View::new(Crs::Plane { y_down: true }, (1.0, 1.0), (0.0, 0.0), size).unwrap();
        for (zoom, reach) in [(1.0, 4), (5.0, 11), (8.0, 19)] {
            let options = HeatOptions {
                zoom_level: Some(ZoomLevel(zoom)),
                ..HeatOptions::default()
            };
            assert_eq!(ZoomLevel(zoom).reach(), reach);
            let grid = |points: &[(f64, f64, f64)]| {
                let cells = Cells::new(&view, &options).unwrap();
                let point = |&(x, y, weight): &(f64, f64, f64)| {
                    let at = view.place(Pixels {
                        x: x + 0.5,
                        y: y + 0.5,
                    });
                    Shape::point(at).weighing(weight)
                };
                cells.add(&points.iter().map(point).collect::<Vec<_>>());
                cells.grid(&options).unwrap()
            };
            let one = grid(&[(60.0, 40.0, 3.0)]);
            for (pixel, heat) in one.heat().iter().enumerate() {
                let (x, y) = ((pixel % 141).abs_diff(60), (pixel / 141).abs_diff(40));
                assert_eq!(*heat > 0.0, x.max(y) <= reach, "{zoom} {x} {y}");
            }
            let sum: f32 = one.heat().iter().sum();
            assert!((sum - 3.0).abs() < 1e-4, "{zoom}: {sum}");
            // Two on one pixel are one of both their weights.
            let two = grid(&[(60.0, 40.0, 1.5), (60.0, 40.0, 1.5), (-1.0, 40.0, 5.0)]);
            assert_eq!(two, one);
        }
        let cells = Cells::new(&view, &HeatOptions::default()).unwrap();
        let at = |x: f64| view.place(Pixels { x, y: 3.0 });
        cells.add(&[Shape::segment(at(1.0), at(9.0))]);
        assert!(ZoomLevel(5.0).spread(&cells).is_err());
    }
}
