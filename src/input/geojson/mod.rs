//! GeoJSON (RFC 7946), newline-delimited GeoJSON and text sequences (RFC 8142), read as they stream
//! by.
//!
//! Ours, on `serde_json`: the crate geojson is five times slower, and geozero holds the document. A
//! document of its own is read feature by feature; where every line or record is a document, one
//! that is broken costs only itself.

mod document;
mod properties;

use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_core::de::DeserializeSeed;

use self::document::{Features, Root};
use self::properties::Wanted;
use super::interleaved::Interleaved;
use super::json::Outline;
use super::json::elements::{bare, read_until};
use super::json::literals::{Quoted, quoted};
use super::opened::Opened;
use super::parallel_lines::Lines;
use super::reader::{Places, Reader};
use super::{Oddity, Options, Sink, decode, time};
use crate::error::Result;
use crate::geo::Crs;

pub(super) static READER: Reader = Reader {
    name: "geojson",
    title: "GeoJSON",
    extensions: &[
        "geojson",
        "json",
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
    let has_dates = sink.manner().times || options.columns.order_field.is_some();
    time::settle_order(&opened, has_dates, sink);
    let wanted = Wanted::new(&options.columns, &sink.manner());
    let is_asked = wanted.is_track_asked();
    let mut tracks = is_asked.then(|| Interleaved::new(&options.columns.track_memory));
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
                crs: None,
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
    let is_lines = if let Some(end) = end {
        is_whole(&text[..end])
    } else {
        // The first line is longer than what can be seen.
        let extensions = ["geojsonl", "ndjson", "ndgeojson", "jsonl"];
        extensions.iter().any(|lines| opened.has_extension(lines))
    };
    is_lines.then_some(b'\n')
}

/// Whether a line is a value of its own.
fn is_whole(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(&quoted(line)).is_ok()
}

/// One document, or some in sequence.
fn document(
    text: impl BufRead,
    wanted: &Wanted,
    tracks: Option<&mut Interleaved>,
    sink: &mut Sink,
) -> Result<()> {
    let mut features = Features::new(sink, wanted, tracks);
    let mut text = Quoted::new(text);
    let mut source = serde_json::Deserializer::from_reader(BufReader::new(&mut text));
    let usual = features.crs;
    loop {
        // What one document says is not of the next.
        features.crs = usual;
        if let Err(fault) = Root(&mut features).deserialize(&mut source) {
            return broken(features, &fault, text);
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

/// What came before is used; what follows is read if features stand there on lines of their own, as
/// most programs write them.
fn broken(
    features: Features<'_, '_>,
    fault: &serde_json::Error,
    mut text: Quoted<impl Read>,
) -> Result<()> {
    let Features {
        sink,
        wanted,
        tracks,
        stopped,
        is_known,
        number,
        crs,
    } = features;
    if let Some(error) = stopped {
        return Err(error);
    }
    let number = number + 1;
    let fact = format!("this is no JSON from here on: {fault}");
    if !is_known && number == 1 {
        return Err(sink.error(None, fact));
    }
    if !fault.is_syntax() {
        sink.note(format_args!("feature {number}: {fact}"));
        return sink.odd_because(Oddity::Broken, number, fact);
    }
    sink.record();
    // A fault may lie in the end of its line.
    let passed = text.skip_to(fault.line() - usize::from(fault.column() == 0));
    let (mut text, mut line) = (BufReader::new(text), Vec::new());
    let read = passed.and_then(|()| read_until(&mut text, b'\n', &mut line));
    read.map_err(|reason| sink.error(None, reason))?;
    if !is_whole(bare(&line)) {
        let fact = format_args!("{fact}; the rest of the file was not read");
        return sink.skip(number, fact);
    }
    let fact = format_args!("this is no JSON: {fault}; the rest of its line was not read");
    sink.skip(number, fact)?;
    let mut records = Records {
        wanted,
        tracks,
        number,
        crs: Some(crs),
        is_known,
    };
    while !line.is_empty() {
        // The end of the collection is nothing by itself, whatever follows in its line, if that is
        // no feature.
        let is_end = matches!(bare(&line).trim_ascii(), [] | [b']' | b'}', ..]);
        if !is_end || memchr::memmem::find(&line, b"\"geometry\"").is_some() {
            records.take(bare(&line), sink)?;
        }
        line.clear();
        let read = read_until(&mut text, b'\n', &mut line);
        read.map_err(|reason| sink.error(None, reason))?;
    }
    Ok(())
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
    /// The system that something above them names.
    crs: Option<Crs>,
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
            crs: None,
            is_known: false,
        }
    }

    fn read(mut self, mut text: impl BufRead, separator: u8, sink: &mut Sink) -> Result<Self> {
        let mut record = Vec::new();
        loop {
            record.clear();
            let read = read_until(&mut text, separator, &mut record);
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
            let mut features =
                Features::new(sink, self.wanted, tracks).after(self.number, self.crs);
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
    use crate::geo::{Geometry, Shape};
    use crate::input::tests::{collect, collect_in, facts, weighted};
    use crate::input::{Claim, Manner, Report};

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

    fn feature(lon: &str, properties: &str) -> String {
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{{properties}}},\
             \"geometry\":{{\"type\":\"Point\",\"coordinates\":[{lon},46]}}}}"
        )
    }

    fn read_all(text: &str, wanted: &Wanted, manner: Manner) -> (Report, Vec<f64>) {
        let (report, shapes) =
            collect_in(manner, |sink| document(text.as_bytes(), wanted, None, sink));
        let lons = weighted(&shapes).iter().map(|place| place.1).collect();
        (report, lons)
    }

    #[test]
    fn a_broken_feature_of_many_on_lines_costs_itself() {
        let good = |lon: &str| feature(lon, "\"n\":1");
        for bad in [
            feature("2", "\"n\":1.2.3"),
            feature("2", "\"n\":nul"),
            feature("2", "\"n\":\"a\"b\""),
            "{\"type\":\"Feature\",\"geometry\":nul".to_owned(),
            "{\"type\":\"Feature\",\"geometry\":".to_owned(),
        ] {
            let lines = [good("1"), bad, good("3"), good("4")].join(",\n");
            let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{lines}\n]\n}}\n");
            let (report, lons) = read_all(&text, &Wanted::default(), Manner::default());
            assert_eq!(lons, [1.0, 3.0, 4.0], "{text}");
            assert_eq!((report.records, report.skipped), (4, 1), "{text}");
            let fact = &facts(&report)[0];
            assert!(fact.contains("test:2: this is no JSON: "), "{fact}");
            let one_line = text.replace('\n', "");
            let (report, lons) = read_all(&one_line, &Wanted::default(), Manner::default());
            assert_eq!(lons, [1.0], "{text}");
            assert_eq!(report.skipped + report.oddities.len() as u64, 1, "{text}");
        }
    }

    #[test]
    fn features_behind_the_end_of_a_list_are_told_where_one_was_broken() {
        let (good, bad) = (feature("1", ""), feature("2", "\"n\":nul"));
        let end = |end: &str| format!("{{\"features\":[\n{good},\n{bad},\n{good},\n{end}");
        for (text, skipped) in [
            (end("]}\n"), 1),
            (end("],\"a\":{\"b\":1}}\n"), 1),
            (end(&format!("]}},{{\"features\":[{good}]}}\n")), 2),
        ] {
            let (report, _) = read_all(&text, &Wanted::default(), Manner::default());
            assert_eq!(report.skipped, skipped, "{text}");
        }
    }

    #[test]
    fn a_position_that_is_no_number_costs_its_feature() {
        let all = ["1", "NaN", "-Infinity", "4"].map(|lon| feature(lon, ""));
        let text = format!("{{\"features\":[{}]}}", all.join(","));
        let (report, lons) = read_all(&text, &Wanted::default(), Manner::default());
        assert_eq!(lons, [1.0, 4.0]);
        assert_eq!((report.records, report.skipped), (4, 2));
    }

    #[test]
    fn properties_that_are_no_numbers_are_told() {
        let text = feature(
            "1",
            "\"weight\":[5],\"time\":{\"at\":1},\"coordTimes\":[\"soon\"]",
        );
        let manner = Manner {
            times: true,
            ..Manner::default()
        };
        let wanted = Wanted::new(&super::super::columns::Options::default(), &manner);
        let (report, lons) = read_all(&text, &wanted, manner);
        assert_eq!(lons, [1.0]);
        assert_eq!(report.oddities[0].oddity, Oddity::UnreadWeights);
        assert_eq!(report.bad_times, 2);
    }

    #[test]
    fn a_list_under_the_name_of_a_time_has_those_of_the_positions() {
        let manner = Manner {
            times: true,
            ..Manner::default()
        };
        let wanted = Wanted::new(&super::super::columns::Options::default(), &manner);
        let text = "{\"type\":\"Feature\",\"properties\":{\"time\":[1000,\"1970-01-01T00:00:02Z\"]},\
             \"geometry\":{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[3,4]]}}";
        let (report, shapes) = collect_in(manner, |sink| {
            document(text.as_bytes(), &wanted, None, sink)
        });
        let times = shapes
            .iter()
            .map(|shape| shape.time.unwrap().milliseconds());
        assert_eq!(times.collect::<Vec<_>>(), [1_000_000, 2000]);
        assert_eq!(report.bad_times, 0);
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

    #[test]
    fn a_feature_and_its_geometry_may_name_their_own_system() {
        let geometry =
            |crs: &str, at: &str| format!("{{\"type\":\"Point\",{crs}\"coordinates\":{at}}}");
        let feature =
            |crs: &str, geometry| format!("{{\"type\":\"Feature\",{crs}\"geometry\":{geometry}}}");
        let stated = "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"EPSG:28992\"}},";
        let other = "\"crs\":\"EPSG:3857\",";
        let features = [
            feature("", geometry(stated, "[155000,463000]")),
            feature(stated, geometry("", "[155000,463000]")),
            feature(other, geometry(stated, "[155000,463000]")),
            feature("", geometry("", "[5.387204,52.155172]")),
        ];
        let text = format!("{{\"features\":[{}]}}", features.join(","));
        let (report, shapes) = collect_in(Manner::default(), |sink| {
            document(text.as_bytes(), &Wanted::default(), None, sink)
        });
        assert_eq!((report.skipped, shapes.len()), (0, 4));
        let at = |shape: &Shape| match shape.geometry {
            Geometry::Point(at) => at,
            Geometry::Segment(..) => panic!("a segment"),
        };
        let usual = at(&shapes[3]);
        for stated in shapes.iter().map(at) {
            let off = [stated.x() - usual.x(), stated.y() - usual.y()];
            assert!(off.iter().all(|off| off.abs() < 1e-6), "{off:?}");
        }
    }

    /// What is read of a text, and where its points are.
    fn points_of(text: &str) -> (Report, Vec<[f64; 2]>) {
        let (report, shapes) = collect_in(Manner::default(), |sink| {
            document(text.as_bytes(), &Wanted::default(), None, sink)
        });
        let at = |shape: &Shape| match shape.geometry {
            Geometry::Point(at) => [at.x(), at.y()],
            Geometry::Segment(..) => panic!("a segment"),
        };
        (report, shapes.iter().map(at).collect())
    }

    #[test]
    fn collections_lie_in_lists_and_in_one_another() {
        let feature =
            "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2]}}";
        let collection = |rest: &str| format!("{{{rest}\"features\":[{feature},{feature}]}}");
        let one = collection("");
        for (text, points) in [
            (format!("[{one},{feature}]"), 3),
            (format!("{{\"features\":[{one},{feature},{one}]}}"), 5),
        ] {
            let (report, found) = points_of(&text);
            assert_eq!(
                (report.skipped, found),
                (0, vec![[1.0, 2.0]; points]),
                "{text}"
            );
        }
        // What one says of its system is not of the next.
        let web = "\"crs\":\"EPSG:3857\",";
        for text in [
            format!("{}{one}", collection(web)),
            format!("[{},{one}]", collection(web)),
        ] {
            let (_, found) = points_of(&text);
            assert!(
                found[0][0] < 0.1 && found[2] == [1.0, 2.0],
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn a_system_that_nobody_knows_costs_what_names_it() {
        let point = "\"type\":\"Point\",\"coordinates\":[1,2]";
        for crs in [
            "\"nowhere\"",
            "{\"type\":\"X\",\"name\":\"Y\"}",
            "{\"type\":\"EPSG\",\"properties\":{\"code\":\"1\"}}",
        ] {
            let geometry = format!("{{\"geometry\":{{{point},\"crs\":{crs}}}}}");
            let good = format!(
                "{{\"geometry\":{{{point},\"crs\":{{\"type\":\"name\",\"properties\":{{\"name\":null}}}}}}}}"
            );
            let (report, found) = points_of(&format!("{{\"features\":[{geometry},{good}]}}"));
            assert_eq!((report.skipped, found.len()), (1, 1), "{crs}");
        }
    }

    #[test]
    fn what_is_nested_unevenly_is_bad_and_stray_members_are_nothing() {
        let features = |geometry: &str| format!("{{\"features\":[{{\"geometry\":{geometry}}}]}}");
        for coordinates in [
            "[[1,2],[[3,4],[4,4]]]",
            "[[[1,2],[3,4]],[5,6]]",
            "[[[1,2],7]]",
        ] {
            let geometry =
                format!("{{\"type\":\"MultiLineString\",\"coordinates\":{coordinates}}}");
            let (report, found) = points_of(&features(&geometry));
            assert_eq!((report.skipped, found.len()), (1, 0), "{coordinates}");
        }
        let stray = "{\"type\":\"Point\",\"coordinates\":[1,2],\"x\":512,\"y\":40}";
        assert_eq!(points_of(&features(stray)).1, [[1.0, 2.0]]);
        let many = "{},".repeat(3_000_000);
        let many = format!("{{\"type\":\"GeometryCollection\",\"geometries\":[{many}{{}}]}}");
        assert_eq!(points_of(&features(&many)).1.len(), 0);
    }

    #[test]
    fn lines_go_on_over_missing_fixes_and_end_at_what_is_bad() {
        for (positions, shapes) in [
            ("[10,54],[0,0],[10.1,54.1]", 1),
            ("[10,54],[10,95],[10.1,54.1],[10.2,54.2]", 2),
        ] {
            let line = format!("{{\"type\":\"LineString\",\"coordinates\":[{positions}]}}");
            let (_, found) = collect_in(Manner::default(), |sink| {
                document(line.as_bytes(), &Wanted::default(), None, sink)
            });
            assert_eq!(found.len(), shapes, "{positions}");
        }
    }

    #[test]
    fn the_first_feature_may_be_the_broken_one() {
        let feature = |name: &str| {
            let geometry = "{\"type\":\"Point\",\"coordinates\":[1,2]}";
            format!("{{\"properties\":{{\"n\":{name}}},\"geometry\":{geometry}}}")
        };
        let (broken, good) = (feature("\"a\"b\""), feature("1"));
        let (report, found) = points_of(&format!("{{\"features\":[\n{broken},\n{good}\n]}}\n"));
        assert_eq!((report.skipped, found.len()), (1, 1));
    }
}
