//! Pictures that move.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frame, RgbaImage};

use crate::run::{Done, Run, root};
use crate::wants::has;

/// The frames of an animation, and how long each is shown in milliseconds.
fn frames(done: &Done, name: &str) -> (Vec<RgbaImage>, Vec<u32>) {
    let bytes = Cursor::new(done.bytes(name));
    let frames = match name.rsplit('.').next() {
        Some("gif") => GifDecoder::new(bytes)
            .expect("a GIF")
            .into_frames()
            .collect_frames(),
        Some("webp") => WebPDecoder::new(bytes)
            .expect("a WebP")
            .into_frames()
            .collect_frames(),
        _ => PngDecoder::new(bytes)
            .expect("a PNG")
            .apng()
            .expect("an APNG")
            .into_frames()
            .collect_frames(),
    };
    let frames = frames.expect("whole frames");
    let delay = |frame: &Frame| {
        let (thousandths, parts) = frame.delay().numer_denom_ms();
        thousandths / parts
    };
    (
        frames.iter().map(|frame| frame.buffer().clone()).collect(),
        frames.iter().map(delay).collect(),
    )
}

/// Seven points on a line, a day after one another; the last has no time.
const WEEK: &str = "lat,lon,when\n0,1e-9,2024-01-01\n0,1,2024-01-02\n0,2,2024-01-03\n0,3,2024-01-04 12:00:00\n\
                    0,4,1704412800\n0,5,1704499200000\n0,6,\n";
const FRAME: &str = "-e -1,-1,1,7 -W 90 -r 3 -b black -o a.png";

fn week(line: &str) -> Run {
    Run::new(&format!("-a {FRAME} {line} week.csv")).file("week.csv", WEEK)
}

/// How many of the points can be seen.
fn seen(frame: &RgbaImage) -> usize {
    let middle = frame.height() / 2;
    let lit = |x: u32| {
        (-3..=3).any(|y: i32| frame.get_pixel(x, middle.saturating_add_signed(y)).0[0] > 60)
    };
    let row: Vec<bool> = (0..frame.width()).map(lit).collect();
    row.windows(2).filter(|pair| pair == &[false, true]).count()
}

fn counts(done: &Done) -> Vec<usize> {
    frames(done, "a.png").0.iter().map(seen).collect()
}

#[test]
fn frames_are_so_many_inputs_in_their_order() {
    assert_eq!(counts(&week("--frequency 2").ok()), [2, 4, 6, 7]);
    assert_eq!(
        counts(&week("--frequency 3 --straggler_threshold 2").ok()),
        [3, 6]
    );
    assert_eq!(counts(&week("").ok()), [1, 2, 3, 4, 5, 6, 7]);
    week("--frequency 9 --straggler-threshold 8")
        .fails(3, "all 7 inputs together are fewer than a frame has");
}

#[test]
fn thousands_of_frames_by_count_are_made_with_a_warning() {
    let places: String = (0..2001).map(|at| format!("1 1.{at:04}\n")).collect();
    let run = |every: u32| {
        let line = format!("--animate --frequency {every} -W 4 -r 1 -o a.gif a.txt");
        Run::new(&line).file("a.txt", &places)
    };
    run(1)
        .ok()
        .says("2001 frames take a while; --frequency makes fewer of them");
    assert!(!run(2).ok().stderr.contains("take a while"));
}

#[test]
fn the_last_frame_is_the_picture_that_does_not_move() {
    let still = Run::new("-o a.png -W 200 -b black")
        .arg(root().join("examples/sf-incidents.csv"))
        .ok()
        .picture("a.png");
    for threads in [1, 4] {
        let line = "-a --frequency 3000 -o a.png -W 200 -b black";
        let run = Run::new(line)
            .arg(root().join("examples/sf-incidents.csv"))
            .threads(threads);
        let (frames, _) = frames(&run.ok(), "a.png");
        assert_eq!((frames.len(), frames.last()), (5, Some(&still)));
    }
}

#[test]
fn films_have_as_many_passes_as_pictures() {
    let picture = |line: &str| {
        Run::new(&format!("-o a.png -W 200 {line}"))
            .arg(root().join("examples/sf-incidents.csv"))
            .ok()
    };
    for look in [
        "--look glow --legend",
        "-b black --passes r=4,d=1,scheme=fire;r=9,opacity=0.5;r=2,colors=red,blue",
    ] {
        let still = picture(look).picture("a.png");
        let (frames, _) = frames(&picture(&format!("-a --frequency 3000 {look}")), "a.png");
        assert_eq!((frames.len(), frames.last()), (5, Some(&still)), "{look}");
    }
    // Heat that goes away again, and colours of each frame alone.
    let fading = "--frame-time 1d --passes r=3,d=1;r=2,colors=red,blue";
    for trail in [
        "--window 2d",
        "--half-life 1d --skip-idle",
        "--frame-scale each",
    ] {
        let (frames, _) = frames(&week(&format!("{fading} {trail}")).ok(), "a.png");
        assert_eq!(frames.len(), 6);
    }
}

