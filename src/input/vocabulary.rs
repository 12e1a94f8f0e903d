//! Column names of latitudes and longitudes: camel case, prefixes, units and ten languages.
//!
//! A name is cut into words. One of them names the axis; the others, if they are no unit, are the
//! key by which a latitude finds its longitude (`start_lat` and `start_lng`).

use super::fields::{Axis, is_invisible};

/// Words for the two axes in ASCII, where they are words of their own.
const LAT: [&str; 33] = [
    "lat",
    "lati",
    "latdd",
    "latdeg",
    "latitute",
    "latitutde",
    "latitide",
    "latiude",
    "gpslat",
    "laiuskraad",
    "platums",
    "platuma",
    "latitude",
    "latitud",
    "latitudine",
    "lattitude",
    "reclat",
    "intptlat",
    "lats",
    "latitudes",
    "breite",
    "breitengrad",
    "geobreite",
    "breedtegraad",
    "breedte",
    "szerokosc",
    "sirka",
    "breddegrad",
    "breddgrad",
    "enlem",
    "lintang",
    "leveysaste",
    "leveyspiiri",
];
const LON: [&str; 42] = [
    "lon",
    "longi",
    "londd",
    "longdd",
    "londeg",
    "longdeg",
    "longtitute",
    "longitide",
    "lngdd",
    "gpslon",
    "gpslng",
    "pikkuskraad",
    "garums",
    "ilguma",
    "lng",
    "long",
    "longitude",
    "longitud",
    "longitudine",
    "longtitude",
    "reclong",
    "intptlon",
    "intptlong",
    "lons",
    "longs",
    "longitudes",
    "laenge",
    "laengengrad",
    "geolaenge",
    "lengtegraad",
    "lengte",
    "dlugosc",
    "delka",
    "laengdegrad",
    "lengdegrad",
    "langdgrad",
    "boylam",
    "bujur",
    "pituusaste",
    "pituuspiiri",
    "lngs",
    "longitute",
];
/// The same in other letters, wherever they stand in a name; longer ones before their beginnings.
const LAT_ANYWHERE: [&str; 21] = [
    "北緯",
    "geografska širina",
    "ширина",
    "широта",
    "纬度",
    "緯度",
    "위도",
    "خط العرض",
    "دائرة العرض",
    "عرض جغرافیایی",
    "अक्षांश",
    "অক্ষাংশ",
    "szerokość",
    "šířka",
    "πλάτος",
    "vĩ độ",
    "ละติจูด",
    "קו רוחב",
    "szélesség",
    "zemepisná šírka",
    "xətt eni",
];
const LON_ANYWHERE: [&str; 26] = [
    "東経",
    "geografska dužina",
    "дължина",
    "долгота",
    "довгота",
    "经度",
    "經度",
    "経度",
    "경도",
    "خط الطول",
    "طول جغرافیایی",
    "देशांतर",
    "देशान्तर",
    "দ্রাঘিমাংশ",
    "długość",
    "délka",
    "μήκος",
    "kinh độ",
    "ลองจิจูด",
    "קו אורך",
    "hosszúság",
    "längengrad",
    "länge",
    "längdgrad",
    "længdegrad",
    "zemepisná dĺžka",
];
/// Words that may be run together with what stands before them.
const RUN_TOGETHER: [(&str, Axis); 6] = [
    ("latitude", Axis::Lat),
    ("longitude", Axis::Lon),
    ("latitud", Axis::Lat),
    ("longitud", Axis::Lon),
    ("breitengrad", Axis::Lat),
    ("laengengrad", Axis::Lon),
];
/// Words that say nothing about which place it is.
const UNITS: [&str; 10] = [
    "deg", "degree", "degrees", "degs", "dd", "grad", "epsg", "4326", "n", "e",
];
/// Words of what belongs to a latitude and is none.
const OTHERS: [&str; 34] = [
    "accuracy",
    "error",
    "err",
    "std",
    "stddev",
    "sd",
    "sigma",
    "uncertainty",
    "precision",
    "dir",
    "direction",
    "ref",
    "reference",
    "hemisphere",
    "hemi",
    "hem",
    "indicator",
    "ind",
    "cardinal",
    "ns",
    "ew",
    "rad",
    "radians",
    "id",
    "count",
    "offset",
    "delta",
    "speed",
    "velocity",
    "source",
    "name",
    "variance",
    "quality",
    "minutes",
];
/// Of these, the words for a column of hemispheres.
const HEMISPHERES: [&str; 12] = [
    "sign",
    "dir",
    "direction",
    "ref",
    "hemisphere",
    "hemi",
    "hem",
    "indicator",
    "ind",
    "cardinal",
    "ns",
    "ew",
];
/// Words beside x and y that leave them coordinates.
const PLACE_WORDS: [&str; 14] = [
    "coord",
    "coordinate",
    "coordinates",
    "point",
    "pos",
    "position",
    "geo",
    "wgs84",
    "coords",
    "rd",
    "utm",
    "bng",
    "lv95",
    "lambert",
];
/// Names of columns that hold both numbers, in small letters without punctuation.
const BOTH: [&str; 39] = [
    "location",
    "locations",
    "geolocation",
    "coordinates",
    "coordinate",
    "coords",
    "coord",
    "latlon",
    "latlng",
    "latlong",
    "latitudelongitude",
    "lonlat",
    "lnglat",
    "longlat",
    "longitudelatitude",
    "position",
    "gps",
    "gpscoordinates",
    "gpslocation",
    "gpsposition",
    "point",
    "geopoint",
    "geopoint2d",
    "geom",
    "geometry",
    "wkt",
    "thegeom",
    "thegeometry",
    "geo",
    "geoloc",
    "shape",
    "koordinaten",
    "coordonnees",
    "coordenadas",
    "geometrycoordinates",
    "xy",
    "经纬度",
    "經緯度",
    "経緯度",
];

