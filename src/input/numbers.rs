//! Number and angle parsing, the slow path: decimal commas, typographic minus signs and blanks,
//! hemispheres, degrees with minutes and seconds, thousands, currencies, guards of spreadsheets.
//!
//! Asked only about fields that [`number`] refuses, so ordinary numbers never come here. What could
//! mean two things is refused: a fault that is named is better than a place that is wrong.

use std::borrow::Cow;

use super::fields::{Axis, is_invisible, number};
use super::vocabulary;
use super::xml::shown;
use super::{decode, float};

/// The longest field that is looked at.
const LONGEST: usize = 200;

/// The mark before the decimals of a number, as far as its neighbours tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimal {
    /// A point: a comma before three digits is for thousands.
    Point,
    /// A comma: a point before three digits is for thousands.
    Comma,
}

/// Degrees of one axis in any usual spelling, signed: `54,3233`, `−0.12`, `54.3233N`,
/// `S 33° 51' 24"`, `41 20 12N`, `54 deg 19.4'`, `="54.3233"`.
pub(super) fn degrees(field: &[u8], axis: Axis) -> Option<f64> {
    let text = cleaned(field)?;
    let text = unguarded(&text);
    decimal(text).or_else(|| Angle::parse(text)?.degrees(Some(axis)))
}

/// Degrees of one axis whose hemisphere stands in a field of its own. An empty one says nothing.
pub(super) fn degrees_of(field: &[u8], hemisphere: &[u8], axis: Axis) -> Option<f64> {
    let letter = cleaned(hemisphere)?;
    let letter = hemisphere_alone(&letter);
    if letter.is_empty() {
        return number(field).or_else(|| degrees(field, axis));
    }
    if let Some(is_negative) = sign(letter) {
        let size = number(field).or_else(|| degrees(field, axis))?;
        return if is_negative {
            Some(-size.abs())
        } else {
            Some(size).filter(|size| !size.is_sign_negative())
        };
    }
    // It would be taken for minutes.
    number(letter.as_bytes()).is_none().then_some(())?;
    let text = cleaned(field)?;
    let text = unguarded(&text);
    // Some programs say it in both fields.
    let (own, _) = without_hemisphere(text);
    if own.is_some() && own == hemisphere_named(letter) {
        return degrees(field, axis);
    }
    Angle::parse(&format!("{text} {letter}"))?.degrees(Some(axis))
}

/// Whether a sign in a field of its own is that of the negative half.
fn sign(text: &str) -> Option<bool> {
    match text {
        "+" | "1" | "+1" => Some(false),
        "-" | "-1" => Some(true),
        _ => None,
    }
}

/// The same with minutes and seconds in fields of their own. Where there are no whole degrees, the
/// sign stands before these.
pub(super) fn degrees_in(
    degrees: &[u8],
    finer: [Option<&[u8]>; 2],
    hemisphere: &[u8],
    axis: Axis,
) -> Option<f64> {
    let degrees = degrees.trim_ascii();
    let finer = finer.map(|part| part.unwrap_or_default().trim_ascii());
    let signed = finer.map(|part| part.strip_prefix(b"-"));
    if degrees.is_empty() && finer.iter().any(|part| !part.is_empty()) {
        return None;
    }
    let is_zero = number(degrees) == Some(0.0);
    let has_sign = signed.iter().any(Option::is_some);
    // Degrees of their own say which way all goes.
    (!has_sign || is_zero || degrees.starts_with(b"-")).then_some(())?;
    let is_bare = has_sign && !degrees.starts_with(b"-");
    let mut all = [if is_bare { &b"-"[..] } else { b"" }, degrees].concat();
    for (part, bare) in finer.iter().zip(signed) {
        if !part.is_empty() {
            all.push(b' ');
            all.extend_from_slice(bare.unwrap_or(part));
        }
    }
    degrees_of(&all, hemisphere, axis)
}

/// Whether a field holds the letter or the word of a hemisphere, and of which axis.
pub(super) fn hemisphere(field: &[u8]) -> Option<Axis> {
    let text = cleaned(field)?;
    let text = hemisphere_alone(&text);
    // East or west, one knows not which; but certainly a hemisphere.
    if text.eq_ignore_ascii_case("o") {
        return Some(Axis::Lon);
    }
    let (axis, _) = hemisphere_named(text)?;
    Some(axis)
}

/// A coordinate of a plane. A comma that could be for decimals as well as for thousands is for
/// decimals where `comma` says that the file has such.
pub(super) fn coordinate(field: &[u8], comma: bool) -> Option<f64> {
    let text = cleaned(field)?;
    let text = unguarded(&text);
    number(text.as_bytes())
        .or_else(|| (comma || !is_grouped(text, ',')).then(|| decimal(text))?)
        .or_else(|| {
            let certain = text.contains('.') || text.matches(',').count() > 1;
            certain.then(|| grouped(text, ',', '.'))?
        })
}

