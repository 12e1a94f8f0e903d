//! Map tiles: their numbers in, pictures out, from a web server, a folder or an `MBTiles` file.
//!
//! Knows how tiles are got, and nothing of where they lie in a picture.

use std::path::PathBuf;
use std::thread;

use super::http::fetch::Fetcher;
use super::http::server;
use super::http::server::Server;
use super::http::workers::{self, Halt};
use super::source::TileSource;
use crate::error::{Error, ErrorKind, Location, Result};
use crate::geo::Tile;
use crate::raster::Raster;

/// The most tiles that openstreetmap.org's servers are asked for: their policy forbids to fetch in
/// bulk.
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
            max_tiles: 1024,
        }
    }
}

/// A source of tiles.
#[derive(Debug)]
pub struct Tiles {
    pub(super) source: TileSource,
    missing: Missing,
    limit: usize,
}

impl Tiles {
    /// Looks at what is to be used, without using the network yet.
    ///
    /// # Errors
    /// When the address or the template is not proper, or when the folder or file is not there.
    pub fn open(options: &Options) -> Result<Self> {
        Ok(Self {
            source: TileSource::open(options)?,
            missing: options.missing,
            limit: options.max_tiles as usize,
        })
    }

    /// Fetches tiles, and gives them in the order of their numbers; all have the same size. `None`
    /// stands for one that is not there, if that is no error. Meanwhile `progress` hears how many
    /// are done. Each should be named once.
    ///
    /// # Errors
    /// When there are too many of them, or when one cannot be had.
    pub fn fetch(
        &self,
        tiles: &[Tile],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Option<Raster>>> {
        self.check_number(tiles.len())?;
        let cores = thread::available_parallelism().map_or(1, Into::into);
        let pictures = match &self.source {
            TileSource::Server(web) => self.visit(web, tiles, progress),
            TileSource::Folder(folder) => workers::each(tiles, cores, progress, |&tile, _| {
                self.found(tile, folder.tile(tile)?)
            }),
            TileSource::Mbtiles(file) => workers::each(tiles, cores, progress, |&tile, _| {
                self.found(tile, file.tile(tile)?)
            }),
        }?;
        self.check_sizes(&pictures)?;
        Ok(pictures)
    }

    /// The name of the server or the file, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        self.source.name()
    }

    /// Whether tiles come from a web server.
    #[must_use]
    pub fn is_network(&self) -> bool {
        matches!(self.source, TileSource::Server(_))
    }

    /// Whether tiles come from openstreetmap.org's own servers.
    #[must_use]
    pub fn is_osm(&self) -> bool {
        let TileSource::Server(web) = &self.source else {
            return false;
        };
        let host = web.host().trim_end_matches('.').to_ascii_lowercase();
        host == "tile.openstreetmap.org" || host.ends_with(".tile.openstreetmap.org")
    }

    fn visit(
        &self,
        web: &Server,
        tiles: &[Tile],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Option<Raster>>> {
        let visit = Fetcher::new(web);
        let one = |&tile: &Tile, halt: &Halt| {
            visit
                .tile(tile, halt)
                .and_then(|picture| self.found(tile, picture))
                .inspect_err(|error| {
                    // In this order: what is aborted fails too, but is not the reason.
                    halt.call(error.clone());
                    visit.abort();
                })
        };
        let pictures = workers::each(tiles, server::CONNECTIONS, progress, one);
        visit.tidy();
        pictures
    }

    fn found(&self, tile: Tile, picture: Option<Raster>) -> Result<Option<Raster>> {
        if picture.is_some() || self.missing == Missing::Blank {
            return Ok(picture);
        }
        let error = self.source.error(tile, "there is no such tile")?;
        Err(error
            .advice("ask for a smaller zoom (-z), or leave the places of missing tiles empty (--missing-tiles blank)"))
    }

    fn check_number(&self, number: usize) -> Result<()> {
        let limit = if self.is_osm() {
            self.limit.min(MAX_TILES_OSM)
        } else {
            self.limit
        };
        if number <= limit {
            return Ok(());
        }
        let fact = format!("{number} tiles are needed, and no more than {limit} allowed");
        let advice = "ask for a smaller zoom (-z) or a smaller picture";
        Err(
            Error::new(ErrorKind::Limit, fact).advice(if limit < self.limit {
                format!("{advice}; openstreetmap.org gives its tiles for free, but not in bulk")
            } else {
                format!("{advice}, or raise --max-tiles")
            }),
        )
    }

    fn check_sizes(&self, pictures: &[Option<Raster>]) -> Result<()> {
        let mut sizes = pictures.iter().flatten().map(Raster::size);
        let Some(first) = sizes.next() else {
            return Ok(());
        };
        sizes.find(|&size| size != first).map_or(Ok(()), |other| {
            let fact = format!("the tiles are of different sizes, {first} and {other} pixels");
            let place = Location {
                file: self.name(),
                at: None,
            };
            Err(if self.is_network() {
                Error::network(self.name(), fact)
            } else {
                Error::input(place, fact)
            })
        })
    }
}
