//! Line segments in pixels: which pixels they reach, and how far those are.
//!
//! A pixel's distance is measured from the integer point it is named after, as heatmap.py does.

use crate::geo::Pixels;
use crate::raster::Size;

/// Pixels of a row whose distances are measured together.
pub(in crate::density) const LANES: usize = 4;

/// One straight piece of a line, in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// One end.
    pub from: Pixels,
    /// The other end.
    pub to: Pixels,
    /// How hot it is; finite.
    pub weight: f32,
    /// The number of the track that it is a piece of, as the binner counts them from 1; 0 when it
    /// is a track of its own.
    pub track: u32,
}

impl Segment {
    /// Whether its bounding box comes near enough to the picture to heat it.
    pub(in crate::density) fn nears(&self, picture: Size, radius: f64) -> bool {
        let near = |a: f64, b: f64, side: usize| {
            let (first, last) = sorted(a, b);
            first < side as f64 + radius && last > -radius
        };
        near(self.from.x, self.to.x, picture.width())
            && near(self.from.y, self.to.y, picture.height())
    }

    /// The square of the distance to a pixel. The same to the last bit for the reversed segment.
    pub(in crate::density) fn distance_squared(&self, x: f64, y: f64) -> f64 {
        let ((a, b), mut square) = (self.in_order(), [0.0]);
        each_square(a, b, Pixels { x, y }, &mut square, |_, square| square);
        square[0]
    }

    /// The squares of the distances to a rectangle of pixels from its upper left corner on, row by
    /// row: so many of each row, a whole number of [`LANES`].
    pub(in crate::density) fn squares_within(
        &self,
        corner: Pixels,
        columns: usize,
        squares: &mut [f64],
    ) {
        let (a, b) = self.in_order();
        within(a, b, corner, columns, squares);
    }

    /// The same of a rectangle of pixels, where they are less than the squares that are known: so
    /// many of every row of so many that there are, a whole number of [`LANES`].
    pub(in crate::density) fn nearest_squared(
        &self,
        corner: Pixels,
        (columns, width): (usize, usize),
        squares: &mut [f64],
    ) {
        let (a, b) = self.in_order();
        nearer_within(a, b, corner, (columns, width), squares);
    }

    /// What its distances are measured with; the same for the reversed segment.
    pub(in crate::density) fn ruler(&self) -> Ruler {
        let (a, b) = self.in_order();
        Ruler::new(a, b)
    }

    /// Half-way between its ends.
    pub(in crate::density) fn middle(&self) -> Pixels {
        Pixels {
            x: f64::midpoint(self.from.x, self.to.x),
            y: f64::midpoint(self.from.y, self.to.y),
        }
    }

    /// Its beginning, direction and length; the same for the reversed segment.
    pub(in crate::density) fn line(&self) -> Line {
        let (a, b) = self.in_order();
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let length = dx.hypot(dy);
        let divisor = if length > 0.0 { length } else { 1.0 };
        Line {
            from: a,
            along: (dx / divisor, dy / divisor),
            length,
        }
    }

    /// The rows it reaches, with their ends.
    pub(in crate::density) fn rows(&self, radius: f64) -> (f64, f64) {
        let (upper, lower) = sorted(self.from.y, self.to.y);
        (upper - radius, lower + radius)
    }

    /// From where to where it reaches across.
    pub(in crate::density) fn sides(&self, radius: f64) -> (f64, f64) {
        let (left, right) = sorted(self.from.x, self.to.x);
        (left - radius, right + radius)
    }

    /// From where to where it reaches between two rows: never too little, and no more than the
    /// radius too much.
    pub(in crate::density) fn columns(
        &self,
        top: f64,
        bottom: f64,
        radius: f64,
    ) -> Option<(f64, f64)> {
        let (from, to) = self.rows(radius);
        if from > bottom || to < top {
            return None;
        }
        // The heat of a row comes from the part of the segment that is no more than the radius
        // above or below.
        let (a, b) = (self.at_row(top - radius), self.at_row(bottom + radius));
        Some((a.min(b) - radius, a.max(b) + radius))
    }

    /// Where it crosses a row; its nearest end if it does not.
    fn at_row(&self, y: f64) -> f64 {
        let (upper, lower) = if self.from.y <= self.to.y {
            (self.from, self.to)
        } else {
            (self.to, self.from)
        };
        if y <= upper.y {
            self.flat().map_or(upper.x, |(left, _)| left)
        } else if y >= lower.y {
            self.flat().map_or(lower.x, |(_, right)| right)
        } else {
            upper.x + (y - upper.y) / (lower.y - upper.y) * (lower.x - upper.x)
        }
    }

    /// The ends of a segment along a row, which has no upper and lower one.
    fn flat(&self) -> Option<(f64, f64)> {
        (self.from.y.to_bits() == self.to.y.to_bits())
            .then(|| (self.from.x.min(self.to.x), self.from.x.max(self.to.x)))
    }

    /// Its ends, the same of the reversed segment.
    pub(in crate::density) fn in_order(&self) -> (Pixels, Pixels) {
        let key = |p: Pixels| (p.x, p.y);
        if key(self.from) <= key(self.to) {
            (self.from, self.to)
        } else {
            (self.to, self.from)
        }
    }
}

/// The lesser of two places and the greater one. Neither is NaN, so that each is one instruction.
fn sorted(a: f64, b: f64) -> (f64, f64) {
    (if b < a { b } else { a }, if b > a { b } else { a })
}

/// A segment as a stretch of a straight line, in pixels.
#[derive(Clone, Copy, Debug)]
pub(in crate::density) struct Line {
    pub(in crate::density) from: Pixels,
    /// The direction, of length 1; (0, 0) of a line that has none.
    pub(in crate::density) along: (f64, f64),
    pub(in crate::density) length: f64,
}

