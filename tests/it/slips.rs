//! Slips of the first hour are answered with place, fact and what was meant.

use crate::run::Run;

const POINTS: &str = "lat,lon,Magnitude\n1,1,2\n2,3,4\n";

fn run(args: &str) -> Run {
    Run::new(args).file("in.csv", POINTS)
}

#[test]
fn a_picture_behind_the_data_was_to_be_written() {
    let hint = "\n  did you mean -o out.png?";
    run("in.csv out.png").fails(3, &format!("out.png: there is no such file{hint}"));
    // One that is there is read as a photo, of which nothing says where it was taken.
    let image = run("in.csv").ok().stdout;
    let again = || run("in.csv out.png").file("out.png", &image);
    again()
        .ok()
        .says("position was left out: out.png; did you mean -o out.png?");
    // Photos among photos are meant.
    let photos = again().arg("other.png").file("other.png", &image).ok();
    assert!(!photos.stderr.contains("did you mean"), "{}", photos.stderr);
}

#[test]
fn what_is_misspelt_is_answered_with_what_there_is() {
    run("-o no/such/out.png in.csv")
        .fails(4, "no/such/out.png: there is no folder ")
        .says("make it first");
    run("-o o.png im.csv").fails(3, "im.csv: there is no such file\n  did you mean in.csv?");
    run("-o o.png https://example.com/in.csv").fails(3, "fetch it first");
    run("-o o.png --weight-field magnitud in.csv")
        .fails(3, "'lat', 'lon', 'Magnitude'\n  did you mean 'Magnitude'?");
    run("-o o.png -b blak in.csv")
        .fails(2, "CSS")
        .says("did you mean black?");
    run("-o o.png --color fire in.csv")
        .fails(2, "'fire'")
        .says("did you mean --scheme fire?");
    run("-o o.png --scheme fir in.csv").fails(2, "did you mean fire");
    run("-o o.png --dark in.csv")
        .fails(2, "'--dark'")
        .says("-b black");
    run("-o o.png --theme=night in.csv")
        .fails(2, "'--theme'")
        .says("--look night");
    let done = run("-o o.png --nothing-like-it in.csv").fails(2, "'--nothing-like-it'");
    assert!(
        done.stderr.contains("see heatmap --help"),
        "{}",
        done.stderr
    );
}

#[test]
fn values_that_fell_apart_are_put_together() {
    run("-o o.png -r 500 m in.csv").fails(2, "no file\n  did you mean -r 500m?");
    run("-o o.png -W 1000x800 in.csv")
        .fails(2, "'1000x800'")
        .says("did you mean -W 1000 -H 800?");
    // What a shell leaves of -b #101418 in.csv.
    run("-o o.png -b")
        .fails(2, "a value is required")
        .says("in quotes, as in --background '#101418'");
    run("-a --frame-time 1d -o o.gif in.csv --date")
        .fails(2, "a value is required")
        .says("--date %Y-%m-%d");
    run("-a --frame-time 1d -o o.gif --date in.csv")
        .fails(2, "not a format of dates")
        .says("--date %Y-%m-%d");
}

#[test]
fn values_in_the_spelling_of_other_programs_are_answered_with_ours() {
    for (slip, meant) in [
        ("--opacity 50%", "--opacity=0.5"),
        ("-d 0,5", "--decay=0.5"),
        ("--max 99%", "--max=p99"),
        ("--width 500px", "--width=500"),
        ("-r 5px", "--radius=5"),
        ("-z 12.5", "--zoom=12"),
        ("--legend=topleft", "--legend=top-left"),
        ("-w 500", "-W"),
    ] {
        run(&format!("-o o.png {slip} in.csv")).fails(2, &format!("\n  did you mean {meant}?"));
    }
    // Nothing of the kind is taken.
    run("-o o.png --opacity 500% in.csv").fails(2, "see heatmap --help");
}

#[test]
fn a_file_called_like_a_unit_is_read() {
    run("-o o.png -r 5 m").file("m", "1 1\n2 2\n").ok();
}

