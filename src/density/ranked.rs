//! Points of many weights, where only the largest heats of a pixel matter.
//!
//! For decay d < 1 a pixel's heats beyond the first few hundred are negligible (the first one alone counts for d = 0). Cells
//! are taken from the nearest to the farthest, and in each the heaviest points first, so that most of them need not be looked at:
//! what is cooler than the last heat that matters ends its cell.

use rayon::prelude::*;

use super::blend::{decaying, rank, terms, unrank};
use super::cells::{Cells, Piles, zeros};
use super::grid::{Grid, stored};
use super::kernel::Falloff;
use super::point::{Offset, offsets};
use crate::error::Result;

/// Spreads points of any weight, and blends the largest heats of every pixel with a decay below 1.
pub(super) fn largest(cells: &Cells, falloff: Falloff, decay: f64) -> Result<Grid> {
    let (size, frame) = (cells.frame.picture, cells.frame);
    let (piles, offsets) = (cells.piles(), offsets(falloff, frame.reach));
    let mut heat = zeros(size.pixels(), size)?;
    heat.par_chunks_mut(size.width()).enumerate().for_each(|(y, row)| {
        let mut top = Top::new(decay);
        for (x, pixel) in row.iter_mut().enumerate() {
            // Offsets count from the corner of the kernel, which the frame adds to the picture.
            top.collect(&piles, &offsets, |offset| (y + offset.y) * frame.width() + x + offset.x);
            *pixel = stored(top.blend());
        }
    });
    Ok(Grid::new(size, heat))
}

/// The largest heats of a pixel.
struct Top {
    decay: f64,
    /// How many heats matter.
    terms: usize,
    /// Rank and count of each heat, packed so that integers order them.
    heats: Vec<u64>,
    /// The rank below which heats matter no more.
    floor: u32,
}

impl Top {
    fn new(decay: f64) -> Self {
        Self { decay, terms: terms(decay), heats: Vec::new(), floor: 0 }
    }

    fn collect(&mut self, piles: &Piles, offsets: &[Offset], cell: impl Fn(&Offset) -> usize) {
        for offset in offsets {
            for load in piles.of(cell(offset)) {
                let rank = rank(stored(f64::from(load.weight) * offset.heat));
                if rank < self.floor {
                    break;
                }
                self.heats.push(u64::from(rank) << 32 | u64::from(load.count));
            }
            if self.heats.len() > 2 * self.terms + 64 {
                self.thin();
            }
        }
    }

    /// Leaves out what does not matter, whatever else may come.
    fn thin(&mut self) {
        let (_, last, _) = self.heats.select_nth_unstable_by(self.terms - 1, |a, b| b.cmp(a));
        self.floor = (*last >> 32) as u32;
        self.heats.truncate(self.terms);
    }

    /// The blend of what was collected, which is then forgotten.
    fn blend(&mut self) -> f64 {
        self.heats.sort_unstable_by(|a, b| b.cmp(a));
        let heats = self.heats.iter().map(|&heat| (unrank((heat >> 32) as u32), heat as u32));
        let blend = decaying(heats, self.decay);
        self.heats.clear();
        self.floor = 0;
        blend
    }
}
