//! Density estimation on the ground: sums of kernels divided by what one kernel comes to, so that
//! heat is a number of points for each square kilometre (B. W. Silverman, Density Estimation, 1986,
//! section 4.2).
//!
//! The volume of a kernel is summed up over whole pixels, which is where points lie, so that all
//! heat of a picture times the area of its pixels is the weight of all points, to rounding. Areas
//! are those on the sphere that Web Mercator maps, which are within 0.7 % of the ellipsoid's.

use rayon::prelude::*;

use super::spread::kernel::{Falloff, Falloffs};
use super::{Grid, HeatOptions};
use crate::error::Result;
use crate::geo::{Crs, Pixels, View};

/// Kernels that reach farther are as good as smooth, and are summed up on so many pixels.
const FINE: f64 = 128.0;
/// Square metres of a square kilometre.
const KILOMETRE: f64 = 1e6;

impl Grid {
    /// Makes numbers per square kilometre of sums of points (of decay 1), in a view whose rows are
    /// parallels.
    ///
    /// # Errors
    /// When the radius is one that the view cannot have.
    pub fn per_square_kilometre(&mut self, options: &HeatOptions, view: &View) -> Result<()> {
        let falloffs = Falloffs::new(options, view)?;
        let width = self.size().width();
        let mut known: Option<(Falloff, f64)> = None;
        let factors = (0..view.size().height()).map(|row| {
            let falloff = falloffs.at(row);
            let same = known.filter(|(before, _)| *before == falloff);
            let (_, volume) = *known.insert(same.unwrap_or_else(|| (falloff, volume(falloff))));
            let area = area(view, row) / KILOMETRE;
            // Beyond the ends of the map there is no ground.
            if area > 0.0 {
                1.0 / (volume * area)
            } else {
                0.0
            }
        });
        let factors: Vec<f64> = factors.collect();
        let rows = self.heat_mut().par_chunks_mut(width).zip(factors);
        rows.for_each(|(row, factor)| {
            for heat in row {
                *heat = (f64::from(*heat) * factor) as f32;
            }
        });
        Ok(())
    }
}

/// What a point of weight 1 gives to all pixels together.
fn volume(falloff: Falloff) -> f64 {
    let shrink = (falloff.radius() / FINE).max(1.0);
    let reach = (falloff.radius() / shrink).ceil() as i64;
    let squares = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| x * x + y * y));
    let heats = squares.map(|square| falloff.heat(square as f64 * shrink * shrink));
    heats.sum::<f64>() * shrink * shrink
}

