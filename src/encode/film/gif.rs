//! Animated GIF (specification 89a): opaque, 256 colours a frame, and delays of whole hundredths of
//! a second.
//!
//! Pixels that stay as they are become transparent in the next frame. So a palette only has to hold
//! what is new, which is often few colours and then exact, and what stays compresses to nothing.

use std::io::{self, Write};

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use super::delta::Delta;
use super::palette::Palette;
use super::{Encode, Plays, Rate, Timing};
use crate::raster::Size;

/// The number of a frame's delay is in these.
const TICKS_PER_SECOND: u32 = 100;

pub struct Gif<W: Write> {
    encoder: Encoder<W>,
    rate: Rate,
}

impl<W: Write> Gif<W> {
    pub fn begin(size: Size, timing: &Timing, writer: W) -> io::Result<Self> {
        let mut encoder = Encoder::new(writer, size.width() as u16, size.height() as u16, &[])
            .map_err(io_error)?;
        // The file says how often it is repeated after it was shown once.
        let repeat = match timing.plays {
            Plays::Forever => Repeat::Infinite,
            Plays::Times(times) => Repeat::Finite(times.get() - 1),
        };
        encoder.set_repeat(repeat).map_err(io_error)?;
        Ok(Self {
            encoder,
            rate: timing.rate,
        })
    }
}

impl<W: Write> Encode for Gif<W> {
    fn frame(&mut self, patch: &Delta, number: u32) -> io::Result<()> {
        let palette = Palette::of(patch.changes().flatten());
        let mut colors = palette.colors().to_vec();
        let unchanged = colors.len() as u8;
        let transparent = (number > 0).then_some(unchanged);
        if transparent.is_some() {
            colors.push([0; 3]);
        }
        let frame = Frame {
            delay: self.rate.ticks(number, TICKS_PER_SECOND) as u16,
            dispose: DisposalMethod::Keep,
            transparent,
            top: patch.area.top as u16,
            left: patch.area.left as u16,
            width: patch.area.width as u16,
            height: patch.area.height as u16,
            palette: Some(colors.concat()),
            buffer: numbers(patch, &palette, unchanged).into(),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(io_error)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.encoder.into_inner().map_err(io_error)?.flush()
    }
}

fn numbers(patch: &Delta, palette: &Palette, unchanged: u8) -> Vec<u8> {
    let mut last = (None, unchanged);
    let mut numbers = Vec::with_capacity(patch.area.width * patch.area.height);
    for color in patch.changes() {
        if last.0 != color {
            last = (
                color,
                color.map_or(unchanged, |color| palette.number(color)),
            );
        }
        numbers.push(last.1);
    }
    numbers
}

fn io_error(error: EncodingError) -> io::Error {
    match error {
        EncodingError::Io(error) => error,
        other => io::Error::other(other),
    }
}
