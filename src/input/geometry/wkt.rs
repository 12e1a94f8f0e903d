//! Well-known text in every spelling: any case, dimensions apart or not (`POINT Z`, `POINTZ`),
//! empty parts, multipoints with and without inner parentheses, and `SRID=4326;` in front.

use super::super::fields::number;
use super::{DEEPEST, Geometry, Part, Stated};

/// The geometry that a text is; `None` if it is none.
pub(super) fn parse(text: &str) -> Option<Geometry> {
    let (system, rest) = match text.split_once(';') {
        Some((srid, rest)) => {
            let (name, number) = srid.split_once('=')?;
            name.trim().eq_ignore_ascii_case("SRID").then_some(())?;
            (Some(Stated::Number(number.trim().parse().ok()?)), rest)
        }
        None => (None, text),
    };
    let mut geometry = Geometry {
        system,
        ..Geometry::default()
    };
    let mut text = Text { rest };
    text.geometry(&mut geometry, 0)?;
    text.rest.trim().is_empty().then_some(geometry)
}

/// Whether a text is the beginning of a geometry whose end is missing.
pub(super) fn is_cut(text: &str) -> bool {
    let mut text = Text { rest: text };
    let word = text.word();
    if word.eq_ignore_ascii_case("SRID") {
        let behind = text.rest.split_once(';').map(|(_, behind)| behind);
        return text.accept('=') && behind.is_none_or(is_cut);
    }
    let count = |wanted| memchr::memchr_iter(wanted, text.rest.as_bytes()).count();
    if Kind::of(word).is_none() || count(b'(') <= count(b')') {
        return false;
    }
    // `Point (lat, lon)` is a name.
    text.rest = text.rest.trim_start_matches(|c| c != '(');
    while text.accept('(') {}
    let is_number = !text.rest.trim_start().starts_with(char::is_alphabetic);
    is_number || Kind::of(text.word()).is_some()
}

/// What the positions of a kind of geometry are.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Points,
    Line,
    Arc,
    Lines,
    Surface,
    Collection,
}

impl Kind {
    /// The kind of a word, behind which its dimensions may stand.
    fn of(word: &str) -> Option<Self> {
        let word = word.to_ascii_uppercase();
        let kind = |word: &str| {
            Some(match word {
                "POINT" | "MULTIPOINT" => Self::Points,
                "LINESTRING" | "LINEARRING" => Self::Line,
                "CIRCULARSTRING" => Self::Arc,
                "MULTILINESTRING" => Self::Lines,
                "POLYGON" | "MULTIPOLYGON" | "TRIANGLE" | "TIN" | "POLYHEDRALSURFACE"
                | "CURVEPOLYGON" | "MULTISURFACE" => Self::Surface,
                "GEOMETRYCOLLECTION" | "MULTICURVE" | "COMPOUNDCURVE" => Self::Collection,
                _ => return None,
            })
        };
        kind(&word).or_else(|| kind(word.trim_end_matches(['Z', 'M'])))
    }
}

/// What is left of a text.
struct Text<'a> {
    rest: &'a str,
}

impl<'a> Text<'a> {
    /// The next word, if one is next.
    fn word(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic());
        let (word, rest) = rest.split_at(end.unwrap_or(rest.len()));
        self.rest = rest;
        word
    }

    /// Passes over a character, if it is next.
    fn accept(&mut self, wanted: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// What is in parentheses, one after the other; or the word that there is nothing.
    fn each(&mut self, mut one: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if !self.accept('(') {
            return self.word().eq_ignore_ascii_case("EMPTY").then_some(());
        }
        loop {
            one(self)?;
            if self.accept(')') {
                return Some(());
            }
            self.accept(',').then_some(())?;
        }
    }

    fn geometry(&mut self, to: &mut Geometry, depth: u32) -> Option<()> {
        let word = self.word();
        // A line in a compound curve has no name.
        let kind = if word.is_empty() && depth > 0 {
            Kind::Line
        } else {
            Kind::of(word)?
        };
        let before = self.rest;
        if !matches!(self.word().to_ascii_uppercase().as_str(), "Z" | "M" | "ZM") {
            self.rest = before;
        }
        match kind {
            Kind::Points => self.each(|text| text.point(to)),
            Kind::Line => self.line(to),
            Kind::Arc => {
                let before = to.parts.len();
                self.line(to)?;
                to.curves += (to.parts.len() - before) as u64;
                Some(())
            }
            Kind::Lines => self.each(|text| text.line(to)),
            Kind::Surface => {
                to.polygons += u64::from(self.passed()?);
                Some(())
            }
            Kind::Collection => {
                (depth < DEEPEST).then_some(())?;
                self.each(|text| text.geometry(to, depth + 1))
            }
        }
    }

    /// A point, perhaps in parentheses of its own.
    fn point(&mut self, to: &mut Geometry) -> Option<()> {
        let is_number = |rest: &str| !rest.starts_with('(') && !rest.starts_with(['E', 'e']);
        if is_number(self.rest.trim_start()) {
            to.parts.push(Part::Point(self.position()?));
            return Some(());
        }
        self.each(|text| {
            to.parts.push(Part::Point(text.position()?));
            Some(())
        })
    }

    fn line(&mut self, to: &mut Geometry) -> Option<()> {
        let mut line = Vec::new();
        self.each(|text| {
            line.push(text.position()?);
            Some(())
        })?;
        if !line.is_empty() {
            to.parts.push(Part::Line(line));
        }
        Some(())
    }

    fn position(&mut self) -> Option<[f64; 2]> {
        let end = self.rest.find([',', ')'])?;
        let (numbers, rest) = self.rest.split_at(end);
        let mut numbers = numbers
            .split_ascii_whitespace()
            .map(|text| number(text.as_bytes()));
        let at = [numbers.next()??, numbers.next()??];
        numbers.all(|more| more.is_some()).then_some(())?;
        self.rest = rest;
        Some(at)
    }

    /// Passes over all that is in parentheses, and tells whether there was something.
    fn passed(&mut self) -> Option<bool> {
        if self.word().eq_ignore_ascii_case("EMPTY") {
            return Some(false);
        }
        let mut depth = 0_u32;
        for (at, c) in self.rest.char_indices() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 && c == ')' {
                self.rest = &self.rest[at + 1..];
                return Some(true);
            }
        }
        None
    }
}
