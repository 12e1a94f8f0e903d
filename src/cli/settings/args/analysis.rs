//! Options for what is made of heat that has been spread: parts of it, differences, regions.

use std::path::PathBuf;

use clap::Args;
use heatmap::color::scale::Bound;
use heatmap::product::outlet::Level;

use crate::settings::values::color::BoundText;

#[derive(Debug, Args)]
#[command(next_help_heading = "Analysis")]
pub struct AnalysisArgs {
    /// Leave heat only inside of the polygons of this file (GeoJSON, KML or a shapefile), with
    /// smooth edges; several files add up. Saved heat (-S) is whole. --bbox @FILE frames them
    #[arg(long, value_name = "FILE")]
    pub clip: Vec<PathBuf>,
    /// Leave heat only outside of the polygons of --clip; or name others whose inside is left out,
    /// after '='
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub clip_out: Vec<String>,
    /// Draw the difference to the heat of this file, or folder, or saved heat, in colours on both
    /// sides of zero; several files add up, and so does heat, unless -d says otherwise
    #[arg(long, value_name = "FILE", conflicts_with_all = ["per", "animate", "by", "save", "passes"])]
    pub minus: Vec<PathBuf>,
    /// Draw the heat in proportion to that of this file, in colours on both sides of one, by their
    /// logarithm
    #[arg(long, value_name = "FILE", conflicts_with_all = ["animate", "by", "save", "passes"])]
    pub per: Vec<PathBuf>,
    /// In proportions heat below this counts as this, in both sets [default: a hundredth of the
    /// most of --per]
    #[arg(long, value_name = "HEAT", value_parser = super::super::values::positive, requires = "per")]
    pub floor: Option<f64>,
    /// Where it is at least so hot, as polygons in -o hot.geojson or hot.kml, with their area and
    /// their share of all heat: heats, or p and how many percent of the pixels with heat are no
    /// hotter, as in p50,p90,p99
    #[arg(long, value_name = "HEATS", value_delimiter = ',', value_parser = level, allow_hyphen_values = true)]
    pub levels: Vec<Level>,
}

/// One of `--levels`
fn level(text: &str) -> Result<Level, String> {
    let text = text.trim();
    let BoundText(heat) = text.parse()?;
    match heat {
        Bound::Heat(heat) if heat <= 0.0 => Err("regions are hotter than nothing".to_owned()),
        heat => Ok(Level {
            name: text.to_owned(),
            heat,
        }),
    }
}
