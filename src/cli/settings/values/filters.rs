//! Filters as they are written: times, calendars, speeds, gaps and circles.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use heatmap::error::Result;
use heatmap::geo::Coord;
use heatmap::input::columns::Field;
use heatmap::input::condition::Condition;
use heatmap::input::filter::{Circle, Moment};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::field;

/// The largest circle in metres: within it a hole is where it should be to a thousandth.
const LARGEST: f64 = 100_000.0;
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A time as it is written, or a span of time ago.
pub fn moment(text: &str) -> Result<Moment, String> {
    let text = text.trim();
    let no = || "not a time, such as 2024, 2024-05-01, 2024-05-01T08:00 or -30d".to_owned();
    if let Some(ago) = text.strip_prefix('-') {
        let seconds = seconds(ago).ok_or_else(no)?;
        let moment = Timestamp::now().as_millisecond() - (seconds * 1000.0) as i64;
        return Timestamp::from_millisecond(moment)
            .map(Moment::Certain)
            .map_err(|_| no());
    }
    Moment::named(text).ok_or_else(no)
}

/// What must stand in a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Where(pub Field, pub Condition);

impl FromStr for Where {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, condition) = Condition::parse(text)?;
        Ok(Self(field(name)?, condition))
    }
}

/// A span of time of whole seconds, at least one; a number alone is of seconds.
pub fn span(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().or_else(|| seconds(text));
    let seconds = seconds.filter(|seconds| (1.0..=1e9).contains(seconds));
    let span = seconds.map(|seconds: f64| Duration::from_secs(seconds as u64));
    span.ok_or_else(|| "not a span of time of a second or more, such as 60s or 5min".to_owned())
}

/// A span of time in seconds: a number with s, min, h, d, w or y.
fn seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 8] = [
        ("min", 60.0),
        ("mo", 2_629_746.0),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("d", 86_400.0),
        ("w", 604_800.0),
        ("y", 31_556_952.0),
    ];
    with_unit(text, &UNITS)
}

/// A length in metres: a number with m or km.
///
/// # Errors
/// When it is none.
pub fn length(text: &str) -> Result<f64, String> {
    with_unit(text, &[("km", 1000.0), ("mi", 1609.344), ("m", 1.0)])
        .ok_or_else(|| "not a length, such as 200m or 1.5km".to_owned())
}

/// A positive number with one of the units.
fn with_unit(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim();
    let (number, unit) = units
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    let number: f64 = number.trim().parse().ok()?;
    let all = number * unit;
    (number > 0.0 && all < 1e12).then_some(all)
}

/// A speed in metres per second.
#[derive(Clone, Debug, PartialEq)]
pub struct Speed(pub f64);

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const UNITS: [(&str, f64); 5] = [
            ("km/h", 1.0 / 3.6),
            ("kmh", 1.0 / 3.6),
            ("m/s", 1.0),
            ("mph", 0.447_04),
            ("kn", 0.514_444),
        ];
        with_unit(text, &UNITS)
            .map(Self)
            .ok_or_else(|| "not a speed, such as 300km/h or 80m/s".to_owned())
    }
}

/// The longest gap of a line in time, in milliseconds, and on the ground, in metres.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    pub time: Option<u64>,
    pub ground: Option<f64>,
}

impl FromStr for Gap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut gap = Self {
            time: None,
            ground: None,
        };
        for part in text.split(',').map(str::trim) {
            let is_length = part.ends_with("km") || part.ends_with("mi");
            let is_metres = part.ends_with('m') && !part.ends_with("min") && !is_length;
            if is_length || is_metres {
                gap.ground = Some(length(part)?);
            } else {
                let no = || "not a gap, such as 10min, 15km, or both with a comma".to_owned();
                gap.time = Some((seconds(part).ok_or_else(no)? * 1000.0) as u64);
            }
        }
        Ok(gap)
    }
}

