//! Kernel sweep over counts: points of weight 1, however many, and sums of points of any weight.
//!
//! At every pixel the cells around it are taken from the nearest to the farthest, that is from the
//! largest heat to the smallest, each as a run of equal heats. So the cost depends on the picture
//! and the radius alone. All pixels of a stretch of a row take the same step at the same time,
//! which runs in SIMD lanes.

use std::ops::Range;

use rayon::prelude::*;

use super::blend::{Run, powers};
#[cfg(feature = "fft")]
use super::convolve::{convolve, is_worthwhile};
use super::dirty::Dirty;
use super::kernel::{Falloff, Falloffs};
use super::network::sort;
use super::stamp::{Offset, Stamp};
use crate::density::collect::binner::Padded;
use crate::density::collect::cells::Cells;
use crate::density::collect::weighted::Weighted;
use crate::density::grid::Grid;
use crate::density::memory::fill;
use crate::error::Result;

/// Pixels that are finished together: a stretch of a row.
const LANES: usize = 16;
/// Rows that one thread takes at a time.
const BAND: usize = 32;
/// Pixels of a row that it takes at a time: as many as stay in the cache, with the cells around
/// them.
const PART: usize = 256;
/// A pixel is finished when later heats count less than this.
const FINISHED: f64 = 3e-8;
/// A stretch for whose kernels so many times more cells are empty is blended from a list of those
/// that are not: measured, and no sharp limit.
const SPARSE: usize = 25;
/// From this reach on it pays to find out how far the nearest cell is before the nearest offsets
/// are tried.
const FAR: usize = 12;
/// Steps between looking whether all pixels of a stretch are finished.
const STEPS: usize = 8;

/// Spreads points of weight 1 and blends them with a decay between 0 and 1.
pub(in crate::density) fn decayed(
    cells: &Cells,
    falloffs: &Falloffs,
    decay: f64,
    grid: &mut Grid,
    dirty: &Dirty,
) {
    let counts: &[u32] = &cells.counts();
    let runs = Runs::new(decay, counts.iter().copied().max().unwrap_or_default());
    let cells_of = |cell: usize| runs.of(counts[cell]);
    // Without a jump from one to the next, so that it runs in SIMD lanes.
    let are_empty =
        |cells: Range<usize>| counts[cells].iter().fold(0, |all, count| all | count) == 0;
    let source = (cells_of, are_empty);
    let powers = powers_that_count(decay);
    sweep(
        cells.frame,
        falloffs,
        grid,
        dirty,
        source,
        |stretch, table| blended(stretch, table, &powers),
    );
}

/// How much each heat of a pixel counts, the largest first, as long as it does.
fn powers_that_count(decay: f64) -> Vec<f64> {
    powers(decay)
        .take_while(|&power| power >= FINISHED)
        .collect()
}

/// Spreads points of any weight and adds them up.
pub(in crate::density) fn summed(
    cells: &Cells,
    falloffs: &Falloffs,
    grid: &mut Grid,
    dirty: &Dirty,
) -> Result<()> {
    if cells.has_weighted() {
        let index = cells.index();
        // The weighted of a cell are in an order that the data fixes, so their sum is the same
        // whatever order they came in.
        let sum = |weighted: &Weighted| f64::from(weighted.weight) * f64::from(weighted.count);
        summed_by(cells.frame, falloffs, grid, dirty, |cell| {
            index.of(cell).iter().map(sum).sum()
        })
    } else {
        let counts: &[u32] = &cells.counts();
        summed_by(cells.frame, falloffs, grid, dirty, |cell| {
            counts[cell].into()
        })
    }
}

/// Spreads what lies in each cell and adds it up.
pub(in crate::density) fn summed_by(
    frame: Padded,
    falloffs: &Falloffs,
    grid: &mut Grid,
    dirty: &Dirty,
    weight: impl Fn(usize) -> f64 + Sync,
) -> Result<()> {
    #[cfg(feature = "fft")]
    if is_worthwhile(frame, falloffs) {
        return convolve(frame, falloffs, grid, dirty, weight);
    }
    let run = |cell| Run {
        count: 1,
        keep: 1.0,
        gain: weight(cell),
    };
    let source = (run, |_: Range<usize>| false);
    sweep(frame, falloffs, grid, dirty, source, |stretch, table| {
        adding(stretch, &table.offsets)
    });
    Ok(())
}

