//! Cells: all heat of a picture before it is spread, as counts and weights by cell and as segments
//! in pixels.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::binner::{Binned, Binner, Padded};
use super::segment::Segment;
use super::thinning::thinned;
use super::weighted::{CellIndex, WeightedCell, WeightedCells};
use crate::density::HeatOptions;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::{Shape, TrackWeight, View};
use crate::raster::memory::zeros;

/// Largest share of itself by which a weight may be rounded.
const MOST_ROUNDING: f64 = 0.1;

/// Counts, weighted points and segments of a picture, before they are spread and blended.
#[derive(Debug)]
pub struct Cells {
    binner: Arc<Binner>,
    pub(in crate::density) frame: Padded,
    counts: Counts,
    /// Points of weights other than 1.
    weighted: WeightedCells,
    segments: Mutex<Vec<Segment>>,
    /// Some shapes were too far from the picture to heat it.
    beyond: AtomicBool,
    /// How many cells beyond the picture have all their heat.
    complete: AtomicUsize,
    /// Whether they are a part of a picture that has more than points of weight 1.
    is_part_of_mixed: bool,
    /// Whether pieces of tracks that make no difference were left out before.
    pub(in crate::density) is_thinned: bool,
}

impl Cells {
    /// Empty cells. They take four bytes a pixel.
    ///
    /// # Errors
    /// When there is not enough memory for a picture of this size, or the radius is one that it
    /// cannot have ([`Radius::by_row`](crate::geo::Radius::by_row)).
    pub fn new(view: &View, options: &HeatOptions) -> Result<Self> {
        Self::of(Arc::new(Binner::new(view, options)?), options.memory)
    }

    /// Empty cells for what a binner finds, with so much memory for different weights.
    ///
    /// # Errors
    /// When there is not enough memory for a picture of this size.
    pub fn of(binner: Arc<Binner>, memory: u64) -> Result<Self> {
        Self::by_threads(binner, memory, rayon::current_num_threads())
    }

    /// The same for so many threads that fill them at once.
    pub(in crate::density) fn by_threads(
        binner: Arc<Binner>,
        memory: u64,
        threads: usize,
    ) -> Result<Self> {
        Ok(Self {
            frame: binner.frame,
            complete: AtomicUsize::new(binner.frame.reach),
            counts: Counts::new(binner.frame, threads)?,
            binner,
            weighted: WeightedCells::new(memory),
            segments: Mutex::default(),
            beyond: AtomicBool::default(),
            is_part_of_mixed: false,
            is_thinned: false,
        })
    }

    /// The same as a part of a picture in which there are weights other than 1, or segments: heated
    /// in the same way as the rest of it, to the last bit, though none of those be here.
    #[must_use]
    pub fn in_mixed(self) -> Self {
        Self {
            is_part_of_mixed: true,
            ..self
        }
    }

    /// Adds the heat of some shapes. Many threads may do so at once: the order in which shapes come
    /// makes no difference.
    pub fn add(&self, shapes: &[Shape]) {
        self.put(self.binner.binned(shapes));
    }

    /// Adds binned shapes. Many threads may do so at once, in any order.
    pub fn put(&self, mut binned: Binned) {
        self.counts.add(&binned.ones);
        self.counts
            .add_many(binned.weighted.extract_if(.., |cell| cell.weight == 1.0));
        self.weighted.add(&mut binned.weighted);
        if !binned.segments.is_empty() {
            let mut segments = lock(&self.segments);
            if segments.is_empty() {
                *segments = binned.segments;
            } else {
                segments.append(&mut binned.segments);
            }
        }
        if binned.beyond {
            self.beyond.store(true, Ordering::Relaxed);
        }
    }

    /// Their binner.
    #[must_use]
    pub fn binner(&self) -> &Arc<Binner> {
        &self.binner
    }

    /// The frame of the picture.
    #[must_use]
    pub fn view(&self) -> &View {
        self.binner.view()
    }

