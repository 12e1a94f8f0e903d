//! Sink of the readers: shapes go on in batches, bad records are counted, the first are named.

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;

use super::inventory::{Described, FileRead, Tally};
use super::time::DateOrder;
use super::track::{Fix, Line, Measure, Track};
use crate::error::{Error, Location, Remedy, Result};
use crate::geo::{Coord, Crs, Geometry, Shape, TrackId, TrackWeight, Wrap};

/// How many shapes travel together: as many as stay in a processor's nearest cache.
const BATCH: usize = 512;
/// How many bad records are named; the others are only counted.
const NAMED: usize = 5;

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
    /// Which accounts of where somebody was were read.
    pub(crate) accounts: Accounts,
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
        self.accounts.raw |= next.accounts.raw;
        self.accounts.semantic |= next.accounts.semantic;
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

/// Something that was not taken as it was found, and may surprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Members of folders and archives that no reader is known for, or that hold no places.
    OtherFiles,
    /// Members of folders and archives that are not wanted because of their names.
    Excluded,
    /// Further documents in a KMZ, of which the first is the one to show.
    OtherDocuments,
    /// Files that hold something else than their extension says.
    OtherExtension,
    /// Files of a kind that may have positions, in which there is none.
    NoPosition,
    /// Records of tracks without a position, as where there was no reception.
    NoFix,
    /// Polygons, which are no points and no tracks.
    Polygons,
    /// Links to other data, which nobody follows.
    Links,
    /// Files that end in the middle or are broken from some place on.
    Broken,
    /// Records whose checksum is wrong.
    Checksum,
    /// Fixes at exactly 0° north, 0° east, in a format where devices write them that failed.
    FailedFixes,
    /// Places at exactly 0° north, 0° east, where writers put fixes that they do not have.
    NullIsland,
    /// Longitudes beyond ±180°, which are the same places on this side of it.
    Wrapped,
    /// Latitudes beyond the end of the map, which are drawn on that end.
    Clamped,
    /// Places that the projection of the picture cannot show.
    OffTheMap,
    /// Files and rows that say another coordinate system than the user, and are read in theirs.
    OtherSystem,
    /// Files and rows that say another coordinate system than the one that they are read in.
    SystemForced,
    /// Records of shapefiles that are marked as deleted in the table beside them.
    DeletedRow,
    /// Records of shapefiles whose length is not the one that they state.
    WrongLength,
    /// Dates whose day and month could each be the other.
    DayOrMonth,
    /// Weights that are there and cannot be read; their points weigh 1.
    UnreadWeights,
    /// Lines above a table that belong to no row of it.
    PassedOver,
    /// Photos of which nothing says where they were taken.
    PhotoWithoutPlace,
    /// Photos whose metadata is there and cannot be read.
    BrokenPhoto,
    /// Places of photos that lack the letters of their hemispheres.
    NoHemisphere,
    /// Times by a clock of which nothing tells the zone.
    LocalTime,
    /// Records whose geometry is empty or missing.
    NoGeometry,
    /// Files whose positions have the longitude first, which only their size tells.
    LonFirst,
    /// Positions that are less accurate than is asked for.
    Inaccurate,
    /// Numbers that lost their sign when they were written, and got it back.
    Overflow,
    /// Records that tell of a time or a place of which others tell already.
    ToldTwice,
    /// Records that are no positions.
    OtherRecords,
    /// A location history whose every position was read, and the paths that were made of them, too.
    SameHistory,
    /// Rows that belong to no track, among those of tracks.
    NoTrack,
    /// A file of settings, as it lies beside a location history.
    TakeoutSettings,
    /// A notice that a location history is kept on a phone.
    EncryptedTimeline,
    /// Descriptions of photos, without their pictures.
    PhotoDescription,
    /// Tables of whole numbers between commas, which may be decimal ones.
    WholeNumbers,
    /// Files that have tracks of their own, or none, and no columns.
    NoTrackColumn,
    /// Tables whose first row names latitude and longitude the other way round than they are read.
    Contradicted,
    /// Pieces of tracks without times, where heat is to go by time.
    Untimed,
    /// Lone positions of tracks, where heat is to go by length or time.
    LoneFix,
    /// Fixes without the value that is wanted of them.
    Unmeasured,
}

