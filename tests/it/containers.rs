//! Folders, zip archives and gzip files are read as the files in them are.

use std::fs;

use crate::archives::{TRACK, gzipped, zipped};
use crate::run::{Done, Run, data};

fn run(args: &str) -> Run {
    Run::new(args).arg("-v").arg("-o").arg("p.png")
}

fn read(done: &Done, shapes: usize) {
    let said = format!("{shapes} shapes read");
    assert!(done.stderr.contains(&said), "{}", done.stderr);
}

#[test]
fn gzip_is_read_through_by_its_inner_name_or_its_content() {
    for (name, content, shapes) in [
        ("a.gpx.gz", TRACK, 1),
        ("a.csv.gz", "lat,lon\n1,1\n2,2\n", 2),
        ("a.gz", "1 1\n2 2\n", 2),
        ("a.gpx", TRACK, 1),
    ] {
        let bytes = gzipped(content.as_bytes());
        read(&run(name).file(name, &bytes).ok(), shapes);
        read(&run("-").stdin(&bytes).ok(), shapes);
    }
    let bad = gzipped(b"lat,lon\n1,1\n95,1\n");
    run("a.csv.gz")
        .file("a.csv.gz", bad)
        .ok()
        .says("a.csv.gz:3: latitude 95 is not between");
}

#[test]
fn a_zip_archive_is_read_member_by_member() {
    let nested = gzipped(TRACK.as_bytes());
    let archive = zipped(&[
        ("readme.txt", b"tracks of 2024, all of them"),
        ("tracks/a.gpx", TRACK.as_bytes()),
        ("tracks/b.gpx.gz", &nested),
        ("tracks/c.csv", b"lat,lon\n1,1\nx,2\n"),
        ("tracks/.d.csv", b"hidden"),
        ("__MACOSX/tracks/a.gpx", b"hidden"),
        ("photo.gif", b"\xff\xd8"),
    ]);
    let done = run("a.zip").file("a.zip", &archive).ok();
    read(&done, 3);
    let done = done
        .says("a.zip:tracks/c.csv:3: latitude 'x' is not a number")
        .says("2 files of other kinds or without places were left out (1 .gif, 1 .txt), the first of them a.zip:readme.txt");
    let piped = run("").stdin(&archive).ok();
    assert_eq!(done.bytes("p.png"), piped.bytes("p.png"));
}

#[test]
fn a_shapefile_in_an_archive_has_what_lies_beside_it() {
    let member = |extension| {
        let file = format!("shp/soho_cholera_3857.{extension}");
        (
            format!("soho/deaths.{extension}"),
            fs::read(data(&file)).expect("a test file"),
        )
    };
    let members = ["shp", "dbf", "prj"].map(member);
    let members: Vec<_> = members
        .iter()
        .map(|(name, bytes)| (&**name, &**bytes))
        .collect();
    let archive = zipped(&members);
    let of_archive = run("-r 0.5 -d 0 --weight-field count a.zip")
        .file("a.zip", &archive)
        .ok();
    assert!(
        !of_archive.stderr.contains("left out"),
        "{}",
        of_archive.stderr
    );
    let of_file = run("-r 0.5 -d 0 --weight-field count")
        .arg(data("shp/soho_cholera_3857.shp"))
        .ok();
    assert_eq!(of_archive.bytes("p.png"), of_file.bytes("p.png"));
}

#[test]
fn a_folder_is_walked_in_the_order_of_names() {
    let done = run("walk -a --frequency 1")
        .file("walk/2.csv", "lat,lon\n2,2\n")
        .file("walk/1/b.csv.gz", gzipped(b"lat,lon\n1,1\n"))
        .file("walk/1/a.gpx", TRACK)
        .file("walk/.hidden/c.csv", "lat,lon\n9,9\n")
        .file("walk/3.zip", zipped(&[("c.csv", b"lat,lon\n3,3\n")]))
        .file("walk/notes.txt", "notes")
        .ok();
    read(&done, 4);
    let names = ["walk/1/b.csv.gz: ", "walk/2.csv: ", "walk/3.zip:c.csv: "];
    let places: Vec<_> = names.iter().map(|name| done.stderr.find(name)).collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{}",
        done.stderr
    );
    done.says("1 file of another kind or without places was left out: walk/notes.txt");
}

