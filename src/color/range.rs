//! Range of heats of one picture or several: enough to scale all of them alike.

use rayon::prelude::*;

use super::histogram::Histogram;
use crate::density::Grid;

/// The heats of one picture or several, summed up in as much memory as a small picture takes. Made
/// by [`Scale::range`](super::Scale::range).
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    minimum: f32,
    maximum: f32,
    /// How often each heat is there; empty where nobody will ask.
    pub(super) histogram: Histogram,
    /// They are the values of a surface, of which 0 is one as good as others.
    has_values: bool,
}

/// Heats that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// None: the ends are enough.
    None,
    /// Those above zero.
    Positive,
    /// All but zero, by their distance from it.
    Both,
}

impl Range {
    /// The range of one picture.
    pub(super) fn of(grid: &Grid, counted: Counted) -> Self {
        if grid.support().is_some() {
            return Self::of_values(grid.extremes());
        }
        // Large enough that joining histograms is cheap beside filling them.
        let parts = grid
            .heat()
            .par_chunks(1 << 18)
            .map(|heats| Self::of_heats(heats, counted));
        parts.reduce(Self::nothing, Self::join)
    }

    /// The range of the values of a surface, of which there may be none.
    pub(super) fn of_values(extremes: Option<(f32, f32)>) -> Self {
        let (minimum, maximum) = extremes.unwrap_or((f32::INFINITY, f32::NEG_INFINITY));
        Self {
            minimum,
            maximum,
            histogram: Histogram::default(),
            has_values: true,
        }
    }

    pub(super) fn of_heats(heats: &[f32], counted: Counted) -> Self {
        let (minimum, maximum) = Grid::ends(heats);
        let mut histogram = Histogram::default();
        match counted {
            Counted::None => {}
            Counted::Positive => heats
                .iter()
                .filter(|&&heat| heat > 0.0)
                .for_each(|&heat| histogram.add(heat)),
            Counted::Both => heats
                .iter()
                .filter(|&&heat| heat != 0.0)
                .for_each(|&heat| histogram.add(heat.abs())),
        }
        Self {
            minimum,
            maximum,
            histogram,
            has_values: false,
        }
    }

    /// That of no picture.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            has_values: false,
            ..Self::of_values(None)
        }
    }

    /// The range of two pictures together.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            minimum: self.minimum.min(other.minimum),
            maximum: self.maximum.max(other.maximum),
            histogram: self.histogram.join(other.histogram),
            has_values: self.has_values || other.has_values,
        }
    }

    /// Its ends as they are joined: the first is the larger one where there is nothing.
    pub(super) fn ends(&self) -> (f32, f32) {
        (self.minimum, self.maximum)
    }

    /// Makes it reach to other ends.
    pub(super) fn spread_to(&mut self, minimum: f32, maximum: f32, has_values: bool) {
        self.minimum = self.minimum.min(minimum);
        self.maximum = self.maximum.max(maximum);
        self.has_values |= has_values;
    }

    /// The least heat, below zero only where negative weights prevail; else 0. Of a surface, its
    /// least value.
    #[must_use]
    pub fn minimum(&self) -> f32 {
        if self.minimum <= self.maximum {
            self.minimum
        } else {
            0.0
        }
    }

    /// The most heat; 0 for pictures without any.
    #[must_use]
    pub fn maximum(&self) -> f32 {
        if self.minimum <= self.maximum {
            self.maximum
        } else {
            0.0
        }
    }

    /// Whether it reaches the largest numbers that there are: then heat adds up to more than it
    /// shows.
    #[must_use]
    pub fn is_saturated(&self) -> bool {
        self.maximum() == f32::MAX || self.minimum() == f32::MIN
    }

    /// Whether they are the values of a surface, and not heats.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.has_values
    }

    /// The least heat that is not zero, if it was counted; of a diverging scale, that which is
    /// nearest to zero.
    pub(super) fn least_positive(&self) -> Option<f32> {
        self.histogram.least()
    }
}
