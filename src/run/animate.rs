//! A picture that moves.

use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heatmap::color::Tone;
use heatmap::density::{Grid, Marker};
use heatmap::encode::film::{self, Codec, Ffmpeg, Film, Rate, Timing};
use heatmap::error::{Error, Kind, Place, Result};
use heatmap::map::View;
use heatmap::product::animation::{Animation, Recorder};
use heatmap::product::{Destination, Target};
use heatmap::shape::Time;
use heatmap::{Raster, Shape, encode};

use super::framing::Framing;
use super::gather::{Gather, gather};
use super::look::Look;
use crate::console::Console;
use crate::settings::{self, Output, Settings};

/// How long an animation lasts, in seconds, if nobody says how fast it is.
const LASTING: u32 = 8;

/// Draws all frames into a film.
pub fn run(settings: &Settings, wanted: &settings::Animation, console: &Console) -> Result<()> {
    let Output::Film(target, format) = &settings.output else {
        return Err(Error::new(Kind::Internal, "an animation that has no place"));
    };
    let destination = Destination::prove(target)?;
    let look = Look::load(settings, console)?;
    let map = look.sized(&settings.map, console);
    let framing = Framing::new(settings, map, &[], None, console)?;
    let begin = |view: View| {
        let marker = Arc::new(Marker::new(&view, &settings.density)?);
        Ok((Recorder::new(marker, wanted.pace, settings.memory), view))
    };
    let ((recorder, view), read) = gather(settings, &framing, console, begin)?;
    if recorder.untimed() > 0 {
        console.warn(format_args!("{} of {read} shapes have no time: they are left out", recorder.untimed()));
    }
    let mut animation = recorder.finish()?;
    let timing = timing(wanted, animation.frames())?;
    format.check(view.size(), &timing)?;
    console.log(format_args!("{} frames, {} a second", timing.frames, timing.rate.per_second()));
    let look = look.on_map(&view, console)?;
    let tone = if wanted.each_alone {
        None
    } else {
        console.progress("looking for the range of all frames");
        Some(look.tone(&animation.range(&settings.density, wanted.trail, look.scale())?)?)
    };
    let kept = wanted.keep_frames.then(|| folder(target)).transpose()?;
    let studio = Studio { settings, wanted, console, look, tone, kept: kept.as_deref(), frames: animation.frames() };
    match format {
        film::Format::Codec(codec) => studio.encode(&mut animation, *codec, &timing, &destination)?,
        film::Format::Ffmpeg => destination.write_by_name(|path| studio.pipe(&mut animation, &timing, path))?,
    }
    if let Some(folder) = kept {
        console.tell(format_args!("the frames are in {}", folder.display()));
    }
    Ok(())
}

impl Gather for (Recorder, View) {
    fn add(&self, shapes: &[Shape]) {
        self.0.add(shapes);
    }
}

fn timing(wanted: &settings::Animation, frames: u32) -> Result<Timing> {
    let none = || Error::new(Kind::Internal, "an animation without frames");
    let usual = || Rate::new((frames / LASTING).clamp(2, 25), 1);
    let rate = wanted.rate.or_else(usual).ok_or_else(none)?;
    Ok(Timing { frames: NonZeroU32::new(frames).ok_or_else(none)?, rate, plays: wanted.plays })
}

/// A new folder for frames, beside the film.
fn folder(target: &Target) -> Result<PathBuf> {
    let stem = match target {
        Target::Stdout => PathBuf::from("heatmap"),
        Target::File(path) => path.with_extension(""),
    };
    let name = |number: u32| {
        let mut name = stem.clone().into_os_string();
        name.push(if number == 1 { "-frames".to_owned() } else { format!("-frames-{number}") });
        PathBuf::from(name)
    };
    for folder in (1..).map(name) {
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::output(Place::file(&folder), format!("cannot be made: {error}"))),
            Ok(()) => return Ok(folder),
        }
    }
    Err(Error::new(Kind::Internal, "no name is left for a folder"))
}

/// Where frames are drawn.
struct Studio<'a> {
    settings: &'a Settings,
    wanted: &'a settings::Animation,
    console: &'a Console,
    look: Look,
    /// The colours of all frames, unless each has its own.
    tone: Option<Tone>,
    kept: Option<&'a Path>,
    frames: u32,
}

/// What ends a film too early.
enum Stop {
    /// Something went wrong here.
    Failed(Error),
    /// The film cannot be written.
    Unwritten(io::Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Studio<'_> {
    /// Writes a film in one of our own formats.
    fn encode(
        &self,
        animation: &mut Animation,
        codec: Codec,
        timing: &Timing,
        destination: &Destination,
    ) -> Result<()> {
        let mut failed = None;
        let written = destination.write(|writer| {
            let mut film = Film::begin(codec, animation.view().size(), timing, writer)?;
            let shot = self.shoot(animation, &mut |frame| film.frame(frame).map_err(Stop::Unwritten));
            match shot {
                Ok(()) => film.finish(),
                Err(Stop::Unwritten(error)) => Err(error),
                Err(Stop::Failed(error)) => {
                    failed = Some(error);
                    Err(io::Error::other("a frame could not be drawn"))
                }
            }
        });
        failed.map_or(written, Err)
    }

    /// Gives a film to ffmpeg, which writes it to a file.
    fn pipe(&self, animation: &mut Animation, timing: &Timing, path: &Path) -> Result<()> {
        let mut ffmpeg = Ffmpeg::begin(path, animation.view().size(), timing, &self.wanted.ffmpeg)?;
        self.shoot::<Error>(animation, &mut |frame| ffmpeg.frame(frame))?;
        ffmpeg.finish()
    }

    /// Draws every frame.
    fn shoot<E: From<Error>>(
        &self,
        animation: &mut Animation,
        show: &mut dyn FnMut(&Raster) -> Result<(), E>,
    ) -> Result<(), E> {
        let clock = animation.clock();
        animation.play(&self.settings.density, self.wanted.trail, &mut |number, grid| {
            self.console.progress(format_args!("frame {} of {}", number + 1, self.frames));
            let frame = self.draw(grid, clock.time(number))?;
            self.keep(&frame, number)?;
            show(&frame)
        })
    }

    fn draw(&self, grid: &Grid, time: Option<Time>) -> Result<Raster> {
        let frame = match &self.tone {
            Some(tone) => self.look.picture(grid, tone),
            None => self.look.picture(grid, &self.look.tone(&self.look.scale().range(grid))?),
        };
        Ok(frame)
    }

    fn keep(&self, frame: &Raster, number: u32) -> Result<()> {
        let Some(folder) = self.kept else { return Ok(()) };
        let file = Destination::File(folder.join(format!("{number:05}.png")));
        file.write(|writer| encode::write(frame, encode::Format::Png, writer))
    }
}
