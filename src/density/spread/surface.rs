//! Kernel regression: the mean of what was measured around each pixel, weighed by the kernel
//! (E. A. Nadaraya, On Estimating Regression, 1964; G. S. Watson, Smooth Regression Analysis,
//! 1964).
//!
//! Two sums of the same kernel, that of the values and that of their number, which is what supports
//! the mean. Values are summed up as differences from the mean of all, so that a level far from
//! zero costs no digits, and equal values give exactly themselves.

use rayon::prelude::*;

use super::dirty::Dirty;
use super::kernel::Falloffs;
use super::sweep::summed_by;
use crate::density::collect::cells::Cells;
use crate::density::collect::weighted::Weighted;
use crate::density::grid::Grid;
use crate::density::memory::stored;
use crate::error::Result;

/// What all values are like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values {
    /// Their mean.
    level: f64,
    least: f64,
    most: f64,
}

impl Values {
    /// In the order of the cells, which the data fix.
    pub(super) fn of(cells: &Cells) -> Self {
        let (mut total, mut number) = (0.0, 0.0);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for cell in cells.index().iter() {
            let (value, count) = (f64::from(cell.weight), f64::from(cell.count));
            total += value * count;
            number += count;
            (least, most) = (least.min(value), most.max(value));
        }
        let level = if number > 0.0 { total / number } else { 0.0 };
        Self { level, least, most }
    }

    /// How many values there are, and their sum above the level.
    pub(super) fn sums(self, groups: &[Weighted]) -> (f64, f64) {
        groups.iter().fold((0.0, 0.0), |(number, sum), group| {
            let (value, count) = (f64::from(group.weight), f64::from(group.count));
            (number + count, sum + (value - self.level) * count)
        })
    }

    /// The mean whose weighted sum above the level is this. None is beyond what was measured, as
    /// rounding would have it.
    pub(super) fn mean(self, sum: f64, support: f64) -> f64 {
        (self.level + sum / support).max(self.least).min(self.most)
    }
}

/// The surface of the values of points.
pub(in crate::density) fn mean(cells: &Cells, falloffs: &Falloffs) -> Result<Grid> {
    let (frame, index, values) = (cells.frame, cells.index(), Values::of(cells));
    let (mut support, mut sums) = (Grid::cold(frame.picture)?, Grid::cold(frame.picture)?);
    summed_by(frame, falloffs, &mut support, &Dirty::Unheated, |cell| {
        values.sums(index.of(cell)).0
    })?;
    summed_by(frame, falloffs, &mut sums, &Dirty::Unheated, |cell| {
        values.sums(index.of(cell)).1
    })?;
    let pairs = sums.heat_mut().par_iter_mut().zip(support.heat());
    pairs.for_each(|(sum, &support)| {
        *sum = if support > 0.0 {
            stored(values.mean((*sum).into(), support.into()))
        } else {
            0.0
        };
    });
    Ok(sums.supported(support))
}
