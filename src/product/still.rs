//! A picture that stands still, and saved heat.

use std::sync::Arc;

use super::about;
use super::compare;
use super::compare::Both;
use super::display::{Display, Facts, Open};
use super::events::{Blank, Doing, Done, Event, Events, Odd, tell_rounding, tell_saturated};
use super::extras::Extras;
use super::framing::Framing;
use super::gather;
use super::gather::{Gather, Gathered, gather};
use super::outlet::{Outlet, Still};
use super::style::{Compared, Finish, Style, Toned};
use super::{Destination, Options};
use super::{different, not_read};
use crate::color::scale::Bound;
use crate::density;
use crate::density::{Binner, Cells, Grid};
use crate::encode::metadata::Metadata;
use crate::encode::regions::Regions;
use crate::encode::{Format, Holds, html, png, regions};
use crate::error::{Error, ErrorKind, Result};
use crate::geo::{Shape, TrackWeight, View};
use crate::input::{Report, Source};
use crate::raster::Raster;
use crate::raster::memory::afford;
use crate::saved;
use crate::saved::Saved;

impl Gather for Cells {
    fn add(&self, shapes: &[Shape]) {
        Self::add(self, shapes);
    }
}

/// Draws a picture and saves its heat, and gives what is known about it; nothing when no picture
/// was wanted, so that none was drawn.
///
/// # Errors
/// When anything that is asked for cannot be read, drawn or written; whatever can fail without the
/// data fails before the long work.
pub fn still(
    options: &Options,
    display: Open<'_>,
    events: &dyn Events,
) -> Result<Option<Metadata>> {
    let options = &super::cells::framed(options, events)?;
    let options = &Options {
        load: saved::files(&options.load)?,
        ..options.clone()
    };
    let save = options.save.as_ref().map(Destination::prove).transpose()?;
    let extras = Extras::prove(&options.extras)?;
    let style = Style::load(&options.style, events)?;
    let outputs = Outputs::prove(options, display(style.credit()))?;
    tell_unlabelled(options, &style, events);
    let files = || {
        let files = outputs.files.iter().flat_map(Outlet::destinations);
        files.chain(extras.destinations()).chain(&save)
    };
    different(files())?;
    not_read(files(), options)?;
    let display = outputs.display.as_deref();
    let style = if display.is_some_and(Display::tells_credit) {
        style.uncredited()
    } else {
        style
    };
    let is_saved_alone = outputs.is_nowhere() && !extras.are_wanted() && !options.tell;
    let loaded = options.load.iter().map(|path| Saved::open(path));
    let loaded: Vec<Saved> = loaded.collect::<Result<_>>()?;
    let (data, others) = others(options)?;
    let own = loaded.len();
    let all: Vec<Saved> = loaded.into_iter().chain(others).collect();
    let (loaded, saved) = all.split_at(own);
    let framing = Framing::new(options, &style, &all, events)?;
    let (heat, report, radius) = match &options.compare {
        None => {
            let is_part = is_saved_alone && framing.is_known();
            let gathered = cells(options, is_part, &framing, loaded, events)?;
            (Heat::Of(gathered.made), gathered.report, gathered.radius)
        }
        Some(compared) => {
            let compared = compare::CompareOptions {
                others: data,
                ..compared.clone()
            };
            let read = both(options, &compared, [loaded, saved], &framing, events)?;
            (Heat::Both(read.both), read.report, read.radius)
        }
    };
    let cells = heat.first();
    let smoothed = radius.map(|pixels| options.with_radius(pixels));
    let options = smoothed.as_ref().unwrap_or(options);
    let style = style.spread_as(&options.style.passes);
    if let Some(file) = save {
        events.event(Event::Doing(Doing::Saving));
        afford(1, cells.view().size())?;
        file.write(|writer| saved::write(cells, writer))?;
    }
    if is_saved_alone {
        return Ok(None);
    }
    let view = cells.view().clone();
    let style = style.on_map(&view, events)?;
    style.tell_no_count(events);
    tell_negative(&style, &report, events);
    let drawing = Drawing::new(&style, &heat, events)?;
    let known = Known {
        about: about::of(options, &view, drawing.heat.extremes(), &report),
        view,
        shapes: shapes(&report, loaded, cells),
    };
    drop(heat);
    extras.put(&style, &drawing.toned)?;
    events.event(Event::Doing(Doing::Writing));
    outputs.put(options, &style, drawing, &known, events)?;
    Ok(Some(known.about))
}

