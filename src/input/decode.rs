//! Bytes in any of the usual encodings in, clean UTF-8 out, as they stream by.
//!
//! Real files begin with byte order marks, are written in Latin-1 or UTF-16, or hold one stray byte
//! in the middle. The readers behind this filter see none of it: a byte order mark decides first,
//! then (in XML) the declaration, and what is left is UTF-8. Whatever cannot be decoded becomes
//! U+FFFD, in XML by its tokenizer. Knows nothing of what the text means.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

/// How much is decoded at a time.
const CHUNK: usize = 64 * 1024;
/// How many pairs of bytes tell that a text is UTF-16.
const PAIRS: u64 = 4;
/// Where an XML declaration must have ended.
const DECLARATION: u64 = 1024;

/// Text whose lines all end with a line feed, also those that end with a carriage return alone, as
/// on old Macs.
pub(super) struct LineEnds<R> {
    source: R,
    /// Zeros, which a loss of power leaves in a log, become blanks.
    blanks: bool,
    /// The last byte was a carriage return, which has not been given yet.
    returned: bool,
}

impl<R: Read> LineEnds<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            blanks: true,
            returned: false,
        }
    }

    /// The same for text in which zeros tell that a number may have lost its end.
    pub(super) fn with_zeros(source: R) -> Self {
        Self {
            blanks: false,
            ..Self::new(source)
        }
    }
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let kept = usize::from(std::mem::take(&mut self.returned));
        if buffer.len() <= kept {
            // No room for what must follow: a line end is as good as two.
            buffer.fill(b'\n');
            return Ok(buffer.len());
        }
        buffer[..kept].fill(b'\r');
        let read = kept + self.source.read(&mut buffer[kept..])?;
        let is_end = read == kept;
        let text = &mut buffer[..read];
        let mut from = 0;
        while let Some(at) = memchr::memchr2(b'\r', 0, &text[from..]).map(|at| from + at) {
            from = at + 1;
            match text.get(from) {
                _ if text[at] == 0 && self.blanks => text[at] = b' ',
                _ if text[at] == 0 => {}
                Some(b'\n') => {}
                None if !is_end => {
                    self.returned = true;
                    // Nothing would look like the end of all.
                    return if at > 0 { Ok(at) } else { self.read(buffer) };
                }
                Some(_) | None => text[at] = b'\n',
            }
        }
        Ok(read)
    }
}

/// What stands behind a text of DOS.
pub(super) const DOS_END: u8 = 0x1a;

/// A text in which the mark of its end is blank.
pub(super) fn without_end(text: impl Read) -> impl Read {
    WithoutEnd(text)
}

struct WithoutEnd<R>(R);

impl<R: Read> Read for WithoutEnd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        let mut rest = &mut buffer[..read];
        while let Some(at) = memchr::memchr(DOS_END, rest) {
            rest[at] = b' ';
            rest = &mut rest[at + 1..];
        }
        Ok(read)
    }
}

/// Text that says nothing about its encoding, except perhaps by a byte order mark, or by the zeros
/// of UTF-16.
pub fn text(mut reader: impl Read) -> impl BufRead {
    let mut beginning = Vec::new();
    // What cannot be read here is told when more is read.
    let failed = reader.by_ref().take(2 * PAIRS).read_to_end(&mut beginning);
    let encoding = utf_16(&beginning).unwrap_or(UTF_8);
    let failed = Failed(failed.err());
    decode(
        io::Cursor::new(beginning).chain(failed).chain(reader),
        encoding,
    )
}

