//! Tolerant XML pull parser with limits: lines for messages, and faults that cost only themselves.
//!
//! XML in the wild is dirty. `tokens` ends a broken tag where the next one starts; here elements
//! are known by their local names alone, in any case, an end tag closes all that was left open
//! within its element, entities are never expanded, and nesting and attributes have limits. Knows
//! nothing of what the elements mean.

mod tag;
mod tokens;

use std::io::Read;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::BytesRef;

use self::tag::Name;
pub(super) use self::tag::Tag;
use self::tokens::{Body, Token, Tokens};
use super::{Sink, decode};
use crate::error::Result;

/// Elements within elements; real files have about ten.
const DEPTH: usize = 128;
/// The longest entity that is looked at, with its marks.
const ENTITY: usize = 16;
/// Kinds of documents by their outermost element.
const KINDS: [(&str, &str); 7] = [
    ("kml", "KML"),
    ("trainingcenterdatabase", "TCX"),
    ("html", "HTML"),
    ("gpx", "GPX"),
    ("osm", "OpenStreetMap data"),
    ("svg", "an SVG picture"),
    ("rss", "a news feed"),
];

/// What a format makes of the elements of a document.
pub(super) trait Content<'s> {
    /// Where bad records are counted.
    fn sink(&mut self) -> &mut Sink<'s>;
    /// A start tag. An element without content has an end tag, too.
    fn start(&mut self, tag: &Tag, at: Position) -> Result<()>;
    /// The end of an element, by its local name: its end tag, or that of one around it.
    fn end(&mut self, name: &str, at: Position) -> Result<()>;
    /// Whether text that came now would be of use.
    fn wants_text(&self) -> bool;
    /// Text, which comes in parts where it is long or there are entities in it.
    fn text(&mut self, text: &str);
    /// The document has ended.
    fn finish(&mut self, at: Position) -> Result<()>;
}

/// Text of the elements that something is wanted of, up to the next tag.
pub(super) struct Collector<W> {
    /// What the text that comes is, if it is wanted.
    wanted: Option<W>,
    text: String,
}

impl<W> Default for Collector<W> {
    fn default() -> Self {
        Self {
            wanted: None,
            text: String::new(),
        }
    }
}

impl<W> Collector<W> {
    /// Says what the text that comes next is.
    pub(super) fn want(&mut self, what: impl Into<Option<W>>) {
        self.wanted = what.into();
    }

    /// Whether the text that comes next is to be anything.
    pub(super) fn is_open(&self) -> bool {
        self.wanted.is_some()
    }

    /// Takes a part of a text.
    pub(super) fn add(&mut self, text: &str) {
        if self.is_open() {
            self.text.push_str(text);
        }
    }

    /// Takes back a text that it gave: its memory serves the next one.
    pub(super) fn reuse(&mut self, mut text: String) {
        text.clear();
        self.text = text;
    }

    /// Gives what has come, and what it is.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(W, String)> {
        let wanted = self.wanted.take()?;
        Some((wanted, std::mem::take(&mut self.text)))
    }
}

/// Where in a document something stands.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub line: u64,
    /// How deep the element is; the outermost is 1.
    pub depth: usize,
}

/// What a document should be.
pub(super) struct Kind {
    /// Its name in messages.
    pub title: &'static str,
    /// The local name of its outermost element.
    pub root: &'static str,
    /// Elements that may stand first where the outermost is lost.
    pub parts: &'static [&'static str],
}

/// Reads a document.
///
/// # Errors
/// When it cannot be read or has no such element, and those of its content.
pub(super) fn read<'s>(
    source: impl Read,
    kind: &Kind,
    content: &mut impl Content<'s>,
) -> Result<()> {
    let text = decode::xml(source).map_err(|reason| content.sink().error(None, reason))?;
    let mut tokens = Tokens::new(text);
    let mut nesting = Nesting::new(kind);
    loop {
        match tokens.next(nesting.wants_text(content)) {
            Ok(Some((line, token))) => {
                nesting.line = line;
                nesting.take(&token, content)?;
            }
            Ok(None) => return nesting.finish(content),
            Err(reason) => return Err(content.sink().error(Some(nesting.line), reason)),
        }
    }
}

/// Whether elements are nested deeper than is read.
pub(super) fn is_deep(document: &[u8]) -> bool {
    let Ok(text) = decode::xml(document) else {
        return false;
    };
    let (mut tokens, mut depth) = (Tokens::new(text), 0_usize);
    while let Ok(Some((_, token))) = tokens.next(false) {
        match token {
            Token::Start(_, Body::Text(_)) if depth == DEPTH => return true,
            Token::Start(_, Body::Open) => depth += 1,
            Token::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return true;
        }
    }
    false
}

/// Text with the characters that its entities stand for; those that a document may define stand for
/// nothing.
fn resolved(text: &str, mut give: impl FnMut(&str)) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        give(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(ENTITY).position(|byte| byte == b';');
        let Some(end) =
            end.filter(|&end| end > 1 && Name::of(rest[1..end].trim_start_matches('#')).is_good)
        else {
            give("&");
            rest = &rest[1..];
            continue;
        };
        let entity = BytesRef::new(&rest[1..end]);
        match entity.resolve_char_ref() {
            Ok(Some(character)) => give(character.encode_utf8(&mut [0; 4])),
            _ => give(resolve_predefined_entity(&rest[1..end]).unwrap_or_default()),
        }
        rest = &rest[end + 1..];
    }
    give(rest);
}

