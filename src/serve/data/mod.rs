//! Snapshot of the data that are served: read once, sorted, and never changed again.
//!
//! A request works on one snapshot from its first line to its last; new data are a new one, with an
//! epoch of its own.

mod index;
mod interval;
mod kept;
mod levels;
mod lines;
mod months;
mod morton;
mod places;
mod points;
mod rows;
mod upstream;
mod weighted;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter::repeat_n;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rayon::prelude::*;

pub use self::interval::Interval;
pub use self::kept::Readings;
use self::kept::{Kept, Reading};
use self::lines::{Lines, Piece};
pub use self::morton::Window;
use self::morton::World;
use self::places::{Place, Places};
use self::points::{Points, Sought};
use self::upstream::Upstream;
use self::weighted::{Weighted, WeightedPoints};
use crate::density;
use crate::density::Cells;
use crate::error::{Error, ErrorKind, Result};
use crate::geo::{
    Bounds, Coord, Crs, Extent, Footprint, Geometry, Shape, TileId, Time, View, Wrap,
};
use crate::input::{Live, Source};
use crate::product::{Destination, Done, Event, Events, Silent, Target, gather};
use crate::serve::locked::lock;

/// Points, or pieces of tracks, in a picture up to which each is looked at where it is. Where there
/// are more, those that share an eighth of a pixel are one place.
const EXACT: usize = 1 << 20;
/// Binary digits of an eighth.
const EIGHTH: f64 = 3.0;
/// Rows of a live table in one answer.
const ROWS: i64 = 1_000_000;
/// Points, or shapes, that are binned at once.
const BATCH: usize = 4096;
/// Shapes that a thread gathers before it hands them on.
const OWN: usize = 1 << 14;
/// Blocks of a tile by which it is told how crowded it is: the digits of eight on a side.
const BLOCK: u8 = 3;

/// All that is served, at one time.
#[derive(Debug)]
pub struct Snapshot {
    /// Points of weight 1 that have no times, and those that have.
    ones: [Points; 2],
    weighted: WeightedPoints,
    lines: Lines,
    /// Points, or pieces of tracks, in a picture up to which each is looked at where it is.
    exact: usize,
    extent: Option<Extent>,
    /// The first and the last time.
    times: Option<(Time, Time)>,
    /// What distinguishes the data from others.
    digest: String,
    /// The same, of a live table in one period.
    epoch: String,
    /// The table that is asked instead, if the data are a live one: nothing else is held then.
    upstream: Option<Upstream>,
    pub facts: Facts,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Points and pieces of tracks.
    pub shapes: u64,
}

