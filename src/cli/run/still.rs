//! A picture that stands still, and saved heat.

use heatmap::density;
use heatmap::density::{Cells, Grid};
use heatmap::encode::metadata::{Count, Metadata};
use heatmap::encode::png;
use heatmap::error::{Error, ErrorKind, Result};
use heatmap::geo::View;
use heatmap::input::Report;
use heatmap::product;
use heatmap::product::{Destination, Outlet, Still};
use heatmap::saved;
use heatmap::saved::Saved;
use heatmap::{Raster, Shape};

use super::different;
use super::extras::Extras;
use super::framing::Framing;
use super::gather::{Gather, gather};
use super::look::{Look, Toned};
use crate::console::Console;
use crate::settings::{Output, Settings, StatsForm};
use crate::terminal::{Caption, Facts, Terminal};

impl Gather for Cells {
    fn add(&self, shapes: &[Shape]) {
        Self::add(self, shapes);
    }
}

/// Draws the picture, and saves its heat.
pub fn run(settings: &Settings, console: &Console) -> Result<()> {
    // Whatever can fail without the data fails before the long work.
    let save = settings.save.as_ref().map(Destination::prove).transpose()?;
    let extras = Extras::prove(settings)?;
    let look = Look::load(settings, console)?;
    let place = Place::prove(settings, look.credit())?;
    different(
        place
            .files
            .iter()
            .flat_map(Outlet::destinations)
            .chain(extras.destinations())
            .chain(&save),
    )?;
    let look = if place.terminal.as_ref().is_some_and(Terminal::tells_credit) {
        look.uncredited()
    } else {
        look
    };
    let loaded: Vec<Saved> = settings
        .load
        .iter()
        .map(|path| Saved::open(path))
        .collect::<Result<_>>()?;
    let map = look.sized(&settings.map, console);
    let framing = Framing::new(
        settings,
        map,
        look.image(),
        &loaded,
        place.terminal.as_ref(),
        console,
    )?;

    let (cells, report) = cells(settings, &framing, &loaded, console)?;
    if let Some(file) = save {
        console.progress("saving");
        file.write(|writer| saved::write(&cells, writer))?;
    }
    if place.is_nowhere() && !extras.are_wanted() && settings.stats.is_none() {
        return Ok(());
    }
    let view = cells.view().clone();
    let look = look.on_map(&view, console)?;
    let drawing = Drawing::new(&look, &cells, console)?;
    let known = Known {
        about: about(settings, &drawing, &view, &report),
        view,
        shapes: shapes(&report, &loaded, &cells),
    };
    drop(cells);
    extras.put(&look, &drawing.toned)?;
    console.progress("writing");
    place.put(settings, &look, drawing, &known, console)?;
    stats(settings, &known.about, console);
    Ok(())
}

/// Reads the data, and heat that was saved.
fn cells(
    settings: &Settings,
    framing: &Framing,
    saved: &[Saved],
    console: &Console,
) -> Result<(Cells, Report)> {
    let begin = |view| {
        let cells = Cells::new(&view, &settings.widest())?;
        saved
            .iter()
            .try_for_each(|saved| load(saved, &cells, console))?;
        Ok(cells)
    };
    let (cells, report) = gather(settings, framing, console, begin)?;
    warn(&cells, console);
    Ok((cells, report))
}

/// All passes, painted one over the other.
struct Drawing<'a> {
    picture: Raster,
    /// The colours of the last pass, and its heat.
    toned: Toned<'a>,
    heat: Grid,
}

impl<'a> Drawing<'a> {
    fn new(look: &'a Look, cells: &Cells, console: &Console) -> Result<Self> {
        let mut drawn: Option<Self> = None;
        for layer in look.layers() {
            let heat = spread(cells, &layer.density, console)?;
            let toned = layer.tone(layer.scale().range(&heat))?;
            let (how, (low, high)) = (toned.tone.how().name(), toned.tone.span());
            console.log(format_args!("scale of colours: {how} from {low} to {high}"));
            let mut picture = toned.paint(&heat);
            if let Some(below) = drawn {
                product::lay(&mut picture, below.picture);
            }
            drawn = Some(Self {
                picture,
                toned,
                heat,
            });
        }
        drawn.ok_or_else(|| Error::new(ErrorKind::Internal, "there is no pass"))
    }
}

/// What is known about a picture besides its pixels.
struct Known {
    about: Metadata,
    view: View,
    shapes: u64,
}

fn shapes(report: &Report, loaded: &[Saved], cells: &Cells) -> u64 {
    if loaded.is_empty() {
        report.shapes
    } else {
        cells.shapes()
    }
}

