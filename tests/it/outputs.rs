//! Outputs that know where they are: read back, and held to one another.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;

use image::RgbaImage;
use serde_json::Value;

use crate::run::{Done, Run, python, root};
use crate::wants::{has, has_python, kml_schema};

fn incidents(line: &str) -> Run {
    Run::new(line).arg(root().join("examples/sf-incidents.csv"))
}

/// One command that writes everything.
fn everything(line: &str) -> Done {
    let kinds = [
        "png", "jpg", "webp", "tif", "kml", "kmz", "html", "json", "npy", "asc",
    ];
    let outputs: Vec<String> = kinds.iter().map(|kind| format!("-o a.{kind}")).collect();
    incidents(&format!("{line} --world-file {}", outputs.join(" "))).ok()
}

fn text(done: &Done, name: &str) -> String {
    String::from_utf8(done.bytes(name)).expect("text")
}

fn json(done: &Done) -> Value {
    serde_json::from_slice(&done.bytes("a.json")).expect("JSON")
}

/// South, west, north, east, in degrees, as each file says them.
fn corners(done: &Done) -> BTreeMap<&'static str, [f64; 4]> {
    let about = json(done);
    let bounds = ["south", "west", "north", "east"]
        .map(|side| about["bounds"][side].as_f64().expect("a side"));
    let [width, height] =
        ["width", "height"].map(|side| about["size"][side].as_f64().expect("a side"));
    let mercator = about["projection"] == "mercator";
    let degrees = |x: f64, y: f64| {
        const RADIUS: f64 = 6_378_137.0;
        if mercator {
            (
                (y / RADIUS).sinh().atan().to_degrees(),
                (x / RADIUS).to_degrees(),
            )
        } else {
            (y, x)
        }
    };
    let of_edges = |left, bottom, right, top| {
        let ((south, west), (north, east)) = (degrees(left, bottom), degrees(right, top));
        [south, west, north, east]
    };
    let world: Vec<f64> = text(done, "a.pgw")
        .lines()
        .map(|line| line.parse().expect("a number"))
        .collect();
    let (left, top) = (world[4] - world[0] / 2.0, world[5] - world[3] / 2.0);
    let asc: BTreeMap<String, f64> = text(done, "a.asc")
        .lines()
        .take_while(|line| line.starts_with(char::is_alphabetic))
        .map(|line| {
            let (name, value) = line
                .split_once(char::is_whitespace)
                .expect("a name and a value");
            (name.to_lowercase(), value.trim().parse().expect("a number"))
        })
        .collect();
    let cell = |name: &str| {
        asc.get(name)
            .or(asc.get("cellsize"))
            .copied()
            .expect("the size of a cell")
    };
    let (x, y, dx, dy) = (asc["xllcorner"], asc["yllcorner"], cell("dx"), cell("dy"));
    BTreeMap::from([
        ("json", bounds),
        (
            "world file",
            of_edges(left, top + height * world[3], left + width * world[0], top),
        ),
        (
            "asc",
            of_edges(x, y, x + asc["ncols"] * dx, y + asc["nrows"] * dy),
        ),
        ("kml", lat_lon_box(&text(done, "a.kml"))),
        ("kmz", lat_lon_box(&zipped(&done.bytes("a.kmz"), "doc.kml"))),
    ])
}

fn lat_lon_box(kml: &str) -> [f64; 4] {
    ["south", "west", "north", "east"].map(|side| {
        let (_, after) = kml.split_once(&format!("<{side}>")).expect("a side");
        after
            .split('<')
            .next()
            .expect("its end")
            .parse()
            .expect("a number")
    })
}

fn zipped(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip archive");
    let mut text = String::new();
    archive
        .by_name(name)
        .expect("a member")
        .read_to_string(&mut text)
        .expect("text");
    text
}

#[test]
fn one_command_writes_them_all_and_their_corners_agree() {
    for line in [
        "-W 200",
        "-W 200 -P equirectangular",
        "--bbox -122.5,37.7,-122.3,37.8 -W 200",
    ] {
        let done = everything(line);
        let corners = corners(&done);
        for (name, sides) in &corners {
            for (a, b) in sides.iter().zip(corners["json"]) {
                assert!(
                    (a - b).abs() < 1e-6,
                    "{line}, {name}: {sides:?} instead of {:?}",
                    corners["json"]
                );
            }
        }
        assert!(text(&done, "a.html").contains("data:image/png;base64,"));
    }
}

