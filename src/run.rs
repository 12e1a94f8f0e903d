//! The story of a run: settings, shapes, view, heat, picture, file.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use heatmap::color::{Gradient, Range};
use heatmap::composite::{Background, BaseMap, credit};
use heatmap::density::{self, Cells, Grid};
use heatmap::error::{Error, Kind, Result};
use heatmap::held::{Beyond, Held};
use heatmap::input::{self, Deliver, Report, Source};
use heatmap::map::{self, Cover, Extent, View};
use heatmap::product::{self, Destination};
use heatmap::{Raster, Shape, encode};

use crate::console::Console;
use crate::settings::Settings;
use crate::terminal::{Caption, Facts, Terminal};

/// Does what the settings say.
pub fn run(settings: &Settings, console: &Console) -> Result<()> {
    threads(settings.threads)?;
    settings.warnings.iter().for_each(|warning| console.warn(warning));
    // Whatever can fail without the data fails before the long work.
    let destination = Destination::prove(&settings.output)?;
    let gradient = Gradient::load(&settings.color)?;
    let background = background(settings)?;
    let base_map = settings.base_map.as_ref().map(BaseMap::open).transpose()?;
    let map = sized(&settings.map, &background, console);
    let terminal = terminal(settings, base_map.as_ref());

    let fit = |data| match &terminal {
        Some(terminal) => terminal.fit(&map, data, settings.density.radius),
        None => View::fit(&map, data, settings.density.radius),
    };
    let (view, cells, points) = gather(settings, &fit, console)?;
    let background = match &base_map {
        Some(base_map) => background.with_map(draw(base_map, &view, console)?),
        None => background,
    };
    let grid = spread(&cells, &settings.density, console)?;
    drop(cells);
    let mut picture = product::picture(&grid, Range::of(&grid), &gradient, &background);
    let words = base_map.as_ref().and_then(BaseMap::attribution);
    if let Some(words) = words.filter(|_| !terminal.as_ref().is_some_and(Terminal::tells_credit)) {
        credit(&mut picture, words);
    }
    console.progress("writing");
    match terminal {
        Some(terminal) => {
            let facts = Facts { points, view, maximum: grid.maximum() };
            console.clear();
            destination.write(|writer| terminal.draw(&picture, &facts, writer))?;
        }
        None => destination.write(|writer| encode::write(&picture, settings.format, writer))?,
    }
    console.log(format_args!("picture written: {} pixels", picture.size()));
    Ok(())
}

/// All work is shared by these threads; by default as many as there are cores.
fn threads(count: Option<usize>) -> Result<()> {
    let Some(count) = count else { return Ok(()) };
    let built = rayon::ThreadPoolBuilder::new().num_threads(count).build_global();
    built.map_err(|error| Error::new(Kind::Internal, format!("{count} threads cannot be started: {error}")))
}

fn background(settings: &Settings) -> Result<Background> {
    let background = Background::load(&settings.composite)?;
    Ok(if settings.format.has_alpha() { background } else { background.on_white() })
}

/// The terminal, where the picture is for it.
fn terminal(settings: &Settings, base_map: Option<&BaseMap>) -> Option<Terminal> {
    let credit = base_map.and_then(BaseMap::attribution);
    let caption = || Caption::new(&settings.written, settings.sources.contains(&Source::Stdin));
    settings.terminal.map(|choice| Terminal::new(choice, credit, (!settings.quiet).then(caption)))
}

/// A background image gives the picture its size.
fn sized(map: &map::Options, background: &Background, console: &Console) -> map::Options {
    let Some(size) = background.size() else { return map.clone() };
    if map.width.is_some() || map.height.is_some() {
        console.warn(format_args!(
            "the background image gives the picture its size, {size}; width and height are not used"
        ));
    }
    map::Options {
        width: (size.width() as u32).try_into().ok(),
        height: (size.height() as u32).try_into().ok(),
        ..map.clone()
    }
}

