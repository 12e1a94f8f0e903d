//! What is meant by the options of animations.

use heatmap::encode::film::{Plays, Rate};
use heatmap::error::{Error, Result};
use heatmap::product::animation::{Pace, Span, Trail};

use super::args::animation::{AnimationArgs, FrameScale};

/// A picture that is to move.
#[derive(Clone, Debug, PartialEq)]
pub struct Animation {
    pub pace: Pace,
    pub trail: Trail,
    /// Colours span the heat of each frame alone.
    pub each_alone: bool,
    pub rate: Option<Rate>,
    pub plays: Plays,
    /// How the time of a frame is written into it.
    pub date: Option<String>,
    pub ffmpeg: Vec<String>,
    pub keep_frames: bool,
}

/// The animation that is asked for, if one is.
pub fn animation(args: AnimationArgs) -> Result<Option<Animation>> {
    if !args.animate {
        return Ok(None);
    }
    Ok(Some(Animation {
        pace: pace(&args),
        trail: trail(&args)?,
        each_alone: args.frame_scale == FrameScale::Each,
        rate: args.fps,
        plays: args.times().map_or(Plays::Forever, Plays::Times),
        date: args.date,
        ffmpeg: args.ffmpegopts.map(|words| words.0).unwrap_or_default(),
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
