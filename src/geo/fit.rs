//! Fitting of a picture to what it is to show: options and bounds → [`View`].

use std::num::NonZeroU32;

use super::bounds::{STRETCHES, unit_grid};
use super::crs::mercator::{EARTH_RADIUS, reaching, widened};
use super::ground::metres_per_unit;
use super::{Bounds, Coord, Crs, Extent, Radius, View, Wrap};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::raster::Size;

/// The longer side, in pixels, of a picture nobody gave a size to.
const DEFAULT_SIDE: u32 = 1024;
/// Metres (or units) per pixel around a single place, where there is nothing to fit the scale to: a
/// village at the default size.
const SINGLE_PLACE_SCALE: f64 = 1.0;

/// What the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct MapOptions {
    /// The coordinate system of the picture, which is how the earth is laid flat.
    pub crs: Crs,
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
    /// The longest side, in pixels, of those that follow from the data: one odd place makes a long
    /// strip of any picture. JPEG and WebP end where this does by default, or before.
    pub max_side: u64,
    /// Which way round the earth the frame of data goes.
    pub wrap: Wrap,
}

impl MapOptions {
    /// Whether they say anything about where the edges of the picture are, or how it is laid flat.
    #[must_use]
    pub fn is_framed(&self) -> bool {
        let usual = Self {
            max_pixels: self.max_pixels,
            max_side: self.max_side,
            wrap: self.wrap,
            ..Self::default()
        };
        *self != usual
    }
}

impl Default for MapOptions {
    fn default() -> Self {
        Self {
            crs: Crs::WebMercator,
            scale: None,
            width: None,
            height: None,
            extent: None,
            margin: 0,
            max_pixels: 1_000_000_000,
            max_side: 65_500,
            wrap: Wrap::Auto,
        }
    }
}

impl View {
    /// The view that shows an extent (the one asked for, or else that of the data) with heat of
    /// this reach and the margin around it.
    ///
    /// # Errors
    /// When the size asked for has no room for that, the picture would be larger than allowed, or
    /// the reach is one on the ground and the projection has no circles.
    pub fn fit(
        options: &MapOptions,
        data: Option<Extent>,
        reach: impl Into<Radius>,
    ) -> Result<Self> {
        let reach = reach.into();
        reach.check(options.crs)?;
        let extent = options
            .extent
            .or(data)
            .ok_or_else(|| Error::new(ErrorKind::Input, "there is nothing to draw"))?;
        let plane = Planar::around(extent.into(), options.crs);
        // How many pixels the ground is, is known only after fitting.
        let (plane, reach) = match reach {
            Radius::Pixels(pixels) => (plane, pixels.ceil()),
            Radius::Metres(metres) => (plane.grown(metres, options.crs), 1.0),
        };
        let padding = f64::from(options.margin) + reach;
        let frame = Fitted::fit(options, &plane, padding)?;
        let [(left, width), (top, height)] = [
            frame.side(plane.x, padding, frame.width),
            frame.side(plane.y, padding, frame.height),
        ];
        let size = within(options, width, height)?;
        Self::drawn(options.crs, (frame.scale, frame.scale), (left, top), size)
    }

    /// The view that shows a box and nothing else, edge to edge: it is stretched if both sides are
    /// asked for, and by less than a pixel otherwise.
    ///
    /// # Errors
    /// When the picture would be larger than allowed.
    pub fn cover(options: &MapOptions, bounds: Bounds) -> Result<Self> {
        let plane = Planar::around(bounds, options.crs);
        let is_sound = bounds.west < bounds.east && bounds.south < bounds.north;
        Self::covering(options, &plane, is_sound)
    }

