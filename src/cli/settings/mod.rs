//! What the user said, as types. Opens nothing and knows no data.
//!
//! `args` is what was written, `values` what a value may look like, `convert` makes of both what is
//! meant: [`Settings`], which never change.

mod analysis;
mod area;
mod args;
mod batches;
mod color;
mod convert;
mod film;
mod filters;
mod help;
mod info;
mod join;
mod look;
mod outputs;
mod passes;
mod serve;
mod slips;
mod span;
mod sql;
mod system;
mod tiles;
mod values;
mod words;

use std::ffi::OsString;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use heatmap::error::Error;
use heatmap::input::Source;
use heatmap::product;
use heatmap::product::{Pass, animation, batch};

use self::args::labels::LegendPlace;
pub use self::args::outputs::StatsForm;
pub use self::info::Info;
pub use self::join::Join;
pub use self::serve::Serve;
pub use self::span::SpanJoin;
pub use self::sql::Statement;
use self::values::color::SchemeName;
use crate::console;
use crate::terminal::{Caption, Choice, Terminal};

/// What the program is asked to do.
#[derive(Debug)]
pub enum Task {
    /// To draw a picture, or whatever else is made of heat.
    Draw(Box<Settings>),
    /// To say what files hold.
    Info(Box<Info>),
    /// To serve heat maps over HTTP.
    Serve(Box<Serve>),
    /// To join parts of a pyramid of tiles.
    Join(Join),
    /// To print the statement by which a database counts points.
    Sql(Box<Statement>),
    /// To join scales.
    Spans(SpanJoin),
}

impl Task {
    /// Whether nothing but errors is to be said.
    pub fn is_quiet(&self) -> bool {
        match self {
            Self::Draw(settings) => settings.quiet,
            Self::Info(info) => info.quiet,
            Self::Serve(serve) => serve.quiet,
            Self::Join(join) => join.quiet,
            Self::Sql(statement) => statement.quiet,
            Self::Spans(_) => false,
        }
    }

    /// The file that is read last and may be the one to write.
    pub fn unasked_picture(&self) -> Option<&str> {
        match self {
            Self::Draw(settings) => settings.unasked_picture.as_deref(),
            Self::Info(_) | Self::Serve(_) | Self::Join(_) | Self::Sql(_) | Self::Spans(_) => None,
        }
    }

    /// Whether it is to be said what is done.
    pub fn is_verbose(&self) -> bool {
        match self {
            Self::Draw(settings) => settings.verbose,
            Self::Info(info) => info.verbose,
            Self::Serve(serve) => serve.verbose,
            Self::Join(_) | Self::Spans(_) => false,
            Self::Sql(statement) => statement.verbose,
        }
    }
}

/// What a run is to do: ready parts for the library, and how the program behaves meanwhile.
#[derive(Debug)]
pub struct Settings {
    /// What is made of which data.
    pub product: product::Options,
    /// How the picture moves, if it does.
    pub animation: Option<animation::Options>,
    /// How the data are parted, each part with a picture of its own.
    pub batch: Option<batch::Options>,
    /// Which tiles are made, if any are.
    pub tiles: Option<product::tiles::Options>,
    /// How the picture is drawn in the terminal, if it is.
    pub display: Option<Choice>,
    /// What is known about the picture is said, in this form.
    pub stats: Option<StatsForm>,
    /// The command line as it was written, without the program's name.
    pub written: Vec<OsString>,
    /// The look that was added to it, because nothing is said of one.
    pub look: Option<&'static str>,
    /// The file that is read last and may be the one to write: a picture by its name, with no
    /// other asked for.
    pub unasked_picture: Option<String>,
    pub threads: Option<usize>,
    pub quiet: bool,
    pub verbose: bool,
    /// What is odd about the command line, but no error.
    pub warnings: Vec<String>,
}

impl Settings {
    /// The terminal that the picture is drawn in, if it is; `credit` is whom its map belongs to.
    pub fn terminal(&self, credit: Option<&str>) -> Option<Terminal> {
        let reads_stdin = self.product.data.sources.contains(&Source::Stdin);
        let caption = (!self.quiet).then(|| Caption::new(&self.written, self.look, reads_stdin));
        self.display
            .map(|choice| Terminal::new(choice, credit, caption))
    }
}

/// Where a person sits at the other end.
#[derive(Clone, Copy, Debug)]
pub struct Terminals {
    pub stdin: bool,
    pub stdout: bool,
    /// Whether standard output wants colours (<https://no-color.org>).
    pub colors: bool,
}

impl Terminals {
    pub fn detect() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let stdout = stdout().is_terminal();
        Self {
            stdin: stdin().is_terminal(),
            stdout,
            colors: stdout && !plain,
        }
    }
}

