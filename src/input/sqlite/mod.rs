//! `SQLite` databases, among them `GeoPackage` and `SpatiaLite`: layers of geometries, tables with
//! columns of places, and what a query gives. `layers` finds out what there is, `rows` reads it.

#[cfg(feature = "sqlite")]
mod layers;
#[cfg(feature = "sqlite")]
mod rows;

use super::reader::{Places, Reader};
#[cfg(not(feature = "sqlite"))]
use super::without_feature;

pub(super) static READER: Reader = Reader {
    name: "sqlite",
    title: "SQLite and GeoPackage",
    extensions: &["gpkg", "sqlite", "sqlite3", "db", "db3", "spatialite"],
    companions: &[
        "gpkg-wal",
        "gpkg-shm",
        "gpkg-journal",
        "sqlite-wal",
        "sqlite-shm",
        "sqlite-journal",
        "sqlite3-wal",
        "sqlite3-shm",
        "db-wal",
        "db-shm",
        "db-journal",
    ],
    detect: |head| head.bytes().starts_with(b"SQLite format 3\0"),
    certain: true,
    places: Places::Any,
    #[cfg(feature = "sqlite")]
    read: rows::read,
    #[cfg(not(feature = "sqlite"))]
    read: |_, _, sink| Err(without_feature("sqlite", sink.file())),
};

#[cfg(all(test, feature = "sqlite"))]
mod tests;
