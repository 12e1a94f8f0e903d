//! What a heat map is made of: a place or a stretch of a track, with its weight.

use crate::map::Degrees;

/// One thing that gives off heat, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Where it is.
    pub geometry: Geometry,
    /// How hot it is at its centre; 1 for an ordinary point. Always finite.
    pub weight: f64,
}

/// Where a [`Shape`] is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Geometry {
    /// A single place.
    Point(Degrees),
    /// The straight line (in the projection) between two places.
    Segment(Degrees, Degrees),
}

impl Shape {
    /// A point of weight 1.
    #[must_use]
    pub fn point(at: Degrees) -> Self {
        Self { geometry: Geometry::Point(at), weight: 1.0 }
    }

    /// A segment of weight 1.
    #[must_use]
    pub fn segment(from: Degrees, to: Degrees) -> Self {
        Self { geometry: Geometry::Segment(from, to), weight: 1.0 }
    }

    /// The same shape with another weight.
    #[must_use]
    pub fn weighing(self, weight: f64) -> Self {
        Self { weight, ..self }
    }
}
