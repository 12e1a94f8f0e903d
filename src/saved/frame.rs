//! The frame of a picture that is there already: of saved heat, or of a picture with a world file.

use std::path::Path;

use super::Saved;
use crate::error::{Error, Place, Result};
use crate::map::View;

/// The frame of a file.
///
/// # Errors
/// When the file cannot be read, or nothing says where it lies.
pub fn view_of(path: &Path) -> Result<View> {
    if Saved::is_one(path)? {
        return Ok(Saved::open(path)?.view().clone());
    }
    Err(Error::input(Place::file(path), "nothing says where this lies"))
}
