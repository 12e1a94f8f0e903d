//! Base map: the pictures of map tiles, from a server, a folder or a file, joined under a view.
//!
//! Knows how tiles are got and where they lie in a picture; nothing of heat.

mod http;
mod mosaic;
mod source;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use self::source::TileSource;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::{Cover, TileId, View};
use crate::raster::Raster;

/// Whom the map belongs to that is fetched when nobody says otherwise.
const OSM: &str = "© OpenStreetMap contributors";

/// The most tiles that openstreetmap.org's servers are asked for: their policy forbids to fetch in
/// bulk.
const MAX_TILES_OSM: usize = 256;

/// Where the tiles of a map come from, and how it is credited.
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
    /// What servers are told after the program's name and version, in ASCII: how to reach who runs
    /// it, for example. Nothing when it is empty.
    pub user_agent: String,
    /// Whom the map belongs to.
    pub attribution: Attribution,
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

/// Whom a map belongs to, as its corner says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Attribution {
    /// OpenStreetMap's contributors for its own servers; nothing is known of others.
    #[default]
    Known,
    /// These words.
    Words(String),
    /// Nobody: it stands elsewhere.
    Nowhere,
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
            user_agent: String::new(),
            attribution: Attribution::default(),
        }
    }
}

/// A map that can be drawn under any view in Mercator.
#[derive(Debug)]
pub struct BaseMap {
    source: TileSource,
    missing: Missing,
    limit: usize,
    attribution: Attribution,
}

impl BaseMap {
    /// Looks at where the tiles are to come from, without using the network yet.
    ///
    /// # Errors
    /// When the address or the template is not proper, or when the folder or file is not there.
    pub fn open(options: &Options) -> Result<Self> {
        Ok(Self {
            source: TileSource::open(options)?,
            missing: options.missing,
            limit: options.max_tiles as usize,
            attribution: options.attribution.clone(),
        })
    }

    /// The name of the server or file.
    #[must_use]
    pub fn name(&self) -> String {
        self.source.name()
    }

    /// What the corner of a picture has to say.
    #[must_use]
    pub fn attribution(&self) -> Option<&str> {
        match &self.attribution {
            Attribution::Known => self.source.is_osm().then_some(OSM),
            Attribution::Words(words) => Some(words),
            Attribution::Nowhere => None,
        }
    }

    /// Draws the map under a view. Meanwhile `progress` hears how many tiles are there. Beyond the
    /// poles, and where tiles are missing, it is transparent.
    ///
    /// # Errors
    /// When a tile cannot be had, or there is not enough memory.
    pub fn draw(&self, view: &View, progress: &(dyn Fn(usize) + Sync)) -> Result<Raster> {
        let cover = Cover::of(view);
        let tiles = cover.tiles();
        let pictures = self.fetch(&tiles, progress)?;
        mosaic::draw(&cover, &tiles, &pictures, view.size())
    }

    /// The pictures of tiles, in the order of their names and all of the same size; `None` stands
    /// for one that is not there, if that is no error.
    fn fetch(
        &self,
        tiles: &[TileId],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Option<Raster>>> {
        self.check_number(tiles.len())?;
        let pictures = self.source.fetch(tiles, self.missing, progress)?;
        let mut sizes = pictures.iter().flatten().map(Raster::size);
        let first = sizes.next();
        match first.zip(sizes.find(|&size| Some(size) != first)) {
            None => Ok(pictures),
            Some((first, other)) => Err(self.source.whole_error(&format!(
                "the tiles are of different sizes, {first} and {other} pixels"
            ))),
        }
    }

    fn check_number(&self, number: usize) -> Result<()> {
        let limit = if self.source.is_osm() {
            self.limit.min(MAX_TILES_OSM)
        } else {
            self.limit
        };
        if number <= limit {
            return Ok(());
        }
        let fact = format!("{number} tiles are needed, and no more than {limit} allowed");
        Err(
            Error::new(ErrorKind::Limit, fact).remedy(if limit < self.limit {
                Remedy::SmallerZoomForOsm
            } else {
                Remedy::SmallerZoomOrMoreTiles
            }),
        )
    }
}
