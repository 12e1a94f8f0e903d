//! Lengths on the ground: between two places, and of the pixels of a picture.
//!
//! On the sphere that Web Mercator maps, by the formula of the middle latitude, which is that of a
//! plane around each line: lines are drawn straight, not along great circles, and pieces of tracks
//! are short.

use super::crs::mercator::EARTH_RADIUS;
use super::{Coord, Crs, Pixels, View};

/// The square of the eccentricity of WGS 84.
const ECCENTRICITY: f64 = 0.006_694_379_990_141_317;

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

/// How many metres on the ellipsoid of WGS 84 a unit of the plane is around a point of it, in four
/// directions; NaN beyond the edge of the earth. A circle there is a circle on the map where they
/// are alike. `step` is so many units to both sides, along which it is measured.
///
/// Not on the sphere: its degrees of latitude and longitude are up to 0.7 % off those of the
/// ellipsoid, in opposite directions, and a circle would hardly be one anywhere.
pub(super) fn metres_per_unit(crs: Crs, (x, y): (f64, f64), step: f64) -> [f64; 4] {
    const DIAGONAL: f64 = std::f64::consts::FRAC_1_SQRT_2;
    let directions = [
        (1.0, 0.0),
        (0.0, 1.0),
        (DIAGONAL, DIAGONAL),
        (DIAGONAL, -DIAGONAL),
    ];
    directions.map(|(across, along)| {
        let end = |by: f64| crs.inverse(x + by * across, y + by * along);
        on_ellipsoid(end(-step), end(step)) / (2.0 * step)
    })
}

/// How far a place is from another that is near, in metres, by the radii of curvature in between.
fn on_ellipsoid(from: Coord, to: Coord) -> f64 {
    let around = (to.x() - from.x() + 540.0).rem_euclid(360.0) - 180.0;
    let (east, north) = (around.to_radians(), (to.y() - from.y()).to_radians());
    let (sine, cosine) = f64::midpoint(from.y(), to.y()).to_radians().sin_cos();
    let root = (1.0 - ECCENTRICITY * sine * sine).sqrt();
    let (prime, meridian) = (1.0 / root, (1.0 - ECCENTRICITY) / root.powi(3));
    EARTH_RADIUS * (east * cosine * prime).hypot(north * meridian)
}

impl Coord {
    /// The area of a closed ring of places on the earth, in square metres on the ellipsoid of WGS
    /// 84; below zero if the ring goes round to the right. Edges are straight in longitude and in
    /// what a degree of latitude has of area, and so are short ones.
    ///
    /// By the areas between edges and the equator (J. P. Snyder, Map Projections, 1987, equation
    /// 3-12).
    #[must_use]
    pub fn area(ring: &[Self]) -> f64 {
        let edges = ring.windows(2).map(|edge| {
            let east = (edge[1].x() - edge[0].x()).to_radians();
            east * f64::midpoint(to_equator(edge[0].y()), to_equator(edge[1].y()))
        });
        -edges.sum::<f64>() * EARTH_RADIUS * EARTH_RADIUS
    }
}

/// The area between the equator and a latitude for each radian of longitude, on an ellipsoid whose
/// equator has a radius of 1.
fn to_equator(latitude: f64) -> f64 {
    let (sine, root) = (latitude.to_radians().sin(), ECCENTRICITY.sqrt());
    let bent = sine / (1.0 - ECCENTRICITY * sine * sine);
    (1.0 - ECCENTRICITY) / 2.0 * (bent + (root * sine).atanh() / root)
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
    fn areas_are_those_of_the_ellipsoid() {
        let ring = |places: &[(f64, f64)]| {
            let places = places.iter().map(|&(x, y)| Coord::unchecked(x, y));
            Coord::area(&places.collect::<Vec<_>>())
        };
        // Half of the earth, whose surface has 510,065,621.7 km².
        let north = ring(&[
            (0.0, 0.0),
            (360.0, 0.0),
            (360.0, 90.0),
            (0.0, 90.0),
            (0.0, 0.0),
        ]);
        assert!((north / 1e6 - 255_032_810.9).abs() < 1.0, "{north}");
        // A square degree at 50° north, as GeographicLib has it along parallels.
        let square = ring(&[
            (0.0, 50.0),
            (1.0, 50.0),
            (1.0, 51.0),
            (0.0, 51.0),
            (0.0, 50.0),
        ]);
        assert!((square / 1e6 - 7892.2189).abs() < 1e-3, "{square}");
        let other_way = ring(&[
            (0.0, 50.0),
            (0.0, 51.0),
            (1.0, 51.0),
            (1.0, 50.0),
            (0.0, 50.0),
        ]);
        assert_eq!(other_way, -square);
    }

    #[cfg(feature = "projections")]
    #[test]
    fn a_metre_of_a_map_is_as_long_as_its_system_says() {
        let utm = Crs::of_srs("EPSG:32632").unwrap();
        for metres in metres_per_unit(utm, (500_000.0, 5_540_000.0), 50.0) {
            assert!((metres - 1.0 / 0.9996).abs() < 1e-5, "{metres}");
        }
        // Where Lambert's areas are true, circles are not but at its centre.
        let laea = Crs::of_srs("EPSG:3035").unwrap();
        for metres in metres_per_unit(laea, (4_321_000.0, 3_210_000.0), 50.0) {
            assert!((metres - 1.0).abs() < 1e-4, "{metres}");
        }
        let [across, along, ..] = metres_per_unit(laea, (4_321_000.0, 1_210_000.0), 50.0);
        assert!(across < 0.99 && along > 1.01, "{across} {along}");
        let [.., outward, around] =
            metres_per_unit(laea, (4_321_000.0 + 14e5, 3_210_000.0 + 14e5), 50.0);
        assert!(outward > 1.01 && around < 0.99, "{outward} {around}");
        // The pixel in the middle of a row stands for it.
        let size = Size::new(61, 1).unwrap();
        let origin = (43.21 - 30.5, -32.1 - 0.5);
        let view = View::new(laea, (1e-5, 1e-5), origin, size).unwrap();
        let (across, _) = view.ground_by_row()[0];
        assert!((across / 1e5 - 1.0).abs() < 0.008, "{across}");
    }

    #[test]
    fn pixels_are_square_in_mercator_and_as_high_as_they_are_in_plate_carree() {
        let view =
            |crs| View::new(crs, (10.0, 10.0), (0.0, -700.0), Size::new(4, 300).unwrap()).unwrap();
        for (across, down) in view(Crs::WebMercator).ground_by_row() {
            assert!((across / down - 1.0).abs() < 1e-4, "{across} {down}");
        }
        for (row, (across, down)) in view(Crs::Wgs84).ground_by_row().into_iter().enumerate() {
            let latitude = 70.0 - (row as f64 + 0.5) / 10.0;
            let parallel = latitude.to_radians().cos();
            assert!(
                (down - 11_131.95).abs() < 0.01 && (across / down / parallel - 1.0).abs() < 1e-6
            );
        }
    }
}
