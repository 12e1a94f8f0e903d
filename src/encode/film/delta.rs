//! Delta of two frames: the smallest rectangle outside of which it equals the one before.

use std::borrow::Cow;

use crate::raster::Raster;
use crate::raster::Size;

/// A rectangle of pixels, with at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Pixels to the left of it.
    pub left: usize,
    /// Pixels above it.
    pub top: usize,
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
}

impl Region {
    fn all(size: Size) -> Self {
        Self {
            left: 0,
            top: 0,
            width: size.width(),
            height: size.height(),
        }
    }

    /// Where two pictures of a size differ; a single pixel when they do not.
    fn of_change(last: &Raster, next: &Raster) -> Self {
        let width = next.size().width();
        let rows = || {
            next.pixels()
                .chunks_exact(width)
                .zip(last.pixels().chunks_exact(width))
        };
        let differs = |(a, b)| a != b;
        let Some(top) = rows().position(differs) else {
            return Self {
                left: 0,
                top: 0,
                width: 1,
                height: 1,
            };
        };
        let height = rows()
            .rposition(differs)
            .map_or(1, |bottom| bottom + 1 - top);
        let (mut left, mut right) = (width, 0);
        for (a, b) in rows().skip(top).take(height) {
            let same = |x: &usize| a[*x] == b[*x];
            left = (0..left).find(|x| !same(x)).unwrap_or(left);
            right = (right..width).rfind(|x| !same(x)).map_or(right, |x| x + 1);
        }
        Self {
            left,
            top,
            width: right - left,
            height,
        }
    }

    /// The same or one pixel more to the left and above, so that it begins at even numbers.
    fn even(self) -> Self {
        let (left, top) = (self.left & !1, self.top & !1);
        Self {
            left,
            top,
            width: self.width + self.left - left,
            height: self.height + self.top - top,
        }
    }
}

/// The part of a frame that is new.
#[derive(Clone, Copy)]
pub struct Delta<'a> {
    /// Where it is.
    pub area: Region,
    next: &'a Raster,
    last: Option<&'a Raster>,
}

impl<'a> Delta<'a> {
    /// What is new since the last frame of the same size, if there was one.
    pub fn new(next: &'a Raster, last: Option<&'a Raster>) -> Self {
        let area = last.map_or(Region::all(next.size()), |last| {
            Region::of_change(last, next)
        });
        Self { area, next, last }
    }

    /// The same, at an even place.
    pub fn even(self) -> Self {
        Self {
            area: self.area.even(),
            ..self
        }
    }

    /// The pixels of the area as bytes.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        if self.area.width == self.next.size().width() {
            let row = self.area.width * 4;
            return Cow::Borrowed(
                &self.next.as_bytes()[self.area.top * row..][..self.area.height * row],
            );
        }
        Cow::Owned(
            self.rows(self.next)
                .flat_map(<[[u8; 4]]>::as_flattened)
                .copied()
                .collect(),
        )
    }

    /// The pixels of the area as bytes that are laid over the last frame, instead of replacing it:
    /// nothing where nothing changed, which compresses best. `None` for a first frame, and when a
    /// pixel there was not opaque or is not: readers round when they blend such pixels.
    pub fn overlay(&self) -> Option<Vec<u8>> {
        let last = self.last?;
        let mut bytes = Vec::with_capacity(self.area.width * self.area.height * 4);
        for (next, last) in self
            .rows(self.next)
            .flatten()
            .zip(self.rows(last).flatten())
        {
            if next[3] & last[3] != u8::MAX {
                return None;
            }
            bytes.extend(if next == last { &[0; 4] } else { next });
        }
        Some(bytes)
    }

    /// The colours of the area's pixels without their alpha; `None` where they are as they were.
    pub fn changes(&self) -> impl Iterator<Item = Option<[u8; 3]>> + Clone {
        let last = self.last.unwrap_or(self.next);
        let first = self.last.is_none();
        self.rows(self.next)
            .zip(self.rows(last))
            .flat_map(move |(next, last)| {
                next.iter().zip(last).map(move |(next, last)| {
                    let [r, g, b, _] = *next;
                    (first || next != last).then_some([r, g, b])
                })
            })
    }

    fn rows(&self, raster: &'a Raster) -> impl Iterator<Item = &'a [[u8; 4]]> + Clone + use<'a> {
        let Region {
            left,
            top,
            width,
            height,
        } = self.area;
        raster
            .pixels()
            .chunks_exact(raster.size().width())
            .skip(top)
            .take(height)
            .map(move |row| &row[left..][..width])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_as_small_as_can_be() {
        let size = Size::new(7, 5).unwrap();
        let last = Raster::new(size, vec![[1, 2, 3, 255]; size.pixels()]).unwrap();
        for (dots, area) in [
            (&[][..], (0, 0, 1, 1)),
            (&[(3, 2)], (3, 2, 1, 1)),
            (&[(0, 0), (6, 4)], (0, 0, 7, 5)),
            (&[(5, 1), (1, 3), (2, 2)], (1, 1, 5, 3)),
            (&[(1, 1), (4, 3)], (1, 1, 4, 3)),
        ] {
            let next = dotted(&last, dots, [9, 9, 9, 255]);
            let patch = Delta::new(&next, Some(&last));
            let (left, top, width, height) = area;
            assert_eq!(
                patch.area,
                Region {
                    left,
                    top,
                    width,
                    height
                },
                "{dots:?}"
            );
            let dots_in = |bytes: &[u8]| {
                bytes
                    .chunks(4)
                    .filter(|pixel| *pixel == [9, 9, 9, 255])
                    .count()
            };
            assert_eq!(dots_in(&patch.bytes()), dots.len(), "{dots:?}");
            let overlay = patch.overlay().unwrap();
            assert_eq!(
                (dots_in(&overlay), overlay.len()),
                (dots.len(), width * height * 4),
                "{dots:?}"
            );
            assert_eq!(
                overlay.chunks(4).filter(|pixel| *pixel == [0; 4]).count(),
                width * height - dots.len()
            );
            assert_eq!(patch.changes().flatten().count(), dots.len(), "{dots:?}");
        }
    }

    #[test]
    fn only_opaque_pixels_are_laid_over_opaque_ones() {
        let opaque = Raster::new(Size::new(7, 5).unwrap(), vec![[1, 2, 3, 255]; 35]).unwrap();
        let half = dotted(&opaque, &[(2, 2)], [1, 2, 3, 128]);
        let other = dotted(&opaque, &[(2, 2)], [9, 2, 3, 255]);
        let overlay = |next, last| Delta::new(next, last).overlay();
        assert_eq!(overlay(&opaque, None), None);
        assert_eq!(overlay(&half, Some(&opaque)), None);
        assert_eq!(overlay(&opaque, Some(&half)), None);
        assert_eq!(overlay(&other, Some(&opaque)), Some(vec![9, 2, 3, 255]));
    }

    fn dotted(raster: &Raster, dots: &[(usize, usize)], color: [u8; 4]) -> Raster {
        let mut dotted = raster.clone();
        for (x, y) in dots {
            dotted.pixels_mut()[y * 7 + x] = color;
        }
        dotted
    }
}
