//! Bounding boxes, of data and of pictures.

use std::fmt;

use super::{Coord, Crs, Geometry, NotAPlace, Shape};

/// Stretches of a side of a box whose ends are projected, where it does not stay straight. PROJ and
/// GDAL take as many.
pub(super) const STRETCHES: u32 = 21;

/// The nodes of a regular grid over the unit square, which has so many stretches along each side.
pub(super) fn unit_grid(stretches: u32) -> impl Iterator<Item = (f64, f64)> {
    let part = move |step: u32| f64::from(step) / f64::from(stretches);
    let row = move |y: u32| (0..=stretches).map(move |x| (part(x), part(y)));
    (0..=stretches).flat_map(row)
}

/// A box in degrees, or in the unit of a plane; never empty (it may be a single place), south never
/// beyond north, west never beyond east.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    south_west: Coord,
    north_east: Coord,
}

impl Extent {
    /// The box between two corners, or `None` when they are the wrong way round.
    #[must_use]
    pub fn new(south_west: Coord, north_east: Coord) -> Option<Self> {
        let in_order = south_west.y() <= north_east.y() && south_west.x() <= north_east.x();
        in_order.then_some(Self {
            south_west,
            north_east,
        })
    }

    /// All of the earth.
    pub(super) const fn earth() -> Self {
        Self {
            south_west: Coord::unchecked(-180.0, -90.0),
            north_east: Coord::unchecked(180.0, 90.0),
        }
    }

    /// The smallest box in degrees around one in numbers of a system: left, bottom, right, top.
    ///
    /// # Errors
    /// When none of it is on the earth.
    pub fn around(crs: Crs, [left, bottom, right, top]: [f64; 4]) -> Result<Self, NotAPlace> {
        let numbers = |(x, y)| (left + (right - left) * x, bottom + (top - bottom) * y);
        let all = unit_grid(STRETCHES).map(numbers);
        let places = all.filter_map(|(x, y)| crs.place(x, y).ok());
        let boxes = places.map(|at| Self {
            south_west: at,
            north_east: at,
        });
        boxes
            .reduce(Self::union)
            .ok_or(NotAPlace::Beyond(left, bottom))
    }

    /// The smallest box around two boxes.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.corners(), other.corners());
        Self {
            south_west: Coord::unchecked(a.x().min(c.x()), a.y().min(c.y())),
            north_east: Coord::unchecked(b.x().max(d.x()), b.y().max(d.y())),
        }
    }

    /// South-west and north-east.
    #[must_use]
    pub fn corners(self) -> [Coord; 2] {
        [self.south_west, self.north_east]
    }
}

/// Which way round the earth a frame and lines go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrap {
    /// Across 180° where that is the shorter way.
    #[default]
    Auto,
    /// Never across 180°.
    Never,
}

/// Extent of data either way round the earth, so that the shorter one can be taken in the end.
///
/// Two boxes are enough, one with longitudes as they are and one with those from 0 to 360: an arc
/// of at most 180° that crosses the 180th meridian does not reach the prime meridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footprint {
    plain: Extent,
    /// The least and the most of the longitudes when they count from 0 to 360.
    turned: (f64, f64),
}

impl Footprint {
    /// The frame across 180° is only taken up to this width: data all around the earth stay where
    /// maps of the world have them.
    const WIDEST: f64 = 180.0;

    /// The footprint of some shapes; `None` when there are none.
    #[must_use]
    pub fn of(shapes: &[Shape]) -> Option<Self> {
        let plain = Extent::of(shapes)?;
        let [low, high] = plain.corners();
        let turned = match (low.x() < 0.0, high.x() < 0.0) {
            (false, _) => (low.x(), high.x()),
            (true, true) => (low.x() + 360.0, high.x() + 360.0),
            (true, false) => Self::turned(shapes),
        };
        Some(Self { plain, turned })
    }

    /// The longitudes of shapes on both sides of 0°, counted from there eastward.
    fn turned(shapes: &[Shape]) -> (f64, f64) {
        let mut turned = (f64::INFINITY, f64::NEG_INFINITY);
        let mut around = |at: Coord| {
            let x = if at.x() < 0.0 { at.x() + 360.0 } else { at.x() };
            turned = (lesser(turned.0, x), greater(turned.1, x));
        };
        for shape in shapes {
            match shape.geometry {
                Geometry::Point(at) => around(at),
                Geometry::Segment(from, to) => [from, to].into_iter().for_each(&mut around),
            }
        }
        turned
    }

