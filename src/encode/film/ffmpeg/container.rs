//! Completeness of a film's container: boxes of ISO 14496-12 (mp4, mov), EBML of RFC 8794 (mkv,
//! webm) and RIFF chunks (avi) say how long they are, and a file that was cut short is not.
//!
//! What a film is, its first bytes say, not its name: options may have chosen any container.
//! Nothing is known of the others, so nothing is said about them.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

/// The identifier of EBML's header.
const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];
/// The identifier of Matroska's one segment.
const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];

/// What a film lacks, in words; `None` when it is whole, or of a kind that is not known.
pub fn missing(path: &Path) -> io::Result<Option<&'static str>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut first = [0; 8];
    match file.read_exact(&mut first) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    file.rewind()?;
    let mut film = Film { file, length };
    let found = match first {
        [_, _, _, _, b'f', b't', b'y', b'p'] => film.boxes(),
        _ if first[..4] == EBML => film.matroska(),
        [b'R', b'I', b'F', b'F', ..] => film.chunks(),
        _ => return Ok(None),
    };
    match found {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Some("its end")),
        found => found,
    }
}

struct Film {
    file: File,
    length: u64,
}

impl Film {
    fn boxes(&mut self) -> io::Result<Option<&'static str>> {
        let (mut at, mut has_contents) = (0, false);
        while at < self.length {
            self.file.seek(SeekFrom::Start(at))?;
            let size = u32::from_be_bytes(self.bytes()?).into();
            has_contents |= self.bytes()? == *b"moov";
            at = match size {
                // To the end of the file.
                0 => self.length,
                1 => at.saturating_add(u64::from_be_bytes(self.bytes()?).max(16)),
                size => at.saturating_add(size.max(8)),
            };
        }
        Ok(if at > self.length {
            Some("its end")
        } else {
            (!has_contents).then_some("its table of contents")
        })
    }

    fn matroska(&mut self) -> io::Result<Option<&'static str>> {
        self.bytes::<4>()?;
        let header = self.ebml_size()?.unwrap_or(0);
        self.file.seek_relative(header.cast_signed())?;
        if self.bytes()? != SEGMENT {
            return Ok(Some("its contents"));
        }
        // A size that was never filled in, because the end was not written.
        let Some(size) = self.ebml_size()? else {
            return Ok(Some("its end"));
        };
        let end = self.file.stream_position()?.saturating_add(size);
        Ok((end > self.length).then_some("its end"))
    }

    /// A size of EBML: the zeros before the first one say how many bytes it has, and all ones that
    /// it is not known.
    fn ebml_size(&mut self) -> io::Result<Option<u64>> {
        let [first] = self.bytes()?;
        let more = first.leading_zeros();
        let mut size = u64::from(first) & (0x7f_u64 >> more);
        for _ in 0..more {
            let [byte] = self.bytes()?;
            size = size << 8 | u64::from(byte);
        }
        let unknown = (1_u64 << (7 * (more + 1))) - 1;
        Ok((size != unknown).then_some(size))
    }

    fn chunks(&mut self) -> io::Result<Option<&'static str>> {
        let mut at = 0;
        while at < self.length {
            self.file.seek(SeekFrom::Start(at))?;
            self.bytes::<4>()?;
            let size: u64 = u32::from_le_bytes(self.bytes()?).into();
            // The size of a film that was not ended stays 0.
            if at == 0 && size == 0 {
                return Ok(Some("its end"));
            }
            at += 8 + size + size % 2;
        }
        // The byte that makes a chunk even may be left out at the end.
        Ok((at > self.length + 1).then_some("its end"))
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing_of(bytes: &[u8]) -> Option<&'static str> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        std::fs::write(&path, bytes).unwrap();
        missing(&path).unwrap()
    }

    #[test]
    fn a_film_of_boxes_has_a_table_of_contents_and_every_byte() {
        let whole = b"\0\0\0\x0cftypisom\0\0\0\x08moov\0\0\0\x0amdat12";
        assert_eq!(missing_of(whole), None);
        assert_eq!(missing_of(&whole[..29]), Some("its end"));
        assert_eq!(missing_of(&whole[..23]), Some("its end"));
        assert_eq!(missing_of(&whole[..12]), Some("its table of contents"));
    }

    #[test]
    fn a_matroska_film_knows_its_size_and_has_it() {
        let film =
            |size: u8, content: &[u8]| [&EBML[..], b"\x82hi", &SEGMENT, &[size], content].concat();
        assert_eq!(missing_of(&film(0x83, b"123")), None);
        assert_eq!(missing_of(&film(0x83, b"12")), Some("its end"));
        assert_eq!(missing_of(&film(0xff, b"123")), Some("its end"));
        assert_eq!(
            missing_of(&[&EBML[..], b"\x82hi12345"].concat()),
            Some("its contents")
        );
    }

    #[test]
    fn an_avi_is_as_long_as_it_says() {
        let whole = b"RIFF\x08\0\0\0AVI 1234RIFF\x04\0\0\0AVIX";
        assert_eq!(missing_of(whole), None);
        assert_eq!(missing_of(&whole[..14]), Some("its end"));
        assert_eq!(missing_of(b"RIFF\0\0\0\0AVI 1234"), Some("its end"));
    }

    #[test]
    fn other_kinds_are_taken_as_they_are() {
        assert_eq!(missing_of(b""), None);
        assert_eq!(missing_of(b"OggS and so on"), None);
    }
}
