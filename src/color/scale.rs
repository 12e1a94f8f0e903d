//! Scale: how heats are to be spread over the gradient, before any is known.
//!
//! A [`Scale`] is what was asked for. It tells what must be known of each picture
//! ([`Scale::range`]); when the ranges of all pictures that are to be compared are joined, it makes
//! the [`Tone`] that all of them are painted with.

#[cfg(feature = "files")]
use std::path::PathBuf;

use super::equalize;
use super::gradient::Gradient;
use super::range::{Counted, Range};
#[cfg(feature = "files")]
use super::scale_file;
use super::tone::{Curve, Tone};
use crate::density::Grid;
use crate::error::{Error, Remedy, Result};

/// Curve along which position in the gradient rises with heat, counted from the lower end of the
/// span. Names are datashader's, as far as it has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum How {
    /// In proportion.
    #[default]
    Linear,
    /// With the logarithm of 1 + heat, from the least heat there is.
    Log,
    /// With the square root.
    Sqrt,
    /// With the cube root.
    Cbrt,
    /// With the share of pixels that are no hotter, so that every colour has as many pixels:
    /// datashader's `eq_hist`, of pixels that are not zero.
    EqHist,
    /// As 1 − e^−heat, up to a fixed heat of ln 255 and whatever the maximum is: so jjguy's heatmap
    /// looks.
    Saturate,
    /// With the logarithm, from a ratio of one in the middle to both sides; for ratios alone.
    Ratio,
}

/// An end of the span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// A heat.
    Heat(f32),
    /// The heat which this percentage, from 0 to 100, of the pixels that are not zero does not
    /// exceed.
    Percentile(f64),
}

/// A scale as it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleOptions {
    /// The curve.
    pub how: How,
    /// The heat at the cold end; else 0, by logarithms the least heat, or with a diverging gradient
    /// as far below zero as `max` is above.
    pub min: Option<Bound>,
    /// The heat at the hot end; else the maximum.
    pub max: Option<Bound>,
    /// Heats below this are not painted; of heats below zero, those nearer to it.
    pub threshold: f32,
    /// The support from which values of a surface are opaque; above 0.
    pub support: f32,
    /// A file with a tone to take instead of all but the threshold.
    #[cfg(feature = "files")]
    pub span_from: Option<PathBuf>,
}

impl Default for ScaleOptions {
    fn default() -> Self {
        Self {
            how: How::default(),
            min: None,
            max: None,
            threshold: 0.0,
            support: 1.0,
            #[cfg(feature = "files")]
            span_from: None,
        }
    }
}

impl ScaleOptions {
    /// The tone of the file that they name.
    #[cfg(feature = "files")]
    fn saved(&self) -> Result<Option<Tone>> {
        self.span_from.as_deref().map(scale_file::read).transpose()
    }

    #[cfg(not(feature = "files"))]
    fn saved(&self) -> Result<Option<Tone>> {
        Ok(None)
    }
}

/// The heat at which [`How::Saturate`] ends: jjguy's densities are whole numbers up to 255.
const SATURATED: f32 = 5.541_263_6;

/// Options that make sense.
#[derive(Clone, Debug)]
pub struct Scale {
    options: ScaleOptions,
    is_diverging: bool,
    fixed: Option<Tone>,
}

impl Scale {
    /// Looks over the options, and reads the file that they name.
    ///
    /// # Errors
    /// When the ends contradict one another or the curve, or when the file is no such file.
    pub fn load(options: &ScaleOptions, gradient: &Gradient) -> Result<Self> {
        if let (Some(Bound::Heat(min)), Some(Bound::Heat(max))) = (options.min, options.max) {
            ascending(min, max)?;
        }
        if matches!(options.how, How::EqHist | How::Saturate)
            && (options.min.is_some() || options.max.is_some())
        {
            let fact = format!("'{}' has a span of its own", options.how.name());
            return Err(Error::usage(fact).remedy(Remedy::NoSpan));
        }
        let fixed = options.saved()?.map(|tone| Tone {
            threshold: options.threshold,
            support: options.support,
            ..tone
        });
        Ok(Self {
            options: options.clone(),
            is_diverging: gradient.is_diverging(),
            fixed,
        })
    }

    /// What must be known of a picture.
    #[must_use]
    pub fn range(&self, grid: &Grid) -> Range {
        Range::of(grid, self.counted())
    }

