//! Which part of the earth the picture shows: what the user said, a file, or the data decides.

use std::path::Path;

use heatmap::encode::Format;
use heatmap::error::{Error, ErrorKind, Result};
use heatmap::geo;
use heatmap::geo::{Bounds, Crs, Extent, Radius, View};
use heatmap::input;
use heatmap::input::Source;
use heatmap::input::buffer::{Overflow, ShapeBuffer};
use heatmap::product::not_on_earth;
use heatmap::raster::Size;
use heatmap::saved::{Saved, view_of};

use crate::console::Console;
use crate::settings::{Area, Settings};
use crate::terminal::Terminal;

/// What decides on the frame of a picture.
pub struct Framing<'a> {
    /// The frame, if a file brings it.
    view: Option<View>,
    map: geo::Options,
    radius: Radius,
    terminal: Option<&'a Terminal>,
}

impl<'a> Framing<'a> {
    pub fn new(
        settings: &Settings,
        map: geo::Options,
        image: Option<Size>,
        saved: &[Saved],
        terminal: Option<&'a Terminal>,
        console: &Console,
    ) -> Result<Self> {
        let like = settings.like.as_deref().map(view_of).transpose()?;
        let view = match &settings.bbox {
            Some(area) => Some(View::cover(&map, bounds(settings, area)?)?),
            None => same(like, settings.like.as_deref(), saved)?,
        };
        view.iter().try_for_each(|view| check(settings, view))?;
        if settings.bbox.is_none() {
            view.iter()
                .try_for_each(|view| covered(image, view.size()))?;
        }
        if view.is_some() && settings.bbox.is_none() && settings.map.is_framed() {
            let options = "-W, -H, -s, -z, -e and -R";
            console.warn(format_args!(
                "the file of -L or --like brings the frame of the picture: {options} are not used"
            ));
        }
        Ok(Self {
            view,
            map,
            radius: settings.widest().radius,
            terminal,
        })
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
        let (units, pixels) = (view.units_per_pixel(), view.scale().0);
        console.log(format_args!("extent: {}", view.extent()));
        if view.crs().is_plane() {
            console.log(format_args!(
                "scale: {units} units/pixel ({pixels} pixels/unit); {} pixels",
                view.size()
            ));
        } else {
            let size = view.size();
            console.log(format_args!(
                "scale: {units:.6} metres/pixel ({pixels:.6} pixels/degree); {size} pixels"
            ));
        }
        Ok(view)
    }
}

/// An image that gives a picture its size cannot lie under one that has another.
fn covered(image: Option<Size>, picture: Size) -> Result<()> {
    let Some(size) = image.filter(|&size| size != picture) else {
        return Ok(());
    };
    let fact =
        format!("the background image has {size} pixels, and the frame of the file {picture}");
    Err(Error::usage(fact).advice("scale the image to that size first, or leave it out (-I)"))
}

/// Whether data and products go with a frame that a file may have brought.
fn check(settings: &Settings, view: &View) -> Result<()> {
    let (frame, size, most) = (view.crs(), view.size(), settings.map.max_pixels);
    if size.pixels() as u64 > most {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("a picture of {size} pixels is more than the {most} allowed"),
        )
        .advice("raise --max-pixels if it is meant"));
    }
    if frame != Crs::WebMercator && !frame.is_plane() && settings.base_map.is_some() {
        return Err(
            Error::usage("map tiles are in Mercator, and the frame of the file is not")
                .advice("leave out the map (--osm), or save the heat anew without -P"),
        );
    }
    if !settings.sources.is_empty() {
        same_kind(settings.map.crs, frame)?;
    }
    if frame.is_plane() && settings.base_map.is_some() {
        return Err(not_on_earth("a map (--osm)"));
    }
    if frame.is_plane() && settings.world_file {
        return Err(not_on_earth("--world-file"));
    }
    settings
        .outputs
        .iter()
        .try_for_each(|output| output.check(frame))
}

/// Plain x and y are nowhere on the earth, and degrees are nowhere on a plane.
fn same_kind(data: Crs, frame: Crs) -> Result<()> {
    match (data.is_plane(), frame.is_plane()) {
        (false, true) => Err(Error::usage(
            "the frame of the file is one of plain x and y, and the data are in degrees",
        )
        .advice("add -P xy if they are x and y as well")),
        (true, false) => Err(Error::usage(
            "the frame of the file is on the earth, and the data are plain x and y",
        )
        .advice("leave out -P xy if they are in degrees")),
        _ => Ok(()),
    }
}

/// The edges of an area.
fn bounds(settings: &Settings, area: &Area) -> Result<Bounds> {
    match area {
        Area::Box(bounds) => Ok(*bounds),
        Area::Of(path) if !has_data(path) => {
            let view = view_of(path)?;
            same_kind(settings.map.crs, view.crs())?;
            Ok(view.bounds())
        }
        Area::Of(path) => {
            let held = ShapeBuffer::new(0, Overflow::Forget);
            input::read(
                &[Source::File(path.clone())],
                &settings.input,
                &|_| {},
                &|shapes| held.add(shapes),
            )?;
            let (extent, _) = held.finish()?;
            let extent = extent.ok_or_else(|| Error::new(ErrorKind::Input, "there is no data"))?;
            Ok(extent.into())
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
    let Some(view) = like.or_else(|| saved.first().map(|first| first.view().clone())) else {
        return Ok(None);
    };
    let name = name
        .or_else(|| saved.first().map(Saved::path))
        .unwrap_or(Path::new("-"))
        .display();
    match saved.iter().find_map(|saved| saved.difference(&view)) {
        None => Ok(Some(view)),
        Some(difference) => Err(Error::usage(format!("{difference} as that of {name}"))
            .advice("heat can be added on one grid alone: save all files with the same -e and -s, or with --like")),
    }
}
