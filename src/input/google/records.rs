//! `Records.json`, every position that Google was told, and the edits of a Timeline, whose raw
//! signals are such positions. A file may be gigabytes long.

use std::io::Read;

use serde_json::Value;

use super::places;
use crate::error::Result;
use crate::input::Sink;
use crate::input::json::elements::{Element, Records, side_by_side};
use crate::input::json::fixes::{float, time_of};

/// Where the time of a record stands, in newer files and in older ones.
const TIMES: [&str; 2] = ["timestamp", "timestampMs"];

pub(super) fn read(source: impl Read, sink: &mut Sink) -> Result<()> {
    let records = Records::Of(&["locations"]);
    side_by_side(source, records, sink, record)
}

fn record(element: Element<'_>, sink: &mut Sink) -> Result<()> {
    let Some(record) = element.value(sink)? else {
        return Ok(());
    };
    sink.record();
    let metres = record.get("accuracy").and_then(float);
    position(&record, metres, element.number, sink)
}

/// A record with a place and a time, as accurate as it says.
pub(super) fn position(
    record: &Value,
    metres: Option<f64>,
    at: u64,
    sink: &mut Sink,
) -> Result<()> {
    if !sink.is_accurate(metres, at)? {
        return Ok(());
    }
    let time = time_of(record, &TIMES, at, sink)?;
    places::point(record, time, 1.0, at, sink)
}

pub(super) fn read_edits(source: impl Read, sink: &mut Sink) -> Result<()> {
    let records = Records::Of(&["timelineEdits"]);
    side_by_side(source, records, sink, |element, sink| {
        let Some(edit) = element.value(sink)? else {
            return Ok(());
        };
        let signal = &edit["rawSignal"]["signal"]["position"];
        if signal.is_null() {
            return Ok(());
        }
        sink.record();
        let metres = signal.get("accuracyMm").and_then(float);
        let metres = metres.map(|millimetres| millimetres / 1e3);
        position(signal, metres, element.number, sink)
    })
}
