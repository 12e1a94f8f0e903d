//! Metadata of `GeoParquet`: which columns hold geometries, how they are encoded, in which
//! coordinate system they are, and which columns hold their boxes. Versions 1.0 and 1.1, and 2.0 as
//! far as it is written.
//!
//! Coordinate systems are in PROJJSON, of which the code is used, and the rest only where that is
//! not one of EPSG.

use serde_json::{Map, Value};

use super::projjson;
use crate::columnar::{Leaf, List, ParquetFile};
use crate::error::Remedy;
use crate::geo::{Crs, NoSystem};
use crate::input::Field;
use crate::input::geometry::{Geometry, Part};

/// Under which key the metadata is.
const KEY: &str = "geo";
/// Names of columns of geometries where the metadata names none.
const USUAL: &str = "geometry";

/// A column of geometries.
#[derive(Debug, PartialEq)]
pub(super) struct Geo {
    pub place: Place,
    pub system: System,
    /// The columns of boxes around the geometries: the least and the most x and y.
    pub boxes: Option<[usize; 4]>,
    /// Lines are the shortest way on the ground.
    pub is_round: bool,
}

/// Where positions are.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    /// In well-known binary.
    Binary(usize),
    /// In columns of x and y.
    Numbers([usize; 2]),
    /// In columns of lists of x and y.
    Lists(Nesting, [usize; 2]),
}

/// How positions in lists make a geometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Nesting {
    /// Each is a point.
    Points,
    /// The innermost lists are lines, and lie in so many others.
    Lines(i16),
    /// The innermost lists are rings of polygons, and these lie in so many others.
    Polygons(i16),
}

impl Nesting {
    /// That of an encoding of `GeoParquet`.
    fn of(encoding: &str) -> Option<Self> {
        Some(match encoding {
            "multipoint" => Self::Points,
            "linestring" => Self::Lines(0),
            "multilinestring" => Self::Lines(1),
            "polygon" => Self::Polygons(0),
            "multipolygon" => Self::Polygons(1),
            _ => return None,
        })
    }

    /// How many lists a position lies within.
    fn depth(self) -> i16 {
        match self {
            Self::Points => 1,
            Self::Lines(around) => around + 1,
            Self::Polygons(around) => around + 2,
        }
    }

    /// The geometry of lists of x and y; `None` if they are not alike.
    pub(super) fn geometry(self, x: List<'_>, y: List<'_>) -> Option<Geometry> {
        (x.levels == y.levels).then_some(())?;
        let mut positions = x.numbers.iter().zip(y.numbers).map(|(&x, &y)| [x, y]);
        let depth = self.depth();
        let mut geometry = Geometry::default();
        match self {
            Self::Points => geometry.parts.extend(positions.map(Part::Point)),
            Self::Lines(_) => {
                let lines = x.levels.chunk_by(|_, next| *next == depth);
                let line = |line: &[i16]| positions.by_ref().take(line.len()).collect();
                geometry.parts.extend(lines.map(line).map(Part::Line));
            }
            Self::Polygons(_) => {
                let polygons = x.levels.chunk_by(|_, next| *next >= depth - 1);
                geometry.polygons = polygons.count() as u64;
            }
        }
        Some(geometry)
    }
}

/// What is said of the coordinate system.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum System {
    /// Longitude and latitude, as nothing else is said.
    Usual,
    /// It is said that nobody knows it.
    Nobody,
    /// It is this one, by its code or text.
    Named(String),
    /// It has no code, but this name.
    Nameless(String),
}

/// Why a column cannot be read.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub fact: String,
    pub remedy: Option<Remedy>,
}

impl From<String> for Fault {
    fn from(fact: String) -> Self {
        Self { fact, remedy: None }
    }
}

type Result<T> = std::result::Result<T, Fault>;

/// The geometries of a file: those of the column that is asked for by its name, or else those that
/// the file calls the primary ones. `None` if the file says nothing of such.
pub(super) fn of(file: &ParquetFile, asked: Option<&Field>) -> Result<Option<Geo>> {
    let metadata = file.note(KEY).map(parse).transpose()?;
    let name = match asked {
        Some(Field::Name(name)) => Some(name.clone()),
        Some(Field::Number(number)) => {
            let column = number.checked_sub(1).and_then(|at| file.columns().get(at));
            column.map(|column| column.name.clone())
        }
        None => None,
    };
    let Some(metadata) = metadata else {
        return Ok(of_type(file, name.as_deref()));
    };
    let primary = metadata.get("primary_column").and_then(Value::as_str);
    let name = name.as_deref().or(primary).unwrap_or(USUAL);
    let columns = metadata.get("columns").and_then(Value::as_object);
    match columns.and_then(|columns| columns.get(name)) {
        Some(Value::Object(column)) => described(file, name, column).map(Some),
        _ => Ok(of_type(file, Some(name))),
    }
}

