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
mod distance;
mod grid;
mod heaps;
mod kernel;
mod marks;
mod nearest;
mod point;
mod segment;
mod stale;
#[cfg(test)]
mod tests;

pub use cells::Cells;
pub use grid::Grid;
pub use heaps::{Heap, Piles};
pub use kernel::Kernel;
pub use marks::{Marker, Marks};
pub use segment::Track;

use crate::error::Result;
use blend::Blend;
use kernel::Falloff;
use stale::Stale;

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
    /// Bytes for points of other weights than 1. There is room for a few million different pairs of pixel and weight in 100
    /// MiB; beyond it weights are rounded, and [`Cells::rounding`] tells by how much.
    pub memory: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { kernel: Kernel::default(), radius: 5.0, decay: 0.95, memory: 1 << 30 }
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
        let mut grid = Grid::cold(self.frame.picture)?;
        self.heat(options, &mut grid, &Stale::Unheated)?;
        Ok(grid)
    }

    /// Heats the stale parts of a grid.
    fn heat(&self, options: &Options, grid: &mut Grid, stale: &Stale) -> Result<()> {
        let (falloff, decay) = (options.falloff(), options.decay);
        match (Blend::new(decay), self.is_counts()) {
            (Blend::Sum, _) => return self.sum(falloff, grid, stale),
            (Blend::Max, true) => distance::largest(self, falloff, grid, stale),
            (Blend::Decay(decay), true) => point::decayed(self, falloff, decay, grid, stale),
            (Blend::Max | Blend::Decay(_), false) => nearest::largest(self, falloff, decay, grid, stale),
        }
        Ok(())
    }

    /// Sums do not care what they are sums of.
    fn sum(&self, falloff: Falloff, grid: &mut Grid, stale: &Stale) -> Result<()> {
        let tracks = self.tracks();
        match (tracks.is_empty(), self.has_points()) {
            (true, _) => point::summed(self, falloff, grid, stale),
            (false, false) => block::summed(&tracks, falloff, grid, stale),
            (false, true) => {
                // The parts that points and segments are done in are not the same, so what is stale for one is not for the other.
                let mut lines = Grid::cold(grid.size())?;
                block::summed(&tracks, falloff, &mut lines, &Stale::Unheated);
                point::summed(
                    self,
                    falloff,
                    grid,
                    if matches!(stale, Stale::Unheated) { stale } else { &Stale::Whole },
                );
                grid.plus(&lines);
            }
        }
        Ok(())
    }
}
