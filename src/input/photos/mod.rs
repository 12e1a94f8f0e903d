//! Photos: where and when they were taken, by EXIF, in JPEG, HEIC, AVIF, PNG, WebP, TIFF and the
//! raw formats of cameras; or else by XMP, in JPEG, PNG and WebP.
//!
//! Of a file only its metadata is read, wherever it stands: `container` seeks for it, and no more
//! than some megabytes are looked at. The crate kamadak-exif makes fields of it. A picture without
//! a place may have a description by Google Photos beside it that has one (`sidecar`); one with
//! neither is counted, for most collections have some.

mod container;
mod sidecar;
mod tiff;
mod xmp;

use std::fmt;

use exif::{Exif, In, Rational, Tag, Value};

pub(super) use self::sidecar::is_sidecar;
use super::opened::Opened;
use super::reader::{Places, Reader};
use super::{Oddity, Sink, time};
use crate::error::Result;
use crate::geo::{Coord, Crs, Shape, Time};

pub(super) static READER: Reader = Reader {
    name: "photo",
    title: "photos",
    extensions: &[
        "jpg", "jpeg", "jpe", "heic", "heif", "hif", "avif", "png", "webp", "tif", "tiff", "dng",
        "cr2", "cr3", "nef", "nrw", "arw", "sr2", "orf", "rw2", "raf", "pef", "srw", "3fr", "iiq",
    ],
    companions: &[],
    detect: |head| container::of(head).is_some(),
    certain: true,
    places: Places::DegreesOnly,
    read,
};

/// Reads the place of a photo.
fn read(opened: Opened<'_>, _: &super::Options, sink: &mut Sink) -> Result<()> {
    sink.record();
    let neighbours = opened.neighbours();
    let photo = container::photo(opened).unwrap_or_else(|fault| Photo {
        fault: Some(fault),
        ..Photo::default()
    });
    if photo.place.is_some() {
        return photo.deliver(sink);
    }
    let described = sidecar::beside(&neighbours).map_err(|reason| sink.error(None, reason))?;
    match described {
        Some(described) => photo.or(described).deliver(sink),
        None => photo.deliver(sink),
    }
}

/// What is known of a photo.
#[derive(Debug, Default)]
struct Photo {
    place: Option<Place>,
    taken: Option<Taken>,
    /// Why nothing is known of it, if its metadata is broken.
    fault: Option<Fault>,
}

/// Where a photo was taken.
#[derive(Debug)]
struct Place {
    lat: f64,
    lon: f64,
    /// Nothing says on which side of the equator or of Greenwich.
    guessed: bool,
}

/// When a photo was taken.
#[derive(Debug)]
enum Taken {
    At(Time),
    /// By a clock of which nobody knows the zone: it counts as UTC.
    ByLocalTime(Time),
    /// What cannot be understood.
    Unknown(String),
}

/// Why the metadata of a photo cannot be read.
#[derive(Debug)]
struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the metadata of this photo cannot be read: {}", self.0)
    }
}

impl Photo {
    fn of(exif: &Exif) -> Self {
        Self {
            place: place(exif),
            taken: taken(exif),
            fault: None,
        }
    }

    /// The same with what a description adds.
    fn or(self, other: Self) -> Self {
        Self {
            fault: self.fault.filter(|_| other.place.is_none()),
            place: self.place.or(other.place),
            taken: self.taken.or(other.taken),
        }
    }

    fn deliver(self, sink: &mut Sink) -> Result<()> {
        let Some(place) = &self.place else {
            return match self.fault {
                Some(fault) => sink.odd_because(Oddity::BrokenPhoto, None, fault),
                None => sink.odd(Oddity::PhotoWithoutPlace, None),
            };
        };
        let at = match Crs::Wgs84.place(place.lon, place.lat) {
            Ok(at) => at,
            Err(fault) => return sink.skip(None, fault),
        };
        if place.guessed {
            sink.odd(Oddity::NoHemisphere, None)?;
        }
        let time = self.time(sink)?;
        sink.point(Shape::point(at).when(time), None)
    }

    fn time(&self, sink: &mut Sink) -> Result<Option<Time>> {
        if !sink.manner().times {
            return Ok(None);
        }
        match &self.taken {
            None => Ok(None),
            Some(Taken::At(time)) => Ok(Some(*time)),
            Some(Taken::ByLocalTime(time)) => {
                if sink.minds_zones() {
                    sink.zoned(false, None)?;
                } else {
                    sink.odd(Oddity::LocalTime, None)?;
                }
                Ok(Some(*time))
            }
            Some(Taken::Unknown(text)) => {
                let shown = super::fields::quoted(text.as_bytes());
                sink.bad_time(None, format_args!("time {shown} is not known"))?;
                Ok(None)
            }
        }
    }
}

fn field(exif: &Exif, tag: Tag) -> Option<&Value> {
    exif.get_field(tag, In::PRIMARY).map(|field| &field.value)
}

