//! Palette of a picture with at most 256 colours, as nearly all heat maps without a map under them
//! have: a byte a pixel instead of four.

use crate::raster::Raster;

/// The colours of a picture, and which of them each pixel has.
pub struct Palette {
    /// At most 256 colours, from clear to opaque and from dark to light. So numbers rise with heat
    /// along most gradients, and filters of PNG, which were made for grey, do as well on them; and
    /// the list of alphas ends where the opaque ones begin.
    pub colors: Vec<[u8; 4]>,
    /// The number of each pixel's colour, row by row.
    pub pixels: Vec<u8>,
}

/// The most colours of a palette.
const MOST: usize = 256;
/// Slots of the table by which colours are found: four times as many as there may be.
const SLOTS: usize = 4 * MOST;
/// Pixels of which it is looked whether all are alike.
const ROW: usize = 32;

impl Palette {
    /// The palette of a picture; `None` when it has too many colours. That is found out at the
    /// first one too many, which on a map is in the first rows.
    pub fn of(raster: &Raster) -> Option<Self> {
        let mut found = Found::default();
        let mut pixels = vec![0; raster.size().pixels()];
        let mut last = (raster.pixels()[0], found.number(raster.pixels()[0])?);
        let rows = pixels.chunks_mut(ROW).zip(raster.pixels().chunks(ROW));
        for (pixels, colors) in rows {
            // Neighbours mostly are alike.
            if are_all(colors, last.0) {
                pixels.fill(last.1);
                continue;
            }
            for (pixel, &color) in pixels.iter_mut().zip(colors) {
                if color != last.0 {
                    last = (color, found.number(color)?);
                }
                *pixel = last.1;
            }
        }
        let colors = found.colors;
        let mut order: Vec<usize> = (0..colors.len()).collect();
        order.sort_by_key(|&number| rank(colors[number]));
        let mut moved = [0; MOST];
        for (to, from) in (0_u8..=255).zip(&order) {
            moved[*from] = to;
        }
        for row in pixels.chunks_mut(ROW) {
            let first = row[0];
            if are_all(row, first) {
                row.fill(moved[usize::from(first)]);
                continue;
            }
            for pixel in row {
                *pixel = moved[usize::from(*pixel)];
            }
        }
        let colors = order.into_iter().map(|number| colors[number]).collect();
        Some(Self { colors, pixels })
    }

    /// Red, green and blue of all colours.
    pub fn rgb(&self) -> Vec<u8> {
        let rgb = |&[r, g, b, _]: &[u8; 4]| [r, g, b];
        self.colors.iter().flat_map(rgb).collect()
    }

    /// The alpha of all colours, but for the opaque ones at the end.
    pub fn alphas(&self) -> Vec<u8> {
        let alphas = self.colors.iter().map(|color| color[3]);
        alphas.take_while(|&alpha| alpha < u8::MAX).collect()
    }
}

/// Whether all are alike; looked at without a jump from one to the next, in SIMD lanes.
fn are_all<T: Copy + PartialEq>(row: &[T], one: T) -> bool {
    let others = row.iter();
    others.fold(0, |any, &other| any | u32::from(other != one)) == 0
}

/// The place of a colour among others: by alpha, and then by luma (ITU-R BT.709).
fn rank(color: [u8; 4]) -> (u8, u32, [u8; 4]) {
    let [r, g, b, a] = color;
    let [r, g, b] = [r, g, b].map(u32::from);
    (a, 2126 * r + 7152 * g + 722 * b, color)
}

/// Hash table of colours by open addressing: nothing of the standard library is as fast for four
/// bytes, and pixels are many.
struct Found {
    colors: Vec<[u8; 4]>,
    /// A colour, and one more than its number; 0 where is none.
    slots: Box<[([u8; 4], u16); SLOTS]>,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            colors: Vec::with_capacity(MOST),
            slots: Box::new([([0; 4], 0); SLOTS]),
        }
    }
}

impl Found {
    /// The number of a colour, in the order of appearance; `None` when there is none left.
    fn number(&mut self, color: [u8; 4]) -> Option<u8> {
        // Knuth's multiplicative hashing.
        let hash = u32::from_ne_bytes(color).wrapping_mul(2_654_435_769) >> 22;
        let mut slot = hash as usize % SLOTS;
        loop {
            let (there, next) = self.slots[slot];
            let Some(number) = next.checked_sub(1) else {
                break;
            };
            if there == color {
                return Some(number as u8);
            }
            slot = (slot + 1) % SLOTS;
        }
        let number = u8::try_from(self.colors.len()).ok()?;
        self.colors.push(color);
        self.slots[slot] = (color, u16::from(number) + 1);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Size;

    fn raster(colors: impl Iterator<Item = [u8; 4]>) -> Raster {
        let pixels: Vec<[u8; 4]> = colors.collect();
        Raster::new(Size::new(pixels.len() as u32, 1).unwrap(), pixels).unwrap()
    }

    #[test]
    fn colours_go_from_clear_to_opaque_and_from_dark_to_light() {
        let (white, black, pale, clear) = ([255; 4], [0, 0, 0, 255], [9, 9, 9, 77], [255, 0, 0, 0]);
        let palette = Palette::of(&raster([white, black, clear, pale, white].into_iter())).unwrap();
        assert_eq!(palette.colors, [clear, pale, black, white]);
        assert_eq!(palette.pixels, [3, 2, 0, 1, 3]);
        assert_eq!(palette.alphas(), [0, 77]);
        assert_eq!(palette.rgb()[..6], [255, 0, 0, 9, 9, 9]);
    }

    #[test]
    fn there_are_256_colours_at_the_most() {
        let many = |count: u32| raster((0..3000).map(move |i| (i % count * 77_777).to_be_bytes()));
        let palette = Palette::of(&many(256)).unwrap();
        assert_eq!(palette.colors.len(), 256);
        let back = palette
            .pixels
            .iter()
            .map(|&i| palette.colors[usize::from(i)]);
        assert!(back.eq(many(256).pixels().iter().copied()));
        assert!(Palette::of(&many(257)).is_none());
    }
}
