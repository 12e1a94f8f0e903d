//! What becomes of the picture: which files, of which kind.

use std::path::{Path, PathBuf};

use heatmap::encode::{Format, Holds, Purpose};
use heatmap::error::{Error, Result};
use heatmap::input::{Source, is_database};
use heatmap::product::Target;
use heatmap::product::animation;
use heatmap::product::animation::Pace;
use heatmap::product::outlet::Level;
use heatmap::product::tiles::Kind;

use super::args::SavedArgs;
use super::args::outputs::OutputArgs;
use crate::terminal::Choice;

/// Where the picture goes; nowhere when its heat is only saved.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Files, or standard output.
    pub files: Vec<(Target, Format)>,
    /// It is drawn in the terminal.
    pub display: Option<Choice>,
}

/// All that is to be made of the picture.
pub fn outputs(
    args: &OutputArgs,
    saved: &SavedArgs,
    animation: Option<&animation::Options>,
    levels: &[Level],
    terminals: super::Terminals,
) -> Result<Outputs> {
    // Tiles are none of pictures.
    if args.output.iter().any(|name| Kind::of(name).is_some()) {
        return Ok(Outputs::default());
    }
    if animation.is_some() {
        can_move(args, saved, levels)?;
    }
    let purpose = match animation {
        Some(_) => Purpose::Film,
        None if args.raw => Purpose::Heat,
        None => Purpose::Still,
    };
    let file = |path: &PathBuf| {
        let (path, purpose) = asked(path, &args.output, purpose);
        if let Some(path) = rgba(path) {
            return png32(path, purpose);
        }
        let (path, format) = match prefixed(path, purpose) {
            Some(said) => said,
            None => (path, format(path, purpose)?),
        };
        let format = uri(args, path, format)?;
        let format = regions(levels, path, format)?;
        if format == Format::Kmz {
            animation.map_or(Ok(()), has_times)?;
        }
        Ok((target(path.to_owned()), format))
    };
    let on_terminal = terminals.stdout || args.terminal != Choice::Auto;
    let (mut files, mut display) = (Vec::new(), None);
    match args.output.as_slice() {
        [] if animation.is_some() && terminals.stdout => {
            return Err(Error::usage("an animation cannot be shown in the terminal")
                .advice("name a file, as in -o heat.gif, or use a pipe"));
        }
        [] if saved.save.is_some() && args.terminal == Choice::Auto => {}
        // A picture that has no other place is for the terminal; a pipe gets a file, unless the
        // user says how to draw.
        [] if animation.is_none() && on_terminal => display = Some(args.terminal),
        [] => files.push(file(&PathBuf::from("-"))?),
        paths => files = paths.iter().map(file).collect::<Result<_>>()?,
    }
    let mut formats = files
        .iter()
        .map(|(_, format): &(Target, Format)| format.facts());
    if !levels.is_empty() && !formats.any(|facts| facts.holds == Holds::Regions) {
        let fact = "--levels makes polygons, and no file is for them";
        return Err(Error::usage(fact).advice("name one, as in -o hot.geojson or -o hot.kml"));
    }
    Ok(Outputs { files, display })
}

/// The format of a file where hot regions are asked for, or are not.
fn regions(levels: &[Level], path: &Path, format: Format) -> Result<Format> {
    match format {
        Format::Kml if !levels.is_empty() => Ok(Format::KmlRegions),
        Format::GeoJson if levels.is_empty() => {
            let fact = format!("'{}' is for polygons of where it is hot", path.display());
            Err(Error::usage(fact).advice("say from which heat on, as with --levels p50,p90,p99"))
        }
        _ => Ok(format),
    }
}

/// The format of a file where data URIs are asked for.
fn uri(args: &OutputArgs, path: &Path, format: Format) -> Result<Format> {
    match format {
        _ if !args.data_uri => Ok(format),
        Format::Base64 => Ok(Format::DataUri),
        Format::Png if path == Path::new("-") => Ok(Format::DataUri),
        _ => {
            let fact = "--data-uri is for .b64 and for standard output";
            Err(Error::usage(fact).advice("leave it out, or name a .b64"))
        }
    }
}

