//! Map tiles: their numbers in, pictures out, from a web server, a folder or an `MBTiles` file.
//!
//! Knows how tiles are got, and nothing of where they lie in a picture.

mod address;
mod answer;
mod cache;
mod crew;
mod decode;
mod folder;
mod freshness;
mod mbtiles;
mod template;
#[cfg(test)]
mod tests;
mod trouble;
mod visit;
mod web;

use std::path::{Path, PathBuf};
use std::thread;

use percent_encoding::percent_decode_str;

use self::crew::Halt;
use self::folder::Folder;
use self::mbtiles::Mbtiles;
use self::template::Template;
use self::visit::Visit;
use self::web::Web;
use crate::color::Raster;
use crate::error::{Error, Kind, Place, Result};
use crate::map::Tile;

/// The most tiles that openstreetmap.org's servers are asked for: their policy forbids to fetch in bulk.
const MAX_TILES_OSM: usize = 256;

/// Where tiles come from, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// A web server (`http:` or `https:`), a folder (`file:`) or an `MBTiles` file (`.mbtiles`).
    pub base: String,
    /// What follows `base` in a tile's address or path; `base` may have its placeholders itself.
    pub template: String,
    /// The folder where tiles from the web are kept; if none is given, one of the user's.
    pub cache: Option<PathBuf>,
    /// Takes tiles from the cache alone, however old.
    pub offline: bool,
    /// What to do about tiles that are not there.
    pub missing: Missing,
    /// The most tiles that are fetched at once; openstreetmap.org's own servers give fewer.
    pub max_tiles: u32,
}

/// What to do about a tile that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// It is an error.
    #[default]
    Fail,
    /// Its place stays empty.
    Blank,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base: "https://tile.openstreetmap.org".into(),
            template: "/{z}/{x}/{y}.png".into(),
            cache: None,
            offline: false,
            missing: Missing::default(),
            max_tiles: 4096,
        }
    }
}

/// A source of tiles.
#[derive(Debug)]
pub struct Tiles {
    source: Source,
    missing: Missing,
    max_tiles: usize,
}

#[derive(Debug)]
enum Source {
    Web(Web),
    Folder(Folder),
    Mbtiles(Mbtiles),
}

impl Tiles {
    /// Looks at what is to be used, without using the network yet.
    ///
    /// # Errors
    /// When the address or the template is not proper, or when the folder or file is not there.
    pub fn open(options: &Options) -> Result<Self> {
        let max_tiles = options.max_tiles as usize;
        Ok(Self { source: Source::open(options)?, missing: options.missing, max_tiles })
    }

