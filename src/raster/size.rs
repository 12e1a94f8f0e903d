//! Width and height of a picture in pixels.

use std::fmt;
use std::num::NonZeroU32;

/// The size of a picture in pixels: never zero, and small enough that every pixel has a `u32`
/// number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    width: NonZeroU32,
    height: NonZeroU32,
}

impl Size {
    /// A size; `None` when a side is zero or there are more than 2³² pixels.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Option<Self> {
        u64::from(width)
            .checked_mul(height.into())
            .filter(|&n| n <= u32::MAX.into())?;
        Some(Self {
            width: NonZeroU32::new(width)?,
            height: NonZeroU32::new(height)?,
        })
    }

    /// Pixels from left to right.
    #[must_use]
    pub fn width(self) -> usize {
        self.width.get() as usize
    }

    /// Pixels from top to bottom.
    #[must_use]
    pub fn height(self) -> usize {
        self.height.get() as usize
    }

    /// All pixels.
    #[must_use]
    pub fn pixels(self) -> usize {
        self.width() * self.height()
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.width, self.height)
    }
}
