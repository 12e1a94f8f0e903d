//! Frame of cells: the pixels of a view that a database has counted points on, and those around it
//! as far as heat goes.
//!
//! It is a [`View`] without the limits of a picture, for the cells of a whole zoom of the world are
//! more than any picture has. As JSON it travels beside cells, so that they are never drawn on
//! other pixels than they were counted on.

use std::path::Path;

use serde_json::{Value, json};

use super::view::middle;
use super::{Coord, Crs, View};
use crate::error::{self, Error, Location};
use crate::raster::Size;

/// The newest version of its description.
const VERSION: u64 = 1;
/// What a description says that it is.
const FORMAT: &str = "heatmap cells";
/// Bytes of the longest one.
const LONGEST: u64 = 1 << 16;
/// Cells on a side at the most: there the middles of cells are exact.
const MOST: u64 = 1 << 40;

/// Which pixels cells are counted on.
#[derive(Clone, Debug, PartialEq)]
pub struct CellFrame {
    crs: Crs,
    scale: (f64, f64),
    origin: (f64, f64),
    width: u64,
    height: u64,
    reach: u64,
    middle: Option<f64>,
    has_values: bool,
}

impl CellFrame {
    /// The pixels of a view, and `reach` more on every side.
    #[must_use]
    pub fn of(view: &View, reach: usize) -> Self {
        let size = view.size();
        Self::new(
            view.crs(),
            (view.scale(), view.origin()),
            (size.width() as u64, size.height() as u64),
            reach as u64,
        )
    }

    /// All pixels of a zoom of map tiles, 256 to a side of a tile.
    #[must_use]
    pub fn world(zoom: u8) -> Self {
        let side = 256_u64 << zoom.min(31);
        let (scale, corner) = (side as f64 / 360.0, side as f64 / -2.0);
        // What lies on the southern end of the map begins one more row.
        let places = ((scale, scale), (corner, corner));
        Self::new(Crs::WebMercator, places, (side, side), 1)
    }

    fn new(
        crs: Crs,
        (scale, origin): ((f64, f64), (f64, f64)),
        (width, height): (u64, u64),
        reach: u64,
    ) -> Self {
        Self {
            crs,
            scale,
            origin,
            width,
            height,
            reach,
            middle: middle(crs, scale.0, origin.0, width as f64),
            has_values: false,
        }
    }

    /// The same where weights are values, so that points of weight 0 are among the cells.
    #[must_use]
    pub fn of_values(self, has_values: bool) -> Self {
        Self { has_values, ..self }
    }

