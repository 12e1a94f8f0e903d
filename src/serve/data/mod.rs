//! Snapshot of the data that are served: read once, sorted, and never changed again.
//!
//! A request works on one snapshot from its first line to its last; new data are a new one, with an
//! epoch of its own.

mod lines;
mod morton;
mod points;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter::repeat_n;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use self::lines::{Lines, Piece};
pub use self::morton::Window;
use self::morton::World;
use self::points::{Place, Points};
use crate::density;
use crate::density::Cells;
use crate::error::{Error, ErrorKind, Result};
use crate::geo::{Bounds, Coord, Crs, Extent, Footprint, Geometry, Shape, TileId, View, Wrap};
use crate::product::{Events, gather};

/// Points in a picture up to which each is looked at where it is. Where there are more, those that
/// share an eighth of a pixel are one place.
const EXACT: usize = 1 << 20;
/// Binary digits of an eighth.
const EIGHTH: f64 = 3.0;
/// Shapes that are binned at once.
const BATCH: usize = 4096;
/// Blocks of a tile by which it is told how crowded it is: the digits of eight on a side.
const BLOCK: u8 = 3;

/// All that is served, at one time.
#[derive(Debug)]
pub struct Snapshot {
    ones: Points,
    /// Points of other weights, in Morton order.
    weighted: Vec<(Place, f64)>,
    lines: Lines,
    extent: Option<Extent>,
    /// What distinguishes it from others.
    epoch: String,
    pub facts: Facts,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Points and pieces of tracks.
    pub shapes: u64,
}

/// Somebody still waits for what is being made.
pub type Alive<'a> = &'a dyn Fn() -> bool;

/// Shapes on their way into a snapshot.
#[derive(Debug, Default)]
struct Gathered {
    ones: Vec<Place>,
    weighted: Vec<(Place, f64)>,
    pieces: Vec<Piece>,
    footprint: Option<Footprint>,
}

impl Gathered {
    fn of(world: &World, shapes: &[Shape]) -> Self {
        let mut gathered = Self::default();
        // Of values 0 is one; else whatever has no weight heats nothing.
        for shape in shapes {
            let (weight, track) = (shape.weight, shape.track);
            let many = shape.count.get() as usize;
            match shape.geometry {
                Geometry::Point(at) if track.is_some() => {
                    let lone = Piece::lone(world, at, weight, track);
                    gathered.pieces.extend(repeat_n(lone, many));
                }
                Geometry::Point(at) => {
                    let place = Place::new(world, at.wrapped());
                    if weight == 1.0 {
                        gathered.ones.extend(repeat_n(place, many));
                    } else {
                        gathered.weighted.extend(repeat_n((place, weight), many));
                    }
                }
                Geometry::Segment(from, to) => {
                    let piece = Piece::new(world, (from, to), weight, track);
                    gathered.pieces.extend(repeat_n(piece, many));
                }
            }
        }
        gathered.footprint = Footprint::of(shapes);
        gathered
    }

    fn append(&mut self, mut other: Self) {
        self.ones.append(&mut other.ones);
        self.weighted.append(&mut other.weighted);
        self.pieces.append(&mut other.pieces);
        let footprints = [self.footprint, other.footprint];
        self.footprint = footprints.into_iter().flatten().reduce(Footprint::union);
    }
}

impl Snapshot {
    /// Reads the data. `salt` is what else answers depend on: it is part of the epoch.
    ///
    /// # Errors
    /// When they cannot be read, or there are too many points.
    pub fn load(options: &gather::Options, salt: &str, events: &dyn Events) -> Result<Self> {
        let world = World::new().ok_or_else(|| Error::new(ErrorKind::Internal, "no world"))?;
        let all = Mutex::new(Gathered::default());
        let report = gather::shapes(options, events, &|shapes| {
            let gathered = Gathered::of(&world, shapes);
            all.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .append(gathered);
        })?;
        let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        let facts = Facts {
            shapes: report.shapes,
        };
        Self::new(&world, all, salt, facts)
    }

    fn new(world: &World, mut all: Gathered, salt: &str, facts: Facts) -> Result<Self> {
        if all.ones.len() > Points::MOST {
            let fact = format!("more than {} points cannot be served", Points::MOST);
            return Err(Error::new(ErrorKind::Limit, fact));
        }
        let order = |(place, weight): &(Place, f64)| (place.order(), weight.to_bits());
        all.weighted.par_sort_unstable_by_key(order);
        let extent = |data: Footprint| data.extent(Crs::WebMercator, Wrap::Auto);
        let snapshot = Self {
            lines: Lines::new(world, all.pieces),
            ones: Points::new(all.ones),
            weighted: all.weighted,
            extent: all.footprint.map(extent),
            epoch: String::new(),
            facts,
        };
        let epoch = format!("{:016x}", snapshot.digest(salt));
        Ok(Self { epoch, ..snapshot })
    }

