//! The story of a run: settings, shapes, view, heat, picture, file.

use heatmap::color::{Gradient, Range};
use heatmap::composite::Background;
use heatmap::density::{self, Cells, Grid};
use heatmap::error::Result;
use heatmap::input::{self, Report};
use heatmap::map::{self, Extent, View};
use heatmap::product::{self, Destination};
use heatmap::{Shape, encode};

use crate::console::Console;
use crate::settings::Settings;

/// Does what the settings say.
pub fn run(settings: &Settings, console: &Console) -> Result<()> {
    settings.warnings.iter().for_each(|warning| console.warn(warning));
    // Whatever can fail without the data fails before the long work.
    let destination = Destination::prove(&settings.output)?;
    let gradient = Gradient::load(&settings.color)?;
    let background = background(settings)?;
    let map = sized(&settings.map, &background, console);

    let cells = gather(settings, &map, console)?;
    let grid = spread(&cells, &settings.density, console)?;
    let picture = product::picture(&grid, Range::of(&grid), &gradient, &background);
    console.progress("writing");
    destination.write(|writer| encode::write(&picture, settings.format, writer))?;
    console.log(format_args!("picture written: {} pixels", picture.size()));
    Ok(())
}

fn background(settings: &Settings) -> Result<Background> {
    let background = Background::load(&settings.composite)?;
    Ok(if settings.format.has_alpha() { background } else { background.on_white() })
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

/// Reads the data into the cells of the picture. Shapes are held only as long as it is unknown where they lie.
fn gather(settings: &Settings, map: &map::Options, console: &Console) -> Result<Cells> {
    let radius = settings.density.radius;
    let cells = if map.extent.is_some() {
        let mut cells = Cells::new(&seen(View::fit(map, None, radius)?, console), &settings.density)?;
        read(settings, console, |shapes| cells.add(shapes))?;
        cells
    } else {
        let mut held = Vec::new();
        read(settings, console, |shapes| held.extend_from_slice(shapes))?;
        let view = seen(View::fit(map, Extent::of(&held), radius)?, console);
        let mut cells = Cells::new(&view, &settings.density)?;
        cells.add(&held);
        cells
    };
    if cells.is_empty() {
        console.warn("no heat lies in the picture: it is blank");
    }
    Ok(cells)
}

fn seen(view: View, console: &Console) -> View {
    console.log(format_args!("extent: {}", view.extent()));
    let (metres, pixels) = (view.metres_per_pixel(), view.pixels_per_degree());
    console.log(format_args!("scale: {metres:.6} metres/pixel ({pixels:.6} pixels/degree); {} pixels", view.size()));
    view
}

fn read(settings: &Settings, console: &Console, mut deliver: impl FnMut(&[Shape])) -> Result<()> {
    let file = std::cell::RefCell::new(String::new());
    let mut count = 0;
    let report = input::read(
        &settings.sources,
        &settings.input,
        &mut |source| *file.borrow_mut() = source.name(),
        &mut |shapes| {
            count += shapes.len() as u64;
            console.reading(&file.borrow(), count);
            deliver(shapes);
        },
    )?;
    tell(&report, console);
    Ok(())
}

fn tell(report: &Report, console: &Console) {
    report.notes.iter().for_each(|note| console.log(note));
    report.failed.iter().for_each(|error| console.warn(format_args!("left out: {error}")));
    report.named.iter().for_each(|error| console.warn(error));
    if report.skipped > 0 {
        console.warn(format_args!("{} of {} records were skipped", report.skipped, report.records));
    }
    console.log(format_args!("{} shapes read from {} records", report.shapes, report.records));
}

fn spread(cells: &Cells, options: &density::Options, console: &Console) -> Result<Grid> {
    console.progress("rendering");
    let grid = cells.grid(options)?;
    console.log(format_args!("maximum density: {:.6}", grid.maximum()));
    Ok(grid)
}
