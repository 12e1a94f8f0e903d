//! Colouring: heat in, colours out.
//!
//! A [`Gradient`] is a row of colours. A [`Scale`] says how heats are to be spread over it, and
//! what must be known of each picture for that, its [`Range`]; ranges can be joined, so that
//! several pictures share one scale. Of scale and range follows the [`Tone`]: the position of every
//! heat in the gradient. Knows nothing of where the heat came from or what it is drawn on.

#[cfg(feature = "files")]
mod column;
pub mod css;
mod equalize;
pub mod gradient;
mod histogram;
mod interpolate;
mod local;
mod opacity;
mod range;
pub mod scale;
#[cfg(feature = "files")]
mod scale_file;
mod schemes;
mod stops;
#[cfg(test)]
mod tests;
mod tone;

pub use self::gradient::Gradient;
pub use self::interpolate::{Hsva, Interpolate};
pub use self::local::{LocalTone, Summary, paint_locally};
pub use self::range::Range;
pub use self::scale::{How, Scale};
pub use self::schemes::Scheme;
pub use self::stops::Stops;
pub use self::tone::{Beyond, Tone};

use self::tone::Painted;
use crate::density::Grid;
use crate::error::Result;
use crate::raster::Raster;
use rayon::prelude::*;

/// Gradient and scale: what heat looks like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColorOptions {
    /// The colours.
    pub gradient: gradient::GradientOptions,
    /// How heats are spread over them.
    pub scale: scale::ScaleOptions,
}

/// A gradient and how heats are spread over it: options whose files have been read.
#[derive(Debug)]
pub struct Colors {
    gradient: Gradient,
    scale: Scale,
}

impl Colors {
    /// Reads the files that the options name.
    ///
    /// # Errors
    /// When a file cannot be read, or the options contradict one another.
    pub fn load(options: &ColorOptions) -> Result<Self> {
        let gradient = Gradient::load(&options.gradient)?;
        Ok(Self {
            scale: Scale::load(&options.scale, &gradient)?,
            gradient,
        })
    }

    /// The colours.
    #[must_use]
    pub fn gradient(&self) -> &Gradient {
        &self.gradient
    }

    /// How heats are spread over them.
    #[must_use]
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    /// A grid in colours that span its own heat.
    ///
    /// # Errors
    /// As [`Scale::tone`].
    pub fn paint(&self, grid: &Grid) -> Result<Raster> {
        let tone = self.scale.tone(&self.scale.range(grid))?;
        Ok(paint(grid, &tone, &self.gradient))
    }
}

/// Colours every pixel that has heat; the others are [clear](Gradient::clear). The values of a
/// surface keep their colours, and are the less opaque the less supports them.
#[must_use]
pub fn paint(grid: &Grid, tone: &Tone, gradient: &Gradient) -> Raster {
    if let Some(support) = grid.support() {
        return paint_values(grid, support, tone, gradient);
    }
    let mut raster = Raster::filled(grid.size(), gradient.clear());
    let (pixels, heats, painted) = (raster.pixels_mut(), grid.heat(), tone.painted());
    // What is colder than a span that begins above zero fades out as it does on others.
    let (coldest, cold) = (tone.coldest(), gradient.at(0.0));
    let gradient = &gradient.seen_in(tone);
    if let Some((low, high)) = tone.line() {
        let position = |heat: f32| ((f64::from(heat) - low) / (high - low)) as f32;
        fill(pixels, heats, painted, |heat| {
            if heat < coldest {
                cold
            } else {
                gradient.at(position(heat).clamp(0.0, 1.0))
            }
        });
    } else {
        // Any other curve is looked up: it changes its colour at some few heats only.
        let changes: Vec<f32> = gradient
            .beginnings()
            .map(|position| tone.heat(position))
            .collect();
        let colors = gradient.colors();
        fill(pixels, heats, painted, |heat| {
            if heat < coldest {
                cold
            } else {
                colors[changes.partition_point(|&change| change <= heat)]
            }
        });
    }
    raster
}

/// The colours that [`paint`] gives to heat above nothing, each with the least heat that has it, in
/// ascending order. What is below the first one is clear.
#[must_use]
pub fn steps(tone: &Tone, gradient: &Gradient) -> Vec<(f32, [u8; 4])> {
    let (above, coldest) = (tone.painted().above, tone.coldest());
    let mut steps = Vec::new();
    if above < coldest {
        steps.push((above, gradient.at(0.0)));
    }
    let (first, gradient) = (above.max(coldest), gradient.seen_in(tone));
    let beginnings = std::iter::once(0.0).chain(gradient.beginnings());
    for (position, color) in beginnings.zip(gradient.colors()) {
        let heat = tone.heat(position).max(first);
        match steps.last_mut().filter(|(last, _)| *last >= heat) {
            Some((_, last)) => *last = *color,
            None => steps.push((heat, *color)),
        }
    }
    steps
}

fn paint_values(grid: &Grid, support: &[f32], tone: &Tone, gradient: &Gradient) -> Raster {
    let mut raster = Raster::filled(grid.size(), gradient.clear());
    let gradient = &gradient.seen_in(tone);
    let values = grid.heat().par_iter().zip(support);
    let pixels = raster.pixels_mut().par_iter_mut().zip(values);
    pixels.for_each(|(pixel, (&value, &support))| {
        if support > 0.0 {
            let [r, g, b, alpha] = gradient.at(tone.position(value));
            let share = (support / tone.support).min(1.0);
            *pixel = [r, g, b, (f32::from(alpha) * share).round() as u8];
        }
    });
    raster
}

/// Pixels that a thread colours at a time.
const PART: usize = 1 << 13;
/// Pixels of which it is looked whether any has heat.
const ROW: usize = 64;

fn fill(
    pixels: &mut [[u8; 4]],
    heats: &[f32],
    painted: Painted,
    color: impl Fn(f32) -> [u8; 4] + Sync,
) {
    // Nothing has no colour, and is most of what tiles with little on them have.
    let parts = pixels.par_chunks_mut(PART).zip(heats.par_chunks(PART));
    let rows = parts.flat_map_iter(|(pixels, heats)| pixels.chunks_mut(ROW).zip(heats.chunks(ROW)));
    let is_any = |heats: &[f32]| {
        let any = heats.iter();
        any.fold(0, |any, &heat| any | u32::from(heat != 0.0)) != 0
    };
    let warm = rows.filter(|(_, heats)| is_any(heats));
    warm.for_each(|(pixels, heats)| {
        for (pixel, &heat) in pixels.iter_mut().zip(heats) {
            if painted.has(heat) {
                *pixel = color(heat);
            }
        }
    });
}
