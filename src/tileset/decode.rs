//! Decoding of bytes that claim to be the picture of a tile.

use std::fmt::Display;
use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use crate::raster::{Raster, Size, guard};

/// The longest file that is taken for a tile.
pub const MAX_BYTES: usize = 2 << 20;

/// What is wrong with longer ones.
pub const TOO_LONG: &str = "larger than 2 MiB, and so no tile";

/// The most memory that decoding may take: 512 × 512 pixels of the widest kind are 4 MiB.
const MEMORY: u64 = 16 << 20;

/// Decodes a tile; the error is the fact that is wrong with it.
pub fn picture(bytes: &[u8]) -> Result<Raster, String> {
    if bytes.len() > MAX_BYTES {
        return Err(TOO_LONG.into());
    }
    let image = pixels(bytes)?.into_rgba8();
    let raster = Size::new(image.width(), image.height())
        .and_then(|size| Raster::new(size, image.pixels().map(|pixel| pixel.0).collect()));
    raster.ok_or_else(|| "the picture is cut short".into())
}

fn pixels(bytes: &[u8]) -> Result<DynamicImage, String> {
    guard(|| decode(bytes)).unwrap_or_else(|fact| Err(broken(&fact)))
}

fn broken(fact: &dyn Display) -> String {
    format!("not a picture that can be read: {fact}")
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|fact| broken(&fact))?;
    match decoder.dimensions() {
        (256, 256) | (512, 512) => {
            DynamicImage::from_decoder(decoder).map_err(|fact| broken(&fact))
        }
        (width, height) => Err(format!(
            "{width} × {height} pixels, but tiles have 256 × 256 or 512 × 512"
        )),
    }
}
