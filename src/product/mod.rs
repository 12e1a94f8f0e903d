//! Which pictures are made, from which heat, in which order, and where they go.
//!
//! Every product is made of two halves: heat, which sees the data, and [`picture`], which does not.

pub mod animation;
mod destination;

pub use destination::{Destination, Target, abandon};

use crate::color::{Gradient, Range, Raster, paint};
use crate::composite::{Background, over};
use crate::density::Grid;

/// Colours heat and lays it over a background.
#[must_use]
pub fn picture(grid: &Grid, range: Range, gradient: &Gradient, background: &Background) -> Raster {
    let mut picture = paint(grid, range, gradient);
    over(&mut picture, background);
    picture
}
