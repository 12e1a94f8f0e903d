//! Tiles as files in a folder.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::TileStore;
use super::decode::MAX_BYTES;
use super::template::Template;
use crate::error::{Error, Location, Result};
use crate::geo::TileId;

/// A folder of tiles.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    template: Template,
}

impl Folder {
    /// Makes sure that the folder is there.
    pub fn open(path: &Path, rest: &str) -> Result<Self> {
        if !path.is_dir() {
            return Err(Error::input(
                Location::file(path),
                "there is no such folder of tiles",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            template: Template::new(&path.to_string_lossy(), rest)?,
        })
    }

    /// The file of a tile.
    fn file(&self, tile: TileId) -> PathBuf {
        self.template.expand(tile).into()
    }
}

impl TileStore for Folder {
    fn get(&self, tile: TileId) -> Result<Option<Vec<u8>>> {
        match read(&self.file(tile)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(fact) => Err(self.error(tile, &fact)),
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn error(&self, tile: TileId, fact: &dyn fmt::Display) -> Error {
        Error::input(Location::file(&self.file(tile)), fact)
    }
}

/// The beginning of a file, of a length that shows whether it is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