/// The heat of a picture, before it is spread.
enum Heat {
    /// Of one set of data.
    Of(Cells),
    /// Of two that are compared.
    Both(Both),
}

impl Heat {
    /// That of the data, and not of what they are compared with.
    fn first(&self) -> &Cells {
        match self {
            Self::Of(cells) => cells,
            Self::Both(both) => &both.first,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Of(cells) => cells.is_empty(),
            Self::Both(both) => both.first.is_empty() && both.second.is_empty(),
        }
    }

    fn spread(
        &self,
        style: &Style,
        options: &density::HeatOptions,
        events: &dyn Events,
    ) -> Result<Grid> {
        match self {
            Self::Of(cells) => spread(cells, style, options, events),
            Self::Both(both) => both.spread(style, options, events),
        }
    }
}

/// What data are compared with: other data, and heat that was saved.
fn others(options: &Options) -> Result<(Vec<Source>, Vec<Saved>)> {
    let (mut data, mut saved) = (Vec::new(), Vec::new());
    for source in options.compare.iter().flat_map(|compared| &compared.others) {
        match source {
            Source::File(path) if Saved::is_one(path).unwrap_or(false) => {
                saved.push(Saved::open(path)?);
            }
            source => data.push(source.clone()),
        }
    }
    Ok((data, saved))
}

/// Reads two sets of data that are compared, and the heat that was saved of both.
fn both(
    options: &Options,
    compared: &compare::CompareOptions,
    saved: [&[Saved]; 2],
    framing: &Framing,
    events: &dyn Events,
) -> Result<compare::Read> {
    let begin = |view: &View, radius: Option<f64>| {
        let mut formats = options.files.files.iter().map(|(_, format)| format);
        formats.try_for_each(|format| format.holds(view.size()))?;
        let smoothed = radius.map(|pixels| options.style.with_radius(pixels));
        let widest = smoothed.as_ref().unwrap_or(&options.style).widest();
        let cells = [Cells::new(view, &widest)?, Cells::new(view, &widest)?];
        for (saved, cells) in saved.into_iter().zip(&cells) {
            saved
                .iter()
                .try_for_each(|saved| load(saved, cells, events))?;
        }
        Ok(cells)
    };
    let read = compare::read(&options.data, compared, framing, events, begin)?;
    for cells in [&read.both.first, &read.both.second] {
        tell_rounding(cells, events)?;
    }
    match (read.both.first.is_empty(), read.both.second.is_empty()) {
        (true, true) => events.event(Event::Odd(Odd::Blank(Blank::Nowhere {
            data: None,
            on_earth: !read.both.first.view().crs().is_plane(),
        }))),
        (false, false) => {}
        (first, _) => events.event(Event::Odd(Odd::OneSided { first })),
    }
    Ok(read)
}

