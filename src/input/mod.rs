//! Files in, batches of shapes out. Knows file formats; knows nothing of maps, pictures or what the
//! shapes are for.
//!
//! [`read`] goes over the sources, picks the format of each (by name, then by the first bytes) and
//! hands it to the format's reader. All readers give to a [`Sink`].

pub mod buffer;
pub mod csv;
pub mod decode;
mod fields;
pub mod gpx;
mod parallel_lines;
pub mod plain;
pub mod shp;
mod sink;
mod sniff;
mod time;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

pub use self::sink::{Deliver, Manner, Report, Sink};
use self::sniff::Format;
use crate::error::{Error, Location, Result};
use crate::geo::Crs;

/// How many files a message names.
const NAMED: usize = 3;

/// Where data comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// The source in messages: `-`, or the path as it was given.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

impl Source {
    /// Whether it can be read more than once.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File(path) if path.is_file())
    }
}

/// What a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filetype {
    /// Whatever its name says, or else its first bytes.
    #[default]
    Auto,
    /// Lines of latitude, longitude (or x, y) and perhaps weight, with blanks or tabs between them.
    Plain,
    /// Rows of columns with commas, semicolons, tabs or bars between them.
    Csv,
    /// GPS tracks, routes and waypoints in XML.
    Gpx,
    /// An ESRI shapefile of points or lines.
    Shp,
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

/// How to read.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something else that may be wanted"
)]
pub struct Options {
    /// What the files hold.
    pub filetype: Filetype,
    /// Which columns to use.
    pub csv: csv::Options,
    /// What to take from GPX files; by default tracks, or else routes, or else waypoints.
    pub gpx: Option<gpx::Take>,
    /// The first bad record ends the run, and so does the first bad file.
    pub strict: bool,
    /// The coordinate system of the numbers in files that do not say another.
    pub crs: Crs,
    /// A bad file is left out as long as there are others.
    pub keep_going: bool,
    /// Shapes get their times, where files have some. Otherwise nobody looks for them.
    pub times: bool,
    /// Shapes come in the order of the sources, and in each in the order of the file.
    pub in_order: bool,
}

impl Options {
    fn manner(&self) -> Manner {
        Manner {
            strict: self.strict,
            times: self.times,
            in_order: self.in_order,
            crs: self.crs,
        }
    }
}

/// Reads all sources, side by side. `opened` is told of each before it is read; `deliver` gets the
/// shapes in batches, from many threads and in no order, unless they are wanted [in
/// order](Options::in_order): then one batch after the other.
///
/// # Errors
/// When a source cannot be read and [`keep_going`](Options::keep_going) does not apply, at the
/// first bad record if the reading is strict, and when all of it gave no shape.
pub fn read(
    sources: &[Source],
    options: &Options,
    opened: &(dyn Fn(&Source) + Sync),
    deliver: Deliver<'_>,
) -> Result<Report> {
    let read = |source| read_one(source, options, opened, deliver);
    let report = if options.in_order {
        joined(sources.iter().map(read), options)?
    } else {
        joined(sources.par_iter().map(read).collect::<Vec<_>>(), options)?
    };
    if report.shapes == 0 {
        Err(nothing(sources, &report))
    } else {
        Ok(report)
    }
}

/// What came of a source.
type Part = (Result<()>, Report);

fn read_one(
    source: &Source,
    options: &Options,
    opened: &(dyn Fn(&Source) + Sync),
    deliver: Deliver<'_>,
) -> Part {
    opened(source);
    let mut report = Report::default();
    let mut sink = Sink::new(&source.name(), options.manner(), deliver, &mut report);
    let result = read_source(source, options, &mut sink);
    drop(sink);
    (result, report)
}

/// What came of all sources; nothing more is asked of them after an error that counts.
fn joined(parts: impl IntoIterator<Item = Part>, options: &Options) -> Result<Report> {
    let mut report = Report::default();
    for (result, part) in parts {
        report.append(part);
        match result {
            Err(error) if options.strict || !options.keep_going => return Err(error),
            Err(error) => report.failed.push(error),
            Ok(()) => {}
        }
    }
    Ok(report)
}

/// Why there is nothing: an empty picture would look like success.
fn nothing(sources: &[Source], report: &Report) -> Error {
    if let Some(error) = report.failed.first() {
        return error.clone();
    }
    let mut names: Vec<_> = sources.iter().take(NAMED).map(Source::name).collect();
    if sources.len() > NAMED {
        names.push(format!("{} more", sources.len() - NAMED));
    }
    let place = Location {
        file: names.join(", "),
        at: None,
    };
    match report.named.first() {
        Some(first) => Error::input(
            place,
            format_args!("nothing could be read; {}", Reason(report, first)),
        ),
        None => Error::input(
            place,
            "nothing could be read: there are no points and no tracks",
        ),
    }
}

/// The first of the bad records when there are no others.
struct Reason<'a>(&'a Report, &'a Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.skipped {
            1 => write!(f, "the only bad record: {}", self.1),
            skipped => write!(f, "the first of {skipped} bad records: {}", self.1),
        }
    }
}

fn read_source(source: &Source, options: &Options, sink: &mut Sink) -> Result<()> {
    match source {
        Source::Stdin => read_stream(io::stdin(), None, options, sink),
        Source::File(path) => {
            let about = fs::metadata(path).map_err(|error| sink.error(None, in_words(&error)))?;
            if about.is_dir() {
                let error = sink.error(None, "this is a folder, not a file");
                return Err(error.advice("name the files in it, as in FOLDER/*.gpx"));
            }
            let file = File::open(path).map_err(|error| sink.error(None, in_words(&error)))?;
            // A pipe may have a name too, but nothing lies beside it and it can be read only once.
            read_stream(
                file,
                about.is_file().then_some(path.as_path()),
                options,
                sink,
            )
        }
    }
}

/// Reads from a stream; `path` is where it comes from if that is a file.
fn read_stream(
    mut stream: impl Read + Send,
    path: Option<&Path>,
    options: &Options,
    sink: &mut Sink,
) -> Result<()> {
    let head = sniff::head(&mut stream).map_err(|error| sink.error(None, in_words(&error)))?;
    let format = sniff::named(options.filetype)
        .or_else(|| sniff::by_name(path?))
        .or_else(|| sniff::by_content(&head));
    let format = format.ok_or_else(|| {
        sink.error(None, "this is binary data, and not a shapefile")
            .advice("text, CSV, GPX and shapefiles can be read")
    })?;
    let wide = sniff::is_utf16(&head);
    let whole = Cursor::new(head).chain(stream);
    match (format, path) {
        (Format::Plain, _) if wide => plain::read(decode::text(whole), sink),
        (Format::Plain, _) => plain::read(whole, sink),
        (Format::Csv, _) if wide => csv::read(decode::text(whole), &options.csv, sink),
        (Format::Csv, _) => csv::read(whole, &options.csv, sink),
        (Format::Gpx, _) if options.crs.is_plane() => {
            let error = sink.error(
                None,
                "GPX is in degrees, and all places are to be plain x and y",
            );
            Err(error.advice("leave out -P xy, or this file"))
        }
        (Format::Gpx, _) => gpx::read(whole, options.gpx, sink),
        (Format::Shp, Some(path)) => shp::read(path, &options.csv, sink),
        (Format::Shp, None) => shp::read_stream(whole, sink),
    }
}

/// The commonest reasons without the system's number for them.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "reading it is not permitted".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests;
