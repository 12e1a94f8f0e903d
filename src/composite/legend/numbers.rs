//! Heats as short texts: 83.7, 12k, 2×10⁻⁷.

/// Number format of one legend, so that all its numbers look alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    /// The largest, without its sign.
    largest: f64,
    /// What all digits of 3 significant ones of the span's width stand for at least.
    finest: i32,
}

/// The power of ten that a number is written in units of, and what is written behind it.
struct Unit {
    power: i32,
    suffix: String,
}

/// Significant digits of what is not round, beyond the first.
const DIGITS: i32 = 2;
/// More digits than this an `f32` does not have, beyond the first.
const ALL_DIGITS: i32 = 8;

impl Numbers {
    /// Those of a span.
    pub(super) fn of(low: f64, high: f64) -> Self {
        let largest = low.abs().max(high.abs());
        let width = if high > low { high - low } else { largest };
        Self {
            largest,
            finest: exponent(width) - DIGITS,
        }
    }

    /// What can be told apart on a legend: three digits of the span's width.
    pub(super) fn finest(self) -> i32 {
        self.finest
    }

    /// A number that may have any digits: three of them, or as many as it takes to tell it from
    /// others in the span. It has no fewer decimals than a number that is a multiple of 10 to the
    /// `least`.
    pub(super) fn text(self, number: f64, least: Option<i32>) -> String {
        let exponent = exponent(number);
        let unit = self.unit(number, exponent);
        let last = (exponent - DIGITS)
            .min(self.finest)
            .max(exponent - ALL_DIGITS);
        let text = decimals(number, &unit, last);
        let trimmed = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        };
        let have = trimmed
            .split_once('.')
            .map_or(0, |(_, decimals)| decimals.len() as i32);
        match least {
            Some(least) if unit.power - least > have => self.round(number, least),
            _ => dressed(trimmed, number, &unit),
        }
    }

    /// A multiple of a power of ten, with all decimals that it and others like it have.
    pub(super) fn round(self, number: f64, power: i32) -> String {
        let unit = self.unit(number, exponent(number));
        dressed(&decimals(number, &unit, power), number, &unit)
    }

    fn unit(self, number: f64, exponent: i32) -> Unit {
        let is_huge = self.largest >= 1e15 && exponent >= 4;
        let is_tiny = exponent < -4 || self.largest < 1e-3;
        if number != 0.0 && (is_huge || is_tiny) {
            return Unit {
                power: exponent,
                suffix: format!("×10{}", superscript(exponent)),
            };
        }
        let thousands = if self.largest < 1e4 {
            0
        } else {
            (exponent / 3).clamp(0, 4)
        };
        Unit {
            power: 3 * thousands,
            suffix: ["", "k", "M", "G", "T"][thousands as usize].to_owned(),
        }
    }
}

/// The power of ten of the first digit, once the number is rounded to three; 0 has 0.
pub(super) fn exponent(number: f64) -> i32 {
    let text = format!("{number:.2e}");
    text.rsplit('e')
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default()
}

/// Ten to a power, as near as it can be (which `powi` is not).
pub(super) fn ten(power: i32) -> f64 {
    format!("1e{power}").parse().unwrap_or(f64::INFINITY)
}

/// The number in its unit, rounded to a multiple of 10 to the `last`.
fn decimals(number: f64, unit: &Unit, last: i32) -> String {
    let count = (unit.power - last).max(0) as usize;
    let digits = number.abs() / ten(unit.power);
    if number == 0.0 {
        "0".to_owned()
    } else {
        format!("{digits:.count$}")
    }
}

fn dressed(digits: &str, number: f64, unit: &Unit) -> String {
    let sign = if number < 0.0 { "−" } else { "" };
    match unit.suffix.strip_prefix('×') {
        Some(power) if digits == "1" => format!("{sign}{power}"),
        _ => format!("{sign}{digits}{}", unit.suffix),
    }
}

fn superscript(exponent: i32) -> String {
    let raised = |digit: char| match digit {
        '-' => '⁻',
        _ => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹']
            [digit.to_digit(10).unwrap_or_default() as usize],
    };
    exponent.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<const N: usize>(largest: f64, numbers: [f64; N]) -> [String; N] {
        numbers.map(|number| Numbers::of(0.0, largest).text(number, None))
    }

    #[test]
    fn three_digits_are_enough_but_whole_numbers_stay_whole() {
        assert_eq!(
            texts(1234.0, [0.0, 1234.0, 83.6729, 0.5, 999.96]),
            ["0", "1234", "83.7", "0.5", "1000"]
        );
        assert_eq!(texts(2.0, [2.0, 1.995, 0.0333]), ["2", "2", "0.0333"]);
    }

    #[test]
    fn many_zeros_are_written_shorter() {
        assert_eq!(
            texts(15e3, [500.0, 1000.0, 2500.0, 15e3]),
            ["500", "1k", "2.5k", "15k"]
        );
        assert_eq!(
            texts(1e9, [1e9, 999_999.0, 12_345_678.0]),
            ["1G", "1M", "12.3M"]
        );
        assert_eq!(
            texts(1e30, [1e30, 2.5e20, 100.0]),
            ["10³⁰", "2.5×10²⁰", "100"]
        );
        assert_eq!(texts(1.0, [0.0001, 0.000_02]), ["0.0001", "2×10⁻⁵"]);
        assert_eq!(texts(4e-7, [4e-7, -1e-7, 0.0]), ["4×10⁻⁷", "−10⁻⁷", "0"]);
    }

    #[test]
    fn numbers_that_are_near_to_one_another_are_told_apart() {
        let numbers = Numbers::of(1000.1, 1000.9);
        assert_eq!(
            [1000.1, 1000.9].map(|number| numbers.text(number, None)),
            ["1000.1", "1000.9"]
        );
    }

    #[test]
    fn numbers_of_one_step_have_as_many_decimals() {
        let numbers = Numbers::of(0.0, 2.0);
        assert_eq!(
            [0.0, 0.5, 1.0].map(|number| numbers.round(number, -1)),
            ["0", "0.5", "1.0"]
        );
        assert_eq!(numbers.text(2.0, Some(-1)), "2.0");
        assert_eq!(numbers.text(1.25, Some(-1)), "1.25");
        assert_eq!(Numbers::of(0.0, 1e4).round(5000.0, 2), "5.0k");
    }
}
