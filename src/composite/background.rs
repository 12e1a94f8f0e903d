//! Background under the heat: nothing, a colour, an image, a map.

#[cfg(feature = "files")]
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "text")]
use super::Theme;
use super::{blend, mix};
use crate::error::Result;
use crate::raster::Raster;
use crate::raster::Size;
#[cfg(feature = "files")]
use crate::raster::open;

/// Background as it is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BackgroundOptions {
    /// A colour under everything: red, green, blue, alpha.
    pub color: Option<[u8; 4]>,
    /// An image over the colour. It also gives the picture its size.
    #[cfg(feature = "files")]
    pub image: Option<PathBuf>,
    /// What is done to the image or the map first.
    pub adjust: Adjust,
}

impl BackgroundOptions {
    /// The image that they name.
    #[cfg(feature = "files")]
    fn opened(&self) -> Result<Option<Raster>> {
        let image = self.image.as_deref().map(open).transpose()?;
        Ok(image.map(|image| image.raster))
    }

    #[cfg(not(feature = "files"))]
    fn opened(&self) -> Result<Option<Raster>> {
        Ok(None)
    }
}

/// A change to the image or the map, so that the heat stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Adjust {
    /// Takes the colour out of it.
    pub grayscale: bool,
    /// Makes it darker or lighter.
    pub light: Light,
}

/// Lightness that an image or a map is given.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Light {
    /// As light as it is.
    #[default]
    Kept,
    /// Every channel of colour times this; 1 changes nothing.
    Times(f64),
    /// Light becomes dark: the value of HSV is inverted, hue and saturation stay. On an image the
    /// picture is half transparent where the heat is, as heatmap.py's are: its users lay them over
    /// others. A colour under the image makes it opaque.
    Inverted,
}

/// A background, ready to be drawn on.
#[derive(Clone, Debug)]
pub struct Background {
    color: [u8; 4],
    image: Option<Arc<Raster>>,
    adjust: Adjust,
    /// The picture becomes half transparent where heat lies on the image.
    see_through: bool,
}

impl Background {
    /// Reads and adjusts the background.
    ///
    /// # Errors
    /// When its image cannot be read.
    pub fn load(options: &BackgroundOptions) -> Result<Self> {
        let BackgroundOptions { color, adjust, .. } = options;
        let image = options.opened()?;
        let image = image.map(|image| Arc::new(adjust.applied(image)));
        let see_through = image.is_some() && adjust.light == Light::Inverted;
        Ok(Self {
            color: color.unwrap_or_default(),
            image,
            adjust: *adjust,
            see_through,
        })
    }

    /// A picture, as it is.
    #[must_use]
    pub fn picture(picture: Raster) -> Self {
        Self {
            color: [0; 4],
            image: Some(Arc::new(picture)),
            adjust: Adjust::default(),
            see_through: false,
        }
    }

    /// With a map, which is adjusted first.
    #[must_use]
    pub fn with_map(self, map: Raster) -> Self {
        Self {
            image: Some(Arc::new(self.adjust.applied(map))),
            ..self
        }
    }

    /// A background that is opaque everywhere, for formats which know no transparency: white below
    /// the rest.
    #[must_use]
    pub fn on_white(self) -> Self {
        Self {
            color: blend(self.color, [255; 4]),
            ..self
        }
    }

    /// What words on it are written on.
    #[cfg(feature = "text")]
    #[must_use]
    pub fn theme(&self) -> Theme {
        Theme::on(self.color, self.image.is_none())
    }

    /// The size of the image.
    #[must_use]
    pub fn size(&self) -> Option<Size> {
        self.image.as_ref().map(|image| image.size())
    }

    /// Whether nothing is seen under a picture.
    pub(super) fn is_nothing(&self) -> bool {
        self.image.is_none() && self.color[3] == 0
    }

    /// A pixel of the picture with the background under it.
    #[inline]
    pub(super) fn under(&self, pixel: [u8; 4], x: usize, y: usize) -> [u8; 4] {
        let image = self
            .image
            .as_ref()
            .filter(|image| x < image.size().width() && y < image.size().height());
        let on_image = image.map_or(pixel, |image| {
            let below = image.pixels()[y * image.size().width() + x];
            if self.see_through && self.color[3] == 0 {
                mix(pixel, below)
            } else {
                blend(pixel, below)
            }
        });
        blend(on_image, self.color)
    }
}

impl Adjust {
    fn applied(self, mut image: Raster) -> Raster {
        image
            .pixels_mut()
            .iter_mut()
            .for_each(|pixel| *pixel = self.apply(*pixel));
        image
    }

    fn apply(self, [r, g, b, a]: [u8; 4]) -> [u8; 4] {
        let color = if self.grayscale {
            [gray([r, g, b]); 3]
        } else {
            [r, g, b]
        };
        let [r, g, b] = match self.light {
            Light::Kept => color,
            Light::Times(factor) => color.map(|channel| (f64::from(channel) * factor) as u8),
            Light::Inverted => invert(color),
        };
        [r, g, b, a]
    }
}

/// Luma of a colour (ITU-R BT.709).
fn gray([r, g, b]: [u8; 3]) -> u8 {
    (0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)).round() as u8
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
        let times = |factor| Adjust {
            light: Light::Times(factor),
            ..Adjust::default()
        };
        assert_eq!(times(0.5).apply([200, 101, 0, 77]), [100, 50, 0, 77]);
        assert_eq!(times(9.0).apply([200, 101, 0, 77]), [255, 255, 0, 77]);
    }

    #[test]
    fn gray_comes_before_light() {
        let adjust = Adjust {
            grayscale: true,
            light: Light::Times(0.5),
        };
        assert_eq!(adjust.apply([255, 255, 255, 77]), [127, 127, 127, 77]);
        assert_eq!(adjust.apply([255, 0, 0, 255]), [27, 27, 27, 255]);
    }
}
