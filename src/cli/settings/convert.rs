//! From what was written to what is meant. All checks that need more than one value are here.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use heatmap::basemap::{self, Attribution};
use heatmap::composite;
use heatmap::composite::{Adjust, Light};
use heatmap::density;
use heatmap::density::{Aggregate, InverseDistance, Kernel, ZoomLevel};
use heatmap::encode::{Format, not_on_earth};
use heatmap::error::{Error, ErrorKind, Result};
use heatmap::geo;
use heatmap::geo::{Cover, Crs, Extent, Radius, TrackWeight};
use heatmap::input;
use heatmap::input::{Measure, Names, Source, columns, reader_named};
use heatmap::product;
use heatmap::product::animation::{self, Pace};
use heatmap::product::framing::Area;
use heatmap::product::outlet::Level;
use heatmap::product::style::Unit;
use heatmap::product::{Pass, Target, compare, extras, framing, gather, outlet, style};

use super::analysis;
use super::area::{across, area, extent, four};
use super::args::batches::ByName;
use super::args::outputs::OutputArgs;
use super::args::{Arguments, BackgroundArgs, BaseMapArgs, DensityArgs, InputArgs, MapArgs};
use super::batches;
use super::color;
use super::film::film;
use super::filters::{filters, tell_zone};
use super::outputs::{Outputs, outputs, source, target};
use super::slips;
use super::system;
use super::tiles::tiles;
use super::values::filters::Where;
use super::values::{
    GpxParts, KernelName, Memory, ProjectionName, RadiusText, SurfaceName, TrackWeightName,
};
use super::{LegendPlace, Settings, StatsForm, Terminals};

/// Makes settings of arguments.
#[expect(clippy::too_many_lines, reason = "it is a list of what is meant")]
pub fn settings(arguments: Arguments, passes: Vec<Pass>, terminals: Terminals) -> Result<Settings> {
    let mut warnings = Vec::new();
    tell_zone(&arguments, &mut warnings);
    let projection = projection(&arguments)?;
    let unasked_picture = slips::unasked_picture(&arguments);
    let batch = batches::parts(&arguments)?;
    let clip = analysis::clip(&arguments, projection)?;
    let tiles = tiles(&arguments, projection)?;
    let compare = analysis::compare(&arguments, tiles.is_some())?;
    let (input, sources) = input(
        arguments.input,
        arguments.files,
        arguments.saved.load.is_empty().then_some(terminals),
        arguments.run.memory(),
        &mut warnings,
    )?;
    once(&sources, compare.as_ref(), &arguments.saved.load)?;
    filterable(&input, projection)?;
    if !arguments.saved.load.is_empty() {
        not_of_saved(&input, !sources.is_empty())?;
    }
    let animation = film(arguments.animation)?;
    let input = input::Options {
        track_weight: arguments.density.track_weight.into(),
        measure: arguments.density.value.map(Measure::from),
        survey: arguments.output.stats == Some(StatsForm::Json),
        map: projection,
        wrap: arguments.map.wrap.into(),
        ..system::on(projection, input)?
    };
    let input = paced(
        input,
        animation.as_ref(),
        batch.as_ref(),
        arguments.batches.by,
    );
    let (layer, zoom) = (arguments.base_map.layer, arguments.base_map.zoom);
    radii(&passes, projection)?;
    tell_dust(&arguments.density, &arguments.map, &mut warnings);
    if tiles.is_some() || !arguments.saved.load.is_empty() {
        tell_unmeasured(&passes, &mut warnings);
    }
    values(&arguments.density, &passes, animation.is_some())?;
    let unit = unit(&arguments.density, &passes, projection, animation.is_some())?;
    let maps = maps(arguments.base_map, arguments.density.ratio, projection)?;
    let outputs = outputs(
        &arguments.output,
        &arguments.saved,
        animation.as_ref(),
        &arguments.analysis.levels,
        terminals,
    )?;
    formats(&outputs, arguments.output.dpi, projection, &mut warnings)?;
    let box_crs = box_system(&arguments.map, projection, input.ballpark)?;
    let bbox = bbox(&arguments.map, projection, box_crs)?;
    let map = map(&arguments.map, projection, box_crs, zoom, &mut warnings)?;
    let frame = frame(map, bbox, arguments.saved.like);
    let (place, legend) = legend(
        arguments.labels.legend,
        arguments.batches.color_key.is_some(),
    );
    let background = background(
        arguments.background,
        maps.base.is_some() || layer,
        &mut warnings,
    );
    let product = product::Options {
        data: gather::DataOptions {
            sources,
            input,
            memory: arguments.run.memory().0,
        },
        frame,
        style: style::StyleOptions {
            passes,
            background,
            base_map: maps.base,
            overlay: maps.overlay,
            credit: maps.credit,
            title: arguments.labels.title,
            legend: place,
            legend_title: legend_title(arguments.labels.legend_title, &arguments.density),
            unit,
            ratio: arguments.density.ratio,
            font: arguments.labels.font,
            clip,
            compared: compare.as_ref().map(|compared| compared.by),
        },
        files: files(outputs.files, &arguments.output, arguments.analysis.levels),
        extras: extras::ExtraOptions {
            scale: arguments.scale.span_out.map(target),
            legend,
        },
        save: arguments.saved.save.map(target),
        load: arguments.saved.load,
        compare,
        tell: arguments.output.stats.is_some(),
    };
    Ok(Settings {
        product,
        animation,
        batch,
        tiles,
        display: outputs.display,
        stats: arguments.output.stats,
        written: arguments.written,
        look: None,
        unasked_picture,
        threads: arguments.run.threads,
        quiet: arguments.run.quiet,
        verbose: arguments.run.verbose || arguments.run.debug,
        warnings,
    })
}

