//! Heat that is saved, loaded and merged.

use std::process::Command;

use crate::run::{Run, data, root};
#[cfg(target_os = "linux")]
use crate::wants;
use crate::wants::has_python;

fn incidents() -> std::path::PathBuf {
    root().join("examples/sf-incidents.csv")
}

fn hikes() -> Vec<std::path::PathBuf> {
    let folder = std::fs::read_dir(root().join("examples/hikes")).expect("a folder");
    folder
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "gpx"))
        .collect()
}

#[test]
fn three_styles_from_one_save_are_what_the_data_would_give() {
    let saved = Run::new("-W 300 -R 30 -S some.heat").arg(incidents()).ok();
    let heat = saved.bytes("some.heat");
    for style in [
        "-b black",
        "-r 9 -k gaussian -d 1 -m 0aaffff00",
        "-d 0 --scheme fire -b white",
    ] {
        let from_heat = Run::new(&format!("-L some.heat -o a.png {style}"))
            .file("some.heat", &heat)
            .ok();
        // The frame is that of the save: its radius was 5 and its margin 30 pixels.
        let frame = if style.contains("-r 9") {
            "-R 26"
        } else {
            "-R 30"
        };
        let from_data = Run::new(&format!("-W 300 {frame} -o a.png {style}"))
            .arg(incidents())
            .ok();
        assert_eq!(
            from_heat.bytes("a.png"),
            from_data.bytes("a.png"),
            "{style}"
        );
    }
}

#[test]
fn without_a_picture_heat_is_saved_alone_and_with_one_both_are_made() {
    let alone = Run::new("-S some.heat").arg(incidents()).ok();
    assert!(alone.stdout.is_empty(), "no picture goes down the pipe");
    let both = Run::new("-S some.heat -o a.png").arg(incidents()).ok();
    assert_eq!(alone.bytes("some.heat"), both.bytes("some.heat"));
    assert_eq!(both.picture("a.png").width(), 1024);
}

#[test]
fn years_that_were_saved_one_by_one_make_the_whole() {
    let grid = "-e 49.6,8.7,49.73,9 -s 20 -r 4 -d 0.7";
    let hikes = hikes();
    assert!(hikes.len() > 2);
    let mut merged = Run::new("-o all.png -r 4 -d 0.7 -L 0.heat -L 1.heat");
    for (number, some) in hikes[..2].iter().enumerate() {
        let name = format!("{number}.heat");
        let part = Run::new(&format!("{grid} -S {name}")).arg(some).ok();
        merged = merged.file(&name, part.bytes(&name));
    }
    // Saved heat and files together.
    let merged = hikes[2..].iter().fold(merged, Run::arg).ok();
    let whole = hikes
        .iter()
        .fold(Run::new(&format!("{grid} -o all.png")), Run::arg)
        .ok();
    assert_eq!(merged.bytes("all.png"), whole.bytes("all.png"));
}

#[test]
fn with_saved_heat_standard_input_is_read_only_when_it_is_named() {
    let heat = Run::new("-e 0,0,10,10 -W 50 -S a.heat -")
        .stdin("5 5\n")
        .ok()
        .bytes("a.heat");
    let load = |line: &str| {
        Run::new(line)
            .file("a.heat", &heat)
            .stdin("2 2\n")
            .ok()
            .bytes("a.png")
    };
    let alone = load("-L a.heat -o a.png");
    let more = load("-L a.heat -o a.png -");
    assert_ne!(alone, more);
    assert_eq!(
        more,
        Run::new("-e 0,0,10,10 -W 50 -o a.png -")
            .stdin("5 5\n2 2\n")
            .ok()
            .bytes("a.png")
    );
}

#[test]
fn heat_on_different_grids_is_refused_with_what_differs() {
    let save = |line: &str| {
        Run::new(&format!("{line} -S a.heat -"))
            .stdin("5 5\n")
            .ok()
            .bytes("a.heat")
    };
    let base = save("-e 0,0,10,10 -s 20000");
    for (other, difference) in [
        ("-e 0,0,10,10 -s 30000", "scale"),
        ("-e 0,0,10,20 -s 20000", "size"),
        ("-e 0,10,10,20 -s 20000", "extent"),
        ("-e 0,0,10,10 -s 20000 -P equirectangular", "projection"),
    ] {
        let run = Run::new("-L a.heat -L b.heat -o a.png")
            .file("a.heat", &base)
            .file("b.heat", save(other));
        run.fails(2, &format!("the {difference} of b.heat is"));
    }
}

