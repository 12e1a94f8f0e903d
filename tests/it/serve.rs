//! `heatmap serve`: its answers are the pictures of the command line, and stay honest whatever is
//! asked, and however.

use std::fmt::Write as _;
use std::io::{BufReader, Read, Write};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::run::Run;
use crate::service::{Answer, Service};
use crate::wants::has;

/// Places in clusters, some more than once, some heavier.
fn places() -> String {
    let mut text = "lat,lon,weight\n".to_owned();
    for i in 0..2000_u32 {
        let (a, b) = (f64::from(i) * 0.618_034, f64::from(i) * 0.754_878);
        let (lat, lon) = (
            f64::from(i % 5) * 9.0 + 20.0,
            f64::from(i % 7) * 20.0 - 60.0,
        );
        let weight = if i.is_multiple_of(10) { 3 } else { 1 };
        writeln!(
            text,
            "{:.6},{:.6},{weight}",
            lat + a.fract() * 4.0,
            lon + b.fract() * 5.0
        )
        .expect("a line");
    }
    text
}

fn service(args: &str) -> Service {
    Service::start(&format!("{args} places.csv"), &[("places.csv", &places())])
}

/// The picture of the command line.
fn still(args: &str, format: &str) -> image::RgbaImage {
    let run = Run::new(&format!("-o out.{format} {args} places.csv")).file("places.csv", places());
    run.ok().picture(&format!("out.{format}"))
}

#[test]
fn pictures_are_those_of_the_command_line() {
    let service = service("");
    for (query, args) in [
        ("bbox=-20,30,40,60&width=250", "--bbox -20,30,40,60 -W 250"),
        (
            "bbox=-20,30,40,60&height=200&width=200&radius=14&decay=1&kernel=quartic",
            "--bbox -20,30,40,60 -W 200 -H 200 -r 14 -d 1 -k quartic",
        ),
        (
            "bbox=-30,25,10,50&width=256&scheme=fire&how=log&max=3&opacity=0.5",
            "--bbox -30,25,10,50 -W 256 --scheme fire --how log --max 3 --opacity 0.5",
        ),
        (
            "bbox=-30,25,10,50&width=256&look=dots",
            "--bbox -30,25,10,50 -W 256 --look dots",
        ),
        (
            "bbox=-30,25,10,50&width=256&dotsize=32&scheme=classic&max=p99",
            "--bbox -30,25,10,50 -W 256 --dotsize 32 --scheme classic --max p99",
        ),
    ] {
        let served = service.get(&format!("/heatmap.png?{query}")).ok();
        assert_eq!(served.header("content-type"), "image/png");
        assert!(served.picture() == still(args, "png"), "{query}");
    }
    let query = "bbox=-20,30,40,60&width=200";
    for (format, kind) in [("webp", "image/webp"), ("jpg", "image/jpeg")] {
        let served = service.get(&format!("/heatmap.{format}?{query}")).ok();
        assert_eq!(served.header("content-type"), kind);
        let wanted = still("--bbox -20,30,40,60 -W 200", format);
        assert!(served.picture() == wanted, "{format}");
    }
    let frame = service.get(&format!("/heatmap.json?{query}")).ok().json();
    assert_eq!(frame["width"], 200);
    assert!((frame["bounds"][0][1].as_f64().expect("west") + 20.0).abs() < 1e-9);
}

/// Corners of a tile a little inside of it, as `-e` has them.
fn extent(z: u8, x: u32, y: u32) -> String {
    let count = f64::from(z).exp2();
    let lon = |x: f64| x / count * 360.0 - 180.0;
    let lat = |y: f64| {
        let mercator = std::f64::consts::PI * (1.0 - 2.0 * y / count);
        mercator.sinh().atan().to_degrees()
    };
    let hair = 1e-6;
    let (x, y) = (f64::from(x), f64::from(y));
    format!(
        "{},{},{},{}",
        lat(y + 1.0 - hair),
        lon(x + hair),
        lat(y + hair),
        lon(x + 1.0 - hair)
    )
}

#[test]
fn tiles_are_pieces_of_the_picture_of_the_command_line() {
    let service = service("");
    // Twice the pixels of the same ground is the next zoom with twice the radius.
    for (tile, zoom, (z, x, y), radius, size) in [
        ("2/1/1.png", 2, (2, 1, 1), 5, 256),
        ("4/8/5.png", 4, (4, 8, 5), 5, 256),
        ("4/8/5@2x.png", 5, (4, 8, 5), 10, 512),
    ] {
        let served = service.get(&format!("/tiles/{tile}?max=4")).ok().picture();
        let frame = format!("-z {zoom} -e {} -W {size} -H {size}", extent(z, x, y));
        let wanted = still(&format!("{frame} -r {radius} --max 4"), "png");
        assert_eq!(wanted.dimensions(), (size, size));
        assert!(served == wanted, "{tile}");
    }
}

#[test]
fn tiles_of_a_zoom_share_one_scale() {
    let service = service("");
    // The whole world at zoom 2, in one picture and in tiles: its range is that of all of them.
    let world = still(
        "-z 2 -e -85.0511,-179.9999,85.0511,179.9999 -W 1024 -H 1024",
        "png",
    );
    for (x, y) in [(1, 1), (2, 1), (3, 1)] {
        let tile = service.get(&format!("/tiles/2/{x}/{y}.png")).ok().picture();
        let part = image::imageops::crop_imm(&world, x * 256, y * 256, 256, 256).to_image();
        assert!(tile == part, "{x} {y}");
    }
    let legend = service.get("/legend.png?z=2").ok().picture();
    assert!(legend.width() > 20);
    let fixed = service.get("/legend.png?z=2&max=7").ok();
    assert_ne!(fixed.body, service.get("/legend.png?z=2").body);
}

