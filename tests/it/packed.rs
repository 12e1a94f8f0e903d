//! Archives as services and systems make them, against what independent readers find in them, and
//! archives that nobody should trust.

use std::io::{Cursor, Write};

use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::archives::{TRACK, gzipped, zipped};
use crate::run::{Done, Run, data};

fn tarred(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // The builder refuses paths that lead out of a folder, and others do not.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, *bytes).expect("a member");
    }
    archive.into_inner().expect("an archive")
}

fn json(run: Run) -> Value {
    serde_json::from_slice(&run.ok().stdout).expect("JSON")
}

fn run(args: &str) -> Run {
    Run::new(args).arg("-v").arg("-o").arg("p.png")
}

fn shapes(done: &Done) -> u64 {
    let said = done.stderr.split(" shapes read").next().unwrap_or_default();
    let number = said.rsplit([' ', '\n']).next().unwrap_or_default();
    number.parse().expect("how many shapes were read")
}

#[test]
fn archives_hold_what_independent_readers_find() {
    let mut table = csv::Reader::from_path(data("packed/TRUTH.csv")).expect("the table");
    for row in table.deserialize() {
        let row: std::collections::HashMap<String, String> = row.expect("a row");
        let name = &row["path"];
        if row["points"] == "0" {
            continue;
        }
        let known = json(Run::new("info --json -q --keep-zero").arg(data(name)));
        let total = &known["total"];
        assert_eq!(total["positions"].to_string(), row["points"], "{name}");
        assert_eq!(total["tracks"].to_string(), row["tracks"], "{name}");
        for side in ["south", "west", "north", "east"] {
            let found = total["box"][side].as_f64().expect("a side");
            let expected: f64 = row[side].parse().expect("a side");
            assert!((found - expected).abs() <= 1e-6, "{name}: {side} {found}");
        }
    }
}

#[test]
fn a_packed_file_is_the_same_picture_however_it_is_packed() {
    let drawn = |name: &str| Run::new("-o p.png").arg(data(name)).ok().bytes("p.png");
    let first = drawn("packed/donegal.gpx.gz");
    for packed in ["zst", "bz2", "xz", "br"] {
        assert_eq!(
            drawn(&format!("packed/donegal.gpx.{packed}")),
            first,
            "{packed}"
        );
    }
}

#[test]
fn stravas_index_gives_its_files_sport_and_name() {
    let known = json(Run::new("info --json -q").arg(data("packed/strava_export.zip")));
    let files = known["files"].as_array().expect("files");
    let of = |name: &str| {
        let named = files.iter().find(|file| {
            let known = file["file"].as_str().unwrap_or_default();
            known.ends_with(name)
        });
        named.expect("the file").clone()
    };
    assert_eq!(of("1002.gpx.gz")["sport"], "Hike");
    assert_eq!(of("1002.gpx.gz")["name"], "Hike, with \"quotes\"");
    let said = run("").arg(data("packed/strava_export.zip")).ok();
    said.says("4 files of other kinds or without places were left out (3 .csv without known columns, 1 .fit.gz without positions)");
}

#[test]
fn an_archive_in_an_archive_is_unpacked_within_a_limit() {
    let export = data("packed/garmin_export.zip");
    let done = run("").arg(&export).ok();
    done.says("8 files of other kinds or without places were left out (4 .fit without positions, 3 .json, 1 .txt)");
    let inner = tarred(&[
        ("./b.csv", b"lat,lon\n1,1\n"),
        ("c.zip", &zipped(&[("d.gpx", TRACK.as_bytes())])),
    ]);
    let outer = zipped(&[("a.tgz", &gzipped(&inner)), ("e.csv", b"1,1\n2,2\n")]);
    let done = run("outer.zip").file("outer.zip", &outer).ok();
    assert_eq!(shapes(&done), 4);
    run("--max-unpacked 1k outer.zip")
        .file("outer.zip", &outer)
        .ok()
        .says("outer.zip:a.tgz: this tar archive cannot be read: more than 1024 bytes would have to be unpacked")
        .says("raise --max-unpacked");
    // An archive that lies in itself, over and over.
    let mut deep = zipped(&[("a.csv", b"1,1\n")]);
    for _ in 0..12 {
        deep = zipped(&[("a.zip", &deep)]);
    }
    run("deep.zip")
        .file("deep.zip", &deep)
        .fails(3, "it lies deeper in archives than anybody packs");
}

