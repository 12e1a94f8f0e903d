//! Lines of text: Unicode's bidirectional algorithm, a font for each script, and shaping.
//!
//! A line is cut into runs of one direction, one script and one font, and `HarfBuzz`'s algorithm
//! makes glyphs of each: letters that are joined, stacked, mirrored or put above others. Each line
//! is looked at alone, with the direction of its paragraph.

use std::ops::Range;

use harfrust::{
    Buffer, Direction, Font, GlyphId, Script, ShapeOptions, ShaperFont, shape, unicode,
};
use unicode_bidi::{Level, ParagraphBidiInfo};

use super::fonts;

/// Glyphs along the x axis, from the left, and where they end.
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
    pub(super) width: f32,
    /// Whether its paragraph is read from right to left.
    pub(super) is_from_right: bool,
    /// Characters that no font has, as often as they occur.
    pub(super) missing: Vec<char>,
}

/// Glyphs of one font.
pub(super) struct Run {
    pub(super) font: Font,
    /// Pixels of one of the font's units.
    pub(super) factor: f32,
    pub(super) glyphs: Vec<Glyph>,
}

/// A glyph and its origin: pixels from the start of the line and below its baseline.
pub(super) struct Glyph {
    pub(super) id: GlyphId,
    pub(super) x: f32,
    pub(super) y: f32,
}

/// The direction of a paragraph: that of its first letter which has one.
pub(super) fn level(paragraph: &str) -> Level {
    match unicode_bidi::get_base_direction(paragraph) {
        unicode_bidi::Direction::Rtl => Level::rtl(),
        _ => Level::ltr(),
    }
}

impl Line {
    /// Lays out a line of a paragraph in letters `size` pixels high.
    pub(super) fn new(text: &str, size: f32, paragraph: Level) -> Self {
        let mut line = Self {
            runs: Vec::new(),
            width: 0.0,
            is_from_right: paragraph.is_rtl(),
            missing: Vec::new(),
        };
        if text.is_empty() {
            return line;
        }
        for (part, direction) in visual(text, paragraph) {
            let mut parts = by_font(text, part, line.runs.last().map(|run| &run.font));
            if direction == Direction::RightToLeft {
                parts.reverse();
            }
            for (part, font) in parts {
                line.push(text, part, font, size, direction);
            }
        }
        line
    }

    /// Shapes a part of the text, which others may join at both ends.
    fn push(
        &mut self,
        text: &str,
        part: Range<usize>,
        font: Font,
        size: f32,
        direction: Direction,
    ) {
        let factor = fonts::measures(size).0 / f32::from(font.units_per_em());
        let buffer = shaped(text, part.clone(), &font, direction);
        let mut glyphs = Vec::with_capacity(buffer.len());
        for (info, place) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
            let id = GlyphId::new(info.glyph_id);
            if id == GlyphId::NOTDEF {
                let at = part.start + info.cluster as usize;
                self.missing.extend(text[at..].chars().next());
            }
            glyphs.push(Glyph {
                id,
                x: self.width + place.x_offset as f32 * factor,
                y: -place.y_offset as f32 * factor,
            });
            self.width += place.x_advance as f32 * factor;
        }
        self.runs.push(Run {
            font,
            factor,
            glyphs,
        });
    }
}

fn shaped(text: &str, part: Range<usize>, font: &Font, direction: Direction) -> Buffer {
    let mut buffer = Buffer::new();
    buffer.push_str(&text[part.clone()]);
    buffer.set_pre_context(&text[..part.start]);
    buffer.set_post_context(&text[part.end..]);
    buffer.set_direction(direction);
    buffer.guess_segment_properties();
    shape(&ShaperFont::new(font), &mut buffer, ShapeOptions::new())
        .unwrap_or_else(|error| unreachable!("its direction is set: {error:?}"));
    buffer
}

