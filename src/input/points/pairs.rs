//! The two numbers of a place in a record, whatever form they have there.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::members::{holder, is_blank, member};
use super::names::{Meaning, Named, meaning};
use crate::geo::Crs;
use crate::input::fields::{Axis, Fault, names};
use crate::input::geometry::geojson::{named, named_by_esri};
use crate::input::json::fixes::{float, text};
use crate::input::{Options, numbers, vocabulary};

/// Members that hold a place as an object or a pair of its own.
const INNER: [&str; 12] = [
    "location",
    "position",
    "coords",
    "coordinates",
    "coordinate",
    "point",
    "geometry",
    "geo",
    "latlng",
    "latlon",
    "gps",
    "place",
];
/// How many members that are called as axes are looked at.
const AXES: usize = 64;
/// How deep a member that holds a place may lie.
pub(super) const DEEPEST: u32 = 3;

/// The two numbers of a place, or what is wrong with them.
pub(super) type Pair = Result<[f64; 2], String>;

/// The first that is good, or else what is wrong with the first.
fn best(pairs: impl Iterator<Item = Pair>) -> Option<Pair> {
    let mut fault = None;
    for pair in pairs {
        if pair.is_ok() {
            return Some(pair);
        }
        fault.get_or_insert(pair);
    }
    fault
}

/// The numbers of a place, in the order of the coordinate system: latitude and longitude, or x and
/// y.
pub(super) fn pair_in(record: &Value, options: &Options, crs: Crs) -> Option<Pair> {
    let columns = &options.columns;
    if columns.geometry_field.is_some() {
        return None;
    }
    let both = if let (Some(lat), Some(lon)) = (&columns.lat_field, &columns.lon_field) {
        let values = [member(record, lat)?, member(record, lon)?];
        let letters = holder(record, lat).map_or([None; 2], letters);
        degrees(values, letters, crs)
    } else if crs.is_xy() {
        on_plane(record, crs)
    } else {
        return pair(record, columns.lon_lat, 0);
    }?;
    Some(if crs.is_xy() {
        both.map(|[y, x]| [x, y])
    } else {
        both
    })
}

/// y and x of a value.
fn on_plane(record: &Value, crs: Crs) -> Option<Pair> {
    match record {
        Value::Array(numbers) => degrees([numbers.get(1)?, numbers.first()?], [None; 2], crs),
        Value::Object(members) => {
            let known = [Meaning::plane, Meaning::degrees].into_iter();
            best(known.filter_map(|axis| called(members, axis, crs)))
        }
        _ => None,
    }
}

/// The latitude and the longitude of a value, whatever form it has.
pub(super) fn pair(value: &Value, lon_first: bool, depth: u32) -> Option<Pair> {
    match value {
        Value::Array(numbers) => {
            let [first, second] = [numbers.first()?, numbers.get(1)?];
            let both = if lon_first {
                [second, first]
            } else {
                [first, second]
            };
            degrees(both, [None; 2], Crs::Wgs84)
        }
        Value::String(text) => {
            let (lat, lon) = numbers::pair(text.as_bytes(), lon_first)?;
            Some(Ok([lat, lon]))
        }
        // A geometry in a system of its own is one as a whole.
        Value::Object(members) if is_elsewhere(members) => None,
        Value::Object(members) => {
            let known = [Meaning::degrees, Meaning::plane].into_iter();
            let named = known.filter_map(|axis| called(members, axis, Crs::Wgs84));
            let is_point = members.get("type").is_some_and(|kind| kind == "Point");
            let inner = INNER.iter().filter(|_| depth < DEEPEST).filter_map(|name| {
                let mut known = members.iter();
                let (_, inner) = known.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
                let is_position = is_point && *name == "coordinates";
                pair(inner, lon_first || is_position, depth + 1)
            });
            best(named.chain(inner))
        }
        _ => None,
    }
}

/// Whether an object is a geometry in a system that it names and that is not WGS 84.
fn is_elsewhere(members: &Map<String, Value>) -> bool {
    let of_esri = members.get("spatialReference").and_then(named_by_esri);
    let name = match (members.get("coordinates"), of_esri) {
        (_, Some(name)) => Some(name),
        (Some(_), None) => members.get("crs").and_then(named),
        (None, None) => None,
    };
    name.is_some_and(|name| Crs::named(&name, false) != Ok(Crs::Wgs84))
}

