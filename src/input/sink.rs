//! Sink of the readers: shapes go on in batches, bad records are counted, the first are named.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::num::NonZeroU32;

use rayon::prelude::*;

use super::decode;
use super::filter::{Activity, Sieve};
use super::inventory::{Described, FileRead, Tally};
use super::manner::{Claim, Located, Manner, Ordinary};
use super::oddity::{Counted, Oddity};
use super::sport;
use super::time::DateOrder;
use super::track::{About, Fix, Held, Line, Sport, Track};
use crate::error::{Error, ErrorKind, Location, Remedy, Result};
use crate::geo::{Accuracy, Coord, Crs, Geometry, Polygon, Shape, Time};

/// How many shapes travel together: as many as stay in a processor's nearest cache.
const BATCH: usize = 384;
/// How many bad records are named; the others are only counted.
const NAMED: usize = 5;
/// How many coordinate systems of a file are noted.
const SYSTEMS_NOTED: usize = 50;

/// Counts, messages and notes of a reading.
#[derive(Debug, Default)]
pub struct Report {
    /// Shapes read.
    pub shapes: u64,
    /// Records read, good and bad.
    pub records: u64,
    /// Records that gave no shape.
    pub skipped: u64,
    /// The first few of those, each with its place.
    pub named: Vec<Error>,
    /// Shapes whose weight is below zero.
    pub negative: u64,
    /// Shapes whose time is known.
    pub timed: u64,
    /// Times that cannot be read; their shapes are used without them.
    pub bad_times: u64,
    /// The first few of those, each with its place.
    pub named_times: Vec<Error>,
    /// Files left out because they could not be read, where that is allowed.
    pub failed: Vec<Error>,
    /// The first table among other files whose columns are not known.
    pub unknown_table: Option<Error>,
    /// What was not taken as it was found.
    pub oddities: Vec<Counted>,
    /// Positions and tracks.
    pub tally: Tally,
    /// What the files say of themselves.
    pub described: Described,
    /// Polygons, where they are what is wanted.
    pub polygons: Vec<Polygon>,
    /// Which accounts of where somebody was were read.
    pub(crate) accounts: Accounts,
    /// Which activities there are, where they are listed to find those that are told twice.
    pub(crate) activities: Vec<Activity>,
    /// The same file by file, where a [survey](Manner::survey) is made.
    pub files: Vec<FileRead>,
    /// How many files gave shapes.
    pub files_read: u64,
    /// The names of the columns that places were read from, each pair once.
    pub columns: Vec<String>,
    /// What a curious user may want to know, such as the columns that were used.
    pub notes: Vec<String>,
}

impl Report {
    /// Adds the report of what was read next.
    pub fn append(&mut self, next: Self) {
        self.shapes += next.shapes;
        self.records += next.records;
        self.skipped += next.skipped;
        self.negative += next.negative;
        self.timed += next.timed;
        self.bad_times += next.bad_times;
        extend(&mut self.named, next.named);
        extend(&mut self.named_times, next.named_times);
        self.failed.extend(next.failed);
        self.unknown_table = self.unknown_table.take().or(next.unknown_table);
        next.oddities.into_iter().for_each(|more| self.count(more));
        self.tally.append(&next.tally);
        self.described.append(next.described);
        self.polygons.extend(next.polygons);
        self.accounts.raw |= next.accounts.raw;
        self.accounts.semantic |= next.accounts.semantic;
        self.activities.extend(next.activities);
        self.files.extend(next.files);
        self.notes.extend(next.notes);
        self.files_read += next.files_read;
        for columns in next.columns {
            self.read_columns(columns);
        }
    }

    fn read_columns(&mut self, columns: String) {
        if !self.columns.contains(&columns) {
            self.columns.push(columns);
        }
    }
}

/// Two accounts of the same times, as a Takeout has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accounts {
    /// Every position, as it was recorded.
    pub(super) raw: bool,
    /// Paths and visits, as they were made of those.
    pub(super) semantic: bool,
}

impl Report {
    /// Tells that both accounts of the same times were read, if so.
    pub(super) fn compare_accounts(&mut self, place: &str) {
        if self.accounts.raw && self.accounts.semantic {
            let first = Location::file(std::path::Path::new(place));
            self.count(Counted::new(Oddity::SameHistory, 1, first));
        }
    }

