//! CSV: a row for each point, with commas, semicolons, tabs or bars between its columns.
//!
//! `rows` splits the file into rows that cannot grow without bound, `columns` finds out which of
//! their fields are the latitude, the longitude, the weight and the time, and this module makes
//! shapes of them.

mod rows;

use std::io::Read;

use csv::ByteRecord;
use memchr::{memchr, memchr_iter, memchr2_iter};

use self::rows::Rows;
use super::columns::{self, Columns, Header, Moment, Weight};
use super::fields::{Fault, NumberFormat, finite, is_plain, names, place, quoted, text};
use super::parallel_lines::Piece;
use super::reader::{Places, Reader};
use super::{DateOrder, Oddity, Sink, time};
use crate::error::Result;
use crate::geo::{Coord, Crs, Shape, Time};

pub(super) static READER: Reader = Reader {
    name: "csv",
    title: "CSV",
    extensions: &["csv", "tsv"],
    companions: &[],
    detect: |head| text(head).is_some_and(|text| is_table(&text)),
    places: Places::Any,
    read: |opened, options, sink| {
        time::settle_order(&opened, sink);
        read(opened.text(), &options.columns, sink)
    },
};

/// Whether the first line that says anything has a delimiter in it and is no plain line.
fn is_table(text: &[u8]) -> bool {
    let mut lines = text
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .map(<[u8]>::trim_ascii);
    lines
        .find(|line| !line.is_empty() && !line.starts_with(b"#"))
        .is_some_and(|line| !is_plain(line) && line.iter().any(|byte| b",;\t|".contains(byte)))
}

type Parsed<'a, T> = std::result::Result<T, Fault<'a>>;

/// Reads the rows of `source` into `sink`.
///
/// # Errors
/// When the source cannot be read, when its header has no columns that would do, or at the first
/// bad row if the sink is strict.
pub fn read(source: impl Read + Send, options: &columns::Options, sink: &mut Sink) -> Result<()> {
    let mut rows = Rows::new(source).map_err(|error| sink.error(None, error))?;
    let Some(first) = rows.peek() else {
        return Ok(());
    };
    let numbers = NumberFormat {
        comma: rows.delimiter() == b';',
    };
    let crs = sink.manner().crs;
    let header = Header::new(first.iter());
    let is_number = |column| {
        let field = first.get(column);
        field.is_some_and(|field| numbers.parse(field).is_some())
    };
    let columns = columns::choose(&header, is_number, options, sink)?;
    sink.note(format_args!(
        "{}, delimiter {}",
        columns.describe(|column| first.get(column), crs),
        rows.delimiter().escape_ascii()
    ));
    if columns.header {
        rows.skip_row();
    }
    RowReader {
        crs,
        columns,
        numbers,
    }
    .read(rows, sink)
}

/// Whether every line of a text is a row.
fn is_lines(text: &[u8]) -> bool {
    let ends_a_line = |at: usize| text.get(at + 1).is_none_or(|&next| next == b'\n');
    memchr(b'"', text).is_none() && memchr_iter(b'\r', text).all(ends_a_line)
}

/// What the rows of a file mean.
struct RowReader {
    crs: Crs,
    columns: Columns,
    numbers: NumberFormat,
}

impl RowReader {
    fn read(&self, rows: Rows<impl Read + Send>, sink: &mut Sink) -> Result<()> {
        let delimiter = rows.delimiter();
        // Without quotes a line is a row, and lines can be read side by side. From the first quote
        // on, one reader goes on.
        let rest = rows.into_lines().each(sink, is_lines, |piece, sink| {
            self.lines(piece, delimiter, sink)
        })?;
        rest.map_or(Ok(()), |rest| {
            Rows::resume(rest, delimiter)
                .each(sink, |sink, row| self.row(row.fields, row.line(), sink))
        })
    }

    /// Reads lines that are rows.
    fn lines(&self, piece: &Piece, delimiter: u8, sink: &mut Sink) -> Result<()> {
        let (mut start, mut at, mut ends) = (0, piece.line, Vec::new());
        let last = (!piece.text.ends_with(b"\n")).then_some(piece.text.len());
        for end in memchr2_iter(delimiter, b'\n', piece.text).chain(last) {
            if piece.text.get(end) == Some(&delimiter) {
                ends.push(end - start);
                continue;
            }
            let line = &piece.text[start..end];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.is_empty() {
                ends.push(line.len());
                sink.record();
                self.row(&Line { line, ends: &ends }, at, sink)?;
            }
            ends.clear();
            (start, at) = (end + 1, at + 1);
        }
        Ok(())
    }

