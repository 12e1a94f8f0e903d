//! Weights from the .dbf beside a shapefile: its row n belongs to record n of the .shp.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use shapefile::dbase::{self, FieldIndex, FieldInfo, FieldType, FieldValue, UnicodeLossy};

use super::sibling;
use crate::error::{Error, Place, Result};
use crate::input::Field;

/// One numeric column of a .dbf.
pub struct Weights {
    table: dbase::File<BufReader<File>>,
    column: FieldIndex,
    /// The file and the column, for messages.
    name: String,
}

impl Weights {
    /// The column of the .dbf beside a shapefile.
    pub fn beside(shp: &Path, field: &Field) -> Result<Self> {
        let path = sibling(shp, "dbf").ok_or_else(|| {
            let missing = shp.with_extension("dbf");
            Error::input(Place::file(shp), format!("there is no {} to take the weight from", missing.display()))
        })?;
        let fail = |fact: String| Error::input(Place::file(&path), fact);
        let table = open(&path).map_err(fail)?;
        let column = find(table.fields(), field).map_err(fail)?;
        let name = format!("{}: field \"{}\"", path.display(), table.fields()[column.0].name());
        Ok(Self { table, column, name })
    }

    /// The weight of a record, counted from 1.
    ///
    /// A row that is marked as deleted still stands in its place and has its weight, for its shape is drawn as well.
    pub fn of(&mut self, number: u64) -> std::result::Result<f64, String> {
        let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
        let mut row = self.table.record(index).ok_or_else(|| format!("{} has no row {number}", self.name))?;
        let value = row.read_field(self.column).ok().and_then(|value| number_in(&value));
        value.filter(|weight| weight.is_finite()).ok_or_else(|| format!("{} has no number in row {number}", self.name))
    }
}

/// Opens a table and makes sure that its fields fill its rows.
///
/// The crate `dbase` computes the length of a row from the fields, in 16 bits, and does not look at the length that the
/// header states. Where the two disagree every row but the first would be read askew, and beyond 65,535 it panics.
///
/// Text is read as UTF-8 with replacements, whatever the code page: only the fields' names are looked at, and the crate
/// would refuse a file in Windows-1252 outright.
fn open(path: &Path) -> std::result::Result<dbase::File<BufReader<File>>, String> {
    let mut source = BufReader::new(File::open(path).map_err(|reason| reason.to_string())?);
    let mut header = [0; 12];
    source.read_exact(&mut header).and_then(|()| source.rewind()).map_err(|reason| reason.to_string())?;
    let stated = usize::from(u16::from_le_bytes([header[10], header[11]]));
    let table = dbase::File::open_with_encoding(source, UnicodeLossy).map_err(|reason| reason.to_string())?;
    let filled = 1 + table.fields().iter().map(|field| usize::from(field.length())).sum::<usize>();
    if stated == filled {
        Ok(table)
    } else {
        Err(format!("the header says that a row has {stated} bytes, but its fields fill {filled}"))
    }
}

fn find(fields: &[FieldInfo], field: &Field) -> std::result::Result<FieldIndex, String> {
    let index = match field {
        Field::Name(name) => {
            fields.iter().position(|info| info.name().trim().to_lowercase() == name.trim().to_lowercase())
        }
        Field::Number(number) => number.checked_sub(1).filter(|index| *index < fields.len()),
    };
    let index = index.ok_or_else(|| format!("there is no field {field}; it has {}", names(fields, |_| true)))?;
    if is_numeric(&fields[index]) {
        Ok(FieldIndex(index))
    } else {
        Err(format!("field \"{}\" is not numeric; these are: {}", fields[index].name(), names(fields, is_numeric)))
    }
}

fn names(fields: &[FieldInfo], wanted: impl Fn(&FieldInfo) -> bool) -> String {
    let names: Vec<_> = fields.iter().filter(|info| wanted(info)).map(FieldInfo::name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Currency is left out: the crate takes its scaled integers for floating point numbers.
fn is_numeric(field: &FieldInfo) -> bool {
    matches!(field.field_type(), FieldType::Numeric | FieldType::Float | FieldType::Integer | FieldType::Double)
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