/// A weight: `1,200`, `1.200,5`, `1 200`, `$1200`, `1200 €`. A percentage is none: of what is not
/// known.
pub(super) fn weight(field: &[u8], mark: Decimal) -> Option<f64> {
    let text = cleaned(field)?;
    let text = without_currency(unguarded(&text));
    let (thousands, point) = match mark {
        Decimal::Point => (',', '.'),
        Decimal::Comma => ('.', ','),
    };
    grouped(text, thousands, point)
        .or_else(|| grouped(text, point, thousands).filter(|_| is_certain(text)))
        .or_else(|| grouped(text, ' ', point))
        .or_else(|| grouped(text, ' ', thousands))
        .or_else(|| grouped(text, '\'', point))
        .or_else(|| decimal(text))
}

/// The latitude and the longitude of a field that holds both: `54.3233, 10.1394`, `(54.3, 10.1)`,
/// `54°19'23"N 10°8'21"E`, `geo:54.3,10.1`, `+54.3+010.1/`, an address and `(54.3, 10.1)` below it,
/// `{"lat": 54.3, "lon": 10.1}`. Well-known text and `GeoJSON` have the longitude first, and so has
/// everything else if `lon_first`.
pub(super) fn pair(field: &[u8], lon_first: bool) -> Option<(f64, f64)> {
    let text = cleaned(field)?;
    let text = unguarded(&text);
    // A decimal comma makes one number, not two.
    if decimal(text).is_some() {
        return None;
    }
    if let Some(inner) = well_known_point(text).or_else(|| json_point(text)) {
        return two(inner, true);
    }
    if let Some(inner) = geo_uri(text) {
        return two(inner, false);
    }
    let inner = [('(', ')'), ('[', ']'), ('{', '}')]
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close));
    let pair = two(inner.unwrap_or(text).trim(), lon_first);
    pair.or_else(|| iso_6709(text))
        .or_else(|| in_parentheses(text, lon_first))
        .or_else(|| keyed(text))
}

/// The inside of `geo:54.3,10.1;u=35` (RFC 5870).
fn geo_uri(text: &str) -> Option<&str> {
    starts_with(text, "geo:").then(|| text[4..].split([';', '?']).next())?
}

/// `+54.3233-010.1394/`, as cameras write it (ISO 6709), also with minutes and seconds.
fn iso_6709(text: &str) -> Option<(f64, f64)> {
    let signs = ['+', '-'];
    text.starts_with(signs).then_some(())?;
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let end = |from: usize| {
        let length = text.get(from..)?.find(|c| !is_of_number(c));
        Some(length.map_or(text.len(), |length| from + length))
    };
    let middle = end(1)?;
    let end = end(middle + 1)?;
    let is_last = text[end..].is_empty() || text[end..].starts_with(['+', '-', '/', 'C']);
    (text[middle..].starts_with(signs) && is_last).then_some(())?;
    let (lat, lon) = (&text[..middle], text.get(middle..end)?);
    Some((packed(lat, 2)?, packed(lon, 3)?))
}

/// A signed angle whose degrees have so many digits: two more are minutes, and four more minutes and
/// seconds.
fn packed(text: &str, degrees: usize) -> Option<f64> {
    let all = number(text.as_bytes())?;
    let whole = text[1..].find(['.', ',']).unwrap_or(text.len() - 1);
    let size = match whole.checked_sub(degrees) {
        Some(2 | 4) => run_together(all.abs(), whole == degrees + 4)?,
        _ => return Some(all),
    };
    Some(size.copysign(all))
}

/// What stands in parentheses behind other words: an address, or `LatLng(54.3, 10.1)`.
fn in_parentheses(text: &str, lon_first: bool) -> Option<(f64, f64)> {
    let (_, inner) = text.strip_suffix(')')?.rsplit_once('(')?;
    let (first, second) = inner.split_once(',')?;
    let (first, second) = (decimal(first.trim())?, decimal(second.trim())?);
    Some(if lon_first {
        (second, first)
    } else {
        (first, second)
    })
}

/// Numbers that say which they are: `lat: 54.3, lon: 10.1`, `{'latitude': '54.3', …}`.
fn keyed(text: &str) -> Option<(f64, f64)> {
    let (mut lat, mut lon) = (None, None);
    for part in text.split([',', ';', '&', '{', '}']) {
        let Some((key, value)) = part.split_once([':', '=']) else {
            continue;
        };
        let Some((axis, _)) = vocabulary::axis(key) else {
            continue;
        };
        let of = if axis == Axis::Lat {
            &mut lat
        } else {
            &mut lon
        };
        *of = of.or_else(|| degrees(value.as_bytes(), axis));
    }
    Some((lat?, lon?))
}

