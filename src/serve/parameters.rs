//! Query parameters: one table from which requests are validated, errors are told and the `OpenAPI`
//! document is made.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json, json};

use super::data::Interval;
use super::limits::Limits;
use super::problem::Problem;
use crate::color::scale::Bound;
use crate::color::{How, Scheme};
use crate::density::Kernel;
use crate::geo::{Bounds, Time};
use crate::input::filter::Moment;

/// A parameter, in the order in which documents have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Bbox,
    Width,
    Height,
    Zoom,
    Limit,
    After,
    Before,
    Bins,
    Look,
    Scheme,
    Radius,
    Dotsize,
    Opacity,
    Decay,
    Kernel,
    How,
    Max,
    Version,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Picture,
    Tile,
    TileJson,
    Points,
    Times,
    Legend,
    /// What has no parameters.
    Fixed,
}

/// What a value may be.
#[derive(Clone, Debug)]
pub enum Kind {
    Number(f64, f64),
    Whole(u32, u32),
    OneOf(Vec<String>),
    /// West, south, east and north in degrees.
    Bounds,
    /// A heat, or a percentile.
    Bound,
    /// A time.
    Moment,
    /// Anything, which changes nothing.
    Any,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: Name,
    pub kind: Kind,
    pub about: &'static str,
    pub example: String,
}

/// A value that is what it may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    Whole(u32),
    Word(String),
    Bounds(Bounds),
    Bound(Bound),
    Moment(Time),
}

impl Name {
    pub fn text(self) -> &'static str {
        match self {
            Self::Bbox => "bbox",
            Self::Width => "width",
            Self::Height => "height",
            Self::Zoom => "z",
            Self::Limit => "limit",
            Self::After => "after",
            Self::Before => "before",
            Self::Bins => "bins",
            Self::Look => "look",
            Self::Scheme => "scheme",
            Self::Radius => "radius",
            Self::Dotsize => "dotsize",
            Self::Opacity => "opacity",
            Self::Decay => "decay",
            Self::Kernel => "kernel",
            Self::How => "how",
            Self::Max => "max",
            Self::Version => "v",
        }
    }
}

impl Resource {
    /// Whether a parameter makes sense here.
    pub fn takes(self, name: Name) -> bool {
        let is_style = matches!(
            name,
            Name::Look
                | Name::Scheme
                | Name::Radius
                | Name::Dotsize
                | Name::Opacity
                | Name::Decay
                | Name::Kernel
                | Name::How
                | Name::Max
        );
        let is_frame = matches!(name, Name::Bbox | Name::Width | Name::Height);
        let is_time = matches!(name, Name::After | Name::Before);
        name == Name::Version
            || match self {
                Self::Picture => is_style || is_frame || is_time,
                Self::Tile | Self::TileJson => is_style || is_time,
                Self::Points => is_time || matches!(name, Name::Bbox | Name::Limit),
                Self::Times => is_time || matches!(name, Name::Bbox | Name::Bins),
                Self::Legend => is_style || is_frame || is_time || name == Name::Zoom,
                Self::Fixed => false,
            }
    }
}

impl Kind {
    /// As JSON Schema.
    pub fn schema(&self) -> Map<String, Json> {
        let schema = match self {
            Self::Number(least, most) => {
                json!({ "type": "number", "minimum": least, "maximum": most })
            }
            Self::Whole(least, most) => {
                json!({ "type": "integer", "minimum": least, "maximum": most })
            }
            Self::OneOf(words) => json!({ "type": "string", "enum": words }),
            Self::Bounds => json!({
                "type": "array",
                "items": { "type": "number" },
                "minItems": 4,
                "maxItems": 4,
            }),
            Self::Bound => json!({ "type": "string", "pattern": BOUND }),
            Self::Moment => json!({ "type": "string", "pattern": MOMENT }),
            Self::Any => json!({ "type": "string" }),
        };
        schema.as_object().cloned().unwrap_or_default()
    }

    /// What a value must be, in words.
    pub fn wanted(&self) -> String {
        match self {
            Self::Number(least, most) => format!("a number from {least} to {most}"),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::Bounds => {
                "west,south,east,north in degrees, of a box that is not empty".to_owned()
            }
            Self::Bound => "a heat above 0, or a percentile from p0 to p100".to_owned(),
            Self::Moment => {
                "a time, such as 2024, 2024-05, 2024-05-01 or 2024-05-01T08:00 (UTC, or with an offset, in which + is written %2B)"
                    .to_owned()
            }
            Self::Any => "anything".to_owned(),
        }
    }

