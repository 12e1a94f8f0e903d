//! Options for pyramids of tiles.

use clap::{Args, ValueEnum};
use heatmap::geo::TileId;
use heatmap::product::tiles::TileScale;

#[derive(Debug, Args)]
#[command(next_help_heading = "Tiles")]
pub struct TileArgs {
    /// The smallest zoom of a pyramid of tiles [default: 0]
    #[arg(long, value_name = "ZOOM", value_parser = zoom())]
    pub min_zoom: Option<u8>,
    /// The largest zoom [default: the first at which 95 % of the pixels with anything on them hold
    /// one place alone, but at most 16 and a million tiles]
    #[arg(long, value_name = "ZOOM", value_parser = zoom())]
    pub max_zoom: Option<u8>,
    /// Make this tile alone and all below it, in the colours of the whole: for one machine of many
    /// that have the same data. 'heatmap join' makes one of the parts
    #[arg(long, value_name = "Z/X/Y", value_parser = tile)]
    pub tiles: Option<TileId>,
    /// Pixels of a side of a tile: 256, or 512 for the same ground at twice the pixels, radii
    /// included
    #[arg(long, value_name = "PIXELS", value_enum, default_value = "256")]
    pub tile_size: TileSize,
    /// Which tiles have one scale of colours: those of a zoom, all, or none: 'local' scales to what
    /// is hot around a place, as Strava's map does, without an edge anywhere
    #[arg(long, value_name = "TILES", value_enum, default_value = "zoom")]
    pub tile_scale: TileScaleName,
    /// Write a page beside the .pmtiles that shows it, tiles and all up to 20 MB: to be opened from
    /// a disk as well as from a web server
    #[arg(long)]
    pub preview: bool,
    /// Replace a folder that has something in it, or a file that is no pyramid of tiles
    #[arg(long)]
    pub overwrite: bool,
}

fn zoom() -> impl clap::builder::TypedValueParser<Value = u8> {
    let deepest = heatmap::product::tiles::Options::DEEPEST;
    clap::value_parser!(u8).range(0..=i64::from(deepest))
}

/// A tile, as its address has it.
fn tile(text: &str) -> Result<TileId, String> {
    let numbers: Vec<u32> = text
        .split('/')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .unwrap_or_default();
    let &[z, x, y] = &numbers[..] else {
        return Err("a tile is three numbers, such as 5/16/11".to_owned());
    };
    let deepest = u32::from(heatmap::product::tiles::Options::DEEPEST);
    if z > deepest {
        return Err(format!("there are no zooms beyond {deepest}"));
    }
    let last = (1 << z) - 1;
    if x.max(y) > last {
        return Err(format!("tiles of zoom {z} are counted from 0 to {last}"));
    }
    Ok(TileId { z: z as u8, x, y })
}

/// `--tile-size`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TileSize {
    #[default]
    #[value(name = "256")]
    Small,
    #[value(name = "512")]
    Large,
}

impl TileSize {
    /// In pixels.
    pub fn side(self) -> u32 {
        match self {
            Self::Small => 256,
            Self::Large => 512,
        }
    }
}

/// `--tile-scale`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TileScaleName {
    #[default]
    Zoom,
    All,
    Local,
}

impl From<TileScaleName> for TileScale {
    fn from(name: TileScaleName) -> Self {
        match name {
            TileScaleName::Zoom => Self::Zoom,
            TileScaleName::All => Self::All,
            TileScaleName::Local => Self::Local,
        }
    }
}
