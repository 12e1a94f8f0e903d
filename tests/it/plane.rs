//! Plain x and y: screens, games, chips, whatever has no place on the earth.

use serde_json::Value;

use crate::run::{Done, Run, data};

/// The middle of the pixels that are hottest, as parts of the picture: x to the right, y down.
fn hottest(done: &Done, name: &str) -> (f64, f64) {
    let picture = done.picture(name);
    let most = picture
        .pixels()
        .map(|pixel| pixel.0[3])
        .max()
        .expect("pixels");
    let hot: Vec<_> = picture
        .enumerate_pixels()
        .filter(|(.., pixel)| pixel.0[3] == most)
        .collect();
    let mean = |of: &dyn Fn(u32, u32) -> u32| {
        hot.iter()
            .map(|(x, y, _)| f64::from(of(*x, *y)) + 0.5)
            .sum::<f64>()
            / hot.len() as f64
    };
    (
        mean(&|x, _| x) / f64::from(picture.width()),
        mean(&|_, y| y) / f64::from(picture.height()),
    )
}

fn assert_near(found: (f64, f64), wanted: (f64, f64)) {
    assert!(
        (found.0 - wanted.0).abs() < 0.02 && (found.1 - wanted.1).abs() < 0.02,
        "{found:?} is not {wanted:?}"
    );
}

fn json(done: &Done, name: &str) -> Value {
    serde_json::from_slice(&done.bytes(name)).expect("JSON")
}

/// Two corners, and something heavy three quarters to the right and one quarter up.
fn points(x: f64, y: f64, unit: f64) -> String {
    let place = |across: f64, up: f64| format!("{} {}", x + across * unit, y + up * unit);
    format!(
        "{}\n{}\n{} 5\n",
        place(0.0, 0.0),
        place(4.0, 4.0),
        place(3.0, 1.0)
    )
}

#[test]
fn places_lie_where_they_should_whatever_the_range_and_either_way_up() {
    for (x, y, unit) in [
        (0.0, 0.0, 100.0),
        (-2.0, -2.0, 1.0),
        (1e9, -1e9, 1.0),
        (0.0, 0.0, 1e-6),
        (-4e11, -4e11, 2e11),
    ] {
        let run = |line| Run::new(line).stdin(points(x, y, unit)).ok();
        let up = run("-P xy -W 200 -H 200 -d 1 -o a.png -");
        assert_near(hottest(&up, "a.png"), (0.725, 0.725));
        let down = run("-P xy --y-down -W 200 -H 200 -d 1 -o a.png -");
        assert_near(hottest(&down, "a.png"), (0.725, 0.275));
    }
}

#[test]
fn the_longer_side_is_1024_pixels_and_a_lone_place_is_in_the_middle() {
    let screen = Run::new("-P xy --y-down -o a.png -")
        .stdin("0 0\n1920 1080\n")
        .ok();
    let size = screen.picture("a.png").dimensions();
    assert!(size.0 == 1024 && (575..590).contains(&size.1), "{size:?}");
    let alone = Run::new("-P xy -o a.png -").stdin("1e12 -1e12\n").ok();
    assert_near(hottest(&alone, "a.png"), (0.5, 0.5));
}

#[test]
fn columns_named_x_and_y_come_first_and_fields_can_be_chosen() {
    let run = |line: &str, csv: &str| {
        Run::new(&format!(
            "-P xy -e 0,0,100,1000 -W 500 -v -o a.png {line} a.csv"
        ))
        .file("a.csv", csv)
        .ok()
    };
    let reference = run("", "X,Y\n250,75\n")
        .says("x from column 1 'X', y from column 2 'Y'")
        .bytes("a.png");
    for (line, csv) in [
        ("", "y,weight,x\n75,1,250\n"),
        ("", "lat,lon,x,y\n1,2,250,75\n"),
        ("", "250,75\n"),
        ("", "lat,lon\n75,250\n"),
        ("--x-field b --y-field a", "a,b\n75,250\n"),
        ("--lon-field 2 --lat-field 1", "75,250\n"),
        ("--ignore-csv-header", "lat,lon\n250,75\n"),
    ] {
        assert!(
            run(line, csv).picture("a.png").as_raw()
                == &image::load_from_memory(&reference)
                    .unwrap()
                    .into_rgba8()
                    .into_raw(),
            "{line} {csv}"
        );
    }
    let run = |csv| Run::new("-P xy -o a.png a.csv").file("a.csv", csv);
    run("a,b\n1,2\n")
        .fails(3, "no columns for x and y are known")
        .says("--x-field and --y-field");
    run("x,y\n,2\n3,4\n5,5e12\n")
        .ok()
        .says("a.csv:2: no x: the field is empty")
        .says("a.csv:4: y 5000000000000 is not");
}

