//! The frame of a picture that is there already: of saved heat, or of a picture that says where it
//! lies.

use std::path::Path;

use super::Saved;
use super::georeference::{georeference, nowhere};
use crate::error::Result;
use crate::geo::View;

/// The frame of a file.
///
/// # Errors
/// When the file cannot be read, or nothing says where it lies.
pub fn view_of(path: &Path) -> Result<View> {
    if Saved::is_one(path)? {
        return Ok(Saved::open(path)?.view().clone());
    }
    georeference(path)?.ok_or_else(|| nowhere(path))
}
