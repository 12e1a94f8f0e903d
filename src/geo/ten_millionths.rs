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
