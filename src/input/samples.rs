//! Samples of formats, and what independent readers make of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::{Options, Report, Source, Tally, read, survey};
use crate::error::Result;
use crate::geo::Shape;

/// How many prefixes of a sample are read.
const STEPS: usize = 64;

/// Options that keep all that a sample has.
pub(super) fn everything() -> Options {
    Options {
        times: true,
        in_order: true,
        keep_zero: true,
        ..Options::default()
    }
}

/// A sample of the test data.
pub(super) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// The shapes of a file, in its order, and the report.
pub(super) fn shapes(path: &Path, options: &Options) -> (Result<Report>, Vec<Shape>) {
    let all = Mutex::new(Vec::new());
    let sources = [Source::File(path.to_owned())];
    let report = read(&sources, options, &|_| {}, &|batch| {
        all.lock().unwrap().extend_from_slice(batch);
    });
    (report, all.into_inner().unwrap())
}

/// What a sample comes to, as a line: positions, lines, south, west, north, east, and its first and
/// last time in UTC.
pub(super) fn measured(name: &str, options: &Options) -> String {
    let sources = [Source::File(path(name))];
    let Tally {
        positions,
        tracks,
        span,
        times,
    } = survey(&sources, options, &|_| {}).unwrap().tally;
    let mut line = format!("{positions} {tracks}");
    if let Some(span) = span {
        for number in [span.south, span.west, span.north, span.east] {
            write!(line, " {number:.6}").unwrap();
        }
    }
    if let Some((first, last)) = times {
        for time in [first, last] {
            let moment = jiff::Timestamp::from_millisecond(time.milliseconds()).unwrap();
            write!(line, " {moment}").unwrap();
        }
    }
    line
}

/// Holds samples to what others make of them.
pub(super) fn hold(rows: &[(&str, &str)], options: &Options) {
    let others: String = rows
        .iter()
        .filter_map(|(name, expected)| {
            let found = measured(name, options);
            (found != *expected).then(|| format!("\n{name}\n  {found}\n  {expected}"))
        })
        .collect();
    assert!(others.is_empty(), "found, and expected:{others}");
}

/// Reads beginnings of a sample, which give what they have or an error, and never more than all of
/// it.
pub(super) fn read_prefixes(name: &str, options: &Options) {
    let most = shapes(&path(name), options).1.len();
    for (length, count) in prefixes(name, options) {
        assert!(count <= most, "{name} cut to {length} bytes");
    }
}

/// Reads beginnings of a sample; the length of each, and how many shapes it gave.
pub(super) fn prefixes(name: &str, options: &Options) -> Vec<(usize, usize)> {
    let whole = path(name);
    let bytes = fs::read(&whole).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join(whole.file_name().unwrap());
    let read = |step: usize| {
        let length = bytes.len() * step / STEPS;
        fs::write(&cut, &bytes[..length]).unwrap();
        let (result, shapes) = shapes(&cut, options);
        if let Err(error) = result {
            assert!(!error.fact.is_empty(), "{name} cut to {length} bytes");
        }
        (length, shapes.len())
    };
    (0..STEPS).map(read).collect()
}
