//! Bicubic interpolation of a smooth map from plane to plane, cell by cell, each made when the
//! first point falls into it.
//!
//! A projection costs some 300 ns a point, which for ten million of them is several times what
//! reading them takes; a polynomial of degree 3 in both directions costs a tenth of it. Every cell
//! is held against the projection itself where such a polynomial is off the most, and one that is
//! off by more than the caller permits (at a pole, at ±180°, at the end of the map) is not used:
//! there points are projected one by one. What a point comes to depends on its cell alone, never on
//! the points before it, so all threads and all runs agree.

use std::sync::OnceLock;

/// Cells along a side of a page, and pages along a side of it all.
const CELLS: usize = 32;
const PAGES: usize = 64;
/// Half the cells along a side: they lie on both sides of 0.
const HALF: f64 = (CELLS * PAGES / 2) as f64;
/// Where the values of a cell are taken, along a side.
const NODES: [f64; 4] = [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0];
/// Where cubics through those are off the most.
const TESTS: [f64; 3] = [0.127, 0.5, 0.873];

/// The values of a map at a point of the plane.
pub(super) type Point = (f64, f64);

type Page = Box<[OnceLock<Option<Box<Cell>>>]>;

/// Cells of a map, as far as they were asked for.
#[derive(Debug, Default)]
pub(super) struct Lattice {
    pages: OnceLock<Box<[OnceLock<Page>]>>,
}

/// A map that cells are made of.
pub(super) trait Exact {
    /// How long the side of a cell is.
    fn side(&self) -> f64;
    /// The values at a point; `None` where there are none.
    fn at(&self, x: f64, y: f64) -> Option<Point>;
    /// Whether interpolated values are near enough to the exact ones.
    fn is_near(&self, exact: Point, other: Point) -> bool;
}

/// Coefficients of x^i y^j at 4i + j, of both values; x and y go from 0 to 1 within the cell.
#[derive(Debug)]
struct Cell {
    first: [f64; 16],
    second: [f64; 16],
}

impl Lattice {
    /// The values of a map at a point, interpolated where that is near enough.
    #[inline]
    pub(super) fn at(&self, map: &impl Exact, x: f64, y: f64) -> Option<Point> {
        let side = map.side();
        let (across, up) = (x / side + HALF, y / side + HALF);
        let ends = 0.0..2.0 * HALF;
        if !(ends.contains(&across) && ends.contains(&up)) {
            return map.at(x, y);
        }
        let (column, row) = (across as usize, up as usize);
        match self.cell(map, column, row) {
            Some(cell) => Some(cell.at(across - column as f64, up - row as f64)),
            None => map.at(x, y),
        }
    }

    fn cell(&self, map: &impl Exact, column: usize, row: usize) -> Option<&Cell> {
        let pages = self.pages.get_or_init(|| unset(PAGES * PAGES));
        let page = &pages[row / CELLS * PAGES + column / CELLS];
        let cells = page.get_or_init(|| unset(CELLS * CELLS));
        let cell = &cells[row % CELLS * CELLS + column % CELLS];
        let made = cell.get_or_init(|| {
            let at = (column as f64 - HALF, row as f64 - HALF);
            Cell::of(map, at).map(Box::new)
        });
        made.as_deref()
    }
}

fn unset<T>(count: usize) -> Box<[OnceLock<T>]> {
    (0..count).map(|_| OnceLock::new()).collect()
}

impl Cell {
    /// The cell whose first corner is at a multiple of the side, if the map is smooth enough there.
    fn of(map: &impl Exact, corner: Point) -> Option<Self> {
        let side = map.side();
        let exact = |u: f64, v: f64| map.at((corner.0 + u) * side, (corner.1 + v) * side);
        let mut values = [[0.0; 16]; 2];
        for (i, u) in NODES.into_iter().enumerate() {
            for (j, v) in NODES.into_iter().enumerate() {
                let (first, second) = exact(u, v)?;
                values[0][4 * i + j] = first;
                values[1][4 * i + j] = second;
            }
        }
        let [first, second] = values.map(coefficients);
        let cell = Self { first, second };
        let is_near =
            |u: f64, v: f64| exact(u, v).is_some_and(|exact| map.is_near(exact, cell.at(u, v)));
        let mut tests = TESTS.into_iter().flat_map(|u| TESTS.map(|v| (u, v)));
        tests.all(|(u, v)| is_near(u, v)).then_some(cell)
    }

    #[inline]
    fn at(&self, u: f64, v: f64) -> Point {
        (value(&self.first, u, v), value(&self.second, u, v))
    }
}

/// A polynomial by Horner's scheme.
#[inline]
fn value(of: &[f64; 16], u: f64, v: f64) -> f64 {
    let row = |i: usize| of[i] + v * (of[i + 1] + v * (of[i + 2] + v * of[i + 3]));
    row(0) + u * (row(4) + u * (row(8) + u * row(12)))
}

/// The polynomial through values at the nodes: along one side, and then along the other.
fn coefficients(mut values: [f64; 16]) -> [f64; 16] {
    for i in 0..4 {
        cubic(&mut values, 4 * i, 1);
    }
    for j in 0..4 {
        cubic(&mut values, j, 4);
    }
    values
}

/// The cubic through four values at the nodes, in their place.
fn cubic(values: &mut [f64; 16], start: usize, step: usize) {
    let at = |i: usize| start + i * step;
    let first = values[at(0)];
    // Large numbers have little between them, and that is what matters.
    let [a, b, c] = [1, 2, 3].map(|i| values[at(i)] - first);
    values[at(1)] = 9.0 * a - 4.5 * b + c;
    values[at(2)] = 4.5 * (-5.0 * a + 4.0 * b - c);
    values[at(3)] = 4.5 * (3.0 * a - 3.0 * b + c);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A cubic in both directions to the left of 0, and a cusp at 0.
    #[derive(Default)]
    struct Cusped {
        asked: AtomicUsize,
    }

    impl Exact for Cusped {
        fn side(&self) -> f64 {
            2.0
        }

        fn at(&self, x: f64, y: f64) -> Option<Point> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let cubic = 1e6 + x * y * y - y * y * y + 0.5 * x * x * x - x * x * x * y * y * y;
            (y < 100.0).then_some((cubic, (x - 1.0).abs()))
        }

        fn is_near(&self, exact: Point, other: Point) -> bool {
            (exact.0 - other.0).abs() < 1e-6 && (exact.1 - other.1).abs() < 1e-6
        }
    }

    #[test]
    fn cubics_are_met_exactly_and_asked_for_once() {
        let (map, lattice) = (Cusped::default(), Lattice::default());
        for step in 0..1000 {
            let (x, y) = (-f64::from(step % 37) / 19.0 - 0.01, f64::from(step) / 501.0);
            let (exact, other) = (map.at(x, y).unwrap(), lattice.at(&map, x, y).unwrap());
            assert!(map.is_near(exact, other), "{x} {y}: {exact:?} {other:?}");
        }
        assert_eq!(map.asked.into_inner(), 1000 + 25);
    }

    #[test]
    fn where_it_is_not_smooth_or_far_away_it_is_exact() {
        let (map, lattice) = (Cusped::default(), Lattice::default());
        for (x, y) in [(0.3, 1.0), (1.9, 1.1), (1e9, -1e9), (-1e9, 0.0)] {
            assert_eq!(lattice.at(&map, x, y), map.at(x, y));
        }
        assert_eq!(lattice.at(&map, 1.0, 1000.0), None);
        assert!(
            lattice
                .at(&map, f64::NAN, 0.0)
                .is_none_or(|(x, _)| x.is_nan())
        );
    }
}