/// What the picture shows.
fn frame(map: geo::MapOptions, bbox: Option<Area>, like: Option<PathBuf>) -> framing::FrameOptions {
    framing::FrameOptions {
        map,
        bbox,
        like,
        view: None,
    }
}

/// Reads times, or in order, or a column, where something goes by them.
fn paced(
    input: input::Options,
    animation: Option<&animation::Options>,
    batch: Option<&product::batch::Options>,
    parted: Option<ByName>,
) -> input::Options {
    let pace = animation.map(|animation| animation.pace);
    let by_time = input.track_weight == TrackWeight::Time
        || input.measure == Some(Measure::Speed)
        || batch.is_some_and(|batch| batch.by.wants_times());
    input::Options {
        times: input.times || by_time || input.survey || matches!(pace, Some(Pace::Time(_))),
        in_order: matches!(pace, Some(Pace::Count { .. })),
        columns: columns::Options {
            part_field: parted.and_then(ByName::column),
            ..input.columns
        },
        ..input
    }
}

/// Whether all files can hold what is made.
fn formats(
    outputs: &Outputs,
    dpi: Option<f64>,
    projection: Crs,
    warnings: &mut Vec<String>,
) -> Result<()> {
    let formats = || outputs.files.iter().map(|(_, format)| *format);
    formats().try_for_each(|format| format.check(projection))?;
    if dpi.is_some() && !formats().any(Format::says_dpi) {
        warnings.push("--dpi is said by .png alone, and there is none".to_owned());
    }
    Ok(())
}

fn files(
    files: Vec<(Target, Format)>,
    args: &OutputArgs,
    levels: Vec<Level>,
) -> outlet::FileOptions {
    outlet::FileOptions {
        files,
        world_file: args.world_file,
        png_level: args.png_level.into(),
        dpi: args.dpi,
        levels,
    }
}

/// Where a legend goes: into the picture, or into a file.
fn legend(place: Option<LegendPlace>, is_keyed: bool) -> (Option<style::Place>, Option<PathBuf>) {
    match place {
        Some(LegendPlace::None) => (None, None),
        Some(LegendPlace::At(place)) => (Some(place), None),
        Some(LegendPlace::File(file)) => (None, Some(file)),
        // Nobody knows what colours of groups are without a key.
        None => (is_keyed.then(style::Place::default), None),
    }
}

/// Standard input comes once.
fn once(
    sources: &[Source],
    compared: Option<&compare::CompareOptions>,
    load: &[PathBuf],
) -> Result<()> {
    let others = compared.into_iter().flat_map(|compared| &compared.others);
    let sources = sources.iter().chain(others);
    let sources = sources.filter(|source| **source == Source::Stdin);
    let loaded = load.iter().filter(|path| **path == Path::new("-"));
    if sources.count() + loaded.count() < 2 {
        return Ok(());
    }
    let fact = "standard input ('-') is to be read more than once";
    Err(Error::usage(fact).advice("name files for all but one"))
}

