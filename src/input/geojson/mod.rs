//! GeoJSON (RFC 7946), newline-delimited GeoJSON and text sequences (RFC 8142), read as they stream
//! by.
//!
//! Ours, on `serde_json`: the crate geojson is five times slower, and geozero holds the document. A
//! document of its own is read feature by feature; where every line or record is a document, one
//! that is broken costs only itself.

mod document;
mod geometry;
mod properties;

use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_core::de::DeserializeSeed;

use self::document::{Features, Root};
use self::properties::Wanted;
use super::interleaved::Interleaved;
use super::json::Outline;
use super::json::literals::{Quoted, quoted};
use super::opened::Opened;
use super::parallel_lines::Lines;
use super::reader::{Places, Reader};
use super::{Oddity, Options, Sink, decode, json, time};
use crate::error::Result;

pub(super) static READER: Reader = Reader {
    name: "geojson",
    title: "GeoJSON",
    extensions: &[
        "geojson",
        json::EXTENSION,
        "geojsonl",
        "geojsons",
        "geojsonseq",
        "ndjson",
        "ndgeojson",
        "jsonl",
    ],
    companions: &[],
    detect: |head| Outline::of(head).is_some_and(|outline| is_geojson(&outline)),
    certain: true,
    places: Places::Any,
    read,
};

/// Values of `type` that only GeoJSON has.
const TYPES: [&str; 9] = [
    "FeatureCollection",
    "Feature",
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
];
/// Begins every record of a text sequence.
const RECORD: u8 = 0x1e;

/// Whether a document is GeoJSON by its keys: the type may stand anywhere, even behind long members
/// of other kinds.
fn is_geojson(outline: &Outline) -> bool {
    let is_of = |path| outline.text(path).is_some_and(|kind| TYPES.contains(&kind));
    let paths = [
        "features[].geometry",
        "geometry.coordinates",
        "[].geometry.coordinates",
    ];
    let has = |path: &&str| outline.has(path);
    is_of("type")
        && [
            "features",
            "geometry",
            "coordinates",
            "geometries",
            "properties",
        ]
        .iter()
        .any(has)
        || outline.is_cut_early()
        || outline.text("type") == Some("FeatureCollection")
        || paths.iter().any(has)
        || is_of("[].type") && outline.has("[].geometry")
}

fn read(opened: Opened<'_>, options: &Options, sink: &mut Sink) -> Result<()> {
    let wanted = Wanted::new(&options.columns, &sink.manner());
    let is_asked = wanted.is_track_asked();
    let mut tracks = is_asked.then(|| Interleaved::new(&options.columns.track_memory));
    if is_asked {
        time::settle_order(&opened, wanted.is_order_asked(), sink);
    }
    let separator = separator(&opened);
    let text = decode::text(opened.stream());
    match separator {
        // What a point is joined to depends on all points before.
        Some(b'\n') if !is_asked => lines(text, &wanted, sink)?,
        Some(separator) => {
            let records = Records {
                wanted: &wanted,
                tracks: tracks.as_mut(),
                number: 0,
                is_known: false,
            };
            records.read(text, separator, sink)?.certain(sink)?;
        }
        None => document(text, &wanted, tracks.as_mut(), sink)?,
    }
    if let Some(tracks) = tracks {
        tracks.end(sink);
    }
    wanted.check(sink)
}

/// What stands between documents, if each is one line or record of many.
fn separator(opened: &Opened) -> Option<u8> {
    let text = opened.head().text()?;
    let text = text.trim_ascii_start();
    if text.first() == Some(&RECORD) {
        return Some(RECORD);
    }
    let end = memchr::memchr(b'\n', text);
    let is_whole = |line: &[u8]| serde_json::from_slice::<serde_json::Value>(&quoted(line)).is_ok();
    let is_lines = if let Some(end) = end {
        is_whole(&text[..end])
    } else {
        // The first line is longer than what can be seen.
        let extensions = ["geojsonl", "ndjson", "ndgeojson", "jsonl"];
        extensions.iter().any(|lines| opened.has_extension(lines))
    };
    is_lines.then_some(b'\n')
}

/// One document, or some in sequence.
fn document(
    text: impl BufRead,
    wanted: &Wanted,
    tracks: Option<&mut Interleaved>,
    sink: &mut Sink,
) -> Result<()> {
    let mut features = Features::new(sink, wanted, tracks);
    let mut source = serde_json::Deserializer::from_reader(BufReader::new(Quoted::new(text)));
    loop {
        if let Err(fault) = Root(&mut features).deserialize(&mut source) {
            return broken(features, &fault);
        }
        if source.end().is_ok() {
            break;
        }
    }
    if features.is_known {
        Ok(())
    } else {
        Err(features.sink.error(
            None,
            "this is JSON, but not GeoJSON: there is no feature in it",
        ))
    }
}

/// Nothing that follows can be read; what came before is used.
fn broken(features: Features<'_, '_>, fault: &serde_json::Error) -> Result<()> {
    let Features {
        sink,
        stopped,
        is_known,
        number,
        ..
    } = features;
    if let Some(error) = stopped {
        return Err(error);
    }
    let fact = format!("this is no JSON from here on: {fault}");
    if !is_known && number == 0 {
        return Err(sink.error(None, fact));
    }
    if fault.is_syntax() {
        sink.record();
        let fact = format_args!("{fact}; the rest of the file was not read");
        return sink.skip(number + 1, fact);
    }
    sink.note(format_args!("feature {}: {fact}", number + 1));
    sink.odd_because(Oddity::Broken, number + 1, fact)
}

