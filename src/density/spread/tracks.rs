//! Whole tracks: the heat of all pieces of a track together, which does not depend on how many
//! there are.
//!
//! By length or time a track gives each pixel the integral of the kernel along it (the line density
//! of GIS, weighed by a kernel): cutting a line anywhere adds nothing. By visits it gives the
//! kernel at the distance of its nearest part, once. Rejected: to lay each piece down as points a
//! fraction of a pixel apart, which takes several times longer for long pieces and is never exact.

use std::ops::Range;

use super::blocks::{Block, Buckets, PIXELS, SIDE, each, fixed, settle};
use super::dirty::Dirty;
use super::kernel::{Falloff, Falloffs};
use super::line_integral::LineIntegral;
use crate::density::HeatOptions;
use crate::density::collect::segment::Segment;
use crate::density::grid::Grid;
use crate::geo::{TrackWeight, View};

/// Pieces shorter than this share of the radius give all their heat off from their middle, which is
/// off by less than a thousandth of the heat of a line.
const SHORT: f64 = 1.0 / 16.0;

/// The pieces of all tracks, each track's one after the other.
pub(in crate::density) struct Tracks<'a> {
    segments: &'a [Segment],
    falloffs: &'a Falloffs,
    heat: Heat,
    /// The integral of the kernel, where that is what heat goes by.
    integral: Option<LineIntegral>,
    /// Heats in fixed point are so much larger.
    scale: f64,
    /// Whether all of them are one track.
    are_one: bool,
}

/// What the heat of a piece goes by.
enum Heat {
    /// That it is there.
    Visits,
    /// Its weight, which is all that it gives off.
    Total,
    /// Its length on the ground, by the size of the pixels of each row.
    Length(Vec<(f64, f64)>),
}

/// Memory for one track in one block, used again and again. What seldom is needed, begins empty.
pub(in crate::density) struct Scratch {
    /// The squares of the distances to the nearest piece; infinite where there is none.
    squares: Vec<f64>,
    /// The heat of a visit by all pieces so far, where they differ in weight.
    largest: Vec<f64>,
    /// The sums of heats along a track, in fixed point.
    totals: Vec<i128>,
    /// By row, from where something of the track is,
    from: [u8; SIDE],
    /// and to where. In bytes, so that all rows of a piece are done at once.
    to: [u8; SIDE],
}

impl Scratch {
    pub(in crate::density) fn new() -> Self {
        Self {
            squares: vec![f64::INFINITY; PIXELS],
            largest: Vec::new(),
            totals: Vec::new(),
            from: [SIDE as u8; SIDE],
            to: [0; SIDE],
        }
    }

    fn reach(&mut self, rows: Range<usize>, columns: &Range<usize>) {
        let (first, end) = (columns.start as u8, columns.end as u8);
        let from = self.from[rows.clone()].iter_mut();
        from.for_each(|from| *from = first.min(*from));
        self.to[rows].iter_mut().for_each(|to| *to = end.max(*to));
    }

    /// Forgets where the track was, and tells it: rows, each from where to where.
    fn spans(&mut self) -> impl Iterator<Item = (usize, usize, usize)> + use<> {
        let from = std::mem::replace(&mut self.from, [SIDE as u8; SIDE]);
        let to = std::mem::replace(&mut self.to, [0; SIDE]);
        let rows = from.into_iter().zip(to).enumerate();
        rows.filter_map(|(row, (from, to))| (from < to).then_some((row, from.into(), to.into())))
    }
}

/// Puts the pieces of each track one after the other, those of one weight together.
pub(in crate::density) fn sort(segments: &mut [Segment]) {
    let place = |segment: &Segment| (segment.track, segment.weight.to_bits());
    if segments.is_sorted_by_key(place) {
        return;
    }
    gather(segments);
    // Stable, which is fast where most of it is in order, as between the frames of an animation.
    segments.sort_by_key(place);
}

/// Counting sort by track, where tracks are fewer than their pieces.
fn gather(segments: &mut [Segment]) {
    let tracks = segments.iter().map(|segment| segment.track as usize + 1);
    let tracks = tracks.max().unwrap_or_default();
    if tracks > segments.len() {
        return;
    }
    let mut places = vec![0; tracks + 1];
    for segment in &*segments {
        places[segment.track as usize + 1] += 1;
    }
    for track in 0..tracks {
        places[track + 1] += places[track];
    }
    let all = segments.to_vec();
    for segment in all {
        let place = &mut places[segment.track as usize];
        segments[*place] = segment;
        *place += 1;
    }
}

