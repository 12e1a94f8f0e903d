//! Rows of a CSV file, in bounded memory.
//!
//! The crate csv reads a quote that is never closed to the end of the file, as one row that holds
//! all that follows. So the file goes through it a block at a time: a row that reaches the end of
//! its block is read again with the block after it, and one that fills a block, or that is still
//! open at the end of the file, is given up. Then reading goes on with the next line, for what
//! follows a forgotten quote is mostly good.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

use crate::error::Result;
use crate::input::Sink;
use crate::input::fields::NumberFormat;
use crate::input::parallel_lines::{Lines, Rest};

/// The size of a block, and so of the longest row.
const BLOCK: usize = 1 << 20;
/// How many rows are given up before the file is: each may cost a block that was read for nothing.
const PATIENCE: u32 = 16;
/// How much of the file, and how many of its rows, decide on the delimiter.
const SAMPLE: (usize, usize) = (64 * 1024, 20);

/// The rows of a file.
pub(super) struct Rows<R> {
    source: R,
    delimiter: u8,
    /// What was read and not yet used. It starts at the end of a row.
    block: Vec<u8>,
    /// The line on which the block starts.
    line: u64,
    /// Nothing is left in the source.
    ended: bool,
    given_up: u32,
}

/// A row, and where it is.
pub(super) struct Row<'a> {
    pub fields: &'a ByteRecord,
    /// The block from the row on; blank lines may come first.
    rest: &'a [u8],
    /// The line on which `rest` starts.
    line: u64,
}

impl Row<'_> {
    /// The line on which the row starts.
    pub(super) fn line(&self) -> u64 {
        self.line + newlines(&self.rest[..blank(self.rest)])
    }
}

impl<R: Read> Rows<io::Chain<io::Cursor<Vec<u8>>, R>> {
    /// The rows from where reading in pieces had to end.
    pub(super) fn resume(rest: Rest<R>, delimiter: u8) -> Self {
        let block = Vec::with_capacity(BLOCK + 2);
        Self {
            source: rest.unread,
            delimiter,
            block,
            line: rest.line,
            ended: false,
            given_up: 0,
        }
    }
}

impl<R: Read> Rows<R> {
    /// Reads the first block and finds the delimiter.
    pub(super) fn new(source: R) -> io::Result<Self> {
        let block = Vec::with_capacity(BLOCK + 2);
        let mut rows = Self {
            source,
            delimiter: b',',
            block,
            line: 1,
            ended: false,
            given_up: 0,
        };
        rows.fill()?;
        rows.delimiter = delimiter(&rows.block);
        Ok(rows)
    }

