//! Coordinate systems that PROJ's parameters describe, projected or not, on any datum; `proj4rs`
//! does the arithmetic.
//!
//! A system comes from a code of EPSG, from parameters (`+proj=utm +zone=33`) or from well-known
//! text. Texts of ESRI do not say how their datum lies to WGS 84: that is looked up by the datum's
//! name. Datums are shifted by three or seven numbers (Helmert), as PROJ does where it has no
//! grids, or by a grid that is named; one of which neither is known is refused, unless being off
//! by hundreds of metres is permitted.
//!
//! Latitudes and longitudes are those of WGS 84. Points are projected by `lattice`: what data come
//! to is within 1 mm of what PROJ's formulas give, what is drawn within 0.1 mm, which is 1/100 of a
//! pixel of 1 cm.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Once, OnceLock, PoisonError, RwLock};

use proj4rs::nadgrids::catalog;
use proj4rs::transform::transform;
use proj4rs::{Proj, nadgrids};

use super::lattice::{Exact, Lattice, Point};
use super::registry::{self, Entry};
use super::wkt;
use super::{Accuracy, NoSystem, shown};
use crate::geo::Coord;
use crate::raster::guard;

/// Metres to a degree of latitude, about.
const DEGREE: f64 = 111_195.0;
/// How far what is interpolated may be off, in metres: data, and what is drawn. The inverses of
/// some projections stop their iterations near 1 mm, so data cannot be held to less.
const NEAR: (f64, f64) = (1e-3, 1e-4);
/// The sides of cells, in metres and in degrees.
const CELL: f64 = 32_768.0;
const CELL_DEGREES: f64 = 0.25;
/// The most systems of a run. They take 1 KiB each, and what is kept of how they are drawn has a
/// limit of its own.
const MOST: usize = 20_000;
/// How far from a place its own projection may be taken back, in degrees: beyond that it was put
/// where the formulas give nonsense.
const BACK: f64 = 1e-5;

