//! Shapes as the pixels of a picture see them: points by cell, segments in pixels.
//!
//! Points fall on whole pixels, so that any number of them is no more than a count for each pixel and weight. The cells
//! reach beyond the picture on all sides, as far as heat does.

use super::heaps::Heap;
use super::kernel::Falloffs;
use super::segment::Track;
use super::stale::Stale;
use crate::error::Result;
use crate::map::{Finder, Size, View};
use crate::shape::{Geometry, Shape};

/// The pixels of a picture and `reach` more on every side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    pub(super) fn cells(self) -> usize {
        self.width() * self.height()
    }
}

/// What becomes of shapes on the pixels of a picture.
#[derive(Debug)]
pub struct Marker {
    view: View,
    pub(super) frame: Frame,
    finder: Finder,
    /// The widest there is, in pixels.
    pub(super) radius: f64,
}

impl Marker {
    /// For the pixels of a view, and for heat that goes as far as the options say.
    ///
    /// # Errors
    /// When the radius is one that the picture cannot have ([`Radius::by_row`](crate::map::Radius::by_row)).
    pub fn new(view: &View, options: &super::Options) -> Result<Self> {
        let falloff = Falloffs::new(options, view)?.widest();
        let frame = Frame { picture: view.size(), reach: falloff.reach() };
        let finder = Finder::new(view, frame.reach);
        Ok(Self { view: view.clone(), frame, finder, radius: falloff.radius() })
    }

    /// The view.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Finds the pixels of shapes.
    #[must_use]
    pub fn marks(&self, shapes: &[Shape]) -> Marks {
        let mut marks = Marks::default();
        for shape in shapes.iter().filter(|shape| shape.weight != 0.0) {
            // A weight beyond what f32 holds is as good as infinite, and infinity is no heat.
            let weight = super::grid::stored(shape.weight);
            match shape.geometry {
                Geometry::Point(at) => match self.finder.cell(at) {
                    Some(cell) if weight == 1.0 => marks.ones.push(cell),
                    Some(cell) => marks.heaps.push(Heap { cell, weight, count: 1 }),
                    None => marks.beyond = true,
                },
                Geometry::Segment(from, to) => {
                    let (from, to) = self.view.ends(from, to);
                    let track = Track { from, to, weight };
                    if track.nears(self.frame.picture, self.radius) {
                        marks.tracks.push(track);
                    } else {
                        marks.beyond = true;
                    }
                }
            }
        }
        marks
    }

    /// Points on cells of the same picture, of which there are `reach` beyond it on every side.
    #[must_use]
    pub fn moved(&self, heaps: Vec<Heap>, reach: usize) -> Marks {
        let (ours, theirs) = (self.frame, Frame { reach, ..self.frame });
        let place = |at: usize, length: usize| (at + ours.reach).checked_sub(reach).filter(|&at| at < length);
        let mut marks = Marks::default();
        for heap in heaps {
            let (x, y) = (heap.cell % theirs.width(), heap.cell / theirs.width());
            match place(x, ours.width()).zip(place(y, ours.height())) {
                Some((x, y)) => marks.heaps.push(Heap { cell: y * ours.width() + x, ..heap }),
                None => marks.beyond = true,
            }
        }
        marks
    }

    /// Those of some segments that heat the picture.
    #[must_use]
    pub fn near(&self, mut tracks: Vec<Track>) -> Marks {
        let all = tracks.len();
        tracks.retain(|track| track.nears(self.frame.picture, self.radius));
        Marks { beyond: tracks.len() < all, tracks, ..Marks::default() }
    }
}

/// Shapes on the pixels of a picture. Cells are numbered row by row, from the top left one.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// The cells of points of weight 1.
    pub(super) ones: Vec<usize>,
    /// Points of any weight.
    pub(super) heaps: Vec<Heap>,
    pub(super) tracks: Vec<Track>,
    /// Some shapes were too far from the picture to heat it.
    pub(super) beyond: bool,
}

impl Marks {
    /// The same, of less weight: a share of it in [0, 1].
    #[must_use]
    pub fn faded(mut self, share: f32) -> Self {
        let ones = self.ones.drain(..).map(|cell| Heap { cell, weight: 1.0, count: 1 });
        self.heaps.extend(ones);
        self.heaps.iter_mut().for_each(|heap| heap.weight *= share);
        self.tracks.iter_mut().for_each(|track| track.weight *= share);
        self
    }

    /// The blocks of the picture that they heat are stale.
    pub(super) fn spoil(&self, stale: &mut Stale, frame: Frame, radius: f64) {
        let heaps = self.heaps.iter().map(|heap| heap.cell);
        for cell in self.ones.iter().copied().chain(heaps) {
            // A cell of the frame has the number of the pixel at the corner of what it heats.
            let (x, y) = ((cell % frame.width()) as f64, (cell / frame.width()) as f64);
            let reach = 2.0 * frame.reach as f64;
            stale.spoil((x - reach, x), (y - reach, y));
        }
        for track in &self.tracks {
            let (left, right) = (track.from.x.min(track.to.x), track.from.x.max(track.to.x));
            stale.spoil((left - radius, right + radius), track.rows(radius));
        }
    }
}
