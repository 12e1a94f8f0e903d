//! KML (Keyhole Markup Language): points, lines and tracks of Google Earth, read as they stream by.
//!
//! Ours, because the crate kml holds whole documents. Nothing is fetched, whatever a document links
//! to. The elements are those of OGC 07-147r2 and Google's extensions in any prefix: `Track` with
//! `when` and `coord` apart, and `MultiTrack`. A KMZ is an archive, and the container opens it.

mod document;
mod tuples;

use std::io::Read;

use self::document::Document;
use super::reader::{Places, Reader};
use super::{Sink, fields, xml};
use crate::error::Result;

pub(super) static READER: Reader = Reader {
    name: "kml",
    title: "KML",
    extensions: &["kml", "kmz"],
    companions: &[],
    detect: |head| fields::has_root(head, "kml"),
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, _, sink| read(opened.stream(), sink),
};

fn read(source: impl Read, sink: &mut Sink) -> Result<()> {
    let kind = xml::Kind {
        title: READER.title,
        root: "kml",
        parts: &["document", "folder", "placemark"],
    };
    xml::read(source, &kind, &mut Document::new(sink))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::{collect_in, weighted};
    use crate::input::{Manner, time};

    /// The times of what a placemark draws.
    fn times(placemark: &str) -> Vec<Option<crate::geo::Time>> {
        let manner = Manner {
            times: true,
            ..Manner::default()
        };
        let text = format!("<kml><Placemark>{placemark}</Placemark></kml>");
        let (report, shapes) = collect_in(manner, |sink| read(text.as_bytes(), sink));
        assert!(report.oddities.is_empty() && report.failed.is_empty());
        shapes.iter().map(|shape| shape.time).collect()
    }

    #[test]
    fn the_time_of_a_placemark_stands_before_or_behind_its_geometry() {
        let stamp = "<TimeStamp><when>2020-01-02T03:04:05Z</when></TimeStamp>";
        let line = "<LineString><coordinates>1,2 3,4</coordinates></LineString>";
        let point = "<Point><coordinates>1,2</coordinates></Point>";
        let moment = time::parse(b"2020-01-02T03:04:05Z");
        for text in [
            format!("{stamp}{line}"),
            format!("{line}{stamp}"),
            format!("{point}{stamp}"),
        ] {
            assert_eq!(times(&text), [moment], "{text}");
        }
        let lines = format!("<MultiGeometry>{line}{line}</MultiGeometry>{stamp}");
        assert_eq!(times(&lines), [moment; 2]);
    }

    type Counts = Vec<(&'static str, u64)>;

    /// What is left out of a placemark, and where its points are.
    fn met(placemark: &str) -> (Counts, Vec<(f64, f64)>) {
        let manner = Manner {
            times: true,
            ..Manner::default()
        };
        let text = format!("<kml><Placemark>{placemark}</Placemark></kml>");
        let (report, shapes) = collect_in(manner, |sink| read(text.as_bytes(), sink));
        let places = weighted(&shapes).into_iter();
        let places = places.map(|(lat, lon, _)| (lat, lon)).collect();
        (report.left_out(), places)
    }

    #[test]
    fn a_model_stands_where_its_location_is() {
        let model = |location: &str| {
            met(&format!(
                "<Camera><longitude>9</longitude><latitude>9</latitude></Camera>\
                 <Model><Location>{location}</Location><Scale><x>1</x></Scale></Model>"
            ))
        };
        let place = "<longitude> 1 </longitude><latitude>2</latitude>";
        assert_eq!(model(place), (vec![], vec![(2.0, 1.0)]));
        let high = format!("{place}<altitude>3</altitude>");
        assert_eq!(model(&high), (vec![], vec![(2.0, 1.0)]));
        assert_eq!(model(""), (vec![("records without a geometry", 1)], vec![]));
        let half = "<longitude>1</longitude>";
        assert_eq!(model(half), (vec![("bad records", 1)], vec![]));
        let track = format!(
            "<gx:Track><when>2020-01-01</when><gx:coord>1 2 3</gx:coord>\
             <Model><Location>{place}</Location></Model></gx:Track>"
        );
        assert_eq!(met(&track), (vec![], vec![(2.0, 1.0)]));
    }

    #[test]
    fn shapes_of_nothing_and_times_of_no_place_are_told() {
        let empty = vec![("records without a geometry", 1)];
        for shape in [
            "<Point/>",
            "<Point><coordinates> </coordinates></Point>",
            "<LineString><coordinates></coordinates></LineString>",
            "<LinearRing></LinearRing>",
            "<gx:Track></gx:Track>",
        ] {
            assert_eq!(met(shape), (empty.clone(), vec![]), "{shape}");
        }
        let coord = "<gx:coord>1 2</gx:coord>";
        let when = "<when>2020-01-01</when>";
        let track = |text: &str| met(&format!("<gx:Track>{text}</gx:Track>")).0;
        assert_eq!(track(&format!("{when}{when}{coord}{coord}")), []);
        assert_eq!(track(&format!("{coord}{coord}")), []);
        let told = [("bad times", 1)];
        assert_eq!(track(&format!("{when}{coord}{coord}")), told);
        assert_eq!(track(&format!("{when}{when}{coord}")), told);
    }

    #[test]
    fn the_time_of_a_view_is_not_that_of_its_placemark() {
        let point = "<Point><coordinates>1,2</coordinates></Point>";
        let span = "<TimeSpan><begin>1999-01-01</begin><end>1999-02-01</end></TimeSpan>";
        let stamp = "<TimeStamp><when>2020-01-01</when></TimeStamp>";
        let view =
            format!("<LookAt><gx:TimeStamp><when>1999</when></gx:TimeStamp></LookAt>{point}");
        assert_eq!(times(&view), [None]);
        let both = format!("{stamp}<Camera>{span}</Camera>{point}");
        assert_eq!(times(&both), [time::parse(b"2020-01-01")]);
    }

    #[test]
    fn a_time_may_be_a_year_or_a_month() {
        let of = |text: &str| {
            times(&format!(
                "<TimeStamp><when>{text}</when></TimeStamp><Point><coordinates>1,2</coordinates></Point>"
            ))
        };
        assert_eq!(of("1997"), [time::parse(b"1997-01-01")]);
        assert_eq!(of(" 2004-06\n"), [time::parse(b"2004-06-01")]);
        assert_eq!(of("2004-06-07"), [time::parse(b"2004-06-07")]);
    }
}
