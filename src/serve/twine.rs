//! The request of the twine heat map, a demonstration of jjguy's library behind PHP, as its page
//! sends it: in a query, a form or JSON, with arrays written in any of the ways that these have.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::data::{Interval, Snapshot};
use super::limits::Limits;
use super::parameters::{Kind, Value, boxed, decoded};
use super::problem::Problem;
use super::wanted::{Look, Wanted, nowhere, view_of};
use crate::encode::Format;
use crate::geo::Bounds;

/// The schemes of jjguy's library.
const SCHEMES: [&str; 5] = ["classic", "fire", "omg", "pbj", "pgaitch"];
/// Its defaults.
const DOTSIZE: f64 = 150.0;
const OPACITY: f64 = 128.0;
const SIDE: u32 = 1024;

/// Names of parameters; that of caches changes nothing.
const NAMES: [&str; 7] = [
    "png", "dotSize", "opacity", "imgSize", "bounds", "scheme", "_",
];

/// The words of each parameter, however they were written.
#[derive(Debug, Default, PartialEq)]
pub struct Words(BTreeMap<&'static str, Vec<String>>);

impl Words {
    /// Of a query or a form: `imgSize=[512,256]`, `imgSize=512,256`, or
    /// `imgSize[]=512&imgSize[]=256`.
    ///
    /// # Errors
    /// When a parameter is unknown, or it is no UTF-8.
    pub fn of_query(query: &str) -> Result<Self, Problem> {
        let mut words = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, text) = decoded(pair)?;
            let base = name.split('[').next().unwrap_or_default();
            if let Ok(array @ Json::Array(_)) = serde_json::from_str(&text) {
                words.add(base, &array)?;
            } else {
                let parts = text.split(',').map(|part| Json::from(part.trim()));
                words.add(base, &parts.collect())?;
            }
        }
        Ok(words)
    }

    /// Of a JSON object.
    ///
    /// # Errors
    /// When it is none, or a parameter is unknown.
    pub fn of_json(body: &[u8]) -> Result<Self, Problem> {
        let Ok(Json::Object(object)) = serde_json::from_slice(body) else {
            return Err(Problem::new(400, "the body is no JSON object"));
        };
        let mut words = Self::default();
        for (name, value) in &object {
            words.add(name, value)?;
        }
        Ok(words)
    }

    fn add(&mut self, name: &str, value: &Json) -> Result<(), Problem> {
        let known = NAMES.iter().find(|known| **known == name);
        let Some(known) = known else {
            let name: String = name.chars().take(60).collect();
            let detail = format!(
                "{name} is no parameter here; there are {}",
                NAMES[..6].join(", ")
            );
            return Err(Problem::parameter(&name, detail, Map::new()));
        };
        flatten(value, self.0.entry(known).or_default());
        Ok(())
    }

    /// The values of a parameter, so many of them; nothing when it is not given.
    fn values(&self, name: &str, kind: &Kind, count: usize) -> Result<Option<Vec<Value>>, Problem> {
        let Some(words) = self.0.get(name) else {
            return Ok(None);
        };
        let values: Option<Vec<Value>> = words.iter().map(|word| kind.value(word)).collect();
        if let Some(values) = values.filter(|values| values.len() == count) {
            return Ok(Some(values));
        }
        let one = kind.wanted();
        let detail = if count == 1 {
            format!("{name} must be {one}")
        } else {
            format!("{name} must be {count} values, each {one}")
        };
        Err(Problem::parameter(name, detail, kind.schema()))
    }

    fn number(&self, name: &str, kind: &Kind) -> Result<Option<f64>, Problem> {
        let values = self.values(name, kind, 1)?;
        Ok(values.and_then(|values| match values[..] {
            [Value::Number(number)] => Some(number),
            _ => None,
        }))
    }

    fn word(&self, name: &str, words: &[&str]) -> Result<Option<String>, Problem> {
        let kind = Kind::OneOf(words.iter().map(|&word| word.to_owned()).collect());
        let values = self.values(name, &kind, 1)?;
        Ok(values.and_then(|mut values| match values.pop() {
            Some(Value::Word(word)) => Some(word),
            _ => None,
        }))
    }

    fn size(&self, limits: &Limits) -> Result<(u32, u32), Problem> {
        let sides = self.values("imgSize", &Kind::Whole(1, limits.side), 2)?;
        Ok(match sides.as_deref() {
            Some([Value::Whole(width), Value::Whole(height)]) => (*width, *height),
            _ => (SIDE.min(limits.side), SIDE.min(limits.side)),
        })
    }

    /// South-west and north-east.
    fn bounds(&self, data: &Snapshot) -> Result<Bounds, Problem> {
        let kind = Kind::Number(-540.0, 540.0);
        let Some(values) = self.values("bounds", &kind, 4)? else {
            return data.bounds().ok_or_else(nowhere);
        };
        let found = match values[..] {
            [
                Value::Number(south),
                Value::Number(west),
                Value::Number(north),
                Value::Number(east),
            ] => boxed([west, south, east, north]),
            _ => None,
        };
        let detail =
            "bounds must be [[south, west], [north, east]] in degrees, of a box that is not empty";
        found.ok_or_else(|| Problem::parameter("bounds", detail, Map::new()))
    }

    /// What they ask for: a picture, or points.
    ///
    /// # Errors
    /// When a value is not what it may be.
    pub fn wanted(&self, limits: &Limits, data: &Snapshot) -> Result<Wanted, Problem> {
        let png = self.word("png", &["true", "false"])?;
        let dotsize = self.number("dotSize", &Kind::Number(1.0, 2.0 * limits.radius))?;
        let opacity = self.number("opacity", &Kind::Number(0.0, 255.0))?;
        let scheme = self.word("scheme", &SCHEMES)?;
        let ((width, height), bounds) = (self.size(limits)?, self.bounds(data)?);
        if png.as_deref() == Some("false") {
            return Ok(Wanted::Points {
                bounds,
                interval: Interval::default(),
                limit: limits.points as usize,
                is_plain: true,
                gzip: false,
            });
        }
        Ok(Wanted::Picture {
            view: view_of(bounds, (Some(width), Some(height)), limits)?,
            format: Format::Png,
            is_bare: true,
            look: Look {
                dotsize: Some(dotsize.unwrap_or(DOTSIZE)),
                opacity: Some(opacity.unwrap_or(OPACITY) / 255.0),
                scheme: Some(scheme.unwrap_or_else(|| SCHEMES[0].to_owned())),
                ..Look::default()
            },
            interval: Interval::default(),
        })
    }
}

