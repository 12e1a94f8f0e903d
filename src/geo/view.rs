//! Views: which part of the earth a picture shows, at which scale, on how many pixels.
//!
//! That is a coordinate system, an affine transform from pixels to it, and a size, in the words of
//! GDAL: all that other programs need to place a picture. Nothing is clamped here. A picture may
//! reach a little beyond 180° and, in plate carrée, beyond the poles (the heat around a place at
//! the edge of the earth needs room), and an edge that is moved to the edge of the earth moves all
//! pixels with it.

use super::bounds::unit_grid;
use super::{Bounds, Coord, Crs, Extent};
use crate::raster::Size;

/// Degrees that rounding adds or takes.
const HAIR: f64 = 1e-9;
/// A picture that begins this near to a whole pixel (in pixels) begins there, and the rest is
/// rounding.
const PIXEL_HAIR: f64 = 1e-6;
/// How far from (0°, 0°) a picture may begin, in degrees of longitude: a few times around the
/// world.
const FARTHEST: f64 = 2000.0;
/// How far from (0, 0) the corners of a picture of a plane may be, in its units: beyond all places.
const FARTHEST_ON_PLANE: f64 = 1e15;
/// And in pixels: there places are exact to 1/64 of a pixel.
const FARTHEST_PIXEL: f64 = 70_368_744_177_664.0;
/// Stretches of a side of a picture whose ends are asked where they lie, where rows are no
/// parallels.
const STRETCHES: u32 = 42;
/// How often a line across the seam of a map is halved to find where it crosses.
const HALVES: usize = 50;

/// A place in a picture: x to the right, y down, in pixels from the top left corner. Pixel (0, 0)
/// is where both lie in [0, 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pixels {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// Affine transform from the pixels of a picture that lies north up to the numbers of its
/// coordinate system. Pixels are areas: the corner is that of the first one, not its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transform {
    /// The upper left corner of the picture.
    pub corner: (f64, f64),
    /// From pixel to pixel: to the right, which is positive, and down, which is negative unless y
    /// goes down.
    pub pixel: (f64, f64),
}

impl Transform {
    /// The numbers of a point of the picture.
    #[must_use]
    pub fn at(&self, at: Pixels) -> (f64, f64) {
        (
            self.corner.0 + at.x * self.pixel.0,
            self.corner.1 + at.y * self.pixel.1,
        )
    }

    /// How wide and how high a pixel is.
    #[must_use]
    pub fn cell(&self) -> (f64, f64) {
        (self.pixel.0, self.pixel.1.abs())
    }
}

/// Which part of the earth, or of a plane, a picture shows: a coordinate system, a
/// [transform](Self::transform) and a size.
///
/// The transform is held as a scale and as a first pixel that is whole in pictures that are fitted,
/// and not as a corner: so the grid of pixels is exactly the same for every picture of a scale,
/// whatever it shows, and neighbouring pictures meet without a seam.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    crs: Crs,
    /// Pixels per unit of the plane, across and down. The same unless the picture is stretched.
    scale: (f64, f64),
    /// The top left pixel, in pixels from (0, 0) of the plane to the right and down.
    origin: (f64, f64),
    size: Size,
    /// The longitude of the middle, in pictures that reach beyond ±180° and not all around the
    /// earth.
    middle: Option<f64>,
}

/// The longitude of the middle of so many pixels, if they reach beyond ±180° and not all around the
/// earth.
pub(super) fn middle(crs: Crs, scale: f64, first: f64, pixels: f64) -> Option<f64> {
    let (west, wide) = (first / scale, pixels / scale);
    let period = crs.period()?;
    let half = period / 2.0;
    let reaches_around = west < -half - HAIR || west + wide > half + HAIR;
    // All around the earth places stay within ±180°, unless the frame is of another half.
    let (middle, is_part) = (west + wide / 2.0, wide < period + HAIR);
    (reaches_around && (is_part || middle.abs() > half / 2.0)).then_some(middle)
}

