//! Real files (tests/data/shp) and what can happen to them.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::geo::{Geometry, TrackWeight};
use crate::input::columns::Field;
use crate::input::{Manner, Report};

const POINTS: &str = "ne_110m_populated_places";
const MULTIPOINTS: &str = "big_cities_multipoint";
const POLYLINES: &str = "storms_polylinez";
/// A record of the points' file: frame, type, x, y.
const POINT_RECORD: usize = 28;

/// What came of one reading.
struct Outcome {
    shapes: Vec<Shape>,
    report: Report,
    result: Result<()>,
}

impl Outcome {
    fn error(&self) -> String {
        self.result.as_ref().expect_err("an error").to_string()
    }

    fn places(&self) -> Vec<Coord> {
        let ends = |shape: &Shape| match shape.geometry {
            Geometry::Point(place) => vec![place],
            Geometry::Segment(from, to) => vec![from, to],
        };
        self.shapes.iter().flat_map(ends).collect()
    }

    fn lies_within(&self, south: f64, west: f64, north: f64, east: f64) -> bool {
        self.places()
            .iter()
            .all(|p| (south..=north).contains(&p.y()) && (west..=east).contains(&p.x()))
    }
}

fn sunk(strict: bool, reading: impl FnOnce(&mut Sink) -> Result<()>) -> Outcome {
    let manner = Manner {
        strict,
        times: true,
        ..Manner::default()
    };
    sunk_in(manner, reading)
}

fn sunk_in(manner: Manner, reading: impl FnOnce(&mut Sink) -> Result<()>) -> Outcome {
    let (shapes, mut report) = (std::sync::Mutex::new(Vec::new()), Report::default());
    let deliver = |batch: &[Shape]| shapes.lock().unwrap().extend_from_slice(batch);
    let mut sink = Sink::new("a.shp", manner, &deliver, &mut report);
    let result = reading(&mut sink);
    drop(sink);
    Outcome {
        shapes: shapes.into_inner().unwrap(),
        report,
        result,
    }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/shp")
        .join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(data(name).with_extension("shp")).expect("a test file")
}

fn file(name: &str, field: Option<&Field>) -> Outcome {
    sunk(false, |sink| {
        read(
            opened(&data(name).with_extension("shp")),
            &weighed_by(field),
            sink,
        )
    })
}

fn opened(path: &Path) -> Opened<'static> {
    Opened::open(path).expect("a test file")
}

fn piped(bytes: &[u8]) -> Opened<'_> {
    Opened::pipe("a.shp", bytes).expect("bytes can be read")
}

fn weighed_by(field: Option<&Field>) -> columns::Options {
    columns::Options {
        weight_field: field.cloned(),
        ..columns::Options::default()
    }
}

fn stream(bytes: &[u8]) -> Outcome {
    sunk(false, |sink| {
        read(piped(bytes), &columns::Options::default(), sink)
    })
}

/// A shapefile of one record, its header naming the kind.
fn single(kind: i32, content: &[u8]) -> Vec<u8> {
    let mut file = bytes(POINTS)[..100].to_vec();
    file[32..36].copy_from_slice(&kind.to_le_bytes());
    file.extend(1_i32.to_be_bytes());
    file.extend((content.len() as i32 / 2).to_be_bytes());
    file.extend(content);
    file
}

/// The content of a polyline record.
fn polyline(starts: &[i32], vertices: &[(f64, f64)]) -> Vec<u8> {
    let mut content = 3_i32.to_le_bytes().to_vec();
    content.extend([0; 32]);
    content.extend((starts.len() as i32).to_le_bytes());
    content.extend((vertices.len() as i32).to_le_bytes());
    content.extend(starts.iter().flat_map(|start| start.to_le_bytes()));
    content.extend(
        vertices
            .iter()
            .flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()].concat()),
    );
    content
}

#[test]
fn points_are_points() {
    let outcome = file(POINTS, None);
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(
        (
            outcome.shapes.len(),
            outcome.report.records,
            outcome.report.skipped
        ),
        (243, 243, 0)
    );
    assert!(outcome.lies_within(-41.3001, -175.2207, 64.1501, 179.2167));
}

#[test]
fn multipoints_are_points() {
    let outcome = file(MULTIPOINTS, None);
    assert_eq!(
        (
            outcome.result.clone(),
            outcome.shapes.len(),
            outcome.report.records
        ),
        (Ok(()), 363, 95)
    );
    assert!(outcome.lies_within(-37.8141, -121.8951, 59.9387, 153.0282));
}

