//! Gathering: the data on their way into a picture.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::cells;
use super::crowd::{Crowd, crowd};
use super::events::{Doing, Done, Event, Events, Odd, tell_oddities};
use super::framing::Framing;
use super::outermost::blamed;
use crate::error::{Error, Result};
use crate::geo::{Extent, Shape, View};
use crate::input;
use crate::input::buffer::{Buffered, Overflow, ShapeBuffer};
use crate::input::{Deliver, DeliverFrom, Origin, Progress, Report, Source};

/// Where data come from, and how they are read.
#[derive(Clone, Debug)]
pub struct DataOptions {
    /// The sources; none when heat that was saved is all there is.
    pub sources: Vec<Source>,
    /// How they are read.
    pub input: input::Options,
    /// Bytes of data to hold while their extent is unknown, or frames of an animation; 1 GiB.
    pub memory: u64,
}

impl Default for DataOptions {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            input: input::Options::default(),
            memory: 1 << 30,
        }
    }
}

/// What takes the data, once it is known where the picture lies.
pub(super) trait Gather: Sync {
    /// Takes some shapes.
    fn add(&self, shapes: &[Shape]);
}

/// What was gathered.
pub(super) struct Gathered<G> {
    pub(super) made: G,
    pub(super) report: Report,
    /// The radius in pixels that goes by the density of the data, if it was asked for.
    pub(super) radius: Option<f64>,
}

/// Reads the data into what `begin` makes of a frame, and of the radius in pixels that goes by the
/// density of the data if one was asked for; and tells what there was.
pub(super) fn gather<G: Gather>(
    options: &DataOptions,
    framing: &Framing,
    events: &dyn Events,
    begin: impl Fn(View, Option<f64>) -> Result<G>,
) -> Result<Gathered<G>> {
    if !framing.is_known() {
        return measure(options, framing, events, begin);
    }
    let view = framing.view(None, None)?;
    let options = &DataOptions {
        input: cells::in_view(&options.input, &view, framing.style())?,
        ..options.clone()
    };
    events.event(Event::Done(Done::Framed(&view)));
    let made = begin(view.clone(), None)?;
    let report = if options.sources.is_empty() {
        Report::default()
    } else {
        let mut options = options.clone();
        options.input.area = framing.area(&view);
        all(&options, events, &|shapes| made.add(shapes))?
    };
    Ok(Gathered {
        made,
        report,
        radius: None,
    })
}

/// Reads all of the data, whatever frame they have, and tells what there was.
pub(super) fn all(
    options: &DataOptions,
    events: &dyn Events,
    deliver: Deliver<'_>,
) -> Result<Report> {
    let report = read(options, events, deliver)?;
    tell(&report, events);
    Ok(report)
}

/// Without an extent, or where the radius goes by their density, all shapes must have been seen
/// before the first can be drawn: they are held, or read twice.
fn measure<G: Gather>(
    options: &DataOptions,
    framing: &Framing,
    events: &dyn Events,
    begin: impl Fn(View, Option<f64>) -> Result<G>,
) -> Result<Gathered<G>> {
    cells::are_placed(&options.input)?;
    let beyond = if options.sources.iter().all(Source::is_repeatable) {
        Overflow::Forget
    } else {
        Overflow::Spill
    };
    let held = ShapeBuffer::new(options.memory, beyond);
    let report = read(options, events, &|shapes| held.add(shapes))?;
    tell(&report, events);
    let (footprint, kept) = held.finish()?;
    let extent = footprint.map(|data| data.extent(options.input.crs, options.input.wrap));
    let again = |look: Deliver<'_>| {
        let kept = kept.replay(look);
        kept.is_ok_and(|all| {
            all || input::read(&options.sources, &options.input, &|_| {}, look).is_ok()
        })
    };
    let framed = framing.of_data(footprint, report.shapes, again, events);
    let (view, radius) =
        framed.map_err(|error| blamed(error, &options.sources, &options.input, extent, again))?;
    let found = extent.map(|extent| crowd(&kept, report.shapes, extent));
    if let Some(Crowd { others, bounds }) = found.transpose()?.flatten() {
        let shapes = report.shapes;
        events.event(Event::Odd(Odd::Crowded {
            others,
            shapes,
            bounds,
        }));
    }
    let made = begin(view, radius)?;
    if !replay(&kept, options.input.in_order, &|shapes| made.add(shapes))? {
        events.event(Event::Done(Done::Rereading));
        let again = read(options, events, &|shapes| made.add(shapes))?;
        if (again.shapes, again.skipped) != (report.shapes, report.skipped) {
            let (first, then) = (report.shapes, again.shapes);
            events.event(Event::Odd(Odd::Changed { first, then }));
        }
    }
    Ok(Gathered {
        made,
        report,
        radius,
    })
}

