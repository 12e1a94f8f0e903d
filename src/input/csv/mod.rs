//! CSV: a row for each point, with commas, semicolons, tabs or bars between its columns.
//!
//! `rows` splits the file into rows that cannot grow without bound, `columns` finds out which of
//! their fields are the latitude, the longitude, the weight and the time, and this module makes
//! shapes of them.

mod dialect;
mod rows;

use std::borrow::Cow;
use std::io::Read;

use csv::ByteRecord;
use memchr::{memchr, memchr_iter, memchr2_iter, memmem};

use self::dialect::Dialect;
use self::rows::{Row, Rows, Take, TooWide};
use super::columns::{
    self, Both, Columns, Header, Moment, Sample, Shapes, TrackColumns, WIDEST, Weight,
};
use super::decode::LineEnds;
use super::fields::{
    Axis, Fault, count, finite, is_null, is_plain, names, number, number_with_comma, place, quoted,
    text,
};
use super::geometry::Geometry;
use super::interleaved::{self, Interleaved};
use super::numbers::{self, Decimal};
use super::parallel_lines::Piece;
use super::reader::{Places, Reader};
use super::{DateOrder, Oddity, Sink, geometry, time, vocabulary};
use crate::error::{Remedy, Result};
use crate::geo::{Coord, Crs, Shape, Time};

pub(super) static READER: Reader = Reader {
    name: "csv",
    title: "CSV",
    extensions: &["csv", "tsv", "plt"],
    companions: &[],
    detect: |head| {
        text(head).is_some_and(|text| is_table(&text) || dialect::plt_heading(&text).is_some())
    },
    certain: false,
    places: Places::Any,
    read: |opened, options, sink| {
        let is_wanted = sink.manner().times || options.columns.order_field.is_some();
        time::settle_order(&opened, is_wanted, sink);
        let is_of_mac = has_old_ends(&opened.head().text().unwrap_or_default());
        if is_of_mac {
            return read(LineEnds::with_zeros(opened.text()), &options.columns, sink);
        }
        read(opened.text(), &options.columns, sink)
    },
};

/// Whether the lines of a text end with a carriage return alone, as on old Macs.
fn has_old_ends(text: &[u8]) -> bool {
    memchr(b'\n', text).is_none() && memchr(b'\r', text).is_some()
}

/// Whether the first line that says anything has a delimiter in it and is no plain line, or is a
/// geometry.
fn is_table(text: &[u8]) -> bool {
    let lines = text
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .map(<[u8]>::trim_ascii);
    let mut rows = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    let Some(line) = rows.next() else {
        return false;
    };
    let has_delimiter = || line.iter().any(|byte| b",;\t|".contains(byte));
    let is_of_plain = is_plain(line) || is_keyed(line) && rows.next().is_none_or(is_keyed);
    !is_of_plain && (has_delimiter() || Geometry::parse(line).is_some())
}

/// Whether a line holds the degrees of a latitude and of a longitude with their keys, as plain text
/// may.
fn is_keyed(line: &[u8]) -> bool {
    let pairs = vocabulary::keyed(line).unwrap_or_default();
    let has = |wanted: Axis| {
        pairs.iter().any(|(key, value)| {
            let axis = vocabulary::axis(&String::from_utf8_lossy(key));
            let degrees = || number(value).or_else(|| numbers::degrees(value, wanted));
            axis.is_some_and(|(axis, _)| axis == wanted) && degrees().is_some()
        })
    };
    has(Axis::Lat) && has(Axis::Lon)
}

pub(super) type Parsed<'a, T> = std::result::Result<T, Fault<'a>>;

