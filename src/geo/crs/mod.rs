//! Coordinate reference systems (CRS): what the numbers of files mean, and how the earth is laid
//! flat for a picture.
//!
//! One type is for both, because they are one idea: data may be in Web Mercator as pictures may.
//! But they are two values of it. Places ([`Coord`]) lie between them, in the
//! [base](Crs::base) of the picture's system: [`Crs::place`] of the data's system makes them,
//! [`Crs::forward`] of the picture's lays them flat.
//!
//! To add a system: a file of formulas beside `mercator`, a variant, and an arm in each `match`
//! here. `wkt` recognises and writes texts, `registry` knows codes, and `projected` is for all that
//! PROJ's parameters describe.

#[cfg(not(feature = "projections"))]
mod absent;
#[cfg(feature = "projections")]
mod lattice;
pub(super) mod mercator;
#[cfg(feature = "projections")]
mod projected;
mod refusal;
#[cfg(feature = "projections")]
mod registry;
mod wkt;

use std::fmt;

#[cfg(not(feature = "projections"))]
pub use self::absent::System;
use self::mercator::EARTH_RADIUS;
#[cfg(feature = "projections")]
pub use self::projected::System;
use self::refusal::shown;
pub use self::refusal::{Accuracy, NoSystem};
use super::{Coord, NotAPlace};

/// A coordinate reference system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crs {
    /// Longitude and latitude in degrees of WGS 84: EPSG:4326. Data is in it unless it says
    /// otherwise; a picture in it is plate carrée.
    #[default]
    Wgs84,
    /// Metres of spherical Mercator as web maps use it: EPSG:3857. Shapes keep their angles. It
    /// ends at ±85.0511°; places nearer to a pole are drawn on that limit.
    WebMercator,
    /// Any other one on the earth, such as those of countries.
    Projected(System),
    /// None on the earth: x and y of a plane in a unit of its own, x to the right. Nobody has a
    /// number or a text for it.
    Plane {
        /// y goes down, as on screens, and not up.
        y_down: bool,
    },
}

/// What it is called.
impl Crs {
    /// The name of its projection, or else its code, on the command line and in files. That of a
    /// plane is the same whether y goes up or down.
    #[must_use]
    pub fn projection(self) -> &'static str {
        match self {
            Self::Wgs84 => "equirectangular",
            Self::WebMercator => "mercator",
            Self::Projected(system) => system.label(),
            Self::Plane { .. } => "xy",
        }
    }

    /// The system of a projection's name; in a plane y goes up.
    #[must_use]
    pub fn of_projection(name: &str) -> Option<Self> {
        [
            Self::WebMercator,
            Self::Wgs84,
            Self::Plane { y_down: false },
        ]
        .into_iter()
        .find(|crs| crs.projection() == name)
        .or_else(|| Self::of_srs(name))
    }

    /// The system that a text names by its code (`EPSG:28992`, `urn:ogc:def:crs:EPSG::28992`) or
    /// describes, in PROJ's parameters or in well-known text. With `ballpark` a datum that may lie
    /// hundreds of metres off is taken for WGS 84 where nothing better is known.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    pub fn named(text: &str, ballpark: bool) -> Result<Self, NoSystem> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\0'));
        let unknown = || NoSystem::Unknown(shown(text));
        if let Some(code) = code(text) {
            let own = Self::of_own_code(code);
            let number = code.parse();
            return own.map_or_else(
                || System::of_code(number.map_err(|_| unknown())?, ballpark).map(Self::of_system),
                Ok,
            );
        }
        if text.contains("proj=") && !text.contains('[') {
            return System::of_parameters(text, ballpark).map(Self::of_system);
        }
        if !text.contains(['[', '(']) {
            return Err(unknown());
        }
        let own = Self::of_wkt(text).or_else(|| Self::near_wkt(text));
        own.map_or_else(|| System::of_wkt(text, ballpark).map(Self::of_system), Ok)
    }

    /// The same, if there is such a system.
    #[must_use]
    pub fn of_srs(text: &str) -> Option<Self> {
        Self::named(text, false).ok()
    }

    /// Degrees of WGS 84 are cheaper to read than to project.
    fn of_system(system: System) -> Self {
        if system.is_plain() {
            Self::Wgs84
        } else {
            Self::Projected(system)
        }
    }

    /// Its number in the registry of EPSG, if it is on the earth.
    #[must_use]
    pub fn epsg(self) -> Option<u16> {
        match self {
            Self::Wgs84 => Some(4326),
            Self::WebMercator => Some(3857),
            Self::Projected(system) => system.code(),
            Self::Plane { .. } => None,
        }
    }

    /// Its name in the registry of EPSG, or else that of its projection.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wgs84 => "WGS 84",
            Self::WebMercator => "WGS 84 / Pseudo-Mercator",
            Self::Projected(system) => system.name(),
            Self::Plane { .. } => self.projection(),
        }
    }

    /// Its well-known text (WKT 1), for .prj files, if it has a code: in ESRI's spelling, or that
    /// of OGC for systems of countries.
    #[must_use]
    pub fn wkt(self) -> Option<String> {
        match self {
            Self::Wgs84 => Some(wkt::WGS84.to_owned()),
            Self::WebMercator => Some(wkt::web_mercator()),
            Self::Projected(system) => system.wkt().map(str::to_owned),
            Self::Plane { .. } => None,
        }
    }
}

