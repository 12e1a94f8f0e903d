//! Linear quadtree: the points and segments of the whole world, read once and sorted in Morton
//! order (Gargantini, An Effective Way to Represent Quadtrees, 1982), from which every tile of
//! every zoom takes what heats it.
//!
//! Points are counted on the pixels of the deepest zoom; those of other zooms are whole squares of
//! them. Segments keep their ends, which are scaled from zoom to zoom by powers of two, without
//! rounding; they are found by the corner of their box, among those of about their size. What has
//! no room in memory lies in a sorted temporary file, so a tile costs what lies under it and not
//! what there is. The world goes on at 180°: what is near to it heats tiles on both sides.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::binner::{Binned, Binner};
use super::cells::Cells;
use super::external_sort::{ExternalSort, SortedRows};
use super::segment::Segment;
use super::thinning::{CELLS, Tournament, TrackPiece};
use super::tracks::TrackNumbers;
use super::weighted::WeightedCell;
use crate::density::memory::stored;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::morton::{interleaved, separated};
use crate::geo::{Coord, Crs, Geometry, Pixels, Shape, TileId};

/// A square of rows is not parted further for fewer of them: they are looked at one by one.
const FEW: u64 = 192;
/// Nor is one that is at the edge of a tile and so many pixels wide, as a power of two.
const NARROW: u8 = 3;
/// Binary digits of a coordinate by which segments are found; their class has the others.
const DIGITS: u8 = 29;
/// Classes before this one are the sizes of segments that are of all zooms.
const THINNED: u8 = 34;

/// Squares of the world at the deepest zoom.
#[derive(Clone, Copy, Debug)]
struct World {
    /// How many there are along a side, as a power of two.
    depth: u8,
    /// How many there are to a degree of longitude.
    scale: f64,
}

impl World {
    fn new(depth: u8) -> Self {
        Self {
            depth,
            scale: f64::from(depth).exp2() / 360.0,
        }
    }

    fn side(self) -> i64 {
        1 << self.depth
    }

    /// Half of the side, from the upper left corner to 0° north, 0° east.
    fn half(self) -> f64 {
        (self.side() / 2) as f64
    }

    /// Where a place lies, from 0° north, 0° east.
    fn pixels(self, at: Coord) -> Pixels {
        let (x, north) = Crs::WebMercator.forward(at);
        Pixels {
            x: x * self.scale,
            y: north * -self.scale,
        }
    }

    /// The square it lies in. The southern end of the map begins one square more.
    fn square(self, at: Pixels) -> (i64, i64) {
        let whole = |from_middle: f64| (from_middle + self.half()).floor() as i64;
        let (x, y) = (whole(at.x), whole(at.y));
        (x.rem_euclid(self.side()), y.clamp(0, self.side()))
    }

    /// The squares at the corners of the box of a segment whose left end comes first and is within
    /// the world.
    fn corners(self, a: Pixels, b: Pixels) -> ((i64, i64), (i64, i64)) {
        let ((left, y), (_, other)) = (self.square(a), self.square(b));
        let right = ((b.x + self.half()).floor() as i64).max(left);
        ((left, y.min(other)), (right, y.max(other)))
    }

    /// How many binary digits of a place segments are not sorted by.
    fn coarse(self) -> u8 {
        (self.depth + 1).saturating_sub(DIGITS)
    }
}

/// What segments are found by besides the corner of their box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Class {
    /// A power of two that their box is smaller than.
    size: u8,
    /// The least zoom that they are of: at smaller ones others of their tracks are enough.
    zoom: u8,
}

impl Class {
    /// That of what is left out of the zoom below one, with cells of such a size at zoom 0. It is
    /// smaller than a cell, and may lie on one square more.
    fn of_zoom(zoom: u8, cells: u8) -> Self {
        let size = cells + 2 - zoom;
        Self { size, zoom }
    }

    fn number(self) -> u64 {
        match self.zoom {
            0 => self.size.into(),
            zoom => (THINNED + zoom).into(),
        }
    }

    /// Its inverse.
    fn numbered(number: u8, cells: u8) -> Self {
        match number.checked_sub(THINNED) {
            None | Some(0) => Self {
                size: number,
                zoom: 0,
            },
            Some(zoom) => Self::of_zoom(zoom, cells),
        }
    }
}

/// The number of a square in Morton order. None has a side of more than 2³² squares.
fn morton(x: i64, y: i64) -> u64 {
    interleaved(x as u32, y as u32)
}

/// Its inverse.
fn unmorton(number: u64) -> (i64, i64) {
    let (x, y) = separated(number);
    (x.into(), y.into())
}

/// Gatherer of shapes, in any order and from many threads.
pub struct QuadtreeBuilder {
    world: World,
    /// The numbers of all tracks.
    tracks: TrackNumbers,
    /// Weights are values, of which 0 is one.
    has_values: bool,
    /// Where tracks are thinned, the size of the cells of zoom 0.
    cells: Option<u8>,
    /// Whether it is asked how far apart places are.
    is_measured: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    /// Square, weight and count.
    points: ExternalSort<2>,
    /// Class and square of the corner, weight and track, and the ends.
    segments: ExternalSort<6>,
    /// Those that will be thinned: weight and track, square of the corner, and the ends.
    pieces: ExternalSort<6>,
    /// Squares of the ends of segments, where it is asked how far apart places are.
    ends: Option<ExternalSort<1>>,
    reach: Option<Reach>,
    is_mixed: bool,
    failed: Option<io::Error>,
}

/// What part of the world there is data in: from the first square to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reach {
    first: (i64, i64),
    last: (i64, i64),
}

impl Reach {
    fn with(self, other: Self) -> Self {
        let ((a, b), (c, d)) = (self.first, self.last);
        let ((e, f), (g, h)) = (other.first, other.last);
        Self {
            first: (a.min(e), b.min(f)),
            last: (c.max(g), d.max(h)),
        }
    }
}

impl QuadtreeBuilder {
    /// An empty one for a world of 2^`depth` pixels a side, with room for so many bytes; what is
    /// more goes to a temporary file. `measures` is whether [`places`](Quadtree::places) will be
    /// asked for.
    #[must_use]
    pub fn new(depth: u8, memory: u64, measures: bool) -> Self {
        let inner = Inner {
            points: ExternalSort::new(memory / 8 * 3, counted),
            segments: ExternalSort::new(memory / 8 * 3, |_, _| false),
            pieces: ExternalSort::new(memory / 8, |_, _| false),
            ends: measures.then(|| ExternalSort::new(memory / 8, |a, b| a == b)),
            reach: None,
            is_mixed: false,
            failed: None,
        };
        Self {
            world: World::new(depth),
            tracks: TrackNumbers::default(),
            has_values: false,
            cells: None,
            is_measured: measures,
            inner: Mutex::new(inner),
        }
    }

