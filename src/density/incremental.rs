//! Incremental heating for animations: from frame to frame only the dirty squares of a picture are
//! heated again.

use std::sync::Arc;

use super::collect::binner::{Binned, Binner};
use super::collect::cells::Cells;
use super::grid::Grid;
use super::spread::dirty::Dirty;
use super::{HeatOptions, Way};
use crate::error::Result;

/// Cells of a picture that moves, and their heat in every way that is wanted.
pub struct IncrementalHeat {
    cells: Cells,
    layers: Vec<Layer>,
    dirty: Dirty,
    /// By what share of itself a weight was off in any frame.
    rounding: f64,
}

/// The heat of the cells, spread in one way.
struct Layer {
    options: HeatOptions,
    grid: Grid,
    /// The grid with less heat, once somebody has asked for it.
    scaled: Option<Grid>,
    /// How the last frame was heated, and how many binary digits its weights had lost.
    last: Option<(Way, u32)>,
}

impl IncrementalHeat {
    /// A picture without heat, which is spread in one way or in several. The binner was made for
    /// the one that goes farthest.
    ///
    /// # Errors
    /// When there is not enough memory for it.
    pub fn new(binner: &Arc<Binner>, ways: &[HeatOptions]) -> Result<Self> {
        let layer = |options: &HeatOptions| {
            Ok(Layer {
                options: *options,
                grid: Grid::cold(binner.view().size())?,
                scaled: None,
                last: None,
            })
        };
        Ok(Self {
            cells: Cells::of(binner.clone(), memory(ways))?,
            layers: ways.iter().map(layer).collect::<Result<_>>()?,
            dirty: Dirty::Unheated,
            rounding: 0.0,
        })
    }

    /// Adds heat.
    pub fn add(&mut self, binned: Binned) {
        self.mark(&binned);
        self.keep(binned);
    }

    /// Takes all heat away, to begin again with what is to [`keep`](Self::keep) and to
    /// [`add`](Self::add). What does not come again is to be told with [`mark`](Self::mark).
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn clear(&mut self) -> Result<()> {
        let memory = memory(self.layers.iter().map(|layer| &layer.options));
        self.cells = Cells::of(self.cells.binner().clone(), memory)?;
        Ok(())
    }

    /// Adds heat that was there in the last frame.
    pub fn keep(&self, binned: Binned) {
        self.cells.put(binned);
    }

    /// Heat that was there in the last frame is not any more.
    pub fn mark(&mut self, binned: &Binned) {
        binned.mark(
            &mut self.dirty,
            self.cells.frame,
            self.cells.binner().radius,
        );
    }

    /// All heat is another than in the last frame.
    pub fn mark_all(&mut self) {
        if !matches!(self.dirty, Dirty::Unheated) {
            self.dirty = Dirty::Whole;
        }
    }

    /// The largest share of itself by which a weight was off so far, because there were more
    /// different ones than memory for them.
    #[must_use]
    pub fn rounding(&self) -> f64 {
        self.rounding
    }

    /// The heat of every pixel in every way, multiplied by a factor: heat that fades everywhere
    /// alike need not be blended again, since every blend of heats in proportion is in proportion.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn scaled_grids(&mut self, factor: f32) -> Result<Vec<&Grid>> {
        self.heat()?;
        let scaled = |layer: &'_ mut Layer| {
            let scaled = match layer.scaled.take() {
                Some(scaled) => scaled,
                None => Grid::cold(layer.grid.size())?,
            };
            layer.scaled.insert(scaled).copy_scaled(&layer.grid, factor);
            Ok(())
        };
        self.layers.iter_mut().try_for_each(scaled)?;
        let scaled = self.layers.iter().filter_map(|layer| layer.scaled.as_ref());
        Ok(scaled.collect())
    }

    /// The heat of every pixel in every way: the same, to the last bit, as of a picture that does
    /// not move.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn grids(&mut self) -> Result<Vec<&Grid>> {
        self.heat()?;
        Ok(self.layers.iter().map(|layer| &layer.grid).collect())
    }

    /// The same, at the end, with the [rounding](Self::rounding).
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn into_grids(mut self) -> Result<(Vec<Grid>, f64)> {
        self.heat()?;
        let grids = self.layers.into_iter().map(|layer| layer.grid);
        Ok((grids.collect(), self.rounding))
    }

    /// Heats what is dirty.
    fn heat(&mut self) -> Result<()> {
        self.rounding = self.rounding.max(self.cells.rounding());
        for layer in &mut self.layers {
            let now = (self.cells.way(&layer.options), self.cells.digits_lost());
            let is_other = layer.last.replace(now).is_some_and(|before| before != now);
            let dirty = match &self.dirty {
                Dirty::Squares { .. } if is_other => &Dirty::Whole,
                dirty => dirty,
            };
            self.cells.heat(&layer.options, &mut layer.grid, dirty)?;
        }
        self.dirty = Dirty::nothing(self.cells.binner().view().size());
        Ok(())
    }
}

/// How much memory different weights may take, which is the same for all ways.
fn memory<'a>(ways: impl IntoIterator<Item = &'a HeatOptions>) -> u64 {
    let ways = ways.into_iter().map(|options| options.memory);
    ways.max().unwrap_or_default()
}
