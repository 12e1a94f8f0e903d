//! The head of a file: which picture its cells belong to, and how many there are.

use serde_json::{Value, json};

use crate::density::Cells;
use crate::geo::{Crs, TrackWeight, View};
use crate::raster::Size;

/// The newest version of the format: segments know their tracks, and points
/// of weight 0 are kept where weights are values. What has neither is written as
/// version 1, which every program reads that ever read saved heat.
const VERSION: u64 = 2;
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
    /// What the weights of tracks are made for, and how many tracks there are; `None` where
    /// segments know no tracks.
    pub(super) tracks: Option<(TrackWeight, u64)>,
    /// Points of weight 0 are among them, for weights are values.
    pub(super) has_values: bool,
}

impl Header {
    pub(super) fn of(cells: &Cells, points: u64, tracks: u64) -> Self {
        let track_weight = cells.binner().track_weight();
        Self {
            view: cells.view().clone(),
            reach: cells.reach(),
            cut: cells.is_cut(),
            complete: cells.complete(),
            digits_lost: cells.digits_lost(),
            points,
            segments: cells.segments().len() as u64,
            tracks: track_weight
                .needs_tracks()
                .then_some((track_weight, tracks)),
            has_values: cells.binner().has_values(),
        }
    }

    pub(super) fn text(&self) -> String {
        let (view, size) = (&self.view, self.view.size());
        let mut head = json!({
            "format": "heatmap heat",
            "version": 1,
            "projection": view.crs().projection(),
            "y_down": view.crs() == Crs::Plane { y_down: true },
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
        if let Some((track_weight, tracks)) = self.tracks {
            head["version"] = VERSION.into();
            head["track_weight"] = track_weight.name().into();
            head["tracks"] = tracks.into();
        }
        if self.has_values {
            head["version"] = VERSION.into();
            head["values"] = true.into();
        }
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
        let crs = match Crs::of_projection(head["projection"].as_str()?)? {
            Crs::Plane { .. } => Crs::Plane {
                y_down: head["y_down"].as_bool()?,
            },
            of_the_earth => of_the_earth,
        };
        let size = Size::new(side("width")?, side("height")?)?;
        let tracks = match head["track_weight"].as_str() {
            Some(name) => {
                let mut all = TrackWeight::ALL.into_iter();
                let track_weight = all.find(|weight| weight.name() == name)?;
                Some((track_weight, head["tracks"].as_u64()?))
            }
            None => None,
        };
        Some(Self {
            view: View::new(crs, pair("pixels_per_degree")?, pair("origin")?, size)?,
            reach: head["reach"].as_u64().filter(|&reach| reach < FARTHEST)? as usize,
            cut: head["cut"].as_bool()?,
            complete: head["complete"]
                .as_u64()
                .filter(|&reach| reach < FARTHEST)? as usize,
            digits_lost: head["digits_lost"].as_u64()?.try_into().ok()?,
            points: head["points"].as_u64()?,
            segments: head["segments"].as_u64()?,
            tracks,
            has_values: head["values"].as_bool().unwrap_or_default(),
        })
    }
}
