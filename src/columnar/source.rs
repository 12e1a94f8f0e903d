//! File whose parts are read at the same time, and the sizes that its pages state.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use super::thrift;

/// What stands at both ends of a file.
const MAGIC: &[u8] = b"PAR1";
/// The same where the footer is encrypted.
const ENCRYPTED: &[u8] = b"PARE";
/// How much is read of the head of a page. Most are short, and some have the least and the largest
/// of its texts in them.
const HEADS: [usize; 4] = [1 << 10, 16 << 10, 256 << 10, 16 << 20];
/// The most bytes of a page. Writers make pages of a megabyte, and none of them larger ones than
/// its users ask for.
pub(super) const LARGEST: u64 = 256 << 20;

/// A file that is read in many places, each reader with a position of its own.
#[derive(Clone, Debug)]
pub(super) struct Source {
    file: Arc<File>,
    length: u64,
}

impl Source {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self {
            file: Arc::new(file),
            length,
        })
    }

    /// The footer, which stands before its length at the end of the file.
    pub(super) fn footer(&self) -> super::Result<Bytes> {
        let mut end = [0; 8];
        let at = self.length.saturating_sub(end.len() as u64);
        let read = self
            .read_at(&mut end, at)
            .map_err(|error| error.to_string())?;
        let [a, b, c, d, magic @ ..] = end;
        if magic == *ENCRYPTED {
            return Err("it is encrypted".to_owned());
        }
        if read < end.len() || magic != *MAGIC {
            return Err("its end is missing: it was cut, or is still being written".to_owned());
        }
        let length = u32::from_le_bytes([a, b, c, d]);
        let start = at.checked_sub(length.into());
        let footer = start.map(|start| self.bytes(start, length as usize));
        let footer = footer.transpose().map_err(|error| super::broken(&error))?;
        let is_whole = |footer: &Bytes| thrift::length(footer).is_some();
        let fact = "it is broken: its footer ends in the middle";
        footer.filter(is_whole).ok_or_else(|| fact.to_owned())
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&*self.file, buffer, at)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, at)
    }

    fn bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.saturating_add(length as u64);
        if end > self.length {
            let fact = format!("bytes {start} to {end} of a file of {} bytes", self.length);
            return Err(ParquetError::EOF(fact));
        }
        let mut bytes = vec![0; length];
        self.from(start).read_exact(&mut bytes)?;
        Ok(bytes.into())
    }

    fn from(&self, position: u64) -> Part {
        Part {
            source: self.clone(),
            position,
        }
    }
}

/// The file from some byte on.
struct Part {
    source: Source,
    position: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

/// The pages of one column. The crate reads the head of each from here, and keeps to itself how
/// large the page is unpacked, which those codecs must know that do not say it.
pub(super) struct Heads {
    source: Source,
    unpacked: Arc<AtomicU64>,
    /// Where the page begins whose head was read last.
    behind: AtomicU64,
}

impl Heads {
    /// The pages, and where the size of the one that was begun last is told.
    pub(super) fn new(source: &Source) -> (Self, Arc<AtomicU64>) {
        let unpacked = Arc::new(AtomicU64::new(0));
        let heads = Self {
            source: source.clone(),
            unpacked: Arc::clone(&unpacked),
            behind: AtomicU64::new(0),
        };
        (heads, unpacked)
    }

    /// The head of a page, and perhaps some of what is behind it.
    fn head(&self, start: u64) -> Result<(Vec<u8>, thrift::Head)> {
        for most in HEADS {
            let left = self.source.length.saturating_sub(start);
            let mut head = vec![0; usize::try_from(left).unwrap_or(most).min(most)];
            let read = self.source.read_at(&mut head, start)?;
            head.truncate(read);
            if let Some(known) = thrift::head(&head) {
                return Ok((head, known));
            }
        }
        Err(ParquetError::General(
            "the head of a page is broken".to_owned(),
        ))
    }
}

impl Length for Heads {
    fn len(&self) -> u64 {
        self.source.length
    }
}

impl ChunkReader for Heads {
    type T = io::Cursor<Vec<u8>>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        // A page whose head is known by now is asked for, too, and never read in this way.
        if start == self.behind.load(Ordering::Relaxed) {
            return Ok(io::Cursor::default());
        }
        let (bytes, head) = self.head(start)?;
        if head.unpacked > LARGEST {
            let size = head.unpacked;
            let fact = format!("a page of {size} bytes, more than any writer makes");
            return Err(ParquetError::General(fact));
        }
        self.unpacked.store(head.unpacked, Ordering::Relaxed);
        // Where nothing is behind a head, the next one is.
        let behind = start + head.length as u64;
        let behind = if head.packed > 0 { behind } else { 0 };
        self.behind.store(behind, Ordering::Relaxed);
        Ok(io::Cursor::new(bytes))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.source.bytes(start, length)
    }
}