/// The first two members that are called latitude and longitude, or y and x, with the same words
/// beside that, those without any before the others. What is bad in them stays bad.
fn called(members: &Map<String, Value>, axis: fn(&Meaning) -> &Named, crs: Crs) -> Option<Pair> {
    let letters = letters(members);
    axes(members, axis).into_iter().find_map(|(scale, both)| {
        let both = both.map(|of| with_finer(members, of, crs));
        let both = degrees([&both[0], &both[1]], letters, crs)?;
        Some(both.map(|both| both.map(|number| number * scale)))
    })
}

/// A member and its name.
type Member<'a> = (&'a String, &'a Value);

/// Members that are called latitude and longitude, or y and x, with the same words beside that, and
/// what their numbers are to be multiplied by for degrees.
fn axes(members: &Map<String, Value>, axis: fn(&Meaning) -> &Named) -> Vec<(f64, [Member<'_>; 2])> {
    let named = members.iter().filter_map(|member| {
        let meaning = meaning(member.0);
        axis(&meaning).is_some().then_some((meaning, member))
    });
    let named: Vec<_> = named.take(AXES).collect();
    let of = |wanted| {
        named
            .iter()
            .filter_map(move |(meaning, member)| match axis(meaning) {
                Some((axis, key)) if *axis == wanted => Some((key, *member)),
                _ => None,
            })
    };
    let both = |(key, lat): (&String, _)| {
        let (_, lon) = of(Axis::Lon).find(|(other, _)| *other == key)?;
        Some((key.is_empty(), vocabulary::degrees_in(key), [lat, lon]))
    };
    let mut all: Vec<_> = of(Axis::Lat).filter_map(both).collect();
    all.sort_by_key(|(is_bare, ..)| !is_bare);
    let all = all.into_iter();
    all.map(|(_, scale, both)| (scale, both)).collect()
}

/// The value of a member, with its minutes and seconds where these are members of their own.
fn with_finer<'a>(
    members: &Map<String, Value>,
    (name, value): Member<'a>,
    crs: Crs,
) -> Cow<'a, Value> {
    let is_whole = !crs.is_xy() && float(value).is_some_and(|degrees| degrees.fract() == 0.0);
    let whole = meaning(name);
    let finer = |part| {
        let is_it = |(own, value): &Member<'_>| {
            let is_called_so = || vocabulary::finer(&meaning(own).compact, &whole.compact);
            !is_blank(value) && is_called_so() == Some(part)
        };
        let (_, value) = members.iter().find(is_it)?;
        Some(text(value))
    };
    match is_whole.then(|| finer(0)).flatten() {
        Some(minutes) => {
            let seconds = finer(1).unwrap_or_default();
            Cow::Owned([text(value), minutes, seconds].join(" ").trim_end().into())
        }
        None => Cow::Borrowed(value),
    }
}

/// The letters of the hemispheres, in members that are called as columns of tables with such.
fn letters(members: &Map<String, Value>) -> [Option<&str>; 2] {
    let mut found = [None; 2];
    for (name, value) in members {
        let text = value.as_str().unwrap_or_default().trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            continue;
        }
        match meaning(name).hemisphere {
            Some(Axis::Lat) => found[0] = found[0].or(Some(text)),
            Some(Axis::Lon) => found[1] = found[1].or(Some(text)),
            None => {}
        }
    }
    found
}

/// The numbers of two values, the latitude or y first, each with the letter of its hemisphere if
/// that stands apart. They are read as in tables; what there is no number or text in is no place.
fn degrees(values: [&Value; 2], letters: [Option<&str>; 2], crs: Crs) -> Option<Pair> {
    let is_written = |value: &&Value| (value.is_number() || value.is_string()) && !is_blank(value);
    values.iter().all(is_written).then_some(())?;
    let read = |at: usize| {
        let axis = [Axis::Lat, Axis::Lon][at];
        let what = names(crs)[if crs.is_xy() { 1 - at } else { at }];
        let letter = letters[at].filter(|_| !crs.is_xy());
        let plain = float(values[at]);
        if let (Some(number), None) = (plain, letter) {
            return Ok(number);
        }
        let number = plain.filter(|_| values[at].is_number());
        let text = number.map_or_else(|| text(values[at]), |number| number.to_string());
        let field = text.as_bytes();
        let number = match letter {
            Some(letter) => numbers::degrees_of(field, letter.as_bytes(), axis),
            None if crs.is_xy() => numbers::coordinate(field, true),
            None => numbers::degrees(field, axis),
        };
        let fault = || match letter {
            Some(letter) if plain.is_some() => Fault::Hemisphere(what, field, letter.as_bytes()),
            _ => Fault::field(what, field),
        };
        number.ok_or_else(|| fault().to_string())
    };
    Some(read(0).and_then(|first| Ok([first, read(1)?])))
}
