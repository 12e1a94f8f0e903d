//! Batches: one picture for each part of the data, all with one extent and one scale.

use image::RgbaImage;

use crate::run::Run;

/// Two months, of which the second is hotter, and a place without a time.
const ROWS: &str = "lat,lon,time\n\
    1,1,2024-05-06T10:00:00Z\n\
    2,2,2024-05-07T10:30:00Z\n\
    1,1,2024-06-03T23:00:00Z\n\
    1,1,2024-06-10T23:59:59Z\n\
    2,1,\n";

fn run(args: &str) -> Run {
    Run::new(args).file("in.csv", ROWS)
}

fn files(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("map-")).collect();
    names.sort();
    names
}

#[test]
fn a_picture_for_each_month_has_the_extent_and_the_scale_of_all() {
    let args = "-W 40 -H 40 -d 1 in.csv --by month -o map-{by}.png -o map-{by}.json";
    let done = run(args)
        .ok()
        .says("1 of 5 shapes have no time: they are left out");
    let names = [
        "map-2024-05.json",
        "map-2024-05.png",
        "map-2024-06.json",
        "map-2024-06.png",
    ];
    assert_eq!(files(done.folder.path()), names);
    let [may, june] =
        ["map-2024-05", "map-2024-06"].map(|name| done.picture(&format!("{name}.png")));
    assert_eq!(may.dimensions(), june.dimensions());
    assert_ne!(may, june);
    // Both reach as far as the data of all: what is alone in its month is not in the middle.
    let heated = |picture: &RgbaImage| -> Vec<(u32, u32)> {
        let pixels = picture
            .enumerate_pixels()
            .filter(|(_, _, pixel)| pixel.0[3] > 0);
        pixels.map(|(x, y, _)| (x, y)).collect()
    };
    let (may, june) = (heated(&may), heated(&june));
    assert!(june.len() < may.len() && june.iter().all(|place| may.contains(place)));
}

#[test]
fn each_picture_is_that_of_its_part_with_the_scale_of_all() {
    let frame = "-W 40 -H 40 -d 1 --bbox 0,0,3,3 in.csv";
    let done = run(&format!(
        "{frame} --by month -o map-{{by}}.png --span-out scale.json"
    ))
    .ok();
    for (month, rows) in [("05", "1,1\n2,2\n"), ("06", "1,1\n1,1\n")] {
        let alone = Run::new(&format!("{frame} --span-from scale.json -o alone.png"))
            .file("in.csv", format!("lat,lon\n{rows}"))
            .file("scale.json", done.bytes("scale.json"))
            .ok();
        let name = format!("map-2024-{month}.png");
        assert_eq!(done.picture(&name), alone.picture("alone.png"), "{month}");
    }
}

#[test]
fn parts_have_the_names_of_what_they_share() {
    for (by, names) in [
        ("year", vec!["map-2024.png"]),
        ("weekday", vec!["map-monday.png", "map-tuesday.png"]),
        ("hour", vec!["map-10.png", "map-23.png"]),
        ("file", vec!["map-in-2.png", "map-in.png"]),
        ("folder", vec!["map-a.png", "map-b.png"]),
        ("sport", vec!["map-none.png"]),
    ] {
        let done = Run::new(&format!("-W 40 -H 40 a b --by {by} -o map-{{by}}.png"))
            .file("a/in.csv", ROWS)
            .file("b/in.csv", ROWS)
            .ok();
        assert_eq!(files(done.folder.path()), names, "{by}");
    }
}

#[test]
fn sports_come_from_what_recordings_say() {
    let track = |sport: &str| {
        format!(
            "<gpx version='1.1' creator='x' xmlns='http://www.topografix.com/GPX/1/1'><trk><type>{sport}</type><trkseg>\
             <trkpt lat='1' lon='1'/><trkpt lat='2' lon='2'/></trkseg></trk></gpx>"
        )
    };
    let done = Run::new("-W 40 -H 40 a.gpx b.gpx c.gpx --by sport -o map-{by}.png")
        .file("a.gpx", track("Trail Running"))
        .file("b.gpx", track("cycling"))
        .file("c.gpx", track("Cycling"))
        .ok();
    assert_eq!(
        files(done.folder.path()),
        ["map-ride.png", "map-trail-running.png"]
    );
}

#[test]
fn a_sheet_has_one_title_and_one_legend() {
    let sheet = |options: &str| {
        let options =
            format!("-W 200 -H 120 in.csv --by month --sheet 4 -o s.png -b white {options}");
        run(&options).ok().picture("s.png")
    };
    let plain = sheet("");
    assert_eq!(plain.dimensions(), (402, 120));
    let below = sheet("--legend");
    assert!(below.width() == 402 && below.height() > 120);
    assert!(rows(&below, 0) == rows(&plain, 0));
    let titled = sheet("--title Months --legend=right");
    assert!(titled.width() > 402 && titled.height() > 120);
    let (above, all) = (titled.height() - 120, sheet("--title Months"));
    assert_eq!((all.width(), all.height()), (402, 120 + above));
    assert!(rows(&all, above) == rows(&plain, 0));
    // Titles of their own stay in their pictures.
    assert_eq!(sheet("--title {by}").dimensions(), (402, 120));
    run("-W 200 -H 120 in.csv --by month --sheet 4 -o s.png --legend --max-pixels 48240")
        .fails(7, "is more than the 48240 allowed");
}

