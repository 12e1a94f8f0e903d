//! Values in the binary format of `PostgreSQL`.

use std::error::Error;

use postgres::Row as Received;
use postgres::types::{FromSql, Type};

use crate::input::table::{Row, Value};

/// From 1970 to 2000, where `PostgreSQL` begins to count, in milliseconds.
const BEGINNING: i64 = 946_684_800_000;
/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;
/// Signs of decimal numbers.
const POSITIVE: u16 = 0;
const NEGATIVE: u16 = 0x4000;

/// The bytes of a value, whatever its type.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(bytes))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A row as it was received.
pub(super) struct Stored<'a>(pub &'a Received);

impl Row for Stored<'_> {
    fn value(&self, column: usize) -> Value<'_> {
        match self.0.try_get::<_, Option<Raw>>(column) {
            Ok(Some(Raw(bytes))) => {
                value(self.0.columns()[column].type_(), bytes).unwrap_or(Value::Null)
            }
            Ok(None) | Err(_) => Value::Null,
        }
    }
}

/// A value of a type; `None` if it is not as values of that type are.
fn value<'a>(kind: &Type, bytes: &'a [u8]) -> Option<Value<'a>> {
    Some(match *kind {
        Type::BOOL => Value::Integer(bytes.first().copied()?.into()),
        Type::INT2 => Value::Integer(i16::from_be_bytes(whole(bytes)?).into()),
        Type::INT4 => Value::Integer(i32::from_be_bytes(whole(bytes)?).into()),
        Type::INT8 => Value::Integer(i64::from_be_bytes(whole(bytes)?)),
        Type::FLOAT4 => Value::Real(f32::from_be_bytes(whole(bytes)?).into()),
        Type::FLOAT8 => Value::Real(f64::from_be_bytes(whole(bytes)?)),
        Type::NUMERIC => Value::Real(numeric(bytes)?),
        Type::TIMESTAMP => Value::Clock(milliseconds(bytes)?),
        Type::TIMESTAMPTZ => Value::Moment(milliseconds(bytes)?),
        Type::DATE => {
            let days = i64::from(i32::from_be_bytes(whole(bytes)?));
            Value::Clock(days * DAY + BEGINNING)
        }
        Type::POINT => {
            let (x, y) = bytes.split_at_checked(8)?;
            Value::Place([f64::from_be_bytes(whole(x)?), f64::from_be_bytes(whole(y)?)])
        }
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::UNKNOWN => {
            Value::Text(bytes)
        }
        // Geometries are in well-known binary, and what else there is looks like none.
        _ => Value::Bytes(bytes),
    })
}

/// Milliseconds since 1970, where microseconds since 2000 are stored.
fn milliseconds(bytes: &[u8]) -> Option<i64> {
    let micros = i64::from_be_bytes(whole(bytes)?);
    Some(micros.div_euclid(1000).saturating_add(BEGINNING))
}

fn whole<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// A decimal number: digits in base 10000, the power of the first, a sign.
fn numeric(bytes: &[u8]) -> Option<f64> {
    let (words, rest) = bytes.as_chunks::<2>();
    rest.is_empty().then_some(())?;
    let word = |at: usize| words.get(at).map(|word| u16::from_be_bytes(*word));
    let (count, power, sign) = (word(0)?, word(1)? as i16, word(2)?);
    let digits = words.get(4..)?;
    (digits.len() == usize::from(count)).then_some(())?;
    let text: String = digits
        .iter()
        .map(|digit| format!("{:04}", u16::from_be_bytes(*digit)))
        .collect();
    let exponent = 4 * (i32::from(power) + 1 - i32::from(count));
    // Read as text it is the nearest number to what the digits say.
    let number: f64 = if text.is_empty() {
        0.0
    } else {
        format!("{text}e{exponent}").parse().ok()?
    };
    match sign {
        POSITIVE => Some(number),
        NEGATIVE => Some(-number),
        _ => Some(f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_moments_are_taken_apart() {
        let of = |kind: &Type, bytes: &[u8]| format!("{:?}", value(kind, bytes));
        assert_eq!(
            of(&Type::INT4, &[0xff, 0xff, 0xff, 0xfe]),
            "Some(Integer(-2))"
        );
        assert_eq!(
            of(&Type::FLOAT8, &54.5_f64.to_be_bytes()),
            "Some(Real(54.5))"
        );
        assert_eq!(of(&Type::INT4, &[0]), "None");
        assert_eq!(
            of(&Type::DATE, &1_i32.to_be_bytes()),
            "Some(Clock(946771200000))"
        );
        let micros = (-1_500_000_i64).to_be_bytes();
        assert_eq!(
            of(&Type::TIMESTAMPTZ, &micros),
            "Some(Moment(946684798500))"
        );
        assert_eq!(of(&Type::TIMESTAMP, &micros), "Some(Clock(946684798500))");
        assert_eq!(of(&Type::POINT, &[0; 16]), "Some(Place([0.0, 0.0]))");
    }

    #[test]
    fn decimal_numbers_have_digits_in_base_10000() {
        let of = |words: &[u16]| {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            numeric(&bytes)
        };
        assert_eq!(of(&[2, 0, 0, 4, 47, 1235]), Some(47.1235));
        assert_eq!(of(&[3, 0, 0x4000, 6, 8, 1234, 5600]), Some(-8.123_456));
        assert_eq!(of(&[1, 0xffff, 0, 4, 5]), Some(0.0005));
        assert_eq!(of(&[1, 1, 0, 0, 12]), Some(120_000.0));
        assert_eq!(of(&[0, 0, 0, 0]), Some(0.0));
        assert!(of(&[0, 0, 0xc000, 0]).is_some_and(f64::is_nan));
        assert_eq!(of(&[2, 0, 0, 0, 1]), None);
    }
}
