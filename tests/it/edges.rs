//! Edges of the earth and of shapefiles: what is left out, wrapped or passed over, and said.

use serde_json::{Value, json};

use crate::run::Run;

fn file_of(run: Run) -> Value {
    let done = run.ok();
    let known: Value = serde_json::from_slice(&done.stdout).expect("JSON on standard output");
    known["files"][0].clone()
}

/// A shapefile of points.
pub fn shp(points: &[(f64, f64)]) -> Vec<u8> {
    let words = 50 + 14 * points.len() as i32;
    let mut bytes = [&9994_i32.to_be_bytes()[..], &[0; 20], &words.to_be_bytes()].concat();
    bytes.extend([1000_i32, 1].map(i32::to_le_bytes).concat());
    bytes.resize(100, 0);
    for (number, (lat, lon)) in (1_i32..).zip(points) {
        bytes.extend([number, 10].map(i32::to_be_bytes).concat());
        bytes.extend(1_i32.to_le_bytes());
        bytes.extend([*lon, *lat].map(f64::to_le_bytes).concat());
    }
    bytes
}

/// A table with a field of one character, whose rows have these marks: `*` is deleted.
fn dbf(marks: &[u8]) -> Vec<u8> {
    let mut bytes = vec![3, 124, 1, 1];
    bytes.extend((marks.len() as u32).to_le_bytes());
    bytes.extend([65_u16, 2].map(u16::to_le_bytes).concat());
    bytes.resize(32, 0);
    bytes.extend(b"name\0\0\0\0\0\0\0C\0\0\0\0\x01");
    bytes.resize(64, 0);
    bytes.push(b'\r');
    bytes.extend(marks.iter().flat_map(|&mark| [mark, b'x']));
    bytes.push(0x1a);
    bytes
}

#[test]
fn missing_fixes_are_left_out_unless_they_are_wanted() {
    let table = "lat,lon\n47,8\n0,0\n0.0,0.0\n48,9\n";
    let left_out = json!({ "places_at_0_0": 2 });
    let file = file_of(Run::new("info --json a.csv").file("a.csv", table));
    assert_eq!(
        (&file["positions"], &file["left_out"]),
        (&json!(2), &left_out)
    );
    let file = file_of(Run::new("info --json --keep-zero a.csv").file("a.csv", table));
    assert_eq!(
        (&file["positions"], &file["left_out"]),
        (&json!(4), &json!({}))
    );
    let run = |args: &str| Run::new(args).file("a.csv", table);
    run("a.csv -o p.png")
        .ok()
        .says("2 places at exactly 0, 0 were left out");
    run("--strict a.csv -o p.png").fails(3, "a.csv:3");
}

#[test]
fn longitudes_up_to_360_are_the_same_meridians() {
    let picture = |table: &str| {
        let run = Run::new("a.csv -W 200 -o p.png").file("a.csv", table);
        let done = run.ok();
        (done.picture("p.png"), done.stderr)
    };
    let (wrapped, said) = picture("lat,lon\n10,350\n11,352\n12,355\n");
    assert!(said.contains("3 longitudes beyond 180°"), "{said}");
    assert_eq!(wrapped, picture("lat,lon\n10,-10\n11,-8\n12,-5\n").0);
}

#[test]
fn data_on_both_sides_of_180_are_framed_the_shorter_way_round() {
    let sides = |args: &str| {
        let run = Run::new(args).file("a.csv", "lat,lon\n-17,179\n-18,-179\n-17.5,178\n");
        let done = run.ok();
        image::image_dimensions(done.folder.path().join("p.png")).expect("a picture")
    };
    let (width, height) = sides("a.csv -H 200 -o p.png");
    assert!(width < 1000, "{width} x {height}");
    let (width, height) = sides("a.csv -W 4000 --wrap never -o p.png");
    assert!(width > 50 * height, "{width} x {height}");
}

#[test]
fn the_parts_of_a_shapefile_are_passed_over() {
    let run = Run::new("a.shp a.dbf a.shx a.prj a.cpg -v -o p.png")
        .file("a.shp", shp(&[(1.0, 2.0), (3.0, 4.0)]))
        .file("a.dbf", dbf(b"  "))
        .file("a.shx", [0; 100])
        .file("a.prj", "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]")
        .file("a.cpg", "UTF-8");
    run.ok().says("2 shapes read");
}