    /// Tells that so many circles in which all is private have hidden nothing, if so.
    pub(super) fn miss_private(&mut self, circles: usize, place: &str) {
        let mut oddities = self.oddities.iter();
        if circles > 0 && !oddities.any(|counted| counted.oddity == Oddity::Private) {
            let first = Location::file(std::path::Path::new(place));
            self.count(Counted::new(Oddity::NothingPrivate, circles as u64, first));
        }
    }

    /// Counts a file that was left out, by its kind.
    pub(super) fn leave(&mut self, name: &str, kind: String) {
        self.count(Counted::file(Oddity::OtherFiles, Some(kind), name));
    }

    /// Counts a file that nobody named among those that were left out if it holds no places: an
    /// export has hundreds of recordings from indoors, and tables of other things.
    pub(super) fn without_places(
        &mut self,
        result: Result<()>,
        name: &str,
        kind: &str,
    ) -> Result<()> {
        let is_table = |error: &Error| {
            matches!(
                error.remedy,
                Some(Remedy::NameColumns | Remedy::NameColumnsOfXAndY)
            )
        };
        match result {
            Err(error) if is_table(&error) => {
                self.unknown_table.get_or_insert(error);
                self.leave(name, format!("{kind} without known columns"));
                return Ok(());
            }
            Ok(()) if self.shapes == 0 => {
                let before = self.oddities.len();
                let is_so = |counted: &Counted| counted.oddity == Oddity::NoPosition;
                self.oddities.retain(|counted| !is_so(counted));
                if self.oddities.len() < before {
                    self.leave(name, format!("{kind} without positions"));
                }
            }
            _ => {}
        }
        result
    }

    /// Counts much that is odd.
    pub(super) fn count_all(&mut self, counted: &[Counted]) {
        for more in counted {
            self.count(more.clone());
        }
    }

    /// Counts something odd.
    pub(super) fn count(&mut self, more: Counted) {
        more.add_to(&mut self.oddities);
    }

    /// How much was left out or changed, and why.
    #[must_use]
    pub fn left_out(&self) -> Vec<(&'static str, u64)> {
        let faults = [("bad records", self.skipped), ("bad times", self.bad_times)];
        let oddities = self.oddities.iter();
        let odd = oddities.map(|counted| (counted.oddity.name(), counted.count));
        let all = faults.into_iter().chain(odd);
        all.filter(|(_, count)| *count > 0).collect()
    }
}

/// Goes on with the names of bad records while they are few.
fn extend(named: &mut Vec<Error>, next: Vec<Error>) {
    named.extend(next.into_iter().take(NAMED.saturating_sub(named.len())));
}

/// Takes shapes in batches, from any thread.
pub type Deliver<'a> = &'a (dyn Fn(&[Shape]) + Sync);

/// Takes shapes in batches, from any thread, with the name of the part of the data that they are
/// of.
pub(super) type DeliverPart<'a> = &'a (dyn Fn(&str, &[Shape]) + Sync);

/// Parts of the data, by what stands in a column of theirs.
struct Parts<'a> {
    deliver: DeliverPart<'a>,
    /// What was met so far, with the shapes that wait.
    batches: Vec<(String, Vec<Shape>)>,
    by_name: HashMap<String, usize>,
    /// The part of the record at hand.
    current: usize,
}

impl<'a> Parts<'a> {
    fn new(deliver: DeliverPart<'a>) -> Self {
        let mut parts = Self {
            deliver,
            batches: Vec::new(),
            by_name: HashMap::new(),
            current: 0,
        };
        // What has no such column is of a part, too.
        parts.choose("");
        parts
    }

    fn choose(&mut self, name: &str) {
        if let Some(&known) = self.by_name.get(name) {
            self.current = known;
            return;
        }
        self.current = self.batches.len();
        self.by_name.insert(name.to_owned(), self.current);
        self.batches.push((name.to_owned(), Vec::new()));
    }
}

/// Collects the shapes of a file in batches, and counts its bad records.
pub struct Sink<'a> {
    file: String,
    manner: Manner,
    ordinary: Ordinary,
    /// What sifts places and tracks, if anything does.
    sieve: Option<&'a Sieve>,
    /// Tracks that are held until the file ends, where they are sifted, and where to find them.
    held: Vec<Held>,
    held_at: HashMap<u64, usize>,
    /// The sports that a list beside the file tells of it, and that of the track which is read.
    listed_sports: Vec<String>,
    sport: Sport,
    batch: Vec<Shape>,
    deliver: Deliver<'a>,
    /// Somebody parts the data, and gets the shapes instead.
    parts: Option<Parts<'a>>,
    report: &'a mut Report,
    /// The coordinate systems that were noted, the last of them at the end.
    noted: Vec<Crs>,
    /// It is for a piece of a file, whose systems are noted with those of the others.
    is_piece: bool,
    /// How many rows the one at hand stands for.
    count: u32,
    /// The times of the record at hand are what clocks showed at its place.
    has_local_times: bool,
}

