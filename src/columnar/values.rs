//! Values of a column: what stands in its bytes, by its physical type, and what that means, by its
//! logical one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use half::f16;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::page::PageReader;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType};
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

use super::{Result, broken};

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What stands in a row of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// A whole number; 0 or 1 where it is a truth value.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// Milliseconds since 1970.
    Moment(i64),
    /// What a clock and a calendar show of which nothing says the zone: the same as in UTC.
    Clock(i64),
    /// Text, mostly in UTF-8.
    Text(&'a [u8]),
    /// Bytes of which nothing says what they are, or geometries.
    Bytes(&'a [u8]),
    /// A list of numbers, which may be in lists themselves.
    List(List<'a>),
}

/// The numbers of a list, and how deep each goes on with the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct List<'a> {
    /// All of them, those of inner lists one after the other.
    pub numbers: &'a [f64],
    /// For each number the innermost of the lists that it shares with the one before, counted from
    /// 1 for the outermost; what is less than their depth begins a new inner list.
    pub levels: &'a [i16],
}

impl Cell<'_> {
    /// The number, if it is one.
    #[must_use]
    #[inline]
    #[allow(dead_code, reason = "for readers of plain numbers")]
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(number as f64),
            Self::Real(number) => Some(number),
            _ => None,
        }
    }
}

/// What the numbers or bytes of a column mean.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Integer,
    /// An integer without a sign, of 32 or 64 bits.
    Unsigned,
    Real,
    /// Fractional numbers of two bytes.
    Half,
    /// Hundredths or the like: a whole number, and how many decimals it has.
    Decimal(i32),
    /// A moment in units of which so many are a millisecond; or the other way round.
    Moment {
        per_millisecond: i64,
        milliseconds: i64,
        /// It is in UTC, and not in a zone that nothing says.
        is_utc: bool,
    },
    Text,
    Bytes,
}

/// Whether a column is one of fractional numbers.
pub(super) fn is_fraction(column: &ColumnDescriptor) -> bool {
    Meaning::of(column) == Meaning::Real
}

/// Whether a column is one of moments.
pub(super) fn is_moment(column: &ColumnDescriptor) -> bool {
    matches!(Meaning::of(column), Meaning::Moment { .. })
}

/// Whether the numbers of a column are what they seem to be.
pub(super) fn is_plain_number(column: &ColumnDescriptor) -> bool {
    matches!(Meaning::of(column), Meaning::Integer | Meaning::Real)
}

impl Meaning {
    fn of(column: &ColumnDescriptor) -> Self {
        let of_clock = |per_millisecond, milliseconds, is_utc| Self::Moment {
            per_millisecond,
            milliseconds,
            is_utc,
        };
        let moment = |per_millisecond| of_clock(per_millisecond, 1, true);
        let physical = column.physical_type();
        match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Decimal(decimal)), _) => return Self::Decimal(decimal.scale),
            (_, ConvertedType::DECIMAL) => return Self::Decimal(column.type_scale()),
            (Some(LogicalType::Date), _) | (_, ConvertedType::DATE) => {
                return of_clock(1, DAY, false);
            }
            (Some(LogicalType::Timestamp(stamp)), _) => {
                let per_millisecond = match stamp.unit {
                    TimeUnit::MILLIS => 1,
                    TimeUnit::MICROS => 1000,
                    TimeUnit::NANOS => 1_000_000,
                };
                return of_clock(per_millisecond, 1, stamp.is_adjusted_to_u_t_c);
            }
            (_, ConvertedType::TIMESTAMP_MILLIS) => return moment(1),
            (_, ConvertedType::TIMESTAMP_MICROS) => return moment(1000),
            (_, ConvertedType::UINT_32 | ConvertedType::UINT_64) => return Self::Unsigned,
            (Some(LogicalType::Integer(integer)), _) if !integer.is_signed => {
                return Self::Unsigned;
            }
            (Some(LogicalType::String | LogicalType::Enum | LogicalType::Json), _)
            | (_, ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON) => {
                return Self::Text;
            }
            (Some(LogicalType::Float16), _) => return Self::Half,
            _ => {}
        }
        match physical {
            Type::BOOLEAN | Type::INT32 | Type::INT64 => Self::Integer,
            Type::INT96 => moment(1),
            Type::FLOAT | Type::DOUBLE => Self::Real,
            Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => Self::Bytes,
        }
    }

    /// Whole numbers as what they mean.
    fn integers(self, numbers: impl Iterator<Item = i64>) -> Kept {
        match self {
            Self::Decimal(scale) => Kept::Reals(
                numbers
                    .map(|number| decimal(number.into(), scale))
                    .collect(),
            ),
            Self::Moment {
                per_millisecond,
                milliseconds,
                is_utc,
            } => {
                let moment = |number: i64| {
                    number
                        .saturating_mul(milliseconds)
                        .div_euclid(per_millisecond)
                };
                let moments = numbers.map(moment).collect();
                if is_utc {
                    Kept::Moments(moments)
                } else {
                    Kept::Clocks(moments)
                }
            }
            _ => Kept::Integers(numbers.collect()),
        }
    }

    /// Bytes as what they mean.
    fn bytes(self, values: Vec<ByteArray>) -> Kept {
        match self {
            Self::Text => Kept::Texts(values),
            Self::Decimal(scale) => {
                let number = |value: &ByteArray| decimal(whole(value.data()), scale);
                Kept::Reals(values.iter().map(number).collect())
            }
            Self::Half => Kept::Reals(values.iter().map(|value| half(value.data())).collect()),
            _ => Kept::Bytes(values),
        }
    }
}

