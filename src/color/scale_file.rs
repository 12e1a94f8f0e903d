//! A tone as a small JSON file, so that pictures of several runs can be compared.
//!
//! `{"heatmap-span": 1, "how": "log", "min": 0.0, "max": 13.78, "diverging": false}`; of `eq_hist`
//! also `"heats"`, those at positions that are evenly spaced from 0 to 1.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::How;
use super::tone::{Curve, Tone};
use crate::error::{Error, Location, Remedy, Result};

/// Longest file in bytes, more than any of ours has.
const LONGEST: u64 = 1 << 20;

impl Tone {
    /// The text of a file for `--span-from`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (min, max) = self.span;
        let mut value = json!({
            "heatmap-span": 1, "how": self.how().name(), "min": min, "max": max, "diverging": self.is_diverging,
        });
        if let Curve::Ranks(heats) = &self.curve {
            value["heats"] = heats.clone().into();
        }
        format!("{value}\n")
    }

    /// The scale that spans those of some files, which must rise in the same way.
    ///
    /// # Errors
    /// When a file cannot be read or is no scale, when they differ in more than their ends, or when
    /// they go by ranks, which have no common ends but those of all heats.
    pub fn of_files(paths: &[PathBuf]) -> Result<Self> {
        let mut joined: Option<(&Path, Self)> = None;
        for path in paths {
            let next = read(path)?;
            let wrong = |fact: String| Error::input(Location::file(path), fact);
            if matches!(next.curve, Curve::Ranks(_)) {
                let fact = "scales by ranks (eq_hist) cannot be joined: no two of them tell the ranks of all heats";
                return Err(wrong(fact.to_owned()));
            }
            joined = Some(match joined.take() {
                None => (path, next),
                Some((first, all))
                    if all.curve == next.curve && all.is_diverging == next.is_diverging =>
                {
                    let span = (all.span.0.min(next.span.0), all.span.1.max(next.span.1));
                    (first, Self { span, ..all })
                }
                Some((first, all)) => {
                    let shown = |tone: &Self| {
                        let kind = if tone.is_diverging {
                            " on both sides of zero"
                        } else {
                            ""
                        };
                        format!("{}{kind}", tone.how().name())
                    };
                    let fact = format!(
                        "it is {}, and that of {} is {}",
                        shown(&next),
                        first.display(),
                        shown(&all)
                    );
                    return Err(wrong(fact));
                }
            });
        }
        let none = || Error::usage("there is no scale to join");
        joined.map(|(_, all)| all).ok_or_else(none)
    }

    /// Reads such a text; the error is a fact about it.
    fn from_json(text: &str) -> std::result::Result<Self, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        if value["heatmap-span"] != 1 {
            return Err("this is no saved scale".to_owned());
        }
        let number =
            |name: &str| finite(&value[name]).ok_or_else(|| format!("\"{name}\" is not a number"));
        let span = (number("min")?, number("max")?);
        let mut all = How::ALL.into_iter().chain([How::Ratio]);
        let how = all.find(|how| value["how"] == how.name());
        let how = how.ok_or("\"how\" is none of the scales that there are")?;
        let is_diverging = value["diverging"].as_bool().unwrap_or_default();
        if span.0 >= span.1 && how != How::EqHist
            || is_diverging && !is_around(span, if how == How::Ratio { 1.0 } else { 0.0 })
        {
            return Err(format!("it spans nothing: from {} to {}", span.0, span.1));
        }
        let curve = if how == How::EqHist {
            ranks(&value["heats"])?
        } else {
            Curve::Formula(how)
        };
        Ok(Self {
            curve,
            span,
            is_diverging,
            threshold: 0.0,
            support: 1.0,
        })
    }
}

/// Whether a number is between two.
fn is_around(span: (f32, f32), middle: f32) -> bool {
    span.0 < middle && middle < span.1
}

fn ranks(value: &Value) -> std::result::Result<Curve, String> {
    let heats: Option<Vec<f32>> = value
        .as_array()
        .and_then(|heats| heats.iter().map(finite).collect());
    let heats = heats.filter(|heats| !heats.is_empty() && heats.is_sorted());
    heats
        .map(Curve::Ranks)
        .ok_or_else(|| "\"heats\" are not numbers in ascending order".to_owned())
}

fn finite(value: &Value) -> Option<f32> {
    value
        .as_f64()
        .map(|number| number as f32)
        .filter(|number| number.is_finite())
}

/// Reads the file that an earlier run has written.
pub(super) fn read(path: &Path) -> Result<Tone> {
    let error = |fact: String| Error::input(Location::file(path), fact);
    let mut text = String::new();
    let opened = File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    opened.map_err(|fact| error(format!("cannot be read: {fact}")))?;
    Tone::from_json(&text).map_err(|fact| error(fact).remedy(Remedy::SaveAScale))
}
