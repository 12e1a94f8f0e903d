//! Geometries of GeoJSON, in documents, fields and members: read whatever the order of their
//! members, for `coordinates` may come before the `type` that says what they are.

use std::fmt;

use serde_core::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;

use super::{Part, Stated};
use crate::input::float;
use crate::input::json::values::{Bounded, Scalar, no_array, no_object, no_scalars};

/// The kinds of geometries, and how deep their coordinates are.
pub(in crate::input) const KINDS: [(&str, usize); 6] = [
    ("Point", 1),
    ("MultiPoint", 2),
    ("LineString", 2),
    ("MultiLineString", 3),
    ("Polygon", 3),
    ("MultiPolygon", 4),
];

/// How many geometries a collection may have, those of collections in it counted.
const MOST: usize = 1 << 20;

/// What a geometry consists of.
#[derive(Debug, Default, PartialEq)]
pub(in crate::input) struct Geometry {
    pub kind: Option<String>,
    pub coordinates: Option<Coordinates>,
    /// The members of a collection.
    pub geometries: Vec<Geometry>,
    /// The name of its coordinate system, if it has a `crs` as those of `ST_AsGeoJSON`.
    pub system: Option<String>,
    /// It is a point whose numbers are members.
    is_of_numbers: bool,
}

/// The geometry that a field is; `None` if it is none.
pub(super) fn parse(field: &[u8]) -> Option<super::Geometry> {
    let mut source = serde_json::Deserializer::from_slice(field);
    let geometry = GeometrySeed.deserialize(&mut source).ok()??;
    source.end().ok()?;
    geometry.parted()
}

/// The geometry that a value is by its type; `None` if it is none.
pub(super) fn of_value(value: &Value) -> Option<super::Geometry> {
    value
        .get("type")
        .or_else(|| value.get("spatialReference"))?;
    GeometrySeed.deserialize(value).ok()??.parted()
}

/// What a member `crs` calls a system; one that it only links to has the name of the link, and one
/// that is called in no known way that of all its text.
pub(in crate::input) fn named(crs: &Value) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(code) => Some(format!("EPSG:{code}")),
        _ => None,
    };
    let keys = ["name", "href", "code", "urn"];
    let of = |object: &Value| keys.iter().find_map(|key| text(&object[*key]));
    let known = || {
        text(crs)
            .or_else(|| of(&crs["properties"]))
            .or_else(|| of(crs))
    };
    says_something(crs).then(|| known().unwrap_or_else(|| crs.to_string()))
}

/// What a member `spatialReference` of ESRI's JSON calls a system.
pub(in crate::input) fn named_by_esri(system: &Value) -> Option<String> {
    let mut codes = ["latestWkid", "wkid"].iter();
    let code = codes.find_map(|key| system[key].as_u64());
    let known = || match code {
        Some(code) => format!("EPSG:{code}"),
        None => system["wkt"]
            .as_str()
            .map_or_else(|| system.to_string(), str::to_owned),
    };
    says_something(system).then(known)
}

fn says_something(system: &Value) -> bool {
    match system {
        Value::Null => false,
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name != "type" && says_something(value)),
        _ => true,
    }
}

impl Geometry {
    /// How many geometries it is, those within it counted.
    fn count(&self) -> usize {
        1 + self.geometries.iter().map(Self::count).sum::<usize>()
    }

    /// The same in a coordinate system that holds for what names none itself.
    pub(in crate::input) fn within(self, system: Option<String>) -> Self {
        Self {
            system: self.system.or(system),
            ..self
        }
    }

    /// Its points and lines; `None` if something in it is no geometry, or in a system of its own.
    fn parted(&self) -> Option<super::Geometry> {
        let mut parted = super::Geometry {
            system: self.system.clone().map(Stated::Name),
            ..super::Geometry::default()
        };
        self.add_to(&mut parted)?;
        Some(parted)
    }

