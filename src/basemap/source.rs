//! Source of tiles: a web server or a store on this machine, and which pictures it has.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::thread;

use percent_encoding::percent_decode_str;

use super::http::Server;
use super::{BaseMapOptions, Missing, workers};
use crate::error::{Error, Location, Remedy, Result};
use crate::geo::TileId;
use crate::raster::Raster;
use crate::tileset;
use crate::tileset::template::Template;
use crate::tileset::{TileStore, decode};

/// A server, or a folder or file.
#[derive(Debug)]
pub enum TileSource {
    Server(Box<Server>),
    Store(Box<dyn TileStore>),
}

impl TileSource {
    /// Looks at what is to be used.
    pub fn open(options: &BaseMapOptions) -> Result<Self> {
        let base = &options.base;
        let starts = |scheme: &str| {
            base.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        if starts("http://") || starts("https://") {
            let template = Template::new(base, &options.template)?;
            return Server::open(template, options).map(|server| Self::Server(server.into()));
        }
        let path = if starts("file:") {
            local(&base["file:".len()..])?
        } else {
            PathBuf::from(base)
        };
        if starts("file:") || tileset::is_mbtiles(&path) || path.is_dir() {
            return tileset::open(&path, &options.template).map(Self::Store);
        }
        // What follows a question mark may be a secret.
        let base = base.split('?').next().unwrap_or_default();
        Err(Error::usage(format!("{base} is no source of tiles"))
            .advice("it begins with https://, http:// or file:, or ends in .mbtiles"))
    }

    /// The name of the server or the file, for messages.
    pub fn name(&self) -> String {
        match self {
            Self::Server(server) => server.host().to_owned(),
            Self::Store(store) => store.path().display().to_string(),
        }
    }

    /// The zooms of which there are tiles, where that is known.
    pub fn zooms(&self) -> Option<RangeInclusive<u8>> {
        match self {
            Self::Server(_) => None,
            Self::Store(store) => store.zooms(),
        }
    }

    /// Whom the map belongs to, as far as it says so itself.
    pub fn attribution(&self) -> Option<&str> {
        match self {
            Self::Server(_) => None,
            Self::Store(store) => store.attribution(),
        }
    }

    /// Whether tiles come from openstreetmap.org's own servers.
    pub fn is_osm(&self) -> bool {
        let Self::Server(server) = self else {
            return false;
        };
        let host = server.host().trim_end_matches('.').to_ascii_lowercase();
        host == "tile.openstreetmap.org" || host.ends_with(".tile.openstreetmap.org")
    }

    /// The pictures of tiles, in the order of their names; `None` stands for one that is not there,
    /// if that is no error. Meanwhile `progress` hears how many are done. Each should be named
    /// once.
    pub fn fetch(
        &self,
        tiles: &[TileId],
        missing: Missing,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Option<Raster>>> {
        let found = |tile, picture: Option<Raster>| match picture {
            None if missing == Missing::Fail => Err(self.no_such(tile)?),
            picture => Ok(picture),
        };
        match self {
            Self::Server(server) => server.fetch(tiles, progress, &found),
            Self::Store(store) => {
                let cores = thread::available_parallelism().map_or(1, Into::into);
                workers::each(tiles, cores, progress, |&tile, _| {
                    found(tile, picture(&**store, tile)?)
                })
            }
        }
    }

    /// Something that is wrong with all of it.
    pub fn whole_error(&self, fact: &str) -> Error {
        match self {
            Self::Server(server) => Error::network(server.host(), fact),
            Self::Store(store) => Error::input(Location::file(store.path()), fact),
        }
    }

    fn no_such(&self, tile: TileId) -> Result<Error> {
        let fact = "there is no such tile";
        let error = match self {
            Self::Server(server) => server.error(tile, fact)?,
            Self::Store(store) => store.error(tile, &fact),
        };
        Ok(error.remedy(Remedy::SmallerZoomOrBlanks))
    }
}

/// The picture of a tile in a store, if there is one.
fn picture(store: &dyn TileStore, tile: TileId) -> Result<Option<Raster>> {
    let bytes = store.get(tile)?;
    bytes
        .map(|bytes| decode::picture(&bytes).map_err(|fact| store.error(tile, &fact)))
        .transpose()
}

/// The path in a file URL, without its scheme.
fn local(rest: &str) -> Result<PathBuf> {
    let path = match rest
        .strip_prefix("//")
        .map(|rest| rest.strip_prefix("localhost").unwrap_or(rest))
    {
        None => rest,
        Some(path) if path.starts_with('/') => path,
        Some(_) => {
            let error = Error::usage(format!("file:{rest} names another machine"));
            return Err(error.advice("write file:///path or file:path"));
        }
    };
    Ok(Path::new(&*percent_decode_str(path).decode_utf8_lossy()).to_owned())
}
