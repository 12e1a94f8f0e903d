//! `OsmAnd`'s database of tiles, which Locus and others read as well
//! (<https://osmand.net/docs/technical/osmand-file-formats/osmand-sqlite/>).
//!
//! Zooms are numbered as in Big Planet, 17 less the zoom, which every reader of such files knows;
//! beyond 17 that would be less than nothing, and they are numbered as they are.

use std::io;
use std::path::Path;

use rusqlite::Connection;

use super::TileWriter;
use super::about::About;
use super::sqlite::{begin, end, failed};
use crate::geo::TileId;

/// What tells the zoom.
const BIG_PLANET: u8 = 17;

const TABLES: &str = "
    CREATE TABLE tiles (x INTEGER, y INTEGER, z INTEGER, s INTEGER, image BLOB, PRIMARY KEY (x, y, z, s));
    CREATE TABLE info (minzoom TEXT, maxzoom TEXT, url TEXT, ellipsoid INTEGER, inverted_y INTEGER,
        tilenumbering TEXT, tilesize INTEGER, timecolumn TEXT);
    CREATE TABLE android_metadata (locale TEXT);
    INSERT INTO android_metadata VALUES ('en_US');
";
const TILE: &str = "INSERT INTO tiles VALUES (?1, ?2, ?3, 0, ?4)";
const INFO: &str = "INSERT INTO info VALUES (?1, ?2, '', 0, 0, ?3, ?4, 'no')";
const INVERT: &str = "UPDATE tiles SET z = 17 - z";

/// A database that is being written.
#[derive(Debug)]
pub struct SqlitedbWriter(Connection);

impl SqlitedbWriter {
    /// Begins to write into an empty file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        begin(path, TABLES).map(Self)
    }
}

impl TileWriter for SqlitedbWriter {
    fn put(&mut self, tile: TileId, bytes: &[u8]) -> io::Result<()> {
        let put = || {
            let mut insert = self.0.prepare(TILE)?;
            insert.execute((tile.x, tile.y, tile.z, bytes))
        };
        put().map(drop).map_err(failed)
    }

    fn finish(self: Box<Self>, about: &About) -> io::Result<()> {
        let (least, most) = (*about.zooms.start(), *about.zooms.end());
        let is_inverted = most <= BIG_PLANET;
        let (least, most, numbering) = if is_inverted {
            (BIG_PLANET - most, BIG_PLANET - least, "BigPlanet")
        } else {
            (least, most, "simple")
        };
        let written = || {
            if is_inverted {
                self.0.execute(INVERT, ())?;
            }
            let info = (least.to_string(), most.to_string(), numbering, about.side);
            self.0.execute(INFO, info)
        };
        written().map_err(failed)?;
        end(self.0)
    }
}
