//! Binner: the cells of points and the pixels of segments.
//!
//! Points fall on whole pixels, so that any number of them is no more than a count for each pixel
//! and weight. The cells reach beyond the picture on all sides, as far as heat does.

use std::iter::repeat_n;

use super::segment::Segment;
use super::thinning;
use super::tracks::TrackNumbers;
use super::weighted::WeightedCell;
use crate::density::HeatOptions;
use crate::density::memory::stored;
use crate::density::spread::dirty::Dirty;
use crate::density::spread::kernel::Falloffs;
use crate::error::Result;
use crate::geo::{Coord, Finder, Geometry, Shape, TrackId, TrackWeight, View};
use crate::raster::Size;

/// Picture with a border: its pixels, and `reach` cells more on every side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::density) struct Padded {
    pub(in crate::density) picture: Size,
    pub(in crate::density) reach: usize,
}

impl Padded {
    pub(in crate::density) fn width(self) -> usize {
        self.picture.width() + 2 * self.reach
    }

    pub(in crate::density) fn height(self) -> usize {
        self.picture.height() + 2 * self.reach
    }

    pub(in crate::density) fn cells(self) -> usize {
        self.width() * self.height()
    }
}

/// Binner for one view: finds the cell of each point, and the segments that come near the picture.
#[derive(Debug)]
pub struct Binner {
    view: View,
    pub(in crate::density) frame: Padded,
    finder: Finder,
    /// How far from a segment the picture may depend on it, in pixels.
    pub(in crate::density) radius: f64,
    track_weight: TrackWeight,
    /// Weights are values, of which 0 is one.
    has_values: bool,
    /// The numbers of all tracks that it met.
    tracks: TrackNumbers,
}

impl Binner {
    /// A binner for a view, and for heat that goes as far as the options say.
    ///
    /// # Errors
    /// When the radius is one that the picture cannot have
    /// ([`Radius::by_row`](crate::geo::Radius::by_row)).
    pub fn new(view: &View, options: &HeatOptions) -> Result<Self> {
        let falloff = Falloffs::new(options, view)?.widest();
        let frame = Padded {
            picture: view.size(),
            reach: falloff.reach(),
        };
        let finder = Finder::new(view, frame.reach);
        Ok(Self {
            view: view.clone(),
            frame,
            finder,
            radius: falloff.radius() + thinning::margin(options),
            track_weight: options.track_weight,
            has_values: options.has_values(),
            tracks: TrackNumbers::default(),
        })
    }

    /// The same for heat that goes at least so many cells far, as that of others did: what they
    /// have found is kept.
    #[must_use]
    pub fn reaching(self, reach: usize) -> Self {
        let Some(more) = reach.checked_sub(self.frame.reach).filter(|&more| more > 0) else {
            return self;
        };
        let frame = Padded {
            reach,
            ..self.frame
        };
        Self {
            frame,
            finder: Finder::new(&self.view, reach),
            // Both radii are a part of a pixel longer than whole cells.
            radius: self.radius + (more + 1) as f64,
            ..self
        }
    }

