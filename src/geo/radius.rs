//! How far something goes around a place, in pixels or on the ground.

use std::fmt;

use super::ground::metres_per_unit;
use super::{Crs, Pixels, View};
use crate::error::{Error, ErrorKind, Remedy, Result};

/// How far something goes around a place; positive and finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Radius {
    /// Pixels of the picture, wherever the place is.
    Pixels(f64),
    /// Metres on the ground, on the sphere that Web Mercator maps. They are more pixels the nearer
    /// a row is to a pole. In other projected systems they are on the ellipsoid of WGS 84.
    Metres(f64),
}

/// A plain number is one of pixels.
impl From<f64> for Radius {
    fn from(pixels: f64) -> Self {
        Self::Pixels(pixels)
    }
}

impl Radius {
    /// The largest one in pixels that a picture is made with: what it heats is a table.
    pub const LARGEST: f64 = 2000.0;
    /// How much longer one side of a pixel may be, in proportion, where circles are still to be
    /// circles.
    const STRETCHED: f64 = 1e-2;
    /// So many pixels to each side of one its size is measured along: places are exact to 0.1 mm,
    /// which is little of them.
    const MEASURED: f64 = 8.0;

    /// The larger of two of the same kind; `None` when one is on the ground and the other in
    /// pixels.
    #[must_use]
    pub fn larger(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Pixels(a), Self::Pixels(b)) => Some(Self::Pixels(a.max(b))),
            (Self::Metres(a), Self::Metres(b)) => Some(Self::Metres(a.max(b))),
            _ => None,
        }
    }

    /// Whether a circle on the ground is one on the map, or may be: in projected systems that
    /// depends on the [picture](Self::by_row).
    ///
    /// # Errors
    /// Of kind `Usage`, when it is not, and this is a radius on the ground.
    pub fn check(self, crs: Crs) -> Result<()> {
        let may_be = crs.ground(0.0).is_some() || matches!(crs, Crs::Projected(_));
        if matches!(self, Self::Pixels(_)) || may_be {
            return Ok(());
        }
        if crs.is_plane() {
            let fact = format!("{self} are metres on the ground, and plain x and y have none");
            return Err(Error::usage(fact).remedy(Remedy::RadiusInPixelsOrEarth));
        }
        let fact = format!(
            "a circle of {self} on the ground is no circle in the {} projection",
            crs.projection()
        );
        Err(Error::usage(fact).remedy(Remedy::RadiusInPixelsOrMercator))
    }

    /// In pixels, by row of a picture from the top; a single number if all rows have the same.
    ///
    /// They are those in the middle of the row, rounded to eleven binary digits, so that
    /// neighbouring rows often share a radius and none is off by more than 1/2048 of itself. Of a
    /// row beyond the end of the map they are those at its end.
    ///
    /// # Errors
    /// When circles on the ground are none in this picture, or a radius on the ground is more than
    /// [`LARGEST`](Self::LARGEST) pixels somewhere in it.
    pub fn by_row(self, view: &View) -> Result<Vec<f64>> {
        let metres = match self {
            Self::Pixels(pixels) => return Ok(vec![pixels]),
            Self::Metres(metres) => metres,
        };
        self.check(view.crs())?;
        let (across, down) = view.scale();
        if (across / down - 1.0).abs() > Self::STRETCHED {
            let fact = format!(
                "a circle of {self} on the ground is no circle in a picture that is stretched"
            );
            return Err(Error::usage(fact).remedy(Remedy::RadiusInPixels));
        }
        let pixels = |row: usize| {
            let y = row as f64 + 0.5;
            if matches!(view.crs(), Crs::Projected(_)) {
                return Ok(metres / self.projected(view, y)?);
            }
            Ok(metres_per_pixel(view, y).map_or(0.0, |per_pixel| metres / per_pixel))
        };
        let radii = (0..view.size().height()).map(|row| pixels(row).map(rounded));
        let radii = radii.collect::<Result<Vec<f64>>>()?;
        let widest = radii.iter().copied().fold(0.0, f64::max);
        if widest <= Self::LARGEST {
            Ok(radii)
        } else {
            Err(self.too_wide(widest))
        }
    }

    /// Metres per pixel of a row of a picture in a projected system, in all directions at its ends
    /// and in its middle.
    fn projected(self, view: &View, y: f64) -> Result<f64> {
        let (width, step) = (view.size().width() as f64, Self::MEASURED / view.scale().0);
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for part in [0.0, 0.5, 1.0] {
            let at = view.transform().at(Pixels { x: part * width, y });
            for metres in metres_per_unit(view.crs(), at, step) {
                if metres.is_nan() {
                    return Err(self.beyond(view));
                }
                (least, most) = (least.min(metres), most.max(metres));
            }
        }
        // So that the middle is off by no more than that.
        if most / least <= 1.0 + 2.0 * Self::STRETCHED {
            return Ok((least * most).sqrt() / view.scale().0);
        }
        let percent = 100.0 * (most / least - 1.0);
        let fact = format!(
            "a circle of {self} on the ground is no circle in this picture: the map of {} stretches a row of it by up to {percent:.0} %",
            view.crs()
        );
        Err(Error::usage(fact).remedy(Remedy::RadiusInPixelsOrMercator))
    }

    fn beyond(self, view: &View) -> Error {
        let fact = format!(
            "{self} on the ground are not known in this picture, which goes beyond the map of {}",
            view.crs()
        );
        Error::usage(fact).remedy(Remedy::RadiusInPixelsOrMercator)
    }

    fn too_wide(self, pixels: f64) -> Error {
        let largest = Self::LARGEST;
        let pixels = if pixels < 1e9 {
            format!("{pixels:.0}")
        } else {
            format!("{pixels:.1e}")
        };
        let fact = format!(
            "a radius of {self} is {pixels} pixels in this picture, and {largest} is the most there may be"
        );
        Error::new(ErrorKind::Limit, fact).remedy(Remedy::SmallerRadius)
    }
}

