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
            .file("folder/server.log", "1 2\n3 4\n")
            .file(
                "folder/fixes.log",
                "$GPGLL,4633.0,N,00733.0,E,000001.00,A\n",
            )
    };
    run("-v -o p.png folder")
        .ok()
        .says("2 shapes read")
        .says("2 files of other kinds or without places were left out (1 .json, 1 .log)");
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
fn weights_of_geojson_are_read_as_in_tables() {
    let feature = |weight: &str| {
        format!(
            r#"{{"geometry":{{"type":"Point","coordinates":[7,46]}},"properties":{{"weight":"{weight}"}}}}"#
        )
    };
    let run = |weights: &[&str]| {
        let features = weights.iter().map(|weight| feature(weight));
        let features = features.collect::<Vec<_>>().join(",");
        let text = format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
        Run::new("-v -o p.png a.geojson").file("a.geojson", text)
    };
    let done = run(&["1,200"]).arg("--strict").ok();
    assert_eq!(done.maximum(), 1200.0);
    let done = run(&["$5"]).arg("--strict").ok();
    assert_eq!(done.maximum(), 5.0);
    run(&["$5", "many"])
        .ok()
        .says("1 weight could not be read and counts as 1: a.geojson:2");
}

#[test]
fn a_geometry_is_the_same_in_a_column_a_member_or_a_feature() {
    let line = "{\"type\":\"LineString\",\"coordinates\":[[8,47],[9,48]]}";
    let quoted = line.replace('"', "\"\"");
    let draw = |name: &str, text: String| {
        let args = format!("-W 60 --bbox 7.9,46.9,9.1,48.1 -o p.png {name}");
        let done = Run::new(&args).file(name, text).ok();
        assert_eq!(done.stderr, "", "{name}");
        done.picture("p.png")
    };
    let feature = draw(
        "a.geojson",
        format!("{{\"type\":\"Feature\",\"geometry\":{line}}}"),
    );
    for (name, text) in [
        ("a.csv", format!("id,geom\n1,\"{quoted}\"\n")),
        ("a.jsonl", format!("{{\"id\":1,\"geom\":{line}}}\n")),
        (
            "a.ndjson",
            "{\"id\":1,\"way\":\"LINESTRING(8 47, 9 48)\"}\n".to_owned(),
        ),
    ] {
        assert_eq!(draw(name, text), feature, "{name}");
    }
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
    // Python's words for no numbers are values, and in one document nothing can be known of what
    // follows another fault.
    let collection = |value: &str| {
        let feature = |value: &str| {
            format!(
                "{{\"type\":\"Feature\",\"properties\":{{\"weight\":1,\"n\":{value}}},\
                 \"geometry\":{{\"type\":\"Point\",\"coordinates\":[7,46]}}}}"
            )
        };
        let features = ["1", value, "2"].map(feature).join(",\n");
        let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{features}]}}");
        Run::new("-v -o p.png a.geojson").file("a.geojson", text)
    };
    for word in ["NaN", "Infinity", "-Infinity"] {
        collection(word).arg("--strict").ok().says("3 shapes read");
    }
    collection("1,\"weight\":NaN")
        .ok()
        .says("1 weight could not be read and counts as 1: a.geojson:2");
    collection("\"C:\\data\"")
        .ok()
        .says("1 shapes read")
        .says("a.geojson:2: this is no JSON from here on")
        .says("at line 3 column")
        .says("the rest of the file was not read");
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
        .ok();
    Run::new("-o p.png a.geojson")
        .file("a.geojson", text("EPSG:99999", 2.6e6, 1.2e6))
        .fails(3, "the coordinate system EPSG:99999 is not known");
}

/// What is told of one file with a content.
fn told_of(name: &str, content: impl AsRef<[u8]>) -> Value {
    let done = Run::new("info --json -q")
        .arg(name)
        .file(name, content)
        .ok();
    let known: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    known["files"][0].clone()
}

/// Positions, tracks, and the first and the last time.
fn counts(known: &Value) -> (u64, u64, &str, &str) {
    let number = |name: &str| known[name].as_u64().expect("a number");
    let text = |name: &str| known[name].as_str().unwrap_or_default();
    (
        number("positions"),
        number("tracks"),
        text("first_time"),
        text("last_time"),
    )
}

