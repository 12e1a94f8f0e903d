//! Animated PNG (PNG specification, third edition): lossless, transparent. Viewers that know no animations show the first frame.

use std::io::{self, Write};

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, SrgbRenderingIntent, Writer};

use super::patch::{Area, Patch};
use super::{Encode, Plays, Timing};
use crate::map::Size;

pub struct Apng<W: Write> {
    writer: Writer<W>,
    /// A single frame is a PNG like any other.
    animated: bool,
}

impl<W: Write> Apng<W> {
    pub fn begin(size: Size, timing: &Timing, writer: W) -> io::Result<Self> {
        let mut encoder = Encoder::new(writer, size.width() as u32, size.height() as u32);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Fast);
        encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
        let animated = timing.frames.get() > 1;
        if animated {
            let plays = match timing.plays {
                Plays::Forever => 0,
                Plays::Times(times) => times.get().into(),
            };
            encoder.set_animated(timing.frames.get(), plays).map_err(io_error)?;
            // A delay is a fraction of a second here, so nothing is rounded. What is new replaces what was there, which is kept: the defaults.
            encoder.set_frame_delay(timing.rate.seconds(), timing.rate.frames()).map_err(io_error)?;
        }
        let writer = encoder.write_header().map_err(io_error)?;
        Ok(Self { writer, animated })
    }

    fn place(&mut self, area: Area) -> Result<(), EncodingError> {
        // Each step is checked against what the frame before left behind.
        self.writer.reset_frame_position()?;
        self.writer.set_frame_dimension(area.width as u32, area.height as u32)?;
        self.writer.set_frame_position(area.left as u32, area.top as u32)
    }
}

impl<W: Write> Encode for Apng<W> {
    fn frame(&mut self, patch: &Patch, _number: u32) -> io::Result<()> {
        if self.animated {
            self.place(patch.area).map_err(io_error)?;
        }
        self.writer.write_image_data(&patch.bytes()).map_err(io_error)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.writer.finish().map_err(io_error)
    }
}

fn io_error(error: EncodingError) -> io::Error {
    match error {
        EncodingError::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