/// An error that comes where more should.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// UTF-16 of a text that begins like this: by its byte order mark, or with a zero in each pair of
/// bytes beside a character of ASCII.
pub(super) fn utf_16(beginning: &[u8]) -> Option<&'static Encoding> {
    let is_text = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let are = |is_one: fn(&[u8]) -> Option<u8>| {
        let pairs = beginning.chunks_exact(2).take(PAIRS as usize);
        let has_text = |pair| is_one(pair).is_some_and(is_text);
        pairs.len() > 1 && pairs.clone().all(has_text)
    };
    match beginning {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ if are(|pair| (pair[1] == 0).then_some(pair[0])) => Some(UTF_16LE),
        _ if are(|pair| (pair[0] == 0).then_some(pair[1])) => Some(UTF_16BE),
        _ => None,
    }
}

/// XML, whose declaration may name an encoding. What is UTF-8 passes as it is, for the tokenizer
/// looks at every character anyway: there may be bytes in it that are none.
///
/// # Errors
/// When the beginning, where the declaration would be, cannot be read.
pub fn xml<'a>(mut reader: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut beginning = Vec::new();
    reader
        .by_ref()
        .take(DECLARATION)
        .read_to_end(&mut beginning)?;
    let encoding = sniff(&beginning);
    let mark = Encoding::for_bom(&beginning);
    let mut document = io::Cursor::new(beginning);
    if encoding != UTF_8 {
        return Ok(Box::new(decode(document.chain(reader), encoding)));
    }
    document.set_position(mark.map_or(0, |(_, length)| length as u64));
    Ok(Box::new(document.chain(reader)))
}

fn decode(reader: impl Read, encoding: &'static Encoding) -> impl BufRead {
    let mut builder = DecodeReaderBytesBuilder::new();
    builder.encoding(Some(encoding)).bom_override(true);
    BufReader::with_capacity(
        CHUNK,
        builder.build(BufReader::with_capacity(CHUNK, reader)),
    )
}

/// Encodings of old systems that spreadsheets write to this day, the likeliest first.
const OLD: [&Encoding; 14] = [
    encoding_rs::WINDOWS_1252,
    encoding_rs::WINDOWS_1250,
    encoding_rs::WINDOWS_1251,
    encoding_rs::WINDOWS_1253,
    encoding_rs::WINDOWS_1254,
    encoding_rs::WINDOWS_1255,
    encoding_rs::WINDOWS_1256,
    encoding_rs::WINDOWS_874,
    encoding_rs::SHIFT_JIS,
    encoding_rs::GB18030,
    encoding_rs::BIG5,
    encoding_rs::EUC_KR,
    encoding_rs::EUC_JP,
    encoding_rs::KOI8_R,
];

/// Words as text. What is not UTF-8 is in the first old encoding in which they are known.
pub(super) fn words<'a>(
    words: &[&'a [u8]],
    are_known: impl Fn(&[Cow<'a, str>]) -> bool,
) -> Vec<Cow<'a, str>> {
    if words.iter().all(|word| std::str::from_utf8(word).is_ok()) {
        return words
            .iter()
            .map(|word| String::from_utf8_lossy(word))
            .collect();
    }
    let decoded = |encoding: &&'static Encoding| -> Vec<_> {
        let decode = |word: &&'a [u8]| encoding.decode_without_bom_handling(word).0;
        words.iter().map(decode).collect()
    };
    let mut all = OLD.iter().map(decoded);
    all.find(|words| are_known(words))
        .unwrap_or_else(|| decoded(&OLD[0]))
}

/// A word as text, which differs where the words do: what is not UTF-8 is in the likeliest of the
/// old encodings.
pub(super) fn word(word: &[u8]) -> Cow<'_, str> {
    let old = |_| OLD[0].decode_without_bom_handling(word).0;
    std::str::from_utf8(word).map_or_else(old, Cow::Borrowed)
}

