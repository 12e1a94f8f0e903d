//! JavaScript around JSON: `var points = [ … ];`, `callback({ … });`. Pages have their data so, and
//! exports of social networks.
//!
//! What stands before, between and behind the outermost brackets becomes blank as the bytes stream
//! by, and readers of JSON see none of it.

use std::io::{self, Read};

/// How long what stands in front is at the most.
const LONGEST: usize = 256;

/// Where the JSON begins in a script that begins like this: behind the left side of an assignment or
/// the name of a function. `None` if it is none.
fn begin(beginning: &[u8]) -> Option<usize> {
    let front = &beginning[..beginning.len().min(LONGEST)];
    let sign = front.iter().position(|byte| b"=(".contains(byte))?;
    let name = front[..sign].trim_ascii();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_$.[]'\" ".contains(byte);
    let is_first = |byte: &u8| byte.is_ascii_alphabetic() || b"_$".contains(byte);
    let is_name = name.first().is_some_and(is_first) && name.iter().all(is_part);
    let json = beginning[sign + 1..].trim_ascii_start();
    let begins = is_name && matches!(json.first(), Some(b'[' | b'{'));
    begins.then(|| beginning.len() - json.len())
}

/// How far into its brackets a text has been read.
#[derive(Default)]
pub(super) struct Script {
    depth: u64,
    in_text: bool,
    is_escaped: bool,
}

impl Script {
    /// Blanks what is no JSON at the beginning of a script; `None` if it is none.
    pub(super) fn of(beginning: &mut [u8]) -> Option<Self> {
        let (front, json) = beginning.split_at_mut(begin(beginning)?);
        front.iter_mut().for_each(blank);
        let mut script = Self::default();
        script.strip(json);
        Some(script)
    }

    /// The rest of it.
    pub(super) fn rest<R: Read>(self, source: R) -> Rest<R> {
        Rest {
            source,
            script: self,
        }
    }

    fn strip(&mut self, text: &mut [u8]) {
        for byte in text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_text => self.is_escaped = true,
                b'"' if self.depth > 0 => self.in_text = !self.in_text,
                _ if self.in_text => {}
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' if self.depth > 0 => self.depth -= 1,
                byte if self.depth == 0 => blank(byte),
                _ => {}
            }
        }
    }
}

fn blank(byte: &mut u8) {
    if !byte.is_ascii_whitespace() {
        *byte = b' ';
    }
}

/// What follows the beginning of a script.
pub(super) struct Rest<R> {
    source: R,
    script: Script,
}

impl<R: Read> Read for Rest<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.script.strip(&mut buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> Option<String> {
        (1..text.len()).try_for_each(|at| {
            let (mut front, rest) = (text.as_bytes()[..at].to_vec(), &text.as_bytes()[at..]);
            let Some(script) = Script::of(&mut front) else {
                return Some(());
            };
            script.rest(rest).read_to_end(&mut front).ok()?;
            let whole = String::from_utf8(front).ok()?;
            assert_eq!(whole, stripped_at_once(text)?, "{at}");
            Some(())
        })?;
        stripped_at_once(text)
    }

    fn stripped_at_once(text: &str) -> Option<String> {
        let mut bytes = text.as_bytes().to_vec();
        Script::of(&mut bytes)?;
        String::from_utf8(bytes).ok()
    }

    #[test]
    fn what_is_no_json_becomes_blank() {
        for (text, json) in [
            ("var a = [[1, 2],\n[3, 4]];\n", "[[1, 2],\n[3, 4]]"),
            ("callback({\"a\": \"]});\\\"\"});", "{\"a\": \"]});\\\"\"}"),
            ("window['a'].b = [1];", "[1]"),
            ("const a = [1]; const b = [2]", "[1]            [2]"),
        ] {
            let stripped = stripped(text).expect("a script");
            assert_eq!(stripped.trim(), json);
            assert_eq!(stripped.len(), text.len());
        }
        for text in [
            "lat=54 lon=10",
            "a,b\n1,2",
            "[1]",
            "POINT(1 2)",
            "a=b=[1]",
            "1=[1]",
        ] {
            assert_eq!(stripped(text), None, "{text}");
        }
    }
}
