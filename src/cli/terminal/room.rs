//! Room for a picture in the window of a terminal: the picture that a file would have, scaled down.
//!
//! One that is drawn as large as the window was tried: it has another scale and another frame, so
//! that what is saved is not what was seen.

use std::io;

use heatmap::raster::{Filter, Raster, Size};

use super::Way;
use super::window::Window;

/// The pixels that there are for a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    width: u32,
    height: u32,
}

impl Room {
    /// What a window has, `below` lines left out; `None` when no picture is to be drawn.
    pub fn new(way: Way, window: Window, below: u16) -> Option<Self> {
        let (letter, lost) = match way {
            Way::Kitty | Way::Iterm => (window.letter, 0),
            // Some terminals go on a line further down.
            Way::Sixel => (window.letter, 1),
            Way::Blocks(_) => ((1, 2), 0),
            Way::Numbers => return None,
        };
        // One line is for the prompt that comes next.
        let rows = window.rows.saturating_sub(below + lost + 1).max(1);
        let pixels = |count: u16, each: u16| u32::from(count) * u32::from(each);
        Some(Self {
            width: pixels(window.columns, letter.0),
            height: pixels(rows, letter.1),
        })
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

    const BLOCKS: Way = Way::Blocks(Palette::All);

    fn window(columns: u16, rows: u16) -> Window {
        Window {
            columns,
            rows,
            letter: (9, 18),
        }
    }

    fn shown(room: Room, width: u32, height: u32) -> (usize, usize) {
        let size = room.size(Size::new(width, height).unwrap());
        (size.width(), size.height())
    }

    #[test]
    fn a_picture_fills_the_window_and_leaves_the_lines_below() {
        let room = Room::new(BLOCKS, window(200, 50), 2).unwrap();
        assert_eq!((room.width, room.height), (200, 94));
        assert_eq!(shown(room, 1024, 300), (200, 59));
        assert_eq!(shown(room, 500, 1024), (46, 94));
        let room = Room::new(Way::Kitty, window(80, 24), 2).unwrap();
        assert_eq!((room.width, room.height), (720, 21 * 18));
        assert_eq!(Room::new(Way::Numbers, window(80, 24), 2), None);
    }

    #[test]
    fn no_window_is_too_small_and_no_picture_too_flat() {
        for (columns, rows) in [(1, 1), (3, 2), (80, 1), (1, 60), (1000, 500)] {
            for (width, height) in [(1, 1), (1024, 1), (1, 1024), (1024, 900), (8000, 6000)] {
                let room = Room::new(BLOCKS, window(columns, rows), 2).unwrap();
                let (across, down) = shown(room, width, height);
                assert!(
                    (1..=room.width as usize).contains(&across)
                        && (1..=room.height as usize).contains(&down),
                    "{columns} × {rows}: {width} × {height} is {across} × {down}"
                );
            }
        }
    }

    #[test]
    fn pictures_are_made_smaller_but_never_larger() {
        let room = Room {
            width: 4,
            height: 4,
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
