//! The data as the picture sees it: points counted by pixel, segments in pixels.
//!
//! Points fall on whole pixels, so that any number of them is no more than a count for each pixel and weight. The cells
//! reach beyond the picture on all sides, as far as heat does.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::blend::rank;
use super::segment::Track;
use crate::error::{Error, Kind, Result};
use crate::map::{Pixels, Size, View};
use crate::shape::{Geometry, Shape};

/// The pixels of a picture and `reach` more on every side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) picture: Size,
    pub(super) reach: usize,
}

impl Frame {
    pub(super) fn width(self) -> usize {
        self.picture.width() + 2 * self.reach
    }

    pub(super) fn height(self) -> usize {
        self.picture.height() + 2 * self.reach
    }

    /// The number of the cell at a point, if it lies in the frame.
    fn cell(self, at: Pixels) -> Option<usize> {
        let reach = self.reach as f64;
        let (x, y) = ((at.x + reach).floor(), (at.y + reach).floor());
        let inside = x >= 0.0 && y >= 0.0 && x < self.width() as f64 && y < self.height() as f64;
        inside.then(|| y as usize * self.width() + x as usize)
    }
}

/// Points of one weight on one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Heap {
    cell: u64,
    weight: f32,
    count: u32,
}

/// Points of one weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Load {
    pub(super) weight: f32,
    pub(super) count: u32,
}

/// All points, by cell; of each cell the heaviest first.
pub(super) struct Piles {
    /// Where the loads of each cell begin, and at last where they end.
    starts: Vec<usize>,
    loads: Vec<Load>,
}

impl Piles {
    /// Sorts points into cells by counting them, which takes no longer than looking at each of them twice.
    fn new(cells: usize, heaps: impl Iterator<Item = Heap> + Clone) -> Self {
        let mut starts = vec![0; cells + 1];
        heaps.clone().for_each(|heap| starts[heap.cell as usize + 1] += 1);
        for cell in 0..cells {
            starts[cell + 1] += starts[cell];
        }
        let mut ends = starts.clone();
        let mut loads = vec![Load::default(); starts[cells]];
        for heap in heaps {
            let end = &mut ends[heap.cell as usize];
            loads[*end] = Load { weight: heap.weight, count: heap.count };
            *end += 1;
        }
        let mut piles = Self { starts, loads };
        piles.sort();
        piles
    }

    fn sort(&mut self) {
        let mut rest = self.loads.as_mut_slice();
        let mut piles = Vec::new();
        for cell in self.starts.windows(2) {
            let (pile, others) = rest.split_at_mut(cell[1] - cell[0]);
            rest = others;
            if pile.len() > 1 {
                piles.push(pile);
            }
        }
        piles
            .par_iter_mut()
            .for_each(|pile| pile.sort_unstable_by_key(|load| (Reverse(rank(load.weight)), load.count)));
    }

    /// The points of a cell.
    pub(super) fn of(&self, cell: usize) -> &[Load] {
        &self.loads[self.starts[cell]..self.starts[cell + 1]]
    }

    /// The points of all cells.
    pub(super) fn loads(&self) -> &[Load] {
        &self.loads
    }
}

impl Heap {
    /// Heaps of one cell and weight are one heap. The order is fixed by the data alone.
    fn order(&self) -> (u64, u32) {
        (self.cell, self.weight.to_bits())
    }
}

/// All the heat of a picture, before it is spread and blended.
#[derive(Debug)]
pub struct Cells {
    view: View,
    pub(super) frame: Frame,
    radius: f64,
    /// Points of weight 1, by cell.
    pub(super) counts: Vec<AtomicU32>,
    /// Points of any other weight.
    heaps: Mutex<Unsettled>,
    tracks: Mutex<Vec<Track>>,
}

/// Heaps as they come, merged whenever they have become twice as many.
#[derive(Debug, Default)]
struct Unsettled {
    heaps: Vec<Heap>,
    /// How many of them were there after the last merging.
    settled: usize,
}

impl Unsettled {
    /// A quarter of a gibibyte.
    const SETTLE_AT_FIRST: usize = 1 << 24;

    fn extend(&mut self, heaps: &[Heap]) {
        self.heaps.extend_from_slice(heaps);
        if self.heaps.len() >= (2 * self.settled).max(Self::SETTLE_AT_FIRST) {
            settle(&mut self.heaps);
            self.settled = self.heaps.len();
        }
    }
}

