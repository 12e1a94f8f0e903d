//! Trackers of phones: the records of `OwnTracks`, as its recorder keeps them (`.rec`) and gives
//! them out, and the batches that Overland posts.
//!
//! The fixes of a device are a track, in the order of the file. Other records of `OwnTracks`, such
//! as that a place was entered, repeat places or invent them, and are counted.

use std::collections::HashMap;
use std::io::Read;

use serde_json::Value;

use super::json::Outline;
use super::json::elements::{self, Records, each};
use super::json::fixes::{fix, float, time_of};
use super::opened::{Head, Opened};
use super::reader::{Places, Reader};
use super::track::{About, Measure, Track};
use super::{Oddity, Sink};
use crate::error::Result;

pub(super) static READER: Reader = Reader {
    name: "owntracks",
    title: "OwnTracks",
    extensions: &["rec"],
    companions: &[],
    detect: |head| Kind::of(head).is_some_and(|kind| kind != Kind::Overland),
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, _, sink| read(opened, sink),
};

pub(super) static OVERLAND: Reader = Reader {
    name: "overland",
    title: "Overland",
    extensions: &[],
    companions: &[],
    detect: |head| Kind::of(head) == Some(Kind::Overland),
    certain: true,
    places: Places::DegreesOnly,
    read: |opened, _, sink| read(opened, sink),
};

/// How records are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// One in a line, behind its time and its kind.
    Recorder,
    /// In an array, or in the member `data` of an object.
    Api,
    /// One after the other, or only one.
    Posted,
    Overland,
}

impl Kind {
    fn of(head: &Head) -> Option<Self> {
        let Some(outline) = Outline::of(head) else {
            return is_recorder(head).then_some(Self::Recorder);
        };
        if outline.has("[]._type") || outline.has("data[]._type") {
            Some(Self::Api)
        } else if outline.has("_type") {
            Some(Self::Posted)
        } else if outline.has("locations[].geometry") {
            Some(Self::Overland)
        } else {
            None
        }
    }
}

/// Whether a line begins with a time, a kind and an object.
fn is_recorder(head: &Head) -> bool {
    let text = head.text().unwrap_or_default();
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let mut fields = line.splitn(3, |&byte| byte == b'\t');
    let (time, _, object) = (fields.next(), fields.next(), fields.next());
    let begins = |field: Option<&[u8]>, with: &[u8]| {
        field.is_some_and(|field| field.trim_ascii_start().starts_with(with))
    };
    time.is_some_and(|time| time.first().is_some_and(u8::is_ascii_digit)) && begins(object, b"{")
}

fn read(opened: Opened<'_>, sink: &mut Sink) -> Result<()> {
    let kind = Kind::of(opened.head());
    let mut devices = Devices {
        one: kind == Some(Kind::Recorder),
        tracks: HashMap::new(),
    };
    let lines = elements::on_lines(opened.head());
    let is_lines = elements::are_records(&lines, opened.head());
    let source: Box<dyn Read> = if devices.one {
        Box::new(Objects::new(opened.stream()))
    } else {
        opened.stream()
    };
    let records = match kind {
        Some(Kind::Overland) => Records::Of(&["locations"]),
        Some(Kind::Api) => Records::Of(&["data"]),
        Some(Kind::Recorder) => Records::Lines,
        Some(Kind::Posted) | None if is_lines => Records::Lines,
        Some(Kind::Posted) | None => Records::Whole,
    };
    each(source, records, sink, |element, sink| {
        let Some(record) = element.value(sink)? else {
            return Ok(());
        };
        if kind == Some(Kind::Overland) {
            devices.feature(&record, element.number, sink)
        } else {
            devices.record(&record, element.number, sink)
        }
    })?;
    devices.end(sink);
    Ok(())
}

/// What the members of a record are called that say more of a place.
struct Members {
    /// How far off it may be, in metres.
    accuracy: &'static str,
    time: &'static str,
    /// Its height above the sea, in metres.
    height: &'static str,
}

const RECORDED: Members = Members {
    accuracy: "acc",
    time: "tst",
    height: "alt",
};
const POSTED: Members = Members {
    accuracy: "horizontal_accuracy",
    time: "timestamp",
    height: "altitude",
};

/// The tracks of the devices in a file.
struct Devices {
    /// The file is that of one device, whatever its records say.
    one: bool,
    tracks: HashMap<String, Track>,
}

impl Devices {
    fn record(&mut self, record: &Value, at: u64, sink: &mut Sink) -> Result<()> {
        if record["_type"] != "location" {
            return sink.odd(Oddity::OtherRecords, at);
        }
        sink.record();
        let place = [float(&record["lat"]), float(&record["lon"])];
        let names = ["topic", "tid"];
        let device = names.iter().find_map(|name| record[*name].as_str());
        self.fix(place, device, (record, &RECORDED), at, sink)
    }

