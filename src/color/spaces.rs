//! Colour spaces: sRGB as it is written, the light that it stands for, HSV, and Oklab.
//!
//! Three numbers each, red, green and blue in [0, 1]; hues in degrees. A crate for this is as large
//! as half of what the smallest library is made of, so `palette` is what tests hold it to.

/// Red, green and blue, or the three of another space.
type Three = [f64; 3];

/// The light of a channel of sRGB (IEC 61966-2-1).
#[must_use]
pub fn light(channel: f64) -> f64 {
    if channel <= 0.040_45 {
        channel * (1.0 / 12.92)
    } else {
        channel.mul_add(1.0 / 1.055, 0.055 / 1.055).powf(2.4)
    }
}

/// The channel of sRGB for a light.
#[must_use]
pub fn channel(light: f64) -> f64 {
    if light <= 0.003_130_8 {
        12.92 * light
    } else {
        light.powf(1.0 / 2.4).mul_add(1.055, -0.055)
    }
}

/// Channels as numbers.
pub(super) fn numbers([red, green, blue]: [u8; 3]) -> Three {
    [red, green, blue].map(|byte| f64::from(byte) / 255.0)
}

/// Channels as bytes, of halves the even one.
pub(super) fn bytes(rgb: Three) -> [u8; 3] {
    rgb.map(|channel| (channel * 255.0).round_ties_even() as u8)
}

/// A share of the straight line from one to another.
pub(super) fn mix(from: Three, to: Three, share: f64) -> Three {
    std::array::from_fn(|at| from[at] + (to[at] - from[at]) * share)
}

/// Lightness, and the two axes of colour (B. Ottosson, A perceptual color space for image
/// processing, 2020).
pub(super) fn oklab(rgb: Three) -> Three {
    const CONES: [Three; 3] = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    const LAB: [Three; 3] = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];
    times(&LAB, times(&CONES, rgb.map(light)).map(f64::cbrt))
}

/// Red, green and blue of Oklab, those beyond what screens show at their ends.
pub(super) fn of_oklab(lab: Three) -> Three {
    const CONES: [Three; 3] = [
        [1.0, 0.396_337_777_4, 0.215_803_757_3],
        [1.0, -0.105_561_345_8, -0.063_854_172_8],
        [1.0, -0.089_484_177_5, -1.291_485_548_0],
    ];
    const LIGHT: [Three; 3] = [
        [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
        [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
        [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
    ];
    let cubed = times(&CONES, lab).map(|cone| cone * cone * cone);
    times(&LIGHT, cubed).map(|light| channel(light).clamp(0.0, 1.0))
}

fn times(matrix: &[Three; 3], [x, y, z]: Three) -> Three {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}

/// Hue in degrees, saturation and value (A. R. Smith, Color gamut transform pairs, 1978).
pub(super) fn hsv([red, green, blue]: Three) -> Three {
    let most = red.max(green).max(blue);
    let span = most - red.min(green).min(blue);
    if span == 0.0 {
        return [0.0, 0.0, most];
    }
    let sextant = if most == blue && blue > red.max(green) {
        (red - green) / span + 4.0
    } else if red > green {
        (green - blue) / span
    } else {
        (blue - red) / span + 2.0
    };
    [sextant * 60.0, span / most, most]
}

/// Red, green and blue of HSV; hues go round.
pub(super) fn of_hsv([hue, saturation, value]: Three) -> Three {
    let chroma = value * saturation;
    let sextant = (hue - (hue / 360.0).floor() * 360.0) / 60.0;
    let within = sextant - (sextant * 0.5).floor() * 2.0;
    let (middle, least) = (chroma * (1.0 - (within - 1.0).abs()), value - chroma);
    let rgb = match sextant as u8 {
        1 => [middle, chroma, 0.0],
        2 => [0.0, chroma, middle],
        3 => [0.0, middle, chroma],
        4 => [middle, 0.0, chroma],
        5 => [chroma, 0.0, middle],
        // A whole turn is none.
        _ => [chroma, middle, 0.0],
    };
    rgb.map(|channel| (channel + least).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use palette::{FromColor, Hsv, Mix, Oklab, Srgb};

    use super::*;

    /// Colours from all over the cube, with their darkest and lightest.
    fn colors() -> impl Iterator<Item = [u8; 3]> {
        let levels = [0, 1, 9, 10, 11, 64, 127, 128, 200, 254, 255];
        let pairs = move |red| levels.into_iter().map(move |green| (red, green));
        let pairs = levels.into_iter().flat_map(pairs);
        pairs.flat_map(move |(red, green)| levels.into_iter().map(move |blue| [red, green, blue]))
    }

    fn theirs([red, green, blue]: [u8; 3]) -> Srgb<f64> {
        Srgb::new(red, green, blue).into_format()
    }

    #[test]
    fn colours_are_those_of_palette_to_the_byte() {
        let shares = [0.1, 0.25, 0.5, 0.77];
        for (number, from) in colors().enumerate() {
            let to = colors().nth(number * 7 % 1331).unwrap();
            for share in shares {
                let (a, b) = (theirs(from), theirs(to));
                let expected: Srgb<u8> = a.mix(b, share).into_format();
                let ours = bytes(mix(numbers(from), numbers(to), share));
                assert_eq!(ours, <[u8; 3]>::from(expected), "{from:?} {to:?} {share}");
                let (a, b) = (Oklab::from_color(a), Oklab::from_color(b));
                let expected: Srgb<u8> = Srgb::from_color(a.mix(b, share)).into_format();
                let (a, b) = (oklab(numbers(from)), oklab(numbers(to)));
                let ours = bytes(of_oklab(mix(a, b, share)));
                assert_eq!(ours, <[u8; 3]>::from(expected), "{from:?} {to:?} {share}");
            }
        }
    }

    #[test]
    fn hues_are_those_of_palette() {
        for color in colors() {
            let expected: Hsv<_, f64> = Hsv::from_color(theirs(color));
            let [hue, saturation, value] = hsv(numbers(color));
            let degrees = expected.hue.into_raw_degrees();
            assert_eq!(
                (hue, saturation, value),
                (degrees, expected.saturation, expected.value),
                "{color:?}"
            );
            for turned in [hue - 720.0, hue - 31.0, hue, hue + 777.0] {
                let expected = Srgb::from_color(Hsv::new(turned, saturation, value));
                let ours = of_hsv([turned, saturation, value]);
                assert_eq!(ours, <[f64; 3]>::from(expected), "{color:?} {turned}");
            }
        }
    }

    #[test]
    fn light_is_that_of_palette() {
        for byte in 0..=255_u8 {
            let expected = f64::from(Srgb::new(byte, 0, 0).into_linear::<f32>().red);
            let ours = light(f64::from(byte) / 255.0);
            assert!((ours - expected).abs() < 1e-7, "{byte}: {ours}");
            assert!((channel(ours) * 255.0 - f64::from(byte)).abs() < 1e-9);
        }
    }
}
