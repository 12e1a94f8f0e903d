//! Rows of Parquet files: which columns are read, and which row groups.

use super::geo::{self, Geo, Nesting, Place};
use crate::columnar::{Batch, Cell, ParquetFile, Span};
use crate::error::Result;
use crate::geo::{Crs, Extent};
use crate::input::columns::Field;
use crate::input::interleaved::Interleaved;
use crate::input::opened::Opened;
use crate::input::table::{self, Held, SAMPLE, Table, Value};
use crate::input::{Claim, Oddity, Options, Sink, columns};

/// What the column is called that holds the geometries in lists, where columns are told.
const GEOMETRY: &str = "geometry";
/// How many columns are looked into where names do not tell what they hold.
const LOOKED_INTO: usize = 200;
/// Boxes are in numbers of 32 bits, which are a metre apart.
const ROUNDING: f64 = 1e-4;

/// Reads the rows of a file.
pub(super) fn read(opened: Opened<'_>, options: &Options, sink: &mut Sink) -> Result<()> {
    let file = opened.file().map_err(|error| sink.error(None, error))?;
    let file = ParquetFile::open(file).map_err(|fact| sink.error(None, fact))?;
    let given = &options.columns;
    let geo = geometries(&file, given, sink)?;
    let columns = match &geo {
        Some(geo) => with_places(given, &geo.place, file.columns().len()),
        None => given.clone(),
    };
    let table = table(&file, geo.is_some(), &columns, sink)?;
    let used = Used::new(&file, &table, geo.as_ref());
    if let Some(mut tracks) = table.tracks(&columns) {
        for group in &groups(&file) {
            used.each(group, sink, |row, at, sink| {
                row.take(&table, at, Some(&mut tracks), sink)
            })?;
        }
        tracks.end(sink);
        return Ok(());
    }
    let is_near = |group: &Group| {
        let area = options
            .area
            .zip(bounds(&file, group.number, geo.as_ref(), &table));
        area.is_none_or(|(area, bounds)| may_reach(bounds, sink.manner().crs, area))
    };
    let (near, far): (Vec<_>, Vec<_>) = groups(&file).into_iter().partition(is_near);
    if let Some(first) = far.first() {
        sink.odd_often(Oddity::Outside, far.len() as u64, first.row);
    }
    sink.side_by_side(&near, |group, sink| {
        used.each(group, sink, |row, at, sink| {
            row.take(&table, at, None, sink)
        })
    })
}

/// The geometries of a file, unless the user names other places; settles their system.
fn geometries(
    file: &ParquetFile,
    given: &columns::Options,
    sink: &mut Sink,
) -> Result<Option<Geo>> {
    let others = [&given.lat_field, &given.lon_field, &given.polyline_field];
    if others.into_iter().any(Option::is_some) {
        return Ok(None);
    }
    let geo = geo::of(file, given.geometry_field.as_ref());
    let geo = geo.map_err(|fault| failed(fault, sink))?;
    if let Some(geo) = &geo {
        settle(geo, sink)?;
    }
    Ok(geo)
}

/// What the columns mean. Where places are geometries nothing needs a look at the rows: what is a
/// moment its type tells.
fn table<'o>(
    file: &ParquetFile,
    has_geometries: bool,
    columns: &'o columns::Options,
    sink: &mut Sink,
) -> Result<Table<'o>> {
    let names = file.columns().iter().map(|column| column.name.clone());
    let mut names: Vec<String> = names.collect();
    if has_geometries {
        // Geometries in lists stand in no column, as far as rows go.
        names.push(GEOMETRY.to_owned());
        let moments = file.columns().iter().map(|column| column.is_moment);
        return Table::typed(&names, moments, columns, sink);
    }
    let sample = Sampled::of(file).map_err(|fact| sink.error(None, fact))?;
    Table::new(&names, &sample.rows(), columns, sink)
}

fn failed(fault: geo::Fault, sink: &Sink) -> crate::error::Error {
    let error = sink.error(None, fault.fact);
    match fault.remedy {
        Some(remedy) => error.remedy(remedy),
        None => error,
    }
}

/// Settles in which system the numbers are, as the file says it.
fn settle(geo: &Geo, sink: &mut Sink) -> Result<()> {
    let manner = sink.manner();
    if manner.crs.is_plane() {
        return Ok(());
    }
    match geo.system.crs(manner.ballpark) {
        Ok(stated) => table::settle_system(stated, sink)?,
        Err(_) if manner.claim == Claim::Forced => {}
        Err(fault) => return Err(failed(fault, sink)),
    }
    if geo.is_round {
        sink.note("its lines are the shortest on the ground, and are drawn straight");
    }
    Ok(())
}

