//! Heat grid: one number for every pixel of a picture, which is all that the rest of the program
//! works on.

use std::borrow::Cow;

use rayon::prelude::*;

use super::memory::stored;
use crate::error::Result;
use crate::raster::memory::zeros;
use crate::raster::{Mask, Size};

/// Heat by pixel, an array of height × width in rows from the top. Always finite; what nothing
/// reaches is 0.
///
/// Of a surface it is a value that was measured, of which 0 is one as good as others: then another
/// array says how well each is supported, and what nothing supports is no value.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    size: Size,
    heat: Vec<f32>,
    support: Option<Vec<f32>>,
}

impl Grid {
    /// A grid without heat.
    ///
    /// # Errors
    /// When there is not enough memory for it.
    pub fn cold(size: Size) -> Result<Self> {
        Ok(Self {
            size,
            heat: zeros(size.pixels(), size)?,
            support: None,
        })
    }

    /// All heats, to be changed.
    pub(crate) fn heat_mut(&mut self) -> &mut [f32] {
        &mut self.heat
    }

    /// Adds the heat of another grid of the same size.
    pub(crate) fn plus(&mut self, other: &Self) {
        let sum = |a: f32, b: f32| stored(f64::from(a) + f64::from(b));
        self.heat
            .iter_mut()
            .zip(&other.heat)
            .for_each(|(heat, &more)| *heat = sum(*heat, more));
    }

    /// Takes over the heat of a grid of the same size, multiplied by a factor.
    pub(super) fn copy_scaled(&mut self, other: &Self, factor: f32) {
        for (heat, &whole) in self.heat.iter_mut().zip(&other.heat) {
            *heat = stored(f64::from(whole) * f64::from(factor));
        }
    }

    /// Takes away what is in pixels of which a mask of its size has nothing.
    pub fn cut(&mut self, mask: &Mask) {
        let cut = |numbers: &mut [f32]| {
            let numbers = numbers.par_iter_mut().zip(mask.coverage());
            let gone = numbers.filter(|(number, part)| **part == 0 && **number != 0.0);
            gone.for_each(|(number, _)| *number = 0.0);
        };
        cut(&mut self.heat);
        self.support.as_deref_mut().into_iter().for_each(cut);
    }

    /// Takes away the heat of another grid of the same size.
    pub fn minus(&mut self, other: &Self) {
        let pairs = self.heat.par_iter_mut().zip(&other.heat);
        pairs.for_each(|(heat, &less)| *heat = stored(f64::from(*heat) - f64::from(less)));
    }

    /// Divides by the heat of another grid of the same size, where what is less than a floor above
    /// 0 counts as that. Where neither has any heat there is no ratio: it stays 0, and nowhere else
    /// is one.
    pub fn divide(&mut self, other: &Self, floor: f32) {
        let pairs = self.heat.par_iter_mut().zip(&other.heat);
        pairs.for_each(|(heat, &below)| {
            if *heat != 0.0 || below != 0.0 {
                let ratio = f64::from(heat.max(floor)) / f64::from(below.max(floor));
                *heat = stored(ratio).max(f32::MIN_POSITIVE);
            }
        });
    }