impl<'a> Sink<'a> {
    /// A sink for one file.
    pub fn new(file: &str, manner: Manner, deliver: Deliver<'a>, report: &'a mut Report) -> Self {
        Self {
            file: file.to_owned(),
            manner,
            ordinary: manner.ordinary(),
            sieve: None,
            held: Vec::new(),
            held_at: HashMap::new(),
            listed_sports: Vec::new(),
            sport: Sport::OfFile,
            batch: Vec::new(),
            deliver,
            parts: None,
            report,
            noted: Vec::new(),
            is_piece: false,
            count: 1,
            has_local_times: false,
        }
    }

    /// The same, with filters of places and tracks.
    pub(super) fn sifting(mut self, sieve: Option<&'a Sieve>) -> Self {
        self.sieve = sieve;
        self
    }

    /// Whether tracks are held until the file ends, for filters to see them as a whole.
    pub(super) fn is_sifting(&self) -> bool {
        self.sieve.is_some()
    }

    /// The shapes that come now are of a row that stands for so many like it, until another is said
    /// to; those of none are left out.
    pub(super) fn stands_for(&mut self, count: u32) {
        self.count = count;
    }

    /// The record at hand is over, and what was known of its time.
    pub(super) fn over(&mut self) {
        self.has_local_times = false;
    }

    /// Whether the time of the record at hand is what the clocks showed there.
    pub(super) fn has_local_times(&self) -> bool {
        self.has_local_times
    }

    /// Whether it matters if times say their zone.
    pub(super) fn minds_zones(&self) -> bool {
        self.sieve.is_some_and(Sieve::minds_zones)
    }

    /// Takes note whether the time of the record at hand says its zone. One that does not is what
    /// the clocks showed there, or counts as UTC where the filters are of a zone, which is told.
    ///
    /// # Errors
    /// As [`Self::odd`].
    pub(super) fn zoned(&mut self, has_zone: bool, at: impl Into<Option<u64>>) -> Result<()> {
        self.has_local_times = !has_zone;
        let counts_as_utc = self.sieve.is_some_and(Sieve::has_zone);
        if has_zone || !counts_as_utc {
            return Ok(());
        }
        self.odd(Oddity::LocalTime, at)
    }

    /// The same for somebody who parts the data.
    pub(super) fn parting(mut self, deliver: Option<DeliverPart<'a>>) -> Self {
        self.parts = deliver.map(Parts::new);
        self
    }

    /// Takes note of the part that the record at hand is of, by what stands in its column; blank if
    /// nothing does. A track is of the part of its first record.
    pub(super) fn part(&mut self, name: &[u8]) {
        if let Some(parts) = &mut self.parts {
            parts.choose(&decode::word(name.trim_ascii()));
        }
    }

    /// Hands pieces of the file to many threads, each with a sink of its own. Reports are in the
    /// order of the pieces, and so is the error, if there is one. Where the shapes must be in order
    /// too, one piece follows the other.
    ///
    /// # Errors
    /// The first error in the order of the pieces.
    pub(super) fn side_by_side<P: Sync>(
        &mut self,
        pieces: &[P],
        read: impl Fn(&P, &mut Sink) -> Result<()> + Sync,
    ) -> Result<()> {
        if self.manner.in_order {
            return pieces.iter().try_for_each(|piece| read(piece, self));
        }
        let (file, manner, deliver) = (&self.file, self.manner, self.deliver);
        let (sieve, sports) = (self.sieve, &self.listed_sports);
        let parting = self.parts.as_ref().map(|parts| parts.deliver);
        let parts = pieces.par_iter().map(|piece| {
            let mut report = Report::default();
            let sink = Sink::new(file, manner, deliver, &mut report).sifting(sieve);
            let mut sink = sink.parting(parting);
            sink.listed_sports.clone_from(sports);
            sink.is_piece = true;
            let result = read(piece, &mut sink);
            let noted = std::mem::take(&mut sink.noted);
            drop(sink);
            (result, report, noted)
        });
        for (result, report, noted) in parts.collect::<Vec<_>>() {
            self.report.append(report);
            for crs in noted {
                self.note_system(crs);
            }
            result?;
        }
        Ok(())
    }

    /// The name of the file that is read, for messages.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How the file is to be read.
    #[must_use]
    pub fn manner(&self) -> Manner {
        self.manner
    }

