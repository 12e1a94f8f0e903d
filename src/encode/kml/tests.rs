use std::io::{Cursor, Read};
use std::process::Command;

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use super::*;
use crate::geo::{Crs, Pixels, View};
use crate::raster::Raster;
use crate::raster::Size;
use crate::wants::kml_schema;

fn place(crs: Crs, scale: (f64, f64), origin: (f64, f64), size: (u32, u32)) -> View {
    View::new(crs, scale, origin, Size::new(size.0, size.1).unwrap()).unwrap()
}

/// Every element with its text, in order.
fn elements(xml: &str) -> Vec<(String, String)> {
    let (mut reader, mut found) = (Reader::from_str(xml), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => found.push((tag.name().as_ref().to_owned(), String::new())),
            Event::Text(text) => found
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|last| last.1 += text.trim_matches('\n')),
            Event::GeneralRef(reference) => {
                found.last_mut().unwrap().1.extend(["&", &*reference, ";"]);
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

fn texts(xml: &str, name: &str) -> Vec<String> {
    elements(xml)
        .into_iter()
        .filter(|(element, _)| element == name)
        .map(|(_, text)| text)
        .collect()
}

fn sides(xml: &str) -> [f64; 4] {
    ["south", "west", "north", "east"].map(|side| texts(xml, side)[0].parse().unwrap())
}

fn open(bytes: Vec<u8>) -> ZipArchive<Cursor<Vec<u8>>> {
    ZipArchive::new(Cursor::new(bytes)).unwrap()
}

fn read(archive: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// By the schema of KML 2.2, ogckml22.xsd, where somebody names a copy of it: its licence keeps it
/// out of this repository.
#[track_caller]
fn assert_valid(xml: &str) {
    let Some(schema) = kml_schema() else { return };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), xml).unwrap();
    let run = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(schema)
        .arg(file.path())
        .output();
    let run = run.expect("xmllint");
    assert!(
        run.status.success(),
        "{}{xml}",
        String::from_utf8_lossy(&run.stderr)
    );
}

#[test]
fn a_document_names_the_picture_and_its_sides() {
    let place = place(
        Crs::WebMercator,
        (100.0, 100.0),
        (-12_000.0, 3000.0),
        (200, 100),
    );
    let mut bytes = Vec::new();
    let whole = place.bounds();
    let parts = [("a \"b\".png", whole)];
    write("Tom & <Jerry>\u{7}", &whole, parts, None, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(
        texts(&text, "name"),
        ["Tom &amp; &lt;Jerry&gt; ", "Tom &amp; &lt;Jerry&gt; "]
    );
    assert_eq!(texts(&text, "href"), ["a &quot;b&quot;.png"]);
    let bounds = place.bounds();
    let order: Vec<String> = elements(&text).into_iter().map(|(name, _)| name).collect();
    let schema = "kml Document name LookAt longitude latitude range GroundOverlay name drawOrder Icon href LatLonBox north south east west";
    assert_eq!(order.join(" "), schema, "the order of the schema");
    assert_eq!(
        sides(&text),
        [bounds.south, bounds.west, bounds.north, bounds.east],
        "to the last digit"
    );
    assert_valid(&text);
}

#[test]
fn an_archive_holds_the_document_first_and_the_picture() {
    let place = place(Crs::WebMercator, (10.0, 10.0), (0.0, -500.0), (30, 40));
    let raster = Raster::new(
        place.size(),
        vec![[200, 100, 50, 128]; place.size().pixels()],
    )
    .unwrap();
    let write = || {
        let mut bytes = Vec::new();
        write_kmz("heat", &raster, &place, None, &mut bytes).unwrap();
        bytes
    };
    assert_eq!(write(), write());
    let mut archive = open(write());
    assert_eq!(archive.by_index(0).unwrap().name().unwrap(), "doc.kml");
    let document = String::from_utf8(read(&mut archive, "doc.kml")).unwrap();
    let href = texts(&document, "href").remove(0);
    let picture = image::load_from_memory(&read(&mut archive, &href))
        .unwrap()
        .into_rgba8();
    assert_eq!(picture.width(), 30);
    assert!(
        picture.pixels().all(|pixel| pixel.0 == [200, 100, 50, 128]),
        "blending equal colours gives the same"
    );
    assert_valid(&document);
}

#[test]
fn a_film_shows_each_frame_in_its_time() {
    let place = place(Crs::Wgs84, (10.0, 10.0), (0.0, -500.0), (8, 4));
    let mut bytes = Vec::new();
    let mut film = Film::begin("film", &place, &mut bytes);
    let times = [
        "2024-01-01T00:00:00Z",
        "2024-01-02T00:00:00Z",
        "2024-01-03T00:00:00Z",
    ];
    for (shade, span) in times.windows(2).enumerate() {
        let raster = Raster::new(place.size(), vec![[shade as u8, 0, 0, 255]; 32]).unwrap();
        film.frame(&raster, span[0], span[1]).unwrap();
    }
    film.finish().unwrap();
    let mut archive = open(bytes);
    let document = String::from_utf8(read(&mut archive, "doc.kml")).unwrap();
    assert_eq!(texts(&document, "begin"), times[..2]);
    assert_eq!(texts(&document, "end"), times[1..]);
    for (shade, href) in texts(&document, "href").iter().enumerate() {
        let frame = image::load_from_memory(&read(&mut archive, href))
            .unwrap()
            .into_rgba8();
        assert_eq!(
            (frame.dimensions(), frame.get_pixel(7, 3).0),
            ((8, 4), [shade as u8, 0, 0, 255])
        );
    }
    assert_valid(&document);
    assert!(Film::begin("none", &place, Vec::new()).finish().is_err());
}

/// A picture of the world's latitudes, in steps that a byte can hold: what was drawn anew must show
/// each where it is.
#[test]
fn rows_lie_at_their_latitudes() {
    for origin in [-2400.0, -500.0, 700.0] {
        let place = place(Crs::WebMercator, (20.0, 20.0), (100.0, origin), (2, 900));
        let bounds = place.bounds();
        let shade = |lat: f64| 20.0 + 200.0 * (lat - bounds.south) / (bounds.north - bounds.south);
        let latitude = |row: usize| {
            let middle = Pixels {
                x: 0.0,
                y: row as f64 + 0.5,
            };
            place.place(middle).y()
        };
        let pixels = (0..1800)
            .map(|i| [shade(latitude(i / 2)).round() as u8, 0, 0, 255])
            .collect();
        let raster = Raster::new(place.size(), pixels).unwrap();
        let overlay = Overlay::new(&raster, &place).unwrap();
        assert_eq!(overlay.bounds, bounds);
        let rows = overlay.raster.size().height();
        assert!(rows >= 900, "{rows} rows lose detail");
        for row in 0..rows {
            let lat =
                bounds.north - (row as f64 + 0.5) * (bounds.north - bounds.south) / rows as f64;
            let red = f64::from(overlay.raster.pixels()[2 * row][0]);
            assert!((red - shade(lat)).abs() <= 1.5, "{red} {lat}");
        }
    }
}

#[test]
fn colours_are_not_darkened_by_what_is_transparent() {
    let place = place(Crs::WebMercator, (1.0, 1.0), (0.0, -130.0), (1, 100));
    let pixels = (0..100)
        .map(|row| {
            if row % 2 == 0 {
                [250, 200, 10, 200]
            } else {
                [0; 4]
            }
        })
        .collect();
    let raster = Raster::new(place.size(), pixels).unwrap();
    let overlay = Overlay::new(&raster, &place).unwrap();
    for pixel in overlay.raster.pixels().iter().filter(|pixel| pixel[3] > 0) {
        assert_eq!(pixel[..3], [250, 200, 10]);
    }
}

#[test]
fn plate_carree_on_the_globe_is_left_alone() {
    let place = place(Crs::Wgs84, (4.0, 2.0), (700.0, -100.0), (40, 60));
    let raster = Raster::transparent(place.size());
    let overlay = Overlay::new(&raster, &place).unwrap();
    assert!(matches!(overlay.raster, std::borrow::Cow::Borrowed(_)));
    assert_eq!(
        (overlay.bounds.west, overlay.bounds.east),
        (175.0, 185.0),
        "across 180° east is larger than 180"
    );
}

#[test]
fn a_picture_across_180_degrees_is_cut_there_to_the_nearer_column() {
    // Columns of half a degree, which begin at 178.1°.
    let place = place(Crs::Wgs84, (2.0, 2.0), (356.2, -4.0), (8, 2));
    let raster = Raster::new(place.size(), (0..16).map(|i| [i, 0, 0, 255]).collect()).unwrap();
    let parts = Overlay::new(&raster, &place).unwrap().parts();
    let seen: Vec<(f64, f64, usize)> = parts
        .iter()
        .map(|part| {
            (
                part.bounds.west,
                part.bounds.east,
                part.raster.size().width(),
            )
        })
        .collect();
    assert!((seen[0].0 - 178.1).abs() < 1e-9 && (seen[1].1 + 177.9).abs() < 1e-9);
    assert_eq!(
        (seen[0].1, seen[0].2, seen[1].0, seen[1].2),
        (180.0, 4, -180.0, 4)
    );
    let reds =
        |part: &Overlay| -> Vec<u8> { part.raster.pixels().iter().map(|pixel| pixel[0]).collect() };
    assert_eq!(reds(&parts[0]), [0, 1, 2, 3, 8, 9, 10, 11]);
    assert_eq!(reds(&parts[1]), [4, 5, 6, 7, 12, 13, 14, 15]);
    // Beyond it by less than half a column, or altogether, is one part.
    for (origin, west, east) in [
        (352.2, 176.1, 180.0),
        (359.8, -180.0, -176.1),
        (364.0, -178.0, -174.0),
    ] {
        let place = self::place(Crs::Wgs84, (2.0, 2.0), (origin, -4.0), (8, 2));
        let parts = Overlay::new(&raster, &place).unwrap().parts();
        let bounds = parts[0].bounds;
        assert_eq!((parts.len(), parts[0].raster.size().width()), (1, 8));
        assert!(
            (bounds.west - west).abs() < 1e-9 && (bounds.east - east).abs() < 1e-9,
            "{bounds:?}"
        );
    }
}

#[test]
fn archives_have_both_parts_of_a_picture_across_180_degrees() {
    let place = place(Crs::WebMercator, (10.0, 10.0), (1790.0, -500.0), (30, 40));
    let raster = Raster::new(
        place.size(),
        vec![[200, 100, 50, 128]; place.size().pixels()],
    )
    .unwrap();
    let (mut still, mut film) = (Vec::new(), Vec::new());
    write_kmz("fiji", &raster, &place, None, &mut still).unwrap();
    let mut frames = Film::begin("fiji", &place, &mut film);
    for day in ["2024-01-01", "2024-01-02"] {
        frames.frame(&raster, day, day).unwrap();
    }
    frames.finish().unwrap();
    for (bytes, grounds) in [(still, 2), (film, 4)] {
        let mut archive = open(bytes);
        let document = String::from_utf8(read(&mut archive, "doc.kml")).unwrap();
        assert_valid(&document);
        assert_eq!(texts(&document, "west")[..2], ["179", "-180"]);
        assert_eq!(texts(&document, "east")[..2], ["180", "-178"]);
        let widths: Vec<u32> = texts(&document, "href")
            .iter()
            .map(|href| {
                let picture = read(&mut archive, href);
                image::load_from_memory(&picture).unwrap().width()
            })
            .collect();
        assert_eq!(widths, [10, 20].repeat(grounds / 2));
    }
}

#[test]
fn a_picture_around_the_world_ends_at_the_poles_and_where_it_meets_itself() {
    let place = place(Crs::Wgs84, (2.0, 2.0), (-370.0, -190.0), (740, 380));
    let pixels = (0..740 * 380)
        .map(|i| [(i % 740 / 4) as u8, (i / 740) as u8, 0, 255])
        .collect();
    let raster = Raster::new(place.size(), pixels).unwrap();
    let overlay = Overlay::new(&raster, &place).unwrap();
    assert_eq!(
        overlay.bounds,
        Bounds {
            south: -90.0,
            west: -180.0,
            north: 90.0,
            east: 180.0
        }
    );
    assert_eq!(
        (
            overlay.raster.size().width(),
            overlay.raster.size().height()
        ),
        (720, 360)
    );
    assert_eq!(overlay.raster.pixels()[0], raster.pixels()[10 * 740 + 10]);
    let mut bytes = Vec::new();
    let parts = [("world.png", overlay.bounds)];
    write("world", &overlay.bounds, parts, None, &mut bytes).unwrap();
    assert_valid(&String::from_utf8(bytes).unwrap());
    // A column begins at 180° west, but for rounding.
    let scale = 1024.0 / 374.634_146_341_463_4;
    let place = self::place(
        Crs::WebMercator,
        (scale, scale),
        (-512.0, -512.0),
        (1024, 1024),
    );
    let bounds = Overlay::new(&Raster::transparent(place.size()), &place)
        .unwrap()
        .bounds;
    assert!(bounds.west >= -180.0 && bounds.east <= 180.0, "{bounds:?}");
}