impl Oddity {
    /// One of them, and several, in words.
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::OtherFiles => (
                "file of another kind or without places was left out",
                "files of other kinds or without places were left out",
            ),
            Self::Excluded => (
                "file was left out because of its name",
                "files were left out because of their names",
            ),
            Self::OtherDocuments => (
                "KML in a KMZ was left out, for its first is the one to show",
                "KML files in KMZ were left out, for their first are those to show",
            ),
            Self::OtherExtension => (
                "file holds something else than its extension says, and was read as that",
                "files hold something else than their extensions say, and were read as that",
            ),
            Self::NoPosition => ("file holds no position", "files hold no positions"),
            Self::NoFix => (
                "record of a track without a position was left out",
                "records of tracks without positions were left out",
            ),
            Self::Polygons => (
                "polygon was left out: heat maps are made of points and lines",
                "polygons were left out: heat maps are made of points and lines",
            ),
            Self::Links => (
                "link to other data was not followed",
                "links to other data were not followed",
            ),
            Self::Broken => (
                "file ends in the middle or is broken; what came before is used",
                "files end in the middle or are broken; what came before is used",
            ),
            Self::Checksum => (
                "record was left out, whose checksum is wrong",
                "records were left out, whose checksums are wrong",
            ),
            Self::FailedFixes => (
                "fix at exactly 0, 0 was left out, as devices write it that failed",
                "fixes at exactly 0, 0 were left out, as devices write them that failed",
            ),
            Self::NullIsland => (
                "place at exactly 0, 0 was left out, which mostly means a missing fix",
                "places at exactly 0, 0 were left out, which mostly means missing fixes",
            ),
            Self::Wrapped => (
                "longitude beyond 180° was taken for the same meridian within ±180°",
                "longitudes beyond 180° were taken for the same meridians within ±180°",
            ),
            Self::Clamped => (
                "latitude lies beyond the end of the map and is drawn on its edge",
                "latitudes lie beyond the end of the map and are drawn on its edge",
            ),
            Self::OffTheMap => (
                "place was left out, which the projection of the picture cannot show",
                "places were left out, which the projection of the picture cannot show",
            ),
            Self::OtherSystem => (
                "statement of another coordinate system than the given one was found in the data, \
                 and counts",
                "statements of other coordinate systems than the given one were found in the \
                 data, and count",
            ),
            Self::SystemForced => (
                "statement of another coordinate system than the given one was found in the data, \
                 and does not count",
                "statements of other coordinate systems than the given one were found in the \
                 data, and do not count",
            ),
            Self::DeletedRow => (
                "record that is marked as deleted in the .dbf was left out",
                "records that are marked as deleted in the .dbf were left out",
            ),
            Self::WrongLength => (
                "record is of another length than it states, and was read all the same",
                "records are of other lengths than they state, and were read all the same",
            ),
            Self::DayOrMonth => (
                "date was read with the month before the day, which nothing in the file tells",
                "dates were read with the month before the day, which nothing in the file tells",
            ),
            Self::PassedOver => (
                "line above the table was passed over",
                "lines above tables were passed over",
            ),
            Self::UnreadWeights => (
                "weight could not be read and counts as 1",
                "weights could not be read and count as 1",
            ),
            Self::PhotoWithoutPlace => (
                "photo without a position was left out",
                "photos without a position were left out",
            ),
            Self::BrokenPhoto => (
                "photo with broken metadata was left out",
                "photos with broken metadata were left out",
            ),
            Self::NoHemisphere => (
                "position has no hemisphere and was taken to be north and east",
                "positions have no hemispheres and were taken to be north and east",
            ),
            Self::LocalTime => (
                "time is by a camera's clock without a zone, and counts as UTC",
                "times are by cameras' clocks without a zone, and count as UTC",
            ),
            Self::NoGeometry => (
                "record without a geometry was left out",
                "records without a geometry were left out",
            ),
            Self::LonFirst => (
                "file has numbers too large for latitudes in their place, and was read with the \
                 longitude first",
                "files have numbers too large for latitudes in their place, and were read with the \
                 longitude first",
            ),
            Self::Inaccurate => (
                "position was left out, which is less accurate than asked for",
                "positions were left out, which are less accurate than asked for",
            ),
            Self::Overflow => (
                "position had lost the sign of a number, and got it back",
                "positions had lost the signs of numbers, and got them back",
            ),
            Self::ToldTwice => (
                "record was left out, because others tell of its time",
                "records were left out, because others tell of their times",
            ),
            Self::OtherRecords => (
                "record that is no position was left out",
                "records that are no positions were left out",
            ),
            Self::SameHistory => (
                "location history may count twice: its records and the paths and visits made of \
                 them were both read; name one of the two",
                "location histories may count twice: their records and the paths and visits made \
                 of them were both read; name one of the two",
            ),
            Self::NoTrack => (
                "row names no track and is a point of its own",
                "rows name no track and are points of their own",
            ),
            Self::TakeoutSettings => (
                "file of settings holds no places; those of a Takeout are in Records.json, \
                 Timeline.json and the monthly files",
                "files of settings hold no places; those of a Takeout are in Records.json, \
                 Timeline.json and the monthly files",
            ),
            Self::EncryptedTimeline => (
                "notice instead of data: this Timeline is kept on the phone, whose settings \
                 (Location, Timeline) can export Timeline.json",
                "notices instead of data: these Timelines are kept on phones, whose settings \
                 (Location, Timeline) can export Timeline.json",
            ),
            Self::Contradicted => (
                "table has latitude and longitude the other way round, by the names in its first row",
                "tables have latitude and longitude the other way round, by the names in their first rows",
            ),
            Self::WholeNumbers => (
                "table without names holds nothing but whole numbers, of which the first three were \
                 read as a place and its weight; if its commas are decimal ones, it needs another \
                 delimiter",
                "tables without names hold nothing but whole numbers, of which the first three were \
                 read as places and their weights; if their commas are decimal ones, they need \
                 another delimiter",
            ),
            Self::NoTrackColumn => (
                "file has no columns whose rows could be joined to tracks, and was read as it is",
                "files have no columns whose rows could be joined to tracks, and were read as they \
                 are",
            ),
            Self::PhotoDescription => (
                "description of a photo was left out; it is read with its picture",
                "descriptions of photos were left out; they are read with their pictures",
            ),
            Self::Untimed => (
                "piece of a track has no times, and is weighed by its length: a metre as a second",
                "pieces of tracks have no times, and are weighed by their lengths: metres as seconds",
            ),
            Self::LoneFix => (
                "lone position of a track has neither length nor time, and gives off no heat",
                "lone positions of tracks have neither length nor time, and give off no heat",
            ),
            Self::Unmeasured => (
                "place has no value of the wanted kind, and was left out",
                "places have no values of the wanted kind, and were left out",
            ),
        }
    }

    /// What is counted, as a name among other counts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherFiles => "other files",
            Self::Excluded => "excluded files",
            Self::OtherDocuments => "other documents",
            Self::OtherExtension => "other extensions",
            Self::NoPosition => "without positions",
            Self::NoFix => "records without positions",
            Self::Polygons => "polygons",
            Self::Links => "links",
            Self::Broken => "broken files",
            Self::Checksum => "wrong checksums",
            Self::FailedFixes => "failed fixes",
            Self::NullIsland => "places at 0 0",
            Self::Wrapped => "wrapped longitudes",
            Self::Clamped => "clamped latitudes",
            Self::OffTheMap => "places off the map",
            Self::OtherSystem => "other coordinate systems",
            Self::SystemForced => "overruled coordinate systems",
            Self::DeletedRow => "deleted rows",
            Self::WrongLength => "wrong lengths",
            Self::UnreadWeights => "unread weights",
            Self::PassedOver => "lines above tables",
            Self::DayOrMonth => "guessed dates",
            Self::PhotoWithoutPlace => "photos without a position",
            Self::BrokenPhoto => "broken photos",
            Self::NoHemisphere => "positions without hemispheres",
            Self::LocalTime => "times without a zone",
            Self::NoGeometry => "records without a geometry",
            Self::LonFirst => "longitudes first",
            Self::Inaccurate => "inaccurate positions",
            Self::Overflow => "overflows",
            Self::ToldTwice => "told by others",
            Self::OtherRecords => "other records",
            Self::SameHistory => "histories told twice",
            Self::NoTrack => "rows without a track",
            Self::TakeoutSettings => "files of settings",
            Self::EncryptedTimeline => "encrypted timelines",
            Self::Contradicted => "contradicted headers",
            Self::WholeNumbers => "tables of whole numbers",
            Self::NoTrackColumn => "files without a column of tracks",
            Self::PhotoDescription => "descriptions of photos",
            Self::Untimed => "pieces without times",
            Self::LoneFix => "lone positions",
            Self::Unmeasured => "places without values",
        }
    }

    /// Whether it is the fault of a record, which ends a strict reading.
    fn is_fault(self) -> bool {
        matches!(
            self,
            Self::NullIsland
                | Self::FailedFixes
                | Self::Broken
                | Self::Checksum
                | Self::Wrapped
                | Self::WrongLength
                | Self::UnreadWeights
                | Self::DayOrMonth
                | Self::BrokenPhoto
                | Self::NoHemisphere
                | Self::LonFirst
        )
    }
}

