//! Samples of formats, and what independent readers make of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::{Options, Report, Source, read};
use crate::error::Result;
use crate::geo::{Coord, Geometry, Shape, Time};

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
    let (_, shapes) = shapes(&path(name), options);
    let (mut positions, mut lines, mut last) = (0, 0, None);
    let (mut places, mut times): (Vec<Coord>, Vec<Time>) = (Vec::new(), Vec::new());
    for shape in &shapes {
        times.extend(shape.time);
        match shape.geometry {
            Geometry::Point(at) => {
                positions += 1;
                places.push(at);
                last = None;
            }
            Geometry::Segment(from, to) => {
                let is_next = last == Some(from.wrapped());
                positions += if is_next { 1 } else { 2 };
                lines += u32::from(!is_next);
                places.extend([from, to]);
                last = Some(to.wrapped());
            }
        }
    }
    let mut line = format!("{positions} {lines}");
    if places.is_empty() {
        return line;
    }
    let of = |number: fn(Coord) -> f64, best: fn(f64, f64) -> f64| {
        let numbers = places.iter().map(|at| number(at.wrapped()));
        numbers.reduce(best).unwrap_or_default()
    };
    let (y, x): (fn(Coord) -> f64, fn(Coord) -> f64) = (Coord::y, Coord::x);
    for number in [
        of(y, f64::min),
        of(x, f64::min),
        of(y, f64::max),
        of(x, f64::max),
    ] {
        write!(line, " {number:.6}").unwrap();
    }
    for time in [times.iter().min(), times.iter().max()]
        .into_iter()
        .flatten()
    {
        let moment = jiff::Timestamp::from_millisecond(time.milliseconds()).unwrap();
        write!(line, " {moment}").unwrap();
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
    let whole = path(name);
    let bytes = fs::read(&whole).unwrap();
    let most = shapes(&whole, options).1.len();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join(whole.file_name().unwrap());
    for step in 0..STEPS {
        let length = bytes.len() * step / STEPS;
        fs::write(&cut, &bytes[..length]).unwrap();
        let (result, shapes) = shapes(&cut, options);
        assert!(shapes.len() <= most, "{name} cut to {length} bytes");
        if let Err(error) = result {
            assert!(!error.fact.is_empty(), "{name} cut to {length} bytes");
        }
    }
}
