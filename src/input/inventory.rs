//! Inventory of what was read, file by file: positions, tracks, box, times, and what was left out.
//!
//! The sink counts while shapes go by, so no reader does; a reader tells only what the file says
//! of itself, such as a sport. Counts of several files are added up like those of the parts of one.

use crate::error::Error;
use crate::geo::{Coord, Geometry, Shape, Time};

/// Counts of positions and tracks, and where and when they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Places, those of lines included.
    pub positions: u64,
    /// Lines.
    pub tracks: u64,
    /// The box around all places; `None` where nobody asked or there are none.
    pub span: Option<Span>,
    /// The first and the last of the times; `None` where nobody asked or none is known.
    pub times: Option<(Time, Time)>,
}

/// A box in degrees within ±180°, or in the unit of a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The least latitude, or y.
    pub south: f64,
    /// The least longitude, or x.
    pub west: f64,
    /// The largest latitude, or y.
    pub north: f64,
    /// The largest longitude, or x.
    pub east: f64,
}

impl Span {
    fn at(x: f64, y: f64) -> Self {
        Self {
            south: y,
            west: x,
            north: y,
            east: x,
        }
    }

    /// The box around both.
    fn union(self, other: Self) -> Self {
        Self {
            south: self.south.min(other.south),
            west: self.west.min(other.west),
            north: self.north.max(other.north),
            east: self.east.max(other.east),
        }
    }
}

impl Tally {
    /// Adds what was read next.
    pub(super) fn append(&mut self, next: &Self) {
        self.positions += next.positions;
        self.tracks += next.tracks;
        self.span = both(self.span, next.span, Span::union);
        self.times = both(self.times, next.times, |a, b| (a.0.min(b.0), a.1.max(b.1)));
    }

    /// Takes note of where shapes are; a line across 180° reaches beyond it, and its places do not.
    pub(super) fn locate(&mut self, shapes: &[Shape], is_plane: bool) {
        let mut around = |at: Coord| {
            let at = if is_plane { at } else { at.wrapped() };
            self.span = both(self.span, Some(Span::at(at.x(), at.y())), Span::union);
        };
        for shape in shapes {
            match shape.geometry {
                Geometry::Point(at) => around(at),
                Geometry::Segment(from, to) => [from, to].into_iter().for_each(&mut around),
            }
        }
    }

    /// Takes note of a time of a place.
    pub(super) fn clock(&mut self, time: Option<Time>) {
        let times = time.map(|time| (time, time));
        self.times = both(self.times, times, |a, b| (a.0.min(b.0), a.1.max(b.1)));
    }
}

/// What there is of two, or both together.
fn both<T>(one: Option<T>, other: Option<T>, together: impl Fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(together(one, other)),
        (one, other) => one.or(other),
    }
}

/// What a file says of its tracks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// The sports or kinds of movement, each once, in the order of the file.
    pub sports: Vec<String>,
    /// The first name of a track or of the file.
    pub name: Option<String>,
    /// The device or program that recorded it.
    pub device: Option<String>,
}

/// The most sports that are told of a file.
const SPORTS: usize = 16;

impl Described {
    /// Takes note of a sport.
    pub(super) fn sport(&mut self, sport: &str) {
        let sport = sport.trim();
        let is_known = || self.sports.iter().any(|known| known == sport);
        if !sport.is_empty() && self.sports.len() < SPORTS && !is_known() {
            self.sports.push(sport.to_owned());
        }
    }

    /// Adds what is said behind.
    pub(super) fn append(&mut self, next: Self) {
        next.sports.iter().for_each(|sport| self.sport(sport));
        self.name = self.name.take().or(next.name);
        self.device = self.device.take().or(next.device);
    }
}

/// What was read of one file.
#[derive(Clone, Debug)]
pub struct FileRead {
    /// Its name; that of a member of an archive is `archive.zip:member`.
    pub name: String,
    /// The [name](super::Reader::name) of its format, if it is known.
    pub format: Option<&'static str>,
    /// What was counted.
    pub tally: Tally,
    /// What it says of itself.
    pub described: Described,
    /// How much was left out or changed, and why.
    pub left_out: Vec<(&'static str, u64)>,
    /// Why it could not be read, or not to its end.
    pub error: Option<Error>,
}
