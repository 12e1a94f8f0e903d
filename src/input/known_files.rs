//! File signatures (magic numbers): what a file is that no reader takes, by its first bytes.
//!
//! A message that a table has no known columns helps nobody whose file is no table at all. Only
//! what begins in a way that no text of numbers does is recognised here.

use super::json::Outline;
use super::opened::Head;

/// Signatures of files, most of them binary, and where they stand.
const SIGNATURES: [(usize, &[u8], &str); 32] = [
    (
        0,
        b"version https://git-lfs.github.com/spec/",
        "a pointer of Git LFS in the place of the file; git lfs pull gets that",
    ),
    (
        0,
        b"!table",
        "a MapInfo table; ogr2ogr makes a GeoPackage of it",
    ),
    (
        0,
        b"\xff\xfe\0\0",
        "text in UTF-32, which is not known (UTF-8 and UTF-16 are)",
    ),
    (
        0,
        b"\0\0\xfe\xff",
        "text in UTF-32, which is not known (UTF-8 and UTF-16 are)",
    ),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "an empty zip archive"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xfd7zXZ\0", "an xz file"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"ARROW1", "an Arrow file"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (0, b"CDF\x01", "a NetCDF file"),
    (0, b"CDF\x02", "a NetCDF file"),
    (0, b"GRIB", "a GRIB file"),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Excel or Word file",
    ),
    (0, b"{\\rtf", "a text document (RTF)"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"\x89PNG\r\n\x1a\n", "an image (PNG)"),
    (0, b"\xff\xd8\xff", "an image (JPEG)"),
    (0, b"GIF8", "an image (GIF)"),
    (0, b"II*\0", "an image (TIFF)"),
    (0, b"MM\0*", "an image (TIFF)"),
    (0, b"II+\0", "an image (TIFF)"),
    (8, b"WEBP", "an image (WebP)"),
    (4, b"ftyp", "a film (MP4 or MOV)"),
    (0, b"OggS", "a sound or film (Ogg)"),
    (0, b"\x93NUMPY", "an array of numpy"),
];

/// JSON that no reader knows.
const JSON: &str = "JSON, and no array in it holds places by names that are known";

const TOPOLOGY: &str = "TopoJSON; topo2geo makes GeoJSON of it";

/// How HTML may begin, in small letters.
const HTML: [&[u8]; 6] = [
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<body",
    b"<table",
    b"<div",
];

/// Extensions of documents that may hold numbers and commas, and are no tables.
const DOCUMENTS: [(&str, &str); 4] = [
    ("md", "a text document (Markdown)"),
    ("markdown", "a text document (Markdown)"),
    ("rst", "a text document (reStructuredText)"),
    ("tex", "a text document (TeX)"),
];

/// What a file is, by its first bytes, if that is known and nothing to read as a table or as text.
pub(super) fn of(head: &Head) -> Option<&'static str> {
    let bytes = head.bytes();
    let has = |(at, signature, _): &(usize, &[u8], _)| {
        bytes
            .get(*at..)
            .is_some_and(|rest| rest.starts_with(signature))
    };
    if let Some((_, _, kind)) = SIGNATURES.iter().find(|signature| has(signature)) {
        return Some(kind);
    }
    let text = head.text()?;
    let text = text.trim_ascii_start();
    if HTML.iter().any(|tag| begins(text, tag)) {
        Some("HTML, a page of the web")
    } else if is_json(text) {
        let is_topology = Outline::of(head).is_some_and(|outline| outline.is_topology());
        Some(if is_topology { TOPOLOGY } else { JSON })
    } else if begins(text, b"version ") && memchr::memmem::find(text, b"\nColumns ").is_some() {
        Some("MapInfo's MIF; ogr2ogr makes a GeoPackage of it")
    } else if is_nmea(text) {
        Some(if text.starts_with(b"!") {
            "AIS, the messages of ships"
        } else {
            "NMEA without any position"
        })
    } else {
        None
    }
}

/// What a document is by its extension, which its text does not tell.
pub(super) fn by_extension(extension: Option<&std::ffi::OsStr>) -> Option<&'static str> {
    let extension = extension?;
    let known = DOCUMENTS
        .iter()
        .find(|(known, _)| extension.eq_ignore_ascii_case(known));
    known.map(|(_, kind)| *kind)
}

/// Whether a text begins with a word in small letters, in any case.
fn begins(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// An object or an array. `[lat],[lon]` is the header of a table.
fn is_json(text: &[u8]) -> bool {
    let next = |rest: &[u8]| rest.trim_ascii_start().first().copied();
    match text.split_first() {
        Some((b'{', rest)) => matches!(next(rest), Some(b'"' | b'}')),
        Some((b'[', rest)) => matches!(
            next(rest),
            Some(b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9')
        ),
        _ => false,
    }
}

/// A sentence: `$GPGGA,…`, or `!AIVDM,…` of ships.
fn is_nmea(text: &[u8]) -> bool {
    match text {
        [b'$' | b'!', name @ ..] => {
            let name = name.split(|&byte| byte == b',').next().unwrap_or_default();
            (5..=8).contains(&name.len())
                && name
                    .iter()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                && text.get(name.len() + 1) == Some(&b',')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_what_a_file_is() {
        for (head, kind) in [
            (Head::from(b" \n{ \"type\": 1}"), Some(JSON)),
            (Head::from(b"\xef\xbb\xbf[{\"lat\":1}]"), Some(JSON)),
            (Head::from(b"[[1,2],[3,4]]"), Some(JSON)),
            (Head::from(b"\xff\xfe{\0\"\0"), Some(JSON)),
            (
                Head::from(b"<!DOCTYPE HTML><p>"),
                Some("HTML, a page of the web"),
            ),
            (Head::from(b"<Table><tr>"), Some("HTML, a page of the web")),
            (Head::from(b"PK\x03\x04\x14\0"), Some("a zip archive")),
            (Head::from(b"\x1f\x8b\x08"), Some("a gzip file")),
            (
                Head::from(b"$PGRMZ,246,f,3"),
                Some("NMEA without any position"),
            ),
            (
                Head::from(b"!AIVDM,1,1,,A,13u"),
                Some("AIS, the messages of ships"),
            ),
            (Head::from(b"\xff\xd8\xff\xe1"), Some("an image (JPEG)")),
            (
                Head::from(b"Version 300\nColumns 1\n  id Integer\nData\nPoint 10 54\n"),
                Some("MapInfo's MIF; ogr2ogr makes a GeoPackage of it"),
            ),
        ] {
            assert_eq!(of(&head), kind, "{}", head.bytes().escape_ascii());
        }
    }

    #[test]
    fn tables_and_texts_are_none_of_them() {
        for head in [
            Head::from(b"[lat],[lon]\n1,2\n"),
            Head::from(b"{lat},{lon}\n"),
            Head::from(b"$lat,$lon\n1,2\n"),
            Head::from(b"Address,lat,lon\n"),
            Head::from(b"54.3 10.1\n"),
            Head::from(b"(54.3, 10.1)\n"),
            Head::from(b"BZ,lat,lon\n"),
            Head::from(b""),
        ] {
            assert_eq!(of(&head), None, "{}", head.bytes().escape_ascii());
        }
    }
}