/// What its numbers and places are.
impl Crs {
    /// How far from (0, 0) places on a plane may be, in either direction: there neighbouring
    /// numbers are 1/8192 apart.
    pub const FARTHEST: f64 = 1e12;

    /// Whether it is none of the earth, but x and y of a plane.
    #[must_use]
    pub const fn is_plane(self) -> bool {
        matches!(self, Self::Plane { .. })
    }

    /// Whether its numbers are x and y, in this order where nothing else is said, and no degrees.
    #[must_use]
    pub fn is_xy(self) -> bool {
        match self {
            Self::Wgs84 => false,
            Self::WebMercator | Self::Plane { .. } => true,
            Self::Projected(system) => !system.is_geographic(),
        }
    }

    /// Whether x grows to the right and y up, as they do but in a few systems of countries.
    #[must_use]
    pub fn is_upright(self) -> bool {
        match self {
            Self::Projected(system) => system.is_upright(),
            Self::Wgs84 | Self::WebMercator | Self::Plane { .. } => true,
        }
    }

    /// The system that its places are in: WGS 84 all over the earth (the `BASEGEOGCRS` of WKT), and
    /// a plane itself.
    #[must_use]
    pub fn base(self) -> Self {
        match self {
            Self::Wgs84 | Self::WebMercator | Self::Projected(_) => Self::Wgs84,
            Self::Plane { .. } => self,
        }
    }

    /// The place at x (or the longitude) and y (or the latitude) in this system. The only way from
    /// the numbers of a file or an option to a place, and the only check of them.
    ///
    /// A longitude beyond ±180° stays as it is, up to once around the earth:
    /// [`Coord::wrapped`] is the same place on this side of it.
    ///
    /// # Errors
    /// When one of them is not finite, or out of the range of places: ±360° and ±90°, ±10¹² on a
    /// plane, or what the formulas of a projection are for.
    #[inline]
    pub fn place(self, x: f64, y: f64) -> Result<Coord, NotAPlace> {
        match self {
            Self::Wgs84 => on_earth(x, y),
            Self::Plane { .. } => on_plane(x, y),
            Self::Projected(system) => {
                let (lon, lat) = system.to_earth(x, y).ok_or(NotAPlace::Beyond(x, y))?;
                on_earth(lon, lat)
            }
            Self::WebMercator => {
                // An infinite northing would come out as a pole, though it is no place at all.
                let y = if y.is_finite() { y } else { f64::NAN };
                on_earth(
                    (x / EARTH_RADIUS).to_degrees(),
                    mercator::latitude(y / EARTH_RADIUS),
                )
            }
        }
    }
}

/// How places are laid flat.
impl Crs {
    /// Where a place lies on the plane: x to the east, y to the north, or as a plane has them. A
    /// place beyond the end of the map is put at that end; one that a projection cannot
    /// [show](Self::shows) has no numbers (NaN).
    ///
    /// The unit is the system's own, but for Web Mercator, which is counted in degrees along the
    /// equator: there a longitude is its own x, exact, and for nothing. See [`unit`](Self::unit).
    #[must_use]
    pub fn forward(self, at: Coord) -> (f64, f64) {
        if let Self::Projected(system) = self {
            let nowhere = (f64::NAN, f64::NAN);
            return system.to_plane(at.x(), at.y()).unwrap_or(nowhere);
        }
        let limit = self.limit();
        (at.x(), self.north(at.y().clamp(-limit, limit)))
    }

    /// Whether a picture can show a place: projections that are not for the whole earth leave out
    /// what is far away.
    #[must_use]
    #[inline]
    pub fn shows(self, at: Coord) -> bool {
        match self {
            Self::Wgs84 | Self::WebMercator | Self::Plane { .. } => true,
            Self::Projected(system) => system.to_plane(at.x(), at.y()).is_some(),
        }
    }

    /// The place at a point of the plane; a point beyond the edge of the earth gives the place
    /// nearest to it, or in a projection that does not know which that is none (NaN).
    #[must_use]
    pub fn inverse(self, x: f64, y: f64) -> Coord {
        if let Self::Projected(system) = self {
            let nowhere = (f64::NAN, f64::NAN);
            let (lon, lat) = system.to_earth(x, y).unwrap_or(nowhere);
            return Coord::unchecked(lon, lat);
        }
        let latitude = self.latitude(y);
        if self.is_plane() {
            Coord::unchecked(x, latitude)
        } else {
            Coord::unchecked(x.clamp(-180.0, 180.0), latitude.clamp(-90.0, 90.0))
        }
    }

