//! Real files of every format, against what independent readers find in them, and damaged ones.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::run::{Run, data};

/// How far a side of a box may be off: the independent readers round to six decimals.
const ROUNDED: f64 = 1e-6;

/// The rows of tests/data/formats/TRUTH.csv, by the names of their columns.
fn truth() -> Vec<std::collections::HashMap<String, String>> {
    let mut table = csv::Reader::from_path(data("formats/TRUTH.csv")).expect("the table");
    let rows = table.deserialize().map(|row| row.expect("a row"));
    rows.collect()
}

fn told(args: &str, files: &[PathBuf]) -> Value {
    let run = files.iter().fold(Run::new(args), Run::arg);
    serde_json::from_slice(&run.ok().stdout).expect("JSON")
}

fn is_near(found: &Value, expected: &str) -> bool {
    match (found.as_f64(), expected.parse::<f64>()) {
        (Some(found), Ok(expected)) => {
            // The table has longitudes as they were written.
            let around = (found - expected).rem_euclid(360.0);
            !(ROUNDED..=360.0 - ROUNDED).contains(&around)
        }
        (None, Err(_)) => true,
        _ => false,
    }
}

fn moment(text: &str) -> Option<jiff::Timestamp> {
    (!text.is_empty()).then(|| text.parse().expect("a time"))
}

#[test]
fn files_hold_what_independent_readers_find() {
    for row in truth() {
        // The open sea off Africa is a place in these numbers, but not in those of FIT.
        let keep = if row["kind"] == "fit" {
            ""
        } else {
            "--keep-zero"
        };
        let path = data("formats").join(&row["path"]);
        let known = told(&format!("info --json -q {keep}"), &[path]);
        let (file, name) = (&known["files"][0], &row["path"]);
        assert_eq!(file["format"], row["kind"].as_str(), "{name}");
        assert_eq!(
            file["positions"].to_string(),
            row["points"],
            "{name}: positions"
        );
        assert_eq!(file["tracks"].to_string(), row["tracks"], "{name}: tracks");
        for side in ["south", "west", "north", "east"] {
            let found = &file["box"][side];
            assert!(
                is_near(found, &row[side]),
                "{name}: {side} {found} is not {}",
                row[side]
            );
        }
        for time in ["first_time", "last_time"] {
            let found = file[time].as_str().unwrap_or_default();
            assert_eq!(moment(found), moment(&row[time]), "{name}: {time}");
        }
    }
}

#[test]
fn recordings_tell_their_sport_and_what_they_lack() {
    let files = [
        "fit/sample_mulitple_header.fit",
        "tcx/tcx-courses.tcx",
        "kml/kmlsamples.kml",
    ];
    let paths = files.map(|file| data("formats").join(file));
    let known = told("info --json -q", &paths);
    let [triathlon, course, samples] = [0, 1, 2].map(|at| &known["files"][at]);
    assert_eq!(triathlon["sport"], "swimming/transition/cycling/running");
    assert_eq!(triathlon["left_out"]["records_without_positions"], 311);
    assert_eq!(course["sport"], Value::Null);
    assert_eq!(samples["left_out"]["polygons"], 9);
    Run::new("-o p.png").arg(&paths[2]).ok().says(
        "9 polygons were left out: heat maps are made of points and lines, the first of them",
    );
}

#[test]
fn a_file_without_positions_is_counted_and_no_line_each() {
    let indoors = data("formats/fit/MonitoringFile.fit");
    let done = Run::new("-o p.png")
        .arg(&indoors)
        .arg(&indoors)
        .arg(data("formats/fit/Activity.fit"))
        .ok()
        .says("2 files hold no positions, the first of them");
    assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
    Run::new("-o p.png")
        .arg(&indoors)
        .fails(3, "nothing could be read");
}

#[test]
fn a_file_that_is_cut_keeps_its_beginning_unless_the_reading_is_strict() {
    for name in [
        "activity-unexpected-eof.fit",
        "activity-settings-corruptheader.fit",
    ] {
        let path = data("formats/fit").join(name);
        Run::new("-v -o p.png")
            .arg(&path)
            .ok()
            .says("13 shapes read")
            .says("1 file ends in the middle or is broken; what came before is used");
        Run::new("--strict -o p.png").arg(&path).fails(3, name);
    }
}

