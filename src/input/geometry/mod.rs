//! Geometries in a field of a table or a member of a record: well-known text and binary (WKT, WKB),
//! with the extensions of `PostGIS` (EWKT, EWKB), or GeoJSON, and what becomes of their points and
//! lines.
//!
//! Own readers, for the crates `wkt` and `wkb` know no coordinate system (SRID), and they and
//! `geojson` build trees of a geometry of which only positions are wanted here.

mod blob;
pub(super) mod geojson;
mod wkb;
mod wkt;

use std::fmt;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

pub(super) use self::wkb::point;
use super::manner::Manner;
use super::track::{About, Fix, Track};
use super::{Claim, Oddity, Sink};
use crate::error::Result;
use crate::geo::{Crs, NoSystem, NotAPlace, Shape, Time};

/// EPSG's number of longitude and latitude.
const WGS_84: u32 = 4326;
/// How deep collections may lie in one another.
const DEEPEST: u32 = 32;
/// Base64, whether its end is filled up or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A geometry as far as a heat map is made of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Geometry {
    /// The coordinate system that it states.
    pub system: Option<Stated>,
    pub parts: Vec<Part>,
    /// How many polygons there were besides.
    pub polygons: u64,
    /// How many of its lines are arcs of circles through their positions.
    pub curves: u64,
}

/// What a geometry calls its coordinate system.
#[derive(Debug, PartialEq)]
pub(super) enum Stated {
    /// EPSG's number (SRID); 0 is none.
    Number(u32),
    /// A name, as GeoJSON has it.
    Name(String),
}

/// A part of a geometry, in x and y.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    Point([f64; 2]),
    Line(Vec<[f64; 2]>),
}

/// What the row of a geometry says besides.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub weight: f64,
    pub time: Option<Time>,
    /// Its line or number.
    pub at: u64,
}

/// Why a geometry cannot be drawn.
#[derive(Debug, PartialEq)]
pub(super) struct Fault(NoSystem);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the geometry cannot be placed: {}", self.0)
    }
}

impl Geometry {
    /// The geometry in a field, in text, in GeoJSON, or in hexadecimal digits or base64 of its bytes;
    /// `None` if the field holds none.
    pub(super) fn parse(field: &[u8]) -> Option<Self> {
        let field = field.trim_ascii();
        if field.first()?.is_ascii_alphabetic()
            && let Some(geometry) = std::str::from_utf8(field).ok().and_then(wkt::parse)
        {
            return Some(geometry);
        }
        if field.starts_with(b"{") {
            return geojson::parse(field);
        }
        let digits = [&b"\\x"[..], b"0x"]
            .into_iter()
            .find_map(|before| field.strip_prefix(before));
        if let Some(bytes) = hexadecimal(digits.unwrap_or(field)) {
            return Self::of_bytes(&bytes);
        }
        // The first byte is 0 or 1.
        field.starts_with(b"A").then_some(())?;
        wkb::parse(&BASE64.decode(field).ok()?)
    }

    /// The geometry in a member of a record, as in a field or as an object of GeoJSON; `None` if there
    /// is none.
    pub(super) fn of_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text.as_bytes()),
            value => geojson::of_value(value),
        }
    }

    /// Whether a field is the beginning of well-known text of which the rest is in the next ones.
    pub(super) fn is_cut(field: &[u8]) -> bool {
        std::str::from_utf8(field).is_ok_and(wkt::is_cut)
    }

    /// The geometry in bytes of a database: well-known binary, alone or as `GeoPackage` and
    /// `SpatiaLite` wrap it.
    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        blob::parse(bytes).or_else(|| wkb::parse(bytes))
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.polygons == 0
    }

    /// A line in degrees of WGS 84.
    pub(super) fn of_line(line: Vec<[f64; 2]>) -> Self {
        Self {
            system: Some(Stated::Number(WGS_84)),
            parts: vec![Part::Line(line)],
            ..Self::default()
        }
    }

    /// Gives its points and lines to a sink.
    pub(super) fn deliver(&self, row: Row, sink: &mut Sink) -> Result<()> {
        self.deliver_apart(row, sink, |point, sink| {
            sink.shape(point);
            Ok(())
        })
    }

    /// Gives its lines to a sink, and its points, as they are drawn, to what joins them to tracks.
    /// However many of its positions are bad, its row is skipped once.
    pub(super) fn deliver_apart(
        &self,
        row: Row,
        sink: &mut Sink,
        mut join: impl FnMut(Shape, &mut Sink) -> Result<()>,
    ) -> Result<()> {
        let Some(crs) = self.system(row.at, sink)? else {
            return Ok(());
        };
        if self.is_empty() {
            sink.odd(Oddity::NoGeometry, row.at)?;
        }
        for _ in 0..self.polygons {
            sink.passed_polygon(row.at)?;
        }
        for _ in 0..self.curves {
            sink.odd(Oddity::Curves, row.at)?;
        }
        let mut bad = None;
        for part in &self.parts {
            match part {
                Part::Point(at) => match fix(crs, *at, row, sink)? {
                    Ok(Some(fix)) => join(fix.alone().weighing(row.weight), sink)?,
                    Ok(None) => {}
                    Err(fact) => drop(bad.get_or_insert(fact)),
                },
                Part::Line(line) => draw(crs, line, row, &mut bad, sink)?,
            }
        }
        bad.map_or(Ok(()), |fact| sink.skip(row.at, fact))
    }

    /// The system that its numbers are in; none if nobody knows it, which is told.
    fn system(&self, at: u64, sink: &mut Sink) -> Result<Option<Crs>> {
        match self.crs(sink.manner()) {
            Ok(None) => Ok(Some(sink.manner().crs)),
            Ok(Some(stated)) => sink.system(stated, at).map(Some),
            Err(fault) => sink.skip(at, fault).map(|()| None),
        }
    }

    /// The system that it states; none where nobody asks.
    fn crs(&self, manner: Manner) -> std::result::Result<Option<Crs>, Fault> {
        if manner.crs.is_plane() {
            return Ok(None);
        }
        let name = match &self.system {
            None | Some(Stated::Number(0)) => return Ok(None),
            Some(Stated::Number(number)) => number.to_string(),
            Some(Stated::Name(name)) => name.clone(),
        };
        match Crs::named(&name, manner.ballpark) {
            Err(_) if manner.claim == Claim::Forced => Ok(None),
            named => named.map(Some).map_err(Fault),
        }
    }
}

