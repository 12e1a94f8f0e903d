//! Conditions on fields of records (`--where`), and positions that say how far they may be off
//! (`--max-accuracy`).

use serde_json::Value;

use crate::run::{Run, data};

/// What `heatmap info` counts of a file, and what it left out.
fn info(run: Run) -> Value {
    let done = run.arg("--json").ok();
    let told: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    told["files"][0].clone()
}

/// How many positions of a text pass some options, and how many records were left out by their
/// values.
fn passing(name: &str, text: &str, options: &[&str]) -> (Value, Value) {
    let run = Run::new(&format!("info {name}")).file(name, text);
    let told = info(options.iter().fold(run, Run::arg));
    let left = told["left_out"]["records_with_other_values"].clone();
    (told["positions"].clone(), left)
}

const CSV: &str = "lat,lon,Type,speed,acc\n\
    1,1,Run,2.5,5\n\
    2,2,Ride,7.0,10\n\
    3,3,\"Trail, Run\",2.50,\n\
    4,4,,,\n\
    lat,lon,Type,speed,acc\n\
    ,,,,\n\
    x,4,Walk,1,1\n";

#[test]
fn rows_are_those_that_meet_all_conditions() {
    for (options, positions, left) in [
        (&["--where", "type=Run"][..], 1, 4),
        (&["--where", "Type!=Run"], 3, 1),
        (&["--where", "3=Trail, Run"], 1, 4),
        (&["--where", "speed=2.5"], 2, 3),
        (&["--where", "speed>=2.5", "--where", "type<>Ride"], 2, 3),
        (&["--where", "type="], 1, 4),
    ] {
        let found = passing("a.csv", CSV, options);
        assert_eq!(found, (positions.into(), left.into()), "{options:?}");
    }
    let run = |condition: &str| {
        Run::new("a.csv -W 50 -o a.png")
            .arg("--where")
            .arg(condition)
            .file("a.csv", CSV)
    };
    run("type=Run").ok().says(
        "4 records were left out, whose fields hold other values than asked for, the first of them a.csv:3",
    );
    // A row that is not wanted is no bad one.
    run("type=Run").arg("--strict").ok();
    run("type!=Run").arg("--strict").fails(3, "a.csv:8");
    run("type=Swim").fails(3, "5 records were left out");
    let done = run("typ=Run").fails(3, "there is no column 'typ' among 'lat', 'lon', 'Type'");
    done.says("did you mean 'Type'?");
    run("9=Run").fails(3, "there is no column 9 among");
    run("Run").fails(2, "not FIELD=VALUE");
    Run::new("-L a.heat -o a.png --where n=1")
        .file("a.heat", "")
        .fails(2, "saved heat no longer knows");
    run("speed>fast").fails(2, "'fast' is no number");
}

#[test]
fn every_format_with_fields_has_conditions() {
    let plain = "lat lon kind n\n1 1 a 3\n2 2 b 4\n3 3 a 5\n";
    assert_eq!(
        passing("a.txt", plain, &["--where", "kind=a", "--where", "n<5"]),
        (1.into(), 2.into())
    );
    let feature = |lon: u32, properties: &str| {
        format!(
            "{{\"type\":\"Feature\",\"properties\":{properties},\"geometry\":{{\"type\":\
             \"Point\",\"coordinates\":[{lon},1]}}}}"
        )
    };
    let features = [
        feature(1, r#"{"Kind":"a","n":3,"open":true}"#),
        feature(2, r#"{"kind":"b","n":3.0}"#),
        feature(3, r#"{"n":null}"#),
    ];
    let whole = format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{}]}}",
        features.join(",")
    );
    for (name, text) in [("a.geojson", &whole), ("a.geojsonl", &features.join("\n"))] {
        for (condition, positions, left) in [
            ("kind=a", Value::from(1), Value::from(2)),
            ("n=3", 2.into(), 1.into()),
            ("open=true", 1.into(), 2.into()),
            ("KIND!=a", 2.into(), 1.into()),
        ] {
            let found = passing(name, text, &["--where", condition]);
            assert_eq!(found, (positions, left), "{name} {condition}");
        }
        Run::new(&format!("{name} -o a.png --where knd=a"))
            .file(name, text)
            .fails(3, "there is no property 'knd' among")
            .says("did you mean 'kind'?");
    }
    let json =
        r#"[{"lat":1,"lon":1,"tags":{"kind":"a"}},{"lat":2,"lon":2,"n":7},{"lat":3,"lon":3}]"#;
    for condition in ["tags.kind=a", "n>5"] {
        let found = passing("a.json", json, &["--where", condition]);
        assert_eq!(found, (1.into(), 2.into()), "{condition}");
    }
    Run::new("a.json -o a.png --where m=5")
        .file("a.json", json)
        .fails(3, "there is no member 'm' among 'lat', 'lon', 'n', 'tags'");
}

