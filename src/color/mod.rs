//! Heat in, colours out.
//!
//! A [`Range`] says which heats the gradient spans; it is a value of its own, so that several pictures can share one. A
//! [`Gradient`] is a row of colours. Knows nothing of where the heat came from or what it is drawn on.

mod gradient;
mod raster;
mod tone;

pub use gradient::{Gradient, Hsva, Options};
pub use raster::Raster;
pub use tone::Range;

use crate::density::Grid;
use rayon::prelude::*;

/// Colours every pixel that has heat; the others stay transparent.
#[must_use]
pub fn paint(grid: &Grid, range: Range, gradient: &Gradient) -> Raster {
    let mut raster = Raster::transparent(grid.size());
    raster.pixels_mut().par_iter_mut().zip(grid.heat()).for_each(|(pixel, &heat)| {
        if heat > 0.0 {
            *pixel = gradient.at(range.share(heat));
        }
    });
    raster
}
