//! Elements of a GPX document, made into segments and points.
//!
//! A point is complete at its end tag, for its time stands between its tags; or, in a broken file,
//! where the next one begins or the line ends.

use std::fmt;

use super::Take;
use crate::error::{Remedy, Result};
use crate::geo::{Coord, Crs, Shape, Time};
use crate::input::columns::accuracy_rank;
use crate::input::fields::Axis;
use crate::input::fields::quoted;
use crate::input::numbers::in_xml;
use crate::input::track::{About, Fix, Held, Line, Measure, Track};
use crate::input::xml::{Collector, Content, Position, Tag, shown};
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

/// How many finds of one kind are held, a line counting as its fixes; each takes up to 64 bytes.
const MOST_HELD: usize = if cfg!(test) { 1000 } else { 1 << 22 };

/// What is done with the points of one kind.
enum Fate {
    Take,
    /// Perhaps, when the file has been read and nothing better was in it.
    Hold(Queue),
    Leave,
}

/// What is held of one kind.
#[derive(Default)]
struct Queue {
    /// How many points there were, good and bad.
    records: u64,
    found: Vec<Found>,
    /// How many finds those are.
    finds: usize,
}

/// Something that is held.
enum Found {
    Good(Shape),
    /// The end of a line.
    Line(Box<Line>),
    /// A whole line that is to be sifted.
    Held(Box<Held>),
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
}

impl Found {
    /// How many finds it is.
    fn count(&self) -> usize {
        match self {
            Self::Held(held) => held.lines.iter().map(Vec::len).sum(),
            _ => 1,
        }
    }
}

/// A point. What is known of it besides its attributes comes between its tags.
struct Point {
    part: Part,
    /// The line and the depth of its tag.
    begun: Position,
    place: Place,
    time: Option<Time>,
    measured: Option<f64>,
    /// How many metres it may be off.
    accuracy: Option<f64>,
}

/// Where a point is.
enum Place {
    At(Coord),
    /// Nothing was said in the tag. Some files have elements for it.
    Within {
        lat: Option<String>,
        lon: Option<String>,
    },
    /// Nowhere that is known, or nobody wants to know.
    Lost,
}

/// What the text that comes is.
#[derive(Clone, Copy)]
enum Wanted {
    /// The time of the point.
    Time,
    /// The latitude of a point that has none in its tag.
    Latitude,
    /// The longitude of such a point.
    Longitude,
    /// The name of the track.
    Name,
    /// What the track is of: hiking, running …
    Sport,
    /// What was measured at the point.
    Value,
    /// How many metres the point may be off.
    Accuracy,
}

