//! `PMTiles` archive, version 3, written in one stream: all tiles of a pyramid in one file that a
//! web server hands out in parts (<https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md>).
//!
//! Tiles come in the order of their numbers and are written as they come, so the archive is
//! clustered without being sorted. The first 16 KiB, which readers get at once, are left free for
//! what is known at the end alone: the header, the root directory and, if it has room, the
//! metadata. Leaf directories lie behind the tiles.

mod read;

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

pub use self::read::Pmtiles;
use super::TileWriter;
use super::about::About;
use super::distinct::Distinct;
use crate::geo::{Bounds, TileId};

/// How a file of this kind begins: its name and its version.
const MAGIC: &[u8; 8] = b"PMTiles\x03";
/// Bytes of the header.
const HEADER: usize = 127;
/// Where the root directory has to end.
const HEAD: usize = 1 << 14;
/// Entries of the smallest leaf directory.
const LEAF: usize = 1 << 12;

/// Tiles of consecutive numbers with the same bytes, or a leaf directory when there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    number: u64,
    run: u32,
    offset: u64,
    length: u32,
}

/// Where bytes are, from the beginning of the tiles.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    offset: u64,
    length: u32,
}

/// An archive that is being written.
#[derive(Debug)]
pub struct PmtilesWriter {
    file: BufWriter<File>,
    entries: Vec<Entry>,
    distinct: Distinct<Place>,
    /// Bytes of tiles.
    length: u64,
    /// Tiles.
    tiles: u64,
}

impl PmtilesWriter {
    /// Begins to write into an empty file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).open(path)?;
        let mut file = BufWriter::with_capacity(1 << 18, file);
        file.write_all(&[0; HEAD])?;
        Ok(Self {
            file,
            entries: Vec::new(),
            distinct: Distinct::default(),
            length: 0,
            tiles: 0,
        })
    }
}

/// Whether a file is such an archive.
pub fn is_one(path: &Path) -> io::Result<bool> {
    let mut magic = Vec::new();
    File::open(path)?
        .take(MAGIC.len() as u64)
        .read_to_end(&mut magic)?;
    Ok(magic == MAGIC)
}

impl TileWriter for PmtilesWriter {
    fn put(&mut self, tile: TileId, bytes: &[u8]) -> io::Result<()> {
        let number = tile
            .number()
            .ok_or_else(|| io::Error::other("a tile without a number"))?;
        let (file, offset) = (&mut self.file, &mut self.length);
        let place = self.distinct.place(bytes, || {
            let place = Place {
                offset: *offset,
                length: u32::try_from(bytes.len()).map_err(io::Error::other)?,
            };
            file.write_all(bytes)?;
            *offset += u64::from(place.length);
            io::Result::Ok(place)
        })?;
        self.tiles += 1;
        match self.entries.last_mut() {
            Some(last) if number < last.number + u64::from(last.run) => {
                Err(io::Error::other("tiles out of order"))
            }
            Some(last)
                if number == last.number + u64::from(last.run) && last.offset == place.offset =>
            {
                last.run += 1;
                Ok(())
            }
            _ => {
                self.entries.push(Entry {
                    number,
                    run: 1,
                    offset: place.offset,
                    length: place.length,
                });
                Ok(())
            }
        }
    }

    fn finish(mut self: Box<Self>, about: &About) -> io::Result<()> {
        let (root, leaves) = directories(&self.entries)?;
        let metadata = zipped(about.tile_json(None).to_string().as_bytes())?;
        let mut end = HEAD as u64 + self.length;
        let metadata_at = if HEADER + root.len() + metadata.len() <= HEAD {
            (HEADER + root.len()) as u64
        } else {
            self.file.write_all(&metadata)?;
            end += metadata.len() as u64;
            end - metadata.len() as u64
        };
        self.file.write_all(&leaves)?;
        let sections = [
            (HEADER as u64, root.len() as u64),
            (metadata_at, metadata.len() as u64),
            (end, leaves.len() as u64),
            (HEAD as u64, self.length),
        ];
        let counts = [
            self.tiles,
            self.entries.len() as u64,
            self.distinct.len() as u64,
        ];
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header(sections, counts, about))?;
        self.file.write_all(&root)?;
        if metadata_at < HEAD as u64 {
            self.file.write_all(&metadata)?;
        }
        self.file.flush()
    }
}