/// Finishes the dirty parts of the picture stretch by stretch: of the runs of cells, and whether
/// cells that follow one another are known to be empty.
fn sweep(
    frame: Padded,
    falloffs: &Falloffs,
    grid: &mut Grid,
    dirty: &Dirty,
    (run, are_empty): (
        impl Fn(usize) -> Run + Sync,
        impl Fn(Range<usize>) -> bool + Sync,
    ),
    finish: impl Fn(&Stretch, &Stamp) -> [f64; LANES] + Sync,
) {
    let (size, widest) = (frame.picture, Stamp::new(falloffs.widest(), frame.reach));
    let bands = grid
        .heat_mut()
        .par_chunks_mut(BAND * size.width())
        .enumerate();
    let is_new = matches!(dirty, Dirty::Unheated);
    let state = || (Planes::default(), widest.emptied());
    bands.for_each_init(state, |(planes, narrower), (band, rows)| {
        for left in (0..size.width()).step_by(PART) {
            if !dirty.touches((left, PART), (band * BAND, BAND)) {
                continue;
            }
            let (corner, count) = ((left, band * BAND), rows.len() / size.width());
            // As most of a tile is that has next to nothing on it.
            if is_new && is_empty(frame, corner, count, &are_empty) {
                continue;
            }
            planes.weighted(frame, corner, count, (&run, &are_empty));
            if is_new && planes.places.is_empty() {
                continue;
            }
            for (y, row) in rows.chunks_mut(size.width()).enumerate() {
                let part = &mut row[left..size.width().min(left + PART)];
                let table = widest.narrowed(falloffs.at(band * BAND + y), narrower);
                let far = table.falloff.reach().min(frame.reach);
                for (stretch, pixels) in part.chunks_mut(LANES).enumerate() {
                    let at = Stretch {
                        planes,
                        reach: frame.reach,
                        far,
                        y,
                        x: stretch * LANES,
                    };
                    let heats = finish(&at, table);
                    // Most of a tile that has little on it stays cold.
                    if !is_new || heats.iter().fold(0, |any, heat| any | heat.to_bits()) != 0 {
                        fill(pixels, heats);
                    }
                }
            }
        }
    });
}

/// Whether none of the cells is filled that heat some rows of a picture, from a pixel on to the
/// right.
fn is_empty(
    frame: Padded,
    (left, top): (usize, usize),
    rows: usize,
    are_empty: &impl Fn(Range<usize>) -> bool,
) -> bool {
    let columns = PART.min(frame.picture.width() - left) + 2 * frame.reach;
    let mut rows = top..top + rows + 2 * frame.reach;
    rows.all(|row| {
        let start = row * frame.width() + left;
        are_empty(start..start + columns)
    })
}

/// The runs of all counts up to the largest there is, the small ones looked up.
struct Runs {
    decay: f64,
    table: Vec<Run>,
}

impl Runs {
    fn new(decay: f64, largest: u32) -> Self {
        Self {
            decay,
            table: (0..=largest.min(4095))
                .map(|count| Run::of(count, decay))
                .collect(),
        }
    }

    fn of(&self, count: u32) -> Run {
        self.table
            .get(count as usize)
            .copied()
            .unwrap_or_else(|| Run::of(count, self.decay))
    }
}

/// The runs of a part of a band and of all cells that heat it, one array for each half of a run so
/// that lanes load at once.
#[derive(Default)]
struct Planes {
    width: usize,
    keep: Vec<f64>,
    gain: Vec<f64>,
    /// For every cell, how many cells before it, in its row and in all rows above, are not empty.
    filled: Vec<u32>,
    /// Where in its row each cell lies that is not empty, and how many heats it gives.
    places: Vec<(u32, u32)>,
}

