//! Faults from outside: full disks, limits, signals, broken files, closed pipes. Each ends with the
//! right exit code and a line, the old file is as it was, and nothing else is left behind.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::run::{Run, data, ignores};
use crate::wants;

const PROGRAM: &str = env!("CARGO_BIN_EXE_heatmap");
const FEW: &str = "1 1\n2 2\n";

/// Names in a folder that the program made for a while and did not take away.
fn left(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("a folder").flatten();
    names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".heatmap"))
        .collect()
}

/// A folder with points in `a` and an old picture of each kind.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("a"), FEW).expect("a file");
    for extension in ["png", "mp4", "mkv"] {
        std::fs::write(folder.path().join("old").with_extension(extension), "old").expect("a file");
    }
    folder
}

/// A line of shell in a folder; `heatmap` stands for the program.
fn shell(folder: &Path, line: &str) -> Output {
    let line = line.replace("heatmap ", &format!("{PROGRAM} "));
    Command::new("sh")
        .args(["-c", &line])
        .current_dir(folder)
        .output()
        .expect("sh")
}

/// Its exit code and what it said.
fn outcome(output: &Output) -> (Option<i32>, String) {
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// A script in ffmpeg's place.
fn ffmpeg(folder: &Path, script: &str) {
    let path = folder.join("ffmpeg");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a script");
}

fn wait_for(what: &str, happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

mod films {
    use super::*;

    /// A film by a stand-in that writes `film` with `printf`, says `words` and ends with 0.
    fn film(name: &str, film: &str, words: &str) -> (TempDir, Output) {
        let folder = folder();
        let script = format!(
            "cat >/dev/null; for last; do :; done; printf '{film}' > \"${{last#file:}}\"; echo \"{words}\" >&2"
        );
        ffmpeg(folder.path(), &script);
        let line = format!("HEATMAP_FFMPEG=$PWD/ffmpeg exec heatmap -a -W 40 -o {name} a");
        let output = shell(folder.path(), &line);
        (folder, output)
    }

    #[test]
    fn ffmpegs_words_and_a_look_at_the_film_decide_though_it_ends_with_0() {
        let mp4 = r"\0\0\0\014ftypisom\0\0\0\010moov\0\0\0\012mdat12";
        assert_eq!(film("old.mp4", mp4, "").1.status.code(), Some(0));
        for (name, content, words, said) in [
            ("old.mp4", &mp4[..mp4.len() - 1], "", "its end"),
            ("old.mp4", &mp4[..mp4.len() - 4], "", "its end"),
            (
                "old.mp4",
                r"\0\0\0\014ftypisom",
                "",
                "its table of contents",
            ),
            (
                "old.mkv",
                r"\032\105\337\243\200\030\123\200\147\377rest",
                "",
                "its end",
            ),
            (
                "old.mp4",
                mp4,
                "Error writing trailer of $last: No space left on device",
                "could not write the whole film",
            ),
        ] {
            let (folder, output) = film(name, content, words);
            let (code, text) = outcome(&output);
            assert_eq!(code, Some(6), "{text}");
            assert!(text.contains(said), "{text}");
            assert!(!text.contains(".heatmap-"), "{text}");
            let old = std::fs::read(folder.path().join(name)).expect("the old film");
            assert_eq!((old, left(folder.path())), (b"old".to_vec(), vec![]));
        }
    }

    #[test]
    fn the_real_ffmpeg_on_a_full_disk_leaves_the_old_film() {
        if !wants::has("ffmpeg") {
            return;
        }
        for extension in ["mp4", "mov", "mkv", "webm", "avi"] {
            let folder = folder();
            // Dots all over, in more frames than the limit has room for.
            let places: String = (0..300)
                .map(|i| format!("{} {}\n", i * 7 % 40, i * 11 % 70))
                .collect();
            std::fs::write(folder.path().join("many"), places).expect("a file");
            let film = format!("old.{extension}");
            std::fs::write(folder.path().join(&film), "old").expect("a file");
            // As newer versions of ffmpeg do themselves, a program that ignores the signal writes
            // on.
            ffmpeg(folder.path(), "trap '' XFSZ; exec ffmpeg \"$@\"");
            let line = format!(
                "ulimit -f 8; HEATMAP_FFMPEG=$PWD/ffmpeg exec heatmap -a -W 200 -o {film} many"
            );
            let (code, text) = outcome(&shell(folder.path(), &line));
            assert_eq!(code, Some(6), "{extension}: {text}");
            assert!(!text.contains(".heatmap-"), "{text}");
            let old = std::fs::read(folder.path().join(&film)).expect("the old film");
            assert_eq!((old, left(folder.path())), (b"old".to_vec(), vec![]));
        }
    }

    #[test]
    fn ffmpeg_does_not_outlive_a_signal() {
        let signals = [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3)];
        for (signal, _) in signals.into_iter().filter(|(_, number)| !ignores(*number)) {
            let folder = folder();
            ffmpeg(
                folder.path(),
                "[ $# -gt 1 ] || exit 0; echo $$ > pid.new; mv pid.new pid; exec sleep 60",
            );
            let mut child = Command::new(PROGRAM)
                .args(["-a", "-W", "500", "-o", "old.mp4", "a"])
                .current_dir(folder.path())
                .env("HEATMAP_FFMPEG", folder.path().join("ffmpeg"))
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program starts");
            wait_for("ffmpeg", || folder.path().join("pid").exists());
            kill(&child, signal);
            let ended = child.wait().expect("it ends");
            assert!(ended.signal().is_some(), "{signal}: {ended}");
            let pid = std::fs::read_to_string(folder.path().join("pid")).expect("a number");
            let lives = Command::new("kill")
                .args(["-0", pid.trim()])
                .stderr(Stdio::null())
                .status()
                .expect("kill");
            assert!(!lives.success(), "{signal}: ffmpeg is still there");
            let old = std::fs::read(folder.path().join("old.mp4")).expect("the old film");
            assert_eq!((old, left(folder.path())), (b"old".to_vec(), vec![]));
        }
    }
}

fn kill(child: &Child, signal: &str) {
    let killed = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
}

/// Whether a program has begun to write a file, and whether that has no name yet: then not even the
/// end that no program sees coming leaves anything.
fn writes(child: &Child, folder: &Path) -> Option<bool> {
    let open = std::fs::read_dir(format!("/proc/{}/fd", child.id()));
    let nameless = open.into_iter().flatten().flatten().any(|entry| {
        std::fs::read_link(entry.path())
            .is_ok_and(|to| to.starts_with(folder) && to.to_string_lossy().ends_with(" (deleted)"))
    });
    (nameless || !left(folder).is_empty()).then_some(nameless)
}

#[test]
fn a_signal_in_the_middle_of_writing_leaves_nothing() {
    for signal in ["INT", "TERM", "HUP", "QUIT", "XCPU", "KILL"] {
        let folder = folder();
        let mut child = Command::new(PROGRAM)
            .args(["-W", "3000", "--png-level", "best", "-o", "old.png", "a"])
            .current_dir(folder.path())
            .spawn()
            .expect("the program starts");
        wait_for("a file that is being written", || {
            writes(&child, folder.path()).is_some()
        });
        // What has a name stays when the program is killed.
        let signal = match writes(&child, folder.path()) {
            Some(false) if signal == "KILL" => "TERM",
            _ => signal,
        };
        kill(&child, signal);
        let ended = child.wait().expect("it ends");
        assert_eq!(left(folder.path()), [""; 0], "{signal}");
        // It may have been quicker.
        let old = std::fs::read(folder.path().join("old.png")).expect("the picture");
        assert_eq!(old == b"old", ended.signal().is_some(), "{signal}: {ended}");
    }
}

/// A film, whose ffmpeg takes its time, and stores of tiles, which take theirs.
#[test]
#[cfg(target_os = "linux")]
fn what_a_killed_run_leaves_is_kept_while_it_lives_and_removed_by_the_next() {
    for product in [
        "-a -W 500 -o old.mp4",
        "--max-zoom 9 -o t.mbtiles",
        "--max-zoom 9 -o t/{z}/{x}/{y}.png",
    ] {
        let folder = folder();
        std::fs::write(folder.path().join("many"), scattered()).expect("a file");
        ffmpeg(folder.path(), "[ $# -gt 1 ] || exit 0; exec sleep 20");
        let mut child = Command::new(PROGRAM)
            .args(product.split(' '))
            .arg("many")
            .current_dir(folder.path())
            .env("HEATMAP_FFMPEG", folder.path().join("ffmpeg"))
            .spawn()
            .expect("the program starts");
        wait_for("what is being written", || !left(folder.path()).is_empty());
        let next = || outcome(&shell(folder.path(), "heatmap -W 20 -r 2 -o p.png a"));
        assert_eq!(next(), (Some(0), String::new()), "{product}");
        assert_eq!(left(folder.path()).len(), 1, "{product}");
        assert_eq!(
            child.try_wait().expect("a child"),
            None,
            "too soon: {product}"
        );
        kill(&child, "KILL");
        assert_eq!(child.wait().expect("it ends").signal(), Some(9));
        let names = left(folder.path());
        assert_eq!(names.len(), 1, "{product}");
        let (code, said) = next();
        assert_eq!((code, left(folder.path())), (Some(0), vec![]), "{product}");
        assert!(
            said.starts_with("heatmap: removed /")
                && said.ends_with(&format!(
                    "/{}, left unfinished by a run that was killed\n",
                    names[0]
                )),
            "{said}"
        );
        assert_eq!(next(), (Some(0), String::new()), "{product}");
        let old = std::fs::read(folder.path().join("old.mp4")).expect("the old film");
        assert_eq!(old, b"old");
    }
}

/// Holds a run to success, and to having removed what one before it left.
#[cfg(target_os = "linux")]
fn assert_cleans_up(run: &Output) {
    let (code, said) = outcome(run);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("left unfinished by a run that was killed"),
        "{said}"
    );
}

