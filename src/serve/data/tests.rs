//! Heat of snapshots against heat of the same shapes without one.

use super::*;
use crate::geo;
use crate::geo::{Bounds, Radius, TrackId};

/// Numbers from 0 to 1 that look random: a Weyl sequence.
fn spread(number: u32, step: f64) -> f64 {
    (f64::from(number) * step).fract()
}

/// Clusters of points, some of other weights, and tracks, one of them across 180°.
fn shapes() -> Vec<Shape> {
    let at = |lat: f64, lon: f64| Coord::lat_lon(lat, lon).unwrap();
    let point = |i: u32| {
        let (a, b) = (spread(i, 0.618_034), spread(i, 0.754_877_7));
        let (lat, lon) = (
            f64::from(i % 5) * 20.0 - 40.0,
            f64::from(i % 7) * 50.0 - 150.0,
        );
        let far = if i.is_multiple_of(3) { 8.0 } else { 0.01 };
        at(lat + (a - 0.5) * far, lon + (b - 0.5) * far)
    };
    let ones = (0..6000).map(|i| Shape::point(point(i)));
    let weighted =
        (0..500).map(|i| Shape::point(point(i * 3 + 1)).weighing(0.5 + f64::from(i % 9)));
    let track = TrackId::of(b"one");
    let pieces = (0..800).map(|i| {
        let (from, to) = (point(i * 7), point(i * 7 + 35));
        Shape::segment(from, to).of_track((i.is_multiple_of(2)).then_some(track))
    });
    let across = Coord::unchecked(181.0, 10.5);
    let across = [Shape::segment(at(10.0, 179.0), across)];
    let exact = [
        at(0.0, 0.0),
        at(0.0, 90.0),
        at(85.0, 180.0),
        at(-85.0, -180.0),
    ];
    let exact = exact.map(Shape::point);
    ones.chain(weighted)
        .chain(pieces)
        .chain(across)
        .chain(exact)
        .collect()
}

fn snapshot(shapes: &[Shape]) -> Snapshot {
    let world = World::new().unwrap();
    let mut gathered = Gathered::default();
    gathered.add(&world, shapes);
    Snapshot::new(&world, gathered, "", Facts::default()).unwrap()
}

fn same(data: &Snapshot, shapes: &[Shape], view: &View, options: &density::HeatOptions) {
    same_in(data, shapes, (view, Interval::default()), options);
}

fn same_in(
    data: &Snapshot,
    shapes: &[Shape],
    (view, interval): (&View, Interval),
    options: &density::HeatOptions,
) {
    let found = data
        .cells((view, interval), options, &|| true)
        .unwrap()
        .unwrap();
    let wanted = Cells::new(view, options).unwrap();
    let shapes = shapes
        .iter()
        .copied()
        .filter(|shape| interval.has(shape.time));
    wanted.add(&shapes.collect::<Vec<_>>());
    let (found, wanted) = (found.grid(options).unwrap(), wanted.grid(options).unwrap());
    assert_eq!(found, wanted, "{view:?}");
}

fn radius(pixels: f64) -> density::HeatOptions {
    density::HeatOptions {
        radius: Radius::Pixels(pixels),
        ..density::HeatOptions::default()
    }
}

#[test]
fn tiles_have_the_heat_of_all_shapes() {
    let all = shapes();
    let data = snapshot(&all);
    let tiles = [
        (0, 0, 0),
        (1, 0, 1),
        (2, 0, 1),
        (2, 3, 1),
        (3, 4, 3),
        (6, 63, 30),
        (6, 0, 30),
        (9, 300, 256),
        (12, 1422, 1580),
    ];
    for (z, x, y) in tiles {
        let view = View::of_tile(TileId { z, x, y }, if z == 3 { 512 } else { 256 }).unwrap();
        same(&data, &all, &view, &radius(7.3));
    }
    let sum = density::HeatOptions {
        decay: 1.0,
        ..radius(40.0)
    };
    same(
        &data,
        &all,
        &View::of_tile(TileId { z: 2, x: 1, y: 1 }, 256).unwrap(),
        &sum,
    );
}

#[test]
fn pictures_of_any_box_have_it_too() {
    let all = shapes();
    let data = snapshot(&all);
    for [south, west, north, east] in [
        [-60.0, -180.0, 60.0, 180.0],
        [9.0, 170.0, 12.0, 190.0],
        [-50.3, -160.7, 33.1, 12.9],
        [-0.1, 89.9, 0.1, 90.1],
        [-20.0, -190.0, 20.0, -150.0],
    ] {
        let bounds = Bounds {
            south,
            west,
            north,
            east,
        };
        let options = geo::MapOptions {
            width: NonZeroU32::new(133),
            ..geo::MapOptions::default()
        };
        same(
            &data,
            &all,
            &View::cover(&options, bounds).unwrap(),
            &radius(11.0),
        );
    }
}