fn about(settings: &Settings, drawing: &Drawing, view: &View, report: &Report) -> Metadata {
    let heats = || {
        drawing
            .heat
            .heat()
            .iter()
            .copied()
            .filter(|heat| *heat != 0.0)
            .map(f64::from)
    };
    let count = |what: &str, number| Count {
        what: what.to_owned(),
        number,
    };
    Metadata {
        place: view.clone(),
        minimum: heats().reduce(f64::min),
        maximum: heats().reduce(f64::max),
        radius: Some(settings.widest().radius),
        counts: vec![
            count("shapes read", report.shapes),
            count("records read", report.records),
            count("records skipped", report.skipped),
        ],
    }
}

fn stats(settings: &Settings, about: &Metadata, console: &Console) {
    match settings.stats {
        None => {}
        Some(StatsForm::Json) => console.answer(format_args!("{:#}", about.to_json())),
        Some(StatsForm::Lines) => {
            about
                .lines()
                .iter()
                .for_each(|(what, value)| console.answer(format_args!("{what}: {value}")));
        }
    }
}

/// Where the picture goes.
struct Place {
    files: Vec<Outlet>,
    terminal: Option<Terminal>,
}

impl Place {
    fn prove(settings: &Settings, credit: Option<&str>) -> Result<Self> {
        let mut place = Self {
            files: Vec::new(),
            terminal: None,
        };
        for output in &settings.outputs {
            match output {
                Output::Still(target, kind) => {
                    place
                        .files
                        .push(Outlet::prove(target, *kind, settings.world_file)?);
                }
                Output::Terminal(choice) => {
                    let caption = (!settings.quiet)
                        .then(|| Caption::new(&settings.written, settings.reads_stdin()));
                    place.terminal = Some(Terminal::new(*choice, credit, caption));
                }
                Output::Film(..) => {}
            }
        }
        Ok(place)
    }

    fn is_nowhere(&self) -> bool {
        self.files.is_empty() && self.terminal.is_none()
    }

    fn put(
        &self,
        settings: &Settings,
        look: &Look,
        drawing: Drawing,
        known: &Known,
        console: &Console,
    ) -> Result<()> {
        let Drawing {
            picture,
            toned,
            heat,
        } = drawing;
        // Pictures of some formats know no transparency, and others are to keep theirs.
        let opaque = settings.outputs.iter().any(|output| !output.has_alpha());
        let opaque = opaque
            .then(|| look.finish(picture.clone(), true, &toned, None))
            .transpose()?;
        let mut layer = (look.is_labelled() && settings.outputs.iter().any(Output::is_layer))
            .then(|| picture.clone());
        if let Some(layer) = &mut layer {
            look.lay(layer, false);
        }
        let picture = look.finish(picture, false, &toned, None)?;
        if let Some(terminal) = &self.terminal {
            let facts = Facts {
                points: known.shapes,
                view: known.view.clone(),
                maximum: heat.maximum(),
            };
            console.clear();
            Destination::Stdout.write(|writer| terminal.draw(&picture, &facts, writer))?;
        }
        let legend = settings
            .legend
            .as_ref()
            .map(|_| look.key(&toned))
            .transpose()?;
        let still = Still {
            picture: &picture,
            opaque: opaque.as_ref().unwrap_or(&picture),
            layer: layer.as_ref().unwrap_or(&picture),
            heat: &heat,
            place: &known.about.place,
            about: &known.about,
            title: settings.title.as_deref(),
            legend: legend.as_ref(),
            png: &png::Options {
                level: settings.png_level,
                text: essentials(settings, &known.view, &heat),
            },
        };
        self.files.iter().try_for_each(|file| file.put(&still))?;
        console.log(format_args!("picture written: {} pixels", picture.size()));
        Ok(())
    }
}

/// What a picture says about how it was made: enough to make it again from the same data, and
/// nothing about where these were.
fn essentials(settings: &Settings, view: &View, heat: &Grid) -> Vec<(String, String)> {
    let pass = |density: &density::Options| {
        format!(
            "kernel {}, radius {}, decay {}",
            density.kernel.name(),
            density.radius,
            density.decay
        )
    };
    let passes: Vec<String> = settings.passes.iter().map(|p| pass(&p.density)).collect();
    let (crs, extent, scale) = (view.crs(), view.extent(), view.units_per_pixel());
    let unit = if crs.is_plane() {
        "units per pixel"
    } else {
        "metres per pixel at the equator"
    };
    let place = format!("{crs}, extent {extent}, {scale} {unit}");
    let comment = format!(
        "{}; {place}; maximum density {}",
        passes.join(", then "),
        heat.maximum()
    );
    vec![
        (
            "Software".to_owned(),
            concat!("heatmap ", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        ("Comment".to_owned(), comment),
    ]
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
    console.rounded(cells.rounding());
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
