//! Bounding boxes, of data and of pictures.

use std::fmt;

use super::Coord;

/// A box in degrees, or in the unit of a plane; never empty (it may be a single place), south never
/// beyond north, west never beyond east.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    south_west: Coord,
    north_east: Coord,
}

impl Extent {
    /// The box between two corners, or `None` when they are the wrong way round.
    #[must_use]
    pub fn new(south_west: Coord, north_east: Coord) -> Option<Self> {
        let in_order = south_west.y() <= north_east.y() && south_west.x() <= north_east.x();
        in_order.then_some(Self {
            south_west,
            north_east,
        })
    }

    /// The smallest box around two boxes.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.corners(), other.corners());
        Self {
            south_west: Coord::unchecked(a.x().min(c.x()), a.y().min(c.y())),
            north_east: Coord::unchecked(b.x().max(d.x()), b.y().max(d.y())),
        }
    }

    /// South-west and north-east.
    #[must_use]
    pub fn corners(self) -> [Coord; 2] {
        [self.south_west, self.north_east]
    }
}

/// The outer edges of a picture in degrees, or in units of a plane. Longitudes may lie beyond ±180,
/// latitudes beyond ±90; west is always less than east, south less than north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The lower edge.
    pub south: f64,
    /// The left edge.
    pub west: f64,
    /// The upper edge.
    pub north: f64,
    /// The right edge.
    pub east: f64,
}

/// The edges of an extent.
impl From<Extent> for Bounds {
    fn from(extent: Extent) -> Self {
        let [south_west, north_east] = extent.corners();
        Self {
            south: south_west.y(),
            west: south_west.x(),
            north: north_east.y(),
            east: north_east.x(),
        }
    }
}

/// As `-e` takes it: south,west,north,east.
impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.corners();
        write!(f, "{},{},{},{}", a.y(), a.x(), b.y(), b.x())
    }
}