/// Joins the positions of a line. A bad one ends it, and the next good one begins another; over one
/// that is left out it goes on.
fn draw(
    crs: Crs,
    line: &[[f64; 2]],
    row: Row,
    bad: &mut Option<NotAPlace>,
    sink: &mut Sink,
) -> Result<()> {
    let mut track = Track::new(About {
        number: row.at,
        name: None,
        weight: row.weight,
    });
    for &at in line {
        match fix(crs, at, row, sink)? {
            Ok(Some(fix)) => sink.join(&mut track, fix),
            Ok(None) => {}
            Err(fact) => {
                bad.get_or_insert(fact);
                sink.cut(&mut track);
            }
        }
    }
    sink.cut(&mut track);
    Ok(())
}

/// A position as it is drawn, none if it is left out, or why it is none.
fn fix(
    crs: Crs,
    [x, y]: [f64; 2],
    row: Row,
    sink: &mut Sink,
) -> Result<std::result::Result<Option<Fix>, NotAPlace>> {
    let at = match crs.place(x, y) {
        Ok(at) => at,
        Err(fact) => return Ok(Err(fact)),
    };
    let manner = sink.manner();
    let at = sink.told(manner.located(crs, at), row.at)?;
    Ok(Ok(at.map(|at| Fix::new(at, row.time))))
}