#[test]
fn the_content_wins_over_a_wrong_extension() {
    let fit = fs::read(data("formats/fit/Activity.fit")).expect("a file");
    Run::new("-v -o p.png a.gpx b.json c.kml")
        .file("a.gpx", fit)
        .file("b.json", "{\"type\":\"Point\",\"coordinates\":[7,46]}")
        .file("c.kml", "<gpx><wpt lat='1' lon='2'/></gpx>")
        .ok()
        .says("15 shapes read")
        .says("2 files hold something else than their extensions say, and were read as that");
}

#[test]
fn json_of_no_known_kind_is_an_error_unless_it_only_lay_in_a_folder() {
    let run = |args| {
        Run::new(args)
            .file(
                "folder/a.json",
                "{\"type\":\"Point\",\"coordinates\":[7,46]}",
            )
            .file("folder/settings.json", "{\"colour\": [1, 2, 3]}")
    };
    run("-o p.png folder")
        .ok()
        .says("1 file of another kind was left out: folder/settings.json");
    run("-o p.png folder/settings.json").fails(3, "settings.json: this is JSON");
}

#[test]
fn properties_of_geojson_are_weights_and_times() {
    let run = |args| {
        Run::new(args).arg("-v").arg("-o").arg("p.png").arg("a.geojson").file(
            "a.geojson",
            "{\"features\":[\
             {\"geometry\":{\"coordinates\":[7,46],\"type\":\"Point\"},\"properties\":{\"Mag\":\"2.5\",\"weight\":9}},\
             {\"geometry\":{\"coordinates\":[8,47],\"type\":\"Point\"},\"properties\":{\"weight\":null}},\
             {\"geometry\":{\"type\":\"Point\",\"coordinates\":[8,147]},\"properties\":[]}],\
             \"type\":\"FeatureCollection\"}",
        )
    };
    let usual = run("").ok().says("latitude 147 is not between -90 and 90");
    assert_eq!(usual.maximum(), 9.0);
    let asked = run("--weight-field mag")
        .ok()
        .says("a feature has no weight");
    assert_eq!(asked.maximum(), 2.5);
    run("--strict").fails(3, "a.geojson:3: latitude 147");
}

#[test]
fn a_broken_line_of_many_documents_costs_only_itself() {
    let point = |lon: u32| format!("{{\"type\":\"Point\",\"coordinates\":[{lon},46]}}");
    let lines = [
        point(1),
        "{\"type\": oops".to_owned(),
        point(2),
        String::new(),
    ]
    .join("\n");
    Run::new("-v -o p.png a.ndjson")
        .file("a.ndjson", &lines)
        .ok()
        .says("2 shapes read")
        .says("a.ndjson:2: this is no JSON");
    // In one document nothing can be known of what follows.
    let cut = "{\"type\":\"FeatureCollection\",\"features\":[\n{\"type\":\"Feature\",\"properties\":null,\
               \"geometry\":{\"type\":\"Point\",\"coordinates\":[7,46]}},\n{\"type\":\"Fea";
    Run::new("-v -o p.png a.geojson")
        .file("a.geojson", cut)
        .ok()
        .says("1 shapes read")
        .says("what came before is used");
}

#[test]
fn systems_of_old_geojson_are_honoured_or_named() {
    let text = |system: &str, x: f64, y: f64| {
        format!(
            "{{\"type\":\"FeatureCollection\",\"crs\":{{\"type\":\"name\",\"properties\":{{\"name\":\"{system}\"}}}},\
             \"features\":[{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[{x},{y}]}}}}]}}"
        )
    };
    let mercator = text("urn:ogc:def:crs:EPSG::3857", 779_236.435, 5_780_349.22);
    let path = "info --json a.geojson";
    let done = Run::new(path).file("a.geojson", mercator).ok();
    let known: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let south = known["files"][0]["box"]["south"]
        .as_f64()
        .expect("a number");
    assert!((south - 46.0).abs() < 1e-4, "{south}");
    Run::new("-o p.png a.geojson")
        .file("a.geojson", text("EPSG:2056", 2.6e6, 1.2e6))
        .fails(3, "its coordinate system, 'EPSG:2056', cannot be read");
}
