//! Files by GDAL, damaged ones, and what lies about its size.

use std::fs;

use crate::input::samples::{everything, hold, path, read_prefixes, shapes};
use crate::input::{Field, Oddity};

/// What geopandas finds in the files.
const AIRPORTS: &str = "60 0 30.685861 -162.892936 61.933964 -70.807848";

#[test]
fn features_are_read_with_and_without_an_index() {
    hold(
        &[
            ("flatgeobuf/airports.fgb", AIRPORTS),
            ("flatgeobuf/airports_no_index.fgb", AIRPORTS),
        ],
        &everything(),
    );
}

#[test]
fn systems_weights_and_times_are_those_of_the_file() {
    let (report, towns) = shapes(&path("flatgeobuf/towns_28992.fgb"), &everything());
    assert_eq!((report.unwrap().skipped, towns.len()), (0, 60));
    let (_, same) = shapes(&path("sqlite/layers.gpkg"), &{
        let mut options = everything();
        options.databases.layers = vec!["towns".to_owned()];
        options
    });
    // GDAL sorts features along a curve.
    let sum = |shapes: &[crate::geo::Shape]| shapes.iter().map(|shape| shape.weight).sum::<f64>();
    assert_eq!(sum(&towns), sum(&same));
    let mut options = everything();
    options.columns.time_field = Some(Field::Name("t".to_owned()));
    let (report, all) = shapes(&path("flatgeobuf/collection.fgb"), &options);
    assert_eq!((report.unwrap().tally.tracks, all.len()), (1, 4));
    assert!(all.iter().all(|shape| shape.time.is_some()));
}

#[test]
fn lines_polygons_and_nothing_are_told_apart() {
    let (report, all) = shapes(&path("flatgeobuf/lines.fgb"), &everything());
    let report = report.unwrap();
    assert_eq!((report.tally.tracks, all.len()), (3, 5));
    assert_eq!(
        report.left_out(),
        [("records without a geometry", 1), ("polygons", 1)]
    );
}

#[test]
fn points_are_joined_to_tracks() {
    let mut options = everything();
    options.columns.track_field = Some(Field::Name("state".to_owned()));
    let (report, all) = shapes(&path("flatgeobuf/airports_no_index.fgb"), &options);
    assert_eq!((report.unwrap().tally.tracks, all.len()), (3, 57));
}

#[test]
fn what_is_cut_keeps_what_came_before() {
    read_prefixes("flatgeobuf/airports_no_index.fgb", &everything());
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("a.fgb");
    let whole = fs::read(path("flatgeobuf/airports_no_index.fgb")).unwrap();
    fs::write(&cut, &whole[..whole.len() - 10]).unwrap();
    let (report, all) = shapes(&cut, &everything());
    assert_eq!(all.len(), 59);
    assert_eq!(report.unwrap().oddities[0].oddity, Oddity::Broken);
}

#[test]
fn what_is_damaged_is_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("a.fgb");
    for name in ["lines", "collection"] {
        let whole = fs::read(path(&format!("flatgeobuf/{name}.fgb"))).unwrap();
        for at in 0..whole.len() {
            for turned in [0xff, 1] {
                let mut bytes = whole.clone();
                bytes[at] ^= turned;
                fs::write(&damaged, &bytes).unwrap();
                let _ = shapes(&damaged, &everything());
            }
        }
    }
}
