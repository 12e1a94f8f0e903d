//! Stand-in.
use std::io::Read;
use std::path::Path;

use super::{Field, Sink};
use crate::error::Result;

/// # Errors
/// Always.
pub fn read(_path: &Path, _weight_field: Option<&Field>, sink: &mut Sink) -> Result<()> {
    Err(sink.error(None, "shp stand-in"))
}

/// # Errors
/// Always.
pub fn read_stream(_source: impl Read, sink: &mut Sink) -> Result<()> {
    Err(sink.error(None, "shp stand-in"))
}
