//! Features of the build: what the smallest library is made of, and that documents name all.

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::process::Command;

use crate::run::root;

/// Crates with their versions that a build on this machine compiles or runs, the library included.
fn crates(features: &str) -> BTreeSet<String> {
    let listed = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--no-default-features"])
        .args(["-e", "normal,build", "--prefix", "none"])
        .args(["--features", features])
        .current_dir(root())
        .output()
        .expect("cargo");
    let errors = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success(), "{errors}");
    let listed = String::from_utf8(listed.stdout).expect("names");
    let names = listed.lines().map(|line| line.trim_end_matches(" (*)"));
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The names of features in the manifest.
fn features() -> Vec<String> {
    let manifest = read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let (_, rest) = manifest.split_once("[features]\n").expect("features");
    let (table, _) = rest.split_once("\n[").expect("another table");
    let names = table.lines().filter_map(|line| line.split_once(" = "));
    let names = names.map(|(name, _)| name.to_owned());
    names.filter(|name| name != "default").collect()
}

#[test]
fn shapes_become_a_picture_with_at_most_40_crates() {
    let smallest = crates("");
    assert!(smallest.len() <= 40, "{}: {smallest:?}", smallest.len());
    let has = |name: &str| smallest.iter().any(|one| one.starts_with(name));
    assert!(has("heatmap-cli v") && has("png v"), "{smallest:?}");
    assert!(crates("files").len() > 100, "files are read by crates");
    let words = format!("{} crates", smallest.len());
    for page in ["README.md", "src/lib.rs"] {
        let text = read_to_string(root().join(page)).expect(page);
        assert!(text.contains(&words), "{page} does not say {words}");
    }
}

#[test]
fn documents_name_every_feature() {
    let names = features();
    assert!(names.len() >= 11, "{names:?}");
    let read = |page: &str| read_to_string(root().join(page)).expect(page);
    let (architecture, library) = (read("docs/architecture.md"), read("src/lib.rs"));
    let (_, table) = architecture.split_once("## Features").expect("a table");
    let (table, _) = table.split_once("\n## ").expect("the next heading");
    for name in &names {
        assert!(table.contains(&format!("`{name}`")), "architecture: {name}");
        let row = format!("//! | `{name}` | ");
        assert!(library.contains(&row), "src/lib.rs: {name}");
    }
}