#[test]
fn all_pictures_have_the_same_pixels() {
    let done = everything("-W 150 -b black");
    let png = done.picture("a.png");
    assert!(png == done.picture("a.webp") && png == done.picture("a.tif"));
    // JPEG is lossy.
    let far = png
        .pixels()
        .zip(done.picture("a.jpg").pixels())
        .map(|(a, b)| a.0[0].abs_diff(b.0[0]))
        .max();
    assert!(far < Some(90), "{far:?}");
    // One without alpha does not take it from the others.
    let both = incidents("-W 150 -o a.png -o b.jpg").ok();
    assert_eq!(
        (
            both.picture("a.png").get_pixel(0, 0).0[3],
            both.picture("b.jpg").get_pixel(0, 0).0
        ),
        (0, [255; 4])
    );
}

#[test]
fn layers_of_a_map_have_no_legend_on_them() {
    let done = incidents("-W 300 -o a.png -o a.tif --legend").ok();
    let plain = incidents("-W 300 -o a.png").ok().picture("a.png");
    assert!(done.picture("a.png") != plain && done.picture("a.tif") == plain);
}

#[test]
fn heat_is_written_as_it_is() {
    let done = incidents("-W 120 -v -o a.npy -o a.asc -o a.tif --raw -o a.json").ok();
    let npy = done.bytes("a.npy");
    let numbers = &npy[10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]))..];
    let heats: Vec<f32> = numbers
        .as_chunks()
        .0
        .iter()
        .copied()
        .map(f32::from_le_bytes)
        .collect();
    let maximum = heats.iter().fold(0.0, |max: f32, heat| max.max(*heat));
    assert!((f64::from(maximum) - done.maximum()).abs() < 1e-4);
    let asc = text(&done, "a.asc");
    let words: Vec<f32> = asc
        .lines()
        .skip(6)
        .flat_map(str::split_whitespace)
        .map(|word| word.parse().expect("a number"))
        .collect();
    assert_eq!(words, heats);
    let mut tiff = tiff::decoder::Decoder::new(Cursor::new(done.bytes("a.tif"))).expect("a TIFF");
    let tiff::decoder::DecodingResult::F32(floats) = tiff.read_image().expect("floats") else {
        panic!("no floats")
    };
    assert_eq!(floats, heats);
    assert_eq!(
        json(&done)["maximum"].as_f64().map(|heat| heat as f32),
        Some(maximum)
    );
    incidents("--raw -o a.png").fails(2, "--raw is for .tif");
}

#[test]
fn heat_and_its_picture_may_be_asked_for_in_one_command() {
    let line = "-W 60 -o a.png -o a.tif -o heat.tif:raw -o a.npy -o a.kmz";
    let done = incidents(line).ok();
    let alone = incidents("-W 60 --raw -o heat.tif").ok();
    assert!(done.bytes("heat.tif") == alone.bytes("heat.tif"));
    assert_eq!(done.picture("a.png"), done.picture("a.tif"));
    // For all TIFFs, beside pictures that cannot hold it.
    let beside = incidents("-W 60 --raw -o a.png -o heat.tif").ok();
    assert!(beside.bytes("heat.tif") == alone.bytes("heat.tif"));
    assert_eq!(beside.picture("a.png"), done.picture("a.png"));
    incidents("-o a.png:raw -o b.tif").fails(2, "'a.png' cannot hold heat as it is");
    incidents("-o a.tif -o a.tif:raw").fails(2, "to be written twice");
}

#[test]
fn a_kml_has_its_picture_beside_it() {
    let done = incidents("-W 100 -o some.kml")
        .arg("--title")
        .arg("A & B")
        .ok();
    let kml = text(&done, "some.kml");
    assert!(
        kml.contains("<href>some-overlay.png</href>") && kml.contains("A &amp; B"),
        "{kml}"
    );
    assert_eq!(done.picture("some-overlay.png").width(), 100);
    Run::new("-o - x")
        .arg(root().join("examples/sf-incidents.csv"))
        .fails(3, "no such file");
}

