//! PROJJSON, the form of coordinate systems in JSON of which `GeoParquet` makes use, as well-known
//! text: its nodes are those of WKT 2 (ISO 19162) under other names.
//!
//! What lies in it is written as it is, without the codes of authorities, and geographic and
//! projected systems alone.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// A system in well-known text, if it is of such a kind.
pub(super) fn wkt(crs: &Map<String, Value>) -> Option<String> {
    let name = quoted(crs.get("name")?)?;
    let axes = crs.get("coordinate_system")?;
    match crs.get("type")?.as_str()? {
        "GeographicCRS" => {
            let datum = datum(crs)?;
            Some(format!("GEOGCRS[{name},{datum}{}]", system(axes)?))
        }
        "ProjectedCRS" => {
            let base = crs.get("base_crs")?.as_object()?;
            let base = format!(
                "BASEGEOGCRS[{},{}]",
                quoted(base.get("name")?)?,
                datum(base)?
            );
            let conversion = conversion(crs.get("conversion")?)?;
            Some(format!(
                "PROJCRS[{name},{base},{conversion}{}]",
                system(axes)?
            ))
        }
        _ => None,
    }
}

fn quoted(name: &Value) -> Option<String> {
    Some(format!("\"{}\"", name.as_str()?.replace('"', "\"\"")))
}

/// The datum, or the ensemble of several, and the prime meridian.
fn datum(crs: &Map<String, Value>) -> Option<String> {
    let datum = crs.get("datum").or_else(|| crs.get("datum_ensemble"))?;
    let ellipsoid = datum.get("ellipsoid")?;
    let metres = |name: &str| ellipsoid.get(name).and_then(size);
    let axis = metres("semi_major_axis").or_else(|| metres("radius"))?;
    let flattening = ellipsoid.get("inverse_flattening").and_then(Value::as_f64);
    let other = || metres("semi_minor_axis").map(|other| axis / (axis - other));
    let flattening = flattening
        .or_else(other)
        .filter(|inverse| inverse.is_finite());
    let mut text = format!(
        "DATUM[{},ELLIPSOID[{},{axis},{},LENGTHUNIT[\"metre\",1]]]",
        quoted(datum.get("name")?)?,
        quoted(ellipsoid.get("name")?)?,
        flattening.unwrap_or_default(),
    );
    if let Some(meridian) = datum
        .get("prime_meridian")
        .or_else(|| crs.get("prime_meridian"))
    {
        let longitude = meridian.get("longitude")?;
        let degrees = longitude.get("value").unwrap_or(longitude).as_f64()?;
        let unit = unit(longitude.get("unit").unwrap_or(&Value::Null))?;
        let name = quoted(meridian.get("name")?)?;
        // Writing to memory does not fail.
        let _ = write!(text, ",PRIMEM[{name},{degrees},{unit}]");
    }
    Some(text)
}

/// A length in metres.
fn size(length: &Value) -> Option<f64> {
    match length.get("unit") {
        None => length.as_f64(),
        Some(Value::String(unit)) if unit == "metre" => length.get("value")?.as_f64(),
        Some(unit) => {
            Some(length.get("value")?.as_f64()? * unit.get("conversion_factor")?.as_f64()?)
        }
    }
}

/// A unit by its name, or with what it is of the usual one; degrees where nothing is said.
fn unit(unit: &Value) -> Option<String> {
    let known = match unit {
        Value::Null => "ANGLEUNIT[\"degree\",0.0174532925199433]",
        Value::String(name) => match name.as_str() {
            "metre" => "LENGTHUNIT[\"metre\",1]",
            "degree" => "ANGLEUNIT[\"degree\",0.0174532925199433]",
            "unity" => "SCALEUNIT[\"unity\",1]",
            _ => return None,
        },
        Value::Object(unit) => {
            let kind = match unit.get("type")?.as_str()? {
                "LinearUnit" => "LENGTHUNIT",
                "AngularUnit" => "ANGLEUNIT",
                "ScaleUnit" => "SCALEUNIT",
                _ => return None,
            };
            let (name, factor) = (unit.get("name")?, unit.get("conversion_factor")?);
            return Some(format!("{kind}[{},{}]", quoted(name)?, factor.as_f64()?));
        }
        _ => return None,
    };
    Some(known.to_owned())
}