#[test]
fn tracks_are_served_too() {
    let track = |at: f64| {
        let fixes: String = (0..40)
            .map(|i| {
                let (lat, lon) = (
                    47.0 + f64::from(i) * 0.003 + at,
                    8.0 + (f64::from(i) * 0.3).sin() * 0.05,
                );
                format!("<trkpt lat=\"{lat:.5}\" lon=\"{lon:.5}\"/>")
            })
            .collect();
        format!("<trk><trkseg>{fixes}</trkseg></trk>")
    };
    let gpx = format!("<gpx version=\"1.1\">{}{}</gpx>", track(0.0), track(0.01));
    let service = Service::start("tracks.gpx", &[("tracks.gpx", &gpx)]);
    for (query, args) in [
        ("", ""),
        ("&radius=9&decay=0", "-r 9 -d 0"),
        ("&look=tracks", "--look tracks"),
    ] {
        let served = service.get(&format!(
            "/heatmap.png?bbox=7.9,46.95,8.1,47.2&width=300{query}"
        ));
        let args = format!("-o out.png --bbox 7.9,46.95,8.1,47.2 -W 300 {args} tracks.gpx");
        let wanted = Run::new(&args)
            .file("tracks.gpx", &gpx)
            .ok()
            .picture("out.png");
        assert!(served.ok().picture() == wanted, "{query}");
    }
    // Whoever draws points alone cannot draw these.
    let legend = service.get("/legend.json?z=7").ok().json();
    assert_eq!(legend["passes"][0]["falloff"], Value::Null, "{legend}");
}

#[test]
fn points_are_given_and_thinned() {
    let service = service("");
    let all = service.get("/points.json").ok().json();
    assert_eq!(
        (&all["total"], &all["thinned"]),
        (&json!(2000), &json!(false))
    );
    assert_eq!(all["points"].as_array().expect("points").len(), 2000);
    let heavy = all["points"].as_array().expect("points").iter();
    assert_eq!(heavy.filter(|point| point[2] == 3.0).count(), 200);
    let some = service
        .get("/points.json?limit=50&bbox=-180,-80,180,80")
        .ok()
        .json();
    assert_eq!(
        (&some["total"], &some["thinned"]),
        (&json!(2000), &json!(true))
    );
    assert_eq!(some["points"].as_array().expect("points").len(), 50);
    let none = service.get("/points.json?bbox=0,-10,1,-9").ok().json();
    assert_eq!(none, json!({ "points": [], "total": 0, "thinned": false }));
    let packed = service.ask(
        "GET",
        "/points.json",
        &[("Accept-Encoding", "br, gzip;q=0.8")],
        b"",
    );
    assert_eq!(
        (packed.header("content-encoding"), packed.header("vary")),
        ("gzip", "Accept-Encoding")
    );
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed.body[..])
        .read_to_string(&mut text)
        .expect("gzip");
    let unpacked: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(unpacked, all);
    let refused = service.ask(
        "GET",
        "/points.json",
        &[("Accept-Encoding", "gzip;q=0")],
        b"",
    );
    assert_eq!(refused.header("content-encoding"), "");
}

#[test]
fn what_lies_beyond_the_end_of_the_map_is_there() {
    let rows = "lat,lon\n89,10\n-88,12\n10,10\n";
    let service = Service::start("places.csv", &[("places.csv", rows)]);
    let points = service.get("/points.json").ok().json();
    assert_eq!(points["total"], 3);
    let bounds = service.get("/tiles.json").ok().json();
    let north = bounds["bounds"][3].as_f64().expect("a number");
    assert!((north - 85.051_128).abs() < 1e-6, "{north}");
    let north = rows.replace("-88,12\n10,10\n", "88,12\n");
    let service = Service::start("places.csv", &[("places.csv", &north)]);
    assert_eq!(service.get("/points.json").ok().json()["total"], 2);
    drop(service.get("/heatmap.png").ok());
}

/// The same places, one every five hours, from the beginning of 2023 on; every hundredth without a
/// time.
fn dated() -> String {
    let begin = 1_672_531_200;
    let times = (0..).map(|i| {
        if i % 100 == 99 {
            String::new()
        } else {
            (begin + i * 18_000).to_string()
        }
    });
    let mut lines = String::from("lat,lon,weight,timestamp\n");
    for (line, time) in places().lines().skip(1).zip(times) {
        writeln!(lines, "{line},{time}").expect("a line");
    }
    lines
}

#[test]
fn times_are_chosen_by_requests_and_are_those_of_the_command_line() {
    let csv = dated();
    let service = Service::start("places.csv", &[("places.csv", &csv)]);
    let still = |args: &str| {
        let run = Run::new(&format!("-o out.png {args} places.csv"));
        run.file("places.csv", &csv).ok().picture("out.png")
    };
    for (query, args) in [
        ("after=2023-03", "--after 2023-03"),
        ("before=2023-11-11T11:00Z", "--before 2023-11-11T11:00Z"),
        (
            "after=2023-02-11&before=2023-09-21T08:00",
            "--after 2023-02-11 --before 2023-09-21T08:00",
        ),
    ] {
        let frame = "bbox=-20,30,40,60&width=250";
        let served = service.get(&format!("/heatmap.png?{frame}&{query}")).ok();
        assert!(
            served.picture() == still(&format!("--bbox -20,30,40,60 -W 250 {args}")),
            "{query}"
        );
        let tile = service.get(&format!("/tiles/2/2/1.png?max=4&{query}")).ok();
        let frame = format!("-z 2 -e {} -W 256 -H 256 --max 4 {args}", extent(2, 2, 1));
        assert!(tile.picture() == still(&frame), "{query}");
        let points = service.get(&format!("/points.json?{query}")).ok().json();
        let times = service.get(&format!("/times.json?{query}")).ok().json();
        assert_eq!(points["total"], times["total"], "{query}");
        assert_ne!(points["total"], 2000);
    }
    // The scale is that of what was then.
    let world =
        still("-z 1 -e -85.0511,-179.9999,85.0511,179.9999 -W 512 -H 512 --after 2023-12-24");
    let tile = service
        .get("/tiles/1/1/0.png?after=2023-12-24")
        .ok()
        .picture();
    let part = image::imageops::crop_imm(&world, 256, 0, 256, 256).to_image();
    assert!(tile == part);
    let legend = |query: &str| service.get(&format!("/legend.png?z=1{query}")).ok().body;
    assert_ne!(legend(""), legend("&after=2023-12-24"));
}

