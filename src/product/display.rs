//! A display: something that shows a picture at once, such as a terminal, and may decide on its
//! size.

use crate::error::Result;
use crate::geo;
use crate::geo::{Extent, Radius, View};
use crate::raster::Raster;

/// Shows a picture.
pub trait Display {
    /// The view whose picture fills it, unless the options say how large the picture is to be.
    ///
    /// # Errors
    /// As [`View::fit`].
    fn fit(&self, map: &geo::Options, data: Option<Extent>, radius: Radius) -> Result<View>;

    /// Whether it says whom the map belongs to itself, so that the picture need not.
    fn tells_credit(&self) -> bool;

    /// Shows the picture.
    ///
    /// # Errors
    /// When it is gone.
    fn show(&self, picture: &Raster, facts: &Facts) -> Result<()>;
}

/// What is known of a picture that is shown.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Points, and segments of tracks.
    pub points: u64,
    /// What it shows.
    pub view: View,
    /// The largest heat.
    pub maximum: f32,
}

/// Opens a display for pictures that lie on a map, if there is one; its attribution is known then.
pub type Open<'a> = &'a dyn Fn(Option<&str>) -> Option<Box<dyn Display>>;
