//! Heat in files: the cells of a picture before they are spread, blended and coloured, and its
//! frame.
//!
//! A file is a zip archive of arrays that numpy reads, with a head in JSON; docs/formats.md
//! describes it. Everything in it is checked before it is used, and read in pieces: a file costs no
//! more memory than its cells do. Knows nothing of where heat came from, nor of what becomes of it.

mod frame;
mod georeference;
mod header;
mod reader;
mod writer;

pub use self::frame::view_of;
pub use self::georeference::georeference;
pub use self::reader::Saved;
pub use self::writer::write;

/// Member that says what the tables mean.
const HEAD: &str = "heat.json";
/// Points: the step from the cell before, their weight, and how many there are.
const POINTS: ArrayMember = ArrayMember {
    name: "points.npy",
    kind: "[('step', '<u8'), ('weight', '<f4'), ('count', '<u4')]",
    bytes: 16,
};
/// Segments: their ends in pixels of the picture, and their weight.
const SEGMENTS_ALONE: ArrayMember = ArrayMember {
    name: "segments.npy",
    kind: "[('x0', '<f8'), ('y0', '<f8'), ('x1', '<f8'), ('y1', '<f8'), ('weight', '<f4')]",
    bytes: 36,
};

/// The same, and the number of their track in the table of tracks, from 1; 0 for none.
const SEGMENTS: ArrayMember = ArrayMember {
    name: "segments.npy",
    kind: "[('x0', '<f8'), ('y0', '<f8'), ('x1', '<f8'), ('y1', '<f8'), ('weight', '<f4'), \
           ('track', '<u4')]",
    bytes: 40,
};
/// The identities of tracks, in order.
const TRACKS: ArrayMember = ArrayMember {
    name: "tracks.npy",
    kind: "'<u8'",
    bytes: 8,
};

/// A member of a file: an array of rows.
struct ArrayMember {
    name: &'static str,
    /// What is in a row, as numpy writes it.
    kind: &'static str,
    /// The length of a row.
    bytes: usize,
}

#[cfg(test)]
mod tests;
