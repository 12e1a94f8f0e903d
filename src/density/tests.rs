//! The engine against the definition, and the algebra of heat.

use std::num::NonZeroU32;
use std::sync::Arc;

use proptest::prelude::*;
use rayon::prelude::*;

use super::collect::segment::Segment;
use super::spread::kernel::Falloffs;
use super::*;
use crate::geo::{Coord, Crs, Extent, MapOptions, Pixels, TrackId, View};
use crate::geo::{Geometry, Shape, TileId};
use crate::raster::Size;

/// A picture of `width` pixels, a degree to a pixel, whose pixel (0, 0) holds the place (0, 0) and
/// rows go south.
fn view(width: u32, height: u32) -> View {
    view_at(1.0, width, height)
}

/// The same with any scale, in pixels per degree.
fn view_at(scale: f64, width: u32, height: u32) -> View {
    let corner =
        |x: u32, y: u32| Coord::lat_lon(-f64::from(y) / scale, f64::from(x) / scale).unwrap();
    let extent = Extent::new(corner(0, height), corner(width, 0));
    let options = MapOptions {
        crs: Crs::Wgs84,
        scale: Some(Crs::Wgs84.metres() / scale),
        width: width.try_into().ok(),
        height: height.try_into().ok(),
        extent,
        ..MapOptions::default()
    };
    View::fit(&options, None, 0.0).unwrap()
}

/// A picture of `width` pixels for a radius: where it is one on the ground, in Mercator and a bit
/// further south, so that it is half as much again in the lower rows of a large one.
fn view_for(options: &HeatOptions, width: u32, height: u32) -> View {
    match options.radius {
        Radius::Pixels(_) => view(width, height),
        Radius::Metres(_) => View::new(
            Crs::WebMercator,
            (1.0, 1.0),
            (0.0, 10.0),
            Size::new(width, height).unwrap(),
        )
        .unwrap(),
    }
}

/// How far north a latitude lies in Mercator, in degrees along the equator.
fn mercator(latitude: f64) -> f64 {
    Crs::WebMercator
        .forward(Coord::lat_lon(latitude, 0.0).unwrap())
        .1
}

/// The middle of a pixel of such a view.
fn pixel(x: f64, y: f64) -> Coord {
    Coord::lat_lon(-y - 0.5, x + 0.5).unwrap()
}

fn point(x: i32, y: i32, weight: f64) -> Shape {
    Shape::point(pixel(x.into(), y.into())).weighing(weight)
}

fn cells(view: &View, options: &HeatOptions, shapes: &[Shape]) -> Cells {
    let cells = Cells::new(view, options).unwrap();
    cells.add(shapes);
    cells
}

fn grid(view: &View, options: &HeatOptions, shapes: &[Shape]) -> Grid {
    cells(view, options, shapes).grid(options).unwrap()
}

/// The definition: every shape's heat at every pixel, sorted and summed.
fn slowly(view: &View, options: &HeatOptions, shapes: &[Shape]) -> Vec<f64> {
    let (width, height) = (view.size().width(), view.size().height());
    let falloffs = &Falloffs::new(options, view).unwrap();
    let heats = |x, y| {
        shapes
            .iter()
            .map(move |shape| shape.weight * heat_at(view, falloffs, shape, x, y))
    };
    let blend = |x, y| {
        let mut heats: Vec<f64> = heats(x, y).filter(|heat| *heat != 0.0).collect();
        heats.sort_by(|a, b| b.total_cmp(a));
        heats
            .iter()
            .enumerate()
            .map(|(k, heat)| heat * options.decay.powi(k as i32))
            .sum()
    };
    (0..width * height)
        .map(|i| blend(i % width, i / width))
        .collect()
}

fn heat_at(view: &View, falloffs: &Falloffs, shape: &Shape, x: usize, y: usize) -> f64 {
    let (row, x, y) = (y, x as f64, y as f64);
    let squared = match shape.geometry {
        Geometry::Point(at) => {
            let at = view.pixels(at);
            (at.x.floor() - x).powi(2) + (at.y.floor() - y).powi(2)
        }
        Geometry::Segment(from, to) => {
            // The kernels jump at the radius, where another rounding of the distance would make
            // another picture.
            Segment {
                from: view.pixels(from),
                to: view.pixels(to),
                weight: 1.0,
                track: 0,
            }
            .distance_squared(x, y)
        }
    };
    falloffs.at(row).heat(squared)
}

fn assert_alike(grid: &Grid, expected: &[f64]) {
    for (i, (&actual, &expected)) in grid.heat().iter().zip(expected).enumerate() {
        let tolerance = 2e-6 * expected.abs() + 1e-9;
        assert!(
            (f64::from(actual) - expected).abs() <= tolerance,
            "pixel {i}: {actual} instead of {expected}"
        );
    }
}

/// Every radius with the maximum, the sum, and something between them.
fn blends(radii: [Radius; 3]) -> impl Iterator<Item = HeatOptions> {
    let blend = |(radius, decay)| HeatOptions {
        radius,
        decay,
        ..HeatOptions::default()
    };
    let each = radii
        .into_iter()
        .flat_map(|radius| [0.0, 0.5, 1.0].map(|decay| (radius, decay)));
    each.map(blend)
}