/// Reads the rows of `source` into `sink`.
///
/// # Errors
/// When the source cannot be read, when its header has no columns that would do, or at the first
/// bad row if the sink is strict.
pub fn read(source: impl Read + Send, options: &columns::Options, sink: &mut Sink) -> Result<()> {
    let plane = sink.manner().crs.is_xy();
    let mut rows = Rows::new(source, options, plane).map_err(|error| sink.error(None, error))?;
    let mut sample = rows.peek();
    if sample.is_empty() {
        return Ok(());
    }
    if sample[0].len() > WIDEST {
        return Err(sink
            .error(Some(rows.line()), TooWide)
            .remedy(Remedy::NameColumns));
    }
    if sample.len() == 1
        && let Some(end) = foreign_line_end(&sample[0])
    {
        let error = sink.error(
            None,
            format_args!("its lines end with {end}, not with U+000A"),
        );
        return Err(error
            .advice(r"convert it, as with perl -CSD -pe 's/[\x{85}\x{2028}\x{2029}\x1e]/\n/g'"));
    }
    if has_row_names(&sample) {
        let names = places_named(&sample[0], plane);
        let reads = |by, with_decimals: bool| match names {
            Some(names) => are_places(&sample[1..], names, by, with_decimals),
            None => true,
        };
        // What stands behind all that has a name does no harm, and places are seldom whole numbers.
        let is_behind = reads(0, true) && !reads(1, true) || reads(0, false) && !reads(1, false);
        if !is_behind {
            if names.is_some_and(|(lat, lon)| lat.min(lon) > 0) && reads(0, false) {
                sink.odd(Oddity::RowNames, rows.line())?;
            }
            sample[0] = std::iter::once(&b""[..]).chain(&sample[0]).collect();
        }
    } else if has_mark(&sample) {
        sample[0] = sample[0].iter().skip(1).collect();
    }
    if !options.asks_for_columns()
        && options.delimiter.is_none()
        && let Some(mark) = several_places(&sample[0], rows.dialect().delimiter)
    {
        let error = sink.error(Some(rows.line()), "several places stand on one line");
        let mark = mark.escape_ascii();
        return Err(error.advice(format!(
            "put each on a line of its own, as tr '{mark}' '\\n' does"
        )));
    }
    sink.note_system(sink.manner().crs);
    let (line, delimiter) = (rows.line(), rows.dialect().delimiter);
    let reader = RowReader::new(rows.dialect(), &sample, options, sink)?;
    let first = &sample[0];
    sink.note(format_args!(
        "{}, delimiter {}",
        reader
            .columns
            .describe(|column| first.get(column), reader.crs),
        delimiter.escape_ascii()
    ));
    let first = |column| first.get(column);
    if let Some(names) = reader.columns.named(first, reader.crs) {
        sink.read_columns(names);
    }
    if line > 1 {
        sink.note(format_args!("the table starts on line {line}"));
    }
    for &line in rows.passed_over() {
        sink.odd(Oddity::PassedOver, line)?;
    }
    if reader.columns.header {
        rows.skip_row();
    }
    reader.tell_doubts(sink);
    if reader.may_have_decimal_commas(&sample) {
        sink.odd_file(Oddity::WholeNumbers);
    }
    let Some(tracks) = reader.tracks(sink)? else {
        return reader.read(rows, sink);
    };
    let mut reader = TrackReader {
        rows: reader,
        tracks,
    };
    // What a row is joined to depends on all rows before, so they are read one after the other.
    rows.each(sink, &mut reader)?;
    reader.tracks.end(sink);
    Ok(())
}

/// Whether rows have a name or a number of their own in front, above which none stands, as R and
/// pandas write them.
fn has_row_names(sample: &[ByteRecord]) -> bool {
    let (names, rows) = (&sample[0], &sample[1..]);
    let is_longer = |row: &ByteRecord| {
        let last = row.iter().next_back();
        row.len() == names.len() + 1 && last.is_some_and(|last| !last.trim_ascii().is_empty())
    };
    let numbers = || rows.iter().map(|row| number(row.get(0)?));
    let follows = |(one, next): (Option<f64>, Option<f64>)| {
        let after = one.map(|one| one + 1.0);
        after.is_some() && after == next
    };
    let begins = || matches!(numbers().next().flatten(), Some(0.0 | 1.0));
    let are_counted = || begins() && numbers().zip(numbers().skip(1)).all(follows);
    let is_name = |row: &ByteRecord| {
        let first = row.get(0).unwrap_or_default();
        number(first).is_none() && numbers::degrees(first, Axis::Lat).is_none()
    };
    let has_names = names.iter().all(|name| number(name).is_none());
    has_names
        && rows.len() > 1
        && rows.iter().all(is_longer)
        && (rows.iter().all(is_name) || are_counted())
}

/// Whether a mark, such as that of a comment, stands in front of the names, of which there is one
/// for each field without it.
fn has_mark(sample: &[ByteRecord]) -> bool {
    let (names, rows) = (&sample[0], &sample[1..]);
    let is_mark = |name: &[u8]| !name.iter().any(u8::is_ascii_alphanumeric) && name.is_ascii();
    let is_first = names.len() > 2 && names.get(0).is_some_and(is_mark);
    let fits = || !rows.is_empty() && rows.iter().all(|row| row.len() + 1 == names.len());
    // Rows may lack their last field as well.
    let has_places = |places| are_places(rows, places, 0, true);
    is_first && fits() && !places_named(names, false).is_some_and(has_places)
}

/// The mark between places of which several stand on one line, as those of a line in other files:
/// pairs with decimals, perhaps with heights, near one another.
fn several_places(row: &ByteRecord, delimiter: u8) -> Option<u8> {
    const NEAR: f64 = 1.0;
    let line = row.iter().collect::<Vec<_>>().join(&delimiter);
    let is_mark = |byte: &u8| b" ;|\t,".contains(byte);
    let is_part = |byte: &u8| is_mark(byte) || b"+-.()[]".contains(byte) || byte.is_ascii_digit();
    let pair = |group: &[u8]| {
        let edges = |byte: &u8| is_mark(byte) || b"()[]".contains(byte);
        let parts = group.split(edges).filter(|part| !part.is_empty());
        let numbers = parts.map(|part| number(part).filter(|_| part.contains(&b'.')));
        match numbers.collect::<Vec<_>>()[..] {
            [Some(one), Some(other)] | [Some(one), Some(other), _] => Some([one, other]),
            _ => None,
        }
    };
    let are_places = |mark: &u8| {
        let groups = line.split(|byte| byte == mark).map(<[u8]>::trim_ascii);
        let pairs = groups.filter(|group| !group.is_empty()).map(pair);
        let Some(pairs) = pairs.collect::<Option<Vec<_>>>() else {
            return false;
        };
        let is_near = |pair: &[f64; 2]| (0..2).all(|at| (pair[at] - pairs[0][at]).abs() < NEAR);
        // Nothing else has these between pairs.
        let is_certain = b";|".contains(mark);
        pairs.len() > 1 && (is_certain || pairs.iter().all(is_near))
    };
    line.iter().all(is_part).then_some(())?;
    b" ;|\t,".iter().copied().find(are_places)
}