    /// Its size in pixels.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// How much memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let support = self.support.as_deref().unwrap_or_default();
        size_of_val(&*self.heat) + size_of_val(support)
    }

    /// Row by row, from the top left corner.
    #[must_use]
    pub fn heat(&self) -> &[f32] {
        &self.heat
    }

    /// How well the value of each pixel of a surface is supported: the sum of the kernels there, 0
    /// where there is no value. `None` of heat.
    #[must_use]
    pub fn support(&self) -> Option<&[f32]> {
        self.support.as_deref()
    }

    /// The values of a surface, which the heats of another grid support.
    pub(super) fn supported(self, support: Self) -> Self {
        Self {
            support: Some(support.heat),
            ..self
        }
    }

    /// The heats or values, with another number where a surface has no value.
    #[must_use]
    pub fn numbers(&self, no_value: f32) -> Cow<'_, [f32]> {
        let Some(support) = &self.support else {
            return Cow::Borrowed(&self.heat);
        };
        let number =
            |(&value, &support): (&f32, &f32)| if support > 0.0 { value } else { no_value };
        Cow::Owned(self.heat.iter().zip(support).map(number).collect())
    }

    /// The least heat of anything that is not 0, and the most; of a surface, of all its values.
    #[must_use]
    pub fn extremes(&self) -> Option<(f32, f32)> {
        let both = |a: (f32, f32), b: (f32, f32)| (a.0.min(b.0), a.1.max(b.1));
        let heats = self.heat.par_iter();
        let Some(support) = &self.support else {
            let some = heats.filter(|&&heat| heat != 0.0);
            return some.map(|&heat| (heat, heat)).reduce_with(both);
        };
        let some = heats.zip(support).filter(|(_, support)| **support > 0.0);
        some.map(|(&value, _)| (value, value)).reduce_with(both)
    }

    /// The largest heat; 0 when there is none. Of a surface, its largest value.
    #[must_use]
    pub fn maximum(&self) -> f32 {
        if self.support.is_some() {
            return self.extremes().map_or(0.0, |(_, most)| most);
        }
        Self::ends(&self.heat).1
    }

    /// The least and the most of some heats and of 0. In lanes, and without a look at what is no
    /// number, of which there is none: one after the other they take as long as heating a tile that
    /// has little on it.
    #[must_use]
    pub fn ends(heats: &[f32]) -> (f32, f32) {
        const LANES: usize = 16;
        let (mut least, mut most) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        let (lanes, rest) = heats.as_chunks::<LANES>();
        for heats in lanes {
            for (lane, &heat) in heats.iter().enumerate() {
                least[lane] = if heat < least[lane] {
                    heat
                } else {
                    least[lane]
                };
                most[lane] = if heat > most[lane] { heat } else { most[lane] };
            }
        }
        let ends = |(low, high): (f32, f32), &heat: &f32| (low.min(heat), high.max(heat));
        least.iter().chain(&most).chain(rest).fold((0.0, 0.0), ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(heats: &[f32]) -> Grid {
        let mut grid = Grid::cold(Size::new(heats.len() as u32, 1).unwrap()).unwrap();
        grid.heat_mut().copy_from_slice(heats);
        grid
    }

    #[test]
    fn ends_are_found_in_every_lane_and_behind_the_last_one() {
        for at in 0..37 {
            let mut heats = [0.0; 37];
            heats[at] = -2.0;
            heats[(at + 16) % 37] = -1.0;
            assert_eq!(Grid::ends(&heats), (-2.0, 0.0), "{at}");
            heats[(at + 1) % 37] = 2.0;
            heats[(at + 17) % 37] = 3.0;
            assert_eq!(Grid::ends(&heats), (-2.0, 3.0), "{at}");
        }
        assert_eq!(Grid::ends(&[5.0; 37]), (0.0, 5.0));
        assert_eq!(Grid::ends(&[-5.0; 37]), (-5.0, 0.0));
    }

    #[test]
    fn extremes_are_of_what_is_not_zero_and_of_every_value_of_a_surface() {
        let heats = grid(&[0.0, 3.0, 1.0, 0.0, 2.0]);
        assert_eq!(heats.extremes(), Some((1.0, 3.0)));
        assert_eq!(*heats.numbers(-9.0), *heats.heat());
        let values = heats.supported(grid(&[0.5, 0.0, 1.0, 0.0, 1.0]));
        assert_eq!(values.extremes(), Some((0.0, 2.0)));
        assert_eq!(*values.numbers(-9.0), [0.0, -9.0, 1.0, -9.0, 2.0]);
    }

    #[test]
    fn a_ratio_is_where_either_has_heat_and_what_is_below_the_floor_counts_as_that() {
        let mut ratio = grid(&[0.0, 6.0, 6.0, 0.0, 0.25, -1.0]);
        ratio.divide(&grid(&[0.0, 2.0, 0.0, 4.0, 0.25, 4.0]), 0.5);
        assert_eq!(*ratio.heat(), [0.0, 3.0, 12.0, 0.125, 1.0, 0.125]);
        let mut tiny = grid(&[0.0]);
        tiny.divide(&grid(&[f32::MAX]), f32::MIN_POSITIVE);
        assert_eq!(*tiny.heat(), [f32::MIN_POSITIVE]);
    }

    #[test]
    fn less_is_taken_away_and_may_be_more_than_there_was() {
        let mut difference = grid(&[5.0, 1.0, 0.0, f32::MIN]);
        difference.minus(&grid(&[2.0, 3.0, 0.0, f32::MAX]));
        assert_eq!(*difference.heat(), [3.0, -2.0, 0.0, f32::MIN]);
    }

    #[test]
    fn what_a_mask_has_nothing_of_is_no_heat_and_no_value() {
        // Of the second pixel there is a half, of the third nothing.
        let corners = [[0.0, 0.0], [1.5, 0.0], [1.5, 1.0], [0.0, 1.0]];
        let size = Size::new(3, 1).unwrap();
        let mask = Mask::of(&[vec![corners.to_vec()]], size).unwrap();
        let mut surface = grid(&[7.0, 8.0, 9.0]).supported(grid(&[1.0, 2.0, 3.0]));
        surface.cut(&mask);
        assert_eq!(*surface.heat(), [7.0, 8.0, 0.0]);
        assert_eq!(surface.support(), Some(&[1.0, 2.0, 0.0][..]));
        assert_eq!((surface.bytes(), grid(&[1.0; 3]).bytes()), (24, 12));
    }
}
