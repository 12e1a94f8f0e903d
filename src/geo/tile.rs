//! Tiles of web maps: their names, the view of each, and those that cover a view.

use std::fmt;
use std::ops::Range;

use super::{Crs, View};
use crate::raster::Size;

/// The name of a tile: at zoom z the world is 2ᶻ × 2ᶻ of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// The zoom.
    pub z: u8,
    /// From the west.
    pub x: u32,
    /// From the north.
    pub y: u32,
}

impl TileId {
    /// Its number from the south, which is how TMS and `MBTiles` count.
    #[must_use]
    pub fn from_south(self) -> u64 {
        (1_u64 << self.z.min(63)).saturating_sub(1 + u64::from(self.y))
    }

    /// The tile of a smaller zoom that it lies in; itself at its own and any larger one.
    #[must_use]
    pub fn above(self, z: u8) -> Self {
        let up = self.z.saturating_sub(z);
        Self {
            z: self.z - up,
            x: self.x >> up,
            y: self.y >> up,
        }
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.z, self.x, self.y)
    }
}

impl View {
    /// The view of a tile with `side` pixels, 256 or 512 as a rule, whose numbers are whole: tiles
    /// of a zoom meet without a seam, and the four of the next zoom make the same pixels as one
    /// with sides twice as long. `None` when there is no such tile, or it would have no pixels.
    #[must_use]
    pub fn of_tile(tile: TileId, side: u32) -> Option<Self> {
        let count = f64::from(tile.z).exp2();
        let (x, y, side_length) = (f64::from(tile.x), f64::from(tile.y), f64::from(side));
        if x >= count || y >= count {
            return None;
        }
        let from_middle = |number: f64| (number - count / 2.0) * side_length;
        let scale = count * side_length / 360.0;
        Self::new(
            Crs::WebMercator,
            (scale, scale),
            (from_middle(x), from_middle(y)),
            Size::new(side, side)?,
        )
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

    /// The tiles under a view in Web Mercator, of the zoom whose scale is nearest: words on tiles
    /// that were shrunk to half could not be read.
    #[must_use]
    pub fn of(view: &View) -> Self {
        Self::nearest(view, 1.0)
    }

    /// The same of tiles that are enlarged so many times, and their words with them.
    #[must_use]
    pub fn nearest(view: &View, ratio: f64) -> Self {
        let world = view.scale().0 * 360.0 / ratio;
        let zoom = ((world / Self::SIDE).log2() - 1e-9)
            .round()
            .clamp(0.0, Self::LARGEST);
        Self::at(view, zoom as u8)
    }

    /// The tiles of a zoom under a view in Web Mercator.
    #[must_use]
    pub fn at(view: &View, zoom: u8) -> Self {
        let tiles = f64::from(zoom).exp2() / (view.scale().0 * 360.0);
        // From the north-west corner of the world, a square.
        let (origin, scale, size) = (view.origin(), view.scale(), view.size());
        let (left, top) = (origin.0 + 180.0 * scale.0, origin.1 + 180.0 * scale.1);
        Self {
            zoom,
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
    pub fn tile(&self, column: i64, row: i64) -> Option<TileId> {
        let count = 1_i64 << self.zoom;
        (0..count).contains(&row).then(|| TileId {
            z: self.zoom,
            x: column.rem_euclid(count) as u32,
            y: row as u32,
        })
    }

    /// All tiles it touches, each once.
    #[must_use]
    pub fn tiles(&self) -> Vec<TileId> {
        let all = self.rows().flat_map(|row| {
            self.columns()
                .filter_map(move |column| self.tile(column, row))
        });
        let mut tiles: Vec<TileId> = all.collect();
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
    use crate::geo::{Coord, Crs, Extent, MapOptions, Pixels};

    fn view(south: f64, west: f64, north: f64, east: f64, scale: Option<f64>) -> View {
        let extent = Extent::new(
            Coord::lat_lon(south, west).unwrap(),
            Coord::lat_lon(north, east).unwrap(),
        );
        View::fit(
            &MapOptions {
                scale,
                extent,
                ..MapOptions::default()
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
    fn views_between_zooms_get_the_nearest_one_and_at_last_the_largest() {
        let zoom = |pixels: f64| {
            let scale = Some(Crs::WebMercator.metres() / (pixels / 360.0));
            Cover::of(&view(47.0, 8.0, 47.0, 8.0, scale)).zoom
        };
        assert_eq!(
            [100.0, 256.0, 362.0, 363.0, 724.0, 725.0].map(zoom),
            [0, 0, 0, 1, 1, 2]
        );
        assert_eq!(zoom(256.0 * 30_f64.exp2()), 19);
        // Tiles of twice the size are those of the zoom below.
        let place = view(47.0, 8.0, 47.0, 8.0, Some(Cover::metres_per_pixel(7)));
        assert_eq!(Cover::nearest(&place, 2.0).zoom, 6);
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
        assert_eq!(cover.tile(-1, 0), Some(TileId { z: 1, x: 1, y: 0 }));
        assert_eq!((cover.tile(0, -1), cover.tile(0, 2)), (None, None));
        assert_eq!(cover.tiles().len(), 4);
    }

    #[test]
    fn rows_are_counted_from_either_side() {
        assert_eq!(TileId { z: 0, x: 0, y: 0 }.from_south(), 0);
        assert_eq!(TileId { z: 3, x: 0, y: 0 }.from_south(), 7);
        assert_eq!(TileId { z: 3, x: 0, y: 7 }.from_south(), 0);
    }

    /// South, west, north and east of a tile.
    fn bounds(z: u8, x: u32, y: u32) -> [f64; 4] {
        let view = View::of_tile(TileId { z, x, y }, 256).unwrap();
        let [south_west, north_east] = view.extent().corners();
        [
            south_west.y(),
            south_west.x(),
            north_east.y(),
            north_east.x(),
        ]
    }

    #[test]
    fn tiles_lie_where_they_are_known_to() {
        let near = |found: [f64; 4], known: [f64; 4]| {
            let far = found.iter().zip(known).map(|(a, b)| (a - b).abs());
            assert!(far.fold(0.0, f64::max) < 1e-9, "{found:?}");
        };
        let limit = 85.051_128_779_806_59;
        near(bounds(0, 0, 0), [-limit, -180.0, limit, 180.0]);
        near(bounds(1, 1, 1), [-limit, 0.0, 0.0, 180.0]);
        let (north, south) = (66.513_260_443_111_86, 40.979_898_069_620_13);
        near(bounds(3, 4, 2), [south, 0.0, north, 45.0]);
        // The main station of Zürich, as the address of its tile on openstreetmap.org says.
        let [south, west, north, east] = bounds(16, 34_322, 22_949);
        assert!(south < 47.3779 && 47.3779 < north && west < 8.5403 && 8.5403 < east);
    }

    #[test]
    fn tiles_that_are_not_there_have_no_view() {
        let view = |z, x, y, side| View::of_tile(TileId { z, x, y }, side);
        assert_eq!(view(2, 4, 0, 256), None);
        assert_eq!(view(2, 0, 4, 256), None);
        assert_eq!(view(2, 0, 0, 0), None);
        assert!(view(30, (1 << 30) - 1, (1 << 30) - 1, 512).is_some());
    }

    #[test]
    fn the_view_of_a_tile_is_covered_by_it_and_by_its_children() {
        for (z, x, y) in [(0, 0, 0), (1, 1, 0), (5, 17, 11), (19, 274_432, 183_808)] {
            for side in [256, 512] {
                let view = View::of_tile(TileId { z, x, y }, side).unwrap();
                assert_eq!(Cover::at(&view, z).tiles(), [TileId { z, x, y }]);
                let children = children(z, x, y).map(|(child, _)| child);
                assert_eq!(Cover::at(&view, z + 1).tiles(), children);
            }
        }
    }

    /// The tiles of the next zoom with the corners that they have in one of twice 256 pixels.
    fn children(z: u8, x: u32, y: u32) -> [(TileId, (f64, f64)); 4] {
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(right, down)| {
            let child = TileId {
                z: z + 1,
                x: 2 * x + right,
                y: 2 * y + down,
            };
            (child, (f64::from(right) * 256.0, f64::from(down) * 256.0))
        })
    }

    #[test]
    fn four_tiles_are_the_one_above_at_twice_the_size_without_a_seam() {
        for (z, x, y) in [(0, 0, 0), (3, 4, 2), (11, 1072, 717), (17, 68_644, 45_898)] {
            let parent = View::of_tile(TileId { z, x, y }, 512).unwrap();
            for (child, (left, top)) in children(z, x, y) {
                let view = View::of_tile(child, 256).unwrap();
                assert_eq!(view.scale(), parent.scale());
                let (from, above) = (view.origin(), parent.origin());
                assert_eq!((from.0 - above.0, from.1 - above.1), (left, top));
                for (across, down) in [(0.5, 0.5), (100.3, 7.9), (255.5, 255.5), (-20.0, 300.0)] {
                    let place = view.place(Pixels { x: across, y: down });
                    let (one, other) = (view.pixels(place), parent.pixels(place));
                    assert_eq!(
                        (one.x.floor() + left, one.y.floor() + top),
                        (other.x.floor(), other.y.floor())
                    );
                }
            }
        }
    }
}
