//! Rows of databases and of files of columns: values that know their type in, shapes out.
//!
//! What columns are called, and what their fields may hold where they are text, is as in CSV, and
//! its reader is asked whenever a value is no plain number. Numbers, moments and geometries in
//! bytes take a way of their own, which makes no text of them.

use std::borrow::Cow;
use std::io::Write as _;

use ::csv::ByteRecord;
use jiff::Timestamp;

use super::columns::{self, Columns, Moment, Shapes, TrackColumns, Weight};
use super::csv::{RowReader, ordering, tell_unread};
use super::fields::{count, number, quoted};
use super::geometry::{self, Geometry};
use super::interleaved::{self, Interleaved};
use super::{Oddity, Sink, time};
use crate::error::Result;
use crate::geo::{Crs, Shape, Time};

/// How many rows tell what columns hold that names do not tell.
pub(super) const SAMPLE: usize = 50;

/// What stands in a column of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    Real(f64),
    /// Milliseconds since 1970.
    Moment(i64),
    /// What a clock and a calendar show of which nothing says the zone: the same as in UTC.
    Clock(i64),
    /// x and y.
    Place([f64; 2]),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    #[inline]
    fn number(self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(number as f64),
            Self::Real(number) => Some(number),
            _ => None,
        }
    }

    /// Whether there is nothing in it.
    fn is_blank(self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim_ascii().is_empty(),
            _ => false,
        }
    }

    /// The value as a field of CSV has it. Bytes are their digits, as databases write them, unless
    /// they are a text that nothing calls one.
    fn text(self) -> Cow<'a, [u8]> {
        match self {
            Self::Null => Cow::Borrowed(b""),
            Self::Integer(number) => Cow::Owned(number.to_string().into_bytes()),
            Self::Real(number) => Cow::Owned(number.to_string().into_bytes()),
            Self::Moment(moment) => Timestamp::from_millisecond(moment).map_or_else(
                |_| Cow::Owned(moment.to_string().into_bytes()),
                |moment| Cow::Owned(moment.to_string().into_bytes()),
            ),
            Self::Clock(moment) => {
                let mut text = Self::Moment(moment).text().into_owned();
                text.pop_if(|last| *last == b'Z');
                Cow::Owned(text)
            }
            Self::Place([x, y]) => Cow::Owned(format!("POINT({x} {y})").into_bytes()),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bytes(bytes) if is_text(bytes) => Cow::Borrowed(bytes),
            Self::Bytes(bytes) => Cow::Owned(digits(bytes)),
        }
    }
}

/// Whether bytes are a text: none begins as geometries do.
fn is_text(bytes: &[u8]) -> bool {
    let is_shown = bytes.first().is_some_and(|byte| !byte.is_ascii_control());
    is_shown && std::str::from_utf8(bytes).is_ok()
}

fn digits(bytes: &[u8]) -> Vec<u8> {
    let mut digits = Vec::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to memory does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// A row.
pub(super) trait Row {
    /// What stands in a column, counted from 0.
    fn value(&self, column: usize) -> Value<'_>;
}

/// Rows that are held, as they tell what columns hold.
impl Row for Vec<Value<'_>> {
    fn value(&self, column: usize) -> Value<'_> {
        self.get(column).copied().unwrap_or(Value::Null)
    }
}

/// Whether a column is of moments, as far as some rows tell.
fn has_moments(rows: &[impl Row], column: usize) -> bool {
    let mut values = rows.iter().map(|row| row.value(column));
    values.any(|value| matches!(value, Value::Moment(_) | Value::Clock(_)))
}

/// What the rows of a table mean.
pub(super) struct Table<'o> {
    reader: RowReader<'o>,
    /// The columns that are used.
    used: Vec<usize>,
    /// How many columns there are.
    width: usize,
    /// Numbers of systems in geometries are not those of EPSG, and the table has one system.
    pub(super) has_one_system: bool,
    /// It matters whether times say their zone.
    minds_zones: bool,
}

