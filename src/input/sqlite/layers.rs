//! Layers of an `SQLite` database: what `GeoPackage`, `SpatiaLite` and OGR say of geometries in its
//! tables, and the tables besides.
//!
//! What the contents of a `GeoPackage` say is often untrue; its list of columns of geometries is
//! what readers go by.

use std::collections::{HashMap, HashSet};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

/// Tables of the formats themselves, by how their names begin.
const OWN: [&str; 14] = [
    "sqlite_",
    "gpkg_",
    "rtree_",
    "idx_",
    "geometry_columns",
    "spatial_ref_sys",
    "spatialite_",
    "views_geometry_",
    "virts_geometry_",
    "vector_layers",
    "data_licenses",
    "sql_statements_log",
    "ElementaryGeometries",
    "KNN",
];
/// How many names a message lists.
const LISTED: usize = 20;

/// A table or view.
#[derive(Debug)]
pub(super) struct Layer {
    pub name: String,
    pub places: Places,
    pub is_view: bool,
}

/// Where the places of a table are.
#[derive(Debug)]
pub(super) enum Places {
    /// In a column of geometries, which are in a system of this number.
    Geometries { column: String, system: i64 },
    /// In columns of numbers, if anywhere.
    Numbers,
}

/// What there is in a database.
#[derive(Debug)]
pub(super) struct Layers {
    pub all: Vec<Layer>,
    /// There is a table of tiles of a map.
    pub has_tiles: bool,
}

impl Layers {
    pub(super) fn of(database: &Connection) -> rusqlite::Result<Self> {
        let mut tables = database.prepare(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid",
        )?;
        let tables = tables.query_map((), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        let tables = tables.collect::<rusqlite::Result<Vec<_>>>()?;
        let geometries = geometries(database, &tables)?;
        let has_tiles = tables.iter().any(|(name, _)| name == "tiles");
        let layer = |(name, kind): (String, String)| {
            let geometry = geometries.get(&name.to_ascii_lowercase());
            let places = geometry.map_or(Places::Numbers, |(column, system)| Places::Geometries {
                column: column.clone(),
                system: *system,
            });
            Layer {
                name,
                places,
                is_view: kind == "view",
            }
        };
        let is_own = |name: &str| OWN.iter().any(|own| name.starts_with(own));
        let all = tables.into_iter().filter(|(name, _)| !is_own(name));
        Ok(Self {
            all: all.map(layer).collect(),
            has_tiles,
        })
    }

    /// The names, as a message lists them.
    pub(super) fn listed(&self) -> String {
        let names = self.all.iter().take(LISTED);
        let names: Vec<_> = names.map(|layer| format!("'{}'", layer.name)).collect();
        match self.all.len().saturating_sub(LISTED) {
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }
}

/// The columns of geometries of tables that there are, by the names of these in small letters, and
/// the numbers of their systems. What lists them may be a view that never ends or says one table
/// again and again, so nothing is kept of others, and no name that is longer than any.
fn geometries(
    database: &Connection,
    tables: &[(String, String)],
) -> rusqlite::Result<HashMap<String, (String, i64)>> {
    let lists = [
        (
            "gpkg_geometry_columns",
            "SELECT table_name, substr(column_name, 1, 1000), srs_id FROM gpkg_geometry_columns",
        ),
        (
            "geometry_columns",
            "SELECT f_table_name, substr(f_geometry_column, 1, 1000), srid FROM geometry_columns",
        ),
    ];
    let known: HashSet<_> = tables
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    let mut all = HashMap::new();
    for (table, query) in lists {
        if !is_there(database, table)? {
            continue;
        }
        let mut statement = database.prepare(query)?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let name = row.get::<_, String>(0)?.to_ascii_lowercase();
            let geometry = (row.get(1)?, row.get::<_, Option<i64>>(2)?.unwrap_or(0));
            if known.contains(&name) {
                all.entry(name).or_insert(geometry);
            }
        }
    }
    Ok(all)
}

fn is_there(database: &Connection, table: &str) -> rusqlite::Result<bool> {
    let query = "SELECT 1 FROM sqlite_master WHERE name = ?1";
    let found = database.query_row(query, [table], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// Whether all that a schema says is UTF-8: rusqlite panics at names of columns that are not.
pub(super) fn is_legible(database: &Connection) -> rusqlite::Result<bool> {
    let mut statement = database.prepare("SELECT sql FROM sqlite_master")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let words = row.get_ref(0)?;
        if matches!(words, ValueRef::Text(bytes) if std::str::from_utf8(bytes).is_err()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The names of the columns of a table.
pub(super) fn columns(database: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let statement = database.prepare(&format!("SELECT * FROM {}", quoted(table)))?;
    let names = statement.column_names();
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// What the system of a number is, as far as the database says: a code, or well-known text.
pub(super) fn system(database: &Connection, id: i64) -> String {
    let lists = [
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys
            WHERE srs_id = ?1",
        "SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = ?1",
    ];
    let said = lists.into_iter().find_map(|query| {
        let row = database.query_row(query, [id], |row| {
            let organization: Option<String> = row.get(0)?;
            let code: Option<i64> = row.get(1)?;
            let text: Option<String> = row.get(2)?;
            Ok((
                organization.unwrap_or_default(),
                code.unwrap_or_default(),
                text.unwrap_or_default(),
            ))
        });
        row.ok()
    });
    match said {
        Some((organization, code, _)) if organization.eq_ignore_ascii_case("EPSG") && code > 0 => {
            format!("EPSG:{code}")
        }
        Some((.., text)) if text.contains('[') => text,
        _ => format!("EPSG:{id}"),
    }
}

/// A name as queries have it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
