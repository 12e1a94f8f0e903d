//! KML of hot regions: a folder for each level, with a polygon for each region.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Region, Regions};
use crate::encode::kml::text::{FOOT, clean, head};
use crate::geo::Bounds;

/// Writes regions, whose frame has bounds, under a name.
///
/// # Errors
/// When the writer fails.
pub fn write(
    name: &str,
    regions: &Regions,
    bounds: &Bounds,
    writer: &mut dyn Write,
) -> io::Result<()> {
    writer.write_all(head(name, bounds).as_bytes())?;
    for (number, level) in regions.levels.iter().enumerate() {
        let [red, green, blue, alpha] = level.color;
        let bgr = format!("{blue:02x}{green:02x}{red:02x}");
        writeln!(
            writer,
            "<Style id=\"level{number}\"><LineStyle><color>ff{bgr}</color><width>1</width></LineStyle>\
             <PolyStyle><color>{alpha:02x}{bgr}</color></PolyStyle></Style>"
        )?;
    }
    for (number, level) in regions.levels.iter().enumerate() {
        let name = clean(&level.name);
        let (heat, unit) = (level.heat, clean(&regions.unit));
        writeln!(
            writer,
            "<Folder>\n<name>{name}</name>\n<description>from {heat} ({unit})</description>"
        )?;
        let own = regions
            .regions
            .iter()
            .filter(|region| region.level == number);
        for (place, region) in own.enumerate() {
            let name = format!("{name}, {}", place + 1);
            writer.write_all(placemark(&name, region).as_bytes())?;
        }
        writer.write_all(b"</Folder>\n")?;
    }
    writer.write_all(FOOT.as_bytes())
}

fn placemark(name: &str, region: &Region) -> String {
    let (level, area, maximum) = (region.level, region.area.round(), region.maximum);
    let share = region
        .share
        .map(|share| data("share", &format!("{share:.6}")));
    let share = share.unwrap_or_default();
    let [area, maximum] = [
        data("area_m2", &area.to_string()),
        data("maximum", &maximum.to_string()),
    ];
    let mut text = format!(
        "<Placemark>\n<name>{name}</name>\n<styleUrl>#level{level}</styleUrl>\n\
         <ExtendedData>{maximum}{area}{share}</ExtendedData>\n<Polygon>\n"
    );
    for (number, ring) in region.rings.iter().enumerate() {
        let side = if number == 0 { "outer" } else { "inner" };
        let places: Vec<String> = ring.iter().map(|[x, y]| format!("{x},{y}")).collect();
        let places = places.join(" ");
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "<{side}BoundaryIs><LinearRing><coordinates>{places}</coordinates></LinearRing></{side}BoundaryIs>"
        );
    }
    text + "</Polygon>\n</Placemark>\n"
}

fn data(name: &str, value: &str) -> String {
    format!("<Data name=\"{name}\"><value>{value}</value></Data>")
}