    /// What the numbers of this file are, if it is in degrees of WGS 84 whatever is given.
    pub(super) fn in_degrees(&mut self) {
        if self.manner.claim != Claim::Usual && self.manner.crs != Crs::Wgs84 {
            self.odd_file(Oddity::OtherSystem);
        }
        if !self.manner.crs.is_plane() {
            self.manner.crs = Crs::Wgs84;
        }
    }

    /// The system that numbers are read in which say one themselves; `at` is their line or number,
    /// if it is not the whole file that does.
    pub(super) fn system(&mut self, stated: Crs, at: impl Into<Option<u64>>) -> Result<Crs> {
        let Manner { crs, claim, .. } = self.manner;
        if crs.is_plane() {
            return Ok(crs);
        }
        let differs = stated != crs;
        let (system, oddity) = match claim {
            Claim::Usual => (stated, None),
            Claim::Given => (stated, Some(Oddity::OtherSystem)),
            Claim::Forced => (crs, Some(Oddity::SystemForced)),
        };
        if let Some(oddity) = oddity.filter(|_| differs) {
            self.odd(oddity, at)?;
        }
        self.note_system(system);
        Ok(system)
    }

    /// Notes a system that is not an ordinary one, and how good it is, once for a file.
    pub(super) fn note_system(&mut self, crs: Crs) {
        let Crs::Projected(system) = crs else { return };
        let is_known = self.noted.last() == Some(&crs) || self.noted.contains(&crs);
        if is_known || self.noted.len() >= SYSTEMS_NOTED {
            return;
        }
        self.noted.push(crs);
        if self.is_piece {
            return;
        }
        self.note(format_args!("coordinates are in {system}"));
        if system.accuracy() == Accuracy::Sphere {
            self.odd_file(Oddity::OnSphere);
        }
    }

    /// Settles what comes first in the dates of this file.
    pub(super) fn settle(&mut self, order: DateOrder) {
        self.manner.date_order = order;
    }

    /// Whether a place is drawn as it is found, and nothing is to be told of it. It may be so for
    /// others, too.
    #[inline]
    pub(super) fn is_ordinary(&self, at: Coord) -> bool {
        self.ordinary.has(at)
    }

    /// Settles in which system the numbers of this file are.
    pub(super) fn settle_system(&mut self, crs: Crs) {
        self.manner.crs = crs;
    }

    /// Takes a point of its own; `at` is its line or number, if it has one.
    ///
    /// # Errors
    /// When the reading is strict and its place is an odd one.
    #[inline]
    pub fn point(&mut self, point: Shape, at: impl Into<Option<u64>>) -> Result<()> {
        let (track, count) = (point.track, point.count);
        match point.geometry {
            Geometry::Point(place) if !self.is_ordinary(place) => {
                return self.odd_point(point, place, at.into());
            }
            Geometry::Point(place) if track.is_none() && count == NonZeroU32::MIN => {
                self.plain_point(place, point.weight, point.time);
            }
            _ => self.shape(point),
        }
        Ok(())
    }

    /// Takes a record that is no more than an ordinary place, unless something is asked of it
    /// before; and whether it was taken.
    #[inline]
    pub(super) fn takes_plain(&mut self, place: Coord) -> bool {
        let is_taken = self.is_ordinary(place) && self.takes_as_it_is();
        if is_taken {
            self.record();
            self.push(Shape::point(place));
        }
        is_taken
    }

    /// A point that is no more than this. It comes in registers, and its shape is made where it
    /// stays: one that is written to memory in its parts and read as a whole makes the processor
    /// wait.
    #[inline(never)]
    fn plain_point(&mut self, place: Coord, weight: f64, time: Option<Time>) {
        let point = || Shape::point(place).weighing(weight).when(time);
        if self.takes_as_it_is() {
            self.push(point());
        } else {
            self.shape(point());
        }
    }

    /// Whether a good point is a shape of the batch, and nothing is asked of it before.
    #[inline]
    fn takes_as_it_is(&self) -> bool {
        self.count == 1
            && self.manner.measure.is_none()
            && self.sieve.is_none()
            && self.parts.is_none()
    }

    #[inline]
    fn push(&mut self, shape: Shape) {
        self.batch.push(shape);
        if self.batch.len() == BATCH {
            self.flush();
        }
    }

