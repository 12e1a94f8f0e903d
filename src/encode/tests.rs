//! That all formats which know where they are agree about it.

use std::io::{Cursor, Read};

use image::ImageFormat;
use serde_json::Value;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::*;
use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;

use crate::density::Grid;
use crate::geo::{Bounds, Crs, View};
use crate::raster::{Raster, Size};

/// South, west, north, east.
type Sides = [f64; 4];

const NAMES: [&str; 4] = ["south", "west", "north", "east"];

fn sides(bounds: Bounds) -> Sides {
    [bounds.south, bounds.west, bounds.north, bounds.east]
}

/// From a corner and the size of pixels, by a formula of its own.
fn degrees(place: &View, (left, top): (f64, f64), (wide, high): (f64, f64)) -> Sides {
    let (right, bottom) = (
        left + wide * place.size().width() as f64,
        top - high * place.size().height() as f64,
    );
    match place.crs() {
        Crs::Wgs84 | Crs::Plane { .. } | Crs::Projected(_) => [bottom, left, top, right],
        Crs::WebMercator => {
            let latitude = |y: f64| 2.0 * (y / 6_378_137.0).exp().atan().to_degrees() - 90.0;
            let longitude = |x: f64| x / 20_037_508.342_789_244 * 180.0;
            [
                latitude(bottom),
                longitude(left),
                latitude(top),
                longitude(right),
            ]
        }
    }
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn in_geotiff(place: &View, raster: &Raster) -> Sides {
    let mut bytes = Vec::new();
    geotiff::picture(raster, place, &mut bytes).unwrap();
    let mut decoder = Decoder::new(Cursor::new(bytes)).unwrap();
    let pixel = decoder.get_tag_f64_vec(Tag::ModelPixelScaleTag).unwrap();
    let tie = decoder.get_tag_f64_vec(Tag::ModelTiepointTag).unwrap();
    degrees(place, (tie[3], tie[4]), (pixel[0], pixel[1]))
}

fn in_grid(place: &View) -> Sides {
    let text = text(|bytes| heat_grid::write_asc(&Grid::cold(place.size()).unwrap(), place, bytes));
    let number = |line: usize| -> f64 {
        text.lines()
            .nth(line)
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap()
    };
    let (left, bottom, cell) = (number(2), number(3), number(4));
    degrees(
        place,
        (left, bottom + cell * place.size().height() as f64),
        (cell, cell),
    )
}

fn in_world_file(place: &View) -> Sides {
    let numbers: Vec<f64> = place
        .to_world_file()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    let corner = (numbers[4] - numbers[0] / 2.0, numbers[5] - numbers[3] / 2.0);
    degrees(place, corner, (numbers[0], -numbers[3]))
}

fn in_json(place: &View) -> Sides {
    let about = metadata::Metadata {
        decay: None,
        kernel: None,
        pass: None,
        moments: None,
        unit: metadata::HEAT.to_owned(),
        place: place.clone(),
        minimum: None,
        maximum: None,
        radius: None,
        counts: Vec::new(),
        files: None,
    };
    let json: Value = serde_json::from_str(&text(|bytes| about.write_json(bytes))).unwrap();
    NAMES.map(|side| json["bounds"][side].as_f64().unwrap())
}

fn in_kmz(place: &View, raster: &Raster) -> Sides {
    let mut bytes = Vec::new();
    kml::write_kmz("", raster, place, None, &mut bytes).unwrap();
    let mut document = String::new();
    zip::ZipArchive::new(Cursor::new(bytes))
        .unwrap()
        .by_name("doc.kml")
        .unwrap()
        .read_to_string(&mut document)
        .unwrap();
    NAMES.map(|side| {
        let after = document.split_once(&format!("<{side}>")).unwrap().1;
        after.split_once('<').unwrap().0.parse().unwrap()
    })
}

fn in_page(place: &View, raster: &Raster) -> Sides {
    let page = text(|bytes| html::write(raster, place, &html::Page::default(), bytes));
    let settings = page
        .split_once("id=\"settings\">")
        .unwrap()
        .1
        .split_once("</script>")
        .unwrap()
        .0;
    let settings: Value = serde_json::from_str(settings).unwrap();
    [(0, 0), (0, 1), (1, 0), (1, 1)]
        .map(|(corner, axis)| settings["bounds"][corner][axis].as_f64().unwrap())
}

#[test]
fn corners_are_the_same_in_all_formats() {
    let size = Size::new(40, 30).unwrap();
    for projection in [Crs::WebMercator, Crs::Wgs84] {
        for (scale, x, y) in [
            (1234.5, -150_000.0, -58_000.0),
            (3.0, 500.0, 100.0),
            (1e6, -3e6, 3.3e7),
        ] {
            let place = View::new(projection, (scale, scale), (x, y), size).unwrap();
            let (wanted, raster) = (sides(place.bounds()), Raster::transparent(size));
            let found = [
                in_geotiff(&place, &raster),
                in_grid(&place),
                in_world_file(&place),
                in_json(&place),
                in_kmz(&place, &raster),
                in_page(&place, &raster),
            ];
            for (format, sides) in found.iter().enumerate() {
                let far = sides
                    .iter()
                    .zip(wanted)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f64::max);
                assert!(
                    far < 1e-9,
                    "format {format}: {sides:?} instead of {wanted:?}"
                );
            }
        }
    }
}

fn raster() -> Raster {
    let pixels = (0..12 * 7).map(|i| [i * 3, 255 - i * 3, i, 255]).collect();
    Raster::new(Size::new(12, 7).unwrap(), pixels).unwrap()
}

#[test]
fn every_format_reads_back() {
    let pictures = FORMATS.iter().filter(|facts| {
        facts.holds == Holds::Picture
            && facts.lies_on == LiesOn::Nothing
            && facts.moves == Moves::Never
    });
    for (extension, format) in
        pictures.map(|facts| (facts.extensions.first().unwrap_or(&"png"), facts.format))
    {
        let mut bytes = Vec::new();
        write(&raster(), format, &mut bytes).unwrap();
        let is_text = matches!(format, Format::Base64 | Format::DataUri);
        if is_text {
            let letters = bytes
                .strip_prefix(b"data:image/png;base64,")
                .unwrap_or(&bytes);
            bytes = STANDARD.decode(letters).unwrap();
        }
        let extension = if is_text { "png" } else { extension };
        let guess = ImageFormat::from_extension(extension).unwrap();
        let image = image::load_from_memory_with_format(&bytes, guess)
            .unwrap()
            .into_rgba8();
        assert_eq!(image.dimensions(), (12, 7), "{format:?}");
        let expected = raster();
        let far = image
            .pixels()
            .zip(expected.pixels())
            .flat_map(|(a, b)| (0..4).map(|i| a.0[i].abs_diff(b[i])));
        let lossy = matches!(format, Format::Jpeg | Format::Gif);
        assert!(far.max() <= Some(if lossy { 40 } else { 0 }), "{format:?}");
    }
}
