//! TCX (Training Center XML): activities and courses of Garmin's programs, read as they stream by.
//!
//! Only track points are places: those of laps and course points say again where the track has
//! been. Which elements there are is in Garmin's `TrainingCenterDatabasev2.xsd`.

use super::fields::Axis;
use super::numbers::in_xml;
use super::reader::{Places, Reader};
use super::recording::Recording;
use super::track::Measure;
use super::xml::{self, Collector, Content, Position, Tag};
use super::{Sink, fields, time};
use crate::error::Result;
use crate::geo::{Crs, Time};

pub(super) static READER: Reader = Reader {
    name: "tcx",
    title: "TCX",
    extensions: &["tcx"],
    companions: &[],
    detect: |head| fields::has_root(head, "TrainingCenterDatabase"),
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, _, sink| {
        let kind = xml::Kind {
            title: READER.title,
            root: "trainingcenterdatabase",
            parts: &[
                "activities",
                "activity",
                "courses",
                "course",
                "lap",
                "track",
            ],
        };
        xml::read(opened.stream(), &kind, &mut Document::new(sink))
    },
};

/// What the text that comes is.
#[derive(Clone, Copy)]
enum Wanted {
    Latitude,
    Longitude,
    Time,
    /// The name of a course.
    Name,
    /// The name of the device.
    Device,
    /// What was measured at a track point.
    Value,
}

/// A track point, as far as it has come.
struct Point {
    line: u64,
    lat: Option<String>,
    lon: Option<String>,
    time: Option<Time>,
    measured: Option<f64>,
}

/// A document as far as it has been read.
struct Document<'a, 's> {
    sink: &'a mut Sink<'s>,
    recording: Recording,
    point: Option<Point>,
    /// We are in the element of the device, or in that of a course before its track.
    is_in_device: bool,
    is_in_course: bool,
    text: Collector<Wanted>,
}

impl<'a, 's> Document<'a, 's> {
    fn new(sink: &'a mut Sink<'s>) -> Self {
        Self {
            sink,
            recording: Recording::new(),
            point: None,
            is_in_device: false,
            is_in_course: false,
            text: Collector::default(),
        }
    }

    fn sport(&mut self, tag: &Tag) {
        let sink = &mut *self.sink;
        let _ = tag.attributes(|name, value| {
            if name == "sport" {
                sink.sport(value);
            }
            Ok::<_, ()>(())
        });
    }

    /// Uses the text that has come, where it says something.
    fn take_text(&mut self, line: u64) -> Result<()> {
        let Some((wanted, text)) = self.text.take() else {
            return Ok(());
        };
        match (wanted, &mut self.point) {
            (Wanted::Latitude, Some(point)) => point.lat = Some(text),
            (Wanted::Longitude, Some(point)) => point.lon = Some(text),
            (Wanted::Time, Some(point)) if !text.trim().is_empty() => {
                point.time = time::parse(text.as_bytes());
                if point.time.is_none() {
                    let text = fields::quoted(text.as_bytes());
                    let fact = format!("the track point's time {text} is not known");
                    return self.sink.bad_time(line, fact);
                }
            }
            (Wanted::Value, Some(point)) => point.measured = text.trim().parse().ok(),
            (Wanted::Name, _) => self.sink.name(&text),
            (Wanted::Device, _) => self.sink.device(&text),
            _ => {}
        }
        Ok(())
    }

    /// The end of a track point.
    fn complete(&mut self) -> Result<()> {
        let Some(point) = self.point.take() else {
            return Ok(());
        };
        self.sink.record();
        let (Some(lat), Some(lon)) = (&point.lat, &point.lon) else {
            if point.lat.is_some() || point.lon.is_some() {
                return self
                    .sink
                    .skip(point.line, "a track point has half a position");
            }
            self.recording.miss(point.line);
            return Ok(());
        };
        let place = in_xml(Axis::Lat, lat)
            .and_then(|lat| Ok((lat, in_xml(Axis::Lon, lon)?)))
            .and_then(|(lat, lon)| Crs::Wgs84.place(lon, lat).map_err(|fact| fact.to_string()));
        let (time, measured) = (point.time, point.measured);
        self.recording
            .fix(place, (time, measured), point.line, self.sink)
    }
}

impl<'s> Content<'s> for Document<'_, 's> {
    fn sink(&mut self) -> &mut Sink<'s> {
        self.sink
    }

    fn start(&mut self, tag: &Tag, at: Position) -> Result<()> {
        self.take_text(at.line)?;
        let (is_in_point, measure) = (self.point.is_some(), self.sink.manner().measure);
        match tag.name() {
            "activity" => {
                self.complete()?;
                self.recording.next(self.sink);
                self.sink.next_sport();
                self.sport(tag);
            }
            "course" => {
                self.complete()?;
                self.recording.next(self.sink);
                self.sink.next_sport();
                self.is_in_course = true;
            }
            "creator" => self.is_in_device = true,
            "track" => {
                self.complete()?;
                self.is_in_course = false;
                self.recording.cut(self.sink);
            }
            "trackpoint" => {
                // One that was never ended is complete by now.
                self.complete()?;
                self.point = Some(Point {
                    line: at.line,
                    lat: None,
                    lon: None,
                    time: None,
                    measured: None,
                });
            }
            "latitudedegrees" if is_in_point => self.text.want(Wanted::Latitude),
            "longitudedegrees" if is_in_point => self.text.want(Wanted::Longitude),
            "time" if is_in_point && self.sink.manner().times => self.text.want(Wanted::Time),
            "altitudemeters" if is_in_point && measure == Some(Measure::Elevation) => {
                self.text.want(Wanted::Value);
            }
            // Of what a track point has, only the rate of the heart has its number in an element.
            "value" if is_in_point && measure == Some(Measure::HeartRate) => {
                self.text.want(Wanted::Value);
            }
            "name" if self.is_in_device => self.text.want(Wanted::Device),
            "name" if self.is_in_course => self.text.want(Wanted::Name),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str, at: Position) -> Result<()> {
        self.take_text(at.line)?;
        match name {
            "trackpoint" => self.complete()?,
            "track" => {
                self.complete()?;
                self.recording.cut(self.sink);
            }
            "creator" => self.is_in_device = false,
            "course" => self.is_in_course = false,
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
        self.complete()?;
        std::mem::replace(&mut self.recording, Recording::new()).end(self.sink);
        Ok(())
    }
}
