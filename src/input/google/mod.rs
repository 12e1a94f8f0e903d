//! Google's location history in all its forms: `Records.json`, the Timeline of Android and of
//! iPhones, its edits, and the monthly files of the Semantic Location History.
//!
//! Shapes of these files: <https://locationhistoryformat.com>. The same places stand in several parts of
//! a Timeline: paths are taken as tracks, visits as points, activities only where no path tells of
//! their time, and raw signals only where nothing else does, so no place counts twice.

mod places;
mod records;
mod semantic;
mod timeline;

use super::json::Outline;
use super::opened::{Head, Opened};
use super::reader::{Places, Reader};
use super::sink::Accounts;
use super::{Oddity, Options, Sink};
use crate::error::Result;
use crate::geo::Time;

pub(super) static READER: Reader = Reader {
    name: "google",
    title: "Google's location history",
    extensions: &[],
    companions: &[],
    detect: |head| Kind::of(head).is_some(),
    certain: true,
    places: Places::DegreesOnly,
    read,
};

/// What a visit weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VisitWeight {
    /// As much as any other point.
    #[default]
    One,
    /// The hours that it lasted.
    Hours,
}

impl VisitWeight {
    /// The weight of a visit; one of which the end is not known weighs 1.
    fn of(self, from: Option<Time>, to: Option<Time>) -> f64 {
        match (self, from, to) {
            (Self::Hours, Some(from), Some(to)) => {
                let milliseconds = to.milliseconds().saturating_sub(from.milliseconds());
                (milliseconds as f64 / 3_600_000.0).max(0.0)
            }
            _ => 1.0,
        }
    }
}

/// Which of the files it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Records,
    Timeline,
    Edits,
    Semantic,
    /// What lies beside them in a Takeout and holds no place.
    Settings,
    /// The notice that the data is on the phone.
    Encrypted,
    /// The description of a photo, which is read with its picture.
    Photo,
}

impl Kind {
    fn of(head: &Head) -> Option<Self> {
        let Some(outline) = Outline::of(head) else {
            return is_notice(head).then_some(Self::Encrypted);
        };
        let has = |paths: &[&str]| paths.iter().any(|path| outline.has(path));
        let is_feature = has(&["locations[].type", "locations[].geometry"]);
        let android = ["semanticSegments", "rawSignals", "userLocationProfile"];
        let iphone = ["visit", "activity", "timelinePath", "timelineMemory"]
            .iter()
            .any(|member| outline.has(&format!("[].{member}")));
        if has(&android) || (has(&["[].startTime"]) && iphone) {
            Some(Self::Timeline)
        } else if has(&["timelineEdits"]) {
            Some(Self::Edits)
        } else if has(&["timelineObjects"]) {
            Some(Self::Semantic)
        } else if !is_feature
            && has(&[
                "locations[].latitudeE7",
                "locations[].timestampMs",
                "locations[].timestamp",
            ])
        {
            Some(Self::Records)
        } else if has(&["deviceSettings"]) {
            Some(Self::Settings)
        } else if has(&["geoData", "geoDataExif", "photoTakenTime"]) {
            Some(Self::Photo)
        } else {
            None
        }
    }
}

/// What is found instead of data since they are kept on the phone.
fn is_notice(head: &Head) -> bool {
    let text = head.text().unwrap_or_default();
    let text = String::from_utf8_lossy(&text[..text.len().min(1024)]).to_lowercase();
    text.contains("timeline") && text.contains("encrypted") && text.contains("backed up")
}

fn read(opened: Opened<'_>, options: &Options, sink: &mut Sink) -> Result<()> {
    let kind = Kind::of(opened.head());
    sink.account(Accounts {
        raw: kind == Some(Kind::Records),
        semantic: matches!(kind, Some(Kind::Timeline | Kind::Semantic)),
    });
    match kind {
        Some(Kind::Records) => records::read(opened.stream(), sink),
        Some(Kind::Timeline) => timeline::read(opened.stream(), options, sink),
        Some(Kind::Edits) => records::read_edits(opened.stream(), sink),
        Some(Kind::Semantic) => semantic::read(opened.stream(), options, sink),
        Some(Kind::Settings) => sink.odd(Oddity::TakeoutSettings, None),
        Some(Kind::Encrypted) => sink.odd(Oddity::EncryptedTimeline, None),
        Some(Kind::Photo) => sink.odd(Oddity::PhotoDescription, None),
        None => Err(sink.error(None, "this is no file of Google's location history")),
    }
}

#[cfg(test)]
mod tests;