/// Between the link and the renaming by which a picture takes the place of an older one.
#[test]
#[cfg(target_os = "linux")]
fn a_run_killed_when_all_is_written_but_the_name_leaves_the_old_picture() {
    if !wants::has("strace") {
        return;
    }
    let folder = folder();
    let line = "exec strace -f -qqq -o /dev/null -e trace=rename,renameat,renameat2 \
        -e inject=rename,renameat,renameat2:signal=KILL:error=EINTR \
        heatmap -W 20 -r 2 -o old.png a";
    let killed = shell(folder.path(), line);
    assert_eq!(killed.status.signal(), Some(9), "{:?}", outcome(&killed));
    let old = || std::fs::read(folder.path().join("old.png")).expect("the old picture");
    assert_eq!(
        (old().as_slice(), left(folder.path()).len()),
        (&b"old"[..], 1)
    );
    assert_cleans_up(&shell(
        folder.path(),
        "exec heatmap -W 20 -r 2 -o old.png a",
    ));
    assert!(left(folder.path()).is_empty() && old() != b"old");
}

/// In the folder of the user's configuration, where nobody would look.
#[test]
#[cfg(target_os = "linux")]
fn a_run_killed_while_it_writes_the_secret_of_privacy_leaves_what_the_next_removes() {
    if !wants::has("strace") {
        return;
    }
    let folder = folder();
    let config = folder.path().join("config/heatmap");
    let run = |under: &str| {
        let line = format!(
            "XDG_CONFIG_HOME=$PWD/config exec {under} heatmap -W 20 -r 2 --privacy 1,1,5m -o p.png a"
        );
        shell(folder.path(), &line)
    };
    let killed = run("strace -f -qqq -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL");
    assert_eq!(killed.status.signal(), Some(9), "{:?}", outcome(&killed));
    assert_eq!(std::fs::read_dir(&config).expect("a folder").count(), 1);
    assert_cleans_up(&run(""));
    let names: Vec<_> = std::fs::read_dir(&config).expect("a folder").collect();
    assert_eq!(names.len(), 1);
    let secret = std::fs::metadata(config.join("privacy-secret")).expect("a secret");
    assert_eq!(
        (secret.len(), secret.permissions().mode() & 0o777),
        (64, 0o600)
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_hangup_that_is_to_be_ignored_is() {
    let folder = folder();
    let line =
        "mkfifo p; trap '' HUP; heatmap -o new.png p & sleep 1; kill -HUP $!; cat a > p; wait $!";
    let output = shell(folder.path(), line);
    assert_eq!(outcome(&output), (Some(0), String::new()));
}

#[test]
fn a_file_that_may_not_grow_is_an_error_of_writing() {
    for name in ["old.png", "new.kmz", "new.heat"] {
        let folder = folder();
        let option = if name.ends_with("heat") { "-S" } else { "-o" };
        let points: String = (1..4000)
            .map(|i| format!("{}.{i} {}\n", i % 80, i % 170))
            .collect();
        std::fs::write(folder.path().join("many"), points).expect("a file");
        let line = format!("ulimit -f 1; exec heatmap -W 900 {option} {name} many");
        let (code, text) = outcome(&shell(folder.path(), &line));
        assert_eq!(code, Some(4), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.contains(name) && text.contains("too large") && !text.contains(".heatmap-"),
            "{text}"
        );
        let old = std::fs::read(folder.path().join("old.png")).expect("the old picture");
        assert_eq!((old, left(folder.path())), (b"old".to_vec(), vec![]));
    }
}

/// Every file in a folder, folders and all, but for what was there to be read.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(folder).into_iter().flatten();
    let files = files.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let bytes = std::fs::read(entry.path()).expect("a file");
            (entry.into_path(), bytes)
        })
        .collect()
}

