//! View that fits into the window of a terminal.

use std::io;
use std::num::NonZeroU32;

use heatmap::error::Result;
use heatmap::geo;
use heatmap::geo::{Extent, Radius, View};
use heatmap::raster::{Filter, Raster, Size};

use super::Way;
use super::window::Window;

/// The longer side of a picture, in pixels: on a screen with many small ones, heat of the usual
/// radius would be too fine to see.
const LARGEST: u32 = 2048;
/// Heat of the usual radius is as fat as a finger where a letter has two pixels. Pictures of three
/// times the size, scaled down, are fine and still bright: looked at with tracks and with points,
/// at one to seven times.
const FINER: u32 = 3;

/// The pixels that there are for a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    width: u32,
    height: u32,
    /// How much larger a picture is drawn before it is scaled down.
    finer: u32,
}

impl Fit {
    /// What a window has, `below` lines left out; `None` when no picture is to be drawn.
    pub fn new(way: Way, window: Window, below: u16) -> Option<Self> {
        let (letter, finer, lost) = match way {
            Way::Kitty | Way::Iterm => (window.letter, 1, 0),
            // Some terminals go on a line further down.
            Way::Sixel => (window.letter, 1, 1),
            Way::Blocks(_) => ((1, 2), FINER, 0),
            Way::Numbers => return None,
        };
        // One line is for the prompt that comes next.
        let rows = window.rows.saturating_sub(below + lost + 1).max(1);
        let pixels = |count: u16, each: u16| (u32::from(count) * u32::from(each)).min(LARGEST);
        Some(Self {
            width: pixels(window.columns, letter.0),
            height: pixels(rows, letter.1),
            finer,
        })
    }

    /// The view that fills the room in one direction at least.
    ///
    /// # Errors
    /// As [`View::fit`].
    pub fn fit(self, map: &geo::Options, data: Option<Extent>, radius: Radius) -> Result<View> {
        // However small the window, a good part of the picture is left for the data.
        let reach = match radius {
            Radius::Pixels(pixels) => pixels.ceil(),
            // It is as large or small as the rest of the data.
            Radius::Metres(_) => 1.0,
        };
        let least = 4.0 * (reach + f64::from(map.margin)) / f64::from(self.width.min(self.height));
        let finer = self.finer.max(least.ceil() as u32);
        let (width, height) = (self.width * finer, self.height * finer);
        let wide = View::fit(
            &geo::Options {
                width: NonZeroU32::new(width),
                ..map.clone()
            },
            data,
            radius,
        );
        match wide {
            Ok(wide) if wide.size().height() <= height as usize => Ok(wide),
            // Too high, or even higher than any picture may be.
            _ => View::fit(
                &geo::Options {
                    height: NonZeroU32::new(height),
                    ..map.clone()
                },
                data,
                radius,
            ),
        }
    }

    /// A picture that is not larger than the room.
    ///
    /// # Errors
    /// When it cannot be scaled, which nothing known leads to.
    pub fn scaled(self, picture: &Raster) -> io::Result<Raster> {
        let size = self.size(picture.size());
        if size == picture.size() {
            return Ok(picture.clone());
        }
        picture
            .scaled(picture.whole(), size, Filter::Lanczos3)
            .map_err(io::Error::other)
    }

    /// The size that a picture of another is shown in.
    fn size(self, size: Size) -> Size {
        let (width, height) = (size.width() as f64, size.height() as f64);
        let scale = (f64::from(self.width) / width)
            .min(f64::from(self.height) / height)
            .min(1.0);
        let side = |pixels: f64| ((pixels * scale).round() as u32).max(1);
        Size::new(side(width), side(height)).unwrap_or(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::blocks::Palette;
    use heatmap::Coord;

    const BLOCKS: Way = Way::Blocks(Palette::All);

    fn window(columns: u16, rows: u16) -> Window {
        Window {
            columns,
            rows,
            letter: (9, 18),
        }
    }

    fn extent(north: f64, east: f64) -> Option<Extent> {
        Extent::new(
            Coord::lat_lon(0.0, 0.0).unwrap(),
            Coord::lat_lon(north, east).unwrap(),
        )
    }

    fn shown(room: Fit, data: Option<Extent>, radius: f64) -> (usize, usize) {
        let size = room.size(
            room.fit(&geo::Options::default(), data, radius.into())
                .unwrap()
                .size(),
        );
        (size.width(), size.height())
    }

    #[test]
    fn a_picture_fills_the_window_and_leaves_the_lines_below() {
        let room = Fit::new(BLOCKS, window(200, 50), 2).unwrap();
        assert_eq!((room.width, room.height), (200, 94));
        assert_eq!(shown(room, extent(10.0, 90.0), 5.0).0, 200);
        assert_eq!(shown(room, extent(40.0, 10.0), 5.0).1, 94);
        let room = Fit::new(Way::Kitty, window(80, 24), 2).unwrap();
        assert_eq!((room.width, room.height), (720, 21 * 18));
        assert_eq!(Fit::new(Way::Numbers, window(80, 24), 2), None);
    }

    #[test]
    fn no_window_is_too_small_and_no_data_too_flat() {
        for (columns, rows) in [(1, 1), (3, 2), (80, 1), (1, 60), (1000, 500)] {
            for data in [
                extent(0.0, 0.0),
                extent(0.0, 90.0),
                extent(60.0, 0.0),
                extent(1e-5, 90.0),
                extent(60.0, 1e-5),
            ] {
                for radius in [0.5, 5.0, 300.0] {
                    let room = Fit::new(BLOCKS, window(columns, rows), 2).unwrap();
                    let (width, height) = shown(room, data, radius);
                    assert!(
                        width <= room.width as usize && height <= room.height as usize,
                        "{columns} {rows} {data:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn pictures_are_made_smaller_but_never_larger() {
        let room = Fit {
            width: 4,
            height: 4,
            finer: 1,
        };
        let small = Raster::new(
            Size::new(2, 1).unwrap(),
            vec![[1, 2, 3, 255], [4, 5, 6, 255]],
        )
        .unwrap();
        assert_eq!(room.scaled(&small).unwrap(), small);
        let large = Raster::new(Size::new(8, 2).unwrap(), vec![[200, 100, 0, 255]; 16]).unwrap();
        let scaled = room.scaled(&large).unwrap();
        assert_eq!(
            (scaled.size(), scaled.pixels()[3]),
            (Size::new(4, 1).unwrap(), [200, 100, 0, 255])
        );
    }
}
