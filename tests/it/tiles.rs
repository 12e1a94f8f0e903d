//! Pyramids of tiles: what is in them, and that nothing is lost when they cannot be made.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use image::RgbaImage;

use crate::run::{Done, Run, root};
use crate::server::{Reply, Server};
use crate::wants::{has, has_python};

/// A cluster around Zürich, some points with weights, and a track through it.
fn places() -> String {
    let row = |i: u32| {
        let (a, b) = (f64::from(i * 37 % 101), f64::from(i * 53 % 97));
        let weight = if i.is_multiple_of(5) { 3 } else { 1 };
        format!("{},{},{weight}\n", 47.0 + a / 150.0, 8.0 + b / 120.0)
    };
    let rows: String = (0..120).map(row).collect();
    format!("lat,lon,weight\n{rows}")
}

/// The tiles of a folder, by zoom, x and y.
fn tiles(folder: &Path) -> BTreeMap<(u8, u32, u32), RgbaImage> {
    let mut tiles = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.expect("an entry of a folder");
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "png") {
            continue;
        }
        let name = path.strip_prefix(folder).expect("a path in the folder");
        let name = name.to_string_lossy().replace(".png", "");
        let numbers: Vec<u32> = name
            .split('/')
            .map(|part| part.parse().expect("a number"))
            .collect();
        let picture = image::open(path).expect("a picture").into_rgba8();
        tiles.insert((numbers[0] as u8, numbers[1], numbers[2]), picture);
    }
    tiles
}

/// All tiles of a zoom as one picture, and its first tile.
fn stitched(tiles: &BTreeMap<(u8, u32, u32), RgbaImage>, zoom: u8) -> (RgbaImage, [u32; 4]) {
    let of_zoom = || tiles.iter().filter(|((z, _, _), _)| *z == zoom);
    let xs = || of_zoom().map(|((_, x, _), _)| *x);
    let ys = || of_zoom().map(|((_, _, y), _)| *y);
    let (left, right) = (xs().min().expect("tiles"), xs().max().expect("tiles"));
    let (top, bottom) = (ys().min().expect("tiles"), ys().max().expect("tiles"));
    let side = of_zoom().next().expect("tiles").1.width();
    let mut all = RgbaImage::new((right - left + 1) * side, (bottom - top + 1) * side);
    for ((_, x, y), tile) in of_zoom() {
        let (x, y) = (i64::from((x - left) * side), i64::from((y - top) * side));
        image::imageops::replace(&mut all, tile, x, y);
    }
    (all, [left, top, right + 1, bottom + 1])
}

/// West, south, east and north of some tiles of a zoom, as `--bbox` takes them.
fn bbox(zoom: u8, [left, top, right, bottom]: [u32; 4]) -> String {
    let count = f64::from(zoom).exp2();
    let lon = |x: u32| f64::from(x) / count * 360.0 - 180.0;
    let lat = |y: u32| {
        let north = std::f64::consts::PI * (1.0 - 2.0 * f64::from(y) / count);
        north.sinh().atan().to_degrees()
    };
    format!("{},{},{},{}", lon(left), lat(bottom), lon(right), lat(top))
}

/// Whether pictures are the same where anything is seen.
fn assert_same(a: &RgbaImage, b: &RgbaImage, what: &str) {
    assert_eq!(a.dimensions(), b.dimensions(), "{what}");
    let seen = |pixel: &image::Rgba<u8>| if pixel[3] == 0 { [0; 4] } else { pixel.0 };
    let differ = a
        .pixels()
        .zip(b.pixels())
        .filter(|(a, b)| seen(a) != seen(b));
    assert_eq!(differ.count(), 0, "{what}");
}

/// The numbers of a `PMTiles` header, from 0.
fn header(bytes: &[u8], at: usize) -> u64 {
    let number = bytes[8 + 8 * at..][..8].try_into();
    u64::from_le_bytes(number.expect("8 bytes"))
}

