//! Mosaic of tiles: put side by side, and scaled to lie under a view to the pixel.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::error::{Error, ErrorKind, Result};
use crate::geo::{Cover, TileId};
use crate::raster::{Raster, Size};

/// Draws what a cover shows of tiles, whose names are in order and whose pictures have one size. It
/// is transparent where there are none.
pub fn draw(
    cover: &Cover,
    tiles: &[TileId],
    pictures: &[Option<Raster>],
    size: Size,
) -> Result<Raster> {
    let Some(first) = pictures.iter().flatten().next() else {
        return Ok(Raster::transparent(size));
    };
    let side = first.size().width();
    let picture = |column, row| {
        let number = tiles.binary_search(&cover.tile(column, row)?).ok()?;
        pictures[number].as_ref()
    };
    scaled(&mosaic(cover, side, picture)?, cover, side, size)
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
