//! GPX in, segments and points out, as the file streams by.
//!
//! Tolerant, because GPX in the wild is dirty: elements are known by their local names alone,
//! whatever else there is passes, and what is broken costs only itself. Entities are never
//! expanded, and nesting, attributes and the length of a token have limits. Where the reading is
//! strict, the crate `gpx` must accept the file first.
//!
//! This module turns the file into tags and texts, `document` these into shapes.

mod document;

use std::io::{self, BufRead, Read};

use quick_xml::errors::Error as XmlError;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use self::document::Document;
use super::{Manner, Sink, decode};
use crate::error::Result;

/// Bytes of one tag, text or comment.
const TOKEN: usize = 1 << 20;

/// What to take from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// The points of each track segment, joined by lines.
    pub tracks: bool,
    /// The points of each route, joined by lines.
    pub routes: bool,
    /// Single points.
    pub waypoints: bool,
}

/// Reads a file. Without `take` these are its tracks, in a file without tracks its routes, and
/// without those its waypoints.
///
/// # Errors
/// When it is no GPX, goes beyond the limits, or, if the reading is strict, is not as it should be.
pub fn read(mut source: impl Read, take: Option<Take>, sink: &mut Sink) -> Result<()> {
    if !sink.manner().strict {
        return stream(source, take, sink);
    }
    let mut document = Vec::new();
    source
        .read_to_end(&mut document)
        .map_err(|reason| sink.error(None, reason))?;
    nesting(&document, sink)?;
    gpx::read(&document[..]).map_err(|reason| {
        sink.error(None, format_args!("not valid GPX: {reason}"))
            .advice("leave out --strict to read what it has")
    })?;
    stream(&document[..], take, sink)
}

/// The crate `gpx` takes minutes where elements are nested without end, so it gets to see no such
/// file.
fn nesting(document: &[u8], sink: &Sink) -> Result<()> {
    let mut ignored = super::Report::default();
    stream(
        document,
        None,
        &mut Sink::new(sink.file(), Manner::default(), &|_| {}, &mut ignored),
    )
}

fn stream(source: impl Read, take: Option<Take>, sink: &mut Sink) -> Result<()> {
    let text = decode::xml(source).map_err(|reason| sink.error(None, reason))?;
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
    let mut document = Document::new(take, sink);
    let mut token = Vec::new();
    loop {
        let event = reader.read_event_into(&mut token);
        let line = reader.get_ref().line;
        match event {
            Ok(Event::Start(tag)) => document.start(&tag, line)?,
            Ok(Event::End(tag)) => document.end(tag.local_name().as_ref())?,
            Ok(Event::Text(text)) if document.in_time() => document.time(&text, line)?,
            Ok(Event::Eof) => return document.finish(line),
            Ok(_) => {}
            Err(XmlError::Io(reason)) => return Err(document.error(line, reason)),
            Err(reason) => document.fault(reason, line)?,
        }
        token.clear();
        reader.get_mut().token = 0;
    }
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
mod tests;
