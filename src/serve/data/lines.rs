//! Pieces of tracks in Morton order of their middles, under a packed tree of boxes (R-tree).
//!
//! Every sixteen boxes that follow one another have one around them, up to a single one: what is
//! sorted by a curve that fills the plane needs no better tree.

use std::hash::Hash;

use rayon::prelude::*;

use super::morton::{Window, World};
use crate::geo::{Coord, Shape, Time, TrackId};

/// Boxes, or pieces, in a box.
const FAN: usize = 16;

/// A piece of a track, or a fix that is all there is of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// The key of its middle.
    key: u64,
    pub ends: (Coord, Coord),
    pub weight: f64,
    pub track: Option<TrackId>,
    /// When it was over, if that is known.
    pub time: Option<Time>,
    /// It is a fix, and no piece.
    pub is_lone: bool,
}

impl Piece {
    /// A piece between two places, which goes by the key of its middle.
    pub fn new(world: &World, ends: (Coord, Coord), weight: f64, track: Option<TrackId>) -> Self {
        Self {
            key: world.key(ends.0.midpoint(ends.1)),
            ends,
            weight,
            track,
            time: None,
            is_lone: false,
        }
    }

    /// A fix that is all there is of a track.
    pub fn lone(world: &World, at: Coord, weight: f64, track: Option<TrackId>) -> Self {
        Self {
            is_lone: true,
            ..Self::new(world, (at, at), weight, track)
        }
    }

    /// The same at a time.
    pub fn when(self, time: Option<Time>) -> Self {
        Self { time, ..self }
    }

    /// What distinguishes it from others; pieces are sorted by it.
    pub fn digest(&self) -> impl Ord + Hash + use<> {
        let numbers = |at: Coord| (at.x().to_bits(), at.y().to_bits());
        let (from, to) = (numbers(self.ends.0), numbers(self.ends.1));
        let track = self.track.map(TrackId::bits);
        (
            self.key,
            from,
            to,
            self.weight.to_bits(),
            track,
            self.time.map(Time::milliseconds),
            self.is_lone,
        )
    }

    /// The key of its middle.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// The shape that it is where heat goes by tracks; by points, fixes and pieces stand alone.
    pub fn shape(&self, by_tracks: bool) -> Shape {
        let shape = if self.is_lone {
            Shape::point(self.ends.0)
        } else {
            Shape::segment(self.ends.0, self.ends.1)
        };
        shape
            .weighing(self.weight)
            .of_track(self.track.filter(|_| by_tracks))
    }

    fn around(&self, world: &World) -> Around {
        let (from, to) = (world.flat(self.ends.0), world.flat(self.ends.1));
        Around {
            left: outward(from.0.min(to.0), f32::next_down),
            top: outward(from.1.min(to.1), f32::next_down),
            right: outward(from.0.max(to.0), f32::next_up),
            bottom: outward(from.1.max(to.1), f32::next_up),
        }
    }
}

/// A number in half the memory, and never on the wrong side of itself.
fn outward(number: f64, next: fn(f32) -> f32) -> f32 {
    next(number as f32)
}

/// A box in widths of the world.
#[derive(Clone, Copy, Debug)]
struct Around {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Around {
    fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    fn meets(self, window: &Window) -> bool {
        f64::from(self.left) <= window.right
            && f64::from(self.right) >= window.left
            && f64::from(self.top) <= window.bottom
            && f64::from(self.bottom) >= window.top
    }
}

/// Pieces of tracks.
#[derive(Debug, Default)]
pub struct Lines {
    pieces: Vec<Piece>,
    /// Boxes around [`FAN`] pieces each, then around as many of those, and so on.
    boxes: Vec<Vec<Around>>,
}

impl Lines {
    /// Sorts them.
    pub fn new(world: &World, mut pieces: Vec<Piece>) -> Self {
        pieces.par_sort_unstable_by_key(Piece::digest);
        let own: Vec<Around> = pieces.iter().map(|piece| piece.around(world)).collect();
        let mut boxes = Vec::new();
        let mut below = packed(&own);
        while below.len() > 1 {
            let above = packed(&below);
            boxes.push(below);
            below = above;
        }
        boxes.push(below);
        Self { pieces, boxes }
    }

    /// All of them, in their order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Tells those that may come by in a window, each once.
    pub fn within(&self, window: Window, take: &mut dyn FnMut(&Piece)) {
        let turns = window.turns();
        let root = self.boxes.len().saturating_sub(1);
        for at in 0..self.boxes.get(root).map_or(0, Vec::len) {
            self.descend(root, at, &turns, take);
        }
    }

    fn descend(&self, level: usize, at: usize, turns: &[Window; 3], take: &mut dyn FnMut(&Piece)) {
        let around = self.boxes[level][at];
        if !turns.iter().any(|window| around.meets(window)) {
            return;
        }
        let below = at * FAN..(at + 1) * FAN;
        if let Some(level) = level.checked_sub(1) {
            let end = below.end.min(self.boxes[level].len());
            (below.start..end).for_each(|at| self.descend(level, at, turns, take));
        } else {
            let end = below.end.min(self.pieces.len());
            self.pieces[below.start..end].iter().for_each(take);
        }
    }
}

fn packed(boxes: &[Around]) -> Vec<Around> {
    let around = |boxes: &[Around]| boxes.iter().copied().reduce(Around::with);
    boxes.chunks(FAN).filter_map(around).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_wherever_they_come_by() {
        let world = World::new().unwrap();
        let at = |lon: f64, lat: f64| Coord::unchecked(lon, lat);
        let piece = |from, to| Piece::new(&world, (from, to), 1.0, None);
        let mut pieces: Vec<Piece> = (0..1000)
            .map(|i| {
                let lon = f64::from(i) * 0.35 - 175.0;
                piece(at(lon, 10.0), at(lon + 0.1, 11.0))
            })
            .collect();
        // A long one, and one across 180°.
        pieces.push(piece(at(-170.0, 60.0), at(170.0, 60.0)));
        pieces.push(piece(at(179.0, -40.0), at(181.0, -40.0)));
        let lines = Lines::new(&world, pieces);
        let found = |west: f64, south: f64, east: f64, north: f64| {
            let (left, top) = world.flat(at(west, north));
            let (right, bottom) = world.flat(at(east, south));
            let mut found = Vec::new();
            let window = Window {
                left,
                top,
                right,
                bottom,
            };
            lines.within(window, &mut |piece| found.push(piece.ends));
            found
        };
        let long = |found: &[(Coord, Coord)]| found.iter().any(|ends| ends.0.y() == 60.0);
        assert!(long(&found(-1.0, 59.0, 1.0, 61.0)));
        let across = |found: &[(Coord, Coord)]| found.iter().any(|ends| ends.0.y() == -40.0);
        assert!(across(&found(-180.0, -41.0, -179.5, -39.0)));
        assert!(across(&found(179.5, -41.0, 180.0, -39.0)));
        let some = found(0.0, 9.0, 3.5, 12.0);
        assert!((10..60).contains(&some.len()), "{}", some.len());
        assert_eq!(found(-200.0, -85.0, 200.0, 85.0).len(), 1002);
    }
}
