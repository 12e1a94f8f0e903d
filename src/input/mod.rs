//! Readers of points and tracks: files in, batches of shapes out. Knows file formats; knows nothing
//! of maps, pictures or what the shapes are for.
//!
//! [`read`] opens the sources, walks through those that are containers (`container.rs`), picks the
//! format of each file ([`READERS`]: by its name, then by its first bytes) and hands it to the
//! format's reader. All readers give to a [`Sink`].

mod archive;
pub mod buffer;
pub mod cells;
pub mod columns;
mod compressed;
pub mod condition;
mod container;
pub mod csv;
pub mod decode;
mod export;
mod fields;
pub mod filter;
mod fit;
mod flatgeobuf;
mod float;
mod geojson;
mod geometry;
mod google;
pub mod gpx;
mod gtfs;
mod igc;
mod interleaved;
mod inventory;
mod json;
mod kml;
mod known_files;
mod manner;
mod nmea;
mod numbers;
mod oddity;
pub mod opened;
mod owntracks;
mod parallel_lines;
mod parquet;
mod photos;
pub mod plain;
mod points;
mod polyline;
mod postgres;
mod progress;
mod reader;
mod readers;
mod recording;
mod row_guard;
mod script;
pub mod shp;
mod sink;
pub mod sport;
mod sqlite;
mod state;
#[cfg_attr(
    not(all(
        feature = "flatgeobuf",
        feature = "parquet",
        feature = "postgres",
        feature = "sqlite"
    )),
    allow(dead_code, reason = "each of these needs another part of it")
)]
mod table;
mod tcx;
mod time;
pub mod track;
mod vocabulary;
mod xml;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use self::archive::{Archive, Layout, Member};
pub use self::columns::Field;
use self::compressed::Trailed;
pub use self::container::Names;
use self::container::{Choice, Container, Listing};
use self::export::Index;
use self::filter::{Sieve, Twins};
pub use self::google::VisitWeight;
pub use self::gtfs::Transit;
pub use self::inventory::{Described, FileRead, Span, Tally};
pub use self::manner::{Claim, Located, Manner};
pub use self::oddity::{Counted, Oddity};
use self::opened::{MAX_UNPACKED, Opened};
pub use self::postgres::address::is_database;
pub use self::postgres::{Live, Question};
pub use self::progress::Progress;
pub use self::reader::{Places, Reader};
pub use self::readers::{READERS, reader_named};
pub use self::sink::{Deliver, Report, Sink};
pub use self::state::state;
pub use self::time::DateOrder;
pub use self::track::Measure;
use crate::error::{Error, ErrorKind, Location, Remedy, Result, meant};
use crate::geo::{CellFrame, Crs, Extent, Polygon, Shape, TrackId, TrackWeight, Wrap};

/// How many files a message names.
const NAMED: usize = 3;
/// Names in a folder among which a missing one is looked for.
const MOST_OTHERS: usize = 10_000;

/// What is wanted of databases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Databases {
    /// The layers or tables that are read; none is all that have places.
    pub layers: Vec<String>,
    /// The query whose answer is read instead.
    pub query: Option<String>,
}

impl Databases {
    fn is_asked(&self) -> bool {
        !self.layers.is_empty() || self.query.is_some()
    }
}

/// A file, folder or pipe to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file, or a folder of files.
    File(PathBuf),
    /// A database that is asked, by its [address](is_database).
    Database(String),
}

impl Source {
    /// The source in messages: `-`, the path as it was given, or the address without its password.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Database(address) => postgres::address::shown(address),
        }
    }

    /// The file, or folder, if it is one.
    fn file(&self) -> Option<&Path> {
        match self {
            Self::Stdin | Self::Database(_) => None,
            Self::File(path) => Some(path),
        }
    }

    /// Whether it can be read more than once.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::File(path) => path.is_file() || path.is_dir(),
            Self::Database(_) => true,
            Self::Stdin => false,
        }
    }
}

