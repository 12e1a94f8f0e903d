//! The beginning of a document, closed where it was cut: the first record of a file may be longer
//! than what is looked at to know its format.

/// A text with what closes the values in it that are open. Where it was cut in a text that text ends
/// there, and elsewhere what comes after the last whole value is left out.
pub(in crate::input) fn closed(text: &[u8]) -> Vec<u8> {
    let mut open: Vec<u8> = Vec::new();
    // Up to where all is whole but for what is open.
    let mut whole = 0;
    let (mut is_key, mut at) = (false, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'{' | b'[' => {
                open.push(if byte == b'{' { b'}' } else { b']' });
                is_key = byte == b'{';
                whole = at + 1;
            }
            b'}' | b']' => {
                open.pop();
                whole = at + 1;
            }
            b',' => {
                is_key = open.last() == Some(&b'}');
                whole = at;
            }
            b':' => is_key = false,
            b'"' => match end_of_text(&text[at + 1..]) {
                Some(length) => {
                    at += length + 1;
                    if !is_key {
                        whole = at + 1;
                    }
                }
                None if is_key => break,
                None => {
                    let (before, begun) = text.split_at(at + 1);
                    return [before, letters(begun), b"\"", &closing(&open)].concat();
                }
            },
            _ => {}
        }
        at += 1;
    }
    [&text[..whole], &closing(&open)].concat()
}

/// The length of a text whose first quote is passed; none if it has no end.
pub(super) fn end_of_text(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// A text without the letter within which it was cut.
fn letters(text: &[u8]) -> &[u8] {
    let whole = match std::str::from_utf8(text) {
        Err(fault) if fault.error_len().is_none() => &text[..fault.valid_up_to()],
        _ => text,
    };
    let (mut at, mut end) = (0, 0);
    while at < whole.len() {
        at += match whole[at..] {
            // Of two that are one letter.
            [
                b'\\',
                b'u',
                b'D' | b'd',
                b'8' | b'9' | b'A' | b'B' | b'a' | b'b',
                ..,
            ] => 12,
            [b'\\', b'u', ..] => 6,
            [b'\\', ..] => 2,
            _ => 1,
        };
        if at > whole.len() {
            break;
        }
        end = at;
    }
    &whole[..end]
}

fn closing(open: &[u8]) -> Vec<u8> {
    open.iter().rev().copied().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_text_is_closed_wherever_it_was_cut() {
        let whole = r#"[{"a\"b": [1, {"c": "x\\\"y\u00e9\ud83d\ude00ü"}, true, null], "d": {}}, [-1.5e3]] {"e": 1}"#;
        for length in 0..=whole.len() {
            let closed = closed(&whole.as_bytes()[..length]);
            let mut values = serde_json::Deserializer::from_slice(&closed).into_iter::<Value>();
            assert!(
                values.all(|value| value.is_ok()),
                "{}",
                String::from_utf8_lossy(&closed)
            );
        }
        assert_eq!(closed(whole.as_bytes()), whole.as_bytes());
    }

    #[test]
    fn what_was_whole_is_left() {
        let value = |text: &str| serde_json::from_slice::<Value>(&closed(text.as_bytes())).unwrap();
        assert_eq!(value(r#"[{"a": 1, "b": "xy"#), json!([{"a": 1, "b": "xy"}]));
        assert_eq!(value(r#"{"a": 1, "b": [2, 3"#), json!({"a": 1, "b": [2]}));
        assert_eq!(value(r#"{"a": {"b": 1}, "c"#), json!({"a": {"b": 1}}));
        assert_eq!(value(r#"{"a": {"b": 1}, "c": "#), json!({"a": {"b": 1}}));
    }
}
