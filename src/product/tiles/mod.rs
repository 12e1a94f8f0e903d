//! Tile pyramid: pictures of every zoom for a map on the web, cut into tiles, in one or several
//! stores.
//!
//! The data are read once into a [`Quadtree`]; every zoom takes its tiles from that, each with what
//! lies around it within the radius, so that there are no seams. Heat comes first, for the range of
//! the colours, and then a second time, for the pictures: what has been heated is not kept, but for
//! the smallest zooms. So memory depends on neither the number of tiles nor that of zooms.

mod around;
mod join;
mod keys;
mod preview;
mod pyramid;
mod ranges;
mod stores;
mod zooms;

use std::collections::BTreeMap;
use std::path::PathBuf;

use self::around::ZoomRange;
pub use self::join::{Join, join};
use self::keys::{KeyFiles, Keys};
use self::preview::Page;
use self::pyramid::{Pyramid, Written};
use self::stores::Stores;
use self::zooms::Zooms;
use super::events::{Blank, Done, Event, Events, Odd, OddTiles, tell_saturated};
use super::style::Style;
use super::{Destination, Options as Product, cells, different, gather, not_read};
use crate::density::{Quadtree, QuadtreeBuilder};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::{Bounds, Crs, Radius, TileId, TrackWeight};
use crate::tileset::About;
pub use crate::tileset::Kind;

/// A pyramid as it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Where it goes: files whose extension says what they are, and templates of the names of
    /// tiles.
    pub stores: Vec<PathBuf>,
    /// The least zoom; 0.
    pub min_zoom: u8,
    /// The largest zoom; by default the first one at which nearly every place has a pixel of its
    /// own, but no more than 16 and a million tiles.
    pub max_zoom: Option<u8>,
    /// The tile that all lie below, itself among them, if not all are made; colours are those of
    /// the whole, so that parts can be joined.
    pub part: Option<TileId>,
    /// Pixels of a side of a tile, 256 or 512; as large on the ground, whatever they are.
    pub side: u32,
    /// Which tiles have one scale of colours.
    pub scale: TileScale,
    /// Whether a folder may be replaced that has something in it, and a file that is no pyramid.
    pub overwrite: bool,
    /// Whether a page is written beside the first archive of `PMTiles` that shows it.
    pub preview: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stores: Vec::new(),
            min_zoom: 0,
            max_zoom: None,
            part: None,
            side: Self::SIDE,
            scale: TileScale::default(),
            overwrite: false,
            preview: false,
        }
    }
}

impl Options {
    /// The largest zoom there may be.
    pub const DEEPEST: u8 = 22;
    /// Pixels that a radius is counted in.
    const SIDE: u32 = 256;

    /// How many pixels there are for one of a tile of 256.
    fn ratio(&self) -> f64 {
        f64::from(self.side) / f64::from(Self::SIDE)
    }

    /// The deepest zoom that may come.
    fn deepest(&self) -> u8 {
        self.max_zoom.unwrap_or(Zooms::LARGEST).max(self.min_zoom)
    }
}

/// The tiles that have one scale of colours, so that what is as hot has the same colour on all of
/// them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TileScale {
    /// Those of a zoom.
    #[default]
    Zoom,
    /// All.
    All,
    /// None: colours go by what is hot around a place, about as far as a screen shows, and change
    /// without an edge from one place to the next.
    Local,
}

