//! What a shapefile's coordinates are: the .prj beside it says so, in well-known text (WKT).
//!
//! Two systems can be read, WGS 84 and Web Mercator. They are recognised by the few words that tell them apart, in the
//! spellings of ESRI, OGC (WKT 1) and ISO 19162 (WKT 2); all others are refused by name rather than drawn at a wrong place.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::sibling;
use crate::error::{Error, Place, Result};

/// No coordinate system takes more text than this.
const LONGEST: u64 = 1 << 16;
/// The radius of the sphere of Web Mercator, in metres.
const RADIUS: f64 = 6_378_137.0;
/// Coordinates beyond this were never meant as degrees. It is more than 180, for there are files with longitudes up to
/// 360 and files with typing errors: there it is the single point that is wrong.
const DEGREES: f64 = 360.0;
/// What to do about all others.
pub const ADVICE: &str =
    "convert it to WGS 84 longitude and latitude (EPSG:4326); the option --crs of a later version will do without";

/// How coordinates become degrees.
#[derive(Debug, PartialEq)]
pub enum System {
    /// They are degrees of WGS 84.
    Degrees,
    /// They are metres of Web Mercator (EPSG:3857).
    WebMercator,
    /// Nothing says what they are, and why not. The first vertex decides whether they can be degrees.
    Unstated(String),
}

impl System {
    /// The system of a shapefile, from the .prj beside it.
    pub fn beside(shp: &Path) -> Result<Self> {
        let Some(path) = sibling(shp, "prj") else {
            let missing = shp.with_extension("prj");
            return Ok(Self::Unstated(format!("there is no {}", missing.display())));
        };
        let fail = |reason| Error::input(Place::file(&path), reason);
        let mut text = Vec::new();
        File::open(&path).and_then(|file| file.take(LONGEST).read_to_end(&mut text)).map_err(fail)?;
        let text = String::from_utf8_lossy(&text);
        if text.trim_matches(['\u{feff}', '\0', ' ', '\r', '\n']).is_empty() {
            return Ok(Self::Unstated(format!("{} is empty", path.display())));
        }
        Self::parse(&text).ok_or_else(|| {
            let fact = format!("its coordinate system, {}, cannot be read ({})", name(&text), path.display());
            Error::input(Place::file(shp), fact).advice(ADVICE)
        })
    }

    /// The system that a well-known text describes, if it is one of ours.
    fn parse(text: &str) -> Option<Self> {
        let text = compact(text);
        // ESRI appends the heights' system, with parameters of its own.
        let text = text.split("VERTCS[").next().unwrap_or_default();
        if is_wgs84(text) {
            Some(Self::Degrees)
        } else if is_web_mercator(text) {
            Some(Self::WebMercator)
        } else {
            None
        }
    }

    /// Latitude and longitude of a vertex, not yet checked. An error is about the whole file.
    pub fn degrees(&mut self, x: f64, y: f64) -> std::result::Result<(f64, f64), String> {
        match self {
            Self::WebMercator => return Ok(from_web_mercator(x, y)),
            Self::Unstated(why) if x.abs().max(y.abs()) > DEGREES && x.is_finite() && y.is_finite() => {
                return Err(format!(
                    "the coordinates (the first: {x}, {y}) do not fit degrees, and {why} to say what they are"
                ));
            }
            Self::Unstated(_) if x.is_finite() && y.is_finite() => *self = Self::Degrees,
            Self::Degrees | Self::Unstated(_) => {}
        }
        Ok((y, x))
    }
}

/// Latitude and longitude of a point of Web Mercator.
///
/// The inverse in closed form: λ = x/R, φ = atan(sinh(y/R)). Source: IOGP Guidance Note 7-2, section 3.2.1.2, "Popular
/// Visualisation Pseudo-Mercator" (EPSG method 1024), where it is written φ = π/2 − 2·atan(e^(−y/R)).
fn from_web_mercator(x: f64, y: f64) -> (f64, f64) {
    // An infinite northing would come out as a pole, though it is no place at all.
    let y = if y.is_finite() { y } else { f64::NAN };
    ((y / RADIUS).sinh().atan().to_degrees(), (x / RADIUS).to_degrees())
}

