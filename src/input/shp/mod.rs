//! Shapefiles: points, multipoints and polylines, with the .prj and .dbf beside them.
//!
//! The records follow each other in the .shp itself, and a damaged index is no reason to lose them:
//! the .shx beside it is only asked where they do not. `records` cuts the file into records, `prj`
//! turns coordinates into degrees, `dbf` finds weights, times and tracks.

mod dbf;
mod prj;
mod records;

use std::ffi::OsStr;
use std::io::{BufReader, Read};

use shapefile::PolygonRing;
use shapefile::record::traits::HasXY;

use self::dbf::{Counts, Dated, DeletedRows, Texts, Times, Weights};
use self::prj::Stated;
use self::records::{Next, Records};
use super::condition::Condition;
use super::fields::number;
use super::interleaved::{Interleaved, Row};
use super::manner::Manner;
use super::opened::Opened;
use super::reader::{Places, Reader};
use super::track::{About, Fix, Track};
use super::{Claim, Oddity, Sink, columns};
use crate::error::{Remedy, Result};
use crate::geo::{Coord, NotAPlace, Polygon, Shape, Time};

/// Bytes asked of the file at a time.
const BUFFER: usize = 1 << 17;
/// The longest index that is looked at: of 33 million records.
const LONGEST_INDEX: u64 = 1 << 28;

pub(super) static READER: Reader = Reader {
    name: "shp",
    title: "shapefiles",
    extensions: &["shp"],
    companions: &[
        "dbf", "shx", "prj", "cpg", "qpj", "qix", "sbn", "sbx", "fbn", "fbx", "ain", "aih", "atx",
        "xml", "qmd", "cst",
    ],
    detect: |head| head.bytes().starts_with(&[0, 0, 0x27, 0x0a]),
    certain: true,
    places: Places::Any,
    read: |opened, options, sink| read(opened, &options.columns, sink),
};

/// What a file is that is only a part of a shapefile.
pub(super) fn part(extension: Option<&OsStr>) -> Option<&'static str> {
    let parts = [
        (
            "shx",
            "the index of a shapefile, whose places are in the .shp",
        ),
        (
            "dbf",
            "a table (dBASE), and the places of a shapefile are in the .shp beside it",
        ),
        (
            "prj",
            "the coordinate system of a shapefile, whose places are in the .shp",
        ),
        (
            "cpg",
            "the encoding of a shapefile, whose places are in the .shp",
        ),
    ];
    let extension = extension?;
    let known = parts
        .into_iter()
        .find(|(part, _)| extension.eq_ignore_ascii_case(part));
    known.map(|(_, kind)| kind)
}

/// Reads a shapefile, and what belongs to it: its .prj unless coordinates are taken as they are,
/// its .dbf when a field of it is to be the weight, the time or the track. A stream has nothing
/// beside it: coordinates must be degrees, weights are 1.
///
/// # Errors
/// When it is not a shapefile of points, multipoints or polylines, when its coordinate system is
/// not known, when such a field cannot be used, or at the first bad record if the
/// reading is strict.
pub fn read(opened: Opened<'_>, fields: &columns::Options, sink: &mut Sink) -> Result<()> {
    let stated = Stated::beside(&opened, sink.manner().ballpark);
    let deleted = DeletedRows::beside(&opened);
    let index = index(&opened);
    let counted = match index.len() as u64 {
        0 => deleted
            .as_ref()
            .map(DeletedRows::rows)
            .map(|rows| ("dbf", rows)),
        records => Some(("shx", records)),
    };
    let (weights, counts, times) = if opened.has_siblings() {
        let time_field = fields.time_field.as_ref().filter(|_| sink.manner().times);
        (
            fields
                .weight_field
                .as_ref()
                .map(|field| Weights::beside(&opened, field)),
            fields
                .count_field
                .as_ref()
                .map(|field| Counts::beside(&opened, field)),
            time_field.map(|field| Times::beside(&opened, field, sink.manner().date_order)),
        )
    } else {
        (None, None, None)
    };
    let tracks = Tracks::beside(&opened, fields, sink);
    let parts = match &fields.part_field {
        Some(_) if !opened.has_siblings() => {
            let fact = "there is no table beside it to take the part from";
            Some(Err(sink.error(None, fact)))
        }
        field => field.as_ref().map(|field| Texts::of_parts(&opened, field)),
    };
    let demands = Demands::beside(&opened, fields, sink);
    // What is wrong with the file itself is said before what is wrong beside it.
    let records = open(BufReader::with_capacity(BUFFER, opened.stream()), sink)?.indexed(index);
    let system = system(stated, sink)?;
    Reading {
        system,
        tracks: tracks?,
        parts: parts.transpose()?,
        demands: demands?,
        fitting: 0,
        deleted,
        counted,
        weights: weights.transpose()?,
        counts: counts.transpose()?,
        times: times.transpose()?,
        bad: None,
        sink,
    }
    .all(records)
}

