//! Columns of table-like formats: latitude, longitude, weight and time, by name or by number.
//!
//! The one place that knows what such columns are called, whatever kind of table they are in.

use std::borrow::Cow;
use std::fmt;

use super::condition::Condition;
use super::fields::{Axis, is_null, names, number, quoted};
use super::geometry::Geometry;
pub use super::interleaved::TrackMemory;
use super::numbers::{self, Decimal};
use super::polyline::{self, Encoding};
use super::{Manner, Oddity, Sink};
use super::{decode, time, vocabulary};
use crate::error::{Error, Remedy, Result, meant};
use crate::geo::Crs;

/// Columns to look for in a table. Those that are not given are found by their names or
/// positions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The column of the latitude, or of y.
    pub lat_field: Option<Field>,
    /// The column of the longitude, or of x.
    pub lon_field: Option<Field>,
    /// The column of the weight; when it is given, every row must have one.
    pub weight_field: Option<Field>,
    /// The column of how many rows a row stands for; when it is given, every row must have a whole
    /// number there. Not for rows that are fixes of tracks.
    pub count_field: Option<Field>,
    /// The column of the time, for when times are wanted.
    pub time_field: Option<Field>,
    /// Skip the first row, whatever it says, and take columns 1, 2 and 3: latitude, longitude (or
    /// x, y) and weight.
    pub ignore_header: bool,
    /// The character between columns; otherwise the first rows tell.
    pub delimiter: Option<u8>,
    /// How many lines at the start of a table say nothing.
    pub skip_rows: u64,
    /// The longitude comes before the latitude where no name tells which is which.
    pub lon_lat: bool,
    /// The column of geometries in WKT or WKB.
    pub geometry_field: Option<Field>,
    /// The column of encoded polylines.
    pub polyline_field: Option<Field>,
    /// How many decimals encoded polylines have; otherwise what they are called tells.
    pub polyline_precision: Option<u8>,
    /// The column that rows of one track have in common.
    pub track_field: Option<Field>,
    /// The column, of numbers or times, that rows of a track are put in order by; otherwise they
    /// are in that of the file.
    pub order_field: Option<Field>,
    /// How much tracks may take while their files are read.
    pub track_memory: TrackMemory,
    /// The column by which data are parted.
    pub part_field: Option<Field>,
    /// What must stand in columns of a row for it to be wanted.
    pub conditions: Vec<(Field, Condition)>,
}

/// A column, as the user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// By the name in the header, in any case.
    Name(String),
    /// By position, counted from 1.
    Number(usize),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "\"{name}\""),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl Field {
    /// Which of some columns is meant, counted from 0; a number may be beyond them.
    pub(super) fn position<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> Option<usize> {
        match self {
            Self::Number(number) => number.checked_sub(1),
            Self::Name(name) => {
                let name = as_known(name);
                names.position(|other| as_known(other) == name)
            }
        }
    }
}

/// A name as names are compared: in small letters, and nothing round it that cannot be seen.
fn as_known(name: &str) -> String {
    vocabulary::bare(name).to_lowercase()
}

/// Names of columns that hold degrees for certain.
const DEGREES: Names = Names {
    lat: &["latitude", "lat", "reclat"],
    lon: &["longitude", "lon", "lng", "long", "reclong"],
    ends: ENDS,
};
/// All names, with those that a file also uses for metres: looked for when there are no others.
const ANY: Names = Names {
    lat: &["latitude", "lat", "reclat", "y"],
    lon: &["longitude", "lon", "lng", "long", "reclong", "x"],
    ends: ENDS,
};
/// Names of columns of a plane, before all others.
const X_AND_Y: Names = Names {
    lat: &["y"],
    lon: &["x"],
    ends: None,
};
/// How names of degrees end.
const ENDS: Option<[&str; 2]> = Some(["_latitude", "_longitude"]);
/// Names of columns that hold moments; the better the earlier.
const MOMENTS: [&str; 30] = [
    "timestamp",
    "datetime",
    "date_time",
    "basedatetime",
    "date",
    "eventdate",
    "time",
    "starttime",
    "when",
    "timestampms",
    "timestamp_ms",
    "datetimeoriginal",
    "createdate",
    "utc",
    "localtime",
    "date_and_time",
    "dt_iso",
    "observed_on",
    "firstseen",
    "first_seen",
    "unixtime",
    "epoch",
    "zeitstempel",
    "datum",
    "zeit",
    "fecha",
    "fecha_hora",
    "дата",
    "日時",
    "日期",
];
/// Of these, names of a day that may have its time of day beside it, and what that is called.
const DAYS: [&str; 5] = ["date", "datum", "fecha", "дата", "日期"];
const CLOCKS: [&str; 7] = ["time", "uhrzeit", "zeit", "hora", "heure", "время", "时间"];
/// How other names of such columns end.
const MOMENT_ENDS: [&str; 5] = ["_timestamp", "_datetime", "_date", "_time", "_at"];
/// Whether a name is that of a day, which may have its time of day beside it.
pub(super) fn is_day(name: &str) -> bool {
    DAYS.contains(&as_moment(name).as_str())
}

/// Whether a name is that of a time of day, where a day stands beside it.
pub(super) fn is_clock(name: &str) -> bool {
    CLOCKS.contains(&as_moment(name).as_str())
}

/// How good a name is for a column of moments, 0 being the best; `None` if it is no such name.
pub(super) fn moment_rank(name: &str) -> Option<usize> {
    let name = as_moment(name);
    let known = MOMENTS.iter().position(|moment| *moment == name);
    let ends = || MOMENT_ENDS.iter().any(|end| name.ends_with(end));
    known.or_else(|| ends().then_some(MOMENTS.len()))
}