    fn feature(&mut self, feature: &Value, at: u64, sink: &mut Sink) -> Result<()> {
        sink.record();
        let (geometry, properties) = (&feature["geometry"], &feature["properties"]);
        let place = [1, 0].map(|axis| float(&geometry["coordinates"][axis]));
        let device = properties["device_id"].as_str();
        self.fix(place, device, (properties, &POSTED), at, sink)
    }

    fn fix(
        &mut self,
        place: [Option<f64>; 2],
        device: Option<&str>,
        (record, members): (&Value, &Members),
        at: u64,
        sink: &mut Sink,
    ) -> Result<()> {
        let [Some(lat), Some(lon)] = place else {
            return sink.odd(Oddity::NoFix, at);
        };
        if !sink.is_accurate(float(&record[members.accuracy]), at)? {
            return Ok(());
        }
        let time = time_of(record, &[members.time], at, sink)?;
        let Some(fix) = fix([lat, lon], time, at, sink)? else {
            return Ok(());
        };
        let measured = match sink.manner().measure {
            Some(Measure::Elevation) => float(&record[members.height]),
            Some(Measure::Speed | Measure::HeartRate) | None => None,
        };
        let device = device.filter(|_| !self.one).unwrap_or_default();
        let number = self.tracks.len() as u64 + 1;
        let new = || {
            Track::new(About {
                number,
                name: None,
                weight: 1.0,
            })
        };
        let track = self.tracks.entry(device.to_owned()).or_insert_with(new);
        sink.join(track, fix.measuring(measured));
        Ok(())
    }

    fn end(self, sink: &mut Sink) {
        let mut tracks: Vec<_> = self.tracks.into_values().collect();
        tracks.sort_by_key(|track| track.about().number);
        for mut track in tracks {
            sink.cut(&mut track);
        }
    }
}

/// A stream without what stands before the first brace of each line.
struct Objects<R> {
    source: R,
    /// We are behind the first brace of a line.
    inside: bool,
}

impl<R> Objects<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            inside: false,
        }
    }
}

impl<R: Read> Read for Objects<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        for byte in &mut buffer[..read] {
            match *byte {
                b'\n' => self.inside = false,
                b'{' => self.inside = true,
                _ if !self.inside => *byte = b' ',
                _ => {}
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{everything, hold, path, read_prefixes, shapes};
    use super::*;

    const SAMPLES: [(&str, &str); 4] = [
        (
            "owntracks/old.rec",
            "71 1 53.444510 -2.925173 53.461896 -2.894300 2026-01-26T15:55:12Z 2026-01-26T16:11:51Z",
        ),
        (
            "owntracks/new.rec",
            "199 1 53.407466 -2.983266 53.461705 -2.893706 2026-01-26T15:55:33Z 2026-01-26T16:49:48Z",
        ),
        (
            "owntracks/api_locations.json",
            "150 1 53.407473 -2.983390 53.462223 -2.893941 2026-01-26T16:05:08Z 2026-01-26T16:58:41Z",
        ),
        (
            "owntracks/overland.json",
            "148 1 53.407446 -2.982446 53.462081 -2.893743 2026-01-26T16:30:11Z 2026-01-26T17:25:27Z",
        ),
    ];

    #[test]
    fn the_fixes_of_a_device_are_a_track() {
        hold(&SAMPLES, &everything());
    }

    #[test]
    fn a_recording_that_is_cut_off_is_no_panic() {
        for (name, _) in SAMPLES {
            read_prefixes(name, &everything());
        }
    }

    #[test]
    fn a_broken_line_costs_itself() {
        let record =
            |n: u32| format!("{{\"_type\":\"location\",\"lat\":2,\"lon\":{n},\"tst\":{n}}}");
        let folder = tempfile::tempdir().unwrap();
        for (name, before) in [
            ("a.rec", "2026-01-26T15:55:12Z\t*                 \t"),
            ("a.json", ""),
        ] {
            let mut lines: Vec<_> = (1..60).map(|n| format!("{before}{}", record(n))).collect();
            lines[20].truncate(before.len() + 30);
            lines[40].push_str("}]");
            let file = folder.path().join(name);
            std::fs::write(&file, lines.join("\n")).unwrap();
            let (report, shapes) = shapes(&file, &everything());
            let report = report.unwrap();
            assert_eq!((report.skipped, shapes.len()), (2, 56), "{name}");
            let named = report.named[0].to_string();
            assert!(named.contains(":21: the record is not JSON"), "{named}");
        }
    }

    #[test]
    fn other_records_are_counted_and_inaccurate_fixes_can_be_left_out() {
        let count = |report: &super::super::Report, oddity| {
            let counted = report.oddities.iter().find(|known| known.oddity == oddity);
            counted.map(|counted| counted.count)
        };
        let report = shapes(&path("owntracks/new.rec"), &everything()).0.unwrap();
        assert_eq!(count(&report, Oddity::OtherRecords), Some(33));
        let mut options = everything();
        options.max_accuracy = Some(1000.0);
        let report = shapes(&path("owntracks/old.rec"), &options).0.unwrap();
        assert!(count(&report, Oddity::Inaccurate).is_some());
    }
}
