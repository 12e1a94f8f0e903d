//! Coordinate systems of data: named by the user, said by files, refused.

use crate::run::{Run, data, python};
use crate::wants::{has, has_python};

/// Towns in degrees, and the same in RD New as PROJ has them.
const DEGREES: &str = "lat,lon\n52.37,4.9\n53.22,6.57\n50.85,5.69\n";
const RD: &str = "121819.3652,487013.7615\n234002.3726,582136.0179\n176325.2221,317840.1495\n";
/// A box in which a pixel is some 600 m wide.
const FRAME: &str = "--bbox 3,50,8,54 -W 600 -r 3 -o p.png";

fn picture(run: Run) -> image::RgbaImage {
    let run = FRAME.split(' ').fold(run, Run::arg);
    run.ok().picture("p.png")
}

#[test]
fn columns_of_a_projected_system_are_x_and_y_unless_names_say_otherwise() {
    let wanted = picture(Run::new("a.csv").file("a.csv", DEGREES));
    let swapped: String = RD
        .lines()
        .map(|line| {
            line.split_once(',')
                .map_or_else(String::new, |(x, y)| format!("{y};{x}\n"))
        })
        .collect();
    for (name, content) in [
        ("a.csv", RD.to_owned()),
        ("a.txt", RD.replace(',', " ")),
        ("a.csv", format!("x,y\n{RD}")),
        ("a.csv", format!("X_RD,Y_RD\n{RD}")),
        ("a.csv", format!("Easting,Northing\n{RD}")),
        ("a.csv", format!("northing;easting\n{swapped}")),
        ("a.csv", format!("y;x\n{swapped}")),
    ] {
        let run = Run::new(name)
            .file(name, &content)
            .arg("--crs")
            .arg("EPSG:28992");
        assert_eq!(wanted, picture(run), "{content}");
    }
    let run = Run::new("a.csv --force-crs=28992").file("a.csv", RD);
    assert_eq!(wanted, picture(run));
}

#[test]
fn a_system_is_a_code_or_parameters_or_a_file() {
    let wanted = picture(Run::new("a.csv --crs EPSG:32632").file("a.csv", "x,y\n500000,5700000\n"));
    let text = "PROJCS[\"WGS_1984_UTM_Zone_32N\",GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],\
        PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"False_Easting\",500000.0],\
        PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",9.0],PARAMETER[\"Scale_Factor\",0.9996],PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]";
    for system in [
        "+proj=utm +zone=32",
        "urn:ogc:def:crs:EPSG::32632",
        "utm.prj",
        "./utm",
        text,
    ] {
        let run = Run::new("a.csv --crs")
            .arg(system)
            .file("a.csv", "x,y\n500000,5700000\n")
            .file("utm.prj", text)
            .file("utm", text);
        assert_eq!(wanted, picture(run), "{system}");
    }
}

#[test]
fn what_cannot_be_known_is_refused_by_name() {
    let run = |crs: &str| Run::new("a.csv -o p.png --crs").arg(crs).file("a.csv", RD);
    run("EPSG:99999").fails(2, "--crs: the coordinate system EPSG:99999 is not known");
    run("gone.prj").fails(2, "gone.prj cannot be read");
    run("+proj=utm +zone=99").fails(
        2,
        "--crs: the coordinate system +proj=utm +zone=99 cannot be used",
    );
    run("EPSG:26715").fails(2, "--allow-ballpark");
    run("EPSG:26715").fails(2, "no shift of it is known without a grid");
    let utm = "x,y\n500000,4500000\n";
    Run::new("a.csv -v -o p.png --crs EPSG:26715 --allow-ballpark")
        .file("a.csv", utm)
        .ok()
        .says("its datum taken for WGS 84, which may be off by hundreds of metres");
    Run::new("a.csv -o p.png --force-crs")
        .file("a.csv", RD)
        .fails(2, "--force-crs needs a coordinate system");
    Run::new("a.csv -P xy -o p.png --crs EPSG:28992")
        .file("a.csv", RD)
        .fails(2, "leave out --crs, or -P xy");
}