#[test]
fn times_have_a_histogram() {
    let service = Service::start("places.csv", &[("places.csv", &dated())]);
    let all = service.get("/times.json").ok().json();
    assert_eq!(
        (&all["first"], &all["total"]),
        (&json!("2023-01-01T00:00:00Z"), &json!(1980))
    );
    let counts = |told: &Value| -> Vec<u64> {
        let counts = told["counts"].as_array().expect("counts").iter();
        counts
            .map(|count| count.as_u64().expect("a count"))
            .collect()
    };
    assert_eq!(
        (counts(&all).len(), counts(&all).iter().sum::<u64>()),
        (60, 1980)
    );
    // Ten hours have two places each, and a day has five.
    let some = service
        .get("/times.json?after=2023-01-02&before=2023-01-04&bins=2")
        .ok()
        .json();
    assert_eq!(
        (counts(&some), &some["seconds"]),
        (vec![5, 5], &json!(86400.0))
    );
    assert_eq!(some["before"], "2023-01-04T00:00:00Z");
    let nowhere = service
        .get("/times.json?bbox=0,-10,1,-9&bins=7")
        .ok()
        .json();
    assert_eq!(counts(&nowhere), [0; 7]);
    assert_eq!(service.get("/times.json?bins=0").status, 400);
    let told = service.get("/tiles.json").ok().json();
    assert_eq!(told["times"], json!([all["first"], all["last"]]));
}

#[test]
fn times_of_data_without_any_are_refused() {
    let service = service("");
    for target in [
        "/heatmap.png?after=2023",
        "/heatmap.json?after=2023",
        "/tiles/0/0/0.png?after=2023",
        "/tiles.json?after=2023",
        "/points.json?after=2023",
        "/times.json?after=2023",
        "/legend.png?z=3&after=2023",
    ] {
        let answer = service.get(target);
        assert_eq!(answer.status, 400, "{target}");
        let problem = answer.json();
        assert_eq!(problem["parameter"], "after", "{target}");
        assert_eq!(
            problem["detail"],
            "the data have no times, so none can be asked for"
        );
    }
    let none = service.get("/times.json").ok().json();
    assert_eq!(
        (&none["first"], &none["counts"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(service.get("/tiles.json").json()["times"], Value::Null);
}

#[test]
fn wrong_requests_are_told_what_is_wrong() {
    let service = service("--largest-radius 100");
    for (target, status, parameter, words) in [
        ("/heatmap.png?radius=101", 400, "radius", "from 0.5 to 100"),
        ("/heatmap.png?width=4000", 400, "width", "2048"),
        (
            "/heatmap.png?bbox=0,0,1,80&width=100",
            400,
            "height",
            "2048",
        ),
        ("/heatmap.png?bbox=1,2,3", 400, "bbox", "west"),
        (
            "/heatmap.png?colour=red",
            400,
            "colour",
            "no parameter here",
        ),
        ("/heatmap.png?how=eq_hist&max=3", 400, "", "span of its own"),
        (
            "/tiles/3/1/2.png?width=3",
            400,
            "width",
            "no parameter here",
        ),
        ("/tiles/3/9/2.png", 404, "", "no such tile"),
        ("/tiles/99/9/2.png", 404, "", "no such tile"),
        ("/tiles/3/%2e%2e/2.png", 404, "", "no such tile"),
        ("/legend.png", 400, "z", "one of both"),
        ("/legend.png?z=3&width=100", 400, "width", "of a picture"),
        ("/healthz?x=1", 400, "x", "no parameter"),
        ("/../etc/passwd", 404, "", "nothing here"),
        (
            "/tiles/1/0/0.png?scheme=%00%1b[31m",
            400,
            "scheme",
            "one of",
        ),
        (
            "/heatmap.png?width=2048&height=2048&radius=100",
            413,
            "radius",
            "too long",
        ),
    ] {
        let answer = service.get(target);
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{target}"
        );
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{target}");
        assert_eq!(
            problem["parameter"].as_str().unwrap_or_default(),
            parameter,
            "{target}"
        );
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains(words), "{target}: {detail}");
    }
    assert_eq!(service.ask("POST", "/heatmap.png", &[], b"x").status, 405);
    assert_eq!(
        service.ask("DELETE", "/tiles/0/0/0.png", &[], b"").status,
        405
    );
    let long = format!("/heatmap.png?v={}", "x".repeat(9000));
    assert_eq!(service.get(&long).status, 414);
    assert!(
        service
            .get(&format!("/heatmap.png?v={}", "x".repeat(100_000)))
            .status
            >= 400
    );
    assert_eq!(service.get("/healthz").ok().body, b"alive\n");
}

#[test]
fn caches_are_told_what_is_true() {
    let service = service("--max-age 60");
    let first = service.get("/tiles/2/1/1.png?radius=6&scheme=fire").ok();
    let tag = first.header("etag");
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    assert_eq!(first.header("cache-control"), "public, max-age=60");
    for known in [
        tag,
        "\"other\", *",
        &format!("W/{tag}"),
        &format!("\"a\", {tag}"),
    ] {
        let again = service.ask(
            "GET",
            // The order of parameters makes no difference, and neither does `v`.
            "/tiles/2/1/1.png?scheme=fire&v=7&radius=6.0",
            &[("If-None-Match", known)],
            b"",
        );
        assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    let other = service.ask("GET", "/tiles/2/1/1.png", &[("If-None-Match", tag)], b"");
    assert_eq!(other.status, 200);
    assert_ne!(other.header("etag"), tag);
    let head = service.ask("HEAD", "/tiles/2/1/1.png", &[], b"").ok();
    assert_eq!(head.body.len(), 0);
    assert_eq!(head.header("content-length"), other.body.len().to_string());
    let told = service.get("/tiles.json").ok().json();
    let version = told["version"].as_str().expect("a version").to_owned();
    let epoch = version.rsplit('+').next().expect("an epoch");
    let kept = service.get(&format!("/tiles/2/1/1.png?v={epoch}")).ok();
    assert!(kept.header("cache-control").contains("immutable"));
    // The next run with the same data has the same tags.
    let next = self::service("--max-age 60");
    assert_eq!(
        next.get("/tiles/2/1/1.png?radius=6&scheme=fire")
            .header("etag"),
        tag
    );
}

#[test]
fn what_there_is_is_told() {
    // Examples ask for times.
    let files = [("places.csv", &*dated())];
    let service = Service::start("--attribution Somebody --title Here places.csv", &files);
    let tiles = service.get("/tiles.json?scheme=fire&radius=9").ok().json();
    assert_eq!(
        (&tiles["tilejson"], &tiles["name"]),
        (&json!("3.0.0"), &json!("Here"))
    );
    assert_eq!(tiles["attribution"], "Somebody");
    let template = tiles["tiles"][0].as_str().expect("a template");
    let local = format!("http://{}", service.address);
    let target = template.strip_prefix(&local).expect("this host");
    let target = target
        .replace("{z}", "2")
        .replace("{x}", "1")
        .replace("{y}", "1");
    assert_eq!(target, "/tiles/2/1/1.png?scheme=fire&radius=9");
    service.get(&target).ok();
    let schemes = service.get("/schemes.json").ok().json();
    let fire = schemes
        .as_array()
        .expect("schemes")
        .iter()
        .find(|s| s["name"] == "fire");
    assert_eq!(
        fire.expect("fire")["colors"]
            .as_array()
            .expect("colours")
            .len(),
        32
    );
    let document = service.get("/openapi.json").ok().json();
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() >= 13);
    for (path, what) in paths {
        examples(&service, path, &what["get"]["parameters"]);
    }
}

/// Asks for a path with each parameter as the document's examples have it.
fn examples(service: &Service, path: &str, parameters: &Value) {
    let parameters = parameters.as_array().expect("parameters");
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all
            .iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
            .join(","),
        other => other.to_string(),
    };
    let mut target = path.to_owned();
    let (parts, queries): (Vec<_>, Vec<_>) = parameters
        .iter()
        .partition(|parameter| parameter["in"] == "path");
    for part in parts {
        let name = part["name"].as_str().expect("a name");
        target = target.replace(&format!("{{{name}}}"), &text(&part["example"]));
    }
    let needed = match path {
        "/legend.png" | "/legend.json" => "&z=2",
        _ if path.starts_with("/heatmap") => "&width=64",
        _ => "",
    };
    service
        .get(&format!("{target}?{}", needed.trim_start_matches('&')))
        .ok();
    for query in queries {
        let name = query["name"].as_str().expect("a name");
        let is_side = matches!(name, "width" | "height");
        let needed = match (name, path) {
            ("z" | "bbox", _) => "",
            (_, "/legend.png" | "/legend.json") if is_side => "&bbox=-10,35,30,60",
            _ if is_side => "",
            _ => needed,
        };
        let answer = service.get(&format!(
            "{target}?{name}={}{needed}",
            text(&query["example"])
        ));
        assert_eq!(
            answer.status,
            200,
            "{path} {name}: {}",
            String::from_utf8_lossy(&answer.body)
        );
    }
}

