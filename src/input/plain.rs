//! Plain text: a latitude, a longitude (or x, y) and perhaps a weight on each line, with blanks or
//! tabs between them.
//!
//! Blank lines and lines that start with `#` pass. Nothing may follow the weight, not even a
//! comment: a line that holds more than is understood is better named than half read.

use std::io::{self, BufRead, BufReader, Read};

use super::Sink;
use super::fields::{Fault, finite, names, number, place, text};
use super::parallel_lines::{Lines, Rest};
use super::reader::{Places, Reader};
use crate::error::Result;
use crate::geo::{Crs, Shape};

/// The longest line that is looked at. A file without line ends must not end up in memory.
const LONGEST: usize = 64 * 1024;

pub(super) static READER: Reader = Reader {
    name: "plain",
    title: "text",
    extensions: &[],
    companions: &[],
    detect: |head| text(head).is_some(),
    places: Places::Any,
    read: |opened, _, sink| read(opened.text(), sink),
};

/// Reads the lines of `source` into `sink`.
///
/// # Errors
/// When the source cannot be read, or at the first bad line if the sink is strict.
pub fn read(source: impl Read + Send, sink: &mut Sink) -> Result<()> {
    let crs = sink.manner().crs;
    let rest = Lines::new(source, 1).each(
        sink,
        |_| true,
        |piece, sink| {
            piece.lines().try_for_each(|(at, line)| {
                take_line(crs, without_bom(line, at), line.len() < LONGEST, at, sink)
            })
        },
    )?;
    rest.map_or(Ok(()), |rest| read_on(crs, rest, sink))
}

/// Reads a text that has a line of many megabytes, line by line.
fn read_on(crs: Crs, rest: Rest<impl Read>, sink: &mut Sink) -> Result<()> {
    let mut source = BufReader::with_capacity(LONGEST, rest.unread);
    let mut line = Vec::with_capacity(LONGEST);
    for at in rest.line.. {
        match next_line(&mut source, &mut line) {
            Ok(Some(complete)) => take_line(crs, without_bom(&line, at), complete, at, sink)?,
            Ok(None) => break,
            Err(error) => return Err(sink.error(Some(at), error)),
        }
    }
    Ok(())
}

/// The byte order mark that Windows puts before a text is not part of its first number.
fn without_bom(line: &[u8], at: u64) -> &[u8] {
    if at == 1 {
        line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
    } else {
        line
    }
}

/// Reads the next line, and tells whether it is all there: the rest of a line that is too long is
/// passed over.
fn next_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    if source.take(LONGEST as u64).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    let complete = line.len() < LONGEST || line.ends_with(b"\n");
    if !complete {
        source.skip_until(b'\n')?;
    }
    Ok(Some(complete))
}

fn take_line(crs: Crs, line: &[u8], complete: bool, at: u64, sink: &mut Sink) -> Result<()> {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(());
    }
    sink.record();
    if !complete {
        return sink.skip(
            at,
            format_args!("the line is longer than {} KiB", LONGEST / 1024),
        );
    }
    match shape(crs, line) {
        Ok(shape) => sink.point(shape, at)?,
        Err(fault) => sink.skip(at, fault)?,
    }
    Ok(())
}

/// What a line says.
fn shape(crs: Crs, line: &[u8]) -> std::result::Result<Shape, Fault<'_>> {
    let [one, other] = names(crs);
    let mut fields = line
        .split(u8::is_ascii_whitespace)
        .filter(|field| !field.is_empty());
    let (first, second) = (fields.next().unwrap_or_default(), fields.next());
    let first = number(first).ok_or_else(|| not_a_number(one, first, line))?;
    let second = second.ok_or(Fault::Missing {
        what: other,
        fields: 1,
    })?;
    let second = number(second).ok_or(Fault::NotANumber(other, second))?;
    let weight = match fields.next() {
        Some(weight) => finite(number(weight).ok_or(Fault::NotANumber("weight", weight))?)?,
        None => 1.0,
    };
    if let Some(surplus) = fields.next() {
        return Err(Fault::Surplus(surplus));
    }
    Ok(Shape::point(place(crs, first, second)?).weighing(weight))
}