/// How often something odd was met, and where first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What it is.
    pub oddity: Oddity,
    /// How often.
    pub count: u64,
    /// How often of each kind, where there are kinds.
    pub kinds: BTreeMap<String, u64>,
    /// The first one.
    pub first: Location,
}

impl Counted {
    /// So many of them, of which there is but one kind.
    #[must_use]
    pub fn new(oddity: Oddity, count: u64, first: Location) -> Self {
        Self {
            oddity,
            count,
            kinds: BTreeMap::new(),
            first,
        }
    }

    /// A file, which may be of a kind.
    pub(super) fn file(oddity: Oddity, kind: Option<String>, name: &str) -> Self {
        Self {
            kinds: kind.map(|kind| (kind, 1)).into_iter().collect(),
            ..Self::new(oddity, 1, Location::file(std::path::Path::new(name)))
        }
    }

    /// Adds it to what was counted so far, of which the same may be a part.
    pub(super) fn add_to(self, all: &mut Vec<Self>) {
        let Some(known) = all.iter_mut().find(|known| known.oddity == self.oddity) else {
            return all.push(self);
        };
        known.count += self.count;
        for (kind, count) in self.kinds {
            *known.kinds.entry(kind).or_default() += count;
        }
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            oddity,
            count,
            kinds,
            first,
        } = self;
        let (one, many) = oddity.words();
        if *count == 1 {
            return write!(f, "1 {one}: {first}");
        }
        write!(f, "{count} {many}")?;
        if !kinds.is_empty() {
            write!(f, " ({})", by_kind(kinds))?;
        }
        write!(f, ", the first of them {first}")
    }
}

