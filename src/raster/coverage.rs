//! Polygon coverage: how much of every pixel lies within polygons, by scan conversion.
//!
//! Every row is cut into sixteen scan lines. Along each of them the crossings with the edges of a
//! polygon are paired by the rule of even and odd, and what lies within is exact to the part of a
//! pixel; so edges are smooth, upright ones exactly so, and flat ones in sixteen steps. Polygons of
//! a file may overlap, and what lies in two of them lies within all the same: their stretches are
//! joined before they are added up.

use rayon::prelude::*;

use super::memory::zeros;
use super::{Raster, Size};
use crate::error::Result;

/// Scan lines of a row.
const LINES: usize = 16;

/// How much of every pixel is there, from 0 to 255, in rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    size: Size,
    coverage: Vec<u8>,
}

/// An edge that goes down.
#[derive(Clone, Copy, Debug)]
struct Edge {
    polygon: u32,
    top: f64,
    bottom: f64,
    /// x at the top, and how it grows with y.
    x: f64,
    slope: f64,
}

impl Mask {
    /// What polygons cover, each of rings in pixels from the upper left corner of the picture.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn of(polygons: &[Vec<Vec<[f64; 2]>>], size: Size) -> Result<Self> {
        let mut mask = Self {
            size,
            coverage: zeros(size.pixels(), size)?,
        };
        let edges = edges(polygons, size);
        let rows = by_row(&edges, size);
        let lines = mask.coverage.par_chunks_mut(size.width()).zip(rows);
        lines.enumerate().for_each(|(y, (line, own))| {
            if !own.is_empty() {
                cover(y, &own, &edges, line);
            }
        });
        Ok(mask)
    }

    /// The same where as much of every pixel is there as was not.
    #[must_use]
    pub fn turned(mut self) -> Self {
        self.coverage
            .par_iter_mut()
            .for_each(|part| *part = 255 - *part);
        self
    }

    /// What is in both of two masks of a size.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        let both = |a: u8, b: u8| ((u32::from(a) * u32::from(b) + 127) / 255) as u8;
        let pairs = self.coverage.par_iter_mut().zip(&other.coverage);
        pairs.for_each(|(a, &b)| *a = both(*a, b));
        self
    }

    /// How much of every pixel is there.
    #[must_use]
    pub fn coverage(&self) -> &[u8] {
        &self.coverage
    }

    /// Whether nothing of any pixel is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.coverage.par_iter().all(|&part| part == 0)
    }
}

impl Raster {
    /// As opaque as a mask of its size has it.
    pub fn cut(&mut self, mask: &Mask) {
        let pixels = self.pixels.par_iter_mut().zip(&mask.coverage);
        pixels.for_each(|(pixel, &part)| match part {
            255 => {}
            0 => *pixel = [0; 4],
            part => pixel[3] = ((u32::from(pixel[3]) * u32::from(part) + 127) / 255) as u8,
        });
    }
}

/// All edges that are not level, as far as they reach into the rows of a picture.
fn edges(polygons: &[Vec<Vec<[f64; 2]>>], size: Size) -> Vec<Edge> {
    let height = size.height() as f64;
    let mut edges = Vec::new();
    for (polygon, rings) in (0..).zip(polygons) {
        for ring in rings {
            for (at, &from) in ring.iter().enumerate() {
                let to = ring[(at + 1) % ring.len()];
                let (upper, lower) = if from[1] < to[1] {
                    (from, to)
                } else {
                    (to, from)
                };
                if upper[1] < lower[1] && lower[1] > 0.0 && upper[1] < height {
                    edges.push(Edge {
                        polygon,
                        top: upper[1],
                        bottom: lower[1],
                        x: upper[0],
                        slope: (lower[0] - upper[0]) / (lower[1] - upper[1]),
                    });
                }
            }
        }
    }
    edges
}

/// The numbers of the edges that reach into each row.
fn by_row(edges: &[Edge], size: Size) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); size.height()];
    for (number, edge) in (0..).zip(edges) {
        let first = edge.top.max(0.0) as usize;
        let last = (edge.bottom.ceil() as usize).min(size.height());
        rows[first..last]
            .iter_mut()
            .for_each(|row| row.push(number));
    }
    rows
}