    #[cold]
    fn odd_point(&mut self, point: Shape, place: Coord, at: Option<u64>) -> Result<()> {
        let located = self.manner.located(self.manner.crs, place);
        if let Some(place) = self.told(located, at)? {
            self.shape(Shape {
                geometry: Geometry::Point(place),
                ..point
            });
        }
        Ok(())
    }

    /// The place of what was located at a line or number, whose oddities are counted.
    ///
    /// # Errors
    /// When the reading is strict and one of them is a fault.
    pub fn told(&mut self, located: Located, at: impl Into<Option<u64>>) -> Result<Option<Coord>> {
        let at = at.into();
        for oddity in located.odd.into_iter().flatten() {
            self.odd(oddity, at)?;
        }
        Ok(located.at)
    }

    /// Counts something odd; `at` is its line or number.
    ///
    /// # Errors
    /// When the reading is strict and it is the fault of a record.
    pub fn odd(&mut self, oddity: Oddity, at: impl Into<Option<u64>>) -> Result<()> {
        self.odd_because(oddity, at, format_args!("1 {}", oddity.words().0))
    }

    /// Whether a position that may be off by so many metres, if it says that, is as accurate as is
    /// asked for. One that is not is counted; `at` is its line or number.
    ///
    /// # Errors
    /// Never: it is no fault of a record.
    pub(super) fn is_accurate(
        &mut self,
        metres: Option<f64>,
        at: impl Into<Option<u64>>,
    ) -> Result<bool> {
        if self.manner.is_accurate(metres) {
            return Ok(true);
        }
        self.odd(Oddity::Inaccurate, at)?;
        Ok(false)
    }

    /// Takes a good shape that is no part of a track, or one of those of which no values are
    /// wanted.
    #[inline(never)]
    pub fn shape(&mut self, shape: Shape) {
        if self.manner.measure.is_some() {
            self.odd_file(Oddity::Unmeasured);
        } else {
            self.give(shape);
        }
    }

    /// Takes a good fix that is none of a track: a point of so much weight, or one of its value
    /// where values are wanted.
    pub(super) fn lone(&mut self, fix: Fix, weight: f64) {
        let weight = match self.manner.measure {
            None => Some(weight),
            Some(measure) => fix.value(measure),
        };
        match weight {
            Some(weight) => self.give(fix.alone().weighing(weight)),
            None => self.odd_file(Oddity::Unmeasured),
        }
    }

    /// Takes a good shape, or a fix as the point of its value, if the filters let it pass.
    #[inline]
    pub(super) fn give(&mut self, shape: Shape) {
        match self.sieve {
            None => self.take(shape),
            Some(sieve) => self.sifted(shape, sieve),
        }
    }

    /// Takes a shape of its own if the filters let it pass.
    #[cold]
    fn sifted(&mut self, shape: Shape, sieve: &Sieve) {
        match shape.geometry {
            Geometry::Point(_) if !self.is_of_wanted_sport(None, sieve) => {}
            Geometry::Point(at) => match sieve.point(at, shape.time, self.has_local_times) {
                None => self.take(shape),
                Some(oddity) => self.odd_files(oddity, 1),
            },
            Geometry::Segment(from, to) => {
                let time = shape.time;
                let mut track = Track::new(About {
                    number: 0,
                    name: None,
                    weight: shape.weight,
                });
                self.choose_part_of(&mut track);
                track.has_local_times = self.has_local_times;
                for at in [from, to] {
                    track.hold(Fix::new(at, time));
                }
                track.release().into_iter().for_each(|held| self.hold(held));
            }
        }
    }

    /// Holds a line until the file ends.
    pub(super) fn hold(&mut self, mut held: Held) {
        held.sport.clone_from(&self.sport);
        held.count = self.count;
        if let Some(&at) = self.held_at.get(&held.serial()) {
            self.held[at].lines.extend(held.lines);
        } else {
            self.held_at.insert(held.serial(), self.held.len());
            self.held.push(held);
        }
    }

    /// Sifts the tracks that were held, and takes what is left of them.
    fn sift(&mut self) {
        self.held_at.clear();
        for held in std::mem::take(&mut self.held) {
            let (mut track, lines) = (held.track, held.lines);
            self.count = held.count;
            let Some(sieve) = self.sieve else { continue };
            if !self.is_of_wanted_sport(Some(held.sport), sieve) {
                continue;
            }
            if let Some(activity) = sieve.listed(&self.file, &lines) {
                self.report.activities.push(activity);
                continue;
            }
            if sieve.is_told(&self.file, &lines) {
                self.odd_file(Oddity::Twin);
                continue;
            }
            let (lines, tolls) = sieve.track(lines, track.has_local_times);
            for (oddity, count) in tolls {
                self.odd_files(oddity, count);
            }
            self.choose_part_of(&mut track);
            for line in lines {
                for step in line {
                    track.weigh(step.weight);
                    let fix = Fix::new(step.at, step.time).measuring(step.measured);
                    if let Some(shape) = track.join(fix, &self.manner) {
                        self.take(shape);
                    }
                }
                if let Some(line) = track.cut(&self.manner) {
                    self.line(line);
                }
            }
        }
    }

