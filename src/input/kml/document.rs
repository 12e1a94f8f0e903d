//! Elements of a KML document, made into points and lines.
//!
//! What a placemark says of its time may stand before or behind its geometry: its points and lines
//! wait for its end. The times and places of a track, and the rates of the heart, stand in lists of
//! their own and are paired at its end.

use std::convert::Infallible;
use std::fmt::Display;

use super::tuples::Tuples;
use crate::error::Result;
use crate::geo::{Coord, Crs, Polygon, Time};
use crate::input::fields::Axis;
use crate::input::numbers::in_xml;
use crate::input::track::{About, Fix, Measure, Track};
use crate::input::xml::{Collector, Content, Position, Tag};
use crate::input::{Oddity, Sink, fields, time};

/// The geometry that coordinates are of.
#[derive(Clone, Copy, PartialEq)]
enum Geometry {
    Point,
    Line,
    /// A ring of a polygon.
    Ring,
}

/// What the text that comes is.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Coordinates(Geometry),
    /// One number of where a model stands.
    Number(usize),
    /// A place in a track.
    Coord,
    /// The time of a place in a track.
    When,
    /// The time of a placemark, or its beginning.
    Moment,
    /// The end of a placemark's time.
    End,
    /// A rate of the heart at a place in a track.
    Rate,
    Name,
}

/// The lists of a track.
#[derive(Default)]
struct Lists {
    times: Vec<Option<Time>>,
    places: Vec<Option<Fix>>,
    rates: Vec<Option<f64>>,
    /// The list at hand is that of rates.
    is_of_rates: bool,
}

/// A document as far as it has been read.
pub(super) struct Document<'a, 's> {
    sink: &'a mut Sink<'s>,
    /// The number of lines so far.
    lines: u64,
    track: Track,
    /// The geometry we are in, and whether nothing stood in it so far.
    geometry: Option<Geometry>,
    is_empty: bool,
    /// Longitude, latitude and altitude of the model we are in.
    model: Option<[String; 3]>,
    /// The depth of the polygon we are in, whose rings are no lines.
    polygon: Option<usize>,
    /// Its rings, where polygons are wanted.
    rings: Vec<Vec<Coord>>,
    lists: Option<Lists>,
    /// The points and lines of the placemark, and its time.
    points: Vec<Fix>,
    drawn: Vec<Vec<Fix>>,
    moment: Option<Time>,
    is_in_placemark: bool,
    /// We are in a view of it, whose time is not its own.
    is_in_view: bool,
    /// The depth of the placemark or document that a name directly in it is of.
    named: usize,
    text: Collector<Wanted>,
}

impl<'a, 's> Document<'a, 's> {
    pub(super) fn new(sink: &'a mut Sink<'s>) -> Self {
        Self {
            sink,
            lines: 0,
            track: new_track(1),
            geometry: None,
            is_empty: false,
            model: None,
            polygon: None,
            rings: Vec::new(),
            lists: None,
            points: Vec::new(),
            drawn: Vec::new(),
            moment: None,
            is_in_placemark: false,
            is_in_view: false,
            named: 0,
            text: Collector::default(),
        }
    }

    /// Uses the text that has come, where it says something.
    fn take_text(&mut self, line: u64) -> Result<()> {
        let Some((wanted, text)) = self.text.take() else {
            return Ok(());
        };
        match wanted {
            Wanted::Coordinates(geometry) => self.coordinates(geometry, &text, line),
            Wanted::Coord => self.coord(&text, line),
            Wanted::Number(number) => {
                let model = self
                    .model
                    .iter_mut()
                    .filter_map(|model| model.get_mut(number));
                model.for_each(|own| text.trim().clone_into(own));
                Ok(())
            }
            Wanted::Rate => {
                let rate = fields::number(text.as_bytes());
                self.lists
                    .iter_mut()
                    .for_each(|lists| lists.rates.push(rate));
                Ok(())
            }
            Wanted::Name => {
                self.sink.name(&text);
                Ok(())
            }
            Wanted::When | Wanted::Moment | Wanted::End => {
                let time = self.time(&text, line)?;
                match &mut self.lists {
                    Some(lists) if wanted == Wanted::When => lists.times.push(time),
                    _ if wanted == Wanted::Moment => self.moment = time,
                    _ => self.moment = self.moment.or(time),
                }
                Ok(())
            }
        }
    }

    fn time(&mut self, text: &str, line: u64) -> Result<Option<Time>> {
        if text.trim().is_empty() || !self.sink.manner().times {
            return Ok(None);
        }
        let time = moment(text);
        if time.is_none() {
            let text = fields::quoted(text.as_bytes());
            self.sink
                .bad_time(line, format_args!("the time {text} is not known"))?;
        }
        Ok(time)
    }

    /// The coordinates of a geometry.
    fn coordinates(&mut self, geometry: Geometry, text: &str, line: u64) -> Result<()> {
        let mut tuples = Tuples::default();
        if geometry == Geometry::Ring {
            self.rings.push(Vec::new());
        }
        let mut give = |tuple: &[String]| self.tuple(geometry, tuple, line);
        tuples.read(text, &mut give)?;
        tuples.end(&mut give)
    }