#[test]
fn a_profile_is_the_heat_by_the_square_of_the_distance() {
    let options = HeatOptions {
        radius: 2.0.into(),
        ..HeatOptions::default()
    };
    let halves = [1.0, 0.5, 1.0 - 0.5_f64.sqrt(), 1.0 - 0.75_f64.sqrt()];
    let off = |profile: Vec<f64>| {
        let pairs = profile.iter().zip(halves);
        assert_eq!(profile.len(), halves.len());
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    assert!(off(options.profile().unwrap()) < 1e-12);
    let widened = HeatOptions {
        radius: 0.5.into(),
        least_radius: 2.0,
        ..options
    };
    assert!(off(widened.profile().unwrap()) < 1e-12);
    let others = [
        HeatOptions {
            radius: Radius::Metres(2.0),
            ..options
        },
        HeatOptions {
            zoom_level: Some(ZoomLevel(3.0)),
            ..options
        },
        HeatOptions {
            surface: Surface::Mean,
            ..options
        },
        HeatOptions {
            aggregate: Some(Aggregate::Max),
            ..options
        },
    ];
    assert!(others.iter().all(|options| options.profile().is_none()));
}

#[test]
fn inverse_distances_have_a_name_and_end_where_they_are_bounded() {
    let kernel = mean(6.0, Kernel::Quartic);
    assert_eq!(kernel.kernel_name(), "quartic");
    assert_eq!(kernel.bound(), Some(Radius::Pixels(6.0)));
    let weighed = |bounded| HeatOptions {
        inverse_distance: Some(InverseDistance {
            bounded,
            ..InverseDistance::default()
        }),
        ..kernel
    };
    assert_eq!(weighed(false).kernel_name(), "idw of power 2");
    assert_eq!(weighed(false).bound(), None);
    assert_eq!(weighed(true).bound(), kernel.bound());
}

#[test]
fn cells_tell_how_much_they_hold() {
    let (view, options) = (view(20, 20), HeatOptions::default());
    let held = |shapes: &[Shape]| cells(&view, &options, shapes);
    let nothing = held(&[]);
    assert!(nothing.is_empty() && nothing.shapes() == 0);
    let line = Shape::segment(pixel(1.0, 1.0), pixel(9.0, 9.0));
    let (one, other) = (point(3, 3, 1.0), point(9, 9, 1.0));
    for (shapes, count) in [
        (vec![one, other], 2),
        (vec![point(3, 3, 2.5)], 1),
        (vec![line, line], 2),
        (vec![one, one, line, point(4, 4, 2.5)], 4),
    ] {
        let held = held(&shapes);
        assert!(!held.is_empty() && !held.is_full());
        assert_eq!(held.shapes(), count);
        assert_eq!(held.has_points(), shapes[0] != line);
    }
    let many = one.times(NonZeroU32::MAX);
    assert!(held(&[many]).is_full() && held(&[many, one]).is_full());
}

#[test]
fn what_is_too_far_away_to_heat_the_picture_is_left_out_and_told() {
    let (view, options) = (view(20, 20), HeatOptions::default());
    let line = |x: f64| Shape::segment(pixel(x, 3.0), pixel(x, 9.0));
    for (near, far) in [
        (point(23, 5, 1.0), point(24, 5, 1.0)),
        (point(5, -4, 2.5), point(5, -5, 2.5)),
        (line(24.4), line(24.6)),
    ] {
        let found = |shapes: &[Shape]| {
            let cells = cells(&view, &options, shapes);
            (cells.shapes(), cells.is_cut())
        };
        assert_eq!(found(&[near]), (1, false));
        assert_eq!(found(&[far]), (0, true));
        assert_eq!(found(&[near, far]), (1, true));
    }
    // The same of points that are counted already, and of segments that are there.
    let binner = Binner::new(&view, &options).unwrap();
    let counted = binner.counted([(pixel(23.0, 5.0), 7)].into_iter());
    let cell = 9 * 28 + 27;
    let expected = WeightedCell {
        cell,
        weight: 1.0,
        count: 7,
    };
    assert_eq!((counted.weighted, counted.beyond), (vec![expected], false));
    let beyond = binner.counted([(pixel(24.0, 5.0), 7)].into_iter());
    assert!(beyond.weighted.is_empty() && beyond.beyond);
    let segment = |x: f64| Segment {
        from: Pixels { x, y: 3.0 },
        to: Pixels { x, y: 9.0 },
        weight: 1.0,
        track: 0,
    };
    let all = binner.near(vec![segment(24.9), segment(-4.9)]);
    assert_eq!((all.segments.len(), all.beyond), (2, false));
    let some = binner.near(vec![segment(24.9), segment(25.1)]);
    assert_eq!((some.segments, some.beyond), (vec![segment(24.9)], true));
}

#[test]
fn a_binner_that_is_to_reach_farther_finds_what_lies_there() {
    let (view, options) = (view(20, 20), HeatOptions::default());
    let binner = |reach| Binner::new(&view, &options).unwrap().reaching(reach);
    for reach in [0, 3, 4] {
        assert_eq!((binner(reach).reach(), binner(reach).radius), (4, 5.0));
    }
    let wide = Arc::new(binner(9));
    assert_eq!((wide.reach(), wide.radius), (9, 11.0));
    let line = |x: f64| Shape::segment(pixel(x, 3.0), pixel(x, 9.0));
    for (near, far) in [
        (point(28, 5, 1.0), point(29, 5, 1.0)),
        (line(30.4), line(30.6)),
    ] {
        let cells = Cells::of(wide.clone(), options.memory).unwrap();
        cells.add(&[near, far]);
        assert!(cells.shapes() == 1 && cells.is_cut());
    }
    // The picture is the same.
    let shapes = [point(3, 3, 1.0), point(21, 5, 1.0), line(6.0)];
    let cells = Cells::of(wide, options.memory).unwrap();
    cells.add(&shapes);
    let expected = grid(&view, &options, &shapes);
    assert_eq!(cells.grid(&options).unwrap(), expected);
}

#[test]
fn what_is_binned_marks_the_squares_that_it_heats_and_no_others() {
    let (view, options) = (view(170, 88), HeatOptions::default());
    let binner = Binner::new(&view, &options).unwrap();
    let line =
        |to: (f64, f64), from: (f64, f64)| Shape::segment(pixel(from.0, from.1), pixel(to.0, to.1));
    // Squares of 32 pixels, from the first to the last, across and down.
    for (shape, (left, right), (top, bottom)) in [
        (point(100, 40, 1.0), (3, 3), (1, 1)),
        (point(99, 60, 1.0), (2, 3), (1, 2)),
        (point(91, 27, 2.5), (2, 2), (0, 0)),
        (point(92, 28, 2.5), (2, 3), (0, 1)),
        (line((100.0, 41.0), (71.0, 40.0)), (2, 3), (1, 1)),
        (line((68.0, 40.0), (100.0, 41.0)), (1, 3), (1, 1)),
        (line((90.0, 35.0), (80.0, 83.0)), (2, 2), (0, 2)),
    ] {
        let mut dirty = Dirty::nothing(view.size());
        let binned = binner.binned(&[shape]);
        binned.mark(&mut dirty, binner.frame, binner.radius);
        for (column, row) in (0..6).flat_map(|column| (0..3).map(move |row| (column, row))) {
            let is_dirty = dirty.touches((column * 32, 1), (row * 32, 1));
            let is_near = (left..=right).contains(&column) && (top..=bottom).contains(&row);
            assert_eq!(is_dirty, is_near, "{shape:?} {column} {row}");
        }
    }
}

#[test]
fn weights_that_would_be_rounded_by_more_than_a_tenth_are_refused() {
    let view = view(20, 20);
    let options = |memory| HeatOptions {
        memory,
        ..HeatOptions::default()
    };
    let shapes: Vec<Shape> = (0..40).map(|i| point(3, 3, 1.5_f64.powi(i - 20))).collect();
    let rich = cells(&view, &options(1 << 20), &shapes);
    assert_eq!((rich.digits_lost(), rich.rounding()), (0, 0.0));
    assert!(rich.check_rounding().is_ok());
    // As many digits as others have lost, and those that are 2^-24 of a weight.
    rich.lose_digits(3);
    assert_eq!((rich.digits_lost(), rich.rounding()), (3, 2_f64.powi(-21)));
    rich.lose_digits(20);
    assert_eq!(
        (rich.rounding(), rich.check_rounding().is_ok()),
        (0.0625, true)
    );
    rich.lose_digits(21);
    assert_eq!(
        (rich.rounding(), rich.check_rounding().is_ok()),
        (0.125, false)
    );
    assert!(rich.grid(&options(1 << 20)).is_err());
    let poor = cells(&view, &options(0), &shapes);
    assert!(poor.digits_lost() > 20 && poor.grid(&options(0)).is_err());
}

#[test]
fn cells_in_a_mixed_picture_are_blended_as_the_rest_of_it_is() {
    let options = HeatOptions {
        decay: 0.5,
        ..HeatOptions::default()
    };
    let view = view(20, 20);
    let alone = || cells(&view, &options, &[point(3, 3, 1.0)]);
    assert!(
        alone().way(&options) == Way::Decay && alone().in_mixed().way(&options) == Way::Nearest
    );
    let cut = alone();
    cut.cut(2);
    assert!(cut.is_cut() && !alone().is_cut());
    assert_eq!((cut.complete(), alone().complete()), (2, 4));
    cut.cut(3);
    assert_eq!(cut.complete(), 2);
}

#[test]
fn a_sum_takes_the_way_of_what_there_is() {
    let options = HeatOptions {
        decay: 1.0,
        ..HeatOptions::default()
    };
    let line = Shape::segment(pixel(1.0, 1.0), pixel(9.0, 9.0));
    let way = |shapes: &[Shape]| cells(&view(20, 20), &options, shapes).way(&options);
    assert_eq!(way(&[point(3, 3, 1.0), point(4, 4, 2.5)]), Way::Sum);
    assert_eq!(way(&[line]), Way::SumOfSegments);
    assert_eq!(way(&[line, point(3, 3, 1.0)]), Way::SumOfBoth);
    // As many on one pixel as on another.
    assert_eq!(
        way(&[line, point(3, 3, 1.0), point(4, 4, 1.0)]),
        Way::SumOfBoth
    );
}

#[cfg(feature = "files")]
#[test]
fn a_picture_that_grows_is_in_every_frame_what_it_would_be_standing_still() {
    let line = Shape::segment(pixel(50.25, 6.5), pixel(80.5, 60.0));
    let far = Shape::segment(pixel(3.0, 66.0), pixel(30.0, 69.5));
    let points = [(9, 9), (31, 31), (33, 33), (70, 80), (89, 64), (-2, 40)];
    let points = points.map(|(x, y)| point(x, y, 1.0));
    let mixed = [points[0], line, points[4].weighing(2.5), far, points[1]];
    let radii = [
        Radius::Pixels(1.0),
        Radius::Pixels(6.5),
        Radius::Metres(500_000.0),
    ];
    for options in blends(radii) {
        let view = view_for(&options, 170, 85);
        let binner = Arc::new(Binner::new(&view, &options).unwrap());
        for shapes in [&points[..], &mixed] {
            let mut moving = IncrementalHeat::new(&binner, &[options]).unwrap();
            for until in 1..=shapes.len() {
                moving.add(binner.binned(&shapes[until - 1..until]));
                let still = grid(&view, &options, &shapes[..until]);
                assert_eq!(*moving.grids().unwrap()[0], still, "{options:?} {until}");
            }
        }
    }
}

#[cfg(feature = "files")]
#[test]
fn a_picture_whose_heat_is_another_all_over_is_heated_anew() {
    let options = HeatOptions {
        memory: 0,
        ..HeatOptions::default()
    };
    let view = view(90, 70);
    let binner = Arc::new(Binner::new(&view, &options).unwrap());
    let mut moving = IncrementalHeat::new(&binner, &[options]).unwrap();
    let shapes = [point(10, 10, 1.0), point(80, 60, 1.0)];
    moving.mark_all();
    moving.add(binner.binned(&shapes));
    assert_eq!(*moving.grids().unwrap()[0], grid(&view, &options, &shapes));
    // Whoever keeps half of it and says nothing gets what there was.
    moving.clear().unwrap();
    moving.keep(binner.binned(&shapes[..1]));
    assert_eq!(*moving.grids().unwrap()[0], grid(&view, &options, &shapes));
    moving.mark_all();
    let first = grid(&view, &options, &shapes[..1]);
    assert_eq!(*moving.grids().unwrap()[0], first);
    assert_eq!(moving.rounding(), 0.0);
    // Weights that there is no room for are rounded, by as much as cells say.
    let heavy = [2.5, 2.53125].map(|weight| point(30, 30, weight));
    moving.add(binner.binned(&heavy));
    let all = cells(&view, &options, &[&shapes[..1], &heavy].concat());
    let (grids, rounding) = {
        let heated = all.grid(&options).unwrap();
        assert_eq!(*moving.grids().unwrap()[0], heated);
        assert_eq!(moving.rounding(), all.rounding());
        moving.clear().unwrap();
        moving.mark_all();
        moving.into_grids().unwrap()
    };
    assert!(rounding > 0.0 && rounding == all.rounding());
    assert_eq!(grids[0], grid(&view, &options, &[]));
}

#[test]
fn only_a_track_that_counts_once_is_thinned_and_not_where_it_was_before() {
    let piece = |from: f64, to: f64| Segment {
        from: Pixels { x: from, y: 4.0 },
        to: Pixels { x: to, y: 4.0 },
        weight: 1.0,
        track: 1,
    };
    let twice = [piece(3.001, 3.002), piece(3.0, 3.0)];
    let all = HeatOptions::default();
    let once = HeatOptions {
        track_weight: TrackWeight::Visits,
        ..all
    };
    let mut cells = Cells::new(&view(9, 9), &all).unwrap();
    assert_eq!(*cells.thinned(&twice, &all), twice);
    assert_eq!(*cells.thinned(&twice, &once), twice[1..]);
    cells.is_thinned = true;
    assert_eq!(*cells.thinned(&twice, &once), twice);
}

#[test]
fn crowds_of_segments_are_as_hot_as_many_of_them() {
    let options = HeatOptions {
        radius: Radius::Pixels(6.0),
        decay: 0.5,
        ..HeatOptions::default()
    };
    let view = view(40, 30);
    let segment = Shape::segment(pixel(9.0, 12.0), pixel(11.0, 14.0));
    let [many, crowd] = [1000, 140_000].map(|count| grid(&view, &options, &vec![segment; count]));
    assert_eq!(many.heat(), crowd.heat());
    assert!((many.maximum() - 2.0).abs() < 2e-6);
}

#[test]
fn heat_of_a_segment_ends_at_the_radius_and_not_behind_it() {
    for radius in 1..60 {
        let options = HeatOptions {
            kernel: Kernel::Uniform,
            radius: Radius::Pixels(radius.into()),
            decay: 0.5,
            ..HeatOptions::default()
        };
        let shapes = [Shape::segment(
            Coord::lat_lon(0.0, 0.0).unwrap(),
            Coord::lat_lon(0.0, 2.0).unwrap(),
        )];
        let heat = grid(&view(1, 61), &options, &shapes);
        let hot = heat.heat().iter().take_while(|&&heat| heat > 0.0).count();
        assert_eq!(hot, radius as usize);
    }
}

#[test]
fn one_point_written_out() {
    let options = HeatOptions {
        radius: 2.0.into(),
        ..HeatOptions::default()
    };
    let grid = grid(&view(5, 5), &options, &[point(2, 2, 1.0)]);
    let text: Vec<String> = grid
        .heat()
        .chunks(5)
        .map(|row| {
            row.iter()
                .map(|heat| format!("{:3.0}", heat * 100.0))
                .collect()
        })
        .collect();
    assert_eq!(
        text,
        [
            "  0  0  0  0  0",
            "  0 29 50 29  0",
            "  0 50100 50  0",
            "  0 29 50 29  0",
            "  0  0  0  0  0"
        ]
    );
}

#[test]
fn twice_the_point_is_twice_the_weight_in_a_sum() {
    let options = HeatOptions {
        decay: 1.0,
        ..HeatOptions::default()
    };
    let view = view(20, 20);
    let twice = grid(&view, &options, &[point(7, 9, 1.0), point(7, 9, 1.0)]);
    let heavy = grid(&view, &options, &[point(7, 9, 2.0)]);
    assert_alike(
        &twice,
        &heavy
            .heat()
            .iter()
            .map(|&heat| heat.into())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn weight_zero_adds_nothing_and_negative_weights_cool() {
    let view = view(20, 20);
    let both = grid(
        &view,
        &HeatOptions {
            decay: 1.0,
            ..HeatOptions::default()
        },
        &[point(3, 3, 3.0), point(3, 3, -1.0)],
    );
    assert_eq!(both.maximum(), 2.0);
    for decay in [0.0, 0.5, 1.0] {
        let options = HeatOptions {
            decay,
            ..HeatOptions::default()
        };
        assert_eq!(grid(&view, &options, &[point(3, 3, 0.0)]).maximum(), 0.0);
        assert_eq!(grid(&view, &options, &[point(3, 3, -2.0)]).maximum(), 0.0);
    }
}

#[test]
fn a_few_shapes_blend_as_defined_in_every_row_and_block() {
    let places = [
        (1, 2),
        (30, 31),
        (33, 33),
        (39, 60),
        (12, 64),
        (30, 31),
        (44, 5),
    ];
    let shapes: Vec<Shape> = (0..21)
        .map(|i| {
            let (x, y) = places[i % places.len()];
            point(x, y, 0.25 + (i * 7 % 10) as f64)
        })
        .collect();
    let lines = [
        Shape::segment(pixel(3.25, 40.5), pixel(39.75, 2.0)).weighing(100.0),
        Shape::segment(pixel(20.5, -3.0), pixel(20.5, 69.0)).weighing(0.25),
    ];
    let ones: Vec<Shape> = shapes.iter().map(|shape| shape.weighing(1.0)).collect();
    let mixed = [&shapes[..], &lines].concat();
    let radii = [
        Radius::Pixels(3.5),
        Radius::Pixels(21.0),
        Radius::Metres(400_000.0),
    ];
    for shapes in [ones, shapes, mixed] {
        for options in blends(radii) {
            let view = view_for(&options, 42, 70);
            let expected = slowly(&view, &options, &shapes);
            assert_alike(&grid(&view, &options, &shapes), &expected);
        }
    }
}

#[test]
fn more_pieces_than_there_is_room_for_at_first_blend_as_defined() {
    let view = view(9, 9);
    for decay in [0.5, 0.95] {
        let options = HeatOptions {
            radius: 3.0.into(),
            decay,
            ..HeatOptions::default()
        };
        for count in [64, 65, 700] {
            let piece = |i: u32| {
                let place = f64::from(i * 37 % 101) / 25.0;
                let ends = (pixel(place, 1.0), pixel(4.0, 4.0 + place));
                Shape::segment(ends.0, ends.1).weighing(1.0 + place)
            };
            let shapes: Vec<Shape> = (0..count).map(piece).collect();
            let expected = slowly(&view, &options, &shapes);
            assert_alike(&grid(&view, &options, &shapes), &expected);
        }
    }
}

#[test]
fn cold_lines_are_not_warmed_by_those_that_do_not_reach_as_far() {
    let view = view(40, 20);
    let cold = Shape::segment(pixel(10.0, 2.0), pixel(10.0, 18.0)).weighing(-2.0);
    // It heats no corner of the box around it.
    let warm = Shape::segment(pixel(13.0, 10.0), pixel(15.0, 12.0));
    for points in [0, 5] {
        let points = (0..points).map(|i| point(30 + i, 3, 1.5));
        let shapes: Vec<Shape> = [cold, warm].into_iter().chain(points).collect();
        for decay in [0.0, 0.5] {
            let options = HeatOptions {
                radius: 3.0.into(),
                decay,
                ..HeatOptions::default()
            };
            let expected = slowly(&view, &options, &shapes);
            assert!(expected.iter().any(|heat| *heat < -1.0));
            assert_alike(&grid(&view, &options, &shapes), &expected);
        }
    }
}

#[test]
fn two_half_views_make_the_whole_view() {
    let shapes: Vec<Shape> = (0..300)
        .map(|i| point(i * 7 % 60, i * i % 40, f64::from(1 + i % 3)))
        .collect();
    let options = HeatOptions {
        radius: 6.0.into(),
        ..HeatOptions::default()
    };
    let whole = grid(&view(60, 40), &options, &shapes);
    let left = grid(&view(30, 40), &options, &shapes);
    for (whole, left) in whole
        .heat()
        .chunks(60)
        .zip(left.heat().chunks(30))
        .skip(1)
        .take(38)
    {
        // The views are centred on extents of different width, so the halves are found by content.
        assert!(whole.windows(30).any(|part| part == left));
    }
}

#[test]
fn the_heat_of_four_tiles_is_that_of_the_one_above_at_twice_the_size() {
    let whole = View::of_tile(TileId { z: 3, x: 4, y: 2 }, 512).unwrap();
    // Around the corner where the four meet.
    let place = |i: i32| {
        whole.place(Pixels {
            x: 256.0 + f64::from(i * 7 % 41 - 20),
            y: 256.0 + f64::from(i * i % 37 - 18),
        })
    };
    let line = |i| Shape::segment(place(i), place(i + 5)).weighing(2.0);
    let shapes: Vec<Shape> = (0..40)
        .map(|i| Shape::point(place(i)))
        .chain((0..5).map(line))
        .collect();
    for decay in [0.0, 0.9, 1.0] {
        let options = HeatOptions {
            decay,
            ..HeatOptions::default()
        };
        let above = grid(&whole, &options, &shapes);
        for (right, down) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let (x, y) = (8 + right, 4 + down);
            let tile = View::of_tile(TileId { z: 4, x, y }, 256).unwrap();
            let heat = grid(&tile, &options, &shapes);
            let (left, top) = (right as usize * 256, down as usize * 256);
            let rows = above.heat().chunks(512).skip(top);
            for (row, above) in heat.heat().chunks(256).zip(rows) {
                assert_eq!(row, &above[left..left + 256], "{decay} {x} {y}");
            }
        }
    }
}

#[test]
fn extreme_weights_stay_finite() {
    for weight in [f64::MAX, f64::MIN, f64::MIN_POSITIVE] {
        for decay in [0.0, 0.95, 1.0] {
            let options = HeatOptions {
                decay,
                ..HeatOptions::default()
            };
            let grid = grid(
                &view(9, 9),
                &options,
                &[point(4, 4, weight), point(4, 4, weight)],
            );
            assert!(grid.heat().iter().all(|heat| heat.is_finite()));
        }
    }
}

#[test]
fn sums_of_large_kernels_are_as_defined() {
    // More than one tile in each direction.
    let view = view_at(4.0, 300, 280);
    let place = |i: i32| {
        Coord::lat_lon(
            -f64::from(i * 53 % 280) / 4.0 - 0.1,
            f64::from(i * 37 % 300) / 4.0 + 0.1,
        )
        .unwrap()
    };
    let shapes: Vec<Shape> = (0..50)
        .map(|i| Shape::point(place(i)).weighing(1.0 + f64::from(i % 3)))
        .collect();
    for kernel in Kernel::ALL {
        let options = HeatOptions {
            kernel,
            radius: 64.0.into(),
            decay: 1.0,
            ..HeatOptions::default()
        };
        assert_alike(
            &grid(&view, &options, &shapes),
            &slowly(&view, &options, &shapes),
        );
        let single = grid(&view, &options, &shapes[..1]);
        assert!(
            single.heat().contains(&0.0),
            "where nothing reaches there is no noise"
        );
        assert_alike(&single, &slowly(&view, &options, &shapes[..1]));
    }
}

#[test]
fn sums_of_large_kernels_on_the_ground_are_as_defined() {
    // At 60° south, where rows that share a radius are many.
    let (scale, size) = (3000.0, Size::new(300, 280).unwrap());
    let origin = (0.0, -scale * mercator(-60.0));
    let view = View::new(Crs::WebMercator, (scale, scale), origin, size).unwrap();
    let place = |i: i32| {
        view.place(Pixels {
            x: f64::from(i * 37 % 300) + 0.5,
            y: f64::from(i * 53 % 280) + 0.5,
        })
    };
    let shapes: Vec<Shape> = (0..50)
        .map(|i| Shape::point(place(i)).weighing(1.0 + f64::from(i % 3)))
        .collect();
    for kernel in [Kernel::Linear, Kernel::Uniform] {
        let options = HeatOptions {
            kernel,
            radius: Radius::Metres(1200.0),
            decay: 1.0,
            ..HeatOptions::default()
        };
        let falloffs = Falloffs::new(&options, &view).unwrap();
        assert!((2..10).contains(&falloffs.strips(280).len()) && falloffs.at(0).radius() > 60.0);
        assert_alike(
            &grid(&view, &options, &shapes),
            &slowly(&view, &options, &shapes),
        );
    }
}

#[test]
fn the_same_ground_is_twice_as_many_pixels_at_60_degrees() {
    let size = Size::new(200, 200).unwrap();
    let options = HeatOptions {
        radius: Radius::Metres(200_000.0),
        ..HeatOptions::default()
    };
    let blob = |latitude: f64| {
        let north = 10.0 * mercator(latitude);
        let view = View::new(
            Crs::WebMercator,
            (10.0, 10.0),
            (-100.0, -north - 100.0),
            size,
        )
        .unwrap();
        let grid = grid(
            &view,
            &options,
            &[Shape::point(Coord::lat_lon(latitude, 0.0).unwrap())],
        );
        let across = grid.heat()[100 * 200..][..200]
            .iter()
            .filter(|&&heat| heat > 0.0)
            .count();
        (
            across,
            (0..200)
                .filter(|y| grid.heat()[y * 200 + 100] > 0.0)
                .count(),
        )
    };
    // 200 km are 1.797° on the equator.
    assert_eq!(blob(0.0), (35, 35));
    let (across, down) = blob(60.0);
    assert_eq!(across, 71);
    // Further north they are more pixels, and fewer further south.
    assert!((71..=73).contains(&down), "{down}");
}

fn any_options() -> impl Strategy<Value = HeatOptions> {
    let kernels = prop::sample::select(Kernel::ALL.to_vec());
    let decays = prop::sample::select(vec![0.0, 0.1, 0.5, 0.95, 0.999, 1.0]);
    let pixels = prop_oneof![(1_u32..20).prop_map(f64::from), 0.5..60.0].prop_map(Radius::Pixels);
    let radii = prop_oneof![2 => pixels, 1 => (50_000.0..6e6).prop_map(Radius::Metres)];
    (kernels, radii, decays).prop_map(|(kernel, radius, decay)| HeatOptions {
        kernel,
        radius,
        decay,
        ..HeatOptions::default()
    })
}

fn any_point(weights: impl Strategy<Value = f64>) -> impl Strategy<Value = Shape> {
    ((-5.0..70.0, -5.0..50.0), weights).prop_map(|((x, y), weight): ((f64, f64), f64)| {
        Shape::point(Coord::lat_lon(-y, x).unwrap()).weighing(weight)
    })
}

fn any_segment() -> impl Strategy<Value = Shape> {
    let end = || {
        prop_oneof![
            (-60.0..130.0, -60.0..80.0),
            (0..60, 0..40).prop_map(|(x, y): (i32, i32)| (x.into(), y.into()))
        ]
    };
    (end(), end()).prop_map(|((ax, ay), (bx, by)): ((f64, f64), (f64, f64))| {
        Shape::segment(
            Coord::lat_lon(-ay, ax).unwrap(),
            Coord::lat_lon(-by, bx).unwrap(),
        )
    })
}

fn reversed_and_rotated(shapes: &[Shape]) -> Vec<Shape> {
    let mut shuffled: Vec<Shape> = shapes.iter().rev().copied().collect();
    shuffled.rotate_left(shapes.len() / 3);
    shuffled
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn counted_points_blend_as_defined(
        shapes in prop::collection::vec(any_point(Just(1.0)), 0..60), copies in 1..5_usize,
        options in any_options(), width in 1..70_u32, height in 1..50_u32,
    ) {
        let shapes = shapes.repeat(copies);
        let view = view_for(&options, width, height);
        assert_alike(&grid(&view, &options, &shapes), &slowly(&view, &options, &shapes));
    }

    #[test]
    fn a_shape_that_stands_for_many_is_as_many_to_the_last_bit(
        shapes in prop::collection::vec((prop_oneof![any_point(prop_oneof![Just(1.0), 0.0..5.0]), any_segment()], 1..9_u32), 0..40),
        options in any_options(), width in 1..70_u32, height in 1..50_u32,
    ) {
        let view = view_for(&options, width, height);
        let counted = shapes.iter().map(|(shape, count)| shape.times(NonZeroU32::new(*count).unwrap()));
        let single = shapes.iter().flat_map(|(shape, count)| std::iter::repeat_n(*shape, *count as usize));
        let (counted, single): (Vec<_>, Vec<_>) = (counted.collect(), single.collect());
        prop_assert_eq!(Shape::number(&counted), single.len() as u64);
        let (counted, single) = (grid(&view, &options, &counted), grid(&view, &options, &single));
        prop_assert_eq!(counted.heat(), single.heat());
    }

    #[test]
    fn weighted_points_blend_as_defined(
        shapes in prop::collection::vec(any_point(prop_oneof![Just(1.0), 0.0..5.0]), 0..60), copies in 1..40_usize,
        options in any_options(), width in 1..70_u32, height in 1..50_u32,
    ) {
        let weighed = |copy: usize| shapes.iter().map(move |shape| shape.weighing(shape.weight * (1.0 + copy as f64 / 7.0)));
        let shapes: Vec<Shape> = (0..copies).flat_map(weighed).collect();
        let view = view_for(&options, width, height);
        assert_alike(&grid(&view, &options, &shapes), &slowly(&view, &options, &shapes));
    }

    #[test]
    fn weighted_points_and_segments_blend_as_defined(
        mut shapes in prop::collection::vec(any_point(prop_oneof![Just(1.0), 0.0..5.0]), 0..40),
        segments in prop::collection::vec(any_segment(), 0..8),
        options in any_options(), width in 1..70_u32, height in 1..50_u32,
    ) {
        shapes.extend(segments);
        let view = view_for(&options, width, height);
        let expected = slowly(&view, &options, &shapes);
        assert_alike(&grid(&view, &options, &shapes), &expected);
    }

    #[test]
    fn many_segments_and_few_points_blend_as_defined(
        segments in prop::collection::vec(any_segment(), 1..12), copies in 1..30_usize,
        points in prop::collection::vec(any_point(prop_oneof![Just(1.0), 0.0..5.0]), 0..4),
        grade in prop_oneof![Just(0.0), 0.0..0.3], options in any_options(), width in 1..70_u32, height in 1..50_u32,
    ) {
        let weighed = |copy: usize| segments.iter().map(move |shape| shape.weighing(1.0 + grade * copy as f64));
        let mut shapes: Vec<Shape> = (0..copies).flat_map(weighed).collect();
        shapes.extend(points);
        let view = view_for(&options, width, height);
        let heat = grid(&view, &options, &shapes);
        assert_alike(&heat, &slowly(&view, &options, &shapes));
        prop_assert!(heat == grid(&view, &options, &reversed_and_rotated(&shapes)));
    }

    #[test]
    fn a_part_of_a_picture_is_to_the_last_bit_what_it_is_in_the_whole(
        mut shapes in prop::collection::vec(any_point(prop_oneof![Just(1.0), 0.0..5.0]), 0..12), copies in 1..4_usize,
        segments in prop::collection::vec(any_segment(), 0..40), options in any_options(),
    ) {
        // Of sums it is so to float rounding alone: their fixed point goes by the heaviest shape.
        let options = HeatOptions { decay: options.decay.min(0.999), ..options };
        shapes = shapes.repeat(copies);
        shapes.extend(segments);
        let part = grid(&view_for(&options, 60, 40), &options, &shapes);
        // Points far away, which are so many that segments are heated in another way.
        shapes.extend((0..50).map(|i| Shape::point(Coord::lat_lon(f64::from(i) / 60.0 - 20.0, 170.0).unwrap())));
        let whole = grid(&view_for(&options, 175, 40), &options, &shapes);
        for (row, (part, whole)) in part.heat().chunks(60).zip(whole.heat().chunks(175)).enumerate() {
            prop_assert_eq!(part, &whole[..60], "row {}", row);
        }
    }

    #[test]
    fn neither_order_nor_threads_make_a_difference(
        mut shapes in prop::collection::vec(any_point(prop_oneof![Just(1.0), 0.0..5.0]), 0..40),
        segments in prop::collection::vec(any_segment(), 0..5), options in any_options(),
    ) {
        shapes.extend(segments);
        let view = view_for(&options, 60, 40);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let one = pool.install(|| grid(&view, &options, &shapes));
        prop_assert!(one == grid(&view, &options, &reversed_and_rotated(&shapes)));
    }

    #[cfg(feature = "files")]
    #[test]
    fn a_picture_that_moves_is_in_every_frame_what_it_would_be_standing_still(
        mut shapes in prop::collection::vec(any_point(prop_oneof![4 => Just(1.0), 1 => 0.0..5.0]), 0..40),
        segments in prop::collection::vec(any_segment(), 0..5), options in any_options(), memory in 0..2000_u64,
    ) {
        shapes.extend(segments);
        let (view, shapes) = (view_for(&options, 90, 70), reversed_and_rotated(&shapes));
        let binner = Arc::new(Binner::new(&view, &options).unwrap());
        let journal = Journal::new(binner.clone(), memory);
        // A second pass over the same cells, which does not go so far.
        let half = match options.radius {
            Radius::Pixels(pixels) => Radius::Pixels(pixels / 2.0),
            Radius::Metres(metres) => Radius::Metres(metres / 2.0),
        };
        let nearer = HeatOptions { radius: half, decay: 1.0, ..options };
        let ways = [nearer, options];
        // Backwards, and with a frame of which nothing is seen.
        shapes.iter().enumerate().rev().for_each(|(i, shape)| journal.add((i / 6) as i64 - 3, &[*shape]));
        let Some(mut timeline) = journal.finish().unwrap() else { return Ok(()) };
        let (mut growing, mut passing) = (IncrementalHeat::new(&binner, &ways).unwrap(), IncrementalHeat::new(&binner, &ways).unwrap());
        for frame in timeline.frames() {
            timeline.replay(frame..frame + 1, |_, binned| growing.add(binned)).unwrap();
            passing.clear().unwrap();
            timeline.replay(frame - 2..frame + 1, |at, binned| match frame - at {
                0 => passing.add(binned),
                1 => passing.keep(binned),
                _ => passing.mark(&binned),
            }).unwrap();
            let until = shapes.len().min((frame + 4) as usize * 6);
            prop_assert_eq!(growing.grids().unwrap().len(), ways.len());
            for (heat, options) in growing.grids().unwrap().into_iter().zip(&ways) {
                prop_assert!(*heat == cells(&view, &ways[1], &shapes[..until]).grid(options).unwrap(), "frame {}", frame);
            }
            let from = ((frame + 2).max(0) as usize * 6).min(until);
            for (heat, options) in passing.grids().unwrap().into_iter().zip(&ways) {
                prop_assert!(*heat == cells(&view, &ways[1], &shapes[from..until]).grid(options).unwrap(), "frame {}", frame);
            }
        }
    }
}

/// A track through some places, in pixels of the view of a degree to a pixel, each of its pieces
/// cut into so many; a piece from the left to the right weighs 2, any other 1.
fn track(name: &[u8], places: &[(f64, f64)], cuts: u32) -> Vec<Shape> {
    let at = |(ax, ay): (f64, f64), (bx, by): (f64, f64), cut: u32| {
        let share = f64::from(cut) / f64::from(cuts);
        Coord::lat_lon(-(ay + (by - ay) * share), ax + (bx - ax) * share).unwrap()
    };
    let piece = |ends: &[(f64, f64)], cut| {
        let weight = if ends[0].0 < ends[1].0 { 2.0 } else { 1.0 };
        Shape::segment(at(ends[0], ends[1], cut), at(ends[0], ends[1], cut + 1))
            .weighing(weight)
            .of_track(Some(TrackId::of(name)))
    };
    let pieces = places.windows(2);
    pieces
        .flat_map(|ends| (0..cuts).map(move |cut| piece(ends, cut)))
        .collect()
}

const ZIGZAG: [(f64, f64); 5] = [
    (4.25, 8.5),
    (52.5, 20.0),
    (52.5, 31.5),
    (9.0, 12.25),
    (-6.0, 40.0),
];

/// The same weights when each stands for a whole that is cut.
fn shared(shapes: Vec<Shape>, cuts: u32) -> Vec<Shape> {
    let share = 1.0 / f64::from(cuts);
    let shared = |shape: Shape| shape.weighing(shape.weight * share);
    shapes.into_iter().map(shared).collect()
}

fn by(track_weight: TrackWeight, decay: f64, kernel: Kernel, radius: f64) -> HeatOptions {
    HeatOptions {
        kernel,
        radius: radius.into(),
        decay,
        track_weight,
        ..HeatOptions::default()
    }
}

#[test]
fn however_often_a_track_is_sampled_its_heat_is_the_same() {
    let view = view(60, 45);
    for (weight, kernel, radius, decay) in [
        (TrackWeight::Length, Kernel::Linear, 5.0, 1.0),
        (TrackWeight::Length, Kernel::Gaussian, 2.5, 0.95),
        (TrackWeight::Length, Kernel::Exponential, 9.0, 0.5),
        (TrackWeight::Length, Kernel::Quartic, 1.0, 0.0),
        (TrackWeight::Time, Kernel::Linear, 5.0, 1.0),
        (TrackWeight::Time, Kernel::Epanechnikov, 7.5, 0.95),
        (TrackWeight::Visits, Kernel::Linear, 5.0, 1.0),
        (TrackWeight::Visits, Kernel::Gaussian, 2.5, 0.95),
        (TrackWeight::Visits, Kernel::Cosine, 12.0, 0.0),
    ] {
        let options = by(weight, decay, kernel, radius);
        let sampled = |cuts: u32| {
            let pieces = track(b"one", &ZIGZAG, cuts);
            // Seconds are shared among pieces; metres follow from where these lie.
            let pieces = if weight == TrackWeight::Time {
                shared(pieces, cuts)
            } else {
                pieces
            };
            grid(&view, &options, &pieces)
        };
        let once = sampled(1);
        for cuts in [10, 100, 1000] {
            let often = sampled(cuts);
            let off = once.heat().iter().zip(often.heat());
            let off = off.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let share = off / once.maximum();
            assert!(
                share < 0.01,
                "{weight:?} {kernel:?} {decay} {cuts}: {share}"
            );
        }
    }
}

#[test]
fn neither_order_nor_direction_nor_threads_change_the_heat_of_tracks() {
    let view = view(60, 45);
    let options = |weight, decay| by(weight, decay, Kernel::Linear, 4.0);
    for weight in [TrackWeight::Length, TrackWeight::Time, TrackWeight::Visits] {
        for decay in [0.0, 0.7, 1.0] {
            let mut shapes = track(b"one", &ZIGZAG, 7);
            shapes.extend(track(b"two", &[(0.0, 0.0), (60.0, 45.0)], 13));
            shapes.push(point(20, 20, 3.0));
            let expected = grid(&view, &options(weight, decay), &shapes);
            shapes.reverse();
            for shape in &mut shapes {
                if let Geometry::Segment(from, to) = &mut shape.geometry {
                    std::mem::swap(from, to);
                }
            }
            let several = rayon::ThreadPoolBuilder::new().num_threads(5).build();
            let cells = Cells::new(&view, &options(weight, decay)).unwrap();
            several.unwrap().install(|| {
                let parts: Vec<_> = shapes.chunks(3).collect();
                parts.into_par_iter().for_each(|part| cells.add(part));
            });
            assert_eq!(cells.grid(&options(weight, decay)).unwrap(), expected);
        }
    }
}

#[test]
fn a_visit_counts_once_for_each_track_and_decay_blends_tracks() {
    let view = view(60, 45);
    let heat = |decay, shapes: &[Shape]| {
        let options = by(TrackWeight::Visits, decay, Kernel::Linear, 4.0);
        grid(&view, &options, shapes)
    };
    let line = [(5.0, 5.0), (50.0, 30.0)];
    let there_and_back = [
        (5.0, 5.0),
        (50.0, 30.0),
        (5.0, 5.0),
        (20.0, 13.0 + 1.0 / 3.0),
    ];
    let even = |name: &[u8], line: &[(f64, f64)]| -> Vec<Shape> {
        let pieces = track(name, line, 9).into_iter();
        pieces.map(|piece| piece.weighing(1.0)).collect()
    };
    let once = even(b"one", &line);
    let expected = heat(1.0, &once);
    let again = heat(1.0, &even(b"one", &there_and_back));
    let off = expected.heat().iter().zip(again.heat());
    assert!(off.into_iter().all(|(a, b)| (a - b).abs() < 1e-5));
    for decay in [0.0, 0.5, 1.0] {
        let both = heat(decay, &[&once[..], &even(b"two", &line)].concat());
        let factor = 1.0 + decay as f32;
        let pairs = expected.heat().iter().zip(both.heat());
        for (one, both) in pairs {
            assert!((one * factor - both).abs() < 1e-5, "{decay}: {one} {both}");
        }
    }
    // Its maximum is that of all pieces, each for itself.
    let largest = HeatOptions {
        track_weight: TrackWeight::Points,
        ..by(TrackWeight::Visits, 0.0, Kernel::Linear, 4.0)
    };
    assert_eq!(
        heat(1.0, &track(b"one", &ZIGZAG, 3)),
        grid(&view, &largest, &track(b"one", &ZIGZAG, 3))
    );
}

#[test]
fn heat_by_length_is_metres_within_the_kernel() {
    let size = Size::new(80, 60).unwrap();
    for crs in [Crs::WebMercator, Crs::Wgs84] {
        let view = View::new(crs, (1000.0, 1000.0), (7000.0, -50_000.0), size).unwrap();
        let (from, to) = (Pixels { x: 20.2, y: 41.9 }, Pixels { x: 60.0, y: 15.5 });
        let (from, to) = (view.place(from), view.place(to));
        let options = by(TrackWeight::Length, 1.0, Kernel::Uniform, 8.0);
        let shapes = [Shape::segment(from, to)];
        let sum: f64 = grid(&view, &options, &shapes)
            .heat()
            .iter()
            .copied()
            .map(f64::from)
            .sum();
        // Every metre heats all pixels of a disc.
        let metres = sum / (std::f64::consts::PI * 64.0);
        let length = crs.distance(from, to);
        assert!((metres / length - 1.0).abs() < 0.01, "{metres} {length}");
        // And a pixel in the middle of a long line gets those that are within the radius.
        let most = f64::from(grid(&view, &options, &shapes).maximum());
        let (across, down) = view.ground_by_row()[28];
        let (x, y) = (39.8_f64, 26.4_f64);
        let expected = 16.0 * (x * across).hypot(y * down) / x.hypot(y);
        assert!((most / expected - 1.0).abs() < 0.01, "{most} {expected}");
    }
}

#[test]
fn a_line_is_as_long_as_pixels_are_wide_in_its_own_row() {
    let view = view(60, 85);
    let options = by(TrackWeight::Length, 1.0, Kernel::Uniform, 4.0);
    for row in [5, 40, 80] {
        let y = f64::from(row);
        let heat = grid(
            &view,
            &options,
            &[Shape::segment(pixel(10.0, y), pixel(50.0, y))],
        );
        let (across, _) = view.ground_by_row()[row as usize];
        // Half a pixel below the place from which distances are measured.
        let chord = 2.0 * (16.0_f64 - 0.25).sqrt() * across;
        let share = f64::from(heat.heat()[row as usize * 60 + 30]) / chord;
        assert!((share - 1.0).abs() < 0.01, "{row}: {share}");
    }
}

#[test]
fn heat_along_one_track_is_its_sum_and_decay_blends_tracks() {
    let view = view(60, 45);
    for weight in [TrackWeight::Length, TrackWeight::Time] {
        let heat = |decay, shapes: &[Shape]| {
            let options = by(weight, decay, Kernel::Linear, 4.5);
            grid(&view, &options, shapes)
        };
        let one = track(b"one", &ZIGZAG, 6);
        let both = [&one[..], &track(b"two", &ZIGZAG, 6)].concat();
        let expected = heat(1.0, &one);
        for decay in [0.0, 0.5] {
            let (alone, both) = (heat(decay, &one), heat(decay, &both));
            let tolerance = 1e-6 * expected.maximum();
            let factor = 1.0 + decay as f32;
            for ((sum, alone), both) in expected.heat().iter().zip(alone.heat()).zip(both.heat()) {
                assert!((sum - alone).abs() <= tolerance, "{sum} {alone}");
                assert!(
                    (sum * factor - both).abs() <= 2.0 * tolerance,
                    "{sum} {both}"
                );
            }
        }
    }
}

#[test]
fn heat_by_time_is_seconds_and_a_stop_is_where_it_was() {
    let view = view(40, 40);
    let options = by(TrackWeight::Time, 1.0, Kernel::Linear, 4.0);
    let at = |x: f64, y: f64| Coord::lat_lon(-y, x).unwrap();
    let stop = [Shape::segment(at(20.0, 20.0), at(20.0, 20.0)).weighing(60.0)];
    let heat = grid(&view, &options, &stop);
    assert_eq!(heat.heat()[20 * 40 + 20], 60.0);
    assert_eq!(heat.heat()[20 * 40 + 21], 45.0);
    // One that hardly moves comes to the same.
    let nearly = [Shape::segment(at(20.0, 20.0), at(20.001, 20.0)).weighing(60.0)];
    let nearly = grid(&view, &options, &nearly);
    let pairs = heat.heat().iter().zip(nearly.heat());
    assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 0.02));
}

