//! Heat grid: one number for every pixel of a picture, which is all that the rest of the program
//! works on.

use rayon::prelude::*;

use super::memory::stored;
use crate::error::Result;
use crate::raster::Size;
use crate::raster::memory::zeros;

/// Heat by pixel, an array of height × width in rows from the top. Always finite; what nothing
/// reaches is 0.
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

    /// All heats, to be changed.
    pub(crate) fn heat_mut(&mut self) -> &mut [f32] {
        &mut self.heat
    }

    /// Adds the heat of another grid of the same size.
    pub(super) fn plus(&mut self, other: &Self) {
        let sum = |a: f32, b: f32| stored(f64::from(a) + f64::from(b));
        self.heat
            .iter_mut()
            .zip(&other.heat)
            .for_each(|(heat, &more)| *heat = sum(*heat, more));
    }

    /// Takes over the heat of a grid of the same size, multiplied by a factor.
    pub(super) fn copy_scaled(&mut self, other: &Self, factor: f32) {
        for (heat, &whole) in self.heat.iter_mut().zip(&other.heat) {
            *heat = stored(f64::from(whole) * f64::from(factor));
        }
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

    /// The least heat of anything that is not 0, and the most.
    #[must_use]
    pub fn extremes(&self) -> Option<(f32, f32)> {
        let some = self.heat.par_iter().filter(|&&heat| heat != 0.0);
        some.map(|&heat| (heat, heat))
            .reduce_with(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The largest heat; 0 when there is none.
    #[must_use]
    pub fn maximum(&self) -> f32 {
        self.heat.iter().fold(0.0, |max, &heat| max.max(heat))
    }
}
