//! What is meant by the options of animations.

use heatmap::encode::film::Plays;
use heatmap::error::{Error, Result};
use heatmap::product::animation::{Options, Pace, Span, Trail};

use super::args::animation::{AnimationArgs, FrameScale};

/// The animation that is asked for, if one is.
pub fn film(args: AnimationArgs) -> Result<Option<Options>> {
    if !args.animate {
        return Ok(None);
    }
    Ok(Some(Options {
        pace: pace(&args),
        trail: trail(&args)?,
        each_alone: args.frame_scale == FrameScale::Each,
        rate: args.fps,
        plays: args.times().map_or(Plays::Forever, Plays::Times),
        date: args.date,
        ffmpeg: args.ffmpegopts.map(|words| words.0).unwrap_or_default(),
        skip_idle: args.skip_idle,
        many: args.yes,
        keep_frames: args.keepframes,
    }))
}

fn pace(args: &AnimationArgs) -> Pace {
    match args.frame_time {
        Some(span) => Pace::Time(span),
        None => Pace::Count {
            every: args.frequency.map_or(1, std::num::NonZero::get),
            straggler: args.straggler_threshold.unwrap_or(1),
        },
    }
}

fn trail(args: &AnimationArgs) -> Result<Trail> {
    match (args.frame_time, args.window, args.half_life) {
        (Some(frame), Some(window), _) => whole(window, frame).map(Trail::Window),
        (Some(frame), None, Some(half_life)) => Ok(Trail::HalfLife(half_life.in_units_of(frame))),
        _ => Ok(Trail::All),
    }
}

/// How many frames a window has.
fn whole(window: Span, frame: Span) -> Result<i64> {
    window.whole(frame).ok_or_else(|| {
        Error::usage(format!(
            "a window of {window} is not a whole number of frames of {frame}"
        ))
        .advice("choose another --window or --frame-time")
    })
}
