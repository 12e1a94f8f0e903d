//! Tiles in an `MBTiles` file: an `SQLite` database, version 1.3 of the format.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::TileStore;
use crate::error::{Error, Location, Result};
use crate::geo::TileId;

const FORMAT: &str = "SELECT value FROM metadata WHERE name = 'format'";
const TILE: &str =
    "SELECT tile_data FROM tiles WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3";

/// An open `MBTiles` file.
#[derive(Debug)]
pub struct Mbtiles {
    path: PathBuf,
    database: Mutex<Connection>,
}

impl Mbtiles {
    /// Opens the file for reading, and makes sure that it has pictures in it.
    pub fn open(path: &Path) -> Result<Self> {
        let error = |fact: &dyn fmt::Display| Error::input(Location::file(path), fact);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(path, flags).map_err(|fact| error(&fact))?;
        database
            .prepare(TILE)
            .map_err(|fact| error(&format_args!("not an MBTiles file: {fact}")))?;
        let format: rusqlite::Result<String> = database.query_row(FORMAT, [], |row| row.get(0));
        if format.is_ok_and(|format| format == "pbf") {
            return Err(
                error(&"holds vector tiles").advice("pictures are needed: PNG, JPEG or WebP")
            );
        }
        Ok(Self {
            path: path.to_owned(),
            database: Mutex::new(database),
        })
    }

    fn select(&self, tile: TileId) -> rusqlite::Result<Option<Vec<u8>>> {
        let row = i64::try_from(tile.from_south()).unwrap_or(i64::MAX);
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        database
            .query_row(TILE, (tile.z, tile.x, row), |row| row.get(0))
            .optional()
    }
}

impl TileStore for Mbtiles {
    fn get(&self, tile: TileId) -> Result<Option<Vec<u8>>> {
        self.select(tile).map_err(|fact| self.error(tile, &fact))
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn error(&self, tile: TileId, fact: &dyn fmt::Display) -> Error {
        Error::input(
            Location::file(&self.path),
            format_args!("tile {tile}: {fact}"),
        )
    }
}
