//! Excerpts of TIFF files: their directories of EXIF and GPS tags, copied into a small TIFF.
//!
//! Raw pictures of cameras are TIFF files of tens of megabytes, and a directory may be anywhere in
//! them. The crate that understands tags wants all of a TIFF in memory, so it is given this.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

/// How a TIFF begins, and how those begin that Olympus and Panasonic make of it.
const BEGINNINGS: [&[u8; 4]; 6] = [b"II*\0", b"MM\0*", b"IIRO", b"IIRS", b"MMOR", b"IIU\0"];
const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;
/// The time of the last change, which stands in the first directory.
const CHANGED: u16 = 0x0132;
/// The type of a number of four bytes.
const LONG: u16 = 4;
/// The longest value that is copied: a place, a time and a letter are short.
const LONGEST: u64 = 1024;

/// Whether bytes are the beginning of a TIFF.
pub(super) fn begins(bytes: &[u8]) -> bool {
    BEGINNINGS
        .iter()
        .any(|beginning| bytes.starts_with(&beginning[..]))
}

/// The tags of a TIFF that say where and when; `None` if there are none.
pub(super) fn excerpt(source: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    let mut tiff = Tiff::open(source)?;
    let first = tiff.first()?;
    let find = |tag| first.iter().find(|entry| entry.tag == tag);
    let pointers = [EXIF, GPS].map(|tag| find(tag).map(|entry| tiff.order.long(&entry.value)));
    let [exif, gps] = pointers.map(|at| at.map_or(Ok(Vec::new()), |at| tiff.directory(at)));
    let order = tiff.order;
    let changed = first.into_iter().find(|entry| entry.tag == CHANGED);
    // A directory that is cut off takes nothing from the other one.
    Ok(written(order, changed, &exif.unwrap_or_default(), &gps?))
}

/// One TIFF of two, whose own tags are those of EXIF and of GPS.
pub(super) fn joined(exif: Option<&[u8]>, gps: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let tags = |block| {
        let mut source = Cursor::new(block);
        let mut tiff = Tiff::open(&mut source)?;
        Ok::<_, io::Error>((tiff.order, tiff.first()?))
    };
    let (order, gps) = tags(gps)?;
    let same = |(other, tags)| if other == order { tags } else { Vec::new() };
    let exif = exif.and_then(|exif| tags(exif).ok()).map(same);
    Ok(written(order, None, &exif.unwrap_or_default(), &gps))
}

/// The order of the bytes of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn short(self, bytes: &[u8]) -> u16 {
        let bytes = bytes.first_chunk().copied().unwrap_or_default();
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    fn long(self, bytes: &[u8]) -> u32 {
        let bytes = bytes.first_chunk().copied().unwrap_or_default();
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    fn short_bytes(self, number: u16) -> [u8; 2] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    fn long_bytes(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}

/// A tag of a directory, with its value.
struct Entry {
    tag: u16,
    /// The type of its numbers.
    numbers: u16,
    count: u32,
    value: Vec<u8>,
}

/// How many bytes a number of a type takes.
fn width(numbers: u16) -> Option<u64> {
    match numbers {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 => Some(8),
        _ => None,
    }
}

/// A TIFF that is sought through.
struct Tiff<'a, S> {
    source: &'a mut S,
    order: Order,
}

impl<'a, S: Read + Seek> Tiff<'a, S> {
    fn open(source: &'a mut S) -> io::Result<Self> {
        let mut order = [0; 2];
        source.rewind()?;
        source.read_exact(&mut order)?;
        let order = if &order == b"MM" {
            Order::Big
        } else {
            Order::Little
        };
        Ok(Self { source, order })
    }

    fn first(&mut self) -> io::Result<Vec<Entry>> {
        let at = self.at(4, 4)?;
        self.directory(self.order.long(&at))
    }

    fn at(&mut self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.source.seek(SeekFrom::Start(at))?;
        let read = self.source.take(length).read_to_end(&mut bytes)?;
        if (read as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    /// The tags of a directory that have short values.
    fn directory(&mut self, at: u32) -> io::Result<Vec<Entry>> {
        let at = u64::from(at);
        let count = self.order.short(&self.at(at, 2)?);
        let entries = self.at(at + 2, u64::from(count) * 12)?;
        let entries = entries.chunks_exact(12).map(|entry| self.entry(entry));
        Ok(entries.filter_map(io::Result::ok).flatten().collect())
    }

    fn entry(&mut self, entry: &[u8]) -> io::Result<Option<Entry>> {
        let (numbers, count) = (self.order.short(&entry[2..]), self.order.long(&entry[4..]));
        let length = width(numbers).map(|width| width * u64::from(count));
        let Some(length) = length.filter(|&length| length <= LONGEST) else {
            return Ok(None);
        };
        let value = if length <= 4 {
            entry[8..].to_vec()
        } else {
            self.at(self.order.long(&entry[8..]).into(), length)?
        };
        Ok(Some(Entry {
            tag: self.order.short(entry),
            numbers,
            count,
            value,
        }))
    }
}

/// A TIFF of two directories, and of a tag of its own.
fn written(order: Order, changed: Option<Entry>, exif: &[Entry], gps: &[Entry]) -> Option<Vec<u8>> {
    if exif.is_empty() && gps.is_empty() {
        return None;
    }
    let mut tiff = match order {
        Order::Little => b"II*\0\0\0\0\0".to_vec(),
        Order::Big => b"MM\0*\0\0\0\0".to_vec(),
    };
    let pointers = [(EXIF, exif), (GPS, gps)].map(|(tag, entries)| Entry {
        tag,
        numbers: LONG,
        count: 1,
        value: order.long_bytes(append(&mut tiff, order, entries)).to_vec(),
    });
    let tags: Vec<_> = changed.into_iter().chain(pointers).collect();
    let first = append(&mut tiff, order, &tags);
    tiff[4..8].copy_from_slice(&order.long_bytes(first));
    Some(tiff)
}

/// Appends a directory, the values behind it, and tells where it is.
fn append(tiff: &mut Vec<u8>, order: Order, entries: &[Entry]) -> u32 {
    let at = tiff.len();
    let mut values_at = at + 2 + entries.len() * 12 + 4;
    let mut values: Vec<u8> = Vec::new();
    tiff.extend(order.short_bytes(entries.len() as u16));
    for entry in entries {
        tiff.extend(order.short_bytes(entry.tag));
        tiff.extend(order.short_bytes(entry.numbers));
        tiff.extend(order.long_bytes(entry.count));
        if let Ok(value) = <[u8; 4]>::try_from(&entry.value[..]) {
            tiff.extend(value);
        } else {
            tiff.extend(order.long_bytes(values_at as u32));
            values_at += entry.value.len();
            values.extend(&entry.value);
        }
    }
    tiff.extend([0; 4]);
    tiff.extend(values);
    at as u32
}
