//! Colours at places along a gradient, as text: `transparent, #203080 20%, orange, white`.

use std::str::FromStr;

use super::css;
use super::interpolate::Interpolate;

/// Two colours or more, each at its position in [0, 1], in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct Stops(Vec<(f64, [u8; 4])>);

impl FromStr for Stops {
    type Err = String;

    /// Colours from cold to hot, separated by commas or line ends, each with or without a position
    /// in percent, or from 0 to 1. The first is at 0 % and the last at 100 % unless they say
    /// otherwise, and those between spread evenly, as in CSS. Lines that begin with `//` are
    /// comments.
    fn from_str(text: &str) -> Result<Self, String> {
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let words = lines
            .flat_map(|line| parts(line.trim().trim_end_matches(',')))
            .map(str::trim);
        let written = words
            .filter(|word| !word.is_empty())
            .map(stop)
            .collect::<Result<Vec<_>, _>>()?;
        if written.len() < 2 {
            return Err(
                "a gradient wants two colours or more, such as 'transparent, orange 40%, white'"
                    .to_owned(),
            );
        }
        Ok(Self(tinted(&placed(&written)?)))
    }
}

impl Stops {
    /// The colour at a position in [0, 1].
    pub(super) fn at(&self, position: f64, way: Interpolate) -> [u8; 4] {
        let next = self.0.partition_point(|(at, _)| *at <= position);
        match (
            next.checked_sub(1).and_then(|last| self.0.get(last)),
            self.0.get(next),
        ) {
            (Some(&(a, from)), Some(&(b, to))) => way.mix(from, to, (position - a) / (b - a)),
            (Some(&(_, color)), None) | (None, Some(&(_, color))) => color,
            (None, None) => [0; 4],
        }
    }

    /// Whether none of the colours lets anything through.
    #[must_use]
    pub fn are_opaque(&self) -> bool {
        self.0.iter().all(|(_, color)| color[3] == 255)
    }
}

/// The parts of a text between its commas, but for those of functions.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
}

/// A colour, and its position if it says one.
fn stop(text: &str) -> Result<([u8; 4], Option<f64>), String> {
    // What is in brackets belongs to the colour.
    let end = text.rfind(')').map_or(0, |bracket| bracket + 1);
    let (color, position) = match text[end..].rsplit_once(char::is_whitespace) {
        Some((color, position)) => (&text[..end + color.len()], Some(share(position)?)),
        None => (text, None),
    };
    Ok((
        css::parse(color).map_err(|fact| format!("'{}' is {fact}", color.trim()))?,
        position,
    ))
}

/// A position, in percent as CSS has it, or as other programs do a share.
fn share(text: &str) -> Result<f64, String> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.parse().map(|percent: f64| percent / 100.0),
        None => text.parse(),
    };
    let share = share.ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("'{text}' is no position from 0% to 100%, nor from 0 to 1"))
}

/// Gives every stop a position.
fn placed(written: &[([u8; 4], Option<f64>)]) -> Result<Vec<(f64, [u8; 4])>, String> {
    let last = written.len() - 1;
    let position = |i: usize| {
        written[i]
            .1
            .or((i == 0).then_some(0.0))
            .or((i == last).then_some(1.0))
    };
    let known: Vec<(usize, f64)> = (0..=last).filter_map(|i| Some((i, position(i)?))).collect();
    if let Some(pair) = known.windows(2).find(|pair| pair[0].1 > pair[1].1) {
        let (a, b) = (pair[0].1 * 100.0, pair[1].1 * 100.0);
        return Err(format!(
            "positions go up from cold to hot, and {b}% comes after {a}%"
        ));
    }
    let mut stops = vec![(known[0].1, written[0].0)];
    for pair in known.windows(2) {
        let [(first, a), (end, b)] = [pair[0], pair[1]];
        let share = |i: usize| (i - first) as f64 / (end - first) as f64;
        stops.extend((first + 1..=end).map(|i| (a + (b - a) * share(i), written[i].0)));
    }
    Ok(stops)
}

/// Colour of transparent stops: `transparent` has none, and takes those of its neighbours, so
/// that nothing grows dark on its way there.
fn tinted(stops: &[(f64, [u8; 4])]) -> Vec<(f64, [u8; 4])> {
    let mut tinted = Vec::with_capacity(stops.len());
    for (i, &(position, color)) in stops.iter().enumerate() {
        if color != [0; 4] {
            tinted.push((position, color));
            continue;
        }
        let neighbours = [i.checked_sub(1), Some(i + 1)]
            .into_iter()
            .flatten()
            .filter_map(|near| stops.get(near));
        tinted.extend(neighbours.map(|(_, [r, g, b, _])| (position, [*r, *g, *b, 0])));
    }
    tinted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(text: &str) -> Stops {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn stops_without_a_position_spread_evenly_between_those_with_one() {
        let positions: Vec<f64> = stops("red, blue 20%, lime, white, black")
            .0
            .iter()
            .map(|stop| stop.0)
            .collect();
        let expected = [0.0, 0.2, 0.2 + 0.8 / 3.0, 0.2 + 1.6 / 3.0, 1.0];
        assert!(
            positions
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12),
            "{positions:?}"
        );
    }

    #[test]
    fn colours_lie_at_their_positions_and_mix_between_them() {
        let stops = stops("#000 10%\n// a comment\n#fff 50%, red 50%, blue 90%");
        let at = |position| stops.at(position, Interpolate::Rgb);
        assert_eq!((at(0.0), at(0.2)), ([0, 0, 0, 255], [64, 64, 64, 255]));
        assert_eq!((at(0.5), at(1.0)), ([255, 0, 0, 255], [0, 0, 255, 255]));
    }

    #[test]
    fn what_is_transparent_takes_the_colour_of_its_neighbours() {
        let stops = stops("transparent, red 50%, transparent, blue");
        let at = |position| stops.at(position, Interpolate::Rgb);
        assert_eq!((at(0.25), at(0.7)), ([255, 0, 0, 128], [255, 0, 0, 51]));
        assert_eq!(at(0.8), [0, 0, 255, 51]);
    }

    #[test]
    fn positions_are_percentages_or_shares() {
        let shares = stops("blue 0.4, lime 0.65, red 1");
        assert_eq!(shares, stops("blue 40%, lime 65%, red 100%"));
    }

    #[test]
    fn commas_and_blanks_in_brackets_belong_to_colours() {
        let functions = stops("rgba(0, 255, 255, 0), rgb(0 0 255 / 50%) 25%,\nhsl(0, 100%, 50%) 1");
        assert_eq!(functions, stops("#00ffff00, #0000ff80 25%, red"));
        assert_eq!(stops("rgb(0 0 255 ), red"), stops("blue, red"));
    }

    #[test]
    fn bad_stops_say_what_is_wrong() {
        for (text, fact) in [
            ("", "two colours or more"),
            ("red", "two colours or more"),
            ("red, blau", "'blau' is neither"),
            ("red, blue 120%", "'120%' is no position"),
            ("red 20, blue", "'20' is no position"),
            ("red 60%, blue 40%", "40% comes after 60%"),
            ("red, blue NaN%", "'NaN%' is no position"),
            ("red, blue 1.2", "'1.2' is no position"),
            ("red, rgb(0, 0", "'rgb(0,' is not a colour of CSS"),
        ] {
            let error = text.parse::<Stops>().expect_err(text);
            assert!(error.contains(fact), "{text}: {error}");
        }
    }
}
