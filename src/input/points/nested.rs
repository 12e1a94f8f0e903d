//! Records further in than [an array or a member](super) of a document, as exports of services have
//! them: objects with a place however deep, geometries, pairs under a name that tells their order,
//! and columns of values under the names of columns.
//!
//! One that lies in others has their members, too, for a time or a name often stands further out.

use serde_json::{Map, Value};

use super::names::{Meaning, meaning};
use super::pairs::axes;
use crate::error::Result;
use crate::input::fields::Axis;
use crate::input::geometry::Geometry;
use crate::input::geometry::geojson::KINDS;
use crate::input::json::Outline;
use crate::input::opened::Head;
use crate::input::vocabulary;

/// How many members a record has from those that it lies in at most, and how long their texts are:
/// what is more is no description of the record.
const INHERITED: usize = 32;
const LONGEST: usize = 256;
/// Names of members that tell the order of the numbers in their pairs.
const PAIRS: [&str; 3] = ["latlng", "latlon", "latlong"];

/// Whether the beginning of a document tells of a place anywhere: the names of both its numbers, a
/// kind of geometry, or pairs under a name that tells their order.
pub(super) fn detect(head: &Head) -> bool {
    Outline::of(head).is_some_and(|outline| {
        let axes: Vec<_> = outline.paths().filter_map(axis).collect();
        let of = |wanted| axes.iter().filter(move |(axis, ..)| *axis == wanted);
        let is_pair = |(_, key, holder): &(Axis, String, &str)| {
            of(Axis::Lon).any(|lon| lon.1 == *key && lon.2 == *holder)
        };
        let kinds = || outline.texts("type");
        let is_geometry = |kind: &str| KINDS.iter().any(|(known, _)| *known == kind);
        let pairs = || outline.paths().filter_map(|path| path.strip_suffix("[][]"));
        let has_place = of(Axis::Lat).any(is_pair)
            || kinds().any(is_geometry)
            || pairs().any(is_in_pairs)
            || pairs().next().is_some() && kinds().any(is_of_pairs);
        has_place && !outline.is_topology()
    })
}

/// The axis that the name at the end of a path stands for, its key, and what it is a member of. A
/// column may have keys of its own.
fn axis(path: &str) -> Option<(Axis, String, &str)> {
    let named = |path: &'_ str| {
        let (holder, name) = path.rsplit_once('.').unwrap_or(("", path));
        let (axis, key) = vocabulary::axis(name)?;
        Some((axis, key, holder.len()))
    };
    let path = path.trim_end_matches("[]");
    let keyed = || named(path.rsplit_once('.')?.0);
    let (axis, key, length) = named(path).or_else(keyed)?;
    Some((axis, key, &path[..length]))
}

/// Whether a path leads through the name of pairs.
fn is_in_pairs(path: &str) -> bool {
    let mut names = path.split('.');
    names.any(|name| is_of_pairs(name.trim_end_matches("[]")))
}

fn is_of_pairs(name: &str) -> bool {
    PAIRS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Gives every record in a value to a function.
///
/// # Errors
/// Those of the function.
pub(super) fn each(
    value: Value,
    is_record: &dyn Fn(&Value) -> bool,
    take: &mut dyn FnMut(Value) -> Result<()>,
) -> Result<()> {
    let mut walk = Walk { is_record, take };
    walk.value(value, &Map::new(), false)
}

struct Walk<'a> {
    is_record: &'a dyn Fn(&Value) -> bool,
    take: &'a mut dyn FnMut(Value) -> Result<()>,
}

impl Walk<'_> {
    /// Looks into a value within others, in which pairs of numbers may be places.
    fn value(&mut self, value: Value, outer: &Map<String, Value>, has_pairs: bool) -> Result<()> {
        match value {
            Value::Object(_) if (self.is_record)(&value) => self.record(value, outer),
            Value::Object(_) if Geometry::of_value(&value).is_some() => {
                let record = Map::from_iter([("geometry".to_owned(), value)]);
                self.record(Value::Object(record), outer)
            }
            Value::Object(members) => self.members(members, outer, has_pairs),
            Value::Array(mut numbers) if has_pairs && is_pair(&numbers) => {
                numbers.truncate(2);
                (self.take)(Value::Array(numbers))
            }
            Value::Array(elements) => {
                let mut elements = elements.into_iter();
                elements.try_for_each(|element| self.value(element, outer, has_pairs))
            }
            _ => Ok(()),
        }
    }

    fn record(&mut self, mut record: Value, outer: &Map<String, Value>) -> Result<()> {
        if let Some(members) = record.as_object_mut() {
            for (name, value) in outer {
                members.entry(name).or_insert_with(|| value.clone());
            }
        }
        (self.take)(record)
    }

    fn members(
        &mut self,
        members: Map<String, Value>,
        outer: &Map<String, Value>,
        has_pairs: bool,
    ) -> Result<()> {
        let mut inherited: Map<_, _> = members
            .iter()
            .filter(|(name, value)| is_inherited(name, value))
            .take(INHERITED)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for (name, value) in outer {
            if inherited.len() < INHERITED {
                inherited.entry(name).or_insert_with(|| value.clone());
            }
        }
        if let Some(mut rows) = rows(&members) {
            return rows.try_for_each(|row| self.record(row, &inherited));
        }
        let kind = members.get("type").and_then(Value::as_str);
        let has_pairs = has_pairs || kind.is_some_and(is_of_pairs);
        let mut members = members.into_iter();
        members.try_for_each(|(name, value)| {
            self.value(value, &inherited, has_pairs || is_of_pairs(&name))
        })
    }
}

/// Whether a member tells something of the records further in, and nothing of where they are.
fn is_inherited(name: &str, value: &Value) -> bool {
    let is_short = match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::String(text) => text.len() <= LONGEST && text != "Point",
        _ => false,
    };
    is_short && !meaning(name).is_of_place()
}

fn is_pair(numbers: &[Value]) -> bool {
    let mut first = numbers.iter().take(2);
    numbers.len() > 1 && first.all(Value::is_number)
}

/// The rows of a table whose columns are the members of an object, if both numbers of a place are
/// such: arrays of one length, or objects with one key for each row.
fn rows(members: &Map<String, Value>) -> Option<Box<dyn Iterator<Item = Value> + '_>> {
    let mut columns = axes(members, Meaning::degrees).into_iter();
    let (_, [(_, lat), (_, lon)]) = columns.next()?;
    let row = |cell: &dyn Fn(&Value) -> Option<Value>| {
        let cells = members
            .iter()
            .filter_map(|(name, column)| Some((name.clone(), cell(column)?)));
        Value::Object(cells.collect())
    };
    match (lat, lon) {
        (Value::Array(lat), Value::Array(lon)) if lat.len() == lon.len() => {
            let length = lat.len();
            let is_column = move |column: &&Vec<Value>| column.len() == length;
            Some(Box::new((0..length).map(move |at| {
                row(&|column| Some(column.as_array().filter(is_column)?[at].clone()))
            })))
        }
        (Value::Object(lat), Value::Object(_)) => Some(Box::new(
            lat.keys()
                .map(move |key| row(&|column| column.get(key).cloned())),
        )),
        _ => None,
    }
}
