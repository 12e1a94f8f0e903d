//! The walls of the house: which room may know which. docs/architecture.md tells why.

use super::run::root;
use std::path::{Path, PathBuf};

/// Every room of the library, with the rooms it may know.
const KNOWLEDGE: [(&str, &[&str]); 13] = [
    ("error", &[]),
    ("map", &["error", "shape"]),
    ("shape", &["map"]),
    ("image_file", &["color", "error", "map"]),
    ("held", &["error", "map", "shape"]),
    ("input", &["error", "map", "shape"]),
    ("density", &["error", "map", "shape"]),
    ("npy", &[]),
    ("saved", &["density", "error", "map", "npy", "shape"]),
    ("color", &["density", "error", "image_file", "map"]),
    ("composite", &["color", "error", "image_file", "map"]),
    ("encode", &["color", "density", "error", "map", "npy"]),
    ("product", &["color", "composite", "density", "encode", "error", "map", "shape"]),
];

#[test]
fn no_room_knows_more_than_it_may() {
    for (room, may_know) in KNOWLEDGE {
        for file in files(&root().join("src"), room) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            for known in text
                .split("crate::")
                .skip(1)
                .map(|rest| rest.split(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap_or_default())
            {
                let fine = known == room || may_know.contains(&known) || known.is_empty();
                assert!(fine, "{} knows {known}", file.display());
            }
        }
    }
}

fn files(source: &Path, room: &str) -> Vec<PathBuf> {
    let single = source.join(room).with_extension("rs");
    if single.exists() {
        return vec![single];
    }
    let mut folders = vec![source.join(room)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a room is a folder or a file").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}
