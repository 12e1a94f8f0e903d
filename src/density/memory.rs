//! Memory of grids: zeroed allocations that fail as errors, and how a heat is rounded when it is
//! stored.

use crate::error::{Error, ErrorKind, Result};
use crate::raster::Size;

/// An array of zeros for a grid, or an error instead of the abort of a failed allocation. Where
/// nothing is ever written they take no memory, as far as that is up to the system.
pub fn zeros<T: bytemuck::Zeroable>(length: usize, size: Size) -> Result<Vec<T>> {
    bytemuck::allocation::try_zeroed_vec(length).map_err(|()| {
        Error::new(
            ErrorKind::Limit,
            format!("there is not enough memory for a picture of {size} pixels"),
        )
        .advice("ask for a smaller one (-W, -H or a larger -s)")
    })
}

/// Puts heats into pixels. Cold pixels that stay cold are not touched: memory that nobody writes to
/// is not there.
pub fn fill(pixels: &mut [f32], heats: impl IntoIterator<Item = f64>) {
    for (pixel, heat) in pixels.iter_mut().zip(heats) {
        if heat != 0.0 || *pixel != 0.0 {
            *pixel = stored(heat);
        }
    }
}

/// The `f32` nearest to a heat: sums of weights may be larger than an `f32` holds.
pub fn stored(heat: f64) -> f32 {
    heat.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}