    fn add_to(&self, parted: &mut super::Geometry) -> Option<()> {
        let mut inner = self.geometries.iter();
        inner.try_for_each(|one| {
            let is_of_this = one.system.is_none() || one.system == self.system;
            is_of_this.then(|| one.add_to(parted)).flatten()
        })?;
        let kind = self.kind.as_deref()?;
        let Some(coordinates) = &self.coordinates else {
            return (kind == "GeometryCollection").then_some(());
        };
        let (_, depth) = KINDS.iter().find(|(known, _)| *known == kind)?;
        if coordinates.depth == 0 {
            return Some(());
        }
        (coordinates.depth == *depth).then_some(())?;
        let flat = |position: &[f64; 3]| [position[0], position[1]];
        match kind {
            "Polygon" | "MultiPolygon" => parted.polygons += 1,
            "LineString" | "MultiLineString" => {
                let lines = coordinates.lines();
                let lines = lines.map(|(_, line)| Part::Line(line.iter().map(flat).collect()));
                parted.parts.extend(lines);
            }
            _ => {
                let points = coordinates.positions.iter().map(flat);
                parted.parts.extend(points.map(Part::Point));
            }
        }
        Some(())
    }

    /// Reads the value of a member, if it is one of a geometry.
    pub(in crate::input) fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        members: &mut A,
    ) -> Result<bool, A::Error> {
        match name {
            "type" => self.kind = members.next_value::<Scalar>()?.0,
            "coordinates" => {
                self.coordinates = Some(members.next_value_seed(CoordinatesSeed)?);
                self.is_of_numbers = false;
            }
            "geometries" => self.geometries = members.next_value::<All>()?.0,
            "crs" => self.system = named(&members.next_value::<Bounded>()?.0),
            "spatialReference" => {
                self.system = named_by_esri(&members.next_value::<Bounded>()?.0);
            }
            // Geometries of ESRI's own JSON.
            "x" => self.number(0, &members.next_value::<Scalar>()?),
            "y" => self.number(1, &members.next_value::<Scalar>()?),
            "points" | "paths" | "rings" => {
                self.coordinates = Some(members.next_value_seed(CoordinatesSeed)?);
                let kinds = [("points", "MultiPoint"), ("paths", "MultiLineString")];
                let kind = kinds.iter().find(|(member, _)| *member == name);
                self.kind = Some(kind.map_or("Polygon", |(_, kind)| kind).to_owned());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// One number of a point, whose members they are where it has no coordinates.
    fn number(&mut self, at: usize, number: &Scalar) {
        if self.coordinates.is_some() && !self.is_of_numbers {
            return;
        }
        self.is_of_numbers = true;
        let number = number
            .0
            .as_ref()
            .and_then(|text| float::parse(text.as_bytes()));
        let point = self.coordinates.get_or_insert_with(|| Coordinates {
            positions: vec![[f64::NAN; 3]],
            ends: Vec::new(),
            depth: 1,
        });
        if let Some(position) = point.positions.first_mut() {
            position[at] = number.unwrap_or(f64::NAN);
        }
        self.kind.get_or_insert_with(|| "Point".to_owned());
    }
}

/// The geometries of a collection.
struct All(Vec<Geometry>);

impl<'de> Deserialize<'de> for All {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(AllVisitor).map(Self)
    }
}

struct AllVisitor;

impl<'de> Visitor<'de> for AllVisitor {
    type Value = Vec<Geometry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("geometries")
    }

    no_scalars!(Vec::new());
    no_object!(Vec::new());

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let (mut all, mut count) = (Vec::new(), 0);
        while let Some(geometry) = elements.next_element_seed(GeometrySeed)? {
            let Some(geometry) = geometry.filter(|one| *one != Geometry::default()) else {
                continue;
            };
            count += geometry.count();
            if count > MOST {
                return Err(Error::custom(format_args!(
                    "a collection has more than {MOST} geometries"
                )));
            }
            all.push(geometry);
        }
        Ok(all)
    }
}

/// Reads a geometry; null is none.
pub(in crate::input) struct GeometrySeed;

impl<'de> DeserializeSeed<'de> for GeometrySeed {
    type Value = Option<Geometry>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for GeometrySeed {
    type Value = Option<Geometry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a geometry")
    }

    no_scalars!(None);
    no_array!(None);

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut geometry = Geometry::default();
        while let Some(name) = members.next_key::<String>()? {
            if !geometry.member(&name, &mut members)? {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Some(geometry))
    }
}

