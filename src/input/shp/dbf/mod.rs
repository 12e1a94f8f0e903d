//! Weights, times and tracks from the .dbf beside a shapefile: its row n belongs to record n of the
//! .shp.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::Encoding;
use shapefile::dbase::{self, Date, FieldIndex, FieldInfo, FieldType, FieldValue, UnicodeLossy};

use crate::error::{Error, Location, Result};
use crate::geo::Time;
use crate::input::columns::Field;
use crate::input::decode;
use crate::input::fields::count;
use crate::input::opened::Opened;
use crate::input::time::{self, DateOrder};

/// One column of a .dbf.
struct Column {
    table: dbase::File<Rows>,
    index: FieldIndex,
    /// That of its texts that are not UTF-8, if something says it.
    encoding: Option<&'static Encoding>,
    /// The file and the column, for messages.
    name: String,
}

impl Column {
    /// The column of the .dbf beside a shapefile, which must be of some kind.
    fn beside(shp: &Opened, field: &Field, kind: &ColumnRole) -> Result<Self> {
        let error = |file: &str, fact: String| Error::input(Location::file(Path::new(file)), fact);
        let missing = shp.sibling_name("dbf");
        let dbf = shp
            .sibling("dbf")
            .map_err(|reason| error(&missing, reason.to_string()))?
            .ok_or_else(|| {
                let fact = format!("there is no {missing} to take the {} from", kind.what);
                error(shp.name(), fact)
            })?;
        let file_name = dbf.name().to_owned();
        let fail = |fact: String| error(&file_name, fact);
        let file = dbf.file().map_err(|reason| fail(reason.to_string()))?;
        let header = header(&file).map_err(|reason| fail(reason.to_string()))?;
        let table = open(&file).map_err(fail)?;
        let encoding = encoding(shp, &header);
        let names = names_in(&header, table.fields(), encoding);
        let index = find(table.fields(), &names, field, kind).map_err(fail)?;
        let name = format!("{file_name}: field \"{}\"", names[index.0]);
        Ok(Self {
            table,
            index,
            encoding,
            name,
        })
    }

    /// What stands in the row of a record, counted from 1; `None` if that cannot be read.
    ///
    /// A row that is marked as deleted still stands in its place; [`DeletedRows`] knows it.
    fn of(&mut self, number: u64) -> std::result::Result<Option<FieldValue>, String> {
        let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
        let mut row = self
            .table
            .record(index)
            .ok_or_else(|| format!("{} has no row {number}", self.name))?;
        Ok(row.read_field(self.index).ok())
    }
}

/// Where rows stand in a table, as its header says.
#[derive(Clone, Copy, Debug)]
struct Layout {
    rows: u64,
    /// Where the first row begins.
    header: u64,
    /// Bytes of a row, the mark of deletion included.
    row: u16,
}

impl Layout {
    fn read(source: &mut (impl Read + Seek)) -> io::Result<Self> {
        let mut header = [0; 12];
        source.read_exact(&mut header)?;
        source.rewind()?;
        let [_, _, _, _, a, b, c, d, header, more, row, long] = header;
        Ok(Self {
            rows: u32::from_le_bytes([a, b, c, d]).into(),
            header: u16::from_le_bytes([header, more]).into(),
            row: u16::from_le_bytes([row, long]),
        })
    }
}

/// The bytes of a table without what stands in its rows behind the last field.
struct Rows {
    inner: BufReader<File>,
    layout: Layout,
    /// Bytes of a row that its fields fill.
    filled: u64,
    /// Where reading goes on in the table that is shown.
    position: u64,
}

impl Rows {
    fn new(mut inner: BufReader<File>, layout: Layout, filled: u16) -> io::Result<Self> {
        inner.rewind()?;
        Ok(Self {
            inner,
            layout,
            filled: u64::from(filled).max(1),
            position: 0,
        })
    }

    /// Where a byte of the table that is shown stands in the file, and how many follow it there.
    fn place(&self, position: u64) -> (u64, u64) {
        let Layout { header, row, .. } = self.layout;
        let Some(within) = position.checked_sub(header) else {
            return (position, header - position);
        };
        let (number, column) = (within / self.filled, within % self.filled);
        (
            header + number * u64::from(row) + column,
            self.filled - column,
        )
    }
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (at, left) = self.place(self.position);
        let ahead = at.wrapping_sub(self.inner.stream_position()?) as i64;
        self.inner.seek_relative(ahead)?;
        let length = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let got = self.inner.read(&mut buffer[..length])?;
        self.position += got as u64;
        Ok(got)
    }
}