/// How degrees become x and y.
fn conversion(conversion: &Value) -> Option<String> {
    let mut text = format!(
        "CONVERSION[{},METHOD[{}]",
        quoted(conversion.get("name")?)?,
        quoted(conversion.get("method")?.get("name")?)?
    );
    for parameter in conversion.get("parameters")?.as_array()? {
        let (name, value) = (quoted(parameter.get("name")?)?, parameter.get("value")?);
        let unit = unit(parameter.get("unit")?)?;
        let _ = write!(text, ",PARAMETER[{name},{},{unit}]", value.as_f64()?);
    }
    Some(text + "]")
}

/// The axes.
fn system(system: &Value) -> Option<String> {
    let axes = system.get("axis")?.as_array()?;
    let kind = system.get("subtype")?.as_str()?;
    let mut text = format!(",CS[{kind},{}]", axes.len());
    for axis in axes {
        let direction = axis.get("direction")?.as_str()?;
        let (name, unit) = (quoted(axis.get("name")?)?, unit(axis.get("unit")?)?);
        let _ = write!(text, ",AXIS[{name},{direction},{unit}]");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Coord, Crs};

    /// As PROJ writes ESRI:102686, the plane of Massachusetts in feet.
    const FEET: &str = r#"{"type":"ProjectedCRS","name":"NAD_1983_StatePlane \"Feet\"",
        "base_crs":{"name":"NAD83","datum":{"type":"GeodeticReferenceFrame",
            "name":"North American Datum 1983","ellipsoid":{"name":"GRS 1980",
            "semi_major_axis":6378137,"inverse_flattening":298.257222101}}},
        "conversion":{"name":"unnamed","method":{"name":"Lambert Conic Conformal (2SP)"},
            "parameters":[
            {"name":"Latitude of false origin","value":41,"unit":"degree"},
            {"name":"Longitude of false origin","value":-71.5,"unit":"degree"},
            {"name":"Latitude of 1st standard parallel","value":41.7166666666667,"unit":"degree"},
            {"name":"Latitude of 2nd standard parallel","value":42.6833333333333,"unit":"degree"},
            {"name":"Easting at false origin","value":656166.666666667,"unit":UNIT},
            {"name":"Northing at false origin","value":2460625,"unit":UNIT}]},
        "coordinate_system":{"subtype":"Cartesian","axis":[
            {"name":"Easting","abbreviation":"X","direction":"east","unit":UNIT},
            {"name":"Northing","abbreviation":"Y","direction":"north","unit":UNIT}]},
        "id":{"authority":"ESRI","code":102686}}"#;
    const UNIT: &str = r#"{"type":"LinearUnit","name":"US survey foot",
        "conversion_factor":0.304800609601219}"#;

    #[test]
    fn a_system_is_read_from_what_lies_in_it() {
        let json: Map<String, Value> = serde_json::from_str(&FEET.replace("UNIT", UNIT)).unwrap();
        let crs = Crs::of_srs(&wkt(&json).unwrap()).unwrap();
        let boston = Coord::lat_lon(42.36, -71.06).unwrap();
        let (x, y) = crs.forward(boston);
        // By pyproj.
        assert!(
            (x - 775_086.490_9).abs() < 0.01 && (y - 2_956_519.888).abs() < 0.01,
            "{x} {y}"
        );
        for part in [
            "base_crs",
            "conversion",
            "coordinate_system",
            "name",
            "type",
        ] {
            let mut json = json.clone();
            json.remove(part);
            assert_eq!(wkt(&json), None, "{part}");
        }
    }
}
