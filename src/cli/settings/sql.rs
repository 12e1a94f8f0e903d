//! `heatmap sql`: the statement by which a database counts points on the pixels of a picture.
//!
//! A command line is of two kinds of words, as that of a service is: those of the statement, which
//! are read here, and those of the picture, which say where its pixels lie.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use heatmap::error::{Error, Result};
use heatmap::geo::{CellFrame, Crs};
use heatmap::input::Field;
use heatmap::input::filter::Moment;
use heatmap::product::{self, Target, cells};
use heatmap::sql::{self, Condition, Destination, Key, Name, Query};
use jiff::tz::TimeZone;

use super::outputs::target;
use super::values::filters::moment;
use super::{Refused, Terminals, words};

/// The word that asks for it, as the first argument.
pub const WORD: &str = "sql";

/// Options of pictures that it has: all of some groups, and these.
const GROUPS: [&str; 4] = ["Map", "Density", "Look", "Run"];
const OTHERS: [&str; 6] = [
    "lat_field",
    "lon_field",
    "weight_field",
    "count_field",
    "time_field",
    "keep_zero",
];
/// What SQL cannot carry, though it is of those groups.
const NOT: [&str; 3] = ["value", "zoom_level", "track_weight"];

/// Prints the SQL statement by which a database counts points on the pixels of a picture; what it
/// answers is drawn by 'heatmap --filetype cells'
#[derive(Debug, Parser)]
#[command(
    name = "heatmap sql",
    max_term_width = 100,
    args_override_self = true,
    disable_help_flag = true
)]
#[command(override_usage = "heatmap sql --engine ENGINE --from TABLE -e BOUNDS [OPTIONS]")]
#[command(next_help_heading = "Statement")]
struct Own {
    /// For whom the statement is
    #[arg(long, value_name = "ENGINE", value_enum)]
    engine: Option<EngineName>,
    /// The table with the points (db.points), or the files ('points/*.parquet')
    #[arg(long, value_name = "TABLE")]
    from: Option<String>,
    /// Which rows: comparisons with AND, OR, NOT, IN, LIKE, BETWEEN and IS NULL, without functions
    #[arg(long = "where", value_name = "CONDITION", allow_hyphen_values = true)]
    condition: Option<String>,
    /// Tell the cells of several pictures apart in a column 'key': by year, month, weekday, hour
    /// (of --time-field), or by a column
    #[arg(long, value_name = "WHAT")]
    by: Option<String>,
    /// Only rows whose --time-field is not before a time, as 2024-05-01 or 2024-05-01T08:00, in UTC
    #[arg(long, value_name = "TIME", value_parser = moment, allow_hyphen_values = true)]
    after: Option<Moment>,
    /// Only rows before a time
    #[arg(long, value_name = "TIME", value_parser = moment, allow_hyphen_values = true)]
    before: Option<Moment>,
    /// Have the engine write the cells: .csv, else Parquet (Spark: a folder) [default: they are its
    /// answer]
    #[arg(long, value_name = "FILE")]
    to: Option<String>,
    /// Write which pixels these are into a file, for --like; beside cells.csv 'cells.view.json' is
    /// found by itself
    #[arg(long, value_name = "FILE")]
    view: Option<PathBuf>,
    /// Count on all pixels of this zoom of map tiles, for pyramids, in place of a picture's
    #[arg(long, value_name = "ZOOM", value_parser = clap::value_parser!(u8).range(0..=22))]
    max_zoom: Option<u8>,
}

/// `--engine`
#[derive(Clone, Copy, Debug, ValueEnum)]
enum EngineName {
    Spark,
    #[value(name = "datafusion")]
    DataFusion,
    #[value(name = "duckdb")]
    DuckDb,
    Postgres,
}

impl From<EngineName> for sql::Engine {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Spark => Self::Spark,
            EngineName::DataFusion => Self::DataFusion,
            EngineName::DuckDb => Self::DuckDb,
            EngineName::Postgres => Self::Postgres,
        }
    }
}

/// A statement that is to be printed.
#[derive(Debug)]
pub struct Statement {
    query: Query,
    /// The picture, or the pixels of a zoom.
    picture: product::Options,
    zoom: Option<u8>,
    /// Where it is told which pixels these are.
    pub view: Option<Target>,
    pub quiet: bool,
    pub verbose: bool,
    /// What is odd about the command line, but no error.
    pub warnings: Vec<String>,
}

impl Statement {
    /// Its text, and the pixels that it is for.
    pub fn write(&self) -> Result<(String, CellFrame)> {
        let frame = match self.zoom {
            Some(zoom) => CellFrame::world(zoom),
            None => cells::frame(&self.picture)?,
        };
        let text = self.query.statement(&frame).map_err(Error::usage)?;
        Ok((text, frame))
    }
}

