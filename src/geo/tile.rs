//! The square pieces that maps on the web are cut into.

use std::fmt;
use std::ops::Range;

use super::{Crs, View};

/// The number of a tile: at zoom z the world is 2ᶻ × 2ᶻ of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// The zoom.
    pub z: u8,
    /// From the west.
    pub x: u32,
    /// From the north.
    pub y: u32,
}

impl Tile {
    /// Its number from the south, which is how TMS and `MBTiles` count.
    #[must_use]
    pub fn from_south(self) -> u64 {
        (1_u64 << self.z.min(63)).saturating_sub(1 + u64::from(self.y))
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.z, self.x, self.y)
    }
}

/// The part of the world's tiles of one zoom that lies under a view, in tiles from the north-west
/// corner of the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cover {
    /// The zoom.
    pub zoom: u8,
    /// From the left edge of the world to that of the view. Less than nothing when the view reaches
    /// around the world.
    pub left: f64,
    /// From the upper edge of the world to that of the view.
    pub top: f64,
    /// How wide the view is.
    pub width: f64,
    /// How high the view is.
    pub height: f64,
}

impl Cover {
    /// The side of a tile in pixels, by which zooms are chosen.
    const SIDE: f64 = 256.0;
    /// The largest zoom that servers have as a rule; larger views get its tiles enlarged.
    const LARGEST: f64 = 19.0;

    /// Metres per pixel at the equator of a zoom of web maps, whose world is one tile of 256 × 256
    /// pixels at zoom 0 and twice as wide at each further one.
    #[must_use]
    pub fn metres_per_pixel(zoom: u8) -> f64 {
        Crs::WebMercator.metres() / (Self::SIDE * f64::from(zoom).exp2() / 360.0)
    }

    /// The tiles under a view in Web Mercator, of the least zoom that has no fewer pixels than the
    /// view.
    #[must_use]
    pub fn of(view: &View) -> Self {
        let world = view.scale().0 * 360.0;
        // Rounding must not turn a view that is as large as its tiles into one that is a little
        // larger.
        let zoom = ((world / Self::SIDE).log2() - 1e-9)
            .ceil()
            .clamp(0.0, Self::LARGEST);
        let tiles = zoom.exp2() / world;
        // From the north-west corner of the world, a square.
        let (origin, scale, size) = (view.origin(), view.scale(), view.size());
        let (left, top) = (origin.0 + 180.0 * scale.0, origin.1 + 180.0 * scale.1);
        Self {
            zoom: zoom as u8,
            left: left * tiles,
            top: top * tiles,
            width: size.width() as f64 * tiles,
            height: size.height() as f64 * tiles,
        }
    }

    /// The columns of tiles it touches.
    #[must_use]
    pub fn columns(&self) -> Range<i64> {
        touched(self.left, self.width)
    }

    /// The rows of tiles it touches.
    #[must_use]
    pub fn rows(&self) -> Range<i64> {
        touched(self.top, self.height)
    }

    /// The tile at a column and a row. Columns go around the world; beyond its first and last row
    /// there is none.
    #[must_use]
    pub fn tile(&self, column: i64, row: i64) -> Option<Tile> {
        let count = 1_i64 << self.zoom;
        (0..count).contains(&row).then(|| Tile {
            z: self.zoom,
            x: column.rem_euclid(count) as u32,
            y: row as u32,
        })
    }

    /// All tiles it touches, each once.
    #[must_use]
    pub fn tiles(&self) -> Vec<Tile> {
        let all = self.rows().flat_map(|row| {
            self.columns()
                .filter_map(move |column| self.tile(column, row))
        });
        let mut tiles: Vec<Tile> = all.collect();
        tiles.sort_unstable();
        tiles.dedup();
        tiles
    }
}

/// What of a tile is touched by less than this is touched by rounding.
const HAIR: f64 = 1e-6;

fn touched(from: f64, length: f64) -> Range<i64> {
    (from + HAIR).floor() as i64..(from + length - HAIR).ceil() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Coord, Crs, Extent, Options};

    fn view(south: f64, west: f64, north: f64, east: f64, scale: Option<f64>) -> View {
        let extent = Extent::new(
            Coord::lat_lon(south, west).unwrap(),
            Coord::lat_lon(north, east).unwrap(),
        );
        View::fit(
            &Options {
                scale,
                extent,
                ..Options::default()
            },
            None,
            0.0,
        )
        .unwrap()
    }

    #[test]
    fn a_view_at_the_scale_of_a_zoom_is_covered_by_its_tiles() {
        let scale = Some(Cover::metres_per_pixel(3));
        let cover = Cover::of(&view(-10.0, -10.0, 50.0, 40.0, scale));
        assert_eq!(cover.zoom, 3);
        assert_eq!((cover.columns(), cover.rows()), (3..5, 2..5));
        assert_eq!(cover.tiles().len(), 6);
        // Whole pixels.
        assert!((cover.left * 256.0 - (cover.left * 256.0).round()).abs() < 1e-6);
    }

    #[test]
    fn views_between_zooms_get_the_larger_one_and_at_last_the_largest() {
        let zoom = |pixels: f64| {
            let scale = Some(Crs::WebMercator.metres() / (pixels / 360.0));
            Cover::of(&view(47.0, 8.0, 47.0, 8.0, scale)).zoom
        };
        assert_eq!(
            [100.0, 256.0, 257.0, 512.0, 513.0].map(zoom),
            [0, 0, 1, 1, 2]
        );
        assert_eq!(zoom(256.0 * 30_f64.exp2()), 19);
    }

    #[test]
    fn around_the_world_tiles_come_again_and_beyond_the_poles_are_none() {
        let cover = Cover {
            zoom: 1,
            left: -0.5,
            top: -0.5,
            width: 3.0,
            height: 3.0,
        };
        assert_eq!((cover.columns(), cover.rows()), (-1..3, -1..3));
        assert_eq!(cover.tile(-1, 0), Some(Tile { z: 1, x: 1, y: 0 }));
        assert_eq!((cover.tile(0, -1), cover.tile(0, 2)), (None, None));
        assert_eq!(cover.tiles().len(), 4);
    }

    #[test]
    fn rows_are_counted_from_either_side() {
        assert_eq!(Tile { z: 0, x: 0, y: 0 }.from_south(), 0);
        assert_eq!(Tile { z: 3, x: 0, y: 0 }.from_south(), 7);
        assert_eq!(Tile { z: 3, x: 0, y: 7 }.from_south(), 0);
    }
}