    /// A digest of all that there is: the same data have the same one in the next run.
    fn digest(&self, salt: &str) -> u64 {
        const PART: usize = 1 << 16;
        fn of(what: impl Hash) -> u64 {
            let mut hasher = DefaultHasher::new();
            what.hash(&mut hasher);
            hasher.finish()
        }
        let ones = self.ones.places().par_chunks(PART);
        let ones: Vec<u64> = ones
            .map(|places| of(places.iter().map(Place::order).collect::<Vec<_>>()))
            .collect();
        let weighted = self.weighted.par_chunks(PART);
        let weighted: Vec<u64> = weighted
            .map(|all| {
                of(all
                    .iter()
                    .map(|(place, weight)| (place.order(), weight.to_bits()))
                    .collect::<Vec<_>>())
            })
            .collect();
        let pieces = self.lines.pieces().par_chunks(PART);
        let pieces: Vec<u64> = pieces
            .map(|all| of(all.iter().map(Piece::digest).collect::<Vec<_>>()))
            .collect();
        of((ones, weighted, pieces, salt))
    }

    /// What distinguishes it from others: sixteen digits.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Where the data lie, if there are any.
    pub fn extent(&self) -> Option<Extent> {
        self.extent
    }

    /// The cells of a view with all that heats it; `None` when nobody waits for them any more.
    ///
    /// # Errors
    /// As [`Cells::new`].
    pub fn cells(
        &self,
        view: &View,
        options: &density::Options,
        alive: Alive<'_>,
    ) -> Result<Option<Cells>> {
        let cells = Cells::new(view, options)?;
        let window = Window::of(view, cells.reach() as f64 + 1.0);
        let mut places: Vec<(Coord, u32)> = Vec::with_capacity(BATCH);
        let mut is_wanted = true;
        self.ones
            .within(window, self.depth(view, window), &mut |at, count| {
                places.push((at, count));
                if places.len() == BATCH {
                    is_wanted = is_wanted && alive();
                    if is_wanted {
                        cells.put(cells.binner().counted(places.drain(..)));
                    }
                    places.clear();
                }
            });
        cells.put(cells.binner().counted(places.into_iter()));
        let mut shapes = Vec::with_capacity(BATCH);
        let mut add = |shape: Shape| {
            shapes.push(shape);
            if shapes.len() == BATCH {
                is_wanted = is_wanted && alive();
                if is_wanted {
                    cells.add(&shapes);
                }
                shapes.clear();
            }
        };
        self.each_weighted(window, &mut |at, weight| {
            add(Shape::point(at).weighing(weight));
        });
        let by_tracks = options.track_weight.needs_tracks();
        // What a line reaches lies as far from it as its radius, which may be half a pixel more.
        self.lines
            .within(window, &mut |piece| add(piece.shape(by_tracks)));
        cells.add(&shapes);
        Ok((is_wanted && alive()).then_some(cells))
    }

    /// How deep the cells must be that may stand for their points: those of the pixels of a tile,
    /// which lie whole within them, or an eighth of the pixels of anything else that is crowded.
    fn depth(&self, view: &View, window: Window) -> Option<u8> {
        let (across, down) = view.scale();
        let depth = (across.max(down) * 360.0).log2();
        let is_whole = |number: f64| number.fract() == 0.0;
        let (x, y) = view.origin();
        if across == down && is_whole(depth) && is_whole(x) && is_whole(y) {
            return Some(depth as u8);
        }
        (self.ones.count(window) > EXACT).then_some((depth + EIGHTH).ceil() as u8)
    }

    fn each_weighted(&self, window: Window, take: &mut dyn FnMut(Coord, f64)) {
        let key = |at: usize| self.weighted[at].0.key;
        morton::ranges(self.weighted.len(), &key, window, &mut |range| {
            for (place, weight) in &self.weighted[range] {
                take(place.at, *weight);
            }
        });
    }