/// A grid of datum shifts (`NTv2`) for 40° to 50° north, 90° to 100° west: 3.6 seconds to the north
/// and 7.2 to the west, everywhere.
fn grid() -> Vec<u8> {
    fn number(name: &str, number: i32) -> [u8; 16] {
        record(name, [number.to_le_bytes(), [0; 4]].as_flattened())
    }
    fn float(name: &str, number: f64) -> [u8; 16] {
        record(name, &number.to_le_bytes())
    }
    fn text(name: &str, text: &str) -> [u8; 16] {
        record(name, format!("{text:8}").as_bytes())
    }
    fn record(name: &str, value: &[u8]) -> [u8; 16] {
        let mut record = [0; 16];
        record[..8].copy_from_slice(format!("{name:8}").as_bytes());
        record[8..].copy_from_slice(value);
        record
    }
    let hours = |degrees: f64| 3600.0 * degrees;
    let records = [
        number("NUM_OREC", 11),
        number("NUM_SREC", 11),
        number("NUM_FILE", 1),
        text("GS_TYPE", "SECONDS"),
        text("VERSION", "TEST"),
        text("SYSTEM_F", "NAD27"),
        text("SYSTEM_T", "NAD83"),
        float("MAJOR_F", 6_378_206.4),
        float("MINOR_F", 6_356_583.8),
        float("MAJOR_T", 6_378_137.0),
        float("MINOR_T", 6_356_752.314),
        text("SUB_NAME", "ONE"),
        text("PARENT", "NONE"),
        text("CREATED", ""),
        text("UPDATED", ""),
        float("S_LAT", hours(40.0)),
        float("N_LAT", hours(50.0)),
        float("E_LONG", hours(90.0)),
        float("W_LONG", hours(100.0)),
        float("LAT_INC", hours(5.0)),
        float("LONG_INC", hours(5.0)),
        number("GS_COUNT", 9),
    ];
    let shift = [3.6_f32, 7.2, 0.0, 0.0].map(f32::to_le_bytes);
    let shifts = shift.as_flattened().repeat(9);
    [records.as_flattened(), &shifts, &text("END", "")].concat()
}

#[test]
fn a_datum_is_shifted_by_the_grid_that_is_named() {
    let run = |rows: &str, args: &str| {
        Run::new("-v u.csv -r 2 -o p.json --crs")
            .arg(format!("+proj=utm +zone=15 +ellps=clrk66 +nadgrids={args}"))
            .file("u.csv", rows)
            .file("shift.gsb", grid())
    };
    // A point beyond the grid has no place.
    let done = run(
        "x,y\n500000,4983000\n900000,100000\n500002,4983000\n",
        "shift.gsb",
    )
    .ok();
    let known: serde_json::Value = serde_json::from_slice(&done.bytes("p.json")).expect("JSON");
    let side = |name: &str| known["bounds"][name].as_f64().expect("a number");
    // PROJ 9: 500000, 4983000 is at -93.002, 45.0034016.
    assert!(
        (side("west") - -93.002).abs() < 1e-6 && (side("south") - 45.003_401_6).abs() < 1e-6,
        "{known}"
    );
    done.says("its datum shifted by a grid")
        .says("u.csv:3: x 900000, y 100000 is no place of its coordinate system");
    run("x,y\n500000,4983000\n", "gone.gsb").fails(2, "gone.gsb");
}

#[test]
fn radii_in_metres_are_drawn_in_projected_systems() {
    let run = |args: &str| {
        let line = format!("u.csv --crs EPSG:32632 {args} -k uniform -r 5km -o p.png -o p.npy");
        Run::new(&line).file("u.csv", "x,y\n500000,5540000\n")
    };
    // 100 metres a pixel: a disc of 100 pixels.
    let disc = std::f64::consts::PI * 50.0 * 50.0;
    let drawn = |picture: image::RgbaImage| picture.pixels().filter(|pixel| pixel[3] > 0).count();
    for system in ["EPSG:32632", "EPSG:3035", "EPSG:2154", "EPSG:31467"] {
        let picture = run(&format!("-P {system} -s 100")).ok().picture("p.png");
        // Not cut off, and no wider than it must be.
        assert!(
            (100..=106).contains(&picture.width()) && (100..=106).contains(&picture.height()),
            "{system}"
        );
        let drawn = drawn(picture) as f64;
        assert!(
            (drawn / disc - 1.0).abs() < 0.03,
            "{system}: {drawn} {disc}"
        );
    }
    run("-P EPSG:3035 --bbox 1000000,1000000,7000000,5500000 --bbox-crs EPSG:3035 -W 600").fails(
        2,
        "a circle of 5km on the ground is no circle in this picture",
    );
}

