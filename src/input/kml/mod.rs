//! KML (Keyhole Markup Language): points, lines and tracks of Google Earth, read as they stream by.
//!
//! Ours, because the crate kml holds whole documents. Nothing is fetched, whatever a document links
//! to. The elements are those of OGC 07-147r2 and Google's extensions in any prefix: `Track` with
//! `when` and `coord` apart, and `MultiTrack`. A KMZ is an archive, and the container opens it.

mod document;
mod tuples;

use self::document::Document;
use super::reader::{Places, Reader};
use super::{fields, xml};

pub(super) static READER: Reader = Reader {
    name: "kml",
    title: "KML",
    extensions: &["kml", "kmz"],
    companions: &[],
    detect: |head| fields::has_root(head, "kml"),
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, _, sink| {
        let kind = xml::Kind {
            title: READER.title,
            root: "kml",
            parts: &["document", "folder", "placemark"],
        };
        xml::read(opened.stream(), &kind, &mut Document::new(sink))
    },
};
