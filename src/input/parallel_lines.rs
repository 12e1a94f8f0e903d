//! Lines, read side by side: a text is cut at line ends into pieces that many threads can take,
//! while the next stretch of it is read.
//!
//! Memory is two stretches, whatever the length of the text. It works for pipes as it does for
//! files, and nothing is mapped: a file that shrinks meanwhile just ends early.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::Sink;
use crate::error::Result;

/// How much is read at a time.
const STRETCH: usize = 4 << 20;
/// How much of it a thread takes at a time.
const PIECE: usize = 256 << 10;

/// Whole lines, of which the first has a number.
pub(super) struct Piece<'a> {
    pub(super) text: &'a [u8],
    pub(super) line: u64,
}

impl<'a> Piece<'a> {
    /// Its lines without their ends, each with its number.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, &'a [u8])> + use<'a> {
        let text = self.text;
        let mut start = 0;
        let ends = memchr_iter(b'\n', text).chain((!text.ends_with(b"\n")).then_some(text.len()));
        (self.line..).zip(ends.map(move |end| {
            let line = &text[start..end];
            start = end + 1;
            line.strip_suffix(b"\r").unwrap_or(line)
        }))
    }
}

/// A text as far as it has not been read.
pub(super) struct Lines<R> {
    source: R,
    /// The line on which the next stretch starts.
    line: u64,
    ended: bool,
}

/// Why not all of a text was read in pieces: there is something in this stretch that must not be
/// cut.
pub(super) struct Rest<R> {
    pub(super) unread: io::Chain<io::Cursor<Vec<u8>>, R>,
    pub(super) line: u64,
}

/// A part of a text that is in memory.
#[derive(Default)]
struct Stretch {
    /// Whole lines, and at last the beginning of one.
    text: Vec<u8>,
    /// Where its pieces end, and the lines on which they start.
    pieces: Vec<(usize, u64)>,
    /// Whether it may be cut into lines.
    fits: bool,
}

impl<R: Read + Send> Lines<R> {
    /// A text that starts on some line.
    pub(super) fn new(source: R, line: u64) -> Self {
        Self {
            source,
            line,
            ended: false,
        }
    }

    /// Reads all pieces, up to the first stretch that `fits` finds no place for.
    pub(super) fn each(
        mut self,
        sink: &mut Sink,
        fits: impl Fn(&[u8]) -> bool + Sync,
        read: impl Fn(&Piece, &mut Sink) -> Result<()> + Sync,
    ) -> Result<Option<Rest<R>>> {
        let mut line = self.line;
        let failed = |sink: &Sink, line, error: io::Error| sink.error(Some(line), error);
        let (mut current, mut next) = (Stretch::default(), Stretch::default());
        self.fill(&mut current, &[], &fits)
            .map_err(|error| failed(sink, line, error))?;
        while !current.text.is_empty() {
            if !current.fits {
                return Ok(Some(Rest {
                    unread: io::Cursor::new(current.text).chain(self.source),
                    line,
                }));
            }
            line = self.line;
            let pieces: Vec<Piece> = current.pieces().collect();
            // While the pieces are read, so is the next stretch.
            let (filled, done) = rayon::join(
                || self.fill(&mut next, current.begun(), &fits),
                || sink.side_by_side(&pieces, &read),
            );
            done?;
            filled.map_err(|error| failed(sink, line, error))?;
            std::mem::swap(&mut current, &mut next);
        }
        Ok(None)
    }

    /// Reads the next stretch, which goes on from the beginning of a line.
    fn fill(
        &mut self,
        stretch: &mut Stretch,
        begun: &[u8],
        fits: impl Fn(&[u8]) -> bool,
    ) -> io::Result<()> {
        let text = &mut stretch.text;
        text.clear();
        text.extend_from_slice(begun);
        if !self.ended {
            let room = STRETCH.saturating_sub(begun.len()).max(1);
            self.ended = (&mut self.source).take(room as u64).read_to_end(text)? < room;
        }
        let whole = if self.ended {
            text.len()
        } else {
            memrchr(b'\n', text).map_or(0, |at| at + 1)
        };
        stretch.fits = whole > 0 && fits(text);
        stretch.pieces.clear();
        let mut start = 0;
        while start < whole && stretch.fits {
            let near = (start + PIECE).min(whole);
            let end = memchr(b'\n', &text[near - 1..whole]).map_or(whole, |at| near + at);
            stretch.pieces.push((end, self.line));
            self.line += memchr_iter(b'\n', &text[start..end]).count() as u64;
            start = end;
        }
        Ok(())
    }
}

impl Stretch {
    fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let starts = std::iter::once(0).chain(self.pieces.iter().map(|&(end, _)| end));
        starts.zip(&self.pieces).map(|(start, &(end, line))| Piece {
            text: &self.text[start..end],
            line,
        })
    }

    /// The line whose end is still to come.
    fn begun(&self) -> &[u8] {
        &self.text[self.pieces.last().map_or(0, |&(end, _)| end)..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_lines_and_know_their_number() {
        let text = "a line\nand another\n\n".repeat(40_000) + "the end";
        let (mut lines, mut stretch) = (Lines::new(text.as_bytes(), 1), Stretch::default());
        lines.fill(&mut stretch, &[], |_| true).unwrap();
        let pieces: Vec<Piece> = stretch.pieces().collect();
        assert!(pieces.len() > 2);
        assert_eq!(
            pieces
                .iter()
                .map(|piece| piece.text)
                .collect::<Vec<_>>()
                .concat(),
            text.as_bytes()
        );
        for pair in pieces.windows(2) {
            assert!(pair[0].text.ends_with(b"\n"));
            assert_eq!(
                pair[1].line,
                pair[0].line + memchr_iter(b'\n', pair[0].text).count() as u64
            );
        }
        assert_eq!(lines.line, 120_001);
    }
}
