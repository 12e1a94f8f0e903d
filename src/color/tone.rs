//! Tone curve: the position of a heat in the gradient, and the other way round.

use super::{How, Range};

/// The curve from heat to position of one picture, or of all that are to be compared. Made by
/// [`Scale::tone`](super::Scale::tone).
#[derive(Clone, Debug, PartialEq)]
pub struct Tone {
    pub(super) curve: Curve,
    /// The heats at both ends.
    pub(super) span: (f32, f32),
    /// Zero is in the middle of the gradient, and each half has its own end.
    pub(super) is_diverging: bool,
    /// Heats nearer to zero than this are not painted.
    pub(super) threshold: f32,
    /// The support from which values of a surface are opaque.
    pub(super) support: f32,
}

/// Curve of position over heat.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Curve {
    /// By a formula.
    Formula(How),
    /// The heats at positions that are evenly spaced from 0 to 1, in ascending order. Of a
    /// diverging tone, their distances from zero.
    Ranks(Vec<f32>),
}

/// Whether there is heat beyond the ends of a tone, which is painted in their colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// Below the cold end.
    pub below: bool,
    /// Above the hot one.
    pub above: bool,
}

/// Tolerance at the ends, as a share: what is nearer is not beyond: percentiles and ranks come from
/// histograms.
const NEAR: f32 = 1.0 / 2048.0;

/// Heats that are painted: those from `above` up, and those from `below` down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Painted {
    pub(super) above: f32,
    pub(super) below: f32,
}

impl Painted {
    pub(super) fn has(self, heat: f32) -> bool {
        heat >= self.above || heat <= self.below
    }
}

impl Tone {
    /// The position of a heat in [0, 1]; those outside of the span are at its ends.
    #[must_use]
    pub fn position(&self, heat: f32) -> f32 {
        let (heat, low, high) = (
            f64::from(heat),
            f64::from(self.span.0),
            f64::from(self.span.1),
        );
        if self.is_ratio() {
            let half = if heat < 1.0 { low } else { high };
            let far = (heat.max(f64::MIN_POSITIVE).ln() / half.ln()).clamp(0.0, 1.0);
            return (0.5 + far.copysign(heat - 1.0) / 2.0) as f32;
        }
        let position = match (self.is_diverging, heat < 0.0) {
            (false, _) => self.curve.share(heat - low, high - low, low),
            (true, false) => 0.5 + 0.5 * self.curve.share(heat, high, 0.0),
            (true, true) => 0.5 - 0.5 * self.curve.share(-heat, -low, 0.0),
        };
        position as f32
    }

    /// The heat at a position in [0, 1]: where a legend has its ticks.
    #[must_use]
    pub fn heat(&self, position: f32) -> f32 {
        let (position, low, high) = (
            f64::from(position.clamp(0.0, 1.0)),
            f64::from(self.span.0),
            f64::from(self.span.1),
        );
        if self.is_ratio() {
            let half = if position < 0.5 { low } else { high };
            return half.powf((2.0 * position - 1.0).abs()) as f32;
        }
        let heat = match (self.is_diverging, position < 0.5) {
            (false, _) => low + self.curve.distance(position, high - low, low),
            (true, false) => self.curve.distance(2.0 * position - 1.0, high, 0.0),
            (true, true) => -self.curve.distance(1.0 - 2.0 * position, -low, 0.0),
        };
        heat as f32
    }

    fn is_ratio(&self) -> bool {
        self.curve == Curve::Formula(How::Ratio)
    }

    /// The heats at the ends of the gradient. Both are 0 when there is no heat.
    #[must_use]
    pub fn span(&self) -> (f32, f32) {
        self.span
    }

    /// How position rises with heat.
    #[must_use]
    pub fn how(&self) -> How {
        match &self.curve {
            Curve::Formula(how) => *how,
            Curve::Ranks(_) => How::EqHist,
        }
    }

    /// Heats nearer to zero than this are not painted; 0 or more.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Whether heat of a range lies beyond the ends; where nothing is known of it, it may.
    #[must_use]
    pub fn beyond(&self, range: Option<&Range>) -> Beyond {
        let (low, high) = self.span;
        let least = range.map_or(f32::NEG_INFINITY, Range::minimum);
        let most = range.map_or(f32::INFINITY, Range::maximum);
        // Where the span does not go below zero, nothing there is painted.
        let least = if low < 0.0 || range.is_some_and(Range::has_values) {
            least
        } else {
            self.threshold
                .max(range.and_then(Range::least_positive).unwrap_or(0.0))
        };
        Beyond {
            below: least < low - NEAR * low.abs(),
            above: most > high + NEAR * high.abs(),
        }
    }

