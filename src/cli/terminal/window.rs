//! Size of the terminal's window, in letters and pixels.

use heatmap::raster::Size;

use super::detect::Env;

/// The most columns and rows that are made use of; more are a mistake of who made the terminal.
const LARGEST: (u16, u16) = (1000, 500);
/// A window that nobody knows anything of.
const USUAL: (u16, u16) = (80, 24);
/// Pixels of a letter, where the terminal does not say: small for today's screens, so that a
/// picture surely fits.
const LETTER: (u16, u16) = (8, 16);

/// A window, in letters and pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub columns: u16,
    pub rows: u16,
    /// Width and height of a letter in pixels.
    pub letter: (u16, u16),
}

impl Window {
    /// The window that the program runs in; where output goes to a pipe, as large as `COLUMNS` and
    /// `LINES` say.
    pub fn measure(env: Env<'_>) -> Self {
        let number = |name: &str| env(name)?.parse::<u16>().ok();
        let said = || Some((number("COLUMNS")?, number("LINES")?, 0, 0));
        let (columns, rows, width, height) =
            asked().or_else(said).unwrap_or((USUAL.0, USUAL.1, 0, 0));
        let (columns, rows) = (columns.clamp(1, LARGEST.0), rows.clamp(1, LARGEST.1));
        let letter = (width / columns, height / rows);
        Self {
            columns,
            rows,
            letter: if letter.0 > 0 && letter.1 > 0 {
                letter
            } else {
                LETTER
            },
        }
    }

    /// How many rows a text takes.
    pub fn rows_of(self, text: &str) -> u16 {
        text.chars()
            .count()
            .div_ceil(self.columns.into())
            .try_into()
            .unwrap_or(u16::MAX)
    }

    /// How many columns and rows a picture takes.
    pub fn cells(self, size: Size) -> (usize, usize) {
        (
            size.width().div_ceil(self.letter.0.into()),
            size.height().div_ceil(self.letter.1.into()),
        )
    }
}

/// Columns and rows, and the pixels of all of them if they are known.
#[cfg(unix)]
fn asked() -> Option<(u16, u16, u16, u16)> {
    use rustix::termios::tcgetwinsize;
    // Standard error is often still on the terminal when output goes through a pager.
    let found = [
        tcgetwinsize(std::io::stdout()),
        tcgetwinsize(std::io::stderr()),
    ]
    .into_iter()
    .flatten();
    let mut sizes = found.map(|size| (size.ws_col, size.ws_row, size.ws_xpixel, size.ws_ypixel));
    sizes.find(|&(columns, rows, ..)| columns > 0 && rows > 0)
}

#[cfg(not(unix))]
fn asked() -> Option<(u16, u16, u16, u16)> {
    terminal_size::terminal_size().map(|(columns, rows)| (columns.0, rows.0, 0, 0))
}
