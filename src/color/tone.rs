//! Which part of the gradient a heat has.

use crate::density::Grid;

/// The heats that the gradient spans, from nothing to the maximum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    maximum: f32,
}

impl Range {
    /// The range of one picture.
    #[must_use]
    pub fn of(grid: &Grid) -> Self {
        Self { maximum: grid.maximum() }
    }

    /// The range of two pictures together.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { maximum: self.maximum.max(other.maximum) }
    }

    /// The heat at the upper end of the gradient; 0 for pictures without heat.
    #[must_use]
    pub fn maximum(self) -> f32 {
        self.maximum
    }

    /// A heat as a share of the range, in [0, 1].
    #[must_use]
    pub fn share(self, heat: f32) -> f32 {
        if self.maximum > 0.0 { (heat / self.maximum).clamp(0.0, 1.0) } else { 0.0 }
    }
}
