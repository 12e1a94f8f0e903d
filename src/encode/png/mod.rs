//! PNG: 8 bits a sample, in sRGB, in the smallest of its forms that loses nothing, with texts if
//! there are any. The same picture and options give the same bytes.

mod palette;

use std::borrow::Cow;
use std::io::{self, Write};

use png::text_metadata::{ITXtChunk, TEXtChunk};
use png::{
    BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter, PixelDimensions,
    SrgbRenderingIntent, Unit, Writer,
};

use rayon::prelude::*;

use self::palette::Palette;
use crate::raster::Raster;

/// Compression level of a PNG. All of them are lossless. The numbers are those of a busy heat map
/// of 1000 × 1000 pixels in 225 colours, and in brackets those of the same as RGBA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// As fast as it goes: 245 kB (630 kB).
    Fast,
    /// A little smaller: 215 kB (620 kB). The next smaller one, of 200 kB, would take several times
    /// as long.
    #[default]
    Default,
    /// As small as it gets, in the best of several ways: 190 kB (270 kB), and by far the slowest.
    Best,
}

/// Which colour types of PNG are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Samples {
    /// The smallest that loses nothing: a palette for at most 256 colours, else RGB where all is
    /// opaque, else RGBA.
    #[default]
    Least,
    /// Always RGBA, for programs that take bytes for pixels.
    Rgba,
}

/// Options of a PNG.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// How hard it is compressed.
    pub level: Level,
    /// In which form pixels are written.
    pub samples: Samples,
    /// Pixels to an inch, for those who print it; by default it is not said.
    pub dpi: Option<f64>,
    /// Keywords, such as Software, Title, Description or Comment, and what they say.
    pub text: Vec<(String, String)>,
}

/// Writes a picture.
///
/// # Errors
/// When a keyword is not of 1 to 79 characters of Latin-1, or when the writer fails.
pub fn write(raster: &Raster, options: &Options, mut writer: impl Write) -> io::Result<()> {
    let image = Image::of(raster, options.samples);
    // Paeth does best with the code that fdeflate has fixed, and Sub is the fastest.
    let filter = match options.level {
        Level::Fast => Filter::Sub,
        Level::Default => Filter::Paeth,
        Level::Best => return writer.write_all(&image.smallest(options)?),
    };
    image.encode(
        options,
        DeflateCompression::FdeflateUltraFast,
        filter,
        writer,
    )
}

/// A picture in one of PNG's forms.
struct Image<'a> {
    raster: &'a Raster,
    color: ColorType,
    palette: Option<Palette>,
    samples: Cow<'a, [u8]>,
}

impl<'a> Image<'a> {
    fn of(raster: &'a Raster, samples: Samples) -> Self {
        let image = |color, samples, palette| Self {
            raster,
            color,
            palette,
            samples,
        };
        if samples == Samples::Rgba {
            return image(ColorType::Rgba, raster.as_bytes().into(), None);
        }
        if let Some(mut palette) = Palette::of(raster) {
            let pixels = std::mem::take(&mut palette.pixels);
            return image(ColorType::Indexed, pixels.into(), Some(palette));
        }
        if raster.is_opaque() {
            return image(ColorType::Rgb, raster.rgb().into(), None);
        }
        image(ColorType::Rgba, raster.as_bytes().into(), None)
    }

    fn smallest(&self, options: &Options) -> io::Result<Vec<u8>> {
        let filters = [
            Filter::Up,
            Filter::Sub,
            Filter::Paeth,
            Filter::NoFilter,
            Filter::Adaptive,
        ];
        let attempt = |&filter: &Filter| {
            let mut bytes = Vec::new();
            let compression = DeflateCompression::Level(9);
            self.encode(options, compression, filter, &mut bytes)
                .map(|()| bytes)
        };
        let attempts: Vec<Vec<u8>> = filters.par_iter().map(attempt).collect::<io::Result<_>>()?;
        // The first of equally small ones.
        Ok(attempts
            .into_iter()
            .min_by_key(Vec::len)
            .unwrap_or_default())
    }

