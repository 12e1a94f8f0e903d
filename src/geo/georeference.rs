//! Where a picture lies, in the terms of geographic information systems: computed once from a
//! [`View`], used by every format that knows places. And back: the view of a picture that another
//! program, or this one, has placed.
//!
//! Nothing is clamped here. A picture may reach a little beyond 180° and, in plate carrée, beyond
//! the poles (the heat around a place at the edge of the earth needs room), and an edge that is
//! moved to the edge of the earth moves all pixels with it.

use super::{Crs, Pixels, View};
use crate::raster::Size;

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

/// A coordinate system and the affine transform from pixels to it. Pixels are areas: the corner is
/// that of the first one, not its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Georeference {
    /// What the numbers are: metres, degrees, or units of a plane.
    pub crs: Crs,
    /// The upper left corner of the picture: x to the east, y to the north, unless that goes down.
    pub corner: (f64, f64),
    /// How wide and how high a pixel is; both are positive.
    pub pixel: (f64, f64),
    /// The size of the picture.
    pub size: Size,
}

/// A picture that begins this near to a whole pixel (in pixels) begins there, and the rest is
/// rounding.
const HAIR: f64 = 1e-6;

impl Georeference {
    /// Where the picture of a view lies.
    #[must_use]
    pub fn of(view: &View) -> Self {
        let crs = Crs::of(view.projection());
        let (scale, origin) = (view.scale(), view.origin());
        let pixel = (crs.per_degree() / scale.0, crs.per_degree() / scale.1);
        Self {
            crs,
            corner: (origin.0 * pixel.0, origin.1 * pixel.1 * crs.down()),
            pixel,
            size: view.size(),
        }
    }

    /// The view of a picture that lies here; `None` when that is not on the earth.
    ///
    /// Numbers come out of texts with their last digit rounded. Pixels of this program begin at
    /// whole numbers from (0°, 0°), so a corner that is nearly there is put there: a picture drawn
    /// like another one has the very same pixels.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        let whole = |pixels: f64| {
            if (pixels - pixels.round()).abs() < HAIR {
                pixels.round()
            } else {
                pixels
            }
        };
        let scale = (
            self.crs.per_degree() / self.pixel.0,
            self.crs.per_degree() / self.pixel.1,
        );
        let origin = (
            whole(self.corner.0 / self.pixel.0),
            whole(self.corner.1 / self.pixel.1 * self.crs.down()),
        );
        View::new(self.crs.projection(), scale, origin, self.size)
    }

    /// The coordinates of a point of the picture, east and north; or x and y.
    #[must_use]
    pub fn coordinates(&self, at: Pixels) -> (f64, f64) {
        (
            self.corner.0 + at.x * self.pixel.0,
            self.corner.1 + at.y * self.pixel.1 * self.crs.down(),
        )
    }

    /// How far down the picture a latitude (or a y) lies, in pixels from its upper edge.
    #[must_use]
    pub fn row(&self, latitude: f64) -> f64 {
        let north = self.crs.projection().plane(latitude) * self.crs.per_degree();
        let top = -self.corner.1 * self.crs.down();
        (top - north) / self.pixel.1
    }

    /// The edges in units of the coordinate system: left, bottom, right, top. Bottom is the larger
    /// number where y goes down.
    #[must_use]
    pub fn edges(&self) -> [f64; 4] {
        let end = Pixels {
            x: self.size.width() as f64,
            y: self.size.height() as f64,
        };
        let (right, bottom) = self.coordinates(end);
        [self.corner.0, bottom, right, self.corner.1]
    }

    /// The edges in degrees; those of a plane in its units, south being the smaller y.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let [west, south, east, north] = self.edges().map(|edge| edge / self.crs.per_degree());
        if self.crs.projection().is_plane() {
            return Bounds {
                south: south.min(north),
                west,
                north: north.max(south),
                east,
            };
        }
        let latitude = |north| self.crs.projection().latitude(north);
        Bounds {
            south: latitude(south),
            west,
            north: latitude(north),
            east,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Projection;

    /// Pictures on both hemispheres, one of them stretched, one around the world and beyond, one
    /// over 180°.
    fn views() -> Vec<View> {
        let size = |width, height| Size::new(width, height).unwrap();
        let view =
            |projection, scale, origin, size| View::new(projection, scale, origin, size).unwrap();
        vec![
            view(
                Projection::Mercator,
                (123.456, 123.456),
                (1050.0, -6500.0),
                size(300, 200),
            ),
            view(
                Projection::Mercator,
                (2.0, 2.0),
                (-370.0, -370.0),
                size(740, 740),
            ),
            view(
                Projection::Equirectangular,
                (50.0, 40.0),
                (-3600.5, 1200.25),
                size(99, 101),
            ),
            view(
                Projection::Equirectangular,
                (4.0, 4.0),
                (715.0, -365.0),
                size(20, 730),
            ),
            view(
                Projection::Plane { y_down: false },
                (0.5, 0.25),
                (-1e9, 3e8),
                size(30, 40),
            ),
            view(
                Projection::Plane { y_down: true },
                (0.5, 0.25),
                (-1e9, 3e8),
                size(30, 40),
            ),
        ]
    }

    #[test]
    fn bounds_are_those_of_the_view_where_that_is_on_the_earth() {
        for view in views()
            .into_iter()
            .filter(|view| !view.projection().is_plane())
        {
            let bounds = Georeference::of(&view).bounds();
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
        let bounds = |view: usize| Georeference::of(&views()[view]).bounds();
        assert_eq!((bounds(1).west, bounds(1).east), (-185.0, 185.0));
        assert_eq!((bounds(3).west, bounds(3).east), (178.75, 183.75));
        assert_eq!((bounds(3).south, bounds(3).north), (-91.25, 91.25));
    }

    #[test]
    fn the_corner_of_the_world_is_the_one_of_web_maps() {
        let view = View::new(
            Projection::Mercator,
            (256.0 / 360.0, 256.0 / 360.0),
            (-128.0, -128.0),
            Size::new(256, 256).unwrap(),
        );
        let [left, bottom, right, top] = Georeference::of(&view.unwrap()).edges();
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
            let georeference = Georeference::of(&view);
            let Bounds { south, north, .. } = georeference.bounds();
            let is_down = view.projection() == Projection::Plane { y_down: true };
            let (top, bottom) = if is_down {
                (south, north)
            } else {
                (north, south)
            };
            assert!(georeference.row(top).abs() < 1e-6);
            assert!((georeference.row(bottom) - view.size().height() as f64).abs() < 1e-6);
        }
    }

    #[test]
    fn there_and_back_again() {
        for view in views() {
            let back = Georeference::of(&view).view().unwrap();
            assert_eq!(
                (back.projection(), back.size()),
                (view.projection(), view.size())
            );
            let near = |(a, b): (f64, f64), (c, d): (f64, f64)| {
                (a - c).abs() < 1e-9 && (b - d).abs() < 1e-9
            };
            assert!(
                near(back.scale(), view.scale()) && near(back.origin(), view.origin()),
                "{back:?}"
            );
        }
        assert_eq!(
            Georeference::of(&views()[1]).view().unwrap().origin(),
            (-370.0, -370.0)
        );
    }

    #[test]
    fn edges_of_a_plane_are_in_its_units_and_either_way_up() {
        let place = |view: usize| Georeference::of(&views()[view]);
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
}
