//! Flatbuffers: tables whose fields are found by offsets, and vectors of numbers or of tables.
//!
//! A table begins with the way back to its list of offsets, one for each field, 0 where a field has
//! its default. Nothing is read that does not lie within the buffer.

/// A table in a buffer.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    buffer: &'a [u8],
    at: usize,
}

/// A vector in a buffer: its elements from some byte on, and how many there are.
pub(super) struct Vector<'a> {
    buffer: &'a [u8],
    at: usize,
    length: usize,
}

fn chunk<const N: usize>(buffer: &[u8], at: usize) -> Option<[u8; N]> {
    buffer.get(at..)?.first_chunk().copied()
}

fn offset(buffer: &[u8], at: usize) -> Option<usize> {
    at.checked_add(u32::from_le_bytes(chunk(buffer, at)?) as usize)
}

impl<'a> Table<'a> {
    /// The table that a buffer begins with.
    pub(super) fn root(buffer: &'a [u8]) -> Option<Self> {
        let at = offset(buffer, 0)?;
        (at < buffer.len()).then_some(Self { buffer, at })
    }

    /// Where a field stands, if it has no default.
    fn field(&self, number: usize) -> Option<usize> {
        let back = i32::from_le_bytes(chunk(self.buffer, self.at)?);
        let offsets = usize::try_from(i64::try_from(self.at).ok()? - i64::from(back)).ok()?;
        let size = usize::from(u16::from_le_bytes(chunk(self.buffer, offsets)?));
        let slot = 4 + 2 * number;
        (slot + 2 <= size).then_some(())?;
        match u16::from_le_bytes(chunk(self.buffer, offsets.checked_add(slot)?)?) {
            0 => None,
            own => self.at.checked_add(own.into()),
        }
    }

    pub(super) fn byte(&self, number: usize) -> Option<u8> {
        self.buffer.get(self.field(number)?).copied()
    }

    pub(super) fn short(&self, number: usize) -> Option<u16> {
        chunk(self.buffer, self.field(number)?).map(u16::from_le_bytes)
    }

    pub(super) fn int(&self, number: usize) -> Option<i32> {
        chunk(self.buffer, self.field(number)?).map(i32::from_le_bytes)
    }

    pub(super) fn long(&self, number: usize) -> Option<u64> {
        chunk(self.buffer, self.field(number)?).map(u64::from_le_bytes)
    }

    /// The table in a field.
    pub(super) fn table(&self, number: usize) -> Option<Self> {
        let at = offset(self.buffer, self.field(number)?)?;
        Some(Self {
            buffer: self.buffer,
            at,
        })
    }

    /// The vector in a field.
    pub(super) fn vector(&self, number: usize) -> Option<Vector<'a>> {
        let at = offset(self.buffer, self.field(number)?)?;
        let length = u32::from_le_bytes(chunk(self.buffer, at)?) as usize;
        Some(Vector {
            buffer: self.buffer,
            at: at + 4,
            length,
        })
    }

    /// The bytes of a text, or of a vector of them.
    pub(super) fn bytes(&self, number: usize) -> Option<&'a [u8]> {
        let Vector { buffer, at, length } = self.vector(number)?;
        buffer.get(at..at.checked_add(length)?)
    }

    /// The tables of a vector; one that is broken is none, and the last.
    pub(super) fn tables(&self, number: usize) -> impl Iterator<Item = Option<Table<'a>>> {
        let vector = self.vector(number);
        let length = vector.as_ref().map_or(0, |vector| vector.length);
        let mut is_whole = true;
        (0..length).map_while(move |index| {
            is_whole.then_some(())?;
            let table = vector.as_ref().and_then(|vector| {
                let at = offset(vector.buffer, vector.at.checked_add(4 * index)?)?;
                let buffer = vector.buffer;
                (at < buffer.len()).then_some(Table { buffer, at })
            });
            is_whole = table.is_some();
            Some(table)
        })
    }
}

impl Vector<'_> {
    /// How many bytes its elements take, each of so many.
    pub(super) fn bytes(&self, size: usize) -> usize {
        self.length.saturating_mul(size)
    }

    fn elements<const N: usize>(&self) -> impl Iterator<Item = [u8; N]> {
        let elements = self.buffer.get(self.at..).unwrap_or_default();
        let (elements, _) = elements.as_chunks::<N>();
        elements.iter().take(self.length).copied()
    }

    pub(super) fn integers(&self) -> impl Iterator<Item = u32> {
        self.elements().map(u32::from_le_bytes)
    }

    pub(super) fn doubles(&self) -> impl Iterator<Item = f64> {
        self.elements().map(f64::from_le_bytes)
    }
}
