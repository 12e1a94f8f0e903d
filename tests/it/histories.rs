//! Photos and location histories, as people have them.

use std::fs;
use std::io::{Cursor, Write as _};

use serde_json::Value;

use crate::run::{Run, data};

const VISIT: &str = r#"{"semanticSegments": [
    {"startTime": "2024-01-01T13:00:00Z", "endTime": "2024-01-01T15:30:00Z", "visit":
     {"topCandidate": {"placeLocation": {"latLng": "3°, 3°"}}}}]}"#;

fn sample(name: &str) -> Vec<u8> {
    fs::read(data(name)).expect("a sample")
}

#[test]
fn a_visit_weighs_1_or_its_hours() {
    let run = |args: &str| {
        let args = format!("-v -o p.png -k uniform -d 1 {args} Timeline.json");
        Run::new(&args).file("Timeline.json", VISIT).ok()
    };
    assert!((run("").maximum() - 1.0).abs() < 1e-6);
    assert!((run("--visit-weight hours").maximum() - 2.5).abs() < 1e-6);
}

#[test]
fn inaccurate_positions_are_left_out_if_that_is_asked_for() {
    Run::new("-v -o p.png --max-accuracy 1000 Records.json")
        .file("Records.json", sample("google/Records.json"))
        .ok()
        .says("8 positions were left out, which are less accurate than asked for");
}

#[test]
fn an_archive_of_photos_is_one_line_about_those_without_a_position() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in [
        "exif.avif",
        "no_exif.jpg",
        "sidecar.jpg",
        "sidecar.jpg.supplemental-metadata.json",
        "sidecar_zero.jpg",
        "sidecar_zero.jpg.supplemental-metadata.json",
        "webp_reykjanes.webp",
    ] {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(format!("Photos/{name}"), options)
            .expect("a member");
        zip.write_all(&sample(&format!("photos/{name}")))
            .expect("its bytes");
    }
    let zip = zip.finish().expect("an archive").into_inner();
    let done = Run::new("-v -o p.png takeout.zip")
        .file("takeout.zip", zip)
        .ok()
        .says("3 shapes read from 5 records")
        .says("2 photos without a position were left out, the first of them takeout.zip:Photos/no_exif.jpg");
    let warnings = done.stderr.matches("warning").count();
    assert_eq!(warnings, 1, "{}", done.stderr);
}

#[test]
fn columns_of_geometries_and_of_polylines_can_be_named() {
    let json = |run: Run| -> Value {
        serde_json::from_slice(&run.ok().stdout).expect("JSON on standard output")
    };
    let wkt = json(
        Run::new("info --json --geometry-field WKT wkt.csv").file("wkt.csv", sample("wkb/wkt.csv")),
    );
    assert_eq!(wkt["total"]["positions"], 194);
    assert_eq!(wkt["total"]["left_out"]["polygons"], 1);
    let lines = json(
        Run::new("info --json --polyline-field polyline6 --polyline-precision 6 a.csv")
            .file("a.csv", sample("polyline/activities.csv")),
    );
    assert_eq!(lines["total"]["tracks"], 6);
}

#[test]
fn of_a_feed_the_shapes_are_drawn_or_the_stops() {
    let feed = || sample("gtfs/liverpool_14_shuffled.zip");
    let shapes = Run::new("info feed.zip").file("feed.zip", feed()).ok();
    assert!(String::from_utf8_lossy(&shapes.stdout).contains("gtfs"));
    Run::new("-v -o p.png --gtfs stops feed.zip")
        .file("feed.zip", feed())
        .ok()
        .says("4 shapes read");
}

#[test]
fn files_of_a_takeout_without_places_say_which_file_is_meant() {
    Run::new("-o p.png Settings.json")
        .file("Settings.json", sample("google/Settings.json"))
        .fails(3, "Settings.json: nothing could be read");
}
