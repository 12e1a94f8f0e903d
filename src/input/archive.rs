//! Zip and tar archives whose members can be read side by side, each as a stream.
//!
//! Archives come from anywhere, so nothing in them is believed: names are shown with their control
//! characters escaped and never lead to a file, sizes are compared with what comes out, members on
//! top of one another are refused, and what unpacks without end is stopped (`compressed.rs`).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use zip::result::ZipError;
use zip::{CompressionMethod, SUPPORTED_COMPRESSION_METHODS, ZipArchive};

use super::compressed::Guarded;

/// How an archive is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Zip,
    Tar,
}

impl Layout {
    /// Its name in sentences.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Zip => "zip archive",
            Self::Tar => "tar archive",
        }
    }
}

/// A file in an archive.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its path as the archive has it.
    pub name: String,
    place: Place,
}

/// Where the bytes of a member are.
#[derive(Clone, Debug)]
enum Place {
    /// Its number in the directory.
    Zip(usize),
    /// Its first byte, and how many there are.
    Tar(u64, u64),
    /// Nowhere, for this reason.
    Unreadable(&'static str),
}

/// The bytes of an archive.
enum Packed {
    Zip(ZipArchive<SharedFile>),
    Tar(SharedFile),
}

/// An archive. Its members can be read side by side.
pub(super) struct Archive {
    name: String,
    members: Vec<Member>,
    by_name: HashMap<String, usize>,
    packed: Packed,
    /// The most bytes that a copy of a member may have.
    limit: u64,
    /// How many archives this one lies in.
    depth: u8,
    /// Why its list of members ends before the archive does.
    broken: Option<io::Error>,
}

impl Archive {
    /// Reads the list of members of an archive, which has a name for messages.
    pub(super) fn open(
        layout: Layout,
        name: String,
        file: File,
        limit: u64,
        depth: u8,
    ) -> io::Result<Self> {
        let file = SharedFile {
            file: Arc::new(Mutex::new(file)),
            position: 0,
        };
        let (members, packed, broken) = match layout {
            Layout::Zip => {
                let zip = ZipArchive::new(file).map_err(in_words)?;
                (of_zip(&zip)?, Packed::Zip(zip), None)
            }
            Layout::Tar => {
                let (members, broken) = of_tar(file.clone());
                (members, Packed::Tar(file), broken)
            }
        };
        let names = members.iter().map(|member| member.name.clone());
        Ok(Self {
            by_name: names.zip(0..).collect(),
            name,
            members,
            packed,
            limit,
            depth,
            broken,
        })
    }

    /// Its members, in the order of the archive.
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The most bytes that a copy of a member may have.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// How many archives this one lies in.
    pub(super) fn depth(&self) -> u8 {
        self.depth
    }

    /// Why its list of members ends before the archive does, if so.
    pub(super) fn broken(&self) -> Option<&io::Error> {
        self.broken.as_ref()
    }

    /// Gives a member as a stream.
    pub(super) fn read<T>(
        &self,
        member: &Member,
        read: impl FnOnce(&mut (dyn Read + Send)) -> T,
    ) -> io::Result<T> {
        match (&self.packed, &member.place) {
            (_, Place::Unreadable(reason)) => Err(io::Error::other(*reason)),
            (Packed::Zip(zip), Place::Zip(index)) => {
                let mut zip = zip.clone();
                let stream = zip.by_index(*index).map_err(in_words)?;
                let (packed, size) = (stream.compressed_size(), stream.size());
                Ok(read(&mut Guarded::member(stream, packed, size)))
            }
            (Packed::Tar(file), Place::Tar(start, size)) => {
                let mut file = file.clone();
                file.seek(SeekFrom::Start(*start))?;
                Ok(read(&mut Guarded::member(file.take(*size), *size, *size)))
            }
            (Packed::Zip(_), Place::Tar(..)) | (Packed::Tar(_), Place::Zip(_)) => {
                Err(io::ErrorKind::NotFound.into())
            }
        }
    }