#[test]
fn polylines_are_segments() {
    let outcome = file(POLYLINES, None);
    assert_eq!(
        (
            outcome.result.clone(),
            outcome.report.records,
            outcome.report.skipped
        ),
        (Ok(()), 8, 0)
    );
    // 8 tracks of one part each, 343 vertices in all.
    assert_eq!(outcome.shapes.len(), 343 - 8);
    assert!(outcome.lies_within(8.3, -102.2, 59.5, 0.0));
}

#[test]
fn points_with_z_are_read_with_a_weight_from_the_dbf() {
    let by_name = file("quakes_pointz", Some(&Field::Name("MAG".to_owned())));
    let by_number = file("quakes_pointz", Some(&Field::Number(2)));
    assert_eq!((by_name.result.clone(), by_name.shapes.len()), (Ok(()), 40));
    assert_eq!(by_name.shapes, by_number.shapes);
    let magnitudes: Vec<_> = by_name
        .shapes
        .iter()
        .take(3)
        .map(|shape| shape.weight.to_string())
        .collect();
    assert_eq!(magnitudes, ["2", "1.6", "0.54"]);
}

#[test]
fn a_stream_has_no_table_that_could_name_tracks() {
    let options = columns::Options {
        track_field: Some(Field::Number(1)),
        ..columns::Options::default()
    };
    let outcome = sunk(false, |sink| read(piped(&bytes(POINTS)), &options, sink));
    assert!(outcome.error().contains("no table beside it"));
}

#[test]
fn lines_of_one_value_are_pieces_of_one_track() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.shp");
    let line = polyline(&[0], &[(1.0, 1.0), (2.0, 2.0), (3.0, 1.0)]);
    let mut lines = single(3, &line);
    let one = lines[100..].to_vec();
    lines.extend([&one[..], &one].concat());
    fs::write(&path, lines).expect("a file");
    // Three rows of a field of one character.
    let mut dbf = vec![3, 124, 1, 1, 3, 0, 0, 0, 65, 0, 2, 0];
    dbf.resize(32, 0);
    dbf.extend(b"name\0\0\0\0\0\0\0C\0\0\0\0\x01");
    dbf.resize(64, 0);
    dbf.extend(b"\r a b a\x1a");
    fs::write(path.with_extension("dbf"), dbf).expect("a file");
    let manner = Manner {
        track_weight: TrackWeight::Visits,
        ..Manner::default()
    };
    let tracks_of = |options: &columns::Options| {
        let outcome = sunk_in(manner, |sink| read(opened(&path), options, sink));
        let ids = outcome.shapes.iter().filter_map(|shape| shape.track);
        ids.collect::<std::collections::HashSet<_>>().len()
    };
    let named = columns::Options {
        track_field: Some(Field::Number(1)),
        ..columns::Options::default()
    };
    assert_eq!(tracks_of(&columns::Options::default()), 3);
    assert_eq!(tracks_of(&named), 2);
}

#[test]
fn web_mercator_is_converted() {
    let outcome = file("soho_cholera_3857", Some(&Field::Name("count".to_owned())));
    assert_eq!(
        (outcome.result.clone(), outcome.shapes.len()),
        (Ok(()), 324)
    );
    assert!(outcome.lies_within(51.5106, -0.1401, 51.5160, -0.1325));
}

#[test]
fn feet_of_a_state_become_degrees() {
    let outcome = file("streets_stateplane_ft", None);
    assert_eq!(outcome.result.clone(), Ok(()));
    assert!(outcome.lies_within(33.0, -112.5, 34.0, -111.5));
}

#[test]
fn an_unknown_system_is_refused_by_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let moon = folder.path().join("moon.shp");
    fs::write(&moon, bytes(POINTS)).expect("a file");
    let prj = "GEOGCS[\"GCS_Moon_2000\",DATUM[\"D_Moon_2000\",SPHEROID[\"Moon_2000\",1737400.0,0.0]],\
        PRIMEM[\"Reference_Meridian\",0.0],UNIT[\"Degree\",0.0174532925199433]]";
    fs::write(folder.path().join("moon.prj"), prj).expect("a file");
    let error = sunk(false, |sink| {
        read(opened(&moon), &columns::Options::default(), sink)
    })
    .error();
    assert!(error.contains("GCS_Moon_2000"), "{error}");
}

