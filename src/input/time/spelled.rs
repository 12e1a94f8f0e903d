//! Date spellings that are neither ISO 8601 nor three numbers: names of months (RFC 2822, `ctime`,
//! logs of servers), the colons of EXIF, `2021.5.1`, `2021年5月1日`, and what JavaScript, Go and
//! .NET print.
//!
//! Asked only about what the forms of every day are not. What it finds is written again as ISO 8601,
//! so that one parser decides what a moment is.

/// English names, of which the first three letters tell.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The text of ISO 8601, or with slashes, that means the same; `None` if it is not known.
pub(super) fn respelled(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let inner = || text.strip_prefix("/Date(")?.strip_suffix(")/");
    inner()
        .map(str::to_owned)
        .or_else(|| year_first(text))
        .or_else(|| with_month(text))
        .or_else(|| without_commas(text))
}

/// A date that begins with its year, whatever stands between its numbers.
fn year_first(text: &str) -> Option<String> {
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.strip_prefix([':', '.', '-', '/', '年'])?, 2)?;
    let (day, rest) = number(rest.strip_prefix([':', '.', '-', '/', '月'])?, 2)?;
    let rest = rest.trim_start_matches(['T', 't', '_', '-', '日', ' ', ',']);
    let clock = if rest.is_empty() {
        "00:00".to_owned()
    } else {
        clock(rest)?
    };
    (year.len() == 4).then(|| format!("{year}-{month:0>2}-{day:0>2}T{clock}"))
}

/// Units of the last number of a time of day.
const UNITS: [&str; 6] = ["分", "秒", "min", "m", "s", "Uhr"];

/// A time of day and its zone, written as ISO 8601 has them.
fn clock(text: &str) -> Option<String> {
    let last = text.split_whitespace().last().unwrap_or_default();
    if let Some(half) = half_of(&last.to_ascii_lowercase()) {
        let name = last.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let bare = text.trim_end().strip_suffix(name)?.trim_end();
        return clock(&twenty_four(bare, Some(half))?);
    }
    let (hour, rest) = number(text, 2)?;
    let (minute, rest) = number(rest.strip_prefix([':', '-', '.', '时', '時', 'h'])?, 2)?;
    let second = || number(rest.strip_prefix([':', '-', '.', '分', 'm'])?, 2);
    let (second, rest) = second().unwrap_or(("0", rest));
    let decimals = rest.strip_prefix(['.', ',']).unwrap_or_default();
    let end = decimals.find(|c: char| !c.is_ascii_digit());
    let (decimals, zone) = match end.unwrap_or(decimals.len()) {
        0 => ("0", rest),
        end => decimals.split_at(end),
    };
    let zone = zone.trim_start();
    let unit = UNITS.iter().find_map(|unit| zone.strip_prefix(unit));
    let zone = unit.unwrap_or(zone);
    Some(format!(
        "{hour:0>2}:{minute:0>2}:{second:0>2}.{decimals}{}",
        zone_of(zone)?
    ))
}

/// A zone: `+02:00`, `+0000 UTC`, `GMT`, `+00:00Z`; nothing is UTC.
fn zone_of(text: &str) -> Option<&str> {
    let named = ["UTC", "GMT", "Z", "z"];
    let bare = named.iter().find_map(|name| text.strip_suffix(name));
    let bare = bare.unwrap_or(text).trim();
    let is_shift = bare.starts_with(['+', '-']);
    (bare.is_empty() || is_shift).then_some(bare)
}

/// A date with the name of its month: `Sat, 01 May 2021 10:00:00 +0000`, `May 1, 2021 10:00 AM`,
/// `Sat May  1 10:00:00 2021`, `01-May-2021`, `01/May/2021:10:00:00 +0000`.
fn with_month(text: &str) -> Option<String> {
    let (mut day, mut month, mut year) = (None, None, None);
    let (mut time, mut zone, mut half) = (None, "", None);
    for word in words(text) {
        let lower = word.to_ascii_lowercase();
        let is_of = |names: &[&str]| names.iter().position(|name| lower.starts_with(name));
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
        if word.contains(':') {
            time = Some(digits);
            half = half.or_else(|| half_of(&lower));
        } else if word.starts_with('+') || (word.starts_with('-') && time.is_some()) {
            zone = word;
        } else if let Some(found) = half_of(&lower) {
            half = Some(found);
        } else if matches!(word, "UTC" | "GMT" | "Z") || is_of(&WEEKDAYS).is_some() {
        } else if let Some(at) = is_of(&MONTHS) {
            month = Some(at + 1);
        } else if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        } else if digits.len() < 3 && day.is_none() {
            day = Some(digits);
        } else {
            year = Some(digits);
        }
    }
    let (day, month, year) = (day?, month?, full_year(year?)?);
    let time = twenty_four(time.unwrap_or("0:00"), half)?;
    clock(&format!("{time}{zone}")).map(|clock| format!("{year}-{month:02}-{day:0>2}T{clock}"))
}

/// The words of a date: also what dashes and slashes part, and what follows the colon of a year.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let blank = |c: char| c.is_whitespace() || c == ',';
    let is_part = |word: &&str| !word.is_empty();
    text.split(blank)
        .flat_map(move |word| {
            let is_date =
                word.contains(|c: char| c.is_ascii_alphabetic()) && !word.starts_with('+');
            let parts = word.split(move |c| is_date && matches!(c, '-' | '/'));
            parts.flat_map(|part| match part.split_once(':') {
                Some((year, clock)) if year.len() == 4 => [year, clock],
                _ => [part, ""],
            })
        })
        .filter(is_part)
}

/// Whether a word ends in the half of a day: `true` after noon.
fn half_of(word: &str) -> Option<bool> {
    let word = word.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    match word {
        "am" | "a.m." => Some(false),
        "pm" | "p.m." => Some(true),
        _ => None,
    }
}

/// A time of day of 24 hours.
fn twenty_four(time: &str, half: Option<bool>) -> Option<String> {
    let (hour, rest) = time.split_once(':').unwrap_or((time, "00"));
    let hour: u8 = hour.parse().ok()?;
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(after_noon) => hour % 12 + if after_noon { 12 } else { 0 },
    };
    Some(format!("{hour}:{rest}"))
}

/// A year of four digits; one of two is of 1969 to 2068.
fn full_year(year: &str) -> Option<String> {
    match (year.len(), year.parse::<u16>().ok()?) {
        (4, _) => Some(year.to_owned()),
        (2, two) => Some((two + if two < 69 { 2000 } else { 1900 }).to_string()),
        _ => None,
    }
}

/// The same with one blank where there are commas and other blanks, if that is something else.
fn without_commas(text: &str) -> Option<String> {
    let blank = |c: char| c.is_whitespace() || c == ',';
    let words: Vec<_> = text.split(blank).filter(|word| !word.is_empty()).collect();
    let again = words.join(" ");
    (again != text).then_some(again)
}

/// The digits in front, at most so many, and what follows them.
fn number(text: &str, most: usize) -> Option<(&str, &str)> {
    let digits = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    (digits > 0).then(|| text.split_at(digits))
}
