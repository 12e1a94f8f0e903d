//! The command line as it is written: every option with its help, in groups like the rooms they go
//! to.
//!
//! Long options are declared with `-` between words; `normalized` in the parent module lets users
//! write `_` as well.

pub mod analysis;
pub mod animation;
pub mod batches;
pub mod filters;
pub mod labels;
pub mod outputs;
pub mod tiles;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser};

use self::analysis::AnalysisArgs;
use self::animation::AnimationArgs;
use self::batches::BatchArgs;
use self::filters::FilterArgs;
use self::labels::LabelArgs;
use self::outputs::{OutputArgs, RunArgs};
use self::tiles::TileArgs;
use super::passes::Passes;
use super::values::color::{BoundText, HowName, InterpolateName, SchemeName};
use super::values::{
    AggregateName, Color, FileType, GpxParts, HsvaHex, KernelName, MeasureName, MissingName,
    PixelCount, ProjectionName, RadiusText, SurfaceName, TrackWeightName, TransitName, UnitName,
    VisitWeightName, WrapName,
};
use heatmap::color::Stops;
use heatmap::input::Field;

const EXAMPLES: &str = "\
Examples:
  heatmap examples/sf-incidents.csv    (a picture in the terminal)
  heatmap -o incidents.png -W 1000 --look glow examples/sf-incidents.csv
  heatmap -o hikes.png -H 800 -r 3 -d 0.5 -b '#102030' examples/hikes/*.gpx
  heatmap info examples/hikes    (what the files hold; nothing is drawn)
  heatmap serve examples/hikes    (a heat map service; see heatmap serve --help)
  heatmap -k gaussian -r 20 -d 1 --weight-field magnitude examples/earthquakes.csv > quakes.png

heatmap -h has what people use, heatmap help TOPIC the options of colors, data, formats, heat, maps,
batches, analysis or films; heatmap completions SHELL and heatmap man print what shells and man want.

Exit codes: 0 all went well, 1 the program is wrong, 2 command line, 3 input, 4 output,
5 network, 6 ffmpeg, 7 a limit";

/// Turns points and tracks into heat maps
#[derive(Debug, Parser)]
#[command(name = "heatmap", version, after_help = EXAMPLES, max_term_width = 100, infer_long_args = true, args_override_self = true)]
#[command(override_usage = "heatmap [OPTIONS] [-o PICTURE] [FILE]...")]
pub struct Arguments {
    /// Files to read, folders of them, archives or packed files; '-' is standard input, as is no
    /// file at all when something is piped in
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub map: MapArgs,
    #[command(flatten)]
    pub look: LookArgs,
    #[command(flatten)]
    pub density: DensityArgs,
    #[command(flatten)]
    pub color: ColorArgs,
    #[command(flatten)]
    pub scale: ScaleArgs,
    #[command(flatten)]
    pub labels: LabelArgs,
    #[command(flatten)]
    pub background: BackgroundArgs,
    #[command(flatten)]
    pub base_map: BaseMapArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub tiles: TileArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub saved: SavedArgs,
    #[command(flatten)]
    pub animation: AnimationArgs,
    #[command(flatten)]
    pub batches: BatchArgs,
    #[command(flatten)]
    pub analysis: AnalysisArgs,
    /// All of it, as it was written.
    #[arg(skip)]
    pub written: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Look")]
pub struct LookArgs {
    /// Begin with the options of a look, such as glow, density, tracks or print, or of a file of
    /// options; 'list' shows them all. What the command line says wins
    #[arg(long, value_name = "NAME|FILE")]
    pub look: Option<String>,
    /// Print the options of the look, and make no picture
    #[arg(long, requires = "look")]
    pub explain: bool,
    /// Leave out the options of the file that `HEATMAP_CONFIG` in the environment names
    #[arg(long)]
    pub no_config: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something else that may be wanted"
)]
pub struct InputArgs {
    /// What the files hold; 'auto' goes by the extension, or else by the first bytes
    #[arg(long, value_name = "TYPE", value_parser = super::values::filetype(), default_value = "auto")]
    pub filetype: FileType,
    /// Skip the first row of CSV files and take columns 1, 2, 3 as latitude, longitude (or x, y)
    /// and weight
    #[arg(long)]
    pub ignore_csv_header: bool,
    /// The column of the latitude, or of y: a name in the CSV header, or a number from 1
    #[arg(long, visible_alias = "y-field", value_name = "COLUMN", value_parser = super::values::field)]
    pub lat_field: Option<Field>,
    /// The column of the longitude, or of x
    #[arg(long, visible_alias = "x-field", value_name = "COLUMN", value_parser = super::values::field)]
    pub lon_field: Option<Field>,
    /// The column of the weight, in CSV files and beside shapefiles, or the property in GeoJSON
    #[arg(long, value_name = "COLUMN", value_parser = super::values::field)]
    pub weight_field: Option<Field>,
    /// The column of how many rows a row stands for, or the property: a row with 7 there comes to
    /// what 7 rows would. Every row must have a whole number there
    #[arg(long, value_name = "COLUMN", value_parser = super::values::field, conflicts_with = "track_field")]
    pub count_field: Option<Field>,
    /// The column of the time, for animations by time, in CSV files and beside shapefiles, or the
    /// property in GeoJSON
    #[arg(long, value_name = "COLUMN", value_parser = super::values::field)]
    pub time_field: Option<Field>,
    /// In dates like 02/05/2024 the day comes first, where no date of their file tells
    #[arg(long)]
    pub day_first: bool,
    /// The character between the columns of CSV files; also tab, comma, semicolon, bar, space
    /// [default: what the first rows tell]
    #[arg(long, value_name = "CHARACTER", value_parser = super::values::delimiter, allow_hyphen_values = true)]
    pub delimiter: Option<u8>,
    /// How many lines of CSV files come before the table
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub skip_rows: u64,
    /// The longitude comes before the latitude, in CSV files and plain text that do not say which
    /// is which, and in encoded polylines
    #[arg(long)]
    pub lon_lat: bool,
    /// The column or member of geometries in CSV and JSON: WKT, WKB in hexadecimal digits or base64,
    /// or GeoJSON
    #[arg(long, value_name = "COLUMN", value_parser = super::values::field, conflicts_with = "polyline_field")]
    pub geometry_field: Option<Field>,
    /// The column of encoded polylines in CSV files
    #[arg(long, value_name = "COLUMN", value_parser = super::values::field)]
    pub polyline_field: Option<Field>,
    /// How many decimals encoded polylines have, 5 or 6 [default: what they are called tells]
    #[arg(long, value_name = "DECIMALS", value_parser = clap::value_parser!(u8).range(5..=6))]
    pub polyline_precision: Option<u8>,
    /// The column that the rows of one track have in common, in CSV files, plain text with names of
    /// columns, GeoJSON, JSON and the .dbf of shapefiles: they are joined by lines
    #[arg(long, value_name = "COLUMN", value_parser = super::values::field)]
    pub track_field: Option<Field>,
    /// The column of numbers or times that puts the rows of a track in order [default: as they are
    /// in the file]
    #[arg(long, value_name = "COLUMN", value_parser = super::values::field, requires = "track_field")]
    pub order_field: Option<Field>,
    /// What to take from GPX files: any of tracks,routes,waypoints [default: tracks, or else
    /// routes, or else waypoints]
    #[arg(long, value_name = "PARTS")]
    pub gpx: Option<GpxParts>,
    /// What to take from feeds of public transport (GTFS)
    #[arg(long, value_name = "PART", value_enum, default_value = "shapes")]
    pub gtfs: TransitName,
    /// Leave out positions that may be farther off than this, where files say so: location
    /// histories, trackers, FIT, GPX, IGC, and a column or property such as 'accuracy'
    #[arg(long, value_name = "METRES", value_parser = super::values::positive)]
    pub max_accuracy: Option<f64>,
    /// What a visit weighs in Google's location history: 1, or the hours that it lasted
    #[arg(long, value_name = "WEIGHT", value_enum, default_value = "1")]
    pub visit_weight: VisitWeightName,
    /// The coordinate system of the numbers in files that do not say another: EPSG:28992, PROJ's
    /// parameters ('+proj=utm +zone=33'), or a .prj or WKT file. In a projected one columns are x,
    /// y unless names say otherwise [default: EPSG:4326]
    #[arg(long, value_name = "SYSTEM", allow_hyphen_values = true)]
    pub crs: Option<String>,
    /// Let --crs count whatever files say of themselves; or name the system here, after '='
    #[arg(long, value_name = "SYSTEM", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub force_crs: Option<String>,
    /// Take a datum for WGS 84 where nothing better is known, such as NAD27 without a grid: places
    /// may be off by hundreds of metres
    #[arg(long)]
    pub allow_ballpark: bool,
    /// Draw places at exactly 0, 0 in degrees, which else count as missing fixes and are left out
    #[arg(long)]
    pub keep_zero: bool,
    #[command(flatten)]
    pub filters: FilterArgs,
    /// The layer or table of databases to read, such as GeoPackage and PostgreSQL, also several; in
    /// PostgreSQL also SCHEMA.TABLE [default: all that have places; in PostgreSQL one must be
    /// named]
    #[arg(
        long,
        visible_alias = "table",
        value_name = "NAME",
        conflicts_with = "sql"
    )]
    pub layer_name: Vec<String>,
    /// Read the answer of databases to a query, as in 'SELECT lat, lon, n FROM places'
    #[arg(long, value_name = "QUERY")]
    pub sql: Option<String>,
    /// Read only files of such names in folders and archives, as '*.gpx' or 'activities/*'
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leave out files of such names in folders and archives, as '*.csv' or 'old/**'
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// The most that an archive in an archive may take where it is unpacked to a temporary file
    #[arg(long, value_name = "SIZE", default_value = "8G")]
    pub max_unpacked: super::values::Memory,
    /// End at the first bad record instead of counting it
    #[arg(long)]
    pub strict: bool,
    /// Leave out files that cannot be read, as long as others can
    #[arg(long)]
    pub keep_going: bool,
    #[arg(short = 'p', long, value_name = "FILE", hide = true)]
    pub points: Option<PathBuf>,
    #[arg(long, value_name = "FILE", hide = true)]
    pub csv: Option<PathBuf>,
    #[arg(long, value_name = "FILE", hide = true)]
    pub shp_file: Option<PathBuf>,
    #[arg(short = 'g', value_name = "FILE", hide = true)]
    pub gpx_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Map")]
pub struct MapArgs {
    /// Width of the picture in pixels [default: the longer side is 1024]
    #[arg(short = 'W', long, value_name = "PIXELS", value_parser = super::values::side)]
    pub width: Option<std::num::NonZeroU32>,
    /// Height of the picture in pixels
    #[arg(short = 'H', long, value_name = "PIXELS", value_parser = super::values::side)]
    pub height: Option<std::num::NonZeroU32>,
    /// Metres per pixel (at the equator, in mercator), or units per pixel (of xy)
    #[arg(short = 's', long, value_name = "METRES", value_parser = super::values::positive, allow_hyphen_values = true)]
    pub scale: Option<f64>,
    /// Show this part of the earth: SOUTH,WEST,NORTH,EAST in degrees; of xy YMIN,XMIN,YMAX,XMAX
    #[arg(short = 'e', long, value_name = "BOUNDS", allow_hyphen_values = true)]
    pub extent: Option<String>,
    /// Show exactly this box, edge to edge: WEST,SOUTH,EAST,NORTH in degrees (of xy
    /// XMIN,YMIN,XMAX,YMAX), or @FILE for that of the data, the polygons, the saved heat or the
    /// picture in a file. -W and -H together stretch it
    #[arg(long, value_name = "BOX", conflicts_with_all = ["extent", "margin", "like", "load"], allow_hyphen_values = true)]
    pub bbox: Option<String>,
    /// The coordinate system of --bbox and -e, as in --crs: then they are numbers of it [default:
    /// degrees]
    #[arg(long, value_name = "SYSTEM", allow_hyphen_values = true)]
    pub bbox_crs: Option<String>,
    /// How the earth is laid flat: mercator, equirectangular, or any projected system by its code,
    /// as in EPSG:28992; or xy: places are plain x, y in any unit, such as those of a screen
    #[arg(
        short = 'P',
        long,
        value_name = "NAME",
        value_parser = super::values::projection,
        default_value = "mercator"
    )]
    pub projection: ProjectionName,
    /// Let y go down, as on screens; for -P xy
    #[arg(long)]
    pub y_down: bool,
    /// Whether lines and the frame of the data go across 180° where that is shorter; such a frame
    /// is at most half the earth wide
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub wrap: WrapName,
    /// Keep the heat this many pixels away from the edges
    #[arg(short = 'R', long, value_name = "PIXELS", default_value_t = 0)]
    pub margin: u32,
    /// The largest picture allowed; K, M and G are understood
    #[arg(long, value_name = "COUNT", default_value = "1G")]
    pub max_pixels: PixelCount,
    /// The longest side of those that follow from the data; K, M and G are understood
    #[arg(long, value_name = "PIXELS", default_value = "65500")]
    pub max_side: PixelCount,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Density")]
pub struct DensityArgs {
    /// How far the heat of a point or a track goes: in pixels, or on the ground with a unit, as in
    /// 500m or 2km; 'auto' goes by the size of the picture and by how dense the data are in it
    /// [default: 5]
    #[arg(short = 'r', long, value_name = "RADIUS", value_parser = super::values::radius, allow_hyphen_values = true)]
    pub radius: Option<RadiusText>,
    /// Spread heat as Arctern did at this zoom, from 1 to 15, in its colours
    #[arg(long, value_name = "ZOOM", value_parser = super::values::zoom_level, conflicts_with_all = ["radius", "decay", "kernel", "dotsize", "passes"], allow_hyphen_values = true)]
    pub zoom_level: Option<f64>,
    /// What happens where heat piles up: 1 adds it all up, 0 takes the largest, between them each
    /// next one counts less [default: 0.95]
    #[arg(short = 'd', long, value_name = "SHARE", value_parser = super::values::share, allow_hyphen_values = true)]
    pub decay: Option<f64>,
    /// How heat falls off with distance [default: linear]
    #[arg(short = 'k', long, value_name = "NAME", value_parser = super::values::kernel())]
    pub kernel: Option<KernelName>,
    /// In -k idw a measurement d pixels away weighs 1/d to this power, 0.1 to 4 [default: 2]
    #[arg(long, value_name = "POWER", value_parser = super::values::power, allow_hyphen_values = true)]
    pub idw_power: Option<f64>,
    /// What the heat of a track goes by: the points that its device wrote, its length, its time (or
    /// its length, where it has none), or that it came by, once for each track however often it is
    /// there. By all but points, -d blends tracks and not pieces of them
    #[arg(long, value_name = "MEASURE", value_enum, default_value = "points")]
    pub track_weight: TrackWeightName,
    /// What is made of --weight-field: how much there is (density), or the mean of what was
    /// measured around each pixel, from the least value to the most. For points that stand still
    #[arg(long, value_name = "KIND", value_enum, default_value = "density")]
    pub surface: SurfaceName,
    /// What tracks measured, in place of --weight-field: the speed (km/h), elevation (m) or
    /// heartrate (per minute) at each of their fixes, for --surface mean and --aggregate
    #[arg(long, value_name = "VALUE", value_enum, conflicts_with_all = ["weight_field", "load"])]
    pub value: Option<MeasureName>,
    /// In a mean, how much is to be around a pixel for its colour to be opaque: a measurement right
    /// there counts 1, those at a distance by the kernel [default: 1]
    #[arg(long, value_name = "SUM", value_parser = super::values::support)]
    pub support: Option<f32>,
    /// What becomes of points that fall on one pixel, before heat spreads: their sum, max, min,
    /// mean, count or std is one point there. -d blends pixels then, in --surface mean each pixel
    /// counts alike; not for tracks and animations [default: each point counts for itself]
    #[arg(long, value_name = "HOW", value_enum)]
    pub aggregate: Option<AggregateName>,
    /// Draw everything but the picture itself so many times larger: radii in pixels, words, the
    /// legend, and what is on the map; for print and posters
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = super::values::ratio, allow_hyphen_values = true)]
    pub ratio: f64,
    /// What heat is measured in: as it is, or points per square kilometre, for which -d 1 adds them
    /// up
    #[arg(long, value_name = "UNIT", value_enum, default_value = "heat")]
    pub unit: UnitName,
    /// Several looks at the same data, one over the other, the lowest first:
    /// 'r=30,d=0.95,scheme=fire;r=5,d=0.3'. The names are those of options for density, colour and
    /// scale
    #[arg(long, value_name = "LOOKS")]
    pub passes: Option<Passes>,
    /// Diameter of dots as in jjguy's heatmap: the radius is half of it, and unless other options
    /// say otherwise -k gaussian, -d 1 and --saturate are his look
    #[arg(long, value_name = "PIXELS", value_parser = super::values::diameter, conflicts_with = "radius", allow_hyphen_values = true)]
    pub dotsize: Option<f64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Colour")]
pub struct ColorArgs {
    /// Colours by name, such as fire or viridis; 'list' shows them all
    #[arg(long, value_name = "NAME", conflicts_with_all = ["colors", "gradient", "hsva_min", "hsva_max", "interpolate"])]
    pub scheme: Option<SchemeName>,
    /// Colours from cold to hot, with or without positions: 'transparent, #203080 20%, orange,
    /// white'
    #[arg(long, alias = "color", value_name = "STOPS", conflicts_with_all = ["gradient", "hsva_min", "hsva_max"])]
    pub colors: Option<Stops>,
    /// Take the colours from the first column of this image, the hottest at the top
    #[arg(short = 'G', long, value_name = "FILE")]
    pub gradient: Option<PathBuf>,
    /// Colour of the least heat: hue, saturation, value, alpha in hex
    #[arg(
        short = 'm',
        long,
        value_name = "HHHSSVVAA",
        default_value = "000ffff00"
    )]
    pub hsva_min: HsvaHex,
    /// Colour of the most heat
    #[arg(
        short = 'M',
        long,
        value_name = "HHHSSVVAA",
        default_value = "02affffff"
    )]
    pub hsva_max: HsvaHex,
    /// Between the colours of -m and -M, or of --colors, go straight in this colour space [default:
    /// hsv, or oklab for --colors]
    #[arg(long, value_name = "SPACE", value_enum, conflicts_with = "gradient")]
    pub interpolate: Option<InterpolateName>,
    /// Turn the gradient round
    #[arg(long)]
    pub reverse: bool,
    /// Multiply the opacity of all colours by this, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value = "1", value_parser = super::values::color::opacity, allow_hyphen_values = true)]
    pub opacity: f64,
    /// Make the least heat this opaque, from 0 to 1, and what is hotter more [default: 0; 0.16
    /// where the coldest colour stands for some heat: by ranks, logarithms or with --min]
    #[arg(long, value_name = "SHARE", value_parser = super::values::color::opacity, allow_hyphen_values = true)]
    pub min_alpha: Option<f64>,
    /// Paint no heat below this
    #[arg(long, value_name = "HEAT", default_value = "0", value_parser = super::values::color::threshold, allow_hyphen_values = true)]
    pub threshold: f32,
    /// Cut the gradient into this many bands of one colour each
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub steps: Option<u16>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Scale")]
pub struct ScaleArgs {
    /// How heat is spread over the colours; the last gives every colour as many pixels [default:
    /// linear]
    #[arg(long, value_name = "CURVE", value_enum)]
    pub how: Option<HowName>,
    /// The heat of the hottest colour, or a percentile of the pixels that are not zero, such as
    /// p99.5 [default: the maximum]
    #[arg(long, value_name = "HEAT", allow_hyphen_values = true)]
    pub max: Option<BoundText>,
    /// The heat of the coldest colour; what is colder fades out [default: 0, with --how log the
    /// least heat]
    #[arg(long, value_name = "HEAT", allow_hyphen_values = true)]
    pub min: Option<BoundText>,
    /// Both at once
    #[arg(long, value_name = "MIN,MAX", conflicts_with_all = ["min", "max"], value_parser = super::values::color::span, allow_hyphen_values = true)]
    pub span: Option<(f32, f32)>,
    /// Go by density up to a fixed one, whatever the maximum is, as jjguy's heatmap does
    #[arg(long, conflicts_with_all = ["how", "min", "max", "span"])]
    pub saturate: bool,
    /// Write the scale to this file, for --span-from in other runs
    #[arg(long, value_name = "FILE")]
    pub span_out: Option<PathBuf>,
    /// Take the scale of another run, so that both pictures can be compared
    #[arg(long, value_name = "FILE", conflicts_with_all = ["how", "min", "max", "span", "saturate"])]
    pub span_from: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Background")]
pub struct BackgroundArgs {
    /// Draw on this colour: a name of CSS, digits such as #f80 or #ff880080, or
    /// rgb(…) or hsl(…), or none [default: none, or white where
    /// transparency is unknown]
    #[arg(short = 'b', long, value_name = "COLOR", value_parser = super::values::background)]
    pub background: Option<Color>,
    /// Draw on this image, which gives the picture its size
    #[arg(short = 'I', long, value_name = "FILE")]
    pub background_image: Option<PathBuf>,
    /// Multiply the brightness of the background image or the map by this
    #[arg(short = 'B', long, value_name = "FACTOR", value_parser = super::values::factor, allow_hyphen_values = true)]
    pub background_brightness: Option<f64>,
    /// Turn light into dark in the background image or the map
    #[arg(short = 'N', long)]
    pub invert_background: bool,
    /// Take the colour out of the background image or the map
    #[arg(long)]
    pub background_grayscale: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Base map")]
pub struct BaseMapArgs {
    /// Draw on a map, of OpenStreetMap's standard style unless --osm-base says otherwise
    #[arg(long, conflicts_with = "background_image")]
    pub osm: bool,
    /// Take the tiles of the map from this server, folder or .mbtiles file
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://tile.openstreetmap.org",
        conflicts_with = "background_image"
    )]
    pub osm_base: String,
    /// What follows it in the address of a tile: {z} {x} {y}, {-y} from the south, {s} a letter
    /// from a to c
    #[arg(long, value_name = "TEMPLATE", default_value = "/{z}/{x}/{y}.png")]
    pub osm_path_template: String,
    /// Take tiles of this zoom, whatever the scale is; they are scaled [default: the nearest]
    #[arg(long, value_name = "ZOOM", value_parser = clap::value_parser!(u8).range(0..=30))]
    pub map_zoom: Option<u8>,
    /// Draw a second map over the heat, such as one of labels alone: a server, folder or .mbtiles
    /// file
    #[arg(long, value_name = "URL")]
    pub overlay_base: Option<String>,
    /// Draw at the scale of this zoom of web maps, instead of -s
    #[arg(short = 'z', long, value_name = "ZOOM", value_parser = clap::value_parser!(u8).range(0..=30), conflicts_with = "scale")]
    pub zoom: Option<u8>,
    /// Leave the map out: the same frame with nothing under the heat, to be laid over a map later
    #[arg(long)]
    pub layer: bool,
    /// What to do about tiles that the map does not have
    #[arg(long, value_name = "WHAT", value_enum, default_value = "fail")]
    pub missing_tiles: MissingName,
    /// The most tiles to fetch; of OpenStreetMap's own servers never more than 256
    #[arg(long, value_name = "COUNT", default_value_t = 1024)]
    pub max_tiles: u32,
    /// Keep tiles in this folder [default: heatmap/tiles in the user's cache folder]
    #[arg(long, value_name = "FOLDER")]
    pub tile_cache: Option<PathBuf>,
    /// Use no network: take tiles from the cache alone, however old
    #[arg(long)]
    pub offline: bool,
    /// Tell tile servers this after the program's name, such as how to reach you, which
    /// OpenStreetMap asks for [default: what HEATMAP_USER_AGENT in the environment says]
    #[arg(long, value_name = "TEXT")]
    pub user_agent: Option<String>,
    /// Say in the corner of the picture whom the map or the background image belongs to; 'none'
    /// when it stands elsewhere [default: OpenStreetMap's contributors on a map of theirs, or what
    /// an .mbtiles file says]
    #[arg(long, value_name = "TEXT")]
    pub attribution: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Saved heat")]
pub struct SavedArgs {
    /// Save the heat before it is blended and coloured, for -L; without -o nothing else is made
    #[arg(short = 'S', long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Add heat that was saved with -S; it brings the frame of the picture; '-' is standard input,
    /// 'parts/*.heat' and a folder are many. May be given several times
    #[arg(short = 'L', long, value_name = "FILE")]
    pub load: Vec<PathBuf>,
    /// Make the frame of the picture that of saved heat, or of a picture with a world file
    #[arg(long, value_name = "FILE")]
    pub like: Option<PathBuf>,
}
