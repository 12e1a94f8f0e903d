//! Options for many pictures of one scale.

use std::num::NonZeroU16;

use clap::{Args, ValueEnum};
use heatmap::product::batch::By;

#[derive(Debug, Args)]
#[command(next_help_heading = "Batches")]
pub struct BatchArgs {
    /// Draw a picture for each year, month, weekday or hour (UTC), file, folder or sport, all with
    /// one extent and one scale: -o 'map-{by}.png'. The title may have {by}, too
    #[arg(long, value_name = "WHAT", value_enum, conflicts_with_all = ["animate", "save", "load", "stats"])]
    pub by: Option<ByName>,
    /// Put them side by side into one picture, so many in a row, each with its name
    #[arg(long, value_name = "COLUMNS", requires = "by")]
    pub sheet: Option<NonZeroU16>,
}

/// `--by`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ByName {
    Year,
    Month,
    Weekday,
    Hour,
    File,
    Folder,
    Sport,
}

impl From<ByName> for By {
    fn from(name: ByName) -> Self {
        match name {
            ByName::Year => Self::Year,
            ByName::Month => Self::Month,
            ByName::Weekday => Self::Weekday,
            ByName::Hour => Self::Hour,
            ByName::File => Self::File,
            ByName::Folder => Self::Folder,
            ByName::Sport => Self::Sport,
        }
    }
}
