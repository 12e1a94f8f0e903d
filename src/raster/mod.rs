//! A picture in memory.

mod coverage;
mod guard;
pub mod memory;
#[cfg(feature = "files")]
mod open;
#[cfg(feature = "files")]
mod scale;
mod size;

pub use self::coverage::Mask;
pub use self::guard::{guard, is_guarded, words};
#[cfg(feature = "files")]
pub use self::open::{Picture, open};
#[cfg(feature = "files")]
pub use self::scale::{Crop, Filter};
pub use self::size::Size;

/// Red, green, blue and alpha, straight (not premultiplied), in rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    size: Size,
    pixels: Vec<[u8; 4]>,
}

impl Raster {
    /// A picture of which nothing is to be seen.
    #[must_use]
    pub fn transparent(size: Size) -> Self {
        Self {
            size,
            pixels: vec![[0; 4]; size.pixels()],
        }
    }

    /// A picture of one colour.
    #[must_use]
    pub fn filled(size: Size, color: [u8; 4]) -> Self {
        Self {
            size,
            pixels: vec![color; size.pixels()],
        }
    }

    /// A picture of given pixels; `None` when there are not as many as the size says.
    #[must_use]
    pub fn new(size: Size, pixels: Vec<[u8; 4]>) -> Option<Self> {
        (pixels.len() == size.pixels()).then_some(Self { size, pixels })
    }

    /// Its size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Row by row, from the top left corner.
    #[must_use]
    pub fn pixels(&self) -> &[[u8; 4]] {
        &self.pixels
    }

    /// Row by row, from the top left corner, to be changed.
    pub fn pixels_mut(&mut self) -> &mut [[u8; 4]] {
        &mut self.pixels
    }

    /// Whether nothing is seen through it.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.pixels.iter().all(|pixel| pixel[3] == u8::MAX)
    }

    /// Whether nothing of it is to be seen.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        /// Pixels that are looked at without a jump from one to the next, in SIMD lanes.
        const ROW: usize = 64;
        let mut rows = self.pixels.chunks(ROW);
        rows.all(|row| row.iter().fold(0, |all, pixel| all | pixel[3]) == 0)
    }

    /// Red, green and blue alone, as bytes.
    #[must_use]
    pub fn rgb(&self) -> Vec<u8> {
        let rgb = |&[r, g, b, _]: &[u8; 4]| [r, g, b];
        self.pixels.iter().flat_map(rgb).collect()
    }

    /// The pixels as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }
}