impl<'a> Tracks<'a> {
    /// Of segments that are [sorted](sort); `None` where each counts for itself.
    pub(in crate::density) fn new(
        segments: &'a [Segment],
        falloffs: &'a Falloffs,
        options: &HeatOptions,
        view: &View,
    ) -> Option<Self> {
        let heat = match options.track_weight {
            TrackWeight::Points if options.decay <= 0.0 => return Self::as_one(segments, falloffs),
            TrackWeight::Points => return None,
            TrackWeight::Visits => Heat::Visits,
            TrackWeight::Time => Heat::Total,
            TrackWeight::Length => Heat::Length(view.ground_by_row()),
        };
        let heaviest = segments.iter().fold(f32::MIN_POSITIVE, |largest, segment| {
            largest.max(segment.weight.abs())
        });
        let most = match &heat {
            Heat::Visits | Heat::Total => 1.0,
            // No more of a line is within the radius than twice that.
            Heat::Length(ground) => {
                let sides = ground.iter().map(|&(across, down)| across.max(down));
                2.0 * falloffs.widest().radius() * sides.fold(f64::MIN_POSITIVE, f64::max)
            }
        };
        let is_along = options.track_weight.is_along();
        Some(Self {
            segments,
            falloffs,
            heat,
            integral: is_along.then(|| LineIntegral::of(options.kernel)),
            // 60 bits below the largest heat that a piece can have, and 67 above it for pieces.
            scale: (1_u64 << 60) as f64 / (f64::from(heaviest) * most),
            are_one: false,
        })
    }

    /// Of segments of which only the hottest counts, as if all were of one track: the nearest one is
    /// the hottest. `None` if they differ in weight, or give off cold.
    fn as_one(segments: &'a [Segment], falloffs: &'a Falloffs) -> Option<Self> {
        let weight = segments.first()?.weight;
        let are_equal = segments.iter().all(|segment| segment.weight == weight);
        (weight > 0.0 && are_equal).then_some(Self {
            segments,
            falloffs,
            heat: Heat::Visits,
            integral: None,
            scale: 1.0,
            are_one: true,
        })
    }

    /// Adds up the heat of all tracks.
    pub(in crate::density) fn summed(&self, grid: &mut Grid, dirty: &Dirty) {
        let reach = self.falloffs.widest().radius();
        let buckets = Buckets::new(self.segments, grid.size(), reach, dirty);
        let state = |_| (vec![0_i128; PIXELS], Scratch::new());
        each(grid, dirty, state, |(totals, scratch), block, heats| {
            let near = buckets.of(block);
            if near.is_empty() {
                return;
            }
            let mut add = |first: usize, heats: &[f64]| {
                let totals = totals[first..].iter_mut().zip(heats);
                totals.for_each(|(total, &heat)| *total += fixed(heat, self.scale));
            };
            match self.integral {
                Some(_) => near
                    .iter()
                    .for_each(|&number| self.along(block, number, &mut add)),
                None => self.heat(block, near, scratch, &mut add),
            }
            settle(totals, self.scale, heats);
        });
    }

    /// Gives the heat of each of some segments' tracks at every pixel of a block that it heats: the
    /// number of a pixel, with the heats from there on to the right. Of zeros there is none.
    pub(in crate::density) fn heat(
        &self,
        block: Block,
        near: &[u32],
        scratch: &mut Scratch,
        give: &mut impl FnMut(usize, &[f64]),
    ) {
        let of_one = |a: &u32, b: &u32| {
            let (a, b) = (self.segment(*a).track, self.segment(*b).track);
            self.are_one || a == b && a != 0
        };
        for track in near.chunk_by(of_one) {
            match self.integral {
                Some(_) => self.whole_along(block, track, scratch, give),
                None => self.visit(block, track, scratch, give),
            }
        }
    }

    fn segment(&self, number: u32) -> &Segment {
        &self.segments[number as usize]
    }

    /// A track that counts once: the largest heat of its pieces.
    fn visit(
        &self,
        block: Block,
        track: &[u32],
        scratch: &mut Scratch,
        give: &mut impl FnMut(usize, &[f64]),
    ) {
        let of_one_weight = |a: &u32, b: &u32| {
            self.segment(*a).weight.to_bits() == self.segment(*b).weight.to_bits()
        };
        let mut runs = track.chunk_by(of_one_weight);
        let (first, others) = (runs.next(), runs.next());
        let (Some(first), None) = (first, others) else {
            return self.visit_of_many_weights(block, track.chunk_by(of_one_weight), scratch, give);
        };
        self.nearest(block, first, scratch);
        self.visited(block, first[0], scratch, |_, first, heats| {
            give(first, heats);
        });
    }

