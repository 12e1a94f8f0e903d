//! A picture that moves.

use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heatmap::color::Range;
use heatmap::density::{Binner, Grid};
use heatmap::encode::film;
use heatmap::encode::film::{Codec, Ffmpeg, Film, Rate, Timing};
use heatmap::encode::kml;
use heatmap::error::{Error, ErrorKind, Location, Result};
use heatmap::geo::Time;
use heatmap::geo::View;
use heatmap::product::animation::{Animation, Clock, Recorder};
use heatmap::product::{Destination, Target};
use heatmap::{Raster, Shape, encode};

use super::different;
use super::extras::Extras;
use super::framing::Framing;
use super::gather::{Gather, gather};
use super::look::{Layer, Look, Toned};
use crate::console::Console;
use crate::settings;
use crate::settings::{Output, Reel, Settings};

/// How long an animation lasts, in seconds, if nobody says how fast it is.
const LASTING: u32 = 8;

impl Gather for Recorder {
    fn add(&self, shapes: &[Shape]) {
        Self::add(self, shapes);
    }
}

/// Draws all frames into films.
pub fn run(settings: &Settings, wanted: &settings::Animation, console: &Console) -> Result<()> {
    let (reels, extras) = (reels(settings)?, Extras::prove(settings)?);
    different(
        reels
            .iter()
            .map(|(destination, _)| destination)
            .chain(extras.destinations()),
    )?;
    if wanted.each_alone && extras.are_wanted() {
        return Err(
            Error::usage("every frame has a scale of its own, which no file can tell")
                .advice("leave out --frame-scale, or --legend FILE and --span-out"),
        );
    }
    let look = Look::load(settings, console)?;
    let mut animation = record(settings, wanted, &look, console)?;
    let timing = timing(wanted, animation.frames())?;
    reels.iter().try_for_each(|(_, reel)| match reel {
        Reel::Film(format) => format.check(animation.view().size(), &timing),
        Reel::Kmz => Ok(()),
    })?;
    console.log(format_args!(
        "{} frames, {} a second",
        timing.frames,
        timing.rate.per_second()
    ));
    let look = look.on_map(animation.view(), console)?;
    let range = if wanted.each_alone {
        None
    } else {
        console.progress("looking for the range of all frames");
        Some(animation.range(&settings.widest(), wanted.trail, layer(&look)?.scale())?)
    };
    if let Some(range) = &range {
        extras.put(&look, &layer(&look)?.tone(range.clone())?)?;
    }
    let mut kept = if wanted.keep_frames {
        Some(folder(&settings.outputs)?)
    } else {
        None
    };
    for (destination, reel) in &reels {
        let studio = Studio {
            wanted,
            console,
            look: &look,
            range: range.as_ref(),
            kept: kept.as_deref(),
            reel: *reel,
        };
        studio.film(
            &mut animation,
            &timing,
            settings.title.as_deref(),
            destination,
        )?;
        // The frames of all films are the same.
        if let Some(folder) = kept.take() {
            console.tell(format_args!("the frames are in {}", folder.display()));
        }
    }
    console.rounded(animation.rounding());
    Ok(())
}

/// Reads the data, frame by frame.
fn record(
    settings: &Settings,
    wanted: &settings::Animation,
    look: &Look,
    console: &Console,
) -> Result<Animation> {
    let map = look.sized(&settings.map, console);
    let framing = Framing::new(settings, map, look.image(), &[], None, console)?;
    let begin = |view: View| {
        let binner = Arc::new(Binner::new(&view, &settings.widest())?);
        Ok(Recorder::new(binner, wanted.pace, settings.memory))
    };
    let (recorder, report) = gather(settings, &framing, console, begin)?;
    if recorder.untimed() > 0 {
        let (untimed, all) = (recorder.untimed(), report.shapes);
        console.warn(format_args!(
            "{untimed} of {all} shapes have no time: they are left out"
        ));
    }
    recorder.finish()
}