impl Planes {
    /// Takes the cells for some rows of the picture, from a pixel on to the right.
    fn weighted(
        &mut self,
        frame: Padded,
        (left, top): (usize, usize),
        rows: usize,
        (run, are_empty): (&impl Fn(usize) -> Run, &impl Fn(Range<usize>) -> bool),
    ) {
        let columns = PART.min(frame.picture.width() - left) + 2 * frame.reach;
        let rows = rows + 2 * frame.reach;
        // Whole stretches, so that the last one needs no special case.
        self.width = columns + LANES;
        self.keep.resize(self.width * rows, 1.0);
        self.gain.resize(self.width * rows, 0.0);
        self.filled.resize((self.width + 1) * rows, 0);
        self.places.clear();
        for row in 0..rows {
            let start = (top + row) * frame.width() + left;
            if are_empty(start..start + columns) {
                self.leave_empty(row);
            } else {
                self.fill(row, (start..start + columns).map(run));
            }
        }
    }

    fn leave_empty(&mut self, row: usize) {
        let start = row * self.width;
        self.keep[start..][..self.width].fill(1.0);
        self.gain[start..][..self.width].fill(0.0);
        let filled = &mut self.filled[row * (self.width + 1)..][..=self.width];
        filled.fill(self.places.len() as u32);
    }

    fn fill(&mut self, row: usize, runs: impl ExactSizeIterator<Item = Run>) {
        let (start, length) = (row * self.width, runs.len());
        let (keep, gain) = (
            &mut self.keep[start..][..self.width],
            &mut self.gain[start..][..self.width],
        );
        let filled = &mut self.filled[row * (self.width + 1)..][..=self.width];
        for (x, run) in runs.enumerate() {
            (keep[x], gain[x]) = (run.keep, run.gain);
            filled[x] = self.places.len() as u32;
            if run.gain != 0.0 {
                self.places.push((x as u32, run.count));
            }
        }
        keep[length..].fill(1.0);
        gain[length..].fill(0.0);
        filled[length..].fill(self.places.len() as u32);
    }

    /// Where a stretch of cells begins in the planes; `None` when all of them are empty.
    fn stretch(&self, x: usize, y: usize) -> Option<usize> {
        let row = &self.filled[y * (self.width + 1)..];
        (row[x] != row[x + LANES]).then(|| y * self.width + x)
    }
}

/// A stretch of pixels in a band. The corner of its kernels has the same numbers in the planes.
struct Stretch<'a> {
    planes: &'a Planes,
    reach: usize,
    /// How far a cell may be that heats it.
    far: usize,
    x: usize,
    y: usize,
}

impl Stretch<'_> {
    /// In which rows the cells lie that are at most so far from the stretch, across and down, and
    /// where `places` has those that are not empty.
    fn near(&self, distance: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
        let (from, to) = (
            self.x + self.reach - distance,
            self.x + self.reach + distance + LANES,
        );
        let rows = self.y + self.reach - distance..=self.y + self.reach + distance;
        rows.map(move |y| {
            let row = &self.planes.filled[y * (self.planes.width + 1)..];
            (y, row[from] as usize..row[to] as usize)
        })
    }

    /// How many cells that heat it are not empty.
    fn filled(&self) -> usize {
        self.near(self.far).map(|(_, row)| row.len()).sum()
    }

    /// The first offset that is worth looking at: all before it lead to empty cells.
    fn first(&self, offsets: &[Offset]) -> usize {
        let (mut empty, mut filled) = (0, self.far + 1);
        while empty < filled {
            let middle = usize::midpoint(empty, filled);
            if self.near(middle).all(|(_, row)| row.is_empty()) {
                empty = middle + 1;
            } else {
                filled = middle;
            }
        }
        offsets.partition_point(|offset| offset.square < (empty * empty) as u32)
    }
}

