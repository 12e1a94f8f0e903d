//! All heat of a picture before it is spread: points counted by cell, segments in pixels.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::heaps::{Heap, Heaps, Piles};
use super::marks::{Frame, Marker, Marks};
use super::segment::Track;
use crate::error::{Error, Kind, Result};
use crate::map::{Size, View};
use crate::shape::Shape;

/// All the heat of a picture, before it is spread and blended.
#[derive(Debug)]
pub struct Cells {
    marker: Arc<Marker>,
    pub(super) frame: Frame,
    counts: Counts,
    /// Points of any other weight.
    heaps: Heaps,
    tracks: Mutex<Vec<Track>>,
    /// Some shapes were too far from the picture to heat it.
    beyond: AtomicBool,
    /// How many cells beyond the picture have all their heat.
    complete: AtomicUsize,
}

impl Cells {
    /// No heat yet. Takes four bytes a pixel.
    ///
    /// # Errors
    /// When there is not enough memory for a picture of this size, or the radius is one that it cannot have
    /// ([`Radius::by_row`](crate::map::Radius::by_row)).
    pub fn new(view: &View, options: &super::Options) -> Result<Self> {
        Self::of(Arc::new(Marker::new(view, options)?), options)
    }

    /// No heat yet, for the marks of a marker that was made with the same options.
    ///
    /// # Errors
    /// When there is not enough memory for a picture of this size.
    pub fn of(marker: Arc<Marker>, options: &super::Options) -> Result<Self> {
        Ok(Self {
            frame: marker.frame,
            complete: AtomicUsize::new(marker.frame.reach),
            counts: Counts::new(marker.frame)?,
            marker,
            heaps: Heaps::new(options.memory),
            tracks: Mutex::default(),
            beyond: AtomicBool::default(),
        })
    }

    /// Adds the heat of some shapes. Many threads may do so at once: the order in which shapes come makes no difference.
    pub fn add(&self, shapes: &[Shape]) {
        self.put(self.marker.marks(shapes));
    }

    /// Adds the heat of some marks. Many threads may do so at once, in any order.
    pub fn put(&self, mut marks: Marks) {
        self.counts.add(&marks.ones);
        self.counts.add_many(marks.heaps.extract_if(.., |heap| heap.weight == 1.0));
        self.heaps.add(&mut marks.heaps);
        if !marks.tracks.is_empty() {
            lock(&self.tracks).append(&mut marks.tracks);
        }
        if marks.beyond {
            self.beyond.store(true, Ordering::Relaxed);
        }
    }

    /// What finds the pixels of shapes.
    #[must_use]
    pub fn marker(&self) -> &Arc<Marker> {
        &self.marker
    }

    /// The frame of the picture.
    #[must_use]
    pub fn view(&self) -> &View {
        self.marker.view()
    }

    /// Whether some shapes were left out because their heat does not reach the picture.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.beyond.load(Ordering::Relaxed)
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
    pub fn tracks(&self) -> MutexGuard<'_, Vec<Track>> {
        lock(&self.tracks)
    }

    /// How many binary digits weights have lost, because there were more different ones than memory for them.
    #[must_use]
    pub fn digits_lost(&self) -> u32 {
        self.heaps.lost()
    }

    /// Takes so many binary digits from weights, unless they have lost more: what is to be added to them has.
    pub fn lose_digits(&self, digits: u32) {
        self.heaps.lose(digits);
    }

    /// How many cells beyond the picture have all the heat that there was, on every side.
    #[must_use]
    pub fn complete(&self) -> usize {
        self.complete.load(Ordering::Relaxed)
    }

    /// Heat that was farther beyond the picture than this is missing from what is added.
    pub fn cut(&self, complete: usize) {
        self.beyond.store(true, Ordering::Relaxed);
        self.complete.fetch_min(complete, Ordering::Relaxed);
    }

    /// How many points and segments there are.
    #[must_use]
    pub fn shapes(&self) -> u64 {
        let points: u64 = self.piles().iter().map(|heap| u64::from(heap.count)).sum();
        points + self.tracks().len() as u64
    }

    /// How many cells there are beyond the picture, on every side.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.frame.reach
    }

    /// All points.
    #[must_use]
    pub fn piles(&self) -> Piles {
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
        let cells = frame.cells();
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

    fn add_many(&self, heaps: impl Iterator<Item = Heap>) {
        let mut counts = lock(&self.planes[0]);
        for Heap { cell, count, .. } in heaps {
            counts[cell] = counts[cell].saturating_add(count);
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
