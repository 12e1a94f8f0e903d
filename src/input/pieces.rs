//! Lines, read side by side: a text is cut at line ends into pieces that many threads can take, while the next stretch
//! of it is read.
//!
//! Memory is two stretches, whatever the length of the text. It works for pipes as it does for files, and nothing is mapped:
//! a file that shrinks meanwhile just ends early.

use std::io::{self, Read};

use memchr::{memchr_iter, memrchr};

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
    /// Read, but not yet used; after `next`, the beginning of a line whose end is still to come is at the end of it.
    stretch: Vec<u8>,
    /// The line on which the stretch starts.
    line: u64,
    ended: bool,
}

/// Why not all of a text was read in pieces: there is something in this stretch that must not be cut.
pub(super) struct Rest<R> {
    pub(super) unread: io::Chain<io::Cursor<Vec<u8>>, R>,
    pub(super) line: u64,
}

impl<R: Read + Send> Lines<R> {
    /// A text that starts on some line.
    pub(super) fn new(source: R, line: u64) -> Self {
        Self { source, stretch: Vec::new(), line, ended: false }
    }

    /// Reads all pieces, up to the first stretch that `fits` finds no place for.
    pub(super) fn each(
        mut self,
        sink: &mut Sink,
        fits: impl Fn(&[u8]) -> bool,
        read: impl Fn(&Piece, &mut Sink) -> Result<()> + Sync,
    ) -> Result<Option<Rest<R>>> {
        let failed = |sink: &Sink, line, error: io::Error| sink.error(Some(line), error);
        let mut next = Vec::new();
        self.fill(&[]).map_err(|error| failed(sink, self.line, error))?;
        while !self.stretch.is_empty() {
            if !fits(&self.stretch) {
                let unread = io::Cursor::new(self.stretch).chain(self.source);
                return Ok(Some(Rest { unread, line: self.line }));
            }
            let current = std::mem::replace(&mut self.stretch, std::mem::take(&mut next));
            let whole = if self.ended { current.len() } else { memrchr(b'\n', &current).map_or(0, |at| at + 1) };
            if whole == 0 {
                return Ok(Some(Rest { unread: io::Cursor::new(current).chain(self.source), line: self.line }));
            }
            let (lines, begun) = current.split_at(whole);
            let pieces = pieces(lines, &mut self.line);
            let line = self.line;
            let (filled, done) = rayon::join(|| self.fill(begun), || sink.side_by_side(&pieces, &read));
            done?;
            filled.map_err(|error| failed(sink, line, error))?;
            drop(pieces);
            next = current;
        }
        Ok(None)
    }

    /// Reads the next stretch, which goes on from the beginning of a line.
    fn fill(&mut self, begun: &[u8]) -> io::Result<()> {
        self.stretch.clear();
        self.stretch.extend_from_slice(begun);
        if !self.ended {
            let room = STRETCH.saturating_sub(begun.len()).max(1);
            self.ended = (&mut self.source).take(room as u64).read_to_end(&mut self.stretch)? < room;
        }
        Ok(())
    }
}

/// Cuts whole lines into pieces, and counts them.
fn pieces<'a>(mut lines: &'a [u8], line: &mut u64) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    while !lines.is_empty() {
        let near = lines.len().min(PIECE);
        let end = memchr::memchr(b'\n', &lines[near - 1..]).map_or(lines.len(), |at| near + at);
        let (text, rest) = lines.split_at(end);
        pieces.push(Piece { text, line: *line });
        *line += memchr_iter(b'\n', text).count() as u64;
        lines = rest;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_lines_and_know_their_number() {
        let text = "a line\nand another\n\n".repeat(40_000) + "the end";
        let mut line = 1;
        let pieces = pieces(text.as_bytes(), &mut line);
        assert!(pieces.len() > 2);
        assert_eq!(pieces.iter().map(|piece| piece.text).collect::<Vec<_>>().concat(), text.as_bytes());
        for pair in pieces.windows(2) {
            assert!(pair[0].text.ends_with(b"\n"));
            assert_eq!(pair[1].line, pair[0].line + memchr_iter(b'\n', pair[0].text).count() as u64);
        }
        assert_eq!(line, 120_001);
    }
}
