//! Upper bound of heat, as branch and bound wants it: no pixel is hotter, and nothing is spread to
//! find it out.
//!
//! The picture is cut into squares. Whatever comes near a square may heat each of its pixels as if
//! it lay there. Of pictures with little on them, such as most tiles of a large zoom, that is
//! enough to know that the hottest pixel is on another one.

use super::blend::Blend;
use super::blocks::covered;
use crate::density::HeatOptions;
use crate::density::collect::cells::Cells;
use crate::density::collect::segment::Segment;
use crate::geo::TrackWeight;

/// Pixels of a side of the squares at the least.
const SIDE: usize = 16;
/// The share by which heats may be larger than their sums, from rounding and Fourier transforms.
const ROUNDING: f64 = 1e-4;

/// What may heat the pixels of a square.
#[derive(Clone, Copy, Default)]
struct Near {
    /// How many heats.
    count: f64,
    /// Their weights together.
    sum: f64,
    /// The largest of these.
    largest: f32,
    /// The last track, and its weight: its pieces count once.
    last: (u32, f32),
}

impl Near {
    fn add(&mut self, weight: f32, count: u32) {
        self.count += f64::from(count);
        self.sum += f64::from(weight) * f64::from(count);
        self.largest = self.largest.max(weight);
    }

    fn add_piece(&mut self, segment: &Segment, by_visits: bool) {
        let track = (segment.track, segment.weight);
        if by_visits && segment.track != 0 && track == self.last {
            return;
        }
        self.last = track;
        self.add(segment.weight, 1);
    }

    /// The most they come to.
    fn most(&self, blend: Blend, decay: f64) -> f64 {
        let largest = f64::from(self.largest);
        match blend {
            Blend::Sum => self.sum,
            Blend::Max => largest,
            Blend::Decay => {
                let series = (1.0 - decay.powf(self.count)) / (1.0 - decay);
                self.sum.min(largest * series)
            }
        }
    }
}

/// The squares of a picture.
struct Squares {
    near: Vec<Near>,
    across: usize,
    down: usize,
    side: usize,
}

impl Squares {
    fn new(cells: &Cells) -> Self {
        let size = cells.frame.picture;
        let side = cells.frame.reach.next_power_of_two().max(SIDE);
        let (across, down) = (size.width().div_ceil(side), size.height().div_ceil(side));
        Self {
            near: vec![Near::default(); across * down],
            across,
            down,
            side,
        }
    }

    /// Changes what may heat the pixels from a corner on to another, both included.
    fn each(&mut self, from: (f64, f64), to: (f64, f64), change: impl Fn(&mut Near)) {
        let columns = covered(from.0, to.0, self.side, self.across);
        for row in covered(from.1, to.1, self.side, self.down) {
            let start = row * self.across;
            self.near[start + columns.start..start + columns.end]
                .iter_mut()
                .for_each(&change);
        }
    }
}

impl Cells {
    /// A heat that no pixel exceeds when they are spread in a way; nothing where only spreading
    /// them tells, or some weigh less than nothing.
    #[must_use]
    pub fn bound(&self, options: &HeatOptions) -> Option<f32> {
        let is_density = !options.has_values()
            && options.inverse_distance.is_none()
            && options.zoom_level.is_none();
        let by_visits = options.track_weight == TrackWeight::Visits;
        let counts_heats = by_visits || options.track_weight == TrackWeight::Points;
        if !is_density || !counts_heats && !self.segments().is_empty() {
            return None;
        }
        let mut squares = Squares::new(self);
        if !self.bound_points(&mut squares) || !self.bound_segments(&mut squares, by_visits) {
            return None;
        }
        let blend = Blend::new(options.decay);
        let most = squares.near.iter();
        let most = most.map(|near| near.most(blend, options.decay));
        Some((most.fold(0.0, f64::max) * (1.0 + ROUNDING)) as f32)
    }

