//! Animated PNG (PNG specification, third edition): lossless, transparent. Viewers that know no
//! animations show the first frame.

use std::io::{self, Write};

use png::{
    BitDepth, BlendOp, ColorType, Compression, Encoder, EncodingError, SrgbRenderingIntent, Writer,
};

use super::delta::{Delta, Region};
use super::{Encode, Plays, Timing};
use crate::raster::Size;

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
            encoder
                .set_animated(timing.frames.get(), plays)
                .map_err(io_error)?;
            // A delay is a fraction of a second here, so nothing is rounded. Frames stay under the
            // next ones, by default.
            encoder
                .set_frame_delay(timing.rate.seconds(), timing.rate.frames())
                .map_err(io_error)?;
        }
        let writer = encoder.write_header().map_err(io_error)?;
        Ok(Self { writer, animated })
    }

    fn place(&mut self, area: Region, blend: BlendOp) -> Result<(), EncodingError> {
        self.writer.set_blend_op(blend)?;
        // Each step is checked against what the frame before left behind.
        self.writer.reset_frame_position()?;
        self.writer
            .set_frame_dimension(area.width as u32, area.height as u32)?;
        self.writer
            .set_frame_position(area.left as u32, area.top as u32)
    }
}

impl<W: Write> Encode for Apng<W> {
    fn frame(&mut self, patch: &Delta, _number: u32) -> io::Result<()> {
        if !self.animated {
            return self
                .writer
                .write_image_data(&patch.bytes())
                .map_err(io_error);
        }
        let (bytes, blend) = match patch.overlay() {
            Some(overlay) => (overlay.into(), BlendOp::Over),
            None => (patch.bytes(), BlendOp::Source),
        };
        self.place(patch.area, blend)
            .and_then(|()| self.writer.write_image_data(&bytes))
            .map_err(io_error)
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
