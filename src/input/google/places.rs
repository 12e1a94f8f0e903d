//! Places as Google writes them: `"35.05°, 135.67°"`, `geo:35.05,135.67`, and numbers of ten
//! millionths of a degree, some of which were cut to 32 bits.

use serde_json::Value;

use crate::error::Result;
use crate::geo::Time;
use crate::input::fields::number;
use crate::input::json::fixes;
use crate::input::track::{About, Measure, Track};
use crate::input::{Oddity, Sink};

/// Latitudes and longitudes in ten millionths of a degree.
const E7: f64 = 1e7;
/// What is too much where a number has lost its sign.
const TURN: f64 = 4_294_967_296.0;
/// The names of both, in the files of some years and of others.
const NAMES: [[&str; 2]; 2] = [["latitudeE7", "longitudeE7"], ["latE7", "lngE7"]];
/// Members that hold a place in another form.
const INNER: [&str; 5] = ["latLng", "LatLng", "point", "placeLocation", "location"];

/// The latitude and the longitude of a value.
pub(super) fn place(value: &Value, at: u64, sink: &mut Sink) -> Result<Option<[f64; 2]>> {
    match value {
        Value::String(text) => Ok(pair(text)),
        Value::Object(members) => {
            for [lat, lon] in NAMES {
                let both = (members.get(lat), members.get(lon));
                if let (Some(lat), Some(lon)) = both {
                    return degrees(lat, lon, at, sink);
                }
            }
            let inner = INNER.iter().find_map(|name| members.get(*name));
            inner.map_or(Ok(None), |inner| place(inner, at, sink))
        }
        _ => Ok(None),
    }
}

/// Degrees of both numbers.
fn degrees(lat: &Value, lon: &Value, at: u64, sink: &mut Sink) -> Result<Option<[f64; 2]>> {
    let (Some(lat), Some(lon)) = (fixes::float(lat), fixes::float(lon)) else {
        return Ok(None);
    };
    let (signed_lat, signed_lon) = (signed(lat, 90.0), signed(lon, 180.0));
    if signed_lat != lat || signed_lon != lon {
        sink.odd(Oddity::Overflow, at)?;
    }
    Ok(Some([signed_lat / E7, signed_lon / E7]))
}

/// A number of which the highest of 32 bits was taken for a digit.
fn signed(number: f64, most: f64) -> f64 {
    if number > most * E7 && number < TURN {
        number - TURN
    } else {
        number
    }
}

/// Both numbers of a text, whatever signs of degrees follow them.
fn pair(text: &str) -> Option<[f64; 2]> {
    let text = text.strip_prefix("geo:").unwrap_or(text);
    let (lat, lon) = text.split_once(',')?;
    let plain = |text: &str| {
        let text = text.trim_start();
        let is_other = |c: char| !c.is_ascii_digit() && !matches!(c, '-' | '+' | '.');
        let end = text.find(is_other).unwrap_or(text.len());
        number(&text.as_bytes()[..end])
    };
    Some([plain(lat)?, plain(lon)?])
}

/// A path: its fixes are joined.
pub(super) struct Path {
    track: Track,
    at: u64,
}

impl Path {
    pub(super) fn new(at: u64) -> Self {
        Self {
            track: Track::new(About {
                number: at,
                name: None,
                weight: 1.0,
            }),
            at,
        }
    }

    /// Joins a place, if it is one; a record without one is counted.
    pub(super) fn join(
        &mut self,
        value: &Value,
        time: Option<Time>,
        sink: &mut Sink,
    ) -> Result<()> {
        let Some(place) = place(value, self.at, sink)? else {
            return sink.odd(Oddity::NoFix, self.at);
        };
        if let Some(fix) = fixes::fix(place, time, self.at, sink)? {
            sink.join(&mut self.track, fix);
        }
        Ok(())
    }

    pub(super) fn end(mut self, sink: &mut Sink) {
        sink.cut(&mut self.track);
    }
}

/// Metres above the sea, in records and in the signals of phones.
const HEIGHTS: [&str; 2] = ["altitude", "altitudeMeters"];

/// A point at a place, if the value is one.
pub(super) fn point(
    value: &Value,
    time: Option<Time>,
    weight: f64,
    at: u64,
    sink: &mut Sink,
) -> Result<()> {
    let Some(place) = place(value, at, sink)? else {
        return sink.odd(Oddity::NoFix, at);
    };
    if let Some(fix) = fixes::fix(place, time, at, sink)? {
        let is_wanted = sink.manner().measure == Some(Measure::Elevation);
        let height = HEIGHTS.iter().find_map(|height| value.get(height));
        let height = height.filter(|_| is_wanted).and_then(fixes::float);
        sink.lone(fix.measuring(height), weight);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_signs_of_degrees_or_none() {
        for text in [
            "35.05°, 135.67°",
            "geo:35.05,135.67",
            "35.05,135.67",
            "35.05\u{fffd}, 135.67\u{fffd}",
        ] {
            assert_eq!(pair(text), Some([35.05, 135.67]), "{text}");
        }
        assert_eq!(pair("-35°, -135°"), Some([-35.0, -135.0]));
        for text in ["", "35", "a,b", "geo:", "°,°"] {
            assert_eq!(pair(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_that_lost_their_sign_get_it_back() {
        assert_eq!(signed(4_261_458_286.0, 180.0), -33_509_010.0);
        assert_eq!(signed(1_800_000_000.0, 180.0), 1_800_000_000.0);
        assert_eq!(signed(-33_509_010.0, 90.0), -33_509_010.0);
        assert_eq!(signed(1e10, 90.0), 1e10);
    }
}
