//! Did you mean …: slips of command lines, and what was meant by them.
//!
//! What clap finds wrong gets its advice here; what clap cannot find wrong, because it makes some
//! other sense, is found here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use heatmap::color::{Scheme, css};
use heatmap::encode::{Format, Holds, Purpose};
use heatmap::error::Error;
use heatmap::product::animation::Span;

use super::args::Arguments;
use super::values;

const COLORS: &str =
    "--scheme NAME has ready colours, such as --scheme fire; --scheme list shows them all";
const DARK: &str = "-b black draws on black, --osm -N on a map with light and dark changed, --look night on a dim one";
const RADIUS: &str = "-r is how far the heat of a point goes, as in -r 20 or -r 500m";
const SIZE: &str = "width and height are two options, as in -W 1000 -H 800";
const BOX: &str = "--bbox WEST,SOUTH,EAST,NORTH is what the picture covers";

/// Options that there might be, and what does the same here.
const WISHES: [(&str, &str); 18] = [
    ("--bandwidth", RADIUS),
    ("--blur", RADIUS),
    ("--bounds", BOX),
    ("--cmap", COLORS),
    ("--color-map", COLORS),
    ("--color-scheme", COLORS),
    ("--colormap", COLORS),
    ("--crop", BOX),
    ("--dark", DARK),
    ("--dark-mode", DARK),
    ("--dimensions", SIZE),
    (
        "--input",
        "files to read stand by themselves, as in heatmap -o heat.png in.csv",
    ),
    (
        "--log",
        "--how log spreads heat over the colours by its logarithm",
    ),
    ("--palette", COLORS),
    ("--resolution", SIZE),
    ("--sigma", RADIUS),
    ("--size", SIZE),
    ("--theme", DARK),
];

/// Options whose values may begin with the letter by which comments do in a shell.
const COLOR_OPTIONS: [&str; 4] = ["--background", "--colors", "--hsva-min", "--hsva-max"];

/// What else was meant by words that clap does not take.
pub fn meant(error: &clap::Error) -> Option<String> {
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let option = said(ContextKind::InvalidArg)?;
    let option = option.split([' ', '=', '[']).next().unwrap_or_default();
    let value = said(ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let wish = WISHES.iter().find(|(name, _)| *name == option);
            let wish = wish.map(|(_, words)| (*words).to_owned());
            wish.or_else(|| in_other_case(option))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            by_value(option, value).or_else(|| spelt(option, value))
        }
        _ => None,
    }
}

fn by_value(option: &str, value: &str) -> Option<String> {
    match option {
        _ if value.is_empty() && COLOR_OPTIONS.contains(&option) => Some(format!(
            "a colour that begins with # stands in quotes, as in {option} '#101418': without them a shell takes it and what follows for a comment"
        )),
        "--date" => Some("as in --date %Y-%m-%d, for the day alone".to_owned()),
        "--width" | "--height" => {
            let sides = value.split(['x', '×', '*', ',', 'X']).map(str::trim);
            let sides: Option<Vec<u32>> = sides.map(|side| side.parse().ok()).collect();
            match sides?.as_slice() {
                [width, height] => Some(format!("did you mean -W {width} -H {height}?")),
                _ => None,
            }
        }
        "--colors" => Scheme::find(value.trim())
            .ok()
            .map(|scheme| format!("did you mean --scheme {}?", scheme.name())),
        "--background" => css::alike(value).map(|name| format!("did you mean {name}?")),
        _ => None,
    }
}

/// A value as other programs spell it, in the way that the option takes.
fn spelt(option: &str, value: &str) -> Option<String> {
    let number = |suffix: &str| {
        value
            .trim()
            .strip_suffix(suffix)?
            .trim()
            .parse::<f64>()
            .ok()
    };
    let share = number("%").map(|percent| (percent / 100.0).to_string());
    let percentile = number("%").map(|percent| format!("p{percent}"));
    let pixels = number("px").map(|pixels| pixels.to_string());
    let whole = number("").map(|number| number.trunc().to_string());
    let point = (value.matches(',').count() == 1).then(|| value.replace(',', "."));
    let place = ["top", "bottom"].iter().find_map(|edge| {
        let side = value.strip_prefix(edge)?.trim_start_matches([' ', '_']);
        Some(format!("{edge}-{side}"))
    });
    let mut ways = [percentile, share, pixels, whole, point, place]
        .into_iter()
        .flatten();
    let way = ways.find(|way| way != value && takes(option, way))?;
    Some(format!("did you mean {option}={way}?"))
}

