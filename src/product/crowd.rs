//! Outliers that shrink a picture: nearly all shapes in a small part of the frame, because a few
//! lie far away.
//!
//! Found by quantiles of x and y of a sample, which a few places far out do not move, as they do a
//! mean. Only where that sample is close together all shapes are looked at, and then counted.

use std::sync::{Mutex, PoisonError};

use crate::error::Result;
use crate::geo::{Bounds, Coord, Extent, Geometry};
use crate::input::buffer::Buffered;

/// Fewer shapes are no crowd.
const LEAST: u64 = 200;
/// So many tell where nearly all are.
const SAMPLE: u64 = 20_000;
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

/// The crowd among so many shapes in an extent, if there are so few elsewhere, and so far away;
/// nothing is known of shapes that were forgotten.
///
/// # Errors
/// When the temporary file of the shapes cannot be read.
pub(super) fn crowd(kept: &Buffered, shapes: u64, extent: Extent) -> Result<Option<Crowd>> {
    if shapes < LEAST {
        return Ok(None);
    }
    let Some(sample) = kept.sample((shapes / SAMPLE + 1) as usize)? else {
        return Ok(None);
    };
    let [south_west, north_east] = extent.corners();
    let place = |at: Coord| {
        let is_turned = at.x() < south_west.x();
        (if is_turned { at.x() + 360.0 } else { at.x() }, at.y())
    };
    let sample: Vec<Place> = sample.into_iter().map(place).collect();
    let (Some(x), Some(y)) = (
        middle(sample.iter().map(|at| at.0)),
        middle(sample.iter().map(|at| at.1)),
    ) else {
        return Ok(None);
    };
    let near = |at: &Place| is_near(x, at.0) && is_near(y, at.1);
    let frame = (north_east.x() - south_west.x()) * (north_east.y() - south_west.y());
    let are_close = |parted: &Parted| parted.area() < SMALL * frame;
    if !are_close(&Parted::at(sample.into_iter().map(|at| (at, 1)), near)) {
        return Ok(None);
    }
    let all = Mutex::new(Parted::NOTHING);
    kept.replay(&|shapes| {
        let starts = shapes.iter().map(|shape| {
            let (Geometry::Point(at) | Geometry::Segment(at, _)) = shape.geometry;
            (place(at), u64::from(shape.count.get()))
        });
        let more = Parted::at(starts, near);
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        *all = all.and(&more);
    })?;
    let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    let are_few = all.others > 0 && (all.others as f64) < OTHERS * shapes as f64;
    Ok((are_few && are_close(&all)).then(|| Crowd {
        others: all.others,
        bounds: all.bounds(frame),
    }))
}

/// The start of a shape, x and y.
type Place = (f64, f64);

/// Places that are parted into those that are near each other and the others.
struct Parted {
    others: u64,
    /// The ends in x and in y of those that are near.
    near: [(f64, f64); 2],
}

impl Parted {
    const NOTHING: Self = Self {
        others: 0,
        near: [(f64::INFINITY, f64::NEG_INFINITY); 2],
    };

    /// Places, of which there are so many each.
    fn at(places: impl Iterator<Item = (Place, u64)>, near: impl Fn(&Place) -> bool) -> Self {
        places.fold(Self::NOTHING, |parted, (at, count)| {
            let (others, near) = if near(&at) {
                (0, [(at.0, at.0), (at.1, at.1)])
            } else {
                (count, Self::NOTHING.near)
            };
            parted.and(&Self { others, near })
        })
    }

    fn and(&self, more: &Self) -> Self {
        let joined = |axis: usize| {
            let ((low, high), (lower, higher)) = (self.near[axis], more.near[axis]);
            (low.min(lower), high.max(higher))
        };
        Self {
            others: self.others + more.others,
            near: [joined(0), joined(1)],
        }
    }

    fn area(&self) -> f64 {
        let [(left, right), (bottom, top)] = self.near;
        (right - left) * (top - bottom)
    }

    fn bounds(&self, frame: f64) -> Bounds {
        let [(left, right), (bottom, top)] = self.near;
        // A single place is no box.
        let room = (0.05 * (right - left).max(top - bottom)).max(1e-4 * frame.sqrt());
        Bounds {
            south: bottom - room,
            west: left - room,
            north: top + room,
            east: right + room,
        }
    }
}

/// Whether a number lies between two, or not far from them.
fn is_near((low, high): (f64, f64), at: f64) -> bool {
    let room = 2.0 * (high - low);
    at >= low - room && at <= high + room
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Crs, Shape, Wrap};
    use crate::input::buffer::{Overflow, ShapeBuffer};

    fn found(places: &[(f64, f64)], budget: u64) -> Option<Crowd> {
        let shapes: Vec<Shape> = places
            .iter()
            .map(|&(x, y)| Shape::point(Crs::Wgs84.place(x, y).unwrap()))
            .collect();
        let held = ShapeBuffer::new(budget, Overflow::Spill);
        shapes.chunks(512).for_each(|batch| held.add(batch));
        let (footprint, kept) = held.finish().unwrap();
        let extent = footprint.unwrap().extent(Crs::Wgs84, Wrap::Auto);
        crowd(&kept, shapes.len() as u64, extent).unwrap()
    }

    #[test]
    fn one_stray_in_a_great_crowd_is_counted_whether_it_is_sampled_or_not() {
        let mut places: Vec<(f64, f64)> = (0..100_000)
            .map(|i| (f64::from(i % 300) * 1e-4, f64::from(i % 311) * 1e-4))
            .collect();
        for at in [0, 7, 54_321, 99_999] {
            let kept = std::mem::replace(&mut places[at], (90.0, 45.0));
            for budget in [u64::MAX, 1000] {
                let crowd = found(&places, budget).expect("a crowd");
                assert_eq!(crowd.others, 1);
                assert!(crowd.bounds.east < 0.1 && crowd.bounds.north < 0.1);
            }
            places[at] = kept;
        }
        assert!(found(&places, u64::MAX).is_none());
    }
}