/// The inside of `POINT (x y)`, of `SRID=4326;POINT Z (x y z)` too, but in no other system.
fn well_known_point(text: &str) -> Option<&str> {
    let text = match text.split_once(';') {
        Some((srid, rest)) if starts_with(srid, "SRID=") => {
            matches!(srid[5..].trim(), "4326" | "0").then(|| rest.trim_start())?
        }
        _ => text,
    };
    starts_with(text, "POINT").then_some(())?;
    let (tag, rest) = text.split_once('(')?;
    let dimensions = tag[5..].trim();
    ["", "Z", "M", "ZM"]
        .iter()
        .any(|known| dimensions.eq_ignore_ascii_case(known))
        .then_some(())?;
    rest.trim_end().strip_suffix(')').map(str::trim)
}

/// The inside of `"coordinates": [x, y]`, unless another system is named beside it.
fn json_point(text: &str) -> Option<&str> {
    let has = |word| text.contains(word);
    if has("crs") && !has("4326") && !has("CRS84") {
        return None;
    }
    let (_, rest) = text.split_once("coordinates")?;
    let (_, rest) = rest.split_once('[')?;
    rest.split_once(']').map(|(inside, _)| inside.trim())
}

fn starts_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}

/// Two angles with something between them.
fn two(text: &str, lon_first: bool) -> Option<(f64, f64)> {
    let at_sign = |marks: &[char]| {
        let mut parts = text.split(marks).map(str::trim);
        let pair = (parts.next()?, parts.next()?);
        // A third number is a height; a fourth would be decimal commas.
        let more = parts.next();
        (more.is_none_or(|height| decimal(height).is_some()) && parts.next().is_none())
            .then_some(pair)
    };
    let spaced_comma = || text.split_once(", ");
    let hemispheres = || {
        let after = |letters: &[char]| {
            let at = text.find(letters)? + 1;
            Some((text.get(..at)?.trim(), text.get(at..)?.trim()))
        };
        let before = |letters: &[char]| {
            let at = text.rfind(letters).filter(|&at| at > 0)?;
            Some((text.get(..at)?.trim(), text.get(at..)?.trim()))
        };
        let trailing = text.ends_with(|c: char| c.is_alphabetic());
        if trailing {
            after(&['N', 'S', 'n', 's']).or_else(|| after(&['E', 'W', 'e', 'w']))
        } else {
            before(&['E', 'W', 'e', 'w'])
        }
    };
    let is_marked = text.contains(|c: char| c.is_alphabetic() || c == '°');
    let by_blanks = (!is_marked).then(|| by_blanks(text));
    [at_sign(&[';', '|', '/']), spaced_comma()]
        .into_iter()
        .flatten()
        .chain(by_blanks.into_iter().flatten())
        .chain(at_sign(&[',']))
        .chain(hemispheres())
        .find_map(|(first, second)| both(first, second, lon_first))
}

/// What two numbers between blanks may be: two and perhaps a height, two or three for each of both,
/// or a place, its height and how far it may be off, as forms of ODK have them.
fn by_blanks(text: &str) -> Vec<(&str, &str)> {
    let words: Vec<_> = text.split_whitespace().collect();
    let are_numbers = words.iter().skip(2).all(|word| decimal(word).is_some());
    let halves = || {
        let word = |rest: &str| rest.find(char::is_whitespace).unwrap_or(rest.len());
        let half = words.len() / 2;
        let second = (0..half).fold(text, |rest, _| rest[word(rest)..].trim_start());
        (text[..text.len() - second.len()].trim_end(), second)
    };
    let mut pairs = match *words {
        [first, second] => vec![(first, second)],
        [first, second, _] if are_numbers => vec![(first, second)],
        [first, second, _, _] if are_numbers => vec![halves(), (first, second)],
        [_, _, _, _] | [_, _, _, _, _, _] => vec![halves()],
        _ => Vec::new(),
    };
    for (first, _) in &mut pairs {
        *first = first.trim_end_matches(',');
    }
    pairs
}

/// The latitude and longitude of two texts; their hemispheres, if they have some, tell which is
/// which.
fn both(first: &str, second: &str, lon_first: bool) -> Option<(f64, f64)> {
    let second = second.trim_start_matches([',', ';']).trim_start();
    let angle = |text: &str| {
        let plain = decimal(text).map(|degrees| Angle {
            degrees,
            negative: degrees.is_sign_negative(),
            hemisphere: None,
            compact: 0,
        });
        plain.or_else(|| Angle::parse(text))
    };
    let (first, second) = (angle(first)?, angle(second)?);
    let swapped = match (first.hemisphere, second.hemisphere) {
        (Some((Axis::Lat, _)), _) | (_, Some((Axis::Lon, _))) => false,
        (Some((Axis::Lon, _)), _) | (_, Some((Axis::Lat, _))) => true,
        (None, None) => lon_first,
    };
    let (lat, lon) = if swapped {
        (second, first)
    } else {
        (first, second)
    };
    Some((lat.degrees(Some(Axis::Lat))?, lon.degrees(Some(Axis::Lon))?))
}

