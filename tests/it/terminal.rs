//! Pictures in a terminal, of which there are two kinds here: the pseudo-terminal that `script`
//! (util-linux) makes, and tmux, which understands what is written to it.
#![cfg(unix)]

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use image::RgbImage;
use image::imageops::{FilterType, resize};
use tempfile::TempDir;

use crate::run::{Run, ignores};
use crate::wants::{has, skip};

const PROGRAM: &str = env!("CARGO_BIN_EXE_heatmap");
/// Places in a square, hot in one corner.
const POINTS: &str = "0 1e-9\n0 1\n1 0\n1 1\n1 1\n1 1\n";
const SAVE: &str = "save it with: heatmap -o heat.png --look glow points.txt";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("points.txt"), POINTS).expect("a file");
    folder
}

/// What the program writes to a terminal of 60 columns and 20 rows, whose environment is this and
/// no more. `None`, with a note, where there is no `script`.
#[track_caller]
fn screen(environment: &str, args: &str) -> Option<String> {
    // Progress is on the terminal, too, wherever a machine is slow.
    with_progress(environment, &format!("{args} 2>/dev/null"))
}

#[track_caller]
fn with_progress(environment: &str, args: &str) -> Option<String> {
    if !has("script") {
        return None;
    }
    let folder = folder();
    let mut command = Command::new("script");
    command
        .arg("-qec")
        .arg(format!("stty cols 60 rows 20; {PROGRAM} {args}"))
        .arg("/dev/null");
    command
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH")?);
    command.envs(
        environment
            .split_whitespace()
            .filter_map(|pair| pair.split_once('=')),
    );
    // Not at its end, which `script` would type into the terminal.
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut script = command.spawn().expect("script starts");
    let stdin = script.stdin.take();
    let output = script.wait_with_output().expect("script ends");
    drop(stdin);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    Some(
        String::from_utf8(output.stdout)
            .expect("terminals get UTF-8")
            .replace("\r\n", "\n"),
    )
}

/// The letters of a text without its colours. Nothing but colours may be among its escape
/// sequences.
fn letters(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |letters, part| {
        let (color, rest) = part.split_once('m').expect("the end of an escape sequence");
        assert!(
            color.starts_with('[') && color[1..].chars().all(|c| c.is_ascii_digit() || c == ';'),
            "{color:?}"
        );
        letters + rest
    })
}

#[test]
fn blocks_fill_the_window_and_the_lines_below_tell_what_is_seen() {
    for (environment, colors, others) in [
        ("TERM=xterm COLORTERM=truecolor", "8;2;", "8;5;"),
        ("TERM=xterm-256color", "8;5;", "8;2;"),
    ] {
        let Some(screen) = screen(environment, "points.txt") else {
            return;
        };
        assert!(
            screen.contains(colors) && !screen.contains(others),
            "{screen:?}"
        );
        let letters = letters(&screen);
        let lines: Vec<&str> = letters.lines().collect();
        // 20 rows: the picture, two lines and the prompt.
        assert_eq!((lines.len(), lines[18]), (19, SAVE), "{letters}");
        assert!(
            lines[17].starts_with("6 points · -0.") && lines[17].contains(" · maximum 3.00"),
            "{letters}"
        );
        assert!(
            lines[..17]
                .iter()
                .all(|line| line.chars().count() <= 60 && line.chars().all(|c| " ▀▄".contains(c)))
        );
        assert!(
            lines[..17].iter().any(|line| line.contains('▀')) && screen.contains("\x1b[0m\n"),
            "{letters}"
        );
    }
}

#[test]
fn the_graphics_of_a_terminal_are_used() {
    for (environment, start, end) in [
        ("TERM=xterm-kitty", "\x1b_Ga=T,f=100,q=2,m=", "\x1b\\\n"),
        (
            "TERM=xterm-256color TERM_PROGRAM=iTerm.app",
            "\x1b]1337;File=inline=1;width=",
            "\x07\n",
        ),
        ("TERM=foot", "\x1bP9;1;0q", "\x1b\\\n"),
    ] {
        let Some(screen) = screen(environment, "points.txt") else {
            return;
        };
        let (picture, below) = screen.split_once("6 points").expect("the line below");
        assert!(
            picture.starts_with(start) && picture.ends_with(end),
            "{picture:?}"
        );
        assert!(below.ends_with(&format!("{SAVE}\n")), "{below:?}");
    }
}

