//! Exact Euclidean distance transform, limited to the reach of the kernel; separable, by brute
//! force along rows.
//!
//! Distances along the columns come from one sweep down and one up. Along a row, the square of the
//! distance is then the least of what the pixels within reach have along their columns and the
//! square of the way to them. Rows are done in SIMD lanes, so that this costs the reach for each
//! pixel; the lower envelopes of Felzenszwalb and Huttenlocher (Distance Transforms of Sampled
//! Functions, 2012) cost no reach but a chain of branches, and are no faster at radius 200.

use rayon::prelude::*;

use super::dirty::Dirty;
use super::kernel::Falloffs;
use crate::density::collect::binner::Padded;
use crate::density::collect::cells::Cells;
use crate::density::grid::Grid;
use crate::density::memory::fill;

/// Rows that one thread takes at a time, if the reach is not more.
const BAND: usize = 32;

/// Spreads points of weight 1 and takes the largest heat, d = 0: that of the nearest point.
pub(in crate::density) fn largest(
    cells: &Cells,
    falloffs: &Falloffs,
    grid: &mut Grid,
    dirty: &Dirty,
) {
    let (frame, size) = (cells.frame, cells.frame.picture);
    let band = BAND.max(frame.reach);
    let counts: &[u32] = &cells.counts();
    let filled = |cell: usize| counts[cell] > 0;
    grid.heat_mut()
        .par_chunks_mut(band * size.width())
        .enumerate()
        .for_each(|(number, rows)| {
            if !dirty.touches((0, size.width()), (number * band, band)) {
                return;
            }
            let squares = to_nearest(frame, number * band, rows.len() / size.width(), filled);
            let rows = rows
                .chunks_mut(size.width())
                .zip(squares.chunks(size.width()));
            let mut heats = vec![0.0; size.width()];
            for (y, (row, squares)) in rows.enumerate() {
                let squares = squares.iter().copied().map(f64::from);
                heats
                    .iter_mut()
                    .zip(squares)
                    .for_each(|(heat, square)| *heat = square);
                falloffs.at(number * band + y).heats(&mut heats);
                fill(row, heats.iter().copied());
            }
        });
}

/// The squares of the distances, in pixels², from the pixels of some rows to the nearest filled
/// cell; where none is within reach, more than the square of the reach.
pub(in crate::density) fn to_nearest(
    frame: Padded,
    top: usize,
    rows: usize,
    filled: impl Fn(usize) -> bool,
) -> Vec<u32> {
    let (width, reach) = (frame.width(), frame.reach);
    let mut along_columns = vec![u32::MAX; width * rows];
    // The rows of the frame that heat a row of the picture begin at the same number and end twice
    // the reach later.
    let mut sweep = |frame_rows: &mut dyn Iterator<Item = usize>| {
        let mut distances = vec![reach as u32 + 1; width];
        for row in frame_rows {
            for (x, distance) in distances.iter_mut().enumerate() {
                *distance = if filled((top + row) * width + x) {
                    0
                } else {
                    *distance + 1
                };
            }
            if let Some(row) = row.checked_sub(reach).filter(|&row| row < rows) {
                let known = &mut along_columns[row * width..][..width];
                known
                    .iter_mut()
                    .zip(&distances)
                    .for_each(|(known, &distance)| *known = distance.min(*known));
            }
        }
    };
    sweep(&mut (0..rows + reach));
    sweep(&mut (reach..rows + 2 * reach).rev());
    let mut nearest = vec![u32::MAX; frame.picture.width() * rows];
    let pairs = along_columns
        .chunks(width)
        .zip(nearest.chunks_mut(frame.picture.width()));
    pairs.for_each(|(along_columns, nearest)| along_row(along_columns, frame.reach, nearest));
    nearest
}

/// Lowers the squares of a row's pixels to those that there are, compiled like the sweeps of
/// points.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn along_row(along_columns: &[u32], reach: usize, nearest: &mut [u32]) {
    let squares: Vec<u32> = along_columns
        .iter()
        .map(|distance| distance * distance)
        .collect();
    for offset in 0..=2 * reach {
        let across = (offset.abs_diff(reach) as u32).pow(2);
        for (nearest, square) in nearest.iter_mut().zip(&squares[offset..]) {
            *nearest = (*nearest).min(square + across);
        }
    }
}
