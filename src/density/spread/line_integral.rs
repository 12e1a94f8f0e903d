//! Line integral of a kernel: how much of it lies under a stretch of a straight line that passes at
//! a distance.
//!
//! With the line at u radii from the pixel, the chord within the radius is 2c long, c = √(1 − u²).
//! Tabulated is the mean of the kernel over the part of half a chord from its middle on,
//!
//! G(u, τ) = ∫₀^τ K(√(u² + t²c²)) dt,
//!
//! which is smooth in both for every kernel, also where the chord vanishes; a stretch from τ₁ to τ₂
//! comes to c·(G(u, τ₂) − G(u, τ₁)). Differences of one function add up exactly, wherever a line is
//! cut. Closed forms exist for some kernels only, and are slower where they have an arcsine.

use super::kernel::{Falloff, Kernel};
use crate::density::collect::segment::Line;

/// Steps of the table, across and along.
const STEPS: usize = 128;
/// Steps of Simpson's rule within one of the table.
const FINE: usize = 4;

/// Table of G by u and τ.
pub(in crate::density) struct LineIntegral {
    /// Row by row for u from 0 to 1, each for τ from 0 to 1.
    table: Vec<f32>,
}

impl LineIntegral {
    /// That of a kernel.
    pub(in crate::density) fn of(kernel: Kernel) -> Self {
        let falloff = Falloff::new(kernel, 1.0);
        let table = (0..=STEPS).flat_map(|u| column(falloff, u as f64 / STEPS as f64));
        Self {
            table: table.map(|sum| sum as f32).collect(),
        }
    }

    /// The integrals along a line, in pixels, at the pixels of a row from (x, y) on to the right.
    pub(in crate::density) fn along(
        &self,
        line: &Line,
        (x, y): (f64, f64),
        radius: f64,
        integrals: &mut [f64],
    ) {
        let down = y - line.from.y;
        for (integral, column) in integrals.iter_mut().zip(0_i32..) {
            let across = x + f64::from(column) - line.from.x;
            let passed = across * line.along.0 + down * line.along.1;
            let beside = (across * line.along.1 - down * line.along.0).abs();
            let square = (radius - beside) * (radius + beside);
            *integral = if beside < radius {
                let half = square.sqrt();
                let u = beside / radius;
                let (from, to) = (-passed / half, (line.length - passed) / half);
                half * (self.at(u, to) - self.at(u, from))
            } else {
                0.0
            };
        }
    }

    /// G, linear between its steps; odd in τ, and beyond the chord what it is at its end.
    fn at(&self, u: f64, tau: f64) -> f64 {
        let last = STEPS - 1;
        let (u, t) = (u * STEPS as f64, tau.abs().min(1.0) * STEPS as f64);
        let (row, column) = ((u as usize).min(last), (t as usize).min(last));
        let (down, across) = (u - row as f64, t - column as f64);
        let start = row * (STEPS + 1) + column;
        let corner = |offset: usize| f64::from(self.table[start + offset]);
        let upper = corner(0) + across * (corner(1) - corner(0));
        let lower = corner(STEPS + 1) + across * (corner(STEPS + 2) - corner(STEPS + 1));
        (upper + down * (lower - upper)).copysign(tau)
    }
}

/// G for one u, by Simpson's rule.
fn column(falloff: Falloff, u: f64) -> impl Iterator<Item = f64> {
    let chord_squared = 1.0 - u * u;
    // Just inside the radius, at which some kernels jump.
    let inside = 1.0 - f64::EPSILON;
    let heat = move |t: f64| falloff.heat((u * u + t * t * chord_squared).min(inside));
    let step = 1.0 / (STEPS * FINE) as f64;
    let mut total = 0.0;
    let cell = move |cell: usize| {
        let start = cell as f64 / STEPS as f64;
        let parts = (0..FINE).map(|part| {
            let from = start + part as f64 * step;
            heat(from) + 4.0 * heat(from + step / 2.0) + heat(from + step)
        });
        total += parts.sum::<f64>() * step / 6.0;
        total
    };
    std::iter::once(0.0).chain((0..STEPS).map(cell))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::collect::segment::Segment;
    use crate::geo::Pixels;

    #[test]
    fn the_table_is_the_integral_of_every_kernel() {
        let at = |x, y| Pixels { x, y };
        for kernel in Kernel::ALL {
            let (integral, falloff) = (LineIntegral::of(kernel), Falloff::new(kernel, 6.0));
            let whole: f64 = 6.0;
            for (from, to) in [
                (at(-40.0, 0.0), at(50.0, 0.0)),
                (at(-3.0, 2.0), at(1.0, 4.5)),
                (at(0.3, 0.1), at(0.9, 5.0)),
                (at(4.0, -4.0), at(-9.0, 5.9)),
            ] {
                let segment = Segment {
                    from,
                    to,
                    weight: 1.0,
                    track: 0,
                };
                let mut heats = [0.0; 3];
                integral.along(&segment.line(), (-1.0, 0.5), 6.0, &mut heats);
                let parts = 100_000;
                let step = (to.x - from.x).hypot(to.y - from.y) / f64::from(parts);
                for (heat, x) in heats.into_iter().zip([-1.0, 0.0, 1.0]) {
                    let squared = |part: i32| {
                        let share = (f64::from(part) + 0.5) / f64::from(parts);
                        (from.x + share * (to.x - from.x) - x).powi(2)
                            + (from.y + share * (to.y - from.y) - 0.5).powi(2)
                    };
                    let sum: f64 = (0..parts).map(|part| falloff.heat(squared(part))).sum();
                    let off = (heat - sum * step).abs() / whole;
                    assert!(off < 5e-4, "{kernel:?} {heat} instead of {}", sum * step);
                }
            }
        }
    }
}