/// Draws a pyramid of tiles.
///
/// # Errors
/// When anything that is asked for cannot be read, drawn or written; whatever can fail without the
/// data fails before the long work. Nothing is under its name then that was not there before.
pub fn tiles(product: &Product, options: &Options, events: &dyn Events) -> Result<()> {
    let product = &cells::framed(product, events)?;
    cells::are_placed(&product.data.input)?;
    let options = &as_counted(product, options, events);
    let mut passes = product.style.passes.iter();
    if passes.any(|pass| pass.density.inverse_distance.is_some()) {
        let fact = "inverse distances are to all of a picture, and tiles are parts of one";
        return Err(Error::usage(fact).advice("take another kernel, or draw a picture"));
    }
    let stores = Stores::prove(options)?;
    let beside = Beside::prove(product, options)?;
    different(stores.destinations().chain(beside.destinations()))?;
    not_read(stores.destinations().chain(beside.destinations()), product)?;
    let scaled = scaled(product, options);
    let style = Style::load(&scaled, events)?;
    style.tell_no_count(events);
    if options.scale == TileScale::Local {
        is_to_be_scaled(&style)?;
    }
    let builder = builder(product, &scaled, options);
    let report = gather::all(&product.data, events, &|shapes| builder.add(shapes))?;
    let tree = builder.finish()?;
    if report.shapes == 0 {
        return Err(Error::new(ErrorKind::Input, "there is no data"));
    }
    super::still::tell_negative(&style, &report, events);
    let credit = style.credit().map(str::to_owned);
    let credited = (style.uncredited(), credit);
    let pyramid = Pyramid::new(&tree, credited, &scaled, options, product.files.png_level);
    let zooms = Zooms::choose(&pyramid, options)?;
    tell_thin(&pyramid, &scaled, zooms, events);
    let mut drawn = None;
    stores.write(&mut |writers| {
        let ranges = ranges(&pyramid, zooms, options, events)?;
        tell_saturated(ranges.iter().flat_map(|zoom| &zoom.whole), events);
        let written = pyramid.draw(zooms.all(), &ranges, writers, events)?;
        let Some(found) = written.zooms else {
            let blank = if tree.is_empty() {
                Blank::Weightless
            } else {
                pyramid.blank(&ranges)?
            };
            events.event(Event::Odd(Odd::Blank(blank)));
            return Err(Error::new(
                ErrorKind::Input,
                "no tile has anything to be seen",
            ));
        };
        tell(&written, zooms, options, events);
        let about = About {
            name: name(product, options),
            description: description(&scaled),
            attribution: pyramid.credit().map(str::to_owned),
            zooms: found.0..=found.1,
            bounds: bounds(&tree, pyramid.reach(found.1), options.part),
            side: options.side,
            scales: scales(&pyramid, found, zooms, &ranges)?,
        };
        let (first, last) = (found.0 - zooms.least, found.1 - zooms.least);
        let seen = &ranges[usize::from(first)..=usize::from(last)];
        if beside.is_any() {
            let is_one = is_one(&pyramid, options);
            let keys = Keys::draw(&pyramid, about.zooms.clone(), seen, is_one)?;
            drawn = Some((about.clone(), keys));
        }
        Ok(about)
    })?;
    drawn.map_or(Ok(()), |(about, keys)| beside.put(&about, &keys, events))
}

/// The zooms at which cells are no larger than the pixels of tiles, unless others are asked for,
/// which is told.
fn as_counted(product: &Product, options: &Options, events: &dyn Events) -> Options {
    let frame = product.data.input.cells.as_ref();
    let Some(counted) = frame.and_then(|frame| frame.zoom_of_tiles(options.side)) else {
        return options.clone();
    };
    if options.max_zoom.is_some_and(|asked| asked > counted) {
        events.event(Event::Odd(Odd::Tiles(OddTiles::Coarse(counted))));
    }
    let deepest = counted.max(options.min_zoom);
    Options {
        max_zoom: options.max_zoom.or(Some(deepest)),
        ..options.clone()
    }
}

/// What the data are gathered by.
fn builder(
    product: &Product,
    style: &super::style::StyleOptions,
    options: &Options,
) -> QuadtreeBuilder {
    let depth = options.deepest() + options.side.ilog2() as u8;
    let measures = options.max_zoom.is_none();
    let builder = QuadtreeBuilder::new(depth, product.data.memory, measures);
    let mut passes = style.passes.iter();
    let builder = builder.of_values(passes.clone().any(|pass| pass.density.has_values()));
    if passes.all(|pass| pass.density.track_weight == TrackWeight::Visits) {
        builder.thinned(options.side)
    } else {
        builder
    }
}

/// Whether one legend is for all zooms: they have one scale, or none has one that could be told in
/// heats.
fn is_one(pyramid: &Pyramid, options: &Options) -> bool {
    options.scale != TileScale::Zoom || pyramid.is_fixed()
}

/// Makes sure that no end of a scale is the same everywhere.
fn is_to_be_scaled(style: &Style) -> Result<()> {
    let mut layers = style.layers().iter();
    if layers.any(|layer| layer.scale().has_fixed_end()) {
        let fact = "colours that go by what lies around have no heat that ends them everywhere";
        return Err(Error::usage(fact).remedy(Remedy::NoLocalScale));
    }
    Ok(())
}

/// What colours mean at zooms that have tiles.
fn scales(
    pyramid: &Pyramid,
    (first, last): (u8, u8),
    zooms: Zooms,
    ranges: &[ZoomRange],
) -> Result<BTreeMap<u8, String>> {
    let seen = zooms.all().zip(ranges);
    let seen = seen.filter(|(zoom, _)| (first..=last).contains(zoom));
    seen.map(|(zoom, range)| Ok((zoom, pyramid.mark(range)?)))
        .collect()
}

/// What is written besides tiles.
struct Beside {
    legend: Option<KeyFiles>,
    page: Option<Page>,
}

impl Beside {
    fn prove(product: &Product, options: &Options) -> Result<Self> {
        let legend = product.extras.legend.as_deref();
        let page = options.preview.then(|| Page::prove(&options.stores));
        Ok(Self {
            legend: legend.map(KeyFiles::prove).transpose()?,
            page: page.transpose()?,
        })
    }