    /// Puts points near squares, and gives whether none weighs less than nothing.
    fn bound_points(&self, squares: &mut Squares) -> bool {
        let (reach, width) = (self.frame.reach as f64, self.frame.width());
        let mut put = |cell: usize, weight: f32, count: u32| {
            // The cell in the corner of the frame lies left and above of the picture.
            let (x, y) = ((cell % width) as f64, (cell / width) as f64);
            let from = (x - 2.0 * reach, y - 2.0 * reach);
            squares.each(from, (x, y), |near| near.add(weight, count));
            weight >= 0.0
        };
        if self.has_weighted() {
            let index = self.index();
            return index
                .iter()
                .all(|cell| put(cell.cell, cell.weight, cell.count));
        }
        let counts = self.counts();
        for (row, counts) in counts.chunks(width).enumerate() {
            // Without a jump from one to the next, as most rows are empty.
            if counts.iter().fold(0, |all, count| all | count) == 0 {
                continue;
            }
            for (x, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                put(row * width + x, 1.0, count);
            }
        }
        true
    }

    /// The same of segments.
    fn bound_segments(&self, squares: &mut Squares, by_visits: bool) -> bool {
        // A distance is measured from the corner of a pixel.
        let reach = self.frame.reach as f64 + 1.0;
        let mut segments = self.segments();
        if by_visits {
            super::tracks::sort(&mut segments);
        }
        segments.iter().all(|segment| {
            let (a, b) = (segment.from, segment.to);
            let from = (a.x.min(b.x) - reach, a.y.min(b.y) - reach);
            let to = (a.x.max(b.x) + reach, a.y.max(b.y) + reach);
            squares.each(from, to, |near| near.add_piece(segment, by_visits));
            segment.weight >= 0.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::{InverseDistance, Kernel, Surface, ZoomLevel};
    use crate::geo::{Coord, Crs, Radius, Shape, TrackId, View};
    use crate::raster::Size;
    use proptest::prelude::*;

    fn cells(shapes: &[Shape], options: &HeatOptions) -> Cells {
        let size = Size::new(60, 50).unwrap();
        let view = View::new(Crs::Wgs84, (1.0, 1.0), (0.0, 0.0), size).unwrap();
        let cells = Cells::new(&view, options).unwrap();
        cells.add(shapes);
        cells
    }

    /// The place of a pixel.
    fn at(x: f64, y: f64) -> Coord {
        Coord::lat_lon(-y, x).unwrap()
    }

    fn shape() -> impl Strategy<Value = Shape> {
        let end = (-20.0..80.0, -20.0..70.0);
        let ends = (end.clone(), end, any::<bool>(), 1..4_u8);
        ends.prop_map(|((ax, ay), (bx, by), is_point, weight)| {
            let shape = if is_point {
                Shape::point(at(ax, ay))
            } else {
                Shape::segment(at(ax, ay), at(bx, by))
            };
            Shape {
                weight: f64::from(weight),
                ..shape
            }
        })
    }

    proptest! {
        #[test]
        fn no_heat_exceeds_its_bound(
            shapes in prop::collection::vec(shape(), 0..30),
            radius in 1.0..25.0, decay in prop_oneof![Just(0.0), Just(0.5), Just(0.95), Just(1.0)],
            track_weight in prop_oneof![Just(TrackWeight::Points), Just(TrackWeight::Visits)],
            // All that comes near counts in full.
            kernel in prop_oneof![Just(Kernel::Linear), Just(Kernel::Uniform)],
        ) {
            let options = HeatOptions {
                radius: Radius::Pixels(radius), decay, track_weight, kernel, ..HeatOptions::default()
            };
            let cells = cells(&shapes, &options);
            let (bound, heat) = (cells.bound(&options).unwrap(), cells.grid(&options).unwrap());
            prop_assert!(heat.maximum() <= bound, "{} {bound}", heat.maximum());
        }
    }

    #[test]
    fn far_from_one_another_few_come_to_little() {
        let options = HeatOptions {
            decay: 1.0,
            ..HeatOptions::default()
        };
        let apart = [(5.0, 5.0), (55.0, 45.0)].map(|(x, y)| Shape::point(at(x, y)));
        let bound = cells(&apart, &options).bound(&options).unwrap();
        assert!((1.0..1.01).contains(&bound), "{bound}");
        // The second counts half as much as the first.
        let together = [at(5.0, 5.0), at(6.0, 5.0)].map(Shape::point);
        let half = HeatOptions {
            decay: 0.5,
            ..options
        };
        let bound = cells(&together, &half).bound(&half).unwrap();
        assert!((1.5..1.501).contains(&bound), "{bound}");
        // What lies beyond the picture and does not reach it is not counted.
        let beyond = Shape::point(at(-40.0, 5.0));
        assert_eq!(cells(&[beyond], &options).bound(&options), Some(0.0));
    }

    #[test]
    fn of_less_than_nothing_and_of_values_there_is_none() {
        let options = HeatOptions::default();
        let cold = Shape {
            weight: -1.0,
            ..Shape::point(at(9.0, 9.0))
        };
        assert_eq!(cells(&[cold], &options).bound(&options), None);
        let warm = Shape::point(at(9.0, 9.0));
        for others in [
            HeatOptions {
                zoom_level: Some(ZoomLevel(3.0)),
                ..options
            },
            HeatOptions {
                inverse_distance: Some(InverseDistance::default()),
                ..options
            },
            HeatOptions {
                surface: Surface::Mean,
                ..options
            },
        ] {
            assert_eq!(cells(&[warm], &others).bound(&others), None);
        }
        let segment = Shape::segment(at(9.0, 9.0), at(20.0, 9.0));
        let by_length = HeatOptions {
            track_weight: TrackWeight::Length,
            ..options
        };
        assert_eq!(cells(&[segment], &by_length).bound(&by_length), None);
    }

    /// The bound of a sum.
    fn sum(shapes: &[Shape], options: &HeatOptions) -> f64 {
        let options = HeatOptions {
            decay: 1.0,
            ..*options
        };
        cells(shapes, &options).bound(&options).unwrap().into()
    }

    #[test]
    fn whatever_comes_near_a_square_counts_on_all_of_it() {
        let options = HeatOptions::default();
        // It heats the first square of 16 pixels alone.
        let first = Shape::point(at(8.5, 8.5));
        let line = |x: f64, y: f64| Shape::segment(at(x, y), at(x + 1.0, y + 2.0));
        let places = [-4, 0, 15, 19, 20, 21, 39];
        for (x, y) in places.into_iter().flat_map(|x| places.map(|y| (x, y))) {
            let (left, top) = (f64::from(x), f64::from(y));
            let point = Shape::point(at(left + 0.5, top + 0.5));
            for (shape, weight, reach) in [
                (point, 1.0, 4),
                (point.weighing(2.5), 2.5, 4),
                (point.weighing(2.5).times(3.try_into().unwrap()), 7.5, 4),
                (line(left, top), 1.0, 5),
            ] {
                let is_near = x - reach < 16 && y - reach < 16;
                let expected = if is_near { 1.0 + weight } else { weight };
                let bound = sum(&[first, shape], &options);
                assert!((bound / expected - 1.0).abs() < 1e-3, "{shape:?}: {bound}");
            }
        }
        // From its other end, too.
        for (x, expected) in [(-4.0, 2.0), (-6.0, 1.0)] {
            let line = Shape::segment(at(x, 30.0), at(x, 8.0));
            let other = Shape::segment(at(30.0, x), at(8.0, x));
            for line in [line, other] {
                let bound = sum(&[first, line], &options);
                assert!((bound / expected - 1.0).abs() < 1e-3, "{line:?}: {bound}");
            }
        }
    }

    #[test]
    fn pieces_of_a_track_that_counts_once_are_one_if_they_weigh_the_same() {
        let piece = |name: &[u8], weight: f64| Shape {
            track: Some(TrackId::of(name)),
            weight,
            ..Shape::segment(at(9.0, 9.0), at(20.0, 9.0))
        };
        let alone = Shape::segment(at(9.0, 9.0), at(20.0, 9.0));
        let by = |track_weight| HeatOptions {
            track_weight,
            ..HeatOptions::default()
        };
        let (one, two) = (piece(b"one", 1.0), piece(b"two", 1.0));
        for (pieces, visits, points) in [
            (vec![one, two, one, one], 2.0, 4.0),
            (vec![one, piece(b"one", 2.0), one], 3.0, 4.0),
            (vec![alone, alone], 2.0, 2.0),
        ] {
            let bounds = [TrackWeight::Visits, TrackWeight::Points].map(|w| sum(&pieces, &by(w)));
            let off = [bounds[0] / visits, bounds[1] / points];
            assert!(off.iter().all(|off| (off - 1.0).abs() < 1e-3), "{bounds:?}");
        }
    }
}
