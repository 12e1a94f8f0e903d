//! Shapefiles in, shapes out: points, multipoints and polylines, with the .prj and .dbf beside
//! them.
//!
//! The .shx index is never opened: the records follow each other in the .shp itself, and a damaged
//! index is no reason to lose them. `records` cuts the file into records, `prj` turns coordinates
//! into degrees, `dbf` finds weights and times.

mod dbf;
mod prj;
mod records;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use shapefile::record::traits::HasXY;

use self::dbf::{Times, Weights};
use self::prj::Stated;
use self::records::{Next, Records};
use super::{Sink, csv};
use crate::error::{Error, Location, Result};
use crate::geo::{Coord, NotAPlace, Shape, Time};

/// Bytes asked of the file at a time.
const BUFFER: usize = 1 << 17;

/// Reads a shapefile, and what belongs to it: its .prj unless coordinates are taken as they are,
/// its .dbf when a field of it is to be the weight or the time.
///
/// # Errors
/// When it is not a shapefile of points, multipoints or polylines, when its coordinates are neither
/// WGS 84 nor Web Mercator, when such a field cannot be used, or at the first bad record if the
/// reading is strict.
pub fn read(path: &Path, fields: &csv::Options, sink: &mut Sink) -> Result<()> {
    let file = File::open(path).map_err(|reason| Error::input(Location::file(path), reason))?;
    let records = open(BufReader::with_capacity(BUFFER, file), sink)?;
    let system = asked(sink).map_or_else(|| Stated::beside(path), Ok)?;
    let weights = fields
        .weight_field
        .as_ref()
        .map(|field| Weights::beside(path, field))
        .transpose()?;
    let time_field = fields.time_field.as_ref().filter(|_| sink.manner().times);
    let times = time_field
        .map(|field| Times::beside(path, field))
        .transpose()?;
    Reading {
        system,
        weights,
        times,
        bad: None,
        sink,
    }
    .all(records)
}

/// Reads a shapefile from a stream, which has nothing beside it: coordinates must be degrees,
/// weights are 1.
///
/// # Errors
/// As for [`read`].
pub fn read_stream(source: impl Read, sink: &mut Sink) -> Result<()> {
    let records = open(BufReader::with_capacity(BUFFER, source), sink)?;
    let unstated = || Stated::Nowhere("a stream has no .prj".to_owned());
    let system = asked(sink).unwrap_or_else(unstated);
    Reading {
        system,
        weights: None,
        times: None,
        bad: None,
        sink,
    }
    .all(records)
}

/// The system that numbers are taken to be in, whatever the file says: a plane has no .prj.
fn asked(sink: &Sink) -> Option<Stated> {
    let crs = sink.manner().crs;
    crs.is_plane().then_some(Stated::In(crs))
}

fn open<R: Read>(source: R, sink: &Sink) -> Result<Records<R>> {
    Records::open(source).map_err(|fact| sink.error(None, fact))
}

/// The file that belongs to another one: the same name with another extension, which old systems
/// write in capitals.
fn sibling(path: &Path, extension: &str) -> Option<PathBuf> {
    let mut capitalised = extension.to_owned();
    capitalised[..1].make_ascii_uppercase();
    [extension, &extension.to_ascii_uppercase(), &capitalised]
        .into_iter()
        .map(|extension| path.with_extension(extension))
        .find(|candidate| candidate.is_file())
}

/// What the table says of a record, and so of all its shapes.
#[derive(Clone, Copy)]
struct About {
    weight: f64,
    time: Option<Time>,
}

impl About {
    fn point(self, at: Coord) -> Shape {
        Shape::point(at).weighing(self.weight).when(self.time)
    }

    fn segment(self, from: Coord, to: Coord) -> Shape {
        Shape::segment(from, to)
            .weighing(self.weight)
            .when(self.time)
    }
}

/// What one file's records are read with.
struct Reading<'a, 's> {
    system: Stated,
    weights: Option<Weights>,
    times: Option<Times>,
    /// The first thing wrong with the vertices of the record at hand.
    bad: Option<NotAPlace>,
    sink: &'a mut Sink<'s>,
}