/// The page after its scripts have run in Chromium.
fn browse(service: &Service, hash: &str) -> String {
    let output = chromium(service, hash, "--dump-dom");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What is seen of it to the left of its panel, but for what Chromium's bars cover until it is
/// photographed.
fn seen(service: &Service, hash: &str) -> image::RgbaImage {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("page.png");
    chromium(service, hash, &format!("--screenshot={}", file.display()));
    let page = image::open(file).expect("a screenshot").into_rgba8();
    image::imageops::crop_imm(&page, 60, 90, 340, 310).to_image()
}

/// Chromium opens the page, without a network but this machine's.
fn chromium(service: &Service, hash: &str, what: &str) -> std::process::Output {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --virtual-time-budget=15000 --window-size=700,500";
    Command::new("chromium")
        .args(flags.split_whitespace())
        .arg(what)
        .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://{}/{hash}", service.address))
        .output()
        .expect("Chromium")
}

#[test]
fn the_page_shows_tiles_and_from_zoom_7_on_points() {
    if !has("chromium") {
        return;
    }
    let service = service("--title Everywhere");
    let whole = browse(&service, "");
    assert!(
        whole.contains("<h1 id=\"title\">Everywhere</h1>"),
        "{whole}"
    );
    assert!(
        whole.contains("src=\"tiles/") && whole.contains("leaflet-tile-loaded"),
        "{whole}"
    );
    assert!(whole.contains("src=\"legend.png?"), "{whole}");
    // The address says all of it.
    let styled = browse(&service, "#4/40/0?scheme=fire&radius=20&streets=0");
    assert!(
        styled.contains("/tiles/{z}/{x}/{y}.png?scheme=fire") || styled.contains("tiles/4/"),
        "{styled}"
    );
    assert!(styled.contains("scheme=fire&amp;radius=20"), "{styled}");
    assert!(!styled.contains("leaflet-heatmap-layer"), "{styled}");
    assert!(styled.contains("id=\"times\" hidden"), "{styled}");
    let handed = browse(&service, "#7/40/0?streets=0");
    assert!(
        handed.contains("leaflet-heatmap-layer") && handed.contains("drawn by the browser"),
        "{handed}"
    );
    assert!(!handed.contains("src=\"tiles/"), "{handed}");
    assert!(handed.contains("src=\"legend.png?z=7"), "{handed}");
    let kept = browse(&service, "#7/40/0?streets=0&client=0");
    assert!(
        kept.contains("src=\"tiles/7/") && !kept.contains("leaflet-heatmap-layer"),
        "{kept}"
    );
}

/// How far two pictures are apart in a channel: on average, and where it is most.
fn apart(one: &image::RgbaImage, other: &image::RgbaImage) -> (f64, u8) {
    let channels = one.as_raw().iter().zip(other.as_raw());
    let apart = channels.map(|(a, b)| a.abs_diff(*b));
    let (all, most) = apart.fold((0_u64, 0), |(all, most), one| {
        (all + u64::from(one), most.max(one))
    });
    (all as f64 / one.as_raw().len() as f64, most)
}

#[test]
fn what_the_browser_draws_looks_as_what_the_service_draws() {
    if !has("chromium") {
        return;
    }
    // So close to one another that their heat piles up.
    let crowd = |heaviest: u32| {
        let place = |i: u32| {
            let (a, b) = (f64::from(i) * 0.618_034, f64::from(i) * 0.754_878);
            let (lat, lon) = (39.0 + 2.0 * a.fract(), -39.5 + 2.0 * b.fract());
            format!("{lat:.6},{lon:.6},{}\n", 1 + i % heaviest)
        };
        let places: String = (0..3000).map(place).collect();
        let text = format!("lat,lon,weight\n{places}");
        Service::start("crowd.csv", &[("crowd.csv", &text)])
    };
    let (alike, heavier) = (crowd(1), crowd(4));
    for (service, hash, most) in [
        (&alike, "#7/39.9/-38.5?streets=0", 4),
        (
            &alike,
            "#8/39.9/-38.5?streets=0&radius=20&scheme=viridis",
            4,
        ),
        (&alike, "#8/39.9/-38.5?streets=0&look=glow&radius=9", 4),
        (&heavier, "#7/39.9/-38.5?streets=0&radius=12", 4),
    ] {
        let browser = seen(service, hash);
        let tiles = seen(service, &format!("{hash}&client=0"));
        let ground = *tiles.get_pixel(0, 0);
        let painted = tiles.pixels().filter(|pixel| **pixel != ground).count();
        assert!(painted > 5000, "{hash}: {painted}");
        let (mean, farthest) = apart(&browser, &tiles);
        assert!(mean < 0.5 && farthest <= most, "{hash}: {mean} {farthest}");
    }
}

#[test]
fn a_legend_is_told_in_numbers_too() {
    let service = service("");
    let legend = service
        .get("/legend.json?z=4&radius=2&decay=0.5&max=3&scheme=fire")
        .ok()
        .json();
    let passes = legend["passes"].as_array().expect("passes");
    let pass = &passes[0];
    assert_eq!((passes.len(), &pass["decay"]), (1, &json!(0.5)));
    assert_eq!(pass["falloff"], json!([1.0, 0.5, 0.292_893, 0.133_975]));
    let colors = pass["colors"].as_array().expect("colours");
    assert_eq!(colors.len(), 256);
    let hottest = colors[255].as_array().expect("a colour");
    assert_eq!(hottest[0], 3.0, "{hottest:?}");
    let glow = service.get("/legend.json?z=4&look=glow").ok().json();
    assert!(
        glow["passes"].as_array().expect("passes").len() > 1,
        "{glow}"
    );
}

#[test]
fn the_page_has_a_range_of_times_in_its_address() {
    if !has("chromium") {
        return;
    }
    let service = Service::start("places.csv", &[("places.csv", &dated())]);
    let all = browse(&service, "");
    assert!(!all.contains("id=\"times\" hidden"), "{all}");
    assert_eq!(all.matches("class=\"chosen\"").count(), 60, "{all}");
    let some = browse(
        &service,
        "#7/40/0?client=1&after=2023-03-01T00%3A00%3A00Z&before=2023-05",
    );
    assert!(some.contains(">2023-03-01 – 2023-05<"), "{some}");
    let chosen = some.matches("class=\"chosen\"").count();
    assert!((6..=10).contains(&chosen), "{chosen} of {some}");
    // Tiles for JOSM are those that are shown.
    assert!(
        some.contains("after%3D2023-03-01T00%253A00%253A00Z%26before%3D2023-05"),
        "{some}"
    );
    let query = "bbox=-180,-80,180,80&after=2023-03-01&before=2023-05";
    let points = service.get(&format!("/points.json?{query}")).ok().json();
    assert_eq!(points["thinned"], false);
    assert!(some.contains("drawn by the browser"), "{some}");
}

#[test]
fn the_page_brings_all_that_it_needs_and_may_do_no_more() {
    let service = service("");
    let page = service.get("/").ok();
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"));
    assert!(page.header("content-type").starts_with("text/html"));
    let script = [("Accept-Encoding", "gzip")];
    let script = service.ask("GET", "/assets/leaflet.js", &script, b"").ok();
    assert_eq!(script.header("content-encoding"), "gzip");
    assert!(script.header("content-type").starts_with("text/javascript"));
    let licences = service.get("/assets/licences.txt").ok();
    let licences = String::from_utf8(licences.body).expect("text");
    assert!(licences.contains("Vladimir Agafonkin") && licences.contains("Leaflet"));
    assert_eq!(service.get("/assets/..%2fmod.rs").status, 404);
}

/// What the page of the twine heat map asks for when its map is moved: pictures up to zoom 6, which
/// it lays over the map, and from zoom 7 on points for the heat that it draws itself.
#[test]
fn the_twine_heat_map_finds_what_it_asks_for() {
    let service = service("-b black --scheme viridis");
    let mut pictures = std::collections::HashSet::new();
    for zoom in 2..=8 {
        let half = 180.0 / f64::from(zoom).exp2();
        let (south, west, north, east) = (40.0 - half, -half, 40.0 + half, half);
        let bounds = format!("[[{south},{west}],[{north},{east}]]");
        let style = "dotSize=30&opacity=128&imgSize=[200,160]&scheme=fire";
        let target = format!("/twine-heatmap?png={}&{style}&bounds={bounds}", zoom < 7);
        let answer = service.get(&target).ok().json();
        if zoom >= 7 {
            assert_eq!(answer["thinned"], false);
            for point in answer["data"].as_array().expect("points") {
                let [lat, lon] = [0, 1].map(|at| point[at].as_f64().expect("a number"));
                assert_eq!(point.as_array().expect("a pair").len(), 2);
                assert!(south <= lat && lat <= north && west <= lon && lon <= east);
            }
            continue;
        }
        let name = answer["filename"].as_str().expect("a name");
        let image = service.get(&format!("/imgs/{name}.png")).ok();
        assert!(image.header("cache-control").contains("immutable"));
        let args = format!(
            "--bbox {west},{south},{east},{north} -W 200 -H 160 --dotsize 30 --scheme fire --opacity {}",
            128.0 / 255.0
        );
        assert!(image.picture() == still(&args, "png"), "{zoom}");
        // Nobody else has this name, and who asks again has the same.
        assert!(pictures.insert(name.to_owned()));
        assert_eq!(service.get(&target).json()["filename"], name);
    }
}

#[test]
fn the_twine_heat_map_may_post_what_it_asks_for() {
    let service = service("");
    let json = br#"{"png": true, "dotSize": 30, "opacity": 200, "imgSize": [150, 100], "bounds": [[20, -40], [60, 50]], "scheme": "pbj"}"#;
    let form = b"png=true&dotSize=30&opacity=200&imgSize[]=150&imgSize[]=100&bounds[0][]=20&bounds[0][]=-40&bounds[1][]=60&bounds[1][]=50&scheme=pbj";
    let post = |kind: &str, body: &[u8]| {
        service.ask("POST", "/twine-heatmap", &[("Content-Type", kind)], body)
    };
    let one = post("application/json; charset=utf-8", json).ok().json();
    let other = post("application/x-www-form-urlencoded", form).ok().json();
    assert_eq!(one, other);
    let name = one["filename"].as_str().expect("a name");
    let size = service
        .get(&format!("/imgs/{name}.png"))
        .ok()
        .picture()
        .dimensions();
    assert_eq!(size, (150, 100));
    for (kind, body, status, parameter) in [
        (
            "application/json",
            &b"{\"scheme\": \"viridis\"}"[..],
            400,
            "scheme",
        ),
        (
            "application/json",
            b"{\"imgSize\": [5000, 5]}",
            400,
            "imgSize",
        ),
        (
            "application/json",
            b"{\"bounds\": [[1, 2], [1, 3]]}",
            400,
            "bounds",
        ),
        ("application/json", b"{\"opacity\": 256}", 400, "opacity"),
        ("application/json", b"{\"cmd\": \"rm\"}", 400, "cmd"),
        ("application/json", b"{", 400, ""),
        ("text/plain", b"png=true", 415, ""),
        ("application/json", &[b' '; 10_000], 413, ""),
    ] {
        let answer = post(kind, body);
        assert_eq!(
            answer.status,
            status,
            "{:?}",
            String::from_utf8_lossy(&answer.body)
        );
        assert_eq!(
            answer.json()["parameter"].as_str().unwrap_or_default(),
            parameter
        );
    }
    for name in ["nothing.png", "..%2f..%2fetc%2fpasswd", "x.jpg", ".png"] {
        assert_eq!(service.get(&format!("/imgs/{name}")).status, 404, "{name}");
    }
}

#[test]
fn other_pages_may_use_it_when_they_are_let() {
    let closed = service("");
    let origin = [("Origin", "https://a.example")];
    let answer = closed.ask("GET", "/tiles/0/0/0.png", &origin, b"");
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let open = service("--cors https://a.example,https://b.example");
    let answer = open.ask("GET", "/tiles/0/0/0.png", &origin, b"").ok();
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://a.example"
    );
    assert!(answer.header("vary").contains("Origin"));
    let other = open.ask(
        "GET",
        "/tiles/0/0/0.png",
        &[("Origin", "https://c.example")],
        b"",
    );
    assert_eq!(other.header("access-control-allow-origin"), "");
    let asks = open.ask("OPTIONS", "/points.json", &origin, b"");
    assert_eq!(asks.status, 204);
    assert!(asks.header("access-control-allow-methods").contains("GET"));
}