/// The definition of a mean: by pixel, its value if there is one, and its support.
fn means(view: &View, options: &HeatOptions, shapes: &[Shape]) -> Vec<(Option<f64>, f64)> {
    let falloffs = &Falloffs::new(options, view).unwrap();
    let (width, height) = (view.size().width(), view.size().height());
    let mean = |i: usize| {
        let (mut sum, mut support) = (0.0, 0.0);
        for shape in shapes {
            let heat = heat_at(view, falloffs, shape, i % width, i / width);
            sum += shape.weight * heat;
            support += heat;
        }
        ((support > 0.0).then(|| sum / support), support)
    };
    (0..width * height).map(mean).collect()
}

fn mean(radius: f64, kernel: Kernel) -> HeatOptions {
    HeatOptions {
        kernel,
        radius: radius.into(),
        decay: 1.0,
        surface: Surface::Mean,
        ..HeatOptions::default()
    }
}

#[test]
fn a_mean_is_as_defined_and_zero_and_cold_are_values() {
    let view = view(70, 40);
    let values = [0.0, -3.5, 12.0, 1.0, 1.0, 0.25];
    let shapes: Vec<Shape> = (0..60)
        .map(|i| point(i * 37 % 64, i * 23 % 38, values[i as usize % values.len()]))
        .collect();
    for (radius, kernel) in [
        (1.0, Kernel::Linear),
        (6.5, Kernel::Gaussian),
        (4.0, Kernel::Uniform),
        // By Fourier transform.
        (30.0, Kernel::Quartic),
    ] {
        let options = mean(radius, kernel);
        let surface = grid(&view, &options, &shapes);
        let support = surface.support().unwrap();
        let expected = means(&view, &options, &shapes);
        for (pixel, (value, there)) in expected.into_iter().enumerate() {
            assert!((f64::from(support[pixel]) - there).abs() < 1e-5 * there.max(1.0));
            // What is next to nothing may be nothing.
            let (Some(value), true) = (value, there > 1e-6) else {
                assert!(support[pixel] < 1e-5);
                continue;
            };
            let actual = f64::from(surface.heat()[pixel]);
            assert!((actual - value).abs() < 1e-3, "{pixel}: {actual} {value}");
        }
    }
}

