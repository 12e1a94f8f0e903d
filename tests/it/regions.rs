//! Hot regions as polygons.

use std::f64::consts::PI;
use std::process::Command;

use serde_json::Value;

use crate::run::{Done, Run};
use crate::wants::kml_schema;

const PLACES: &str = "lat,lon\n47,8\n47,8\n47,8\n47,8.2\n";

fn run(args: &str) -> Run {
    Run::new(args).file("in.csv", PLACES)
}

fn features(done: &Done, name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_slice(&done.bytes(name)).expect("JSON");
    assert_eq!(all["type"], "FeatureCollection");
    all["features"].as_array().expect("features").clone()
}

/// Twice the area of a ring; above zero if it goes to the left.
fn turn(ring: &Value) -> f64 {
    let number = |at: &Value, axis: usize| at[axis].as_f64().expect("a number");
    let places = ring.as_array().expect("a ring").windows(2);
    places
        .map(|pair| {
            number(&pair[0], 0) * number(&pair[1], 1) - number(&pair[1], 0) * number(&pair[0], 1)
        })
        .sum()
}

#[test]
fn regions_have_their_area_and_their_share_of_the_heat() {
    let args = "-W 800 -k uniform -r 3km -d 1 in.csv --levels 0.5,2.5 -o hot.geojson";
    let found = features(&run(args).ok(), "hot.geojson");
    let known: Vec<(String, f64, f64, f64)> = found
        .iter()
        .map(|feature| {
            let of = &feature["properties"];
            let number = |name: &str| of[name].as_f64().expect(name);
            let level = of["level"].as_str().expect("a level").to_owned();
            (level, number("area_m2"), number("share"), number("maximum"))
        })
        .collect();
    let [
        (level, area, share, most),
        (_, _, other, one),
        (hot, same, _, _),
    ] = &known[..]
    else {
        panic!("{known:?}");
    };
    assert_eq!(
        (level.as_str(), hot.as_str(), *most, *one),
        ("0.5", "2.5", 3.0, 1.0)
    );
    let circle = PI * 3000.0 * 3000.0;
    assert!((area / circle - 1.0).abs() < 0.03, "{area} {circle}");
    assert!((same / area - 1.0).abs() < 0.05);
    assert!(
        (share - 0.75).abs() < 0.01 && (other - 0.25).abs() < 0.01,
        "{share} {other}"
    );
}

#[test]
fn rings_are_closed_and_go_the_right_way_round() {
    // A ring of points has a hole.
    let places: String = (0..72)
        .map(|step| f64::from(step) * PI / 36.0)
        .map(|angle| format!("{},{}\n", 0.5 * angle.sin(), 20.0 + 0.5 * angle.cos()))
        .collect();
    let ring = Run::new("-W 300 -r 12 in.csv --levels p10 -o hot.geojson");
    let done = ring.file("in.csv", format!("lat,lon\n{places}")).ok();
    let found = features(&done, "hot.geojson");
    assert_eq!(found.len(), 1);
    let rings = found[0]["geometry"]["coordinates"]
        .as_array()
        .expect("rings");
    assert_eq!(rings.len(), 2);
    for (number, ring) in rings.iter().enumerate() {
        let places = ring.as_array().expect("a ring");
        assert!(places.len() > 10 && places.first() == places.last());
        assert_eq!(turn(ring) > 0.0, number == 0);
    }
}

#[test]
fn hotter_levels_come_later_and_percentiles_are_of_pixels_with_heat() {
    let done =
        run("-W 300 -r 20 -d 1 in.csv --levels p99,p50,p90,99 -o hot.geojson -o hot.png").ok();
    let done = done.says("nothing is as hot as the level 99");
    let found = features(&done, "hot.geojson");
    let levels: Vec<&str> = found
        .iter()
        .filter_map(|one| one["properties"]["level"].as_str())
        .collect();
    assert_eq!(levels, ["p50", "p50", "p90", "p99"]);
    let area = |number: usize| {
        found[number]["properties"]["area_m2"]
            .as_f64()
            .expect("an area")
    };
    let part = area(3) / (area(0) + area(1));
    assert!((0.01..0.03).contains(&part), "{part}");
}

#[test]
fn kml_has_the_same_regions_and_both_cut_pictures() {
    let done =
        run("-W 300 -r 20 -d 1 in.csv --levels p50,p90 -o hot.geojson -o hot.kml -o geojson:-")
            .ok();
    let kml = String::from_utf8(done.bytes("hot.kml")).expect("UTF-8");
    assert_eq!(
        kml.matches("<Polygon>").count(),
        features(&done, "hot.geojson").len()
    );
    assert_eq!(done.stdout, done.bytes("hot.geojson"));
    if let Some(schema) = kml_schema() {
        let mut xmllint = Command::new("xmllint");
        xmllint.args(["--nonet", "--noout", "--schema"]).arg(schema);
        let checked = xmllint
            .arg(done.folder.path().join("hot.kml"))
            .output()
            .expect("xmllint");
        assert!(
            checked.status.success(),
            "{}",
            String::from_utf8_lossy(&checked.stderr)
        );
    }
    let cut = |name: &str| {
        let run = run(&format!("-W 300 -r 20 in.csv -o o.png --clip {name}"));
        run.file(name, done.bytes(name)).ok().picture("o.png")
    };
    let picture = cut("hot.geojson");
    assert_eq!(picture, cut("hot.kml"));
    assert!(picture.pixels().any(|pixel| pixel[3] > 0));
}

#[test]
fn regions_that_nobody_can_have_are_refused() {
    for (args, message) in [
        ("in.csv -o hot.geojson", "--levels p50,p90,p99"),
        ("in.csv --levels p90 -o hot.png", "-o hot.geojson"),
        ("in.csv --levels p101 -o hot.geojson", "p0 to p100"),
        ("in.csv --levels 0 -o hot.geojson", "hotter than nothing"),
        ("-P xy in.csv --levels 1 -o hot.geojson", "on the earth"),
        ("in.csv --levels 1 -o t.pmtiles", "--levels is for pictures"),
        (
            "-a in.csv --levels 1 -o a.gif",
            "--levels is for pictures that stand still",
        ),
    ] {
        run(args).fails(2, message);
    }
    let parts = run("in.csv --by file --levels 0.5 -o hot-{by}.geojson").ok();
    assert!(!features(&parts, "hot-in.geojson").is_empty());
}