/// Making views.
impl View {
    /// A view from its numbers: pixels per unit of the plane (a degree of longitude on the earth)
    /// across and down, and the top left pixel in pixels from (0, 0). `None` when they are not of a
    /// picture of the earth, or of the plane.
    #[must_use]
    pub fn new(crs: Crs, scale: (f64, f64), origin: (f64, f64), size: Size) -> Option<Self> {
        let positive = |scale: f64| scale.is_finite() && scale > 0.0;
        let near = |from: f64, scale: f64| (from / scale).abs() < FARTHEST;
        let is_near = if crs.period().is_some() {
            near(origin.0, scale.0) && near(origin.1, scale.1)
        } else {
            is_exact(scale, origin, size)
        };
        if !(positive(scale.0) && positive(scale.1) && is_near) {
            return None;
        }
        let view = Self::of(crs, scale, origin, size);
        let [south_west, north_east] = view.extent().corners();
        (south_west.y() < north_east.y()).then_some(view)
    }

    /// The view of a picture that lies where a transform says; `None` when that is not on the
    /// earth.
    ///
    /// Numbers come out of texts with their last digit rounded. Pixels of this program begin at
    /// whole numbers from (0°, 0°), so a corner that is nearly there is put there: a picture drawn
    /// like another one has the very same pixels.
    #[must_use]
    pub fn placed(crs: Crs, transform: Transform, size: Size) -> Option<Self> {
        let whole = |pixels: f64| {
            if (pixels - pixels.round()).abs() < PIXEL_HAIR {
                pixels.round()
            } else {
                pixels
            }
        };
        let ((x, y), (wide, high)) = (transform.corner, transform.pixel);
        let scale = (crs.unit() / wide, crs.unit() / (high * crs.down()));
        Self::new(crs, scale, (whole(x / wide), whole(y / high)), size)
    }

    /// A view whose numbers were computed; `None` when they are too large or too small.
    pub(super) fn new_finite(
        crs: Crs,
        scale: (f64, f64),
        origin: (f64, f64),
        size: Size,
    ) -> Option<Self> {
        let is_finite = [scale.0, scale.1, origin.0, origin.1]
            .iter()
            .all(|number| number.is_finite());
        let is_sound = is_finite && (crs.period().is_some() || is_exact(scale, origin, size));
        is_sound.then(|| Self::of(crs, scale, origin, size))
    }

    fn of(crs: Crs, scale: (f64, f64), origin: (f64, f64), size: Size) -> Self {
        Self {
            crs,
            scale,
            origin,
            size,
            middle: middle(crs, scale.0, origin.0, size.width() as f64),
        }
    }
}

/// Places to pixels, and back.
impl View {
    /// Where a place lies in the picture, or outside of it.
    #[must_use]
    pub fn pixels(&self, at: Coord) -> Pixels {
        let (x, y) = self.crs.forward(at);
        Pixels {
            x: self.across(x),
            y: y * self.crs.down() * self.scale.1 - self.origin.1,
        }
    }

    /// How far to the right a place lies, in pixels from the left edge, where that follows from its
    /// longitude.
    pub(crate) fn column(&self, at: Coord) -> f64 {
        debug_assert!(self.crs.is_separable());
        self.across(at.x())
    }

    /// How far to the right x of the plane lies, in pixels from the left edge.
    fn across(&self, x: f64) -> f64 {
        (x + self.turn(x)) * self.scale.0 - self.origin.0
    }

    /// How far down a latitude (or a y) lies, in pixels from the upper edge; `None` where that
    /// depends on the longitude.
    #[must_use]
    pub fn row(&self, latitude: f64) -> Option<f64> {
        let Transform { corner, pixel } = self.transform();
        let y = self.crs.north(latitude) * self.crs.unit();
        self.crs.is_separable().then(|| (y - corner.1) / pixel.1)
    }

