//! Options for pictures that move.

use std::num::{NonZeroU16, NonZeroU64};

use clap::{Args, ValueEnum};
use heatmap::encode::film::Rate;
use heatmap::product::animation::Span;

#[derive(Debug, Args)]
#[command(next_help_heading = "Animation")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something else that may be wanted"
)]
pub struct AnimationArgs {
    /// Make a picture that moves: .gif .png .webp, or through ffmpeg .mp4 .webm .mkv .mov .mpeg …
    #[arg(short = 'a', long)]
    pub animate: bool,
    /// A frame for each so many points or segments [default: 1]
    #[arg(
        long,
        value_name = "COUNT",
        requires = "animate",
        conflicts_with = "frame_time"
    )]
    pub frequency: Option<NonZeroU64>,
    /// One more frame if at least so many are left at the end [default: 1]
    #[arg(
        long,
        value_name = "COUNT",
        requires = "animate",
        conflicts_with = "frame_time"
    )]
    pub straggler_threshold: Option<u64>,
    /// Animate, with a frame for each span of time, such as 1d, 6h, 2 weeks or month: GPX and its
    /// like have times, for CSV see --time-field
    #[arg(long, value_name = "SPAN")]
    pub frame_time: Option<Span>,
    /// Leave out frames in which nothing happens
    #[arg(long, requires = "frame_time")]
    pub skip_idle: bool,
    /// Make more than 2,000 frames by time, or more than 1,000 pictures --by something
    #[arg(long)]
    pub yes: bool,
    /// Show what happened in the last span of time alone; it is a whole number of frames
    #[arg(long, value_name = "SPAN", requires = "frame_time")]
    pub window: Option<Span>,
    /// Let heat fade: after this span of time it is half of what it was
    #[arg(
        long,
        value_name = "SPAN",
        requires = "frame_time",
        conflicts_with = "window"
    )]
    pub half_life: Option<Span>,
    /// Frames in a second, such as 25, 29.97 or 1/2 [default: as many as make it last eight
    /// seconds, from 2 to 25]
    #[arg(long, value_name = "RATE", requires = "animate")]
    pub fps: Option<Rate>,
    /// How often it is shown; 0 is again and again
    #[arg(
        long = "loop",
        value_name = "COUNT",
        default_value_t = 0,
        requires = "animate"
    )]
    pub plays: u16,
    /// Write the time at which a frame begins into a corner, UTC, in strftime's terms, such as
    /// %Y-%m-%d
    #[arg(long, value_name = "FORMAT", requires = "frame_time", value_parser = date_format)]
    pub date: Option<String>,
    /// What the colours of a frame span: the heat of all frames, or of each alone
    #[arg(
        long,
        value_name = "WHICH",
        value_enum,
        default_value = "whole",
        requires = "animate"
    )]
    pub frame_scale: FrameScale,
    /// More options for ffmpeg, as in a shell
    #[arg(short = 'F', long, value_name = "OPTIONS", requires = "animate", allow_hyphen_values = true, value_parser = shell_words)]
    pub ffmpegopts: Option<Words>,
    /// Keep the frames, too, as PNG files in a folder beside the animation
    #[arg(short = 'K', long, requires = "animate")]
    pub keepframes: bool,
}

/// `--frame-scale`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FrameScale {
    Whole,
    Each,
}

impl AnimationArgs {
    /// How often it is shown, if not again and again.
    pub fn times(&self) -> Option<NonZeroU16> {
        NonZeroU16::new(self.plays)
    }
}

/// What a shell would make of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

fn shell_words(text: &str) -> Result<Words, String> {
    shlex::split(text)
        .map(Words)
        .ok_or_else(|| "a quote is not closed".to_owned())
}

/// A format that can write any time.
fn date_format(text: &str) -> Result<String, String> {
    if !text.contains('%') {
        return Err("not a format of dates: it has no part that begins with %".to_owned());
    }
    let example = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::strtime::format(text, &example)
        .map_err(|error| format!("not a format of dates: {error}"))?;
    Ok(text.to_owned())
}