#[test]
fn how_good_a_system_is_is_said_on_request() {
    let said = |crs: &str| {
        Run::new("a.csv -v -o p.png --crs")
            .arg(crs)
            .file("a.csv", "x,y\n300000,300000\n")
            .ok()
            .stderr
    };
    let rd = said("EPSG:28992");
    assert!(
        rd.contains(
            "coordinates are in EPSG:28992 (Amersfoort / RD New), its datum shifted by 7 parameters"
        ),
        "{rd}"
    );
    assert!(said("EPSG:3035").contains("good to some 2 m"));
    assert!(said("EPSG:32633").contains("on WGS 84 itself"));
}

#[test]
fn what_files_say_counts_and_differences_are_told() {
    let shp = data("shp/streets_stateplane_ft.shp");
    let own = Run::new("-v -o p.png").arg(&shp).ok();
    assert!(
        own.stderr.contains("+proj=tmerc") || own.stderr.contains("+proj=lcc"),
        "{}",
        own.stderr
    );
    let told = Run::new("--crs EPSG:28992 -o p.png").arg(&shp).ok();
    assert_eq!(own.picture("p.png"), told.picture("p.png"));
    told.says("1 statement of another coordinate system than the given one was found in the data, and counts");
    let forced = Run::new("--crs EPSG:2223 --force-crs -o p.png")
        .arg(&shp)
        .ok();
    forced.says("and does not count");
    let geojson = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::28992"}},"features":[
        {"type":"Feature","properties":{},"geometry":{"type":"MultiPoint","coordinates":[[121819.3652,487013.7615],[234002.3726,582136.0179],[176325.2221,317840.1495]]}}]}"#;
    let wanted = picture(Run::new("a.csv").file("a.csv", DEGREES));
    for args in [
        "a.geojson",
        "a.geojson --crs EPSG:31467",
        "a.geojson --force-crs=EPSG:28992",
    ] {
        assert_eq!(
            wanted,
            picture(Run::new(args).file("a.geojson", geojson)),
            "{args}"
        );
    }
    let unknown = geojson.replace("28992", "99999");
    Run::new("a.geojson -o p.png")
        .file("a.geojson", &unknown)
        .fails(3, "the coordinate system EPSG:99999 is not known");
    assert_eq!(
        wanted,
        picture(Run::new("a.geojson --force-crs=EPSG:28992").file("a.geojson", unknown))
    );
    Run::new("a.gpx --crs EPSG:28992 -o p.png")
        .file(
            "a.gpx",
            "<gpx><wpt lat='52' lon='5'/><wpt lat='52.5' lon='5.5'/></gpx>",
        )
        .ok()
        .says("another coordinate system than the given one");
}

#[test]
fn geometries_with_a_number_are_in_its_system() {
    let towns = data("wkb/towns_srid28992.csv");
    let run = |args: &str| Run::new(args).arg(&towns);
    run("-v -o p.png")
        .ok()
        .says("coordinates are in EPSG:28992 (Amersfoort / RD New)");
    let told = run("--crs EPSG:2154 -o p.png").ok();
    told.says("statements of other coordinate systems than the given one were found");
}

#[test]
fn numbers_that_are_no_places_of_a_system_are_bad_records() {
    let csv = "x,y\n500000,4500000\n500010,4500010\n9e11,-9e11\n";
    Run::new("a.csv -o p.png --crs EPSG:32633")
        .file("a.csv", csv)
        .ok()
        .says("a.csv:4: x 900000000000, y -900000000000 is no place of its coordinate system");
}

#[test]
fn pyproj_has_the_places_of_the_table_where_it_is_installed() {
    if !has_python("pyproj") {
        return;
    }
    let script = "import csv, math, pyproj\n\
        pyproj.network.set_network_enabled(False)\n\
        for r in csv.DictReader(open('places.csv')):\n\
        \u{20}   n = [float(r[k]) for k in ('longitude', 'latitude', 'x', 'y')]\n\
        \u{20}   t = pyproj.Transformer.from_crs(4326, int(r['code']), always_xy=True, only_best=False)\n\
        \u{20}   x, y = t.transform(n[0], n[1])\n\
        \u{20}   assert math.hypot(x - n[2], y - n[3]) < 1, r\n";
    python(&data("crs"), script);
}