    fn encode(
        &self,
        options: &Options,
        compression: DeflateCompression,
        filter: Filter,
        writer: impl Write,
    ) -> io::Result<()> {
        let size = self.raster.size();
        let mut encoder = Encoder::new(writer, size.width() as u32, size.height() as u32);
        encoder.set_color(self.color);
        encoder.set_depth(BitDepth::Eight);
        if let Some(palette) = &self.palette {
            encoder.set_palette(palette.rgb());
            let alphas = palette.alphas();
            if !alphas.is_empty() {
                encoder.set_trns(alphas);
            }
        }
        encoder.set_pixel_dims(options.dpi.map(dimensions));
        encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
        encoder.set_deflate_compression(compression);
        encoder.set_filter(filter);
        let mut writer = encoder.write_header().map_err(io_error)?;
        let mut text = options.text.iter();
        text.try_for_each(|(keyword, text)| say(&mut writer, keyword, text))
            .map_err(io_error)?;
        writer
            .write_image_data(&self.samples)
            .and_then(|()| writer.finish())
            .map_err(io_error)
    }
}

/// PNG counts pixels to a metre.
fn dimensions(dpi: f64) -> PixelDimensions {
    /// An inch in metres.
    const INCH: f64 = 0.0254;
    let metre = (dpi / INCH).round() as u32;
    PixelDimensions {
        xppu: metre,
        yppu: metre,
        unit: Unit::Meter,
    }
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
    use png::Transformations;

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
        let options = Options {
            level,
            text,
            ..Options::default()
        };
        bytes_of(&raster(), &options)
    }

    fn bytes_of(raster: &Raster, options: &Options) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(raster, options, &mut bytes).unwrap();
        bytes
    }

    /// The colour type of a PNG, and its pixels.
    fn read(bytes: &[u8]) -> (ColorType, Vec<u8>) {
        let mut decoder = png::Decoder::new(io::Cursor::new(bytes));
        decoder.set_transformations(Transformations::EXPAND | Transformations::ALPHA);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        (reader.info().color_type, pixels)
    }

    #[test]
    fn every_level_is_lossless_and_gives_the_same_bytes_again() {
        let sizes = [Level::Fast, Level::Default, Level::Best].map(|level| {
            let bytes = written(level, &[]);
            assert_eq!(read(&bytes).1, raster().as_bytes(), "{level:?}");
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
    fn the_form_is_the_smallest_that_loses_nothing() {
        let few = |alpha: fn(usize) -> u8| {
            let pixels = (0..64 * 48).map(|i| [(i % 16) as u8 * 9, 7, 200, alpha(i)]);
            Raster::new(raster().size(), pixels.collect()).unwrap()
        };
        let many_opaque = Raster::new(
            raster().size(),
            raster()
                .pixels()
                .iter()
                .map(|&[r, g, b, _]| [r, g, b, 255])
                .collect(),
        );
        for (raster, color) in [
            (few(|_| 255), ColorType::Indexed),
            (few(|i| (i % 16 * 17) as u8), ColorType::Indexed),
            (many_opaque.unwrap(), ColorType::Rgb),
            (raster(), ColorType::Rgba),
        ] {
            let pixels = raster.as_bytes().to_vec();
            for level in [Level::Fast, Level::Default, Level::Best] {
                let options = Options {
                    level,
                    ..Options::default()
                };
                let bytes = bytes_of(&raster, &options);
                assert_eq!(read(&bytes), (color, pixels.clone()), "{level:?}");
            }
            let options = Options {
                samples: Samples::Rgba,
                ..Options::default()
            };
            let bytes = bytes_of(&raster, &options);
            assert_eq!(read(&bytes), (ColorType::Rgba, pixels));
        }
    }

    #[test]
    fn what_is_opaque_has_no_chunk_of_alphas() {
        let raster = Raster::new(Size::new(2, 1).unwrap(), vec![[1, 2, 3, 255], [9; 4]]).unwrap();
        let bytes = bytes_of(&raster, &Options::default());
        let has = |bytes: &[u8], chunk: &[u8]| bytes.windows(4).any(|four| four == chunk);
        assert!(has(&bytes, b"PLTE") && has(&bytes, b"tRNS"));
        let raster = Raster::new(Size::new(1, 1).unwrap(), vec![[1, 2, 3, 255]]).unwrap();
        assert!(!has(&bytes_of(&raster, &Options::default()), b"tRNS"));
    }

    #[test]
    fn printers_are_told_the_resolution_in_metres() {
        let options = Options {
            dpi: Some(300.0),
            ..Options::default()
        };
        let bytes = bytes_of(&raster(), &options);
        let reader = png::Decoder::new(io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let dimensions = reader.info().pixel_dims.unwrap();
        assert_eq!((dimensions.xppu, dimensions.yppu), (11_811, 11_811));
        assert_eq!(dimensions.unit, Unit::Meter);
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