/// How many files of each kind there are: the most frequent first, and the rest in one.
fn by_kind(kinds: &BTreeMap<String, u64>) -> String {
    const TOLD: usize = 6;
    let mut kinds: Vec<_> = kinds.iter().collect();
    kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(**count), *kind));
    let rest: u64 = kinds.iter().skip(TOLD).map(|(_, count)| **count).sum();
    let told = kinds.iter().take(TOLD);
    let mut told: Vec<_> = told
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    if rest > 0 {
        told.push(format!("{rest} of other kinds"));
    }
    told.join(", ")
}

/// Goes on with the names of bad records while they are few.
fn extend(named: &mut Vec<Error>, next: Vec<Error>) {
    named.extend(next.into_iter().take(NAMED.saturating_sub(named.len())));
}

/// Who says what the coordinate system of a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claim {
    /// Nobody: it is the usual one.
    #[default]
    Usual,
    /// The user, for files that do not say another.
    Given,
    /// The user, whatever files say.
    Forced,
}

/// How files are read, whatever their format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something else that may be wanted"
)]
pub struct Manner {
    /// The first bad record is fatal.
    pub strict: bool,
    /// Shapes get their times, where the file has some.
    pub times: bool,
    /// Files are described one by one, with their boxes and times.
    pub survey: bool,
    /// Shapes are delivered in the order of the file.
    pub in_order: bool,
    /// The coordinate system of the numbers in files that do not say another.
    pub crs: Crs,
    /// Who says so.
    pub claim: Claim,
    /// Datums whose shift is not known are taken for WGS 84.
    pub ballpark: bool,
    /// The coordinate system of the picture, which may end short of a pole.
    pub map: Crs,
    /// Places at exactly 0° north, 0° east are places as good as others.
    pub keep_zero: bool,
    /// Which way round the earth lines go.
    pub wrap: Wrap,
    /// What comes first in dates with slashes.
    pub date_order: DateOrder,
    /// What the heat of tracks goes by: unless by their fixes, shapes say which track they are of.
    pub track_weight: TrackWeight,
    /// What is wanted of the fixes of tracks: points of these values and not lines. What has none
    /// is left out.
    pub measure: Option<Measure>,
    /// Which file it is, for the identities of its tracks.
    pub file: Option<TrackId>,
}