#[test]
fn tiles_of_a_zoom_are_one_picture_cut_up() {
    let track = "<gpx><trk><trkseg><trkpt lat='47.1' lon='8.1'/><trkpt lat='47.5' lon='8.6'/>\
                 <trkpt lat='47.2' lon='8.7'/></trkseg></trk></gpx>";
    for (line, side) in [
        ("-r 6 -d 0.5 --weight-field weight", 256),
        ("-r 9 -d 0", 512),
    ] {
        let files = |run: Run| run.file("a.csv", places()).file("b.gpx", track);
        let zoom = if side == 512 { 7 } else { 8 };
        let run = Run::new(&format!(
            "-o t/{{z}}/{{x}}/{{y}}.png --min-zoom {zoom} --max-zoom {zoom} --tile-size {side} {line} a.csv b.gpx"
        ));
        let done = files(run).ok();
        let tiles = tiles(&done.folder.path().join("t"));
        let (picture, corners) = stitched(&tiles, zoom);
        let line = line.replace("-r 9", "-r 18");
        let still = Run::new(&format!(
            "-o a.png -z 8 {line} --bbox={} a.csv b.gpx",
            bbox(zoom, corners)
        ));
        let still = files(still).ok();
        assert_same(&picture, &still.picture("a.png"), &line);
    }
}

/// A track of fixes that lie far closer to one another than pixels do.
fn dense() -> String {
    let fix = |i: i32| {
        let turn = f64::from(i) / 90.0;
        let (lat, lon) = (47.3 + turn.sin() / 8.0, 8.4 + (turn * 1.7).cos() / 6.0);
        format!("<trkpt lat='{lat:.6}' lon='{lon:.6}'/>")
    };
    let fixes: String = (0..3000).map(fix).collect();
    format!("<gpx><trk><trkseg>{fixes}</trkseg></trk></gpx>")
}

#[test]
fn where_a_track_counts_once_tiles_are_one_picture_cut_up_however_dense_it_is() {
    let line = "-r 3 -k uniform -d 1 --track-weight visits";
    let run = Run::new(&format!(
        "-o t/{{z}}/{{x}}/{{y}}.png --min-zoom 3 --max-zoom 9 {line} a.gpx"
    ));
    let done = run.file("a.gpx", dense()).ok();
    let tiles = tiles(&done.folder.path().join("t"));
    for zoom in [3, 5, 9] {
        let (picture, corners) = stitched(&tiles, zoom);
        let bbox = bbox(zoom, corners);
        let still = Run::new(&format!("-o a.png -z {zoom} {line} --bbox={bbox} a.gpx"));
        let still = still.file("a.gpx", dense()).ok();
        assert_same(&picture, &still.picture("a.png"), &format!("zoom {zoom}"));
    }
}

#[test]
fn tiles_are_the_same_whether_heat_is_kept_or_made_twice() {
    let pyramid = |memory: &str| archive(&format!("--max-zoom 4 --how eq_hist --memory {memory}"));
    assert!(pyramid("1G") == pyramid("1M"));
}

#[test]
fn heat_goes_on_across_180_degrees() {
    let places = "lat,lon\n-18.5,179.9\n-18.5,-179.95\n-18.45,179.99\n-18.55,-179.99\n";
    let run = Run::new("-o t/{z}/{x}/{y}.png --min-zoom 6 --max-zoom 6 -r 20 a.csv");
    let done = run.file("a.csv", places).ok();
    let tiles = tiles(&done.folder.path().join("t"));
    let (count, names) = (64, tiles.keys().map(|(_, x, _)| *x).collect::<Vec<_>>());
    assert_eq!(names, [0, count - 1]);
    let mut picture = RgbaImage::new(512, 256);
    let y = tiles.keys().next().unwrap().2;
    image::imageops::replace(&mut picture, &tiles[&(6, count - 1, y)], 0, 0);
    image::imageops::replace(&mut picture, &tiles[&(6, 0, y)], 256, 0);
    let bbox = bbox(6, [count - 1, y, count + 1, y + 1]);
    let still = Run::new(&format!("-o a.png -z 6 -r 20 --bbox={bbox} a.csv"));
    let still = still.file("a.csv", places).ok();
    assert_same(&picture, &still.picture("a.png"), "180°");
}

