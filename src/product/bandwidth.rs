//! Bandwidth of a kernel by Silverman's rule of thumb, for points of the plane and robust against
//! outliers (B. W. Silverman, Density Estimation, 1986, section 4.3.2; the form is that of
//! `ArcGIS`, "How Kernel Density works"): 0.9 × min(S, M/√ln 2) × n^(−1/5), of the n shapes in the
//! picture, whose distances from their middle have the root mean square S and the median M.
//!
//! It is in proportion to the picture, so that one picture of data looks like another of any size,
//! and bounded by parts of it: a kernel narrower than a two-hundredth of the longer side is dust,
//! one wider than a sixteenth is fog. QGIS and GRASS propose no more than a part of the extent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::geo::{Geometry, Radius, Shape, View};
use crate::input::Deliver;

/// So many shapes are looked at, or somewhat more.
const SAMPLE: u64 = 200_000;
/// The narrowest kernel is this part of the longer side.
const NARROWEST: f64 = 200.0;
/// The widest one is this part of it.
const WIDEST: f64 = 16.0;
/// Radii are multiples of this part of a pixel.
const STEPS: f64 = 100.0;

/// The radius in pixels for the shapes that lie in a view, of so many in all; nothing when none do.
/// `replay` gives the shapes once more, in any order, and says whether it could.
pub(super) fn bandwidth(
    view: &View,
    shapes: u64,
    replay: impl FnOnce(Deliver<'_>) -> bool,
) -> Option<f64> {
    let stride = shapes / SAMPLE + 1;
    let (sample, count) = (Mutex::new(Vec::new()), AtomicU64::new(0));
    let look = |shapes: &[Shape]| {
        let place = |shape: &Shape| Some((inside(view, shape)?, shape.count.get()));
        let places: Vec<Many> = shapes.iter().filter_map(place).collect();
        let these: u64 = places.iter().map(|place| u64::from(place.1)).sum();
        count.fetch_add(these, Ordering::Relaxed);
        let mut sample = sample.lock().unwrap_or_else(PoisonError::into_inner);
        sample.extend(
            places
                .into_iter()
                .filter(|place| is_looked_at(place.0, stride)),
        );
    };
    if !replay(&look) {
        return None;
    }
    let mut sample = sample.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Sums of floats depend on their order, and shapes come in any.
    let order = |a: &Many, b: &Many| {
        let ((a, many), (b, more)) = (a, b);
        let places = a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
        places.then(many.cmp(more))
    };
    sample.sort_by(order);
    let spread = spread(&sample)?;
    let size = view.size();
    let longer = size.width().max(size.height()) as f64;
    let radius = 0.9 * spread * (count.into_inner() as f64).powf(-0.2);
    let radius = radius.clamp(longer / NARROWEST, longer / WIDEST);
    let radius = radius.clamp(1.0, Radius::LARGEST);
    Some((radius * STEPS).round() / STEPS)
}

/// A place, and how many shapes there are.
type Many = ((f64, f64), u32);

/// Where a shape lies in a view, in pixels, if it does.
fn inside(view: &View, shape: &Shape) -> Option<(f64, f64)> {
    let (Geometry::Point(at) | Geometry::Segment(at, _)) = shape.geometry;
    let (at, size) = (view.pixels(at), view.size());
    let (width, height) = (size.width() as f64, size.height() as f64);
    let is_shown = |x: f64| (0.0..=width).contains(&x);
    let goes_round = !view.crs().is_plane() && view.crs().is_separable();
    let x = if is_shown(at.x) || !goes_round {
        at.x
    } else {
        // Frames go on beyond 180°.
        at.x.rem_euclid(360.0 * view.scale().0)
    };
    (is_shown(x) && (0.0..=height).contains(&at.y)).then_some((x, at.y))
}

/// Every so manieth place, chosen by where it is and not by when it comes.
fn is_looked_at((x, y): (f64, f64), stride: u64) -> bool {
    let bits = x.to_bits() ^ y.to_bits().rotate_left(32);
    // Fibonacci hashing.
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).is_multiple_of(stride)
}