    fn tuple(&mut self, geometry: Geometry, tuple: &[String], line: u64) -> Result<()> {
        self.is_empty = false;
        let place = match tuple {
            [lon, lat] | [lon, lat, _] => place(lon, lat),
            [_] => Err("a place has no latitude".to_owned()),
            _ => Err(format!("a place has {} numbers", tuple.len())),
        };
        if geometry == Geometry::Ring {
            return self.corner(place, line);
        }
        let Some(at) = self.located(place, line)? else {
            return Ok(());
        };
        let height = self.height(tuple.get(2));
        let fix = Fix::new(at, None).measuring(height);
        match geometry {
            Geometry::Point => self.points.push(fix),
            Geometry::Line => self
                .drawn
                .last_mut()
                .into_iter()
                .for_each(|line| line.push(fix)),
            Geometry::Ring => {}
        }
        Ok(())
    }

    /// A corner of a ring, which lies where its numbers say.
    fn corner(&mut self, place: std::result::Result<Coord, String>, line: u64) -> Result<()> {
        match place {
            Ok(at) => {
                self.rings
                    .last_mut()
                    .into_iter()
                    .for_each(|ring| ring.push(at));
                Ok(())
            }
            Err(fact) => self.sink.skip(line, fact),
        }
    }

    /// A place of a track: numbers with blanks between them. An empty one belongs to a time at
    /// which there was no reception.
    fn coord(&mut self, text: &str, line: u64) -> Result<()> {
        let mut numbers = text.split([' ', '\t', '\n', '\r', ',']);
        let mut next = || numbers.find(|number| !number.is_empty());
        let at = match (next(), next()) {
            (None, _) => None,
            (Some(_), None) => self.located(Err::<Coord, _>("a place has no latitude"), line)?,
            (Some(lon), Some(lat)) => self.located(place(lon, lat), line)?,
        };
        let height = self.height(next());
        if let Some(lists) = &mut self.lists {
            let fix = at.map(|at| Fix::new(at, None).measuring(height));
            lists.places.push(fix);
        }
        Ok(())
    }

    /// The height in metres behind a place, if it is wanted: as the file has it, whatever its mode
    /// of altitude.
    fn height(&self, number: Option<impl AsRef<str>>) -> Option<f64> {
        match self.sink.manner().measure {
            Some(Measure::Elevation) => fields::number(number?.as_ref().as_bytes()),
            Some(Measure::Speed | Measure::HeartRate) | None => None,
        }
    }

    /// A place as it is drawn, if it is.
    fn located(
        &mut self,
        place: std::result::Result<Coord, impl Display>,
        line: u64,
    ) -> Result<Option<Coord>> {
        self.sink.record();
        match place {
            Ok(at) => {
                let located = self.sink.manner().located(self.sink.manner().crs, at);
                self.sink.told(located, line)
            }
            Err(fact) => self.sink.skip(line, fact).map(|()| None),
        }
    }

    /// The end of a line.
    fn lift(&mut self) {
        self.sink.cut(&mut self.track);
        self.lines += 1;
        self.track = new_track(self.lines + 1);
    }

    /// The end of a track.
    fn pair(&mut self, line: u64) -> Result<()> {
        let Some(lists) = self.lists.take() else {
            return Ok(());
        };
        let (times, places) = (lists.times.len(), lists.places.len());
        if places == 0 {
            self.sink.odd(Oddity::NoGeometry, line)?;
        } else if self.sink.manner().times && times != places && times > 0 {
            let fact = format_args!("a track has {places} places, but {times} times");
            self.sink.bad_time(line, fact)?;
        }
        let times = lists.times.into_iter().chain(std::iter::repeat(None));
        let rates = lists.rates.into_iter().chain(std::iter::repeat(None));
        for ((fix, time), rate) in lists.places.into_iter().zip(times).zip(rates) {
            let Some(fix) = fix else { continue };
            let (time, measured) = (time.or(self.moment), fix.measured.or(rate));
            let fix = Fix::new(fix.at, time).measuring(measured);
            self.sink.join(&mut self.track, fix);
        }
        self.lift();
        Ok(())
    }

    /// The end of a placemark.
    fn complete(&mut self) {
        let time = self.moment.take();
        for fix in std::mem::take(&mut self.points) {
            self.sink.lone(Fix { time, ..fix }, 1.0);
        }
        for line in std::mem::take(&mut self.drawn) {
            for fix in line {
                self.sink.join(&mut self.track, Fix { time, ..fix });
            }
            self.lift();
        }
    }

    /// The beginning of a list of what was measured on a track, which is known by its name.
    fn begin_list(&mut self, tag: &Tag) {
        let is_wanted = self.sink.manner().measure == Some(Measure::HeartRate);
        let Some(lists) = &mut self.lists else {
            return;
        };
        let mut is_of_rates = false;
        let Ok(()) = tag.attributes(|name, value| {
            let value = value.to_ascii_lowercase();
            is_of_rates |= name == "name" && value.contains("heart");
            Ok::<_, Infallible>(())
        });
        lists.is_of_rates = is_wanted && is_of_rates;
    }

