//! The frame of a picture: which part of the earth, at which scale, on how many pixels.

use std::num::NonZeroU32;

use super::plane::Plane;
use super::{Bounds, Degrees, Extent, Projection, Radius};
use crate::error::{Error, ErrorKind, Result};
use crate::raster::Size;

/// The longer side, in pixels, of a picture nobody gave a size to.
const DEFAULT_SIDE: u32 = 1024;
/// Metres (or units) per pixel around a single place, where there is nothing to fit the scale to: a
/// village at the default size.
const SINGLE_PLACE_SCALE: f64 = 1.0;
/// Degrees that rounding adds or takes.
const HAIR: f64 = 1e-9;
/// How far from (0°, 0°) a picture may begin, in degrees of longitude: a few times around the
/// world.
const FARTHEST: f64 = 2000.0;
/// How far from (0, 0) the corners of a picture of a plane may be, in its units: beyond all places.
const FARTHEST_ON_PLANE: f64 = 1e15;
/// And in pixels: there places are exact to 1/64 of a pixel.
const FARTHEST_PIXEL: f64 = 70_368_744_177_664.0;

/// What the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How the earth is laid flat.
    pub projection: Projection,
    /// Metres per pixel at the equator, or units of a plane per pixel; fitted to the size if
    /// absent.
    pub scale: Option<f64>,
    /// Width of the picture in pixels; follows from the scale and the extent if absent.
    pub width: Option<NonZeroU32>,
    /// Height of the picture in pixels; follows from the scale and the extent if absent.
    pub height: Option<NonZeroU32>,
    /// The part of the earth to show; all of the data if absent.
    pub extent: Option<Extent>,
    /// Pixels to keep free around the heat.
    pub margin: u32,
    /// The largest picture, width × height.
    pub max_pixels: u64,
}

impl Options {
    /// Whether they say anything about where the edges of the picture are, or how it is laid flat.
    #[must_use]
    pub fn is_framed(&self) -> bool {
        let usual = Self {
            max_pixels: self.max_pixels,
            ..Self::default()
        };
        *self != usual
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            projection: Projection::default(),
            scale: None,
            width: None,
            height: None,
            extent: None,
            margin: 0,
            max_pixels: 1_000_000_000,
        }
    }
}

/// A place in a picture: x to the right, y down, in pixels from the top left corner. Pixel (0, 0)
/// is where both lie in [0, 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pixels {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// Which part of the earth a picture shows, and at which scale.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    projection: Projection,
    /// Pixels per degree of longitude, across and down. The same unless the picture is stretched.
    scale: (f64, f64),
    /// The top left pixel, in pixels from (0°, 0°). Whole in pictures that are fitted, so that the
    /// grid of pixels is the same for every picture of a scale, whatever its extent: neighbouring
    /// pictures meet without a seam.
    origin: (f64, f64),
    size: Size,
    /// The longitude of the middle, in pictures that reach beyond ±180° and not all around the
    /// earth.
    middle: Option<f64>,
}

impl View {
    /// The view that shows an extent (the one asked for, or else that of the data) with heat of
    /// this reach and the margin around it.
    ///
    /// # Errors
    /// When the size asked for has no room for that, the picture would be larger than allowed, or
    /// the reach is one on the ground and the projection has no circles.
    pub fn fit(options: &Options, data: Option<Extent>, reach: impl Into<Radius>) -> Result<Self> {
        let reach = reach.into();
        reach.check(options.projection)?;
        let extent = options
            .extent
            .or(data)
            .ok_or_else(|| Error::new(ErrorKind::Input, "there is nothing to draw"))?;
        let plane = Plane::of(extent, options.projection);
        // How many pixels the ground is, is known only after fitting.
        let (plane, reach) = match reach {
            Radius::Pixels(pixels) => (plane, pixels.ceil()),
            Radius::Metres(metres) => (plane.grown(metres), 1.0),
        };
        let padding = f64::from(options.margin) + reach;
        let frame = Fitted::fit(options, &plane, padding)?;
        let [(left, width), (top, height)] = [
            frame.side(plane.x, padding, frame.width),
            frame.side(plane.y, padding, frame.height),
        ];
        let size = within(options.max_pixels, width, height)?;
        Self::drawn(
            options.projection,
            (frame.scale, frame.scale),
            (left, top),
            size,
        )
    }