/// The columns of latitude and longitude, or of y and x, by their names.
fn places_named(names: &ByteRecord, plane: bool) -> Option<(usize, usize)> {
    Header::new(names.iter()).named_pair(None, None, plane)
}

/// Whether rows have places so many columns behind those that are called so, all of them with
/// decimals if that is asked for.
fn are_places(
    rows: &[ByteRecord],
    (lat, lon): (usize, usize),
    by: usize,
    with_decimals: bool,
) -> bool {
    rows.iter().all(|row| {
        let number = |column, axis| {
            let degrees = numbers::degrees(row.get(column + by)?, axis);
            degrees.filter(|degrees| !with_decimals || degrees.fract() != 0.0)
        };
        let both = number(lat, Axis::Lat).zip(number(lon, Axis::Lon));
        both.is_some_and(|(lat, lon)| Crs::Wgs84.place(lon, lat).is_ok())
    })
}

/// The character that ends the lines of a file which is all one row, if they are those of
/// mainframes, of Unicode or of ASCII's separators.
fn foreign_line_end(row: &ByteRecord) -> Option<&'static str> {
    const ENDS: [(&[u8], &str); 4] = [
        ("\u{85}".as_bytes(), "U+0085"),
        ("\u{2028}".as_bytes(), "U+2028"),
        ("\u{2029}".as_bytes(), "U+2029"),
        (b"\x1e", "U+001E"),
    ];
    let text = row.as_slice();
    let is_within = |(end, _): &&(&[u8], _)| memmem::find(text, end).is_some();
    ENDS.iter().find(is_within).map(|(_, name)| *name)
}

/// Whether a line of a text may be longer than what is split without a thought for memory.
fn has_long_line(text: &[u8]) -> bool {
    let mut parts = text.chunks_exact(rows::BLOCK / 2);
    parts.any(|part| memchr(b'\n', part).is_none())
}

/// Whether every line of a text is a row.
fn is_lines(text: &[u8], quote: u8) -> bool {
    let ends_a_line = |at: usize| text.get(at + 1).is_none_or(|&next| next == b'\n');
    memchr(quote, text).is_none() && memchr_iter(b'\r', text).all(ends_a_line)
}

/// Whether the field at the beginning of a text may be a name: they never begin as numbers do.
pub(super) fn is_name(text: &[u8]) -> bool {
    !text.first().copied().is_some_and(begins_number)
}

/// Whether a number can begin like this: with a digit, `+`, `-` or `.`, and `/` is no name, either.
fn begins_number(byte: u8) -> bool {
    byte.wrapping_sub(b'+') <= b'9' - b'+' && byte != b','
}

/// Whether a line of a text may begin with a name. Nothing here branches, so that many bytes are
/// looked at at once: in most files it is all that is looked at.
pub(super) fn may_have_names(text: &[u8]) -> bool {
    let behind = text.get(1..).unwrap_or_default();
    let begins =
        |(&end, &byte): (&u8, &u8)| u8::from(end == b'\n') & u8::from(!begins_number(byte));
    let found = text.iter().zip(behind).map(begins);
    is_name(text) || found.fold(0, |any, one| any | one) != 0
}

/// What the numbers of a row are.
pub(super) struct Found<'a> {
    place: Coord,
    weight: f64,
    /// The field of its weight if something is there that cannot be read.
    unread: Option<&'a [u8]>,
}

/// What the rows of a file mean.
pub(super) struct RowReader<'o> {
    options: &'o columns::Options,
    pub(super) crs: Crs,
    dialect: Dialect,
    pub(super) columns: Columns,
    /// The names of the columns, if they have some.
    header: Option<Header>,
    /// How many columns have a name; as many as there are if none has.
    width: usize,
    /// The columns of a place, in the order in which messages name its numbers.
    order: [usize; 2],
    /// What numbers of a place are to be multiplied by.
    scale: f64,
    /// Whether most places are just two numbers: nothing else says on which side of 0° they are.
    pub(super) is_bare: bool,
    /// Whether they are all that is asked of a row.
    is_plain: bool,
    /// Why other columns may have been meant.
    doubts: Vec<Oddity>,
}

impl<'o> RowReader<'o> {
    /// The same for rows that are parted already, by blanks between their fields or because their
    /// values are no text of their own (by tabs, as it were): names, and some of the rows as text.
    pub(super) fn parted(
        by: u8,
        sample: &[ByteRecord],
        options: &'o columns::Options,
        sink: &Sink,
    ) -> Result<Self> {
        Self::new(Dialect::of(by), sample, options, sink)
    }

    /// Tells what the columns are.
    pub(super) fn tell(&self, first: &ByteRecord, sink: &mut Sink) {
        let name = |column: usize| first.get(column);
        sink.note(self.columns.describe(name, self.crs));
        if let Some(names) = self.columns.named(name, self.crs) {
            sink.read_columns(names);
        }
        self.tell_doubts(sink);
    }

    /// Tells where other columns may have been meant.
    fn tell_doubts(&self, sink: &mut Sink) {
        let doubts = self.doubts.iter();
        doubts.for_each(|oddity| sink.odd_file(*oddity));
    }

