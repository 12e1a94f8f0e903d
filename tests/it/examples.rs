//! What the documents say is what happens.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frame, Rgba, RgbaImage};

use crate::run::{Run, root};
use crate::wants::has;

#[test]
fn the_options_page_is_the_help() {
    let help = String::from_utf8(Run::new("--help").ok().stdout).expect("help is UTF-8");
    let page = format!("# Options\n\nWhat `heatmap --help` prints.\n\n```text\n{help}```\n");
    let path = root().join("docs/options.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs can be written");
    }
    let written = std::fs::read_to_string(&path).expect("docs/options.md");
    assert!(
        written == page,
        "docs/options.md is not what --help prints; run the tests with UPDATE_DOCS=1"
    );
}

/// Every command of the README, but those that install, build or test, is run on the files of the
/// project. What needs the network is marked as another language there, and is run by the tests of
/// base maps.
#[test]
fn the_readmes_commands_run() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy(&root().join("examples"), &folder.path().join("examples"));
    copy(
        &root().join("tests/data/tiles"),
        &folder.path().join("tests/data/tiles"),
    );
    copy(
        &root().join("tests/data/packed"),
        &folder.path().join("tests/data/packed"),
    );
    let mut run = 0;
    for script in scripts(&readme) {
        let script = script.replace("cargo run --release -- ", "heatmap ");
        if script.contains("cargo ") || script.contains("git clone") {
            continue;
        }
        shell(&script, folder.path());
        run += 1;
    }
    assert!(run >= 4, "only {run} scripts were found");
    for name in [
        "incidents.png",
        "earthquakes.png",
        "hikes.png",
        "layer.png",
        "life.png",
    ] {
        image::open(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for (made, shown) in [
        ("earthquakes.png", "docs/images/earthquakes.png"),
        ("map.png", "docs/images/map.png"),
    ] {
        assert_is_shown(&folder.path().join(made), &root().join(shown));
    }
}

/// Runs an example in a folder, where `cargo test` has built it.
fn example(name: &str, folder: &Path) {
    let program = Path::new(env!("CARGO_BIN_EXE_heatmap"))
        .with_file_name("examples")
        .join(name);
    let done = Command::new(program)
        .current_dir(folder)
        .output()
        .expect("cargo test builds the examples");
    assert!(done.status.success(), "{name}");
    assert!(
        done.stdout.is_empty() && done.stderr.is_empty(),
        "the library never prints"
    );
}

#[test]
fn the_library_example_draws_its_points() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    example("points", folder.path());
    let picture = image::open(folder.path().join("points.png"))
        .expect("points.png")
        .into_rgba8();
    assert!(picture.width() == 1024 && picture.pixels().any(|pixel| pixel.0[3] == 254));
}

#[test]
fn the_library_example_has_its_own_colours() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    example("colors", folder.path());
    let read = |name: &str| {
        let picture = image::open(folder.path().join(name)).expect(name);
        picture.into_rgba8()
    };
    let picture = read("colors.png");
    assert_eq!(*picture.get_pixel(0, 0), Rgba([25, 25, 112, 255]));
    let is_white = |pixel: &Rgba<u8>| pixel.0.iter().all(|&channel| channel > 250);
    assert!(picture.pixels().any(is_white));
    // The program has the same words for colours.
    let seeds: Vec<String> = (0..500)
        .map(|seed| {
            let (angle, far) = (f64::from(seed) * 2.399_963, f64::from(seed).sqrt() / 50.0);
            let (lat, lon) = (47.0 + far * angle.sin(), 8.0 + 1.466 * far * angle.cos());
            format!("{lat},{lon}")
        })
        .collect();
    let table = format!("lat,lon\n{}\n", seeds.join("\n"));
    std::fs::write(folder.path().join("seeds.csv"), table).expect("a table");
    let line = "heatmap seeds.csv -o program.png -W 500 -r 15 --colors 'transparent, #14213d, #fca311 60%, white' \
                --how sqrt -b midnightblue";
    shell(line, folder.path());
    assert!(picture == read("program.png"));
}

