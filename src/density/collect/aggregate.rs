//! Aggregation: one value of all points that fall on a pixel, before the kernel spreads it
//! (datashader's reductions).

use super::binner::Binned;
use super::cells::Cells;
use super::weighted::{Weighted, WeightedCell};
use crate::density::memory::stored;
use crate::error::Result;

/// What becomes of the values of points that fall on one pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// They are added up.
    Sum,
    /// The largest.
    Max,
    /// The least.
    Min,
    /// Their mean.
    Mean,
    /// How many they are, whatever they are.
    Count,
    /// Their standard deviation from their mean: that of these values, not an estimate for others.
    Std,
}

impl Aggregate {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Sum,
        Self::Max,
        Self::Min,
        Self::Mean,
        Self::Count,
        Self::Std,
    ];

    /// Its name, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Max => "max",
            Self::Min => "min",
            Self::Mean => "mean",
            Self::Count => "count",
            Self::Std => "std",
        }
    }

    /// The value of some groups of points, at least one, the heaviest first.
    fn of(self, groups: &[Weighted]) -> f64 {
        let each = || {
            groups
                .iter()
                .map(|group| (f64::from(group.weight), f64::from(group.count)))
        };
        let count: f64 = each().map(|(_, count)| count).sum();
        let sum: f64 = each().map(|(weight, count)| weight * count).sum();
        let ends = || each().map(|(weight, _)| weight);
        match self {
            Self::Sum => sum,
            Self::Max => ends().fold(f64::NEG_INFINITY, f64::max),
            Self::Min => ends().fold(f64::INFINITY, f64::min),
            Self::Mean => sum / count,
            Self::Count => count,
            Self::Std => {
                let mean = sum / count;
                let squares = each().map(|(weight, count)| (weight - mean).powi(2) * count);
                (squares.sum::<f64>() / count).sqrt()
            }
        }
    }
}

impl Cells {
    /// The same cells with one point for each pixel that has any.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(in crate::density) fn aggregated(&self, how: Aggregate) -> Result<Self> {
        /// Cells that are put at a time.
        const SOME: usize = 1 << 16;
        // There are no more of them than cells, so that nothing has to be rounded.
        let aggregated = Self::of(self.binner().clone(), u64::MAX)?;
        let index = self.index();
        let value = |cell: usize| match index.of(cell) {
            [] => None,
            groups => Some(WeightedCell {
                cell,
                weight: stored(how.of(groups)),
                count: 1,
            }),
        };
        let cells = self.frame.cells();
        for first in (0..cells).step_by(SOME) {
            let some = first..cells.min(first + SOME);
            aggregated.put(Binned {
                weighted: some.filter_map(value).collect(),
                ..Binned::default()
            });
        }
        Ok(aggregated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_aggregate_written_out() {
        let group = |weight, count| Weighted { weight, count };
        let groups = [group(9.0, 1), group(1.0, 2), group(-3.0, 1)];
        let values = Aggregate::ALL.map(|how| how.of(&groups));
        assert_eq!(values, [8.0, 9.0, -3.0, 2.0, 4.0, 19.0_f64.sqrt()]);
        assert_eq!(Aggregate::Std.of(&[group(7.0, 3)]), 0.0);
    }

    #[test]
    fn every_aggregate_has_a_name_of_its_own() {
        let names = Aggregate::ALL.map(Aggregate::name);
        assert_eq!(names, ["sum", "max", "min", "mean", "count", "std"]);
    }
}
