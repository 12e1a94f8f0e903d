//! Properties of a feature: weight, time, name and sport, by their names, and nothing of the
//! others.

use std::fmt;

use serde_core::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::error;
use crate::geo::Time;
use crate::input::condition::Condition;
use crate::input::fields::number;
use crate::input::json::fixes;
use crate::input::json::members::Lookup;
use crate::input::json::values::{Flat, Scalar, no_array, no_scalars};
use crate::input::{DateOrder, Field, Manner, Sink, columns, time};

/// Which properties are of interest.
#[derive(Default)]
pub(super) struct Wanted {
    /// The one that the user names for the weight.
    weight: Option<String>,
    /// The one that says how many features a feature stands for.
    count: Option<String>,
    /// The one that the user names for the time.
    time: Option<String>,
    /// Whether times are wanted at all.
    times: bool,
    /// The order of day and month in them.
    date_order: DateOrder,
    /// The one that points of one track have in common.
    track: Option<String>,
    /// The one that gives the order of those.
    order: Option<String>,
    /// The one by which data are parted.
    part: Option<String>,
    /// What must stand in some for a feature to be wanted.
    conditions: Vec<(String, Condition)>,
    /// Those of conditions that no feature had yet.
    lookup: Lookup,
    /// Whether features are to be accurate.
    accuracies: bool,
}

impl Wanted {
    pub(super) fn new(options: &columns::Options, manner: &Manner) -> Self {
        let known = |field: &Field| match field {
            Field::Name(name) => name.to_lowercase(),
            Field::Number(number) => number.to_string(),
        };
        let name = |field: &Option<Field>| field.as_ref().map(known);
        let conditions = options.conditions.iter();
        let conditions: Vec<_> = conditions
            .map(|(field, condition)| (known(field), condition.clone()))
            .collect();
        Self {
            weight: name(&options.weight_field),
            count: name(&options.count_field),
            time: name(&options.time_field),
            times: manner.times,
            date_order: manner.date_order,
            track: name(&options.track_field),
            order: name(&options.order_field),
            part: name(&options.part_field),
            lookup: Lookup::of(conditions.iter().map(|(name, _)| name.clone())),
            conditions,
            accuracies: manner.max_accuracy.is_some(),
        }
    }

    /// Tells of a property that a condition is about and no feature has.
    ///
    /// # Errors
    /// When there is one.
    pub(super) fn check(&self, sink: &Sink) -> error::Result<()> {
        self.lookup.check("property", sink)
    }

    /// Whether a property, of a name in small letters, is asked for, but not as a time.
    fn asks(&self, name: &str) -> bool {
        let asked = [&self.count, &self.track, &self.order, &self.part];
        let is = |asked: &&Option<String>| asked.as_deref() == Some(name);
        let mut conditions = self.conditions.iter();
        self.is_weight(name)
            || asked.iter().any(is)
            || conditions.any(|(asked, _)| asked == name)
            || self.is_accuracy(name)
    }

    fn is_accuracy(&self, name: &str) -> bool {
        self.accuracies && columns::accuracy_rank(name).is_some()
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

/// The times of the positions of a feature, as togeojson writes them.
#[derive(Default)]
pub(super) struct Times {
    pub known: Vec<Option<Time>>,
    /// The first that can be read, which says how all are written.
    pub sample: Option<String>,
    /// The first that cannot.
    pub bad: Option<String>,
}

impl Times {
    fn take(&mut self, text: Option<&str>, order: DateOrder) {
        let time = text.and_then(|text| time::parse_in(text.as_bytes(), order));
        let first = if time.is_some() {
            &mut self.sample
        } else {
            &mut self.bad
        };
        if let (None, Some(text)) = (&first, text) {
            *first = Some(text.to_owned());
        }
        self.known.push(time);
    }
}

/// What the properties of a feature say.
#[derive(Default)]
pub(super) struct Properties {
    pub weight: Option<String>,
    /// How many features it stands for.
    pub count: Option<String>,
    pub time: Option<String>,
    /// That is a day, which has its time of day beside it where there is one.
    pub is_day: bool,
    pub clock: Option<String>,
    pub times: Times,
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
    /// Those that conditions are about.
    values: Vec<(String, String)>,
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
            self.0.lookup.pass(&name);
            let name = name.to_lowercase();
            let rank = self.0.time_rank(&name).filter(|rank| *rank < best);
            let is_clock = self.0.times && columns::is_clock(&name);
            if rank.is_none() && !is_clock && !self.0.asks(&name) {
                found.other(&name, self.0, &mut members)?;
                continue;
            }
            self.0.lookup.meet(&name);
            let Scalar(Some(text)) = members.next_value()? else {
                continue;
            };
            found.take(self.0, &name, &text);
            if is_clock {
                found.clock = Some(text.clone());
            }
            let list = rank.and_then(|_| serde_json::from_str::<Vec<Value>>(&text).ok());
            if let Some(list) = list {
                found.times = Times::default();
                for value in list {
                    let text = Some(fixes::text(&value)).filter(|_| !value.is_null());
                    found.times.take(text.as_deref(), self.0.date_order);
                }
            } else if let Some(rank) = rank {
                found.is_day = self.0.time.is_none() && columns::is_day(&name);
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
    /// Takes a property that is asked for, which may be for several things.
    fn take(&mut self, wanted: &Wanted, name: &str, text: &str) {
        let is = |asked: &Option<String>| asked.as_deref() == Some(name);
        for (asked, to) in [
            (&wanted.track, &mut self.track),
            (&wanted.part, &mut self.part),
            (&wanted.order, &mut self.order),
            (&wanted.count, &mut self.count),
        ] {
            if is(asked) {
                *to = Some(text.to_owned());
            }
        }
        if wanted.is_weight(name) {
            self.weight = Some(text.to_owned());
        }
        if wanted.is_accuracy(name) {
            self.accuracy = number(text.as_bytes());
        }
        if wanted.conditions.iter().any(|(asked, _)| asked == name) {
            self.values.push((name.to_owned(), text.to_owned()));
        }
    }

    /// Whether they meet all conditions. One that is not there is as one with nothing in it.
    pub(super) fn meet(&self, wanted: &Wanted) -> bool {
        wanted.conditions.iter().all(|(asked, condition)| {
            let mut values = self.values.iter().rev();
            let value = values.find(|(name, _)| name == asked);
            let text = value.map_or(&b""[..], |(_, text)| text.as_bytes());
            condition.holds(text, number(text))
        })
    }

    fn other<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        wanted: &Wanted,
        members: &mut A,
    ) -> Result<(), A::Error> {
        match name {
            "name" | "title" if self.name.is_none() => {
                self.name = members.next_value::<Scalar>()?.0;
            }
            "sport" | "activity_type" if self.sport.is_none() => {
                self.sport = members.next_value::<Scalar>()?.0;
            }
            "coordtimes" | "times" if wanted.times => {
                let add = |text: Option<&str>| self.times.take(text, wanted.date_order);
                members.next_value_seed(Flat(add))?;
            }
            "coordinateproperties" => {
                let wanted = Wanted {
                    time: Some(String::new()),
                    times: wanted.times,
                    date_order: wanted.date_order,
                    ..Wanted::default()
                };
                let inner = members.next_value_seed(PropertiesSeed(&wanted))?;
                if !inner.times.known.is_empty() {
                    self.times = inner.times;
                }
            }
            _ => {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