    /// Where both ends of a line lie, which goes the short way round the earth if the picture
    /// reaches around its back.
    #[must_use]
    pub fn ends(&self, from: Coord, to: Coord) -> (Pixels, Pixels) {
        let (from, mut to) = (self.pixels(from), self.pixels(to));
        if let (Some(_), Some(period)) = (self.middle, self.crs.period()) {
            let turn = period * self.scale.0;
            if (to.x - from.x).abs() > turn / 2.0 {
                to.x -= turn.copysign(to.x - from.x);
            }
        }
        (from, to)
    }

    /// Every time that a line comes by in the picture, and perhaps some that do not: one that
    /// leaves the map at one side comes in again at the other.
    pub fn lines(&self, from: Coord, to: Coord) -> impl Iterator<Item = (Pixels, Pixels)> {
        let places = (from, to);
        let (from, to) = self.ends(from, to);
        let turn = self.crs.period().unwrap_or(0.0) * self.scale.0;
        let left = (self.middle.unwrap_or(0.0) * self.scale.0) - turn / 2.0 - self.origin.0;
        let (least, most) = (from.x.min(to.x), from.x.max(to.x));
        let leaves = turn > 0.0 && (least < left || most > left + turn);
        let moved = move |turns: f64| {
            let moved = |at: Pixels| Pixels {
                x: at.x + turns * turn,
                ..at
            };
            (moved(from), moved(to))
        };
        let times = match self.torn(places, (from, to)) {
            Some([first, second]) => [Some(first), Some(second), None],
            None if leaves => [0.0, -1.0, 1.0].map(moved).map(Some),
            None => [Some((from, to)), None, None],
        };
        times.into_iter().flatten()
    }

    /// Both pieces of a line that crosses the meridian along which a projection cuts the earth
    /// open: drawn straight it would go across the whole map.
    fn torn(
        &self,
        places: (Coord, Coord),
        ends: (Pixels, Pixels),
    ) -> Option<[(Pixels, Pixels); 2]> {
        if self.crs.is_separable() {
            return None;
        }
        let (mut from, mut to) = (places.0, places.1.nearest_to(places.0));
        let is_far = |a: Coord, b: Coord| {
            let (one, other) = (self.pixels(a), self.pixels(b));
            let at = self.pixels(a.midpoint(b));
            let middle = (f64::midpoint(one.x, other.x), f64::midpoint(one.y, other.y));
            let half = (one.x - other.x).hypot(one.y - other.y) / 2.0;
            (at.x - middle.0).hypot(at.y - middle.1) > 0.75 * half && half > 1.0
        };
        if !is_far(from, to) {
            return None;
        }
        for _ in 0..HALVES {
            let middle = from.midpoint(to);
            let near = |a: Coord, b: Coord| {
                let (a, b) = (self.pixels(a), self.pixels(b));
                (a.x - b.x).hypot(a.y - b.y)
            };
            if near(from, middle) < near(middle, to) {
                from = middle;
            } else {
                to = middle;
            }
        }
        Some([(ends.0, self.pixels(from)), (self.pixels(to), ends.1)])
    }

    /// How many degrees further east a place is drawn than it lies, because that is nearer to the
    /// picture.
    fn turn(&self, longitude: f64) -> f64 {
        match self.middle {
            Some(middle) if longitude < middle - 180.0 => 360.0,
            Some(middle) if longitude > middle + 180.0 => -360.0,
            _ => 0.0,
        }
    }

    /// The place at a point of the picture; beyond the edge of the earth, the one nearest to it.
    #[must_use]
    pub fn place(&self, at: Pixels) -> Coord {
        self.crs.inverse(
            (at.x + self.origin.0) / self.scale.0,
            (at.y + self.origin.1) / self.scale.1 * self.crs.down(),
        )
    }
}

/// What a view is.
impl View {
    /// The coordinate system of the picture.
    #[must_use]
    pub fn crs(&self) -> Crs {
        self.crs
    }

