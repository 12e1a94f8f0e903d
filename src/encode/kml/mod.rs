//! KML, for Google Earth and its kin: a picture laid on the ground, alone or as a film.
//!
//! A `.kml` file names a picture beside it; a `.kmz` is a zip archive with both. The picture lies
//! between two latitudes and two longitudes and is linear in both, so that of a view in Mercator is
//! drawn anew first: see [`Overlay`]. Google Earth shows large pictures at less than their
//! resolution where the graphics card takes no more than 8,192 pixels a side.
//!
//! The format: OGC 07-147r2, KML 2.2, whose schema decides the order of elements.

mod kmz;
mod overlay;
pub(super) mod text;

use std::io::{self, Write};

pub use self::kmz::{Film, write_kmz};
pub use self::overlay::Overlay;

use crate::geo::Bounds;

/// Writes a `.kml` that lays a picture on the ground, in one part or several.
///
/// Each part has its address as seen from the file, as a rule its bare name, and the bounds of an
/// [`Overlay`] whose picture it must be; `bounds` are those of all. A legend, by its address, stays
/// in a corner of the screen.
///
/// # Errors
/// When the writer fails.
pub fn write<'a>(
    name: &str,
    bounds: &Bounds,
    parts: impl IntoIterator<Item = (&'a str, Bounds)>,
    legend: Option<&str>,
    writer: &mut dyn Write,
) -> io::Result<()> {
    writer.write_all(text::head(name, bounds).as_bytes())?;
    for (href, bounds) in parts {
        let ground = text::Ground {
            name,
            href,
            time: None,
            order: 0,
        };
        writer.write_all(ground.element(&bounds).as_bytes())?;
    }
    let screen = legend.map(text::screen).unwrap_or_default();
    writer.write_all(screen.as_bytes())?;
    writer.write_all(text::FOOT.as_bytes())
}

#[cfg(test)]
mod tests;
