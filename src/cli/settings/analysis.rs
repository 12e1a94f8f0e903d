//! What is to be made of heat that has been spread.

use heatmap::error::{Error, Result};
use heatmap::geo::Crs;
use heatmap::product::clip;
use heatmap::product::compare;
use heatmap::product::style::Compared;

use super::args::analysis::AnalysisArgs;
use super::args::{Arguments, ScaleArgs};
use super::outputs::source;
use super::values::SurfaceName;
use super::values::color::HowName;

/// The areas that are cut out, of a picture in a projection.
pub fn clip(arguments: &Arguments, projection: Crs) -> Result<clip::ClipOptions> {
    let (args, moves) = (&arguments.analysis, arguments.animation.animate);
    let is_any = !args.clip.is_empty() || !args.clip_out.is_empty();
    if is_any && moves {
        let fact = "--clip is for pictures that stand still, and for tiles";
        return Err(Error::usage(fact).advice("leave it out, or -a"));
    }
    let (mut inside, mut outside) = (args.clip.clone(), Vec::new());
    if args.clip_out.iter().any(String::is_empty) {
        if inside.is_empty() {
            let fact = "--clip-out leaves out the polygons of --clip, and there are none";
            return Err(Error::usage(fact).advice(
                "add --clip FILE, or name the file after '=', as in --clip-out=lake.geojson",
            ));
        }
        outside.append(&mut inside);
    }
    let named = args.clip_out.iter().filter(|file| !file.is_empty());
    outside.extend(named.map(Into::into));
    Ok(clip::ClipOptions {
        inside,
        outside,
        crs: projection.base(),
        ballpark: arguments.input.allow_ballpark,
        strict: arguments.input.strict,
    })
}

/// What is made of two sets of data, if two are compared.
pub fn compared(args: &AnalysisArgs) -> Option<Compared> {
    let floor = args.floor.map(|floor| floor as f32);
    match (args.minus.is_empty(), args.per.is_empty()) {
        (false, _) => Some(Compared::Difference),
        (_, false) => Some(Compared::Ratio { floor }),
        _ => None,
    }
}

/// What data are compared with, if they are.
pub fn compare(arguments: &Arguments, has_tiles: bool) -> Result<Option<compare::CompareOptions>> {
    let args = &arguments.analysis;
    let Some(by) = compared(args) else {
        return Ok(None);
    };
    let option = if by == Compared::Difference {
        "--minus"
    } else {
        "--per"
    };
    let refuse = |fact: String, advice: &str| Err(Error::usage(fact).advice(advice));
    if has_tiles {
        let fact = format!("{option} is for pictures, and not for tiles");
        return refuse(fact, "leave it out, or name a picture (-o heat.png)");
    }
    let density = &arguments.density;
    if density.surface != SurfaceName::Density || density.aggregate.is_some() {
        let fact = format!("{option} compares heat, and those are values");
        return refuse(fact, "leave out --surface and --aggregate");
    }
    if density.zoom_level.is_some() || density.dotsize.is_some() {
        let fact = format!("{option} has a scale of its own");
        return refuse(
            fact,
            "give a radius (-r) instead of --zoom-level and --dotsize",
        );
    }
    let how = arguments.scale.how;
    if by != Compared::Difference
        && (how.is_some() || arguments.scale.saturate)
        && !is_log(&arguments.scale)
    {
        let fact = "proportions are spread by their logarithm, and in no other way".to_owned();
        return refuse(fact, "leave out --how");
    }
    if by != Compared::Difference && arguments.color.threshold > 0.0 {
        let fact = "--threshold is of heat, and --per makes proportions".to_owned();
        return refuse(
            fact,
            "take --floor, by which what is rare has less of a say",
        );
    }
    let others = args.minus.iter().chain(&args.per);
    Ok(Some(compare::CompareOptions {
        others: others.map(|file| source(file.clone())).collect(),
        by,
    }))
}

fn is_log(args: &ScaleArgs) -> bool {
    matches!(args.how, Some(HowName::Log))
}