#[test]
fn slow_clients_are_cut_off_and_others_are_served_meanwhile() {
    let service = service("--most-connections 4");
    // A head that never ends, one that comes byte by byte, and a connection without a word.
    let mut half = service.connect();
    half.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        .expect("half a head");
    let mut silent = service.connect();
    let begin = Instant::now();
    let mut drip = service.connect();
    let dripping = thread::spawn(move || {
        let head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Drip: "
            .iter()
            .chain(std::iter::repeat(&b'a'));
        for byte in head.take(200) {
            if drip.write_all(&[*byte]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(250));
        }
    });
    assert_eq!(service.get("/healthz").ok().body, b"alive\n");
    let mut rest = Vec::new();
    let _ = half.read_to_end(&mut rest);
    assert!(
        rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"),
        "{:?}",
        String::from_utf8_lossy(&rest)
    );
    let _ = silent.read_to_end(&mut Vec::new());
    dripping.join().expect("the dripping ends");
    let took = begin.elapsed();
    assert!(
        took > Duration::from_secs(5) && took < Duration::from_secs(40),
        "{took:?}"
    );
    // All places are free again.
    for _ in 0..4 {
        service.get("/readyz").ok();
    }
}

#[test]
fn who_never_reads_does_not_hold_the_others_up() {
    let service = service("");
    let target = "/heatmap.png?bbox=-60,20,80,60&width=1200&height=900&decay=1";
    service.get(target).ok();
    let greedy: Vec<_> = (0..8)
        .map(|_| {
            let mut stream = service.connect();
            for _ in 0..40 {
                let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
                stream.write_all(request.as_bytes()).expect("a request");
            }
            stream
        })
        .collect();
    let begin = Instant::now();
    for _ in 0..20 {
        service.get("/tiles/2/1/1.png").ok();
    }
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
    drop(greedy);
    service.get("/healthz").ok();
}