    /// The footprint of two together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let (a, b) = (self.turned, other.turned);
        Self {
            plain: self.plain.union(other.plain),
            turned: (a.0.min(b.0), a.1.max(b.1)),
        }
    }

    /// The extent of it all in a coordinate system. Across 180° its east is beyond that.
    #[must_use]
    pub fn extent(self, crs: Crs, wrap: Wrap) -> Extent {
        let [low, high] = self.plain.corners();
        let across = |west, east| Extent {
            south_west: Coord::unchecked(west, low.y()),
            north_east: Coord::unchecked(east, high.y()),
        };
        let (west, east) = self.turned;
        let is_short = |west: f64, east: f64| wrap == Wrap::Auto && east - west <= Self::WIDEST;
        if crs.is_plane() || is_short(low.x(), high.x()) {
            self.plain
        } else if is_short(west, east) {
            across(west, east)
        } else if low.x() < -180.0 || high.x() > 180.0 {
            // A line that leaves the map of the world at one side comes in again at the other.
            across(-180.0, 180.0)
        } else {
            self.plain
        }
    }
}

/// The lesser of two numbers, of which none is NaN: one instruction, where `f64::min` is six.
pub(super) fn lesser(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The greater of two numbers, of which none is NaN.
pub(super) fn greater(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The outer edges of a picture in degrees, or in units of a plane. Longitudes may lie beyond ±180,
/// latitudes beyond ±90; west is always less than east, south less than north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The lower edge.
    pub south: f64,
    /// The left edge.
    pub west: f64,
    /// The upper edge.
    pub north: f64,
    /// The right edge.
    pub east: f64,
}

/// The edges of an extent.
impl From<Extent> for Bounds {
    fn from(extent: Extent) -> Self {
        let [south_west, north_east] = extent.corners();
        Self {
            south: south_west.y(),
            west: south_west.x(),
            north: north_east.y(),
            east: north_east.x(),
        }
    }
}

/// South,west,north,east.
impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            south,
            west,
            north,
            east,
        } = self;
        write!(f, "{south},{west},{north},{east}")
    }
}

/// South,west,north,east.
impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.corners();
        write!(f, "{},{},{},{}", a.y(), a.x(), b.y(), b.x())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The west and the east of the frame of some longitudes.
    fn frame(longitudes: &[f64], wrap: Wrap) -> (f64, f64) {
        let point = |&lon: &f64| Shape::point(Coord::lat_lon(10.0, lon).unwrap());
        let footprints = longitudes
            .iter()
            .filter_map(|lon| Footprint::of(&[point(lon)]));
        let all = footprints.reduce(Footprint::union).unwrap();
        let at_once: Vec<Shape> = longitudes.iter().map(point).collect();
        assert_eq!(Footprint::of(&at_once), Some(all), "{longitudes:?}");
        let [low, high] = all.extent(Crs::Wgs84, wrap).corners();
        (low.x(), high.x())
    }

    #[test]
    fn data_on_both_sides_of_180_are_framed_the_shorter_way_up_to_half_the_earth() {
        for (longitudes, wanted) in [
            (&[179.5, -179.5][..], (179.5, 180.5)),
            (&[-120.0, 140.0, 170.0], (140.0, 240.0)),
            (&[180.0, -180.0], (180.0, 180.0)),
            (&[-90.0, 90.0], (-90.0, 90.0)),
            (&[-95.0, 90.0, 100.0], (90.0, 265.0)),
            (&[-74.0, 10.0, 140.0], (-74.0, 140.0)),
            (&[-179.0, -60.0, 0.0, 60.0, 179.0], (-179.0, 179.0)),
            (&[3.0], (3.0, 3.0)),
            (&[-180.0, -60.0, 60.0], (-180.0, 60.0)),
            (&[-60.0, 60.0, 180.0], (-60.0, 180.0)),
        ] {
            assert_eq!(frame(longitudes, Wrap::Auto), wanted, "{longitudes:?}");
        }
        assert_eq!(frame(&[179.5, -179.5], Wrap::Never), (-179.5, 179.5));
    }

    #[test]
    fn a_line_across_180_by_itself_is_framed_there() {
        let at = |lon| Coord::unchecked(lon, 10.0);
        let line = Footprint::of(&[Shape::segment(at(179.0), at(181.0))]).unwrap();
        let framed = |wrap| line.extent(Crs::WebMercator, wrap).to_string();
        assert_eq!(framed(Wrap::Auto), "10,179,10,181");
        assert_eq!(framed(Wrap::Never), "10,-180,10,180");
    }

    #[test]
    fn a_line_across_180_takes_the_map_of_the_world_to_its_ends() {
        let at = |lon| Coord::unchecked(lon, 10.0);
        let westward = [
            Shape::segment(at(-170.0), at(-190.0)),
            Shape::point(at(0.0)),
        ];
        let extent = Footprint::of(&westward)
            .unwrap()
            .extent(Crs::WebMercator, Wrap::Auto);
        assert_eq!(extent.to_string(), "10,-180,10,180");
        let around = [Shape::segment(at(170.0), at(190.0)), Shape::point(at(0.0))];
        let extent = Footprint::of(&around)
            .unwrap()
            .extent(Crs::WebMercator, Wrap::Auto);
        assert_eq!(extent.to_string(), "10,-180,10,180");
        let plane = Footprint::of(&around)
            .unwrap()
            .extent(Crs::Plane { y_down: false }, Wrap::Auto);
        assert_eq!(plane.to_string(), "10,0,10,190");
    }
}
