//! PNG: 8 bits each of red, green, blue and alpha, in sRGB, with texts if there are any. The same picture and options give the same bytes.

use std::io::{self, Write};

use png::text_metadata::{ITXtChunk, TEXtChunk};
use png::{
    BitDepth, ColorType, Compression, DeflateCompression, Encoder, EncodingError, Filter, SrgbRenderingIntent, Writer,
};

use crate::color::Raster;

/// How hard a PNG is compressed. All of them are lossless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// As fast as it goes, larger.
    Fast,
    /// Somewhat slower, about a quarter smaller.
    #[default]
    Default,
    /// As small as it gets, which takes seconds for large pictures.
    Best,
}

/// How a PNG is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How hard it is compressed.
    pub level: Level,
    /// Keywords, such as Software, Title, Description or Comment, and what they say.
    pub text: Vec<(String, String)>,
}

/// Writes a picture.
///
/// # Errors
/// When a keyword is not of 1 to 79 characters of Latin-1, or when the writer fails.
pub fn write(raster: &Raster, options: &Options, writer: impl Write) -> io::Result<()> {
    let mut encoder = Encoder::new(writer, raster.size().width() as u32, raster.size().height() as u32);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    set_level(&mut encoder, options.level);
    let mut writer = encoder.write_header().map_err(io_error)?;
    options.text.iter().try_for_each(|(keyword, text)| say(&mut writer, keyword, text)).map_err(io_error)?;
    writer.write_image_data(raster.as_bytes()).and_then(|()| writer.finish()).map_err(io_error)
}

fn set_level<W: Write>(encoder: &mut Encoder<W>, level: Level) {
    let (compression, filter) = match level {
        Level::Fast => (DeflateCompression::FdeflateUltraFast, Filter::Adaptive),
        Level::Default => (DeflateCompression::Level(6), Filter::Adaptive),
        Level::Best => (DeflateCompression::Level(9), Filter::Adaptive),
    };
    encoder.set_compression(Compression::Balanced);
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
}

/// In Latin-1 where that does, because every reader knows it, and in UTF-8 else.
fn say<W: Write>(writer: &mut Writer<W>, keyword: &str, text: &str) -> Result<(), EncodingError> {
    // A zero ends texts in a PNG.
    let text = text.replace('\0', " ");
    if text.chars().all(|c| u32::from(c) < 256) {
        writer.write_text_chunk(&TEXtChunk::new(keyword, text))
    } else {
        writer.write_text_chunk(&ITXtChunk::new(keyword, text))
    }
}

fn io_error(error: EncodingError) -> io::Error {
    match error {
        EncodingError::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