#[test]
fn an_animation_by_time_is_a_kmz_with_spans_of_time() {
    let days = "lat,lon,time\n3,3,2024-01-30\n1,1,2024-01-31\n2,2,2024-02-01\n";
    let done = Run::new("-a --frame-time 1d -W 60 -o a.kmz -o a.gif d.csv")
        .file("d.csv", days)
        .ok();
    let kml = zipped(&done.bytes("a.kmz"), "doc.kml");
    assert_eq!(kml.matches("<GroundOverlay").count(), 3);
    let span = "<begin>2024-01-31T00:00:00Z</begin>";
    assert!(
        kml.contains(span) && kml.contains("<end>2024-02-01T00:00:00Z</end>"),
        "{kml}"
    );
    Run::new("-a -o a.kmz d.csv")
        .file("d.csv", days)
        .fails(2, "--frame-time");
}

#[test]
fn kml_is_as_its_schema_has_it() {
    let Some(schema) = kml_schema() else { return };
    let days = "lat,lon,time\n3,3,2024-01-30\n1,1,2024-01-31\n";
    let still = incidents("-W 100 -o some.kml").ok();
    let fiji = Run::new("--bbox 178,-19,-178,-15 -W 80 -o fiji.kml -").stdin("-17 180\n");
    let fiji = fiji.ok().bytes("fiji.kml");
    std::fs::write(still.folder.path().join("fiji.kml"), fiji).expect("a file");
    let film = Run::new("-a --frame-time 1d -W 60 -o a.kmz d.csv")
        .file("d.csv", days)
        .ok();
    let film = zipped(&film.bytes("a.kmz"), "doc.kml");
    std::fs::write(still.folder.path().join("film.kml"), film).expect("a file");
    let mut run = Command::new("xmllint");
    run.args(["--nonet", "--noout", "--schema"])
        .arg(schema)
        .args(["some.kml", "film.kml", "fiji.kml"]);
    let run = run
        .current_dir(still.folder.path())
        .output()
        .expect("xmllint");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

#[test]
fn hemispheres_are_not_mixed_up() {
    for (lat, lon) in [(50.0, 10.0), (50.0, -10.0), (-50.0, 10.0), (-50.0, -10.0)] {
        let done = Run::new("-W 50 -s 1000 -o a.kml -")
            .stdin(format!("{lat} {lon}\n"))
            .ok();
        let [south, west, north, east] = lat_lon_box(&text(&done, "a.kml"));
        assert!(
            south < lat && lat < north && west < lon && lon < east,
            "{south} {west} {north} {east}"
        );
    }
}

#[test]
fn across_180_degrees_a_kml_has_two_pictures() {
    let fiji = "-17 179.5\n-17 -179.5\n";
    let line = "--bbox 178,-19,-178,-15 -W 80 -o a.kml -o a.kmz -o a.png -";
    let done = Run::new(line).stdin(fiji).ok();
    let picture = done.picture("a.png");
    assert_hot_at(&picture, [30, 50], [5, 75]);
    for kml in [
        text(&done, "a.kml"),
        zipped(&done.bytes("a.kmz"), "doc.kml"),
    ] {
        let (first, second) = kml.split_once("</GroundOverlay>").expect("two pictures");
        let ([_, west, _, middle], [_, other, _, east]) = (lat_lon_box(first), lat_lon_box(second));
        assert!(
            (west - 178.0).abs() < 1e-9 && (east + 178.0).abs() < 1e-9,
            "{west} {east}"
        );
        assert_eq!((middle, other), (180.0, -180.0));
    }
    assert_hot_at(&done.picture("a-overlay.png"), [30, 30], [5, 39]);
    assert_hot_at(&done.picture("a-overlay-2.png"), [10, 10], [0, 35]);
    // The second is not written where it is not needed, and never over another output.
    let here = incidents("-W 30 -o a.kml").ok();
    assert!(!here.folder.path().join("a-overlay-2.png").exists());
    incidents("-o a.kml -o a-overlay-2.png").fails(2, "to be written twice");
}

/// Columns of a picture that have heat, and some that have none.
fn assert_hot_at(picture: &RgbaImage, hot: [u32; 2], cold: [u32; 2]) {
    let is_hot = |x: u32| (0..picture.height()).any(|y| picture.get_pixel(x, y).0[3] > 200);
    assert!(hot.into_iter().all(is_hot), "{hot:?}");
    assert!(!cold.into_iter().any(is_hot), "{cold:?}");
}

#[test]
fn a_box_is_covered_edge_to_edge_and_stretched_if_both_sides_are_asked_for() {
    let done = incidents("--bbox -122.5,37.7,-122.3,37.8 -W 300 -H 100 -o a.png -o a.json").ok();
    assert_eq!(done.picture("a.png").dimensions(), (300, 100));
    let bounds = json(&done)["bounds"].clone();
    for (side, expected) in [
        ("south", 37.7),
        ("west", -122.5),
        ("north", 37.8),
        ("east", -122.3),
    ] {
        assert!(
            (bounds[side].as_f64().expect("a side") - expected).abs() < 1e-9,
            "{bounds}"
        );
    }
    let of_data = incidents("-W 99 -o a.json").arg("--bbox").arg(format!(
        "@{}",
        root().join("examples/sf-incidents.csv").display()
    ));
    let south = json(&of_data.ok())["bounds"]["south"]
        .as_f64()
        .expect("south");
    let least =
        std::fs::read_to_string(root().join("examples/sf-incidents.csv")).expect("the data");
    let least = least
        .lines()
        .skip(1)
        .filter_map(|line| line.rsplit(',').next()?.parse::<f64>().ok())
        .fold(90.0, f64::min);
    assert!((south - least).abs() < 1e-9);
    incidents("--bbox 3,2,1,1 -o a.png").fails(2, "not four numbers, WEST,SOUTH,EAST,NORTH");
    incidents("--bbox @missing.csv -o a.png").fails(3, "missing.csv");
}

#[test]
fn a_box_around_the_earth_has_both_sides_of_it_wherever_it_begins() {
    let points = "0 -90\n0 90\n10 -170\n";
    for west in [-180, -170, -90, 0, 170] {
        let line = format!(
            "-W 360 -r 1 -d 1 --bbox {west},-60,{},60 -o a.npy -o a.kml -",
            west + 360
        );
        let done = Run::new(&line).stdin(points).ok();
        let npy = done.bytes("a.npy");
        let heats = npy[npy.len() - npy.len() / 4 * 4..]
            .as_chunks()
            .0
            .iter()
            .copied()
            .map(f32::from_le_bytes);
        assert_eq!(heats.filter(|heat| *heat == 1.0).count(), 3, "{west}");
        // In one part, or in two from 180° west on.
        let kml = text(&done, "a.kml");
        let wide = kml
            .split("</GroundOverlay>")
            .filter(|part| part.contains("<LatLonBox>"));
        let wide = wide.map(|part| {
            let [_, from, _, to] = lat_lon_box(part);
            assert!(-180.0 <= from && from < to && to <= 180.0, "{from} to {to}");
            to - from
        });
        assert!((wide.sum::<f64>() - 360.0).abs() < 1e-9, "{west}: {kml}");
    }
}

#[test]
fn scales_that_cannot_be_drawn_are_errors() {
    incidents("-s 1e-305 -W 10 -H 10 -o a.png").fails(7, "too small, or too large");
    incidents("--raw").fails(2, "heat as it is needs a file");
}

#[test]
fn who_may_read_a_file_stays_as_it_was() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let run = incidents("-W 30 -o a.png").file("a.png", "old");
        let path = run.folder().join("a.png");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
            .expect("permissions");
        let done = run.ok();
        let mode = std::fs::metadata(done.folder.path().join("a.png"))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn what_is_known_is_said_in_lines_or_as_json() {
    let lines = incidents("-W 100 --stats -o a.png -o a.json").ok();
    assert!(
        lines.stderr.contains("extent: ") && lines.stderr.contains("shapes read: 13249"),
        "{}",
        lines.stderr
    );
    let said = incidents("-W 100 --stats json -o a.png -o a.json").ok();
    let stats: Value = serde_json::from_str(&said.stderr).expect("JSON on standard error");
    assert_eq!(stats, json(&said));
    assert_eq!(stats["counts"]["shapes_read"], 13249);
}

#[test]
fn pngs_are_the_same_picture_at_every_level_and_name_no_paths() {
    let made = |level: &str| incidents(&format!("-W 200 --png-level {level} -o secret.png")).ok();
    let (fast, best) = (made("fast"), made("best"));
    assert_eq!(fast.picture("secret.png"), best.picture("secret.png"));
    assert!(best.bytes("secret.png").len() < fast.bytes("secret.png").len());
    assert_eq!(
        made("default").bytes("secret.png"),
        made("default").bytes("secret.png")
    );
    let decoder = png::Decoder::new(Cursor::new(fast.bytes("secret.png")))
        .read_info()
        .expect("a PNG");
    let info = decoder.info();
    assert!(info.srgb.is_some());
    let said: Vec<String> = info
        .uncompressed_latin1_text
        .iter()
        .map(|chunk| format!("{}: {}", chunk.keyword, chunk.text))
        .collect();
    let said = said.join("\n");
    assert!(
        said.contains("Software: heatmap") && said.contains("radius 5"),
        "{said}"
    );
    assert!(
        !said.contains("secret") && !said.contains(".csv") && !said.contains('/'),
        "{said}"
    );
}

#[test]
fn a_file_is_not_written_twice_and_unknown_kinds_are_refused() {
    for line in [
        "-o a.png -o a.png",
        "-o a.kml -o a-overlay.png",
        "-o a.png --legend a.png",
        "-o a.png -S a.png",
        "-a -o a.gif -o a.gif",
    ] {
        incidents(line).fails(2, "to be written twice");
    }
    incidents("-o a.xyz").fails(2, "html");
    incidents("-o a.png -o no/folder.json").fails(4, "no/folder.json");
}

fn gdalinfo(file: &Path) -> Value {
    let run = Command::new("gdalinfo")
        .arg("-json")
        .arg(file)
        .output()
        .expect("gdalinfo");
    serde_json::from_slice(&run.stdout).expect("JSON of gdalinfo")
}

#[test]
fn gdal_sees_the_same_place_in_every_raster() {
    if !has("gdalinfo") {
        return;
    }
    let done = everything("-W 200");
    let raw = incidents("-W 200 -o raw.tif --raw").ok();
    let bounds = json(&done)["bounds"].clone();
    for file in [
        done.folder.path().join("a.tif"),
        done.folder.path().join("a.png"),
        raw.folder.path().join("raw.tif"),
    ] {
        let seen = gdalinfo(&file);
        let ring = seen["wgs84Extent"]["coordinates"][0]
            .as_array()
            .expect("a ring")
            .clone();
        let side = |at: usize, pick: fn(f64, f64) -> f64| {
            ring.iter()
                .filter_map(|corner| corner[at].as_f64())
                .reduce(pick)
                .expect("corners")
        };
        let sides = [
            ("west", side(0, f64::min)),
            ("east", side(0, f64::max)),
            ("south", side(1, f64::min)),
            ("north", side(1, f64::max)),
        ];
        for (name, value) in sides {
            let expected = bounds[name].as_f64().expect("a side");
            assert!(
                (value - expected).abs() < 1e-6,
                "{}: {name} {value} instead of {expected}",
                file.display()
            );
        }
    }
    let seen = gdalinfo(&raw.folder.path().join("raw.tif"));
    assert_eq!(
        (
            seen["bands"][0]["type"].as_str(),
            seen["bands"].as_array().map(Vec::len)
        ),
        (Some("Float32"), Some(1))
    );
    assert_eq!(seen["bands"][0]["noDataValue"].as_f64(), Some(0.0));
}

#[test]
fn numpy_and_pillow_read_the_same_numbers() {
    let script = "import numpy, PIL.Image as I; a = numpy.load('a.npy'); i = I.open('a.png'); \
                  print(a.shape == i.size[::-1], i.mode, a.dtype, ((a > 0) == (numpy.array(i.convert('RGBA'))[..., 3] > 0)).mean() > 0.9)";
    if !has_python("numpy, PIL") {
        return;
    }
    let done = incidents("-W 200 -o a.npy -o a.png").ok();
    assert_eq!(
        python(done.folder.path(), script).trim(),
        "True P float32 True"
    );
}

/// Every extension of pictures that stand still, with what most differs, on average over all
/// channels, between what is written and what is read.
const LOSSES: [(&str, f64); 11] = [
    ("png", 0.0),
    ("jpg", 4.0),
    ("jpeg", 4.0),
    ("webp", 0.0),
    ("gif", 4.0),
    ("bmp", 0.0),
    ("tif", 0.0),
    ("tiff", 0.0),
    ("ppm", 0.0),
    ("tga", 0.0),
    ("qoi", 0.0),
];

/// Not the crate that wrote them.
#[test]
fn pillow_reads_the_same_pixels_from_every_format() {
    if !has_python("numpy, PIL") {
        return;
    }
    let outputs: Vec<String> = LOSSES
        .iter()
        .map(|(extension, _)| format!("-o {extension}.{extension}"))
        .collect();
    // All opaque, because some formats are.
    let done = incidents(&format!("-W 200 -b navy {}", outputs.join(" "))).ok();
    let pixels = done.picture("png.png").into_raw();
    std::fs::write(done.folder.path().join("pixels"), pixels).expect("a file");
    let script = "import glob, numpy, PIL.Image as I\n\
        pixels = numpy.fromfile('pixels', numpy.uint8).astype(int)\n\
        for name in sorted(glob.glob('*.*')):\n\
        \x20   read = numpy.array(I.open(name).convert('RGBA')).ravel()\n\
        \x20   print(name.split('.')[1], abs(read - pixels).mean())";
    let said = python(done.folder.path(), script);
    let far: BTreeMap<&str, f64> = said
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, far)| (name, far.parse().expect("a number")))
        .collect();
    for (extension, loss) in LOSSES {
        assert!(far[extension] <= loss, "{extension}: {said}");
    }
}

