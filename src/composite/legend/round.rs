//! Round numbers: those with the fewest digits that are still wanted.

use super::numbers::{exponent, ten};

/// A round number, as a multiple of a power of ten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Round {
    pub(super) number: f64,
    /// The power of ten.
    pub(super) power: i32,
}

/// 1, 2 or 5 times a power of ten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    digit: u8,
    power: i32,
}

/// More digits are not round.
const DIGITS: i32 = 3;

impl Step {
    /// All steps from the least that is not below a length.
    pub(super) fn from(length: f64) -> impl Iterator<Item = Self> {
        let power = exponent(length) - 1;
        let steps = (power..).flat_map(|power| [1, 2, 5].map(|digit| Self { digit, power }));
        steps.skip_while(move |step| step.length() < length)
    }

    fn length(self) -> f64 {
        f64::from(self.digit) * ten(self.power)
    }

    /// Its multiples between two numbers, which are included.
    pub(super) fn multiples(self, low: f64, high: f64) -> impl Iterator<Item = Round> {
        let length = self.length();
        let (first, last) = ((low / length).ceil() as i64, (high / length).floor() as i64);
        (first..=last).map(move |count| Round {
            number: count as f64 * length,
            power: self.power,
        })
    }
}

/// All numbers of a positive range, in ascending order, that have one of some first digits and a
/// power of ten that is a multiple of `stride`.
pub(super) fn series(digits: &[u8], stride: usize, low: f64, high: f64) -> Vec<Round> {
    let stride = stride.max(1);
    let first = (exponent(low) - 1).div_euclid(stride as i32) * stride as i32;
    let steps = (first..=exponent(high)).step_by(stride);
    let steps = steps.flat_map(|power| digits.iter().map(move |&digit| Step { digit, power }));
    let rounds = steps.map(|step| Round {
        number: step.length(),
        power: step.power,
    });
    rounds
        .filter(|round| low <= round.number && round.number <= high)
        .collect()
}

/// The roundest number between two: zero, a power of ten, or the multiple of the largest step.
/// `finest` is the least power of ten that is wanted in case that three digits more than the first
/// are not enough.
pub(super) fn roundest(low: f64, high: f64, finest: i32) -> Option<Round> {
    if low <= 0.0 && high >= 0.0 {
        return Some(Round {
            number: 0.0,
            power: 0,
        });
    }
    if high < 0.0 {
        return roundest(-high, -low, finest).map(|round| Round {
            number: -round.number,
            ..round
        });
    }
    let top = high.log10().floor() as i32;
    let ten = Round {
        number: ten(top),
        power: top,
    };
    if ten.number >= low && ten.number <= high {
        return Some(ten);
    }
    let powers = (finest.min(top - DIGITS)..=top).rev();
    let mut steps = powers.flat_map(|power| [5, 2, 1].map(|digit| Step { digit, power }));
    steps.find_map(|step| {
        let number = (high / step.length()).floor() * step.length();
        (number > 0.0 && number >= low).then_some(Round {
            number,
            power: step.power,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roundest_number_has_the_fewest_digits() {
        let number = |low, high| roundest(low, high, 9).map(|round| round.number);
        assert_eq!(number(-1.0, 2.0), Some(0.0));
        assert_eq!(number(8.0, 17.0), Some(10.0));
        assert_eq!(number(0.5, 230.0), Some(100.0));
        assert_eq!(number(18.0, 35.0), Some(20.0));
        assert_eq!(number(36.0, 39.5), Some(38.0));
        assert_eq!(number(-39.5, -36.0), Some(-38.0));
        assert_eq!(number(1.2341, 1.2342), None);
        assert_eq!(
            roundest(1000.12, 1000.34, -2),
            Some(Round {
                number: 1000.2,
                power: -1
            })
        );
    }

    #[test]
    fn series_have_the_same_digits_in_every_decade() {
        let numbers: Vec<f64> = series(&[1, 2, 5], 1, 0.15, 12.0)
            .into_iter()
            .map(|round| round.number)
            .collect();
        assert_eq!(numbers, [0.2, 0.5, 1.0, 2.0, 5.0, 10.0]);
        assert_eq!(series(&[1], 1, 1e-30, 1e30).len(), 61);
        let numbers: Vec<f64> = series(&[1], 3, 1e-4, 1e4)
            .into_iter()
            .map(|round| round.number)
            .collect();
        assert_eq!(numbers, [1e-3, 1.0, 1e3]);
    }

    #[test]
    fn steps_are_1_2_5() {
        let steps: Vec<f64> = Step::from(0.3).take(4).map(Step::length).collect();
        assert_eq!(steps, [0.5, 1.0, 2.0, 5.0]);
        assert_eq!(
            Step::from(1.5e-30).next(),
            Some(Step {
                digit: 2,
                power: -30
            })
        );
        let step = Step { digit: 2, power: 1 };
        let multiples: Vec<f64> = step
            .multiples(-25.0, 40.0)
            .map(|round| round.number)
            .collect();
        assert_eq!(multiples, [-20.0, 0.0, 20.0, 40.0]);
    }
}
