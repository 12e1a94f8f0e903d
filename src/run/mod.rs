//! The story of a run: settings, shapes, view, heat, picture, file.

mod animate;
mod framing;
mod gather;
mod look;
mod still;

use heatmap::error::{Error, Kind, Result};

use crate::console::Console;
use crate::settings::Settings;

/// Does what the settings say.
pub fn run(settings: &Settings, console: &Console) -> Result<()> {
    threads(settings.threads)?;
    settings.warnings.iter().for_each(|warning| console.warn(warning));
    match &settings.animation {
        Some(animation) => animate::run(settings, animation, console),
        None => still::run(settings, console),
    }
}

/// All work is shared by these threads; by default as many as there are cores.
fn threads(count: Option<usize>) -> Result<()> {
    let Some(count) = count else { return Ok(()) };
    let built = rayon::ThreadPoolBuilder::new().num_threads(count).build_global();
    built.map_err(|error| Error::new(Kind::Internal, format!("{count} threads cannot be started: {error}")))
}
