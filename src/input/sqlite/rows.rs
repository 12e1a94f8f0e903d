//! Rows of an `SQLite` database: those of its layers, or of what a query gives.
//!
//! Databases come from anywhere, so they are opened read-only and within limits.

use std::path::Path;

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use rusqlite::OpenFlags;
use rusqlite::types::ValueRef;

use super::layers::{self, Layer, Layers, Places as Kept};
use crate::error::{Error, Remedy, Result, meant};
use crate::geo::Crs;
use crate::input::columns::Field;
use crate::input::opened::Opened;
use crate::input::table::{self, Row, Stream, Value};
use crate::input::{Claim, Oddity, Options, Sink, columns};
use crate::untrusted::{Untrusted, is_endless};

/// The most bytes of a value, and of a row.
const LONGEST: i32 = 256 << 20;
/// What an address of a file may not have in it as it is.
const RESERVED: AsciiSet = CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// Reads the layers of a database that are wanted, or what a query gives.
pub(super) fn read(opened: Opened<'_>, options: &Options, sink: &mut Sink) -> Result<()> {
    let file = opened.on_disk().map_err(|error| sink.error(None, error))?;
    let database = open(file.path(), file.is_copy()).map_err(|fault| failed(&fault, sink))?;
    let is_legible = database.ask(layers::is_legible);
    if !is_legible.map_err(|fault| failed(&fault, sink))? {
        return Err(sink.error(None, "names in its schema are no UTF-8"));
    }
    let given = &options.columns;
    if let Some(query) = &options.databases.query {
        return select(&database, query, given, Placement::Any, sink);
    }
    let layers = database.ask(Layers::of);
    let layers = layers.map_err(|fault| failed(&fault, sink))?;
    let before = sink.manner().crs;
    let chosen = chosen(&database, &layers, options, sink)?;
    if chosen.len() > 1 && options.databases.layers.is_empty() {
        sink.odd_files(Oddity::Layers, chosen.len() as u64);
    }
    for layer in chosen {
        sink.note(format_args!("layer {}", layer.name));
        sink.settle_system(before);
        read_layer(&database, layer, given, sink)?;
    }
    sink.settle_system(before);
    Ok(())
}

/// Opens a database for reading and nothing else. One that nobody writes needs no locks; one in a
/// folder that cannot be written is taken for such.
fn open(path: &Path, is_copy: bool) -> rusqlite::Result<Untrusted> {
    let database = if is_copy {
        connect(path, "immutable=1")?
    } else {
        connect(path, "mode=ro")?
    };
    match database.first("SELECT count(*) FROM sqlite_master", (), |_| Ok(())) {
        Err(rusqlite::Error::SqliteFailure(error, _))
            if error.code == rusqlite::ErrorCode::CannotOpen && !is_copy =>
        {
            connect(path, "immutable=1")
        }
        Err(fault) => Err(fault),
        Ok(()) => Ok(database),
    }
}

fn connect(path: &Path, manner: &str) -> rusqlite::Result<Untrusted> {
    let path = percent_encode(path.as_os_str().as_encoded_bytes(), &RESERVED);
    let address = format!("file:{path}?{manner}");
    let database = Untrusted::open(address.as_ref(), OpenFlags::SQLITE_OPEN_URI, LONGEST)?;
    database.ask(|database| database.pragma_update(None, "cell_size_check", true))?;
    Ok(database)
}

/// What `SQLite` says, as a fact about the file.
fn failed(fault: &rusqlite::Error, sink: &Sink) -> Error {
    match fault {
        fault if is_endless(fault) => sink.error(None, "what it says of its layers has no end"),
        rusqlite::Error::SqliteFailure(_, Some(words)) => sink.error(None, words),
        rusqlite::Error::SqlInputError { msg, .. } => sink.error(None, msg),
        fault => sink.error(None, fault),
    }
}

/// The layers that are wanted: those that are named, or else all with geometries, or else all
/// tables with columns of places.
fn chosen<'l>(
    database: &Untrusted,
    layers: &'l Layers,
    options: &Options,
    sink: &Sink,
) -> Result<Vec<&'l Layer>> {
    let asked = &options.databases.layers;
    if !asked.is_empty() {
        let find = |name: &String| {
            let found = layers
                .all
                .iter()
                .find(|layer| layer.name.eq_ignore_ascii_case(name));
            found.ok_or_else(|| unknown(name, layers, sink))
        };
        return asked.iter().map(find).collect();
    }
    let has_geometries = |layer: &&Layer| matches!(layer.places, Kept::Geometries { .. });
    let with_geometries: Vec<_> = layers.all.iter().filter(has_geometries).collect();
    if !with_geometries.is_empty() {
        return Ok(with_geometries);
    }
    let plane = sink.manner().crs.is_xy();
    let known = |layer: &&Layer| {
        let names = database.ask(|database| layers::columns(database, &layer.name));
        let names = names.unwrap_or_default();
        !layer.is_view && table::is_known(&names, &options.columns, plane)
    };
    let known: Vec<_> = layers.all.iter().filter(known).collect();
    let tables = || layers.all.iter().filter(|layer| !layer.is_view);
    match (known.is_empty(), tables().count()) {
        (false, _) => Ok(known),
        // Its columns are told, or tell by what they hold.
        (true, 1) => Ok(tables().collect()),
        (true, _) => Err(without_places(layers, sink)),
    }
}

