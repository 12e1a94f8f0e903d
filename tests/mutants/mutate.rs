//! Mutator: one file and a number → the same broken file, every time.
//!
//! Of what fuzzers do it does the stages that find most (AFL's "havoc" and "splice",
//! <https://lcamtuf.coredump.cx/afl/technical_details.txt>), without coverage to guide it.

/// Numbers by `SplitMix64` (Steele, Lea and Flood 2014): the same on every machine.
pub struct Dice(u64);

impl Dice {
    /// For the mutant of a number, of a target.
    pub fn new(target: &str, number: u64) -> Self {
        // FNV-1a, so that targets do not all break their files in the same places.
        let hashed = target
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
            });
        Self(hashed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound, or 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.next().checked_rem(bound as u64).unwrap_or(0) as usize
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// Bytes that mean something to many formats.
const BYTES: [u8; 20] = *b"\0\x01\x7f\x80\xff\xfe\t\n\r \"',;<>&/{[";

/// Integers at which counts and lengths go wrong.
const INTEGERS: [u64; 15] = [
    0,
    1,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x10000,
    0x00ff_ffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX,
];

/// Numbers as text, and what only looks like one.
const NUMBERS: [&str; 24] = [
    "",
    "0",
    "-0",
    "1e999",
    "-1e999",
    "1e-999",
    "1e308",
    "-1e308",
    "0x10",
    "1_000",
    "NaN",
    "inf",
    "-inf",
    "18446744073709551616",
    "-9223372036854775809",
    "4294967296",
    "90.0000001",
    "-180",
    "540",
    "1.",
    ".5",
    "+7",
    "1,5",
    "9999999999999999999999999999999999999999",
];

/// Pieces of many formats.
const WORDS: [&[u8]; 30] = [
    b"<gpx>",
    b"</trk>",
    b"<!--",
    b"]]>",
    b"<![CDATA[",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"&lol;",
    b"&#0;",
    b"&#x110000;",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"]",
    b"null",
    b"{\"type\":\"Feature\"}",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xf0\x9f\x98",
    b"$GPGGA,",
    b"*00",
    b"B1101355206343N00006198WA0058700558",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"MULTILINESTRING((",
    b"EMPTY",
    b"\"\"\"",
    b"\r\n\r\n",
    b"9999-99-99T99:99:99Z",
];

/// Breaks a file in a few places. Others of its kind are at hand to take pieces from.
pub fn mutate(dice: &mut Dice, bytes: &[u8], others: &[&[u8]]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    // Most faults are a step away from what is right, and some take several.
    for _ in 0..1 << dice.below(4) {
        step(dice, &mut bytes, others);
    }
    bytes
}

fn step(dice: &mut Dice, bytes: &mut Vec<u8>, others: &[&[u8]]) {
    let at = dice.below(bytes.len());
    match dice.below(12) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
        1 if !bytes.is_empty() => bytes[at] = dice.pick(&BYTES),
        2 | 3 => overwrite(dice, bytes, at),
        4 => drop(bytes.splice(at..end(dice, bytes, at), [])),
        5 => repeat(dice, bytes, at),
        6 => bytes.truncate(at),
        7 => insert(bytes, at, dice.pick(&WORDS)),
        8 | 9 => number(dice, bytes, at),
        10 => {
            let noise: Vec<u8> = (0..=dice.below(16)).map(|_| dice.next() as u8).collect();
            insert(bytes, at, &noise);
        }
        _ if !others.is_empty() => {
            let other = dice.pick(others);
            let from = dice.below(other.len());
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
        _ => {}
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

/// Where a piece ends that begins somewhere: mostly soon.
fn end(dice: &mut Dice, bytes: &[u8], at: usize) -> usize {
    let most = 1 << dice.below(12);
    (at + 1 + dice.below(most)).min(bytes.len())
}

/// An integer of 2, 4 or 8 bytes, either end first.
fn overwrite(dice: &mut Dice, bytes: &mut [u8], at: usize) {
    let integer = dice
        .pick(&INTEGERS)
        .wrapping_add(dice.next() % 3)
        .wrapping_sub(1);
    let width = dice.pick(&[1, 2, 4, 8]);
    let (little, big) = (integer.to_le_bytes(), integer.to_be_bytes());
    let piece = if dice.below(2) == 0 {
        &little[..width]
    } else {
        &big[8 - width..]
    };
    for (byte, new) in bytes[at..].iter_mut().zip(piece) {
        *byte = *new;
    }
}

/// A piece once more, or many times.
fn repeat(dice: &mut Dice, bytes: &mut Vec<u8>, at: usize) {
    let piece = bytes[at..end(dice, bytes, at)].to_vec();
    let times = dice.pick(&[1, 1, 2, 8, 64]);
    insert(
        bytes,
        at,
        &piece.repeat(times.min(1 + 65_536 / piece.len().max(1))),
    );
}

/// The number in a text that is nearest behind a place becomes another one.
fn number(dice: &mut Dice, bytes: &mut Vec<u8>, at: usize) {
    let is_digit = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let Some(start) = bytes[at..]
        .iter()
        .position(is_digit)
        .map(|start| at + start)
    else {
        return;
    };
    let length = bytes[start..].iter().position(|byte| !is_digit(byte));
    let end = length.map_or(bytes.len(), |length| start + length);
    bytes.splice(start..end, dice.pick(&NUMBERS).bytes());
}