/// A command line that is not carried out: it asks for help, or makes no sense.
#[derive(Debug)]
pub enum Refused {
    /// clap has its own way to say it.
    ByClap(Box<clap::Error>),
    /// It only asks which schemes there are.
    Schemes { colors: bool },
    /// It only asks for a text.
    Answer(String),
    /// What clap cannot know.
    ByUs(Error),
}

impl Refused {
    /// Tells the user, and gives the exit code.
    pub fn print(&self) -> ExitCode {
        let answered = match self {
            Self::ByClap(answer) if !answer.use_stderr() => console::answer(|| answer.print()),
            Self::ByClap(error) => Err(in_short(error)),
            Self::Schemes { colors } => {
                console::answer(|| stdout().write_all(color::list(*colors).as_bytes()))
            }
            Self::Answer(text) => console::answer(|| stdout().write_all(text.as_bytes())),
            Self::ByUs(error) => Err(error.clone()),
        };
        answered.map_or_else(|error| complain(&error), |()| ExitCode::SUCCESS)
    }
}

fn complain(error: &Error) -> ExitCode {
    console::error(error);
    error.kind.exit_code().into()
}

/// clap's message in the form that all messages have: the fact on one line, and what else helps as
/// advice.
fn in_short(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("For more info"))
        // Whoever writes an option that there is not has no file of that name.
        .filter(|line| !line.starts_with("tip: to pass"));
    let fact = lines
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    let more: Vec<&str> = lines
        .take_while(|line| !line.starts_with("Usage:"))
        .collect();
    let advice = slips::meant(error).unwrap_or_else(|| {
        if more.is_empty() {
            "see heatmap --help".to_owned()
        } else {
            more.join("\n  ")
        }
    });
    Error::usage(fact).advice(advice)
}

/// Reads a command line, the program's name first. A command counts as the first argument alone.
///
/// # Errors
/// When it asks for help or the version, or makes no sense.
pub fn task(
    line: impl IntoIterator<Item = OsString>,
    terminals: Terminals,
) -> Result<Task, Refused> {
    let mut line: Vec<OsString> = line.into_iter().collect();
    let commands = [info::WORD, serve::WORD, join::WORD, span::WORD, sql::WORD];
    if let [_, help, command] = &mut line[..]
        && help == "help"
        && commands.iter().any(|word| command == word)
    {
        // The commands have pages of their own.
        *help = std::mem::replace(command, OsString::from("--help"));
    }
    if let Some(answer) = help::asked(&line, terminals) {
        return Err(answer.map_or_else(Refused::ByUs, Refused::Answer));
    }
    match line.get(1).and_then(|word| word.to_str()) {
        Some(info::WORD) => info::parse(line, terminals).map(|info| Task::Info(Box::new(info))),
        Some(serve::WORD) => {
            serve::parse(&line, terminals).map(|serve| Task::Serve(Box::new(serve)))
        }
        Some(join::WORD) => join::parse(line).map(Task::Join),
        Some(span::WORD) => span::parse(line).map(Task::Spans),
        Some(sql::WORD) => {
            sql::parse(&line, terminals).map(|statement| Task::Sql(Box::new(statement)))
        }
        _ => parse(line, terminals).map(|settings| Task::Draw(Box::new(settings))),
    }
}

/// What a picture in a terminal looks like if nobody says anything else. heatmap.py, whose users'
/// scripts want its defaults, draws none there.
const TERMINAL_LOOK: &str = "glow";

/// Reads a command line that asks for a picture.
///
/// # Errors
/// When it asks for help or the version, or makes no sense.
pub fn parse(
    line: impl IntoIterator<Item = OsString>,
    terminals: Terminals,
) -> Result<Settings, Refused> {
    let line: Vec<OsString> = line.into_iter().collect();
    let (settings, is_plain) = read(line.clone(), terminals)?;
    if settings.display.is_none() || !is_plain {
        return Ok(settings);
    }
    let mut looked = line;
    looked.insert(1, format!("--look={TERMINAL_LOOK}").into());
    let (looked, _) = read(looked, terminals)?;
    Ok(Settings {
        look: Some(TERMINAL_LOOK),
        written: settings.written,
        ..looked
    })
}

/// The settings, and whether nobody has said anything that looks decide on.
fn read(line: Vec<OsString>, terminals: Terminals) -> Result<(Settings, bool), Refused> {
    let written = line.iter().skip(1).cloned().collect();
    let mut line: Vec<OsString> = normalized(line).collect();
    let said = line.clone();
    let extra = match look::asked(&line).map_err(Refused::ByUs)? {
        look::Asked::List => return Err(Refused::Answer(look::list())),
        look::Asked::Explain(text) => return Err(Refused::Answer(text)),
        look::Asked::Picture(extra) => extra,
    };
    line.splice(1..1, extra.words);
    let mut line: Vec<OsString> = normalized(line).collect();
    animate_by_time(&mut line);
    let arguments = args::Arguments {
        written,
        ..parsed(line.iter().cloned())?
    };
    if matches!(arguments.color.scheme, Some(SchemeName::List)) {
        return Err(Refused::Schemes {
            colors: terminals.colors,
        });
    }
    let own = extra.has_passes.then_some(said.as_slice());
    slips::unit_apart(&said).map_err(Refused::ByUs)?;
    let passes = passes(&arguments, &line, own)?;
    let settings = convert::settings(arguments, passes, terminals).map_err(Refused::ByUs)?;
    Ok((settings, extra.is_plain))
}

