//! The heat of every pixel of a picture: what the rest of the program works on.

use super::memory::stored;
use crate::error::Result;
use crate::raster::Size;
use crate::raster::memory::zeros;

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
        Ok(Self {
            size,
            heat: zeros(size.pixels(), size)?,
        })
    }

    /// The heats, to be changed.
    pub(crate) fn heat_mut(&mut self) -> &mut [f32] {
        &mut self.heat
    }

    /// Both together.
    pub(super) fn plus(&mut self, other: &Self) {
        let sum = |a: f32, b: f32| stored(f64::from(a) + f64::from(b));
        self.heat
            .iter_mut()
            .zip(&other.heat)
            .for_each(|(heat, &more)| *heat = sum(*heat, more));
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
