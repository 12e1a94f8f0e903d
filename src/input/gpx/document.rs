//! The tags and texts of a GPX document in, segments and points out.
//!
//! A point is complete at its end tag, for its time stands between its tags; or, in a broken file,
//! where the next one begins or the line ends.

use std::fmt;

use quick_xml::errors::Error as XmlError;
use quick_xml::events::BytesStart;

use super::Take;
use crate::error::{Error, Result};
use crate::geo::Coord;
use crate::geo::{Shape, Time};
use crate::input::fields::quoted;
use crate::input::{Sink, time};

/// Elements within elements; real files have about ten.
const DEPTH: usize = 128;
/// Attributes of one element.
const ATTRIBUTES: usize = 64;
/// Places that make no sense as XML, after which a file is given up.
const FAULTS: usize = 1000;

/// The three kinds of points, in the order in which one is taken for want of the one before.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Track,
    Route,
    Waypoint,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Track => "track point",
            Self::Route => "route point",
            Self::Waypoint => "waypoint",
        })
    }
}

/// What is done with the points of one kind.
enum Fate {
    Take,
    /// Perhaps, when the file has been read and nothing better was in it.
    Hold(Vec<Found>),
    Leave,
}

/// Something that is held.
enum Found {
    Good(Shape),
    /// A time that cannot be read, of a point that is good.
    BadTime {
        line: u64,
        fact: String,
    },
    Bad {
        line: u64,
        fact: String,
    },
    Record,
}

/// A point with a place. What else is known of it comes between its tags.
#[derive(Clone, Copy)]
struct Point {
    part: Part,
    at: Coord,
    time: Option<Time>,
}

/// The end of the line that is being drawn.
#[derive(Clone, Copy)]
struct Pen {
    last: Point,
    /// Whether the line has no other point.
    first: bool,
}

/// A document as far as it has been read.
pub(super) struct Document<'a, 's> {
    sink: &'a mut Sink<'s>,
    fates: [Fate; 3],
    depth: usize,
    rooted: bool,
    /// The depth of the extensions we are in, where the same names mean other things.
    extensions: Option<usize>,
    /// The point whose end tag is still to come.
    point: Option<Point>,
    /// The depth of that point, if times are wanted.
    timed: Option<usize>,
    /// The text that comes is the time of the point.
    in_time: bool,
    pen: Option<Pen>,
    faults: usize,
}

impl Point {
    fn alone(self) -> Shape {
        Shape::point(self.at).when(self.time)
    }
}

impl<'a, 's> Document<'a, 's> {
    pub(super) fn new(take: Option<Take>, sink: &'a mut Sink<'s>) -> Self {
        let taken = |taken| if taken { Fate::Take } else { Fate::Leave };
        let fates = match take {
            Some(take) => [
                taken(take.tracks),
                taken(take.routes),
                taken(take.waypoints),
            ],
            None => [Fate::Take, Fate::Hold(Vec::new()), Fate::Hold(Vec::new())],
        };
        Self {
            sink,
            fates,
            depth: 0,
            rooted: false,
            extensions: None,
            point: None,
            timed: None,
            in_time: false,
            pen: None,
            faults: 0,
        }
    }

    pub(super) fn start(&mut self, tag: &BytesStart, line: u64) -> Result<()> {
        let name = tag.local_name();
        self.root(name.as_ref(), line)?;
        self.depth += 1;
        self.in_time = false;
        if self.depth > DEPTH {
            return Err(self.sink.error(
                Some(line),
                format_args!("elements are nested more than {DEPTH} deep"),
            ));
        }
        if self.extensions.is_some() {
            return Ok(());
        }
        match name.as_ref() {
            "extensions" => self.extensions = Some(self.depth),
            "trk" | "trkseg" | "rte" => self.lift()?,
            "trkpt" => self.begin(Part::Track, tag, line)?,
            "rtept" => self.begin(Part::Route, tag, line)?,
            "wpt" => self.begin(Part::Waypoint, tag, line)?,
            "time" => self.in_time = self.timed.is_some_and(|point| self.depth == point + 1),
            _ => {}
        }
        Ok(())
    }

    /// Whether the text that comes says something.
    pub(super) fn in_time(&self) -> bool {
        self.in_time
    }

    /// The time of a point.
    pub(super) fn time(&mut self, text: &str, line: u64) -> Result<()> {
        let Some(point) = self.point.as_mut().filter(|_| !text.trim().is_empty()) else {
            return Ok(());
        };
        point.time = time::parse(text.as_bytes());
        if point.time.is_some() {
            return Ok(());
        }
        let part = point.part;
        let fact = format!("the {part}'s time {} is not known", quoted(text.as_bytes()));
        self.give(part, Found::BadTime { line, fact })
    }

    /// An error at a line.
    pub(super) fn error(&self, line: u64, fact: impl fmt::Display) -> Error {
        self.sink.error(Some(line), fact)
    }

    /// The outermost element decides whether this is GPX at all.
    fn root(&mut self, name: &str, line: u64) -> Result<()> {
        if !self.rooted && name != "gpx" {
            return Err(self.sink.error(
                Some(line),
                format_args!("this is not GPX: it begins with <{}>", shown(name)),
            ));
        }
        self.rooted = true;
        Ok(())
    }