    /// How many cells there are beyond the picture, on every side.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.frame.reach
    }

    /// What the heat of tracks goes by.
    #[must_use]
    pub fn track_weight(&self) -> TrackWeight {
        self.track_weight
    }

    /// Whether weights are values, so that points of weight 0 count, too.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.has_values
    }

    /// All tracks that it met: the first is that of the segments whose track has the number 1.
    #[must_use]
    pub fn tracks(&self) -> Vec<TrackId> {
        self.tracks.all()
    }

    /// The numbers of some tracks.
    #[must_use]
    pub fn track_numbers(&self, tracks: &[TrackId]) -> Vec<u32> {
        let mut numbers = self.tracks.cursor();
        tracks.iter().map(|&id| numbers.of(Some(id))).collect()
    }

    /// The view.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Bins shapes.
    #[must_use]
    pub fn binned(&self, shapes: &[Shape]) -> Binned {
        let mut binned = Binned::default();
        let mut numbers = self.tracks.cursor();
        let counts = |shape: &&Shape| shape.weight != 0.0 || self.has_values;
        for shape in shapes.iter().filter(counts) {
            // When it was is for the frames of a timeline.
            let Shape {
                geometry,
                weight,
                time: _,
                track,
                count,
            } = *shape;
            let count = count.get();
            // A weight beyond what f32 holds is as good as infinite, and infinity is no heat.
            let weight = stored(weight);
            match geometry {
                // The only fix of a track is a line without a length, so that it is where its track
                // would be and counts once with it.
                Geometry::Point(at) if track.is_some() => {
                    self.line((at, at), weight, numbers.of(track), count, &mut binned);
                }
                Geometry::Point(at) => match self.finder.cell(at) {
                    Some(cell) if weight == 1.0 && count == 1 => binned.ones.push(cell),
                    Some(cell) => binned.weighted.push(WeightedCell {
                        cell,
                        weight,
                        count,
                    }),
                    None => binned.beyond = true,
                },
                Geometry::Segment(from, to) => {
                    self.line((from, to), weight, numbers.of(track), count, &mut binned);
                }
            }
        }
        binned
    }

    /// Bins points of weight 1 that are counted already: so many at each place.
    #[must_use]
    pub fn counted(&self, places: impl Iterator<Item = (Coord, u32)>) -> Binned {
        let mut binned = Binned::default();
        for (at, count) in places {
            match self.finder.cell(at) {
                Some(cell) => binned.weighted.push(WeightedCell {
                    cell,
                    weight: 1.0,
                    count,
                }),
                None => binned.beyond = true,
            }
        }
        binned
    }

    /// Segments of a line that is there so many times: each is one of its own, for they blend.
    fn line(
        &self,
        (from, to): (Coord, Coord),
        weight: f32,
        track: u32,
        count: u32,
        binned: &mut Binned,
    ) {
        let before = binned.segments.len();
        let lines = self.view.lines(from, to);
        let segments = lines.map(|(from, to)| Segment {
            from,
            to,
            weight,
            track,
        });
        let near = segments.filter(|segment| self.is_near(segment));
        binned
            .segments
            .extend(near.flat_map(|segment| repeat_n(segment, count as usize)));
        binned.beyond |= binned.segments.len() == before;
    }

    /// Rebins points whose cells were numbered with another border, of `reach` cells.
    #[must_use]
    pub fn moved(&self, weighted: Vec<WeightedCell>, reach: usize) -> Binned {
        let (ours, theirs) = (
            self.frame,
            Padded {
                reach,
                ..self.frame
            },
        );
        let place = |at: usize, length: usize| {
            (at + ours.reach)
                .checked_sub(reach)
                .filter(|&at| at < length)
        };
        let mut binned = Binned::default();
        for cell in weighted {
            let (x, y) = (cell.cell % theirs.width(), cell.cell / theirs.width());
            match place(x, ours.width()).zip(place(y, ours.height())) {
                Some((x, y)) => binned.weighted.push(WeightedCell {
                    cell: y * ours.width() + x,
                    ..cell
                }),
                None => binned.beyond = true,
            }
        }
        binned
    }

    /// Whether the picture may depend on a segment.
    #[inline]
    pub(in crate::density) fn is_near(&self, segment: &Segment) -> bool {
        segment.nears(self.frame.picture, self.radius)
    }

    /// Keeps those of some segments that heat the picture.
    #[must_use]
    pub fn near(&self, mut segments: Vec<Segment>) -> Binned {
        let all = segments.len();
        segments.retain(|segment| self.is_near(segment));
        Binned {
            beyond: segments.len() < all,
            segments,
            ..Binned::default()
        }
    }
}

/// Binned shapes. Cells are numbered row by row, from the top left one.
#[derive(Clone, Debug, Default)]
pub struct Binned {
    /// The cells of points of weight 1.
    pub(in crate::density) ones: Vec<usize>,
    /// Points of any weight.
    pub(in crate::density) weighted: Vec<WeightedCell>,
    pub(in crate::density) segments: Vec<Segment>,
    /// Some shapes were too far from the picture to heat it.
    pub(in crate::density) beyond: bool,
}

impl Binned {
    /// The same with all weights multiplied by a finite factor that is not negative.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        let scaled = |weight: f32| stored(f64::from(weight) * factor);
        let ones = self.ones.drain(..).map(|cell| WeightedCell {
            cell,
            weight: 1.0,
            count: 1,
        });
        self.weighted.extend(ones);
        self.weighted
            .iter_mut()
            .for_each(|cell| cell.weight = scaled(cell.weight));
        self.segments
            .iter_mut()
            .for_each(|segment| segment.weight = scaled(segment.weight));
        self
    }

    /// Marks the squares of the picture that they heat as dirty.
    pub(in crate::density) fn mark(&self, dirty: &mut Dirty, frame: Padded, radius: f64) {
        let weighted = self.weighted.iter().map(|cell| cell.cell);
        for cell in self.ones.iter().copied().chain(weighted) {
            // A cell of the frame has the number of the pixel at the corner of what it heats.
            let (x, y) = ((cell % frame.width()) as f64, (cell / frame.width()) as f64);
            let reach = 2.0 * frame.reach as f64;
            dirty.mark((x - reach, x), (y - reach, y));
        }
        for segment in &self.segments {
            let (left, right) = (
                segment.from.x.min(segment.to.x),
                segment.from.x.max(segment.to.x),
            );
            dirty.mark((left - radius, right + radius), segment.rows(radius));
        }
    }
}