/// Whether an option takes a value.
fn takes(option: &str, value: &str) -> bool {
    let parsed = Arguments::try_parse_from(["heatmap", &format!("{option}={value}"), "in.csv"]);
    parsed.map_or_else(
        |error| {
            let refused = error.get(ContextKind::InvalidArg).map(ToString::to_string);
            refused.is_some_and(|refused| !refused.starts_with(option))
        },
        |_| true,
    )
}

/// `-W` for `-w`.
fn in_other_case(option: &str) -> Option<String> {
    let letter = option.strip_prefix('-').filter(|rest| rest.len() == 1)?;
    let other = letter.chars().next()?;
    let other = if other.is_ascii_lowercase() {
        other.to_ascii_uppercase()
    } else {
        other.to_ascii_lowercase()
    };
    let command = Arguments::command();
    let known = command
        .get_arguments()
        .any(|arg| arg.get_short() == Some(other));
    known.then(|| format!("did you mean -{other}?"))
}

/// Options whose values have units, and in which form.
const WITH_UNITS: [&str; 5] = ["-r", "--radius", "--frame-time", "--window", "--half-life"];

/// A number whose unit stands apart, as in `-r 500 m`, which asks for 500 pixels and a file `m`.
///
/// # Errors
/// When there is one, and no such file.
pub fn unit_apart(line: &[OsString]) -> Result<(), Error> {
    let words = line.iter().take_while(|word| *word != "--");
    let words: Vec<&str> = words
        .map(|word| word.to_str().unwrap_or_default())
        .collect();
    for part in words.windows(3) {
        let &[option, number, unit] = part else {
            continue;
        };
        let is_asked = WITH_UNITS.contains(&option) && number.parse::<f64>().is_ok();
        let Some(whole) = is_asked.then(|| joined(option, number, unit)).flatten() else {
            continue;
        };
        if !Path::new(unit).exists() {
            let fact =
                format!("'{unit}' behind {option} {number} is a word of its own, and no file");
            return Err(Error::usage(fact).advice(format_args!("did you mean {option} {whole}?")));
        }
    }
    Ok(())
}

/// The number with its unit, if that is one.
fn joined(option: &str, number: &str, unit: &str) -> Option<String> {
    let whole = format!("{number}{unit}");
    let is_whole = |whole: &str| match option {
        "-r" | "--radius" => values::radius(whole).is_ok(),
        _ => whole.parse::<Span>().is_ok(),
    };
    if matches!(unit, "px" | "pixels") {
        return Some(number.to_owned());
    }
    is_whole(&whole).then_some(whole)
}

/// The last of the files, if its name is that of a picture and the others' are not, and nothing
/// says what is to be written: many programs write what is named last.
pub fn unasked_picture(arguments: &Arguments) -> Option<String> {
    let is_asked = !arguments.output.output.is_empty() || arguments.saved.save.is_some();
    let is_picture = |path: &PathBuf| {
        let format = Format::of(path, Purpose::Still);
        format.is_ok_and(|format| format.facts().holds == Holds::Picture)
    };
    let (last, others) = arguments.files.split_last()?;
    let is_meant = is_picture(last) && !others.is_empty() && !others.iter().any(is_picture);
    (is_meant && !is_asked).then(|| last.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_no_options_and_in_order() {
        let command = Arguments::command();
        for (name, _) in WISHES {
            let mut options = command.get_arguments().filter_map(|arg| arg.get_long());
            assert!(
                options.all(|option| !option.starts_with(&name[2..])),
                "{name}"
            );
        }
        assert!(WISHES.is_sorted());
    }

    #[test]
    fn units_belong_to_their_numbers() {
        let line = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        for (text, meant) in [
            ("heatmap -r 500 m in.csv", "-r 500m?"),
            ("heatmap --radius 2 km in.csv", "--radius 2km?"),
            ("heatmap -r 5 px in.csv", "-r 5?"),
            (
                "heatmap --frame-time 2 weeks in.csv",
                "--frame-time 2weeks?",
            ),
        ] {
            let error = unit_apart(&line(text)).unwrap_err().to_string();
            assert!(error.contains(meant), "{error}");
        }
        for sound in [
            "heatmap -r 500 in.csv",
            "heatmap -r 5 -- m",
            "heatmap -d 1 m",
        ] {
            assert_eq!(unit_apart(&line(sound)), Ok(()), "{sound}");
        }
    }
}