/// As far as counts go: some room below the end, so that threads which count at the same time do not go round it.
const MANY: u32 = u32::MAX - 1024;

impl Cells {
    /// No heat yet. Takes four bytes a pixel.
    ///
    /// # Errors
    /// When there is not enough memory for a picture of this size.
    pub fn new(view: &View, options: &super::Options) -> Result<Self> {
        let falloff = options.falloff();
        let frame = Frame { picture: view.size(), reach: falloff.reach() };
        Ok(Self {
            view: view.clone(),
            frame,
            radius: falloff.radius(),
            counts: zeros(frame.width() * frame.height(), view.size())?,
            heaps: Mutex::default(),
            tracks: Mutex::default(),
        })
    }

    /// Adds the heat of some shapes. Many threads may do so at once: the order in which shapes come makes no difference.
    pub fn add(&self, shapes: &[Shape]) {
        let (mut heaps, mut tracks) = (Vec::new(), Vec::new());
        for shape in shapes.iter().filter(|shape| shape.weight != 0.0) {
            // A weight beyond what f32 holds is as good as infinite, and infinity is no heat.
            let weight = super::grid::stored(shape.weight);
            match shape.geometry {
                Geometry::Point(at) => {
                    let Some(cell) = self.frame.cell(self.view.pixels(at)) else { continue };
                    if weight == 1.0 {
                        self.count(cell);
                    } else {
                        heaps.push(Heap { cell: cell as u64, weight, count: 1 });
                    }
                }
                Geometry::Segment(from, to) => {
                    let track = Track { from: self.view.pixels(from), to: self.view.pixels(to), weight };
                    if track.nears(self.frame.picture, self.radius) {
                        tracks.push(track);
                    }
                }
            }
        }
        if !heaps.is_empty() {
            lock(&self.heaps).extend(&heaps);
        }
        if !tracks.is_empty() {
            lock(&self.tracks).append(&mut tracks);
        }
    }

    /// Whether nothing in the picture can be hot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_counts() && !self.has_counts()
    }

    /// Whether all heat comes from points of weight 1.
    pub(super) fn is_counts(&self) -> bool {
        lock(&self.tracks).is_empty() && lock(&self.heaps).heaps.is_empty()
    }

    /// All segments.
    pub(super) fn tracks(&self) -> MutexGuard<'_, Vec<Track>> {
        lock(&self.tracks)
    }

    /// All points.
    pub(super) fn piles(&self) -> Piles {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).zip(0..);
        let ones = counts.filter(|&(count, _)| count > 0).map(|(count, cell)| Heap { cell, weight: 1.0, count });
        let heaps = lock(&self.heaps);
        Piles::new(self.counts.len(), ones.chain(heaps.heaps.iter().copied()))
    }

    /// Whether all heat comes from points.
    pub(super) fn is_points(&self) -> bool {
        lock(&self.tracks).is_empty()
    }

    fn count(&self, cell: usize) {
        if self.counts[cell].fetch_add(1, Ordering::Relaxed) >= MANY {
            self.counts[cell].store(MANY, Ordering::Relaxed);
        }
    }

    fn has_counts(&self) -> bool {
        self.counts.iter().any(|count| count.load(Ordering::Relaxed) > 0)
    }
}

/// A thread that panicked while it held the lock ends the run anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sorts heaps and merges those of one cell and weight.
fn settle(heaps: &mut Vec<Heap>) {
    heaps.par_sort_unstable_by_key(Heap::order);
    heaps.dedup_by(|next, kept| {
        let same = next.order() == kept.order();
        if same {
            kept.count = kept.count.saturating_add(next.count);
        }
        same
    });
}

/// Zeros for a grid, or an error instead of the abort of a failed allocation.
pub(super) fn zeros<T: Default>(length: usize, size: Size) -> Result<Vec<T>> {
    let mut zeros = Vec::new();
    let fact = || Error::new(Kind::Limit, format!("there is not enough memory for a picture of {size} pixels"));
    zeros.try_reserve_exact(length).map_err(|_| fact().advice("ask for a smaller one (-W, -H or a larger -s)"))?;
    zeros.resize_with(length, T::default);
    Ok(zeros)
}
