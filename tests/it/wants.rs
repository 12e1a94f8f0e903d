//! Skipped tests: those that look through the eyes of a program which is not installed here. Each
//! is noted in a file, which the last test program of `cargo test` (tests/skipped.rs) sums up.
//! Where [`MUST_RUN`] is set, they fail instead.
//!
//! libtest has no hook at its end, hides what a test that passes prints, and runs each test program
//! as a process of its own; so notes are left in the target folder. What tells one run of `cargo
//! test` from another is the process that started them all.
//!
//! The unit tests of the library include this file, too.

use std::fs::OpenOptions;
use std::io::Write;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable under which a skip is a failure.
pub const MUST_RUN: &str = "HEATMAP_TESTS_MUST_RUN";

/// Whether a program is there; notes the test as skipped if not.
#[track_caller]
pub fn has(program: &str) -> bool {
    is_installed(program) || skip(program)
}

/// Whether there is a Python with these modules; notes the test as skipped if not.
#[track_caller]
pub fn has_python(modules: &str) -> bool {
    let mut python = Command::new("python3");
    python
        .args(["-c", &format!("import {modules}")])
        .stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success()) || skip(&format!("python3 with {modules}"))
}

/// The schema of KML 2.2 and what checks by it: `None`, and a note, without either.
#[track_caller]
pub fn kml_schema() -> Option<PathBuf> {
    match std::env::var_os("HEATMAP_KML_SCHEMA") {
        Some(schema) if has("xmllint") => Some(schema.into()),
        Some(_) => None,
        None => {
            skip("HEATMAP_KML_SCHEMA to name ogckml22.xsd");
            None
        }
    }
}

/// Whether a program is on the path.
pub fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| {
        folder
            .join(program)
            .with_extension(std::env::consts::EXE_EXTENSION)
            .is_file()
    })
}

/// Notes that the test which runs now wants something that is not here. Always `false`.
///
/// # Panics
/// Where that is a failure.
#[track_caller]
pub fn skip(wanted: &str) -> bool {
    assert!(
        std::env::var_os(MUST_RUN).is_none_or(|value| value.is_empty()),
        "this test wants {wanted}, and {MUST_RUN} is set"
    );
    note(wanted)
}

/// The same of what nobody can install, such as a right: it never is a failure.
#[track_caller]
pub fn note(wanted: &str) -> bool {
    let notes = notes();
    std::fs::create_dir_all(folder_of(&notes)).expect("a folder beside the test programs");
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&notes)
        .expect("a file beside the test programs");
    // In one piece, because other tests write at the same time.
    file.write_all(format!("{wanted}\t{}\n", test()).as_bytes())
        .expect("a note");
    false
}

/// The name of this test; where all of them run in the main thread, the line that asked.
#[track_caller]
fn test() -> String {
    let thread = std::thread::current();
    match thread.name() {
        Some(name) if name != "main" => name.to_owned(),
        _ => Location::caller().to_string(),
    }
}

/// Where the test programs of one run of `cargo test` leave their notes.
pub fn notes() -> PathBuf {
    let program = std::env::current_exe().expect("the path of this test program");
    folder_of(folder_of(&program))
        .join("skipped-tests")
        .join(whole_run())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().expect("a folder")
}

/// The process that runs all test programs. Its number alone would come back some day, so when it
/// began is part of its name where that can be known.
fn whole_run() -> String {
    #[cfg(unix)]
    let number = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let number = 0;
    let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    // After the name in brackets, which may have blanks, it is the 20th (man 5 proc).
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let began = fields.split_whitespace().nth(19).unwrap_or("0");
    format!("{number}-{began}")
}