#[test]
fn without_a_prj_coordinates_must_fit_degrees() {
    let error = stream(&bytes("streets_stateplane_ft")).error();
    assert!(
        error.contains("do not fit degrees") && error.contains("no .prj"),
        "{error}"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let alone = folder.path().join("alone.shp");
    fs::write(&alone, bytes("soho_cholera_3857")).expect("a file");
    let error = sunk(false, |sink| {
        read(opened(&alone), &columns::Options::default(), sink)
    })
    .error();
    assert!(error.contains("alone.prj"), "{error}");
    fs::write(&alone, bytes(POINTS)).expect("a file");
    assert_eq!(
        sunk(false, |sink| read(
            opened(&alone),
            &columns::Options::default(),
            sink
        ))
        .shapes
        .len(),
        243
    );
}

#[test]
fn a_sibling_may_be_in_capitals() {
    let folder = tempfile::tempdir().expect("a folder");
    let shp = folder.path().join("SOHO.SHP");
    fs::write(&shp, bytes("soho_cholera_3857")).expect("a file");
    fs::copy(
        data("soho_cholera_3857.prj"),
        folder.path().join("SOHO.PRJ"),
    )
    .expect("a file");
    assert_eq!(
        sunk(false, |sink| read(
            opened(&shp),
            &columns::Options::default(),
            sink
        ))
        .shapes
        .len(),
        324
    );
}

#[test]
fn a_wrong_length_in_the_header_loses_nothing() {
    let mut file = bytes(POINTS);
    for words in [50, 0, -1, i32::MAX] {
        file[24..28].copy_from_slice(&i32::to_be_bytes(words));
        assert_eq!(stream(&file).shapes.len(), 243, "{words} words");
    }
    assert!(stream(&file).report.notes[0].contains("ends after record 243"));
}

#[test]
fn what_follows_the_last_record_is_no_record() {
    for padding in [1, 7, 8, 512] {
        let mut file = bytes(POINTS);
        file.resize(file.len() + padding, 0);
        let outcome = stream(&file);
        assert_eq!(
            (outcome.shapes.len(), outcome.report.skipped),
            (243, 0),
            "{padding} bytes of padding"
        );
    }
}

#[test]
fn a_scrap_that_reaches_the_stated_end_is_padding() {
    let mut file = bytes(POLYLINES);
    file.extend(b"12345");
    let stated = (file.len() as i32 - 1) / 2;
    file[24..28].copy_from_slice(&stated.to_be_bytes());
    let outcome = stream(&file);
    assert_eq!((outcome.report.records, outcome.report.skipped), (8, 0));
}

#[test]
fn a_truncated_file_keeps_its_whole_records() {
    let file = &bytes(POINTS)[..2913];
    let outcome = stream(file);
    assert_eq!(
        (
            outcome.result.clone(),
            outcome.shapes.len(),
            outcome.report.skipped
        ),
        (Ok(()), 100, 1)
    );
    assert_eq!(
        outcome.report.named[0].to_string(),
        "a.shp:101: the file ends in the middle of record 101"
    );
    let strict = sunk(true, |sink| {
        read(piped(file), &columns::Options::default(), sink)
    });
    assert_eq!((strict.shapes.len(), strict.result.is_err()), (100, true));
}

#[test]
fn a_file_cut_between_two_records_is_told_by_what_lies_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let shp = folder.path().join("a.shp");
    let read_cut = |strict, records: usize| {
        fs::write(&shp, &bytes(POINTS)[..100 + records * POINT_RECORD]).expect("a file");
        sunk(strict, |sink| {
            read(opened(&shp), &columns::Options::default(), sink)
        })
    };
    let alone = read_cut(true, 100);
    assert_eq!((alone.result.clone(), alone.shapes.len()), (Ok(()), 100));
    assert!(alone.report.notes[0].contains("ends after record 100"));
    // The rows of a table count only where there is no index.
    let mut table = quakes_dbf();
    table[4..8].copy_from_slice(&300_u32.to_le_bytes());
    let mut index = bytes(POINTS)[..100].to_vec();
    index.extend((0..243).flat_map(|at| [50 + 14 * at, 10].map(i32::to_be_bytes).concat()));
    for (extension, beside, counted) in [("dbf", table, 300), ("shx", index, 243)] {
        fs::write(shp.with_extension(extension), beside).expect("a file");
        let cut = read_cut(false, 100);
        assert_eq!(
            (cut.result.clone(), cut.shapes.len(), cut.report.skipped),
            (Ok(()), 100, 1)
        );
        assert_eq!(
            cut.report.named[0].to_string(),
            format!(
                "a.shp:101: the file ends after 100 of the {counted} records of its .{extension}"
            )
        );
        assert!(read_cut(true, 100).result.is_err());
        let whole = read_cut(true, 243);
        assert_eq!((whole.result.clone(), whole.shapes.len()), (Ok(()), 243));
    }
}

