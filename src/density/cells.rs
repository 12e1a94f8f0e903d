//! The data as the picture sees it: points counted by pixel, segments in pixels.
//!
//! Points fall on whole pixels, so that any number of them is no more than a count for each pixel and weight. The cells
//! reach beyond the picture on all sides, as far as heat does.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::heaps::{Heap, Heaps, Piles};
use super::segment::Track;
use crate::error::{Error, Kind, Result};
use crate::map::{Finder, Size, View};
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
}

/// All the heat of a picture, before it is spread and blended.
#[derive(Debug)]
pub struct Cells {
    view: View,
    pub(super) frame: Frame,
    finder: Finder,
    radius: f64,
    counts: Counts,
    /// Points of any other weight.
    heaps: Heaps,
    tracks: Mutex<Vec<Track>>,
}

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
            finder: Finder::new(view, frame.reach),
            frame,
            radius: falloff.radius(),
            counts: Counts::new(frame)?,
            heaps: Heaps::new(options.memory),
            tracks: Mutex::default(),
        })
    }

    /// Adds the heat of some shapes. Many threads may do so at once: the order in which shapes come makes no difference.
    pub fn add(&self, shapes: &[Shape]) {
        let (mut ones, mut heaps, mut tracks) = (Vec::new(), Vec::new(), Vec::new());
        for shape in shapes.iter().filter(|shape| shape.weight != 0.0) {
            // A weight beyond what f32 holds is as good as infinite, and infinity is no heat.
            let weight = super::grid::stored(shape.weight);
            match shape.geometry {
                Geometry::Point(at) => {
                    let Some(cell) = self.finder.cell(at) else { continue };
                    if weight == 1.0 {
                        ones.push(cell);
                    } else {
                        heaps.push(Heap { cell, weight });
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
        self.counts.add(&ones);
        self.heaps.add(&mut heaps);
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
        lock(&self.tracks).is_empty() && !self.has_heaps()
    }

    /// All segments.
    pub(super) fn tracks(&self) -> MutexGuard<'_, Vec<Track>> {
        lock(&self.tracks)
    }

    /// All points.
    pub(super) fn piles(&self) -> Piles {
        let counts = self.counts();
        self.heaps.piles(counts.len(), |cell| counts[cell])
    }

    /// By what share of itself a weight may be off, because there were more different ones than memory for them; 0 as a rule.
    #[must_use]
    pub fn rounding(&self) -> f64 {
        self.heaps.rounding()
    }

    /// Whether some heat comes from points of another weight than 1.
    pub(super) fn has_heaps(&self) -> bool {
        !self.heaps.is_empty()
    }

    /// Whether some heat comes from points.
    pub(super) fn has_points(&self) -> bool {
        self.has_heaps() || self.has_counts()
    }

    fn has_counts(&self) -> bool {
        self.counts().par_iter().any(|&count| count > 0)
    }

    /// How many points of weight 1 there are, by cell.
    pub(super) fn counts(&self) -> MutexGuard<'_, Vec<u32>> {
        self.counts.all()
    }
}

/// Points of weight 1, by cell. Threads count in planes of their own, as long as these are small: it takes far longer to count
/// in one that another thread has just written to.
#[derive(Debug)]
struct Counts {
    planes: Vec<Mutex<Vec<u32>>>,
}

impl Counts {
    /// Bytes for all planes but the first.
    const ROOM: usize = 32 << 20;

    fn new(frame: Frame) -> Result<Self> {
        let cells = frame.width() * frame.height();
        let planes = rayon::current_num_threads().min(1 + Self::ROOM / (cells * size_of::<u32>()));
        let planes: Result<_> = (0..planes).map(|_| Ok(Mutex::new(zeros(cells, frame.picture)?))).collect();
        Ok(Self { planes: planes? })
    }

    fn add(&self, cells: &[usize]) {
        let thread = rayon::current_thread_index().unwrap_or(0);
        let mut counts = lock(&self.planes[thread % self.planes.len()]);
        for &cell in cells {
            counts[cell] = counts[cell].saturating_add(1);
        }
    }

    /// The counts of all threads.
    fn all(&self) -> MutexGuard<'_, Vec<u32>> {
        let mut all = lock(&self.planes[0]);
        for plane in &self.planes[1..] {
            let mut counts = lock(plane);
            all.par_iter_mut()
                .zip(&mut *counts)
                .for_each(|(all, count)| *all = all.saturating_add(std::mem::take(count)));
        }
        all
    }
}

/// A thread that panicked while it held the lock ends the run anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Zeros for a grid, or an error instead of the abort of a failed allocation. Where nothing is ever written they take no memory,
/// as far as that is up to the system.
pub(super) fn zeros<T: bytemuck::Zeroable>(length: usize, size: Size) -> Result<Vec<T>> {
    bytemuck::allocation::try_zeroed_vec(length).map_err(|()| {
        Error::new(Kind::Limit, format!("there is not enough memory for a picture of {size} pixels"))
            .advice("ask for a smaller one (-W, -H or a larger -s)")
    })
}
