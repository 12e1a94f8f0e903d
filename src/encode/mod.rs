//! A raster as bytes of a picture format, given to a writer.
//!
//! Never fetches, renders or names files. [`write()`] knows the formats that are nothing but
//! pictures, [`png`] one of them with its options; [`geotiff`], [`kml`] and [`html`] those that
//! know where they are; [`heat_grid`] writes heat, [`regions`] its outlines, [`metadata`] what is
//! known besides. [`film`] writes animations. [`FORMATS`] is the table of all of them.

#[cfg(feature = "files")]
pub mod base64;
#[cfg(feature = "files")]
pub mod film;
#[cfg(feature = "files")]
mod format;
#[cfg(feature = "files")]
pub mod geotiff;
#[cfg(feature = "files")]
pub mod heat_grid;
#[cfg(feature = "files")]
pub mod html;
#[cfg(feature = "files")]
pub mod kml;
#[cfg(feature = "files")]
pub mod metadata;
#[cfg(feature = "files")]
mod picture;
pub mod png;
#[cfg(feature = "files")]
pub mod regions;

#[cfg(feature = "files")]
pub use self::format::{FORMATS, Facts, Format, Holds, LiesOn, Moves, Purpose, not_on_earth};
#[cfg(feature = "files")]
pub use self::picture::write;

#[cfg(feature = "files")]
#[cfg(test)]
mod tests;
