//! Decompression of single streams: gzip, Zstandard, bzip2, xz and Brotli, as they are read.
//!
//! All can be several streams one behind the other, as bgzip, pigz, pzstd and `cat` make them.
//! What comes out is counted: a decompression bomb is stopped by its ratio, which no recording of
//! places comes near, so it takes a moment and no memory.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bzip2::read::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// What may come out however little goes in.
const HARMLESS: u64 = 64 << 20;
/// How many times its packed size a stream may have beyond that. Places written as text pack ten
/// times, the same line again and again a thousand times.
const RATIO: u64 = 250;
/// How much is decompressed at a time.
const CHUNK: usize = 64 * 1024;
/// The most memory for the dictionary of an xz stream, in KiB: that of `xz -9` is 64 MiB.
const DICTIONARY: u32 = 256 * 1024;

/// A way to compress a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Gzip,
    Zstandard,
    Bzip2,
    Xz,
    /// Nothing in it tells that it is, so the extension must.
    Brotli,
}

/// The first bytes of compressed streams.
const SIGNATURES: [(&[u8], Codec); 4] = [
    (b"\x1f\x8b\x08", Codec::Gzip),
    (b"\x28\xb5\x2f\xfd", Codec::Zstandard),
    (b"BZh", Codec::Bzip2),
    (b"\xfd7zXZ\0", Codec::Xz),
];

/// Extensions of compressed streams, and what is left of a name without them.
const EXTENSIONS: [(&str, Codec, &str); 10] = [
    ("gz", Codec::Gzip, ""),
    ("zst", Codec::Zstandard, ""),
    ("bz2", Codec::Bzip2, ""),
    ("xz", Codec::Xz, ""),
    ("br", Codec::Brotli, ""),
    ("tgz", Codec::Gzip, "tar"),
    ("tzst", Codec::Zstandard, "tar"),
    ("tbz", Codec::Bzip2, "tar"),
    ("tbz2", Codec::Bzip2, "tar"),
    ("txz", Codec::Xz, "tar"),
];

impl Codec {
    /// How a stream is compressed, by its first bytes, or else by its extension.
    pub(super) fn of(bytes: &[u8], extension: Option<&OsStr>) -> Option<Self> {
        let begins = |(signature, _): &&(&[u8], Self)| bytes.starts_with(signature);
        // A frame to be passed over, as pzstd puts in front of each of its own.
        let is_note = matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
        let told = SIGNATURES.iter().find(begins).map(|(_, codec)| *codec);
        let told = told.or(is_note.then_some(Self::Zstandard));
        let is_bzip2 = || matches!(bytes.get(3), Some(b'1'..=b'9'));
        match told {
            // A text may begin with these letters.
            Some(Self::Bzip2) if !is_bzip2() => None,
            Some(codec) => Some(codec),
            None => known(extension?)
                .map(|(_, codec, _)| *codec)
                .filter(|codec| *codec == Self::Brotli),
        }
    }

    /// What is compressed, and whether something else stands behind it.
    pub(super) fn decompressed<'a>(
        self,
        stream: impl Read + Send + 'a,
        trailed: &Trailed,
    ) -> Box<dyn Read + Send + 'a> {
        let taken = Arc::new(AtomicU64::new(0));
        let stream = Counting {
            stream,
            taken: Arc::clone(&taken),
        };
        let decoder: Box<dyn Read + Send + 'a> = match self {
            Self::Gzip => Box::new(Members {
                member: Some(GzDecoder::new(BufReader::with_capacity(CHUNK, stream))),
                trailed: trailed.clone(),
            }),
            Self::Zstandard => Box::new(Frames::new(BufReader::with_capacity(CHUNK, stream))),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(stream)),
            Self::Xz => Box::new(XzReader::new_mem_limit(
                BufReader::with_capacity(CHUNK, stream),
                true,
                DICTIONARY,
            )),
            Self::Brotli => Box::new(brotli_decompressor::Decompressor::new(stream, CHUNK)),
        };
        Box::new(Guarded {
            stream: decoder,
            given: 0,
            taken: Taken::SoFar(taken),
            size: None,
        })
    }
}

fn known(extension: &OsStr) -> Option<&'static (&'static str, Codec, &'static str)> {
    EXTENSIONS
        .iter()
        .find(|(known, ..)| extension.eq_ignore_ascii_case(known))
}