    /// What a text means, if it is a value.
    pub fn value(&self, text: &str) -> Option<Value> {
        match self {
            Self::Number(least, most) => {
                let number: f64 = text.parse().ok()?;
                let is_within = (*least..=*most).contains(&number);
                is_within.then_some(Value::Number(number))
            }
            Self::Whole(least, most) => {
                let number: u32 = text.parse().ok()?;
                let is_within = (*least..=*most).contains(&number);
                is_within.then_some(Value::Whole(number))
            }
            Self::OneOf(words) => {
                let word = words.iter().find(|word| *word == text)?;
                Some(Value::Word(word.clone()))
            }
            Self::Bounds => bounds(text).map(Value::Bounds),
            Self::Bound => bound(text).map(Value::Bound),
            Self::Moment => moment(text).map(Value::Moment),
            Self::Any => Some(Value::Word(String::new())),
        }
    }
}

/// The most spans of time.
const BINS: u32 = 1000;

/// What [`bound`] takes.
const BOUND: &str = r"^(p(100|[0-9]{1,2}(\.[0-9]+)?)|[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?)$";

/// What times begin with.
const MOMENT: &str = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2}([T ].*)?)?)?$";

/// A time, in UTC where it does not say otherwise.
fn moment(text: &str) -> Option<Time> {
    Moment::named(text)?.in_zone(&TimeZone::UTC)
}

fn bound(text: &str) -> Option<Bound> {
    if let Some(percent) = text.strip_prefix('p') {
        let percent: f64 = percent.parse().ok()?;
        return (0.0..=100.0)
            .contains(&percent)
            .then_some(Bound::Percentile(percent));
    }
    let heat: f32 = text.parse().ok()?;
    (heat > 0.0 && heat.is_finite()).then_some(Bound::Heat(heat))
}

/// A box. Across 180° west is the larger number, or east is beyond it, or west before -180.
fn bounds(text: &str) -> Option<Bounds> {
    let numbers: Option<Vec<f64>> = text
        .split(',')
        .map(|part| part.trim().parse().ok())
        .collect();
    let [west, south, east, north] = numbers?.try_into().ok()?;
    boxed([west, south, east, north])
}

/// The box of west, south, east and north, if it is one and not empty.
pub fn boxed([west, south, east, north]: [f64; 4]) -> Option<Bounds> {
    let east = if east < west { east + 360.0 } else { east };
    let is_sound = (-90.0..=90.0).contains(&south)
        && (-90.0..=90.0).contains(&north)
        && (-540.0..=540.0).contains(&west)
        && (-540.0..=540.0).contains(&east)
        && south < north
        && west < east
        && east - west <= 360.0;
    is_sound.then_some(Bounds {
        south,
        west,
        north,
        east,
    })
}

/// All parameters.
#[derive(Clone, Debug)]
pub struct Table(pub Vec<Parameter>);

