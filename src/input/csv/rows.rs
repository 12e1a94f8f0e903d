//! Rows of a CSV file, in bounded memory.
//!
//! The crate csv reads a quote that is never closed to the end of the file, as one row that holds
//! all that follows. So the file goes through it a block at a time: a row that reaches the end of
//! its block is read again with the block after it, or in a larger block, and one that fills the
//! largest, or that is still open at the end of the file, is given up. Then reading goes on with the
//! next line, for what follows a forgotten quote is mostly good.

use std::fmt;
use std::io::{self, Read};

use csv::ByteRecord;

use super::dialect::{self, Dialect, Table};
use crate::error::Result;
use crate::input::columns::{Options, WIDEST};
use crate::input::parallel_lines::{Lines, Rest};
use crate::input::{Oddity, Sink};

/// The size of a block, and of the largest one, and so of the longest row.
pub(super) const BLOCK: usize = 1 << 20;
const LONGEST: usize = 16 << 20;
/// How many rows are given up before the file is: each may cost a block that was read for nothing.
const PATIENCE: u32 = 16;
/// How many of the first rows tell what the columns hold.
const SAMPLE: usize = 50;

/// The rows of a file.
pub(super) struct Rows<R> {
    source: R,
    dialect: Dialect,
    /// What was read and not yet used. It starts at the end of a row.
    block: Vec<u8>,
    /// The most that is in it.
    size: usize,
    /// The line on which the block starts.
    line: u64,
    /// Nothing is left in the source.
    ended: bool,
    given_up: u32,
    /// The lines above the table that say something else, comments aside.
    passed_over: Vec<u64>,
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

    /// It and the rows below it, as far as they tell what columns hold.
    pub(super) fn sample(&self, dialect: Dialect) -> Vec<ByteRecord> {
        sample(self.rest, dialect)
    }
}

impl<R: Read> Rows<io::Chain<io::Cursor<Vec<u8>>, R>> {
    /// The rows from where reading in pieces had to end.
    pub(super) fn resume(rest: Rest<R>, dialect: Dialect) -> Self {
        Self::unread(rest.unread, dialect, rest.line)
    }
}

impl<R: Read> Rows<R> {
    /// Rows of which none has been read.
    fn unread(source: R, dialect: Dialect, line: u64) -> Self {
        Self {
            source,
            dialect,
            block: Vec::with_capacity(BLOCK + 2),
            size: BLOCK,
            line,
            ended: false,
            given_up: 0,
            passed_over: Vec::new(),
        }
    }

    /// Reads the first block, and finds in it where the table starts and how it is written.
    pub(super) fn new(source: R, options: &Options, plane: bool) -> io::Result<Self> {
        let mut rows = Self::unread(source, Dialect::of(b','), 1);
        rows.fill()?;
        rows.consume(dialect::marks(&rows.block));
        if let Some([begin, end]) = dialect::plt_heading(&rows.block) {
            rows.block
                .splice(begin..end, dialect::PLT_NAMES.iter().copied());
            rows.consume(begin);
        }
        let separator = dialect::separator_line(&rows.block);
        rows.consume(separator.map_or(0, |(_, length)| length));
        for _ in 0..options.skip_rows {
            rows.drop_line()?;
        }
        let delimiter = options
            .delimiter
            .or(separator.map(|(delimiter, _)| delimiter));
        let Table { dialect, start } = dialect::sniff(&rows.block, delimiter, options, plane);
        rows.dialect = dialect;
        let lines = rows.block[..start].split(|&byte| byte == b'\n');
        let says_else = |line: &[u8]| {
            let line = line.trim_ascii();
            !line.is_empty() && !line.starts_with(b"#")
        };
        let passed_over = (rows.line..).zip(lines).filter(|(_, line)| says_else(line));
        rows.passed_over = passed_over.map(|(at, _)| at).collect();
        rows.consume(start);
        // Below names there is a row that tells what they stand for.
        while rows.end_of(1) >= rows.block.len() && rows.grows() {
            rows.fill()?;
        }
        Ok(rows)
    }

    /// Where a row of the block ends.
    fn end_of(&self, row: usize) -> usize {
        let row = self.dialect.split(&self.block).nth(row);
        row.map_or(self.block.len(), |(_, end)| end)
    }