/// A name without the extension that says how it is compressed.
pub(super) fn inner_name(name: &Path) -> PathBuf {
    match name.extension().and_then(known) {
        Some((_, _, inner)) => name.with_extension(inner),
        None => name.to_owned(),
    }
}

/// How files of a name are counted where they are left out: by its extension.
pub(super) fn kind(name: &str) -> String {
    let extension = |name: &Path| {
        let extension = name.extension()?.to_str()?;
        Some(format!(".{}", extension.to_ascii_lowercase()))
    };
    let name = Path::new(name);
    let whole = extension(name).unwrap_or_else(|| "without an extension".to_owned());
    match extension(&inner_name(name)) {
        Some(inner) if inner != whole => format!("{inner}{whole}"),
        _ => whole,
    }
}

/// Whether bytes that belong to nothing were met behind a stream.
#[derive(Clone, Default)]
pub(super) struct Trailed(Arc<AtomicBool>);

impl Trailed {
    /// Whether it is so, as far as has been read.
    pub(super) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts the bytes that a decoder takes.
struct Counting<R> {
    stream: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.taken.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// How many bytes a decoder has taken.
enum Taken {
    SoFar(Arc<AtomicU64>),
    Known(u64),
}

/// A decompressed stream that ends in an error where it grows out of all proportion, or is not as
/// long as it was said to be.
pub(super) struct Guarded<R> {
    stream: R,
    given: u64,
    taken: Taken,
    size: Option<u64>,
}

impl<R> Guarded<R> {
    /// A member of an archive, whose directory states its sizes.
    pub(super) fn member(stream: R, packed: u64, size: u64) -> Self {
        Self {
            stream,
            given: 0,
            taken: Taken::Known(packed),
            size: Some(size),
        }
    }

