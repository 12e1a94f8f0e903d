//! FIT's wire format: headers, definitions and messages, one after the other as the bytes come.
//!
//! A message is laid out as the last definition of its local number says. Files may follow one
//! another in one stream (chained files); each begins with a header and knows no definitions.
//! What the messages mean is told by the readers of their fields. The checksum at the end of a file
//! is not compared: a byte that is wrong in a good message shows nowhere else either.

use std::io::{self, Read};

/// The field of every message that holds its time.
const TIMESTAMP: u8 = 253;
/// How many local messages there can be at a time.
const LOCALS: usize = 16;
/// The shortest header.
const HEADER: usize = 12;

/// The messages of a stream.
pub(super) struct Wire<R> {
    source: R,
    /// Bytes of messages that are still to come in this file; `None` where its header does not
    /// know, for a device that failed did not come to write it.
    left: Option<u64>,
    /// A header was read, and its messages have not ended.
    is_within: bool,
    is_first: bool,
    definitions: [Option<Definition>; LOCALS],
    /// The content of the message at hand.
    content: Vec<u8>,
    /// The last time, to which compressed ones are added.
    clock: Option<u32>,
}

/// What comes next.
pub(super) enum Next<'a> {
    /// A file begins.
    File,
    Message(Message<'a>),
    End,
    /// Nothing that follows can be understood, and why.
    Broken(String),
    /// It never was FIT.
    Unknown,
}

/// How the messages of a local number are laid out.
struct Definition {
    kind: u16,
    is_big_endian: bool,
    fields: Vec<Field>,
    /// The length of a message, the fields of developers included.
    length: usize,
}

#[derive(Clone, Copy)]
struct Field {
    number: u8,
    size: u8,
    base: u8,
}

/// A message, whose fields can be asked for.
pub(super) struct Message<'a> {
    definition: &'a Definition,
    content: &'a [u8],
    /// When it was, in seconds since the end of 1989.
    pub time: Option<u32>,
}

impl Message<'_> {
    /// Its number in the profile of FIT.
    pub(super) fn kind(&self) -> u16 {
        self.definition.kind
    }

    /// The whole number in a field; `None` if there is none or it is the value that means so.
    pub(super) fn number(&self, number: u8) -> Option<i64> {
        let (base, bytes) = self.field(number)?;
        let (length, is_signed, invalid) = layout(base)?;
        let value = unsigned(bytes.get(..length)?, self.definition.is_big_endian);
        let shift = 64 - 8 * length as u32;
        let is_valid = value != invalid;
        is_valid.then_some(if is_signed {
            ((value << shift) as i64) >> shift
        } else {
            value as i64
        })
    }

    /// The text in a field.
    pub(super) fn text(&self, number: u8) -> Option<String> {
        let (base, bytes) = self.field(number)?;
        let text = bytes.split(|&byte| byte == 0).next()?;
        let is_text = base == 7 && !text.is_empty();
        is_text.then(|| String::from_utf8_lossy(text).into_owned())
    }

    fn field(&self, number: u8) -> Option<(u8, &[u8])> {
        let mut start = 0;
        for field in &self.definition.fields {
            let end = start + usize::from(field.size);
            if field.number == number {
                return Some((field.base & 0x1f, self.content.get(start..end)?));
            }
            start = end;
        }
        None
    }
}

/// The length of a whole number of a base type, whether it has a sign, and the value that means
/// that there is none.
fn layout(base: u8) -> Option<(usize, bool, u64)> {
    Some(match base {
        0 | 2 | 13 => (1, false, 0xff),
        1 => (1, true, 0x7f),
        3 => (2, true, 0x7fff),
        4 => (2, false, 0xffff),
        5 => (4, true, 0x7fff_ffff),
        6 => (4, false, 0xffff_ffff),
        10 => (1, false, 0),
        11 => (2, false, 0),
        12 => (4, false, 0),
        14 => (8, true, 0x7fff_ffff_ffff_ffff),
        15 => (8, false, u64::MAX),
        16 => (8, false, 0),
        _ => return None,
    })
}

fn unsigned(bytes: &[u8], is_big_endian: bool) -> u64 {
    let add = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if is_big_endian {
        bytes.iter().fold(0, add)
    } else {
        bytes.iter().rev().fold(0, add)
    }
}

/// Why no more can be read.
enum Stop {
    Cut,
    Unknown(String),
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Cut
        } else {
            Self::Failed(error)
        }
    }
}

