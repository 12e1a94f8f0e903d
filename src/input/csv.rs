//! CSV: a row for each point, with commas, semicolons, tabs or bars between its columns.
//!
//! `rows` splits the file into rows that cannot grow without bound, `columns` finds out which of their fields are
//! the latitude, the longitude and the weight, and this module makes shapes of them.

mod columns;
mod rows;

use std::io::Read;

use csv::ByteRecord;

use self::columns::{Columns, Weight};
use self::rows::Rows;
use super::text::{Fault, finite, number, number_with_comma};
use super::{Field, Sink};
use crate::error::Result;
use crate::map::Degrees;
use crate::shape::Shape;

/// What to look for in a CSV file. Columns that are not given are found by their names or positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The column of the latitude.
    pub lat_field: Option<Field>,
    /// The column of the longitude.
    pub lon_field: Option<Field>,
    /// The column of the weight; when it is given, every row must have one.
    pub weight_field: Option<Field>,
    /// Skip the first row, whatever it says, and take columns 1, 2 and 3.
    pub ignore_header: bool,
}

type Parsed<'a, T> = std::result::Result<T, Fault<'a>>;

/// Reads the rows of `source` into `sink`.
///
/// # Errors
/// When the source cannot be read, when its header has no columns that would do, or at the first bad row if the sink is
/// strict.
pub fn read(source: impl Read, options: &Options, sink: &mut Sink) -> Result<()> {
    let mut rows = Rows::new(source).map_err(|error| sink.error(None, error))?;
    let Some(first) = rows.peek() else { return Ok(()) };
    let numbers = Numbers { comma: rows.delimiter() == b';' };
    let columns = columns::choose(&first, options, numbers, sink)?;
    sink.note(format_args!("{}, delimiter {}", columns.describe(&first), rows.delimiter().escape_ascii()));
    if columns.header {
        rows.skip_row();
    }
    read_rows(rows, &columns, numbers, sink)
}

/// Reads all rows, with the question of weights settled before the loop.
fn read_rows(rows: Rows<impl Read>, columns: &Columns, numbers: Numbers, sink: &mut Sink) -> Result<()> {
    match columns.weight {
        Weight::One => shapes(rows, columns, numbers, sink, |_| Ok(1.0)),
        Weight::Optional(column) => shapes(rows, columns, numbers, sink, |row| {
            row.get(column).and_then(|field| numbers.parse(field)).map_or(Ok(1.0), finite)
        }),
        Weight::Asked(column) => {
            shapes(rows, columns, numbers, sink, |row| finite(numbers.field(row, column, "weight")?))
        }
    }
}

fn shapes(
    rows: Rows<impl Read>,
    columns: &Columns,
    numbers: Numbers,
    sink: &mut Sink,
    weight: impl Fn(&ByteRecord) -> Parsed<'_, f64>,
) -> Result<()> {
    rows.each(sink, |sink, row| {
        let place = numbers.place(row.fields, columns.lat, columns.lon);
        match place.and_then(|place| Ok(Shape::point(place).weighing(weight(row.fields)?))) {
            Ok(shape) => sink.shape(shape),
            Err(fault) => sink.skip(row.line(), fault)?,
        }
        Ok(())
    })
}

/// How numbers are written in a file.
#[derive(Clone, Copy)]
struct Numbers {
    /// A comma may stand for the decimal point.
    comma: bool,
}

impl Numbers {
    fn parse(self, field: &[u8]) -> Option<f64> {
        number(field).or_else(|| self.comma.then(|| number_with_comma(field))?)
    }

    fn field<'a>(self, row: &'a ByteRecord, column: usize, what: &'static str) -> Parsed<'a, f64> {
        let field = row.get(column).ok_or(Fault::Missing { what, fields: row.len() })?;
        self.parse(field).ok_or_else(|| Fault::field(what, field))
    }

    fn place(self, row: &ByteRecord, lat: usize, lon: usize) -> Parsed<'_, Degrees> {
        let (lat, lon) = (self.field(row, lat, "latitude")?, self.field(row, lon, "longitude")?);
        Degrees::new(lat, lon).map_err(Fault::NotAPlace)
    }
}

#[cfg(test)]
mod tests;
