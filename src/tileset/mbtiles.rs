//! Tiles in an `MBTiles` file: an `SQLite` database, version 1.3 of the format.

use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};

use super::about::{About, html};
use super::distinct::Distinct;
use super::sqlite::{self, begin, end, failed, in_words};
use super::{TileStore, TileWriter};
use crate::error::{Error, Location, Result};
use crate::geo::{Bounds, TileId};
use crate::untrusted::{Untrusted, is_endless};

const FORMAT: &str = "SELECT value FROM metadata WHERE name = 'format'";
const TILE: &str =
    "SELECT tile_data FROM tiles WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3";

const ATTRIBUTION: &str = "SELECT value FROM metadata WHERE name = 'attribution'";
/// By the index of tiles, which every file has.
const ZOOMS: &str = "SELECT min(zoom_level), max(zoom_level) FROM tiles";

/// Tags that part words, unlike those of links and letters.
const BREAKS: [&str; 6] = ["br", "p", "div", "li", "ul", "td"];

/// The words of a piece of HTML, which is how attributions are written.
fn plain(html: &str) -> String {
    let mut words = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        words.push_str(before);
        let (tag, behind) = tag.split_once('>').unwrap_or((tag, ""));
        let name = tag
            .trim_start_matches('/')
            .split(|c: char| !c.is_ascii_alphanumeric());
        let name = name.map(str::to_ascii_lowercase).next().unwrap_or_default();
        if BREAKS.contains(&name.as_str()) {
            words.push(' ');
        }
        rest = behind;
    }
    words.push_str(rest);
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
    database: Mutex<Untrusted>,
    zooms: Option<RangeInclusive<u8>>,
    attribution: Option<String>,
}

impl Mbtiles {
    /// Opens the file for reading, and makes sure that it has pictures in it.
    pub fn open(path: &Path) -> Result<Self> {
        let error = |fact: &dyn fmt::Display| Error::input(Location::file(path), fact);
        let database = sqlite::open(path).map_err(|fact| error(&fact))?;
        database
            .check(TILE)
            .map_err(|fact| error(&format_args!("not an MBTiles file: {fact}")))?;
        let format: rusqlite::Result<String> = database.first(FORMAT, [], |row| row.get(0));
        if format.is_ok_and(|format| format == "pbf") {
            return Err(
                error(&"holds vector tiles").advice("pictures are needed: PNG, JPEG or WebP")
            );
        }
        let zooms = database.first(ZOOMS, [], |row| Ok((row.get(0)?, row.get(1)?)));
        if let Some(fact) = zooms.as_ref().err().filter(|fact| is_endless(fact)) {
            return Err(error(&in_words(fact)));
        }
        let credit: rusqlite::Result<String> = database.first(ATTRIBUTION, [], |row| row.get(0));
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
            .first(TILE, (tile.z, tile.x, row), |row| row.get(0))
            .optional()
    }
}

impl TileStore for Mbtiles {
    fn get(&self, tile: TileId) -> Result<Option<Vec<u8>>> {
        self.select(tile)
            .map_err(|fact| self.error(tile, &in_words(&fact)))
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

/// Identical pictures once, as `mbutil` and others write them: the table that readers ask for is a
/// view.
const TABLES: &str = "
    PRAGMA application_id = 0x4d504258;
    CREATE TABLE metadata (name TEXT, value TEXT);
    CREATE TABLE map (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_id INTEGER);
    CREATE TABLE images (tile_id INTEGER PRIMARY KEY, tile_data BLOB);
    CREATE VIEW tiles AS SELECT zoom_level, tile_column, tile_row, tile_data
        FROM map JOIN images ON images.tile_id = map.tile_id;
";
const IMAGE: &str = "INSERT INTO images (tile_data) VALUES (?1)";
const MAPPED: &str = "INSERT INTO map VALUES (?1, ?2, ?3, ?4)";
const INDEX: &str = "CREATE UNIQUE INDEX map_index ON map (zoom_level, tile_column, tile_row)";
const METADATA: &str = "INSERT INTO metadata VALUES (?1, ?2)";

/// An `MBTiles` file that is being written.
#[derive(Debug)]
pub struct MbtilesWriter {
    database: Connection,
    distinct: Distinct<i64>,
}

impl MbtilesWriter {
    /// Begins to write into an empty file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            database: begin(path, TABLES)?,
            distinct: Distinct::default(),
        })
    }
}

impl TileWriter for MbtilesWriter {
    fn put(&mut self, tile: TileId, bytes: &[u8]) -> io::Result<()> {
        let database = &self.database;
        let place = self
            .distinct
            .place(bytes, || database.prepare(IMAGE)?.insert([bytes]));
        let put = || {
            let row = i64::try_from(tile.from_south()).unwrap_or(i64::MAX);
            let mut insert = database.prepare(MAPPED)?;
            insert.execute((tile.z, tile.x, row, place?))
        };
        put().map(drop).map_err(failed)
    }

    fn finish(self: Box<Self>, about: &About) -> io::Result<()> {
        let put = || {
            self.database.execute(INDEX, ())?;
            let mut insert = self.database.prepare(METADATA)?;
            for (name, value) in metadata(about) {
                insert.execute((name, value))?;
            }
            Ok(())
        };
        put().map_err(failed)?;
        end(self.database)
    }
}

/// What the specification asks for, and `TileJSON` for what is not in it.
fn metadata(about: &About) -> Vec<(&'static str, String)> {
    let Bounds {
        south,
        west,
        north,
        east,
    } = about.bounds;
    let (x, y, zoom) = about.centre();
    let mut rows = vec![
        ("name", about.name.clone()),
        ("format", "png".to_owned()),
        ("bounds", format!("{west},{south},{east},{north}")),
        ("center", format!("{x},{y},{zoom}")),
        ("minzoom", about.zooms.start().to_string()),
        ("maxzoom", about.zooms.end().to_string()),
        ("description", about.description.clone()),
        ("type", "overlay".to_owned()),
        ("version", "1".to_owned()),
        ("tileSize", about.side.to_string()),
        ("json", about.tile_json(None).to_string()),
    ];
    if let Some(words) = &about.attribution {
        rows.push(("attribution", html(words)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn attributions_lose_their_tags() {
        let html = "<a href=\"https://a.b\">&copy; Example Survey</a>,\n <b>A &amp; B</b>";
        assert_eq!(plain(html), "© Example Survey, A & B");
        assert_eq!(plain("2 > 1"), "2 > 1");
        assert_eq!(plain("A<br/>B<BR>C<p class=x>D</p>E<i>F</i>"), "A B C D EF");
        assert_eq!(plain("A <b"), "A");
    }
}