/// A system that parameters describe. It is made once in a run and stays until its end, so that
/// it is passed around like a number.
#[derive(Clone, Copy)]
pub struct System(&'static Definition);

struct Definition {
    /// The code, or else the parameters, as a user would write them.
    label: String,
    entry: Option<Entry>,
    accuracy: Accuracy,
    proj: Proj,
    /// How many degrees its unit has, if it is an angle.
    unit: f64,
    to_earth: Lattice,
    to_plane: Lattice,
}

/// Finding systems.
impl System {
    /// The system of a code of EPSG.
    pub(super) fn of_code(code: u32, ballpark: bool) -> Result<Self, NoSystem> {
        let label = format!("EPSG:{code}");
        if let Some(known) = SYSTEMS.get(&label, ballpark) {
            return Ok(known);
        }
        let entry = u16::try_from(code).ok().and_then(registry::entry);
        let entry = entry.ok_or_else(|| NoSystem::Unknown(label.clone()))?;
        let parameters = registry::shifted(entry.parameters);
        SYSTEMS.keep(Definition::new(label, &parameters, Some(entry), ballpark)?)
    }

    /// The system of PROJ's parameters.
    pub(super) fn of_parameters(text: &str, ballpark: bool) -> Result<Self, NoSystem> {
        let label = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(known) = SYSTEMS.get(&label, ballpark) {
            return Ok(known);
        }
        SYSTEMS.keep(Definition::new(label.clone(), &label, None, ballpark)?)
    }

    /// The system of a well-known text.
    pub(super) fn of_wkt(text: &str, ballpark: bool) -> Result<Self, NoSystem> {
        let text = wkt::horizontal(text);
        let known = wkt::code(text).filter(|code| registry::entry(*code).is_some());
        if let Some(code) = known {
            return Self::of_code(code.into(), ballpark);
        }
        let name = wkt::name(text);
        if wkt::is_too_deep(text) {
            return Err(NoSystem::Unknown(name));
        }
        if wkt::odd_angle(text).is_some() {
            let why = "its numbers are other angles than degrees".to_owned();
            return Err(NoSystem::Unusable(name, why));
        }
        if let Some(parameters) = wkt::extension(text) {
            let made = Self::of_parameters(parameters, ballpark);
            return made.map_err(|reason| reason.about(&name));
        }
        let parsed = guard(|| proj4wkt::wkt_to_projstring(text));
        let parameters = parsed.ok().and_then(Result::ok);
        let parameters = parameters.ok_or_else(|| NoSystem::Unknown(name.clone()))?;
        let parameters = format!("{parameters}{}", shift(text, &parameters));
        Self::of_parameters(&parameters, ballpark).map_err(|reason| reason.about(&name))
    }
}

impl Definition {
    fn new(
        label: String,
        parameters: &str,
        entry: Option<Entry>,
        ballpark: bool,
    ) -> Result<Self, NoSystem> {
        let (proj, accuracy) = prepared(&label, parameters, ballpark)?;
        let unusable = |why: &str| NoSystem::Unusable(shown(&label), why.to_owned());
        if proj.is_geocent() {
            return Err(unusable(
                "it counts from the middle of the earth, in three numbers",
            ));
        }
        if !(6.3e6..6.4e6).contains(&proj.ellipse_parameters().0) {
            return Err(unusable("it is not on the earth"));
        }
        if !proj.has_inverse() || !proj.has_forward() {
            return Err(unusable("its projection is known in one direction alone"));
        }
        Ok(Self {
            label,
            entry,
            accuracy,
            proj,
            unit: entry
                .and_then(|entry| wkt::odd_angle(entry.wkt))
                .unwrap_or(1.0),
            to_earth: Lattice::default(),
            to_plane: Lattice::default(),
        })
    }
}

/// The systems of this run.
static SYSTEMS: LazyLock<Systems> = LazyLock::new(|| Systems::new(MOST));

struct Systems {
    /// By their labels, and by whether they are only in the ballpark.
    made: RwLock<HashMap<(&'static str, bool), System>>,
    most: usize,
}

impl Systems {
    fn new(most: usize) -> Self {
        Self {
            made: RwLock::default(),
            most,
        }
    }

    fn get(&self, label: &str, ballpark: bool) -> Option<System> {
        let systems = self.made.read().unwrap_or_else(PoisonError::into_inner);
        let known = |ballpark: bool| systems.get(&(label, ballpark)).copied();
        known(false).or_else(|| known(true).filter(|_| ballpark))
    }

    fn keep(&self, definition: Definition) -> Result<System, NoSystem> {
        let mut systems = self.made.write().unwrap_or_else(PoisonError::into_inner);
        let is_ballpark = definition.accuracy == Accuracy::Ballpark;
        // Another thread may have been quicker.
        if let Some(known) = systems.get(&(&*definition.label, is_ballpark)) {
            return Ok(*known);
        }
        if systems.len() >= self.most {
            return Err(NoSystem::TooMany(shown(&definition.label), self.most));
        }
        let system = System(Box::leak(Box::new(definition)));
        systems.insert((system.label(), is_ballpark), system);
        Ok(system)
    }
}

/// What a text leaves out of parameters: how its datum lies to WGS 84.
fn shift(text: &str, parameters: &str) -> String {
    if parameters.contains("+towgs84") || parameters.contains("+nadgrids") {
        return String::new();
    }
    if wkt::is_near_datum(text) {
        return " +towgs84=0,0,0".to_owned();
    }
    let known = registry::on_datum(text).unwrap_or_default();
    let known = registry::shifted(known);
    let says = |word: &&str| {
        ["+towgs84=", "+datum=", "+nadgrids="]
            .iter()
            .any(|key| word.starts_with(key))
    };
    let words = known.split(' ').filter(says);
    words.map(|word| format!(" {word}")).collect()
}

/// Projection and accuracy of parameters, after what cannot be had is left out of them.
fn prepared(label: &str, parameters: &str, ballpark: bool) -> Result<(Proj, Accuracy), NoSystem> {
    static GRIDS: Once = Once::new();
    GRIDS.call_once(|| {
        catalog::set_builder(nadgrids::files::read_from_file);
    });
    let words = Words(parameters.split_whitespace().collect());
    let with_grid = Proj::from_proj_string(parameters);
    let no_grid = matches!(with_grid, Err(proj4rs::errors::Error::NadGridNotAvailable));
    let unusable = |why: proj4rs::errors::Error| NoSystem::Unusable(shown(label), why.to_string());
    match words.accuracy() {
        Accuracy::Grid if no_grid && words.value("towgs84").is_some() => {
            let proj = Proj::from_proj_string(&words.without(&["nadgrids", "datum"]));
            Ok((proj.map_err(unusable)?, Accuracy::Shifted7))
        }
        Accuracy::Grid if no_grid && !ballpark => Err(match words.value("nadgrids") {
            Some(grids) => NoSystem::NoGrid(shown(label), grids.to_owned()),
            None => NoSystem::NoShift(shown(label)),
        }),
        Accuracy::Ballpark if !ballpark => Err(NoSystem::NoShift(shown(label))),
        Accuracy::Grid if no_grid => {
            let ellipsoid = words.value("datum").map_or("", |_| " +ellps=clrk66");
            let parameters = words.without(&["nadgrids", "datum"]) + ellipsoid;
            let proj = Proj::from_proj_string(&parameters);
            Ok((proj.map_err(unusable)?, Accuracy::Ballpark))
        }
        accuracy => Ok((with_grid.map_err(unusable)?, accuracy)),
    }
}

/// The words of PROJ's parameters.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pair = |word: &&'a str| {
            let word = word.strip_prefix('+').unwrap_or(word);
            word.split_once('=').unwrap_or((word, ""))
        };
        self.0.iter().map(pair)
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        let mut pairs = self.pairs();
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// All but some.
    fn without(&self, keys: &[&str]) -> String {
        let words = self.0.iter().zip(self.pairs());
        let kept = words.filter(|(_, (name, _))| !keys.contains(name));
        let kept: Vec<&str> = kept.map(|(word, _)| *word).collect();
        kept.join(" ")
    }

    /// How good they are if nothing is missing: grids count before shifts, and shifts before
    /// datums.
    fn accuracy(&self) -> Accuracy {
        match (
            self.value("nadgrids"),
            self.value("towgs84"),
            self.value("datum"),
        ) {
            (Some("@null" | "null"), _, _) | (None, None, Some("WGS84")) => Accuracy::Same,
            (Some(_), _, _) | (None, None, Some("NAD27")) => Accuracy::Grid,
            (None, Some(shift), _) => of_shift(shift),
            (None, None, Some("NAD83")) => Accuracy::Drift,
            (None, None, Some("GGRS87" | "carthage")) => Accuracy::Shifted3,
            (None, None, Some(_)) => Accuracy::Shifted7,
            (None, None, None) => self.of_ellipsoid(),
        }
    }

    /// The accuracy of a system that says nothing of its datum.
    fn of_ellipsoid(&self) -> Accuracy {
        let number = |key: &str| self.value(key)?.parse::<f64>().ok();
        let (a, b, name) = (number("a"), number("b"), self.value("ellps"));
        let is_round = a.is_some() && (a == b || number("rf") == Some(0.0));
        match name {
            _ if is_round || self.value("R").is_some() => Accuracy::Sphere,
            Some("sphere") => Accuracy::Sphere,
            Some("WGS84") => Accuracy::Same,
            None if a.is_none() => Accuracy::Same,
            Some("GRS80") => Accuracy::Drift,
            None if a == Some(6_378_137.0) => Accuracy::Drift,
            _ => Accuracy::Ballpark,
        }
    }
}