impl Seek for Rows {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(ahead) => self.position.checked_add_signed(ahead),
            SeekFrom::End(ahead) => {
                let end = self.layout.header + self.layout.rows * self.filled;
                end.checked_add_signed(ahead)
            }
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// The bytes of the rows in the .dbf beside a shapefile, as they stand there.
struct Bytes {
    source: BufReader<File>,
    layout: Layout,
}

impl Bytes {
    /// Those of a table that is there, and not broken.
    fn beside(shp: &Opened) -> Option<Self> {
        let file = shp.sibling("dbf").ok()??.file().ok()?;
        let mut source = BufReader::new(file);
        let layout = Layout::read(&mut source).ok()?;
        (layout.row > 0 && layout.header >= 33).then_some(Self { source, layout })
    }

    /// Reads what stands from a place on in the row of a record, counted from 1.
    fn read(&mut self, number: u64, at: u64, to: &mut [u8]) -> Option<()> {
        let Layout { rows, header, row } = self.layout;
        let at = (number <= rows).then(|| header + (number - 1) * u64::from(row) + at)?;
        let ahead = at.wrapping_sub(self.source.stream_position().ok()?) as i64;
        self.source.seek_relative(ahead).ok()?;
        self.source.read_exact(to).ok()
    }
}

/// The marks of deletion in the .dbf beside a shapefile. A record whose row has one is deleted, as
/// GDAL and QGIS have it; it only goes when the file is packed.
pub struct DeletedRows(Bytes);

impl DeletedRows {
    /// Those of the table beside a shapefile. A table that is not there, or broken, has none: it is
    /// only looked at for them.
    pub fn beside(shp: &Opened) -> Option<Self> {
        Bytes::beside(shp).map(Self)
    }

    /// How many rows there are, with and without marks.
    pub fn rows(&self) -> u64 {
        self.0.layout.rows
    }

    /// Whether a record, counted from 1, has such a mark.
    pub fn has(&mut self, number: u64) -> bool {
        let mut mark = [0];
        self.0.read(number, 0, &mut mark).is_some() && mark == *b"*"
    }
}

/// What a column is for, and whether it can be.
struct ColumnRole {
    what: &'static str,
    is: &'static str,
    fits: fn(&FieldInfo) -> bool,
}

const WEIGHT: ColumnRole = ColumnRole {
    what: "weight",
    is: "numeric",
    fits: is_numeric,
};
const COUNT: ColumnRole = ColumnRole {
    what: "count",
    ..WEIGHT
};
const TIME: ColumnRole = ColumnRole {
    what: "time",
    is: "a date, a text or a number",
    fits: is_timely,
};

const TRACK: ColumnRole = ColumnRole {
    what: "track",
    is: "a text, a number or a date",
    fits: |field| is_timely(field) || field.field_type() == FieldType::Logical,
};
const PART: ColumnRole = ColumnRole {
    what: "part",
    ..TRACK
};
const FIELD: ColumnRole = ColumnRole {
    what: "field",
    ..TRACK
};
const ORDER: ColumnRole = ColumnRole {
    what: "order",
    ..TIME
};

/// What comes first in the dates of the table beside a shapefile, where nobody has said it and one
/// of them tells.
pub fn date_order(shp: &Opened, said: DateOrder) -> DateOrder {
    let file = || shp.sibling("dbf").ok()??.file().ok();
    match said {
        DateOrder::Unknown => file().map_or(said, time::order_of_table),
        said => said,
    }
}

/// A column of a .dbf whose fields are looked at as they would be written.
pub struct Texts {
    column: Column,
    /// The table once more, for what is not UTF-8.
    bytes: Option<Bytes>,
}

impl Texts {
    fn beside(shp: &Opened, field: &Field, kind: &ColumnRole) -> Result<Self> {
        Ok(Self {
            column: Column::beside(shp, field, kind)?,
            bytes: Bytes::beside(shp),
        })
    }

    /// The column that says which track a record belongs to.
    pub fn of_tracks(shp: &Opened, field: &Field) -> Result<Self> {
        Self::beside(shp, field, &TRACK)
    }

