//! A page with a map that can be moved: one file that holds everything and opens from a disk,
//! without a network.
//!
//! The picture lies where it belongs on a map drawn by Leaflet 1.9.4 (BSD-2-Clause,
//! `leaflet.LICENSE.txt`), which is in the page, as are its own few lines of script. Street maps
//! come from the web: when the reader of the page wants them, and at once only where the page
//! itself came over the network. (A page on a disk has no address to give, and `OpenStreetMap` asks
//! for one.) In plate carrée there are none. Browsers show pictures of about 16,384 pixels a side
//! at the most.

pub mod preview;

use std::io::{self, Write};

use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;
use quick_xml::escape::escape;
use serde_json::json;

use super::png;
use crate::geo::{Bounds, Crs, View};
use crate::raster::Raster;

/// Words of a page besides the picture. Nothing in it is trusted: markup in it is shown as it is
/// written.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The heading, the title of the window and what the picture is called for those who do not see
    /// it.
    pub title: &'a str,
    /// A sentence below the heading, if it is not empty.
    pub description: &'a str,
    /// What the colours mean, drawn.
    pub legend: Option<&'a Raster>,
    /// How opaque the heat is at first, in percent.
    pub opacity: u8,
    /// The street map that readers may show beneath.
    pub tiles: Option<Tiles<'a>>,
    /// The colour behind the picture; that of the page.
    pub background: Option<[u8; 4]>,
    /// How the pictures are compressed.
    pub level: png::Level,
}

/// Where a street map comes from.
#[derive(Clone, Copy, Debug)]
pub struct Tiles<'a> {
    /// Their address, with `{z}`, `{x}` and `{y}`.
    pub url: &'a str,
    /// Whom to thank.
    pub credit: &'a str,
    /// Where they say how they want to be thanked: an address that begins with http.
    pub link: Option<&'a str>,
}

impl Tiles<'static> {
    /// Those of `OpenStreetMap`.
    pub const OPEN_STREET_MAP: Self = Self {
        url: "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        credit: "© OpenStreetMap contributors",
        link: Some("https://www.openstreetmap.org/copyright"),
    };
}

impl Tiles<'_> {
    /// As HTML.
    fn attribution(&self) -> String {
        let credit = escape(self.credit);
        match self.link.filter(|link| link.starts_with("http")) {
            Some(link) => format!("<a href=\"{}\">{credit}</a>", escape(link)),
            None => credit.into_owned(),
        }
    }
}

impl Default for Page<'_> {
    fn default() -> Self {
        let tiles = Some(Tiles::OPEN_STREET_MAP);
        Self {
            title: "Heat map",
            description: "",
            legend: None,
            opacity: 85,
            tiles,
            background: None,
            level: png::Level::Default,
        }
    }
}

/// The page, with names in double braces where something is filled in.
const TEMPLATE: &str = include_str!("page.html");

/// Writes a page.
///
/// # Errors
/// When the writer fails.
pub fn write(raster: &Raster, place: &View, page: &Page, writer: &mut dyn Write) -> io::Result<()> {
    fill(TEMPLATE, writer, |name, writer| match name {
        "picture" => base64(raster, page.level, writer),
        "legend" => page
            .legend
            .map_or(Ok(()), |legend| show_legend(legend, page.level, writer)),
        name => writer.write_all(text(name, place, page).as_bytes()),
    })
}

/// Writes a template, and for every name in double braces what is given for it. That is never
/// looked at for further names.
fn fill(
    template: &str,
    writer: &mut dyn Write,
    mut give: impl FnMut(&str, &mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut rest = template;
    while let Some((before, (name, after))) = rest
        .split_once("{{")
        .and_then(|(a, b)| Some((a, b.split_once("}}")?)))
    {
        writer.write_all(before.as_bytes())?;
        give(name, writer)?;
        rest = after;
    }
    writer.write_all(rest.as_bytes())
}

fn text(name: &str, place: &View, page: &Page) -> String {
    match name {
        "title" => escape(page.title).into_owned(),
        "description" => paragraph(page.description),
        "opacity" => page.opacity.min(100).to_string(),
        "settings" => settings(place, page),
        "page.js" => include_str!("page.js").to_owned(),
        other => shared(other).to_owned(),
    }
}

/// A paragraph, if there are any words for it.
fn paragraph(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!("<p>{}</p>", escape(words))
    }
}

/// Leaflet's script.
pub const LEAFLET_JS: &str = include_str!("leaflet.js");
/// Leaflet's style sheet.
pub const LEAFLET_CSS: &str = include_str!("leaflet.css");
/// Leaflet's licence.
pub const LEAFLET_LICENCE: &str = include_str!("leaflet.LICENSE.txt");

/// What all pages hold.
fn shared(name: &str) -> &'static str {
    match name {
        "licence" => LEAFLET_LICENCE,
        "leaflet.css" => LEAFLET_CSS,
        "leaflet.js" => LEAFLET_JS,
        "page.css" => include_str!("page.css"),
        other => unreachable!("no template has {other}: tests fill in all of them"),
    }
}

/// JSON that cannot end the element it is in.
fn embedded(settings: &serde_json::Value) -> String {
    settings.to_string().replace('<', "\\u003c")
}

/// Parameters of the script, as JSON that cannot end the element it is in.
fn settings(place: &View, page: &Page) -> String {
    let Bounds {
        south,
        west,
        north,
        east,
    } = place.bounds();
    let mercator = place.crs() == Crs::WebMercator;
    let tiles = page.tiles.filter(|_| mercator);
    let tiles = tiles.map(|tiles| json!({ "url": tiles.url, "attribution": tiles.attribution() }));
    let background = page.background.map(|[r, g, b, a]| {
        let alpha = f64::from(a) / 255.0;
        format!("rgba({r}, {g}, {b}, {alpha:.3})")
    });
    let bounds = [[south, west], [north, east]];
    embedded(
        &json!({ "bounds": bounds, "mercator": mercator, "tiles": tiles, "background": background }),
    )
}

fn show_legend(legend: &Raster, level: png::Level, writer: &mut dyn Write) -> io::Result<()> {
    let (width, height) = (legend.size().width(), legend.size().height());
    write!(
        writer,
        "<img alt=\"Legend\" width=\"{width}\" height=\"{height}\" src=\"data:image/png;base64,"
    )?;
    base64(legend, level, writer)?;
    writer.write_all(b"\">")
}

fn base64(raster: &Raster, level: png::Level, writer: &mut dyn Write) -> io::Result<()> {
    let mut encoder = EncoderWriter::new(writer, &STANDARD);
    png::write(
        raster,
        &png::Options {
            level,
            ..png::Options::default()
        },
        &mut encoder,
    )?;
    encoder.finish().map(drop)
}

#[cfg(test)]
mod tests;