impl Table {
    /// With limits, and the names of looks.
    #[expect(clippy::too_many_lines, reason = "a table has its rows")]
    pub fn new(limits: &Limits, looks: &[&str]) -> Self {
        let words =
            |words: &mut dyn Iterator<Item = &str>| Kind::OneOf(words.map(str::to_owned).collect());
        let side = Kind::Whole(1, limits.side);
        let row = |name, kind, about, example: &str| Parameter {
            name,
            kind,
            about,
            example: example.to_owned(),
        };
        let look = looks.first().copied().unwrap_or_default();
        Self(vec![
            row(
                Name::Bbox,
                Kind::Bounds,
                "West, south, east and north in degrees: what is covered, edge to edge. Across 180° west is the larger number. By default where the data lie",
                "-10,35,30,60",
            ),
            row(
                Name::Width,
                side.clone(),
                "Pixels; by default it follows from the height and the box, or the longer side is 1024",
                "512",
            ),
            row(
                Name::Height,
                side,
                "Pixels; by default it follows from the width and the box",
                "512",
            ),
            row(
                Name::Zoom,
                Kind::Whole(0, limits.zoom.into()),
                "The zoom of tiles whose scale is explained",
                "8",
            ),
            row(
                Name::Limit,
                Kind::Whole(1, limits.points),
                "The most points to give; if there are more, so many that are spread evenly over the box",
                "1000",
            ),
            row(
                Name::After,
                Kind::Moment,
                "Only what is not before this time",
                "2024-05-01",
            ),
            row(
                Name::Before,
                Kind::Moment,
                "Only what is before this time",
                "2024-06-01T12:00Z",
            ),
            row(
                Name::Bins,
                Kind::Whole(1, BINS),
                "Into how many spans of the same length times are put",
                "12",
            ),
            row(
                Name::Look,
                words(&mut looks.iter().copied()),
                "A style by its name; other parameters change parts of it",
                look,
            ),
            row(
                Name::Scheme,
                words(&mut Scheme::all().iter().map(Scheme::name)),
                "Colours by name",
                "fire",
            ),
            row(
                Name::Radius,
                Kind::Number(0.5, limits.radius),
                "How far heat goes, in pixels (of tiles with 256 pixels a side)",
                "12",
            ),
            row(
                Name::Dotsize,
                Kind::Number(1.0, 2.0 * limits.radius),
                "Twice the radius, with the look of jjguy's heatmap: Gaussian dots that add up and saturate",
                "32",
            ),
            row(
                Name::Opacity,
                Kind::Number(0.0, 1.0),
                "What the opacity of all colours is multiplied by",
                "0.8",
            ),
            row(
                Name::Decay,
                Kind::Number(0.0, 1.0),
                "What happens where heat piles up: 1 adds it all up, 0 takes the largest, between them each next one counts less",
                "0.9",
            ),
            row(
                Name::Kernel,
                words(&mut Kernel::ALL.iter().map(|kernel| kernel.name())),
                "How heat falls off with distance",
                "quartic",
            ),
            row(
                Name::How,
                words(&mut How::ALL.iter().map(|how| how.name())),
                "How heat is spread over the colours",
                "log",
            ),
            row(
                Name::Max,
                Kind::Bound,
                "The heat of the hottest colour, such as 12.5, or a percentile of the pixels that are not zero, such as p99.5",
                "20",
            ),
            row(
                Name::Version,
                Kind::Any,
                "Anything: it changes nothing but the address, for caches",
                "1",
            ),
        ])
    }

    /// Reads the query of a request.
    ///
    /// # Errors
    /// When there is a parameter that is unknown here, comes twice, or is not what it may be.
    pub fn read(&self, resource: Resource, query: &str) -> Result<Values, Problem> {
        let mut values = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, text) = decoded(pair)?;
            let parameter = self.named(resource, &name)?;
            let value = parameter.value(&text)?;
            if values.insert(parameter.name, value).is_some() {
                let detail = format!("{name} is given twice");
                return Err(Problem::parameter(&name, detail, Map::new()));
            }
        }
        let values = Values(values);
        if values.0.contains_key(&Name::Radius) && values.0.contains_key(&Name::Dotsize) {
            let detail = "radius and dotsize say the same, and both are given";
            return Err(Problem::parameter("dotsize", detail, Map::new()));
        }
        let interval = values.interval();
        let is_empty = |(after, before)| before <= after;
        if interval.after.zip(interval.before).is_some_and(is_empty) {
            let detail = "before must be later than after";
            return Err(Problem::parameter("before", detail, Map::new()));
        }
        Ok(values)
    }

    fn named(&self, resource: Resource, name: &str) -> Result<&Parameter, Problem> {
        let mut here = self.0.iter().filter(|row| resource.takes(row.name));
        here.clone()
            .find(|row| row.name.text() == name)
            .ok_or_else(|| {
                let names: Vec<&str> = here.by_ref().map(|row| row.name.text()).collect();
                let detail = format!(
                    "{} is no parameter here; there are {}",
                    short(name),
                    names.join(", ")
                );
                Problem::parameter(&short(name), detail, Map::new())
            })
    }
}

impl Parameter {
    /// What a text means as its value.
    ///
    /// # Errors
    /// When it is not what it may be.
    pub fn value(&self, text: &str) -> Result<Value, Problem> {
        self.kind.value(text).ok_or_else(|| {
            let (name, wanted) = (self.name.text(), self.kind.wanted());
            let detail = format!("{name} is {}, and must be {wanted}", quoted(text));
            Problem::parameter(name, detail, self.kind.schema())
        })
    }
}

/// What a client wrote, in quotes and with an end.
fn quoted(text: &str) -> String {
    format!("'{}'", short(text))
}

fn short(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain("…".chars()).collect()
}

/// A name of a query and its value, as they are meant.
///
/// # Errors
/// When they are not UTF-8.
pub fn decoded(pair: &str) -> Result<(String, String), Problem> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8();
        decoded.ok().map(Cow::into_owned)
    };
    let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
    let Some(named) = decoded(name) else {
        let name = short(name);
        let detail = format!("{name} is no parameter: it is not UTF-8");
        return Err(Problem::parameter(&name, detail, Map::new()));
    };
    let Some(value) = decoded(text) else {
        let name = short(&named);
        let detail = format!("{name} is {}, which is not UTF-8", quoted(text));
        return Err(Problem::parameter(&name, detail, Map::new()));
    };
    Ok((named, value))
}

