//! The heat of every pixel of a picture: what the rest of the program works on.

use super::cells::zeros;
use crate::error::Result;
use crate::map::Size;

/// Heat by pixel, in rows from the top. Always finite; what nothing reaches is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    size: Size,
    heat: Vec<f32>,
}

impl Grid {
    /// A grid without heat.
    ///
    /// # Errors
    /// When there is not enough memory for it.
    pub fn cold(size: Size) -> Result<Self> {
        Ok(Self { size, heat: zeros(size.pixels(), size)? })
    }

    /// The heats, to be changed.
    pub(crate) fn heat_mut(&mut self) -> &mut [f32] {
        &mut self.heat
    }

    /// Both together.
    pub(super) fn plus(&mut self, other: &Self) {
        let sum = |a: f32, b: f32| stored(f64::from(a) + f64::from(b));
        self.heat.iter_mut().zip(&other.heat).for_each(|(heat, &more)| *heat = sum(*heat, more));
    }

    /// Its size in pixels.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Row by row, from the top left corner.
    #[must_use]
    pub fn heat(&self) -> &[f32] {
        &self.heat
    }

    /// The largest heat; 0 when there is none.
    #[must_use]
    pub fn maximum(&self) -> f32 {
        self.heat.iter().fold(0.0, |max, &heat| max.max(heat))
    }
}

/// Puts heats into pixels. Cold pixels that stay cold are not touched: memory that nobody writes to is not there.
pub(super) fn fill(pixels: &mut [f32], heats: impl IntoIterator<Item = f64>) {
    for (pixel, heat) in pixels.iter_mut().zip(heats) {
        if heat != 0.0 || *pixel != 0.0 {
            *pixel = stored(heat);
        }
    }
}

/// As a heat is stored: sums of weights may be larger than an `f32` holds.
pub(super) fn stored(heat: f64) -> f32 {
    heat.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}