/// The words above the legend, which say by themselves what values are of tracks.
fn legend_title(given: Option<String>, args: &DensityArgs) -> String {
    let is_mean = args.surface == SurfaceName::Mean;
    let measure = args.value.filter(|_| is_mean).map(Measure::from);
    let title = || measure.map_or("", Measure::title).to_owned();
    given.unwrap_or_else(title)
}

/// Whether values can be drawn as they are asked for.
fn values(args: &DensityArgs, passes: &[Pass], moves: bool) -> Result<()> {
    let refuse = |fact: &str, advice: &str| Err(Error::usage(fact).advice(advice));
    let is_mean = args.surface == SurfaceName::Mean;
    if moves && (is_mean || args.aggregate.is_some()) {
        let fact = "--surface mean and --aggregate are for pictures that stand still";
        return refuse(fact, "leave them out, or -a");
    }
    if args.value.is_some() && !is_mean && args.aggregate.is_none() {
        let fact = "--value is what was measured, and its density would be of fixes";
        return refuse(fact, "add --surface mean, or --aggregate max or another");
    }
    let is_idw = |pass: &Pass| pass.density.inverse_distance.is_some();
    let has_idw = passes.iter().any(is_idw);
    if args.idw_power.is_some() && !has_idw {
        return refuse("--idw-power is of -k idw, and this is none", "add -k idw");
    }
    if has_idw && !is_mean {
        let fact = "-k idw is a mean of what was measured, and has no density";
        return refuse(fact, "add --surface mean, or take another kernel");
    }
    if has_idw && args.support.is_some() {
        let fact = "-k idw has values everywhere, so that --support says nothing of it";
        return refuse(fact, "give a radius (-r) beyond which nothing is drawn");
    }
    if !is_mean {
        return match args.support {
            Some(_) => refuse(
                "--support is of a mean, and this is none",
                "add --surface mean, or leave it out",
            ),
            None => Ok(()),
        };
    }
    if args.track_weight != TrackWeightName::Points {
        let fact = "--track-weight is of density, and a mean has none";
        return refuse(fact, "leave it out, or --surface mean");
    }
    if args.zoom_level.is_some() {
        let fact = "the spread of --zoom-level is of heat, and those of a mean are values";
        return refuse(
            fact,
            "give a radius instead (-r), or leave out --surface mean",
        );
    }
    if passes.iter().any(|pass| pass.density.decay < 1.0) {
        return refuse("a mean has no decay", "leave out -d, or --surface mean");
    }
    if passes.iter().any(|pass| pass.color.scale.threshold > 0.0) {
        let fact = "--threshold is of heat, and those of a mean are values";
        return refuse(fact, "take --support, by which values fade");
    }
    Ok(())
}

/// What heat is measured in.
fn unit(args: &DensityArgs, passes: &[Pass], projection: Crs, moves: bool) -> Result<Unit> {
    let unit = Unit::from(args.unit);
    if unit != Unit::default() && moves {
        let fact = "--unit is for pictures that stand still";
        return Err(Error::usage(fact).advice("leave it out, or -a"));
    }
    if args.zoom_level.is_some() && moves {
        let fact = "--zoom-level is for pictures that stand still";
        return Err(Error::usage(fact).advice("give a radius instead (-r), or leave out -a"));
    }
    let mut passes = passes.iter();
    passes.try_for_each(|pass| unit.check(&pass.density, projection))?;
    Ok(unit)
}

