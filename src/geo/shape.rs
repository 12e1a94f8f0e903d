//! What a heat map is made of: a place or a stretch of a track, with its weight.

use std::cmp::Ordering;
use std::num::{NonZeroI64, NonZeroU32, NonZeroU64};

use super::bounds::{greater, lesser};
use super::{Coord, Extent};

/// One thing that gives off heat, in degrees (or in x and y of a plane, see [`Coord`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Where it is.
    pub geometry: Geometry,
    /// How hot it is at its centre; 1 for an ordinary point. Always finite.
    pub weight: f64,
    /// When it was, if that is known and somebody wants to know.
    pub time: Option<Time>,
    /// Which track it is of, if it is of one and somebody wants to know.
    pub track: Option<TrackId>,
    /// How many shapes it stands for, which are like it in all that is said here. So many of them
    /// one by one would come to the same, to the last bit.
    pub count: NonZeroU32,
}

/// What the heat of a track goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrackWeight {
    /// How often its device wrote a point: each piece between two fixes is a shape of its own.
    #[default]
    Points,
    /// Its length: heat per metre, or per unit of a plane.
    Length,
    /// How long it took: heat per second. A piece weighs what it lasted.
    Time,
    /// That it came by: each track counts once at every pixel, however often it was there.
    Visits,
}

impl TrackWeight {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Points, Self::Length, Self::Time, Self::Visits];

    /// Its name, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Length => "length",
            Self::Time => "time",
            Self::Visits => "visits",
        }
    }

    /// Whether pieces have to know which track they are of.
    #[must_use]
    pub fn needs_tracks(self) -> bool {
        self != Self::Points
    }

    /// Whether heat lies along a line, so that a place without an extent has none.
    #[must_use]
    pub fn is_along(self) -> bool {
        matches!(self, Self::Length | Self::Time)
    }
}

/// Identity of a track: a hash of what distinguishes it, the same in every run and on every
/// machine, so that parts of a track find one another in heat that was saved apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId(NonZeroU64);

impl TrackId {
    /// The identity of what differs in these bytes: FNV-1a, 64 bits
    /// (<https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>). Among a million tracks two are
    /// taken for one in one run out of 36 million.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let hash = bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self(NonZeroU64::new(hash).unwrap_or(NonZeroU64::MIN))
    }

    /// The identity of one of several things that belong to this one.
    #[must_use]
    pub fn part(self, number: u64) -> Self {
        Self::of([self.0.get(), number].map(u64::to_le_bytes).as_flattened())
    }

    /// An identity that was written down; `None` for 0, which is none.
    #[must_use]
    pub fn from_bits(bits: u64) -> Option<Self> {
        NonZeroU64::new(bits).map(Self)
    }

    /// To be written down.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0.get()
    }
}

/// A moment, in milliseconds since 1970-01-01 00:00 UTC, without leap seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(NonZeroI64);

impl Time {
    /// A moment; `None` for the only number that is none, 2⁶³ milliseconds before 1970.
    #[must_use]
    pub fn from_milliseconds(milliseconds: i64) -> Option<Self> {
        NonZeroI64::new(milliseconds ^ i64::MIN).map(Self)
    }

    /// Milliseconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn milliseconds(self) -> i64 {
        self.0.get() ^ i64::MIN
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.milliseconds().cmp(&other.milliseconds())
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where a [`Shape`] is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Geometry {
    /// A single place.
    Point(Coord),
    /// The straight line (in the projection) between two places.
    Segment(Coord, Coord),
}

impl Shape {
    /// A point of weight 1.
    #[must_use]
    pub fn point(at: Coord) -> Self {
        Self {
            geometry: Geometry::Point(at),
            weight: 1.0,
            time: None,
            track: None,
            count: NonZeroU32::MIN,
        }
    }

    /// A segment of weight 1.
    #[must_use]
    pub fn segment(from: Coord, to: Coord) -> Self {
        Self {
            geometry: Geometry::Segment(from, to),
            weight: 1.0,
            time: None,
            track: None,
            count: NonZeroU32::MIN,
        }
    }

    /// The same shape with another weight.
    #[must_use]
    pub fn weighing(self, weight: f64) -> Self {
        Self { weight, ..self }
    }

    /// So many of the same shape.
    #[must_use]
    pub fn times(self, count: NonZeroU32) -> Self {
        Self { count, ..self }
    }

    /// How many shapes some stand for.
    #[must_use]
    pub fn number(shapes: &[Self]) -> u64 {
        shapes
            .iter()
            .map(|shape| u64::from(shape.count.get()))
            .sum()
    }

    /// The same shape as a part of a track.
    #[must_use]
    pub fn of_track(self, track: Option<TrackId>) -> Self {
        Self { track, ..self }
    }

    /// The same shape at a time.
    #[must_use]
    pub fn when(self, time: Option<Time>) -> Self {
        Self { time, ..self }
    }
}

impl Extent {
    /// The smallest box around some shapes; `None` when there are none.
    #[must_use]
    pub fn of(shapes: &[Shape]) -> Option<Self> {
        let (mut least, mut most) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        let mut around = |at: Coord| {
            least = [lesser(least[0], at.x()), lesser(least[1], at.y())];
            most = [greater(most[0], at.x()), greater(most[1], at.y())];
        };
        for shape in shapes {
            match shape.geometry {
                Geometry::Point(at) => around(at),
                Geometry::Segment(from, to) => [from, to].into_iter().for_each(&mut around),
            }
        }
        Self::new(
            Coord::unchecked(least[0], least[1]),
            Coord::unchecked(most[0], most[1]),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_ordered_and_an_unknown_one_is_before_them() {
        let times = [i64::MIN + 1, -1, 0, 1, i64::MAX].map(Time::from_milliseconds);
        assert!(times.is_sorted() && times.iter().all(|time| *time > None));
        assert_eq!(Time::from_milliseconds(i64::MIN), None);
        let same = |number| Time::from_milliseconds(number).unwrap().milliseconds() == number;
        assert!([i64::MIN + 1, -1, 0, 1, i64::MAX].into_iter().all(same));
    }

    #[test]
    fn what_lies_on_a_plane_is_not_moved_onto_the_earth() {
        let shape = |x, y| Shape::point(Coord::unchecked(x, y));
        let (one, other) = (
            Extent::of(&[shape(1e12, 200.0)]),
            Extent::of(&[shape(-500.0, -1e9), shape(0.0, 0.0)]),
        );
        assert_eq!(
            one.unwrap().union(other.unwrap()).to_string(),
            "-1000000000,-500,200,1000000000000"
        );
        assert_eq!(Extent::of(&[]), None);
    }

    #[test]
    fn tracks_have_the_hashes_that_fnv_1a_is_known_by() {
        let hash = |text: &str| TrackId::of(text.as_bytes()).bits();
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
        let track = TrackId::of(b"a");
        assert_ne!(track.part(0), track.part(1));
        assert_eq!(TrackId::from_bits(track.bits()), Some(track));
        assert_eq!(TrackId::from_bits(0), None);
    }

    #[test]
    fn shapes_that_stand_for_others_are_counted_as_these() {
        let shape = Shape::point(Coord::unchecked(0.0, 0.0));
        let three = shape.times(NonZeroU32::new(3).unwrap());
        assert_eq!(Shape::number(&[shape, three, three]), 7);
    }
}