/// Positions, and how they are nested.
#[derive(Debug, Default, PartialEq)]
pub(in crate::input) struct Coordinates {
    /// x, y and the height of each; NaN for what is not there.
    pub positions: Vec<[f64; 3]>,
    /// Where each innermost array of positions ends, in the number of positions.
    pub ends: Vec<usize>,
    /// 1 for a position alone, 2 for an array of positions, and so on; 0 for no position.
    pub depth: usize,
}

impl Coordinates {
    /// The innermost arrays of positions, each with the number of the first.
    pub(in crate::input) fn lines(&self) -> impl Iterator<Item = (usize, &[[f64; 3]])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| (start, &self.positions[start..end]))
    }
}

/// Reads coordinates.
pub(in crate::input) struct CoordinatesSeed;

impl<'de> DeserializeSeed<'de> for CoordinatesSeed {
    type Value = Coordinates;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Coordinates, D::Error> {
        let mut coordinates = Coordinates::default();
        let item = source.deserialize_any(Nest(&mut coordinates))?;
        coordinates.depth = match item {
            Item::Array(depth) => depth,
            Item::Number(_) | Item::Nothing => 0,
        };
        Ok(coordinates)
    }
}

/// The depth of what is nested deeper here than there.
const UNEVEN: usize = usize::MAX;

/// What an element of coordinates is.
enum Item {
    Number(f64),
    /// An array, whose positions are so deep in it, itself counted.
    Array(usize),
    Nothing,
}

/// An array within coordinates.
struct Nest<'a>(&'a mut Coordinates);

impl<'de> DeserializeSeed<'de> for Nest<'_> {
    type Value = Item;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Item, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nest<'_> {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Item, E> {
        Ok(Item::Number(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Item, E> {
        Ok(Item::Number(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Item, E> {
        Ok(Item::Number(number as f64))
    }

    /// Some programs put numbers in quotes.
    fn visit_str<E: Error>(self, text: &str) -> Result<Item, E> {
        let number = float::parse(text.trim().as_bytes());
        Ok(Item::Number(number.unwrap_or(f64::NAN)))
    }

    fn visit_unit<E: Error>(self) -> Result<Item, E> {
        Ok(Item::Number(f64::NAN))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Item, E> {
        Ok(Item::Nothing)
    }

    no_object!(Item::Nothing);

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Item, A::Error> {
        let (mut numbers, mut count, mut inner) = ([f64::NAN; 3], 0, 0);
        while let Some(item) = elements.next_element_seed(Nest(self.0))? {
            match item {
                Item::Number(number) => {
                    if let Some(place) = numbers.get_mut(count) {
                        *place = number;
                    }
                    count += 1;
                }
                Item::Array(depth) if inner == 0 || depth == inner => inner = depth,
                Item::Array(_) => inner = UNEVEN,
                Item::Nothing => {}
            }
        }
        if inner > 0 {
            if inner == 1 {
                self.0.ends.push(self.0.positions.len());
            }
            let is_even = count == 0 && inner != UNEVEN;
            return Ok(Item::Array(if is_even { inner + 1 } else { UNEVEN }));
        }
        if count == 0 {
            return Ok(Item::Nothing);
        }
        self.0.positions.push(numbers);
        Ok(Item::Array(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coordinates(text: &str) -> Coordinates {
        let mut source = serde_json::Deserializer::from_str(text);
        CoordinatesSeed
            .deserialize(&mut source)
            .expect("it is JSON")
    }

    #[test]
    fn positions_are_flat_and_their_lines_are_known() {
        let found = coordinates("[[[1, 2, 9], [3, 4]], [[5, \"6\"]], []]");
        let places: Vec<_> = found.positions.iter().map(|&[x, y, _]| [x, y]).collect();
        assert_eq!(places, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        assert_eq!(found.positions[0][2], 9.0);
        assert!(found.positions[1][2].is_nan());
        assert_eq!((&found.ends[..], found.depth), (&[2, 3][..], 3));
        let lines: Vec<_> = found.lines().map(|(at, line)| (at, line.len())).collect();
        assert_eq!(lines, [(0, 2), (2, 1)]);
        let one = coordinates("[1.5, -2, 7, 8]");
        assert_eq!(
            (&one.positions[..], one.depth),
            (&[[1.5, -2.0, 7.0]][..], 1)
        );
        assert_eq!(coordinates("[]"), Coordinates::default());
        assert!(coordinates("[1]").positions[0][1].is_nan());
    }
}
