//! Which part of the world a picture shows: backgrounds and pictures that say where they lie, boxes
//! that are not squashed, outliers; and maps whose tiles are of few zooms.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgba, RgbaImage};

use crate::run::{Done, Run, data, root};

fn png(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a picture in memory");
    bytes.into_inner()
}

fn grey(width: u32, height: u32) -> Vec<u8> {
    png(&RgbaImage::from_pixel(
        width,
        height,
        Rgba([90, 90, 90, 255]),
    ))
}

/// The pixel where red prevails most.
fn hottest(done: &Done) -> (u32, u32) {
    let picture = done.picture("a.png");
    let redness = |pixel: &Rgba<u8>| i32::from(pixel.0[0]) - i32::from(pixel.0[2]);
    let (x, y, _) = picture
        .enumerate_pixels()
        .max_by_key(|(.., pixel)| redness(pixel))
        .expect("pixels");
    (x, y)
}

const WORLD: &str = "0.5\n0\n0\n-0.5\n-19.75\n59.75\n";
const AUX: &str = "<PAMDataset>\n  <SRS dataAxisToSRSAxisMapping=\"2,1\">GEOGCS[&quot;WGS 84&quot;,DATUM[&quot;WGS_1984&quot;,\
    SPHEROID[&quot;WGS 84&quot;,6378137,298.257223563]],PRIMEM[&quot;Greenwich&quot;,0],UNIT[&quot;degree&quot;,0.0174532925199433]]</SRS>\n  \
    <GeoTransform> -2.0e+01, 5.0e-01, 0.0, 6.0e+01, 0.0, -5.0e-01</GeoTransform>\n</PAMDataset>\n";

#[test]
fn a_background_that_says_where_it_lies_is_the_frame() {
    let points = "lat,lon\n50.1,0.1\n40.1,20.1\n";
    for (name, text) in [
        ("map.pgw", WORLD),
        ("map.png.aux.xml", AUX),
        ("map.wld", WORLD),
    ] {
        for line in [
            "-I map.png",
            "--like map.png",
            "--bbox @map.png -W 120 -P equirectangular",
        ] {
            let run = Run::new(&format!("-o a.png -o a.json -r 3 {line} a.csv"))
                .file("map.png", grey(120, 80))
                .file(name, text)
                .file("a.csv", points);
            let done = run.ok();
            let json: serde_json::Value =
                serde_json::from_slice(&done.bytes("a.json")).expect("JSON");
            assert_eq!(json["bounds"]["west"], -20.0, "{name} {line}");
            assert_eq!(json["bounds"]["north"], 60.0, "{name} {line}");
            assert_eq!(done.picture("a.png").dimensions(), (120, 80));
            assert_eq!(done.stderr, "", "{name} {line}");
        }
    }
    let run = |line: &str| {
        Run::new(&format!("-o a.png -r 3 {line} a.csv"))
            .file("map.png", grey(120, 80))
            .file("a.csv", points)
    };
    run("-I map.png")
        .ok()
        .says("nothing says where the background image lies");
    let sized = run("-I map.png -W 50").ok().says(
        "the background image gives the picture its size, 120 × 80; width and height are not used",
    );
    assert_eq!(sized.picture("a.png").dimensions(), (120, 80));
    for line in ["-s 30000", "-z 2", "-e 40,0,60,20"] {
        let framed = run(&format!("-I map.png {line}")).file("map.pgw", WORLD);
        framed.ok().says(
            "-s, -z or -e frame the picture otherwise: the image is drawn there all the same",
        );
    }
    run("-I map.png -P EPSG:25832")
        .file("map.pgw", WORLD)
        .ok()
        .says("the background image lies in another projection than -P says, and decides");
    // Whoever names a frame knows where it is.
    assert_eq!(run("-I map.png -e 40,0,60,20").ok().stderr, "");
}

#[test]
fn geotiffs_are_read_and_other_systems_refused() {
    let own = Run::new("-o own.tif -o plain.json -W 90 -r 4 -P equirectangular")
        .arg(root().join("examples/sf-incidents.csv"))
        .ok();
    for tif in [
        own.bytes("own.tif"),
        std::fs::read(data("frames/own_frame.tif")).expect("data"),
    ] {
        let run = |line: &str| {
            Run::new(&format!("-v -o a.png {line} a.csv"))
                .file("own.tif", &tif)
                .file("a.csv", "lat,lon\n37.76,-122.42\n10,10\n")
                .ok()
        };
        let said = |done: Done| {
            let line = done.stderr.lines().find(|line| line.contains("extent:"));
            line.and_then(|line| line.split("extent:").nth(1))
                .map(str::to_owned)
        };
        assert_eq!(said(run("--like own.tif")), said(run("-I own.tif")));
    }
    let raw = Run::new("-o heat.tif:raw -W 90 -r 4").arg(root().join("examples/sf-incidents.csv"));
    let heat = raw.ok().bytes("heat.tif");
    let like = Run::new("-o a.png --like heat.tif -")
        .file("heat.tif", heat)
        .stdin("37.7 -122.4\n");
    assert_eq!(like.ok().picture("a.png").width(), 90);
    for srs in ["EPSG:99999", "PROJCS[&quot;UTM&quot;]"] {
        let run = |line: &str| {
            Run::new(&format!("-o a.png {line} a.csv"))
                .file("utm.png", grey(50, 40))
                .file("utm.wld", "100\n0\n0\n-100\n450050\n5449950\n")
                .file(
                    "utm.png.aux.xml",
                    format!("<PAMDataset><SRS>{srs}</SRS></PAMDataset>"),
                )
                .file("a.csv", "lat,lon\n49.2,14.3\n49.1,14.4\n")
        };
        run("--like utm.png").fails(3, "the coordinate system is unknown");
        run("-I utm.png")
            .ok()
            .says("the data are fitted to the background image: utm.png.aux.xml");
    }
}

