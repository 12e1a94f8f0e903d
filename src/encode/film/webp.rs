//! Animated WebP, lossless: small and transparent.
//!
//! The crate image-webp compresses each frame; the container around them is written here, after the
//! WebP Container Specification (<https://developers.google.com/speed/webp/docs/riff_container>).
//! It begins with its length, so frames wait in a temporary file without a name until the last one
//! has come.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use image_webp::{ColorType, EncodingError, WebPEncoder};

use super::delta::{Delta, Region};
use super::{Encode, Plays, Timing};
use crate::raster::Size;

/// `RIFF`, length, `WEBP`: what the crate writes before the one chunk of a still.
const RIFF_HEADER: usize = 12;
/// The bytes of an `ANMF` chunk's fields, before the frame's own chunk.
const FRAME_HEADER: usize = 16;
/// The flags of `VP8X`: there is an animation, and alpha is used.
const ANIMATION_AND_ALPHA: u8 = 0b0001_0010;
/// The flags of `ANMF`: what is new is laid over what was there, and is kept.
const OVER: u8 = 0b00;
/// Blending and disposal: the new part replaces the old one, and is kept.
const REPLACE: u8 = 0b10;
/// Delays are in milliseconds.
const TICKS_PER_SECOND: u32 = 1000;

pub struct Webp<W: Write> {
    writer: W,
    frames: BufWriter<File>,
    size: Size,
    timing: Timing,
}

impl<W: Write> Webp<W> {
    pub fn begin(size: Size, timing: &Timing, writer: W) -> io::Result<Self> {
        Ok(Self {
            writer,
            frames: BufWriter::new(tempfile::tempfile()?),
            size,
            timing: *timing,
        })
    }

    /// All of an `ANMF` chunk's fields but the flags.
    fn frame_header(&self, area: Region, number: u32) -> impl Iterator<Item = u8> + use<W> {
        let delay = self.timing.rate.ticks(number, TICKS_PER_SECOND) as usize;
        let fields = [
            area.left / 2,
            area.top / 2,
            area.width - 1,
            area.height - 1,
            delay,
        ];
        fields.into_iter().flat_map(three_bytes)
    }

    fn header(&self, frames: u64) -> io::Result<Vec<u8>> {
        let mut extended = vec![ANIMATION_AND_ALPHA, 0, 0, 0];
        extended.extend(three_bytes(self.size.width() - 1));
        extended.extend(three_bytes(self.size.height() - 1));
        let plays = match self.timing.plays {
            Plays::Forever => 0,
            Plays::Times(times) => times.get(),
        };
        let mut chunks = b"WEBP".to_vec();
        chunk(&mut chunks, *b"VP8X", extended.len())?.extend(extended);
        // The background is transparent black, for the viewers that look at it.
        chunk(&mut chunks, *b"ANIM", 6)?.extend([0; 4]);
        chunks.extend(plays.to_le_bytes());
        let mut header = Vec::new();
        chunk(
            &mut header,
            *b"RIFF",
            chunks
                .len()
                .saturating_add(usize::try_from(frames).unwrap_or(usize::MAX)),
        )?
        .extend(chunks);
        Ok(header)
    }
}

impl<W: Write> Encode for Webp<W> {
    fn frame(&mut self, patch: &Delta, number: u32) -> io::Result<()> {
        let patch = patch.even();
        let (bytes, flags) = match patch.overlay() {
            Some(overlay) => (overlay.into(), OVER),
            None => (patch.bytes(), REPLACE),
        };
        let still = compressed(&bytes, patch.area)?;
        let mut header = Vec::with_capacity(8 + FRAME_HEADER);
        chunk(
            &mut header,
            *b"ANMF",
            FRAME_HEADER + still.len() - RIFF_HEADER,
        )?
        .extend(self.frame_header(patch.area, number));
        header.push(flags);
        self.frames.write_all(&header)?;
        self.frames.write_all(&still[RIFF_HEADER..])
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.frames.flush()?;
        let length = self.frames.stream_position()?;
        let header = self.header(length)?;
        self.writer.write_all(&header)?;
        let frames = self.frames.get_mut();
        frames.rewind()?;
        io::copy(frames, &mut self.writer)?;
        self.writer.flush()
    }
}

/// A file of its own, with the chunk that is wanted at its end.
fn compressed(bytes: &[u8], area: Region) -> io::Result<Vec<u8>> {
    let mut still = Vec::new();
    let encoder = WebPEncoder::new(&mut still);
    let encoded = encoder.encode(
        bytes,
        area.width as u32,
        area.height as u32,
        ColorType::Rgba8,
    );
    encoded.map(|()| still).map_err(|error| match error {
        EncodingError::IoError(error) => error,
        other => io::Error::other(other),
    })
}

/// Begins a chunk of an even length, which all are here.
fn chunk(bytes: &mut Vec<u8>, name: [u8; 4], length: usize) -> io::Result<&mut Vec<u8>> {
    let length = u32::try_from(length)
        .ok()
        .filter(|length| *length < u32::MAX - 9);
    let length = length.ok_or_else(|| io::Error::other("WebP holds 4 GB at the most"))?;
    bytes.extend(name);
    bytes.extend(length.to_le_bytes());
    Ok(bytes)
}

fn three_bytes(number: usize) -> [u8; 3] {
    let [a, b, c, ..] = number.to_le_bytes();
    [a, b, c]
}
