//! Reader of `PMTiles` archives, version 3, in the order of their tiles' numbers, so that several
//! can be joined in one pass. Nothing in an archive is trusted: what it says is held to the length
//! of the file before anything is made of it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::{Entry, HEADER, MAGIC, Place};
use crate::error::{Error, Location, Result};
use crate::geo::{Bounds, TileId};
use crate::tileset::decode::MAX_BYTES;

/// Bytes of a directory, or of the metadata, unpacked.
const LONGEST: u64 = 1 << 28;
/// How deep directories may lie in one another.
const DEEPEST: usize = 3;

/// An archive of PNGs.
#[derive(Debug)]
pub struct Pmtiles {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
    /// Where tiles are, and how many bytes they have.
    tiles: (u64, u64),
    /// What it says of itself.
    pub metadata: Value,
    /// Its zooms.
    pub zooms: RangeInclusive<u8>,
    /// What is on its tiles.
    pub bounds: Bounds,
}

/// A section of a file.
type Section = (u64, u64);

impl Pmtiles {
    /// Opens an archive, and reads its directories.
    ///
    /// # Errors
    /// When there is none, or it is of other tiles than PNGs, or damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let input = |fact: &dyn fmt::Display| Error::input(Location::file(path), fact);
        let mut file = File::open(path).map_err(|error| input(&error))?;
        let length = file.metadata().map_err(|error| input(&error))?.len();
        let mut header = [0; HEADER];
        file.read_exact(&mut header)
            .map_err(|_| input(&"this is no PMTiles archive"))?;
        if header[..MAGIC.len()] != *MAGIC {
            return Err(input(&"this is no PMTiles archive of version 3"));
        }
        let section = |number: usize| {
            let (at, long) = (
                u64_at(&header, 8 + 16 * number),
                u64_at(&header, 16 + 16 * number),
            );
            let end = at.checked_add(long).filter(|end| *end <= length);
            end.map(|_| (at, long))
                .ok_or_else(|| input(&"the archive is cut off, or damaged"))
        };
        let [root, metadata, leaves, tiles] = [section(0)?, section(1)?, section(2)?, section(3)?];
        if header[99] != 2 || header[98] != 1 {
            return Err(input(&"its tiles are no PNGs"));
        }
        let is_packed = match header[97] {
            1 => false,
            2 => true,
            _ => {
                return Err(input(
                    &"its directories are packed in a way that is not known here",
                ));
            }
        };
        let mut directories = Directories {
            file,
            leaves,
            is_packed,
            entries: Vec::new(),
        };
        directories
            .read(root, DEEPEST)
            .map_err(|error| input(&error))?;
        check(&directories.entries, tiles.1).map_err(|fact| input(&fact))?;
        let metadata = directories
            .unpacked(metadata)
            .map_err(|error| input(&error))?;
        let metadata = serde_json::from_slice(&metadata)
            .map_err(|error| input(&format_args!("its metadata are no JSON: {error}")))?;
        let zooms = header[100]..=header[101];
        if zooms.is_empty() {
            let (lowest, highest) = zooms.into_inner();
            let fact = format_args!("its lowest zoom is {lowest}, and its highest {highest}");
            return Err(input(&fact));
        }
        let degrees = |at: usize| f64::from(i32_at(&header, at)) / 1e7;
        Ok(Self {
            path: path.to_owned(),
            file: directories.file,
            entries: directories.entries,
            tiles,
            metadata,
            zooms,
            bounds: Bounds {
                west: degrees(102),
                south: degrees(106),
                east: degrees(110),
                north: degrees(114),
            },
        })
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The numbers of tiles that follow one another and have the same bytes, and where those are.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = (std::ops::Range<u64>, Place)> + '_ {
        self.entries.iter().map(|entry| {
            let place = Place {
                offset: entry.offset,
                length: entry.length,
            };
            (entry.number..entry.number + u64::from(entry.run), place)
        })
    }

    /// The bytes of tiles.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn bytes(&mut self, place: Place) -> Result<Vec<u8>> {
        let mut bytes = vec![0; place.length as usize];
        let read = self
            .file
            .seek(SeekFrom::Start(self.tiles.0 + place.offset))
            .and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| Error::input(Location::file(&self.path), error))?;
        Ok(bytes)
    }
}

/// Directories that are being read.
struct Directories {
    file: File,
    leaves: Section,
    is_packed: bool,
    entries: Vec<Entry>,
}

