//! Maps under the heat, from a server on this machine.

use std::time::Duration;

use image::{Rgba, RgbaImage};

use crate::run::{Done, Run, data};
use crate::server::{Reply, Request, Server};

/// A tile whose colour tells its place: columns and rows alternate between dark and light.
fn checkered(request: &Request) -> Reply {
    let numbers: Vec<u32> = request
        .path
        .split(['/', '.'])
        .filter_map(|part| part.parse().ok())
        .collect();
    let [_, x, y] = numbers[..] else {
        return Reply::new(404, "no such path");
    };
    let color = Rgba([
        if x % 2 == 0 { 40 } else { 200 },
        if y % 2 == 0 { 40 } else { 200 },
        120,
        255,
    ]);
    Reply::new(200, png(&RgbaImage::from_pixel(256, 256, color)))
        .header("Content-Type", "image/png")
}

fn png(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a picture in memory");
    bytes.into_inner()
}

/// The program with a map of this server, and a cache of its own.
fn run(server: &Server, args: &str) -> Run {
    Run::new(&format!(
        "{args} --osm_base {} --tile-cache cache",
        server.url()
    ))
}

const POINTS: &str = "lat,lon\n47.4,8.5\n-33.9,151.2\n40.7,-74\n";

#[test]
fn the_example_of_photos_runs_as_written() {
    let server = Server::start(checkered);
    let example = "-v -o photos.png --width 1000 --osm -B 0.8 --attribution Us photos.csv";
    let done = run(&server, example).file("photos.csv", POINTS).ok();
    let picture = done.picture("photos.png");
    assert_eq!(picture.width(), 1000);
    assert!(picture.pixels().all(|pixel| pixel.0[3] == 255));
    // The light and the dark, at eight tenths.
    let near =
        |pixel: &Rgba<u8>, expected: [u8; 3]| (0..3).all(|i| pixel.0[i].abs_diff(expected[i]) <= 1);
    assert!(picture.pixels().any(|pixel| near(pixel, [32, 160, 96])));
    assert!(server.requests().iter().all(|request| {
        request
            .header("user-agent")
            .is_some_and(|name| name.contains("heatmap/"))
    }));
    let (told, tiles) = (
        done.stderr.find("tiles of zoom 3 from 127.0.0.1"),
        server.requests().len(),
    );
    assert!(
        told.is_some() && done.stderr.contains(&format!("map: {tiles} tiles")),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("attribution: Us"), "{}", done.stderr);
}

/// OpenStreetMap's own server, played by a proxy that is asked for it.
#[test]
fn openstreetmap_is_credited_unless_the_user_says_otherwise() {
    let server = Server::start(|request| {
        if request.path == "tile.openstreetmap.org:80" {
            Reply::new(200, "")
        } else {
            checkered(request)
        }
    });
    let osm = |line: &str| {
        let args = "-v -W 300 -e -60,-170,60,170 --osm-base http://tile.openstreetmap.org";
        let run = Run::new(&format!(
            "{args} --tile-cache cache -o a.png {line} points.csv"
        ));
        let run = run.file("points.csv", POINTS).env("NO_PROXY", "");
        run.env("ALL_PROXY", server.url()).ok()
    };
    let (credited, not) = (osm(""), osm("--attribution none"));
    let words = "attribution: © OpenStreetMap contributors";
    assert!(credited.stderr.contains(words), "{}", credited.stderr);
    assert!(!not.stderr.contains(words), "{}", not.stderr);
    let (credited, not) = (credited.picture("a.png"), not.picture("a.png"));
    let (width, height) = not.dimensions();
    let written: Vec<_> = credited
        .enumerate_pixels()
        .filter(|(x, y, pixel)| *pixel != not.get_pixel(*x, *y))
        .map(|(x, y, _)| (x, y))
        .collect();
    // Enough of them to be read, and all at the right end of the bottom.
    assert!(written.len() > 500, "{} pixels", written.len());
    let is_corner = |&(x, y): &(u32, u32)| x > width / 3 && y + 30 > height;
    assert!(written.iter().all(is_corner), "{written:?}");
}

#[test]
fn the_example_of_a_track_runs_as_written() {
    let server = Server::start(checkered);
    let track = "<gpx version='1.1'><trk><trkseg><trkpt lat='58.96' lon='-3.3'/><trkpt lat='59.06' lon='-2.9'/></trkseg></trk></gpx>";
    let done = run(&server, "-o orkney.png --height 800 --osm orkney.gpx")
        .file("orkney.gpx", track)
        .ok();
    assert_eq!(done.picture("orkney.png").height(), 800);
}

