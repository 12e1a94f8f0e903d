//! IGC: the logs of gliders' flight recorders, line by line.
//!
//! Fixes are in B records, at fixed columns; H records have the date, the pilot's glider and the
//! recorder, and an I record says where more digits of minutes stand (LAD, LOD). Fixes without
//! height (`V`) have a place all the same. The format is appendix A of the IGC's *Technical
//! Specification for GNSS Flight Recorders*. Ours, because the crate igc panics at a line that is
//! shorter than its own I record says.

use std::io::{BufRead, BufReader, Read};

use super::Sink;
use super::decode::LineEnds;
use super::fields::digits;
use super::reader::{Places, Reader};
use super::recording::Recording;
use super::time::{DAY, midnight_of};
use super::track::Measure;
use crate::error::Result;
use crate::geo::{Crs, Time};

pub(super) static READER: Reader = Reader {
    name: "igc",
    title: "IGC",
    extensions: &["igc"],
    companions: &[],
    detect: |head| {
        let Some(text) = head.text() else {
            return false;
        };
        let text = text.trim_ascii_start();
        let mut lines = text.split(|byte| matches!(byte, b'\r' | b'\n'));
        text.starts_with(b"A") && lines.any(|line| line.starts_with(b"HFDTE"))
    },
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, _, sink| read(LineEnds::new(opened.text()), sink),
};

/// The longest line that is looked at; records have at most 76 characters, and their extensions.
const LINE: u64 = 4096;

/// Reads a flight.
fn read(source: impl Read, sink: &mut Sink) -> Result<()> {
    let mut source = BufReader::new(source);
    let mut flight = Flight {
        recording: Recording::new(),
        midnight: None,
        last: None,
        more_digits: [None; 2],
        accuracy: None,
        sink,
    };
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let read = source.by_ref().take(LINE).read_until(b'\n', &mut text);
        if read.map_err(|reason| flight.sink.error(None, reason))? == 0 {
            break;
        }
        flight.line(text.trim_ascii(), line)?;
    }
    flight.recording.end(flight.sink);
    Ok(())
}

/// A flight as far as it has been read.
struct Flight<'a, 's> {
    recording: Recording,
    /// The beginning of the day, in milliseconds since 1970.
    midnight: Option<i64>,
    /// The time of day of the last fix, in milliseconds.
    last: Option<i64>,
    /// The columns of more digits of latitude and longitude.
    more_digits: [Option<[usize; 2]>; 2],
    /// The columns of how far off a fix may be, in metres.
    accuracy: Option<[usize; 2]>,
    sink: &'a mut Sink<'s>,
}

