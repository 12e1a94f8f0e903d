//! A picture right in the terminal: a finished raster and the facts of it in, what a terminal
//! understands out.
//!
//! `detect` tells from the environment what the terminal can do, `window` how large it is, `room`
//! how large the picture is then; `blocks` and `graphics` write pixels as letters or as one of the
//! graphics protocols, `caption` the lines below, and `screen` leaves the terminal sane whatever
//! happens. Nothing is ever asked of the terminal: an answer that comes late would be typed into
//! the user's shell. Knows nothing of data, heat or colours.

mod blocks;
mod caption;
mod detect;
mod graphics;
mod room;
mod screen;
mod window;

use std::io::{self, Write};

use clap::ValueEnum;
use heatmap::error::Result;
use heatmap::product::{Destination, Display, Facts};
use heatmap::raster::Raster;

use self::blocks::Palette;
pub use self::caption::Caption;
use self::room::Room;
pub use self::screen::reset;
use self::window::Window;
use crate::console::visible;

/// `--terminal`: the best that is known to be there, one of the three graphics protocols,
/// half-blocks, or numbers without a picture.
// Not a comment on each: clap would make a page of help out of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    Auto,
    Kitty,
    Iterm,
    Sixel,
    Blocks,
    None,
}

/// Ways of a picture to the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Kitty,
    Iterm,
    Sixel,
    Blocks(Palette),
    Numbers,
}

/// A terminal that can be drawn on.
#[derive(Debug)]
pub struct Terminal {
    way: Way,
    window: Window,
    /// What half-transparent colours are laid on, where the terminal cannot do that itself.
    ground: [u8; 3],
    /// Words that must be read, whatever else is said.
    credit: Option<String>,
    caption: Option<Caption>,
    room: Option<Room>,
}

impl Terminal {
    /// The terminal that the program runs in; `credit` is whom the map in the picture belongs to.
    pub fn new(choice: Choice, credit: Option<&str>, caption: Option<Caption>) -> Self {
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (way, window) = (detect::way(choice, &env), Window::measure(&env));
        // Numbers alone have no picture to stay with: their lines may be as long as they are.
        let window = if way == Way::Numbers {
            Window {
                columns: u16::MAX,
                ..window
            }
        } else {
            window
        };
        let credit = credit
            .filter(|_| matches!(way, Way::Blocks(_)))
            .map(str::to_owned);
        let credited = credit.as_ref().map_or(0, |words| window.rows_of(words));
        let below =
            credited.saturating_add(caption.as_ref().map_or(0, |caption| caption.height(window)));
        Self {
            way,
            window,
            ground: detect::ground(&env),
            room: Room::new(way, window, below),
            credit,
            caption,
        }
    }

    /// Draws a picture, scaled down to what fits into the window, and the lines below it.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn draw(&self, picture: &Raster, facts: &Facts, writer: &mut dyn Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        if let Some(room) = self.room {
            self.encode(&room.scaled(picture)?, &mut bytes)?;
        }
        let caption = self
            .caption
            .iter()
            .flat_map(|caption| caption.lines(facts, self.window));
        self.credit
            .iter()
            .cloned()
            .chain(caption)
            .try_for_each(|line| writeln!(bytes, "{}", visible(&line)))?;
        screen::write(&bytes, writer)
    }

    fn encode(&self, picture: &Raster, bytes: &mut Vec<u8>) -> io::Result<()> {
        match self.way {
            Way::Kitty => graphics::kitty(picture, bytes),
            Way::Iterm => graphics::iterm(picture, self.window.cells(picture.size()), bytes),
            Way::Sixel => graphics::sixel(picture, self.ground, bytes),
            Way::Blocks(palette) => blocks::write(picture, palette, self.ground, bytes),
            Way::Numbers => Ok(()),
        }
    }
}

impl Display for Terminal {
    /// Words made of half-blocks cannot be read, so they stand below the picture.
    fn tells_credit(&self) -> bool {
        self.credit.is_some()
    }

    fn show(&self, picture: &Raster, facts: &Facts) -> Result<()> {
        Destination::Stdout.write(|writer| self.draw(picture, facts, writer))
    }
}

/// Half-transparent pixels made opaque on a ground; `None` for those of which nothing would be
/// seen.
fn on(ground: [u8; 3], [red, green, blue, alpha]: [u8; 4]) -> Option<[u8; 3]> {
    /// A tenth: below it colours on a ground that was guessed wrong would be nothing but a dirty
    /// hem.
    const SEEN: u8 = 25;
    let share = u16::from(alpha);
    let mix = |color: u8, ground: u8| {
        ((u16::from(color) * share + u16::from(ground) * (255 - share) + 127) / 255) as u8
    };
    (alpha >= SEEN).then(|| {
        [
            mix(red, ground[0]),
            mix(green, ground[1]),
            mix(blue, ground[2]),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faint_colours_let_the_terminal_through_and_others_are_laid_on_its_ground() {
        assert_eq!(on([0; 3], [255, 200, 0, 10]), None);
        assert_eq!(on([0; 3], [255, 200, 0, 255]), Some([255, 200, 0]));
        assert_eq!(on([255; 3], [255, 0, 0, 51]), Some([255, 204, 204]));
    }
}
