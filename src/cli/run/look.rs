//! What pictures look like: all that heat is seen with.

use heatmap::Raster;
use heatmap::basemap::BaseMap;
use heatmap::color::{Gradient, Range, Scale, Tone, paint};
use heatmap::composite::{Annotator, Background, Corner, Ground, Legend, over};
use heatmap::density;
use heatmap::density::Grid;
use heatmap::error::Result;
use heatmap::geo;
use heatmap::geo::{Cover, View};
use heatmap::raster::Size;

use crate::console::Console;
use crate::settings::{LegendPlace, Pass, Settings};

/// Colours, and what lies under them.
pub struct Look {
    /// The colours of every pass; at least one.
    layers: Vec<Layer>,
    background: Background,
    /// The same with white below everything.
    on_white: Background,
    base_map: Option<BaseMap>,
    labels: Labels,
}

/// The colours of a pass.
pub struct Layer {
    pub density: density::Options,
    gradient: Gradient,
    scale: Scale,
}

/// What is written on pictures.
struct Labels {
    /// Whom the map belongs to.
    credit: Option<String>,
    title: Option<String>,
    /// Where the legend stands.
    legend: Option<Corner>,
    legend_title: String,
}

/// How high the picture of a legend is, in pixels.
const LEGEND: u32 = 100;

impl Look {
    /// Reads whatever files it is made of.
    pub fn load(settings: &Settings, console: &Console) -> Result<Self> {
        let layers = settings
            .passes
            .iter()
            .map(|pass| Layer::load(pass, console))
            .collect::<Result<_>>()?;
        let background = Background::load(&settings.composite)?;
        let base_map = settings.base_map.as_ref().map(BaseMap::open).transpose()?;
        let labels = Labels {
            credit: base_map
                .as_ref()
                .and_then(BaseMap::attribution)
                .map(str::to_owned),
            title: settings.title.clone(),
            legend: match settings.legend {
                Some(LegendPlace::On(place)) => Some(place),
                _ => None,
            },
            legend_title: settings.legend_title.clone(),
        };
        let on_white = background.clone().on_white();
        Ok(Self {
            layers,
            background,
            on_white,
            base_map,
            labels,
        })
    }

    /// The size of the background image.
    pub fn image(&self) -> Option<Size> {
        self.background.size()
    }

    /// A background image gives the picture its size.
    pub fn sized(&self, map: &geo::Options, console: &Console) -> geo::Options {
        let Some(size) = self.background.size() else {
            return map.clone();
        };
        if map.width.is_some() || map.height.is_some() {
            console.warn(format_args!(
                "the background image gives the picture its size, {size}; width and height are not used"
            ));
        }
        geo::Options {
            width: (size.width() as u32).try_into().ok(),
            height: (size.height() as u32).try_into().ok(),
            ..map.clone()
        }
    }

    /// With the map that lies under a view, if there is to be one.
    pub fn on_map(self, view: &View, console: &Console) -> Result<Self> {
        let Some(base_map) = &self.base_map else {
            return Ok(self);
        };
        let map = draw(base_map, view, console)?;
        let background = self.background.with_map(map);
        Ok(Self {
            on_white: background.clone().on_white(),
            background,
            ..self
        })
    }

    /// Whom the map belongs to, as pictures say in their corner.
    pub fn credit(&self) -> Option<&str> {
        self.labels.credit.as_deref()
    }

    /// The same without those words, which stand elsewhere.
    pub fn uncredited(self) -> Self {
        Self {
            labels: Labels {
                credit: None,
                ..self.labels
            },
            ..self
        }
    }

    /// The passes, the lowest first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// A picture of all passes with what is under it, and nothing to be seen through if it is to be
    /// opaque.
    pub fn lay(&self, picture: &mut Raster, opaque: bool) {
        over(
            picture,
            if opaque {
                &self.on_white
            } else {
                &self.background
            },
        );
        if let Some(words) = &self.labels.credit {
            Annotator::new(picture, self.background.theme()).credit(words);
        }
    }

    /// The same with everything that is written on it, such as a date.
    pub fn finish(
        &self,
        mut picture: Raster,
        opaque: bool,
        toned: &Toned,
        date: Option<&str>,
    ) -> Result<Raster> {
        over(
            &mut picture,
            if opaque {
                &self.on_white
            } else {
                &self.background
            },
        );
        let (labels, size) = (&self.labels, picture.size());
        let theme = self.background.theme();
        let mut sheet = Annotator::new(&mut picture, theme);
        labels.credit.iter().for_each(|words| sheet.credit(words));
        labels
            .title
            .iter()
            .try_for_each(|title| sheet.title(title))?;
        date.iter()
            .try_for_each(|date| sheet.caption(date, Corner::BottomLeft))?;
        if let Some(place) = labels.legend {
            sheet.legend(
                &toned.legend(&labels.legend_title).on(theme).fitting(size)?,
                place,
            )?;
        }
        Ok(picture)
    }

    /// Whether anything is written on pictures that layers of a map are better without.
    pub fn is_labelled(&self) -> bool {
        self.labels.title.is_some() || self.labels.legend.is_some()
    }

    /// What the colours of a pass stand for, as a picture of its own.
    pub fn key(&self, toned: &Toned) -> Result<Raster> {
        toned
            .legend(&self.labels.legend_title)
            .on(self.background.theme())
            .picture(LEGEND, Ground::Opaque)
    }
}

impl Layer {
    fn load(pass: &Pass, console: &Console) -> Result<Self> {
        let gradient = Gradient::load(&pass.color.gradient)?;
        gradient
            .warning()
            .iter()
            .for_each(|warning| console.warn(warning));
        let scale = Scale::load(&pass.color.scale, &gradient)?;
        Ok(Self {
            density: pass.density,
            gradient,
            scale,
        })
    }

    /// What must be known of grids to colour them.
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    /// The colours of all heats of a range.
    pub fn tone(&self, range: Range) -> Result<Toned<'_>> {
        Ok(Toned {
            tone: self.scale.tone(&range)?,
            gradient: &self.gradient,
            range,
        })
    }
}

/// Colours that stand for certain heats.
pub struct Toned<'a> {
    pub tone: Tone,
    gradient: &'a Gradient,
    range: Range,
}

impl Toned<'_> {
    /// The colours of a grid.
    pub fn paint(&self, grid: &Grid) -> Raster {
        paint(grid, &self.tone, self.gradient)
    }

    fn legend<'a>(&'a self, title: &'a str) -> Legend<'a> {
        Legend::new(&self.tone, self.gradient, Some(&self.range), title)
    }
}

/// Gets the map that lies under the picture.
fn draw(base_map: &BaseMap, view: &View, console: &Console) -> Result<Raster> {
    let (cover, name) = (Cover::of(view), base_map.name());
    let count = cover.tiles().len();
    console.log(format_args!(
        "map: {count} tiles of zoom {} from {name}",
        cover.zoom
    ));
    match base_map.attribution() {
        Some(words) => console.log(format_args!("attribution: {words}")),
        None => console
            .log("attribution: none; --attribution says in the picture whom the map belongs to"),
    }
    base_map.draw(view, &|done| {
        console.progress(format_args!("map from {name}: {done} of {count} tiles"));
    })
}
