//! Morton order (Z order): binary digits of two numbers by turns, so that what is near in a plane
//! is mostly near in a row, and what a square of a quadtree holds is all of it.

/// The digits of x and y by turns, those of y first.
#[must_use]
pub fn interleaved(x: u32, y: u32) -> u64 {
    apart(x) | apart(y) << 1
}

/// The inverse of [`interleaved`].
#[must_use]
pub fn separated(number: u64) -> (u32, u32) {
    (together(number), together(number >> 1))
}

/// Digits with a zero before each.
fn apart(number: u32) -> u64 {
    let mut spread = u64::from(number);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        spread = (spread | spread << shift) & mask;
    }
    spread
}

/// The inverse of [`apart`].
fn together(spread: u64) -> u32 {
    let mut number = spread & 0x5555_5555_5555_5555;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        number = (number | number >> shift) & mask;
    }
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_take_turns_and_are_found_again() {
        assert_eq!(interleaved(0b101, 0b011), 0b01_10_11);
        assert_eq!(interleaved(u32::MAX, 0), 0x5555_5555_5555_5555);
        assert_eq!(interleaved(0, u32::MAX), 0xaaaa_aaaa_aaaa_aaaa);
        for (x, y) in [(0, 0), (1, u32::MAX), (0x1234_5678, 0x9abc_def0)] {
            assert_eq!(separated(interleaved(x, y)), (x, y));
        }
    }
}
