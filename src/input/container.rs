//! Containers: folders, zip archives and gzip files, whose members are inputs of their own.
//!
//! A folder is walked in the order of names, an archive in its own order. Members are taken by
//! their extensions, unless the user says what they hold; hidden files never are. An archive
//! is decompressed as it is read, so a bomb takes time, but no memory. One within another stays
//! closed, except for a gzip file in a zip archive, as exports of sports services have them.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::archive::Archive;
use super::gtfs::Transit;
use super::opened::{Head, Opened};
use super::{photos, readers};

/// How containers begin, by their first bytes; those of an empty zip archive are others.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
const GZIP: &[u8] = b"\x1f\x8b\x08";
/// Members that tell what an archive really is.
const TELLING: [(&str, &str); 4] = [
    ("heat.json", "saved heat"),
    ("xl/workbook.xml", "an Excel workbook"),
    ("content.xml", "an OpenDocument file"),
    ("word/document.xml", "a Word document"),
];

/// A file that holds others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Zip,
    Gzip,
}

/// What a file begins as, if that is a container.
pub(super) fn of(head: &Head) -> Option<Container> {
    let begins = |with: &[u8]| head.bytes().starts_with(with);
    if ZIP.into_iter().any(begins) {
        Some(Container::Zip)
    } else {
        begins(GZIP).then_some(Container::Gzip)
    }
}

/// Members of a container in two parts: those that are read, and how many others there are.
pub(super) struct Listing<T> {
    pub members: Vec<T>,
    pub others: u64,
    /// The name of the first of the others.
    pub first_other: Option<String>,
}

impl<T> Listing<T> {
    fn new() -> Self {
        Self {
            members: Vec::new(),
            others: 0,
            first_other: None,
        }
    }

    fn leave(&mut self, name: impl FnOnce() -> String) {
        self.others += 1;
        self.first_other.get_or_insert_with(name);
    }
}

/// Which members of a container are read.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    /// All, because the user said what they hold.
    pub all: bool,
    /// Zip archives, too.
    pub archives: bool,
    /// Which table of a feed of public transport.
    pub transit: Transit,
}

/// What is done with a member of this name.
#[derive(PartialEq)]
enum Fate {
    Read,
    /// It belongs to another, such as the .dbf to a .shp.
    Pass,
    Leave,
}

impl Choice {
    fn fate(self, name: &Path) -> Fate {
        let has = |extension: &str| {
            let of_name = name.extension();
            of_name.is_some_and(|of_name| of_name.eq_ignore_ascii_case(extension))
        };
        let inner = if has("gz") {
            &name.with_extension("")
        } else {
            name
        };
        if photos::is_sidecar(name) {
            return Fate::Pass;
        }
        let is_table = name
            .file_name()
            .is_some_and(|name| self.transit.is_in(name));
        let is_data = self.all || is_table || readers::by_extension(inner.extension()).is_some();
        if is_data || (has("zip") && self.archives) {
            Fate::Read
        } else if readers::is_companion(name.extension()) {
            Fate::Pass
        } else {
            Fate::Leave
        }
    }
}

/// The files in a folder and in the folders in it, each folder in the order of names.
///
/// Links are followed. What cannot be looked into is an error in its place.
pub(super) fn folder(path: &Path, choice: Choice) -> Listing<io::Result<PathBuf>> {
    let visible = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let entries = WalkDir::new(path).follow_links(true).sort_by_file_name();
    let mut listing = Listing::new();
    for entry in entries.into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => match choice.fate(entry.path()) {
                Fate::Leave if is_log_of_fixes(entry.path()) => {
                    listing.members.push(Ok(entry.into_path()));
                }
                Fate::Read => listing.members.push(Ok(entry.into_path())),
                Fate::Pass => {}
                Fate::Leave => listing.leave(|| entry.path().display().to_string()),
            },
            Ok(_) => {}
            // A link to a folder that it lies in leads to nothing new.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => listing.members.push(Err(error.into())),
        }
    }
    listing
}

/// Whether a file is a log of a receiver. Most logs are none, so it is looked into.
fn is_log_of_fixes(path: &Path) -> bool {
    let is_log = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("log"));
    is_log && Opened::open(path).is_ok_and(|opened| readers::is_certain(opened.head()))
}

/// What an archive is if it is no mere archive.
pub(super) fn is_really(archive: &Archive) -> Option<&'static str> {
    let telling = TELLING
        .into_iter()
        .find(|(member, _)| archive.contains(member));
    telling.map(|(_, kind)| kind)
}

/// The document of a KMZ, which is its first KML, whatever that is called, and how many others there
/// are. An archive is a KMZ by its extension, or because its document has the usual name.
pub(super) fn kmz(archive: &Archive, extension: Option<&OsStr>) -> Option<Listing<String>> {
    let is = |extension: Option<&OsStr>, known: &str| {
        extension.is_some_and(|extension| extension.eq_ignore_ascii_case(known))
    };
    if !is(extension, "kmz") && !archive.contains("doc.kml") {
        return None;
    }
    let mut listing = Listing::new();
    for name in archive.names() {
        if !is(Path::new(&name).extension(), "kml") || name.split('/').any(is_hidden) {
            continue;
        }
        if listing.members.is_empty() {
            listing.members.push(name);
        } else {
            listing.leave(|| archive.name_of(&name));
        }
    }
    Some(listing)
}

/// Whether a part of a member's path is none that a user sees. A name may begin in the folder above,
/// which matters to those alone who write files.
fn is_hidden(part: &str) -> bool {
    part != ".." && part.starts_with('.') || part == "__MACOSX"
}

/// The members of an archive, by their names.
pub(super) fn archive(archive: &Archive, choice: Choice) -> Listing<String> {
    let mut listing = Listing::new();
    for name in archive.names() {
        if name.ends_with('/') || name.split('/').any(is_hidden) {
            continue;
        }
        match choice.fate(Path::new(&name)) {
            Fate::Read => listing.members.push(name),
            Fate::Pass => {}
            Fate::Leave => listing.leave(|| archive.name_of(&name)),
        }
    }
    listing
}
