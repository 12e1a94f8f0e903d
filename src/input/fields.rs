//! Numbers and places in the fields of text formats, and what can be wrong with them.

use std::borrow::Cow;
use std::fmt;

use super::float;
use super::opened::Head;
use super::xml::{self, Root};
use crate::geo::{Coord, Crs, NotAPlace};

/// The most of a field that a message repeats.
const QUOTED: usize = 40;

/// One of the two numbers of a place on the earth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// The latitude.
    Lat,
    /// The longitude.
    Lon,
}

/// The number in a field, blanks around it aside. `nan` and `inf` are numbers here, for the
/// message's sake.
#[inline]
pub(super) fn number(field: &[u8]) -> Option<f64> {
    // Few fields have blanks around them, and to look for some takes as long as a digit or two.
    float::parse(field).or_else(|| number_amid_blanks(field))
}

#[cold]
fn number_amid_blanks(field: &[u8]) -> Option<f64> {
    float::parse(field.trim_ascii())
}

/// Whether a field says that there is nothing: `\N` in a copy of a database.
pub(super) fn is_null(field: &[u8]) -> bool {
    matches!(field.trim_ascii(), b"" | b"\\N" | b"NULL" | b"null")
}

/// The number in a field of nothing but digits.
pub(super) fn digits(field: &[u8]) -> Option<i64> {
    let is_number = !field.is_empty() && field.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(field).ok()?.parse().ok())?
}

/// The number in a field that may have a comma where others have a point.
pub(super) fn number_with_comma(field: &[u8]) -> Option<f64> {
    let field = field.trim_ascii();
    let mut digits = [0; 64];
    let digits = digits.get_mut(..field.len())?;
    for (to, &from) in digits.iter_mut().zip(field) {
        *to = if from == b',' { b'.' } else { from };
    }
    number(digits)
}

/// The beginning of a file that may have its numbers in lines: text, and no XML.
pub(super) fn text(head: &Head) -> Option<Cow<'_, [u8]>> {
    head.text().filter(|text| xml::root(text) == Root::None)
}

/// Whether a file is XML whose root has this name, in any case, or begins beyond the first bytes.
pub(super) fn has_root(head: &Head, name: &str) -> bool {
    match head.text().map(|text| xml::root(&text)) {
        Some(Root::Element(root)) => root.eq_ignore_ascii_case(name),
        Some(Root::Unseen) => true,
        Some(Root::None) | None => false,
    }
}

/// Whether a line is nothing but two or three numbers with blanks between them. Decimal commas are
/// in both numbers of a place, or else they may be delimiters; in a weight they are none.
pub(super) fn is_plain(line: &[u8]) -> bool {
    let fields = || {
        line.split(u8::is_ascii_whitespace)
            .filter(|field| !field.is_empty())
    };
    let has_commas = || fields().take(2).all(|field| field.contains(&b','));
    let is_place = || {
        fields().take(2).all(|field| number(field).is_some())
            || (has_commas()
                && fields()
                    .take(2)
                    .all(|field| number_with_comma(field).is_some()))
    };
    let is_weight = |field| {
        number(field).is_some() || number_with_comma(field).is_some() || has_thousands(field)
    };
    (2..=3).contains(&fields().count()) && is_place() && fields().nth(2).is_none_or(is_weight)
}

/// Whether a number has commas before groups of three digits.
fn has_thousands(field: &[u8]) -> bool {
    let whole = field.split(|&byte| byte == b'.').next().unwrap_or_default();
    let is_group = |group: &[u8]| group.len() == 3 && group.iter().all(u8::is_ascii_digit);
    let mut groups = whole.split(|&byte| byte == b',');
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len()) && number(first).is_some() && groups.all(is_group)
}

/// A weight that can be used.
pub(super) fn finite(weight: f64) -> Result<f64, Fault<'static>> {
    if weight.is_finite() {
        Ok(weight)
    } else {
        Err(Fault::NotFinite(weight))
    }
}