    /// The view; `None` if it is more than a picture has.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        let side = |side: u64| u32::try_from(side).ok();
        let size = Size::new(side(self.width)?, side(self.height)?)?;
        View::new(self.crs, self.scale, self.origin, size)
    }

    /// The coordinate system of the picture.
    #[must_use]
    pub fn crs(&self) -> Crs {
        self.crs
    }

    /// Pixels per degree, across and down.
    #[must_use]
    pub fn scale(&self) -> (f64, f64) {
        self.scale
    }

    /// The largest zoom of tiles with so many pixels on a side whose pixels are not smaller than the
    /// cells; `None` if these are not in Web Mercator.
    #[must_use]
    pub fn zoom_of_tiles(&self, side: u32) -> Option<u8> {
        let zoom = (self.scale.0 * 360.0 / f64::from(side)).log2();
        // What was made of a zoom may be a little off.
        let zoom = (zoom + 1e-6).floor().clamp(0.0, 31.0);
        (self.crs == Crs::WebMercator).then_some(zoom as u8)
    }

    /// The top left pixel, in pixels from (0, 0) of the plane to the right and down.
    #[must_use]
    pub fn origin(&self) -> (f64, f64) {
        self.origin
    }

    /// Pixels to the right and down.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        (self.width, self.height)
    }

    /// How many cells there are beyond the picture, on every side.
    #[must_use]
    pub fn reach(&self) -> u64 {
        self.reach
    }

    /// The longitude of the middle, where places are drawn 360° further on if that is nearer to it.
    #[must_use]
    pub fn middle(&self) -> Option<f64> {
        self.middle
    }

    /// Whether points of weight 0 are among the cells.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.has_values
    }

    /// The place at the middle of a cell, counted from the first pixel of the picture; `None` if
    /// that is none of these cells.
    #[must_use]
    pub fn center(&self, x: i64, y: i64) -> Option<Coord> {
        let reach = self.reach as i64;
        let is_in = |at: i64, side: u64| at >= -reach && at < side as i64 + reach;
        (is_in(x, self.width) && is_in(y, self.height)).then(|| {
            let across = (x as f64 + 0.5 + self.origin.0) / self.scale.0;
            let down = (y as f64 + 0.5 + self.origin.1) / self.scale.1;
            Coord::unchecked(across, self.crs.latitude(down * self.crs.down()))
        })
    }

    /// Its description: JSON.
    #[must_use]
    pub fn text(&self) -> String {
        let description = json!({
            "format": FORMAT,
            "version": VERSION,
            "projection": self.crs.projection(),
            "pixels_per_degree": [self.scale.0, self.scale.1],
            "origin": [self.origin.0, self.origin.1],
            "width": self.width,
            "height": self.height,
            "reach": self.reach,
            "values": self.has_values,
        });
        description.to_string()
    }

    /// What a file describes; `None` if that is something else.
    ///
    /// # Errors
    /// When it cannot be read, or describes what cannot be.
    pub fn read(path: &Path) -> error::Result<Option<Self>> {
        let about = std::fs::metadata(path);
        if about.is_ok_and(|about| !about.is_file() || about.len() > LONGEST) {
            return Ok(None);
        }
        let wrong = |fact: String| Error::input(Location::file(path), fact);
        let bytes = std::fs::read(path);
        let bytes = bytes.map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self::parse(&text).map_err(wrong)
    }

    /// What a description says; `None` if it is of something else.
    ///
    /// # Errors
    /// Why it cannot be used, in words.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Ok(None);
        };
        if value["format"] != FORMAT {
            return Ok(None);
        }
        match value["version"].as_u64() {
            Some(VERSION) => {}
            Some(newer) => {
                return Err(format!(
                    "a newer version of heatmap wrote it (format {newer}; this one reads {VERSION})"
                ));
            }
            None => return Err("it does not say its version".to_owned()),
        }
        Self::from_json(&value)
            .map(Some)
            .ok_or_else(|| "it does not describe the pixels of cells".to_owned())
    }

    fn from_json(value: &Value) -> Option<Self> {
        let pair = |name: &str| Some((value[name][0].as_f64()?, value[name][1].as_f64()?));
        let side = |name: &str| value[name].as_u64().filter(|side| *side <= MOST);
        let crs = match Crs::of_projection(value["projection"].as_str()?)? {
            crs @ (Crs::Wgs84 | Crs::WebMercator) => crs,
            Crs::Projected(_) | Crs::Plane { .. } => return None,
        };
        let (scale, origin) = (pair("pixels_per_degree")?, pair("origin")?);
        let size = (side("width")?, side("height")?);
        let is_sound = [scale.0, scale.1].iter().all(|scale| *scale > 0.0)
            && [scale.0, scale.1, origin.0, origin.1]
                .iter()
                .all(|number| number.is_finite() && number.abs() < MOST as f64)
            && size.0.min(size.1) > 0;
        is_sound.then_some(())?;
        let frame = Self::new(crs, (scale, origin), size, side("reach")?);
        Some(frame.of_values(value["values"].as_bool()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Extent, Finder, MapOptions};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_middle_of_a_cell_lies_on_that_cell(
            (south, west) in (-89.0..80.0, -190.0..170.0), (high, wide) in (0.001..60.0, 0.001..90.0),
            plain: bool, reach in 0_usize..40, cells in prop::collection::vec((0.0..1.0, 0.0..1.0), 1..50),
        ) {
            let place = |x: f64, y: f64| Coord::unchecked(x, y.min(89.9));
            let extent = Extent::new(place(west, south), place(west + wide, south + high));
            let crs = if plain { Crs::Wgs84 } else { Crs::WebMercator };
            let view = View::fit(&MapOptions { crs, width: 300.try_into().ok(), max_pixels: 1 << 20, max_side: 3000, ..MapOptions::default() }, extent, 5.0);
            let Ok(view) = view else { return Ok(()) };
            let (frame, finder) = (CellFrame::of(&view, reach), Finder::new(&view, reach));
            prop_assert_eq!(CellFrame::parse(&frame.text()), Ok(Some(frame.clone())));
            prop_assert_eq!(frame.view(), Some(view.clone()));
            for (across, down) in cells {
                let (column, row) = ((across * finder.width() as f64) as i64, (down * finder.height() as f64) as i64);
                let (x, y) = (column - reach as i64, row - reach as i64);
                let at = frame.center(x, y).unwrap();
                // Beyond the end of the map there is none, and no point is counted there.
                let is_shown = at.y().abs() <= crs.limit() && frame.middle.is_none_or(|middle| (at.x() - middle).abs() <= 180.0);
                if is_shown {
                    prop_assert_eq!(finder.cell(at), Some(row as usize * finder.width() + column as usize));
                }
            }
            prop_assert_eq!(frame.center(-1 - reach as i64, 0), None);
            prop_assert_eq!(frame.center(0, (view.size().height() + reach) as i64), None);
        }
    }

    #[test]
    fn what_is_no_description_is_none_and_a_wrong_one_an_error() {
        assert_eq!(CellFrame::parse("{}"), Ok(None));
        assert_eq!(CellFrame::parse("lat,lon"), Ok(None));
        let text = CellFrame::world(3).text();
        for (from, to) in [
            ("\"version\":1", "\"version\":2"),
            ("\"width\":2048", "\"width\":0"),
            ("\"reach\":1", "\"reach\":-1"),
            ("mercator", "EPSG:28992"),
        ] {
            assert!(CellFrame::parse(&text.replace(from, to)).is_err(), "{to}");
        }
        assert_eq!(CellFrame::world(20).view(), None);
    }

    #[test]
    fn the_world_of_a_zoom_is_all_its_tiles() {
        let world = CellFrame::world(1);
        assert_eq!(world.size(), (512, 512));
        assert_eq!(world.origin(), (-256.0, -256.0));
        let corner = world.center(-1, 0).unwrap();
        assert_eq!(corner.x(), -180.0 - 0.5 * 360.0 / 512.0);
        assert_eq!((world.reach(), world.middle()), (1, None));
    }
}