/// Options of reading.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something else that may be wanted"
)]
pub struct Options {
    /// The format of the files, if the user says so.
    pub filetype: Option<&'static Reader>,
    /// Which files of folders and archives are read, by their names.
    pub names: Names,
    /// The most bytes that a file unpacked to a temporary one may have; by default 8 GiB.
    pub max_unpacked: Option<u64>,
    /// The part of the earth, or of a plane, whose places make a difference, if that is known: what
    /// lies outside may be left unread.
    pub area: Option<Extent>,
    /// Which places and tracks are wanted.
    pub filters: filter::Filters,
    /// What is wanted of databases.
    pub databases: Databases,
    /// Which columns of tables to use.
    pub columns: columns::Options,
    /// The pixels that cells of databases were counted on, where the data are such.
    pub cells: Option<CellFrame>,
    /// What to take from GPX files; by default tracks, or else routes, or else waypoints.
    pub gpx: Option<gpx::Take>,
    /// Positions that say that they may be farther off than this many metres are left out.
    pub max_accuracy: Option<f64>,
    /// What visits of a location history weigh.
    pub visit_weight: VisitWeight,
    /// What to take from feeds of public transport.
    pub gtfs: Transit,
    /// The first bad record ends the run, and so does the first bad file.
    pub strict: bool,
    /// The coordinate system of the numbers in files that do not say another.
    pub crs: Crs,
    /// Who says so.
    pub claim: Claim,
    /// Datums whose shift is not known are taken for WGS 84.
    pub ballpark: bool,
    /// The coordinate system of the picture, which may end short of a pole.
    pub map: Crs,
    /// Places at exactly 0° north, 0° east are as good as others, and not missing fixes.
    pub keep_zero: bool,
    /// Which way round the earth lines go.
    pub wrap: Wrap,
    /// A bad file is left out as long as there are others.
    pub keep_going: bool,
    /// The sources are a part of the data: that nothing in them is wanted is no error.
    pub part: bool,
    /// Shapes get their times, where files have some. Otherwise nobody looks for them.
    pub times: bool,
    /// Dates with slashes whose order nothing in their file tells have the day first.
    pub day_first: bool,
    /// What the heat of tracks goes by; by time it takes [`times`](Self::times).
    pub track_weight: TrackWeight,
    /// What is wanted of the fixes of tracks: points of these values and not lines; speeds take
    /// [`times`](Self::times).
    pub measure: Option<Measure>,
    /// Files are described one by one in the [report](Report::files).
    pub survey: bool,
    /// Shapes come in the order of the sources, and in each in the order of the file.
    pub in_order: bool,
}

impl Options {
    fn manner(&self) -> Manner {
        Manner {
            strict: self.strict,
            times: self.times || self.filters.needs_times(),
            survey: self.survey,
            in_order: self.in_order,
            crs: self.crs,
            claim: self.claim,
            ballpark: self.ballpark,
            map: self.map,
            max_accuracy: self.max_accuracy,
            keep_zero: self.keep_zero,
            wrap: self.wrap,
            track_weight: self.track_weight,
            measure: self.measure,
            file: None,
            polygons: false,
            date_order: if self.day_first {
                DateOrder::DayFirst
            } else {
                DateOrder::Unknown
            },
        }
    }
}

/// Reads all sources, side by side. `opened` is told the name of each file before it is read;
/// `deliver` gets the shapes in batches, from many threads and in no order, unless they are wanted
/// [in order](Options::in_order): then one batch after the other.
///
/// # Errors
/// When a source cannot be read and [`keep_going`](Options::keep_going) does not apply, at the
/// first bad record if the reading is strict, and when all of it gave no shape.
pub fn read(
    sources: &[Source],
    options: &Options,
    opened: &(dyn Fn(&str) + Sync),
    deliver: Deliver<'_>,
) -> Result<Report> {
    read_watched(sources, options, &Progress::default(), opened, deliver)
}

/// Reads all sources, side by side, while others look at how far that has come.
///
/// # Errors
/// Like [`read`].
pub fn read_watched(
    sources: &[Source],
    options: &Options,
    progress: &Progress,
    opened: &(dyn Fn(&str) + Sync),
    deliver: Deliver<'_>,
) -> Result<Report> {
    let reading = Reading {
        options,
        sieve: sieve(sources, options, opened)?,
        progress,
        opened,
        deliver,
        origins: None,
        polygons: false,
    };
    reading.something(sources)
}

