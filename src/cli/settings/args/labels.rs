//! Options for what is written on pictures.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use heatmap::composite::{Corner, Side};
use heatmap::encode::{Format, Purpose};
use heatmap::product::style::Place;

#[derive(Debug, Args)]
#[command(next_help_heading = "Legend")]
pub struct LabelArgs {
    /// Show what the colours stand for: in a corner (top-left, top-right, bottom-left,
    /// bottom-right), in the middle of an edge (top, bottom), in a strip outside of the picture
    /// (below, right), as a picture of its own, or none [default: the corner with the least heat]
    #[arg(long, value_name = "PLACE|FILE", num_args = 0..=1, require_equals = true, default_missing_value = "emptiest")]
    pub legend: Option<LegendPlace>,
    /// What is counted, and in which unit
    #[arg(long, value_name = "TEXT")]
    pub legend_title: Option<String>,
    /// Take letters from this font file first (.ttf, .otf, .ttc) [default: a font of Latin, Greek
    /// and Cyrillic letters, and those of the system for others]
    #[arg(long, value_name = "FILE")]
    pub font: Option<PathBuf>,
    /// Write this over the upper edge; -R leaves room for it
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
}

/// Where a legend goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegendPlace {
    /// Nowhere, whatever a look says.
    None,
    At(Place),
    File(PathBuf),
}

impl FromStr for LegendPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self::At(match text {
            "none" => return Ok(Self::None),
            "emptiest" => Place::Emptiest,
            "top-left" => Place::In(Corner::TopLeft),
            "top" => Place::In(Corner::Top),
            "top-right" => Place::In(Corner::TopRight),
            "bottom-left" => Place::In(Corner::BottomLeft),
            "bottom" => Place::In(Corner::Bottom),
            "bottom-right" => Place::In(Corner::BottomRight),
            "below" => Place::Outside(Side::Below),
            "right" => Place::Outside(Side::Right),
            file if Format::of(file.as_ref(), Purpose::Picture).is_ok() => {
                return Ok(Self::File(file.into()));
            }
            _ => {
                return Err(
                    "neither a place, such as top-left, nor the name of a picture, such as legend.png".to_owned()
                );
            }
        }))
    }
}