#[test]
fn what_is_not_a_shapefile_is_an_error() {
    let mut wrong_code = bytes(POINTS);
    wrong_code[3] = 0;
    for file in [&wrong_code[..], b"", b"lat,lon\n1,2\n"] {
        assert!(stream(file).error().contains("not a shapefile"));
    }
    assert!(
        stream(&bytes(POINTS)[..99])
            .error()
            .contains("within the header")
    );
}

#[test]
fn an_unknown_record_is_skipped_and_counted() {
    let mut file = bytes(POINTS);
    file[100 + 5 * POINT_RECORD + 8] = 99;
    let outcome = stream(&file);
    assert_eq!(
        (
            outcome.result.clone(),
            outcome.shapes.len(),
            outcome.report.skipped
        ),
        (Ok(()), 242, 1)
    );
    assert!(
        outcome.report.named[0]
            .to_string()
            .starts_with("a.shp:6: shape type 99 is unknown")
    );
}

#[test]
fn a_null_shape_is_nothing_bad() {
    let outcome = stream(&single(1, &[0; 4]));
    assert_eq!(
        (
            outcome.result.clone(),
            outcome.shapes.len(),
            outcome.report.skipped
        ),
        (Ok(()), 0, 0)
    );
}

#[test]
fn polygons_are_refused_with_what_is_supported() {
    for kind in [5, 15, 25, 31] {
        let error = stream(&single(kind, &[0; 4])).error();
        assert!(
            error.contains("points, multipoints and polylines can be read"),
            "{error}"
        );
    }
}