#[test]
fn the_same_thing_is_made_once_and_too_much_is_refused_at_once() {
    let service = service("--threads 1");
    let target = "/heatmap.png?bbox=-60,20,80,60&width=250&height=250&radius=30&decay=0.9";
    let answers: Vec<Answer> = thread::scope(|scope| {
        let asking: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| service.get(target).ok()))
            .collect();
        asking
            .into_iter()
            .map(|one| one.join().expect("an answer"))
            .collect()
    });
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    // More different pictures than may wait: the rest is told to come back.
    let answers: Vec<Answer> = thread::scope(|scope| {
        let ask = |number: u32| {
            let service = &service;
            move || {
                service.get(&format!(
                    "/heatmap.png?width=100&radius=20.{number}&decay=0.9"
                ))
            }
        };
        let asking: Vec<_> = (100..220).map(|number| scope.spawn(ask(number))).collect();
        asking
            .into_iter()
            .map(|one| one.join().expect("an answer"))
            .collect()
    });
    let (good, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert!(
        !good.is_empty() && !busy.is_empty(),
        "{} {}",
        good.len(),
        busy.len()
    );
    for answer in busy {
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), "1");
    }
}

#[cfg(unix)]
#[test]
fn it_ends_what_it_began_and_nothing_of_a_client_acts_on_the_terminal() {
    let service = service("-v --threads 1");
    service.get("/heatmap.png?scheme=%1b[31m%0aforged\u{9b}x");
    let mut stream = service.connect();
    let target = "/heatmap.png?bbox=-60,20,80,60&width=200&height=200&radius=20&decay=0.9";
    let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
    thread::sleep(Duration::from_millis(300));
    let answer = thread::spawn(move || Answer::read(&mut stream));
    let (code, said) = service.stop();
    assert_eq!(
        answer
            .join()
            .expect("an answer")
            .ok()
            .header("content-type"),
        "image/png"
    );
    assert_eq!(code, Some(0), "{said}");
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with('{')).collect();
    assert!(lines.len() >= 2, "{said}");
    for line in lines {
        let record: Value = serde_json::from_str(line).expect("JSON");
        assert!(
            record["status"].is_u64() && record["ms"].is_number(),
            "{line}"
        );
    }
    assert!(!said.contains('\u{1b}') && !said.lines().any(|line| line.starts_with("forged")));
}