    /// The tracks of which rows are fixes, if they are.
    ///
    /// # Errors
    /// When rows hold whole geometries, which are none.
    pub(super) fn tracks(&self, sink: &Sink) -> Result<Option<Interleaved>> {
        if self.columns.tracks.is_none() {
            return Ok(None);
        }
        if self.columns.shapes.is_some() {
            let fact = "rows that hold whole geometries are no positions of tracks";
            return Err(sink.error(None, fact).remedy(Remedy::NameColumns));
        }
        Ok(Some(Interleaved::new(&self.options.track_memory)))
    }

    /// How many columns have a name; as many as there are if none has.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Decides what the columns are from the first rows, of which the first may be the header.
    fn new(
        dialect: Dialect,
        sample: &[ByteRecord],
        options: &'o columns::Options,
        sink: &Sink,
    ) -> Result<Self> {
        let cell =
            |row: usize, column| sample.get(row).and_then(|row: &ByteRecord| row.get(column));
        let names = Header::new(sample[0].iter());
        let cells = Sample {
            rows: sample.len(),
            cell: &cell,
        };
        let columns = columns::choose(&names, cells, options, sink)?;
        let contradicts = names.contradicts(&columns, sink.manner().crs);
        let has_others = names.has_other_places(&columns, cells, options);
        let doubts = [
            contradicts.then_some(Oddity::Contradicted),
            has_others.then_some(Oddity::OtherPlaces),
        ];
        let header = (columns.header && !options.ignore_header).then_some(names);
        let (crs, Columns { lat, lon, .. }) = (sink.manner().crs, &columns);
        let names = header.as_ref();
        let scale = names.map_or(1.0, |names| names.degrees_in(*lat));
        let are_degrees_alone = columns.hemispheres == [None; 2] && columns.finer == [[None; 2]; 2];
        let is_bare = are_degrees_alone && scale.to_bits() == 1_f64.to_bits();
        Ok(Self {
            scale,
            options,
            crs,
            order: if crs.is_xy() {
                [*lon, *lat]
            } else {
                [*lat, *lon]
            },
            is_bare,
            is_plain: is_bare && columns.are_places_alone(),
            doubts: doubts.into_iter().flatten().collect(),
            dialect,
            width: header.as_ref().map_or(usize::MAX, Header::len),
            columns,
            header,
        })
    }

    /// Whether rows without names are four or six whole numbers between commas, of which the first
    /// three were taken for a place and its weight, and that may be two or three with decimals.
    fn may_have_decimal_commas(&self, sample: &[ByteRecord]) -> bool {
        let is_whole = |field: &[u8]| {
            let field = field.trim_ascii();
            let field = field.strip_prefix(b"-").unwrap_or(field);
            !field.is_empty() && field.iter().all(u8::is_ascii_digit)
        };
        let is_suspect = |row: &ByteRecord| matches!(row.len(), 4 | 6) && row.iter().all(is_whole);
        self.dialect.delimiter == b','
            && !self.columns.header
            && (self.columns.lat.max(self.columns.lon), self.columns.weight)
                == (1, Weight::Optional(2))
            && sample.iter().all(is_suspect)
    }

    fn read(mut self, rows: Rows<impl Read + Send>, sink: &mut Sink) -> Result<()> {
        let dialect = self.dialect;
        // Without quotes a line is a row, and lines can be read side by side. From the first quote
        // on, or where other names follow, one reader goes on.
        let fits = |text: &[u8]| {
            dialect.has_plain_lines()
                && !has_long_line(text)
                && is_lines(text, dialect.quote)
                && !self.has_other_header(text)
        };
        let rest = rows.into_lines().each(sink, fits, |piece, sink| {
            self.lines(piece, dialect.delimiter, sink)
        })?;
        rest.map_or(Ok(()), |rest| {
            Rows::resume(rest, dialect).each(sink, &mut self)
        })
    }

    /// Whether a line of a text is a header that is not the one of the file.
    fn has_other_header(&self, text: &[u8]) -> bool {
        let starts = std::iter::once(0).chain(memchr_iter(b'\n', text).map(|end| end + 1));
        may_have_names(text)
            && starts
                .map(|start| &text[start..])
                .any(|text| self.is_other(text))
    }

    /// Whether the first line of a text is such a header.
    fn is_other(&self, text: &[u8]) -> bool {
        if !is_name(text) {
            return false;
        }
        let line = &text[..memchr(b'\n', text).unwrap_or(text.len())];
        // Most rows have numbers where their places are, headers never do.
        let is_word = |column| {
            let field = line
                .split(|&byte| byte == self.dialect.delimiter)
                .nth(column);
            field.is_some_and(|field| !field.is_empty() && is_name(field))
        };
        if !self.order.into_iter().any(is_word) {
            return false;
        }
        let row = || self.dialect.split(line).next();
        !self.is_row(line)
            && row().is_some_and(|(row, _)| {
                let names = Header::new(row.iter());
                self.is_header(&names) && !self.is_own(&names)
            })
    }

    /// Whether a row within the table is a header.
    pub(super) fn is_header(&self, names: &Header) -> bool {
        let (options, plane) = (self.options, self.crs.is_xy());
        !options.ignore_header
            && self.columns.shapes.is_none()
            && names.goes_on(self.header.as_ref(), options, plane)
    }

