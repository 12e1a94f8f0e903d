//! Rows that stand for many like them (`--count-field`).

use std::fmt::Write;

use crate::run::{Run, data};

/// Latitude, longitude, weight and count of some places, three of which are one.
const ROWS: [(f64, f64, f64, u32); 7] = [
    (10.0, 20.0, 1.0, 3),
    (10.5, 20.5, 2.5, 40),
    (10.5, 20.5, 1.0, 1),
    (10.5, 20.5, 2.5, 2),
    (12.0, 22.0, -1.0, 7),
    (11.0, 21.0, 0.25, 0),
    (10.2, 23.0, 1.0, 600),
];

/// A text with a line for each row, and one with as many as it stands for.
fn texts(head: &str, line: impl Fn(f64, f64, f64, u32) -> String, tail: &str) -> [String; 2] {
    let mut texts = [head.to_owned(), head.to_owned()];
    for (lat, lon, weight, count) in ROWS {
        texts[0] += &line(lat, lon, weight, count);
        for _ in 0..count {
            texts[1] += &line(lat, lon, weight, 1);
        }
    }
    texts.map(|text| text.trim_end_matches([',', '\n']).to_owned() + tail)
}

/// Both come to the same bytes with these arguments; without `--count-field` they do not.
fn holds(name: &str, [counted, single]: [String; 2], args: &str) {
    let run = |text: &str, more: &str| {
        let out = if args.contains("-o ") {
            ""
        } else {
            "-o out.png"
        };
        Run::new(&format!("{args} {more} {out} {name}"))
            .file(name, text)
            .ok()
    };
    let out = if args.contains("-o ") {
        "out.gif"
    } else {
        "out.png"
    };
    let counted_picture = run(&counted, "--count-field n").bytes(out);
    assert!(
        counted_picture == run(&single, "").bytes(out),
        "{name} {args}"
    );
    let differs = counted_picture != run(&counted, "").bytes(out);
    assert!(differs, "{name} {args}");
}

fn csv() -> [String; 2] {
    let line = |lat, lon, weight, n| format!("{lat},{n},{lon},{weight}\n");
    texts("lat,n,lon,weight\n", line, "\n")
}

#[test]
fn a_row_of_many_is_as_many_rows_to_the_byte() {
    for args in [
        "-W 200 -r 12",
        "-W 200 -r 12 -d 1",
        "-W 200 -r 12 -d 0.3 -k gaussian",
        "-e 9,19,13,24 -W 200 -r 0.5 -d 1",
        "-W 200 -r auto",
        "-W 200 -r 12 --memory 1K",
        "-W 200 -r 9 --aggregate mean",
        "-W 200 -r 9 --surface mean --weight-field weight",
        "-W 60 -r 9 --animate --frequency 12 -o out.gif",
    ] {
        holds("a.csv", csv(), args);
    }
}

#[test]
fn the_largest_is_the_same_whatever_stands_for_it() {
    let [counted, single] = csv();
    let run = |text: &str, more: &str| {
        let run = Run::new("-W 200 -r 12 -d 0 -o out.png a.csv").file("a.csv", text);
        more.split_whitespace().fold(run, Run::arg).ok()
    };
    assert!(run(&counted, "--count-field n").bytes("out.png") == run(&single, "").bytes("out.png"));
}

#[test]
fn all_inputs_with_columns_have_counts() {
    let args = "-W 200 -r 12";
    let line = |lat, lon, weight, n| format!("{lat} {lon} {weight} {n}\n");
    holds("a.txt", texts("lat lon weight n\n", line, "\n"), args);
    let line = |lat, lon, weight, n| {
        format!("{{\"lat\":{lat},\"lon\":{lon},\"weight\":{weight},\"n\":{n}}},")
    };
    holds("a.json", texts("[", line, "]"), args);
    let line = |lat, lon, weight, n| {
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{\"weight\":{weight},\"N\":\"{n}\"}},\
             \"geometry\":{{\"type\":\"Point\",\"coordinates\":[{lon},{lat}]}}}},"
        )
    };
    let head = "{\"type\":\"FeatureCollection\",\"features\":[";
    holds("a.geojson", texts(head, line, "]}"), args);
    let line = |lat, lon, weight, n| {
        format!(
            "\"LINESTRING({lon} {lat},{} {})\",{weight},{n}.0\n",
            lon + 1.0,
            lat + 0.5
        )
    };
    holds("lines.csv", texts("wkt,weight,n\n", line, "\n"), args);
    holds(
        "lines.csv",
        texts("wkt,weight,n\n", line, "\n"),
        &format!("{args} -d 0.99"),
    );
}

#[test]
fn the_table_beside_a_shapefile_has_counts() {
    let run = |more: &str| {
        Run::new(&format!("-v -r 0.5 -d 1 -o p.png {more}"))
            .arg(data("shp/soho_cholera_3857.shp"))
            .ok()
    };
    assert_eq!(run("--count-field count").maximum(), 18.0);
    run("--count-field count").says("392 shapes read");
    run("").says("324 shapes read");
}

#[test]
fn tiles_and_a_sum_by_files_count_them() {
    let [counted, single] = csv();
    let run = |text: &str, more: &str| {
        Run::new(&format!("{more} --max-zoom 6 -o t.pmtiles a.csv"))
            .file("a.csv", text)
            .ok()
    };
    assert!(
        run(&counted, "--count-field n").bytes("t.pmtiles") == run(&single, "").bytes("t.pmtiles")
    );
}

#[test]
fn what_is_no_count_is_a_bad_record_with_its_row() {
    let mut text = "lat,lon,n\n1,2,3\n".to_owned();
    for bad in ["-1", "1.5", "many", "", "4294967296", "nan"] {
        writeln!(text, "1,2,{bad}").expect("a string takes it");
    }
    let run = |more: &str| {
        Run::new(&format!("--count-field n -o p.png a.csv {more}")).file("a.csv", &text)
    };
    run("-v")
        .ok()
        .says("a.csv:3: count '-1' is no whole number from 0 to 4294967295")
        .says("a.csv:4: count '1.5' is no whole number")
        .says("a.csv:5: count 'many' is not a number")
        .says("a.csv:6: no count: the field is empty")
        .says("a.csv:7: count '4294967296'")
        .says("3 shapes read");
    run("--strict").fails(3, "a.csv:3: count '-1' is no whole number");
    Run::new("--count-field m -o p.png a.csv")
        .file("a.csv", "lat,lon,n\n1,2,3\n")
        .fails(3, "there is no column 'm'");
    Run::new("--count-field n --track-field lat -o p.png a.csv")
        .file("a.csv", "lat,lon,n\n1,2,3\n")
        .fails(2, "--track-field");
    Run::new("--count-field n -o p.png a.gpx")
        .file("a.gpx", "<gpx><wpt lat='1' lon='2'/></gpx>")
        .ok()
        .says("file has no columns, and what is in it counts once");
}
