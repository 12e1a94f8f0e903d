//! Moments out of text, in the many ways in which files write them.
//!
//! - ISO 8601 and RFC 3339: `2021-01-09`, `2021-01-09T08:03:14.81Z`, `2021-01-09 08:03:14+0100`,
//!   `20210109T080314Z`;
//! - the same with slashes between the numbers of the date, as in `2021/01/09 08:03:14`;
//! - `MM/DD/YYYY`, `MM-DD-YYYY` and `DD.MM.YYYY`, alone or with `HH:MM[:SS]`, perhaps with AM or
//!   PM; with slashes and dots the year may have two digits, which are of 1969 to 2068;
//! - digits alone: `20210109` and `20210109080314`, if they begin with 19 or 20;
//! - any other number is seconds since 1970, or, if it is 10¹¹ or more either way (which is the
//!   year 5138 in seconds), milliseconds, or in the same way microseconds or nanoseconds;
//! - what else programs print (`spelled`): names of months, `2021:01:09 08:03:14`, `2021年1月9日`.
//!
//! What has no zone is UTC. With dots the day comes first. With slashes and dashes it may be the
//! day or the month: a file has one order, which any date of it tells whose day is beyond the 12th
//! ([`settle_order`]); where none does, the month comes first.

mod apart;
mod spelled;

use std::borrow::Cow;
use std::io::{self, Read};

use jiff::civil::{self, DateTime};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;

pub(super) use self::apart::both;
use super::fields::{self, number};
use super::opened::Opened;
use super::{Oddity, Sink};
use crate::error::Result;
use crate::geo::Time;

/// Numbers from here on are of the next smaller unit.
const NEXT_UNIT: f64 = 1e11;
/// The longest text that is looked at; the name of a zone may follow the numbers.
const LONGEST: usize = 64;
/// The longest date.
const DATE: usize = 16;
/// How much of a file is looked at together.
const CHUNK: u64 = 256 * 1024;
/// A date; with minutes; with seconds; and the latter two on a clock of twelve hours.
type Formats = [&'static str; 5];
const MONTH_FIRST: Formats = [
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S%.f",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S%.f %p",
];
const DAY_FIRST: Formats = [
    "%d/%m/%Y",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S%.f",
    "%d/%m/%Y %I:%M %p",
    "%d/%m/%Y %I:%M:%S%.f %p",
];
const WITH_DOTS: Formats = [
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S%.f",
    "%d.%m.%Y %I:%M %p",
    "%d.%m.%Y %I:%M:%S%.f %p",
];

/// What comes first in dates with slashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// Nothing tells; the month is taken to.
    #[default]
    Unknown,
    /// The month.
    MonthFirst,
    /// The day.
    DayFirst,
}

/// What comes first in the dates of a table that is read row by row, as far as a date of it tells.
pub(super) fn order_of_table(table: impl Read) -> DateOrder {
    // What cannot be read is told when its rows are.
    order_of(table).ok().flatten().unwrap_or_default()
}

/// Finds out what comes first in the dates of a file. All of a file is looked through for that, and
/// of what can be read only once the first bytes, if a date there does not tell.
pub(super) fn settle_order(opened: &Opened, is_wanted: bool, sink: &mut Sink) {
    let Some(beginning) = opened.head().text().filter(|_| is_wanted) else {
        return;
    };
    let mut told = order_in(&beginning);
    if told.is_none() && dates(&beginning).next().is_some() {
        told = opened.again().and_then(|file| order_of(file).ok()?);
    }
    settle(told, sink);
}

/// The same by some of the dates of a table.
pub(super) fn settle_order_by<'d>(dates: impl IntoIterator<Item = &'d [u8]>, sink: &mut Sink) {
    settle(dates.into_iter().find_map(order_in), sink);
}

fn settle(told: Option<DateOrder>, sink: &mut Sink) {
    let Some(order) = told else { return };
    let first = match order {
        DateOrder::DayFirst => "day",
        DateOrder::MonthFirst | DateOrder::Unknown => "month",
    };
    sink.note(format_args!(
        "the {first} comes first in dates with slashes or dashes"
    ));
    sink.settle(order);
}

