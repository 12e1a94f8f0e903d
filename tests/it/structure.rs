//! The walls of the house: which room may know which. The table is the one that
//! docs/architecture.md shows, for the rooms of the library and of the program, and no files may
//! know one another in a circle.

use super::run::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{read_dir, read_to_string};
use std::path::Path;

/// A file of the sources as the path of its module, such as `["heatmap", "geo", "view"]`.
type Module = Vec<String>;

/// What each room may know.
type Rooms = BTreeMap<String, BTreeSet<String>>;

/// The word for all rooms.
const EVERYTHING: &str = "everything";

/// The rooms in the table of docs/architecture.md: ``| `geo/` | in → out | `error`, `raster` |``.
fn rooms() -> Rooms {
    let text = read_to_string(root().join("docs/architecture.md")).expect("the architecture");
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("| room |"))
        .skip(2);
    let rooms: Rooms = rows
        .take_while(|line| line.starts_with('|'))
        .map(room)
        .collect();
    assert!(
        rooms.contains_key("error") && rooms.contains_key("cli/settings"),
        "not the table of rooms: {rooms:?}"
    );
    rooms
}

fn room(row: &str) -> (String, BTreeSet<String>) {
    let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
    let names = |cell: &str| {
        let quoted = cell.split('`').skip(1).step_by(2);
        quoted
            .map(|name| {
                name.trim_end_matches('/')
                    .trim_end_matches(".rs")
                    .to_owned()
            })
            .collect::<Vec<_>>()
    };
    let known = cells[cells.len() - 1];
    let all = (known.trim() == EVERYTHING).then(|| EVERYTHING.to_owned());
    (
        names(cells[0]).remove(0),
        names(known).into_iter().chain(all).collect(),
    )
}

/// All files of the sources with what they say, tests excepted.
fn sources() -> BTreeMap<Module, String> {
    let mut sources = BTreeMap::new();
    collect(&root().join("src"), &["heatmap".to_owned()], &mut sources);
    sources
}