#[test]
fn on_a_plane_a_background_has_its_own_pixels() {
    let run = |line: &str| {
        Run::new(&format!("-o a.png -r 9 -I shot.png -P xy {line} a.csv"))
            .file("shot.png", grey(640, 400))
            .file("a.csv", "x,y\n100,60\n520,320\n520,320\n")
            .ok()
    };
    let (x, y) = hottest(&run("--y-down -d 1"));
    assert!(x.abs_diff(520) < 3 && y.abs_diff(320) < 3, "{x}, {y}");
    let (x, y) = hottest(&run("-d 1"));
    assert!(x.abs_diff(520) < 3 && y.abs_diff(80) < 3, "{x}, {y}");
    assert!(
        run("--y-down").picture("a.png") == run("--y-down --bbox 0,0,640,400").picture("a.png")
    );
}

#[test]
fn photographs_are_the_right_way_up() {
    // Orientation 6: the first row is on the right.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut photo = Vec::new();
    let mut encoder = JpegEncoder::new(&mut photo);
    encoder.set_exif_metadata(exif.to_vec()).expect("EXIF");
    let picture = image::RgbImage::from_fn(80, 60, |_, y| {
        image::Rgb(if y < 30 { [250, 250, 250] } else { [5, 5, 5] })
    });
    encoder
        .write_image(&picture, 80, 60, ExtendedColorType::Rgb8)
        .expect("a picture in memory");
    let done = Run::new("-o a.png -I photo.jpg -P xy --y-down -r 3 a.csv")
        .file("photo.jpg", photo)
        .file("a.csv", "x,y\n30,40\n")
        .ok();
    let picture = done.picture("a.png");
    assert_eq!(picture.dimensions(), (60, 80));
    assert!(picture.get_pixel(55, 5).0[0] > 200 && picture.get_pixel(5, 5).0[0] < 50);
}

#[test]
fn a_box_is_never_squashed_by_a_scale() {
    let size = |line: &str| {
        let run = Run::new(&format!("-o a.png --bbox=-30,0,20,30 {line} -")).stdin("10 10\n");
        let done = run.ok();
        (done.picture("a.png").dimensions(), done.stderr)
    };
    for (line, width) in [("-W 600", 600), ("-H 378", 601)] {
        let (alone, silence) = size(line);
        assert_eq!((alone, silence.as_str()), ((width, 378), ""));
        for scale in ["-z 3", "-s 20000"] {
            let (both, said) = size(&format!("{line} {scale}"));
            assert_eq!(both, alone);
            assert!(said.contains("-s and -z are not used"), "{said}");
        }
    }
}

#[test]
fn outliers_that_shrink_everything_are_told_with_the_box_of_the_others() {
    let city: String = (0..500)
        .map(|i| {
            format!(
                "{},{}\n",
                48.0 + f64::from(i % 20) * 1e-3,
                11.0 + f64::from(i % 23) * 1e-3
            )
        })
        .collect();
    let run = |rows: &str| {
        Run::new("-o a.png a.csv")
            .file("a.csv", format!("lat,lon\n{city}{rows}"))
            .ok()
    };
    let done = run("0.5,0.5\n-33,151\n");
    let done = done.says("all but 2 of 502 shapes lie in less than a hundredth of the frame");
    let (_, area) = done.stderr.split_once("--bbox=").expect("a box");
    let sides: Vec<f64> = area
        .split(' ')
        .next()
        .expect("numbers")
        .split(',')
        .map(|side| side.parse().expect("a number"))
        .collect();
    assert!(
        sides[0] < 11.0 && sides[0] > 9.0 && sides[3] > 48.019 && sides[3] < 49.0,
        "{sides:?}"
    );
    assert_eq!(run("").stderr, "");
    assert_eq!(run("48.05,11.1\n").stderr, "");
}

#[test]
fn extents_may_name_any_two_corners() {
    let picture = |extent: &str| {
        let run = Run::new(&format!("-o a.png -W 200 -e {extent} -")).stdin("5 5\n");
        run.ok().bytes("a.png")
    };
    assert_eq!(picture("0,0,10,10"), picture("10,10,0,0"));
    let run = Run::new("-o a.png -W 200 -e -20,175,-15,-177 -").stdin("-17 0\n");
    run.ok().says("across 180° it is --bbox=175,-20,-177,-15");
}

fn tiles() -> String {
    data("tiles").display().to_string()
}

