//! JSON of points: arrays of pairs (`[[lat, lon, weight], …]`), and objects whose members have
//! known names, in an array, in an array that is a member, as members, or one in a line.
//!
//! What is a place in an object is found as in tables: by the names of its members, or of those of
//! a member such as `location`. An object with an encoded polyline, as sports services give them,
//! is a track.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::columns::{Field, Header, accuracy_rank, is_moment};
use super::condition::Condition;
use super::csv::tell_unread;
use super::fields::{Axis, Fault, count, finite, names, number, place, quoted};
use super::geometry::{Row, draw};
use super::interleaved::{self, Interleaved};
use super::json::Outline;
use super::json::elements::{Element, Records, are_records, each, on_lines, side_by_side};
use super::json::fixes::{float, moment};
use super::json::members::Lookup;
use super::numbers::{self, Decimal};
use super::opened::{Head, Opened};
use super::polyline::{self, Encoding};
use super::reader::{Places, Reader};
use super::{Manner, Oddity, Options, Report, Sink, time, vocabulary};
use crate::error::Result;
use crate::geo::{Crs, Shape};

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
/// How deep such a member may lie.
const DEEPEST: u32 = 3;
/// The number of the weight in an array without names.
const THIRD: usize = 3;

pub(super) static READER: Reader = Reader {
    name: "json",
    title: "JSON of points",
    extensions: &[],
    companions: &[],
    detect,
    certain: true,
    places: Places::Any,
    read,
};

/// Whether one of the first records has a place or a track.
fn detect(head: &Head) -> bool {
    Outline::of(head).is_some() && (count_places(head, records(head)) > 0 || is_keyed(head))
}

/// Whether an object has several places for its members, each under a name of its own.
fn is_keyed(head: &Head) -> bool {
    count_places(head, Records::Values) > 1
}

/// How many of the first records have a place or a track.
fn count_places(head: &Head, records: Records<'_>) -> usize {
    let text = head.text().unwrap_or_default();
    let mut report = Report::default();
    let mut sink = Sink::new("", Manner::default(), &|_| {}, &mut report);
    let (options, mut found) = (Options::default(), 0);
    let looked = each(&text[..], records, &mut sink, |element, sink| {
        let record = element.value(sink)?;
        found += usize::from(record.is_some_and(|record| {
            let has_place = || matches!(pair(&record, false, 0), Some(Ok(_)));
            track(&record, &options).is_some() || has_place()
        }));
        Ok(())
    });
    looked.map_or(0, |()| found)
}

/// What the records of a document are: its lines, if most of the first are such; else, where an
/// object is all of the first line, objects one after the other. An object that has no array in it
/// is one of several.
fn records(head: &Head) -> Records<'static> {
    let lines = on_lines(head);
    let mut objects = lines.iter().flatten().filter_map(Value::as_object);
    match objects.next() {
        Some(object) if object.values().any(is_of_objects) => Records::Members,
        _ if are_records(&lines, head) => Records::Lines,
        _ if matches!(lines.first(), Some(Some(Value::Object(_)))) => Records::Whole,
        _ => Records::Members,
    }
}

fn is_of_objects(value: &Value) -> bool {
    let elements = value.as_array();
    elements.is_some_and(|elements| elements.iter().any(|one| one.is_object() || one.is_array()))
}

fn read(opened: Opened<'_>, options: &Options, sink: &mut Sink) -> Result<()> {
    let conditions = options.columns.conditions.iter();
    let lookup = Lookup::of(conditions.map(|(field, _)| shown(field)));
    all(opened, options, &lookup, sink)?;
    lookup.check("member", sink)
}

