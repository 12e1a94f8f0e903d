//! Pyramids of tiles: what is asked for, and what they have no use for.

use std::path::PathBuf;

use heatmap::error::{Error, Result};
use heatmap::geo::Crs;
use heatmap::product::tiles::{Kind, Options};

use super::args::labels::LegendPlace;
use super::args::tiles::{TileArgs, TileScaleName, TileSize};
use super::args::{Arguments, MapArgs};

/// The pyramid that the names of outputs ask for, if they do.
pub fn tiles(arguments: &Arguments, projection: Crs) -> Result<Option<Options>> {
    let outputs = &arguments.output.output;
    let is_store = |name: &PathBuf| Kind::of(name).is_some();
    if !outputs.iter().any(is_store) {
        return without(&arguments.tiles).map(|()| None);
    }
    if let Some(picture) = outputs.iter().find(|name| !is_store(name)) {
        let fact = format!(
            "'{}' is no pyramid of tiles, and others are",
            picture.display()
        );
        return Err(Error::usage(fact).advice("make pictures and tiles in two runs"));
    }
    if let Some(option) = useless(arguments) {
        let fact = format!("{option} is for pictures, and tiles lie where the data are");
        return Err(Error::usage(fact).advice("leave it out, or name a picture (-o heat.png)"));
    }
    if projection != Crs::WebMercator {
        return Err(Error::usage("tiles of web maps are in Mercator").advice("leave out -P"));
    }
    let args = &arguments.tiles;
    let top = args.tiles.map_or(0, |part| part.z);
    let min_zoom = args.min_zoom.unwrap_or(top);
    if let Some(part) = args.tiles.filter(|part| min_zoom < part.z) {
        let fact = format!("no tile of zoom {min_zoom} is below {part}");
        return Err(Error::usage(fact).advice("see --min-zoom and --tiles"));
    }
    if let Some(largest) = args.max_zoom.filter(|largest| *largest < min_zoom) {
        let fact = format!("the largest zoom, {largest}, is less than the smallest, {min_zoom}");
        return Err(Error::usage(fact).advice("see --min-zoom and --max-zoom"));
    }
    Ok(Some(Options {
        stores: outputs.clone(),
        min_zoom,
        max_zoom: args.max_zoom,
        part: args.tiles,
        side: args.tile_size.side(),
        scale: args.tile_scale.into(),
        overwrite: args.overwrite,
        preview: args.preview,
    }))
}

/// Options for tiles make no sense without any.
fn without(args: &TileArgs) -> Result<()> {
    let TileArgs {
        min_zoom,
        max_zoom,
        tiles,
        tile_size,
        tile_scale,
        overwrite,
        preview,
    } = args;
    let given = [
        ("--min-zoom", min_zoom.is_some()),
        ("--max-zoom", max_zoom.is_some()),
        ("--tiles", tiles.is_some()),
        ("--tile-size", *tile_size != TileSize::default()),
        ("--tile-scale", *tile_scale != TileScaleName::default()),
        ("--overwrite", *overwrite),
        ("--preview", *preview),
    ];
    let option = given.iter().find(|(_, given)| *given);
    option.map_or(Ok(()), |(option, _)| {
        Err(Error::usage(format!("{option} is for tiles"))
            .advice("name some, as in -o tiles.pmtiles or -o 'tiles/{z}/{x}/{y}.png'"))
    })
}

/// The first option that only pictures have a use for.
fn useless(arguments: &Arguments) -> Option<&'static str> {
    let MapArgs {
        width,
        height,
        scale,
        extent,
        bbox,
        margin,
        ..
    } = &arguments.map;
    let (output, saved) = (&arguments.output, &arguments.saved);
    let base_map = &arguments.base_map;
    let legend = arguments.labels.legend.as_ref();
    let has_place = legend.is_some_and(|legend| matches!(legend, LegendPlace::At(_)));
    let given = [
        ("-W", width.is_some()),
        ("-H", height.is_some()),
        ("-s", scale.is_some()),
        ("-e", extent.is_some()),
        ("--bbox", bbox.is_some()),
        ("-R", *margin > 0),
        ("-z", base_map.zoom.is_some()),
        ("--osm", base_map.osm),
        ("--overlay-base", base_map.overlay_base.is_some()),
        ("-I", arguments.background.background_image.is_some()),
        ("--like", saved.like.is_some()),
        ("-L", !saved.load.is_empty()),
        ("-S", saved.save.is_some()),
        ("-a", arguments.animation.animate),
        ("--raw", output.raw),
        ("--world-file", output.world_file),
        ("--dpi", output.dpi.is_some()),
        ("--stats", output.stats.is_some()),
        ("--by", arguments.batches.by.is_some()),
        ("--levels", !arguments.analysis.levels.is_empty()),
        ("--legend without a file", has_place),
        ("--data-uri", output.data_uri),
        ("--zoom-level", arguments.density.zoom_level.is_some()),
        ("--span-out", arguments.scale.span_out.is_some()),
    ];
    given
        .iter()
        .find(|(_, given)| *given)
        .map(|(option, _)| *option)
}
