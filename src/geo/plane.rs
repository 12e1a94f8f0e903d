//! Boxes on the plane.

use super::{Extent, Projection};

/// An extent on the plane, in degrees of longitude from (0°, 0°): from west to east, from north to
/// south.
pub(super) struct Plane {
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
}

impl Plane {
    pub(super) fn of(extent: Extent, projection: Projection) -> Self {
        let [(west, south), (east, north)] =
            extent.corners().map(|corner| projection.forward(corner));
        Self {
            x: (west, east),
            y: (north.min(south), south.max(north)),
        }
    }

    /// With all places of a map in Mercator for which an extent lies within a radius in metres,
    /// measured where they are.
    pub(super) fn grown(self, metres: f64) -> Self {
        let radius = Projection::degrees_of(metres);
        let (north, south) = (
            self.y.0 - reaching(-self.y.0, radius),
            self.y.1 + reaching(self.y.1, radius),
        );
        let across = widened(north.abs().max(south.abs()), radius);
        Self {
            x: (self.x.0 - across, self.x.1 + across),
            y: (north, south),
        }
    }

    pub(super) fn width(&self) -> f64 {
        self.x.1 - self.x.0
    }

    pub(super) fn height(&self) -> f64 {
        self.y.1 - self.y.0
    }
}

/// How long a radius is on the plane, so many degrees from the equator: longer by 1 / cos φ, the
/// hyperbolic cosine of the distance (Snyder, Map Projections: A Working Manual, 1987, equation
/// 7-3), up to the end of the map.
fn widened(from_equator: f64, radius: f64) -> f64 {
    radius * from_equator.min(180.0).to_radians().cosh()
}

/// How far beyond an edge of an extent a place may be that has it within its radius: the farther,
/// the wider that is.
fn reaching(edge: f64, radius: f64) -> f64 {
    // Away from the equator each step is nearer to the answer, from below, and the end of the map
    // is one at last. Towards it the first step is too far already.
    let steps = std::iter::successors(Some(0.0), |beyond| {
        Some(widened((edge + beyond).abs(), radius))
    });
    steps.take(100).fold(0.0, f64::max)
}
