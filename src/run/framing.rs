//! Which part of the earth the picture shows: what the user said, a file, or the data decides.

use std::path::Path;

use heatmap::encode::Format;
use heatmap::error::{Error, Kind, Result};
use heatmap::held::{Beyond, Held};
use heatmap::input::{self, Source};
use heatmap::map::{self, Bounds, Extent, Georeference, Radius, View};
use heatmap::saved::{Saved, view_of};

use crate::console::Console;
use crate::settings::{Area, Settings};
use crate::terminal::Terminal;

/// What decides on the frame of a picture.
pub struct Framing<'a> {
    /// The frame, if a file brings it.
    view: Option<View>,
    map: map::Options,
    radius: Radius,
    terminal: Option<&'a Terminal>,
}

impl<'a> Framing<'a> {
    pub fn new(
        settings: &Settings,
        map: map::Options,
        saved: &[Saved],
        terminal: Option<&'a Terminal>,
        console: &Console,
    ) -> Result<Self> {
        let like = settings.like.as_deref().map(view_of).transpose()?;
        let view = match &settings.bbox {
            Some(area) => Some(View::cover(&map, bounds(settings, area)?)?),
            None => same(like, settings.like.as_deref(), saved)?,
        };
        if view.is_some() && settings.bbox.is_none() && settings.map.is_framed() {
            let options = "-W, -H, -s, -z, -e and -R";
            console
                .warn(format_args!("the file of -L or --like brings the frame of the picture: {options} are not used"));
        }
        Ok(Self { view, map, radius: settings.widest().radius, terminal })
    }

    /// Whether the frame is known before the data are.
    pub fn is_known(&self) -> bool {
        self.view.is_some() || self.map.extent.is_some()
    }

    /// The frame, for the extent of the data if that is needed.
    pub fn view(&self, data: Option<Extent>, console: &Console) -> Result<View> {
        let view = match (&self.view, self.terminal) {
            (Some(view), _) => view.clone(),
            (None, Some(terminal)) => terminal.fit(&self.map, data, self.radius)?,
            (None, None) => View::fit(&self.map, data, self.radius)?,
        };
        let (metres, pixels) = (view.metres_per_pixel(), view.pixels_per_degree());
        console.log(format_args!("extent: {}", view.extent()));
        console
            .log(format_args!("scale: {metres:.6} metres/pixel ({pixels:.6} pixels/degree); {} pixels", view.size()));
        Ok(view)
    }
}

/// The edges of an area.
fn bounds(settings: &Settings, area: &Area) -> Result<Bounds> {
    match area {
        Area::Box(bounds) => Ok(*bounds),
        Area::Of(path) if !has_data(path) => Ok(Georeference::of(&view_of(path)?).bounds()),
        Area::Of(path) => {
            let held = Held::new(0, Beyond::Forget);
            input::read(&[Source::File(path.clone())], &settings.input, &|_| {}, &|shapes| held.add(shapes))?;
            let (extent, _) = held.finish()?;
            let [south_west, north_east] = extent.ok_or_else(|| Error::new(Kind::Input, "there is no data"))?.corners();
            let (south, west) = (south_west.lat(), south_west.lon());
            Ok(Bounds { south, west, north: north_east.lat(), east: north_east.lon() })
        }
    }
}

/// Whether a file is neither saved heat nor a picture.
fn has_data(path: &Path) -> bool {
    let is_picture = || Format::of(path).is_ok();
    !is_picture() && !Saved::is_one(path).unwrap_or(false)
}

/// The one frame that all files have.
fn same(like: Option<View>, name: Option<&Path>, saved: &[Saved]) -> Result<Option<View>> {
    let Some(view) = like.or_else(|| saved.first().map(|first| first.view().clone())) else { return Ok(None) };
    let name = name.or_else(|| saved.first().map(Saved::path)).unwrap_or(Path::new("-")).display();
    match saved.iter().find_map(|saved| saved.difference(&view)) {
        None => Ok(Some(view)),
        Some(difference) => Err(Error::usage(format!("{difference} as that of {name}"))
            .advice("heat can be added on one grid alone: save all files with the same -e and -s, or with --like")),
    }
}