/// A place of a file as it is drawn, and what was odd about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Located {
    /// Where it is drawn; nowhere if it is left out.
    pub at: Option<Coord>,
    /// What is to be told of it.
    pub odd: [Option<Oddity>; 2],
}

impl Manner {
    /// Whether a place is drawn as it is found, and nothing is to be told of it.
    #[inline]
    fn is_ordinary(self, at: Coord) -> bool {
        let is_on_map = at.x().abs() <= 180.0 && at.y().abs() <= self.map.limit();
        let is_null = at.x() == 0.0 && at.y() == 0.0 && !self.keep_zero;
        self.crs.is_plane() || (is_on_map && !is_null && self.map.shows(at))
    }

    /// Where a line ends that goes from one place to another: the shorter way round the earth, unless
    /// it is to go the way that the numbers say.
    #[inline]
    pub(super) fn led(&self, from: Coord, to: Coord) -> Coord {
        if self.wrap == Wrap::Auto && !self.crs.is_plane() {
            to.nearest_to(from)
        } else {
            to
        }
    }

    /// A place that a file names in numbers of a system, as it is drawn.
    #[must_use]
    pub fn located(self, crs: Crs, at: Coord) -> Located {
        if at.x() == 0.0 && at.y() == 0.0 && !self.keep_zero && !crs.is_xy() {
            return Located {
                at: None,
                odd: [Some(Oddity::NullIsland), None],
            };
        }
        self.projected(at)
    }

    /// A place that a file names in other numbers than degrees, of which (0, 0) is as good as any.
    fn projected(self, at: Coord) -> Located {
        if self.crs.is_plane() {
            return Located {
                at: Some(at),
                odd: [None; 2],
            };
        }
        let (beyond, clamped) = (at.x().abs() > 180.0, at.y().abs() > self.map.limit());
        if !self.map.shows(at) {
            return Located {
                at: None,
                odd: [Some(Oddity::OffTheMap), None],
            };
        }
        Located {
            at: Some(at.wrapped()),
            odd: [
                beyond.then_some(Oddity::Wrapped),
                clamped.then_some(Oddity::Clamped),
            ],
        }
    }
}

/// Takes shapes in batches, from any thread.
pub type Deliver<'a> = &'a (dyn Fn(&[Shape]) + Sync);

/// Collects the shapes of a file in batches, and counts its bad records.
pub struct Sink<'a> {
    file: String,
    manner: Manner,
    batch: Vec<Shape>,
    deliver: Deliver<'a>,
    report: &'a mut Report,
    /// The coordinate system that was noted last.
    noted: Option<Crs>,
}

