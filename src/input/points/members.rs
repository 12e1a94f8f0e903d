//! Members of a record, as fields name them and tables would have them.

use serde_json::{Map, Value};

use crate::input::columns::Field;
use crate::input::json::fixes::text;

/// Whether there is nothing in a value.
pub(super) fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// The object in which a field names a member.
pub(super) fn holder<'a>(record: &'a Value, field: &Field) -> Option<&'a Map<String, Value>> {
    let inner = match field {
        Field::Name(name) if record.get(name).is_none() => {
            let (holder, _) = name.rsplit_once('.')?;
            member(record, &Field::Name(holder.to_owned()))?
        }
        _ => record,
    };
    inner.as_object()
}

/// The member that a field names: the one of its number in an array, or of its name, in which dots
/// lead into inner objects.
pub(super) fn member<'a>(record: &'a Value, field: &Field) -> Option<&'a Value> {
    match field {
        Field::Number(number) => record.get(number.checked_sub(1)?),
        Field::Name(name) => record.get(name).or_else(|| {
            let mut parts = name.split('.');
            parts.try_fold(record, |value, part| value.get(part))
        }),
    }
}

/// The text of the member that a field names; of one that is not there nothing.
pub(super) fn text_of(record: &Value, field: &Field) -> String {
    member(record, field).map(text).unwrap_or_default()
}
