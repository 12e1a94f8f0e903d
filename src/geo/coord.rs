//! Coordinate pairs of places, and why two numbers are none.

use crate::error::short;
use std::fmt;

use super::Crs;

/// A place: the pair of coordinates that a run counts in. On the earth x is the longitude and y the
/// latitude in degrees of WGS 84 (±180, or up to ±360 as some files have it, and ±90); on a
/// [plane](Crs::Plane) they are its own x and y, in any unit. Both are finite.
///
/// [`Crs::place`] makes them, and is where numbers are checked. Which of the two kinds a place is
/// says the [base](Crs::base) of a picture's coordinate system; all places of a run are of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coord {
    x: f64,
    y: f64,
}

impl Coord {
    /// The place at a latitude (±90) and a longitude (±180) in degrees, in the order in which
    /// people say them.
    ///
    /// # Errors
    /// When one of them is not finite or out of range.
    pub fn lat_lon(lat: f64, lon: f64) -> Result<Self, NotAPlace> {
        let place = Crs::Wgs84.place(lon, lat)?;
        if lon.abs() > 180.0 {
            return Err(NotAPlace::Longitude(lon));
        }
        Ok(place)
    }

    /// The same place on the earth with a longitude within ±180°.
    #[must_use]
    pub fn wrapped(self) -> Self {
        let turn = match self.x {
            x if x > 180.0 => -360.0,
            x if x < -180.0 => 360.0,
            _ => return self,
        };
        Self::unchecked(self.x + turn, self.y)
    }

    /// The longitude of the same meridian that is nearest to another: where the shorter way round
    /// the earth from there ends, which may be beyond ±180°.
    #[must_use]
    pub fn nearest_to(self, other: Self) -> Self {
        let across = self.x - other.x;
        if across.abs() <= 180.0 {
            return self;
        }
        Self::unchecked(self.x - 360.0_f64.copysign(across), self.y)
    }

    /// Half-way to another, by the numbers of both.
    pub(crate) fn midpoint(self, other: Self) -> Self {
        Self::unchecked(
            f64::midpoint(self.x, other.x),
            f64::midpoint(self.y, other.y),
        )
    }

    /// A place made of the numbers of others, or of a picture, which may reach farther than data.
    pub(crate) const fn unchecked(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// To the right: the longitude in degrees, east positive; or x.
    #[must_use]
    pub fn x(self) -> f64 {
        self.x
    }

    /// The latitude in degrees, north positive; or y.
    #[must_use]
    pub fn y(self) -> f64 {
        self.y
    }
}

/// Why two numbers are not a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NotAPlace {
    /// The latitude is NaN, infinite or beyond ±90.
    Latitude(f64),
    /// The longitude is NaN, infinite or beyond ±360.
    Longitude(f64),
    /// The latitude is beyond ±90, and both would do if they changed places.
    Swapped(f64),
    /// The x of a plane is NaN, infinite or beyond ±10¹².
    X(f64),
    /// The y of a plane is NaN, infinite or beyond ±10¹².
    Y(f64),
    /// x and y of a coordinate system that are no place of it, or NaN or infinite.
    Beyond(f64, f64),
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
            Self::Beyond(x, y) => write!(
                f,
                "x {}, y {} is no place of its coordinate system",
                short(*x),
                short(*y)
            ),
        }
    }
}

impl std::error::Error for NotAPlace {}
