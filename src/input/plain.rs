//! Plain text: a latitude, a longitude (or x, y) and perhaps a weight on each line, with blanks or
//! tabs between them.
//!
//! Blank lines pass, and so do those that start with `#`, and with `>`, which separates segments in
//! files of the Generic Mapping Tools. Where names of columns stand above the numbers, also in a
//! comment right above them, lines are rows by the rules of CSV. Names in the lines (`lat=54.3
//! lon=10.1`) give the order, too. Without names nothing may follow the weight, not even a comment:
//! a line that holds more than is understood is better named than half read.

use std::io::{self, BufRead, BufReader, Read};

use csv::ByteRecord;

use super::columns::{self, Header};
use super::csv::{Fields, RowReader, is_name, may_have_names};
use super::decode::LineEnds;
use super::fields::{Axis, Fault, finite, names, number, place, text};
use super::interleaved::Interleaved;
use super::numbers::{self, Decimal};
use super::parallel_lines::{Lines, Rest};
use super::reader::{Places, Reader};
use super::{Oddity, Sink, time, vocabulary};
use crate::error::Result;
use crate::geo::{Crs, Shape};

/// The longest line that is looked at. A file without line ends must not end up in memory.
const LONGEST: usize = 64 * 1024;
/// Where the names of columns are looked for.
const BEGINNING: u64 = 64 * 1024;
/// How many lines tell what the columns hold.
const SAMPLE: usize = 50;

pub(super) static READER: Reader = Reader {
    name: "plain",
    title: "text",
    extensions: &[],
    companions: &[],
    detect: |head| text(head).is_some(),
    certain: false,
    places: Places::Any,
    read: |opened, options, sink| {
        let columns = &options.columns;
        let is_wanted = sink.manner().times || columns.order_field.is_some();
        time::settle_order(&opened, is_wanted, sink);
        read_in(opened.text(), columns, sink)
    },
};

/// Reads the lines of `source` into `sink`.
///
/// # Errors
/// When the source cannot be read, or at the first bad line if the sink is strict.
pub fn read(source: impl Read + Send, sink: &mut Sink) -> Result<()> {
    read_in(source, &columns::Options::default(), sink)
}

/// Reads lines that have the longitude first if that is asked for and they do not say another
/// order.
fn read_in(source: impl Read + Send, options: &columns::Options, sink: &mut Sink) -> Result<()> {
    let mut source = LineEnds::with_zeros(source);
    let mut beginning = Vec::new();
    source
        .by_ref()
        .take(BEGINNING)
        .read_to_end(&mut beginning)
        .map_err(|error| sink.error(Some(1), error))?;
    // What is said of the first row of CSV does not hold for lines.
    let options = &columns::Options {
        ignore_header: false,
        ..options.clone()
    };
    let crs = sink.manner().crs;
    sink.note_system(crs);
    let mut reader = LineReader {
        crs,
        lon_first: (options.lon_lat || is_vector_gmt(&beginning)) && !crs.is_xy(),
        options,
        rows: None,
    };
    reader.rows = reader.begin(&beginning, sink)?;
    reader.read(io::Cursor::new(beginning).chain(source), sink)
}

/// Whether a file is one of vectors of the Generic Mapping Tools (OGR/GMT), which are x first.
fn is_vector_gmt(beginning: &[u8]) -> bool {
    without_bom(beginning, 1).starts_with(b"# @VGMT")
}

/// Reads lines that have the same fields.
struct LineReader<'o> {
    crs: Crs,
    /// The longitude comes first in lines whose fields have no meaning of their own.
    lon_first: bool,
    options: &'o columns::Options,
    /// What the fields mean by the rules of CSV, if names or the user say it.
    rows: Option<RowReader<'o>>,
}

impl<'o> LineReader<'o> {
    fn read(mut self, source: impl Read + Send, sink: &mut Sink) -> Result<()> {
        let tracks = self.rows.as_ref().map(|rows| rows.tracks(sink));
        let mut tracks = tracks.transpose()?.flatten();
        // What a line is joined to depends on all lines before, so they are read one after the
        // other; and so is what may have other names above it.
        let fits = |text: &[u8]| tracks.is_none() && !self.has_other_names(text);
        let rest = Lines::new(source, 1).each(sink, fits, |piece, sink| {
            piece.lines().try_for_each(|(at, line)| {
                let line = without_bom(line, at);
                self.take_line(line, line.len() < LONGEST, at, None, sink)
            })
        })?;
        let Some(Rest { unread, line }) = rest else {
            return Ok(());
        };
        let mut source = BufReader::with_capacity(LONGEST, unread);
        let mut text = Vec::with_capacity(LONGEST);
        for at in line.. {
            let line = next_line(&mut source, &mut text);
            let Some(complete) = line.map_err(|error| sink.error(Some(at), error))? else {
                break;
            };
            let line = without_bom(&text, at);
            if !self.follow(line, source.buffer(), at, sink)? {
                self.take_line(line, complete, at, tracks.as_mut(), sink)?;
            }
        }
        if let Some(tracks) = tracks {
            tracks.end(sink);
        }
        Ok(())
    }