/// The program draws the same picture from the same files.
#[test]
fn the_library_example_lays_passes_and_a_legend_over_a_map() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    example("passes", folder.path());
    let line = format!(
        "heatmap -o program.png -W 512 --passes 'r=12,scheme=blues;r=3,scheme=fire' \
         --osm-base file:{0}/tests/data/tiles --attribution 'Map: Tom Patterson' -B 0.6 \
         --legend=bottom-left --legend-title earthquakes {0}/examples/earthquakes.csv",
        root().display()
    );
    shell(&line, folder.path());
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect(name);
    assert!(read("passes.png") == read("program.png"));
}

#[test]
fn the_library_example_writes_an_animation() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    example("animation", folder.path());
    let bytes = std::fs::read(folder.path().join("animation.webp")).expect("animation.webp");
    let film = WebPDecoder::new(Cursor::new(bytes)).expect("a WebP");
    let frames = film.into_frames().collect_frames().expect("all frames");
    let heat = |frame: &Frame| frame.buffer().pixels().filter(|p| p.0[3] > 0).count();
    assert!(frames.len() > 3 && frames[0].buffer().width() == 200);
    assert!(
        frames
            .windows(2)
            .all(|pair| heat(&pair[0]) <= heat(&pair[1])),
        "heat stays where it was"
    );
}

/// The commands on a page.
pub fn scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
}

/// A picture on a page is the one that the command under it makes, frame by frame if it moves.
pub fn assert_is_shown(made: &Path, shown: &Path) {
    let name = shown.display();
    let (made, shown) = (frames(made), frames(shown));
    assert_eq!(made.len(), shown.len(), "{name}: frames");
    for (made, shown) in made.iter().zip(&shown) {
        assert_eq!(made.dimensions(), shown.dimensions(), "{name}");
        let far = made
            .as_raw()
            .iter()
            .zip(shown.as_raw())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(far <= Some(3), "{name} has changed by {far:?}");
    }
}

fn frames(path: &Path) -> Vec<RgbaImage> {
    let opened = |error| panic!("{}: {error}", path.display());
    if path.extension().is_none_or(|extension| extension != "gif") {
        return vec![image::open(path).unwrap_or_else(opened).into_rgba8()];
    }
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let frames =
        GifDecoder::new(Cursor::new(bytes)).and_then(|gif| gif.into_frames().collect_frames());
    frames
        .expect("a GIF")
        .into_iter()
        .map(Frame::into_buffer)
        .collect()
}

pub fn shell(script: &str, folder: &Path) {
    let program = Path::new(env!("CARGO_BIN_EXE_heatmap"))
        .parent()
        .expect("a folder");
    let path = format!(
        "{}:{}",
        program.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let script = runnable(script);
    let output = Command::new("sh")
        .args(["-e", "-c", &script])
        .current_dir(folder)
        .env("PATH", path)
        .output();
    let output = output.expect("sh");
    assert!(
        output.status.success(),
        "{script}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A script without the part of `ImageMagick` where that is not installed.
fn runnable(script: &str) -> String {
    let is_imagemagick = |line: &str| {
        let program = line.split(' ').next();
        program.is_some_and(|name| ["composite", "convert"].contains(&name))
    };
    if !script.lines().any(is_imagemagick) || has("composite") {
        return script.to_owned();
    }
    let lines = script.lines().filter(|line| !is_imagemagick(line));
    lines.collect::<Vec<_>>().join("\n")
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from)
        .expect("a folder of the project")
        .flatten()
    {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Every command of the pages of tasks is run on the files of the project, and makes the picture
/// that its page shows.
#[test]
fn the_tasks_commands_make_their_pictures() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy(&root().join("examples"), &folder.path().join("examples"));
    copy(
        &root().join("tests/data/photos"),
        &folder.path().join("photos"),
    );
    let pages = std::fs::read_dir(root().join("docs/tasks")).expect("docs/tasks");
    let mut names = Vec::new();
    for page in pages.flatten().map(|page| page.path()) {
        let text = std::fs::read_to_string(&page).expect("a page");
        scripts(&text).for_each(|script| shell(script, folder.path()));
        let name = page.with_extension("png");
        let name = name.file_name().expect("the name of a page").to_owned();
        let (made, shown) = (
            folder.path().join(&name),
            root().join("docs/images/tasks").join(&name),
        );
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::copy(&made, &shown).expect("docs can be written");
        }
        assert!(
            text.contains(&format!("(../images/tasks/{})", name.display())),
            "{}",
            page.display()
        );
        assert_is_shown(&made, &shown);
        names.push(name);
    }
    assert_eq!(names.len(), 9);
}