impl<'a> Sink<'a> {
    /// A sink for one file.
    pub fn new(file: &str, manner: Manner, deliver: Deliver<'a>, report: &'a mut Report) -> Self {
        Self {
            file: file.to_owned(),
            manner,
            batch: Vec::new(),
            deliver,
            report,
            noted: None,
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
        let parts = pieces.par_iter().map(|piece| {
            let mut report = Report::default();
            let result = read(piece, &mut Sink::new(file, manner, deliver, &mut report));
            (result, report)
        });
        for (result, report) in parts.collect::<Vec<_>>() {
            self.report.append(report);
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

    /// Notes a system that is not an ordinary one, and how good it is, once in a row.
    pub(super) fn note_system(&mut self, crs: Crs) {
        if let Crs::Projected(system) = crs
            && self.noted != Some(crs)
        {
            self.noted = Some(crs);
            self.note(format_args!("coordinates are in {system}"));
        }
    }

    /// Settles what comes first in the dates of this file.
    pub(super) fn settle(&mut self, order: DateOrder) {
        self.manner.date_order = order;
    }

    /// Takes a point of its own; `at` is its line or number, if it has one.
    ///
    /// # Errors
    /// When the reading is strict and its place is an odd one.
    #[inline]
    pub fn point(&mut self, point: Shape, at: impl Into<Option<u64>>) -> Result<()> {
        match point.geometry {
            Geometry::Point(place) if !self.manner.is_ordinary(place) => {
                self.odd_point(point, place, at.into())
            }
            _ => {
                self.shape(point);
                Ok(())
            }
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

    /// Takes a good shape that is no part of a track, or one of those of which no values are
    /// wanted.
    #[inline]
    pub fn shape(&mut self, shape: Shape) {
        if self.manner.measure.is_some() {
            self.odd_file(Oddity::Unmeasured);
        } else {
            self.take(shape);
        }
    }

    /// Takes a good shape. A line goes the shorter way round the earth, unless it is to go the way
    /// that the numbers say.
    #[inline]
    pub(super) fn take(&mut self, mut shape: Shape) {
        if let Geometry::Segment(from, to) = shape.geometry {
            shape.geometry = Geometry::Segment(from, self.manner.led(from, to));
        }
        if matches!(shape.geometry, Geometry::Point(_)) {
            self.report.tally.positions += 1;
        }
        self.report.shapes += 1;
        self.report.timed += u64::from(shape.time.is_some());
        self.batch.push(shape);
        if self.batch.len() == BATCH {
            self.flush();
        }
    }

    /// Joins a fix to a track.
    pub fn join(&mut self, track: &mut Track, fix: Fix) {
        if let Some(shape) = track.join(fix, &self.manner) {
            self.take(shape);
        }
    }

    /// Cuts a track: its line is complete.
    pub fn cut(&mut self, track: &mut Track) {
        if let Some(line) = track.cut(&self.manner) {
            self.line(line);
        }
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
            Some(lone) => self.shape(lone),
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
        self.report.described.append(described.clone());
    }

    /// Takes note of the sport of a track, or how somebody moved on it.
    pub fn sport(&mut self, sport: &str) {
        self.report.described.sport(sport);
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
    pub fn record(&mut self) {
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
    fn odd_files(&mut self, oddity: Oddity, count: u64) {
        let first = Location {
            file: self.file.clone(),
            at: None,
        };
        self.report.count(Counted::new(oddity, count, first));
    }

    /// Counts something that is no fault of a record and was met so often, first at a line or
    /// number.
    pub(super) fn odd_often(&mut self, oddity: Oddity, count: u64, at: u64) {
        let first = Location::at(&self.file, at);
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
        let first = Location {
            file: self.file.clone(),
            at,
        };
        self.report.count(Counted::new(oddity, 1, first));
        Ok(())
    }

    /// An error about the whole file, or about one place in it.
    #[must_use]
    pub fn error(&self, at: Option<u64>, fact: impl fmt::Display) -> Error {
        Error::input(
            Location {
                file: self.file.clone(),
                at,
            },
            fact,
        )
    }

    /// Tells the names of the columns that places are read from.
    pub(super) fn read_columns(&mut self, columns: String) {
        self.report.read_columns(columns);
    }

    /// Leaves a note for a curious user.
    pub fn note(&mut self, note: impl fmt::Display) {
        self.report.notes.push(format!("{}: {note}", self.file));
    }

    /// Takes note of where and when the shapes of the batch are.
    fn survey(&mut self) {
        let tally = &mut self.report.tally;
        tally.locate(&self.batch, self.manner.crs.is_plane());
        self.batch.iter().for_each(|shape| tally.clock(shape.time));
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            if self.manner.survey {
                self.survey();
            }
            (self.deliver)(&self.batch);
            self.batch.clear();
        }
    }
}

impl Drop for Sink<'_> {
    /// What was good before an error still counts.
    fn drop(&mut self) {
        self.flush();
    }
}