    /// Whether x follows from the longitude alone and y from the latitude alone. Then rows of a
    /// picture are parallels, tables can be made by row, and pictures can be drawn anew row by row;
    /// else every point is projected.
    #[must_use]
    pub fn is_separable(self) -> bool {
        match self {
            Self::Wgs84 | Self::WebMercator | Self::Plane { .. } => true,
            Self::Projected(_) => false,
        }
    }

    /// Whether x and y of the plane are those of the place, so that projecting costs nothing.
    #[must_use]
    pub fn is_linear(self) -> bool {
        match self {
            Self::Wgs84 | Self::Plane { .. } => true,
            Self::WebMercator | Self::Projected(_) => false,
        }
    }

    /// How far along x of the plane everything comes again, if it does: once around the earth.
    #[must_use]
    pub fn period(self) -> Option<f64> {
        match self {
            Self::Wgs84 | Self::WebMercator => Some(360.0),
            Self::Projected(_) | Self::Plane { .. } => None,
        }
    }

    /// How y changes from row to row of a picture, down: -1 where it goes up.
    pub(super) fn down(self) -> f64 {
        if self == (Self::Plane { y_down: true }) {
            1.0
        } else {
            -1.0
        }
    }

    /// The latitude (or y) where the map ends: what lies beyond it is drawn there.
    #[must_use]
    pub fn limit(self) -> f64 {
        match self {
            Self::Wgs84 | Self::Projected(_) => 90.0,
            Self::WebMercator => mercator::LIMIT,
            Self::Plane { .. } => f64::INFINITY,
        }
    }

    /// y on the plane of a latitude, where that is separable. Mercator goes on beyond its limit, to
    /// infinity at the poles.
    pub(super) fn north(self, latitude: f64) -> f64 {
        match self {
            Self::Wgs84 | Self::Projected(_) | Self::Plane { .. } => latitude,
            Self::WebMercator => mercator::north(latitude).to_degrees(),
        }
    }

    /// The latitude at y on the plane, where that is separable. In plate carrée it may be beyond a
    /// pole.
    pub(super) fn latitude(self, y: f64) -> f64 {
        match self {
            Self::Wgs84 | Self::Projected(_) | Self::Plane { .. } => y,
            Self::WebMercator => mercator::latitude(y.to_radians()),
        }
    }
}

/// How long things are.
impl Crs {
    /// How long a unit of the plane is in the unit that files name: the metres of a degree along
    /// the equator in Web Mercator, and 1 in all others.
    #[must_use]
    pub fn unit(self) -> f64 {
        match self {
            Self::Wgs84 | Self::Projected(_) | Self::Plane { .. } => 1.0,
            Self::WebMercator => self.metres(),
        }
    }

    /// How many metres a unit of the plane is long, along the equator in those two that count in
    /// degrees; 1 where nobody knows.
    #[must_use]
    pub fn metres(self) -> f64 {
        match self {
            Self::Wgs84 | Self::WebMercator => EARTH_RADIUS.to_radians(),
            Self::Projected(system) => system.metres(),
            Self::Plane { .. } => 1.0,
        }
    }

    /// Pixels per unit of the plane (a degree of longitude on the earth) of a scale in metres at
    /// the equator, or in units, per pixel. The other way round it is the same sum.
    #[must_use]
    pub fn pixels_per_unit(self, scale: f64) -> f64 {
        self.metres() / scale
    }

    /// Metres on the ground to a metre of the map at a latitude, in all directions; `None` where
    /// circles on the ground are none on the map, or their size depends on the longitude.
    pub(super) fn ground(self, latitude: f64) -> Option<f64> {
        match self {
            Self::WebMercator => Some(latitude.abs().min(mercator::LIMIT).to_radians().cos()),
            Self::Wgs84 | Self::Projected(_) | Self::Plane { .. } => None,
        }
    }
}

/// Its projection, as messages have it.
impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.projection())?;
        if *self == (Self::Plane { y_down: true }) {
            f.write_str(" with y down")
        } else {
            Ok(())
        }
    }
}

/// The code in a text that is no more than one: `EPSG:28992`, its forms as a name or an address, a
/// number, or the words for WGS 84.
fn code(text: &str) -> Option<&str> {
    const LONGEST: usize = 64;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let upper = text.to_ascii_uppercase();
    let is_wgs84 =
        upper.ends_with("CRS84") || upper.ends_with("CRS84H") || upper.ends_with("CRS83");
    if text.len() < LONGEST && (is_wgs84 || matches!(upper.as_str(), "WGS84" | "WGS 84")) {
        return Some("4326");
    }
    let (before, code) = text.rsplit_once([':', '/']).unwrap_or(("", text));
    let before = before.to_ascii_uppercase();
    let is_known = before.is_empty() || before.contains("EPSG") || before.contains("ESRI");
    (text.len() < LONGEST && is_number(code) && is_known).then_some(code)
}

