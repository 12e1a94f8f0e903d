//! Columns of table-like formats: latitude, longitude, weight and time, by name or by number.
//!
//! The one place that knows what such columns are called, whatever kind of table they are in.

use std::fmt;

use super::Sink;
use super::fields::{names, quoted};
use crate::error::{Error, Result};
use crate::geo::Crs;

/// Columns to look for in a table. Those that are not given are found by their names or
/// positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The column of the latitude, or of y.
    pub lat_field: Option<Field>,
    /// The column of the longitude, or of x.
    pub lon_field: Option<Field>,
    /// The column of the weight; when it is given, every row must have one.
    pub weight_field: Option<Field>,
    /// The column of the time, for when times are wanted.
    pub time_field: Option<Field>,
    /// Skip the first row, whatever it says, and take columns 1, 2 and 3: latitude, longitude (or
    /// x, y) and weight.
    pub ignore_header: bool,
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

/// A name as names are compared: in small letters, without blanks around it.
fn as_known(name: &str) -> String {
    name.trim().to_lowercase()
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
const MOMENTS: [&str; 9] = [
    "timestamp",
    "datetime",
    "date_time",
    "basedatetime",
    "date",
    "eventdate",
    "time",
    "starttime",
    "when",
];
/// How other names of such columns end.
const MOMENT_ENDS: [&str; 5] = ["_timestamp", "_datetime", "_date", "_time", "_at"];
/// How many columns an error lists.
const LISTED: usize = 30;

/// The columns that are used, counted from 0.
#[derive(Debug, PartialEq)]
pub(super) struct Columns {
    /// Of the latitude, or of y.
    pub lat: usize,
    /// Of the longitude, or of x.
    pub lon: usize,
    pub weight: Weight,
    /// Where the time is, if it is wanted and known.
    pub time: Option<Moment>,
    /// The first row names the columns.
    pub header: bool,
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

/// Decides which columns to use from the first row of a table, taken for names, and what the user
/// said. `is_number` tells of a column whether that row has a number in it, and so may be data.
///
/// The user's choice wins over the header, and the header over positions.
pub(super) fn choose(
    header: &Header,
    is_number: impl Fn(usize) -> bool,
    options: &Options,
    sink: &Sink,
) -> Result<Columns> {
    let asked = |field: &Option<Field>| {
        field
            .as_ref()
            .map(|field| header.find(field, sink))
            .transpose()
    };
    let (lat, lon, weight) = (
        asked(&options.lat_field)?,
        asked(&options.lon_field)?,
        asked(&options.weight_field)?,
    );
    let plane = sink.manner().crs.is_plane();
    let in_front = if plane { (1, 0) } else { (0, 1) };
    let found = if options.ignore_header {
        Some(in_front)
    } else {
        header.pair(lat, lon, plane)
    };
    let places = (
        lat.or(found.map(|pair| pair.0)),
        lon.or(found.map(|pair| pair.1)),
    );

    let (lat, lon) = (
        places.0.unwrap_or(in_front.0),
        places.1.unwrap_or(in_front.1),
    );
    let header_row =
        found.is_some() || options.names_a_column() || !(is_number(lat) || is_number(lon));
    if header_row && (places.0.is_none() || places.1.is_none()) {
        return Err(header.without_places(sink));
    }
    let by_name = header_row && !options.ignore_header;
    let unasked = if by_name {
        header.weight()
    } else {
        third_column(lat, lon)
    };
    let weight = weight.map_or(unasked.map_or(Weight::One, Weight::Optional), Weight::Asked);
    let time = sink
        .manner()
        .times
        .then(|| header.moment(options.time_field.as_ref(), by_name, sink))
        .transpose()?
        .flatten();
    Ok(Columns {
        lat,
        lon,
        weight,
        time,
        header: header_row,
    })
}

impl Options {
    fn names_a_column(&self) -> bool {
        let fields = [
            &self.lat_field,
            &self.lon_field,
            &self.weight_field,
            &self.time_field,
        ];
        fields
            .into_iter()
            .any(|field| matches!(field, Some(Field::Name(_))))
    }
}

/// The third column is the weight if the first two are the place, but not just because it is the
/// third.
fn third_column(lat: usize, lon: usize) -> Option<usize> {
    (lat + lon == 1).then_some(2)
}

impl Columns {
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
        let [one, other] = names(crs);
        let (first, second) = if crs.is_plane() {
            (self.lon, self.lat)
        } else {
            (self.lat, self.lon)
        };
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

/// The first row, taken for the names of the columns: in lower case, without blanks around them.
pub(super) struct Header {
    names: Vec<String>,
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
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a [u8]>) -> Self {
        Self {
            names: names
                .map(|name| as_known(&String::from_utf8_lossy(name)))
                .collect(),
        }
    }

    /// The column that the user means.
    fn find(&self, field: &Field, sink: &Sink) -> Result<usize> {
        let found = field.position(self.names.iter().map(String::as_str));
        found.ok_or_else(|| match field {
            Field::Number(_) => {
                sink.error(None, "there is no column 0; columns are counted from 1")
            }
            Field::Name(name) => sink.error(
                None,
                format_args!("there is no column '{name}' among {self}"),
            ),
        })
    }

    /// The first latitude and longitude with one prefix (`pickup_latitude` and `pickup_longitude`).
    /// Where one of the two is given, its partner if it has one.
    fn pair(&self, lat: Option<usize>, lon: Option<usize>, plane: bool) -> Option<(usize, usize)> {
        let best = if plane { X_AND_Y } else { DEGREES };
        let places = |lat, lon| {
            [best, ANY]
                .into_iter()
                .find_map(|names| self.pair_named(names, lat, lon))
        };
        places(lat, lon).or_else(|| places(None, None))
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
    fn named_moment(&self) -> Option<Moment> {
        let names: Vec<_> = self
            .names
            .iter()
            .map(|name| name.replace([' ', '/', '-'], "_"))
            .collect();
        let called = |wanted: &str| names.iter().position(|name| name == wanted);
        let ends = |name: &String| MOMENT_ENDS.iter().any(|end| name.ends_with(end));
        let day = MOMENTS
            .into_iter()
            .find_map(called)
            .or_else(|| names.iter().position(ends))?;
        Some(Moment {
            day,
            clock: called("time").filter(|_| names[day] == "date"),
        })
    }

    fn without_places(&self, sink: &Sink) -> Error {
        let crs = sink.manner().crs;
        let ([one, other], [a, b]) = (
            names(crs),
            if crs.is_plane() {
                ["x", "y"]
            } else {
                ["lat", "lon"]
            },
        );
        sink.error(
            None,
            format_args!("no columns for {one} and {other} are known among {self}"),
        )
        .advice(format_args!(
            "say which they are, by name or number, with --{a}-field and --{b}-field"
        ))
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed: Vec<_> = self
            .names
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