    /// The view that shows a box and nothing else, edge to edge: it is stretched if both sides are
    /// asked for, and by less than a pixel otherwise.
    ///
    /// # Errors
    /// When the picture would be larger than allowed.
    pub fn cover(options: &Options, bounds: Bounds) -> Result<Self> {
        let projection = options.projection;
        let (one, other) = (projection.down(bounds.north), projection.down(bounds.south));
        let top = one.min(other);
        let (across, high) = (bounds.east - bounds.west, one.max(other) - top);
        if !(across > 0.0 && high > 0.0 && bounds.south < bounds.north) {
            return Err(Error::usage(
                "the box is empty, or all of it lies beyond the end of Mercator's map at ±85.0511°",
            )
            .advice("west must be less than east, and south less than north"));
        }
        let sides = (
            options.width.map(|side| f64::from(side.get())),
            options.height.map(|side| f64::from(side.get())),
        );
        let scale = options.scale.map(|scale| projection.pixels_per_unit(scale));
        let scale = scale.unwrap_or_else(|| match sides {
            (Some(width), _) => width / across,
            (None, Some(height)) => height / high,
            (None, None) => f64::from(DEFAULT_SIDE) / across.max(high),
        });
        let side =
            |asked: Option<f64>, length: f64| asked.unwrap_or((length * scale).round().max(1.0));
        let (width, height) = (side(sides.0, across), side(sides.1, high));
        let size = within(options.max_pixels, width, height)?;
        let scale = (width / across, height / high);
        Self::drawn(
            projection,
            scale,
            (bounds.west * scale.0, top * scale.1),
            size,
        )
    }

    /// A view whose numbers were computed.
    fn drawn(
        projection: Projection,
        scale: (f64, f64),
        origin: (f64, f64),
        size: Size,
    ) -> Result<Self> {
        let finite = [scale.0, scale.1, origin.0, origin.1]
            .iter()
            .all(|number| number.is_finite());
        if !finite || (projection.is_plane() && !is_exact(scale, origin, size)) {
            let fact =
                "the pixels are too small, or too large, to tell them apart so far from (0, 0)";
            return Err(Error::new(ErrorKind::Limit, fact)
                .advice("ask for another scale (-s), or take away from all x and all y what they have in common"));
        }
        Ok(Self::of(projection, scale, origin, size))
    }

    fn of(projection: Projection, scale: (f64, f64), origin: (f64, f64), size: Size) -> Self {
        let (west, wide) = (origin.0 / scale.0, size.width() as f64 / scale.0);
        let reaches_around = west < -180.0 - HAIR || west + wide > 180.0 + HAIR;
        let is_beyond = !projection.is_plane() && reaches_around && wide < 360.0 + HAIR;
        Self {
            projection,
            scale,
            origin,
            size,
            middle: is_beyond.then_some(west + wide / 2.0),
        }
    }

    /// A view from its numbers: pixels per degree of longitude (or per unit of a plane) across and
    /// down, and the top left pixel in pixels from (0°, 0°). `None` when they are not of a picture
    /// of the earth, or of the plane.
    #[must_use]
    pub fn new(
        projection: Projection,
        scale: (f64, f64),
        origin: (f64, f64),
        size: Size,
    ) -> Option<Self> {
        let positive = |scale: f64| scale.is_finite() && scale > 0.0;
        let near = |from: f64, scale: f64| (from / scale).abs() < FARTHEST;
        let is_near = if projection.is_plane() {
            is_exact(scale, origin, size)
        } else {
            near(origin.0, scale.0) && near(origin.1, scale.1)
        };
        if !(positive(scale.0) && positive(scale.1) && is_near) {
            return None;
        }
        let view = Self::of(projection, scale, origin, size);
        let [south_west, north_east] = view.extent().corners();
        (south_west.lat() < north_east.lat()).then_some(view)
    }

    /// Where a place lies in the picture, or outside of it.
    #[must_use]
    pub fn pixels(&self, at: Degrees) -> Pixels {
        let (_, y) = self.projection.forward(at);
        Pixels {
            x: self.column(at),
            y: y * self.scale.1 - self.origin.1,
        }
    }

    /// How far to the right a place lies, in pixels from the left edge.
    #[must_use]
    pub fn column(&self, at: Degrees) -> f64 {
        (at.lon() + self.turn(at)) * self.scale.0 - self.origin.0
    }