/// A name as those of moments are compared: `Time (UTC)` is `time`.
fn as_moment(name: &str) -> String {
    let name = as_known(name).replace([' ', '/', '-', '(', ')', '[', ']'], "_");
    let name = name.trim_matches('_');
    let bare = ["utc", "gmt"].iter().find_map(|zone| {
        let bare = name.strip_suffix(zone)?;
        bare.ends_with('_').then(|| bare.trim_end_matches('_'))
    });
    bare.unwrap_or(name).to_owned()
}

/// Names of columns that say how many metres a place may be off, without blanks and the like.
const ACCURACIES: [&str; 14] = [
    "accuracy",
    "horizontalaccuracy",
    "haccuracy",
    "hacc",
    "horizontalaccuracyestimate",
    "accuracyhorizontal",
    "locationaccuracy",
    "positionaccuracy",
    "positionalaccuracy",
    "gpsaccuracy",
    "accuracyinmetres",
    "accuracyinmeters",
    "coordinateuncertaintyinmeters",
    "epe",
];
/// What else such names may end in.
const METRES: [&str; 5] = ["(m)", "[m]", "(metres)", "(meters)", "_m"];
/// How good a name is for a column of accuracies in metres, 0 being the best; `None` if it is no
/// such name. Dilutions of precision are no metres.
pub(super) fn accuracy_rank(name: &str) -> Option<usize> {
    let name = as_known(name);
    let mut ends = METRES.iter();
    let bare = ends.find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let letters: String = bare.chars().filter(|c| c.is_alphanumeric()).collect();
    ACCURACIES.iter().position(|known| *known == letters)
}

/// How many columns a table has at most: each of a header takes memory of its own, and megabytes of
/// delimiters are a few bytes of an archive.
pub(super) const WIDEST: usize = 1 << 17;
/// How many columns an error lists.
const LISTED: usize = 30;

/// The columns that are used, counted from 0.
#[derive(Debug, PartialEq)]
pub(super) struct Columns {
    /// Of the latitude, or of y.
    pub lat: usize,
    /// Of the longitude, or of x.
    pub lon: usize,
    /// Where the letters of their hemispheres are, if they stand apart.
    pub hemispheres: [Option<usize>; 2],
    /// Where their minutes and seconds are, if they stand apart from the degrees.
    pub finer: [[Option<usize>; 2]; 2],
    /// A column with both, for rows that have nothing in the other two.
    pub both: Option<Both>,
    pub weight: Weight,
    /// Where it says how many rows a row stands for.
    pub count: Option<usize>,
    /// Where the time is, if it is wanted and known.
    pub time: Option<Moment>,
    /// A column that holds whole geometries; then those of a place mean nothing.
    pub shapes: Option<Shapes>,
    /// Where the tracks of rows are named, if rows are fixes of tracks.
    pub tracks: Option<TrackColumns>,
    /// The column by which data are parted, if they are.
    pub part: Option<usize>,
    pub demands: Demands,
    /// The first row names the columns.
    pub header: bool,
}

impl Columns {
    /// Whether nothing is read from a row but its place.
    pub(super) fn are_places_alone(&self) -> bool {
        self.weight == Weight::One
            && self.count.is_none()
            && self.part.is_none()
            && self.time.is_none()
            && self.shapes.is_none()
            && self.tracks.is_none()
            && self.demands.is_empty()
    }
}

/// What must stand in columns for a row to be wanted.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Demands {
    conditions: Vec<(usize, Condition)>,
    /// Where it says how many metres a place may be off, if that matters.
    accuracy: Option<usize>,
}

impl Demands {
    /// Whether all rows are wanted.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.conditions.is_empty() && self.accuracy.is_none()
    }

    /// The columns that are looked at.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        let conditions = self.conditions.iter().map(|(column, _)| *column);
        conditions.chain(self.accuracy)
    }

    /// Why a row is not wanted, if it is not, given what stands in a column, and the number in it.
    pub(super) fn unmet<'f>(
        &self,
        field: impl Fn(usize) -> (Cow<'f, [u8]>, Option<f64>),
        manner: &Manner,
    ) -> Option<Oddity> {
        let mut conditions = self.conditions.iter();
        let is_met = |(column, condition): &(usize, Condition)| {
            let (field, number) = field(*column);
            condition.holds(&field, number)
        };
        if !conditions.all(is_met) {
            return Some(Oddity::OtherValue);
        }
        let metres = self.accuracy.and_then(|column| field(column).1);
        (!manner.is_accurate(metres)).then_some(Oddity::Inaccurate)
    }
}

/// What makes tracks of rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TrackColumns {
    /// The column of what rows of one track have in common.
    pub track: usize,
    /// Where their order stands, if it is not that of the file.
    pub order: Option<Moment>,
}

/// A column of whole geometries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shapes {
    pub column: usize,
    pub form: Form,
}

/// How a geometry is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    /// Well-known text, or binary in digits.
    WellKnown,
    /// An encoded polyline.
    Polyline(Encoding),
}

impl Form {
    /// The geometry in a field; `None` if there is none.
    pub(super) fn parse(self, field: &[u8]) -> Option<Geometry> {
        match self {
            Self::WellKnown => Geometry::parse(field),
            Self::Polyline(encoding) => encoding.decode(field).map(Geometry::of_line),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::WellKnown => "geometry",
            Self::Polyline(_) => "encoded polyline",
        }
    }
}

/// A column that holds latitude and longitude.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Both {
    pub column: usize,
    /// The longitude comes first, where the field itself does not tell.
    pub lon_first: bool,
}

/// The first rows of a table; row 0 may be its header.
#[derive(Clone, Copy)]
pub(super) struct Sample<'a> {
    pub rows: usize,
    pub cell: &'a dyn Fn(usize, usize) -> Option<&'a [u8]>,
}