fn replay(kept: &Buffered, in_order: bool, deliver: Deliver<'_>) -> Result<bool> {
    if in_order {
        kept.replay_in_order(deliver)
    } else {
        kept.replay(deliver)
    }
}

/// Reads the data to whoever takes them, and tells what there was.
///
/// # Errors
/// At the first bad record or file if the reading is strict.
pub fn shapes(options: &DataOptions, events: &dyn Events, deliver: Deliver<'_>) -> Result<Report> {
    let report = read(options, events, deliver)?;
    tell(&report, events);
    Ok(report)
}

/// A digest of the state of the files; it is another one when they have changed.
#[must_use]
pub fn state(options: &DataOptions) -> u64 {
    input::state(&options.sources)
}

/// Describes the data file by file, without making anything of them. Where none of the files can be
/// read, the second value is the error of the first.
///
/// # Errors
/// At the first bad record or file if the reading is strict.
pub fn survey(options: &DataOptions, events: &dyn Events) -> Result<(Report, Option<Error>)> {
    let doing = |file: &str| {
        let share = None;
        events.event(Event::Doing(Doing::Reading {
            file,
            shapes: 0,
            share,
        }));
    };
    let mut report = input::survey(&options.sources, &options.input, &doing)?;
    // What is to be the error is told as that, and not among what was left out.
    let is_none_read = !report.failed.is_empty() && report.failed.len() == report.files.len();
    let error = is_none_read.then(|| report.failed.remove(0));
    tell(&report, events);
    Ok((report, error))
}

fn read(options: &DataOptions, events: &dyn Events, deliver: Deliver<'_>) -> Result<Report> {
    let watch = Watch::new(events);
    let opened = |name: &str| watch.opened(name);
    let counted = |shapes: &[Shape]| {
        watch.count(shapes);
        deliver(shapes);
    };
    let (sources, input) = (&options.sources, &options.input);
    input::read_watched(sources, input, &watch.progress, &opened, &counted)
}

/// Reads the data, and says of all shapes which file they come from; and which sports that tells,
/// if they are asked for.
pub(super) fn read_from(
    options: &DataOptions,
    events: &dyn Events,
    sports: bool,
    deliver: DeliverFrom<'_>,
) -> Result<Report> {
    let watch = Watch::new(events);
    let opened = |name: &str| watch.opened(name);
    let counted = |origin: &Origin, shapes: &[Shape]| {
        watch.count(shapes);
        deliver(origin, shapes);
    };
    let (sources, input) = (&options.sources, &options.input);
    let report = input::read_from(sources, input, &watch.progress, &opened, sports, &counted)?;
    tell(&report, events);
    Ok(report)
}

/// Tells how far a reading has come.
struct Watch<'a> {
    events: &'a dyn Events,
    progress: Progress,
    file: Mutex<String>,
    shapes: AtomicU64,
}

impl<'a> Watch<'a> {
    fn new(events: &'a dyn Events) -> Self {
        Self {
            events,
            progress: Progress::default(),
            file: Mutex::default(),
            shapes: AtomicU64::new(0),
        }
    }

    fn opened(&self, name: &str) {
        if let Ok(mut file) = self.file.lock() {
            name.clone_into(&mut file);
        }
    }

    fn count(&self, shapes: &[Shape]) {
        let length = Shape::number(shapes);
        let so_far = self.shapes.fetch_add(length, Ordering::Relaxed) + length;
        if let Ok(file) = self.file.lock() {
            self.events.event(Event::Doing(Doing::Reading {
                file: &file,
                shapes: so_far,
                share: self.progress.share(),
            }));
        }
    }
}

/// Where the data lie, as far as they can be read once more.
pub(super) fn extent(options: &DataOptions) -> Option<Extent> {
    if !options.sources.iter().all(Source::is_repeatable) {
        return None;
    }
    let held = ShapeBuffer::new(0, Overflow::Forget);
    let add: Deliver<'_> = &|shapes| held.add(shapes);
    input::read(&options.sources, &options.input, &|_| {}, add).ok()?;
    let (footprint, _) = held.finish().ok()?;
    footprint.map(|data| data.extent(options.input.crs, options.input.wrap))
}

/// Tells what is odd about the data.
fn tell(report: &Report, events: &dyn Events) {
    let odd = |odd| events.event(Event::Odd(odd));
    for note in &report.notes {
        events.event(Event::Done(Done::Note(note)));
    }
    report
        .failed
        .iter()
        .for_each(|error| odd(Odd::LeftOut(error)));
    tell_oddities(report, events);
    report
        .named_times
        .iter()
        .for_each(|error| odd(Odd::Time(error)));
    if report.bad_times > 0 {
        odd(Odd::BadTimes(report.bad_times));
    }
    events.event(Event::Done(Done::Read(report)));
}