/// Reads the data, and heat that was saved. Where the data are one part of many, there may be
/// nothing in them.
fn cells(
    options: &Options,
    is_part: bool,
    framing: &Framing,
    saved: &[Saved],
    events: &dyn Events,
) -> Result<Gathered<Cells>> {
    let begin = |view: View, radius: Option<f64>| {
        let mut formats = options.files.files.iter().map(|(_, format)| format);
        formats.try_for_each(|format| format.holds(view.size()))?;
        let smoothed = radius.map(|pixels| options.style.with_radius(pixels));
        let widest = smoothed.as_ref().unwrap_or(&options.style).widest();
        let binner = Binner::new(&view, &widest)?;
        let narrow = saved
            .iter()
            .find(|saved| saved.is_too_narrow_for(binner.reach()));
        if let Some(saved) = narrow {
            events.event(Event::Odd(Odd::Narrow(saved.path())));
        }
        // What is saved anew has all that was saved, whatever the radius is this time.
        let kept = options.save.iter().flat_map(|_| saved).map(Saved::reach);
        let binner = binner.reaching(kept.max().unwrap_or_default());
        let cells = Cells::of(Arc::new(binner), widest.memory)?;
        saved
            .iter()
            .try_for_each(|saved| load(saved, &cells, events))?;
        Ok(cells)
    };
    let mut data = options.data.clone();
    data.input.part = is_part;
    let gathered = gather(&data, framing, events, begin)?;
    let (cells, report) = (&gathered.made, &gathered.report);
    tell_rounding(cells, events)?;
    // Fewer in all cannot be too many for one.
    if report.shapes > u32::MAX.into() && cells.is_full() {
        events.event(Event::Odd(Odd::Uncounted));
    }
    let track_weight = cells.binner().track_weight();
    if track_weight.needs_tracks() && cells.segments().is_empty() && !cells.is_empty() {
        events.event(Event::Odd(Odd::NoTracks(track_weight)));
    }
    if cells.is_empty() {
        let blank = nowhere(options, cells, report);
        events.event(Event::Odd(Odd::Blank(blank)));
    }
    Ok(gathered)
}

/// Why no heat came into the cells of a view.
fn nowhere(options: &Options, cells: &Cells, report: &Report) -> Blank {
    let view = cells.view();
    let data = (report.shapes > 0).then(|| gather::extent(&options.data));
    let data = data.flatten();
    let (shown, on_earth) = (view.shown(), !view.crs().is_plane());
    let is_shown = data.is_some_and(|data| {
        let [a, b] = data.corners();
        a.y() <= shown.north && b.y() >= shown.south && a.x() <= shown.east && b.x() >= shown.west
    });
    // A picture may lie among the places and have none.
    if is_shown && !cells.is_cut() {
        Blank::Weightless
    } else {
        Blank::Nowhere { data, on_earth }
    }
}

fn load(saved: &Saved, cells: &Cells, events: &dyn Events) -> Result<()> {
    events.event(Event::Doing(Doing::Loading(saved.path())));
    let binner = cells.binner();
    saved.check(binner.track_weight(), binner.has_values())?;
    saved.add_to(cells)?;
    events.event(Event::Done(Done::Loaded(saved.path())));
    Ok(())
}

/// Tells of files that have no title and no legend where these are asked for.
pub(super) fn tell_unlabelled(options: &Options, style: &Style, events: &dyn Events) {
    let mut formats = options.files.files.iter().map(|(_, format)| *format);
    if style.is_labelled() && formats.any(|format| format == Format::GeoTiff) {
        events.event(Event::Odd(Odd::Unlabelled));
    }
}

/// Tells of weights that the colours have nothing for.
pub(super) fn tell_negative(style: &Style, report: &Report, events: &dyn Events) {
    let (negative, shapes) = (report.negative, report.shapes);
    if negative > 0 && !style.shows_cold() {
        events.event(Event::Odd(Odd::Negative { negative, shapes }));
    }
}

/// All passes, painted one over the other.
pub(super) struct Drawing<'a> {
    pub(super) picture: Raster,
    /// The colours of all passes, and the heat of the last one.
    pub(super) toned: Vec<Toned<'a>>,
    pub(super) heat: Grid,
}

