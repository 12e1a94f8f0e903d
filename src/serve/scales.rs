//! One scale for all tiles of a zoom: the range of the heat of its most crowded tiles, found once
//! for each epoch, zoom and way to heat.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::data::{Alive, Interval, Snapshot};
use super::locked::lock;
use super::wanted::TILE;
use crate::color::Range;
use crate::density::Grid;
use crate::error::Result;
use crate::geo::View;
use crate::product::Style;
use crate::raster::Size;

/// Tiles that are heated to find a range. Where no more have data, the range is exact.
const TILES: usize = 32;
/// Ranges that are kept.
const KEPT: usize = 256;

/// The ranges of the passes of a style.
pub type Ranges = Arc<Vec<Range>>;

/// Held by whoever finds them, so that others wait instead of finding them again.
type Found = Arc<Mutex<Option<Ranges>>>;

/// Ranges that are known.
#[derive(Debug, Default)]
pub struct Scales(Mutex<HashMap<String, Found>>);

impl Scales {
    /// The ranges of a style for the tiles of a zoom and an interval of time; `key` is all that they depend on. `None` when
    /// nobody waits for them any more.
    ///
    /// # Errors
    /// When the tiles cannot be heated.
    pub fn ranges(
        &self,
        (key, zoom, interval): (String, u8, Interval),
        data: &Snapshot,
        style: &Style,
        alive: Alive<'_>,
    ) -> Result<Option<Ranges>> {
        if style.layers().iter().all(|layer| layer.scale().is_fixed()) {
            return nothing(style).map(Some);
        }
        let found = {
            let mut known = lock(&self.0);
            if known.len() >= KEPT && !known.contains_key(&key) {
                known.clear();
            }
            Arc::clone(known.entry(key).or_default())
        };
        let mut found = lock(&found);
        if found.is_none() {
            *found = of_tiles((zoom, interval), data, style, alive)?;
        }
        Ok(found.clone())
    }
}

/// What is known of no heat.
fn nothing(style: &Style) -> Result<Ranges> {
    let grid = Size::new(1, 1).map(Grid::cold).transpose()?;
    let ranges = style.layers().iter().zip(grid.iter().cycle());
    let ranges = ranges.map(|(layer, grid)| layer.scale().range(grid));
    Ok(Arc::new(ranges.collect()))
}

fn of_tiles(
    (zoom, interval): (u8, Interval),
    data: &Snapshot,
    style: &Style,
    alive: Alive<'_>,
) -> Result<Option<Ranges>> {
    data.whole(|data| {
        let (tiles, _) = data.tiles(zoom, interval, TILES);
        let mut all: Option<Vec<Range>> = None;
        for view in tiles
            .into_iter()
            .filter_map(|tile| View::of_tile(tile, TILE))
        {
            let widest = widest(style);
            let Some(cells) = data.cells((&view, interval), &widest, alive)? else {
                return Ok(None);
            };
            let mut ranges = Vec::new();
            for layer in style.layers() {
                ranges.push(layer.scale().range(&style.heat(&cells, layer.density())?));
            }
            all = Some(match all {
                None => ranges,
                Some(all) => all
                    .into_iter()
                    .zip(ranges)
                    .map(|(all, one)| all.join(one))
                    .collect(),
            });
        }
        match all {
            Some(all) => Ok(Some(Arc::new(all))),
            None => nothing(style).map(Some),
        }
    })
}

/// How the heat that goes farthest is spread.
pub fn widest(style: &Style) -> crate::density::HeatOptions {
    let larger = |a: crate::density::HeatOptions, b: crate::density::HeatOptions| {
        crate::density::HeatOptions {
            radius: a.radius.larger(b.radius).unwrap_or(a.radius),
            ..a
        }
    };
    style.ways().into_iter().reduce(larger).unwrap_or_default()
}