/// Where a row of pixels changes its red, or a column its green, by more than resampling does
/// around it.
fn changes(values: impl Iterator<Item = u8>) -> Vec<usize> {
    let light: Vec<bool> = values.map(|value| value > 120).collect();
    (1..light.len())
        .filter(|&i| light[i] != light[i - 1])
        .collect()
}

/// The coolest place of a picture where no heat is, as rows and columns at which tiles meet.
fn seams(picture: &RgbaImage) -> (Vec<usize>, Vec<usize>) {
    let (width, height) = picture.dimensions();
    let columns = changes((0..width).map(|x| picture.get_pixel(x, 3).0[0]));
    (
        columns,
        changes((0..height).map(|y| picture.get_pixel(3, y).0[1])),
    )
}

/// The middle of the heat around pixel (x, y) of a picture on nothing.
fn hottest(layer: &RgbaImage) -> (usize, usize) {
    let (x, y, _) = layer
        .enumerate_pixels()
        .max_by_key(|(_, _, pixel)| pixel.0[3])
        .expect("pixels");
    (x as usize, y as usize)
}

#[test]
fn heat_sits_on_the_map_to_the_pixel() {
    let server = Server::start(checkered);
    // Four tiles meet at each of these places, from zoom 2 on.
    for (lat, lon) in [
        ("0", "1e-9"),
        ("66.51326044311186", "-90"),
        ("-66.51326044311186", "0"),
    ] {
        for size in ["-z 3", "-z 4 -W 500 -H 400", "-W 700", "-s 20000", "-H 460"] {
            let args = format!(
                "{size} -e=-70,-150,75,80 --osm -r 6 --attribution none -o map.png points.txt"
            );
            let point = format!("{lat} {lon}\n");
            let map = run(&server, &args)
                .file("points.txt", &point)
                .ok()
                .picture("map.png");
            let layer = run(&server, &format!("{args} --layer"))
                .file("points.txt", &point)
                .ok()
                .picture("map.png");
            assert_eq!(map.dimensions(), layer.dimensions());
            let ((x, y), (columns, rows)) = (hottest(&layer), seams(&map));
            if layer.get_pixel(x as u32, y as u32).0[3] == 0 {
                continue; // The picture does not show this corner.
            }
            let off = |seams: &[usize], at: usize| seams.iter().map(|seam| seam.abs_diff(at)).min();
            assert!(off(&columns, x) <= Some(1), "{size} {lon}: {columns:?} {x}");
            assert!(off(&rows, y) <= Some(1), "{size} {lat}: {rows:?} {y}");
            if size == "-z 3" {
                assert_eq!(
                    (off(&columns, x), off(&rows, y)),
                    (Some(0), Some(0)),
                    "{lat} {lon}"
                );
            }
        }
    }
}

#[test]
fn a_layer_is_the_same_frame_without_the_map() {
    let server = Server::start(checkered);
    let args = "-o p.png -W 400 -d 1 --attribution none --osm points.csv";
    let map = run(&server, args)
        .file("points.csv", POINTS)
        .ok()
        .picture("p.png");
    let asked = server.requests().len();
    let layer = run(&server, &format!("{args} --layer"))
        .file("points.csv", POINTS)
        .ok()
        .picture("p.png");
    assert_eq!(server.requests().len(), asked, "a layer needs no map");
    assert_eq!(map.dimensions(), layer.dimensions());
    let blank =
        "-o p.png -W 400 -d 1 --attribution none --osm -M 000000000 -m 000000000 points.csv";
    let under = run(&server, blank)
        .file("points.csv", POINTS)
        .ok()
        .picture("p.png");
    for (x, y, pixel) in layer.enumerate_pixels() {
        let (alone, together) = (under.get_pixel(x, y).0, map.get_pixel(x, y).0);
        for i in 0..3 {
            let share = f64::from(pixel.0[3]) / 255.0;
            let expected = f64::from(pixel.0[i]) * share + f64::from(alone[i]) * (1.0 - share);
            assert!((expected - f64::from(together[i])).abs() <= 1.0, "{x} {y}");
        }
    }
}

