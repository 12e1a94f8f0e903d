//! Largest heats of pieces of lines, pane by pane: squares of so few pixels that all of them are
//! measured, sorted and blended at once, in SIMD lanes.
//!
//! Each piece that heats a pane adds a key to every pixel that it heats, and the keys of all pixels
//! are sorted by one network. Rejected: to sort the heats of one pixel after the other, which took
//! as long again for the tracks of an archive; to count them by levels, which changes pictures; and
//! to measure in single precision, which changes them as well and saves a twentieth.

use super::blend::{powers, rank, terms, unrank};
use super::blocks::{Block, Buckets, SIDE, each};
use super::dirty::Dirty;
use super::kernel::{Falloffs, Kernel};
use super::network::sort;
use crate::density::collect::cells::Cells;
use crate::density::collect::segment::{Ruler, Segment};
use crate::density::grid::Grid;
use crate::density::memory::stored;
use crate::geo::Pixels;

/// The side of a pane in pixels.
const PANE: usize = 4;
/// The pixels of a pane.
const LANES: usize = PANE * PANE;
/// Panes along a side of a block.
const ACROSS: usize = SIDE / PANE;
/// Panes of a block.
const PANES: usize = ACROSS * ACROSS;
/// The key where there is no heat: behind those of all heats.
const NONE: u32 = u32::MAX;
/// Heats of a pixel that matter at the most: a network for more takes longer than to sort one pixel
/// after the other.
const MOST: usize = 1 << 12;
/// Pieces near a block at the most: where more of them come together, as of the tracks of a life on
/// a map of the world, panes take much memory, and looking at the nearest alone less time.
const CROWD: usize = 1 << 17;
/// Keys of a pixel that there is room for at first.
const FIRST: usize = 64;

/// Heats each pixel by the largest heats of pieces, and of points if they are few; `false` if that
/// is better done in another way.
pub(super) fn largest(
    cells: &Cells,
    segments: &[Segment],
    (falloffs, decay): (&Falloffs, f64),
    grid: &mut Grid,
    dirty: &Dirty,
) -> bool {
    let most = terms(decay);
    let Some(points) = points(cells, most, segments.len()).filter(|_| most <= MOST) else {
        return false;
    };
    let (size, radius) = (grid.size(), falloffs.widest().radius());
    let sources = [(segments, false), (&points, true)];
    let sources = sources.map(|(pieces, are_points)| {
        let buckets = Buckets::new(pieces, size, radius, dirty);
        (pieces, are_points, buckets)
    });
    if sources
        .iter()
        .any(|(_, _, buckets)| buckets.fullest() > CROWD)
    {
        return false;
    }
    let powers: Vec<f64> = powers(decay).take(most).collect();
    let state = |_| Panes::new(most);
    each(grid, dirty, state, |panes, block, pixels| {
        let near = sources.iter().flat_map(|(pieces, are_points, buckets)| {
            let numbers = buckets.of(block).iter();
            numbers.map(|&number| (&pieces[number as usize], *are_points))
        });
        panes.gather(block, near, falloffs);
        panes.blend(block, falloffs, &powers, pixels);
    });
    true
}

/// Points as pieces without a length, if there are no more than so many; of equal ones, those that
/// matter.
fn points(cells: &Cells, matter: usize, most: usize) -> Option<Vec<Segment>> {
    if !cells.has_points() {
        return Some(Vec::new());
    }
    let index = cells.index();
    let count = |count: u32| (count as usize).min(matter);
    if index.iter().map(|cell| count(cell.count)).sum::<usize>() > most {
        return None;
    }
    let (width, reach) = (cells.frame.width(), cells.frame.reach as f64);
    let pieces = index.iter().flat_map(|cell| {
        let at = Pixels {
            x: (cell.cell % width) as f64 - reach,
            y: (cell.cell / width) as f64 - reach,
        };
        let piece = Segment {
            from: at,
            to: at,
            weight: cell.weight,
            track: 0,
        };
        std::iter::repeat_n(piece, count(cell.count))
    });
    Some(pieces.collect())
}