#[test]
fn with_a_file_type_every_file_of_a_folder_is_taken() {
    let run = |args| {
        run(args)
            .file("walk/a.log", "1 1\n")
            .file("walk/b", "2 2\n")
    };
    run("walk").fails(3, "walk: there is no file in this folder that can be read");
    read(&run("walk --filetype plain").ok(), 2);
}

#[test]
fn what_cannot_be_unpacked_is_named() {
    let cases: [(&str, Vec<u8>, &str); 5] = [
        (
            "a.zip",
            zipped(&[("b.txt", b"1 1\n")]),
            "no file in this zip archive that can be read",
        ),
        (
            "a.xlsx",
            zipped(&[("xl/workbook.xml", b"<workbook/>")]),
            "this is an Excel workbook",
        ),
        (
            "a.zip",
            zipped(&[("b.csv", &zipped(&[]))]),
            "nothing could be read",
        ),
        (
            "a.csv.gz",
            gzipped(&"1,1\n2,2\n".repeat(9000).into_bytes())[..200].to_vec(),
            "a.csv.gz",
        ),
        (
            "a.zip",
            zipped(&[("b.csv", b"1,1\n")])[..40].to_vec(),
            "a.zip: this zip archive cannot be read",
        ),
    ];
    for (name, bytes, said) in cases {
        run(name).file(name, bytes).fails(3, said);
    }
}

#[test]
fn what_stands_behind_a_gzip_stream_costs_no_place_and_is_told_unless_it_is_zeros() {
    let behind = |bytes: &[u8]| [&gzipped(b"lat,lon\n1,1\n2,2\n"), bytes].concat();
    run("a.csv.gz --strict")
        .file("a.csv.gz", behind(&[0; 512]))
        .ok();
    let told = "1 compressed file has bytes behind its end";
    run("a.csv.gz")
        .file("a.csv.gz", behind(b"junk"))
        .ok()
        .says(told);
    run("a.csv.gz --strict")
        .file("a.csv.gz", behind(b"junk"))
        .fails(3, told);
}

#[test]
fn a_bomb_of_one_line_costs_one_record() {
    let mut text = b"lat,lon\n1,1\n2,\"".to_vec();
    text.resize(17 << 20, b'0');
    run("a.csv.gz")
        .file("a.csv.gz", gzipped(&text))
        .ok()
        .says("a.csv.gz:3: the row is longer than 16 MiB");
}

#[test]
fn xml_of_another_kind_is_named() {
    for (name, text, said) in [
        (
            "a.txt",
            "<?xml version='1.0'?>\n<svg xmlns='x'/>",
            "this is an SVG picture\n",
        ),
        ("a", "<!-- a map --><osm/>", "this is OpenStreetMap data\n"),
        ("a.xml", "<a:b/>", "this is XML that begins with <b>\n"),
    ] {
        run(name).file(name, text).fails(3, said);
    }
    run("a.xml").file("a.xml", TRACK).ok();
}

#[test]
fn a_zip_archive_of_data_is_not_taken_for_saved_heat() {
    let archive = zipped(&[("a.csv", b"lat,lon\n1,1\n2,3\n")]);
    let of_archive = run("--bbox @a.zip a.zip").file("a.zip", &archive).ok();
    let of_file = run("--bbox @a.csv a.csv")
        .file("a.csv", "lat,lon\n1,1\n2,3\n")
        .ok();
    assert_eq!(of_archive.bytes("p.png"), of_file.bytes("p.png"));
    run("--like a.zip a.zip")
        .file("a.zip", &archive)
        .fails(3, "neither saved heat nor a picture");
    let heat = Run::new("-S a.heat a")
        .file("a", "1 1\n")
        .ok()
        .bytes("a.heat");
    run("a.heat")
        .file("a.heat", heat)
        .fails(3, "a.heat: this is saved heat");
}
