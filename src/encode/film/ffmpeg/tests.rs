use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::*;
use crate::encode::film::{Plays, Rate};
use crate::wants::has;

fn size() -> Size {
    Size::new(35, 21).unwrap()
}

fn frame(shade: u8) -> Raster {
    Raster::new(size(), vec![[200, shade, 0, 255]; size().pixels()]).unwrap()
}

fn timing() -> Timing {
    Timing {
        frames: NonZeroU32::new(10).unwrap(),
        rate: Rate::new(10, 1).unwrap(),
        plays: Plays::Forever,
    }
}

/// A shell script in ffmpeg's place.
fn script(text: &str) -> Result<Ffmpeg> {
    let mut command = Command::new("sh");
    command.args(["-c", text, "ffmpeg"]).args(arguments::of(
        Path::new("a.mp4"),
        size(),
        timing().rate,
        &[],
    ));
    Ffmpeg::start(command, size(), Path::new("/dev/null"))
}

fn film(film: Result<Ffmpeg>) -> Result<()> {
    let mut film = film?;
    (0..10).try_for_each(|shade| film.frame(&frame(shade * 20)))?;
    film.finish()
}

#[test]
fn every_frame_reaches_it_whole_and_then_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("raw");
    film(script(&format!("cat > '{}'", raw.display()))).unwrap();
    let expected: Vec<u8> = (0..10)
        .flat_map(|shade| frame(shade * 20).as_bytes().to_vec())
        .collect();
    assert_eq!(std::fs::read(raw).unwrap(), expected);
}

#[test]
fn a_missing_program_is_an_error_with_a_way_out() {
    let error = film(Ffmpeg::start(
        Command::new("/nowhere/ffmpeg"),
        size(),
        Path::new("/dev/null"),
    ))
    .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Program);
    let text = error.to_string();
    assert!(
        text.contains("'/nowhere/ffmpeg' is not installed") && text.contains(".webp"),
        "{text}"
    );
}

#[test]
fn failures_are_reported_with_status_and_last_words() {
    for (text, said) in [
        (
            "cat >/dev/null; echo 'no such codec' >&2; exit 1",
            "(exit status: 1)\n  it said:\n    no such codec",
        ),
        (
            "head -c 2940 >/dev/null; echo gone >&2; exit 7",
            "(exit status: 7)\n  it said:\n    gone",
        ),
        ("cat >/dev/null; kill -9 $$", "signal: 9"),
        ("exit 3", "(exit status: 3)\n  it did not say why"),
    ] {
        let error = film(script(text)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Program, "{text}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn endless_words_are_heard_and_only_the_last_are_kept() {
    let text = "seq 1 200000 >&2; head -c 1000000 /dev/zero | tr '\\0' x >&2; seq 1 30 >&2; cat >/dev/null; exit 1";
    let error = film(script(text)).unwrap_err().to_string();
    assert!(
        error.ends_with("\n    29\n    30")
            && error.contains("\n    11\n")
            && !error.contains("\n    10\n"),
        "{error}"
    );
    let line = film(script("head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1"))
        .unwrap_err()
        .to_string();
    assert!(line.len() < 5000, "{}", line.len());
}

#[test]
fn an_early_end_that_was_asked_for_is_none_to_worry_about() {
    film(script("head -c 2940 >/dev/null; exit 0")).unwrap();
}

#[test]
fn it_does_not_outlive_us_and_a_helper_that_holds_the_pipe_stops_nobody() {
    let begun = Instant::now();
    let sleeper = script("exec sleep 60").unwrap();
    let number = sleeper.child.id().to_string();
    let lives = || {
        Command::new("sh")
            .args(["-c", &format!("kill -0 {number}")])
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    };
    assert!(lives());
    drop(sleeper);
    assert!(!lives());
    let error = film(script("sleep 5 & echo last >&2; exit 1")).unwrap_err();
    assert!(error.to_string().contains("last"));
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[test]
fn a_frame_of_another_size_is_refused() {
    let mut film = script("cat >/dev/null").unwrap();
    let other = Raster::transparent(Size::new(2, 2).unwrap());
    assert_eq!(film.frame(&other).unwrap_err().kind, ErrorKind::Internal);
}

/// The first frame of a film, as the real ffmpeg reads it.
fn first_pixel(path: &PathBuf) -> [u8; 3] {
    let read = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-i"])
        .arg(path)
        .args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .output()
        .unwrap();
    *read.stdout.first_chunk().unwrap()
}

#[test]
fn the_real_one_writes_films_of_the_right_colors() {
    if !has("ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["a b.mp4", "a:%d.webm", "-a.mkv", "a.mov", "a.mpeg", "a.avi"] {
        let path = folder.path().join(name);
        film(Ffmpeg::begin(&path, size(), &timing(), &[])).unwrap();
        let [r, g, b] = first_pixel(&path);
        assert!(
            r.abs_diff(200) < 12 && g < 12 && b < 12,
            "{name}: {r} {g} {b}"
        );
    }
    let error = film(Ffmpeg::begin(
        &folder.path().join("a.mp4"),
        size(),
        &timing(),
        &["-c:v".into(), "none".into()],
    ));
    assert!(error.unwrap_err().to_string().contains("none"));
}