fn parse(text: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text)
        .map_err(|error| format!("its metadata of places is broken: {error}").into())
}

/// A column that is of geometries by its type.
fn of_type(file: &ParquetFile, name: Option<&str>) -> Option<Geo> {
    let mut columns = (0..).zip(file.columns());
    let (column, of) = columns.find_map(|(at, column)| {
        let of = column.geometry.as_ref().filter(|_| column.lists == 0)?;
        name.is_none_or(|name| column.name == name)
            .then_some((at, of))
    })?;
    Some(Geo {
        place: Place::Binary(column),
        system: of_text(file, &of.crs),
        boxes: None,
        is_round: of.is_round,
    })
}

/// The system that the type of a column names: `srid:N`, `projjson:KEY` or PROJJSON itself.
fn of_text(file: &ParquetFile, crs: &str) -> System {
    if crs.is_empty() {
        return System::Usual;
    }
    if let Some(number) = crs.strip_prefix("srid:") {
        return match number.trim() {
            "0" => System::Nobody,
            number => System::Named(number.to_owned()),
        };
    }
    let text = match crs.strip_prefix("projjson:") {
        Some(key) => file.note(key).unwrap_or_default(),
        None => crs,
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(described)) => of_json(&described),
        _ => System::Named(text.to_owned()),
    }
}

/// A column that the metadata describes.
fn described(file: &ParquetFile, name: &str, column: &Map<String, Value>) -> Result<Geo> {
    let encoding = column.get("encoding").and_then(Value::as_str);
    let find = |name: &str| {
        file.column(name)
            .filter(|&at| file.columns()[at].lists == 0)
    };
    let place = match encoding.unwrap_or("WKB") {
        "WKB" => find(name).map(Place::Binary),
        "point" => find(&format!("{name}.x"))
            .zip(find(&format!("{name}.y")))
            .map(|(x, y)| Place::Numbers([x, y])),
        other => {
            let nesting = Nesting::of(other).ok_or_else(|| {
                format!("column \"{name}\" is encoded as {other:?}, which nobody knows")
            })?;
            listed(file, name, nesting)
        }
    };
    let place = place.ok_or_else(|| format!("there is no column \"{name}\" for its geometries"))?;
    let system = match column.get("crs") {
        None => System::Usual,
        Some(Value::Null) => System::Nobody,
        Some(Value::Object(crs)) => of_json(crs),
        Some(Value::String(crs)) => System::Named(crs.clone()),
        Some(other) => System::Nameless(other.to_string()),
    };
    let covering = column
        .get("covering")
        .and_then(|covering| covering.get("bbox"));
    Ok(Geo {
        place,
        system,
        boxes: covering.and_then(|covering| boxes(file, covering)),
        is_round: column
            .get("edges")
            .and_then(Value::as_str)
            .is_some_and(|edges| edges != "planar"),
    })
}

/// The columns of x and y of positions in lists, whatever their writer calls these.
fn listed(file: &ParquetFile, name: &str, nesting: Nesting) -> Option<Place> {
    let before = format!("{name}.");
    let column = |end: &str| {
        let is_it = |leaf: &Leaf| {
            let has_names = leaf.name.starts_with(&before) && leaf.name.ends_with(end);
            has_names && leaf.lists == nesting.depth()
        };
        file.columns().iter().position(is_it)
    };
    Some(Place::Lists(nesting, [column(".x")?, column(".y")?]))
}

/// The columns of boxes, each named by the path to it.
fn boxes(file: &ParquetFile, covering: &Value) -> Option<[usize; 4]> {
    let column = |side: &str| {
        let path = covering.get(side)?.as_array()?;
        let parts: Option<Vec<&str>> = path.iter().map(Value::as_str).collect();
        file.column(&parts?.join("."))
    };
    Some([
        column("xmin")?,
        column("xmax")?,
        column("ymin")?,
        column("ymax")?,
    ])
}

