//! Numbers written with digits and a point, the step that reading text takes most often.

/// The most digits that make a number of eight bytes whatever they are.
const MOST: usize = 19;

/// Powers of ten that are exact in a double.
const POWERS: [f64; MOST] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
];

/// The double nearest to the number that is the whole of a text: digits, with a sign, a point and
/// an exponent where one likes, or a word such as `nan` and `inf`.
#[inline]
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    few_digits(text).or_else(|| any(text))
}

/// What [`parse`] is to find, at a third of the crate's price, where there are few digits around a
/// point. Both the digits as a whole number and the power of ten are exact then, so their quotient
/// is rounded once, to the nearest (W. D. Clinger, "How to Read Floating Point Numbers Accurately",
/// 1990, section 4).
#[inline]
fn few_digits(text: &[u8]) -> Option<f64> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > MOST {
        return None;
    }
    let (whole, number) = leading(digits, 0);
    let (decimals, number) = match digits.get(whole..)? {
        [] => (0, number),
        [b'.', decimals @ ..] => match leading(decimals, number) {
            (count, number) if count == decimals.len() => (count, number),
            _ => return None,
        },
        _ => return None,
    };
    let is_exact = number < 1 << f64::MANTISSA_DIGITS;
    if whole == 0 || !is_exact {
        return None;
    }
    let number = number as f64 / POWERS.get(decimals)?;
    Some(if is_negative { -number } else { number })
}

/// How many digits a text begins with, and the number that they make behind those of `number`.
#[inline]
fn leading(text: &[u8], mut number: u64) -> (usize, u64) {
    for (at, byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (at, number);
        }
        number = number * 10 + u64::from(digit);
    }
    (text.len(), number)
}

#[inline(never)]
fn any(text: &[u8]) -> Option<f64> {
    fast_float2::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::proptest;

    use super::*;

    /// That both ways agree on a text, to the bit; whether it is a number.
    fn agree(text: &str) -> bool {
        let [ours, crates] = [parse(text.as_bytes()), any(text.as_bytes())];
        assert_eq!(ours.map(f64::to_bits), crates.map(f64::to_bits), "{text:?}");
        ours.is_some()
    }

    #[test]
    fn odd_spellings_are_what_the_crate_makes_of_them() {
        let numbers = [
            "0",
            "-0",
            "-0.0",
            "00012.50",
            "1.",
            ".5",
            "-.5",
            "+5",
            "1e3",
            "1.5E-3",
            "1e999",
            "nan",
            "inf",
            "-inf",
            "999999999999999",
            "9999999999999999",
            "0.00000000000001",
            "0.000000000000001",
            "9007199254740991",
            "9007199254740992",
            "9007199254740993",
            "9999999999999999999",
            "-9.392111234567891",
            "0.00000000000000001",
            "123456789012345.6",
            "99999999.9999999",
        ];
        for number in numbers {
            assert!(agree(number), "{number}");
        }
        for other in [
            "", "-", ".", "-.", "1.2.3", "1 ", " 1", "--1", "1-", "0x10", "1_000", "١",
        ] {
            assert!(!agree(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn few_digits_are_the_nearest_number(sign in "-?", whole in "[0-9]{0,12}", rest in "(\\.[0-9]{0,12})?") {
            agree(&format!("{sign}{whole}{rest}"));
        }

        #[test]
        fn anything_is_what_the_crate_makes_of_it(text in "[-+0-9.eE, ]{0,20}") {
            agree(&text);
        }
    }
}