#[test]
fn without_colours_there_are_numbers_only() {
    for environment in ["", "TERM=dumb", "TERM=xterm-kitty NO_COLOR=1"] {
        let Some(screen) = screen(environment, "points.txt") else {
            return;
        };
        assert!(
            screen.starts_with("6 points · -0.") && screen.ends_with(&format!("{SAVE}\n")),
            "{screen:?}"
        );
        assert_eq!(screen.lines().count(), 2, "{screen:?}");
    }
}

#[test]
fn the_user_decides_how_much_is_said_and_how_large_it_is() {
    let Some(quiet) = screen("TERM=xterm", "-q points.txt") else {
        return;
    };
    assert!(
        quiet.contains('▀') && !quiet.contains("points") && quiet.lines().count() == 19,
        "{quiet:?}"
    );
    let small =
        letters(&screen("TERM=xterm", "-r 5 -W 30 -H 12 points.txt").expect("script is there"));
    let (picture, _) = small.split_once("6 points").expect("the line below");
    assert_eq!(picture.lines().count(), 6, "{small}");
    let large =
        letters(&screen("TERM=xterm", "-W 300 -H 120 points.txt").expect("script is there"));
    assert_eq!(large.lines().count(), 12 + 2, "{large}");
}

#[test]
fn progress_and_warnings_do_not_disturb_the_picture() {
    // Large enough to take more than a moment.
    let Some(screen) = with_progress("TERM=xterm", "-v -W 1500 -H 1500 -r 80 -p points.txt") else {
        return;
    };
    let picture = screen.find("\x1b[38;5;").expect("a picture");
    let (before, after) = screen.split_at(picture);
    assert!(before.contains("deprecated"), "{screen:?}");
    // The line of progress is gone before the first line of the picture, and does not come back.
    assert!(
        before.rfind("\x1b[2K") >= before.rfind("writing") && !after.contains("\x1b[2K"),
        "{screen:?}"
    );
    assert!(after.contains("\n6 points "), "{screen:?}");
}

/// The pixels of lines of half-blocks in 24 bits, none of which lets the terminal through.
fn pixels(lines: &str) -> RgbImage {
    let (mut rows, mut colors) = (Vec::new(), [[0; 3]; 2]);
    for line in lines.lines() {
        let mut halves = [Vec::new(), Vec::new()];
        let mut parts = line.split('\x1b');
        for part in std::iter::once(parts.next().unwrap_or_default()).chain(parts) {
            let (sequence, blocks) = part.split_once('m').unwrap_or(("", part));
            let numbers: Vec<&str> = sequence.trim_start_matches('[').split(';').collect();
            if let [kind, "2", red, green, blue] = numbers[..] {
                let color = [red, green, blue].map(|channel| channel.parse().expect("a colour"));
                colors[usize::from(kind == "48")] = color;
            }
            for block in blocks.chars() {
                assert_eq!(block, '▀', "{line:?}");
                halves
                    .iter_mut()
                    .zip(colors)
                    .for_each(|(half, color)| half.extend(color));
            }
        }
        rows.extend(halves);
    }
    let (width, height) = (rows[0].len() as u32 / 3, rows.len() as u32);
    RgbImage::from_raw(width, height, rows.concat()).expect("a rectangle")
}

#[test]
fn the_command_that_it_tells_saves_the_picture_that_is_seen() {
    for options in ["", "-b navy -r 30 "] {
        let words = format!("{options}points.txt");
        let Some(screen) = screen("TERM=xterm COLORTERM=truecolor", &words) else {
            return;
        };
        let (picture, below) = screen.split_once("6 points").expect("the line below");
        let (_, command) = below
            .trim_end()
            .split_once("save it with: heatmap ")
            .expect("a command");
        let folder = folder();
        let status = Command::new("sh")
            .args(["-c", &format!("{PROGRAM} {command}")])
            .current_dir(folder.path())
            .status();
        assert!(status.expect("sh").success());
        let saved = image::open(folder.path().join("heat.png"))
            .expect("heat.png")
            .into_rgb8();
        let seen = pixels(picture);
        let small = resize(&saved, seen.width(), seen.height(), FilterType::Lanczos3);
        let apart = seen
            .iter()
            .zip(small.iter())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(apart < Some(6), "{command}: {apart:?}");
        assert!(seen.pixels().any(|pixel| pixel.0[0] > 60), "{command}");
    }
}

