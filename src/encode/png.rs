//! PNG: 8 bits each of red, green, blue and alpha, in sRGB, with texts if there are any. The same
//! picture and options give the same bytes.

use std::io::{self, Write};

use png::text_metadata::{ITXtChunk, TEXtChunk};
use png::{
    BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter, SrgbRenderingIntent,
    Writer,
};

use rayon::prelude::*;

use crate::raster::Raster;

/// Compression level of a PNG. All of them are lossless. The numbers are those of a busy heat map
/// of 1000 × 1000 pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// As fast as it goes: 2.6 ms, 630 kB.
    Fast,
    /// A little smaller: 3.7 ms, 590 kB. The next smaller one, of 400 kB, would take 10 ms, a third
    /// of the time that a whole run takes with a hundred thousand points.
    #[default]
    Default,
    /// As small as it gets, in the best of several ways: a quarter of a second, 270 kB.
    Best,
}

/// Options of a PNG.
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
pub fn write(raster: &Raster, options: &Options, mut writer: impl Write) -> io::Result<()> {
    // Paeth does best with the code that fdeflate has fixed, and Sub is the fastest.
    match options.level {
        Level::Fast => encode(
            raster,
            &options.text,
            DeflateCompression::FdeflateUltraFast,
            Filter::Sub,
            writer,
        ),
        Level::Default => encode(
            raster,
            &options.text,
            DeflateCompression::FdeflateUltraFast,
            Filter::Paeth,
            writer,
        ),
        Level::Best => writer.write_all(&smallest(raster, &options.text)?),
    }
}

fn smallest(raster: &Raster, text: &[(String, String)]) -> io::Result<Vec<u8>> {
    let filters = [
        Filter::Up,
        Filter::Sub,
        Filter::Paeth,
        Filter::NoFilter,
        Filter::Adaptive,
    ];
    let attempt = |&filter: &Filter| {
        let mut bytes = Vec::new();
        encode(
            raster,
            text,
            DeflateCompression::Level(9),
            filter,
            &mut bytes,
        )
        .map(|()| bytes)
    };
    let attempts: Vec<Vec<u8>> = filters.par_iter().map(attempt).collect::<io::Result<_>>()?;
    // The first of equally small ones.
    Ok(attempts
        .into_iter()
        .min_by_key(Vec::len)
        .unwrap_or_default())
}

fn encode<W: Write>(
    raster: &Raster,
    text: &[(String, String)],
    compression: DeflateCompression,
    filter: Filter,
    writer: W,
) -> io::Result<()> {
    let mut encoder = Encoder::new(
        writer,
        raster.size().width() as u32,
        raster.size().height() as u32,
    );
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().map_err(io_error)?;
    text.iter()
        .try_for_each(|(keyword, text)| say(&mut writer, keyword, text))
        .map_err(io_error)?;
    writer
        .write_image_data(raster.as_bytes())
        .and_then(|()| writer.finish())
        .map_err(io_error)
}

/// Text chunk, in Latin-1 where that does, because every reader knows it, and in UTF-8 else.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Size;

    fn raster() -> Raster {
        let size = Size::new(64, 48).unwrap();
        Raster::new(
            size,
            (0..size.pixels())
                .map(|i| [i as u8, (i / 64) as u8, 90, (i * 7) as u8])
                .collect(),
        )
        .unwrap()
    }

    fn written(level: Level, text: &[(&str, &str)]) -> Vec<u8> {
        let text = text
            .iter()
            .map(|&(keyword, text)| (keyword.to_owned(), text.to_owned()))
            .collect();
        let mut bytes = Vec::new();
        write(&raster(), &Options { level, text }, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn every_level_is_lossless_and_gives_the_same_bytes_again() {
        let sizes = [Level::Fast, Level::Default, Level::Best].map(|level| {
            let bytes = written(level, &[]);
            assert_eq!(
                image::load_from_memory(&bytes)
                    .unwrap()
                    .into_rgba8()
                    .into_raw(),
                raster().as_bytes(),
                "{level:?}"
            );
            assert_eq!(bytes, written(level, &[]));
            bytes.len()
        });
        assert!(sizes[2] <= sizes[1] && sizes[2] <= sizes[0], "{sizes:?}");
    }

    #[test]
    fn it_says_its_colour_space_and_its_texts() {
        let bytes = written(
            Level::Fast,
            &[
                ("Software", "heatmap"),
                ("Comment", "caf\u{e9}\0!"),
                ("Title", "\u{6771}\u{4eac}"),
            ],
        );
        let reader = png::Decoder::new(io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let info = reader.info();
        assert_eq!(
            (info.color_type, info.bit_depth),
            (ColorType::Rgba, BitDepth::Eight)
        );
        assert_eq!(info.srgb, Some(SrgbRenderingIntent::Perceptual));
        let plain: Vec<_> = info
            .uncompressed_latin1_text
            .iter()
            .map(|chunk| (&*chunk.keyword, &*chunk.text))
            .collect();
        assert_eq!(plain, [("Software", "heatmap"), ("Comment", "caf\u{e9} !")]);
        assert_eq!(info.utf8_text[0].get_text().unwrap(), "\u{6771}\u{4eac}");
    }

    #[test]
    fn a_keyword_that_is_none_is_an_error() {
        let options = Options {
            text: vec![("x".repeat(80), String::new())],
            ..Options::default()
        };
        assert!(write(&raster(), &options, Vec::new()).is_err());
    }
}