impl<'a> Sample<'a> {
    /// What there is in a column, from some row on.
    fn values(&self, column: usize, from: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let cell = self.cell;
        (from..self.rows)
            .filter_map(move |row| cell(row, column))
            .filter(|value| !value.trim_ascii().is_empty())
    }

    fn is_blank(&self, column: usize) -> bool {
        self.values(column, 1).next().is_none()
    }

    /// Whether the first row has a number there, and so may be data.
    fn is_number(&self, column: usize) -> bool {
        (self.cell)(0, column).is_some_and(is_coordinate)
    }

    /// Whether a column has words alone.
    fn has_words(&self, column: usize) -> bool {
        let mut values = self.values(column, 0).peekable();
        values.peek().is_some() && !values.any(is_coordinate)
    }

    /// In how many fields a column holds a latitude and a longitude; 0 if most hold something else.
    fn pairs(&self, column: usize, from: usize) -> usize {
        let is_pair = |value: &[u8]| numbers::pair(value, false).is_some();
        most(self.values(column, from), is_pair)
    }

    /// Whether a column holds geometries in most fields that hold anything.
    fn has_shapes(&self, shapes: Shapes, from: usize) -> bool {
        let values = self.values(shapes.column, from);
        let is_shape = |value: &[u8]| shapes.form.parse(value).is_some();
        most(values.filter(|value| !is_null(value)), is_shape) > 0
    }

    /// The first column of nothing but days with their times, as the copy of a database has them.
    fn moment(&self, columns: usize) -> Option<Moment> {
        let is_moment = |value: &[u8]| {
            value.get(4) == Some(&b'-') && value.contains(&b':') && time::parse(value).is_some()
        };
        let is_of_moments = |column: &usize| {
            let mut values = self
                .values(*column, 0)
                .filter(|value| !is_null(value))
                .peekable();
            values.peek().is_some() && values.all(is_moment)
        };
        let day = (0..columns).find(is_of_moments)?;
        Some(Moment { day, clock: None })
    }

    /// Whether a column holds nothing but what looks like days or times of day.
    fn is_of_times(&self, column: usize) -> bool {
        let looks_so = |value: &[u8]| {
            let is_of_it = |byte: &u8| byte.is_ascii_digit() || b":-/. TZ+".contains(byte);
            let is_parted = value.iter().skip(1).any(|byte| b":-/".contains(byte));
            let begins = value.first().is_some_and(u8::is_ascii_digit);
            begins && is_parted && value.iter().all(is_of_it)
        };
        let mut values = self.values(column, 0).peekable();
        values.peek().is_some() && values.all(|value| looks_so(value.trim_ascii()))
    }

    /// Whether the first row has a name above geometries.
    fn is_named(&self, shapes: Shapes) -> bool {
        let first = (self.cell)(0, shapes.column).unwrap_or_default();
        !is_null(first) && shapes.form.parse(first).is_none()
    }

    /// Whether a column holds letters of hemispheres, whatever it is called.
    fn has_hemispheres(&self, column: usize, axis: Axis, from: usize) -> bool {
        let mut values = self.values(column, from).peekable();
        values.peek().is_some() && values.all(|value| numbers::hemisphere(value) == Some(axis))
    }

    /// Whether most of what a column holds might name hemispheres, as far as it holds anything.
    /// Numbers do not, but for signs.
    fn may_have_hemispheres(&self, column: usize) -> bool {
        let may_be = |value: &&[u8]| number(value).is_none_or(|sign| sign.abs() == 1.0);
        let all = self.values(column, 1).count();
        let named = self.values(column, 1).filter(may_be).count();
        all == 0 || 2 * named > all
    }

    /// Whether most of what a column holds are whole numbers, as far as it holds anything.
    fn is_whole(&self, column: usize) -> bool {
        let is_whole = |value| number(value).is_some_and(|number| number.fract() == 0.0);
        self.values(column, 1).next().is_none() || most(self.values(column, 1), is_whole) > 0
    }
}

/// How many of some values are of a kind, if most of them are; a bad one among many says nothing.
fn most<'a>(values: impl Iterator<Item = &'a [u8]>, is_one: impl Fn(&'a [u8]) -> bool) -> usize {
    let (mut are, mut all) = (0, 0);
    for value in values {
        are += usize::from(is_one(value));
        all += 1;
    }
    if 2 * are > all { are } else { 0 }
}

fn is_coordinate(field: &[u8]) -> bool {
    let degrees = |axis| numbers::degrees(field, axis);
    number(field)
        .or_else(|| degrees(Axis::Lat))
        .or_else(|| degrees(Axis::Lon))
        .is_some()
}

/// Where the time of a row stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment {
    /// The column of the day, or of all of it.
    pub day: usize,
    /// The column of the time of day, if that is another one.
    pub clock: Option<usize>,
}

/// Where the weight of a row comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Weight {
    /// Every point weighs 1.
    One,
    /// A column that nobody asked for: points without a number there weigh 1.
    Optional(usize),
    /// A column that was asked for: every row must have a number there.
    Asked(usize),
}

