//! Bicubic interpolation of a smooth map from plane to plane, cell by cell, each made when the
//! first point falls into it.
//!
//! A projection costs some 300 ns a point, which for ten million of them is several times what
//! reading them takes; a polynomial of degree 3 in both directions costs a tenth of it. Every cell
//! is held against the projection itself where such a polynomial is off the most, and one that is
//! off by more than the caller permits (at a pole, at ±180°, at the end of the map) is not used:
//! there points are projected one by one. What a point comes to depends on its cell alone, never on
//! the points before it, so all threads and all runs agree. Cells are kept while there is room for
//! them, which all maps of a run share; beyond that they are made for each point anew.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Cells along a side of a page, pages along a side of a book, and books along a side of it all.
const CELLS: usize = 16;
const PAGES: usize = 8;
const BOOKS: usize = 16;
/// Half the cells along a side: they lie on both sides of 0.
const HALF: f64 = (CELLS * PAGES * BOOKS / 2) as f64;
/// Bytes for the cells of all maps: more than those of the whole earth take, there and back.
const MOST: usize = 512 << 20;
/// Where the values of a cell are taken, along a side.
const NODES: [f64; 4] = [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0];
/// Where cubics through those are off the most.
const TESTS: [f64; 3] = [0.127, 0.5, 0.873];

/// The values of a map at a point of the plane.
pub(super) type Point = (f64, f64);

/// A square of places, in each of which something is made when it is asked for first.
type Square<T> = Box<[OnceLock<T>]>;
type Page = Square<Option<Box<Cell>>>;

/// Cells of a map, as far as they were asked for.
#[derive(Debug)]
pub(super) struct Lattice {
    books: OnceLock<Square<Square<Page>>>,
    room: &'static Room,
}

/// Bytes that may still be taken.
#[derive(Debug)]
struct Room(AtomicUsize);

static ROOM: Room = Room(AtomicUsize::new(MOST));

impl Default for Lattice {
    fn default() -> Self {
        Self {
            books: OnceLock::new(),
            room: &ROOM,
        }
    }
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
        let (u, v) = (across - column as f64, up - row as f64);
        let make = || Cell::of(map, (column as f64 - HALF, row as f64 - HALF));
        let keep = |place| {
            self.room
                .kept(place, size_of::<Cell>(), || make().map(Box::new))
        };
        let near = match self.place(column, row).and_then(keep) {
            Some(kept) => kept.as_deref().map(|cell| cell.at(u, v)),
            None => make().map(|cell| cell.at(u, v)),
        };
        near.or_else(|| map.at(x, y))
    }

    /// Where the cell of a column and row is kept, if there is room for its page.
    #[inline]
    fn place(&self, column: usize, row: usize) -> Option<&OnceLock<Option<Box<Cell>>>> {
        const BOOK: usize = CELLS * PAGES;
        let at = |size: usize, count: usize| row / size % count * count + column / size % count;
        let books = self.room.kept_square(&self.books, BOOKS)?;
        let pages = self.room.kept_square(&books[at(BOOK, BOOKS)], PAGES)?;
        let cells = self.room.kept_square(&pages[at(CELLS, PAGES)], CELLS)?;
        Some(&cells[at(1, CELLS)])
    }
}

impl Room {
    /// What is in a place, or is made for it now, of so many bytes; nothing if there is no room.
    #[inline]
    fn kept<'a, T>(
        &self,
        place: &'a OnceLock<T>,
        bytes: usize,
        make: impl FnOnce() -> T,
    ) -> Option<&'a T> {
        let make = || self.take(bytes).then(|| place.get_or_init(make));
        place.get().or_else(make)
    }

    /// The same for a square of places.
    #[inline]
    fn kept_square<'a, T>(
        &self,
        place: &'a OnceLock<Square<T>>,
        side: usize,
    ) -> Option<&'a Square<T>> {
        let unset = || (0..side * side).map(|_| OnceLock::new()).collect();
        self.kept(place, side * side * size_of::<OnceLock<T>>(), unset)
    }

    #[cold]
    fn take(&self, bytes: usize) -> bool {
        let take = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Relaxed, Relaxed, take).is_ok()
    }
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
            self.asked.fetch_add(1, Relaxed);
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
    fn without_room_the_same_comes_of_it() {
        static NONE: Room = Room(AtomicUsize::new(0));
        static LITTLE: Room = Room(AtomicUsize::new(20_000));
        let kept = Lattice::default();
        for room in [&NONE, &LITTLE] {
            let (map, lattice) = (
                Cusped::default(),
                Lattice {
                    room,
                    ..Lattice::default()
                },
            );
            for step in 0..2000 {
                let (x, y) = (-f64::from(step) * 0.9, f64::from(step % 173));
                assert_eq!(lattice.at(&map, x, y), kept.at(&map, x, y));
            }
        }
        assert!(LITTLE.0.load(Relaxed) < size_of::<Cell>());
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