/// How names of columns that hold both numbers begin where the longitude comes first. That of a
/// geometry of GeoJSON, which was made flat, ends so.
const LON_FIRST: [&str; 6] = ["lon", "lng", "xy", "经", "經", "経"];

/// A name without byte order marks (also such as were read in another encoding), invisible
/// characters, quotes and the mark of a comment, in small letters.
pub(super) fn bare(name: &str) -> String {
    let visible: String = visible(name).collect();
    let edges = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '#' | '`' | '=');
    visible.trim_matches(edges).to_owned()
}

/// The characters of a name without byte order marks and what cannot be seen.
fn visible(name: &str) -> impl Iterator<Item = char> {
    let name = name.trim_start_matches("ï»¿");
    name.chars().filter(|&c| !is_invisible(c))
}

/// The keys of a line and their values: `lat=54.3 lon=10.1`, `lat: 54.3, lon: 10.1`. `None` if
/// anything else stands in it.
pub(super) fn keyed(line: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mark = |word: &[u8]| memchr::memchr2(b'=', b':', word);
    let words = line.split(|byte| byte.is_ascii_whitespace() || *byte == b';');
    let words = words.flat_map(parts).filter(|word| !word.is_empty());
    let (mut words, mut pairs) = (words.peekable(), Vec::new());
    while let Some(word) = words.next() {
        let (key, value) = if let Some(at) = mark(word) {
            (&word[..at], &word[at + 1..])
        } else {
            // The mark stands apart.
            let next = words.next_if(|next| mark(next) == Some(0))?;
            (word, &next[1..])
        };
        key.first().filter(|byte| !byte.is_ascii_digit())?;
        let is_value = |next: &&[u8]| mark(next).is_none() || next[0].is_ascii_digit();
        let mut apart = || words.next_if(is_value).unwrap_or_default();
        pairs.push((key, if value.is_empty() { apart() } else { value }));
    }
    Some(pairs)
}

/// The parts of a word, between which commas stand: what follows one is a key again, or there is
/// no more than the comma.
fn parts(word: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let is_end = |at: usize| {
            let next = &rest[at + 1..];
            let next = &next[..memchr::memchr(b',', next).unwrap_or(next.len())];
            let begins = next.first().is_none_or(u8::is_ascii_alphabetic);
            begins && (rest.len() == at + 1 || memchr::memchr2(b'=', b':', next).is_some())
        };
        let end = memchr::memchr_iter(b',', rest).find(|at| is_end(*at));
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after.strip_prefix(b",").unwrap_or(after);
        (!part.is_empty() || !rest.is_empty()).then_some(part)
    })
}

/// Whether a text has a word for an axis that no text in ASCII has.
pub(super) fn is_foreign(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = LAT_ANYWHERE.iter().chain(&LON_ANYWHERE);
    words.any(|word| lower.contains(word))
}

