//! Databases by other writers, chosen parts of them, and damaged ones.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::input::samples::{everything, hold, path, read_prefixes, shapes};
use crate::input::{Counted, Field, Oddity, Options};

/// What geopandas finds in the files.
const AIRPORTS: &str = "60 0 30.685861 -162.892936 61.933964 -70.807848";

fn of_layer(name: &str) -> Options {
    let mut options = everything();
    options.databases.layers = vec![name.to_owned()];
    options
}

fn of_query(query: &str) -> Options {
    let mut options = everything();
    options.databases.query = Some(query.to_owned());
    options
}

/// A database of some statements.
fn made(folder: &Path, statements: &str) -> std::path::PathBuf {
    let file = folder.join("made.sqlite");
    let database = Connection::open(&file).expect("a database");
    database.execute_batch(statements).expect("statements");
    file
}

#[test]
fn layers_of_other_writers_are_read() {
    hold(
        &[
            ("sqlite/airports.gpkg", AIRPORTS),
            ("sqlite/ogr.sqlite", AIRPORTS),
        ],
        &everything(),
    );
    let (report, all) = shapes(&path("sqlite/spatialite.sqlite"), &everything());
    let report = report.unwrap();
    assert_eq!((report.tally.tracks, all.len()), (3, 5));
    assert_eq!(
        report.left_out(),
        [("records without a geometry", 1), ("polygons", 1)]
    );
}

#[test]
fn several_layers_are_read_each_in_its_system_and_that_is_told() {
    let file = path("sqlite/layers.gpkg");
    let (report, all) = shapes(&file, &everything());
    let report = report.unwrap();
    assert_eq!(all.len(), 80);
    assert_eq!(report.left_out(), [("layers", 2)]);
    assert!(report.skipped == 0, "{:?}", report.named);
    let (report, towns) = shapes(&file, &of_layer("towns"));
    assert_eq!((report.unwrap().oddities, towns.len()), (vec![], 60));
    let (report, _) = shapes(&file, &of_layer("town"));
    let error = report.unwrap_err().to_string();
    assert!(
        error.contains("no layer or table 'town' among 'towns', 'airports'"),
        "{error}"
    );
    assert!(error.contains("did you mean 'towns'?"), "{error}");
}

#[test]
fn tables_have_the_columns_of_csv() {
    let (report, all) = shapes(&path("sqlite/places.sqlite"), &everything());
    let report = report.unwrap();
    assert_eq!(
        all.len(),
        21,
        "two of the rows have no number, or nothing at all"
    );
    assert_eq!(
        report.left_out(),
        [("bad records", 1), ("rows without a place", 1)]
    );
    assert!(
        report.named[0].fact.starts_with("latitude 'x'"),
        "{:?}",
        report.named
    );
    assert_eq!(all.iter().filter(|shape| shape.time.is_some()).count(), 20);
    let mut options = of_query("SELECT lat, lon, n * 2 AS n FROM visits WHERE id < 4");
    options.columns.weight_field = Some(Field::Name("n".to_owned()));
    let (_, all) = shapes(&path("sqlite/places.sqlite"), &options);
    let weights: Vec<f64> = all.iter().map(|shape| shape.weight).collect();
    assert_eq!(weights, [2.0, 4.0, 6.0, 2.0]);
}

#[test]
fn a_query_gives_geometries_of_any_kind() {
    let (report, all) = shapes(
        &path("sqlite/airports.gpkg"),
        &of_query("SELECT geom FROM airports LIMIT 7"),
    );
    assert_eq!((report.unwrap().skipped, all.len()), (0, 7));
    for (query, fact) in [
        ("SELECT absent FROM airports", "no such column: absent"),
        ("SELECT 1; SELECT 2", "Multiple statements"),
        (
            "DELETE FROM airports",
            "attempt to write a readonly database",
        ),
        (
            "SELECT n FROM airports",
            "no columns for latitude and longitude",
        ),
    ] {
        let error = shapes(&path("sqlite/airports.gpkg"), &of_query(query))
            .0
            .unwrap_err();
        assert!(error.fact.contains(fact), "{query}: {error}");
    }
}

#[test]
fn points_of_a_layer_are_joined_to_tracks() {
    let mut options = everything();
    options.columns.track_field = Some(Field::Name("state".to_owned()));
    let (report, all) = shapes(&path("sqlite/airports.gpkg"), &options);
    assert_eq!((report.unwrap().tally.tracks, all.len()), (3, 57));
}

