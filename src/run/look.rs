//! What pictures look like: all that heat is seen with.

use heatmap::Raster;
use heatmap::color::{self, Gradient, Range, Scale, Tone};
use heatmap::composite::{Background, BaseMap, Ground, Legend, Place, Sheet};
use heatmap::density::Grid;
use heatmap::error::Result;
use heatmap::map::{self, Cover, View};
use heatmap::product;

use crate::console::Console;
use crate::settings::{LegendPlace, Settings};

/// Colours, and what lies under them.
pub struct Look {
    gradient: Gradient,
    scale: Scale,
    background: Background,
    base_map: Option<BaseMap>,
    labels: Labels,
}

/// What is written on pictures.
struct Labels {
    /// Whom the map belongs to.
    credit: Option<String>,
    title: Option<String>,
    /// Where the legend stands.
    legend: Option<Place>,
    legend_title: String,
}

/// How high the picture of a legend is, in pixels.
const LEGEND: u32 = 100;

impl Look {
    /// Reads whatever files it is made of.
    pub fn load(settings: &Settings, console: &Console) -> Result<Self> {
        let (gradient, scale) = colors(&settings.color, console)?;
        let background = Background::load(&settings.composite)?;
        let background = if settings.output.has_alpha() { background } else { background.on_white() };
        let base_map = settings.base_map.as_ref().map(BaseMap::open).transpose()?;
        let labels = Labels {
            credit: base_map.as_ref().and_then(BaseMap::attribution).map(str::to_owned),
            title: settings.title.clone(),
            legend: match settings.legend {
                Some(LegendPlace::On(place)) => Some(place),
                _ => None,
            },
            legend_title: settings.legend_title.clone(),
        };
        Ok(Self { gradient, scale, background, base_map, labels })
    }

    /// A background image gives the picture its size.
    pub fn sized(&self, map: &map::Options, console: &Console) -> map::Options {
        let Some(size) = self.background.size() else { return map.clone() };
        if map.width.is_some() || map.height.is_some() {
            console.warn(format_args!(
                "the background image gives the picture its size, {size}; width and height are not used"
            ));
        }
        map::Options {
            width: (size.width() as u32).try_into().ok(),
            height: (size.height() as u32).try_into().ok(),
            ..map.clone()
        }
    }

    /// With the map that lies under a view, if there is to be one.
    pub fn on_map(self, view: &View, console: &Console) -> Result<Self> {
        let Some(base_map) = &self.base_map else { return Ok(self) };
        let map = draw(base_map, view, console)?;
        Ok(Self { background: self.background.with_map(map), ..self })
    }

    /// Whom the map belongs to, as pictures say in their corner.
    pub fn credit(&self) -> Option<&str> {
        self.labels.credit.as_deref()
    }

    /// The same without those words, which stand elsewhere.
    pub fn uncredited(self) -> Self {
        Self { labels: Labels { credit: None, ..self.labels }, ..self }
    }

    /// What must be known of a grid to colour it.
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    /// The colours of all heats of a range.
    pub fn tone(&self, range: &Range) -> Result<Toned<'_>> {
        Ok(Toned { look: self, tone: self.scale.tone(range)?, range: range.clone() })
    }
}

/// A look whose colours stand for certain heats.
pub struct Toned<'a> {
    look: &'a Look,
    pub tone: Tone,
    range: Range,
}

impl Toned<'_> {
    /// The picture of a grid; a date is written into a corner of it.
    pub fn picture(&self, grid: &Grid, date: Option<&str>) -> Result<Raster> {
        let Look { gradient, background, labels, .. } = self.look;
        let mut picture = product::picture(grid, &self.tone, gradient, background);
        let size = picture.size();
        let mut sheet = Sheet::new(&mut picture);
        labels.credit.iter().for_each(|words| sheet.credit(words));
        labels.title.iter().try_for_each(|title| sheet.title(title))?;
        date.iter().try_for_each(|date| sheet.caption(date, Place::BottomLeft))?;
        if let Some(place) = labels.legend {
            sheet.legend(&self.legend().fitting(size)?, place)?;
        }
        Ok(picture)
    }

    /// What the colours stand for, as a picture of its own.
    pub fn key(&self) -> Result<Raster> {
        self.legend().picture(LEGEND, Ground::White)
    }

    fn legend(&self) -> Legend<'_> {
        Legend::new(&self.tone, &self.look.gradient, Some(&self.range), &self.look.labels.legend_title)
    }
}

fn colors(options: &color::Options, console: &Console) -> Result<(Gradient, Scale)> {
    let gradient = Gradient::load(&options.gradient)?;
    gradient.warning().iter().for_each(|warning| console.warn(warning));
    let scale = Scale::load(&options.scale, &gradient)?;
    Ok((gradient, scale))
}

/// Gets the map that lies under the picture.
fn draw(base_map: &BaseMap, view: &View, console: &Console) -> Result<Raster> {
    let (cover, name) = (Cover::of(view), base_map.name());
    let count = cover.tiles().len();
    console.log(format_args!("map: {count} tiles of zoom {} from {name}", cover.zoom));
    match base_map.attribution() {
        Some(words) => console.log(format_args!("attribution: {words}")),
        None => console.log("attribution: none; --attribution says in the picture whom the map belongs to"),
    }
    base_map.draw(view, &|done| console.progress(format_args!("map from {name}: {done} of {count} tiles")))
}
