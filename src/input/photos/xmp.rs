//! XMP of photos: place and time in the RDF that editors of pictures write, where EXIF has none.
//!
//! Of a packet only some properties are of interest, each of one text, which stands in an attribute
//! or in an element of the same name. They are looked for by name: whatever else a packet is, its
//! writers agree on these.

use memchr::memmem;

use super::{Photo, Place, Taken, moment};
use crate::input::float;

/// How the segment of a JPEG begins that holds a packet.
pub(super) const IN_JPEG: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// How the text of a PNG begins that holds one, uncompressed and in no language.
pub(super) const IN_PNG: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";
/// The longest value that is looked at.
const LONGEST: usize = 64;

/// What a packet says of a photo.
pub(super) fn photo(packet: &[u8]) -> Photo {
    let names = [
        "DateTimeOriginal",
        "DateCreated",
        "DateTimeDigitized",
        "CreateDate",
    ];
    Photo {
        place: place(packet),
        taken: names.into_iter().find_map(|name| taken(packet, name)),
        fault: None,
    }
}

fn place(packet: &[u8]) -> Option<Place> {
    Some(Place {
        lat: degrees(property(packet, "GPSLatitude")?, *b"NS")?,
        lon: degrees(property(packet, "GPSLongitude")?, *b"EW")?,
        guessed: false,
    })
}

fn taken(packet: &[u8], name: &str) -> Option<Taken> {
    let text = property(packet, name).filter(|text| !text.is_empty())?;
    Some(moment(text.as_bytes(), b""))
}

/// The text of a property, in an attribute or an element.
fn property<'a>(packet: &'a [u8], name: &str) -> Option<&'a str> {
    let found = memmem::find_iter(packet, name).find_map(|at| {
        let is_whole = at > 0 && packet[at - 1] == b':';
        let (&mark, value) = packet[at + name.len()..].trim_ascii_start().split_first()?;
        let (end, value) = match mark {
            b'>' => (b'<', value),
            b'=' => {
                let (&quote, value) = value.trim_ascii_start().split_first()?;
                (quote, value)
            }
            _ => return None,
        };
        let value = &value[..value.len().min(LONGEST)];
        let length = memchr::memchr(end, value)?;
        is_whole.then(|| &value[..length])
    });
    std::str::from_utf8(found?.trim_ascii()).ok()
}

/// `DDD,MM,SSk` or `DDD,MM.mmk`, where k is the letter of a hemisphere.
fn degrees(text: &str, [positive, negative]: [u8; 2]) -> Option<f64> {
    let (&letter, numbers) = text.as_bytes().split_last()?;
    let sign = match letter.to_ascii_uppercase() {
        letter if letter == positive => 1.0,
        letter if letter == negative => -1.0,
        _ => return None,
    };
    let mut parts = numbers.splitn(3, |&byte| byte == b',');
    let mut part = || {
        let part = parts.next().map_or(Some(0.0), float::parse);
        part.filter(|part: &f64| *part >= 0.0)
    };
    let (degrees, minutes, seconds) = (part()?, part()?, part()?);
    Some(sign * (degrees + minutes / 60.0 + seconds / 3600.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_attributes_and_in_elements() {
        for packet in [
            "<rdf:Description exif:GPSLatitude=\"48,30.6N\" exif:GPSLongitude='2,15,18W'/>",
            "<exif:GPSLatitude>48,30,36N</exif:GPSLatitude><exif:GPSLongitude> 2,15.3w </exif:GPSLongitude>",
            "exif:GPSLatitudeRef=\"N\" exif:GPSLatitude = \"48.51N\" exif:GPSLongitude=\"2.255W\"",
        ] {
            let place = photo(packet.as_bytes())
                .place
                .unwrap_or_else(|| panic!("{packet}"));
            assert!((place.lat - 48.51).abs() < 1e-9, "{packet}: {}", place.lat);
            assert!((place.lon + 2.255).abs() < 1e-9, "{packet}: {}", place.lon);
        }
        for packet in [
            "",
            "exif:GPSLatitude=\"48,30.6N\"",
            "exif:GPSLatitude=\"48,30.6\" exif:GPSLongitude=\"2,15W\"",
            "exif:GPSLatitude=\"-48,30.6N\" exif:GPSLongitude=\"2,15W\"",
            "exif:GPSLatitude=\"48,30.6N exif:GPSLongitude=",
            "GPSLatitude=\"48,30.6N\" GPSLongitude=\"2,15W\"",
        ] {
            assert!(photo(packet.as_bytes()).place.is_none(), "{packet}");
        }
    }

    #[test]
    fn the_time_of_the_shutter_counts_before_that_of_the_file() {
        let packet =
            "xmp:CreateDate=\"2026-01-01\" exif:DateTimeOriginal=\"2024-05-01T12:00:00+02:00\"";
        let taken = photo(packet.as_bytes()).taken;
        assert!(matches!(taken, Some(Taken::At(time)) if time.milliseconds() == 1_714_557_600_000));
    }
}
