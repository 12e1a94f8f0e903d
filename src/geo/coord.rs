//! Places on the earth, or on a plain plane.

use crate::error::short;
use std::fmt;

/// A place in degrees of latitude and longitude (WGS 84): finite, latitude within ±90, longitude
/// within ±180.
///
/// Or a place on a [plane](super::Projection::Plane) that is not the earth, in whatever unit its x
/// and y have: then the longitude is its x and the latitude its y, both finite and within ±10¹².
/// Nobody can tell such a place from the others: all of a picture are of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degrees {
    lat: f64,
    lon: f64,
}

/// Why two numbers are not a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NotAPlace {
    /// The latitude is NaN, infinite or beyond ±90.
    Latitude(f64),
    /// The longitude is NaN, infinite or beyond ±180.
    Longitude(f64),
    /// The latitude is beyond ±90, and both would do if they changed places.
    Swapped(f64),
    /// The x of a plane is NaN, infinite or beyond ±10¹².
    X(f64),
    /// The y of a plane is NaN, infinite or beyond ±10¹².
    Y(f64),
}

impl Degrees {
    /// How far from (0, 0) places on a plane may be, in either direction: there neighbouring
    /// numbers are 1/8192 apart.
    pub const FARTHEST: f64 = 1e12;

    /// The place at a latitude (±90) and a longitude (±180).
    ///
    /// # Errors
    /// When one of them is not finite or out of range.
    pub fn new(lat: f64, lon: f64) -> Result<Self, NotAPlace> {
        // Written so that NaN fails both.
        match (lat.abs() <= 90.0, lon.abs() <= 180.0) {
            (true, true) => Ok(Self { lat, lon }),
            (true, false) => Err(NotAPlace::Longitude(lon)),
            (false, _) if lat.abs() <= 180.0 && lon.abs() <= 90.0 => Err(NotAPlace::Swapped(lat)),
            (false, _) => Err(NotAPlace::Latitude(lat)),
        }
    }

    /// The place at x and y (both ±10¹²) of a plane that is not the earth. Whatever is a place on
    /// the earth is one here, too.
    ///
    /// # Errors
    /// When one of them is not finite or out of range.
    pub fn on_plane(x: f64, y: f64) -> Result<Self, NotAPlace> {
        match (x.abs() <= Self::FARTHEST, y.abs() <= Self::FARTHEST) {
            (true, true) => Ok(Self { lat: y, lon: x }),
            (false, _) => Err(NotAPlace::X(x)),
            (true, false) => Err(NotAPlace::Y(y)),
        }
    }

    /// A place made of the numbers of others, or of a picture, which may reach farther than data.
    pub(super) fn made(lat: f64, lon: f64) -> Self {
        Self { lat, lon }
    }

    /// The place nearest to two finite numbers, which may be out of range.
    pub(super) fn clamped(lat: f64, lon: f64) -> Self {
        Self {
            lat: lat.clamp(-90.0, 90.0),
            lon: lon.clamp(-180.0, 180.0),
        }
    }

    /// Latitude in degrees, north positive; or y.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Longitude in degrees, east positive; or x.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }
}

impl fmt::Display for NotAPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latitude(lat) => write!(f, "latitude {} is not between -90 and 90", short(*lat)),
            Self::Longitude(lon) => {
                write!(f, "longitude {} is not between -180 and 180", short(*lon))
            }
            Self::Swapped(lat) => {
                write!(
                    f,
                    "latitude {lat} is not between -90 and 90; are latitude and longitude swapped?"
                )
            }
            Self::X(x) => write!(f, "x {} is not between -1e12 and 1e12", short(*x)),
            Self::Y(y) => write!(f, "y {} is not between -1e12 and 1e12", short(*y)),
        }
    }
}

impl std::error::Error for NotAPlace {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_goes_far_beyond_the_earth_and_not_for_ever() {
        for (x, y) in [(500.0, -1080.0), (-1e12, 1e12), (1e-300, 0.0)] {
            let place = Degrees::on_plane(x, y).unwrap();
            assert_eq!((place.lon(), place.lat()), (x, y));
        }
        assert_eq!(
            Degrees::on_plane(1.1e12, 0.0).unwrap_err().to_string(),
            "x 1100000000000 is not between -1e12 and 1e12"
        );
        assert_eq!(
            Degrees::on_plane(0.0, f64::NEG_INFINITY),
            Err(NotAPlace::Y(f64::NEG_INFINITY))
        );
        assert!(
            Degrees::on_plane(f64::NAN, 0.0).is_err() && Degrees::on_plane(0.0, f64::NAN).is_err()
        );
    }
}