/// What the first date that can only be read in one way has first.
fn order_of(mut source: impl Read) -> io::Result<Option<DateOrder>> {
    let mut text = Vec::new();
    loop {
        // Half a date from the end of what came before.
        text.drain(..text.len().saturating_sub(DATE));
        let read = source.by_ref().take(CHUNK).read_to_end(&mut text)?;
        let told = order_in(&text);
        if told.is_some() || read == 0 {
            return Ok(told);
        }
    }
}

fn order_in(text: &[u8]) -> Option<DateOrder> {
    dates(text).find_map(|numbers| match numbers {
        [13..=31, 1..=12] => Some(DateOrder::DayFirst),
        [1..=12, 13..=31] => Some(DateOrder::MonthFirst),
        _ => None,
    })
}

/// Whether a text is a date whose day and month could each be the other.
pub(super) fn is_ambiguous(text: &[u8]) -> bool {
    let could_be = |[one, other]: [u8; 2]| one != other && one <= 12 && other <= 12;
    dates(text).any(could_be)
}

/// The first two numbers of each date in a text that has slashes in it, or dashes and the year
/// last.
fn dates(text: &[u8]) -> impl Iterator<Item = [u8; 2]> {
    memchr::memchr2_iter(b'/', b'-', text).filter_map(|at| {
        let (mark, before, after) = (text[at], &text[at.saturating_sub(3)..at], &text[at + 1..]);
        let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit());
        let first = &before[before.len() - digits.count()..];
        let (second, year) = after.split_at(memchr::memchr(mark, after.get(..3)?)?);
        let year = &year[1..];
        let digits = year.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_year = digits == 4 || (digits == 2 && mark == b'/');
        (is_year && year.get(digits) != Some(&mark))
            .then(|| Some([day_or_month(first)?, day_or_month(second)?]))?
    })
}

fn day_or_month(digits: &[u8]) -> Option<u8> {
    let is_one = (1..=2).contains(&digits.len());
    is_one.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

/// A day in milliseconds.
pub(super) const DAY: i64 = 24 * 60 * 60 * 1000;

/// The beginning of a day `DDMMYY`, as receivers write it, in milliseconds since 1970. There have
/// been receivers since 1980.
pub(super) fn midnight_of(text: &[u8]) -> Option<i64> {
    let part = |from: usize| fields::digits(text.get(from..from + 2)?);
    let (day, month, year) = (part(0)?, part(2)?, part(4)?);
    midnight(if year < 80 { 2000 } else { 1900 } + year, month, day)
}

/// The beginning of a day, in milliseconds since 1970.
pub(super) fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year, month, day) = (year.try_into(), month.try_into(), day.try_into());
    let date = civil::Date::new(year.ok()?, month.ok()?, day.ok()?).ok()?;
    let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    Some(midnight.as_millisecond())
}

/// The moment that a text names; `None` if it names none.
pub(super) fn parse(text: &[u8]) -> Option<Time> {
    parse_in(text, DateOrder::Unknown)
}

/// The moment that a text names, in a file with an order of day and month.
pub(super) fn parse_in(text: &[u8], order: DateOrder) -> Option<Time> {
    let text = text.trim_ascii();
    if text.len() > LONGEST {
        return None;
    }
    stamp(text)
        .or_else(|| usual(text, order))
        .or_else(|| usual(spelled::respelled(text)?.as_bytes(), order))
}

/// The moment that a text names, or one and the time of its day, in the file's order of day and
/// month. One that is not known is told, and so is one that had to be guessed.
pub(super) fn told(
    text: &[u8],
    clock: Option<&[u8]>,
    at: u64,
    sink: &mut Sink,
) -> Result<Option<Time>> {
    let order = sink.manner().date_order;
    let clock = clock.filter(|clock| !apart::is_blank(clock));
    let found = match clock {
        Some(clock) => apart::moment(text, clock, order),
        None => parse_in(text, order).map(|time| (time, Cow::Borrowed(text))),
    };
    let Some((time, text)) = found else {
        let both = clock.map(|clock| both(text, clock));
        let shown = fields::quoted(both.as_deref().unwrap_or(text));
        sink.bad_time(at, format_args!("time {shown} is not known"))?;
        return Ok(None);
    };
    let text = &text[..];
    if order == DateOrder::Unknown && is_ambiguous(text) {
        let fact = format_args!(
            "which number of the date {} is the day, and which the month, is not known",
            fields::quoted(text)
        );
        sink.odd_because(Oddity::DayOrMonth, at, fact)?;
    }
    if sink.minds_zones() {
        sink.zoned(has_zone(text), at)?;
    }
    Ok(Some(time))
}