pub fn input(
    mut args: InputArgs,
    files: Vec<PathBuf>,
    stdin: Option<Terminals>,
    memory: Memory,
    warnings: &mut Vec<String>,
) -> Result<(input::Options, Vec<Source>)> {
    let mut sources: Vec<Source> = files.into_iter().map(source).collect();
    let mut filetype = args.filetype.0;
    let (gpx, gpx_file) = match args.gpx {
        Some(GpxParts::Take(take)) => (Some(take), args.gpx_file),
        Some(GpxParts::File(file)) => (None, Some(file)),
        None => (None, args.gpx_file),
    };
    let old_forms = [
        ("-p", args.points, "plain"),
        ("--csv", args.csv, "csv"),
        ("--shp-file", args.shp_file, "shp"),
        ("-g", gpx_file, "gpx"),
    ];
    for (option, file, name) in old_forms {
        let Some(file) = file else { continue };
        warnings.push(format!(
            "{option} is deprecated: just put the file at the end of the command line"
        ));
        filetype = reader_named(name);
        sources.push(source(file));
    }
    if let (true, Some(terminals)) = (sources.is_empty(), stdin) {
        if terminals.stdin {
            return Err(Error::usage("there is no file to read")
                .advice("name one or more, or - for what is piped in; see --help"));
        }
        sources.push(Source::Stdin);
    }
    let columns = columns::Options {
        lat_field: args.lat_field,
        lon_field: args.lon_field,
        weight_field: args.weight_field,
        count_field: args.count_field,
        time_field: args.time_field,
        ignore_header: args.ignore_csv_header,
        delimiter: args.delimiter,
        skip_rows: args.skip_rows,
        lon_lat: args.lon_lat,
        geometry_field: args.geometry_field,
        polyline_field: args.polyline_field,
        polyline_precision: args.polyline_precision,
        track_field: args.track_field,
        order_field: args.order_field,
        part_field: None,
        conditions: std::mem::take(&mut args.filters.conditions)
            .into_iter()
            .map(|Where(field, condition)| (field, condition))
            .collect(),
        track_memory: columns::TrackMemory::of(memory.0),
    };
    let filters = filters(args.filters)?;
    let times = columns.time_field.is_some() || filters.needs_times();
    let (crs, claim) = system::given(args.crs, args.force_crs, args.allow_ballpark)?;
    let (strict, keep_going, keep_zero) = (args.strict, args.keep_going, args.keep_zero);
    let names = Names::new(&args.include, &args.exclude).map_err(|fact| {
        Error::usage(fact).advice("* is any letters, ? is one, [ab] is one of these")
    })?;
    Ok((
        input::Options {
            filetype,
            names,
            filters,
            max_unpacked: Some(args.max_unpacked.0),
            databases: input::Databases {
                layers: args.layer_name,
                query: args.sql,
            },
            columns,
            gpx,
            gtfs: args.gtfs.into(),
            max_accuracy: args.max_accuracy,
            visit_weight: args.visit_weight.into(),
            strict,
            keep_going,
            keep_zero,
            times,
            crs,
            claim,
            ballpark: args.allow_ballpark,
            day_first: args.day_first,
            ..input::Options::default()
        },
        sources,
    ))
}

/// Filters of the earth are for places on it.
fn filterable(input: &input::Options, projection: Crs) -> Result<()> {
    if projection.is_plane() && input.filters.needs_earth() {
        let fact =
            "circles, speeds and lengths in metres are of the earth, and plain x and y are not";
        return Err(Error::usage(fact).advice("leave out -P xy, or those filters"));
    }
    Ok(())
}

/// Heat that was saved has nothing left to filter, and where there are no data beside it no columns.
fn not_of_saved(input: &input::Options, has_data: bool) -> Result<()> {
    if input.filters.is_set() || !input.columns.conditions.is_empty() {
        let fact = "filters are for data, and saved heat no longer knows what it was made of";
        return Err(Error::usage(fact).advice("filter when the heat is saved (-S)"));
    }
    if !has_data && input.columns.asks_for_columns() {
        let fact = "columns are of data, and saved heat no longer has any";
        return Err(Error::usage(fact).advice("say which when the heat is saved (-S)"));
    }
    Ok(())
}

/// How places lie in the picture, with what only makes sense on the earth refused elsewhere.
fn projection(arguments: &Arguments) -> Result<Crs> {
    let map = &arguments.map;
    if let (ProjectionName::Of(code), false) = (map.projection, map.y_down) {
        return system::drawn(code, arguments.input.allow_ballpark);
    }
    let projection = map.projection.with(map.y_down).ok_or_else(|| {
        Error::usage("--y-down is for plain x and y: on the earth north is up")
            .advice("add -P xy, or leave it out")
    })?;
    if !projection.is_plane() {
        return Ok(projection);
    }
    if arguments.base_map.zoom.is_some() {
        let fact =
            "zooms (-z) are those of maps on the web, and plain x and y are not on the earth";
        return Err(
            Error::usage(fact).advice("give the units per pixel with -s, or leave out -P xy")
        );
    }
    if arguments.output.world_file {
        Err(not_on_earth("a world file"))
    } else {
        Ok(projection)
    }
}

