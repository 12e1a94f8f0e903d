//! Heat grid as bare numbers: for numpy, and as the ASCII grid that every geographic information
//! system reads.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::density::Grid;
use crate::geo::View;
use crate::npy;

/// Tolerance between width and height of a pixel, as a part of them, to be the same but for
/// rounding.
const HAIR: f64 = 1e-9;

/// No data among values that may be any number: what ESRI writes for it.
const NO_VALUE: f32 = f32::MIN;

/// Writes a `.npy` file: an array of 32-bit floats, in rows from the top; NaN where a surface has
/// no value.
///
/// # Errors
/// When the writer fails.
pub fn write_npy(grid: &Grid, writer: &mut dyn Write) -> io::Result<()> {
    let size = grid.size();
    writer.write_all(&npy::header(
        "'<f4'",
        &[size.height() as u64, size.width() as u64],
    ))?;
    let numbers = grid.numbers(f32::NAN);
    numbers.chunks(size.width()).try_for_each(|row| {
        let bytes: Vec<u8> = row.iter().flat_map(|heat| heat.to_le_bytes()).collect();
        writer.write_all(&bytes)
    })
}

/// Writes an ASCII grid (`.asc`), in metres of Web Mercator, in degrees or in units of a plane as
/// the picture is: its system is for a `.prj` file beside it ([`Crs::wkt`](crate::geo::Crs::wkt))
/// to say. As in a `GeoTIFF`, 0 means no data, but of a
/// surface the least number there is; all heat has as many digits as tell it from its
/// neighbours.
///
/// The format:
/// <https://desktop.arcgis.com/en/arcmap/latest/manage-data/raster-and-images/esri-ascii-raster-format.htm>.
/// It has square cells only; others get the two lines that GDAL reads and writes for them
/// (<https://gdal.org/drivers/raster/aaigrid.html>).
///
/// # Errors
/// When the writer fails.
pub fn write_asc(grid: &Grid, place: &View, writer: &mut dyn Write) -> io::Result<()> {
    let (wide, high) = place.transform().cell();
    let is_square = (wide - high).abs() <= wide * HAIR;
    let cells = if is_square {
        format!("cellsize {wide}")
    } else {
        format!("dx {wide}\ndy {high}")
    };
    let [left, bottom, ..] = place.edges();
    let (none, name) = match grid.support() {
        Some(_) => (NO_VALUE, format!("{NO_VALUE:?}")),
        None => (0.0, "0".to_owned()),
    };
    let (width, height) = (grid.size().width(), grid.size().height());
    writeln!(
        writer,
        "ncols {width}\nnrows {height}\nxllcorner {left}\nyllcorner {bottom}\n{cells}\nNODATA_value {name}"
    )?;
    grid.numbers(none)
        .chunks(width)
        .try_for_each(|row| writer.write_all(line(row).as_bytes()))
}

fn line(row: &[f32]) -> String {
    let mut line = String::new();
    for heat in row {
        // Writing to a string cannot fail. An integer gets its point, lest a reader takes all of
        // them for integers.
        let _ = if *heat == 0.0 {
            write!(line, "0 ")
        } else {
            write!(line, "{heat:?} ")
        };
    }
    line.pop();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Crs, View};
    use crate::raster::Size;

    const HEATS: [f32; 6] = [0.0, 1.0, 0.1, 1e-20, 16_777_217.0, 1e20];

    fn grid() -> Grid {
        let mut grid = Grid::cold(Size::new(3, 2).unwrap()).unwrap();
        grid.heat_mut().copy_from_slice(&HEATS);
        grid
    }

    fn asc(scale: (f64, f64)) -> io::Result<String> {
        let view = View::new(Crs::Wgs84, scale, (-40.0, -100.0), grid().size()).unwrap();
        let mut bytes = Vec::new();
        write_asc(&grid(), &view, &mut bytes).map(|()| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn numpy_gets_rows_of_floats() {
        let mut bytes = Vec::new();
        write_npy(&grid(), &mut bytes).unwrap();
        let (head, numbers) = bytes.split_at(128);
        assert!(
            String::from_utf8_lossy(head)
                .contains("'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), ")
        );
        let numbers: Vec<f32> = numbers
            .chunks(4)
            .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
            .collect();
        assert_eq!(numbers, HEATS);
    }

    #[test]
    fn a_grid_says_where_its_lower_left_corner_is() {
        let text = asc((4.0, 4.0)).unwrap();
        let head =
            "ncols 3\nnrows 2\nxllcorner -10\nyllcorner 24.5\ncellsize 0.25\nNODATA_value 0\n";
        assert_eq!(
            text.strip_prefix(head),
            Some("0 1.0 0.1\n1e-20 16777216.0 1e20\n")
        );
        let heats: Vec<f32> = text[head.len()..]
            .split_whitespace()
            .map(|word| word.parse().unwrap())
            .collect();
        assert_eq!(heats, HEATS, "no digit is lost");
    }

    #[test]
    fn oblong_cells_are_refused() {
        assert!(asc((4.0, 2.0)).unwrap().contains("dx 0.25\ndy 0.5\n"));
    }
}
