//! Text rendering: text in, lines of a size out, and ink on a picture.
//!
//! Everything that is written on pictures is laid out and drawn here. Knows nothing of where on a
//! picture it belongs.

pub mod fonts;
mod line;
mod outline;

use ab_glyph_rasterizer::{Point, point};
use harfrust::unicode;

use self::line::Line;
use super::{Theme, blend};
use crate::raster::Raster;
use crate::raster::Size;

/// The height of letters that can still be read, in pixels.
pub(super) const SMALLEST: f32 = 9.0;
/// Pixels around the words of a plate, as a share of their height.
const PADDING: f32 = 0.3;
/// A plate's words are made smaller by this, rather than into several lines.
const SQUEEZE: f32 = 0.7;

/// Height of words that suit a picture, in pixels: a sixtieth of its shorter side, but never too
/// small to be read.
pub(super) fn height_for(picture: Size) -> f32 {
    (picture.width().min(picture.height()) as f32 / 60.0).clamp(13.0, 40.0)
}

/// Words on a plate of their own, as large as wanted or somewhat smaller; what is wider than `room`
/// pixels even then goes on in another line.
pub(super) fn plate(text: &str, wanted: f32, room: f32, theme: Theme) -> Raster {
    let smaller = (wanted * SQUEEZE).max(SMALLEST.min(wanted));
    let inside = |size: f32| room - 2.0 * (size * PADDING).ceil();
    let is_fine = |size: &f32| paragraphs(text).all(|line| width(&line, *size) <= inside(*size));
    let size = [wanted, smaller]
        .into_iter()
        .find(is_fine)
        .unwrap_or(smaller);
    let (words, padding) = (
        Words::new(text, size, inside(size)),
        (size * PADDING).ceil(),
    );
    let side = |inside: f32| (inside + 2.0 * padding).ceil() as usize;
    let mut plate = filled(side(words.width()), side(words.height()), theme.plate());
    words.draw(&mut plate, padding, padding, theme.ink());
    plate
}

/// A picture of one colour; a side is at least a pixel and at most 65,535.
pub(super) fn filled(width: usize, height: usize, color: [u8; 4]) -> Raster {
    let side = |pixels: usize| pixels.clamp(1, u16::MAX.into()) as u32;
    let Some(size) = Size::new(side(width), side(height)) else {
        unreachable!("65,535² is less than 2³²")
    };
    let mut picture = Raster::transparent(size);
    picture.pixels_mut().fill(color);
    picture
}

/// Width of one line in pixels.
pub(super) fn width(text: &str, size: f32) -> f32 {
    Line::new(text, size, line::level(text)).width
}

/// The characters of a text that no font has, each once.
#[must_use]
pub fn missing(text: &str) -> String {
    let mut missing = String::new();
    for line in paragraphs(text) {
        for letter in Line::new(&line, SMALLEST, line::level(&line)).missing {
            if !missing.contains(letter) {
                missing.push(letter);
            }
        }
    }
    missing
}

/// Lines of words, one below the other, and flush with the side from which they are read.
pub(super) struct Words {
    size: f32,
    lines: Vec<Line>,
}

impl Words {
    /// Lays out words in letters `size` pixels high. What is wider than `room` goes on in another
    /// line.
    pub(super) fn new(text: &str, size: f32, room: f32) -> Self {
        let lines = paragraphs(text).flat_map(|paragraph| {
            let level = line::level(&paragraph);
            let line = move |text: &str| Line::new(text, size, level);
            let lines = wrapped(&paragraph, |text| line(text).width <= room);
            lines.into_iter().map(move |text| line(&text))
        });
        Self {
            size,
            lines: lines.collect(),
        }
    }

    /// How wide the widest line is, in pixels.
    pub(super) fn width(&self) -> f32 {
        self.lines.iter().map(|line| line.width).fold(0.0, f32::max)
    }

    /// How high all lines are, in pixels.
    pub(super) fn height(&self) -> f32 {
        self.lines.len() as f32 * self.size
    }

    /// Writes on a picture, from a corner at the upper left; what lies beyond the picture is left
    /// out.
    pub(super) fn draw(&self, picture: &mut Raster, left: f32, top: f32, ink: [u8; 3]) {
        let (_, ascent) = fonts::measures(self.size);
        let width = self.width();
        for (line, row) in self.lines.iter().zip(0_u16..) {
            // Letters that stand on whole pixels are sharper.
            let baseline = (top + f32::from(row) * self.size + ascent).round();
            let indent = if line.is_from_right {
                width - line.width
            } else {
                0.0
            };
            write(line, point(left + indent, baseline), picture, ink);
        }
    }
}

/// Writes a line from a point of its baseline.
fn write(line: &Line, start: Point, picture: &mut Raster, [red, green, blue]: [u8; 3]) {
    let (width, height) = (picture.size().width(), picture.size().height());
    let mut mark = |x: f32, y: f32, share: f32| {
        if share > 0.0 && x >= 0.0 && y >= 0.0 && x < width as f32 && y < height as f32 {
            let alpha = (share.clamp(0.0, 1.0) * 255.0).round() as u8;
            let pixel = &mut picture.pixels_mut()[y as usize * width + x as usize];
            *pixel = blend([red, green, blue, alpha], *pixel);
        }
    };
    for run in &line.runs {
        for glyph in &run.glyphs {
            let origin = start + point(glyph.x, glyph.y);
            outline::cover(&run.font, glyph.id, run.factor, origin, &mut mark);
        }
    }
}

/// The lines as they are given, without what has no shape. Letters and the accents that follow them
/// are the letters with accents that Unicode has: so file systems write them, and fonts have these.
fn paragraphs(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|line| {
        let mut composed = String::with_capacity(line.len());
        for letter in line.chars().filter(|letter| has_shape(*letter)) {
            let last = composed.chars().next_back().map_or(0, u32::from);
            let whole = unicode::compose(last, letter.into()).and_then(char::from_u32);
            if whole.is_some() {
                composed.pop();
            }
            composed.push(whole.unwrap_or(letter));
        }
        composed
    })
}

fn has_shape(letter: char) -> bool {
    !letter.is_control() && !matches!(letter, '\u{2028}' | '\u{2029}')
}

/// A paragraph in lines that fit. Words that do not are broken anywhere, down to single letters.
fn wrapped(paragraph: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
        let gap = if line.is_empty() { "" } else { " " };
        let longer = format!("{line}{gap}{word}");
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if !fits(&line) && line.len() > letter.len_utf8() {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.into()));
            }
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests;
