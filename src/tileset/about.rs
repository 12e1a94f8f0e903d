//! What a store says of its tiles, in the words of `TileJSON` 3.0, which all stores share.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use crate::geo::Bounds;

/// The name under which scales are told.
pub const SCALES: &str = "heatmap:scales";

/// Metadata of a pyramid of tiles.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// What it is called.
    pub name: String,
    /// What it shows, in a sentence.
    pub description: String,
    /// Whom it belongs to, in plain words.
    pub attribution: Option<String>,
    /// The least and the largest zoom.
    pub zooms: RangeInclusive<u8>,
    /// What is on the tiles, within ±180° and the ends of the map.
    pub bounds: Bounds,
    /// Pixels of a side of a tile, as large on the ground whatever they are.
    pub side: u32,
    /// A mark of what colours mean, by zoom: pyramids whose marks are the same can be put together.
    pub scales: BTreeMap<u8, String>,
}

impl About {
    /// The middle of what is on the tiles, and a zoom at which some four tiles show all of it.
    #[must_use]
    pub fn centre(&self) -> (f64, f64, u8) {
        let Bounds {
            south,
            west,
            north,
            east,
        } = self.bounds;
        let wide = (east - west).max(north - south).max(1e-9);
        let zoom = (360.0 / wide).log2().floor().max(0.0) as u8 + 1;
        let zoom = zoom.clamp(*self.zooms.start(), *self.zooms.end());
        (f64::midpoint(west, east), f64::midpoint(south, north), zoom)
    }

    /// As `TileJSON`, with the addresses of tiles where they have one.
    #[must_use]
    pub fn tile_json(&self, tiles: Option<&str>) -> Value {
        let Bounds {
            south,
            west,
            north,
            east,
        } = self.bounds;
        let (x, y, zoom) = self.centre();
        let mut json = json!({
            "tilejson": "3.0.0",
            "name": self.name,
            "description": self.description,
            "version": "1.0.0",
            "type": "overlay",
            "format": "png",
            "tileSize": self.side,
            "minzoom": self.zooms.start(),
            "maxzoom": self.zooms.end(),
            "bounds": [west, south, east, north],
            "center": [x, y, zoom],
            "generator": concat!("heatmap ", env!("CARGO_PKG_VERSION")),
        });
        if !self.scales.is_empty() {
            json[SCALES] = json!(self.scales);
        }
        if let Some(attribution) = &self.attribution {
            json["attribution"] = html(attribution).into();
        }
        if let Some(tiles) = tiles {
            json["tiles"] = json!([tiles]);
        }
        json
    }
}

/// Plain words as HTML, which is how attributions are written.
#[must_use]
pub fn html(words: &str) -> String {
    let entities = [
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("\"", "&quot;"),
    ];
    entities
        .iter()
        .fold(words.to_owned(), |text, (letter, entity)| {
            text.replace(letter, entity)
        })
}
