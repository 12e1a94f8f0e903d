//! Many threads and many programs at once: the same bytes from any number of threads, and one whole
//! file from several runs that write it.

use std::process::{Child, Command, Stdio};

use crate::run::Run;

/// Points of many weights, crowded and far apart.
fn places() -> String {
    let row = |i: u32| {
        let (a, b) = (i * 7919 % 1009, i * 104_729 % 997);
        format!(
            "{},{},{}\n",
            47.0 + f64::from(a) / 1e3,
            8.0 + f64::from(b) / 7e2,
            i % 5 + 1
        )
    };
    format!("lat,lon,weight\n{}", (0..600).map(row).collect::<String>())
}

/// Tracks that cross one another, with times.
fn tracks() -> String {
    let track = |n: u32| {
        let fix = |i: u32| {
            let (lat, lon) = (
                47.0 + f64::from(i * (n + 3) % 41) / 100.0,
                8.0 + f64::from(i * 3) / 100.0,
            );
            format!(
                "<trkpt lat='{lat}' lon='{lon}'><time>2024-05-01T{:02}:{:02}:00Z</time></trkpt>",
                8 + n,
                i
            )
        };
        format!(
            "<trk><trkseg>{}</trkseg></trk>",
            (0..20).map(fix).collect::<String>()
        )
    };
    format!("<gpx>{}</gpx>", (0..4).map(track).collect::<String>())
}

#[test]
fn any_number_of_threads_makes_the_same_bytes() {
    for args in [
        "-W 60 -r 12 -d 0.9 -o p.png a.csv",
        "-W 60 -r 26 -d 1 -o p.png a.csv a.gpx",
        "-W 60 -r 8 -d 0.5 --track-weight visits -o p.png a.gpx",
        "-W 60 -r 8 -d 1 --track-weight time -o p.png a.gpx",
        "-W 40 -r 4 -a -o p.png a.gpx",
        "--max-zoom 5 -r 6 -o p.pmtiles a.csv",
    ] {
        let args = args.replace("-a -o p.png", "-a -o p.webp");
        let name = args
            .split(' ')
            .find(|word| word.starts_with("p."))
            .expect("a name");
        let made = |threads: usize| {
            let run = Run::new(&args)
                .threads(threads)
                .arg("--threads")
                .arg(threads.to_string());
            run.file("a.csv", places())
                .file("a.gpx", tracks())
                .ok()
                .bytes(name)
        };
        let first = made(1);
        for threads in [3, 64] {
            assert!(made(threads) == first, "{args} with {threads} threads");
        }
    }
}

#[test]
fn runs_that_write_one_file_leave_one_of_theirs() {
    for (name, args) in [
        ("p.png", ["-W", "100", "-o", "p.png"]),
        ("p.mbtiles", ["--max-zoom", "4", "-o", "p.mbtiles"]),
        ("p.heat", ["-W", "100", "-S", "p.heat"]),
    ] {
        let files = ["a.csv", "a.gpx"];
        let run = |file: &str| {
            let run = Run::new(&args.join(" ")).arg(file);
            run.file("a.csv", places()).file("a.gpx", tracks())
        };
        let whole = files.map(|file| run(file).ok().bytes(name));
        let together = run("a.csv");
        let start = |number: usize| -> Child {
            let mut command = Command::new(env!("CARGO_BIN_EXE_heatmap"));
            command
                .args(args)
                .arg(files[number % 2])
                .current_dir(together.folder());
            command
                .stderr(Stdio::null())
                .spawn()
                .expect("the program starts")
        };
        let mut running: Vec<Child> = (0..4).map(start).collect();
        // A pyramid that another run has made meanwhile is not taken for one's own.
        let ended = running
            .iter_mut()
            .map(|child| child.wait().expect("it ends"));
        let codes: Vec<_> = ended.map(|status| status.code()).collect();
        assert!(codes.contains(&Some(0)), "{name}: {codes:?}");
        let there = std::fs::read(together.folder().join(name)).expect("the file");
        assert!(
            whole.contains(&there),
            "{name} is none of those that were made"
        );
        let names = std::fs::read_dir(together.folder())
            .expect("the folder")
            .flatten();
        let left =
            names.filter(|entry| entry.file_name().to_string_lossy().starts_with(".heatmap"));
        assert_eq!(left.count(), 0, "{name}");
    }
}
