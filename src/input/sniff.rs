//! Which format a file has: by what the user said, by its name, or by its first bytes.
//!
//! Text is told apart by its first line that says anything. A plain line is nothing but two or
//! three numbers; a line with a delimiter in it is CSV; plain is the last resort.

use std::io::{self, Read};
use std::path::Path;

use super::fields::number;
use super::{Filetype, decode};

/// How much of a file is looked at.
const HEAD: u64 = 8 * 1024;
/// How a shapefile begins.
const SHAPEFILE: &[u8] = &[0, 0, 0x27, 0x0a];

/// A format that was settled on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Plain,
    Csv,
    Gpx,
    Shp,
}

/// The first bytes of a stream.
pub(super) fn head(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    stream.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// What the user says it is.
pub(super) fn named(filetype: Filetype) -> Option<Format> {
    match filetype {
        Filetype::Auto => None,
        Filetype::Plain => Some(Format::Plain),
        Filetype::Csv => Some(Format::Csv),
        Filetype::Gpx => Some(Format::Gpx),
        Filetype::Shp => Some(Format::Shp),
    }
}

/// What the extension says it is, if that says anything.
pub(super) fn by_name(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => Some(Format::Csv),
        "gpx" => Some(Format::Gpx),
        "shp" => Some(Format::Shp),
        _ => None,
    }
}

/// What the first bytes look like; `None` if they are neither text nor a shapefile.
pub(super) fn by_content(head: &[u8]) -> Option<Format> {
    if head.starts_with(SHAPEFILE) {
        return Some(Format::Shp);
    }
    let text = if is_utf16(head) {
        decoded(head)
    } else {
        head.to_vec()
    };
    if text.contains(&0) {
        return None;
    }
    Some(text_format(
        text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text),
    ))
}

/// Whether a text starts as those in UTF-16 do. All other encodings have ASCII for numbers.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

fn decoded(head: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    // Half a character may be left at the end of the head: what comes before it is enough.
    let _ = decode::text(head).read_to_end(&mut text);
    text
}

fn text_format(text: &[u8]) -> Format {
    let xml = text.trim_ascii_start();
    if xml.starts_with(b"<?xml") || xml.starts_with(b"<gpx") {
        return Format::Gpx;
    }
    let mut lines = text
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .map(<[u8]>::trim_ascii);
    match lines.find(|line| !line.is_empty() && !line.starts_with(b"#")) {
        Some(line) if !is_plain(line) && line.iter().any(|byte| b",;\t|".contains(byte)) => {
            Format::Csv
        }
        _ => Format::Plain,
    }
}

fn is_plain(line: &[u8]) -> bool {
    let fields = || {
        line.split(u8::is_ascii_whitespace)
            .filter(|field| !field.is_empty())
    };
    (2..=3).contains(&fields().count()) && fields().all(|field| number(field).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_count_in_any_case_and_text_is_looked_into() {
        for (name, expected) in [
            ("a.CSV", Some(Format::Csv)),
            ("a.tsv", Some(Format::Csv)),
            ("a.b.Gpx", Some(Format::Gpx)),
            ("a.shp", Some(Format::Shp)),
            ("a.txt", None),
            ("a.dat", None),
            ("csv", None),
        ] {
            assert_eq!(by_name(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn first_bytes_tell_the_format() {
        for (head, expected) in [
            (&b"\0\0\x27\x0a\0\0"[..], Some(Format::Shp)),
            (b"\x89PNG\r\n\x1a\n\0\0", None),
            (b"\xef\xbb\xbf<?xml version='1.0'?>", Some(Format::Gpx)),
            (b" \n<gpx>", Some(Format::Gpx)),
            (b"# note, with a comma\n\n1 2\n", Some(Format::Plain)),
            (b"1\t2\t3\n", Some(Format::Plain)),
            (b"lat\tlon\n1\t2\n", Some(Format::Csv)),
            (b"lat,lon\r\n1,2\r\n", Some(Format::Csv)),
            (b"1,2\n", Some(Format::Csv)),
            (b"1, 2\n", Some(Format::Csv)),
            (b"1,5;2,5\n", Some(Format::Csv)),
            (b"\xff\xfel\0a\0t\0,\0l\0o\0n\0\n\0", Some(Format::Csv)),
            (b"\xfe\xff\x001\x00 \x002\x00\n", Some(Format::Plain)),
            (b"hello", Some(Format::Plain)),
            (b"", Some(Format::Plain)),
        ] {
            assert_eq!(by_content(head), expected, "{}", head.escape_ascii());
        }
    }
}