/// The axis of a name that stands for degrees, and its key.
pub(super) fn axis(name: &str) -> Option<(Axis, String)> {
    let (axis, rest) = split(name)?;
    let others = |word: &String| OTHERS.contains(&word.as_str());
    (!rest.iter().any(others)).then(|| (axis, rest.concat()))
}

/// What a number is to be multiplied by for degrees, in columns and members with a key: whole
/// numbers of ten millionths, as in `latitudeE7`, or of millionths.
pub(super) fn degrees_in(key: &str) -> f64 {
    match key {
        _ if key.ends_with("e7") => 1e-7,
        _ if key.ends_with("e6") => 1e-6,
        _ => 1.0,
    }
}

/// The axis of x and y, and the key.
pub(super) fn plane_axis(name: &str) -> Option<(Axis, String)> {
    let mut words = words(name);
    let compact = words.concat();
    match compact.as_str() {
        "xcoord" | "xcoordinate" => return Some((Axis::Lon, "coord".to_owned())),
        "ycoord" | "ycoordinate" => return Some((Axis::Lat, "coord".to_owned())),
        // Surveyors say which way x and y go, in English and in German.
        "easting" | "eastings" | "rechtswert" => return Some((Axis::Lon, "grid".to_owned())),
        "northing" | "northings" | "hochwert" => return Some((Axis::Lat, "grid".to_owned())),
        _ => {}
    }
    let at = words.iter().position(|word| word == "x" || word == "y")?;
    let axis = if words.remove(at) == "y" {
        Axis::Lat
    } else {
        Axis::Lon
    };
    let known = |word: &String| PLACE_WORDS.contains(&word.as_str());
    words.iter().all(known).then(|| (axis, words.concat()))
}

/// Whether a column of this name holds hemispheres, of whichever axis.
pub(super) fn is_hemisphere(name: &str) -> bool {
    matches!(words(name).concat().as_str(), "hemisphere" | "hemi" | "hem")
}

/// The axis whose hemisphere a column of this name would hold.
pub(super) fn hemisphere(name: &str) -> Option<Axis> {
    let words = words(name);
    match words.concat().as_str() {
        "ns" | "nsindicator" | "nsind" | "northsouth" | "nshemisphere" | "nshemi" | "latdir"
        | "latref" | "latitudedir" | "latituderef" | "lathemi" | "gpslatituderef" | "latns" => {
            return Some(Axis::Lat);
        }
        "ew" | "ow" | "eo" | "ewindicator" | "ewind" | "eastwest" | "ewhemisphere" | "ewhemi"
        | "londir" | "lonref" | "lngref" | "lngdir" | "longitudedir" | "longituderef"
        | "lonhemi" | "gpslongituderef" | "lonew" | "we" => return Some(Axis::Lon),
        _ => {}
    }
    let (axis, rest) = split(name)?;
    let tells = |word: &String| HEMISPHERES.contains(&word.as_str());
    rest.iter().any(tells).then_some(axis)
}

/// Units behind the names of columns of degrees, where those of their minutes and seconds have
/// others.
const DEGREES: [&str; 7] = ["degrees", "degree", "deg", "grados", "gradi", "grad", "d"];
/// The same of minutes and of seconds; a letter goes with a letter.
const FINER: [&[&str]; 2] = [
    &["minutes", "minute", "min", "minuten", "minutos", "minuti"],
    &[
        "seconds", "second", "sec", "sekunden", "segundos", "secondi",
    ],
];

/// The words of a name without what is between them.
pub(super) fn compact(name: &str) -> String {
    words(name).concat()
}

/// Whether a column of this name holds the minutes (0) or the seconds (1) of degrees in another,
/// both [compact].
pub(super) fn finer(name: &str, degrees: &str) -> Option<usize> {
    let unit = DEGREES.iter().find(|unit| degrees.ends_with(**unit));
    let unit = unit.copied().unwrap_or_default();
    let stem = degrees.strip_suffix(unit).filter(|stem| !stem.is_empty())?;
    let rest = name.strip_prefix(stem)?;
    match rest {
        "m" if unit == "d" => Some(0),
        "s" if unit == "d" => Some(1),
        // Beside nothing but degrees it is the least of them.
        "min" if unit.is_empty() => None,
        rest => FINER.iter().position(|names| names.contains(&rest)),
    }
}

/// Whether a column of this name may hold both numbers: `location`, `lonlat`, `GPS (lat, lon)`.
pub(super) fn is_both(name: &str) -> bool {
    let words = words(name);
    let says_nothing = |word: &String| {
        let is_axis = axis_in(word).is_some();
        let word = word.as_str();
        is_axis || UNITS.contains(&word) || PLACE_WORDS.contains(&word) || BOTH.contains(&word)
    };
    BOTH.contains(&words.concat().as_str())
        || (axes_in(&words).is_some() && words.iter().all(says_nothing))
}