/// What is wrong with the value of an option, in clap's words.
fn invalid(option: &str, text: &str, fact: &str) -> Error {
    Error::usage(format!("invalid value '{text}' for '{option}': {fact}"))
        .advice("see heatmap --help")
}

fn bbox(args: &MapArgs, projection: Crs, system: Option<Crs>) -> Result<Option<Area>> {
    if let (Some(text), Some(crs)) = (&args.bbox, system)
        && !text.starts_with('@')
    {
        return Ok(Some(Area::In(crs, numbers("--bbox <BOX>", text)?)));
    }
    let area = |text: &String| {
        area(text, projection.is_plane()).map_err(|fact| invalid("--bbox <BOX>", text, &fact))
    };
    args.bbox.as_ref().map(area).transpose()
}

/// The system of the numbers of a box, if it is not degrees.
fn box_system(args: &MapArgs, projection: Crs, ballpark: bool) -> Result<Option<Crs>> {
    let Some(text) = &args.bbox_crs else {
        return Ok(None);
    };
    if args.bbox.is_none() && args.extent.is_none() {
        let error = Error::usage("--bbox-crs is for --bbox and -e, and there is neither");
        return Err(error.advice("leave it out, or add a box"));
    }
    if projection.is_plane() {
        let error = Error::usage("boxes of plain x and y are in x and y");
        return Err(error.advice("leave out --bbox-crs, or -P xy"));
    }
    let crs = system::named("--bbox-crs", text, ballpark)?;
    Ok((crs != Crs::Wgs84).then_some(crs))
}

/// Four numbers of a box.
fn numbers(option: &str, text: &str) -> Result<[f64; 4]> {
    four(text)
        .filter(|numbers| numbers.iter().all(|number| number.is_finite()))
        .ok_or_else(|| invalid(option, text, "not four numbers with commas between them"))
}

fn map(
    args: &MapArgs,
    projection: Crs,
    system: Option<Crs>,
    zoom: Option<u8>,
    warnings: &mut Vec<String>,
) -> Result<geo::MapOptions> {
    let across = |text: &String| across(text, projection.is_plane() || system.is_some());
    warnings.extend(args.extent.as_ref().and_then(across));
    let mut scale = args.scale.or(zoom.map(Cover::metres_per_pixel));
    // A side, as long as the box, is a scale already; with another one the picture would be
    // squashed.
    if args.bbox.is_some() && (args.width.is_some() || args.height.is_some()) && scale.is_some() {
        scale = None;
        warnings.push("--bbox with -W or -H has its scale: -s and -z are not used".to_owned());
    }
    let extent = |text: &String| {
        let wrong = |fact: String| invalid("--extent <BOUNDS>", text, &fact);
        let Some(crs) = system else {
            return extent(text, projection.is_plane()).map_err(wrong);
        };
        let [bottom, left, top, right] = numbers("--extent <BOUNDS>", text)?;
        Extent::around(crs, [left, bottom, right, top]).map_err(|fact| wrong(fact.to_string()))
    };
    let max_pixels = args.max_pixels.0;
    if let (Some(width), Some(height)) = (args.width, args.height)
        && u64::from(width.get()) * u64::from(height.get()) > max_pixels
    {
        let fact = format!("{width} × {height} is more than the {max_pixels} pixels allowed");
        return Err(Error::new(ErrorKind::Limit, fact)
            .advice("ask for a smaller picture or raise --max-pixels"));
    }
    Ok(geo::MapOptions {
        crs: projection,
        scale,
        width: args.width,
        height: args.height,
        extent: args.extent.as_ref().map(extent).transpose()?,
        margin: args.margin,
        max_pixels,
        max_side: args.max_side.0,
        wrap: args.wrap.into(),
    })
}

