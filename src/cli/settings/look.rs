//! Looks and the user's configuration: files of options, one a line, that come before the command
//! line, which wins wherever both say something.
//!
//! As in ripgrep, only a file that the environment names holds options which always apply
//! (<https://github.com/BurntSushi/ripgrep/blob/master/GUIDE.md#configuration-file>).

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, Command, CommandFactory};
use heatmap::encode::{Format, Purpose};
use heatmap::error::{Error, Location, Result};
use heatmap::product::tiles::Kind;

use super::args::Arguments;

/// Names a file of options that always apply.
const CONFIG: &str = "HEATMAP_CONFIG";

macro_rules! look {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../../gradients/looks/", $name, ".txt")),
        )
    };
}

/// Those that are part of the program.
static LOOKS: [(&str, &str); 8] = [
    look!("glow"),
    look!("tracks"),
    look!("density"),
    look!("print"),
    look!("night"),
    look!("dots"),
    look!("jjguy"),
    look!("heatmap.py"),
];

/// What looks say of pictures, and tiles have no use for, which lie on maps of others; and what only
/// some files can hold.
const OF_PICTURES: [&str; 6] = [
    "background",
    "background_brightness",
    "background_grayscale",
    "dpi",
    "legend",
    "osm",
];
const OF_SOME: [&str; 1] = ["dpi"];

/// What a look is asked for.
pub enum Asked {
    /// Which there are.
    List,
    /// What one says.
    Explain(String),
    /// A picture, with these words before those of the command line.
    Picture(Extra),
}

/// Words of options from files.
#[derive(Debug, Default)]
pub struct Extra {
    pub words: Vec<OsString>,
    /// The passes are a look's, so that what the command line says goes for the topmost.
    pub has_passes: bool,
    /// Nobody has said anything that looks decide on.
    pub is_plain: bool,
}

/// What the words of a command line (the program's name first) and the files that they name ask
/// for.
///
/// # Errors
/// When a file cannot be read, or has something that is no option.
pub fn asked(line: &[OsString]) -> Result<Asked> {
    let is_plain = has(line, "--no-config");
    let config = std::env::var_os(CONFIG).filter(|name| !name.is_empty() && !is_plain);
    let config = config
        .map(|name| Options::read(Path::new(&name)))
        .transpose()?;
    let name = value(line, "--look").or_else(|| config.as_ref().and_then(Options::look));
    if name.as_deref() == Some("list") {
        return Ok(Asked::List);
    }
    let look = name.map(|name| Options::named(&name)).transpose()?;
    if let Some(look) = look.as_ref().filter(|_| has(line, "--explain")) {
        return Ok(Asked::Explain(look.text.clone()));
    }
    let command = Arguments::command();
    let mut given = Given::of(&command, line);
    let mut extra = Extra {
        is_plain: look.is_none(),
        ..Extra::default()
    };
    // What comes first here wins, and stands last.
    for options in [look, config].into_iter().flatten() {
        let kept = options.kept(&command, &given)?;
        extra.has_passes |= kept.iter().any(|(id, _)| id == "passes");
        let words = kept.iter().map(|(_, word)| OsString::from(word));
        extra.words.splice(0..0, words);
        given.ids.extend(kept.into_iter().map(|(id, _)| id));
    }
    extra.is_plain &= !given.overrules_looks(&command);
    Ok(Asked::Picture(extra))
}

/// The names of those that are part of the program.
pub fn names() -> impl Iterator<Item = &'static str> {
    LOOKS.iter().map(|(name, _)| *name)
}

/// The names of all looks, one a line, each with what it is for.
pub fn list() -> String {
    let own = own_folder().and_then(|folder| fs::read_dir(folder).ok());
    let own = own.into_iter().flatten().flatten().filter_map(|entry| {
        let path = entry.path();
        let name = path.file_stem()?.to_str()?.to_owned();
        let text = fs::read_to_string(&path).ok()?;
        (path.extension() == Some(OsStr::new("txt"))).then_some((name, text))
    });
    let mut own: Vec<(String, String)> = own.collect();
    own.sort();
    let line = |name: &str, text: &str| format!("{name:<11} {}\n", purpose(text));
    let built_in = LOOKS.iter().map(|(name, text)| line(name, text));
    built_in
        .chain(own.iter().map(|(name, text)| line(name, text)))
        .collect()
}

