//! From the sphere, or from a plane that is none of a sphere, to the plane of a picture and back.

use std::fmt;

use super::Coord;
use super::crs::mercator::{self, EARTH_RADIUS};

/// How the earth is laid flat. One degree of longitude is as long everywhere, in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    /// Spherical Mercator, the projection of web maps: shapes keep their angles. It ends at
    /// ±85.0511°; places nearer to a pole are drawn on that limit.
    #[default]
    Mercator,
    /// Plate carrée: latitude and longitude are a square grid.
    Equirectangular,
    /// None: places are x and y of a plane that is not the earth, in any unit. x goes to the right.
    Plane {
        /// y goes down, as on screens, and not up.
        y_down: bool,
    },
}

impl Projection {
    /// Its name, on the command line and in files. That of a plane is the same whether y goes up or
    /// down.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mercator => "mercator",
            Self::Equirectangular => "equirectangular",
            Self::Plane { .. } => "xy",
        }
    }

    /// The projection of a name; in a plane y goes up.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Mercator,
            Self::Equirectangular,
            Self::Plane { y_down: false },
        ]
        .into_iter()
        .find(|projection| projection.name() == name)
    }

    /// Whether places are x and y of a plane that is not the earth.
    #[must_use]
    pub fn is_plane(self) -> bool {
        matches!(self, Self::Plane { .. })
    }

    /// Pixels per degree of longitude, or per unit of the plane, of a scale in metres at the
    /// equator, or in units, per pixel.
    #[must_use]
    pub fn pixels_per_unit(self, scale: f64) -> f64 {
        if self.is_plane() {
            1.0 / scale
        } else {
            Self::pixels_per_degree(scale)
        }
    }

    /// The other way round, which is the same sum.
    #[must_use]
    pub fn units_per_pixel(self, pixels: f64) -> f64 {
        if self.is_plane() {
            1.0 / pixels
        } else {
            Self::metres_per_pixel(pixels)
        }
    }

    /// The latitude where spherical Mercator's map becomes a square.
    pub const MERCATOR_LIMIT: f64 = mercator::LIMIT;

    /// Metres at the equator to pixels per degree of longitude.
    #[must_use]
    pub fn pixels_per_degree(metres_per_pixel: f64) -> f64 {
        EARTH_RADIUS.to_radians() / metres_per_pixel
    }

    /// Pixels per degree of longitude to metres at the equator.
    #[must_use]
    pub fn metres_per_pixel(pixels_per_degree: f64) -> f64 {
        EARTH_RADIUS.to_radians() / pixels_per_degree
    }

    /// Metres per pixel at the equator of a zoom of web maps, whose world is one tile of 256 × 256
    /// pixels at zoom 0 and twice as wide at each further one.
    #[must_use]
    pub fn metres_per_pixel_at(zoom: u8) -> f64 {
        Self::metres_per_pixel(256.0 * f64::from(zoom).exp2() / 360.0)
    }

    /// Metres on the ground to degrees of longitude at the equator, and of latitude anywhere.
    #[must_use]
    pub fn degrees_of(metres: f64) -> f64 {
        (metres / EARTH_RADIUS).to_degrees()
    }

    /// Where a place lies on the plane, in degrees of longitude (or units) from (0°, 0°): x to the
    /// east, y to the south.
    #[must_use]
    pub fn forward(self, at: Coord) -> (f64, f64) {
        (at.x(), self.down(at.y()))
    }

    /// How far down a latitude lies on the plane, and one beyond the end of the map at that end.
    pub(super) fn down(self, latitude: f64) -> f64 {
        let limit = match self {
            Self::Mercator => Self::MERCATOR_LIMIT,
            Self::Equirectangular => 90.0,
            Self::Plane { .. } => f64::INFINITY,
        };
        -self.plane(latitude.clamp(-limit, limit))
    }

    /// The place at a point of the plane; a point beyond the edge of the earth gives the place
    /// nearest to it.
    #[must_use]
    pub fn inverse(self, x: f64, y: f64) -> Coord {
        if self.is_plane() {
            Coord::unchecked(x, self.latitude(-y))
        } else {
            Coord::unchecked(x.clamp(-180.0, 180.0), self.latitude(-y).clamp(-90.0, 90.0))
        }
    }

    /// How far north a latitude lies on the plane, in degrees of longitude. Mercator goes on beyond
    /// its limit, to infinity at the poles.
    ///
    /// Mercator is ½ ln((1 + sin φ) / (1 − sin φ)), which is the familiar ln tan(π/4 + φ/2) at half
    /// its cost (Snyder, Map Projections: A Working Manual, 1987, equation 7-2a).
    #[must_use]
    pub fn plane(self, latitude: f64) -> f64 {
        match self {
            Self::Equirectangular | Self::Plane { y_down: false } => latitude,
            Self::Plane { y_down: true } => -latitude,
            Self::Mercator => mercator::north(latitude).to_degrees(),
        }
    }

    /// The latitude at a distance to the north on the plane, in degrees of longitude. In plate
    /// carrée it may be beyond a pole.
    #[must_use]
    pub fn latitude(self, north: f64) -> f64 {
        match self {
            Self::Equirectangular | Self::Plane { y_down: false } => north,
            Self::Plane { y_down: true } => -north,
            Self::Mercator => mercator::latitude(north.to_radians()),
        }
    }
}

/// As messages have it.
impl fmt::Display for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if *self == (Self::Plane { y_down: true }) {
            f.write_str(" with y down")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mercator_is_square_at_its_limit_and_clamps_beyond() {
        let place = |lat| Coord::unchecked(0.0, lat);
        let (_, y) = Projection::Mercator.forward(place(Projection::MERCATOR_LIMIT));
        assert!((y + 180.0).abs() < 1e-9, "{y}");
        assert!((Projection::Mercator.forward(place(90.0)).1 - y).abs() < 1e-12);
    }

    #[test]
    fn there_and_back_again() {
        for projection in [Projection::Mercator, Projection::Equirectangular] {
            for (lat, lon) in [(0.0, 0.0), (37.7, -122.4), (-85.0, 179.9), (1e-9, -1e-9)] {
                let (x, y) = projection.forward(Coord::unchecked(lon, lat));
                let back = projection.inverse(x, y);
                assert!(
                    (back.y() - lat).abs() < 1e-9 && (back.x() - lon).abs() < 1e-12,
                    "{projection:?} {back:?}"
                );
            }
        }
    }

    #[test]
    fn a_plane_is_as_it_is_and_y_goes_up_or_down() {
        for y_down in [false, true] {
            let projection = Projection::Plane { y_down };
            for (x, y) in [(1e12, -1e12), (-300.0, 200.0), (1e-9, 0.0)] {
                let at = Coord::unchecked(x, y);
                assert_eq!(projection.forward(at), (x, if y_down { y } else { -y }));
                let (across, down) = projection.forward(at);
                assert_eq!(projection.inverse(across, down), at);
            }
            assert_eq!(
                (
                    projection.pixels_per_unit(4.0),
                    projection.units_per_pixel(0.25)
                ),
                (0.25, 4.0)
            );
        }
        assert_eq!(
            Projection::named("xy"),
            Some(Projection::Plane { y_down: false })
        );
    }
}
