//! Key of a map in several colours: a swatch of each, with what it stands for.

use super::{BAR, Ground, LEADING, PADDING, SHARE, SMALLEST, fill, text};
use crate::composite::Theme;
use crate::composite::text::Words;
use crate::error::{Error, Result};
use crate::raster::{Raster, Size};

/// Gap between a swatch and its words, in heights of letters.
const GAP: f32 = 0.5;
/// The largest letters of a key that stands alone, in pixels.
const LARGEST: f32 = 20.0;

/// Colours, and what they stand for.
#[derive(Clone, Debug)]
pub struct Swatches<'a> {
    entries: &'a [(String, [u8; 4])],
    title: &'a str,
    theme: Theme,
    ratio: f32,
}

impl<'a> Swatches<'a> {
    /// A key of some colours, from above, under a title that may be empty.
    #[must_use]
    pub fn new(entries: &'a [(String, [u8; 4])], title: &'a str) -> Self {
        Self {
            entries,
            title,
            theme: Theme::default(),
            ratio: 1.0,
        }
    }

    /// The same on another ground, so many times as large.
    #[must_use]
    pub fn on(self, theme: Theme, ratio: f32) -> Self {
        Self {
            theme,
            ratio,
            ..self
        }
    }

    /// A key whose size suits a picture on which it is put.
    ///
    /// # Errors
    /// When it has no room even with the smallest letters that can be read.
    pub fn fitting(&self, picture: Size) -> Result<Raster> {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let wanted = self.ratio * text::height_for(picture);
        let (across, down) = Drawing::new(self, wanted).sides();
        let share = (SHARE.0 * width / across)
            .min(SHARE.1 * height / down)
            .min(1.0);
        let drawing = Drawing::new(self, (wanted * share).max(SMALLEST));
        let (across, down) = drawing.sides();
        if across > width || down > height {
            let fact = format!(
                "a picture of {picture} pixels has no room for a key of {} colours",
                self.entries.len()
            );
            let least = format!("{} × {} pixels", across.ceil(), down.ceil());
            let advice = format!("ask for at least {least}, or for a legend in a file");
            return Err(Error::usage(fact).advice(advice));
        }
        Ok(drawing.draw(Ground::Plate))
    }

    /// A key as a picture of its own.
    #[must_use]
    pub fn picture(&self) -> Raster {
        Drawing::new(self, self.ratio * LARGEST).draw(Ground::Opaque)
    }
}

/// A key in letters of a size.
struct Drawing<'a> {
    key: &'a Swatches<'a>,
    size: f32,
    title: Option<Words>,
    words: Vec<Words>,
}

impl<'a> Drawing<'a> {
    fn new(key: &'a Swatches<'a>, size: f32) -> Self {
        let words = |text: &str| Words::new(text, size, f32::INFINITY);
        Self {
            key,
            size,
            title: (!key.title.trim().is_empty()).then(|| words(key.title)),
            words: key.entries.iter().map(|(name, _)| words(name)).collect(),
        }
    }

    /// Where the first swatch begins, from above.
    fn top(&self) -> f32 {
        let title = self.title.as_ref();
        let title = title.map_or(0.0, |title| title.height() + self.size * LEADING);
        (self.size * PADDING).ceil() + title
    }

    /// How far entries are apart.
    fn row(&self) -> f32 {
        (self.size * (1.0 + LEADING)).ceil()
    }

    fn sides(&self) -> (f32, f32) {
        let widest = self.words.iter().map(Words::width).fold(0.0, f32::max);
        let entries = self.size * (BAR + GAP) + widest;
        let title = self.title.as_ref().map_or(0.0, Words::width);
        (
            (entries.max(title) + 2.0 * self.size * PADDING).ceil(),
            (self.top() + self.row() * self.words.len() as f32 + self.size * PADDING / 2.0).ceil(),
        )
    }

    fn draw(&self, ground: Ground) -> Raster {
        let theme = &self.key.theme;
        let color = match ground {
            Ground::Plate => theme.plate(),
            Ground::Opaque => theme.sheet(),
        };
        let (width, height) = self.sides();
        let mut picture = text::filled(width as usize, height as usize, color);
        let left = (self.size * PADDING).ceil();
        if let Some(title) = &self.title {
            title.draw(&mut picture, left, left, theme.ink());
        }
        let side = (self.size * BAR).round() as usize;
        for (number, (words, (_, color))) in self.words.iter().zip(self.key.entries).enumerate() {
            let top = self.top() + self.row() * number as f32;
            let below = top + (self.size - side as f32) / 2.0;
            let [red, green, blue, _] = *color;
            let square = (left as usize, below as usize, side, side);
            fill(&mut picture, square, |_, _| [red, green, blue, 255]);
            let beside = left + self.size * (BAR + GAP);
            words.draw(&mut picture, beside, top, theme.ink());
        }
        picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_a_swatch_and_words_for_each_colour() {
        let entries = [
            ("run".to_owned(), [255, 0, 0, 255]),
            ("ride".to_owned(), [0, 0, 255, 255]),
        ];
        let key = Swatches::new(&entries, "");
        let picture = key.picture();
        for (_, color) in &entries {
            let seen = picture.pixels().iter().filter(|pixel| *pixel == color);
            assert_eq!(seen.count(), 16 * 16);
        }
        let size = Size::new(800, 600).unwrap();
        let fitting = key.fitting(size).unwrap();
        assert!(fitting.size().width() < 200 && fitting.size().height() < 100);
        let titled = Swatches::new(&entries, "Sport").fitting(size).unwrap();
        assert!(titled.size().height() > fitting.size().height());
        let many: Vec<_> = (0..60).map(|n| (n.to_string(), [9; 4])).collect();
        assert!(Swatches::new(&many, "").fitting(size).is_err());
    }
}
