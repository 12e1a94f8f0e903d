//! Heat that changes from frame to frame: only what may have changed is heated again.

use std::sync::Arc;

use super::cells::Cells;
use super::grid::Grid;
use super::marks::{Marker, Marks};
use super::stale::Stale;
use super::{Options, Way};
use crate::error::Result;

/// The heat of a picture that moves.
pub struct Moving {
    options: Options,
    cells: Cells,
    grid: Grid,
    stale: Stale,
    /// How the last frame was heated, and how many binary digits its weights had lost.
    last: Option<(Way, u32)>,
    /// By what share of itself a weight was off in any frame.
    rounding: f64,
}

impl Moving {
    /// A picture without heat. The marker was made with the same options.
    ///
    /// # Errors
    /// When there is not enough memory for it.
    pub fn new(marker: &Arc<Marker>, options: &Options) -> Result<Self> {
        let cells = Cells::of(marker.clone(), options)?;
        Ok(Self {
            options: *options,
            grid: Grid::cold(marker.view().size())?,
            cells,
            stale: Stale::Unheated,
            last: None,
            rounding: 0.0,
        })
    }

    /// Adds heat.
    pub fn add(&mut self, marks: Marks) {
        self.spoil(&marks);
        self.keep(marks);
    }

    /// Takes all heat away, to begin again with what is to [`keep`](Self::keep) and to [`add`](Self::add). What does not come
    /// again is to be told with [`spoil`](Self::spoil).
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn clear(&mut self) -> Result<()> {
        self.cells = Cells::of(self.cells.marker().clone(), &self.options)?;
        Ok(())
    }

    /// Adds heat that was there in the last frame.
    pub fn keep(&self, marks: Marks) {
        self.cells.put(marks);
    }

    /// Heat that was there in the last frame is not any more.
    pub fn spoil(&mut self, marks: &Marks) {
        marks.spoil(&mut self.stale, self.cells.frame, self.cells.marker().radius);
    }

    /// All heat is another than in the last frame.
    pub fn spoil_all(&mut self) {
        if !matches!(self.stale, Stale::Unheated) {
            self.stale = Stale::Whole;
        }
    }

    /// The largest share of itself by which a weight was off so far, because there were more different ones than memory for them.
    #[must_use]
    pub fn rounding(&self) -> f64 {
        self.rounding
    }

    /// The heat of every pixel: the same, to the last bit, as of a picture that does not move.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn grid(&mut self) -> Result<&Grid> {
        let now = (self.cells.way(&self.options), self.cells.digits_lost());
        if self.last.replace(now).is_some_and(|before| before != now) {
            self.spoil_all();
        }
        self.rounding = self.rounding.max(self.cells.rounding());
        self.cells.heat(&self.options, &mut self.grid, &self.stale)?;
        self.stale = Stale::nothing(self.grid.size());
        Ok(&self.grid)
    }
}