    /// Where both ends of a line lie, which goes the short way round the earth if the picture
    /// reaches around its back.
    #[must_use]
    pub fn ends(&self, from: Degrees, to: Degrees) -> (Pixels, Pixels) {
        let (from, mut to) = (self.pixels(from), self.pixels(to));
        let turn = 360.0 * self.scale.0;
        if self.middle.is_some() && (to.x - from.x).abs() > turn / 2.0 {
            to.x -= turn.copysign(to.x - from.x);
        }
        (from, to)
    }

    /// How many degrees further east a place is drawn than it lies, because that is nearer to the
    /// picture.
    fn turn(&self, at: Degrees) -> f64 {
        match self.middle {
            Some(middle) if at.lon() < middle - 180.0 => 360.0,
            Some(middle) if at.lon() > middle + 180.0 => -360.0,
            _ => 0.0,
        }
    }

    /// How the earth is laid flat.
    #[must_use]
    pub fn projection(&self) -> Projection {
        self.projection
    }

    /// The place at a point of the picture; beyond the edge of the earth, the one nearest to it.
    #[must_use]
    pub fn degrees(&self, at: Pixels) -> Degrees {
        self.projection.inverse(
            (at.x + self.origin.0) / self.scale.0,
            (at.y + self.origin.1) / self.scale.1,
        )
    }

    /// The top left corner of the picture, in pixels from the north-west corner of Mercator's
    /// square world.
    #[must_use]
    pub fn corner(&self) -> Pixels {
        Pixels {
            x: self.origin.0 + 180.0 * self.scale.0,
            y: self.origin.1 + 180.0 * self.scale.1,
        }
    }

    /// The size of the picture.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The part of the earth in the picture, edge to edge.
    #[must_use]
    pub fn extent(&self) -> Extent {
        let (width, height) = (self.size.width() as f64, self.size.height() as f64);
        let (a, b) = (
            self.degrees(Pixels { x: 0.0, y: height }),
            self.degrees(Pixels { x: width, y: 0.0 }),
        );
        let (south, north) = (a.lat().min(b.lat()), a.lat().max(b.lat()));
        Extent::new(Degrees::made(south, a.lon()), Degrees::made(north, b.lon())).unwrap_or_else(
            || unreachable!("the inverse of a projection keeps the order of places"),
        )
    }

    /// Metres per pixel at the equator, or units of a plane per pixel.
    #[must_use]
    pub fn units_per_pixel(&self) -> f64 {
        self.projection.units_per_pixel(self.scale.0)
    }

    /// The top left pixel, in pixels from (0°, 0°) to the right and down.
    #[must_use]
    pub fn origin(&self) -> (f64, f64) {
        self.origin
    }

    /// Pixels per degree of longitude, or per unit of a plane, across and down.
    #[must_use]
    pub fn scale(&self) -> (f64, f64) {
        self.scale
    }

    /// Pixels per degree of longitude, or per unit of a plane.
    #[must_use]
    pub fn pixels_per_degree(&self) -> f64 {
        self.scale.0
    }
}

/// Whether the numbers of a picture of a plane are finite, and places in it as exact as its pixels
/// need.
fn is_exact(scale: (f64, f64), origin: (f64, f64), size: Size) -> bool {
    let side = |scale: f64, from: f64, length: usize| {
        let farthest = from.abs() + length as f64;
        farthest < FARTHEST_PIXEL && farthest / scale < FARTHEST_ON_PLANE
    };
    side(scale.0, origin.0, size.width()) && side(scale.1, origin.1, size.height())
}

/// A scale, and the sides of the picture as far as they are fixed.
struct Fitted {
    scale: f64,
    width: Option<u32>,
    height: Option<u32>,
}

impl Fitted {
    fn fit(options: &Options, plane: &Plane, padding: f64) -> Result<Self> {
        let (width, height) = (
            options.width.map(NonZeroU32::get),
            options.height.map(NonZeroU32::get),
        );
        if let Some(scale) = options.scale {
            return Ok(Self {
                scale: options.projection.pixels_per_unit(scale),
                width,
                height,
            });
        }
        let (width, height) = match (width, height) {
            (None, None) if plane.width() >= plane.height() => (Some(DEFAULT_SIDE), None),
            (None, None) => (None, Some(DEFAULT_SIDE)),
            asked => asked,
        };
        let across = room("width", width, padding)?.and_then(|room| scale_to(room, plane.width()));
        let down = room("height", height, padding)?.and_then(|room| scale_to(room, plane.height()));
        match (across, down) {
            (Some(a), Some(b)) => Ok(Self {
                scale: a.min(b),
                width,
                height,
            }),
            (Some(scale), None) | (None, Some(scale)) => Ok(Self {
                scale,
                width,
                height,
            }),
            (None, None) => {
                let alone = options.projection.pixels_per_unit(SINGLE_PLACE_SCALE);
                Ok(Self::square(
                    plane,
                    width.or(height),
                    (width, height),
                    padding,
                    alone,
                ))
            }
        }
    }

