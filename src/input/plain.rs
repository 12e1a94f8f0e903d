//! Plain text: a latitude, a longitude (or x, y) and perhaps a weight on each line, with blanks or
//! tabs between them.
//!
//! Blank lines pass, and so do those that start with `#`, and with `>`, which separates segments in
//! files of the Generic Mapping Tools. Names of columns above the numbers give their order, also in
//! a comment right above them, and so do names in the lines (`lat=54.3 lon=10.1`). Without names
//! nothing may follow the weight, not even a comment: a line that holds more than is understood is
//! better named than half read.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use super::columns::{self, Demands, Field, Header, Moment};
use super::fields::{
    Axis, Fault, count, finite, names, number, number_with_comma, place, quoted, text,
};
use super::interleaved::{self, Interleaved};
use super::numbers::{self, Decimal};
use super::parallel_lines::{Lines, Rest};
use super::reader::{Places, Reader};
use super::{DateOrder, Manner, Oddity, Sink, time, vocabulary};
use crate::error::Result;
use crate::geo::{Crs, Shape, Time};

/// The longest line that is looked at. A file without line ends must not end up in memory.
const LONGEST: usize = 64 * 1024;
/// Where the names of columns are looked for.
const BEGINNING: u64 = 64 * 1024;

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
    let mut source = LineEnds::new(source);
    let mut beginning = Vec::new();
    source
        .by_ref()
        .take(BEGINNING)
        .read_to_end(&mut beginning)
        .map_err(|error| sink.error(Some(1), error))?;
    let mut lines = LineReader {
        crs: sink.manner().crs,
        layout: Layout::named_in(&beginning, sink.manner().crs),
        lon_first: options.lon_lat && !sink.manner().crs.is_xy(),
        time: None,
        count: None,
        part: None,
        demands: Demands::default(),
    };
    sink.note_system(lines.crs);
    if let Some(layout) = &lines.layout {
        sink.note(format_args!("columns {}", layout.names.join(", ")));
    }
    lines.choose(options, sink)?;
    if sink.manner().times {
        lines.time = lines.moment(options.time_field.as_ref(), sink)?;
    }
    let counts = options.count_field.as_ref();
    lines.count = counts.map(|field| lines.column(field, sink)).transpose()?;
    let part = options.part_field.as_ref();
    lines.part = part.map(|field| lines.column(field, sink)).transpose()?;
    lines.demands = lines.demands(options, sink)?;
    let Some(track) = &options.track_field else {
        return lines.read(io::Cursor::new(beginning).chain(source), sink);
    };
    let order = options.order_field.as_ref();
    let columns = TrackFields {
        track: lines.column(track, sink)?,
        order: order.map(|order| lines.column(order, sink)).transpose()?,
    };
    let all = Rest {
        unread: io::Cursor::new(beginning).chain(source),
        line: 1,
    };
    // What a line is joined to depends on all lines before, so they are read one after the other.
    let mut tracks = Interleaved::new(&options.track_memory);
    LineReader::read_on(all, sink, |line, complete, at, sink| {
        lines.take_fix(columns, line, complete, at, &mut tracks, sink)
    })?;
    tracks.end(sink);
    Ok(())
}

/// Which fields make tracks of lines, counted from 0.
#[derive(Clone, Copy)]
struct TrackFields {
    track: usize,
    order: Option<usize>,
}

/// Reads lines that have the same fields.
struct LineReader {
    crs: Crs,
    /// Which fields these are, if the file says so.
    layout: Option<Layout>,
    /// The longitude comes first in lines without a layout.
    lon_first: bool,
    /// Where the time is, if it is wanted and known.
    time: Option<Moment>,
    /// Where it says how many lines a line stands for.
    count: Option<usize>,
    /// The field by which data are parted, if they are.
    part: Option<usize>,
    /// What must stand in fields for a line to be wanted.
    demands: Demands,
}

