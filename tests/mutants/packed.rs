//! Cases as one string of bytes, as fuzzers want them: the contents of files, then their names, then
//! in which manner they are read.
//!
//! Contents come first, so that files that stand alone begin at the first byte: what fuzzers know of
//! formats, and words that they learn, stays where it is.

use crate::mutate::Dice;
use crate::targets::Seed;

/// Bytes between files that lie side by side, and before their names.
const BETWEEN: &[u8] = b"\0-\n";
/// The longest line of names.
const LONGEST: usize = 200;

/// The files of a case, and the manner in which they are read.
pub fn pack(seed: &Seed, manner: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (_, content) in seed {
        bytes.extend(content);
        bytes.extend(BETWEEN);
    }
    let names: Vec<&str> = seed.iter().map(|(name, _)| name.as_str()).collect();
    bytes.extend(names.join("/").bytes());
    bytes.push(manner);
    bytes
}

/// What [`pack`] made, or what became of it; nothing if there are no names at its end.
pub fn unpack(bytes: &[u8]) -> Option<(Seed, u8)> {
    let (&manner, bytes) = bytes.split_last()?;
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest
        .windows(BETWEEN.len())
        .position(|three| three == BETWEEN)
    {
        parts.push(&rest[..at]);
        rest = &rest[at + BETWEEN.len()..];
    }
    let names = std::str::from_utf8(rest)
        .ok()
        .filter(|names| names.len() <= LONGEST)?;
    let names: Vec<&str> = names.split('/').collect();
    let is_name = |name: &&str| !matches!(*name, "" | "." | "..") && !name.contains('\0');
    if names.len() > parts.len() || !names.iter().all(is_name) {
        return None;
    }
    // What looks like an end within the first of them is a part of it.
    let more = names.len() - 1;
    let first = parts[..parts.len() - more].join(BETWEEN);
    let contents =
        std::iter::once(first).chain(parts[parts.len() - more..].iter().map(|part| part.to_vec()));
    let seed = names.into_iter().map(str::to_owned).zip(contents);
    Some((seed.collect(), manner))
}

/// What decides on the manner of reading.
pub fn manner(target: &str, manner: u8) -> Dice {
    Dice::new(target, manner.into())
}

#[cfg(test)]
#[test]
fn files_are_packed_and_unpacked() {
    let name = |name: &str, bytes: &[u8]| (name.to_owned(), bytes.to_vec());
    let seeds = [
        vec![name("a.gpx", b"")],
        vec![name("a b.png", b"x\0-\ny"), name("a.pgw", b"1\n2")],
        vec![name("a", b"1"), name("line", b"png"), name("c", b"")],
    ];
    for seed in seeds {
        assert_eq!(unpack(&pack(&seed, 7)), Some((seed, 7)));
    }
    for broken in ["", "a", "abc", "\0-\n\x07", "\0-\n..\x07", "\0-\na/b\x07"] {
        assert_eq!(unpack(broken.as_bytes()), None, "{broken:?}");
    }
}
