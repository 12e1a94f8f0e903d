//! Well-known text (WKT) of coordinate reference systems, written and read.
//!
//! Two systems on the earth are known, WGS 84 and Web Mercator. They are recognised by the few
//! words that tell them apart, in the spellings of ESRI, OGC (WKT 1) and ISO 19162 (WKT 2); all
//! others are not guessed at.

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
        }
    }
}
