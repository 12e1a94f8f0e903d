//! Rows that have an end: a quote that is never closed does not make all that follows one row.
//!
//! For tables whose rows are short; [`csv`](super::csv) reads those of any length, in blocks.

use std::io::{self, Read};

/// How long a row is at most.
const LONGEST: usize = 1 << 20;

/// A text that cannot be read on where a row of it goes on for too long.
pub(super) struct RowGuard<R> {
    source: R,
    /// How many bytes may still be read before a row ends.
    left: usize,
}

impl<R> RowGuard<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            left: LONGEST,
        }
    }

    /// A row has ended.
    pub(super) fn renew(&mut self) {
        self.left = LONGEST;
    }
}

impl<R: Read> Read for RowGuard<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let fact = format!(
                "the row is longer than {} MiB: a quote may never be closed",
                LONGEST >> 20
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, fact));
        }
        let room = to.len().min(self.left);
        let read = self.source.read(&mut to[..room])?;
        self.left -= read;
        Ok(read)
    }
}
