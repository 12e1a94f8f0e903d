//! Words on pictures, legends of several passes and of Google Earth, and files that are not to be
//! lost.

use std::io::Read;

use crate::run::{Run, root};

fn incidents(line: &str) -> Run {
    Run::new(line).arg(root().join("examples/sf-incidents.csv"))
}

#[test]
fn characters_that_no_font_has_are_named() {
    let titled = |title: &str| {
        let run = incidents("-o a.png -W 400").arg(format!("--title={title}"));
        run.ok().stderr
    };
    assert_eq!(titled("Wärme θ тепло"), "");
    let said = titled("a\u{f8fff}b");
    assert!(
        said.contains("no font here has '\u{f8fff}'") && said.contains("--font"),
        "{said}"
    );
    assert!(titled("خريطة").contains("stand side by side, from left to right"));
}

#[test]
fn a_font_can_be_named() {
    let font = root().join("src/composite/text/DejaVuSans.ttf");
    // The same font gives the same picture.
    let line = format!("-o a.png -W 400 --title Heat --font {}", font.display());
    let plain = incidents("-o a.png -W 400 --title Heat").ok();
    assert!(incidents(&line).ok().picture("a.png") == plain.picture("a.png"));
    incidents("-o a.png -W 400 --title Heat --font Cargo.toml")
        .file("Cargo.toml", "[package]")
        .fails(3, "this is no font");
}

#[test]
fn every_pass_has_a_bar() {
    let key = |passes: &str| {
        let done = incidents(&format!(
            "-o a.png -W 400 --legend key.png --passes {passes}"
        ))
        .ok();
        done.picture("key.png").dimensions()
    };
    let (one, two) = (key("r=5"), key("r=30,scheme=glow;r=5"));
    assert_eq!((one.1, two.1), (100, 200));
    let done = incidents("-o a.json -W 400 --passes r=30,d=1;r=5,d=0.5").ok();
    let json: serde_json::Value = serde_json::from_slice(&done.bytes("a.json")).expect("JSON");
    assert_eq!(
        (&json["pass"], &json["decay"], &json["radius"]),
        (&2.into(), &0.5.into(), &5.0.into())
    );
}

#[test]
fn legends_lie_on_the_screen_in_google_earth() {
    let done = incidents("-o a.kmz -o b.kml -W 300 --legend").ok();
    let bytes = std::io::Cursor::new(done.bytes("a.kmz"));
    let mut archive = zip::ZipArchive::new(bytes).expect("a zip archive");
    assert!(archive.by_name("legend.png").is_ok());
    let mut text = String::new();
    let document = archive
        .by_name("doc.kml")
        .expect("a document")
        .read_to_string(&mut text);
    assert!(document.is_ok() && text.contains("<ScreenOverlay>") && text.contains("legend.png"));
    let text = String::from_utf8(done.bytes("b.kml")).expect("text");
    assert!(text.contains("b-legend.png"));
    assert_eq!(done.picture("b-legend.png").height(), 100);
    let plain = incidents("-o b.kml -W 300").ok();
    assert!(!plain.folder.path().join("b-legend.png").exists());
}

#[test]
fn what_is_read_is_never_written_over() {
    let rows = "lat,lon\n1,1\n2,2\n";
    for line in [
        "-o a.png a.png",
        "-o ./a.png a.png",
        "-o b.png --span-out a.png a.png",
        "-a -o a.png a.png",
    ] {
        let run = Run::new(&format!("--filetype csv {line}")).file("a.png", rows);
        let done = run.fails(2, "is read, and would be written over");
        assert_eq!(done.bytes("a.png"), rows.as_bytes());
    }
}
