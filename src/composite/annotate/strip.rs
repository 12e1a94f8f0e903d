//! Strips outside of finished pictures, for what is to cover none of them.

use crate::composite::{Theme, blend, text};
use crate::error::{Error, ErrorKind, Result};
use crate::raster::{Raster, Size};

/// The side of a picture on which a strip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Under the lower edge, as wide as the picture.
    Below,
    /// Beside the right edge, as high as the picture.
    Right,
}

/// A picture with a strip on one side in which something stands, such as a legend: it begins where
/// the picture does, or ends where it ends on the right. Words are so many times as large as they
/// would be, and so is the room around it.
///
/// # Errors
/// When the whole would be larger than pictures can be.
pub fn strip(
    picture: &Raster,
    what: &Raster,
    side: Side,
    theme: Theme,
    ratio: f32,
) -> Result<Raster> {
    let size = picture.size();
    let margin = (ratio * text::height_for(size) / 2.0) as usize;
    let (width, height) = (size.width(), size.height());
    let (wide, high) = (what.size().width(), what.size().height());
    let ((across, down), (left, top)) = match side {
        Side::Below => (
            (width.max(wide + 2 * margin), height + high + 2 * margin),
            (margin, height + margin),
        ),
        Side::Right => (
            (width + wide + 2 * margin, height.max(high + 2 * margin)),
            (width + margin, height.saturating_sub(high + margin)),
        ),
    };
    let whole = u32::try_from(across).ok().zip(u32::try_from(down).ok());
    let whole = whole.and_then(|(across, down)| Size::new(across, down));
    let whole = whole.ok_or_else(|| {
        let fact = format!("a picture of {across} × {down} pixels, with its legend, is too large");
        Error::new(ErrorKind::Limit, fact).advice("make a smaller picture")
    })?;
    let mut drawn = Raster::filled(whole, theme.sheet());
    put(&mut drawn, picture, (0, 0), |above, _| above);
    put(&mut drawn, what, (left, top), blend);
    Ok(drawn)
}

fn put(
    on: &mut Raster,
    what: &Raster,
    (left, top): (usize, usize),
    mix: impl Fn([u8; 4], [u8; 4]) -> [u8; 4],
) {
    let across = on.size().width();
    let rows = on.pixels_mut().chunks_mut(across).skip(top);
    for (below, above) in rows.zip(what.pixels().chunks(what.size().width())) {
        for (below, above) in below.iter_mut().skip(left).zip(above) {
            *below = mix(*above, *below);
        }
    }
}
