//! JSON of points: arrays of pairs (`[[lat, lon, weight], …]`), and objects whose members have
//! known names, in an array, in an array that is a member, as members, or one in a line.
//!
//! What is a place in an object is found as in tables: by the names of its members, or of those of
//! a member such as `location`. An object with an encoded polyline, as sports services give them,
//! is a track, and one without a place is the geometry (GeoJSON, WKT, WKB) in any of its members.

mod members;
mod names;
mod pairs;

use serde_json::{Map, Value};

use self::members::{is_blank, member, text_of};
use self::names::{Half, meaning};
use self::pairs::{DEEPEST, pair, pair_in};
use super::columns::{Field, Header};
use super::condition::Condition;
use super::csv::tell_unread;
use super::fields::{count, finite, number, place, quoted};
use super::geometry::{Geometry, Row};
use super::interleaved::{self, Interleaved};
use super::json::Outline;
use super::json::cut::closed;
use super::json::elements::{Element, Records, are_records, each, on_lines, side_by_side};
use super::json::fixes::{float, text};
use super::json::members::Lookup;
use super::numbers::{self, Decimal};
use super::opened::{Head, Opened};
use super::polyline::{self, Encoding};
use super::reader::{Places, Reader};
use super::{Manner, Oddity, Options, Report, Sink, time};
use crate::error::Result;
use crate::geo::{Crs, Shape};

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

/// Whether one of the first records has a place, a track or a geometry.
fn detect(head: &Head) -> bool {
    Outline::of(head).is_some() && with_places(head).is_some()
}

/// How many of the first records have a place, a track or a geometry.
fn count_places(head: &Head, records: Records<'_>) -> usize {
    let options = Options::default();
    let is_placed = |record: &Value| {
        let has_place = || matches!(pair(record, false, 0), Some(Ok(_)));
        let can_be_drawn = |geometry: Geometry| !geometry.parts.is_empty();
        track(record, &options).is_some() || has_place() || geometries(record).any(can_be_drawn)
    };
    let first = first(head, records);
    first.iter().filter(|record| is_placed(record)).count()
}

/// The first records, of which the last is there as far as it was looked at.
fn first(head: &Head, records: Records<'_>) -> Vec<Value> {
    let text = closed(&head.text().unwrap_or_default());
    let mut report = Report::default();
    let mut sink = Sink::new("", Manner::default(), &|_| {}, &mut report);
    let mut found = Vec::new();
    let looked = each(&text[..], records, &mut sink, |element, sink| {
        found.extend(element.value(sink)?);
        Ok(())
    });
    looked.map_or_else(|_| Vec::new(), |()| found)
}

/// What has places in a document: its lines, the elements of its arrays, its members, if there are
/// several and it has no place of its own, or itself.
fn with_places(head: &Head) -> Option<Records<'static>> {
    let lines = on_lines(head);
    let are_lines = || lines.len() > 1 && are_records(&lines, head);
    let has = |records, least| count_places(head, records) >= least;
    if are_lines() && has(Records::Lines, 1) {
        Some(Records::Lines)
    } else if has(Records::Members, 1) {
        Some(Records::Members)
    } else if has(Records::Values, 2) && !has_own_place(head) {
        Some(Records::Values)
    } else {
        has(Records::Whole, 1).then_some(Records::Whole)
    }
}

/// Whether a document is an object whose own members are a place.
fn has_own_place(head: &Head) -> bool {
    let is_object = |text: &[u8]| text.trim_ascii_start().starts_with(b"{");
    if !head.text().is_some_and(|text| is_object(&text)) {
        return false;
    }
    let whole = first(head, Records::Whole);
    let mut objects = whole.iter().filter(|value| value.is_object());
    let is_place = |[lat, lon]: [f64; 2]| Crs::Wgs84.place(lon, lat).is_ok();
    objects.any(|object| matches!(pair(object, false, DEEPEST), Some(Ok(both)) if is_place(both)))
}

