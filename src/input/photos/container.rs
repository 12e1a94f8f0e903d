//! Containers of EXIF and XMP metadata: the blocks of them in each kind of picture file, found by
//! seeking.
//!
//! The crate knows HEIF as files should be read. In JPEG, PNG and WebP it knows nothing of XMP, and
//! it reads the latter two from end to end; so their segments and chunks are walked here. Of TIFF
//! it wants all in memory: `tiff` makes an excerpt. CR3 and RAF, raw formats of Canon and Fuji,
//! wrap a TIFF or a JPEG.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use exif::Exif;

use super::super::geometry::hexadecimal;
use super::super::opened::{Head, Opened};
use super::{Fault, Photo, tiff, xmp};

/// The most that is read of a picture: metadata that is longer is none.
const LONGEST: u64 = 16 << 20;
/// The longest block of EXIF that is looked at.
const LONGEST_EXIF: u64 = 4 << 20;
/// How a block of EXIF begins in a JPEG.
const EXIF: &[u8] = b"Exif\0\0";
/// The kind of segments of a JPEG that hold metadata.
const APP1: u8 = 0xe1;
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

/// What the metadata of a picture says.
pub(super) fn photo(opened: Opened<'_>) -> Result<Photo, Fault> {
    let Some(container) = of(opened.head()) else {
        return Err(Fault("it begins as no picture does".to_owned()));
    };
    let blocks = match container {
        Container::Heif => return heif(opened.file()?),
        Container::Jpeg => jpeg(opened.stream())?,
        Container::Png => png(&mut opened.file()?)?,
        Container::WebP => webp(&mut opened.file()?)?,
        Container::Tiff => Blocks::of_exif(tiff::excerpt(&mut BufReader::new(opened.file()?))?),
        Container::Cr3 => Blocks::of_exif(cr3(&mut opened.file()?)?),
        Container::Raf => {
            let mut file = opened.file()?;
            file.seek(SeekFrom::Start(FUJI_JPEG))?;
            let at = number(&mut file)?;
            file.seek(SeekFrom::Start(at))?;
            jpeg(file)?
        }
    };
    blocks.photo()
}

/// Blocks of metadata.
#[derive(Default)]
struct Blocks {
    exif: Option<Vec<u8>>,
    xmp: Option<Vec<u8>>,
}

impl Blocks {
    fn of_exif(exif: Option<Vec<u8>>) -> Self {
        Self { exif, xmp: None }
    }

    fn are_complete(&self) -> bool {
        self.exif.is_some() && self.xmp.is_some()
    }