fn place(exif: &Exif) -> Option<Place> {
    let lat = degrees(field(exif, Tag::GPSLatitude)?)?;
    let lon = degrees(field(exif, Tag::GPSLongitude)?)?;
    let lat_sign = field(exif, Tag::GPSLatitudeRef).and_then(|value| sign(value, *b"NS"));
    let lon_sign = field(exif, Tag::GPSLongitudeRef).and_then(|value| sign(value, *b"EW"));
    let signed = |number: f64, sign: Option<f64>| sign.map_or(number, |sign| number.abs() * sign);
    Some(Place {
        lat: signed(lat, lat_sign),
        lon: signed(lon, lon_sign),
        guessed: lat_sign.is_none() || lon_sign.is_none(),
    })
}

/// Degrees, minutes and seconds; some writers put all of it into the degrees. What lacks a
/// denominator is nothing, and without degrees there is no number.
fn degrees(value: &Value) -> Option<f64> {
    let parts: Vec<f64> = match value {
        Value::Rational(parts) => parts.iter().map(Rational::to_f64).collect(),
        Value::SRational(parts) => parts.iter().map(exif::SRational::to_f64).collect(),
        Value::Float(parts) => parts.iter().copied().map(f64::from).collect(),
        Value::Double(parts) => parts.clone(),
        _ => return None,
    };
    let (first, smaller) = parts.split_first()?;
    let known = |part: &f64| if part.is_nan() { 0.0 } else { *part };
    let minutes = smaller.first().map_or(0.0, known) + smaller.get(1).map_or(0.0, known) / 60.0;
    let sum = first.abs() + minutes / 60.0;
    sum.is_finite().then(|| sum.copysign(*first))
}

/// The sign that a letter stands for.
fn sign(value: &Value, [positive, negative]: [u8; 2]) -> Option<f64> {
    match text(value)?.first()?.to_ascii_uppercase() {
        letter if letter == positive => Some(1.0),
        letter if letter == negative => Some(-1.0),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Ascii(lines) => lines.first().map(|line| line.trim_ascii()),
        _ => None,
    }
}

/// When the shutter was released, or else when the picture was made digital, by the camera's clock
/// and its zone; or else the time of the satellites, or that of the last change.
fn taken(exif: &Exif) -> Option<Taken> {
    let by_clock = |clock: Tag, zone: Tag| {
        let clock = text(field(exif, clock)?).filter(|clock| is_filled(clock))?;
        let zone = field(exif, zone).and_then(text).unwrap_or_default();
        Some(moment(clock, zone))
    };
    by_clock(Tag::DateTimeOriginal, Tag::OffsetTimeOriginal)
        .or_else(|| by_clock(Tag::DateTimeDigitized, Tag::OffsetTimeDigitized))
        .or_else(|| by_satellites(exif))
        .or_else(|| by_clock(Tag::DateTime, Tag::OffsetTime))
}

/// Cameras without the time write blanks or zeros.
fn is_filled(clock: &[u8]) -> bool {
    clock.iter().any(|byte| matches!(byte, b'1'..=b'9'))
}

fn moment(clock: &[u8], zone: &[u8]) -> Taken {
    let written = iso(clock);
    let zoned = [&written[..], zone].concat();
    let has_zone = !zone.is_empty() || has_zone(clock);
    let known = has_zone.then(|| time::parse(&zoned)).flatten();
    match (known, time::parse(&written)) {
        (Some(time), _) => Taken::At(time),
        (None, Some(time)) => Taken::ByLocalTime(time),
        (None, None) => Taken::Unknown(String::from_utf8_lossy(clock).into_owned()),
    }
}

/// Whether a zone follows the time of day.
fn has_zone(clock: &[u8]) -> bool {
    let behind = clock.get(11..).unwrap_or_default();
    behind.iter().any(|byte| matches!(byte, b'Z' | b'+' | b'-'))
}

/// `2005:08:13 09:47:23` as others write it.
fn iso(clock: &[u8]) -> Vec<u8> {
    let dashed = |(at, &byte): (usize, &u8)| if at < 10 && byte == b':' { b'-' } else { byte };
    clock.iter().enumerate().map(dashed).collect()
}

fn by_satellites(exif: &Exif) -> Option<Taken> {
    let day = text(field(exif, Tag::GPSDateStamp)?).filter(|day| is_filled(day))?;
    let Value::Rational(clock) = field(exif, Tag::GPSTimeStamp)? else {
        return None;
    };
    let part = |at: usize| clock.get(at).map_or(0.0, Rational::to_f64);
    let clock = format!("{:02}:{:02}:{:06.3}Z", part(0), part(1), part(2));
    time::parse(&[&iso(day)[..], b"T", clock.as_bytes()].concat()).map(Taken::At)
}

/// A place that a description names, where 0, 0 is none.
fn described(lat: f64, lon: f64) -> Option<Place> {
    let is_place = (lat != 0.0 || lon != 0.0) && Coord::lat_lon(lat, lon).is_ok();
    is_place.then_some(Place {
        lat,
        lon,
        guessed: false,
    })
}

#[cfg(test)]
mod tests;