/// What the records of a document are; where nothing that is known has places, its lines, if most
/// of the first are such, or objects one after the other, unless there are some in their arrays.
fn records(head: &Head) -> Records<'static> {
    let unknown = || {
        let lines = on_lines(head);
        let mut objects = lines.iter().flatten().filter_map(Value::as_object);
        match objects.next() {
            _ if lines.len() > 1 && are_records(&lines, head) => Records::Lines,
            Some(object) if object.values().any(is_of_objects) => Records::Members,
            Some(_) if matches!(lines.first(), Some(Some(Value::Object(_)))) => Records::Whole,
            _ => Records::Members,
        }
    };
    with_places(head).unwrap_or_else(unknown)
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

/// The names of columns that stand in front of arrays: a first array of nothing but texts, as the
/// `fields` of the rows, or as their first row. Blank if there are none.
fn names_in_front(head: &Head) -> Vec<String> {
    let text = head.text().unwrap_or_default();
    let names = memchr::memchr_iter(b'[', &text).find_map(|at| {
        let mut values = serde_json::Deserializer::from_slice(&text[at..]).into_iter();
        let names: Vec<String> = values.next()?.ok()?;
        Some(names).filter(|names| names.len() > 1)
    });
    names.unwrap_or_default()
}

/// The options with the columns of the place and the number of the weight, where arrays have names
/// in front.
fn with_columns(
    head: &Head,
    records: Records<'_>,
    names: &[String],
    options: &Options,
    sink: &Sink,
) -> Option<(Options, Option<usize>)> {
    let asked = &options.columns;
    if asked.lat_field.is_some() || asked.lon_field.is_some() {
        return None;
    }
    let weight = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case("weight"));
    let header = Header::new(names.iter().map(String::as_bytes));
    let (lat, lon) = header.named_pair(None, None, sink.manner().crs.is_xy())?;
    // Beside objects they are names of nothing.
    let is_row = |record: &Value| record.is_array() && !is_names(record, names);
    first(head, records).iter().any(is_row).then_some(())?;
    let mut options = options.clone();
    options.columns.lat_field = Some(Field::Number(lat + 1));
    options.columns.lon_field = Some(Field::Number(lon + 1));
    Some((options, weight.map(|at| at + 1)))
}

fn all(opened: Opened<'_>, options: &Options, lookup: &Lookup, sink: &mut Sink) -> Result<()> {
    let records = records(opened.head());
    match records {
        Records::Members if has_own_place(opened.head()) => sink.odd_file(Oddity::PlaceOfWhole),
        Records::Whole if count_places(opened.head(), Records::Values) > 1 => {
            sink.odd_file(Oddity::InnerPlaces);
        }
        _ => {}
    }
    let mut names = names_in_front(opened.head());
    let named = with_columns(opened.head(), records, &names, options, sink);
    if named.is_none() {
        // Texts may be numbers with letters.
        names.retain(|name| is_word(name));
    }
    let unnamed = (options, Some(THIRD));
    let (options, weight_at) = named
        .as_ref()
        .map_or(unnamed, |(options, at)| (options, *at));
    let reading = Reading {
        options,
        weight_at,
        names,
        lookup,
    };
    sink.note_system(sink.manner().crs);
    let has_dates = sink.manner().times || options.columns.order_field.is_some();
    time::settle_order(&opened, has_dates, sink);
    if options.columns.track_field.is_none() {
        return side_by_side(opened.stream(), records, sink, |element, sink| {
            reading.record(element, None, sink)
        });
    }
    // What a record is joined to depends on all records before, so they are read one after the
    // other.
    let mut tracks = Interleaved::new(&options.columns.track_memory);
    each(opened.stream(), records, sink, |element, sink| {
        reading.record(element, Some(&mut tracks), sink)
    })?;
    tracks.end(sink);
    Ok(())
}

/// How the records of a file are read.
struct Reading<'a> {
    options: &'a Options,
    /// The number of the weight in arrays.
    weight_at: Option<usize>,
    /// The names of its elements; none if there are none in front.
    names: Vec<String>,
    lookup: &'a Lookup,
}