    /// The same, where weights may be values, of which 0 is one.
    #[must_use]
    pub fn of_values(self, has_values: bool) -> Self {
        Self { has_values, ..self }
    }

    /// The same for tiles of so many pixels a side on which a track counts once: of its pieces only
    /// those are taken for a zoom that make a difference there.
    #[must_use]
    pub fn thinned(self, side: u32) -> Self {
        let cells = self.world.depth.checked_sub(side.ilog2() as u8 + CELLS);
        Self { cells, ..self }
    }

    /// Adds shapes. Those that weigh nothing are left out, unless weights are values.
    pub fn add(&self, shapes: &[Shape]) {
        let mut rows = Rows {
            is_thinned: self.cells.is_some(),
            is_measured: self.is_measured,
            ..Rows::default()
        };
        let mut numbers = self.tracks.cursor();
        let counts = |shape: &&Shape| shape.weight != 0.0 || self.has_values;
        for shape in shapes.iter().filter(counts) {
            // When it was makes no difference.
            let Shape {
                geometry,
                weight,
                time: _,
                track,
                count,
            } = *shape;
            let weight = u64::from(stored(weight).to_bits()) << 32;
            match geometry {
                // As binners have it.
                Geometry::Point(at) if track.is_some() => {
                    let weight = weight | u64::from(numbers.of(track));
                    for _ in 0..count.get() {
                        rows.segment(self.world, at, at, weight);
                    }
                }
                Geometry::Point(at) => {
                    rows.is_mixed |= stored(shape.weight) != 1.0;
                    rows.point(self.world, at, weight | u64::from(count.get()));
                }
                Geometry::Segment(from, to) => {
                    let weight = weight | u64::from(numbers.of(track));
                    for _ in 0..count.get() {
                        rows.segment(self.world, from, to, weight);
                    }
                }
            }
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let added = inner.add(rows);
        inner.failed = inner.failed.take().or(added.err());
    }

    /// All of it, sorted.
    ///
    /// # Errors
    /// When the temporary file could not be written.
    pub fn finish(self) -> Result<Quadtree> {
        let inner = self.inner.into_inner();
        let inner = inner.unwrap_or_else(PoisonError::into_inner);
        let world = self.world;
        let sorted = || {
            inner.failed.map_or(Ok(()), Err)?;
            let mut segments = inner.segments;
            let cells = self.cells.unwrap_or_default();
            thin(world, cells, inner.pieces, &mut segments)?;
            let segments = segments.finish()?;
            let classes = classes(&segments, cells)?;
            let ends = inner.ends.map(ExternalSort::finish).transpose()?;
            Ok(Quadtree {
                world,
                is_thinned: self.cells.is_some(),
                points: inner.points.finish()?,
                segments,
                classes,
                ends,
                reach: inner.reach,
                is_mixed: inner.is_mixed,
            })
        };
        sorted().map_err(|error: io::Error| failed(&error))
    }
}

impl Inner {
    fn add(&mut self, rows: Rows) -> io::Result<()> {
        let Rows {
            points,
            segments,
            pieces,
            ends,
            reach,
            is_mixed,
            is_thinned: _,
            is_measured: _,
            last_end: _,
        } = rows;
        self.is_mixed |= is_mixed;
        self.reach = match (self.reach, reach) {
            (Some(all), Some(more)) => Some(all.with(more)),
            (all, more) => all.or(more),
        };
        self.points.extend(points.into_iter())?;
        self.segments.extend(segments.into_iter())?;
        self.pieces.extend(pieces.into_iter())?;
        match &mut self.ends {
            Some(all) => all.extend(ends.into_iter()),
            None => Ok(()),
        }
    }
}

/// Rows of some shapes.
#[derive(Default)]
struct Rows {
    points: Vec<[u64; 2]>,
    segments: Vec<[u64; 6]>,
    pieces: Vec<[u64; 6]>,
    ends: Vec<[u64; 1]>,
    reach: Option<Reach>,
    is_mixed: bool,
    /// Whether tracks are thinned.
    is_thinned: bool,
    /// Whether ends are wanted.
    is_measured: bool,
    /// Where the last segment ended: the next one of a track begins there.
    last_end: Option<(Coord, Pixels)>,
}

impl Rows {
    fn reaches(&mut self, first: (i64, i64), last: (i64, i64)) {
        let reach = Reach { first, last };
        self.reach = Some(self.reach.map_or(reach, |all| all.with(reach)));
    }

    fn point(&mut self, world: World, at: Coord, weight: u64) {
        let (x, y) = world.square(world.pixels(at));
        self.reaches((x, y), (x, y));
        self.points.push([morton(x, y), weight]);
    }

