//! Tolerant XML pull parser with limits: quick-xml, lines for messages, and faults that cost only
//! themselves.
//!
//! XML in the wild is dirty. Elements are known by their local names alone, end tags need not
//! match, entities are never expanded, and nesting, attributes and the length of a token have
//! limits. Knows nothing of what the elements mean.

use std::io::{self, BufRead, Read};

use quick_xml::errors::Error as XmlError;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Sink, decode};
use crate::error::Result;

/// Bytes of one tag, text or comment.
pub(super) const TOKEN: usize = 1 << 20;
/// Elements within elements; real files have about ten.
const DEPTH: usize = 128;
/// Attributes of one element.
const ATTRIBUTES: usize = 64;
/// Places that make no sense as XML, after which a file is given up.
const FAULTS: usize = 1000;
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
    /// An end tag, by its local name. It need not be that of the element that was begun last.
    fn end(&mut self, name: &str, at: Position) -> Result<()>;
    /// Text, which comes in parts where there are entities in it.
    fn text(&mut self, text: &str);
    /// The document has ended.
    fn finish(&mut self, at: Position) -> Result<()>;
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
}

/// A start tag.
pub(super) struct Tag<'a>(BytesStart<'a>);

impl Tag<'_> {
    /// The name without prefix.
    pub(super) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// Gives the name, without prefix, and the value of each attribute; those that are broken are
    /// left out.
    pub(super) fn attributes<E>(
        &self,
        mut give: impl FnMut(&str, &str) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut attributes = self.0.attributes();
        attributes
            .with_checks(false)
            .flatten()
            .take(ATTRIBUTES)
            .try_for_each(|found| give(found.key.local_name().as_ref(), &found.value))
    }
}

/// Reads a document.
///
/// # Errors
/// When it cannot be read, begins with another element, or goes beyond the limits, and those of
/// its content.
pub(super) fn read<'s>(
    source: impl Read,
    kind: &Kind,
    content: &mut impl Content<'s>,
) -> Result<()> {
    let text = decode::xml(source).map_err(|reason| content.sink().error(None, reason))?;
    let mut reader = Reader::from_reader(Meter {
        inner: text,
        line: 1,
        token: 0,
    });
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    config.expand_empty_elements = true;
    let (mut token, mut nesting) = (Vec::new(), Nesting::default());
    loop {
        let event = reader.read_event_into(&mut token);
        let line = reader.get_ref().line;
        match event {
            Ok(Event::Start(tag)) => {
                let tag = Tag(tag);
                let at = nesting.start(&tag, line, kind, content.sink())?;
                content.start(&tag, at)?;
            }
            Ok(Event::End(tag)) => {
                let at = nesting.end(line);
                content.end(tag.local_name().as_ref(), at)?;
            }
            Ok(Event::Text(text)) => content.text(&text),
            Ok(Event::GeneralRef(entity)) => content.text(&resolved(&entity)),
            Ok(Event::Eof) => return nesting.finish(line, kind, content),
            Ok(_) => {}
            Err(XmlError::Io(reason)) => return Err(content.sink().error(Some(line), reason)),
            Err(reason) => nesting.fault(&reason, line, content.sink())?,
        }
        token.clear();
        reader.get_mut().token = 0;
    }
}

/// The character that an entity stands for; nothing for those that a document may define.
fn resolved(entity: &BytesRef) -> String {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return character.to_string();
    }
    let known = resolve_predefined_entity(entity);
    known.unwrap_or_default().to_owned()
}

/// How deep a document is read, and what was wrong with it.
#[derive(Default)]
struct Nesting {
    rooted: bool,
    depth: usize,
    faults: usize,
}

impl Nesting {
    /// The outermost element decides whether this is such a document at all.
    fn start(&mut self, tag: &Tag, line: u64, kind: &Kind, sink: &Sink) -> Result<Position> {
        if !self.rooted && tag.name() != kind.root {
            return Err(sink.error(
                Some(line),
                format_args!(
                    "this is not {}: it begins with <{}>",
                    kind.title,
                    shown(tag.name())
                ),
            ));
        }
        self.rooted = true;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(sink.error(
                Some(line),
                format_args!("elements are nested more than {DEPTH} deep"),
            ));
        }
        Ok(Position {
            line,
            depth: self.depth,
        })
    }

    fn end(&mut self, line: u64) -> Position {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        Position { line, depth }
    }

    /// Something that is no XML. It is left out; what follows may be good again.
    fn fault(&mut self, reason: &XmlError, line: u64, sink: &mut Sink) -> Result<()> {
        self.faults += 1;
        if self.faults > FAULTS {
            return Err(sink.error(Some(line), "too much of this is not XML"));
        }
        sink.record();
        sink.skip(line, reason)
    }

    fn finish<'s>(&self, line: u64, kind: &Kind, content: &mut impl Content<'s>) -> Result<()> {
        if !self.rooted {
            let fact = format!("this is not {}: there is no XML element in it", kind.title);
            return Err(content.sink().error(None, fact));
        }
        content.finish(Position {
            line,
            depth: self.depth,
        })?;
        // An end that was cut inside of a tag is a fault that was counted already.
        if self.depth > 0 && self.faults == 0 {
            content.sink().record();
            let fact = "the file ends in the middle; what came before is used";
            content.sink().skip(line, fact)?;
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

/// Counts lines, and the bytes of a token that the reader is collecting, which must not be without
/// end.
struct Meter<R> {
    inner: R,
    line: u64,
    token: usize,
}

impl<R: BufRead> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Meter<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.token > TOKEN {
            return Err(io::Error::other(format!(
                "a tag or text is longer than {TOKEN} bytes"
            )));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What is consumed has been filled, so this reads nothing and cannot fail.
        let lines = self.inner.fill_buf().map_or(0, |full| {
            memchr::memchr_iter(b'\n', &full[..amount]).count()
        });
        self.line += lines as u64;
        self.token += amount;
        self.inner.consume(amount);
    }
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