/// The place at a longitude and a latitude.
#[inline]
fn on_earth(lon: f64, lat: f64) -> Result<Coord, NotAPlace> {
    // Written so that NaN fails both.
    match (lat.abs() <= 90.0, lon.abs() <= 360.0) {
        (true, true) => Ok(Coord::unchecked(lon, lat)),
        (true, false) => Err(NotAPlace::Longitude(lon)),
        (false, _) if lat.abs() <= 180.0 && lon.abs() <= 90.0 => Err(NotAPlace::Swapped(lat)),
        (false, _) => Err(NotAPlace::Latitude(lat)),
    }
}

/// The place at x and y of a plane.
fn on_plane(x: f64, y: f64) -> Result<Coord, NotAPlace> {
    match (x.abs() <= Crs::FARTHEST, y.abs() <= Crs::FARTHEST) {
        (true, true) => Ok(Coord::unchecked(x, y)),
        (false, _) => Err(NotAPlace::X(x)),
        (true, false) => Err(NotAPlace::Y(y)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_mercator_has_known_places() {
        let edge = 20_037_508.342_789;
        let corner = Crs::WebMercator.place(edge, edge).unwrap();
        assert!(
            (corner.y() - 85.051_128_779_806_6).abs() < 1e-9 && (corner.x() - 180.0).abs() < 1e-9
        );
        assert_eq!(Crs::WebMercator.place(0.0, 0.0), Coord::lat_lon(0.0, 0.0));
        assert!(Crs::WebMercator.place(0.0, f64::INFINITY).is_err());
    }

    #[test]
    fn a_plane_goes_far_beyond_the_earth_and_not_for_ever() {
        let plane = Crs::Plane { y_down: true };
        for (x, y) in [(500.0, -1080.0), (-1e12, 1e12), (1e-300, 0.0)] {
            let place = plane.place(x, y).unwrap();
            assert_eq!((place.x(), place.y()), (x, y));
        }
        assert_eq!(
            plane.place(1.1e12, 0.0).unwrap_err().to_string(),
            "x 1100000000000 is not between -1e12 and 1e12"
        );
        assert_eq!(
            plane.place(0.0, f64::NEG_INFINITY),
            Err(NotAPlace::Y(f64::NEG_INFINITY))
        );
        assert!(plane.place(f64::NAN, 0.0).is_err() && plane.place(0.0, f64::NAN).is_err());
    }

    #[test]
    fn mercator_is_square_at_its_limit_and_clamps_beyond() {
        let place = |lat| Coord::unchecked(0.0, lat);
        let (_, y) = Crs::WebMercator.forward(place(mercator::LIMIT));
        assert!((y - 180.0).abs() < 1e-9, "{y}");
        assert!((Crs::WebMercator.forward(place(90.0)).1 - y).abs() < 1e-12);
    }

    #[test]
    fn there_and_back_again() {
        for crs in [Crs::WebMercator, Crs::Wgs84] {
            for (lat, lon) in [(0.0, 0.0), (37.7, -122.4), (-85.0, 179.9), (1e-9, -1e-9)] {
                let (x, y) = crs.forward(Coord::unchecked(lon, lat));
                let back = crs.inverse(x, y);
                assert!(
                    (back.y() - lat).abs() < 1e-9 && (back.x() - lon).abs() < 1e-12,
                    "{crs:?} {back:?}"
                );
                let metres = crs.place(x * crs.unit(), y * crs.unit()).unwrap();
                assert!((metres.y() - lat).abs() < 1e-9 && (metres.x() - lon).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_plane_is_as_it_is() {
        for y_down in [false, true] {
            let crs = Crs::Plane { y_down };
            for (x, y) in [(1e12, -1e12), (-300.0, 200.0), (1e-9, 0.0)] {
                let at = Coord::unchecked(x, y);
                assert_eq!(crs.forward(at), (x, y));
                assert_eq!(crs.inverse(x, y), at);
            }
            assert_eq!(crs.pixels_per_unit(4.0), 0.25);
        }
        assert_eq!(Crs::of_projection("xy"), Some(Crs::Plane { y_down: false }));
    }

    #[test]
    fn planes_say_which_way_their_y_goes() {
        let plane = |y_down| Crs::Plane { y_down }.to_string();
        assert_eq!([plane(false), plane(true)], ["xy", "xy with y down"]);
        assert_eq!(Crs::WebMercator.to_string(), "mercator");
    }
}