#[test]
fn like_takes_the_frame_of_saved_heat() {
    let heat = Run::new("-e 0,0,10,10 -s 20000 -S a.heat -")
        .stdin("5 5\n")
        .ok()
        .bytes("a.heat");
    let like = Run::new("--like a.heat -o a.png -")
        .file("a.heat", heat)
        .stdin("2 2\n")
        .ok();
    let plain = Run::new("-e 0,0,10,10 -s 20000 -o a.png -")
        .stdin("2 2\n")
        .ok();
    assert_eq!(like.bytes("a.png"), plain.bytes("a.png"));
}

#[test]
fn files_that_are_no_heat_or_damaged_are_errors_and_nothing_is_written() {
    let heat = Run::new("-S a.heat").arg(incidents()).ok().bytes("a.heat");
    let mut flipped = heat.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    let cases: [(&str, &[u8], &str); 4] = [
        (
            "cut",
            &heat[..heat.len() - 40],
            "cut.heat: the saved heat is damaged, or was cut off",
        ),
        ("flipped", &flipped, "damaged"),
        ("text", b"1 2\n", "this is no saved heat"),
        (
            "png",
            include_bytes!("../golden/points-defaults.png"),
            "this is no saved heat",
        ),
    ];
    for (name, bytes, message) in cases {
        let run =
            Run::new(&format!("-L {name}.heat -o a.png")).file(&format!("{name}.heat"), bytes);
        let failed = run.fails(3, message);
        assert!(!failed.folder.path().join("a.png").exists());
    }
    Run::new("-L missing.heat -o a.png").fails(3, "missing.heat: cannot be read");
    Run::new("-S no/folder/a.heat")
        .arg(data("csv/sf.txt"))
        .fails(4, "no/folder/a.heat");
}

#[test]
fn frames_that_saved_heat_brings_are_not_changed_by_other_options() {
    let heat = Run::new("-W 80 -S a.heat")
        .arg(incidents())
        .ok()
        .bytes("a.heat");
    let done = Run::new("-L a.heat -W 500 -o a.png")
        .file("a.heat", &heat)
        .ok()
        .says("-W, -H, -s, -z, -e and -R are not used");
    assert_eq!(done.picture("a.png").width(), 80);
    Run::new("-a -L a.heat -o a.gif")
        .file("a.heat", &heat)
        .fails(2, "saved heat does not know when it was");
    let narrow = Run::new("-e 37.7,-122.5,37.8,-122.4 -W 80 -r 2 -S a.heat")
        .arg(incidents())
        .ok()
        .bytes("a.heat");
    Run::new("-L a.heat -r 9 -o a.png")
        .file("a.heat", narrow)
        .ok()
        .says("was saved for a smaller radius");
}

/// The reader that docs/formats.md shows, run as it stands there.
#[test]
fn python_reads_saved_heat() {
    if !has_python("numpy") {
        return;
    }
    let docs = std::fs::read_to_string(root().join("docs/formats.md")).expect("a page");
    let (_, script) = docs.split_once("```python\n").expect("a script");
    let script = format!(
        "{}\nprint(heat.shape, int(heat.sum()), len(segments))",
        script.split("```").next().expect("its end")
    );
    let saved = Run::new("-W 90 -S some.heat").arg(incidents()).ok();
    let run = Command::new("python3")
        .arg("-c")
        .arg(script)
        .current_dir(saved.folder.path())
        .output()
        .expect("Python");
    let said =
        String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    // Rows and columns with four cells more on every side, as the radius is 5; and every incident.
    assert_eq!(said.trim(), "(92, 98) 13249 0");
}

#[test]
fn equal_points_are_one_row_whatever_their_order_and_the_memory() {
    let points: Vec<String> = (0..40_000)
        .map(|i| format!("{} {} {}", i % 31, i / 31 % 31, [0.25, 0.5, 2.0][i % 3]))
        .collect();
    let reversed: Vec<String> = points.iter().rev().cloned().collect();
    let save = |points: &[String], line: &str, threads: usize| {
        let run = Run::new(&format!("-e 0,0,31,31 -W 60 -S a.heat {line} p.txt"))
            .file("p.txt", points.join("\n"));
        run.threads(threads).ok().bytes("a.heat")
    };
    let whole = save(&points, "", 1);
    assert!(whole == save(&reversed, "", 4));
    assert!(
        whole == save(&reversed, "--memory 900K", 2),
        "in less memory they are merged earlier"
    );
}

#[test]
fn what_was_left_out_of_saved_heat_is_not_forgotten_when_it_is_saved_again() {
    let first = Run::new("-e 37.7,-122.5,37.8,-122.4 -W 80 -r 3 -S a.heat")
        .arg(incidents())
        .ok()
        .bytes("a.heat");
    let again = Run::new("-L a.heat -r 20 -S b.heat")
        .file("a.heat", &first)
        .ok()
        .bytes("b.heat");
    Run::new("-L b.heat -r 9 -o a.png")
        .file("b.heat", again)
        .ok()
        .says("was saved for a smaller radius");
}