#[test]
fn an_archive_is_what_its_header_says() {
    let run = Run::new("-o a.pmtiles --max-zoom 7 a.csv").file("a.csv", places());
    let done = run.ok().says("tiles of zooms 0 to 7");
    let bytes = done.bytes("a.pmtiles");
    assert_eq!(&bytes[..8], b"PMTiles\x03");
    let (root, metadata, leaves, tiles) = (0, 2, 4, 6);
    assert_eq!(header(&bytes, root), 127);
    assert!(header(&bytes, root) + header(&bytes, root + 1) <= 16_384);
    assert!(header(&bytes, metadata) + header(&bytes, metadata + 1) <= bytes.len() as u64);
    assert_eq!(header(&bytes, leaves + 1), 0);
    assert_eq!(
        header(&bytes, tiles) + header(&bytes, tiles + 1),
        bytes.len() as u64
    );
    // Clustered, gzip, tiles as they are, PNG, zooms.
    assert_eq!(&bytes[96..102], [1, 2, 1, 2, 0, 7]);
    // Every tile begins where another ends.
    let first = header(&bytes, tiles) as usize;
    assert_eq!(&bytes[first..first + 4], b"\x89PNG");
}

#[test]
fn several_stores_have_the_same_tiles() {
    let run = Run::new("-o a.pmtiles -o a.mbtiles -o t/{z}/{x}/{y}.png --max-zoom 5 a.csv");
    let done = run.file("a.csv", places()).ok();
    let bytes = done.bytes("a.pmtiles");
    let folder = done.folder.path();
    let tiles = walkdir::WalkDir::new(folder.join("t"))
        .into_iter()
        .flatten();
    let tiles = tiles.filter(|entry| entry.file_name().to_string_lossy().ends_with(".png"));
    assert_eq!(tiles.count() as u64, header(&bytes, 8));
    let json = std::fs::read_to_string(folder.join("t/tiles.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["minzoom"], &json["maxzoom"]), (&0.into(), &5.into()));
    assert_eq!(json["tiles"][0], "{z}/{x}/{y}.png");
    // Our own reader of maps takes them.
    let still = Run::new("-o a.png -W 300 --osm --osm-base").arg(folder.join("a.mbtiles"));
    still
        .arg("--missing-tiles=blank")
        .arg("a.csv")
        .file("a.csv", places())
        .ok();
}

#[test]
fn the_largest_zoom_follows_from_the_data() {
    let done = Run::new("-o a.pmtiles a.csv").file("a.csv", "lat,lon\n1,1\n1,1.2\n1,40\n");
    done.ok()
        .says("zooms 0 to 2, where nearly all places have a pixel");
    let done = Run::new("-o a.pmtiles --min-zoom 4 a.csv").file("a.csv", "1,1\n");
    done.ok().says("zooms 4 to 4");
}

/// The names of what is in the folder of a run.
fn names(done: &Done) -> Vec<String> {
    let entries = std::fs::read_dir(done.folder.path())
        .expect("a folder")
        .flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn what_cannot_be_made_is_said_and_nothing_is_lost() {
    let run = |line: &str| Run::new(line).file("a.csv", "1,1\n2,2\n");
    for (line, fact) in [
        ("-o t/{z}/{x}.png a.csv", "lacks {z}, {x} or {y}"),
        ("-o t/{x}/{y}.png a.csv", "lacks {z}, {x} or {y}"),
        ("-o t/{z}/{x}/{y}.jpg a.csv", "tiles are PNG"),
        ("-o {z}/{x}/{y}.png a.csv", "no folder of its own"),
        ("-o a.pmtiles --max-zoom 23 a.csv", "23 is not in 0..=22"),
        (
            "-o a.pmtiles --min-zoom 5 --max-zoom 4 a.csv",
            "less than the smallest",
        ),
        ("-o a.pmtiles -o a.png a.csv", "'a.png' is no pyramid"),
        ("-o a.pmtiles -W 300 a.csv", "-W is for pictures"),
        ("-o a.pmtiles -P xy a.csv", "Mercator"),
        ("-o a.png --max-zoom 3 a.csv", "--max-zoom is for tiles"),
        ("-o a.pmtiles -o a.pmtiles a.csv", "written twice"),
    ] {
        let done = run(line).fails(2, fact);
        assert_eq!(names(&done), ["a.csv"], "{line}");
    }
    let done = run("-o b.pmtiles a.csv").file("b.pmtiles", "my notes");
    let done = done.fails(4, "is no PMTiles");
    assert_eq!(done.bytes("b.pmtiles"), b"my notes");
    let done = run("-o b.pmtiles --overwrite a.csv").file("b.pmtiles", "my notes");
    assert_eq!(&done.ok().bytes("b.pmtiles")[..7], b"PMTiles");
    let done = run("-o b.mbtiles a.csv").file("b.mbtiles", "my notes");
    assert_eq!(
        done.fails(4, "is no MBTiles").bytes("b.mbtiles"),
        b"my notes"
    );
    let done = run("-o t/{z}/{x}/{y}.png a.csv").file("t/mine.txt", "notes");
    let done = done.fails(4, "the folder is not empty");
    assert_eq!(done.bytes("t/mine.txt"), b"notes");
    let done = run("-o a.pmtiles b.csv").file("b.csv", "lat,lon\n");
    let done = done.go();
    assert_eq!(
        (done.code, names(&done)),
        (3, vec!["a.csv".into(), "b.csv".into()])
    );
    let done = run("-o a.pmtiles --threshold 9 a.csv").fails(3, "no tile has anything");
    assert_eq!(names(&done), ["a.csv"]);
}

#[test]
fn a_radius_on_the_ground_is_a_pixel_at_least_and_that_is_said() {
    let track =
        "<gpx><trk><trkseg><trkpt lat='1' lon='1'/><trkpt lat='2' lon='9'/></trkseg></trk></gpx>";
    let made = |line: &str| {
        let run = Run::new(&format!(
            "-o t/{{z}}/{{x}}/{{y}}.png --max-zoom 3 {line} a.gpx"
        ));
        run.file("a.gpx", track).ok()
    };
    let done = made("-r 2km").says("2km is less than a pixel up to zoom 3: it is one pixel");
    let pixel = made("-r 1");
    assert!(!pixel.stderr.contains("less than a pixel"));
    let [done, pixel] = [done, pixel].map(|done| tiles(&done.folder.path().join("t")));
    assert!(done == pixel && done.contains_key(&(0, 0, 0)));
}

#[test]
fn what_the_colours_of_tiles_stand_for_is_told_for_all_zooms_or_each() {
    let run = |line: &str| Run::new(line).file("a.csv", places()).ok();
    let size = |done: &Done, name: &str| done.picture(name).dimensions();
    let one = run("-o a.pmtiles --max-zoom 3 --tile-scale all --legend=key.png a.csv");
    let (width, height) = size(&one, "key.png");
    let each = run("-o a.pmtiles --max-zoom 3 --legend=key.png a.csv");
    let (_, all) = size(&each, "key.png");
    assert_eq!(all, 4 * height);
    let files = run("-o a.pmtiles --max-zoom 1 --legend=key-{z}.png a.csv");
    assert_eq!(
        names(&files),
        ["a.csv", "a.pmtiles", "key-0.png", "key-1.png"]
    );
    assert!(size(&files, "key-1.png").1 == height && width > 100);
    let span = run("-o a.pmtiles --max-zoom 3 --span 0,5 --legend=key.png a.csv");
    assert_eq!(size(&span, "key.png").1, height);
}

/// The page after its scripts have run in Chromium, without a network but this machine's.
fn browse(folder: &Path, address: &str) -> String {
    let flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --virtual-time-budget=8000 --window-size=900,700 --dump-dom";
    let output = Command::new("chromium")
        .args(flags.split_whitespace())
        .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(address)
        .output()
        .expect("Chromium");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What is between two texts of a page.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).expect(start).1;
    rest.split_once(end).expect(end).0
}

#[test]
fn a_page_shows_the_tiles_that_are_in_it() {
    if !has("chromium") {
        return;
    }
    let run = Run::new("-o a.pmtiles --max-zoom 8 --preview a.csv").file("a.csv", places());
    let done = run.ok();
    let folder = done.folder.path();
    let page = folder.join("a.html");
    // Nothing else of the folder is there to be read.
    std::fs::remove_file(folder.join("a.pmtiles")).expect("an archive");
    let document = browse(folder, &page.to_string_lossy());
    let shown = document.matches("src=\"blob:").count();
    assert!(shown > 0, "{document}");
    assert!(
        between(&document, "id=\"status\"", ">").contains("hidden"),
        "{document}"
    );
    let legend = between(&document, "id=\"legend\"", ">");
    assert!(
        legend.contains("data:image/png") && !legend.contains("hidden"),
        "{legend}"
    );
}

/// The page beside an archive that is too large to be in it, with more at its end.
fn apart(page: &Path, more: &str) -> String {
    let text = std::fs::read_to_string(page).expect("a page");
    let (before, rest) = text.split_once("id=\"archive\">").expect("an archive");
    let (_, after) = rest.split_once("</script>").expect("its end");
    format!("{before}id=\"archive\"></script>{after}")
        .replace("</body>", &format!("<script>{more}</script></body>"))
}

#[test]
fn over_http_a_page_gets_the_parts_of_the_archive_that_are_seen() {
    if !has("chromium") {
        return;
    }
    let run = Run::new("-o a.pmtiles --max-zoom 8 --preview a.csv").file("a.csv", places());
    let done = run.ok();
    let folder = done.folder.path();
    let page = apart(&folder.join("a.html"), "");
    let archive = done.bytes("a.pmtiles");
    let server = Server::start(move |request| {
        if request.path == "/a.html" {
            return Reply::new(200, page.clone()).header("Content-Type", "text/html");
        }
        let range = request.header("range").and_then(|range| {
            let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
            Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?))
        });
        let Some((from, to)) = range.filter(|_| request.path == "/a.pmtiles") else {
            return Reply::new(404, "");
        };
        let end = (to + 1).min(archive.len());
        let told = format!("bytes {from}-{}/{}", end - 1, archive.len());
        Reply::new(206, &archive[from..end]).header("Content-Range", &told)
    });
    let document = browse(folder, &format!("{}/a.html", server.url()));
    assert!(document.matches("src=\"blob:").count() > 0, "{document}");
    let status = between(&document, "id=\"status\"", ">");
    assert!(status.contains("hidden"), "{document}");
    let asked = server.requests();
    let of_archive = asked.iter().filter(|request| request.path == "/a.pmtiles");
    let parts = of_archive.map(|request| request.header("range").expect("a range").to_owned());
    let parts: Vec<String> = parts.collect();
    // The head first, and then tile by tile.
    assert!(parts.len() > 2 && parts[0] == "bytes=0-16383", "{parts:?}");
}

