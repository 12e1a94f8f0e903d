//! Base64 of a PNG (RFC 4648), by itself or as a data URI (RFC 2397) for web pages: in one line,
//! with nothing after it.

use std::io::{self, Write};

use ::base64::engine::general_purpose::STANDARD;
use ::base64::write::EncoderWriter;

use super::png;
use crate::raster::Raster;

/// Writes a picture, with the beginning of a data URI if it is to be one.
///
/// # Errors
/// When the writer fails.
pub fn write(
    raster: &Raster,
    options: &png::Options,
    is_uri: bool,
    mut writer: &mut dyn Write,
) -> io::Result<()> {
    if is_uri {
        writer.write_all(b"data:image/png;base64,")?;
    }
    let mut letters = EncoderWriter::new(&mut writer, &STANDARD);
    png::write(raster, options, &mut letters)?;
    letters.finish().map(|_| ())
}