impl<'a> Drawing<'a> {
    /// The heat of a pass is gone before the next one's is there.
    fn new(style: &'a Style, cells: &Heat, events: &dyn Events) -> Result<Self> {
        let mut drawn: Option<Self> = None;
        let mut blank = None;
        let mut is_blank = true;
        for layer in style.layers() {
            let (below, mut all) = match drawn.take() {
                Some(drawn) => (Some(drawn.picture), drawn.toned),
                None => (None, Vec::new()),
            };
            let heat = cells.spread(style, layer.density(), events)?;
            let range = layer.scale().range(&heat);
            tell_saturated([&range], events);
            let toned = layer.tone(range)?;
            events.event(Event::Done(Done::Scaled(toned.tone())));
            blank = toned.blank();
            is_blank &= blank.is_some();
            if let Some((maximum, end)) = toned.dim() {
                events.event(Event::Odd(Odd::Dim { maximum, end }));
            }
            if let Some(share) = toned.faint(&heat).share() {
                events.event(Event::Odd(Odd::Faint(share)));
            }
            afford(4, heat.size())?;
            let picture = toned.paint(&heat, below);
            all.push(toned);
            drawn = Some(Self {
                picture,
                toned: all,
                heat,
            });
        }
        let is_told = cells.is_empty() || style.is_cut_away();
        if let Some(blank) = blank.filter(|_| is_blank && !is_told) {
            events.event(Event::Odd(Odd::Blank(blank)));
        }
        drawn.ok_or_else(|| Error::new(ErrorKind::Internal, "there is no pass"))
    }
}

/// The heat of a pass.
pub(super) fn spread(
    cells: &Cells,
    style: &Style,
    options: &density::HeatOptions,
    events: &dyn Events,
) -> Result<Grid> {
    events.event(Event::Doing(Doing::Rendering));
    let grid = style.heat(cells, options)?;
    events.event(Event::Done(Done::Heated(&grid)));
    Ok(grid)
}

/// What is known about a picture besides its pixels.
pub(super) struct Known {
    pub(super) about: Metadata,
    pub(super) view: View,
    pub(super) shapes: u64,
}

fn shapes(report: &Report, loaded: &[Saved], cells: &Cells) -> u64 {
    if loaded.is_empty() {
        report.shapes
    } else {
        cells.shapes()
    }
}

/// Where the picture goes.
pub(super) struct Outputs {
    pub(super) files: Vec<Outlet>,
    display: Option<Box<dyn Display>>,
}

impl Outputs {
    pub(super) fn prove(options: &Options, display: Option<Box<dyn Display>>) -> Result<Self> {
        let (files, world_file) = (&options.files.files, options.files.world_file);
        let has_legend = options.style.legend.is_some() || options.extras.legend.is_some();
        let prove = |(target, format): &_| Outlet::prove(target, *format, world_file, has_legend);
        Ok(Self {
            files: files.iter().map(prove).collect::<Result<_>>()?,
            display,
        })
    }

    fn is_nowhere(&self) -> bool {
        self.files.is_empty() && self.display.is_none()
    }

    pub(super) fn put(
        &self,
        options: &Options,
        style: &Style,
        drawing: Drawing,
        known: &Known,
        events: &dyn Events,
    ) -> Result<()> {
        let Drawing {
            picture: painted,
            toned,
            heat,
        } = drawing;
        // Another picture each for the opaque one and the layer, and what encoders hold.
        afford(16, heat.size())?;
        let formats = || options.files.files.iter().map(|(_, format)| format);
        let title = options.style.title.as_deref();
        let finish = |finish| style.titled(painted.clone(), finish, &toned, title, None);
        // Pictures of some formats know no transparency, and others are to keep theirs.
        let opaque = formats().any(|format| !format.has_alpha());
        let opaque = opaque.then(|| finish(Finish::Opaque)).transpose()?;
        let layer = style.is_labelled() && formats().any(|format| format.is_layer());
        let layer = layer.then(|| finish(Finish::Layer)).transpose()?;
        let picture = style.titled(painted, Finish::Picture, &toned, title, None)?;
        let mut whole = formats().filter(|format| !format.is_layer());
        whole.try_for_each(|format| format.holds(picture.size()))?;
        if let Some(display) = &self.display {
            let facts = Facts {
                points: known.shapes,
                view: known.view.clone(),
                maximum: heat.maximum(),
            };
            events.event(Event::Doing(Doing::Showing));
            display.show(&picture, &facts)?;
        }
        let has_legend = options.style.legend.is_some() || options.extras.legend.is_some();
        let legend = has_legend.then(|| style.key(&toned)).transpose()?;
        let wants_regions = formats().any(|format| format.facts().holds == Holds::Regions);
        let regions = wants_regions
            .then(|| regions(options, &heat, &toned, &known.view))
            .transpose()?;
        for level in regions.iter().flat_map(Regions::empty) {
            events.event(Event::Odd(Odd::NoRegion(&level.name)));
        }
        let still = Still {
            picture: &picture,
            opaque: opaque.as_ref().unwrap_or(&picture),
            layer: layer.as_ref().unwrap_or(&picture),
            heat: &heat,
            place: &known.about.place,
            about: &known.about,
            title: options.style.title.as_deref(),
            background: options.style.background.color,
            tiles: tiles(style),
            regions: regions.as_ref(),
            legend: legend.as_ref(),
            png: &png::Options {
                level: options.files.png_level,
                samples: png::Samples::default(),
                dpi: options.files.dpi,
                text: essentials(options, &known.view, &heat),
            },
        };
        self.files.iter().try_for_each(|file| file.put(&still))?;
        events.event(Event::Done(Done::Written(&picture)));
        Ok(())
    }
}