    /// The same of a box in numbers of a system: left, bottom, right, top. In another one than that
    /// of the picture it is the smallest box around it.
    ///
    /// # Errors
    /// When the picture would be larger than allowed, or the box is not on the earth.
    pub fn cover_in(options: &MapOptions, crs: Crs, edges: [f64; 4]) -> Result<Self> {
        let [left, bottom, right, top] = edges;
        let is_sound = left < right && bottom < top;
        if crs != options.crs {
            let extent =
                Extent::around(crs, edges).map_err(|fact| Error::usage(fact.to_string()))?;
            return Self::covering(
                options,
                &Planar::within(edges, crs, extent, options.crs),
                is_sound,
            );
        }
        let (unit, down) = (crs.unit(), crs.down());
        let plane = Planar {
            x: (left / unit, right / unit),
            y: (top * down / unit, bottom * down / unit),
        };
        Self::covering(options, &plane, is_sound)
    }

    fn covering(options: &MapOptions, plane: &Planar, is_sound: bool) -> Result<Self> {
        let crs = options.crs;
        let (across, high) = (plane.width(), plane.height());
        if !(across > 0.0 && high > 0.0 && is_sound) {
            return Err(Error::usage(
                "the box is empty, or all of it lies beyond the end of Mercator's map at ±85.0511°",
            )
            .advice("west must be less than east, and south less than north"));
        }
        let sides = (
            options.width.map(|side| f64::from(side.get())),
            options.height.map(|side| f64::from(side.get())),
        );
        let scale = options.scale.map(|scale| crs.pixels_per_unit(scale));
        let scale = scale.unwrap_or_else(|| match sides {
            (Some(width), _) => width / across,
            (None, Some(height)) => height / high,
            (None, None) => f64::from(DEFAULT_SIDE) / across.max(high),
        });
        let side =
            |asked: Option<f64>, length: f64| asked.unwrap_or((length * scale).round().max(1.0));
        let (width, height) = (side(sides.0, across), side(sides.1, high));
        let size = within(options, width, height)?;
        let scale = (width / across, height / high);
        Self::drawn(crs, scale, (plane.x.0 * scale.0, plane.y.0 * scale.1), size)
    }

    /// A view whose numbers were computed.
    fn drawn(crs: Crs, scale: (f64, f64), origin: (f64, f64), size: Size) -> Result<Self> {
        Self::new_finite(crs, scale, origin, size).ok_or_else(|| {
            let fact =
                "the pixels are too small, or too large, to tell them apart so far from (0, 0)";
            Error::new(ErrorKind::Limit, fact).remedy(Remedy::OtherScale)
        })
    }
}

/// A box on the plane of a coordinate system, in its units: from left to right, and from the top
/// down, whichever way its y goes.
struct Planar {
    x: (f64, f64),
    y: (f64, f64),
}

impl Planar {
    const NOTHING: Self = Self {
        x: (f64::INFINITY, f64::NEG_INFINITY),
        y: (f64::INFINITY, f64::NEG_INFINITY),
    };

    /// The smallest box around bounds.
    fn around(bounds: Bounds, crs: Crs) -> Self {
        let Bounds {
            south,
            west,
            north,
            east,
        } = bounds;
        let mut around = Self::NOTHING;
        // Straight edges need no more than their corners. Else the image of the edges mostly holds
        // that of all within, but around a pole it is the other way round.
        let stretches = if crs.is_separable() { 1 } else { STRETCHES };
        for (x, y) in unit_grid(stretches) {
            let (x, y) = (between(west, east, x), between(south, north, y));
            around.take(crs.forward(Coord::unchecked(x, y)), crs.down());
        }
        around
    }

    /// The smallest box around one in numbers of another system, which lies in an extent.
    fn within([left, bottom, right, top]: [f64; 4], from: Crs, extent: Extent, to: Crs) -> Self {
        let mut around = Self::NOTHING;
        for (x, y) in unit_grid(STRETCHES) {
            let (x, y) = (between(left, right, x), between(bottom, top, y));
            if let Ok(at) = from.place(x, y) {
                around.take(to.forward(at), to.down());
            }
        }
        if around.x.0 <= around.x.1 {
            around
        } else {
            Self::around(extent.into(), to)
        }
    }

    fn take(&mut self, (x, y): (f64, f64), down: f64) {
        let y = y * down;
        self.x = (self.x.0.min(x), self.x.1.max(x));
        self.y = (self.y.0.min(y), self.y.1.max(y));
    }

