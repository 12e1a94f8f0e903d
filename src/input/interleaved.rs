//! Interleaved tracks: rows in, each of which names its track; lines out.
//!
//! Logs of ships, aircraft and buses have the fixes of thousands of tracks between each other. In
//! the order of the rows only the last fix of each track is held. Where a column gives another
//! order every row must be held until the last one has come, for any may be the first of its track.
//! Both are bounded, for all files that are read side by side together: what does not fit ends the
//! reading, for lines with holes would be wrong.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fields::{number, quoted};
use super::time;
use super::track::{About, Fix, Track};
use super::{DateOrder, Oddity, Sink};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::{Coord, Geometry, Shape, Time};

/// What a track takes besides its name, with its share of a table that is half empty.
const TRACK: u64 = (size_of::<Track>() + 2 * size_of::<(Box<[u8]>, u32)>()) as u64;
/// How many more rows there is room for at first.
const ROOM: usize = 1 << 10;

/// Memory that tracks may take while their files are read. Its clones are of one budget.
#[derive(Clone, Debug, Default)]
pub struct TrackMemory {
    /// The most bytes; `None` is no bound.
    most: Option<u64>,
    used: Arc<AtomicU64>,
}

impl TrackMemory {
    /// At the most so many bytes, all files of a run together.
    #[must_use]
    pub fn of(most: u64) -> Self {
        Self {
            most: Some(most),
            used: Arc::default(),
        }
    }

    /// Takes some of so many bytes, in units of so many; tells how many it got.
    fn take(&self, wanted: u64, unit: u64) -> u64 {
        let most = self.most.unwrap_or(u64::MAX);
        let part = |used: u64| wanted.min(most.saturating_sub(used)) / unit * unit;
        let order = Ordering::Relaxed;
        let taken = self
            .used
            .fetch_update(order, order, |used| used.checked_add(part(used)));
        taken.map_or(0, part)
    }
}

/// Budgets are equal that begin alike.
impl PartialEq for TrackMemory {
    fn eq(&self, other: &Self) -> bool {
        self.most == other.most
    }
}

impl Eq for TrackMemory {}

/// A row that names its track.
pub(super) struct Row<'a> {
    /// What the rows of its track have in common; blank if it belongs to none.
    pub track: &'a [u8],
    /// The field that gives the order, where one does.
    pub order: Option<Cow<'a, [u8]>>,
    /// The place, with its weight and time.
    pub point: Shape,
    /// The place is as it is drawn, and what is odd about it has been told.
    pub is_located: bool,
    /// Its line or number.
    pub at: u64,
}

/// A row that waits for its turn.
struct Held {
    track: u32,
    order: f64,
    /// Rows of one order come as they are in the file.
    row: u64,
    fix: Fix,
    weight: f64,
}

/// The tracks of a file as far as their rows have come.
pub(super) struct Interleaved {
    numbers: HashMap<Box<[u8]>, u32>,
    tracks: Vec<Track>,
    held: Vec<Held>,
    memory: TrackMemory,
    /// How much of that is taken.
    used: u64,
}

impl Interleaved {
    /// No tracks yet; `memory` is what they share with those of other files.
    pub(super) fn new(memory: &TrackMemory) -> Self {
        Self {
            numbers: HashMap::new(),
            tracks: Vec::new(),
            held: Vec::new(),
            memory: memory.clone(),
            used: 0,
        }
    }

    /// Joins a row to its track, or holds it for its turn.
    ///
    /// # Errors
    /// When there is more than may be held, or the reading is strict and something is wrong with
    /// the row.
    pub(super) fn take(&mut self, row: &Row, sink: &mut Sink) -> Result<()> {
        let Geometry::Point(place) = row.point.geometry else {
            sink.shape(row.point);
            return Ok(());
        };
        let name = row.track.trim_ascii();
        if name.is_empty() {
            sink.odd(Oddity::NoTrack, row.at)?;
            if row.is_located {
                sink.shape(row.point);
                return Ok(());
            }
            return sink.point(row.point, row.at);
        }
        let order = match &row.order {
            Some(field) => match rank(field, sink.manner().date_order) {
                Some(order) => Some(order),
                None => return sink.skip(row.at, Unordered(field)),
            },
            None => None,
        };
        Self::guessed(row, sink)?;
        let Some(at) = Self::located(row, place, sink)? else {
            return Ok(());
        };
        let Some(number) = self.number(name) else {
            return Err(self.too_many(row.at, sink));
        };
        let fix = Fix::new(at, row.point.time);
        if let Some(order) = order {
            return self.hold(number, order, fix, row, sink);
        }
        self.join(number, fix, row.point.weight, sink);
        Ok(())
    }

