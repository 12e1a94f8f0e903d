//! Fixes out of JSON values: places, times and accuracies as location histories have them.

use serde_json::Value;

use crate::error::Result;
use crate::geo::{Crs, Time};
use crate::input::fields::number;
use crate::input::track::Fix;
use crate::input::{Sink, time};

/// A number, or a text of one.
pub(in crate::input) fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => number(text.as_bytes()),
        _ => None,
    }
}

/// A moment in any form, in a text or as a number since 1970.
pub(in crate::input) fn moment(value: &Value) -> Option<Time> {
    match value {
        Value::Number(number) => time::since_1970(number.as_f64()?),
        Value::String(text) => time::parse(text.as_bytes()),
        _ => None,
    }
}

/// The time at the first of some members that there is, if anybody wants to know. One that cannot
/// be understood is told.
pub(in crate::input) fn time_of(
    record: &Value,
    members: &[&str],
    at: u64,
    sink: &mut Sink,
) -> Result<Option<Time>> {
    if !sink.manner().times {
        return Ok(None);
    }
    let mut values = members.iter().filter_map(|member| record.get(member));
    let Some(value) = values.find(|value| !value.is_null()) else {
        return Ok(None);
    };
    time::told(text(value).as_bytes(), None, at, sink)
}

/// A value as a table would have it.
pub(in crate::input) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            // Some programs write every number as one with decimals.
            Some(float) if number.is_f64() => float.to_string(),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// The fix at a latitude and a longitude; `None` if they are no place, or one that is left out.
pub(in crate::input) fn fix(
    [lat, lon]: [f64; 2],
    time: Option<Time>,
    at: u64,
    sink: &mut Sink,
) -> Result<Option<Fix>> {
    let place = match Crs::Wgs84.place(lon, lat) {
        Ok(place) => place,
        Err(fault) => return sink.skip(at, fault).map(|()| None),
    };
    let located = sink.manner().located(sink.manner().crs, place);
    let place = sink.told(located, at)?;
    Ok(place.map(|at| Fix::new(at, time)))
}
