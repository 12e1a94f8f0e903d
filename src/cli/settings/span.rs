//! `heatmap span join`: one scale for pictures that were made apart.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use heatmap::product::Target;

use super::outputs::target;
use super::{Refused, normalized, words};

/// The word that asks for it, as the first argument.
pub const WORD: &str = "span";

/// Makes scales of pictures that were made apart one
#[derive(Debug, Parser)]
#[command(name = "heatmap span", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Joins scales that --span-out wrote into one that spans all of them, for --span-from
    #[command(override_usage = "heatmap span join [-o ALL.json] [SPAN.json]...")]
    Join {
        /// The scales, in any order
        #[arg(value_name = "SPAN", required = true)]
        spans: Vec<PathBuf>,
        /// Where the one goes; '-' is standard output
        #[arg(short = 'o', long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
    },
}

/// Scales that are joined.
#[derive(Debug)]
pub struct SpanJoin {
    pub spans: Vec<PathBuf>,
    pub output: Target,
    /// What is odd about the command line, but no error.
    pub warnings: Vec<String>,
}

/// Reads a command line whose first argument is the [`WORD`].
///
/// # Errors
/// When it asks for help, or makes no sense.
pub fn parse(line: Vec<OsString>) -> Result<SpanJoin, Refused> {
    let line = normalized(line).enumerate();
    let line = line.filter(|(at, _)| *at != 1).map(|(_, word)| word);
    let arguments =
        Arguments::try_parse_from(line).map_err(|error| Refused::ByClap(Box::new(error)))?;
    let What::Join { spans, output } = arguments.what;
    Ok(SpanJoin {
        spans,
        output: target(output),
        warnings: words::shadowed(WORD).into_iter().collect(),
    })
}
