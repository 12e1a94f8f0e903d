//! Opened inputs: the name for messages, the first bytes, the stream, and what lies beside it.
//!
//! A reader is given one and need not know whether it is a file, a pipe or a member of an archive.
//! Most formats read the [stream](Opened::stream) once, from the front. Those that seek ask for a
//! [file](Opened::file), which costs a temporary one where there is none, and those that consist of
//! several files ask for [siblings](Opened::sibling).

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

#[cfg(feature = "sqlite")]
use super::archive::copy_within;
use super::archive::{Archive, Member, temporary};
use super::compressed::{self, Codec, Trailed};
use super::decode;
use super::inventory::Described;
use super::progress::Meter;
use super::script::Script;
#[cfg(feature = "sqlite")]
use crate::unfinished::{self, UnfinishedFolder};

/// How much of an input is looked at to find out what it is.
const HEAD: u64 = 8 * 1024;
/// The most bytes that a temporary copy may have, unless another limit is set: 8 GiB.
pub const MAX_UNPACKED: u64 = 8 << 30;

/// An input that has been opened, of which the first bytes have been read.
pub struct Opened<'a> {
    name: String,
    /// The name in lists.
    listed: String,
    /// The name that may tell the type: for `ride.gpx.gz` it is `ride.gpx`.
    inner_name: PathBuf,
    origin: Origin<'a>,
    /// The most bytes that a temporary copy of it, or of what is in it, may have.
    limit: u64,
    /// How many archives and compressed files it lies in.
    depth: u8,
    /// What a list beside it says of it.
    described: Described,
    head: Head,
    stream: Box<dyn Read + Send + 'a>,
}

/// Where an input comes from, and so what else there is.
#[derive(Clone)]
enum Origin<'a> {
    /// A file in a folder.
    File(PathBuf),
    /// A member of an archive, by its name in there.
    Member(&'a Archive, String),
    /// A pipe, or something decompressed: nothing lies beside it.
    Stream,
}