#[cfg(unix)]
#[test]
fn whoever_asks_while_it_ends_is_answered_and_told_that_this_is_the_last_answer() {
    let service = service("");
    let connected = || BufReader::new(service.connect());
    let (mut idle, mut late) = (connected(), connected());
    let is_last = |answer: &Answer| answer.header("connection") == "close";
    thread::scope(|scope| {
        for _ in 0..8 {
            let mut stream = connected();
            scope.spawn(move || {
                for number in 0.. {
                    let answer = Answer::next(&mut stream, "/tiles/2/1/1.png");
                    let answer = answer.unwrap_or_else(|| panic!("no answer to {number}"));
                    if is_last(&answer.ok()) {
                        return;
                    }
                }
            });
        }
        thread::sleep(Duration::from_millis(300));
        service.signal("TERM");
        // It has said nothing yet.
        let answers = std::iter::repeat_with(|| Answer::next(&mut late, "/readyz"));
        let mut answers = answers.map(|answer| answer.expect("an answer"));
        let last = answers.find(is_last).expect("the last answer");
        assert_eq!(last.status, 503);
        assert_eq!(last.json()["detail"], "the service is stopping");
    });
    // Who never asks does not hold it up.
    assert_eq!(idle.read(&mut [0]).expect("the end"), 0);
    let (code, said) = service.ended();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_it_does_is_measured_at_an_address_of_its_own() {
    let service = service("--metrics-listen 127.0.0.1:0");
    for _ in 0..3 {
        service.get("/tiles/2/1/1.png").ok();
    }
    assert_eq!(service.get("/metrics").status, 404);
    let page = service.metrics();
    for wanted in [
        "heatmap_cache_hits_total 2\n",
        "heatmap_cache_misses_total 1\n",
        "heatmap_request_seconds_count{route=\"tile\",status=\"200\"} 3\n",
        "# TYPE heatmap_queue gauge\n",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
}

#[test]
fn what_cannot_be_served_is_an_error_at_once() {
    Run::new("serve --listen 127.0.0.1:0 missing.csv").fails(3, "missing.csv");
    Run::new("serve --listen 256.0.0.1:80 x.csv").fails(2, "127.0.0.1:8080");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    Run::new(&format!("serve --listen {address} x.csv")).fails(5, "cannot be accepted");
    Run::new("serve --osm x.csv").fails(2, "not for a service");
    let help = Run::new("serve --help").ok();
    assert!(String::from_utf8_lossy(&help.stdout).contains("--listen"));
}

/// How many points the service has, as the metrics of its last reading.
fn points(service: &Service) -> usize {
    let answer = service
        .get("/points.json?bbox=-180,-85,180,85&limit=10")
        .ok()
        .json();
    answer["points"].as_array().map_or(0, Vec::len)
}

#[test]
fn new_data_are_taken_up_while_it_serves_and_broken_ones_are_not() {
    let service = Service::start("--watch=1 a.csv", &[("a.csv", "lat,lon\n1,1\n")]);
    let file = service.folder.join("a.csv");
    let tag = |service: &Service| {
        let tile = service.get("/tiles/2/2/1.png").ok();
        tile.header("etag").to_owned()
    };
    let first = tag(&service);
    assert_eq!(points(&service), 1);
    std::fs::write(&file, "lat,lon\n1,1\n2,2\n").expect("a file");
    let begin = Instant::now();
    while points(&service) == 1 {
        assert!(
            begin.elapsed() < Duration::from_mins(1),
            "{}",
            service.said()
        );
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(points(&service), 2);
    assert_ne!(tag(&service), first);
    std::fs::write(&file, "nothing of the kind\n").expect("a file");
    service.wait_for("the old data go on, for the new ones cannot be read: a.csv");
    assert_eq!(points(&service), 2);
    service.get("/readyz").ok();
}

#[cfg(unix)]
#[test]
fn a_hang_up_has_the_data_read_again() {
    let service = Service::start("a.csv", &[("a.csv", "lat,lon\n1,1\n")]);
    std::fs::write(service.folder.join("a.csv"), "lat,lon\n1,1\n2,2\n3,3\n").expect("a file");
    service.signal("HUP");
    service.wait_for("serving 3 points");
    assert_eq!(points(&service), 3);
    let (code, said) = service.stop();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_hang_up_has_the_data_read_again_also_in_the_background() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "lat,lon\n1,1\n").expect("a file");
    // As nohup does.
    let mut deaf = Command::new("sh");
    deaf.args([
        "-c",
        "trap '' HUP; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_heatmap"),
    ]);
    let service = Service::begin_by(deaf, folder.path(), "a.csv");
    service.wait_for("serving 1 points");
    std::fs::write(&file, "lat,lon\n1,1\n2,2\n3,3\n").expect("a file");
    service.signal("HUP");
    service.wait_for("serving 3 points");
}

/// Starts it in a folder that another one had, and gives what it says until it serves.
fn again(folder: &std::path::Path, args: &str) -> (Service, String) {
    let service = Service::begin_in(folder, args);
    service.wait_for("serving");
    let said = service.said();
    (service, said)
}

#[test]
fn an_index_is_used_as_long_as_it_is_that_of_the_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (csv, index) = (folder.path().join("a.csv"), folder.path().join("a.idx"));
    let track = "<gpx version=\"1.1\"><trk><trkseg><trkpt lat=\"1\" lon=\"1\"><time>2024-01-01T00:00:00Z</time></trkpt><trkpt lat=\"2\" lon=\"3\"/></trkseg></trk><wpt lat=\"4\" lon=\"4\"/></gpx>";
    std::fs::write(folder.path().join("a.gpx"), track).expect("a file");
    std::fs::write(&csv, dated()).expect("a file");
    let answers = |service: &Service| {
        let targets = [
            "/tiles/2/1/1.png",
            "/tiles/2/2/1.png?after=2023-05",
            "/points.json",
            "/times.json",
            "/tiles.json",
        ];
        targets.map(|target| {
            let answer = service.get(target).ok();
            let body =
                String::from_utf8_lossy(&answer.body).replace(&service.address.to_string(), "");
            (answer.header("etag").to_owned(), body)
        })
    };
    let args = "--index a.idx --title T a.csv a.gpx";
    let (first, said) = again(folder.path(), args);
    assert!(said.contains("a.idx was written: there was none"), "{said}");
    let wanted = answers(&first);
    let tag = first.get("/tiles/2/1/1.png").header("etag").to_owned();
    drop(first);
    let (second, said) = again(folder.path(), args);
    assert!(said.contains("the data are those of a.idx"), "{said}");
    for (found, wanted) in answers(&second).into_iter().zip(wanted) {
        // The address of the service is in the last of them.
        assert!(found == wanted || found.1 == wanted.1 && found.1.contains("tilejson"));
    }
    drop(second);
    // Other options read other data.
    let (_, said) = again(folder.path(), "--index a.idx --after 2023-05 a.csv a.gpx");
    assert!(
        said.contains("a.idx was written: files, options or the program have changed"),
        "{said}"
    );
    let (_, said) = again(folder.path(), args);
    assert!(said.contains("have changed"), "{said}");
    // What is damaged is not believed, wherever that is.
    let whole = std::fs::read(&index).expect("an index");
    for damaged in [&whole[..whole.len() / 2], &[], &whole[..whole.len() - 8]] {
        std::fs::write(&index, damaged).expect("a file");
        let (_, said) = again(folder.path(), args);
        assert!(said.contains("a.idx was written: it was damaged"), "{said}");
        assert_eq!(std::fs::read(&index).expect("an index"), whole);
    }
    for at in [9, 17, whole.len() / 3, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        std::fs::write(&index, damaged).expect("a file");
        let (_, said) = again(folder.path(), args);
        assert!(said.contains("it was damaged"), "{at}: {said}");
    }
    // Files that have changed are read.
    std::fs::write(&csv, dated() + "1,1,1,\n").expect("a file");
    let (third, said) = again(folder.path(), args);
    assert!(said.contains("have changed"), "{said}");
    assert_ne!(third.get("/tiles/2/1/1.png").header("etag"), tag);
    // What is no index is somebody's.
    std::fs::write(&index, "my letters").expect("a file");
    Run::new(&format!(
        "serve --listen 127.0.0.1:0 --index {} {}",
        index.display(),
        csv.display()
    ))
    .fails(3, "this is no index, and is not overwritten");
    assert_eq!(std::fs::read(&index).expect("a file"), b"my letters");
}

#[test]
fn an_index_that_cannot_be_written_is_said_and_the_data_are_served() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("a.csv"), places()).expect("a file");
    let (service, said) = again(folder.path(), "--index nowhere/a.idx a.csv");
    assert!(
        said.contains("there is no index, for it cannot be written"),
        "{said}"
    );
    assert_eq!(points(&service), 10);
}

#[test]
fn filters_and_privacy_hold_for_a_service_too() {
    let service = Service::start(
        "--privacy 1,1,300m --privacy-seed s --after 2024 a.csv",
        &[(
            "a.csv",
            "lat,lon,time\n1,1,2025-01-01\n2,2,2025-01-01\n3,3,2001-01-01\n",
        )],
    );
    assert_eq!(points(&service), 1);
    assert!(
        service
            .said()
            .contains("1 position was left out for privacy")
    );
}