#[test]
fn systems_that_nobody_knows_are_degrees_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for (id, expected) in [(0, Ok(60)), (-1, Err("one that nobody knows"))] {
        let file = folder.path().join("a.gpkg");
        fs::copy(path("sqlite/airports.gpkg"), &file).unwrap();
        let change = format!("UPDATE gpkg_geometry_columns SET srs_id = {id}");
        Connection::open(&file)
            .unwrap()
            .execute(&change, ())
            .unwrap();
        match (shapes(&file, &everything()).0, expected) {
            (Ok(report), Ok(count)) => assert_eq!(report.shapes, count),
            (Err(error), Err(fact)) => assert!(error.fact.contains(fact), "{error}"),
            (found, _) => panic!("{id}: {found:?}"),
        }
    }
}

#[test]
fn what_holds_no_places_says_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let fact = |statements: &str| {
        let file = made(folder.path(), statements);
        let error = shapes(&file, &everything()).0.unwrap_err();
        fs::remove_file(file).unwrap();
        error.fact
    };
    assert!(fact("CREATE TABLE a(x1, b); CREATE TABLE b(c)").contains("known among 'a', 'b'"));
    assert!(fact("PRAGMA user_version = 1").contains("no table in this database"));
    assert!(fact("CREATE TABLE tiles(a); CREATE TABLE metadata(b)").contains("tiles of a map"));
    assert!(fact("CREATE TABLE a(b)").contains("no columns for latitude and longitude"));
}

#[test]
fn a_schema_calls_no_functions() {
    let folder = tempfile::tempdir().unwrap();
    let file = made(
        folder.path(),
        "CREATE TABLE t(lat, lon); INSERT INTO t VALUES (1, 2);
         CREATE VIEW v AS SELECT lat, lon, load_extension('x') AS y FROM t;",
    );
    assert_eq!(shapes(&file, &everything()).0.unwrap().shapes, 1);
    let error = shapes(&file, &of_layer("v")).0.unwrap_err();
    assert!(error.fact.contains("load_extension"), "{error}");
}

#[test]
fn one_in_an_archive_is_copied_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.gpkg.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&file).unwrap());
    zip.start_file("a.gpkg", zip::write::SimpleFileOptions::default())
        .unwrap();
    std::io::Write::write_all(&mut zip, &fs::read(path("sqlite/airports.gpkg")).unwrap()).unwrap();
    zip.finish().unwrap();
    assert_eq!(shapes(&file, &everything()).0.unwrap().shapes, 60);
    let small = Options {
        max_unpacked: Some(1000),
        ..everything()
    };
    assert!(shapes(&file, &small).0.is_err());
}

#[test]
fn others_are_told_that_they_are_no_databases() {
    let (report, _) = shapes(&path("csv/csv_latin1.csv"), &of_layer("a"));
    let oddities = report.unwrap().oddities;
    let is_so = |counted: &Counted| counted.oddity == Oddity::NoDatabase;
    assert!(oddities.iter().any(is_so), "{oddities:?}");
}

#[test]
fn what_is_damaged_is_no_panic() {
    read_prefixes("sqlite/airports.gpkg", &everything());
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("a.gpkg");
    let whole = fs::read(path("sqlite/airports.gpkg")).unwrap();
    for at in (0..whole.len()).step_by(997) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        fs::write(&damaged, &bytes).unwrap();
        let _ = shapes(&damaged, &everything());
    }
}

#[test]
fn names_of_columns_that_are_no_utf8_are_an_error_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = made(
        folder.path(),
        "CREATE TABLE t(lat, lon, named); INSERT INTO t VALUES (1, 2, 3);",
    );
    assert_eq!(shapes(&file, &everything()).0.unwrap().shapes, 1);
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.windows(5).position(|five| five == b"named");
    bytes[at.unwrap()] = 0xff;
    fs::write(&file, bytes).unwrap();
    for options in [everything(), of_query("SELECT * FROM t")] {
        let error = shapes(&file, &options).0.unwrap_err().to_string();
        assert!(error.contains("no UTF-8"), "{error}");
    }
}

#[test]
fn lists_of_layers_without_end_are_refused() {
    let without_end = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)
        SELECT 'a' AS table_name, 'g' AS column_name, 4326 AS srs_id FROM c";
    for never in ["", "WHERE x < 0"] {
        let folder = tempfile::tempdir().unwrap();
        let view = format!("CREATE VIEW gpkg_geometry_columns AS {without_end} {never};");
        let file = made(folder.path(), &format!("CREATE TABLE a(g BLOB); {view}"));
        let (report, _) = shapes(&file, &everything());
        let error = report.unwrap_err().to_string();
        assert!(error.contains("has no end"), "{error}");
    }
}