#[test]
fn from_a_disk_a_page_asks_for_an_archive_that_is_not_in_it() {
    if !has("chromium") {
        return;
    }
    let run = Run::new("-o a.pmtiles --max-zoom 8 --preview a.csv").file("a.csv", places());
    let done = run.ok();
    let folder = done.folder.path();
    let path = folder.join("apart.html");
    let shown = |more: &str| {
        std::fs::write(&path, apart(&folder.join("a.html"), more)).expect("a page");
        browse(folder, &path.to_string_lossy())
    };
    let document = shown("");
    assert!(
        document.contains("Choose a.pmtiles, which lies beside this page"),
        "{document}"
    );
    assert_eq!(document.matches("src=\"blob:").count(), 0);
    // As if somebody chose it.
    let choose = |bytes: &[u8]| {
        let text = base64::engine::general_purpose::STANDARD.encode(bytes);
        format!(
            "const data = new DataTransfer(), field = picker.querySelector('input'); \
             data.items.add(new File([Uint8Array.from(atob('{text}'), c => c.charCodeAt(0))], 'a.pmtiles')); \
             field.files = data.files; field.dispatchEvent(new Event('change'));"
        )
    };
    let document = shown(&choose(&done.bytes("a.pmtiles")));
    assert!(document.matches("src=\"blob:").count() > 0, "{document}");
    let document = shown(&choose(b"my notes"));
    assert!(
        document.contains("This is no archive of tiles"),
        "{document}"
    );
}

