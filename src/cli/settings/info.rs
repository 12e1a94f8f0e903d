//! `heatmap info`: what the files hold, as a table or as JSON, and nothing drawn.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use heatmap::error::Result;
use heatmap::geo::Crs;
use heatmap::input;
use heatmap::product::gather;

use super::args::InputArgs;
use super::args::outputs::RunArgs;
use super::values::ProjectionName;
use super::{Refused, Terminals, convert, normalized, system, words};

/// The word that asks for it, as the first argument.
pub const WORD: &str = "info";

/// Says what files hold, and draws nothing
#[derive(Debug, Parser)]
#[command(
    name = "heatmap info",
    max_term_width = 100,
    infer_long_args = true,
    args_override_self = true
)]
#[command(override_usage = "heatmap info [--json] [OPTIONS] [FILE]...")]
struct Arguments {
    /// Files to read, folders of them, archives or packed files; '-' is standard input, as is no
    /// file at all when something is piped in
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: InputArgs,
    /// xy: places are plain x, y in any unit, such as those of a screen
    #[arg(
        short = 'P',
        long,
        value_name = "NAME",
        value_enum,
        default_value = "equirectangular"
    )]
    projection: ProjectionName,
    #[command(flatten)]
    run: RunArgs,
}

/// What is to be told of which files.
#[derive(Debug)]
pub struct Info {
    /// The files, and how they are read.
    pub data: gather::DataOptions,
    /// As JSON instead of a table.
    pub json: bool,
    pub threads: Option<usize>,
    pub quiet: bool,
    pub verbose: bool,
    /// What is odd about the command line, but no error.
    pub warnings: Vec<String>,
}

/// Reads a command line whose first argument is the [`WORD`].
///
/// # Errors
/// When it asks for help, or makes no sense.
pub fn parse(line: Vec<OsString>, terminals: Terminals) -> Result<Info, Refused> {
    let line = normalized(line).enumerate();
    let line = line.filter(|(at, _)| *at != 1).map(|(_, word)| word);
    let arguments =
        Arguments::try_parse_from(line).map_err(|error| Refused::ByClap(Box::new(error)))?;
    settings(arguments, terminals).map_err(Refused::ByUs)
}

fn settings(arguments: Arguments, terminals: Terminals) -> Result<Info> {
    let mut warnings: Vec<_> = words::shadowed(WORD).into_iter().collect();
    let crs = arguments.projection.with(false).unwrap_or(Crs::Wgs84);
    let run = arguments.run;
    let memory = run.memory();
    let (input, sources) = convert::input(
        arguments.input,
        arguments.files,
        Some(terminals),
        memory,
        &mut warnings,
    )?;
    let input = input::Options {
        // Nothing is drawn, so no latitude is beyond a map.
        map: crs.base(),
        ..system::on(crs, input)?
    };
    Ok(Info {
        data: gather::DataOptions {
            sources,
            input,
            memory: memory.0,
        },
        json: arguments.json,
        threads: run.threads,
        quiet: run.quiet,
        verbose: run.verbose || run.debug,
        warnings,
    })
}
