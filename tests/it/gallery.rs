//! The gallery is what its commands draw.

use std::collections::BTreeSet;
use std::path::Path;

use crate::examples::{assert_is_shown, copy, scripts, shell};
use crate::run::root;

/// Where the page has its pictures, as it names it.
const PICTURES: &str = "images/gallery";

/// The same pixels in fewer bytes, which takes too long for every run.
const SMALLER: &str = "heatmap() { command heatmap --png-level best \"$@\"; }\n";

#[test]
fn the_gallery_shows_what_its_commands_draw() {
    let page = std::fs::read_to_string(root().join("docs/gallery.md")).expect("docs/gallery.md");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for data in ["examples", "tests/data/tiles", "tests/data/shp"] {
        copy(&root().join(data), &folder.path().join(data));
    }
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    for script in scripts(&page) {
        let smaller = if update { SMALLER } else { "" };
        shell(&format!("{smaller}{script}"), folder.path());
    }
    let (made, shown) = (folder.path(), root().join("docs").join(PICTURES));
    let names = shown_on(&page);
    assert_eq!(
        names,
        pictures_in(made),
        "on the page, and drawn by its commands"
    );
    if update {
        rewrite(&names, made, &shown);
    }
    assert_eq!(
        names,
        pictures_in(&shown),
        "on the page, and kept; run the tests with UPDATE_DOCS=1"
    );
    for name in &names {
        assert_is_shown(&made.join(name), &shown.join(name));
    }
    assert_light(
        names
            .iter()
            .map(|name| shown.join(name).metadata().expect("a picture").len()),
    );
}

/// The page stays quick to open.
fn assert_light(sizes: impl Iterator<Item = u64>) {
    let sum: u64 = sizes.sum();
    assert!(
        sum < 3_000_000,
        "the pictures have {sum} bytes; the page is to open quickly"
    );
}

fn shown_on(page: &str) -> BTreeSet<String> {
    let before = format!("]({PICTURES}/");
    page.split(&before)
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(str::to_owned)
        .collect()
}

fn pictures_in(folder: &Path) -> BTreeSet<String> {
    let names = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| is_picture(Path::new(name)))
        .collect()
}

fn is_picture(name: &Path) -> bool {
    name.extension()
        .is_some_and(|extension| extension == "png" || extension == "gif")
}

/// Writes the pictures anew, and removes those that are no longer shown.
fn rewrite(names: &BTreeSet<String>, made: &Path, shown: &Path) {
    std::fs::create_dir_all(shown).expect("docs can be written");
    for old in pictures_in(shown).difference(names) {
        std::fs::remove_file(shown.join(old)).expect("docs can be written");
    }
    for name in names {
        std::fs::copy(made.join(name), shown.join(name)).expect("docs can be written");
    }
}