#[test]
fn a_part_of_one_vertex_is_a_point_and_parts_are_not_joined() {
    let outcome = stream(&single(
        3,
        &polyline(&[0, 1], &[(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]),
    ));
    let at = |lat, lon| Coord::lat_lon(lat, lon).expect("a place");
    assert_eq!(
        outcome.shapes,
        [
            Shape::point(at(2.0, 1.0)),
            Shape::segment(at(4.0, 3.0), at(6.0, 5.0))
        ]
    );
}

#[test]
fn a_bad_vertex_is_not_bridged_and_counts_once_for_its_record() {
    let line = polyline(
        &[0],
        &[
            (1.0, 1.0),
            (f64::NAN, 0.0),
            (2.0, 2.0),
            (3.0, 3.0),
            (0.0, 99.0),
        ],
    );
    let outcome = stream(&single(3, &line));
    let at = |both| Coord::lat_lon(both, both).expect("a place");
    assert_eq!(
        outcome.shapes,
        [Shape::point(at(1.0)), Shape::segment(at(2.0), at(3.0))]
    );
    assert_eq!((outcome.report.records, outcome.report.skipped), (1, 1));
}

#[test]
fn counts_beyond_the_record_never_reach_the_crate() {
    let vertices = [(1.0, 2.0), (3.0, 4.0)];
    for starts in [&[0, i32::MAX][..], &[0, 3], &[1], &[0, -1], &[0, 0, 0]] {
        let outcome = stream(&single(3, &polyline(starts, &vertices)));
        assert_eq!(
            (outcome.shapes.len(), outcome.report.skipped),
            (0, 1),
            "parts begin at {starts:?}"
        );
    }
    let mut claim = polyline(&[0], &vertices);
    claim[40..44].copy_from_slice(&i32::MAX.to_le_bytes());
    assert_eq!(stream(&single(3, &claim)).report.skipped, 1);
}

#[test]
fn a_weight_field_that_cannot_be_used_is_an_error() {
    let error = |name, field| file(name, Some(&field)).error();
    let missing = error("quakes_pointz", Field::Name("depth".to_owned()));
    assert!(
        missing.contains(
            "quakes_pointz.dbf: there is no field \"depth\"; it has id, mag, depth_km, place"
        ),
        "{missing}"
    );
    assert!(error("quakes_pointz", Field::Number(0)).contains("there is no field 0"));
    assert!(error("quakes_pointz", Field::Number(5)).contains("there is no field 5"));
    let text = error("quakes_pointz", Field::Name("place".to_owned()));
    assert!(
        text.contains("\"place\" is not numeric; these are: mag, depth_km"),
        "{text}"
    );
    assert!(error(POINTS, Field::Number(1)).contains("there is no"));
}

/// A folder with the quakes and a .dbf of our making.
fn quakes_with(dbf: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let shp = folder.path().join("a.shp");
    fs::write(&shp, bytes("quakes_pointz")).expect("a file");
    fs::write(shp.with_extension("dbf"), dbf).expect("a file");
    (folder, shp)
}

fn quakes_dbf() -> Vec<u8> {
    fs::read(data("quakes_pointz.dbf")).expect("a test file")
}

#[test]
fn a_record_without_its_weight_is_skipped() {
    let mut dbf = quakes_dbf();
    let (first, row) = (
        usize::from(dbf[8]) + 256 * usize::from(dbf[9]),
        usize::from(dbf[10]) + 256 * usize::from(dbf[11]),
    );
    let column = 1 + usize::from(dbf[32 + 16]);
    let mag = |at: usize| {
        first + at * row + column..first + at * row + column + usize::from(dbf[64 + 16])
    };
    let (blank, words) = (mag(3), mag(5));
    dbf[blank].fill(b' ');
    dbf[words].fill(b'x');
    dbf.truncate(first + 30 * row);
    let (_folder, shp) = quakes_with(&dbf);
    let outcome = sunk(false, |sink| {
        read(opened(&shp), &weighed_by(Some(&Field::Number(2))), sink)
    });
    assert_eq!(
        (
            outcome.result.clone(),
            outcome.shapes.len(),
            outcome.report.skipped
        ),
        (Ok(()), 28, 12)
    );
    assert!(
        outcome.report.named[0].to_string().starts_with("a.shp:4: "),
        "{}",
        outcome.report.named[0]
    );
}

#[test]
fn rows_may_have_room_behind_their_fields_and_never_less_than_these_fill() {
    let weighed = |change: fn(&mut u8)| {
        let mut dbf = quakes_dbf();
        change(&mut dbf[10]);
        let (_folder, shp) = quakes_with(&dbf);
        let by = weighed_by(Some(&Field::Number(2)));
        sunk(false, |sink| read(opened(&shp), &by, sink))
    };
    assert_eq!(weighed(|length| *length += 1).result, Ok(()));
    let error = weighed(|length| *length -= 1).error();
    let fact = "a.dbf: the header says that a row has";
    assert!(error.contains(fact), "{error}");
}

/// Every file that differs from this one in a single byte, each byte in four ways.
fn mutations(file: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..file.len()).flat_map(move |at| {
        [0, 0x7f, 0xff, file[at] ^ 0x80].map(|value| {
            let mut mutated = file.to_vec();
            mutated[at] = value;
            mutated
        })
    })
}

#[test]
fn no_mutation_and_no_cut_of_a_shapefile_does_harm() {
    for (name, length) in [
        (POINTS, 300),
        (MULTIPOINTS, 800),
        (POLYLINES, 1500),
        ("quakes_pointz", 300),
    ] {
        let file = &bytes(name)[..length];
        let cuts = (0..length).map(|end| file[..end].to_vec());
        for hostile in mutations(file).chain(cuts) {
            // No vertex takes less than 16 bytes, so more shapes would be made of nothing.
            assert!(stream(&hostile).shapes.len() <= length / 16);
        }
    }
}

#[test]
fn no_mutation_of_a_dbf_does_harm() {
    let dbf = quakes_dbf();
    let end = usize::from(dbf[8]) + 256 * usize::from(dbf[9]) + 64;
    for mutated in mutations(&dbf[..end]) {
        let (_folder, shp) = quakes_with(&mutated);
        for column in [2, 3] {
            let outcome = sunk(false, |sink| {
                read(
                    opened(&shp),
                    &weighed_by(Some(&Field::Number(column))),
                    sink,
                )
            });
            assert!(outcome.shapes.len() <= 40);
        }
    }
}
