//! Tiles as files in a folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::decode;
use super::decode::MAX_BYTES;
use super::template::Template;
use crate::error::{Error, Location, Result};
use crate::geo::Tile;
use crate::raster::Raster;

/// A folder of tiles.
#[derive(Debug)]
pub struct Folder {
    pub path: PathBuf,
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
    pub fn file(&self, tile: Tile) -> PathBuf {
        self.template.expand(tile).into()
    }

    /// A tile, if there is one.
    pub fn tile(&self, tile: Tile) -> Result<Option<Raster>> {
        let path = self.file(tile);
        let error = |fact: String| Error::input(Location::file(&path), fact);
        match read(&path) {
            Ok(bytes) => decode::picture(&bytes).map(Some).map_err(error),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(fact) => Err(error(fact.to_string())),
        }
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