/// Where shapes come from, for those who tell them apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file, or the member of an archive, as lists of files name it.
    pub file: String,
    /// The sports that the file tells, where they are asked for.
    pub sports: Vec<String>,
    /// What stands in the column by which data are parted, where there is one; blank where nothing
    /// does.
    pub part: String,
}

/// Takes shapes in batches, from any thread, with where they come from.
pub type DeliverFrom<'a> = &'a (dyn Fn(&Origin, &[Shape]) + Sync);

/// Reads all sources, side by side, and says of all shapes which file they come from. Where sports
/// are asked for, the shapes of a file are held until it ends, for it may be there that it tells.
///
/// # Errors
/// Like [`read`].
pub fn read_from(
    sources: &[Source],
    options: &Options,
    progress: &Progress,
    opened: &(dyn Fn(&str) + Sync),
    sports: bool,
    deliver: DeliverFrom<'_>,
) -> Result<Report> {
    let reading = Reading {
        options,
        sieve: sieve(sources, options, opened)?,
        progress,
        opened,
        deliver: &|_| {},
        origins: Some(Origins { deliver, sports }),
        polygons: false,
    };
    reading.something(sources)
}

/// Describes all sources file by file, and gives no shapes. Files that cannot be read are among
/// them, with the reason; that nothing could be read is no error.
///
/// # Errors
/// At the first bad record or file if the reading is strict.
pub fn survey(
    sources: &[Source],
    options: &Options,
    opened: &(dyn Fn(&str) + Sync),
) -> Result<Report> {
    let options = Options {
        survey: true,
        times: true,
        keep_going: true,
        ..options.clone()
    };
    let reading = Reading {
        options: &options,
        sieve: sieve(sources, &options, opened)?,
        progress: &Progress::default(),
        opened,
        deliver: &|_| {},
        origins: None,
        polygons: false,
    };
    reading.take(&without_parts(sources))
}

/// The filters at work. Where what is told twice counts once, all sources are read for a list of
/// what there is.
fn sieve(
    sources: &[Source],
    options: &Options,
    opened: &(dyn Fn(&str) + Sync),
) -> Result<Option<Sieve>> {
    let sieve = || options.filters.sieve();
    if !options.filters.dedupe {
        return Ok(sieve());
    }
    if let Some(once) = sources.iter().find(|source| !source.is_repeatable()) {
        let fact =
            "this can be read but once, and activities that are told twice take two readings";
        return Err(Error::input(Location::file(Path::new(&once.name())), fact));
    }
    let reading = Reading {
        options,
        sieve: sieve().map(Sieve::listing),
        progress: &Progress::default(),
        opened,
        deliver: &|_| {},
        origins: None,
        polygons: false,
    };
    let report = reading.take(&without_parts(sources))?;
    let twins = Twins::among(&report.activities);
    Ok(sieve().map(|sieve| sieve.without(twins)))
}

/// Reads the polygons of a file, which is in degrees, or plain x and y, unless it says another
/// system; and what was odd about it.
///
/// # Errors
/// When the file cannot be read, holds no polygon, or is of a format of which they are not known.
pub fn polygons(path: &Path, options: &Options) -> Result<(Vec<Polygon>, Report)> {
    let reading = Reading {
        options,
        sieve: None,
        progress: &Progress::default(),
        opened: &|_| {},
        deliver: &|_| {},
        origins: None,
        polygons: true,
    };
    let mut report = reading.take(&[Source::File(path.to_owned())])?;
    let polygons = std::mem::take(&mut report.polygons);
    if polygons.is_empty() {
        let place = Location::file(path);
        let error = match report.failed.first().or(report.named.first()) {
            Some(error) => error.clone(),
            None => Error::input(place, "there is no polygon in it")
                .advice("areas are the polygons of GeoJSON, KML and shapefiles"),
        };
        return Err(error);
    }
    Ok((polygons, report))
}