/// An angle as it was read.
struct Angle {
    /// What the numbers say, with the sign that was written.
    degrees: f64,
    negative: bool,
    /// The axis, and whether it is the negative half of it.
    hemisphere: Option<(Axis, bool)>,
    /// One number without any mark, which may be degrees and minutes run together: how many digits
    /// are before its point, zeros in front counted. Else none.
    compact: usize,
}

impl Angle {
    /// Degrees, minutes and seconds with marks, letters, colons or blanks between them, and the
    /// hemisphere before or after.
    fn parse(text: &str) -> Option<Self> {
        let (hemisphere, text) = without_hemisphere(text.trim());
        // Some programs write the sign behind the number.
        let minus = text.strip_prefix('-').or_else(|| text.strip_suffix('-'));
        let (negative, text) = match minus {
            Some(rest) => (true, rest.trim()),
            None => (false, text.strip_prefix('+').unwrap_or(text).trim_start()),
        };
        let (parts, marked) = sexagesimal(text)?;
        let fits = |part: f64| (0.0..60.0).contains(&part);
        let whole = |part: f64| part.fract() == 0.0;
        let degrees = match *parts {
            [degrees] => degrees,
            [degrees, minutes] if whole(degrees) && fits(minutes) => degrees + minutes / 60.0,
            [degrees, minutes, seconds]
                if whole(degrees) && whole(minutes) && fits(minutes) && fits(seconds) =>
            {
                degrees + minutes / 60.0 + seconds / 3600.0
            }
            _ => return None,
        };
        let says_so = marked || hemisphere.is_some() || negative || parts.len() > 1;
        says_so.then_some(Self {
            degrees: if negative { -degrees } else { degrees },
            negative,
            hemisphere,
            compact: if parts.len() == 1 && !marked {
                text.bytes().take_while(u8::is_ascii_digit).count()
            } else {
                0
            },
        })
    }

    /// Signed degrees, if nothing in it contradicts the axis.
    fn degrees(self, axis: Option<Axis>) -> Option<f64> {
        let Some((found, negative)) = self.hemisphere else {
            return Some(self.degrees);
        };
        if axis.is_some_and(|axis| axis != found) || (self.negative && !negative) {
            return None;
        }
        let mut size = self.degrees.abs();
        // Degrees have no more than three digits.
        if self.compact > 3 || (self.compact > 0 && size > 180.0) {
            size = run_together(size, self.compact > 5)?;
        }
        Some(if negative { -size } else { size })
    }
}

/// Degrees of `ddmm.mm`, as NMEA has them, or of `ddmmss` with seconds.
fn run_together(number: f64, seconds: bool) -> Option<f64> {
    let minutes = if seconds {
        (number / 100.0).floor()
    } else {
        number
    };
    let rest = if seconds { number % 100.0 } else { 0.0 };
    let degrees = (minutes / 100.0).floor();
    let minutes = minutes % 100.0;
    (minutes < 60.0 && rest < 60.0 && degrees <= 180.0)
        .then(|| degrees + minutes / 60.0 + rest / 3600.0)
}

/// Up to three numbers, and whether marks of degrees, minutes or seconds follow them in that order.
fn sexagesimal(text: &str) -> Option<(Vec<f64>, bool)> {
    let (mut parts, mut marked, mut rest) = (Vec::new(), false, text);
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
            .unwrap_or(rest.len());
        if parts.len() == 3 || end == 0 {
            return None;
        }
        parts.push(decimal(rest[..end].trim_end_matches(','))?);
        rest = rest[end..].trim_start();
        let known = MARKS[parts.len() - 1]
            .iter()
            .find_map(|mark| rest.strip_prefix(mark));
        marked |= known.is_some();
        rest = known
            .unwrap_or(rest)
            .trim_start_matches([' ', ':', '-', '_', ',']);
    }
    (!parts.is_empty()).then_some((parts, marked))
}

/// How degrees, minutes and seconds are marked; longer marks first. What encodings made of a mark
/// that they have not is one, too.
const MARKS: [&[&str]; 3] = [
    &[
        "°", "degrees", "degree", "deg.", "deg", "grad", "d", "D", "*", "?", "~", "\u{fffd}",
    ],
    &[
        "'", "`", "minutes", "minute", "min.", "min", "m", "M", "?", "~", "\u{fffd}",
    ],
    &[
        "\"", "''", "``", "seconds", "second", "sec.", "sec", "s", "S", "'", "?", "\u{fffd}",
    ],
];