    /// Fetches tiles, and gives them in the order of their numbers; all have the same size. `None` stands for one that
    /// is not there, if that is no error. Meanwhile `progress` hears how many are done. Each should be named once.
    ///
    /// # Errors
    /// When there are too many of them, or when one cannot be had.
    pub fn fetch(&self, tiles: &[Tile], progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Option<Raster>>> {
        self.check_number(tiles.len())?;
        let cores = thread::available_parallelism().map_or(1, Into::into);
        let pictures = match &self.source {
            Source::Web(web) => self.visit(web, tiles, progress),
            Source::Folder(folder) => {
                crew::each(tiles, cores, progress, |&tile, _| self.found(tile, folder.tile(tile)?))
            }
            Source::Mbtiles(file) => crew::each(tiles, cores, progress, |&tile, _| self.found(tile, file.tile(tile)?)),
        }?;
        self.check_sizes(&pictures)?;
        Ok(pictures)
    }

    /// The name of the server or the file, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.source {
            Source::Web(web) => web.host().to_owned(),
            Source::Folder(Folder { path, .. }) | Source::Mbtiles(Mbtiles { path, .. }) => path.display().to_string(),
        }
    }

    /// Whether tiles come from a web server.
    #[must_use]
    pub fn is_network(&self) -> bool {
        matches!(self.source, Source::Web(_))
    }

    /// Whether tiles come from openstreetmap.org's own servers.
    #[must_use]
    pub fn is_osm(&self) -> bool {
        let Source::Web(web) = &self.source else { return false };
        let host = web.host().trim_end_matches('.').to_ascii_lowercase();
        host == "tile.openstreetmap.org" || host.ends_with(".tile.openstreetmap.org")
    }

    fn visit(&self, web: &Web, tiles: &[Tile], progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Option<Raster>>> {
        let visit = Visit::new(web);
        let one = |&tile: &Tile, halt: &Halt| {
            visit.tile(tile, halt).and_then(|picture| self.found(tile, picture)).inspect_err(|error| {
                // In this order: what is aborted fails too, but is not the reason.
                halt.call(error.clone());
                visit.abort();
            })
        };
        let pictures = crew::each(tiles, web::CONNECTIONS, progress, one);
        visit.tidy();
        pictures
    }

    fn found(&self, tile: Tile, picture: Option<Raster>) -> Result<Option<Raster>> {
        if picture.is_some() || self.missing == Missing::Blank {
            return Ok(picture);
        }
        let fact = format!("there is no tile {tile}");
        let error = match &self.source {
            Source::Web(web) => web.address(tile)?.error(fact),
            Source::Folder(folder) => Error::input(Place::file(&folder.file(tile)), fact),
            Source::Mbtiles(file) => Error::input(Place::file(&file.path), fact),
        };
        Err(error.advice("ask for a smaller zoom (-z), or leave the places of missing tiles blank"))
    }

    fn check_number(&self, number: usize) -> Result<()> {
        let smaller = "ask for a smaller zoom (-z) or a smaller picture";
        let over = |limit: usize, fact: String, advice: String| {
            if number > limit { Err(Error::new(Kind::Limit, fact).advice(advice)) } else { Ok(()) }
        };
        if self.is_osm() {
            let fact = format!("{number} tiles are too many for openstreetmap.org, which gives them out for free");
            over(MAX_TILES_OSM, fact, format!("{smaller}; {MAX_TILES_OSM} are allowed"))?;
        }
        let fact = format!("{number} tiles are needed, but only {} allowed", self.max_tiles);
        over(self.max_tiles, fact, format!("{smaller}, or raise --max-tiles"))
    }

    fn check_sizes(&self, pictures: &[Option<Raster>]) -> Result<()> {
        let mut sizes = pictures.iter().flatten().map(Raster::size);
        let Some(first) = sizes.next() else { return Ok(()) };
        sizes.find(|&size| size != first).map_or(Ok(()), |other| {
            let fact = format!("the tiles are of different sizes, {first} and {other} pixels");
            let place = Place { file: self.name(), at: None };
            let kind = if self.is_network() { Kind::Network } else { Kind::Input };
            Err(Error { place: Some(place), ..Error::new(kind, fact) })
        })
    }
}

impl Source {
    fn open(options: &Options) -> Result<Self> {
        let Options { base, template, .. } = options;
        let starts = |scheme: &str| base.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        if starts("http://") || starts("https://") {
            let template = Template::new(base, template)?;
            return Web::open(template, options.cache.clone(), options.offline).map(Self::Web);
        }
        let path = if starts("file:") { local(&base["file:".len()..])? } else { PathBuf::from(base) };
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mbtiles")) {
            return Mbtiles::open(&path).map(Self::Mbtiles);
        }
        if starts("file:") {
            return Folder::open(&path, template).map(Self::Folder);
        }
        Err(Error::usage(format!("{base} is no source of tiles"))
            .advice("it begins with https://, http:// or file:, or ends in .mbtiles"))
    }
}

/// The path in a file URL, without its scheme.
fn local(rest: &str) -> Result<PathBuf> {
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    if rest.starts_with("//") && !path.starts_with('/') {
        return Err(
            Error::usage(format!("file:{rest} names another machine")).advice("write file:///path or file:path")
        );
    }
    Ok(Path::new(&*percent_decode_str(path).decode_utf8_lossy()).to_owned())
}