/// The accuracy of a shift.
fn of_shift(shift: &str) -> Accuracy {
    let zero = |number: &str| number.trim().parse() == Ok(0.0);
    let numbers: Vec<&str> = shift.split(',').collect();
    if numbers.iter().all(|number| zero(number)) {
        Accuracy::Drift
    } else if numbers.iter().skip(3).all(|number| zero(number)) {
        Accuracy::Shifted3
    } else {
        Accuracy::Shifted7
    }
}

/// What it is.
impl System {
    /// Its code, or else its parameters.
    pub(super) fn label(self) -> &'static str {
        &self.0.label
    }

    /// Its number in the registry of EPSG.
    pub(super) fn code(self) -> Option<u16> {
        self.0.entry.map(|entry| entry.code)
    }

    /// Its name in that registry, or else its parameters.
    pub(super) fn name(self) -> &'static str {
        self.0.entry.map_or(&self.0.label, |entry| entry.name())
    }

    pub(super) fn wkt(self) -> Option<&'static str> {
        self.0.entry.map(|entry| entry.wkt)
    }

    /// How far its places may be off.
    #[must_use]
    pub fn accuracy(self) -> Accuracy {
        self.0.accuracy
    }

    /// Whether its numbers are angles.
    pub(super) fn is_geographic(self) -> bool {
        self.0.proj.is_latlong()
    }

    /// Whether its numbers are degrees of WGS 84, or of what is taken for it.
    pub(super) fn is_plain(self) -> bool {
        let is_same = matches!(self.accuracy(), Accuracy::Same | Accuracy::Drift);
        let is_from_greenwich = self.0.proj.from_greenwich() == 0.0;
        let is_in_degrees = self.is_geographic() && self.0.unit == 1.0;
        is_in_degrees && is_same && is_from_greenwich && self.is_upright()
    }

    /// Whether x goes to the east, and y to the north.
    pub(super) fn is_upright(self) -> bool {
        self.0.proj.is_normalized_axis()
    }

    /// How many metres a unit of it is long.
    pub(super) fn metres(self) -> f64 {
        if self.is_geographic() {
            DEGREE * self.0.unit
        } else {
            self.0.proj.to_meter()
        }
    }
}

