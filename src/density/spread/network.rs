//! Sorting network: the keys of some pixels, each pixel's by themselves, in SIMD lanes.
//!
//! What is compared does not depend on the keys, so that nothing has to be guessed by the
//! processor and all pixels take the same step at the same time. Rejected, because they go through
//! one pixel after the other and took two to four times as long for some hundred keys: a bucket
//! sort by distance, a hash table that keeps the order, insertion into the order of the pixel
//! before.

/// Sorts each lane on its own, from the first row to the last: merge exchange (D. E. Knuth, The Art
/// of Computer Programming, volume 3, 5.2.2, algorithm M; K. E. Batcher, 1968), for any number of
/// rows.
///
/// Compiled like the sweeps of points.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
pub(super) fn sort<const LANES: usize>(rows: &mut [[u32; LANES]]) {
    let largest = rows.len().next_power_of_two() / 2;
    let mut merged = largest;
    while merged > 0 {
        let (mut first, mut apart, mut next) = (0, merged, largest);
        loop {
            let last = rows.len().saturating_sub(apart);
            for start in (first..last).step_by(2 * merged) {
                for row in start..last.min(start + merged) {
                    exchange(rows, row, row + apart);
                }
            }
            if next == merged {
                break;
            }
            (first, apart, next) = (merged, next - merged, next / 2);
        }
        merged /= 2;
    }
}

/// Puts the smaller key of each lane into the first of two rows.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled with the instructions of whoever calls it"
)]
fn exchange<const LANES: usize>(rows: &mut [[u32; LANES]], first: usize, second: usize) {
    let (a, b) = (rows[first], rows[second]);
    for lane in 0..LANES {
        rows[first][lane] = a[lane].min(b[lane]);
        rows[second][lane] = a[lane].max(b[lane]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_lane_is_sorted(
            rows in prop::collection::vec(prop::array::uniform4(0_u32..300), 0..200),
        ) {
            let lane = |rows: &[[u32; 4]], lane: usize| -> Vec<u32> {
                rows.iter().map(|row| row[lane]).collect()
            };
            let mut sorted = rows.clone();
            sort(&mut sorted);
            for number in 0..4 {
                let mut expected = lane(&rows, number);
                expected.sort_unstable();
                prop_assert_eq!(lane(&sorted, number), expected);
            }
        }
    }
}
