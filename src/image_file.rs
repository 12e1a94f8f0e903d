//! Pictures that the user names: gradients and backgrounds. A reader only; `encode` is the writer.

use std::path::Path;

use image::{ImageReader, Limits};

use crate::color::Raster;
use crate::error::{Error, Place, Result};
use crate::map::Size;

/// The most memory that decoding may take: a picture of 16,384 × 16,384 pixels.
const MEMORY: u64 = 1 << 30;

/// Reads a picture of any kind and colour type, whatever its name says it is.
///
/// # Errors
/// When it cannot be opened or is no picture.
pub fn open(path: &Path) -> Result<Raster> {
    let error = |fact: String| Error::input(Place::file(path), fact);
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let mut reader = reader.map_err(|fact| error(fact.to_string()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let image = reader.decode().map_err(|fact| error(format!("not a picture that can be read: {fact}")))?.into_rgba8();
    let size = Size::new(image.width(), image.height()).ok_or_else(|| error("the picture has no pixels".into()))?;
    let pixels = image.pixels().map(|pixel| pixel.0).collect();
    Raster::new(size, pixels).ok_or_else(|| error("the picture is cut short".into()))
}
