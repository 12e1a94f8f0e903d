//! Outliers that shrink a picture: nearly all shapes in a small part of the frame, because a few lie
//! far away.
//!
//! Found by quantiles of x and y (of a sample where there are many shapes), which a few places far
//! out do not move, as they do a mean.

use std::sync::{Mutex, PoisonError};

use crate::geo::{Bounds, Extent, Geometry, Shape};
use crate::input::Deliver;

/// Fewer shapes are no crowd.
const LEAST: u64 = 200;
/// So many are looked at.
const SAMPLE: u64 = 200_000;
/// More are not looked for: it would take as long as a good part of the reading.
const MOST: u64 = 20_000_000;
/// The share of shapes that may lie elsewhere.
const OTHERS: f64 = 0.01;
/// The part of the frame, by its area, that is small.
const SMALL: f64 = 0.01;

/// Nearly all shapes.
pub(super) struct Crowd {
    /// How many lie elsewhere, of all.
    pub(super) others: u64,
    /// A box around them with some room.
    pub(super) bounds: Bounds,
}

/// The crowd among shapes in an extent, if they are so few elsewhere, and so far away. `replay`
/// gives the shapes once more, and says whether it could.
pub(super) fn crowd(
    shapes: u64,
    extent: Extent,
    replay: impl FnOnce(Deliver<'_>) -> bool,
) -> Option<Crowd> {
    if !(LEAST..=MOST).contains(&shapes) {
        return None;
    }
    let stride = (shapes / SAMPLE + 1) as usize;
    let [south_west, north_east] = extent.corners();
    let turned = |x: f64| if x < south_west.x() { x + 360.0 } else { x };
    let sample = Mutex::new(Vec::new());
    let look = |shapes: &[Shape]| {
        let places = shapes.iter().step_by(stride).map(|shape| {
            let (Geometry::Point(at) | Geometry::Segment(at, _)) = shape.geometry;
            (turned(at.x()), at.y())
        });
        let mut sample = sample.lock().unwrap_or_else(PoisonError::into_inner);
        sample.extend(places);
    };
    if !replay(&look) {
        return None;
    }
    let sample = sample.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (x, y) = (
        middle(sample.iter().map(|at| at.0))?,
        middle(sample.iter().map(|at| at.1))?,
    );
    let near = |(low, high): (f64, f64), at: f64| {
        let room = 2.0 * (high - low);
        at >= low - room && at <= high + room
    };
    let crowd = || sample.iter().filter(|at| near(x, at.0) && near(y, at.1));
    let others = (sample.len() - crowd().count()) as f64 / sample.len() as f64;
    if others <= 0.0 || others >= OTHERS {
        return None;
    }
    let (left, right) = ends(crowd().map(|at| at.0));
    let (bottom, top) = ends(crowd().map(|at| at.1));
    let frame = (north_east.x() - south_west.x()) * (north_east.y() - south_west.y());
    if (right - left) * (top - bottom) >= SMALL * frame {
        return None;
    }
    // A single place is no box.
    let room = (0.05 * (right - left).max(top - bottom)).max(1e-4 * frame.sqrt());
    Some(Crowd {
        others: (others * shapes as f64).round().max(1.0) as u64,
        bounds: Bounds {
            south: bottom - room,
            west: left - room,
            north: top + room,
            east: right + room,
        },
    })
}

/// The numbers between which all but the first and the last few lie.
fn middle(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let mut numbers: Vec<f64> = numbers.collect();
    let few = ((numbers.len() as f64 * OTHERS) as usize).max(1);
    // Neither end is sorted, only parted from the middle.
    let last = numbers
        .len()
        .checked_sub(1 + few)
        .filter(|last| few <= *last)?;
    let high = *numbers.select_nth_unstable_by(last, f64::total_cmp).1;
    let low = *numbers[..=last]
        .select_nth_unstable_by(few, f64::total_cmp)
        .1;
    Some((low, high))
}

fn ends(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
        (low.min(number), high.max(number))
    })
}
