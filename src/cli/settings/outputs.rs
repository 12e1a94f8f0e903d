//! What becomes of the picture: which files, of which kind.

use std::path::{Path, PathBuf};

use heatmap::encode::Format;
use heatmap::encode::film;
use heatmap::encode::film::Codec;
use heatmap::error::{Error, Result};
use heatmap::geo::Crs;
use heatmap::product::animation::Pace;
use heatmap::product::{Kind, Target};

use super::Animation;
use super::args::SavedArgs;
use super::args::outputs::OutputArgs;
use crate::terminal::Choice;

/// What becomes of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A file, or standard output.
    Still(Target, Kind),
    /// A file of pictures that move.
    Film(Target, Reel),
    /// It is drawn in the terminal.
    Terminal(Choice),
}

/// The kinds of files whose pictures move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reel {
    /// An animation to look at.
    Film(film::Format),
    /// Pictures on the ground, each for a time.
    Kmz,
}

impl Output {
    /// Whether it can be made of a picture in a projection.
    ///
    /// # Errors
    /// When it is for pictures of the earth, and that is none.
    pub fn check(&self, crs: Crs) -> Result<()> {
        match self {
            Self::Still(_, kind) => kind.check(crs),
            Self::Film(_, Reel::Kmz) => Kind::Kmz.check(crs),
            Self::Film(_, Reel::Film(_)) | Self::Terminal(_) => Ok(()),
        }
    }

    /// Whether pixels can be half transparent there.
    pub fn has_alpha(&self) -> bool {
        match self {
            Self::Still(_, kind) => kind.has_alpha(),
            Self::Film(_, Reel::Film(format)) => format.has_alpha(),
            Self::Film(_, Reel::Kmz) | Self::Terminal(_) => true,
        }
    }

    /// Whether it is to lie on a map.
    pub fn is_layer(&self) -> bool {
        matches!(self, Self::Still(_, kind) if kind.is_layer())
    }
}

/// All that is to be made of the picture; nothing when its heat is only saved.
pub fn outputs(
    args: &OutputArgs,
    saved: &SavedArgs,
    animation: Option<&Animation>,
    passes: usize,
    terminals: super::Terminals,
) -> Result<Vec<Output>> {
    if let Some(animation) = animation {
        return films(args, saved, animation, passes, terminals);
    }
    let on_terminal = terminals.stdout || args.terminal != Choice::Auto;
    match args.output.as_slice() {
        [] if saved.save.is_some() && args.terminal == Choice::Auto => Ok(Vec::new()),
        // A picture that has no other place is for the terminal; a pipe gets a file, unless the
        // user says how to draw.
        [] if on_terminal => Ok(vec![Output::Terminal(args.terminal)]),
        [] => Ok(vec![Output::Still(
            Target::Stdout,
            kind(Path::new("-"), args.raw)?,
        )]),
        paths => paths
            .iter()
            .map(|path| Ok(Output::Still(target(path.clone()), kind(path, args.raw)?)))
            .collect(),
    }
}

fn films(
    args: &OutputArgs,
    saved: &SavedArgs,
    animation: &Animation,
    passes: usize,
    terminals: super::Terminals,
) -> Result<Vec<Output>> {
    let still = [
        ("--raw", args.raw),
        ("--world-file", args.world_file),
        ("--stats", args.stats.is_some()),
    ];
    if let Some((option, _)) = still.iter().find(|(_, given)| *given) {
        return Err(
            Error::usage(format!("{option} is for pictures that stand still"))
                .advice("leave it out, or -a"),
        );
    }
    if passes > 1 {
        return Err(Error::usage("an animation has one pass").advice("leave out -a, or --passes"));
    }
    if saved.save.is_some() || !saved.load.is_empty() {
        return Err(
            Error::usage("saved heat does not know when it was, so it cannot move")
                .advice("leave out -a, or read the data itself"),
        );
    }
    match args.output.as_slice() {
        [] if terminals.stdout => Err(Error::usage("an animation cannot be shown in the terminal")
            .advice("name a file, as in -o heat.gif, or use a pipe")),
        [] => Ok(vec![Output::Film(
            Target::Stdout,
            Reel::Film(film::Format::Codec(Codec::Apng)),
        )]),
        paths => paths
            .iter()
            .map(|path| Ok(Output::Film(target(path.clone()), reel(path, animation)?)))
            .collect(),
    }
}

/// Where a path leads.
pub fn target(path: PathBuf) -> Target {
    if path == Path::new("-") {
        Target::Stdout
    } else {
        Target::File(path)
    }
}

/// Standard output and devices such as /dev/stdout have no extension; they get what a pipe gets.
fn kind(path: &Path, raw: bool) -> Result<Kind> {
    let known = Kind::of(path, raw);
    if is_nameless(path) && raw {
        return Err(
            Error::usage("heat as it is needs a file").advice("name one, as in -o heat.tif")
        );
    }
    if is_nameless(path) {
        Ok(known.unwrap_or(Kind::Picture(Format::Png)))
    } else {
        known
    }
}

fn reel(path: &Path, animation: &Animation) -> Result<Reel> {
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("kmz"))
    {
        return match animation.pace {
            Pace::Time(_) => Ok(Reel::Kmz),
            Pace::Count { .. } => Err(Error::usage("Google Earth wants to know when frames are")
                .advice("give their length with --frame-time")),
        };
    }
    let known = film::Format::of(path).map(Reel::Film);
    if is_nameless(path) {
        Ok(known.unwrap_or(Reel::Film(film::Format::Codec(Codec::Apng))))
    } else {
        known
    }
}

fn is_nameless(path: &Path) -> bool {
    path == Path::new("-") || path.starts_with("/dev")
}