/// Where more is seen than may be looked at one by one, it is told by levels.
#[test]
fn crowds_are_told_by_levels() {
    // A town full of points of other weights, and of short pieces of tracks.
    let at = |i: u32, step: f64| {
        let (a, b) = (spread(i, 0.618_034), spread(i, 0.754_877_7));
        Coord::lat_lon(47.0 + a * 0.3 + step, 8.0 + b * 0.5).unwrap()
    };
    let points = (0..20_000).map(|i| Shape::point(at(i, 0.0)).weighing(2.0 + f64::from(i % 3)));
    let pieces = (0..20_000).map(|i| Shape::segment(at(i, 0.0), at(i, 1e-4)));
    let (points, pieces): (Vec<Shape>, Vec<Shape>) = (points.collect(), pieces.collect());
    let crowded = |shapes: &[Shape]| {
        let world = World::new().unwrap();
        let mut gathered = Gathered::default();
        gathered.add(&world, shapes);
        Snapshot::with_levels(&world, gathered, "", Facts::default(), 1000).unwrap()
    };
    let tile = |z, x, y| View::of_tile(TileId { z, x, y }, 256).unwrap();
    let (wide, near) = (tile(6, 33, 22), tile(12, 2140, 1433));
    let sought = Sought {
        depth: Some(14),
        ..Sought::default()
    };
    let data = crowded(&points);
    let mut told = 0;
    data.weighted.each(sought, &mut |_| told += 1);
    assert!(told < 2000, "{told}");
    // Tiles are exact where weights are small whole numbers.
    same(&data, &points, &wide, &radius(6.0));
    same(&data, &points, &near, &radius(6.0));
    let data = crowded(&pieces);
    let (mut told, mut all) = (0, 0);
    data.lines.each(sought, &mut |piece| {
        told += 1;
        all += piece.count;
    });
    assert!(told < 2000 && all == 20_000, "{told} {all}");
    same(&data, &pieces, &near, &radius(6.0));
    for decay in [0.0, 0.5, 1.0] {
        let options = density::HeatOptions {
            decay,
            ..radius(6.0)
        };
        let heat = |data: &Snapshot| {
            let cells = data.cells((&wide, Interval::default()), &options, &|| true);
            cells.unwrap().unwrap().grid(&options).unwrap()
        };
        let (found, wanted) = (heat(&data), heat(&snapshot(&pieces)));
        let most = wanted.heat().iter().copied().fold(0.0, f32::max);
        let heats = found.heat().iter().zip(wanted.heat());
        let apart = heats.map(|(one, other)| (one - other).abs());
        let apart = apart.fold(0.0, f32::max);
        // No place is off by more than an eighth of a pixel along an axis, and so none is farther
        // or nearer by more than a sixth of one, out of a radius of six.
        assert!(apart <= most / 36.0, "{decay}: {apart} of {most}");
    }
}

/// The same shapes within two years, every seventh of them without a time.
fn dated() -> Vec<Shape> {
    const HOUR: i64 = 3_600_000;
    let time = |i: i64| Time::from_milliseconds(1_700_000_000_000 + i * 7919 % 17_520 * HOUR);
    let shapes = shapes().into_iter().zip(0..);
    shapes
        .map(|(shape, i)| shape.when(time(i).filter(|_| i % 7 > 0)))
        .collect()
}

fn day(text: &str) -> Option<Time> {
    let moment = format!("{text}T00:00:00Z").parse::<jiff::Timestamp>();
    Time::from_milliseconds(moment.unwrap().as_millisecond())
}

#[test]
fn intervals_have_the_heat_of_what_was_then() {
    let (all, some) = (dated(), shapes());
    let data = snapshot(&all);
    let undated = snapshot(&some);
    let tile = View::of_tile(TileId { z: 2, x: 1, y: 1 }, 256).unwrap();
    let bounds = Bounds {
        south: -50.3,
        west: -160.7,
        north: 33.1,
        east: 12.9,
    };
    let picture = View::cover(&geo::MapOptions::default(), bounds).unwrap();
    for (after, before) in [
        (day("2024-02-01"), day("2024-09-01")),
        (day("2024-02-11"), day("2024-09-21")),
        (day("2024-03-03"), day("2024-03-05")),
        (None, day("2024-06-15")),
        (day("2024-06-15"), None),
        (day("2030-01-01"), None),
    ] {
        let interval = Interval { after, before };
        for view in [&tile, &picture] {
            same_in(&data, &all, (view, interval), &radius(6.5));
        }
        // Points without a time are of none.
        same_in(&undated, &some, (&tile, interval), &radius(6.5));
    }
    same(&data, &all, &tile, &radius(6.5));
}

