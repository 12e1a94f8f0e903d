//! The lines below a picture: what is seen, and how to keep it.

use std::ffi::OsString;

use heatmap::geo::{Extent, View};
use heatmap::product::Facts;
use indicatif::HumanCount;

use super::window::Window;
use crate::console::visible;

/// Lines that can be said before the picture is there.
#[derive(Clone, Debug)]
pub struct Caption {
    /// Ways to say how the picture is kept, the fullest first.
    ways: Vec<String>,
}

impl Caption {
    /// For a command line, without the program's name, and the look that was added to it.
    pub fn new(words: &[OsString], look: Option<&str>, from_pipe: bool) -> Self {
        let quoted = |word: &OsString| {
            let word = word
                .to_str()
                .filter(|word| visible(word) == *word && !word.contains(char::is_control))?;
            shlex::try_quote(word).ok().map(|word| format!(" {word}"))
        };
        let words: Option<String> = words.iter().map(quoted).collect();
        let before = if from_pipe { "… | " } else { "" };
        let look = look.map_or_else(String::new, |look| format!(" --look {look}"));
        // Not where a shell would not understand it.
        let command =
            words.map(|words| format!("save it with: {before}heatmap -o heat.png{look}{words}"));
        let short = [
            format!("save it with the same command and -o heat.png{look}"),
            format!("save it: -o heat.png{look}"),
        ];
        Self {
            ways: command.into_iter().chain(short).collect(),
        }
    }

    /// How many rows of a window it takes.
    pub fn height(&self, window: Window) -> u16 {
        1 + self.save(window).map_or(0, |text| window.rows_of(text))
    }

    /// The lines: first the facts, in a single row of the window; then how to keep the picture.
    pub fn lines(&self, facts: &Facts, window: Window) -> Vec<String> {
        let save = self.save(window).map(str::to_owned);
        std::iter::once(line(facts, window)).chain(save).collect()
    }

    /// The fullest way to say how the picture is kept that leaves the window to the picture.
    fn save(&self, window: Window) -> Option<&str> {
        let at_most = (window.rows / 12).max(1);
        let mut ways = self.ways.iter().map(String::as_str);
        ways.find(|text| window.rows_of(text) <= at_most)
    }
}

/// As much of the facts as has room in one line.
fn line(facts: &Facts, window: Window) -> String {
    let points = format!("{} points", HumanCount(facts.points));
    let maximum = format!("maximum {}", short(facts.maximum));
    let full = format!("{points} · {} · {maximum}", extent(&facts.view));
    let ways = [full, format!("{points} · {maximum}")];
    ways.into_iter()
        .find(|text| window.rows_of(text) == 1)
        .unwrap_or(points)
}

/// As `-e` takes it, to the pixel.
fn extent(view: &View) -> String {
    let most = if view.crs().is_plane() { 17.0 } else { 7.0 };
    let digits = view.scale().0.log10().ceil().clamp(0.0, most) as usize;
    let [a, b] = Extent::corners(view.extent());
    [a.y(), a.x(), b.y(), b.x()]
        .map(|degrees| format!("{degrees:.digits$}"))
        .join(",")
}

/// Three digits, or all before the point.
fn short(number: f32) -> String {
    let size = if number > 0.0 {
        f64::from(number).log10().floor()
    } else {
        2.0
    };
    format!("{number:.*}", (2.0 - size).clamp(0.0, 9.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use heatmap::Coord;
    use heatmap::geo::MapOptions;

    const SAVE_AGAIN: [&str; 2] = [
        "save it with the same command and -o heat.png",
        "save it: -o heat.png",
    ];

    fn caption(words: &[&str]) -> Caption {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Caption::new(&words, None, false)
    }

    fn window(columns: u16, rows: u16) -> Window {
        Window {
            columns,
            rows,
            letter: (8, 16),
        }
    }

    fn facts() -> Facts {
        let corner = |lat, lon| Coord::lat_lon(lat, lon).unwrap();
        let extent = Extent::new(corner(37.7, -122.51), corner(37.83, -122.36));
        let view = View::fit(&MapOptions::default(), extent, 5.0).unwrap();
        Facts {
            points: 60_123,
            view,
            maximum: 12.432,
        }
    }

    #[test]
    fn it_says_what_is_seen_and_the_command_that_saves_it() {
        assert_eq!(
            caption(&["-b", "#102030", "my tracks/a.gpx"]).lines(&facts(), window(100, 30)),
            [
                "60,123 points · 37.6993,-122.5110,37.8306,-122.3593 · maximum 12.4",
                "save it with: heatmap -o heat.png -b '#102030' 'my tracks/a.gpx'"
            ]
        );
        let piped = Caption::new(&["-".into()], None, true);
        assert_eq!(
            piped.lines(&facts(), window(100, 30))[1],
            "save it with: … | heatmap -o heat.png -"
        );
    }

    #[test]
    fn a_look_that_nobody_asked_for_is_named_however_little_room_there_is() {
        let looked = Caption::new(&["a.gpx".into()], Some("glow"), false);
        for (columns, line) in [
            (100, "save it with: heatmap -o heat.png --look glow a.gpx"),
            (50, "save it: -o heat.png --look glow"),
        ] {
            assert_eq!(looked.lines(&facts(), window(columns, 20))[1], line);
        }
    }

    #[test]
    fn a_narrow_window_gets_less_and_the_height_is_what_it_takes() {
        let caption = caption(&["tracks/a.gpx"; 40]);
        for columns in 1..300 {
            let (window, facts) = (window(columns, 40), facts());
            let lines = caption.lines(&facts, window);
            let height: u16 = lines.iter().map(|line| window.rows_of(line)).sum();
            assert!(
                height <= caption.height(window).max(window.rows_of(&lines[0]) + 5),
                "{columns}: {lines:?}"
            );
            assert!(columns < 40 || window.rows_of(&lines[0]) == 1, "{lines:?}");
        }
        assert_eq!(caption.lines(&facts(), window(80, 24))[1], SAVE_AGAIN[0]);
        assert_eq!(
            caption.lines(&facts(), window(30, 20)),
            ["60,123 points · maximum 12.4", SAVE_AGAIN[1]]
        );
    }

    #[test]
    fn names_that_would_upset_the_terminal_are_not_repeated() {
        for name in ["a\u{1b}[31m.csv", "a\u{202e}vsc.exe", "a\nb"] {
            assert_eq!(
                caption(&[name]).lines(&facts(), window(100, 30))[1],
                SAVE_AGAIN[0]
            );
        }
    }

    #[test]
    fn numbers_have_three_digits() {
        for (number, text) in [
            (0.0, "0"),
            (0.01234, "0.0123"),
            (1.0, "1.00"),
            (12.432, "12.4"),
            (999.9, "1000"),
            (65_432.1, "65432"),
        ] {
            assert_eq!(short(number), text);
        }
    }
}