fn unknown(name: &str, layers: &Layers, sink: &Sink) -> Error {
    let fact = format_args!(
        "there is no layer or table '{name}' among {}",
        layers.listed()
    );
    let error = sink.error(None, fact);
    match meant(name, layers.all.iter().map(|layer| &layer.name[..])) {
        Some(meant) => error.advice(format_args!("did you mean '{meant}'?")),
        None => error,
    }
}

fn without_places(layers: &Layers, sink: &Sink) -> Error {
    let fact = if layers.all.is_empty() {
        "there is no table in this database".to_owned()
    } else if layers.has_tiles {
        "this database holds tiles of a map, and no places".to_owned()
    } else {
        format!("no table with places is known among {}", layers.listed())
    };
    let remedy = if sink.manner().crs.is_xy() {
        Remedy::NameColumnsOfXAndY
    } else {
        Remedy::NameColumns
    };
    sink.error(None, fact).remedy(remedy)
}

/// Where the places of a query or a layer are.
#[derive(Clone, Copy)]
enum Placement<'l> {
    /// Wherever its columns tell.
    Any,
    /// In this column of geometries.
    In(&'l str),
}

fn read_layer(
    database: &Untrusted,
    layer: &Layer,
    given: &columns::Options,
    sink: &mut Sink,
) -> Result<()> {
    let query = format!("SELECT * FROM {}", layers::quoted(&layer.name));
    let names_places = given.lat_field.is_some() || given.lon_field.is_some();
    match &layer.places {
        Kept::Geometries { column, system } if !names_places && given.geometry_field.is_none() => {
            let stated = layer_system(layer, *system, database, sink)?;
            table::settle_system(stated, sink)?;
            select(database, &query, given, Placement::In(column), sink)
        }
        _ => select(database, &query, given, Placement::Any, sink),
    }
}

/// The coordinate system of a layer, if it is known.
fn layer_system(layer: &Layer, id: i64, database: &Untrusted, sink: &Sink) -> Result<Option<Crs>> {
    let manner = sink.manner();
    if manner.crs.is_plane() || manner.claim == Claim::Forced {
        return Ok(None);
    }
    match id {
        0 => return Ok(None),
        ..0 if manner.claim != Claim::Usual => return Ok(None),
        ..0 => {
            let fact = format_args!(
                "layer {}: its coordinate system is one that nobody knows",
                layer.name
            );
            return Err(sink.error(None, fact).remedy(Remedy::OtherSystem));
        }
        _ => {}
    }
    let name = database.ask(|database| Ok(layers::system(database, id)));
    let name = name.map_err(|fault| failed(&fault, sink))?;
    let named = Crs::named(&name, manner.ballpark).map(Some);
    named.map_err(|reason| {
        let fact = format_args!("layer {}: {reason}", layer.name);
        sink.error(None, fact).remedy(reason.remedy())
    })
}

/// Reads what a query gives.
fn select(
    database: &Untrusted,
    query: &str,
    given: &columns::Options,
    placement: Placement,
    sink: &mut Sink,
) -> Result<()> {
    let mut statement = database
        .freely()
        .prepare(query)
        .map_err(|fault| failed(&fault, sink))?;
    let names = statement.column_names();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let mut columns = given.clone();
    let has_one_system = matches!(placement, Placement::In(_));
    if let Placement::In(column) = placement {
        let at = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column));
        let at = at.ok_or_else(|| sink.error(None, format_args!("there is no column {column}")))?;
        columns.geometry_field = Some(Field::Number(at + 1));
    }
    let rows = statement.query(()).map_err(|fault| failed(&fault, sink))?;
    table::stream(&mut Selected(rows), &names, &columns, has_one_system, sink)
}

/// The rows of a query.
struct Selected<'s>(rusqlite::Rows<'s>);

impl Stream for Selected<'_> {
    type Row<'a>
        = Stored<'a>
    where
        Self: 'a;

    fn next(&mut self, sink: &Sink) -> Result<Option<Stored<'_>>> {
        let row = self.0.next().map_err(|fault| failed(&fault, sink))?;
        Ok(row.map(Stored))
    }
}

/// A row of a query.
struct Stored<'a>(&'a rusqlite::Row<'a>);

impl Row for Stored<'_> {
    #[inline]
    fn value(&self, column: usize) -> Value<'_> {
        match self.0.get_ref(column) {
            Ok(ValueRef::Integer(number)) => Value::Integer(number),
            Ok(ValueRef::Real(number)) => Value::Real(number),
            Ok(ValueRef::Text(text)) => Value::Text(text),
            Ok(ValueRef::Blob(bytes)) => Value::Bytes(bytes),
            Ok(ValueRef::Null) | Err(_) => Value::Null,
        }
    }
}