/// The options with the columns of the place and the number of the weight, where arrays have their
/// names in front: in a first array of nothing but texts, as the `fields` of the rows, or as their
/// first row.
fn with_columns(head: &Head, options: &Options, sink: &Sink) -> Option<(Options, Option<usize>)> {
    let asked = &options.columns;
    let is_free = asked.lat_field.is_none() && asked.lon_field.is_none();
    let text = is_free.then(|| head.text()).flatten()?;
    let names = memchr::memchr_iter(b'[', &text).find_map(|at| {
        let mut values = serde_json::Deserializer::from_slice(&text[at..]).into_iter();
        let names: Vec<String> = values.next()?.ok()?;
        Some(names).filter(|names| names.len() > 1)
    })?;
    let weight = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case("weight"));
    let header = Header::new(names.iter().map(String::as_bytes));
    let (lat, lon) = header.named_pair(None, None, sink.manner().crs.is_xy())?;
    let mut options = options.clone();
    options.columns.lat_field = Some(Field::Number(lat + 1));
    options.columns.lon_field = Some(Field::Number(lon + 1));
    Some((options, weight.map(|at| at + 1)))
}

fn all(opened: Opened<'_>, options: &Options, lookup: &Lookup, sink: &mut Sink) -> Result<()> {
    let named = with_columns(opened.head(), options, sink);
    let unnamed = (options, Some(THIRD));
    let (options, weight) = named
        .as_ref()
        .map_or(unnamed, |(options, at)| (options, *at));
    let records = match records(opened.head()) {
        usual if count_places(opened.head(), usual) > 0 => usual,
        _ if is_keyed(opened.head()) => Records::Values,
        usual => usual,
    };
    sink.note_system(sink.manner().crs);
    if options.columns.track_field.is_none() {
        return side_by_side(opened.stream(), records, sink, |element, sink| {
            record(element, options, weight, lookup, None, sink)
        });
    }
    // What a record is joined to depends on all records before, so they are read one after the
    // other.
    let mut tracks = Interleaved::new(&options.columns.track_memory);
    time::settle_order(&opened, options.columns.order_field.is_some(), sink);
    each(opened.stream(), records, sink, |element, sink| {
        record(element, options, weight, lookup, Some(&mut tracks), sink)
    })?;
    tracks.end(sink);
    Ok(())
}

fn record(
    element: Element<'_>,
    options: &Options,
    weight_at: Option<usize>,
    lookup: &Lookup,
    tracks: Option<&mut Interleaved>,
    sink: &mut Sink,
) -> Result<()> {
    let at = element.number;
    let Some(record) = element.value(sink)?.filter(|record| !is_names(record)) else {
        return Ok(());
    };
    sink.record();
    if let Some(oddity) = unmet(&record, options, lookup, &sink.manner()) {
        return sink.odd(oddity, at);
    }
    let crs = sink.manner().crs;
    let Some(weight) = weight(&record, options, weight_at, at, sink)? else {
        return Ok(());
    };
    if let Some(field) = &options.columns.count_field {
        let text = member(&record, field).map(text).unwrap_or_default();
        match count(text.as_bytes()) {
            Ok(count) => sink.stands_for(count),
            Err(fault) => return sink.skip(at, fault),
        }
    }
    let time = time_of(&record, options, at, sink)?;
    if let Some(field) = &options.columns.part_field {
        let part = member(&record, field).map(text).unwrap_or_default();
        sink.part(part.as_bytes());
    }
    if let Some(line) = track(&record, options) {
        let row = Row { weight, time, at };
        return match line {
            Ok(Some(line)) => draw(Crs::Wgs84, &line, row, sink),
            Ok(None) => sink.odd(Oddity::NoGeometry, at),
            Err(text) => {
                let shown = quoted(text.as_bytes());
                sink.skip(at, format_args!("{shown} is no encoded polyline"))
            }
        };
    }
    let lon_first = options.columns.lon_lat;
    let [first, second] = match pair_in(&record, options, crs, lon_first) {
        Some(Ok(both)) => both,
        Some(Err(fault)) => return sink.skip(at, fault),
        None => return sink.odd(Oddity::NoFix, at),
    };
    if holds_places(&record, 0) {
        sink.odd(Oddity::InnerPlaces, at)?;
    }
    let point = match place(crs, first, second) {
        Ok(place) => Shape::point(place).weighing(weight).when(time),
        Err(fault) => return sink.skip(at, fault),
    };
    let Some(tracks) = tracks else {
        return sink.point(point, at);
    };
    let columns = &options.columns;
    let text = |field: &Field| member(&record, field).map(text).unwrap_or_default();
    let track = columns.track_field.as_ref().map(text).unwrap_or_default();
    let row = interleaved::Row {
        track: track.as_bytes(),
        order: columns
            .order_field
            .as_ref()
            .map(|field| text(field).into_bytes().into()),
        point,
        is_located: false,
        at,
    };
    tracks.take(&row, sink)
}

