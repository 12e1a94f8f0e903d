//! Every way to name the same data gives the same picture.

use crate::run::{Run, data};

fn picture_of(run: Run) -> image::RgbaImage {
    run.arg("-o")
        .arg("p.png")
        .arg("-W")
        .arg("200")
        .ok()
        .picture("p.png")
}

#[test]
fn formats_delimiters_and_pipes_agree() {
    let plain = picture_of(Run::new("a").file("a", "# places\n47.5 8.5\n\n46.25\t7.5\n46 6\n"));
    let same = [
        ("b.csv", "47.5,8.5\n46.25,7.5\n46,6\n"),
        (
            "b.csv",
            "\u{feff}Longitude,x,LATITUDE\r\n8.5,1,47.5\r\n7.5,2,46.25\r\n6,3,46\r\n",
        ),
        ("b.CSV", "lat;lon\n47,5;8,5\n46,25;7,5\n46;6\n"),
        ("b", "lat|lon\n47.5|8.5\n46.25|7.5\n46|6\n"),
        ("b.txt", "\"lat\"\t\"lon\"\n47.5\t8.5\n46.25\t7.5\n46\t6\n"),
        (
            "b.gpx",
            "<gpx><wpt lat='47.5' lon='8.5'/><wpt lat='46.25' lon='7.5'/><wpt lat='46' lon='6'/></gpx>",
        ),
    ];
    for (name, content) in same {
        assert_eq!(
            plain,
            picture_of(Run::new(name).file(name, content)),
            "{content}"
        );
        assert_eq!(
            plain,
            picture_of(Run::new("-").stdin(content)),
            "{content} in a pipe"
        );
    }
    assert_eq!(
        plain,
        picture_of(Run::new("").stdin("47.5 8.5\n46.25 7.5\n46 6\n"))
    );
}

#[test]
fn mixed_kinds_in_one_run_add_up() {
    let track =
        "<gpx><trk><trkseg><trkpt lat='1' lon='1'/><trkpt lat='2' lon='2'/></trkseg></trk></gpx>";
    let run = |args| {
        Run::new(args)
            .arg("-v")
            .arg("-o")
            .arg("p.png")
            .file("a", "1 1\n")
            .file("b.csv", "2,2,3\n")
            .file("c.gpx", track)
    };
    run("a b.csv c.gpx").ok().says("3 shapes read");
}

#[test]
fn weights_come_from_the_column_that_is_meant() {
    let table = "lat,lon,people,weight\n1,1,100,\n2,2,3,2\n";
    let maximum = |args: &str| {
        Run::new(args)
            .arg("-v")
            .arg("-o")
            .arg("p.png")
            .arg("a.csv")
            .file("a.csv", table)
            .ok()
            .maximum()
    };
    assert_eq!(maximum(""), 2.0);
    assert_eq!(maximum("--weight-field people"), 100.0);
    assert_eq!(maximum("--weight_field=3"), 100.0);
    assert_eq!(maximum("--ignore_csv_header"), 100.0);
}

#[test]
fn shapefiles_with_weights_and_without() {
    let run = |args: &str| {
        Run::new(args)
            .arg("-v")
            .arg("-o")
            .arg("p.png")
            .arg(data("shp/soho_cholera_3857.shp"))
    };
    run("").ok().says("324 shapes read");
    assert_eq!(run("-r 0.5 -d 0 --weight-field count").ok().maximum(), 18.0);
    run("--weight-field nobody").fails(3, "Count");
}

#[test]
fn the_extent_cuts_and_an_empty_one_warns() {
    let run = |extent: &str| {
        Run::new("-W 50 -r 5 -o p.png a -e")
            .arg(extent)
            .file("a", "1 1\n2 2\n")
    };
    let blank = run("-50,-50,-40,-40").ok().says("blank");
    assert!(blank.picture("p.png").pixels().all(|pixel| pixel.0[3] == 0));
    assert!(
        run("0,0,1.5,1.5")
            .ok()
            .picture("p.png")
            .pixels()
            .any(|pixel| pixel.0[3] > 0)
    );
}

#[test]
fn one_place_is_drawn_in_the_middle() {
    let picture = Run::new("-o p.png a")
        .file("a", "47.0 8.0\n")
        .ok()
        .picture("p.png");
    assert_eq!(picture.dimensions(), (1024, 1024));
    assert!(picture.get_pixel(512, 512).0[3] > 200 || picture.get_pixel(511, 511).0[3] > 200);
}

