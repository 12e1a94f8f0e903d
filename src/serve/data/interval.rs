//! Half-open interval of time: what a request is about, from a moment on and before another.

use crate::geo::Time;

/// From a moment on, and before another one; without either from the beginning, or without an end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    pub after: Option<Time>,
    pub before: Option<Time>,
}

/// How a stretch of time lies to an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    Outside,
    Across,
    Inside,
}

impl Interval {
    /// Whether any time is in it, and what has none as well.
    pub fn is_all(self) -> bool {
        self == Self::default()
    }

    /// Whether something of that time is in it. What has no time is in that of all times alone.
    pub fn has(self, time: Option<Time>) -> bool {
        let is_within = |time: Time| {
            self.after.is_none_or(|after| after <= time)
                && self.before.is_none_or(|before| time < before)
        };
        self.is_all() || time.is_some_and(is_within)
    }

    /// How all from a moment on and before another lies to it, in milliseconds since 1970.
    pub fn lies(self, begin: i64, end: i64) -> Lies {
        let after = self.after.map_or(i64::MIN, Time::milliseconds);
        let before = self.before.map_or(i64::MAX, Time::milliseconds);
        if end <= after || before <= begin {
            Lies::Outside
        } else if after <= begin && end <= before {
            Lies::Inside
        } else {
            Lies::Across
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_moment_is_in_it_and_the_last_is_not() {
        let time = Time::from_milliseconds;
        let (after, before) = (time(10), time(20));
        let interval = Interval { after, before };
        let has = |at| interval.has(time(at));
        assert_eq!([9, 10, 19, 20].map(has), [false, true, true, false]);
        assert!(!interval.has(None) && Interval::default().has(None));
        for (begin, end, lies) in [
            (0, 10, Lies::Outside),
            (20, 30, Lies::Outside),
            (10, 20, Lies::Inside),
            (9, 20, Lies::Across),
            (10, 21, Lies::Across),
        ] {
            assert_eq!(interval.lies(begin, end), lies, "{begin} {end}");
        }
        assert_eq!(Interval::default().lies(0, 1), Lies::Inside);
    }
}