fn purpose(text: &str) -> &str {
    let first = text.lines().find_map(|line| line.trim().strip_prefix('#'));
    first.unwrap_or_default().trim()
}

fn own_folder() -> Option<PathBuf> {
    Some(dirs::config_dir()?.join("heatmap").join("looks"))
}

/// The words of a pass that the command line does not overrule.
pub fn overruled(line: &[OsString], words: &[String]) -> Vec<String> {
    let command = Arguments::command();
    let given = Given::of(&command, line);
    let stays =
        |word: &&String| found(&command, word).is_none_or(|arg| !given.overrules(&command, arg));
    words.iter().filter(stays).cloned().collect()
}

/// A file of options.
struct Options {
    name: String,
    text: String,
}

impl Options {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|fact| {
            Error::input(Location::file(path), format!("cannot be read: {fact}"))
        })?;
        Ok(Self {
            name: path.display().to_string(),
            text,
        })
    }

    /// A look by its name, or by its path: the user's own ones come first.
    fn named(name: &str) -> Result<Self> {
        if name.contains(['/', '\\']) {
            return Self::read(Path::new(name));
        }
        let own = own_folder().map(|folder| folder.join(format!("{name}.txt")));
        if let Some(own) = own.filter(|own| own.is_file()) {
            return Self::read(&own);
        }
        match LOOKS.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Ok(Self {
                name: format!("the look {name}"),
                text: (*text).to_owned(),
            }),
            None => Err(Error::usage(format!("there is no look '{name}'"))
                .advice("--look list shows those that there are")),
        }
    }

    /// The look that it asks for.
    fn look(&self) -> Option<String> {
        let mut words = self.words();
        words.find_map(|(_, word)| word.strip_prefix("--look=").map(str::to_owned))
    }

    /// Its words, each with its line.
    fn words(&self) -> impl Iterator<Item = (u64, String)> {
        words(&self.text)
    }

    /// Its words but for those that others overrule, each with its option.
    fn kept(&self, command: &Command, given: &Given) -> Result<Vec<(String, String)>> {
        let mut kept = Vec::new();
        for (number, word) in self
            .words()
            .filter(|(_, word)| !word.starts_with("--look="))
        {
            let Some(arg) = found(command, &word) else {
                let fact = format!("'{word}' is no option");
                return Err(Error::input(Location::at(&self.name, number), fact)
                    .advice("write one option a line, as in --radius=12; see heatmap --help"));
            };
            let is_useless = given.useless.contains(&arg.get_id().as_str());
            if !is_useless && !given.overrules(command, arg) {
                kept.push((arg.get_id().to_string(), word));
            }
        }
        Ok(kept)
    }
}

/// The words of a file of options, each with its line.
fn words(text: &str) -> impl Iterator<Item = (u64, String)> {
    let lines = text.lines().map(str::trim).zip(1..);
    let lines = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(line, number)| (number, joined(line)))
}

/// `--radius 5` in one word.
fn joined(line: &str) -> String {
    match line.split_once(char::is_whitespace) {
        Some((name, value)) if name.starts_with("--") && !name.contains('=') => {
            format!("{name}={}", value.trim())
        }
        Some((name, value)) if name.starts_with('-') && name.len() == 2 => {
            format!("{name}{}", value.trim())
        }
        _ => line.to_owned(),
    }
}

/// The option of a word such as `--radius=5` or `-r5`.
fn found<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let mut args = command.get_arguments();
    if let Some(long) = word.strip_prefix("--") {
        let name = long.split('=').next().unwrap_or_default().replace('_', "-");
        return args.find(|arg| {
            let aliases = arg.get_all_aliases().unwrap_or_default();
            arg.get_long() == Some(&name) || aliases.contains(&&*name)
        });
    }
    let short = word.strip_prefix('-')?.chars().next()?;
    args.find(|arg| arg.get_short() == Some(short))
}

/// The options that somebody gave.
struct Given {
    ids: HashSet<String>,
    /// Options for which what is to be written has no use.
    useless: &'static [&'static str],
}