#[test]
fn what_is_known_of_a_film_is_told() {
    let stats = |line: &str| {
        let done = week(&format!("--frame-time 1d -d 1 -q {line} --stats=json")).ok();
        serde_json::from_str::<serde_json::Value>(&done.stderr).expect("JSON on standard error")
    };
    let known = stats("");
    assert_eq!(known["counts"]["frames"], 6);
    assert_eq!(known["first_frame"], "2024-01-01T00:00:00Z");
    assert_eq!(known["last_frame"], "2024-01-06T00:00:00Z");
    assert_eq!(
        (&known["maximum"], &known["decay"]),
        (&1.0.into(), &1.0.into())
    );
    // Of the topmost pass.
    let known = stats("--passes r=3;r=2,d=0.5 --window 2d");
    assert_eq!(
        (&known["pass"], &known["radius"], &known["decay"]),
        (&2.into(), &2.0.into(), &0.5.into())
    );
    let lines = week("--frequency 3 --stats").ok().stderr;
    assert!(lines.contains("frames: 3\n") && !lines.contains("first frame"));
    week("--frame-time 1d --stats --skip-idle")
        .ok()
        .says("last frame: 2024-01-06T00:00:00Z");
}

#[test]
fn one_hot_day_is_told_and_percentiles_of_all_frames_help() {
    let day = |day| format!("0,{},2024-01-{day:02}\n", f64::from(day) * 0.3);
    let hot = "0.5,0,2024-01-05\n".repeat(1000);
    let days: String = (1..=20).map(day).collect();
    let days = format!("lat,lon,when\n0,1e-9,2024-01-01\n{days}{hot}");
    let film = |line: &str| {
        Run::new(&format!(
            "{FRAME} -d 1 --frame-time 1d --window 1d {line} d.csv"
        ))
        .file("d.csv", days.as_bytes())
        .ok()
    };
    // Of most frames nothing is seen.
    let (frames_by_most, said) = (counts(&film("")), film("").stderr);
    assert!(
        said.contains("have less than 1 % of the most heat"),
        "{said}"
    );
    assert!(frames_by_most.iter().filter(|seen| **seen == 0).count() > 15);
    let by_percentile = film("--max p90");
    assert!(!by_percentile.stderr.contains("of the most heat"));
    assert!(counts(&by_percentile).iter().all(|seen| *seen > 0));
}

#[test]
fn time_passes_in_days_and_shapes_without_a_time_are_left_out_with_a_warning() {
    let done = week("--frame-time 1d")
        .ok()
        .says("1 of 7 shapes have no time: they are left out");
    assert_eq!(counts(&done), [1, 2, 3, 4, 5, 6]);
    assert_eq!(counts(&week("--frame-time 2d").ok()), [1, 3, 5, 6]);
    // One frame is a picture that does not move.
    assert_eq!(seen(&week("--frame-time month").ok().picture("a.png")), 6);
    assert_eq!(
        counts(&week("--frame-time 1d --window 2d").ok()),
        [1, 2, 2, 2, 2, 2]
    );
    week("--frame-time 2d --window 3d").fails(2, "not a whole number of frames");
    week("--frame-time 1ms").fails(7, "ask for a larger --frame-time");
    Run::new("-a --frame-time 1d -o a.gif -")
        .stdin("1 1\n")
        .fails(3, "--frame-time needs shapes that have times");
}

#[test]
fn older_heat_fades() {
    let (frames, _) = frames(&week("--frame-time 1d --half-life 1d").ok(), "a.png");
    let last = frames.last().expect("a frame");
    let row = last.height() / 2;
    let lights: Vec<u8> = (0..last.width())
        .map(|x| last.get_pixel(x, row).0[0])
        .filter(|&light| light > 0)
        .collect();
    assert!(lights.last() > lights.first(), "{lights:?}");
}