/// All passes see the same data, so it must be known which of them goes farthest.
fn radii(passes: &[Pass], projection: Crs) -> Result<()> {
    passes
        .iter()
        .try_for_each(|pass| pass.density.radius.check(projection))?;
    let in_one_unit = passes.windows(2).all(|pair| {
        pair[0]
            .density
            .radius
            .larger(pair[1].density.radius)
            .is_some()
    });
    if in_one_unit {
        return Ok(());
    }
    let fact = "one pass has its radius in pixels and another on the ground";
    Err(Error::usage(fact).advice("give both in pixels, or both in metres"))
}

/// The look that arguments ask for.
pub fn pass(arguments: Arguments) -> Pass {
    let compared = analysis::compared(&arguments.analysis);
    Pass {
        by_density: arguments.density.dotsize.is_none()
            && arguments.density.radius == Some(RadiusText::Auto),
        density: density(
            &arguments.density,
            &arguments.map,
            arguments.run.memory().0,
            compared.is_some(),
        ),
        color: color::options(
            arguments.color,
            &arguments.scale,
            &arguments.density,
            is_dark(arguments.background.background),
            compared,
        ),
    }
}

/// A radius in pixels, or on the ground. One that goes by the density of the data is a
/// thirty-second of the longer side that is asked for, until that is known.
fn radius(args: &DensityArgs, map: &MapArgs) -> Radius {
    const PART: f64 = 32.0;
    const USUAL: u32 = 1024;
    match args.radius {
        None => Radius::Pixels(args.ratio * USUAL_RADIUS),
        Some(RadiusText::Of(Radius::Pixels(pixels))) => {
            Radius::Pixels((args.ratio * pixels).min(Radius::LARGEST))
        }
        Some(RadiusText::Of(ground)) => ground,
        Some(RadiusText::Auto) => {
            let longer = longer_side(map).unwrap_or(USUAL);
            let pixels = f64::from(longer) / PART;
            Radius::Pixels(pixels.clamp(1.0, Radius::LARGEST))
        }
    }
}

/// heatmap.py's.
const USUAL_RADIUS: f64 = 5.0;

/// The longer side that is asked for.
fn longer_side(map: &MapArgs) -> Option<u32> {
    let sides = [map.width, map.height].into_iter().flatten();
    sides.map(NonZeroU32::get).max()
}

/// What looks fine on a screen is dust on a poster.
fn tell_dust(args: &DensityArgs, map: &MapArgs, warnings: &mut Vec<String>) {
    const LARGE: u32 = 2000;
    let is_usual = args.radius.is_none()
        && args.dotsize.is_none()
        && args.zoom_level.is_none()
        && args.passes.is_none();
    if is_usual && args.ratio == 1.0 && longer_side(map).is_some_and(|side| side > LARGE) {
        let fact = "a radius of 5 pixels is small in so large a picture";
        warnings.push(format!(
            "{fact}; -r auto goes by its size, --ratio 3 enlarges words as well"
        ));
    }
}

/// Says which radius is taken where there is no single picture of data, by whose density it could
/// go.
pub fn tell_unmeasured(passes: &[Pass], warnings: &mut Vec<String>) {
    if let Some(pass) = passes.iter().find(|pass| pass.by_density) {
        warnings.push(format!(
            "-r auto goes by the data of one picture; here the radius is {}",
            pass.density.radius
        ));
    }
}

/// Whether a ground is dark to the eye (luma of ITU-R BT.709).
fn is_dark(ground: Option<super::values::Color>) -> bool {
    let luma = |[r, g, b, a]: [u8; 4]| {
        let luma = 0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b);
        a > 127 && luma < 80.0
    };
    ground.is_some_and(|color| luma(color.0))
}