/// The system that PROJJSON describes: its code, or that of the horizontal one within it.
fn of_json(crs: &Map<String, Value>) -> System {
    let code = crs.get("id").and_then(|id| {
        let authority = id.get("authority")?.as_str()?;
        let code = match id.get("code")? {
            Value::String(code) => code.clone(),
            Value::Number(code) => code.to_string(),
            _ => return None,
        };
        Some(format!("{authority}:{code}"))
    });
    if let Some(code) = code {
        // Codes of others than EPSG are known by what lies in them.
        let is_known = code.starts_with("EPSG") || Crs::of_srs(&code).is_some();
        let text = (!is_known).then(|| projjson::wkt(crs)).flatten();
        return System::Named(text.unwrap_or(code));
    }
    let within = match crs.get("type").and_then(Value::as_str) {
        Some("CompoundCRS") => crs.get("components").and_then(|parts| parts.get(0)),
        Some("BoundCRS") => crs.get("source_crs"),
        _ => None,
    };
    if let Some(Value::Object(within)) = within {
        return of_json(within);
    }
    let name = crs.get("name").and_then(Value::as_str);
    System::Nameless(name.unwrap_or("without a name").to_owned())
}

impl System {
    /// The system itself, or none where it is said that nobody knows.
    pub(super) fn crs(&self, ballpark: bool) -> Result<Option<Crs>> {
        let known = |named: std::result::Result<Crs, NoSystem>| {
            named.map(Some).map_err(|error| Fault {
                fact: error.to_string(),
                remedy: Some(error.remedy()),
            })
        };
        match self {
            Self::Usual => Ok(Some(Crs::Wgs84)),
            Self::Nobody => Ok(None),
            Self::Named(name) => known(Crs::named(name, ballpark)),
            Self::Nameless(name) => Err(Fault {
                fact: format!("its coordinate system has no code: {name}"),
                remedy: Some(Remedy::OtherSystem),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(json: &str) -> System {
        of_json(&parse(json).unwrap())
    }

    #[test]
    fn lists_within_lists_are_lines_and_polygons() {
        let list = |numbers: &'static [f64], levels: &'static [i16]| List { numbers, levels };
        let geometry = |nesting: Nesting, levels: &'static [i16]| {
            let x = list(&[1.0, 2.0, 3.0, 4.0], levels);
            nesting.geometry(x, list(&[5.0, 6.0, 7.0, 8.0], levels))
        };
        let line = |line: &[[f64; 2]]| Part::Line(line.to_vec());
        let two = geometry(Nesting::Lines(1), &[0, 2, 1, 2]).unwrap();
        let parts = [
            line(&[[1.0, 5.0], [2.0, 6.0]]),
            line(&[[3.0, 7.0], [4.0, 8.0]]),
        ];
        assert_eq!(two.parts, parts);
        let one = geometry(Nesting::Lines(0), &[0, 1, 1, 1]).unwrap();
        assert_eq!(one.parts.len(), 1);
        let points = geometry(Nesting::Points, &[0, 1, 1, 1]).unwrap();
        assert_eq!(points.parts.len(), 4);
        let rings = geometry(Nesting::Polygons(0), &[0, 2, 1, 2]).unwrap();
        assert_eq!(rings.polygons, 1);
        let polygons = geometry(Nesting::Polygons(1), &[0, 3, 2, 1]).unwrap();
        assert_eq!(polygons.polygons, 2);
        let other = list(&[5.0], &[0]);
        let x = list(&[1.0, 2.0], &[0, 1]);
        assert_eq!(Nesting::Points.geometry(x, other), None);
    }

    #[test]
    fn systems_are_known_by_their_codes() {
        let name = |name: &str| System::Named(name.to_owned());
        let rd = r#"{"type":"ProjectedCRS","id":{"authority":"EPSG","code":28992}}"#;
        assert_eq!(named(rd), name("EPSG:28992"));
        assert_eq!(
            named(rd).crs(false).unwrap().and_then(Crs::epsg),
            Some(28992)
        );
        let usual = named(r#"{"id":{"authority":"OGC","code":"CRS84"}}"#);
        assert_eq!(usual.crs(false), Ok(Some(Crs::Wgs84)));
        let compound = format!(r#"{{"type":"CompoundCRS","components":[{rd},{{}}]}}"#);
        assert_eq!(named(&compound), name("EPSG:28992"));
        let nameless = named(r#"{"type":"ProjectedCRS","name":"Site grid"}"#);
        let fault = nameless.crs(false).unwrap_err();
        assert!(fault.fact.contains("no code: Site grid"), "{fault:?}");
        assert_eq!(System::Nobody.crs(false), Ok(None));
        assert!(name("EPSG:1").crs(false).unwrap_err().remedy.is_some());
    }
}
