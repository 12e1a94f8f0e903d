//! Zip archives whose members can be read side by side, each as a stream.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use zip::ZipArchive;
use zip::result::ZipError;

/// The longest stream that is copied: twice what a .dbf may have.
const LONGEST_COPY: u64 = 4 << 30;

/// A zip archive. Its members can be read side by side.
pub(super) struct Archive {
    name: String,
    zip: ZipArchive<SharedFile>,
}

impl Archive {
    /// Reads the directory of an archive, which has a name for messages.
    pub(super) fn open(name: String, file: File) -> io::Result<Self> {
        let file = SharedFile {
            file: Arc::new(Mutex::new(file)),
            position: 0,
        };
        let zip = ZipArchive::new(file).map_err(in_words)?;
        Ok(Self { name, zip })
    }

    /// The names of its members, in the order of its directory.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let names = (0..self.zip.len()).filter_map(|index| self.zip.name_for_index(index)?.ok());
        names.map(std::borrow::Cow::into_owned)
    }

    /// Gives a member as a stream.
    pub(super) fn read<T>(
        &self,
        member: &str,
        read: impl FnOnce(&mut (dyn Read + Send)) -> T,
    ) -> io::Result<T> {
        let mut zip = self.zip.clone();
        let mut stream = zip.by_name(member).map_err(in_words)?;
        Ok(read(&mut stream))
    }

    /// Copies a member to a temporary file without a name.
    pub(super) fn copy(&self, member: &str) -> io::Result<File> {
        self.read(member, |stream| temporary(stream))?
    }

    /// The name of a member in messages. Archives come from anywhere, so no name of theirs may
    /// upset a terminal.
    pub(super) fn name_of(&self, member: &str) -> String {
        let shown = member.replace(char::is_control, "\u{fffd}");
        format!("{}/{shown}", self.name)
    }

    /// The name of a member in lists of files.
    pub(super) fn listed_name(&self, member: &str) -> String {
        format!("{}:{member}", self.name)
    }

    /// Whether there is a member of this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }
}

/// Copies a stream to a temporary file without a name.
///
/// # Errors
/// When it cannot be read, or is longer than 4 GiB.
pub(super) fn temporary(stream: &mut dyn Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let copied = io::copy(&mut stream.take(LONGEST_COPY + 1), &mut file)?;
    if copied > LONGEST_COPY {
        let fact = format!("more than {LONGEST_COPY} bytes would have to be unpacked first");
        return Err(io::Error::other(fact));
    }
    file.rewind()?;
    Ok(file)
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
