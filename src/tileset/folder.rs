//! Tiles as files in a folder.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::about::About;
use super::decode::MAX_BYTES;
use super::template::Template;
use super::{TileStore, TileWriter};
use crate::error::{Error, Location, Result};
use crate::geo::TileId;

/// A folder of tiles.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    template: Template,
    zooms: Option<RangeInclusive<u8>>,
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
        let usual = rest.trim_start_matches('/') == USUAL;
        let rest = if usual { named(path) } else { rest.to_owned() };
        let starts_with_zoom = rest.trim_start_matches('/').starts_with("{z}/");
        Ok(Self {
            path: path.to_owned(),
            template: Template::new(&path.to_string_lossy(), &rest)?,
            zooms: starts_with_zoom.then(|| zooms(path)).flatten(),
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

    fn zooms(&self) -> Option<RangeInclusive<u8>> {
        self.zooms.clone()
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn error(&self, tile: TileId, fact: &dyn fmt::Display) -> Error {
        Error::input(Location::file(&self.file(tile)), fact)
    }
}

/// How tiles are named when nobody says so.
const USUAL: &str = "{z}/{x}/{y}.png";

/// The same with the ending that tiles have which are there.
fn named(path: &Path) -> String {
    let first = |folder: PathBuf| numbers(&folder).min().map(|(_, path)| path);
    let tile = first(path.to_owned()).and_then(first).and_then(first);
    let name = tile.as_deref().and_then(Path::file_name);
    let ending = name.and_then(|name| {
        let name = name.to_string_lossy();
        let digits = name.find(|letter: char| !letter.is_ascii_digit())?;
        Some(name[digits..].to_owned())
    });
    match ending {
        Some(ending) => format!("{{z}}/{{x}}/{{y}}{ending}"),
        None => USUAL.to_owned(),
    }
}

/// The zooms of which there are folders.
fn zooms(path: &Path) -> Option<RangeInclusive<u8>> {
    let zooms = || numbers(path).filter_map(|(number, _)| u8::try_from(number).ok());
    Some(zooms().min()?..=zooms().max()?)
}

/// What lies in a folder and has a name that begins with a number.
fn numbers(folder: &Path) -> impl Iterator<Item = (u32, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let name = entry.file_name();
        let number = name.to_str()?.split(['.', '@']).next()?.parse().ok()?;
        Some((number, entry.path()))
    })
}

/// The beginning of a file, of a length that shows whether it is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A folder of tiles that is being written.
#[derive(Debug)]
pub struct FolderWriter {
    path: PathBuf,
    rest: String,
    template: Template,
    /// The folder that the last tile came into.
    last: PathBuf,
}

impl FolderWriter {
    /// Begins to write into an empty folder.
    ///
    /// # Errors
    /// When the rest of the template is not proper.
    pub fn create(path: &Path, rest: &str) -> io::Result<Self> {
        let template = Template::new(&path.to_string_lossy(), rest);
        Ok(Self {
            path: path.to_owned(),
            rest: rest.to_owned(),
            template: template.map_err(|error| io::Error::other(error.to_string()))?,
            last: PathBuf::new(),
        })
    }
}

/// What the tiles of a folder are, in words that maps for the web read.
const TILE_JSON: &str = "tiles.json";

impl TileWriter for FolderWriter {
    fn put(&mut self, tile: TileId, bytes: &[u8]) -> io::Result<()> {
        let path = PathBuf::from(self.template.expand(tile));
        if let Some(folder) = path.parent().filter(|folder| *folder != self.last) {
            fs::create_dir_all(folder)?;
            folder.clone_into(&mut self.last);
        }
        fs::write(path, bytes)
    }

    fn finish(self: Box<Self>, about: &About) -> io::Result<()> {
        let json = about.tile_json(Some(&self.rest));
        fs::write(self.path.join(TILE_JSON), format!("{json:#}\n"))
    }
}
