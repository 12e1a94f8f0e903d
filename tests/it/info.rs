//! `heatmap info`: what files hold, without drawing them.

use serde_json::{Value, json};

use crate::run::Run;

const TRACK: &str = "<gpx creator='Maker'><trk><name>Up</name><type>hiking</type><trkseg>\
    <trkpt lat='46' lon='7'><time>2024-05-01T10:00:00Z</time></trkpt>\
    <trkpt lat='46.5' lon='8'><time>2024-05-01T10:00:01.500Z</time></trkpt>\
    </trkseg></trk></gpx>";

fn json_of(run: Run) -> Value {
    serde_json::from_slice(&run.ok().stdout).expect("JSON on standard output")
}

#[test]
fn each_file_is_told_and_all_together() {
    let known = json_of(
        Run::new("info --json a.gpx b.csv")
            .file("a.gpx", TRACK)
            .file("b.csv", "lat,lon\n1,2\n0,0\n91,2\n"),
    );
    assert_eq!(
        known["files"][0],
        json!({
            "file": "a.gpx", "format": "gpx", "positions": 2, "tracks": 1,
            "box": { "south": 46.0, "west": 7.0, "north": 46.5, "east": 8.0 },
            "first_time": "2024-05-01T10:00:00Z", "last_time": "2024-05-01T10:00:01.500Z",
            "sport": "hiking", "name": "Up", "device": "Maker", "left_out": {}, "error": null,
        })
    );
    let second = &known["files"][1];
    assert_eq!(
        (&second["positions"], &second["tracks"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(second["first_time"], Value::Null);
    assert_eq!(
        second["left_out"],
        json!({ "bad_records": 1, "places_at_0_0": 1 })
    );
    let total = &known["total"];
    assert_eq!(
        (&total["files"], &total["positions"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(total["box"]["south"], 1.0);
}

#[test]
fn a_table_has_a_row_for_each_file_and_one_for_all() {
    let done = Run::new("info a.gpx b.txt")
        .file("a.gpx", TRACK)
        .file("b.txt", "1 2\n")
        .ok();
    let table = String::from_utf8(done.stdout).expect("text");
    let words: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(words.len(), 4);
    assert_eq!(words[0][..4], ["file", "format", "positions", "tracks"]);
    assert_eq!(words[1][..5], ["a.gpx", "gpx", "2", "1", "46.000000"]);
    assert_eq!(words[2][..5], ["b.txt", "plain", "1", "0", "1.000000"]);
    assert_eq!(words[3][..4], ["2", "files", "3", "1"]);
}

#[test]
fn what_cannot_be_read_is_told_among_the_others() {
    let run = |args| {
        Run::new(args)
            .file("a.csv", "1,2\n")
            .file("b.pdf", "%PDF-1.4\n")
    };
    let known = json_of(run("info --json a.csv b.pdf missing"));
    assert_eq!(known["files"][1]["error"], "this is a PDF document");
    assert_eq!(known["files"][2]["error"], "there is no such file");
    // Each is told once: of none that can be read the first is the error.
    for (args, left_out, error) in [
        ("info b.pdf", None, "b.pdf: this is a PDF document"),
        (
            "info missing b.pdf",
            Some("left out: b.pdf: this is a PDF document"),
            "missing: there is no such file",
        ),
    ] {
        let said = run(args).fails(3, error).stderr;
        let said: Vec<_> = said.lines().filter(|line| !line.starts_with(' ')).collect();
        let warning = left_out.map(|words| format!("heatmap: warning: {words}"));
        let all: Vec<_> = warning
            .into_iter()
            .chain([format!("heatmap: {error}")])
            .collect();
        assert_eq!(said, all, "{args}");
    }
    run("info --strict a.csv b.pdf").fails(3, "b.pdf: this is a PDF document");
    // No positions are an answer, and no error.
    let empty = json_of(Run::new("info --json a.csv").file("a.csv", "lat,lon\n"));
    assert_eq!(empty["files"][0]["positions"], 0);
    assert_eq!(empty["files"][0]["box"], Value::Null);
}

#[test]
fn it_is_a_command_as_the_first_argument_alone() {
    let run = |args| Run::new(args).file("info", "1 2\n").file("a", "3 4\n");
    run("info a")
        .ok()
        .says("the file of that name is written ./info");
    let both = json_of(run("info --json info a"));
    assert_eq!(both["total"]["positions"], 2);
    run("-v -o p.png a info").ok().says("2 shapes read");
    run("-v -o p.png ./info").ok().says("1 shapes read");
}

#[test]
fn the_facts_beside_a_picture_have_the_same_files() {
    let done = Run::new("--stats=json -q -o p.png a.gpx")
        .file("a.gpx", TRACK)
        .ok();
    let facts: Value = serde_json::from_str(&done.stderr).expect("JSON on standard error");
    let known = json_of(Run::new("info --json a.gpx").file("a.gpx", TRACK));
    assert_eq!(facts["files"], known["files"]);
    assert_eq!(facts["counts"]["shapes_read"], 1);
}

#[test]
fn members_of_archives_have_the_archive_before_a_colon() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("tracks/a.gpx", zip::write::SimpleFileOptions::default())
        .expect("a member");
    std::io::Write::write_all(&mut zip, TRACK.as_bytes()).expect("its bytes");
    let bytes = zip.finish().expect("an archive").into_inner();
    let known = json_of(Run::new("info --json export.zip").file("export.zip", bytes));
    assert_eq!(known["files"][0]["file"], "export.zip:tracks/a.gpx");
}

/// What is said of one file: positions, tracks, and the box as south, west, north, east.
fn box_of(name: &str, bytes: impl AsRef<[u8]>) -> (Value, Value, [f64; 4]) {
    let all = json_of(Run::new(&format!("info --json {name}")).file(name, bytes));
    let total = &all["total"];
    let sides = ["south", "west", "north", "east"];
    let sides = sides.map(|side| total["box"][side].as_f64().unwrap_or(f64::NAN));
    (total["positions"].clone(), total["tracks"].clone(), sides)
}

#[test]
fn places_are_read_as_other_programs_write_them() {
    let bounds = [54.25, 10.125, 54.5, 10.25];
    let point = |x: &str, y: &str| format!("{{\"attributes\":{{}},\"geometry\":{{{x},{y}}}}}");
    let esri = format!(
        "{{\"geometryType\":\"esriGeometryPoint\",\"spatialReference\":{{\"wkid\":4326}},\"features\":[{},{}]}}",
        point("\"x\":10.125", "\"y\":54.25"),
        point("\"x\":10.25", "\"y\":54.5")
    );
    let esri_lines = "{\"features\":[{\"geometry\":{\"paths\":[[[10.125,54.25],[10.25,54.5]]]}}]}";
    let track = |attributes: &str| format!("<gpx><trk><trkseg>{attributes}</trkseg></trk></gpx>");
    let utf_16: Vec<u8> = "lat,lon\n54.25,10.125\n54.5,10.25\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, bytes, tracks) in [
        ("esri.json", esri.as_bytes(), 0),
        ("lines.json", esri_lines.as_bytes(), 1),
        (
            "lng.gpx",
            track("<trkpt lat='54.25' lng='10.125'/><trkpt lat='54.5' lng='10.25'/>").as_bytes(),
            1,
        ),
        (
            "marks.gpx",
            track("<trkpt lat='54.25°' lon='E10.125'/><trkpt lat=\"54°30'N\" lon=\"10°15'E\"/>")
                .as_bytes(),
            1,
        ),
        (
            "caches.txt",
            "N 54° 15.000 E 010° 07.500\nN54° 30.000' E010° 15.000'\n".as_bytes(),
            0,
        ),
        (
            "apart.txt",
            "54.25 N 10.125 E\n54.5 N 10.25 E\n".as_bytes(),
            0,
        ),
        (
            "points.txt",
            "POINT (10.125 54.25)\nPOINT (10.25 54.5)\n".as_bytes(),
            0,
        ),
        ("unmarked.csv", &utf_16, 0),
        (
            "socrata.csv",
            "name,location\na,\"1 Main St\n(54.25, 10.125)\"\nb,\"2 Main St\n(54.5, 10.25)\"\n"
                .as_bytes(),
            0,
        ),
    ] {
        let found = box_of(name, bytes);
        assert_eq!(found, (json!(2), json!(tracks), bounds), "{name}");
    }
}