/// The definition of inverse distance weighting, by pixel.
fn inverse_distances(view: &View, power: f64, points: &[(i32, i32, f64)]) -> Vec<f64> {
    let (width, height) = (view.size().width(), view.size().height());
    let value = |i: usize| {
        let (x, y) = ((i % width) as f64, (i / width) as f64);
        let distance =
            |point: &(i32, i32, f64)| (x - f64::from(point.0)).hypot(y - f64::from(point.1));
        let here: Vec<_> = points
            .iter()
            .filter(|point| distance(point) == 0.0)
            .collect();
        if !here.is_empty() {
            return here.iter().map(|point| point.2).sum::<f64>() / here.len() as f64;
        }
        let weights = || points.iter().map(|point| distance(point).powf(-power));
        let sum: f64 = weights()
            .zip(points)
            .map(|(weight, point)| weight * point.2)
            .sum();
        sum / weights().sum::<f64>()
    };
    (0..width * height).map(value).collect()
}

#[cfg(feature = "fft")]
fn assert_inverse_distances(view: &View, powers: &[f64], points: &[(i32, i32, f64)]) {
    let shapes: Vec<Shape> = points
        .iter()
        .map(|&(x, y, value)| point(x, y, value))
        .collect();
    let width = view.size().width();
    for (power, bounded) in powers
        .iter()
        .flat_map(|power| [(*power, false), (*power, true)])
    {
        let options = HeatOptions {
            inverse_distance: Some(InverseDistance { power, bounded }),
            ..mean(6.5, Kernel::Linear)
        };
        let surface = grid(view, &options, &shapes);
        let expected = inverse_distances(view, power, points);
        let support = surface.support().unwrap();
        for (pixel, expected) in expected.into_iter().enumerate() {
            let (x, y) = ((pixel % width) as i32, (pixel / width) as i32);
            let mut squares = points
                .iter()
                .map(|point| (point.0 - x).pow(2) + (point.1 - y).pow(2));
            let is_near = squares.any(|square| f64::from(square) < 6.5 * 6.5);
            let is_drawn = !bounded || is_near;
            assert_eq!(support[pixel], f32::from(u8::from(is_drawn)));
            let actual = f64::from(surface.heat()[pixel]);
            assert!(
                !is_drawn && actual == 0.0 || is_drawn && (actual - expected).abs() < 1e-3,
                "{power} {x} {y}: {actual} {expected}"
            );
        }
    }
}

