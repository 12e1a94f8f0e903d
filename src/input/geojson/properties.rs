//! Properties of a feature: weight, time, name and sport, by their names, and nothing of the
//! others.

use std::fmt;

use serde_core::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::geo::Time;
use crate::input::fields::number;
use crate::input::json::values::{Flat, Scalar, no_array, no_scalars};
use crate::input::{Field, columns, time};

/// Which properties are of interest.
pub(super) struct Wanted {
    /// The one that the user names for the weight.
    weight: Option<String>,
    /// The one that says how many features a feature stands for.
    count: Option<String>,
    /// The one that the user names for the time.
    time: Option<String>,
    /// Whether times are wanted at all.
    times: bool,
    /// The one that points of one track have in common.
    track: Option<String>,
    /// The one that gives the order of those.
    order: Option<String>,
    /// The one by which data are parted.
    part: Option<String>,
}

impl Wanted {
    pub(super) fn new(options: &columns::Options, times: bool) -> Self {
        let name = |field: &Option<Field>| match field {
            Some(Field::Name(name)) => Some(name.to_lowercase()),
            Some(Field::Number(number)) => Some(number.to_string()),
            None => None,
        };
        Self {
            weight: name(&options.weight_field),
            count: name(&options.count_field),
            time: name(&options.time_field),
            times,
            track: name(&options.track_field),
            order: name(&options.order_field),
            part: name(&options.part_field),
        }
    }

    /// Whether every feature must have a weight.
    pub(super) fn is_weight_asked(&self) -> bool {
        self.weight.is_some()
    }

    /// Whether every feature must say how many it stands for.
    pub(super) fn is_count_asked(&self) -> bool {
        self.count.is_some()
    }

    /// Whether points are to be joined to tracks.
    pub(super) fn is_track_asked(&self) -> bool {
        self.track.is_some()
    }

    /// Whether those are to be put in order.
    pub(super) fn is_order_asked(&self) -> bool {
        self.order.is_some()
    }

    fn is_weight(&self, name: &str) -> bool {
        name == self.weight.as_deref().unwrap_or("weight")
    }

    /// How good a name is for the time, 0 being the best.
    fn time_rank(&self, name: &str) -> Option<usize> {
        match &self.time {
            _ if !self.times => None,
            Some(asked) => (name == asked).then_some(0),
            None => columns::moment_rank(name),
        }
    }
}

/// What the properties of a feature say.
#[derive(Default)]
pub(super) struct Properties {
    pub weight: Option<String>,
    /// How many features it stands for.
    pub count: Option<String>,
    pub time: Option<String>,
    /// The times of its positions, as togeojson writes them.
    pub times: Vec<Option<Time>>,
    pub name: Option<String>,
    /// How far off its positions may be, in metres.
    pub accuracy: Option<f64>,
    pub sport: Option<String>,
    /// What the points of its track have in common.
    pub track: Option<String>,
    /// Its place among those.
    pub order: Option<String>,
    /// The part of the data that it is of.
    pub part: Option<String>,
}

/// Reads properties.
pub(super) struct PropertiesSeed<'a>(pub &'a Wanted);

impl<'de> DeserializeSeed<'de> for PropertiesSeed<'_> {
    type Value = Properties;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Properties, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PropertiesSeed<'_> {
    type Value = Properties;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("properties")
    }

    no_scalars!(Properties::default());
    no_array!(Properties::default());

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Properties, A::Error> {
        let (mut found, mut best) = (Properties::default(), usize::MAX);
        while let Some(name) = members.next_key::<String>()? {
            let name = name.to_lowercase();
            let rank = self.0.time_rank(&name).filter(|rank| *rank < best);
            let is = |asked: &Option<String>| asked.as_ref() == Some(&name);
            let (is_track, is_order) = (is(&self.0.track), is(&self.0.order));
            let is_count = is(&self.0.count);
            let (is_weight, is_part) = (self.0.is_weight(&name), is(&self.0.part));
            let is_other = !is_weight && !is_count && !is_track && !is_order && !is_part;
            if rank.is_none() && is_other {
                found.other(&name, self.0.times, &mut members)?;
                continue;
            }
            // A property may be several of these.
            let Scalar(Some(text)) = members.next_value()? else {
                continue;
            };
            if is_track {
                found.track = Some(text.clone());
            }
            if is_part {
                found.part = Some(text.clone());
            }
            if is_order {
                found.order = Some(text.clone());
            }
            if is_count {
                found.count = Some(text.clone());
            }
            if is_weight {
                found.weight = Some(text.clone());
            }
            if let Some(rank) = rank {
                (found.time, best) = (Some(text), rank);
            } else if matches!(name.as_str(), "name" | "title") {
                found.name.get_or_insert(text);
            } else if matches!(name.as_str(), "sport" | "activity_type") {
                found.sport.get_or_insert(text);
            }
        }
        Ok(found)
    }
}

impl Properties {
    fn other<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        times: bool,
        members: &mut A,
    ) -> Result<(), A::Error> {
        match name {
            "name" | "title" if self.name.is_none() => {
                self.name = members.next_value::<Scalar>()?.0;
            }
            "sport" | "activity_type" if self.sport.is_none() => {
                self.sport = members.next_value::<Scalar>()?.0;
            }
            "accuracy" | "horizontal_accuracy" | "horizontalaccuracy" => {
                let text = members.next_value::<Scalar>()?.0;
                self.accuracy = text.and_then(|text| number(text.as_bytes()));
            }
            "coordtimes" if times => {
                let own = &mut self.times;
                let add = |text: Option<&str>| {
                    own.push(text.and_then(|text| time::parse(text.as_bytes())));
                };
                members.next_value_seed(Flat(add))?;
            }
            "coordinateproperties" => {
                let nested = PropertiesSeed(&Wanted {
                    weight: None,
                    count: None,
                    time: Some(String::new()),
                    times,
                    track: None,
                    order: None,
                    part: None,
                });
                self.times = members.next_value_seed(nested)?.times;
            }
            "times" if times => {
                let own = &mut self.times;
                let add = |text: Option<&str>| {
                    own.push(text.and_then(|text| time::parse(text.as_bytes())));
                };
                members.next_value_seed(Flat(add))?;
            }
            _ => {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
