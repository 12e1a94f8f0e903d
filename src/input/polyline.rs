//! Encoded polylines: Google's algorithm of precision 5 or 6, and HERE's flexible form.
//!
//! A line is a text of differences between its positions. Files of a line of this in each line of
//! text are read here; columns of tables and members of JSON bring theirs.

use std::io::{BufRead, BufReader, Read};

use super::geometry::{Geometry, Row};
use super::opened::{Head, Opened};
use super::reader::{Places, Reader};
use super::{Oddity, Options, Sink};
use crate::error::Result;

/// The longest line of a file.
const LONGEST: u64 = 64 << 20;
/// A text of this length is no word, though it may be half of a line.
const LONG: usize = 4096;
/// Differences are counted in units of these many decimals where nothing is said.
const USUAL: u8 = 5;
/// How a line in HERE's form begins: with its version, 1.
const HERE: u8 = b'B';

pub(super) static READER: Reader = Reader {
    name: "polyline",
    title: "encoded polylines",
    extensions: &["polyline", "polyline5", "polyline6"],
    companions: &[],
    detect: is_lines,
    certain: false,
    places: Places::DegreesOnly,
    read,
};

/// Whether a text is made of nothing but such lines, for certain.
fn is_lines(head: &Head) -> bool {
    let Some(text) = head.text() else {
        return false;
    };
    let text = text.trim_ascii_start();
    let (whole, cut) = match memchr::memrchr(b'\n', text) {
        Some(end) => text.split_at(end),
        None => (&b""[..], text),
    };
    let mut lines = whole.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let cut = cut.trim_ascii();
    if whole.is_empty() {
        return is_line(cut) || (cut.len() > LONG && cut.iter().copied().all(is_part));
    }
    lines.all(is_line) && !cut.iter().any(u8::is_ascii_whitespace)
}

/// Whether a text is a line for certain: letters alone may be a word.
fn is_line(text: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_here = text.starts_with(&[HERE]) && text.len() > 4;
    let decoded = || Encoding::default().decode(text);
    (is_here || !text.iter().all(is_letter))
        && decoded().is_some_and(|line| line.len() > 1 || is_here)
}

/// Whether lines in HERE's form, which any numbers may be in, have longitudes where latitudes
/// should be: HERE's own examples do.
fn is_lon_first(head: &Head) -> bool {
    let text = head.text().unwrap_or_default();
    let whole = &text[..memchr::memrchr(b'\n', &text).unwrap_or(text.len())];
    let lines = whole.split(|&byte| byte == b'\n');
    let mut largest = [0.0_f64; 2];
    for at in lines
        .filter_map(|line| flexible(line.trim_ascii()))
        .flatten()
    {
        largest = [largest[0].max(at[0].abs()), largest[1].max(at[1].abs())];
    }
    let [lon, lat] = largest;
    lat > 90.0 && lat <= 180.0 && lon <= 90.0
}

/// Whether a byte may stand in a line.
fn is_part(byte: u8) -> bool {
    matches!(byte, 63..=126)
}

fn read(opened: Opened<'_>, options: &Options, sink: &mut Sink) -> Result<()> {
    let of_name = match opened.extension().and_then(|extension| extension.to_str()) {
        Some("polyline6") => Some(6),
        Some("polyline5") => Some(5),
        _ => None,
    };
    let encoding = Encoding {
        precision: options.columns.polyline_precision.or(of_name),
        lon_first: options.columns.lon_lat || is_lon_first(opened.head()),
    };
    if encoding.lon_first && !options.columns.lon_lat {
        sink.odd(Oddity::LonFirst, None)?;
    }
    let mut source = BufReader::new(opened.text());
    let mut line = Vec::new();
    for at in 1.. {
        line.clear();
        let read = source.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        match read {
            Ok(0) => break,
            Ok(_) => {}
            Err(reason) => return Err(sink.error(Some(at), reason)),
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        let text = text.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        sink.record();
        let row = Row {
            weight: 1.0,
            time: None,
            at,
        };
        match encoding.decode(text) {
            Some(line) => Geometry::of_line(line).deliver(row, sink)?,
            None => sink.skip(at, "the line is no encoded polyline")?,
        }
    }
    Ok(())
}

/// The precision that the name of a column tells.
pub(super) fn precision_of(name: &str) -> Option<u8> {
    name.trim_end().ends_with('6').then_some(6)
}

/// Whether a column of this name may hold lines.
pub(super) fn is_called_so(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.trim_end_matches(['5', '6']).ends_with("polyline")
}

/// How lines are encoded, as far as they do not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Encoding {
    /// How many decimals the differences have; where nothing is said, 5, or 6 if that gives places
    /// on the earth and 5 does not.
    pub precision: Option<u8>,
    /// The longitude comes first, against the rule.
    pub lon_first: bool,
}

