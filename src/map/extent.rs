//! Boxes on the earth.

use std::fmt;

use super::Degrees;
use crate::shape::{Geometry, Shape};

/// A box in degrees; never empty (it may be a single place), south never beyond north, west never beyond east.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    south_west: Degrees,
    north_east: Degrees,
}

impl Extent {
    /// The box between two corners, or `None` when they are the wrong way round.
    #[must_use]
    pub fn new(south_west: Degrees, north_east: Degrees) -> Option<Self> {
        let in_order = south_west.lat() <= north_east.lat() && south_west.lon() <= north_east.lon();
        in_order.then_some(Self { south_west, north_east })
    }

    /// The smallest box around some shapes; `None` when there are none.
    #[must_use]
    pub fn of(shapes: &[Shape]) -> Option<Self> {
        let places = shapes.iter().flat_map(|shape| match shape.geometry {
            Geometry::Point(at) => [at, at],
            Geometry::Segment(from, to) => [from, to],
        });
        places
            .fold(None, |extent: Option<Self>, at| Some(extent.map_or(Self::around(at), |e| e.union(Self::around(at)))))
    }

    /// The smallest box around two boxes.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.corners(), other.corners());
        Self {
            south_west: Degrees::clamped(a.lat().min(c.lat()), a.lon().min(c.lon())),
            north_east: Degrees::clamped(b.lat().max(d.lat()), b.lon().max(d.lon())),
        }
    }

    /// South-west and north-east.
    #[must_use]
    pub fn corners(self) -> [Degrees; 2] {
        [self.south_west, self.north_east]
    }

    fn around(at: Degrees) -> Self {
        Self { south_west: at, north_east: at }
    }
}

/// As `-e` takes it: south,west,north,east.
impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.corners();
        write!(f, "{},{},{},{}", a.lat(), a.lon(), b.lat(), b.lon())
    }
}
