//! Colour interpolation: the way from one colour to another.

use palette::{FromColor, Hsv, IntoColor, Mix, Oklab, Srgb};

/// A colour as hue, saturation, value and alpha. One turn of the hue is 1; beyond that it goes
/// round again, so that a gradient can take the long way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hsva {
    /// Hue in turns, red at 0.
    pub hue: f64,
    /// Saturation in [0, 1].
    pub saturation: f64,
    /// Value in [0, 1].
    pub value: f64,
    /// Opacity in [0, 1].
    pub alpha: f64,
}

impl Hsva {
    /// A share of the straight line to another colour, number by number. (`palette`'s own mix takes
    /// the short way round the circle of hues.)
    pub(super) fn towards(self, other: Self, share: f64) -> Self {
        let mix = |from: f64, to: f64| from + share * (to - from);
        Self {
            hue: mix(self.hue, other.hue),
            saturation: mix(self.saturation, other.saturation),
            value: mix(self.value, other.value),
            alpha: mix(self.alpha, other.alpha),
        }
    }

    /// In eight bits, rounded down as heatmap.py does.
    pub(super) fn rgba(self) -> [u8; 4] {
        let rgb: Srgb<f64> = Hsv::new(self.hue * 360.0, self.saturation, self.value).into_color();
        [rgb.red, rgb.green, rgb.blue, self.alpha].map(|channel| (channel * 255.0 + 1e-9) as u8)
    }
}

/// The space in which the way from one colour to another is straight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interpolate {
    /// Hue, saturation, value: through the colours of the rainbow that lie between, the shorter way
    /// round.
    Hsv,
    /// Red, green, blue, as CSS has it.
    Rgb,
    /// Oklab: even steps to the eye, and no grey in the middle (Björn Ottosson, A perceptual color
    /// space for image processing, 2020).
    #[default]
    Oklab,
}

impl Interpolate {
    /// The colour at a share in [0, 1] of the way.
    pub(super) fn mix(self, from: [u8; 4], to: [u8; 4], share: f64) -> [u8; 4] {
        let (a, b) = (opaque(from), opaque(to));
        let rgb = match self {
            _ if share <= 0.0 => return from,
            _ if share >= 1.0 => return to,
            Self::Hsv => Srgb::from_color(hues(Hsv::from_color(a), Hsv::from_color(b), share)),
            Self::Rgb => a.mix(b, share),
            Self::Oklab => Srgb::from_color(Oklab::from_color(a).mix(Oklab::from_color(b), share)),
        };
        let alpha = f64::from(from[3]) + share * (f64::from(to[3]) - f64::from(from[3]));
        let rgb: Srgb<u8> = rgb.into_format();
        [rgb.red, rgb.green, rgb.blue, alpha.round() as u8]
    }
}

fn opaque([red, green, blue, _]: [u8; 4]) -> Srgb<f64> {
    Srgb::new(red, green, blue).into_format()
}

/// Hues of two colours: a grey one has none of its own, and takes the other's.
fn hues(
    mut from: Hsv<palette::encoding::Srgb, f64>,
    mut to: Hsv<palette::encoding::Srgb, f64>,
    share: f64,
) -> Hsv<palette::encoding::Srgb, f64> {
    if from.saturation == 0.0 {
        from.hue = to.hue;
    } else if to.saturation == 0.0 {
        to.hue = from.hue;
    }
    from.mix(to, share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAYS: [Interpolate; 3] = [Interpolate::Hsv, Interpolate::Rgb, Interpolate::Oklab];

    #[test]
    fn every_way_begins_and_ends_where_it_should() {
        let (from, to) = ([10, 200, 30, 40], [255, 0, 7, 250]);
        for way in WAYS {
            assert_eq!(
                (way.mix(from, to, 0.0), way.mix(from, to, 1.0)),
                (from, to),
                "{way:?}"
            );
            assert_eq!(way.mix(from, to, 0.5)[3], 145, "{way:?}");
        }
    }

    #[test]
    fn the_ways_differ_in_the_middle() {
        let (blue, yellow) = ([0, 0, 255, 255], [255, 255, 0, 255]);
        assert_eq!(
            Interpolate::Rgb.mix(blue, yellow, 0.5),
            [128, 128, 128, 255]
        );
        let [r, g, b, _] = Interpolate::Oklab.mix(blue, yellow, 0.5);
        assert!(b > g && g > r, "not grey: {r} {g} {b}");
        let [r, g, b, _] = Interpolate::Hsv.mix([255, 0, 0, 255], [0, 0, 255, 255], 0.5);
        assert_eq!((r, g, b), (255, 0, 255));
    }

    #[test]
    fn grey_has_no_hue_that_could_show_on_the_way() {
        assert_eq!(
            Interpolate::Hsv.mix([0, 0, 0, 255], [0, 0, 255, 255], 0.5)[..2],
            [32, 32].map(|_: u8| 64)
        );
    }
}