    /// Points with their weights in a box, and the fixes where pieces of tracks begin: all up to
    /// a limit, or so many of them that are spread evenly along the Morton curve, and so over the
    /// box, whose window is `window`. Gives how many there are.
    pub fn some(&self, bounds: Bounds, window: Window, limit: usize) -> (Vec<(Coord, f64)>, usize) {
        let is_across = |x: f64| bounds.west <= x && x <= bounds.east;
        let is_inside = |at: Coord| {
            let turns = [0.0, 360.0, -360.0];
            bounds.south <= at.y()
                && at.y() <= bounds.north
                && turns.iter().any(|turn| is_across(at.x() + turn))
        };
        let each = |take: &mut dyn FnMut(Coord, f64)| {
            let mut take = |at: Coord, weight: f64| {
                if is_inside(at) {
                    take(at, weight);
                }
            };
            self.ones.within(window, None, &mut |at, _| take(at, 1.0));
            self.each_weighted(window, &mut take);
            self.lines
                .within(window, &mut |piece| take(piece.ends.0, piece.weight));
        };
        let mut all = 0;
        each(&mut |_, _| all += 1);
        let mut number = 0;
        let mut kept = Vec::with_capacity(all.min(limit));
        each(&mut |at, weight| {
            // The limit's share of all so far grows by one at each that is kept.
            if all <= limit || (number + 1) * limit / all > number * limit / all {
                kept.push((at, weight));
            }
            number += 1;
        });
        (kept, all)
    }

    /// Tiles of a zoom with shapes in them: if there are no more than so many, all of them and
    /// those around them, and `true`; else the most crowded ones, and as many that are spread
    /// evenly over all.
    pub fn tiles(&self, zoom: u8, most: usize) -> (Vec<TileId>, bool) {
        let key = |at: usize| self.weighted[at].0.key;
        let pieces = self.lines.pieces();
        let mut all = [
            crowds(self.ones.places().iter().map(|place| place.key), zoom),
            crowds((0..self.weighted.len()).map(key), zoom),
            crowds(pieces.iter().map(Piece::key), zoom),
        ];
        let few: usize = all.iter().map(Vec::len).sum();
        let mut cells: Vec<u64> = if few <= most && self.lines.pieces().len() <= most {
            all.iter().flatten().map(|crowd| crowd.cell).collect()
        } else {
            all.iter_mut()
                .flat_map(|crowds| some(crowds, most))
                .collect()
        };
        cells.sort_unstable();
        cells.dedup();
        let tiles: Vec<TileId> = cells.iter().map(|&cell| morton::tile(cell, zoom)).collect();
        if few > most || !self.lines.pieces().is_empty() {
            return (tiles, false);
        }
        let mut around: Vec<TileId> = tiles.into_iter().flat_map(neighbours).collect();
        around.sort_unstable();
        around.dedup();
        (around, true)
    }
}

/// A tile, and how many shapes its most crowded block has.
#[derive(Clone, Copy, Debug)]
struct Crowd {
    cell: u64,
    most: u32,
}

/// The tiles of keys in ascending order.
fn crowds(keys: impl Iterator<Item = u64>, zoom: u8) -> Vec<Crowd> {
    let mut crowds: Vec<Crowd> = Vec::new();
    let (mut block, mut count) = (u64::MAX, 0);
    for key in keys {
        let next = morton::cell(key, zoom + BLOCK);
        count = if next == block { count + 1 } else { 1 };
        block = next;
        let cell = next >> (2 * BLOCK);
        match crowds.last_mut().filter(|last| last.cell == cell) {
            Some(last) => last.most = last.most.max(count),
            None => crowds.push(Crowd { cell, most: count }),
        }
    }
    crowds
}

/// The most crowded of some tiles, and as many that are spread evenly.
fn some(crowds: &mut [Crowd], most: usize) -> Vec<u64> {
    let half = (most / 2).max(1);
    let step = crowds.len().div_ceil(half).max(1);
    let mut cells: Vec<u64> = crowds
        .iter()
        .step_by(step)
        .map(|crowd| crowd.cell)
        .collect();
    crowds.sort_by_key(|crowd| (std::cmp::Reverse(crowd.most), crowd.cell));
    cells.extend(crowds.iter().take(half).map(|crowd| crowd.cell));
    cells
}

/// A tile and those around it: what lies in it heats them too.
fn neighbours(tile: TileId) -> Vec<TileId> {
    let count = 1_i64 << tile.z;
    let near = |at: u32| i64::from(at) - 1..=i64::from(at) + 1;
    let rows = near(tile.y).filter(|y| (0..count).contains(y));
    rows.flat_map(|y| {
        near(tile.x).map(move |x| TileId {
            x: x.rem_euclid(count) as u32,
            y: y as u32,
            ..tile
        })
    })
    .collect()
}

#[cfg(test)]
mod tests;