/// The encoding that is called so, or has the number of such a code page: `UTF-8`, `1252`,
/// `ANSI 1251`, `88591`.
pub(super) fn code_page(name: &str) -> Option<&'static Encoding> {
    let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'));
    let by_number = || {
        let number: String = name.chars().filter(char::is_ascii_digit).collect();
        let name = match number.as_str() {
            "65001" => "utf-8".to_owned(),
            "866" => "ibm866".to_owned(),
            "932" => "shift_jis".to_owned(),
            "936" => "gbk".to_owned(),
            "949" => "euc-kr".to_owned(),
            "950" => "big5".to_owned(),
            iso if iso.starts_with("8859") => format!("iso-8859-{}", &iso[4..]),
            number => format!("windows-{number}"),
        };
        Encoding::for_label_no_replacement(name.as_bytes())
    };
    Encoding::for_label_no_replacement(name.as_bytes()).or_else(by_number)
}

/// Whether some bytes that are not UTF-8 are a text in one of the old encodings.
pub(super) fn is_old(bytes: &[u8], text: &str) -> bool {
    let is_it = |encoding: &&'static Encoding| {
        let (encoded, _, is_lossy) = encoding.encode(text);
        !is_lossy && *encoded == *bytes
    };
    std::str::from_utf8(bytes).is_err() && OLD.iter().any(is_it)
}

/// The encoding of a document that begins like this and has no byte order mark.
fn sniff(beginning: &[u8]) -> &'static Encoding {
    let encoding = utf_16(beginning).or_else(|| declared(beginning));
    encoding.unwrap_or(UTF_8)
}

/// The encoding that the XML declaration names, if it is a name that is known.
fn declared(beginning: &[u8]) -> Option<&'static Encoding> {
    let declaration = beginning.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = declaration.split(|&byte| byte == b'>').next()?;
    let named = after(declaration, b"encoding")?
        .trim_ascii_start()
        .strip_prefix(b"=")?
        .trim_ascii_start();
    let (&quote, named) = named.split_first()?;
    let label = named.split(|&byte| byte == quote).next()?;
    // The declaration was just read byte by byte, so it is not in UTF-16 whatever it says.
    Encoding::for_label_no_replacement(label).map(Encoding::output_encoding)
}

