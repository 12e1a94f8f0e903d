//! Lengths on the ground: between two places, and of the pixels of a picture.
//!
//! On the sphere that Web Mercator maps, by the formula of the middle latitude, which is that of a
//! plane around each line: lines are drawn straight, not along great circles, and pieces of tracks
//! are short.

use super::crs::mercator::EARTH_RADIUS;
use super::{Coord, Crs, Pixels, View};

impl Crs {
    /// How far a place is from another, in metres or in units of the plane.
    #[must_use]
    pub fn distance(self, from: Coord, to: Coord) -> f64 {
        let (x, y) = (to.x() - from.x(), to.y() - from.y());
        if self.is_plane() {
            return x.hypot(y);
        }
        let parallel = f64::midpoint(from.y(), to.y()).to_radians().cos();
        EARTH_RADIUS * (x * parallel).hypot(y).to_radians()
    }
}

impl View {
    /// How wide and how high the pixels of each row are on the ground, in metres or in units of the
    /// plane: those in the middle of the row. Beyond the ends of the map they have no height.
    #[must_use]
    pub fn ground_by_row(&self) -> Vec<(f64, f64)> {
        let middle = self.size().width() as f64 / 2.0;
        let place = |x: f64, y: f64| self.place(Pixels { x: middle + x, y });
        let distance = |from: Coord, to: Coord| self.crs().distance(from, to);
        let row = |row: usize| {
            let y = row as f64;
            let across = distance(place(-0.5, y + 0.5), place(0.5, y + 0.5));
            let high = distance(place(0.0, y), place(0.0, y + 1.0));
            // Beyond the end of a projection pixels are as long as the map says.
            if across.is_nan() || high.is_nan() {
                let cell = self.transform().cell();
                (cell.0 * self.crs().metres(), cell.1 * self.crs().metres())
            } else {
                (across, high)
            }
        };
        (0..self.size().height()).map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Size;

    #[test]
    fn a_degree_is_111_km_and_along_a_parallel_less() {
        let at = |lat, lon| Coord::lat_lon(lat, lon).unwrap();
        let distance = |from, to| Crs::WebMercator.distance(from, to);
        assert!((distance(at(0.0, 5.0), at(0.0, 6.0)) - 111_319.5).abs() < 0.1);
        assert!((distance(at(-50.0, 5.0), at(-51.0, 5.0)) - 111_319.5).abs() < 0.1);
        assert!((distance(at(60.0, 5.0), at(60.0, 6.0)) - 55_659.7).abs() < 0.1);
        let plane = Crs::Plane { y_down: true };
        let corner = |x, y| Coord::unchecked(x, y);
        assert_eq!(plane.distance(corner(1.0, 1.0), corner(4.0, 5.0)), 5.0);
    }

    #[test]
    fn pixels_are_square_in_mercator_and_as_high_as_they_are_in_plate_carree() {
        let view =
            |crs| View::new(crs, (10.0, 10.0), (0.0, -700.0), Size::new(4, 300).unwrap()).unwrap();
        for (across, down) in view(Crs::WebMercator).ground_by_row() {
            assert!((across / down - 1.0).abs() < 1e-4, "{across} {down}");
        }
        for (across, down) in view(Crs::Wgs84).ground_by_row() {
            assert!((down - 11_131.95).abs() < 0.01 && across < down);
        }
    }
}
