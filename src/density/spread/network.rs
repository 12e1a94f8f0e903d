//! Sorting network: the keys of some pixels, each pixel's by themselves, in SIMD lanes.
//!
//! What is compared does not depend on the keys, so that nothing has to be guessed by the
//! processor and all pixels take the same step at the same time. Rejected, because they go through
//! one pixel after the other and took two to four times as long for some hundred keys: a bucket
//! sort by distance, a hash table that keeps the order, insertion into the order of the pixel
//! before.

#![expect(
    clippy::inline_always,
    reason = "all of it is compiled with the instructions of whoever calls it"
)]

/// Rows of which several comparisons are made at once, in registers: what takes the time is to
/// fetch them and to put them back.
const GROUP: usize = 8;

/// Sorts each lane on its own, from the first row to the last: bitonic merges (K. E. Batcher, 1968;
/// D. E. Knuth, The Art of Computer Programming, volume 3, 5.3.4), of which the first comparisons
/// are those with mirrored rows. So the smaller key always goes to the row that comes first, and
/// rows that are missing to a power of two need not be there.
///
/// Compiled like the sweeps of points.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
pub(super) fn sort<const LANES: usize>(rows: &mut [[u32; LANES]]) {
    let (groups, rest) = rows.as_chunks_mut::<GROUP>();
    for [a, b, c, d, e, f, g, h] in groups {
        sort_group(a, b, c, d, e, f, g, h);
    }
    merge_all(rest, 2);
    merge_all(rows, 2 * GROUP);
}

/// Merges stretches of rows that are sorted, until all are: two of them to one of so many rows at
/// first.
#[inline(always)]
fn merge_all<const LANES: usize>(rows: &mut [[u32; LANES]], size: usize) {
    let mut size = size;
    while size < 2 * rows.len() {
        for part in rows.chunks_mut(size) {
            merge(part, size);
        }
        size *= 2;
    }
}

/// Merges two sorted halves, of which rows at the end may be missing.
#[inline(always)]
fn merge<const LANES: usize>(rows: &mut [[u32; LANES]], size: usize) {
    for high in size / 2..rows.len() {
        exchange(rows, size - 1 - high, high);
    }
    let mut apart = size / 4;
    while apart > 0 {
        // The last three steps, and others three by three, are taken together.
        if apart.ilog2() % GROUP.ilog2() == GROUP.ilog2() - 1 {
            three_steps(rows, apart);
            apart /= GROUP;
        } else {
            one_step(rows, apart);
            apart /= 2;
        }
    }
}

/// Compares rows that are so far apart.
#[inline(always)]
fn one_step<const LANES: usize>(rows: &mut [[u32; LANES]], apart: usize) {
    for first in (0..rows.len()).step_by(2 * apart) {
        for high in first + apart..rows.len().min(first + 2 * apart) {
            exchange(rows, high - apart, high);
        }
    }
}

/// Compares rows that are so far apart, then those half as far, and half of that.
#[inline(always)]
fn three_steps<const LANES: usize>(rows: &mut [[u32; LANES]], apart: usize) {
    let mut parts = rows.chunks_exact_mut(2 * apart);
    for part in &mut parts {
        let mut eighths = part.chunks_exact_mut(2 * apart / GROUP);
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|_| eighths.next().unwrap_or_default());
        for row in 0..a.len() {
            merge_group(
                &mut a[row],
                &mut b[row],
                &mut c[row],
                &mut d[row],
                &mut e[row],
                &mut f[row],
                &mut g[row],
                &mut h[row],
            );
        }
    }
    let rest = parts.into_remainder();
    for apart in [apart, apart / 2, apart / 4] {
        one_step(rest, apart);
    }
}

/// Puts the smaller key of each lane into the first of two rows.
#[inline(always)]
fn exchange<const LANES: usize>(rows: &mut [[u32; LANES]], first: usize, second: usize) {
    let (a, b) = (rows[first], rows[second]);
    for lane in 0..LANES {
        rows[first][lane] = a[lane].min(b[lane]);
        rows[second][lane] = a[lane].max(b[lane]);
    }
}

/// Defines what compares the rows of a group, one pair after the other, lane by lane. Each row is a
/// parameter of its own: so the compiler knows that they are not the same, and takes many lanes at
/// once.
macro_rules! group {
    ($(#[$about:meta])* $name:ident: $($low:literal $high:literal),+) => {
        $(#[$about])*
        #[expect(clippy::too_many_arguments, reason = "see above")]
        #[inline(always)]
        fn $name<const LANES: usize>(
            first: &mut [u32; LANES],
            second: &mut [u32; LANES],
            third: &mut [u32; LANES],
            fourth: &mut [u32; LANES],
            fifth: &mut [u32; LANES],
            sixth: &mut [u32; LANES],
            seventh: &mut [u32; LANES],
            eighth: &mut [u32; LANES],
        ) {
            for lane in 0..LANES {
                let mut keys = [
                    first[lane], second[lane], third[lane], fourth[lane],
                    fifth[lane], sixth[lane], seventh[lane], eighth[lane],
                ];
                $(
                    let (low, high) = (keys[$low], keys[$high]);
                    (keys[$low], keys[$high]) = (low.min(high), low.max(high));
                )+
                [
                    first[lane], second[lane], third[lane], fourth[lane],
                    fifth[lane], sixth[lane], seventh[lane], eighth[lane],
                ] = keys;
            }
        }
    };
}

group! {
    /// Sorts a group, with as few comparisons as that can be done with.
    sort_group:
    0 2, 1 3, 4 6, 5 7, 0 4, 1 5, 2 6, 3 7, 0 1, 2 3, 4 5, 6 7, 2 4, 3 5, 1 4, 3 6, 1 2, 3 4, 5 6
}

group! {
    /// Takes the last three steps of a merge.
    merge_group: 0 4, 1 5, 2 6, 3 7, 0 2, 1 3, 4 6, 5 7, 0 1, 2 3, 4 5, 6 7
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
