//! `heatmap join`: archives of tiles that were made apart, as one.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use heatmap::error::{Error, Result};
use heatmap::product::tiles;

use super::{Refused, normalized, words};

/// The word that asks for it, as the first argument.
pub const WORD: &str = "join";

/// Joins the parts of a pyramid of tiles that were made with --tiles
#[derive(Debug, Parser)]
#[command(name = "heatmap join", max_term_width = 100, infer_long_args = true)]
#[command(override_usage = "heatmap join [OPTIONS] -o ALL.pmtiles [PART.pmtiles]...")]
struct Arguments {
    /// The parts, in any order: files of the kind .pmtiles
    #[arg(value_name = "PART", required = true)]
    parts: Vec<PathBuf>,
    /// What they are joined into: .pmtiles .mbtiles .sqlitedb 'tiles/{z}/{x}/{y}.png'; may be given
    /// several times
    #[arg(short = 'o', long, value_name = "FILE", required = true)]
    output: Vec<PathBuf>,
    /// Replace a folder that has something in it, or a file that is no pyramid of tiles
    #[arg(long)]
    overwrite: bool,
    /// Say nothing but errors
    #[arg(short = 'q', long)]
    quiet: bool,
}

/// What is joined.
#[derive(Debug)]
pub struct Join {
    /// The parts, and what they come to.
    pub parts: tiles::Join,
    pub quiet: bool,
    /// What is odd about the command line, but no error.
    pub warnings: Vec<String>,
}

/// Reads a command line whose first argument is the [`WORD`].
///
/// # Errors
/// When it asks for help, or makes no sense.
pub fn parse(line: Vec<OsString>) -> Result<Join, Refused> {
    let line = normalized(line).enumerate();
    let line = line.filter(|(at, _)| *at != 1).map(|(_, word)| word);
    let arguments =
        Arguments::try_parse_from(line).map_err(|error| Refused::ByClap(Box::new(error)))?;
    settings(arguments).map_err(Refused::ByUs)
}

fn settings(arguments: Arguments) -> Result<Join> {
    let is_store = |name: &&PathBuf| tiles::Kind::of(name).is_some();
    if let Some(other) = arguments.output.iter().find(|name| !is_store(name)) {
        let fact = format!("'{}' is no pyramid of tiles", other.display());
        return Err(Error::usage(fact).advice("name one, as in -o all.pmtiles"));
    }
    Ok(Join {
        parts: tiles::Join {
            parts: arguments.parts,
            stores: arguments.output,
            overwrite: arguments.overwrite,
        },
        quiet: arguments.quiet,
        warnings: words::shadowed(WORD).into_iter().collect(),
    })
}