    fn segment(&mut self, world: World, from: Coord, to: Coord, weight: u64) {
        let known = self.last_end.filter(|(at, _)| *at == from);
        let mut a = known.map_or_else(|| world.pixels(from), |(_, pixels)| pixels);
        let mut b = world.pixels(to);
        self.last_end = Some((to, b));
        // A reversed one is the same.
        if (b.x, b.y) < (a.x, a.y) {
            (a, b) = (b, a);
        }
        // The left end is within the world, wherever the right one is.
        let (half, side) = (world.half(), world.side() as f64);
        let turn = if (-half..half).contains(&a.x) {
            0.0
        } else {
            -((a.x + half) / side).floor() * side
        };
        let (a, b) = (Pixels { x: a.x + turn, ..a }, Pixels { x: b.x + turn, ..b });
        let ((left, top), (right, bottom)) = world.corners(a, b);
        if right < world.side() {
            self.reaches((left, top), (right, bottom));
        } else {
            self.reaches((0, top), (world.side() - 1, bottom));
        }
        if self.is_thinned && weight as u32 != 0 {
            let [ax, ay, bx, by] = [a.x, a.y, b.x, b.y].map(f64::to_bits);
            self.pieces
                .push([weight, morton(left, top), ax, ay, bx, by]);
        } else {
            self.segments.push(row(world, None, weight, (a, b)));
        }
        if self.is_measured {
            let ends = [a, b].map(|end| world.square(end));
            self.ends.extend(ends.map(|(x, y)| [morton(x, y)]));
        }
    }
}

/// A segment of a class, or else of that of its size.
fn row(world: World, class: Option<Class>, weight: u64, (a, b): (Pixels, Pixels)) -> [u64; 6] {
    let ((left, top), (right, bottom)) = world.corners(a, b);
    let class = class.unwrap_or_else(|| {
        let side = (right - left).max(bottom - top) as u64;
        Class {
            size: (64 - side.leading_zeros()) as u8,
            zoom: 0,
        }
    });
    let corner = morton(left >> world.coarse(), top >> world.coarse());
    let key = class.number() << (2 * DIGITS) | corner;
    let [ax, ay, bx, by] = [a.x, a.y, b.x, b.y].map(f64::to_bits);
    [key, weight, ax, ay, bx, by]
}

/// Sorts the pieces of tracks by the zooms that they are of, with cells of such a size at zoom 0.
fn thin(
    world: World,
    cells: u8,
    pieces: ExternalSort<6>,
    segments: &mut ExternalSort<6>,
) -> io::Result<()> {
    let (pieces, mut extended) = (pieces.finish()?, Ok(()));
    let mut give = |piece: &TrackPiece, zoom: u8| {
        let [ax, ay, bx, by] = piece.ends;
        let ends = (Pixels { x: ax, y: ay }, Pixels { x: bx, y: by });
        let class = (zoom > 0).then(|| Class::of_zoom(zoom, cells));
        let row = row(world, class, piece.owner, ends);
        if extended.is_ok() {
            extended = segments.extend(std::iter::once(row));
        }
    };
    let mut tournament = Tournament::new(cells, &mut give);
    pieces.rows(0..pieces.len(), |rows| {
        for &[owner, corner, ax, ay, bx, by] in rows {
            let ends = [ax, ay, bx, by].map(f64::from_bits);
            tournament.add(TrackPiece {
                owner,
                corner,
                ends,
            });
        }
    })?;
    tournament.finish();
    extended
}

/// The classes of segments, with cells of such a size at zoom 0, and their rows.
fn classes(segments: &SortedRows<6>, cells: u8) -> io::Result<Vec<(Class, Range<u64>)>> {
    let (mut classes, mut from) = (Vec::new(), 0);
    for number in 0..2 * DIGITS {
        if from == segments.len() {
            break;
        }
        let next = u64::from(number + 1) << (2 * DIGITS);
        let end = segments.position(next, &(from..segments.len()))?;
        if end > from {
            classes.push((Class::numbered(number, cells), from..end));
        }
        from = end;
    }
    Ok(classes)
}

/// Points of one weight on one square are one row.
fn counted(kept: &mut [u64; 2], next: &[u64; 2]) -> bool {
    let same = kept[0] == next[0] && kept[1] >> 32 == next[1] >> 32;
    if same {
        let count = (kept[1] as u32).saturating_add(next[1] as u32);
        kept[1] = kept[1] >> 32 << 32 | u64::from(count);
    }
    same
}

/// All points and segments, for many threads to take from.
pub struct Quadtree {
    world: World,
    /// Whether nodes have only those pieces of tracks that make a difference at their zoom.
    is_thinned: bool,
    points: SortedRows<2>,
    segments: SortedRows<6>,
    classes: Vec<(Class, Range<u64>)>,
    ends: Option<SortedRows<1>>,
    reach: Option<Reach>,
    is_mixed: bool,
}

/// How the places of the data lie on pixels of some size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Pixels with anything on them.
    pub pixels: u64,
    /// Those of them with one place alone.
    pub single: u64,
}

/// A square of rows, moved around the world.
#[derive(Clone, Debug)]
struct Piece {
    /// How large a square they are, as a power of two.
    size: u8,
    /// Its corner, where it is moved to.
    corner: (i64, i64),
    /// How many times around the world it was moved.
    turns: i64,
    /// The number that its rows begin with.
    key: u64,
    rows: Range<u64>,
    /// The size of its segments, if it is none of points.
    segments: Option<u8>,
}

/// A tile, and what of the data comes near it.
#[derive(Clone, Debug)]
pub struct Node {
    tile: TileId,
    pieces: Vec<Piece>,
}

impl Node {
    /// The tile.
    #[must_use]
    pub fn tile(&self) -> TileId {
        self.tile
    }

    /// About how much of the data comes near it.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let rows = self.pieces.iter().map(|piece| &piece.rows);
        rows.map(|rows| rows.end - rows.start).sum()
    }
}

/// Squares from a corner on to another, not included.
#[derive(Clone, Copy, Debug)]
struct Window {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Window {
    /// Whether anything from a square to another, both included, is in it.
    fn touches(&self, first: (i64, i64), last: (i64, i64)) -> bool {
        first.0 < self.right && last.0 >= self.left && first.1 < self.bottom && last.1 >= self.top
    }

    /// How a square lies to it: `None` outside, and else whether it is all inside.
    fn holds(&self, corner: (i64, i64), size: u8) -> Option<bool> {
        let ((x, y), side) = (corner, 1_i64 << size);
        let touches =
            x < self.right && x + side > self.left && y < self.bottom && y + side > self.top;
        touches.then_some(
            x >= self.left && x + side <= self.right && y >= self.top && y + side <= self.bottom,
        )
    }
}

impl Quadtree {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.len() == 0 && self.segments.len() == 0
    }

