//! Numbers that are none, as Python writes them into JSON that no other program reads: `NaN`,
//! `Infinity` and `-Infinity`.
//!
//! As values of members, and among the numbers of arrays, they become texts, so that one says what
//! it is where somebody asks for it, and costs nothing where nobody does. A member's name ends in a
//! quote that is not escaped, so texts that hold JSON stay as they are.

use std::borrow::Cow;
use std::io::{self, Read};

use memchr::{memchr_iter, memmem, memrchr2};

/// The words, without their signs.
const WORDS: [&[u8]; 2] = [b"NaN", b"Infinity"];
/// How much of a document is looked through at a time.
const CHUNK: usize = 64 * 1024;
/// How much of it is kept that was handed on: as much as a buffered reader holds.
const KEPT: usize = 8 * 1024;

/// A text in which such values are texts.
pub(in crate::input) fn quoted(text: &[u8]) -> Cow<'_, [u8]> {
    quoted_after(text, &mut true)
}

/// The same of a text that goes on with others; `is_of_member` is whether what stands at its
/// beginning, and then at its end, is of a member or of the array that all begins in.
fn quoted_after<'t>(text: &'t [u8], is_of_member: &mut bool) -> Cow<'t, [u8]> {
    let words =
        |word: &'static [u8]| memmem::find_iter(text, word).map(move |at| (at, at + word.len()));
    let mut words: Vec<_> = WORDS.into_iter().flat_map(words).collect();
    words.sort_unstable();
    let mut known = (0, *is_of_member);
    let values = words.into_iter();
    let found: Vec<_> = values
        .filter_map(|(at, end)| value(text, at, end, &mut known))
        .collect();
    let last = memrchr2(b'"', b':', &text[known.0..]);
    *is_of_member = last.map_or(known.1, |last| is_behind_name(&text[..=known.0 + last]));
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut changed, mut end) = (Vec::with_capacity(text.len() + 2 * found.len()), 0);
    for [from, to] in found {
        changed.extend(&text[end..from]);
        changed.push(b'"');
        changed.extend(&text[from..to]);
        changed.push(b'"');
        end = to;
    }
    changed.extend(&text[end..]);
    Cow::Owned(changed)
}

/// Where the value that is a word begins and ends, if it is one. Known is up to where the text was
/// looked at, and whether what stands there is of a member, or of the array that the text begins in.
fn value(text: &[u8], at: usize, end: usize, known: &mut (usize, bool)) -> Option<[usize; 2]> {
    let looked = &text[known.0..at];
    let other = looked.iter().rposition(|&byte| !is_of_numbers(byte));
    let is_of_member = other.map_or(known.1, |other| is_behind_name(&text[..=known.0 + other]));
    *known = (end, is_of_member);
    let before = text[..at].strip_suffix(b"-").unwrap_or(&text[..at]);
    let is_first = matches!(before.trim_ascii_end(), [] | [.., b':' | b'[' | b',']);
    let is_last = matches!(text[end..].trim_ascii_start(), [b',' | b'}' | b']', ..]);
    (is_of_member && is_first && is_last).then_some([before.len(), end])
}

/// Whether a text ends with the name of a member and a colon.
fn is_behind_name(text: &[u8]) -> bool {
    let name = text.strip_suffix(b":");
    let name = name.and_then(|name| name.trim_ascii_end().strip_suffix(b"\""));
    name.is_some_and(|name| !name.ends_with(b"\\"))
}

/// Whether a byte may stand in an array of numbers, in which some are null or such a word.
fn is_of_numbers(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_whitespace() || b"[],+-.eEnulNaIfity".contains(&byte)
}

/// A document in which such values are texts, as it streams by.
pub(in crate::input) struct Quoted<R> {
    source: R,
    /// What was read and may end within a value.
    unread: Vec<u8>,
    /// What was looked through last, behind the end of what was before that, and how much of it was
    /// handed on.
    done: Vec<u8>,
    used: usize,
    /// How many lines end before that.
    lines: usize,
    /// What stands at its end is of a member, or of the array that all begins in.
    is_of_member: bool,
}

impl<R: Read> Quoted<R> {
    pub(in crate::input) fn new(source: R) -> Self {
        Self {
            source,
            unread: Vec::with_capacity(CHUNK),
            done: Vec::new(),
            used: 0,
            lines: 0,
            is_of_member: true,
        }
    }

