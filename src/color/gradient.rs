//! Colours from cold to hot.

use std::path::{Path, PathBuf};

use palette::{Hsv, IntoColor, Srgb};

use crate::error::{Error, Place, Result};
use crate::image_file;

/// Where the gradient comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Options {
    /// A straight line between two colours.
    Hsva {
        /// The colour of the least heat.
        min: Hsva,
        /// The colour of the most heat.
        max: Hsva,
    },
    /// The first column of an image, hot at the top.
    Image(PathBuf),
}

impl Default for Options {
    /// From transparent red to opaque orange, as heatmap.py has it: 000ffff00 and 02affffff.
    fn default() -> Self {
        let hot = 255.0 / 256.0;
        Self::Hsva {
            min: Hsva { hue: 0.0, saturation: hot, value: hot, alpha: 0.0 },
            max: Hsva { hue: 42.0 / 256.0, saturation: hot, value: hot, alpha: hot },
        }
    }
}

/// A colour as hue, saturation, value and alpha. One turn of the hue is 1; beyond that it goes round again, so that a
/// gradient can take the long way.
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
    /// A share of the straight line to another colour, number by number. (`palette`'s own mix takes the short way round
    /// the circle of hues.)
    fn towards(self, other: Self, share: f64) -> Self {
        let mix = |from: f64, to: f64| from + share * (to - from);
        Self {
            hue: mix(self.hue, other.hue),
            saturation: mix(self.saturation, other.saturation),
            value: mix(self.value, other.value),
            alpha: mix(self.alpha, other.alpha),
        }
    }

    /// In eight bits, rounded down as heatmap.py does.
    fn rgba(self) -> [u8; 4] {
        let rgb: Srgb<f64> = Hsv::new(self.hue * 360.0, self.saturation, self.value).into_color();
        [rgb.red, rgb.green, rgb.blue, self.alpha].map(|channel| (channel * 255.0 + 1e-9) as u8)
    }
}

/// Colours for shares of the range; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gradient {
    colors: Vec<[u8; 4]>,
}

impl Gradient {
    /// Colours between two others.
    const STEPS: u32 = 256;

    /// Makes the gradient that the options name.
    ///
    /// # Errors
    /// When it comes from an image that cannot be read.
    pub fn load(options: &Options) -> Result<Self> {
        match options {
            Options::Hsva { min, max } => Ok(Self::between(*min, *max)),
            Options::Image(path) => Self::from_image(path),
        }
    }

    /// A gradient of 256 steps from one colour to another, both included.
    #[must_use]
    pub fn between(min: Hsva, max: Hsva) -> Self {
        let share = |step: u32| f64::from(step) / f64::from(Self::STEPS - 1);
        Self { colors: (0..Self::STEPS).map(|step| min.towards(max, share(step)).rgba()).collect() }
    }

    /// The colours in the first column of an image, the hottest at the top.
    fn from_image(path: &Path) -> Result<Self> {
        let image = image_file::open(path)?;
        let (width, height) = (image.size().width(), image.size().height());
        let column: Vec<[u8; 4]> = image.pixels().iter().step_by(width).copied().rev().collect();
        if column.iter().all(|color| color[3] == 0) {
            let fact = format!("all {height} colours in the first column are transparent");
            return Err(
                Error::input(Place::file(path), fact).advice("a gradient wants its colours in the first column")
            );
        }
        Ok(Self { colors: column })
    }

    /// The colour of a share in [0, 1].
    #[must_use]
    pub fn at(&self, share: f32) -> [u8; 4] {
        let last = self.colors.len() - 1;
        self.colors[((share * last as f32) as usize).min(last)]
    }

    /// The colour of the least heat.
    #[must_use]
    pub fn coldest(&self) -> [u8; 4] {
        self.at(0.0)
    }

    /// The colour of the most heat.
    #[must_use]
    pub fn hottest(&self) -> [u8; 4] {
        self.at(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(options: &Options) -> Gradient {
        Gradient::load(options).unwrap()
    }

    #[test]
    fn the_default_goes_from_clear_red_to_orange() {
        let gradient = load(&Options::default());
        assert_eq!((gradient.coldest(), gradient.hottest()), ([254, 0, 0, 0], [254, 250, 0, 254]));
    }

    #[test]
    fn hues_may_take_the_long_way_round() {
        let color = |hue| Hsva { hue, saturation: 1.0, value: 1.0, alpha: 1.0 };
        let gradient = Gradient::between(color(2.0 / 3.0), color(1.5));
        // Blue, and a quarter turn on magenta, not cyan.
        assert_eq!(gradient.coldest(), [0, 0, 255, 255]);
        assert_eq!(gradient.hottest(), [0, 255, 255, 255]);
        assert_eq!(gradient.at(0.4)[..3], [255, 0, 0].map(|c: u8| c));
    }
}
