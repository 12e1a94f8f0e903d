//! Metadata of `GeoParquet`: which columns hold geometries, how they are encoded, in which
//! coordinate system they are, and which columns hold their boxes. Versions 1.0 and 1.1, and 2.0 as
//! far as it is written.
//!
//! Coordinate systems are in PROJJSON, of which the code is used, and nothing else.

use serde_json::{Map, Value};

use crate::columnar::ParquetFile;
use crate::error::Remedy;
use crate::geo::{Crs, NoSystem};
use crate::input::Field;

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
    let (column, crs) = columns.find_map(|(at, column)| {
        let crs = column.geometry.clone().filter(|_| column.is_single)?;
        name.is_none_or(|name| column.name == name)
            .then_some((at, crs))
    })?;
    Some(Geo {
        place: Place::Binary(column),
        system: of_text(file, &crs),
        boxes: None,
        is_round: false,
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
    let find = |name: &str| file.column(name).filter(|&at| file.columns()[at].is_single);
    let place = match encoding.unwrap_or("WKB") {
        "WKB" => find(name).map(Place::Binary),
        "point" => find(&format!("{name}.x"))
            .zip(find(&format!("{name}.y")))
            .map(|(x, y)| Place::Numbers([x, y])),
        other => {
            let fact =
                format!("column \"{name}\" is encoded as {other:?}, and WKB and points are read");
            return Err(fact.into());
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
        return System::Named(code);
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