    /// The column by which data are parted.
    pub fn of_parts(shp: &Opened, field: &Field) -> Result<Self> {
        Self::beside(shp, field, &PART)
    }

    /// The column of a condition.
    pub fn of_condition(shp: &Opened, field: &Field) -> Result<Self> {
        Self::beside(shp, field, &FIELD)
    }

    /// The column that puts the records of a track in order.
    pub fn of_order(shp: &Opened, field: &Field) -> Result<Self> {
        Self::beside(shp, field, &ORDER)
    }

    /// The field of a record, counted from 1: in UTF-8 where it is known how the table is encoded,
    /// and else as it stands there; empty if nothing stands in it.
    pub fn of(&mut self, number: u64) -> std::result::Result<Vec<u8>, String> {
        let value = self.column.of(number)?;
        let text = value.as_ref().and_then(written).unwrap_or_default();
        let is_lossy = text.contains(char::REPLACEMENT_CHARACTER);
        let bytes = is_lossy.then(|| self.bytes(number)).flatten();
        Ok(bytes.map_or_else(|| text.into_bytes(), |bytes| self.decoded(bytes)))
    }

    fn decoded(&self, bytes: Vec<u8>) -> Vec<u8> {
        let encoding = self.column.encoding;
        let decode = |encoding: &'static Encoding| {
            encoding.decode_without_bom_handling_and_without_replacement(&bytes)
        };
        let text = encoding.and_then(decode).map(Cow::into_owned);
        text.map_or(bytes, String::into_bytes)
    }

    /// The bytes of a field as they stand in the table, without the blanks around them.
    fn bytes(&mut self, number: u64) -> Option<Vec<u8>> {
        let (before, own) = self.column.table.fields().split_at(self.column.index.0);
        let lengths = before.iter().map(|field| u64::from(field.length()));
        let mut bytes = vec![0; own.first()?.length().into()];
        // A row begins with its mark of deletion.
        let at = 1 + lengths.sum::<u64>();
        self.bytes.as_mut()?.read(number, at, &mut bytes)?;
        let text = bytes.split(|&byte| byte == 0).next()?;
        Some(text.trim_ascii().to_vec())
    }
}

/// One numeric column of a .dbf.
pub struct Weights(Column);

impl Weights {
    /// The column of the .dbf beside a shapefile.
    pub fn beside(shp: &Opened, field: &Field) -> Result<Self> {
        Column::beside(shp, field, &WEIGHT).map(Self)
    }

    /// The weight of a record, counted from 1.
    pub fn of(&mut self, number: u64) -> std::result::Result<f64, String> {
        let value = self.0.of(number)?.and_then(|value| number_in(&value));
        let weight = value.filter(|weight| weight.is_finite());
        weight.ok_or_else(|| format!("{} has no number in row {number}", self.0.name))
    }
}

/// The numeric column of a .dbf that says how many records a record stands for.
pub struct Counts(Column);

impl Counts {
    /// The column of the .dbf beside a shapefile.
    pub fn beside(shp: &Opened, field: &Field) -> Result<Self> {
        Column::beside(shp, field, &COUNT).map(Self)
    }

    /// How many records a record, counted from 1, stands for.
    pub fn of(&mut self, number: u64) -> std::result::Result<u32, String> {
        let value = self.0.of(number)?.and_then(|value| number_in(&value));
        let text = value.map(|value| value.to_string()).unwrap_or_default();
        count(text.as_bytes()).map_err(|fault| fault.to_string())
    }
}

/// A column of a .dbf with dates, or with what `time` can read.
pub struct Times {
    column: Column,
    order: DateOrder,
}

/// The time of a record, and whether which number of its date is the month had to be guessed.
pub struct Dated {
    /// When it was.
    pub time: Time,
    /// Whether its day and month could each be the other.
    pub is_guess: bool,
    /// Whether it says its zone.
    pub has_zone: bool,
}

impl Times {
    /// The column of the .dbf beside a shapefile. Where nobody has said what comes first in dates,
    /// a date of the file may tell.
    pub fn beside(shp: &Opened, field: &Field, order: DateOrder) -> Result<Self> {
        let column = Column::beside(shp, field, &TIME)?;
        let order = date_order(shp, order);
        Ok(Self { column, order })
    }

