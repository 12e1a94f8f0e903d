//! The data on its way into a picture.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use heatmap::Shape;
use heatmap::error::Result;
use heatmap::geo::View;
use heatmap::input;
use heatmap::input::buffer::{Buffered, Overflow, ShapeBuffer};
use heatmap::input::{Deliver, Report, Source};

use super::framing::Framing;
use crate::advice::Advised;
use crate::console::Console;
use crate::settings::Settings;

/// What takes the data, once it is known where the picture lies.
pub trait Gather: Sync {
    /// Takes some shapes.
    fn add(&self, shapes: &[Shape]);
}

/// Reads the data into what `begin` makes of a frame, and tells what there was.
pub fn gather<G: Gather>(
    settings: &Settings,
    framing: &Framing,
    console: &Console,
    begin: impl Fn(View) -> Result<G>,
) -> Result<(G, Report)> {
    if !framing.is_known() {
        return measure(settings, framing, console, begin);
    }
    let gathered = begin(framing.view(None, console)?)?;
    if settings.sources.is_empty() {
        return Ok((gathered, Report::default()));
    }
    let report = read(settings, console, &|shapes| gathered.add(shapes))?;
    tell(&report, console);
    Ok((gathered, report))
}

/// Without an extent all shapes must have been seen before the first can be drawn: they are held,
/// or read twice.
fn measure<G: Gather>(
    settings: &Settings,
    framing: &Framing,
    console: &Console,
    begin: impl Fn(View) -> Result<G>,
) -> Result<(G, Report)> {
    let beyond = if settings.sources.iter().all(Source::is_repeatable) {
        Overflow::Forget
    } else {
        Overflow::Spill
    };
    let held = ShapeBuffer::new(settings.memory, beyond);
    let report = read(settings, console, &|shapes| held.add(shapes))?;
    tell(&report, console);
    let (extent, kept) = held.finish()?;
    let gathered = begin(framing.view(extent, console)?)?;
    if !replay(&kept, settings.input.in_order, &|shapes| {
        gathered.add(shapes);
    })? {
        console.log("more data than --memory holds: reading it again");
        read(settings, console, &|shapes| gathered.add(shapes))?;
    }
    Ok((gathered, report))
}

fn replay(kept: &Buffered, in_order: bool, deliver: Deliver<'_>) -> Result<bool> {
    if in_order {
        kept.replay_in_order(deliver)
    } else {
        kept.replay(deliver)
    }
}

fn read(settings: &Settings, console: &Console, deliver: Deliver<'_>) -> Result<Report> {
    let file = Mutex::new(String::new());
    let count = AtomicU64::new(0);
    let opened = |name: &str| {
        if let Ok(mut file) = file.lock() {
            name.clone_into(&mut file);
        }
    };
    let counted = |shapes: &[Shape]| {
        let length = shapes.len() as u64;
        let so_far = count.fetch_add(length, Ordering::Relaxed) + length;
        if let Ok(file) = file.lock() {
            console.reading(&file, so_far);
        }
        deliver(shapes);
    };
    input::read(&settings.sources, &settings.input, &opened, &counted)
}

/// Says what is odd about the data.
fn tell(report: &Report, console: &Console) {
    report.notes.iter().for_each(|note| console.log(note));
    report
        .failed
        .iter()
        .for_each(|error| console.warn(format_args!("left out: {}", Advised(error))));
    report.oddities.iter().for_each(|odd| console.warn(odd));
    report
        .named
        .iter()
        .for_each(|error| console.warn(Advised(error)));
    if report.skipped > 0 {
        console.warn(format_args!(
            "{} of {} records were skipped",
            report.skipped, report.records
        ));
    }
    report
        .named_times
        .iter()
        .for_each(|error| console.warn(Advised(error)));
    if report.bad_times > 0 {
        console.warn(format_args!("{} times could not be read", report.bad_times));
    }
    console.log(format_args!(
        "{} shapes read from {} records",
        report.shapes, report.records
    ));
}