/// Compiled like the sweeps of points. Pieces of tracks are many and short: one call for all rows of
/// a piece, and lanes without a rest, take a quarter of the time of a call for each row.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn within(a: Pixels, b: Pixels, corner: Pixels, columns: usize, squares: &mut [f64]) {
    each_within(a, b, corner, (columns, columns), squares, |_, square| {
        square
    });
}

/// The lesser of each of these squares and of one that is known.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn nearer_within(
    a: Pixels,
    b: Pixels,
    corner: Pixels,
    lengths: (usize, usize),
    squares: &mut [f64],
) {
    // Not by a comparison, which becomes a store of some lanes alone: that takes longer than all the
    // rest.
    each_within(a, b, corner, lengths, squares, f64::min);
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled with the instructions of whoever calls it"
)]
fn each_within(
    a: Pixels,
    b: Pixels,
    corner: Pixels,
    (columns, width): (usize, usize),
    squares: &mut [f64],
    take: impl Fn(f64, f64) -> f64,
) {
    for (row, down) in squares.chunks_mut(width).zip(0_i32..) {
        let (lanes, _) = row[..columns].as_chunks_mut::<LANES>();
        let mut first = Pixels {
            x: corner.x,
            y: corner.y + f64::from(down),
        };
        for lanes in lanes {
            each_square(a, b, first, lanes, &take);
            first.x += LANES as f64;
        }
    }
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled with the instructions of whoever calls it"
)]
fn each_square(
    a: Pixels,
    b: Pixels,
    first: Pixels,
    squares: &mut [f64],
    take: impl Fn(f64, f64) -> f64,
) {
    let ruler = Ruler::new(a, b);
    for (square, column) in squares.iter_mut().zip(0_i32..) {
        *square = take(*square, ruler.square(first.x + f64::from(column), first.y));
    }
}

/// What distances to a segment are measured with.
#[derive(Clone, Copy, Debug)]
pub(in crate::density) struct Ruler {
    from: Pixels,
    across: f64,
    down: f64,
    /// One divided by the square of the length.
    inverse: f64,
}

impl Ruler {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is compiled with the instructions of whoever calls it"
    )]
    fn new(from: Pixels, to: Pixels) -> Self {
        let (across, down) = (to.x - from.x, to.y - from.y);
        let length_squared = across * across + down * down;
        Self {
            from,
            across,
            down,
            // Without a length all products are zero, whatever they are multiplied by. One division
            // for all pixels: each takes as long as all the rest of one.
            inverse: if length_squared >= f64::MIN_POSITIVE {
                1.0 / length_squared
            } else {
                0.0
            },
        }
    }

    /// The square of the distance of a pixel.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is compiled with the instructions of whoever calls it"
    )]
    pub(in crate::density) fn square(&self, x: f64, y: f64) -> f64 {
        let Self {
            from,
            across,
            down,
            inverse,
        } = *self;
        let along = (((x - from.x) * across + (y - from.y) * down) * inverse).clamp(0.0, 1.0);
        let (ex, ey) = (from.x + along * across - x, from.y + along * down - y);
        ex * ex + ey * ey
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(ax: f64, ay: f64, bx: f64, by: f64) -> Segment {
        Segment {
            from: Pixels { x: ax, y: ay },
            to: Pixels { x: bx, y: by },
            weight: 1.0,
            track: 0,
        }
    }

    #[test]
    fn distances_to_the_line_and_to_the_ends() {
        let slope = segment(0.0, 0.0, 6.0, 8.0);
        for (x, y, expected) in [
            (3.0, 4.0, 0.0),
            (-3.0, -4.0, 25.0),
            (6.0, 9.0, 1.0),
            (7.0, 1.0, 25.0),
            (-4.0, 3.0, 25.0),
        ] {
            assert!(
                (slope.distance_squared(x, y) - expected).abs() < 1e-9,
                "{x} {y}"
            );
        }
        assert_eq!(segment(2.0, 2.0, 2.0, 2.0).distance_squared(5.0, 6.0), 25.0);
    }

    #[test]
    fn a_segment_without_a_length_has_no_direction() {
        let line = |bx| segment(2.0, 2.0, bx, 2.0).line();
        assert_eq!((line(2.0).along, line(2.0).length), ((0.0, 0.0), 0.0));
        assert_eq!((line(6.0).along, line(6.0).length), ((1.0, 0.0), 4.0));
    }

    proptest! {
        #[test]
        fn a_reversed_segment_is_equal(a in -9.0..9.0, b in -9.0..9.0, c in -9.0..9.0, d in -9.0..9.0, x in -9.0..9.0) {
            let (there, back) = (segment(a, b, c, d), segment(c, d, a, b));
            prop_assert_eq!(there.distance_squared(x, 1.0).to_bits(), back.distance_squared(x, 1.0).to_bits());
        }

        #[test]
        fn no_pixel_within_the_radius_is_left_out(
            (ax, ay, bx, by) in (-9.0..9.0, -9..9, -9.0..9.0, -9..9), x in -15..15, top in -15..15, rows in 0..4, r in 0.5..6.0,
        ) {
            let segment = segment(ax, f64::from(ay), bx, f64::from(by));
            let columns = segment.columns(f64::from(top), f64::from(top + rows), r);
            for y in top..=top + rows {
                if segment.distance_squared(f64::from(x), f64::from(y)) < r * r {
                    let (from, to) = columns.expect("a near pixel has a row");
                    prop_assert!(from <= f64::from(x) && f64::from(x) <= to);
                }
            }
        }
    }
}