/// The blend of a stretch with any number of cells.
fn blended(stretch: &Stretch, table: &Stamp, powers: &[f64]) -> [f64; LANES] {
    let offsets = &table.offsets[..];
    let filled = stretch.filled();
    if filled == 0 {
        return [0.0; LANES];
    }
    let scattered = (filled * SPARSE < offsets.len())
        .then(|| Scattered::new(stretch).blended(table.falloff, powers));
    scattered.flatten().unwrap_or_else(|| {
        let first = if stretch.far < FAR {
            0
        } else {
            stretch.first(offsets)
        };
        decaying(stretch, &offsets[first..])
    })
}

/// The cells that heat a stretch, where they are few: they are sorted for each pixel.
struct Scattered {
    /// Of each cell, how far it is from the first pixel, across and, as a square, down.
    places: Vec<(i32, i32)>,
    runs: Vec<Run>,
    /// No square of a distance is larger.
    farthest: u32,
}

impl Scattered {
    fn new(stretch: &Stretch) -> Self {
        let (planes, left) = (stretch.planes, (stretch.x + stretch.reach) as i32);
        // The radius is at most a pixel more than the reach.
        let near = (stretch.far + 1).pow(2) as i32;
        let (mut places, mut runs) = (Vec::new(), Vec::new());
        for (y, row) in stretch.near(stretch.far) {
            let down = (y.abs_diff(stretch.y + stretch.reach) as i32).pow(2);
            for &(x, count) in &planes.places[row] {
                let (across, at) = (x as i32 - left, y * planes.width + x as usize);
                let beside = across - across.clamp(0, LANES as i32 - 1);
                if beside * beside + down <= near {
                    places.push((across, down));
                    runs.push(Run {
                        count,
                        keep: planes.keep[at],
                        gain: planes.gain[at],
                    });
                }
            }
        }
        // From the pixel at the other end of the stretch.
        let farthest = (stretch.far + LANES).pow(2) as u32;
        Self {
            places,
            runs,
            farthest,
        }
    }

    /// The squares of the distances of all pixels from each cell.
    fn squares(&self) -> impl Iterator<Item = [u32; LANES]> {
        let square = |&(across, down): &(i32, i32)| {
            std::array::from_fn(|lane| ((across - lane as i32).pow(2) + down) as u32)
        };
        self.places.iter().map(square)
    }

    /// The blend of each pixel; `None` if there are too many cells with too many points to sort
    /// them.
    fn blended(mut self, falloff: Falloff, powers: &[f64]) -> Option<[f64; LANES]> {
        let points: u64 = self.runs.iter().map(|run| u64::from(run.count)).sum();
        if points > 2 * self.runs.len() as u64 {
            return self.blended_in_runs(falloff, powers.len());
        }
        for (cell, run) in self.runs.iter().enumerate() {
            for _ in 1..run.count {
                self.places.push(self.places[cell]);
            }
        }
        Some(self.blended_singly(falloff, powers))
    }

    /// The blend of each pixel, where each place is that of one point: how much a heat counts is
    /// known from how many are hotter.
    fn blended_singly(&self, falloff: Falloff, powers: &[f64]) -> [f64; LANES] {
        let mut squares: Vec<_> = self.squares().collect();
        sort(&mut squares);
        squares.truncate(powers.len());
        let heats = heats(falloff, &squares);
        let mut total = [0.0; LANES];
        for (heats, power) in heats.iter().zip(powers) {
            for lane in 0..LANES {
                total[lane] += heats[lane] * power;
            }
        }
        total
    }

