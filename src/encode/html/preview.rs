//! A page with a map for a pyramid of tiles in `PMTiles`: one file that opens from a disk.
//!
//! Browsers give pages on a disk no other file of it. So the archive is in the page, or the reader
//! of the page chooses it from the disk; over HTTP the page gets those parts of it that are seen.
//! Archives are read by pmtiles 4.5.0 (BSD-3-Clause, with fflate 0.8, MIT; `pmtiles.LICENSE.txt`).

use std::io::{self, Write};
use std::ops::RangeInclusive;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;
use quick_xml::escape::escape;
use serde_json::{Value, json};

use super::{Tiles, embedded, fill, paragraph, shared};
use crate::geo::Bounds;

/// What a page shows. Nothing in it is trusted: markup in it is shown as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Preview<'a> {
    /// The heading and the title of the window.
    pub title: &'a str,
    /// A sentence below the heading, if it is not empty.
    pub description: &'a str,
    /// Whom the tiles belong to.
    pub attribution: Option<&'a str>,
    /// Where heat lies.
    pub bounds: Bounds,
    /// The least and the largest zoom of the tiles.
    pub zooms: (u8, u8),
    /// The name of the archive, which lies beside the page.
    pub name: &'a str,
    /// The archive itself, where it is to be in the page.
    pub archive: Option<&'a [u8]>,
    /// What the colours of some zooms stand for, as PNG.
    pub legends: &'a [(RangeInclusive<u8>, Vec<u8>)],
}

/// The page, with names in double braces where something is filled in.
const TEMPLATE: &str = include_str!("preview.html");

/// Writes a page.
///
/// # Errors
/// When the writer fails.
pub fn write(preview: &Preview<'_>, writer: &mut dyn Write) -> io::Result<()> {
    fill(TEMPLATE, writer, |name, writer| match name {
        "archive" => archive(preview.archive.unwrap_or_default(), writer),
        name => writer.write_all(text(name, preview).as_bytes()),
    })
}

fn archive(bytes: &[u8], writer: &mut dyn Write) -> io::Result<()> {
    let mut encoder = EncoderWriter::new(writer, &STANDARD);
    encoder.write_all(bytes)?;
    encoder.finish().map(drop)
}

fn text(name: &str, preview: &Preview<'_>) -> String {
    match name {
        "title" => escape(preview.title).into_owned(),
        "description" => paragraph(preview.description),
        "settings" => embedded(&settings(preview)),
        "pmtiles licence" => include_str!("pmtiles.LICENSE.txt").to_owned(),
        "pmtiles.js" => include_str!("pmtiles.js").to_owned(),
        "preview.js" => include_str!("preview.js").to_owned(),
        other => shared(other).to_owned(),
    }
}

/// Parameters of the script.
fn settings(preview: &Preview<'_>) -> Value {
    let Bounds {
        south,
        west,
        north,
        east,
    } = preview.bounds;
    let legends: Vec<Value> = preview
        .legends
        .iter()
        .map(|(zooms, png)| {
            let picture = Base64Display::new(png, &STANDARD);
            json!([
                zooms.start(),
                zooms.end(),
                format!("data:image/png;base64,{picture}")
            ])
        })
        .collect();
    let streets = Tiles::OPEN_STREET_MAP;
    json!({
        "bounds": [[south, west], [north, east]],
        "zooms": [preview.zooms.0, preview.zooms.1],
        "archive": preview.name,
        "attribution": preview.attribution.map(escape),
        "legends": legends,
        "streets": { "url": streets.url, "attribution": streets.attribution() },
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::*;

    fn page(preview: &Preview<'_>) -> String {
        let mut bytes = Vec::new();
        write(preview, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn preview() -> Preview<'static> {
        Preview {
            title: "Rides",
            description: "",
            attribution: None,
            bounds: Bounds {
                south: 47.0,
                west: 8.0,
                north: 48.0,
                east: 9.0,
            },
            zooms: (0, 12),
            name: "rides.pmtiles",
            archive: None,
            legends: &[],
        }
    }

    #[test]
    fn the_archive_is_in_the_page_where_it_is_to_be() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = STANDARD.encode(&bytes);
        let with = page(&Preview {
            archive: Some(&bytes),
            ..preview()
        });
        assert!(with.contains(&format!("id=\"archive\">{text}</script>")));
        assert!(page(&preview()).contains("id=\"archive\"></script>"));
    }

    #[test]
    fn nothing_that_comes_from_outside_becomes_markup() {
        let evil = "</script><script>alert(\"{{archive}}\")</script>'&";
        let page = page(&Preview {
            title: evil,
            description: evil,
            attribution: Some(evil),
            name: evil,
            ..preview()
        });
        assert!(!page.contains("alert(\""));
        assert_eq!(page.matches("</script>").count(), 5);
    }

    #[test]
    fn every_licence_is_in_the_page() {
        let page = page(&preview());
        for owner in ["Volodymyr Agafonkin", "Protomaps LLC", "Arjun Barrett"] {
            assert!(page.contains(owner), "{owner}");
        }
    }
}
