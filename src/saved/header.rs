//! The head of a file: which picture its cells belong to, and how many there are.

use serde_json::{Value, json};

use crate::density::Cells;
use crate::geo::{Projection, View};
use crate::raster::Size;

/// The version of the format that is written, and the newest that is read.
const VERSION: u64 = 1;
/// Cells beyond a picture: as far as heat goes at the most.
const FARTHEST: u64 = 1 << 16;

/// Meaning of the columns of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) view: View,
    /// Cells beyond the picture, on every side.
    pub(super) reach: usize,
    /// Some heat was left out, beyond `complete` cells on every side.
    pub(super) cut: bool,
    pub(super) complete: usize,
    /// Binary digits that weights have lost.
    pub(super) digits_lost: u32,
    /// Rows of the columns of points.
    pub(super) points: u64,
    /// Rows of the columns of segments.
    pub(super) segments: u64,
}

impl Header {
    pub(super) fn of(cells: &Cells, points: u64) -> Self {
        Self {
            view: cells.view().clone(),
            reach: cells.reach(),
            cut: cells.is_cut(),
            complete: cells.complete(),
            digits_lost: cells.digits_lost(),
            points,
            segments: cells.segments().len() as u64,
        }
    }

    pub(super) fn text(&self) -> String {
        let (view, size) = (&self.view, self.view.size());
        let head = json!({
            "format": "heatmap heat",
            "version": VERSION,
            "projection": view.projection().name(),
            "y_down": view.projection() == Projection::Plane { y_down: true },
            "pixels_per_degree": [view.scale().0, view.scale().1],
            "origin": [view.origin().0, view.origin().1],
            "width": size.width(),
            "height": size.height(),
            "reach": self.reach,
            "cut": self.cut,
            "complete": self.complete,
            "digits_lost": self.digits_lost,
            "points": self.points,
            "segments": self.segments,
        });
        format!("{head:#}\n")
    }

    /// The head that a text is.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let head: Value =
            serde_json::from_str(text).map_err(|_| "its head is not JSON".to_owned())?;
        let no_picture = || "its head does not describe a picture".to_owned();
        let version = head["version"].as_u64().ok_or_else(no_picture)?;
        if version > VERSION {
            return Err(format!(
                "a newer version of heatmap saved it (format {version}; this one reads {VERSION})"
            ));
        }
        Self::from_json(&head).ok_or_else(no_picture)
    }

    fn from_json(head: &Value) -> Option<Self> {
        let pair = |name: &str| Some((head[name][0].as_f64()?, head[name][1].as_f64()?));
        let side = |name: &str| u32::try_from(head[name].as_u64()?).ok();
        let projection = match Projection::named(head["projection"].as_str()?)? {
            Projection::Plane { .. } => Projection::Plane {
                y_down: head["y_down"].as_bool()?,
            },
            of_the_earth => of_the_earth,
        };
        let size = Size::new(side("width")?, side("height")?)?;
        Some(Self {
            view: View::new(
                projection,
                pair("pixels_per_degree")?,
                pair("origin")?,
                size,
            )?,
            reach: head["reach"].as_u64().filter(|&reach| reach < FARTHEST)? as usize,
            cut: head["cut"].as_bool()?,
            complete: head["complete"]
                .as_u64()
                .filter(|&reach| reach < FARTHEST)? as usize,
            digits_lost: head["digits_lost"].as_u64()?.try_into().ok()?,
            points: head["points"].as_u64()?,
            segments: head["segments"].as_u64()?,
        })
    }
}