    /// The blend of each pixel, where cells hold more of them: the number of a cell is sorted below
    /// its square. Of no pixel more heats count than there are given.
    fn blended_in_runs(&self, falloff: Falloff, most: usize) -> Option<[f64; LANES]> {
        let bits = self.places.len().next_power_of_two().ilog2();
        if self.farthest.leading_zeros() < bits {
            return None;
        }
        let numbered =
            |(squares, cell): ([u32; LANES], u32)| squares.map(|square| square << bits | cell);
        let mut cells: Vec<_> = self.squares().zip(0..).map(numbered).collect();
        sort(&mut cells);
        cells.truncate(most);
        let squares = cells.iter().map(|row| row.map(|cell| cell >> bits));
        let heats = heats(falloff, &squares.collect::<Vec<_>>());
        let (mut total, mut weight) = ([0.0; LANES], [1.0; LANES]);
        for (heats, cells) in heats.iter().zip(&cells) {
            for lane in 0..LANES {
                let run = self.runs[(cells[lane] & !(u32::MAX << bits)) as usize];
                total[lane] += heats[lane] * weight[lane] * run.gain;
                weight[lane] *= run.keep;
            }
            if is_finished(&mut weight) {
                break;
            }
        }
        Some(total)
    }
}

/// The heats at distances whose squares are given.
fn heats(falloff: Falloff, squares: &[[u32; LANES]]) -> Vec<[f64; LANES]> {
    let mut heats: Vec<_> = squares.iter().map(|row| row.map(f64::from)).collect();
    falloff.heats(heats.as_flattened_mut());
    heats
}

/// Whether later heats count for nothing at any pixel. Finished pixels are held at zero, out of the
/// subnormal numbers, while their neighbours go on.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled with the instructions of whoever calls it"
)]
fn is_finished(weight: &mut [f64; LANES]) -> bool {
    let mut finished = true;
    for weight in weight {
        *weight = if *weight < FINISHED { 0.0 } else { *weight };
        finished &= *weight == 0.0;
    }
    finished
}

/// The blend of a stretch, for decay between 0 and 1.
///
/// Compiled for several kinds of processors, of which the best is chosen at run time. All do the
/// same operations in the same order, so the pictures are the same.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn decaying(stretch: &Stretch, offsets: &[Offset]) -> [f64; LANES] {
    decaying_anywhere(stretch, offsets)
}

