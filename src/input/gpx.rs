//! GPX in, segments and points out, as the file streams by.
//!
//! Tolerant, because GPX in the wild is dirty: elements are known by their local names alone, whatever else there is passes,
//! and what is broken costs only itself. Entities are never expanded, and nesting, attributes and the length of a token
//! have limits. Where the reading is strict, the crate `gpx` must accept the file first.

use std::fmt;
use std::io::{self, BufRead, Read};

use quick_xml::errors::Error as XmlError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Sink, decode};
use crate::error::Result;
use crate::map::Degrees;
use crate::shape::Shape;

/// Elements within elements; real files have about ten.
const DEPTH: usize = 128;
/// Attributes of one element.
const ATTRIBUTES: usize = 64;
/// Bytes of one tag, text or comment.
const TOKEN: usize = 1 << 20;
/// Places that make no sense as XML, after which a file is given up.
const FAULTS: usize = 1000;

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

/// Reads a file. Without `take` these are its tracks, in a file without tracks its routes, and without those its
/// waypoints.
///
/// # Errors
/// When it is no GPX, goes beyond the limits, or, if `strict`, is not as it should be.
pub fn read(mut source: impl Read, take: Option<Take>, strict: bool, sink: &mut Sink) -> Result<()> {
    if !strict {
        return stream(source, take, sink);
    }
    let mut document = Vec::new();
    source.read_to_end(&mut document).map_err(|reason| sink.error(None, reason))?;
    nesting(&document, sink)?;
    gpx::read(&document[..]).map_err(|reason| {
        sink.error(None, format_args!("not valid GPX: {reason}")).advice("leave out --strict to read what it has")
    })?;
    stream(&document[..], take, sink)
}

/// The crate `gpx` takes minutes where elements are nested without end, so it gets to see no such file.
fn nesting(document: &[u8], sink: &Sink) -> Result<()> {
    let mut ignored = super::Report::default();
    stream(document, None, &mut Sink::new(sink.file(), false, &|_| {}, &mut ignored))
}

fn stream(source: impl Read, take: Option<Take>, sink: &mut Sink) -> Result<()> {
    let text = decode::xml(source).map_err(|reason| sink.error(None, reason))?;
    let mut reader = Reader::from_reader(Meter { inner: text, line: 1, token: 0 });
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    config.expand_empty_elements = true;
    let mut document = Document::new(take, sink);
    let mut token = Vec::new();
    loop {
        let event = reader.read_event_into(&mut token);
        let line = reader.get_ref().line;
        match event {
            Ok(Event::Start(tag)) => document.start(&tag, line)?,
            Ok(Event::End(tag)) => document.end(tag.local_name().as_ref())?,
            Ok(Event::Eof) => return document.finish(line),
            Ok(_) => {}
            Err(XmlError::Io(reason)) => return Err(document.sink.error(Some(line), reason)),
            Err(reason) => document.fault(reason, line)?,
        }
        token.clear();
        reader.get_mut().token = 0;
    }
}

/// Counts lines, and the bytes of a token that the reader is collecting, which must not be without end.
struct Meter<R> {
    inner: R,
    line: u64,
    token: usize,
}

impl<R: BufRead> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Meter<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.token > TOKEN {
            return Err(io::Error::other(format!("a tag or text is longer than {TOKEN} bytes")));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What is consumed has been filled, so this reads nothing and cannot fail.
        let lines = self.inner.fill_buf().map_or(0, |full| memchr::memchr_iter(b'\n', &full[..amount]).count());
        self.line += lines as u64;
        self.token += amount;
        self.inner.consume(amount);
    }
}

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
    Bad { line: u64, fact: String },
    Record,
}

/// The end of the line that is being drawn.
#[derive(Clone, Copy)]
struct Pen {
    part: Part,
    at: Degrees,
    /// Whether the line has no other point.
    first: bool,
}

/// A document as far as it has been read.
struct Document<'a, 's> {
    sink: &'a mut Sink<'s>,
    fates: [Fate; 3],
    depth: usize,
    rooted: bool,
    /// The depth of the extensions we are in, where the same names mean other things.
    extensions: Option<usize>,
    pen: Option<Pen>,
    faults: usize,
}

impl<'a, 's> Document<'a, 's> {
    fn new(take: Option<Take>, sink: &'a mut Sink<'s>) -> Self {
        let taken = |taken| if taken { Fate::Take } else { Fate::Leave };
        let fates = match take {
            Some(take) => [taken(take.tracks), taken(take.routes), taken(take.waypoints)],
            None => [Fate::Take, Fate::Hold(Vec::new()), Fate::Hold(Vec::new())],
        };
        Self { sink, fates, depth: 0, rooted: false, extensions: None, pen: None, faults: 0 }
    }