/// The words of a value, in their order.
fn flatten(value: &Json, words: &mut Vec<String>) {
    match value {
        Json::Array(values) => values.iter().for_each(|value| flatten(value, words)),
        Json::String(text) => words.push(text.clone()),
        other => words.push(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_understood_however_they_are_written() {
        let json = br#"{"png": true, "imgSize": [640, 480], "bounds": [[10, -20.5], [30, 40]]}"#;
        let wanted = Words::of_json(json).unwrap();
        for query in [
            "png=true&imgSize=[640,480]&bounds=[[10,-20.5],[30,40]]",
            "png=true&imgSize=640,480&bounds=10,-20.5,30,40",
            "png=true&imgSize[]=640&imgSize[]=480&bounds[0][]=10&bounds[0][]=-20.5&bounds[1][]=30&bounds[1][]=40",
            "png=true&imgSize%5B0%5D=640&imgSize%5B1%5D=480&bounds[0][0]=10&bounds[0][1]=-20.5&bounds[1][0]=30&bounds[1][1]=40",
        ] {
            assert_eq!(Words::of_query(query).unwrap(), wanted, "{query}");
        }
        assert_eq!(Words::of_query("nope=1").unwrap_err().status, 400);
        assert_eq!(Words::of_json(b"[1]").unwrap_err().status, 400);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let limits = Limits::default();
        let wrong = |query: &str| {
            let words = Words::of_query(query).unwrap();
            let problem = words.size(&limits).err();
            let problem = problem.or_else(|| words.word("png", &["true", "false"]).err());
            let (name, _) = *problem.unwrap().parameter.unwrap();
            name
        };
        assert_eq!(wrong("imgSize=1"), "imgSize");
        assert_eq!(wrong("imgSize=0,5"), "imgSize");
        assert_eq!(wrong("imgSize=5,4000"), "imgSize");
        assert_eq!(wrong("png=yes"), "png");
    }
}