/// The header: where what lies and how long it is, how much there is, and what it shows.
fn header(sections: [(u64, u64); 4], counts: [u64; 3], about: &About) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    let numbers = sections
        .iter()
        .flat_map(|&(at, length)| [at, length])
        .chain(counts);
    header.extend(numbers.flat_map(u64::to_le_bytes));
    let (clustered, gzip, uncompressed, png) = (1, 2, 1, 2);
    header.extend([clustered, gzip, uncompressed, png]);
    header.extend([*about.zooms.start(), *about.zooms.end()]);
    let degrees = |degrees: f64| ((degrees * 1e7).round() as i32).to_le_bytes();
    let Bounds {
        south,
        west,
        north,
        east,
    } = about.bounds;
    header.extend([west, south, east, north].into_iter().flat_map(degrees));
    let (x, y, zoom) = about.centre();
    header.push(zoom);
    header.extend([x, y].into_iter().flat_map(degrees));
    debug_assert_eq!(header.len(), HEADER);
    header
}

/// The root directory and, if it would be too long, leaves that it leads to.
fn directories(entries: &[Entry]) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let root = directory(entries)?;
    if HEADER + root.len() <= HEAD {
        return Ok((root, Vec::new()));
    }
    let mut size = LEAF;
    loop {
        let (mut roots, mut leaves) = (Vec::new(), Vec::new());
        for entries in entries.chunks(size) {
            let leaf = directory(entries)?;
            roots.push(Entry {
                number: entries[0].number,
                run: 0,
                offset: leaves.len() as u64,
                length: u32::try_from(leaf.len()).map_err(io::Error::other)?,
            });
            leaves.extend(leaf);
        }
        let root = directory(&roots)?;
        if HEADER + root.len() <= HEAD {
            return Ok((root, leaves));
        }
        size *= 2;
    }
}

/// Entries column by column, as differences where these are smaller.
fn directory(entries: &[Entry]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    varint(&mut bytes, entries.len() as u64);
    let mut last = 0;
    for entry in entries {
        varint(&mut bytes, entry.number - last);
        last = entry.number;
    }
    for entry in entries {
        varint(&mut bytes, entry.run.into());
    }
    for entry in entries {
        varint(&mut bytes, entry.length.into());
    }
    let mut next = None;
    for entry in entries {
        // 0 is where the one before ends.
        let follows = next == Some(entry.offset);
        varint(&mut bytes, if follows { 0 } else { entry.offset + 1 });
        next = Some(entry.offset + u64::from(entry.length));
    }
    zipped(&bytes)
}

/// LEB128.
fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn zipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Tiles whose lengths say nothing of those that follow, so that a directory is as long as can
    /// be; of four of them two are alike.
    fn tile(number: u64) -> Vec<u8> {
        let kind = number / 4 * 4 + (number % 4).max(1);
        let mixed = kind.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let length = 8 + (mixed >> 32) % 241;
        let bytes = kind.to_le_bytes().into_iter().cycle();
        bytes.take(length as usize).collect()
    }

    fn written(numbers: impl Iterator<Item = u64>) -> (tempfile::NamedTempFile, Pmtiles) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = Box::new(PmtilesWriter::create(file.path()).unwrap());
        for number in numbers {
            let at = TileId::of_number(number).unwrap();
            writer.put(at, &tile(number)).unwrap();
        }
        let about = About {
            name: "many".to_owned(),
            description: String::new(),
            attribution: None,
            zooms: 0..=8,
            bounds: Bounds {
                south: -80.0,
                west: -170.0,
                north: 80.0,
                east: 170.0,
            },
            side: 256,
            scales: BTreeMap::new(),
        };
        writer.finish(&about).unwrap();
        let archive = Pmtiles::open(file.path()).unwrap();
        (file, archive)
    }

    #[test]
    fn more_tiles_than_one_directory_holds_lie_behind_leaves_and_all_are_found() {
        for count in [100, 30_000] {
            let (file, mut archive) = written(0..count);
            assert!(is_one(file.path()).unwrap());
            let runs: Vec<_> = archive.runs().collect();
            assert_eq!(runs.len() as u64, count / 4 * 3);
            let mut next = 0;
            for (numbers, place) in runs {
                assert_eq!(numbers.start, next);
                next = numbers.end;
                let bytes = archive.bytes(place).unwrap();
                assert!(numbers.into_iter().all(|number| bytes == tile(number)));
            }
            assert_eq!(next, count);
            // A reader gets this much at once, and the root directory with it.
            let head = std::fs::read(file.path()).unwrap();
            let of = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
            assert!(of(8) + of(16) <= HEAD as u64);
            assert_eq!(of(48) > 0, count > 10_000, "leaves");
        }
    }

    #[test]
    fn tiles_out_of_order_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = PmtilesWriter::create(file.path()).unwrap();
        let mut put = |number| writer.put(TileId::of_number(number).unwrap(), &tile(number));
        put(7).unwrap();
        assert!(put(6).is_err());
    }
}