    fn located(row: &Row, place: Coord, sink: &mut Sink) -> Result<Option<Coord>> {
        if row.is_located {
            return Ok(Some(place));
        }
        let located = sink.manner().located(sink.manner().crs, place);
        sink.told(located, row.at)
    }

    /// Tells of a date whose day and month could each be the other, where its own time does not.
    fn guessed(row: &Row, sink: &mut Sink) -> Result<()> {
        let manner = sink.manner();
        let is_guessed = |field: &Cow<[u8]>| time::is_ambiguous(field);
        if manner.times || manner.date_order != DateOrder::Unknown {
            return Ok(());
        }
        match &row.order {
            Some(order) if is_guessed(order) => sink.odd(Oddity::DayOrMonth, row.at),
            _ => Ok(()),
        }
    }

    /// The number of a track from 0; `None` if there is no memory for one more.
    fn number(&mut self, name: &[u8]) -> Option<u32> {
        if let Some(&known) = self.numbers.get(name) {
            return Some(known);
        }
        let number = u32::try_from(self.tracks.len()).ok()?;
        let bytes = TRACK + name.len() as u64;
        if self.reserve(bytes, bytes) == 0 {
            return None;
        }
        let mut track = Track::new(About {
            number: u64::from(number) + 1,
            name: None,
            weight: 1.0,
        });
        track.identify(name);
        self.tracks.push(track);
        self.numbers.insert(name.into(), number);
        Some(number)
    }

    /// Takes memory as far as there is some, and tells how many units it got.
    fn reserve(&mut self, wanted: u64, unit: u64) -> u64 {
        let got = self.memory.take(wanted, unit);
        self.used += got;
        got / unit
    }

    fn hold(&mut self, track: u32, order: f64, fix: Fix, row: &Row, sink: &mut Sink) -> Result<()> {
        self.tracks[track as usize].has_local_times |= sink.has_local_times();
        if self.held.len() == self.held.capacity() {
            let unit = size_of::<Held>() as u64;
            let wanted = self.held.len().max(ROOM) as u64 * unit;
            let more = usize::try_from(self.reserve(wanted, unit)).unwrap_or_default();
            if more == 0 || self.held.try_reserve_exact(more).is_err() {
                return Err(self.too_many(row.at, sink));
            }
        }
        self.held.push(Held {
            track,
            order,
            row: self.held.len() as u64,
            fix,
            weight: row.point.weight,
        });
        Ok(())
    }

    /// Joins a fix to its track; the stretch up to it has its weight.
    fn join(&mut self, number: u32, fix: Fix, weight: f64, sink: &mut Sink) {
        let track = &mut self.tracks[number as usize];
        track.weigh(weight);
        sink.join(track, fix);
    }

    /// The file has ended, and so have all tracks.
    pub(super) fn end(mut self, sink: &mut Sink) {
        sink.over();
        let mut held = std::mem::take(&mut self.held);
        held.sort_unstable_by(|one, other| {
            let order = one.order.total_cmp(&other.order);
            let track = one.track.cmp(&other.track);
            track.then(order).then(one.row.cmp(&other.row))
        });
        for Held {
            track, fix, weight, ..
        } in held
        {
            self.join(track, fix, weight, sink);
        }
        self.tracks.iter_mut().for_each(|track| sink.cut(track));
    }

    fn too_many(&self, at: u64, sink: &Sink) -> Error {
        let tracks = self.tracks.len();
        let fact = match self.held.len() {
            0 => format!("the last places of {tracks} tracks are more than the memory allowed"),
            rows => format!(
                "{rows} rows of {tracks} tracks, which are held to be put in order, are more than \
                 the memory allowed"
            ),
        };
        let error = Error {
            kind: ErrorKind::Limit,
            ..sink.error(Some(at), fact)
        };
        error.remedy(Remedy::MemoryForTracks)
    }
}

impl Drop for Interleaved {
    fn drop(&mut self) {
        self.memory.used.fetch_sub(self.used, Ordering::Relaxed);
    }
}

/// Why a row has no place among those of its track.
struct Unordered<'a>(&'a [u8]);

impl fmt::Display for Unordered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the order {} is neither a number nor a time",
            quoted(self.0)
        )
    }
}

/// The place of a row among those of its track: a number, or else a time, also one of the day.
fn rank(field: &[u8], order: DateOrder) -> Option<f64> {
    let in_milliseconds = |time: Time| time.milliseconds() as f64;
    number(field)
        .filter(|number| number.is_finite())
        .or_else(|| time::parse_in(field, order).map(in_milliseconds))
        .or_else(|| clock(field))
}

