//! The story of a run: settings, shapes, view, heat, picture, file.

mod animate;
mod extras;
mod framing;
mod gather;
mod look;
mod still;

use std::collections::HashSet;
use std::path::Path;

use heatmap::error::{Error, ErrorKind, Result};
use heatmap::product::Destination;

use crate::console::Console;
use crate::settings::Settings;

/// Does what the settings say.
pub fn run(settings: &Settings, console: &Console) -> Result<()> {
    threads(settings.threads)?;
    settings
        .warnings
        .iter()
        .for_each(|warning| console.warn(warning));
    match &settings.animation {
        Some(animation) => animate::run(settings, animation, console),
        None => still::run(settings, console),
    }
}

/// One of two files of a name would be lost.
fn different<'a>(destinations: impl Iterator<Item = &'a Destination>) -> Result<()> {
    let mut names = HashSet::new();
    let name = |destination: &'a Destination| match destination {
        Destination::Stdout => Some(Path::new("-")),
        Destination::File(path) => Some(path.as_path()),
        Destination::Device(_) => None,
    };
    let again = destinations
        .filter_map(name)
        .find(|name| !names.insert(*name));
    again.map_or(Ok(()), |file| {
        Err(
            Error::usage(format!("{} is to be written twice", file.display()))
                .advice("choose another name for one of both"),
        )
    })
}

/// All work is shared by these threads; by default as many as there are cores.
fn threads(count: Option<usize>) -> Result<()> {
    let built = rayon::ThreadPoolBuilder::new()
        .num_threads(count.unwrap_or(0))
        .build_global();
    built.map_err(|error| {
        Error::new(
            ErrorKind::Limit,
            format!("the threads that share the work cannot be started: {error}"),
        )
        .advice("ask for fewer with --threads")
    })
}
