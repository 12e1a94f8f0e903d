//! Parquet files by other writers, in all packings, damaged ones, and what is left unread.

use std::fs;

use crate::geo::{Coord, Extent, Geometry, Shape};
use crate::input::condition::Condition;
use crate::input::samples::{everything, hold, path, read_prefixes, shapes};
use crate::input::{Field, Options};

/// What pyarrow, geopandas and `DuckDB` find in the files (README of tests/data).
const QUAKES: &str = "200 0 -63.159000 -179.917000 64.572000 179.605000 1965-01-02T00:00:00Z \
    1965-07-07T00:00:00Z";
const AIRPORTS: &str = "300 0 26.442011 -163.529928 63.393873 -69.239767";

fn with_fields(lat: &str, lon: &str) -> Options {
    let mut options = everything();
    let name = |name: &str| Some(Field::Name(name.to_owned()));
    (options.columns.lat_field, options.columns.lon_field) = (name(lat), name(lon));
    options
}

#[test]
fn every_packing_is_unpacked() {
    let files = ["none", "snappy", "gzip", "zstd", "lz4", "brotli"];
    let names = files.map(|packing| format!("parquet/quakes_{packing}.parquet"));
    let rows = names.each_ref().map(|name| (&name[..], QUAKES));
    hold(&rows, &everything());
}

#[test]
fn geometries_are_in_the_system_that_the_file_names() {
    hold(
        &[
            ("parquet/airports_covering.parquet", AIRPORTS),
            ("parquet/airports_3857_point.parquet", AIRPORTS),
            ("parquet/native.parquet", AIRPORTS),
        ],
        &everything(),
    );
    for name in ["towns_28992", "native_28992"] {
        let (report, shapes) = shapes(&path(&format!("parquet/{name}.parquet")), &everything());
        assert_eq!(report.unwrap().shapes, 60);
        let [low, high] = Extent::of(&shapes).unwrap().corners();
        let found = [low.y(), low.x(), high.y(), high.x()];
        let pyproj = [50.848_33, 3.613_89, 53.232_35, 7.004_17];
        let off = found
            .iter()
            .zip(pyproj)
            .map(|(one, other)| (one - other).abs());
        assert!(off.fold(0.0, f64::max) < 1e-4, "{name}: {found:?}");
    }
}

#[test]
fn a_system_without_a_code_is_refused_unless_the_user_says_one() {
    let file = path("parquet/towns_no_code.parquet");
    let error = shapes(&file, &everything()).0.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("towns_no_code.parquet: its coordinate system has no code: Site grid"),
        "{error}"
    );
    let forced = Options {
        crs: crate::geo::Crs::of_srs("EPSG:28992").unwrap(),
        claim: crate::input::Claim::Forced,
        ..everything()
    };
    assert_eq!(shapes(&file, &forced).0.unwrap().shapes, 60);
}

#[test]
fn values_are_what_their_types_say() {
    let file = path("parquet/quakes_duckdb.parquet");
    let (report, all) = shapes(&file, &everything());
    let report = report.unwrap();
    assert_eq!(
        (report.shapes, report.records, report.skipped),
        (198, 200, 1)
    );
    assert_eq!(
        report.left_out(),
        [("bad records", 1), ("rows without a place", 1)]
    );
    assert_eq!(
        report.named[0].to_string(),
        format!("{}:6: no latitude: the field is empty", file.display())
    );
    assert_eq!(all.iter().filter(|shape| shape.time.is_none()).count(), 1);
    // The weight of the row whose number is 7 is missing, and counts as 1.
    let sum: f64 = all.iter().map(|shape| shape.weight).sum();
    let (report, whole) = shapes(&path("parquet/quakes_none.parquet"), &everything());
    assert_eq!(report.unwrap().shapes, 200);
    let others = |row: usize| whole[row].weight;
    let expected: f64 =
        whole.iter().map(|shape| shape.weight).sum::<f64>() - others(3) - others(5) - others(7)
            + 1.0;
    assert!((sum - expected).abs() < 1e-6, "{sum} {expected}");
}

