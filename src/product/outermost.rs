//! Outermost place of the data: the one to blame when a picture of all of them is a long strip.
//!
//! Looked for only after that was refused, so data that are fine pay nothing. Shapes do not know
//! their lines, so the file is as near as a message comes.

use std::sync::{Mutex, PoisonError};

use super::gather::Options;
use crate::error::{Error, Location, Remedy, short};
use crate::geo::{Coord, Extent, Geometry, Shape};
use crate::input;
use crate::input::{Deliver, Source};

/// What is known of an axis: both ends, and the sum of all places along it.
#[derive(Default)]
struct Axis {
    ends: Option<(Coord, Coord)>,
    sum: f64,
    count: u64,
}

impl Axis {
    fn add(&mut self, at: Coord, along: impl Fn(Coord) -> f64) {
        let (least, most) = self.ends.unwrap_or((at, at));
        self.ends = Some((
            if along(at) < along(least) { at } else { least },
            if along(at) > along(most) { at } else { most },
        ));
        self.sum += along(at);
        self.count += 1;
    }

    /// The end that is farther from the mean, which lies nearer to where most are.
    fn outermost(&self, along: impl Fn(Coord) -> f64) -> Option<Coord> {
        let (least, most) = self.ends?;
        let mean = self.sum / self.count as f64;
        Some(if mean - along(least) > along(most) - mean {
            least
        } else {
            most
        })
    }
}

/// Names the outermost place in an error about a side that is too long because of the data, and
/// the file that has it. `replay` gives the shapes once more, and says whether it could.
pub(super) fn blamed(
    error: Error,
    options: &Options,
    extent: Option<Extent>,
    replay: impl FnOnce(Deliver<'_>) -> bool,
) -> Error {
    let Some(extent) = extent.filter(|_| error.remedy == Some(Remedy::OtherSidesOrLonger)) else {
        return error;
    };
    let [a, b] = extent.corners();
    let along = if b.y() - a.y() > b.x() - a.x() {
        Coord::y
    } else {
        Coord::x
    };
    let axis = Mutex::new(Axis::default());
    let replayed = replay(&|shapes| {
        let mut axis = axis.lock().unwrap_or_else(PoisonError::into_inner);
        places(shapes).for_each(|at| axis.add(at, along));
    });
    let axis = axis.into_inner().unwrap_or_else(PoisonError::into_inner);
    match axis.outermost(along).filter(|_| replayed) {
        Some(at) => Error {
            place: holder(options, at).map(|file| Location { file, at: None }),
            fact: format!("{}; {} lies farthest out", error.fact, named(options, at)),
            ..error
        },
        None => error,
    }
}

fn places(shapes: &[Shape]) -> impl Iterator<Item = Coord> {
    shapes
        .iter()
        .flat_map(|shape| match shape.geometry {
            Geometry::Point(at) => [Some(at), None],
            Geometry::Segment(from, to) => [Some(from), Some(to)],
        })
        .flatten()
}

/// The source with a place in it.
fn holder(options: &Options, at: Coord) -> Option<String> {
    let has = |source: &&Source| {
        let found = Mutex::new(false);
        let look = |shapes: &[Shape]| {
            if places(shapes).any(|place| place == at) {
                *found.lock().unwrap_or_else(PoisonError::into_inner) = true;
            }
        };
        // One that cannot be read again is none that can be named.
        let _ = input::read(
            std::slice::from_ref(*source),
            &options.input,
            &|_| {},
            &look,
        );
        found.into_inner().unwrap_or_else(PoisonError::into_inner)
    };
    match &options.sources[..] {
        [only] => Some(only.name()),
        many => many
            .iter()
            .filter(|source| source.is_repeatable())
            .find(has)
            .map(Source::name),
    }
}

fn named(options: &Options, at: Coord) -> String {
    let (x, y) = (short(at.x()), short(at.y()));
    if options.input.crs.is_plane() {
        format!("the place x {x}, y {y}")
    } else {
        format!("the place at latitude {y}, longitude {x}")
    }
}