/// The sources without the parts of shapefiles that are among them: `points.*` means the points.
fn without_parts(sources: &[Source]) -> Vec<Source> {
    let path = |source: &Source| match source {
        Source::File(path) => Some(path.clone()),
        Source::Stdin | Source::Database(_) => None,
    };
    let mains: HashSet<PathBuf> = sources
        .iter()
        .filter_map(path)
        .filter(|path| readers::by_extension(path.extension()).is_some())
        .map(|path| path.with_extension(""))
        .collect();
    let is_part = |source: &Source| {
        // ESRI's description is called points.shp.xml.
        path(source).is_some_and(|path| {
            let stem = path.with_extension("");
            let is_description = readers::by_extension(stem.extension()).is_some();
            (readers::is_companion(path.extension()) && mains.contains(&stem))
                || (is_description
                    && readers::is_companion(path.extension())
                    && mains.contains(&stem.with_extension("")))
        })
    };
    sources
        .iter()
        .filter(|source| !is_part(source))
        .cloned()
        .collect()
}

/// The outcome of a source, or of several.
type Part = (Result<()>, Report);

/// Who chose a file to be read.
#[derive(Clone, Copy, PartialEq)]
enum Chosen {
    /// The user names it.
    ByUser,
    /// Its extension, among others in a folder or an archive.
    ByName,
}

/// A run over all sources and what is in them.
struct Reading<'a> {
    options: &'a Options,
    sieve: Option<Sieve>,
    progress: &'a Progress,
    opened: &'a (dyn Fn(&str) + Sync),
    deliver: Deliver<'a>,
    /// Somebody wants to know where shapes come from, and gets them instead.
    origins: Option<Origins<'a>>,
    /// Polygons are wanted, and nothing else.
    polygons: bool,
}

/// Who wants to know where shapes come from.
#[derive(Clone, Copy)]
struct Origins<'a> {
    deliver: DeliverFrom<'a>,
    sports: bool,
}

/// The shapes of a file on their way to whoever wants them.
struct Told<'a> {
    deliver: Deliver<'a>,
    origins: Option<Origins<'a>>,
    origin: Origin,
    /// Those that wait for the end of the file.
    held: Mutex<Vec<Shape>>,
}

impl<'a> Told<'a> {
    fn new(reading: &Reading<'a>, file: &str) -> Self {
        Self {
            deliver: reading.deliver,
            origins: reading.origins,
            origin: Origin {
                file: file.to_owned(),
                ..Origin::default()
            },
            held: Mutex::default(),
        }
    }

    fn tell(&self, shapes: &[Shape]) {
        match self.origins {
            Some(origins) if origins.sports => {
                let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
                held.extend_from_slice(shapes);
            }
            Some(origins) => (origins.deliver)(&self.origin, shapes),
            None => (self.deliver)(shapes),
        }
    }

    /// The same of a part of the file.
    fn tell_part(&self, part: &str, shapes: &[Shape]) {
        if let Some(origins) = self.origins {
            let origin = Origin {
                part: part.to_owned(),
                ..self.origin.clone()
            };
            (origins.deliver)(&origin, shapes);
        }
    }

    fn end(mut self, sports: &[String]) {
        sports.clone_into(&mut self.origin.sports);
        let held = self.held.into_inner();
        let held = held.unwrap_or_else(PoisonError::into_inner);
        if let Some(origins) = self.origins.filter(|_| !held.is_empty()) {
            (origins.deliver)(&self.origin, &held);
        }
    }
}