impl<R: Read> Wire<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            left: Some(0),
            is_within: false,
            is_first: true,
            definitions: Default::default(),
            content: Vec::new(),
            clock: None,
        }
    }

    /// What comes next. Nothing does after an end or a break.
    pub(super) fn next(&mut self) -> io::Result<Next<'_>> {
        let (local, time) = loop {
            let read = if self.is_within && self.left != Some(0) {
                self.message()
            } else {
                match self.begin() {
                    Ok(true) => return Ok(Next::File),
                    Ok(false) => return Ok(Next::End),
                    Err(stop) => Err(stop),
                }
            };
            match read {
                Ok(Some(found)) => break found,
                Ok(None) => {}
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Cut) => return Ok(Next::Broken("it ends in the middle".to_owned())),
                Err(Stop::Unknown(_)) if self.is_first => return Ok(Next::Unknown),
                Err(Stop::Unknown(fact)) => return Ok(Next::Broken(fact)),
            }
        };
        Ok(match &self.definitions[local] {
            Some(definition) => Next::Message(Message {
                definition,
                content: &self.content,
                time,
            }),
            None => Next::End,
        })
    }

    /// The end of one file and the beginning of the next; false if there is none.
    fn begin(&mut self) -> Result<bool, Stop> {
        if std::mem::take(&mut self.is_within) {
            self.source.read_exact(&mut [0; 2])?;
        }
        let mut size = [0];
        if self.source.read(&mut size)? == 0 {
            return if self.is_first {
                Err(Stop::Cut)
            } else {
                Ok(false)
            };
        }
        let mut header = [0; 255];
        let rest = &mut header[1..usize::from(size[0]).max(HEADER)];
        let read = self.source.read_exact(rest);
        if header[8..HEADER] != *b".FIT" {
            return Err(Stop::Unknown("what follows is no FIT".to_owned()));
        }
        read?;
        let length = unsigned(&header[4..8], false);
        self.left = (length > 0).then_some(length);
        self.definitions = Default::default();
        (self.is_within, self.is_first, self.clock) = (true, false, None);
        Ok(true)
    }

    /// Reads a message: a definition, or the local number of a message of data and its time.
    fn message(&mut self) -> Result<Option<(usize, Option<u32>)>, Stop> {
        let [head] = self.bytes()?;
        let is_compressed = head & 0x80 != 0;
        if !is_compressed && head & 0x40 != 0 {
            return self.define(head).map(|()| None);
        }
        let local = usize::from(if is_compressed {
            head >> 5 & 0x3
        } else {
            head & 0xf
        });
        let Some(definition) = &self.definitions[local] else {
            let fact = format!("a message is of local type {local}, which was not defined");
            return Err(Stop::Unknown(fact));
        };
        let length = definition.length;
        self.take(length)?;
        self.content.resize(length, 0);
        self.source.read_exact(&mut self.content)?;
        let time = if is_compressed {
            self.clock.map(|clock| {
                let later = u32::from(head & 0x1f).wrapping_sub(clock) & 0x1f;
                clock.wrapping_add(later)
            })
        } else {
            self.timestamp(local)
        };
        self.clock = time.or(self.clock);
        Ok(Some((local, time)))
    }

    fn timestamp(&self, local: usize) -> Option<u32> {
        let message = Message {
            definition: self.definitions[local].as_ref()?,
            content: &self.content,
            time: None,
        };
        u32::try_from(message.number(TIMESTAMP)?).ok()
    }

    fn define(&mut self, head: u8) -> Result<(), Stop> {
        let [_, order, kind @ .., count]: [u8; 5] = self.bytes()?;
        let is_big_endian = order == 1;
        let mut fields = Vec::with_capacity(count.into());
        let mut length = 0;
        for _ in 0..count {
            let [number, size, base] = self.bytes()?;
            fields.push(Field { number, size, base });
            length += usize::from(size);
        }
        if head & 0x20 != 0 {
            let [count] = self.bytes()?;
            for _ in 0..count {
                let [_, size, _] = self.bytes()?;
                length += usize::from(size);
            }
        }
        self.definitions[usize::from(head & 0xf)] = Some(Definition {
            kind: unsigned(&kind, is_big_endian) as u16,
            is_big_endian,
            fields,
            length,
        });
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        self.take(N)?;
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Counts bytes of the messages.
    fn take(&mut self, length: usize) -> Result<(), Stop> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(length as u64).ok_or_else(|| {
                Stop::Unknown("a message is longer than what is left of its file".to_owned())
            })?;
        }
        Ok(())
    }
}