/// Bytes out of their digits.
pub(super) fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then_some(())?;
    pairs
        .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(positions: &[[f64; 2]]) -> Part {
        Part::Line(positions.to_vec())
    }

    #[test]
    fn text_and_bytes_say_the_same() {
        let point = Geometry {
            parts: vec![Part::Point([1.0, 2.0])],
            ..Geometry::default()
        };
        for field in [
            "POINT(1 2)",
            " point z (1 2 3) ",
            "POINTM(1 2 3)",
            "0101000000000000000000F03F0000000000000040",
            "\\x0101000000000000000000f03f0000000000000040",
            "00000000013ff00000000000004000000000000000",
            "AQEAAAAAAAAAAADwPwAAAAAAAABA",
            "{\"coordinates\":[1,2,3],\"type\":\"Point\"}",
        ] {
            assert_eq!(
                Geometry::parse(field.as_bytes()).as_ref(),
                Some(&point),
                "{field}"
            );
        }
        let srid = Geometry::parse(b"0101000020E6100000000000000000F03F0000000000000040");
        assert_eq!(srid.unwrap().system, Some(Stated::Number(4326)));
        let json = |crs: &str| {
            let field = format!("{{\"type\":\"Point\",{crs},\"coordinates\":[1,2]}}");
            Geometry::parse(field.as_bytes()).unwrap()
        };
        let system = |crs: &str| json(crs).crs(Manner::default()).map(Option::unwrap);
        for (name, code) in [
            ("EPSG:28992", 28992),
            ("urn:ogc:def:crs:EPSG::3857", 3857),
            ("http://www.opengis.net/def/crs/EPSG/0/28992", 28992),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ] {
            let crs = format!("\"crs\":{{\"properties\":{{\"name\":\"{name}\"}}}}");
            assert_eq!(system(&crs).unwrap().epsg(), Some(code), "{name}");
        }
        assert_eq!(system("\"crs\":\"EPSG:3857\"").unwrap().epsg(), Some(3857));
        let esri = system("\"spatialReference\":{\"wkid\":102100}").unwrap();
        assert_eq!(esri.epsg(), Some(3857));
        assert!(system("\"crs\":{\"properties\":{\"name\":\"SR-ORG:28992\"}}").is_err());
    }

    #[test]
    fn all_parts_of_collections_count() {
        let text =
            b"GEOMETRYCOLLECTION(POINT(9 50),MULTIPOINT(1 2,(3 4)),LINESTRING(9 50,9.1 50.1),\
            POLYGON((0 0,1 1,1 0,0 0)),MULTILINESTRING((1 1,2 2),EMPTY),GEOMETRYCOLLECTION EMPTY)";
        let all = Geometry {
            system: None,
            parts: vec![
                Part::Point([9.0, 50.0]),
                Part::Point([1.0, 2.0]),
                Part::Point([3.0, 4.0]),
                line(&[[9.0, 50.0], [9.1, 50.1]]),
                line(&[[1.0, 1.0], [2.0, 2.0]]),
            ],
            polygons: 1,
            curves: 0,
        };
        assert_eq!(Geometry::parse(text).as_ref(), Some(&all));
        let json = r#"{"type": "GeometryCollection", "geometries": [
            {"type": "Point", "coordinates": [9, 50]}, {"type": "Point", "coordinates": []},
            {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]},
            {"type": "LineString", "coordinates": [[9, 50], [9.1, 50.1]]},
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 0]]]},
            {"type": "MultiLineString", "coordinates": [[[1, 1], [2, 2]], []]},
            {"type": "GeometryCollection", "geometries": []}]}"#;
        assert_eq!(Geometry::parse(json.as_bytes()), Some(all));
    }

    #[test]
    fn arcs_of_circles_are_told() {
        let text = "MULTICURVE(CIRCULARSTRING Z(0 0 1,1 1 1,2 0 1),(2 0,3 0),\
                    COMPOUNDCURVE(CIRCULARSTRING(3 0,4 1,5 0),(5 0,6 0)),CIRCULARSTRING EMPTY)";
        let arc = "0108000000010000000000000000000000000000000000F03F";
        for (field, curves) in [(text, 2), (arc, 1), ("LINESTRING(0 0,1 1)", 0)] {
            let geometry = Geometry::parse(field.as_bytes()).unwrap();
            assert_eq!(geometry.curves, curves, "{field}");
            let row = Row {
                weight: 1.0,
                time: None,
                at: 1,
            };
            let (report, _) =
                crate::input::tests::collect(false, |sink| geometry.deliver(row, sink));
            let mut told = report.oddities.iter();
            let told = told.find(|told| told.oddity == Oddity::Curves);
            let told = told.map_or(0, |told| told.count);
            assert_eq!(told, curves, "{field}");
        }
    }

    #[test]
    fn what_is_no_geometry_is_none() {
        for field in [
            "",
            "Bad",
            "POINT",
            "POINT(1)",
            "POINT(1 2",
            "POINT(1 2))",
            "LINESTRING(1 2, a b)",
            "0101",
            "01010000",
            "0102000000FFFFFFFF",
            "AQEAAAA=",
            "Aachen",
            "2024",
            "{",
            "{}",
            "{\"type\":\"Point\"}",
            "{\"type\":\"Point\",\"coordinates\":[1,2]} 3",
            "{\"type\":\"LineString\",\"coordinates\":[1,2]}",
            "{\"type\":\"Circle\",\"coordinates\":[1,2]}",
        ] {
            assert_eq!(Geometry::parse(field.as_bytes()), None, "{field}");
        }
        let deep = "GEOMETRYCOLLECTION(".repeat(100_000);
        assert_eq!(Geometry::parse(deep.as_bytes()), None);
        let deep = "{\"geometries\":[".repeat(100_000);
        assert_eq!(Geometry::parse(deep.as_bytes()), None);
        let bytes = [1, 7, 0, 0, 0, 1, 0, 0, 0].repeat(100_000);
        assert_eq!(wkb::parse(&bytes), None);
    }

    #[test]
    fn every_prefix_of_bytes_is_no_panic() {
        let bytes = hexadecimal(
            b"0102000000020000000000000000000000000000000000F03F0000000000000040000000000000F03F",
        )
        .unwrap();
        for length in 0..bytes.len() {
            assert_eq!(wkb::parse(&bytes[..length]), None);
        }
        assert!(wkb::parse(&bytes).is_some());
    }
}