impl Reading<'_> {
    /// Reads all sources, of which at least one must have a shape, unless they are a part of the
    /// data and nothing is wrong with them.
    fn something(&self, sources: &[Source]) -> Result<Report> {
        let sources = &without_parts(sources)[..];
        let report = self.take(sources)?;
        let is_sound =
            report.failed.is_empty() && report.named.is_empty() && report.unknown_table.is_none();
        if report.shapes > 0 || (self.options.part && is_sound) {
            Ok(report)
        } else {
            Err(nothing(sources, &report))
        }
    }

    /// Reads all sources, side by side.
    fn take(&self, sources: &[Source]) -> Result<Report> {
        let columns = &self.options.columns;
        if columns.count_field.is_some() && columns.track_field.is_some() {
            let fact = "rows that stand for many are no fixes of tracks";
            return Err(Error::new(ErrorKind::Usage, fact));
        }
        let files = sources.iter().filter_map(Source::file);
        files.for_each(|path| self.progress.expect(path));
        let (result, mut report) = self.all(sources, |source| self.source(source));
        let place = sources.first().map(Source::name).unwrap_or_default();
        report.compare_accounts(&place);
        let private = self.options.filters.privacy.places.len();
        if self.sieve.is_some() && report.shapes > 0 {
            report.miss_private(private, &place);
        }
        result.map(|()| report)
    }

    /// Reads several sources or members of one, side by side unless their order matters.
    fn all<T: Sync>(&self, items: &[T], read: impl Fn(&T) -> Part + Send + Sync) -> Part {
        if self.options.in_order {
            self.joined(items.iter().map(read))
        } else {
            self.joined(items.par_iter().map(read).collect::<Vec<_>>())
        }
    }

    /// Adds up parts; nothing more is asked of them after an error that counts.
    fn joined(&self, parts: impl IntoIterator<Item = Part>) -> Part {
        let mut report = Report::default();
        for (result, part) in parts {
            report.append(part);
            match result {
                Err(error) if self.options.strict || !self.options.keep_going => {
                    return (Err(error), report);
                }
                Err(error) => report.failed.push(error),
                Ok(()) => {}
            }
        }
        (Ok(()), report)
    }

    fn source(&self, source: &Source) -> Part {
        match source {
            Source::File(path) if path.is_dir() => self.folder(path),
            Source::File(path) => self.file(path, Chosen::ByUser, Described::default()),
            Source::Stdin => {
                (self.opened)("-");
                self.input(Opened::stdin(), "-", Chosen::ByUser)
            }
            Source::Database(address) => self.database(address),
        }
    }

    fn file(&self, path: &Path, chosen: Chosen, described: Described) -> Part {
        let name = path.display().to_string();
        (self.opened)(&name);
        let meter = self.progress.meter(path);
        let opened = Opened::open(path);
        let opened = opened.map(|opened| opened.metered(&meter).described_as(described));
        self.input(opened, &name, chosen)
    }

    /// Reads what was opened, and everything in it if it is a container.
    fn input(&self, opened: io::Result<Opened<'_>>, name: &str, chosen: Chosen) -> Part {
        let opened = match opened {
            Ok(opened) if container::is_too_deep(&opened) => {
                return failed(name, "it lies deeper in archives than anybody packs");
            }
            Ok(opened) => opened.within(self.options.max_unpacked.unwrap_or(MAX_UNPACKED)),
            Err(reason) => return unread(name, &reason),
        };
        match container::of(&opened) {
            Some(Container::Archive(layout)) => self.archive(layout, opened, chosen),
            Some(Container::Compressed(codec)) => {
                let trailed = Trailed::default();
                let part = self.input(opened.decompressed(codec, &trailed), name, chosen);
                self.trailed(name, &trailed, part)
            }
            None => self.data(opened, chosen),
        }
    }

    /// Tells of bytes behind a compressed file. They may be what is left of more.
    fn trailed(&self, name: &str, trailed: &Trailed, (result, mut report): Part) -> Part {
        if !trailed.is_so() {
            return (result, report);
        }
        let oddity = Oddity::Trailed;
        if self.options.strict {
            let fact = format!("1 {}", oddity.words().0);
            return (result.and(Err(sink::fault(name, None, fact))), report);
        }
        Counted::file(oddity, None, name).add_to(&mut report.oddities);
        (result, report)
    }

    fn folder(&self, path: &Path) -> Part {
        let name = path.display().to_string();
        (self.opened)(&name);
        let listing = container::folder(path, self.choice());
        let files = listing.members.iter().flatten();
        files.for_each(|path| self.progress.expect(path));
        let index = Index::of_folder(path);
        let read = |file: &Result<PathBuf, (PathBuf, io::Error)>| match file {
            Ok(path) => self.file(path, Chosen::ByName, index.of(path)),
            Err((path, reason)) => unread(&path.display().to_string(), reason),
        };
        self.listed(&name, "folder", Chosen::ByUser, &listing, read)
    }

    fn archive(&self, layout: Layout, opened: Opened<'_>, chosen: Chosen) -> Part {
        let (name, listed) = (opened.name().to_owned(), opened.listed_name());
        let extension = opened.extension().map(OsStr::to_owned);
        let (limit, depth) = (opened.limit(), opened.depth() + 1);
        // The members are listed at the end of the archive, or all over it, so what comes through a
        // pipe is copied first.
        let archive = match opened
            .file()
            .and_then(|file| Archive::open(layout, name.clone(), file, limit, depth))
        {
            Ok(archive) => archive,
            Err(reason) => return unlisted(&name, layout, &reason),
        };
        if let Some(kind) = container::is_really(&archive) {
            let fact = format!("this is {kind}");
            return refused(&name, cannot(&name, fact));
        }
        if let Some(listing) = container::kmz(&archive, extension.as_deref()) {
            return self.kmz(&archive, &listing, &listed);
        }
        let listing = container::archive(&archive, self.choice());
        let index = Index::of_archive(&archive);
        let read = |member: &Member| {
            let name = archive.name_of(&member.name);
            (self.opened)(&name);
            let read = archive.read(member, |stream| {
                let opened = Opened::child(&archive, member, stream);
                let described = index.of(Path::new(&member.name));
                let opened = opened.map(|opened| opened.described_as(described));
                self.input(opened, &name, Chosen::ByName)
            });
            self.goes_on(read.unwrap_or_else(|reason| unread(&name, &reason)))
        };
        let part = self.listed(&name, layout.title(), chosen, &listing, read);
        self.broken(&archive, &name, part)
    }

    /// Tells of an archive whose list of members ends too early.
    fn broken(&self, archive: &Archive, name: &str, part: Part) -> Part {
        let Some(reason) = archive.broken() else {
            return part;
        };
        let (_, mut report) = part;
        let broken = unlisted(name, Layout::Tar, reason);
        let (result, more) = self.goes_on(broken);
        report.append(more);
        (result, report)
    }

    /// A member that cannot be read does not keep the others from being read, unless the reading is
    /// strict: nobody can take it out of an archive, as one can out of a folder.
    fn goes_on(&self, (result, mut report): Part) -> Part {
        match result {
            Err(error) if !self.options.strict && error.kind == ErrorKind::Input => {
                report.failed.push(error);
                (Ok(()), report)
            }
            result => (result, report),
        }
    }

    /// Reads the document of a KMZ, which counts as the file itself.
    fn kmz(&self, archive: &Archive, listing: &Listing<Member>, listed: &str) -> Part {
        let Some(member) = listing.members.first() else {
            return failed(listed, "there is no KML in this KMZ");
        };
        let name = archive.name_of(&member.name);
        let read = archive.read(member, |stream| {
            let opened = Opened::child(archive, member, stream);
            let opened = opened.map(|opened| opened.listed_as(listed));
            self.input(opened, &name, Chosen::ByUser)
        });
        let (result, mut report) = read.unwrap_or_else(|reason| unread(&name, &reason));
        report.count_all(&listing.left);
        (result, report)
    }

    /// Reads the members of a container that were chosen, and counts the others.
    fn listed<T: Sync>(
        &self,
        name: &str,
        kind: &str,
        chosen: Chosen,
        listing: &Listing<T>,
        read: impl Fn(&T) -> Part + Send + Sync,
    ) -> Part {
        if listing.members.is_empty() && chosen == Chosen::ByUser {
            let fact = format!("there is no file in this {kind} that can be read");
            return refused(name, cannot(name, fact));
        }
        let (result, mut report) = self.all(&listing.members, read);
        report.count_all(&listing.left);
        (result, report)
    }

    fn choice(&self) -> Choice<'_> {
        Choice {
            all: self.options.filetype.is_some(),
            names: &self.options.names,
            transit: self.options.gtfs,
            cells: self
                .options
                .filetype
                .is_some_and(|reader| reader.name == cells::NAME),
        }
    }

    /// Reads what is no container.
    fn data(&self, opened: Opened<'_>, chosen: Chosen) -> Part {
        let mut report = Report::default();
        let (listed, found) = (opened.listed_name(), self.reader(&opened));
        let is_certain = found.as_ref().is_ok_and(|reader| reader.certain);
        let (name, kind) = (opened.name().to_owned(), opened.kind());
        if chosen == Chosen::ByName && readers::is_vague(opened.extension()) && !is_certain {
            report.leave(&name, kind);
            return (Ok(()), report);
        }
        let format = found.as_ref().ok().map(|reader| reader.name);
        let manner = Manner {
            file: self.identity(&opened),
            polygons: self.polygons,
            ..self.options.manner()
        };
        let told = Told::new(self, &listed);
        let deliver = |shapes: &[Shape]| told.tell(shapes);
        let deliver_part = |part: &str, shapes: &[Shape]| told.tell_part(part, shapes);
        let is_parted = self.options.columns.part_field.is_some() && self.origins.is_some();
        let parting: Option<sink::DeliverPart<'_>> = is_parted.then_some(&deliver_part);
        let sink = Sink::new(&name, manner, &deliver, &mut report);
        let mut sink = sink.sifting(self.sieve.as_ref()).parting(parting);
        sink.describe(opened.described());
        let mut result = found.and_then(|reader| self.read(reader, opened, &mut sink));
        drop(sink);
        told.end(&report.described.sports);
        if chosen == Chosen::ByName {
            result = report.without_places(result, &name, &kind);
        }
        self.done(listed, format, result, report)
    }

    /// Reads what a database gives.
    fn database(&self, address: &str) -> Part {
        let name = postgres::address::shown(address);
        (self.opened)(&name);
        let mut report = Report::default();
        let told = Told::new(self, &name);
        let deliver = |shapes: &[Shape]| told.tell(shapes);
        let identity = self.options.track_weight.needs_tracks();
        let manner = Manner {
            file: identity.then(|| TrackId::of(name.as_bytes())),
            ..self.options.manner()
        };
        let sink = Sink::new(&name, manner, &deliver, &mut report);
        let mut sink = sink.sifting(self.sieve.as_ref());
        let result = postgres::read(address, self.options, &mut sink);
        drop(sink);
        told.end(&report.described.sports);
        self.done(name, Some(postgres::NAME), result, report)
    }

    /// The outcome of a file, described if that is wanted.
    fn done(
        &self,
        name: String,
        format: Option<&'static str>,
        result: Result<()>,
        mut report: Report,
    ) -> Part {
        report.files_read += u64::from(report.shapes > 0);
        if self.options.survey {
            let file = FileRead {
                name,
                format,
                tally: report.tally,
                described: report.described.clone(),
                left_out: report.left_out(),
                error: result.as_ref().err().cloned(),
            };
            report.files.push(file);
        }
        (result, report)
    }

    /// Which file it is, if that matters: by its name and how it begins, for many folders have a
    /// file of one name.
    fn identity(&self, opened: &Opened<'_>) -> Option<TrackId> {
        let matters = self.options.track_weight.needs_tracks();
        matters.then(|| TrackId::of(&[opened.name().as_bytes(), opened.head().bytes()].concat()))
    }

    /// The format of a file.
    fn reader(&self, opened: &Opened<'_>) -> Result<&'static Reader> {
        match self.options.filetype {
            Some(asked) => Ok(asked),
            None => readers::of(opened.extension(), opened.head())
                .map_err(|kind| cannot(opened.name(), format!("this is {kind}"))),
        }
    }

    fn read(&self, reader: &Reader, opened: Opened<'_>, sink: &mut Sink) -> Result<()> {
        let is_named_so = self.options.filetype.is_some()
            || readers::by_extension(opened.extension()).is_none_or(|named| named == reader)
            || readers::is_vague(opened.extension());
        if !is_named_so {
            sink.odd_file(Oddity::OtherExtension);
        }
        if self.options.columns.track_field.is_some() && !readers::has_columns(reader) {
            sink.odd_file(Oddity::NoTrackColumn);
        }
        if self.options.columns.count_field.is_some() && !readers::has_columns(reader) {
            sink.odd_file(Oddity::NoCountColumn);
        }
        if self.options.databases.is_asked() && !readers::has_layers(reader) {
            sink.odd_file(Oddity::NoDatabase);
        }
        if self.options.columns.part_field.is_some() && !readers::has_columns(reader) {
            sink.odd_file(Oddity::NoPartColumn);
        }
        if !self.options.columns.conditions.is_empty() && !readers::has_columns(reader) {
            sink.odd_file(Oddity::Fieldless);
            return Ok(());
        }
        if self.options.crs.is_plane() && reader.places == Places::DegreesOnly {
            let fact = format!(
                "{} is in degrees, and all places are to be plain x and y",
                reader.title
            );
            let error = sink.error(None, fact);
            return Err(error.remedy(Remedy::NotOnPlane));
        }
        if reader.places == Places::DegreesOnly {
            sink.in_degrees();
        }
        (reader.read)(opened, self.options, sink)
    }
}