/// Why an index was written anew, and why it could not be, if so.
pub type Rebuilt = (&'static str, Option<Error>);

/// Somebody still waits for what is being made.
pub type Alive<'a> = &'a (dyn Fn() -> bool + Sync);

/// Shapes on their way into a snapshot.
#[derive(Debug, Default)]
struct Gathered {
    ones: Places,
    dated: Vec<(Place, Time)>,
    weighted: Vec<Weighted>,
    pieces: Vec<Piece>,
    footprint: Option<Footprint>,
    times: Option<(Time, Time)>,
}

impl Gathered {
    /// Takes some more.
    fn add(&mut self, world: &World, shapes: &[Shape]) {
        // Of values 0 is one; else whatever has no weight heats nothing.
        for shape in shapes {
            let (weight, track) = (shape.weight, shape.track);
            let many = shape.count.get() as usize;
            let time = shape.time.filter(|time| months::is_dated(*time));
            self.times = both(self.times, time.map(|time| (time, time)));
            match shape.geometry {
                Geometry::Point(at) if track.is_some() => {
                    let lone = Piece::lone(world, at, weight, track).when(time);
                    self.pieces.extend(repeat_n(lone, many));
                }
                Geometry::Point(at) => {
                    let place = Place::new(world, at.wrapped());
                    match time {
                        None if weight == 1.0 => {
                            (0..many).for_each(|_| self.ones.push(place));
                        }
                        Some(time) if weight == 1.0 => {
                            self.dated.extend(repeat_n((place, time), many));
                        }
                        _ => {
                            let one = Weighted {
                                place,
                                weight,
                                time,
                                count: 1,
                            };
                            self.weighted.extend(repeat_n(one, many));
                        }
                    }
                }
                Geometry::Segment(from, to) => {
                    let piece = Piece::new(world, (from, to), weight, track).when(time);
                    self.pieces.extend(repeat_n(piece, many));
                }
            }
        }
        self.reach(Footprint::of(shapes));
    }

    fn reach(&mut self, footprint: Option<Footprint>) {
        let footprints = [self.footprint, footprint];
        self.footprint = footprints.into_iter().flatten().reduce(Footprint::union);
    }

    /// Takes all of another, whose room stays.
    fn append(&mut self, other: &mut Self) {
        self.ones.append(&mut other.ones);
        self.dated.append(&mut other.dated);
        self.weighted.append(&mut other.weighted);
        self.pieces.append(&mut other.pieces);
        self.reach(other.footprint.take());
        self.times = both(self.times, other.times.take());
    }

    fn len(&self) -> usize {
        self.ones.len() + self.dated.len() + self.weighted.len() + self.pieces.len()
    }
}

/// The first and the last time of both.
fn both(one: Option<(Time, Time)>, other: Option<(Time, Time)>) -> Option<(Time, Time)> {
    let times = [one, other].into_iter().flatten();
    times.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

impl Snapshot {
    /// Reads the data. `salt` is what else answers depend on: it is part of the epoch.
    ///
    /// # Errors
    /// When they cannot be read, or there are too many points.
    pub fn load(options: &gather::DataOptions, salt: &str, events: &dyn Events) -> Result<Self> {
        let world = World::new()?;
        let (all, some) = (Mutex::new(Gathered::default()), Mutex::new(Vec::new()));
        let report = gather::shapes(options, events, &|shapes| {
            // Each thread has its own: memory that is asked for anew comes slowly, and all others
            // would wait for it.
            let mut own: Gathered = lock(&some).pop().unwrap_or_default();
            own.add(&world, shapes);
            if own.len() >= OWN {
                lock(&all).append(&mut own);
            }
            lock(&some).push(own);
        })?;
        let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        for mut own in some.into_inner().unwrap_or_else(PoisonError::into_inner) {
            all.append(&mut own);
        }
        let facts = Facts {
            shapes: report.shapes,
        };
        Self::new(&world, all, salt, facts)
    }

    /// A live table, whose answers hold for a period of time. What it has is read at the start, and
    /// kept for wide views, if it fits the memory that is to hold data.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such table.
    pub fn live(
        options: &gather::DataOptions,
        (period, work): (Duration, Duration),
        readings: &Arc<Readings>,
        salt: &str,
        events: &dyn Events,
    ) -> Result<Self> {
        let [Source::Database(address)] = &options.sources[..] else {
            return Err(Error::new(ErrorKind::Internal, "no database"));
        };
        let table = Arc::new(Live::open(address, &options.input, ROWS, work)?);
        let most = most(&table, options.memory);
        let (read, kept) = if table.is_larger(most)? {
            // Of a table that is read this is told then.
            for note in table.notes() {
                events.event(Event::Done(Done::Note(note)));
            }
            let (extent, times) = table.reach()?;
            let nothing = Self {
                extent,
                times,
                ..Self::empty(salt)?
            };
            (Arc::new(nothing), None)
        } else {
            let mut options = options.clone();
            options.input.times = table.has_times();
            let first = Reading::of(|| Self::load(&options, salt, events))?;
            let read = Arc::clone(&first.data);
            let again = again(options, Arc::clone(&table), most);
            let kept = Kept::new(first, period, Arc::clone(readings), again);
            (read, Some(kept))
        };
        let nothing = Self {
            digest: read.digest.clone(),
            extent: read.extent,
            times: read.times.filter(|_| table.has_times()),
            facts: read.facts,
            ..Self::empty(salt)?
        };
        Ok(nothing.asking(Upstream::new(table, kept, period)))
    }

    /// The same, asking a table.
    fn asking(self, upstream: Upstream) -> Self {
        Self {
            epoch: format!("{}-{:x}", self.digest, upstream.number),
            upstream: Some(upstream),
            ..self
        }
    }

    /// The data of now, if these are those of an epoch that is over.
    pub fn next(&self) -> Option<Self> {
        let upstream = self.upstream.as_ref()?.next()?;
        let next = Self {
            ones: Default::default(),
            weighted: WeightedPoints::default(),
            lines: Lines::default(),
            digest: self.digest.clone(),
            epoch: String::new(),
            upstream: None,
            ..*self
        };
        Some(next.asking(upstream))
    }

    /// Without any data.
    fn empty(salt: &str) -> Result<Self> {
        let world = World::new()?;
        Self::new(&world, Gathered::default(), salt, Facts::default())
    }

    /// Without any data, for tests.
    #[cfg(test)]
    pub fn nothing() -> Self {
        Self::empty("").expect("nothing fits")
    }

    /// How long answers hold, if they do not hold as long as there are no other data.
    pub fn holds(&self) -> Option<Duration> {
        self.upstream.as_ref().map(Upstream::left)
    }

    /// Whether the scale of all tiles can be known: a live table may have more rows than are kept.
    pub fn has_scale(&self) -> bool {
        self.upstream.as_ref().is_none_or(Upstream::is_kept)
    }

    /// Draws all of the data, as far as they are held; `None` as that has it, and while they are
    /// being read.
    ///
    /// # Errors
    /// As drawing.
    pub fn whole<T>(&self, draw: impl FnOnce(&Self) -> Result<Option<T>>) -> Result<Option<T>> {
        match &self.upstream {
            None => draw(self),
            Some(upstream) => upstream.whole(draw),
        }
    }

    /// Waits until nothing is being read that answers are made of; `false` when nobody waits any
    /// more.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn wait(&self, alive: Alive<'_>) -> Result<bool> {
        match &self.upstream {
            None => Ok(alive()),
            Some(upstream) => upstream.wait(alive),
        }
    }

    /// Reads the data, or the index of them if it is theirs still; else that is written anew. Gives
    /// why it was, if so, and the error if that could not be done: the data are good without it.
    ///
    /// # Errors
    /// When the data cannot be read, or what is there is no index.
    pub fn indexed(
        path: &Path,
        options: &gather::DataOptions,
        salt: &str,
        events: &dyn Events,
    ) -> Result<(Self, Option<Rebuilt>)> {
        // As files are before they are read: those that change meanwhile differ the next time.
        let mut hasher = DefaultHasher::new();
        let version = env!("CARGO_PKG_VERSION");
        (
            version,
            gather::state(options),
            format!("{:?}", options.input),
        )
            .hash(&mut hasher);
        let key = hasher.finish();
        let why = match index::read(path, key, salt)? {
            index::Found::Data(snapshot) => return Ok((*snapshot, None)),
            index::Found::Nothing(why) => why,
        };
        let snapshot = Self::load(options, salt, events)?;
        let written = Destination::prove(&Target::File(path.to_owned()))
            .and_then(|target| target.write(|writer| index::write(&snapshot, key, writer)));
        Ok((snapshot, Some((why, written.err()))))
    }

    fn new(world: &World, all: Gathered, salt: &str, facts: Facts) -> Result<Self> {
        Self::with_levels(world, all, salt, facts, EXACT)
    }

    fn with_levels(
        world: &World,
        all: Gathered,
        salt: &str,
        facts: Facts,
        exact: usize,
    ) -> Result<Self> {
        if all.ones.len().max(all.dated.len()) > Points::MOST {
            let fact = format!("more than {} points cannot be served", Points::MOST);
            return Err(Error::new(ErrorKind::Limit, fact));
        }
        let extent = |data: Footprint| data.extent(Crs::WebMercator, Wrap::Auto);
        let snapshot = Self {
            lines: Lines::with_levels(world, all.pieces, exact),
            ones: [Points::new(all.ones), Points::dated(all.dated)],
            weighted: WeightedPoints::new(all.weighted, exact),
            exact,
            extent: all.footprint.map(extent),
            times: all.times,
            digest: String::new(),
            epoch: String::new(),
            upstream: None,
            facts,
        };
        let digest = format!("{:016x}", snapshot.digest(salt));
        Ok(Self {
            epoch: digest.clone(),
            digest,
            ..snapshot
        })
    }

    /// A digest of all that there is: the same data have the same one in the next run.
    fn digest(&self, salt: &str) -> u64 {
        const PART: usize = 1 << 16;
        fn of(what: impl Hash) -> u64 {
            let mut hasher = DefaultHasher::new();
            what.hash(&mut hasher);
            hasher.finish()
        }
        let ones = self.ones.iter().map(|points| {
            let months = points.months().par_iter().map(of);
            (points.places().digest(), months.collect::<Vec<u64>>())
        });
        let ones: Vec<_> = ones.collect();
        let weighted = self.weighted.all().par_chunks(PART);
        let weighted: Vec<u64> = weighted
            .map(|all| of(all.iter().map(Weighted::order).collect::<Vec<_>>()))
            .collect();
        let pieces = self.lines.pieces().par_chunks(PART);
        let pieces: Vec<u64> = pieces
            .map(|all| of(all.iter().map(Piece::digest).collect::<Vec<_>>()))
            .collect();
        of((ones, weighted, pieces, salt))
    }

    /// What distinguishes it from others: sixteen digits, and of a live table the period as well.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Whether there are pieces of tracks among the data, or fixes that are all there is of one.
    pub fn has_tracks(&self) -> bool {
        !self.lines.pieces().is_empty()
    }

    /// Where the data lie, if there are any.
    pub fn extent(&self) -> Option<Extent> {
        self.extent
    }

    /// The first and the last time of the data, if any have one.
    pub fn times(&self) -> Option<(Time, Time)> {
        self.times
    }

    /// The cells of a view with all of an interval that heats it; `None` when nobody waits for them
    /// any more.
    ///
    /// # Errors
    /// As [`Cells::new`].
    pub fn cells(
        &self,
        (view, interval): (&View, Interval),
        options: &density::HeatOptions,
        alive: Alive<'_>,
    ) -> Result<Option<Cells>> {
        let cells = Cells::new(view, options)?;
        let window = Window::of(view, cells.reach() as f64 + 1.0);
        if let Some(upstream) = &self.upstream {
            let within = (window, interval);
            let ask = || {
                let told = upstream.each(within, alive, &mut |shapes| cells.add(shapes))?;
                Ok((told && alive()).then_some(cells))
            };
            let draw = |whole: &Self| whole.cells((view, interval), options, alive);
            return upstream.answer(within, ask, draw);
        }
        let within = Sought {
            window: Some(window),
            interval,
            depth: None,
        };
        let depth = self.depth(view, || {
            let counts = self.ones.iter().map(|points| points.count(within));
            counts.sum()
        });
        let put = |places: &[(Coord, u32)]| {
            cells.put(cells.binner().counted(places.iter().copied()));
        };
        let mut places = Batches::new(&put, alive);
        self.each_one(Sought { depth, ..within }, &mut |place, count| {
            places.push((place.at, count));
        });
        let add = |shapes: &[Shape]| cells.add(shapes);
        let mut shapes = Batches::new(&add, alive);
        self.each_shape((view, within), options, &mut |shape| shapes.push(shape));
        Ok((places.end() && shapes.end()).then_some(cells))
    }

    /// How many may be in a window and an interval, and a few around its edge.
    fn count(&self, (window, interval): (Window, Interval)) -> usize {
        let within = Sought {
            window: Some(window),
            interval,
            depth: None,
        };
        let ones = self.ones.iter().map(|points| points.count(within));
        ones.sum::<usize>() + self.weighted.count(within) + self.lines.count(within)
    }

    fn each_one(&self, sought: Sought, take: &mut dyn FnMut(Place, u32)) {
        for points in &self.ones {
            points.each(sought, take);
        }
    }

    /// Tells what heats a view besides points of weight 1. Where there is very much of it, what is
    /// alike within an eighth of a pixel, or on a pixel of a tile, is told as one.
    fn each_shape(
        &self,
        (view, within): (&View, Sought),
        options: &density::HeatOptions,
        take: &mut dyn FnMut(Shape),
    ) {
        let are_many = self.weighted.count(within) > self.exact;
        let depth = are_many.then(|| self.depth(view, || usize::MAX)).flatten();
        self.weighted
            .each(Sought { depth, ..within }, &mut |point| {
                let shape = Shape::point(point.place.at).weighing(point.weight);
                take(shape.times(NonZeroU32::new(point.count).unwrap_or(NonZeroU32::MIN)));
            });
        let by_tracks = options.track_weight.needs_tracks();
        let may_merge = !by_tracks && !options.has_values();
        let are_many = may_merge && self.lines.count(within) > self.exact;
        let depth = are_many.then(|| eighth(view));
        // What a line reaches lies as far from it as its radius, which may be half a pixel more.
        self.lines.each(Sought { depth, ..within }, &mut |piece| {
            take(piece.shape(by_tracks, options.decay));
        });
    }

    /// How deep the cells must be that may stand for their points: those of the pixels of a tile,
    /// which lie whole within them, or an eighth of the pixels of anything else that is crowded.
    fn depth(&self, view: &View, count: impl FnOnce() -> usize) -> Option<u8> {
        let (across, down) = view.scale();
        let depth = (across.max(down) * 360.0).log2();
        let is_whole = |number: f64| number.fract() == 0.0;
        let (x, y) = view.origin();
        if across == down && is_whole(depth) && is_whole(x) && is_whole(y) {
            return Some(depth as u8);
        }
        (count() > self.exact).then(|| eighth(view))
    }

    /// Points of an interval with their weights in a box, and the fixes where pieces of tracks
    /// begin: all up to a limit, or so many of them that are spread evenly along the Morton curve
    /// (of each month, where only an interval is wanted), and so over the box, whose window is
    /// `window`. `None` when nobody waits for them any more.
    ///
    /// # Errors
    /// When a database does not answer.
    pub fn some(
        &self,
        (bounds, window): (Bounds, Window),
        interval: Interval,
        limit: usize,
        alive: Alive<'_>,
    ) -> Result<Option<Thinned>> {
        if let Some(upstream) = &self.upstream {
            let ask = || asked(upstream, (bounds, window), interval, limit, alive);
            let draw = |whole: &Self| whole.some((bounds, window), interval, limit, alive);
            return upstream.answer((window, interval), ask, draw);
        }
        let within = Sought {
            window: Some(window),
            interval,
            depth: None,
        };
        let each = |take: &mut dyn FnMut(Coord, f64)| {
            let mut take = |at: Coord, weight: f64| {
                if is_inside(bounds, at) {
                    take(at, weight);
                }
            };
            self.each_one(within, &mut |place, _| take(place.at, 1.0));
            self.weighted
                .each(within, &mut |point| take(point.place.at, point.weight));
            self.lines
                .each(within, &mut |piece| take(piece.ends.0, piece.weight));
        };
        Ok(Some(thinned(limit, each)))
    }

    /// Tells the times of an interval of each point, and of each piece of a track that begins there,
    /// in a box; `false` when nobody waits any more.
    ///
    /// # Errors
    /// When a database does not answer.
    pub fn each_time(
        &self,
        (bounds, window): (Bounds, Window),
        interval: Interval,
        alive: Alive<'_>,
        take: &mut dyn FnMut(Time),
    ) -> Result<bool> {
        let is_wanted = |at: Coord, time: Option<Time>| {
            time.filter(|time| is_inside(bounds, at) && interval.has(Some(*time)))
        };
        if let Some(upstream) = &self.upstream {
            let within = (window, interval);
            // Who is told of too many rows has been told of none.
            let mut times = Vec::new();
            let ask = || {
                let told = upstream.each(within, alive, &mut |shapes| {
                    times.extend(shapes.iter().filter_map(|shape| match shape.geometry {
                        Geometry::Point(at) => is_wanted(at, shape.time),
                        Geometry::Segment(..) => None,
                    }));
                })?;
                Ok(told.then_some(times))
            };
            let draw = |whole: &Self| {
                let told = whole.each_time((bounds, window), interval, alive, take)?;
                Ok(told.then(Vec::new))
            };
            let answered = upstream.answer(within, ask, draw)?;
            let is_told = answered.is_some();
            answered.into_iter().flatten().for_each(take);
            return Ok(is_told);
        }
        let mut take = |at: Coord, time: Option<Time>| {
            if let Some(time) = is_wanted(at, time) {
                take(time);
            }
        };
        for points in &self.ones {
            points.times(Some(window), &mut |place, time| take(place.at, Some(time)));
        }
        let within = Sought {
            window: Some(window),
            ..Sought::default()
        };
        self.weighted
            .each(within, &mut |point| take(point.place.at, point.time));
        self.lines
            .each(within, &mut |piece| take(piece.ends.0, piece.time));
        Ok(alive())
    }

    /// Tiles of a zoom with shapes of an interval in them: if there are no more than so many, all
    /// of them and those around them, and `true`; else the most crowded ones, and as many that are
    /// spread evenly over all.
    pub fn tiles(&self, zoom: u8, interval: Interval, most: usize) -> (Vec<TileId>, bool) {
        let pieces = self.lines.pieces().iter();
        let pieces = pieces.filter(|piece| interval.has(piece.time));
        let pieces: Vec<u64> = pieces.map(Piece::key).collect();
        let weighted = self.weighted.all().iter();
        let weighted = weighted.filter(|point| interval.has(point.time));
        let each = |keys: &mut dyn Iterator<Item = u64>| {
            crowds(keys.map(|key| (morton::cell(key, zoom + BLOCK), 1)))
        };
        let mut all = [
            crowds(self.blocks(zoom + BLOCK, interval).into_iter()),
            each(&mut weighted.map(|point| point.place.key)),
            each(&mut pieces.iter().copied()),
        ];
        let few: usize = all.iter().map(Vec::len).sum();
        let mut cells: Vec<u64> = if few <= most && pieces.len() <= most {
            all.iter().flatten().map(|crowd| crowd.cell).collect()
        } else {
            all.iter_mut()
                .flat_map(|crowds| some(crowds, most))
                .collect()
        };
        cells.sort_unstable();
        cells.dedup();
        let tiles: Vec<TileId> = cells.iter().map(|&cell| morton::tile(cell, zoom)).collect();
        if few > most || !pieces.is_empty() {
            return (tiles, false);
        }
        let mut around: Vec<TileId> = tiles.into_iter().flat_map(neighbours).collect();
        around.sort_unstable();
        around.dedup();
        (around, true)
    }

    /// The cells of a depth that have points of weight 1, in ascending order, with how many.
    fn blocks(&self, depth: u8, interval: Interval) -> Vec<(u64, u32)> {
        let sought = Sought {
            window: None,
            interval,
            depth: Some(depth),
        };
        let mut blocks: Vec<(u64, u32)> = Vec::new();
        let mut is_sorted = true;
        self.each_one(sought, &mut |place, count| {
            let cell = morton::cell(place.key, depth);
            match blocks.last_mut() {
                Some((last, all)) if *last == cell => *all += count,
                last => {
                    is_sorted &= last.is_none_or(|(last, _)| *last < cell);
                    blocks.push((cell, count));
                }
            }
        });
        if !is_sorted {
            // Months, and points with and without times, each begin anew.
            blocks.sort_unstable_by_key(|(cell, _)| *cell);
        }
        blocks
    }
}

/// Things on their way to whoever takes them, some thousand at a time, as long as somebody waits.
struct Batches<'a, T> {
    some: Vec<T>,
    take: &'a dyn Fn(&[T]),
    alive: Alive<'a>,
    is_wanted: bool,
}

