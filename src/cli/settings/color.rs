//! Colours and scale: what their options come to.

use std::fmt::Write;

use heatmap::color::gradient;
use heatmap::color::gradient::Source;
use heatmap::color::scale;
use heatmap::color::scale::Bound;
use heatmap::color::{ColorOptions, Gradient, How, Interpolate, Scheme};
use heatmap::product::style::Compared;

use super::args::{ColorArgs, DensityArgs, ScaleArgs};
use super::values::SurfaceName;
use super::values::color::SchemeName;

/// What the options come to. Where nothing else is said of colours and scale, dots of a given size
/// are jjguy's, and so is their scale; the zoom of a layer is Arctern's, and so are its colours.
pub fn options(
    args: ColorArgs,
    scale: &ScaleArgs,
    density: &DensityArgs,
    is_dark: bool,
    compared: Option<Compared>,
) -> ColorOptions {
    let usual = scale::ScaleOptions::default();
    let (threshold, dots) = (args.threshold, density.dotsize.is_some());
    let mut gradient = gradient(args, is_dark);
    if density.zoom_level.is_some()
        && gradient.source == gradient::GradientOptions::default().source
    {
        gradient.source = Source::Arctern;
    }
    let gradient = match density.surface {
        SurfaceName::Mean => of_values(gradient),
        SurfaceName::Density if compared.is_some() => on_both_sides(gradient),
        SurfaceName::Density => gradient,
    };
    let mut scale = scale::ScaleOptions {
        support: density.support.unwrap_or(usual.support),
        ..self::scale(scale, threshold, dots)
    };
    if matches!(compared, Some(Compared::Ratio { .. })) {
        scale.how = How::Ratio;
    }
    ColorOptions { gradient, scale }
}

/// The colours of values, which are no fainter the less they are: viridis unless others are asked
/// for, and as opaque as what supports the values, unless somebody gave them alphas of their own.
fn of_values(asked: gradient::GradientOptions) -> gradient::GradientOptions {
    let usual = gradient::GradientOptions::default().source;
    let viridis = Scheme::all()
        .iter()
        .find(|scheme| scheme.name() == "viridis");
    let source = match viridis {
        Some(viridis) if asked.source == usual => Source::Scheme(viridis),
        _ => asked.source,
    };
    let is_opaque = match &source {
        Source::Scheme(_) | Source::Image(_) => true,
        Source::Stops { stops, .. } => stops.are_opaque(),
        Source::Hsva { .. } | Source::Arctern => false,
    };
    gradient::GradientOptions {
        source,
        min_alpha: asked.min_alpha.or(is_opaque.then_some(1.0)),
        ..asked
    }
}

/// The colours of comparisons, whose middle is where there is no difference: red and blue unless
/// others are asked for.
fn on_both_sides(asked: gradient::GradientOptions) -> gradient::GradientOptions {
    let usual = gradient::GradientOptions::default().source;
    let red_blue = Scheme::all().iter().find(|scheme| scheme.name() == "rdbu");
    let source = match red_blue {
        Some(red_blue) if asked.source == usual => Source::Scheme(red_blue),
        _ => asked.source,
    };
    gradient::GradientOptions {
        source,
        is_centred: true,
        ..asked
    }
}

fn gradient(args: ColorArgs, is_dark: bool) -> gradient::GradientOptions {
    let way = args.interpolate.map(Interpolate::from);
    let source = match (args.scheme, args.colors, args.gradient) {
        (Some(SchemeName::Scheme(scheme)), _, _) => {
            // Who turns one round himself has turned it.
            let is_turned = args.reverse && scheme.turns_on_dark();
            Source::Scheme(scheme.on(is_dark && !is_turned))
        }
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
    gradient::GradientOptions {
        source,
        reverse: args.reverse,
        opacity: args.opacity,
        min_alpha: args.min_alpha,
        steps: args.steps.and_then(|steps| steps.try_into().ok()),
        is_centred: false,
    }
}

fn scale(args: &ScaleArgs, threshold: f32, dots: bool) -> scale::ScaleOptions {
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
    scale::ScaleOptions {
        how,
        min,
        max,
        threshold,
        span_from: args.span_from.clone(),
        ..scale::ScaleOptions::default()
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
    let Ok(gradient) = Gradient::load(&gradient::GradientOptions::of(Source::Scheme(scheme)))
    else {
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
