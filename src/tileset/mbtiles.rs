//! Tiles in an `MBTiles` file: an `SQLite` database, version 1.3 of the format.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::TileStore;
use crate::error::{Error, Location, Result};
use crate::geo::TileId;

const FORMAT: &str = "SELECT value FROM metadata WHERE name = 'format'";
const TILE: &str =
    "SELECT tile_data FROM tiles WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3";

const ATTRIBUTION: &str = "SELECT value FROM metadata WHERE name = 'attribution'";
/// By the index of tiles, which every file has.
const ZOOMS: &str = "SELECT min(zoom_level), max(zoom_level) FROM tiles";

/// The words of a piece of HTML, which is how attributions are written.
fn plain(html: &str) -> String {
    let mut words = String::new();
    let mut is_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            letter if !is_tag => words.push(letter),
            _ => {}
        }
    }
    let entities = [
        ("&copy;", "©"),
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    let words = entities.iter().fold(words, |words, (entity, letter)| {
        words.replace(entity, letter)
    });
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An open `MBTiles` file.
#[derive(Debug)]
pub struct Mbtiles {
    path: PathBuf,
    database: Mutex<Connection>,
    zooms: Option<RangeInclusive<u8>>,
    attribution: Option<String>,
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
        let zooms = database.query_row(ZOOMS, [], |row| Ok((row.get(0)?, row.get(1)?)));
        let credit: rusqlite::Result<String> =
            database.query_row(ATTRIBUTION, [], |row| row.get(0));
        let credit = credit.map(|html| plain(&html)).unwrap_or_default();
        Ok(Self {
            path: path.to_owned(),
            zooms: zooms.ok().map(|(least, most)| least..=most),
            attribution: Some(credit).filter(|credit| !credit.is_empty()),
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

    fn zooms(&self) -> Option<RangeInclusive<u8>> {
        self.zooms.clone()
    }

    fn attribution(&self) -> Option<&str> {
        self.attribution.as_deref()
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

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn attributions_lose_their_tags() {
        let html = "<a href=\"https://a.b\">&copy; Example Survey</a>,\n <b>A &amp; B</b>";
        assert_eq!(plain(html), "© Example Survey, A & B");
        assert_eq!(plain("2 > 1"), "2 > 1");
    }
}