impl Encoding {
    /// The positions of a line, x and y; `None` if the text is no line.
    pub(super) fn decode(self, text: &[u8]) -> Option<Vec<[f64; 2]>> {
        let text = text.trim_ascii();
        let here = text.starts_with(&[HERE]).then(|| flexible(text)).flatten();
        let mut line = here.or_else(|| self.google(text))?;
        if self.lon_first {
            for at in &mut line {
                at.swap(0, 1);
            }
        }
        Some(line)
    }

    fn google(self, text: &[u8]) -> Option<Vec<[f64; 2]>> {
        let single = unescaped(text);
        let texts = single.as_deref().into_iter().chain([text]);
        let precisions = self.precision.map_or(&[USUAL, 6][..], |_| &[]);
        let precisions = self.precision.iter().chain(precisions);
        let mut ways = texts.flat_map(|text| precisions.clone().map(move |way| (text, *way)));
        let y = usize::from(!self.lon_first);
        let is_on_earth = |line: &Vec<[f64; 2]>| {
            line.iter()
                .all(|at| at[y].abs() <= 90.0 && at[1 - y].abs() <= 360.0)
        };
        ways.find_map(|(text, precision)| google(text, precision).filter(is_on_earth))
    }
}

/// A text whose every backslash is there twice, with each of them once.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let (mut single, mut rest) = (Vec::new(), text);
    while let Some(at) = memchr::memchr(b'\\', rest) {
        (rest.get(at + 1) == Some(&b'\\')).then_some(())?;
        single.extend(&rest[..=at]);
        rest = &rest[at + 2..];
    }
    single.extend(rest);
    (single.len() < text.len()).then_some(single)
}

/// Google's form: five bits to a character from `?` on, the lowest first, the last one without the
/// sixth bit.
fn google(text: &[u8], precision: u8) -> Option<Vec<[f64; 2]>> {
    let bits = |byte: &u8| is_part(*byte).then(|| byte - 63);
    let unit = 10_f64.powi(precision.into());
    positions(text.iter().map(bits), 2, unit)
}

/// HERE's form: characters of base64 for addresses, and a head that tells the precision and whether
/// there is a third number.
fn flexible(text: &[u8]) -> Option<Vec<[f64; 2]>> {
    let bits = |byte: &u8| {
        Some(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        })
    };
    let mut bits = text.iter().map(bits);
    (unsigned(&mut bits)?? == 1).then_some(())?;
    let head = unsigned(&mut bits)??;
    let dimensions = if (head >> 4) % 8 == 0 { 2 } else { 3 };
    (head >> 11 == 0).then_some(())?;
    positions(bits, dimensions, 10_f64.powi((head & 15) as i32))
}

/// A number of which six bits come at a time, the sixth of which says that more follow. Nothing at
/// the end; `Some(None)` if it is no number.
#[expect(clippy::option_option, reason = "the end is no fault")]
fn unsigned(bits: &mut impl Iterator<Item = Option<u8>>) -> Option<Option<u64>> {
    let mut number = 0;
    let mut next = bits.next()?;
    for shift in (0..u64::BITS).step_by(5) {
        let Some(part) = next else {
            return Some(None);
        };
        number |= u64::from(part & 31) << shift;
        if part & 32 == 0 {
            return Some(Some(number));
        }
        next = bits.next().flatten();
    }
    Some(None)
}

