//! What the readers have in common, and how a run over several files goes.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use super::*;
use crate::geo::{Geometry, Shape};

/// Runs a reader on a file called `test`.
pub(super) fn collect(
    strict: bool,
    read: impl FnOnce(&mut Sink) -> Result<()>,
) -> (Report, Vec<Shape>) {
    collect_in(
        Manner {
            strict,
            ..Manner::default()
        },
        read,
    )
}

/// The same in some other manner.
pub(super) fn collect_in(
    manner: Manner,
    read: impl FnOnce(&mut Sink) -> Result<()>,
) -> (Report, Vec<Shape>) {
    let (mut report, shapes) = (Report::default(), Mutex::new(Vec::new()));
    let deliver = |batch: &[Shape]| shapes.lock().unwrap().extend_from_slice(batch);
    let result = read(&mut Sink::new("test", manner, &deliver, &mut report));
    report.failed.extend(result.err());
    (report, shapes.into_inner().unwrap())
}

/// The bad records that were named, as messages.
pub(super) fn facts(report: &Report) -> Vec<String> {
    report.named.iter().map(ToString::to_string).collect()
}

/// Points as latitude, longitude, weight.
pub(super) fn weighted(shapes: &[Shape]) -> Vec<(f64, f64, f64)> {
    let place = |shape: &Shape| match shape.geometry {
        Geometry::Point(at) | Geometry::Segment(at, _) => (at.y(), at.x(), shape.weight),
    };
    shapes.iter().map(place).collect()
}

/// Files to read, in a folder that goes away.
struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file for the test");
        }
        Self(folder)
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn read(
        &self,
        names: &[&str],
        options: &Options,
    ) -> std::result::Result<(Report, Vec<Shape>), String> {
        let sources: Vec<_> = names
            .iter()
            .map(|name| Source::File(self.folder().join(name)))
            .collect();
        let (shapes, opened) = (Mutex::new(Vec::new()), Mutex::new(0));
        let report = read(
            &sources,
            options,
            &|_| *opened.lock().unwrap() += 1,
            &|batch| {
                shapes.lock().unwrap().extend_from_slice(batch);
            },
        );
        let (mut shapes, opened) = (shapes.into_inner().unwrap(), opened.into_inner().unwrap());
        // Files are read side by side.
        shapes.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
        assert_eq!(sources.len(), opened);
        let short = |error: Error| {
            error
                .to_string()
                .replace(&format!("{}/", self.folder().display()), "")
        };
        report.map(|report| (report, shapes)).map_err(short)
    }
}

fn keep_going() -> Options {
    Options {
        keep_going: true,
        ..Options::default()
    }
}

#[test]
fn files_of_several_kinds_are_read_in_one_run() {
    let files = Files::new(&[
        ("a.CSV", "lon,lat\n2,1\n"),
        ("b.txt", "3 4 5\n"),
        ("c", "lat;lon\n5,5;6,5\n"),
    ]);
    let (report, shapes) = files
        .read(&["a.CSV", "b.txt", "c"], &Options::default())
        .expect("three good files");
    assert_eq!(
        weighted(&shapes),
        [(1.0, 2.0, 1.0), (3.0, 4.0, 5.0), (5.5, 6.5, 1.0)]
    );
    assert_eq!((report.shapes, report.records, report.skipped), (3, 3, 0));
    assert!(report.notes[0].ends_with(
        "a.CSV: latitude from column 2 'lat', longitude from column 1 'lon', weight 1, delimiter ,"
    ));
}

#[test]
fn the_filetype_that_is_given_wins_over_the_name() {
    let files = Files::new(&[("a.csv", "1 2\n")]);
    let options = Options {
        filetype: reader_named("plain"),
        ..Options::default()
    };
    assert_eq!(
        files
            .read(&["a.csv"], &options)
            .expect("plain text")
            .1
            .len(),
        1
    );
}

#[test]
fn a_file_that_cannot_be_read_ends_the_run() {
    let files = Files::new(&[
        ("good.txt", "1 2"),
        ("bad.csv", "a,b\n1,2\n"),
        ("bad.txt", "\0\0"),
    ]);
    let message = |name| {
        files
            .read(&["good.txt", name], &Options::default())
            .expect_err(name)
    };
    assert_eq!(message("none.csv"), "none.csv: there is no such file");
    assert_eq!(
        message("bad.txt").lines().next(),
        Some("bad.txt: this is binary data, and not a shapefile")
    );
    assert_eq!(
        message("bad.csv"),
        "bad.csv: no columns for latitude and longitude are known among 'a', 'b'\n  \
         say which they are, by name or number"
    );
    fs::create_dir(files.folder().join("folder.gpx")).expect("a folder");
    assert!(message("folder.gpx").starts_with(
        "folder.gpx: there is no file in this folder that can be read\n  text, CSV, "
    ));
}

#[test]
fn keep_going_leaves_bad_files_out_while_there_are_others() {
    let files = Files::new(&[("good.txt", "1 2"), ("bad.csv", "a,b\n1,2\n")]);
    let (report, shapes) = files
        .read(&["none", "bad.csv", "good.txt"], &keep_going())
        .expect("one good file");
    assert_eq!((shapes.len(), report.failed.len()), (1, 2));
    assert_eq!(
        files
            .read(&["none", "bad.csv"], &keep_going())
            .expect_err("none"),
        "none: there is no such file"
    );
}

