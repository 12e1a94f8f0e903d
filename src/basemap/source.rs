//! What tiles are taken from.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::http::server::Server;
use super::tiles::Options;
use crate::error::{Error, Location, Result};
use crate::geo::Tile;
use crate::tileset::folder::Folder;
use crate::tileset::mbtiles::Mbtiles;
use crate::tileset::template::Template;

/// A server, a folder or a file.
#[derive(Debug)]
pub enum TileSource {
    Server(Server),
    Folder(Folder),
    Mbtiles(Mbtiles),
}

impl TileSource {
    /// Looks at what is to be used.
    pub fn open(options: &Options) -> Result<Self> {
        let Options {
            base,
            template,
            cache,
            offline,
            ..
        } = options;
        let starts = |scheme: &str| {
            base.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        if starts("http://") || starts("https://") {
            return Server::open(Template::new(base, template)?, cache.clone(), *offline)
                .map(Self::Server);
        }
        let path = if starts("file:") {
            local(&base["file:".len()..])?
        } else {
            PathBuf::from(base)
        };
        if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("mbtiles"))
        {
            return Mbtiles::open(&path).map(Self::Mbtiles);
        }
        if starts("file:") {
            return Folder::open(&path, template).map(Self::Folder);
        }
        // What follows a question mark may be a secret.
        let base = base.split('?').next().unwrap_or_default();
        Err(Error::usage(format!("{base} is no source of tiles"))
            .advice("it begins with https://, http:// or file:, or ends in .mbtiles"))
    }

    /// The name of the server or the file, for messages.
    pub fn name(&self) -> String {
        match self {
            Self::Server(web) => web.host().to_owned(),
            Self::Folder(Folder { path, .. }) | Self::Mbtiles(Mbtiles { path, .. }) => {
                path.display().to_string()
            }
        }
    }

    /// Something that is wrong with a tile.
    pub fn error(&self, tile: Tile, fact: &str) -> Result<Error> {
        Ok(match self {
            Self::Server(web) => web.address(tile)?.error(fact),
            Self::Folder(folder) => Error::input(Location::file(&folder.file(tile)), fact),
            Self::Mbtiles(file) => file.error(tile, fact),
        })
    }
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