/// Where films go, and which they are.
fn reels(settings: &Settings) -> Result<Vec<(Destination, Reel)>> {
    let films = settings.outputs.iter().filter_map(|output| match output {
        Output::Film(target, reel) => Some((target, *reel)),
        Output::Still(..) | Output::Terminal(_) => None,
    });
    films
        .map(|(target, reel)| proven(Destination::prove(target)?, reel))
        .collect()
}

impl Gather for (Recorder, View) {
    fn add(&self, shapes: &[Shape]) {
        self.0.add(shapes);
    }
}

fn timing(wanted: &settings::Animation, frames: u32) -> Result<Timing> {
    let none = || Error::new(ErrorKind::Internal, "an animation without frames");
    let usual = || Rate::new((frames / LASTING).clamp(2, 25), 1);
    let rate = wanted.rate.or_else(usual).ok_or_else(none)?;
    Ok(Timing {
        frames: NonZeroU32::new(frames).ok_or_else(none)?,
        rate,
        plays: wanted.plays,
    })
}

/// A film by ffmpeg needs a file, and ffmpeg.
fn proven(destination: Destination, reel: Reel) -> Result<(Destination, Reel)> {
    if reel == Reel::Film(film::Format::Ffmpeg) {
        if destination.file().is_none() {
            return Err(Error::usage("ffmpeg writes films into files only")
                .advice("name a file, or take .gif, .apng or .webp"));
        }
        Ffmpeg::find()?;
    }
    Ok((destination, reel))
}

/// The one pass of an animation.
fn layer(look: &Look) -> Result<&Layer> {
    look.layers()
        .first()
        .ok_or_else(|| Error::new(ErrorKind::Internal, "there is no pass"))
}

/// A time in UTC.
fn written(time: Time, format: &str) -> Option<String> {
    let moment = jiff::Timestamp::from_millisecond(time.milliseconds()).ok()?;
    jiff::fmt::strtime::format(format, &moment.to_zoned(jiff::tz::TimeZone::UTC)).ok()
}

/// A new folder for frames, beside the film.
fn folder(outputs: &[Output]) -> Result<PathBuf> {
    let stem = match outputs.first() {
        Some(Output::Film(Target::File(path), _)) if !path.starts_with("/dev") => {
            path.with_extension("")
        }
        _ => PathBuf::from("heatmap"),
    };
    let name = |number: u32| {
        let mut name = stem.clone().into_os_string();
        name.push(if number == 1 {
            "-frames".to_owned()
        } else {
            format!("-frames-{number}")
        });
        PathBuf::from(name)
    };
    for folder in (1..).map(name) {
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(Error::output(
                    Location::file(&folder),
                    format!("cannot be made: {error}"),
                ));
            }
            Ok(()) => return Ok(folder),
        }
    }
    Err(Error::new(
        ErrorKind::Internal,
        "no name is left for a folder",
    ))
}

/// Where frames are drawn.
struct Studio<'a> {
    wanted: &'a settings::Animation,
    console: &'a Console,
    look: &'a Look,
    /// The heat of all frames, unless each has its own colours.
    range: Option<&'a Range>,
    kept: Option<&'a Path>,
    reel: Reel,
}

/// A film that takes one frame after the other.
trait Take {
    fn take(&mut self, frame: &Raster, number: u32) -> io::Result<()>;
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl Take for Film<'_> {
    fn take(&mut self, frame: &Raster, _: u32) -> io::Result<()> {
        self.frame(frame)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        Film::finish(*self)
    }
}