impl<'o> Table<'o> {
    /// Decides what columns are by their names, by what the user says and, where neither tells, by
    /// the first rows.
    ///
    /// # Errors
    /// When it is not known where the places are.
    pub(super) fn new(
        names: &[String],
        rows: &[impl Row],
        options: &'o columns::Options,
        sink: &mut Sink,
    ) -> Result<Self> {
        let moments = (0..names.len()).find(|&column| has_moments(rows, column));
        Self::of(names, rows, moments, options, sink)
    }

    /// The same where it is known which column holds the places, and whether each is of moments.
    ///
    /// # Errors
    /// When there is no such column.
    pub(super) fn typed(
        names: &[String],
        are_moments: impl IntoIterator<Item = bool>,
        options: &'o columns::Options,
        sink: &mut Sink,
    ) -> Result<Self> {
        let none: [Vec<Value>; 0] = [];
        let moments = are_moments.into_iter().position(|is_moment| is_moment);
        Self::of(names, &none, moments, options, sink)
    }

    /// The table whose times stand in a column of moments, unless names tell of another.
    fn of(
        names: &[String],
        rows: &[impl Row],
        moments: Option<usize>,
        options: &'o columns::Options,
        sink: &mut Sink,
    ) -> Result<Self> {
        let mut sample = vec![names.iter().collect::<ByteRecord>()];
        for row in rows {
            let fields = (0..names.len()).map(|column| row.value(column).text());
            sample.push(fields.collect::<Vec<_>>().iter().collect());
        }
        sink.note_system(sink.manner().crs);
        let mut reader = RowReader::parted(b'\t', &sample, options, sink)?;
        if sink.manner().times && reader.columns.time.is_none() {
            reader.columns.time = moments.map(|day| Moment { day, clock: None });
        }
        reader.tell(&sample[0], sink);
        if let Some(moment) = reader.columns.time {
            let dates = sample[1..].iter().filter_map(|row| row.get(moment.day));
            time::settle_order_by(dates, sink);
        }
        Ok(Self {
            used: used(&reader.columns),
            reader,
            width: names.len(),
            has_one_system: false,
            minds_zones: sink.minds_zones(),
        })
    }

    /// The columns that are used, in order.
    pub(super) fn used(&self) -> &[usize] {
        &self.used
    }

    /// The columns of latitude and longitude, or of y and x, where each has one.
    pub(super) fn places(&self) -> Option<[usize; 2]> {
        let Columns {
            lat,
            lon,
            both,
            shapes,
            ..
        } = &self.reader.columns;
        let is_plain = both.is_none() && shapes.is_none();
        is_plain.then_some([*lat, *lon])
    }

    /// The column of whole geometries, if places are in one.
    pub(super) fn shapes(&self) -> Option<usize> {
        self.reader.columns.shapes.map(|shapes| shapes.column)
    }

    /// The tracks of which rows are fixes, if they are, which is to say that their order matters.
    pub(super) fn tracks(&self, options: &columns::Options) -> Option<Interleaved> {
        let are_wanted = self.reader.columns.tracks.is_some();
        are_wanted.then(|| Interleaved::new(&options.track_memory))
    }

    /// Takes the shapes of a row, which has a number; where rows are fixes of tracks these grow.
    ///
    /// # Errors
    /// When the row is bad and the reading strict, and when there are more tracks than may be held.
    pub(super) fn row(
        &self,
        row: &impl Row,
        at: u64,
        tracks: Option<&mut Interleaved>,
        sink: &mut Sink,
    ) -> Result<()> {
        if !self.is_wanted(row, at, sink)? {
            return Ok(());
        }
        self.part(row, sink);
        if let Some(shapes) = self.reader.columns.shapes {
            return self.geometry(shapes, row, at, tracks, sink);
        }
        match (self.point(row, at, sink)?, tracks) {
            (Some(point), Some(tracks)) => self.join(point, false, row, at, tracks, sink),
            (Some(point), None) => sink.point(point, at),
            (None, _) => Ok(()),
        }
    }