#[test]
fn stores_of_tiles_that_have_no_room_are_an_error_of_writing_and_the_old_ones_stay() {
    for (stores, blocks) in [
        ("-o t.pmtiles", vec![1, 40]),
        ("-o t.mbtiles", vec![1, 40]),
        ("-o t.sqlitedb", vec![1, 40]),
        ("-o 't/{z}/{x}/{y}.png'", vec![1]),
        ("-o t.pmtiles -o t.sqlitedb", vec![40]),
    ] {
        let folder = folder();
        std::fs::write(folder.path().join("a"), scattered()).expect("a file");
        let make = |limit: &str, more: &str| {
            let line = format!("{limit} exec heatmap {stores} --overwrite --max-zoom 2 {more} a");
            outcome(&shell(folder.path(), &line))
        };
        for _ in 0..2 {
            // First there is nothing yet, and then what was made without a limit.
            let before = contents(folder.path());
            for blocks in &blocks {
                let (code, text) = make(&format!("ulimit -f {blocks};"), "-r 9");
                assert_eq!(code, Some(4), "{stores} {blocks}: {text}");
                let told = text.lines().last().unwrap_or_default();
                assert!(
                    told.contains(": t") && !text.contains(".heatmap-"),
                    "{text}"
                );
                assert!(contents(folder.path()) == before, "{stores} {blocks}");
            }
            let (code, text) = make("", "");
            assert_eq!(code, Some(0), "{text}");
        }
    }
}