    fn take_line(
        &self,
        line: &[u8],
        complete: bool,
        at: u64,
        tracks: Option<&mut Interleaved>,
        sink: &mut Sink,
    ) -> Result<()> {
        let line = line.trim_ascii();
        let is_empty = line.iter().all(|&byte| byte == 0);
        if is_empty || is_aside(line) {
            return Ok(());
        }
        if !complete {
            sink.record();
            let fact = format_args!("the line is longer than {} KiB", LONGEST / 1024);
            return sink.skip(at, fact);
        }
        let Some(rows) = &self.rows else {
            sink.record();
            return match self.shape(line) {
                Ok(shape) => sink.point(shape, at),
                Err(fault) => sink.skip(at, fault),
            };
        };
        let words = Words::of(line, rows.width());
        match tracks {
            Some(tracks) => rows.fix(rows.find(&words), &words, at, tracks, sink),
            None => rows.row(&words, at, sink),
        }
    }

    /// The shape of a line whose fields have no names.
    fn shape<'a>(&self, line: &'a [u8]) -> std::result::Result<Shape, Fault<'a>> {
        shape(self.crs, self.lon_first, line)
            .or_else(|fault| keyed(self.crs, line).unwrap_or(Err(fault)))
            .or_else(|fault| self.marked(line).ok_or(fault))
    }

    /// The point of a line that has marks of degrees or hemispheres, or well-known text: these tell
    /// which blanks are within a number.
    #[cold]
    fn marked(&self, line: &[u8]) -> Option<Shape> {
        let is_marked = |byte: &u8| !matches!(byte, b'0'..=b'9' | b'+'..=b'.' | b' ' | b'\t');
        let is_one = !self.crs.is_xy() && line.iter().any(is_marked);
        let (lat, lon) = is_one.then(|| numbers::pair(line, self.lon_first))??;
        place(self.crs, lat, lon).ok().map(Shape::point)
    }

    /// What the fields mean by the names before or in the first line that is no aside, or by what
    /// the user says.
    fn begin(&self, text: &[u8], sink: &mut Sink) -> Result<Option<RowReader<'o>>> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        for (line, below) in lines(text) {
            if let Some(sample) = self.named(line, below) {
                return self.meaning(&sample, sink).map(Some);
            }
            if !is_aside(line) {
                break;
            }
        }
        if let Some(field) = self.options.named_column() {
            let fact = format_args!("there is no column {field}, for no columns have names");
            return Err(sink.error(None, fact));
        }
        let sample = sample(text, usize::MAX);
        if sample.is_empty() || !self.options.asks_for_columns() {
            return Ok(None);
        }
        self.meaning(&sample, sink).map(Some)
    }

    fn meaning(&self, sample: &[ByteRecord], sink: &mut Sink) -> Result<RowReader<'o>> {
        let rows = RowReader::parted(b' ', sample, self.options, sink)?;
        rows.tell(&sample[0], sink);
        Ok(rows)
    }

    /// The names in a line, also in a comment above as many fields, and what stands below.
    fn named(&self, line: &[u8], below: &[u8]) -> Option<Vec<ByteRecord>> {
        let comment = comment(line);
        let names = self.names(comment.unwrap_or(line))?;
        if comment.is_some() {
            let is_row = |line: &[u8]| !is_aside(line) && self::comment(line).is_none();
            let (next, _) = lines(below).find(|(line, _)| is_row(line))?;
            (fields(next).count() == names.len()).then_some(())?;
        }
        let rows = sample(below, names.len());
        Some(std::iter::once(names).chain(rows).collect())
    }

    /// The names in a line, if they are such.
    fn names(&self, line: &[u8]) -> Option<ByteRecord> {
        if line.len() >= LONGEST {
            return None;
        }
        let bare = |name| vocabulary::bare(&String::from_utf8_lossy(name));
        let is_number = |name| !is_name(name) || number(bare(name).as_bytes()).is_some();
        if fields(line).any(is_number) || keyed(self.crs, line).is_some() {
            return None;
        }
        let is_of = |axis| fields(line).any(|name| axis_of(&bare(name), self.crs) == Some(axis));
        let is_known = || {
            let known = Header::new(fields(line)).is_known(self.options, self.crs.is_xy());
            known == Some(true)
        };
        ((is_of(Axis::Lat) && is_of(Axis::Lon)) || is_known()).then(|| fields(line).collect())
    }

    /// Whether names that are others than those above stand somewhere in a text.
    fn has_other_names(&self, text: &[u8]) -> bool {
        let is_other = |line: &[u8]| {
            let line = comment(line).unwrap_or(line);
            let may_be_names = is_name(line) && fields(line).all(is_name);
            let names = may_be_names.then(|| self.names(line)).flatten();
            names.is_some_and(|names| self.are_others(&names))
        };
        may_have_names(text) && lines(text).any(|(line, _)| is_other(line))
    }

    /// Whether a line of names has others than those above.
    fn are_others(&self, names: &ByteRecord) -> bool {
        let names = Header::new(names.iter());
        match &self.rows {
            Some(rows) => rows.is_header(&names) && !rows.is_own(&names),
            None => names.goes_on(None, self.options, self.crs.is_xy()),
        }
    }

    /// Goes on with other names in the middle of the file, as in files that were joined, if a line
    /// holds them.
    fn follow(&mut self, line: &[u8], below: &[u8], at: u64, sink: &mut Sink) -> Result<bool> {
        let named = self.named(line.trim_ascii(), below);
        let Some(sample) = named.filter(|sample| self.are_others(&sample[0])) else {
            return Ok(false);
        };
        // The names of all come first, and are told as the columns.
        if at > 1 {
            sink.odd(Oddity::OtherHeader, at)?;
        }
        self.rows = Some(self.meaning(&sample, sink)?);
        Ok(true)
    }
}