    /// The same of heats alone.
    #[cfg(test)]
    pub(crate) fn range_of(&self, heats: &[f32]) -> Range {
        Range::of_heats(heats, self.counted())
    }

    /// Whether of a range the ends alone make a difference to the tone.
    #[must_use]
    pub fn needs_ends_alone(&self) -> bool {
        self.counted() == Counted::None
    }

    fn counted(&self) -> Counted {
        let is_percentile = |bound| matches!(bound, Some(Bound::Percentile(_)));
        let ScaleOptions { how, min, max, .. } = self.options;
        let by_least = how == How::Log && min.is_none() && !self.is_diverging;
        let is_ratio = how == How::Ratio;
        let counts = self.fixed.is_none()
            && (how == How::EqHist || by_least || is_percentile(min) || is_percentile(max));
        match (counts || is_ratio, self.is_diverging && !is_ratio) {
            (false, _) => Counted::None,
            (true, false) => Counted::Positive,
            (true, true) => Counted::Both,
        }
    }

    /// Whether the tone is the same whatever the range is.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        let is_heat = |bound| matches!(bound, Some(Bound::Heat(_)));
        let ScaleOptions { how, min, max, .. } = self.options;
        let is_from_zero = min.is_none() && !self.is_diverging && how != How::Log;
        self.fixed.is_some()
            || how == How::Saturate
            || how != How::EqHist && is_heat(max) && (is_heat(min) || is_from_zero)
    }

    /// The curve that was asked for.
    #[must_use]
    pub fn how(&self) -> How {
        self.options.how
    }

    /// Whether any end of the span is one heat, whatever the range is.
    #[must_use]
    pub fn has_fixed_end(&self) -> bool {
        let is_heat = |bound| matches!(bound, Some(Bound::Heat(_)));
        let ScaleOptions { how, min, max, .. } = self.options;
        self.fixed.is_some() || how == How::Saturate || is_heat(min) || is_heat(max)
    }

    /// Whether there are colours for what is colder than nothing.
    #[must_use]
    pub fn goes_below_zero(&self) -> bool {
        let fixed = self.fixed.as_ref().map(|tone| tone.span.0);
        let chosen = match self.options.min {
            Some(Bound::Heat(least)) => Some(least),
            _ => None,
        };
        self.is_diverging || fixed.or(chosen).is_some_and(|least| least < 0.0)
    }

    /// The tone for all pictures of a range.
    ///
    /// # Errors
    /// When one end is given, and the data have the other on its wrong side.
    pub fn tone(&self, range: &Range) -> Result<Tone> {
        if let Some(tone) = &self.fixed {
            return Ok(tone.clone());
        }
        if range.has_values() {
            return self.tone_of_values(range);
        }
        if self.options.how == How::Ratio {
            return self.tone_of_ratios(range);
        }
        let (curve, high) = match self.options.how {
            How::EqHist => {
                let heats = equalize::of(&range.histogram);
                let high = heats.last().copied().unwrap_or_default();
                (Curve::Ranks(heats), high)
            }
            how => (Curve::Formula(how), self.high(range)),
        };
        let low = match &curve {
            Curve::Ranks(heats) if !self.is_diverging => heats.first().copied().unwrap_or_default(),
            _ => match self.options.min {
                Some(min) => min.among(range),
                None if self.is_diverging => -high,
                None if self.options.how == How::Log => self.least(range, high),
                None => 0.0,
            },
        };
        let asked = self.options.min.is_some() || self.options.max.is_some();
        if asked && range.maximum() > range.minimum() {
            ascending(low, high)?;
        }
        let is_diverging = self.is_diverging && low < 0.0 && high > 0.0;
        Ok(Tone {
            curve,
            span: (low, high),
            is_diverging,
            threshold: self.options.threshold,
            support: self.options.support,
        })
    }

    /// The tone for the range of a neighbourhood, where that of all places is `whole`. Of a few
    /// pixels percentiles may be alike: then these are hot, as they are where all are as hot.
    #[must_use]
    pub fn tone_around(&self, range: &Range, whole: &Tone) -> Tone {
        self.tone(range).unwrap_or_else(|_| Tone {
            span: (0.0, range.maximum()),
            ..whole.clone()
        })
    }

    /// The tone for ratios: as far to both sides of one, unless ends are given.
    fn tone_of_ratios(&self, range: &Range) -> Result<Tone> {
        let given = [self.options.min, self.options.max].map(|end| end.map(|end| end.among(range)));
        let least = range.least_positive().unwrap_or(1.0);
        let (low, high) = match given {
            [Some(low), Some(high)] => (low, high),
            [Some(low), None] => (low, low.recip()),
            [None, Some(high)] => (high.recip(), high),
            [None, None] => {
                // Where all is alike the colours still are on both sides of it.
                let far = range.maximum().max(least.recip()).max(1.0 + f32::EPSILON);
                (far.recip(), far)
            }
        };
        if !(0.0 < low && low < 1.0 && 1.0 < high && high.is_finite()) {
            let fact = format!("ratios are on both sides of 1, and not from {low} to {high}");
            return Err(Error::usage(fact).remedy(Remedy::OtherSpan));
        }
        Ok(Tone {
            curve: Curve::Formula(How::Ratio),
            span: (low, high),
            is_diverging: true,
            threshold: 0.0,
            support: self.options.support,
        })
    }

    /// The tone for the values of surfaces: from the least to the most, in a diverging gradient as
    /// far to both sides of zero where there are values on both.
    fn tone_of_values(&self, range: &Range) -> Result<Tone> {
        let how = self.options.how;
        let is_bent = !matches!(how, How::Linear | How::Sqrt | How::Cbrt);
        let ends = [self.options.min, self.options.max].map(|end| match end {
            Some(Bound::Percentile(_)) => Err("a percentile"),
            Some(Bound::Heat(value)) => Ok(Some(value)),
            None => Ok(None),
        });
        let (min, max) = match ends {
            [Ok(min), Ok(max)] if !is_bent => (min, max),
            [Err(what), _] | [_, Err(what)] => return Err(not_of_values(what)),
            _ => return Err(not_of_values(how.name())),
        };
        let (least, most) = (range.minimum(), range.maximum());
        let is_diverging = self.is_diverging && least < 0.0 && most > 0.0;
        let far = most.max(-least);
        let low = min.unwrap_or(if is_diverging { -far } else { least });
        let high = max.unwrap_or(if is_diverging { far } else { most });
        if min.is_some() || max.is_some() {
            ascending(low, high)?;
        }
        Ok(Tone {
            curve: Curve::Formula(how),
            span: (low, high),
            is_diverging: is_diverging && low < 0.0 && high > 0.0,
            threshold: 0.0,
            support: self.options.support,
        })
    }

    /// The least heat that is painted; 0 where all are as hot, so that they are hot.
    fn least(&self, range: &Range, high: f32) -> f32 {
        let least = range.least_positive().unwrap_or_default();
        let least = least.max(self.options.threshold);
        // Histograms know heats to 1/4096.
        if least < high - high / 2048.0 {
            least
        } else {
            0.0
        }
    }

    fn high(&self, range: &Range) -> f32 {
        match self.options.max {
            _ if self.options.how == How::Saturate => SATURATED,
            Some(max) => max.among(range),
            None if self.is_diverging => range.maximum().max(-range.minimum()),
            // All there is may be less than nothing, and is blank.
            None => range.maximum(),
        }
    }
}