/// Parts of one direction and one script each, in the order in which they stand from the left.
fn visual(text: &str, paragraph: Level) -> Vec<(Range<usize>, Direction)> {
    let bidi = ParagraphBidiInfo::new(text, Some(paragraph));
    let (levels, runs) = bidi.visual_runs(0..text.len());
    let runs = runs.into_iter().flat_map(|run| {
        let is_from_right = levels[run.start].is_rtl();
        let mut parts = by_script(text, run);
        let direction = if is_from_right {
            parts.reverse();
            Direction::RightToLeft
        } else {
            Direction::LeftToRight
        };
        parts.into_iter().map(move |part| (part, direction))
    });
    runs.collect()
}

/// Parts of one font each. Where a font has all letters of the script, it writes whatever it has;
/// for the rest it is the first font that has a character.
fn by_font(text: &str, part: Range<usize>, before: Option<&Font>) -> Vec<(Range<usize>, Font)> {
    let own: String = text[part.clone()]
        .chars()
        .filter(|letter| own_script(*letter).is_some())
        .collect();
    let main = fonts::of(&own, before);
    let (mut parts, mut is_main): (Vec<(Range<usize>, Font)>, _) = (Vec::new(), false);
    for letter in letters(text, part) {
        let written = &text[letter.clone()];
        let main = main.as_ref().filter(|font| fonts::has(font, written));
        let is_mark = written
            .chars()
            .all(|letter| script(letter) == Script::INHERITED);
        match parts.last_mut() {
            Some((part, _)) if is_mark || is_main && main.is_some() => part.end = letter.end,
            Some((part, font)) if !is_main && main.is_none() && fonts::has(font, written) => {
                part.end = letter.end;
            }
            _ => {
                is_main = main.is_some();
                let other = || fonts::of(written, None).unwrap_or_else(fonts::embedded);
                parts.push((letter, main.cloned().unwrap_or_else(other)));
            }
        }
    }
    parts
}

/// Parts of one script each. What is of no script, such as blanks, digits and accents, goes with
/// what is before it.
fn by_script(text: &str, run: Range<usize>) -> Vec<Range<usize>> {
    let (mut parts, mut current): (Vec<Range<usize>>, _) = (Vec::new(), None);
    for letter in letters(text, run) {
        let own = text[letter.clone()].chars().next().and_then(own_script);
        match parts.last_mut() {
            Some(part) if own.is_none() || current.is_none() || own == current => {
                part.end = letter.end;
            }
            _ => parts.push(letter),
        }
        current = own.or(current);
    }
    parts
}

/// Where each character of a part lies.
fn letters(text: &str, part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let start = part.start;
    let letters = text[part].char_indices();
    letters.map(move |(at, letter)| start + at..start + at + letter.len_utf8())
}

fn own_script(letter: char) -> Option<Script> {
    let none = [Script::COMMON, Script::INHERITED, Script::UNKNOWN];
    Some(script(letter)).filter(|script| !none.contains(script))
}

fn script(letter: char) -> Script {
    unicode::script(letter.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a text in the order in which they stand from the left, `<` before those that
    /// are read from the right.
    fn seen(text: &str) -> Vec<String> {
        let parts = visual(text, level(text)).into_iter();
        let parts = parts.map(|(part, direction)| match direction {
            Direction::RightToLeft => format!("<{}", &text[part]),
            _ => text[part].to_owned(),
        });
        parts.collect()
    }

    #[test]
    fn what_is_read_from_the_right_stands_on_the_right_with_its_numbers_and_names() {
        assert_eq!(seen("heat 2024"), ["heat 2024"]);
        assert_eq!(seen("מפת חום"), ["<מפת חום"]);
        assert_eq!(seen("מפה 2024 GPX"), ["GPX", "< ", "2024", "<מפה "]);
        assert_eq!(seen("GPX של חיפה 7"), ["GPX ", "7", "<של חיפה "]);
    }

    #[test]
    fn scripts_are_set_apart_and_signs_go_with_what_is_before_them() {
        assert_eq!(
            seen("(1) heat, тепло: 東京"),
            ["(1) heat, ", "тепло: ", "東京"]
        );
        assert_eq!(seen("x\u{302} हिन्दी"), ["x\u{302} ", "हिन्दी"]);
    }
}