/// The parameters of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(BTreeMap<Name, Value>);

impl Values {
    pub fn number(&self, name: Name) -> Option<f64> {
        match self.0.get(&name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub fn whole(&self, name: Name) -> Option<u32> {
        match self.0.get(&name) {
            Some(Value::Whole(number)) => Some(*number),
            _ => None,
        }
    }

    pub fn word(&self, name: Name) -> Option<&str> {
        match self.0.get(&name) {
            Some(Value::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub fn bounds(&self) -> Option<Bounds> {
        match self.0.get(&Name::Bbox) {
            Some(Value::Bounds(bounds)) => Some(*bounds),
            _ => None,
        }
    }

    /// What is asked for of all times.
    pub fn interval(&self) -> Interval {
        let moment = |name| match self.0.get(&name) {
            Some(Value::Moment(time)) => Some(*time),
            _ => None,
        };
        Interval {
            after: moment(Name::After),
            before: moment(Name::Before),
        }
    }

    pub fn most(&self) -> Option<Bound> {
        match self.0.get(&Name::Max) {
            Some(Value::Bound(bound)) => Some(*bound),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(resource: Resource, query: &str) -> Result<Values, Problem> {
        Table::new(&Limits::default(), &["default", "glow"]).read(resource, query)
    }

    #[test]
    fn values_are_read_in_any_order() {
        let values = read(
            Resource::Picture,
            "radius=12.5&bbox=170,%2D10,-170,1e1&width=300&scheme=fire&max=p99&v=abc",
        )
        .unwrap();
        assert_eq!(values.number(Name::Radius), Some(12.5));
        assert_eq!(values.whole(Name::Width), Some(300));
        assert_eq!(values.word(Name::Scheme), Some("fire"));
        assert_eq!(values.most(), Some(Bound::Percentile(99.0)));
        let moments = [
            "after=2024-05-01T02:00%2B02:00&before=2025",
            "after=2024-05&before=2025-01-01T00:00:00Z",
        ];
        let [one, other] = moments.map(|query| read(Resource::Points, query).unwrap().interval());
        assert_eq!(one, other);
        let bounds = values.bounds().unwrap();
        assert_eq!((bounds.west, bounds.east), (170.0, 190.0));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_it_may_be() {
        for (query, name, words) in [
            ("radius=257", "radius", "a number from 0.5 to 256"),
            ("radius=nan", "radius", "'nan'"),
            ("radius=-inf", "radius", "'-inf'"),
            ("width=0", "width", "a whole number from 1 to 2048"),
            ("width=1.5", "width", "whole"),
            ("bbox=1,2,3", "bbox", "west,south,east,north"),
            ("bbox=1,2,3,2", "bbox", "not empty"),
            ("bbox=0,-91,1,0", "bbox", "degrees"),
            ("bbox=0,0,inf,1", "bbox", "degrees"),
            ("scheme=nope", "scheme", "fire"),
            ("max=-1", "max", "percentile"),
            ("max=p101", "max", "percentile"),
            ("width=5&width=5", "width", "twice"),
            ("z=3", "z", "no parameter here"),
            ("Radius=3", "Radius", "there are bbox, width"),
            ("scheme=%ff", "scheme", "'%ff', which is not UTF-8"),
            ("radius=3&%fe=3", "%fe", "no parameter: it is not UTF-8"),
            ("radius=3&dotsize=6", "dotsize", "both"),
            ("after=yesterday", "after", "2024-05-01"),
            ("after=-30d", "after", "2024-05-01"),
            ("before=2024-13-01", "before", "2024-05-01"),
            ("after=2024-05&before=2024-05-01", "before", "later"),
        ] {
            let problem = read(Resource::Picture, query).unwrap_err();
            assert_eq!(problem.status, 400, "{query}");
            let (parameter, _) = *problem.parameter.unwrap();
            assert_eq!(parameter, name, "{query}");
            assert!(
                problem.detail.contains(words),
                "{query}: {}",
                problem.detail
            );
        }
        let long = format!("scheme={}", "x".repeat(5000));
        assert!(read(Resource::Tile, &long).unwrap_err().detail.len() < 500);
    }

    #[test]
    fn every_example_is_a_value() {
        for row in Table::new(&Limits::default(), &["default"]).0 {
            assert!(row.value(&row.example).is_ok(), "{:?}", row.name);
        }
    }
}
