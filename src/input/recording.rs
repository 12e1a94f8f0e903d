//! Recording of one device: fixes with and without a position, in the order of the file.
//!
//! What all formats of watches and receivers share: a place is located and joined to the track, and
//! records of moments without reception are counted once for the file, not one by one; a file
//! without any position is told as one.

use std::fmt::Display;

use super::track::{About, Fix, Track};
use super::{Oddity, Sink};
use crate::error::Result;
use crate::geo::{Coord, Time};

/// A recording as far as it has been read.
pub(super) struct Recording {
    track: Track,
    has_fix: bool,
    /// Records without a position, and the line or number of the first.
    missing: u64,
    first_missing: u64,
}

impl Recording {
    pub(super) fn new() -> Self {
        Self {
            track: track(1),
            has_fix: false,
            missing: 0,
            first_missing: 0,
        }
    }

    /// Takes a place with what was measured there, or why there is none where one should be; `at`
    /// is its line or number.
    pub(super) fn fix(
        &mut self,
        place: std::result::Result<Coord, impl Display>,
        (time, measured): (Option<Time>, Option<f64>),
        at: u64,
        sink: &mut Sink,
    ) -> Result<()> {
        let place = match place {
            Ok(place) => sink.manner().located(sink.manner().crs, place),
            Err(fact) => return sink.skip(at, fact),
        };
        if let Some(at) = sink.told(place, at)? {
            self.has_fix = true;
            sink.join(&mut self.track, Fix::new(at, time).measuring(measured));
        }
        Ok(())
    }

    /// Counts a record without a position.
    pub(super) fn miss(&mut self, at: u64) {
        self.missing += 1;
        if self.missing == 1 {
            self.first_missing = at;
        }
    }

    /// Ends the line: no segment bridges the gap that follows.
    pub(super) fn cut(&mut self, sink: &mut Sink) {
        sink.cut(&mut self.track);
    }

    /// Ends the line and begins another track.
    pub(super) fn next(&mut self, sink: &mut Sink) {
        self.cut(sink);
        self.track = track(self.track.about().number + 1);
    }

    /// The file has ended.
    pub(super) fn end(mut self, sink: &mut Sink) {
        self.cut(sink);
        if !self.has_fix {
            sink.odd_file(Oddity::NoPosition);
        } else if self.missing > 0 {
            sink.odd_often(Oddity::NoFix, self.missing, self.first_missing);
        }
    }
}

fn track(number: u64) -> Track {
    Track::new(About {
        number,
        name: None,
        weight: 1.0,
    })
}