#[test]
fn gpx_tracks_have_times_of_their_own() {
    let hikes = root().join("examples/hikes");
    let run = std::fs::read_dir(hikes)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path());
    let gpx = run.filter(|path| path.extension().is_some_and(|extension| extension == "gpx"));
    let done = gpx
        .fold(
            Run::new("-a --frame-time 1d -o a.gif -W 90 -b black -v"),
            Run::arg,
        )
        .ok();
    assert!(frames(&done, "a.gif").0.len() > 2);
    assert!(!done.stderr.contains("no time"), "{}", done.stderr);
}

#[test]
fn every_frame_has_the_colours_of_the_whole_unless_each_is_to_have_its_own() {
    let twice = "0 1e-9\n0 1e-9\n0 1e-9\n0 3\n0 3\n0 3\n0 3\n0 3\n0 3\n0 3\n0 3\n0 3\n";
    let brightest = |line: &str| -> Vec<u8> {
        let done = Run::new(&format!("-a --frequency 3 {FRAME} {line} -"))
            .stdin(twice)
            .ok();
        frames(&done, "a.png")
            .0
            .iter()
            .map(|frame| {
                frame
                    .pixels()
                    .map(|pixel| pixel.0[1])
                    .max()
                    .expect("pixels")
            })
            .collect()
    };
    let whole = brightest("");
    assert!(whole[0] < whole[3], "{whole:?}");
    let each = brightest("--frame-scale each");
    assert!(each.iter().all(|light| *light == each[0]), "{each:?}");
}

#[test]
fn speed_and_repetitions_are_as_asked() {
    let (_, delays) = frames(&week("--fps 4").ok(), "a.png");
    assert!(delays.iter().all(|&delay| delay == 250), "{delays:?}");
    let gif = Run::new("-a -e -1,-1,1,7 -W 90 --loop 3 -o a.gif week.csv")
        .file("week.csv", WEEK)
        .ok()
        .bytes("a.gif");
    let after = gif
        .windows(11)
        .position(|part| part == b"NETSCAPE2.0")
        .expect("repetitions")
        + 11;
    assert_eq!(gif[after..after + 4], [3, 1, 2, 0]);
    week("--fps 0").fails(2, "not a number of frames");
}

#[test]
fn all_formats_of_our_own_show_the_same() {
    let pictures = |name: &str| {
        let line = format!("-a -e -1,-1,1,7 -W 90 -r 3 -b black --scheme magma -o {name} week.csv");
        frames(&Run::new(&line).file("week.csv", WEEK).ok(), name).0
    };
    let apng = pictures("a.apng");
    assert_eq!(apng.len(), 7);
    for name in ["a.webp", "a.gif"] {
        let others = pictures(name);
        assert_eq!(others.len(), apng.len(), "{name}");
        for (number, (other, frame)) in others.iter().zip(&apng).enumerate() {
            // The reader, not the file, is off by one where it lays one frame over another.
            let far = |(a, b): (&u8, &u8)| a.abs_diff(*b) > u8::from(name == "a.webp");
            let differs = |(a, b): (&image::Rgba<u8>, &image::Rgba<u8>)| {
                a.0.iter().zip(&b.0).any(far).then_some((*a, *b))
            };
            assert_eq!(
                other.pixels().zip(frame.pixels()).find_map(differs),
                None,
                "{name}, frame {number}"
            );
        }
    }
}

#[test]
fn in_a_pipe_an_animation_is_a_png_that_moves() {
    let done = Run::new("-a -e -1,-1,1,7 -W 90 -")
        .stdin("0 1e-9\n0 1\n")
        .ok();
    let frames = PngDecoder::new(Cursor::new(done.stdout))
        .expect("a PNG")
        .apng()
        .expect("an APNG")
        .into_frames();
    assert_eq!(frames.count(), 2);
}

#[test]
fn the_scale_of_all_frames_can_be_had_as_a_file_and_as_a_legend() {
    let done = week("--span-out span.json --legend key.png").ok();
    assert_eq!(done.picture("key.png").height(), 100);
    let still = Run::new(&format!("{FRAME} --span-from span.json week.csv"))
        .file("span.json", done.bytes("span.json"));
    let (frames, _) = frames(&done, "a.png");
    assert!(Some(&still.file("week.csv", WEEK).ok().picture("a.png")) == frames.last());
}

#[test]
fn kept_frames_are_png_files_in_a_new_folder() {
    let done = week("-K").ok().says("the frames are in a-frames");
    let (frames, _) = frames(&done, "a.png");
    for (number, frame) in frames.iter().enumerate() {
        assert_eq!(&done.picture(&format!("a-frames/{number:05}.png")), frame);
    }
    let again = week("-K")
        .file("a-frames", "taken")
        .ok()
        .says("the frames are in a-frames-2");
    assert_eq!(
        std::fs::read_dir(again.folder.path().join("a-frames-2"))
            .expect("a folder")
            .count(),
        7
    );
}