/// Decides which columns to use from the first rows of a table, the first taken for names, and what
/// the user said.
///
/// The user's choice wins over the header, the header over what the fields hold, and that over
/// positions.
pub(super) fn choose(
    header: &Header,
    sample: Sample<'_>,
    options: &Options,
    sink: &Sink,
) -> Result<Columns> {
    let asked = |field: &Option<Field>| {
        field
            .as_ref()
            .map(|field| header.find(field, sink))
            .transpose()
    };
    let (lat, lon, weight, count) = (
        asked(&options.lat_field)?,
        asked(&options.lon_field)?,
        asked(&options.weight_field)?,
        asked(&options.count_field)?,
    );
    let plane = sink.manner().crs.is_xy();
    let shapes = header.shapes(sample, options, sink)?;
    let mut places = header.places(lat, lon, sample, options, plane);
    if !places.by_name && (lat.is_none() || lon.is_none()) {
        places = places.or_by_content(header, sample, options, plane);
    }
    let header_row = match shapes {
        Some(shapes) => options.named_column().is_some() || sample.is_named(shapes),
        None => {
            places.by_name
                || options.named_column().is_some()
                || !(places.without_header
                    || sample.is_number(places.lat)
                    || sample.is_number(places.lon))
        }
    };
    let has_words = || sample.has_words(places.lat) || sample.has_words(places.lon);
    if !places.known && shapes.is_none() && (header_row || has_words()) {
        return Err(header.without_places(sink));
    }
    let by_name = header_row && !options.ignore_header;
    // A count in the third column is no weight.
    let unasked = if by_name {
        header.weight()
    } else if shapes.is_some() {
        None
    } else {
        third_column(&places, sample).filter(|column| count != Some(*column))
    };
    let time = sink
        .manner()
        .times
        .then(|| header.moment(options.time_field.as_ref(), by_name, sink))
        .transpose()?
        .flatten()
        .or_else(|| {
            let nameless = shapes.is_some() && !by_name && sink.manner().times;
            nameless.then(|| sample.moment(header.len()))?
        });
    let hemispheres = if plane || options.ignore_header {
        [None; 2]
    } else {
        places
            .hemispheres
            .unwrap_or_else(|| header.hemispheres(places.lat, places.lon, sample))
    };
    let finer = |column| header.finer(column, sample);
    let finer = if by_name && !plane {
        [finer(places.lat), finer(places.lon)]
    } else {
        [[None; 2]; 2]
    };
    Ok(Columns {
        lat: places.lat,
        lon: places.lon,
        hemispheres,
        finer,
        both: places.both,
        weight: weight.map_or(unasked.map_or(Weight::One, Weight::Optional), Weight::Asked),
        count,
        time,
        shapes,
        tracks: header.tracks(options, sink)?,
        part: header.part(options, sink)?,
        demands: header.demands(options, sink)?,
        header: header_row,
    })
}

/// Where the two numbers of a place are, as far as is known.
struct Found {
    lat: usize,
    lon: usize,
    both: Option<Both>,
    /// Names say so, and so the first row is a header.
    by_name: bool,
    /// The first row is a record for certain.
    without_header: bool,
    /// Neither of the two is a mere position.
    known: bool,
    hemispheres: Option<[Option<usize>; 2]>,
}

impl Found {
    fn at((lat, lon): (usize, usize)) -> Self {
        Self {
            lat,
            lon,
            both: None,
            by_name: false,
            without_header: false,
            known: false,
            hemispheres: None,
        }
    }

    /// Where no names tell: a column that holds both numbers, or letters of hemispheres beside
    /// numbers.
    fn or_by_content(
        self,
        header: &Header,
        sample: Sample<'_>,
        options: &Options,
        plane: bool,
    ) -> Self {
        if plane || options.ignore_header || self.known {
            return self;
        }
        let letters = |column, axis| sample.has_hemispheres(column, axis, 0);
        if letters(1, Axis::Lat) && letters(3, Axis::Lon) && sample.is_number(0) {
            return Self {
                hemispheres: Some([Some(1), Some(3)]),
                ..Self::at((0, 2))
            };
        }
        // Days and times of day in front look like degrees and minutes.
        let times = (0..2)
            .take_while(|&column| sample.is_of_times(column))
            .count();
        let has_place = || sample.is_number(times) && sample.is_number(times + 1);
        let has_clock = |column| {
            let first = (sample.cell)(0, column).unwrap_or_default();
            first.contains(&b':')
        };
        // Two of one kind are no day and its time.
        let is_moment = times == 1 || has_clock(0) != has_clock(1);
        if times > 0 && is_moment && self.lat + self.lon == 1 && has_place() {
            return Self::at((self.lat + times, self.lon + times));
        }
        if sample.is_number(self.lat) && sample.is_number(self.lon) {
            return self;
        }
        let found = |from| header.both(sample, options, from);
        let Some(both) = found(1).or_else(|| found(0)) else {
            return self;
        };
        let first = (sample.cell)(0, both.column).unwrap_or_default();
        let without_header = numbers::pair(first, false).is_some();
        Self {
            both: Some(both),
            by_name: !without_header,
            without_header,
            known: true,
            ..Self::at((both.column, both.column))
        }
    }
}

impl Options {
    /// The columns that the user means.
    fn asked(&self) -> impl Iterator<Item = &Field> {
        let fields = [
            &self.lat_field,
            &self.lon_field,
            &self.weight_field,
            &self.count_field,
            &self.time_field,
            &self.geometry_field,
            &self.polyline_field,
            &self.track_field,
            &self.order_field,
            &self.part_field,
        ];
        let conditions = self.conditions.iter().map(|(field, _)| field);
        fields.into_iter().flatten().chain(conditions)
    }

    /// Whether the user means any columns.
    #[must_use]
    pub fn asks_for_columns(&self) -> bool {
        self.asked().next().is_some()
    }

    /// The first column that the user means by its name.
    pub(super) fn named_column(&self) -> Option<&Field> {
        self.asked().find(|field| matches!(field, Field::Name(_)))
    }
}

/// The third column is the weight if the first two are the place and some row has a number there,
/// but not just because it is the third.
fn third_column(places: &Found, sample: Sample<'_>) -> Option<usize> {
    let in_front = places.lat + places.lon == 1 && places.both.is_none();
    let is_weight = |value: &[u8]| {
        number(value)
            .or_else(|| numbers::weight(value, Decimal::Point))
            .is_some()
    };
    let all_blank = sample.values(2, 0).next().is_none();
    (in_front && (all_blank || sample.values(2, 0).any(is_weight))).then_some(2)
}

