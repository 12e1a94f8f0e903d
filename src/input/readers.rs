//! Table of the input formats, and the choice among them.
//!
//! [`READERS`] is the only list of formats. The values of the program's `--filetype`, what a
//! message says can be read, and the table in docs/formats.md come from it.

use std::ffi::OsStr;

use super::opened::Head;
use super::reader::{Places, Reader};
use super::xml::Root;
use super::{
    cells, csv, fit, flatgeobuf, geojson, google, gpx, gtfs, igc, json, kml, known_files, nmea,
    owntracks, parquet, photos, plain, points, polyline, shp, sqlite, tcx, xml,
};

/// All formats. The first whose [`detect`](Reader::detect) says so has a file.
pub static READERS: [&Reader; 21] = [
    &shp::READER,
    &sqlite::READER,
    &parquet::READER,
    &flatgeobuf::READER,
    &fit::READER,
    &photos::READER,
    &gpx::READER,
    &tcx::READER,
    &kml::READER,
    &google::READER,
    &owntracks::READER,
    &owntracks::OVERLAND,
    &geojson::READER,
    &points::READER,
    &gtfs::READER,
    &nmea::READER,
    &igc::READER,
    &polyline::READER,
    &cells::READER,
    &csv::READER,
    &plain::READER,
];

/// The format of a name.
#[must_use]
pub fn reader_named(name: &str) -> Option<&'static Reader> {
    READERS.into_iter().find(|reader| reader.name == name)
}

/// The format that an extension stands for, in any case.
pub(super) fn by_extension(extension: Option<&OsStr>) -> Option<&'static Reader> {
    let extension = extension?.to_str()?.to_ascii_lowercase();
    READERS
        .into_iter()
        .find(|reader| reader.extensions.contains(&extension.as_str()))
}

/// The format that first bytes are of.
pub(super) fn by_content(head: &Head) -> Option<&'static Reader> {
    READERS.into_iter().find(|reader| (reader.detect)(head))
}

/// Whether an extension is that of many kinds of files, and says nothing of what is in one.
pub(super) fn is_vague(extension: Option<&OsStr>) -> bool {
    let Some(extension) = extension else {
        return false;
    };
    let mut vague = json::EXTENSIONS.iter();
    vague.any(|vague| extension.eq_ignore_ascii_case(vague))
}

/// Whether a format's positions have fields that users can name; others have tracks of their own.
pub(super) fn has_columns(reader: &Reader) -> bool {
    let with = [
        &csv::READER,
        &plain::READER,
        &geojson::READER,
        &points::READER,
        &shp::READER,
        &sqlite::READER,
        &parquet::READER,
        &flatgeobuf::READER,
    ];
    with.contains(&reader)
}

/// Whether a format has layers that users can name, and answers queries.
pub(super) fn has_layers(reader: &Reader) -> bool {
    reader == &sqlite::READER
}

/// Whether first bytes can only be those of a format that is read.
pub(super) fn is_certain(head: &Head) -> bool {
    let mut readers = READERS.into_iter();
    readers.any(|reader| reader.certain && (reader.detect)(head))
}

/// Whether files with an extension belong to others.
pub(super) fn is_companion(extension: Option<&OsStr>) -> bool {
    let Some(extension) = extension else {
        return false;
    };
    let companions = READERS.iter().flat_map(|reader| reader.companions);
    companions
        .into_iter()
        .any(|companion| extension.eq_ignore_ascii_case(companion))
}

/// The format of a file, or else what it is that no reader takes. Its name counts, unless its first
/// bytes are those of something else that is no text of numbers.
pub(super) fn of(extension: Option<&OsStr>, head: &Head) -> Result<&'static Reader, String> {
    if let Some(kind) = shp::part(extension) {
        return Err(kind.to_owned());
    }
    let named = by_extension(extension);
    let certain = |reader: &&'static Reader| reader.certain && (reader.detect)(head);
    let mut sure = READERS.into_iter().filter(certain);
    if let Some(named) = named.filter(certain).filter(|_| !is_vague(extension)) {
        return Ok(named);
    }
    if let Some(found) = sure.next() {
        return Ok(found);
    }
    if let Some(kind) = known_files::of(head) {
        // A server's words may stand before the document that was asked for.
        return match named.filter(|named| comes_later(named, head)) {
            Some(named) => Ok(named),
            None => Err(kind.to_owned()),
        };
    }
    let is_xml = head
        .text()
        .is_some_and(|text| text.trim_ascii_start().starts_with(b"<"));
    match named {
        Some(reader) if reader.places == Places::DegreesOnly || !is_xml => Ok(reader),
        _ => known_files::by_extension(extension).map_or_else(
            || by_content(head).ok_or_else(|| unknown(head)),
            |kind| Err(kind.to_owned()),
        ),
    }
}

/// Whether a document of XML begins somewhere in the first bytes.
fn comes_later(reader: &Reader, head: &Head) -> bool {
    let root = format!("<{}", reader.name);
    reader.certain && memchr::memmem::find(head.bytes(), root.as_bytes()).is_some()
}

/// What a file is that no reader takes.
fn unknown(head: &Head) -> String {
    match head.text().map(|text| xml::root(&text)) {
        Some(Root::Element(name)) => xml::described(&name),
        _ => "binary data, and not a shapefile".to_owned(),
    }
}

