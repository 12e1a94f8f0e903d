//! What goes wrong ends with the right exit code and a message of place, fact and next move;
//! nothing is left behind.

use crate::run::{Run, ignores};

#[test]
fn a_missing_file_is_named() {
    Run::new("-o p.png nowhere.csv").fails(3, "nowhere.csv: there is no such file");
}

#[test]
fn nothing_read_is_never_a_blank_success() {
    for (name, content) in [
        ("a.csv", ""),
        ("b.csv", "lat,lon\n"),
        ("c.txt", "# nothing\n"),
        ("d.csv", "lat,lon\nx,y\n"),
    ] {
        let done = Run::new("-o p.png")
            .arg(name)
            .file(name, content)
            .fails(3, name);
        assert!(!done.folder.path().join("p.png").exists(), "{name}");
    }
}

#[test]
fn bad_records_are_named_and_counted_and_fatal_when_strict() {
    let rows = "lat,lon\n1,1\n95,200\n2,2\nx,1\n100,20\n";
    let run = || Run::new("-o p.png a.csv").file("a.csv", rows);
    run()
        .ok()
        .says("a.csv:3: latitude 95")
        .says("a.csv:5: ")
        .says("swapped?")
        .says("3 of 5 records were skipped");
    let done = run().arg("--strict").fails(3, "a.csv:3: latitude 95");
    assert!(!done.folder.path().join("p.png").exists());
    assert_eq!(run().arg("--quiet").ok().stderr, "");
}