    /// Whether a heat is painted at all.
    #[must_use]
    pub fn paints(&self, heat: f32) -> bool {
        self.painted().has(heat)
    }

    /// Nothing has no colour; less than nothing has one only where the span goes below zero.
    pub(super) fn painted(&self) -> Painted {
        let least = self.threshold.max(f32::from_bits(1));
        Painted {
            above: least,
            below: if self.span.0 < 0.0 {
                -least
            } else {
                f32::NEG_INFINITY
            },
        }
    }

    /// Whether the cold end of the gradient stands for some heat, which is to be seen: by ranks and
    /// by logarithms it is the least there is, and else what somebody chose above zero.
    pub(super) fn begins_with_heat(&self) -> bool {
        matches!(self.how(), How::EqHist | How::Log) || self.span.0 > 0.0 && !self.is_diverging
    }

    /// Heat below this is colder than the coldest colour.
    pub(super) fn coldest(&self) -> f32 {
        match self.how() {
            How::EqHist | How::Log | How::Ratio => f32::NEG_INFINITY,
            _ => self.span.0,
        }
    }

    /// The ends of a tone that is a straight line from one to the other.
    pub(super) fn line(&self) -> Option<(f64, f64)> {
        let straight = !self.is_diverging
            && self.curve == Curve::Formula(How::Linear)
            && self.span.0 < self.span.1;
        straight.then(|| (self.span.0.into(), self.span.1.into()))
    }
}

impl Curve {
    /// How far along the curve something is that lies `distance` above `low`, out of `whole`.
    fn share(&self, distance: f64, whole: f64, low: f64) -> f64 {
        match self {
            // Also when there is no heat at all.
            Self::Formula(_) if distance <= 0.0 || whole <= 0.0 => 0.0,
            Self::Formula(how) => (how.bent(distance) / how.bent(whole)).min(1.0),
            Self::Ranks(heats) => rank(heats, low + distance),
        }
    }

    /// What lies at a share along the curve, as a distance from `low`.
    fn distance(&self, share: f64, whole: f64, low: f64) -> f64 {
        match self {
            Self::Formula(how) => how
                .straightened(share * how.bent(whole))
                .clamp(0.0, whole.max(0.0)),
            Self::Ranks(heats) => at(heats, share) - low,
        }
    }
}

impl How {
    /// The curve, which begins at (0, 0).
    fn bent(self, distance: f64) -> f64 {
        match self {
            Self::Linear | Self::EqHist | Self::Ratio => distance,
            Self::Log => distance.ln_1p(),
            Self::Sqrt => distance.sqrt(),
            Self::Cbrt => distance.cbrt(),
            Self::Saturate => -(-distance).exp_m1(),
        }
    }

    /// Its inverse.
    fn straightened(self, height: f64) -> f64 {
        match self {
            Self::Linear | Self::EqHist | Self::Ratio => height,
            Self::Log => height.exp_m1(),
            Self::Sqrt => height.powi(2),
            Self::Cbrt => height.powi(3),
            Self::Saturate => -(-height).ln_1p(),
        }
    }
}

/// The position of a heat among heats at evenly spaced positions.
fn rank(heats: &[f32], heat: f64) -> f64 {
    let above = heats.partition_point(|&below| f64::from(below) <= heat);
    let last = heats.len().saturating_sub(1).max(1) as f64;
    match (
        above.checked_sub(1).map(|below| (below, heats[below])),
        heats.get(above),
    ) {
        (None, _) => 0.0,
        (Some(_), None) => 1.0,
        (Some((below, a)), Some(&b)) => {
            (below as f64 + (heat - f64::from(a)) / (f64::from(b) - f64::from(a))) / last
        }
    }
}

/// The heat at a position in [0, 1] among heats at evenly spaced positions; 0 when there are none.
fn at(heats: &[f32], position: f64) -> f64 {
    let place = position * heats.len().saturating_sub(1) as f64;
    let (below, above) = (heats.get(place as usize), heats.get(place.ceil() as usize));
    let (Some(&below), Some(&above)) = (below, above) else {
        return 0.0;
    };
    f64::from(below) + (f64::from(above) - f64::from(below)) * place.fract()
}