/// The elements that are open, and what was wrong with the document.
struct Nesting<'k> {
    kind: &'k Kind,
    /// The line of the last token.
    line: u64,
    /// The first element, if it is none that such a document has.
    other: Option<(u64, String)>,
    rooted: bool,
    ending: Ending,
    /// Something was too deep.
    deep: bool,
    /// The names of the open elements, one after the other, and where each starts.
    names: String,
    starts: Vec<usize>,
}

/// How a document would have ended if nothing more came.
#[derive(Clone, Copy, PartialEq)]
enum Ending {
    /// In the middle.
    Open,
    /// With its own end tag.
    Closed,
    /// Within a tag.
    Cut,
}

impl<'k> Nesting<'k> {
    fn new(kind: &'k Kind) -> Self {
        Self {
            kind,
            line: 1,
            other: None,
            rooted: false,
            ending: Ending::Open,
            deep: false,
            names: String::new(),
            starts: Vec::new(),
        }
    }

    fn wants_text<'s>(&self, content: &impl Content<'s>) -> bool {
        self.rooted && content.wants_text()
    }

    #[inline]
    fn take<'s>(&mut self, token: &Token, content: &mut impl Content<'s>) -> Result<()> {
        if self.ending == Ending::Cut {
            self.ending = Ending::Open;
        }
        match *token {
            Token::Start(ref tag, body) => {
                if self.admits(tag, content)? {
                    return self.start(tag, body, content);
                }
                // What is no element may yet end one that is open.
                if let Body::Text(text) = body {
                    self.text(text, true, content);
                    return self.end(tag.content, content);
                }
                Ok(())
            }
            Token::End(tag) => self.end(tag.trim_ascii(), content),
            Token::Text { text, entities } => {
                self.text(text, entities, content);
                Ok(())
            }
            Token::Aside => Ok(()),
            Token::Endless(what) => {
                self.ending = Ending::Cut;
                self.fault(format_args!("{what} without end"), content)
            }
        }
    }

    /// Whether an element begins with a tag.
    #[inline]
    fn admits<'s>(&mut self, tag: &Tag, content: &mut impl Content<'s>) -> Result<bool> {
        if !self.rooted && !self.is_root(tag) {
            return Ok(false);
        }
        self.ending = Ending::Open;
        if !tag.name.is_good {
            let fact = format!("<{}> is no tag", shown(tag.name()));
            return self.fault(fact, content).map(|()| false);
        }
        if self.starts.len() == DEPTH && !self.close(tag.name(), content)? {
            if !std::mem::replace(&mut self.deep, true) {
                let fact = format!("elements are nested more than {DEPTH} deep");
                self.fault(fact, content)?;
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// An element begins. One that ends at once is never counted among the open ones.
    #[inline]
    fn start<'s>(&mut self, tag: &Tag, body: Body, content: &mut impl Content<'s>) -> Result<()> {
        let mut at = self.position();
        at.depth += 1;
        content.start(tag, at)?;
        match body {
            Body::Open => {
                self.starts.push(self.names.len());
                self.names.push_str(tag.name());
                return Ok(());
            }
            Body::Empty => {}
            Body::Text(text) => {
                self.text(text, true, content);
                if tag.name() == self.kind.root {
                    self.ending = Ending::Closed;
                }
            }
        }
        content.end(tag.name(), at)
    }

    /// Text, if it is wanted.
    #[inline]
    fn text<'s>(&self, text: &str, entities: bool, content: &mut impl Content<'s>) {
        if !self.wants_text(content) {
            return;
        }
        if entities {
            resolved(text, |text| content.text(text));
        } else {
            content.text(text);
        }
    }

    /// The outermost element decides whether this is such a document at all. A server's remarks may
    /// stand before it.
    fn is_root(&mut self, tag: &Tag) -> bool {
        let is_first = self.other.is_none();
        self.rooted =
            tag.name() == self.kind.root || is_first && self.kind.parts.contains(&tag.name());
        if !self.rooted && is_first {
            self.other = Some((self.line, tag.name().to_owned()));
        }
        self.rooted
    }

    #[inline]
    fn end<'s>(&mut self, tag: &str, content: &mut impl Content<'s>) -> Result<()> {
        // So it is in all that is well-formed and has no prefixes.
        let last = self.starts.last().map(|&start| &self.names[start..]);
        if last == Some(tag) && tag != self.kind.root {
            return self.close_last(content);
        }
        self.end_other(tag, content)
    }

    /// An end tag that may be of any open element, or of none.
    fn end_other<'s>(&mut self, tag: &str, content: &mut impl Content<'s>) -> Result<()> {
        if !self.rooted {
            return Ok(());
        }
        let name = Name::of(tag);
        if !name.is_good {
            let fact = format!("</{}> is no tag", shown(tag));
            return self.fault(fact, content);
        }
        self.close(&name.local, content)?;
        if name.local == self.kind.root {
            self.ending = Ending::Closed;
        }
        Ok(())
    }

    /// Ends the innermost element of a name and all that is open in it, if there is one. Where
    /// nothing of that name is open, the tag is of no consequence.
    fn close<'s>(&mut self, name: &str, content: &mut impl Content<'s>) -> Result<bool> {
        let Some(depth) = (0..self.starts.len()).rposition(|depth| self.name(depth) == name) else {
            return Ok(false);
        };
        while self.starts.len() > depth {
            self.close_last(content)?;
        }
        Ok(true)
    }

    #[inline]
    fn close_last<'s>(&mut self, content: &mut impl Content<'s>) -> Result<()> {
        let at = self.position();
        if let Some(start) = self.starts.pop() {
            content.end(&self.names[start..], at)?;
            self.names.truncate(start);
        }
        Ok(())
    }

    fn name(&self, depth: usize) -> &str {
        let end = self.starts.get(depth + 1).copied();
        &self.names[self.starts[depth]..end.unwrap_or(self.names.len())]
    }

    fn position(&self) -> Position {
        Position {
            line: self.line,
            depth: self.starts.len(),
        }
    }

    /// Something that is no XML. It is left out; what follows may be good again.
    fn fault<'s>(
        &self,
        fact: impl std::fmt::Display,
        content: &mut impl Content<'s>,
    ) -> Result<()> {
        if !self.rooted {
            return Ok(());
        }
        content.sink().record();
        content.sink().skip(self.line, fact)
    }

    fn finish<'s>(&self, content: &mut impl Content<'s>) -> Result<()> {
        if !self.rooted {
            let title = self.kind.title;
            return Err(match &self.other {
                Some((line, name)) => content.sink().error(
                    Some(*line),
                    format_args!("this is not {title}: it begins with <{}>", shown(name)),
                ),
                None => content.sink().error(
                    None,
                    format_args!("this is not {title}: there is no XML element in it"),
                ),
            });
        }
        content.finish(self.position())?;
        // An end that was cut inside of a tag is a fault that was counted already.
        if self.ending == Ending::Open && !self.starts.is_empty() {
            let fact = "the file ends in the middle; what came before is used";
            self.fault(fact, content)?;
        }
        Ok(())
    }
}

