//! What is made of the colours alone: a scale for other runs, and a legend that is a picture of its
//! own.

use std::path::PathBuf;

use super::style::{Style, Toned};
use super::{Destination, Target};
use crate::encode;
use crate::encode::{Format, Purpose};
use crate::error::Result;

/// What is wanted; by default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtraOptions {
    /// Where the scale of the colours is written, for other pictures to have the same.
    pub scale: Option<Target>,
    /// Where a picture of the legend is written.
    pub legend: Option<PathBuf>,
}

/// Files that can be written.
pub(super) struct Extras {
    scale: Option<Destination>,
    legend: Option<(Destination, Format)>,
}

impl Extras {
    /// Makes sure that all of it can be written.
    pub(super) fn prove(options: &ExtraOptions) -> Result<Self> {
        let legend = |path: &PathBuf| {
            Ok((
                Destination::prove(&Target::File(path.clone()))?,
                Format::of(path, Purpose::Picture)?,
            ))
        };
        Ok(Self {
            scale: options.scale.as_ref().map(Destination::prove).transpose()?,
            legend: options.legend.as_ref().map(legend).transpose()?,
        })
    }

    /// Whether anything is wanted.
    pub(super) fn are_wanted(&self) -> bool {
        self.scale.is_some() || self.legend.is_some()
    }

    /// All places that are written to.
    pub(super) fn destinations(&self) -> impl Iterator<Item = &Destination> {
        let legend = self.legend.iter().map(|(destination, _)| destination);
        self.scale.iter().chain(legend)
    }

    /// Writes all of it.
    pub(super) fn put(&self, style: &Style, toned: &[Toned]) -> Result<()> {
        if let Some((file, top)) = self.scale.as_ref().zip(toned.last()) {
            file.write(|writer| writer.write_all(top.tone().to_json().as_bytes()))?;
        }
        if let Some((file, format)) = &self.legend {
            let key = style.key(toned)?;
            file.write(|writer| encode::write(&key, *format, writer))?;
        }
        Ok(())
    }
}
