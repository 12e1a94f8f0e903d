//! Thinning of tracks, where a track counts once at a pixel: line simplification by clustering
//! (vertex clustering of Rossignac and Borrel, 1993), for devices that write a fix far more often
//! than they move by a pixel.
//!
//! A piece is small when its box is smaller than a cell, a 16th of a pixel; of all small pieces of
//! a track that begin in one cell, at the left and upper corner of their boxes, the first is enough.
//! Whatever is left out lies within two cells of what stays, across and down: distances change by
//! less than a fifth of a pixel, and along an even line by some hundredths of one. Which piece stays
//! follows from the pieces alone, and cells of a zoom are whole squares of those of the next: so a
//! tile, a picture of the same place, and one that was thinned zoom by zoom have the same pieces.
//! Rejected: to move ends to a grid, which moves long pieces as well, and to follow the track and
//! leave out fixes, which depends on where it begins.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem::take;

use super::segment::Segment;
use crate::density::HeatOptions;
use crate::geo::TrackWeight;

/// How many cells there are along a pixel, as a power of two.
pub(in crate::density) const CELLS: u8 = 4;
/// The side of a cell in pixels.
const CELL: f64 = 1.0 / (1 << CELLS) as f64;

/// How far from a piece, in pixels, lies what it may be left out for.
pub(in crate::density) fn margin(options: &HeatOptions) -> f64 {
    match options.track_weight {
        TrackWeight::Visits => 2.0 * CELL,
        TrackWeight::Points | TrackWeight::Length | TrackWeight::Time => 0.0,
    }
}

/// Those of some pieces of tracks that count where each track counts once, in their order.
pub(in crate::density) fn thinned(segments: &[Segment]) -> Cow<'_, [Segment]> {
    let (mut kept, mut left_out) = (HashMap::new(), Vec::new());
    for (number, segment) in segments.iter().enumerate() {
        let Some(cell) = cell(segment) else {
            continue;
        };
        match kept.entry((segment.track, segment.weight.to_bits(), cell)) {
            Entry::Vacant(place) => {
                place.insert(number);
            }
            Entry::Occupied(mut place) => {
                let other = &segments[*place.get()];
                left_out.push(match order(&ends(segment), &ends(other)) {
                    Ordering::Less => place.insert(number),
                    Ordering::Equal | Ordering::Greater => number,
                });
            }
        }
    }
    if left_out.is_empty() {
        return Cow::Borrowed(segments);
    }
    left_out.sort_unstable();
    let mut left_out = left_out.into_iter().peekable();
    let stays = |(number, _): &(usize, _)| left_out.next_if_eq(number).is_none();
    let staying = segments.iter().enumerate().filter(stays);
    Cow::Owned(staying.map(|(_, segment)| *segment).collect())
}

/// The cell of a piece of a track, if it is small.
fn cell(segment: &Segment) -> Option<(i64, i64)> {
    let (a, b) = (segment.from, segment.to);
    let is_small = (a.x - b.x).abs() < CELL && (a.y - b.y).abs() < CELL;
    let cell = |least: f64| (least / CELL).floor() as i64;
    (is_small && segment.track != 0).then(|| (cell(a.x.min(b.x)), cell(a.y.min(b.y))))
}

/// Both ends of a piece, the same of the reversed one.
fn ends(segment: &Segment) -> [f64; 4] {
    let (a, b) = segment.in_order();
    [a.x, a.y, b.x, b.y]
}

/// Which piece is the first: the same wherever they are moved to together, and at every scale.
fn order(a: &[f64; 4], b: &[f64; 4]) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// A piece of a track among those of all zooms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::density) struct TrackPiece {
    /// Its track and its weight.
    pub(in crate::density) owner: u64,
    /// Its left and upper corner, as a number in Morton order.
    pub(in crate::density) corner: u64,
    /// Across and down, as [`Segment::in_order`] has them.
    pub(in crate::density) ends: [f64; 4],
}

/// Tournament of the pieces of tracks over the cells of all zooms: the first of a cell is left for
/// the next smaller zoom, and the others are not.
pub(in crate::density) struct Tournament<'a> {
    /// The side of cells of zoom 0, as a power of two.
    size: u8,
    /// By zoom, the first small piece so far of the cell that the last piece lies in.
    firsts: Vec<Option<TrackPiece>>,
    owner: u64,
    /// Takes pieces, with the least zoom of which they are.
    give: &'a mut dyn FnMut(&TrackPiece, u8),
}