/// Whether a text that names a moment says its zone, as `Z`, `+01:00` and `GMT` do; numbers since
/// 1970 are the same in all zones.
pub(super) fn has_zone(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let is_compact = matches!(text.len(), 8 | 14) && text.iter().all(u8::is_ascii_digit);
    if is_compact && (text.starts_with(b"19") || text.starts_with(b"20")) {
        return false;
    }
    if number(text).is_some() || text.starts_with(b"/Date(") {
        return true;
    }
    let clock = memchr::memchr(b':', text).or_else(|| memchr::memchr(b'T', text));
    let behind = &text[clock.unwrap_or(text.len())..];
    let is_named = |name: &&[u8]| memchr::memmem::find(behind, name).is_some();
    [&b"+"[..], b"-", b"Z", b"z", b"UTC", b"GMT"]
        .iter()
        .any(is_named)
}

/// What [`iso`] finds, at a fifth of the price, in the form in which recordings have nearly all of
/// their times: `2021-01-09T08:03:14Z`, perhaps with milliseconds. Leap seconds, and years so far
/// off that the calendar may end in them, are for others to judge.
fn stamp(text: &[u8]) -> Option<Time> {
    let (date, clock) = text.split_at_checked("2021-01-09".len())?;
    let &[y1 @ (b'1' | b'2'), y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else {
        return None;
    };
    let &[
        b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        ref fraction @ ..,
        b'Z',
    ] = clock
    else {
        return None;
    };
    let midnight = midnight(
        decimal([y1, y2, y3, y4])?,
        decimal([m1, m2])?,
        decimal([d1, d2])?,
    )?;
    let (hours, minutes, seconds) = (decimal([h1, h2])?, decimal([n1, n2])?, decimal([s1, s2])?);
    let milliseconds = match *fraction {
        [] => 0,
        [b'.', f1, f2, f3] => decimal([f1, f2, f3])?,
        _ => return None,
    };
    let is_on_clock = hours < 24 && minutes < 60 && seconds < 60;
    let seconds = (hours * 60 + minutes) * 60 + seconds;
    is_on_clock.then(|| Time::from_milliseconds(midnight + seconds * 1000 + milliseconds))?
}

/// The number of some digits.
fn decimal<const N: usize>(digits: [u8; N]) -> Option<i64> {
    digits.iter().try_fold(0, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + i64::from(digit))
    })
}

/// The moment of a text in one of the usual forms.
fn usual(text: &[u8], order: DateOrder) -> Option<Time> {
    match text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .map(|at| (at, text[at]))
    {
        None if text.starts_with(b"19") || text.starts_with(b"20") => digits(text),
        Some((4, b'/')) => iso(&dashed(text)),
        Some((_, b'/')) if order == DateOrder::DayFirst => written(text, &DAY_FIRST),
        Some((_, b'/')) => written(text, &MONTH_FIRST),
        Some((1..=2, b'-')) if has_year_last(text) => usual(&slashed(text), order),
        Some((1.., b'-') | (_, b'T')) => iso(text).or_else(|| apart(text)),
        _ => number(text).map_or_else(|| written(text, &WITH_DOTS), since_1970),
    }
}

/// A number of seconds since 1970, or of a smaller unit if it is large.
pub(super) fn since_1970(number: f64) -> Option<Time> {
    let smaller = |number: f64, _| {
        if number.abs() < NEXT_UNIT {
            number
        } else {
            number / 1e3
        }
    };
    let seconds = (0..3).fold(number, smaller);
    // Neither is so if it is no number.
    (seconds.abs() < NEXT_UNIT).then(|| Time::from_milliseconds((seconds * 1e3).round() as i64))?
}