/// As `-r` takes it.
impl fmt::Display for Radius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Pixels(pixels) => write!(f, "{pixels}"),
            Self::Metres(metres) if metres < 1000.0 => write!(f, "{metres}m"),
            Self::Metres(metres) => write!(f, "{}km", metres / 1000.0),
        }
    }
}

/// On the ground, at a distance in pixels from the upper edge of a picture whose rows are
/// parallels.
fn metres_per_pixel(view: &View, y: f64) -> Option<f64> {
    let latitude = view.place(Pixels { x: 0.0, y }).y();
    Some(view.units_per_pixel() * view.crs().ground(latitude)?)
}

/// To eleven binary digits.
fn rounded(number: f64) -> f64 {
    const LOST: u32 = f64::MANTISSA_DIGITS - 11;
    f64::from_bits((number.to_bits() + (1 << (LOST - 1))) >> LOST << LOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Size;

    /// A picture of the world in Mercator.
    fn world(side: u32, crs: Crs) -> View {
        let scale = f64::from(side) / 360.0;
        let size = Size::new(side, side).unwrap();
        View::new(crs, (scale, scale), (-180.0 * scale, -180.0 * scale), size).unwrap()
    }

    #[test]
    fn pixels_are_the_same_everywhere_and_metres_grow_towards_the_poles() {
        let view = world(1000, Crs::WebMercator);
        assert_eq!(Radius::Pixels(7.5).by_row(&view).unwrap(), [7.5]);
        let radii = Radius::Metres(400_000.0).by_row(&view).unwrap();
        assert_eq!(radii.len(), 1000);
        // 40,075 km around the equator.
        assert!((radii[500] - 9.98).abs() < 0.02, "{}", radii[500]);
        for latitude in [30.0_f64, -60.0, 80.0] {
            let y = (180.0 - Crs::WebMercator.north(latitude)) * 1000.0 / 360.0;
            let expected = radii[500] / latitude.to_radians().cos();
            assert!(
                (radii[y as usize] / expected - 1.0).abs() < 0.02,
                "{latitude}"
            );
        }
        assert!(
            radii
                .iter()
                .zip(radii.iter().rev())
                .all(|(north, south)| north == south)
        );
    }

    #[test]
    fn beyond_the_end_of_the_map_radii_grow_no_more() {
        let view = View::new(
            Crs::WebMercator,
            (1.0, 1.0),
            (0.0, -250.0),
            Size::new(1, 100).unwrap(),
        )
        .unwrap();
        let radii = Radius::Metres(100_000.0).by_row(&view).unwrap();
        assert!(radii[..70].iter().all(|&radius| radius == radii[0]) && radii[71] < radii[70]);
        let at_its_end = 100.0 / 111.32 / 85.05_f64.to_radians().cos();
        assert!((radii[0] / at_its_end - 1.0).abs() < 1e-3, "{}", radii[0]);
    }

    #[cfg(feature = "projections")]
    #[test]
    fn in_projected_systems_metres_are_those_of_the_ellipsoid_where_circles_are_circles() {
        let view = |code: &str, [x, y]: [f64; 2], metres: f64| {
            let crs = Crs::of_srs(code).unwrap();
            let (scale, size) = (1.0 / metres, Size::new(100, 40).unwrap());
            View::new(crs, (scale, scale), (x * scale, -y * scale), size).unwrap()
        };
        let radius = Radius::Metres(5000.0);
        let radii = radius.by_row(&view("EPSG:32632", [495e3, 5.54e6], 100.0));
        let radii = radii.unwrap();
        assert_eq!(radii.len(), 40);
        assert!(
            radii
                .iter()
                .all(|radius| (radius - 50.0 * 0.9996).abs() < 0.03),
            "{radii:?}"
        );
        // US survey feet.
        let radii = radius
            .by_row(&view("EPSG:2263", [985e3, 200e3], 500.0))
            .unwrap();
        assert!(
            (radii[20] - 5000.0 / (500.0 * 0.304_800_6)).abs() < 0.05,
            "{radii:?}"
        );
        // All of Europe, and beyond the edge of the earth.
        for (code, corner, metres, fact) in [
            (
                "EPSG:3035",
                [1e6, 5.5e6],
                60e3,
                "stretches a row of it by up to",
            ),
            ("EPSG:3035", [-3e7, 3e7], 6e5, "on the ground"),
            // 3000 km from its centre, to either side: the square of the cosine of half the angle.
            (
                "EPSG:3035",
                [4.321e6, 3.21e6 + 6e5],
                30e3,
                "stretches a row of it by up to 6 %",
            ),
            (
                "EPSG:3035",
                [1.321e6, 3.21e6 + 6e5],
                30e3,
                "stretches a row of it by up to 6 %",
            ),
        ] {
            let error = radius.by_row(&view(code, corner, metres)).unwrap_err();
            assert!(error.fact.contains(fact), "{error}");
        }
    }

    #[test]
    fn rounding_is_finer_than_anyone_sees() {
        for number in [0.01, 1.0, 5.3, 77.7, 1999.9] {
            assert!(
                (rounded(number) / number - 1.0).abs() <= 1.0 / 2048.0,
                "{number}"
            );
        }
        assert_eq!(rounded(1000.4), 1000.5);
    }

    #[test]
    fn what_cannot_be_a_circle_is_refused_and_so_is_what_is_too_wide() {
        let round = Radius::Metres(5000.0);
        assert_eq!(
            round.by_row(&world(100, Crs::Wgs84)).unwrap_err().kind,
            ErrorKind::Usage
        );
        assert!(Radius::Pixels(5.0).by_row(&world(100, Crs::Wgs84)).is_ok());
        assert_eq!(
            round.check(Crs::Plane { y_down: true }).unwrap_err().remedy,
            Some(Remedy::RadiusInPixelsOrEarth)
        );
        let stretched = View::new(
            Crs::WebMercator,
            (1.0, 1.5),
            (0.0, 0.0),
            Size::new(10, 10).unwrap(),
        )
        .unwrap();
        assert!(
            round
                .by_row(&stretched)
                .unwrap_err()
                .to_string()
                .contains("stretched")
        );
        let error = Radius::Metres(9e6)
            .by_row(&world(1000, Crs::WebMercator))
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Limit);
        assert!(
            error.to_string().contains("a radius of 9000km is 2")
                && error
                    .to_string()
                    .contains(" pixels in this picture, and 2000 is the most"),
            "{error}"
        );
        let error = Radius::Metres(1e30)
            .by_row(&world(1000, Crs::WebMercator))
            .unwrap_err();
        assert!(error.to_string().contains("e26 pixels"), "{error}");
    }

    #[test]
    fn a_radius_is_said_in_kilometres_from_one_on() {
        let said = [
            Radius::Pixels(7.5),
            Radius::Metres(999.5),
            Radius::Metres(1000.0),
            Radius::Metres(2500.0),
        ];
        assert_eq!(
            said.map(|radius| radius.to_string()),
            ["7.5", "999.5m", "1km", "2.5km"]
        );
    }
}