/// Hemispheres as they are called; what means two things in two languages (O) is not among them.
const HEMISPHERES: [(&str, Axis, bool); 51] = [
    ("north", Axis::Lat, false),
    ("south", Axis::Lat, true),
    ("east", Axis::Lon, false),
    ("west", Axis::Lon, true),
    ("norte", Axis::Lat, false),
    ("nord", Axis::Lat, false),
    ("sud", Axis::Lat, true),
    ("süd", Axis::Lat, true),
    ("sur", Axis::Lat, true),
    ("sul", Axis::Lat, true),
    ("oeste", Axis::Lon, true),
    ("ouest", Axis::Lon, true),
    ("ovest", Axis::Lon, true),
    ("ost", Axis::Lon, false),
    ("este", Axis::Lon, false),
    ("est", Axis::Lon, false),
    ("leste", Axis::Lon, false),
    ("с.ш.", Axis::Lat, false),
    ("ю.ш.", Axis::Lat, true),
    ("в.д.", Axis::Lon, false),
    ("з.д.", Axis::Lon, true),
    ("север", Axis::Lat, false),
    ("юг", Axis::Lat, true),
    ("восток", Axis::Lon, false),
    ("запад", Axis::Lon, true),
    ("北", Axis::Lat, false),
    ("南", Axis::Lat, true),
    ("東", Axis::Lon, false),
    ("东", Axis::Lon, false),
    ("西", Axis::Lon, true),
    ("с", Axis::Lat, false),
    ("ю", Axis::Lat, true),
    ("в", Axis::Lon, false),
    ("з", Axis::Lon, true),
    ("北纬", Axis::Lat, false),
    ("南纬", Axis::Lat, true),
    ("东经", Axis::Lon, false),
    ("西经", Axis::Lon, true),
    ("北緯", Axis::Lat, false),
    ("南緯", Axis::Lat, true),
    ("東経", Axis::Lon, false),
    ("西経", Axis::Lon, true),
    ("東經", Axis::Lon, false),
    ("西經", Axis::Lon, true),
    ("noord", Axis::Lat, false),
    ("zuid", Axis::Lat, true),
    ("oost", Axis::Lon, false),
    ("n", Axis::Lat, false),
    ("s", Axis::Lat, true),
    ("e", Axis::Lon, false),
    ("w", Axis::Lon, true),
];

fn hemisphere_named(text: &str) -> Option<(Axis, bool)> {
    let text = text.trim().to_lowercase();
    let known = HEMISPHERES.iter().find(|(name, ..)| *name == text)?;
    Some((known.1, known.2))
}

/// What stands in a field of hemispheres: brackets round it and punctuation behind it say nothing.
fn hemisphere_alone(text: &str) -> &str {
    let text = unguarded(text).trim_matches(['(', ')', '[', ']', ';', ',']);
    let bare = text.trim_end_matches('.');
    if hemisphere_named(text).is_none() && hemisphere_named(bare).is_some() {
        bare
    } else {
        text
    }
}

/// The hemisphere before or after a text, and the text without it.
fn without_hemisphere(text: &str) -> (Option<(Axis, bool)>, &str) {
    let is_word = |c: char| c.is_alphabetic() || c == '.';
    let first = text.find(|c| !is_word(c)).unwrap_or(text.len());
    if let Some(found) = hemisphere_named(&text[..first]) {
        return (Some(found), text[first..].trim());
    }
    let last = text
        .rfind(|c: char| !c.is_alphabetic() && c != '.')
        .and_then(|at| text[at..].chars().next().map(|c| at + c.len_utf8()))
        .unwrap_or(0);
    // `54.` and `54.N` end in a point that is the number's.
    let word = text[last..].trim_start_matches('.');
    // The s of `41d25m1s` is for seconds, and the first one of `41d25m1ss`, too.
    let digit_before = text[..text.len() - word.len()].ends_with(|c: char| c.is_ascii_digit());
    let minutes = digit_before && text.contains(['m', 'M']);
    let seconds = minutes && word.eq_ignore_ascii_case("s");
    let word = word.strip_prefix('s').filter(|_| minutes).unwrap_or(word);
    match hemisphere_named(word).filter(|_| !seconds) {
        Some(found) => (Some(found), text[..text.len() - word.len()].trim()),
        None => (None, text),
    }
}

/// A number with a point or one comma before its decimals.
fn decimal(text: &str) -> Option<f64> {
    number(text.as_bytes()).or_else(|| {
        let (whole, decimals) = text.split_once(',')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let whole_digits = whole.trim_start_matches(['-', '+']);
        let mantissa = decimals.split(['e', 'E']).next().unwrap_or_default();
        (digits(whole_digits) && digits(mantissa))
            .then(|| number(format!("{whole}.{decimals}").as_bytes()))?
    })
}

