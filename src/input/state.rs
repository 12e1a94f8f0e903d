//! State of files: whether they are still as they were, by their names, lengths and times.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use walkdir::WalkDir;

use super::Source;

/// A digest of the names, lengths and times of all files, in folders too.
#[must_use]
pub fn state(sources: &[Source]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in sources.iter().filter_map(Source::file) {
        let all = WalkDir::new(path).follow_links(true).sort_by_file_name();
        for entry in all.into_iter().flatten() {
            of_file(entry.path(), &mut hasher);
        }
    }
    hasher.finish()
}

fn of_file(path: &Path, hasher: &mut DefaultHasher) {
    path.hash(hasher);
    let about = path.metadata().ok().filter(std::fs::Metadata::is_file);
    let about = about.map(|about| (about.len(), about.modified().ok()));
    about.hash(hasher);
}