/// Where heat is above the levels that are asked for.
fn regions(options: &Options, heat: &Grid, toned: &[Toned], view: &View) -> Result<Regions> {
    let (Some(top), Some(pass)) = (toned.last(), options.style.passes.last()) else {
        return Err(Error::new(ErrorKind::Internal, "there is no pass"));
    };
    let mut levels = Vec::new();
    for level in &options.files.levels {
        let found = match level.heat {
            Bound::Heat(heat) => Some(heat),
            Bound::Percentile(percent) => regions::percentile(heat, percent),
        };
        // Of a picture without heat no percentage is anything.
        let heat = found.unwrap_or(f32::INFINITY);
        levels.push(regions::Level {
            name: level.name.clone(),
            heat,
            color: top.color(heat),
        });
    }
    let unit = options.style.unit_name(&pass.density);
    // Proportions do not add up.
    let adds_up = !matches!(options.style.compared, Some(Compared::Ratio { .. }));
    Regions::of(heat, view, levels, adds_up, unit)
}

/// The map that a page offers: the one that was named. One that is not on the web is in the picture
/// already, and a page cannot have it.
fn tiles(style: &Style) -> Option<html::Tiles<'_>> {
    let usual = html::Tiles::OPEN_STREET_MAP;
    let Some((url, credit)) = style.web_map() else {
        return (!style.has_local_map()).then_some(usual);
    };
    Some(html::Tiles {
        url,
        credit: credit.unwrap_or_default(),
        link: usual.link.filter(|_| credit == Some(usual.credit)),
    })
}

/// What a picture says about how it was made: enough to make it again from the same data, and
/// nothing about where these were.
fn essentials(options: &Options, view: &View, heat: &Grid) -> Vec<(String, String)> {
    let pass = |density: &density::HeatOptions| {
        let (kernel, radius, decay) = (density.kernel.name(), density.radius, density.decay);
        if density.has_values() {
            let (unit, kernel) = (options.style.unit_name(density), density.kernel_name());
            let radius = density.bound().map(|radius| format!(", radius {radius}"));
            let radius = radius.unwrap_or_default();
            return format!("{unit}, kernel {kernel}{radius}, decay {decay}");
        }
        let tracks = match density.track_weight {
            TrackWeight::Points => String::new(),
            other => format!(", tracks by {}", other.name()),
        };
        let how = format!("kernel {kernel}, radius {radius}, decay {decay}{tracks}");
        match options.style.compared {
            Some(_) => format!("{}, {how}", options.style.unit_name(density)),
            None => how,
        }
    };
    let passes: Vec<String> = options
        .style
        .passes
        .iter()
        .map(|p| pass(&p.density))
        .collect();
    let (crs, extent, scale) = (view.crs(), view.shown(), view.units_per_pixel());
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
    let software = concat!("heatmap ", env!("CARGO_PKG_VERSION"));
    vec![
        ("Software".to_owned(), software.to_owned()),
        ("Comment".to_owned(), comment),
    ]
}