/// Digits alone that may be a date.
fn digits(text: &[u8]) -> Option<Time> {
    match text.len() {
        8 => iso(text),
        14 => iso(&[&text[..8], b"T", &text[8..]].concat()),
        _ => since_1970(number(text)?),
    }
}

fn iso(text: &[u8]) -> Option<Time> {
    let pieces = Pieces::parse(text).ok()?;
    let at = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    match pieces.to_numeric_offset() {
        Some(offset) => moment(at, offset),
        // What time it was in a named place is not known here.
        None if pieces.time_zone_annotation().is_some() => None,
        None => moment(at, Offset::UTC),
    }
}

fn moment(at: DateTime, offset: Offset) -> Option<Time> {
    Time::from_milliseconds(offset.to_timestamp(at).ok()?.as_millisecond())
}

/// With dashes between the numbers of the date.
fn dashed(text: &[u8]) -> Vec<u8> {
    text.iter()
        .map(|&byte| if byte == b'/' { b'-' } else { byte })
        .collect()
}

/// Whether a date with dashes ends with a year of four digits.
fn has_year_last(text: &[u8]) -> bool {
    let year = text.split(|&byte| byte == b'-').nth(2).unwrap_or_default();
    year.iter().take_while(|byte| byte.is_ascii_digit()).count() == 4
}

/// With slashes between the numbers of the date.
fn slashed(text: &[u8]) -> Vec<u8> {
    let date = text.iter().take(DATE).position(|byte| *byte == b' ');
    let (date, clock) = text.split_at(date.unwrap_or(text.len()));
    let date = date
        .iter()
        .map(|&byte| if byte == b'-' { b'/' } else { byte });
    date.chain(clock.iter().copied()).collect()
}

/// With a blank before the zone, as in `2021-01-09 08:03:14 +0100` or `… UTC`.
fn apart(text: &[u8]) -> Option<Time> {
    let blank = memchr::memrchr(b' ', text)?;
    match &text[blank + 1..] {
        b"UTC" | b"GMT" | b"Z" => iso(&text[..blank]),
        zone @ [b'+' | b'-', ..] => iso(&[&text[..blank], zone].concat()),
        _ => None,
    }
}