/// Whether a number has groups of three digits after the first.
fn is_grouped(text: &str, thousands: char) -> bool {
    let mut groups = text.trim_start_matches(['-', '+']).split(thousands);
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    let mut more = groups.peekable();
    // No thousand begins with a zero.
    (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && more.peek().is_some()
        && more.all(|group| group.len() == 3 && digits(group))
}

/// A number with groups of three digits, and perhaps decimals.
fn grouped(text: &str, thousands: char, point: char) -> Option<f64> {
    let (whole, decimals) = text.split_once(point).unwrap_or((text, ""));
    is_grouped(whole, thousands).then_some(())?;
    let whole: String = whole.chars().filter(|&c| c != thousands).collect();
    decimals
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| number(format!("{whole}.{decimals}").as_bytes()))?
}

/// Whether both marks, or one of them twice, leave no doubt which one is for thousands.
fn is_certain(text: &str) -> bool {
    let count = |mark| text.matches(mark).count();
    (count('.') > 0 && count(',') > 0) || count('.') > 1 || count(',') > 1
}

/// Signs and codes of currencies before or after a number.
fn without_currency(text: &str) -> &str {
    let signs = ['$', '€', '£', '¥', '₹', '₽', '₩', '₺', '₴', '₫', '₪', '฿'];
    let codes = ["USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "US", "R"];
    let text = text.trim_matches(signs).trim();
    let text = codes
        .iter()
        .find_map(|code| text.strip_prefix(code).or_else(|| text.strip_suffix(code)))
        .unwrap_or(text);
    text.trim().trim_matches(signs).trim()
}

/// What spreadsheets and exports put round a field: `="1"`, `'1`, `'1'`, `"1"`.
fn unguarded(text: &str) -> &str {
    let text = text.trim();
    let text = text
        .strip_prefix('=')
        .filter(|rest| rest.trim_start().starts_with('"'))
        .unwrap_or(text)
        .trim();
    let quoted = ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    quoted
        .or_else(|| text.strip_prefix('\''))
        .unwrap_or(text)
        .trim()
}

/// The number of degrees in a text of XML. A comma in it can only be a decimal one: programs write
/// it that take their user's language for that of the file, and with it a minus that is none in
/// ASCII. Others write a mark of degrees or a hemisphere.
pub(super) fn in_xml(axis: Axis, text: &str) -> Result<f64, String> {
    let unusual = || {
        // Text that holds XML has a backslash before each quote, and word processors bend quotes.
        let inner = [("\\\"", "\\\""), ("“", "”"), ("”", "”")]
            .into_iter()
            .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close));
        degrees(inner.unwrap_or(text).as_bytes(), axis)
    };
    let what = match axis {
        Axis::Lat => "latitude",
        Axis::Lon => "longitude",
    };
    float::parse(text.as_bytes())
        .or_else(|| float::parse(text.trim().as_bytes()))
        .or_else(unusual)
        .ok_or_else(|| format!("{what} '{}' is not a number", shown(text)))
}

/// The field as text with one spelling for each sign: minus, degrees, minutes, seconds, blanks and
/// digits of other scripts.
pub(super) fn cleaned(field: &[u8]) -> Option<Cow<'_, str>> {
    let field = field.trim_ascii();
    (field.len() <= LONGEST).then_some(())?;
    // What is not UTF-8 is Latin-1 mostly; its degree sign and no-break space are at least.
    let text = decode::word(field);
    if text.is_ascii() && !text.contains('&') {
        return Some(text);
    }
    let visible = |text: &str| {
        text.chars()
            .filter(|&c| !is_invisible(c))
            .map(plain)
            .collect()
    };
    let mut text: String = visible(&text);
    for (written, mark) in WRITTEN_MARKS {
        if text.contains(written) {
            text = text.replace(written, mark);
        }
    }
    Some(Cow::Owned(text))
}

/// Marks as HTML has them, and as they are when UTF-8 was read in another encoding.
const WRITTEN_MARKS: [(&str, &str); 8] = [
    ("&deg;", "°"),
    ("&#176;", "°"),
    ("&#39;", "'"),
    ("&prime;", "'"),
    ("&quot;", "\""),
    ("&Prime;", "\""),
    ("&nbsp;", " "),
    ("Â", ""),
];

/// The ASCII (or else the commonest) spelling of a character.
fn plain(c: char) -> char {
    let digit = || {
        let mut values = ZEROS.iter().map(|&zero| u32::from(c).wrapping_sub(zero));
        char::from_digit(values.find(|&value| value < 10)?, 10)
    };
    match c {
        c if c.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => '-',
        'º' | '˚' | '∘' => '°',
        '′' | '’' | '‘' | 'ʹ' | 'ʼ' | '´' | '＇' => '\'',
        '″' | '”' | '“' | 'ʺ' | '＂' => '"',
        '．' | '\u{66b}' => '.',
        '，' => ',',
        c => digit().unwrap_or(c),
    }
}