    /// Where the picture lies in its coordinate system.
    #[must_use]
    pub fn transform(&self) -> Transform {
        let unit = self.crs.unit();
        let pixel = (unit / self.scale.0, unit / self.scale.1 * self.crs.down());
        Transform {
            corner: (self.origin.0 * pixel.0, self.origin.1 * pixel.1),
            pixel,
        }
    }

    /// The size of the picture.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Pixels per unit of the plane, a degree of longitude on the earth, across and down.
    #[must_use]
    pub fn scale(&self) -> (f64, f64) {
        self.scale
    }

    /// The top left pixel, in pixels from (0, 0) of the plane to the right and down.
    #[must_use]
    pub fn origin(&self) -> (f64, f64) {
        self.origin
    }

    /// Metres per pixel at the equator, or units of a plane per pixel.
    #[must_use]
    pub fn units_per_pixel(&self) -> f64 {
        self.crs.metres() / self.scale.0
    }

    /// The part of the earth in the picture, edge to edge.
    #[must_use]
    pub fn extent(&self) -> Extent {
        let (width, height) = (self.size.width() as f64, self.size.height() as f64);
        let mut least = [f64::INFINITY; 2];
        let mut most = [f64::NEG_INFINITY; 2];
        for (x, y) in self.rim() {
            let at = self.place(Pixels {
                x: x * width,
                y: y * height,
            });
            least = [least[0].min(at.x()), least[1].min(at.y())];
            most = [most[0].max(at.x()), most[1].max(at.y())];
        }
        let corner = |[x, y]: [f64; 2]| Coord::unchecked(x, y);
        // A picture that lies where its projection has no places might be anywhere.
        Extent::new(corner(least), corner(most)).unwrap_or_else(Extent::earth)
    }

    /// The part of the earth in the picture and so many pixels around it, and all that is drawn
    /// there because the map ends: beyond 85° in Mercator. `None` where rows are no parallels.
    pub(crate) fn around(&self, pixels: f64) -> Option<Extent> {
        /// Degrees that make no difference.
        const HAIR: f64 = 1e-6;
        self.crs.is_separable().then_some(())?;
        let (width, height) = (self.size.width() as f64, self.size.height() as f64);
        let x = |x: f64| (self.origin.0 + x) / self.scale.0;
        let y = |y: f64| {
            let y = (self.origin.1 + y) / self.scale.1 * self.crs.down();
            let latitude = self.crs.latitude(y);
            let ends = !self.crs.is_plane() && latitude.abs() > self.crs.limit() - HAIR;
            if ends {
                latitude.signum() * 90.0
            } else {
                latitude
            }
        };
        let (top, bottom) = (y(-pixels), y(height + pixels));
        Extent::new(
            Coord::unchecked(x(-pixels), top.min(bottom)),
            Coord::unchecked(x(width + pixels), top.max(bottom)),
        )
    }

    /// The edges as people are told them: those of the [extent](Self::extent), but beyond ±180° in
    /// a picture that reaches around there.
    #[must_use]
    pub fn shown(&self) -> Bounds {
        if self.middle.is_some() {
            self.bounds()
        } else {
            self.extent().into()
        }
    }

    /// Points from (0, 0) to (1, 1) that say how far the picture reaches: the corners, and where
    /// rows are no parallels a lattice all over it, for a pole may be in its middle.
    fn rim(&self) -> impl Iterator<Item = (f64, f64)> {
        let stretches = if self.crs.is_separable() {
            1
        } else {
            STRETCHES
        };
        unit_grid(stretches)
    }

    /// The edges in the numbers of the coordinate system: left, bottom, right, top. Bottom is the
    /// larger number where y goes down.
    #[must_use]
    pub fn edges(&self) -> [f64; 4] {
        let transform = self.transform();
        let (right, bottom) = transform.at(Pixels {
            x: self.size.width() as f64,
            y: self.size.height() as f64,
        });
        let (left, top) = transform.corner;
        [left, bottom, right, top]
    }

