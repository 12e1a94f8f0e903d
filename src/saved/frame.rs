//! The frame of a picture that is there already: of saved heat, or of a picture that says where it
//! lies.

use std::path::Path;

use super::Saved;
use super::georeference::{georeference, nowhere};
use crate::error::{Error, Location, Result};
use crate::geo::{CellFrame, View};

/// The frame of a file: saved heat, a picture, or what describes cells.
///
/// # Errors
/// When the file cannot be read, or nothing says where it lies.
pub fn view_of(path: &Path) -> Result<View> {
    if Saved::is_one(path)? {
        return Ok(Saved::open(path)?.view().clone());
    }
    if let Some(frame) = CellFrame::read(path)? {
        let fact = "it describes the pixels of a whole zoom, which no picture has";
        let error = || Error::input(Location::file(path), fact);
        return frame.view().ok_or_else(error);
    }
    georeference(path)?.ok_or_else(|| nowhere(path))
}
