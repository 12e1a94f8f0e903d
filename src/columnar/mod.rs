//! Parquet files: named columns of numbers, moments, texts and bytes, row group by row group, in
//! bounded memory. Knows nothing of places.
//!
//! [`ParquetFile::open`] reads the footer: the [columns](ParquetFile::columns), what the writer
//! says of the file ([`note`](ParquetFile::note)) and where row groups lie. [`ParquetFile::rows`]
//! then gives some columns of one row group, some thousand rows at a time; groups can be read side
//! by side, for nothing is shared but the file.
//!
//! ```ignore
//! let parquet = ParquetFile::open(file)?;
//! let wanted = [parquet.column("x"), parquet.column("n")];
//! for group in 0..parquet.groups() {
//!     let mut rows = parquet.rows(group, &wanted)?;
//!     while let Some(batch) = rows.next()? {
//!         for row in 0..batch.len() {
//!             let (x, n) = (batch.cell(0, row).number(), batch.cell(1, row).number());
//!         }
//!     }
//! }
//! ```
//!
//! The crate parquet takes footers and pages apart; its arrow half, which would double it, is not
//! needed for that. Pages are unpacked here (`pages.rs`), because the crate's own codecs take as
//! long to build as the crate, and believe what a page says of its size. What the crate panics at
//! is an error of the file.

mod pages;
mod source;
mod thrift;
mod values;

use std::fs::File;

use parquet::basic::LogicalType;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use self::source::Source;
pub use self::values::{Cell, List};
use self::values::{Column, Values};
use crate::raster::guard;

/// What is wrong with a file, as a fact.
pub type Result<T> = std::result::Result<T, String>;

/// How many rows are unpacked at a time.
const BATCH: usize = 4096;
/// The same where some of them are lists, which may be long.
const BATCH_OF_LISTS: usize = 128;

/// An open Parquet file.
#[derive(Debug)]
pub struct ParquetFile {
    source: Source,
    metadata: ParquetMetaData,
    columns: Vec<Leaf>,
}

/// A column, as the schema has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its name; that of a member of a structure follows the name of that: `bbox.xmin`.
    pub name: String,
    /// How many lists a value lies within: in 0 where a row has one value, or none. Of lists only
    /// those of fractional numbers can be read.
    pub lists: i16,
    /// What the type says of its values, if they are geometries by it, in well-known binary.
    pub geometry: Option<GeometryType>,
    /// Its values are moments by their type.
    pub is_moment: bool,
}

/// What a type says of geometries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeometryType {
    /// Their coordinate system; blank if it says none.
    pub crs: String,
    /// Lines are the shortest way on the ground.
    pub is_round: bool,
}

impl GeometryType {
    fn of(logical: Option<&LogicalType>) -> Option<Self> {
        let (crs, is_round) = match logical? {
            LogicalType::Geometry(of) => (&of.crs, false),
            LogicalType::Geography(of) => (&of.crs, true),
            _ => return None,
        };
        Some(Self {
            crs: crs.clone().unwrap_or_default(),
            is_round,
        })
    }
}

/// The least and the largest number in a column of a row group.
pub type Span = (f64, f64);

impl ParquetFile {
    /// Reads the footer of a file.
    ///
    /// # Errors
    /// When it is no Parquet file, or a broken one.
    pub fn open(file: File) -> Result<Self> {
        let source = Source::new(file).map_err(|error| error.to_string())?;
        let footer = source.footer()?;
        let metadata = guard(|| ParquetMetaDataReader::decode_metadata(&footer))?;
        let metadata = metadata.map_err(|error| broken(&error))?;
        let columns = metadata.file_metadata().schema_descr().columns();
        let columns = columns.iter().map(|column| Leaf {
            name: column.path().string(),
            lists: column.max_rep_level(),
            geometry: GeometryType::of(column.logical_type_ref()),
            is_moment: values::is_moment(column),
        });
        Ok(Self {
            columns: columns.collect(),
            source,
            metadata,
        })
    }

    /// The columns, those within structures one by one.
    #[must_use]
    pub fn columns(&self) -> &[Leaf] {
        &self.columns
    }

    /// The number of the column of a name, in its own spelling.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// What the writer says of the file under a key.
    #[must_use]
    pub fn note(&self, key: &str) -> Option<&str> {
        let notes = self.metadata.file_metadata().key_value_metadata()?;
        let note = notes.iter().find(|note| note.key == key)?;
        note.value.as_deref()
    }

    /// How many row groups there are.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// How many rows a row group says it has.
    #[must_use]
    pub fn length(&self, group: usize) -> u64 {
        u64::try_from(self.metadata.row_group(group).num_rows()).unwrap_or(0)
    }