impl Given {
    /// Those of a command line; none of one that makes no sense, which is told later.
    fn of(command: &Command, line: &[OsString]) -> Self {
        let matches = command.clone().try_get_matches_from(line);
        let ids = matches.iter().flat_map(|matches| {
            let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
            let known = command.get_arguments().map(|arg| arg.get_id().as_str());
            known.filter(move |id| is_given(id)).map(str::to_owned)
        });
        let outputs = matches.iter().flat_map(|matches| {
            let outputs = matches.get_many::<PathBuf>("output");
            outputs.into_iter().flatten()
        });
        Self {
            ids: ids.collect(),
            useless: useless(&outputs.collect::<Vec<_>>()),
        }
    }

    /// Whether any of them is one that looks have, or contradicts one, or makes values of heat, for
    /// which looks are not.
    fn overrules_looks(&self, command: &Command) -> bool {
        let mut values = ["aggregate", "surface", "value"].iter();
        let has_values = values.any(|id| self.ids.contains(*id));
        has_values
            || LOOKS.iter().any(|(_, text)| {
                let mut args = words(text).filter_map(|(_, word)| found(command, &word));
                args.any(|arg| self.overrules(command, arg))
            })
    }

    /// Whether an option is among them, or contradicts one.
    fn overrules(&self, command: &Command, arg: &Arg) -> bool {
        let conflicts = |a: &Arg, id: &str| {
            let others = command.get_arg_conflicts_with(a);
            others.iter().any(|other| other.get_id() == id)
        };
        let of = |id: &String| {
            command
                .get_arguments()
                .find(|arg| arg.get_id() == id.as_str())
        };
        let mut given = self.ids.iter().filter_map(of);
        given.any(|given| {
            given.get_id() == arg.get_id()
                || conflicts(arg, given.get_id().as_str())
                || conflicts(given, arg.get_id().as_str())
        })
    }
}

/// The options of looks for which files of these names have no use.
fn useless(outputs: &[&PathBuf]) -> &'static [&'static str] {
    let says_dpi = |output: &&PathBuf| {
        let format = Format::of(output, Purpose::Picture);
        format.map_or(true, Format::says_dpi)
    };
    if outputs.iter().any(|output| Kind::of(output).is_some()) {
        &OF_PICTURES
    } else if outputs.is_empty() || outputs.iter().any(says_dpi) {
        &[]
    } else {
        &OF_SOME
    }
}

fn options(line: &[OsString]) -> impl Iterator<Item = &str> {
    let words = line.iter().skip(1).take_while(|word| *word != "--");
    words.filter_map(|word| word.to_str())
}

fn has(line: &[OsString], name: &str) -> bool {
    options(line).any(|word| word == name)
}

/// The value of an option, the last one.
fn value(line: &[OsString], name: &str) -> Option<String> {
    let words: Vec<&str> = options(line).collect();
    words.iter().enumerate().rev().find_map(|(number, word)| {
        let rest = word.strip_prefix(name)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            None if rest.is_empty() => words.get(number + 1).map(|&value| value.to_owned()),
            None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_look_is_options_and_says_what_it_is_for() {
        let command = Arguments::command();
        let nobody = Given {
            ids: HashSet::new(),
            useless: &[],
        };
        for (name, text) in LOOKS {
            let look = Options::named(name).unwrap();
            assert!(!look.kept(&command, &nobody).unwrap().is_empty(), "{name}");
            assert!(!purpose(text).is_empty(), "{name}");
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/gradients/looks");
        let files = fs::read_dir(folder).unwrap().flatten();
        let files = files.filter(|file| file.path().extension() == Some(OsStr::new("txt")));
        assert_eq!(files.count(), LOOKS.len());
    }

    #[test]
    fn what_is_given_overrules_its_likes_and_what_it_contradicts() {
        let command = Arguments::command();
        let words = ["heatmap", "--colors", "red,blue", "-r", "9"].map(OsString::from);
        let given = Given::of(&command, &words);
        let overruled = |word: &str| given.overrules(&command, found(&command, word).unwrap());
        assert!(overruled("--radius=3") && overruled("--scheme=fire") && overruled("-r3"));
        assert!(!overruled("--decay=1") && !overruled("--background=red"));
        let words = ["heatmap", "-o", "a.pmtiles"].map(OsString::from);
        let print = Options::named("print").unwrap();
        let kept = print.kept(&command, &Given::of(&command, &words)).unwrap();
        assert!(kept.iter().all(|(id, _)| id != "dpi" && id != "background"));
        assert_eq!(joined("-r  5"), "-r5");
        assert_eq!(joined("--radius 5"), "--radius=5");
    }
}