    /// Whether a header is that of the rows above it.
    pub(super) fn is_own(&self, names: &Header) -> bool {
        self.header
            .as_ref()
            .is_some_and(|header| header.is_like(names))
    }

    /// Goes on with a header in the middle of the file, as in files that were joined, if a row is
    /// one.
    ///
    /// # Errors
    /// When it has not the columns that the user named: what follows cannot be read.
    fn follow(&mut self, row: &Row<'_>, sink: &mut Sink) -> Result<bool> {
        let names = Header::new(row.fields.iter());
        if !self.is_header(&names) {
            return Ok(false);
        }
        if !self.is_own(&names) {
            sink.odd(Oddity::OtherHeader, row.line())?;
            *self = Self::new(self.dialect, &row.sample(self.dialect), self.options, sink)?;
        }
        Ok(true)
    }

    /// Reads lines that are rows.
    fn lines(&self, piece: &Piece, delimiter: u8, sink: &mut Sink) -> Result<()> {
        let (mut start, mut at, mut ends) = (0, piece.line, Vec::new());
        for end in memchr2_iter(delimiter, b'\n', piece.text) {
            if piece.text[end] == delimiter {
                ends.push(end - start);
                continue;
            }
            self.line(&piece.text[start..end], &mut ends, at, sink)?;
            (start, at) = (end + 1, at + 1);
        }
        self.line(&piece.text[start..], &mut ends, at, sink)
    }