#[cfg(feature = "fft")]
#[test]
fn inverse_distances_are_as_defined_and_fill_the_picture_or_end_at_the_radius() {
    let values = [0.0, -3.5, 12.0, 1.0, 1.0, 0.25];
    let mut points: Vec<(i32, i32, f64)> = (0..50)
        .map(|i| (i * 37 % 31, i * 23 % 38, values[i as usize % values.len()]))
        .collect();
    // Twice on one pixel, and a crowd whose transform is noise far away.
    points.push((3, 5, 100.0));
    points.push((3, 5, 200.0));
    points.extend(std::iter::repeat_n((0, 39, 7.0), 3000));
    assert_inverse_distances(&view(97, 40), &[0.5, 2.0, 3.0, 4.0, 9.0], &points);
}

#[cfg(feature = "fft")]
#[test]
fn inverse_distances_of_a_few_are_as_defined_beyond_the_picture_as_well() {
    let few = [
        (2, 1, 5.0),
        (9, 6, -2.0),
        (13, 3, 8.0),
        (-3, 2, 1.0),
        (4, 10, 0.0),
        (14, 7, 3.0),
        (3, 8, 2.0),
    ];
    assert_inverse_distances(&view(14, 8), &[1.0, 4.0, 12.0], &few);
    assert_inverse_distances(&view(20, 3), &[2.0], &few[..1]);
    let nothing = grid(&view(5, 5), &mean(3.0, Kernel::Linear), &[]);
    assert_eq!(nothing.support(), Some(&[0.0; 25][..]));
}