impl Reading<'_, '_> {
    fn all<R: Read>(mut self, mut records: Records<R>) -> Result<()> {
        for number in 1.. {
            let next = records
                .next()
                .map_err(|reason| self.sink.error(Some(number), reason))?;
            if matches!(next, Next::End) {
                self.end(number - 1, records.missing());
                break;
            }
            self.sink.record();
            match next {
                Next::Shape(shape) => self.record(number, &shape)?,
                Next::Bad(fact) => self.sink.skip(number, fact)?,
                Next::Cut(fact) => return self.sink.skip(number, format!("{fact} {number}")),
                Next::End => {}
            }
        }
        Ok(())
    }

    /// A file that ends short of its stated length, but between two records, has lost nothing that
    /// can be named.
    fn end(&mut self, records: u64, missing: u64) {
        if missing > 0 {
            self.sink.note(format!(
                "ends after record {records}, {missing} bytes short of what its header says"
            ));
        }
    }

    /// One record, which is skipped at most once however many of its vertices are bad; the good
    /// ones stay.
    fn record(&mut self, number: u64, shape: &shapefile::Shape) -> Result<()> {
        if matches!(shape, shapefile::Shape::NullShape) {
            return Ok(());
        }
        let weight = match self
            .weights
            .as_mut()
            .map_or(Ok(1.0), |weights| weights.of(number))
        {
            Ok(weight) => weight,
            Err(fact) => return self.sink.skip(number, fact),
        };
        let time = self.time(number)?;
        self.geometry(shape, About { weight, time })?;
        self.bad
            .take()
            .map_or(Ok(()), |fact| self.sink.skip(number, fact))
    }

    fn time(&mut self, number: u64) -> Result<Option<Time>> {
        match self
            .times
            .as_mut()
            .map_or(Ok(None), |times| times.of(number))
        {
            Ok(time) => Ok(time),
            Err(fact) => self.sink.bad_time(number, fact).map(|()| None),
        }
    }

    fn geometry(&mut self, shape: &shapefile::Shape, about: About) -> Result<()> {
        use shapefile::Shape as Of;
        match shape {
            Of::Point(point) => self.points(std::slice::from_ref(point), about),
            Of::PointM(point) => self.points(std::slice::from_ref(point), about),
            Of::PointZ(point) => self.points(std::slice::from_ref(point), about),
            Of::Multipoint(points) => self.points(points.points(), about),
            Of::MultipointM(points) => self.points(points.points(), about),
            Of::MultipointZ(points) => self.points(points.points(), about),
            Of::Polyline(line) => self.parts(line.parts(), about),
            Of::PolylineM(line) => self.parts(line.parts(), about),
            Of::PolylineZ(line) => self.parts(line.parts(), about),
            // `records` lets no other kind pass.
            _ => Ok(()),
        }
    }

    fn points<P: HasXY>(&mut self, points: &[P], about: About) -> Result<()> {
        for point in points {
            if let Some(place) = self.place(point)? {
                self.sink.shape(about.point(place));
            }
        }
        Ok(())
    }

    fn parts<P: HasXY>(&mut self, parts: &[Vec<P>], about: About) -> Result<()> {
        parts.iter().try_for_each(|part| self.part(part, about))
    }

    /// One part of a polyline. A bad vertex ends the line and the next good one begins another, so
    /// that no segment bridges the gap; a vertex between two gaps, like a part of one vertex, is a
    /// point.
    fn part<P: HasXY>(&mut self, part: &[P], about: About) -> Result<()> {
        let mut last = None;
        let mut alone = false;
        for vertex in part {
            let here = self.place(vertex)?;
            match (last, here) {
                (Some(from), Some(to)) => {
                    self.sink.shape(about.segment(from, to));
                    alone = false;
                }
                (None, Some(_)) => alone = true,
                (Some(place), None) if alone => self.sink.shape(about.point(place)),
                _ => {}
            }
            last = here;
        }
        if let Some(place) = last.filter(|_| alone) {
            self.sink.shape(about.point(place));
        }
        Ok(())
    }

    /// The place of a vertex; a vertex that has none is remembered in `bad`.
    fn place(&mut self, vertex: &impl HasXY) -> Result<Option<Coord>> {
        let place = self.system.place(vertex.x(), vertex.y());
        let place = place.map_err(|fact| self.sink.error(None, fact).advice(prj::ADVICE))?;
        Ok(place.map_err(|fact| self.bad.get_or_insert(fact)).ok())
    }
}

#[cfg(test)]
mod tests;