/// The lines of a text that hold anything, each with what stands below it.
fn lines(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line;
        (line, rest) = rest.split_at(end);
        (!line.is_empty()).then(|| (line.trim_ascii_end(), rest))
    })
}

/// The first lines that hold fields, of which so many have names.
fn sample(text: &[u8], width: usize) -> Vec<ByteRecord> {
    let lines = lines(text).filter(|(line, _)| !is_aside(line));
    let rows = lines.map(|(line, _)| Words::of(line, width).0.into_iter().collect());
    rows.take(SAMPLE).collect()
}

/// The fields of a line.
struct Words<'a>(Vec<&'a [u8]>);

impl<'a> Words<'a> {
    /// The fields that have names: R writes the names of rows in front, too, and no name above
    /// them, and a last field may be a day and its time of day with a blank between them. Numbers
    /// with decimals are no names of rows: there something stands behind what has a name.
    fn of(line: &'a [u8], width: usize) -> Self {
        let mut words: Vec<_> = fields(line).collect();
        if width < usize::MAX && words.len() == width + 1 {
            match split_time(line, &words) {
                Some(time) => words.splice(width - 1.., [time]).for_each(drop),
                None if number(words[0]).is_some_and(|name| name.fract() != 0.0) => {
                    words.truncate(width);
                }
                None => drop(words.remove(0)),
            }
        }
        Self(words)
    }
}

impl Fields for Words<'_> {
    fn field(&self, column: usize) -> Option<&[u8]> {
        self.0.get(column).copied()
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}

/// A comment or, in files of the Generic Mapping Tools, what stands between segments.
fn is_aside(line: &[u8]) -> bool {
    line.starts_with(b"#") || line.starts_with(b">")
}

/// What stands in a line behind the mark of a comment, of whichever program.
fn comment(line: &[u8]) -> Option<&[u8]> {
    let is_mark = |byte: &u8| b"#%!*;/-".contains(byte);
    let marks = line.iter().take_while(|byte| is_mark(byte)).count();
    let rest = line[marks..].trim_ascii_start();
    let is_comment = marks > 0 && rest.first().is_some_and(u8::is_ascii_alphabetic);
    is_comment.then_some(rest)
}

/// A day and its time of day at the end of a line, if it has them there.
fn split_time<'a>(line: &'a [u8], words: &[&[u8]]) -> Option<&'a [u8]> {
    let [.., day, clock] = *words else {
        return None;
    };
    let is_time = clock.contains(&b':')
        && number(day).is_none()
        && time::parse(&[day, b" ", clock].concat()).is_some();
    let before = is_time.then(|| line.strip_suffix(clock))??;
    line.get(before.trim_ascii_end().len().checked_sub(day.len())?..)
}