#[test]
fn while_one_zooms_the_tiles_of_a_page_are_hidden() {
    if !has("chromium") {
        return;
    }
    let run = Run::new("-o a.pmtiles --max-zoom 8 --preview a.csv").file("a.csv", places());
    let done = run.ok();
    let folder = done.folder.path();
    let page = std::fs::read_to_string(folder.join("a.html")).expect("a page");
    // Without the animation, for which a browser without a window may have no frames.
    let script = "<script>heat.once('load', () => { \
        document.title = `before:${pane.style.visibility};`; \
        map.once('zoomstart', () => { document.title += `during:${pane.style.visibility};`; }); \
        map.once('zoomend', () => setTimeout(() => { document.title += `after:${pane.style.visibility};zoom:${map.getZoom() % 1}`; }, 900)); \
        map.setZoom(map.getZoom() - 1.2, { animate: false }); });</script></body>";
    std::fs::write(folder.join("b.html"), page.replace("</body>", script)).expect("a page");
    let document = browse(folder, &folder.join("b.html").to_string_lossy());
    let title = between(&document, "<title>", "</title>");
    assert_eq!(title, "before:;during:hidden;after:;zoom:0");
}

#[test]
fn a_preview_needs_an_archive_that_it_shows() {
    let run = |line: &str| Run::new(line).file("a.csv", places());
    run("-o a.mbtiles --preview a.csv").fails(2, "a preview shows an archive of tiles");
    run("-o a.png --preview a.csv").fails(2, "--preview is for tiles");
    run("-o a.pmtiles --legend=top a.csv").fails(2, "--legend without a file is for pictures");
    let done = run("-o a.html --preview -o a.pmtiles a.csv").fails(2, "'a.html' is no pyramid");
    assert_eq!(names(&done), ["a.csv"]);
    run("-o a.pmtiles --legend=a.html --preview a.csv").fails(2, "a.html");
}