/// What the user says of columns, of which there are so many, and where the places are.
fn with_places(given: &columns::Options, place: &Place, columns: usize) -> columns::Options {
    let number = |column: usize| Some(Field::Number(column + 1));
    match *place {
        Place::Binary(column) => columns::Options {
            geometry_field: number(column),
            ..given.clone()
        },
        Place::Lists(..) => columns::Options {
            geometry_field: number(columns),
            ..given.clone()
        },
        Place::Numbers([x, y]) => columns::Options {
            geometry_field: None,
            lon_field: number(x),
            lat_field: number(y),
            ..given.clone()
        },
    }
}

/// A row group, and the number of its first row in the file, counted from 1.
struct Group {
    number: usize,
    row: u64,
}

fn groups(file: &ParquetFile) -> Vec<Group> {
    let mut row = 1_u64;
    let group = |number| {
        let group = Group { number, row };
        row = row.saturating_add(file.length(number));
        group
    };
    (0..file.groups()).map(group).collect()
}

/// The box around all places of a row group, if the file says it: x and y.
fn bounds(file: &ParquetFile, group: usize, geo: Option<&Geo>, table: &Table) -> Option<[Span; 2]> {
    if let Some([lat, lon]) = table.places() {
        return Some([file.span(group, lon)?, file.span(group, lat)?]);
    }
    if let Some(Place::Lists(_, [x, y])) = geo.map(|geo| &geo.place) {
        return Some([file.span(group, *x)?, file.span(group, *y)?]);
    }
    let of_boxes = || {
        let [left, right, bottom, top] = geo?.boxes?;
        let span = |column| file.span(group, column);
        let (left, right) = (span(left)?, span(right)?);
        let (bottom, top) = (span(bottom)?, span(top)?);
        // A box across 180° has its east to the left of its west.
        let is_upright = left.0 <= right.0 && left.1 <= right.1;
        is_upright.then_some([(left.0, right.1), (bottom.0, top.1)])
    };
    file.bounds(group, table.shapes()?).or_else(of_boxes)
}

/// Whether places in a box may lie in an area. Boxes in projected systems are no boxes in degrees,
/// and may lie anywhere.
fn may_reach([x, y]: [Span; 2], crs: Crs, area: Extent) -> bool {
    let is_projected = matches!(crs, Crs::Projected(_));
    let (x, y) = (
        (x.0 - ROUNDING, x.1 + ROUNDING),
        (y.0 - ROUNDING, y.1 + ROUNDING),
    );
    let (low, high) = (crs.place(x.0, y.0), crs.place(x.1, y.1));
    let (Ok(low), Ok(high)) = (low, high) else {
        return true;
    };
    let [south_west, north_east] = area.corners();
    let overlap = |turn: f64| {
        low.x() + turn <= north_east.x()
            && high.x() + turn >= south_west.x()
            && low.y() <= north_east.y()
            && high.y() >= south_west.y()
    };
    let turns: &[f64] = if crs.is_plane() {
        &[0.0]
    } else {
        &[0.0, 360.0, -360.0]
    };
    is_projected || turns.iter().any(|&turn| overlap(turn))
}

/// The columns that are read.
struct Used<'a> {
    file: &'a ParquetFile,
    columns: Vec<Option<usize>>,
    /// By its number in the file, which of those a column is.
    place: Vec<Option<usize>>,
    /// Which of those have the positions of geometries in lists, and what these are.
    lists: Option<(Nesting, [usize; 2])>,
}

impl<'a> Used<'a> {
    fn new(file: &'a ParquetFile, table: &Table, geo: Option<&Geo>) -> Self {
        let used = table.used();
        let mut place = vec![None; file.columns().len()];
        for (at, &column) in used.iter().enumerate() {
            if let Some(place) = place.get_mut(column) {
                *place = Some(at);
            }
        }
        // A number that the user gives may be beyond all columns.
        let is_there = |&column: &usize| column < file.columns().len();
        let columns = used.iter().map(|&column| Some(column).filter(is_there));
        let mut columns: Vec<_> = columns.collect();
        let lists = match geo.map(|geo| &geo.place) {
            Some(Place::Lists(nesting, places)) => {
                columns.extend(places.map(Some));
                Some((*nesting, [columns.len() - 2, columns.len() - 1]))
            }
            _ => None,
        };
        Self {
            file,
            columns,
            place,
            lists,
        }
    }