#[test]
fn a_system_on_a_sphere_is_told() {
    let prj = "GEOGCS[\"unnamed ellipse\",DATUM[\"D_unknown\",SPHEROID[\"Unknown\",6371007,0]],\
               PRIMEM[\"Greenwich\",0],UNIT[\"Degree\",0.017453292519943295]]";
    Run::new("a.shp -o p.png")
        .file("a.shp", shp(&[(1.0, 2.0), (3.0, 4.0)]))
        .file("a.prj", prj)
        .ok()
        .says("1 coordinate system is on a sphere");
}

#[test]
fn records_of_deleted_rows_are_left_out() {
    let run = Run::new("info --json a.shp")
        .file("a.shp", shp(&[(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]))
        .file("a.dbf", dbf(b" * "));
    let file = file_of(run);
    assert_eq!(
        (&file["positions"], &file["left_out"]),
        (&json!(2), &json!({ "deleted_rows": 1 }))
    );
}

#[test]
fn records_are_as_long_as_they_say_or_hold_or_as_the_index_has_it() {
    let points = [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)];
    let first = shp(&points);
    let wrong = json!({ "wrong_lengths": 1 });
    let run = |bytes: &[u8]| Run::new("info --json a.shp").file("a.shp", bytes);
    let told = |file: Value| (file["positions"].clone(), file["left_out"].clone());
    let mut short = first.clone();
    short[107] = 8;
    assert_eq!(told(file_of(run(&short))), (json!(3), wrong.clone()));
    let mut gap = first.clone();
    gap.splice(128..128, [0; 12]);
    let mut roomy = gap.clone();
    roomy[107] = 16;
    assert_eq!(told(file_of(run(&roomy))), (json!(3), json!({})));
    let mut index = first[..100].to_vec();
    for offset in [50, 70, 84] {
        index.extend([offset, 10_i32].map(i32::to_be_bytes).concat());
    }
    let indexed = run(&gap).file("a.shx", index);
    assert_eq!(told(file_of(indexed)), (json!(3), wrong));
}

/// Of a few pixels and a large one, of next to nothing and of the whole world.
#[test]
fn extents_and_radii_may_be_of_any_size() {
    let small = "1,1,1.000000000001,1.000000000001";
    for bbox in [small, "-180,-85,180,85", "-180,-90,180,90"] {
        for (radius, decay) in [
            ("0.01", "1"),
            ("40", "0"),
            ("40", "0.9"),
            ("40", "1"),
            ("2000", "0"),
        ] {
            let args = format!("--bbox={bbox} -W 16 -r {radius} -d {decay} -o p.png a.csv");
            Run::new(&args).file("a.csv", "lat,lon\n1,1\n2,2\n").ok();
        }
    }
}

#[test]
fn more_points_than_are_counted_on_a_pixel_are_told() {
    let told = "heatmap: warning: more than 4,294,967,295 points lie on one pixel";
    let run = |args: &str, rows: &str| {
        let args = format!("{args} --count-field n -d 1 -W 60 -o p.png a.csv");
        let run = Run::new(&args).file("a.csv", format!("lat,lon,n,w\n{rows}"));
        run.ok().stderr.contains(told)
    };
    assert!(run("", "1,1,4294967295,3\n1,1,1,3\n2,2,1,1\n"));
    assert!(run(
        "--weight-field w",
        "1,1,4294967295,3\n1,1,1,3\n2,2,1,1\n"
    ));
    assert!(!run("", "1,1,4294967294,3\n1.5,1.5,9,3\n2,2,1,1\n"));
}

/// An archive of more than 5 GiB, which takes two blocks of a disk.
#[test]
fn files_may_have_parts_beyond_4_gib() {
    use std::io::{Seek, SeekFrom, Write};
    let header = |name: &str, length: u64| {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).expect("a name");
        header.set_size(length);
        header.set_cksum();
        header
    };
    let run = Run::new("-v -W 60 -o p.png a.tar");
    let mut file = std::fs::File::create(run.folder().join("a.tar")).expect("a file");
    let large = 5 << 30;
    file.write_all(header("large.bin", large).as_bytes())
        .expect("a header");
    file.seek(SeekFrom::Current(large as i64)).expect("a hole");
    let rows = b"lat,lon\n1,1\n2,2\n";
    file.write_all(header("a.csv", rows.len() as u64).as_bytes())
        .expect("a header");
    file.write_all(rows).expect("its content");
    file.write_all(&[0; 2048]).expect("its end");
    run.ok()
        .says("2 shapes read from 2 records")
        .says("a.tar:large.bin");
}
