//! Containers of EXIF metadata: the block of it in each kind of picture file, found by seeking.
//!
//! The crate knows JPEG and HEIF as files should be read. PNG and WebP it reads from end to end,
//! and of TIFF it wants all in memory; so the chunks of the former are walked here, and of the
//! latter `tiff` makes an excerpt. CR3 and RAF, raw formats of Canon and Fuji, wrap a TIFF or a JPEG.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use exif::Exif;

use super::super::opened::{Head, Opened};
use super::{Fault, tiff};

/// The most that is read of a picture: metadata that is longer is none.
const LONGEST: u64 = 16 << 20;
/// The longest block of EXIF that is looked at.
const LONGEST_EXIF: u64 = 4 << 20;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const FUJI: &[u8] = b"FUJIFILMCCD-RAW ";
/// Where a raw file of Fuji's says where its JPEG is.
const FUJI_JPEG: u64 = 84;
/// Brands of ISO media files that are pictures, or sequences of pictures.
const HEIF: [&[u8]; 10] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis",
];
/// The box of Canon's metadata.
const CANON: [u8; 16] = [
    0x85, 0xc0, 0xb6, 0x87, 0x82, 0x0f, 0x11, 0xe0, 0x81, 0x11, 0xf4, 0xce, 0x46, 0x2b, 0x6a, 0x48,
];

/// A kind of picture file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Container {
    Jpeg,
    Heif,
    Png,
    WebP,
    Tiff,
    Cr3,
    Raf,
}

/// The kind of a picture file, by its first bytes.
pub(super) fn of(head: &Head) -> Option<Container> {
    let bytes = head.bytes();
    if bytes.starts_with(b"\xff\xd8\xff") {
        Some(Container::Jpeg)
    } else if bytes.starts_with(PNG) {
        Some(Container::Png)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(Container::WebP)
    } else if bytes.starts_with(FUJI) {
        Some(Container::Raf)
    } else if bytes.get(4..8) == Some(b"ftyp") {
        of_brands(bytes)
    } else {
        tiff::begins(bytes).then_some(Container::Tiff)
    }
}

/// The kind of an ISO media file, most of which are films.
fn of_brands(bytes: &[u8]) -> Option<Container> {
    let length = usize::try_from(u32::from_be_bytes(bytes.first_chunk().copied()?)).ok()?;
    let brands = bytes.get(8..length.min(bytes.len()))?;
    let has = |wanted: &[u8]| brands.chunks_exact(4).any(|brand| brand == wanted);
    if has(b"crx ") {
        Some(Container::Cr3)
    } else {
        HEIF.into_iter().any(has).then_some(Container::Heif)
    }
}

/// The metadata of a picture; `None` if it has none.
pub(super) fn exif(opened: Opened<'_>) -> Result<Option<Exif>, Fault> {
    let Some(container) = of(opened.head()) else {
        return Err(Fault("it begins as no picture does".to_owned()));
    };
    match container {
        Container::Jpeg => jpeg(opened.stream()),
        Container::Heif => from_container(BufReader::new(Budget::new(opened.file()?))),
        Container::Png => fields(png(&mut opened.file()?)?),
        Container::WebP => fields(webp(&mut opened.file()?)?),
        Container::Tiff => fields(tiff::excerpt(&mut BufReader::new(opened.file()?))?),
        Container::Cr3 => fields(cr3(&mut opened.file()?)?),
        Container::Raf => {
            let mut file = opened.file()?;
            file.seek(SeekFrom::Start(FUJI_JPEG))?;
            let at = number(&mut file)?;
            file.seek(SeekFrom::Start(at))?;
            jpeg(file)
        }
    }
}

impl From<io::Error> for Fault {
    fn from(reason: io::Error) -> Self {
        Self(if reason.kind() == io::ErrorKind::UnexpectedEof {
            "the file ends too early".to_owned()
        } else {
            reason.to_string()
        })
    }
}

fn jpeg(source: impl Read) -> Result<Option<Exif>, Fault> {
    from_container(BufReader::new(Forward(source.take(LONGEST))))
}

fn from_container(mut source: impl io::BufRead + Seek) -> Result<Option<Exif>, Fault> {
    let mut reader = exif::Reader::new();
    told(
        reader
            .continue_on_error(true)
            .read_from_container(&mut source),
    )
}

