//! A base map: tiles put together, and scaled to lie under a view to the pixel.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::tiles;
use super::tiles::Tiles;
use crate::error::{Error, ErrorKind, Result};
use crate::geo::{Cover, View};
use crate::raster::Raster;
use crate::raster::Size;

/// Whom the map belongs to that is fetched when nobody says otherwise.
const OSM: &str = "© OpenStreetMap contributors";

/// Which map, and how it is credited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Where its tiles come from.
    pub tiles: tiles::Options,
    /// Whom it belongs to.
    pub attribution: Attribution,
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

/// A source of maps.
#[derive(Debug)]
pub struct BaseMap {
    tiles: Tiles,
    attribution: Attribution,
}

impl BaseMap {
    /// Looks at where the tiles are to come from, without using the network yet.
    ///
    /// # Errors
    /// When that cannot be.
    pub fn open(options: &Options) -> Result<Self> {
        Ok(Self {
            tiles: Tiles::open(&options.tiles)?,
            attribution: options.attribution.clone(),
        })
    }

    /// The name of the server or file.
    #[must_use]
    pub fn name(&self) -> String {
        self.tiles.name()
    }

    /// What the corner of a picture has to say.
    #[must_use]
    pub fn attribution(&self) -> Option<&str> {
        match &self.attribution {
            Attribution::Known => self.tiles.is_osm().then_some(OSM),
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
        let (cover, size) = (Cover::of(view), view.size());
        let numbers = cover.tiles();
        let pictures = self.tiles.fetch(&numbers, progress)?;
        let Some(side) = pictures
            .iter()
            .flatten()
            .map(|picture| picture.size().width())
            .next()
        else {
            return Ok(Raster::transparent(size));
        };
        let picture = |column, row| {
            let number = numbers.binary_search(&cover.tile(column, row)?).ok()?;
            pictures[number].as_ref()
        };
        scaled(&mosaic(&cover, side, picture)?, &cover, side, size)
    }
}

/// Tiles of `side` pixels, side by side.
fn mosaic<'a>(
    cover: &Cover,
    side: usize,
    picture: impl Fn(i64, i64) -> Option<&'a Raster>,
) -> Result<Raster> {
    let (columns, rows) = (cover.columns(), cover.rows());
    let pixels = |tiles: usize| u32::try_from(tiles * side).ok();
    let size = pixels(columns.clone().count()).zip(pixels(rows.clone().count()));
    let size = size
        .and_then(|(width, height)| Size::new(width, height))
        .ok_or_else(too_large)?;
    let mut mosaic = Raster::transparent(size);
    for (band, row) in mosaic
        .pixels_mut()
        .chunks_mut(side * size.width())
        .zip(rows)
    {
        for (left, column) in (0..).step_by(side).zip(columns.clone()) {
            let Some(tile) = picture(column, row) else {
                continue;
            };
            for (line, tile) in band
                .chunks_mut(size.width())
                .zip(tile.pixels().chunks(side))
            {
                line[left..left + side].copy_from_slice(tile);
            }
        }
    }
    Ok(mosaic)
}

/// The part of a mosaic that a cover describes, in another size.
fn scaled(mosaic: &Raster, cover: &Cover, side: usize, size: Size) -> Result<Raster> {
    let unscaled = |error: &dyn std::fmt::Display| {
        Error::new(
            ErrorKind::Internal,
            format!("the map cannot be scaled: {error}"),
        )
    };
    let sides = |size: Size| (size.width() as u32, size.height() as u32);
    let (mut picture, (across, down)) = (Raster::transparent(size), sides(mosaic.size()));
    // Of the one kind of pixels that there is: the compiler takes minutes for all kinds.
    let source = TypedImageRef::<U8x4>::from_buffer(across, down, mosaic.as_bytes())
        .map_err(|error| unscaled(&error))?;
    let ((across, down), target) = (sides(size), picture.pixels_mut().as_flattened_mut());
    let mut target =
        TypedImage::<U8x4>::from_buffer(across, down, target).map_err(|error| unscaled(&error))?;
    // A millionth of a pixel is rounding: where the scales are the same, pixels are copied as they
    // are.
    let pixels = |tiles: f64| (tiles * side as f64 * 1e6).round() / 1e6;
    let left = pixels(cover.left - cover.columns().start as f64).max(0.0);
    let top = pixels(cover.top - cover.rows().start as f64).max(0.0);
    let width = pixels(cover.width).min(mosaic.size().width() as f64 - left);
    let height = pixels(cover.height).min(mosaic.size().height() as f64 - top);
    let options = ResizeOptions::new()
        .crop(left, top, width, height)
        .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new()
        .resize_typed(&source, &mut target, &options)
        .map_err(|error| unscaled(&error))?;
    Ok(picture)
}

fn too_large() -> Error {
    Error::new(ErrorKind::Limit, "the map under the picture is too large")
        .advice("ask for a smaller picture")
}
