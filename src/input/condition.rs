//! Predicate on a field of a record, such as `type=Run` or `speed>=2.5`.
//!
//! Numbers are compared by their value, and everything else as text, letter by letter. A value in
//! quotes is a text whatever it looks like: `'007'` is not 7. Moments are no matter of these: their
//! filters know all the forms in which files have them.

use std::cmp::Ordering;

use super::decode;
use super::fields::{is_null, number};

/// How the field of a record and a value are to be related.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// How relations are written, those before others that they begin with.
const WRITTEN: [(&str, Relation); 8] = [
    ("!=", Relation::Different),
    ("<>", Relation::Different),
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("==", Relation::Equal),
    ("=", Relation::Equal),
    ("<", Relation::Less),
    (">", Relation::More),
];

/// What the field of a record must be for the record to be wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    relation: Relation,
    value: String,
    /// The value, if it is a number.
    number: Option<f64>,
}

impl Condition {
    /// Takes a condition as it is written apart: into the field, and what is asked of it. Blanks
    /// around both do not count.
    ///
    /// # Errors
    /// When it compares no field with anything, or asks whether something is less than a text.
    pub fn parse(text: &str) -> Result<(&str, Self), String> {
        let found = text.char_indices().find_map(|(at, _)| {
            let mut written = WRITTEN.into_iter();
            let (sign, relation) = written.find(|(sign, _)| text[at..].starts_with(sign))?;
            Some((text[..at].trim(), relation, text[at + sign.len()..].trim()))
        });
        let Some((field, relation, value)) = found.filter(|(field, ..)| !field.is_empty()) else {
            return Err("not FIELD=VALUE, nor with !=, <, <=, > or >= between them".to_owned());
        };
        let quoted = ['\'', '"'].into_iter().find_map(|quote| {
            let inner = value.strip_prefix(quote)?;
            inner.strip_suffix(quote)
        });
        let number = match quoted {
            Some(_) => None,
            None => number(value.as_bytes()).filter(|number| number.is_finite()),
        };
        let is_order = !matches!(relation, Relation::Equal | Relation::Different);
        if is_order && number.is_none() {
            return Err(format!(
                "'{value}' is no number, and only numbers are less or more"
            ));
        }
        let condition = Self {
            relation,
            value: quoted.unwrap_or(value).to_owned(),
            number,
        };
        Ok((field, condition))
    }

    /// Whether a field is as it must be, given the number in it, if there is one. A record without
    /// the field is as one with nothing in it.
    pub(super) fn holds(&self, field: &[u8], number: Option<f64>) -> bool {
        let order = self.order(field, number);
        let is_equal = || order.map_or_else(|| self.is_said_in(field), Ordering::is_eq);
        match self.relation {
            Relation::Equal => is_equal(),
            Relation::Different => !is_equal(),
            Relation::Less => order.is_some_and(Ordering::is_lt),
            Relation::AtMost => order.is_some_and(Ordering::is_le),
            Relation::More => order.is_some_and(Ordering::is_gt),
            Relation::AtLeast => order.is_some_and(Ordering::is_ge),
        }
    }

    /// Whether a field has the very text.
    fn is_said_in(&self, field: &[u8]) -> bool {
        let (field, value) = (said(field), said(self.value.as_bytes()));
        field == value || decode::is_old(field, self.value.trim())
    }

    /// How the number of a field and the one that it is compared with lie to each other, if both
    /// are numbers. Keys of databases have more digits than a float holds.
    fn order(&self, field: &[u8], found: Option<f64>) -> Option<Ordering> {
        let (wanted, found) = (self.number?, found?);
        let whole = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<i128>().ok();
        let both = whole(field.trim_ascii()).zip(whole(self.value.as_bytes()));
        match both {
            Some((found, wanted)) => Some(found.cmp(&wanted)),
            None => found.partial_cmp(&wanted),
        }
    }
}

/// A text as it is compared: whatever stands for nothing is nothing.
fn said(text: &[u8]) -> &[u8] {
    if is_null(text) {
        b""
    } else {
        text.trim_ascii()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a condition holds for what stands in its field.
    fn holds(condition: &str, field: &str) -> bool {
        let (_, condition) = Condition::parse(condition).expect("a condition");
        condition.holds(field.as_bytes(), number(field.as_bytes()))
    }

    #[test]
    fn texts_are_compared_by_letters_and_numbers_by_value() {
        for (condition, field) in [
            ("type=Run", "Run"),
            ("type = Run", " Run "),
            ("type=='Run'", "Run"),
            ("n=5", "5.0"),
            ("n=05", "5"),
            ("n!=5", "five"),
            ("n<>5", "5.5"),
            ("n<5", "-1e3"),
            ("n<=5", "5"),
            ("n>-1", "0"),
            ("n>=2.5", "2.5"),
            ("type!=Run", ""),
            ("type=", ""),
            ("type=", "\\N"),
            ("type=NULL", ""),
            ("a=b=c", "b=c"),
            ("id=9007199254740993", "9007199254740993"),
        ] {
            assert!(holds(condition, field), "{condition} of {field:?}");
        }
        for (condition, field) in [
            ("type=Run", "run"),
            ("type=Run", "Trail Run"),
            ("code='007'", "7"),
            ("n=5", ""),
            ("n<5", ""),
            ("n<5", "few"),
            ("n>5", "5"),
            ("n=0", "nan"),
            ("id=9007199254740993", "9007199254740992"),
        ] {
            assert!(!holds(condition, field), "{condition} of {field:?}");
        }
    }

    #[test]
    fn texts_may_be_written_in_an_old_encoding() {
        let holds = |condition: &str, field: &[u8]| {
            let (_, condition) = Condition::parse(condition).expect("a condition");
            condition.holds(field, None)
        };
        let moscow = b"\xcc\xee\xf1\xea\xe2\xe0";
        assert!(holds("ort=Zürich", b" Z\xfcrich ") && holds("ort=Москва", moscow));
        assert!(!holds("ort!=Zürich", b"Z\xfcrich") && !holds("ort=Zurich", b"Z\xfcrich"));
        assert!(!holds("ort=München", b"Z\xfcrich") && !holds("ort=ZÃ¼rich", "Zürich".as_bytes()));
    }

    #[test]
    fn fields_stand_before_the_first_sign() {
        for (text, name) in [("a!=b", "a"), ("my field = x", "my field"), ("3>=4", "3")] {
            assert_eq!(Condition::parse(text).expect("a condition").0, name);
        }
        for text in ["", "a", "=b", " > 5", "a<b", "date>=2024-05-01", "n<'5'"] {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }
}