#[test]
fn a_pipe_gets_a_file_unless_the_user_says_how_to_draw() {
    let run = |args| Run::new(args).file("points.txt", POINTS).ok().stdout;
    assert!(
        run("points.txt").starts_with(b"\x89PNG")
            && run("--terminal auto points.txt").starts_with(b"\x89PNG")
    );
    let text = String::from_utf8(run("--terminal blocks points.txt")).expect("UTF-8");
    assert!(
        letters(&text).contains('▀')
            && text.ends_with(
                "save it with: heatmap -o heat.png --look glow --terminal blocks points.txt\n"
            )
    );
    let done = Run::new("--terminal none -o heat.png points.txt")
        .file("points.txt", POINTS)
        .ok();
    assert!(done.stdout.is_empty() && done.picture("heat.png").width() == 1024);
}

#[test]
fn whom_a_map_belongs_to_can_be_read_below_blocks() {
    let tiles = super::run::data("tiles");
    let run =
        Run::new("--terminal blocks -q -e -65,-180,75,180 --attribution").arg("Map: Tom Patterson");
    let done = run
        .arg("--osm-base")
        .arg(format!("file:{}", tiles.display()))
        .arg("a")
        .file("a", POINTS)
        .ok();
    let text = letters(&String::from_utf8(done.stdout).expect("UTF-8"));
    assert_eq!(text.lines().last(), Some("Map: Tom Patterson"), "{text}");
}

