//! Stand-in.
use std::io::Read;

use super::Sink;
use crate::error::Result;

/// What to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// Tracks.
    pub tracks: bool,
    /// Routes.
    pub routes: bool,
    /// Waypoints.
    pub waypoints: bool,
}

/// # Errors
/// Always.
pub fn read(_source: impl Read, _take: Option<Take>, _strict: bool, sink: &mut Sink) -> Result<()> {
    Err(sink.error(None, "gpx stand-in"))
}
