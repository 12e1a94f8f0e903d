//! Tile stores: a tile's bytes by its name, from a folder or an `MBTiles` file.
//!
//! Bytes come out as they lie there, PNG, JPEG or WebP, so that tiles can be handed on without
//! being decoded; [`decode`] makes pictures of them. Each store is a file here and a line in
//! [`open`]; one that can be written as well has a [`TileWriter`] beside it, and a line in `kind`.

mod about;
pub mod decode;
mod distinct;
mod folder;
mod kind;
#[cfg(feature = "sqlite")]
mod mbtiles;
mod pmtiles;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod sqlitedb;
pub mod template;

use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;

pub use self::about::{About, SCALES};
use self::folder::Folder;
pub use self::kind::{Kind, parted};
pub use self::pmtiles::{Place, Pmtiles};
use crate::error::{Error, Result};
use crate::geo::TileId;

/// A store of tiles that is there, to be read by several threads.
///
/// Reading alone. A store that is being written is another value than one that is there, a
/// [`TileWriter`]: not all formats can be written tile by tile in any order.
pub trait TileStore: fmt::Debug + Send + Sync {
    /// The bytes of a tile, if there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, tile: TileId) -> Result<Option<Vec<u8>>>;

    /// The least and the largest zoom that it has tiles of, where that is known.
    fn zooms(&self) -> Option<RangeInclusive<u8>> {
        None
    }

    /// Whom the map belongs to, where the store says so: plain text.
    fn attribution(&self) -> Option<&str> {
        None
    }

    /// The store itself, for messages.
    fn path(&self) -> &Path;

    /// Something that is wrong with a tile, in the place where the tile is or should be.
    fn error(&self, tile: TileId, fact: &dyn fmt::Display) -> Error;
}

/// A store that is being written, which is whole at its end alone.
pub trait TileWriter: Send {
    /// Takes a tile, a PNG. They come in the order of their [numbers](TileId::number).
    ///
    /// # Errors
    /// When it cannot be written.
    fn put(&mut self, tile: TileId, bytes: &[u8]) -> io::Result<()>;

    /// Writes what belongs to all of them.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(self: Box<Self>, about: &About) -> io::Result<()>;
}

/// Opens the file or folder at a path, in which files lie as `template` says.
///
/// # Errors
/// When it is not there, or is no store of pictures, or when the template is not proper.
pub fn open(path: &Path, template: &str) -> Result<Box<dyn TileStore>> {
    Ok(if is_mbtiles(path) {
        mbtiles(path)?
    } else {
        Box::new(Folder::open(path, template)?)
    })
}

#[cfg(feature = "sqlite")]
fn mbtiles(path: &Path) -> Result<Box<dyn TileStore>> {
    Ok(Box::new(mbtiles::Mbtiles::open(path)?))
}

/// Why there are neither `MBTiles` nor `OsmAnd`'s databases.
#[cfg(not(feature = "sqlite"))]
const WITHOUT: &str = "this program was built without the feature `sqlite`, which such tiles need";

#[cfg(not(feature = "sqlite"))]
fn mbtiles(path: &Path) -> Result<Box<dyn TileStore>> {
    Err(Error::input(crate::error::Location::file(path), WITHOUT))
}

/// Whether a path is that of an `MBTiles` file, by its extension.
pub fn is_mbtiles(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("mbtiles"))
}
