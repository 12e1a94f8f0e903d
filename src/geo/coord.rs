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
            Self::Latitude(lat) => {
                write!(f, "latitude {} is not between -90 and 90", short(*lat))?;
                ask_for_projection(*lat, f)
            }
            Self::Longitude(lon) => {
                write!(f, "longitude {} is not between -180 and 180", short(*lon))?;
                ask_for_projection(*lon, f)
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

/// Asks whether a number that is far from all degrees is one of a map.
fn ask_for_projection(number: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if number.is_finite() && number.abs() > 1000.0 {
        f.write_str("; are these x and y of a projection?")?;
    }
    Ok(())
}

impl std::error::Error for NotAPlace {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meridian_has_one_longitude_within_180_degrees_or_two_at_the_end() {
        let wrapped = |x| Coord::unchecked(x, 10.0).wrapped();
        assert_eq!(
            [-360.0, -190.0, -180.0, 7.0, 180.0, 190.0, 360.0].map(|x| wrapped(x).x()),
            [0.0, 170.0, -180.0, 7.0, 180.0, -170.0, 0.0]
        );
        assert_eq!(wrapped(190.0).y(), 10.0);
    }

    #[test]
    fn the_shorter_way_round_the_earth_ends_at_most_180_degrees_away() {
        let near = |x, other| Coord::unchecked(x, 3.0).nearest_to(Coord::unchecked(other, 4.0));
        assert_eq!(near(170.0, -170.0), Coord::unchecked(-190.0, 3.0));
        assert_eq!(near(-170.0, 170.0), Coord::unchecked(190.0, 3.0));
        assert_eq!(near(-90.0, 90.0), Coord::unchecked(-90.0, 3.0));
        assert_eq!(near(10.0, 20.0), Coord::unchecked(10.0, 3.0));
    }

    #[test]
    fn numbers_that_are_no_place_are_told_apart_from_those_that_changed_places() {
        for (lat, lon, fact) in [
            (91.0, 91.0, "latitude 91 is not between -90 and 90"),
            (181.0, 45.0, "latitude 181 is not between -90 and 90"),
            (
                -180.0,
                90.0,
                "latitude -180 is not between -90 and 90; are latitude and longitude swapped?",
            ),
            (90.0, 180.5, "longitude 180.5 is not between -180 and 180"),
            (f64::NAN, 0.0, "latitude NaN is not between -90 and 90"),
            (
                502_992.4,
                1.0,
                "latitude 502992.4 is not between -90 and 90; are these x and y of a projection?",
            ),
        ] {
            let error = Coord::lat_lon(lat, lon).unwrap_err();
            assert_eq!(error.to_string(), fact);
        }
        assert!(Coord::lat_lon(-90.0, 180.0).is_ok());
    }
}
