//! Rows of latitudes at the deepest level of the quadtree, by interpolation of Mercator's y.
//!
//! A sine and a logarithm for each of ten million places take a third of the time in which these
//! are read. Cubic Hermite interpolation comes near enough to tell the row of nearly all of them;
//! where it leaves open which of two neighbours it is, y is computed (Ziv's rounding test): rows are
//! the same as without it.

use crate::geo::{Coord, Crs};

/// Stretches of latitude, whose ends are known.
const STRETCHES: usize = 8192;
/// How far from the truth an interpolated y may be, in rows: the fourth derivative of y by the
/// latitude, which is largest at the end of the map, times the fourth power of a stretch, by 384.
const ERROR: f64 = 1.0 / 256.0;

/// Rows by latitude.
#[derive(Clone, Debug)]
pub struct Rows {
    limit: f64,
    per_degree: f64,
    /// From the south to the north.
    knots: Vec<Knot>,
}

/// Where a stretch begins.
#[derive(Clone, Copy, Debug)]
struct Knot {
    y: f64,
    /// How fast y grows, for a stretch.
    slope: f64,
}

impl Rows {
    /// With so many rows in all.
    pub fn new(rows: f64) -> Self {
        let crs = Crs::WebMercator;
        let limit = crs.limit();
        let per_degree = STRETCHES as f64 / (2.0 * limit);
        let knot = |number: usize| {
            let latitude = (number as f64 / per_degree - limit).clamp(-limit, limit);
            let (_, north) = crs.forward(Coord::unchecked(0.0, latitude));
            Knot {
                y: (0.5 - north / 360.0) * rows,
                // Northing grows by the secant.
                slope: -rows / 360.0 / latitude.to_radians().cos() / per_degree,
            }
        };
        Self {
            limit,
            per_degree,
            knots: (0..=STRETCHES).map(knot).collect(),
        }
    }

    /// The row of a latitude; `y` computes its y.
    #[inline]
    pub fn of(&self, latitude: f64, y: impl FnOnce() -> f64) -> u32 {
        let about = self.about(latitude);
        let below = (about - ERROR) as u32;
        // Beyond the ends numbers saturate.
        if below == (about + ERROR) as u32 {
            below
        } else {
            y() as u32
        }
    }

    /// Nearly the y of a latitude.
    #[inline]
    fn about(&self, latitude: f64) -> f64 {
        let at = (latitude.clamp(-self.limit, self.limit) + self.limit) * self.per_degree;
        let number = (at as usize).min(STRETCHES - 1);
        let t = at - number as f64;
        let (from, to) = (self.knots[number], self.knots[number + 1]);
        let rise = to.y - from.y;
        let bend = 3.0 * rise - 2.0 * from.slope - to.slope;
        let twist = from.slope + to.slope - 2.0 * rise;
        from.y + t * (from.slope + t * (bend + t * twist))
    }
}

#[cfg(test)]
mod tests {
    use super::super::morton::World;
    use super::*;

    #[test]
    fn rows_are_those_of_computed_places() {
        let world = World::new().unwrap();
        let all = 32_f64.exp2();
        let rows = Rows::new(all);
        let mut computed = 0;
        let steps = 300_000;
        for step in 0..=steps {
            // All over the map and beyond, the middles of stretches among it, where most is wrong.
            let share = f64::from(step) / f64::from(steps);
            let latitude = (2.0 * share - 1.0) * 86.0;
            let exact = world.flat(Coord::unchecked(0.0, latitude)).1 * all;
            let error = (rows.about(latitude) - exact).abs();
            assert!(error < ERROR, "{latitude}: {error}");
            let found = rows.of(latitude, || {
                computed += 1;
                exact
            });
            assert_eq!(found, exact as u32, "{latitude}");
        }
        // All of those that are beyond the end of the map are.
        assert!(computed < steps / 50, "{computed}");
    }
}
