//! Formats that are nothing but pictures.

use std::io::{Cursor, Write};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::pnm::{PnmEncoder, PnmSubtype, SampleEncoding};
use image::codecs::tga::TgaEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError, ImageFormat};

use super::{Format, base64, png};
use crate::raster::Raster;

/// JPEG's quality in percent: above this, files grow and nobody sees why.
const JPEG_QUALITY: u8 = 90;

/// Writes a picture. The alpha of formats that have none is left out: lay the picture over
/// something opaque first.
///
/// # Errors
/// When the format is for more than a picture, or cannot hold one of this size, or the writer
/// fails.
pub fn write(raster: &Raster, format: Format, writer: &mut dyn Write) -> std::io::Result<()> {
    match format {
        Format::Png | Format::Png32 => {
            let samples = match format {
                Format::Png32 => png::Samples::Rgba,
                _ => png::Samples::Least,
            };
            let options = png::Options {
                level: png::Level::Fast,
                samples,
                ..png::Options::default()
            };
            png::write(raster, &options, writer)
        }
        Format::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(writer, JPEG_QUALITY);
            encode_with(encoder, raster, &raster.rgb(), ExtendedColorType::Rgb8)
        }
        Format::Webp => encode_whole(raster, ImageFormat::WebP, true, writer),
        Format::Gif => encode_whole(raster, ImageFormat::Gif, false, writer),
        Format::Bmp => encode_whole(raster, ImageFormat::Bmp, false, writer),
        Format::Tiff => encode_whole(raster, ImageFormat::Tiff, true, writer),
        Format::Ppm => {
            // Left to itself the encoder writes a PAM (P7), which few programs read as a PPM.
            let pixmap = PnmSubtype::Pixmap(SampleEncoding::Binary);
            let encoder = PnmEncoder::new(writer).with_subtype(pixmap);
            encode_with(encoder, raster, &raster.rgb(), ExtendedColorType::Rgb8)
        }
        Format::Tga => {
            // The encoder's runs go on from row to row, where readers such as Pillow's end them.
            let encoder = TgaEncoder::new(writer).disable_rle();
            encode_with(encoder, raster, raster.as_bytes(), ExtendedColorType::Rgba8)
        }
        Format::Qoi => encode_whole(raster, ImageFormat::Qoi, true, writer),
        Format::Base64 | Format::DataUri => {
            let options = png::Options {
                level: png::Level::Fast,
                ..png::Options::default()
            };
            base64::write(raster, &options, format == Format::DataUri, writer)
        }
        other => Err(std::io::Error::other(format!(
            "a {} holds more than a picture",
            other.facts().name
        ))),
    }
}

fn encode_with(
    encoder: impl ImageEncoder,
    raster: &Raster,
    samples: &[u8],
    color: ExtendedColorType,
) -> std::io::Result<()> {
    let (width, height) = (raster.size().width() as u32, raster.size().height() as u32);
    encoder
        .write_image(samples, width, height, color)
        .map_err(io_error)
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
            &raster.rgb(),
            width,
            height,
            ExtendedColorType::Rgb8,
            format,
        )
    }
    .map_err(io_error)?;
    writer.write_all(&bytes.into_inner())
}

fn io_error(error: ImageError) -> std::io::Error {
    match error {
        ImageError::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}