impl<'a, T> Batches<'a, T> {
    fn new(take: &'a dyn Fn(&[T]), alive: Alive<'a>) -> Self {
        Self {
            some: Vec::with_capacity(BATCH),
            take,
            alive,
            is_wanted: true,
        }
    }

    fn push(&mut self, one: T) {
        self.some.push(one);
        if self.some.len() == BATCH {
            self.pass();
        }
    }

    fn pass(&mut self) {
        self.is_wanted = self.is_wanted && (self.alive)();
        if self.is_wanted {
            (self.take)(&self.some);
        }
        self.some.clear();
    }

    /// Hands on what is left; `false` when nobody waits any more.
    fn end(mut self) -> bool {
        self.pass();
        self.is_wanted
    }
}

/// The depth of cells of an eighth of the pixels of a view.
fn eighth(view: &View) -> u8 {
    let (across, down) = view.scale();
    ((across.max(down) * 360.0).log2() + EIGHTH).ceil() as u8
}

/// A tile, and how many shapes its most crowded block has.
#[derive(Clone, Copy, Debug)]
struct Crowd {
    cell: u64,
    most: u32,
}

/// The tiles of blocks in ascending order, in which so many shapes are.
fn crowds(blocks: impl Iterator<Item = (u64, u32)>) -> Vec<Crowd> {
    let mut crowds: Vec<Crowd> = Vec::new();
    let (mut block, mut count) = (u64::MAX, 0);
    for (next, more) in blocks {
        count = if next == block { count + more } else { more };
        block = next;
        let cell = next >> (2 * BLOCK);
        match crowds.last_mut().filter(|last| last.cell == cell) {
            Some(last) => last.most = last.most.max(count),
            None => crowds.push(Crowd { cell, most: count }),
        }
    }
    crowds
}