    /// What is wrong with the stream at this point, if anything is.
    fn fault(&self, has_ended: bool) -> Option<String> {
        let taken = match &self.taken {
            Taken::SoFar(taken) => taken.load(Ordering::Relaxed),
            Taken::Known(taken) => *taken,
        };
        if self.given > taken.saturating_mul(RATIO).max(HARMLESS) {
            let fact = format!("it unpacks to more than {RATIO} times its size, as a bomb does");
            return Some(fact);
        }
        let size = self.size?;
        if self.given > size {
            Some(format!(
                "it is longer than the {size} bytes that its archive states"
            ))
        } else if has_ended && self.given < size {
            let given = self.given;
            Some(format!(
                "it ends after {given} bytes, and its archive states {size}"
            ))
        } else {
            None
        }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.given += read as u64;
        let has_ended = read == 0 && !buffer.is_empty();
        match self.fault(has_ended) {
            Some(fact) => Err(io::Error::new(io::ErrorKind::InvalidData, fact)),
            None => Ok(read),
        }
    }
}

/// The members of a gzip stream one behind the other. Zeros may stand behind each, as disks and
/// tapes of whole blocks leave them; anything else there ends the stream.
struct Members<R> {
    member: Option<GzDecoder<R>>,
    trailed: Trailed,
}

impl<R: BufRead> Members<R> {
    /// Begins the next member behind one that has ended; there may be none.
    fn begin(&mut self) -> io::Result<bool> {
        let Some(ended) = &mut self.member else {
            return Ok(false);
        };
        let source = ended.get_mut();
        let first = loop {
            let ahead = source.fill_buf()?;
            let zeros = ahead.iter().take_while(|&&byte| byte == 0).count();
            let first = ahead.get(zeros).copied();
            source.consume(zeros);
            if zeros == 0 || first.is_some() {
                break first;
            }
        };
        let (signature, _) = SIGNATURES[0];
        let follows = first == signature.first().copied();
        if follows {
            let ended = self.member.take();
            self.member = ended.map(|ended| GzDecoder::new(ended.into_inner()));
        } else if first.is_some() {
            self.trailed.0.store(true, Ordering::Relaxed);
        }
        Ok(follows)
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let member = self.member.as_mut();
            let read = member.map_or(Ok(0), |member| member.read(buffer))?;
            if read > 0 || buffer.is_empty() || !self.begin()? {
                return Ok(read);
            }
        }
    }
}

/// The frames of a Zstandard stream one behind the other, of which the decoder knows one.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    is_in_frame: bool,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            is_in_frame: false,
        }
    }

    /// Begins the next frame; there may be none, or one that is to be passed over.
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let passed = io::copy(&mut (&mut self.source).take(length), &mut io::sink())?;
                    if passed < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }

    /// Whether what came out of a frame is what went in, where the frame says so.
    fn check(&self) -> io::Result<()> {
        let stated = self.decoder.get_checksum_from_data();
        let is_so = stated.is_none() || stated == self.decoder.get_calculated_checksum();
        is_so.then_some(()).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "the checksum of a frame is wrong",
            )
        })
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.is_in_frame && !self.begin()? {
                return Ok(0);
            }
            self.is_in_frame = true;
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.check()?;
            self.is_in_frame = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `lat,lon\n1,2\n`, as zstd 1.5 writes it.
    const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x24\x0c\x61\0\0lat,lon\n1,2\n\x0b\x3c\x0f\x18";

    fn all(codec: Codec, bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        codec
            .decompressed(bytes, &Trailed::default())
            .read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn frames_follow_one_another_and_notes_between_them_are_passed_over() {
        let note = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc";
        let bytes = [ZSTD, note, ZSTD].concat();
        let text = all(Codec::Zstandard, &bytes).expect("two frames");
        assert_eq!(text, "lat,lon\n1,2\n".repeat(2));
        assert_eq!(Codec::of(note, None), Some(Codec::Zstandard));
    }

    #[test]
    fn a_changed_byte_is_told() {
        let mut bytes = ZSTD.to_vec();
        bytes[12] ^= 1;
        assert!(all(Codec::Zstandard, &bytes).is_err());
        assert!(all(Codec::Zstandard, &ZSTD[..15]).is_err());
    }

    #[test]
    fn zeros_behind_a_member_of_gzip_are_nothing_and_other_bytes_are_told() {
        let pack = |text: &[u8]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            io::Write::write_all(&mut packer, text).expect("memory");
            packer.finish().expect("memory")
        };
        let zeros = vec![0; CHUNK + 512];
        let (one, two) = (pack(b"1,2\n"), pack(b"3,4\n"));
        let read = |parts: &[&[u8]]| {
            let (bytes, trailed, mut text) = (parts.concat(), Trailed::default(), String::new());
            let read = Codec::Gzip
                .decompressed(&bytes[..], &trailed)
                .read_to_string(&mut text);
            (text, read.is_ok(), trailed.is_so())
        };
        let told = |text: &str, is_good, is_trailed| (text.to_owned(), is_good, is_trailed);
        assert_eq!(read(&[&one, &two]), told("1,2\n3,4\n", true, false));
        assert_eq!(read(&[&one, &zeros]), told("1,2\n", true, false));
        assert_eq!(
            read(&[&one, &zeros, &two, b"\0"]),
            told("1,2\n3,4\n", true, false)
        );
        assert_eq!(read(&[&one, &zeros, b"junk"]), told("1,2\n", true, true));
        let mut damaged = two.clone();
        damaged[12] ^= 0xff;
        assert!(!read(&[&one, &damaged]).1);
        for cut in 1..two.len() {
            assert!(!read(&[&one, &two[..cut]]).1, "cut after {cut} bytes");
        }
    }

    #[test]
    fn names_lose_what_says_how_they_are_compressed() {
        for (name, inner) in [
            ("a.fit.gz", "a.fit"),
            ("a.CSV.ZST", "a.CSV"),
            ("a.tgz", "a.tar"),
            ("a.b/c", "a.b/c"),
            ("a.gpx", "a.gpx"),
        ] {
            assert_eq!(inner_name(Path::new(name)), Path::new(inner));
        }
        assert_eq!(kind("a/B.FIT.gz"), ".fit.gz");
        assert_eq!(kind("a.b/c"), "without an extension");
    }

    #[test]
    fn a_stream_that_is_not_as_long_as_stated_is_told() {
        let read = |text: &[u8], size| {
            let mut all = Vec::new();
            Guarded::member(text, 9, size).read_to_end(&mut all)
        };
        assert!(read(b"123", 3).is_ok());
        assert!(read(b"123", 4).is_err() && read(b"123", 2).is_err());
    }
}
