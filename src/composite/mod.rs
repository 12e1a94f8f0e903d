//! Compositing: a picture laid over a background, with words and a legend put on it.
//!
//! Knows the raster, the background, how maps are got and what colours stand for; nothing of heat
//! itself or files that are written.

#[cfg(feature = "text")]
mod annotate;
mod background;
#[cfg(feature = "text")]
mod legend;
#[cfg(feature = "text")]
mod text;
#[cfg(feature = "text")]
mod theme;

#[cfg(feature = "text")]
pub use self::annotate::{Annotator, Corner, Side, strip, with_strip};
pub use self::background::{Adjust, Background, BackgroundOptions, Light};
#[cfg(feature = "text")]
pub use self::legend::{Ground, Legend, Swatches};
#[cfg(feature = "text")]
pub use self::text::{fonts, missing};
#[cfg(feature = "text")]
pub use self::theme::Theme;

use rayon::prelude::*;

use crate::raster::Raster;

/// Lays a picture over a background, which covers the whole of it or lies in its top left corner.
pub fn over(picture: &mut Raster, background: &Background) {
    if background.is_nothing() {
        return;
    }
    let width = picture.size().width();
    picture
        .pixels_mut()
        .par_chunks_mut(width)
        .enumerate()
        .for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = background.under(*pixel, x, y);
            }
        });
}

/// One straight colour over another (Porter and Duff, Compositing Digital Images, 1984: A over B).
fn blend(above: [u8; 4], below: [u8; 4]) -> [u8; 4] {
    match (above[3], below[3]) {
        (255, _) | (_, 0) => return above,
        (0, _) => return below,
        _ => {}
    }
    let (a, b) = (
        u32::from(above[3]) * 255,
        u32::from(below[3]) * (255 - u32::from(above[3])),
    );
    let whole = a + b;
    let mix =
        |i: usize| ((u32::from(above[i]) * a + u32::from(below[i]) * b + whole / 2) / whole) as u8;
    [mix(0), mix(1), mix(2), ((whole + 127) / 255) as u8]
}

/// One straight colour over another, its alpha mixed like a channel of colour: half of it over
/// something opaque is half transparent.
fn mix(above: [u8; 4], below: [u8; 4]) -> [u8; 4] {
    let share = u32::from(above[3]);
    let mix = |i: usize| {
        ((u32::from(above[i]) * share + u32::from(below[i]) * (255 - share) + 127) / 255) as u8
    };
    [mix(0), mix(1), mix(2), mix(3)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_decides_what_is_seen() {
        let (red, blue, none) = ([255, 0, 0, 255], [0, 0, 255, 255], [9, 9, 9, 0]);
        assert_eq!(blend(red, blue), red);
        assert_eq!(blend(none, blue), blue);
        assert_eq!(blend([255, 0, 0, 51], blue), [51, 0, 204, 255]);
        assert_eq!(blend([255, 0, 0, 128], [255, 0, 0, 128]), [255, 0, 0, 192]);
        assert_eq!(blend([1, 2, 3, 77], none), [1, 2, 3, 77]);
    }
}