/// Points all over the world, whose tiles take some hundred kilobytes.
fn scattered() -> String {
    let place = |i: u32| format!("{} {}\n", i * 7 % 80, i * 11 % 170);
    (0..900).map(place).collect()
}

#[test]
fn a_page_that_has_no_room_takes_nothing_from_the_archive_beside_it() {
    let folder = folder();
    std::fs::write(folder.path().join("a"), scattered()).expect("a file");
    std::fs::write(folder.path().join("t.html"), "old").expect("a file");
    let make = |limit: &str, name: &str| {
        let line = format!("{limit} exec heatmap -o {name} --preview --max-zoom 2 a");
        outcome(&shell(folder.path(), &line))
    };
    // Leaflet alone is larger.
    let (code, text) = make("ulimit -f 400;", "t.pmtiles");
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("t.html"), "{text}");
    assert_eq!(make("", "whole.pmtiles").0, Some(0));
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect(name);
    assert_eq!(read("t.html"), b"old");
    assert_eq!(read("t.pmtiles").len(), read("whole.pmtiles").len());
    assert_eq!(left(folder.path()), Vec::<String>::new());
}

#[test]
fn parts_that_have_no_room_when_they_are_joined_leave_nothing() {
    let folder = folder();
    std::fs::write(folder.path().join("a"), scattered()).expect("a file");
    let line = "exec heatmap -o part.pmtiles --max-zoom 1 a";
    assert_eq!(outcome(&shell(folder.path(), line)).0, Some(0));
    let before = contents(folder.path());
    for store in ["all.pmtiles", "all.mbtiles", "all.sqlitedb"] {
        let line = format!("ulimit -f 1; exec heatmap join part.pmtiles -o {store}");
        let (code, text) = outcome(&shell(folder.path(), &line));
        assert_eq!(code, Some(4), "{text}");
        assert!(
            text.contains(store) && !text.contains(".heatmap-"),
            "{text}"
        );
        assert!(contents(folder.path()) == before, "{store}");
    }
}