    /// The data has no extent in the direction whose size is known: take the other side to be as
    /// long.
    fn square(
        plane: &Plane,
        side: Option<u32>,
        asked: (Option<u32>, Option<u32>),
        padding: f64,
        alone: f64,
    ) -> Self {
        let side = side.unwrap_or(DEFAULT_SIDE);
        let scale = scale_to(
            f64::from(side) - 2.0 * padding,
            plane.width().max(plane.height()),
        );
        Self {
            scale: scale.unwrap_or(alone),
            width: asked.0.or(Some(side)),
            height: asked.1.or(Some(side)),
        }
    }

    /// The first pixel and the length of one side. A side of a given length is centred on the
    /// extent.
    ///
    /// The roundings make heatmap.py's sizes, and its pixels west of Greenwich and north of the
    /// equator.
    fn side(&self, (from, to): (f64, f64), padding: f64, length: Option<u32>) -> (f64, f64) {
        let (from, to) = (from * self.scale - padding, to * self.scale + padding);
        match length {
            Some(length) => (
                ((from + to - f64::from(length) - 1.0) / 2.0).ceil(),
                f64::from(length),
            ),
            None => (from.ceil() - 1.0, (to - from).floor() + 1.0),
        }
    }
}

/// The pixels that a side has for the data, between the paddings.
fn room(name: &str, side: Option<u32>, padding: f64) -> Result<Option<f64>> {
    let Some(side) = side else { return Ok(None) };
    let room = f64::from(side) - 2.0 * padding;
    if room > 0.0 {
        return Ok(Some(room));
    }
    let least = 2.0 * padding + 1.0;
    Err(Error::usage(format!(
        "a {name} of {side} pixels has no room for the radius and the margin on both sides"
    ))
    .advice(format!(
        "make it at least {least}, or the radius and the margin smaller"
    )))
}

fn scale_to(room: f64, length: f64) -> Option<f64> {
    Some(room / length).filter(|scale| length > 0.0 && scale.is_finite())
}

