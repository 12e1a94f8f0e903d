//! Heat comes back from files as it was, or not at all.

use std::io::Write;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::density::{Cells, Grid, HeatOptions, Surface};
use crate::geo::{Coord, Geometry, MapOptions, Shape, TrackId, TrackWeight, View};

/// Points of several weights and segments; a part of them lies outside of the view.
fn shapes(from: i32, to: i32) -> Vec<Shape> {
    let place = |i: i32| {
        Coord::lat_lon(
            40.0 + f64::from(i * 37 % 101) / 10.0,
            f64::from(i * 53 % 97) / 8.0,
        )
        .unwrap()
    };
    let shape = |i: i32| {
        if i % 9 == 0 {
            Shape::segment(place(i), place(i + 1))
        } else {
            Shape::point(place(i))
        }
    };
    (from..to)
        .map(|i| shape(i).weighing([1.0, 1.0, 0.3][i as usize % 3]))
        .collect()
}

fn view() -> View {
    let extent = crate::geo::Extent::new(
        Coord::lat_lon(41.0, 1.0).unwrap(),
        Coord::lat_lon(48.0, 11.0).unwrap(),
    );
    View::fit(
        &MapOptions {
            extent,
            width: 90.try_into().ok(),
            ..MapOptions::default()
        },
        None,
        4.0,
    )
    .unwrap()
}

fn cells(shapes: &[Shape], options: &HeatOptions) -> Cells {
    let cells = Cells::new(&view(), options).unwrap();
    cells.add(shapes);
    cells
}

fn bytes(cells: &Cells) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(cells, &mut bytes).unwrap();
    bytes
}

fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.heat");
    std::fs::File::create(&path)
        .unwrap()
        .write_all(bytes)
        .unwrap();
    (folder, path)
}

fn loaded(files: &[Vec<u8>], options: &HeatOptions) -> Result<Grid> {
    let cells = Cells::new(&view(), options).unwrap();
    for bytes in files {
        let (_folder, path) = file(bytes);
        let saved = Saved::open(&path)?;
        assert_eq!(saved.difference(cells.view()), None);
        saved.add_to(&cells)?;
    }
    cells.grid(options)
}

fn error(bytes: &[u8]) -> String {
    loaded(&[bytes.to_vec()], &HeatOptions::default())
        .unwrap_err()
        .to_string()
}

#[test]
fn parts_that_were_saved_make_the_whole() {
    for decay in [0.0, 0.95, 1.0] {
        let options = HeatOptions {
            decay,
            ..HeatOptions::default()
        };
        let parts = [shapes(0, 200), shapes(200, 700)].map(|part| bytes(&cells(&part, &options)));
        let whole = cells(&shapes(0, 700), &options);
        assert_eq!(
            loaded(&parts, &options).unwrap(),
            whole.grid(&options).unwrap()
        );
        assert_eq!(
            loaded(&[bytes(&whole)], &options).unwrap(),
            whole.grid(&options).unwrap()
        );
    }
}

/// The pieces of three tracks, and points.
fn pieces() -> Vec<Shape> {
    let track = |i: usize| TrackId::of(&[i as u8 % 3]);
    let pieces = shapes(0, 500).into_iter().enumerate();
    let pieces = pieces.map(|(i, shape)| match shape.geometry {
        Geometry::Segment(..) => shape.of_track(Some(track(i))),
        Geometry::Point(_) => shape,
    });
    pieces.collect()
}

#[test]
fn parts_of_tracks_find_one_another_in_files() {
    for decay in [0.0, 0.95, 1.0] {
        for track_weight in [TrackWeight::Visits, TrackWeight::Length] {
            let options = HeatOptions {
                decay,
                track_weight,
                ..HeatOptions::default()
            };
            let parts = [&pieces()[..200], &pieces()[200..]];
            let parts = parts.map(|part| bytes(&cells(part, &options)));
            let whole = cells(&pieces(), &options);
            let expected = whole.grid(&options).unwrap();
            assert_eq!(loaded(&parts, &options).unwrap(), expected);
            assert_eq!(loaded(&[bytes(&whole)], &options).unwrap(), expected);
            let mut reversed = pieces();
            reversed.reverse();
            assert_eq!(bytes(&cells(&reversed, &options)), bytes(&whole));
            // The same pieces, each for itself.
            let alone = HeatOptions {
                track_weight: TrackWeight::Points,
                ..options
            };
            assert_eq!(
                loaded(&[bytes(&whole)], &alone).unwrap(),
                cells(&pieces(), &alone).grid(&alone).unwrap()
            );
        }
    }
}

