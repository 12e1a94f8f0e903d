//! Progress of a reading: the share of the bytes of all files that has been read.
//!
//! Bytes are counted as they lie on the disk, so compressed files count like others. What is sought
//! in, such as a zip archive, counts when it has been read.

use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a reading has come; it may be looked at meanwhile.
#[derive(Debug, Default)]
pub struct Progress {
    all: AtomicU64,
    done: AtomicU64,
}

impl Progress {
    /// The share of all bytes, from 0 to 1; `None` while nothing is known of either.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let all = self.all.load(Ordering::Relaxed);
        let done = self.done.load(Ordering::Relaxed);
        (done > 0 && done <= all).then(|| done as f64 / all as f64)
    }

    /// A file will be read.
    pub(super) fn expect(&self, path: &Path) {
        self.all.fetch_add(length(path), Ordering::Relaxed);
    }

    /// Counts what is read of a file.
    pub(super) fn meter(&self, path: &Path) -> Meter<'_> {
        Meter {
            progress: self,
            length: length(path),
            read: AtomicU64::new(0),
        }
    }
}

/// Bytes of a file; none of what is no file, of which nobody knows how much will come.
fn length(path: &Path) -> u64 {
    let about = path.metadata().ok().filter(std::fs::Metadata::is_file);
    about.map_or(0, |about| about.len())
}

/// Counts what is read of one file, and at last the rest.
#[derive(Debug)]
pub(super) struct Meter<'a> {
    progress: &'a Progress,
    length: u64,
    read: AtomicU64,
}

impl Meter<'_> {
    /// A stream of the file, counted as it is read.
    pub(super) fn count<'a>(&'a self, stream: impl Read + Send + 'a) -> impl Read + Send + 'a {
        Metered {
            stream,
            meter: self,
        }
    }

    fn add(&self, bytes: usize) {
        let before = self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        let rest = self.length.saturating_sub(before);
        let bytes = rest.min(bytes as u64);
        self.progress.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        let rest = self.length.saturating_sub(*self.read.get_mut());
        self.progress.done.fetch_add(rest, Ordering::Relaxed);
    }
}

struct Metered<'a, 'p, R> {
    stream: R,
    meter: &'a Meter<'p>,
}

impl<R: Read> Read for Metered<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.stream.read(buffer)?;
        self.meter.add(bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_that_of_bytes_and_all_of_a_file_counts_when_it_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&one, [0; 60]).unwrap();
        std::fs::write(&other, [0; 40]).unwrap();
        let progress = Progress::default();
        assert_eq!(progress.share(), None);
        progress.expect(&one);
        progress.expect(&other);
        let meter = progress.meter(&one);
        let mut stream = meter.count(&[0; 60][..]);
        stream.read_exact(&mut [0; 30]).unwrap();
        assert_eq!(progress.share(), Some(0.3));
        drop(stream);
        drop(meter);
        assert_eq!(progress.share(), Some(0.6));
        drop(progress.meter(&other));
        assert_eq!(progress.share(), Some(1.0));
    }
}
