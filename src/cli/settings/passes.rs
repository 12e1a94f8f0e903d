//! `--passes`: several looks in one word.

use std::str::FromStr;

/// Options of one letter that a pass may have of its own.
const LETTERS: [&str; 6] = ["r", "d", "k", "G", "m", "M"];
/// Options that have a value.
const VALUES: [&str; 19] = [
    "radius",
    "dotsize",
    "decay",
    "kernel",
    "scheme",
    "colors",
    "gradient",
    "hsva-min",
    "hsva-max",
    "interpolate",
    "opacity",
    "min-alpha",
    "threshold",
    "steps",
    "how",
    "min",
    "max",
    "span",
    "span-from",
];
/// Options that have none.
const FLAGS: [&str; 2] = ["reverse", "saturate"];

/// The words of each pass, as they would stand on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passes(pub Vec<Vec<String>>);

impl FromStr for Passes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let passes: Vec<_> = text
            .split(';')
            .filter(|pass| !pass.trim().is_empty())
            .map(words)
            .collect::<Result<_, _>>()?;
        if passes.is_empty() {
            Err("there is no pass in it".to_owned())
        } else {
            Ok(Self(passes))
        }
    }
}

/// The words of a pass. A part without an option's name belongs to the value before it: lists of
/// colours have commas, too.
fn words(pass: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    for part in pass
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match (word(part), words.last_mut().filter(|_| !part.contains('='))) {
            (Some(word), _) => words.push(word),
            (None, Some(before)) => before.extend([",", part]),
            (None, None) => {
                return Err(format!(
                    "'{part}' is no option of a pass; r=30, d=0.5 and scheme=fire are"
                ));
            }
        }
    }
    Ok(words)
}

fn word(part: &str) -> Option<String> {
    let Some((name, value)) = part.split_once('=') else {
        return FLAGS.contains(&part).then(|| format!("--{part}"));
    };
    let (name, value) = (name.trim().replace('_', "-"), value.trim());
    if LETTERS.contains(&name.as_str()) {
        return Some(format!("-{name}{value}"));
    }
    VALUES
        .contains(&name.as_str())
        .then(|| format!("--{name}={value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_are_words_of_a_command_line() {
        let passes = |text: &str| text.parse::<Passes>().map(|passes| passes.0);
        let expected = [
            vec!["-r30", "--scheme=fire", "--reverse"],
            vec!["-r5", "--colors=transparent,orange"],
        ];
        let actual = passes("r=30, scheme = fire,reverse; r=5,colors=transparent,orange;");
        assert_eq!(
            actual,
            Ok(expected
                .iter()
                .map(|pass| pass.iter().map(|&word| word.to_owned()).collect())
                .collect())
        );
        for bad in ["", ";", "30", "width=4", "r=5;output=x.png"] {
            assert!(passes(bad).is_err(), "{bad}");
        }
    }
}