    /// What they say together; EXIF counts more.
    fn photo(self) -> Result<Photo, Fault> {
        let described = self.xmp.map(|packet| xmp::photo(&packet));
        let known =
            fields(self.exif).map(|exif| exif.as_ref().map_or_else(Photo::default, Photo::of));
        match described {
            Some(described) if described.place.is_some() => {
                Ok(known.unwrap_or_default().or(described))
            }
            _ => known,
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

/// The blocks of a JPEG, which come before its pixels.
fn jpeg(source: impl Read) -> io::Result<Blocks> {
    let mut source = BufReader::new(source.take(LONGEST));
    let mut blocks = Blocks::default();
    loop {
        let (kind, length) = match segment(&mut source) {
            Ok(Some(found)) => found,
            Err(reason) if blocks.exif.is_none() && blocks.xmp.is_none() => return Err(reason),
            Ok(None) | Err(_) => break,
        };
        if kind != APP1 {
            io::copy(&mut source.by_ref().take(length), &mut io::sink())?;
            continue;
        }
        let mut block = block(&mut source, length)?;
        if block.starts_with(EXIF) && blocks.exif.is_none() {
            blocks.exif = Some(block.split_off(EXIF.len()));
        } else if block.starts_with(xmp::IN_JPEG) {
            blocks.xmp = Some(block);
        }
        if blocks.are_complete() {
            break;
        }
    }
    Ok(blocks)
}

/// The kind of the next segment of a JPEG and its length; `None` where its pixels begin.
fn segment(source: &mut impl Read) -> io::Result<Option<(u8, u64)>> {
    let mut next = || {
        let mut byte = [0];
        source.read_exact(&mut byte).map(|()| byte[0])
    };
    loop {
        // What does not belong is passed over, and so is what fills.
        while next()? != 0xff {}
        let mut kind = next()?;
        while kind == 0xff {
            kind = next()?;
        }
        match kind {
            // Pixels, or the end.
            0xd9 | 0xda => return Ok(None),
            // These have no content.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            kind => {
                let length = u64::from(u16::from_be_bytes([next()?, next()?]));
                return Ok(Some((kind, length.saturating_sub(2))));
            }
        }
    }
}

/// The metadata of a HEIC or AVIF file.
fn heif(file: File) -> Result<Photo, Fault> {
    let mut reader = exif::Reader::new();
    let mut source = BufReader::new(Budget::new(file));
    let exif = told(
        reader
            .continue_on_error(true)
            .read_from_container(&mut source),
    )?;
    Ok(exif.as_ref().map_or_else(Photo::default, Photo::of))
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

/// The blocks of a PNG, which may come behind the pixels.
fn png(file: &mut File) -> io::Result<Blocks> {
    let (mut blocks, mut at) = (Blocks::default(), PNG.len() as u64);
    file.seek(SeekFrom::Start(at))?;
    while let Some((length, name)) = tagged(file)? {
        let length = u64::from(u32::from_be_bytes(length));
        match &name {
            b"eXIf" => blocks.exif = Some(bare(block(file, length)?)),
            b"zTXt" | b"tEXt" => {
                let profile = raw_profile(&block(file, length)?);
                blocks.exif = blocks.exif.or(profile);
            }
            b"iTXt" => {
                let text = block(file, length)?;
                blocks.xmp = blocks.xmp.or(text.starts_with(xmp::IN_PNG).then_some(text));
            }
            b"IEND" => break,
            _ => {}
        }
        if blocks.are_complete() {
            break;
        }
        at += length + 12;
        file.seek(SeekFrom::Start(at))?;
    }
    Ok(blocks)
}

/// A block of EXIF as it should be outside of JPEG. Some writers begin it as there.
fn bare(block: Vec<u8>) -> Vec<u8> {
    let inner = block.strip_prefix(EXIF).map(<[u8]>::to_vec);
    inner.unwrap_or(block)
}

/// The EXIF in a text of a PNG, as programs wrote it before there was a chunk for it: its name, how
/// long it is, and its bytes in hexadecimal digits.
fn raw_profile(text: &[u8]) -> Option<Vec<u8>> {
    let kinds: [&[u8]; 2] = [b"exif\0", b"APP1\0"];
    let text = text.strip_prefix(b"Raw profile type ")?;
    let text = kinds.iter().find_map(|kind| text.strip_prefix(*kind))?;
    let mut inflated = Vec::new();
    let text = match text.strip_prefix(b"\0") {
        // What could be inflated before a fault may be all of it.
        Some(deflated) => {
            let inflating = flate2::read::ZlibDecoder::new(deflated);
            let _ = inflating.take(LONGEST_EXIF).read_to_end(&mut inflated);
            &inflated
        }
        None => text,
    };
    let mut words = text
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    words.nth(1)?;
    let digits = words.flatten().copied();
    let mut digits: Vec<u8> = digits.take_while(u8::is_ascii_hexdigit).collect();
    digits.truncate(digits.len() / 2 * 2);
    hexadecimal(&digits).map(bare)
}

/// The blocks of a WebP, which come behind the pixels.
fn webp(file: &mut File) -> io::Result<Blocks> {
    let (mut blocks, mut at) = (Blocks::default(), 12);
    file.seek(SeekFrom::Start(at))?;
    while let Some((name, length)) = tagged(file)? {
        let length = u64::from(u32::from_le_bytes(length));
        match &name {
            b"EXIF" => blocks.exif = Some(bare(block(file, length)?)),
            b"XMP " => blocks.xmp = Some(block(file, length)?),
            _ => {}
        }
        if blocks.are_complete() {
            break;
        }
        at += length + length % 2 + 8;
        file.seek(SeekFrom::Start(at))?;
    }
    Ok(blocks)
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