/// The shape of a line whose fields say what they are; `None` if they do not.
fn keyed(crs: Crs, line: &[u8]) -> Option<std::result::Result<Shape, Fault<'_>>> {
    let (mut lat, mut lon, mut weight) = (None, None, None);
    for (key, value) in vocabulary::keyed(line)? {
        let key = vocabulary::bare(&String::from_utf8_lossy(key));
        match axis_of(&key, crs) {
            Some(Axis::Lat) => lat = lat.or(Some(value)),
            Some(Axis::Lon) => lon = lon.or(Some(value)),
            None if key.eq_ignore_ascii_case("weight") => weight = Some(value),
            None => {}
        }
    }
    let (place_fields, what) = (in_order(crs, lat?, lon?), names(crs));
    let read = |at: usize| {
        spelled(crs, what[at], place_fields[at])
            .ok_or_else(|| Fault::field(what[at], place_fields[at]))
    };
    let shape = || {
        let at = place(crs, read(0)?, read(1)?)?;
        let weight = weight.map_or(Ok(1.0), |field| {
            weighed(field, line).ok_or_else(|| Fault::field("weight", field))
        })?;
        Ok(Shape::point(at).weighing(finite(weight)?))
    };
    Some(shape())
}

/// The axis that a name stands for.
fn axis_of(name: &str, crs: Crs) -> Option<Axis> {
    let known = if crs.is_xy() {
        vocabulary::plane_axis(name).or_else(|| vocabulary::axis(name))
    } else {
        vocabulary::axis(name).or_else(|| vocabulary::plane_axis(name))
    };
    known.map(|(axis, _)| axis)
}

/// The two halves of a place in the order of [`names`].
fn in_order<T>(crs: Crs, lat: T, lon: T) -> [T; 2] {
    if crs.is_xy() { [lon, lat] } else { [lat, lon] }
}

/// The fields of a line, of which those in quotes may have blanks in them.
fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        let quoted = rest.strip_prefix(b"\"").and_then(|inner| {
            let end = memchr::memchr(b'"', inner)?;
            Some((&inner[..end], &inner[end + 1..]))
        });
        let bare = || {
            let end = rest.iter().position(u8::is_ascii_whitespace);
            rest.split_at(end.unwrap_or(rest.len()))
        };
        let (field, after) = quoted.unwrap_or_else(bare);
        let is_field = !rest.is_empty();
        rest = after;
        is_field.then_some(field)
    })
}

/// The byte order mark that Windows puts before a text is not part of its first number.
fn without_bom(line: &[u8], at: u64) -> &[u8] {
    if at == 1 {
        line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
    } else {
        line
    }
}

/// Reads the next line, and tells whether it is all there: the rest of a line that is too long is
/// passed over.
fn next_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    if source.take(LONGEST as u64).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    let complete = line.len() < LONGEST || line.ends_with(b"\n");
    if !complete {
        source.skip_until(b'\n')?;
    }
    Ok(Some(complete))
}

/// What a line says.
fn shape(crs: Crs, lon_first: bool, line: &[u8]) -> std::result::Result<Shape, Fault<'_>> {
    let [mut one, mut other] = names(crs);
    if lon_first {
        (one, other) = (other, one);
    }
    let mut fields = line
        .split(u8::is_ascii_whitespace)
        .filter(|field| !field.is_empty());
    let (first, second) = (fields.next().unwrap_or_default(), fields.next());
    let Some(second) = second else {
        number(first).ok_or_else(|| not_a_number(one, first, line))?;
        return Err(Fault::Missing {
            what: other,
            fields: 1,
        });
    };
    let first = spelled(crs, one, first).ok_or_else(|| not_a_number(one, first, line))?;
    let second = spelled(crs, other, second).ok_or(Fault::NotANumber(other, second))?;
    let weight = match fields.next() {
        Some(weight) => finite(weighed(weight, line).ok_or(Fault::NotANumber("weight", weight))?)?,
        None => 1.0,
    };
    if let Some(surplus) = fields.next() {
        return Err(Fault::Surplus(surplus));
    }
    let (first, second) = if lon_first {
        (second, first)
    } else {
        (first, second)
    };
    Ok(Shape::point(place(crs, first, second)?).weighing(weight))
}

/// A number of a place in any usual spelling. Blanks stand between numbers, so a comma is within
/// one.
fn spelled(crs: Crs, what: &str, field: &[u8]) -> Option<f64> {
    number(field).or_else(|| match what {
        _ if field.ends_with(b",") => None,
        _ if crs.is_xy() => numbers::coordinate(field, true),
        "latitude" => numbers::degrees(field, Axis::Lat),
        _ => numbers::degrees(field, Axis::Lon),
    })
}