/// Heat of sets that are compared adds up unless it is said otherwise: where it is cut off, there
/// is no difference.
fn density(
    args: &DensityArgs,
    map: &MapArgs,
    memory: u64,
    is_compared: bool,
) -> density::HeatOptions {
    let usual = density::HeatOptions::default();
    // As near as it gets to jjguy's arithmetic: docs/gradients.md.
    let inverse_distance = (args.kernel == Some(KernelName::Idw)).then(|| InverseDistance {
        power: args.idw_power.unwrap_or(InverseDistance::default().power),
        bounded: args.radius.is_some(),
    });
    let (kernel, decay) = if args.dotsize.is_some() {
        (Kernel::Gaussian, 1.0)
    } else if args.surface == SurfaceName::Mean || is_compared {
        (usual.kernel, 1.0)
    } else {
        (usual.kernel, usual.decay)
    };
    density::HeatOptions {
        kernel: match args.kernel {
            Some(KernelName::Kernel(kernel)) => kernel,
            Some(KernelName::Idw) | None => kernel,
        },
        inverse_distance,
        radius: match (args.dotsize, args.zoom_level) {
            (Some(diameter), _) => Radius::Pixels(diameter / 2.0),
            (None, Some(zoom)) => Radius::Pixels(ZoomLevel(zoom).reach() as f64),
            (None, None) => radius(args, map),
        },
        least_radius: usual.least_radius,
        decay: args.decay.unwrap_or(decay),
        track_weight: args.track_weight.into(),
        zoom_level: args.zoom_level.map(ZoomLevel),
        surface: args.surface.into(),
        aggregate: args.aggregate.map(Aggregate::from),
        memory,
    }
}

fn background(
    args: BackgroundArgs,
    has_map: bool,
    warnings: &mut Vec<String>,
) -> composite::BackgroundOptions {
    let light = match (args.background_brightness, args.invert_background) {
        (_, true) => Light::Inverted,
        (Some(factor), false) => Light::Times(factor),
        (None, false) => Light::Kept,
    };
    if args.background_brightness.is_some() && args.invert_background {
        warnings.push("-N inverts the background and leaves -B out, as heatmap.py does".to_owned());
    }
    let adjust = Adjust {
        grayscale: args.background_grayscale,
        light,
    };
    if adjust != Adjust::default() && args.background_image.is_none() && !has_map {
        let options = "-B, -N and --background-grayscale";
        warnings.push(format!(
            "{options} change the background image or the map, and there is none (-I, --osm)"
        ));
    }
    composite::BackgroundOptions {
        color: args.background.map(|color| color.0),
        image: args.background_image,
        adjust,
    }
}

/// The maps under and over the picture, and whom something else belongs to.
#[derive(Default)]
struct Maps {
    base: Option<basemap::BaseMapOptions>,
    overlay: Option<basemap::BaseMapOptions>,
    credit: Option<String>,
}

fn maps(args: BaseMapArgs, ratio: f64, projection: Crs) -> Result<Maps> {
    let usual = basemap::BaseMapOptions::default();
    let has_base =
        args.osm || args.osm_base != usual.base || args.osm_path_template != usual.template;
    let attribution = match args.attribution {
        None => Attribution::Known,
        Some(words) if words == "none" => Attribution::Nowhere,
        Some(words) => Attribution::Words(words),
    };
    let credit = match &attribution {
        Attribution::Words(words) if !has_base => Some(words.clone()),
        _ => None,
    };
    if !has_base && args.overlay_base.is_none() {
        return Ok(Maps {
            credit,
            ..Maps::default()
        });
    }
    if projection != Crs::WebMercator {
        let fact = "map tiles are in Mercator, and the picture is not";
        return Err(Error::usage(fact).advice("leave out -P, or the map (--osm)"));
    }
    if args.layer {
        return Ok(Maps::default());
    }
    let user_agent = args.user_agent.or_else(|| {
        std::env::var_os("HEATMAP_USER_AGENT").map(|words| words.to_string_lossy().into_owned())
    });
    let base = basemap::BaseMapOptions {
        base: args.osm_base,
        template: args.osm_path_template,
        cache: args.tile_cache,
        offline: args.offline,
        missing: args.missing_tiles.into(),
        max_tiles: args.max_tiles,
        user_agent: user_agent.unwrap_or_default(),
        attribution,
        zoom: args.map_zoom,
        ratio,
    };
    let overlay = args.overlay_base.map(|overlay| basemap::BaseMapOptions {
        base: overlay,
        template: usual.template,
        // The words of --attribution are those of the map under the heat.
        attribution: Attribution::Known,
        ..base.clone()
    });
    Ok(Maps {
        base: has_base.then_some(base),
        overlay,
        credit,
    })
}