    /// Whether some shapes were left out because their heat does not reach the picture.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.beyond.load(Ordering::Relaxed)
    }

    /// Whether nothing in the picture can be hot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments().is_empty() && !self.has_points()
    }

    /// Whether all heat comes from points of weight 1.
    pub(in crate::density) fn is_counts(&self) -> bool {
        !self.is_part_of_mixed && self.segments().is_empty() && !self.has_weighted()
    }

    /// All segments.
    pub fn segments(&self) -> MutexGuard<'_, Vec<Segment>> {
        lock(&self.segments)
    }

    /// Those of its segments that count, in their order: of tracks that count once, some pieces do
    /// not.
    pub(in crate::density) fn thinned<'a>(
        &self,
        segments: &'a [Segment],
        options: &HeatOptions,
    ) -> Cow<'a, [Segment]> {
        if self.is_thinned || options.track_weight != TrackWeight::Visits {
            Cow::Borrowed(segments)
        } else {
            thinned(segments)
        }
    }

    /// How many binary digits weights have lost, because there were more different ones than memory
    /// for them.
    #[must_use]
    pub fn digits_lost(&self) -> u32 {
        self.weighted.lost()
    }

    /// Rounds weights to at least this many lost binary digits, because data about to be merged was
    /// rounded so.
    pub fn lose_digits(&self, digits: u32) {
        self.weighted.lose(digits);
    }

    /// How many cells beyond the picture have all the heat that there was, on every side.
    #[must_use]
    pub fn complete(&self) -> usize {
        self.complete.load(Ordering::Relaxed)
    }

    /// Records that data more than `complete` cells beyond the picture was clipped before it was
    /// saved.
    pub fn cut(&self, complete: usize) {
        self.beyond.store(true, Ordering::Relaxed);
        self.complete.fetch_min(complete, Ordering::Relaxed);
    }

    /// How many points and segments there are.
    #[must_use]
    pub fn shapes(&self) -> u64 {
        let points: u64 = self.index().iter().map(|cell| u64::from(cell.count)).sum();
        points + self.segments().len() as u64
    }

    /// Whether more points of a weight are on a cell than are counted, which is 2³² − 1.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.index().iter().any(|cell| cell.count == u32::MAX)
    }

    /// How many cells there are beyond the picture, on every side.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.frame.reach
    }

    /// All points.
    #[must_use]
    pub fn index(&self) -> CellIndex {
        let counts = self.counts();
        self.weighted.index(counts.len(), |cell| counts[cell])
    }

    /// By what share of itself a weight may be off, because there were more different ones than
    /// memory for them; 0 as a rule.
    #[must_use]
    pub fn rounding(&self) -> f64 {
        self.weighted.rounding()
    }

    /// Makes sure that weights are not rounded beyond what anybody would call rounding.
    ///
    /// # Errors
    /// When [`rounding`](Self::rounding) is more than a tenth.
    pub fn check_rounding(&self) -> Result<()> {
        let rounding = self.rounding();
        if rounding <= MOST_ROUNDING {
            return Ok(());
        }
        let fact = format!(
            "there are more different weights than memory for them: \
             they would have to be rounded by more than {:.0} %",
            100.0 * MOST_ROUNDING
        );
        Err(Error::new(ErrorKind::Limit, fact).remedy(Remedy::MoreMemory))
    }

    /// Whether some heat comes from points of another weight than 1.
    pub(in crate::density) fn has_weighted(&self) -> bool {
        !self.weighted.is_empty()
    }

    /// Whether some heat comes from points.
    pub(in crate::density) fn has_points(&self) -> bool {
        self.has_weighted() || self.has_counts()
    }

    fn has_counts(&self) -> bool {
        /// Counts that are looked at without a jump from one to the next.
        const PART: usize = 1 << 12;
        let counts = self.counts();
        let parts = counts.par_chunks(PART);
        parts.any(|counts| counts.iter().fold(0, |all, count| all | count) != 0)
    }

    /// Counts of points of weight 1, by cell.
    pub(in crate::density) fn counts(&self) -> MutexGuard<'_, Vec<u32>> {
        self.counts.all()
    }
}

/// Counters of points of weight 1, by cell. Threads count in planes of their own, as long as these
/// are small: it takes far longer to count in one that another thread has just written to.
#[derive(Debug)]
struct Counts {
    planes: Vec<Mutex<Vec<u32>>>,
}

impl Counts {
    /// Bytes for all planes but the first.
    const ROOM: usize = 32 << 20;

    fn new(frame: Padded, threads: usize) -> Result<Self> {
        let cells = frame.cells();
        let planes = threads.min(1 + Self::ROOM / (cells * size_of::<u32>()));
        let planes: Result<_> = (0..planes)
            .map(|_| Ok(Mutex::new(zeros(cells, frame.picture)?)))
            .collect();
        Ok(Self { planes: planes? })
    }

    fn add(&self, cells: &[usize]) {
        let thread = rayon::current_thread_index().unwrap_or(0);
        let mut counts = lock(&self.planes[thread % self.planes.len()]);
        for &cell in cells {
            counts[cell] = counts[cell].saturating_add(1);
        }
    }

    fn add_many(&self, weighted: impl Iterator<Item = WeightedCell>) {
        let mut counts = lock(&self.planes[0]);
        for WeightedCell { cell, count, .. } in weighted {
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