    fn visit_of_many_weights<'t>(
        &self,
        block: Block,
        runs: impl Iterator<Item = &'t [u32]>,
        scratch: &mut Scratch,
        give: &mut impl FnMut(usize, &[f64]),
    ) {
        scratch.largest.resize(PIXELS, 0.0);
        let mut all = [(SIDE, 0); SIDE];
        for run in runs {
            self.nearest(block, run, scratch);
            self.visited(block, run[0], scratch, |largest, first, heats| {
                for (known, &heat) in largest[first..].iter_mut().zip(heats) {
                    // Zero is no heat, so that cold may be the largest.
                    *known = match (*known == 0.0, heat == 0.0) {
                        (true, _) => heat,
                        (false, true) => *known,
                        (false, false) => known.max(heat),
                    };
                }
                let (from, to) = &mut all[first / SIDE];
                let column = first % SIDE;
                (*from, *to) = ((*from).min(column), (*to).max(column + heats.len()));
            });
        }
        for (row, (from, to)) in all.into_iter().enumerate() {
            if from < to {
                let heats = &mut scratch.largest[row * SIDE..][from..to];
                give(row * SIDE + from, heats);
                heats.fill(0.0);
            }
        }
    }

    /// Finds out how near the nearest of some pieces is.
    fn nearest(&self, block: Block, pieces: &[u32], scratch: &mut Scratch) {
        for &number in pieces {
            let segment = self.segment(number);
            block.parts_along(segment, self.falloffs, |corner, rows, columns| {
                let (first, last) = (rows.start * SIDE, rows.end * SIDE);
                scratch.reach(rows, &columns);
                let squares = &mut scratch.squares[first..last][columns.start..];
                segment.nearest_squared(corner, (columns.len(), SIDE), squares);
            });
        }
    }

    /// Gives the heat of what was nearest, and forgets it.
    fn visited(
        &self,
        block: Block,
        number: u32,
        scratch: &mut Scratch,
        mut give: impl FnMut(&mut [f64], usize, &[f64]),
    ) {
        let weight = f64::from(self.segment(number).weight);
        for (row, from, to) in scratch.spans() {
            let heats = &mut scratch.squares[row * SIDE..][from..to];
            self.falloffs.at(block.top + row).heats(heats);
            for heat in heats.iter_mut() {
                *heat *= weight;
            }
            give(&mut scratch.largest, row * SIDE + from, heats);
            heats.fill(f64::INFINITY);
        }
    }

    /// All heat along a track. In fixed point, so that the order of its pieces makes no difference.
    fn whole_along(
        &self,
        block: Block,
        track: &[u32],
        scratch: &mut Scratch,
        give: &mut impl FnMut(usize, &[f64]),
    ) {
        scratch.totals.resize(PIXELS, 0);
        for &number in track {
            self.along(block, number, &mut |first, heats| {
                let (row, column) = (first / SIDE, first % SIDE);
                scratch.reach(row..row + 1, &(column..column + heats.len()));
                let totals = scratch.totals[first..].iter_mut().zip(heats);
                totals.for_each(|(total, &heat)| *total += fixed(heat, self.scale));
            });
        }
        let mut heats = [0.0; SIDE];
        for (row, from, to) in scratch.spans() {
            let (first, heats) = (row * SIDE + from, &mut heats[from..to]);
            let totals = &mut scratch.totals[first..][..heats.len()];
            settle(totals, self.scale, heats);
            give(first, heats);
        }
    }

    /// The heat along one piece: the integral of the kernel, times what a pixel of its length
    /// weighs.
    fn along(&self, block: Block, number: u32, give: &mut impl FnMut(usize, &[f64])) {
        let (segment, line) = (self.segment(number), self.segment(number).line());
        let weight = f64::from(segment.weight);
        let mut heats = [0.0; SIDE];
        block.rows_along(segment, self.falloffs, |row, columns, y, falloff| {
            let heats = &mut heats[..columns.len()];
            let x = (block.left + columns.start) as f64;
            let per_pixel = match &self.heat {
                Heat::Length(ground) => {
                    let (across, down) = ground[(block.top + row).min(ground.len() - 1)];
                    weight * (across * line.along.0).hypot(down * line.along.1)
                }
                Heat::Visits | Heat::Total => weight / line.length.max(f64::MIN_POSITIVE),
            };
            let factor = match &self.integral {
                Some(integral) if line.length > SHORT * falloff.radius() => {
                    integral.along(&line, (x, y), falloff.radius(), heats);
                    per_pixel
                }
                _ => {
                    middle(segment, (x, y), falloff, heats);
                    if line.length > 0.0 {
                        per_pixel * line.length
                    } else {
                        self.standing(weight)
                    }
                }
            };
            for heat in heats.iter_mut() {
                *heat *= factor;
            }
            give(row * SIDE + columns.start, heats);
        });
    }

    /// What a piece without a length gives off.
    fn standing(&self, weight: f64) -> f64 {
        match self.heat {
            Heat::Length(_) => 0.0,
            Heat::Visits | Heat::Total => weight,
        }
    }
}

/// The heats of a row of pixels by their distances to the middle of a piece.
fn middle(segment: &Segment, (x, y): (f64, f64), falloff: Falloff, heats: &mut [f64]) {
    let middle = segment.middle();
    let down = y - middle.y;
    for (heat, column) in heats.iter_mut().zip(0_i32..) {
        let across = x + f64::from(column) - middle.x;
        *heat = across * across + down * down;
    }
    falloff.heats(heats);
}
