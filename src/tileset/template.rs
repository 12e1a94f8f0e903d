//! Template of addresses or paths: where a tile is, with its numbers filled in.

use crate::error::{Error, Result};
use crate::geo::TileId;

const ADVICE: &str =
    "a template is like /{z}/{x}/{y}.png; {-y} counts from the south, {s} is one of a, b, c";

/// An address or a path with placeholders.
#[derive(Clone, Debug)]
pub struct Template(String);

impl Template {
    /// Joins the beginning and the rest, unless the beginning has the placeholders already.
    pub fn new(base: &str, rest: &str) -> Result<Self> {
        let template = if base.contains("{z}") {
            Self(base.to_owned())
        } else {
            Self(format!(
                "{}/{}",
                base.trim_end_matches('/'),
                rest.trim_start_matches('/')
            ))
        };
        template.check()?;
        Ok(template)
    }

    fn check(&self) -> Result<()> {
        let lacks = |names: &[&str]| names.iter().all(|name| !self.0.contains(name));
        if lacks(&["{z}"]) || lacks(&["{x}"]) || lacks(&["{y}", "{-y}"]) {
            return Err(Error::usage("the template for tiles lacks {z}, {x} or {y}").advice(ADVICE));
        }
        let text = self.expand(TileId { z: 0, x: 0, y: 0 });
        let unknown = text
            .split_once('{')
            .and_then(|(_, rest)| rest.split_once('}'));
        unknown.map_or(Ok(()), |(name, _)| {
            Err(Error::usage(format!(
                "the template for tiles has {{{name}}}, which is unknown"
            ))
            .advice(ADVICE))
        })
    }

    /// Puts the numbers in.
    pub fn expand(&self, tile: TileId) -> String {
        let subdomain = ["a", "b", "c"][(u64::from(tile.x) + u64::from(tile.y)) as usize % 3];
        let values = [
            ("{z}", tile.z.to_string()),
            ("{x}", tile.x.to_string()),
            ("{y}", tile.y.to_string()),
            ("{-y}", tile.from_south().to_string()),
            ("{s}", subdomain.to_owned()),
            ("{r}", String::new()),
        ];
        values.iter().fold(self.0.clone(), |text, (name, value)| {
            text.replace(name, value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(base: &str, rest: &str) -> String {
        Template::new(base, rest)
            .unwrap()
            .expand(TileId { z: 3, x: 4, y: 1 })
    }

    #[test]
    fn placeholders_are_filled() {
        assert_eq!(
            expanded("http://a.b", "/{z}/{x}/{y}.png"),
            "http://a.b/3/4/1.png"
        );
        assert_eq!(
            expanded("http://{s}.b/", "{z}-{x}-{-y}{r}?key=1"),
            "http://c.b/3-4-6?key=1"
        );
        assert_eq!(
            expanded("http://a.b/{x}/{y}/{z}", "/{z}/{x}/{y}.png"),
            "http://a.b/4/1/3"
        );
    }

    #[test]
    fn a_template_needs_all_three_numbers_and_no_others() {
        for (rest, fact) in [
            ("/{z}/{x}.png", "lacks"),
            ("/tile.png", "lacks"),
            ("/{z}/{x}/{y}{q}", "{q}"),
        ] {
            let error = Template::new("http://a.b", rest).unwrap_err();
            assert!(error.to_string().contains(fact), "{error}");
        }
    }
}
