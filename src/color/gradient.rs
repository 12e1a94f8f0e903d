//! Gradient (colormap): colours from cold to hot.

use std::num::NonZeroU16;
#[cfg(feature = "files")]
use std::path::PathBuf;

#[cfg(feature = "files")]
use super::column::Column;
use super::interpolate::{Hsva, Interpolate};
use super::opacity;
use super::schemes::Scheme;
use super::stops::Stops;
use super::tone::Tone;
use crate::error::Result;

/// Where the colours come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A straight line between two colours.
    Hsva {
        /// The colour of the least heat.
        min: Hsva,
        /// The colour of the most heat.
        max: Hsva,
        /// The way between them; with [`Interpolate::Hsv`] the long way round the hues where the
        /// numbers say so.
        way: Interpolate,
    },
    /// Colours at places.
    Stops {
        /// The colours.
        stops: Stops,
        /// The way between them.
        way: Interpolate,
    },
    /// The first column of an image, hot at the top.
    #[cfg(feature = "files")]
    Image(PathBuf),
    /// A scheme that has a name.
    Scheme(&'static Scheme),
    /// Arctern's: blue, cyan, green, yellow and red, opaque from a third on.
    Arctern,
}

/// A gradient as it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientOptions {
    /// Its colours.
    pub source: Source,
    /// From its other end. A scheme keeps its alpha, so that the cold end stays transparent; what
    /// the user made is turned round as it is.
    pub reverse: bool,
    /// What every alpha is multiplied by, in [0, 1].
    pub opacity: f64,
    /// The alpha of the least heat that is painted, in [0, 1]: all alphas between it and 1 instead
    /// of 0 and 1. Unless it is given it is 0, or [`Self::LEAST_ALPHA`] where the least heat would
    /// not be seen otherwise.
    pub min_alpha: Option<f64>,
    /// How many bands of one colour each instead of a smooth gradient.
    pub steps: Option<NonZeroU16>,
    /// The middle stands for zero, whatever colours these are; else it does in schemes that are
    /// made for that.
    pub is_centred: bool,
}

impl Default for GradientOptions {
    /// From transparent red to opaque orange, as heatmap.py has it: 000ffff00 and 02affffff.
    fn default() -> Self {
        let hot = 255.0 / 256.0;
        let min = Hsva {
            hue: 0.0,
            saturation: hot,
            value: hot,
            alpha: 0.0,
        };
        let max = Hsva {
            hue: 42.0 / 256.0,
            saturation: hot,
            value: hot,
            alpha: hot,
        };
        Self::of(Source::Hsva {
            min,
            max,
            way: Interpolate::Hsv,
        })
    }
}

impl GradientOptions {
    /// The alpha of the least heat where the cold end of the gradient stands for some heat and not
    /// for none: on scales by ranks, logarithms, or from a heat above zero. datashader's
    /// `min_alpha`.
    pub const LEAST_ALPHA: f64 = 40.0 / 255.0;

    /// Colours as they are: smooth, and no more transparent than they are made.
    #[must_use]
    pub fn of(source: Source) -> Self {
        Self {
            source,
            reverse: false,
            opacity: 1.0,
            min_alpha: None,
            steps: None,
            is_centred: false,
        }
    }
}

/// Colours for positions in [0, 1]; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gradient {
    colors: Vec<[u8; 4]>,
    /// The same for scales whose cold end stands for some heat.
    lifted: Vec<[u8; 4]>,
    /// How many equal parts positions are cut into; the last colour also has what lies beyond them.
    parts: usize,
    is_diverging: bool,
    warning: Option<String>,
}

/// Colours before anything is done to them.
struct Raw {
    colors: Vec<[u8; 4]>,
    has_alpha: bool,
    is_scheme: bool,
    is_diverging: bool,
    warning: Option<String>,
}

impl Raw {
    fn of_user(colors: Vec<[u8; 4]>, has_alpha: bool) -> Self {
        Self {
            colors,
            has_alpha,
            is_scheme: false,
            is_diverging: false,
            warning: None,
        }
    }

    fn load(source: &Source) -> Result<Self> {
        let shares =
            || (0..Gradient::STEPS).map(|step| f64::from(step) / f64::from(Gradient::STEPS - 1));
        Ok(match source {
            Source::Hsva {
                min,
                max,
                way: Interpolate::Hsv,
            } => Self::of_user(
                shares()
                    .map(|share| min.towards(*max, share).rgba())
                    .collect(),
                true,
            ),
            Source::Hsva { min, max, way } => Self::of_user(
                shares()
                    .map(|share| way.mix(min.rgba(), max.rgba(), share))
                    .collect(),
                true,
            ),
            Source::Stops { stops, way } => Self::of_user(
                shares().map(|share| stops.at(share, *way)).collect(),
                !stops.are_opaque(),
            ),
            Source::Arctern => Self::of_user(arctern(), true),
            #[cfg(feature = "files")]
            Source::Image(path) => {
                let Column {
                    colors,
                    has_alpha,
                    warning,
                } = Column::of(path)?;
                Self {
                    warning,
                    ..Self::of_user(colors, has_alpha)
                }
            }
            Source::Scheme(scheme) => {
                // A diverging one has a middle.
                let count = Gradient::STEPS as usize + usize::from(scheme.is_diverging());
                let (colors, has_alpha) = scheme.colors(count);
                Self {
                    colors,
                    has_alpha,
                    is_scheme: true,
                    is_diverging: scheme.is_diverging(),
                    warning: None,
                }
            }
        })
    }

