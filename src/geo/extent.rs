//! Boxes on the earth, or on a plane.

use std::fmt;

use super::Coord;
use super::{Geometry, Shape};

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

    /// The smallest box around some shapes; `None` when there are none.
    #[must_use]
    pub fn of(shapes: &[Shape]) -> Option<Self> {
        let (mut least, mut most) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        let mut around = |at: Coord| {
            let at = [at.x(), at.y()];
            least = [least[0].min(at[0]), least[1].min(at[1])];
            most = [most[0].max(at[0]), most[1].max(at[1])];
        };
        for shape in shapes {
            match shape.geometry {
                Geometry::Point(at) => around(at),
                Geometry::Segment(from, to) => [from, to].into_iter().for_each(&mut around),
            }
        }
        Self::new(
            Coord::unchecked(least[0], least[1]),
            Coord::unchecked(most[0], most[1]),
        )
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

/// As `-e` takes it: south,west,north,east.
impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.corners();
        write!(f, "{},{},{},{}", a.y(), a.x(), b.y(), b.x())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_on_a_plane_is_not_moved_onto_the_earth() {
        let shape = |x, y| Shape::point(Coord::unchecked(x, y));
        let (one, other) = (
            Extent::of(&[shape(1e12, 200.0)]),
            Extent::of(&[shape(-500.0, -1e9), shape(0.0, 0.0)]),
        );
        assert_eq!(
            one.unwrap().union(other.unwrap()).to_string(),
            "-1000000000,-500,200,1000000000000"
        );
        assert_eq!(Extent::of(&[]), None);
    }
}
