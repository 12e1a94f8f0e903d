//! Kernel density: shapes and a view in, one grid of heat out.
//!
//! The only room that sees all of the data. Knows nothing of files, colours or pictures; what
//! leaves it has the size of the picture, however much went in.
//!
//! [`Cells`] gather the shapes, in any order; [`Cells::grid`] spreads their heat with the kernel
//! and blends what piles up. The same shapes and options give the same grid to the last bit,
//! whatever their order and the number of threads.

mod collect;
mod grid;
#[cfg(feature = "files")]
mod incremental;
mod memory;
mod per_area;
mod spread;
#[cfg(test)]
mod tests;

pub use self::collect::aggregate::Aggregate;
pub use self::collect::binner::{Binned, Binner};
pub use self::collect::cells::Cells;
#[cfg(feature = "files")]
pub use self::collect::quadtree::{Node, Places, Quadtree, QuadtreeBuilder};
pub use self::collect::segment::Segment;
#[cfg(feature = "files")]
pub use self::collect::timeline::{Journal, Timeline};
pub use self::collect::weighted::{CellIndex, WeightedCell};
pub use self::grid::Grid;
#[cfg(feature = "files")]
pub use self::incremental::IncrementalHeat;
pub use self::spread::arctern::ZoomLevel;
pub use self::spread::blend::terms;
pub use self::spread::kernel::Kernel;

use self::spread::blend::Blend;
use self::spread::dirty::Dirty;
use self::spread::kernel::{Falloff, Falloffs};
use self::spread::tracks::Tracks;
use self::spread::{blocks, distance_transform, surface, sweep, top_k, tracks};
use crate::error::{Error, Result};
use crate::geo::{Radius, TrackWeight};
use crate::raster::memory::afford;

/// Kernel, radius and decay: how the heat of a shape falls off, and what happens where it piles up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatOptions {
    /// How heat falls off with distance.
    pub kernel: Kernel,
    /// The distance at which it ends. Where that is one on the ground, the row of the pixel that is
    /// heated says how many pixels it is.
    pub radius: Radius,
    /// The least it may be in any row of a picture, in pixels: what is thinner on the ground is
    /// drawn so wide.
    pub least_radius: f64,
    /// What each further heat counts in proportion to the next larger one, in [0, 1]: 1 adds them
    /// all up, 0 takes the largest.
    pub decay: f64,
    /// What the heat of tracks goes by. Other than by their points, it is that of one track after
    /// the other that is blended, and not that of pieces.
    pub track_weight: TrackWeight,
    /// The zoom of Arctern's `heat_map_layer`, whose way to spread the heat of points is then taken
    /// instead of kernel, radius and decay.
    pub zoom_level: Option<ZoomLevel>,
    /// What is made of the weights of points.
    pub surface: Surface,
    /// How a mean weighs values by their distance, if not by the kernel.
    pub inverse_distance: Option<InverseDistance>,
    /// What becomes of points that fall on one pixel; else each counts for itself.
    pub aggregate: Option<Aggregate>,
    /// Bytes for points of other weights than 1. There is room for a few million different pairs of
    /// pixel and weight in 100 MiB; beyond it weights are rounded, and [`Cells::rounding`] tells by
    /// how much.
    pub memory: u64,
}

/// What is made of the weights of points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// Density: how much there is. A weight says how often a point counts.
    #[default]
    Density,
    /// Mean: what was measured. A weight is a value, and each point supports it alike; decay has no
    /// meaning then.
    Mean,
}

/// Inverse distance weighting, for a mean that is everywhere: a measurement d pixels away weighs
/// d^−power, and where one is it alone counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseDistance {
    /// The power, above 0 and up to [`LARGEST`](Self::LARGEST): the larger, the more the nearest
    /// prevails.
    pub power: f64,
    /// Whether nothing is drawn farther than the radius from any measurement.
    pub bounded: bool,
}

impl InverseDistance {
    /// The largest power: with it, hardly anything but the nearest counts.
    pub const LARGEST: f64 = 4.0;
}

#[cfg(not(feature = "fft"))]
impl InverseDistance {
    fn surface(self, _: &Cells, _: &HeatOptions) -> Result<Grid> {
        let fact = "inverse distance weighting is for builds with the feature `fft`";
        Err(Error::usage(fact))
    }
}

impl Default for InverseDistance {
    fn default() -> Self {
        Self {
            power: 2.0,
            bounded: false,
        }
    }
}

impl HeatOptions {
    /// How heat falls off, or values count, with distance.
    #[must_use]
    pub fn kernel_name(&self) -> String {
        match self.inverse_distance {
            Some(InverseDistance { power, .. }) => format!("idw of power {power}"),
            None => self.kernel.name().to_owned(),
        }
    }

    /// How far it goes, if it ends anywhere.
    #[must_use]
    pub fn bound(&self) -> Option<Radius> {
        let is_bound = self.inverse_distance.is_none_or(|idw| idw.bounded);
        is_bound.then_some(self.radius)
    }

