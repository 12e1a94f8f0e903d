//! Start tags: names without their prefixes, and attributes, whatever is wrong with them.
//!
//! Knows nothing of where a tag ends, and of what its names mean.

use std::borrow::Cow;

/// Attributes of one element.
const ATTRIBUTES: usize = 64;

/// A start tag.
#[derive(Debug)]
pub(in crate::input) struct Tag<'a> {
    /// What stands between its brackets.
    pub(super) content: &'a str,
    pub(super) name: Name<'a>,
}

impl<'a> Tag<'a> {
    /// The tag of a name that lies at the beginning of its content.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is short, and what it gives would come back through memory"
    )]
    pub(super) fn new(content: &'a str, name: Span) -> Self {
        Self {
            content,
            name: name.of(content),
        }
    }

    /// The name without prefix, in small letters.
    pub(in crate::input) fn name(&self) -> &str {
        &self.name.local
    }

    /// Gives the name, without prefix and in small letters, and the value of each attribute, in
    /// quotes or not; those that are broken are left out.
    pub(in crate::input) fn attributes<E>(
        &self,
        mut give: impl FnMut(&str, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = &self.content[self.name.end..];
        for _ in 0..ATTRIBUTES {
            let Some(attribute) = Attribute::first(&mut rest) else {
                break;
            };
            if let Some(value) = attribute.value {
                give(&attribute.name.local, value)?;
            }
        }
        Ok(())
    }
}

/// An attribute, whose value may be missing.
struct Attribute<'a> {
    name: Name<'a>,
    value: Option<&'a str>,
}

impl<'a> Attribute<'a> {
    /// Takes the first one of a text off it.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is asked in one place, and what it gives would come back through memory"
    )]
    fn first(text: &mut &'a str) -> Option<Self> {
        let ends = |byte: u8| KINDS_OF_BYTES[usize::from(byte)] & (BLANK | EQUALS) != 0;
        let rest = &text[text.bytes().position(|byte| !ends(byte))?..];
        let name = Span::at_start(rest.as_bytes(), BLANK | EQUALS).of(rest);
        let rest = &rest[name.end..];
        let behind = rest.trim_ascii_start().strip_prefix('=');
        let Some(value) = behind.map(str::trim_ascii_start) else {
            *text = rest;
            return Some(Self { name, value: None });
        };
        let (value, rest) = if let [quote @ (b'"' | b'\''), inner @ ..] = value.as_bytes() {
            let end = inner.iter().position(|byte| byte == quote)?;
            let is_blank = |byte: &u8| KINDS_OF_BYTES[usize::from(*byte)] & BLANK != 0;
            let end = if inner.get(end + 1).is_none_or(is_blank) {
                end
            } else {
                end_of_value(inner, *quote, end)?
            };
            let (value, rest) = value[1..].split_at(end);
            (value, &rest[1..])
        } else {
            let end = value.bytes().position(|byte| byte.is_ascii_whitespace());
            value.split_at(end.unwrap_or(value.len()))
        };
        *text = rest;
        let value = Some(value);
        Some(Self { name, value })
    }
}

/// Where a value ends, of which a quote was found behind which stands something.
#[cold]
fn end_of_value(inner: &[u8], quote: u8, mut end: usize) -> Option<usize> {
    while !ends_value(&inner[end + 1..]) {
        end += 1 + inner[end + 1..].iter().position(|byte| *byte == quote)?;
    }
    Some(end)
}

/// Whether a quote that is followed by this ends a value. Where no attribute can begin behind it, a
/// quote has strayed into the value, and half of that would be another place.
fn ends_value(behind: &[u8]) -> bool {
    match behind {
        [] => true,
        [b',' | b';', next, ..] | [next, ..] => {
            KINDS_OF_BYTES[usize::from(*next)] & BLANK != 0 || *next == b'?' || begins_name(*next)
        }
    }
}

/// The name of an element or attribute.
#[derive(Debug)]
pub(super) struct Name<'a> {
    /// It without its prefix, in small letters.
    pub local: Cow<'a, str>,
    /// Whether it is one. Others come of damage.
    pub is_good: bool,
    /// Where it ends.
    end: usize,
}

impl<'a> Name<'a> {
    /// A text that is a name.
    pub fn of(text: &'a str) -> Self {
        Span::at_start(text.as_bytes(), 0).of(text)
    }
}

/// Where a name lies in a text that begins with it, and what it is made of.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// Where it begins behind its prefix.
    start: usize,
    pub end: usize,
    /// The kinds of its bytes.
    kinds: u8,
}

impl Span {
    /// That of the name of an element.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "half of the bytes of many files are names"
    )]
    pub fn of_element(text: &[u8]) -> Self {
        Self::at_start(text, BLANK | BRACKET)
    }

    /// That of a name up to a byte of some kinds.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is short, and what it gives would come back through memory"
    )]
    fn at_start(text: &[u8], ends: u8) -> Self {
        let (mut start, mut kinds, mut end) = (0, 0, text.len());
        for (at, &byte) in text.iter().enumerate() {
            let kind = KINDS_OF_BYTES[usize::from(byte)];
            // Most bytes say nothing, and are passed over fast.
            if kind == 0 {
                continue;
            }
            if kind & ends != 0 {
                end = at;
                break;
            }
            if kind == COLON {
                (start, kinds) = (at + 1, 0);
            }
            kinds |= kind;
        }
        Self { start, end, kinds }
    }

    /// Whether this is a name.
    pub const fn is_good(self) -> bool {
        self.kinds & !(CAPITAL | COLON) == 0
    }

    /// The name of a text.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is short, and what it gives would come back through memory"
    )]
    fn of(self, text: &str) -> Name<'_> {
        let local = &text[self.start..self.end];
        Name {
            local: if self.kinds & CAPITAL == 0 {
                Cow::Borrowed(local)
            } else {
                Cow::Owned(local.to_ascii_lowercase())
            },
            is_good: self.is_good(),
            end: self.end,
        }
    }
}

/// Whether a name can start like this.
pub(super) const fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || !byte.is_ascii()
}

// Kinds of bytes, as far as they tell something in a name or at its end.
const BLANK: u8 = 1;
const EQUALS: u8 = 2;
const COLON: u8 = 4;
const CAPITAL: u8 = 8;
const BRACKET: u8 = 16;
const ODD: u8 = 32;
const KINDS_OF_BYTES: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        kinds[at] = match at as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/' => BLANK,
            b'=' => EQUALS,
            b':' => COLON,
            b'A'..=b'Z' => CAPITAL,
            b'<' | b'>' => BRACKET,
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | 0x80.. => 0,
            _ => ODD,
        };
        at += 1;
    }
    kinds
};