/// A feature of GeoJSON after a good one.
fn features(geometry: &str, properties: &str) -> String {
    let feature = |geometry: &str, properties: &str| {
        format!(r#"{{"type":"Feature","geometry":{geometry},"properties":{properties}}}"#)
    };
    let good = feature(
        r#"{"type":"Point","coordinates":[1,2]}"#,
        r#"{"n":1,"time":"2024-01-01"}"#,
    );
    let bad = feature(geometry, properties);
    format!(r#"{{"type":"FeatureCollection","features":[{good},{bad}]}}"#)
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table has its rows")]
fn what_is_bad_in_the_second_of_two_records_is_named_and_the_first_one_drawn() {
    let of = |properties| features(r#"{"type":"Point","coordinates":[1,2]}"#, properties);
    let at = |geometry| features(geometry, "{}");
    let skipped = "1 of 2 records were skipped";
    for (name, content, options, facts) in [
        (
            "a.geojson",
            of(r#"{"n":"many"}"#),
            "--weight-field n",
            ["a.geojson:2: weight 'many' is not a number", skipped],
        ),
        (
            "a.geojson",
            of("{}"),
            "--weight-field n",
            ["a.geojson:2: a feature has no weight", skipped],
        ),
        (
            "a.geojson",
            of(r#"{"weight":"many"}"#),
            "",
            [
                "1 weight could not be read and counts as 1: a.geojson:2",
                "",
            ],
        ),
        (
            "a.geojson",
            of(r#"{"n":-1}"#),
            "--count-field n",
            ["a.geojson:2: count '-1' is no whole number", skipped],
        ),
        (
            "a.geojson",
            of(r#"{"time":"soon"}"#),
            "--after 2000",
            [
                "a.geojson:2: time 'soon' is not known",
                "1 position without a time was left out",
            ],
        ),
        (
            "a.geojson",
            at(r#"{"type":"Point","coordinates":[[1,2]]}"#),
            "",
            [
                "a.geojson:2: the coordinates of a Point are not nested as they should be",
                skipped,
            ],
        ),
        (
            "a.geojson",
            at(r#"{"type":"Star","coordinates":[1,2]}"#),
            "",
            ["a.geojson:2: 'Star' is no kind of geometry", skipped],
        ),
        (
            "a.geojson",
            at(r#"{"type":"Point"}"#),
            "",
            ["1 record without a geometry was left out: a.geojson:2", ""],
        ),
        (
            "a.json",
            r#"[{"lat":1,"lon":2,"n":1},{"lat":1,"lon":2,"n":"many"}]"#.to_owned(),
            "--weight-field n",
            ["a.json:2: no weight: there is no number in \"n\"", skipped],
        ),
        (
            "a.json",
            r#"[{"lat":1,"lon":2},{"lat":1,"lon":1e999}]"#.to_owned(),
            "",
            [
                "a.json:2: the record is not JSON: number out of range",
                skipped,
            ],
        ),
        (
            "a.json",
            r#"[{"lat":1,"lon":2,"n":1},{"lat":1,"lon":2,"n":1.5}]"#.to_owned(),
            "--count-field n",
            ["a.json:2: count '1.5' is no whole number", skipped],
        ),
        (
            "a.json",
            r#"[{"lat":1,"lon":2},{"lat":91,"lon":2}]"#.to_owned(),
            "",
            ["a.json:2: latitude 91 is not between", skipped],
        ),
        (
            "a.json",
            r#"[{"polyline":"_p~iF~ps|U_ulLnnqC"},{"polyline":"\u0001"}]"#.to_owned(),
            "",
            ["a.json:2: '\\u{1}' is no encoded polyline", skipped],
        ),
        (
            "a.json",
            r#"[{"lat":1,"lon":2,"time":"2024-01-01"},{"lat":1,"lon":2,"time":{}}]"#.to_owned(),
            "--after 2000",
            [
                "a.json:2: time '{}' is not known",
                "1 position without a time was left out",
            ],
        ),
        (
            "a.txt",
            "lat lon n\n1 2 1\n3 4 x\n".to_owned(),
            "--weight-field n",
            ["a.txt:3: weight 'x' is not a number", skipped],
        ),
        (
            "a.txt",
            "lat lon time\n1 2 2024-01-01\n3 4 soon\n".to_owned(),
            "--after 2000",
            [
                "a.txt:3: time 'soon' is not known",
                "1 position without a time was left out",
            ],
        ),
        (
            "a.txt",
            "lat lon time\n1 2 2024-01-01\n3 4 03/04/2024\n".to_owned(),
            "--after 2000",
            [
                "1 date was read with the month before the day, which nothing in the file tells: a.txt:3",
                "",
            ],
        ),
    ] {
        let run = || Run::new(&format!("-W 20 -o p.png {name} {options}")).file(name, &content);
        let done = run().ok();
        facts.into_iter().fold(done, crate::run::Done::says);
        if facts[1] == skipped {
            run().arg("--strict").fails(3, facts[0]);
        }
    }
}

#[test]
fn a_bad_file_among_good_ones_is_left_out_only_on_request() {
    let run = || Run::new("-o p.png a.csv b.csv").file("a.csv", "1,1\n2,2\n");
    run().fails(3, "b.csv");
    run().arg("--keep-going").ok().says("left out: b.csv");
}

#[test]
fn what_cannot_be_written_is_found_out_before_anything_is_read() {
    Run::new("-o missing/p.png nowhere.csv").fails(4, "missing/p.png");
    Run::new("-o . nowhere.csv").fails(2, "which kind of picture");
}

#[test]
fn limits_are_errors_of_one_line_and_a_hint() {
    let run = |args| {
        Run::new(args)
            .arg("-o")
            .arg("p.png")
            .arg("a")
            .file("a", "1 1\n2 2\n")
    };
    run("-W 20 -r 10").fails(2, "no room");
    run("-s 0.0001").fails(7, "--max-pixels");
    run("-s 1000 --max-pixels 10").fails(7, "--max-pixels");
    let done = run("-r 0").fails(
        2,
        "heatmap: invalid value '0' for '--radius <RADIUS>': not a number above 0",
    );
    assert_eq!(done.stderr.lines().count(), 2, "{}", done.stderr);
    run("-k round").fails(2, "linear, gaussian, exponential");
}

#[test]
fn no_file_and_an_empty_pipe_is_an_input_error() {
    Run::new("").stdin("").fails(3, "-: ");
}

#[test]
fn an_old_picture_survives_a_failed_run() {
    let done = Run::new("-o p.png a.csv")
        .file("p.png", "old")
        .file("a.csv", "")
        .fails(3, "a.csv");
    assert_eq!(done.bytes("p.png"), b"old");
}

#[test]
fn a_picture_named_as_gradient_or_background_must_be_one() {
    for option in ["-G", "-I"] {
        Run::new(option)
            .arg("g.png")
            .arg("-o")
            .arg("p.png")
            .arg("a")
            .file("a", "1 1\n")
            .file("g.png", "<html>")
            .fails(3, "g.png: ");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read;
    use std::process::{Command, Stdio};
    let file = super::run::root().join("tests/golden/sf.txt");
    let mut command = Command::new(env!("CARGO_BIN_EXE_heatmap"));
    let mut child = command
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = [0; 10];
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_exact(&mut first)
        .expect("the beginning of a picture");
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).as_ref()
        ),
        (Some(0), "")
    );
}

#[test]
fn nobody_listening_to_the_log_is_no_error() {
    let mut shell = std::process::Command::new("sh");
    let script = "\"$0\" -v -o /dev/null \"$1\" 2>&1 >/dev/null | head -1 >/dev/null; \"$0\" -v \"$1\" 2>&- >/dev/null";
    let file = super::run::root().join("tests/golden/sf.txt");
    let status = shell
        .args(["-c", script, env!("CARGO_BIN_EXE_heatmap")])
        .arg(file)
        .status()
        .expect("sh");
    assert!(status.success());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_named() {
    Run::new("-o /dev/full a")
        .file("a", "1 1\n2 2\n")
        .fails(4, "No space left");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_program_and_leaves_no_half_written_file() {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("points.csv"), "1,1\n50,120\n").expect("a file");
    let unfinished = || {
        std::fs::read_dir(folder.path())
            .expect("a folder")
            .flatten()
            .any(|file| is_unfinished(&file))
    };
    let signals = [("-INT", 2), ("-TERM", 15)];
    for (name, number) in signals.into_iter().filter(|(_, number)| !ignores(*number)) {
        // Large enough that it is still being written when it is looked at.
        let mut program = Command::new(env!("CARGO_BIN_EXE_heatmap"))
            .args([
                "-o",
                "p.png",
                "-W",
                "5000",
                "-H",
                "5000",
                "-d",
                "1",
                "points.csv",
            ])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .spawn()
            .expect("the program starts");
        // The first one is there for a moment only, to find out whether a file can be written.
        let mut seen = 0;
        while seen < 20 {
            assert_eq!(
                program.try_wait().expect("the program runs"),
                None,
                "too soon to be stopped"
            );
            let is_writing = unfinished() || has_nameless(program.id(), folder.path());
            seen = if is_writing { seen + 1 } else { 0 };
            std::thread::sleep(Duration::from_millis(1));
        }
        let id = program.id().to_string();
        assert!(
            Command::new("sh")
                .args(["-c", &format!("kill {name} {id}")])
                .status()
                .expect("sh")
                .success()
        );
        assert_eq!(
            program.wait().expect("the program ends").signal(),
            Some(number)
        );
        assert!(!unfinished(), "{name}");
        assert!(!folder.path().join("p.png").exists());
    }
}

#[cfg(unix)]
fn is_unfinished(file: &std::fs::DirEntry) -> bool {
    file.file_name().to_string_lossy().starts_with(".heatmap-")
}

/// Whether a program writes a file that has no name yet.
#[cfg(unix)]
fn has_nameless(program: u32, folder: &std::path::Path) -> bool {
    let folder = folder.canonicalize().expect("a folder");
    let open = std::fs::read_dir(format!("/proc/{program}/fd"));
    let open = open.into_iter().flatten().flatten();
    let mut files = open.filter_map(|link| std::fs::read_link(link.path()).ok());
    files.any(|file| file.starts_with(&folder) && file.to_string_lossy().ends_with(" (deleted)"))
}
