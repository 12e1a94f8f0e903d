//! What pictures look like: all that heat is seen with.

use heatmap::Raster;
use heatmap::color::{self, Gradient, Range, Scale, Tone};
use heatmap::composite::{Background, BaseMap, credit};
use heatmap::density::Grid;
use heatmap::error::Result;
use heatmap::map::{self, Cover, View};
use heatmap::product;

use crate::console::Console;
use crate::settings::Settings;

/// Colours, and what lies under them.
pub struct Look {
    gradient: Gradient,
    scale: Scale,
    background: Background,
    base_map: Option<BaseMap>,
    /// Whom the map belongs to, for the corner of the picture.
    credit: Option<String>,
}

impl Look {
    /// Reads whatever files it is made of.
    pub fn load(settings: &Settings, console: &Console) -> Result<Self> {
        let (gradient, scale) = colors(&settings.color, console)?;
        let background = Background::load(&settings.composite)?;
        let background = if settings.output.has_alpha() { background } else { background.on_white() };
        let base_map = settings.base_map.as_ref().map(BaseMap::open).transpose()?;
        let credit = base_map.as_ref().and_then(BaseMap::attribution).map(str::to_owned);
        Ok(Self { gradient, scale, background, base_map, credit })
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
        self.credit.as_deref()
    }

    /// The same without those words, which stand elsewhere.
    pub fn uncredited(self) -> Self {
        Self { credit: None, ..self }
    }

    /// What must be known of a grid to colour it.
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    /// The colours of all heats of a range.
    pub fn tone(&self, range: &Range) -> Result<Tone> {
        self.scale.tone(range)
    }

    /// The picture of a grid.
    pub fn picture(&self, grid: &Grid, tone: &Tone) -> Raster {
        let mut picture = product::picture(grid, tone, &self.gradient, &self.background);
        if let Some(words) = &self.credit {
            credit(&mut picture, words);
        }
        picture
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
