//! Coordinate system of a shapefile: the .prj beside it names it, in well-known text (WKT).
//!
//! Two systems can be read, those of [`Crs`]; all others are refused by name rather than drawn at a
//! wrong place.

use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Location, Result};
use crate::geo::Crs;
use crate::input::opened::Opened;

/// No coordinate system takes more text than this.
const LONGEST: u64 = 1 << 16;
/// The radius of the sphere of Web Mercator, in metres.
const RADIUS: f64 = 6_378_137.0;
/// Coordinates beyond this were never meant as degrees. It is more than 180, for there are files
/// with longitudes up to 360 and files with typing errors: there it is the single point that is
/// wrong.
const DEGREES: f64 = 360.0;
/// What to do about all others.
pub const ADVICE: &str = "convert it to WGS 84 longitude and latitude (EPSG:4326); the option --crs of a later version will do without";

/// How coordinates become degrees.
#[derive(Debug, PartialEq)]
pub enum System {
    /// They are degrees of WGS 84.
    Degrees,
    /// They are metres of Web Mercator (EPSG:3857).
    WebMercator,
    /// They are x and y as they are, whatever that is.
    Plane,
    /// Nothing says what they are, and why not. The first vertex decides whether they can be
    /// degrees.
    Unstated(String),
}

impl System {
    /// The system of a shapefile, from the .prj beside it.
    pub fn of(shp: &Opened) -> Result<Self> {
        if !shp.has_siblings() {
            return Ok(Self::Unstated("a stream has no .prj".to_owned()));
        }
        let name = shp.sibling_name("prj");
        let error = |file: &str, fact: String| Error::input(Location::file(Path::new(file)), fact);
        let fail = |reason: io::Error| error(&name, reason.to_string());
        let Some(prj) = shp.sibling("prj").map_err(fail)? else {
            return Ok(Self::Unstated(format!("there is no {name}")));
        };
        let (name, mut text) = (prj.name().to_owned(), Vec::new());
        let read = prj.stream().take(LONGEST).read_to_end(&mut text);
        read.map_err(|reason| error(&name, reason.to_string()))?;
        let text = String::from_utf8_lossy(&text);
        let blank = ['\u{feff}', '\0', ' ', '\r', '\n'];
        if text.trim_matches(blank).is_empty() {
            return Ok(Self::Unstated(format!("{name} is empty")));
        }
        Crs::of_wkt(&text).map(Self::from).ok_or_else(|| {
            let system = system_name(&text);
            let fact = format!("its coordinate system, {system}, cannot be read ({name})");
            error(shp.name(), fact).advice(ADVICE)
        })
    }

    /// Latitude and longitude (or y and x) of a vertex, not yet checked. An error is about the
    /// whole file.
    pub fn degrees(&mut self, x: f64, y: f64) -> std::result::Result<(f64, f64), String> {
        match self {
            Self::WebMercator => return Ok(from_web_mercator(x, y)),
            Self::Unstated(why)
                if x.abs().max(y.abs()) > DEGREES && x.is_finite() && y.is_finite() =>
            {
                return Err(format!(
                    "the coordinates (the first: {x}, {y}) do not fit degrees, and {why} to say what they are"
                ));
            }
            Self::Unstated(_) if x.is_finite() && y.is_finite() => *self = Self::Degrees,
            Self::Degrees | Self::Plane | Self::Unstated(_) => {}
        }
        Ok((y, x))
    }
}

impl From<Crs> for System {
    fn from(crs: Crs) -> Self {
        match crs {
            Crs::Wgs84 => Self::Degrees,
            Crs::WebMercator => Self::WebMercator,
            Crs::Plane { .. } => Self::Plane,
        }
    }
}

/// Latitude and longitude of a point of Web Mercator.
///
/// The inverse in closed form: λ = x/R, φ = atan(sinh(y/R)). Source: IOGP Guidance Note 7-2,
/// section 3.2.1.2, "Popular Visualisation Pseudo-Mercator" (EPSG method 1024), where it is written
/// φ = π/2 − 2·atan(e^(−y/R)).
fn from_web_mercator(x: f64, y: f64) -> (f64, f64) {
    // An infinite northing would come out as a pole, though it is no place at all.
    let y = if y.is_finite() { y } else { f64::NAN };
    (
        (y / RADIUS).sinh().atan().to_degrees(),
        (x / RADIUS).to_degrees(),
    )
}

/// The first quoted name, which is the system's own.
fn system_name(text: &str) -> String {
    let name = text.split('"').nth(1).unwrap_or(text.trim());
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_mercator_has_known_places() {
        let (lat, lon) = from_web_mercator(20_037_508.342_789_244, 20_037_508.342_789_244);
        assert!(
            (lat - 85.051_128_779_806_6).abs() < 1e-9 && (lon - 180.0).abs() < 1e-9,
            "{lat} {lon}"
        );
        assert_eq!(from_web_mercator(0.0, 0.0), (0.0, 0.0));
        assert!(from_web_mercator(0.0, f64::INFINITY).0.is_nan());
    }

    #[test]
    fn the_first_finite_vertex_decides_for_a_file_without_prj() {
        let unstated = || System::Unstated("there is no a.prj".to_owned());
        let mut degrees = unstated();
        assert_eq!(degrees.degrees(20.0, 10.0).ok(), Some((10.0, 20.0)));
        assert_eq!(
            degrees,
            System::Degrees,
            "a later outlier is that point's own fault"
        );
        let mut metres = unstated();
        assert!(metres.degrees(f64::NAN, 0.0).is_ok());
        let fact = metres.degrees(723_414.4, 875_929.0).expect_err("metres");
        assert!(
            fact.contains("do not fit degrees, and there is no a.prj"),
            "{fact}"
        );
    }
}