/// A picture of 402 × 120 pixels within one, so many rows from its top.
fn rows(picture: &RgbaImage, top: u32) -> Vec<u8> {
    image::imageops::crop_imm(picture, 0, top, 402, 120)
        .to_image()
        .into_raw()
}

#[test]
fn a_sheet_has_all_pictures_side_by_side() {
    let done = run("-W 100 -H 60 in.csv --by month --sheet 4 -o sheet.png -b white").ok();
    let sheet = done.picture("sheet.png");
    assert_eq!(sheet.dimensions(), (202, 60));
    run("-W 100 -H 60 in.csv --by month --sheet 1 -o sheet.jpg").ok();
    run("-W 100 -H 60 in.csv --by month --sheet 1 -o sheet.kmz")
        .fails(2, "a sheet of pictures lies nowhere");
    run("-W 100 -H 60 in.csv --by month --sheet 1 -o map-{by}.png")
        .fails(2, "has {by} in its name");
}

#[test]
fn an_automatic_radius_is_that_of_all_parts_together() {
    let args = "-W 400 --bbox 0,0,3,3 -d 1 in.csv --by month";
    let all = run("-W 400 --bbox 0,0,3,3 -r auto in.csv -o all.json").ok();
    let parsed: serde_json::Value = serde_json::from_slice(&all.bytes("all.json")).expect("JSON");
    let radius = parsed["radius"].as_f64().expect("a radius");
    let given = run(&format!("{args} -r {radius} -o map-{{by}}.png")).ok();
    let done = run(&format!("{args} -r auto -o map-{{by}}.png")).ok();
    assert_ne!(radius, 5.0);
    for name in files(done.folder.path()) {
        assert_eq!(done.bytes(&name), given.bytes(&name), "{name}");
    }
}

#[test]
fn what_makes_no_batch_is_said_at_once() {
    run("in.csv --by month -o map.png")
        .fails(2, "all pictures would be named 'map.png'")
        .says("map-{by}.png");
    run("in.csv --by month").fails(2, "need names");
    run("in.csv --by decade -o map-{by}.png")
        .fails(3, "'decade'")
        .says("weekday");
    run("in.csv -o map.png --yes").fails(2, "--yes is for");
    Run::new("a --by month -o map-{by}.png")
        .file("a", "1 1\n")
        .fails(3, "no shape has a time");
    run("in.csv --by month -o no/map-{by}.png").fails(4, "there is no folder");
    let many = (0..1001).map(|year: i32| format!("1,1,{:04}-01-01\n", 1000 + year));
    let rows: String = std::iter::once("lat,lon,time\n".to_owned())
        .chain(many)
        .collect();
    let run = |more: &str| {
        Run::new(&format!(
            "-W 20 -H 20 -r 1 in.csv --by year -o map-{{by}}.ppm {more}"
        ))
        .file("in.csv", &rows)
    };
    run("")
        .fails(7, "1001 pictures are a great many")
        .says("--yes");
    assert_eq!(files(run("--yes").ok().folder.path()).len(), 1001);
}

/// Places of four kinds, whose names are hard on files.
const KINDS: &str = "kind,lat,lon\nbike/run,1,1\nBIKE:RUN,1,1.2\n10,1.1,1\n9,1.3,1\n,1.2,1.1\n";

#[test]
fn values_of_a_column_part_rows_features_lines_and_records() {
    let names = [
        "map-10.png",
        "map-9.png",
        "map-BIKE-RUN.png",
        "map-bike-run-2.png",
        "map-none.png",
    ];
    let geojson = |rows: &str| {
        let feature = |row: &str| {
            let cells: Vec<&str> = row.split(',').collect();
            let [kind, lat, lon] = cells[..] else {
                panic!("{row}")
            };
            let kind = if kind.is_empty() {
                "null".to_owned()
            } else {
                format!("\"{kind}\"")
            };
            format!(
                r#"{{"type":"Feature","properties":{{"Kind":{kind}}},"geometry":{{"type":"Point","coordinates":[{lon},{lat}]}}}}"#
            )
        };
        let features: Vec<String> = rows.lines().skip(1).map(feature).collect();
        format!(
            r#"{{"type":"FeatureCollection","features":[{}]}}"#,
            features.join(",")
        )
    };
    let json = |rows: &str| {
        let record = |row: &str| {
            let cells: Vec<&str> = row.split(',').collect();
            format!(
                r#"{{"kind":"{}","lat":{},"lon":{}}}"#,
                cells[0], cells[1], cells[2]
            )
        };
        let records: Vec<String> = rows.lines().skip(1).map(record).collect();
        format!("[{}]", records.join(","))
    };
    let plain = KINDS.replace("\n,", "\n-,").replace(',', " ");
    let mut pictures = Vec::new();
    for (file, content, is_blank) in [
        ("in.csv", KINDS.to_owned(), true),
        (
            "quoted.csv",
            KINDS.replace("bike/run", "\"bike/run\""),
            true,
        ),
        ("in.geojson", geojson(KINDS), true),
        ("in.json", json(KINDS), true),
        ("in.txt", plain, false),
    ] {
        let run = Run::new(&format!("-W 40 -H 40 {file} --by kind -o map-{{by}}.png"));
        let done = run.file(file, content).ok();
        let found = files(done.folder.path());
        // A blank field of plain text is none.
        assert_eq!(found.len(), 5, "{file}: {found:?}");
        if is_blank {
            assert_eq!(found, names, "{file}");
        }
        pictures.push(done.bytes("map-9.png"));
    }
    assert!(pictures.iter().all(|picture| *picture == pictures[0]));
}

