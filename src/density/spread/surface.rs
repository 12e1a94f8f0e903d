//! Kernel regression: the mean of what was measured around each pixel, weighed by the kernel
//! (E. A. Nadaraya, On Estimating Regression, 1964; G. S. Watson, Smooth Regression Analysis, 1964).
//!
//! Two sums of the same kernel, that of the values and that of their number, which is what supports
//! the mean. Values are summed up as differences from the mean of all, so that a level far from zero
//! costs no digits, and equal values give exactly themselves.

use rayon::prelude::*;

use super::dirty::Dirty;
use super::kernel::Falloffs;
use super::sweep::summed_by;
use crate::density::collect::cells::Cells;
use crate::density::collect::weighted::Weighted;
use crate::density::grid::Grid;
use crate::density::memory::stored;
use crate::error::Result;

/// The surface of the values of points.
pub(in crate::density) fn mean(cells: &Cells, falloffs: &Falloffs) -> Result<Grid> {
    let (frame, index) = (cells.frame, cells.index());
    // In the order of the cells, which the data fix.
    let (mut total, mut number) = (0.0, 0.0);
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for cell in index.iter() {
        let (value, count) = (f64::from(cell.weight), f64::from(cell.count));
        total += value * count;
        number += count;
        (least, most) = (least.min(value), most.max(value));
    }
    let level = if number > 0.0 { total / number } else { 0.0 };
    let count = |group: &Weighted| f64::from(group.count);
    let excess = |group: &Weighted| (f64::from(group.weight) - level) * f64::from(group.count);
    let (mut support, mut sums) = (Grid::cold(frame.picture)?, Grid::cold(frame.picture)?);
    summed_by(frame, falloffs, &mut support, &Dirty::Unheated, |cell| {
        index.of(cell).iter().map(count).sum()
    })?;
    summed_by(frame, falloffs, &mut sums, &Dirty::Unheated, |cell| {
        index.of(cell).iter().map(excess).sum()
    })?;
    let pairs = sums.heat_mut().par_iter_mut().zip(support.heat());
    pairs.for_each(|(sum, &support)| {
        *sum = if support > 0.0 {
            // No mean is beyond what was measured, as rounding would have it.
            let mean = level + f64::from(*sum) / f64::from(support);
            stored(mean.max(least).min(most))
        } else {
            0.0
        };
    });
    Ok(sums.supported(support))
}