    fn start(&mut self, tag: &BytesStart, line: u64) -> Result<()> {
        let name = tag.local_name();
        self.root(name.as_ref(), line)?;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.sink.error(Some(line), format_args!("elements are nested more than {DEPTH} deep")));
        }
        if self.extensions.is_some() {
            return Ok(());
        }
        match name.as_ref() {
            "extensions" => self.extensions = Some(self.depth),
            "trk" | "trkseg" | "rte" => self.lift()?,
            "trkpt" => self.line_point(Part::Track, tag, line)?,
            "rtept" => self.line_point(Part::Route, tag, line)?,
            "wpt" => self.waypoint(tag, line)?,
            _ => {}
        }
        Ok(())
    }

    /// The outermost element decides whether this is GPX at all.
    fn root(&mut self, name: &str, line: u64) -> Result<()> {
        if !self.rooted && name != "gpx" {
            return Err(self.sink.error(Some(line), format_args!("this is not GPX: it begins with <{}>", shown(name))));
        }
        self.rooted = true;
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<()> {
        if self.extensions == Some(self.depth) {
            self.extensions = None;
        }
        self.depth = self.depth.saturating_sub(1);
        if self.extensions.is_none() {
            match name {
                "trkseg" | "trk" | "rte" => self.lift()?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A point of a line, which is joined to the one before.
    fn line_point(&mut self, part: Part, tag: &BytesStart, line: u64) -> Result<()> {
        let Some(at) = self.point(part, tag, line)? else { return Ok(()) };
        if let Some(before) = self.pen {
            self.give(part, Found::Good(Shape::segment(before.at, at)))?;
        }
        self.pen = Some(Pen { part, at, first: self.pen.is_none() });
        Ok(())
    }

    /// The end of a line. A line of one point is that point: somebody was there.
    fn lift(&mut self) -> Result<()> {
        match self.pen.take() {
            Some(Pen { part, at, first: true }) => self.give(part, Found::Good(Shape::point(at))),
            _ => Ok(()),
        }
    }

    fn waypoint(&mut self, tag: &BytesStart, line: u64) -> Result<()> {
        let Some(at) = self.point(Part::Waypoint, tag, line)? else { return Ok(()) };
        self.give(Part::Waypoint, Found::Good(Shape::point(at)))
    }

    /// The place that a point names; `None` when it has no good one, or nobody wants to know.
    fn point(&mut self, part: Part, tag: &BytesStart, line: u64) -> Result<Option<Degrees>> {
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
            self.fates.iter_mut().filter(|fate| matches!(fate, Fate::Hold(_))).for_each(|fate| *fate = Fate::Leave);
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
    fn fault(&mut self, reason: XmlError, line: u64) -> Result<()> {
        self.faults += 1;
        if self.faults > FAULTS {
            return Err(self.sink.error(Some(line), "too much of this is not XML"));
        }
        self.sink.record();
        self.sink.skip(line, reason)
    }

    fn finish(mut self, line: u64) -> Result<()> {
        if !self.rooted {
            return Err(self.sink.error(None, "this is not GPX: there is no XML element in it"));
        }
        self.lift()?;
        for fate in self.fates {
            if let Fate::Hold(held) = fate
                && !held.is_empty()
            {
                held.into_iter().try_for_each(|found| take(self.sink, found))?;
                break;
            }
        }
        // An end that was cut inside of a tag is a fault that was counted already.
        if self.depth > 0 && self.faults == 0 {
            self.sink.record();
            self.sink.skip(line, "the file ends in the middle; what came before is used")?;
        }
        Ok(())
    }
}

fn take(sink: &mut Sink, found: Found) -> Result<()> {
    match found {
        Found::Good(shape) => sink.shape(shape),
        Found::Record => sink.record(),
        Found::Bad { line, fact } => return sink.skip(line, fact),
    }
    Ok(())
}

/// The place in the attributes of a point.
fn place(part: Part, tag: &BytesStart) -> std::result::Result<Degrees, String> {
    let (mut lat, mut lon) = (None, None);
    for attribute in tag.attributes().with_checks(false).flatten().take(ATTRIBUTES) {
        match attribute.key.local_name().as_ref() {
            "lat" => lat = Some(number("latitude", &attribute.value)?),
            "lon" => lon = Some(number("longitude", &attribute.value)?),
            _ => {}
        }
    }
    let lat = lat.ok_or_else(|| format!("a {part} has no latitude"))?;
    let lon = lon.ok_or_else(|| format!("a {part} has no longitude"))?;
    Degrees::new(lat, lon).map_err(|fact| fact.to_string())
}

fn number(what: &str, text: &str) -> std::result::Result<f64, String> {
    fast_float2::parse(text.trim()).map_err(|_| format!("{what} '{}' is not a number", shown(text)))
}

/// The beginning of a text that may be of any length and hold anything.
fn shown(text: &str) -> String {
    text.chars().take(40).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests;
