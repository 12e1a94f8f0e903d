//! A run of the program: what the settings say is made, and told.

use heatmap::encode::metadata::Metadata;
use heatmap::error::{Error, ErrorKind, Result};
use heatmap::product;
use heatmap::product::Display;

use crate::console::Console;
use crate::settings::{Settings, StatsForm};

/// Does what the settings say.
pub fn run(settings: &Settings, console: &Console) -> Result<()> {
    threads(settings.threads)?;
    settings
        .warnings
        .iter()
        .for_each(|warning| console.warn(warning));
    if let Some(animation) = &settings.animation {
        return product::film(&settings.product, animation, console);
    }
    let display = |credit: Option<&str>| {
        let terminal = settings.terminal(credit)?;
        Some(Box::new(terminal) as Box<dyn Display>)
    };
    let about = product::still(&settings.product, &display, console)?;
    if let Some((about, form)) = about.zip(settings.stats) {
        stats(&about, form, console);
    }
    Ok(())
}

fn stats(about: &Metadata, form: StatsForm, console: &Console) {
    match form {
        StatsForm::Json => console.answer(format_args!("{:#}", about.to_json())),
        StatsForm::Lines => {
            for (what, value) in about.lines() {
                console.answer(format_args!("{what}: {value}"));
            }
        }
    }
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