/// Many documents, each on a line of its own, read side by side.
fn lines(text: impl BufRead + Send, wanted: &Wanted, sink: &mut Sink) -> Result<()> {
    let is_known = AtomicBool::new(false);
    let rest = Lines::new(text, 1).each(
        sink,
        |_| true,
        |piece, sink| {
            let mut records = Records::after(piece.line - 1, wanted);
            for (at, line) in piece.lines() {
                records.number = at - 1;
                records.take(line, sink)?;
            }
            is_known.fetch_or(records.is_known, Ordering::Relaxed);
            Ok(())
        },
    )?;
    let mut records = Records::after(0, wanted);
    records.is_known = is_known.into_inner();
    if let Some(rest) = rest {
        records.number = rest.line - 1;
        records = records.read(BufReader::new(rest.unread), b'\n', sink)?;
    }
    records.certain(sink)
}

/// Many documents, each a line or a record, as far as they have been read.
struct Records<'a> {
    wanted: &'a Wanted,
    tracks: Option<&'a mut Interleaved>,
    /// The number of the last one.
    number: u64,
    /// Whether there was anything of GeoJSON.
    is_known: bool,
}

impl<'a> Records<'a> {
    /// Those that follow some others, on lines.
    fn after(number: u64, wanted: &'a Wanted) -> Self {
        Self {
            wanted,
            tracks: None,
            number,
            is_known: false,
        }
    }

    fn read(mut self, mut text: impl BufRead, separator: u8, sink: &mut Sink) -> Result<Self> {
        let mut record = Vec::new();
        loop {
            record.clear();
            let read = text.read_until(separator, &mut record);
            if read.map_err(|reason| sink.error(None, reason))? == 0 {
                return Ok(self);
            }
            record.pop_if(|last| *last == separator);
            if separator == b'\n' || !record.trim_ascii().is_empty() {
                self.take(&record, sink)?;
            }
        }
    }

    /// Takes the document of a record, or those that have no end of line between them. One that is
    /// broken costs itself and what is behind it there, and a blank record has none.
    fn take(&mut self, record: &[u8], sink: &mut Sink) -> Result<()> {
        if record.trim_ascii().is_empty() {
            self.number += 1;
            return Ok(());
        }
        let text = quoted(record);
        let mut source = serde_json::Deserializer::from_slice(&text);
        loop {
            let tracks = self.tracks.as_deref_mut();
            let mut features = Features::new(sink, self.wanted, tracks).after(self.number);
            let result = Root(&mut features).deserialize(&mut source);
            self.is_known |= features.is_known;
            self.number = features.number.max(self.number + 1);
            match (result, features.stopped) {
                (_, Some(error)) => return Err(error),
                (Err(fault), None) => {
                    sink.record();
                    return sink.skip(self.number, format_args!("this is no JSON: {fault}"));
                }
                (Ok(()), None) if source.end().is_ok() => return Ok(()),
                (Ok(()), None) => {}
            }
        }
    }

    fn certain(&self, sink: &Sink) -> Result<()> {
        if self.is_known {
            Ok(())
        } else {
            Err(sink.error(None, "there is no GeoJSON in it"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Crs;
    use crate::input::tests::{collect, collect_in, facts, weighted};
    use crate::input::{Claim, Manner};

    #[test]
    fn all_documents_of_a_line_are_read() {
        let point = |lon: u32| format!("{{\"type\":\"Point\",\"coordinates\":[{lon},46]}}");
        let [a, b, c, d] = [1, 2, 3, 4].map(point);
        let text = format!("{a}\n{b}{c}\t{d}\r\n{a}\r{b}\r{c},\n{d}");
        let (report, shapes) = collect(false, |sink| {
            lines(text.as_bytes(), &Wanted::default(), sink)
        });
        let lons: Vec<_> = weighted(&shapes).iter().map(|place| place.1).collect();
        assert_eq!(lons, [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0]);
        let facts = facts(&report);
        assert_eq!(facts.len(), 1, "{facts:?}");
        assert!(facts[0].contains("this is no JSON"), "{facts:?}");
    }

    #[test]
    fn a_system_behind_its_features_is_not_silent() {
        let point = "{\"type\":\"Point\",\"coordinates\":[4.3,50.8]}";
        let feature = format!("{{\"type\":\"Feature\",\"properties\":null,\"geometry\":{point}}}");
        let features = format!("\"features\":[{feature}]");
        let read = |members: &[&str], crs: &str, claim| {
            let manner = Manner {
                crs: Crs::of_srs(crs).expect("a system"),
                claim,
                ..Manner::default()
            };
            let text = format!("{{{}}}", members.join(","));
            let (report, _) = collect_in(manner, |sink| {
                document(text.as_bytes(), &Wanted::default(), None, sink)
            });
            report
                .failed
                .first()
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let crs = |kind: &str| format!("\"crs\":{{\"properties\":{{{kind}}}}}");
        let (belge, code) = (crs("\"name\":\"EPSG:4313\""), crs("\"code\":4313"));
        for late in [&belge, &code] {
            assert_eq!(read(&[late, &features], "EPSG:4326", Claim::Usual), "");
            assert_eq!(read(&[&features, late], "EPSG:4313", Claim::Given), "");
            assert_eq!(read(&[&features, late], "EPSG:4326", Claim::Forced), "");
            let refused = read(&[&features, late], "EPSG:4326", Claim::Usual);
            assert!(refused.contains("stands behind the features"), "{refused}");
        }
        let usual = crs("\"name\":\"urn:ogc:def:crs:OGC:1.3:CRS84\"");
        assert_eq!(read(&[&features, &usual], "EPSG:4326", Claim::Usual), "");
        let link = crs("\"href\":\"http://example.com/crs/42\",\"type\":\"proj4\"");
        let refused = read(&[&link, &features], "EPSG:4326", Claim::Usual);
        assert!(
            refused.contains("http://example.com/crs/42 is not known"),
            "{refused}"
        );
    }
}
