//! Scaling of pictures and parts of them, by convolution.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::memory::afford;
use super::{Raster, Size};
use crate::error::{Error, ErrorKind, Result};

/// Part of a picture, in pixels from its top left corner; its edges may lie within pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crop {
    /// From the left edge of the picture to that of the part.
    pub left: f64,
    /// From the top edge of the picture to that of the part.
    pub top: f64,
    /// From the left edge of the part to its right one.
    pub width: f64,
    /// From the top edge of the part to its bottom one.
    pub height: f64,
}

/// How the colours between pixels are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Catmull and Rom's cubic: sharp, and pixels stay as they are where nothing is scaled.
    CatmullRom,
    /// Lanczos's windowed sinc of three lobes: the finest, for pictures that get much smaller.
    Lanczos3,
}

impl Raster {
    /// All of it, as a part.
    #[must_use]
    pub fn whole(&self) -> Crop {
        Crop {
            left: 0.0,
            top: 0.0,
            width: self.size.width() as f64,
            height: self.size.height() as f64,
        }
    }

    /// A part of the picture in another size.
    ///
    /// # Errors
    /// When the part lies beyond the picture, or there is not enough memory.
    pub fn scaled(&self, part: Crop, size: Size, filter: Filter) -> Result<Self> {
        let sides = |size: Size| (size.width() as u32, size.height() as u32);
        afford(4, size)?;
        let (mut scaled, (across, down)) = (Self::transparent(size), sides(self.size));
        // Of the one kind of pixels that there is, and in one place: the compiler takes a minute
        // for each kind and each place.
        let source = TypedImageRef::<U8x4>::from_buffer(across, down, self.as_bytes())
            .map_err(|error| unscaled(&error))?;
        let ((across, down), target) = (sides(size), scaled.pixels.as_flattened_mut());
        let mut target = TypedImage::<U8x4>::from_buffer(across, down, target)
            .map_err(|error| unscaled(&error))?;
        let filter = match filter {
            Filter::CatmullRom => FilterType::CatmullRom,
            Filter::Lanczos3 => FilterType::Lanczos3,
        };
        let options = ResizeOptions::new()
            .crop(part.left, part.top, part.width, part.height)
            .resize_alg(ResizeAlg::Convolution(filter));
        Resizer::new()
            .resize_typed(&source, &mut target, &options)
            .map_err(|error| unscaled(&error))?;
        Ok(scaled)
    }
}

fn unscaled(error: &dyn std::fmt::Display) -> Error {
    let fact = format!("the picture cannot be scaled: {error}");
    Error::new(ErrorKind::Internal, fact)
}