    /// With all places of a map in Mercator for which an extent lies within a radius in metres,
    /// measured where they are.
    fn grown(self, metres: f64, crs: Crs) -> Self {
        if matches!(crs, Crs::Projected(_)) {
            let units = metres * self.units_per_metre(crs);
            return self.grown_by(units);
        }
        let radius = (metres / EARTH_RADIUS).to_degrees();
        let (north, south) = (
            self.y.0 - reaching(-self.y.0, radius),
            self.y.1 + reaching(self.y.1, radius),
        );
        let across = widened(north.abs().max(south.abs()), radius);
        Self {
            x: (self.x.0 - across, self.x.1 + across),
            y: (north, south),
        }
    }

    fn grown_by(self, units: f64) -> Self {
        Self {
            x: (self.x.0 - units, self.x.1 + units),
            y: (self.y.0 - units, self.y.1 + units),
        }
    }

    /// How many units of a projected system a metre on the ground is at the most, at the corners
    /// and in the middle; with room for what lies between.
    fn units_per_metre(&self, crs: Crs) -> f64 {
        const ROOM: f64 = 1.01;
        let step = 100.0 / crs.metres();
        let middles =
            [(self.x, 0.5), (self.y, 0.5)].map(|((from, to), part)| between(from, to, part));
        let corners = [self.x.0, self.x.1].map(|x| [self.y.0, self.y.1].map(|y| [x, y]));
        let places = corners.as_flattened().iter().chain([&middles]);
        let metres = places.flat_map(|&[x, y]| metres_per_unit(crs, (x, y * crs.down()), step));
        let least = metres.filter(|metres| *metres > 0.0).reduce(f64::min);
        ROOM / least.unwrap_or(crs.metres())
    }

    fn width(&self) -> f64 {
        self.x.1 - self.x.0
    }

    fn height(&self) -> f64 {
        self.y.1 - self.y.0
    }
}

/// A part of the way from one number to another; both ends are exact.
fn between(from: f64, to: f64, part: f64) -> f64 {
    from * (1.0 - part) + to * part
}

/// A scale, and the sides of the picture as far as they are fixed.
struct Fitted {
    scale: f64,
    width: Option<u32>,
    height: Option<u32>,
}