/// Whether there are objects with places in an array within a record.
fn holds_places(record: &Value, depth: u32) -> bool {
    match record {
        Value::Object(members) if depth <= DEEPEST => {
            let mut values = members.values();
            values.any(|value| holds_places(value, depth + 1))
        }
        Value::Array(all) => {
            let mut first = all.first().into_iter().filter(|first| first.is_object());
            first.any(|first| matches!(pair(first, false, 0), Some(Ok(_))))
        }
        _ => false,
    }
}

/// Whether a record is a name of a column, or all of them.
fn is_names(record: &Value) -> bool {
    let is_word = |value: &Value| {
        let text = value.as_str();
        text.is_some_and(|text| !text.bytes().any(|byte| byte.is_ascii_digit()))
    };
    let all = record.as_array().filter(|all| all.len() > 1);
    is_word(record) || all.is_some_and(|all| all.iter().all(is_word))
}

/// The name of a member that is looked for.
fn shown(field: &Field) -> String {
    match field {
        Field::Name(name) => name.clone(),
        Field::Number(number) => number.to_string(),
    }
}

/// Why a record is not wanted, if it is not. A member that is not there is as one with nothing in
/// it.
fn unmet(record: &Value, options: &Options, lookup: &Lookup, manner: &Manner) -> Option<Oddity> {
    if !lookup.is_over() {
        let names = record.as_object().into_iter().flat_map(Map::keys);
        names.for_each(|name| lookup.pass(name));
        let asked = options.columns.conditions.iter().map(|(field, _)| field);
        let there = asked.filter(|field| member(record, field).is_some());
        there.for_each(|field| lookup.meet(&shown(field)));
    }
    let mut conditions = options.columns.conditions.iter();
    let is_met = |(field, condition): &(Field, Condition)| {
        let text = member(record, field).map(text).unwrap_or_default();
        condition.holds(text.as_bytes(), number(text.as_bytes()))
    };
    if !conditions.all(is_met) {
        return Some(Oddity::OtherValue);
    }
    manner.max_accuracy?;
    let members = record.as_object()?.iter();
    let ranked = members.filter_map(|(name, value)| Some((accuracy_rank(name)?, float(value)?)));
    let metres = ranked
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, metres)| metres);
    (!manner.is_accurate(metres)).then_some(Oddity::Inaccurate)
}

/// A value as a table would have it.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The two numbers of a place, or what is wrong with them.
type Pair = std::result::Result<[f64; 2], String>;

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
fn pair_in(record: &Value, options: &Options, crs: Crs, lon_first: bool) -> Option<Pair> {
    let columns = &options.columns;
    let both = if let (Some(lat), Some(lon)) = (&columns.lat_field, &columns.lon_field) {
        let values = [member(record, lat)?, member(record, lon)?];
        let letters = holder(record, lat).map_or([None; 2], letters);
        degrees(values, letters, crs)
    } else if crs.is_xy() {
        on_plane(record, crs)
    } else {
        return pair(record, lon_first, 0);
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
            let known = [vocabulary::plane_axis, vocabulary::axis].into_iter();
            best(known.filter_map(|axis| called(members, axis, crs)))
        }
        _ => None,
    }
}