/// A time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone(pub TimeZone);

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("utc") || text == "Z" {
            return Ok(Self(TimeZone::UTC));
        }
        if let Some(offset) = offset(text) {
            return Ok(Self(TimeZone::fixed(offset)));
        }
        TimeZone::get(text)
            .map(Self)
            .map_err(|_| "not a time zone, such as Europe/Berlin, UTC or +02:00".to_owned())
    }
}

/// The offset that `+2`, `+02:00` or `-0330` names.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 => rest.split_at_checked(2)?,
        None => (rest, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Parts of a list with commas, each one or a span of two.
fn spans<T: Copy>(text: &str, of: impl Fn(&str) -> Option<T>) -> Option<Vec<(T, T)>> {
    let part = |part: &str| match part.split_once('-') {
        Some((first, last)) => Some((of(first.trim())?, of(last.trim())?)),
        None => of(part.trim()).map(|one| (one, one)),
    };
    text.split(',').map(part).collect()
}

/// Bits of spans that may go over the end and on at the beginning.
fn bits(spans: Vec<(u32, u32)>, first: u32, count: u32) -> u32 {
    let mut bits = 0;
    for (from, to) in spans {
        let mut at = from;
        bits |= 1 << at;
        while at != to {
            at = first + (at - first + 1) % count;
            bits |= 1 << at;
        }
    }
    bits
}

/// A number or a name of a list, of which three letters are enough.
fn named(text: &str, names: &[&str], first: u32) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let is = |name: &&str| lower.starts_with(name);
    let by_name = names.iter().position(is);
    let by_number = || text.parse().ok().filter(|at| (first..).contains(at));
    let at = by_name.map(|at| at as u32 + first).or_else(by_number)?;
    (at < first + names.len() as u32).then_some(at)
}

/// Spans of years.
#[derive(Clone, Debug, PartialEq)]
pub struct Years(pub Vec<(i16, i16)>);

impl FromStr for Years {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let year = |text: &str| (text.len() == 4).then(|| text.parse().ok())?;
        let spans = spans(text, year).filter(|spans| spans.iter().all(|(from, to)| from <= to));
        spans
            .map(Self)
            .ok_or_else(|| "not years, such as 2024, 2019-2021 or 2019,2024".to_owned())
    }
}

/// Months as bits from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Months(pub u16);

impl FromStr for Months {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let spans = spans(text, |text| named(text, &MONTHS, 1));
        spans
            .map(|spans| Self(bits(spans, 1, 12) as u16))
            .ok_or_else(|| "not months, such as 6-8 or dec,jan".to_owned())
    }
}

/// Days of the week as bits from 0, which is Monday.
#[derive(Clone, Debug, PartialEq)]
pub struct Days(pub u8);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = |text: &str| {
            text.parse::<u32>()
                .is_err()
                .then(|| named(text, &DAYS, 0))?
        };
        spans(text, day)
            .map(|spans| Self(bits(spans, 0, 7) as u8))
            .ok_or_else(|| "not days of the week, such as mon-fri or sat,sun".to_owned())
    }
}

/// Hours as bits from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Hours(pub u32);

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let no = || "not hours, such as 6-9, 22-4 or 7".to_owned();
        let hour = |text: &str| text.parse().ok().filter(|hour| *hour <= 24);
        let mut all = 0;
        for part in text.split(',') {
            let span = spans(part, hour).ok_or_else(no)?;
            let (from, to): (u32, u32) = span[0];
            // A span ends before its last hour, a single hour is that hour.
            let last = if part.contains('-') {
                (to + 23) % 24
            } else {
                to
            };
            if from > 23 || last > 23 || (part.contains('-') && from == to) {
                return Err(no());
            }
            all |= bits(vec![(from, last)], 0, 24);
        }
        Ok(Self(all))
    }
}

/// A circle: latitude, longitude and radius.
#[derive(Clone, Debug, PartialEq)]
pub struct CircleText(pub Circle);

impl FromStr for CircleText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        circle(text).map(Self)
    }
}