#[test]
fn extents_boxes_and_scales_are_in_units() {
    let run = |line: &str| {
        Run::new(&format!("-P xy {line} -o a.png -o a.json -"))
            .stdin("500 300\n1500 900\n")
            .ok()
    };
    let boxed = run("--bbox 0,-200,2000,1000 -s 5");
    assert_eq!(boxed.picture("a.png").dimensions(), (400, 240));
    let about = json(&boxed, "a.json");
    assert_eq!(
        about["edges"],
        serde_json::json!({ "left": 0.0, "bottom": -200.0, "right": 2000.0, "top": 1000.0 })
    );
    assert!(
        about["bounds"].is_null() && about["crs"].is_null() && about["metres_per_pixel"].is_null()
    );
    assert_eq!(
        (&about["projection"], &about["pixel"]["width"]),
        (&Value::from("xy"), &Value::from(5.0))
    );
    let down = json(&run("--y-down --bbox 0,-200,2000,1000 -s 5"), "a.json");
    assert_eq!(
        (&down["edges"]["top"], &down["edges"]["bottom"]),
        (&Value::from(-200.0), &Value::from(1000.0))
    );
    // Around the extent is room for the radius.
    let extent = run("-e 0,0,1000,2000 -s 10 -r 5");
    let size = extent.picture("a.png").dimensions();
    assert!(
        (210..=212).contains(&size.0) && (110..=112).contains(&size.1),
        "{size:?}"
    );
    run("-e 0,0,1000,2000 -s 10 -v")
        .says("units/pixel")
        .says("10 units/pixel");
    let of_data = Run::new("-P xy --bbox @b.csv -o a.json b.csv")
        .file("b.csv", "x,y\n-500,20\n700,4000\n")
        .ok();
    let edges = &json(&of_data, "a.json")["edges"];
    assert_eq!(
        (edges["left"].as_f64(), edges["right"].as_f64()),
        (Some(-500.0), Some(700.0))
    );
    assert!(
        (edges["top"].as_f64().unwrap() - 4000.0).abs() < 1e-9,
        "{edges}"
    );
}

#[test]
fn more_than_memory_holds_is_drawn_as_it_is() {
    let text: String = (0..5000)
        .map(|i| {
            format!(
                "{} {}\n",
                f64::from(i * 37 % 1000) * 1e6 + 0.1,
                i * 53 % 700 * 1000
            )
        })
        .collect();
    let run = |memory: &str| {
        Run::new(&format!("-P xy -W 300 --memory {memory} -o a.png -"))
            .stdin(&text)
            .ok()
            .bytes("a.png")
    };
    assert_eq!(run("1G"), run("1K"));
}

#[test]
fn saved_heat_knows_its_plane() {
    for up in ["", "--y-down"] {
        let text = points(-500.0, 1e6, 300.0);
        let drawn = Run::new(&format!("-P xy {up} -W 100 -o a.png -S a.heat -"))
            .stdin(&text)
            .ok();
        let heat = drawn.bytes("a.heat");
        let loaded = Run::new("-L a.heat -o a.png").file("a.heat", &heat).ok();
        assert_eq!(loaded.picture("a.png"), drawn.picture("a.png"));
        let like = Run::new(&format!("-P xy {up} --like a.heat -o a.png -"))
            .file("a.heat", &heat)
            .stdin(&text)
            .ok();
        assert_eq!(like.picture("a.png"), drawn.picture("a.png"));
        let run = |line| Run::new(line).file("a.heat", &heat).stdin("1 2\n");
        run("--like a.heat -o a.png -").fails(2, "the data are in degrees");
        run("-L a.heat -o a.kmz").fails(2, ".kmz is for places on the earth");
        run("-L a.heat --world-file -o a.png").fails(2, "a world file is for places on the earth");
        run("-L a.heat --osm --offline -o a.png").fails(2, "a map is for places on the earth");
        run("-L a.heat -r 500m -o a.png").fails(2, "metres on the ground");
    }
    let save = |line| {
        Run::new(&format!("{line} -W 50 -S a.heat -"))
            .stdin("1 2\n3 4\n")
            .ok()
            .bytes("a.heat")
    };
    let (up, down, earth) = (save("-P xy"), save("-P xy --y-down"), save(""));
    let both = Run::new("-L a.heat -L b.heat -o a.png")
        .file("a.heat", &up)
        .file("b.heat", &down);
    both.fails(2, "the projection of b.heat is xy with y down, not xy");
    Run::new("-P xy -L a.heat -o a.png -")
        .file("a.heat", &earth)
        .stdin("1 2\n")
        .fails(2, "is on the earth");
}