impl Directories {
    fn read(&mut self, section: Section, deepest: usize) -> io::Result<()> {
        let bytes = self.unpacked(section)?;
        for entry in directory(&bytes).ok_or_else(|| damaged("a directory is damaged"))? {
            if entry.run > 0 {
                self.entries.push(entry);
                continue;
            }
            let end = entry.offset.checked_add(u64::from(entry.length));
            if deepest == 0 || end.is_none_or(|end| end > self.leaves.1) {
                return Err(damaged("a directory leads nowhere"));
            }
            let leaf = (self.leaves.0 + entry.offset, u64::from(entry.length));
            self.read(leaf, deepest - 1)?;
        }
        Ok(())
    }

    fn unpacked(&mut self, (at, length): Section) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(at))?;
        let packed = (&self.file).take(length);
        let mut bytes = Vec::new();
        if self.is_packed {
            MultiGzDecoder::new(packed)
                .take(LONGEST + 1)
                .read_to_end(&mut bytes)?;
        } else {
            packed.take(LONGEST + 1).read_to_end(&mut bytes)?;
        }
        if bytes.len() as u64 > LONGEST {
            return Err(damaged("a directory or the metadata are too large"));
        }
        Ok(bytes)
    }
}

fn damaged(fact: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fact)
}

fn u64_at(bytes: &[u8; HEADER], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn i32_at(bytes: &[u8; HEADER], at: usize) -> i32 {
    i32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

/// The entries of a directory, whose columns follow one another; nothing when it is damaged.
fn directory(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut rest = bytes;
    let count = usize::try_from(varint(&mut rest)?).ok()?;
    // Each has four numbers of a byte or more.
    if count > rest.len() / 4 {
        return None;
    }
    let mut entries = Vec::with_capacity(count);
    let mut number = 0_u64;
    for _ in 0..count {
        number = number.checked_add(varint(&mut rest)?)?;
        entries.push(Entry {
            number,
            run: 0,
            offset: 0,
            length: 0,
        });
    }
    for entry in &mut entries {
        entry.run = varint(&mut rest)?.try_into().ok()?;
    }
    for entry in &mut entries {
        entry.length = varint(&mut rest)?.try_into().ok()?;
    }
    let mut next = None;
    for entry in &mut entries {
        // 0 is where the one before ends.
        entry.offset = match (varint(&mut rest)?, next) {
            (0, next) => next?,
            (offset, _) => offset - 1,
        };
        next = entry.offset.checked_add(u64::from(entry.length));
    }
    Some(entries)
}

/// LEB128.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Makes sure that tiles are where they may be, in the order of their numbers.
fn check(entries: &[Entry], length: u64) -> Result<(), &'static str> {
    let mut free = 0;
    for entry in entries {
        let end = entry.number.checked_add(u64::from(entry.run));
        let last = end.and_then(|end| TileId::of_number(end - 1));
        if entry.number < free || last.is_none() {
            return Err("its tiles are out of order");
        }
        free = end.unwrap_or(u64::MAX);
        let end = entry.offset.checked_add(u64::from(entry.length));
        if end.is_none_or(|end| end > length) || entry.length as usize > MAX_BYTES {
            return Err("a tile lies beyond the end, or is too large");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_directories_are_none() {
        assert_eq!(directory(&[0]).unwrap(), []);
        let entry = Entry {
            number: 5,
            run: 1,
            offset: 0,
            length: 9,
        };
        assert_eq!(directory(&[1, 5, 1, 9, 1]).unwrap(), [entry]);
        // Cut off, more than there are bytes for, an offset after nothing, a number without an end.
        for bytes in [
            &[1, 5, 1, 9][..],
            &[200, 1, 1],
            &[1, 5, 1, 9, 0],
            &[0xff; 12],
        ] {
            assert_eq!(directory(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn tiles_are_where_they_may_be() {
        let entry = |number, run, offset, length| Entry {
            number,
            run,
            offset,
            length,
        };
        assert_eq!(check(&[entry(0, 1, 0, 5), entry(1, 3, 5, 5)], 10), Ok(()));
        for entries in [
            [entry(0, 2, 0, 5), entry(1, 1, 5, 5)],
            [entry(0, 1, 0, 5), entry(1, 1, 6, 5)],
            [entry(0, 1, 0, 5), entry(u64::MAX, 1, 5, 5)],
            [entry(0, 1, 0, 5), entry(1, 1, u64::MAX, 5)],
        ] {
            assert!(check(&entries, 10).is_err(), "{entries:?}");
        }
    }
}