/// Reads a command line whose first argument is the [`WORD`].
///
/// # Errors
/// When it asks for help, or makes no sense.
pub fn parse(line: &[OsString], terminals: Terminals) -> Result<Statement, Refused> {
    let (own, picture) = words::apart::<Own>(line, || help(terminals))?;
    fits(&picture).map_err(Refused::ByUs)?;
    let piped = Terminals {
        stdin: false,
        ..terminals
    };
    let settings = super::parse(picture, piped)?;
    statement(own, settings).map_err(Refused::ByUs)
}

fn statement(own: Own, settings: super::Settings) -> Result<Statement> {
    let usage = |fact: String| Error::usage(fact).advice("see heatmap sql --help");
    let needed = |name: &str| usage(format!("{name} is missing"));
    let engine = own.engine.ok_or_else(|| needed("--engine"))?;
    let from = own.from.ok_or_else(|| needed("--from"))?;
    let about = |option: &'static str| move |fact: String| usage(format!("{option}: {fact}"));
    let columns = &settings.product.data.input.columns;
    let name = |field: &Option<Field>| match field {
        Some(Field::Name(name)) => Name::new(name).map(Some).map_err(usage),
        Some(Field::Number(number)) => Err(usage(format!(
            "columns have names in SQL, and no number {number}"
        ))),
        None => Ok(None),
    };
    let usual = |name: &str| Name::new(name).map_err(usage);
    let beyond = || usage("a time is out of all calendars".to_owned());
    let time = |moment: &Option<Moment>| {
        let time = moment.as_ref();
        let time = time.map(|moment| moment.in_zone(&TimeZone::UTC).ok_or_else(beyond));
        time.transpose()
    };
    let key = match own.by.as_deref() {
        None => None,
        Some("year") => Some(Key::Year),
        Some("month") => Some(Key::Month),
        Some("weekday") => Some(Key::Weekday),
        Some("hour") => Some(Key::Hour),
        Some(column) => Some(Key::Column(Name::new(column).map_err(about("--by"))?)),
    };
    let query = Query {
        engine: engine.into(),
        source: sql::Source::parse(&from).map_err(about("--from"))?,
        lat: name(&columns.lat_field)?.map_or_else(|| usual("lat"), Ok)?,
        lon: name(&columns.lon_field)?.map_or_else(|| usual("lon"), Ok)?,
        weight: name(&columns.weight_field)?,
        count: name(&columns.count_field)?,
        time: name(&columns.time_field)?,
        after: time(&own.after)?,
        before: time(&own.before)?,
        condition: own
            .condition
            .as_deref()
            .map(|text| Condition::parse(text).map_err(about("--where")))
            .transpose()?,
        key,
        keep_zero: settings.product.data.input.keep_zero,
        destination: own
            .to
            .as_deref()
            .map(|path| Destination::new(path).map_err(about("--to")))
            .transpose()?,
    };
    on_earth(settings.product.frame.map.crs)?;
    let mut warnings = settings.warnings;
    warnings.extend(words::shadowed(WORD));
    Ok(Statement {
        query,
        picture: settings.product,
        zoom: own.max_zoom,
        view: own.view.map(target),
        quiet: settings.quiet,
        verbose: settings.verbose,
        warnings,
    })
}

/// SQL has the formulas of two systems.
fn on_earth(crs: Crs) -> Result<()> {
    match crs {
        Crs::Wgs84 | Crs::WebMercator => Ok(()),
        Crs::Projected(_) | Crs::Plane { .. } => {
            let fact = format!("SQL does not project points to {crs}");
            Err(Error::usage(fact).advice("take -P mercator or equirectangular"))
        }
    }
}

/// Refuses what SQL cannot carry.
fn fits(picture: &[OsString]) -> Result<()> {
    let is_ours = |group: Option<&str>, id: &str| {
        let is_there = GROUPS.contains(&group.unwrap_or_default()) || OTHERS.contains(&id);
        is_there && !NOT.contains(&id)
    };
    let Some(arg) = words::stranger(picture, is_ours) else {
        return Ok(());
    };
    let fact = match arg.get_long() {
        Some(name) => format!("SQL cannot carry --{name}"),
        None => {
            "a statement reads no files of this command line: --from names what it reads".to_owned()
        }
    };
    Err(Error::usage(fact).advice("see heatmap sql --help"))
}

/// The options of statements, and those of pictures that say where pixels lie.
fn help(terminals: Terminals) -> String {
    let is_ours = |group: &str, id: &str| OTHERS.contains(&id) || group == "Map" || id == "radius";
    words::help::<Own>(terminals, is_ours, EXAMPLES)
}

/// Where to begin.
const EXAMPLES: &str = "\
Examples:
  heatmap sql --engine duckdb --from 'points/*.parquet' -e 47,5,55,15 -W 2000 \\
      --to cells.parquet --view cells.view.json | duckdb
  heatmap sql --engine postgres --from gis.points --bbox 5,47,15,55 --view cells.view.json \\
      | psql --csv > cells.csv
  heatmap --filetype cells -o heat.png cells.csv

docs/scale.md tells how pictures of more points than a machine holds are made.";