#[test]
fn pillow_reads_every_frame_of_moving_pictures() {
    if !has_python("numpy, PIL") {
        return;
    }
    let days = "lat,lon,time\n3,3,2024-01-30\n1,1,2024-01-31\n2,2,2024-02-01\n";
    let line = "-a --frame-time 1d --fps 4 -W 60 -o a.gif -o a.apng -o a.webp d.csv";
    let done = Run::new(line).file("d.csv", days).ok();
    let script = "import PIL.Image as I, PIL.ImageSequence as S\n\
        for name in ['a.gif', 'a.apng', 'a.webp']:\n\
        \x20   frames = [(f.convert('RGBA').tobytes(), f.info['duration']) for f in S.Iterator(I.open(name))]\n\
        \x20   print(name, len(set(f for f, _ in frames)), *(int(d) for _, d in frames))";
    let said = python(done.folder.path(), script);
    for name in ["a.gif", "a.apng", "a.webp"] {
        assert!(said.contains(&format!("{name} 3 250 250 250\n")), "{said}");
    }
}

/// Byte 25 of a PNG: 2 is RGB, 3 a palette, 6 RGBA.
fn png_form(bytes: &[u8]) -> u8 {
    bytes[25]
}

#[test]
fn pictures_of_few_colours_are_pngs_with_a_palette_unless_rgba_is_asked_for() {
    for look in [
        "",
        "-b black",
        "--scheme viridis --how eq_hist",
        "--opacity 0.5 -b white",
    ] {
        let done = incidents(&format!("-W 300 -o a.png -o png32:b.png {look}")).ok();
        let (least, rgba) = (done.bytes("a.png"), done.bytes("b.png"));
        assert_eq!((png_form(&least), png_form(&rgba)), (3, 6), "{look}");
        assert!(done.picture("a.png") == done.picture("b.png"), "{look}");
        assert!(least.len() < rgba.len() * 2 / 3, "{look}");
    }
    let piped = incidents("-W 300 -o png32:-").ok();
    assert_eq!(png_form(&piped.stdout), 6);
    incidents("-o png32:a.jpg").fails(2, "png32: is for PNG");
    // On a map everything is opaque, however many colours there are.
    let map = format!(
        "--osm-base file:{}",
        root().join("tests/data/tiles").display()
    );
    let done = incidents(&format!("-W 200 -o a.png --attribution none {map} -z 1")).ok();
    assert_ne!(png_form(&done.bytes("a.png")), 6);
}