/// The area of a pixel of a row on the ground, in square metres: that of a zone of the sphere.
fn area(view: &View, row: usize) -> f64 {
    let edge = |y: usize| {
        let at = Pixels {
            x: 0.0,
            y: y as f64,
        };
        view.place(at).y().to_radians().sin()
    };
    let degrees = view.transform().cell().0 / view.crs().unit();
    let radius = Crs::WebMercator.metres().to_degrees();
    radius * radius * degrees.to_radians() * (edge(row) - edge(row + 1)).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::{Cells, Kernel};
    use crate::geo::{Coord, Radius, Shape};
    use crate::raster::Size;

    fn at(latitude: f64) -> Coord {
        Coord::lat_lon(latitude, 0.0).unwrap()
    }

    /// 60 points somewhere around a place.
    fn counted(crs: Crs, latitude: f64, options: &HeatOptions) -> f64 {
        let scale = crs.pixels_per_unit(100.0);
        let centre = View::new(crs, (scale, scale), (0.0, 0.0), Size::new(1, 1).unwrap()).unwrap();
        let at = centre.pixels(Coord::lat_lon(latitude, 10.0).unwrap());
        let origin = ((at.x - 150.0).floor(), (at.y - 150.0).floor());
        let view = View::new(crs, (scale, scale), origin, Size::new(300, 300).unwrap()).unwrap();
        let cells = Cells::new(&view, options).unwrap();
        let point = |i: u32| {
            let (lat, lon) = (f64::from(i % 7) * 1e-3, f64::from(i) * 1e-4);
            Shape::point(Coord::lat_lon(latitude + lat, 10.0 + lon).unwrap())
        };
        cells.add(&(0..60).map(point).collect::<Vec<_>>());
        let mut grid = cells.grid(options).unwrap();
        grid.per_square_kilometre(options, &view).unwrap();
        let rows = grid.heat().chunks(300).enumerate();
        rows.map(|(row, heats)| {
            let sum: f64 = heats.iter().copied().map(f64::from).sum();
            sum * area(&view, row) / KILOMETRE
        })
        .sum()
    }

    #[test]
    fn all_heat_times_the_area_of_its_pixels_is_the_number_of_points() {
        for kernel in Kernel::ALL {
            for (crs, radius) in [
                (Crs::WebMercator, Radius::Pixels(7.5)),
                (Crs::WebMercator, Radius::Metres(1500.0)),
                (Crs::Wgs84, Radius::Pixels(9.0)),
            ] {
                for latitude in [0.0, 48.0, -70.0] {
                    let options = HeatOptions {
                        kernel,
                        radius,
                        decay: 1.0,
                        ..HeatOptions::default()
                    };
                    let count = counted(crs, latitude, &options);
                    assert!(
                        (count - 60.0).abs() < 0.6,
                        "{kernel:?} {crs} {latitude}: {count}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_cone_holds_a_third_of_its_cylinder_however_wide_it_is() {
        for radius in [20.0, 1.5 * FINE, 7.0 * FINE] {
            let third = std::f64::consts::PI * radius * radius / 3.0;
            let volume = volume(Falloff::new(Kernel::Linear, radius));
            assert!((volume / third - 1.0).abs() < 1e-2, "{radius}: {volume}");
        }
    }

    #[test]
    fn pixels_are_as_large_as_they_are_wide_and_high() {
        for crs in [Crs::WebMercator, Crs::Wgs84] {
            let size = Size::new(4, 300).unwrap();
            let view = View::new(crs, (10.0, 10.0), (0.0, -700.0), size).unwrap();
            for (row, (wide, high)) in view.ground_by_row().into_iter().enumerate() {
                let share = area(&view, row) / (wide * high);
                assert!((share - 1.0).abs() < 1e-4, "{crs} {row}: {share}");
            }
        }
    }

    #[test]
    fn each_row_has_the_volume_of_its_own_radius() {
        let (scale, size) = (30.0, Size::new(1, 200).unwrap());
        let origin = (0.0, -scale * Crs::WebMercator.forward(at(70.0)).1);
        let view = View::new(Crs::WebMercator, (scale, scale), origin, size).unwrap();
        let options = HeatOptions {
            radius: Radius::Metres(20_000.0),
            ..HeatOptions::default()
        };
        let mut grid = Grid::cold(size).unwrap();
        grid.heat_mut().fill(1.0);
        grid.per_square_kilometre(&options, &view).unwrap();
        let falloffs = Falloffs::new(&options, &view).unwrap();
        assert!(falloffs.at(0).radius() > 1.1 * falloffs.at(199).radius());
        for (row, heat) in grid.heat().iter().enumerate() {
            let ground = volume(falloffs.at(row)) * area(&view, row) / KILOMETRE;
            let share = f64::from(*heat) * ground;
            assert!((share - 1.0).abs() < 1e-6, "{row}: {share}");
        }
    }

    #[test]
    fn beyond_the_poles_there_is_no_ground_and_no_heat() {
        let size = Size::new(1, 4).unwrap();
        let view = View::new(Crs::Wgs84, (1.0, 1.0), (0.0, -92.0), size).unwrap();
        let mut grid = Grid::cold(size).unwrap();
        grid.heat_mut().copy_from_slice(&[0.0, 1.0, 1.0, 1.0]);
        let options = HeatOptions::default();
        grid.per_square_kilometre(&options, &view).unwrap();
        assert_eq!(grid.heat()[..2], [0.0, 0.0]);
        assert!(grid.heat()[2] > grid.heat()[3] && grid.heat()[3] > 0.0);
    }
}
