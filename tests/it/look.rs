//! Looks by one word, and options that always apply.

use crate::run::{Run, root};

fn incidents(line: &str) -> Run {
    Run::new(line).arg(root().join("examples/sf-incidents.csv"))
}

#[test]
fn a_look_is_its_options() {
    for (look, options) in [
        (
            "tracks",
            "-b #0b0d12 -r 2.5 -k gaussian -d 1 --how eq_hist --scheme inferno --min-alpha .45",
        ),
        ("heatmap.py", ""),
        (
            "glow",
            "-b #07080d --passes r=26,k=gaussian,d=1,scheme=magma,how=cbrt,opacity=0.75;r=6,k=quartic,d=1,scheme=heat,how=log,min-alpha=0",
        ),
    ] {
        let picture = |line: &str| {
            incidents(&format!("-o a.png -W 200 {line}"))
                .ok()
                .picture("a.png")
        };
        assert!(
            picture(&format!("--look {look}")) == picture(options),
            "{look}"
        );
    }
    let looks = Run::new("--look list").ok();
    let text = String::from_utf8(looks.stdout).expect("text");
    assert_eq!(text.lines().count(), 8, "{text}");
    let explained = Run::new("--look dots --explain").ok();
    assert!(
        String::from_utf8(explained.stdout)
            .expect("text")
            .contains("--kernel=uniform")
    );
    Run::new("--look nothing x.csv").fails(2, "--look list shows");
}

#[test]
fn what_is_said_wins_over_a_look_and_never_contradicts_it() {
    let picture = |line: &str| {
        incidents(&format!("-o a.png -W 200 {line}"))
            .ok()
            .picture("a.png")
    };
    let own = "-r 2.5 -k gaussian -d 1 --how eq_hist --min-alpha .45 -b #0b0d12";
    assert!(
        picture("--look tracks --colors black,white")
            == picture(&format!("{own} --colors black,white"))
    );
    assert!(
        picture("--look tracks -r 7 -b white")
            == picture(&format!("{own} --scheme inferno -r 7 -b white"))
    );
    // Of several passes it is the topmost that is changed.
    let glow = picture("--look glow -r 9");
    assert!(glow != picture("--look glow"));
    let below = "r=26,k=gaussian,d=1,scheme=magma,how=cbrt,opacity=0.75";
    let both =
        format!("-b #07080d --passes {below};r=9,k=quartic,d=1,scheme=heat,how=log,min-alpha=0");
    assert!(glow == picture(&both));
}