    /// The least and the largest number in a column of a row group, if the file says them.
    #[must_use]
    pub fn span(&self, group: usize, column: usize) -> Option<Span> {
        let chunk = self.metadata.row_group(group).columns().get(column)?;
        let (least, most) = match chunk.statistics()? {
            Statistics::Float(of) => ((*of.min_opt()?).into(), (*of.max_opt()?).into()),
            Statistics::Double(of) => (*of.min_opt()?, *of.max_opt()?),
            Statistics::Int32(of) => ((*of.min_opt()?).into(), (*of.max_opt()?).into()),
            Statistics::Int64(of) => (*of.min_opt()? as f64, *of.max_opt()? as f64),
            _ => return None,
        };
        let column = chunk.column_descr();
        let is_plain = values::is_plain_number(column);
        (is_plain && least <= most).then_some((least, most))
    }

    /// The box of the geometries in a column of a row group, if the file says it: x and y.
    #[must_use]
    pub fn bounds(&self, group: usize, column: usize) -> Option<[Span; 2]> {
        let chunk = self.metadata.row_group(group).columns().get(column)?;
        let bounds = chunk.geo_statistics()?.bounding_box()?;
        let x = (bounds.get_xmin(), bounds.get_xmax());
        let y = (bounds.get_ymin(), bounds.get_ymax());
        // Where the least is larger the box lies across 180°.
        (x.0 <= x.1 && y.0 <= y.1).then_some([x, y])
    }

    /// Columns of a row group, some rows at a time. `None` among the columns is one of nothing.
    ///
    /// # Errors
    /// When the file is broken there, or a column is one of lists that are not read.
    pub fn rows(&self, group: usize, columns: &[Option<usize>]) -> Result<Rows> {
        let group = self.metadata.row_group(group);
        let opened = columns.iter().map(|column| match column {
            Some(column) => self.values(group, *column).map(Some),
            None => Ok(None),
        });
        let columns = opened.collect::<Result<Vec<_>>>()?;
        let has_lists = columns.iter().flatten().any(Column::has_lists);
        Ok(Rows {
            most: if has_lists { BATCH_OF_LISTS } else { BATCH },
            batch: Batch {
                length: 0,
                columns: columns.iter().map(|_| Values::default()).collect(),
            },
            columns,
            left: u64::try_from(group.num_rows()).unwrap_or(0),
        })
    }

    fn values(&self, group: &RowGroupMetaData, column: usize) -> Result<Column> {
        let chunk = group.columns().get(column);
        let chunk = chunk.ok_or("a row group has fewer columns than the schema")?;
        let name = chunk.column_path().string();
        let is_list = chunk.column_descr().max_rep_level() > 0;
        if is_list && !values::is_fraction(chunk.column_descr()) {
            return Err(format!("column \"{name}\" holds lists"));
        }
        if chunk.file_path().is_some() {
            return Err(format!("column \"{name}\" lies in another file"));
        }
        let opened = guard(|| pages::open(&self.source, chunk, group.num_rows()))?;
        let (pages, read) = opened?;
        Ok(Column::new(chunk.column_descr_ptr(), pages, read))
    }
}

/// What the crate says, as a fact about the file.
fn broken(error: &parquet::errors::ParquetError) -> String {
    use parquet::errors::ParquetError;
    match error {
        ParquetError::General(fact) | ParquetError::EOF(fact) => format!("it is broken: {fact}"),
        error => format!("it is broken: {error}"),
    }
}

/// Columns of a row group on their way out of the file.
pub struct Rows {
    columns: Vec<Option<Column>>,
    left: u64,
    /// How many come at a time.
    most: usize,
    batch: Batch,
}

impl Rows {
    /// The next rows; none at the end.
    ///
    /// # Errors
    /// When the file is broken there, or ends before all rows have come.
    pub fn next(&mut self) -> Result<Option<&Batch>> {
        let length = self.left.min(self.most as u64) as usize;
        if length == 0 {
            return Ok(None);
        }
        for (column, values) in self.columns.iter_mut().zip(&mut self.batch.columns) {
            let Some(column) = column else { continue };
            guard(|| column.read(length, values))??;
        }
        self.left -= length as u64;
        self.batch.length = length;
        Ok(Some(&self.batch))
    }
}

/// Some rows of some columns.
pub struct Batch {
    length: usize,
    columns: Vec<Values>,
}

impl Batch {
    /// How many rows there are; never none.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// What stands in a row, by the place of its column among those that were asked for.
    #[must_use]
    #[inline]
    pub fn cell(&self, column: usize, row: usize) -> Cell<'_> {
        self.columns[column].cell(row)
    }
}
