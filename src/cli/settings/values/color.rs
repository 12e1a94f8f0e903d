//! Values of the options for colours and scale.

use std::str::FromStr;

use clap::ValueEnum;
use heatmap::color::scale::Bound;
use heatmap::color::{How, Interpolate, Scheme};

/// `--scheme`
#[derive(Clone, Copy, Debug)]
pub enum SchemeName {
    List,
    Scheme(&'static Scheme),
}

impl FromStr for SchemeName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "list" {
            Ok(Self::List)
        } else {
            Scheme::find(text)
                .map(Self::Scheme)
                .map_err(|fact| format!("{fact} ('--scheme list' shows them all)"))
        }
    }
}

/// `--interpolate`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum InterpolateName {
    Hsv,
    Rgb,
    Oklab,
}

impl From<InterpolateName> for Interpolate {
    fn from(name: InterpolateName) -> Self {
        match name {
            InterpolateName::Hsv => Self::Hsv,
            InterpolateName::Rgb => Self::Rgb,
            InterpolateName::Oklab => Self::Oklab,
        }
    }
}

/// `--how`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum HowName {
    Linear,
    Log,
    Sqrt,
    Cbrt,
    #[value(name = "eq_hist", alias = "eq-hist")]
    EqHist,
}

impl From<HowName> for How {
    fn from(name: HowName) -> Self {
        match name {
            HowName::Linear => Self::Linear,
            HowName::Log => Self::Log,
            HowName::Sqrt => Self::Sqrt,
            HowName::Cbrt => Self::Cbrt,
            HowName::EqHist => Self::EqHist,
        }
    }
}

/// `--min`, `--max`: a heat, or `p` and a percentage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundText(pub Bound);

impl FromStr for BoundText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bound = match text.strip_prefix('p') {
            Some(percent) => {
                let percent = percent
                    .trim_end_matches('%')
                    .parse()
                    .ok()
                    .filter(|p| (0.0..=100.0).contains(p));
                percent.map(Bound::Percentile)
            }
            None => heat(text).map(Bound::Heat),
        };
        bound
            .map(Self)
            .ok_or_else(|| "not a heat, such as 12.5, or a percentile from p0 to p100".to_owned())
    }
}

/// What is finite as it is held in pictures.
fn heat(text: &str) -> Option<f32> {
    text.trim()
        .parse()
        .ok()
        .filter(|heat: &f32| heat.is_finite())
}

/// `--span`
pub fn span(text: &str) -> Result<(f32, f32), String> {
    let ends = text
        .split_once(',')
        .and_then(|(min, max)| Some((heat(min)?, heat(max)?)));
    let (min, max) = ends.ok_or("not two heats with a comma between them, such as 0,50")?;
    if min < max {
        Ok((min, max))
    } else {
        Err(format!("{min} is not below {max}"))
    }
}

/// `--threshold`
pub fn threshold(text: &str) -> Result<f32, String> {
    heat(text)
        .filter(|&heat| heat >= 0.0)
        .ok_or_else(|| "not a heat of 0 or more".to_owned())
}

/// `--opacity`, `--min-alpha`
pub fn opacity(text: &str) -> Result<f64, String> {
    let number = text
        .trim()
        .parse::<f64>()
        .map_err(|_| "not a number from 0 to 1")?;
    match number {
        0.0..=1.0 => Ok(number),
        1.0..=255.0 => Err(format!(
            "not from 0 to 1; of 255, as some programs count, that is {:.2}",
            number / 255.0
        )),
        _ => Err("not from 0 to 1".to_owned()),
    }
}