#[test]
fn own_looks_are_files() {
    let run = Run::new("-o a.png -W 200 --look ./mine.txt -b white a.csv")
        .file("mine.txt", "# mine\n-r 9\n\n--scheme viridis\n")
        .file("a.csv", "lat,lon\n1,1\n2,2\n");
    let plain = Run::new("-o a.png -W 200 -r 9 --scheme viridis -b white a.csv")
        .file("a.csv", "lat,lon\n1,1\n2,2\n");
    assert!(run.ok().picture("a.png") == plain.ok().picture("a.png"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(folder.path().join("heatmap/looks")).expect("a folder");
    std::fs::write(
        folder.path().join("heatmap/looks/mine.txt"),
        "--scheme=turbo\n",
    )
    .expect("a file");
    let listed = Run::new("--look list")
        .env("XDG_CONFIG_HOME", folder.path())
        .ok();
    if cfg!(target_os = "linux") {
        assert!(
            String::from_utf8(listed.stdout)
                .expect("text")
                .contains("mine")
        );
        incidents("-o a.png -W 200 --look mine")
            .env("XDG_CONFIG_HOME", folder.path())
            .ok();
    }
    Run::new("-o a.png --look ./bad.txt a.csv")
        .file("bad.txt", "--radius=9\n--nothing=1\n")
        .fails(3, "./bad.txt:2: '--nothing=1' is no option");
}

#[test]
fn options_that_always_apply_are_in_a_file_that_the_environment_names() {
    let picture = |line: &str, config: &str| {
        let run = Run::new(&format!("-o a.png -W 200 {line} a.csv"))
            .file("config", config)
            .file("a.csv", "lat,lon\n1,1\n2,2\n");
        let path = run.folder().join("config");
        run.env("HEATMAP_CONFIG", path).ok().picture("a.png")
    };
    let plain = picture("-b navy --scheme fire", "");
    assert!(picture("", "--background=navy\n--scheme=fire\n") == plain);
    assert!(picture("--no-config -b navy --scheme fire", "--nonsense") == plain);
    assert!(picture("-b navy", "--background=white\n--scheme=fire\n") == plain);
    assert!(picture("-m 000ffffff", "--scheme=fire\n") == picture("-m 000ffffff", ""));
    // A look wins over it, and may be in it.
    assert!(
        picture("", "--look=dots\n--background=white\n--scheme=fire\n")
            == picture("--look dots", "")
    );
}

#[test]
fn an_automatic_radius_goes_by_the_picture_and_by_the_data() {
    let run = |line: &str| incidents(&format!("-o a.json -o a.png {line}")).ok();
    let radius = |line: &str| {
        let json = run(&format!("{line} -r auto")).bytes("a.json");
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        json["radius"].as_f64().expect("a radius in pixels")
    };
    let usual = radius("-W 500");
    assert!(usual > 500.0 / 40.0 && usual < 500.0 / 25.0, "{usual}");
    // The same look at any size.
    let large = radius("-W 1500");
    assert!((large / usual / 3.0 - 1.0).abs() < 0.02, "{usual} {large}");
    // It is the one that is drawn, with the frame that suits it, from a pipe and within any memory.
    let given = run(&format!("-W 500 -r {usual}"));
    assert!(run("-W 500 -r auto").picture("a.png") == given.picture("a.png"));
    assert!(run("-W 500 -r auto --memory 1K").picture("a.png") == given.picture("a.png"));
    let piped = std::fs::read(root().join("examples/sf-incidents.csv")).expect("the incidents");
    let line = "-o a.png -W 500 -r auto --filetype csv --threads 1 -";
    assert!(Run::new(line).stdin(piped).ok().picture("a.png") == given.picture("a.png"));
    // In a small part it is that of what lies there.
    let part = "-W 500 --bbox -122.42,37.77,-122.40,37.79";
    let within = radius(part);
    assert!(within > usual, "{within}");
    // Of passes, it is that of all that ask for it.
    let both = run("-W 500 --passes r=auto,d=1;r=4").picture("a.png");
    let wanted = run(&format!("-W 500 --passes r={usual},d=1;r=4"));
    assert!(both == wanted.picture("a.png"));
    let film = |radius: &str| {
        let line = format!("-a -o a.gif -W 200 --frequency 9000 -r {radius}");
        incidents(&line).ok().bytes("a.gif")
    };
    assert!(film("auto") == film(&radius("-W 200").to_string()));
    incidents("-o a.png -v -r auto")
        .ok()
        .says("by how dense the data are");
}

#[test]
fn schemes_from_white_to_dark_turn_round_on_dark() {
    let picture = |line: &str| {
        incidents(&format!("-o a.png -W 200 {line}"))
            .ok()
            .picture("a.png")
    };
    let turned = picture("-b #111111 --scheme blues");
    assert!(turned == picture("-b #111111 --scheme blues --reverse"));
    let hottest = turned
        .pixels()
        .map(|pixel| u32::from(pixel.0[0]) + u32::from(pixel.0[2]))
        .max();
    assert!(hottest > Some(480), "{hottest:?}");
    assert!(
        picture("-b #111111 --scheme viridis") != picture("-b #111111 --scheme viridis --reverse")
    );
}

#[test]
fn one_factor_enlarges_all_that_is_drawn() {
    let picture = |line: &str| incidents(&format!("-o a.png {line}")).ok().picture("a.png");
    assert!(picture("-W 600 --ratio 3") == picture("-W 600 -r 15"));
    assert!(picture("-W 600 -r 4 --ratio 2") == picture("-W 600 -r 8"));
    let key = |ratio: &str| {
        let with = picture(&format!("-W 900 -r 90m -b white --legend {ratio}"));
        let without = picture("-W 900 -r 90m -b white");
        let changed = with.pixels().zip(without.pixels()).filter(|(a, b)| a != b);
        changed.count()
    };
    assert!(key("--ratio 2") > 2 * key(""));
    let map = format!(
        "-v -W 1000 --osm-base {} --attribution none",
        root().join("tests/data/tiles").display()
    );
    incidents(&map).ok().says("are enlarged");
    let world = format!("{map} --bbox=-180,-85,180,85");
    incidents(&world).ok().says("4 tiles of zoom 1");
    incidents(&format!("{world} --ratio 3"))
        .ok()
        .says("1 tiles of zoom 0");
}

#[test]
fn dust_on_a_poster_is_told() {
    let said = |line: &str| incidents(&format!("-o a.png -H 100 {line}")).ok().stderr;
    assert!(said("-W 2100").contains("-r auto"));
    for line in [
        "-W 1900",
        "-W 2100 -r 5",
        "-W 2100 --ratio 2",
        "-W 2100 --look glow",
    ] {
        assert!(!said(line).contains("-r auto"), "{line}");
    }
}

#[test]
fn looks_leave_out_what_files_have_no_use_for() {
    let run = |options: &str| {
        Run::new(options)
            .arg("a.csv")
            .file("a.csv", "lat,lon\n1,2\n")
    };
    for look in ["glow", "tracks", "density", "print", "night", "dots"] {
        run(&format!("--look {look} --max-zoom 1 -o t.mbtiles")).ok();
    }
    assert_eq!(run("--look print -o a.jpg").ok().stderr, "");
    run("--dpi 300 -o a.jpg")
        .ok()
        .says("--dpi is said by .png alone");
    let plain = run("--look density --legend=none -o a.png")
        .ok()
        .picture("a.png");
    assert!(run("--look density -o a.png").ok().picture("a.png") != plain);
    let clear = run("--look density --legend=none -b none -o a.png")
        .ok()
        .picture("a.png");
    assert_eq!(clear.get_pixel(0, 0)[3], 0);
}