/// The beginning of a text that may be of any length and hold anything.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(40).filter(|c| !c.is_control()).collect()
}

/// The outermost element of a text.
#[derive(Debug, PartialEq)]
pub(super) enum Root {
    /// The text is no XML.
    None,
    /// It is XML, but its first element comes later.
    Unseen,
    /// The local name of the element.
    Element(String),
}

/// Looks for the outermost element in the beginning of a text.
pub(super) fn root(text: &[u8]) -> Root {
    let mut rest = text.trim_ascii_start();
    let mut found = Root::None;
    while let Some(tag) = rest.strip_prefix(b"<") {
        let end: &[u8] = match tag {
            [b'?', ..] => b"?>",
            [b'!', b'-', b'-', ..] => b"-->",
            [b'!', b'd' | b'D', ..]
                if memchr::memchr2(b'[', b'>', tag).is_some_and(|at| tag[at] == b'[') =>
            {
                b"]>"
            }
            [b'!', b'd' | b'D', ..] => b">",
            [first, ..] if first.is_ascii_alphabetic() || *first == b'_' => {
                return Root::Element(local_name(tag));
            }
            _ => return found,
        };
        found = Root::Unseen;
        let Some(at) = memchr::memmem::find(tag, end) else {
            break;
        };
        rest = tag[at + end.len()..].trim_ascii_start();
    }
    found
}

/// The name at the beginning of a tag, without prefix.
fn local_name(tag: &[u8]) -> String {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let name = tag.split(ends).next().unwrap_or_default();
    let local = name.rsplit(|&byte| byte == b':').next().unwrap_or_default();
    shown(&String::from_utf8_lossy(local))
}

/// What kind of document begins with an element.
pub(super) fn described(root: &str) -> String {
    let known = KINDS
        .into_iter()
        .find(|(name, _)| root.eq_ignore_ascii_case(name));
    known.map_or_else(
        || format!("XML that begins with <{root}>"),
        |(_, kind)| kind.to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_element_is_found_behind_what_may_come_first() {
        let element = |name: &str| Root::Element(name.to_owned());
        for (text, expected) in [
            ("<?xml version='1.0'?>\n<kml:kml>", element("kml")),
            ("<!-- <gpx> --> <kml/>", element("kml")),
            ("<!DOCTYPE gpx [<!ENTITY a '<b>'>]><gpx>", element("gpx")),
            ("<!doctype html><html lang='de'>", element("html")),
            ("<?xml version='1.0'?>", Root::Unseen),
            ("<!-- without end", Root::Unseen),
            ("<?xml version='1.0'?> text <a>", Root::Unseen),
            ("<5", Root::None),
            ("lat,lon", Root::None),
            ("", Root::None),
        ] {
            assert_eq!(root(text.as_bytes()), expected, "{text}");
        }
    }
}
