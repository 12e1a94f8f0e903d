//! Incremental heating for animations: from frame to frame only the dirty squares of a picture are
//! heated again.

use std::sync::Arc;

use super::collect::binner::{Binned, Binner};
use super::collect::cells::Cells;
use super::grid::Grid;
use super::spread::dirty::Dirty;
use super::{Options, Way};
use crate::error::Result;

/// Cells and grid of a picture that moves.
pub struct IncrementalHeat {
    options: Options,
    cells: Cells,
    grid: Grid,
    /// The grid with less heat, once somebody has asked for it.
    scaled: Option<Grid>,
    dirty: Dirty,
    /// How the last frame was heated, and how many binary digits its weights had lost.
    last: Option<(Way, u32)>,
    /// By what share of itself a weight was off in any frame.
    rounding: f64,
}

impl IncrementalHeat {
    /// A picture without heat. The binner was made with the same options.
    ///
    /// # Errors
    /// When there is not enough memory for it.
    pub fn new(binner: &Arc<Binner>, options: &Options) -> Result<Self> {
        let cells = Cells::of(binner.clone(), options)?;
        Ok(Self {
            options: *options,
            grid: Grid::cold(binner.view().size())?,
            scaled: None,
            cells,
            dirty: Dirty::Unheated,
            last: None,
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
        self.cells = Cells::of(self.cells.binner().clone(), &self.options)?;
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

    /// The heat of every pixel, multiplied by a factor: heat that fades everywhere alike need not
    /// be blended again, since every blend of heats in proportion is in proportion.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn scaled_grid(&mut self, factor: f32) -> Result<&Grid> {
        self.grid()?;
        let scaled = match &mut self.scaled {
            Some(scaled) => scaled,
            none => none.insert(Grid::cold(self.grid.size())?),
        };
        scaled.copy_scaled(&self.grid, factor);
        Ok(scaled)
    }

    /// The heat of every pixel: the same, to the last bit, as of a picture that does not move.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn grid(&mut self) -> Result<&Grid> {
        let now = (self.cells.way(&self.options), self.cells.digits_lost());
        if self.last.replace(now).is_some_and(|before| before != now) {
            self.mark_all();
        }
        self.rounding = self.rounding.max(self.cells.rounding());
        self.cells
            .heat(&self.options, &mut self.grid, &self.dirty)?;
        self.dirty = Dirty::nothing(self.grid.size());
        Ok(&self.grid)
    }
}