#[test]
fn a_picture_that_makes_its_decoder_panic_is_an_input_error_of_one_line() {
    let palette = std::fs::read(data("hostile/palette-of-4-bytes.png")).expect("a picture");
    for option in ["-I", "-G"] {
        let done = Run::new("-o p.png a")
            .file("a", FEW)
            .file("g.png", &palette)
            .arg(option)
            .arg("g.png")
            .fails(3, "g.png: not a picture that can be read");
        assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
    }
    let tiles = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(tiles.path().join("0/0")).expect("a folder");
    std::fs::copy(
        data("hostile/tile-palette-of-4-bytes.png"),
        tiles.path().join("0/0/0.png"),
    )
    .expect("a tile");
    let done = Run::new("-W 64 --osm --bbox=-170,-80,170,80 -o p.png a --osm-base")
        .arg(format!("file:{}", tiles.path().display()))
        .file("a", FEW)
        .fails(3, "0.png: not a picture that can be read");
    assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
}

#[test]
fn nothing_that_is_read_or_named_acts_on_the_terminal() {
    let bidi = std::fs::read(data("hostile/wrong-bidi.txt")).expect("a file");
    Run::new("-o p.png a")
        .file("a", bidi)
        .ok()
        .says("'\\u{202e}4.5x'");
    Run::new("-o p.png")
        .arg("no\u{1b}[31m.csv")
        .fails(3, "no\\u{1b}[31m.csv");
    // What clap repeats of the command line: it takes out escape sequences itself, but no marks.
    let done = Run::new("--bl\u{1b}[7m\u{202e}ah").fails(2, "\\u{202e}ah");
    assert!(
        !done.stderr.contains(['\u{1b}', '\u{202e}']),
        "{}",
        done.stderr
    );
    let dbf = std::fs::read(data("hostile/dbf-escape.dbf")).expect("a file");
    let shp = std::fs::read(data("hostile/dbf-escape.shp")).expect("a file");
    let done = Run::new("-o p.png --weight-field nope a.shp")
        .file("a.dbf", dbf)
        .file("a.shp", shp)
        .fails(3, "\\u{1b}[31;7mRED");
    assert!(!done.stderr.contains('\u{1b}'), "{}", done.stderr);
}

#[test]
#[cfg(target_os = "linux")]
fn answers_to_a_full_device_fail_and_to_a_reader_that_went_away_do_not() {
    for question in ["--help", "-h", "--version", "--scheme list"] {
        let line = |to: &str| {
            let output = shell(
                Path::new("/"),
                &format!("{{ heatmap {question}; echo $? >&2; }} {to}"),
            );
            String::from_utf8_lossy(&output.stderr).into_owned()
        };
        let text = line(">/dev/full");
        assert!(
            text.starts_with("heatmap: -: cannot be written: ") && text.ends_with("\n4\n"),
            "{question}: {text}"
        );
        assert_eq!(line("| true").lines().count(), 1, "{question}");
    }
}

#[test]
fn links_to_nothing_yet_are_followed_and_loops_and_folders_are_no_files() {
    use std::os::unix::fs::symlink;
    let run = |target: &str| {
        let run = Run::new("-o").arg(target).arg("a").file("a", FEW);
        std::fs::create_dir(run.folder().join("there")).expect("a folder");
        symlink("there/new.png", run.folder().join("link.png")).expect("a link");
        symlink("link.png", run.folder().join("further.png")).expect("a link");
        symlink("loop.png", run.folder().join("loop.png")).expect("a link");
        run
    };
    let done = run("further.png").ok();
    assert!(done.folder.path().join("further.png").is_symlink());
    assert!(done.folder.path().join("there/new.png").is_file());
    run("loop.png").fails(4, "loop.png: cannot be written");
    let done = run("p.png/").fails(4, "p.png/: this is a folder");
    assert!(!done.folder.path().join("p.png").exists());
}

