//! Frames as bytes of an animation.
//!
//! Pictures of one size come in, one after the other. A [`Film`] gives bytes to a writer;
//! [`Ffmpeg`] starts the program of that name, which writes a file itself. Neither holds more than
//! two or three of the pictures, however many there are, and neither knows what is on them.

mod apng;
mod delta;
mod ffmpeg;
mod gif;
mod palette;
mod timing;
mod webp;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

pub use self::ffmpeg::{Ffmpeg, abandon};
pub use self::timing::{Plays, Rate, Timing};

use self::delta::Delta;
use super::{Facts, Format};
use crate::error::{Error, Result};
use crate::raster::Raster;
use crate::raster::Size;

/// Makes sure that a format can hold frames of a size, at a rate: to be asked before the work.
///
/// # Errors
/// When it cannot.
pub fn check(format: Format, size: Size, timing: &Timing) -> Result<()> {
    format.holds(size)?;
    let Facts { name, fastest, .. } = *format.facts();
    match fastest.filter(|&fastest| timing.rate.per_second() > fastest) {
        None => Ok(()),
        Some(fastest) => Err(Error::usage(format!(
            "a {name} shows {fastest} frames a second at the most"
        ))
        .advice("let fewer frames follow in a second, or write another format")),
    }
}

/// Encoder of a format: it takes the new part of each frame. Frames are numbered from 0.
trait Encode {
    fn frame(&mut self, patch: &Delta, number: u32) -> io::Result<()>;
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// An animation as it is written: give all frames, then finish.
pub struct Film<'w> {
    encoder: Box<dyn Encode + 'w>,
    size: Size,
    frames: u32,
    given: u32,
    last: Option<Raster>,
}

impl<'w> Film<'w> {
    /// Begins an animation of frames of a size.
    ///
    /// # Errors
    /// When the format is none that is written here or cannot hold it (see [`check`]), or the
    /// writer fails.
    pub fn begin(
        format: Format,
        size: Size,
        timing: &Timing,
        writer: impl Write + 'w,
    ) -> io::Result<Self> {
        check(format, size, timing)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let encoder: Box<dyn Encode + 'w> = match format {
            Format::AnimatedGif => Box::new(gif::Gif::begin(size, timing, writer)?),
            Format::Apng => Box::new(apng::Apng::begin(size, timing, writer)?),
            Format::AnimatedWebp => Box::new(webp::Webp::begin(size, timing, writer)?),
            other => {
                return Err(wrong(&format!(
                    "{} is written elsewhere",
                    other.facts().name
                )));
            }
        };
        Ok(Self {
            encoder,
            size,
            frames: timing.frames.get(),
            given: 0,
            last: None,
        })
    }

    /// Adds a frame. The alpha of formats that have none is left out: lay the picture over
    /// something opaque first.
    ///
    /// # Errors
    /// When it has another size, when there are more than were promised, or when the writer fails:
    /// then the film is lost.
    pub fn frame(&mut self, frame: &Raster) -> io::Result<()> {
        if frame.size() != self.size || self.given == self.frames {
            return Err(wrong(&format!(
                "frame {} of {}, {}",
                self.given + 1,
                self.frames,
                frame.size()
            )));
        }
        self.encoder
            .frame(&Delta::new(frame, self.last.as_ref()), self.given)?;
        self.given += 1;
        match &mut self.last {
            Some(last) => last.pixels_mut().copy_from_slice(frame.pixels()),
            none => *none = Some(frame.clone()),
        }
        Ok(())
    }

    /// Writes what comes after the last frame.
    ///
    /// # Errors
    /// When there were fewer frames than were promised, or when the writer fails.
    pub fn finish(self) -> io::Result<()> {
        if self.given < self.frames {
            return Err(wrong(&format!("{} of {} frames", self.given, self.frames)));
        }
        self.encoder.finish()
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("this is not what the film was begun for: {what}"),
    )
}