impl<'a> Tournament<'a> {
    /// One over cells that are 1 wide at the largest zoom, and twice as wide at each smaller one.
    pub(in crate::density) fn new(size: u8, give: &'a mut dyn FnMut(&TrackPiece, u8)) -> Self {
        Self {
            size,
            firsts: vec![None; usize::from(size) + 1],
            owner: 0,
            give,
        }
    }

    /// Adds a piece. They come in the order of their owners and corners.
    pub(in crate::density) fn add(&mut self, piece: TrackPiece) {
        if piece.owner == self.owner {
            self.leave(|size, first| first.corner >> (2 * size) != piece.corner >> (2 * size));
        } else {
            self.leave(|_, _| true);
            self.owner = piece.owner;
        }
        let [ax, ay, bx, by] = piece.ends;
        let side = (bx - ax).abs().max((by - ay).abs());
        let small = (0..=self.size).find(|size| side < f64::from(*size).exp2());
        match small {
            Some(size) => self.meet(self.size - size, piece),
            None => (self.give)(&piece, 0),
        }
    }

    /// Gives whatever is left.
    pub(in crate::density) fn finish(mut self) {
        self.leave(|_, _| true);
    }

    /// Lets the first ones of some cells, of a size, on to those around them.
    fn leave(&mut self, leaves: impl Fn(u8, &TrackPiece) -> bool) {
        for zoom in (0..=self.size).rev() {
            let first = &mut self.firsts[usize::from(zoom)];
            if !first.is_some_and(|first| leaves(self.size - zoom, &first)) {
                continue;
            }
            match (take(first), zoom.checked_sub(1)) {
                (Some(first), Some(above)) => self.meet(above, first),
                (Some(first), None) => (self.give)(&first, 0),
                (None, _) => {}
            }
        }
    }