#[test]
fn frames_beyond_the_memory_are_the_same() {
    let points: String = (0..3000)
        .map(|i| format!("{} {}\n", (i * 37) % 89 - 44, (i * 53) % 179 - 89))
        .collect();
    let film = |line: &str| {
        let run = Run::new(&format!(
            "-a --frequency 200 -W 200 -r 3 -o a.png {line} p.txt"
        ));
        run.file("p.txt", &points).ok().bytes("a.png")
    };
    assert_eq!(film("--memory 1K"), film(""));
}

#[test]
fn weights_that_are_rounded_in_a_later_frame_are_rounded_everywhere() {
    let left = (0..600).map(|i| format!("0.{:03} 0.{:03} {}.{i}", i % 97, i % 89, 1 + i % 3));
    let right = (0..9000).map(|i| format!("0.{:03} 3.{:03} {}.{i}", i % 97, i % 89, 1 + i % 3));
    let points: Vec<String> = left.chain(right).collect();
    let line = "--memory 60K -e -0.1,-0.1,1,4 -W 120 -b black";
    let run = |line: &str| Run::new(line).file("p.txt", points.join("\n")).ok();
    let film =
        run(&format!("-a --frequency 600 {line} -o a.png p.txt")).says("they are rounded by up to");
    let still = run(&format!("{line} -o a.png p.txt")).says("they are rounded by up to");
    assert!(frames(&film, "a.png").0.last() == Some(&still.picture("a.png")));
}

#[test]
fn animations_that_make_no_sense_are_refused() {
    week("--frame-time fortnight").fails(2, "not a length of time");
    Run::new("--frequency 3 -o a.gif x.csv").fails(2, "--animate");
    Run::new("-a -o a.jpg x.csv").fails(2, "does not say which kind of animation to write");
    week("--date %! --frame-time 1d").fails(2, "not a format of dates");
    week("--frame-time 1d --frequency 3").fails(2, "cannot be used with");
    Run::new("-a --raw -o a.gif x.csv").fails(2, "--raw is for pictures that stand still");
    week("--legend key.png --frame-scale each").fails(2, "a scale of its own");
    Run::new("-a -S a.heat -o a.gif x.csv").fails(2, "leave out -a");
    Run::new("-a -o a.mp4 x.csv -F")
        .arg("'open")
        .fails(2, "a quote is not closed");
}

const RESET: &str =
    "lat,lon,when\n0,1,1970-01-01\n0,2,2024-03-01\n0,3,2024-03-02\n0,4,2024-03-02\n";

#[test]
fn wrong_times_and_a_great_many_frames_are_told_before_the_work() {
    let run = |line: &str| Run::new(&format!("-o a.gif -W 100 {line} a.csv")).file("a.csv", RESET);
    let done =
        run("-a --frame-time 1d").fails(7, "19785 frames of 1d from 1970-01-01 to 2024-03-02");
    let done = done.says("--yes").says("--frame-time '99d' gives 200");
    assert!(
        done.stderr
            .contains("times go from 1970-01-01 to 2024-03-02")
    );
    // Frames by time are those of an animation without -a, too.
    run("--frame-time 99d").ok().says("times go from");
    let done = run("--frame-time 1d --skip-idle").ok();
    assert_eq!(frames(&done, "a.gif").0.len(), 3);
    Run::new("-a --frame-time 99d --date %Y\u{6f22} -o a.gif --bbox -1,-1,3,3 -W 300 a.csv")
        .file("a.csv", "lat,lon,when\n0,1,2024-02-01\n0,2,2024-03-01\n")
        .ok()
        .says("no font here has '\u{6f22}'");
    // Frames that are left out are not too many, either.
    run("-a --frame-time 1min").fails(7, "are more than the 90000");
    let done = run("--frame-time 1min --skip-idle").ok();
    assert_eq!(frames(&done, "a.gif").0.len(), 3);
    let sensible = "lat,lon,when\n0,1,2024-02-01\n0,2,2024-03-01\n";
    let run = Run::new("--frame-time 1d -o a.gif -W 100 a.csv").file("a.csv", sensible);
    assert_eq!(run.ok().stderr, "");
}