#[test]
fn tiles_of_other_zooms_are_scaled() {
    let run =
        |line: &str| Run::new(&format!("-o a.png --attribution none {line} -")).stdin("10 10\n");
    // There are zooms 0 and 1.
    let far = format!("-W 600 --osm-base {} --bbox=-30,0,20,30", tiles());
    let done = run(&far)
        .ok()
        .says("the map has no tiles of zoom 4: those of zoom 1 are enlarged");
    assert!(
        done.picture("a.png")
            .pixels()
            .all(|pixel| pixel.0[3] == 255)
    );
    let near = format!("-W 260 --osm-base {} --bbox=-180,-85,180,85", tiles());
    // A little more than zoom 0: its tile is enlarged, and not those of zoom 1 shrunk to half.
    run(&format!("{near} -v")).ok().says("1 tiles of zoom 0");
    run(&format!("{near} -v --map-zoom 1"))
        .ok()
        .says("4 tiles of zoom 1");
}

#[test]
fn a_folder_of_tiles_needs_no_scheme_and_no_template() {
    let jpeg = |color: [u8; 3]| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(256, 256, image::Rgb(color))
            .write_to(&mut bytes, image::ImageFormat::Jpeg)
            .expect("a picture in memory");
        bytes.into_inner()
    };
    let run = |line: &str| {
        Run::new(&format!("-o a.png -W 200 --osm-base map {line} a.csv"))
            .file("map/0/0/0.jpg", jpeg([20, 90, 200]))
            .file("a.csv", "lat,lon\n10,10\n20,20\n")
    };
    let done = run("--map-zoom 0").ok();
    assert!(done.picture("a.png").get_pixel(0, 0).0[2] > 150);
    run("--osm-path-template {z}/{x}/{y}.webp --map-zoom 0").fails(3, "there is no such tile");
    run("--osm-path-template {z}/{x}/{y}.webp --missing-tiles blank")
        .fails(3, "tiles that the picture needs are missing");
    let some = Run::new("-o a.png -W 200 --osm-base map --missing-tiles blank a.csv")
        .file("map/1/1/0.jpg", jpeg([20, 90, 200]))
        .file("a.csv", "lat,lon\n10,-60\n20,60\n");
    some.ok().says("1 of 2 tiles of the map are missing");
}

#[test]
fn a_second_map_lies_over_the_heat() {
    let label = RgbaImage::from_fn(256, 256, |_, y| {
        Rgba(if y == 128 { [0, 0, 255, 255] } else { [0; 4] })
    });
    let run = |line: &str| {
        Run::new(&format!(
            "-o a.png --bbox=-180,-85.05,180,85.05 -W 256 -r 40 {line} -"
        ))
        .file("labels/0/0/0.png", png(&label))
        .stdin("1 1\n")
        .ok()
        .picture("a.png")
    };
    let (with, without) = (run("--overlay-base labels"), run(""));
    assert_eq!(with.get_pixel(128, 128).0, [0, 0, 255, 255]);
    assert_eq!(with.get_pixel(128, 125), without.get_pixel(128, 125));
    Run::new("-o a.png --bbox=-180,-85.05,180,85.05 -W 256 --overlay-base streets -")
        .file(
            "streets/0/0/0.png",
            png(&RgbaImage::from_pixel(256, 256, Rgba([9, 9, 9, 255]))),
        )
        .stdin("1 1\n")
        .ok()
        .says("nothing is seen of the heat: the map of --overlay-base covers all of it");
}

#[test]
fn whoever_is_to_be_credited_is_on_a_background_image_too() {
    let picture = |line: &str| {
        Run::new(&format!("-o a.png -I map.png -e 0,0,10,10 {line} -"))
            .file("map.png", grey(300, 200))
            .stdin("5 5\n")
            .ok()
            .picture("a.png")
    };
    let (plain, credited) = (picture(""), picture("--attribution Somebody"));
    let corner =
        |picture: &RgbaImage| image::imageops::crop_imm(picture, 200, 170, 100, 30).to_image();
    assert!(corner(&plain) != corner(&credited));
    assert!(picture("--attribution none") == plain);
}

#[test]
fn a_page_has_the_map_that_was_named() {
    let page = |line: &str| {
        let run = Run::new(&format!("-o a.html {line} -")).stdin("10 10\n20 20\n");
        String::from_utf8(run.ok().bytes("a.html")).expect("text")
    };
    let local = page(&format!("--osm-base {} --attribution none", tiles()));
    assert!(local.contains("\"tiles\":null"));
    assert!(
        local.contains("value=\"100\""),
        "an opaque picture begins opaque"
    );
    assert!(page("-b #102030").contains("rgba(16, 32, 48, 1.000)"));
}

#[test]
fn no_strip_without_a_map_is_where_the_world_ends() {
    let run = Run::new(&format!(
        "-o a.png -W 300 -R 40 --osm-base {} --attribution none -",
        tiles()
    ));
    let picture = run.stdin("84 -170\n-84 170\n").ok().picture("a.png");
    assert!(picture.pixels().all(|pixel| pixel.0[3] == 255));
}