/// The first quoted name, which is the system's own.
fn name(text: &str) -> String {
    let name = text.split('"').nth(1).unwrap_or(text.trim());
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// The text without what the dialects disagree on: blanks, underscores, letter case and the shape of brackets.
fn compact(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '\u{feff}' | '\0'));
    kept.map(|c| match c {
        '(' => '[',
        ')' => ']',
        c => c.to_ascii_uppercase(),
    })
    .collect()
}

/// Geographic, on the datum of WGS 84, in degrees from Greenwich.
fn is_wgs84(text: &str) -> bool {
    let geographic = starts_with_any(text, &["GEOGCS[", "GEOGCRS[", "GEODCRS[", "GEODETICCRS[", "GEOGRAPHICCRS["]);
    let datum = [
        "DATUM[\"DWGS1984\"",
        "DATUM[\"WGS1984\"",
        "DATUM[\"WGS84\"",
        "DATUM[\"WORLDGEODETICSYSTEM1984",
        "ENSEMBLE[\"WORLDGEODETICSYSTEM1984",
    ];
    geographic
        && (contains_any(text, &datum) || has_code(text, &["4326"]))
        && values(text, "PRIMEM[").all(|(_, longitude)| is(longitude, 0.0))
        && values(text, "UNIT[").all(|(unit, _)| !starts_with_any(unit, &["GRAD", "GON", "RADIAN"]))
}

/// Projected, by the Mercator of web maps: a sphere, metres, nothing shifted.
fn is_web_mercator(text: &str) -> bool {
    let words = ["WEBMERCATOR", "PSEUDO-MERCATOR", "PSEUDOMERCATOR", "MERCATORAUXILIARYSPHERE"];
    let is_neutral = |(name, value): (&str, f64)| is(value, if name.starts_with("SCALE") { 1.0 } else { 0.0 });
    starts_with_any(text, &["PROJCS[", "PROJCRS[", "PROJECTEDCRS["])
        && (contains_any(text, &words) || has_code(text, &["3857", "3785", "900913", "102100", "102113"]))
        && values(text, "PARAMETER[").all(is_neutral)
        && values(text, "UNIT[").last().is_none_or(|(unit, factor)| unit.starts_with('M') && is(factor, 1.0))
}

/// Equal, but for the last digits of a text.
fn is(value: f64, wanted: f64) -> bool {
    (value - wanted).abs() < 1e-9
}

/// Whether the text ends with one of these codes of EPSG (or of ESRI, who had their own first).
fn has_code(text: &str, codes: &[&str]) -> bool {
    let end = text.trim_end_matches(['"', ']']);
    codes.iter().any(|code| end.strip_suffix(code).is_some_and(|rest| rest.trim_end_matches('"').ends_with(',')))
}

/// The name and the number of each `KEYWORD["name",number`.
fn values<'a>(text: &'a str, keyword: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    text.split(keyword).skip(1).filter_map(|rest| {
        let (name, rest) = rest.strip_prefix('"')?.split_once("\",")?;
        Some((name, rest.split([',', ']']).next()?.parse().ok()?))
    })
}

fn starts_with_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.starts_with(word))
}