#[test]
fn kml_is_read_as_people_write_it() {
    let known = told_of(
        "a.kml",
        "<k:kml xmlns:k='x' xmlns:g='y'><k:Document><k:name>Trip</k:name><k:Folder><k:Folder>\
         <k:Placemark><k:Point><k:coordinates> 7.5, 46.5 ,0 </k:coordinates></k:Point>\
         <k:TimeStamp><k:when>2024-05-01</k:when></k:TimeStamp></k:Placemark>\
         <k:Placemark><k:MultiGeometry><k:LineString><k:coordinates><![CDATA[7,46 8,47,9\n9,48]]></k:coordinates></k:LineString>\
         <k:Polygon><k:outerBoundaryIs><k:LinearRing><k:coordinates>0,0 1,1 1,0 0,0</k:coordinates></k:LinearRing></k:outerBoundaryIs></k:Polygon>\
         </k:MultiGeometry></k:Placemark>\
         <k:Placemark><g:Track><k:when>2024-05-02T10:00:00Z</k:when><g:coord>7 46 5</g:coord>\
         <k:when>2024-05-02T11:00:00Z</k:when><g:coord/>\
         <k:when>2024-05-02T12:00:00Z</k:when><g:coord>8 47 5</g:coord></g:Track></k:Placemark>\
         </k:Folder></k:Folder></k:Document></k:kml>",
    );
    assert_eq!(
        counts(&known),
        (6, 2, "2024-05-01T00:00:00Z", "2024-05-02T12:00:00Z")
    );
    assert_eq!(
        (&known["name"], &known["left_out"]["polygons"]),
        (&"Trip".into(), &1.into())
    );
    assert_eq!(
        (&known["box"]["south"], &known["box"]["east"]),
        (&46.0.into(), &9.0.into())
    );
}

#[test]
fn tcx_without_a_root_or_an_end_gives_its_points() {
    let point = "<ns:Trackpoint><ns:Time>2024-05-01T10:00:00Z</ns:Time><ns:Position>\
                 <ns:LatitudeDegrees>46,5</ns:LatitudeDegrees><ns:LongitudeDegrees>7.5</ns:LongitudeDegrees>\
                 </ns:Position></ns:Trackpoint>";
    let known = told_of(
        "a.tcx",
        format!(
            "<ns:TrainingCenterDatabase><ns:Activities><ns:Activity Sport='Biking'><ns:Lap><ns:Track>{point}\
             <ns:Trackpoint/></ns:Track></ns:Lap><ns:Lap><ns:Track>{point}{point}"
        ),
    );
    let time = "2024-05-01T10:00:00Z";
    assert_eq!(counts(&known), (3, 2, time, time));
    assert_eq!(known["sport"], "Biking");
    assert_eq!(known["left_out"]["records_without_positions"], 1);
}

#[test]
fn sentences_of_one_time_of_day_are_one_fix() {
    let known = told_of(
        "log.txt",
        "boot v1\r\n\
         $GPGGA,235959.00,4630.0,N,00730.0,E,1,08,0.9,5,M,14,M,,\r\n\
         $GNRMC,235959.00,A,4631.0,N,00731.0,E,0,0,310124,,,A\r\n\
         12:00:01 $BDGLL,4633.0,N,00733.0,E,000001.00,A\r\n\
         $GPRMC,000002.00,V,,,,,,,010224,,,N\r\n\
         $GPGGA,000003.00,4634.0,N,00734.0,E,1,08,0.9,5,M,14,M,,*00\r\n\
         $GPGNS,000004.00,4635.0,N,00735.0,W,NA,08,0.9,5,M,14,,\r\n\
         $GPGGA,000005.00,46",
    );
    assert_eq!(
        counts(&known),
        (3, 1, "2024-01-31T23:59:59Z", "2024-02-01T00:00:04Z")
    );
    assert_eq!(known["format"], "nmea");
    assert_eq!(known["box"]["south"], 46.5);
    assert_eq!(known["left_out"]["wrong_checksums"], 1);
    assert_eq!(known["left_out"]["records_without_positions"], 2);
}

#[test]
fn flights_have_more_digits_and_go_past_midnight() {
    let known = told_of(
        "flight",
        "AXXX001 recorder\r\nHFDTEDATE:310124,01\r\nHFGTYGLIDERTYPE:LS 4\r\nI023638LAD3941LOD\r\n\
         B2359594630000N00730000EA0050000500123456\r\nB0000024631000S00731000WV0050000500\r\n\
         B00000346\r\nLPLT a comment\r\n",
    );
    assert_eq!(
        counts(&known),
        (2, 1, "2024-01-31T23:59:59Z", "2024-02-01T00:00:02Z")
    );
    assert_eq!(
        (&known["format"], &known["name"]),
        (&"igc".into(), &"LS 4".into())
    );
    let north = known["box"]["north"].as_f64().expect("a number");
    assert!((north - (46.5 + 0.000_123 / 60.0)).abs() < 1e-9, "{north}");
    assert_eq!(known["left_out"]["bad_records"], 1);
}

