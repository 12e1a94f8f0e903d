//! Zip archives with a document and its pictures.

use std::io::{self, Write};

use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::text::{FOOT, Ground, head};
use super::{Overlay, write};
use crate::encode::png;
use crate::geo::{Bounds, View};
use crate::raster::Raster;

/// The picture of the legend.
const LEGEND: &str = "legend.png";
/// The document, by a name that all readers know.
const DOCUMENT: &str = "doc.kml";

/// Writes a `.kmz` of a single picture, with a legend that stays in a corner of the screen.
///
/// # Errors
/// When nothing of the picture is on the globe, or when the writer fails.
pub fn write_kmz(
    name: &str,
    raster: &Raster,
    place: &View,
    legend: Option<&Raster>,
    writer: &mut dyn Write,
) -> io::Result<()> {
    let overlay = Overlay::new(raster, place).ok_or_else(off)?;
    let whole = overlay.bounds;
    let parts = overlay.parts();
    let hrefs = ["overlay.png", "overlay-2.png"];
    let mut archive = Archive::new(writer);
    let mut document = Vec::new();
    let bounds = parts.iter().map(|part| part.bounds);
    let screen = legend.map(|_| LEGEND);
    write(
        name,
        &whole,
        hrefs.into_iter().zip(bounds),
        screen,
        &mut document,
    )?;
    archive.add(DOCUMENT, |file| file.write_all(&document))?;
    for (part, href) in parts.iter().zip(hrefs) {
        archive.picture(href, &part.raster)?;
    }
    legend.map_or(Ok(()), |legend| archive.picture(LEGEND, legend))?;
    archive.finish()
}

/// A `.kmz` of pictures at one place, each to be seen for a time: Google Earth shows a slider. Give
/// all frames, then finish.
///
/// Only the words about earlier frames are held, so it does not matter how many there are.
pub struct Film<W: Write> {
    archive: Archive<W>,
    place: View,
    name: String,
    bounds: Option<Bounds>,
    overlays: String,
    frames: u32,
}

impl<W: Write> Film<W> {
    /// Begins a film.
    pub fn begin(name: &str, place: &View, writer: W) -> Self {
        let name = name.to_owned();
        Self {
            archive: Archive::new(writer),
            place: place.clone(),
            name,
            bounds: None,
            overlays: String::new(),
            frames: 0,
        }
    }

    /// Adds a frame that is to be seen from one time to another, each as ISO 8601 writes it:
    /// `2024`, `2024-05`, `2024-05-17` or `2024-05-17T08:00:00Z`.
    ///
    /// # Errors
    /// When nothing of the picture is on the globe, or when the writer fails: then the film is
    /// lost.
    pub fn frame(&mut self, frame: &Raster, begin: &str, end: &str) -> io::Result<()> {
        let overlay = Overlay::new(frame, &self.place).ok_or_else(off)?;
        self.bounds = Some(overlay.bounds);
        for (part, suffix) in overlay.parts().iter().zip(["", "-2"]) {
            let href = format!("frames/{:06}{suffix}.png", self.frames);
            self.archive.picture(&href, &part.raster)?;
            let ground = Ground {
                name: begin,
                href: &href,
                time: Some((begin, end)),
                order: self.frames,
            };
            self.overlays.push_str(&ground.element(&part.bounds));
        }
        self.frames += 1;
        Ok(())
    }

    /// Writes the document, which knows all frames and therefore comes last.
    ///
    /// # Errors
    /// When there were no frames, or when the writer fails.
    pub fn finish(mut self) -> io::Result<()> {
        let bounds = self.bounds.ok_or_else(off)?;
        let document = [&head(&self.name, &bounds), &self.overlays, FOOT].concat();
        self.archive
            .add(DOCUMENT, |file| file.write_all(document.as_bytes()))?;
        self.archive.finish()
    }
}

/// A zip archive whose files all are of 1980, so that the same content has the same bytes.
struct Archive<W: Write>(ZipWriter<StreamWriter<W>>);

impl<W: Write> Archive<W> {
    fn new(writer: W) -> Self {
        Self(ZipWriter::new_stream(writer))
    }

    fn add(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        // PNGs do not get smaller. But sizes are not known ahead, and some readers then find the
        // end of compressed files only.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default());
        self.0.start_file(name, options).map_err(io_error)?;
        fill(&mut self.0)
    }

    fn picture(&mut self, name: &str, raster: &Raster) -> io::Result<()> {
        self.add(name, |file| {
            png::write(raster, &png::Options::default(), file)
        })
    }

    fn finish(self) -> io::Result<()> {
        self.0.finish().map_err(io_error)?.into_inner().flush()
    }
}

fn off() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "there is no picture that lies on the globe",
    )
}

fn io_error(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::other(other),
    }
}