fn contains_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ESRI_WGS84: &str = "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],\
        PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";

    #[test]
    fn wgs84_is_known_in_every_dialect() {
        let ogc = "GEOGCS[\"WGS 84\", DATUM[\"WGS_1984\", SPHEROID[\"WGS 84\", 6378137, 298.257223563]], PRIMEM[\"Greenwich\", 0],\n\
            UNIT[\"degree\", 0.0174532925199433], AUTHORITY[\"EPSG\", \"4326\"]]";
        let iso = "GEOGCRS[\"WGS 84\",ENSEMBLE[\"World Geodetic System 1984 ensemble\",MEMBER[\"World Geodetic System 1984 (Transit)\"],\
            ELLIPSOID[\"WGS 84\",6378137,298.257223563,LENGTHUNIT[\"metre\",1]]],PRIMEM[\"Greenwich\",0,ANGLEUNIT[\"degree\",0.0174532925199433]],\
            CS[ellipsoidal,2],ID[\"EPSG\",4326]]";
        for text in [ESRI_WGS84, ogc, iso] {
            assert_eq!(System::parse(text), Some(System::Degrees), "{text}");
        }
    }

    #[test]
    fn web_mercator_is_known_in_every_dialect() {
        let ogc = format!(
            "PROJCS[\"WGS 84 / Pseudo-Mercator\",{ESRI_WGS84},PROJECTION[\"Mercator_1SP\"],PARAMETER[\"central_meridian\",0],\
            PARAMETER[\"scale_factor\",1],UNIT[\"metre\",1],AUTHORITY[\"EPSG\",\"3857\"]]"
        );
        let iso = "PROJCRS[\"WGS 84 / Pseudo-Mercator\",BASEGEOGCRS[\"WGS 84\",DATUM[\"x\"]],CONVERSION[\"y\",PARAMETER[\"False easting\",0,\
            LENGTHUNIT[\"metre\",1]]],CS[Cartesian,2],AXIS[\"x\",east,LENGTHUNIT[\"metre\",1]],ID[\"EPSG\",3857]]";
        assert_eq!(System::parse(&ogc), Some(System::WebMercator));
        assert_eq!(System::parse(iso), Some(System::WebMercator));
    }

    #[test]
    fn near_misses_are_refused() {
        let nad83 = "GEOGCS[\"GCS_North_American_1983\",DATUM[\"D_North_American_1983\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]]]";
        let utm = format!(
            "PROJCS[\"WGS_1984_UTM_Zone_33N\",{ESRI_WGS84},PROJECTION[\"Transverse_Mercator\"],UNIT[\"Meter\",1.0]]"
        );
        let shifted = format!(
            "PROJCS[\"x\",{ESRI_WGS84},PROJECTION[\"Mercator_Auxiliary_Sphere\"],PARAMETER[\"Central_Meridian\",150.0],UNIT[\"Meter\",1.0]]"
        );
        let feet = format!(
            "PROJCS[\"x\",{ESRI_WGS84},PROJECTION[\"Mercator_Auxiliary_Sphere\"],UNIT[\"Foot_US\",0.3048006096012192]]"
        );
        let paris = ESRI_WGS84.replace("\"Greenwich\",0.0", "\"Paris\",2.337229166667");
        for text in [nad83, &utm, &shifted, &feet, &paris, "", "EPSG:2154", "GEOGCS[\"", "PROJCS[,PARAMETER["] {
            assert_eq!(System::parse(text), None, "{text}");
        }
    }

    #[test]
    fn web_mercator_has_known_places() {
        let (lat, lon) = from_web_mercator(20_037_508.342_789_244, 20_037_508.342_789_244);
        assert!((lat - 85.051_128_779_806_6).abs() < 1e-9 && (lon - 180.0).abs() < 1e-9, "{lat} {lon}");
        assert_eq!(from_web_mercator(0.0, 0.0), (0.0, 0.0));
        assert!(from_web_mercator(0.0, f64::INFINITY).0.is_nan());
    }

    #[test]
    fn the_first_finite_vertex_decides_for_a_file_without_prj() {
        let unstated = || System::Unstated("there is no a.prj".to_owned());
        let mut degrees = unstated();
        assert_eq!(degrees.degrees(20.0, 10.0).ok(), Some((10.0, 20.0)));
        assert_eq!(degrees, System::Degrees, "a later outlier is that point's own fault");
        let mut metres = unstated();
        assert!(metres.degrees(f64::NAN, 0.0).is_ok());
        let fact = metres.degrees(723_414.4, 875_929.0).expect_err("metres");
        assert!(fact.contains("do not fit degrees, and there is no a.prj"), "{fact}");
    }
}