/// The view for the extent of the data; for the one that the user asked for, there is none to know.
type Fit<'a> = &'a dyn Fn(Option<Extent>) -> Result<View>;

/// Reads the data into the cells of the picture, and counts it.
fn gather(settings: &Settings, fit: Fit<'_>, console: &Console) -> Result<(View, Cells, u64)> {
    let (view, cells, count) = if settings.map.extent.is_some() {
        let view = seen(fit(None)?, console);
        let cells = Cells::new(&view, &settings.density)?;
        let count = tell(&read(settings, console, &|shapes| cells.add(shapes))?, console);
        (view, cells, count)
    } else {
        measure(settings, fit, console)?
    };
    if cells.rounding() > 0.0 {
        let percent = 100.0 * cells.rounding();
        console
            .warn(format_args!("more different weights than --memory holds: they are rounded by up to {percent:.3} %"));
    }
    if cells.is_empty() {
        console.warn("no heat lies in the picture: it is blank");
    }
    Ok((view, cells, count))
}

/// Without an extent all shapes must have been seen before the first can be drawn: they are held, or read twice.
fn measure(settings: &Settings, fit: Fit<'_>, console: &Console) -> Result<(View, Cells, u64)> {
    let beyond = if settings.sources.iter().all(Source::is_file) { Beyond::Forget } else { Beyond::Spill };
    let held = Held::new(settings.memory, beyond);
    let count = tell(&read(settings, console, &|shapes| held.add(shapes))?, console);
    let (extent, kept) = held.finish()?;
    let view = seen(fit(extent)?, console);
    let cells = Cells::new(&view, &settings.density)?;
    if !kept.replay(&|shapes| cells.add(shapes))? {
        console.log("more data than --memory holds: reading it again");
        read(settings, console, &|shapes| cells.add(shapes))?;
    }
    Ok((view, cells, count))
}

/// Gets the map that lies under the picture.
fn draw(base_map: &BaseMap, view: &View, console: &Console) -> Result<Raster> {
    let (cover, name) = (Cover::of(view), base_map.name());
    let count = cover.tiles().len();
    console.log(format_args!("map: {count} tiles of zoom {} from {name}", cover.zoom));
    match base_map.attribution() {
        Some(words) => console.log(format_args!("attribution: {words}")),
        None => console.log("attribution: none; --attribution says in the picture whom the map belongs to"),
    }
    base_map.draw(view, &|done| console.progress(format_args!("map from {name}: {done} of {count} tiles")))
}

fn seen(view: View, console: &Console) -> View {
    console.log(format_args!("extent: {}", view.extent()));
    let (metres, pixels) = (view.metres_per_pixel(), view.pixels_per_degree());
    console.log(format_args!("scale: {metres:.6} metres/pixel ({pixels:.6} pixels/degree); {} pixels", view.size()));
    view
}

fn read(settings: &Settings, console: &Console, deliver: Deliver<'_>) -> Result<Report> {
    let file = Mutex::new(String::new());
    let count = AtomicU64::new(0);
    let opened = |source: &Source| {
        if let Ok(mut file) = file.lock() {
            *file = source.name();
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

/// How many shapes there were.
fn tell(report: &Report, console: &Console) -> u64 {
    report.notes.iter().for_each(|note| console.log(note));
    report.failed.iter().for_each(|error| console.warn(format_args!("left out: {error}")));
    report.named.iter().for_each(|error| console.warn(error));
    if report.skipped > 0 {
        console.warn(format_args!("{} of {} records were skipped", report.skipped, report.records));
    }
    console.log(format_args!("{} shapes read from {} records", report.shapes, report.records));
    report.shapes
}

fn spread(cells: &Cells, options: &density::Options, console: &Console) -> Result<Grid> {
    console.progress("rendering");
    let grid = cells.grid(options)?;
    console.log(format_args!("maximum density: {:.6}", grid.maximum()));
    Ok(grid)
}
