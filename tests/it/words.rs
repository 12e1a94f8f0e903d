//! Words on pictures, legends of several passes and of Google Earth, and files that are not to be
//! lost.

use std::io::Read;

use image::RgbaImage;

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

/// A title in letters of a font among the test data, and what was said of it.
fn in_font(font: &str, title: &str) -> (RgbaImage, String) {
    let font = root().join("tests/data/fonts").join(font);
    let run = incidents("-o a.png -W 600 -b white").arg(format!("--title={title}"));
    let done = run.arg(format!("--font={}", font.display())).ok();
    (done.picture("a.png"), done.stderr)
}

/// Columns from the first to the last with ink of a title, which is darker than any heat.
fn ink(picture: &RgbaImage) -> (u32, u32) {
    let inked = |x: &u32| (0..60).any(|y| picture.get_pixel(*x, y).0[..3].iter().all(|c| *c < 60));
    let columns: Vec<u32> = (0..picture.width()).filter(inked).collect();
    (columns[0], columns[columns.len() - 1])
}

#[test]
fn letters_are_joined_stacked_and_read_from_the_right() {
    let width = |(picture, said): (RgbaImage, String)| {
        assert_eq!(said, "");
        let (first, last) = ink(&picture);
        last - first
    };
    // What keeps letters from being joined is written between them.
    for (font, word) in [
        ("NotoSansArabic.ttf", "خريطة الحرارة"),
        ("NotoSansDevanagari.ttf", "हिन्दी"),
    ] {
        let letters: Vec<String> = word.chars().map(String::from).collect();
        let apart = width(in_font(font, &letters.join("\u{200c}")));
        let joined = width(in_font(font, word));
        assert!(joined + 4 < apart, "{word}: {joined} and {apart} pixels");
    }
    let hebrew = |title: &str| in_font("NotoSansHebrew.ttf", title).0;
    // Numbers stand to the left of the words before them; what overrides it, to the right.
    assert!(hebrew("מפה 24") == hebrew("\u{202d}24 הפמ"));
    assert!(hebrew("מפה 24") != hebrew("24 מפה"));
}

#[test]
fn accents_are_the_same_in_one_character_or_in_two() {
    let titled = |title: &str| {
        let done = incidents("-o a.png -W 400").arg(format!("--title={title}"));
        let done = done.ok();
        assert_eq!(done.stderr, "");
        done.picture("a.png")
    };
    assert!(titled("Za\u{308}hlung, cafe\u{301}") == titled("Zählung, café"));
    // What Unicode has no character for is put together.
    assert!(titled("x\u{302}") != titled("x"));
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