pub fn circle(text: &str) -> Result<Circle, String> {
    let no = || "not a circle, such as 54.3,10.1,300m".to_owned();
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    let [lat, lon, radius] = parts[..] else {
        return Err(no());
    };
    let number = |text: &str| text.parse::<f64>().map_err(|_| no());
    let centre = Coord::lat_lon(number(lat)?, number(lon)?).map_err(|fact| fact.to_string())?;
    let metres = radius.parse::<f64>().ok().filter(|metres| *metres > 0.0);
    let radius = metres.map_or_else(|| length(radius), Ok)?;
    Ok(Circle {
        centre: centre.wrapped(),
        radius,
    })
}

/// Circles of privacy, or a file of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Places {
    /// One circle.
    Circle(Circle),
    /// A file with one on each line.
    File(PathBuf),
}

impl FromStr for Places {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(file) = text.strip_prefix('@') {
            return Ok(Self::File(file.into()));
        }
        let circle = circle(text)?;
        if circle.radius > LARGEST {
            return Err("the radius is more than 100km".to_owned());
        }
        Ok(Self::Circle(circle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_many_ways() {
        let time = |text: &str| {
            let moment = moment(text).expect("a time");
            let time = moment.in_zone(&TimeZone::UTC).expect("a time");
            time.milliseconds()
        };
        assert_eq!(time("2024"), 1_704_067_200_000);
        assert_eq!(time("2024-05"), time("2024-05-01"));
        assert_eq!(time("2024-05-01T08:00"), time("2024-05-01T10:00+02:00"));
        assert_eq!(time("2024-05-01 08:00:00"), time("2024-05-01T08:00Z"));
        let now = Timestamp::now().as_millisecond();
        assert!((now - time("-30d") - 30 * 86_400_000).abs() < 60_000);
        for text in ["", "yesterday", "24", "-", "-d", "2024-13-01"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn calendars_are_lists_of_spans() {
        assert_eq!("6-8".parse(), Ok(Months(0b1_1100_0000)));
        assert_eq!("nov-Jan".parse(), Ok(Months(0b1_1000_0000_0010)));
        assert_eq!("mon-fri".parse(), Ok(Days(0b1_1111)));
        assert_eq!("sat,Sunday".parse(), Ok(Days(0b110_0000)));
        assert_eq!("6-9".parse(), Ok(Hours(0b1_1100_0000)));
        assert_eq!("22-2,7".parse(), Ok(Hours(0b1100_0000_0000_0000_1000_0011)));
        assert_eq!("0-24".parse(), Ok(Hours(0xff_ffff)));
        assert_eq!(
            "2019-2021,2024".parse(),
            Ok(Years(vec![(2019, 2021), (2024, 2024)]))
        );
        assert!("13".parse::<Months>().is_err() && "7-7".parse::<Hours>().is_err());
        assert!("25".parse::<Hours>().is_err() && "2021-2019".parse::<Years>().is_err());
    }

    #[test]
    fn gaps_speeds_and_circles_have_units() {
        let gap = |time, ground| Gap { time, ground };
        assert_eq!("10min".parse(), Ok(gap(Some(600_000), None)));
        assert_eq!("1h, 15km".parse(), Ok(gap(Some(3_600_000), Some(15_000.0))));
        assert_eq!("500m".parse(), Ok(gap(None, Some(500.0))));
        assert_eq!("36km/h".parse(), Ok(Speed(10.0)));
        assert!("10".parse::<Gap>().is_err() && "-5m/s".parse::<Speed>().is_err());
        let circle = circle("54.3, 10.1, 1.5km").expect("a circle");
        assert_eq!((circle.centre.y(), circle.radius), (54.3, 1500.0));
        assert!("95,10,300m".parse::<Places>().is_err());
        assert!("54,10,0m".parse::<Places>().is_err() && "54,10".parse::<Places>().is_err());
        assert_eq!("@home".parse(), Ok(Places::File("home".into())));
        assert!("+02:00".parse::<Zone>().is_ok() && "Nowhere".parse::<Zone>().is_err());
    }
}