/// A whole number by its digits, and how many of them are decimals.
fn decimal(number: i128, scale: i32) -> f64 {
    number as f64 / 10_f64.powi(scale)
}

/// A number of two bytes, the least first.
fn half(bytes: &[u8]) -> f64 {
    let bytes = bytes.try_into();
    bytes.map_or(f64::NAN, |bytes| f16::from_le_bytes(bytes).to_f64())
}

/// A whole number of up to 16 bytes, the largest first.
fn whole(bytes: &[u8]) -> i128 {
    let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        -1
    } else {
        0
    };
    let last = &bytes[bytes.len().saturating_sub(16)..];
    last.iter()
        .fold(sign, |number, &byte| number << 8 | i128::from(byte))
}

/// Values in the order of rows.
#[derive(Default)]
enum Kept {
    /// A column of nothing.
    #[default]
    None,
    Integers(Vec<i64>),
    Reals(Vec<f64>),
    Moments(Vec<i64>),
    Clocks(Vec<i64>),
    Texts(Vec<ByteArray>),
    Bytes(Vec<ByteArray>),
    Lists(Lists),
}

/// Lists of numbers, a row's behind those of the rows before.
#[derive(Debug, Default, PartialEq)]
struct Lists {
    numbers: Vec<f64>,
    levels: Vec<i16>,
    /// Where the numbers of each row begin.
    starts: Vec<usize>,
}

impl Lists {
    /// Puts numbers into the rows and lists that their levels say: how many of the things around
    /// each are there, all of them at the level `full`, and how many lists it goes on with.
    fn of(numbers: Vec<f64>, definitions: &[i16], repetitions: &[i16], full: i16) -> Self {
        let mut lists = Self {
            numbers,
            ..Self::default()
        };
        for (&definition, &repetition) in definitions.iter().zip(repetitions) {
            if repetition == 0 {
                lists.starts.push(lists.levels.len());
            }
            if definition == full {
                lists.levels.push(repetition);
            }
        }
        lists
    }

    /// Whether there are so many rows, and the numbers that they say.
    fn are_whole(&self, rows: usize) -> bool {
        self.starts.len() == rows && self.levels.len() == self.numbers.len()
    }

    fn row(&self, row: usize) -> List<'_> {
        let end = self.starts.get(row + 1).copied();
        let range = self.starts[row]..end.unwrap_or(self.numbers.len());
        List {
            numbers: &self.numbers[range.clone()],
            levels: &self.levels[range],
        }
    }
}

/// Some values of a column.
#[derive(Default)]
pub(super) struct Values {
    kept: Kept,
    /// Whether there is one, where some are missing.
    is_there: Option<Vec<bool>>,
}

impl Values {
    #[inline]
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        if self.is_there.as_ref().is_some_and(|there| !there[row]) {
            return Cell::Null;
        }
        match &self.kept {
            Kept::None => Cell::Null,
            Kept::Integers(numbers) => Cell::Integer(numbers[row]),
            Kept::Reals(numbers) => Cell::Real(numbers[row]),
            Kept::Moments(moments) => Cell::Moment(moments[row]),
            Kept::Clocks(moments) => Cell::Clock(moments[row]),
            Kept::Texts(texts) => Cell::Text(texts[row].data()),
            Kept::Bytes(bytes) => Cell::Bytes(bytes[row].data()),
            Kept::Lists(lists) => Cell::List(lists.row(row)),
        }
    }
}