#[test]
fn values_of_nothing_are_kept_where_they_are_values() {
    let points = |from: i32, to: i32| -> Vec<Shape> {
        let some = shapes(from, to).into_iter().enumerate();
        let some = some.filter(|(_, shape)| matches!(shape.geometry, Geometry::Point(_)));
        some.map(|(i, shape)| shape.weighing([0.0, -2.5, 7.0][i % 3]))
            .collect()
    };
    let options = HeatOptions {
        decay: 1.0,
        surface: Surface::Mean,
        ..HeatOptions::default()
    };
    let parts = [points(0, 210), points(210, 700)].map(|part| bytes(&cells(&part, &options)));
    let whole = cells(&points(0, 700), &options);
    let expected = whole.grid(&options).unwrap();
    let mut warm = points(0, 700);
    warm.retain(|point| point.weight != 0.0);
    assert_ne!(cells(&warm, &options).grid(&options).unwrap(), expected);
    assert_eq!(loaded(&parts, &options).unwrap(), expected);
    let plain = HeatOptions {
        surface: Surface::Density,
        ..options
    };
    // As density they are what they are without zeros.
    assert_eq!(
        loaded(&parts, &plain).unwrap(),
        cells(&points(0, 700), &plain).grid(&plain).unwrap()
    );
    let (_folder, path) = file(&bytes(&cells(&points(0, 700), &plain)));
    let saved = Saved::open(&path).unwrap();
    assert!(saved.check(TrackWeight::Points, false).is_ok());
    let refused = saved.check(TrackWeight::Points, true).unwrap_err();
    assert!(refused.fact.contains("without values of 0"), "{refused}");
}

#[test]
fn tracks_of_other_weights_are_refused() {
    let saved = |track_weight| {
        let options = HeatOptions {
            track_weight,
            ..HeatOptions::default()
        };
        let (folder, path) = file(&bytes(&cells(&pieces(), &options)));
        (folder, Saved::open(&path).unwrap())
    };
    let (_folder, plain) = saved(TrackWeight::Points);
    let (_folder, visits) = saved(TrackWeight::Visits);
    let (_folder, time) = saved(TrackWeight::Time);
    for (saved, fits) in [
        (plain, [true, false, false, false]),
        (visits, [true, true, false, true]),
        (time, [false, false, true, false]),
    ] {
        for (wanted, fits) in TrackWeight::ALL.into_iter().zip(fits) {
            assert_eq!(saved.check(wanted, false).is_ok(), fits, "{wanted:?}");
        }
    }
}

#[test]
fn other_radii_find_the_same_cells() {
    let (narrow, wide) = (
        HeatOptions {
            radius: 3.0.into(),
            ..HeatOptions::default()
        },
        HeatOptions {
            radius: 9.5.into(),
            ..HeatOptions::default()
        },
    );
    let saved = bytes(&cells(&shapes(0, 300), &wide));
    assert_eq!(
        loaded(&[saved], &narrow).unwrap(),
        cells(&shapes(0, 300), &narrow).grid(&narrow).unwrap()
    );
    let (_folder, path) = file(&bytes(&cells(&shapes(0, 300), &narrow)));
    let saved = Saved::open(&path).unwrap();
    assert!(saved.is_too_narrow_for(9) && !saved.is_too_narrow_for(2));
}

#[test]
fn weights_that_had_to_be_rounded_stay_as_they_are() {
    let options = HeatOptions {
        memory: 60_000,
        ..HeatOptions::default()
    };
    let places = shapes(1, 60);
    let shapes: Vec<Shape> = (0..3000)
        .map(|i| places[i % places.len()].weighing(1.5 + i as f64 * 1e-7))
        .collect();
    let all = cells(&shapes, &options);
    assert!(all.rounding() > 0.0);
    assert_eq!(
        loaded(&[bytes(&all)], &options).unwrap(),
        all.grid(&options).unwrap()
    );
}

#[test]
fn the_same_heat_is_the_same_file() {
    let (mut reversed, options) = (shapes(0, 400), HeatOptions::default());
    reversed.reverse();
    assert_eq!(
        bytes(&cells(&shapes(0, 400), &options)),
        bytes(&cells(&reversed, &options))
    );
}

#[test]
fn files_that_are_something_else_are_told_from_damaged_ones() {
    let whole = bytes(&cells(&shapes(0, 100), &HeatOptions::default()));
    assert!(error(b"lat,lon\n1,2\n").contains("this is no saved heat"));
    assert!(error(&whole[..whole.len() / 2]).contains("damaged, or was cut off"));
    assert!(error(b"").contains("no saved heat"));
    let newer = header::Header::parse(r#"{"version": 3}"#).unwrap_err();
    assert!(newer.contains("newer version"), "{newer}");
}

proptest! {
    #[test]
    fn a_damaged_file_is_an_error_or_does_no_harm(at in 0.0..1.0, value: u8, cut in prop::option::of(0.0..1.0)) {
        let options = HeatOptions::default();
        let whole = cells(&shapes(0, 60), &options);
        let mut bytes = bytes(&whole);
        let place = |share: f64, length: usize| (share * length as f64) as usize;
        let at = place(at, bytes.len());
        bytes[at] = value;
        bytes.truncate(cut.map_or(bytes.len(), |cut: f64| place(cut, bytes.len())));
        if let Ok(grid) = loaded(&[bytes], &options) {
            prop_assert_eq!(grid, whole.grid(&options).unwrap());
        }
    }
}