#[test]
fn lines_are_lines_and_polygons_are_told() {
    let (report, all) = shapes(&path("parquet/lines.parquet"), &everything());
    let report = report.unwrap();
    assert_eq!(
        report.left_out(),
        [("records without a geometry", 1), ("polygons", 1)]
    );
    assert_eq!((report.tally.tracks, all.len()), (3, 4));
}

/// Positions, tracks, lines and points, and what is left out, of geometries in lists, three rows to
/// a row group, of which some are missing or empty.
#[test]
fn geometries_in_lists_are_those_of_their_encoding() {
    let nothing = [("records without a geometry", 2)];
    for (encoding, positions, tracks, shapes_read) in [
        ("linestring", 9, 3, 6),
        ("multilinestring", 11, 5, 6),
        ("multipoint", 6, 0, 6),
    ] {
        let file = path(&format!("parquet/native_{encoding}.parquet"));
        let (report, all) = shapes(&file, &everything());
        let report = report.unwrap();
        let tally = &report.tally;
        assert_eq!(
            (tally.positions, tally.tracks, all.len()),
            (positions, tracks, shapes_read),
            "{encoding}"
        );
        assert_eq!(report.left_out(), nothing, "{encoding}");
    }
    let (_, lines) = shapes(
        &path("parquet/native_multilinestring.parquet"),
        &everything(),
    );
    let ends = |at: &Shape| match at.geometry {
        Geometry::Segment(from, to) => [from, to].map(|at| (at.x(), at.y())),
        Geometry::Point(at) => panic!("a point at {at:?}"),
    };
    let found: Vec<_> = lines.iter().map(ends).collect();
    assert_eq!(found[0], [(8.0, 47.0), (8.1, 47.1)]);
    assert_eq!(
        found[1],
        [(8.2, 47.3), (8.3, 47.4)],
        "not joined to the line before"
    );
}

#[test]
fn geometries_in_lists_have_fields_and_boxes() {
    let file = path("parquet/native_linestring.parquet");
    let mut options = everything();
    let (name, condition) = Condition::parse("n<4").unwrap();
    options.columns.conditions = vec![(Field::Name(name.to_owned()), condition)];
    options.columns.weight_field = Some(Field::Name("n".to_owned()));
    let (report, all) = shapes(&file, &options);
    assert_eq!(report.unwrap().tally.tracks, 2);
    let weights: Vec<_> = all.iter().map(|shape| shape.weight).collect();
    assert_eq!(weights, [0.0, 0.0, 1.0]);
    let corner = |lat, lon| Coord::unchecked(lon, lat);
    let area = Extent::new(corner(49.0, 10.0), corner(50.0, 11.0));
    let (report, _) = shapes(
        &file,
        &Options {
            area,
            ..everything()
        },
    );
    assert_eq!(report.unwrap().records, 2, "the second row group");
}

#[test]
fn lists_go_on_from_one_packed_page_to_the_next() {
    for name in ["pages_v1", "pages_v2"] {
        let file = path(&format!("parquet/{name}.parquet"));
        let (report, all) = shapes(&file, &everything());
        let report = report.unwrap();
        let pieces = 346 - 60;
        assert_eq!((report.tally.tracks, all.len()), (60, pieces), "{name}");
    }
}

#[test]
fn types_say_that_values_are_geometries() {
    for name in ["type_geometry", "type_geography"] {
        let (report, all) = shapes(&path(&format!("parquet/{name}.parquet")), &everything());
        let report = report.unwrap();
        assert_eq!(report.left_out(), [("records without a geometry", 1)]);
        assert_eq!((report.tally.positions, report.tally.tracks), (6, 1));
        assert_eq!(all.len(), 5, "{name}");
        let is_told = report
            .notes
            .iter()
            .any(|note| note.contains("shortest on the ground"));
        assert_eq!(is_told, name == "type_geography");
    }
    let (_, all) = shapes(&path("parquet/type_28992.parquet"), &everything());
    let [low, _] = Extent::of(&all).unwrap().corners();
    // The middle of the Dutch grid, as its definition has it.
    assert!((low.y() - 52.155_172).abs() < 1e-4 && (low.x() - 5.387_206).abs() < 1e-4);
}