/// Whether a column of this name that holds both numbers has the longitude first.
pub(super) fn is_lon_first(name: &str) -> bool {
    let words = words(name);
    let compact = words.concat();
    let begins = |front: &&str| compact.starts_with(*front);
    let run_together = || LON_FIRST.iter().any(begins) || compact.ends_with("geometrycoordinates");
    axes_in(&words).map_or_else(run_together, |(lat, lon)| lon < lat)
}

/// Where words for both axes stand among others.
fn axes_in(words: &[String]) -> Option<(usize, usize)> {
    let at = |wanted| {
        let mut axes = words.iter().map(|word| axis_in(word));
        axes.position(|axis| axis == Some(wanted))
    };
    Some((at(Axis::Lat)?, at(Axis::Lon)?))
}

/// The axis that a word names, also as x or y.
fn axis_in(word: &str) -> Option<Axis> {
    let (axis, _) = axis(word).or_else(|| plane_axis(word))?;
    Some(axis)
}

/// The axis that one word of a name stands for, and its other words.
fn split(name: &str) -> Option<(Axis, Vec<String>)> {
    let mut words = words(name);
    if words.is_empty() {
        return None;
    }
    // None of the words that may stand anywhere is ASCII.
    let lower = (!name.is_ascii()).then(|| name.to_lowercase());
    let lower = lower.as_deref().unwrap_or_default();
    let anywhere = |list: &[&'static str]| list.iter().copied().find(|word| lower.contains(word));
    let of = |word: &String| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let lat = LAT.contains(&word).then_some(Axis::Lat);
        lat.or_else(|| LON.contains(&word).then_some(Axis::Lon))
    };
    let (axis, rest) = if let Some(at) = words.iter().position(|word| of(word).is_some()) {
        let word = words.remove(at);
        let axis = of(&word)?;
        // A name of both axes is that of neither.
        words.iter().all(|word| of(word).is_none()).then_some(())?;
        // A name may be there in two languages.
        let known = anywhere(&LAT_ANYWHERE).or_else(|| anywhere(&LON_ANYWHERE));
        if let Some(known) = known {
            let known = self::words(known);
            words.retain(|word| !known.contains(word));
        }
        // `INTPTLAT20`, `lat2`.
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        words.push(word[letters..].to_owned());
        (axis, words)
    } else if BOTH.contains(&words.concat().as_str()) {
        return None;
    } else if let Some(found) = anywhere(&LAT_ANYWHERE) {
        anywhere(&LON_ANYWHERE).is_none().then_some(())?;
        (Axis::Lat, self::words(&lower.replace(found, " ")))
    } else if let Some(found) = anywhere(&LON_ANYWHERE) {
        (Axis::Lon, self::words(&lower.replace(found, " ")))
    } else {
        let last = words.pop()?;
        let (stem, axis) = RUN_TOGETHER
            .iter()
            .find_map(|(end, axis)| Some((last.strip_suffix(end)?, *axis)))?;
        words.push(stem.to_owned());
        (axis, words)
    };
    Some((axis, without_units(rest, axis)))
}

/// The words beside that of an axis that say which place it is.
fn without_units(mut rest: Vec<String>, axis: Axis) -> Vec<String> {
    let has = |wanted: &str| rest.iter().any(|word| word == wanted);
    let has_sides = has("n") && has("s") || has("e") && has("w");
    // `Latitude N/S` has letters beside its numbers; `degrees_north` is a unit of netCDF.
    let sides: &[&str] = match (has_sides, has("degrees")) {
        (true, _) => &["s", "w"],
        (_, true) => &["north", "east"],
        _ => &[],
    };
    let own = if axis == Axis::Lat { "y" } else { "x" };
    rest.retain(|word| {
        let word = word.as_str();
        !UNITS.contains(&word) && word != own && !sides.contains(&word)
    });
    rest
}

