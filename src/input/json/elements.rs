//! Elements of the arrays in a JSON document, cut out one by one as it streams by.
//!
//! Location histories are arrays of millions of small records. Each is cut out by its brackets and
//! parsed by itself, with all of what it holds, so memory is that of one record, and a broken one
//! costs itself. Readers that parse the whole document (`struson`, or a visitor of serde) end at
//! the first fault, and can hand nothing to other threads.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use serde_json::Value;

use super::cut::closed;
use super::literals::quoted;
use super::values::Bounded;
use crate::error::Result;
use crate::input::opened::Head;
use crate::input::{Oddity, Sink, decode};

/// The longest record.
const LONGEST: usize = 64 << 20;
/// How much of a document is read at a time.
const CHUNK: usize = 128 * 1024;
/// How much text is parsed together by one thread, and how much by all of them.
const PIECE: usize = 128 * 1024;
const BATCH: usize = 32 * PIECE;

/// How many of the first lines tell whether each is a record.
const SAMPLE: usize = 50;

/// The values that the first lines are, where they are such.
pub(in crate::input) fn on_lines(head: &Head) -> Vec<Option<Value>> {
    let text = head.text().unwrap_or_default();
    let text = text.trim_ascii_start();
    let value = |line: &[u8]| serde_json::from_slice::<Value>(&quoted(line)).ok();
    // The last line may be cut. The first is looked at as far as it goes.
    let Some(end) = memchr::memrchr(b'\n', text) else {
        return vec![value(closed(text).trim_ascii())];
    };
    let lines = text[..end].split(|&byte| byte == b'\n');
    let lines = lines
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty());
    let last = value(&text[end..]).map(Some);
    lines.map(value).chain(last).take(SAMPLE).collect()
}

/// Whether most of the first lines of a text are records: objects, or several arrays without others
/// in them.
pub(in crate::input) fn are_records(lines: &[Option<Value>], head: &Head) -> bool {
    let is_flat = |array: &Vec<Value>| !array.iter().any(|one| one.is_array() || one.is_object());
    let is_record = |line: &&Value| match lines.first() {
        Some(Some(Value::Array(_))) => line.as_array().is_some_and(is_flat) && lines.len() > 1,
        _ => line.is_object(),
    };
    let text = head.text().unwrap_or_default();
    let begins = matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
    begins && 2 * lines.iter().flatten().filter(is_record).count() > lines.len()
}

/// What of a document is a record.
#[derive(Clone, Copy)]
pub(in crate::input) enum Records<'a> {
    /// The elements of the arrays in these members, or of an array that is all.
    Of(&'a [&'a str]),
    /// The elements of all arrays that are members, or of an array that is all.
    Members,
    /// The objects that are members, or the elements of an array that is all.
    Values,
    /// The objects themselves, one after the other, or the elements of an array that is all.
    Whole,
    /// What stands on each line; where one ends does not hang on those before.
    Lines,
}

/// A record: which member of the document it is in, which number (or line) it has in the file, and
/// its text.
#[derive(Clone, Copy)]
pub(in crate::input) struct Element<'a> {
    pub member: &'a str,
    pub number: u64,
    text: &'a [u8],
}

impl Element<'_> {
    /// Its value; a broken one is a bad record, and counted as one.
    pub(in crate::input) fn value(self, sink: &mut Sink) -> Result<Option<Value>> {
        let usual = serde_json::from_slice::<Bounded>(self.text);
        let value = usual.or_else(|fault| match quoted(self.text) {
            Cow::Owned(text) => serde_json::from_slice(&text),
            Cow::Borrowed(_) => Err(fault),
        });
        match value {
            Ok(Bounded(value)) => Ok(Some(value)),
            Err(reason) => {
                sink.record();
                let fact = format_args!("the record is not JSON: {reason}");
                sink.skip(self.number, fact).map(|()| None)
            }
        }
    }
}