    /// Joins the point of a row to its track.
    fn join(
        &self,
        point: Shape,
        is_located: bool,
        row: &impl Row,
        at: u64,
        tracks: &mut Interleaved,
        sink: &mut Sink,
    ) -> Result<()> {
        let Some(TrackColumns { track, order }) = self.reader.columns.tracks else {
            return sink.point(point, at);
        };
        let record = self.record(row);
        let date_order = sink.manner().date_order;
        let row = interleaved::Row {
            track: record.get(track).unwrap_or_default(),
            order: order.map(|order| ordering(&record, order, date_order)),
            point,
            is_located,
            at,
        };
        tracks.take(&row, sink)
    }

    /// Whether a row meets all conditions and is as accurate as is asked for. One that does not is
    /// counted.
    #[inline]
    fn is_wanted(&self, row: &impl Row, at: u64, sink: &mut Sink) -> Result<bool> {
        let demands = &self.reader.columns.demands;
        if demands.is_empty() {
            return Ok(true);
        }
        let field = |column| {
            let value = row.value(column);
            let text = value.text();
            let number = value.number().or_else(|| number(&text));
            (text, number)
        };
        let Some(oddity) = demands.unmet(field, &sink.manner()) else {
            return Ok(true);
        };
        sink.record();
        sink.odd(oddity, at).map(|()| false)
    }

    /// Tells which part of the data a row is of, where they are parted.
    #[inline]
    fn part(&self, row: &impl Row, sink: &mut Sink) {
        if let Some(column) = self.reader.columns.part {
            sink.part(&row.value(column).text());
        }
    }

    /// The point of a row; what is wrong with it is counted.
    #[inline]
    fn point(&self, row: &impl Row, at: u64, sink: &mut Sink) -> Result<Option<Shape>> {
        if let Some(point) = self.plain_point(row) {
            sink.record();
            if let Some(fault) = self.uncounted(row, sink) {
                return sink.skip(at, fault).map(|()| None);
            }
            return Ok(Some(point));
        }
        self.other_point(row, at, sink)
    }

    /// The point of a row of plain numbers.
    #[inline]
    fn plain_point(&self, row: &impl Row) -> Option<Shape> {
        let RowReader { columns, crs, .. } = &self.reader;
        let lat = row.value(columns.lat).number()?;
        let lon = row.value(columns.lon).number()?;
        self.reader.is_bare.then_some(())?;
        let place = crs.place(lon, lat).ok()?;
        let (weight, time) = self.plain_facts(row)?;
        Some(Shape::point(place).weighing(weight).when(time))
    }

    /// Tells the sink how many rows a row stands for, or what is wrong with that.
    #[inline]
    fn uncounted(&self, row: &impl Row, sink: &mut Sink) -> Option<String> {
        let column = self.reader.columns.count?;
        match count(&row.value(column).text()) {
            Ok(many) => {
                sink.stands_for(many);
                None
            }
            Err(fault) => Some(fault.to_string()),
        }
    }

    /// The weight of a row; `None` if it takes a closer look.
    #[inline]
    fn plain_weight(&self, row: &impl Row) -> Option<f64> {
        let (column, is_asked) = match self.reader.columns.weight {
            Weight::One => return Some(1.0),
            Weight::Optional(column) => (column, false),
            Weight::Asked(column) => (column, true),
        };
        match row.value(column) {
            Value::Null if !is_asked => Some(1.0),
            value => value.number().filter(|number| number.is_finite()),
        }
    }

    /// The weight and the time of a row, if it has one; `None` if they take a closer look.
    #[inline]
    fn plain_facts(&self, row: &impl Row) -> Option<(f64, Option<Time>)> {
        let weight = self.plain_weight(row)?;
        let Some(moment) = self.reader.columns.time else {
            return Some((weight, None));
        };
        moment.clock.is_none().then_some(())?;
        let time = match row.value(moment.day) {
            Value::Null => None,
            Value::Moment(moment) => Some(Time::from_milliseconds(moment)?),
            Value::Clock(moment) if !self.minds_zones => Some(Time::from_milliseconds(moment)?),
            Value::Real(number) => Some(time::since_1970(number)?),
            _ => return None,
        };
        Some((weight, time))
    }