    fn destinations(&self) -> impl Iterator<Item = &Destination> {
        let legend = self.legend.iter().filter_map(KeyFiles::destination);
        legend.chain(self.page.iter().map(Page::destination))
    }

    fn is_any(&self) -> bool {
        self.legend.is_some() || self.page.is_some()
    }

    fn put(&self, about: &About, keys: &Keys, events: &dyn Events) -> Result<()> {
        if let Some(legend) = &self.legend {
            legend.put(keys)?;
        }
        self.page
            .as_ref()
            .map_or(Ok(()), |page| page.put(about, keys, events))
    }
}

/// Tells of a radius that is less than a pixel on the ground somewhere.
fn tell_thin(
    pyramid: &Pyramid,
    style: &super::style::StyleOptions,
    zooms: Zooms,
    events: &dyn Events,
) {
    for pass in &style.passes {
        let radius = pass.density.radius;
        let thin = zooms
            .all()
            .rev()
            .find(|zoom| pyramid.thinnest(radius, *zoom) < 1.0);
        if let Some(zoom) = thin {
            events.event(Event::Odd(Odd::Tiles(OddTiles::Thin { radius, zoom })));
        }
    }
}

/// The style for tiles of another size: a radius in pixels is as long on the ground.
fn scaled(product: &Product, options: &Options) -> super::style::StyleOptions {
    let mut style = product.style.clone();
    for pass in &mut style.passes {
        if let Radius::Pixels(pixels) = &mut pass.density.radius {
            *pixels = (*pixels * options.ratio()).min(Radius::LARGEST);
        } else {
            pass.density.least_radius = 1.0;
        }
    }
    style
}

/// The heats by which the colours of every zoom go.
fn ranges(
    pyramid: &Pyramid,
    zooms: Zooms,
    options: &Options,
    events: &dyn Events,
) -> Result<Vec<ZoomRange>> {
    let ranges = zooms.all();
    let ranges = ranges.map(|zoom| pyramid.ranges(zoom, options.scale, events));
    let ranges: Vec<ZoomRange> = ranges.collect::<Result<_>>()?;
    if options.scale != TileScale::All {
        return Ok(ranges);
    }
    let count = ranges.len();
    let all = ranges.into_iter().reduce(ZoomRange::join);
    Ok(vec![all.unwrap_or_default(); count])
}

fn tell(written: &Written, zooms: Zooms, options: &Options, events: &dyn Events) {
    let names: Vec<_> = options
        .stores
        .iter()
        .map(|name| name.display().to_string())
        .collect();
    events.event(Event::Done(Done::Pyramid {
        zooms: (zooms.least, zooms.largest),
        limit: zooms.limit,
        tiles: written.tiles,
        name: &names.join(", "),
    }));
}

/// The title, or else what the first store is called.
fn name(product: &Product, options: &Options) -> String {
    let stem = options.stores.first().and_then(|name| Kind::stem(name));
    let title = product.style.title.clone();
    title.or(stem).unwrap_or_else(|| "heat map".to_owned())
}

/// How heat was spread, as pictures say it.
fn description(style: &super::style::StyleOptions) -> String {
    let passes: Vec<String> = style
        .passes
        .iter()
        .map(|pass| {
            let density = &pass.density;
            let (kernel, radius) = (density.kernel.name(), density.radius);
            format!("kernel {kernel}, radius {radius}, decay {}", density.decay)
        })
        .collect();
    format!("heat map: {}", passes.join(", then "))
}

/// Where heat lies: the data, and a reach in parts of the world around them, as far as it is below
/// a tile.
fn bounds(tree: &Quadtree, reach: f64, part: Option<TileId>) -> Bounds {
    let [x, y] = tree.reach().unwrap_or([(0.0, 1.0); 2]);
    let within = |from: u32, (first, last): (f64, f64)| {
        let tiles = part.map_or(1.0, |part| f64::from(part.z).exp2());
        let (least, most) = (f64::from(from) / tiles, f64::from(from + 1) / tiles);
        (
            (first - reach).clamp(least, most),
            (last + reach).clamp(least, most),
        )
    };
    let part = part.unwrap_or(TileId { z: 0, x: 0, y: 0 });
    let (x, y) = (within(part.x, x), within(part.y, y));
    let degrees = |part: f64| 360.0 * (part - 0.5);
    let place = |x: f64, y: f64| Crs::WebMercator.inverse(degrees(x), -degrees(y));
    let (north_west, south_east) = (place(x.0, y.0), place(x.1, y.1));
    // As archives have them.
    let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
    Bounds {
        south: rounded(south_east.y()),
        west: rounded(north_west.x()),
        north: rounded(north_west.y()),
        east: rounded(south_east.x()),
    }
}