    /// The end of a geometry, in which something should have stood.
    fn end_geometry(&mut self, line: u64) -> Result<()> {
        match self.geometry.take() {
            Some(_) if self.is_empty => self.sink.odd(Oddity::NoGeometry, line),
            _ => Ok(()),
        }
    }

    fn begin_geometry(&mut self, geometry: Geometry) {
        if self.polygon.is_none() {
            self.geometry = Some(geometry);
            self.is_empty = true;
            if geometry == Geometry::Line {
                self.drawn.push(Vec::new());
            }
        } else if self.sink.manner().polygons {
            self.geometry = Some(Geometry::Ring);
        }
    }
}

/// The moment of a text: the first of a year or month, if that is all it says.
fn moment(text: &str) -> Option<Time> {
    let text = text.trim();
    let date = match (text.len(), text.split_once('-')) {
        (4, None) if text.parse::<u16>().is_ok() => format!("{text}-01-01"),
        (7, Some((year, _))) if year.len() == 4 => format!("{text}-01"),
        _ => return time::parse(text.as_bytes()),
    };
    time::parse(date.as_bytes())
}

fn new_track(number: u64) -> Track {
    Track::new(About {
        number,
        name: None,
        weight: 1.0,
    })
}

fn place(lon: &str, lat: &str) -> std::result::Result<Coord, String> {
    let (lon, lat) = (in_xml(Axis::Lon, lon)?, in_xml(Axis::Lat, lat)?);
    Crs::Wgs84.place(lon, lat).map_err(|fact| fact.to_string())
}

impl<'s> Content<'s> for Document<'_, 's> {
    fn sink(&mut self) -> &mut Sink<'s> {
        self.sink
    }

    fn start(&mut self, tag: &Tag, at: Position) -> Result<()> {
        self.take_text(at.line)?;
        match tag.name() {
            "placemark" => {
                self.complete();
                (self.is_in_placemark, self.named) = (true, at.depth);
            }
            "document" => self.named = at.depth,
            "polygon" if self.polygon.is_none() => {
                self.polygon = Some(at.depth);
                self.sink.record();
                if !self.sink.manner().polygons {
                    self.sink.odd(Oddity::Polygons, at.line)?;
                }
            }
            "networklink" => self.sink.odd(Oddity::Links, at.line)?,
            "point" => self.begin_geometry(Geometry::Point),
            "linestring" | "linearring" => self.begin_geometry(Geometry::Line),
            // That of a track is only what is shown there.
            "model" if self.lists.is_none() => self.model = Some(Default::default()),
            "longitude" if self.model.is_some() => self.text.want(Wanted::Number(0)),
            "latitude" if self.model.is_some() => self.text.want(Wanted::Number(1)),
            "altitude" if self.model.is_some() => self.text.want(Wanted::Number(2)),
            "track" => {
                self.pair(at.line)?;
                self.lists = Some(Lists::default());
            }
            "coordinates" => self.text.want(self.geometry.map(Wanted::Coordinates)),
            "coord" if self.lists.is_some() => self.text.want(Wanted::Coord),
            "simplearraydata" => self.begin_list(tag),
            "value" if self.lists.as_ref().is_some_and(|lists| lists.is_of_rates) => {
                self.text.want(Wanted::Rate);
            }
            "when" if self.lists.is_some() => self.text.want(Wanted::When),
            "lookat" | "camera" => self.is_in_view = true,
            "when" | "begin" | "end" if self.is_in_view => {}
            "when" | "begin" if self.is_in_placemark => self.text.want(Wanted::Moment),
            "end" if self.is_in_placemark => self.text.want(Wanted::End),
            "name" if at.depth == self.named + 1 => self.text.want(Wanted::Name),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str, at: Position) -> Result<()> {
        self.take_text(at.line)?;
        match name {
            "point" => self.end_geometry(at.line)?,
            "linestring" | "linearring" if self.geometry == Some(Geometry::Line) => {
                self.end_geometry(at.line)?;
            }
            "model" => match self.model.take() {
                Some(place) if place.iter().all(String::is_empty) => {
                    self.sink.odd(Oddity::NoGeometry, at.line)?;
                }
                Some(place) => self.tuple(Geometry::Point, &place, at.line)?,
                None => {}
            },
            "lookat" | "camera" => self.is_in_view = false,
            "polygon" if self.polygon == Some(at.depth) => {
                (self.polygon, self.geometry) = (None, None);
                if self.sink.manner().polygons {
                    let rings = std::mem::take(&mut self.rings);
                    self.sink.polygon(|| Polygon { rings }, at.line)?;
                }
            }
            "track" => self.pair(at.line)?,
            "simplearraydata" => {
                self.lists
                    .iter_mut()
                    .for_each(|lists| lists.is_of_rates = false);
            }
            "placemark" => {
                self.complete();
                self.is_in_placemark = false;
            }
            _ => {}
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
        self.pair(at.line)?;
        self.complete();
        Ok(())
    }
}
