//! GeoJSON (RFC 7946) of hot regions: a feature for each, in the order in which they are drawn.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{Region, Regions};

/// Writes regions as a collection of features, one on a line. Colours are those of simplestyle
/// (<https://github.com/mapbox/simplestyle-spec>), which pages with maps understand.
///
/// # Errors
/// When the writer fails.
pub fn write(regions: &Regions, writer: &mut dyn Write) -> io::Result<()> {
    writer.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
    for (number, region) in regions.regions.iter().enumerate() {
        writer.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *writer, &feature(regions, region))?;
    }
    writer.write_all(b"\n]}\n")
}

fn feature(regions: &Regions, region: &Region) -> Value {
    let level = &regions.levels[region.level];
    let [red, green, blue, alpha] = level.color;
    let color = format!("#{red:02x}{green:02x}{blue:02x}");
    let opacity = (f64::from(alpha) / 255.0 * 100.0).round() / 100.0;
    let known = json!({
        "level": level.name,
        "heat": short(level.heat),
        "unit": regions.unit,
        "maximum": short(region.maximum),
        "area_m2": region.area.round(),
        "share": region.share.map(|share| (share * 1e6).round() / 1e6),
        "fill": color,
        "fill-opacity": opacity,
        "stroke": color,
        "stroke-width": 1,
    });
    let mut feature = Map::new();
    feature.insert("type".to_owned(), json!("Feature"));
    feature.insert("properties".to_owned(), known);
    let geometry = json!({ "type": "Polygon", "coordinates": region.rings });
    feature.insert("geometry".to_owned(), geometry);
    Value::Object(feature)
}

/// A heat in the digits that it has.
fn short(heat: f32) -> f64 {
    heat.to_string().parse().unwrap_or_default()
}
