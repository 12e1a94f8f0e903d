//! Legends of a pyramid: what the colours of its zooms stand for, as files of their own.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::around::ZoomRange;
use super::pyramid::Pyramid;
use crate::encode::{self, Format, Purpose, png};
use crate::error::{Error, ErrorKind, Result};
use crate::product::style::stacked;
use crate::product::{Destination, Target};
use crate::raster::Raster;

/// What stands for the zoom in the name of a file.
const ZOOM: &str = "{z}";

/// What the colours of all zooms stand for.
pub struct Keys {
    /// By zooms that have one scale.
    bars: Vec<(RangeInclusive<u8>, Raster)>,
}

impl Keys {
    /// Draws those of some zooms, whose ranges are given; one for all of them where they have the
    /// same scale.
    ///
    /// # Errors
    /// When a title has too many lines.
    pub fn draw(
        pyramid: &Pyramid<'_>,
        zooms: RangeInclusive<u8>,
        ranges: &[ZoomRange],
        is_one: bool,
    ) -> Result<Self> {
        if is_one {
            let Some(first) = ranges.first() else {
                return Ok(Self { bars: Vec::new() });
            };
            let bar = pyramid.key(first, "")?;
            return Ok(Self {
                bars: vec![(zooms, bar)],
            });
        }
        let bars = zooms.zip(ranges).map(|(zoom, range)| {
            let bar = pyramid.key(range, &format!("zoom {zoom}: "))?;
            Ok((zoom..=zoom, bar))
        });
        Ok(Self {
            bars: bars.collect::<Result<_>>()?,
        })
    }

    /// As PNG, for pages.
    ///
    /// # Errors
    /// When one is too large.
    pub fn pngs(&self) -> Result<Vec<(RangeInclusive<u8>, Vec<u8>)>> {
        let png = |(zooms, bar): &(RangeInclusive<u8>, Raster)| {
            let mut bytes = Vec::new();
            png::write(bar, &png::Options::default(), &mut bytes)
                .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
            Ok((zooms.clone(), bytes))
        };
        self.bars.iter().map(png).collect()
    }

    /// All of them, the smallest zoom on top.
    fn all(&self) -> Result<Raster> {
        let bars: Vec<Raster> = self.bars.iter().map(|(_, bar)| bar.clone()).collect();
        stacked(&bars).ok_or_else(|| Error::new(ErrorKind::Internal, "there is no zoom"))
    }
}

/// The file or files that legends are written to.
pub enum KeyFiles {
    /// One for all zooms.
    One(Destination, Format),
    /// One for each zoom, whose number comes into the name.
    ByZoom(PathBuf, Format),
}

impl KeyFiles {
    /// Makes sure that they can be written.
    ///
    /// # Errors
    /// When they cannot, or the name is none of a picture.
    pub fn prove(path: &Path) -> Result<Self> {
        let format = Format::of(path, Purpose::Picture)?;
        let proven = Destination::prove(&Target::File(of_zoom(path, 0)))?;
        Ok(if path.to_string_lossy().contains(ZOOM) {
            Self::ByZoom(path.to_owned(), format)
        } else {
            Self::One(proven, format)
        })
    }

    /// The file, if it is one.
    pub fn destination(&self) -> Option<&Destination> {
        match self {
            Self::One(file, _) => Some(file),
            Self::ByZoom(..) => None,
        }
    }

    /// Writes legends.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn put(&self, keys: &Keys) -> Result<()> {
        let (path, format) = match self {
            Self::One(file, format) => {
                let all = keys.all()?;
                return file.write(|writer| encode::write(&all, *format, writer));
            }
            Self::ByZoom(path, format) => (path, format),
        };
        for (zooms, bar) in &keys.bars {
            for zoom in zooms.clone() {
                let file = Destination::prove(&Target::File(of_zoom(path, zoom)))?;
                file.write(|writer| encode::write(bar, *format, writer))?;
            }
        }
        Ok(())
    }
}

/// A name with the number of a zoom, where it has a place for it.
fn of_zoom(path: &Path, zoom: u8) -> PathBuf {
    let name = path.to_string_lossy();
    if name.contains(ZOOM) {
        name.replace(ZOOM, &zoom.to_string()).into()
    } else {
        path.to_owned()
    }
}
