//! Containers: folders, zip archives and gzip files, whose members are inputs of their own.
//!
//! A folder is walked in the order of names, an archive in its own order. Members are taken by
//! their extensions, unless the user says what they hold; hidden files never are. An archive
//! is decompressed as it is read, so a bomb takes time, but no memory. One within another stays
//! closed, except for a gzip file in a zip archive, as exports of sports services have them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use walkdir::{DirEntry, WalkDir};
use zip::ZipArchive;
use zip::result::ZipError;

use super::opened::{Head, Opened};
use super::readers;

/// How containers begin, by their first bytes; those of an empty zip archive are others.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
const GZIP: &[u8] = b"\x1f\x8b\x08";
/// Members that tell what an archive really is.
const TELLING: [(&str, &str); 5] = [
    ("heat.json", "saved heat"),
    ("xl/workbook.xml", "an Excel workbook"),
    ("content.xml", "an OpenDocument file"),
    ("word/document.xml", "a Word document"),
    ("doc.kml", "KMZ"),
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
        if self.all || readers::by_extension(inner.extension()).is_some() {
            Fate::Read
        } else if has("zip") && self.archives {
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

/// A zip archive. Its members can be read side by side.
pub(super) struct Archive {
    name: String,
    zip: ZipArchive<SharedFile>,
}

/// A member of an archive that is read.
pub(super) struct Member {
    index: usize,
    name: String,
}

impl Member {
    /// Its name in the archive.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Archive {
    /// Reads the directory of an archive. What comes through a pipe is copied to a temporary file
    /// first, for the directory stands at the end.
    pub(super) fn open(opened: Opened<'_>) -> io::Result<Self> {
        let name = opened.name().to_owned();
        let file = SharedFile {
            file: Arc::new(Mutex::new(opened.file()?)),
            position: 0,
        };
        let zip = ZipArchive::new(file).map_err(in_words)?;
        Ok(Self { name, zip })
    }

    /// What it is if it is no mere archive.
    pub(super) fn is_really(&self) -> Option<&'static str> {
        let telling = TELLING
            .into_iter()
            .find(|(member, _)| self.contains(member));
        telling.map(|(_, kind)| kind)
    }

    /// Its members in the order of its directory.
    pub(super) fn list(&self, choice: Choice) -> io::Result<Listing<Member>> {
        let mut listing = Listing::new();
        for index in 0..self.zip.len() {
            let name = self.zip.name_for_index(index).transpose().map_err(in_words)?;
            let name = name.unwrap_or_default().into_owned();
            let hidden = |part: &str| part.starts_with('.') || part == "__MACOSX";
            if name.ends_with('/') || name.split('/').any(hidden) {
                continue;
            }
            match choice.fate(Path::new(&name)) {
                Fate::Read => listing.members.push(Member { index, name }),
                Fate::Pass => {}
                Fate::Leave => listing.leave(|| self.name_of(&name)),
            }
        }
        Ok(listing)
    }

    /// Opens a member for `read`.
    pub(super) fn read<T>(
        &self,
        member: &Member,
        read: impl FnOnce(io::Result<Opened<'_>>) -> T,
    ) -> io::Result<T> {
        let mut zip = self.zip.clone();
        let stream = zip.by_index(member.index).map_err(in_words)?;
        Ok(read(Opened::child(self, &member.name, stream)))
    }

    /// The name of a member in messages. Archives come from anywhere, so no name of theirs may
    /// upset a terminal.
    pub(super) fn name_of(&self, member: &str) -> String {
        let shown = member.replace(char::is_control, "\u{fffd}");
        format!("{}/{shown}", self.name)
    }

    /// Whether there is a member of this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A member as a temporary file, which can be read while others are.
    pub(super) fn copy(&self, name: &str) -> io::Result<Opened<'static>> {
        let mut zip = self.zip.clone();
        let stream = zip.by_name(name).map_err(in_words)?;
        let file = Opened::child(self, name, stream)?.file()?;
        Opened::pipe(&self.name_of(name), file)
    }
}

/// An error without the words "invalid Zip archive" for what is merely unusual.
fn in_words(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        error => io::Error::other(error.to_string()),
    }
}

/// A file that several readers share, each with a position of its own.
#[derive(Clone)]
struct SharedFile {
    file: Arc<Mutex<File>>,
    position: u64,
}

impl Read for SharedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.position))?;
        let read = file.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        self.position = match to {
            SeekFrom::Current(by) => self
                .position
                .checked_add_signed(by)
                .ok_or(io::ErrorKind::InvalidInput)?,
            absolute => file.seek(absolute)?,
        };
        Ok(self.position)
    }
}
