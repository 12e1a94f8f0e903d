//! Containers: folders, archives and compressed files, whose members are inputs of their own.
//!
//! A folder is walked in the order of names, an archive in its own order. Members are taken by
//! their extensions, unless the user says what they hold; hidden files and what systems leave lying
//! about never are. All is decompressed as it is read; an archive within another, or one that is
//! compressed as a whole, is copied to a temporary file first, because its members are read side by
//! side and may belong together.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use walkdir::{DirEntry, WalkDir};

use super::archive::{Archive, Layout, Member};
use super::compressed::{self, Codec};
use super::gtfs::Transit;
use super::opened::{Head, Opened};
use super::{Counted, Oddity, cells, photos, readers};

/// How zip archives begin, by their first bytes; those of an empty one are others.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Where tar archives say that they are, and what they say.
const TAR: (usize, &[u8]) = (257, b"ustar");
/// How deep archives may lie in one another. Some hold themselves.
const DEEPEST: u8 = 8;
/// Files and folders that systems leave lying about, beside those whose names begin with a dot.
const JUNK: [&str; 11] = [
    "__MACOSX",
    "Thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "$RECYCLE.BIN",
    "System Volume Information",
    "@eaDir",
    "lost+found",
    "_SUCCESS",
    "_metadata",
    "_common_metadata",
];
/// Members that tell what an archive really is.
const TELLING: [(&str, &str); 4] = [
    ("heat.json", "saved heat"),
    ("xl/workbook.xml", "an Excel workbook"),
    ("content.xml", "an OpenDocument file"),
    ("word/document.xml", "a Word document"),
];

/// A file that holds others, or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Archive(Layout),
    Compressed(Codec),
}

/// What a file is, if that is a container.
pub(super) fn of(opened: &Opened) -> Option<Container> {
    let (head, extension) = (opened.head(), opened.extension());
    let begins = |with: &[u8]| head.bytes().starts_with(with);
    if ZIP.into_iter().any(begins) {
        Some(Container::Archive(Layout::Zip))
    } else if is_tar(head, extension) {
        Some(Container::Archive(Layout::Tar))
    } else {
        Codec::of(head.bytes(), extension).map(Container::Compressed)
    }
}

/// Whether a file is a tar archive. The oldest do not say so.
fn is_tar(head: &Head, extension: Option<&OsStr>) -> bool {
    let says_so = head.bytes().get(TAR.0..);
    says_so.is_some_and(|rest| rest.starts_with(TAR.1))
        || is(extension, "tar") && head.bytes().len() >= 512
}

/// Whether a file lies in more archives than anybody packs.
pub(super) fn is_too_deep(opened: &Opened) -> bool {
    opened.depth() > DEEPEST
}

fn is(extension: Option<&OsStr>, known: &str) -> bool {
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case(known))
}

/// Members of a container in two parts: those that are read, and how many others there are.
pub(super) struct Listing<T> {
    pub members: Vec<T>,
    pub left: Vec<Counted>,
}

impl<T> Listing<T> {
    fn new() -> Self {
        Self {
            members: Vec::new(),
            left: Vec::new(),
        }
    }

    fn leave(&mut self, oddity: Oddity, kind: Option<String>, name: &str) {
        Counted::file(oddity, kind, name).add_to(&mut self.left);
    }
}

/// Which files of folders and archives are read, by their names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

impl Names {
    /// Only what matches one of `include`, if there is any, and none of `exclude`. A pattern with a
    /// slash is for the path in the folder or archive, one without for the last part of it: `*` is
    /// any letters but slashes, `**` any folders, `?` one letter, `[ab]` one of these.
    ///
    /// # Errors
    /// The first pattern that is none, and why.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, String> {
        let patterns = |texts: &[String]| {
            let parsed = texts.iter().map(|text| {
                Pattern::new(text).map_err(|error| format!("'{text}' is no pattern: {}", error.msg))
            });
            parsed.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            include: patterns(include)?,
            exclude: patterns(exclude)?,
        })
    }

    /// Whether a file is wanted; archives count by what is in them.
    fn want(&self, path: &str, is_archive: bool) -> bool {
        let options = MatchOptions {
            case_sensitive: false,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let last = path.rsplit('/').next().unwrap_or(path);
        let fits = |pattern: &Pattern| {
            let name = if pattern.as_str().contains('/') {
                path
            } else {
                last
            };
            pattern.matches_with(name, options)
        };
        let is_included = is_archive || self.include.is_empty() || self.include.iter().any(fits);
        is_included && !self.exclude.iter().any(fits)
    }
}

/// Which members of a container are read.
#[derive(Clone, Copy)]
pub(super) struct Choice<'a> {
    /// All, because the user said what they hold.
    pub all: bool,
    /// Which of them by their names.
    pub names: &'a Names,
    /// Which table of a feed of public transport.
    pub transit: Transit,
    /// They are cells of a database.
    pub cells: bool,
}