/// A film whose frames have times.
impl<W: Write> Take for (kml::Film<W>, Clock) {
    fn take(&mut self, frame: &Raster, number: u32) -> io::Result<()> {
        let moment = |number| {
            self.1
                .time(number)
                .and_then(|time| written(time, "%Y-%m-%dT%H:%M:%SZ"))
        };
        let (begin, end) = (moment(number), moment(number + 1));
        self.0
            .frame(frame, &begin.unwrap_or_default(), &end.unwrap_or_default())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.finish()
    }
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
    /// Makes the film.
    fn film(
        &self,
        animation: &mut Animation,
        timing: &Timing,
        title: Option<&str>,
        to: &Destination,
    ) -> Result<()> {
        match self.reel {
            Reel::Film(film::Format::Codec(codec)) => self.encode(animation, codec, timing, to),
            Reel::Film(film::Format::Ffmpeg) => {
                to.write_by_name(|path| self.pipe(animation, timing, path))
            }
            Reel::Kmz => self.place(animation, title, to),
        }
    }

    /// Writes a film in one of our own formats.
    fn encode(
        &self,
        animation: &mut Animation,
        codec: Codec,
        timing: &Timing,
        destination: &Destination,
    ) -> Result<()> {
        let size = animation.view().size();
        self.write(animation, destination, |writer| {
            Ok(Box::new(Film::begin(codec, size, timing, writer)?))
        })
    }

    /// Writes a film for Google Earth.
    fn place(
        &self,
        animation: &mut Animation,
        title: Option<&str>,
        destination: &Destination,
    ) -> Result<()> {
        let (place, clock) = (animation.view().clone(), animation.clock());
        self.write(animation, destination, |writer| {
            Ok(Box::new((
                kml::Film::begin(title.unwrap_or("Heat map"), &place, writer),
                clock,
            )))
        })
    }

    fn write(
        &self,
        animation: &mut Animation,
        destination: &Destination,
        begin: impl for<'w> FnOnce(&'w mut dyn Write) -> io::Result<Box<dyn Take + 'w>>,
    ) -> Result<()> {
        let mut failed = None;
        let written = destination.write(|writer| {
            let mut film = begin(writer)?;
            match self.shoot(animation, &mut |frame, number| {
                film.take(frame, number).map_err(Stop::Unwritten)
            }) {
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
        self.shoot::<Error>(animation, &mut |frame, _| ffmpeg.frame(frame))?;
        ffmpeg.finish()
    }

    /// Draws every frame.
    fn shoot<E: From<Error>>(
        &self,
        animation: &mut Animation,
        show: &mut dyn FnMut(&Raster, u32) -> Result<(), E>,
    ) -> Result<(), E> {
        let (clock, frames, layer) = (animation.clock(), animation.frames(), layer(self.look)?);
        let whole = self
            .range
            .map(|range| layer.tone(range.clone()))
            .transpose()?;
        animation.play(&layer.density, self.wanted.trail, &mut |number, grid| {
            self.console
                .progress(format_args!("frame {} of {frames}", number + 1));
            let frame = match &whole {
                Some(toned) => self.draw(grid, toned, clock.time(number))?,
                None => self.draw(
                    grid,
                    &layer.tone(layer.scale().range(grid))?,
                    clock.time(number),
                )?,
            };
            self.keep(&frame, number)?;
            show(&frame, number)
        })
    }

    fn draw(&self, grid: &Grid, toned: &Toned, time: Option<Time>) -> Result<Raster> {
        let date = time
            .zip(self.wanted.date.as_deref())
            .and_then(|(time, format)| written(time, format));
        let opaque = matches!(self.reel, Reel::Film(format) if !format.has_alpha());
        if self.reel == Reel::Kmz {
            // Frames lie on the ground, where a title or a legend has no place.
            let mut frame = toned.paint(grid);
            self.look.lay(&mut frame, false);
            return Ok(frame);
        }
        self.look
            .finish(toned.paint(grid), opaque, toned, date.as_deref())
    }

    fn keep(&self, frame: &Raster, number: u32) -> Result<()> {
        let Some(folder) = self.kept else {
            return Ok(());
        };
        let file = Destination::File(folder.join(format!("{number:05}.png")));
        file.write(|writer| encode::write(frame, encode::Format::Png, writer))
    }
}