/// The latitude and the longitude of a value, whatever form it has.
fn pair(value: &Value, lon_first: bool, depth: u32) -> Option<Pair> {
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
        Value::Object(members) => {
            let known = [vocabulary::axis, vocabulary::plane_axis].into_iter();
            let named = known.filter_map(|axis| called(members, axis, Crs::Wgs84));
            let lon_first = lon_first || members.get("type").is_some_and(|kind| kind == "Point");
            let inner = INNER.iter().filter(|_| depth < DEEPEST).filter_map(|name| {
                let mut known = members.iter();
                let (_, inner) = known.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
                pair(inner, lon_first, depth + 1)
            });
            best(named.chain(inner))
        }
        _ => None,
    }
}

/// The first two members that are called latitude and longitude, or y and x, with the same words
/// beside that.
fn called(
    members: &Map<String, Value>,
    axis: fn(&str) -> Option<(Axis, String)>,
    crs: Crs,
) -> Option<Pair> {
    let axes = members.iter().filter_map(|member| {
        let (axis, key) = axis(member.0)?;
        Some((axis, key, member))
    });
    let axes: Vec<_> = axes.collect();
    let of = |wanted| axes.iter().filter(move |(axis, ..)| *axis == wanted);
    best(of(Axis::Lat).filter_map(|(_, key, lat)| {
        let (.., lon) = of(Axis::Lon).find(|(_, other, _)| other == key)?;
        let scale = vocabulary::degrees_in(key);
        let both = [lat, lon].map(|of| with_finer(members, *of, crs));
        let both = degrees([&both[0], &both[1]], letters(members), crs)?;
        Some(both.map(|both| both.map(|number| number * scale)))
    }))
}

/// The value of a member, with its minutes and seconds where these are members of their own.
fn with_finer<'a>(
    members: &Map<String, Value>,
    (name, value): (&String, &'a Value),
    crs: Crs,
) -> Cow<'a, Value> {
    let is_whole = !crs.is_xy() && float(value).is_some_and(|degrees| degrees.fract() == 0.0);
    let finer = |part| {
        let is_it = |(own, value): &(&String, &Value)| {
            !is_blank(value) && vocabulary::finer(own, name) == Some(part)
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
        match vocabulary::hemisphere(name) {
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
        let text = plain.map_or_else(|| text(values[at]), |number| number.to_string());
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

/// The object in which a field names a member.
fn holder<'a>(record: &'a Value, field: &Field) -> Option<&'a Map<String, Value>> {
    let inner = match field {
        Field::Name(name) if record.get(name).is_none() => {
            let (holder, _) = name.rsplit_once('.')?;
            member(record, &Field::Name(holder.to_owned()))?
        }
        _ => record,
    };
    inner.as_object()
}

/// The member that a field names: the one of its number in an array, or of its name, in which dots
/// lead into inner objects.
fn member<'a>(record: &'a Value, field: &Field) -> Option<&'a Value> {
    match field {
        Field::Number(number) => record.get(number.checked_sub(1)?),
        Field::Name(name) => record.get(name).or_else(|| {
            let mut parts = name.split('.');
            parts.try_fold(record, |value, part| value.get(part))
        }),
    }
}

/// What a record weighs, read as in a table; `None` if it is bad without a weight. In an array that
/// has a number of its own.
fn weight(
    record: &Value,
    options: &Options,
    weight_at: Option<usize>,
    at: u64,
    sink: &mut Sink,
) -> Result<Option<f64>> {
    let asked = options.columns.weight_field.as_ref();
    let named = || match record {
        Value::Array(_) => member(record, &Field::Number(weight_at?)),
        _ => record.get("weight"),
    };
    let value = asked.map_or_else(named, |field| member(record, field));
    let value = value.filter(|value| !is_blank(value));
    let spelled = |value| numbers::weight(text(value).as_bytes(), mark(record, options));
    let read = value.and_then(|value| float(value).or_else(|| spelled(value)));
    match (read.map(finite), asked, value) {
        (Some(Ok(weight)), ..) => Ok(Some(weight)),
        (Some(Err(fault)), ..) => sink.skip(at, fault).map(|()| None),
        (None, Some(field), _) => {
            let fact = format_args!("no weight: there is no number in {field}");
            sink.skip(at, fact).map(|()| None)
        }
        (None, None, Some(value)) => {
            tell_unread(Some(text(value).as_bytes()), at, sink).map(|()| Some(1.0))
        }
        (None, None, None) => Ok(Some(1.0)),
    }
}

