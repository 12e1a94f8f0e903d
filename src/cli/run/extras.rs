//! What is made of the colours alone: a scale for other runs, and a legend that is a picture of its
//! own.

use std::path::Path;

use heatmap::encode;
use heatmap::encode::{Format, Purpose};
use heatmap::error::Result;
use heatmap::product::{Destination, Target};

use super::look::{Look, Toned};
use crate::settings::{LegendPlace, Settings};

/// Where they go, if they are wanted.
pub struct Extras {
    span: Option<Destination>,
    legend: Option<(Destination, Format)>,
}

impl Extras {
    /// Makes sure that all of it can be written.
    pub fn prove(settings: &Settings) -> Result<Self> {
        let span = settings
            .span_out
            .as_ref()
            .map(Destination::prove)
            .transpose()?;
        let legend = |path: &Path| {
            Ok((
                Destination::prove(&Target::File(path.to_owned()))?,
                Format::of(path, Purpose::Picture)?,
            ))
        };
        let legend = settings
            .legend
            .as_ref()
            .and_then(LegendPlace::file)
            .map(legend)
            .transpose()?;
        Ok(Self { span, legend })
    }

    /// Whether anything is wanted.
    pub fn are_wanted(&self) -> bool {
        self.span.is_some() || self.legend.is_some()
    }

    /// All places that are written to.
    pub fn destinations(&self) -> impl Iterator<Item = &Destination> {
        self.span
            .iter()
            .chain(self.legend.iter().map(|(destination, _)| destination))
    }

    /// Writes all of it.
    pub fn put(&self, look: &Look, toned: &Toned) -> Result<()> {
        if let Some(file) = &self.span {
            file.write(|writer| writer.write_all(toned.tone.to_json().as_bytes()))?;
        }
        if let Some((file, format)) = &self.legend {
            let key = look.key(toned)?;
            file.write(|writer| encode::write(&key, *format, writer))?;
        }
        Ok(())
    }
}