/// Positions of so many differences each, of which the first two are the latitude and the
/// longitude.
fn positions(
    mut bits: impl Iterator<Item = Option<u8>>,
    dimensions: usize,
    unit: f64,
) -> Option<Vec<[f64; 2]>> {
    let (mut line, mut at) = (Vec::new(), [0_i64; 3]);
    'line: loop {
        for (dimension, sum) in at.iter_mut().enumerate().take(dimensions) {
            let Some(number) = unsigned(&mut bits) else {
                (dimension == 0).then_some(())?;
                break 'line;
            };
            let number = number?;
            let difference = (number >> 1) as i64 ^ -((number & 1) as i64);
            *sum = sum.checked_add(difference)?;
        }
        let [lat, lon, _] = at.map(|number| number as f64 / unit);
        line.push([lon, lat]);
    }
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{everything, hold, read_prefixes};
    use super::*;

    fn decode(text: &[u8], precision: Option<u8>) -> Option<Vec<[f64; 2]>> {
        let lon_first = false;
        Encoding {
            precision,
            lon_first,
        }
        .decode(text)
    }

    #[test]
    fn googles_example_is_understood() {
        let line = [[-120.2, 38.5], [-120.95, 40.7], [-126.453, 43.252]];
        assert_eq!(decode(b"_p~iF~ps|U_ulLnnqC_mqNvxq`@", None).unwrap(), line);
        let tenth = line.map(|at| at.map(|number| number / 10.0));
        let six = decode(b"_p~iF~ps|U_ulLnnqC_mqNvxq`@", Some(6)).unwrap();
        let near = |(one, other): (&[f64; 2], &[f64; 2])| {
            (one[0] - other[0]).abs() < 1e-9 && (one[1] - other[1]).abs() < 1e-9
        };
        assert!(six.iter().zip(&tenth).all(near));
    }

    #[test]
    fn backslashes_may_be_doubled() {
        let once = br"irqnHgf}u@Ob\cDG";
        let twice = br"irqnHgf}u@Ob\\cDG";
        assert_eq!(decode(once, None).unwrap(), decode(twice, None).unwrap());
    }

    #[test]
    fn heres_form_tells_its_precision() {
        let line = decode(b"BFoz5xJ67i1B1B7PzIhaxL7Y", None).unwrap();
        assert_eq!(line[0], [8.69821, 50.10228]);
        assert_eq!(line.len(), 4);
    }

    #[test]
    fn what_is_no_line_is_none() {
        for text in ["", "~", "_p~iF", "54.3 10.1", "hello, world", "\u{e9}"] {
            assert_eq!(decode(text.as_bytes(), None), None, "{text}");
        }
        for (head, is) in [
            (Head::from(b"hello\n"), false),
            (Head::from(b"lat lon\n1 2\n"), false),
            (Head::from(b"a\nb\n"), false),
            (Head::from(b"_p~iF~ps|U_ulLnnqC_mqNvxq`@\n"), true),
            (Head::from(b"BFoz5xJ67i1B1B7PzIhaxL7Y"), true),
        ] {
            assert_eq!(is_lines(&head), is, "{}", head.bytes().escape_ascii());
        }
    }

    const SAMPLES: [(&str, &str); 2] = [
        (
            "polyline/sweden-west-coast.polyline6",
            "4894 1 55.339507 11.555798 58.543025 13.346944",
        ),
        (
            "polyline/here_flexible.txt",
            "832 400 -90.000000 -179.535758 89.940282 179.972828",
        ),
    ];

    #[test]
    fn lines_are_those_that_others_find() {
        hold(&SAMPLES, &everything());
        // HERE's own sample has the longitude first, against its own rule.
        let mut options = everything();
        options.columns.lon_lat = true;
        hold(&SAMPLES[1..], &options);
    }

    #[test]
    fn a_file_that_is_cut_off_is_no_panic() {
        for (name, _) in SAMPLES {
            read_prefixes(name, &everything());
        }
    }
}