    pub(super) fn end(&mut self, name: &str) -> Result<()> {
        if self.extensions == Some(self.depth) {
            self.extensions = None;
        }
        self.depth = self.depth.saturating_sub(1);
        self.in_time = false;
        if self.extensions.is_none() {
            match name {
                "trkpt" | "rtept" | "wpt" => self.complete()?,
                "trkseg" | "trk" | "rte" => self.lift()?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The beginning of a point. One that was never ended is complete by now.
    fn begin(&mut self, part: Part, tag: &BytesStart, line: u64) -> Result<()> {
        self.complete()?;
        self.point = self.place(part, tag, line)?.map(|at| Point {
            part,
            at,
            time: None,
        });
        self.timed = (self.point.is_some() && self.sink.manner().times).then_some(self.depth);
        Ok(())
    }

    /// The end of a point: all that will be known of it is known.
    fn complete(&mut self) -> Result<()> {
        self.timed = None;
        match self.point.take() {
            Some(point) if point.part == Part::Waypoint => {
                self.give(point.part, Found::Good(point.alone()))
            }
            Some(point) => self.draw(point),
            None => Ok(()),
        }
    }

    /// A point of a line is joined to the one before. That stretch was done when the later of its
    /// ends was reached.
    fn draw(&mut self, point: Point) -> Result<()> {
        let before = self.pen.replace(Pen {
            last: point,
            first: self.pen.is_none(),
        });
        let Some(Pen { last, .. }) = before else {
            return Ok(());
        };
        self.give(
            point.part,
            Found::Good(Shape::segment(last.at, point.at).when(last.time.max(point.time))),
        )
    }

    /// The end of a line. A line of one point is that point: somebody was there.
    fn lift(&mut self) -> Result<()> {
        self.complete()?;
        match self.pen.take() {
            Some(Pen { last, first: true }) => self.give(last.part, Found::Good(last.alone())),
            _ => Ok(()),
        }
    }

    /// The place that a point names; `None` when it has no good one, or nobody wants to know.
    fn place(&mut self, part: Part, tag: &BytesStart, line: u64) -> Result<Option<Coord>> {
        if matches!(self.fates[part as usize], Fate::Leave) {
            return Ok(None);
        }
        self.give(part, Found::Record)?;
        match place(part, tag) {
            Ok(at) => Ok(Some(at)),
            Err(fact) => self.give(part, Found::Bad { line, fact }).map(|()| None),
        }
    }

    /// Puts something where the things of its kind go.
    fn give(&mut self, part: Part, found: Found) -> Result<()> {
        if part == Part::Track {
            // There are tracks: nothing else is wanted that is not taken already.
            self.fates
                .iter_mut()
                .filter(|fate| matches!(fate, Fate::Hold(_)))
                .for_each(|fate| *fate = Fate::Leave);
        }
        match &mut self.fates[part as usize] {
            Fate::Take => take(self.sink, found),
            Fate::Hold(held) => {
                held.push(found);
                Ok(())
            }
            Fate::Leave => Ok(()),
        }
    }

    /// Something that is no XML. It is left out; what follows may be good again.
    pub(super) fn fault(&mut self, reason: XmlError, line: u64) -> Result<()> {
        self.faults += 1;
        if self.faults > FAULTS {
            return Err(self.sink.error(Some(line), "too much of this is not XML"));
        }
        self.sink.record();
        self.sink.skip(line, reason)
    }

    pub(super) fn finish(mut self, line: u64) -> Result<()> {
        if !self.rooted {
            return Err(self
                .sink
                .error(None, "this is not GPX: there is no XML element in it"));
        }
        self.lift()?;
        for fate in self.fates {
            if let Fate::Hold(held) = fate
                && !held.is_empty()
            {
                held.into_iter()
                    .try_for_each(|found| take(self.sink, found))?;
                break;
            }
        }
        // An end that was cut inside of a tag is a fault that was counted already.
        if self.depth > 0 && self.faults == 0 {
            self.sink.record();
            self.sink.skip(
                line,
                "the file ends in the middle; what came before is used",
            )?;
        }
        Ok(())
    }
}

fn take(sink: &mut Sink, found: Found) -> Result<()> {
    match found {
        Found::Good(shape) => sink.shape(shape),
        Found::Record => sink.record(),
        Found::BadTime { line, fact } => return sink.bad_time(line, fact),
        Found::Bad { line, fact } => return sink.skip(line, fact),
    }
    Ok(())
}

/// The place in the attributes of a point.
fn place(part: Part, tag: &BytesStart) -> std::result::Result<Coord, String> {
    let (mut lat, mut lon) = (None, None);
    for attribute in tag
        .attributes()
        .with_checks(false)
        .flatten()
        .take(ATTRIBUTES)
    {
        match attribute.key.local_name().as_ref() {
            "lat" => lat = Some(number("latitude", &attribute.value)?),
            "lon" => lon = Some(number("longitude", &attribute.value)?),
            _ => {}
        }
    }
    let lat = lat.ok_or_else(|| format!("a {part} has no latitude"))?;
    let lon = lon.ok_or_else(|| format!("a {part} has no longitude"))?;
    Coord::lat_lon(lat, lon).map_err(|fact| fact.to_string())
}

fn number(what: &str, text: &str) -> std::result::Result<f64, String> {
    fast_float2::parse(text.trim()).map_err(|_| format!("{what} '{}' is not a number", shown(text)))
}

/// The beginning of a text that may be of any length and hold anything.
fn shown(text: &str) -> String {
    text.chars().take(40).filter(|c| !c.is_control()).collect()
}
