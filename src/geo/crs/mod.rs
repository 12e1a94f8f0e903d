//! The coordinate reference systems (CRS) that places come in and pictures are in, as other
//! programs name them.
//!
//! Two systems on the earth are known, WGS 84 and Web Mercator. In well-known text (WKT) they are
//! recognised by the few words that tell them apart, in the spellings of ESRI, OGC (WKT 1) and ISO
//! 19162 (WKT 2); all others are not guessed at.

pub(super) mod mercator;

use self::mercator::EARTH_RADIUS;
use super::{Coord, NotAPlace, Projection};

/// A coordinate reference system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crs {
    /// Longitude and latitude in degrees of WGS 84: EPSG:4326. Data is in it unless it says
    /// otherwise.
    #[default]
    Wgs84,
    /// Metres of spherical Mercator as web maps use it: EPSG:3857.
    WebMercator,
    /// None on the earth: x and y of a plane in a unit of its own. Nobody has a number or a text
    /// for it.
    Plane {
        /// y goes down.
        y_down: bool,
    },
}

/// As ESRI's programs write it into .prj files, which is what all others read.
const WGS84: &str = "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],\
    PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";

impl Crs {
    /// How far from (0, 0) places on a plane may be, in either direction: there neighbouring
    /// numbers are 1/8192 apart.
    pub const FARTHEST: f64 = 1e12;

    /// Whether it is none of the earth, but x and y of a plane.
    #[must_use]
    pub const fn is_plane(self) -> bool {
        matches!(self, Self::Plane { .. })
    }

    /// The system that its places are in: WGS 84 all over the earth (the `BASEGEOGCRS` of WKT), and
    /// a plane itself.
    #[must_use]
    pub fn base(self) -> Self {
        match self {
            Self::Wgs84 | Self::WebMercator => Self::Wgs84,
            Self::Plane { .. } => self,
        }
    }

    /// The place at x (or the longitude) and y (or the latitude) in this system. The only way from
    /// the numbers of a file or an option to a place, and the only check of them.
    ///
    /// # Errors
    /// When one of them is not finite, or out of the range of places: ±180° and ±90°, or ±10¹² on a
    /// plane.
    pub fn place(self, x: f64, y: f64) -> Result<Coord, NotAPlace> {
        match self {
            Self::Wgs84 => on_earth(x, y),
            Self::Plane { .. } => on_plane(x, y),
            Self::WebMercator => {
                // An infinite northing would come out as a pole, though it is no place at all.
                let y = if y.is_finite() { y } else { f64::NAN };
                on_earth(
                    (x / EARTH_RADIUS).to_degrees(),
                    mercator::latitude(y / EARTH_RADIUS),
                )
            }
        }
    }

    /// The system that pictures of a projection are in.
    #[must_use]
    pub fn of(projection: Projection) -> Self {
        match projection {
            Projection::Mercator => Self::WebMercator,
            Projection::Equirectangular => Self::Wgs84,
            Projection::Plane { y_down } => Self::Plane { y_down },
        }
    }

    /// The projection of pictures in it.
    #[must_use]
    pub fn projection(self) -> Projection {
        match self {
            Self::Wgs84 => Projection::Equirectangular,
            Self::WebMercator => Projection::Mercator,
            Self::Plane { y_down } => Projection::Plane { y_down },
        }
    }

    /// Its number in the registry of EPSG, if it is on the earth.
    #[must_use]
    pub fn epsg(self) -> Option<u16> {
        match self {
            Self::Wgs84 => Some(4326),
            Self::WebMercator => Some(3857),
            Self::Plane { .. } => None,
        }
    }