/// The data come when the folder that they were to go to is gone.
#[test]
#[cfg(target_os = "linux")]
fn outputs_that_vanish_or_never_were_are_named() {
    for name in ["there/p.png", "there/p.mbtiles", "there/p.heat"] {
        let folder = folder();
        let option = if name.ends_with("heat") { "-S" } else { "-o" };
        let line = format!(
            "mkfifo p; mkdir there; heatmap {option} {name} p & sleep 0.5; rmdir there; cat a > p; wait $!"
        );
        let (code, text) = outcome(&shell(folder.path(), &line));
        assert_eq!(code, Some(4), "{text}");
        let said = format!("{name}: cannot be written: No such file or directory (os error 2)\n");
        assert!(text.ends_with(&said) && text.lines().count() == 1, "{text}");
    }
    let folder = folder();
    let said = |line: &str| outcome(&shell(folder.path(), line));
    let (code, text) = said("mkdir p.png; exec heatmap -o p.png a");
    assert_eq!(
        (code, text.lines().next()),
        (Some(4), Some("heatmap: p.png: this is a folder"))
    );
    // Nobody may write there, whoever it is.
    let (code, text) = said("exec heatmap -o /sys/p.png a");
    assert!(
        text.starts_with("heatmap: /sys/p.png: cannot be written: "),
        "{text}"
    );
    assert_eq!((code, text.lines().count()), (Some(4), 1));
}

#[test]
fn folders_that_may_not_be_looked_into_are_named_and_left_out_on_request() {
    let folder = folder();
    let shut = folder.path().join("walk/shut");
    std::fs::create_dir_all(&shut).expect("a folder");
    for name in ["walk/a.csv", "walk/shut/b.csv", "walk/z.csv"] {
        std::fs::write(folder.path().join(name), "lat,lon\n1,1\n2,2\n").expect("a file");
    }
    let permit = |path: &Path, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, mode).expect("a mode");
    };
    permit(folder.path(), 0o755);
    permit(&shut, 0o000);
    // The superuser may look into everything.
    let under = match std::fs::read_dir(&shut) {
        Ok(_) if !wants::has("setpriv") => return,
        Ok(_) => "setpriv --reuid=65534 --regid=65534 --clear-groups ",
        Err(_) => "",
    };
    let said = |args: &str| {
        outcome(&shell(
            folder.path(),
            &format!("{under}heatmap -r 2 -W 20 {args} -o - walk >p.png"),
        ))
    };
    let fact = "walk/shut: reading it is not permitted\n";
    assert_eq!(said(""), (Some(3), format!("heatmap: {fact}")));
    let (code, text) = said("-v --keep-going");
    assert!(
        text.contains(&format!("heatmap: warning: left out: {fact}")),
        "{text}"
    );
    assert!(code == Some(0) && text.contains("4 shapes read"), "{text}");
    permit(&shut, 0o755);
}

/// As `tests/faults/run` does with ten thousand.
#[test]
fn more_files_are_read_than_may_be_open() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("many")).expect("a folder");
    for number in 0..500 {
        let row = format!("{},{}\n", number % 80, number % 170);
        std::fs::write(folder.path().join(format!("many/{number}.csv")), row).expect("a file");
    }
    let line = "ulimit -n 64; exec heatmap -v --keep-zero -W 100 -r 2 -o p.png many";
    let (code, text) = outcome(&shell(folder.path(), line));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("500 shapes read from 500 records"), "{text}");
}