#[test]
fn frames_of_files_are_held_to_the_same_limits() {
    let heat = Run::new("-P equirectangular -e 0,0,10,10 -W 80 -S a.heat -")
        .stdin("5 5\n")
        .ok()
        .bytes("a.heat");
    let load = |line: &str| Run::new(&format!("-L a.heat -o a.png {line}")).file("a.heat", &heat);
    load("--max-pixels 100").fails(7, "more than the 100 allowed");
    load("--osm --offline").fails(2, "map tiles are in Mercator");
    let image = Run::new("-W 30 -H 20 -o i.png")
        .arg(incidents())
        .ok()
        .bytes("i.png");
    load("-I i.png")
        .file("i.png", image)
        .fails(2, "the background image has 30 × 20 pixels");
}

#[test]
fn saving_does_not_keep_other_files_from_being_made() {
    let done = Run::new("-W 200 -S a.heat --legend key.png --span-out span.json --stats")
        .arg(incidents())
        .ok();
    assert_eq!(done.picture("key.png").height(), 100);
    assert!(!done.bytes("span.json").is_empty() && done.stderr.contains("extent: "));
    Run::new("-S a.heat -o ./a.heat.png -S ./a.heat.png")
        .arg(incidents())
        .fails(2, "to be written twice");
}

#[test]
fn any_tree_of_merges_comes_to_the_same_bytes_and_many_parts_are_a_pattern_or_a_folder() {
    let grid = "-e 9,19,12,22 -W 120 -r 9";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("parts")).expect("a folder");
    let mut whole = String::from("lat,lon,weight\n");
    for part in 0..12 {
        let rows: String = (0..40)
            .map(|row| {
                let at = f64::from(part * 40 + row);
                let (lat, lon) = (9.5 + (at * 0.37) % 2.0, 19.5 + (at * 0.61) % 2.0);
                format!("{lat},{lon},{}\n", [1.0, 0.1, 2.5][row as usize % 3])
            })
            .collect();
        let name = format!("parts/{part}.heat");
        let csv = format!("lat,lon,weight\n{rows}");
        Run::new(&format!("{grid} a.csv -S"))
            .arg(path(&name))
            .file("a.csv", csv)
            .ok();
        whole += &rows;
    }
    let merge = |parts: &[String], to: &str| {
        let run = Run::new("-S").arg(path(to));
        parts
            .iter()
            .fold(run, |run, part| run.arg("-L").arg(path(part)))
            .ok();
        to.to_owned()
    };
    let part = |number: usize| format!("parts/{number}.heat");
    let pairs: Vec<String> = (0..6)
        .map(|pair| {
            merge(
                &[part(11 - 2 * pair), part(10 - 2 * pair)],
                &format!("pair-{pair}.heat"),
            )
        })
        .collect();
    let tree = merge(
        &[
            merge(&pairs[..4], "four.heat"),
            merge(&pairs[4..], "two.heat"),
        ],
        "tree.heat",
    );
    let one_by_one: Vec<String> = (0..12).map(part).collect();
    let flat = merge(&one_by_one, "flat.heat");
    let bytes = |name: &str| std::fs::read(path(name)).expect("heat");
    // Nobody said again how far heat goes.
    assert!(bytes(&tree) == bytes(&flat));
    let direct = Run::new(&format!("{grid} a.csv -o a.png -S direct.heat"))
        .file("a.csv", whole)
        .ok();
    assert!(direct.bytes("direct.heat") == bytes(&flat));
    for many in ["parts/*.heat", "parts", "parts/[0-9]*.heat"] {
        let drawn = Run::new("-r 9 -o a.png -L").arg(path(many)).ok();
        assert!(drawn.bytes("a.png") == direct.bytes("a.png"), "{many}");
    }
    Run::new("-o a.png -L nothing/*.heat").fails(3, "there is no saved heat of such a name");
}

