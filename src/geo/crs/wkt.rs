//! Well-known text (WKT) of coordinate reference systems, written and read.
//!
//! WGS 84 and Web Mercator are recognised by the few words that tell them apart, in the spellings
//! of ESRI, OGC (WKT 1) and ISO 19162 (WKT 2). Of all others this finds name, code and datum, and
//! the crate `proj4wkt` the parameters.

use super::Crs;

/// As ESRI's programs write it into .prj files, which is what all others read.
pub(super) const WGS84: &str = "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],\
    PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";

/// The same of Web Mercator.
pub(super) fn web_mercator() -> String {
    format!(
        "PROJCS[\"WGS_1984_Web_Mercator_Auxiliary_Sphere\",{WGS84},PROJECTION[\"Mercator_Auxiliary_Sphere\"],\
        PARAMETER[\"False_Easting\",0.0],PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",0.0],\
        PARAMETER[\"Standard_Parallel_1\",0.0],PARAMETER[\"Auxiliary_Sphere_Type\",0.0],UNIT[\"Meter\",1.0]]"
    )
}

impl Crs {
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

/// Codes in the registry of EPSG, and older ones for the same.
const WEB_MERCATOR_CODES: [&str; 5] = ["3857", "3785", "900913", "102100", "102113"];

impl Crs {
    /// WGS 84 and Web Mercator by a code of EPSG, and what is within some 2 m of the former.
    pub(super) fn of_own_code(code: &str) -> Option<Self> {
        match code {
            "4326" | "4979" => Some(Self::Wgs84),
            code if NEAR_CODES.contains(&code) => Some(Self::Wgs84),
            code if WEB_MERCATOR_CODES.contains(&code) => Some(Self::WebMercator),
            _ => None,
        }
    }
}

/// Datums whose coordinates are within some 2 m of WGS 84, compacted: NAD83, ETRS89, GDA94,
/// GDA2020, CGCS2000 and their national realisations. They differ by the drift of continents (IOGP
/// Guidance Note 7-2 and the EPSG registry give their transformations to WGS 84 as null).
const NEAR: [&str; 28] = [
    "NORTHAMERICAN1983",
    "NORTHAMERICANDATUM1983",
    "NORTHAMERICANDATUMOF1983",
    "NAD1983",
    "NAD83",
    "NORTHAMERICAN1983CSRS",
    "NAD1983CSRS",
    "ETRS1989",
    "ETRS89",
    "ETRF",
    "EUROPEANTERRESTRIALREFERENCESYSTEM1989",
    "EUROPEANTERRESTRIALREFERENCESYSTEM89",
    "GDA1994",
    "GDA94",
    "GEOCENTRICDATUMOFAUSTRALIA1994",
    "GDA2020",
    "GEOCENTRICDATUMOFAUSTRALIA2020",
    "CHINA2000",
    "CGCS2000",
    "CHINAGEODETICCOORDINATESYSTEM2000",
    "NZGD2000",
    "NEWZEALANDGEODETICDATUM2000",
    "SIRGAS2000",
    "SISTEMADEREFERENCIAGEOCENTRICOPARALASAMERICAS2000",
    "SISTEMADEREFERENCIAGEOCENTRICOPARAAMERICADELSUR2000",
    "RGF1993",
    "RGF93",
    "RESEAUGEODESIQUEFRANCAIS1993",
];
/// Names of the datum of WGS 84, compacted.
const SAME: [&str; 3] = ["WGS1984", "WGS84", "WORLDGEODETICSYSTEM1984"];
/// The codes of such systems.
const NEAR_CODES: [&str; 9] = [
    "4269", "4617", "6318", "4258", "4283", "7844", "4490", "4167", "4674",
];

impl Crs {
    /// WGS 84, for the text of a geographic system that is not it, but within some 2 m.
    #[must_use]
    pub fn near_wkt(text: &str) -> Option<Self> {
        let text = compact(text);
        let text = text.split("VERTCS[").next().unwrap_or_default();
        let is_near = has_near_datum(text) || has_code(text, &NEAR_CODES);
        (is_geographic(text) && is_near).then_some(Self::Wgs84)
    }
}

/// Whether the datum of a text is within some 2 m of WGS 84.
pub(super) fn is_near_datum(text: &str) -> bool {
    has_near_datum(&compact(text))
}

/// The same of a text that was compacted.
fn has_near_datum(text: &str) -> bool {
    let datum = ["DATUM[\"", "ENSEMBLE[\""]
        .into_iter()
        .find_map(|word| text.split_once(word))
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or_default();
    // ESRI puts a D before the names of all datums.
    let names = [datum, datum.strip_prefix('D').unwrap_or(datum)];
    NEAR.iter()
        .chain(&SAME)
        .any(|near| names.iter().any(|name| name.starts_with(near)))
}

/// The part of a text that is about where things are and not about how high: of compound and bound
/// systems the first that they are made of.
pub(super) fn horizontal(text: &str) -> &str {
    let is_whole = ["COMPD_CS", "COMPOUNDCRS", "BOUNDCRS"]
        .iter()
        .all(|word| !text.trim_start().to_ascii_uppercase().starts_with(word));
    if is_whole {
        return text.trim();
    }
    let words = [
        "PROJCS[",
        "PROJCRS[",
        "PROJECTEDCRS[",
        "GEOGCS[",
        "GEOGCRS[",
        "GEODCRS[",
    ];
    let starts = words.iter().filter_map(|word| text.find(word));
    let inner = starts.min().map_or("", |start| &text[start..]);
    let mut depth = 0_i64;
    let end = inner.char_indices().find(|(_, c)| {
        depth += i64::from(*c == '[') - i64::from(*c == ']');
        *c == ']' && depth == 0
    });
    end.map_or(inner, |(at, _)| &inner[..=at])
}

/// Whether brackets lie deeper in one another than in the text of any system: these have 9, and a
/// parser that calls itself for each runs out of stack, whether it counts those in quotes or not.
pub(super) fn is_too_deep(text: &str) -> bool {
    const DEEPEST: usize = 24;
    let (mut depth, mut depth_outside, mut is_quoted) = (0_usize, 0_usize, false);
    text.bytes().any(|byte| {
        is_quoted ^= byte == b'"';
        for (depth, counts) in [(&mut depth, true), (&mut depth_outside, !is_quoted)] {
            match byte {
                b'[' | b'(' if counts => *depth += 1,
                b']' | b')' if counts => *depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        depth.max(depth_outside) > DEEPEST
    })
}

/// The code of EPSG with which a text ends. Those of what it is made of, such as its units, have
/// more brackets behind them.
pub(super) fn code(text: &str) -> Option<u16> {
    let text = compact(text);
    let end = text.trim_end_matches(']');
    let is_own = text.len() - end.len() <= 2;
    let (rest, code) = end.rsplit_once(',').filter(|_| is_own)?;
    let is_code = ["AUTHORITY[\"EPSG\"", "ID[\"EPSG\""]
        .iter()
        .any(|word| rest.ends_with(word));
    code.trim_matches('"').parse().ok().filter(|_| is_code)
}

/// The parameters of PROJ that a text has besides, which say more than the rest of it.
pub(super) fn extension(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("EXTENSION[\"PROJ4\"")?;
    rest.split('"').nth(1)
}

/// How many degrees the unit of a geographic system's numbers has, where it is another angle.
pub(super) fn odd_angle(text: &str) -> Option<f64> {
    let text = compact(text);
    let is_angle = |name: &str| !starts_with_any(name, &["MET", "FOOT", "USSURVEYFOOT"]);
    let units = values(&text, "UNIT[").filter(|(name, _)| is_angle(name));
    let degrees = units.last()?.1.to_degrees();
    (starts_with_any(&text, &GEOGRAPHIC) && (degrees - 1.0).abs() > 1e-6).then_some(degrees)
}

/// The first quoted name, which is the system's own, as messages show it.
pub(super) fn name(text: &str) -> String {
    super::shown(text.split('"').nth(1).unwrap_or(text.trim()))
}

/// The text without what the dialects disagree on: blanks, underscores, letter case and the shape
/// of brackets.
pub(super) fn compact(text: &str) -> String {
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

/// Words that geographic systems begin with.
const GEOGRAPHIC: [&str; 5] = [
    "GEOGCS[",
    "GEOGCRS[",
    "GEODCRS[",
    "GEODETICCRS[",
    "GEOGRAPHICCRS[",
];

/// Geographic, in degrees from Greenwich.
fn is_geographic(text: &str) -> bool {
    starts_with_any(text, &GEOGRAPHIC)
        && values(text, "PRIMEM[").all(|(_, longitude)| is(longitude, 0.0))
        && values(text, "UNIT[").all(|(unit, _)| !starts_with_any(unit, &["GRAD", "GON", "RADIAN"]))
}

/// Geographic, on the datum of WGS 84.
fn is_wgs84(text: &str) -> bool {
    let datum = [
        "DATUM[\"DWGS1984\"",
        "DATUM[\"WGS1984\"",
        "DATUM[\"WGS84\"",
        "DATUM[\"WORLDGEODETICSYSTEM1984",
        "ENSEMBLE[\"WORLDGEODETICSYSTEM1984",
    ];
    is_geographic(text) && (contains_any(text, &datum) || has_code(text, &["4326"]))
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
    fn datums_within_two_metres_are_near() {
        for datum in [
            "D_North_American_1983",
            "North_American_Datum_1983",
            "NAD83 (National Spatial Reference System 2011)",
            "D_NAD_1983_2011",
            "D_ETRS_1989",
            "European_Terrestrial_Reference_System_1989",
            "D_GDA_1994",
            "GDA2020",
            "D_China_2000",
            "China Geodetic Coordinate System 2000",
        ] {
            let text = format!(
                "GEOGCS[\"x\",DATUM[\"{datum}\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]"
            );
            assert_eq!(Crs::near_wkt(&text), Some(Crs::Wgs84), "{datum}");
            let projected = format!("PROJCS[\"y\",{text},UNIT[\"Meter\",1.0]]");
            assert_eq!(Crs::near_wkt(&projected), None, "{datum}");
        }
        for datum in [
            "D_North_American_1927",
            "D_European_1950",
            "D_Sphere",
            "D_Beijing_1954",
            "Tokyo",
        ] {
            let text = format!("GEOGCS[\"x\",DATUM[\"{datum}\"],PRIMEM[\"Greenwich\",0.0]]");
            assert_eq!(Crs::near_wkt(&text), None, "{datum}");
        }
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
        }
    }

    #[test]
    fn brackets_side_by_side_are_not_deep() {
        assert!(!is_too_deep(&"A[1],B(2),".repeat(100)));
        assert!(is_too_deep(&"A[".repeat(25)) && !is_too_deep(&"A[".repeat(24)));
        assert!(is_too_deep(&"A[\"b]]\",".repeat(25)));
        assert!(!is_too_deep(&"A[\"b (c)\"],".repeat(100)));
    }

    #[test]
    fn a_code_tells_a_system_whatever_else_its_text_says() {
        let own = |code: &str| Crs::of_own_code(code);
        assert_eq!(["4326", "4979", "4258"].map(own), [Some(Crs::Wgs84); 3]);
        assert_eq!(["3857", "28992"].map(own), [Some(Crs::WebMercator), None]);
        let text = |code: u32| {
            format!(
                r#"GEOGCS["x",DATUM["y",SPHEROID["z",6378137,298.25]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","{code}"]]"#
            )
        };
        assert_eq!(Crs::near_wkt(&text(4258)), Some(Crs::Wgs84));
        assert_eq!(Crs::near_wkt(&text(4267)), None);
    }
}
