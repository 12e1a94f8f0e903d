//! Pictures that the user names: gradients and backgrounds. A reader only; `encode` is the writer.

use std::fmt::Display;
use std::io::{BufRead, Seek};
use std::path::Path;

use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgba, RgbaImage,
};

use super::memory::afford;
use super::{Raster, Size, guard};
use crate::error::{Error, ErrorKind, Location, Result};

/// The most memory that a decoder may take.
const DECODING: u64 = 1 << 30;
/// The most that all takes together, of which 16,384 × 16,384 pixels are an example: they come out of
/// the decoder once, and may be there once more in another form.
const MEMORY: u64 = 2 << 30;

/// A picture, and whether its file knows transparency.
pub struct Picture {
    /// Its pixels.
    pub raster: Raster,
    /// Whether pixels could have been transparent, even when none is. Every GIF could have been, so
    /// there one has to be.
    pub has_alpha: bool,
}

/// Reads a picture of any kind and colour type, whatever its name says it is.
///
/// # Errors
/// When it cannot be opened or is no picture, or is larger than memory allows.
pub fn open(path: &Path) -> Result<Picture> {
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let mut reader = reader.map_err(|fact| error(path, fact))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODING);
    reader.limits(limits);
    let is_gif = reader.format() == Some(ImageFormat::Gif);
    let decoded = guard(|| decoded(reader, path));
    let (image, has_alpha) = decoded.map_err(|fact| broken(path, fact))??;
    let has_alpha = has_alpha && !(is_gif && image.pixels().all(|pixel| pixel.0[3] == 255));
    let size = Size::new(image.width(), image.height());
    // Only a vector with room for part of a pixel is copied.
    let pixels = bytemuck::allocation::try_cast_vec(image.into_raw());
    let pixels = pixels.unwrap_or_else(|(_, bytes)| bytes.as_chunks().0.to_vec());
    let raster = size.and_then(|size| Raster::new(size, pixels));
    let raster = raster.ok_or_else(|| error(path, "the picture is cut short"))?;
    Ok(Picture { raster, has_alpha })
}

/// A picture as viewers show it, for cameras write the rows as they lie on the sensor, and say in
/// EXIF which way is up; and whether its colours have transparency.
fn decoded(reader: ImageReader<impl BufRead + Seek>, path: &Path) -> Result<(RgbaImage, bool)> {
    let broken = |fact: ImageError| broken(path, fact);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height).ok_or_else(|| error(path, "the picture has no pixels"))?;
    let is_turned = orientation != Orientation::NoTransforms;
    let copies = size_of::<Rgba<u8>>() * if is_turned { 2 } else { 1 };
    let bytes = decoder.total_bytes();
    let bytes = bytes.saturating_add((size.pixels() * copies) as u64);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    limits.reserve(bytes).map_err(broken)?;
    afford(bytes.div_ceil(size.pixels() as u64) as usize, size).map_err(|_| {
        let error = Error {
            kind: ErrorKind::Limit,
            ..error(
                path,
                format!("there is not enough memory for its {size} pixels"),
            )
        };
        error.advice("give a smaller picture")
    })?;
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let has_alpha = image.color().has_alpha();
    let mut image = DynamicImage::from(image.into_rgba8());
    image.apply_orientation(orientation);
    Ok((image.into_rgba8(), has_alpha))
}

fn error(path: &Path, fact: impl Display) -> Error {
    Error::input(Location::file(path), fact.to_string())
}

fn broken(path: &Path, fact: impl Display) -> Error {
    error(path, format!("not a picture that can be read: {fact}"))
}