#[test]
fn columns_can_be_named_and_join_rows_to_tracks() {
    let file = path("parquet/quakes_zstd.parquet");
    let (_, turned) = shapes(&file, &with_fields("longitude", "latitude"));
    let (_, usual) = shapes(&file, &everything());
    assert!(
        turned.len() < usual.len(),
        "some longitudes are no latitudes"
    );
    let error = shapes(&file, &with_fields("lattitude", "longitude"))
        .0
        .unwrap_err();
    assert!(
        error.to_string().contains("there is no column 'lattitude'"),
        "{error}"
    );
    let mut options = everything();
    options.columns.track_field = Some(Field::Name("time".to_owned()));
    options.columns.order_field = Some(Field::Name("id".to_owned()));
    let (report, all) = shapes(&file, &options);
    let segments = all
        .iter()
        .filter(|shape| matches!(shape.geometry, Geometry::Segment(..)));
    assert_eq!(report.unwrap().tally.positions, 200);
    assert!(segments.count() > 10);
}

#[test]
fn row_groups_outside_of_the_picture_are_left_unread() {
    let corner = |lat, lon| Coord::unchecked(lon, lat);
    let east = Extent::new(corner(20.0, -80.0), corner(60.0, -60.0));
    let across = Extent::new(corner(20.0, 280.0), corner(60.0, 300.0));
    let south = Extent::new(corner(-60.0, -180.0), corner(-50.0, 180.0));
    let counts = |name: &str, area| {
        let options = Options {
            area,
            ..everything()
        };
        let report = shapes(&path(name), &options).0;
        report.map_or(0, |report| report.records)
    };
    for name in [
        "parquet/airports_covering.parquet",
        "parquet/native.parquet",
    ] {
        assert_eq!(counts(name, None), 300, "{name}");
        assert_eq!(counts(name, east), 60, "{name}");
        assert_eq!(counts(name, across), 60, "{name}");
        assert_eq!(counts(name, south), 0, "{name}");
    }
    assert_eq!(
        counts("parquet/quakes_none.parquet", east),
        70,
        "of 70, 70 and 60 rows"
    );
    let options = Options {
        area: east,
        ..everything()
    };
    let report = shapes(&path("parquet/airports_covering.parquet"), &options)
        .0
        .unwrap();
    assert_eq!(report.left_out(), [("row groups outside", 4)]);
    assert_eq!(
        counts("parquet/towns_28992.parquet", south),
        60,
        "no boxes in degrees"
    );
}

#[test]
fn a_folder_of_parts_is_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    for part in ["part-00000.snappy.parquet", "part-00001.snappy.parquet"] {
        fs::copy(path("parquet/quakes_snappy.parquet"), file(part)).unwrap();
        fs::write(file(&format!(".{part}.crc")), b"crc").unwrap();
    }
    fs::write(file("_SUCCESS"), b"").unwrap();
    fs::write(file("part-00000.snappy.parquet.crc"), b"crc").unwrap();
    let (report, all) = shapes(folder.path(), &everything());
    assert_eq!((report.unwrap().oddities, all.len()), (vec![], 400));
}

#[test]
fn what_is_cut_is_an_error() {
    for name in ["quakes_none", "quakes_zstd", "airports_covering"] {
        read_prefixes(&format!("parquet/{name}.parquet"), &everything());
    }
}

/// Every byte of some files is turned into others. Most of that is an error, some is another place,
/// and none of it a panic or more memory than there is.
#[test]
fn what_is_damaged_is_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("a.parquet");
    for (name, step) in [
        ("quakes_snappy", 29),
        ("quakes_lz4", 97),
        ("native_28992", 7),
        ("native_linestring", 13),
        ("native_multilinestring", 17),
        ("quakes_duckdb", 41),
    ] {
        let whole = fs::read(path(&format!("parquet/{name}.parquet"))).unwrap();
        for (at, turned) in (0..whole.len())
            .step_by(step)
            .zip([0xff, 0x80, 1].into_iter().cycle())
        {
            let mut bytes = whole.clone();
            bytes[at] ^= turned;
            fs::write(&damaged, &bytes).unwrap();
            let (report, _) = shapes(&damaged, &everything());
            if let Err(error) = report {
                assert!(!error.fact.contains("panic"), "{name} {at}: {error}");
            }
        }
    }
}