#[test]
fn clear_pixels_have_the_colour_of_the_coldest() {
    for (look, [r, g, b]) in [
        ("", [255, 0, 0]),
        ("--colors lime,blue", [0, 255, 0]),
        ("--passes r=9;r=3,colors=blue,red", [0, 0, 255]),
    ] {
        let picture = incidents(&format!("-W 200 -o a.png {look}"))
            .ok()
            .picture("a.png");
        let clear = picture.pixels().filter(|pixel| pixel.0[3] == 0);
        assert!(clear.clone().count() > 100, "{look}");
        // The first colour of a gradient, and others that are as good as clear.
        let near = |pixel: &image::Rgba<u8>| {
            let pairs = pixel.0.into_iter().zip([r, g, b]);
            pairs.map(|(a, b)| a.abs_diff(b)).max() <= Some(2)
        };
        assert!(clear.into_iter().all(near), "{look}");
    }
    // So nothing is darker than the scheme after a program scaled it that knows no better.
    if !has("convert") {
        return;
    }
    let done = incidents("-W 200 -r 12 --scheme pbj -o a.png").ok();
    let scaled = Command::new("convert")
        .args(["a.png", "-alpha", "off", "-resize", "300%", "b.png"])
        .current_dir(done.folder.path())
        .status()
        .expect("convert starts");
    assert!(scaled.success());
    let bright = |name: &str| {
        let picture = done.picture(name);
        let lights = picture.pixels().map(|p| p.0[0].max(p.0[1]).max(p.0[2]));
        lights.min().expect("pixels")
    };
    assert!(bright("b.png") + 8 >= bright("a.png"));
}