/// Places all over the world.
fn all_over() -> String {
    let row = |i: i32| format!("{},{}\n", i * 4 - 58, i * 37 % 340 - 170);
    format!("lat,lon\n{}", (0..30).map(row).collect::<String>())
}

/// What one run makes of them, as an archive.
fn archive(line: &str) -> Vec<u8> {
    let run = Run::new(&format!("-o all.pmtiles -r 12 {line} a.csv"));
    run.file("a.csv", all_over()).ok().bytes("all.pmtiles")
}

#[test]
fn parts_of_a_pyramid_join_to_what_one_run_makes() {
    let part = |tile: &str| archive(&format!("--max-zoom 3 --tiles {tile}"));
    let join =
        || Run::new("join c.pmtiles top.pmtiles b.pmtiles a.pmtiles d.pmtiles -o all.pmtiles");
    let parts = |run: Run, top: &str| {
        run.file("a.pmtiles", part("1/0/0"))
            .file("b.pmtiles", part("1/0/1"))
            .file("c.pmtiles", part("1/1/0"))
            .file("d.pmtiles", part("1/1/1"))
            .file("top.pmtiles", archive(top))
    };
    let done = parts(join(), "--max-zoom 0").ok();
    assert!(done.bytes("all.pmtiles") == archive("--max-zoom 3"));
    // A scale of its own, another radius, a tile twice.
    let run = parts(join(), "--max-zoom 1 --span 0,9");
    run.fails(3, "its colours mean something else at zoom 1")
        .says("with one fixed scale");
    let run = parts(join(), "--max-zoom 0 -r 13");
    run.fails(3, "it shows something else");
    let done = parts(join(), "--max-zoom 1").fails(3, "is in ");
    assert!(!done.folder.path().join("all.pmtiles").exists());
}

#[test]
fn parts_whose_colours_go_by_what_lies_around_join_to_what_one_run_makes() {
    for how in ["linear", "eq_hist"] {
        let line = format!("--tile-scale local --how {how}");
        let part = |tile: &str| archive(&format!("{line} --max-zoom 4 --tiles {tile}"));
        let join =
            Run::new("join top.pmtiles a.pmtiles b.pmtiles c.pmtiles d.pmtiles -o all.pmtiles");
        let join = join
            .file("a.pmtiles", part("1/0/0"))
            .file("b.pmtiles", part("1/0/1"))
            .file("c.pmtiles", part("1/1/0"))
            .file("d.pmtiles", part("1/1/1"))
            .file("top.pmtiles", archive(&format!("{line} --max-zoom 0")));
        let whole = archive(&format!("{line} --max-zoom 4"));
        assert!(join.ok().bytes("all.pmtiles") == whole, "{how}");
    }
    // Of other heats around, or of the whole zoom, colours mean something else.
    let local = archive("--max-zoom 1 --tile-scale local");
    for other in ["--max-zoom 1", "--max-zoom 1 --tile-scale local -d 1"] {
        let run = Run::new("join a.pmtiles b.pmtiles -o all.pmtiles");
        let run = run
            .file("a.pmtiles", &local)
            .file("b.pmtiles", archive(other));
        run.fails(3, "b.pmtiles");
    }
}

