//! Which pictures are made, from which heat, in which order, and where they go.
//!
//! Every product is made of two halves: heat, which sees the data, and [`picture`], which does not.

pub mod animation;
mod destination;
mod still;

pub use self::destination::{Destination, Target, abandon};
pub use self::still::{Outlet, Still};

use crate::color::{Gradient, Tone, paint};
use crate::composite::{Background, over};
use crate::density::Grid;
use crate::raster::Raster;

/// Lays a picture over another of the same size.
pub fn lay(picture: &mut Raster, below: Raster) {
    over(picture, &Background::picture(below));
}

/// Colours heat and lays it over a background.
#[must_use]
pub fn picture(grid: &Grid, tone: &Tone, gradient: &Gradient, background: &Background) -> Raster {
    let mut picture = paint(grid, tone, gradient);
    over(&mut picture, background);
    picture
}
