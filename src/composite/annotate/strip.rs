//! Strips outside of finished pictures, for what is to cover none of them.

use super::{margin, put};
use crate::composite::{Theme, blend};
use crate::error::{Error, ErrorKind, Result};
use crate::raster::{Raster, Size};

/// The side of a picture on which a strip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Over the upper edge, as wide as the picture.
    Above,
    /// Under the lower edge, as wide as the picture.
    Below,
    /// Beside the right edge, as high as the picture.
    Right,
}

/// How large a picture is with a strip for something of a size.
///
/// # Errors
/// When that is larger than pictures can be.
pub fn with_strip(size: Size, what: Size, side: Side, ratio: f32) -> Result<Size> {
    let (width, height) = (size.width(), size.height());
    let (wide, high) = (what.width(), what.height());
    let margin = margin(size, ratio);
    let (across, down) = match side {
        Side::Above | Side::Below => (width.max(wide + 2 * margin), height + high + 2 * margin),
        Side::Right => (width + wide + 2 * margin, height.max(high + 2 * margin)),
    };
    let whole = u32::try_from(across).ok().zip(u32::try_from(down).ok());
    let whole = whole.and_then(|(across, down)| Size::new(across, down));
    whole.ok_or_else(|| {
        let fact = format!("a picture of {across} × {down} pixels, with its legend, is too large");
        Error::new(ErrorKind::Limit, fact).advice("make a smaller picture")
    })
}

/// A picture with a strip on one side in which something stands, such as a legend: it begins where
/// the picture does, or ends where it ends on the right, and is in the middle above it. Words are so many times as large as they
/// would be, and so is the room around it.
///
/// # Errors
/// As [`with_strip`].
pub fn strip(
    picture: &Raster,
    what: &Raster,
    side: Side,
    theme: Theme,
    ratio: f32,
) -> Result<Raster> {
    let size = picture.size();
    let margin = margin(size, ratio);
    let whole = with_strip(size, what.size(), side, ratio)?;
    let corner = match side {
        Side::Above => ((whole.width() - what.size().width()) / 2, margin),
        Side::Below => (margin, size.height() + margin),
        Side::Right => (
            size.width() + margin,
            size.height().saturating_sub(what.size().height() + margin),
        ),
    };
    let top = match side {
        Side::Above => whole.height() - size.height(),
        Side::Below | Side::Right => 0,
    };
    let mut drawn = Raster::filled(whole, theme.sheet());
    put(&mut drawn, picture, (0, top), |above, _| above);
    put(&mut drawn, what, corner, blend);
    Ok(drawn)
}