/// Two clusters, one far hotter than the other, and a thin trail from one to the other.
fn uneven() -> String {
    let spot = |x: i32, count: usize| {
        let at = |i: i32| format!("{},{}\n", i * 7 % 5 - 2, x + i * 3 % 5);
        (0..5).map(at).collect::<String>().repeat(count)
    };
    let trail: String = (-50..50).map(|x| format!("0,{x}\n")).collect();
    format!("lat,lon\n{}{}{trail}", spot(-60, 200), spot(60, 5))
}

#[test]
fn colours_by_what_lies_around_have_no_edge_and_reach_their_end_everywhere() {
    for how in ["linear", "eq_hist", "log"] {
        let run = |scale: &str, zoom: u8| {
            let line = format!(
                "-o t/{{z}}/{{x}}/{{y}}.png -d 1 -k gaussian -r 30 --how {how} --tile-scale {scale} \
                 --min-zoom {zoom} --max-zoom {zoom} a.csv"
            );
            let done = Run::new(&line).file("a.csv", uneven()).ok();
            stitched(&tiles(&done.folder.path().join("t")), zoom).0
        };
        let (local, whole) = (run("local", 4), run("zoom", 4));
        // The hottest of both clusters, in the third of the world that each is in.
        let most = |picture: &RgbaImage, from: f64, to: f64| {
            let width = f64::from(picture.width());
            let columns = picture.enumerate_pixels().filter(|(x, _, _)| {
                let share = f64::from(*x) / width;
                (from..to).contains(&share)
            });
            columns.map(|(_, _, pixel)| pixel[3]).max().expect("pixels")
        };
        let [hot, weak] = [(0.0, 0.3), (0.7, 1.0)].map(|(from, to)| most(&local, from, to));
        assert!(hot == weak && hot >= most(&whole, 0.0, 0.3), "{how}");
        if how == "linear" {
            assert!(most(&whole, 0.7, 1.0) < 64, "{how}");
        }
        // Nor is a step across the edge of a tile larger than those within.
        let step = |at_edges: bool| {
            let (width, height) = local.dimensions();
            let pairs = (0..height).flat_map(|y| (1..width).map(move |x| (x, y)));
            let pairs = pairs.filter(|(x, _)| x.is_multiple_of(256) == at_edges);
            let step = |(x, y): (u32, u32)| {
                let [a, b] = [x - 1, x].map(|x| local.get_pixel(x, y));
                // What is not seen has any colour.
                let both = (0..3).map(|i| (i32::from(a[i]) * i32::from(a[3]), b, i));
                let apart = both.map(|(a, b, i)| (a - i32::from(b[i]) * i32::from(b[3])).abs());
                apart.max().unwrap_or_default()
            };
            pairs.map(step).max().expect("pixels")
        };
        assert!(step(true) <= step(false), "{how}");
    }
}

#[test]
fn in_a_world_of_four_tiles_what_lies_around_is_all() {
    let made = |scale: &str| {
        let line =
            format!("-o t/{{z}}/{{x}}/{{y}}.png --max-zoom 1 -r 9 --tile-scale {scale} a.csv");
        let done = Run::new(&line).file("a.csv", all_over()).ok();
        tiles(&done.folder.path().join("t"))
    };
    assert!(made("local") == made("zoom"));
}

#[test]
fn colours_by_what_lies_around_are_told_in_per_cent_and_have_no_fixed_end() {
    let run = |line: &str| Run::new(line).file("a.csv", places());
    let local = run("-o a.pmtiles --max-zoom 3 --tile-scale local --legend=key.png a.csv").ok();
    let zoom = run("-o a.pmtiles --max-zoom 0 --legend=key.png a.csv").ok();
    let [local, zoom] = [local, zoom].map(|done| done.picture("key.png").dimensions());
    assert_eq!(local.1, zoom.1);
    for line in ["--span 0,9", "--max 3", "--saturate"] {
        let run = run(&format!("-o a.pmtiles --tile-scale local {line} a.csv"));
        run.fails(2, "no heat that ends them everywhere");
    }
    // Percentiles of few pixels may be alike.
    let line = "-o a.pmtiles --max-zoom 5 -k uniform --tile-scale local --min p10 --max p90 a.csv";
    run(line).ok();
}