#[test]
fn layers_with_a_palette_are_put_together_as_those_of_rgba_are() {
    if !has("convert") {
        return;
    }
    let done = incidents("-W 300 -o a.png -o png32:a32.png --bbox=-122.5,37.7,-122.38,37.8").ok();
    let other = incidents(
        "-W 300 -o b.png -o png32:b32.png --bbox=-122.5,37.7,-122.38,37.8 -r 30 --scheme viridis",
    )
    .ok();
    for name in ["b.png", "b32.png"] {
        std::fs::write(done.folder.path().join(name), other.bytes(name)).expect("a copy");
    }
    for (one, two, both) in [
        ("b.png", "a.png", "c.png"),
        ("b32.png", "a32.png", "c32.png"),
    ] {
        let composed = Command::new("convert")
            .args([one, two, "-composite", both])
            .current_dir(done.folder.path())
            .status()
            .expect("convert starts");
        assert!(composed.success());
    }
    assert!(done.picture("c.png") == done.picture("c32.png"));
}

#[test]
fn a_resolution_for_printing_is_said_by_png() {
    let done = incidents("-W 200 --dpi 300 -o a.png").ok();
    let bytes = done.bytes("a.png");
    let at = bytes
        .windows(4)
        .position(|four| four == b"pHYs")
        .expect("pHYs");
    assert_eq!(bytes[at + 4..at + 8], 11_811_u32.to_be_bytes());
    incidents("-W 200 --dpi 300 -o a.webp")
        .ok()
        .says("--dpi is said by .png alone");
}

#[test]
fn what_a_format_cannot_hold_is_said_before_the_work() {
    for (line, fact) in [
        (
            "-W 16384 -H 20 -o a.webp",
            "a WebP has 16383 pixels a side at the most, not 16384 × 20",
        ),
        (
            "-W 20 -H 65536 -o a.gif",
            "a GIF has 65535 pixels a side at the most",
        ),
        (
            "-W 65536 -H 20 -o a.jpg",
            "a JPEG has 65535 pixels a side at the most",
        ),
    ] {
        // Reading fails later than this.
        let run = Run::new(&format!("{line} -e 0,0,1,1 missing.csv"));
        let done = run.fails(2, fact);
        assert!(!done.stderr.contains("missing.csv"), "{}", done.stderr);
    }
}
