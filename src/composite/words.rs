//! Words on pictures, in one embedded font.

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

use super::blend;
use crate::color::Raster;

/// `DejaVu` Sans with Latin, Greek and Cyrillic letters; its licence lies beside it.
const FONT: &[u8] = include_bytes!("words/DejaVuSans.ttf");

/// The height of letters that can still be read, in pixels.
const SMALLEST: f32 = 9.0;
/// Pixels around the words, as a share of their height.
const PADDING: f32 = 0.3;
/// The plate under the words: white that lets something of the picture through, so that they can be read on any.
const PLATE: [u8; 4] = [255, 255, 255, 190];
const INK: [u8; 3] = [40, 40, 40];

/// Writes words, such as whom a map belongs to, small into the lower right corner.
///
/// They are a sixtieth of the picture's shorter side high, but never too small to be read; what has no room even then is cut off.
pub fn credit(picture: &mut Raster, words: &str) {
    let (width, height) = (picture.size().width(), picture.size().height());
    let wanted = (width.min(height) as f32 / 60.0).clamp(13.0, 40.0);
    let line = [wanted, SMALLEST].map(|size| Line::new(words, size)).into_iter();
    let Some(line) = line.reduce(|wanted, smallest| if wanted.plate().0 <= width { wanted } else { smallest }) else {
        return;
    };
    let (across, down) = line.plate();
    let (left, top) = (width.saturating_sub(across), height.saturating_sub(down));
    for row in picture.pixels_mut().chunks_mut(width).skip(top) {
        row[left..].iter_mut().for_each(|pixel| *pixel = blend(PLATE, *pixel));
    }
    line.draw(|x, y, share| {
        let (x, y) = (left + x, top + y);
        if x < width && y < height {
            let pixel = &mut picture.pixels_mut()[y * width + x];
            *pixel = blend([INK[0], INK[1], INK[2], (share * 255.0).round() as u8], *pixel);
        }
    });
}

/// A line of words.
struct Line {
    font: FontRef<'static>,
    glyphs: Vec<Glyph>,
    size: f32,
    width: f32,
}

impl Line {
    fn new(words: &str, size: f32) -> Self {
        let font = FontRef::try_from_slice(FONT).unwrap_or_else(|_| unreachable!("a test reads the embedded font"));
        let scaled = font.as_scaled(PxScale::from(size));
        let padding = size * PADDING;
        let (mut x, mut last, mut glyphs) = (padding, None, Vec::new());
        for letter in words.chars().filter(|letter| !letter.is_control()) {
            let id = scaled.glyph_id(letter);
            x += last.map_or(0.0, |last| scaled.kern(last, id));
            glyphs.push(id.with_scale_and_position(scaled.scale(), point(x, padding + scaled.ascent())));
            x += scaled.h_advance(id);
            last = Some(id);
        }
        Self { glyphs, size, width: x + padding, font }
    }

    /// Its width and height in pixels, with what is free around it.
    fn plate(&self) -> (usize, usize) {
        (self.width.ceil() as usize, (self.size * (1.0 + 2.0 * PADDING)).ceil() as usize)
    }

    /// Gives every pixel that has ink, and how much of it, in [0, 1].
    fn draw(&self, mut give: impl FnMut(usize, usize, f32)) {
        for outlined in self.glyphs.iter().filter_map(|glyph| self.font.outline_glyph(glyph.clone())) {
            let corner = outlined.px_bounds().min;
            outlined.draw(|x, y, share| {
                let (x, y) = (corner.x + x as f32, corner.y + y as f32);
                if x >= 0.0 && y >= 0.0 {
                    give(x as usize, y as usize, share.clamp(0.0, 1.0));
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::Size;

    fn credited(width: u32, height: u32, words: &str) -> Raster {
        let size = Size::new(width, height).unwrap();
        let mut picture = Raster::new(size, vec![[0, 90, 160, 255]; size.pixels()]).unwrap();
        credit(&mut picture, words);
        picture
    }

    #[test]
    fn words_stand_in_the_lower_right_corner_and_can_be_read() {
        let picture = credited(400, 300, "© OpenStreetMap contributors");
        let changed = |pixel: &[u8; 4]| *pixel != [0, 90, 160, 255];
        let (left, top) = (400 - 200, 300 - 25);
        for (i, pixel) in picture.pixels().iter().enumerate() {
            assert!(!changed(pixel) || (i % 400 >= left && i / 400 >= top), "{} {}", i % 400, i / 400);
        }
        let dark = picture.pixels().iter().filter(|pixel| pixel[0] < 70 && pixel[2] < 90).count();
        assert!((150..1500).contains(&dark), "{dark}");
    }

    #[test]
    fn signs_of_many_languages_are_there_and_odd_ones_do_no_harm() {
        let font = FontRef::try_from_slice(FONT).unwrap();
        for letter in "©AZaz09äßçøŁğΩжЯ–…→".chars() {
            assert_ne!(font.glyph_id(letter).0, 0, "{letter}");
        }
        credited(3, 2, "much too long for so small a picture");
        credited(300, 200, "\u{0}\n\u{1f5fa}");
        assert_eq!(credited(30, 20, "").size().width(), 30);
    }
}