/// Covers a row.
fn cover(y: usize, own: &[u32], edges: &[Edge], line: &mut [u8]) {
    let width = line.len();
    // What begins and ends in each pixel, and how many stretches more go on from it than end
    // before.
    let (mut parts, mut steps) = (vec![0.0f32; width], vec![0i32; width + 1]);
    let (mut crossings, mut stretches) = (Vec::new(), Vec::new());
    for scan in 0..LINES {
        let at = y as f64 + (scan as f64 + 0.5) / LINES as f64;
        crossings.clear();
        let edges = own.iter().map(|&number| edges[number as usize]);
        let met = edges.filter(|edge| edge.top <= at && at < edge.bottom);
        crossings.extend(met.map(|edge| (edge.polygon, edge.x + (at - edge.top) * edge.slope)));
        crossings.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        stretches.clear();
        // Rings are closed, so that each polygon is crossed an even number of times.
        stretches.extend(crossings.chunks_exact(2).map(|pair| (pair[0].1, pair[1].1)));
        stretches.sort_unstable_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
        let mut done = 0.0f64;
        for &(from, to) in &stretches {
            let (from, to) = (from.max(done), to.min(width as f64));
            if from < to {
                add(from, to, &mut parts, &mut steps);
                done = to;
            }
        }
    }
    let mut whole = 0;
    for ((covered, part), step) in line.iter_mut().zip(parts).zip(steps) {
        whole += step;
        let share = (whole as f32 + part) / LINES as f32;
        *covered = (share * 255.0).round() as u8;
    }
}

/// Adds a stretch of a scan line.
fn add(from: f64, to: f64, parts: &mut [f32], steps: &mut [i32]) {
    let (first, last) = (from as usize, to as usize);
    if first == last {
        parts[first] += (to - from) as f32;
        return;
    }
    parts[first] += (first as f64 + 1.0 - from) as f32;
    if let Some(part) = parts.get_mut(last) {
        *part += (to - last as f64) as f32;
    }
    steps[first + 1] += 1;
    steps[last] -= 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(corners: &[(f64, f64)]) -> Vec<[f64; 2]> {
        corners.iter().map(|&(x, y)| [x, y]).collect()
    }

    fn square(from: f64, to: f64) -> Vec<[f64; 2]> {
        ring(&[(from, from), (to, from), (to, to), (from, to)])
    }

    /// How much of each pixel is covered, in quarters.
    fn quarters(polygons: &[Vec<Vec<[f64; 2]>>], side: u32) -> String {
        let mask = Mask::of(polygons, Size::new(side, side).unwrap()).unwrap();
        let quarter = |part: &u8| char::from_digit((u32::from(*part) + 32) / 64, 10).unwrap();
        let rows = mask.coverage.chunks(side as usize);
        rows.map(|row| row.iter().map(quarter).collect::<String>() + "\n")
            .collect()
    }

    #[test]
    fn pixels_are_covered_as_far_as_polygons_reach_into_them() {
        assert_eq!(quarters(&[vec![square(0.5, 2.5)]], 3), "121\n242\n121\n");
        let triangle = ring(&[(0.0, 0.0), (4.0, 4.0), (0.0, 4.0)]);
        assert_eq!(quarters(&[vec![triangle]], 4), "2000\n4200\n4420\n4442\n");
        // Beyond all sides, and elsewhere.
        assert_eq!(quarters(&[vec![square(-5.0, 9.0)]], 2), "44\n44\n");
        assert_eq!(quarters(&[vec![square(5.0, 9.0)]], 2), "00\n00\n");
        assert_eq!(quarters(&[], 2), "00\n00\n");
    }

    #[test]
    fn holes_are_not_covered_whichever_way_they_go_round() {
        let mut hole = square(1.0, 3.0);
        let whole = "4444\n4004\n4004\n4444\n";
        assert_eq!(quarters(&[vec![square(0.0, 4.0), hole.clone()]], 4), whole);
        hole.reverse();
        assert_eq!(quarters(&[vec![square(0.0, 4.0), hole]], 4), whole);
    }

    #[test]
    fn polygons_that_overlap_or_touch_cover_once() {
        let overlapping = [vec![square(0.0, 2.5)], vec![square(1.5, 4.0)]];
        assert_eq!(quarters(&overlapping, 4), "4420\n4432\n2344\n0244\n");
        let left = ring(&[(0.0, 0.0), (0.5, 0.0), (0.5, 2.0), (0.0, 2.0)]);
        let right = ring(&[(0.5, 0.0), (2.0, 0.0), (2.0, 2.0), (0.5, 2.0)]);
        assert_eq!(quarters(&[vec![left], vec![right]], 2), "44\n44\n");
    }

    #[test]
    fn masks_are_turned_and_joined_and_cut_pictures() {
        let size = Size::new(2, 1).unwrap();
        let half = ring(&[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]);
        let mask = Mask::of(&[vec![half]], size).unwrap();
        assert_eq!(mask.coverage(), [128, 0]);
        assert_eq!(mask.clone().turned().coverage(), [127, 255]);
        assert_eq!(mask.clone().and(&mask).coverage(), [64, 0]);
        let mut picture = Raster::filled(size, [9, 9, 9, 100]);
        picture.cut(&mask);
        assert_eq!(picture.pixels(), [[9, 9, 9, 50], [0; 4]]);
        assert!(mask.clone().and(&mask.turned()).coverage()[1] == 0);
    }
}