#[test]
fn pictures_are_drawn_in_any_projected_system_and_say_so() {
    let run = |args: &str| Run::new(args).file("a.csv", DEGREES);
    let done = run("a.csv -v -P EPSG:28992 --bbox 0,300000,280000,620000 --bbox-crs EPSG:28992 -W 280 -r 3 -o p.png -o p.tif -o p.json -o p.kmz --world-file").ok();
    let picture = done.picture("p.png");
    assert_eq!((picture.width(), picture.height()), (280, 320));
    // A kilometre is a pixel.
    for (x, y) in [
        (121, 320 - (487 - 300)),
        (234, 320 - (582 - 300)),
        (176, 320 - 18),
    ] {
        assert!(picture.get_pixel(x, y - 1)[3] > 0, "{x} {y}");
    }
    let prj = String::from_utf8(done.bytes("p.prj")).expect("text");
    assert!(
        prj.starts_with("PROJCS[\"Amersfoort / RD New\"") && prj.contains("28992"),
        "{prj}"
    );
    let world = String::from_utf8(done.bytes("p.pgw")).expect("text");
    assert_eq!(world, "1000\n0\n0\n-1000\n500\n619500\n");
    let aux = String::from_utf8(done.bytes("p.png.aux.xml")).expect("text");
    assert!(aux.contains("<SRS>EPSG:28992</SRS>"), "{aux}");
    let known: serde_json::Value = serde_json::from_slice(&done.bytes("p.json")).expect("JSON");
    assert_eq!(known["crs"], "EPSG:28992");
    assert_eq!(known["edges"]["left"], 0.0);
    let said = "projection: EPSG:28992 (Amersfoort / RD New), its datum shifted by 7 parameters";
    let done = done.says(said);
    // The file brings its frame back.
    let tif = done.bytes("p.tif");
    let like = run("a.csv --like p.tif -r 3 -o q.png")
        .file("p.tif", tif)
        .ok();
    assert_eq!(picture, like.picture("q.png"));
    if has("gdalsrsinfo") {
        let about = std::process::Command::new("gdalsrsinfo")
            .args(["-e", "-o", "epsg", "p.tif"])
            .current_dir(done.folder.path())
            .output();
        let about = String::from_utf8(about.expect("gdalsrsinfo starts").stdout).expect("text");
        assert!(about.contains("EPSG:28992"), "{about}");
    }
}

#[test]
fn what_a_projection_cannot_show_is_left_out_and_told() {
    let csv = "lat,lon\n52,15\n53,14\n0,104\n";
    Run::new("a.csv -P 32633 -o p.png")
        .file("a.csv", csv)
        .ok()
        .says("1 place was left out, which the projection of the picture cannot show: a.csv:4");
    let poles = "lat,lon\n-75,0\n-75,90\n-75,180\n-75,-90\n";
    let done = Run::new("a.csv -P EPSG:3031 -W 100 -r 2 -o p.png")
        .file("a.csv", poles)
        .ok();
    let picture = done.picture("p.png");
    assert!(
        picture.height().abs_diff(100) < 3,
        "the pole is in the middle: {}",
        picture.height()
    );
}

#[test]
fn a_line_across_the_seam_of_a_projection_does_not_cross_the_map() {
    let gpx = "<gpx><trk><trkseg><trkpt lat='10' lon='179'/><trkpt lat='10' lon='-179'/></trkseg></trk></gpx>";
    let done = Run::new("a.gpx -P EPSG:8857 --bbox -179.99,-60,179.99,60 -W 400 -r 2 -o p.png")
        .file("a.gpx", gpx)
        .ok();
    let picture = done.picture("p.png");
    let hot = |from: u32, to: u32| {
        (from..to).any(|x| (0..picture.height()).any(|y| picture.get_pixel(x, y)[3] > 0))
    };
    assert!(hot(0, 20) && hot(380, 400) && !hot(30, 370));
}

#[test]
fn what_does_not_go_with_a_projection_is_refused() {
    let run = |args: &str| Run::new(args).arg("a.csv").file("a.csv", DEGREES);
    run("-P EPSG:28992 -o p.png --osm")
        .fails(2, "map tiles are in Mercator, and the picture is not");
    run("-P EPSG:28992 -o p.html").fails(
        2,
        "a page (.html) shows no picture in the EPSG:28992 projection",
    );
    run("-P EPSG:4314 -o p.png").fails(2, "is no projection with x to the east");
    run("-P EPSG:2048 -o p.png").fails(2, "is no projection with x to the east");
    run("-P EPSG:99999 -o p.png").fails(2, "-P: the coordinate system EPSG:99999 is not known");
    run("-P nonsense -o p.png").fails(2, "nor a code as in EPSG:28992");
    run("-o p.png --bbox-crs EPSG:28992").fails(2, "--bbox-crs is for --bbox and -e");
}