/// What is done with a member of this name.
#[derive(PartialEq)]
enum Fate {
    Read,
    /// It belongs to another, such as the .dbf to a .shp.
    Pass,
    /// Its kind is not known.
    Leave,
    /// The user does not want it.
    Exclude,
}

impl Choice<'_> {
    /// The fate of a member by its path in the container.
    fn fate(self, path: &str) -> Fate {
        let name = Path::new(path);
        let inner = &compressed::inner_name(name);
        let is_archive = ["zip", "tar"]
            .into_iter()
            .any(|known| is(inner.extension(), known));
        let last = name.file_name().unwrap_or_default().to_string_lossy();
        let is_description = self.cells && cells::is_description(&last);
        if photos::is_sidecar(name) || is_of_engine(&last) || is_description {
            return Fate::Pass;
        }
        if !self.names.want(path, is_archive) {
            return Fate::Exclude;
        }
        let is_table = name
            .file_name()
            .is_some_and(|name| self.transit.is_in(name));
        let is_data = self.all || is_table || readers::by_extension(inner.extension()).is_some();
        if is_data || is_archive {
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
/// Links are followed. What cannot be looked into is an error in its place, with its name.
pub(super) fn folder(
    path: &Path,
    choice: Choice,
) -> Listing<Result<PathBuf, (PathBuf, io::Error)>> {
    let visible =
        |entry: &DirEntry| entry.depth() == 0 || !is_hidden(&entry.file_name().to_string_lossy());
    let entries = WalkDir::new(path).follow_links(true).sort_by_file_name();
    let mut listing = Listing::new();
    for entry in entries.into_iter().filter_entry(visible) {
        let entry = match entry {
            Ok(entry) if entry.file_type().is_file() => entry.into_path(),
            Ok(_) => continue,
            // A link to a folder that it lies in leads to nothing new.
            Err(error) if error.loop_ancestor().is_some() => continue,
            Err(error) => {
                let unseen = error.path().unwrap_or(path).to_owned();
                listing.members.push(Err((unseen, error.into())));
                continue;
            }
        };
        let name = entry.display().to_string();
        let within = entry.strip_prefix(path).unwrap_or(&entry);
        match choice.fate(&with_slashes(within)) {
            Fate::Leave if !is_log_of_fixes(&entry) => {
                listing.leave(Oddity::OtherFiles, Some(compressed::kind(&name)), &name);
            }
            Fate::Read | Fate::Leave => listing.members.push(Ok(entry)),
            Fate::Pass => {}
            Fate::Exclude => listing.leave(Oddity::Excluded, None, &name),
        }
    }
    listing
}

/// Whether a file is what engines leave beside the parts of a table, to say that they are whole.
fn is_of_engine(name: &str) -> bool {
    const MARKS: [&str; 5] = [
        "_SUCCESS",
        "_committed_",
        "_started_",
        "_metadata",
        "_common_metadata",
    ];
    MARKS.iter().any(|mark| name.starts_with(mark))
}

/// A path as archives have them, on every system.
fn with_slashes(path: &Path) -> String {
    let parts = path.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
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

/// The document of a KMZ, which is its first KML, whatever that is called, and how many others
/// there are. An archive is a KMZ by its extension, or because its document has the usual name.
pub(super) fn kmz(archive: &Archive, extension: Option<&OsStr>) -> Option<Listing<Member>> {
    if !is(extension, "kmz") && !archive.contains("doc.kml") {
        return None;
    }
    let mut listing = Listing::new();
    for member in archive.members() {
        let name = &member.name;
        if !is(Path::new(name).extension(), "kml") || name.split('/').any(is_hidden) {
            continue;
        }
        if listing.members.is_empty() {
            listing.members.push(member.clone());
        } else {
            listing.leave(Oddity::OtherDocuments, None, &archive.name_of(name));
        }
    }
    Some(listing)
}

/// Whether a part of a path is none that a user sees. A name may begin in this folder or in the one
/// above, which matters to those alone who write files.
fn is_hidden(part: &str) -> bool {
    let is_folder = part == "." || part == "..";
    let is_junk = JUNK.iter().any(|junk| part.eq_ignore_ascii_case(junk));
    part.starts_with('.') && !is_folder || is_junk
}

/// The members of an archive.
pub(super) fn archive(archive: &Archive, choice: Choice) -> Listing<Member> {
    let mut listing = Listing::new();
    for member in archive.members() {
        let name = &member.name;
        if name.split('/').any(is_hidden) {
            continue;
        }
        let shown = || archive.name_of(name);
        match choice.fate(name.strip_prefix("./").unwrap_or(name)) {
            Fate::Read => listing.members.push(member.clone()),
            Fate::Pass => {}
            Fate::Leave => {
                listing.leave(Oddity::OtherFiles, Some(compressed::kind(name)), &shown());
            }
            Fate::Exclude => listing.leave(Oddity::Excluded, None, &shown()),
        }
    }
    listing
}
