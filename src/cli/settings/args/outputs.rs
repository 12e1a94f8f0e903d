//! Options for what is made, and for how the program behaves meanwhile.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use heatmap::encode::png::Level;

use crate::settings::values::Memory;
use crate::terminal::Choice;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// The picture: .png .jpg .webp .gif .bmp .tif .ppm .tga .qoi, and PNG in base64 .b64; with
    /// where it lies .tif .kml .kmz .html; what is known about it .json; its heat .npy .asc; where
    /// it is hot .geojson; '-' is PNG on standard output,
    /// the default in a pipe, and jpg:- another format. Tiles for maps on the web: .pmtiles
    /// .mbtiles .sqlitedb 'tiles/{z}/{x}/{y}.png'. PNGs of few colours have a palette; png32:FILE
    /// is RGBA always. May be given several times: all are made of the same pixels
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Write the heat of every pixel into .tif, instead of its colour; of several files, into one
    /// that is named like heat.tif:raw
    #[arg(long)]
    pub raw: bool,
    /// Write .b64 and standard output as a data URI, a PNG in base64 that web pages take for a
    /// picture
    #[arg(long)]
    pub data_uri: bool,
    /// Write beside each picture where it lies, for programs of GIS: a world file (.pgw, .jgw …), a
    /// .prj and an .aux.xml file
    #[arg(long)]
    pub world_file: bool,
    /// Say in PNGs how many pixels there are to an inch, for printing
    #[arg(long, value_name = "NUMBER", value_parser = super::super::values::dpi, allow_hyphen_values = true)]
    pub dpi: Option<f64>,
    /// How hard PNGs are compressed; all are lossless
    #[arg(long, value_name = "LEVEL", value_enum, default_value = "default")]
    pub png_level: LevelName,
    /// Say where the picture lies, how large it is and what was counted, on standard error: in
    /// lines, or as JSON
    #[arg(long, value_name = "json", num_args = 0..=1, require_equals = true, default_missing_value = "lines", value_enum)]
    pub stats: Option<StatsForm>,
    /// How a picture without -o is drawn in the terminal; whatever but 'auto' is meant for pipes,
    /// too, such as to less -R
    #[arg(long, value_name = "HOW", value_enum, default_value = "auto")]
    pub terminal: Choice,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Run")]
pub struct RunArgs {
    /// Memory to hold data in while its extent is unknown; beyond it files are read twice, and
    /// pipes go to a temporary file. As much may hold the different weights of points; beyond it
    /// weights are rounded, with a warning [default: 1G, or a quarter of what 'ulimit -v' or a
    /// container permits if that is less]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Memory>,
    /// How many threads to use [default: one for each core]
    #[arg(long, value_name = "COUNT", value_parser = super::super::values::threads)]
    pub threads: Option<usize>,
    /// Say what is done: columns, extent, scale, counts, maximum density, times
    #[arg(short = 'v', long)]
    pub verbose: bool,
    /// The same
    #[arg(long)]
    pub debug: bool,
    /// Say nothing but errors
    #[arg(short = 'q', long, conflicts_with_all = ["verbose", "debug"])]
    pub quiet: bool,
}

impl RunArgs {
    /// The memory for data.
    pub fn memory(&self) -> Memory {
        self.memory.unwrap_or_else(Memory::within_limits)
    }
}

/// `--stats`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatsForm {
    Lines,
    Json,
}

/// `--png-level`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LevelName {
    Fast,
    Default,
    Best,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Fast => Self::Fast,
            LevelName::Default => Self::Default,
            LevelName::Best => Self::Best,
        }
    }
}