    /// Its name in the registry of EPSG, or else that of its projection.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wgs84 => "WGS 84",
            Self::WebMercator => "WGS 84 / Pseudo-Mercator",
            Self::Plane { .. } => self.projection().name(),
        }
    }

    /// How long a degree of longitude is in its unit: 1 degree, or the metres of one at the
    /// equator. A plane has units for degrees.
    #[must_use]
    pub fn per_degree(self) -> f64 {
        match self {
            Self::Wgs84 | Self::Plane { .. } => 1.0,
            Self::WebMercator => Projection::metres_per_pixel(1.0),
        }
    }

    /// How its y changes from row to row of a picture, down: -1 where it goes up.
    pub(super) fn down(self) -> f64 {
        if self == (Self::Plane { y_down: true }) {
            1.0
        } else {
            -1.0
        }
    }

    /// Its well-known text in ESRI's spelling (WKT 1), for .prj files, if it is on the earth.
    #[must_use]
    pub fn wkt(self) -> Option<String> {
        match self {
            Self::Wgs84 => Some(WGS84.to_owned()),
            Self::WebMercator => Some(format!(
                "PROJCS[\"WGS_1984_Web_Mercator_Auxiliary_Sphere\",{WGS84},PROJECTION[\"Mercator_Auxiliary_Sphere\"],\
                PARAMETER[\"False_Easting\",0.0],PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",0.0],\
                PARAMETER[\"Standard_Parallel_1\",0.0],PARAMETER[\"Auxiliary_Sphere_Type\",0.0],UNIT[\"Meter\",1.0]]"
            )),
            Self::Plane { .. } => None,
        }
    }

    /// The system that a well-known text describes, if it is one of these.
    #[must_use]
    pub fn of_wkt(text: &str) -> Option<Self> {
        let text = compact(text);
        // ESRI appends the heights' system, with parameters of its own.
        let text = text.split("VERTCS[").next().unwrap_or_default();
        if is_wgs84(text) {
            Some(Self::Wgs84)
        } else if is_web_mercator(text) {
            Some(Self::WebMercator)
        } else {
            None
        }
    }
}

/// The place at a longitude and a latitude.
fn on_earth(lon: f64, lat: f64) -> Result<Coord, NotAPlace> {
    // Written so that NaN fails both.
    match (lat.abs() <= 90.0, lon.abs() <= 180.0) {
        (true, true) => Ok(Coord::unchecked(lon, lat)),
        (true, false) => Err(NotAPlace::Longitude(lon)),
        (false, _) if lat.abs() <= 180.0 && lon.abs() <= 90.0 => Err(NotAPlace::Swapped(lat)),
        (false, _) => Err(NotAPlace::Latitude(lat)),
    }
}

/// The place at x and y of a plane.
fn on_plane(x: f64, y: f64) -> Result<Coord, NotAPlace> {
    match (x.abs() <= Crs::FARTHEST, y.abs() <= Crs::FARTHEST) {
        (true, true) => Ok(Coord::unchecked(x, y)),
        (false, _) => Err(NotAPlace::X(x)),
        (true, false) => Err(NotAPlace::Y(y)),
    }
}

/// The text without what the dialects disagree on: blanks, underscores, letter case and the shape
/// of brackets.
fn compact(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '\u{feff}' | '\0'));
    kept.map(|c| match c {
        '(' => '[',
        ')' => ']',
        c => c.to_ascii_uppercase(),
    })
    .collect()
}

/// Geographic, on the datum of WGS 84, in degrees from Greenwich.
fn is_wgs84(text: &str) -> bool {
    let geographic = starts_with_any(
        text,
        &[
            "GEOGCS[",
            "GEOGCRS[",
            "GEODCRS[",
            "GEODETICCRS[",
            "GEOGRAPHICCRS[",
        ],
    );
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
    let words = [
        "WEBMERCATOR",
        "PSEUDO-MERCATOR",
        "PSEUDOMERCATOR",
        "MERCATORAUXILIARYSPHERE",
    ];
    let is_neutral =
        |(name, value): (&str, f64)| is(value, if name.starts_with("SCALE") { 1.0 } else { 0.0 });
    starts_with_any(text, &["PROJCS[", "PROJCRS[", "PROJECTEDCRS["])
        && (contains_any(text, &words)
            || has_code(text, &["3857", "3785", "900913", "102100", "102113"]))
        && values(text, "PARAMETER[").all(is_neutral)
        && values(text, "UNIT[")
            .last()
            .is_none_or(|(unit, factor)| unit.starts_with('M') && is(factor, 1.0))
}

/// Equal, but for the last digits of a text.
fn is(value: f64, wanted: f64) -> bool {
    (value - wanted).abs() < 1e-9
}

