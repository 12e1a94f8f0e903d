//! A run of the program: what the settings say is made, and told.

use std::io::{self, Write};

use heatmap::color::Tone;
use heatmap::encode::metadata::Metadata;
use heatmap::error::{Error, ErrorKind, Result};
use heatmap::product;
use heatmap::product::{Destination, Display, inventory};
use heatmap::serve;
use serde_json::json;

use crate::advice;
use crate::console;
use crate::console::Console;
use crate::settings::{Info, Serve, Settings, SpanJoin, Statement, StatsForm, Task};
use crate::signals;

/// Does what the program is asked to do.
pub fn run(task: &Task, console: &Console) -> Result<()> {
    match task {
        Task::Draw(settings) => draw(settings, console),
        Task::Info(info) => tell(info, console),
        Task::Serve(service) => serve(service, console),
        Task::Sql(statement) => sql(statement, console),
        Task::Spans(join) => spans(join, console),
        Task::Join(join) => {
            join.warnings
                .iter()
                .for_each(|warning| console.warn(warning));
            product::tiles::join(&join.parts, console)
        }
    }
}

/// Joins scales into one.
fn spans(join: &SpanJoin, console: &Console) -> Result<()> {
    join.warnings
        .iter()
        .for_each(|warning| console.warn(warning));
    let joined = Tone::of_files(&join.spans)?;
    let file = Destination::prove(&join.output)?;
    file.write(|file| file.write_all(joined.to_json().as_bytes()))
}

/// Prints a statement, and writes which pixels it is for.
fn sql(statement: &Statement, console: &Console) -> Result<()> {
    statement
        .warnings
        .iter()
        .for_each(|warning| console.warn(warning));
    let (text, frame) = statement.write()?;
    if let Some(view) = &statement.view {
        Destination::prove(view)?.write(|file| writeln!(file, "{}", frame.text()))?;
    }
    console::answer(|| writeln!(io::stdout(), "{text};"))
}

/// Serves until a signal says that it is enough.
fn serve(service: &Serve, console: &Console) -> Result<()> {
    threads(service.threads)?;
    service
        .warnings
        .iter()
        .for_each(|warning| console.warn(warning));
    let control = serve::Control::default();
    signals::stop(&control);
    serve::run(&service.service, &control, console, console)
}

/// Says what files hold. Only when none of them can be read that is an error.
fn tell(info: &Info, console: &Console) -> Result<()> {
    threads(info.threads)?;
    info.warnings
        .iter()
        .for_each(|warning| console.warn(warning));
    let (report, error) = product::survey(&info.data, console)?;
    console.clear();
    if info.json {
        let known = json!({
            "files": inventory::files(&report),
            "total": inventory::total(&report),
        });
        console::answer(|| print(&format!("{known:#}")))?;
    } else {
        console::answer(|| print(&table(&inventory::COLUMNS, &inventory::rows(&report))))?;
    }
    error.map_or(Ok(()), Err)
}

fn print(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{}", console::visible(text))
}

/// Rows under the names of their columns, as wide as they need be.
fn table<const N: usize>(columns: &[&str; N], rows: &[[String; N]]) -> String {
    let heads = columns.map(str::to_owned);
    let rows: Vec<_> = std::iter::once(&heads).chain(rows).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let lines = rows.into_iter().map(|row| {
        let cells = row.iter().zip(widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| {
            // Numbers stand below one another by their ends.
            if (2..8).contains(&column) {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Draws what the settings say.
fn draw(settings: &Settings, console: &Console) -> Result<()> {
    threads(settings.threads)?;
    settings
        .warnings
        .iter()
        .for_each(|warning| console.warn(warning));
    if let Some(animation) = &settings.animation {
        let about = product::film(&settings.product, animation, console)?;
        made(settings, console);
        if let Some(form) = settings.stats {
            stats(&about, form, console);
        }
        return Ok(());
    }
    if let Some(wanted) = &settings.batch {
        product::batch(&settings.product, wanted, console)?;
        made(settings, console);
        return Ok(());
    }
    if let Some(tiles) = &settings.tiles {
        return product::tiles(&settings.product, tiles, console);
    }
    let display = |credit: Option<&str>| {
        let terminal = settings.terminal(credit)?;
        Some(Box::new(terminal) as Box<dyn Display>)
    };
    let about = product::still(&settings.product, &display, console)
        .map_err(|error| about_last(error, settings))?;
    made(settings, console);
    if let Some((about, form)) = about.zip(settings.stats) {
        stats(&about, form, console);
    }
    Ok(())
}

/// Says what was made, unless it is seen.
fn made(settings: &Settings, console: &Console) {
    let product = &settings.product;
    let files = product.files.files.iter().map(|(file, _)| file);
    let files = files.chain(&product.save);
    if settings.display.is_none() {
        console.made(files);
    }
}

/// What is named last, and is not there, may be what was to be written.
fn about_last(error: Error, settings: &Settings) -> Error {
    let last = settings.unasked_picture.as_ref();
    let place = error.place.as_ref().map(|place| &place.file);
    match last.filter(|last| place == Some(*last)) {
        Some(last) => error.advice(advice::not_output(last)),
        None => error,
    }
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
