//! Manner of a reading: what is wanted of every file, whatever its format, and where its places are
//! drawn.

use super::oddity::Oddity;
use super::time::DateOrder;
use super::track::Measure;
use crate::geo::{Coord, Crs, TrackId, TrackWeight, Wrap};

/// Who says what the coordinate system of a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claim {
    /// Nobody: it is the usual one.
    #[default]
    Usual,
    /// The user, for files that do not say another.
    Given,
    /// The user, whatever files say.
    Forced,
}

/// How files are read, whatever their format.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something else that may be wanted"
)]
pub struct Manner {
    /// The first bad record is fatal.
    pub strict: bool,
    /// Shapes get their times, where the file has some.
    pub times: bool,
    /// Files are described one by one, with their boxes and times.
    pub survey: bool,
    /// Shapes are delivered in the order of the file.
    pub in_order: bool,
    /// The coordinate system of the numbers in files that do not say another.
    pub crs: Crs,
    /// Who says so.
    pub claim: Claim,
    /// Datums whose shift is not known are taken for WGS 84.
    pub ballpark: bool,
    /// The coordinate system of the picture, which may end short of a pole.
    pub map: Crs,
    /// Positions that say that they may be farther off than this many metres are left out.
    pub max_accuracy: Option<f64>,
    /// Places at exactly 0° north, 0° east are places as good as others.
    pub keep_zero: bool,
    /// Which way round the earth lines go.
    pub wrap: Wrap,
    /// What comes first in dates with slashes.
    pub date_order: DateOrder,
    /// What the heat of tracks goes by: unless by their fixes, shapes say which track they are of.
    pub track_weight: TrackWeight,
    /// What is wanted of the fixes of tracks: points of these values and not lines. What has none
    /// is left out.
    pub measure: Option<Measure>,
    /// Which file it is, for the identities of its tracks.
    pub file: Option<TrackId>,
    /// Polygons are wanted, and nothing else.
    pub polygons: bool,
}

/// A place of a file as it is drawn, and what was odd about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Located {
    /// Where it is drawn; nowhere if it is left out.
    pub at: Option<Coord>,
    /// What is to be told of it.
    pub odd: [Option<Oddity>; 2],
}

impl Manner {
    /// Whether a position that may be off by so many metres, if it says that, is as accurate as is
    /// asked for.
    pub(super) fn is_accurate(&self, metres: Option<f64>) -> bool {
        let most = self.max_accuracy.unwrap_or(f64::INFINITY);
        metres.is_none_or(|metres| metres <= most)
    }

    /// The places that need no closer look.
    pub(super) fn ordinary(self) -> Ordinary {
        let (x, y) = match (self.crs, self.map) {
            (Crs::Plane { .. }, _) => (f64::INFINITY, f64::INFINITY),
            // It depends on both numbers what such a map shows.
            (_, Crs::Projected(_)) => (f64::NAN, f64::NAN),
            _ => (180.0, self.map.limit()),
        };
        let zero = self.keep_zero || self.crs.is_plane();
        Ordinary { x, y, zero }
    }

    /// Where a line ends that goes from one place to another: the shorter way round the earth,
    /// unless it is to go the way that the numbers say.
    #[inline]
    pub(super) fn led(&self, from: Coord, to: Coord) -> Coord {
        if self.wrap == Wrap::Auto && !self.crs.is_plane() {
            to.nearest_to(from)
        } else {
            to
        }
    }

    /// A place that a file names in numbers of a system, as it is drawn.
    #[must_use]
    pub fn located(self, crs: Crs, at: Coord) -> Located {
        if at.x() == 0.0 && at.y() == 0.0 && !self.keep_zero && !crs.is_xy() {
            return Located {
                at: None,
                odd: [Some(Oddity::NullIsland), None],
            };
        }
        self.projected(at)
    }

    /// A place that a file names in other numbers than degrees, of which (0, 0) is as good as any.
    fn projected(self, at: Coord) -> Located {
        if self.crs.is_plane() {
            return Located {
                at: Some(at),
                odd: [None; 2],
            };
        }
        let (beyond, clamped) = (at.x().abs() > 180.0, at.y().abs() > self.map.limit());
        if !self.map.shows(at) {
            return Located {
                at: None,
                odd: [Some(Oddity::OffTheMap), None],
            };
        }
        Located {
            at: Some(at.wrapped()),
            odd: [
                beyond.then_some(Oddity::Wrapped),
                clamped.then_some(Oddity::Clamped),
            ],
        }
    }
}

/// Places that are drawn as they are found, and of which nothing is to be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ordinary {
    /// How far they are from 0 at the most.
    x: f64,
    y: f64,
    /// Whether (0, 0) is one of them.
    zero: bool,
}

impl Ordinary {
    #[inline]
    pub(super) fn has(self, at: Coord) -> bool {
        at.x().abs() <= self.x
            && at.y().abs() <= self.y
            && (self.zero || at.x() != 0.0 || at.y() != 0.0)
    }
}
