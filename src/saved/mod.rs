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

use std::path::{Path, PathBuf};

use glob::Pattern;

pub use self::frame::view_of;
pub use self::georeference::georeference;
pub use self::reader::Saved;
pub use self::writer::write;
use crate::error::{Error, Location, Result};

/// The files that paths mean: those themselves, those that patterns fit (`parts/*.heat`), and those
/// in folders that are called `.heat`; each path's in the order of their names.
///
/// # Errors
/// When a path is a pattern or a folder and there is no such file, or cannot be looked into.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let wrong = |fact: &dyn std::fmt::Display| Error::input(Location::file(path), fact);
        let pattern = match path.to_str() {
            _ if path.is_dir() => {
                let folder = Pattern::escape(&path.to_string_lossy());
                Some(Path::new(&folder).join("*.heat"))
            }
            Some(text) if !path.exists() && text.contains(['*', '?', '[']) => Some(path.clone()),
            _ => None,
        };
        let Some(pattern) = pattern else {
            files.push(path.clone());
            continue;
        };
        let found = glob::glob(&pattern.to_string_lossy()).map_err(|error| wrong(&error))?;
        let found: Vec<PathBuf> = found
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(&error))?;
        if found.is_empty() {
            return Err(wrong(&"there is no saved heat of such a name"));
        }
        files.extend(found);
    }
    Ok(files)
}

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