/// Drawing a picture of a large window, into a pipe that is full.
fn half_drawn(folder: &Path) -> Child {
    let mut command = Command::new(PROGRAM);
    // A gradient over all of it, so that nearly each letter has a colour of its own.
    command
        .args(["--terminal", "blocks", "-r", "100", "-d", "1", "points.txt"])
        .current_dir(folder);
    command.env_clear().envs([
        ("COLUMNS", "400"),
        ("LINES", "200"),
        ("COLORTERM", "truecolor"),
    ]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut first = [0; 10];
    child
        .stdout
        .as_mut()
        .expect("a pipe")
        .read_exact(&mut first)
        .expect("the beginning of a picture");
    std::thread::sleep(Duration::from_millis(100));
    child
}

/// Stops the program as Ctrl-C does, or else as `kill` does, and gives the number of the signal.
fn interrupt(child: &Child) -> i32 {
    let signal = if ignores(2) { 15 } else { 2 };
    // The shell's own: not every system has a program of that name.
    let status = Command::new("sh")
        .args(["-c", &format!("kill -{signal} {}", child.id())])
        .status();
    assert!(status.expect("sh").success());
    signal
}

#[test]
fn a_signal_leaves_the_terminal_sane() {
    let folder = folder();
    let mut child = half_drawn(folder.path());
    let signal = interrupt(&child);
    std::thread::sleep(Duration::from_millis(50));
    let mut rest = Vec::new();
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_to_end(&mut rest)
        .expect("the rest");
    assert_eq!(
        child.wait().expect("the program ends").signal(),
        Some(signal)
    );
    let end = String::from_utf8_lossy(&rest[rest.len() - 30..]).into_owned();
    assert!(end.ends_with("\x1b\\\x1b[0m\n"), "{end:?}");
}

#[test]
fn a_terminal_that_takes_nothing_does_not_keep_a_signal_from_ending_the_program() {
    let folder = folder();
    let mut child = half_drawn(folder.path());
    let signal = interrupt(&child);
    let start = Instant::now();
    while child
        .try_wait()
        .expect("the program can be looked at")
        .is_none()
    {
        assert!(start.elapsed() < Duration::from_secs(20), "it still runs");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(
        child.wait().expect("the program ended").signal(),
        Some(signal)
    );
}

/// A tmux of its own, which ends with this.
struct Tmux {
    folder: TempDir,
}

impl Tmux {
    #[track_caller]
    fn start() -> Option<Self> {
        if !has("tmux") {
            return None;
        }
        let tmux = Self { folder: folder() };
        // The variables of a terminal that could do more, as they are when tmux is started in it.
        let shell = "env PS1='$ ' KITTY_WINDOW_ID=1 COLORTERM=truecolor sh";
        let mut command = tmux.command(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "70",
            "-y",
            "22",
            shell,
        ]);
        if command.status().is_ok_and(|status| status.success()) {
            Some(tmux)
        } else {
            skip("a tmux that starts here");
            None
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command
            .arg("-S")
            .arg(self.folder.path().join("socket"))
            .args(args)
            .current_dir(self.folder.path());
        command
            .env_remove("TMUX")
            .env_remove("NO_COLOR")
            .env("LC_ALL", "C.UTF-8");
        command
    }

    fn ask(&self, args: &[&str]) -> String {
        String::from_utf8(self.command(args).output().expect("tmux").stdout).expect("UTF-8")
    }

    /// Types a command, and gives what is on the screen once it has ended.
    fn run(&self, args: &str) -> String {
        // What is typed before the shell asks for it is echoed above its prompt.
        self.screen(|screen| !screen.trim().is_empty());
        self.ask(&[
            "send-keys",
            &format!("{PROGRAM} {args}; echo -n don''e"),
            "Enter",
        ]);
        self.screen(|screen| screen.lines().any(|line| line.starts_with("done")))
    }

    /// The screen, once its letters are as wanted.
    fn screen(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.ask(&["capture-pane", "-e", "-p"]);
            if is_wanted(&letters(&screen)) {
                return screen;
            }
            assert!(start.elapsed() < Duration::from_mins(1), "{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // Where it did not start there is nothing to end.
        self.command(&["kill-server"]).output().ok();
    }
}

#[test]
fn a_line_tells_what_was_made_of_what_and_quiet_says_nothing() {
    let table = "printf 'lat,lon\\n1,2\\n3,4\\n' > table.csv;";
    let run = |args: &str| with_progress("TERM=xterm", &format!("{args} points.txt"));
    let Some(screen) = run("-W 40 -H 30 -o heat.png -o heat.json") else {
        return;
    };
    let line = screen.lines().last().unwrap_or_default();
    assert!(
        line.contains("heat.png, heat.json  40 × 30  6 points from 1 file  0.")
            && line.ends_with(" s"),
        "{screen:?}"
    );
    assert_eq!(run("-q -W 40 -H 30 -o heat.png").as_deref(), Some(""));
    let film = run("-a -W 40 -H 30 -o heat.gif").unwrap_or_default();
    assert!(
        film.contains("heat.gif  40 × 30  6 frames  6 points from 1 file"),
        "{film:?}"
    );
    let again = format!("--version; {table} {PROGRAM} -W 40 -o a.png table.csv");
    let columns = with_progress("TERM=xterm", &again);
    let columns = columns.unwrap_or_default();
    assert!(
        columns.contains(" 2 points from 1 file, columns lat, lon  0."),
        "{columns:?}"
    );
}

#[test]
fn warnings_and_errors_are_coloured_unless_that_is_not_wanted() {
    let run = |environment: &str| with_progress(environment, "-o heat.png -p points.txt");
    let Some(screen) = run("TERM=xterm") else {
        return;
    };
    assert!(
        screen.contains("\u{1b}[1;33mheatmap: warning:\u{1b}[0m -p is"),
        "{screen:?}"
    );
    for plain in ["TERM=xterm NO_COLOR=1", "TERM=dumb"] {
        let screen = run(plain).unwrap_or_default();
        assert!(
            screen.contains("heatmap: warning: -p is") && !screen.contains("[1;33m"),
            "{screen:?}"
        );
    }
    let error = with_progress("TERM=xterm", "nowhere.txt || true").unwrap_or_default();
    assert!(
        error.contains("\u{1b}[1;31mheatmap:\u{1b}[0m nowhere.txt: there is"),
        "{error:?}"
    );
}

#[test]
fn in_tmux_blocks_are_seen_whole() {
    let Some(tmux) = Tmux::start() else { return };
    let screen = tmux.run("-b '#102030' points.txt");
    assert!(screen.contains("48;2;16;32;48m"), "{screen:?}");
    let letters = letters(&screen);
    let lines: Vec<&str> = letters.lines().collect();
    let below = lines
        .iter()
        .position(|line| line.starts_with("6 points"))
        .expect("the line below");
    assert!(
        lines[below + 1].starts_with("save it with: heatmap -o heat.png -b '#102030' points.txt"),
        "{letters}"
    );
    // All 19 rows of the picture are there, each a single line of as many letters as the picture is
    // wide.
    let picture: Vec<usize> = lines[..below]
        .iter()
        .filter(|line| line.starts_with('▀'))
        .map(|l| l.chars().count())
        .collect();
    assert_eq!(picture.len(), 19, "{letters}");
    assert!(
        picture
            .iter()
            .all(|&width| width == picture[0] && width <= 70),
        "{letters}"
    );
}
