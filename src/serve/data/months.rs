//! Months of points: which of all points were in one, in their order, and when.

use std::hash::{Hash, Hasher};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rayon::prelude::*;

use super::levels::{Level, levels};
use crate::geo::Time;

/// The points of a month in UTC.
#[derive(Debug)]
pub struct Month {
    /// When it begins, in milliseconds since 1970.
    pub begin: i64,
    /// When it is over.
    pub end: i64,
    /// The numbers of its points among all, in order.
    pub points: Vec<u32>,
    /// When each was, in milliseconds since the month's beginning, which fit: no month has more.
    moments: Vec<u32>,
    pub levels: Vec<Level>,
}

impl Hash for Month {
    /// Of the times alone: the places are hashed with those of all points.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.begin, &self.points, &self.moments).hash(state);
    }
}

impl Month {
    /// The months of points in Morton order with these keys, whose times are all
    /// [in the calendar](is_dated); none of them is empty.
    pub fn all(times: &[Time], key: impl Fn(usize) -> u64 + Sync) -> Vec<Self> {
        let begins = begins(times);
        let month = |ends: &[i64]| Self {
            begin: ends[0],
            end: ends[1],
            points: Vec::new(),
            moments: Vec::new(),
            levels: Vec::new(),
        };
        let mut months: Vec<Self> = begins.windows(2).map(month).collect();
        for (&time, number) in times.iter().zip(0_u32..) {
            let time = time.milliseconds();
            let at = begins.partition_point(|&begin| begin <= time);
            if let Some(month) = months.get_mut(at.wrapping_sub(1)) {
                month.points.push(number);
                month.moments.push((time - month.begin) as u32);
            }
        }
        months.retain(|month| !month.points.is_empty());
        months.par_iter_mut().for_each(|month| {
            let key = |at: usize| key(month.points[at] as usize);
            month.levels = levels(month.points.len(), key);
            month.points.shrink_to_fit();
            month.moments.shrink_to_fit();
        });
        months
    }

    /// When the point of a number in the month was.
    pub fn time(&self, at: usize) -> Option<Time> {
        Time::from_milliseconds(self.begin + i64::from(self.moments[at]))
    }
}

/// Whether the calendar has a time: those of the years from -9999 to 9999.
pub fn is_dated(time: Time) -> bool {
    Timestamp::from_millisecond(time.milliseconds()).is_ok()
}

/// When the months of times begin, and when the last one is over.
fn begins(times: &[Time]) -> Vec<i64> {
    let (first, last) = (times.iter().min(), times.iter().max());
    let Some((first, last)) = first.zip(last) else {
        return Vec::new();
    };
    let last = last.milliseconds();
    let Ok(first) = Timestamp::from_millisecond(first.milliseconds()) else {
        return Vec::new();
    };
    let first = TimeZone::UTC.to_datetime(first).date().first_of_month();
    let mut begins = Vec::new();
    for number in 0.. {
        let begin = first.checked_add(number.months()).ok();
        let begin = begin.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
        // The calendar ends within the last one that it has.
        let begin = begin.map_or(i64::MAX, |begin| begin.timestamp().as_millisecond());
        begins.push(begin);
        if begin > last {
            break;
        }
    }
    begins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_and_end_by_the_calendar() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let times = [
            "2024-01-31T23:59:59.999Z",
            "2024-02-29T00:00:00Z",
            "2024-12-01T00:00:00Z",
        ];
        let times = times.map(|text| Time::from_milliseconds(time(text)).unwrap());
        let begins = begins(&times);
        assert_eq!(begins.len(), 13);
        assert_eq!(begins[0], time("2024-01-01T00:00:00Z"));
        assert_eq!(begins[12], time("2025-01-01T00:00:00Z"));
        let months = Month::all(&times, |_| 0);
        let numbers: Vec<&[u32]> = months.iter().map(|month| &month.points[..]).collect();
        assert_eq!(numbers, [[0], [1], [2]]);
        assert_eq!(months[1].time(0), Some(times[1]));
        let end = Time::from_milliseconds(time("9999-12-30T21:00:00Z")).unwrap();
        assert!(is_dated(end), "{end:?}");
        assert!(!is_dated(Time::from_milliseconds(i64::MAX).unwrap()));
        assert_eq!(Month::all(&[end], |_| 0)[0].time(0), Some(end));
    }
}