#[test]
fn maps_are_darkened_inverted_and_made_gray() {
    let server = Server::start(checkered);
    let corner = |args: &str| {
        let args =
            format!("-o p.png -z 2 -e=-20,95,-10,100 --attribution none --osm {args} points.txt");
        run(&server, &args)
            .file("points.txt", "-15 97\n")
            .ok()
            .picture("p.png")
            .get_pixel(0, 0)
            .0
    };
    // Tile 2/3/2: light in columns, dark in rows.
    assert_eq!(corner(""), [200, 40, 120, 255]);
    assert_eq!(corner("-B 0.5"), [100, 20, 60, 255]);
    assert_eq!(corner("-N"), [55, 11, 33, 255]);
    assert_eq!(corner("--background-grayscale"), [80, 80, 80, 255]);
    assert_eq!(corner("--background-grayscale -B 0.5"), [40, 40, 40, 255]);
}

#[test]
fn a_credit_stands_in_the_corner() {
    let server = Server::start(checkered);
    let corner = |words: &str| {
        let run = run(&server, "-o p.png -W 500 -H 400 --osm points.csv")
            .arg("--attribution")
            .arg(words);
        let picture = run.file("points.csv", POINTS).ok().picture("p.png");
        let corner = image::imageops::crop_imm(&picture, 350, 380, 150, 20).to_image();
        corner
            .pixels()
            .filter(|pixel| pixel.0[..3].iter().all(|&channel| channel < 115))
            .count()
    };
    assert!(corner("none") < 10);
    assert!(corner("© Some Body and contributors") > 100);
}

fn blank_png() -> Vec<u8> {
    png(&RgbaImage::from_pixel(256, 256, Rgba([9, 9, 9, 255])))
}

/// A run on a map that begins well and goes wrong at the third tile.
fn goes_wrong(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static, message: &str) {
    let server = Server::start(move |request| {
        if request.path == "/1/1/0.png" {
            answer(request)
        } else {
            checkered(request)
        }
    });
    let done = run(&server, "-o p.png -W 300 --osm points.csv")
        .file("points.csv", POINTS)
        .fails(5, message);
    assert!(
        done.stderr.contains("/1/1/0.png") || message.contains("1/1/0"),
        "{}",
        done.stderr
    );
    assert!(
        !done.folder.path().join("p.png").exists(),
        "no picture with a hole"
    );
    assert!(
        std::fs::read_dir(done.folder.path())
            .expect("a folder")
            .flatten()
            .all(|file| { !file.file_name().to_string_lossy().starts_with(".heatmap-") })
    );
}

#[test]
fn a_bad_tile_ends_the_run_with_its_address_and_what_is_wrong() {
    goes_wrong(|_| Reply::new(404, "gone"), "there is no such tile");
    goes_wrong(|_| Reply::new(403, blank_png()), "403");
    goes_wrong(
        |_| Reply::new(200, blank_png()).header("X-Blocked", "bulk downloads"),
        "bulk downloads",
    );
    goes_wrong(
        |_| Reply::new(200, "<html>sign in</html>").header("Content-Type", "text/html"),
        "sign in",
    );
    goes_wrong(|_| Reply::new(200, vec![0; 3 << 20]), "2 MiB");
    goes_wrong(
        |_| Reply::new(302, "").header("Location", "/1/1/0.png"),
        "leads on more than 3 times",
    );
    goes_wrong(
        |_| Reply::new(429, "slow down").header("Retry-After", "7200"),
        "7200 s",
    );
    goes_wrong(|_| Reply::new(200, png(&RgbaImage::new(100, 100))), "100");
}

#[test]
fn what_passes_is_tried_again() {
    let server = Server::start(|request| match (request.path.as_str(), request.nth) {
        ("/1/1/0.png", 1) => Reply::new(500, "oops"),
        ("/1/0/0.png", 1) => Reply::new(429, "slow down").header("Retry-After", "1"),
        ("/1/0/1.png", 1) => checkered(request).cut(),
        _ => checkered(request),
    });
    run(&server, "-o p.png -W 300 --osm points.csv")
        .file("points.csv", POINTS)
        .ok();
    assert_eq!(server.requests().len(), 7);
}

/// A run on a map whose first tile is answered so at first, and well the second time; the time that
/// it took, in seconds.
fn second_try(first: impl Fn() -> Reply + Send + Sync + 'static) -> f64 {
    let server = Server::start(move |request| {
        if request.path == "/1/1/0.png" && request.nth == 1 {
            first()
        } else {
            checkered(request)
        }
    });
    let begin = std::time::Instant::now();
    run(&server, "-o p.png -W 300 --osm points.csv")
        .file("points.csv", POINTS)
        .ok();
    let tries = server.requests();
    let tries = tries.iter().filter(|request| request.path == "/1/1/0.png");
    assert_eq!(tries.count(), 2);
    begin.elapsed().as_secs_f64()
}

