//! Heat maps from points and tracks.
//!
//! The rooms of the house, in the order in which data passes through them:
//!
//! - [`input`]: files in, batches of shapes out; [`input::buffer`] holds them until it is known
//!   where all of them lie
//! - [`geo`]: a point or a segment in degrees (or x and y) in, pixels out
//! - [`density`]: shapes and a view in, one grid of heat out
//! - [`saved`]: heat in files, before it is spread
//! - [`color`]: heat in, colours out
//! - [`composite`]: a picture laid over a background, and words and a legend put on it
//! - [`basemap`]: the map under a picture, from tiles
//! - [`product`]: which pictures are made, what they look like and where they go
//! - [`encode`]: a raster as bytes of a picture format, or many as an animation
//! - [`serve`]: the same over HTTP, of data that are read once
//! - [`error`]: what can go wrong, as facts
//!
//! For shapes that are in memory already, [`render`] does all of it:
//!
//! ```
//! use heatmap::{Coord, Options, Shape, render};
//!
//! let places = [(47.37, 8.54), (46.95, 7.45), (46.20, 6.14)];
//! let shapes: Vec<Shape> = places.iter().map(|&(lat, lon)| Coord::lat_lon(lat, lon).map(Shape::point)).collect::<Result<_, _>>()?;
//! let picture = render(&shapes, &Options::default())?;
//! assert_eq!(picture.size().width(), 1024);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! That is all that there is without features, and needs 39 crates:
//!
//! ```toml
//! [dependencies]
//! heatmap-cli = { path = "../heatmap", default-features = false }
//! ```
//!
//! [`encode::png`] writes such a picture, [`composite::over`] lays it on another. Everything else is
//! a feature; by default all are on.
//!
//! | feature | brings |
//! |---|---|
//! | `cli` | the program; with `serve` |
//! | `fft` | sums over large radii in less time, and inverse distance weighting |
//! | `files` | `input`, `saved`, `basemap`, `product`, `sql`, and all of [`encode`] |
//! | `flatgeobuf` | `FlatGeobuf`; with `files` |
//! | `parquet` | Parquet and `GeoParquet`; with `files` |
//! | `postgres` | databases of `PostgreSQL` and `PostGIS`; with `files` |
//! | `projections` | coordinate systems of countries: EPSG's codes, PROJ's parameters, WKT |
//! | `serve` | the service over HTTP; with `files` |
//! | `sqlite` | `GeoPackage`, `SpatiaLite`, other databases, and tiles in them; with `files` |
//! | `text` | words in all scripts, colour bars and legends |
//! | `web` | maps from tile servers; with `files` |
//!
//! `files` brings `fft`, `projections` and `text`.

#![cfg_attr(
    not(feature = "files"),
    allow(
        dead_code,
        clippy::unnecessary_wraps,
        clippy::unused_self,
        rustdoc::broken_intra_doc_links,
        reason = "for rooms that are left out"
    )
)]

#[cfg(feature = "files")]
pub mod basemap;
pub mod color;
#[cfg(feature = "parquet")]
mod columnar;
pub mod composite;
pub mod density;
pub mod encode;
pub mod error;
pub mod geo;
#[cfg(feature = "files")]
pub mod input;
#[cfg(feature = "files")]
mod npy;
#[cfg(feature = "files")]
pub mod product;
pub mod raster;
#[cfg(feature = "files")]
pub mod saved;
#[cfg(feature = "serve")]
pub mod serve;
#[cfg(feature = "files")]
pub mod sql;
#[cfg(feature = "files")]
mod tileset;
#[cfg(feature = "files")]
mod unfinished;
#[cfg(feature = "sqlite")]
mod untrusted;
#[cfg(feature = "files")]
#[cfg(test)]
#[path = "../tests/it/wants.rs"]
#[allow(dead_code, reason = "some of it is for the tests that run the program")]
mod wants;

pub use self::error::{Error, Result};
pub use self::geo::{Coord, Shape};
pub use self::raster::Raster;

use self::color::Colors;
use self::composite::Background;
use self::geo::{Footprint, View};

/// Options of [`render`]; the defaults are those of the command line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Which part of the earth, how large.
    pub map: geo::MapOptions,
    /// What heat looks like where it is and where it piles up.
    pub density: density::HeatOptions,
    /// Colours, and how heat is spread over them.
    pub color: color::ColorOptions,
    /// What lies under the heat.
    pub background: composite::BackgroundOptions,
}

/// Draws shapes as a heat map.
///
/// # Errors
/// When there are no shapes and no extent is given, when the options contradict one another, or
/// when a file that they name cannot be read.
pub fn render(shapes: &[Shape], options: &Options) -> Result<Raster> {
    let colors = Colors::load(&options.color)?;
    let background = Background::load(&options.background)?;
    let view = {
        let footprint = Footprint::of(shapes);
        let data = footprint.map(|all| all.extent(options.map.crs, options.map.wrap));
        View::fit(&options.map, data, options.density.radius)?
    };
    let cells = density::Cells::new(&view, &options.density)?;
    cells.add(shapes);
    let mut picture = colors.paint(&cells.grid(&options.density)?)?;
    composite::over(&mut picture, &background);
    Ok(picture)
}