#[test]
fn files_of_columns_have_conditions() {
    for (file, conditions, positions, left) in [
        (
            "shp/soho_cholera_3857.shp",
            &["count>2", "Count<=5"][..],
            55,
            269,
        ),
        ("flatgeobuf/airports.fgb", &["n>=30", "state=x1"], 10, 50),
        ("sqlite/airports.gpkg", &["n>=30", "state=x1"], 10, 50),
        ("parquet/quakes_zstd.parquet", &["weight>6"], 56, 144),
    ] {
        let run = Run::new("info").arg(data(file));
        let conditions = conditions.iter();
        let told = info(conditions.fold(run, |run, condition| run.arg("--where").arg(condition)));
        let found = (
            &told["positions"],
            &told["left_out"]["records_with_other_values"],
        );
        assert_eq!(found, (&positions.into(), &left.into()), "{file}: {told}");
        let none = Run::new("-o a.png --where nowhere=1").arg(data(file));
        none.fails(3, "nowhere");
    }
}

#[test]
fn files_without_fields_are_left_out_and_counted() {
    let gpx = r#"<gpx><wpt lat="1" lon="1"/></gpx>"#;
    Run::new("a.csv a.gpx -o a.png --where type=Run")
        .file("a.csv", CSV)
        .file("a.gpx", gpx)
        .ok()
        .says("1 file was left out, which has no fields to compare with a value: a.gpx");
}

#[test]
fn features_of_flatgeobuf_are_parted_by_a_column() {
    let done = Run::new("--by state -o out-{by}.png -W 50")
        .arg(data("flatgeobuf/airports.fgb"))
        .ok();
    done.picture("out-x1.png");
}

#[test]
fn tables_and_gpx_tell_how_far_positions_may_be_off() {
    for (header, left) in [
        ("accuracy", true),
        ("Horizontal Accuracy (m)", true),
        ("hAcc", true),
        ("gps_accuracy_m", true),
        ("coordinateUncertaintyInMeters", true),
        ("hdop", false),
        ("accuracy (ft)", false),
        ("vertical_accuracy", false),
    ] {
        let text = format!("lat;lon;{header}\n1;1;5\n2;2;100,5\n3;3;\n");
        let run = Run::new("info a.csv --max-accuracy 50").file("a.csv", text);
        let told = info(run);
        let expected = if left { 2 } else { 3 };
        assert_eq!(told["positions"], expected, "{header}");
        let counted = &told["left_out"]["inaccurate_positions"];
        assert_eq!(*counted == 1, left, "{header}");
    }
    let plain = "lat lon accuracy\n1 1 5\n2 2 60\n";
    let run = Run::new("info a.txt --max-accuracy 50").file("a.txt", plain);
    assert_eq!(info(run)["positions"], 1);
    let json = r#"[{"lat":1,"lon":1,"accuracy":5},{"lat":2,"lon":2,"accuracy":60}]"#;
    let run = Run::new("info a.json --max-accuracy 50").file("a.json", json);
    assert_eq!(info(run)["positions"], 1);
    let point = |lat: u32, more: &str| format!(r#"<trkpt lat="{lat}" lon="1">{more}</trkpt>"#);
    let gpx = [
        r#"<gpx xmlns:o="http://opentracksapp.com/xmlschemas/v1"><trk><trkseg>"#,
        &point(1, "<hdop>99</hdop>"),
        &point(
            2,
            "<extensions><o:accuracy_horizontal>60.5</o:accuracy_horizontal></extensions>",
        ),
        &point(3, "<extensions><accuracy>4</accuracy></extensions>"),
        "</trkseg></trk></gpx>",
    ];
    let run = Run::new("info a.gpx --max-accuracy 50").file("a.gpx", gpx.concat());
    let told = info(run);
    assert_eq!(told["positions"], 2, "{told}");
    assert_eq!(told["left_out"]["inaccurate_positions"], 1);
}