impl Flight<'_, '_> {
    fn line(&mut self, line: &[u8], number: u64) -> Result<()> {
        match line {
            [b'B', ..] => self.fix(line, number)?,
            [b'I', ..] => self.extensions(line),
            [b'H', _, b'D', b'T', b'E', rest @ ..] => {
                self.midnight = date(rest).or(self.midnight);
                self.last = None;
            }
            [b'H', _, b'F', b'T', b'Y', ..] => {
                if let Some(device) = value(line) {
                    self.sink.device(&device);
                }
            }
            [b'H', _, b'G', b'T', b'Y', ..] => {
                if let Some(glider) = value(line) {
                    self.sink.name(&glider);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn fix(&mut self, line: &[u8], number: u64) -> Result<()> {
        self.sink.record();
        let Some((lat, lon)) = self.angles(line) else {
            return self.sink.skip(number, "a fix (B) has no position");
        };
        let metres = self
            .accuracy
            .and_then(|[from, to]| digits(line.get(from..to)?));
        let time = self.time(line);
        if !self
            .sink
            .is_accurate(metres.map(|metres| metres as f64), number)?
        {
            return Ok(());
        }
        let place = Crs::Wgs84.place(lon, lat);
        let measured = match self.sink.manner().measure {
            Some(Measure::Elevation) => altitude(line),
            _ => None,
        };
        self.recording
            .fix(place, (time, measured), number, self.sink)
    }

    /// Degrees of latitude and longitude: `B HHMMSS DDMMmmm N DDDMMmmm E …`, without the blanks.
    fn angles(&self, line: &[u8]) -> Option<(f64, f64)> {
        let angle = |from: usize, width: usize, more: Option<[usize; 2]>| {
            let degrees = digits(line.get(from..from + width)?)? as f64;
            let thousandths = digits(line.get(from + width..from + width + 5)?)? as f64;
            // More digits of the minutes: tenths of thousandths and so on.
            let more = more.and_then(|[from, to]| {
                let digit = line.get(from..to)?;
                Some(digits(digit)? as f64 / 10_f64.powi(digit.len() as i32))
            });
            Some(degrees + (thousandths + more.unwrap_or_default()) / 60_000.0)
        };
        let lat = angle(7, 2, self.more_digits[0])?;
        let lon = angle(15, 3, self.more_digits[1])?;
        let lat = match line.get(14)? {
            b'N' => lat,
            b'S' => -lat,
            _ => return None,
        };
        match line.get(23)? {
            b'E' => Some((lat, lon)),
            b'W' => Some((lat, -lon)),
            _ => None,
        }
    }

    /// The time of a fix, on the next day if it is before the last by more than half a day.
    fn time(&mut self, line: &[u8]) -> Option<Time> {
        let part = |from: usize| digits(line.get(from..from + 2)?);
        let seconds = (part(1)? * 60 + part(3)?) * 60 + part(5)?;
        let clock = 1000 * seconds;
        if self.last.is_some_and(|last| last - clock > DAY / 2) {
            self.midnight = self.midnight.map(|midnight| midnight + DAY);
        }
        self.last = Some(clock);
        let wanted = self.sink.manner().times;
        let midnight = self.midnight.filter(|_| wanted)?;
        Time::from_milliseconds(midnight + clock)
    }

    /// Where fields stand that a B record has beside its own: `I NN (SS FF CCC)…`, counted from 1.
    fn extensions(&mut self, line: &[u8]) {
        for extension in line.get(3..).unwrap_or_default().chunks_exact(7) {
            let (from, to) = (digits(&extension[..2]), digits(&extension[2..4]));
            let columns = from.zip(to).and_then(|(from, to)| {
                let from = usize::try_from(from).ok()?.checked_sub(1)?;
                let to = usize::try_from(to).ok()?;
                (from >= 35 && from < to && to - from < 9).then_some([from, to])
            });
            match &extension[4..] {
                b"LAD" => self.more_digits[0] = columns,
                b"LOD" => self.more_digits[1] = columns,
                b"FXA" => self.accuracy = columns,
                _ => {}
            }
        }
    }
}

/// Metres by the satellites, or where they say none by the pressure of the air.
fn altitude(line: &[u8]) -> Option<f64> {
    let field = |from: usize| {
        let digits = std::str::from_utf8(line.get(from..from + 5)?).ok()?;
        digits.parse::<i32>().ok().filter(|&metres| metres != 0)
    };
    // Where either is 0 the other may be so in earnest.
    let metres = field(30).or_else(|| field(25)).unwrap_or_default();
    line.get(25..35).map(|_| f64::from(metres))
}

/// What stands behind the colon of a header, or behind its code.
fn value(line: &[u8]) -> Option<String> {
    let at = memchr::memchr(b':', line).map_or(5, |at| at + 1);
    let value = String::from_utf8_lossy(line.get(at..)?).trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// The beginning of a day `DDMMYY`, which may have `DATE:` before it and the number of the flight
/// behind it, in milliseconds since 1970.
fn date(text: &[u8]) -> Option<i64> {
    let at = text.iter().position(u8::is_ascii_digit)?;
    midnight_of(text.get(at..at + 6)?)
}
