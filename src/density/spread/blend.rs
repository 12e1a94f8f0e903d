//! Blending by decay: how the heats of many shapes become the heat of one pixel.
//!
//! Let v₁ ≥ v₂ ≥ … be the heats that reach a pixel. Their blend with decay d is Σ vₖ·dᵏ⁻¹: d = 1 is
//! the sum, d = 0 the maximum. Equal heats are taken together: c of them after k others add v·dᵏ·(1
//! − dᶜ)/(1 − d).

/// Decay in [0, 1], in the three forms that are computed differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::density) enum Blend {
    /// d = 1: every heat counts in full, in any order.
    Sum,
    /// d = 0: only the largest counts.
    Max,
    /// 0 < d < 1: the largest counts in full, each further one by the factor d less.
    Decay,
}

impl Blend {
    pub(in crate::density) fn new(decay: f64) -> Self {
        if decay >= 1.0 {
            Self::Sum
        } else if decay <= 0.0 {
            Self::Max
        } else {
            Self::Decay
        }
    }
}

/// Of a run of equal heats: how many they are, the factor by which they lessen all later ones, and
/// how often they count themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::density) struct Run {
    pub(in crate::density) count: u32,
    pub(in crate::density) keep: f64,
    pub(in crate::density) gain: f64,
}

impl Run {
    /// What is smaller can only come to subnormal numbers, which are slow and change nothing.
    const NOTHING: f64 = 1e-30;

    /// A run of `count` equal heats.
    pub(in crate::density) fn of(count: u32, decay: f64) -> Self {
        if count == 1 {
            return Self {
                count,
                keep: decay,
                gain: 1.0,
            };
        }
        let keep = decay.powf(f64::from(count));
        Self {
            count,
            keep: if keep < Self::NOTHING { 0.0 } else { keep },
            gain: (1.0 - keep) / (1.0 - decay),
        }
    }
}

/// A number that orders like the heat, for sorting as integers.
pub(in crate::density) fn rank(heat: f32) -> u32 {
    let bits = heat.to_bits();
    // The bits of floats order like integers once the negative ones are turned round.
    if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    }
}

/// The heat of a rank.
pub(in crate::density) fn unrank(rank: u32) -> f32 {
    f32::from_bits(if rank >> 31 == 1 {
        rank & !(1 << 31)
    } else {
        !rank
    })
}

/// How much each heat of a pixel counts, the largest first.
pub(in crate::density) fn powers(decay: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(1.0), move |power| Some(power * decay))
}

/// After this many heats, all further ones together are less than half a millionth of the pixel's
/// own heat.
///
/// The first k heats are each at least as large as any later v, so they come to at least v·(1 −
/// dᵏ)/(1 − d), and all later ones to at most v·dᵏ/(1 − d).
#[must_use]
pub fn terms(decay: f64) -> usize {
    (5e-7_f64.ln() / decay.ln()).ceil().max(1.0) as usize
}

/// The blend, for decay below 1, of (heat, count) pairs that come with the largest heat first; no
/// more than so many [`terms`] count.
pub(in crate::density) fn decaying(
    heats: impl IntoIterator<Item = (f32, u32)>,
    decay: f64,
    terms: usize,
) -> f64 {
    let each = heats
        .into_iter()
        .flat_map(|(heat, count)| std::iter::repeat_n(f64::from(heat), count as usize));
    each.zip(powers(decay).take(terms))
        .fold(0.0, |total, (heat, power)| total + heat * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, one heat at a time.
    fn slowly(heats: &[(f32, u32)], decay: f64) -> f64 {
        let each = heats
            .iter()
            .flat_map(|&(heat, count)| (0..count).map(move |_| f64::from(heat)));
        each.enumerate()
            .map(|(k, heat)| heat * decay.powi(k as i32))
            .sum()
    }

    #[test]
    fn runs_of_equal_heats_blend_as_one_by_one() {
        for decay in [0.1, 0.5, 0.95, 0.999] {
            let heats = [(1.0, 3), (0.75, 1), (0.5, 17), (0.01, 1000)];
            let (mut weight, mut runs) = (1.0, 0.0);
            for (heat, count) in heats {
                let run = Run::of(count, decay);
                runs += f64::from(heat) * weight * run.gain;
                weight *= run.keep;
            }
            let slow = slowly(&heats, decay);
            assert!((runs - slow).abs() < 1e-12 * slow, "{decay}: {runs} {slow}");
            let blended = decaying(heats, decay, terms(decay));
            assert!(
                (blended - slow).abs() < 5.1e-7 * slow,
                "{decay}: {blended} {slow}"
            );
        }
    }

    #[test]
    fn ranks_order_like_heats() {
        let heats = [f32::MIN, -1.0, -1e-40, 0.0, 1e-40, 0.5, f32::MAX];
        assert!(heats.windows(2).all(|pair| rank(pair[0]) < rank(pair[1])));
        assert!(heats.iter().all(|&heat| unrank(rank(heat)) == heat));
    }

    #[test]
    fn what_comes_after_the_last_term_weighs_nothing() {
        for decay in [0.0, 0.1, 0.5, 0.95, 0.999] {
            let part = decaying([(1.0, u32::MAX)], decay, terms(decay));
            let whole = 1.0 / (1.0 - decay);
            assert!(whole - part <= 5.1e-7 * whole, "{decay}: {part} {whole}");
        }
    }
}