#[test]
fn nothing_at_all_is_an_error() {
    let files = Files::new(&[
        ("empty.csv", ""),
        ("header.csv", "lat,lon\n"),
        ("bad.txt", "1 x\n1 y\n"),
        ("blank", "\n"),
    ]);
    let message = |names: &[&str]| files.read(names, &keep_going()).expect_err("nothing");
    for name in ["empty.csv", "header.csv", "blank"] {
        assert_eq!(
            message(&[name]),
            format!("{name}: nothing could be read: there are no points and no tracks")
        );
    }
    assert_eq!(
        message(&["bad.txt", "empty.csv"]),
        "bad.txt, empty.csv: nothing could be read; \
         the first of 2 bad records: bad.txt:1: longitude 'x' is not a number"
    );
    assert!(message(&["blank"; 5]).starts_with("blank, blank, blank, 2 more: nothing"));
}

#[test]
fn strict_ends_at_the_first_bad_record_even_when_others_are_to_be_left_out() {
    let files = Files::new(&[("a.txt", "1 2\nx y\n")]);
    let options = Options {
        strict: true,
        ..keep_going()
    };
    assert_eq!(
        files.read(&["a.txt"], &options).expect_err("strict"),
        "a.txt:2: latitude 'x' is not a number"
    );
    assert_eq!(
        files
            .read(&["a.txt"], &keep_going())
            .expect("lenient")
            .0
            .skipped,
        1
    );
}

#[test]
fn in_order_shapes_come_in_the_order_of_the_files_whatever_their_kind() {
    let text = |file: u32| match file % 3 {
        0 => format!("{file} 0\n{file} 1\n"),
        1 => format!("lat,lon\n{file},\"0\"\n{file},1\n"),
        _ => format!("<gpx><wpt lat='{file}' lon='0'/><wpt lat='{file}' lon='1'/></gpx>"),
    };
    let texts: Vec<(String, String)> = (0..90).map(|file| (file.to_string(), text(file))).collect();
    let files = Files::new(
        &texts
            .iter()
            .map(|(name, text)| (&**name, &**text))
            .collect::<Vec<_>>(),
    );
    let sources: Vec<_> = texts
        .iter()
        .map(|(name, _)| Source::File(files.folder().join(name)))
        .collect();
    let (shapes, opened) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let options = Options {
        in_order: true,
        keep_zero: true,
        ..Options::default()
    };
    let opens = |name: &str| opened.lock().unwrap().push(name.to_owned());
    read(&sources, &options, &opens, &|batch| {
        shapes.lock().unwrap().extend_from_slice(batch);
    })
    .expect("good files");
    let expected: Vec<_> = (0..180)
        .map(|row| (f64::from(row / 2), f64::from(row % 2), 1.0))
        .collect();
    assert_eq!(weighted(&shapes.into_inner().unwrap()), expected);
    let names: Vec<_> = sources.iter().map(Source::name).collect();
    assert_eq!(opened.into_inner().unwrap(), names);
}

#[test]
fn times_of_all_files_are_counted() {
    let files = Files::new(&[
        ("a.csv", "lat,lon,time\n1,2,5\n1,2,x\n"),
        ("b.txt", "3 4\n"),
        ("c.csv", "lat,lon,date\n1,2,y\n"),
    ]);
    let options = Options {
        times: true,
        ..Options::default()
    };
    let report = files
        .read(&["a.csv", "b.txt", "c.csv"], &options)
        .expect("good files")
        .0;
    assert_eq!(
        (
            report.shapes,
            report.timed,
            report.bad_times,
            report.named_times.len()
        ),
        (4, 1, 2, 2)
    );
}

/// All files in folders of the test data, and in the folders in them.
fn samples(folders: &[&str]) -> Vec<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let files = folders.iter().flat_map(|folder| {
        let entries = walkdir::WalkDir::new(data.join(folder)).sort_by_file_name();
        entries.into_iter().map(|entry| entry.expect("a folder"))
    });
    let files = files.filter(|entry| entry.file_type().is_file());
    files.map(walkdir::DirEntry::into_path).collect()
}

#[test]
fn every_prefix_of_every_sample_gives_good_places_or_an_error() {
    const STEPS: usize = 64;
    let folder = tempfile::tempdir().expect("a temporary folder");
    for sample in samples(&["formats", "csv", "gpx", "shp", "hostile"]) {
        let bytes = fs::read(&sample).expect("a sample");
        let steps = if bytes.len() > 1 << 15 {
            STEPS / 8
        } else {
            STEPS
        };
        let name = sample.file_name().expect("a name");
        let path = folder.path().join(name);
        for step in 0..=steps {
            fs::write(&path, &bytes[..bytes.len() * step / steps]).expect("a prefix");
            let deliver = |shapes: &[Shape]| {
                let extent = Extent::of(shapes).expect("shapes are not empty");
                let [low, high] = extent.corners();
                let fits = low.y() >= -90.0 && high.y() <= 90.0 && low.x() >= -360.0;
                assert!(fits && high.x() <= 360.0, "{name:?} {step}: {extent}");
            };
            let options = Options {
                times: true,
                survey: true,
                ..Options::default()
            };
            let sources = [Source::File(path.clone())];
            if let Err(error) = read(&sources, &options, &|_| {}, &deliver) {
                assert!(!error.fact.is_empty(), "{name:?} {step}");
            }
        }
    }
}