/// A weight, whose comma is for decimals where that of its line's place is.
fn weighed(field: &[u8], line: &[u8]) -> Option<f64> {
    let first = fields(line).next().unwrap_or_default();
    let mark = if first.contains(&b',') {
        Decimal::Comma
    } else {
        Decimal::Point
    };
    number(field).or_else(|| numbers::weight(field, mark))
}

/// A number with a comma after it is a mistake worth a better message.
fn not_a_number<'a>(what: &'static str, field: &'a [u8], line: &'a [u8]) -> Fault<'a> {
    let before_comma = field.split(|&b| b == b',').next().unwrap_or_default();
    if before_comma.len() < field.len() && number(before_comma).is_some() {
        return Fault::Commas(line);
    }
    Fault::NotANumber(what, field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Manner;
    use crate::input::columns::Field;
    use crate::input::tests::{collect, collect_in, facts, weighted};

    fn places(text: impl AsRef<[u8]>) -> Vec<(f64, f64, f64)> {
        weighted(&collect(false, |sink| read(text.as_ref(), sink)).1)
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (line, expected) in [
            ("48,137 11,575", (48.137, 11.575, 1.0)),
            ("48,137 11,575 1,5", (48.137, 11.575, 1.5)),
            ("48.137 11.575 1,200", (48.137, 11.575, 1200.0)),
            ("48.137N 11.575W", (48.137, -11.575, 1.0)),
            ("48°30'N 11°15'0\"E 2", (48.5, 11.25, 2.0)),
            ("\u{2212}48.5 11.5", (-48.5, 11.5, 1.0)),
            ("lat=48,5 lon=-11,5", (48.5, -11.5, 1.0)),
            ("lat: 48.5, lon: -11.5", (48.5, -11.5, 1.0)),
            ("lon=-11.5;lat=48.5;weight=2", (48.5, -11.5, 2.0)),
            ("Lat : 48.5 Lon : -11.5 time: 08:03:14", (48.5, -11.5, 1.0)),
            ("lat=48.5 lon=-11.5 time=08:03:14", (48.5, -11.5, 1.0)),
            (
                "lat=48.5 lon=-11.5 url=http://x.de/?a=1,2 id=ab==",
                (48.5, -11.5, 1.0),
            ),
            ("lat=48.5,lon=-11.5,name=", (48.5, -11.5, 1.0)),
            ("lat lon weight\n48,5 11,5 2,5", (48.5, 11.5, 2.5)),
        ] {
            assert_eq!(places(line), [expected], "{line}");
        }
        let (report, _) = collect(false, |sink| read(&b"48.1,11.5\n54,32,10,14\n"[..], sink));
        assert_eq!((report.failed.len(), report.skipped), (0, 2));
        let marks = format!("lat=1 lon=2\na{}\nlat: 1, lon: 2, 30\n", ":".repeat(60_000));
        let (report, _) = collect(false, |sink| read(marks.as_bytes(), sink));
        assert_eq!((report.records, report.skipped), (3, 1));
    }

    #[test]
    fn times_stand_in_a_column_that_is_called_so_and_may_be_two_fields() {
        for text in [
            "lat lon time\n1 2 2024-05-06T07:08:09Z\n",
            "lat lon time\n1 2 2024-05-06 07:08:09\n",
            "lat lon time\n1 2 \"2024-05-06 07:08:09\"\n",
            "# date time lat lon\n2024-05-06 07:08:09 1 2\n",
            "% time lat lon\n2024-05-06T07:08:09Z 1 2\n",
            "// time lat lon\n2024-05-06T07:08:09Z 1 2\n",
            "## time lat lon\n# s deg deg\n2024-05-06T07:08:09Z 1 2\n",
            "lat lon timestamp weight\n1 2 1714979289 1\n",
            "lat lon timestamp weight\n\"7\" 1 2 1714979289 1\n",
        ] {
            let manner = Manner {
                times: true,
                ..Manner::default()
            };
            let (report, shapes) = collect_in(manner, |sink| read(text.as_bytes(), sink));
            let expected = time::parse(b"2024-05-06T07:08:09Z");
            assert_eq!(shapes.len(), 1, "{text}: {report:?}");
            assert_eq!(shapes[0].time, expected, "{text}");
        }
    }

    #[test]
    fn fields_that_the_user_means_win_over_what_others_are_called() {
        let named = |name: &str| Some(Field::Name(name.to_owned()));
        let read = |text: &str, options: &columns::Options| {
            collect(false, |sink| read_in(text.as_bytes(), options, sink))
        };
        let table = "lat lon weight n lat2 lon2\n1 2 3 4 5 6\n1 2 3 x 5 6\n";
        let weighing = |weight_field| columns::Options {
            weight_field,
            ..columns::Options::default()
        };
        for field in [named("N"), Some(Field::Number(4))] {
            let (report, shapes) = read(table, &weighing(field));
            assert_eq!(weighted(&shapes), [(1.0, 2.0, 4.0)]);
            assert_eq!(facts(&report), ["test:3: weight 'x' is not a number"]);
        }
        let elsewhere = columns::Options {
            lat_field: named("lat2"),
            lon_field: Some(Field::Number(6)),
            ..columns::Options::default()
        };
        assert_eq!(weighted(&read(table, &elsewhere).1), [(5.0, 6.0, 3.0); 2]);
        let plane = Manner {
            crs: Crs::Plane { y_down: false },
            ..Manner::default()
        };
        let (_, shapes) = collect_in(plane, |sink| {
            let options = columns::Options {
                lat_field: named("y2"),
                ..columns::Options::default()
            };
            read_in(&b"x y y2\n7 8 9\n"[..], &options, sink)
        });
        assert_eq!(weighted(&shapes), [(9.0, 7.0, 1.0)]);
        let (_, shapes) = read("1 2 3\n", &weighing(Some(Field::Number(3))));
        assert_eq!(weighted(&shapes), [(1.0, 2.0, 3.0)]);
        for (text, options) in [
            (table, weighing(named("nope"))),
            ("1 2 3\n", weighing(named("n"))),
            ("1 2 3\n", elsewhere),
        ] {
            let (report, shapes) = read(text, &options);
            assert!(shapes.is_empty(), "{text}");
            let error = report.failed[0].to_string();
            assert!(error.starts_with("test: there is no column"), "{error}");
        }
    }

    #[test]
    fn a_line_is_a_latitude_a_longitude_and_perhaps_a_weight() {
        let text = "\u{feff}# a comment\n1 2\n\n  3\t4   5 \r\n+6 -7 1e0";
        assert_eq!(
            places(text),
            [(1.0, 2.0, 1.0), (3.0, 4.0, 5.0), (6.0, -7.0, 1.0)]
        );
    }

    #[test]
    fn a_line_that_does_not_parse_is_named_and_the_others_count() {
        let text = "1\n1 x\n1 2 x\n1 2 3 # so\n91 0\n1 2\n";
        let (report, shapes) = collect(false, |sink| read(text.as_bytes(), sink));
        assert_eq!((shapes.len(), report.records, report.skipped), (1, 6, 5));
        assert_eq!(
            facts(&report),
            [
                "test:1: no longitude: there is 1 field",
                "test:2: longitude 'x' is not a number",
                "test:3: weight 'x' is not a number",
                "test:4: '#' follows the weight",
                "test:5: latitude 91 is not between -90 and 90; are latitude and longitude swapped?",
            ]
        );
    }

    #[test]
    fn on_a_plane_x_comes_first_and_is_any_number() {
        let text = "1920 1080 2\n-3e9 1e-6\n5\nx 1\n1 y\n1e13 0\n1,2\n";
        let (report, shapes) = collect_in(
            Manner {
                crs: Crs::Plane { y_down: false },
                ..Manner::default()
            },
            |sink| read(text.as_bytes(), sink),
        );
        assert_eq!(
            weighted(&shapes),
            [(1080.0, 1920.0, 2.0), (1e-6, -3e9, 1.0)]
        );
        assert_eq!(
            facts(&report),
            [
                "test:3: no y: there is 1 field",
                "test:4: x 'x' is not a number",
                "test:5: y 'y' is not a number",
                "test:6: x 10000000000000 is not between -1e12 and 1e12",
                "test:7: '1,2' looks like CSV, and is read as plain text",
            ]
        );
    }

    #[test]
    fn names_above_the_numbers_or_beside_them_give_their_order() {
        for text in [
            "lon lat weight\n2 1 3\n",
            "# some file\n# lon lat weight\n2 1 3\n",
            "\u{feff}Longitude\tWEIGHT\tLatitude\n2\t3\t1\n",
            "\"lon\" \"lat\" \"a name\" \"weight\"\n\"row 1\" 2 1 \"x y\" 3\n",
            "lon lat weight\n2 1 3\nlon lat weight\n",
            "lat=1 lon=2 weight=3\n",
            "time:5, lat:1, Longitude:2, weight:3\n",
        ] {
            assert_eq!(places(text), [(1.0, 2.0, 3.0)], "{text}");
        }
        assert_eq!(places("# at lon\n1 2\n"), [(1.0, 2.0, 1.0)]);
        let (report, _) = collect(false, |sink| read(&b"lon lat\n1\n1 x\n"[..], sink));
        assert_eq!(
            facts(&report),
            [
                "test:2: no latitude: there is 1 field",
                "test:3: latitude 'x' is not a number",
            ]
        );
    }

    #[test]
    fn fields_with_names_mean_what_they_mean_in_csv() {
        for (text, place) in [
            ("lat N/S lon E/W\n33.5 S 70.25 W\n", (-33.5, -70.25)),
            ("lat ns lon ew name\n33.5 S 70.25 W a\n", (-33.5, -70.25)),
            (
                "lat a lon b\n33.5 S 70.25 W\n33.5 S 70.25 W\n",
                (-33.5, -70.25),
            ),
            ("# lat ns lon ew\n33.5 S 70.25 W\n", (-33.5, -70.25)),
            (
                "LatD LatM NS LonD LonM EW\n33 30 S 70 15 W\n",
                (-33.5, -70.25),
            ),
            (
                "latitudeE7 longitudeE7\n-335000000 -702500000\n",
                (-33.5, -70.25),
            ),
            ("name lat lon\n\"a b\" -33,5 -70,25\n", (-33.5, -70.25)),
        ] {
            let (report, shapes) = collect(false, |sink| read(text.as_bytes(), sink));
            let found = weighted(&shapes);
            let is_there = |&(lat, lon, _): &(f64, f64, f64)| (lat, lon) == place;
            assert!(
                !found.is_empty() && found.iter().all(is_there),
                "{text}: {report:?}"
            );
        }
        let text = "lat ns lon ew\n33.5 S 70.25 x\n";
        let (report, _) = collect(false, |sink| read(text.as_bytes(), sink));
        let fact = "test:2: longitude '70.25' does not go with hemisphere 'x'";
        assert_eq!(facts(&report), [fact]);
    }

    #[test]
    fn names_in_the_middle_are_followed() {
        for text in [
            "lat lon\n1 2\nlon lat\n2 1\n",
            "lat lon\n1 2\n# lon lat\n2 1\n",
            "# lat lon\n1 2\n# lon lat\n2 1\n",
            "1 2\n\nLongitude Latitude name\n2 1 x\n",
            "lat lon\n1 2\n# a lat lon\nlat ns lon ew\n-1 S -2 W\n",
        ] {
            let (report, shapes) = collect(false, |sink| read(text.as_bytes(), sink));
            let places = weighted(&shapes);
            let places: Vec<_> = places.iter().map(|at| (at.0.abs(), at.1.abs())).collect();
            assert_eq!((places, report.skipped), (vec![(1.0, 2.0); 2], 0), "{text}");
            let told: Vec<_> = report.oddities.iter().map(|odd| odd.oddity).collect();
            assert_eq!(told, [Oddity::OtherHeader], "{text}");
        }
        assert_eq!(places("1 2\n# of lat lon\n1 2\n").len(), 2);
    }

    #[test]
    fn fields_without_names_may_be_meant_by_their_numbers() {
        let options = columns::Options {
            lat_field: Some(Field::Number(3)),
            lon_field: Some(Field::Number(2)),
            ..columns::Options::default()
        };
        let text = "# no names\na 2 1\nb 4 3 x\n";
        let (_, shapes) = collect(false, |sink| read_in(text.as_bytes(), &options, sink));
        assert_eq!(weighted(&shapes), [(1.0, 2.0, 1.0), (3.0, 4.0, 1.0)]);
    }

    #[test]
    fn the_longitude_is_first_if_somebody_says_so_and_no_name_says_another() {
        for text in ["2 1 3", "lat lon weight\n1 2 3"] {
            let options = columns::Options {
                lon_lat: true,
                ..columns::Options::default()
            };
            let (_, shapes) = collect(false, |sink| read_in(text.as_bytes(), &options, sink));
            assert_eq!(weighted(&shapes), [(1.0, 2.0, 3.0)], "{text}");
        }
    }

    #[test]
    fn a_carriage_return_ends_a_line_too() {
        for text in ["1 2 3\r1 2 3", "1 2 3\r\r1 2 3\r", "# a\r1 2 3\r\n1 2 3\r"] {
            assert_eq!(places(text), [(1.0, 2.0, 3.0); 2], "{text:?}");
        }
        let long = "1 2 3\r".repeat(1_000_000);
        assert_eq!(places(&long).len(), 1_000_000);
        let (report, _) = collect(false, |sink| read(&b"1 2\rx\r"[..], sink));
        assert_eq!(facts(&report), ["test:2: latitude 'x' is not a number"]);
    }

    #[test]
    fn a_field_more_than_names_is_in_front_or_behind() {
        for text in [
            "lat lon\n54.3 10.1 5\n54.3 10.1 6\n",
            "lat lon\n1 54.3 10.1\n2 54.3 10.1\n",
            "lat lon\na 54.3 10.1\nb 54.3 10.1\n",
        ] {
            let (_, shapes) = collect(false, |sink| read(text.as_bytes(), sink));
            assert_eq!(weighted(&shapes), [(54.3, 10.1, 1.0); 2], "{text}");
        }
    }

    #[test]
    fn separators_and_zeros_pass() {
        let text = [b"> segment 1\n1 2\n>\n1 2\n".to_vec(), vec![0; 3 * LONGEST]].concat();
        let (report, shapes) = collect(false, |sink| read(&text[..], sink));
        assert_eq!((shapes.len(), report.records, report.skipped), (2, 2, 0));
    }

    #[test]
    fn zeros_within_a_line_make_it_bad() {
        let text = "1 2\n3 1\0\0\0\n\0\0\n\0\0 3 4\n5 6\n";
        let (report, shapes) = collect(false, |sink| read(text.as_bytes(), sink));
        assert_eq!(weighted(&shapes), [(1.0, 2.0, 1.0), (5.0, 6.0, 1.0)]);
        assert_eq!((report.records, report.skipped), (4, 2));
    }

    #[test]
    fn numbers_beside_their_names_are_no_names() {
        for text in ["lat: 1, lon: 2\n", "lat 1 lon 2\n"] {
            let (report, _) = collect(false, |sink| read(text.as_bytes(), sink));
            assert!(
                report.oddities.is_empty() && report.failed.is_empty(),
                "{text}"
            );
            assert_eq!(report.records, 1, "{text}");
        }
        assert_eq!(places("lat: 1, lon: 2\nlat: 3, lon: 4\n").len(), 2);
    }

    #[test]
    fn commas_between_the_numbers_are_told_from_other_mistakes() {
        let (report, _) = collect(false, |sink| read(&b"1,2\n1, 2\nx,2"[..], sink));
        assert_eq!(
            facts(&report),
            [
                "test:1: '1,2' looks like CSV, and is read as plain text",
                "test:2: '1, 2' looks like CSV, and is read as plain text",
                "test:3: latitude 'x,2' is not a number",
            ]
        );
    }

    #[test]
    fn numbers_that_are_not_finite_are_bad() {
        let (report, shapes) = collect(false, |sink| {
            read(&b"nan 1\n1 inf\n1 1 nan\n1e400 1"[..], sink)
        });
        assert_eq!((shapes.len(), report.skipped), (0, 4));
    }

    #[test]
    fn a_line_without_end_is_one_bad_record() {
        let mut text = vec![b'1'; 3 * LONGEST];
        text.extend(b"\n1 2\n");
        let (report, shapes) = collect(false, |sink| read(&text[..], sink));
        assert_eq!((shapes.len(), report.skipped), (1, 1));
        assert_eq!(facts(&report), ["test:1: the line is longer than 64 KiB"]);
    }

    #[test]
    fn strict_ends_at_the_first_bad_line() {
        let (report, shapes) = collect(true, |sink| read(&b"1 2\nx\n3 4"[..], sink));
        assert_eq!(
            report.failed[0].to_string(),
            "test:2: latitude 'x' is not a number"
        );
        assert_eq!((shapes.len(), report.skipped), (1, 0));
    }

    #[test]
    fn real_malformed_files() {
        let (report, shapes) = collect(false, |sink| {
            read(
                &include_bytes!("../../tests/data/csv/txt_mixed_whitespace.txt")[..],
                sink,
            )
        });
        assert_eq!((shapes.len(), report.records), (3, 6));
        assert_eq!(
            report
                .named
                .iter()
                .filter_map(|e| e.place.as_ref()?.at)
                .collect::<Vec<_>>(),
            [4, 5, 6]
        );
        let (report, shapes) = collect(false, |sink| {
            read(
                &include_bytes!("../../tests/data/csv/txt_truncated.txt")[..],
                sink,
            )
        });
        assert_eq!((shapes.len(), report.skipped), (2, 1));
    }
}