#[test]
fn what_cannot_be_joined_is_said() {
    let whole = archive("--max-zoom 3");
    let mut reversed = whole.clone();
    // The lowest zoom of its head.
    reversed[100] = 49;
    let run = |line: &str| {
        let run = Run::new(line).file("a.pmtiles", whole.clone());
        run.file("cut.pmtiles", &whole[..whole.len() - 9])
            .file("reversed.pmtiles", reversed.clone())
            .file("notes.pmtiles", "notes ".repeat(99))
            .file("short.pmtiles", "notes")
    };
    for (line, code, fact) in [
        (
            "join a.pmtiles cut.pmtiles -o all.pmtiles",
            3,
            "cut.pmtiles: the archive is cut off",
        ),
        (
            "join reversed.pmtiles -o all.pmtiles",
            3,
            "reversed.pmtiles: its lowest zoom is 49, and its highest 3",
        ),
        (
            "join notes.pmtiles -o all.pmtiles",
            3,
            "notes.pmtiles: this is no PMTiles archive",
        ),
        (
            "join short.pmtiles -o all.pmtiles",
            3,
            "short.pmtiles: this is no PMTiles archive",
        ),
        ("join missing.pmtiles -o all.pmtiles", 3, "missing.pmtiles"),
        ("join a.pmtiles -o all.png", 2, "'all.png' is no pyramid"),
        ("join a.pmtiles", 2, "--output"),
        (
            "join a.pmtiles -o a.pmtiles",
            2,
            "is read, and would be written over",
        ),
        (
            "join a.pmtiles a.pmtiles -o all.pmtiles",
            3,
            "tile 0/0/0 is in",
        ),
        (
            "-o all.pmtiles --tiles 3/8/0 a.csv",
            2,
            "tiles of zoom 3 are counted from 0 to 7",
        ),
        ("-o all.pmtiles --tiles 3/1 a.csv", 2, "three numbers"),
        (
            "-o all.pmtiles --tiles 3/1/1 --min-zoom 2 a.csv",
            2,
            "no tile of zoom 2 is below 3/1/1",
        ),
    ] {
        let done = run(line).fails(code, fact);
        assert!(!names(&done).contains(&"all.pmtiles".to_owned()), "{line}");
    }
    // Of any kind.
    let done = run("join a.pmtiles -o all.mbtiles -o t/{z}/{x}/{y}.png").ok();
    assert!(
        done.says("tiles of zooms 0 to 3")
            .folder
            .path()
            .join("t/0/0/0.png")
            .exists()
    );
}

#[test]
fn a_folder_is_replaced_when_that_is_said() {
    let run = Run::new("-o t/{z}/{x}/{y}.png --overwrite --max-zoom 1 a.csv");
    let done = run.file("a.csv", "1,1\n").file("t/9/9/9.png", "old").ok();
    assert!(!done.folder.path().join("t/9").exists());
    assert!(done.folder.path().join("t/0/0/0.png").exists());
    assert_eq!(names(&done), ["a.csv", "t"]);
}

#[test]
fn other_programs_find_every_tile_in_every_store() {
    if !has_python("PIL, pmtiles, sqlite3") {
        return;
    }
    let stores = "-o a.pmtiles -o a.mbtiles -o a.sqlitedb -o t/{z}/{x}/{y}.png";
    // Spread out and sparse, so that some tiles are alike.
    let far: String = (0..30)
        .map(|i| format!("{},{}\n", i * 2 - 30, i * 11 - 160))
        .collect();
    let run = Run::new(&format!("{stores} --max-zoom 4 --span 0,2 -r 3 a.csv"));
    let run = run
        .arg("--title")
        .arg("Our heat")
        .arg("--attribution")
        .arg("us & them");
    let done = run.file("a.csv", format!("lat,lon\n{far}")).ok();
    let script = root().join("tests/it/tiles.py");
    let mut python = Command::new("python3");
    let output = python
        .arg(script)
        .arg(done.folder.path())
        .output()
        .expect("Python starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    if has("gdalinfo") {
        let mut gdal = Command::new("gdalinfo");
        let output = gdal
            .arg(done.folder.path().join("a.mbtiles"))
            .output()
            .expect("GDAL starts");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains("Size is") && told.contains("3857"), "{told}");
    }
}

#[test]
fn a_radius_by_density_is_for_one_picture() {
    Run::new("in.csv -r auto --max-zoom 3 -o tiles.pmtiles")
        .file("in.csv", places())
        .ok()
        .says("-r auto goes by the data of one picture; here the radius is 32");
}
