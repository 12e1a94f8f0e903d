//! Colours and scale: what their options may look like, and what they come to.

use std::fmt::Write;
use std::str::FromStr;

use clap::ValueEnum;
use heatmap::color::gradient;
use heatmap::color::gradient::Source;
use heatmap::color::scale;
use heatmap::color::scale::Bound;
use heatmap::color::{Gradient, How, Interpolate, Options, Scheme};

use super::args::{ColorArgs, ScaleArgs};

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
            Scheme::find(text).map(Self::Scheme)
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

/// What the options come to. Dots of a given size are jjguy's, and so is their scale unless another
/// is asked for.
pub fn options(args: ColorArgs, scale: &ScaleArgs, dots: bool) -> Options {
    let threshold = args.threshold;
    Options {
        gradient: gradient(args),
        scale: self::scale(scale, threshold, dots),
    }
}

fn gradient(args: ColorArgs) -> gradient::Options {
    let way = args.interpolate.map(Interpolate::from);
    let source = match (args.scheme, args.colors, args.gradient) {
        (Some(SchemeName::Scheme(scheme)), _, _) => Source::Scheme(scheme),
        (_, Some(stops), _) => Source::Stops {
            stops,
            way: way.unwrap_or_default(),
        },
        (_, _, Some(file)) => Source::Image(file),
        _ => Source::Hsva {
            min: args.hsva_min.0,
            max: args.hsva_max.0,
            way: way.unwrap_or(Interpolate::Hsv),
        },
    };
    gradient::Options {
        source,
        reverse: args.reverse,
        opacity: args.opacity,
        min_alpha: args.min_alpha,
        steps: args.steps.and_then(|steps| steps.try_into().ok()),
    }
}

fn scale(args: &ScaleArgs, threshold: f32, dots: bool) -> scale::Options {
    let (min, max) = (args.min.map(|bound| bound.0), args.max.map(|bound| bound.0));
    let span = args
        .span
        .map(|(min, max)| (Bound::Heat(min), Bound::Heat(max)));
    let (min, max) = (
        min.or(span.map(|span| span.0)),
        max.or(span.map(|span| span.1)),
    );
    let how = match args.how {
        Some(how) => how.into(),
        None if args.saturate || dots && min.is_none() && max.is_none() => How::Saturate,
        None => How::Linear,
    };
    scale::Options {
        how,
        min,
        max,
        threshold,
        span_from: args.span_from.clone(),
    }
}

/// The names of all schemes, one a line, each with a strip of its colours when these can be shown.
pub fn list(colors: bool) -> String {
    Scheme::all()
        .iter()
        .fold(String::new(), |mut text, scheme| {
            let strip = if colors { strip(scheme) } else { String::new() };
            // Writing to a string does not fail.
            let _ = if colors {
                writeln!(text, "{:<9}{strip}", scheme.name())
            } else {
                writeln!(text, "{}", scheme.name())
            };
            text
        })
}

/// Forty cells in the colours of a scheme on black (ECMA-48's SGR with 24 bits of colour).
fn strip(scheme: &'static Scheme) -> String {
    let Ok(gradient) = Gradient::load(&gradient::Options::of(Source::Scheme(scheme))) else {
        return String::new();
    };
    let cell = |i: u8| {
        let [r, g, b, a] = gradient.at(f32::from(i) / 39.0).map(u32::from);
        format!(
            "\x1b[48;2;{};{};{}m ",
            r * a / 255,
            g * a / 255,
            b * a / 255
        )
    };
    (0..40).map(cell).collect::<String>() + "\x1b[0m"
}