/// The zeros of scripts that have digits of their own: full width, Arabic (east too), Devanagari,
/// Bengali, Gujarati, Tamil, Telugu, Kannada, Malayalam, Thai, Lao, Burmese, Khmer.
const ZEROS: [u32; 14] = [
    0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xae6, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0x1040,
    0x17e0,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn lat(text: &str) -> Option<f64> {
        degrees(text.as_bytes(), Axis::Lat)
    }

    fn near(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-9)
    }

    #[test]
    fn degrees_are_read_in_all_usual_spellings() {
        let seconds = 41.0 + 25.0 / 60.0 + 1.0 / 3600.0;
        for text in [
            "41°25'01\"N",
            "41° 25′ 1″ N",
            "41º25’01”N",
            "N 41 25 01",
            "41 25 01N",
            "41:25:01",
            "41-25-01N",
            "41d25m01s",
            "41 deg 25' 1.00\" N",
            "41°25'01''N",
            "412501N",
            "41°25'1\" north",
            "41 degrees 25 minutes 1.00 seconds N",
            "41d25m1.0sN",
            "41&deg;25&#39;1&quot;N",
            "41Â°25'1\"N",
            "41?25'1\"N",
            "41\u{fffd}25'1\"N",
            "41*25'1\"N",
            "41°25`1``N",
            "北緯41°25'1\"",
        ] {
            assert!(near(lat(text), seconds), "{text}: {:?}", lat(text));
        }
        for (text, expected) in [
            ("54,3233", 54.3233),
            ("\u{2212}0.12", -0.12),
            ("\u{2013}0,12", -0.12),
            ("\u{a0}51.5\u{2009}", 51.5),
            ("54.3233N", 54.3233),
            ("S54.3233", -54.3233),
            ("-54.3233 S", -54.3233),
            ("54.3233°", 54.3233),
            ("-33°30'", -33.5),
            ("-0°30'", -0.5),
            ("N54° 30.0'", 54.5),
            ("5430.0N", 54.5),
            ("=\"54.3233\"", 54.3233),
            ("'54.3233", 54.3233),
            ("'54.3233'", 54.3233),
            ("54,3233° N", 54.3233),
            ("\u{feff}54.3233", 54.3233),
            ("५४.३२३३", 54.3233),
            ("54.3233-", -54.3233),
            ("- 54.3233", -54.3233),
            ("33 degrees 30 minutes 0.00 seconds S", -33.5),
            ("南緯 33.5", -33.5),
        ] {
            assert!(near(lat(text), expected), "{text}: {:?}", lat(text));
        }
    }

    #[test]
    fn what_contradicts_itself_or_means_two_things_is_no_angle() {
        for text in [
            "54.3233E",
            "-54.3233N",
            "54.3233O",
            "41°75'",
            "41.5°30'",
            "1,234,5",
            "54 x",
            "",
            "N",
            "54.32.33",
            "1 2 3 4",
        ] {
            assert_eq!(lat(text), None, "{text}");
        }
    }

    #[test]
    fn a_hemisphere_may_stand_apart() {
        assert_eq!(degrees_of(b"33.8568", b"S", Axis::Lat), Some(-33.8568));
        assert_eq!(degrees_of(b"70.65", b" w ", Axis::Lon), Some(-70.65));
        assert_eq!(degrees_of(b"5430", b"N", Axis::Lat), Some(54.5));
        assert_eq!(degrees_of(b"-5", b"", Axis::Lat), Some(-5.0));
        assert_eq!(degrees_of(b"33 30' S", b"South", Axis::Lat), Some(-33.5));
        assert_eq!(degrees_of(b"33 30' S", b"N", Axis::Lat), None);
        assert_eq!(degrees_of(b"-5", b"N", Axis::Lat), None);
        assert_eq!(degrees_of(b"5", b"E", Axis::Lat), None);
        for (sign, north, south) in [("+", Some(5.5), None), ("1", Some(5.5), None)] {
            assert_eq!(degrees_of(b"5.5", sign.as_bytes(), Axis::Lat), north);
            assert_eq!(degrees_of(b"-5.5", sign.as_bytes(), Axis::Lat), south);
        }
        for sign in ["-", "-1"] {
            for field in ["5.5", "-5.5", "5 30"] {
                let south = degrees_of(field.as_bytes(), sign.as_bytes(), Axis::Lat);
                assert_eq!(south, Some(-5.5), "{field} {sign}");
            }
        }
        assert_eq!(hemisphere(b"E"), Some(Axis::Lon));
        assert_eq!(hemisphere(b"K"), None);
    }

    #[test]
    fn minutes_may_stand_apart() {
        let of = |degrees: &str, minutes: &str, seconds: &str| {
            let finer = [minutes, seconds].map(|part| Some(part.as_bytes()));
            degrees_in(degrees.as_bytes(), finer, b"", Axis::Lat)
        };
        assert_eq!(of("5", "30", ""), Some(5.5));
        assert_eq!(of("-5", "30", ""), Some(-5.5));
        assert_eq!(of("-5", "-30", "-0"), Some(-5.5));
        assert_eq!(of("0", "-30", ""), Some(-0.5));
        assert_eq!(of("-0", "30", ""), Some(-0.5));
        assert_eq!(of("0", "0", "-36"), Some(-0.01));
        assert_eq!(of("5", "-30", ""), None);
        assert_eq!(of("5.5", "", ""), Some(5.5));
        assert_eq!(of("5.5", "30", ""), None);
        assert_eq!(of("", "30", ""), None);
    }

    #[test]
    fn both_numbers_may_stand_in_one_field() {
        for text in [
            "54.5, 10.25",
            "(54.5, 10.25)",
            "54.5 10.25",
            "54.5,10.25",
            "54,5; 10,25",
            "54,5 10,25",
            "54,5, 10,25",
            "POINT (10.25 54.5)",
            "SRID=4326;Point Z(10.25 54.5 3)",
            "54°30'N 10°15'E",
            "10°15'E, 54°30'N",
            "N54 30 E10 15",
            "(54.5°, 10.25°)",
            "[54.5, 10.25]",
            "54.5 N, 10.25 E",
            "{\"type\":\"Point\",\"coordinates\":[10.25,54.5]}",
            "54.5 10.25 12",
            "54.5 10.25 12.5 4.9",
            "54 30 00 10 15 00",
            "+54 30 10 15",
            "geo:54.5,10.25;u=35",
            "LatLng(54.5, 10.25)",
            "1 Main St\nKiel\n(54.5, 10.25)",
            "+54.5+010.25+12.5/",
            "+5430+01015/",
            "+5430.00+01015.0+012/",
            "+543000+0101500.0CRSWGS_84/",
            "lat: 54.5, lon: 10.25",
            "{'longitude': '10.25', 'latitude': '54.5', 'human_address': ''}",
            "{\"lat\": 54.5, \"lng\": 10.25}",
        ] {
            assert_eq!(pair(text.as_bytes(), false), Some((54.5, 10.25)), "{text}");
        }
        assert_eq!(pair(b"10.25 54.5", true), Some((54.5, 10.25)));
        let (lat, lon) = pair(b"+401213.1-0750015.1/", false).unwrap();
        assert!((lat - 40.203_638_9).abs() < 1e-7 && (lon + 75.004_194_4).abs() < 1e-7);
        assert_eq!(pair(b"+4072.5-07500/", false), None);
        for text in [
            "54,32,10,14",
            "Kiel, DE",
            "54.5",
            "54,5",
            "54,3233",
            "54.5 10.25 north",
            "1 2 3 4 5",
            "Hall (second floor)",
            "",
            "LINESTRING (1 2, 3 4)",
        ] {
            assert_eq!(pair(text.as_bytes(), false), None, "{text}");
        }
    }

    #[test]
    fn thousands_of_a_weight_follow_the_decimal_mark_of_the_row() {
        for (text, point, comma) in [
            ("1,200", Some(1200.0), Some(1.2)),
            ("1.200,5", Some(1200.5), Some(1200.5)),
            ("1,200.5", Some(1200.5), Some(1200.5)),
            ("1,234,567", Some(1_234_567.0), Some(1_234_567.0)),
            ("1 200", Some(1200.0), Some(1200.0)),
            ("1'200", Some(1200.0), Some(1200.0)),
            ("$1,200", Some(1200.0), Some(1.2)),
            ("12,5", Some(12.5), Some(12.5)),
            ("1200 €", Some(1200.0), Some(1200.0)),
            ("45%", None, None),
            ("many", None, None),
        ] {
            assert_eq!(weight(text.as_bytes(), Decimal::Point), point, "{text}");
            assert_eq!(weight(text.as_bytes(), Decimal::Comma), comma, "{text}");
        }
    }

    #[test]
    fn a_comma_on_a_plane_is_read_where_it_means_one_thing() {
        assert_eq!(coordinate(b"500,000.5", false), Some(500_000.5));
        assert_eq!(coordinate(b"500,000", false), None);
        assert_eq!(coordinate(b"500,000", true), Some(500.0));
        assert_eq!(coordinate(b"500,25", false), Some(500.25));
    }
}