    #[cold]
    fn other_point(&self, row: &impl Row, at: u64, sink: &mut Sink) -> Result<Option<Shape>> {
        let Columns { lat, lon, both, .. } = &self.reader.columns;
        let places = [Some(*lat), Some(*lon), both.map(|both| both.column)];
        let mut places = places.into_iter().flatten();
        if places.all(|column| row.value(column).is_blank()) {
            sink.record();
            return sink.odd(Oddity::NoPlace, at).map(|()| None);
        }
        let record = self.record(row);
        self.reader
            .told(self.reader.find(&record), &record, at, sink)
    }

    /// The row as a row of CSV, as far as it is used.
    fn record(&self, row: &impl Row) -> ByteRecord {
        let field = |column: usize| match self.used.binary_search(&column) {
            Ok(_) => row.value(column).text(),
            Err(_) => Cow::Borrowed(&b""[..]),
        };
        (0..self.width)
            .map(field)
            .collect::<Vec<_>>()
            .iter()
            .collect()
    }

    /// Takes the points and lines of the geometry in a column.
    fn geometry(
        &self,
        shapes: Shapes,
        row: &impl Row,
        at: u64,
        tracks: Option<&mut Interleaved>,
        sink: &mut Sink,
    ) -> Result<()> {
        if let Some(fault) = self.uncounted(row, sink) {
            sink.record();
            return sink.skip(at, fault);
        }
        let value = row.value(shapes.column);
        if value.is_blank() {
            sink.record();
            return sink.odd(Oddity::NoGeometry, at);
        }
        let geometry = match value {
            Value::Bytes(bytes) => {
                if tracks.is_none()
                    && let Some(point) = self.bare_point(bytes, row, sink)
                {
                    sink.record();
                    return sink.point(point, at);
                }
                Geometry::of_bytes(bytes).or_else(|| shapes.form.parse(&value.text()))
            }
            value => shapes.form.parse(&value.text()),
        };
        let Some(geometry) = geometry else {
            sink.record();
            let text = value.text();
            return sink.skip(at, format_args!("{} is no geometry", quoted(&text)));
        };
        self.placed(geometry, row, at, tracks, sink)
    }

    /// The point in bytes that hold no more than one, in the system of the table.
    #[inline]
    fn bare_point(&self, bytes: &[u8], row: &impl Row, sink: &Sink) -> Option<Shape> {
        let (system, [x, y]) = geometry::point(bytes)?;
        let crs = sink.manner().crs;
        let is_same = |system: u32| crs.epsg().is_some_and(|own| u32::from(own) == system);
        (self.has_one_system || system.is_none_or(is_same)).then_some(())?;
        let (weight, time) = self.plain_facts(row)?;
        let place = crs.place(x, y).ok()?;
        Some(Shape::point(place).weighing(weight).when(time))
    }

    /// Takes the shapes of a row whose geometry stands in none of its columns.
    ///
    /// # Errors
    /// Like [`row`](Self::row).
    pub(super) fn feature(
        &self,
        geometry: Geometry,
        row: &impl Row,
        at: u64,
        tracks: Option<&mut Interleaved>,
        sink: &mut Sink,
    ) -> Result<()> {
        if !self.is_wanted(row, at, sink)? {
            return Ok(());
        }
        self.part(row, sink);
        self.placed(geometry, row, at, tracks, sink)
    }