impl LineReader {
    fn read(&self, source: impl Read + Send, sink: &mut Sink) -> Result<()> {
        let rest = Lines::new(source, 1).each(
            sink,
            |_| true,
            |piece, sink| {
                piece.lines().try_for_each(|(at, line)| {
                    self.take_line(without_bom(line, at), line.len() < LONGEST, at, sink)
                })
            },
        )?;
        rest.map_or(Ok(()), |rest| {
            Self::read_on(rest, sink, |line, complete, at, sink| {
                self.take_line(line, complete, at, sink)
            })
        })
    }

    /// Reads a text that has a line of many megabytes, line by line.
    fn read_on(
        rest: Rest<impl Read>,
        sink: &mut Sink,
        mut take: impl FnMut(&[u8], bool, u64, &mut Sink) -> Result<()>,
    ) -> Result<()> {
        let mut source = BufReader::with_capacity(LONGEST, rest.unread);
        let mut line = Vec::with_capacity(LONGEST);
        for at in rest.line.. {
            match next_line(&mut source, &mut line) {
                Ok(Some(complete)) => {
                    take(without_bom(&line, at), complete, at, sink)?;
                }
                Ok(None) => break,
                Err(error) => return Err(sink.error(Some(at), error)),
            }
        }
        Ok(())
    }

    fn take_line(&self, line: &[u8], complete: bool, at: u64, sink: &mut Sink) -> Result<()> {
        match self.point(line, complete, at, sink)? {
            Some(point) => sink.point(point, at),
            None => Ok(()),
        }
    }