/// What can be read, the simplest first: "text, CSV, …, GPX and shapefiles".
pub(super) fn titles() -> String {
    let mut titles: Vec<_> = READERS.iter().rev().map(|reader| reader.title).collect();
    let last = titles.pop().unwrap_or_default();
    format!("{} and {last}", titles.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(reader: Option<&Reader>) -> Option<&str> {
        reader.map(|reader| reader.name)
    }

    #[test]
    fn extensions_count_in_any_case() {
        for (extension, expected) in [
            ("CSV", Some("csv")),
            ("tsv", Some("csv")),
            ("Gpx", Some("gpx")),
            ("shp", Some("shp")),
            ("txt", None),
            ("dat", None),
            ("kml", Some("kml")),
            ("KMZ", Some("kml")),
            ("json", Some("geojson")),
            ("xml", None),
        ] {
            assert_eq!(
                name(by_extension(Some(OsStr::new(extension)))),
                expected,
                "{extension}"
            );
        }
        assert_eq!(by_extension(None), None);
        assert!(is_companion(Some(OsStr::new("DBF"))) && !is_companion(Some(OsStr::new("csv"))));
    }

    #[test]
    fn first_bytes_tell_the_format() {
        for (head, expected) in [
            (Head::from(b"\0\0\x27\x0a\0\0"), Some("shp")),
            (Head::from(b"\x89PNG\r\n\x1a\n\0\0"), Some("photo")),
            (
                Head::from(b"\xef\xbb\xbf<?xml version='1.0'?><gpx"),
                Some("gpx"),
            ),
            (
                Head::from(b"\xef\xbb\xbf<?xml version='1.0'?>"),
                Some("gpx"),
            ),
            (
                Head::from(b"<?xml version='1.0'?>\n<!-- <kml> --><x:gpx a='b'>"),
                Some("gpx"),
            ),
            (
                Head::from(b"<?xml version='1.0'?><kml xmlns='x'>"),
                Some("kml"),
            ),
            (Head::from(b"  <TrainingCenterDatabase>"), Some("tcx")),
            (Head::from(b"<svg>"), None),
            (Head::from(b"\x0e\x10d\x08\0\0\0\0.FIT"), Some("fit")),
            (Head::from(b"junk\n$GPGGA,123519,4807"), Some("nmea")),
            (Head::from(b"AXXX001\r\nHFDTE160701\r\n"), Some("igc")),
            (
                Head::from(b"\x1e{\"geometry\":{\"coordinates\":[1,2"),
                Some("geojson"),
            ),
            (Head::from(b" \n<gpx>"), Some("gpx")),
            (Head::from(b"# note, with a comma\n\n1 2\n"), Some("plain")),
            (Head::from(b"1\t2\t3\n"), Some("plain")),
            (Head::from(b"lat\tlon\n1\t2\n"), Some("csv")),
            (Head::from(b"lat,lon\r\n1,2\r\n"), Some("csv")),
            (Head::from(b"1,2\n"), Some("csv")),
            (Head::from(b"1, 2\n"), Some("csv")),
            (Head::from(b"1,5;2,5\n"), Some("csv")),
            (
                Head::from(b"\xff\xfel\0a\0t\0,\0l\0o\0n\0\n\0"),
                Some("csv"),
            ),
            (Head::from(b"\xfe\xff\x001\x00 \x002\x00\n"), Some("plain")),
            (Head::from(b"hello"), Some("plain")),
            (Head::from(b""), Some("plain")),
        ] {
            assert_eq!(
                name(by_content(&head)),
                expected,
                "{}",
                head.bytes().escape_ascii()
            );
        }
    }

    #[test]
    fn what_no_reader_takes_is_named() {
        let fact = |head: Head| unknown(&head);
        assert_eq!(
            fact(Head::from(b"<?xml version='1.0'?><svg>")),
            "an SVG picture"
        );
        assert_eq!(fact(Head::from(b"<a:b>")), "XML that begins with <b>");
        assert_eq!(
            fact(Head::from(b"a\0b")),
            "binary data, and not a shapefile"
        );
        assert!(titles().starts_with("text, CSV, ") && titles().ends_with(" and shapefiles"));
    }

    #[test]
    fn the_documents_table_is_this_one() {
        let document = include_str!("../../docs/formats.md");
        for reader in READERS {
            let extensions: Vec<_> = reader
                .extensions
                .iter()
                .map(|extension| format!("`.{extension}`"))
                .collect();
            let places = match reader.places {
                Places::Any => "degrees, or x and y",
                Places::DegreesOnly => "degrees",
            };
            let row = format!(
                "| `{}` | {} | {places} |",
                reader.name,
                if extensions.is_empty() {
                    let other = if reader.name == cells::NAME {
                        "none: it has to be named"
                    } else if reader.certain {
                        "by its content"
                    } else {
                        "any other"
                    };
                    other.to_owned()
                } else {
                    extensions.join(" ")
                }
            );
            assert!(
                document.contains(&row),
                "docs/formats.md should have the row\n{row}"
            );
        }
        let rows = document.lines().filter(|line| {
            line.ends_with("| degrees, or x and y |") || line.ends_with("| degrees |")
        });
        assert_eq!(rows.count(), READERS.len());
    }
}