impl Values {
    /// Puts values that follow one another into the rows that have one.
    fn spread(&mut self, is_there: Vec<bool>) {
        match &mut self.kept {
            Kept::None | Kept::Lists(_) => {}
            Kept::Integers(values) | Kept::Moments(values) | Kept::Clocks(values) => {
                spread(values, &is_there);
            }
            Kept::Reals(values) => spread(values, &is_there),
            Kept::Texts(values) | Kept::Bytes(values) => spread(values, &is_there),
        }
        self.is_there = Some(is_there);
    }
}

fn spread<T: Default>(values: &mut Vec<T>, is_there: &[bool]) {
    let mut from = values.len();
    values.resize_with(is_there.len(), T::default);
    for (row, &is_there) in is_there.iter().enumerate().rev() {
        if is_there && from > 0 {
            from -= 1;
            values.swap(from, row);
        }
    }
}

/// A column on its way out of the file.
pub(super) struct Column {
    reader: ColumnReader,
    meaning: Meaning,
    /// The level of a value that is there; 0 if all are.
    level: i16,
    levels: Vec<i16>,
    /// How many lists a value lies within.
    lists: i16,
    /// How many values its pages had for the rows at hand.
    read: Arc<AtomicU64>,
}

impl Column {
    pub(super) fn new(
        column: ColumnDescPtr,
        pages: Box<dyn PageReader>,
        read: Arc<AtomicU64>,
    ) -> Self {
        Self {
            read,
            lists: column.max_rep_level(),
            meaning: Meaning::of(&column),
            level: column.max_def_level(),
            reader: get_column_reader(column, pages),
            levels: Vec::new(),
        }
    }

    /// Whether its values are lists.
    pub(super) fn has_lists(&self) -> bool {
        self.lists > 0
    }

    /// Reads so many rows.
    pub(super) fn read(&mut self, rows: usize, to: &mut Values) -> Result<()> {
        self.read.store(0, Ordering::Relaxed);
        if self.has_lists() {
            to.kept = self.lists(rows).map(Kept::Lists)?;
            return Ok(());
        }
        let (meaning, levels) = (self.meaning, &mut self.levels);
        levels.clear();
        to.kept = match &mut self.reader {
            ColumnReader::BoolColumnReader(reader) => {
                let values = all(reader, rows, levels)?;
                Kept::Integers(values.into_iter().map(i64::from).collect())
            }
            ColumnReader::Int32ColumnReader(reader) => {
                let values = all(reader, rows, levels)?.into_iter();
                if meaning == Meaning::Unsigned {
                    Kept::Integers(values.map(|value| i64::from(value as u32)).collect())
                } else {
                    meaning.integers(values.map(i64::from))
                }
            }
            ColumnReader::Int64ColumnReader(reader) => {
                let values = all(reader, rows, levels)?.into_iter();
                if meaning == Meaning::Unsigned {
                    Kept::Reals(values.map(|value| value as u64 as f64).collect())
                } else {
                    meaning.integers(values)
                }
            }
            ColumnReader::Int96ColumnReader(reader) => {
                let values = all(reader, rows, levels)?.into_iter();
                Kept::Moments(values.map(|moment| moment.to_millis()).collect())
            }
            ColumnReader::FloatColumnReader(reader) => {
                let values = all(reader, rows, levels)?.into_iter();
                Kept::Reals(values.map(f64::from).collect())
            }
            ColumnReader::DoubleColumnReader(reader) => Kept::Reals(all(reader, rows, levels)?),
            ColumnReader::ByteArrayColumnReader(reader) => {
                meaning.bytes(all(reader, rows, levels)?)
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                let values = all(reader, rows, levels)?.into_iter();
                meaning.bytes(values.map(ByteArray::from).collect())
            }
        };
        to.is_there = None;
        if self.level > 0 && self.levels.iter().any(|&level| level < self.level) {
            let is_there = self.levels.iter().map(|&level| level == self.level);
            to.spread(is_there.collect());
        }
        Ok(())
    }
}

