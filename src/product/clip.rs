//! Clipping: areas outside of which, or inside of which, nothing of the heat is seen.
//!
//! Heat is spread first and cut afterwards, so that what lies just outside still warms what is
//! inside. A pixel that an edge goes through keeps its heat, and its colour is as opaque as the
//! area covers it; so edges are smooth, and their colours are those of the heat.

use std::path::PathBuf;

use super::events::{Events, tell_oddities};
use crate::error::Result;
use crate::geo::{Crs, Polygon, View};
use crate::input;
use crate::raster::Mask;

/// Which areas are cut out; by default none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClipOptions {
    /// Files of polygons: only what is inside of one of them is left.
    pub inside: Vec<PathBuf>,
    /// Files of polygons: only what is outside of all of them is left.
    pub outside: Vec<PathBuf>,
    /// The coordinate system of files that do not say another: degrees, or plain x and y.
    pub crs: Crs,
    /// Datums whose shift is not known are taken for WGS 84.
    pub ballpark: bool,
    /// The first bad record ends the run.
    pub strict: bool,
}

impl ClipOptions {
    /// All files that are read.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.inside.iter().chain(&self.outside)
    }
}

/// Areas that have been read.
#[derive(Debug)]
pub(super) struct Clip {
    /// What is left; all of the earth if there is nothing.
    inside: Option<Vec<Polygon>>,
    /// What is cut out of that.
    outside: Option<Vec<Polygon>>,
}

impl Clip {
    /// Reads the areas, if there are to be any, and tells what is odd about them.
    pub(super) fn load(options: &ClipOptions, events: &dyn Events) -> Result<Option<Self>> {
        let read = |files: &[PathBuf]| {
            let mut all = Vec::new();
            for file in files {
                let manner = input::Options {
                    crs: options.crs,
                    map: options.crs,
                    ballpark: options.ballpark,
                    strict: options.strict,
                    ..input::Options::default()
                };
                let (polygons, report) = input::polygons(file, &manner)?;
                tell_oddities(&report, events);
                all.extend(polygons);
            }
            Ok((!files.is_empty()).then_some(all))
        };
        let (inside, outside) = (read(&options.inside)?, read(&options.outside)?);
        let is_any = inside.is_some() || outside.is_some();
        Ok(is_any.then_some(Self { inside, outside }))
    }

    /// How much of every pixel of a view is left.
    pub(super) fn mask(&self, view: &View) -> Result<Mask> {
        let mask = |polygons: &Vec<Polygon>| {
            let outlines = polygons.iter().map(|polygon| view.outline(polygon));
            let outlines: Vec<_> = outlines.filter(|rings| !rings.is_empty()).collect();
            Mask::of(&outlines, view.size())
        };
        let inside = self.inside.as_ref().map(mask).transpose()?;
        let outside = self.outside.as_ref().map(mask).transpose()?;
        let outside = outside.map(Mask::turned);
        match (inside, outside) {
            (Some(inside), Some(outside)) => Ok(inside.and(&outside)),
            (Some(mask), None) | (None, Some(mask)) => Ok(mask),
            (None, None) => Ok(Mask::of(&[], view.size())?.turned()),
        }
    }
}