impl Reading<'_> {
    fn record(
        &self,
        element: Element<'_>,
        tracks: Option<&mut Interleaved>,
        sink: &mut Sink,
    ) -> Result<()> {
        let (options, at) = (self.options, element.number);
        let record = element.value(sink)?;
        let Some(record) = record.filter(|record| !is_names(record, &self.names)) else {
            return Ok(());
        };
        let record = &record;
        sink.record();
        if let Some(oddity) = unmet(record, options, self.lookup, &sink.manner()) {
            return sink.odd(oddity, at);
        }
        let Some(weight) = weight(record, options, self.weight_at, at, sink)? else {
            return Ok(());
        };
        if let Some(field) = &options.columns.count_field {
            match count(text_of(record, field).as_bytes()) {
                Ok(count) => sink.stands_for(count),
                Err(fault) => return sink.skip(at, fault),
            }
        }
        let time = time_of(record, options, at, sink)?;
        if let Some(field) = &options.columns.part_field {
            sink.part(text_of(record, field).as_bytes());
        }
        let row = Row { weight, time, at };
        if let Some(line) = track(record, options) {
            return match line {
                Ok(Some(line)) => Geometry::of_line(line).deliver(row, sink),
                Ok(None) => sink.odd(Oddity::NoGeometry, at),
                Err(text) => {
                    let shown = quoted(text.as_bytes());
                    sink.skip(at, format_args!("{shown} is no encoded polyline"))
                }
            };
        }
        let crs = sink.manner().crs;
        let place = match pair_in(record, options, crs) {
            Some(Ok([first, second])) => place(crs, first, second),
            Some(Err(fault)) => return sink.skip(at, fault),
            None => return self.geometry(record, row, tracks, sink),
        };
        if holds_places(record, 0) {
            sink.odd(Oddity::InnerPlaces, at)?;
        }
        let point = match place {
            Ok(place) => Shape::point(place).weighing(weight).when(time),
            Err(fault) => return sink.skip(at, fault),
        };
        match tracks {
            Some(tracks) => self.join(record, (point, false), at, tracks, sink),
            None => sink.point(point, at),
        }
    }

    /// Takes the points and lines of a record that holds a whole geometry.
    fn geometry(
        &self,
        record: &Value,
        row: Row,
        tracks: Option<&mut Interleaved>,
        sink: &mut Sink,
    ) -> Result<()> {
        let geometry = match &self.options.columns.geometry_field {
            None => {
                let Some((geometry, has_others)) = best(geometries(record)) else {
                    return sink.odd(Oddity::NoPlace, row.at);
                };
                if has_others {
                    sink.odd(Oddity::OtherGeometries, row.at)?;
                }
                geometry
            }
            Some(field) => {
                let value = member(record, field).filter(|value| !is_blank(value));
                let Some(value) = value else {
                    return sink.odd(Oddity::NoGeometry, row.at);
                };
                let Some(geometry) = Geometry::of_value(value) else {
                    let shown = quoted(text(value).as_bytes());
                    return sink.skip(row.at, format_args!("{shown} is no geometry"));
                };
                geometry
            }
        };
        if holds_places(record, 0) {
            sink.odd(Oddity::InnerPlaces, row.at)?;
        }
        let Some(tracks) = tracks else {
            return geometry.deliver(row, sink);
        };
        geometry.deliver_apart(row, sink, |point, sink| {
            self.join(record, (point, true), row.at, tracks, sink)
        })
    }

    /// Joins the point of a record to its track; whether it is as it is drawn stands beside it.
    fn join(
        &self,
        record: &Value,
        (point, is_located): (Shape, bool),
        at: u64,
        tracks: &mut Interleaved,
        sink: &mut Sink,
    ) -> Result<()> {
        let columns = &self.options.columns;
        let text = |field: &Field| text_of(record, field);
        let track = columns.track_field.as_ref().map(text).unwrap_or_default();
        let row = interleaved::Row {
            track: track.as_bytes(),
            order: columns
                .order_field
                .as_ref()
                .map(|field| text(field).into_bytes().into()),
            point,
            is_located,
            at,
        };
        tracks.take(&row, sink)
    }
}

