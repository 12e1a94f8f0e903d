//! A day and its time of day in fields of their own.
//!
//! Digits alone are `YYYYMMDD` and `HHMMSS` or `HHMM`, of which numbers lose the zero in front; one
//! or two of them are no time of day, for nobody knows whether they are hours or minutes. Databases
//! and spreadsheets have times of day as moments of their first day.

use std::borrow::Cow;

use jiff::civil::Date;

use super::{DAY, DateOrder, midnight, parse_in};
use crate::geo::Time;
use crate::input::fields::{is_null, number};

/// The first days of spreadsheets, of databases, and of Unix.
const FIRST_DAYS: [(i64, i64, i64); 5] = [
    (1899, 12, 30),
    (1899, 12, 31),
    (1900, 1, 1),
    (1904, 1, 1),
    (1970, 1, 1),
];

/// Whether a field says no time of day at all.
pub(super) fn is_blank(clock: &[u8]) -> bool {
    is_null(clock) || clock.trim_ascii() == b"-"
}

/// Both in one text.
pub(in crate::input) fn both(day: &[u8], clock: &[u8]) -> Vec<u8> {
    let (day, clock) = (day.trim_ascii(), clock.trim_ascii());
    let day = match day {
        [y @ .., m1, m2, d1, d2] if y.len() == 4 && day.iter().all(u8::is_ascii_digit) => {
            Cow::Owned([y, b"-", &[*m1, *m2], b"-", &[*d1, *d2]].concat())
        }
        _ => Cow::Borrowed(day),
    };
    let digits = length_of_digits(clock);
    let clock = match (digits, clock.get(digits)) {
        (3..=6, None | Some(b'.')) => {
            let (hour, rest) = clock.split_at(if digits < 5 { digits - 2 } else { digits - 4 });
            let (minute, second) = rest.split_at(2);
            let mark = if digits < 5 { &b""[..] } else { b":" };
            Cow::Owned([hour, b":", minute, mark, second].concat())
        }
        _ => Cow::Borrowed(clock),
    };
    [&day[..], b" ", &clock].concat()
}

fn length_of_digits(text: &[u8]) -> usize {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.count()
}

/// The moment of a day and its time of day, and the text that says it. One that says both by itself
/// needs no other; `None` if one of them is not known, or they contradict each other.
pub(super) fn moment<'t>(
    day: &'t [u8],
    clock: &'t [u8],
    order: DateOrder,
) -> Option<(Time, Cow<'t, [u8]>)> {
    let clock = clock.trim_ascii();
    let is_of_unknown_unit = length_of_digits(clock) < 3 && number(clock).is_some();
    let joined = |day: &[u8]| {
        let text = (!is_of_unknown_unit).then(|| both(day, clock))?;
        Some((parse_in(&text, order)?, Cow::Owned(text)))
    };
    if let Some(found) = joined(day) {
        return Some(found);
    }
    let alone = parse_in(day, order)?;
    let since_midnight = |time: Time| time.milliseconds().rem_euclid(DAY);
    // A number of seconds is no day.
    if since_midnight(alone) != 0 || number(day).is_some_and(|_| day.trim_ascii().len() != 8) {
        return Some((alone, Cow::Borrowed(day)));
    }
    let after = |milliseconds: i64| Time::from_milliseconds(alone.milliseconds() + milliseconds);
    if clock.starts_with(b"24:00") {
        return Some((after(DAY)?, Cow::Borrowed(day)));
    }
    let whole = parse_in(clock, order).filter(|_| number(clock).is_none());
    if let Some(whole) = whole {
        let own = whole.milliseconds() - since_midnight(whole);
        let is_first = |&(year, month, day): &_| midnight(year, month, day) == Some(own);
        let agrees = own == alone.milliseconds() || FIRST_DAYS.iter().any(is_first);
        return Some((
            after(since_midnight(whole)).filter(|_| agrees)?,
            Cow::Borrowed(clock),
        ));
    }
    // The day was written with the beginning of it.
    joined(day_of(alone)?.to_string().as_bytes())
}

fn day_of(time: Time) -> Option<Date> {
    let moment = jiff::Timestamp::from_millisecond(time.milliseconds()).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(moment).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_its_time_of_day_stand_apart() {
        let milliseconds = |day: &str, clock: &str| {
            let found = moment(day.as_bytes(), clock.as_bytes(), DateOrder::Unknown);
            found.map(|(time, _)| time.milliseconds())
        };
        for (day, clock) in [
            ("2021-01-09", "08:03:14"),
            ("20210109", "080314"),
            ("20210109", "80314.000"),
            (" 09.01.2021", "8:03:14 AM "),
            ("01/09/2021", "08:03:14"),
            ("2021-01-09", "8h03m14"),
            ("2021-01-09", "08:03:14 Uhr"),
            ("2021-01-09T00:00:00", "08:03:14"),
            ("2021-01-09 00:00:00", "080314"),
            ("2021-01-09", "2021-01-09 08:03:14"),
            ("2021-01-09", "1899-12-30 08:03:14"),
            ("2021-01-09", "1970-01-01T08:03:14Z"),
            ("2021-01-09T08:03:14Z", "12.5"),
            ("1610179394", "12"),
        ] {
            assert_eq!(
                milliseconds(day, clock),
                Some(1_610_179_394_000),
                "{day} {clock}"
            );
        }
        let midnight = 18_636 * DAY;
        for (clock, minutes) in [("0803", 483), ("803", 483), ("8 AM", 480), ("24:00", 1440)] {
            let expected = midnight + minutes * 60_000;
            assert_eq!(milliseconds("2021-01-09", clock), Some(expected), "{clock}");
        }
        for clock in [
            "in the morning",
            "8",
            "14",
            "0870",
            "2020-05-05 10:00",
            "12.5",
        ] {
            assert_eq!(milliseconds("2021-01-09", clock), None, "{clock}");
        }
    }
}