    /// Copies a member to a temporary file without a name.
    pub(super) fn copy(&self, name: &str) -> io::Result<File> {
        let member = self.by_name.get(name).map(|&index| &self.members[index]);
        let member = member.ok_or(io::ErrorKind::NotFound)?;
        self.read(member, |stream| temporary(stream, self.limit))?
    }

    /// The name of a member in messages.
    pub(super) fn name_of(&self, member: &str) -> String {
        format!("{}:{}", self.name, shown(member))
    }

    /// Whether there is a member of this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }
}

/// A name without what upsets a terminal: control characters, and those that turn text around.
fn shown(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for letter in name.chars() {
        let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || turns {
            let _ = write!(shown, "{}", letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// The files that the directory of a zip archive lists.
fn of_zip(zip: &ZipArchive<SharedFile>) -> io::Result<Vec<Member>> {
    let mut members = Vec::new();
    let mut ranges = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_data(index).map_err(in_words)?;
        let start = entry.header_start();
        ranges.push((start, start.saturating_add(entry.compressed_size())));
        if entry.is_dir() || entry.is_symlink() {
            continue;
        }
        let name = match entry.name() {
            Ok(name) => name.into_owned(),
            Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
        };
        let unread = if entry.encrypted() {
            Some("it is encrypted, and no password is known here")
        } else {
            unread(entry.compression())
        };
        let place = unread.map_or(Place::Zip(index), Place::Unreadable);
        members.push(Member { name, place });
    }
    ranges.sort_unstable();
    if ranges.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        let fact = "its members lie on top of one another, as in a bomb";
        return Err(io::Error::other(fact));
    }
    Ok(members)
}

/// The files in a tar archive, as far as it can be read.
fn of_tar(file: SharedFile) -> (Vec<Member>, Option<io::Error>) {
    let mut members = Vec::new();
    let mut tar = tar::Archive::new(file);
    let entries = match tar.entries_with_seek() {
        Ok(entries) => entries,
        Err(error) => return (members, Some(error)),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return (members, Some(error)),
        };
        let kind = entry.header().entry_type();
        let place = if kind.is_gnu_sparse() {
            Place::Unreadable("it is a file with holes, which is not supported in tar archives")
        } else if kind.is_file() || kind.is_contiguous() {
            Place::Tar(entry.raw_file_position(), entry.size())
        } else {
            continue;
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        members.push(Member { name, place });
    }
    (members, None)
}

/// Copies a stream to a temporary file without a name, which goes when the program does.
///
/// # Errors
/// When it cannot be read, or is longer than the limit in bytes.
pub(super) fn temporary(stream: &mut dyn Read, limit: u64) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    copy_within(stream, &mut file, limit)?;
    file.rewind()?;
    Ok(file)
}

/// Copies a stream to a file.
///
/// # Errors
/// When it cannot be read, or is longer than the limit in bytes.
pub(super) fn copy_within(stream: &mut dyn Read, to: &mut File, limit: u64) -> io::Result<()> {
    let copied = io::copy(&mut stream.take(limit.saturating_add(1)), to)?;
    if copied > limit {
        let fact = format!("more than {limit} bytes would have to be unpacked first");
        return Err(io::Error::new(io::ErrorKind::StorageFull, fact));
    }
    Ok(())
}

/// Why a member packed by a method cannot be read, if so.
fn unread(method: CompressionMethod) -> Option<&'static str> {
    // The crate's list of supported methods lacks LZMA.
    if method == CompressionMethod::LZMA || SUPPORTED_COMPRESSION_METHODS.contains(&method) {
        return None;
    }
    Some(match method {
        CompressionMethod::DEFLATE64 => "it is packed by deflate64, which is not read",
        CompressionMethod::ZSTD => "it is packed by Zstandard, which is not read in zip archives",
        CompressionMethod::PPMD => "it is packed by PPMd, which is not read",
        CompressionMethod::AES => "it is encrypted, and no password is known here",
        _ => "it is packed by a method that is not read",
    })
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