    /// Whether there is more than points of weight 1.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        self.is_mixed || self.segments.len() > 0
    }

    /// The least and the most of x and of y that there are data at, in parts of the world from its
    /// north-west corner; `None` when there are none.
    #[must_use]
    pub fn reach(&self) -> Option<[(f64, f64); 2]> {
        let Reach { first, last } = self.reach?;
        let part = |from: i64, to: i64| {
            let side = self.world.side();
            let of = |square: i64| square.min(side) as f64 / side as f64;
            (of(from), of(to + 1))
        };
        Some([part(first.0, last.0), part(first.1, last.1)])
    }

    /// How places lie on pixels of 2ⁿ pixels of the deepest zoom a side, for every n from 0. What
    /// is on one of those is one place.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn places(&self) -> Result<Vec<Places>> {
        let mut places = vec![Places::default(); usize::from(self.world.depth) + 1];
        let counted = count(&self.points, &mut places).and_then(|()| {
            self.ends
                .iter()
                .try_for_each(|ends| count(ends, &mut places))
        });
        counted.map_err(|error| failed(&error))?;
        Ok(places)
    }

    /// The only tile of zoom 0, with all there is for tiles of a zoom.
    #[must_use]
    pub fn root(&self, zoom: u8) -> Node {
        let size = self.world.depth + 1;
        let all = |turns: i64, rows, key, segments| Piece {
            size,
            corner: (turns * self.world.side(), 0),
            turns,
            key,
            rows,
            segments,
        };
        let pieces = [0, -1, 1].into_iter().flat_map(|turns| {
            let points = std::iter::once(all(turns, 0..self.points.len(), 0, None));
            let classes = self.classes.iter();
            let classes = classes.filter(move |(class, _)| class.zoom <= zoom);
            let segments = classes.map(move |(class, rows)| {
                let key = class.number() << (2 * DIGITS);
                all(turns, rows.clone(), key, Some(class.size))
            });
            points.chain(segments)
        });
        Node {
            tile: TileId { z: 0, x: 0, y: 0 },
            pieces: pieces.filter(|piece| !piece.rows.is_empty()).collect(),
        }
    }

    /// The tiles of the next zoom that lie where a tile does and have anything in them or within a
    /// reach, in parts of the world: in the order of their numbers.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn children(&self, node: &Node, reach: f64) -> Result<Vec<Node>> {
        let reach = (reach * self.world.side() as f64).ceil() as i64;
        let children = node
            .tile
            .children()
            .map(|tile| self.child(node, tile, reach));
        let children = children.into_iter().filter_map(|child| match child {
            Ok(child) => (!child.pieces.is_empty()).then_some(Ok(child)),
            Err(error) => Some(Err(failed(&error))),
        });
        children.collect()
    }

    fn child(&self, node: &Node, tile: TileId, reach: i64) -> io::Result<Node> {
        let size = self.world.depth - tile.z;
        let window = tile_window(tile, size, reach);
        let mut pieces = Vec::with_capacity(node.pieces.len());
        let mut rest: Vec<Piece> = node.pieces.clone();
        while let Some(piece) = rest.pop() {
            match window.around(&piece).holds(piece.corner, piece.size) {
                None => {}
                Some(false) if piece.size > size.max(self.least(&piece)) => {
                    rest.extend(self.parts(&piece)?);
                }
                Some(_) => pieces.push(piece),
            }
        }
        if !self.is_any(&pieces, window)? {
            pieces.clear();
        }
        Ok(Node { tile, pieces })
    }

    /// Whether anything of some pieces is in a window, and not only near it.
    fn is_any(&self, pieces: &[Piece], window: Window) -> io::Result<bool> {
        let mut rest = pieces.to_vec();
        while let Some(piece) = rest.pop() {
            let is_few = piece.rows.end - piece.rows.start <= FEW;
            match window.around(&piece).holds(piece.corner, piece.size) {
                None => {}
                // The smallest squares of segments are not all inside.
                Some(true) if piece.segments.is_none() => return Ok(true),
                Some(_) if is_few || piece.size <= self.least(&piece) => {
                    let is_any = self.is_any_row(&piece, window)?;
                    if is_any {
                        return Ok(true);
                    }
                }
                Some(_) => rest.extend(self.parts(&piece)?),
            }
        }
        Ok(false)
    }

    fn is_any_row(&self, piece: &Piece, window: Window) -> io::Result<bool> {
        let (mut is_any, rows) = (false, piece.rows.clone());
        let (moved, half) = (piece.turns * self.world.side(), self.world.half());
        if piece.segments.is_some() {
            let square = |bits: u64| (f64::from_bits(bits) + half).floor() as i64;
            self.segments.rows(rows, |rows| {
                is_any |= rows.iter().any(|row| {
                    let (x, y) = ([row[2], row[4]].map(square), [row[3], row[5]].map(square));
                    let x = x.map(|x| x + moved);
                    window.touches(
                        (x[0].min(x[1]), y[0].min(y[1])),
                        (x[0].max(x[1]), y[0].max(y[1])),
                    )
                });
            })?;
        } else {
            self.points.rows(rows, |rows| {
                is_any |= rows.iter().any(|row| {
                    let (x, y) = unmorton(row[0]);
                    window.touches((x + moved, y), (x + moved, y))
                });
            })?;
        }
        Ok(is_any)
    }

    /// The least size of squares that rows of a piece are parted into.
    fn least(&self, piece: &Piece) -> u8 {
        match piece.segments {
            // Whatever is near is as large.
            Some(size) => size.max(self.world.coarse()),
            None => 0,
        }
    }

    /// The quarters of a piece that have anything in them.
    fn parts(&self, piece: &Piece) -> io::Result<Vec<Piece>> {
        let size = piece.size - 1;
        let digits = match piece.segments {
            Some(_) => 2 * u32::from(size - self.world.coarse()),
            None => 2 * u32::from(size),
        };
        let (mut parts, mut from) = (Vec::with_capacity(4), piece.rows.start);
        for part in 0..4_u64 {
            let next = piece.key.wrapping_add((part + 1) << digits);
            let rest = from..piece.rows.end;
            let end = match piece.segments {
                _ if part == 3 => piece.rows.end,
                Some(_) => self.segments.position(next, &rest)?,
                None => self.points.position(next, &rest)?,
            };
            if end > from {
                let (right, down) = ((part & 1) as i64, (part >> 1) as i64);
                let (x, y) = piece.corner;
                parts.push(Piece {
                    size,
                    corner: (x + (right << size), y + (down << size)),
                    key: piece.key + (part << digits),
                    rows: from..end,
                    ..*piece
                });
            }
            from = end;
        }
        Ok(parts)
    }

    /// The cells of a tile with whatever heats it, for a binner of its view, with so much memory
    /// for different weights.
    ///
    /// # Errors
    /// When the temporary file cannot be read, or when there is not enough memory.
    pub fn cells(&self, node: &Node, binner: Arc<Binner>, memory: u64) -> Result<Cells> {
        // Tiles are what is done side by side.
        let mut cells = Cells::by_threads(binner, memory, 1)?;
        cells.is_thinned = self.is_thinned;
        let cells = if self.is_mixed() {
            cells.in_mixed()
        } else {
            cells
        };
        self.fill(node, &cells)?;
        Ok(cells)
    }

    fn fill(&self, node: &Node, cells: &Cells) -> Result<()> {
        let tile = Tile::of(self.world, node.tile, cells);
        let (mut rest, mut segments) = (node.pieces.clone(), Vec::new());
        let mut filled = || {
            while let Some(piece) = rest.pop() {
                let window = tile.window.around(&piece);
                let Some(is_inside) = window.holds(piece.corner, piece.size) else {
                    continue;
                };
                let least = self.least(&piece).max(tile.shift + NARROW);
                let is_few = piece.rows.end - piece.rows.start <= FEW;
                if is_inside || is_few || piece.size <= least {
                    self.give(&piece, &tile, cells, &mut segments)?;
                } else {
                    rest.extend(self.parts(&piece)?);
                }
            }
            Ok(())
        };
        filled().map_err(|error: io::Error| failed(&error))?;
        cells.put(Binned {
            segments,
            ..Binned::default()
        });
        Ok(())
    }

    fn give(
        &self,
        piece: &Piece,
        tile: &Tile,
        cells: &Cells,
        segments: &mut Vec<Segment>,
    ) -> io::Result<()> {
        let rows = piece.rows.clone();
        if piece.segments.is_some() {
            let segment = |row: &[u64; 6]| tile.segment(row, piece.turns);
            let is_near = |segment: &Segment| cells.binner().is_near(segment);
            self.segments.rows(rows, |rows| {
                segments.extend(rows.iter().map(segment).filter(is_near));
            })
        } else {
            let moved = piece.turns * self.world.side();
            self.points.rows(rows, |rows| {
                let weighted = rows.iter().filter_map(|row| tile.cell(row, moved));
                cells.put(Binned {
                    weighted: weighted.collect(),
                    ..Binned::default()
                });
            })
        }
    }
}

