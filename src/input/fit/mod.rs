//! FIT (Flexible and Interoperable Data Transfer): recordings of sports watches and bicycle
//! computers, read as they stream by.
//!
//! Ours, because the crate fitparser writes to standard error where sizes of fields are odd, gives
//! up a file at a field of a developer that nothing describes, and can be made to panic by a
//! header; of its 100,000 lines nearly all are names of fields that no heat map asks for. `wire`
//! takes bytes apart into messages; here those are read that say where somebody was.

mod wire;

use std::io::{BufReader, Read};

use self::wire::{Message, Next, Wire};
use super::reader::{Places, Reader};
use super::recording::Recording;
use super::track::Measure;
use super::{Oddity, Sink};
use crate::error::Result;
use crate::geo::{Crs, Time};

pub(super) static READER: Reader = Reader {
    name: "fit",
    title: "FIT",
    extensions: &["fit"],
    companions: &[],
    detect: |head| head.bytes().get(8..12) == Some(b".FIT"),
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, _, sink| read(opened.stream(), sink),
};

/// Seconds from 1970 to the end of 1989, where FIT's time begins.
const EPOCH: i64 = 631_065_600;
/// Times before this are seconds since the device was switched on.
const ABSOLUTE: u32 = 0x1000_0000;
/// Half circles to degrees.
const DEGREES: f64 = 180.0 / (1_u64 << 31) as f64;
/// Names of sports by their numbers; those that are not listed are numbered.
const SPORTS: [&str; 48] = [
    "generic",
    "running",
    "cycling",
    "transition",
    "fitness_equipment",
    "swimming",
    "basketball",
    "soccer",
    "tennis",
    "american_football",
    "training",
    "walking",
    "cross_country_skiing",
    "alpine_skiing",
    "snowboarding",
    "rowing",
    "mountaineering",
    "hiking",
    "multisport",
    "paddling",
    "flying",
    "e_biking",
    "motorcycling",
    "boating",
    "driving",
    "golf",
    "hang_gliding",
    "horseback_riding",
    "hunting",
    "fishing",
    "inline_skating",
    "rock_climbing",
    "sailing",
    "ice_skating",
    "sky_diving",
    "snowshoeing",
    "snowmobiling",
    "stand_up_paddleboarding",
    "surfing",
    "wakeboarding",
    "water_skiing",
    "kayaking",
    "rafting",
    "windsurfing",
    "kitesurfing",
    "tactical",
    "jumpmaster",
    "boxing",
];
/// Makers by their numbers.
const MAKERS: [(i64, &str); 8] = [
    (1, "Garmin"),
    (23, "Suunto"),
    (32, "Wahoo"),
    (123, "Polar"),
    (260, "Zwift"),
    (265, "Strava"),
    (289, "Hammerhead"),
    (294, "COROS"),
];

/// Metres of fifths of them above 500 below the sea.
fn altitude(number: i64) -> f64 {
    number as f64 / 5.0 - 500.0
}

/// Messages by their numbers.
mod kinds {
    pub const FILE_ID: u16 = 0;
    pub const SPORT: u16 = 12;
    pub const SESSION: u16 = 18;
    pub const RECORD: u16 = 20;
    pub const COURSE: u16 = 31;
}

/// Reads a file, or several one after the other.
fn read(source: impl Read, sink: &mut Sink) -> Result<()> {
    let mut wire = Wire::new(BufReader::new(source));
    let mut file = File {
        recording: Recording::new(),
        records: 0,
        sink,
    };
    loop {
        let next = wire.next();
        match next.map_err(|reason| file.sink.error(None, reason))? {
            Next::File => file.recording.next(file.sink),
            Next::Message(message) => file.message(&message)?,
            Next::End => break,
            Next::Unknown => return Err(file.sink.error(None, "this is not FIT")),
            Next::Broken(fact) => {
                let at = file.records + 1;
                file.sink.note(format_args!("record {at}: {fact}"));
                file.sink.odd_because(Oddity::Broken, at, fact)?;
                break;
            }
        }
    }
    file.recording.end(file.sink);
    Ok(())
}

/// A file as far as it has been read.
struct File<'a, 's> {
    recording: Recording,
    /// Records so far, by which places in the file are told.
    records: u64,
    sink: &'a mut Sink<'s>,
}

impl File<'_, '_> {
    fn message(&mut self, message: &Message) -> Result<()> {
        match message.kind() {
            kinds::RECORD => return self.record(message),
            kinds::SESSION => self.sport(message.number(5)),
            kinds::SPORT => self.sport(message.number(0)),
            kinds::FILE_ID => self.device(message),
            kinds::COURSE => {
                if let Some(name) = message.text(5) {
                    self.sink.name(&name);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn record(&mut self, message: &Message) -> Result<()> {
        self.records += 1;
        self.sink.record();
        let (Some(lat), Some(lon)) = (message.number(0), message.number(1)) else {
            self.recording.miss(self.records);
            return Ok(());
        };
        let metres = message.number(31).map(|metres| metres as f64);
        if !self.sink.is_accurate(metres, self.records)? {
            return Ok(());
        }
        // Devices that failed write it, and nobody records on the open sea to the last digit.
        if (lat, lon) == (0, 0) {
            return self.sink.odd(Oddity::FailedFixes, self.records);
        }
        let place = Crs::Wgs84.place(lon as f64 * DEGREES, lat as f64 * DEGREES);
        let wanted = self.sink.manner().times;
        let time = message.time.filter(|&time| time >= ABSOLUTE && wanted);
        let time = time.and_then(|time| {
            let seconds = i64::from(time) + EPOCH;
            Time::from_milliseconds(1000 * seconds)
        });
        let measured = match self.sink.manner().measure {
            Some(Measure::Elevation) => message.number(78).or(message.number(2)).map(altitude),
            Some(Measure::HeartRate) => message.number(3).map(|rate| rate as f64),
            Some(Measure::Speed) | None => None,
        };
        self.recording
            .fix(place, (time, measured), self.records, self.sink)
    }

    fn sport(&mut self, number: Option<i64>) {
        if let Some(number) = number {
            let known = usize::try_from(number).ok().and_then(|at| SPORTS.get(at));
            let numbered = || format!("sport {number}");
            self.sink
                .sport(&known.map_or_else(numbered, |&name| name.to_owned()));
        }
    }

    fn device(&mut self, message: &Message) {
        let maker = message.number(1).and_then(|number| {
            let known = MAKERS.iter().find(|(known, _)| *known == number);
            known.map(|(_, name)| (*name).to_owned())
        });
        let device: Vec<_> = [maker, message.text(8)].into_iter().flatten().collect();
        self.sink.device(&device.join(" "));
    }
}