/// The sum of a stretch, compiled like `decaying`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn adding(stretch: &Stretch, offsets: &[Offset]) -> [f64; LANES] {
    adding_anywhere(stretch, offsets)
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled with the instructions of whoever calls it"
)]
fn decaying_anywhere(stretch: &Stretch, offsets: &[Offset]) -> [f64; LANES] {
    let planes = stretch.planes;
    let mut total = [0.0; LANES];
    let mut weight = [1.0; LANES];
    for steps in offsets.chunks(STEPS) {
        for offset in steps {
            let Some(at) = planes.stretch(stretch.x + offset.x, stretch.y + offset.y) else {
                continue;
            };
            let (keep, gain) = (&planes.keep[at..at + LANES], &planes.gain[at..at + LANES]);
            for i in 0..LANES {
                total[i] += offset.heat * weight[i] * gain[i];
                weight[i] *= keep[i];
            }
        }
        if is_finished(&mut weight) {
            break;
        }
    }
    total
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled with the instructions of whoever calls it"
)]
fn adding_anywhere(stretch: &Stretch, offsets: &[Offset]) -> [f64; LANES] {
    let planes = stretch.planes;
    let mut total = [0.0; LANES];
    for offset in offsets {
        let Some(at) = planes.stretch(stretch.x + offset.x, stretch.y + offset.y) else {
            continue;
        };
        let counts = &planes.gain[at..at + LANES];
        for i in 0..LANES {
            total[i] += offset.heat * counts[i];
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::HeatOptions;
    use crate::geo::{Crs, Radius, View};
    use crate::raster::Size;

    /// Sweeps a picture of a run in each cell.
    fn swept(
        (width, height): (u32, u32),
        reach: usize,
        run: impl Fn(usize) -> Run + Sync,
        finish: impl Fn(&Stretch, &Stamp) -> [f64; LANES] + Sync,
    ) -> Grid {
        let frame = Padded {
            picture: Size::new(width, height).unwrap(),
            reach,
        };
        let view = View::new(Crs::WebMercator, (1.0, 1.0), (0.0, 0.0), frame.picture).unwrap();
        let options = HeatOptions {
            radius: Radius::Pixels((reach + 1) as f64),
            ..HeatOptions::default()
        };
        let falloffs = Falloffs::new(&options, &view).unwrap();
        let mut grid = Grid::cold(frame.picture).unwrap();
        let source = (run, |_: Range<usize>| false);
        sweep(
            frame,
            &falloffs,
            &mut grid,
            &Dirty::Unheated,
            source,
            finish,
        );
        grid
    }

    #[test]
    fn few_cells_are_blended_like_many() {
        let powers = powers_that_count(0.95);
        // Single points, some pairs among them, and crowds.
        for counts in [[1, 1, 1], [1, 2, 1], [1, 70, 9]] {
            let runs = Runs::new(0.95, 70);
            let run = |cell: usize| {
                let is_filled = cell.is_multiple_of(131);
                runs.of(if is_filled { counts[cell % 3] } else { 0 })
            };
            let few = swept((50, 40), 39, run, |at, table| {
                let cells = Scattered::new(at);
                cells.blended(table.falloff, &powers).unwrap()
            });
            let many = swept((50, 40), 39, run, |at, table| decaying(at, &table.offsets));
            for (few, many) in few.heat().iter().zip(many.heat()) {
                assert!(
                    (few - many).abs() <= 1e-6 * many,
                    "{counts:?}: {few} {many}"
                );
            }
        }
    }

    #[test]
    fn every_processor_makes_the_same_picture() {
        let runs = Runs::new(0.95, 12);
        let run = |cell: usize| runs.of(if cell % 7 < 2 { (cell % 13) as u32 } else { 0 });
        let grid = |finish: fn(&Stretch, &[Offset]) -> [f64; LANES]| {
            swept((150, 70), 8, run, |at, table| finish(at, &table.offsets))
        };
        assert_eq!(grid(decaying), grid(decaying_anywhere));
        assert_eq!(grid(adding), grid(adding_anywhere));
    }

    #[test]
    fn what_lies_beyond_empty_cells_is_found_without_a_look_at_them() {
        let (runs, powers) = (Runs::new(0.95, 3), powers_that_count(0.95));
        // All cells right of a column of the frame, which is 128 wide, or below a row.
        for (left, top) in [(60, 200), (90, 200), (127, 70), (100, 100)] {
            let run = |cell: usize| {
                let is_filled = cell % 128 >= left || cell / 128 >= top;
                runs.of(if is_filled { 1 + cell as u32 % 3 } else { 0 })
            };
            let skipping = swept((50, 40), 39, run, |at, table| {
                let leads_to_any = |offset: &&Offset| {
                    let (x, y) = (at.x + offset.x, at.y + offset.y);
                    at.planes.stretch(x, y).is_some()
                };
                let nearest = table.offsets.iter().find(leads_to_any);
                if let Some(Offset { square, .. }) = nearest {
                    // All around is empty as far as it is across, or down.
                    let first = table.offsets[at.first(&table.offsets)].square;
                    assert!(first <= *square && *square <= 2 * first);
                }
                blended(at, table, &powers)
            });
            let all = swept((50, 40), 39, run, |at, table| decaying(at, &table.offsets));
            for (skipping, all) in skipping.heat().iter().zip(all.heat()) {
                assert!((skipping - all).abs() <= 1e-6 * all, "{skipping} {all}");
            }
        }
    }

    #[test]
    fn cells_whose_numbers_have_no_room_below_squares_are_not_sorted_by_them() {
        let runs = Runs::new(0.5, 9);
        let falloff = Falloff::new(crate::density::Kernel::Linear, 9.0);
        let blended = |cells: usize, farthest: u32| {
            let scattered = Scattered {
                places: (0..cells as i32).map(|cell| (cell, 4)).collect(),
                runs: vec![runs.of(9); cells],
                farthest,
            };
            scattered.blended_in_runs(falloff, 20).is_some()
        };
        assert!(blended(4, u32::MAX >> 2) && blended(5, u32::MAX >> 3));
        assert!(!blended(5, u32::MAX >> 2) && !blended(9, u32::MAX >> 3));
    }
}