/// The geometries in the members of a record.
fn geometries(record: &Value) -> impl Iterator<Item = Geometry> {
    let members = record.as_object().into_iter().flat_map(Map::values);
    members.filter_map(Geometry::of_value)
}

/// The first of some geometries that can be drawn, or else the first, for a polygon may be the area
/// around a point; and whether there are others.
fn best(all: impl Iterator<Item = Geometry>) -> Option<(Geometry, bool)> {
    let mut all: Vec<_> = all.collect();
    let drawn = all.iter().position(|one| !one.parts.is_empty());
    let has_others = all.len() > 1;
    (!all.is_empty()).then(|| (all.swap_remove(drawn.unwrap_or(0)), has_others))
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

/// Whether a record is a word, such as the name of a column, or all names of columns.
fn is_names(record: &Value, names: &[String]) -> bool {
    let is_one = |value: &Value| names.iter().any(|name| value == name);
    match record {
        Value::Array(all) => all.len() > 1 && all.iter().all(is_one),
        Value::String(text) => is_one(record) || is_word(text),
        _ => false,
    }
}

fn is_word(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_digit())
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
        let text = text_of(record, field);
        condition.holds(text.as_bytes(), number(text.as_bytes()))
    };
    if !conditions.all(is_met) {
        return Some(Oddity::OtherValue);
    }
    manner.max_accuracy?;
    let members = record.as_object()?.iter();
    let ranked = members.filter_map(|(name, value)| Some((meaning(name).accuracy?, float(value)?)));
    let metres = ranked
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, metres)| metres);
    (!manner.is_accurate(metres)).then_some(Oddity::Inaccurate)
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
        _ => record.as_object().and_then(|members| {
            let mut members = members.iter();
            members
                .find(|(name, _)| meaning(name).is_weight)
                .map(|(_, value)| value)
        }),
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

/// The mark before the decimals of a weight: that of the place beside it.
fn mark(record: &Value, options: &Options) -> Decimal {
    let has_comma = |value: &Value| value.as_str().is_some_and(|text| text.contains(','));
    let asked = [&options.columns.lat_field, &options.columns.lon_field];
    let mut asked = asked.into_iter().flatten();
    let is_comma = match record {
        Value::Array(numbers) => numbers.iter().take(2).any(has_comma),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| has_comma(value) && meaning(name).degrees().is_some()),
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
    let members = || record.as_object().into_iter().flatten();
    let written = || members().filter(|(_, value)| !is_blank(value));
    if let Some(field) = &options.columns.time_field {
        let value = member(record, field).filter(|value| !is_blank(value));
        return value.map_or(Ok(None), |value| {
            time::told(text(value).as_bytes(), None, at, sink)
        });
    }
    let ranked = written().filter_map(|(name, value)| Some((meaning(name).moment?, name, value)));
    let Some((_, name, value)) = ranked.min_by_key(|(rank, ..)| *rank) else {
        return Ok(None);
    };
    let clock = || written().find(|(name, _)| meaning(name).half == Some(Half::Clock));
    let is_day = meaning(name).half == Some(Half::Day);
    let clock = is_day.then(clock).flatten();
    let clock = clock.map(|(_, value)| text(value));
    let clock = clock.as_ref().map(String::as_bytes);
    time::told(text(value).as_bytes(), clock, at, sink)
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
    let is_text = |value: &Value| value.is_string() || value.is_null();
    let mut called = all().filter(|(name, value)| is_text(value) && meaning(name).is_polyline);
    let is_filled =
        |(_, value): &(&String, &Value)| value.as_str().is_some_and(|text| !text.is_empty());
    let best = called.clone().find(is_filled).or_else(|| called.next());
    best.map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests;