/// What a name ends with that asks for heat in this file alone, as in `heat.tif:raw`.
const RAW: &str = ":raw";

/// The file that one of the names means, and what is asked of it.
fn asked<'a>(path: &'a Path, names: &[PathBuf], purpose: Purpose) -> (&'a Path, Purpose) {
    let own = path.to_str().and_then(|name| name.strip_suffix(RAW));
    match (own, purpose) {
        (Some(name), Purpose::Still | Purpose::Heat) => (Path::new(name), Purpose::Heat),
        // Plain pictures are none to complain of beside a file for which it was meant.
        (None, Purpose::Heat) if names.iter().any(|name| holds_heat(name)) && !holds_heat(path) => {
            (path, Purpose::Still)
        }
        _ => (path, purpose),
    }
}

/// What a name begins with whose picture is to be PNG as RGBA, as elsewhere.
const RGBA: &str = "png32:";

fn rgba(path: &Path) -> Option<&Path> {
    path.to_str()?.strip_prefix(RGBA).map(Path::new)
}

fn png32(path: &Path, purpose: Purpose) -> Result<(Target, Format)> {
    // Frames of animations are RGBA anyhow.
    let format = match (format(path, purpose)?, purpose) {
        (Format::Png, _) => Format::Png32,
        (Format::Apng, _) => Format::Apng,
        _ => {
            let fact = format!("{RGBA} is for PNG, and '{}' is none", path.display());
            return Err(Error::usage(fact).advice("leave it out, or name a .png"));
        }
    };
    Ok((target(path.to_owned()), format))
}

/// A name that begins with its format, as `ImageMagick` has them: `jpg:-` is JPEG on standard
/// output.
fn prefixed(path: &Path, purpose: Purpose) -> Option<(&Path, Format)> {
    let (extension, name) = path.to_str()?.split_once(':')?;
    // One letter is a drive.
    let is_extension = extension.len() > 1 && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    let format = Format::of(Path::new(&format!("a.{extension}")), purpose).ok()?;
    (is_extension && !name.is_empty()).then(|| (Path::new(name), format))
}

fn holds_heat(path: &Path) -> bool {
    format(path, Purpose::Heat).is_ok_and(|format| format.facts().holds == Holds::Heat)
}

/// Whether what is asked for can be had of pictures that move.
fn can_move(args: &OutputArgs, saved: &SavedArgs, levels: &[Level]) -> Result<()> {
    let still = [
        ("--raw", args.raw),
        ("--world-file", args.world_file),
        ("--levels", !levels.is_empty()),
    ];
    if let Some((option, _)) = still.iter().find(|(_, given)| *given) {
        return Err(
            Error::usage(format!("{option} is for pictures that stand still"))
                .advice("leave it out, or -a"),
        );
    }
    if saved.save.is_some() || !saved.load.is_empty() {
        return Err(
            Error::usage("saved heat does not know when it was, so it cannot move")
                .advice("leave out -a, or read the data itself"),
        );
    }
    Ok(())
}

/// What a path names that is read.
pub fn source(file: PathBuf) -> Source {
    if file == Path::new("-") {
        return Source::Stdin;
    }
    match file.to_str().filter(|text| is_database(text)) {
        Some(address) => Source::Database(address.to_owned()),
        None => Source::File(file),
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
fn format(path: &Path, purpose: Purpose) -> Result<Format> {
    let known = Format::of(path, purpose);
    if !(path == Path::new("-") || path.starts_with("/dev")) {
        return known;
    }
    match purpose {
        Purpose::Heat => {
            Err(Error::usage("heat as it is needs a file").advice("name one, as in -o heat.tif"))
        }
        Purpose::Film => Ok(known.unwrap_or(Format::Apng)),
        Purpose::Picture | Purpose::Still => Ok(known.unwrap_or(Format::Png)),
    }
}

fn has_times(animation: &animation::Options) -> Result<()> {
    match animation.pace {
        Pace::Time(_) => Ok(()),
        Pace::Count { .. } => Err(Error::usage("Google Earth wants to know when frames are")
            .advice("give their length with --frame-time")),
    }
}
