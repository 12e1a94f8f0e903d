//! Pieces of tracks in Morton order of their middles, under a packed tree of boxes (R-tree).
//!
//! Every sixteen boxes that follow one another have one around them, up to a single one: what is
//! sorted by a curve that fills the plane needs no better tree.
//!
//! Where there are very many pieces there are levels of them, with trees of their own: pieces whose
//! ends share cells of a quadtree, and which share the first digits of their weight, are one. Seen
//! from far above most of a track lies within a few cells.

use std::hash::Hash;
use std::num::NonZeroU32;

use rayon::prelude::*;

use super::levels;
use super::morton::{Window, World};
use super::points::Sought;
use super::weighted::rounded;
use crate::density;
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
    /// How many there are; of those that were read 1.
    pub count: u32,
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
            count: 1,
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
    /// Several that are alike are as many as matter where heat decays, or one that weighs as much.
    pub fn shape(&self, by_tracks: bool, decay: f64) -> Shape {
        let shape = if self.is_lone {
            Shape::point(self.ends.0)
        } else {
            Shape::segment(self.ends.0, self.ends.1)
        };
        let shape = shape.of_track(self.track.filter(|_| by_tracks));
        if decay == 1.0 {
            return shape.weighing(self.weight * f64::from(self.count));
        }
        let most = u32::try_from(density::terms(decay)).unwrap_or(u32::MAX);
        let count = NonZeroU32::new(self.count.min(most)).unwrap_or(NonZeroU32::MIN);
        shape.weighing(self.weight).times(count)
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
    /// The shallowest first, with their depths.
    levels: Vec<(u8, Self)>,
}

impl Lines {
    /// Sorts them. There are levels if there are more than so many.
    pub fn with_levels(world: &World, pieces: Vec<Piece>, exact: usize) -> Self {
        let lines = Self::new(world, pieces);
        let mut levels = Vec::new();
        if lines.pieces.len() > exact {
            let merged = |pieces: &[Piece], depth| merged(world, pieces, depth);
            levels = levels::stacked(&lines.pieces, Piece::key, merged);
        }
        let level = |(depth, pieces)| (depth, Self::new(world, pieces));
        let levels = levels.into_iter().map(level).collect();
        Self { levels, ..lines }
    }

    fn new(world: &World, mut pieces: Vec<Piece>) -> Self {
        pieces.par_sort_unstable_by_key(Piece::digest);
        let own: Vec<Around> = pieces.par_iter().map(|piece| piece.around(world)).collect();
        let mut boxes = Vec::new();
        let mut below = packed(&own);
        while below.len() > 1 {
            let above = packed(&below);
            boxes.push(below);
            below = above;
        }
        boxes.push(below);
        Self {
            pieces,
            boxes,
            levels: Vec::new(),
        }
    }

    /// All of them, in their order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// How many may come by in a window, and a few around its edge.
    pub fn count(&self, sought: Sought) -> usize {
        let Some((boxes, window)) = self.boxes.first().zip(sought.window) else {
            return self.pieces.len();
        };
        let turns = window.turns();
        let is_near = |around: &&Around| turns.iter().any(|window| around.meets(window));
        boxes.iter().filter(is_near).count() * FAN
    }

    /// Tells those that may come by where and when is looked for, each once; what shares cells as
    /// one, where a depth is given and all times are wanted.
    pub fn each(&self, sought: Sought, take: &mut dyn FnMut(&Piece)) {
        let lines = sought.level(&self.levels).map_or(self, |(_, lines)| lines);
        let mut take = |piece: &Piece| {
            if sought.interval.has(piece.time) {
                take(piece);
            }
        };
        match sought.window {
            None => lines.pieces.iter().for_each(take),
            Some(window) => lines.within(window, &mut take),
        }
    }

    fn within(&self, window: Window, take: &mut dyn FnMut(&Piece)) {
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

/// Those whose ends share cells of a depth, and whose rounded weights are the same, as one: the
/// first of them.
fn merged(world: &World, pieces: &[Piece], depth: u8) -> Vec<Piece> {
    let cells = f64::from(depth).exp2();
    // Not by keys, which end with the world: tracks go on beyond 180°.
    let cell = |at: Coord| {
        let (x, y) = world.flat(at);
        ((x * cells).floor() as i64, (y * cells).floor() as i64)
    };
    let timeless = |piece: &Piece| {
        let weight = rounded(piece.weight);
        let (from, to) = (cell(piece.ends.0), cell(piece.ends.1));
        let order = (from.min(to), from.max(to), weight.to_bits(), piece.is_lone);
        let piece = Piece {
            weight,
            track: None,
            time: None,
            ..*piece
        };
        (order, piece)
    };
    let mut all: Vec<_> = pieces.par_iter().map(timeless).collect();
    // A stable sort, so that the first of them is the same one each time.
    all.par_sort_by_key(|(order, _)| *order);
    all.dedup_by(|(next, piece), (order, one)| {
        let is_same = next == order;
        if is_same {
            one.count = one.count.saturating_add(piece.count);
        }
        is_same
    });
    let mut pieces: Vec<Piece> = all.into_iter().map(|(_, piece)| piece).collect();
    pieces.par_sort_unstable_by_key(Piece::digest);
    pieces
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