#[test]
fn the_poles_are_on_the_map() {
    Run::new("-o p.png -v a")
        .file("a", "90 0\n-90 10\n")
        .ok()
        .says("2 shapes read");
}

#[test]
fn negative_and_zero_weights_are_not_hot() {
    let picture = Run::new("-o p.png -W 60 a")
        .file("a", "1 1 -5\n2 2 0\n3 3 -1\n")
        .ok()
        .picture("p.png");
    assert!(picture.pixels().all(|pixel| pixel.0[3] == 0));
}

#[test]
fn output_formats_by_extension_and_png_in_a_pipe() {
    let done = Run::new("a").file("a", "1 1\n2 2\n").ok();
    let piped = image::load_from_memory_with_format(&done.stdout, image::ImageFormat::Png)
        .expect("a PNG in the pipe");
    for name in ["p.png", "p.WEBP", "p.tiff", "p.tga", "p.qoi"] {
        assert_eq!(
            Run::new("a -o")
                .arg(name)
                .file("a", "1 1\n2 2\n")
                .ok()
                .picture(name),
            piped.to_rgba8(),
            "{name}"
        );
    }
    for name in ["p.jpg", "p.gif", "p.bmp", "p.ppm"] {
        let picture = Run::new("a -o")
            .arg(name)
            .file("a", "1 1\n2 2\n")
            .ok()
            .picture(name);
        let [r, g, b, _] = picture.get_pixel(600, 30).0;
        assert!(
            r.min(g).min(b) > 250,
            "{name} is white where nothing is hot: {r} {g} {b}"
        );
    }
}

#[test]
fn data_beyond_the_memory_allowed_makes_the_same_picture() {
    let lines: String = (0..2000)
        .map(|i| {
            format!(
                "{} {} {}\n",
                i * 37 % 71,
                i * 53 % 89,
                1 + u8::from(i % 30 == 0)
            )
        })
        .collect();
    let run = |args| Run::new(args).arg("-v").file("a", &lines).stdin(&lines);
    let held = run("a -W 100").ok();
    let twice = run("a -W 100 --memory 8K").ok().says("reading it again");
    let spilled = run("- -W 100 --memory 8K").ok();
    assert!(held.stdout == twice.stdout && held.stdout == spilled.stdout);
}

#[test]
fn more_different_weights_than_memory_are_rounded_and_that_is_said() {
    let rows: String = (0..60_000)
        .map(|i| format!("{},{},1.{}\n", i % 40, i / 40 % 50, i * 7919 % 99_991))
        .collect();
    let run = |memory: &str| {
        let run =
            Run::new("-v -s 111320 -P equirectangular -o p.png points.csv --memory").arg(memory);
        run.file("points.csv", format!("lat,lon,weight\n{rows}"))
            .ok()
    };
    let (exact, rounded) = (run("1G"), run("1M"));
    assert!(!exact.stderr.contains("rounded"), "{}", exact.stderr);
    let said = rounded
        .stderr
        .split("rounded by up to ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let percent: f64 = said.expect("it is said").parse().expect("a number");
    assert!(percent > 0.0 && percent < 7.0, "{percent}");
    assert!((rounded.maximum() / exact.maximum() - 1.0).abs() <= percent / 100.0);
    // What nobody would call rounding is not saved, either.
    let args = "-S a.heat -s 111320 -P equirectangular points.csv --memory 20K";
    let beyond = Run::new(args).file("points.csv", format!("lat,lon,weight\n{rows}"));
    let beyond = beyond.fails(7, "there are more different weights than memory for them");
    assert!(
        !beyond.stderr.contains("rounded by up to"),
        "{}",
        beyond.stderr
    );
}

#[test]
fn whole_numbers_that_may_have_decimal_commas_are_told() {
    let run = |text| Run::new("a.csv -o p.png").file("a.csv", text).ok();
    run("54,32,10,14\n53,55,9,99\n").says("1 table without names holds nothing but whole numbers");
    for text in [
        "54,32,10\n",
        "54,32,10,14\n53.5,10,1,2\n",
        "lat,lon,a,b\n54,32,10,14\n",
    ] {
        let done = run(text);
        assert!(!done.stderr.contains("whole numbers"), "{}", done.stderr);
    }
}

#[test]
fn a_letter_that_is_east_or_west_is_no_hemisphere() {
    for text in [
        "lat,lon\n54.3N,10.1O\n54,10\n",
        "Breite;Länge\n54,3 N;10,1 O\n54;10\n",
        "lat,NS,lon,OW\n54.3,N,10.1,O\n54.3,N,10,W\n",
        "54.3,N,10.1,O\n54.3,N,10,W\n",
    ] {
        Run::new("a.csv -o p.png")
            .file("a.csv", text)
            .ok()
            .says("could be east (Ost) or west (Oeste, Ouest)");
    }
}

#[test]
fn lines_of_json_are_read_side_by_side_and_as_one() {
    let line = |at: u32| {
        let (x, y) = (f64::from(at % 100) / 10.0, f64::from(at / 100) / 100.0);
        format!(
            r#"{{"type":"Feature","properties":null,"geometry":{{"type":"Point","coordinates":[{x},{y}]}}}}"#
        )
    };
    let mut lines: Vec<_> = (0..40_000).map(line).collect();
    let collection = format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        lines.join(",")
    );
    lines.insert(30_000, "{\"type\":".to_owned());
    lines.insert(20_000, String::new());
    let text = lines.join("\r\n");
    let wanted = picture_of(Run::new("a.geojson").file("a.geojson", collection));
    let run = |args: &str| Run::new(args).file("a.geojsonl", &text);
    assert_eq!(picture_of(run("a.geojsonl")), wanted);
    run("a.geojsonl -o p.png")
        .ok()
        .says("a.geojsonl:30002: this is no JSON");
    assert_eq!(picture_of(Run::new("-").stdin(text.as_str())), wanted);
}