impl Columns {
    /// The last of the columns that are looked at for a place or a weight.
    pub(super) fn last(&self) -> usize {
        let weight = match self.weight {
            Weight::One => None,
            Weight::Optional(column) | Weight::Asked(column) => Some(column),
        };
        let [north, east] = self.hemispheres;
        let both = self.both.map(|both| both.column);
        let track = self.tracks.map(|tracks| tracks.track);
        let others = [weight, self.count, north, east, both, track];
        let place = match self.shapes {
            Some(shapes) => shapes.column,
            None => self.lat.max(self.lon),
        };
        let finer = self.finer.iter().flatten();
        let others = others.iter().chain(finer).copied().flatten();
        let others = others.chain(self.demands.columns());
        others.fold(place, usize::max)
    }

    /// The names of the columns of places, in the order in which they are told, if they have names.
    pub(super) fn named<'a>(
        &self,
        first: impl Fn(usize) -> Option<&'a [u8]>,
        crs: Crs,
    ) -> Option<String> {
        let columns = match (self.shapes, self.both) {
            (Some(shapes), _) => vec![shapes.column],
            (None, Some(both)) => vec![both.column],
            (None, None) if crs.is_plane() => vec![self.lon, self.lat],
            (None, None) => vec![self.lat, self.lon],
        };
        let name = |column: usize| Some(String::from_utf8_lossy(first(column)?).into_owned());
        let names = columns.into_iter().map(name).collect::<Option<Vec<_>>>();
        names.filter(|_| self.header).map(|names| names.join(", "))
    }

    /// The columns in words.
    pub(super) fn describe<'a>(
        &self,
        first: impl Fn(usize) -> Option<&'a [u8]>,
        crs: Crs,
    ) -> String {
        let column = |index: usize| Column {
            index,
            name: first(index).filter(|_| self.header),
        };
        let weight = match self.weight {
            Weight::One => "weight 1".to_owned(),
            Weight::Optional(index) if first(index).is_none() => "weight 1".to_owned(),
            Weight::Optional(index) | Weight::Asked(index) => {
                format!("weight from {}", column(index))
            }
        };
        let time = match self.time {
            Some(Moment {
                day,
                clock: Some(clock),
            }) => format!(", time from {} and {}", column(day), column(clock)),
            Some(Moment { day, clock: None }) => format!(", time from {}", column(day)),
            None => String::new(),
        };
        let count = self
            .count
            .map(|index| format!(", count from {}", column(index)));
        let weight = weight + &count.unwrap_or_default();
        let tracks = self.tracks.map(|TrackColumns { track, order }| {
            let order = order.map(|order| format!(" in the order of {}", column(order.day)));
            format!(
                ", tracks from {}{}",
                column(track),
                order.unwrap_or_default()
            )
        });
        let time = time + &tracks.unwrap_or_default();
        if let Some(shapes) = self.shapes {
            let (name, column) = (shapes.form.name(), column(shapes.column));
            return format!("{name} from {column}, {weight}{time}");
        }
        let [one, other] = names(crs);
        let (first, second) = if crs.is_xy() {
            (self.lon, self.lat)
        } else {
            (self.lat, self.lon)
        };
        if let Some(both) = self.both.filter(|both| both.column == self.lat) {
            let column = column(both.column);
            return format!("{one} and {other} from {column}, {weight}{time}");
        }
        format!(
            "{one} from {}, {other} from {}, {weight}{time}",
            column(first),
            column(second)
        )
    }
}

/// A column in a message.
struct Column<'a> {
    index: usize,
    name: Option<&'a [u8]>,
}

impl fmt::Display for Column<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}", self.index + 1)?;
        self.name
            .map_or(Ok(()), |name| write!(f, " {}", quoted(name)))
    }
}

/// A row taken for the names of the columns.
#[derive(Debug)]
pub(super) struct Header {
    /// As the file has them, without what cannot be seen around them.
    shown: Vec<String>,
    /// As they are compared.
    names: Vec<String>,
}

/// Whether names are those of a latitude and a longitude.
fn has_both(names: &[impl AsRef<str>]) -> bool {
    let is_of = |axis| {
        let mut axes = names
            .iter()
            .filter_map(|name| vocabulary::axis(name.as_ref()));
        axes.any(|(found, _)| found == axis)
    };
    is_of(Axis::Lat) && is_of(Axis::Lon)
}

/// What the columns of one kind of place are called.
#[derive(Clone, Copy)]
struct Names {
    lat: &'static [&'static str],
    lon: &'static [&'static str],
    /// How other names of such columns end.
    ends: Option<[&'static str; 2]>,
}