/// Frames by time are those of an animation, whether that is said or not.
fn animate_by_time(line: &mut Vec<OsString>) {
    let options = line.iter().take_while(|word| *word != "--");
    let mut names = options.filter_map(|word| word.to_str());
    if names.any(|name| name == "--frame-time" || name.starts_with("--frame-time=")) {
        line.insert(1, "--animate".into());
    }
}

fn parsed(line: impl Iterator<Item = OsString>) -> Result<args::Arguments, Refused> {
    let line: Vec<OsString> = line.collect();
    // clap tells `-h` from `--help` by the room that it gives each option.
    let is_in_full = line.iter().any(|word| word == "--help");
    args::Arguments::try_parse_from(line).map_err(|error| {
        if error.kind() == ErrorKind::DisplayHelp && !is_in_full {
            Refused::Answer(help::short())
        } else {
            Refused::ByClap(Box::new(error))
        }
    })
}

/// What the command line means in every pass, whose words come last and so win.
///
/// Over those of a look the command line wins, as `own` has it, on the topmost.
fn passes(
    arguments: &args::Arguments,
    line: &[OsString],
    own: Option<&[OsString]>,
) -> Result<Vec<Pass>, Refused> {
    let pass = |arguments| convert::pass(arguments);
    let Some(passes) = &arguments.density.passes else {
        return Ok(vec![pass(parsed(line.iter().cloned())?)]);
    };
    let end = line
        .iter()
        .position(|word| word == "--")
        .unwrap_or(line.len());
    let with = |words: &Vec<String>| {
        let words = words.iter().map(OsString::from);
        parsed(
            line[..end]
                .iter()
                .cloned()
                .chain(words)
                .chain(line[end..].iter().cloned()),
        )
        .map(pass)
    };
    let mut passes = passes.0.clone();
    if let Some((own, top)) = own.zip(passes.last_mut()) {
        *top = look::overruled(own, top);
    }
    passes.iter().map(with).collect()
}

/// heatmap.py has `_` between the words of its long options; both ways are understood. A place for
/// the legend and the form of `--stats` may follow after a blank, where anything else that follows
/// is a file.
fn normalized(line: impl IntoIterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut options = true;
    let mut line = line.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut word = line.next()?;
        options &= word != "--";
        let is_value = |next: &OsString| match word.to_str().filter(|_| options) {
            Some("--legend") => next
                .to_str()
                .is_some_and(|next| next.parse::<LegendPlace>().is_ok()),
            Some("--stats") => next == "json" || next == "lines",
            _ => false,
        };
        if let Some(value) = line.next_if(is_value) {
            word.push("=");
            word.push(value);
        }
        Some(if options { dashed(word) } else { word })
    })
}

/// The long options of heatmap.py 1.14.
const HEATMAP_PY: [&str; 38] = [
    "--animate",
    "--background",
    "--background-brightness",
    "--background-image",
    "--csv",
    "--debug",
    "--decay",
    "--extent",
    "--ffmpegopts",
    "--filetype",
    "--frequency",
    "--gpx",
    "--gradient",
    "--height",
    "--help",
    "--hsva-max",
    "--hsva-min",
    "--ignore-csv-header",
    "--invert-background",
    "--keepframes",
    "--kernel",
    "--load",
    "--margin",
    "--osm",
    "--osm-base",
    "--osm-path-template",
    "--output",
    "--points",
    "--projection",
    "--radius",
    "--save",
    "--scale",
    "--shp-file",
    "--straggler-threshold",
    "--verbose",
    "--version",
    "--width",
    "--zoom",
];

/// An abbreviation that is unique in heatmap.py keeps its meaning, whatever options come.
fn unabbreviated(name: &str) -> String {
    let mut meant = HEATMAP_PY
        .into_iter()
        .filter(|option| option.starts_with(name));
    match (meant.next(), meant.next()) {
        (Some(only), None) if name.len() > 2 => only.to_owned(),
        _ => name.to_owned(),
    }
}

/// A word with `-` in the name of its option.
fn dashed(word: OsString) -> OsString {
    match word.to_str().filter(|word| word.starts_with("--")) {
        Some(option) => {
            let (name, value) = option.split_at(option.find('=').unwrap_or(option.len()));
            (unabbreviated(&name.replace('_', "-")) + value).into()
        }
        None => word,
    }
}

#[cfg(test)]
mod tests;