/// The system that numbers are read in: that of the .prj, unless the user says one that counts
/// more. A plane has no .prj.
fn system(stated: Result<(Stated, Option<String>)>, sink: &mut Sink) -> Result<Stated> {
    let Manner { crs, claim, .. } = sink.manner();
    match stated {
        _ if crs.is_plane() => Ok(Stated::In(crs)),
        Err(_) if claim == Claim::Forced => Ok(Stated::In(crs)),
        Ok((Stated::In(stated), note)) => {
            if let Some(note) = note.filter(|_| claim != Claim::Forced) {
                sink.note(note);
            }
            sink.system(stated, None).map(Stated::In)
        }
        Ok(_) if claim != Claim::Usual => Ok(Stated::In(crs)),
        stated => stated.map(|(stated, _)| stated),
    }
}

/// Where the .shx says that records begin, if there is one to be read.
fn index(shp: &Opened) -> Vec<u64> {
    let mut bytes = Vec::new();
    if let Ok(Some(shx)) = shp.sibling("shx") {
        let read = shx.stream().take(LONGEST_INDEX).read_to_end(&mut bytes);
        // It only helps where records do not fit, and they are read without it, too.
        if read.is_err() {
            bytes.clear();
        }
    }
    records::index(&bytes)
}

fn open<R: Read>(source: R, sink: &Sink) -> Result<Records<R>> {
    Records::open(source, sink.manner().polygons).map_err(|fact| sink.error(None, fact))
}

/// What the table says of a record, and so of all its shapes.
struct Attributes {
    number: u64,
    weight: f64,
    time: Option<Time>,
    /// Its track; blank if it belongs to none.
    track: Vec<u8>,
    /// What puts it in order among those of its track, where something does.
    order: Option<Vec<u8>>,
}

/// The columns that join points to tracks, and these tracks.
struct Tracks {
    names: Texts,
    orders: Option<Texts>,
    joined: Interleaved,
}

impl Tracks {
    /// Those of the table beside a shapefile, if they are asked for.
    fn beside(opened: &Opened, fields: &columns::Options, sink: &mut Sink) -> Result<Option<Self>> {
        let Some(track) = &fields.track_field else {
            return Ok(None);
        };
        if !opened.has_siblings() {
            let fact = "there is no table beside it to take the track from";
            return Err(sink.error(None, fact));
        }
        let order = fields.order_field.as_ref();
        if order.is_some() {
            sink.settle(dbf::date_order(opened, sink.manner().date_order));
        }
        Ok(Some(Self {
            names: Texts::of_tracks(opened, track)?,
            orders: order
                .map(|field| Texts::of_order(opened, field))
                .transpose()?,
            joined: Interleaved::new(&fields.track_memory),
        }))
    }

    /// The track of a record, and what puts it in order there.
    fn of(&mut self, number: u64) -> std::result::Result<(Vec<u8>, Option<Vec<u8>>), String> {
        let order = self.orders.as_mut().map(|orders| orders.of(number));
        Ok((self.names.of(number)?, order.transpose()?))
    }
}

/// What must stand in columns for a record to be wanted.
struct Demands(Vec<(Texts, Condition)>);

impl Demands {
    /// Those of the table beside a shapefile.
    fn beside(opened: &Opened, fields: &columns::Options, sink: &Sink) -> Result<Self> {
        if !fields.conditions.is_empty() && !opened.has_siblings() {
            let fact = "there is no table beside it whose fields could be compared";
            return Err(sink.error(None, fact));
        }
        let conditions = fields.conditions.iter();
        let column = conditions
            .map(|(field, condition)| Ok((Texts::of_condition(opened, field)?, condition.clone())));
        column.collect::<Result<_>>().map(Self)
    }