#[test]
fn a_track_is_of_the_part_of_its_first_row() {
    let rows = "id,kind,lat,lon\n1,a,0,0.5\n2,b,1,1\n1,b,0,2\n2,b,1,2\n";
    let args = "-W 40 -H 40 in.csv --track-field id --by kind -o map-{by}.png";
    let done = Run::new(args).file("in.csv", rows).ok();
    assert_eq!(files(done.folder.path()), ["map-a.png", "map-b.png"]);
    let lit = |name: &str| {
        done.picture(name)
            .pixels()
            .filter(|pixel| pixel[3] > 0)
            .count()
    };
    assert!(lit("map-a.png") > lit("map-b.png"));
    run("in.csv --by 9 --track-field 1 --order-field 2 -o map-{by}.png")
        .fails(2, "cannot be used with");
}

#[test]
fn what_has_no_such_column_is_told() {
    run("in.csv --by kind -o map-{by}.png").fails(3, "there is no column 'kind' among");
    let lines = Run::new("in.geojson --by kind -o map-{by}.png");
    let place =
        r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}"#;
    let lines = lines.file("in.geojson", place);
    lines.fails(3, "nothing is known of what the data are to be parted by");
    let gpx = r#"<gpx><trk><trkseg><trkpt lat="1" lon="1"/><trkpt lat="1" lon="1.1"/></trkseg></trk></gpx>"#;
    let both = Run::new("in.csv a.gpx --by kind -o map-{by}.png");
    let both = both.file("in.csv", KINDS).file("a.gpx", gpx).ok();
    both.says("file has no columns: all of it is of the part 'none'");
}

#[test]
fn one_picture_in_several_colours_has_a_key() {
    let keyed = |args: &str| {
        let frame = "-W 300 --bbox 0.5,0.5,2,2 -k uniform -r 9 -d 1 in.csv --by kind";
        Run::new(&format!("{frame} {args}")).file(
            "in.csv",
            "kind,lat,lon\nrun,1,1\nride,1,1.5\nwalk,1.5,1\nrun,1.5,1.5\nride,1.5,1.5\n",
        )
    };
    let done = keyed("--color-key RUN=red,ride=#00f,swim=lime -o o.png -o o.json").ok();
    let done = done
        .says("1 more are gray, which --color-key does not name: 'walk'")
        .says("nothing is of 'swim'");
    let picture = done.picture("o.png");
    let has = |color: [u8; 3]| {
        picture
            .pixels()
            .any(|pixel| pixel.0[..3] == color && pixel[3] > 100)
    };
    // Half red and half blue, as light.
    for color in [[255, 0, 0], [0, 0, 255], [0x88, 0x88, 0x88], [188, 0, 188]] {
        assert!(has(color), "{color:?}");
    }
    assert!(!has([0, 255, 0]));
    let hidden = keyed("--color-key run=red,other=transparent -o o.png --legend=key.png").ok();
    assert_eq!(hidden.stderr, "");
    let seen: std::collections::BTreeSet<[u8; 3]> = hidden
        .picture("o.png")
        .pixels()
        .filter(|pixel| pixel[3] > 0)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [[255, 0, 0]]);
    assert!(
        hidden
            .picture("key.png")
            .pixels()
            .any(|pixel| pixel.0 == [255, 0, 0, 255])
    );
    keyed("--color-key auto -o o.webp -o o.kmz -o heat.tif:raw").ok();
    keyed("--color-key run=blak -o o.png").fails(2, "blak");
    keyed("--color-key run=red -o 'map-{by}.png'").fails(2, "a picture in several colours is one");
    keyed("--color-key run=red --sheet 2 -o o.png").fails(2, "cannot be used with");
    Run::new("in.csv --color-key run=red -o o.png").fails(2, "--by");
}
