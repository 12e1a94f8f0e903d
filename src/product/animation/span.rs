//! Lengths of time, and the frames that time is cut into by them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::geo::Time;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Monday, 5 January 1970, from which whole weeks are counted, and so everything shorter.
const MONDAY: i64 = 4 * DAY;
/// The mean month of the Gregorian calendar, 365.2425 / 12 days.
const MONTH: f64 = 30.436_875 * DAY as f64;

/// A length of time; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// So many milliseconds.
    Milliseconds(i64),
    /// So many months of the calendar, of whatever length these are.
    Months(i64),
}

impl Span {
    /// The number of the frame of this length that a moment lies in. Frames begin with whole weeks
    /// (on Mondays), days, hours … or months, UTC.
    #[must_use]
    pub fn frame(self, at: Time) -> i64 {
        match self {
            Self::Milliseconds(length) => {
                (at.milliseconds().saturating_sub(MONDAY)).div_euclid(length)
            }
            Self::Months(length) => month_of(at).div_euclid(length),
        }
    }

    /// When a frame begins.
    #[must_use]
    pub fn start(self, frame: i64) -> Option<Time> {
        match self {
            Self::Milliseconds(length) => {
                Time::from_milliseconds(frame.checked_mul(length)?.checked_add(MONDAY)?)
            }
            Self::Months(length) => {
                let months = frame.checked_mul(length)?;
                let year = i16::try_from(1970_i64.checked_add(months.div_euclid(12))?).ok()?;
                let date = Date::new(year, months.rem_euclid(12) as i8 + 1, 1).ok()?;
                let moment = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
                Time::from_milliseconds(moment.as_millisecond())
            }
        }
    }

    /// A length of time of about so many milliseconds, in as few words as there are.
    #[must_use]
    pub fn of_milliseconds(length: i64) -> Self {
        let units = [DAY, DAY / 24, DAY / (24 * 60), 1000];
        let unit = units.into_iter().find(|unit| length >= *unit);
        let unit = unit.unwrap_or(1);
        Self::Milliseconds(((length + unit - 1) / unit).max(1) * unit)
    }

    /// How many spans of another length this one is: exactly if both are in months or neither is,
    /// else by the mean month.
    #[must_use]
    pub fn in_units_of(self, other: Self) -> f64 {
        match (self, other) {
            (Self::Milliseconds(a), Self::Milliseconds(b)) | (Self::Months(a), Self::Months(b)) => {
                a as f64 / b as f64
            }
            (Self::Milliseconds(a), Self::Months(b)) => a as f64 / (b as f64 * MONTH),
            (Self::Months(a), Self::Milliseconds(b)) => a as f64 * MONTH / b as f64,
        }
    }

    /// How many whole spans of another length this one is; `None` when there is a rest.
    #[must_use]
    pub fn whole(self, other: Self) -> Option<i64> {
        let ((Self::Milliseconds(a), Self::Milliseconds(b)) | (Self::Months(a), Self::Months(b))) =
            (self, other)
        else {
            return None;
        };
        (a % b == 0).then(|| a / b)
    }
}

/// Months since January 1970; mean ones beyond the years of four digits.
fn month_of(at: Time) -> i64 {
    let Ok(moment) = Timestamp::from_millisecond(at.milliseconds()) else {
        return (at.milliseconds() as f64 / MONTH).floor() as i64;
    };
    let date = TimeZone::UTC.to_datetime(moment);
    (i64::from(date.year()) - 1970) * 12 + i64::from(date.month()) - 1
}

/// `1d`, `36h`, `2 weeks`, `month`, `P1M` …: months and years, or anything shorter.
impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const ADVICE: &str = "not a length of time, such as 1d, 36h, 90min, 2 weeks, month or 1y";
        let text = text.trim();
        // A unit alone is one of it.
        let one = text
            .starts_with(|c: char| c.is_ascii_lowercase())
            .then(|| format!("1 {text}"));
        let span: jiff::Span = one.as_deref().unwrap_or(text).parse().map_err(|_| ADVICE)?;
        let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
        let rest = span.years(0).months(0);
        let milliseconds = rest.total((
            jiff::Unit::Millisecond,
            jiff::SpanRelativeTo::days_are_24_hours(),
        ));
        match (months, milliseconds.map_err(|_| ADVICE)?) {
            (1.., 0.0) => Ok(Self::Months(months)),
            (0, milliseconds @ 1.0..=9e15) => Ok(Self::Milliseconds(milliseconds as i64)),
            (0, _) => Err("not a length of time of at least a millisecond".to_owned()),
            _ => Err(
                "months and years, whose length is not fixed, cannot be mixed with anything else"
                    .to_owned(),
            ),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Milliseconds(length) => match jiff::Span::new().try_milliseconds(length) {
                Ok(span) => {
                    let largest = jiff::SpanRound::new()
                        .largest(jiff::Unit::Day)
                        .days_are_24_hours();
                    write!(f, "{:#}", span.round(largest).unwrap_or(span))
                }
                Err(_) => write!(f, "{length}ms"),
            },
            Self::Months(months) => write!(f, "{:#}", months.months()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Span {
        text.parse().unwrap()
    }

    fn time(text: &str) -> Time {
        Time::from_milliseconds(text.parse::<Timestamp>().unwrap().as_millisecond()).unwrap()
    }

    #[test]
    fn lengths_of_time_are_written_in_many_ways() {
        for (text, expected) in [
            ("1d", Span::Milliseconds(DAY)),
            ("36h", Span::Milliseconds(DAY * 3 / 2)),
            ("2 weeks", Span::Milliseconds(14 * DAY)),
            ("1h 30min", Span::Milliseconds(DAY / 16)),
            ("day", Span::Milliseconds(DAY)),
            ("month", Span::Months(1)),
            ("1y 6mo", Span::Months(18)),
            ("P1M", Span::Months(1)),
        ] {
            assert_eq!(span(text), expected, "{text}");
        }
        for text in [
            "",
            "0d",
            "-1d",
            "1",
            "1 fortnight",
            "1mo 1d",
            "1ns",
            "99999999y",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        assert_eq!(
            (span("36h").to_string(), span("18mo").to_string()),
            ("1d 12h".to_owned(), "18mo".to_owned())
        );
    }

    #[test]
    fn frames_begin_where_the_calendar_does() {
        let begin = |text: &str, at: &str| span(text).start(span(text).frame(time(at)));
        let cases = [
            ("1d", "2024-02-29T23:59:59Z", "2024-02-29T00:00:00Z"),
            ("1w", "2024-03-03T12:00:00Z", "2024-02-26T00:00:00Z"),
            ("1mo", "1969-12-31T23:00:00Z", "1969-12-01T00:00:00Z"),
            ("1y", "2024-02-29T12:00:00Z", "2024-01-01T00:00:00Z"),
            ("15min", "2024-02-29T12:44:00Z", "2024-02-29T12:30:00Z"),
        ];
        for (length, at, expected) in cases {
            assert_eq!(begin(length, at), Some(time(expected)), "{length}");
        }
        assert_eq!(Span::Months(1).start(i64::MAX), None);
    }

    #[test]
    fn spans_are_measured_in_spans() {
        assert_eq!(
            (span("7d").whole(span("1d")), span("7d").whole(span("2d"))),
            (Some(7), None)
        );
        assert_eq!(
            (span("1y").whole(span("1mo")), span("1mo").whole(span("1d"))),
            (Some(12), None)
        );
        assert!((span("1mo").in_units_of(span("1d")) - 30.436_875).abs() < 1e-9);
    }
}