/// How far places lie from their middle: the lesser of the root mean square and of the median, made
/// as large as that is where places lie about a middle by chance.
fn spread(places: &[Many]) -> Option<f64> {
    let all: u64 = places.iter().map(|place| u64::from(place.1)).sum();
    let count = all as f64;
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| {
        let each = places
            .iter()
            .map(|(place, many)| of(place) * f64::from(*many));
        each.sum::<f64>()
    };
    let (x, y) = (sum(&|place| place.0) / count, sum(&|place| place.1) / count);
    let square = |place: &(f64, f64)| (place.0 - x).powi(2) + (place.1 - y).powi(2);
    let rms = (sum(&square) / count).sqrt();
    let mut squares: Vec<(f64, u32)> = places
        .iter()
        .map(|(place, many)| (square(place), *many))
        .collect();
    squares.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut passed = 0;
    let middle = squares.iter().find(|(_, many)| {
        passed += u64::from(*many);
        passed > all / 2
    });
    let median = middle?.0.sqrt();
    // Most places may be one, and that has no width.
    let median = median / std::f64::consts::LN_2.sqrt();
    Some(if median > 0.0 { rms.min(median) } else { rms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Coord, Crs};
    use crate::raster::Size;

    fn view(side: u32) -> View {
        let scale = f64::from(side) / 10.0;
        let size = Size::new(side, side).unwrap();
        View::new(Crs::Wgs84, (scale, scale), (0.0, -10.0 * scale), size).unwrap()
    }

    /// A lattice of so many points on each side, over the middle fifth of ten degrees.
    fn lattice(side: i32) -> Vec<Shape> {
        let at = |i: i32| 4.0 + 2.0 * (f64::from(i) + 0.5) / f64::from(side);
        let rows = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        rows.map(|(x, y)| Shape::point(Coord::lat_lon(at(y), at(x)).unwrap()))
            .collect()
    }

    fn radius(side: u32, shapes: &[Shape]) -> Option<f64> {
        bandwidth(&view(side), shapes.len() as u64, |look| {
            shapes.chunks(1000).for_each(look);
            true
        })
    }

    /// One point in each corner of the view.
    fn corners() -> Vec<Shape> {
        let ends = [0.1, 9.9];
        let corners = ends.map(|y| ends.map(|x| Shape::point(Coord::lat_lon(y, x).unwrap())));
        corners.into_iter().flatten().collect()
    }

    #[test]
    fn the_radius_is_that_of_the_formula() {
        // Of a square of 200 pixels the root mean square is 81.6, and the median distance 79.8.
        let wanted = 0.9 * 200.0 / 6.0_f64.sqrt() * 2500.0_f64.powf(-0.2);
        let radius = radius(1000, &lattice(50)).unwrap();
        assert!((radius / wanted - 1.0).abs() < 0.01, "{radius} {wanted}");
    }

    #[test]
    fn it_is_in_proportion_to_the_picture_and_neither_dust_nor_fog() {
        let shapes = lattice(50);
        let (small, large) = (
            radius(500, &shapes).unwrap(),
            radius(6000, &shapes).unwrap(),
        );
        assert!((large / small - 12.0).abs() < 0.02, "{small} {large}");
        assert_eq!(radius(1000, &corners()), Some(62.5));
        let one = Shape::point(Coord::lat_lon(5.0, 5.0).unwrap());
        assert_eq!(radius(1000, &[one; 40]), Some(5.0));
        assert_eq!(radius(100, &[one]), Some(1.0));
    }

    #[test]
    fn what_lies_elsewhere_or_far_out_has_little_say() {
        let mut shapes = lattice(50);
        let plain = radius(1000, &shapes).unwrap();
        let elsewhere = Shape::point(Coord::lat_lon(50.0, 60.0).unwrap());
        assert_eq!(radius(1000, &[elsewhere]), None);
        shapes.extend(std::iter::repeat_n(elsewhere, 2000));
        assert_eq!(radius(1000, &shapes), Some(plain));
        shapes.extend([Shape::point(Coord::lat_lon(9.9, 9.9).unwrap()); 25]);
        let other = radius(1000, &shapes).unwrap();
        // By the root mean square alone it would be 1.27 times as large.
        assert!((other / plain - 1.0).abs() < 0.2, "{plain} {other}");
    }

    #[test]
    fn neither_order_nor_amount_makes_a_difference() {
        let mut shapes = lattice(600);
        let plain = radius(1000, &shapes).unwrap();
        shapes.reverse();
        assert_eq!(radius(1000, &shapes), Some(plain));
        let fewer = radius(1000, &lattice(400)).unwrap();
        let wanted = (400.0_f64 / 600.0).powf(-0.4);
        assert!(
            (fewer / plain / wanted - 1.0).abs() < 0.01,
            "{plain} {fewer}"
        );
    }
}