    /// Looks through the next stretch, up to what must follow a value.
    fn fill(&mut self) -> io::Result<()> {
        let room = CHUNK.saturating_sub(self.unread.len()).max(1) as u64;
        let read = (&mut self.source)
            .take(room)
            .read_to_end(&mut self.unread)? as u64;
        let whole = memrchr2(b',', b'}', &self.unread).map(|at| at + 1);
        let end = whole.filter(|_| read == room).unwrap_or(self.unread.len());
        let old = self.done.len().saturating_sub(KEPT);
        self.lines += memchr_iter(b'\n', &self.done[..old]).count();
        self.done.drain(..old);
        self.used = self.done.len();
        let stretch = quoted_after(&self.unread[..end], &mut self.is_of_member);
        self.done.extend_from_slice(&stretch);
        self.unread.drain(..end);
        Ok(())
    }

    /// Goes on behind so many lines, which a reader that holds no more than is kept has come to.
    pub(in crate::input) fn skip_to(&mut self, lines: usize) -> io::Result<()> {
        loop {
            let last = lines.saturating_sub(self.lines + 1);
            if let Some(end) = memchr_iter(b'\n', &self.done).nth(last) {
                self.used = end + 1;
                return Ok(());
            }
            self.fill()?;
            if self.used == self.done.len() {
                return Ok(());
            }
        }
    }
}

impl<R: Read> Read for Quoted<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.used == self.done.len() {
            self.fill()?;
        }
        let read = (&self.done[self.used..]).read(to)?;
        self.used += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;

    #[test]
    fn values_that_are_no_numbers_become_texts_and_texts_stay() {
        let text = r#"{"a": NaN, "b" :-Infinity,"c":Infinity}"#;
        let expected = r#"{"a": "NaN", "b" :"-Infinity","c":"Infinity"}"#;
        assert_eq!(&*quoted(text.as_bytes()), expected.as_bytes());
        for text in [
            r#"{"a": "NaN, Infinity", "b": "{\"c\": NaN}", "NaN": 1}"#,
            r#"{"a": "b: NaN, c", "d": "[1, NaN]", "e": "[NaN, 1]"}"#,
            r#"{"a": "b\": [1, NaN, 2]"}"#,
            r#"["a", NaN, 1]"#,
            "NaN",
            ":NaN,",
        ] {
            assert!(
                matches!(quoted(text.as_bytes()), Cow::Borrowed(_)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_document_goes_on_behind_a_line() {
        let line = |number: u32| format!("{{\"n\": {number}}},\n");
        let text: String = (1..=40_000).map(line).collect();
        for last in [1, 2, 700, 6_000, 6_500, 30_000, 39_999, 40_000] {
            let mut quoted = Quoted::new(text.as_bytes());
            let lines = BufReader::with_capacity(KEPT, &mut quoted).lines();
            assert_eq!(lines.take(last).count(), last);
            quoted.skip_to(last).unwrap();
            let mut rest = String::new();
            quoted.read_to_string(&mut rest).unwrap();
            let first = if last < 40_000 {
                line(last as u32 + 1)
            } else {
                String::new()
            };
            assert!(rest.starts_with(&first) && text.ends_with(&rest), "{last}");
        }
    }

    #[test]
    fn numbers_of_arrays_may_be_none() {
        for (text, expected) in [
            ("[NaN, 1]", "[\"NaN\", 1]"),
            (
                "{\"a\": [[1, -Infinity], [null,NaN ]], \"b\": 1}",
                "{\"a\": [[1, \"-Infinity\"], [null,\"NaN\" ]], \"b\": 1}",
            ),
        ] {
            assert_eq!(&*quoted(text.as_bytes()), expected.as_bytes());
        }
        let long = format!("{{\"a\": [{}1]}}", "[-1.5e3, NaN],".repeat(20_000));
        let mut found = Vec::new();
        let mut stretches = Quoted::new(long.as_bytes());
        stretches.read_to_end(&mut found).unwrap();
        assert_eq!(memmem::find_iter(&found, "\"NaN\"").count(), 20_000);
    }

    #[test]
    fn a_document_is_the_same_in_stretches() {
        let text = r#"{"a": NaN, "b" : -Infinity ,"c,d": "e" },"#.repeat(5000);
        let mut found = Vec::new();
        Quoted::new(text.as_bytes())
            .read_to_end(&mut found)
            .unwrap();
        assert!(found == *quoted(text.as_bytes()));
        assert_eq!(memmem::find_iter(&found, "\"NaN\"").count(), 5000);
        let text = format!(
            "[{{\"a\": \"{}\", \"b\": NaN}}]",
            "1,NaN,2.5,".repeat(20_000)
        );
        let mut found = Vec::new();
        Quoted::new(text.as_bytes())
            .read_to_end(&mut found)
            .unwrap();
        assert_eq!(memmem::find_iter(&found, "\"NaN\"").count(), 1);
        let long = "x".repeat(3 * CHUNK);
        let mut found = String::new();
        Quoted::new(long.as_bytes())
            .read_to_string(&mut found)
            .unwrap();
        assert!(found == long);
    }
}
