use std::io::Cursor;
use std::process::Command;

use serde_json::Value;
use tiff::decoder::{Decoder, DecodingResult};

use super::*;
use crate::geo::{Crs, View};
use crate::raster::Size;
use crate::wants::has;

fn places() -> Vec<View> {
    let views = [
        View::new(
            Crs::WebMercator,
            (123.456, 123.456),
            (-12_345.0, 6789.0),
            Size::new(30, 20).unwrap(),
        ),
        View::new(
            Crs::Wgs84,
            (7.0, 5.0),
            (1100.0, -440.0),
            Size::new(30, 20).unwrap(),
        ),
    ];
    views.into_iter().map(Option::unwrap).collect()
}

fn raster(size: Size) -> Raster {
    Raster::new(
        size,
        (0..size.pixels())
            .map(|i| [i as u8, (i / 256) as u8, 7, (i * 3) as u8])
            .collect(),
    )
    .unwrap()
}

fn grid(size: Size) -> Grid {
    let mut grid = Grid::cold(size).unwrap();
    grid.heat_mut()
        .iter_mut()
        .enumerate()
        .for_each(|(i, heat)| *heat = (i / 4) as f32 * 0.1);
    grid
}

#[test]
fn pictures_read_back_with_their_place() {
    for place in places() {
        let mut bytes = Vec::new();
        picture(&raster(place.size()), &place, &mut bytes).unwrap();
        assert_eq!(
            image::load_from_memory(&bytes)
                .unwrap()
                .into_rgba8()
                .into_raw(),
            raster(place.size()).as_bytes()
        );
        let mut decoder = Decoder::new(Cursor::new(bytes)).unwrap();
        let pixel = decoder.get_tag_f64_vec(Tag::ModelPixelScaleTag).unwrap();
        let tie = decoder.get_tag_f64_vec(Tag::ModelTiepointTag).unwrap();
        assert_eq!((pixel[0], pixel[1], tie[3], tie[4]), {
            let (cell, corner) = (place.transform().cell(), place.transform().corner);
            (cell.0, cell.1, corner.0, corner.1)
        });
        assert_eq!(decoder.get_tag_u32_vec(Tag::ExtraSamples).unwrap(), [2]);
        let keys = decoder.get_tag_u32_vec(Tag::GeoKeyDirectoryTag).unwrap();
        assert!(
            keys.chunks(4)
                .any(|key| key[3] == u32::from(place.crs().epsg().unwrap())),
            "{keys:?}"
        );
        assert_eq!(keys.len(), 4 + 4 * keys[3] as usize);
    }
}

#[test]
fn heat_reads_back_with_zero_as_no_data() {
    let place = places().swap_remove(0);
    let mut bytes = Vec::new();
    heat(&grid(place.size()), &place, "heat", &mut bytes).unwrap();
    let mut decoder = Decoder::new(Cursor::new(bytes)).unwrap();
    assert_eq!(decoder.get_tag_ascii_string(Tag::GdalNodata).unwrap(), "0");
    let DecodingResult::F32(heats) = decoder.read_image().unwrap() else {
        panic!("not of 32-bit floats")
    };
    assert_eq!(heats, grid(place.size()).heat());
}

#[test]
fn large_ones_are_the_same_as_big_tiff() {
    let place = places().swap_remove(0);
    let mut file = Cursor::new(Vec::new());
    encode::<RGBA8, TiffKindBig>(
        raster(place.size()).as_bytes(),
        &place,
        About::default(),
        &mut file,
    )
    .unwrap();
    let bytes = file.into_inner();
    assert!(bytes.starts_with(&[b'I', b'I', 43, 0]) || bytes.starts_with(&[b'M', b'M', 0, 43]));
    let DecodingResult::U8(samples) = Decoder::new(Cursor::new(bytes))
        .unwrap()
        .read_image()
        .unwrap()
    else {
        panic!()
    };
    assert_eq!(samples, raster(place.size()).as_bytes());
}

/// What GDAL says about a file.
fn gdalinfo(bytes: &[u8]) -> Value {
    let file = tempfile::Builder::new().suffix(".tif").tempfile().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let output = Command::new("gdalinfo")
        .args(["-json", "-stats"])
        .arg(file.path())
        .env("GDAL_PAM_ENABLED", "NO")
        .output();
    serde_json::from_slice(&output.unwrap().stdout).unwrap()
}

fn assert_near(value: &Value, wanted: f64, near: f64) {
    assert!(
        (value.as_f64().unwrap() - wanted).abs() <= near,
        "{value} is not {wanted}"
    );
}

#[test]
fn gdal_agrees() {
    if !has("gdalinfo") {
        return;
    }
    for place in places() {
        let (mut seen, mut counted) = (Vec::new(), Vec::new());
        picture(&raster(place.size()), &place, &mut seen).unwrap();
        heat(&grid(place.size()), &place, "heat", &mut counted).unwrap();
        let (seen, counted) = (gdalinfo(&seen), gdalinfo(&counted));
        let bands = |info: &Value, what: &str| -> Vec<Value> {
            info["bands"]
                .as_array()
                .unwrap()
                .iter()
                .map(|band| band[what].clone())
                .collect()
        };
        assert_eq!(
            bands(&seen, "colorInterpretation"),
            ["Red", "Green", "Blue", "Alpha"]
        );
        assert_eq!(
            (bands(&counted, "type"), bands(&counted, "noDataValue")),
            (vec!["Float32".into()], vec![0.0.into()])
        );
        assert_near(&bands(&counted, "minimum")[0], 0.1, 1e-6);
        for info in [seen, counted] {
            assert_eq!(info["size"], serde_json::json!([30, 20]));
            assert_eq!(info["metadata"][""]["AREA_OR_POINT"], "Area");
            assert!(
                info["coordinateSystem"]["wkt"]
                    .as_str()
                    .unwrap()
                    .ends_with(&format!("ID[\"EPSG\",{}]]", place.crs().epsg().unwrap()))
            );
            let (bounds, ring) = (place.bounds(), &info["wgs84Extent"]["coordinates"][0]);
            for (corner, lon, lat) in [
                (0, bounds.west, bounds.north),
                (2, bounds.east, bounds.south),
            ] {
                assert_near(&ring[corner][0], lon, 1e-6);
                assert_near(&ring[corner][1], lat, 1e-6);
            }
        }
    }
}
