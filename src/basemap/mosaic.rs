//! Mosaic of tiles: put side by side, and scaled to lie under a view to the pixel.

use crate::error::{Error, ErrorKind, Result};
use crate::geo::{Cover, TileId};
use crate::raster::memory::afford;
use crate::raster::{Crop, Filter, Raster, Size};

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
    afford(4, size)?;
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
    repeat_ends(&mut mosaic, cover, side);
    Ok(mosaic)
}

/// Beyond the ends of the map in the north and in the south its last row goes on: nothing, which
/// many programs show as black, would be a strip along the picture.
fn repeat_ends(mosaic: &mut Raster, cover: &Cover, side: usize) {
    let (width, height) = (mosaic.size().width(), mosaic.size().height());
    let row = |tiles: i64| usize::try_from(tiles).unwrap_or_default() * side;
    let first = row(-cover.rows().start).min(height - 1);
    let end = row((1 << cover.zoom) - cover.rows().start).clamp(1, height);
    let pixels = mosaic.pixels_mut();
    for beyond in (0..first).chain(end..height) {
        let nearest = if beyond < first { first } else { end - 1 };
        pixels.copy_within(nearest * width..(nearest + 1) * width, beyond * width);
    }
}

/// The part of a mosaic that a cover describes, in another size.
fn scaled(mosaic: &Raster, cover: &Cover, side: usize, size: Size) -> Result<Raster> {
    // A millionth of a pixel is rounding: where the scales are the same, pixels are copied as they
    // are.
    let pixels = |tiles: f64| (tiles * side as f64 * 1e6).round() / 1e6;
    let left = pixels(cover.left - cover.columns().start as f64).max(0.0);
    let top = pixels(cover.top - cover.rows().start as f64).max(0.0);
    let width = pixels(cover.width).min(mosaic.size().width() as f64 - left);
    let height = pixels(cover.height).min(mosaic.size().height() as f64 - top);
    let part = Crop {
        left,
        top,
        width,
        height,
    };
    mosaic.scaled(part, size, Filter::CatmullRom)
}

fn too_large() -> Error {
    Error::new(ErrorKind::Limit, "the map under the picture is too large")
        .advice("ask for a smaller picture")
}