/// The most rows of a table that are kept. Of what is kept there may be two at a time: one that is
/// used, and the next one.
fn most(table: &Live, memory: u64) -> i64 {
    // Bytes of a row, its part of the levels included.
    let bytes = match (table.has_weights(), table.has_times()) {
        (true, _) => 96,
        (false, true) => 48,
        (false, false) => 24,
    };
    i64::try_from(memory / (2 * bytes)).unwrap_or(i64::MAX)
}

/// How a table is read again. Nothing is told of it that was not told at the start.
fn again(
    options: gather::DataOptions,
    table: Arc<Live>,
    most: i64,
) -> impl Fn(&Reading) -> Result<Snapshot> + Send + Sync {
    move |before| {
        // It takes a while to count rows, and few tables grow to twice as many in a period.
        let was = i64::try_from(before.data.facts.shapes).unwrap_or(i64::MAX);
        if was > most / 2 && table.is_larger(most)? {
            let fact = format!(
                "there are more than {most} rows, which is too much to be drawn at once: ask for less of the map"
            );
            return Err(Error::new(ErrorKind::Limit, fact));
        }
        Snapshot::load(&options, "", &Silent).map_err(|error| Error {
            // It may be back the next time.
            kind: ErrorKind::Network,
            ..error
        })
    }
}