    /// The time of a record, counted from 1; `None` if its field is empty.
    pub fn of(&mut self, number: u64) -> std::result::Result<Option<Dated>, String> {
        let value = self.column.of(number)?;
        if value.as_ref().is_some_and(is_empty) {
            return Ok(None);
        }
        let dated = value.and_then(|value| {
            Some(Dated {
                time: time_in(&value, self.order)?,
                is_guess: self.order == DateOrder::Unknown && is_ambiguous(&value),
                has_zone: has_zone(&value),
            })
        });
        let name = &self.column.name;
        dated
            .map(Some)
            .ok_or_else(|| format!("{name} has no time that is known in row {number}"))
    }
}

fn is_ambiguous(value: &FieldValue) -> bool {
    match value {
        FieldValue::Character(Some(text)) => time::is_ambiguous(text.as_bytes()),
        _ => false,
    }
}

fn has_zone(value: &FieldValue) -> bool {
    match value {
        FieldValue::Character(text) => {
            time::has_zone(text.as_deref().unwrap_or_default().as_bytes())
        }
        FieldValue::Date(_) | FieldValue::DateTime(_) => false,
        _ => true,
    }
}

fn is_empty(value: &FieldValue) -> bool {
    match value {
        FieldValue::Character(text) => text.as_ref().is_none_or(|text| text.trim().is_empty()),
        FieldValue::Date(None) | FieldValue::Numeric(None) | FieldValue::Float(None) => true,
        _ => false,
    }
}

fn time_in(value: &FieldValue, order: DateOrder) -> Option<Time> {
    match value {
        FieldValue::Character(text) => time::parse_in(text.as_ref()?.as_bytes(), order),
        FieldValue::Date(date) => time::parse(day((*date)?).as_bytes()),
        FieldValue::DateTime(_) => time::parse(written(value)?.as_bytes()),
        value => number_in(value).and_then(time::since_1970),
    }
}

/// A value as tables of text have it; `None` if it is empty.
fn written(value: &FieldValue) -> Option<String> {
    match value {
        FieldValue::Character(text) => text.clone(),
        FieldValue::Logical(yes) => yes.map(|yes| yes.to_string()),
        FieldValue::Date(date) => date.map(day),
        FieldValue::DateTime(at) => Some(format!("{}T{}", day(at.date()), clock(at.time()))),
        value => number_in(value).map(|number| number.to_string()),
    }
}

fn day(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

fn clock(time: dbase::Time) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        time.hours(),
        time.minutes(),
        time.seconds()
    )
}

/// Opens a table and makes sure that its fields fill its rows.
///
/// The crate `dbase` computes the length of a row from the fields, in 16 bits, and does not look at
/// the length that the header states. Where the two disagree every row but the first would be read
/// askew, and beyond 65,535 it panics.
///
/// Text is read as UTF-8 with replacements, whatever the code page: the crate would refuse a file in
/// Windows-1252 outright, and who wants to know more of a text looks at its bytes ([`Texts`]).
fn open(file: &File) -> std::result::Result<dbase::File<Rows>, String> {
    let again = || file.try_clone().map_err(|reason| reason.to_string());
    let mut source = BufReader::new(again()?);
    let layout = Layout::read(&mut source).map_err(|reason| reason.to_string())?;
    let stated = usize::from(layout.row);
    let table = |filled: u16| {
        let rows = Rows::new(BufReader::new(again()?), layout, filled)
            .map_err(|reason| reason.to_string())?;
        dbase::File::open_with_encoding(rows, UnicodeLossy)
            .map_err(|reason| reason.kind().to_string())
    };
    let table_as_stated = table(layout.row)?;
    let fields = table_as_stated.fields();
    let filled = 1 + fields
        .iter()
        .map(|field| usize::from(field.length()))
        .sum::<usize>();
    match u16::try_from(filled) {
        Ok(filled) if filled == layout.row => Ok(table_as_stated),
        // Some writers leave room behind the last field.
        Ok(filled) if filled < layout.row => table(filled),
        _ => Err(format!(
            "the header says that a row has {stated} bytes, but its fields fill {filled}"
        )),
    }
}