#[test]
fn a_mean_of_equal_values_is_that_value_and_more_of_them_support_it_more() {
    let view = view(30, 30);
    let some: Vec<Shape> = (0..9).map(|i| point(3 * i, 2 * i, -71.3)).collect();
    let options = mean(5.0, Kernel::Gaussian);
    let once = grid(&view, &options, &some);
    let supported = once.heat().iter().zip(once.support().unwrap());
    for (value, support) in supported {
        assert_eq!(*value, if *support > 0.0 { -71.3 } else { 0.0 });
    }
    assert_eq!(once.extremes(), Some((-71.3, -71.3)));
    let twice = grid(&view, &options, &[&some[..], &some].concat());
    assert_eq!(twice.heat(), once.heat());
    let pairs = twice.support().unwrap().iter().zip(once.support().unwrap());
    assert!(
        pairs
            .into_iter()
            .all(|(twice, once)| (twice - 2.0 * once).abs() < 1e-5)
    );
    let nothing = grid(&view, &options, &[]);
    assert_eq!((nothing.extremes(), nothing.maximum()), (None, 0.0));
}

#[test]
fn a_mean_far_from_zero_loses_no_digits() {
    let view = view(30, 20);
    let options = mean(6.5, Kernel::Quartic);
    let value = |i: i32| 1e6 + f64::from(i * i % 8) / 8.0;
    let shapes: Vec<Shape> = (0..60)
        .map(|i| point(i * 7 % 30, i * 11 % 20, value(i)))
        .collect();
    let surface = grid(&view, &options, &shapes);
    let expected = means(&view, &options, &shapes);
    for (actual, (expected, _)) in surface.heat().iter().zip(expected) {
        // Numbers of this size are a 16th apart.
        let off = f64::from(*actual) - expected.unwrap();
        assert!(off.abs() < 0.032, "{off}");
    }
}

