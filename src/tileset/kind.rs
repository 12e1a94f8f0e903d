//! Kinds of stores that can be written, by the name that is asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::TileWriter;
use super::folder::FolderWriter;
use super::pmtiles::{self, PmtilesWriter};
use super::template::Template;
#[cfg(feature = "sqlite")]
use super::{mbtiles::MbtilesWriter, sqlite, sqlitedb::SqlitedbWriter};
use crate::error::Result;

/// A kind of store that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One file for web servers.
    Pmtiles,
    /// A database.
    Mbtiles,
    /// `OsmAnd`'s database.
    Sqlitedb,
    /// Files in a folder.
    Folder,
}

/// What there is to know of a kind.
#[derive(Clone, Copy)]
struct Facts {
    kind: Kind,
    name: &'static str,
    extension: &'static str,
    create: fn(&Path) -> io::Result<Box<dyn TileWriter>>,
    is_one: fn(&Path) -> io::Result<bool>,
}

/// Kinds that are a file.
static FILES: [Facts; 3] = [
    Facts {
        kind: Kind::Pmtiles,
        name: "PMTiles",
        extension: "pmtiles",
        create: |path| Ok(Box::new(PmtilesWriter::create(path)?)),
        is_one: pmtiles::is_one,
    },
    Facts {
        kind: Kind::Mbtiles,
        name: "MBTiles",
        extension: "mbtiles",
        #[cfg(feature = "sqlite")]
        create: |path| Ok(Box::new(MbtilesWriter::create(path)?)),
        #[cfg(feature = "sqlite")]
        is_one: sqlite::has_tiles,
        #[cfg(not(feature = "sqlite"))]
        create: |_| Err(io::Error::other(super::WITHOUT)),
        #[cfg(not(feature = "sqlite"))]
        is_one: |_| Err(io::Error::other(super::WITHOUT)),
    },
    Facts {
        kind: Kind::Sqlitedb,
        name: "SQLiteDB",
        extension: "sqlitedb",
        #[cfg(feature = "sqlite")]
        create: |path| Ok(Box::new(SqlitedbWriter::create(path)?)),
        #[cfg(feature = "sqlite")]
        is_one: sqlite::has_tiles,
        #[cfg(not(feature = "sqlite"))]
        create: |_| Err(io::Error::other(super::WITHOUT)),
        #[cfg(not(feature = "sqlite"))]
        is_one: |_| Err(io::Error::other(super::WITHOUT)),
    },
];

impl Kind {
    /// The kind that a name asks for, if it does: a template, or an extension.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.to_string_lossy();
        if ["{z}", "{x}", "{y}", "{-y}"]
            .iter()
            .any(|number| name.contains(number))
        {
            return Some(Self::Folder);
        }
        let extension = path.extension()?.to_string_lossy().to_lowercase();
        let found = FILES.iter().find(|facts| facts.extension == extension);
        found.map(|facts| facts.kind)
    }

    fn facts(self) -> Option<&'static Facts> {
        FILES.iter().find(|facts| facts.kind == self)
    }

    /// Its name in sentences.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().map_or("folder of tiles", |facts| facts.name)
    }

    /// Makes sure that a template has all numbers of a tile, and no others.
    ///
    /// # Errors
    /// Of kind `Usage`, when it has not.
    pub fn check(template: &str) -> Result<()> {
        Template::new(template, "").map(drop)
    }

    /// What a store of a name is called, without what comes before and after.
    #[must_use]
    pub fn stem(name: &Path) -> Option<String> {
        let stem = match Self::of(name) {
            Some(Self::Folder) => parted(&name.to_string_lossy()).0.file_name()?.to_owned(),
            _ => name.file_stem()?.to_owned(),
        };
        Some(stem.to_string_lossy().into_owned())
    }

    /// Whether a file is a store of this kind, or has nothing in it that could be lost.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_one(self, path: &Path) -> io::Result<bool> {
        if fs::metadata(path)?.len() == 0 {
            return Ok(true);
        }
        self.facts().map_or(Ok(false), |facts| (facts.is_one)(path))
    }

    /// Begins to write: into an empty file, or into an empty folder in which tiles lie as the rest
    /// of a template says.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(self, path: &Path, rest: &str) -> io::Result<Box<dyn TileWriter>> {
        match self.facts() {
            Some(facts) => (facts.create)(path),
            None => Ok(Box::new(FolderWriter::create(path, rest)?)),
        }
    }
}

/// A template for tiles as the folder that all of them lie in, and the rest.
#[must_use]
pub fn parted(template: &str) -> (PathBuf, String) {
    let first = template.find('{').unwrap_or(template.len());
    let (folder, rest) = match template[..first].rfind('/') {
        Some(slash) => (&template[..slash], &template[slash + 1..]),
        None => ("", template),
    };
    let is_root = folder.is_empty() && template.starts_with('/');
    let folder = if is_root { "/" } else { folder };
    (folder.into(), rest.to_owned())
}