fn within(max_pixels: u64, width: f64, height: f64) -> Result<Size> {
    let allowed = max_pixels.min(u32::MAX.into());
    let size = if width * height <= allowed as f64 {
        Size::new(width as u32, height as u32)
    } else {
        None
    };
    size.ok_or_else(|| {
        let short = |side: f64| {
            if side < 1e9 {
                side.to_string()
            } else {
                format!("{side:.1e}")
            }
        };
        let size = if (width * height).is_finite() {
            format!("{} × {}", short(width), short(height))
        } else {
            "countless".to_owned()
        };
        let fact = format!("a picture of {size} pixels is more than the {allowed} allowed");
        Error::new(ErrorKind::Limit, fact)
            .advice("ask for a smaller one (-W, -H, a larger -s) or raise --max-pixels")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(south: f64, west: f64, north: f64, east: f64) -> Extent {
        Extent::new(
            Degrees::new(south, west).unwrap(),
            Degrees::new(north, east).unwrap(),
        )
        .unwrap()
    }

    fn sides(view: &View) -> (usize, usize) {
        (view.size().width(), view.size().height())
    }

    #[test]
    fn the_width_asked_for_is_the_width_given() {
        for step in 1..500 {
            let east = f64::from(step) * 0.37 - 90.0;
            let options = Options {
                width: NonZeroU32::new(500),
                ..Options::default()
            };
            let view = View::fit(&options, Some(extent(10.0, -90.1, 11.0, east)), 5.0).unwrap();
            assert_eq!(view.size().width(), 500);
        }
    }

    #[test]
    fn by_default_the_longer_side_is_1024() {
        let wide = View::fit(&Options::default(), Some(extent(0.0, 0.0, 1.0, 3.0)), 5.0).unwrap();
        let tall = View::fit(&Options::default(), Some(extent(0.0, 0.0, 3.0, 1.0)), 5.0).unwrap();
        assert_eq!((sides(&wide).0, sides(&tall).1), (1024, 1024));
        assert!(sides(&wide).1 < 400 && sides(&tall).0 < 400);
    }

    #[test]
    fn the_data_keeps_the_reach_and_the_margin_from_the_edges() {
        let data = extent(50.0, -3.0, 51.0, 2.0);
        let view = View::fit(
            &Options {
                margin: 7,
                ..Options::default()
            },
            Some(data),
            4.5,
        )
        .unwrap();
        for corner in data.corners() {
            let Pixels { x, y } = view.pixels(corner);
            assert!(
                x > 10.9 && y > 10.9 && x < 1024.0 - 10.9 && y < view.size().height() as f64 - 10.9,
                "{x} {y}"
            );
        }
    }

    #[test]
    fn a_reach_on_the_ground_is_kept_from_the_edges_wherever_it_is_longest() {
        for (south, north) in [(-3.0, 3.0), (40.0, 60.0), (-70.0, -65.0), (-60.0, 80.0)] {
            let view = View::fit(
                &Options::default(),
                Some(extent(south, 5.0, north, 9.0)),
                Radius::Metres(3e5),
            )
            .unwrap();
            let radii = Radius::Metres(3e5).by_row(&view).unwrap();
            let [low, high] = [(south, 5.0), (north, 9.0)]
                .map(|(lat, lon)| view.pixels(Degrees::new(lat, lon).unwrap()));
            let reached = |y: f64, row: usize| (y.floor() - row as f64).abs() < radii[row];
            assert!(
                !reached(high.y, 0) && !reached(low.y, radii.len() - 1),
                "{south} {north}: too near"
            );
            let widest =
                (0..radii.len()).filter(|&row| reached(high.y, row) || reached(low.y, row));
            let widest = widest.map(|row| radii[row]).fold(0.0, f64::max);
            assert!(
                low.x.floor() >= widest && high.x + widest < view.size().width() as f64,
                "{south} {north}: {widest}"
            );
            // It fits well: hardly more is free.
            assert!(
                reached(high.y, 5) || reached(low.y, radii.len() - 6),
                "{south} {north}: too far"
            );
            assert!(low.x < widest + 6.0, "{south} {north}: {} {widest}", low.x);
        }
    }

    #[test]
    fn a_circle_on_the_ground_fills_the_picture() {
        let place = Some(extent(47.0, 8.0, 47.0, 8.0));
        let view = View::fit(&Options::default(), place, Radius::Metres(500.0)).unwrap();
        let radii = Radius::Metres(500.0).by_row(&view).unwrap();
        assert!((radii[512] - 511.0).abs() < 1.5, "{}", radii[512]);
        let refused = Options {
            projection: Projection::Equirectangular,
            ..Options::default()
        };
        assert_eq!(
            View::fit(&refused, place, Radius::Metres(500.0))
                .unwrap_err()
                .kind,
            ErrorKind::Usage
        );
    }

    #[test]
    fn a_single_place_is_centred() {
        let view = View::fit(&Options::default(), Some(extent(47.0, 8.0, 47.0, 8.0)), 5.0).unwrap();
        let Pixels { x, y } = view.pixels(Degrees::new(47.0, 8.0).unwrap());
        assert_eq!(sides(&view), (1024, 1024));
        assert!(
            (x - 512.0).abs() <= 1.0 && (y - 512.0).abs() <= 1.0,
            "{x} {y}"
        );
    }

    #[test]
    fn a_line_along_the_free_side_makes_a_square() {
        let options = Options {
            width: NonZeroU32::new(300),
            ..Options::default()
        };
        let view = View::fit(&options, Some(extent(46.0, 8.0, 47.0, 8.0)), 5.0).unwrap();
        assert_eq!(sides(&view), (300, 300));
    }

    #[test]
    fn no_room_and_too_large_are_errors() {
        let data = Some(extent(0.0, 0.0, 1.0, 1.0));
        let small = Options {
            width: NonZeroU32::new(10),
            ..Options::default()
        };
        assert_eq!(
            View::fit(&small, data, 5.0).unwrap_err().kind,
            ErrorKind::Usage
        );
        let large = Options {
            scale: Some(0.01),
            ..Options::default()
        };
        assert_eq!(
            View::fit(&large, data, 5.0).unwrap_err().kind,
            ErrorKind::Limit
        );
    }

    #[test]
    fn a_box_is_covered_edge_to_edge() {
        let bounds = Bounds {
            south: -10.0,
            west: 20.0,
            north: 40.0,
            east: 60.0,
        };
        let sized = |width, height| Options {
            width: NonZeroU32::new(width),
            height: NonZeroU32::new(height),
            ..Options::default()
        };
        for options in [sized(0, 0), sized(333, 0), sized(0, 77), sized(300, 100)] {
            let view = View::cover(&options, bounds).unwrap();
            let [a, b] = view.extent().corners();
            for (side, expected) in [
                (a.lat(), -10.0),
                (a.lon(), 20.0),
                (b.lat(), 40.0),
                (b.lon(), 60.0),
            ] {
                assert!((side - expected).abs() < 1e-9, "{side} {expected}");
            }
        }
        assert_eq!(
            sides(&View::cover(&sized(300, 100), bounds).unwrap()),
            (300, 100)
        );
        assert!(
            View::cover(
                &sized(9, 9),
                Bounds {
                    east: 20.0,
                    ..bounds
                }
            )
            .is_err()
        );
    }

    #[test]
    fn beyond_the_antimeridian_lies_the_other_side() {
        let bounds = Bounds {
            south: -20.0,
            west: 170.0,
            north: 20.0,
            east: 190.0,
        };
        let view = View::cover(
            &Options {
                width: NonZeroU32::new(200),
                ..Options::default()
            },
            bounds,
        )
        .unwrap();
        let place = |lon| Degrees::new(0.0, lon).unwrap();
        let column = |lon| view.column(place(lon)).round();
        assert_eq!(
            [175.0, 180.0, -180.0, -175.0].map(column),
            [50.0, 100.0, 100.0, 150.0]
        );
        let (from, to) = view.ends(place(179.0), place(-179.0));
        assert_eq!((from.x.round(), to.x.round()), (90.0, 110.0));
        // Far away it does not matter which way, but it is one way.
        let (from, to) = view.ends(place(-30.0), place(30.0));
        assert!((to.x - from.x).abs() < 1800.0);
    }

    #[test]
    fn pixels_of_one_scale_share_one_grid() {
        let options = Options {
            scale: Some(50.0),
            ..Options::default()
        };
        let whole = View::fit(&options, Some(extent(-1.0, -1.0, 1.0, 1.0)), 5.0).unwrap();
        let half = View::fit(&options, Some(extent(-1.0, 0.1234, 1.0, 1.0)), 5.0).unwrap();
        let place = Degrees::new(0.3, 0.7).unwrap();
        let shift = whole.pixels(place).x - half.pixels(place).x;
        assert!((shift - shift.round()).abs() < 1e-9, "{shift}");
    }

    #[test]
    fn a_plane_does_not_go_round() {
        let options = Options {
            projection: Projection::Plane { y_down: true },
            ..Options::default()
        };
        let view = View::cover(
            &options,
            Bounds {
                south: 0.0,
                west: 100.0,
                north: 100.0,
                east: 300.0,
            },
        )
        .unwrap();
        let place = |x| Degrees::on_plane(x, 50.0).unwrap();
        let (from, to) = view.ends(place(-300.0), place(300.0));
        assert!(
            (from.x + 2048.0).abs() < 1e-9 && (to.x - 1024.0).abs() < 1e-9 && from.y == 256.0,
            "{from:?} {to:?}"
        );
        assert_eq!(view.extent().to_string(), "0,100,100,300");
    }

    #[test]
    fn numbers_that_are_no_picture_of_a_plane_are_refused() {
        let view = |scale: f64, origin: f64| {
            let size = Size::new(10, 10).unwrap();
            View::new(
                Projection::Plane { y_down: false },
                (scale, scale),
                (origin, origin),
                size,
            )
        };
        assert!(
            view(1e-12, 0.0).is_some() && view(1e12, -1e13).is_some() && view(1.0, 5e13).is_some()
        );
        for (scale, origin) in [
            (0.0, 0.0),
            (f64::NAN, 0.0),
            (1.0, f64::NAN),
            (1e-15, 0.0),
            (1e12, 1e14),
            (1e-3, 1e13),
        ] {
            assert!(view(scale, origin).is_none(), "{scale} {origin}");
        }
    }
}
