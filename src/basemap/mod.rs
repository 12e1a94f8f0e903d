//! Base map: the pictures of map tiles, from a server, a folder or a file, joined under a view.
//!
//! Knows how tiles are got and where they lie in a picture; nothing of heat.

mod http;
mod mosaic;
mod source;
#[cfg(all(feature = "sqlite", feature = "web"))]
#[cfg(test)]
mod tests;
mod workers;

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
#[derive(Clone, Debug, PartialEq)]
pub struct BaseMapOptions {
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
    /// The zoom of its tiles; by default that whose scale is nearest to the picture's.
    pub zoom: Option<u8>,
    /// How many times larger than usual its words and lines are to be.
    pub ratio: f64,
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
    /// OpenStreetMap's contributors for its own servers, and what an `MBTiles` file says itself;
    /// nothing is known of others.
    #[default]
    Known,
    /// These words.
    Words(String),
    /// Nobody: it stands elsewhere.
    Nowhere,
}

impl Default for BaseMapOptions {
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
            zoom: None,
            ratio: 1.0,
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
    zoom: Option<u8>,
    ratio: f64,
    /// Where a page finds the tiles, if they are on the web.
    web: Option<String>,
}

/// A map under a view.
pub struct Drawn {
    /// It, in the size of the view.
    pub picture: Raster,
    /// How many tiles were not there.
    pub missing: usize,
}

impl BaseMap {
    /// Looks at where the tiles are to come from, without using the network yet.
    ///
    /// # Errors
    /// When the address or the template is not proper, or when the folder or file is not there.
    pub fn open(options: &BaseMapOptions) -> Result<Self> {
        Ok(Self {
            source: TileSource::open(options)?,
            missing: options.missing,
            limit: options.max_tiles as usize,
            attribution: options.attribution.clone(),
            zoom: options.zoom,
            ratio: options.ratio,
            web: web(options),
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
            Attribution::Known if self.source.is_osm() => Some(OSM),
            Attribution::Known => self.source.attribution(),
            Attribution::Words(words) => Some(words),
            Attribution::Nowhere => None,
        }
    }

    /// The address of tiles for pages on the web, with `{z}`, `{x}` and `{y}`; `None` when they are
    /// not on the web.
    #[must_use]
    pub fn web(&self) -> Option<&str> {
        self.web.as_deref()
    }

    /// The zoom that suits a view, and the cover of the zoom that is taken: the nearest that there
    /// is.
    #[must_use]
    pub fn cover(&self, view: &View) -> (u8, Cover) {
        let nearest = Cover::nearest(view, self.ratio).zoom;
        let wanted = self.zoom.unwrap_or(nearest);
        let zooms = self.source.zooms();
        let taken = zooms.map_or(wanted, |zooms| wanted.clamp(*zooms.start(), *zooms.end()));
        (wanted, Cover::at(view, taken))
    }

    /// Draws the map under a view. Meanwhile `progress` hears how many tiles are there. Beyond the
    /// poles, and where tiles are missing, it is transparent.
    ///
    /// # Errors
    /// When a tile cannot be had, or there is not enough memory.
    pub fn draw(&self, view: &View, progress: &(dyn Fn(usize) + Sync)) -> Result<Drawn> {
        let (_, cover) = self.cover(view);
        let tiles = cover.tiles();
        let pictures = self.fetch(&tiles, progress)?;
        let missing = pictures.iter().filter(|picture| picture.is_none()).count();
        if missing == tiles.len() && missing > 0 {
            let fact = format!("all {missing} tiles that the picture needs are missing");
            return Err(self.source.whole_error(&fact).remedy(Remedy::OtherTiles));
        }
        let picture = mosaic::draw(&cover, &tiles, &pictures, view.size())?;
        Ok(Drawn { picture, missing })
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

/// The address of tiles for pages, if they are on the web.
fn web(options: &BaseMapOptions) -> Option<String> {
    let BaseMapOptions { base, template, .. } = options;
    let is_web = base.starts_with("http://") || base.starts_with("https://");
    // Leaflet has {s}, but counts from the south in another way.
    let joined = if base.contains("{z}") {
        base.clone()
    } else {
        let (base, rest) = (base.trim_end_matches('/'), template.trim_start_matches('/'));
        format!("{base}/{rest}")
    };
    is_web.then(|| joined.replace("{r}", ""))
}