    /// Reads a line that is a row, if it is not empty. Where its fields end is known but for the
    /// last, and is forgotten.
    #[inline]
    fn line(&self, line: &[u8], ends: &mut Vec<usize>, at: u64, sink: &mut Sink) -> Result<()> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            ends.push(line.len());
            let row = Line { line, ends };
            if row.count() > WIDEST {
                sink.record();
                sink.skip(at, TooWide)?;
            } else if !self.takes_plain(&row, sink) {
                self.row(&row, at, sink)?;
            }
            ends.clear();
        }
        Ok(())
    }

    /// Takes a row of a file of nothing but places, unless something about it is not as usual; and
    /// whether it was taken. Nearly all rows of most files are, so this is their whole way.
    #[inline]
    fn takes_plain(&self, row: &Line, sink: &mut Sink) -> bool {
        let is_plain = self.is_plain && row.count() <= self.width;
        is_plain
            && self
                .numbers(row)
                .and_then(|[one, other]| place(self.crs, one, other).ok())
                .is_some_and(|at| sink.takes_plain(at))
    }

    /// Takes what a row holds.
    pub(super) fn row(&self, row: &impl Fields, at: u64, sink: &mut Sink) -> Result<()> {
        if !self.is_wanted(row, at, sink)? {
            return Ok(());
        }
        self.part(row, sink);
        if let Some(shapes) = self.columns.shapes {
            return self.geometry(shapes, row, at, sink);
        }
        self.taken(self.find(row), row, at, sink)
    }

    /// Whether a row meets all conditions and is as accurate as is asked for. One that does not is
    /// counted.
    #[inline]
    fn is_wanted(&self, row: &impl Fields, at: u64, sink: &mut Sink) -> Result<bool> {
        if self.columns.demands.is_empty() {
            return Ok(true);
        }
        let field = |column| {
            let field = row.field(column).unwrap_or_default();
            (Cow::Borrowed(field), self.number(field))
        };
        match self.columns.demands.unmet(field, &sink.manner()) {
            None => Ok(true),
            Some(_) if self.says_nothing(row) => Ok(false),
            Some(oddity) => {
                sink.record();
                sink.odd(oddity, at).map(|()| false)
            }
        }
    }

    /// Tells which part of the data a row is of, where they are parted.
    #[inline]
    fn part(&self, row: &impl Fields, sink: &mut Sink) {
        if let Some(column) = self.columns.part {
            sink.part(row.field(column).unwrap_or_default());
        }
    }

    /// Takes the points and lines of a row that holds a whole geometry.
    fn geometry(&self, shapes: Shapes, row: &impl Fields, at: u64, sink: &mut Sink) -> Result<()> {
        let field = row.field(shapes.column);
        let parsed = field.and_then(|field| shapes.form.parse(field));
        let Some(geometry) = parsed else {
            if self.says_nothing(row) {
                return Ok(());
            }
            sink.record();
            return match field {
                Some(field) if is_null(field) => sink.odd(Oddity::NoGeometry, at),
                Some(field) => sink.skip(at, format_args!("{} is no geometry", quoted(field))),
                None => sink.skip(
                    at,
                    Fault::Missing {
                        what: "geometry",
                        fields: row.count(),
                    },
                ),
            };
        };
        sink.record();
        if let Err(fault) = self.counted(row, sink) {
            return sink.skip(at, fault);
        }
        let (weight, unread) = match self.weighed(row) {
            Ok(weighed) => weighed,
            Err(fault) => return sink.skip(at, fault),
        };
        tell_unread(unread, at, sink)?;
        let time = self.time(row, at, sink)?;
        geometry.deliver(geometry::Row { weight, time, at }, sink)
    }

    /// Takes what a row turned out to be.
    #[inline]
    fn taken<'a, F: Fields>(
        &self,
        found: Parsed<'a, Found<'a>>,
        row: &'a F,
        at: u64,
        sink: &mut Sink,
    ) -> Result<()> {
        match self.told(found, row, at, sink)? {
            Some(point) => sink.point(point, at),
            None => Ok(()),
        }
    }

    /// The point that a row turned out to be; what is wrong with it is counted.
    #[inline]
    pub(super) fn told<'a, F: Fields>(
        &self,
        found: Parsed<'a, Found<'a>>,
        row: &'a F,
        at: u64,
        sink: &mut Sink,
    ) -> Result<Option<Shape>> {
        match found {
            Ok(found) => {
                sink.record();
                if let Err(fault) = self.counted(row, sink) {
                    return sink.skip(at, fault).map(|()| None);
                }
                let time = self.time(row, at, sink)?;
                tell_unread(found.unread, at, sink)?;
                if self.columns.hemispheres != [None; 2] && self.lacks_hemisphere(row) {
                    sink.odd(Oddity::NoHemisphere, at)?;
                }
                let point = Shape::point(found.place).weighing(found.weight);
                Ok(Some(point.when(time)))
            }
            Err(_) if self.says_nothing(row) => Ok(None),
            Err(_) if self.has_header_behind(row) => {
                let fact = "a header with other columns stands behind this row, on the same line";
                Err(sink
                    .error(Some(at), fact)
                    .advice("put a line end between them"))
            }
            Err(fault) => {
                sink.record();
                sink.skip(at, fault).map(|()| None)
            }
        }
    }

    /// Whether the letter of a hemisphere is missing where there is a column of them, and nothing
    /// else tells it.
    fn lacks_hemisphere(&self, row: &impl Fields) -> bool {
        let degrees = [(self.columns.lat, Axis::Lat), (self.columns.lon, Axis::Lon)];
        let mut both = degrees.into_iter().zip(self.columns.hemispheres);
        both.any(|((column, axis), letters)| {
            let field = |column| row.field(column).unwrap_or_default().trim_ascii();
            let is_blank = letters.is_some_and(|letters| field(letters).is_empty());
            let degrees = || numbers::degrees(field(column), axis);
            let has_letter = || field(column).iter().any(u8::is_ascii_alphabetic);
            is_blank && degrees().is_some_and(|degrees| degrees > 0.0) && !has_letter()
        })
    }

    /// Joins a row to its track.
    pub(super) fn fix<'a, F: Fields>(
        &self,
        found: Parsed<'a, Found<'a>>,
        row: &'a F,
        at: u64,
        tracks: &mut Interleaved,
        sink: &mut Sink,
    ) -> Result<()> {
        if !self.is_wanted(row, at, sink)? {
            return Ok(());
        }
        self.part(row, sink);
        let point = self.told(found, row, at, sink)?;
        let (Some(point), Some(columns)) = (point, self.columns.tracks) else {
            return Ok(());
        };
        let TrackColumns { track, order } = columns;
        let date_order = sink.manner().date_order;
        let row = interleaved::Row {
            track: row.field(track).unwrap_or_default(),
            order: order.map(|order| ordering(row, order, date_order)),
            point,
            is_located: false,
            at,
        };
        tracks.take(&row, sink)
    }

    /// Whether another header goes on where a row ends, as where a file was joined to one whose
    /// last line had no end.
    #[cold]
    fn has_header_behind(&self, row: &impl Fields) -> bool {
        if row.count() <= self.width {
            return false;
        }
        let is_of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+'..=b'.');
        let begin = |field: &[u8]| field.iter().position(|byte| !is_of_number(byte));
        let fields = || (self.width - 1..row.count()).filter_map(|column| row.field(column));
        let first = fields().next().unwrap_or_default();
        let first = &first[begin(first).unwrap_or(first.len())..];
        let names = Header::new(std::iter::once(first).chain(fields().skip(1)));
        // What a last field of words adds to the first name is not known.
        let is_own = |header: &Header| header.shown().skip(1).eq(names.shown().skip(1));
        self.is_header(&names) && !self.header.as_ref().is_some_and(is_own)
    }

    /// Whether a row is blank but for delimiters, or the header once more. Zeros are blank, too, of
    /// which a loss of power leaves whole blocks.
    fn says_nothing(&self, row: &impl Fields) -> bool {
        let fields = || (0..row.count()).filter_map(|column| row.field(column));
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
        let blank = fields().all(|field| field.iter().all(is_blank));
        blank || row.count() == self.width && self.is_own(&Header::new(fields()))
    }

    /// Where the point of a row is, and what it weighs.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a place that comes back through memory makes the processor wait"
    )]
    pub(super) fn find<'a>(&self, row: &'a impl Fields) -> Parsed<'a, Found<'a>> {
        if row.count() > self.width {
            self.surplus(row)?;
        }
        let place = self.place(row)?;
        let (weight, unread) = self.weighed(row)?;
        Ok(Found {
            place,
            weight,
            unread,
        })
    }

    /// The weight of a row, and its field if something is there that cannot be read.
    #[inline]
    pub(super) fn weighed<'a>(&self, row: &'a impl Fields) -> Parsed<'a, (f64, Option<&'a [u8]>)> {
        match self.columns.weight {
            Weight::One => Ok((1.0, None)),
            Weight::Optional(_) | Weight::Asked(_) => self.weight_in(row),
        }
    }

    /// Tells the sink how many rows a row stands for.
    #[inline]
    fn counted<'a>(&self, row: &'a impl Fields, sink: &mut Sink) -> Parsed<'a, ()> {
        if let Some(column) = self.columns.count {
            sink.stands_for(count(field_in(row, column, "count")?)?);
        }
        Ok(())
    }

    #[inline(never)]
    fn weight_in<'a>(&self, row: &'a impl Fields) -> Parsed<'a, (f64, Option<&'a [u8]>)> {
        let weight = match self.columns.weight {
            Weight::One => 1.0,
            Weight::Optional(column) => {
                let field = row.field(column).unwrap_or_default();
                match self.weight(field, row) {
                    Some(weight) => finite(weight)?,
                    None if field.trim_ascii().is_empty() => 1.0,
                    None => return Ok((1.0, Some(field))),
                }
            }
            Weight::Asked(column) => {
                let field = field_in(row, column, "weight")?;
                let weight = self.weight(field, row);
                finite(weight.ok_or_else(|| Fault::field("weight", field))?)?
            }
        };
        Ok((weight, None))
    }

    /// The number of a weight. How the place is written tells points for thousands from those for
    /// decimals.
    fn weight(&self, field: &[u8], row: &impl Fields) -> Option<f64> {
        let Columns { lat, lon, .. } = self.columns;
        let place_has = |byte| {
            let has = |column| row.field(column).is_some_and(|field| field.contains(&byte));
            has(lat) || has(lon)
        };
        let plain = number(field);
        let grouped = || field.contains(&b'.') && place_has(b',') && !place_has(b'.');
        if plain.is_some() && !(self.dialect.delimiter != b',' && grouped()) {
            return plain;
        }
        let commas = place_has(b',') || (self.dialect.delimiter != b',' && !place_has(b'.'));
        let mark = if commas {
            Decimal::Comma
        } else {
            Decimal::Point
        };
        numbers::weight(field, mark)
    }

    /// Whether it is known which column the fields of a row with too many of them belong to: the
    /// surplus must be empty, or lie behind all columns that are used.
    #[cold]
    fn surplus<'a>(&self, row: &'a impl Fields) -> Parsed<'a, ()> {
        let is_filled = |&column: &usize| {
            let field = row.field(column);
            field.is_some_and(|field| !field.trim_ascii().is_empty())
        };
        let filled = (0..row.count())
            .rev()
            .find(is_filled)
            .map_or(0, |last| last + 1);
        let Some(more) = filled.checked_sub(self.width).filter(|&more| more > 0) else {
            return Ok(());
        };
        let Columns { lat, lon, .. } = self.columns;
        let shifted = || {
            let moved = |column, axis| numbers::degrees(row.field(column + more)?, axis);
            let (lat, lon) = (moved(lat, Axis::Lat)?, moved(lon, Axis::Lon)?);
            self.crs.place(lon, lat).ok()
        };
        if self.columns.last() + 1 >= self.width || shifted().is_some() {
            return Err(Fault::TooMany {
                fields: row.count(),
                columns: self.width,
            });
        }
        Ok(())
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a place that comes back through memory makes the processor wait"
    )]
    fn place<'a>(&self, row: &'a impl Fields) -> Parsed<'a, Coord> {
        match self.numbers(row) {
            Some([one, other]) if self.is_bare => place(self.crs, one, other),
            _ => self.slow_place(row, self.order),
        }
    }

    /// The two numbers of a place, in the order of the names.
    #[inline]
    fn numbers(&self, row: &impl Fields) -> Option<[f64; 2]> {
        let parsed = |column| row.field(column).and_then(|field| self.number(field));
        let [first, second] = self.order;
        // One column with both is no two numbers.
        (first != second).then_some(())?;
        Some([parsed(first)?, parsed(second)?])
    }

    /// A number as most files have it.
    #[inline]
    fn number(&self, field: &[u8]) -> Option<f64> {
        number(field).or_else(|| self.has_commas().then(|| number_with_comma(field))?)
    }

    /// Whether a comma is within a number, for others stand between columns.
    fn has_commas(&self) -> bool {
        matches!(self.dialect.delimiter, b';' | b' ')
    }

    /// A place that is not just two numbers.
    #[cold]
    fn slow_place<'a>(&self, row: &'a impl Fields, columns: [usize; 2]) -> Parsed<'a, Coord> {
        if let Some((field, both)) = self.both(row, columns) {
            let (lat, lon) = numbers::pair(field, both.lon_first)
                .ok_or_else(|| Fault::field("latitude and longitude", field))?;
            return place(self.crs, lat, lon);
        }
        let axes = [Axis::Lat, Axis::Lon];
        let mut found = [0.0; 2];
        for (at, what) in names(self.crs).into_iter().enumerate() {
            let field = field_in(row, columns[at], what)?;
            let letter = self.columns.hemispheres[at].and_then(|column| row.field(column));
            let finer = self.columns.finer[at];
            let number = match letter {
                _ if finer != [None; 2] => {
                    let finer = finer.map(|column| column.and_then(|column| row.field(column)));
                    numbers::degrees_in(field, finer, letter.unwrap_or_default(), axes[at])
                        .ok_or_else(|| Fault::angle(what, field, finer, letter))?
                }
                Some(letter) => numbers::degrees_of(field, letter, axes[at]).ok_or_else(|| {
                    match self.number(field) {
                        Some(_) => Fault::Hemisphere(what, field, letter),
                        None => Fault::field(what, field),
                    }
                })?,
                None => self
                    .number(field)
                    .or_else(|| self.slow_number(field, axes[at]))
                    .ok_or_else(|| Fault::field(what, field))?,
            };
            found[at] = number * self.scale;
        }
        place(self.crs, found[0], found[1])
    }

    fn slow_number(&self, field: &[u8], axis: Axis) -> Option<f64> {
        if self.crs.is_xy() {
            numbers::coordinate(field, self.dialect.delimiter != b',')
        } else {
            numbers::degrees(field, axis)
        }
    }

    /// The field that holds both numbers, where the other two are the same or empty.
    fn both<'a>(&self, row: &'a impl Fields, columns: [usize; 2]) -> Option<(&'a [u8], Both)> {
        let both = self.columns.both?;
        let field = row.field(both.column)?;
        let blank = |&column: &usize| {
            let field = row.field(column).unwrap_or_default();
            column == both.column || field.trim_ascii().is_empty()
        };
        columns.iter().all(blank).then_some((field, both))
    }

    /// When it was. A row that says nothing of that is as good as others; one that cannot be
    /// understood is told.
    #[inline]
    pub(super) fn time(&self, row: &impl Fields, at: u64, sink: &mut Sink) -> Result<Option<Time>> {
        match self.columns.time {
            Some(moment) => Self::time_in(moment, row, at, sink),
            None => Ok(None),
        }
    }

    #[inline(never)]
    fn time_in(
        Moment { day, clock }: Moment,
        row: &impl Fields,
        at: u64,
        sink: &mut Sink,
    ) -> Result<Option<Time>> {
        let filled = |column| {
            row.field(column)
                .filter(|field| !field.trim_ascii().is_empty())
        };
        let Some(field) = filled(day) else {
            return Ok(None);
        };
        time::told(field, clock.and_then(filled), at, sink)
    }
}

