//! Google's files, held to what a plain reader in Python makes of them.

use std::fmt::Write as _;
use std::fs;

use super::super::samples::{everything, hold, path, prefixes, read_prefixes, shapes};
use super::super::{Oddity, Report, Source, VisitWeight, read};

const SAMPLES: [(&str, &str); 9] = [
    (
        "google/timeline_android-ios-sample.json",
        "11 4 9.850000 124.143500 37.566500 129.075600 2025-01-10T00:00:00Z 2025-09-20T03:00:00Z",
    ),
    (
        "google/timeline_offset-path-sample.json",
        "2 1 35.179600 126.978000 37.566500 129.075600 2026-01-01T00:15:00Z 2026-01-01T01:00:00Z",
    ),
    (
        "google/timeline_takeout-sample.json",
        "3 1 35.179600 126.978000 37.566500 129.075600 2024-02-01T00:00:00Z 2024-02-02T00:00:00Z",
    ),
    (
        "google/timeline_cp1252.json",
        "3 1 35.179600 126.978000 37.566500 129.075600 2024-02-01T00:00:00Z 2024-02-02T00:00:00Z",
    ),
    (
        "google/Records.json",
        "132 0 53.427090 -2.950901 53.461896 -2.893706 2026-01-26T15:55:12Z 2026-01-26T16:24:12.137Z",
    ),
    (
        "google/2026_JANUARY.json",
        "52 4 53.407488 -2.983178 53.461896 -2.894700 2026-01-26T15:55:19Z 2026-01-26T16:49:48Z",
    ),
    (
        "google/Timeline_android.json",
        "50 3 53.427090 -2.950901 53.461896 -2.893706 2026-01-26T15:55:12Z 2026-01-26T16:24:12Z",
    ),
    (
        "google/location-history_ios.json",
        "96 2 53.407473 -2.983390 53.462223 -2.893941 2026-01-26T16:03:00Z 2026-01-26T16:58:41Z",
    ),
    (
        "google/Timeline Edits.json",
        "33 0 53.407620 -2.983543 53.461691 -2.894821 2026-01-26T16:04:43Z 2026-01-26T16:58:04Z",
    ),
];

fn count(report: &Report, oddity: Oddity) -> Option<u64> {
    let counted = report.oddities.iter().find(|known| known.oddity == oddity);
    counted.map(|counted| counted.count)
}

#[test]
fn no_place_counts_twice() {
    hold(&SAMPLES, &everything());
}

#[test]
fn a_history_that_is_cut_off_is_no_panic() {
    for (name, _) in SAMPLES {
        // Where the path of an activity is cut off, the activity is drawn itself.
        if name.contains("Timeline_") || name.contains("_ios") {
            prefixes(name, &everything());
        } else {
            read_prefixes(name, &everything());
        }
    }
}

#[test]
fn what_is_odd_about_records_is_counted() {
    let report = shapes(&path("google/Records.json"), &everything())
        .0
        .unwrap();
    assert_eq!(count(&report, Oddity::NoFix), Some(7));
    assert_eq!(count(&report, Oddity::Overflow), Some(13));
    let mut options = everything();
    options.max_accuracy = Some(1000.0);
    let report = shapes(&path("google/Records.json"), &options).0.unwrap();
    assert_eq!(count(&report, Oddity::Inaccurate), Some(8));
    assert_eq!(report.shapes, 124);
}

#[test]
fn raw_signals_and_activities_fill_the_gaps_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Timeline.json");
    let timeline = r#"{"semanticSegments": [
        {"startTime": "2024-01-01T10:00:00Z", "endTime": "2024-01-01T11:00:00Z",
         "activity": {"start": {"latLng": "1°, 1°"}, "end": {"latLng": "2°, 2°"}}},
        {"startTime": "2024-01-01T10:00:00Z", "endTime": "2024-01-01T12:00:00Z", "timelinePath": [
         {"point": "1°, 1°", "time": "2024-01-01T10:10:00Z"}, {"point": "2°, 2°", "time": "2024-01-01T10:50:00Z"}]},
        {"startTime": "2024-01-01T13:00:00Z", "endTime": "2024-01-01T15:30:00Z", "visit":
         {"hierarchyLevel": 0, "topCandidate": {"placeLocation": {"latLng": "3°, 3°"}}}},
        {"startTime": "2024-01-01T14:00:00Z", "endTime": "2024-01-01T15:00:00Z", "visit":
         {"hierarchyLevel": 1, "topCandidate": {"placeLocation": {"latLng": "3°, 3.1°"}}}}],
        "rawSignals": [
         {"position": {"LatLng": "1.5°, 1.5°", "timestamp": "2024-01-01T10:20:00Z"}},
         {"position": {"LatLng": "3°, 3°", "timestamp": "2024-01-01T14:00:00Z"}},
         {"wifiScan": {}},
         {"position": {"LatLng": "9°, 9°", "timestamp": "2024-01-01T20:00:00Z", "accuracyMeters": 50}}]}"#;
    fs::write(&file, timeline).unwrap();
    let mut options = everything();
    options.visit_weight = VisitWeight::Hours;
    let (report, shapes) = shapes(&file, &options);
    let report = report.unwrap();
    let mut weights = String::new();
    for shape in &shapes {
        write!(weights, "{} ", shape.weight).unwrap();
    }
    assert_eq!(weights, "1 2.5 1 ");
    assert_eq!((report.tally.positions, report.tally.tracks), (4, 1));
    assert_eq!(count(&report, Oddity::ToldTwice), Some(3));
}

#[test]
fn a_broken_record_costs_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Records.json");
    let records = r#"{"locations": [{"latitudeE7": 10000000, "longitudeE7": 10000000, "timestampMs": "1"},
        {"latitudeE7": oops, "longitudeE7": 1}, {"latitudeE7": 20000000, "longitudeE7": 10000000}]}"#;
    fs::write(&file, records).unwrap();
    let report = shapes(&file, &everything()).0.unwrap();
    assert_eq!((report.shapes, report.skipped), (2, 1));
}

#[test]
fn files_of_a_takeout_without_places_are_named() {
    for (name, oddity) in [
        ("google/Settings.json", Oddity::TakeoutSettings),
        ("google/Encrypted Backups.txt", Oddity::EncryptedTimeline),
    ] {
        let error = shapes(&path(name), &everything()).0.unwrap_err();
        let (one, _) = oddity.words();
        assert!(error.fact.contains(one), "{error}");
    }
}

#[test]
fn two_accounts_of_the_same_days_are_told() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Records.json", "2026_JANUARY.json"] {
        fs::copy(path(&format!("google/{name}")), folder.path().join(name)).unwrap();
    }
    let sources =
        ["Records.json", "2026_JANUARY.json"].map(|name| Source::File(folder.path().join(name)));
    let both = read(&sources, &everything(), &|_| {}, &|_| {}).unwrap();
    assert_eq!(count(&both, Oddity::SameHistory), Some(1));
    let one = read(&sources[..1], &everything(), &|_| {}, &|_| {}).unwrap();
    assert_eq!(count(&one, Oddity::SameHistory), None);
}
