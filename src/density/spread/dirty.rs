//! Dirty regions: the parts of a picture that have to be heated again because their cells have
//! changed.

use crate::raster::Size;

/// The side in pixels of the squares that become dirty together.
const SIDE: usize = 32;

/// Dirty parts of a picture.
#[derive(Clone, Debug)]
pub(in crate::density) enum Dirty {
    /// All of it, which has had no heat so far.
    Unheated,
    /// All of it.
    Whole,
    /// Some squares of it.
    Squares {
        columns: usize,
        /// Row by row.
        squares: Vec<bool>,
    },
}

impl Dirty {
    /// Nothing of a picture.
    pub(in crate::density) fn nothing(size: Size) -> Self {
        let (columns, rows) = (size.width().div_ceil(SIDE), size.height().div_ceil(SIDE));
        Self::Squares {
            columns,
            squares: vec![false; columns * rows],
        }
    }

    /// Marks a rectangle, both ends included; it may lie outside of the picture.
    pub(in crate::density) fn mark(
        &mut self,
        (left, right): (f64, f64),
        (top, bottom): (f64, f64),
    ) {
        let Self::Squares { columns, squares } = self else {
            return;
        };
        let rows = squares.len() / *columns;
        let across = squares_between(left, right, *columns);
        for row in squares_between(top, bottom, rows) {
            squares[row * *columns..][across.clone()].fill(true);
        }
    }

    /// Whether anything of a rectangle is dirty; it begins in the picture and may go on beyond it.
    pub(in crate::density) fn touches(
        &self,
        (left, width): (usize, usize),
        (top, height): (usize, usize),
    ) -> bool {
        let Self::Squares { columns, squares } = self else {
            return true;
        };
        let across = left / SIDE..(left + width).div_ceil(SIDE).min(*columns);
        let rows = squares
            .chunks(*columns)
            .take((top + height).div_ceil(SIDE))
            .skip(top / SIDE);
        rows.into_iter()
            .any(|row| row[across.clone()].contains(&true))
    }
}

/// The squares, of so many along one side of the picture, that hold the pixels between two places.
fn squares_between(from: f64, to: f64, squares: usize) -> std::ops::Range<usize> {
    if to < 0.0 {
        return 0..0;
    }
    let end = (to as usize / SIDE + 1).min(squares);
    (from.max(0.0) as usize / SIDE).min(end)..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spoiled_is_stale_and_nothing_else() {
        let mut dirty = Dirty::nothing(Size::new(100, 70).unwrap());
        assert!(!dirty.touches((0, 100), (0, 70)));
        dirty.mark((31.0, 33.0), (64.5, 900.0));
        assert!(dirty.touches((0, 32), (64, 6)) && dirty.touches((63, 30), (60, 5)));
        assert!(!dirty.touches((0, 100), (0, 64)) && !dirty.touches((64, 36), (0, 70)));
        assert!(!dirty.touches((0, 100), (32, 32)));
        dirty.mark((-50.0, -1.0), (0.0, 9.0));
        dirty.mark((200.0, 300.0), (0.0, 9.0));
        assert!(!dirty.touches((0, 100), (0, 64)));
        assert!(Dirty::Whole.touches((5, 1), (5, 1)));
    }
}
