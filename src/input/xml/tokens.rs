//! Tokenizer of XML that forgives: one fault costs one tag.
//!
//! A parser that obeys the standard looks for the quote that a damaged tag has lost until it finds
//! another, and all that lies between is gone. Here a tag ends at its `>` or else before the next
//! `<`, which stands in no well-formed tag; only whole comments, sections and declarations may hold
//! it. Everything is looked for within bounded memory. Knows nothing of elements and how they nest.

use std::io::{self, Read};

use memchr::memmem;

use super::tag::{Span, Tag, begins_name};

/// How far the end of anything is looked for while it can still be taken for something else.
const TOKEN: usize = 1 << 20;
/// How far the end of a value is looked for that has `<` in it.
const VALUE: usize = 1024;
/// How much is read at a time.
const CHUNK: usize = 64 * 1024;
/// How much of a long text is given at a time.
const TEXT: usize = 16 * 1024;

/// A part of a document.
#[derive(Debug)]
pub(super) enum Token<'a> {
    /// A start tag, and how the element goes on.
    Start(Tag<'a>, Body<'a>),
    /// What stands in an end tag.
    End(&'a str),
    /// Text, or a part of a long one; with its entities, or, from a CDATA section, without.
    Text { text: &'a str, entities: bool },
    /// A comment or a declaration.
    Aside,
    /// Something that should have had an end, and what it is.
    Endless(&'static str),
}

/// How an element goes on behind its start tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Body<'a> {
    /// With other tokens.
    Open,
    /// Not at all: the tag is the end tag, too.
    Empty,
    /// With nothing but text, in which there may be entities, and an end tag of the same name.
    Text(&'a str),
}

/// The tokens of a document.
pub(super) struct Tokens<R> {
    source: R,
    /// What has been read and not yet been given.
    window: String,
    /// The beginning of a character whose rest has not been read.
    begun: Vec<u8>,
    /// Where the next token starts in the window.
    start: usize,
    /// The line of that.
    line: u64,
    /// Where that line ends in the window, or the window if that comes first. Most tokens end
    /// before, and need not be searched for line ends.
    line_end: usize,
    /// Nothing is left in the source.
    ended: bool,
    /// Ends that come no more. They are not looked for again, or many beginnings would take long.
    absent: Vec<&'static [u8]>,
}

/// Where a token lies in the window, from its start on, and what it is.
struct Found {
    kind: Kind,
    /// The part of it that says something.
    inner: std::ops::Range<usize>,
    /// Its length.
    length: usize,
}

impl Found {
    /// A tag at the beginning of a text, if its end was found.
    #[inline]
    fn tag(kind: Kind, text: &[u8], end: Option<usize>) -> Option<Self> {
        let end = end?;
        let length = end + usize::from(text[end] == b'>');
        Some(match kind {
            Kind::Start { name, .. } => {
                let is_empty = text[end - 1] == b'/';
                Self {
                    kind: Kind::Start { name, is_empty },
                    inner: 1..end - usize::from(is_empty),
                    length,
                }
            }
            kind => Self {
                kind,
                inner: 2..end.max(2),
                length,
            },
        })
    }
}

enum Kind {
    Start {
        name: Span,
        is_empty: bool,
    },
    End,
    /// An element of nothing but text.
    Leaf {
        name: Span,
    },
    Text {
        entities: bool,
    },
    Aside,
    Endless(&'static str),
}

impl Kind {
    /// That of a start tag.
    fn start(tag: &[u8]) -> Self {
        Self::Start {
            name: Span::of_element(&tag[1..]),
            is_empty: false,
        }
    }
}

impl<R: Read> Tokens<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            window: String::new(),
            begun: Vec::new(),
            start: 0,
            line: 1,
            line_end: 0,
            ended: false,
            absent: Vec::new(),
        }
    }

    /// The next token and the line on which it starts; `None` at the end. Text that is not wanted
    /// may be left out.
    #[inline]
    pub(super) fn next(&mut self, wants_text: bool) -> io::Result<Option<(u64, Token<'_>)>> {
        if !wants_text {
            self.skip_text();
        }
        let line = self.line;
        let Some(found) = self.find()? else {
            return Ok(None);
        };
        let start = self.start;
        self.advance(found.length);
        // It is cut beside ASCII or at the edge of a character.
        let inner = start + found.inner.start..start + found.inner.end;
        let inner = self.window.get(inner).unwrap_or_default();
        let token = match found.kind {
            Kind::Start { name, is_empty } => {
                let body = if is_empty { Body::Empty } else { Body::Open };
                Token::Start(Tag::new(inner, name), body)
            }
            Kind::End => Token::End(inner),
            Kind::Leaf { name } => {
                let (tag, text) = (&inner[..name.end], &inner[name.end + 1..]);
                Token::Start(Tag::new(tag, name), Body::Text(text))
            }
            Kind::Text { entities } => Token::Text {
                text: inner,
                entities,
            },
            Kind::Aside => Token::Aside,
            Kind::Endless(what) => Token::Endless(what),
        };
        Ok(Some((line, token)))
    }

    /// Passes over text, as far as it has been read and has no `<` in it.
    #[inline]
    fn skip_text(&mut self) {
        if self.rest().first().is_some_and(|&first| first != b'<')
            && let Some(length) = memchr::memchr(b'<', self.rest())
        {
            self.advance(length);
        }
    }

    /// What comes next. Most are tags that have been read as a whole.
    #[inline]
    fn find(&mut self) -> io::Result<Option<Found>> {
        let found = match self.rest() {
            rest @ [b'<', b'/', ..] => Found::tag(Kind::End, rest, bare_tag(rest)),
            rest @ [b'<', first, ..] if begins_name(*first) => {
                let name = Span::of_element(&rest[1..]);
                let start = Kind::Start {
                    name,
                    is_empty: false,
                };
                leaf(name, self.rest_of_line()).or_else(|| Found::tag(start, rest, start_tag(rest)))
            }
            _ => None,
        };
        found.map_or_else(|| self.search(), |found| Ok(Some(found)))
    }

    /// The same for what may be anything, and of which more may have to be read. Elements of
    /// nothing but text, of which few come here, are three tokens.
    fn search(&mut self) -> io::Result<Option<Found>> {
        // Enough to tell what it is.
        while self.rest().len() < 16 && self.fill()? {}
        Ok(Some(match self.rest() {
            [] => return Ok(None),
            [b'<', b'/', ..] => self.tag(|_| Kind::End)?,
            [b'<', first, ..] if begins_name(*first) => self.tag(Kind::start)?,
            [b'<', b'!', b'-', b'-', ..] => self.section(4, b"-->", "a comment")?,
            rest if rest.starts_with(b"<![CDATA[") => self.section(9, b"]]>", "a CDATA section")?,
            [b'<', b'!', b'a'..=b'z' | b'A'..=b'Z', ..] => self.document_type()?,
            [b'<', b'?', ..] => self.tag(|_| Kind::Aside)?,
            _ => self.text(),
        }))
    }

    /// Something that ends with a text of its own.
    fn section(
        &mut self,
        begin: usize,
        end: &'static [u8],
        what: &'static str,
    ) -> io::Result<Found> {
        let found = if self.absent.contains(&end) {
            None
        } else {
            self.end_of(begin, end)?
        };
        let (kind, inner, length) = match found {
            Some(at) if end == b"]]>" => (Kind::Text { entities: false }, begin..at, at + 3),
            Some(at) => (Kind::Aside, 0..0, at + end.len()),
            None if self.ended => {
                self.absent.push(end);
                (Kind::Endless(what), 0..0, begin)
            }
            // Too much has gone by to take it for something else.
            None if self.skip_past(end)? => (Kind::Aside, 0..0, 0),
            None => (Kind::Endless(what), 0..0, 0),
        };
        Ok(Found {
            kind,
            inner,
            length,
        })
    }

    /// Looks for the end of a section.
    fn end_of(&mut self, begin: usize, end: &[u8]) -> io::Result<Option<usize>> {
        let mut from = begin;
        loop {
            let rest = self.rest();
            if let Some(at) = rest.get(from..).and_then(|rest| memmem::find(rest, end)) {
                return Ok(Some(from + at));
            }
            from = begin.max(rest.len().saturating_sub(end.len() - 1));
            if rest.len() > TOKEN || !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Goes on behind the end of a long section, or to the end of all; tells which.
    fn skip_past(&mut self, end: &[u8]) -> io::Result<bool> {
        loop {
            if let Some(at) = memmem::find(self.rest(), end) {
                self.advance(at + end.len());
                return Ok(true);
            }
            self.advance(self.rest().len() + 1 - end.len());
            if !self.fill()? {
                self.advance(self.rest().len());
                return Ok(false);
            }
        }
    }

    /// A document type, which may have declarations with tags in them in brackets.
    fn document_type(&mut self) -> io::Result<Found> {
        let opened = self.scan(|rest| memchr::memchr2(b'[', b'>', rest))?;
        if opened.is_some_and(|at| self.rest()[at] == b'[') {
            return self.section(2, b"]>", "a document type");
        }
        self.tag(|_| Kind::Aside)
    }

    /// A tag, up to its `>` or else to the next `<`.
    fn tag(&mut self, kind: fn(&[u8]) -> Kind) -> io::Result<Found> {
        let is_start = matches!(kind(self.rest()), Kind::Start { .. });
        let end = self.scan(if is_start { start_tag } else { bare_tag })?;
        let rest = self.rest();
        let found = Found::tag(kind(rest), rest, end.or_else(|| bare_tag(rest)));
        // The end of the file is the end of a tag that was cut; else this is a very long text.
        let length = if self.ended { rest.len() } else { 1 };
        Ok(found.unwrap_or(Found {
            kind: Kind::Endless("a tag"),
            inner: 0..0,
            length,
        }))
    }

    /// Looks for something until it is found, nothing more comes, or it is too far away.
    fn scan(&mut self, find: impl Fn(&[u8]) -> Option<usize>) -> io::Result<Option<usize>> {
        loop {
            let found = find(self.rest());
            if found.is_some() || self.rest().len() > TOKEN || !self.fill()? {
                return Ok(found.or_else(|| find(self.rest())));
            }
        }
    }

    /// Text up to the next `<` that may begin something. The first character belongs to it.
    fn text(&self) -> Found {
        let rest = &self.rest()[..self.rest().len().min(TEXT)];
        let begins = |at: &usize| rest.get(at + 1).is_none_or(|&next| begins_token(next));
        let markup = memchr::memchr_iter(b'<', &rest[1..]).map(|at| at + 1);
        let length = markup.into_iter().find(begins).unwrap_or_else(|| {
            if rest.len() == TEXT || !self.ended {
                whole(rest)
            } else {
                rest.len()
            }
        });
        Found {
            kind: Kind::Text { entities: true },
            inner: 0..length,
            length,
        }
    }

    #[inline]
    fn advance(&mut self, length: usize) {
        self.start += length;
        while self.line_end < self.start {
            self.line += 1;
            self.line_end = self.end_of_line(self.line_end + 1);
        }
    }

    /// The first line end from some place of the window on.
    fn end_of_line(&self, from: usize) -> usize {
        let rest = &self.window.as_bytes()[from..];
        from + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
    }

    #[inline]
    fn rest(&self) -> &[u8] {
        &self.window.as_bytes()[self.start..]
    }

    /// What has been read of the line.
    #[inline]
    fn rest_of_line(&self) -> &[u8] {
        &self.window.as_bytes()[self.start..self.line_end]
    }

    /// Reads more; false if there is no more.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let passed = self.window.floor_char_boundary(self.start);
        self.window.drain(..passed);
        self.start -= passed;
        self.line_end -= passed;
        let (known, wanted) = (self.window.len(), CHUNK.max(self.window.len()));
        let mut bytes = std::mem::take(&mut self.window).into_bytes();
        bytes.append(&mut self.begun);
        let before = bytes.len();
        let read = (&mut self.source)
            .take(wanted as u64)
            .read_to_end(&mut bytes);
        let taken = bytes.len() - before;
        self.ended = taken < wanted;
        self.take_characters(bytes);
        read?;
        if self.line_end == known {
            self.line_end = self.end_of_line(known);
        }
        Ok(taken > 0)
    }

    /// Makes whole characters the window. What is read is UTF-8, but its last one may be cut.
    fn take_characters(&mut self, bytes: Vec<u8>) {
        self.window = String::from_utf8(bytes).unwrap_or_else(|error| {
            let mut bytes = error.into_bytes();
            if !self.ended {
                let cut = bytes.utf8_chunks().last();
                let cut = cut.map_or(0, |last| last.invalid().len());
                self.begun = bytes.split_off(bytes.len() - cut);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        });
    }
}

/// How much of a text that goes on has no half of a character or an entity at its end.
fn whole(text: &[u8]) -> usize {
    let near = text.len().saturating_sub(16);
    let is_ascii = text.iter().rposition(u8::is_ascii).map_or(0, |at| at + 1);
    let last = text
        .iter()
        .rposition(|byte| byte & 0xc0 != 0x80)
        .unwrap_or(0);
    let character = is_ascii.max(last);
    let entity = text[near..character.max(near)]
        .iter()
        .rposition(|&byte| byte == b'&')
        .map(|at| near + at);
    match entity.unwrap_or(character) {
        0 => text.len(),
        length => length,
    }
}

/// Whether something other than text starts with `<` and this.
const fn begins_token(byte: u8) -> bool {
    begins_name(byte) || matches!(byte, b'/' | b'!' | b'?')
}

/// Bytes that matter within a start tag.
const IN_TAGS: [bool; 256] = {
    let mut matters = [false; 256];
    let mut at = 0;
    while at < 256 {
        matters[at] = matches!(at as u8, b'<' | b'>' | b'"' | b'\'');
        at += 1;
    }
    matters
};

/// An element of nothing but text that a line begins with. Most elements are such, and one token is
/// read in less time than three.
#[inline]
fn leaf(name: Span, line: &[u8]) -> Option<Found> {
    let (tag, behind) = line.get(1..)?.split_at_checked(name.end)?;
    let text = behind.strip_prefix(b">").filter(|_| name.is_good())?;
    let length = memchr::memchr(b'<', text)?;
    let end = text[length..].strip_prefix(b"</")?.strip_prefix(tag)?;
    end.starts_with(b">").then_some(Found {
        kind: Kind::Leaf { name },
        inner: 1..name.end + 2 + length,
        length: line.len() - end.len() + 1,
    })
}

/// Where a tag without values ends.
#[inline]
fn bare_tag(rest: &[u8]) -> Option<usize> {
    let ends = |&byte: &u8| matches!(byte, b'<' | b'>');
    rest[1..].iter().position(ends).map(|at| at + 1)
}

/// Where a start tag ends: at its `>`, or before the next `<`. A `>` in a value is none, unless the
/// value has no end.
fn start_tag(rest: &[u8]) -> Option<usize> {
    // Most have quotes of one kind, and all of them have ended by then.
    let end = 1 + memchr::memchr3(b'<', b'>', b'\'', &rest[1..])?;
    if rest[end] != b'\''
        && memchr::memchr_iter(b'"', &rest[..end])
            .count()
            .is_multiple_of(2)
    {
        return Some(end);
    }
    let (mut at, mut opened) = (1, None);
    loop {
        let byte = *rest.get(at)?;
        if IN_TAGS[usize::from(byte)] {
            match opened {
                None if matches!(byte, b'<' | b'>') => return Some(at),
                None => opened = Some(at),
                Some(quote) if byte == rest[quote] => opened = None,
                Some(quote) if byte == b'<' => {
                    let value = &rest[quote + 1..];
                    let Some(end) = value_with_bracket(value, rest[quote]) else {
                        // It has no other: what follows it is to be seen for what it is.
                        return bare_tag(&rest[quote..]).map(|end| quote + end);
                    };
                    (at, opened) = (quote + 1 + end, None);
                }
                Some(_) => {}
            }
        }
        at += 1;
    }
}

/// Where a value ends that has `<` in it, as it should not; `None` if the next quote is likelier
/// the beginning of another.
fn value_with_bracket(value: &[u8], quote: u8) -> Option<usize> {
    let near = &value[..value.len().min(VALUE)];
    let end = memchr::memchr(quote, near)?;
    let next = value.get(end + 1)?;
    let ends = next.is_ascii_whitespace() || matches!(next, b'>' | b'/');
    (ends && value[end - 1] != b'=').then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of a text, a line for each.
    fn tokens(text: &str) -> Vec<String> {
        let mut tokens = Tokens::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some((line, token)) = tokens.next(true).expect("a slice can be read") {
            found.push(match token {
                Token::Start(tag, body) => {
                    let name = tag.content;
                    match body {
                        Body::Open => format!("{line} <{name}>"),
                        Body::Empty => format!("{line} <{name}/>"),
                        Body::Text(text) => format!("{line} <{name}>{text}</{name}>"),
                    }
                }
                Token::End(name) => format!("{line} </{name}>"),
                Token::Text { text, .. } => format!("{line} {text}"),
                Token::Aside => format!("{line} aside"),
                Token::Endless(what) => format!("{line} {what} without end"),
            });
        }
        found
    }

    #[test]
    fn text_that_nobody_wants_is_left_out_and_nothing_else() {
        let text = "a\n<b>c < d\n<e/>f</b> g <!-- h --> i";
        let mut tokens = Tokens::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some((line, token)) = tokens.next(false).expect("a slice can be read") {
            if !matches!(token, Token::Text { .. }) {
                found.push((line, format!("{token:?}")));
            }
        }
        let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 3, 3], "{found:?}");
    }

    #[test]
    fn bytes_that_are_no_characters_are_replaced_wherever_reading_was_cut() {
        for length in [0, CHUNK - 9, CHUNK - 8, CHUNK - 7, CHUNK - 6, CHUNK - 5] {
            let before = "x".repeat(length);
            let document = [before.as_bytes(), b"<a>\xc3\xa9\xff\xe2\x82\xac</a>\xc3"].concat();
            let mut tokens = Tokens::new(&document[..]);
            let mut text = String::new();
            while let Some((_, token)) = tokens.next(true).expect("a slice can be read") {
                if let Token::Text { text: more, .. } | Token::Start(_, Body::Text(more)) = token {
                    text.push_str(more);
                }
            }
            assert!(text.starts_with(&before));
            let behind = text[before.len()..].escape_unicode().to_string();
            assert_eq!(
                behind,
                "\u{e9}\u{fffd}\u{20ac}\u{fffd}"
                    .escape_unicode()
                    .to_string()
            );
        }
    }

    #[test]
    fn a_document_is_tags_and_text() {
        assert_eq!(
            tokens(
                "<?xml version='1.0'?><!-- <a> --><a b='>' c = \"'\"><b/>\nx<![CDATA[<y>]]></a>"
            ),
            [
                "1 aside",
                "1 aside",
                "1 <a b='>' c = \"'\">",
                "1 <b/>",
                "1 \nx",
                "2 <y>",
                "2 </a>"
            ]
        );
        assert_eq!(
            tokens("<!DOCTYPE gpx [<!ENTITY a '<b>'>]><a>"),
            ["1 aside", "1 <a>"]
        );
    }

    #[test]
    fn an_element_of_nothing_but_text_is_one_token_and_no_other_is() {
        for leaf in ["<a>b</a>", "<a></a>", "<a:é>b &amp; > c\"</a:é>"] {
            assert_eq!(tokens(&format!("<b/>{leaf}"))[1..], [format!("1 {leaf}")]);
        }
        for other in [
            "<a>b\n</a>",
            "<a>b</a >",
            "<a >b</a>",
            "<a b='c'>d</a>",
            "<a>b</A>",
            "<a>b</ab>",
            "<ab>c</a>",
            "<a>b < c</a>",
            "<a>b<c/></a>",
            "<a><!-- b --></a>",
            "<a>b</a",
            "<a>b</",
            "<a>b",
        ] {
            assert!(tokens(&format!("<b/>{other}")).len() > 2, "{other}");
        }
    }

    #[test]
    fn a_tag_ends_at_the_next_one_at_the_latest() {
        for (text, expected) in [
            ("<p a=\"1 b=\"2\"><q>", ["1 <p a=\"1 b=\"2\">", "1 <q>"]),
            ("<p a=\"1\" b=\"2><q>", ["1 <p a=\"1\" b=\"2>", "1 <q>"]),
            ("<p a=1\" b=\"2\"><q>", ["1 <p a=1\" b=\"2\">", "1 <q>"]),
            ("<p a=\"1\"<q>", ["1 <p a=\"1\">", "1 <q>"]),
            ("</p\" b=\"2\"/><q>", ["1 </p\" b=\"2\"/>", "1 <q>"]),
            ("</p<q>", ["1 </p>", "1 <q>"]),
            ("<p a='<b> c'><q>", ["1 <p a='<b> c'>", "1 <q>"]),
            ("<?xml version='1.0'><q>", ["1 aside", "1 <q>"]),
            ("<?xml version='1.0'<q>", ["1 aside", "1 <q>"]),
            ("<5, don't <6 << <q>", ["1 <5, don't <6 << ", "1 <q>"]),
            ("<p a='don't'>\n<q", ["1 <p a='don't'>", "1 \n"]),
        ] {
            assert_eq!(tokens(text)[..2], expected, "{text}");
        }
    }

    #[test]
    fn what_has_no_end_costs_its_beginning() {
        assert_eq!(
            tokens("<!-- <a><!-- <b>"),
            [
                "1 a comment without end",
                "1  ",
                "1 <a>",
                "1 a comment without end",
                "1  ",
                "1 <b>"
            ]
        );
        assert_eq!(
            tokens("<a>\n<b c='"),
            ["1 <a>", "1 \n", "2 a tag without end"]
        );
    }

    #[test]
    fn many_beginnings_without_end_are_soon_read() {
        for beginning in [
            "<!--",
            "<![CDATA[",
            "<!D [",
            "<a b='",
            "<",
            "<a",
            "</",
            "<a>",
            "<a>b</",
        ] {
            let text = beginning.repeat(200_000);
            assert!(!tokens(&text).is_empty(), "{beginning}");
        }
    }

    #[test]
    fn a_long_text_comes_in_parts_that_are_whole_characters() {
        let text = "aé€&amp;".repeat(CHUNK);
        let parts = tokens(&text);
        assert!(parts.len() > 2);
        let joined: String = parts.iter().map(|part| &part[2..]).collect();
        assert_eq!(joined, text);
    }
}
