//! Text rendering: text in, lines of a size out, and ink on a picture.
//!
//! Everything that is written on pictures is laid out and drawn here. Knows nothing of where on a
//! picture it belongs.

pub mod fonts;

use ab_glyph::{Font, FontArc, Glyph, PxScale, PxScaleFont, ScaleFont, point};

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
pub(super) fn width(line: &str, size: f32) -> f32 {
    Line::new(&font(size), line).width
}

/// Lines of words, one below the other and flush left.
pub(super) struct Words {
    font: PxScaleFont<FontArc>,
    lines: Vec<Line>,
}

/// Glyphs along the x axis, and where it ends.
struct Line {
    glyphs: Vec<(FontArc, Glyph)>,
    width: f32,
}

impl Words {
    /// Lays out words in letters `size` pixels high. What is wider than `room` goes on in another
    /// line.
    pub(super) fn new(text: &str, size: f32, room: f32) -> Self {
        let font = font(size);
        let fits = |line: &str| Line::new(&font, line).width <= room;
        let lines = paragraphs(text).flat_map(|paragraph| wrapped(&paragraph, fits));
        Self {
            lines: lines.map(|line| Line::new(&font, &line)).collect(),
            font,
        }
    }

    /// How wide the widest line is, in pixels.
    pub(super) fn width(&self) -> f32 {
        self.lines.iter().map(|line| line.width).fold(0.0, f32::max)
    }

    /// How high all lines are, in pixels.
    pub(super) fn height(&self) -> f32 {
        self.lines.len() as f32 * self.font.height()
    }

    /// Writes on a picture, from a corner at the upper left; what lies beyond the picture is left
    /// out.
    pub(super) fn draw(&self, picture: &mut Raster, left: f32, top: f32, ink: [u8; 3]) {
        for (line, row) in self.lines.iter().zip(0_u16..) {
            // Letters that stand on whole pixels are sharper.
            let baseline = (top + f32::from(row) * self.font.height() + self.font.ascent()).round();
            let shift = point(left, baseline);
            for (font, glyph) in &line.glyphs {
                let moved = Glyph {
                    position: glyph.position + shift,
                    ..glyph.clone()
                };
                outline(font, moved, picture, ink);
            }
        }
    }
}

fn outline(font: &FontArc, glyph: Glyph, picture: &mut Raster, [red, green, blue]: [u8; 3]) {
    let Some(outlined) = font.outline_glyph(glyph) else {
        return;
    };
    let (width, height) = (picture.size().width(), picture.size().height());
    let corner = outlined.px_bounds().min;
    outlined.draw(|x, y, share| {
        let (x, y) = (corner.x + x as f32, corner.y + y as f32);
        if share > 0.0 && x >= 0.0 && y >= 0.0 && x < width as f32 && y < height as f32 {
            let pixel = &mut picture.pixels_mut()[y as usize * width + x as usize];
            *pixel = blend(
                [
                    red,
                    green,
                    blue,
                    (share.clamp(0.0, 1.0) * 255.0).round() as u8,
                ],
                *pixel,
            );
        }
    });
}

impl Line {
    fn new(font: &PxScaleFont<FontArc>, words: &str) -> Self {
        let (mut x, mut last, mut glyphs) = (0.0, None, Vec::new());
        for letter in words.chars() {
            // Nearly all letters are in the embedded font.
            let (id, is_own) = (font.glyph_id(letter), font.glyph_id(letter).0 != 0);
            let face = if is_own && !fonts::is_named() {
                font.font.clone()
            } else {
                fonts::of(letter)
            };
            let id = if is_own && !fonts::is_named() {
                id
            } else {
                face.glyph_id(letter)
            };
            let scaled = face.as_scaled(font.scale());
            x += last.map_or(0.0, |last| if is_own { scaled.kern(last, id) } else { 0.0 });
            let advance = scaled.h_advance(id);
            glyphs.push((
                face,
                id.with_scale_and_position(font.scale(), point(x, 0.0)),
            ));
            x += advance;
            last = is_own.then_some(id);
        }
        Self { glyphs, width: x }
    }
}

fn font(size: f32) -> PxScaleFont<FontArc> {
    fonts::embedded().into_scaled(PxScale::from(size))
}

/// The lines as they are given, without what has no shape.
fn paragraphs(text: &str) -> impl Iterator<Item = String> {
    text.lines()
        .map(|line| line.chars().filter(|letter| !letter.is_control()).collect())
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
