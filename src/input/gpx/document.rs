//! Elements of a GPX document, made into segments and points.
//!
//! A point is complete at its end tag, for its time stands between its tags; or, in a broken file,
//! where the next one begins or the line ends.

use std::fmt;

use super::Take;
use crate::error::Result;
use crate::geo::{Coord, Crs, Shape};
use crate::input::fields::quoted;
use crate::input::track::{About, Fix, Track};
use crate::input::xml::{Content, Position, Tag, shown};
use crate::input::{Oddity, Sink, time};

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
    /// What is odd about a place.
    Odd {
        line: u64,
        oddity: Oddity,
    },
    Record,
}

/// A point with a place. What else is known of it comes between its tags.
#[derive(Clone, Copy)]
struct Point {
    part: Part,
    fix: Fix,
}

/// What the text that comes is.
#[derive(Clone, Copy)]
enum Wanted {
    /// The time of the point.
    Time,
    /// The name of the track.
    Name,
}

/// A document as far as it has been read.
pub(super) struct Document<'a, 's> {
    sink: &'a mut Sink<'s>,
    fates: [Fate; 3],
    /// The depth of the extensions we are in, where the same names mean other things.
    extensions: Option<usize>,
    /// The point whose end tag is still to come.
    point: Option<Point>,
    /// The depth of that point, if times are wanted.
    timed: Option<usize>,
    /// The track or route that is being read.
    track: Track,
    /// Its depth, as long as it lasts.
    track_depth: Option<usize>,
    /// The kind of its last point.
    drawn: Part,
    wanted: Option<Wanted>,
    text: String,
}

/// A track or a route of which nothing is known yet.
fn unnamed(number: u64) -> Track {
    Track::new(About {
        number,
        name: None,
        weight: 1.0,
    })
}