/// What follows the first `word`.
fn after<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(word.len()).position(|window| window == word)?;
    text.get(at + word.len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_the_same_however_little_is_read_at_a_time() {
        let text = b"a\rb\r\nc\r\rd\0e\r";
        for step in 2..text.len() {
            let (mut ends, mut found, mut buffer) =
                (LineEnds::new(&text[..]), Vec::new(), vec![0; step]);
            loop {
                let read = ends.read(&mut buffer).unwrap();
                if read == 0 {
                    break;
                }
                found.extend_from_slice(&buffer[..read]);
            }
            assert_eq!(found, b"a\nb\r\nc\n\nd e\n", "{step}");
        }
    }

    fn all(mut reader: impl Read) -> String {
        let mut text = String::new();
        reader
            .read_to_string(&mut text)
            .expect("what the filter gives is UTF-8");
        text
    }

    fn from_xml(bytes: &[u8]) -> String {
        let (mut text, mut reader) = (Vec::new(), xml(bytes).expect("a slice can be read"));
        reader.read_to_end(&mut text).expect("a slice can be read");
        String::from_utf8_lossy(&text).into_owned()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn code_pages_have_names_and_numbers() {
        for (name, encoding) in [
            ("UTF-8\r\n", "UTF-8"),
            ("65001", "UTF-8"),
            ("1252", "windows-1252"),
            ("ANSI 1251", "windows-1251"),
            ("CP1250", "windows-1250"),
            ("88592", "ISO-8859-2"),
            ("ISO 8859-2", "ISO-8859-2"),
            ("cp932", "Shift_JIS"),
            ("950", "Big5"),
            ("874", "windows-874"),
        ] {
            assert_eq!(
                code_page(name).map(Encoding::name),
                Some(encoding),
                "{name}"
            );
        }
        for name in ["", "LDID/87", "437", "latin"] {
            assert_eq!(code_page(name), None, "{name}");
        }
    }

    #[test]
    fn plain_utf_8_passes() {
        assert_eq!(all(text("Žižkov, 50.08".as_bytes())), "Žižkov, 50.08");
        assert_eq!(from_xml("<a>Žižkov</a>".as_bytes()), "<a>Žižkov</a>");
        assert_eq!(all(text(&b""[..])), "");
        assert_eq!(from_xml(b""), "");
    }

    #[test]
    fn a_byte_order_mark_decides_and_is_taken_off() {
        for bytes in [
            "\u{feff}<é>".as_bytes().to_vec(),
            utf16("\u{feff}<é>", u16::to_le_bytes),
            utf16("\u{feff}<é>", u16::to_be_bytes),
        ] {
            assert_eq!(all(text(&bytes[..])), "<é>");
            assert_eq!(from_xml(&bytes), "<é>");
        }
        let said = "\u{feff}<?xml version='1.0' encoding='latin1'?><é>";
        assert_eq!(
            from_xml(said.as_bytes()),
            said.trim_start_matches('\u{feff}')
        );
    }

    #[test]
    fn utf_16_xml_needs_no_byte_order_mark() {
        let document = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><é>";
        assert_eq!(from_xml(&utf16(document, u16::to_le_bytes)), document);
        assert_eq!(from_xml(&utf16(document, u16::to_be_bytes)), document);
    }

    #[test]
    fn utf_16_without_a_mark_is_known_by_its_zeros() {
        let table = "lat,lon,é\n54.3,10.1,ü\n";
        assert_eq!(all(text(&utf16(table, u16::to_le_bytes)[..])), table);
        assert_eq!(all(text(&utf16(table, u16::to_be_bytes)[..])), table);
        for other in [&b"a\0b"[..], b"\x0e\0\x10\0", b"a", b"", b"\0\0\0\0"] {
            assert_eq!(utf_16(other).map(|_| other), None);
        }
    }

    #[test]
    fn words_that_are_known_tell_their_encoding() {
        let known = |word: &'static str| move |words: &[Cow<'_, str>]| words[0] == word;
        for (bytes, word) in [
            (&b"L\xe4nge"[..], "Länge"),
            (b"d\xb3ugo\x9c\xe6", "długość"),
            (b"\xd8\xe8\xf0\xee\xf2\xe0", "Широта"),
            (b"\x88\xdc\x93x", "緯度"),
            ("Länge".as_bytes(), "Länge"),
        ] {
            assert_eq!(words(&[bytes], known(word)), [word]);
        }
        assert_eq!(words(&[b"\xe9t\xe9"], |_| false), ["été"]);
        assert_eq!([word("été".as_bytes()), word(b"\xe9t\xe9")], ["été"; 2]);
    }

    #[test]
    fn a_declared_encoding_is_used() {
        let latin = b"<?xml version='1.0' encoding = 'ISO-8859-1' ?><\xe9>";
        assert!(from_xml(latin).ends_with("<é>"));
        let windows = b"<?xml version=\"1.0\" encoding=\"windows-1252\"?><\x80>";
        assert!(from_xml(windows).ends_with("<€>"));
    }

    #[test]
    fn a_declaration_that_cannot_be_true_is_not_believed() {
        for label in ["utf-16", "UTF-16LE", "no-such-thing", "", "iso-2022-kr"] {
            let document = format!("<?xml version='1.0' encoding='{label}'?><é>");
            assert_eq!(from_xml(document.as_bytes()), document);
        }
    }

    #[test]
    fn a_bad_byte_costs_itself_only() {
        assert_eq!(all(text(&b"a\xffb"[..])), "a\u{fffd}b");
        assert_eq!(from_xml(b"<a>\xff</a>\xc3"), "<a>\u{fffd}</a>\u{fffd}");
    }

    #[test]
    fn characters_across_chunks_stay_whole() {
        let long = "aé€".repeat(CHUNK);
        assert_eq!(all(text(long.as_bytes())), long);
        assert_eq!(from_xml(long.as_bytes()), long);
    }
}