impl Fitted {
    fn fit(options: &MapOptions, plane: &Planar, padding: f64) -> Result<Self> {
        let (width, height) = (
            options.width.map(NonZeroU32::get),
            options.height.map(NonZeroU32::get),
        );
        if let Some(scale) = options.scale {
            return Ok(Self {
                scale: options.crs.pixels_per_unit(scale),
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
                let alone = options.crs.pixels_per_unit(SINGLE_PLACE_SCALE);
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
        plane: &Planar,
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
    Some(room / length).filter(|scale| scale.is_finite())
}

fn within(options: &MapOptions, width: f64, height: f64) -> Result<Size> {
    let allowed = options.max_pixels.min(u32::MAX.into());
    let size = (width * height <= allowed as f64)
        .then(|| Size::new(width as u32, height as u32))
        .flatten();
    // A scale that was asked for makes both sides long; else it is the data that do.
    if size.is_some() || options.scale.is_none() {
        sides_within(options, width, height)?;
    }
    size.ok_or_else(|| {
        let size = in_words(width, height);
        let fact = format!("a picture of {size} pixels is more than the {allowed} allowed");
        Error::new(ErrorKind::Limit, fact).remedy(Remedy::SmallerPictureOrMorePixels)
    })
}

/// Looks at the sides that nobody asked for.
fn sides_within(options: &MapOptions, width: f64, height: f64) -> Result<()> {
    let longest = options.max_side;
    let sides = [(options.width, width), (options.height, height)];
    let is_too_long =
        |(asked, side): (Option<NonZeroU32>, f64)| asked.is_none() && side > longest as f64;
    if !sides.into_iter().any(is_too_long) {
        return Ok(());
    }
    let size = in_words(width, height);
    let fact = format!("a picture of {size} pixels has a side of more than {longest}");
    Err(Error::new(ErrorKind::Limit, fact).remedy(Remedy::OtherSidesOrLonger))
}

fn in_words(width: f64, height: f64) -> String {
    let short = |side: f64| {
        if side < 1e9 {
            side.to_string()
        } else {
            format!("{side:.1e}")
        }
    };
    if (width * height).is_finite() {
        format!("{} × {}", short(width), short(height))
    } else {
        "countless".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Pixels;

    fn extent(south: f64, west: f64, north: f64, east: f64) -> Extent {
        Extent::new(
            Coord::lat_lon(south, west).unwrap(),
            Coord::lat_lon(north, east).unwrap(),
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
            let options = MapOptions {
                width: NonZeroU32::new(500),
                ..MapOptions::default()
            };
            let view = View::fit(&options, Some(extent(10.0, -90.1, 11.0, east)), 5.0).unwrap();
            assert_eq!(view.size().width(), 500);
        }
    }

    /// The edges of boxes in degrees as PROJ has them, where sides are curves on the picture.
    #[test]
    fn a_box_in_another_system_is_covered_with_its_sides() {
        for (code, [left, bottom, right, top], [west, south, east, north]) in [
            (
                32633,
                [400_000.0, 5_400_000.0, 600_000.0, 5_600_000.0],
                [13.588_661, 48.744_984, 16.411_339, 50.551_932],
            ),
            (
                3035,
                [2_500_000.0, 1_500_000.0, 5_500_000.0, 4_500_000.0],
                [-23.647_229, 34.427_825, 32.780_749, 63.603_862],
            ),
        ] {
            let crs = Crs::named(&format!("EPSG:{code}"), false).unwrap();
            let cover = |edges| View::cover_in(&MapOptions::default(), crs, edges);
            let view = cover([left, bottom, right, top]).unwrap();
            let shown = view.bounds();
            let off = [
                shown.west - west,
                shown.south - south,
                shown.east - east,
                shown.north - north,
            ];
            // A pixel, and what lies between the places that are looked at on a side.
            let near = 0.003 * (east - west);
            assert!(off.iter().all(|off| off.abs() < near), "{code}: {off:?}");
            assert!(cover([right, bottom, left, top]).is_err());
            assert!(cover([1e12, 1e12, 2e12, 2e12]).is_err());
        }
    }

    #[test]
    fn by_default_the_longer_side_is_1024() {
        let wide = View::fit(
            &MapOptions::default(),
            Some(extent(0.0, 0.0, 1.0, 3.0)),
            5.0,
        )
        .unwrap();
        let tall = View::fit(
            &MapOptions::default(),
            Some(extent(0.0, 0.0, 3.0, 1.0)),
            5.0,
        )
        .unwrap();
        assert_eq!((sides(&wide).0, sides(&tall).1), (1024, 1024));
        assert!(sides(&wide).1 < 400 && sides(&tall).0 < 400);
    }

    #[test]
    fn the_data_keeps_the_reach_and_the_margin_from_the_edges() {
        let data = extent(50.0, -3.0, 51.0, 2.0);
        let view = View::fit(
            &MapOptions {
                margin: 7,
                ..MapOptions::default()
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
                &MapOptions::default(),
                Some(extent(south, 5.0, north, 9.0)),
                Radius::Metres(3e5),
            )
            .unwrap();
            let radii = Radius::Metres(3e5).by_row(&view).unwrap();
            let [low, high] = [(south, 5.0), (north, 9.0)]
                .map(|(lat, lon)| view.pixels(Coord::lat_lon(lat, lon).unwrap()));
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
        let view = View::fit(&MapOptions::default(), place, Radius::Metres(500.0)).unwrap();
        let radii = Radius::Metres(500.0).by_row(&view).unwrap();
        assert!((radii[512] - 511.0).abs() < 1.5, "{}", radii[512]);
        let refused = MapOptions {
            crs: Crs::Wgs84,
            ..MapOptions::default()
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
        let view = View::fit(
            &MapOptions::default(),
            Some(extent(47.0, 8.0, 47.0, 8.0)),
            5.0,
        )
        .unwrap();
        let Pixels { x, y } = view.pixels(Coord::lat_lon(47.0, 8.0).unwrap());
        assert_eq!(sides(&view), (1024, 1024));
        assert!(
            (x - 512.0).abs() <= 1.0 && (y - 512.0).abs() <= 1.0,
            "{x} {y}"
        );
    }

    #[test]
    fn a_line_along_the_free_side_makes_a_square() {
        let options = MapOptions {
            width: NonZeroU32::new(300),
            ..MapOptions::default()
        };
        let view = View::fit(&options, Some(extent(46.0, 8.0, 47.0, 8.0)), 5.0).unwrap();
        assert_eq!(sides(&view), (300, 300));
        let row = |lat| view.pixels(Coord::lat_lon(lat, 8.0).unwrap()).y;
        let (top, bottom) = (row(47.0), 300.0 - row(46.0));
        assert!(
            (top - 5.0).abs() <= 1.0 && (bottom - 5.0).abs() <= 1.0,
            "{top} {bottom}"
        );
    }

    #[test]
    fn no_room_and_too_large_are_errors() {
        let data = Some(extent(0.0, 0.0, 1.0, 1.0));
        let small = MapOptions {
            width: NonZeroU32::new(10),
            ..MapOptions::default()
        };
        let error = View::fit(&small, data, 5.0).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        let Some(Remedy::Words(advice)) = error.remedy else {
            panic!("no advice");
        };
        assert!(advice.starts_with("make it at least 11, "), "{advice}");
        let least = MapOptions {
            width: NonZeroU32::new(11),
            ..small
        };
        assert!(View::fit(&least, data, 5.0).is_ok());
        let large = MapOptions {
            scale: Some(0.01),
            ..MapOptions::default()
        };
        assert_eq!(
            View::fit(&large, data, 5.0).unwrap_err().kind,
            ErrorKind::Limit
        );
    }

    #[test]
    fn a_side_that_follows_from_the_data_has_an_end() {
        let strip = Some(extent(0.0, 0.0, 60.0, 0.01));
        let wide = |width| MapOptions {
            width: NonZeroU32::new(width),
            ..MapOptions::default()
        };
        let error = View::fit(&wide(64), strip, 5.0).unwrap_err();
        assert_eq!(error.remedy, Some(Remedy::OtherSidesOrLonger));
        assert!(error.fact.ends_with("a side of more than 65500"), "{error}");
        let to_scale = MapOptions {
            scale: Some(10.0),
            max_pixels: 1 << 30,
            ..MapOptions::default()
        };
        let error = View::fit(&to_scale, strip, 5.0).unwrap_err();
        assert_eq!(error.remedy, Some(Remedy::OtherSidesOrLonger));
        let up_to = |max_side| MapOptions {
            max_side,
            ..wide(64)
        };
        let height = sides(&View::fit(&up_to(1_000_000), strip, 5.0).unwrap()).1;
        assert!(View::fit(&up_to(height as u64), strip, 5.0).is_ok());
        assert!(View::fit(&up_to(height as u64 - 1), strip, 5.0).is_err());
        let asked = MapOptions {
            height: NonZeroU32::new(70_000),
            ..wide(64)
        };
        assert!(View::fit(&asked, strip, 5.0).is_ok());
        let bounds = strip.map(Bounds::from).unwrap();
        assert!(View::cover(&wide(64), bounds).is_err());
        assert!(View::cover(&asked, bounds).is_ok());
    }

    #[test]
    fn a_box_is_covered_edge_to_edge() {
        let bounds = Bounds {
            south: -10.0,
            west: 20.0,
            north: 40.0,
            east: 60.0,
        };
        let sized = |width, height| MapOptions {
            width: NonZeroU32::new(width),
            height: NonZeroU32::new(height),
            ..MapOptions::default()
        };
        for options in [sized(0, 0), sized(333, 0), sized(0, 77), sized(300, 100)] {
            let view = View::cover(&options, bounds).unwrap();
            let [a, b] = view.extent().corners();
            for (side, expected) in [(a.y(), -10.0), (a.x(), 20.0), (b.y(), 40.0), (b.x(), 60.0)] {
                assert!((side - expected).abs() < 1e-9, "{side} {expected}");
            }
        }
        assert_eq!(
            sides(&View::cover(&sized(300, 100), bounds).unwrap()),
            (300, 100)
        );
        let (across, down) = View::cover(&sized(0, 77), bounds).unwrap().scale();
        assert!((across / down - 1.0).abs() < 0.01, "{across} {down}");
        for (south, east) in [(-10.0, 20.0), (-10.0, 19.0), (40.0, 60.0), (41.0, 60.0)] {
            let empty = Bounds {
                south,
                east,
                ..bounds
            };
            let error = View::cover(&sized(9, 9), empty).unwrap_err();
            assert!(error.fact.starts_with("the box is empty"), "{error}");
        }
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
            &MapOptions {
                width: NonZeroU32::new(200),
                ..MapOptions::default()
            },
            bounds,
        )
        .unwrap();
        let place = |lon| Coord::lat_lon(0.0, lon).unwrap();
        let column = |lon| view.column(place(lon)).round();
        assert_eq!(
            [175.0, 180.0, -180.0, -175.0].map(column),
            [50.0, 100.0, 100.0, 150.0]
        );
        let (from, to) = view.ends(place(179.0), place(-179.0));
        assert_eq!((from.x.round(), to.x.round()), (90.0, 110.0));
        // Far away it does not matter which way, but it is one way.
        let (from, to) = view.ends(place(-30.0), place(30.0));
        assert_eq!((to.x - from.x).round(), 600.0);
        let (from, to) = view.ends(place(30.0), place(-30.0));
        assert_eq!((to.x - from.x).round(), -600.0);
        // A picture west of the meridian shows the same places.
        let options = MapOptions {
            width: NonZeroU32::new(200),
            ..MapOptions::default()
        };
        let west = Bounds {
            west: -190.0,
            east: -170.0,
            ..bounds
        };
        let west = View::cover(&options, west).unwrap();
        let column = |lon| west.column(place(lon)).round();
        assert_eq!(
            [175.0, 180.0, -180.0, -175.0].map(column),
            [50.0, 100.0, 100.0, 150.0]
        );
    }

    #[test]
    fn pixels_of_one_scale_share_one_grid() {
        let options = MapOptions {
            scale: Some(50.0),
            ..MapOptions::default()
        };
        let whole = View::fit(&options, Some(extent(-1.0, -1.0, 1.0, 1.0)), 5.0).unwrap();
        let half = View::fit(&options, Some(extent(-1.0, 0.1234, 1.0, 1.0)), 5.0).unwrap();
        let place = Coord::lat_lon(0.3, 0.7).unwrap();
        let shift = whole.pixels(place).x - half.pixels(place).x;
        assert!((shift - shift.round()).abs() < 1e-9, "{shift}");
    }

    #[test]
    fn a_plane_does_not_go_round() {
        let options = MapOptions {
            crs: Crs::Plane { y_down: true },
            ..MapOptions::default()
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
        let place = |x| Coord::unchecked(x, 50.0);
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
                Crs::Plane { y_down: false },
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

    #[test]
    fn sides_that_are_too_long_are_told_in_few_digits() {
        let bounds = Bounds::from(extent(0.0, 0.0, 1.0, 1.0));
        let fact = |width, height, scale| {
            let options = MapOptions {
                width: NonZeroU32::new(width),
                height: NonZeroU32::new(height),
                scale,
                max_pixels: 1000,
                ..MapOptions::default()
            };
            View::cover(&options, bounds).unwrap_err().fact
        };
        for (width, height, scale, size) in [
            (1001, 1, None, "1001 × 1"),
            (100, 100, None, "100 × 100"),
            (1, 4_000_000_000, None, "1 × 4.0e9"),
            (0, 0, Some(1e-200), "countless"),
        ] {
            let expected = format!("a picture of {size} pixels is more than the 1000 allowed");
            assert_eq!(fact(width, height, scale), expected);
        }
    }
}
