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
            "-b #07080d --passes r=26,k=gaussian,d=1,scheme=magma,how=cbrt,opacity=0.75;r=6,k=quartic,d=1,scheme=inferno,how=log,min-alpha=0",
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
        format!("-b #07080d --passes {below};r=9,k=quartic,d=1,scheme=inferno,how=log,min-alpha=0");
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
fn an_automatic_radius_is_a_thirty_second_of_the_longer_side() {
    for (line, radius) in [("-W 800", 25), ("-H 480", 15), ("-W 400 -H 1600", 50)] {
        let run = |radius: String| {
            incidents(&format!("-o a.png {line} -r {radius}"))
                .ok()
                .picture("a.png")
        };
        assert!(run("auto".to_owned()) == run(radius.to_string()), "{line}");
    }
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
