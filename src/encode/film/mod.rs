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
use std::path::Path;

pub use self::ffmpeg::{Ffmpeg, abandon};
pub use self::timing::{Plays, Rate, Timing};

use self::delta::Delta;
use super::by_extension;
use crate::error::{Error, Result};
use crate::raster::Raster;
use crate::raster::Size;

/// A format of animations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One that is written here, with a [`Film`].
    Codec(Codec),
    /// One that the program ffmpeg writes, with an [`Ffmpeg`]: opaque, and lossy.
    Ffmpeg,
}

/// A format of animations that is written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// GIF: known everywhere, 256 colours a frame, opaque here; 50 frames a second at the most.
    Gif,
    /// Animated PNG: lossless, transparent.
    Apng,
    /// Animated WebP, lossless: smaller than APNG, transparent, 16,384 pixels a side at the most.
    Webp,
}

/// Every extension an animation may have, with its format.
const EXTENSIONS: [(&str, Format); 16] = [
    ("gif", Format::Codec(Codec::Gif)),
    ("png", Format::Codec(Codec::Apng)),
    ("apng", Format::Codec(Codec::Apng)),
    ("webp", Format::Codec(Codec::Webp)),
    ("mp4", Format::Ffmpeg),
    ("m4v", Format::Ffmpeg),
    ("mov", Format::Ffmpeg),
    ("mkv", Format::Ffmpeg),
    ("webm", Format::Ffmpeg),
    ("avi", Format::Ffmpeg),
    ("mpeg", Format::Ffmpeg),
    ("mpg", Format::Ffmpeg),
    ("ogv", Format::Ffmpeg),
    ("wmv", Format::Ffmpeg),
    ("flv", Format::Ffmpeg),
    ("ts", Format::Ffmpeg),
];

/// Browsers take a GIF's delay of less than 2/100 s for a mistake, and show the frame for 1/10 s.
const GIF_FASTEST: f64 = 50.0;

impl Format {
    /// The format that a file name asks for with its extension, in upper or lower case.
    ///
    /// # Errors
    /// When the name has none, or an unknown one.
    pub fn of(path: &Path) -> Result<Self> {
        by_extension(path, &EXTENSIONS, "animation")
    }

    /// Whether pixels can be half transparent in it.
    #[must_use]
    pub fn has_alpha(self) -> bool {
        matches!(self, Self::Codec(Codec::Apng | Codec::Webp))
    }

    /// Makes sure that the format can hold frames of a size, at a rate: to be asked before the
    /// work.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(self, size: Size, timing: &Timing) -> Result<()> {
        let (name, largest) = match self {
            Self::Codec(Codec::Gif) => ("GIF", 65_535),
            Self::Codec(Codec::Webp) => ("WebP", 16_384),
            Self::Codec(Codec::Apng) => ("PNG", i32::MAX as usize),
            // Every codec of ffmpeg has a limit of its own, and says so.
            Self::Ffmpeg => ("film", usize::MAX),
        };
        if size.width().max(size.height()) > largest {
            return Err(Error::usage(format!(
                "a {name} has {largest} pixels a side at the most, not {size}"
            ))
            .advice("make a smaller picture, or an .apng"));
        }
        if self == Self::Codec(Codec::Gif) && timing.rate.per_second() > GIF_FASTEST {
            return Err(Error::usage(format!(
                "a GIF shows {GIF_FASTEST} frames a second at the most"
            ))
            .advice("let fewer frames follow in a second, or write another format"));
        }
        Ok(())
    }
}

/// What a format does with the new part of each frame. Frames are numbered from 0.
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
    /// When the format cannot hold it (see [`Format::check`]), or the writer fails.
    pub fn begin(
        codec: Codec,
        size: Size,
        timing: &Timing,
        writer: impl Write + 'w,
    ) -> io::Result<Self> {
        let fits = Format::Codec(codec).check(size, timing);
        fits.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let encoder: Box<dyn Encode + 'w> = match codec {
            Codec::Gif => Box::new(gif::Gif::begin(size, timing, writer)?),
            Codec::Apng => Box::new(apng::Apng::begin(size, timing, writer)?),
            Codec::Webp => Box::new(webp::Webp::begin(size, timing, writer)?),
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
