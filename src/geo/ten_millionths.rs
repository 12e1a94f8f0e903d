//! Numbers in four bytes: as ten-millionths, beyond which what files hold has seldom decimals. A
//! degree's are a centimetre on the ground.

const ONE: f64 = 1e7;

/// The nearest number of ten-millionths; whether it is [the same](to_number), the caller looks.
/// Beyond what four bytes hold it is the last one that they do.
#[inline]
pub fn from_number(number: f64) -> i32 {
    (number * ONE + 0.5_f64.copysign(number)) as i32
}

/// The number of so many ten-millionths.
#[inline]
pub fn to_number(ten_millionths: i32) -> f64 {
    f64::from(ten_millionths) / ONE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_seven_decimals_are_kept_and_others_rounded() {
        for number in [0.0, 8.540_312_3, -122.419_415_5, 0.000_000_1, -90.0] {
            assert_eq!(to_number(from_number(number)), number);
        }
        assert_eq!(
            [0.149e-6, 0.151e-6, -0.149e-6, -0.151e-6].map(from_number),
            [1, 2, -1, -2]
        );
        assert_eq!([1e9, -1e9].map(from_number), [i32::MAX, i32::MIN]);
    }
}
