//! A picture that stands still, and saved heat.

use std::path::Path;

use heatmap::density::{self, Cells, Grid};
use heatmap::error::{Error, Kind, Result};
use heatmap::product::{self, Destination, Target};
use heatmap::saved::{self, Saved};
use heatmap::{Raster, Shape, encode};

use super::framing::Framing;
use super::gather::{Gather, gather};
use super::look::{Look, Toned};
use crate::console::Console;
use crate::settings::{LegendPlace, Output, Settings};
use crate::terminal::{Caption, Facts, Terminal};

impl Gather for Cells {
    fn add(&self, shapes: &[Shape]) {
        Self::add(self, shapes);
    }
}

/// Draws the picture, and saves its heat.
pub fn run(settings: &Settings, console: &Console) -> Result<()> {
    // Whatever can fail without the data fails before the long work.
    let prove = |target: &Option<Target>| target.as_ref().map(Destination::prove).transpose();
    let (span_out, save) = (prove(&settings.span_out)?, prove(&settings.save)?);
    let legend = settings.legend.as_ref().and_then(LegendPlace::file).map(legend_file).transpose()?;
    let look = Look::load(settings, console)?;
    let place = Place::prove(settings, look.credit())?;
    let look = if place.terminal().is_some_and(Terminal::tells_credit) { look.uncredited() } else { look };
    let loaded: Vec<Saved> = settings.load.iter().map(|path| Saved::open(path)).collect::<Result<_>>()?;
    let map = look.sized(&settings.map, console);
    let framing = Framing::new(settings, map, &loaded, place.terminal(), console)?;

    let begin = |view| {
        let cells = Cells::new(&view, &settings.widest())?;
        loaded.iter().try_for_each(|saved| load(saved, &cells, console))?;
        Ok(cells)
    };
    let (cells, read) = gather(settings, &framing, console, begin)?;
    warn(&cells, console);
    if let Some(file) = save {
        console.progress("saving");
        file.write(|writer| saved::write(&cells, writer))?;
    }
    if matches!(place, Place::Nowhere) {
        return Ok(());
    }
    let view = cells.view().clone();
    let look = look.on_map(&view, console)?;
    let points = if loaded.is_empty() { read } else { cells.shapes() };
    let mut drawn: Option<(Raster, Toned, f32)> = None;
    for layer in look.layers() {
        let grid = spread(&cells, &layer.density, console)?;
        let toned = layer.tone(layer.scale().range(&grid))?;
        let (how, (low, high)) = (toned.tone.how().name(), toned.tone.span());
        console.log(format_args!("scale of colours: {how} from {low} to {high}"));
        let mut picture = toned.paint(&grid);
        if let Some((below, ..)) = drawn {
            product::lay(&mut picture, below);
        }
        drawn = Some((picture, toned, grid.maximum()));
    }
    drop(cells);
    let (picture, toned, maximum) = drawn.ok_or_else(|| Error::new(Kind::Internal, "there is no pass"))?;
    if let Some(file) = span_out {
        file.write(|writer| writer.write_all(toned.tone.to_json().as_bytes()))?;
    }
    if let Some((file, format)) = legend {
        let picture = look.key(&toned)?;
        file.write(|writer| encode::write(&picture, format, writer))?;
    }
    let picture = look.finish(picture, &toned, None)?;
    console.progress("writing");
    let facts = Facts { points, view, maximum };
    place.put(&picture, &facts, console)?;
    console.log(format_args!("picture written: {} pixels", picture.size()));
    Ok(())
}

fn legend_file(path: &Path) -> Result<(Destination, encode::Format)> {
    Ok((Destination::prove(&Target::File(path.to_owned()))?, encode::Format::of(path)?))
}

/// Where the picture goes.
enum Place {
    Nowhere,
    File(Destination, encode::Format),
    Terminal(Destination, Terminal),
}

impl Place {
    fn prove(settings: &Settings, credit: Option<&str>) -> Result<Self> {
        Ok(match &settings.output {
            Output::Picture(target, format) => Self::File(Destination::prove(target)?, *format),
            Output::Terminal(choice) => {
                let caption = (!settings.quiet).then(|| Caption::new(&settings.written, settings.reads_stdin()));
                Self::Terminal(Destination::prove(&Target::Stdout)?, Terminal::new(*choice, credit, caption))
            }
            Output::None | Output::Film(..) => Self::Nowhere,
        })
    }

    fn terminal(&self) -> Option<&Terminal> {
        match self {
            Self::Terminal(_, terminal) => Some(terminal),
            Self::Nowhere | Self::File(..) => None,
        }
    }

    fn put(&self, picture: &Raster, facts: &Facts, console: &Console) -> Result<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::File(destination, format) => destination.write(|writer| encode::write(picture, *format, writer)),
            Self::Terminal(destination, terminal) => {
                console.clear();
                destination.write(|writer| terminal.draw(picture, facts, writer))
            }
        }
    }
}

fn load(saved: &Saved, cells: &Cells, console: &Console) -> Result<()> {
    console.progress(format_args!("loading {}", saved.path().display()));
    if saved.is_too_narrow_for(cells.reach()) {
        console.warn(format_args!(
            "{} was saved for a smaller radius: near the edges, heat from beyond them is missing",
            saved.path().display()
        ));
    }
    saved.add_to(cells)?;
    console.log(format_args!("{}: loaded", saved.path().display()));
    Ok(())
}

fn warn(cells: &Cells, console: &Console) {
    if cells.rounding() > 0.0 {
        let percent = 100.0 * cells.rounding();
        console
            .warn(format_args!("more different weights than --memory holds: they are rounded by up to {percent:.3} %"));
    }
    if cells.is_empty() {
        console.warn("no heat lies in the picture: it is blank");
    }
}

fn spread(cells: &Cells, options: &density::Options, console: &Console) -> Result<Grid> {
    console.progress("rendering");
    let grid = cells.grid(options)?;
    console.log(format_args!("maximum density: {:.6}", grid.maximum()));
    Ok(grid)
}
