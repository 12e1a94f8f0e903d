//! Pictures that the user names: gradients and backgrounds. A reader only; `encode` is the writer.

use std::fmt::Display;
use std::io::{BufRead, Seek};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits};

use super::{Raster, Size, guard};
use crate::error::{Error, Location, Result};

/// The most memory that decoding may take: a picture of 16,384 × 16,384 pixels.
const MEMORY: u64 = 1 << 30;

/// A picture, and whether its file knows transparency.
pub struct Picture {
    /// Its pixels.
    pub raster: Raster,
    /// Whether pixels could have been transparent, even when none is. Every GIF could have been, so
    /// there one has to be.
    pub has_alpha: bool,
}

/// As viewers show it: cameras write the rows as they lie on the sensor, and say in EXIF which way
/// is up.
fn decoded(reader: ImageReader<impl BufRead + Seek>) -> ImageResult<DynamicImage> {
    let mut decoder = reader.into_decoder()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Reads a picture of any kind and colour type, whatever its name says it is.
///
/// # Errors
/// When it cannot be opened or is no picture.
pub fn open(path: &Path) -> Result<Picture> {
    let error = |fact: String| Error::input(Location::file(path), fact);
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let mut reader = reader.map_err(|fact| error(fact.to_string()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let is_gif = reader.format() == Some(ImageFormat::Gif);
    let broken = |fact: &dyn Display| error(format!("not a picture that can be read: {fact}"));
    let image = guard(|| decoded(reader))
        .map_err(|fact| broken(&fact))?
        .map_err(|fact| broken(&fact))?;
    let has_alpha = image.color().has_alpha();
    let image = image.into_rgba8();
    let has_alpha = has_alpha && !(is_gif && image.pixels().all(|pixel| pixel.0[3] == 255));
    let size = Size::new(image.width(), image.height())
        .ok_or_else(|| error("the picture has no pixels".into()))?;
    let pixels = image.pixels().map(|pixel| pixel.0).collect();
    let raster =
        Raster::new(size, pixels).ok_or_else(|| error("the picture is cut short".into()))?;
    Ok(Picture { raster, has_alpha })
}