impl Take for RowReader<'_> {
    fn take(&mut self, sink: &mut Sink, row: Row<'_>) -> Result<()> {
        if self.columns.shapes.is_some() {
            return self.row(row.fields, row.line(), sink);
        }
        let found = self.find(row.fields);
        if found.is_err() && self.follow(&row, sink)? {
            return Ok(());
        }
        if !self.is_wanted(row.fields, row.line(), sink)? {
            return Ok(());
        }
        self.part(row.fields, sink);
        self.taken(found, row.fields, row.line(), sink)
    }

    fn is_row(&self, line: &[u8]) -> bool {
        let mut ends: Vec<_> = memchr_iter(self.dialect.delimiter, line).collect();
        ends.push(line.len());
        let row = Line { line, ends: &ends };
        let complete = self.width == usize::MAX || row.count() >= self.width;
        let is_shape = |shapes: Shapes| {
            let field = row.field(shapes.column);
            field.is_some_and(|field| shapes.form.parse(field).is_some())
        };
        let shapes = self.columns.shapes.map(is_shape);
        complete && row.count() > 1 && shapes.unwrap_or_else(|| self.place(&row).is_ok())
    }

    fn width(&self) -> usize {
        self.width
    }
}

/// Rows that are fixes of tracks.
struct TrackReader<'o> {
    rows: RowReader<'o>,
    tracks: Interleaved,
}