#[test]
fn a_part_may_have_nothing_but_nothing_bad() {
    let save = |args: &str, csv: &str| {
        let args = format!("-e 9,19,12,22 -W 120 --time-field t {args} a.csv");
        Run::new(&args).file("a.csv", csv)
    };
    let some = "lat,lon,t\n10,20,2024-05-01\n11,21,2024-05-02\n";
    let all = save("-S a.heat", some).ok().bytes("a.heat");
    for (args, csv) in [
        ("--after 2025", some),
        ("--where lat>80", some),
        ("", ""),
        ("", "lat,lon,t\n"),
        ("", "lat,lon,t\n50,60,2024-05-01\n"),
    ] {
        let none = save(&format!("{args} -S b.heat"), csv).ok();
        let none = none
            .says("no heat lies in the picture: it is blank")
            .bytes("b.heat");
        let both = Run::new("-q -L a.heat -L b.heat -o a.png")
            .file("a.heat", &all)
            .file("b.heat", none)
            .ok();
        let alone = save("-q -o a.png", some).ok();
        assert!(both.bytes("a.png") == alone.bytes("a.png"), "{args} {csv}");
    }
    save("-S a.heat", "lat,lon,t\nx,y,z\n").fails(3, "the only bad record: a.csv:2: ");
    save("-S a.heat -o a.png --after 2025", some).fails(3, "the filters leave no points");
}

#[test]
fn what_is_saved_anew_is_cut_no_further() {
    // Some of the hikes lie beyond it.
    let save = |args: &str| {
        let run = Run::new(&format!("-q -e 49.65,8.75,49.7,8.9 -W 300 {args} a.csv"));
        let run = run.file("a.csv", "49.655,8.751\n49.649,8.8\n");
        hikes().iter().fold(run, Run::arg).ok()
    };
    let wide = save("-r 20 -S a.heat").bytes("a.heat");
    for args in ["", "-r 3", "-r 3 -o b.png", "-r 20"] {
        let again = Run::new(&format!("-q {args} -L a.heat -S b.heat"))
            .file("a.heat", &wide)
            .ok();
        assert!(again.bytes("b.heat") == wide, "{args:?}");
        if args.contains("b.png") {
            let alone = Run::new("-q -r 3 -L a.heat -o b.png").file("a.heat", &wide);
            assert!(again.bytes("b.png") == alone.ok().bytes("b.png"));
        }
    }
}

/// Merging takes the memory of the picture and of one part: the rows of all of these would be more
/// than it may have.
#[test]
#[cfg(target_os = "linux")]
fn hundreds_of_parts_are_merged_in_the_memory_and_with_the_files_of_a_few() {
    const PARTS: usize = 200;
    if !wants::has("prlimit") {
        return;
    }
    let frame = "-q -e 10,20,10.2,20.3 -s 100";
    let places = (0..60_000).map(|at| {
        (
            10.0 + f64::from(at / 300) / 1e3,
            20.0 + f64::from(at % 300) / 1e3,
        )
    });
    let places: Vec<(f64, f64)> = places.collect();
    let table = |n: usize| {
        let rows = places
            .iter()
            .map(|(lat, lon)| format!("{lat:.3},{lon:.3},{n}\n"));
        format!("lat,lon,n\n{}", rows.collect::<String>())
    };
    let counted = |n: usize| {
        let run = Run::new(&format!("{frame} --count-field n -S a.heat a.csv"));
        run.file("a.csv", table(n)).ok().bytes("a.heat")
    };
    let part = counted(1);
    let run = Run::new("-L parts -S all.heat").under("prlimit --nofile=32 --as=200000000");
    let put = |run: Run, number| run.file(&format!("parts/{number}.heat"), &part);
    let merged = (0..PARTS).fold(run, put).ok();
    assert!(merged.bytes("all.heat") == counted(PARTS));
}

#[test]
fn one_scale_spans_those_of_pictures_that_were_made_apart() {
    let span = |args: &str| {
        let done = Run::new(&format!("{args} -r 5 --span-out s.json -o a.png a.csv"))
            .file(
                "a.csv",
                format!("1,2\n1,2\n1,2.01\n3,4\n{}", "5,6\n".repeat(args.len())),
            )
            .ok();
        done.bytes("s.json")
    };
    let (one, other) = (span("-d 1"), span("-d 1 -W 300"));
    let join = || Run::new("span join a.json b.json").file("a.json", &one);
    let joined = join().file("b.json", &other).ok();
    let text = String::from_utf8(joined.stdout).expect("it is UTF-8");
    assert!(text.contains("\"max\":11"), "{text}");
    let reversed = Run::new("span join b.json a.json -o c.json")
        .file("a.json", &one)
        .file("b.json", &other)
        .ok();
    assert_eq!(reversed.bytes("c.json"), text.as_bytes());
    Run::new("--span-from c.json -o a.png a.csv")
        .file("c.json", &text)
        .file("a.csv", "1,2\n")
        .ok();
    join()
        .file("b.json", span("--how log"))
        .fails(3, "it is log, and that of a.json is linear");
    join()
        .file("b.json", span("--how eq_hist"))
        .fails(3, "scales by ranks (eq_hist) cannot be joined");
    join().fails(3, "b.json");
    Run::new("span").fails(2, "Makes scales of pictures");
}
