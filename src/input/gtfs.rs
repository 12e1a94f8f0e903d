//! GTFS feeds of public transport: the shapes of lines, or with an option the stops.
//!
//! A feed is an archive or a folder of tables, of which `shapes.txt` has the positions of all
//! shapes, not always in sequence; so a shape is drawn when the table has been read. `stops.txt` is
//! a table as any other. Which of the two is taken of a feed is asked by its name; a table that is
//! named itself is read, whichever it is.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::Read;

use csv::{ByteRecord, Position, ReaderBuilder, Trim};

use super::fields::{Fault, number, quoted};
use super::opened::Opened;
use super::reader::{Places, Reader};
use super::row_guard::RowGuard;
use super::track::{About, Fix, Track};
use super::{Sink, decode};
use crate::error::Result;
use crate::geo::{Coord, Crs};

pub(super) static READER: Reader = Reader {
    name: "gtfs",
    title: "GTFS",
    extensions: &[],
    companions: &[],
    detect: |head| head.text().is_some_and(|text| has_shapes(&text)),
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, _, sink| shapes(Rows::open(opened, sink)?, sink),
};

/// What is taken of a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transit {
    /// The ways of vehicles.
    #[default]
    Shapes,
    /// The places where they stop.
    Stops,
}

impl Transit {
    /// Whether a file of this name is the table of it.
    pub(super) fn is_in(self, name: &OsStr) -> bool {
        name.eq_ignore_ascii_case(match self {
            Self::Shapes => "shapes.txt",
            Self::Stops => "stops.txt",
        })
    }
}

/// Whether the first line of a text names the columns of shapes.
fn has_shapes(text: &[u8]) -> bool {
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let has = |name: &[u8]| {
        let mut names = line.split(|&byte| byte == b',');
        names.any(|known| unquoted(known) == name)
    };
    has(b"shape_pt_lat") && has(b"shape_pt_lon")
}

fn unquoted(name: &[u8]) -> &[u8] {
    let name = name.trim_ascii();
    let inner = name.strip_prefix(b"\"");
    inner
        .and_then(|name| name.strip_suffix(b"\""))
        .unwrap_or(name)
}

/// Draws the shapes of a table.
fn shapes(mut rows: Rows<'_>, sink: &mut Sink) -> Result<()> {
    let [lat, lon] = rows.columns([b"shape_pt_lat", b"shape_pt_lon"]);
    let [id, sequence] = rows.columns([b"shape_id", b"shape_pt_sequence"]);
    let mut shapes = Shapes::default();
    while let Some(at) = rows.next(sink)? {
        let written = rows.field(sequence);
        match (place(rows.field(lat), rows.field(lon)), number(written)) {
            (Ok(place), Some(sequence)) => shapes.take(rows.field(id), sequence, place, at),
            (Err(fault), _) => sink.skip(at, fault)?,
            (Ok(_), None) => {
                sink.skip(
                    at,
                    format_args!("sequence {} is not a number", quoted(written)),
                )?;
            }
        }
    }
    shapes.deliver(sink)
}

/// The rows of a table, one at a time.
struct Rows<'a> {
    reader: csv::Reader<RowGuard<Box<dyn Read + 'a>>>,
    header: ByteRecord,
    row: ByteRecord,
}

impl<'a> Rows<'a> {
    fn open(opened: Opened<'a>, sink: &Sink) -> Result<Self> {
        let text: Box<dyn Read> = Box::new(decode::text(opened.stream()));
        let mut settings = ReaderBuilder::new();
        let text = RowGuard::new(text);
        let mut reader = settings.flexible(true).trim(Trim::All).from_reader(text);
        let header = reader.byte_headers().cloned();
        let header = header.map_err(|reason| sink.error(Some(1), reason))?;
        reader.get_mut().renew();
        Ok(Self {
            reader,
            header,
            row: ByteRecord::new(),
        })
    }

    fn columns<const N: usize>(&self, names: [&[u8]; N]) -> [Option<usize>; N] {
        names.map(|name| self.header.iter().position(|known| known == name))
    }

    /// The line of the next row, unless there is none.
    fn next(&mut self, sink: &mut Sink) -> Result<Option<u64>> {
        match self.reader.read_byte_record(&mut self.row) {
            Ok(false) => Ok(None),
            Ok(true) => {
                self.reader.get_mut().renew();
                sink.record();
                Ok(Some(self.row.position().map_or(0, Position::line)))
            }
            Err(reason) => Err(sink.error(Some(self.reader.position().line()), reason)),
        }
    }

    fn field(&self, column: Option<usize>) -> &[u8] {
        column
            .and_then(|column| self.row.get(column))
            .unwrap_or_default()
    }
}