/// Places to numbers, and back.
impl System {
    /// Longitude and latitude in degrees, of numbers in this system.
    pub(super) fn to_earth(self, x: f64, y: f64) -> Option<Point> {
        self.0.to_earth.at(&ToEarth(self), x, y)
    }

    /// The numbers of a place in degrees.
    pub(super) fn to_plane(self, lon: f64, lat: f64) -> Option<Point> {
        let at = Coord::unchecked(lon, lat).wrapped();
        self.0.to_plane.at(&ToPlane(self), at.x(), at.y())
    }

    fn project(self, lon: f64, lat: f64) -> Option<Point> {
        let mut at = (lon.to_radians(), lat.to_radians(), 0.0);
        transform(wgs84(), &self.0.proj, &mut at).ok()?;
        finite(self.in_units(at))
    }

    fn unproject(self, x: f64, y: f64) -> Option<Point> {
        let mut at = if self.is_geographic() {
            let radians = |number: f64| (number * self.0.unit).to_radians();
            (radians(x), radians(y), 0.0)
        } else {
            (x, y, 0.0)
        };
        transform(&self.0.proj, wgs84(), &mut at).ok()?;
        let (lon, lat) = finite((at.0.to_degrees(), at.1.to_degrees()))?;
        let at = Coord::unchecked(lon, lat).wrapped();
        (lat.abs() <= 90.0).then_some((at.x(), at.y()))
    }

    fn in_units(self, at: (f64, f64, f64)) -> Point {
        if self.is_geographic() {
            (
                at.0.to_degrees() / self.0.unit,
                at.1.to_degrees() / self.0.unit,
            )
        } else {
            (at.0, at.1)
        }
    }
}

fn finite((x, y): Point) -> Option<Point> {
    (x.is_finite() && y.is_finite()).then_some((x, y))
}

fn wgs84() -> &'static Proj {
    static WGS84: OnceLock<Proj> = OnceLock::new();
    WGS84.get_or_init(|| {
        Proj::from_proj_string("+proj=longlat +datum=WGS84")
            .unwrap_or_else(|error| unreachable!("WGS 84 is known: {error}"))
    })
}

/// From numbers to places.
struct ToEarth(System);

impl Exact for ToEarth {
    fn side(&self) -> f64 {
        if self.0.is_geographic() {
            CELL_DEGREES
        } else {
            CELL / self.0.metres()
        }
    }

    fn at(&self, x: f64, y: f64) -> Option<Point> {
        let (lon, lat) = self.0.unproject(x, y)?;
        // Far outside of their zones the formulas find places that are not there.
        let (east, north) = self.0.project(lon, lat)?;
        let metres = (east - x).hypot(north - y) * self.0.metres();
        (metres < 1.0).then_some((lon, lat))
    }

    fn is_near(&self, exact: Point, other: Point) -> bool {
        let near = NEAR.0 / 2.0 / DEGREE;
        let shrunk = exact.1.to_radians().cos();
        (exact.0 - other.0).abs() * shrunk < near && (exact.1 - other.1).abs() < near
    }
}

/// From places to numbers.
struct ToPlane(System);

impl Exact for ToPlane {
    fn side(&self) -> f64 {
        CELL_DEGREES
    }

    fn at(&self, lon: f64, lat: f64) -> Option<Point> {
        let (x, y) = self.0.project(lon, lat)?;
        let (back, up) = self.0.unproject(x, y)?;
        let across = (back - lon).abs();
        // At a pole all longitudes are one.
        let across = across.min(360.0 - across) * lat.to_radians().cos();
        (across < BACK && (up - lat).abs() < BACK).then_some((x, y))
    }

    fn is_near(&self, exact: Point, other: Point) -> bool {
        let near = NEAR.1 / 2.0 / self.0.metres();
        (exact.0 - other.0).abs() < near && (exact.1 - other.1).abs() < near
    }
}

impl PartialEq for System {
    fn eq(&self, other: &Self) -> bool {
        self.0.label == other.0.label
    }
}

