//! Cells of a database: how many points of which weight lie on which pixel of a picture, as
//! `heatmap sql` has them counted.
//!
//! A cell is so many points at the middle of its pixel, and so comes to that very pixel in the
//! [frame](CellFrame) that it was counted in, and in no other. Nothing of it is doubtful as records
//! of people are: what is wrong in one is an error.

#[cfg(feature = "parquet")]
mod parquet;

use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder};

use crate::error::{Error, Location, Remedy, Result};
use crate::geo::{CellFrame, Shape};
use crate::input::columns::Field;
use crate::input::fields::{number, quoted};
use crate::input::opened::Opened;
use crate::input::reader::{Places, Reader};
use crate::input::row_guard::RowGuard;
use crate::input::{Options, Sink, Source};

/// The name of the format.
pub const NAME: &str = "cells";
/// How the names of descriptions end that lie beside cells.
const DESCRIPTION: &str = "view.json";

pub(super) static READER: Reader = Reader {
    name: NAME,
    title: "cells of databases",
    extensions: &[],
    companions: &[],
    // A table of x, y and n may as well be of points on a plane.
    detect: |_| false,
    certain: false,
    places: Places::Any,
    read,
};

/// Whether a file in a folder is none of cells, but says where they lie.
pub(super) fn is_description(name: &str) -> bool {
    name.ends_with(DESCRIPTION)
}

/// The frame that lies beside some files or folders of cells: `cells.csv.view.json` or
/// `cells.view.json` beside `cells.csv`, `view.json` in its folder; or that Parquet files say they
/// are of.
///
/// # Errors
/// When one cannot be read, or they are of different pixels.
pub fn frame_beside(sources: &[Source]) -> Result<Option<CellFrame>> {
    let mut found: Option<(PathBuf, CellFrame)> = None;
    for path in sources.iter().filter_map(Source::file) {
        let Some((description, frame)) = described(path)? else {
            continue;
        };
        match &found {
            Some((first, other)) if *other != frame => {
                let fact = format!(
                    "its cells are on other pixels than those that {} describes",
                    first.display()
                );
                return Err(Error::input(Location::file(&description), fact));
            }
            Some(_) => {}
            None => found = Some((description, frame)),
        }
    }
    Ok(found.map(|(_, frame)| frame))
}

/// The first description of a file or folder.
fn described(path: &Path) -> Result<Option<(PathBuf, CellFrame)>> {
    let with = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(DESCRIPTION);
        PathBuf::from(name)
    };
    let folder = if path.is_dir() {
        Some(path)
    } else {
        path.parent()
    };
    let all = [
        Some(with(path)),
        Some(with(&path.with_extension(""))),
        folder.map(|folder| folder.join(DESCRIPTION)),
        folder.map(|folder| folder.join(format!("_{DESCRIPTION}"))),
    ];
    for name in all.into_iter().flatten().filter(|name| name.is_file()) {
        if let Some(frame) = CellFrame::read(&name)? {
            return Ok(Some((name, frame)));
        }
    }
    #[cfg(feature = "parquet")]
    return parquet::frame_in(path);
    #[cfg(not(feature = "parquet"))]
    Ok(None)
}

fn read(opened: Opened<'_>, options: &Options, sink: &mut Sink) -> Result<()> {
    let Some(frame) = &options.cells else {
        let fact = "nothing says which pixels its cells were counted on";
        return Err(sink.error(None, fact).remedy(Remedy::FrameOfCells));
    };
    if opened.head().bytes().starts_with(b"PAR1") {
        #[cfg(feature = "parquet")]
        return parquet::read(opened, frame, sink);
        #[cfg(not(feature = "parquet"))]
        return Err(crate::input::without_feature("parquet", sink.file()));
    }
    table(opened, options, frame, sink)
}