impl Bound {
    fn among(self, range: &Range) -> f32 {
        match self {
            Self::Heat(heat) => heat,
            Self::Percentile(percent) => range
                .histogram
                .quantile(percent / 100.0)
                .unwrap_or_default(),
        }
    }
}

/// A way to spread heats that values have no use for: they may be below zero.
fn not_of_values(what: &str) -> Error {
    let fact =
        format!("{what} is for heats, and those of a surface are values, which may be below zero");
    Error::usage(fact).remedy(Remedy::LinearScale)
}

fn ascending(low: f32, high: f32) -> Result<()> {
    if low < high {
        return Ok(());
    }
    let fact = format!("the scale has its least heat, {low}, not below its most, {high}");
    Err(Error::usage(fact).remedy(Remedy::OtherSpan))
}

impl How {
    /// All but that of ratios.
    pub const ALL: [Self; 6] = [
        Self::Linear,
        Self::Log,
        Self::Sqrt,
        Self::Cbrt,
        Self::EqHist,
        Self::Saturate,
    ];

    /// Its name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log => "log",
            Self::Sqrt => "sqrt",
            Self::Cbrt => "cbrt",
            Self::EqHist => "eq_hist",
            Self::Saturate => "saturate",
            Self::Ratio => "ratio",
        }
    }
}