    /// Whether the fields of a record, counted from 1, hold what they must.
    fn are_met(&mut self, record: u64) -> std::result::Result<bool, String> {
        for (texts, condition) in &mut self.0 {
            let text = texts.of(record)?;
            if !condition.holds(&text, number(&text)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What one file's records are read with.
struct Reading<'a, 's> {
    system: Stated,
    weights: Option<Weights>,
    counts: Option<Counts>,
    times: Option<Times>,
    tracks: Option<Tracks>,
    /// What records are parted by, if they are.
    parts: Option<Texts>,
    demands: Demands,
    deleted: Option<DeletedRows>,
    /// How many records a file beside it counts, and its extension.
    counted: Option<(&'static str, u64)>,
    /// How many more vertices fitted the system than did not.
    fitting: i64,
    /// The first thing wrong with the vertices of the record at hand.
    bad: Option<NotAPlace>,
    sink: &'a mut Sink<'s>,
}

impl Reading<'_, '_> {
    fn all<R: Read>(mut self, records: Records<R>) -> Result<()> {
        self.each(records)?;
        if let Some(tracks) = self.tracks {
            tracks.joined.end(self.sink);
        }
        Ok(())
    }

    fn each<R: Read>(&mut self, mut records: Records<R>) -> Result<()> {
        for number in 1.. {
            let next = records
                .next()
                .map_err(|reason| self.sink.error(Some(number), reason))?;
            if matches!(next, Next::End) {
                self.end(number - 1, records.missing())?;
                return self.guess_held();
            }
            self.sink.record();
            match next {
                Next::Shape(shape) => self.record(number, &shape)?,
                Next::Mended(shape) => {
                    self.sink.odd(Oddity::WrongLength, number)?;
                    self.record(number, &shape)?;
                }
                Next::Bad(fact) => self.sink.skip(number, fact)?,
                Next::Cut(fact) => return self.sink.skip(number, format!("{fact} {number}")),
                Next::End => {}
            }
        }
        Ok(())
    }

    /// Without a .prj the first vertex decided that all are degrees. If most are none, it was not
    /// like the others.
    fn guess_held(&self) -> Result<()> {
        match self.system.contradicted() {
            Some(fact) if self.fitting < 0 => {
                Err(self.sink.error(None, fact).remedy(Remedy::DegreesOfWgs84))
            }
            _ => Ok(()),
        }
    }

    /// The end of a file between two records. One that ends short of its stated length has been cut
    /// where a file beside it counts more of them; else it has lost nothing that can be named.
    fn end(&mut self, records: u64, missing: u64) -> Result<()> {
        if missing == 0 {
            return Ok(());
        }
        if let Some((extension, counted)) = self.counted.filter(|&(_, counted)| counted > records) {
            let fact = format!(
                "the file ends after {records} of the {counted} records of its .{extension}"
            );
            self.sink.record();
            return self.sink.skip(records + 1, fact);
        }
        self.sink.note(format!(
            "ends after record {records}, {missing} bytes short of what its header says"
        ));
        Ok(())
    }

    /// One record, which is skipped at most once however many of its vertices are bad; the good
    /// ones stay.
    fn record(&mut self, number: u64, shape: &shapefile::Shape) -> Result<()> {
        if matches!(shape, shapefile::Shape::NullShape) {
            return Ok(());
        }
        let deleted = self.deleted.as_mut();
        if deleted.is_some_and(|rows| rows.has(number)) {
            return self.sink.odd(Oddity::DeletedRow, number);
        }
        match self.demands.are_met(number) {
            Ok(true) => {}
            Ok(false) => return self.sink.odd(Oddity::OtherValue, number),
            Err(fact) => return self.sink.skip(number, fact),
        }
        let weight = match self
            .weights
            .as_mut()
            .map_or(Ok(1.0), |weights| weights.of(number))
        {
            Ok(weight) => weight,
            Err(fact) => return self.sink.skip(number, fact),
        };
        let counts = self.counts.as_mut().map(|counts| counts.of(number));
        match counts.transpose() {
            Ok(count) => self.sink.stands_for(count.unwrap_or(1)),
            Err(fact) => return self.sink.skip(number, fact),
        }
        let named = self.tracks.as_mut().map(|tracks| tracks.of(number));
        let (track, order) = match named.transpose() {
            Ok(named) => named.unwrap_or_default(),
            Err(fact) => return self.sink.skip(number, fact),
        };
        match self.parts.as_mut().map(|parts| parts.of(number)) {
            Some(Ok(part)) => self.sink.part(&part),
            Some(Err(fact)) => return self.sink.skip(number, fact),
            None => {}
        }
        let time = self.time(number)?;
        let attributes = Attributes {
            number,
            weight,
            time,
            track,
            order,
        };
        self.geometry(shape, &attributes)?;
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
            Ok(None) => Ok(None),
            Ok(Some(Dated {
                time,
                is_guess,
                has_zone,
            })) => {
                if is_guess {
                    self.sink.odd(Oddity::DayOrMonth, number)?;
                }
                if self.sink.minds_zones() {
                    self.sink.zoned(has_zone, number)?;
                }
                Ok(Some(time))
            }
            Err(fact) => self.sink.bad_time(number, fact).map(|()| None),
        }
    }

    fn geometry(&mut self, shape: &shapefile::Shape, about: &Attributes) -> Result<()> {
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
            Of::Polygon(polygon) => self.polygon(polygon.rings(), about),
            Of::PolygonM(polygon) => self.polygon(polygon.rings(), about),
            Of::PolygonZ(polygon) => self.polygon(polygon.rings(), about),
            // `records` lets no other kind pass.
            _ => Ok(()),
        }
    }

    fn points<P: HasXY>(&mut self, points: &[P], about: &Attributes) -> Result<()> {
        for point in points {
            let Some(place) = self.place(point, about.number)? else {
                continue;
            };
            let point = Shape::point(place).weighing(about.weight).when(about.time);
            let Some(tracks) = &mut self.tracks else {
                self.sink.shape(point);
                continue;
            };
            let row = Row {
                track: &about.track,
                order: about.order.as_deref().map(Into::into),
                point,
                is_located: true,
                at: about.number,
            };
            tracks.joined.take(&row, self.sink)?;
        }
        Ok(())
    }

    fn parts<P: HasXY>(&mut self, parts: &[Vec<P>], about: &Attributes) -> Result<()> {
        parts.iter().try_for_each(|part| self.part(part, about))
    }

    /// One part of a polyline. A bad vertex ends the line and the next good one begins another, so
    /// that no segment bridges the gap; a vertex between two gaps, like a part of one vertex, is a
    /// point. Parts whose records name one track are pieces of it.
    fn part<P: HasXY>(&mut self, part: &[P], about: &Attributes) -> Result<()> {
        let mut track = Track::new(About {
            number: about.number,
            name: None,
            weight: about.weight,
        });
        let name = about.track.trim_ascii();
        if !name.is_empty() {
            track.identify(name);
        }
        for vertex in part {
            let time = about.time;
            match self.place(vertex, about.number)? {
                Some(at) => self.sink.join(&mut track, Fix::new(at, time)),
                None => self.sink.cut(&mut track),
            }
        }
        self.sink.cut(&mut track);
        Ok(())
    }

    /// A polygon with its holes, or several that do not overlap.
    fn polygon<P: HasXY>(&mut self, rings: &[PolygonRing<P>], about: &Attributes) -> Result<()> {
        let mut polygon = Polygon::default();
        for ring in rings {
            let mut places = Vec::new();
            for vertex in ring.points() {
                let place = self.system.place(vertex.x(), vertex.y());
                match place.map_err(|fact| self.sink.error(None, fact))? {
                    Ok(at) => places.push(at),
                    Err(fact) => {
                        self.bad.get_or_insert(fact);
                    }
                }
            }
            polygon.rings.push(places);
        }
        self.sink.polygon(|| polygon, about.number)
    }

    /// The place of a vertex; a vertex that has none is remembered in `bad`.
    fn place(&mut self, vertex: &impl HasXY, number: u64) -> Result<Option<Coord>> {
        let place = self.system.place(vertex.x(), vertex.y());
        let place =
            place.map_err(|fact| self.sink.error(None, fact).remedy(Remedy::DegreesOfWgs84))?;
        self.fitting += if place.is_ok() { 1 } else { -1 };
        match place {
            Ok(at) => {
                let manner = self.sink.manner();
                self.sink
                    .told(manner.located(self.system.crs(), at), number)
            }
            Err(fact) => {
                self.bad.get_or_insert(fact);
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests;