/// A document as far as it has been read.
pub(super) struct Document<'a, 's> {
    sink: &'a mut Sink<'s>,
    fates: [Fate; 3],
    /// The depth of the extensions we are in, where the same names mean other things.
    extensions: Option<usize>,
    /// The point whose end tag is still to come.
    point: Option<Point>,
    /// The depth of the route point we are in, whose extensions may have more of the road.
    route_point: Option<usize>,
    /// The track or route that is being read.
    track: Track,
    /// Its depth, as long as it lasts.
    track_depth: Option<usize>,
    /// The kind of its last point.
    drawn: Part,
    text: Collector<Wanted>,
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
            return match tag.name() {
                "rpt" if self.route_point.is_some() => self.shaping_point(tag, at),
                name if self.wants_accuracy(name) => {
                    self.text.want(Wanted::Accuracy);
                    Ok(())
                }
                // Garmin's and Cluetrust's names of it.
                "hr" | "heartrate" if self.point.is_some() => {
                    let is_wanted = self.sink.manner().measure == Some(Measure::HeartRate);
                    self.text.want(is_wanted.then_some(Wanted::Value));
                    Ok(())
                }
                _ => Ok(()),
            };
        }
        match tag.name() {
            "gpx" => self.creator(tag),
            "extensions" => self.extensions = Some(at.depth),
            "trk" | "rte" => {
                self.sink.next_sport();
                self.begin_track(at.depth)?;
            }
            "trkseg" => self.lift()?,
            "trkpt" => self.begin(Part::Track, tag, at)?,
            "rtept" => self.begin(Part::Route, tag, at)?,
            "wpt" => self.begin(Part::Waypoint, tag, at)?,
            name if self.is_directly_in_point(at) => {
                let wanted = self.wanted_in_point(name);
                self.text.want(wanted);
            }
            "name" if self.track_depth.is_some_and(|track| at.depth == track + 1) => {
                self.text.want(Wanted::Name);
            }
            "type" if self.track_depth.is_some_and(|track| at.depth == track + 1) => {
                self.text.want(Wanted::Sport);
            }
            _ if self.point.is_none() => self.unknown(tag, at.line)?,
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
                "trkpt" | "rtept" | "wpt" => {
                    self.complete()?;
                    self.route_point = None;
                }
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

    fn wants_text(&self) -> bool {
        self.text.is_open()
    }

    fn text(&mut self, text: &str) {
        self.text.add(text);
    }

    fn finish(&mut self, at: Position) -> Result<()> {
        self.take_text(at.line)?;
        self.lift()?;
        let mut held = self.fates.each_mut().map(|fate| match fate {
            Fate::Hold(held) => std::mem::take(held),
            Fate::Take | Fate::Leave => Queue::default(),
        });
        // The first kind of which something can be drawn, or else the first that there is.
        let drawn = |held: &Queue| {
            let mut found = held.found.iter();
            found.any(|found| matches!(found, Found::Good(_) | Found::Line(_) | Found::Held(_)))
        };
        let best = held.iter().position(drawn);
        let best = best.or_else(|| held.iter().position(|held| held.records > 0));
        let best = best.map(|best| std::mem::take(&mut held[best]));
        let Queue { records, found, .. } = best.unwrap_or_default();
        for _ in 0..records {
            self.sink.record();
        }
        found
            .into_iter()
            .try_for_each(|found| take(self.sink, found))
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
            None => [
                Fate::Take,
                Fate::Hold(Queue::default()),
                Fate::Hold(Queue::default()),
            ],
        };
        Self {
            sink,
            fates,
            extensions: None,
            point: None,
            route_point: None,
            track: unnamed(0),
            track_depth: None,
            drawn: Part::Track,
            text: Collector::default(),
        }
    }

    /// Uses the text that has come, where it says something.
    #[inline]
    fn take_text(&mut self, line: u64) -> Result<()> {
        let Some((wanted, text)) = self.text.take() else {
            return Ok(());
        };
        let learnt = self.learn(wanted, &text, line);
        self.text.reuse(text);
        learnt
    }

    /// Uses a text, far from the many tags before which there is none.
    #[inline(never)]
    fn learn(&mut self, wanted: Wanted, text: &str, line: u64) -> Result<()> {
        match wanted {
            Wanted::Time => self.time(text, line),
            _ if text.trim().is_empty() => Ok(()),
            Wanted::Latitude | Wanted::Longitude => {
                self.half(text.to_owned(), matches!(wanted, Wanted::Latitude));
                Ok(())
            }
            Wanted::Value => {
                if let Some(point) = &mut self.point {
                    point.measured = text.trim().parse().ok();
                }
                Ok(())
            }
            Wanted::Accuracy => {
                if let Some(point) = &mut self.point {
                    point.accuracy = text.trim().parse().ok();
                }
                Ok(())
            }
            Wanted::Name => {
                self.sink.name(text);
                self.track.call(text.trim().to_owned());
                Ok(())
            }
            Wanted::Sport => {
                self.sink.sport(text);
                Ok(())
            }
        }
    }

    /// The program that wrote the file.
    fn creator(&mut self, tag: &Tag) {
        let sink = &mut *self.sink;
        let _ = tag.attributes(|name, value| {
            if name == "creator" {
                sink.device(value);
            }
            Ok::<_, ()>(())
        });
    }

    fn is_directly_in_point(&self, at: Position) -> bool {
        let point = self.point.as_ref();
        point.is_some_and(|point| at.depth == point.begun.depth + 1)
    }

    /// Whether an element of a point says how many metres it may be off, and that matters. Dilutions
    /// of precision, which GPX has elements for, are no metres.
    fn wants_accuracy(&self, name: &str) -> bool {
        let is_asked = self.point.is_some() && self.sink.manner().max_accuracy.is_some();
        is_asked && accuracy_rank(name).is_some()
    }

    /// What an element directly in a point says of it.
    fn wanted_in_point(&self, name: &str) -> Option<Wanted> {
        let is_within = matches!(
            self.point,
            Some(Point {
                place: Place::Within { .. },
                ..
            })
        );
        match name {
            "time" if self.sink.manner().times => Some(Wanted::Time),
            "ele" if self.sink.manner().measure == Some(Measure::Elevation) => Some(Wanted::Value),
            "lat" | "latitude" if is_within => Some(Wanted::Latitude),
            "lon" | "lng" | "longitude" if is_within => Some(Wanted::Longitude),
            _ if self.wants_accuracy(name) => Some(Wanted::Accuracy),
            _ => None,
        }
    }

    /// The time of a point.
    fn time(&mut self, text: &str, line: u64) -> Result<()> {
        let Some(point) = &mut self.point else {
            return Ok(());
        };
        if matches!(point.place, Place::Lost) {
            return Ok(());
        }
        let time = time::parse(text.as_bytes());
        if time.is_none() && text.trim().is_empty() {
            return Ok(());
        }
        point.time = time;
        if time.is_some() {
            return Ok(());
        }
        let part = point.part;
        let fact = format!("the {part}'s time {} is not known", quoted(text.as_bytes()));
        self.give(part, Found::BadTime { line, fact })
    }

    /// One half of the place of a point.
    fn half(&mut self, text: String, is_latitude: bool) {
        if let Some(Point {
            place: Place::Within { lat, lon },
            ..
        }) = &mut self.point
        {
            *if is_latitude { lat } else { lon } = Some(text);
        }
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
        self.route_point = (part == Part::Route).then_some(at.depth);
        let place = self.place(part, tag, at.line)?;
        self.point = Some(Point {
            part,
            begun: at,
            place,
            time: None,
            measured: None,
            accuracy: None,
        });
        Ok(())
    }

    /// An element that no GPX has here. One that has a place is a point whose name is damaged.
    fn unknown(&mut self, tag: &Tag, line: u64) -> Result<()> {
        let (mut lat, mut lon) = (false, false);
        let _ = tag.attributes(|name, _| {
            match axis(name) {
                Some(Axis::Lat) => lat = true,
                Some(Axis::Lon) => lon = true,
                None => {}
            }
            Ok::<_, ()>(())
        });
        let part = match self.track_depth {
            Some(_) => self.drawn,
            None => Part::Waypoint,
        };
        if !(lat && lon && self.count(part)) {
            return Ok(());
        }
        let fact = format!(
            "<{}> has a place, and is no kind of point",
            shown(tag.name())
        );
        self.lose(part, line, &fact)
    }

    /// A point of the road between two points of a route, as Garmin's programs write them. Those
    /// that say again where the road has come are no news.
    fn shaping_point(&mut self, tag: &Tag, at: Position) -> Result<()> {
        self.complete()?;
        let line = at.line;
        match self.place(Part::Route, tag, line)? {
            Place::At(at) if self.track.is_at(at) => Ok(()),
            Place::At(at) => self.reach(Part::Route, line, Fix::new(at, None)),
            Place::Within { .. } => self.lose(Part::Route, line, &no(Part::Route, "latitude")),
            Place::Lost => Ok(()),
        }
    }

    /// The end of a point: all that will be known of it is known.
    fn complete(&mut self) -> Result<()> {
        let Some(point) = self.point.take() else {
            return Ok(());
        };
        let (part, line) = (point.part, point.begun.line);
        let is_accurate = self.sink.manner().is_accurate(point.accuracy);
        if !is_accurate && !matches!(point.place, Place::Lost) {
            let oddity = Oddity::Inaccurate;
            return self.give(part, Found::Odd { line, oddity });
        }
        let fix = |at| Fix::new(at, point.time).measuring(point.measured);
        match point.place {
            Place::Lost => Ok(()),
            Place::At(at) => self.reach(part, line, fix(at)),
            Place::Within { lat, lon } => match place(part, lat.as_deref(), lon.as_deref()) {
                Ok(at) => match self.located(part, line, at)? {
                    Some(at) => self.reach(part, line, fix(at)),
                    None => Ok(()),
                },
                Err(fact) => self.lose(part, line, &fact),
            },
        }
    }

    /// A point with a place.
    fn reach(&mut self, part: Part, line: u64, fix: Fix) -> Result<()> {
        if part == Part::Track {
            // There are tracks: nothing else is wanted that is not taken already.
            let held = self.fates.iter_mut();
            held.filter(|fate| matches!(fate, Fate::Hold(_)))
                .for_each(|fate| *fate = Fate::Leave);
        }
        let manner = self.sink.manner();
        let shape = match (part, manner.measure) {
            (Part::Waypoint, None) => Some(fix.alone()),
            (Part::Waypoint, Some(measure)) => {
                let Some(value) = fix.value(measure) else {
                    let oddity = Oddity::Unmeasured;
                    return self.give(part, Found::Odd { line, oddity });
                };
                Some(fix.alone().weighing(value))
            }
            (Part::Track | Part::Route, _) => {
                self.drawn = part;
                if self.sink.is_sifting() {
                    self.track.hold(fix);
                    None
                } else {
                    self.track.join(fix, &manner)
                }
            }
        };
        match (shape, &self.fates[part as usize]) {
            (None, _) => {}
            (Some(shape), Fate::Take) => self.sink.give(shape),
            (Some(shape), _) => return self.give(part, Found::Good(shape)),
        }
        Ok(())
    }

    /// A good place as it is drawn, if it is; what is odd about it is counted.
    fn located(&mut self, part: Part, line: u64, at: Coord) -> Result<Option<Coord>> {
        if self.sink.is_ordinary(at) {
            return Ok(Some(at));
        }
        let located = self.sink.manner().located(self.sink.manner().crs, at);
        for oddity in located.odd.into_iter().flatten() {
            self.give(part, Found::Odd { line, oddity })?;
        }
        Ok(located.at)
    }

    /// A point without one.
    fn lose(&mut self, part: Part, line: u64, fact: &str) -> Result<()> {
        let fact = fact.to_owned();
        self.give(part, Found::Bad { line, fact })
    }

    /// The end of a line.
    fn lift(&mut self) -> Result<()> {
        self.complete()?;
        if self.sink.is_sifting() {
            let held = self.track.release();
            return held.map_or(Ok(()), |held| {
                self.give(self.drawn, Found::Held(Box::new(held)))
            });
        }
        let line = self.track.cut(&self.sink.manner());
        line.map_or(Ok(()), |line| {
            self.give(self.drawn, Found::Line(Box::new(line)))
        })
    }

    /// Counts a point of some kind; false if nobody wants it.
    fn count(&mut self, part: Part) -> bool {
        match &mut self.fates[part as usize] {
            Fate::Take => self.sink.record(),
            Fate::Hold(held) => held.records += 1,
            Fate::Leave => return false,
        }
        true
    }

    /// The place that a point's tag names.
    fn place(&mut self, part: Part, tag: &Tag, line: u64) -> Result<Place> {
        if !self.count(part) {
            return Ok(Place::Lost);
        }
        let (mut lat, mut lon) = (None, None);
        let read = tag.attributes(|name, value| {
            match axis(name) {
                Some(Axis::Lat) => lat = Some(in_xml(Axis::Lat, value)?),
                Some(Axis::Lon) => lon = Some(in_xml(Axis::Lon, value)?),
                None => {}
            }
            Ok::<_, String>(())
        });
        let at = match (read, lat, lon) {
            (Err(fact), ..) => Err(fact),
            (Ok(()), None, None) => {
                return Ok(Place::Within {
                    lat: None,
                    lon: None,
                });
            }
            (Ok(()), None, Some(_)) => Err(no(part, "latitude")),
            (Ok(()), Some(_), None) => Err(no(part, "longitude")),
            (Ok(()), Some(lat), Some(lon)) => {
                Crs::Wgs84.place(lon, lat).map_err(|fact| fact.to_string())
            }
        };
        match at {
            Ok(at) => self
                .located(part, line, at)
                .map(|at| at.map_or(Place::Lost, Place::At)),
            Err(fact) => self.lose(part, line, &fact).map(|()| Place::Lost),
        }
    }

    /// Puts something where the things of its kind go.
    fn give(&mut self, part: Part, found: Found) -> Result<()> {
        match &mut self.fates[part as usize] {
            Fate::Take => take(self.sink, found),
            Fate::Hold(held) if held.finds >= MOST_HELD => {
                let fact = format!("more than {MOST_HELD} {part}s, and no track so far");
                Err(self.sink.error(None, fact).remedy(Remedy::NameParts))
            }
            Fate::Hold(held) => {
                held.finds += found.count();
                held.found.push(found);
                Ok(())
            }
            Fate::Leave => Ok(()),
        }
    }
}