/// Reads a table of text.
fn table(opened: Opened<'_>, options: &Options, frame: &CellFrame, sink: &mut Sink) -> Result<()> {
    let mut reader = ReaderBuilder::new()
        .delimiter(options.columns.delimiter.unwrap_or(b','))
        .from_reader(RowGuard::new(opened.text()));
    let names = reader
        .byte_headers()
        .map_err(|error| sink.error(Some(1), error))?;
    // Engines leave empty files for parts that have nothing.
    if names.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(names, sink)?;
    reader.get_mut().renew();
    let mut row = ByteRecord::new();
    loop {
        let read = reader.read_byte_record(&mut row);
        let line = row.position().map(csv::Position::line);
        match read {
            Ok(true) => reader.get_mut().renew(),
            Ok(false) => return Ok(()),
            Err(error) => {
                let line = error.position().map(csv::Position::line);
                return Err(sink.error(line, error));
            }
        }
        let field = |column: usize| row.get(column).unwrap_or_default();
        let cell = Cell {
            x: number(field(columns.x)),
            y: number(field(columns.y)),
            weight: columns.weight.map_or(Some(1.0), |at| number(field(at))),
            count: number(field(columns.count)),
        };
        let shown = || {
            let all = [
                Some(columns.x),
                Some(columns.y),
                columns.weight,
                Some(columns.count),
            ];
            all.map(|column| column.map_or_else(|| "1".to_owned(), |at| quoted(field(at))))
        };
        cell.give(frame, sink)
            .map_err(|what| sink.error(line, what.described(&shown(), frame)))?;
    }
}

/// Where the numbers of cells stand.
struct Columns {
    x: usize,
    y: usize,
    weight: Option<usize>,
    count: usize,
}

impl Columns {
    fn of(names: &ByteRecord, sink: &Sink) -> Result<Self> {
        let shown: Vec<_> = names.iter().map(String::from_utf8_lossy).collect();
        let find = |name: &str| {
            let field = Field::Name(name.to_owned());
            field.position(shown.iter().map(AsRef::as_ref))
        };
        let needed = |name: &str| {
            let listed: Vec<_> = names.iter().take(9).map(quoted).collect();
            find(name).ok_or_else(|| {
                let fact = format!("there is no column '{name}' among {}", listed.join(", "));
                sink.error(None, fact)
            })
        };
        Ok(Self {
            x: needed("x")?,
            y: needed("y")?,
            weight: find("weight"),
            count: needed("n")?,
        })
    }
}

/// The numbers of a cell, as far as they are any.
struct Cell {
    x: Option<f64>,
    y: Option<f64>,
    weight: Option<f64>,
    count: Option<f64>,
}

/// What is wrong with a cell.
#[derive(Clone, Copy)]
enum Wrong {
    X,
    Y,
    Weight,
    Count,
    Beyond,
}

impl Cell {
    /// The whole numbers that tables hold exactly.
    const EXACT: f64 = 9_007_199_254_740_992.0;

    fn give(&self, frame: &CellFrame, sink: &mut Sink) -> std::result::Result<(), Wrong> {
        let whole = |number: Option<f64>| {
            number.filter(|number| number.fract() == 0.0 && number.abs() < Self::EXACT)
        };
        let x = whole(self.x).ok_or(Wrong::X)? as i64;
        let y = whole(self.y).ok_or(Wrong::Y)? as i64;
        let weight = self.weight.filter(|weight| weight.is_finite());
        let weight = weight.ok_or(Wrong::Weight)?;
        let count = whole(self.count).filter(|count| *count >= 0.0);
        let mut left = count.ok_or(Wrong::Count)? as u64;
        let at = frame.center(x, y).ok_or(Wrong::Beyond)?;
        sink.record();
        while left > 0 {
            let some = u32::try_from(left).unwrap_or(u32::MAX);
            sink.stands_for(some);
            sink.shape(Shape::point(at).weighing(weight));
            left -= u64::from(some);
        }
        Ok(())
    }
}

impl Wrong {
    fn described(self, [x, y, weight, count]: &[String; 4], frame: &CellFrame) -> String {
        match self {
            Self::X => format!("x {x} is no whole number"),
            Self::Y => format!("y {y} is no whole number"),
            Self::Weight => format!("weight {weight} is no finite number"),
            Self::Count => format!("count {count} is no whole number that is not negative"),
            Self::Beyond => {
                let ((width, height), reach) = (frame.size(), frame.reach());
                format!(
                    "cell {x}, {y} is none of a picture of {width} × {height} pixels \
                     and {reach} around it"
                )
            }
        }
    }
}
