//! Bytes in any of the usual encodings in, clean UTF-8 out, as they stream by.
//!
//! Real files begin with byte order marks, are written in Latin-1 or UTF-16, or hold one stray byte
//! in the middle. The readers behind this filter see none of it: a byte order mark decides first,
//! then (in XML) the declaration, and what is left is UTF-8. Whatever cannot be decoded becomes
//! U+FFFD. Knows nothing of what the text means.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

/// How much is decoded at a time.
const CHUNK: usize = 64 * 1024;
/// Where an XML declaration must have ended.
const DECLARATION: u64 = 1024;

/// Text that says nothing about its encoding, except perhaps by a byte order mark.
pub fn text(reader: impl Read) -> impl BufRead {
    decode(reader, UTF_8)
}

/// XML, whose declaration may name an encoding.
///
/// # Errors
/// When the beginning, where the declaration would be, cannot be read.
pub fn xml(mut reader: impl Read) -> io::Result<impl BufRead> {
    let mut beginning = Vec::new();
    reader
        .by_ref()
        .take(DECLARATION)
        .read_to_end(&mut beginning)?;
    let encoding = sniff(&beginning);
    Ok(decode(io::Cursor::new(beginning).chain(reader), encoding))
}

fn decode(reader: impl Read, encoding: &'static Encoding) -> impl BufRead {
    let mut builder = DecodeReaderBytesBuilder::new();
    builder.encoding(Some(encoding)).bom_override(true);
    BufReader::with_capacity(
        CHUNK,
        builder.build(BufReader::with_capacity(CHUNK, reader)),
    )
}

/// The encoding of a document that begins like this and has no byte order mark.
fn sniff(beginning: &[u8]) -> &'static Encoding {
    match beginning {
        [b'<', 0, ..] => UTF_16LE,
        [0, b'<', ..] => UTF_16BE,
        _ => declared(beginning).unwrap_or(UTF_8),
    }
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

    fn all(mut reader: impl Read) -> String {
        let mut text = String::new();
        reader
            .read_to_string(&mut text)
            .expect("what the filter gives is UTF-8");
        text
    }

    fn from_xml(bytes: &[u8]) -> String {
        all(xml(bytes).expect("a slice can be read"))
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
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