    /// Whether a track of a sport, or of the one at hand, is wanted, or, where the file does not tell
    /// its tracks apart, one of any of its sports. What is not is counted by its sport.
    fn is_of_wanted_sport(&mut self, sport: Option<Sport>, sieve: &Sieve) -> bool {
        if !sieve.is_by_sport() {
            return true;
        }
        let mut sports = match sport.unwrap_or_else(|| self.sport.clone()) {
            Sport::OfTrack(sport) => sport.into_iter().collect(),
            Sport::OfFile => self.report.described.sports.clone(),
        };
        sports.extend_from_slice(&self.listed_sports);
        if sieve.wants(&sports) {
            return true;
        }
        let (oddity, kind) = match sports.first() {
            Some(first) => (Oddity::OtherSport, Some(sport::name(first))),
            None => (Oddity::Sportless, None),
        };
        let counted = Counted::file(oddity, kind, &self.file);
        self.report.count(counted);
        false
    }

    /// Takes a shape that has passed all filters.
    #[inline]
    fn take(&mut self, shape: Shape) {
        let geometry = match shape.geometry {
            Geometry::Point(_) => shape.geometry,
            Geometry::Segment(from, to) => Geometry::Segment(from, self.manner.led(from, to)),
        };
        let count = match self.count {
            1 => shape.count,
            count => match NonZeroU32::new(count) {
                Some(count) => count,
                None => return,
            },
        };
        let shape = Shape {
            geometry,
            count,
            ..shape
        };
        if self.parts.is_some() {
            return self.take_part(shape);
        }
        self.push(shape);
    }

    /// Takes a polygon of a format whose polygons can be read, where some are wanted; `at` is its
    /// line or number. Heat maps are made of none.
    ///
    /// # Errors
    /// Like [`odd`](Self::odd).
    pub(super) fn polygon(
        &mut self,
        polygon: impl FnOnce() -> Polygon,
        at: impl Into<Option<u64>>,
    ) -> Result<()> {
        if !self.manner.polygons {
            return self.odd(Oddity::Polygons, at);
        }
        let polygon = polygon();
        if polygon.rings.iter().any(|ring| ring.len() > 2) {
            self.report.polygons.push(polygon);
        }
        Ok(())
    }

    /// Meets a polygon of a format whose polygons are passed over.
    ///
    /// # Errors
    /// When polygons are wanted.
    pub(super) fn passed_polygon(&mut self, at: impl Into<Option<u64>>) -> Result<()> {
        let at = at.into();
        if self.manner.polygons {
            let error = self.error(at, "polygons are read from GeoJSON, KML and shapefiles");
            return Err(error.advice("convert it, as with ogr2ogr areas.geojson"));
        }
        self.odd(Oddity::Polygons, at)
    }

    /// Takes a shape of the part at hand.
    #[cold]
    fn take_part(&mut self, shape: Shape) {
        let Some(parts) = &mut self.parts else { return };
        let (_, batch) = &mut parts.batches[parts.current];
        batch.push(shape);
        if batch.len() == BATCH {
            self.flush_part(self.part_at_hand());
        }
    }

    fn part_at_hand(&self) -> usize {
        self.parts.as_ref().map_or(0, |parts| parts.current)
    }

    /// Hands on the shapes of a part.
    fn flush_part(&mut self, number: usize) {
        let Some(parts) = &mut self.parts else { return };
        let (name, batch) = &mut parts.batches[number];
        if batch.is_empty() {
            return;
        }
        (parts.deliver)(name, batch);
        let batch = std::mem::take(batch);
        self.count(&batch);
        self.survey(&batch);
    }

    /// The part of a track is that of its first record.
    fn choose_part_of(&mut self, track: &mut Track) {
        if let Some(parts) = &mut self.parts {
            parts.current = *track.part.get_or_insert(parts.current);
        }
    }