/// A number with a comma after it is a mistake worth a better message.
fn not_a_number<'a>(what: &'static str, field: &'a [u8], line: &'a [u8]) -> Fault<'a> {
    let before_comma = field.split(|&b| b == b',').next().unwrap_or_default();
    if before_comma.len() < field.len() && number(before_comma).is_some() {
        return Fault::Commas(line);
    }
    Fault::NotANumber(what, field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Manner;
    use crate::input::tests::{collect, collect_in, facts, weighted};

    fn places(text: impl AsRef<[u8]>) -> Vec<(f64, f64, f64)> {
        weighted(&collect(false, |sink| read(text.as_ref(), sink)).1)
    }

    #[test]
    fn a_line_is_a_latitude_a_longitude_and_perhaps_a_weight() {
        let text = "\u{feff}# a comment\n1 2\n\n  3\t4   5 \r\n+6 -7 1e0";
        assert_eq!(
            places(text),
            [(1.0, 2.0, 1.0), (3.0, 4.0, 5.0), (6.0, -7.0, 1.0)]
        );
    }

    #[test]
    fn a_line_that_does_not_parse_is_named_and_the_others_count() {
        let text = "1\n1 x\n1 2 x\n1 2 3 # so\n91 0\n1 2\n";
        let (report, shapes) = collect(false, |sink| read(text.as_bytes(), sink));
        assert_eq!((shapes.len(), report.records, report.skipped), (1, 6, 5));
        assert_eq!(
            facts(&report),
            [
                "test:1: no longitude: there is 1 field",
                "test:2: longitude 'x' is not a number",
                "test:3: weight 'x' is not a number",
                "test:4: '#' follows the weight",
                "test:5: latitude 91 is not between -90 and 90; are latitude and longitude swapped?",
            ]
        );
    }

    #[test]
    fn on_a_plane_x_comes_first_and_is_any_number() {
        let text = "1920 1080 2\n-3e9 1e-6\n5\nx 1\n1 y\n1e13 0\n1,2\n";
        let (report, shapes) = collect_in(
            Manner {
                crs: Crs::Plane { y_down: false },
                ..Manner::default()
            },
            |sink| read(text.as_bytes(), sink),
        );
        assert_eq!(
            weighted(&shapes),
            [(1080.0, 1920.0, 2.0), (1e-6, -3e9, 1.0)]
        );
        assert_eq!(
            facts(&report),
            [
                "test:3: no y: there is 1 field",
                "test:4: x 'x' is not a number",
                "test:5: y 'y' is not a number",
                "test:6: x 10000000000000 is not between -1e12 and 1e12",
                "test:7: '1,2' looks like CSV, and is read as plain text",
            ]
        );
    }

    #[test]
    fn commas_between_the_numbers_are_told_from_other_mistakes() {
        let (report, _) = collect(false, |sink| read(&b"1,2\n1, 2\nx,2"[..], sink));
        assert_eq!(
            facts(&report),
            [
                "test:1: '1,2' looks like CSV, and is read as plain text",
                "test:2: '1, 2' looks like CSV, and is read as plain text",
                "test:3: latitude 'x,2' is not a number",
            ]
        );
    }

    #[test]
    fn numbers_that_are_not_finite_are_bad() {
        let (report, shapes) = collect(false, |sink| {
            read(&b"nan 1\n1 inf\n1 1 nan\n1e400 1"[..], sink)
        });
        assert_eq!((shapes.len(), report.skipped), (0, 4));
    }

    #[test]
    fn a_line_without_end_is_one_bad_record() {
        let mut text = vec![b'1'; 3 * LONGEST];
        text.extend(b"\n1 2\n");
        let (report, shapes) = collect(false, |sink| read(&text[..], sink));
        assert_eq!((shapes.len(), report.skipped), (1, 1));
        assert_eq!(facts(&report), ["test:1: the line is longer than 64 KiB"]);
    }

    #[test]
    fn strict_ends_at_the_first_bad_line() {
        let (report, shapes) = collect(true, |sink| read(&b"1 2\nx\n3 4"[..], sink));
        assert_eq!(
            report.failed[0].to_string(),
            "test:2: latitude 'x' is not a number"
        );
        assert_eq!((shapes.len(), report.skipped), (1, 0));
    }

    #[test]
    fn real_malformed_files() {
        let (report, shapes) = collect(false, |sink| {
            read(
                &include_bytes!("../../tests/data/csv/txt_mixed_whitespace.txt")[..],
                sink,
            )
        });
        assert_eq!((shapes.len(), report.records), (3, 6));
        assert_eq!(
            report
                .named
                .iter()
                .filter_map(|e| e.place.as_ref()?.at)
                .collect::<Vec<_>>(),
            [4, 5, 6]
        );
        let (report, shapes) = collect(false, |sink| {
            read(
                &include_bytes!("../../tests/data/csv/txt_truncated.txt")[..],
                sink,
            )
        });
        assert_eq!((shapes.len(), report.skipped), (2, 1));
    }
}