    /// Takes the points and lines of a geometry that belongs to a row.
    fn placed(
        &self,
        mut geometry: Geometry,
        row: &impl Row,
        at: u64,
        tracks: Option<&mut Interleaved>,
        sink: &mut Sink,
    ) -> Result<()> {
        sink.record();
        if let Some(fault) = self.uncounted(row, sink) {
            return sink.skip(at, fault);
        }
        let facts = match self.plain_facts(row) {
            Some(facts) => Some(facts),
            None => self.other_facts(row, at, sink)?,
        };
        let Some((weight, time)) = facts else {
            return Ok(());
        };
        if self.has_one_system {
            geometry.system = None;
        }
        let facts = geometry::Row { weight, time, at };
        let Some(tracks) = tracks else {
            return geometry.deliver(facts, sink);
        };
        geometry.deliver_apart(facts, sink, |point, sink| {
            self.join(point, true, row, at, tracks, sink)
        })
    }

    /// Weight and time of a row that are no plain numbers; none if it is a bad one.
    #[cold]
    fn other_facts(
        &self,
        row: &impl Row,
        at: u64,
        sink: &mut Sink,
    ) -> Result<Option<(f64, Option<Time>)>> {
        let record = self.record(row);
        let (weight, unread) = match self.reader.weighed(&record) {
            Ok(weighed) => weighed,
            Err(fault) => return sink.skip(at, fault).map(|()| None),
        };
        tell_unread(unread, at, sink)?;
        let time = self.reader.time(&record, at, sink)?;
        Ok(Some((weight, time)))
    }
}

/// Rows that come one after the other, each of which is gone when the next one comes.
pub(super) trait Stream {
    /// A row.
    type Row<'a>: Row
    where
        Self: 'a;

    /// The next row.
    fn next(&mut self, sink: &Sink) -> Result<Option<Self::Row<'_>>>;
}

/// The columns that rows are made of, in order.
fn used(columns: &Columns) -> Vec<usize> {
    let places = match columns.shapes {
        Some(shapes) => vec![shapes.column],
        None => vec![columns.lat, columns.lon],
    };
    let weight = match columns.weight {
        Weight::One => None,
        Weight::Optional(column) | Weight::Asked(column) => Some(column),
    };
    let moments = [columns.time, columns.tracks.and_then(|tracks| tracks.order)];
    let moments = moments.into_iter().flatten();
    let others = moments.flat_map(|moment| [Some(moment.day), moment.clock]);
    let both = columns.both.map(|both| both.column);
    let track = columns.tracks.map(|tracks| tracks.track);
    let mut used: Vec<usize> = places
        .into_iter()
        .chain(
            [weight, columns.count, both, track, columns.part]
                .into_iter()
                .flatten(),
        )
        .chain(columns.demands.columns())
        .chain(columns.hemispheres.into_iter().flatten())
        .chain(columns.finer.into_iter().flatten().flatten())
        .chain(others.flatten())
        .collect();
    used.sort_unstable();
    used.dedup();
    used
}

/// Reads rows that come one after the other. The first are held, to see what their columns hold.
///
/// # Errors
/// When it is not known where the places are, when rows do not come, and at the first bad one if
/// the reading is strict.
pub(super) fn stream(
    source: &mut impl Stream,
    names: &[String],
    options: &columns::Options,
    has_one_system: bool,
    sink: &mut Sink,
) -> Result<()> {
    let mut held: Vec<Vec<Held>> = Vec::new();
    while held.len() < SAMPLE
        && let Some(row) = source.next(sink)?
    {
        let values = (0..names.len()).map(|column| Held::of(row.value(column)));
        held.push(values.collect());
    }
    let first: Vec<Vec<Value>> = held
        .iter()
        .map(|row| row.iter().map(Held::value).collect())
        .collect();
    let mut table = Table::new(names, &first, options, sink)?;
    table.has_one_system = has_one_system;
    let mut tracks = table.tracks(options);
    let mut at = 0;
    for row in &first {
        at += 1;
        table.row(row, at, tracks.as_mut(), sink)?;
    }
    loop {
        let Some(row) = source.next(sink)? else { break };
        at += 1;
        table.row(&row, at, tracks.as_mut(), sink)?;
    }
    if let Some(tracks) = tracks {
        tracks.end(sink);
    }
    Ok(())
}

