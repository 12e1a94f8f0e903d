//! A raster as bytes of a picture format, given to a writer.
//!
//! Never fetches, renders or names files. [`write()`] knows the formats that are nothing but
//! pictures, [`png`] one of them with its options; [`geotiff`], [`kml`] and [`html`] those that
//! know where they are; [`numbers`] writes heat, [`about`] what is known besides. [`film`] writes
//! animations.

pub mod film;
pub mod geotiff;
pub mod heat_grid;
pub mod html;
pub mod kml;
pub mod metadata;
pub mod png;

use std::io::{Cursor, Write};
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError, ImageFormat};

use crate::error::{Error, Result};
use crate::raster::Raster;

/// A picture format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics: lossless, transparent.
    #[default]
    Png,
    /// JPEG: lossy, small, opaque.
    Jpeg,
    /// WebP, lossless: smaller than PNG, transparent, 16,383 pixels a side at the most.
    Webp,
    /// GIF: 256 colours, opaque here (it knows no half-transparent pixels).
    Gif,
    /// Windows bitmap: uncompressed, opaque.
    Bmp,
    /// TIFF: uncompressed, transparent.
    Tiff,
    /// Portable pixmap: uncompressed, opaque, the simplest there is.
    Ppm,
    /// Truevision TGA: lossless, transparent.
    Tga,
    /// Quite OK Image: lossless, fast, transparent.
    Qoi,
}

/// Every extension a picture may have, with its format; the usual one of a format first.
const EXTENSIONS: [(&str, Format); 12] = [
    ("png", Format::Png),
    ("jpg", Format::Jpeg),
    ("jpeg", Format::Jpeg),
    ("webp", Format::Webp),
    ("gif", Format::Gif),
    ("bmp", Format::Bmp),
    ("tiff", Format::Tiff),
    ("tif", Format::Tiff),
    ("ppm", Format::Ppm),
    ("pnm", Format::Ppm),
    ("tga", Format::Tga),
    ("qoi", Format::Qoi),
];

/// JPEG's quality in percent: above this, files grow and nobody sees why.
const JPEG_QUALITY: u8 = 90;

impl Format {
    /// The format that a file name asks for with its extension, in upper or lower case.
    ///
    /// # Errors
    /// When the name has none, or an unknown one.
    pub fn of(path: &Path) -> Result<Self> {
        by_extension(path, &EXTENSIONS, "picture")
    }

    /// Whether pixels can be half transparent in it.
    #[must_use]
    pub fn has_alpha(self) -> bool {
        !matches!(self, Self::Jpeg | Self::Gif | Self::Bmp | Self::Ppm)
    }
}

/// What the extension of a file name, in upper or lower case, stands for among some.
fn by_extension<T: Copy>(path: &Path, known: &[(&str, T)], what: &str) -> Result<T> {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let found = known.iter().find(|(name, _)| *name == extension);
    found.map(|(_, kind)| *kind).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Error::usage(format!(
            "'{}' does not say which kind of {what} to write",
            path.display()
        ))
        .advice(format!("end the name in one of: {}", names.join(", ")))
    })
}

/// Writes a picture. The alpha of formats that have none is left out: lay the picture over
/// something opaque first.
///
/// # Errors
/// When the format cannot hold a picture of this size, or the writer fails.
pub fn write(raster: &Raster, format: Format, writer: &mut dyn Write) -> std::io::Result<()> {
    match format {
        Format::Png => png::write(
            raster,
            &png::Options {
                level: png::Level::Fast,
                text: Vec::new(),
            },
            writer,
        ),
        Format::Jpeg => {
            let (width, height) = (raster.size().width() as u32, raster.size().height() as u32);
            let encoder = JpegEncoder::new_with_quality(writer, JPEG_QUALITY);
            encoder
                .write_image(&rgb(raster), width, height, ExtendedColorType::Rgb8)
                .map_err(io_error)
        }
        Format::Webp => encode_whole(raster, ImageFormat::WebP, true, writer),
        Format::Gif => encode_whole(raster, ImageFormat::Gif, false, writer),
        Format::Bmp => encode_whole(raster, ImageFormat::Bmp, false, writer),
        Format::Tiff => encode_whole(raster, ImageFormat::Tiff, true, writer),
        Format::Ppm => encode_whole(raster, ImageFormat::Pnm, false, writer),
        Format::Tga => encode_whole(raster, ImageFormat::Tga, true, writer),
        Format::Qoi => encode_whole(raster, ImageFormat::Qoi, true, writer),
    }
}

/// For the formats whose encoders must be able to go back.
fn encode_whole(
    raster: &Raster,
    format: ImageFormat,
    alpha: bool,
    writer: &mut dyn Write,
) -> std::io::Result<()> {
    let (width, height) = (raster.size().width() as u32, raster.size().height() as u32);
    let mut bytes = Cursor::new(Vec::new());
    if alpha {
        let pixels = raster.as_bytes();
        image::write_buffer_with_format(
            &mut bytes,
            pixels,
            width,
            height,
            ExtendedColorType::Rgba8,
            format,
        )
    } else {
        image::write_buffer_with_format(
            &mut bytes,
            &rgb(raster),
            width,
            height,
            ExtendedColorType::Rgb8,
            format,
        )
    }
    .map_err(io_error)?;
    writer.write_all(&bytes.into_inner())
}

fn rgb(raster: &Raster) -> Vec<u8> {
    raster
        .pixels()
        .iter()
        .flat_map(|&[r, g, b, _]| [r, g, b])
        .collect()
}

fn io_error(error: ImageError) -> std::io::Error {
    match error {
        ImageError::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}

#[cfg(test)]
mod tests;