fn collect(folder: &Path, module: &[String], sources: &mut BTreeMap<Module, String>) {
    for entry in read_dir(folder).expect("a folder of sources").flatten() {
        let (path, name) = (
            entry.path(),
            entry
                .path()
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned(),
        );
        let inner: Module = module.iter().cloned().chain([name.clone()]).collect();
        if path.is_dir() {
            collect(&path, &inner, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" {
            let text = read_to_string(&path).expect("a source file");
            let text = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default()
                .to_owned();
            sources.insert(
                if ["mod", "lib", "main"].contains(&&*name) {
                    module.to_vec()
                } else {
                    inner
                },
                text,
            );
        }
    }
}

/// Whose root `crate` is: the program's own is the folder cli.
fn crate_of(module: &[String]) -> &[String] {
    &module[..if module.get(1).is_some_and(|room| room == "cli") {
        2
    } else {
        1
    }]
}

/// The full path of what a path in a module means; nothing where that is another crate.
fn resolve(path: &[String], module: &[String]) -> Option<Module> {
    let (first, mut rest) = path.split_first()?;
    let mut base = match first.as_str() {
        "heatmap" => module[..1].to_vec(),
        "crate" => crate_of(module).to_vec(),
        "self" => module.to_vec(),
        "super" => module[..module.len() - 1].to_vec(),
        _ => return None,
    };
    while let Some((first, more)) = rest.split_first().filter(|(first, _)| *first == "super") {
        debug_assert_eq!(first, "super");
        base.pop();
        rest = more;
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// All paths of `use` declarations, each in full, with whether they are public.
fn uses(text: &str) -> Vec<(bool, Module)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("use ") {
        let line = rest[..at]
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        if line.is_empty() || line.starts_with("pub") {
            let mut paths = Vec::new();
            expand(rest[at + 4..end].trim(), &[], &mut paths);
            found.extend(
                paths
                    .into_iter()
                    .map(|path| (line.starts_with("pub"), path)),
            );
        }
        rest = &rest[(at + 4).min(rest.len())..];
    }
    found
}

/// `a::{b, c::{d, e as f}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expand(tree: &str, before: &[String], paths: &mut Vec<Module>) {
    let words = |text: &str| -> Module {
        let text = text.split(" as ").next().unwrap_or_default();
        text.split("::")
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let Some((head, body)) = tree.split_once('{') else {
        let tail = words(tree);
        return paths.push(
            before
                .iter()
                .cloned()
                .chain(tail)
                .filter(|word| word != "self" || before.is_empty())
                .collect(),
        );
    };
    let before: Module = before.iter().cloned().chain(words(head)).collect();
    let (mut depth, mut start) = (0, 0);
    let body = body.trim_end();
    let body = body.strip_suffix('}').unwrap_or(body);
    for (at, letter) in body.char_indices().chain([(body.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = body[start..at].trim();
                if !part.is_empty() {
                    expand(part, &before, paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The room that a module is in.
fn room_of(module: &[String], rooms: &Rooms) -> Option<String> {
    (1..module.len())
        .rev()
        .map(|end| module[1..=end].join("/"))
        .find(|name| rooms.contains_key(name))
}

/// Paths that stand anywhere in the text, not only in a `use`.
fn mentions(text: &str) -> Vec<Module> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let starts = ["crate::", "heatmap::"]
        .into_iter()
        .flat_map(|start| code.match_indices(start).collect::<Vec<_>>());
    let path = |(at, _): (usize, &str)| {
        let rest = &code[at..];
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
            .unwrap_or(rest.len());
        rest[..end]
            .split("::")
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    starts.map(path).collect()
}

#[test]
fn no_room_knows_more_than_it_may() {
    let rooms = rooms();
    let mut unused = rooms.clone();
    for (module, text) in sources() {
        let Some(room) = room_of(&module, &rooms) else {
            continue;
        };
        let paths = uses(&text)
            .into_iter()
            .map(|(_, path)| path)
            .chain(mentions(&text));
        for known in paths.filter_map(|path| resolve(&path, &module)) {
            let Some(known_room) = room_of(&known, &rooms).filter(|known| *known != room) else {
                continue;
            };
            let may = rooms[&room].contains(&known_room) || rooms[&room].contains(EVERYTHING);
            assert!(
                may,
                "{} knows {}, which {room} may not",
                module.join("::"),
                known.join("::")
            );
            unused.get_mut(&room).expect("a room").remove(&known_room);
        }
    }
    for known in unused.values_mut() {
        known.remove(EVERYTHING);
    }
    unused.retain(|_, known| !known.is_empty());
    assert!(
        unused.is_empty(),
        "these walls have doors that nobody uses: {unused:?}"
    );
}

#[test]
fn every_file_is_in_a_room() {
    let rooms = rooms();
    for module in sources()
        .keys()
        .filter(|module| module.len() > crate_of(module).len())
    {
        assert!(
            room_of(module, &rooms).is_some(),
            "{} is in no room of docs/architecture.md",
            module.join("::")
        );
    }
}

#[test]
fn rooms_do_not_know_one_another_in_a_circle() {
    let circle = circle(&rooms());
    assert!(
        circle.is_empty(),
        "these rooms know one another: {circle:?}"
    );
}

/// A module and those inside it are one thing from outside, so what a folder's `mod.rs` and its
/// files know of one another is no circle.
#[test]
fn files_do_not_know_one_another_in_a_circle() {
    let sources = sources();
    let mut known: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, text) in &sources {
        let paths = uses(text)
            .into_iter()
            .filter_map(|(_, path)| resolve(&path, module));
        let homes = paths.map(|path| home(path, &sources));
        let others = homes.filter(|home| !home.starts_with(module) && !module.starts_with(home));
        known.insert(module.clone(), others.collect());
    }
    let circle = circle(&known);
    assert!(
        circle.is_empty(),
        "these files know one another: {circle:#?}"
    );
}

/// The file in which a name is defined, through the `pub use` of the modules on the way.
fn home(mut path: Module, sources: &BTreeMap<Module, String>) -> Module {
    for _ in 0..8 {
        let Some(length) = (1..=path.len())
            .rev()
            .find(|&length| sources.contains_key(&path[..length]))
        else {
            break;
        };
        let (module, name) = path.split_at(length);
        let Some(name) = name.first() else {
            return path;
        };
        let again = uses(&sources[module])
            .into_iter()
            .filter(|(public, _)| *public);
        let elsewhere = again
            .filter_map(|(_, path)| resolve(&path, module))
            .find(|path| path.last() == Some(name));
        match elsewhere {
            Some(elsewhere) if elsewhere != path => path = elsewhere,
            _ => return module.to_vec(),
        }
    }
    path
}

/// Those that are left when whoever knows none of the others has been taken away, and whoever none
/// of the others knows.
fn circle<T: Ord + Clone>(known: &BTreeMap<T, BTreeSet<T>>) -> BTreeSet<T> {
    let mut left: BTreeSet<T> = known.keys().cloned().collect();
    loop {
        let knows = |one: &T| {
            known[one]
                .iter()
                .any(|other| other != one && left.contains(other))
        };
        let is_known = |one: &T| {
            left.iter()
                .any(|other| other != one && known[other].contains(one))
        };
        let next: BTreeSet<T> = left
            .iter()
            .filter(|one| knows(one) && is_known(one))
            .cloned()
            .collect();
        if next.len() == left.len() {
            return left;
        }
        left = next;
    }
}

#[test]
fn paths_are_understood() {
    let text = "use super::{a, b::{C, d as e}};\npub use self::x::Y;\nlet used = 1;";
    let found: Vec<String> = uses(text).iter().map(|(_, path)| path.join("::")).collect();
    assert_eq!(
        found,
        ["super::a", "super::b::C", "super::b::d", "self::x::Y"]
    );
    let module: Module = ["heatmap", "geo", "view"].map(str::to_owned).into();
    let resolved = resolve(&["super", "Extent"].map(str::to_owned), &module).expect("inside");
    assert_eq!(resolved.join("::"), "heatmap::geo::Extent");
    let known = [
        ("a", vec!["b"]),
        ("b", vec!["c"]),
        ("c", vec!["b"]),
        ("d", vec!["a"]),
    ];
    let known = known
        .map(|(one, others)| (one, others.into_iter().collect()))
        .into();
    assert_eq!(circle(&known), ["b", "c"].into());
}

/// The library's users have no command line, so its words name no option: that is what `Remedy` is
/// for.
#[test]
fn the_library_names_no_option() {
    for (module, text) in sources() {
        if module.get(1).is_some_and(|room| room == "cli")
            || module.ends_with(&["arguments".to_owned()])
        {
            continue;
        }
        for words in strings(&text) {
            let option = words
                .split(|c: char| c.is_whitespace() || "(\"'`".contains(c))
                .find(|word| is_option(word));
            assert!(option.is_none(), "{} says {words:?}", module.join("::"));
        }
    }
}

/// The strings of a source file, comments excepted.
fn strings(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let code = code
        .replace("'\"'", "' '")
        .replace("b'\"'", "b' '")
        .replace("\\\"", "\\'");
    code.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// `-W`, `--width` and the like.
fn is_option(word: &str) -> bool {
    let name = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    let letters =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
    match (name.strip_prefix("--"), name.strip_prefix('-')) {
        (Some(name), _) => letters(name),
        (None, Some(name)) => name.len() == 1 && letters(name),
        (None, None) => false,
    }
}

/// What a clone shows first is settled: nothing that somebody made in passing stays there.
#[test]
fn the_top_level_is_what_was_agreed() {
    let agreed = [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "docs",
        "examples",
        "gradients",
        "src",
        "tests",
    ];
    let entries = std::process::Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output();
    // A packed copy of the sources is no clone.
    let Some(listed) = entries.ok().filter(|done| done.status.success()) else {
        return;
    };
    let listed = String::from_utf8(listed.stdout).expect("names");
    let tops: BTreeSet<&str> = listed
        .split('\0')
        .filter_map(|name| name.split('/').next())
        .filter(|name| !name.is_empty() && !name.starts_with('.'))
        .collect();
    assert_eq!(tops, BTreeSet::from(agreed));
}
