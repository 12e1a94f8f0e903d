//! What lies under the heat: nothing, a colour, an image.

use std::path::PathBuf;

use super::{blend, mix};
use crate::color::Raster;
use crate::error::Result;
use crate::image_file;
use crate::map::Size;

/// What the user wants under the heat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// A colour under everything: red, green, blue, alpha.
    pub color: Option<[u8; 4]>,
    /// An image over the colour. It also gives the picture its size.
    pub image: Option<PathBuf>,
    /// What is done to the image first.
    pub adjust: Adjust,
}

/// A change to the background image, so that the heat stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Adjust {
    /// As it is.
    #[default]
    None,
    /// Every channel of colour times this; 1 changes nothing.
    Brightness(f64),
    /// Light becomes dark: the value of HSV is inverted, hue and saturation stay. The picture is half transparent where
    /// the heat is, as heatmap.py's are: its users lay them over others. A colour under the image makes it opaque.
    Invert,
}

/// A background, ready to be drawn on.
#[derive(Clone, Debug)]
pub struct Background {
    color: [u8; 4],
    image: Option<Raster>,
    adjust: Adjust,
}

impl Background {
    /// Reads and adjusts the background.
    ///
    /// # Errors
    /// When its image cannot be read.
    pub fn load(options: &Options) -> Result<Self> {
        let image = options.image.as_deref().map(image_file::open).transpose()?;
        Ok(Self {
            color: options.color.unwrap_or_default(),
            image: image.map(|mut image| {
                image.pixels_mut().iter_mut().for_each(|pixel| *pixel = options.adjust.apply(*pixel));
                image
            }),
            adjust: options.adjust,
        })
    }

    /// A background that is opaque everywhere, for formats which know no transparency: white below the rest.
    #[must_use]
    pub fn on_white(self) -> Self {
        Self { color: blend(self.color, [255; 4]), ..self }
    }

    /// The size of the image.
    #[must_use]
    pub fn size(&self) -> Option<Size> {
        self.image.as_ref().map(Raster::size)
    }

    /// A pixel of the picture with the background under it.
    pub(super) fn under(&self, pixel: [u8; 4], x: usize, y: usize) -> [u8; 4] {
        let image = self.image.as_ref().filter(|image| x < image.size().width() && y < image.size().height());
        let on_image = image.map_or(pixel, |image| {
            let below = image.pixels()[y * image.size().width() + x];
            let see_through = self.adjust == Adjust::Invert && self.color[3] == 0;
            if see_through { mix(pixel, below) } else { blend(pixel, below) }
        });
        blend(on_image, self.color)
    }
}

impl Adjust {
    fn apply(self, [r, g, b, a]: [u8; 4]) -> [u8; 4] {
        let [r, g, b] = match self {
            Self::None => [r, g, b],
            Self::Brightness(factor) => [r, g, b].map(|channel| (f64::from(channel) * factor) as u8),
            Self::Invert => invert([r, g, b]),
        };
        [r, g, b, a]
    }
}

/// Inverts the value of HSV, which is the largest channel: the others keep their proportion to it.
fn invert(color: [u8; 3]) -> [u8; 3] {
    let value = f64::from(color[0].max(color[1]).max(color[2]));
    if value == 0.0 {
        return [255; 3];
    }
    color.map(|channel| (f64::from(channel) * (255.0 - value) / value).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverting_keeps_the_hue() {
        assert_eq!(invert([0, 0, 0]), [255, 255, 255]);
        assert_eq!(invert([255, 255, 255]), [0, 0, 0]);
        assert_eq!(invert([55, 11, 0]), [200, 40, 0]);
    }

    #[test]
    fn brightness_stays_within_its_bounds() {
        assert_eq!(Adjust::Brightness(0.5).apply([200, 101, 0, 77]), [100, 50, 0, 77]);
        assert_eq!(Adjust::Brightness(9.0).apply([200, 101, 0, 77]), [255, 255, 0, 77]);
    }
}
