//! Compact protocol of Thrift, in which the footer of a Parquet file and the heads of its pages are
//! written, as far as it tells where a structure ends.
//!
//! The crate's reader passes over what it does not know, however much that is said to be: in a few
//! bytes a list can be said to go on for minutes. Here nothing has more parts than there are bytes.

/// Structures within structures; those of Parquet have about ten.
const DEPTH: usize = 32;
/// An integer of 32 bits, one field behind the last.
const NEXT: u8 = 0x15;

/// What the head of a page says, in bytes.
#[derive(Debug, PartialEq)]
pub(super) struct Head {
    /// How long it is.
    pub length: usize,
    /// How large the page is unpacked; 0 if that is not told.
    pub unpacked: u64,
    /// How large it is in the file; 0 if that is not told.
    pub packed: u64,
}

/// The head that some bytes begin with; `None` if they end before it does, or if it is none.
pub(super) fn head(bytes: &[u8]) -> Option<Head> {
    let mut fields = Bytes(bytes);
    // The kind of the page comes first.
    let mut sizes = || {
        fields
            .next()
            .and_then(|_| Some((fields.next()?, fields.next()?)))
    };
    let (unpacked, packed) = sizes().unwrap_or_default();
    Some(Head {
        length: length(bytes)?,
        unpacked,
        packed,
    })
}

/// How long the structure is that some bytes begin with; `None` if they end before it does, or if
/// it is none.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let mut rest = Bytes(bytes);
    rest.structure(DEPTH)?;
    Some(bytes.len() - rest.0.len())
}

/// What is still to be looked through.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn skip(&mut self, count: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    /// A whole number, its lowest bits first.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// The next field, if it is an integer of 32 bits that is not negative: those are twice what is
    /// meant.
    fn next(&mut self) -> Option<u64> {
        let number = (self.byte()? == NEXT).then(|| self.number())??;
        number.is_multiple_of(2).then_some(number / 2)
    }

    /// Fields, up to the end of all.
    fn structure(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        loop {
            let field = self.byte()?;
            let (step, kind) = (field >> 4, field & 0xf);
            if kind == 0 {
                return Some(());
            }
            if step == 0 {
                self.number()?;
            }
            self.value(kind, depth)?;
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            // Whether it is true, its kind says.
            1 | 2 => Some(()),
            3 => self.skip(1),
            4..=6 => self.number().map(drop),
            7 => self.skip(8),
            8 => self.number().and_then(|length| self.skip(length)),
            9 | 10 => {
                let list = self.byte()?;
                let count = match list >> 4 {
                    15 => self.number()?,
                    count => count.into(),
                };
                self.each(count, [list & 0xf], depth)
            }
            11 => match self.number()? {
                0 => Some(()),
                count => {
                    let kinds = self.byte()?;
                    self.each(count, [kinds >> 4, kinds & 0xf], depth)
                }
            },
            12 => self.structure(depth),
            13 => self.skip(16),
            _ => None,
        }
    }

    /// The parts of a list or a map. Those of truths are refused: readers do not agree on whether
    /// each takes a byte, and no structure of Parquet has one.
    fn each<const N: usize>(&mut self, count: u64, kinds: [u8; N], depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let is_truth = |kind: &u8| matches!(kind, 1 | 2);
        if count > self.0.len() as u64 || (count > 0 && kinds.iter().any(is_truth)) {
            return None;
        }
        (0..count).try_for_each(|_| kinds.iter().try_for_each(|&kind| self.value(kind, depth)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a data page with some field behind its sizes.
    fn page(field: &[u8]) -> Vec<u8> {
        [b"\x15\x00\x15\xc8\x01\x15\x50".as_slice(), field].concat()
    }

    #[test]
    fn a_head_ends_where_it_says() {
        let known = |length| {
            Some(Head {
                length,
                unpacked: 100,
                packed: 40,
            })
        };
        for field in [
            b"\x00".as_slice(),
            // Bytes, a list of doubles, one of structures, an empty map, a map of texts.
            b"\x18\x03abc\x00",
            b"\x19\x17ABCDEFGH\x00",
            b"\x19\x2c\x11\x00\x15\x02\x00\x00",
            b"\x1b\x00\x00",
            b"\x1b\x01\x88\x01a\x01b\x00",
            // Its number is written out.
            b"\x05\x80\x01\x04\x00",
            b"\x1d0123456789abcdef\x00",
        ] {
            let whole = page(field);
            assert_eq!(head(&whole), known(whole.len()), "{field:x?}");
            let followed = [&whole[..], b"page"].concat();
            assert_eq!(head(&followed), known(whole.len()), "{field:x?}");
            for length in 0..whole.len() {
                assert_eq!(head(&whole[..length]), None, "{field:x?}");
            }
        }
    }

    #[test]
    fn sizes_that_are_none_are_not_told() {
        let sizes = |bytes: &[u8]| head(bytes).map(|head| (head.unpacked, head.packed));
        let large = [0x15, 0, 0x15, 0x90, 0x4e, 0x15, 2, 0];
        assert_eq!(sizes(&large), Some((5000, 1)));
        let negative = [0x15, 0, 0x15, 1, 0x15, 2, 0];
        assert_eq!(sizes(&negative), Some((0, 0)));
        let of_64_bits = [0x15, 0, 0x16, 2, 0x15, 2, 0];
        assert_eq!(sizes(&of_64_bits), Some((0, 0)));
        assert_eq!(sizes(&[0x15, 0, 0x15, 0xff]), None);
    }

    #[test]
    fn nothing_has_more_parts_than_there_are_bytes() {
        for field in [
            // Lists of doubles, truths and structures, and a map, of 2³¹ - 1 each.
            b"\x19\xf7\xff\xff\xff\xff\x07".as_slice(),
            b"\x19\xf1\xff\xff\xff\xff\x07",
            b"\x19\xfc\xff\xff\xff\xff\x07",
            b"\x1b\xff\xff\xff\xff\x07\x11",
            // A list of truths that have room.
            b"\x19\x21\x01\x01",
            b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ] {
            let bytes = [page(field), vec![0; 30]].concat();
            assert_eq!(length(&bytes), None, "{field:x?}");
        }
        let deep = |depth: usize| [vec![0x1c; depth], vec![0; depth + 1]].concat();
        assert_eq!(length(&deep(DEPTH - 1)), Some(2 * DEPTH - 1));
        assert_eq!(length(&deep(DEPTH)), None);
    }
}