/// As people write it.
fn written(text: &[u8], formats: &Formats) -> Option<Time> {
    let colons = memchr::memchr_iter(b':', text).count();
    let twelve_hours = text
        .last()
        .is_some_and(|last| last.eq_ignore_ascii_case(&b'm'));
    let format = formats.get(colons + if twelve_hours { 2 } else { 0 })?;
    let mut numbers = text.split(|byte| b"./".contains(byte));
    let year = numbers
        .nth(2)?
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let parts = match year.count() {
        2 => BrokenDownTime::parse(format.replace("%Y", "%y"), text),
        _ => BrokenDownTime::parse(format, text),
    };
    let parts = parts.ok()?;
    let date = parts.to_date().ok().filter(|date| date.year() >= 1000)?;
    let time = if colons == 0 {
        civil::Time::midnight()
    } else {
        parts.to_time().ok()?
    };
    moment(date.to_datetime(time), Offset::UTC)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn milliseconds(text: &str) -> Option<i64> {
        parse(text.as_bytes()).map(Time::milliseconds)
    }

    #[test]
    fn one_moment_is_written_in_many_ways() {
        for text in [
            "2021-01-09T08:03:14Z",
            " 2021-01-09 08:03:14 ",
            "2021-01-09t08:03:14.000z",
            "2021-01-09T09:03:14+01:00",
            "2021-01-09T00:03:14.0-0800",
            "2021-01-09 10:03:14+02",
            "2021-01-09 10:03:14 +0200",
            "2021-01-09 08:03:14 UTC",
            "20210109T080314Z",
            "20210109080314",
            "2021/01/09 08:03:14",
            "2021/01/09 08:03:14+00",
            "2021-01-09T09:03:14+01:00[Europe/Berlin]",
            "01/09/2021 08:03:14",
            "1/9/2021 8:03:14 AM",
            "2021-01-09 8:03:14 AM",
            "2021-01-09 08h03m14s",
            "09.01.2021 08:03:14",
            "9.1.2021 8:03:14",
            "01-09-2021 08:03:14",
            "1-9-2021 8:03:14 AM",
            "01/09/21 08:03:14",
            "9.1.21 8:03:14",
            "Sat, 09 Jan 2021 08:03:14 +0000",
            "Sat, 9 Jan 2021 08:03:14 GMT",
            "Sat Jan  9 08:03:14 2021",
            "Sat Jan 09 10:03:14 +0200 2021",
            "Sat Jan 09 08:03:14 UTC 2021",
            "9 January 2021 08:03:14",
            "09-Jan-2021 08:03:14",
            "09-JAN-21 08:03:14",
            "Jan 9, 2021 8:03:14 AM",
            "January 9, 2021, 8:03:14 a.m.",
            "09/Jan/2021:08:03:14 +0000",
            "2021:01:09 08:03:14",
            "2021.01.09 08:03:14",
            "2021-1-9 8:03:14",
            "2021-1-9T8:3:14Z",
            "2021-01-09_08:03:14",
            "2021-01-09-08-03-14",
            "2021-01-09 08:03:14 +0000 UTC",
            "2021-01-09T08:03:14+00:00Z",
            "2021年1月9日 8:03:14",
            "2021年1月9日 8时03分14秒",
            "1/9/2021, 8:03:14 AM",
            "1/9/2021, 8:03:14\u{202f}AM",
            "09.01.2021, 08:03:14",
            "/Date(1610179394000)/",
            "1610179394",
            "1610179394.0",
            "1610179394000",
            "1610179394000000",
            "1610179394000000000",
            "1.610179394e9",
        ] {
            assert_eq!(milliseconds(text), Some(1_610_179_394_000), "{text}");
        }
    }

    #[test]
    fn days_and_minutes_and_fractions() {
        let day = 18_636 * 86_400_000;
        for (text, expected) in [
            ("2021-01-09", day),
            ("20210109", day),
            ("2021/01/09", day),
            ("01/09/2021", day),
            ("1/9/2021", day),
            ("09.01.2021", day),
            ("2021-01-09 08:03", day + 28_980_000),
            ("01/09/2021 08:03", day + 28_980_000),
            ("01/09/2021 08:03 PM", day + 72_180_000),
            ("01/09/2021 12:03 am", day + 180_000),
            ("09.01.2021 08:03", day + 28_980_000),
            ("2021-01-09T00:00:00.0625", day + 62),
            ("01/09/2021 00:00:00.5", day + 500),
            ("1.5", 1500),
            ("-1.5", -1500),
            ("99999999999", 99_999_999_999_000),
            ("100000000000", 100_000_000_000),
            ("2021", 2_021_000),
            ("1969-12-31T23:59:59.5Z", -500),
        ] {
            assert_eq!(milliseconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_day_beyond_the_twelfth_tells_the_order_of_its_file() {
        let (day, month) = (Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst));
        for (text, expected) in [
            ("1,2,02/05/2024\n1,2,13/05/2024 10:00\n", day),
            ("1,2,02/05/2024\n1,2,5/30/2024\n", month),
            ("1,2,02/05/2024\n", None),
            ("1,2,02/05/24\n1,2,13/05/24\n", day),
            ("1,2,02-05-2024\n1,2,13-05-2024\n", day),
            (
                "1,2,2024/05/13,2024-05-13,a/b,13/2,113/05/2024,32/05/2024,13-5-24,13/05/202",
                None,
            ),
            ("//13/05//2024/", None),
        ] {
            assert_eq!(order_in(text.as_bytes()), expected, "{text}");
        }
        let long = "02/05/2024,".repeat(100_000) + "13/05/2024\n";
        assert_eq!(order_of(long.as_bytes()).unwrap(), day);
        assert!(is_ambiguous(b"02/05/2024 10:00") && !is_ambiguous(b"05/05/2024"));
        let march = parse_in(b"03/01/2021", DateOrder::DayFirst);
        assert_eq!(march, parse(b"2021-01-03"));
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in [
            "",
            "-",
            "yesterday",
            "nan",
            "inf",
            "1e300",
            "08:03:14",
            "2021-13-01",
            "20211301",
            "2021-02-30T00:00:00Z",
            "2021-01-09T25:00:00Z",
            "2021-01-09T09:03:14[Europe/Berlin]",
            "13/01/2021",
            "01-09-21",
            "1/9/1",
            "01/09/2021 13:00 PM",
            "01/09/2021 8 PM",
            "01/09/2021 8:00 tomorrow",
            "2021-01-09 8:03 EST PM",
            "2021-01-09 8:03 smz",
            "2021-01-09 noon",
            "Jan 2021",
            "9 Juvember 2021",
            "32 Jan 2021",
            "Jan 9, 2021 13:00 PM",
            "2021:13:01 08:03:14",
            "54.3233.10",
            &"1".repeat(65),
        ] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_zone_is_told_from_none() {
        for text in [
            "2021-01-09T08:03:14Z",
            "2021-01-09 08:03:14+01:00",
            "2021-01-09 08:03:14 -0500",
            "2021-01-09 08:03:14 +0000 UTC",
            "20210109T080314Z",
            "Sat, 09 Jan 2021 08:03:14 GMT",
            "1610179394",
            "1610179394810",
            "1610179394.81",
            "/Date(1610179394000)/",
        ] {
            assert!(parse(text.as_bytes()).is_some(), "{text}");
            assert!(has_zone(text.as_bytes()), "{text}");
        }
        for text in [
            "2021-01-09",
            "20210109",
            "20210109080314",
            "2021-01-09T08:03:14",
            "2021:01:09 08:03:14",
            "1/9/2021, 8:03:14 AM",
            "2021年1月9日 8:03:14",
            "13/01/2021",
        ] {
            assert!(
                parse_in(text.as_bytes(), DateOrder::DayFirst).is_some(),
                "{text}"
            );
            assert!(!has_zone(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn stamps_are_read_without_the_crate() {
        let day = 18_636 * 86_400_000;
        for (text, expected) in [
            ("2021-01-09T00:00:00Z", Some(day)),
            ("2021-01-09T23:59:59.999Z", Some(day + 86_399_999)),
            ("1969-12-31T23:59:59.500Z", Some(-500)),
            ("2021-01-09T23:59:60Z", None),
            ("2021-01-09T24:00:00Z", None),
            ("2021-02-29T00:00:00Z", None),
            ("2021-01-09T00:00:00.5Z", None),
            ("2021-01-09T00:00:00", None),
            ("9999-12-31T00:00:00Z", None),
            ("2021-01-09T00:00:0/Z", None),
            ("2021-01-09T00:00:0:Z", None),
        ] {
            let read = stamp(text.as_bytes()).map(Time::milliseconds);
            assert_eq!(read, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn stamps_are_what_the_crate_makes_of_them(
            year in 0..=9999,
            (month, day) in (0..=13, 0..=32),
            (hour, minute, second) in (0..=24, 0..=60, 0..=61),
            fraction in "(\\.[0-9]{0,4})?",
        ) {
            let date = format!("{year:04}-{month:02}-{day:02}");
            let text = format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}Z");
            let by_the_crate = iso(text.as_bytes());
            prop_assert_eq!(stamp(text.as_bytes()).or(by_the_crate), by_the_crate, "{}", text);
        }

        #[test]
        fn no_bytes_make_it_panic(text in prop::collection::vec(any::<u8>(), 0..80)) {
            parse(&text);
        }

        #[test]
        fn what_looks_like_a_time_does_not_either(text in "[0-9]{0,5}[-/.:T Z+]?[0-9]{0,9}[-/.:T Z+eAPM]{0,2}[0-9:]{0,9}[ +-APMZ\\[\\]]{0,4}") {
            parse(text.as_bytes());
        }

        #[test]
        fn every_moment_that_is_written_is_read_again(milliseconds in -60_000_000_000_000_i64..250_000_000_000_000) {
            let written = jiff::Timestamp::from_millisecond(milliseconds).expect("a moment within the calendar");
            prop_assert_eq!(parse(written.to_string().as_bytes()).map(Time::milliseconds), Some(milliseconds));
        }

        #[test]
        fn milliseconds_since_1970_are_exact(milliseconds in 100_000_000_000_i64..19_000_000_000_000) {
            prop_assert_eq!(parse(milliseconds.to_string().as_bytes()).map(Time::milliseconds), Some(milliseconds));
        }
    }
}
