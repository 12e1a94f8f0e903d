//! A display: something that shows a picture at once, such as a terminal.

use crate::error::Result;
use crate::geo::View;
use crate::raster::Raster;

/// Shows a picture.
pub trait Display {
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
