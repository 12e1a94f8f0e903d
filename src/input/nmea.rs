//! NMEA 0183: the sentences of satellite receivers, line by line.
//!
//! A receiver tells one fix in several sentences: those of one time of day are one fix, whichever
//! of GGA, RMC, GNS and GLL tell it, and whichever talker (GP, GN, BD …), unless their dates
//! differ. The date stands in RMC and ZDA alone; past midnight it is the next day. What a line has
//! in front of its `$`, as logs of other programs do, is passed over.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};

use super::decode::LineEnds;
use super::fields::{digits, number};
use super::opened::Head;
use super::reader::{Places, Reader};
use super::recording::Recording;
use super::time::{DAY, midnight, midnight_of};
use super::track::Measure;
use super::{Oddity, Sink};
use crate::error::Result;
use crate::geo::{Coord, Crs, NotAPlace, Time};

pub(super) static READER: Reader = Reader {
    name: "nmea",
    title: "NMEA",
    extensions: &["nmea", "nma"],
    companions: &[],
    detect,
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, _, sink| read(LineEnds::new(opened.text()), sink),
};

/// The longest line; a sentence has at most 82 characters.
const LINE: u64 = 4096;
/// Sentences, by what follows their talker, by which a log is known.
const KNOWN: [&[u8]; 10] = [
    b"GGA", b"RMC", b"GLL", b"GNS", b"GSA", b"GSV", b"VTG", b"ZDA", b"GST", b"TXT",
];

fn detect(head: &Head) -> bool {
    // Binary sentences may stand among those of text.
    let text = head.text().unwrap_or(Cow::Borrowed(head.bytes()));
    let mut lines = text.split(|&byte| byte == b'\n');
    lines.any(|line| {
        let sentence = memchr::memchr(b'$', line).map(|at| &line[at + 1..]);
        sentence.is_some_and(|sentence| {
            let name = sentence.split(|&byte| byte == b',').next();
            name.is_some_and(|name| name.len() == 5 && KNOWN.contains(&&name[2..]))
        })
    })
}

/// Reads a log.
fn read(source: impl Read, sink: &mut Sink) -> Result<()> {
    let mut source = BufReader::new(source);
    let mut log = Log {
        recording: Recording::new(),
        pending: None,
        day: None,
        last: None,
        sink,
    };
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let read = source.by_ref().take(LINE).read_until(b'\n', &mut text);
        if read.map_err(|reason| log.sink.error(None, reason))? == 0 {
            break;
        }
        log.line(&text, line)?;
    }
    log.end()
}

/// What sentences of one time of day say.
struct Pending {
    /// Milliseconds since midnight, if they say.
    clock: Option<i64>,
    line: u64,
    /// The place, and whether GGA tells it, which wins.
    place: Option<(std::result::Result<Coord, NotAPlace>, bool)>,
    /// The beginning of its day, in milliseconds since 1970.
    day: Option<i64>,
    /// Metres above the sea, of GGA and GNS.
    altitude: Option<f64>,
}

impl Pending {
    /// Neither it nor what comes has a place: reception is lost as long as that goes on.
    fn is_lost(&self, is_fix: bool) -> bool {
        self.place.is_none() && !is_fix
    }
}

/// A log as far as it has been read.
struct Log<'a, 's> {
    recording: Recording,
    pending: Option<Pending>,
    /// The day of the last fix, in milliseconds since 1970, and its time of day.
    day: Option<i64>,
    last: Option<i64>,
    sink: &'a mut Sink<'s>,
}

