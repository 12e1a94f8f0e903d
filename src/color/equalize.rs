//! Histogram equalisation: the heats at evenly spaced positions when every position is to have as
//! many pixels.

use super::histogram::Histogram;

/// Positions: a multiple of the 255 steps between colours, so that these begin where they should.
const PARTS: usize = 255 * 8;

/// The heats at 2041 positions from 0 to 1; empty when there are none.
///
/// The position of a heat is the share of pixels that are no hotter, stretched so that the least
/// has 0, as datashader's `eq_hist` and `shade` have it; between heats that are there it rises in
/// proportion.
pub(super) fn of(histogram: &Histogram) -> Vec<f32> {
    let mut so_far = 0;
    let steps = histogram.slots().map(|(heat, count)| {
        so_far += count;
        (heat, so_far)
    });
    let steps: Vec<(f32, u64)> = steps.collect();
    let (Some(&(_, first)), Some(&(_, total))) = (steps.first(), steps.last()) else {
        return Vec::new();
    };
    (0..=PARTS)
        .map(|part| {
            heat(
                &steps,
                first as f64 + (total - first) as f64 * (part as f64 / PARTS as f64),
            )
        })
        .collect()
}

/// The heat that so many pixels do not exceed.
fn heat(steps: &[(f32, u64)], wanted: f64) -> f32 {
    let above = steps
        .partition_point(|&(_, count)| (count as f64) < wanted)
        .min(steps.len() - 1);
    let (high, end) = steps[above];
    let Some(&(low, begin)) = above.checked_sub(1).and_then(|below| steps.get(below)) else {
        return high;
    };
    let share = (wanted - begin as f64) / (end - begin) as f64;
    (f64::from(low) + (f64::from(high) - f64::from(low)) * share) as f32
}