/// Between the two readings of data that do not fit into memory.
#[test]
#[cfg(target_os = "linux")]
fn data_that_change_while_they_are_read_are_told() {
    if !wants::has("strace") {
        return;
    }
    let rows: String = (0..30_000)
        .map(|i| format!("{}.5,{}.5\n", i % 80, i % 170))
        .collect();
    for (change, code, said) in [
        ("rm a.csv", 3, "heatmap: a.csv: there is no such file"),
        (
            ": > a.csv",
            0,
            "heatmap: warning: the data changed while they were read: 60000 shapes first, and 30000 when they were drawn",
        ),
        (
            "cat b.csv b.csv > a.csv",
            0,
            "heatmap: warning: the data changed while they were read: 60000 shapes first, and 90000 when they were drawn",
        ),
        ("touch a.csv", 0, ""),
    ] {
        let folder = folder();
        for name in ["a.csv", "b.csv"] {
            std::fs::write(folder.path().join(name), format!("lat,lon\n{rows}")).expect("a file");
        }
        // The only thread of the work waits before it opens the file for the second time.
        let line = format!(
            "strace -f -qqq -o trace -e trace=openat -P a.csv \
             -e inject=openat:delay_enter=4000000:when=2 heatmap -v --threads 1 --memory 1 -W 100 -r 2 -o p.png a.csv b.csv 2>said &
             until grep -q 'reading it again' said; do sleep 0.1; done; {change}; wait $!; code=$?; grep '^heatmap' said >&2; exit $code"
        );
        let (ended, text) = outcome(&shell(folder.path(), &line));
        assert_eq!(ended, Some(code), "{change}: {text}");
        assert!(
            text.contains(said) && text.is_empty() == said.is_empty(),
            "{change}: {text}"
        );
    }
}

/// The least memory in MiB in which the system can begin with the program at all, which is large in
/// a debug build.
#[cfg(target_os = "linux")]
fn least_memory() -> u32 {
    let folder = folder();
    let begins = |megabytes: &u32| {
        let line = format!("ulimit -v {}; exec heatmap --version", megabytes << 10);
        shell(folder.path(), &line).status.success()
    };
    let mut tried = (40..=400).step_by(10);
    tried.find(begins).expect("the program begins")
}

/// A run with so much memory succeeds, or ends with the exit code of a limit, and leaves nothing
/// half done behind.
#[cfg(target_os = "linux")]
fn meets_its_ceiling(folder: &Path, kilobytes: u32, args: &str) {
    let line = format!("ulimit -v {kilobytes}; RAYON_NUM_THREADS=2 exec heatmap {args} a");
    let (code, text) = outcome(&shell(folder, &line));
    assert!(
        matches!(code, Some(0 | 7)),
        "{args} in {kilobytes} KiB: {code:?}\n{text}"
    );
    assert_eq!(left(folder), [""; 0], "{args} in {kilobytes} KiB");
}

#[test]
#[cfg(target_os = "linux")]
fn memory_that_cannot_be_had_is_a_limit_whenever_it_is_missed() {
    let folder = folder();
    let outputs = "-o a.png -o a.jpg -o a.tif -o a.html";
    let least = least_memory();
    for args in [outputs, &format!("-d 1 -r 200 {outputs}")] {
        for more in (0..=140).step_by(20) {
            let kilobytes = (least + more) << 10;
            meets_its_ceiling(folder.path(), kilobytes, &format!("-W 2500 {args}"));
        }
    }
}

/// The head of a lossless WebP claims 15,946 × 13,725 pixels in a few bytes, for which its decoder
/// takes a GiB and a half.
#[test]
#[cfg(target_os = "linux")]
fn pictures_that_claim_more_than_memory_holds_are_a_limit() {
    let folder = folder();
    let claim = b"RIFF\x7a\x01\0\0WEBPVP8Ln\x01\0\0/I>g\x0d\x03\x1e\x08;\x07\x02\"\x10\x01";
    std::fs::write(folder.path().join("claim.webp"), claim).expect("it is written");
    for option in ["-G", "-I"] {
        let line = format!("ulimit -v 1000000; exec heatmap {option} claim.webp -o a.png a");
        let (code, text) = outcome(&shell(folder.path(), &line));
        let fact = "claim.webp: there is not enough memory for its 15946 × 13725 pixels";
        assert!(
            code == Some(7) && text.contains(fact),
            "{option}: {code:?} {text}"
        );
    }
}

