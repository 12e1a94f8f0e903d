//! Arctern's `heat_map_layer`, by its facts; and calls from Python.

use std::path::PathBuf;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::run::{Run, root};
use crate::wants::has_python;

/// A transcription of what Arctern did (docs/coming-from-arctern.md), as plain as can be, and how
/// far a picture is from it: the file of points, the picture, the box, the zoom, and what becomes
/// of weights on one pixel.
const TRANSCRIPTION: &str = r#"
import csv, math, struct, sys
import numpy, PIL.Image
table, picture, box, zoom, how = *sys.argv[1:4], float(sys.argv[4]), sys.argv[5]
ours = numpy.array(PIL.Image.open(picture).convert("RGBA")).astype(int)
height, width = ours.shape[:2]
west, south, east, north = (float(side) for side in box.split(","))
mercator = lambda lat: math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
heat = numpy.zeros((height, width))
for row in csv.DictReader(open(table)):
    _, _, lon, lat = struct.unpack("<BIdd", bytes.fromhex(row["point"]))
    x = (lon - west) / (east - west) * width
    y = (mercator(lat) - mercator(south)) / (mercator(north) - mercator(south)) * height
    if 0 <= x < width and 0 <= y < height:
        at = height - 1 - int(y), int(x)
        fare = float(row["fare"])
        heat[at] = max(heat[at], fare) if how == "max" else heat[at] + fare
d = int(2 ** (0.4 * zoom))
size = 2 * d + 3
kernel = numpy.exp(-0.5 * ((numpy.arange(size) - d - 1) / size) ** 2)
kernel /= kernel.sum()
for axis in (0, 1):
    cut = lambda line: numpy.convolve(line, kernel)[d + 1:d + 1 + len(line)]
    heat = numpy.apply_along_axis(cut, axis, heat)
