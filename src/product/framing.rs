//! Framing: which part of the earth the picture shows. The options, a file, or the data decide.

use std::path::{Path, PathBuf};

use super::bandwidth::bandwidth;
use super::events::{Done, Event, Events, Odd, OddImage};
use super::style;
use super::style::Style;

use crate::encode::{Format, Purpose, not_on_earth};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo;
use crate::geo::{Bounds, Crs, Extent, Footprint, Shape, View};
use crate::input;
use crate::input::buffer::{Overflow, ShapeBuffer};
use crate::input::{Deliver, Source};
use crate::raster::Size;
use crate::saved::{Saved, georeference, view_of};

/// What the picture is to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameOptions {
    /// Projection, scale and size.
    pub map: geo::MapOptions,
    /// What it covers, edge to edge; else what `map` and the data come to.
    pub bbox: Option<Area>,
    /// A file whose frame it is to have: saved heat, or a picture with a world file.
    pub like: Option<PathBuf>,
    /// The frame itself, where something else has brought it.
    pub view: Option<View>,
}

/// A part of the earth, or of a plane.
#[derive(Clone, Debug, PartialEq)]
pub enum Area {
    /// These bounds. East may be beyond 180, on the earth.
    Box(Bounds),
    /// Those in numbers of a coordinate system: left, bottom, right, top.
    In(Crs, [f64; 4]),
    /// Those of what a file holds.
    Of(PathBuf),
}

/// What decides on the frame of a picture.
pub(super) struct Framing {
    /// The frame, if a file brings it.
    view: Option<View>,
    map: geo::MapOptions,
    style: style::StyleOptions,
    /// The radius goes by the density of data, and there are some.
    is_by_density: bool,
}

impl Framing {
    /// Looks at the files that have a say in it.
    pub(super) fn new(
        options: &super::Options,
        style: &Style,
        saved: &[Saved],
        events: &dyn Events,
    ) -> Result<Self> {
        let FrameOptions {
            map,
            bbox,
            like,
            view,
        } = &options.frame;
        let sized = style.sized(map, events);
        let frame = like.as_deref().map(view_of).transpose()?;
        let own = like.is_none()
            && view.is_none()
            && saved.is_empty()
            && map.extent.is_none()
            && map.scale.is_none();
        let (view, is_image) = match bbox {
            Some(Area::In(crs, edges)) => (Some(View::cover_in(&sized, *crs, *edges)?), false),
            Some(area) => (Some(View::cover(&sized, bounds(options, area)?)?), false),
            None if own => (of_image(options, &sized, style.image(), events)?, true),
            None => (
                same(frame.or_else(|| view.clone()), like.as_deref(), saved)?,
                false,
            ),
        };
        let is_framed_apart = like.is_none() && view.is_none() && bbox.is_none() && !own;
        if is_framed_apart && is_placed(options, style.image()) {
            events.event(Event::Odd(Odd::Image(OddImage::Moved)));
        }
        view.iter().try_for_each(|view| check(options, view))?;
        if let (Some(view), None) = (&view, bbox) {
            covered(style.image(), view.size())?;
            if map.is_framed() && !is_image {
                events.event(Event::Odd(Odd::FramedByFile));
            }
        }
        Ok(Self {
            view,
            map: sized,
            style: options.style.clone(),
            is_by_density: options.style.is_by_density()
                && saved.is_empty()
                && !options.data.sources.is_empty(),
        })
    }

    /// What the picture looks like.
    pub(super) fn style(&self) -> &style::StyleOptions {
        &self.style
    }

    /// Whether all is known before the data are.
    pub(super) fn is_known(&self) -> bool {
        !self.is_by_density && (self.view.is_some() || self.map.extent.is_some())
    }

    /// The part of the earth, or of a plane, whose shapes can be seen in a frame, or a little more.
    /// `None` where rows of the picture are no parallels.
    pub(super) fn area(&self, view: &View) -> Option<Extent> {
        let radii = self.style.widest().radius.by_row(view).ok()?;
        let widest = radii.into_iter().fold(0.0, f64::max);
        view.around(widest + 1.0)
    }