impl Log<'_, '_> {
    fn line(&mut self, line: &[u8], number: u64) -> Result<()> {
        let Some(at) = memchr::memrchr(b'$', line) else {
            return Ok(());
        };
        let sentence = line[at + 1..].trim_ascii();
        let sentence = match memchr::memrchr(b'*', sentence) {
            Some(at) if is_other(&sentence[..at], &sentence[at + 1..]) => {
                self.sink.record();
                return self.sink.odd(Oddity::Checksum, number);
            }
            Some(at) => &sentence[..at],
            None => sentence,
        };
        let fields: Vec<&[u8]> = sentence.split(|&byte| byte == b',').collect();
        match fields[0].get(2..) {
            Some(b"GGA") if fields[0].len() == 5 => {
                let is_fix = !matches!(field(&fields, 6), b"" | b"0");
                self.fix(&fields, [1, 2], is_fix, None, number)
            }
            Some(b"RMC") => {
                let is_fix = field(&fields, 2) == b"A";
                let day = midnight_of(field(&fields, 9));
                self.fix(&fields, [1, 3], is_fix, day, number)
            }
            Some(b"GLL") => {
                // The first version has no status.
                let is_fix = matches!(field(&fields, 6), b"A" | b"");
                self.fix(&fields, [5, 1], is_fix, None, number)
            }
            Some(b"GNS") => {
                let is_fix = field(&fields, 6).iter().any(|&mode| mode != b'N');
                self.fix(&fields, [1, 2], is_fix, None, number)
            }
            Some(b"ZDA") => {
                if let Some(day) = zda(&fields) {
                    self.dated(clock(field(&fields, 1)), day);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A sentence with a place; its time stands in the first field, the place from the second on.
    fn fix(
        &mut self,
        fields: &[&[u8]],
        [at_time, at_place]: [usize; 2],
        is_fix: bool,
        day: Option<i64>,
        line: u64,
    ) -> Result<()> {
        let time = clock(field(fields, at_time));
        let day = day.filter(|_| is_fix);
        let is_same = self.pending.as_ref().is_some_and(|pending| {
            pending.clock == time
                && (time.is_some() || pending.is_lost(is_fix))
                && (pending.day == day || pending.day.is_none() || day.is_none())
        });
        if !is_same {
            self.complete()?;
        }
        let pending = self.pending.get_or_insert(Pending {
            clock: time,
            line,
            place: None,
            day: None,
            altitude: None,
        });
        let is_gga = fields[0].ends_with(b"GGA");
        let is_better = pending
            .place
            .as_ref()
            .is_none_or(|(_, by_gga)| is_gga && !by_gga);
        if is_fix && is_better {
            let place = place(fields, at_place);
            pending.place = place.map(|place| (place, is_gga)).or(pending.place);
        }
        pending.day = pending.day.or(day);
        if is_fix {
            let has_altitude = is_gga || fields[0].ends_with(b"GNS");
            let altitude = has_altitude.then(|| number(field(fields, 9))).flatten();
            pending.altitude = pending.altitude.or(altitude);
        }
        Ok(())
    }

    /// A sentence with the date of a time.
    fn dated(&mut self, clock: Option<i64>, day: i64) {
        match &mut self.pending {
            Some(pending) if pending.clock == clock => pending.day = pending.day.or(Some(day)),
            _ => (self.day, self.last) = (Some(day), clock),
        }
    }

    /// All that is said of a time of day has been said.
    fn complete(&mut self) -> Result<()> {
        let Some(pending) = self.pending.take() else {
            return Ok(());
        };
        self.sink.record();
        let Some((place, _)) = pending.place else {
            self.recording.miss(pending.line);
            return Ok(());
        };
        let time = self.time(&pending);
        let measured = match self.sink.manner().measure {
            Some(Measure::Elevation) => pending.altitude,
            Some(Measure::Speed | Measure::HeartRate) | None => None,
        };
        self.recording
            .fix(place, (time, measured), pending.line, self.sink)
    }

    /// The time of a fix; the day goes on where nothing else is said.
    fn time(&mut self, pending: &Pending) -> Option<Time> {
        let clock = pending.clock?;
        let is_past_midnight = self.last.is_some_and(|last| last - clock > DAY / 2);
        self.day = pending
            .day
            .or_else(|| Some(self.day? + if is_past_midnight { DAY } else { 0 }));
        self.last = Some(clock);
        let wanted = self.sink.manner().times;
        let day = self.day.filter(|_| wanted)?;
        Time::from_milliseconds(day + clock)
    }

    fn end(mut self) -> Result<()> {
        self.complete()?;
        self.recording.end(self.sink);
        Ok(())
    }
}

fn field<'a>(fields: &[&'a [u8]], at: usize) -> &'a [u8] {
    fields.get(at).map_or(b"", |field| field.trim_ascii())
}

/// Whether a sentence has another checksum than it says; what is no checksum says nothing.
fn is_other(sentence: &[u8], stated: &[u8]) -> bool {
    let stated = stated
        .get(..2)
        .and_then(|digits| std::str::from_utf8(digits).ok());
    let stated = stated.and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let sum = sentence.iter().fold(0, |sum, byte| sum ^ byte);
    stated.is_some_and(|stated| stated != sum)
}

/// Milliseconds since midnight: `hhmmss.sss`.
fn clock(field: &[u8]) -> Option<i64> {
    let hours = digits(field.get(..2)?)?;
    let minutes = digits(field.get(2..4)?)?;
    let seconds = number(field.get(4..)?)?;
    let fits = hours < 24 && minutes < 60 && (0.0..61.0).contains(&seconds);
    fits.then(|| (hours * 60 + minutes) * 60_000 + (seconds * 1000.0).round() as i64)
}

/// The beginning of the day of a sentence ZDA.
fn zda(fields: &[&[u8]]) -> Option<i64> {
    let part = |at| digits(field(fields, at));
    midnight(part(4)?, part(3)?, part(2)?)
}

/// The place in four fields: `ddmm.mmmm`, N or S, `dddmm.mmmm`, E or W.
fn place(fields: &[&[u8]], at: usize) -> Option<std::result::Result<Coord, NotAPlace>> {
    let lat = angle(field(fields, at), field(fields, at + 1), [b"N", b"S"])?;
    let lon = angle(field(fields, at + 2), field(fields, at + 3), [b"E", b"W"])?;
    Some(Crs::Wgs84.place(lon, lat))
}

fn angle(field: &[u8], hemisphere: &[u8], [plus, minus]: [&[u8]; 2]) -> Option<f64> {
    let value = number(field).filter(|value| *value >= 0.0)?;
    let degrees = (value / 100.0).floor();
    let angle = degrees + (value - 100.0 * degrees) / 60.0;
    if hemisphere.eq_ignore_ascii_case(minus) {
        Some(-angle)
    } else {
        hemisphere.eq_ignore_ascii_case(plus).then_some(angle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carriage_return_alone_ends_a_line() {
        let log = "$GPGLL,4807.5,N,00100.0,E,100000,A\r$GPGLL,4808.5,N,00100.0,E,100001,A\r";
        let read = |sink: &mut Sink<'_>| read(LineEnds::new(log.as_bytes()), sink);
        let (report, shapes) = crate::input::tests::collect(false, read);
        assert_eq!((report.records, shapes.len()), (2, 1));
    }

    #[test]
    fn fixes_of_different_days_are_not_one() {
        let log = "$GPRMC,100000,A,4717.10,N,00833.91,E,0,0,010120,,,A\n\
                   $GPGGA,100000,4717.10,N,00833.91,E,1,08,1.0,500,M,,M,,\n\
                   $GPRMC,100000,A,4717.11,N,00833.91,E,0,0,020120,,,A\n\
                   $GPRMC,100000,V,,,,,0,0,060180,,,N\n\
                   $GPRMC,100000,A,4717.12,N,00833.91,E,0,0,030120,,,A\n";
        let read = |sink: &mut Sink<'_>| read(log.as_bytes(), sink);
        let (report, _) = crate::input::tests::collect(false, read);
        assert_eq!(report.records, 3);
    }

    #[test]
    fn angles_are_degrees_and_minutes_in_one_number() {
        let lat = |field: &[u8], hemisphere: &[u8]| angle(field, hemisphere, [b"N", b"S"]);
        assert_eq!(lat(b"4807.5", b"N"), Some(48.125));
        assert_eq!(lat(b"0030", b"s"), Some(-0.5));
        assert_eq!(lat(b"4807.5", b"E"), None);
        assert_eq!(lat(b"", b"N"), None);
        assert_eq!(clock(b"010203.5"), Some(3_723_500));
        assert_eq!((clock(b"250000"), clock(b"0102")), (None, None));
    }
}
