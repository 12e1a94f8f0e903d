//! GPX: GPS tracks, routes and waypoints in XML, read as the file streams by.
//!
//! Tolerant, because GPX in the wild is dirty: `xml` reads what there is, elements that are not
//! known pass, and what is broken costs only itself. Where the reading is strict, the crate `gpx`
//! must accept the file first.
//!
//! `document` makes shapes of the elements.

mod document;

use std::io::Read;

use self::document::Document;
use super::Sink;
use super::fields::has_root;
use super::reader::{Places, Reader};
use super::xml;
use crate::error::{Remedy, Result};

pub(super) static READER: Reader = Reader {
    name: "gpx",
    title: "GPX",
    extensions: &["gpx"],
    companions: &[],
    detect: |head| has_root(head, "gpx") || has_root(head, "trk"),
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, options, sink| read(opened.stream(), options.gpx, sink),
};

/// What to take from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// The points of each track segment, joined by lines.
    pub tracks: bool,
    /// The points of each route, joined by lines.
    pub routes: bool,
    /// Single points.
    pub waypoints: bool,
}

/// The most of a document that a strict reading holds in memory.
const STRICT: u64 = 256 << 20;

/// Reads a file. Without `take` these are its tracks, in a file without tracks its routes, and
/// without those its waypoints.
///
/// # Errors
/// When it is no GPX, goes beyond the limits, or, if the reading is strict, is not as it should be.
pub fn read(source: impl Read, take: Option<Take>, sink: &mut Sink) -> Result<()> {
    if !sink.manner().strict {
        return stream(source, take, sink);
    }
    let mut document = Vec::new();
    source
        .take(STRICT + 1)
        .read_to_end(&mut document)
        .map_err(|reason| sink.error(None, reason))?;
    if document.len() as u64 > STRICT {
        let fact = "the document is larger than 256 MiB, and a strict reading holds all of it";
        return Err(sink.error(None, fact));
    }
    // The crate takes minutes where elements are nested without end, so it gets to see no such
    // file.
    if xml::is_deep(&document) {
        return Err(sink.error(None, "elements are nested too deep"));
    }
    gpx::read(&document[..]).map_err(|reason| {
        sink.error(None, format_args!("not valid GPX: {reason}"))
            .remedy(Remedy::NotStrict)
    })?;
    stream(&document[..], take, sink)
}

fn stream(source: impl Read, take: Option<Take>, sink: &mut Sink) -> Result<()> {
    let kind = xml::Kind {
        title: READER.title,
        root: "gpx",
        parts: &["trk", "rte", "wpt", "trkseg", "trkpt", "rtept", "metadata"],
    };
    xml::read(source, &kind, &mut Document::new(take, sink))
}

#[cfg(test)]
mod tests;