#[test]
fn a_member_that_cannot_be_read_is_an_error_of_its_own() {
    let good: (&str, &[u8]) = ("z.csv", b"lat,lon\n1,1\n");
    let bomb = [&b"PK\x03\x04"[..], &vec![0; 66 << 20]].concat();
    let mut deflate64 = zipped(&[("a.gpx", TRACK.as_bytes()), good]);
    let is_method = |at: &usize| deflate64[*at..].starts_with(b"\x14\x00\x00\x00\x08\x00");
    let methods: Vec<_> = (0..deflate64.len()).filter(is_method).collect();
    deflate64[methods[0] + 4] = 9;
    deflate64[methods[2] + 4] = 9;
    let mut broken = zipped(&[("a.gpx", TRACK.as_bytes()), good]);
    broken[50] ^= 0x55;
    let cases = [
        (
            zipped(&[("b.zip", &bomb), good]),
            "a.zip:b.zip: ",
            "as a bomb does",
        ),
        (deflate64, "a.zip:a.gpx: ", "it is packed by deflate64"),
        (broken, "a.zip:a.gpx", "left out: "),
        (
            zipped(&[("../x\u{1b}[2J.csv", b"lat,lon\n5,5\n95,5\n"), good]),
            "a.zip:../x\\u{1b}[2J.csv:3: ",
            "latitude 95",
        ),
        (
            zipped(&[("tracks/b.fit", b"some text, and more of it"), good]),
            "a.zip:tracks/b.fit: ",
            "this is not FIT",
        ),
    ];
    for (bytes, place, fact) in cases {
        let done = run("a.zip")
            .file("a.zip", &bytes)
            .ok()
            .says(place)
            .says(fact);
        assert!(shapes(&done) <= 2, "{}", done.stderr);
    }
    run("")
        .arg(data("packed/encrypted_aes.zip"))
        .fails(3, "hike.gpx: cannot be read: it is encrypted");
    let bytes = zipped(&[("b.fit", b"some text, and more of it"), good]);
    run("--strict a.zip")
        .file("a.zip", bytes)
        .fails(3, "a.zip:b.fit: ");
}

#[test]
fn members_on_top_of_one_another_are_refused() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file("a.csv", SimpleFileOptions::default())
        .expect("a member");
    archive.write_all(b"1,1\n").expect("its content");
    archive.shallow_copy_file("a.csv", "b.csv").expect("a copy");
    let bytes = archive.finish().expect("an archive").into_inner();
    run("a.zip")
        .file("a.zip", bytes)
        .fails(3, "its members lie on top of one another");
}

#[test]
fn a_tar_archive_that_is_cut_gives_what_it_has() {
    let whole = tarred(&[
        ("a.csv", b"lat,lon\n1,1\n"),
        ("../b.gpx", TRACK.as_bytes()),
        ("c.csv", &b"lat,lon\n3,3\n".repeat(200)),
    ]);
    assert_eq!(shapes(&run("a.tar").file("a.tar", &whole).ok()), 202);
    let done = run("a.tar").file("a.tar", &whole[..3000]).ok();
    done.says("left out: a.tar:c.csv: ");
    // A shapefile needs what lies beside it, also where all comes through a pipe.
    let parts = ["shp", "dbf", "prj"].map(|extension| {
        let file = format!("shp/soho_cholera_3857.{extension}");
        std::fs::read(data(&file)).expect("a test file")
    });
    let tar = tarred(&[
        ("s/a.shp", &parts[0]),
        ("s/a.dbf", &parts[1]),
        ("s/a.prj", &parts[2]),
    ]);
    let piped = run("-r 0.5 --weight-field count").stdin(gzipped(&tar)).ok();
    let named = run("-r 0.5 --weight-field count")
        .arg(data("shp/soho_cholera_3857.shp"))
        .ok();
    assert_eq!(piped.bytes("p.png"), named.bytes("p.png"));
}

#[test]
fn names_choose_what_is_read_of_folders_and_archives() {
    let archive = zipped(&[("deep/a.gpx", TRACK.as_bytes()), ("deep/b.csv", b"3,3\n")]);
    let run = |args: &str| {
        run(args)
            .arg("walk")
            .file("walk/a.csv", "lat,lon\n1,1\n")
            .file("walk/old/b.csv", "lat,lon\n1,1\n2,2\n3,3\n4,4\n")
            .file("walk/Thumbs.db", "junk")
            .file("walk/c.zip", &archive)
    };
    for (args, expected) in [
        ("", 7),
        ("--include *.GPX", 1),
        ("--include *.gpx --include a.csv", 2),
        ("--exclude old/**", 3),
        ("--exclude *.zip", 5),
        ("--include *.csv --exclude deep/*", 5),
    ] {
        assert_eq!(shapes(&run(args).ok()), expected, "{args}");
    }
    run("--include *.gpx")
        .ok()
        .says("3 files were left out because of their names");
    run("--include [").fails(2, "'[' is no pattern");
}

#[cfg(unix)]
#[test]
fn links_that_lead_round_in_a_circle_end() {
    let run = run("walk").file("walk/in/a.csv", "lat,lon\n1,1\n");
    std::os::unix::fs::symlink("..", run.folder().join("walk/in/round")).expect("a link");
    assert_eq!(shapes(&run.ok()), 1);
}