#[test]
fn crowded_tiles_of_an_interval_are_those_of_its_shapes_alone() {
    let all = dated();
    let data = snapshot(&all);
    let interval = Interval {
        after: day("2024-02-11"),
        before: day("2024-09-21"),
    };
    let then = all.into_iter().filter(|shape| interval.has(shape.time));
    let then = snapshot(&then.collect::<Vec<_>>());
    for zoom in [3, 9] {
        assert_eq!(
            data.tiles(zoom, interval, 8),
            then.tiles(zoom, Interval::default(), 8)
        );
    }
    let everywhere = Bounds {
        south: -90.0,
        west: -180.0,
        north: 90.0,
        east: 180.0,
    };
    let window = Window {
        left: 0.0,
        top: 0.0,
        right: 1.0,
        bottom: 1.0,
    };
    let some = |data: &Snapshot, interval| {
        let some = data.some((everywhere, window), interval, 10, &|| true);
        some.unwrap().unwrap().1
    };
    assert_eq!(some(&data, interval), some(&then, Interval::default()));
    let mut times = 0;
    let told = data.each_time((everywhere, window), interval, &|| true, &mut |time| {
        assert!(interval.has(Some(time)));
        times += 1;
    });
    assert!(told.unwrap());
    assert_eq!(times, some(&then, Interval::default()));
}

#[test]
fn the_epoch_is_that_of_times_too() {
    let mut all = dated();
    let epoch = snapshot(&all).epoch().to_owned();
    assert_eq!(snapshot(&all).epoch(), epoch);
    all[1].time = day("2024-06-15");
    assert_ne!(snapshot(&all).epoch(), epoch);
}

#[test]
fn the_epoch_is_that_of_the_data_and_not_of_their_order() {
    let mut all = shapes();
    let epoch = snapshot(&all).epoch().to_owned();
    all.reverse();
    assert_eq!(snapshot(&all).epoch(), epoch);
    all.pop();
    assert_ne!(snapshot(&all).epoch(), epoch);
}

#[test]
fn points_beyond_a_limit_are_thinned_evenly() {
    let all = shapes();
    let data = snapshot(&all);
    let world = Window {
        left: 0.0,
        top: 0.0,
        right: 1.0,
        bottom: 1.0,
    };
    let all_around = Bounds {
        south: -90.0,
        west: -180.0,
        north: 90.0,
        east: 180.0,
    };
    let some = |limit| {
        let all = Interval::default();
        data.some((all_around, world), all, limit, &|| true)
            .unwrap()
            .unwrap()
    };
    let (few, total) = some(usize::MAX);
    assert_eq!((few.len(), total), (all.len(), all.len()));
    let (few, same) = some(700);
    assert_eq!((few.len(), same), (700, total));
    // A half of the world has its share of them.
    let west = |points: &[(Coord, f64)]| points.iter().filter(|(at, _)| at.x() < 0.0).count();
    let (everything, _) = some(usize::MAX);
    let share = west(&everything) as f64 / total as f64;
    assert!((west(&few) as f64 / 700.0 - share).abs() < 0.03);
}

#[test]
fn tiles_with_data_are_known_with_those_around_them() {
    let place = |lat, lon| Shape::point(Coord::lat_lon(lat, lon).unwrap());
    let few = snapshot(&[place(47.0, 8.0), place(47.0, 8.1), place(-33.0, 179.99)]);
    let (tiles, is_all) = few.tiles(4, Interval::default(), 32);
    assert!(is_all);
    assert_eq!(tiles.len(), 18);
    assert!(tiles.contains(&TileId { z: 4, x: 0, y: 9 }), "{tiles:?}");
    let (tiles, is_all) = snapshot(&shapes()).tiles(12, Interval::default(), 8);
    assert!(!is_all && tiles.len() <= 24, "{}", tiles.len());
}

#[test]
fn who_is_not_waited_for_gives_up() {
    let data = snapshot(&shapes());
    let view = View::of_tile(TileId { z: 0, x: 0, y: 0 }, 256).unwrap();
    assert!(
        data.cells((&view, Interval::default()), &radius(5.0), &|| false)
            .unwrap()
            .is_none()
    );
}
