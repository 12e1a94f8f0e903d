//! Georeference of a picture file: where it lies, as the file itself or those beside it say.
//!
//! In the order in which GDAL believes them (<https://gdal.org/user/raster_data_model.html>): its own
//! .aux.xml, the tags of a `GeoTIFF`, a world file with or without a .prj.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use image::ImageReader;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

use crate::error::{Error, Location, Result};
use crate::geo::{Crs, View};
use crate::raster::Size;

/// World files have six numbers, and .prj files a sentence; nothing longer is looked at.
const LONGEST: u64 = 1 << 16;
const ADVICE: &str =
    "name a picture that lies north up in WGS 84 (EPSG:4326) or Web Mercator (EPSG:3857)";

/// What is known of where a picture lies.
#[derive(Default)]
struct Known {
    /// As GDAL counts: x of the corner, x by column and by row, and the same of y.
    transform: Option<[f64; 6]>,
    system: Option<Crs>,
}

/// Where a picture lies; `None` where nothing says so.
///
/// # Errors
/// When it is no picture, or lies in a system or in a way that is not known here.
pub fn georeference(path: &Path) -> Result<Option<View>> {
    let error = |fact: &str| Error::input(Location::file(path), fact);
    let size = size(path).ok_or_else(|| error("this is neither saved heat nor a picture"))?;
    let (aux, tags) = (of_aux_xml(path)?, of_tags(path)?);
    let system = aux.system.or(tags.system);
    let Some(transform) = aux.transform.or(tags.transform) else {
        return of_world_file(path, system, size);
    };
    let view = View::georeferenced(transform, system, size);
    let view = view.map_err(|fault| at(path, fault))?;
    let view = view.ok_or_else(|| error("the picture is not on the earth"))?;
    Ok(Some(view))
}

/// The error of a picture of which nothing says where it lies.
pub fn nowhere(path: &Path) -> Error {
    let names: Vec<_> = beside(path)
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let advice = format!(
        "a world file says so, and would be one of: {}",
        names.join(", ")
    );
    Error::input(Location::file(path), "nothing says where this picture lies").advice(advice)
}

fn at(path: &Path, fault: Error) -> Error {
    Error {
        place: Some(Location::file(path)),
        ..fault
    }
}

fn of_world_file(path: &Path, system: Option<Crs>, size: Size) -> Result<Option<View>> {
    let mut worlds = beside(path).into_iter();
    let Some((world, file)) = worlds.find_map(|file| Some((text(&file).ok()?, file))) else {
        return Ok(None);
    };
    let prj = match system {
        Some(system) => system.wkt(),
        None => text(&path.with_extension("prj")).ok(),
    };
    let view = View::from_world_file(&world, prj.as_deref(), size);
    let view = view.map_err(|fault| at(&file, fault))?;
    let off = || Error::input(Location::file(&file), "the picture is not on the earth");
    view.ok_or_else(off).map(Some)
}

/// What GDAL wrote beside a picture.
fn of_aux_xml(path: &Path) -> Result<Known> {
    let mut name = path.as_os_str().to_owned();
    name.push(".aux.xml");
    let file = PathBuf::from(name);
    let Ok(text) = text(&file) else {
        return Ok(Known::default());
    };
    let system = match element(&text, "SRS") {
        Some(system) if !system.trim().is_empty() => Some(named(&system, &file)?),
        _ => None,
    };
    let transform = element(&text, "GeoTransform").and_then(|numbers| {
        let numbers: Option<Vec<f64>> = numbers
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect();
        <[f64; 6]>::try_from(numbers?).ok()
    });
    Ok(Known { transform, system })
}

fn named(system: &str, file: &Path) -> Result<Crs> {
    Crs::of_srs(system).ok_or_else(|| {
        let fact = "the coordinate system is unknown";
        Error::input(Location::file(file), fact).advice(ADVICE)
    })
}

/// What stands in the first element of a name.
fn element<'a>(text: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let (_, after) = text.split_once(&format!("<{name}"))?;
    let (_, content) = after.split_once('>')?;
    let (content, _) = content.split_once("</")?;
    quick_xml::escape::unescape(content).ok()
}

/// The tags of a `GeoTIFF` (OGC 19-008r4).
fn of_tags(path: &Path) -> Result<Known> {
    const MODEL_TYPE: u16 = 1024;
    const RASTER_TYPE: u16 = 1025;
    const GEODETIC_CRS: u16 = 2048;
    const PROJECTED_CRS: u16 = 3072;
    const PIXEL_IS_POINT: u16 = 2;
    let Some(mut tiff) = tiff(path) else {
        return Ok(Known::default());
    };
    let keys = tiff.get_tag_u16_vec(Tag::GeoKeyDirectoryTag);
    let keys = keys.unwrap_or_default();
    let key = |wanted: u16| {
        let mut keys = keys.as_chunks::<4>().0.iter().skip(1);
        keys.find(|[key, place, ..]| *key == wanted && *place == 0)
            .map(|[.., value]| *value)
    };
    let code = match key(MODEL_TYPE) {
        Some(1) => key(PROJECTED_CRS).or(Some(0)),
        Some(2) => key(GEODETIC_CRS).or(Some(0)),
        Some(_) => Some(0),
        None => None,
    };
    let system = match code {
        Some(code) => Some(named(&format!("EPSG:{code}"), path)?),
        None => None,
    };
    let numbers = |tiff: &mut Decoder<_>, tag| tiff.get_tag_f64_vec(tag).unwrap_or_default();
    let scale = numbers(&mut tiff, Tag::ModelPixelScaleTag);
    let tie = numbers(&mut tiff, Tag::ModelTiepointTag);
    let matrix = numbers(&mut tiff, Tag::ModelTransformationTag);
    let mut transform = match (&*scale, &*tie, &*matrix) {
        ([wide, high, ..], [column, row, _, x, y, ..], _) => {
            Some([x - column * wide, *wide, 0.0, y + row * high, 0.0, -high])
        }
        (_, _, [a, b, _, c, d, e, _, f, ..]) => Some([*c, *a, *b, *f, *d, *e]),
        _ => None,
    };
    if let (Some([x, wide, _, y, _, high]), Some(PIXEL_IS_POINT)) =
        (&mut transform, key(RASTER_TYPE))
    {
        // The numbers are those of the middle of the first pixel.
        *x -= *wide / 2.0;
        *y -= *high / 2.0;
    }
    Ok(Known { transform, system })
}

fn tiff(path: &Path) -> Option<Decoder<BufReader<File>>> {
    let mut start = [0; 4];
    File::open(path).ok()?.read_exact(&mut start).ok()?;
    let is_tiff = [*b"II*\0", *b"MM\0*", *b"II+\0", *b"MM\0+"].contains(&start);
    let file = BufReader::new(File::open(path).ok()?);
    is_tiff.then(|| Decoder::new(file).ok()).flatten()
}

/// The names that the world file of a picture may have.
fn beside(path: &Path) -> Vec<PathBuf> {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let names = [
        View::world_extension(&extension),
        format!("{extension}w"),
        "wld".to_owned(),
    ];
    names.iter().map(|name| path.with_extension(name)).collect()
}

fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn size(path: &Path) -> Option<Size> {
    let (width, height) = match tiff(path) {
        Some(mut tiff) => tiff.dimensions().ok()?,
        None => ImageReader::open(path)
            .ok()?
            .with_guessed_format()
            .ok()?
            .into_dimensions()
            .ok()?,
    };
    Size::new(width, height)
}