    /// The point of a line, if it is one; what is wrong with it is counted.
    #[inline]
    fn point(
        &self,
        line: &[u8],
        complete: bool,
        at: u64,
        sink: &mut Sink,
    ) -> Result<Option<Shape>> {
        let line = line.trim_ascii();
        if line.is_empty() || is_aside(line) || self.is_header(line) {
            return Ok(None);
        }
        sink.record();
        if !complete {
            let fact = format_args!("the line is longer than {} KiB", LONGEST / 1024);
            return sink.skip(at, fact).map(|()| None);
        }
        if let Some(oddity) = self.unwanted(line, &sink.manner()) {
            return sink.odd(oddity, at).map(|()| None);
        }
        if let Some(column) = self.count {
            match count(self.field(column, line)) {
                Ok(count) => sink.stands_for(count),
                Err(fault) => return sink.skip(at, fault).map(|()| None),
            }
        }
        let shape = match &self.layout {
            Some(layout) => layout.shape(self.crs, line),
            None => shape(self.crs, self.lon_first, line)
                .or_else(|fault| keyed(self.crs, line).unwrap_or(Err(fault)))
                .or_else(|fault| self.marked(line).ok_or(fault)),
        };
        if let Some(part) = self.part {
            sink.part(self.field(part, line));
        }
        match shape {
            Ok(shape) if self.time.is_some() => {
                let time = self.time(line, at, sink)?;
                Ok(Some(shape.when(time)))
            }
            Ok(shape) => Ok(Some(shape)),
            Err(fault) => sink.skip(at, fault).map(|()| None),
        }
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

    /// Why a line is not wanted, if it is not.
    #[inline]
    fn unwanted(&self, line: &[u8], manner: &Manner) -> Option<Oddity> {
        if self.demands.is_empty() {
            return None;
        }
        let field = |column| {
            let field = self.field(column, line);
            (
                Cow::Borrowed(field),
                number(field).or_else(|| number_with_comma(field)),
            )
        };
        self.demands.unmet(field, manner)
    }

    /// What must stand in the fields that have names.
    fn demands(&self, options: &columns::Options, sink: &Sink) -> Result<Demands> {
        match (&self.layout, options.conditions.first()) {
            (Some(layout), _) => {
                let names = layout.names.iter().map(String::as_bytes);
                Header::new(names).demands(options, sink)
            }
            (None, Some((field, _))) => self.column(field, sink).map(|_| Demands::default()),
            (None, None) => Ok(Demands::default()),
        }
    }

    /// The time of a line.
    fn time(&self, line: &[u8], at: u64, sink: &mut Sink) -> Result<Option<Time>> {
        let (Some(layout), Some(moment)) = (&self.layout, self.time) else {
            return Ok(None);
        };
        let text = layout.moment(line, moment);
        if text.is_empty() {
            return Ok(None);
        }
        let order = sink.manner().date_order;
        let time = time::parse_in(&text, order);
        if time.is_none() {
            sink.bad_time(at, format_args!("time {} is not known", quoted(&text)))?;
        } else if order == DateOrder::Unknown && time::is_ambiguous(&text) {
            sink.odd(Oddity::DayOrMonth, at)?;
        }
        Ok(time)
    }

    /// Where the time is: in the field that the user means, or in one that is called so.
    fn moment(&self, asked: Option<&Field>, sink: &Sink) -> Result<Option<Moment>> {
        if let Some(field) = asked {
            let day = self.column(field, sink)?;
            return Ok(Some(Moment { day, clock: None }));
        }
        let names = self.layout.iter().flat_map(|layout| &layout.names);
        Ok(Header::new(names.map(String::as_bytes)).named_moment())
    }

    /// Joins the point of a line to its track.
    fn take_fix(
        &self,
        columns: TrackFields,
        line: &[u8],
        complete: bool,
        at: u64,
        tracks: &mut Interleaved,
        sink: &mut Sink,
    ) -> Result<()> {
        let Some(point) = self.point(line, complete, at, sink)? else {
            return Ok(());
        };
        let field = |column: usize| self.field(column, line);
        let row = interleaved::Row {
            track: field(columns.track),
            order: columns.order.map(|order| field(order).into()),
            point,
            is_located: false,
            at,
        };
        tracks.take(&row, sink)
    }

    /// The field of a line in a column that has a name; empty if there is none.
    fn field<'a>(&self, column: usize, line: &'a [u8]) -> &'a [u8] {
        let before = self.layout.as_ref().map_or(0, |layout| layout.before(line));
        fields(line).nth(before + column).unwrap_or_default()
    }

    /// Takes the place and the weight from the fields that the user means, whatever others are
    /// called.
    fn choose(&mut self, options: &columns::Options, sink: &Sink) -> Result<()> {
        let column = |field: &Option<Field>| {
            let field = field.as_ref();
            field.map(|field| self.column(field, sink)).transpose()
        };
        let (lat, lon) = (column(&options.lat_field)?, column(&options.lon_field)?);
        // Lines without names have their weight in the third field anyway.
        let is_third = self.layout.is_none() && options.weight_field == Some(Field::Number(3));
        let weight = if is_third {
            None
        } else {
            column(&options.weight_field)?
        };
        if let Some(layout) = &mut self.layout {
            let [own_lat, own_lon] = in_order(self.crs, layout.place[0], layout.place[1]);
            layout.place = in_order(self.crs, lat.unwrap_or(own_lat), lon.unwrap_or(own_lon));
            layout.weight = weight.or(layout.weight);
        }
        Ok(())
    }

    /// The field that the user means, of those that have names.
    fn column(&self, field: &Field, sink: &Sink) -> Result<usize> {
        let names = self.layout.iter().flat_map(|layout| &layout.names);
        field
            .position(names.map(String::as_str))
            .filter(|_| self.layout.is_some())
            .ok_or_else(|| {
                let fact = match &self.layout {
                    Some(layout) => {
                        format!(
                            "there is no column {field} among {}",
                            layout.names.join(", ")
                        )
                    }
                    None => format!("there is no column {field}, for no columns have names"),
                };
                sink.error(None, fact)
            })
    }

    /// The names of the columns may come again, where files were put one behind the other.
    fn is_header(&self, line: &[u8]) -> bool {
        let layout = self.layout.as_ref();
        layout.is_some_and(|layout| layout.line == line)
    }
}