#[test]
fn what_needs_the_earth_is_refused_before_anything_is_read() {
    for (line, message) in [
        ("-P xy -o a.kml", ".kml is for places on the earth"),
        (
            "-P xy -o a.png -o a.html",
            ".html is for places on the earth",
        ),
        (
            "-P xy -o a.png --world-file",
            "a world file is for places on the earth",
        ),
        (
            "-P xy -a --frame-time 1d -o a.kmz",
            ".kmz is for places on the earth",
        ),
        ("-P xy --y-down -o a.asc", "y going up"),
        ("-P xy -o a.png --osm", "the picture is not"),
        ("-P xy -o a.png -z 3", "zooms (-z)"),
        ("-P xy -o a.png -r 500m", "metres on the ground"),
        ("--y-down -o a.png", "--y-down is for plain x and y"),
        (
            "-P equirectangular --y-down -o a.png",
            "--y-down is for plain x and y",
        ),
        (
            "-P xy -e 0,0,1 -o a.png",
            "invalid value '0,0,1' for '--extent <BOUNDS>': not four numbers: YMIN,XMIN",
        ),
        ("-P xy --bbox 0,0,0,1 -o a.png", "XMIN,YMIN,XMAX,YMAX"),
        (
            "-e 0,0,91,1 -o a.png",
            "invalid value '0,0,91,1' for '--extent <BOUNDS>': latitude 91",
        ),
        (
            "--bbox 0,0,500,1 -o a.png",
            "not four numbers, WEST,SOUTH,EAST,NORTH in degrees",
        ),
    ] {
        Run::new(&format!("{line} nowhere.csv")).fails(2, message);
    }
    let gpx = "<gpx><trk><trkseg><trkpt lat='1' lon='2'/></trkseg></trk></gpx>";
    Run::new("-P xy -o a.png a.gpx")
        .file("a.gpx", gpx)
        .fails(3, "a.gpx: GPX is in degrees");
    let far = Run::new("-P xy -o a.png -").stdin("999999999999 0\n999999999999.001 0.0001\n");
    far.fails(7, "to tell them apart so far from (0, 0)");
    Run::new("-P xy -s 1e300 -o a.png -")
        .stdin("1 2\n")
        .fails(7, "too large");
}

#[test]
fn a_tiff_is_plain_and_a_grid_has_cells_in_units() {
    let line = "-P xy --bbox 0,0,2000,1000 -s 10 -o a.tif -o a.asc -o a.npy -";
    let done = Run::new(line).stdin("1500 300\n").ok();
    assert_eq!(done.picture("a.tif").dimensions(), (200, 100));
    let tiff = done.bytes("a.tif");
    let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(tiff)).expect("a TIFF");
    assert!(
        decoder
            .find_tag(tiff::tags::Tag::ModelPixelScaleTag)
            .expect("tags")
            .is_none()
    );
    let grid = String::from_utf8(done.bytes("a.asc"))
        .expect("text")
        .to_lowercase();
    assert!(
        grid.contains("cellsize 10\n")
            && grid.contains("xllcorner 0\n")
            && grid.contains("yllcorner 0\n"),
        "{}",
        &grid[..200]
    );
}

/// Feet are turned into degrees where places are on the earth, and stay what they are on a plane.
#[test]
fn shapefiles_are_taken_as_they_are() {
    let run = |line: &str| Run::new(line).arg(data("shp/streets_stateplane_ft.shp"));
    let south = &json(&run("-o a.json").ok(), "a.json")["bounds"]["south"];
    assert!(south.as_f64() < Some(34.0), "{south}");
    let edges = &json(&run("-P xy -o a.json").ok(), "a.json")["edges"];
    assert!(edges["left"].as_f64() > Some(1e5), "{edges}");
}