/// Seconds since midnight.
fn clock(field: &[u8]) -> Option<f64> {
    let mut parts = field.trim_ascii().split(|&byte| byte == b':');
    let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
    let second = parts.next().map_or(Some(0.0), number)?;
    let seconds = hour * 3600.0 + minute * 60.0 + second;
    (parts.next().is_none() && seconds.is_finite()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{collect, facts, weighted};
    use super::*;

    fn point(both: f64) -> Shape {
        Shape::point(Coord::lat_lon(both, both).unwrap()).weighing(both)
    }

    fn rows(
        memory: Option<u64>,
        rows: &[(&str, Option<&str>, f64)],
    ) -> (super::super::Report, Vec<Shape>) {
        collect(false, |sink| {
            let memory = memory.map_or_else(TrackMemory::default, TrackMemory::of);
            let mut tracks = Interleaved::new(&memory);
            for (at, (track, order, both)) in (1..).zip(rows) {
                sink.record();
                let row = Row {
                    track: track.as_bytes(),
                    order: order.map(|order| order.as_bytes().into()),
                    point: point(*both),
                    is_located: false,
                    at,
                };
                tracks.take(&row, sink)?;
            }
            tracks.end(sink);
            Ok(())
        })
    }

    fn segment(from: f64, to: f64) -> Shape {
        let (from, to) = (Coord::lat_lon(from, from), Coord::lat_lon(to, to));
        Shape::segment(from.unwrap(), to.unwrap())
    }

    #[test]
    fn rows_of_one_name_are_a_line_whatever_stands_between_them() {
        let (report, shapes) = rows(
            None,
            &[
                ("a", None, 1.0),
                ("b", None, 5.0),
                (" a", None, 2.0),
                ("c", None, 9.0),
                ("", None, 8.0),
                ("b ", None, 6.0),
                ("a", None, 3.0),
            ],
        );
        assert_eq!(
            shapes,
            [
                segment(1.0, 2.0).weighing(2.0),
                point(8.0),
                segment(5.0, 6.0).weighing(6.0),
                segment(2.0, 3.0).weighing(3.0),
                point(9.0),
            ]
        );
        assert_eq!((report.tally.tracks, report.tally.positions), (3, 7));
        assert_eq!(report.left_out(), [("rows without a track", 1)]);
    }

    #[test]
    fn an_order_is_of_numbers_or_of_times_and_ties_stay_as_they_are() {
        for orders in [
            ["10", "9", "10", "-1"],
            [
                "2024-01-02 10:00:00",
                "2024-01-02T09:59Z",
                "2024-01-02 10:00",
                "2023-12-31",
            ],
            ["10:00", "9:59:59.5", "10:00:00", "0:00:01"],
        ] {
            let rows = rows(
                None,
                &[
                    ("a", Some(orders[0]), 3.0),
                    ("a", Some(orders[1]), 2.0),
                    ("a", Some(orders[2]), 4.0),
                    ("a", Some(orders[3]), 1.0),
                ],
            );
            assert_eq!(
                rows.1,
                [
                    segment(1.0, 2.0).weighing(2.0),
                    segment(2.0, 3.0).weighing(3.0),
                    segment(3.0, 4.0).weighing(4.0),
                ]
            );
        }
        let (report, shapes) = rows(None, &[("a", Some("x"), 1.0), ("a", Some("1"), 2.0)]);
        assert_eq!(weighted(&shapes), [(2.0, 2.0, 2.0)]);
        assert_eq!(
            facts(&report),
            ["test:1: the order 'x' is neither a number nor a time"]
        );
    }

    #[test]
    fn files_share_what_may_be_held() {
        let memory = TrackMemory::of(100_000);
        let mut one = Interleaved::new(&memory);
        assert_eq!(one.reserve(80_000, 1000), 80);
        let mut other = Interleaved::new(&memory);
        assert_eq!(other.reserve(30_000, 1000), 20);
        drop(one);
        assert_eq!(other.reserve(90_000, 1000), 80);
        drop(other);
        assert_eq!(
            Interleaved::new(&TrackMemory::default()).reserve(1 << 50, 1),
            1 << 50
        );
    }

    #[test]
    fn what_is_held_has_a_bound() {
        let names: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        let many: Vec<_> = names.iter().map(|name| (&name[..], None, 1.0)).collect();
        let (report, _) = rows(Some(100_000), &many);
        assert_eq!(report.failed[0].kind, ErrorKind::Limit);
        assert!(report.failed[0].fact.contains("last places of"));
        let same: Vec<_> = (0..4000).map(|_| ("a", Some("1"), 1.0)).collect();
        let (report, _) = rows(Some(100_000), &same);
        assert!(report.failed[0].fact.contains("held to be put in order"));
        assert!(rows(Some(1_000_000), &same).0.failed.is_empty());
    }
}
