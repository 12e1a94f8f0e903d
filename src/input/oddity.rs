//! Oddities of inputs: what was guessed, wrapped, clamped or left out, and how that is told.
//!
//! Each kind is counted through a run and told in one line, with its first place.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::Location;

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
    /// Lines that bend between their positions, as arcs of circles.
    Curves,
    /// Links to other data, which nobody follows.
    Links,
    /// Files that end in the middle or are broken from some place on.
    Broken,
    /// Compressed files behind whose end stands something else.
    Trailed,
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
    /// Coordinate systems on a sphere, for whose latitudes there is no shift to those of WGS 84.
    OnSphere,
    /// Records of shapefiles that are marked as deleted in the table beside them.
    DeletedRow,
    /// Records of shapefiles whose length is not the one that they state.
    WrongLength,
    /// Dates whose day and month could each be the other.
    DayOrMonth,
    /// Weights that are there and cannot be read; their points weigh 1.
    UnreadWeights,
    /// Rows with a quote that is never closed, and so is a letter.
    StrayQuote,
    /// Lines above a table that belong to no row of it.
    PassedOver,
    /// Tables with places in several pairs of columns, none of which is the plain one.
    OtherPlaces,
    /// Headers within a table that are not the one above it.
    OtherHeader,
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
    /// Rows of databases that have nothing where others have their place.
    NoPlace,
    /// Layers of a database that were all read, because none was named.
    Layers,
    /// Files that are no databases, and have neither layers nor answers to queries.
    NoDatabase,
    /// Parts of files that lie outside of the picture, by what the files say of them.
    Outside,
    /// Files whose positions have the longitude first, which only their size tells.
    LonFirst,
    /// Positions that are less accurate than is asked for.
    Inaccurate,
    /// Records whose fields do not meet the conditions that are asked of them.
    OtherValue,
    /// Files without fields, where something is asked of these.
    Fieldless,
    /// Numbers that lost their sign when they were written, and got it back.
    Overflow,
    /// Records that tell of a time or a place of which others tell already.
    ToldTwice,
    /// Records that are no positions.
    OtherRecords,
    /// Records with a place of their own, in which others are.
    InnerPlaces,
    /// A document with a place of its own, and with arrays of others.
    PlaceOfWhole,
    /// Records of several geometries, of which one was taken.
    OtherGeometries,
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
    /// Tables whose rows have a field more than there are names, in front or at their end.
    RowNames,
    /// Files that have tracks of their own, or none, and no columns.
    NoTrackColumn,
    /// Files without columns, where one says how many shapes a row stands for.
    NoCountColumn,
    /// Files that have no columns, where data are parted by one.
    NoPartColumn,
    /// Tables whose first row names latitude and longitude the other way round than they are read.
    Contradicted,
    /// Pieces of tracks without times, where heat is to go by time.
    Untimed,
    /// Lone positions of tracks, where heat is to go by length or time.
    LoneFix,
    /// Fixes without the value that is wanted of them.
    Unmeasured,
    /// Positions that are kept to oneself.
    Private,
    /// Circles in which all is private, and nothing is.
    NothingPrivate,
    /// Positions of times that are not wanted.
    OtherTime,
    /// Positions without a time, where only some times are wanted.
    Timeless,
    /// Positions outside the circles that are wanted.
    OutOfBounds,
    /// Positions that nobody can have come to so fast.
    Jump,
    /// Gaps over which lines are not drawn.
    Gap,
    /// Tracks that are too short.
    Short,
    /// Tracks and places of sports that are not wanted.
    OtherSport,
    /// Tracks and places of no known sport, where only some sports are wanted.
    Sportless,
    /// Tracks of activities of which another track tells.
    Twin,
}