#[test]
fn frames_without_news_are_skipped_and_the_others_are_as_they_were() {
    let rows = "lat,lon,when\n0,1,2024-01-01\n0,2,2024-01-03\n0,3,2024-01-09\n";
    for trail in ["", "--window 2d", "--half-life 2d"] {
        let run = |line: &str| {
            let line = format!("--frame-time 1d -o a.png -W 100 -b black {trail} {line} a.csv");
            Run::new(&line).file("a.csv", rows).ok()
        };
        let (all, busy) = (
            frames(&run(""), "a.png").0,
            frames(&run("--skip-idle"), "a.png").0,
        );
        assert_eq!(busy.len(), 3, "{trail}");
        let same: Vec<bool> = [0, 2, 8]
            .into_iter()
            .zip(&busy)
            .map(|(i, frame)| all[i] == *frame)
            .collect();
        assert_eq!(same, [true; 3], "{trail}");
    }
}

#[cfg(unix)]
mod ffmpeg {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn to(name: &str) -> Run {
        Run::new(&format!("-a -e -1,-1,1,7 -W 90 -o {name} week.csv")).file("week.csv", WEEK)
    }

    /// A film by a program that takes the place of ffmpeg.
    fn film(script: &str) -> Run {
        let run = to("a.mp4")
            .arg("-F")
            .arg("-crf 20")
            .file("fake", format!("#!/bin/sh\n{script}\n"));
        let fake = run.folder().join("fake");
        std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).expect("a script");
        run.env("HEATMAP_FFMPEG", fake)
    }

    #[test]
    fn ffmpeg_gets_raw_frames_on_its_standard_input_and_the_options_as_a_list() {
        let script = "echo \"$@\" > said; for last; do :; done; wc -c > \"${last#file:}\"";
        let done = film(script).ok();
        let said = String::from_utf8(done.bytes("said")).expect("words");
        assert!(
            said.contains("-nostdin")
                && said.contains("-y")
                && said.contains("-s 90x")
                && said.contains("-crf 20"),
            "{said}"
        );
        let bytes: usize = String::from_utf8(done.bytes("a.mp4"))
            .expect("a number")
            .trim()
            .parse()
            .expect("a number");
        let size = said
            .split("-s 90x")
            .nth(1)
            .expect("a size")
            .split(' ')
            .next()
            .expect("a height");
        assert_eq!(bytes, 7 * 90 * 4 * size.parse::<usize>().expect("a height"));
    }

    #[test]
    fn ffmpeg_that_fails_dies_or_is_missing_ends_the_run_with_its_last_words_and_no_file() {
        for script in [
            "cat > /dev/null; echo no such codec >&2; exit 3",
            "head -c 9 > /dev/null; echo no such codec >&2; exit 1",
        ] {
            let failed = film(script).fails(6, "no such codec");
            assert!(!failed.folder.path().join("a.mp4").exists());
            let left = std::fs::read_dir(failed.folder.path())
                .expect("a folder")
                .flatten();
            assert!(
                left.into_iter()
                    .all(|entry| !entry.file_name().to_string_lossy().starts_with(".heatmap"))
            );
        }
        // Before any work: no folder of frames is left.
        let missing = to("a.webm")
            .arg("-K")
            .env("HEATMAP_FFMPEG", "/nowhere/ffmpeg")
            .fails(6, ".gif, .apng or .webp");
        assert_eq!(
            std::fs::read_dir(missing.folder.path())
                .expect("a folder")
                .count(),
            1
        );
    }

    #[test]
    fn the_real_ffmpeg_writes_a_film_where_it_is_installed() {
        if !has("ffmpeg") {
            return;
        }
        for name in ["a.mp4", "a.webm", "a.mpeg"] {
            let done = to(name).ok();
            assert!(done.bytes(name).len() > 500, "{name}");
        }
    }

    #[test]
    fn odd_sides_become_even_without_a_black_line_along_the_edge() {
        if !has("ffmpeg") {
            return;
        }
        let done = Run::new("-a -W 51 -H 37 -b white -o a.mp4 -e -1,-1,1,1 -")
            .stdin("0 0\n0 0.1\n")
            .ok();
        let decoded = std::process::Command::new("ffmpeg")
            .args([
                "-loglevel",
                "error",
                "-i",
                "a.mp4",
                "-frames:v",
                "1",
                "a.png",
            ])
            .current_dir(done.folder.path())
            .status()
            .expect("ffmpeg starts");
        assert!(decoded.success());
        let picture = done.picture("a.png");
        assert_eq!(picture.dimensions(), (52, 38));
        for (x, y) in [(51, 20), (30, 37), (51, 37)] {
            let pixel = picture.get_pixel(x, y).0;
            assert!(pixel.iter().all(|&channel| channel > 245), "{pixel:?}");
        }
    }
}