impl Window {
    /// The squares in which something of a piece may begin that reaches into this window.
    fn around(self, piece: &Piece) -> Self {
        let larger = piece.segments.map_or(0, |size| 1_i64 << size);
        Self {
            left: self.left - larger,
            top: self.top - larger,
            ..self
        }
    }
}

fn tile_window(tile: TileId, size: u8, reach: i64) -> Window {
    let (x, y) = (i64::from(tile.x), i64::from(tile.y));
    Window {
        left: (x << size) - reach,
        top: (y << size) - reach,
        right: ((x + 1) << size) + reach,
        bottom: ((y + 1) << size) + reach,
    }
}

/// A tile whose cells are filled.
struct Tile {
    window: Window,
    /// How many pixels of the deepest zoom make one of its, as a power of two.
    shift: u8,
    /// Its upper left cell, beyond its edge by the reach, in its pixels.
    corner: (i64, i64),
    /// Its upper left pixel, from 0° north, 0° east.
    origin: (f64, f64),
    /// Its pixels all around the world.
    turn: f64,
    /// How much smaller its pixels are than those of the deepest zoom.
    factor: f64,
    width: i64,
    height: i64,
}

impl Tile {
    fn of(world: World, tile: TileId, cells: &Cells) -> Self {
        let side = cells.view().size().width() as i64;
        let (reach, frame) = (cells.reach() as i64, cells.frame);
        let size = world.depth - tile.z;
        let shift = size - side.ilog2() as u8;
        // Segments are measured from beyond the last pixel that they heat.
        let window = tile_window(tile, size, (reach + 2) << shift);
        let corner = |number: u32| i64::from(number) * side - reach;
        Self {
            window,
            shift,
            corner: (corner(tile.x), corner(tile.y)),
            origin: cells.view().origin(),
            turn: (world.side() >> shift) as f64,
            factor: (-f64::from(shift)).exp2(),
            width: frame.width() as i64,
            height: frame.height() as i64,
        }
    }

    /// The cell of points, if they are on one.
    fn cell(&self, row: &[u64; 2], moved: i64) -> Option<WeightedCell> {
        let (x, y) = unmorton(row[0]);
        let x = ((x + moved) >> self.shift) - self.corner.0;
        let y = (y >> self.shift) - self.corner.1;
        let is_near = (0..self.width).contains(&x) && (0..self.height).contains(&y);
        is_near.then(|| WeightedCell {
            cell: (y * self.width + x) as usize,
            weight: f32::from_bits((row[1] >> 32) as u32),
            count: row[1] as u32,
        })
    }

    /// A segment in pixels of the tile.
    fn segment(&self, row: &[u64; 6], turns: i64) -> Segment {
        let [ax, ay, bx, by] = [row[2], row[3], row[4], row[5]].map(f64::from_bits);
        // One subtraction, as views do it.
        let left = self.origin.0 - turns as f64 * self.turn;
        let end = |x: f64, y: f64| Pixels {
            x: x * self.factor - left,
            y: y * self.factor - self.origin.1,
        };
        Segment {
            from: end(ax, ay),
            to: end(bx, by),
            weight: f32::from_bits((row[1] >> 32) as u32),
            track: row[1] as u32,
        }
    }
}

/// Counts for pixels of every size those that sorted squares lie on, and those of one alone.
fn count<const N: usize>(rows: &SortedRows<N>, places: &mut [Places]) -> io::Result<()> {
    // By the largest size of pixels on which two neighbours are apart.
    let mut apart = vec![0_u64; places.len()];
    let mut single = vec![0_u64; places.len()];
    let last = places.len() - 1;
    let mut before: Option<(u64, usize)> = None;
    rows.rows(0..rows.len(), |rows| {
        for row in rows {
            let size = match before {
                Some((key, _)) if key == row[0] => continue,
                Some((key, size)) => {
                    let differs = (key ^ row[0]).ilog2() as usize / 2;
                    let differs = differs.min(last);
                    single[size.min(differs)] += 1;
                    differs
                }
                None => last,
            };
            apart[size] += 1;
            before = Some((row[0], size));
        }
    })?;
    if let Some((_, size)) = before {
        single[size] += 1;
    }
    // Apart on large pixels is apart on smaller ones.
    let (mut pixels, mut alone) = (0, 0);
    for size in (0..places.len()).rev() {
        pixels += apart[size];
        alone += single[size];
        places[size].pixels += pixels;
        places[size].single += alone;
    }
    Ok(())
}