#[test]
fn what_dos_and_crashes_leave_in_text_costs_what_they_hit() {
    let zeros = "\0".repeat(20);
    for (name, text, bad) in [
        ("a.csv", "lat,lon\n1,2\n3,4\n\u{1a}".to_owned(), 0),
        ("a.csv", "lat,lon\n1,2\n3,4\u{1a}".to_owned(), 0),
        ("a.txt", "1 2\r\n3 4\r\n\u{1a}".to_owned(), 0),
        ("a.txt", "lat lon\n1 2\n3 4\u{1a}\u{1a}".to_owned(), 0),
        ("a", format!("lat,lon\n1,2\n5,{zeros}\n3,4\n"), 1),
        ("a", format!("1 2\n{zeros}\n3 4\n"), 0),
        ("a.txt", format!("1 2\n5 {zeros}\n3 4\n"), 1),
    ] {
        let info = Run::new(&format!("info --json {name}"))
            .file(name, &text)
            .ok();
        let info: serde_json::Value = serde_json::from_slice(&info.stdout).expect("JSON");
        let file = &info["files"][0];
        let found = (&file["positions"], file["left_out"]["bad_records"].as_u64());
        assert_eq!(
            found,
            (&2.into(), (bad > 0).then_some(bad)),
            "{text:?}: {info}"
        );
    }
    for bytes in [u32::to_le_bytes, u32::to_be_bytes] {
        let text: Vec<u8> = "\u{feff}lat,lon\n1,2\n"
            .chars()
            .flat_map(|c| bytes(u32::from(c)))
            .collect();
        for name in ["a.csv", "a"] {
            let run = Run::new(&format!("-o p.png {name}")).file(name, &text);
            run.fails(
                3,
                "text in UTF-32, which is not known (UTF-8 and UTF-16 are)",
            );
        }
    }
}

#[test]
fn json_in_javascript_is_json() {
    let features = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\
                    \"properties\":{},\"geometry\":{\"type\":\"Point\",\"coordinates\":[10,54]}}]}";
    for (name, text) in [
        (
            "points.js",
            "var points = [\n[54, 10, \"571\"],\n[55, 11, \"486\"]\n];\n".to_owned(),
        ),
        (
            "data.js",
            "window.app.part0 = [{\"lat\": 54, \"lon\": 10}];".to_owned(),
        ),
        ("feed.js", format!("feed_callback({features});\n")),
    ] {
        let done = Run::new(&format!("-o a.png -W 50 {name}"))
            .file(name, text)
            .ok();
        assert_eq!(done.stderr, "", "{name}");
    }
}