#[test]
fn a_header_that_contradicts_the_columns_is_told() {
    let rows = "lon,lat\n1,50\n2,51\n";
    let told = "1 table has latitude and longitude the other way round, by the names in its first row: b.csv";
    for options in ["--ignore-csv-header", "--lat-field lon --lon-field lat"] {
        Run::new(&format!("-o o.png {options} b.csv"))
            .file("b.csv", rows)
            .ok()
            .says(told);
    }
    let right = Run::new("-o o.png b.csv").file("b.csv", rows).ok();
    assert_eq!(right.stderr, "");
}

#[test]
fn a_folder_of_nothing_readable_says_what_can_be_read() {
    Run::new("-o o.png folder")
        .file("folder/a.doc", "x")
        .fails(
            3,
            "folder: there is no file in this folder that can be read",
        )
        .says("GPX");
}

#[test]
fn pipes_have_other_formats_by_their_names() {
    for (name, magic) in [
        ("jpg:-", b"\xff\xd8\xff"),
        ("ppm:-", b"P6\n"),
        ("gif:-", b"GIF"),
    ] {
        let done = run("in.csv").arg("-o").arg(name).ok();
        assert!(done.stdout.starts_with(magic), "{name}");
        assert_eq!(done.stderr, "");
    }
    let done = run("-a in.csv -o gif:-").ok();
    assert!(done.stdout.starts_with(b"GIF89a"));
    let named = run("in.csv -o webp:heat").ok().bytes("heat");
    assert!(named.starts_with(b"RIFF"));
    run("in.csv -o xyz:-").fails(2, "does not say which kind of picture");
}

#[test]
fn saved_heat_comes_through_a_pipe() {
    let saved = run("-S - in.csv").ok().stdout;
    let picture = |done: crate::run::Done| done.bytes("o.png");
    let loaded = Run::new("-L - -o o.png").stdin(&saved).ok();
    assert_eq!(picture(loaded), picture(run("-o o.png in.csv").ok()));
    Run::new("-L - -o o.png")
        .stdin("no heat")
        .fails(3, "-: this is no saved heat");
    Run::new("-L - -o o.png -")
        .stdin(&saved)
        .fails(2, "more than once");
}

#[test]
fn help_is_a_screen_or_everything_or_a_topic() {
    let text = |args: &str| String::from_utf8(Run::new(args).ok().stdout).expect("help is UTF-8");
    let (short, long) = (text("-h"), text("--help"));
    assert!(short.lines().count() <= 40 && long.lines().count() > 150);
    assert_eq!(text("help"), short);
    assert!(text("help films").contains("--frame-time"));
    assert!(
        text("help serve") == text("serve --help") && text("help info").contains("heatmap info")
    );
    Run::new("help nonsense").fails(2, "there is no help about 'nonsense'");
    Run::new("completions tcl").fails(2, "bash, elvish, fish");
    assert!(text("man").contains(".TH heatmap"));
}

#[test]
fn bash_completes_the_names_of_schemes() {
    if !crate::wants::has("bash") {
        return;
    }
    let script = r#"eval "$("$0" completions bash)"; COMP_WORDS=(heatmap --scheme vi); COMP_CWORD=2
        _heatmap heatmap vi --scheme; echo "${COMPREPLY[@]}""#;
    let bash = std::process::Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_heatmap")])
        .output();
    let bash = bash.expect("bash starts");
    assert_eq!(String::from_utf8_lossy(&bash.stdout), "viridis\n");
}

#[test]
fn names_that_say_more_than_the_options_are_told() {
    let run = |line: &str| Run::new(line).file("a.csv", "lat,lon\n1,2\n3,4\n");
    run("-o {by}.png a.csv").fails(2, "nothing says what {by} in '{by}.png' is");
    run("-o a.mp4 a.csv").fails(2, "'a.mp4' is the name of a film");
    run("--by file --sheet 2 --world-file -o a.png a.csv").fails(
        2,
        "a sheet of pictures lies nowhere, and a world file says where",
    );
    let saved = run("-o a.png -S a.heat a.csv").ok().bytes("a.heat");
    Run::new("-L a.heat -o a.png --weight-field w")
        .file("a.heat", saved)
        .fails(2, "columns are of data, and saved heat no longer has any");
}
