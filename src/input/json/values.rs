//! Values of JSON that are of interest while the rest streams by: texts and numbers, and nothing
//! held of what is skipped.
//!
//! Seeds of serde that take a scalar, or pass over whatever else stands there.

use std::cell::Cell;
use std::fmt;

use serde_core::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use super::fixes::text;

/// Methods of a visitor that pass over scalars.
macro_rules! no_scalars {
    ($value:expr) => {
        fn visit_unit<E: serde_core::de::Error>(self) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_bool<E: serde_core::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_i64<E: serde_core::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_u64<E: serde_core::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_f64<E: serde_core::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_str<E: serde_core::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Ok($value)
        }
    };
}

/// The method of a visitor that passes over an array.
macro_rules! no_array {
    ($value:expr) => {
        fn visit_seq<A: serde_core::de::SeqAccess<'de>>(
            self,
            mut elements: A,
        ) -> Result<Self::Value, A::Error> {
            while elements
                .next_element::<serde_core::de::IgnoredAny>()?
                .is_some()
            {}
            Ok($value)
        }
    };
}

/// The method of a visitor that passes over an object.
macro_rules! no_object {
    ($value:expr) => {
        fn visit_map<A: serde_core::de::MapAccess<'de>>(
            self,
            mut members: A,
        ) -> Result<Self::Value, A::Error> {
            use serde_core::de::IgnoredAny;
            while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($value)
        }
    };
}

pub(in crate::input) use {no_array, no_object, no_scalars};

/// How many values one may hold: each takes memory of its own, of which a few bytes of an archive may
/// make any number.
const MOST: usize = 1 << 21;

/// A value that holds no more than so many others.
pub(in crate::input) struct Bounded(pub Value);

impl<'de> Deserialize<'de> for Bounded {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let left = Cell::new(MOST);
        Part(&left).deserialize(source).map(Self)
    }
}

/// A value within one, and how many there may still be.
struct Part<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        let left = self.0.get().checked_sub(1);
        let too_many = || D::Error::custom(format_args!("there are more than {MOST} values in it"));
        self.0.set(left.ok_or_else(too_many)?);
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(Part(self.0))? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key()? {
            object.insert(name, members.next_value_seed(Part(self.0))?);
        }
        Ok(Value::Object(object))
    }
}

/// A value as text, `None` for null. Arrays and objects are the text that they are in JSON, so that
/// they are told where a number or a time is wanted.
pub(in crate::input) struct Scalar(pub Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let Bounded(value) = Bounded::deserialize(source)?;
        Ok(Self(match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(text(&other)),
        }))
    }
}

/// Takes a scalar, or that there is none.
type Give<'a> = dyn FnMut(Option<&str>) + 'a;

/// All scalars in an array and in the arrays in it, one after the other, each given to a function;
/// null is given, too, and a scalar in the place of the array.
pub(in crate::input) struct Flat<F>(pub F);

impl<'de, F: FnMut(Option<&str>)> DeserializeSeed<'de> for Flat<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Option<&str>)> Visitor<'de> for Flat<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        (self.0)(Some(text));
        Ok(())
    }

    fn visit_f64<E: Error>(mut self, number: f64) -> Result<(), E> {
        (self.0)(Some(&number.to_string()));
        Ok(())
    }

    fn visit_i64<E: Error>(mut self, number: i64) -> Result<(), E> {
        (self.0)(Some(&number.to_string()));
        Ok(())
    }

    fn visit_u64<E: Error>(mut self, number: u64) -> Result<(), E> {
        (self.0)(Some(&number.to_string()));
        Ok(())
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        (self.0)(None);
        Ok(())
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        (self.0)(None);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        loop {
            let seed = Flat(&mut self.0 as &mut Give<'_>);
            if elements.next_element_seed(seed)?.is_none() {
                return Ok(());
            }
        }
    }

    no_object!(());
}
