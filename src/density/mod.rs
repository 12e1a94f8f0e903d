//! Shapes and a view in, one grid of heat out.
//!
//! The only room that sees all of the data. Knows nothing of files, colours or pictures; what leaves it has the size of
//! the picture, however much went in.
//!
//! [`Cells`] gather the shapes, in any order; [`Cells::grid`] spreads their heat with the kernel and blends what piles
//! up. The same shapes and options give the same grid to the last bit, whatever their order and the number of threads.

mod blend;
mod block;
mod cells;
mod convolve;
mod grid;
mod kernel;
mod point;
mod ranked;
mod segment;
#[cfg(test)]
mod tests;

pub use cells::Cells;
pub use grid::Grid;
pub use kernel::Kernel;

use crate::error::Result;
use blend::Blend;
use kernel::Falloff;

/// What the heat of a shape looks like, and what happens where it piles up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// How heat falls off with distance.
    pub kernel: Kernel,
    /// The distance in pixels at which it ends; positive.
    pub radius: f64,
    /// What each further heat counts in proportion to the next larger one, in [0, 1]: 1 adds them all up, 0 takes the
    /// largest.
    pub decay: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { kernel: Kernel::default(), radius: 5.0, decay: 0.95 }
    }
}

impl Options {
    fn falloff(&self) -> Falloff {
        Falloff::new(self.kernel, self.radius)
    }
}

impl Cells {
    /// The heat of every pixel.
    ///
    /// # Errors
    /// When there is not enough memory for it.
    pub fn grid(&self, options: &Options) -> Result<Grid> {
        let (falloff, blend) = (options.falloff(), Blend::new(options.decay));
        match blend {
            _ if self.is_counts() => point::counted(self, falloff, blend),
            Blend::Sum if self.is_points() => point::summed(self, falloff),
            _ if self.is_points() => ranked::largest(self, falloff, options.decay),
            _ => block::collect(self, falloff, blend),
        }
    }
}