/// A control group of one's own whose processes may have so many bytes of memory. `None` where the
/// system lets nobody make one.
#[cfg(target_os = "linux")]
fn control_group(bytes: u64) -> Option<PathBuf> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let mut made = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?.trim_start_matches('/'));
        let (root, limit) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => return None,
        };
        let own = format!("heatmap-test-{}", std::process::id());
        let group = Path::new(root).join(path).join(own);
        std::fs::create_dir(&group).ok()?;
        let limit = group.join(limit);
        let is_bounded = limit.exists() && std::fs::write(&limit, bytes.to_string()).is_ok();
        if !is_bounded {
            std::fs::remove_dir(&group).ok()?;
        }
        is_bounded.then_some(group)
    });
    made.next()
}

/// What a control group holds is given to whoever asks, and whoever writes to it then is killed: so
/// its limit has to be looked at before.
#[test]
#[cfg(target_os = "linux")]
fn the_memory_of_a_control_group_is_a_limit_that_is_met_before_it_kills() {
    let Some(group) = control_group(150 << 20) else {
        wants::note("the right to make a control group");
        return;
    };
    let folder = folder();
    let group_s = group.display();
    let run = |size: u32| {
        let line = format!(
            "echo $$ > {group_s}/cgroup.procs && exec heatmap -q -W {size} -H {size} -d 1 -r 2 -o a.png a"
        );
        let (code, text) = outcome(&shell(folder.path(), &line));
        assert_eq!(left(folder.path()), [""; 0], "{size}");
        (code, text)
    };
    assert_eq!(run(500).0, Some(0));
    for size in [4000, 5000, 6000, 8000] {
        let (code, text) = run(size);
        assert_eq!(code, Some(7), "{size}: {text}");
        assert!(text.contains("not enough memory"), "{text}");
    }
    let _ = std::fs::remove_dir(group);
}

/// Nothing but success and the exit code of a limit, however little memory there is.
#[test]
#[cfg(target_os = "linux")]
fn a_ceiling_of_memory_is_met_by_every_kind_of_product() {
    let least = least_memory();
    for args in [
        "-o f.gif --animate",
        "-o f.webp --animate",
        "-o f.apng --animate",
        "-S f.heat",
        "-o f.kmz",
        "--terminal kitty",
    ] {
        for kilobytes in [0, 20, 120, 200].map(|more| (least + more) << 10) {
            let folder = folder();
            meets_its_ceiling(folder.path(), kilobytes, &format!("-W 600 {args}"));
        }
    }
}

#[test]
fn one_odd_place_makes_no_strip_and_is_named() {
    let strip = std::fs::read(data("hostile/strip-xy.txt")).expect("a file");
    let run = |args: &str| {
        Run::new(args)
            .file("strip.txt", &strip)
            .file("good.txt", "37 84\n38 85\n")
    };
    let odd = "strip.txt: a picture of 64 × 2671946 pixels has a side of more than 65500; the place x 37.7749, y -1000000000000 lies farthest out";
    for files in ["strip.txt", "good.txt strip.txt"] {
        run(&format!("-P xy -W 64 -o p.png {files}")).fails(7, odd);
    }
    run("-P xy -W 64 -o p.png -")
        .stdin(&strip)
        .fails(7, &odd.replace("strip.txt", "-"));
    run("-P xy -W 64 -o p.png strip.txt").fails(7, "--max-side");
    run("-P xy -W 64 -H 64 -o p.png strip.txt").ok();
    run("-P xy -W 4 -r 1 --max-side 5K -o p.png good.txt").ok();
}

#[test]
fn what_fails_in_the_middle_of_an_archive_says_so_once() {
    let mut child = Command::new(PROGRAM)
        .args(["-W", "900", "-o", "-", "--save", "/dev/full"])
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(FEW.as_bytes()).expect("it listens");
    drop(pipe);
    let mut text = String::new();
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut text).expect("words");
    assert_eq!(child.wait().expect("it ends").code(), Some(4), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn a_version_that_is_no_number_is_no_saved_heat() {
    let head = "{\"format\":\"heatmap heat\",\"version\":\"x\"}";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.heat");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).expect("a file"));
    zip.start_file("heat.json", zip::write::SimpleFileOptions::default())
        .and_then(|()| Ok(zip.write_all(head.as_bytes())?))
        .expect("a member");
    zip.finish().expect("an archive");
    Run::new("-o p.png -L")
        .arg(&path)
        .fails(3, "does not describe a picture");
}
