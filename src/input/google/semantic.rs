//! Monthly files of the Semantic Location History: activities with their paths, and visits.

use std::io::Read;

use serde_json::Value;

use super::places::{self, Path};
use crate::error::Result;
use crate::geo::Time;
use crate::input::json::elements::{Records, each};
use crate::input::json::fixes::{float, moment, time_of};
use crate::input::{Options, Sink};

/// Where times stand.
const TIMES: [&str; 2] = ["timestamp", "timestampMs"];

pub(super) fn read(source: impl Read, options: &Options, sink: &mut Sink) -> Result<()> {
    each(
        source,
        Records::Of(&["timelineObjects"]),
        sink,
        |element, sink| {
            let Some(object) = element.value(sink)? else {
                return Ok(());
            };
            if let Some(activity) = object.get("activitySegment") {
                sink.record();
                self::activity(activity, element.number, sink)?;
            }
            if let Some(visit) = object.get("placeVisit") {
                sink.record();
                let (from, to) = duration(visit);
                let weight = options.visit_weight.of(from, to);
                let time = from.filter(|_| sink.manner().times);
                places::point(&visit["location"], time, weight, element.number, sink)?;
            }
            Ok(())
        },
    )
}

/// The first and the last moment of an activity or a visit.
fn duration(object: &Value) -> (Option<Time>, Option<Time>) {
    let duration = &object["duration"];
    let at = |names: [&str; 2]| {
        let mut values = names.iter().filter_map(|name| duration.get(name));
        values.find_map(moment)
    };
    (
        at(["startTimestamp", "startTimestampMs"]),
        at(["endTimestamp", "endTimestampMs"]),
    )
}

/// The path that was recorded, or else the points on the way that were guessed, or else both ends.
fn activity(activity: &Value, at: u64, sink: &mut Sink) -> Result<()> {
    sink.next_sport();
    if let Some(kind) = activity["activityType"].as_str() {
        sink.sport(kind);
    }
    let points = |path: &str, points: &str| {
        let points = activity[path][points].as_array();
        points.filter(|points| !points.is_empty()).cloned()
    };
    let mut path = Path::new(at);
    if let Some(points) = points("simplifiedRawPath", "points") {
        for point in points {
            let metres = point.get("accuracyMeters").and_then(float);
            if sink.is_accurate(metres, at)? {
                let time = time_of(&point, &TIMES, at, sink)?;
                path.join(&point, time, sink)?;
            }
        }
    } else {
        let both = || ["startLocation", "endLocation"].map(|end| activity[end].clone());
        let points = points("waypointPath", "waypoints").unwrap_or_else(|| both().to_vec());
        let (from, to) = duration(activity);
        let last = points.len() - 1;
        for (number, point) in points.iter().enumerate() {
            let time = if number == last { to } else { from };
            let time = time.filter(|_| sink.manner().times);
            path.join(point, time, sink)?;
        }
    }
    path.end(sink);
    Ok(())
}