impl Take for TrackReader<'_> {
    fn take(&mut self, sink: &mut Sink, row: Row<'_>) -> Result<()> {
        let found = self.rows.find(row.fields);
        if found.is_err() && self.rows.follow(&row, sink)? {
            return Ok(());
        }
        let (fields, at, tracks) = (row.fields, row.line(), &mut self.tracks);
        self.rows.fix(found, fields, at, tracks, sink)
    }

    fn is_row(&self, line: &[u8]) -> bool {
        self.rows.is_row(line)
    }

    fn width(&self) -> usize {
        self.rows.width
    }
}

/// What gives a row its place in its track.
pub(super) fn ordering(row: &impl Fields, moment: Moment, order: DateOrder) -> Cow<'_, [u8]> {
    let day = row.field(moment.day).unwrap_or_default();
    let clock = moment.clock.and_then(|clock| row.field(clock));
    let both = clock.map(|clock| time::both(day, clock));
    let both = both.filter(|both| time::parse_in(both, order).is_some());
    both.map_or(Cow::Borrowed(day), Cow::Owned)
}

/// Tells of a weight that is there and cannot be read.
pub(super) fn tell_unread(unread: Option<&[u8]>, at: u64, sink: &mut Sink) -> Result<()> {
    unread.map_or(Ok(()), |weight| {
        let fact = format_args!("weight {} is not a number", quoted(weight));
        sink.odd_because(Oddity::UnreadWeights, at, fact)
    })
}

/// The fields of a row.
pub(super) trait Fields {
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

/// The field in a column, which is there for `what`.
fn field_in<'a>(row: &'a impl Fields, column: usize, what: &'static str) -> Parsed<'a, &'a [u8]> {
    row.field(column).ok_or_else(|| Fault::Missing {
        what,
        fields: row.count(),
    })
}

#[cfg(test)]
mod tests;