fn take(sink: &mut Sink, found: Found) -> Result<()> {
    match found {
        Found::Good(shape) => sink.give(shape),
        Found::Line(line) => sink.line(*line),
        Found::Held(held) => sink.hold(*held),
        Found::Odd { line, oddity } => return sink.odd(oddity, line),
        Found::BadTime { line, fact } => return sink.bad_time(line, fact),
        Found::Bad { line, fact } => return sink.skip(line, fact),
    }
    Ok(())
}

/// What an attribute says of a place, if anything.
fn axis(name: &str) -> Option<Axis> {
    match name {
        "lat" | "latitude" => Some(Axis::Lat),
        "lon" | "lng" | "long" | "longitude" => Some(Axis::Lon),
        _ => None,
    }
}

/// The place that the elements within a point name.
fn place(part: Part, lat: Option<&str>, lon: Option<&str>) -> std::result::Result<Coord, String> {
    let lat = in_xml(Axis::Lat, lat.ok_or_else(|| no(part, "latitude"))?)?;
    let lon = in_xml(Axis::Lon, lon.ok_or_else(|| no(part, "longitude"))?)?;
    Crs::Wgs84.place(lon, lat).map_err(|fact| fact.to_string())
}

fn no(part: Part, what: &str) -> String {
    format!("a {part} has no {what}")
}