/// A file that cannot be read.
fn failed(name: &str, fact: impl fmt::Display) -> Part {
    refused(name, Error::input(Location::file(Path::new(name)), fact))
}

/// An error about a file of a kind for which this program was built without a feature.
#[cfg(not(all(
    feature = "flatgeobuf",
    feature = "parquet",
    feature = "postgres",
    feature = "sqlite"
)))]
fn without_feature(feature: &str, file: &str) -> Error {
    let fact = format!("this program was built without the feature `{feature}`, which reads it");
    sink::fault(file, None, fact)
}

/// A file that the system or its packing does not let be read.
fn unread(name: &str, reason: &io::Error) -> Part {
    let error = unopened(name, reason);
    refused(name, advised(error, reason))
}

/// An archive whose list of members cannot be read.
fn unlisted(name: &str, layout: Layout, reason: &io::Error) -> Part {
    let fact = format!("this {} {}", layout.title(), in_words(reason));
    let error = Error::input(Location::file(Path::new(name)), fact);
    refused(name, advised(error, reason))
}

fn advised(error: Error, reason: &io::Error) -> Error {
    if is_limit(reason) {
        error.remedy(Remedy::MoreUnpacked)
    } else {
        error
    }
}

/// Whether the limit to what is unpacked was met. A full disk has a number of its own.
fn is_limit(reason: &io::Error) -> bool {
    reason.kind() == io::ErrorKind::StorageFull && reason.raw_os_error().is_none()
}