/// A FIT file around messages; the size in its header may be another.
fn fit(size: Option<u32>, messages: &[u8]) -> Vec<u8> {
    let size = size.unwrap_or(messages.len() as u32);
    let mut file = vec![12, 16, 100, 8];
    file.extend(size.to_le_bytes());
    file.extend(b".FIT");
    file.extend(messages);
    file.extend([0, 0]);
    file
}

/// A record with a position in degrees, and its time if there is room for one.
fn record(head: u8, time: Option<u32>, [lat, lon]: [f64; 2], is_big_endian: bool) -> Vec<u8> {
    let order = |bytes: [u8; 4]| {
        let mut bytes = bytes;
        if is_big_endian {
            bytes.reverse();
        }
        bytes
    };
    let angle = |degrees: f64| order(((degrees / 180.0 * 2_f64.powi(31)) as i32).to_le_bytes());
    let time = time.map(|time| order(time.to_le_bytes()));
    let mut bytes = vec![head];
    bytes.extend(time.into_iter().flatten());
    bytes.extend(angle(lat));
    bytes.extend(angle(lon));
    bytes
}

#[test]
fn fit_is_read_whatever_its_layout() {
    // Local message 1: time, latitude, longitude; then the same in the other order of bytes.
    let define = |order: u8, kind: [u8; 2]| {
        [
            &[0x41, 0, order][..],
            &kind,
            &[3, 253, 4, 0x86, 0, 4, 0x85, 1, 4, 0x85],
        ]
        .concat()
    };
    // Local message 2: without a time, and with a field of a developer that nothing describes.
    let bare = [0x62, 0, 0, 20, 0, 2, 0, 4, 0x85, 1, 4, 0x85, 1, 0, 3, 0];
    let compressed = [
        record(0x80 | 2 << 5 | 3, None, [48.0, 9.0], false),
        vec![1, 2, 3],
    ]
    .concat();
    let time = 1_000_000_030;
    let messages = [
        define(0, [20, 0]),
        record(1, Some(time), [46.0, 7.0], false),
        define(1, [0, 20]),
        record(1, Some(time + 1), [47.0, 8.0], true),
        bare.to_vec(),
        compressed,
    ]
    .concat();
    let first = "2021-09-08T01:47:10Z";
    let last = "2021-09-08T01:47:15Z";
    let whole = told_of("a.fit", fit(None, &messages));
    assert_eq!(counts(&whole), (3, 1, first, last), "{whole}");
    assert_eq!(whole["left_out"], serde_json::json!({}));
    // Chained files are as many tracks, and definitions begin anew.
    let twice = [fit(None, &messages), fit(None, &messages)].concat();
    assert_eq!(counts(&told_of("a.fit", twice)), (6, 2, first, last));
    let undefined = [fit(None, &messages), fit(None, &messages[18..])].concat();
    let undefined = told_of("a.fit", undefined);
    assert_eq!(counts(&undefined), (3, 1, first, last));
    assert_eq!(undefined["left_out"]["broken_files"], 1);
    // A device that failed did not come to write the size, nor the checksum.
    for size in [0, u32::MAX] {
        let mut cut = fit(Some(size), &messages);
        cut.truncate(cut.len() - 2);
        let cut = told_of("a.fit", cut);
        assert_eq!(counts(&cut), (3, 1, first, last));
        assert_eq!(cut["left_out"]["broken_files"], 1);
    }
    let far = told_of(
        "a.fit",
        fit(
            None,
            &[define(0, [20, 0]), record(1, None, [1.0, 1.0], false)].concat(),
        ),
    );
    assert_eq!(far["positions"], 0);
}

#[test]
fn what_only_has_the_extension_of_fit_is_an_error_and_an_empty_one_is_counted() {
    let run = |name: &str, content: &str| {
        Run::new("-o p.png a.csv")
            .arg(name)
            .file("a.csv", "1,2\n")
            .file(name, content)
    };
    run("b.fit", "some text, and more of it").fails(3, "b.fit: this is not FIT");
    run("b.fit", "")
        .ok()
        .says("1 file holds no position: b.fit");
}