/// The fields of a block of EXIF.
fn fields(block: Option<Vec<u8>>) -> Result<Option<Exif>, Fault> {
    let mut reader = exif::Reader::new();
    block.map_or(Ok(None), |block| {
        told(reader.continue_on_error(true).read_raw(block))
    })
}

/// What could be read, though there may be errors beside it.
fn told(result: Result<Exif, exif::Error>) -> Result<Option<Exif>, Fault> {
    match result.or_else(|error| error.distill_partial_result(|_| {})) {
        Ok(exif) => Ok(Some(exif)),
        Err(exif::Error::NotFound(_)) => Ok(None),
        Err(exif::Error::Io(reason)) => Err(reason.into()),
        Err(error) => Err(Fault(error.to_string())),
    }
}

/// A number of four bytes, the highest first.
fn number(source: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 4];
    source.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes).into())
}

/// A length and a name of four bytes each, of which `None` is left at the end.
fn tagged(source: &mut impl Read) -> io::Result<Option<([u8; 4], [u8; 4])>> {
    let mut head = [0; 8];
    match source.read_exact(&mut head) {
        Ok(()) => {}
        Err(reason) if reason.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(reason) => return Err(reason),
    }
    let [a, b, c, d, e, f, g, h] = head;
    Ok(Some(([a, b, c, d], [e, f, g, h])))
}

fn block(source: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut block = Vec::new();
    source
        .take(length.min(LONGEST_EXIF))
        .read_to_end(&mut block)?;
    Ok(block)
}

/// The block of EXIF in a PNG, which may come behind the pixels.
fn png(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Start(PNG.len() as u64))?;
    while let Some((length, name)) = tagged(file)? {
        let length = u64::from(u32::from_be_bytes(length));
        match &name {
            b"eXIf" => return block(file, length).map(Some),
            b"IEND" => break,
            _ => file.seek(SeekFrom::Current(length as i64 + 4))?,
        };
    }
    Ok(None)
}

/// The block of EXIF in a WebP, which comes behind the pixels. Some writers begin it as JPEG does.
fn webp(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Start(12))?;
    while let Some((name, length)) = tagged(file)? {
        let length = u64::from(u32::from_le_bytes(length));
        if &name == b"EXIF" {
            let block = block(file, length)?;
            let inner = block.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec);
            return Ok(Some(inner.unwrap_or(block)));
        }
        file.seek(SeekFrom::Current((length + length % 2) as i64))?;
    }
    Ok(None)
}

/// The metadata in Canon's box, which has a TIFF for each kind of it.
fn cr3(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let (mut exif, mut gps) = (None, None);
    file.rewind()?;
    while let Some((length, name)) = tagged(file)? {
        let at = file.stream_position()?;
        let mut inner = match u32::from_be_bytes(length) {
            0 => break,
            1 => number(file)? << 32 | number(file)?,
            length => length.into(),
        }
        .saturating_sub(8);
        match &name {
            // Their members follow.
            b"moov" => inner = 0,
            b"uuid" => {
                let mut id = [0; CANON.len()];
                file.read_exact(&mut id)?;
                if id == CANON {
                    inner = CANON.len() as u64;
                }
            }
            b"CMT2" => exif = Some(block(file, inner)?),
            b"CMT4" => gps = Some(block(file, inner)?),
            b"mdat" => break,
            _ => {}
        }
        file.seek(SeekFrom::Start(
            at.saturating_add(inner).min(i64::MAX as u64),
        ))?;
    }
    gps.map_or(Ok(None), |gps| tiff::joined(exif.as_deref(), &gps))
}

/// A stream that is only read on, for the crate, which seeks in one kind of files alone.
struct Forward<R>(R);

impl<R: Read> Read for Forward<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R> Seek for Forward<R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A file of which only so much is read, wherever: boxes may claim to be as large as they like.
struct Budget {
    file: File,
    left: u64,
}

impl Budget {
    fn new(file: File) -> Self {
        Self {
            file,
            left: LONGEST,
        }
    }
}

impl Read for Budget {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.by_ref().take(self.left).read(buffer)?;
        self.left -= read as u64;
        Ok(read)
    }
}

impl Seek for Budget {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