    /// The edges in degrees; those of a plane in its units, south being the smaller y.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        if !self.crs.is_separable() {
            return self.extent().into();
        }
        let [west, bottom, east, top] = self.edges().map(|edge| edge / self.crs.unit());
        let (one, other) = (self.crs.latitude(bottom), self.crs.latitude(top));
        Bounds {
            south: one.min(other),
            west,
            north: one.max(other),
            east,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures on both hemispheres, one of them stretched, one around the world and beyond, one
    /// over 180°.
    fn views() -> Vec<View> {
        let size = |width, height| Size::new(width, height).unwrap();
        let view = |crs, scale, origin, size| View::new(crs, scale, origin, size).unwrap();
        vec![
            view(
                Crs::WebMercator,
                (123.456, 123.456),
                (1050.0, -6500.0),
                size(300, 200),
            ),
            view(
                Crs::WebMercator,
                (2.0, 2.0),
                (-370.0, -370.0),
                size(740, 740),
            ),
            view(Crs::Wgs84, (50.0, 40.0), (-3600.5, 1200.25), size(99, 101)),
            view(Crs::Wgs84, (4.0, 4.0), (715.0, -365.0), size(20, 730)),
            view(
                Crs::Plane { y_down: false },
                (0.5, 0.25),
                (-1e9, 3e8),
                size(30, 40),
            ),
            view(
                Crs::Plane { y_down: true },
                (0.5, 0.25),
                (-1e9, 3e8),
                size(30, 40),
            ),
        ]
    }

    #[test]
    fn bounds_are_those_of_the_view_where_that_is_on_the_earth() {
        for view in views().into_iter().filter(|view| !view.crs().is_plane()) {
            let bounds = view.bounds();
            let [a, b] = view.extent().corners();
            let clamped = [
                bounds.south.max(-90.0),
                bounds.west.max(-180.0),
                bounds.north.min(90.0),
                bounds.east.min(180.0),
            ];
            for (given, wanted) in clamped.iter().zip([a.y(), a.x(), b.y(), b.x()]) {
                assert!((given - wanted).abs() < 1e-9, "{bounds:?}");
            }
        }
    }

    #[test]
    fn edges_beyond_the_earth_stay_where_they_are() {
        let bounds = |view: usize| views()[view].bounds();
        assert_eq!((bounds(1).west, bounds(1).east), (-185.0, 185.0));
        assert_eq!((bounds(3).west, bounds(3).east), (178.75, 183.75));
        assert_eq!((bounds(3).south, bounds(3).north), (-91.25, 91.25));
    }

    #[test]
    fn the_corner_of_the_world_is_the_one_of_web_maps() {
        let view = View::new(
            Crs::WebMercator,
            (256.0 / 360.0, 256.0 / 360.0),
            (-128.0, -128.0),
            Size::new(256, 256).unwrap(),
        );
        let [left, bottom, right, top] = view.unwrap().edges();
        for (edge, wanted) in [(left, -1.0), (bottom, -1.0), (right, 1.0), (top, 1.0)] {
            assert!(
                (edge - wanted * 20_037_508.342_789_244).abs() < 1e-6,
                "{edge}"
            );
        }
    }

    #[test]
    fn rows_and_latitudes_are_one_anothers_inverse() {
        for view in views() {
            let Bounds { south, north, .. } = view.bounds();
            let is_down = view.crs() == Crs::Plane { y_down: true };
            let (top, bottom) = if is_down {
                (south, north)
            } else {
                (north, south)
            };
            assert!(view.row(top).unwrap().abs() < 1e-6);
            let height = view.size().height() as f64;
            assert!((view.row(bottom).unwrap() - height).abs() < 1e-6);
        }
    }

    fn placed_anew(view: &View) -> View {
        View::placed(view.crs(), view.transform(), view.size()).unwrap()
    }

    #[test]
    fn there_and_back_again() {
        for view in views() {
            let back = placed_anew(&view);
            assert_eq!((back.crs(), back.size()), (view.crs(), view.size()));
            let near = |(a, b): (f64, f64), (c, d): (f64, f64)| {
                (a - c).abs() < 1e-9 && (b - d).abs() < 1e-9
            };
            assert!(
                near(back.scale(), view.scale()) && near(back.origin(), view.origin()),
                "{back:?}"
            );
        }
        assert_eq!(placed_anew(&views()[1]).origin(), (-370.0, -370.0));
        // Numbers whose last digit was rounded; and those of other programs.
        let origin = |x: f64| {
            let pixel = (30.0, 30.0);
            let corner = (x * 30.0, -7.0 * 30.0);
            let plane = Crs::Plane { y_down: true };
            View::placed(plane, Transform { corner, pixel }, Size::new(4, 4)?)
        };
        for (x, expected) in [(5.000_000_01, 5.0), (4.999_999_99, 5.0), (5.25, 5.25)] {
            assert_eq!(origin(x).unwrap().origin(), (expected, -7.0));
        }
    }

    #[test]
    fn edges_of_a_plane_are_in_its_units_and_either_way_up() {
        let place = |view: usize| views().swap_remove(view);
        assert_eq!(
            place(4).edges(),
            [-2e9, -1_200_000_160.0, -1_999_999_940.0, -1.2e9]
        );
        assert_eq!(
            place(5).edges(),
            [-2e9, 1_200_000_160.0, -1_999_999_940.0, 1.2e9]
        );
        let Bounds { south, north, .. } = place(5).bounds();
        assert_eq!((south, north), (1.2e9, 1_200_000_160.0));
    }

    #[test]
    fn pictures_beyond_180_degrees_have_a_middle_unless_they_go_all_around() {
        let beside = |first, pixels| middle(Crs::WebMercator, 2.0, 2.0 * first, 2.0 * pixels);
        for (west, wide, expected) in [
            (170.0, 20.0, Some(180.0)),
            (-190.0, 20.0, Some(-180.0)),
            (-180.0, 360.0, None),
            (-180.0 - 1e-10, 360.0, None),
            (100.0, 80.0, None),
            (-150.0, 360.0, Some(30.0)),
            (-150.0, 361.0, None),
            (-60.0, 380.0, Some(130.0)),
            (0.0, 360.0, Some(180.0)),
            (-190.0, 380.0, None),
        ] {
            assert_eq!(beside(west, wide), expected, "{west} {wide}");
        }
        let plane = Crs::Plane { y_down: true };
        assert_eq!(middle(plane, 2.0, 340.0, 40.0), None);
    }

    #[test]
    fn lines_that_leave_the_map_come_in_again_at_its_other_side() {
        let world = View::new(
            Crs::Wgs84,
            (2.0, 2.0),
            (-360.0, -180.0),
            Size::new(720, 360).unwrap(),
        );
        let world = world.unwrap();
        let columns = |from: f64, to: f64| -> Vec<(f64, f64)> {
            let place = |x| Coord::unchecked(x, 10.0);
            let lines = world.lines(place(from), place(to));
            let mut columns: Vec<_> = lines.map(|(from, to)| (from.x, to.x)).collect();
            columns.sort_by(|a, b| a.0.total_cmp(&b.0));
            columns
        };
        assert_eq!(columns(-180.0, 180.0), [(0.0, 720.0)]);
        assert_eq!(columns(20.0, 10.0), [(400.0, 380.0)]);
        assert_eq!(
            columns(170.0, 190.0),
            [(-20.0, 20.0), (700.0, 740.0), (1420.0, 1460.0)]
        );
        assert_eq!(
            columns(-190.0, -170.0),
            [(-740.0, -700.0), (-20.0, 20.0), (700.0, 740.0)]
        );
        let plane = views().swap_remove(5);
        let place = |x| Coord::unchecked(x, 10.0);
        assert_eq!(plane.lines(place(-1e9), place(1e9)).count(), 1);
    }
}