    /// The frame of data that have been read, and the radius in pixels that goes by the density of
    /// so many shapes if that was asked for; both are told. `replay` gives the shapes once more,
    /// and says whether it could.
    pub(super) fn of_data(
        &self,
        data: Option<Footprint>,
        shapes: u64,
        replay: impl FnOnce(Deliver<'_>) -> bool,
        events: &dyn Events,
    ) -> Result<(View, Option<f64>)> {
        let mut view = self.view(data, None)?;
        let radius = self.is_by_density.then(|| bandwidth(&view, shapes, replay));
        let radius = radius.flatten();
        if let Some(pixels) = radius {
            view = self.view(data, Some(pixels))?;
            events.event(Event::Done(Done::Smoothed(pixels)));
        }
        events.event(Event::Done(Done::Framed(&view)));
        Ok((view, radius))
    }

    /// The frame, for where the data lie if that is needed, with the radius in pixels that goes by
    /// their density if that is known.
    pub(super) fn view(&self, data: Option<Footprint>, pixels: Option<f64>) -> Result<View> {
        let data = data.map(|data| data.extent(self.map.crs, self.map.wrap));
        let radius = match pixels {
            Some(pixels) => self.style.with_radius(pixels).widest().radius,
            None => self.style.widest().radius,
        };
        match &self.view {
            Some(view) => Ok(view.clone()),
            None => View::fit(&self.map, data, radius),
        }
    }
}

/// The frame that a background image brings: where it says that it lies or, on a plane, its own
/// pixels. Data are fitted to others, which is told.
fn of_image(
    options: &super::Options,
    sized: &geo::MapOptions,
    size: Option<Size>,
    events: &dyn Events,
) -> Result<Option<View>> {
    let Some((path, size)) = options.style.background.image.as_deref().zip(size) else {
        return Ok(None);
    };
    if sized.crs.is_plane() {
        let pixels = Bounds {
            south: 0.0,
            west: 0.0,
            north: size.height() as f64,
            east: size.width() as f64,
        };
        return View::cover(sized, pixels).map(Some);
    }
    let view = georeference(path);
    let unknown = view.as_ref().err();
    let view = view.as_ref().ok().cloned().flatten();
    // A photograph that is turned has another size than its file.
    let view = view.filter(|view| view.size() == size);
    if view.is_none() {
        events.event(Event::Odd(Odd::Image(OddImage::Fitted(unknown))));
    }
    let usual = geo::MapOptions::default().crs;
    let is_other = |view: &View| sized.crs != usual && sized.crs != view.crs();
    if view.as_ref().is_some_and(is_other) {
        events.event(Event::Odd(Odd::Image(OddImage::Projected)));
    }
    Ok(view)
}

/// Whether a background image says where it lies on the earth.
fn is_placed(options: &super::Options, size: Option<Size>) -> bool {
    let path = options.style.background.image.as_deref();
    let path = path.filter(|_| size.is_some() && !options.frame.map.crs.is_plane());
    path.is_some_and(|path| matches!(georeference(path), Ok(Some(_))))
}

/// An image that gives a picture its size cannot lie under one that has another.
fn covered(image: Option<Size>, picture: Size) -> Result<()> {
    let Some(size) = image.filter(|&size| size != picture) else {
        return Ok(());
    };
    let fact =
        format!("the background image has {size} pixels, and the frame of the file {picture}");
    Err(Error::usage(fact).remedy(Remedy::NoBackgroundImage))
}

/// Whether data and products go with a frame that a file may have brought.
fn check(options: &super::Options, view: &View) -> Result<()> {
    let (map, has_map) = (&options.frame.map, options.style.base_map.is_some());
    let (frame, size, most) = (view.crs(), view.size(), map.max_pixels);
    if size.pixels() as u64 > most {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("a picture of {size} pixels is more than the {most} allowed"),
        )
        .remedy(Remedy::MorePixels));
    }
    if frame != Crs::WebMercator && !frame.is_plane() && has_map {
        return Err(
            Error::usage("map tiles are in Mercator, and the frame of the file is not")
                .remedy(Remedy::NoMapOrMercator),
        );
    }
    if !options.data.sources.is_empty() {
        same_kind(map.crs, frame)?;
    }
    if frame.is_plane() && has_map {
        return Err(not_on_earth("a map"));
    }
    if frame.is_plane() && options.files.world_file {
        return Err(not_on_earth("a world file"));
    }
    let mut files = options.files.files.iter();
    files.try_for_each(|(_, format)| format.check(frame))
}

/// Plain x and y are nowhere on the earth, and degrees are nowhere on a plane.
fn same_kind(data: Crs, frame: Crs) -> Result<()> {
    match (data.is_plane(), frame.is_plane()) {
        (false, true) => Err(Error::usage(
            "the frame of the file is one of plain x and y, and the data are in degrees",
        )
        .remedy(Remedy::OnPlane)),
        (true, false) => Err(Error::usage(
            "the frame of the file is on the earth, and the data are plain x and y",
        )
        .remedy(Remedy::OnEarth)),
        _ => Ok(()),
    }
}

/// The edges of an area.
fn bounds(options: &super::Options, area: &Area) -> Result<Bounds> {
    match area {
        Area::Box(bounds) => Ok(*bounds),
        Area::In(crs, edges) => Extent::around(*crs, *edges)
            .map(Bounds::from)
            .map_err(|fact| Error::usage(fact.to_string())),
        Area::Of(path) if !has_data(path) => {
            let view = view_of(path)?;
            same_kind(options.frame.map.crs, view.crs())?;
            Ok(view.bounds())
        }
        Area::Of(path) => {
            let map = &options.frame.map;
            let footprint = footprint(path, &options.data.input)?;
            Ok(footprint.extent(map.crs, map.wrap).into())
        }
    }
}

/// Where the points and lines of a file lie, or else its polygons.
fn footprint(path: &Path, manner: &input::Options) -> Result<Footprint> {
    let held = ShapeBuffer::new(0, Overflow::Forget);
    let source = Source::File(path.to_owned());
    let read = input::read(&[source], manner, &|_| {}, &|shapes| held.add(shapes));
    let (footprint, _) = held.finish()?;
    let footprint = match (read, footprint) {
        (Ok(_), footprint) => footprint,
        (Err(error), Some(_)) => return Err(error),
        (Err(error), None) => {
            let (polygons, _) = input::polygons(path, manner).map_err(|_| error)?;
            let corners = polygons
                .iter()
                .flat_map(|polygon| polygon.rings.iter().flatten());
            Footprint::of(&corners.map(|&at| Shape::point(at)).collect::<Vec<_>>())
        }
    };
    footprint.ok_or_else(|| Error::new(ErrorKind::Input, "there is no data"))
}

/// Whether a file is neither saved heat nor a picture.
fn has_data(path: &Path) -> bool {
    let is_picture = || Format::of(path, Purpose::Picture).is_ok();
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
        Some(difference) => {
            Err(Error::usage(format!("{difference} as that of {name}"))
                .remedy(Remedy::SaveOnOneGrid))
        }
    }
}
