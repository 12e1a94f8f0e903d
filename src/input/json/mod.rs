//! JSON documents: which kind one is, by the keys at its beginning.
//!
//! Half a dozen formats are called `.json`. [`Outline`] looks at the first bytes of a document,
//! which may be cut anywhere, and a format says by its keys whether it is its own.

pub(super) mod cut;
pub(super) mod elements;
pub(super) mod fixes;
pub(super) mod literals;
pub(super) mod members;
pub(super) mod values;

use super::opened::Head;

/// The extensions that say no more than that it is JSON, alone or one document a line.
pub(super) const EXTENSIONS: [&str; 3] = ["json", "jsonl", "ndjson"];
/// How deep keys are looked at.
const DEPTH: usize = 8;
/// How many of them.
const ENTRIES: usize = 4096;
/// The longest key or text that is kept.
const LONGEST: usize = 64;
/// Members that may come before what tells the kind, and be of any length.
const PREAMBLE: [&str; 8] = [
    "bbox",
    "copyright",
    "crs",
    "generator",
    "id",
    "metadata",
    "name",
    "properties",
];

/// The beginning of a document, or of several one after the other.
pub(super) struct Outline {
    /// What was met, in order.
    entries: Vec<Entry>,
    /// The path in which the text was cut; empty if it was not.
    cut: String,
}

/// A value, by its path: `features[].geometry.type`; `[]` is any element of an array, and what is
/// in front is empty for that at the root.
struct Entry {
    path: String,
    /// The value, if it is a text.
    text: Option<String>,
}

impl Outline {
    /// Looks at the first bytes of an input; `None` if that is no JSON.
    pub(super) fn of(head: &Head) -> Option<Self> {
        let text = head.text()?;
        let text = text.trim_ascii_start();
        // A record separator begins every text of a sequence.
        let text = text.strip_prefix(b"\x1e").unwrap_or(text);
        let begins = matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
        begins.then(|| Scan::new(text).outline())
    }

    /// Whether it is `TopoJSON`, whose numbers are places only by its transform and its arcs.
    pub(super) fn is_topology(&self) -> bool {
        self.text("type") == Some("Topology")
    }

    /// Whether there is something at a path, such as `locations[].latitudeE7`. Where an array may
    /// be at the root or not, its paths begin with `[]`.
    pub(super) fn has(&self, path: &str) -> bool {
        self.entries.iter().any(|entry| entry.path == path)
    }

    /// The first text at a path.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let found = self.entries.iter().find(|entry| entry.path == path)?;
        found.text.as_deref()
    }

    /// Whether it was cut in a member that may stand in front of what tells the kind.
    pub(super) fn is_cut_early(&self) -> bool {
        let member = self.cut.split(['.', '[']).next().unwrap_or_default();
        PREAMBLE.contains(&member)
    }
}

/// A look through a text, which need not be correct or whole.
struct Scan<'a> {
    rest: &'a [u8],
    /// The length of the path at every opened brace or bracket.
    open: Vec<usize>,
    path: String,
    /// The next text is a key.
    is_key: bool,
    entries: Vec<Entry>,
}

impl<'a> Scan<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self {
            rest: text,
            open: Vec::new(),
            path: String::new(),
            is_key: false,
            entries: Vec::new(),
        }
    }

    fn outline(mut self) -> Outline {
        while let Some((&first, rest)) = self.rest.split_first() {
            self.rest = rest;
            match first {
                b'{' | b'[' => self.open(first == b'{'),
                b'}' | b']' => self.close(),
                b',' => self.next_member(),
                b'"' => self.text(),
                b'-' | b'0'..=b'9' | b'a'..=b'z' => self.scalar(),
                _ => {}
            }
        }
        let cut = if self.open.is_empty() {
            String::new()
        } else {
            self.path
        };
        Outline {
            entries: self.entries,
            cut,
        }
    }

    fn is_in_array(&self) -> bool {
        self.path.ends_with("[]")
    }

    fn open(&mut self, is_object: bool) {
        self.enter(None);
        self.open.push(self.path.len());
        self.is_key = is_object;
        if !is_object {
            self.path.push_str("[]");
        }
    }

    fn close(&mut self) {
        if let Some(length) = self.open.pop() {
            self.path.truncate(length);
        }
        self.is_key = false;
    }

    fn next_member(&mut self) {
        let Some(&length) = self.open.last() else {
            return;
        };
        self.is_key = !self.path[length..].starts_with("[]");
        if self.is_key {
            self.path.truncate(length);
        }
    }

    /// A text: a key, whose value comes next, or a value.
    fn text(&mut self) {
        let end = cut::end_of_text(self.rest).unwrap_or(self.rest.len());
        let text = String::from_utf8_lossy(&self.rest[..end.min(LONGEST)]).into_owned();
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        if self.is_key {
            let length = self.open.last().copied().unwrap_or_default();
            self.path.truncate(length);
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(&text);
            self.is_key = false;
        } else {
            self.enter(Some(text));
        }
    }

    /// A number, or a word such as `null`.
    fn scalar(&mut self) {
        let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
        let length = self.rest.iter().position(ends).unwrap_or(self.rest.len());
        self.rest = &self.rest[length..];
        self.enter(None);
    }

    fn enter(&mut self, text: Option<String>) {
        let is_known = || {
            self.entries
                .iter()
                .rev()
                .any(|entry| entry.path == self.path)
        };
        if self.open.len() > DEPTH || self.entries.len() == ENTRIES || self.path.is_empty() {
            return;
        }
        // Elements of an array are alike: one of each kind is enough.
        if !(self.is_in_array() && is_known()) {
            let path = self.path.clone();
            self.entries.push(Entry { path, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Vec<String> {
        let outline = Scan::new(text.as_bytes()).outline();
        let entries = outline.entries.into_iter();
        entries
            .map(|entry| match entry.text {
                Some(text) => format!("{}={text}", entry.path),
                None => entry.path,
            })
            .collect()
    }

    #[test]
    fn values_have_paths() {
        assert_eq!(
            outline(
                r#"{"type": "Feature", "geometry": {"coordinates": [1, [2]], "a\"b": null}, "z": 1}"#
            ),
            [
                "type=Feature",
                "geometry",
                "geometry.coordinates",
                "geometry.coordinates[]",
                "geometry.coordinates[][]",
                r#"geometry.a\"b"#,
                "z"
            ]
        );
        assert_eq!(outline("[[1, 2], [3, 4]]"), ["[]", "[][]"]);
        assert_eq!(
            outline(r#"[{"lat": 1}, {"lon": "2"}]"#),
            ["[]", "[].lat", "[].lon=2"]
        );
        assert_eq!(outline("{\"a\": 1}\n{\"b\": 2}"), ["a", "b"]);
    }

    #[test]
    fn a_text_may_be_cut_or_broken_anywhere() {
        let whole = r#"{"a": {"b": ["x\\", {"c": -1.5e3}]}, "d": true}]}],,{{"#;
        for length in 0..=whole.len() {
            outline(&whole[..length]);
        }
        let cut = Scan::new(br#"{"properties": {"a": [1, 2"#).outline();
        assert!(cut.is_cut_early() && !cut.has("features"));
        assert!(
            !Scan::new(br#"{"locations": [1, 2"#)
                .outline()
                .is_cut_early()
        );
        assert!(!Scan::new(br#"{"properties": 1}"#).outline().is_cut_early());
        assert_eq!(cut.text("properties"), None);
    }
}