/// A piece near a block.
struct Piece {
    ruler: Ruler,
    weight: f64,
    /// Whether its heat is rounded before it is weighed, as that of points is in pictures with more
    /// of them: which way a part of a picture goes, or a frame of a film, must not be seen.
    is_point: bool,
}

/// The panes of a block, and memory for one after the other.
struct Panes {
    near: Vec<Piece>,
    /// The panes that each piece may heat, with its number.
    found: Vec<(u8, u32)>,
    /// Where each pane's pieces begin in `numbers`, and at last where they end.
    starts: [usize; PANES + 1],
    numbers: Vec<u32>,
    rows: Rows,
}

impl Panes {
    /// Without pieces, for pixels of which so many heats matter.
    fn new(most: usize) -> Self {
        Self {
            near: Vec::new(),
            found: Vec::new(),
            starts: [0; PANES + 1],
            numbers: Vec::new(),
            rows: Rows::new(most),
        }
    }

    /// Takes the pieces near a block in place of those that it has.
    fn gather<'a>(
        &mut self,
        block: Block,
        near: impl Iterator<Item = (&'a Segment, bool)>,
        falloffs: &Falloffs,
    ) {
        let corner = (block.left as f64, block.top as f64);
        let radius = falloffs.widest_in(block.rows()).radius();
        self.near.clear();
        self.found.clear();
        self.starts.fill(0);
        for ((segment, is_point), number) in near.zip(0_u32..) {
            self.near.push(Piece {
                ruler: segment.ruler(),
                weight: segment.weight.into(),
                is_point,
            });
            segment.each_reached(corner, (PANE, ACROSS, ACROSS), radius, |pane| {
                self.starts[pane + 1] += 1;
                self.found.push((pane as u8, number));
            });
        }
        for pane in 0..PANES {
            self.starts[pane + 1] += self.starts[pane];
        }
        let mut ends = self.starts;
        self.numbers.resize(self.found.len(), 0);
        for &(pane, number) in &self.found {
            let end = &mut ends[usize::from(pane)];
            self.numbers[*end] = number;
            *end += 1;
        }
    }

    /// Gives the blend of every pixel of the block, for powers of the decay.
    fn blend(&mut self, block: Block, falloffs: &Falloffs, powers: &[f64], pixels: &mut [f64]) {
        for pane in 0..PANES {
            let numbers = &self.numbers[self.starts[pane]..self.starts[pane + 1]];
            if numbers.is_empty() {
                continue;
            }
            let (left, top) = (pane % ACROSS * PANE, pane / ACROSS * PANE);
            let place = Place::new(block, (left, top), falloffs);
            self.rows.add(&self.near, numbers, &place);
            let heats = self.rows.take(powers);
            for (row, heats) in heats.chunks(PANE).enumerate() {
                pixels[(top + row) * SIDE + left..][..PANE].copy_from_slice(heats);
            }
        }
    }
}

/// Where the pixels of a pane are, and how they are heated.
struct Place {
    kernel: Kernel,
    x: [f64; LANES],
    y: [f64; LANES],
    /// The squares of the radii. Distances are divided by them: what is as far away as the radius
    /// must come to 1, which a reciprocal misses.
    squares: [f64; LANES],
}

impl Place {
    fn new(block: Block, (left, top): (usize, usize), falloffs: &Falloffs) -> Self {
        let row = |lane: usize| block.top + top + lane / PANE;
        let square = |lane| falloffs.at(row(lane)).radius().powi(2);
        Self {
            kernel: falloffs.kernel(),
            x: std::array::from_fn(|lane| (block.left + left + lane % PANE) as f64),
            y: std::array::from_fn(|lane| row(lane) as f64),
            squares: std::array::from_fn(square),
        }
    }
}

/// The keys of the pixels of a pane: the larger the heat, the smaller its key.
struct Rows {
    /// A row has one key of every pixel, or [`NONE`] behind its last one.
    keys: Vec<[u32; LANES]>,
    /// How many keys each pixel has.
    counts: [u32; LANES],
    /// The key from which on others matter no more, of each pixel.
    ends: [u32; LANES],
    /// How many keys of a pixel matter.
    most: usize,
}