    /// Joins a fix to a track.
    pub fn join(&mut self, track: &mut Track, fix: Fix) {
        let at_hand = self.part_at_hand();
        self.choose_part_of(track);
        if self.is_sifting() {
            self.go_on_with(at_hand);
            track.has_local_times |= self.has_local_times;
            return track.hold(fix);
        }
        if let Some(shape) = track.join(fix, &self.manner) {
            self.take(shape);
        }
        self.go_on_with(at_hand);
    }

    /// Cuts a track: its line is complete.
    pub fn cut(&mut self, track: &mut Track) {
        let at_hand = self.part_at_hand();
        self.choose_part_of(track);
        if self.is_sifting() {
            self.go_on_with(at_hand);
            track.release().into_iter().for_each(|held| self.hold(held));
            return;
        }
        if let Some(line) = track.cut(&self.manner) {
            self.line(line);
        }
        self.go_on_with(at_hand);
    }

    fn go_on_with(&mut self, part: usize) {
        self.parts.iter_mut().for_each(|parts| parts.current = part);
    }

    /// Takes the end of a line whose segments it got.
    pub fn line(&mut self, line: Line) {
        self.report.tally.tracks += 1;
        if line.untimed > 0 {
            self.odd_files(Oddity::Untimed, line.untimed);
        }
        if line.unmeasured > 0 {
            self.odd_files(Oddity::Unmeasured, line.unmeasured);
        }
        match line.lone {
            Some(_) if self.manner.track_weight.is_along() => self.odd_file(Oddity::LoneFix),
            Some(lone) => self.take(lone),
            // Each was a point, or has been told of.
            None if self.manner.measure.is_some() => {}
            None => self.report.tally.positions += line.fixes,
        }
        if self.manner.survey {
            let (first, last) = line.times.unzip();
            self.report.tally.clock(first);
            self.report.tally.clock(last);
        }
    }

    /// Takes note of which account of where somebody was this file is.
    pub(super) fn account(&mut self, account: Accounts) {
        self.report.accounts = account;
    }

    /// Takes note of what a list beside the file says of it.
    pub(super) fn describe(&mut self, described: &Described) {
        self.listed_sports.clone_from(&described.sports);
        self.report.described.append(described.clone());
    }

    /// Takes note of the sport of a track, or how somebody moved on it.
    pub fn sport(&mut self, sport: &str) {
        self.report.described.sport(sport);
        if self.is_sifting() && !sport.trim().is_empty() {
            self.sport = Sport::OfTrack(Some(sport.trim().to_owned()));
        }
    }

    /// Takes note that another track begins, of which no sport is known yet.
    pub(super) fn next_sport(&mut self) {
        self.sport = Sport::OfTrack(None);
    }

    /// Takes note of the name of a track or of the file; the first one counts.
    pub fn name(&mut self, name: &str) {
        let name = name.trim();
        if !name.is_empty() {
            let known = &mut self.report.described.name;
            known.get_or_insert_with(|| name.to_owned());
        }
    }

    /// Takes note of the device or program that recorded the file; the first one counts.
    pub fn device(&mut self, device: &str) {
        let device = device.trim();
        if !device.is_empty() {
            let known = &mut self.report.described.device;
            known.get_or_insert_with(|| device.to_owned());
        }
    }

    /// Counts a record that was looked at: a row, a track point, a shapefile record.
    #[inline]
    pub fn record(&mut self) {
        self.over();
        self.report.records += 1;
    }

    /// Counts a record that cannot be used; `at` is its line or number.
    ///
    /// # Errors
    /// When the reading is strict: then the first such record ends it.
    pub fn skip(&mut self, at: impl Into<Option<u64>>, fact: impl fmt::Display) -> Result<()> {
        let at = at.into();
        if self.manner.strict {
            return Err(self.error(at, fact));
        }
        self.report.skipped += 1;
        if self.report.named.len() < NAMED {
            let error = self.error(at, fact);
            self.report.named.push(error);
        }
        Ok(())
    }

    /// Counts a time that cannot be read, of a shape that is good without it; `at` is its line or
    /// number.
    ///
    /// # Errors
    /// When the reading is strict: then the first such time ends it.
    pub fn bad_time(&mut self, at: impl Into<Option<u64>>, fact: impl fmt::Display) -> Result<()> {
        let at = at.into();
        if self.manner.strict {
            return Err(self.error(at, fact));
        }
        self.report.bad_times += 1;
        if self.report.named_times.len() < NAMED {
            let error = self.error(at, fact);
            self.report.named_times.push(error);
        }
        Ok(())
    }

    /// Counts something odd about the file as a whole.
    pub(super) fn odd_file(&mut self, oddity: Oddity) {
        self.odd_files(oddity, 1);
    }