/// A file of which nothing was read, and why.
fn refused(name: &str, error: Error) -> Part {
    let file = FileRead {
        name: name.to_owned(),
        format: None,
        tally: Tally::default(),
        described: Described::default(),
        left_out: Vec::new(),
        error: Some(error.clone()),
    };
    let files = vec![file];
    let report = Report {
        files,
        ..Report::default()
    };
    (Err(error), report)
}

/// An error about a file that cannot be opened. A missing one mostly is misspelt.
fn unopened(name: &str, reason: &io::Error) -> Error {
    let path = Path::new(name);
    let error = Error::input(Location::file(path), in_words(reason));
    if reason.kind() != io::ErrorKind::NotFound {
        return error;
    }
    if name.starts_with("http://") || name.starts_with("https://") {
        return error.advice("data are read from files and pipes: fetch it first, as with curl");
    }
    let folder = path.parent().filter(|folder| folder != &Path::new(""));
    let entries = folder.unwrap_or(Path::new(".")).read_dir();
    let others = entries.into_iter().flatten().flatten().take(MOST_OTHERS);
    let others: Vec<String> = others
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    let own = path.file_name().unwrap_or_default().to_string_lossy();
    match meant(&own, others.iter().map(String::as_str)) {
        Some(other) => {
            let other = path.with_file_name(other);
            error.advice(format_args!("did you mean {}?", other.display()))
        }
        None => error,
    }
}

/// An error about a file that is none of those that can be read.
fn cannot(name: &str, fact: String) -> Error {
    let error = Error::input(Location::file(Path::new(name)), fact);
    error.advice(format_args!("{} can be read", readers::titles()))
}

/// Why there is nothing: an empty picture would look like success.
fn nothing(sources: &[Source], report: &Report) -> Error {
    let is_filtered = report.oddities.iter().any(|odd| odd.oddity.is_unwanted());
    let unknown = report.unknown_table.as_ref().filter(|_| !is_filtered);
    if let Some(error) = report.failed.first().or(unknown) {
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
        None => Error::input(place, Nothing(report, is_filtered)),
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

/// Why there is nothing where no record is bad, and whether filters left anything out.
struct Nothing<'a>(&'a Report, bool);

impl fmt::Display for Nothing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.1 {
            "the filters leave no points and no tracks"
        } else {
            "nothing could be read: there are no points and no tracks"
        })?;
        let mut counted = self.0.oddities.iter();
        counted.try_for_each(|counted| write!(f, "; {counted}"))
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
mod samples;
#[cfg(test)]
mod tests;