    /// Whether weights are values, of which 0 is one.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.surface == Surface::Mean || self.aggregate.is_some()
    }

    /// Radial profile of a point's heat: by the square of the distance in pixels, up to where it
    /// ends. `None` where it is not the same all over a picture, or not all that there is to it.
    #[must_use]
    pub fn profile(&self) -> Option<Vec<f64>> {
        let Radius::Pixels(radius) = self.radius else {
            return None;
        };
        let is_plain = self.zoom_level.is_none() && !self.has_values();
        let falloff = Falloff::new(self.kernel, radius.max(self.least_radius));
        let heats = (0..).map(|square| falloff.heat(f64::from(square)));
        is_plain.then(|| heats.take_while(|heat| *heat > 0.0).collect())
    }
}

impl Default for HeatOptions {
    fn default() -> Self {
        Self {
            kernel: Kernel::default(),
            radius: Radius::Pixels(5.0),
            least_radius: 0.0,
            decay: 0.95,
            track_weight: TrackWeight::default(),
            zoom_level: None,
            surface: Surface::default(),
            inverse_distance: None,
            aggregate: None,
            memory: 1 << 30,
        }
    }
}

impl Cells {
    /// Heat of every pixel.
    ///
    /// # Errors
    /// When there is not enough memory for it, or the radius is one that the picture cannot have
    /// ([`Radius::by_row`]).
    ///
    /// Of kind `Usage` when there are segments, which have no values on single pixels, and values
    /// are asked for.
    pub fn grid(&self, options: &HeatOptions) -> Result<Grid> {
        if options.has_values() && !self.segments().is_empty() {
            let fact = "tracks have no values on single pixels, and there are some";
            return Err(Error::usage(fact).advice("read points alone, or draw their density"));
        }
        if let Some(how) = options.aggregate {
            let aggregate = None;
            let options = HeatOptions {
                aggregate,
                ..*options
            };
            return self.aggregated(how)?.grid(&options);
        }
        if let Some(zoom_level) = options.zoom_level {
            self.check_rounding()?;
            return zoom_level.spread(self);
        }
        if options.surface == Surface::Mean {
            self.check_rounding()?;
            return match options.inverse_distance {
                Some(inverse_distance) => inverse_distance.surface(self, options),
                None => surface::mean(self, &Falloffs::new(options, self.view())?),
            };
        }
        let mut grid = Grid::cold(self.frame.picture)?;
        self.heat(options, &mut grid, &Dirty::Unheated)?;
        Ok(grid)
    }

    /// Heats the dirty parts of a grid.
    fn heat(&self, options: &HeatOptions, grid: &mut Grid, dirty: &Dirty) -> Result<()> {
        self.check_rounding()?;
        if self.has_weighted() {
            // Of the index of cells: two places of each in a list, and the list.
            afford(16, self.frame.picture)?;
        }
        if options.track_weight.needs_tracks() {
            tracks::sort(&mut self.segments());
        }
        let (falloffs, decay) = (&Falloffs::new(options, self.view())?, options.decay);
        match self.way(options) {
            Way::Sum => return sweep::summed(self, falloffs, grid, dirty),
            Way::SumOfSegments => self.sum_of_segments(options, falloffs, grid, dirty),
            Way::SumOfBoth => return self.sum_of_both(options, falloffs, grid, dirty),
            Way::Largest => distance_transform::largest(self, falloffs, grid, dirty),
            Way::Decay => sweep::decayed(self, falloffs, decay, grid, dirty),
            Way::Nearest => top_k::largest(self, falloffs, options, grid, dirty),
        }
        Ok(())
    }

    fn way(&self, options: &HeatOptions) -> Way {
        match (Blend::new(options.decay), self.is_counts()) {
            // Sums do not care what they are sums of.
            (Blend::Sum, _) if self.segments().is_empty() => Way::Sum,
            (Blend::Sum, _) if self.has_points() => Way::SumOfBoth,
            (Blend::Sum, _) => Way::SumOfSegments,
            (Blend::Max, true) => Way::Largest,
            (Blend::Decay, true) => Way::Decay,
            (Blend::Max | Blend::Decay, false) => Way::Nearest,
        }
    }

    fn sum_of_segments(
        &self,
        options: &HeatOptions,
        falloffs: &Falloffs,
        grid: &mut Grid,
        dirty: &Dirty,
    ) {
        let segments = self.segments();
        let segments: &[Segment] = &self.thinned(&segments, options);
        match Tracks::new(segments, falloffs, options, self.view()) {
            Some(tracks) => tracks.summed(grid, dirty),
            None => blocks::summed(segments, falloffs, grid, dirty),
        }
    }

    fn sum_of_both(
        &self,
        options: &HeatOptions,
        falloffs: &Falloffs,
        grid: &mut Grid,
        dirty: &Dirty,
    ) -> Result<()> {
        // The parts that points and segments are done in are not the same, so what is dirty for one
        // is not for the other.
        let mut lines = Grid::cold(grid.size())?;
        self.sum_of_segments(options, falloffs, &mut lines, &Dirty::Unheated);
        sweep::summed(
            self,
            falloffs,
            grid,
            if matches!(dirty, Dirty::Unheated) {
                dirty
            } else {
                &Dirty::Whole
            },
        )?;
        grid.plus(&lines);
        Ok(())
    }
}

/// The ways to heat a grid. Where two of them could, they agree to float rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Sum,
    SumOfSegments,
    SumOfBoth,
    /// The maximum of points of weight 1.
    Largest,
    /// The blend of points of weight 1.
    Decay,
    /// The maximum or blend of anything.
    Nearest,
}
