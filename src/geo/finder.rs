//! Which cell of a picture's grid a place falls on, without a sine and a logarithm for each place.

use super::{Coord, Pixels, View};

/// Finds the cells of places: the pixels of a view and `reach` more on every side.
#[derive(Debug)]
pub struct Finder {
    view: View,
    reach: usize,
    /// The rows of latitudes, where to compute them takes long.
    rows: Option<Rows>,
}

/// The rows of a picture whose rows are parallels.
#[derive(Debug)]
struct Rows {
    /// The latitudes between rows, from the northern edge of the first to the southern edge of the
    /// last.
    edges: Vec<f64>,
    /// The row at evenly spaced latitudes, southward from the first edge: where to begin looking
    /// for the row of a place.
    guesses: Vec<u32>,
    guesses_per_degree: f64,
    /// The latitude where the map ends.
    limit: f64,
}

impl Finder {
    /// Rows of a picture for which a table is made.
    const HIGHEST: usize = 1 << 20;

    /// A finder for a view and `reach` pixels around it.
    #[must_use]
    pub fn new(view: &View, reach: usize) -> Self {
        // A table of so many rows would take longer to make than it saves, and more memory than the
        // picture.
        let is_high = view.size().height() > Self::HIGHEST;
        let crs = view.crs();
        let is_worth_it = crs.is_separable() && !crs.is_linear() && !is_high;
        let rows = is_worth_it.then(|| Rows::new(view, reach));
        Self {
            view: view.clone(),
            reach,
            rows,
        }
    }

    /// Cells in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.view.size().width() + 2 * self.reach
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.view.size().height() + 2 * self.reach
    }

    /// The number of the cell, row by row from the top left one, of a place; `None` for places
    /// beyond them.
    #[must_use]
    pub fn cell(&self, at: Coord) -> Option<usize> {
        let (column, row) = if let Some(rows) = &self.rows {
            let column = self.whole(self.view.column(at), self.width())?;
            (column, rows.of(at.y())?)
        } else {
            let Pixels { x, y } = self.view.pixels(at);
            (self.whole(x, self.width())?, self.whole(y, self.height())?)
        };
        Some(row * self.width() + column)
    }

    /// The column or row at a distance in pixels from the edge of the picture, of so many.
    fn whole(&self, pixels: f64, count: usize) -> Option<usize> {
        let from = pixels + self.reach as f64;
        // Positive numbers are rounded down by becoming integers.
        (from >= 0.0 && from < count as f64).then_some(from as usize)
    }
}

impl Rows {
    fn new(view: &View, reach: usize) -> Self {
        let rows = view.size().height() + 2 * reach;
        let edge = |row: usize| {
            view.place(Pixels {
                x: 0.0,
                y: row as f64 - reach as f64,
            })
            .y()
        };
        let edges: Vec<f64> = (0..=rows).map(edge).collect();
        let guesses_per_degree = (2 * rows) as f64 / (edges[0] - edges[rows]);
        let mut row = 0;
        let guess = |number: usize| {
            let latitude = edges[0] - number as f64 / guesses_per_degree;
            while row + 1 < rows && latitude <= edges[row + 1] {
                row += 1;
            }
            // One less, so that rounding never puts the guess beyond the row of a place.
            row.saturating_sub(1) as u32
        };
        let guesses = (0..=2 * rows).map(guess).collect();
        Self {
            edges,
            guesses,
            guesses_per_degree,
            limit: view.crs().limit(),
        }
    }

    /// The last row whose northern edge is not south of a latitude.
    fn of(&self, latitude: f64) -> Option<usize> {
        let latitude = latitude.clamp(-self.limit, self.limit);
        let (first, last) = (self.edges[0], self.edges[self.edges.len() - 1]);
        if latitude > first || latitude <= last {
            return None;
        }
        let mut row =
            self.guesses[((first - latitude) * self.guesses_per_degree) as usize] as usize;
        while latitude <= self.edges[row + 1] {
            row += 1;
        }
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Crs, Extent, MapOptions};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_place_is_found_on_the_pixel_where_the_view_has_it(
            (south, west) in (-89.0..80.0, -179.0..170.0), (high, wide) in (0.001..60.0, 0.001..9.0),
            places in prop::collection::vec((-0.2..1.2, -0.2..1.2), 1..50), reach in 0_usize..40, plain: bool,
        ) {
            let place = |down: f64, across: f64| Coord::unchecked(west + across * wide, south + down * high);
            let extent = Extent::new(place(0.0, 0.0), place(1.0, 1.0));
            let crs = if plain { Crs::Wgs84 } else { Crs::WebMercator };
            let view = View::fit(&MapOptions { crs, ..MapOptions::default() }, extent, 5.0).unwrap();
            let finder = Finder::new(&view, reach);
            for (down, across) in places {
                let at = place(down, across);
                let (x, y) = (view.pixels(at).x + reach as f64, view.pixels(at).y + reach as f64);
                let inside = x >= 0.0 && y >= 0.0 && x < finder.width() as f64 && y < finder.height() as f64;
                let expected = inside.then(|| y as usize * finder.width() + x as usize);
                // On the very edge either side is right.
                let edge = (y - y.round()).abs() < 1e-6;
                prop_assert!(edge || finder.cell(at) == expected, "{:?} is at {} {}", at, x, y);
            }
        }
    }

    proptest! {
        #[test]
        fn a_place_on_a_plane_is_found_on_its_pixel_whatever_the_unit_and_the_direction(
            (x, y) in (-1e3..1e3, -1e3..1e3), unit in -9_i32..9, y_down: bool, reach in 0_usize..40,
            places in prop::collection::vec((-0.2..1.2, -0.2..1.2), 1..50),
        ) {
            let unit = 10_f64.powi(unit);
            let place = |across: f64, up: f64| Coord::unchecked((x + across) * unit, (y + 2.0 * up) * unit);
            let extent = Extent::new(place(0.0, 0.0), place(1.0, 1.0));
            let options = MapOptions { crs: Crs::Plane { y_down }, ..MapOptions::default() };
            let view = View::fit(&options, extent, 5.0).unwrap();
            prop_assert_eq!(view.size().height(), 1024);
            let finder = Finder::new(&view, reach);
            for (across, up) in places {
                // 10 pixels of the higher side are its margins.
                let down = if y_down { up } else { 1.0 - up };
                let expected = (5.0 + down * 1014.0 + reach as f64, view.size().width() as f64 / 2.0 + (across - 0.5) * 507.0 + reach as f64);
                let inside = 3.0 < expected.0 && expected.0 < finder.height() as f64 - 3.0
                    && 3.0 < expected.1 && expected.1 < finder.width() as f64 - 3.0;
                if let Some(cell) = finder.cell(place(across, up)) {
                    let (row, column) = (cell / finder.width(), cell % finder.width());
                    prop_assert!((row as f64 - expected.0).abs() < 3.0 && (column as f64 - expected.1).abs() < 3.0);
                } else {
                    prop_assert!(!inside);
                }
            }
        }
    }
}