    /// Hands on the rows of a group, each with its number. What is wrong with the file is an error
    /// of it, and what came before counts.
    fn each(
        &self,
        group: &Group,
        sink: &mut Sink,
        mut take: impl FnMut(&Taken, u64, &mut Sink) -> Result<()>,
    ) -> Result<()> {
        let mut at = group.row;
        let rows = self.file.rows(group.number, &self.columns);
        let mut rows = rows.map_err(|fact| sink.error(Some(at), fact))?;
        loop {
            let batch = rows.next().map_err(|fact| sink.error(Some(at), fact))?;
            let Some(batch) = batch else { return Ok(()) };
            for row in 0..batch.len() {
                let taken = Taken {
                    batch,
                    row,
                    place: &self.place,
                    lists: self.lists,
                };
                take(&taken, at, sink)?;
                at += 1;
            }
        }
    }
}

/// A row of a batch.
struct Taken<'a> {
    batch: &'a Batch,
    row: usize,
    place: &'a [Option<usize>],
    lists: Option<(Nesting, [usize; 2])>,
}

impl Taken<'_> {
    /// Takes the shapes of the row.
    #[inline]
    fn take(
        &self,
        table: &Table,
        at: u64,
        tracks: Option<&mut Interleaved>,
        sink: &mut Sink,
    ) -> Result<()> {
        match self.lists {
            None => table.row(self, at, tracks, sink),
            Some((nesting, places)) => {
                let [x, y] = places.map(|place| self.batch.cell(place, self.row));
                match (x, y) {
                    (Cell::List(x), Cell::List(y)) => match nesting.geometry(x, y) {
                        Some(geometry) => table.feature(geometry, self, at, tracks, sink),
                        None => Err(sink.error(Some(at), "its lists of x and y are not alike")),
                    },
                    _ => Err(sink.error(Some(at), "its positions are not in lists")),
                }
            }
        }
    }
}

impl table::Row for Taken<'_> {
    #[inline]
    fn value(&self, column: usize) -> Value<'_> {
        match self.place.get(column) {
            Some(Some(at)) => value(self.batch.cell(*at, self.row)),
            _ => Value::Null,
        }
    }
}

#[inline]
fn value(cell: Cell<'_>) -> Value<'_> {
    match cell {
        // Lists of positions are no columns of their own, and others are not known.
        Cell::Null | Cell::List(_) => Value::Null,
        Cell::Integer(number) => Value::Integer(number),
        Cell::Real(number) => Value::Real(number),
        Cell::Moment(moment) => Value::Moment(moment),
        Cell::Clock(moment) => Value::Clock(moment),
        Cell::Text(text) => Value::Text(text),
        Cell::Bytes(bytes) => Value::Bytes(bytes),
    }
}

/// The first rows of a file, by columns: each was read by itself, for a page of each would be much.
struct Sampled {
    rows: usize,
    columns: Vec<Vec<Held>>,
}

impl Sampled {
    fn of(file: &ParquetFile) -> crate::columnar::Result<Self> {
        let first = (0..file.groups()).find(|&group| file.length(group) > 0);
        let mut columns: Vec<Vec<Held>> = Vec::new();
        for (number, column) in file.columns().iter().enumerate() {
            let group = first.filter(|_| column.lists == 0 && number < LOOKED_INTO);
            columns.push(match group {
                Some(group) => Self::column(file, group, number)?,
                None => Vec::new(),
            });
        }
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
        Ok(Self { rows, columns })
    }

    fn column(
        file: &ParquetFile,
        group: usize,
        column: usize,
    ) -> crate::columnar::Result<Vec<Held>> {
        let mut rows = file.rows(group, &[Some(column)])?;
        let Some(batch) = rows.next()? else {
            return Ok(Vec::new());
        };
        let held = |row| Held::of(value(batch.cell(0, row)));
        Ok((0..batch.len().min(SAMPLE)).map(held).collect())
    }

    fn rows(&self) -> Vec<Vec<Value<'_>>> {
        let row = |row: usize| {
            let cells = self.columns.iter().map(|column| column.get(row));
            cells
                .map(|cell| cell.map_or(Value::Null, Held::value))
                .collect()
        };
        (0..self.rows).map(row).collect()
    }
}
