//! Command lines of commands: those that have options of pictures as well have two kinds of words,
//! their own, and all others, which are read as if a picture was asked for.

use std::ffi::OsString;
use std::path::Path;

use clap::parser::ValueSource;
use clap::{Arg, Command, CommandFactory, Parser};

use super::args::Arguments;
use super::{Refused, Terminals, normalized};

/// What is odd about a command that is called like a file that is there.
pub fn shadowed(command: &str) -> Option<String> {
    let is_there = Path::new(command).exists();
    is_there.then(|| {
        format!("{command} is a command here; the file of that name is written ./{command}")
    })
}

/// Takes a command line whose first argument is a command apart: into what it says to that, and the
/// command line of a picture.
///
/// # Errors
/// When it asks for help, and when its own words make no sense.
pub fn apart<O: Parser>(
    line: &[OsString],
    help: impl FnOnce() -> String,
) -> Result<(O, Vec<OsString>), Refused> {
    let words: Vec<OsString> = normalized(line.iter().skip(2).cloned()).collect();
    let is_help = |word: &OsString| *word == "--help" || *word == "-h";
    if words.iter().take_while(|word| *word != "--").any(is_help) {
        return Err(Refused::Answer(help()));
    }
    let command = O::command();
    let (own, others) = sorted(&command, words);
    let own = std::iter::once(command.get_name().into()).chain(own);
    let own = O::try_parse_from(own).map_err(|error| Refused::ByClap(Box::new(error)))?;
    let picture = ["heatmap", "-o", "png:-"].map(OsString::from);
    Ok((own, picture.into_iter().chain(others).collect()))
}

/// The words of a command, and all others.
fn sorted(command: &Command, words: Vec<OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let has_value = |arg: &Arg| !arg.is_require_equals_set();
    let names: Vec<(String, bool)> = command
        .get_arguments()
        .flat_map(|arg| {
            let names = arg.get_long_and_visible_aliases().unwrap_or_default();
            let names = names.into_iter().map(|name| format!("--{name}"));
            names.map(move |name| (name, has_value(arg)))
        })
        .collect();
    let (mut own, mut others) = (Vec::new(), Vec::new());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            others.push(word);
            break;
        }
        let text = word.to_string_lossy().into_owned();
        let name = text.split('=').next().unwrap_or_default();
        let Some((_, has_value)) = names.iter().find(|(own, _)| own == name) else {
            others.push(word);
            continue;
        };
        own.push(word);
        if *has_value && !text.contains('=') {
            own.extend(words.next());
        }
    }
    others.extend(words);
    (own, others)
}

/// The first option on the command line of a picture that a command has not, by the group and the
/// name of those that it has.
pub fn stranger(picture: &[OsString], is_ours: impl Fn(Option<&str>, &str) -> bool) -> Option<Arg> {
    let command = Arguments::command();
    // What is wrong with the line is told by whoever reads it.
    let matches = command.clone().try_get_matches_from(picture).ok()?;
    let is_given = |id: &str| {
        let places = matches.indices_of(id).map_or(0, Iterator::count);
        // The one that was put there.
        let own = usize::from(id == "output");
        matches.value_source(id) == Some(ValueSource::CommandLine) && places > own
    };
    let mut all = command.get_arguments();
    let found = all.find(|arg| {
        let id = arg.get_id().as_str();
        is_given(id) && !is_ours(arg.get_help_heading(), id)
    });
    found.cloned()
}

/// The options of a command, and those of pictures that it has, by their group and name.
pub fn help<O: Parser>(
    terminals: Terminals,
    is_ours: impl Fn(&str, &str) -> bool,
    examples: &str,
) -> String {
    let shown = |mut command: Command| {
        let text = command.render_help();
        if terminals.colors {
            text.ansi().to_string()
        } else {
            text.to_string()
        }
    };
    let own = shown(O::command().help_template("{about}\n\n{usage-heading} {usage}\n\n{all-args}"));
    let others = Arguments::command()
        .help_template("{all-args}")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .mut_args(|arg| {
            let group = arg.get_help_heading().unwrap_or_default();
            let is_there = is_ours(group, arg.get_id().as_str());
            let is_hidden = arg.is_hide_set() || !is_there;
            arg.hide(is_hidden)
        });
    let others = shown(others);
    format!("{}\n\n{}\n\n{examples}\n", own.trim_end(), others.trim())
}