impl Column {
    /// Reads the lists of so many rows.
    fn lists(&mut self, rows: usize) -> Result<Lists> {
        match &mut self.reader {
            ColumnReader::FloatColumnReader(reader) => listed(reader, rows, self.level),
            ColumnReader::DoubleColumnReader(reader) => listed(reader, rows, self.level),
            _ => Err("only lists of fractional numbers are read".to_owned()),
        }
    }
}

/// The lists of so many rows.
fn listed<T: DataType>(reader: &mut ColumnReaderImpl<T>, rows: usize, full: i16) -> Result<Lists>
where
    T::T: Into<f64>,
{
    let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
    let levels = (Some(&mut definitions), Some(&mut repetitions));
    let read = reader.read_records(rows, levels.0, levels.1, &mut values);
    read.map_err(|error| broken(&error))?;
    let numbers = values.into_iter().map(Into::into).collect();
    let lists = Lists::of(numbers, &definitions, &repetitions, full);
    if !lists.are_whole(rows) {
        return Err("it is broken: lists do not have what they say".to_owned());
    }
    Ok(lists)
}

/// The values of so many rows, without those that are missing.
fn all<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    levels: &mut Vec<i16>,
) -> Result<Vec<T::T>> {
    let mut values = Vec::with_capacity(rows);
    let read = reader.read_records(rows, Some(levels), None, &mut values);
    let (records, ..) = read.map_err(|error| broken(&error))?;
    if records < rows {
        return Err("it is broken: a column ends before its row group".to_owned());
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_to_the_rows_that_have_one() {
        let mut values = vec![1, 2, 3];
        spread(&mut values, &[false, true, true, false, true]);
        assert_eq!((values[1], values[2], values[4]), (1, 2, 3));
        let mut none: Vec<i64> = Vec::new();
        spread(&mut none, &[false, false]);
        assert_eq!(none, [0, 0]);
    }

    #[test]
    fn levels_make_lists_of_numbers() {
        // [[1, 2], [3]], nothing, [], [[], [4]], where a number is there at level 3.
        let repetitions = [0, 2, 1, 0, 0, 0, 1];
        let definitions = [3, 3, 3, 0, 1, 2, 3];
        let lists = Lists::of(vec![1.0, 2.0, 3.0, 4.0], &definitions, &repetitions, 3);
        assert!(lists.are_whole(4) && !lists.are_whole(3));
        let row = |row| {
            (
                lists.row(row).numbers.to_vec(),
                lists.row(row).levels.to_vec(),
            )
        };
        assert_eq!(row(0), (vec![1.0, 2.0, 3.0], vec![0, 2, 1]));
        assert_eq!((row(1).0, row(2).0), (vec![], vec![]));
        assert_eq!(row(3), (vec![4.0], vec![1]));
    }

    #[test]
    fn numbers_of_two_bytes_are_numbers() {
        let bytes = |bytes: &[u8]| ByteArray::from(bytes.to_vec());
        let values = [[0x00, 0x51], [0x00, 0xc8], [0x00, 0x7c]];
        let seen = Values {
            kept: Meaning::Half.bytes(values.iter().map(|value| bytes(value)).collect()),
            is_there: None,
        };
        assert_eq!(seen.cell(0), Cell::Real(40.0));
        assert_eq!(seen.cell(1), Cell::Real(-8.0));
        assert_eq!(seen.cell(2), Cell::Real(f64::INFINITY));
    }

    #[test]
    fn decimals_are_digits_and_a_scale() {
        assert_eq!(decimal(whole(&[0xff, 0xfe]), 1), -0.2);
        assert_eq!(
            decimal(whole(&[0, 0, 0, 0, 0, 0, 0, 0, 0x54, 0x30]), 2),
            215.52
        );
        assert_eq!(whole(&[]), 0);
    }

    #[test]
    fn moments_are_milliseconds() {
        let of = |meaning: Meaning, number| match meaning.integers([number].into_iter()) {
            Kept::Moments(moments) | Kept::Clocks(moments) => moments[0],
            _ => panic!("no moment"),
        };
        let micros = Meaning::Moment {
            per_millisecond: 1000,
            milliseconds: 1,
            is_utc: true,
        };
        assert_eq!((of(micros, 1999), of(micros, -1)), (1, -1));
        let days = Meaning::Moment {
            per_millisecond: 1,
            milliseconds: DAY,
            is_utc: false,
        };
        assert_eq!((of(days, 1), of(days, i64::MAX)), (86_400_000, i64::MAX));
    }
}