#[test]
fn values_aggregated_by_pixel_are_the_same_as_single_points_of_them() {
    let view = view(30, 20);
    let shapes = [
        point(4, 4, 2.0),
        point(4, 4, 8.0),
        point(4, 4, 0.0),
        point(20, 9, -5.0),
        point(22, 9, 1.0),
        point(22, 9, 1.0),
    ];
    for (how, values) in [
        (Aggregate::Sum, [10.0, -5.0, 2.0]),
        (Aggregate::Max, [8.0, -5.0, 1.0]),
        (Aggregate::Min, [0.0, -5.0, 1.0]),
        (Aggregate::Mean, [10.0 / 3.0, -5.0, 1.0]),
        (Aggregate::Count, [3.0, 1.0, 2.0]),
        (Aggregate::Std, [3.399_346_3, 0.0, 0.0]),
    ] {
        let places = [(4, 4), (20, 9), (22, 9)];
        let single = places.into_iter().zip(values);
        let single: Vec<Shape> = single.map(|((x, y), value)| point(x, y, value)).collect();
        for (decay, surface) in [
            (0.0, Surface::Density),
            (0.6, Surface::Density),
            (1.0, Surface::Density),
            (1.0, Surface::Mean),
        ] {
            let alone = HeatOptions {
                decay,
                surface,
                ..mean(4.0, Kernel::Linear)
            };
            let options = HeatOptions {
                aggregate: Some(how),
                ..alone
            };
            let (aggregated, single) =
                (grid(&view, &options, &shapes), grid(&view, &alone, &single));
            let pairs = aggregated.heat().iter().zip(single.heat());
            for (a, b) in pairs {
                assert!((a - b).abs() < 1e-5, "{how:?} {decay} {surface:?}: {a} {b}");
            }
            assert_eq!(aggregated.support(), single.support());
        }
    }
    let line = Shape::segment(pixel(1.0, 1.0), pixel(5.0, 5.0));
    let cells = Cells::new(&view, &mean(4.0, Kernel::Linear)).unwrap();
    cells.add(&[line]);
    assert!(cells.grid(&mean(4.0, Kernel::Linear)).is_err());
}