/// Whether there is nothing in a value.
fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// The mark before the decimals of a weight: that of the place beside it.
fn mark(record: &Value, options: &Options) -> Decimal {
    let has_comma = |value: &Value| value.as_str().is_some_and(|text| text.contains(','));
    let asked = [&options.columns.lat_field, &options.columns.lon_field];
    let mut asked = asked.into_iter().flatten();
    let is_comma = match record {
        Value::Array(numbers) => numbers.iter().take(2).any(has_comma),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| has_comma(value) && vocabulary::axis(name).is_some()),
        _ => false,
    };
    if is_comma || asked.any(|field| member(record, field).is_some_and(has_comma)) {
        Decimal::Comma
    } else {
        Decimal::Point
    }
}

/// When it was, by the member that is asked for or has the name of a time.
fn time_of(
    record: &Value,
    options: &Options,
    at: u64,
    sink: &mut Sink,
) -> Result<Option<crate::geo::Time>> {
    if !sink.manner().times {
        return Ok(None);
    }
    let asked = options.columns.time_field.as_ref();
    let named = || {
        let mut members = record.as_object().into_iter().flatten();
        let named = members.find(|(name, value)| is_moment(name) && !value.is_null());
        named.map(|(_, value)| value)
    };
    let value = asked.map_or_else(named, |field| member(record, field));
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let time = moment(value);
    if time.is_none() {
        sink.bad_time(at, format_args!("time {value} is not known"))?;
    }
    Ok(time)
}

/// The line of a record that may have one, or the text that is none.
type Line<'a> = std::result::Result<Option<Vec<[f64; 2]>>, &'a str>;

fn track<'a>(record: &'a Value, options: &Options) -> Option<Line<'a>> {
    let columns = &options.columns;
    let (name, value) = match &columns.polyline_field {
        Some(field @ Field::Name(name)) => (name.as_str(), member(record, field)?),
        Some(field @ Field::Number(_)) => ("", member(record, field)?),
        None => encoded(record)?,
    };
    let text = value.as_str().unwrap_or_default();
    if text.is_empty() {
        return Some(Ok(None));
    }
    let encoding = Encoding {
        precision: columns.polyline_precision.or(polyline::precision_of(name)),
        lon_first: columns.lon_lat,
    };
    Some(encoding.decode(text.as_bytes()).map(Some).ok_or(text))
}