#[test]
fn servers_that_have_trouble_are_asked_again() {
    for status in [501, 505, 507, 511, 599] {
        second_try(move || Reply::new(status, "trouble"));
    }
}

#[test]
fn servers_say_when_to_come_back() {
    let busy = |value: &str| Reply::new(503, "busy").header("Retry-After", value);
    assert!(second_try(move || busy("2")) >= 2.0);
    // A date counts whole seconds, and the first of them may have begun long ago.
    let date = || httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(3));
    assert!(second_try(move || busy(&date())) >= 1.9);
}

#[test]
fn redirects_are_followed_to_the_tile() {
    let server = Server::start(|request| {
        if let Some(path) = request.path.strip_prefix("/moved") {
            let mut there = request.clone();
            path.clone_into(&mut there.path);
            return checkered(&there);
        }
        Reply::new(302, "").header("Location", &format!("/moved{}", request.path))
    });
    let there = Server::start(checkered);
    let picture = |server| {
        let args = "-o p.png -W 300 --osm --attribution none points.csv";
        let run = run(server, args).file("points.csv", POINTS);
        run.ok().picture("p.png")
    };
    assert_eq!(picture(&server), picture(&there));
    assert_eq!(server.requests().len(), 2 * there.requests().len());
}

#[test]
fn tiles_that_have_grown_old_are_asked_for_with_their_version() {
    let server = Server::start(|request| {
        let version = format!("\"{}\"", request.path);
        match request.header("if-none-match") {
            Some(known) if known == version => {
                Reply::new(304, "").header("Cache-Control", "max-age=600")
            }
            Some(_) => Reply::new(400, "another version"),
            None => checkered(request)
                .header("ETag", &version)
                .header("Cache-Control", "max-age=0"),
        }
    });
    let cache = tempfile::tempdir().expect("a temporary folder");
    let picture = || {
        let args = format!(
            "-o p.png -W 300 --osm points.csv --osm_base {}",
            server.url()
        );
        let run = Run::new(&args).arg("--tile-cache").arg(cache.path());
        let picture = run.file("points.csv", POINTS).ok().picture("p.png");
        (picture, server.requests().len())
    };
    let (first, asked) = picture();
    // They are still good, and now fresh for ten minutes.
    assert_eq!(picture(), (first.clone(), 2 * asked));
    assert_eq!(picture(), (first, 2 * asked));
}

#[test]
fn programs_with_a_cold_cache_in_common_fetch_a_tile_once() {
    let server = Server::start(|request| checkered(request).after(Duration::from_millis(50)));
    let cache = tempfile::tempdir().expect("a temporary folder");
    let picture = || {
        let args = format!(
            "-o p.png -W 1300 --osm points.csv --osm_base {}",
            server.url()
        );
        let run = Run::new(&args).arg("--tile-cache").arg(cache.path());
        run.file("points.csv", POINTS).ok().picture("p.png")
    };
    let pictures = std::thread::scope(|scope| {
        [(); 3]
            .map(|()| scope.spawn(picture))
            .map(|run| run.join().expect("a run"))
    });
    assert!(pictures.iter().all(|picture| *picture == pictures[0]));
    let requests = server.requests();
    assert!(requests.len() > 8, "{} tiles", requests.len());
    assert!(requests.iter().all(|request| request.nth == 1));
}

#[test]
fn servers_are_told_the_programs_name_and_what_the_user_adds() {
    let server = Server::start(checkered);
    let name = |told: fn(Run) -> Run| {
        let run = run(&server, "-o p.png -z 0 --osm points.csv").env("HEATMAP_USER_AGENT", "");
        told(run.file("points.csv", POINTS)).ok();
        let requests = server.requests();
        let last = requests.last().expect("a request");
        last.header("user-agent").expect("a name").to_owned()
    };
    let program = concat!("heatmap/", env!("CARGO_PKG_VERSION"));
    assert_eq!(name(|run| run), program);
    let said = name(|run| run.arg("--user-agent").arg("(me@example.org)"));
    assert_eq!(said, format!("{program} (me@example.org)"));
    let environment = name(|run| run.env("HEATMAP_USER_AGENT", "lab 7"));
    assert_eq!(environment, format!("{program} lab 7"));
    let both = name(|run| {
        run.env("HEATMAP_USER_AGENT", "lab 7")
            .arg("--user-agent=me")
    });
    assert_eq!(both, format!("{program} me"));
    let asked = server.requests().len();
    run(&server, "-o p.png -z 0 --osm points.csv --user-agent Zoë")
        .file("points.csv", POINTS)
        .fails(2, "ASCII");
    assert_eq!(server.requests().len(), asked);
}