fn failed(error: &io::Error) -> Error {
    Error::new(
        ErrorKind::Output,
        format!("the temporary file for data beyond the memory allowed failed: {error}"),
    )
    .remedy(Remedy::MoreRoomForShapes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::{Grid, HeatOptions, Kernel};
    use crate::geo::{Radius, TrackId, TrackWeight, View};
    use crate::raster::Size;
    use proptest::prelude::*;

    const SIDE: u32 = 32;

    fn options(decay: f64, radius: Radius) -> HeatOptions {
        HeatOptions {
            kernel: Kernel::Quartic,
            radius,
            decay,
            ..HeatOptions::default()
        }
    }

    fn tree(depth: u8, shapes: &[Shape], memory: u64) -> Quadtree {
        let builder = QuadtreeBuilder::new(depth, memory, true);
        shapes.chunks(7).for_each(|shapes| builder.add(shapes));
        builder.finish().unwrap()
    }

    /// The node of a tile; nothing when nothing is near.
    fn node(tree: &Quadtree, tile: TileId) -> Option<Node> {
        // As far as radii go here.
        let reach = 40.0 / (f64::from(SIDE) * f64::from(tile.z).exp2());
        (1..=tile.z).try_fold(tree.root(tile.z), |node, z| {
            let children = tree.children(&node, reach).unwrap();
            children
                .into_iter()
                .find(|child| child.tile() == tile.above(z))
        })
    }

    fn heat(tree: &Quadtree, tile: TileId, options: &HeatOptions) -> Grid {
        let view = View::of_tile(tile, SIDE).unwrap();
        let binner = Arc::new(Binner::new(&view, options).unwrap());
        let Some(node) = node(tree, tile) else {
            return Grid::cold(view.size()).unwrap();
        };
        let cells = tree.cells(&node, binner, options.memory).unwrap();
        cells.grid(options).unwrap()
    }

    fn whole(view: &View, shapes: &[Shape], options: &HeatOptions) -> Grid {
        let cells = Cells::new(view, options).unwrap();
        // The view is a part of the zoom, which has what lies beyond it, too.
        let is_plain = |shape: &Shape| {
            let is_point = matches!(shape.geometry, Geometry::Point(_));
            shape.weight == 0.0 || is_point && shape.weight == 1.0
        };
        let cells = if shapes.iter().all(is_plain) {
            cells
        } else {
            cells.in_mixed()
        };
        cells.add(shapes);
        cells.grid(options).unwrap()
    }

    /// The part of a grid where a tile lies, from the tile that its upper left one is.
    fn part(grid: &Grid, right: usize, down: usize) -> Vec<f32> {
        let side = SIDE as usize;
        let rows = grid.heat().chunks(grid.size().width());
        let rows = rows.skip(down * side).take(side);
        rows.flat_map(|row| row[right * side..][..side].to_vec())
            .collect()
    }

    /// Points and segments around a place, at most so many degrees away, some of other weights.
    fn shapes((lat, lon): (f64, f64), away: f64) -> impl Strategy<Value = Vec<Shape>> {
        let number = move || -away..away;
        let shape = (number(), number(), number(), number(), 0..4_u8).prop_map(
            move |(a, b, c, d, kind)| {
                let at = |down: f64, across: f64| {
                    let x = lon + across;
                    let x = if x > 180.0 { x - 360.0 } else { x };
                    Coord::lat_lon(lat + down, x).unwrap()
                };
                let (from, to) = (at(a, b), at(c, d).nearest_to(at(a, b)));
                match kind {
                    0 => Shape::point(from).weighing(2.5),
                    1 => Shape::segment(from, to),
                    2 => Shape::segment(from, to).weighing(0.25),
                    _ => Shape::point(from),
                }
            },
        );
        prop::collection::vec(shape, 1..40)
    }

    /// A track of many short pieces, around a corner of a tile.
    fn walk() -> impl Strategy<Value = Vec<Shape>> {
        let step = || -0.002..0.002;
        let steps = prop::collection::vec((step(), step()), 300..400);
        (steps, any::<u32>()).prop_map(|(steps, name)| {
            let mut places = vec![(48.92, 5.62)];
            for (down, right) in steps {
                let &(lat, lon) = places.last().unwrap();
                places.push((lat + down, lon + right));
            }
            let at = |(lat, lon): (f64, f64)| Coord::lat_lon(lat, lon).unwrap();
            let track = Some(TrackId::of(&name.to_le_bytes()));
            let pieces = places.windows(2);
            let piece = |ends: &[(f64, f64)]| Shape::segment(at(ends[0]), at(ends[1]));
            pieces.map(|ends| piece(ends).of_track(track)).collect()
        })
    }

    fn are_near(found: &[f32], wanted: &[f32]) -> bool {
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * b.abs() + 1e-6;
        found.iter().zip(wanted).all(near)
    }

    fn decay() -> impl Strategy<Value = f64> {
        prop::sample::select(vec![0.0, 0.5, 0.95, 1.0])
    }

    fn radius() -> impl Strategy<Value = Radius> {
        prop::sample::select(vec![
            Radius::Pixels(1.0),
            Radius::Pixels(7.5),
            Radius::Pixels(33.0),
            Radius::Metres(20_000.0),
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn tiles_are_the_parts_of_one_picture_to_the_last_bit(
            shapes in shapes((47.3, 8.4), 1.5), decay in decay(), radius in radius(), spilled: bool, kinds in 0..3_u8,
        ) {
            let shapes: Vec<Shape> = shapes.into_iter()
                .filter(|shape| match kinds {
                    0 => true,
                    1 => matches!(shape.geometry, Geometry::Point(_)),
                    _ => matches!(shape.geometry, Geometry::Point(_)) && shape.weight == 1.0,
                })
                .collect();
            let options = options(decay, radius);
            // Deeper than what is drawn, so that cells are put together.
            let tree = tree(10 + 5 + 3, &shapes, if spilled { 256 } else { 1 << 20 });
            let parent = View::of_tile(TileId { z: 8, x: 133, y: 89 }, 4 * SIDE).unwrap();
            let picture = whole(&parent, &shapes, &options);
            for (right, down) in (0..4).flat_map(|right| (0..4).map(move |down| (right, down))) {
                let tile = TileId { z: 10, x: 4 * 133 + right, y: 4 * 89 + down };
                let found = heat(&tree, tile, &options);
                let wanted = part(&picture, right as usize, down as usize);
                if decay == 1.0 && radius == Radius::Pixels(33.0) {
                    // By Fourier transforms, which round.
                    prop_assert!(are_near(found.heat(), &wanted));
                } else {
                    prop_assert_eq!(found.heat(), &wanted[..]);
                }
            }
        }

        #[test]
        fn dense_tracks_are_thinned_in_tiles_as_in_pictures(
            walks in prop::collection::vec(walk(), 1..4), decay in decay(), spilled: bool,
        ) {
            let shapes = walks.concat();
            let options = HeatOptions {
                track_weight: TrackWeight::Visits,
                kernel: Kernel::Uniform,
                ..options(decay, Radius::Pixels(2.5))
            };
            let builder = QuadtreeBuilder::new(13 + 5, if spilled { 4096 } else { 1 << 20 }, true);
            let builder = builder.thinned(SIDE);
            shapes.chunks(7).for_each(|shapes| builder.add(shapes));
            let tree = builder.finish().unwrap();
            prop_assert!(tree.root(6).rows() < tree.root(13).rows() / 2);
            let parent = View::of_tile(TileId { z: 5, x: 16, y: 11 }, 4 * SIDE).unwrap();
            let picture = whole(&parent, &shapes, &options);
            for (right, down) in (0..4).flat_map(|right| (0..4).map(move |down| (right, down))) {
                let tile = TileId { z: 7, x: 4 * 16 + right, y: 4 * 11 + down };
                let found = heat(&tree, tile, &options);
                prop_assert_eq!(found.heat(), &part(&picture, right as usize, down as usize)[..]);
            }
        }

        #[test]
        fn tiles_are_those_that_have_anything_in_them_or_within_the_reach(
            place in prop::sample::select(vec![(47.3, 8.4), (-17.0, 179.9), (85.0, 0.0)]),
            away in prop::sample::select(vec![0.05, 2.0, 4.9]), reach in prop::sample::select(vec![0.0, 0.003, 0.05]),
            copies in prop::sample::select(vec![1, 300]), some in shapes((0.0, 0.0), 1.0),
        ) {
            const DEPTH: u8 = 12;
            let moved = |at: Coord| {
                let (lat, lon) = (place.0 + at.y() * away / 50.0, place.1 + at.x() * away);
                Coord::lat_lon(lat.min(90.0), if lon > 180.0 { lon - 360.0 } else { lon }).unwrap()
            };
            let mut shapes: Vec<Shape> = some.iter().map(|shape| {
                let geometry = match shape.geometry {
                    Geometry::Point(at) => Geometry::Point(moved(at)),
                    Geometry::Segment(from, to) => Geometry::Segment(moved(from), moved(to).nearest_to(moved(from))),
                };
                Shape { geometry, ..*shape }
            }).collect();
            // More than are looked at one by one.
            shapes.extend(std::iter::repeat_n(shapes[0], copies));
            let (tree, world) = (tree(DEPTH, &shapes, 1 << 20), World::new(DEPTH));
            let boxes: Vec<_> = shapes.iter().map(|shape| match shape.geometry {
                Geometry::Point(at) => (world.square(world.pixels(at)), world.square(world.pixels(at))),
                Geometry::Segment(from, to) => {
                    let (a, b) = (world.pixels(from), world.pixels(to));
                    let (a, b) = if a.x < b.x { (a, b) } else { (b, a) };
                    let whole = |from_middle: f64| (from_middle + world.half()).floor() as i64;
                    ((whole(a.x), whole(a.y.min(b.y))), (whole(b.x), whole(a.y.max(b.y))))
                }
            }).collect();
            let squares = (reach * world.side() as f64).ceil() as i64;
            let is_wanted = |tile: TileId| {
                let side = 1_i64 << (DEPTH - tile.z);
                let (left, top) = (i64::from(tile.x) * side - squares, i64::from(tile.y) * side - squares);
                let (right, bottom) = (left + side + 2 * squares, top + side + 2 * squares);
                boxes.iter().any(|(first, last)| [-1, 0, 1].iter().any(|turns| {
                    let turn = turns * world.side();
                    let is_beside = first.0 + turn >= right || last.0 + turn < left;
                    !is_beside && first.1 < bottom && last.1 >= top
                }))
            };
            let mut nodes = vec![tree.root(7)];
            for z in 1..=7_u8 {
                let below = nodes.iter().flat_map(|node| node.tile().children());
                let wanted: Vec<TileId> = below.filter(|tile| is_wanted(*tile)).collect();
                nodes = nodes.iter().flat_map(|node| tree.children(node, reach).unwrap()).collect();
                let found: Vec<TileId> = nodes.iter().map(Node::tile).collect();
                prop_assert_eq!(found, wanted, "zoom {}", z);
            }
        }

        #[test]
        fn the_world_goes_on_at_180_degrees(
            shapes in shapes((-17.0, 179.9), 1.0), decay in decay(), lower in 0_u32..2,
        ) {
            let options = options(decay, Radius::Pixels(9.0));
            let tree = tree(9 + 5 + 2, &shapes, 1 << 20);
            let (count, side) = (1 << 9, f64::from(SIDE));
            let y = 279 + lower;
            let scale = f64::from(count) * side / 360.0;
            let corner = (f64::from(count) / 2.0 - 1.0) * side;
            let down = (f64::from(y) - f64::from(count) / 2.0) * side;
            let size = Size::new(2 * SIDE, SIDE).unwrap();
            let view = View::new(Crs::WebMercator, (scale, scale), (corner, down), size).unwrap();
            let picture = whole(&view, &shapes, &options);
            for (right, x) in [(0, count - 1), (1, 0)] {
                let found = heat(&tree, TileId { z: 9, x, y }, &options);
                // A turn around the world is added before or after the scale.
                prop_assert!(are_near(found.heat(), &part(&picture, right, 0)));
            }
        }
    }

    #[test]
    fn squares_have_a_number_and_back() {
        for (x, y) in [(0, 0), (1, 0), (0, 1), (5, 9), (1 << 31, (1 << 31) - 1)] {
            assert_eq!(unmorton(morton(x, y)), (x, y));
        }
        assert_eq!(
            [(1, 0), (0, 1), (3, 3)].map(|(x, y)| morton(x, y)),
            [1, 2, 15]
        );
    }

    #[test]
    fn places_are_counted_on_pixels_of_all_sizes() {
        let at = |x: f64| Shape::point(Coord::lat_lon(-1.0, x).unwrap());
        // On squares 32, 32, 33 and 48 of 64, one of them with two weights.
        let heavy = at(1.0).weighing(2.0);
        let tree = tree(6, &[at(1.0), at(2.0), heavy, at(6.0), at(91.0)], 1 << 20);
        let places = tree.places().unwrap();
        let counts: Vec<_> = places.iter().map(|p| (p.pixels, p.single)).collect();
        assert_eq!(
            counts[..6],
            [(3, 3), (2, 1), (2, 1), (2, 1), (2, 1), (1, 0)]
        );
    }

    #[test]
    fn a_tree_tells_what_is_in_it_and_in_which_part_of_the_world() {
        let at = |x: f64| Coord::lat_lon(-1.0, x).unwrap();
        let of = |shapes: &[Shape]| {
            let tree = tree(6, shapes, 1 << 20);
            (tree.is_empty(), tree.is_mixed(), tree.reach())
        };
        assert_eq!(of(&[]), (true, false, None));
        // On squares 33 and 48 of 64, and in row 32.
        let (point, line) = (Shape::point(at(6.0)), Shape::segment(at(6.0), at(91.0)));
        let (square, row) = ((33.0 / 64.0, 34.0 / 64.0), (0.5, 33.0 / 64.0));
        assert_eq!(of(&[point]), (false, false, Some([square, row])));
        let heavy = point.weighing(2.0);
        assert_eq!(of(&[heavy]), (false, true, Some([square, row])));
        let along = (square.0, 49.0 / 64.0);
        assert_eq!(of(&[line]), (false, true, Some([along, row])));
        assert_eq!(of(&[point, line]), (false, true, Some([along, row])));
        // Across the seam of the world it is all the way around.
        let across = Shape::segment(at(170.0), at(-170.0).nearest_to(at(170.0)));
        let found = of(&[across]).2.unwrap();
        assert_eq!(found, [(0.0, 1.0), row]);
    }

    #[test]
    fn what_weighs_nothing_counts_where_weights_are_values() {
        let nothing = Shape::point(Coord::lat_lon(1.0, 1.0).unwrap()).weighing(0.0);
        for has_values in [false, true] {
            let builder = QuadtreeBuilder::new(6, 1 << 20, true).of_values(has_values);
            builder.add(&[nothing]);
            assert_eq!(builder.finish().unwrap().is_empty(), !has_values);
        }
    }

    #[test]
    fn points_of_one_weight_on_a_square_are_a_row_and_pieces_are_one_each() {
        let at = |x: f64| Coord::lat_lon(-1.0, x).unwrap();
        let (point, line) = (Shape::point(at(6.0)), Shape::segment(at(6.0), at(7.0)));
        let track = Some(TrackId::of(b"one"));
        for (shapes, rows) in [
            (vec![point; 3], 1),
            (vec![point, Shape::point(at(91.0)), point], 2),
            (vec![point, point.weighing(2.0), point.weighing(2.0)], 2),
            (vec![line; 3], 3),
            (vec![line.of_track(track); 3], 3),
            // The only fix of a track is a line without a length.
            (vec![point.of_track(track); 3], 3),
        ] {
            let tree = tree(6, &shapes, 1 << 20);
            // Around the world there are three of them.
            assert_eq!(tree.root(0).rows(), 3 * rows, "{shapes:?}");
        }
        let mut kept = [7, 5 << 32 | 3];
        for (next, is_same) in [
            ([7, 5 << 32 | 4], true),
            ([8, 5 << 32], false),
            ([7, 6 << 32], false),
        ] {
            assert_eq!(counted(&mut kept, &next), is_same);
            assert_eq!(kept, [7, 5 << 32 | 7]);
        }
        assert!(counted(&mut kept, &[7, 5 << 32 | u64::from(u32::MAX)]));
        assert_eq!(kept, [7, 5 << 32 | u64::from(u32::MAX)]);
    }

    #[test]
    fn the_number_of_a_class_tells_what_it_is() {
        for cells in [0, 4, 20] {
            for size in 0..THINNED {
                let class = Class { size, zoom: 0 };
                assert_eq!(Class::numbered(class.number() as u8, cells), class);
            }
            for zoom in 1..=cells {
                // Pieces are smaller than a cell of the zoom before; one more for where they lie.
                let class = Class::of_zoom(zoom, cells);
                assert_eq!((class.size, class.zoom), (cells - (zoom - 1) + 1, zoom));
                assert_eq!(Class::numbered(class.number() as u8, cells), class);
            }
        }
    }

    #[test]
    fn ends_of_segments_are_places() {
        let at = |x: f64| Coord::lat_lon(-1.0, x).unwrap();
        let line = Shape::segment(at(1.0), at(91.0));
        let counts = |measures| {
            let builder = QuadtreeBuilder::new(6, 1 << 20, measures);
            builder.add(&[line]);
            let places = builder.finish().unwrap().places().unwrap();
            let counts = places.iter().map(|p| (p.pixels, p.single));
            counts.collect::<Vec<_>>()
        };
        assert_eq!(
            counts(true)[..6],
            [(2, 2), (2, 2), (2, 2), (2, 2), (2, 2), (1, 0)]
        );
        assert_eq!(counts(false), [(0, 0); 7]);
    }

    #[test]
    fn segments_are_found_on_the_deepest_squares() {
        // Some centimetres long.
        let (lat, lon) = (47.3, 8.4);
        let line = |i: i32| {
            let at = |i: i32| {
                let (down, right) = (f64::from(i * 7 % 19) * 1e-7, f64::from(i * 5 % 17) * 1e-7);
                Coord::lat_lon(lat + down, lon + right).unwrap()
            };
            Shape::segment(at(i), at(i + 3))
        };
        let shapes: Vec<Shape> = (0..300).map(line).collect();
        let options = options(0.5, Radius::Pixels(3.0));
        let world = World::new(32);
        let (x, y) = world.square(world.pixels(Coord::lat_lon(lat, lon).unwrap()));
        for depth in [28, 29, 30, 32] {
            let (tree, z) = (tree(depth, &shapes, 1 << 20), depth - 5);
            let (x, y) = ((x >> (32 - z)) as u32, (y >> (32 - z)) as u32);
            for (x, y) in [(x, y), (x, y - 1), (x - 1, y), (x + 1, y)] {
                let tile = TileId { z, x, y };
                let found = heat(&tree, tile, &options);
                let wanted = whole(&View::of_tile(tile, SIDE).unwrap(), &shapes, &options);
                // Places are this exact.
                let off = found.heat().iter().zip(wanted.heat());
                let off = off.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(off < 1e-2, "{depth} {tile:?} {off}");
            }
        }
    }

    #[test]
    fn tiles_of_a_crowd_are_the_parts_of_one_picture() {
        // So many that squares are parted and rows are left out.
        let at = |i: i32| {
            let share = |factor: i32| f64::from(i * factor % 1009) / 1009.0;
            Coord::lat_lon(46.6 + 1.4 * share(607), 7.7 + 1.4 * share(211)).unwrap()
        };
        let near = |at: Coord, i: i32| {
            let share = |factor: i32| f64::from(i * factor % 101 - 50) / 5e2;
            Coord::lat_lon(at.y() + share(37), at.x() + share(83)).unwrap()
        };
        let points = (0..6000).map(|i| Shape::point(near(at(i), i)));
        let lines = (0..3000).map(|i| Shape::segment(at(i), near(at(i), i)));
        let long = (0..9).map(|i| Shape::segment(at(i), at(i + 1)).weighing(2.5));
        let fix = |i| Shape::point(at(i)).of_track(Some(TrackId::of(b"one")));
        let fixes = (0..50).map(|i| fix(7 * i).weighing(0.5));
        let shapes: Vec<Shape> = points.chain(lines).chain(long).chain(fixes).collect();
        let tree = tree(10 + 5 + 3, &shapes, 1 << 16);
        let parent = View::of_tile(
            TileId {
                z: 9,
                x: 267,
                y: 179,
            },
            2 * SIDE,
        )
        .unwrap();
        for (decay, radius) in [(0.5, 1.0), (0.5, 7.5), (0.0, 33.0)] {
            let options = options(decay, Radius::Pixels(radius));
            let picture = whole(&parent, &shapes, &options);
            assert!(picture.heat().iter().any(|heat| *heat > 0.0));
            for (right, down) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (x, y) = (2 * 267 + right, 2 * 179 + down);
                let found = heat(&tree, TileId { z: 10, x, y }, &options);
                let wanted = part(&picture, right as usize, down as usize);
                assert_eq!(found.heat(), &wanted[..], "{radius} {right} {down}");
            }
        }
    }

    #[test]
    fn what_is_near_180_degrees_is_of_the_tiles_on_both_sides() {
        let at = |lon: f64| Coord::lat_lon(10.0, lon).unwrap();
        for side in [1.0, -1.0] {
            let line = Shape::segment(at(side * 179.98), at(side * 179.99));
            for shape in [Shape::point(at(side * 179.99)), line] {
                let tree = tree(12, &[shape], 1 << 20);
                let mut nodes = vec![tree.root(3)];
                for _ in 0..3 {
                    let below = nodes
                        .iter()
                        .flat_map(|node| tree.children(node, 1e-3).unwrap());
                    nodes = below.collect();
                }
                let places: Vec<_> = nodes
                    .iter()
                    .map(|node| (node.tile().x, node.tile().y))
                    .collect();
                assert_eq!(places, [(0, 3), (7, 3)], "{shape:?}");
                assert!(nodes.iter().all(|node| node.rows() == 1));
            }
        }
        // Of two, each is where it is.
        let tree = tree(
            6,
            &[Shape::point(at(-90.0)), Shape::point(at(90.0))],
            1 << 20,
        );
        let rows = tree.children(&tree.root(1), 0.0).unwrap();
        assert_eq!(rows.iter().map(Node::rows).collect::<Vec<_>>(), [1, 1]);
    }
}