    /// Makes room for a longer row, if there may be one.
    fn grows(&mut self) -> bool {
        let grows = !self.ended && self.size < LONGEST && !self.is_too_wide();
        self.size <<= u32::from(grows);
        grows
    }

    /// Whether a row of the block has more fields than a table has columns.
    fn is_too_wide(&self) -> bool {
        let mut rows = self.dialect.split(&self.block);
        rows.any(|(row, _)| row.len() > WIDEST)
    }

    /// The same as lines, for a file where they are rows.
    pub(super) fn into_lines(self) -> Lines<io::Chain<io::Cursor<Vec<u8>>, R>>
    where
        R: Send,
    {
        Lines::new(io::Cursor::new(self.block).chain(self.source), self.line)
    }

    /// The lines above the table that are neither comments nor rows of it.
    pub(super) fn passed_over(&self) -> &[u64] {
        &self.passed_over
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The line on which the next row starts.
    pub(super) fn line(&self) -> u64 {
        self.line + newlines(&self.block[..blank(&self.block)])
    }

    /// The first rows, which stay where they are.
    pub(super) fn peek(&self) -> Vec<ByteRecord> {
        sample(&self.block, self.dialect)
    }

    /// Passes over the first row.
    pub(super) fn skip_row(&mut self) {
        self.consume(self.end_of(0));
    }

    /// Hands every row to `table`, and what cannot be split into rows to the sink as bad records.
    pub(super) fn each(mut self, sink: &mut Sink, table: &mut impl Take) -> Result<()> {
        while self
            .fill()
            .map_err(|error| sink.error(Some(self.line), error))?
        {
            match self.whole_rows(sink, table)? {
                0 if self.grows() => {}
                0 if self.given_up == PATIENCE => {
                    return self.give_up(sink, table, "; the rest of the file was not read");
                }
                0 => {
                    self.give_up(sink, table, "")?;
                    self.drop_line()
                        .map_err(|error| sink.error(Some(self.line), error))?;
                }
                used => {
                    self.consume(used);
                    // One long row does not make the next ones long.
                    self.size = BLOCK;
                }
            }
        }
        Ok(())
    }

    /// Hands on the rows that end before the block does, and tells how many bytes they took.
    fn whole_rows(&self, sink: &mut Sink, table: &mut impl Take) -> Result<usize> {
        let (mut start, mut line) = (0, self.line);
        while start < self.block.len() {
            match self.rows_from(start, line, sink, table)? {
                Stop::End(end) => return Ok(end),
                Stop::Swallowed(end, at) => (start, line) = (end, at),
            }
        }
        Ok(self.block.len())
    }

    /// Hands on rows from some byte on, up to one whose quotes hold other rows: it is given up, and
    /// the line after its first is the next row.
    fn rows_from(
        &self,
        from: usize,
        first: u64,
        sink: &mut Sink,
        table: &mut impl Take,
    ) -> Result<Stop> {
        let mut reader = self.dialect.reader().from_reader(&self.block[from..]);
        let mut fields = ByteRecord::new();
        let (mut start, mut line) = (from, first);
        while reader
            .read_byte_record(&mut fields)
            .map_err(|error| sink.error(Some(line), error))?
        {
            let end = from + reader.position().byte() as usize;
            if end >= self.block.len() {
                return Ok(Stop::End(start));
            }
            let next = first + reader.position().line() - 1;
            let row = Row {
                fields: &fields,
                rest: &self.block[start..],
                line,
            };
            if fields.len() > WIDEST {
                sink.record();
                sink.skip(row.line(), TooWide)?;
                (start, line) = (end, next);
                continue;
            }
            if next > line + 1 {
                let text = &self.block[start..end];
                let swallowed = swallowed(&text[blank(text)..], self.dialect, table);
                if swallowed > 0 {
                    let at = row.line();
                    let begin = start + blank(text);
                    let first = first_line(&self.block[begin..end]);
                    self.lone(first, at, Swallowed(swallowed), sink, table)?;
                    let after = (begin + first.len() + 1).min(end);
                    return Ok(Stop::Swallowed(after, at + 1));
                }
            }
            if self.dialect.wrapped || self.dialect.delimiter == b' ' {
                let fields = &self.dialect.unwrapped(fields.clone());
                table.take(sink, Row { fields, ..row })?;
            } else {
                table.take(sink, row)?;
            }
            (start, line) = (end, next);
        }
        Ok(Stop::End(self.block.len()))
    }

    /// Fills the block up; `false` at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        if !self.ended {
            let room = self.size.saturating_sub(self.block.len());
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

    fn give_up(&mut self, sink: &mut Sink, table: &mut impl Take, and: &str) -> Result<()> {
        self.given_up += 1;
        let (above, rest) = self.block.split_at(blank(&self.block));
        let at = self.line + newlines(above);
        if self.ended {
            let fact = format_args!("a quote in this row is never closed{and}");
            return self.lone(first_line(rest), at, fact, sink, table);
        }
        sink.record();
        if self.is_too_wide() {
            return sink.skip(at, format_args!("{TooWide}{and}"));
        }
        sink.skip(
            at,
            format_args!("the row is longer than {} MiB{and}", LONGEST >> 20),
        )
    }

    /// A line with a quote that is never closed: a good row by itself if the quote is a letter of
    /// it, as in tables whose fields have no quotes.
    fn lone(
        &self,
        line: &[u8],
        at: u64,
        fact: impl fmt::Display,
        sink: &mut Sink,
        table: &mut impl Take,
    ) -> Result<()> {
        let delimiter = self.dialect.delimiter;
        let width = memchr::memchr_iter(delimiter, line).count() + 1;
        if width == table.width() && table.is_row(line) {
            sink.odd(Oddity::StrayQuote, at)?;
            let fields: ByteRecord = line.split(|byte| *byte == delimiter).collect();
            let (fields, rest) = (&fields, line);
            let line = at;
            return table.take(sink, Row { fields, rest, line });
        }
        sink.record();
        sink.skip(at, fact)
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

/// The first rows of a block, none of which the end is missing but the first.
fn sample(block: &[u8], dialect: Dialect) -> Vec<ByteRecord> {
    let rows = dialect.split(block).enumerate();
    let whole = rows.take_while(|(at, (_, end))| *at == 0 || *end < block.len());
    whole.map(|(_, (row, _))| row).take(SAMPLE).collect()
}

/// Takes the rows of a table.
pub(super) trait Take {
    /// Takes a row.
    fn take(&mut self, sink: &mut Sink, row: Row<'_>) -> Result<()>;

    /// Whether a line is a good row by itself.
    fn is_row(&self, line: &[u8]) -> bool;

    /// How many fields a row has, if names tell.
    fn width(&self) -> usize;
}

/// Why no more rows were handed on.
enum Stop {
    /// What follows this byte is not whole.
    End(usize),
    /// A row held others; the next one starts at a byte, on a line.
    Swallowed(usize, u64),
}

/// The fact that a row has more fields than a table has columns.
pub(super) struct TooWide;

impl fmt::Display for TooWide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the row has more than {WIDEST} fields")
    }
}

/// How many rows the quotes of one row hold.
struct Swallowed(usize);

impl fmt::Display for Swallowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quote in this row is not closed before ")?;
        match self.0 {
            1 => f.write_str("the next row, which is read by itself"),
            more => write!(f, "{more} more rows, which are read by themselves"),
        }
    }
}

/// How many of the lines of one row, the first aside, are good rows by themselves. The last one
/// ends a field that is meant if a delimiter or nothing follows its first quote.
fn swallowed(text: &[u8], dialect: Dialect, table: &impl Take) -> usize {
    let text = text.trim_ascii_end();
    let last = memchr::memrchr(b'\n', text).map_or(0, |end| end + 1);
    let closes = |line: &[u8]| {
        let at = memchr::memchr(dialect.quote, line);
        let next = at.map(|at| line.get(at + 1));
        next.is_some_and(|next| {
            next.is_none_or(|&next| next == dialect.delimiter || next == dialect.quote)
        })
    };
    let within = text[..last]
        .split(|&byte| byte == b'\n')
        .skip(1)
        .filter(|line| table.is_row(line))
        .count();
    let end = &text[last..];
    within + usize::from(last > 0 && !closes(end) && table.is_row(end))
}

/// How many bytes of line ends a text starts with.
fn blank(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count()
}

/// The first line of a text, without its end.
fn first_line(text: &[u8]) -> &[u8] {
    let line = text.split(|byte| *byte == b'\n').next();
    line.unwrap_or_default()
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}
