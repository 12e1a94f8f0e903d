use std::path::Path;
use std::process::Command;

use base64::Engine;

use super::*;
use crate::geo::{Pixels, Projection, View};
use crate::raster::Size;
use crate::wants::has;

fn view(projection: Projection) -> View {
    View::new(
        projection,
        (20.0, 20.0),
        (150.0, -1040.0),
        Size::new(300, 200).unwrap(),
    )
    .unwrap()
}

fn raster(size: Size) -> Raster {
    Raster::new(
        size,
        (0..size.pixels())
            .map(|i| [200, i as u8, 0, (i / 300) as u8 + 50])
            .collect(),
    )
    .unwrap()
}

fn page(view: &View, page: &Page) -> String {
    let mut bytes = Vec::new();
    write(
        &raster(view.size()),
        &Georeference::of(view),
        page,
        &mut bytes,
    )
    .unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What lies between two texts.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn the_page_holds_the_picture_and_its_bounds() {
    let view = view(Projection::Mercator);
    let legend = raster(Size::new(30, 5).unwrap());
    let page = page(
        &view,
        &Page {
            legend: Some(&legend),
            ..Page::default()
        },
    );
    let picture = |start: &str| {
        let bytes = STANDARD
            .decode(between(
                &page,
                &format!("{start}data:image/png;base64,"),
                "\"",
            ))
            .unwrap();
        image::load_from_memory(&bytes)
            .unwrap()
            .into_rgba8()
            .into_raw()
    };
    assert_eq!(
        picture("<img id=\"picture\" alt=\"Heat map\" src=\""),
        raster(view.size()).as_bytes()
    );
    assert_eq!(
        picture("<img alt=\"Legend\" width=\"30\" height=\"5\" src=\""),
        legend.as_bytes()
    );
    let settings: serde_json::Value =
        serde_json::from_str(between(&page, "id=\"settings\">", "</script>")).unwrap();
    let Bounds {
        south,
        west,
        north,
        east,
    } = Georeference::of(&view).bounds();
    assert_eq!(settings["bounds"], json!([[south, west], [north, east]]));
    assert_eq!(settings["tiles"]["url"], Tiles::OPEN_STREET_MAP.url);
}

#[test]
fn nothing_that_comes_from_outside_becomes_markup() {
    let evil = "</script><script>alert(\"{{picture}}\")</script>'&";
    let tiles = Some(Tiles {
        url: evil,
        credit: evil,
        link: Some("javascript:alert(1)"),
    });
    let page = page(
        &view(Projection::Mercator),
        &Page {
            title: evil,
            description: evil,
            tiles,
            ..Page::default()
        },
    );
    assert!(!page.contains("alert(\""));
    assert!(!page.contains("javascript:alert"));
    assert_eq!(page.matches("</script>").count(), 3);
    assert_eq!(page.matches("data:image/png;base64").count(), 1);
}

#[test]
fn plate_carree_has_no_street_map() {
    let page = page(&view(Projection::Equirectangular), &Page::default());
    assert!(between(&page, "id=\"settings\">", "</script>").contains("\"tiles\":null"));
}

/// The document after its scripts have run in Chromium, without a network.
fn browse(html: &str, folder: &Path) -> String {
    let file = folder.join("page.html");
    std::fs::write(&file, html).unwrap();
    let flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
        --disable-sync --virtual-time-budget=5000 --window-size=900,700 --dump-dom";
    let output = Command::new("chromium")
        .args(flags.split_whitespace())
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(&file)
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

/// Leaflet, which knows nothing of our projections, must find places on the very pixels of the
/// picture where the view has them.
#[test]
fn a_browser_shows_the_picture_at_its_place() {
    if !has("chromium") {
        return;
    }
    for projection in [Projection::Mercator, Projection::Equirectangular] {
        let view = view(projection);
        let spots = [(0.0, 0.0), (300.0, 200.0), (150.0, 100.0), (10.0, 190.0)]
            .map(|(x, y)| Pixels { x, y });
        let places = json!(spots.map(|spot| [view.degrees(spot).lat(), view.degrees(spot).lon()]));
        let probe = format!(
            "<script>{{ const box = picture.getBoundingClientRect(); \
            const spots = {places}.map(place => {{ const at = map.latLngToContainerPoint(place); \
            return [(at.x - box.left) * 300 / box.width, (at.y - box.top) * 200 / box.height]; }}); \
            document.title = JSON.stringify([spots, box.width, picture.naturalWidth, picture.className]); }}</script></body>"
        );
        let folder = tempfile::tempdir().unwrap();
        let html = page(
            &view,
            &Page {
                title: "Spring <b>rides</b>",
                ..Page::default()
            },
        )
        .replace("</body>", &probe);
        let document = browse(&html, folder.path());
        let seen: serde_json::Value =
            serde_json::from_str(between(&document, "<title>", "</title>")).expect(&document);
        assert!(
            seen[1].as_f64().unwrap() > 400.0,
            "fitted to the window: {seen}"
        );
        assert_eq!(
            (
                &seen[2],
                seen[3].as_str().unwrap().contains("leaflet-image-layer")
            ),
            (&json!(300), true)
        );
        for (spot, at) in spots.iter().zip(seen[0].as_array().unwrap()) {
            let far = (at[0].as_f64().unwrap() - spot.x)
                .abs()
                .max((at[1].as_f64().unwrap() - spot.y).abs());
            // Browsers place at whole pixels of the window, of which two or three make one of the
            // picture.
            assert!(far < 0.6, "{projection:?}: {spot:?} is at {at}");
        }
    }
}