    fn row(&self, row: &impl Fields, at: u64, sink: &mut Sink) -> Result<()> {
        match self.shape(row) {
            Ok(shape) => {
                let time = self.time(row, at, sink)?;
                sink.shape(shape.when(time));
            }
            Err(fault) => sink.skip(at, fault)?,
        }
        Ok(())
    }

    fn shape<'a>(&self, row: &'a impl Fields) -> Parsed<'a, Shape> {
        let place = self.place(row)?;
        let weight = match self.columns.weight {
            Weight::One => 1.0,
            Weight::Optional(column) => row
                .field(column)
                .and_then(|field| self.numbers.parse(field))
                .map_or(Ok(1.0), finite)?,
            Weight::Asked(column) => finite(number_in(self.numbers, row, column, "weight")?)?,
        };
        Ok(Shape::point(place).weighing(weight))
    }

    fn place<'a>(&self, row: &'a impl Fields) -> Parsed<'a, Coord> {
        let Columns { lat, lon, .. } = self.columns;
        let [one, other] = names(self.crs);
        let [first, second] = if self.crs.is_plane() {
            [lon, lat]
        } else {
            [lat, lon]
        };
        place(
            self.crs,
            number_in(self.numbers, row, first, one)?,
            number_in(self.numbers, row, second, other)?,
        )
    }

    /// When it was. A row that says nothing of that is as good as others; one that cannot be
    /// understood is told.
    fn time(&self, row: &impl Fields, at: u64, sink: &mut Sink) -> Result<Option<Time>> {
        let Some(Moment { day, clock }) = self.columns.time else {
            return Ok(None);
        };
        let filled = |column| {
            row.field(column)
                .filter(|field| !field.trim_ascii().is_empty())
        };
        let Some(field) = filled(day) else {
            return Ok(None);
        };
        let order = sink.manner().date_order;
        let time = match clock.and_then(filled) {
            Some(clock) => joined(field, clock, order),
            None => time::parse_in(field, order),
        };
        if order == DateOrder::Unknown && time.is_some() && time::is_ambiguous(field) {
            let fact = format_args!(
                "which number of the date {} is the day, and which the month, is not known",
                quoted(field)
            );
            sink.odd(Oddity::DayOrMonth, at, fact)?;
        }
        if time.is_none() {
            sink.bad_time(at, format_args!("time {} is not known", quoted(field)))?;
        }
        Ok(time)
    }
}

/// A moment whose day and time of day stand apart. Where both are in the first field, that is
/// enough.
fn joined(day: &[u8], clock: &[u8], order: DateOrder) -> Option<Time> {
    let both = [day.trim_ascii(), b" ", clock.trim_ascii()].concat();
    time::parse_in(&both, order).or_else(|| time::parse_in(day, order))
}

/// The fields of a row.
trait Fields {
    fn field(&self, column: usize) -> Option<&[u8]>;
    fn count(&self) -> usize;
}

impl Fields for ByteRecord {
    fn field(&self, column: usize) -> Option<&[u8]> {
        self.get(column)
    }

    fn count(&self) -> usize {
        self.len()
    }
}

/// A row without quotes.
struct Line<'a> {
    line: &'a [u8],
    /// Where its fields end.
    ends: &'a [usize],
}

impl Fields for Line<'_> {
    fn field(&self, column: usize) -> Option<&[u8]> {
        let end = *self.ends.get(column)?;
        let start = if column == 0 {
            0
        } else {
            self.ends[column - 1] + 1
        };
        Some(&self.line[start..end])
    }

    fn count(&self) -> usize {
        self.ends.len()
    }
}

/// The number in a column, which is there for `what`.
fn number_in<'a>(
    numbers: NumberFormat,
    row: &'a impl Fields,
    column: usize,
    what: &'static str,
) -> Parsed<'a, f64> {
    let field = row.field(column).ok_or_else(|| Fault::Missing {
        what,
        fields: row.count(),
    })?;
    numbers
        .parse(field)
        .ok_or_else(|| Fault::field(what, field))
}

#[cfg(test)]
mod tests;