impl<'s> Content<'s> for Document<'_, 's> {
    fn sink(&mut self) -> &mut Sink<'s> {
        self.sink
    }

    fn start(&mut self, tag: &Tag, at: Position) -> Result<()> {
        self.take_text(at.line)?;
        if self.extensions.is_some() {
            return Ok(());
        }
        match tag.name() {
            "extensions" => self.extensions = Some(at.depth),
            "trk" | "rte" => self.begin_track(at.depth)?,
            "trkseg" => self.lift()?,
            "trkpt" => self.begin(Part::Track, tag, at)?,
            "rtept" => self.begin(Part::Route, tag, at)?,
            "wpt" => self.begin(Part::Waypoint, tag, at)?,
            "time" if self.timed.is_some_and(|point| at.depth == point + 1) => {
                self.wanted = Some(Wanted::Time);
            }
            "name" if self.track_depth.is_some_and(|track| at.depth == track + 1) => {
                self.wanted = Some(Wanted::Name);
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str, at: Position) -> Result<()> {
        self.take_text(at.line)?;
        if self.extensions == Some(at.depth) {
            self.extensions = None;
        }
        if self.extensions.is_none() {
            match name {
                "trkpt" | "rtept" | "wpt" => self.complete()?,
                "trkseg" => self.lift()?,
                "trk" | "rte" => {
                    self.lift()?;
                    self.track_depth = None;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.wanted.is_some() {
            self.text.push_str(text);
        }
    }

    fn finish(&mut self, at: Position) -> Result<()> {
        self.take_text(at.line)?;
        self.lift()?;
        for fate in &mut self.fates {
            if let Fate::Hold(held) = fate
                && !held.is_empty()
            {
                let mut held = std::mem::take(held).into_iter();
                return held.try_for_each(|found| take(self.sink, found));
            }
        }
        Ok(())
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
            extensions: None,
            point: None,
            timed: None,
            track: unnamed(0),
            track_depth: None,
            drawn: Part::Track,
            wanted: None,
            text: String::new(),
        }
    }

    /// Uses the text that has come, where it says something.
    fn take_text(&mut self, line: u64) -> Result<()> {
        let Some(wanted) = self.wanted.take() else {
            return Ok(());
        };
        let text = std::mem::take(&mut self.text);
        match wanted {
            _ if text.trim().is_empty() => Ok(()),
            Wanted::Time => self.time(&text, line),
            Wanted::Name => {
                self.track.call(text.trim().to_owned());
                Ok(())
            }
        }
    }

    /// The time of a point.
    fn time(&mut self, text: &str, line: u64) -> Result<()> {
        let Some(point) = &mut self.point else {
            return Ok(());
        };
        point.fix.time = time::parse(text.as_bytes());
        if point.fix.time.is_some() {
            return Ok(());
        }
        let part = point.part;
        let fact = format!("the {part}'s time {} is not known", quoted(text.as_bytes()));
        self.give(part, Found::BadTime { line, fact })
    }

    /// The beginning of a track or a route. One that was never ended is complete by now.
    fn begin_track(&mut self, depth: usize) -> Result<()> {
        self.lift()?;
        self.track = unnamed(self.track.about().number + 1);
        self.track_depth = Some(depth);
        Ok(())
    }

    /// The beginning of a point. One that was never ended is complete by now.
    fn begin(&mut self, part: Part, tag: &Tag, at: Position) -> Result<()> {
        self.complete()?;
        let place = self.place(part, tag, at.line)?;
        self.point = place.map(|at| Point {
            part,
            fix: Fix { at, time: None },
        });
        self.timed = (self.point.is_some() && self.sink.manner().times).then_some(at.depth);
        Ok(())
    }

    /// The end of a point: all that will be known of it is known.
    fn complete(&mut self) -> Result<()> {
        self.timed = None;
        let Some(Point { part, fix }) = self.point.take() else {
            return Ok(());
        };
        let shape = if part == Part::Waypoint {
            Some(fix.alone())
        } else {
            self.drawn = part;
            self.track.join(fix)
        };
        shape.map_or(Ok(()), |shape| self.give(part, Found::Good(shape)))
    }

    /// The end of a line.
    fn lift(&mut self) -> Result<()> {
        self.complete()?;
        let shape = self.track.cut();
        shape.map_or(Ok(()), |shape| self.give(self.drawn, Found::Good(shape)))
    }

    /// The place that a point names; `None` when it has no good one, or nobody wants to know.
    fn place(&mut self, part: Part, tag: &Tag, line: u64) -> Result<Option<Coord>> {
        if matches!(self.fates[part as usize], Fate::Leave) {
            return Ok(None);
        }
        self.give(part, Found::Record)?;
        match place(part, tag) {
            Ok(at) => {
                let located = self.sink.manner().located(at);
                for oddity in located.odd.into_iter().flatten() {
                    self.give(part, Found::Odd { line, oddity })?;
                }
                Ok(located.at)
            }
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
}

fn take(sink: &mut Sink, found: Found) -> Result<()> {
    match found {
        Found::Good(shape) => sink.shape(shape),
        Found::Record => sink.record(),
        Found::Odd { line, oddity } => return sink.odd(oddity, line),
        Found::BadTime { line, fact } => return sink.bad_time(line, fact),
        Found::Bad { line, fact } => return sink.skip(line, fact),
    }
    Ok(())
}

/// The place in the attributes of a point.
fn place(part: Part, tag: &Tag) -> std::result::Result<Coord, String> {
    let (mut lat, mut lon) = (None, None);
    tag.attributes(|name, value| {
        match name {
            "lat" => lat = Some(number("latitude", value)?),
            "lon" => lon = Some(number("longitude", value)?),
            _ => {}
        }
        Ok::<_, String>(())
    })?;
    let lat = lat.ok_or_else(|| format!("a {part} has no latitude"))?;
    let lon = lon.ok_or_else(|| format!("a {part} has no longitude"))?;
    Crs::Wgs84.place(lon, lat).map_err(|fact| fact.to_string())
}

fn number(what: &str, text: &str) -> std::result::Result<f64, String> {
    fast_float2::parse(text.trim()).map_err(|_| format!("{what} '{}' is not a number", shown(text)))
}