/// The member that is called an encoded polyline and is one, if there is such; else one that is
/// empty.
fn encoded(record: &Value) -> Option<(&str, &Value)> {
    let members = record.as_object()?;
    let inner = members.get("map").and_then(Value::as_object);
    let all = || members.iter().chain(inner.into_iter().flatten());
    let mut called = all().filter(|(name, _)| polyline::is_called_so(name));
    let is_filled =
        |(_, value): &(&String, &Value)| value.as_str().is_some_and(|text| !text.is_empty());
    let best = called.clone().find(is_filled).or_else(|| called.next());
    best.map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{everything, hold, read_prefixes, shapes};
    use super::*;
    use crate::geo::Geometry;

    /// What reading a text comes to, and where its points are, as x, y and weight.
    fn read_text(text: &str, options: &Options) -> (Result<Report>, Vec<[f64; 3]>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        std::fs::write(&file, text).unwrap();
        let (report, shapes) = shapes(&file, options);
        let point = |shape: &Shape| match shape.geometry {
            Geometry::Point(at) => [at.x(), at.y(), shape.weight],
            Geometry::Segment(..) => panic!("a segment"),
        };
        (report, shapes.iter().map(point).collect())
    }

    /// Where points of a text are, as x, y and weight.
    fn points(text: &str, options: &Options) -> Vec<[f64; 3]> {
        let (report, points) = read_text(text, options);
        if let Err(error) = report {
            panic!("{text}: {error}");
        }
        points
    }

    /// The reading that ends at the first fault.
    fn strict() -> Options {
        Options {
            strict: true,
            ..Options::default()
        }
    }

    /// The faults of a text that is read all the same: what was met, and what it is an error of.
    fn faults(text: &str) -> (Report, String) {
        let (report, _) = read_text(text, &Options::default());
        let (error, _) = read_text(text, &strict());
        (report.unwrap(), error.unwrap_err().to_string())
    }

    #[test]
    fn arrays_and_objects_of_many_shapes_are_points() {
        for text in [
            "[[2, 1], [2, 1, 1]]",
            r#"[{"lat": 2, "lon": 1}, {"lat": "2", "lon": "1"}]"#,
            r#"{"max": 3, "data": [{"latitude": 2, "lng": 1}, {"latitude": 2, "lng": 1, "weight": 1}]}"#,
            "{\"lat\": 2, \"lon\": 1}\n{\"lat\": 2, \"lon\": 1}\n",
            r#"[{"location": {"lat": 2, "lng": 1}}, {"position": {"coords": {"latitude": 2, "longitude": 1}}}]"#,
            r#"[{"point": {"type": "Point", "coordinates": [1, 2]}}, {"latlng": [2, 1]}]"#,
            r#"[{"location": "2, 1"}, {"Location": {"Latitude": 2, "Longitude": 1}}]"#,
            r#"[["lon", "lat"], [1, 2], [1, 2]]"#,
            r#"[{"latitudeE7": 20000000, "longitudeE7": 10000000}, {"lat_e6": 2000000, "lon_e6": 1000000}]"#,
            r#"{"fields": ["id", "lat", "lon"], "rows": [[7, 2, 1], [8, 2, 1]]}"#,
            r#"{"fields": ["lat", "lon", "id"], "rows": [[2, 1, 7], [2, 1, 8]]}"#,
            r#"[["weight", "id", "lon", "lat"], [1, 7, 1, 2], ["1", 8, 1, 2]]"#,
            "[\"lon\", \"lat\"]\n[1, 2]\n[1, 2]\n",
            "[\"weight\", \"id\", \"lon\", \"lat\"]\n[1, 7, 1, 2]\n[null, 8, 1, 2]",
            "[2, 1]\n[2, 1, 1]\n",
            r#"{"a": {"lat": 2, "lon": 1}, "note": "x", "b": {"at": 7, "lat": 2, "lon": 1}}"#,
            "{\n\"a\": {\"location\": [2, 1]},\n\"n\": [7],\n\"b\": {\"lat\": 2, \"lon\": 1}\n}\n",
            r#"{"columns": ["lng", "lat"], "index": [0, 1], "data": [[1, 2], [1, 2]]}"#,
        ] {
            let found = points(text, &Options::default());
            assert_eq!(found, [[1.0, 2.0, 1.0]; 2], "{text}");
        }
    }

    #[test]
    fn members_can_be_named_and_axes_swapped() {
        let mut options = Options::default();
        options.columns.lat_field = Some(Field::Name("p.b".to_owned()));
        options.columns.lon_field = Some(Field::Name("p.a".to_owned()));
        options.columns.weight_field = Some(Field::Name("n".to_owned()));
        let text = r#"[{"p": {"a": 1, "b": 2}, "n": 3, "lat": 9, "lon": 9}]"#;
        assert_eq!(points(text, &options), [[1.0, 2.0, 3.0]]);
        let mut options = Options::default();
        options.columns.lon_lat = true;
        assert_eq!(points("[[1, 2, 3]]", &options), [[1.0, 2.0, 3.0]]);
        let plane = Options {
            crs: Crs::Plane { y_down: false },
            map: Crs::Plane { y_down: false },
            ..Options::default()
        };
        let text = r#"{"max": 9, "data": [{"x": 400, "y": 300, "weight": 5}]}"#;
        assert_eq!(points(text, &plane), [[400.0, 300.0, 5.0]]);
    }

    #[test]
    fn weights_are_read_as_in_tables_and_what_is_none_is_told() {
        let text = r#"[{"lat": 2, "lon": 1, "weight": "1,200"}, {"lat": 2, "lon": 1, "weight": "$5"},
            {"lat": 2, "lon": 1, "weight": null}, {"lat": 2, "lon": 1, "weight": " "}]"#;
        let weights = |text: &str, options: &Options| -> Vec<_> {
            let points = points(text, options).into_iter();
            points.map(|[.., weight]| weight).collect()
        };
        assert_eq!(weights(text, &strict()), [1200.0, 5.0, 1.0, 1.0]);
        let text = r#"[[2, 1, "1,200"], [2, 1, null], [2, 1]]"#;
        assert_eq!(weights(text, &strict()), [1200.0, 1.0, 1.0]);
        for weight in [r#""many""#, "true", r#"{"a": 5}"#] {
            let text = format!(r#"[{{"lat": 2, "lon": 1, "weight": {weight}}}, [2, 1, {weight}]]"#);
            let (report, error) = faults(&text);
            let met = &report.oddities[0];
            assert_eq!((met.oddity, met.count), (Oddity::UnreadWeights, 2));
            assert!(error.contains(":1: weight '"), "{error}");
            assert_eq!(weights(&text, &Options::default()), [1.0, 1.0]);
            let mut options = Options::default();
            options.columns.weight_field = Some(Field::Name("weight".to_owned()));
            let error = read_text(&text, &options).0.unwrap_err().to_string();
            assert!(error.contains("the first of 2 bad records"), "{error}");
        }
    }

    #[test]
    fn a_broken_line_of_many_costs_itself() {
        let good = |n: u32| format!("{{\"lat\": 2, \"lon\": {n}}}");
        for bad in [
            "{\"lat\": 54.1, \"lon\":",
            "{\"lat\": \"2",
            "hello, world",
            "}]",
        ] {
            for at in [1, 2, 40] {
                let mut lines: Vec<_> = (1..100).map(good).collect();
                lines.insert(at, bad.to_owned());
                lines.insert(1, String::new());
                let text = lines.join("\n");
                let (report, points) = read_text(&text, &Options::default());
                let report = report.unwrap();
                assert_eq!((points.len(), report.skipped), (99, 1), "{bad} in {at}");
                assert_eq!(report.records, 100);
                let (_, error) = faults(&text);
                let place = format!(":{}: the record is not JSON", at + 2);
                assert!(error.contains(&place), "{error}");
                let mut options = Options::default();
                options.columns.track_field = Some(Field::Name("id".to_owned()));
                assert_eq!(read_text(&text, &options).1.len(), 99);
            }
        }
        // Python's words for no numbers cost nothing.
        let text = "{\"lat\": 2, \"lon\": 1, \"n\": NaN}\n".repeat(3);
        assert_eq!(points(&text, &strict()).len(), 3);
        // Objects one after the other may be over many lines.
        let text = "{\"lat\": 2, \"lon\": 1}\n{\n\"lat\": 2,\n\"lon\": 1\n}\n";
        assert_eq!(points(text, &strict()).len(), 2);
    }

    #[test]
    fn places_are_read_as_in_tables_and_what_is_none_is_told() {
        for text in [
            r#"[{"lat": 33.5, "NS": "S", "lon": 70.25, "EW": "W"}]"#,
            r#"[{"latitude": 33.5, "latitudeRef": "S", "longitude": 70.25, "longitudeRef": "W"}]"#,
            r#"[{"GPSLatitude": "33.5", "GPSLatitudeRef": "South",
                "GPSLongitude": "70.25", "GPSLongitudeRef": "West"}]"#,
            r#"[{"gps": {"lat": -33.5, "lat_ref": "S", "lon": "70.25", "lon_ref": "W"}}]"#,
            r#"[{"lat": "33°30'S", "lon": "70°15'W"}, {"lat": "-33,5", "lon": "-70,25"}]"#,
            r#"[["-33,5", "70.25W"]]"#,
            r#"[{"lat_deg": -33, "lat_min": 30, "lon_deg": -70, "lon_min": 15}]"#,
            r#"[{"LatD": 33, "LatM": 30, "LatS": 0, "NS": "S",
                "LonD": "70", "LonM": "15", "LonS": null, "EW": "W"}]"#,
            r#"[{"GPSLatitude": "33 deg 30' 0.00\" S", "GPSLongitude": "70 deg 15' 0.00\" W"}]"#,
            r#"[{"GPSLatitude": "33 deg 30' 0.00\" S", "GPSLongitude": "70 deg 15' 0.00\" W",
                "GPSLatitudeRef": "South", "GPSLongitudeRef": "West"}]"#,
        ] {
            for [x, y, _] in points(text, &strict()) {
                assert_eq!([x, y], [-70.25, -33.5], "{text}");
            }
        }
        let mut options = strict();
        options.columns.lat_field = Some(Field::Name("p.b".to_owned()));
        options.columns.lon_field = Some(Field::Name("p.a".to_owned()));
        let text = r#"[{"p": {"a": 70.25, "b": 33.5, "NS": "S", "EW": "W"}, "lat": 9, "lon": 9}]"#;
        assert_eq!(points(text, &options), [[-70.25, -33.5, 1.0]]);
        for (bad, message) in [
            (
                r#""lat": "many", "lon": 1"#,
                "latitude 'many' is not a number",
            ),
            (
                r#""lat": 2, "lon": "1 N""#,
                "longitude '1 N' is not a number",
            ),
            (
                r#""lat": -2, "NS": "N", "lon": 1"#,
                "latitude '-2' does not go with hemisphere 'N'",
            ),
            (
                r#""lat": 2, "NS": "X", "lon": 1"#,
                "latitude '2' does not go with hemisphere 'X'",
            ),
        ] {
            let text = format!(r#"[{{"lat": 2, "lon": 1}}, {{{bad}}}]"#);
            let (report, error) = faults(&text);
            assert_eq!(report.skipped, 1, "{bad}");
            assert!(error.contains(&format!(":2: {message}")), "{error}");
        }
    }

    #[test]
    fn places_within_a_record_that_has_one_are_told() {
        let route = r#"{"route": [{"lat": 2, "lon": 1}, {"lat": 3, "lon": 1}]}"#;
        let text = format!(r#"[{{"lat": 2, "lon": 1, "n": {route}, "m": [[1, 2]]}}, [2, 1]]"#);
        let (report, places) = read_text(&text, &Options::default());
        let told = [("arrays of places within records", 1)];
        assert_eq!(
            (report.unwrap().left_out(), places.len()),
            (told.to_vec(), 2)
        );
        let text = r#"[{"lat": 2, "lon": 1, "m": [[1, 2]], "n": [{"a": 1}]}]"#;
        assert_eq!(
            read_text(text, &Options::default()).0.unwrap().left_out(),
            []
        );
    }

    #[test]
    fn activities_of_sports_services_are_tracks() {
        hold(
            &[(
                "polyline/activities.json",
                "413 4 48.383000 -8.113490 55.040620 10.305990 2013-08-17T08:50:04Z 2021-01-30T00:47:00Z",
            )],
            &everything(),
        );
        read_prefixes("polyline/activities.json", &everything());
    }

    #[test]
    fn json_without_places_is_none_of_it() {
        for head in [
            Head::from(b"{\"a\": 1}"),
            Head::from(b"[1, 2, 3]"),
            Head::from(b"[{\"name\": \"x\"}]"),
            Head::from(b"lat,lon\n"),
        ] {
            assert!(!detect(&head), "{}", head.bytes().escape_ascii());
        }
    }
}