impl<'a> Opened<'a> {
    /// Standard input, which messages call `-`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn stdin() -> io::Result<Self> {
        Self::pipe("-", io::stdin())
    }

    /// Anything that can be read once from the front, with a name for messages.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn pipe(name: &str, stream: impl Read + Send + 'a) -> io::Result<Self> {
        Self::new(name.to_owned(), PathBuf::new(), Origin::Stream, stream)
    }

    /// A file, or a named pipe.
    ///
    /// # Errors
    /// When it cannot be opened or read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // A pipe may have a name too, but nothing lies beside it and it can be read only once.
        let (origin, inner_name) = if file.metadata()?.is_file() {
            (Origin::File(path.to_owned()), path.to_owned())
        } else {
            (Origin::Stream, PathBuf::new())
        };
        Self::new(path.display().to_string(), inner_name, origin, file)
    }

    /// A member of an archive, whose name follows that of the archive: `archive.zip:tracks/a.gpx`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn child(
        archive: &'a Archive,
        member: &Member,
        stream: impl Read + Send + 'a,
    ) -> io::Result<Self> {
        let name = &member.name;
        let origin = Origin::Member(archive, name.clone());
        let opened = Self::new(archive.name_of(name), name.into(), origin, stream)?;
        Ok(Self {
            limit: archive.limit(),
            depth: archive.depth(),
            ..opened
        })
    }

    /// What is compressed in it, and whether something else stands behind that. It keeps the file's
    /// name in messages.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn decompressed(self, codec: Codec, trailed: &Trailed) -> io::Result<Self> {
        let inner_name = compressed::inner_name(&self.inner_name);
        let (name, listed) = (self.name.clone(), self.listed.clone());
        let (limit, depth) = (self.limit, self.depth + 1);
        let described = self.described.clone();
        let stream = codec.decompressed(self.stream(), trailed);
        let opened = Self::new(name, inner_name, Origin::Stream, stream)?;
        Ok(Self {
            listed,
            limit,
            depth,
            described,
            ..opened
        })
    }

    /// The same with another limit to the bytes of temporary copies.
    pub(super) fn within(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    /// The same with what a list beside it says of it.
    pub(super) fn described_as(self, described: Described) -> Self {
        Self { described, ..self }
    }

    /// What a list beside it says of it.
    pub(super) fn described(&self) -> &Described {
        &self.described
    }

    /// The most bytes that a temporary copy of it may have.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// How many archives and compressed files it lies in.
    pub(super) fn depth(&self) -> u8 {
        self.depth
    }

    fn new(
        name: String,
        inner_name: PathBuf,
        origin: Origin<'a>,
        mut stream: impl Read + Send + 'a,
    ) -> io::Result<Self> {
        let mut head = Vec::new();
        stream.by_ref().take(HEAD).read_to_end(&mut head)?;
        let stream: Box<dyn Read + Send + 'a> = match Script::of(&mut head) {
            Some(script) => Box::new(script.rest(stream)),
            None => Box::new(stream),
        };
        Ok(Self {
            listed: name.clone(),
            name,
            inner_name,
            origin,
            limit: MAX_UNPACKED,
            depth: 0,
            described: Described::default(),
            head: Head(head),
            stream,
        })
    }

    /// The same, counted by a meter as it is read.
    pub(super) fn metered(self, meter: &'a Meter<'_>) -> Self {
        let stream = Box::new(meter.count(self.stream));
        Self { stream, ..self }
    }

    /// The name in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name in lists of files: the document of a KMZ has that of the KMZ there.
    pub(super) fn listed_name(&self) -> String {
        self.listed.clone()
    }

    /// The same under another name in lists of files.
    pub(super) fn listed_as(self, listed: &str) -> Self {
        let listed = listed.to_owned();
        Self { listed, ..self }
    }

    /// Whether it has an extension, given in small letters.
    pub(super) fn has_extension(&self, extension: &str) -> bool {
        let known = self.extension();
        known.is_some_and(|known| known.eq_ignore_ascii_case(extension))
    }

    /// The extension that tells the type, if there is one.
    #[must_use]
    pub fn extension(&self) -> Option<&OsStr> {
        self.inner_name.extension()
    }

    /// How it is counted where it is left out: by the extension that it has in its folder or
    /// archive.
    pub(super) fn kind(&self) -> String {
        compressed::kind(self.name.rsplit(['/', ':']).next().unwrap_or_default())
    }

    /// The first bytes.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// All of it, from the first byte on.
    #[must_use]
    pub fn stream(self) -> Box<dyn Read + Send + 'a> {
        Box::new(Cursor::new(self.head.0).chain(self.stream))
    }

    /// All of it as text in an encoding that has ASCII for numbers: UTF-16 is decoded, and the mark
    /// by which DOS ends a text is blank.
    #[must_use]
    pub fn text(self) -> Box<dyn Read + Send + 'a> {
        if self.head.is_utf16() {
            Box::new(decode::without_end(decode::text(self.stream())))
        } else {
            Box::new(decode::without_end(self.stream()))
        }
    }

    /// All of it as a file that can be sought in. What is none is copied to a temporary file
    /// without a name, up to 8 GiB or another limit that was set.
    ///
    /// # Errors
    /// When it cannot be opened or copied, or is longer than that.
    pub fn file(self) -> io::Result<File> {
        if let Origin::File(path) = &self.origin {
            return File::open(path);
        }
        let limit = self.limit;
        temporary(&mut self.stream(), limit)
    }

    /// All of it as a file that has a name: that of the input, or a temporary copy of it, up to the
    /// same limit.
    ///
    /// # Errors
    /// When it cannot be copied, or is longer than that.
    #[cfg(feature = "sqlite")]
    pub(super) fn on_disk(self) -> io::Result<OnDisk> {
        if let Origin::File(path) = &self.origin {
            return Ok(OnDisk::Own(path.clone()));
        }
        let limit = self.limit;
        let folder = unfinished::begin_folder(&std::env::temp_dir())?;
        let path = folder.path().join("copy");
        copy_within(&mut self.stream(), &mut File::create_new(&path)?, limit)?;
        Ok(OnDisk::Copy {
            path,
            _folder: folder,
        })
    }

    /// The file itself once more, if it is one.
    pub(super) fn again(&self) -> Option<File> {
        match &self.origin {
            Origin::File(path) => File::open(path).ok(),
            Origin::Member(..) | Origin::Stream => None,
        }
    }

    /// What lies beside it.
    #[must_use]
    pub fn neighbours(&self) -> Neighbours<'a> {
        Neighbours(self.origin.clone())
    }

    /// Whether other files can lie beside it.
    #[must_use]
    pub fn has_siblings(&self) -> bool {
        !matches!(self.origin, Origin::Stream)
    }

    /// What the name of the file beside it with this extension would be, for messages.
    #[must_use]
    pub fn sibling_name(&self, extension: &str) -> String {
        let path = Path::new(&self.name).with_extension(extension);
        path.display().to_string()
    }

    /// The file that belongs to it: the same name with another extension, given in small letters,
    /// which old systems write in capitals. `None` if there is no such file.
    ///
    /// # Errors
    /// When it is there and cannot be opened.
    pub fn sibling(&self, extension: &str) -> io::Result<Option<Opened<'a>>> {
        let mut capitalised = extension.to_owned();
        capitalised[..1].make_ascii_uppercase();
        let spellings = [extension, &extension.to_ascii_uppercase(), &capitalised];
        match &self.origin {
            Origin::File(path) => {
                let paths = spellings.map(|extension| path.with_extension(extension));
                let found = paths.iter().find(|path| path.is_file());
                found.map(|path| Opened::open(path)).transpose()
            }
            Origin::Member(archive, name) => {
                let names = spellings.map(|extension| with_extension(name, extension));
                let found = names.iter().find(|name| archive.contains(name));
                let copied =
                    |name: &String| Self::pipe(&archive.name_of(name), archive.copy(name)?);
                found.map(copied).transpose()
            }
            Origin::Stream => Ok(None),
        }
    }
}

