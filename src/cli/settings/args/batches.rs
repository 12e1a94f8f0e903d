//! Options for many pictures of one scale.

use std::num::NonZeroU16;

use clap::Args;
use heatmap::color::css;
use heatmap::input::Field;
use heatmap::product::ColorKey;
use heatmap::product::batch::By;

#[derive(Debug, Args)]
#[command(next_help_heading = "Batches")]
pub struct BatchArgs {
    /// Draw a picture for each year, month, weekday or hour (UTC, or of --timezone), file, folder or
    /// sport, or for each value of a column or property, all with one extent and one scale: -o
    /// 'map-{by}.png'. The title may have {by}, too
    #[arg(long, value_name = "WHAT|COLUMN", value_parser = by, conflicts_with_all = ["animate", "save", "load", "stats", "order_field"])]
    pub by: Option<ByName>,
    /// Draw all of them in one picture, each in the colour after its name, as in run=red,ride=#08f,
    /// with a key; 'other' is what is not named. 'auto' has colours for the ten largest
    #[arg(long, value_name = "NAME=COLOR,…", value_parser = color_key, requires = "by", conflicts_with = "sheet")]
    pub color_key: Option<ColorKey>,
    /// Put them side by side into one picture, so many in a row, each with its name; title and
    /// legend stand once
    #[arg(long, value_name = "COLUMNS", requires = "by")]
    pub sheet: Option<NonZeroU16>,
}

/// `--by`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByName {
    /// What needs no column.
    Known(By),
    /// A column, or a property.
    Column(Field),
}

/// What needs no column.
const KNOWN: [(&str, By); 7] = [
    ("year", By::Year),
    ("month", By::Month),
    ("weekday", By::Weekday),
    ("hour", By::Hour),
    ("file", By::File),
    ("folder", By::Folder),
    ("sport", By::Sport),
];

impl ByName {
    pub fn by(&self) -> By {
        match self {
            Self::Known(by) => *by,
            Self::Column(_) => By::Field,
        }
    }

    /// The column that it names.
    pub fn column(self) -> Option<Field> {
        match self {
            Self::Known(_) => None,
            Self::Column(field) => Some(field),
        }
    }
}

/// `--by`: a word, or else a column.
fn by(text: &str) -> Result<ByName, String> {
    let known = KNOWN.iter().find(|(name, _)| *name == text);
    match known {
        Some((_, by)) => Ok(ByName::Known(*by)),
        None => crate::settings::values::field(text).map(ByName::Column),
    }
}

/// `--color-key`
fn color_key(text: &str) -> Result<ColorKey, String> {
    if text == "auto" {
        return Ok(ColorKey::default());
    }
    let entry = |entry: &str| {
        // A name may have a sign of equality in it, colours have none.
        let (name, color) = entry
            .rsplit_once('=')
            .ok_or_else(|| format!("'{entry}' is no name and colour, such as run=red"))?;
        Ok((name.trim().to_owned(), css::parse(color.trim())?))
    };
    let entries = apart(text).into_iter().map(entry);
    Ok(ColorKey {
        entries: entries.collect::<Result<_, String>>()?,
    })
}

/// What stands between commas that are in no parentheses, as they are in rgb(1, 2, 3).
fn apart(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let is_between = move |letter: char| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ',' && depth == 0
    };
    text.split(is_between)
        .filter(|entry| !entry.trim().is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_colours_have_names_and_css_colours() {
        let key = color_key("run=red, ride=#08f,a=b=rgb(1, 2, 3),").unwrap();
        let entries: Vec<(&str, [u8; 4])> = key
            .entries
            .iter()
            .map(|(name, color)| (name.as_str(), *color))
            .collect();
        assert_eq!(
            entries,
            [
                ("run", [255, 0, 0, 255]),
                ("ride", [0, 0x88, 255, 255]),
                ("a=b", [1, 2, 3, 255]),
            ]
        );
        assert_eq!(color_key("auto"), Ok(ColorKey::default()));
        assert!(color_key("run").is_err() && color_key("run=blak").is_err());
    }

    #[test]
    fn words_are_known_and_others_are_columns() {
        assert_eq!(by("month"), Ok(ByName::Known(By::Month)));
        let column = Field::Name("Category".to_owned());
        assert_eq!(by("Category"), Ok(ByName::Column(column)));
        assert_eq!(by("3"), Ok(ByName::Column(Field::Number(3))));
        assert!(by("0").is_err());
    }
}
