//! Help: a page of what people use (`-h`), pages by topic (`heatmap help maps`), the manual page
//! and the completions of shells. All of it is made of the options' own help, and all of them
//! together are what `--help` prints.

use std::ffi::OsString;

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory, ValueEnum};
use clap_complete::Shell;
use heatmap::color::Scheme;
use heatmap::encode::{FORMATS, Holds, Moves};
use heatmap::error::{Error, ErrorKind, Location, Result};
use heatmap::input::READERS;

use super::args::Arguments;
use super::{Terminals, look};

/// What fits a screen: what people use.
pub const SHORT: &str = "\
heatmap turns points and tracks into heat maps

Usage: heatmap [OPTIONS] [-o PICTURE] [FILE]...

  heatmap hikes/                                    a picture in the terminal
  heatmap -o hikes.png --look tracks hikes/*.gpx    the same in a file
  heatmap -o towns.jpg --osm -r 2km towns.csv       on a map; heat goes 2 km far
  heatmap -o towns.html towns.csv                   a page with a map
  heatmap -o year.mp4 --frame-time 1d hikes/        a film, a frame a day
  heatmap info hikes/                               what files hold
  heatmap serve hikes/                              a map for browsers

  -o, --output FILE      .png .jpg .webp .gif .tif .kmz .html .json and more
  -W, --width PIXELS     and -H, --height PIXELS: how large it is
  -r, --radius RADIUS    how far heat goes: pixels, or on the ground as in 500m
  -d, --decay SHARE      where heat piles up: 1 adds it all up, 0 takes the most
      --look NAME        glow, tracks, density, print, night, dots; list
      --scheme NAME      colours: fire, viridis, heat; list shows all
      --how CURVE        linear, log or eq_hist: heat over the colours
  -b, --background COLOR such as black or '#101418'
      --osm              on a map of OpenStreetMap
      --bbox BOX         WEST,SOUTH,EAST,NORTH: what it shows
      --legend           what the colours stand for
      --title TEXT       words above
      --lat-field COLUMN and --lon-field, --weight-field: the columns of tables
  -q, --quiet            only errors; -v says all

More: heatmap --help has all options, heatmap help TOPIC those of one topic:
";

/// A topic: its name, other names for it, what it is about, and the groups of options it shows.
struct Topic {
    names: &'static [&'static str],
    about: &'static str,
    groups: &'static [&'static str],
    examples: &'static str,
}

const TOPICS: [Topic; 9] = [
    Topic {
        names: &["colors", "colours", "colour", "color"],
        about: "colours, scale, legend and background",
        groups: &["Look", "Colour", "Scale", "Legend", "Background"],
        examples: "\
heatmap -o heat.png --scheme fire -b black places.csv
heatmap -o heat.png --colors 'transparent, #203080 20%, orange, white' places.csv
heatmap -o heat.png --how log --max p99.5 --legend places.csv
heatmap --scheme list    (all schemes; in a terminal with their colours)
",
    },
    Topic {
        names: &["data", "input"],
        about: "what is read, and how",
        groups: &["Input"],
        examples: "\
heatmap -o heat.png --lat-field Y --lon-field X --weight-field count places.csv
heatmap -o heat.png export.zip hikes/ photos/
psql -c 'copy places to stdout csv header' | heatmap -o heat.png -
",
    },
    Topic {
        names: &["filters", "filter", "privacy"],
        about: "which places and tracks are drawn, and what is kept to oneself",
        groups: &["Filters"],
        examples: "\
heatmap -o life.png export.zip --after 2020 --privacy @home.txt
heatmap -o summer.png hikes/ --months 6-8 --max-gap 10min --max-speed 300km/h
heatmap -o commute.png rides/ --weekdays mon-fri --hours 6-9 --trim-start 200m --trim-end 200m
",
    },
    Topic {
        names: &["formats", "format", "output"],
        about: "formats that are read and written",
        groups: &["Output"],
        examples: "\
heatmap -o heat.tif -o heat.kmz -o heat.json places.csv
heatmap -o jpg:- places.csv | lp
",
    },
    Topic {
        names: &["heat", "density"],
        about: "how heat is made, saved and added up",
        groups: &["Density", "Saved heat"],
        examples: "\
heatmap -o heat.png -r 500m -d 1 -k quartic places.csv
heatmap -S may.heat -e 47,7,49,9 may/ && heatmap -o all.png -L may.heat -L june.heat
",
    },
    Topic {
        names: &["maps", "map"],
        about: "what the picture shows, and the map under it",
        groups: &["Map", "Base map", "Tiles"],
        examples: "\
heatmap -o heat.png --osm -z 13 places.csv
heatmap -o tiles.pmtiles --max-zoom 14 places.csv    (tiles for a map on the web)
heatmap -o heat.png --osm-base map.mbtiles --bbox 7.5,47.9,7.9,48.1 places.csv
heatmap -o screen.png -P xy --y-down clicks.csv
",
    },
    Topic {
        names: &["batches", "batch", "by"],
        about: "many pictures with one scale",
        groups: &["Batches"],
        examples: "\
heatmap -o 'map-{by}.png' --by month hikes/
heatmap -o weekdays.png --by weekday --sheet 4 -W 400 hikes/
",
    },
    Topic {
        names: &["analysis", "clip", "compare", "regions"],
        about: "parts of the heat, data compared, hot regions",
        groups: &["Analysis"],
        examples: "\
heatmap -o heat.png --clip county.geojson places.csv
heatmap -o heat.png --clip county.geojson --clip-out=lakes.shp places.csv
heatmap -o change.png --minus june.csv --legend july.csv
heatmap -o risk.png --per people.csv --legend cases.csv
heatmap -o hot.geojson -o hot.png --levels p50,p90,p99 -r 500m places.csv
",
    },
    Topic {
        names: &["films", "film", "animation"],
        about: "pictures that move",
        groups: &["Animation"],
        examples: "\
heatmap -o year.mp4 --frame-time 1d --date %Y-%m-%d hikes/
heatmap -o year.gif --frame-time 1d --window 1w hikes/
heatmap -a --frequency 1000 -o points.webp places.csv
",
    },
];

/// What the first words of a command line ask for, if that is help.
///
/// # Errors
/// When there is no such topic or shell, or the manual cannot be made.
pub fn asked(line: &[OsString], terminals: Terminals) -> Option<Result<String>> {
    let word = |at: usize| line.get(at).and_then(|word| word.to_str());
    if line.len() > 3 {
        return None;
    }
    match (word(1)?, word(2)) {
        ("help", None) => Some(Ok(short())),
        ("help", Some(name)) => Some(topic(name, terminals)),
        ("completions", Some(shell)) => Some(completions(shell)),
        ("man", None) => Some(manual()),
        _ => None,
    }
}

/// The page of what people use.
pub fn short() -> String {
    let topics = TOPICS
        .iter()
        .map(|topic| format!("{:<8} {}\n", topic.names[0], topic.about));
    let topics: String = topics.map(|line| format!("  {line}")).collect();
    format!("{SHORT}{topics}")
}

fn topic(name: &str, terminals: Terminals) -> Result<String> {
    let name = name.to_lowercase();
    let found = TOPICS
        .iter()
        .find(|topic| topic.names.contains(&name.as_str()));
    let topic = found.ok_or_else(|| {
        let names: Vec<&str> = TOPICS.iter().map(|topic| topic.names[0]).collect();
        Error::usage(format!("there is no help about '{name}'")).advice(format_args!(
            "there is some about {}; all options are in heatmap --help",
            names.join(", ")
        ))
    })?;
    let is_shown = |group: Option<&str>| group.is_some_and(|group| topic.groups.contains(&group));
    let mut command = Arguments::command()
        .help_template("{all-args}")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .mut_args(|arg| {
            let is_hidden = arg.is_hide_set() || !is_shown(arg.get_help_heading());
            arg.hide(is_hidden)
        });
    let options = command.render_help();
    let options = if terminals.colors {
        options.ansi().to_string()
    } else {
        options.to_string()
    };
    let tables = if topic.groups.contains(&"Output") {
        formats()
    } else {
        String::new()
    };
    let examples = topic.examples.lines().map(|line| format!("  {line}\n"));
    let examples: String = examples.collect();
    let (name, about) = (topic.names[0], topic.about);
    let options = options.trim_start_matches('\n').trim_end();
    Ok(format!(
        "heatmap help {name}: {about}\n\n{examples}\n{tables}{options}\n"
    ))
}

/// The formats of both tables, with their extensions.
fn formats() -> String {
    let dotted = |extensions: &[&str]| -> String {
        let dotted: Vec<String> = extensions.iter().map(|name| format!(".{name}")).collect();
        dotted.join(" ")
    };
    let read = READERS.iter().rev().map(|reader| {
        let extensions = dotted(reader.extensions);
        let line = format!("  {:<12} {:<26} {extensions}", reader.name, reader.title);
        line.trim_end().to_owned()
    });
    let written = FORMATS.iter().filter(|facts| !facts.extensions.is_empty());
    let written = written.map(|facts| {
        let what = match (facts.moves, facts.holds) {
            (Moves::Always, _) => "a film",
            (_, Holds::Heat) => "heat",
            (_, Holds::Regions) => "where it is hot (--levels)",
            (_, Holds::Metadata) => "what is known about the picture",
            (_, Holds::Picture) if facts.has_alpha => "a picture, transparent",
            (_, Holds::Picture) => "a picture, opaque",
        };
        format!(
            "  {:<12} {what:<32} {}",
            facts.name,
            dotted(facts.extensions)
        )
    });
    let read = read.collect::<Vec<_>>().join("\n");
    let written = written.collect::<Vec<_>>().join("\n");
    format!(
        "Read (--filetype NAME where neither extension nor first bytes tell):\n{read}\n\nWritten:\n{written}\n\n"
    )
}

/// The whole command line, with the values that shells complete.
fn command() -> Command {
    let schemes = Scheme::all().iter().map(Scheme::name).chain(["list"]);
    let schemes = PossibleValuesParser::new(schemes);
    let looks = PossibleValuesParser::new(look::names().chain(["list"]));
    Arguments::command()
        .name("heatmap")
        .mut_arg("scheme", |arg| {
            arg.value_parser(schemes).hide_possible_values(true)
        })
        .mut_arg("look", |arg| {
            arg.value_parser(looks).hide_possible_values(true)
        })
}

fn completions(shell: &str) -> Result<String> {
    let shell = Shell::from_str(shell, true).map_err(|_| {
        Error::usage(format!("there are no completions for '{shell}'"))
            .advice("there are some for bash, elvish, fish, powershell and zsh")
    })?;
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command(), "heatmap", &mut text);
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn manual() -> Result<String> {
    let mut text = Vec::new();
    let written = clap_mangen::Man::new(command()).render(&mut text);
    written.map_err(|error| {
        let place = Location::file("-".as_ref());
        Error {
            kind: ErrorKind::Internal,
            ..Error::output(place, error)
        }
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_people_use_fits_a_screen_and_is_there() {
        let text = short();
        assert!(text.lines().count() <= 40, "{}", text.lines().count());
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        let command = Arguments::command();
        let known: Vec<String> = command
            .get_arguments()
            .filter_map(|arg| Some(format!("--{}", arg.get_long()?)))
            .chain(["--help".to_owned()])
            .collect();
        let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == ':');
        for word in words.filter(|word| word.starts_with("--")) {
            assert!(known.iter().any(|name| name == word), "{word}");
        }
    }

    #[test]
    fn every_group_of_options_has_a_topic_but_how_the_program_runs() {
        let command = Arguments::command();
        let groups: BTreeSet<&str> = command
            .get_arguments()
            .filter_map(|arg| arg.get_help_heading())
            .collect();
        let told: BTreeSet<&str> = TOPICS
            .iter()
            .flat_map(|topic| topic.groups.iter().copied())
            .chain(["Run"])
            .collect();
        assert_eq!(groups, told);
    }

    #[test]
    fn topics_have_their_options_and_no_others() {
        let terminals = Terminals {
            stdin: false,
            stdout: false,
            colors: false,
        };
        let films = topic("films", terminals).unwrap();
        assert!(
            films.contains("--frame-time <SPAN>") && !films.contains("--osm"),
            "{films}"
        );
        let formats = topic("formats", terminals).unwrap();
        assert!(
            formats.contains(".geojson") && formats.contains(".mp4"),
            "{formats}"
        );
        assert!(
            topic("colour", terminals)
                .unwrap()
                .contains("--scheme <NAME>")
        );
        assert!(
            topic("nothing", terminals)
                .unwrap_err()
                .to_string()
                .contains("colors, data")
        );
    }

    #[test]
    fn shells_complete_names_of_schemes_looks_and_kernels() {
        for shell in ["bash", "zsh", "fish"] {
            let text = completions(shell).unwrap();
            for name in ["viridis", "glow", "epanechnikov"] {
                assert!(text.contains(name), "{shell} {name}");
            }
        }
        assert!(completions("tcl").is_err());
        let manual = manual().unwrap();
        assert!(manual.contains(".TH heatmap 1") && manual.contains("\\-\\-radius"));
    }
}