#[test]
fn servers_that_refuse_may_want_a_contact() {
    let contact = "OpenStreetMap asks programs for a contact";
    for status in [403, 418, 429] {
        let far = |reply: Reply| reply.header("Retry-After", "7200");
        goes_wrong(move |_| far(Reply::new(status, "no")), contact);
    }
    goes_wrong(
        |_| Reply::new(200, blank_png()).header("X-Blocked", "unknown program"),
        contact,
    );
}

#[test]
fn a_tile_that_breaks_its_decoder_is_an_error() {
    let broken = || std::fs::read(data("hostile/tile-palette-of-4-bytes.png")).expect("a tile");
    goes_wrong(move |_| Reply::new(200, broken()), "not a picture");
    let tiles = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(tiles.path().join("0/0")).expect("a folder");
    std::fs::write(tiles.path().join("0/0/0.png"), broken()).expect("a tile");
    Run::new("-o p.png -z 0 points.csv --osm_base")
        .arg(format!("file:{}", tiles.path().display()))
        .file("points.csv", POINTS)
        .fails(3, "0/0/0.png: not a picture");
}

#[test]
fn missing_tiles_may_stay_empty_on_request() {
    let server = Server::start(|request| {
        if request.path == "/1/1/0.png" {
            Reply::new(404, "")
        } else {
            checkered(request)
        }
    });
    let args = "-o p.png -W 300 --osm --missing-tiles blank --attribution none points.csv";
    let picture = run(&server, args)
        .file("points.csv", POINTS)
        .ok()
        .picture("p.png");
    assert!(
        picture.pixels().any(|pixel| pixel.0[3] == 0)
            && picture.pixels().any(|pixel| pixel.0[3] == 255)
    );
}

#[test]
fn tiles_are_fetched_once_and_then_the_network_is_not_needed() {
    let server = Server::start(checkered);
    let Done { folder, .. } = run(&server, "-o p.png -W 300 --osm points.csv")
        .file("points.csv", POINTS)
        .ok();
    let (asked, cache) = (server.requests().len(), folder.path().join("cache"));
    let again = |args: &str| {
        let args = format!(
            "-o p.png -W 300 --osm {args} points.csv --osm_base {} --tile-cache",
            server.url()
        );
        Run::new(&args).arg(&cache).file("points.csv", POINTS)
    };
    again("").ok();
    assert_eq!(server.requests().len(), asked);
    again("--offline").ok();
    again("--offline -z 5").fails(5, "--offline");
    assert_eq!(server.requests().len(), asked);
}

#[test]
fn maps_come_from_folders_and_mbtiles_files_too() {
    let tiles = data("tiles");
    let run = |base: &str| {
        let args = "-o p.png -z 1 -e=-80,-170,80,170 --attribution none -v points.csv --osm_base";
        Run::new(args).arg(base).file("points.csv", POINTS)
    };
    let folder = run(&format!("file:{}", tiles.display()))
        .ok()
        .picture("p.png");
    let file = tempfile::Builder::new()
        .suffix(".mbtiles")
        .tempfile()
        .expect("a temporary file");
    let tables = rusqlite::Connection::open(file.path()).expect("a database");
    tables
        .execute(
            "create table tiles (zoom_level, tile_column, tile_row, tile_data)",
            (),
        )
        .expect("a table");
    for (x, y) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let bytes = std::fs::read(tiles.join(format!("1/{x}/{y}.png"))).expect("a tile");
        tables
            .execute("insert into tiles values (1, ?, ?, ?)", (x, 1 - y, bytes))
            .expect("a row");
    }
    drop(tables);
    assert_eq!(
        folder,
        run(&file.path().display().to_string())
            .ok()
            .picture("p.png")
    );
    run("file:nowhere").fails(3, "nowhere");
    run("ftp://tiles").fails(2, "no source of tiles");
}

#[test]
fn too_many_tiles_and_contradictions_are_found_out_without_the_network() {
    let run = |args: &str| Run::new(args).file("points.csv", POINTS);
    run("-o p.png --osm -z 7 -e=-60,-100,60,100 points.csv").fails(7, "256");
    run("-o p.png --osm_base http://127.0.0.1:9 --max-tiles 3 -W 900 points.csv")
        .fails(7, "--max-tiles");
    run("-o p.png --osm -P equirectangular points.csv").fails(2, "Mercator");
    run("-o p.png --osm -I a.png points.csv").fails(2, "--osm");
    run("-o p.png -z 3 -s 10 points.csv").fails(2, "--scale");
}
