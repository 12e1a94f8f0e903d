//! A summary of the tests that were skipped, such as `skipped: 3 tests want ffmpeg`. It is a test
//! program of its own without libtest, and of all those the last: cargo runs them in the order of
//! their names.
#![expect(clippy::print_stdout, reason = "to be read at the end of `cargo test`")]

#[path = "it/wants.rs"]
#[allow(
    dead_code,
    reason = "it has what tests need; here only the notes are read"
)]
mod wants;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Notes of runs that ended before they were summed up go away after this.
const FORGOTTEN: Duration = Duration::from_hours(24);

fn main() {
    // Whoever asks for a list of tests runs none.
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let notes = wants::notes();
    let written = std::fs::read_to_string(&notes).unwrap_or_default();
    for (wanted, tests) in wishes(&written) {
        let (count, s, want) = match tests.len() {
            1 => (1, "", "wants"),
            count => (count, "s", "want"),
        };
        println!("skipped: {count} test{s} {want} {wanted}");
    }
    std::fs::remove_file(&notes).ok();
    notes.parent().map(forget);
}

/// What is wanted, and by which tests.
fn wishes(notes: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut wishes = BTreeMap::<_, BTreeSet<_>>::new();
    for (wanted, test) in notes.lines().filter_map(|line| line.split_once('\t')) {
        wishes.entry(wanted).or_default().insert(test);
    }
    wishes
}

fn forget(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let oldest = SystemTime::now() - FORGOTTEN;
        if modified.is_ok_and(|modified| modified < oldest) {
            std::fs::remove_file(entry.path()).ok();
        }
    }
}
