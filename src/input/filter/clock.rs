//! Calendar filters: years, months, weekdays and hours of the place where somebody was.
//!
//! Recordings are in UTC. What a morning is goes by the sun, an hour for each 15° of longitude,
//! unless a time zone is named: borders of zones would have to be known for anything else. Times
//! that say no zone are what the clocks showed there; where a zone is named, they count as UTC.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use crate::geo::{Coord, Time};

/// Which times are wanted.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Not before this moment.
    pub after: Option<Time>,
    /// Before this moment.
    pub before: Option<Time>,
    /// The first and the last year of spans; any year if there are none.
    pub years: Vec<(i16, i16)>,
    /// Bits for January (1) to December (12); any month if none is set.
    pub months: u16,
    /// Bits for Monday (0) to Sunday (6); any day if none is set.
    pub weekdays: u8,
    /// Bits for the hours 0 to 23; any hour if none is set.
    pub hours: u32,
    /// The zone whose clock and calendar count; by default those of the longitude.
    pub zone: Option<TimeZone>,
}

impl Clock {
    /// Whether not all times are wanted.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.after.is_some() || self.before.is_some() || self.needs_calendar()
    }

    pub(super) fn needs_calendar(&self) -> bool {
        !self.years.is_empty() || self.months != 0 || self.weekdays != 0 || self.hours != 0
    }

    /// Whether a time at a place is wanted; `is_local` where it is what a clock and a calendar showed
    /// there.
    pub(super) fn admits(&self, time: Time, at: Coord, is_local: bool) -> bool {
        if self.after.is_some_and(|after| time < after)
            || self.before.is_some_and(|before| time >= before)
        {
            return false;
        }
        !self.needs_calendar()
            || self
                .local(time, at, is_local)
                .is_some_and(|local| self.has(local))
    }

    /// The time on the clocks of a place; `None` beyond the year 9999.
    fn local(&self, time: Time, at: Coord, is_local: bool) -> Option<DateTime> {
        let moment = Timestamp::from_millisecond(time.milliseconds()).ok()?;
        if let Some(zone) = &self.zone {
            return Some(zone.to_datetime(moment));
        }
        let hours = if is_local {
            0
        } else {
            (at.wrapped().x() / 15.0).round() as i8
        };
        Some(Offset::from_hours(hours).ok()?.to_datetime(moment))
    }

    fn has(&self, local: DateTime) -> bool {
        let year = local.year();
        let is_set = |bits: u32, bit: i8| bits == 0 || bits & (1 << bit) != 0;
        (self.years.is_empty()
            || self
                .years
                .iter()
                .any(|years| (years.0..=years.1).contains(&year)))
            && is_set(self.months.into(), local.month())
            && is_set(
                self.weekdays.into(),
                local.weekday().to_monday_zero_offset(),
            )
            && is_set(self.hours, local.hour())
    }
}

/// A moment as people write it in a question: also a year or a month, which stand for their
/// beginnings.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// In some time zone.
    Civil(DateTime),
    /// Everywhere the same.
    Certain(Timestamp),
}

impl Moment {
    /// What a text means: `2024`, `2024-05`, `2024-05-01`, `2024-05-01T08:00`, or with a zone.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
        let civil = match text.split('-').collect::<Vec<_>>()[..] {
            [year] if year.len() == 4 && digits(year) => format!("{year}-01-01"),
            [year, month] if year.len() == 4 && month.len() == 2 => format!("{year}-{month}-01"),
            _ => text.to_owned(),
        };
        if let Ok(moment) = civil.parse::<Timestamp>() {
            return Some(Self::Certain(moment));
        }
        if let Ok(zoned) = civil.parse::<Zoned>() {
            return Some(Self::Certain(zoned.timestamp()));
        }
        let date = || civil.parse::<Date>().map(|date| date.at(0, 0, 0, 0));
        let time = civil.parse::<DateTime>().or_else(|_| date());
        time.map(Self::Civil).ok()
    }

    /// When it is, if what does not say so is in a time zone; `None` beyond all calendars.
    #[must_use]
    pub fn in_zone(&self, zone: &TimeZone) -> Option<Time> {
        let moment = match self {
            Self::Certain(moment) => *moment,
            Self::Civil(time) => time.to_zoned(zone.clone()).ok()?.timestamp(),
        };
        Time::from_milliseconds(moment.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mornings_are_those_of_the_longitude_or_of_the_zone() {
        let at = |lon: f64| Coord::lat_lon(50.0, lon).unwrap();
        // A Saturday, 2024-06-01 23:30 UTC.
        let time = Time::from_milliseconds(1_717_284_600_000).unwrap();
        let clock = |hours: u32, weekdays: u8| Clock {
            weekdays,
            hours,
            ..Clock::default()
        };
        assert!(clock(1 << 23, 1 << 5).admits(time, at(0.0), false));
        assert!(
            clock(1 << 0, 1 << 6).admits(time, at(15.0), false)
                && !clock(1, 0).admits(time, at(0.0), false)
        );
        let zoned = Clock {
            zone: Some(TimeZone::fixed(Offset::from_hours(2).unwrap())),
            ..clock(1 << 1, 0)
        };
        assert!(zoned.admits(time, at(0.0), false));
        // Clocks that say no zone show what they show, unless a zone is asked for.
        assert!(clock(1 << 23, 1 << 5).admits(time, at(-70.0), true));
        assert!(zoned.admits(time, at(-70.0), true));
        let years = |from, to| Clock {
            years: vec![(from, to)],
            ..Clock::default()
        };
        assert!(
            years(2020, 2024).admits(time, at(0.0), false)
                && !years(2025, 2025).admits(time, at(0.0), false)
        );
        let span = |after, before| Clock {
            after: Time::from_milliseconds(after),
            before: Time::from_milliseconds(before),
            ..Clock::default()
        };
        let now = time.milliseconds();
        assert!(
            span(now, now + 1).admits(time, at(0.0), false)
                && !span(0, now).admits(time, at(0.0), false)
        );
    }
}
