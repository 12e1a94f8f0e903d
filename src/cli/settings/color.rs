//! Colours and scale: what their options come to.

use std::fmt::Write;

use heatmap::color::gradient;
use heatmap::color::gradient::Source;
use heatmap::color::scale;
use heatmap::color::scale::Bound;
use heatmap::color::{Gradient, How, Interpolate, Options, Scheme};

use super::args::{ColorArgs, ScaleArgs};
use super::values::color::SchemeName;

/// Whose pictures are asked for, where nothing else is said of colours and scale.
#[derive(Clone, Copy, Debug)]
pub struct LooksOf {
    /// Dots of a given size are jjguy's, and so is their scale.
    pub dots: bool,
    /// The zoom of a layer is Arctern's, and so are its colours.
    pub zoom_level: bool,
}

/// What the options come to.
pub fn options(args: ColorArgs, scale: &ScaleArgs, looks: LooksOf, is_dark: bool) -> Options {
    let threshold = args.threshold;
    let mut gradient = gradient(args, is_dark);
    if looks.zoom_level && gradient.source == gradient::Options::default().source {
        gradient.source = Source::Arctern;
    }
    Options {
        gradient,
        scale: self::scale(scale, threshold, looks.dots),
    }
}

fn gradient(args: ColorArgs, is_dark: bool) -> gradient::Options {
    let way = args.interpolate.map(Interpolate::from);
    let source = match (args.scheme, args.colors, args.gradient) {
        (Some(SchemeName::Scheme(scheme)), _, _) => Source::Scheme(scheme.on(is_dark)),
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