/// Gives every record of a document to a function. What comes before the end of one that is cut off
/// counts.
///
/// # Errors
/// When the source cannot be read, and those of the function.
pub(in crate::input) fn each(
    source: impl Read,
    records: Records<'_>,
    sink: &mut Sink,
    mut take: impl FnMut(Element<'_>, &mut Sink) -> Result<()>,
) -> Result<()> {
    let mut scan = Scan {
        source: BufReader::with_capacity(CHUNK, decode::text(source)),
        records,
        number: 0,
        text: Vec::new(),
    };
    let whole = scan.document(&mut |element| take(element, sink));
    match whole {
        Ok(true) => Ok(()),
        Ok(false) => sink.odd(Oddity::Broken, None),
        Err(Fault::Given(error)) => Err(error),
        Err(Fault::Source(reason)) => Err(sink.error(None, reason)),
    }
}

/// Gives every record of a document to a function, many at a time side by side.
///
/// # Errors
/// As those of [`each`].
pub(in crate::input) fn side_by_side(
    source: impl Read,
    records: Records<'_>,
    sink: &mut Sink,
    take: impl Fn(Element<'_>, &mut Sink) -> Result<()> + Sync,
) -> Result<()> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut length = 0;
    let flush = |pieces: &mut Vec<Piece>, sink: &mut Sink| {
        let done = sink.side_by_side(pieces, |piece, sink| {
            let mut elements = piece.elements();
            elements.try_for_each(|element| take(element, sink))
        });
        pieces.clear();
        done
    };
    each(source, records, sink, |element, sink| {
        let full = |piece: &Piece| {
            piece.text.len() >= PIECE
                || piece.member != element.member
                || piece.first + piece.ends.len() as u64 != element.number
        };
        if pieces.last().is_none_or(full) {
            pieces.push(Piece::new(element.member, element.number));
        }
        if let Some(piece) = pieces.last_mut() {
            piece.text.extend(element.text);
            piece.ends.push(piece.text.len());
        }
        length += element.text.len();
        if length < BATCH {
            return Ok(());
        }
        length = 0;
        flush(&mut pieces, sink)
    })?;
    flush(&mut pieces, sink)
}

/// Records one after the other.
struct Piece {
    member: String,
    /// The number of the first.
    first: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Piece {
    fn new(member: &str, first: u64) -> Self {
        Self {
            member: member.to_owned(),
            first,
            text: Vec::with_capacity(PIECE),
            ends: Vec::new(),
        }
    }

    fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = starts.zip(&self.ends).zip(self.first..);
        spans.map(|((start, &end), number)| Element {
            member: &self.member,
            number,
            text: &self.text[start..end],
        })
    }
}

/// Why a document is not read on.
enum Fault {
    Source(io::Error),
    Given(crate::error::Error),
}

impl From<io::Error> for Fault {
    fn from(reason: io::Error) -> Self {
        Self::Source(reason)
    }
}

type Take<'t> = &'t mut dyn FnMut(Element<'_>) -> Result<()>;
/// Whether all of something was there.
type Whole = std::result::Result<bool, Fault>;

/// A document as far as it has been read.
struct Scan<'a, R> {
    source: BufReader<R>,
    records: Records<'a>,
    number: u64,
    text: Vec<u8>,
}

impl<R: Read> Scan<'_, R> {
    /// The next byte that says something.
    fn next(&mut self) -> io::Result<Option<u8>> {
        loop {
            let Some(&byte) = self.source.fill_buf()?.first() else {
                return Ok(None);
            };
            if !says_nothing(byte) {
                return Ok(Some(byte));
            }
            self.source.consume(1);
        }
    }

    fn document(&mut self, take: Take<'_>) -> Whole {
        if matches!(self.records, Records::Lines) {
            return self.lines(take);
        }
        loop {
            let whole = match self.next()? {
                None => return Ok(true),
                Some(b'[') => {
                    self.source.consume(1);
                    self.array("", take)?
                }
                Some(b'{') if matches!(self.records, Records::Whole) => self.record("", take)?,
                Some(b'{') => {
                    self.source.consume(1);
                    self.object(take)?
                }
                Some(b']' | b'}') => {
                    self.source.consume(1);
                    false
                }
                Some(_) => self.value(None)?,
            };
            if !whole {
                return Ok(false);
            }
        }
    }

    fn array(&mut self, member: &str, take: Take<'_>) -> Whole {
        loop {
            match self.next()? {
                None => return Ok(false),
                Some(byte @ (b']' | b'}')) => {
                    self.source.consume(1);
                    return Ok(byte == b']');
                }
                Some(_) => {
                    if !self.record(member, take)? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    fn object(&mut self, take: Take<'_>) -> Whole {
        loop {
            match self.next()? {
                Some(b'}') => {
                    self.source.consume(1);
                    return Ok(true);
                }
                Some(b'"') if self.member(take)? => {}
                Some(_) | None => return Ok(false),
            }
        }
    }

    fn member(&mut self, take: Take<'_>) -> Whole {
        let mut name = Vec::new();
        if !self.value(Some(&mut name))? {
            return Ok(false);
        }
        let name = serde_json::from_slice::<String>(&name).unwrap_or_default();
        if self.next()? != Some(b':') {
            return Ok(false);
        }
        self.source.consume(1);
        let first = self.next()?;
        let is_wanted = match self.records {
            Records::Of(names) => names.contains(&name.as_str()),
            Records::Members => true,
            Records::Values if first == Some(b'{') => return self.record(&name, take),
            Records::Values | Records::Whole | Records::Lines => false,
        };
        if first == Some(b'[') && is_wanted {
            self.source.consume(1);
            return self.array(&name, take);
        }
        self.value(None)
    }

    fn lines(&mut self, take: Take<'_>) -> Whole {
        loop {
            self.text.clear();
            if read_until(&mut self.source, b'\n', &mut self.text)? == 0 {
                return Ok(true);
            }
            self.number += 1;
            let text = bare(&self.text);
            if !text.is_empty() {
                let element = Element {
                    member: "",
                    number: self.number,
                    text,
                };
                take(element).map_err(Fault::Given)?;
            }
        }
    }

    fn record(&mut self, member: &str, take: Take<'_>) -> Whole {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let whole = self.value(Some(&mut text))?;
        self.text = text;
        if whole {
            self.number += 1;
            let element = Element {
                member,
                number: self.number,
                text: &self.text,
            };
            take(element).map_err(Fault::Given)?;
        }
        Ok(whole)
    }

    /// Passes over a value, whose text may be wanted.
    fn value(&mut self, mut to: Option<&mut Vec<u8>>) -> Whole {
        let mut ending = Ending::default();
        loop {
            let read = self.source.fill_buf()?;
            if read.is_empty() {
                return Ok(false);
            }
            let end = read.iter().position(|&byte| ending.is_after(byte));
            let length = end.unwrap_or(read.len());
            if let Some(to) = to.as_deref_mut() {
                to.extend(&read[..length.min(LONGEST.saturating_sub(to.len()))]);
            }
            self.source.consume(length);
            if end.is_some() || ending.state == State::Done {
                return Ok(true);
            }
        }
    }
}

/// Reads up to a byte that ends a record, of which no more than the [longest](LONGEST) is kept; how
/// much that is.
pub(in crate::input) fn read_until(
    source: &mut impl BufRead,
    end: u8,
    to: &mut Vec<u8>,
) -> io::Result<usize> {
    let read = source.take(LONGEST as u64).read_until(end, to)?;
    if read == LONGEST && to.last() != Some(&end) {
        source.skip_until(end)?;
    }
    Ok(read)
}

/// Whether a byte between values only parts them.
fn says_nothing(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | 0x1e | 0)
}

/// A line without what only parts it from others.
pub(in crate::input) fn bare(line: &[u8]) -> &[u8] {
    let says_something = |byte: &u8| !says_nothing(*byte);
    let start = line.iter().position(says_something).unwrap_or(line.len());
    let end = line
        .iter()
        .rposition(says_something)
        .map_or(start, |last| last + 1);
    &line[start..end]
}

/// Finds the end of a value.
#[derive(Default)]
struct Ending {
    depth: u64,
    state: State,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    /// There may be blanks before it.
    #[default]
    Before,
    Within,
    Text,
    /// The next byte of a text means nothing.
    Escaped,
    /// All of it has been seen.
    Done,
}

impl Ending {
    /// Whether a value ended before this byte.
    fn is_after(&mut self, byte: u8) -> bool {
        let is_scalar = self.depth == 0 && self.state == State::Within;
        self.state = match (self.state, byte) {
            (State::Done, _) => return true,
            (State::Text, b'\\') => State::Escaped,
            (State::Text, b'"') if self.depth == 0 => State::Done,
            (State::Text, b'"') => State::Within,
            (State::Text | State::Escaped, _) | (_, b'"') => State::Text,
            (_, b'{' | b'[') => {
                self.depth += 1;
                State::Within
            }
            (_, b'}' | b']') if self.depth == 0 => return true,
            (_, b'}' | b']') => {
                self.depth -= 1;
                if self.depth == 0 {
                    State::Done
                } else {
                    State::Within
                }
            }
            (_, b',' | b':') if is_scalar => return true,
            (_, blank) if blank.is_ascii_whitespace() && is_scalar => return true,
            (State::Before, blank) if blank.is_ascii_whitespace() => State::Before,
            _ => State::Within,
        };
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::collect;

    fn found(text: &str, records: Records<'_>) -> (Vec<String>, bool) {
        let mut all = Vec::new();
        let (report, _) = collect(false, |sink| {
            each(text.as_bytes(), records, sink, |element, _| {
                let text = String::from_utf8_lossy(element.text);
                all.push(format!("{}{} {text}", element.member, element.number));
                Ok(())
            })
        });
        (all, report.oddities.is_empty())
    }

    #[test]
    fn records_are_those_of_arrays_or_whole_objects() {
        let text = r#"{"a": [1, {"b": "]}\""}], "c": {"a": [9]}, "d": [[2], 3]}"#;
        let of = |records| found(text, records).0;
        assert_eq!(of(Records::Of(&["a"])), ["a1 1", r#"a2 {"b": "]}\""}"#]);
        assert_eq!(of(Records::Members)[2..], ["d3 [2]", "d4 3"]);
        assert_eq!(of(Records::Whole), [format!("1 {text}")]);
        let lines = "\u{feff}{\"a\": 1}\n{\"a\": 2}\n";
        assert_eq!(
            found(lines, Records::Whole).0,
            ["1 {\"a\": 1}", "2 {\"a\": 2}"]
        );
        assert_eq!(found("[[1, 2], [3, 4]]", Records::Whole).0.len(), 2);
        let lines = "\u{feff}{\"a\": 1},\r\n\n{\"a\": \n{\"a\": 2}";
        assert_eq!(
            found(lines, Records::Lines).0,
            ["1 {\"a\": 1}", "3 {\"a\":", "4 {\"a\": 2}"]
        );
    }

    #[test]
    fn a_document_may_be_cut_or_broken_anywhere() {
        let whole = r#"{"a": [{"b": 1}, {"b": "x\"]"}], "c": null}"#;
        for length in 0..whole.len() {
            let (records, complete) = found(&whole[..length], Records::Of(&["a"]));
            assert!(records.len() <= 2 && (!complete || length == 0), "{length}");
        }
        for text in ["[}", "{]", "[1 2", "{\"a\" 1}", "}", "[\"", ":::", "[:,:]"] {
            found(text, Records::Members);
        }
    }

    #[test]
    fn a_record_without_end_is_not_held() {
        let text = [vec![b'x'; LONGEST + 10], b"\nnext\n".to_vec()].concat();
        let (mut source, mut record) = (&text[..], Vec::new());
        assert_eq!(
            read_until(&mut source, b'\n', &mut record).unwrap(),
            LONGEST
        );
        record.clear();
        read_until(&mut source, b'\n', &mut record).unwrap();
        assert_eq!(record, b"next\n");
        assert!(source.is_empty());
    }
}