/// How many shapes a row stands for: a whole number, which engines may write with a point and
/// zeros.
pub(super) fn count(field: &[u8]) -> Result<u32, Fault<'_>> {
    let number = number(field).ok_or_else(|| Fault::field("count", field))?;
    let is_one = number >= 0.0 && number <= f64::from(u32::MAX) && number.fract() == 0.0;
    is_one.then_some(number as u32).ok_or(Fault::NoCount(field))
}

/// What the two numbers of a place are called, in the order in which files have them where nothing
/// else is said.
pub(super) fn names(crs: Crs) -> [&'static str; 2] {
    if crs.is_xy() {
        ["x", "y"]
    } else {
        ["latitude", "longitude"]
    }
}

/// The place at two numbers, in that order.
#[inline]
pub(super) fn place(crs: Crs, first: f64, second: f64) -> Result<Coord, Fault<'static>> {
    let (x, y) = if crs.is_xy() {
        (first, second)
    } else {
        (second, first)
    };
    crs.place(x, y).map_err(Fault::NotAPlace)
}

/// Why a line or row gives no shape. `what` is one of the [`names`], or the weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault<'a> {
    /// There are too few fields.
    Missing { what: &'static str, fields: usize },
    /// The field is there, with nothing in it.
    Empty(&'static str),
    /// The field holds something else.
    NotANumber(&'static str, &'a [u8]),
    /// A weight that would make everything infinitely hot, or nothing at all.
    NotFinite(f64),
    /// A number, but none of rows.
    NoCount(&'a [u8]),
    /// Numbers, but not of a place.
    NotAPlace(NotAPlace),
    /// A comma between the numbers of a file read as plain.
    Commas(&'a [u8]),
    /// A number and a hemisphere that do not go together.
    Hemisphere(&'static str, &'a [u8], &'a [u8]),
    /// Degrees, and minutes or seconds that do not go with them.
    Finer(&'static str, &'a [u8], &'static str, &'a [u8]),
    /// More after the weight.
    Surplus(&'a [u8]),
    /// More fields than columns that have a name: it is not known which is which.
    TooMany { fields: usize, columns: usize },
}

impl<'a> Fault<'a> {
    /// What is wrong with a field that is not a number.
    pub(super) fn field(what: &'static str, field: &'a [u8]) -> Self {
        if field.trim_ascii().is_empty() {
            Self::Empty(what)
        } else {
            Self::NotANumber(what, field)
        }
    }

    /// What is wrong with degrees that have their minutes, their seconds and perhaps the letter of
    /// their hemisphere in fields of their own.
    pub(super) fn angle(
        what: &'static str,
        field: &'a [u8],
        finer: [Option<&'a [u8]>; 2],
        letter: Option<&'a [u8]>,
    ) -> Self {
        let Some(mut above) = number(field) else {
            return Self::field(what, field);
        };
        for (unit, part) in ["minutes", "seconds"].into_iter().zip(finer) {
            let part = part.unwrap_or_default().trim_ascii();
            if part.is_empty() {
                continue;
            }
            let size = number(part).or_else(|| number_with_comma(part));
            match size.filter(|size| (0.0..60.0).contains(size)) {
                Some(size) if above.fract() == 0.0 => above = size,
                _ => return Self::Finer(what, field, unit, part),
            }
        }
        letter.map_or(Self::NotANumber(what, field), |letter| {
            Self::Hemisphere(what, field, letter)
        })
    }
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Missing { what, fields: 1 } => write!(f, "no {what}: there is 1 field"),
            Self::Missing { what, fields } => write!(f, "no {what}: there are {fields} fields"),
            Self::Empty(what) => write!(f, "no {what}: the field is empty"),
            Self::NotANumber(what, field) if is_either_side(field) => write!(
                f,
                "{what} {} could be east (Ost) or west (Oeste, Ouest)",
                quoted(field)
            ),
            Self::NotANumber(what, field) => write!(f, "{what} {} is not a number", quoted(field)),
            Self::NotFinite(weight) => write!(f, "weight {weight} is not finite"),
            Self::NoCount(field) => write!(
                f,
                "count {} is no whole number from 0 to {}",
                quoted(field),
                u32::MAX
            ),
            Self::NotAPlace(fault) => fault.fmt(f),
            Self::Commas(field) => write!(
                f,
                "{} looks like CSV, and is read as plain text",
                quoted(field)
            ),
            Self::Hemisphere(what, field, letter)
                if letter.trim_ascii().eq_ignore_ascii_case(b"o") =>
            {
                write!(
                    f,
                    "{what} {} with hemisphere {} could be east (Ost) or west (Oeste, Ouest)",
                    quoted(field),
                    quoted(letter)
                )
            }
            Self::Hemisphere(what, field, letter) => write!(
                f,
                "{what} {} does not go with hemisphere {}",
                quoted(field),
                quoted(letter)
            ),
            Self::Finer(what, field, unit, part) => write!(
                f,
                "{what} {} does not go with {unit} {}",
                quoted(field),
                quoted(part)
            ),
            Self::TooMany { fields, columns } => {
                write!(f, "there are {fields} fields, and the header has {columns}")
            }
            Self::Surplus(field) => write!(f, "{} follows the weight", quoted(field)),
        }
    }
}

/// Whether a number has the one letter before or behind it that is east in German and west in
/// French, Italian, Portuguese and Spanish.
fn is_either_side(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    let is_it = |byte: &u8| byte.eq_ignore_ascii_case(&b'o');
    let ends = [field.first(), field.last()];
    let has_digits = field.iter().any(u8::is_ascii_digit);
    has_digits && ends.into_iter().flatten().any(is_it)
}

/// A field as a message shows it: in quotes, not too long, and nothing in it that could upset a
/// terminal.
pub(super) fn quoted(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field.trim_ascii());
    let shown: String = text.chars().take(QUOTED).flat_map(shown).collect();
    let dots = if text.chars().nth(QUOTED).is_some() {
        "..."
    } else {
        ""
    };
    format!("'{shown}{dots}'")
}

/// A character, or its escape if it cannot be seen.
fn shown(c: char) -> impl Iterator<Item = char> {
    let hidden = c.is_control() || is_invisible(c) || (c.is_whitespace() && c != ' ');
    let escaped = hidden.then(|| c.escape_default());
    let plain = (!hidden).then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

/// Whether a character has neither width nor meaning here: byte order marks, zero-width spaces,
/// marks of direction, soft hyphens.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{ad}' | '\u{180e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_signs_exponents_and_blanks_around_them() {
        for (text, expected) in [
            ("+37.5", 37.5),
            (" -1e0\r", -1.0),
            (".5", 0.5),
            ("1e400", f64::INFINITY),
            ("inf", f64::INFINITY),
        ] {
            assert_eq!(number(text.as_bytes()), Some(expected), "{text}");
        }
        for text in ["", "+", "+-5", "37.5N", "1,5", "0x10", "1 2"] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
        assert!(number(b"NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn a_decimal_comma_is_one_comma() {
        assert_eq!(number_with_comma(b"-19,25"), Some(-19.25));
        assert_eq!(number_with_comma(b"1,234,5"), None);
        assert_eq!(number_with_comma(&[b'1'; 65]), None);
    }

    #[test]
    fn a_letter_of_two_meanings_is_named() {
        let either = "longitude '10,14 O' could be east (Ost) or west (Oeste, Ouest)";
        assert_eq!(Fault::field("longitude", b"10,14 O").to_string(), either);
        let apart = Fault::Hemisphere("longitude", b"10.14", b"O").to_string();
        assert!(apart.contains("with hemisphere 'O' could be east"));
        assert_eq!(
            Fault::field("longitude", b"no").to_string(),
            "longitude 'no' is not a number"
        );
    }

    #[test]
    fn a_field_is_quoted_short_and_harmless() {
        assert_eq!(quoted(b"\x1b[31m\xff"), "'\\u{1b}[31m\u{fffd}'");
        assert_eq!(quoted(&[b'x'; 100]).len(), QUOTED + 5);
    }
}