    /// The same of something that was met so often.
    pub(super) fn odd_files(&mut self, oddity: Oddity, count: u64) {
        self.met(oddity, count, None);
    }

    /// Counts something that is no fault of a record and was met so often, first at a line or
    /// number.
    pub(super) fn odd_often(&mut self, oddity: Oddity, count: u64, at: u64) {
        self.met(oddity, count, Some(at));
    }

    /// Counts something odd, whose place is of interest at its first time alone: filters may meet
    /// one for each of millions of points.
    fn met(&mut self, oddity: Oddity, count: u64, at: Option<u64>) {
        let mut known = self.report.oddities.iter_mut();
        if let Some(known) = known.find(|known| known.oddity == oddity) {
            known.count += count;
            return;
        }
        let file = self.file.clone();
        let first = Location { file, at };
        self.report.count(Counted::new(oddity, count, first));
    }

    /// Counts something odd about a record that is used; `at` is its line or number.
    ///
    /// # Errors
    /// When the reading is strict and it is the fault of a record: then the first such ends it.
    pub(super) fn odd_because(
        &mut self,
        oddity: Oddity,
        at: impl Into<Option<u64>>,
        fact: impl fmt::Display,
    ) -> Result<()> {
        let at = at.into();
        if self.manner.strict && oddity.is_fault() {
            return Err(self.error(at, fact));
        }
        self.met(oddity, 1, at);
        Ok(())
    }

    /// An error about the whole file, or about one place in it.
    #[must_use]
    pub fn error(&self, at: Option<u64>, fact: impl fmt::Display) -> Error {
        fault(&self.file, at, fact)
    }

    /// Tells the names of the columns that places are read from.
    pub(super) fn read_columns(&mut self, columns: String) {
        self.report.read_columns(columns);
    }

    /// Leaves a note for a curious user.
    pub fn note(&mut self, note: impl fmt::Display) {
        self.report.notes.push(format!("{}: {note}", self.file));
    }

    /// Takes note of where and when the shapes of a batch are, if that is wanted.
    fn survey(&mut self, batch: &[Shape]) {
        if self.manner.survey {
            let tally = &mut self.report.tally;
            tally.locate(batch, self.manner.crs.is_plane());
            for shape in batch {
                tally.clock(shape.time);
            }
        }
    }

    /// Counts the shapes of a batch.
    fn count(&mut self, batch: &[Shape]) {
        for shape in batch {
            let count = u64::from(shape.count.get());
            let is_point = matches!(shape.geometry, Geometry::Point(_));
            self.report.shapes += count;
            self.report.tally.positions += count * u64::from(is_point);
            self.report.timed += count * u64::from(shape.time.is_some());
            self.report.negative += count * u64::from(shape.weight < 0.0);
        }
    }

    #[inline(never)]
    fn flush(&mut self) {
        if !self.batch.is_empty() {
            let mut batch = std::mem::take(&mut self.batch);
            self.count(&batch);
            self.survey(&batch);
            (self.deliver)(&batch);
            batch.clear();
            // Its memory is used again.
            self.batch = batch;
        }
    }
}

impl Drop for Sink<'_> {
    /// What was good before an error still counts.
    fn drop(&mut self) {
        self.sift();
        let parts = self.parts.as_ref().map_or(0, |parts| parts.batches.len());
        (0..parts).for_each(|part| self.flush_part(part));
        self.flush();
    }
}

/// An error about a file, or about one place in it.
pub(super) fn fault(file: &str, at: Option<u64>, fact: impl fmt::Display) -> Error {
    let file = file.to_owned();
    let error = Error::input(Location { file, at }, fact);
    let kind = if is_out_of_memory(&error.fact) {
        ErrorKind::Limit
    } else {
        error.kind
    };
    Error { kind, ..error }
}

/// Whether the reason is that there is no memory, and not the file: readers of others hand that
/// through as words.
fn is_out_of_memory(fact: &str) -> bool {
    let words = io::Error::from(io::ErrorKind::OutOfMemory).to_string();
    fact == words || fact.starts_with("Cannot allocate memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_memory_is_known_by_its_words() {
        let of_kind = io::Error::from(io::ErrorKind::OutOfMemory);
        assert!(is_out_of_memory(&of_kind.to_string()));
        #[cfg(target_os = "linux")]
        assert!(is_out_of_memory(
            &io::Error::from_raw_os_error(12).to_string()
        ));
        assert!(!is_out_of_memory("latitude 95 is not between -90 and 90"));
    }
}