/// Whether names of columns tell where places are, with what the user says.
pub(super) fn is_known(names: &[String], options: &columns::Options, plane: bool) -> bool {
    let header = columns::Header::new(names.iter().map(String::as_bytes));
    header.is_known(options, plane).is_some()
}

/// A value that is kept.
pub(super) enum Held {
    Plain(Value<'static>),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
}

impl Held {
    pub(super) fn of(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Plain(Value::Null),
            Value::Integer(number) => Self::Plain(Value::Integer(number)),
            Value::Real(number) => Self::Plain(Value::Real(number)),
            Value::Moment(moment) => Self::Plain(Value::Moment(moment)),
            Value::Clock(moment) => Self::Plain(Value::Clock(moment)),
            Value::Place(place) => Self::Plain(Value::Place(place)),
            Value::Text(text) => Self::Text(text.to_vec()),
            Value::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }

    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Plain(value) => *value,
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

/// Settles in which system the numbers of a table are, if it says one. A table may say that nobody
/// knows, which is as if it said nothing.
pub(super) fn settle_system(stated: Option<Crs>, sink: &mut Sink) -> Result<()> {
    let Some(stated) = stated else {
        return Ok(());
    };
    let system = sink.system(stated, None)?;
    sink.settle_system(system);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::collect_in;
    use crate::input::{DateOrder, Field, Manner};

    #[test]
    fn the_first_column_of_moments_is_the_time_unless_names_tell() {
        let options = columns::Options {
            geometry_field: Some(Field::Number(4)),
            ..columns::Options::default()
        };
        let used = |last: &str, times: bool| {
            let names = ["n", "seen", last, "geometry"].map(str::to_owned);
            let manner = Manner {
                times,
                ..Manner::default()
            };
            let mut used = Vec::new();
            let (report, _) = collect_in(manner, |sink| {
                let types = [false, true, true];
                used = Table::typed(&names, types, &options, sink)?.used().to_vec();
                Ok(())
            });
            assert!(report.failed.is_empty());
            used
        };
        assert_eq!(used("left", true), [1, 3]);
        assert_eq!(used("timestamp", true), [2, 3]);
        assert_eq!(used("left", false), [3]);
    }

    #[test]
    fn the_first_rows_tell_what_comes_first_in_dates() {
        let names = ["lat", "lon", "date"].map(str::to_owned);
        let manner = Manner {
            times: true,
            ..Manner::default()
        };
        for (date, order) in [
            (&b"13/05/2024"[..], DateOrder::DayFirst),
            (b"05/13/2024", DateOrder::MonthFirst),
            (b"05/05/2024", DateOrder::Unknown),
        ] {
            let rows = [[b"54", b"10", &b"02/05/2024"[..]], [b"54", b"10", date]];
            let rows = rows.map(|row| row.map(Value::Text).to_vec());
            let mut settled = DateOrder::Unknown;
            let options = columns::Options::default();
            collect_in(manner, |sink| {
                Table::new(&names, &rows, &options, sink)?;
                settled = sink.manner().date_order;
                Ok(())
            });
            assert_eq!(settled, order);
        }
    }

    #[test]
    fn values_are_text_as_databases_write_them() {
        for (value, text) in [
            (Value::Null, ""),
            (Value::Integer(-7), "-7"),
            (Value::Real(54.5), "54.5"),
            (Value::Moment(1_610_179_394_810), "2021-01-09T08:03:14.81Z"),
            (Value::Clock(1_610_179_394_810), "2021-01-09T08:03:14.81"),
            (Value::Text(b"54.3N"), "54.3N"),
            (Value::Bytes(b"POINT(1 2)"), "POINT(1 2)"),
            (Value::Bytes(&[1, 255, 0]), "01ff00"),
        ] {
            assert_eq!(value.text(), text.as_bytes(), "{value:?}");
        }
    }
}
