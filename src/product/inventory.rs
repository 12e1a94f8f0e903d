//! Inventory of inputs, as JSON and as rows of a table: what each file holds, and all together.

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::geo::Time;
use crate::input::{Described, FileRead, Report, Span, Tally};

/// What the columns of the [`rows`] hold.
pub const COLUMNS: [&str; 12] = [
    "file",
    "format",
    "positions",
    "tracks",
    "south",
    "west",
    "north",
    "east",
    "first time",
    "last time",
    "sport",
    "left out",
];

/// Every file, as a list of objects: `file`, `format`, `positions`, `tracks`, `box` (`south`,
/// `west`, `north`, `east`), `first_time`, `last_time` (RFC 3339), `sport`, `name`, `device`,
/// `left_out` (why, and how often) and `error`. What is not known is null.
#[must_use]
pub fn files(report: &Report) -> Value {
    report.files.iter().map(file).collect()
}

/// The same of all files together, with the number of `files`.
#[must_use]
pub fn total(report: &Report) -> Value {
    let mut total = facts(&report.tally, &report.described, &report.left_out());
    total.insert("files".to_owned(), report.files.len().into());
    Value::Object(total)
}

fn file(file: &FileRead) -> Value {
    let mut facts = facts(&file.tally, &file.described, &file.left_out);
    facts.shift_insert(0, "file".to_owned(), file.name.clone().into());
    facts.shift_insert(1, "format".to_owned(), file.format.into());
    facts.insert("error".to_owned(), file.error.as_ref().map(told).into());
    Value::Object(facts)
}

/// An error without advice.
fn told(error: &Error) -> String {
    error.fact.clone()
}

fn facts(tally: &Tally, described: &Described, left_out: &[(&str, u64)]) -> Map<String, Value> {
    let span = tally.span.map(|span| {
        let Span {
            south,
            west,
            north,
            east,
        } = span;
        json!({ "south": south, "west": west, "north": north, "east": east })
    });
    let (first, last) = tally.times.unzip();
    let reasons = left_out.iter();
    let reasons: Map<_, _> = reasons
        .map(|(why, count)| (why.replace(' ', "_"), (*count).into()))
        .collect();
    let Value::Object(facts) = json!({
        "positions": tally.positions,
        "tracks": tally.tracks,
        "box": span,
        "first_time": first.map(moment),
        "last_time": last.map(moment),
        "sport": sport(described),
        "name": described.name,
        "device": described.device,
        "left_out": reasons,
    }) else {
        return Map::new();
    };
    facts
}

/// All sports in one text.
fn sport(described: &Described) -> Option<String> {
    let sports = &described.sports;
    (!sports.is_empty()).then(|| sports.join("/"))
}

/// A row for each file, and a last one for all if there are several.
#[must_use]
pub fn rows(report: &Report) -> Vec<[String; 12]> {
    let mut rows: Vec<_> = report
        .files
        .iter()
        .map(|file| {
            let left_out = file.error.as_ref().map_or_else(
                || reasons(&file.left_out),
                |error| format!("cannot be read: {}", told(error)),
            );
            let format = file.format.unwrap_or("-");
            row(&file.name, format, &file.tally, &file.described, left_out)
        })
        .collect();
    if rows.len() > 1 {
        let left_out = reasons(&report.left_out());
        let name = format!("{} files", rows.len());
        rows.push(row(&name, "", &report.tally, &report.described, left_out));
    }
    rows
}

fn row(
    name: &str,
    format: &str,
    tally: &Tally,
    described: &Described,
    left_out: String,
) -> [String; 12] {
    let side = |of: fn(&Span) -> f64| {
        let degrees = |span: &Span| format!("{:.6}", of(span));
        tally.span.as_ref().map(degrees).unwrap_or_default()
    };
    let (first, last) = tally.times.unzip();
    [
        name.to_owned(),
        format.to_owned(),
        tally.positions.to_string(),
        tally.tracks.to_string(),
        side(|span| span.south),
        side(|span| span.west),
        side(|span| span.north),
        side(|span| span.east),
        first.map(moment).unwrap_or_default(),
        last.map(moment).unwrap_or_default(),
        sport(described).unwrap_or_default(),
        left_out,
    ]
}

/// Reasons with their counts: `3 bad records, 1 polygons`.
fn reasons(left_out: &[(&str, u64)]) -> String {
    let reasons: Vec<_> = left_out
        .iter()
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    reasons.join(", ")
}

/// A time as RFC 3339 has it; beyond the years that it knows, in milliseconds since 1970.
pub(crate) fn moment(time: Time) -> String {
    let milliseconds = time.milliseconds();
    let moment = jiff::Timestamp::from_millisecond(milliseconds);
    let digits = if milliseconds % 1000 == 0 { 0 } else { 3 };
    moment.map_or_else(
        |_| milliseconds.to_string(),
        |moment| format!("{moment:.digits$}"),
    )
}