/// A comment or, in files of the Generic Mapping Tools, what stands between segments.
fn is_aside(line: &[u8]) -> bool {
    line.starts_with(b"#") || line.starts_with(b">")
}

/// Which fields of the lines are the place and the weight, as the names above them say.
struct Layout {
    /// The line with the names.
    line: Vec<u8>,
    names: Vec<String>,
    /// The fields of a place, in the order of [`names`].
    place: [usize; 2],
    weight: Option<usize>,
}

impl Layout {
    /// Looks for names before or in the first line that is no aside.
    fn named_in(text: &[u8], crs: Crs) -> Option<Self> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut comment = None;
        let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        for line in lines.filter(|line| !line.is_empty()) {
            if !is_aside(line) {
                let own = Self::of(line, crs).filter(|_| keyed(crs, line).is_none());
                let count = fields(line).count();
                let above = comment.and_then(|comment| Self::of(comment, crs));
                return own.or(above.filter(|layout| layout.names.len() == count));
            }
            comment = line.strip_prefix(b"#");
        }
        None
    }

    /// The meaning of a line of names; `None` if it is none.
    fn of(line: &[u8], crs: Crs) -> Option<Self> {
        let names: Vec<_> = fields(line)
            .map(|name| vocabulary::bare(&String::from_utf8_lossy(name)))
            .collect();
        if names.iter().any(|name| number(name.as_bytes()).is_some()) {
            return None;
        }
        let find = |axis| {
            names
                .iter()
                .position(|name| axis_of(name, crs) == Some(axis))
        };
        Some(Self {
            line: line.to_owned(),
            place: in_order(crs, find(Axis::Lat)?, find(Axis::Lon)?),
            weight: names
                .iter()
                .position(|name| name.eq_ignore_ascii_case("weight")),
            names,
        })
    }

    /// How many fields stand in front of those that have names: R writes the names of rows, too,
    /// and no name above them.
    fn before(&self, line: &[u8]) -> usize {
        let count = fields(line).count();
        usize::from(count == self.names.len() + 1 && !is_split_time(line, count))
    }

    /// The time of a line: what stands in its field, and in the next where a blank within the last
    /// one makes two of it.
    fn moment(&self, line: &[u8], moment: Moment) -> Vec<u8> {
        let before = self.before(line);
        let field = |column: usize| fields(line).nth(before + column).unwrap_or_default();
        let is_last = moment.day + 1 == self.names.len();
        match moment.clock.or(is_last.then_some(moment.day + 1)) {
            Some(clock) => [field(moment.day), b" ", field(clock)].concat(),
            None => field(moment.day).to_owned(),
        }
        .trim_ascii()
        .to_owned()
    }

    fn shape<'a>(&self, crs: Crs, line: &'a [u8]) -> std::result::Result<Shape, Fault<'a>> {
        let count = fields(line).count();
        let before = self.before(line);
        let read = |column: usize, what| {
            let field = fields(line).nth(before + column);
            let field = field.ok_or(Fault::Missing {
                what,
                fields: count,
            })?;
            let read = |field| match what {
                "weight" => weighed(field, line),
                place => spelled(crs, place, field),
            };
            read(field).ok_or_else(|| Fault::field(what, field))
        };
        let ([one, other], [first, second]) = (names(crs), self.place);
        let at = place(crs, read(first, one)?, read(second, other)?)?;
        let weight = self
            .weight
            .map_or(Ok(1.0), |column| read(column, "weight"))?;
        Ok(Shape::point(at).weighing(finite(weight)?))
    }
}

