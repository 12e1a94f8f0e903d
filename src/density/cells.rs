//! The data as the picture sees it: points counted by pixel, segments in pixels.
//!
//! Points fall on whole pixels, so that any number of them is no more than a count for each pixel and weight. The cells
//! reach beyond the picture on all sides, as far as heat does.

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

    fn height(self) -> usize {
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
pub(super) struct Heap {
    pub(super) cell: u64,
    pub(super) weight: f32,
    pub(super) count: u32,
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
    pub(super) counts: Vec<u32>,
    /// Points of any other weight.
    heaps: Vec<Heap>,
    /// How many heaps make it worth while to merge them again.
    settle_at: usize,
    pub(super) tracks: Vec<Track>,
}

impl Cells {
    const SETTLE_AT_FIRST: usize = 1 << 20;

    /// No heat yet. Takes four bytes a pixel.
    ///
    /// # Errors
    /// When there is not enough memory for a picture of this size.
    pub fn new(view: &View, options: &super::Options) -> Result<Self> {
        let falloff = options.falloff();
        let frame = Frame { picture: view.size(), reach: falloff.reach() };
        let counts = zeros(frame.width() * frame.height(), view.size())?;
        Ok(Self {
            view: view.clone(),
            frame,
            radius: falloff.radius(),
            counts,
            heaps: Vec::new(),
            settle_at: Self::SETTLE_AT_FIRST,
            tracks: Vec::new(),
        })
    }

    /// Adds the heat of some shapes. The order in which shapes come makes no difference.
    pub fn add(&mut self, shapes: &[Shape]) {
        for shape in shapes.iter().filter(|shape| shape.weight != 0.0) {
            // A weight beyond what f32 holds is as good as infinite, and infinity is no heat.
            let weight = super::grid::stored(shape.weight);
            match shape.geometry {
                Geometry::Point(at) => self.add_point(self.view.pixels(at), weight),
                Geometry::Segment(from, to) => {
                    let track = Track { from: self.view.pixels(from), to: self.view.pixels(to), weight };
                    if track.nears(self.frame.picture, self.radius) {
                        self.tracks.push(track);
                    }
                }
            }
        }
    }

    /// Whether nothing in the picture can be hot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty() && self.heaps.is_empty() && self.counts.iter().all(|&count| count == 0)
    }

    /// Whether all heat comes from points of weight 1.
    pub(super) fn is_counts(&self) -> bool {
        self.tracks.is_empty() && self.heaps.is_empty()
    }

    /// The largest weight, whatever its sign; more than zero.
    pub(super) fn largest_weight(&self) -> f32 {
        let weights = self.tracks.iter().map(|track| track.weight).chain(self.heaps.iter().map(|heap| heap.weight));
        let least = if self.counts.iter().any(|&count| count > 0) { 1.0 } else { f32::MIN_POSITIVE };
        weights.fold(least, |largest, weight| largest.max(weight.abs()))
    }

    /// All points, by cell and weight.
    pub(super) fn heaps(&self) -> Vec<Heap> {
        let counted = self.counts.iter().enumerate().filter(|&(_, &count)| count > 0);
        let ones = counted.map(|(cell, &count)| Heap { cell: cell as u64, weight: 1.0, count });
        let mut heaps: Vec<Heap> = ones.chain(self.heaps.iter().copied()).collect();
        settle(&mut heaps);
        heaps
    }

    fn add_point(&mut self, at: Pixels, weight: f32) {
        let Some(cell) = self.frame.cell(at) else { return };
        if weight.to_bits() == 1_f32.to_bits() {
            self.counts[cell] = self.counts[cell].saturating_add(1);
            return;
        }
        self.heaps.push(Heap { cell: cell as u64, weight, count: 1 });
        if self.heaps.len() >= self.settle_at {
            settle(&mut self.heaps);
            self.settle_at = (2 * self.heaps.len()).max(Self::SETTLE_AT_FIRST);
        }
    }
}

/// Sorts heaps and merges those of one cell and weight.
fn settle(heaps: &mut Vec<Heap>) {
    heaps.sort_unstable_by_key(Heap::order);
    heaps.dedup_by(|next, kept| {
        let same = next.order() == kept.order();
        if same {
            kept.count = kept.count.saturating_add(next.count);
        }
        same
    });
}

/// Zeros for a grid, or an error instead of the abort of a failed allocation.
pub(super) fn zeros<T: Clone + Default>(length: usize, size: Size) -> Result<Vec<T>> {
    let mut zeros = Vec::new();
    let fact = || Error::new(Kind::Limit, format!("there is not enough memory for a picture of {size} pixels"));
    zeros.try_reserve_exact(length).map_err(|_| fact().advice("ask for a smaller one (-W, -H or a larger -s)"))?;
    zeros.resize(length, T::default());
    Ok(zeros)
}