    /// The same as lines, for a file where they are rows.
    pub(super) fn into_lines(self) -> Lines<io::Chain<io::Cursor<Vec<u8>>, R>>
    where
        R: Send,
    {
        Lines::new(io::Cursor::new(self.block).chain(self.source), self.line)
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The first row, which stays where it is; `None` if there is nothing at all.
    pub(super) fn peek(&self) -> Option<ByteRecord> {
        split(&self.block, self.delimiter)
            .next()
            .map(|(row, _)| row)
    }

    /// Passes over the first row.
    pub(super) fn skip_row(&mut self) {
        let end = split(&self.block, self.delimiter)
            .next()
            .map_or(0, |(_, end)| end);
        self.consume(end);
    }

    /// Hands every row to `take`, and what cannot be split into rows to the sink as bad records.
    pub(super) fn each(
        mut self,
        sink: &mut Sink,
        mut take: impl FnMut(&mut Sink, Row<'_>) -> Result<()>,
    ) -> Result<()> {
        while self
            .fill()
            .map_err(|error| sink.error(Some(self.line), error))?
        {
            match self.whole_rows(sink, &mut take)? {
                0 if self.given_up == PATIENCE => {
                    return self.give_up(sink, "; the rest of the file was not read");
                }
                0 => {
                    self.give_up(sink, "")?;
                    self.drop_line()
                        .map_err(|error| sink.error(Some(self.line), error))?;
                }
                used => self.consume(used),
            }
        }
        Ok(())
    }

    /// Hands on the rows that end before the block does, and tells how many bytes they took.
    fn whole_rows(
        &self,
        sink: &mut Sink,
        take: &mut impl FnMut(&mut Sink, Row<'_>) -> Result<()>,
    ) -> Result<usize> {
        let mut reader = reader(self.delimiter).from_reader(&self.block[..]);
        let mut fields = ByteRecord::new();
        let (mut start, mut line) = (0, self.line);
        while reader
            .read_byte_record(&mut fields)
            .map_err(|error| sink.error(Some(line), error))?
        {
            let end = reader.position().byte() as usize;
            if end >= self.block.len() {
                return Ok(start);
            }
            sink.record();
            take(
                sink,
                Row {
                    fields: &fields,
                    rest: &self.block[start..],
                    line,
                },
            )?;
            (start, line) = (end, self.line + reader.position().line() - 1);
        }
        Ok(self.block.len())
    }

    /// Fills the block up; `false` at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        if !self.ended {
            let room = BLOCK - self.block.len();
            self.ended = (&mut self.source)
                .take(room as u64)
                .read_to_end(&mut self.block)?
                < room;
            if self.ended {
                // One line end for a last row without it, and one more so that a whole row never
                // reaches the end.
                self.block.extend(b"\n\n");
            }
        }
        Ok(!self.block.is_empty())
    }

    fn consume(&mut self, bytes: usize) {
        self.line += newlines(&self.block[..bytes]);
        self.block.drain(..bytes);
    }

    fn give_up(&mut self, sink: &mut Sink, and: &str) -> Result<()> {
        self.given_up += 1;
        let fact = if self.ended {
            "a quote in this row is never closed"
        } else {
            "the row is longer than 1 MiB"
        };
        sink.record();
        sink.skip(
            self.line + newlines(&self.block[..blank(&self.block)]),
            format_args!("{fact}{and}"),
        )
    }

    /// Passes over one line, however long.
    fn drop_line(&mut self) -> io::Result<()> {
        self.consume(blank(&self.block));
        loop {
            if let Some(end) = self.block.iter().position(|&byte| byte == b'\n') {
                self.consume(end + 1);
                return Ok(());
            }
            self.consume(self.block.len());
            if !self.fill()? {
                return Ok(());
            }
        }
    }
}

/// Row lengths are free: what is missing or too much is a matter for the columns.
fn reader(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(64 * 1024);
    builder
}

/// The rows of a piece of text, each with the byte after it.
fn split(text: &[u8], delimiter: u8) -> impl Iterator<Item = (ByteRecord, usize)> {
    let mut reader = reader(delimiter).from_reader(text);
    std::iter::from_fn(move || {
        let mut row = ByteRecord::new();
        reader
            .read_byte_record(&mut row)
            .ok()?
            .then(|| (row, reader.position().byte() as usize))
    })
}

/// How many bytes of line ends a text starts with.
fn blank(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count()
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// The delimiter that makes the best table of the first rows: most rows of one length, then most
/// numbers in them.
///
/// The numbers tell `19,2;145,6` (two decimal commas) from three columns with commas between them.
pub(super) fn delimiter(text: &[u8]) -> u8 {
    let sample = &text[..text.len().min(SAMPLE.0)];
    // The last of the best wins, so the likeliest comes last.
    b"|\t;,"
        .iter()
        .copied()
        .max_by_key(|&delimiter| merit(sample, delimiter))
        .unwrap_or(b',')
}

/// How many rows are as long as the first, and how many in a thousand of their fields are numbers.
fn merit(sample: &[u8], delimiter: u8) -> (usize, usize) {
    let numbers = NumberFormat {
        comma: delimiter == b';',
    };
    let rows: Vec<_> = split(sample, delimiter)
        .map(|(row, _)| row)
        .take(SAMPLE.1)
        .collect();
    let Some(length) = rows
        .first()
        .map(ByteRecord::len)
        .filter(|&length| length > 1)
    else {
        return (0, 0);
    };
    let alike = || rows.iter().filter(|row| row.len() == length);
    let numeric = alike()
        .flatten()
        .filter(|field| numbers.parse(field).is_some())
        .count();
    (alike().count(), 1000 * numeric / (alike().count() * length))
}
