//! The frame of a picture that is there already: of saved heat, or of a picture with a world file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use image::ImageReader;

use super::Saved;
use crate::error::{Error, Location, Result};
use crate::geo::View;
use crate::raster::Size;

/// World files have six numbers, and .prj files a sentence; nothing longer is looked at.
const LONGEST: u64 = 1 << 16;

/// The frame of a file.
///
/// # Errors
/// When the file cannot be read, or nothing says where it lies.
pub fn view_of(path: &Path) -> Result<View> {
    if Saved::is_one(path)? {
        return Ok(Saved::open(path)?.view().clone());
    }
    let error = |path: &Path, fact: &str| Error::input(Location::file(path), fact);
    let size = size(path).ok_or_else(|| error(path, "this is neither saved heat nor a picture"))?;
    let world = beside(path)
        .into_iter()
        .find_map(|file| text(&file).ok().map(|text| (file, text)));
    let (file, world) = world.ok_or_else(|| {
        let names: Vec<_> = beside(path)
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        let advice = format!(
            "a world file says so, and would be one of: {}",
            names.join(", ")
        );
        error(path, "nothing says where this picture lies").advice(advice)
    })?;
    let prj = text(&path.with_extension("prj")).ok();
    let placed = View::from_world_file(&world, prj.as_deref(), size);
    let placed = placed.map_err(|fault| Error {
        place: Some(Location::file(&file)),
        ..fault
    })?;
    placed.ok_or_else(|| error(&file, "the picture is not on the earth"))
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
    let (width, height) = ImageReader::open(path)
        .ok()?
        .with_guessed_format()
        .ok()?
        .into_dimensions()
        .ok()?;
    Size::new(width, height)
}