    fn reverse(&mut self) {
        let alphas: Vec<u8> = self.colors.iter().map(|color| color[3]).collect();
        self.colors.reverse();
        if self.is_scheme {
            self.colors
                .iter_mut()
                .zip(alphas)
                .for_each(|(color, alpha)| color[3] = alpha);
        }
    }
}

/// Colours straight through five at quarters, and alpha three times the position. There are enough
/// of them that neighbours differ by a quarter of a step of a channel.
fn arctern() -> Vec<[u8; 4]> {
    const PARTS: u32 = 4080;
    let byte = |share: f64| (share.clamp(0.0, 1.0) * 255.0).round() as u8;
    let color = |part: u32| {
        let position = f64::from(part) / f64::from(PARTS);
        let quarters = 4.0 * position;
        [
            byte(quarters - 2.0),
            byte(quarters.min(4.0 - quarters)),
            byte(2.0 - quarters),
            byte(3.0 * position),
        ]
    };
    (0..=PARTS).map(color).collect()
}

impl Gradient {
    /// Colours of a gradient that is not an image.
    const STEPS: u32 = 256;

    /// Makes the gradient that the options name.
    ///
    /// # Errors
    /// When it comes from an image that cannot be read.
    pub fn load(options: &GradientOptions) -> Result<Self> {
        let mut raw = Raw::load(&options.source)?;
        raw.is_diverging |= options.is_centred;
        if options.reverse {
            raw.reverse();
        }
        if !raw.has_alpha {
            opacity::ramp(&mut raw.colors, raw.is_diverging);
        }
        let Raw {
            colors,
            is_diverging,
            warning,
            ..
        } = raw;
        let parts = colors.len() - 1;
        let mut gradient = Self {
            colors,
            lifted: Vec::new(),
            parts,
            is_diverging,
            warning: warning.filter(|_| !options.reverse),
        };
        if let Some(steps) = options.steps {
            gradient = gradient.banded(steps.get().into());
        }
        gradient.lifted.clone_from(&gradient.colors);
        let least = |usual: f64| options.min_alpha.unwrap_or(usual);
        opacity::adjust(&mut gradient.colors, least(0.0), options.opacity);
        opacity::adjust(
            &mut gradient.lifted,
            least(GradientOptions::LEAST_ALPHA),
            options.opacity,
        );
        Ok(gradient)
    }

    /// The same as pictures in a tone have it: where its cold end stands for some heat, that is
    /// seen, too.
    #[must_use]
    pub fn seen_in(&self, tone: &Tone) -> Self {
        let colors = if tone.begins_with_heat() {
            &self.lifted
        } else {
            &self.colors
        };
        Self {
            colors: colors.clone(),
            ..self.clone()
        }
    }

    /// Bands of equal width. Each has the colour of its hot end, so that all of them are seen and
    /// the hottest is in one; of a diverging gradient both ends and the middle are.
    fn banded(self, steps: usize) -> Self {
        let share = |step: usize| match (self.is_diverging, steps) {
            (true, 2..) => step as f32 / (steps - 1) as f32,
            _ => (step + 1) as f32 / steps as f32,
        };
        Self {
            colors: (0..steps).map(|step| self.at(share(step))).collect(),
            parts: steps,
            ..self
        }
    }

    /// The colour of a position in [0, 1], 0 the coldest.
    #[must_use]
    pub fn at(&self, position: f32) -> [u8; 4] {
        self.colors[((position * self.parts as f32) as usize).min(self.colors.len() - 1)]
    }

    /// All colours, from the coldest to the hottest.
    #[must_use]
    pub fn colors(&self) -> &[[u8; 4]] {
        &self.colors
    }

    /// The colour of what has no heat: clear, but with the red, green and blue of the coldest
    /// colour, or of the coldest that can be seen where that has none. Programs that scale pictures
    /// without weighing colours by their alpha, such as texture engines, would draw a dark fringe
    /// around the heat if it were black.
    #[must_use]
    pub fn clear(&self) -> [u8; 4] {
        let cold = if self.is_diverging {
            self.colors.len() / 2
        } else {
            0
        };
        let has_color = |color: &&[u8; 4]| **color != [0; 4];
        let colored = self.colors[cold..].iter().find(has_color);
        let [r, g, b, _] = *colored.unwrap_or(&self.colors[cold]);
        [r, g, b, 0]
    }

    /// How many bands of one colour each it has; `None` when it is smooth.
    #[must_use]
    pub fn steps(&self) -> Option<usize> {
        (self.parts == self.colors.len()).then_some(self.parts)
    }

    /// The positions at which the second colour begins, and the third, and so on.
    pub(super) fn beginnings(&self) -> impl Iterator<Item = f32> {
        (1..self.colors.len()).map(|color| color as f32 / self.parts as f32)
    }

    /// Whether its middle stands for zero.
    #[must_use]
    pub fn is_diverging(&self) -> bool {
        self.is_diverging
    }

    /// What may not be as the user thinks: an image that is not transparent at its cold end, or not
    /// opaque at its hot one.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }
}