m = int(math.log(d) / 0.4)
for r in (min(m // 2 + 1, 10), min(m + 1, 10)):
    mean = numpy.zeros_like(heat)
    for y in range(height):
        for x in range(width):
            mean[y, x] = heat[max(y - r, 0):y + r + 1, max(x - r, 0):x + r + 1].mean()
    heat = mean
v = heat / heat.max()
stops = [0, 0.25, 0.5, 0.75, 1]
channel = lambda values: numpy.interp(v, stops, values)
alpha = numpy.minimum(1, 3 * v) * 255
theirs = numpy.dstack([channel([0, 0, 0, 255, 255]), channel([0, 255, 255, 255, 0]), channel([255, 255, 0, 0, 0]), alpha])
off = numpy.abs(ours - theirs)
# Where nothing is to be seen, colours are nobody's.
off[..., :3][theirs[..., 3] < 0.5] = 0
print(off.max())
assert off.max() <= 2, numpy.unravel_index(off.argmax(), off.shape)
"#;

const BOX: &str = "-74.01424568752932,40.72759334104623,-73.96056823889673,40.76721122683304";

fn taxis() -> PathBuf {
    root().join("examples/taxi-points.csv")
}

/// The documented call, in a smaller picture.
fn call(zoom: &str, more: &str) -> Run {
    Run::new(&format!(
        "--geometry-field point --weight-field fare --bbox {BOX} -W 228 -H 222 --crs EPSG:4326 --zoom-level {zoom} {more}"
    ))
    .arg(taxis())
}

#[test]
fn a_zoom_level_is_arcterns_within_two_of_255() {
    if !has_python("numpy, PIL") {
        return;
    }
    for (zoom, how) in [
        ("14.544", "max"),
        ("11", "sum"),
        ("5", "sum"),
        ("5", "max"),
        ("1", "sum"),
    ] {
        let done = call(zoom, &format!("--aggregate {how} -o a.png")).ok();
        let picture = done.folder.path().join("a.png");
        let python = Command::new("python3")
            .args(["-c", TRANSCRIPTION])
            .arg(taxis())
            .arg(picture)
            .args([BOX, zoom, how])
            .output()
            .expect("python3 starts");
        assert!(
            python.status.success(),
            "{zoom} {how}: {}{}",
            String::from_utf8_lossy(&python.stdout),
            String::from_utf8_lossy(&python.stderr)
        );
    }
}

#[test]
fn pictures_can_be_base64() {
    let done = call("9", "-o a.png -o a.b64").ok();
    let png = done.bytes("a.png");
    assert_eq!(STANDARD.decode(done.bytes("a.b64")).expect("base64"), png);
    let piped = call("9", "-o b64:-").ok().stdout;
    assert_eq!(STANDARD.decode(piped).expect("base64"), png);
    for line in ["-o - --data-uri", "-o b64:- --data-uri"] {
        let uri = call("9", line).ok().stdout;
        let text = uri
            .strip_prefix(b"data:image/png;base64,")
            .expect("a data URI");
        assert_eq!(STANDARD.decode(text).expect("base64"), png);
    }
    let uri = call("9", "-o a.b64 --data-uri").ok().bytes("a.b64");
    assert!(uri.starts_with(b"data:image/png;base64,iVBOR"));
    call("9", "-o a.jpg --data-uri").fails(2, "--data-uri is for .b64 and for standard output");
}

#[test]
fn a_zoom_level_has_its_look_and_goes_with_nothing_that_is_another_one() {
    let done = call("9", "-o a.png --scheme viridis").ok();
    assert_ne!(
        done.bytes("a.png"),
        call("9", "-o a.png").ok().bytes("a.png")
    );
    for other in ["-r 5", "-d 1", "-k gaussian", "--dotsize 9", "--passes r=3"] {
        call("9", &format!("-o a.png {other}")).fails(2, "cannot be used with");
    }
    call("9", "--surface mean -o a.png").fails(2, "the spread of --zoom-level is of heat");
    let plain = call("9", "-o a.npy").ok().bytes("a.npy");
    let [sum, max] = ["sum", "max"].map(|how| {
        let done = call("9", &format!("--aggregate {how} -o a.npy")).ok();
        done.bytes("a.npy")
    });
    assert_eq!(sum, plain);
    assert_ne!(max, plain);
    call("0.5", "-o a.png").fails(2, "between 1 and 15");
    call("16", "-o a.png").fails(2, "between 1 and 15");
    call("9", "-a --frequency 500 -o a.gif")
        .fails(2, "--zoom-level is for pictures that stand still");
    Run::new("a.gpx --zoom-level 9 -o a.png")
        .file("a.gpx", "<gpx><trk><trkseg><trkpt lat='1' lon='1'/><trkpt lat='2' lon='2'/></trkseg></trk></gpx>")
        .fails(2, "is for points, and there are tracks");
}

/// A script of examples/python, in a folder of its own.
fn script(name: &str, args: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let python = Command::new("python3")
        .arg(root().join("examples/python").join(name))
        .args(args)
        .current_dir(folder.path())
        .env("HEATMAP", env!("CARGO_BIN_EXE_heatmap"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python3 starts");
    assert!(
        python.status.success(),
        "{}",
        String::from_utf8_lossy(&python.stderr)
    );
    folder
}

#[test]
fn the_calls_of_three_libraries_are_done_from_python() {
    if !has_python("numpy") {
        return;
    }
    let taxis = taxis();
    let folder = script("from_arctern.py", &[&taxis.to_string_lossy(), "a.png"]);
    let called = image::open(folder.path().join("a.png"))
        .expect("a picture")
        .into_rgba8();
    let line = Run::new(&format!(
        "--geometry-field point --weight-field fare --bbox {BOX} -W 912 -H 888 --zoom-level 13 -o a.png"
    ));
    assert_eq!(called, line.arg(&taxis).ok().picture("a.png"));
    let folder = script("from_jjguys_heatmap.py", &["b.png"]);
    let called = image::open(folder.path().join("b.png")).expect("a picture");
    assert_eq!((called.width(), called.height()), (400, 400));
    let folder = script("from_heatmap_py.py", &["c.npy"]);
    let check = "import numpy; heat = numpy.load('c.npy'); assert heat.shape[1] == 500 and heat.max() > 5 and heat.min() == 0, heat";
    let python = Command::new("python3")
        .args(["-c", check])
        .current_dir(folder.path())
        .status();
    assert!(python.expect("python3 starts").success());
}

#[test]
fn refusals_come_to_python_as_they_are_said() {
    if !has_python("numpy") {
        return;
    }
    let check = "import sys; sys.path.insert(0, sys.argv[1])\n\
        import numpy, heatmap_pipe as h\n\
        try: h.heatmap([(1, 2)], radius='much')\n\
        except h.HeatmapError as error: assert 'radius' in str(error), error\n\
        else: raise SystemExit('no error')\n\
        try: h.heatmap([(1, float('nan'))])\n\
        except ValueError: pass\n\
        else: raise SystemExit('no error')\n\
        far = numpy.array([[121819.0, 487013.0], [234002.0, 582136.0]])\n\
        assert h.heatmap(far, [1e-9, 0.5], crs='EPSG:28992', width=50)[:4] == b'\\x89PNG'\n\
        values = numpy.array([0, -0.0, 1, -2.5, 9.9999999999, 1e-300, 1.5e300, 123456.789])\n\
        back = numpy.array([float(bytes(row)) for row in h._numbers(values)])\n\
        assert numpy.allclose(back, values, rtol=1e-8, atol=0), back\n";
    let python = Command::new("python3")
        .args(["-c", check])
        .arg(root().join("examples/python"))
        .env("HEATMAP", env!("CARGO_BIN_EXE_heatmap"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python3 starts");
    assert!(
        python.status.success(),
        "{}",
        String::from_utf8_lossy(&python.stderr)
    );
}