impl Eq for System {}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.label)
    }
}

/// Code and name, or the parameters; and how good it is.
impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.entry {
            Some(entry) => write!(f, "{} ({})", self.0.label, entry.name())?,
            None => f.write_str(&self.0.label)?,
        }
        write!(f, ", {}", self.0.accuracy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Crs;

    /// Code, longitude, latitude, x and y, as PROJ has them without grids.
    const PLACES: &str = include_str!("../../../tests/data/crs/places.csv");

    fn named(text: &str) -> Crs {
        Crs::named(text, false).unwrap_or_else(|error| panic!("{error}"))
    }

    fn places() -> impl Iterator<Item = (Crs, Coord, Point)> {
        PLACES.lines().skip(1).map(|line| {
            let (code, numbers) = line.split_once(',').unwrap();
            let numbers: Vec<f64> = numbers.split(',').map(|n| n.parse().unwrap()).collect();
            let at = Coord::unchecked(numbers[0], numbers[1]);
            (named(code), at, (numbers[2], numbers[3]))
        })
    }

    #[test]
    fn brackets_deeper_than_those_of_any_system_are_none() {
        let text = "SPHEROID[\"x\",".repeat(100_000);
        let refused = System::of_wkt(&text, false).err();
        assert_eq!(refused, Some(NoSystem::Unknown("x".into())));
    }

    #[test]
    fn systems_are_kept_once_and_no_more_than_so_many() {
        let systems = Systems::new(2);
        let keep = |zone: u32| {
            let label = format!("+proj=utm +zone={zone}");
            let definition = Definition::new(label.clone(), &label, None, false)?;
            systems.keep(definition)
        };
        let first = keep(1).unwrap();
        assert_eq!(keep(2).unwrap().label(), "+proj=utm +zone=2");
        let refused = NoSystem::TooMany("+proj=utm +zone=3".into(), 2);
        assert_eq!(keep(3), Err(refused));
        assert!(std::ptr::eq(keep(1).unwrap().0, first.0));
        assert!(systems.get("+proj=utm +zone=3", true).is_none());
    }

    #[test]
    fn places_are_where_proj_has_them_within_a_metre() {
        let mut systems: Vec<Crs> = Vec::new();
        for (crs, at, (x, y)) in places() {
            let (east, north) = crs.forward(at);
            let off =
                (east * crs.unit() - x).hypot(north * crs.unit() - y) * crs.metres() / crs.unit();
            assert!(off < 1.0, "{crs} {at:?}: {off} m");
            let back = crs.place(x, y).unwrap();
            let across = (back.x() - at.x()) * at.y().to_radians().cos();
            let off = across.hypot(back.y() - at.y()) * DEGREE;
            assert!(off < 1.0, "{crs} {x} {y}: {off} m");
            if !systems.contains(&crs) {
                systems.push(crs);
            }
        }
        assert!(systems.len() >= 30, "{}", systems.len());
    }

    #[test]
    fn what_is_interpolated_is_as_near_as_it_says() {
        for code in [28992, 5514, 3035, 32733, 2263, 3031] {
            let Crs::Projected(system) = named(&code.to_string()) else {
                panic!("{code}")
            };
            let middle = places().find(|(crs, _, _)| crs.epsg() == Some(code));
            let (_, at, (x, y)) = middle.unwrap();
            for step in 0..500 {
                let (a, b) = (f64::from(step % 23) / 23.0, f64::from(step) / 500.0);
                let (lon, lat) = (at.x() + a, at.y() + b * 0.9);
                let exact = ToPlane(system).at(lon, lat).unwrap();
                let near = system.to_plane(lon, lat).unwrap();
                let off = (exact.0 - near.0).hypot(exact.1 - near.1) * system.metres();
                assert!(off < NEAR.1, "{code}: {off} m at {lon} {lat}");
                let (x, y) = (x + a * 1e5, y + b * 1e5);
                let (exact, near) = (ToEarth(system).at(x, y), system.to_earth(x, y));
                let (exact, near) = (exact.unwrap(), near.unwrap());
                let across = (exact.0 - near.0) * exact.1.to_radians().cos();
                let off = across.hypot(exact.1 - near.1) * DEGREE;
                assert!(off < NEAR.0, "{code}: {off} m at {x} {y}");
            }
        }
    }

    #[test]
    fn what_is_not_smooth_enough_is_not_interpolated() {
        let Crs::Projected(system) = named("EPSG:32633") else {
            panic!("it is projected")
        };
        // As far from its meridian as it goes.
        let mut known = 0;
        for step in 0..2000 {
            let (lon, lat) = (15.0 + f64::from(step) * 0.044, f64::from(step % 31) / 7.0);
            let exact = ToPlane(system).at(lon, lat);
            let near = system.to_plane(lon, lat);
            assert_eq!(exact.is_some(), near.is_some(), "{lon} {lat}");
            let Some((exact, near)) = exact.zip(near) else {
                continue;
            };
            let off = (exact.0 - near.0).hypot(exact.1 - near.1);
            assert!(off < NEAR.1, "{off} m at {lon} {lat}");
            let (back, again) = (
                ToEarth(system).at(exact.0, exact.1),
                system.to_earth(exact.0, exact.1),
            );
            let Some((back, again)) = back.zip(again) else {
                continue;
            };
            let across = (back.0 - again.0) * back.1.to_radians().cos();
            let off = across.hypot(back.1 - again.1) * DEGREE;
            assert!(off < NEAR.0, "{off} m at {exact:?}");
            known += 1;
        }
        assert!(known > 500, "{known}");
    }

    #[test]
    fn a_system_has_many_names() {
        for text in [
            "EPSG:28992",
            " epsg:28992\n",
            "urn:ogc:def:crs:EPSG::28992",
            "http://www.opengis.net/def/crs/EPSG/0/28992",
            "+init=epsg:28992",
            "28992",
            crs_definitions::from_code(28992).unwrap().wkt,
        ] {
            assert_eq!(named(text), named("EPSG:28992"), "{text}");
        }
        for text in [
            "EPSG:4326",
            "OGC:CRS84",
            "WGS84",
            "+proj=longlat +datum=WGS84",
            "EPSG:4258",
        ] {
            assert_eq!(named(text), Crs::Wgs84, "{text}");
        }
        assert_eq!(named("EPSG:900913"), Crs::WebMercator);
        for text in [
            "EPSG:99999",
            "EPSG:1",
            "EPSG:",
            "x",
            "",
            "ESRI:54030",
            "+proj=nothing",
            "PROJCS[\"x\"",
        ] {
            assert!(Crs::named(text, true).is_err(), "{text}");
        }
        let unknown = Crs::named("EPSG:99999", true).unwrap_err().to_string();
        assert_eq!(unknown, "the coordinate system EPSG:99999 is not known");
    }

    /// As ESRI writes it: no code, and nothing of how the datum lies.
    const BRITISH: &str = "PROJCS[\"British_National_Grid\",GEOGCS[\"GCS_OSGB_1936\",DATUM[\"D_OSGB_1936\",SPHEROID[\"Airy_1830\",6377563.396,299.3249646]],\
        PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"False_Easting\",400000.0],\
        PARAMETER[\"False_Northing\",-100000.0],PARAMETER[\"Central_Meridian\",-2.0],PARAMETER[\"Scale_Factor\",0.9996012717],PARAMETER[\"Latitude_Of_Origin\",49.0],UNIT[\"Meter\",1.0]]";

    #[test]
    fn codes_of_what_a_system_is_made_of_are_not_its_own() {
        let feet = "PROJCRS[\"unknown\",BASEGEOGCRS[\"unknown\",DATUM[\"World Geodetic System 1984\",ELLIPSOID[\"WGS 84\",6378137,298.257223563,LENGTHUNIT[\"metre\",1]],\
            ID[\"EPSG\",6326]],PRIMEM[\"Greenwich\",0,ANGLEUNIT[\"degree\",0.0174532925199433],ID[\"EPSG\",8901]]],CONVERSION[\"unknown\",METHOD[\"Transverse Mercator\",\
            ID[\"EPSG\",9807]],PARAMETER[\"Latitude of natural origin\",40,ANGLEUNIT[\"degree\",0.0174532925199433],ID[\"EPSG\",8801]],PARAMETER[\"Longitude of natural origin\",\
            -95,ANGLEUNIT[\"degree\",0.0174532925199433],ID[\"EPSG\",8802]],PARAMETER[\"Scale factor at natural origin\",1,SCALEUNIT[\"unity\",1],ID[\"EPSG\",8805]],\
            PARAMETER[\"False easting\",0,LENGTHUNIT[\"US survey foot\",0.304800609601219],ID[\"EPSG\",8806]],PARAMETER[\"False northing\",0,LENGTHUNIT[\"US survey foot\",\
            0.304800609601219],ID[\"EPSG\",8807]]],CS[Cartesian,2],AXIS[\"(E)\",east,ORDER[1],LENGTHUNIT[\"US survey foot\",0.304800609601219,ID[\"EPSG\",9003]]],\
            AXIS[\"(N)\",north,ORDER[2],LENGTHUNIT[\"US survey foot\",0.304800609601219,ID[\"EPSG\",9003]]]]";
        let at = named(feet).place(100_000.0, 200_000.0).unwrap();
        // Of PROJ 9.
        assert!(
            (at.y() - 40.548_9).abs() < 2e-3 && (at.x() + 94.640_2).abs() < 2e-3,
            "{at:?}"
        );
    }

    #[test]
    fn what_an_extension_says_is_the_system() {
        let text = "PROJCS[\"unnamed\",GEOGCS[\"unnamed ellipse\",DATUM[\"unknown\",SPHEROID[\"unnamed\",6378137,0]],PRIMEM[\"Greenwich\",0],\
            UNIT[\"degree\",0.0174532925199433]],PROJECTION[\"Mercator_2SP\"],UNIT[\"Meter\",1],\
            EXTENSION[\"PROJ4\",\"+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +wktext +no_defs\"]]";
        let at = named(text).place(1_113_194.9, 5_621_521.5).unwrap();
        assert!(
            (at.x() - 10.0).abs() < 1e-5 && (at.y() - 45.0).abs() < 1e-5,
            "{at:?}"
        );
    }

    #[test]
    fn angles_are_degrees_or_what_the_registry_says_they_are() {
        let at = named("EPSG:4807").place(-0.374_21, 52.222_25).unwrap();
        assert!(
            (at.x() - 2.0).abs() < 2e-3 && (at.y() - 47.0).abs() < 2e-3,
            "{at:?}"
        );
        let (x, y) = named("EPSG:4807").forward(at);
        assert!((x + 0.374_21).abs() < 1e-6 && (y - 52.222_25).abs() < 1e-6);
        let grads = "GEOGCS[\"x\",DATUM[\"D_NTF\",SPHEROID[\"Clarke_1880_IGN\",6378249.2,293.4660212936265]],PRIMEM[\"Greenwich\",0],UNIT[\"Grad\",0.01570796326794897]]";
        let refused = Crs::named(grads, true).unwrap_err().to_string();
        assert!(refused.contains("other angles than degrees"), "{refused}");
    }

    #[test]
    fn texts_of_esri_are_where_their_codes_are() {
        let (esri, epsg) = (named(BRITISH), named("EPSG:27700"));
        let at = |crs: Crs| crs.place(530_000.0, 180_000.0).unwrap();
        assert!(
            (at(esri).x() - at(epsg).x()).abs() < 1e-6
                && (at(esri).y() - at(epsg).y()).abs() < 1e-6
        );
        let feet = "PROJCS[\"x\",GEOGCS[\"GCS_North_American_1983\",DATUM[\"D_North_American_1983\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]],\
            PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Lambert_Conformal_Conic\"],PARAMETER[\"False_Easting\",984250.0],\
            PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",-74.0],PARAMETER[\"Standard_Parallel_1\",40.66666666666666],\
            PARAMETER[\"Standard_Parallel_2\",41.03333333333333],PARAMETER[\"Latitude_Of_Origin\",40.16666666666666],UNIT[\"Foot_US\",0.3048006096012192]]";
        let at = |crs: Crs| crs.place(989_791.457, 212_522.519).unwrap();
        let (esri, epsg) = (at(named(feet)), at(named("EPSG:2263")));
        assert!((esri.x() - epsg.x()).hypot(esri.y() - epsg.y()) < 1e-6);
        let compound =
            format!("COMPD_CS[\"x\",{BRITISH},VERT_CS[\"ODN\",VERT_DATUM[\"ODN\",2005]]]");
        assert_eq!(named(&compound), named(BRITISH));
    }

    #[test]
    fn datums_of_which_too_little_is_known_are_refused_unless_that_is_permitted() {
        for text in [
            "EPSG:4267",
            "EPSG:26715",
            "EPSG:5174",
            "+proj=utm +zone=15 +ellps=clrk66",
        ] {
            let error = Crs::named(text, false).unwrap_err();
            assert!(matches!(error, NoSystem::NoShift(_)), "{error}");
            let Crs::Projected(system) = Crs::named(text, true).unwrap() else {
                panic!("{text}")
            };
            assert_eq!(system.accuracy(), Accuracy::Ballpark);
            assert!(Crs::named(text, false).is_err(), "still");
        }
        let text = "+proj=utm +zone=15 +ellps=clrk66 +nadgrids=nowhere.gsb";
        let error = Crs::named(text, false).unwrap_err();
        assert!(
            error.to_string().contains("the grid nowhere.gsb of"),
            "{error}"
        );
    }

    #[test]
    fn a_system_is_as_good_as_what_can_be_had_of_its_datum() {
        for (text, accuracy) in [
            ("+proj=utm +zone=33 +datum=WGS84", Accuracy::Same),
            ("+proj=utm +zone=33 +ellps=WGS84", Accuracy::Same),
            ("+proj=utm +zone=33 +ellps=GRS80", Accuracy::Drift),
            ("+proj=tmerc +a=6378137 +rf=298.257222101", Accuracy::Drift),
            ("+proj=laea +R=6371000", Accuracy::Sphere),
            ("+proj=utm +zone=34 +datum=GGRS87", Accuracy::Shifted3),
            // What is shifted by a grid that is not there, and by numbers, is shifted by these.
            (
                "+proj=utm +zone=32 +ellps=bessel +towgs84=598,73,418,0.2,0.045,-2.4,6.7 +nadgrids=nowhere.gsb",
                Accuracy::Shifted7,
            ),
        ] {
            let Crs::Projected(system) = named(text) else {
                panic!("{text}")
            };
            assert_eq!(system.accuracy(), accuracy, "{text}");
        }
    }

    #[test]
    fn what_is_no_plane_of_the_earth_cannot_be_used() {
        for (text, why) in [
            ("+proj=geocent +datum=WGS84", "from the middle of the earth"),
            ("+proj=merc +R=1737400", "not on the earth"),
        ] {
            let error = Crs::named(text, true).unwrap_err();
            assert!(matches!(error, NoSystem::Unusable(..)), "{error}");
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn far_outside_of_a_zone_there_are_no_places() {
        let utm = named("EPSG:32633");
        assert!(
            utm.shows(Coord::unchecked(20.0, 50.0)) && !utm.shows(Coord::unchecked(104.0, 0.0))
        );
        assert!(utm.place(f64::NAN, 0.0).is_err() && utm.place(1e12, 1e12).is_err());
        let (x, _) = utm.forward(Coord::unchecked(104.0, 0.0));
        assert!(x.is_nan());
        let error = utm.place(0.0, f64::INFINITY).unwrap_err().to_string();
        assert_eq!(error, "x 0, y inf is no place of its coordinate system");
    }

    #[test]
    fn words_alone_tell_how_good_a_datum_is_as_far_as_no_grid_is_looked_for() {
        for (words, accuracy) in [
            ("+proj=merc", Accuracy::Same),
            ("+R=6371000", Accuracy::Sphere),
            ("+a=6378137 +b=6378137", Accuracy::Sphere),
            ("+a=6378137 +rf=0", Accuracy::Sphere),
            ("+a=6378137 +rf=298.25", Accuracy::Drift),
            ("+a=6377397.155 +b=6356078.963", Accuracy::Ballpark),
            ("+ellps=sphere", Accuracy::Sphere),
            ("+ellps=WGS84", Accuracy::Same),
            ("+ellps=GRS80", Accuracy::Drift),
            ("+ellps=bessel", Accuracy::Ballpark),
            ("+ellps=GRS80 +towgs84=0,0,0", Accuracy::Drift),
            ("+ellps=bessel +towgs84=577,90,463", Accuracy::Shifted3),
            (
                "+ellps=bessel +towgs84=577,90,463,0,0,0,0",
                Accuracy::Shifted3,
            ),
            (
                "+ellps=bessel +towgs84=577,90,463,5,1,4,2",
                Accuracy::Shifted7,
            ),
            ("+datum=WGS84", Accuracy::Same),
            ("+datum=NAD83", Accuracy::Drift),
            ("+datum=NAD27", Accuracy::Grid),
            ("+datum=GGRS87", Accuracy::Shifted3),
            ("+datum=potsdam", Accuracy::Shifted7),
            ("+nadgrids=@null +ellps=bessel", Accuracy::Same),
            ("+nadgrids=a.gsb +towgs84=1,2,3", Accuracy::Grid),
        ] {
            let words_of = Words(words.split_whitespace().collect());
            assert_eq!(words_of.accuracy(), accuracy, "{words}");
        }
    }
}