    /// Gives the one of two pieces that is not the first in a cell.
    fn meet(&mut self, zoom: u8, piece: TrackPiece) {
        let first = &mut self.firsts[usize::from(zoom)];
        let Some(other) = *first else {
            *first = Some(piece);
            return;
        };
        let is_first = order(&piece.ends, &other.ends).is_lt();
        let (stays, goes) = if is_first {
            (piece, other)
        } else {
            (other, piece)
        };
        *first = Some(stays);
        (self.give)(&goes, zoom + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Pixels;
    use proptest::prelude::*;

    fn segment(track: u32, [ax, ay, bx, by]: [f64; 4]) -> Segment {
        Segment {
            from: Pixels { x: ax, y: ay },
            to: Pixels { x: bx, y: by },
            weight: 1.0,
            track,
        }
    }

    /// What stays of pieces of track 1 that follow one another, so many to a pixel.
    fn staying(pieces: u32, to_a_pixel: f64) -> usize {
        let place = |number: u32| f64::from(number) / to_a_pixel;
        let piece = |number: u32| segment(1, [place(number), 0.5, place(number + 1), 0.5]);
        let pieces: Vec<Segment> = (0..pieces).map(piece).collect();
        thinned(&pieces).len()
    }

    #[test]
    fn as_many_stay_as_there_are_cells_on_the_way() {
        assert_eq!(staying(64, 16.0), 64);
        assert_eq!(staying(64, 32.0), 32);
        assert_eq!(staying(3200, 3200.0), 16);
    }

    #[test]
    fn a_track_is_thinned_by_its_own_small_pieces_alone() {
        let small = [3.001, 4.0, 3.002, 4.0];
        let others = [
            segment(1, small),
            segment(2, small),
            segment(1, [3.0, 4.0, 3.07, 4.0]),
            segment(1, [3.0, 4.07, 3.001, 4.07]),
            // As long as a cell, and as high.
            segment(1, [3.0, 4.0, 3.0625, 4.0]),
            segment(1, [3.0, 4.0, 3.001, 4.0625]),
            Segment {
                weight: 2.0,
                ..segment(1, small)
            },
            segment(0, small),
            segment(0, small),
        ];
        assert_eq!(*thinned(&others), others);
        let twice = [segment(1, small), segment(1, [3.0, 4.0, 3.0, 4.0])];
        assert_eq!(*thinned(&twice), twice[1..]);
    }

    /// Ends of a piece, most of which are small, on a world of 64 squares.
    fn ends() -> impl Strategy<Value = [f64; 4]> {
        let (place, size) = (0.0_f64..62.0, 0..9_i32);
        let ends = (place.clone(), place, size, -1.0..1.0, -1.0..1.0);
        let ends = ends.prop_map(|(x, y, size, right, down): (f64, f64, i32, f64, f64)| {
            // Short ones are the more likely to meet.
            let side = 0.01 * f64::from(size).exp2();
            let (bx, by) = (x + side * right, (y + side * down).clamp(0.0, 63.0));
            segment(1, [x, y, bx.clamp(0.0, 63.0), by])
        });
        ends.prop_map(|segment| super::ends(&segment))
    }

    proptest! {
        #[test]
        fn every_zoom_has_what_it_would_have_of_all(
            pieces in prop::collection::vec((1_u32..3, ends()), 0..300), right in -9_i32..9,
        ) {
            const SIZE: u8 = 5;
            let mut sorted: Vec<TrackPiece> = pieces.iter().map(|&(track, ends)| {
                let (x, y) = (ends[0] as u32, ends[1].min(ends[3]) as u32);
                let corner = crate::geo::morton::interleaved(x, y);
                TrackPiece { owner: track.into(), corner, ends }
            }).collect();
            sorted.sort_by_key(|piece| (piece.owner, piece.corner));
            let mut given = Vec::new();
            let mut give = |piece: &TrackPiece, zoom: u8| given.push((*piece, zoom));
            let mut tournament = Tournament::new(SIZE, &mut give);
            for piece in sorted {
                tournament.add(piece);
            }
            tournament.finish();
            prop_assert_eq!(given.len(), pieces.len());
            for zoom in 0..=SIZE {
                // In pixels of the zoom, of a picture that lies elsewhere.
                let scale = CELL / f64::from(SIZE - zoom).exp2();
                let picture = |track: u32, ends: [f64; 4]| {
                    let [ax, ay, bx, by] = ends.map(|end| end * scale);
                    let right = f64::from(right);
                    segment(track, [ax + right, ay, bx + right, by])
                };
                let all: Vec<Segment> = pieces.iter().map(|&(track, ends)| picture(track, ends)).collect();
                let by_ends = |a: &Segment, b: &Segment| {
                    (a.track.cmp(&b.track)).then_with(|| order(&super::ends(a), &super::ends(b)))
                };
                let mut wanted = thinned(&all).into_owned();
                wanted.sort_by(by_ends);
                let found = given.iter().filter(|(_, least)| *least <= zoom);
                let mut found: Vec<Segment> = found.map(|(piece, _)| picture(piece.owner as u32, piece.ends)).collect();
                found.sort_by(by_ends);
                prop_assert_eq!(found, wanted, "zoom {}", zoom);
            }
        }
    }

    #[test]
    fn tracks_that_follow_one_another_in_a_cell_do_not_meet() {
        let piece = |owner, x: f64| TrackPiece {
            owner,
            corner: 0,
            ends: [x, 0.5, x + 0.25, 0.5],
        };
        let mut given = Vec::new();
        let mut give = |piece: &TrackPiece, zoom: u8| given.push((piece.owner, zoom));
        let mut tournament = Tournament::new(2, &mut give);
        for (owner, x) in [(1, 0.5), (1, 0.25), (2, 0.125)] {
            tournament.add(piece(owner, x));
        }
        // A piece as wide as a cell of the largest zoom is small at the next one.
        tournament.add(TrackPiece {
            ends: [0.0, 0.5, 1.0, 0.5],
            ..piece(2, 0.0)
        });
        tournament.finish();
        assert_eq!(given, [(1, 3), (1, 0), (2, 2), (2, 0)]);
    }

    #[test]
    fn only_what_may_be_thinned_needs_a_margin() {
        let margins = [
            TrackWeight::Points,
            TrackWeight::Length,
            TrackWeight::Time,
            TrackWeight::Visits,
        ];
        let margins = margins.map(|track_weight| {
            margin(&HeatOptions {
                track_weight,
                ..HeatOptions::default()
            })
        });
        assert_eq!(margins, [0.0, 0.0, 0.0, 0.125]);
    }
}
