//! File whose parts are read at the same time, and the sizes that its pages state.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// What stands at both ends of a file.
const MAGIC: &[u8] = b"PAR1";
/// The same where the footer is encrypted.
const ENCRYPTED: &[u8] = b"PARE";
/// How much is read at a time where it is not known how much is needed: heads of pages are short.
const CHUNK: usize = 1024;
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

    /// Makes sure that the file is whole as far as its end shows.
    pub(super) fn check_end(&self) -> std::result::Result<(), String> {
        let mut end = [0; 4];
        let at = self.length.saturating_sub(4);
        let read = self.read_at(&mut end, at);
        match read {
            Err(error) => Err(error.to_string()),
            Ok(_) if end == *ENCRYPTED => Err("it is encrypted".to_owned()),
            Ok(4) if end == *MAGIC => Ok(()),
            Ok(_) => Err("its end is missing: it was cut, or is still being written".to_owned()),
        }
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
pub(super) struct Part {
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

impl Length for Source {
    fn len(&self) -> u64 {
        self.length
    }
}

/// For the footer.
impl ChunkReader for Source {
    type T = BufReader<Part>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::with_capacity(CHUNK, self.from(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.bytes(start, length)
    }
}

/// The pages of one column. The crate reads the head of each from here, and keeps to itself how
/// large the page is unpacked, which those codecs must know that do not say it.
pub(super) struct Heads {
    source: Source,
    unpacked: Arc<AtomicU64>,
}

impl Heads {
    /// The pages, and where the size of the one that was begun last is told.
    pub(super) fn new(source: &Source) -> (Self, Arc<AtomicU64>) {
        let unpacked = Arc::new(AtomicU64::new(0));
        let heads = Self {
            source: source.clone(),
            unpacked: Arc::clone(&unpacked),
        };
        (heads, unpacked)
    }
}

impl Length for Heads {
    fn len(&self) -> u64 {
        self.source.length
    }
}

impl ChunkReader for Heads {
    type T = io::Chain<io::Cursor<Vec<u8>>, BufReader<Part>>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let mut head = vec![0; CHUNK];
        let read = self.source.read_at(&mut head, start)?;
        head.truncate(read);
        let size = unpacked_size(&head).unwrap_or(0);
        if size > LARGEST {
            let fact = format!("a page of {size} bytes, more than any writer makes");
            return Err(ParquetError::General(fact));
        }
        self.unpacked.store(size, Ordering::Relaxed);
        let rest = self.source.from(start + read as u64);
        let rest = BufReader::with_capacity(CHUNK, rest);
        Ok(io::Cursor::new(head).chain(rest))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.source.bytes(start, length)
    }
}

/// How large a page is unpacked, by the second field of its head, in the compact protocol of
/// Thrift: each of the first fields is a byte that says so, and a number.
fn unpacked_size(head: &[u8]) -> Option<u64> {
    /// The next field, an integer of 32 bits.
    const NEXT: u8 = 0x15;
    let mut bytes = head.iter().copied();
    let mut field = || {
        (bytes.next()? == NEXT).then_some(())?;
        let mut number = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = bytes.next()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                // Zigzag: even numbers are twice what is meant, odd ones are negative.
                return number.is_multiple_of(2).then_some(number / 2);
            }
        }
        None
    };
    field()?;
    field()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_page_says_its_size() {
        assert_eq!(
            unpacked_size(&[0x15, 0, 0x15, 0x90, 0x4e, 0x15, 2]),
            Some(5000)
        );
        assert_eq!(
            unpacked_size(&[0x15, 0, 0x15, 1, 0x15, 2]),
            None,
            "negative"
        );
        assert_eq!(unpacked_size(&[0x15, 0, 0x16, 2]), None);
        assert_eq!(unpacked_size(&[0x15, 0, 0x15, 0xff]), None);
        assert_eq!(unpacked_size(&[0x15; 40]), None);
    }
}