/// What is told of an oddity: whether it is a fault, its name among other counts, and in words one
/// of them and several.
struct Entry(Gravity, &'static str, &'static str, &'static str);

/// Whether something ends a strict reading.
enum Gravity {
    /// It is the fault of a record, and does.
    Fault,
    /// It is as people have their data.
    Fact,
}

impl Oddity {
    /// What is told of it.
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    const fn entry(self) -> Entry {
        use Gravity::{Fact, Fault};
        match self {
            Self::OtherFiles => Entry(
                Fact,
                "other files",
                "file of another kind or without places was left out",
                "files of other kinds or without places were left out",
            ),
            Self::Excluded => Entry(
                Fact,
                "excluded files",
                "file was left out because of its name",
                "files were left out because of their names",
            ),
            Self::OtherDocuments => Entry(
                Fact,
                "other documents",
                "KML in a KMZ was left out, for its first is the one to show",
                "KML files in KMZ were left out, for their first are those to show",
            ),
            Self::OtherExtension => Entry(
                Fact,
                "other extensions",
                "file holds something else than its extension says, and was read as that",
                "files hold something else than their extensions say, and were read as that",
            ),
            Self::NoPosition => Entry(
                Fact,
                "without positions",
                "file holds no position",
                "files hold no positions",
            ),
            Self::NoFix => Entry(
                Fact,
                "records without positions",
                "record of a track without a position was left out",
                "records of tracks without positions were left out",
            ),
            Self::Polygons => Entry(
                Fact,
                "polygons",
                "polygon was left out: heat maps are made of points and lines",
                "polygons were left out: heat maps are made of points and lines",
            ),
            Self::Curves => Entry(
                Fact,
                "curves",
                "curve was drawn as straight lines between its positions",
                "curves were drawn as straight lines between their positions",
            ),
            Self::Links => Entry(
                Fact,
                "links",
                "link to other data was not followed",
                "links to other data were not followed",
            ),
            Self::Broken => Entry(
                Fault,
                "broken files",
                "file ends in the middle or is broken; what came before is used",
                "files end in the middle or are broken; what came before is used",
            ),
            Self::Trailed => Entry(
                Fault,
                "bytes behind files",
                "compressed file has bytes behind its end that are not compressed, and were left \
                 out",
                "compressed files have bytes behind their ends that are not compressed, and were \
                 left out",
            ),
            Self::Checksum => Entry(
                Fault,
                "wrong checksums",
                "record was left out, whose checksum is wrong",
                "records were left out, whose checksums are wrong",
            ),
            Self::FailedFixes => Entry(
                Fault,
                "failed fixes",
                "fix at exactly 0, 0 was left out, as devices write it that failed",
                "fixes at exactly 0, 0 were left out, as devices write them that failed",
            ),
            Self::NullIsland => Entry(
                Fault,
                "places at 0 0",
                "place at exactly 0, 0 was left out, which mostly means a missing fix",
                "places at exactly 0, 0 were left out, which mostly means missing fixes",
            ),
            Self::Wrapped => Entry(
                Fault,
                "wrapped longitudes",
                "longitude beyond 180° was taken for the same meridian within ±180°",
                "longitudes beyond 180° were taken for the same meridians within ±180°",
            ),
            Self::Clamped => Entry(
                Fact,
                "clamped latitudes",
                "latitude lies beyond the end of the map and is drawn on its edge",
                "latitudes lie beyond the end of the map and are drawn on its edge",
            ),
            Self::OffTheMap => Entry(
                Fact,
                "places off the map",
                "place was left out, which the projection of the picture cannot show",
                "places were left out, which the projection of the picture cannot show",
            ),
            Self::OtherSystem => Entry(
                Fact,
                "other coordinate systems",
                "statement of another coordinate system than the given one was found in the data, \
                 and counts",
                "statements of other coordinate systems than the given one were found in the \
                 data, and count",
            ),
            Self::SystemForced => Entry(
                Fact,
                "overruled coordinate systems",
                "statement of another coordinate system than the given one was found in the data, \
                 and does not count",
                "statements of other coordinate systems than the given one were found in the \
                 data, and do not count",
            ),
            Self::OnSphere => Entry(
                Fact,
                "systems on spheres",
                "coordinate system is on a sphere, and its latitudes were taken for those of WGS 84",
                "coordinate systems are on spheres, and their latitudes were taken for those of \
                 WGS 84",
            ),
            Self::DeletedRow => Entry(
                Fact,
                "deleted rows",
                "record that is marked as deleted in the .dbf was left out",
                "records that are marked as deleted in the .dbf were left out",
            ),
            Self::WrongLength => Entry(
                Fault,
                "wrong lengths",
                "record is of another length than it states, and was read all the same",
                "records are of other lengths than they state, and were read all the same",
            ),
            Self::DayOrMonth => Entry(
                Fault,
                "guessed dates",
                "date was read with the month before the day, which nothing in the file tells",
                "dates were read with the month before the day, which nothing in the file tells",
            ),
            Self::UnreadWeights => Entry(
                Fault,
                "unread weights",
                "weight could not be read and counts as 1",
                "weights could not be read and count as 1",
            ),
            Self::StrayQuote => Entry(
                Fact,
                "stray quotes",
                "row has a quote that is never closed, and was read without it",
                "rows have a quote that is never closed, and were read without it",
            ),
            Self::PassedOver => Entry(
                Fact,
                "lines above tables",
                "line above the table was passed over",
                "lines above tables were passed over",
            ),
            Self::OtherHeader => Entry(
                Fact,
                "other headers",
                "header within a table has other columns, by which the rows below it are read",
                "headers within tables have other columns, by which the rows below them are read",
            ),
            Self::PhotoWithoutPlace => Entry(
                Fact,
                "photos without a position",
                "photo without a position was left out",
                "photos without a position were left out",
            ),
            Self::BrokenPhoto => Entry(
                Fault,
                "broken photos",
                "photo with broken metadata was left out",
                "photos with broken metadata were left out",
            ),
            Self::NoHemisphere => Entry(
                Fault,
                "positions without hemispheres",
                "position has no hemisphere and was taken to be north and east",
                "positions have no hemispheres and were taken to be north and east",
            ),
            Self::LocalTime => Entry(
                Fact,
                "times without a zone",
                "time says no zone, and counts as UTC",
                "times say no zone, and count as UTC",
            ),
            Self::NoGeometry => Entry(
                Fact,
                "records without a geometry",
                "record without a geometry was left out",
                "records without a geometry were left out",
            ),
            Self::NoPlace => Entry(
                Fact,
                "rows without a place",
                "row without a place was left out",
                "rows without a place were left out",
            ),
            Self::Layers => Entry(
                Fact,
                "layers",
                "layer of a database was read",
                "layers of databases were read together, for none was named",
            ),
            Self::NoDatabase => Entry(
                Fact,
                "files without layers",
                "file is no database, and was read as it is",
                "files are no databases, and were read as they are",
            ),
            Self::Outside => Entry(
                Fact,
                "row groups outside",
                "row group was passed over, for it lies outside of the picture",
                "row groups were passed over, for they lie outside of the picture",
            ),
            Self::LonFirst => Entry(
                Fault,
                "longitudes first",
                "file has numbers too large for latitudes in their place, and was read with the \
                 longitude first",
                "files have numbers too large for latitudes in their place, and were read with \
                 the longitude first",
            ),
            Self::Inaccurate => Entry(
                Fact,
                "inaccurate positions",
                "position was left out, which is less accurate than asked for",
                "positions were left out, which are less accurate than asked for",
            ),
            Self::OtherValue => Entry(
                Fact,
                "records with other values",
                "record was left out, whose fields hold other values than asked for",
                "records were left out, whose fields hold other values than asked for",
            ),
            Self::Fieldless => Entry(
                Fact,
                "files without fields",
                "file was left out, which has no fields to compare with a value",
                "files were left out, which have no fields to compare with values",
            ),
            Self::Overflow => Entry(
                Fact,
                "overflows",
                "position had lost the sign of a number, and got it back",
                "positions had lost the signs of numbers, and got them back",
            ),
            Self::ToldTwice => Entry(
                Fact,
                "told by others",
                "record was left out, because others tell of its time",
                "records were left out, because others tell of their times",
            ),
            Self::InnerPlaces => Entry(
                Fact,
                "places within records",
                "record has a place of its own, and others in it were left out",
                "records have places of their own, and others in them were left out",
            ),
            Self::PlaceOfWhole => Entry(
                Fact,
                "places of documents",
                "document has arrays of places, and its own was left out",
                "documents have arrays of places, and their own were left out",
            ),
            Self::OtherPlaces => Entry(
                Fact,
                "further columns of places",
                "file has several columns of places, of which the first were taken",
                "files have several columns of places, of which the first were taken each",
            ),
            Self::OtherGeometries => Entry(
                Fact,
                "further geometries of records",
                "record has several geometries, of which one was taken",
                "records have several geometries, of which one was taken each",
            ),
            Self::OtherRecords => Entry(
                Fact,
                "other records",
                "record that is no position was left out",
                "records that are no positions were left out",
            ),
            Self::SameHistory => Entry(
                Fact,
                "histories told twice",
                "location history may count twice: its records and the paths and visits made of \
                 them were both read; name one of the two",
                "location histories may count twice: their records and the paths and visits made \
                 of them were both read; name one of the two",
            ),
            Self::NoTrack => Entry(
                Fact,
                "rows without a track",
                "row names no track and is a point of its own",
                "rows name no track and are points of their own",
            ),
            Self::TakeoutSettings => Entry(
                Fact,
                "files of settings",
                "file of settings holds no places; those of a Takeout are in Records.json, \
                 Timeline.json and the monthly files",
                "files of settings hold no places; those of a Takeout are in Records.json, \
                 Timeline.json and the monthly files",
            ),
            Self::EncryptedTimeline => Entry(
                Fact,
                "encrypted timelines",
                "notice instead of data: this Timeline is kept on the phone, whose settings \
                 (Location, Timeline) can export Timeline.json",
                "notices instead of data: these Timelines are kept on phones, whose settings \
                 (Location, Timeline) can export Timeline.json",
            ),
            Self::PhotoDescription => Entry(
                Fact,
                "descriptions of photos",
                "description of a photo was left out; it is read with its picture",
                "descriptions of photos were left out; they are read with their pictures",
            ),
            Self::RowNames => Entry(
                Fact,
                "tables with a field more than names",
                "table has a field more than there are names, and the first of each row was taken \
                 for the name of the row",
                "tables have a field more than there are names, and the first of each row was taken \
                 for the name of the row",
            ),
            Self::WholeNumbers => Entry(
                Fact,
                "tables of whole numbers",
                "table without names holds nothing but whole numbers, of which the first three \
                 were read as a place and its weight; if its commas are decimal ones, it needs \
                 another delimiter",
                "tables without names hold nothing but whole numbers, of which the first three \
                 were read as places and their weights; if their commas are decimal ones, they \
                 need another delimiter",
            ),
            Self::NoTrackColumn => Entry(
                Fact,
                "files without a column of tracks",
                "file has no columns whose rows could be joined to tracks, and was read as it is",
                "files have no columns whose rows could be joined to tracks, and were read as \
                 they are",
            ),
            Self::NoCountColumn => Entry(
                Fact,
                "files without counts",
                "file has no columns, and what is in it counts once",
                "files have no columns, and what is in them counts once",
            ),
            Self::NoPartColumn => Entry(
                Fact,
                "files without the column of parts",
                "file has no columns: all of it is of the part 'none'",
                "files have no columns: all of them are of the part 'none'",
            ),
            Self::Contradicted => Entry(
                Fact,
                "contradicted headers",
                "table has latitude and longitude the other way round, by the names in its first \
                 row",
                "tables have latitude and longitude the other way round, by the names in their \
                 first rows",
            ),
            Self::Untimed => Entry(
                Fact,
                "pieces without times",
                "piece of a track has no times, and is weighed by its length: a metre as a second",
                "pieces of tracks have no times, and are weighed by their lengths: metres as \
                 seconds",
            ),
            Self::LoneFix => Entry(
                Fact,
                "lone positions",
                "lone position of a track has neither length nor time, and gives off no heat",
                "lone positions of tracks have neither length nor time, and give off no heat",
            ),
            Self::Private => Entry(
                Fact,
                "private positions",
                "position was left out for privacy",
                "positions were left out for privacy",
            ),
            Self::NothingPrivate => Entry(
                Fact,
                "private circles without positions",
                "private circle has no position in it, and hides nothing",
                "private circles have no position in them, and hide nothing",
            ),
            Self::OtherTime => Entry(
                Fact,
                "other times",
                "position was left out, which is not of the times asked for",
                "positions were left out, which are not of the times asked for",
            ),
            Self::Timeless => Entry(
                Fact,
                "positions without times",
                "position without a time was left out, for only some times were asked for",
                "positions without times were left out, for only some times were asked for",
            ),
            Self::OutOfBounds => Entry(
                Fact,
                "out of bounds",
                "position was left out, which is outside of the circle asked for",
                "positions were left out, which are outside of the circles asked for",
            ),
            Self::Jump => Entry(
                Fact,
                "jumps",
                "position was left out, for nobody gets there so fast",
                "positions were left out, for nobody gets there so fast",
            ),
            Self::Gap => Entry(
                Fact,
                "gaps",
                "line was broken at a gap longer than asked for",
                "lines were broken at gaps longer than asked for",
            ),
            Self::Short => Entry(
                Fact,
                "short tracks",
                "track was left out, which is shorter than asked for",
                "tracks were left out, which are shorter than asked for",
            ),
            Self::OtherSport => Entry(
                Fact,
                "other sports",
                "track or position of another sport was left out",
                "tracks or positions of other sports were left out",
            ),
            Self::Sportless => Entry(
                Fact,
                "tracks without sports",
                "track or position of no known sport was left out, for only some were asked for",
                "tracks or positions of no known sport were left out, for only some were asked for",
            ),
            Self::Twin => Entry(
                Fact,
                "activities told twice",
                "track was left out, for another one tells of the same activity",
                "tracks were left out, for other ones tell of the same activities",
            ),
            Self::Unmeasured => Entry(
                Fact,
                "places without values",
                "place has no value of the wanted kind, and was left out",
                "places have no values of the wanted kind, and were left out",
            ),
        }
    }

    /// One of them, and several, in words.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        let Entry(.., one, many) = self.entry();
        (one, many)
    }

    /// What is counted, as a name among other counts.
    #[must_use]
    pub fn name(self) -> &'static str {
        let Entry(_, name, ..) = self.entry();
        name
    }

    /// Whether it is what a filter left out, as was asked for.
    pub(super) fn is_unwanted(self) -> bool {
        matches!(
            self,
            Self::Private
                | Self::OtherTime
                | Self::Timeless
                | Self::OutOfBounds
                | Self::Jump
                | Self::Short
                | Self::OtherSport
                | Self::Inaccurate
                | Self::OtherValue
                | Self::Fieldless
                | Self::Sportless
        )
    }

    /// Whether it is the fault of a record, which ends a strict reading.
    pub(super) fn is_fault(self) -> bool {
        let Entry(gravity, ..) = self.entry();
        matches!(gravity, Gravity::Fault)
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
            return match kinds.keys().next() {
                Some(sport) if *oddity == Oddity::OtherSport => {
                    write!(f, "1 {one} ({sport}): {first}")
                }
                _ => write!(f, "1 {one}: {first}"),
            };
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
