//! Places on the earth.

use std::fmt;

/// A place in degrees of latitude and longitude (WGS 84): finite, latitude within ±90, longitude within ±180.
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
}

impl Degrees {
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

    /// The place nearest to two finite numbers, which may be out of range.
    pub(super) fn clamped(lat: f64, lon: f64) -> Self {
        Self { lat: lat.clamp(-90.0, 90.0), lon: lon.clamp(-180.0, 180.0) }
    }

    /// Latitude in degrees, north positive.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Longitude in degrees, east positive.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }
}

impl fmt::Display for NotAPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latitude(lat) => write!(f, "latitude {lat} is not between -90 and 90"),
            Self::Longitude(lon) => write!(f, "longitude {lon} is not between -180 and 180"),
            Self::Swapped(lat) => {
                write!(f, "latitude {lat} is not between -90 and 90; are latitude and longitude swapped?")
            }
        }
    }
}

impl std::error::Error for NotAPlace {}