/// The words of a name in small letters: cut at punctuation and where capitals begin. There are none
/// without letters, nor in what is too long for a name.
fn words(name: &str) -> Vec<String> {
    const LONGEST: usize = 1000;
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    if name.len() > LONGEST || !name.bytes().any(is_letter) {
        return Vec::new();
    }
    let mut visible = visible(name).peekable();
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut before = None;
    while let Some(c) = visible.next() {
        let begins = c.is_uppercase()
            && before.is_some_and(|before: char| {
                let mut after = || visible.peek().is_some_and(|after| after.is_lowercase());
                before.is_lowercase() || before.is_uppercase() && after()
            });
        before = Some(c);
        if (begins || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_may_stand_anywhere_are_not_ascii() {
        assert!(
            LAT_ANYWHERE
                .iter()
                .chain(&LON_ANYWHERE)
                .all(|word| !word.is_ascii())
        );
    }

    #[test]
    fn pairs_of_names_share_a_key() {
        for (lat, lon) in [
            ("decimalLatitude", "decimalLongitude"),
            ("GPSLatitude", "GPSLongitude"),
            ("CurrentLatitude", "CurrentLongitude"),
            ("start_lat", "start_lng"),
            ("stop_lat", "stop_lon"),
            ("location-lat", "location-long"),
            ("latitude_deg", "longitude_deg"),
            ("fooLat", "fooLon"),
            ("lat (deg)", "lon (deg)"),
            ("[lat]", "[lon]"),
            ("y_lat", "x_lon"),
            ("Breite", "Länge"),
            ("geogr. Breite", "geogr. Länge"),
            ("latitud", "longitud"),
            ("latitudine", "longitudine"),
            ("Широта", "Долгота"),
            ("纬度", "经度"),
            ("緯度", "経度"),
            ("위도", "경도"),
            ("خط العرض", "خط الطول"),
            ("अक्षांश", "देशांतर"),
            ("অক্ষাংশ", "দ্রাঘিমাংশ"),
            ("szerokość geograficzna", "długość geograficzna"),
            ("breedtegraad", "lengtegraad"),
            ("enlem", "boylam"),
            ("startlatitude", "startlongitude"),
            ("INTPTLAT", "INTPTLONG"),
            ("# lat", "lon"),
            ("\u{feff}lat", "lon"),
            ("ï»¿lat", "lon"),
            ("Latitude [°N]", "Longitude [°E]"),
            ("Breitengrad", "Längengrad"),
            ("geografska širina", "geografska dužina"),
            ("ширина", "дължина"),
            ("北緯", "東経"),
            ("Vĩ độ (Latitude)", "Kinh độ (Longitude)"),
            ("LATDD", "LONDD"),
            ("Latitute", "Longtitude"),
            ("INTPTLAT20", "INTPTLON20"),
            ("lat2", "lon2"),
            ("latitude_degrees_north", "longitude_degrees_east"),
            ("LATITUDE N/S", "LONGITUDE E/W"),
        ] {
            let (found, partner) = (axis(lat), axis(lon));
            assert_eq!(
                found.as_ref().map(|found| found.0),
                Some(Axis::Lat),
                "{lat}"
            );
            assert_eq!(
                partner.as_ref().map(|found| found.0),
                Some(Axis::Lon),
                "{lon}"
            );
            assert_eq!(found.map(|f| f.1), partner.map(|f| f.1), "{lat} {lon}");
        }
    }

    #[test]
    fn what_only_belongs_to_a_latitude_is_none() {
        for name in [
            "lat_accuracy",
            "LatitudeDir",
            "lat/lon",
            "lat/long",
            "经纬度",
            "緯度経度",
            "flat",
            "plate",
            "date",
            "data",
        ] {
            assert_eq!(axis(name), None, "{name}");
        }
        for name in ["N/S", "LatitudeDir", "lat_ref", "NS", "GPSLatitudeRef"] {
            assert_eq!(hemisphere(name), Some(Axis::Lat), "{name}");
        }
        for name in ["E/W", "LongitudeDir", "lon_ref", "EW", "GPSLongitudeRef"] {
            assert_eq!(hemisphere(name), Some(Axis::Lon), "{name}");
        }
        for (name, lon_first) in [
            ("lat, lon", false),
            ("LonLat", true),
            ("Location (Lat, Long)", false),
            ("GPS (lon lat)", true),
            ("Längengrad / Breitengrad", true),
            ("X,Y", true),
            ("xy", true),
            ("geometry.coordinates", true),
            ("经纬度", true),
        ] {
            assert_eq!(
                (is_both(name), is_lon_first(name)),
                (true, lon_first),
                "{name}"
            );
        }
        for name in ["id", "stations by lat and lon"] {
            assert!(!is_both(name), "{name}");
        }
    }
}