impl Header {
    /// The names of a row, as far as a table is [wide](WIDEST).
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a [u8]>) -> Self {
        let names: Vec<_> = names.take(WIDEST).collect();
        // An old encoding shows by words that it alone can spell.
        let are_known =
            |names: &[Cow<'_, str>]| vocabulary::is_foreign(&names.concat()) && has_both(names);
        let names = decode::words(&names, are_known);
        Self {
            shown: names.iter().map(|name| name.trim().to_owned()).collect(),
            names: names.iter().map(|name| as_known(name)).collect(),
        }
    }

    /// The names as the file has them.
    pub(super) fn shown(&self) -> impl Iterator<Item = &str> {
        self.shown.iter().map(String::as_str)
    }

    /// How many columns have a name.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether this row is a header for certain: it has names of places and all that the user
    /// named. `Some(false)` if both numbers are in one column.
    pub(super) fn is_known(&self, options: &Options, plane: bool) -> Option<bool> {
        let fields = [
            &options.lat_field,
            &options.lon_field,
            &options.weight_field,
            &options.count_field,
        ];
        let mut found = [None; 4];
        for (to, field) in found.iter_mut().zip(fields) {
            if let Some(field) = field {
                let position = field.position(self.names.iter().map(String::as_str))?;
                *to = matches!(field, Field::Name(_)).then_some(position);
            }
        }
        let named = |field: &Option<Field>| match field {
            Some(field @ Field::Name(_)) => field
                .position(self.names.iter().map(String::as_str))
                .is_some(),
            Some(Field::Number(_)) | None => false,
        };
        let asked = (found[0].is_some() && found[1].is_some())
            || named(&options.geometry_field)
            || named(&options.polyline_field);
        if asked || self.named_pair(found[0], found[1], plane).is_some() {
            return Some(true);
        }
        let one = found[0].is_some() || self.shown.iter().any(|name| vocabulary::is_both(name));
        (one && !plane).then_some(false)
    }

    /// Whether this row is a header below the rows of another, or below rows without any. `x` and
    /// `y` may be anything, unless that one has such names, too.
    pub(super) fn goes_on(&self, above: Option<&Self>, options: &Options, plane: bool) -> bool {
        let shares = |above: &Self| self.names.iter().any(|name| above.names.contains(name));
        let is_certain = plane || above.is_some_and(shares) || has_both(&self.shown);
        let is_known = || {
            self.named_pair(None, None, plane).is_some()
                || self.is_known(options, plane) == Some(true)
        };
        is_certain && is_known()
    }

    /// Whether it calls longitude what is taken for the latitude, and the other way round.
    pub(super) fn contradicts(&self, columns: &Columns, crs: Crs) -> bool {
        let named = self.named_pair(None, None, crs.is_plane());
        columns.shapes.is_none() && named == Some((columns.lon, columns.lat))
    }

    /// Whether other columns might have been meant as well as those of the places: nobody names
    /// these, and there are more of their kind.
    pub(super) fn has_other_places(
        &self,
        columns: &Columns,
        sample: Sample<'_>,
        options: &Options,
    ) -> bool {
        let asked = [
            &options.lat_field,
            &options.lon_field,
            &options.geometry_field,
        ];
        if asked.iter().any(|asked| asked.is_some()) || options.polyline_field.is_some() {
            return false;
        }
        let from = usize::from(columns.header);
        let others = |taken| (0..self.len()).filter(move |&column| column != taken);
        if let Some(taken) = columns.shapes {
            let holds = |column| sample.has_shapes(Shapes { column, ..taken }, from);
            return others(taken.column).any(holds);
        }
        if let Some(taken) = columns.both {
            let name = self.shown.get(taken.column);
            return !name.is_some_and(|name| vocabulary::is_both(name))
                && others(taken.column).any(|column| sample.pairs(column, from) > 0);
        }
        let key = |at: usize| vocabulary::axis(self.shown.get(at)?).map(|(_, key)| key);
        let Some(own) = key(columns.lat).filter(|key| columns.header && !key.is_empty()) else {
            return false;
        };
        let is_pair = |lat| {
            self.pair_worded(vocabulary::axis, Some(lat), None)
                .is_some()
        };
        let is_other = |at: &usize| key(*at).is_some_and(|key| key != own);
        others(columns.lat).filter(is_other).any(is_pair)
    }

    /// What numbers in a column are to be multiplied by for degrees.
    pub(super) fn degrees_in(&self, column: usize) -> f64 {
        let key = self
            .shown
            .get(column)
            .and_then(|name| vocabulary::axis(name));
        key.map_or(1.0, |(_, key)| vocabulary::degrees_in(&key))
    }

    /// Whether another header means the same columns.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.names == other.names
    }

    /// The columns that the user or the names say, or else those in front.
    fn places(
        &self,
        lat: Option<usize>,
        lon: Option<usize>,
        sample: Sample<'_>,
        options: &Options,
        plane: bool,
    ) -> Found {
        let in_front = if plane || options.lon_lat {
            (1, 0)
        } else {
            (0, 1)
        };
        if options.ignore_header {
            let (first, second) = (lat.unwrap_or(in_front.0), lon.unwrap_or(in_front.1));
            return Found {
                by_name: true,
                known: true,
                ..Found::at((first, second))
            };
        }
        let one = lat
            .xor(lon)
            .filter(|&column| !plane && sample.pairs(column, 1) > 0);
        let pair = self.pair(lat, lon, plane).filter(|_| one.is_none());
        let (found_lat, found_lon) = (
            one.or(lat).or(pair.map(|pair| pair.0)),
            one.or(lon).or(pair.map(|pair| pair.1)),
        );
        let places = (
            found_lat.unwrap_or(in_front.0),
            found_lon.unwrap_or(in_front.1),
        );
        let both = one.map(|column| self.both_at(column, options)).or_else(|| {
            let empty = pair.is_some() && sample.is_blank(places.0) && sample.is_blank(places.1);
            (empty && !plane).then(|| self.both(sample, options, 1))?
        });
        Found {
            both,
            by_name: pair.is_some() || one.is_some(),
            known: found_lat.is_some() && found_lon.is_some(),
            ..Found::at(places)
        }
    }

    /// The column that holds both numbers: one that is called so, or else the one with the most.
    fn both(&self, sample: Sample<'_>, options: &Options, from: usize) -> Option<Both> {
        let pairs = || (0..self.len()).filter(|&column| sample.pairs(column, from) > 0);
        let called = |column: &usize| vocabulary::is_both(&self.shown[*column]);
        let most = || {
            pairs()
                .rev()
                .max_by_key(|&column| sample.pairs(column, from))
        };
        let column = pairs().find(called).or_else(most)?;
        Some(self.both_at(column, options))
    }

    fn both_at(&self, column: usize, options: &Options) -> Both {
        let name = self.shown.get(column).map_or("", String::as_str);
        Both {
            column,
            lon_first: vocabulary::is_lon_first(name) || options.lon_lat,
        }
    }

    /// Columns with the letters of the hemispheres: called so, or right beside the numbers.
    fn hemispheres(&self, lat: usize, lon: usize, sample: Sample<'_>) -> [Option<usize>; 2] {
        let others = || (0..self.len()).filter(|&at| at != lat && at != lon);
        let called = |axis| {
            others().find(|&at| {
                let name = &self.shown[at];
                (vocabulary::hemisphere(name) == Some(axis) && sample.may_have_hemispheres(at))
                    || (vocabulary::is_hemisphere(name) && sample.has_hemispheres(at, axis, 1))
            })
        };
        let holding = |axis| others().find(|&at| sample.has_hemispheres(at, axis, 1));
        let (north, east) = (called(Axis::Lat), called(Axis::Lon));
        if north.or(east).is_some() {
            return [
                north.or_else(|| holding(Axis::Lat)),
                east.or_else(|| holding(Axis::Lon)),
            ];
        }
        let beside = |lat, lon| {
            let holds = |column, axis| sample.has_hemispheres(column, axis, 1);
            (holds(lat, Axis::Lat) && holds(lon, Axis::Lon)).then_some([Some(lat), Some(lon)])
        };
        beside(lat + 1, lon + 1)
            .or_else(|| beside(lat.checked_sub(1)?, lon.checked_sub(1)?))
            .unwrap_or_default()
    }

    /// The columns of the minutes and of the seconds that are parts of degrees in another.
    fn finer(&self, degrees: usize, sample: Sample<'_>) -> [Option<usize>; 2] {
        let name = self.shown.get(degrees);
        let Some(name) = name.filter(|_| sample.is_whole(degrees)) else {
            return [None; 2];
        };
        let degrees = vocabulary::compact(name);
        let called = |part| {
            let name = |at: usize| vocabulary::compact(&self.shown[at]);
            (0..self.len()).find(|&at| vocabulary::finer(&name(at), &degrees) == Some(part))
        };
        let minutes = called(0);
        [minutes, minutes.and_then(|_| called(1))]
    }

    /// The column of whole geometries: one that the user names, or where no names of places are
    /// known one that holds nothing else.
    fn shapes(&self, sample: Sample<'_>, options: &Options, sink: &Sink) -> Result<Option<Shapes>> {
        let polyline = |column: usize| Shapes {
            column,
            form: Form::Polyline(Encoding {
                precision: options.polyline_precision.or_else(|| {
                    let name = self.shown.get(column)?;
                    polyline::precision_of(name)
                }),
                lon_first: options.lon_lat,
            }),
        };
        let well_known = |column| Shapes {
            column,
            form: Form::WellKnown,
        };
        if let Some(field) = &options.geometry_field {
            return self.find(field, sink).map(well_known).map(Some);
        }
        if let Some(field) = &options.polyline_field {
            return self.find(field, sink).map(polyline).map(Some);
        }
        let plane = sink.manner().crs.is_xy();
        let asked = options.ignore_header || options.lat_field.is_some();
        if asked || options.lon_field.is_some() || self.named_pair(None, None, plane).is_some() {
            return Ok(None);
        }
        let columns = || 0..self.len();
        let holds =
            |shapes: &Shapes| sample.has_shapes(*shapes, 1) || sample.has_shapes(*shapes, 0);
        let is_called_so = |column: &usize| polyline::is_called_so(&self.shown[*column]);
        let lines = || columns().filter(is_called_so).map(polyline);
        Ok(columns().map(well_known).chain(lines()).find(holds))
    }

    /// The column that the user means.
    fn find(&self, field: &Field, sink: &Sink) -> Result<usize> {
        let found = field.position(self.names.iter().map(String::as_str));
        found.ok_or_else(|| match field {
            Field::Number(_) => {
                sink.error(None, "there is no column 0; columns are counted from 1")
            }
            Field::Name(name) => self.without("column", name, sink),
        })
    }

    /// An error about a field, of which there is none of that name.
    pub(super) fn without(&self, what: &str, name: &str, sink: &Sink) -> Error {
        let fact = format_args!("there is no {what} '{name}' among {self}");
        let error = sink.error(None, fact);
        match meant(name, self.shown()) {
            Some(meant) => error.advice(format_args!("did you mean '{meant}'?")),
            None => error,
        }
    }

    /// The first latitude and longitude with one prefix (`pickup_latitude` and `pickup_longitude`).
    /// Where one of the two is given, its partner if it has one.
    fn pair(&self, lat: Option<usize>, lon: Option<usize>, plane: bool) -> Option<(usize, usize)> {
        self.named_pair(lat, lon, plane)
            .or_else(|| self.named_pair(None, None, plane))
    }

    /// The latitude and the longitude by their names, with one of them or both given.
    pub(super) fn named_pair(
        &self,
        lat: Option<usize>,
        lon: Option<usize>,
        plane: bool,
    ) -> Option<(usize, usize)> {
        if self.names.len() < 2 {
            return None;
        }
        let exact = |names| self.pair_named(names, lat, lon);
        let worded = |axis| self.pair_worded(axis, lat, lon);
        if plane {
            return exact(X_AND_Y)
                .or_else(|| exact(ANY))
                .or_else(|| worded(vocabulary::plane_axis))
                .or_else(|| worded(vocabulary::axis));
        }
        exact(DEGREES)
            .or_else(|| worded(vocabulary::axis))
            .or_else(|| exact(ANY))
            .or_else(|| worded(vocabulary::plane_axis))
    }

    /// The first latitude with a longitude of the same key, by the words in their names.
    fn pair_worded(
        &self,
        axis: fn(&str) -> Option<(Axis, String)>,
        lat: Option<usize>,
        lon: Option<usize>,
    ) -> Option<(usize, usize)> {
        let all: Vec<_> = self
            .shown
            .iter()
            .enumerate()
            .filter_map(|(at, name)| axis(name).map(|(axis, key)| (at, axis, key)))
            .collect();
        let of = |wanted: Axis, asked: Option<usize>| {
            all.iter().filter(move |(at, axis, _)| {
                *axis == wanted && asked.is_none_or(|asked| asked == *at)
            })
        };
        of(Axis::Lat, lat).find_map(|(lat, _, key)| {
            let partner = of(Axis::Lon, lon).find(|(.., other)| other == key)?;
            Some((*lat, partner.0))
        })
    }

    fn pair_named(
        &self,
        names: Names,
        lat: Option<usize>,
        lon: Option<usize>,
    ) -> Option<(usize, usize)> {
        let lats = self
            .prefixes(names.lat, names.ends.map(|ends| ends[0]))
            .filter(|(at, _)| lat.is_none_or(|lat| lat == *at));
        lats.into_iter().find_map(|(lat, prefix)| {
            let mut lons = self.prefixes(names.lon, names.ends.map(|ends| ends[1]));
            lons.find(|(at, other)| prefix == *other && lon.is_none_or(|lon| lon == *at))
                .map(|(lon, _)| (lat, lon))
        })
    }

    /// The columns with one of the names or the suffix, each with what stands before the suffix.
    fn prefixes(
        &self,
        names: &[&str],
        suffix: Option<&'static str>,
    ) -> impl Iterator<Item = (usize, &str)> {
        self.names.iter().enumerate().filter_map(move |(at, name)| {
            let prefix = if names.contains(&name.as_str()) {
                Some("")
            } else {
                suffix.and_then(|suffix| name.strip_suffix(suffix))
            };
            Some((at, prefix?))
        })
    }

    fn weight(&self) -> Option<usize> {
        self.names.iter().position(|name| name == "weight")
    }

    /// The time that the user means, or else the one that has a name.
    fn moment(&self, asked: Option<&Field>, by_name: bool, sink: &Sink) -> Result<Option<Moment>> {
        match asked {
            Some(field) => Ok(Some(Moment {
                day: self.find(field, sink)?,
                clock: None,
            })),
            None => Ok(if by_name { self.named_moment() } else { None }),
        }
    }

    /// The column with the best name. A day that has its time of day beside it is only half of the
    /// time.
    pub(super) fn named_moment(&self) -> Option<Moment> {
        let ranks = self.names.iter().enumerate();
        let ranks = ranks.filter_map(|(at, name)| Some((moment_rank(name)?, at)));
        let (_, day) = ranks.min()?;
        let called = |wanted| self.names.iter().position(|name| as_moment(name) == wanted);
        let clock = is_day(&self.names[day]).then(|| CLOCKS.into_iter().find_map(called));
        Some(Moment {
            day,
            clock: clock.flatten(),
        })
    }

    /// What makes tracks of rows, if the user says so. A day that has its time of day beside it is
    /// only half of an order.
    fn tracks(&self, options: &Options, sink: &Sink) -> Result<Option<TrackColumns>> {
        let Some(track) = &options.track_field else {
            return Ok(None);
        };
        let order = options.order_field.as_ref();
        let order = order.map(|field| self.find(field, sink)).transpose()?;
        let order = order.map(|day| {
            let named = self.named_moment().filter(|moment| moment.day == day);
            named.unwrap_or(Moment { day, clock: None })
        });
        let track = self.find(track, sink)?;
        Ok(Some(TrackColumns { track, order }))
    }

    fn part(&self, options: &Options, sink: &Sink) -> Result<Option<usize>> {
        let part = options.part_field.as_ref();
        let part = part.map(|field| self.find(field, sink)).transpose();
        part.map_err(|error| match error.remedy {
            None => error.remedy(Remedy::OtherParts),
            Some(_) => error,
        })
    }

    /// What must stand in columns. Unlike others those of conditions must be there even if they are
    /// given by number: no row would meet a condition on one that is not.
    pub(super) fn demands(&self, options: &Options, sink: &Sink) -> Result<Demands> {
        let conditions = options.conditions.iter();
        let conditions = conditions.map(|(field, condition)| {
            let column = self.find(field, sink)?;
            if column >= self.len() {
                let fact = format_args!("there is no column {field} among {self}");
                return Err(sink.error(None, fact));
            }
            Ok((column, condition.clone()))
        });
        let is_limited = sink.manner().max_accuracy.is_some();
        Ok(Demands {
            conditions: conditions.collect::<Result<_>>()?,
            accuracy: is_limited.then(|| self.accuracy()).flatten(),
        })
    }

    /// The column with the best name of an accuracy.
    fn accuracy(&self) -> Option<usize> {
        let ranks = self.names.iter().enumerate();
        let ranks = ranks.filter_map(|(at, name)| Some((accuracy_rank(name)?, at)));
        ranks.min().map(|(_, at)| at)
    }

    fn without_places(&self, sink: &Sink) -> Error {
        let crs = sink.manner().crs;
        let [one, other] = names(crs);
        let remedy = if crs.is_xy() {
            Remedy::NameColumnsOfXAndY
        } else {
            Remedy::NameColumns
        };
        sink.error(
            None,
            format_args!("no columns for {one} and {other} are known among {self}"),
        )
        .remedy(remedy)
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed: Vec<_> = self
            .shown
            .iter()
            .take(LISTED)
            .map(|name| quoted(name.as_bytes()))
            .collect();
        f.write_str(&listed.join(", "))?;
        match self.names.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