impl Rows {
    fn new(most: usize) -> Self {
        Self {
            keys: vec![[NONE; LANES]; FIRST],
            counts: [0; LANES],
            ends: [NONE; LANES],
            most,
        }
    }

    /// How many rows have keys.
    fn used(&self) -> usize {
        self.counts.iter().copied().max().unwrap_or(0) as usize
    }

    /// Adds the heats of some of the pieces near.
    fn add(&mut self, near: &[Piece], mut numbers: &[u32], place: &Place) {
        while !numbers.is_empty() {
            // One row is left for keys that are not wanted.
            let room = self.keys.len() - self.used() - 1;
            if room == 0 {
                self.make_room();
                continue;
            }
            let (now, later) = numbers.split_at(room.min(numbers.len()));
            let Self {
                keys, counts, ends, ..
            } = self;
            add(
                keys,
                counts,
                ends,
                now.iter().map(|&number| &near[number as usize]),
                place,
            );
            numbers = later;
        }
    }

    /// Takes more memory, or leaves out what does not matter, whatever else may come.
    fn make_room(&mut self) {
        if self.keys.len() <= 2 * self.most {
            return self.keys.resize(2 * self.keys.len(), [NONE; LANES]);
        }
        sort(&mut self.keys);
        self.ends = self.keys[self.most - 1];
        self.keys[self.most..].fill([NONE; LANES]);
        for count in &mut self.counts {
            *count = (self.most as u32).min(*count);
        }
    }

    /// Gives the blends, for powers of the decay, and is empty again.
    fn take(&mut self, powers: &[f64]) -> [f64; LANES] {
        let used = self.used();
        let keys = &mut self.keys[..used];
        sort(keys);
        let mut totals = [0.0; LANES];
        blend(keys, powers, &mut totals);
        keys.fill([NONE; LANES]);
        self.counts = [0; LANES];
        self.ends = [NONE; LANES];
        totals
    }
}

/// Adds the keys of pieces that are wanted, each behind the last one of its pixel. Compiled like the
/// sweeps of points.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn add<'a>(
    rows: &mut [[u32; LANES]],
    counts: &mut [u32; LANES],
    ends: &[u32; LANES],
    pieces: impl Iterator<Item = &'a Piece>,
    place: &Place,
) {
    for Piece {
        ruler,
        weight,
        is_point,
    } in pieces
    {
        let mut heats = [0.0; LANES];
        for (lane, heat) in heats.iter_mut().enumerate() {
            *heat = ruler.square(place.x[lane], place.y[lane]) / place.squares[lane];
        }
        let is_near = |any, &ratio: &f64| any | u32::from(ratio < 1.0);
        if heats.iter().fold(0, is_near) == 0 {
            continue;
        }
        place.kernel.fall(&mut heats);
        if *is_point {
            heats = heats.map(|heat| f64::from(heat as f32));
        }
        let (mut keys, mut are_wanted) = ([NONE; LANES], 0);
        for lane in 0..LANES {
            let key = !rank(stored(weight * heats[lane]));
            let key = if heats[lane] > 0.0 { key } else { NONE };
            let is_wanted = key < ends[lane];
            keys[lane] = if is_wanted { key } else { NONE };
            are_wanted |= u32::from(is_wanted);
        }
        if are_wanted != 0 {
            // Without a jump, which the processor would have to guess.
            for lane in 0..LANES {
                rows[counts[lane] as usize][lane] = keys[lane];
                counts[lane] += u32::from(keys[lane] != NONE);
            }
        }
    }
}

/// Blends sorted heats. Compiled like the sweeps of points.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn blend(rows: &[[u32; LANES]], powers: &[f64], totals: &mut [f64; LANES]) {
    for (keys, power) in rows.iter().zip(powers) {
        for (total, &key) in totals.iter_mut().zip(keys) {
            let heat = if key == NONE { 0.0 } else { unrank(!key) };
            *total += f64::from(heat) * power;
        }
    }
}