/// An input as a file with a name.
#[cfg(feature = "sqlite")]
pub(super) enum OnDisk {
    Own(PathBuf),
    /// A copy in a folder, which goes when nobody needs it any more.
    Copy {
        path: PathBuf,
        _folder: UnfinishedFolder,
    },
}

#[cfg(feature = "sqlite")]
impl OnDisk {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Own(path) | Self::Copy { path, .. } => path,
        }
    }

    /// Whether it is a copy, which nobody else changes.
    pub(super) fn is_copy(&self) -> bool {
        matches!(self, Self::Copy { .. })
    }
}

/// What lies in one folder with an input.
pub struct Neighbours<'a>(Origin<'a>);

impl<'a> Neighbours<'a> {
    /// The name of the input among them; `None` if it has no neighbours.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Origin::File(path) => path.file_name()?.to_str(),
            Origin::Member(_, name) => name.rsplit('/').next(),
            Origin::Stream => None,
        }
    }

    /// The neighbour of a name; `None` if there is no such file.
    ///
    /// # Errors
    /// When it is there and cannot be opened.
    pub fn open(&self, name: &str) -> io::Result<Option<Opened<'a>>> {
        match &self.0 {
            Origin::File(path) => {
                let path = path.with_file_name(name);
                path.is_file().then(|| Opened::open(&path)).transpose()
            }
            Origin::Member(archive, own) => {
                let folder = own.rfind('/').map_or("", |end| &own[..=end]);
                let name = format!("{folder}{name}");
                let copied = || Opened::pipe(&archive.name_of(&name), archive.copy(&name)?);
                archive.contains(&name).then(copied).transpose()
            }
            Origin::Stream => Ok(None),
        }
    }
}

/// The same name with another extension. A path would turn the slashes of archives around on some
/// systems.
fn with_extension(name: &str, extension: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}.{extension}")
}

/// The first bytes of an input.
pub struct Head(Vec<u8>);

impl Head {
    /// The bytes as they are.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it starts as texts in UTF-16 do. All other encodings have ASCII for numbers.
    #[must_use]
    pub fn is_utf16(&self) -> bool {
        decode::utf_16(&self.0).is_some()
    }

    /// The bytes as text without its byte order mark; `None` if it is binary data.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, [u8]>> {
        if self.is_utf16() {
            let mut text = Vec::new();
            // Half a character may be left at the end: what comes before it is enough.
            let _ = decode::text(&self.0[..]).read_to_end(&mut text);
            return (!text.contains(&0)).then_some(Cow::Owned(text));
        }
        let text = self.0.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.0);
        // A loss of power leaves zeros in a log, behind its last line or in the middle.
        let has_a_line = memchr::memchr2(0, b'\n', text).is_some_and(|at| text[at] == b'\n');
        let is_log = has_a_line && !text.iter().copied().any(is_control);
        (is_log || !text.contains(&0)).then_some(Cow::Borrowed(text))
    }
}

/// Whether a byte is in no text.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace() && byte != 0 && byte != decode::DOS_END
}

#[cfg(test)]
impl From<&[u8]> for Head {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

#[cfg(test)]
impl<const N: usize> From<&[u8; N]> for Head {
    fn from(bytes: &[u8; N]) -> Self {
        Self(bytes.to_vec())
    }
}