fn place<'a>(lat: &'a [u8], lon: &'a [u8]) -> std::result::Result<Coord, Fault<'a>> {
    let degrees = |what, field| number(field).ok_or_else(|| Fault::field(what, field));
    let (lat, lon) = (degrees("latitude", lat)?, degrees("longitude", lon)?);
    Crs::Wgs84.place(lon, lat).map_err(Fault::NotAPlace)
}

/// A position of a shape.
struct Waypoint {
    sequence: f64,
    place: Coord,
    line: u64,
}

/// The shapes of a table, in the order in which they come.
#[derive(Default)]
struct Shapes {
    numbers: HashMap<Vec<u8>, usize>,
    shapes: Vec<Vec<Waypoint>>,
}

impl Shapes {
    fn take(&mut self, id: &[u8], sequence: f64, place: Coord, line: u64) {
        let known = self.numbers.get(id).copied();
        let number = known.unwrap_or_else(|| {
            self.shapes.push(Vec::new());
            self.numbers.insert(id.to_owned(), self.shapes.len() - 1);
            self.shapes.len() - 1
        });
        self.shapes[number].push(Waypoint {
            sequence,
            place,
            line,
        });
    }

    /// Joins the positions of each shape in its sequence.
    fn deliver(self, sink: &mut Sink) -> Result<()> {
        for (number, mut shape) in self.shapes.into_iter().enumerate() {
            shape.sort_by(|one, other| one.sequence.total_cmp(&other.sequence));
            let mut track = Track::new(About {
                number: number as u64 + 1,
                name: None,
                weight: 1.0,
            });
            for Waypoint { place, line, .. } in shape {
                let located = sink.manner().located(sink.manner().crs, place);
                if let Some(at) = sink.told(located, line)? {
                    sink.join(&mut track, Fix::new(at, None));
                }
            }
            sink.cut(&mut track);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{everything, hold, read_prefixes};
    use super::*;
    use crate::geo::Shape;

    const SAMPLES: [(&str, &str); 4] = [
        (
            "gtfs/gtfs_with_bom.zip",
            "3 1 37.619560 -122.481610 37.658630 -122.308390",
        ),
        (
            "gtfs/macosx.zip",
            "3 1 37.619560 -122.481610 37.658630 -122.308390",
        ),
        (
            "gtfs/shapes.txt",
            "6 2 37.619560 -122.481610 37.658630 -122.308390",
        ),
        (
            "gtfs/liverpool_14_shuffled.zip",
            "270 4 53.407466 -2.983266 53.461896 -2.893706",
        ),
    ];

    #[test]
    fn shapes_are_found_in_feeds() {
        hold(&SAMPLES, &everything());
    }

    #[test]
    fn stops_are_taken_instead_if_they_are_asked_for() {
        let mut options = everything();
        options.gtfs = Transit::Stops;
        let line = super::super::samples::measured("gtfs/liverpool_14_shuffled.zip", &options);
        assert!(line.starts_with("4 0 "), "{line}");
    }

    #[test]
    fn a_quote_that_is_never_closed_does_not_take_the_rest_into_memory() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shapes.txt");
        let names = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n";
        let rows = "a,1,2,1\n".repeat(300_000);
        std::fs::write(&file, format!("{names}{rows}")).unwrap();
        let read = |file| super::super::samples::shapes(file, &everything()).0;
        assert!(read(&file).is_ok());
        std::fs::write(&file, format!("{names}a,1,2,1\n\"{rows}")).unwrap();
        let error = read(&file).unwrap_err().to_string();
        assert!(error.contains("the row is longer than 1 MiB"), "{error}");
    }

    #[test]
    fn stops_that_are_named_themselves_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stops.txt");
        std::fs::write(&file, "stop_id,stop_lat,stop_lon\na,1,2\n").unwrap();
        let alone = super::super::samples::shapes(&file, &everything()).1;
        let in_folder = super::super::samples::shapes(folder.path(), &everything()).0;
        assert_eq!(alone.len(), 1);
        assert!(in_folder.is_err(), "shapes are wanted of feeds");
    }

    #[test]
    fn a_feed_that_is_cut_off_is_no_panic() {
        for (name, _) in SAMPLES {
            read_prefixes(name, &everything());
        }
    }

    #[test]
    fn a_shape_is_drawn_in_its_sequence() {
        let text = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n\
            a,1,1,20\nb,5,5,1\na,1,3,0\na,1,2,10\nb,5,6,2\n";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shapes.txt");
        std::fs::write(&file, text).unwrap();
        let (report, shapes) = super::super::samples::shapes(&file, &everything());
        report.unwrap();
        let at = |x: f64, y: f64| Coord::lat_lon(y, x).unwrap();
        assert_eq!(
            shapes,
            [
                Shape::segment(at(3.0, 1.0), at(2.0, 1.0)),
                Shape::segment(at(2.0, 1.0), at(1.0, 1.0)),
                Shape::segment(at(5.0, 5.0), at(6.0, 5.0)),
            ]
        );
    }
}