/// What a live table has of an interval in a box.
fn asked(
    upstream: &Upstream,
    (bounds, window): (Bounds, Window),
    interval: Interval,
    limit: usize,
    alive: Alive<'_>,
) -> Result<Option<Thinned>> {
    let mut all = Vec::new();
    let world = World::new()?;
    let told = upstream.each((window, interval), alive, &mut |shapes| {
        let points = shapes.iter().filter_map(|shape| match shape.geometry {
            Geometry::Point(at) => Some((world.key(at), at, shape.weight)),
            Geometry::Segment(..) => None,
        });
        all.extend(points.filter(|(_, at, _)| is_inside(bounds, *at)));
    })?;
    // In the order of the curve, so that they are thinned evenly, whatever order they came in.
    let order = |(key, at, weight): &(u64, Coord, f64)| (*key, at.x().to_bits(), weight.to_bits());
    all.sort_unstable_by_key(order);
    let points = thinned(limit, |take| {
        for (_, at, weight) in &all {
            take(*at, *weight);
        }
    });
    Ok(told.then_some(points))
}

/// Points with their weights, up to a limit, and how many there are of them in all.
pub type Thinned = (Vec<(Coord, f64)>, usize);

/// So many of all that are told, spread evenly over their order.
fn thinned(limit: usize, each: impl Fn(&mut dyn FnMut(Coord, f64))) -> Thinned {
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

/// Whether a place lies in a box, on any turn around the earth.
fn is_inside(bounds: Bounds, at: Coord) -> bool {
    let is_across = |x: f64| bounds.west <= x && x <= bounds.east;
    let turns = [0.0, 360.0, -360.0];
    bounds.south <= at.y()
        && at.y() <= bounds.north
        && turns.iter().any(|turn| is_across(at.x() + turn))
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