/// Whether a line ends with a day and its time of day.
fn is_split_time(line: &[u8], count: usize) -> bool {
    let mut last = fields(line).skip(count - 2);
    let (day, clock) = (last.next().unwrap_or_default(), last.next());
    let clock = clock.filter(|clock| clock.contains(&b':') && number(day).is_none());
    clock.is_some_and(|clock| time::parse(&[day, b" ", clock].concat()).is_some())
}

/// The shape of a line whose fields say what they are; `None` if they do not.
fn keyed(crs: Crs, line: &[u8]) -> Option<std::result::Result<Shape, Fault<'_>>> {
    let (mut lat, mut lon, mut weight) = (None, None, None);
    for field in fields(line) {
        let at = memchr::memchr2(b'=', b':', field)?;
        let (key, value) = (&field[..at], field[at + 1..].trim_ascii());
        let value = value.strip_suffix(b",").unwrap_or(value);
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

/// Text whose lines all end with a line feed, also those that end with a carriage return alone, as
/// on old Macs. Zeros, which a loss of power leaves at the end of a log, become blanks.
pub(super) struct LineEnds<R> {
    source: R,
    /// The last byte was a carriage return, which has not been given yet.
    returned: bool,
}

impl<R: Read> LineEnds<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            returned: false,
        }
    }
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let kept = usize::from(std::mem::take(&mut self.returned));
        if buffer.len() <= kept {
            // No room for what must follow: a line end is as good as two.
            buffer.fill(b'\n');
            return Ok(buffer.len());
        }
        buffer[..kept].fill(b'\r');
        let read = kept + self.source.read(&mut buffer[kept..])?;
        let is_end = read == kept;
        let text = &mut buffer[..read];
        let mut from = 0;
        while let Some(at) = memchr::memchr2(b'\r', 0, &text[from..]).map(|at| from + at) {
            from = at + 1;
            match text.get(from) {
                _ if text[at] == 0 => text[at] = b' ',
                Some(b'\n') => {}
                None if !is_end => {
                    self.returned = true;
                    // Nothing would look like the end of all.
                    return if at > 0 { Ok(at) } else { self.read(buffer) };
                }
                Some(_) | None => text[at] = b'\n',
            }
        }
        Ok(read)
    }
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
            ("lat lon weight\n48,5 11,5 2,5", (48.5, 11.5, 2.5)),
        ] {
            assert_eq!(places(line), [expected], "{line}");
        }
        let (report, _) = collect(false, |sink| read(&b"48.1,11.5\n54,32,10,14\n"[..], sink));
        assert_eq!((report.failed.len(), report.skipped), (0, 2));
    }

    #[test]
    fn times_stand_in_a_column_that_is_called_so_and_may_be_two_fields() {
        for text in [
            "lat lon time\n1 2 2024-05-06T07:08:09Z\n",
            "lat lon time\n1 2 2024-05-06 07:08:09\n",
            "lat lon time\n1 2 \"2024-05-06 07:08:09\"\n",
            "# date time lat lon\n2024-05-06 07:08:09 1 2\n",
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
    fn line_ends_are_the_same_however_little_is_read_at_a_time() {
        let text = b"a\rb\r\nc\r\rd\0e\r";
        for step in 2..text.len() {
            let (mut ends, mut found, mut buffer) =
                (LineEnds::new(&text[..]), Vec::new(), vec![0; step]);
            loop {
                let read = ends.read(&mut buffer).unwrap();
                if read == 0 {
                    break;
                }
                found.extend_from_slice(&buffer[..read]);
            }
            assert_eq!(found, b"a\nb\r\nc\n\nd e\n", "{step}");
        }
    }

    #[test]
    fn separators_and_zeros_pass() {
        let text = [b"> segment 1\n1 2\n>\n1 2\n".to_vec(), vec![0; 3 * LONGEST]].concat();
        let (report, shapes) = collect(false, |sink| read(&text[..], sink));
        assert_eq!((shapes.len(), report.records, report.skipped), (2, 2, 0));
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