/// Marks of encodings in the headers of tables, and the code pages that they mean. That of Western
/// Europe is not among them: programs write it that know nothing of encodings.
const MARKS: [(u8, &str); 20] = [
    (0x13, "932"),
    (0x26, "866"),
    (0x4d, "936"),
    (0x4e, "949"),
    (0x4f, "950"),
    (0x50, "874"),
    (0x65, "866"),
    (0x78, "950"),
    (0x79, "949"),
    (0x7a, "936"),
    (0x7b, "932"),
    (0x7c, "874"),
    (0x7d, "1255"),
    (0x7e, "1256"),
    (0xc8, "1250"),
    (0xc9, "1251"),
    (0xca, "1254"),
    (0xcb, "1253"),
    (0xcc, "1257"),
    (0xf0, "65001"),
];
/// Where that mark stands.
const MARK: usize = 29;
/// Bytes of the header before its fields, of each of these, and of the name in front of it.
const HEAD: usize = 32;
const FIELD_HEAD: usize = 32;
const NAME: usize = 11;

/// The header of a table, and perhaps more, as far as the file goes; then it is at its beginning.
fn header(mut file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(u16::MAX.into()).read_to_end(&mut bytes)?;
    file.rewind()?;
    Ok(bytes)
}

/// The encoding of the texts of a table, by the `.cpg` beside it or else by the mark in its header.
fn encoding(shp: &Opened, header: &[u8]) -> Option<&'static Encoding> {
    let said = || {
        let mut text = String::new();
        let source = shp.sibling("cpg").ok()??.stream();
        source.take(64).read_to_string(&mut text).ok()?;
        decode::code_page(&text)
    };
    let marked = || {
        let mark = header.get(MARK)?;
        let (_, page) = MARKS.iter().find(|(known, _)| known == mark)?;
        decode::code_page(page)
    };
    said().or_else(marked)
}

/// The names of all fields.
fn names_in(
    header: &[u8],
    fields: &[FieldInfo],
    encoding: Option<&'static Encoding>,
) -> Vec<String> {
    let own = |at: usize| {
        let from = HEAD + FIELD_HEAD * at;
        let name = header
            .get(from..from + NAME)?
            .split(|&byte| byte == 0)
            .next()?;
        Some(match (std::str::from_utf8(name), encoding) {
            (Err(_), Some(encoding)) => encoding.decode_without_bom_handling(name).0.into_owned(),
            _ => decode::word(name).into_owned(),
        })
    };
    let fields = fields.iter().enumerate();
    fields
        .map(|(at, field)| own(at).unwrap_or_else(|| field.name().to_owned()))
        .collect()
}

fn find(
    fields: &[FieldInfo],
    names: &[String],
    field: &Field,
    kind: &ColumnRole,
) -> std::result::Result<FieldIndex, String> {
    let listed = |wanted: &dyn Fn(&FieldInfo) -> bool| {
        let wanted = fields.iter().zip(names).filter(|(info, _)| wanted(info));
        let names: Vec<_> = wanted.map(|(_, name)| name.as_str()).collect();
        match names.as_slice() {
            [] => "none".to_owned(),
            names => names.join(", "),
        }
    };
    let index = field
        .position(names.iter().map(String::as_str))
        .filter(|index| *index < fields.len());
    let index =
        index.ok_or_else(|| format!("there is no field {field}; it has {}", listed(&|_| true)))?;
    if (kind.fits)(&fields[index]) {
        Ok(FieldIndex(index))
    } else {
        let (name, fitting) = (&names[index], listed(&kind.fits));
        Err(format!(
            "field \"{name}\" is not {}; these are: {fitting}",
            kind.is
        ))
    }
}

/// Currency is left out: the crate takes its scaled integers for floating point numbers.
fn is_numeric(field: &FieldInfo) -> bool {
    matches!(
        field.field_type(),
        FieldType::Numeric | FieldType::Float | FieldType::Integer | FieldType::Double
    )
}

fn is_timely(field: &FieldInfo) -> bool {
    matches!(
        field.field_type(),
        FieldType::Date | FieldType::DateTime | FieldType::Character
    ) || is_numeric(field)
}

fn number_in(value: &FieldValue) -> Option<f64> {
    match value {
        FieldValue::Numeric(number) => *number,
        FieldValue::Float(number) => number.map(f64::from),
        FieldValue::Integer(number) => Some(f64::from(*number)),
        FieldValue::Double(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