/// Whether the text ends with one of these codes of EPSG (or of ESRI, who had their own first).
fn has_code(text: &str, codes: &[&str]) -> bool {
    let end = text.trim_end_matches(['"', ']']);
    codes.iter().any(|code| {
        end.strip_suffix(code)
            .is_some_and(|rest| rest.trim_end_matches('"').ends_with(','))
    })
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

    #[test]
    fn web_mercator_has_known_places() {
        let edge = 20_037_508.342_789_244;
        let corner = Crs::WebMercator.place(edge, edge).unwrap();
        assert!(
            (corner.y() - 85.051_128_779_806_6).abs() < 1e-9 && (corner.x() - 180.0).abs() < 1e-9
        );
        assert_eq!(Crs::WebMercator.place(0.0, 0.0), Coord::lat_lon(0.0, 0.0));
        assert!(Crs::WebMercator.place(0.0, f64::INFINITY).is_err());
    }

    #[test]
    fn a_plane_goes_far_beyond_the_earth_and_not_for_ever() {
        let plane = Crs::Plane { y_down: true };
        for (x, y) in [(500.0, -1080.0), (-1e12, 1e12), (1e-300, 0.0)] {
            let place = plane.place(x, y).unwrap();
            assert_eq!((place.x(), place.y()), (x, y));
        }
        assert_eq!(
            plane.place(1.1e12, 0.0).unwrap_err().to_string(),
            "x 1100000000000 is not between -1e12 and 1e12"
        );
        assert_eq!(
            plane.place(0.0, f64::NEG_INFINITY),
            Err(NotAPlace::Y(f64::NEG_INFINITY))
        );
        assert!(plane.place(f64::NAN, 0.0).is_err() && plane.place(0.0, f64::NAN).is_err());
    }

    #[test]
    fn wgs84_is_known_in_every_dialect() {
        let ogc = "GEOGCS[\"WGS 84\", DATUM[\"WGS_1984\", SPHEROID[\"WGS 84\", 6378137, 298.257223563]], PRIMEM[\"Greenwich\", 0],\n\
            UNIT[\"degree\", 0.0174532925199433], AUTHORITY[\"EPSG\", \"4326\"]]";
        let iso = "GEOGCRS[\"WGS 84\",ENSEMBLE[\"World Geodetic System 1984 ensemble\",MEMBER[\"World Geodetic System 1984 (Transit)\"],\
            ELLIPSOID[\"WGS 84\",6378137,298.257223563,LENGTHUNIT[\"metre\",1]]],PRIMEM[\"Greenwich\",0,ANGLEUNIT[\"degree\",0.0174532925199433]],\
            CS[ellipsoidal,2],ID[\"EPSG\",4326]]";
        for text in [WGS84, ogc, iso] {
            assert_eq!(Crs::of_wkt(text), Some(Crs::Wgs84), "{text}");
        }
    }

    #[test]
    fn web_mercator_is_known_in_every_dialect() {
        let ogc = format!(
            "PROJCS[\"WGS 84 / Pseudo-Mercator\",{WGS84},PROJECTION[\"Mercator_1SP\"],PARAMETER[\"central_meridian\",0],\
            PARAMETER[\"scale_factor\",1],UNIT[\"metre\",1],AUTHORITY[\"EPSG\",\"3857\"]]"
        );
        let iso = "PROJCRS[\"WGS 84 / Pseudo-Mercator\",BASEGEOGCRS[\"WGS 84\",DATUM[\"x\"]],CONVERSION[\"y\",PARAMETER[\"False easting\",0,\
            LENGTHUNIT[\"metre\",1]]],CS[Cartesian,2],AXIS[\"x\",east,LENGTHUNIT[\"metre\",1]],ID[\"EPSG\",3857]]";
        assert_eq!(Crs::of_wkt(&ogc), Some(Crs::WebMercator));
        assert_eq!(Crs::of_wkt(iso), Some(Crs::WebMercator));
    }

    #[test]
    fn near_misses_are_refused() {
        let nad83 = "GEOGCS[\"GCS_North_American_1983\",DATUM[\"D_North_American_1983\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]]]";
        let utm = format!(
            "PROJCS[\"WGS_1984_UTM_Zone_33N\",{WGS84},PROJECTION[\"Transverse_Mercator\"],UNIT[\"Meter\",1.0]]"
        );
        let shifted = format!(
            "PROJCS[\"x\",{WGS84},PROJECTION[\"Mercator_Auxiliary_Sphere\"],PARAMETER[\"Central_Meridian\",150.0],UNIT[\"Meter\",1.0]]"
        );
        let feet = format!(
            "PROJCS[\"x\",{WGS84},PROJECTION[\"Mercator_Auxiliary_Sphere\"],UNIT[\"Foot_US\",0.3048006096012192]]"
        );
        let paris = WGS84.replace("\"Greenwich\",0.0", "\"Paris\",2.337229166667");
        for text in [
            nad83,
            &utm,
            &shifted,
            &feet,
            &paris,
            "",
            "EPSG:2154",
            "GEOGCS[\"",
            "PROJCS[,PARAMETER[",
        ] {
            assert_eq!(Crs::of_wkt(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for crs in [Crs::Wgs84, Crs::WebMercator] {
            assert_eq!(Crs::of_wkt(&crs.wkt().unwrap()), Some(crs));
            assert_eq!(Crs::of(crs.projection()), crs);
        }
    }
}
