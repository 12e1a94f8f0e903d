//! Films: the frames of an animation, drawn one after the other into files.

use std::cell::Cell;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Animation, Clock, Pace, Recorder, Span, Trail};
use crate::color::Scale;
use crate::density::{Binner, Grid};
use crate::encode;
use crate::encode::Format;
use crate::encode::film;
use crate::encode::film::{Ffmpeg, Film, Plays, Rate, Timing};
use crate::encode::kml;
use crate::encode::metadata::{Count, Metadata};
use crate::error::{Error, ErrorKind, Location, Remedy, Result};
use crate::geo::{Shape, Time, View};
use crate::input::Report;
use crate::product::about;
use crate::product::events::{Doing, Done, Event, Events, Odd, tell_saturated};
use crate::product::extras::Extras;
use crate::product::framing::Framing;
use crate::product::gather::{Gather, Gathered, gather};
use crate::product::still::tell_negative;
use crate::product::style::{Faint, Finish, Layer, Style, Toned, painted, tell_missing};
use crate::product::{Destination, Target, different, not_read};
use crate::raster::memory::afford;
use crate::raster::{Raster, Size};

/// How pictures move.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something else that may be wanted"
)]
pub struct Options {
    /// What makes a new frame; each shape.
    pub pace: Pace,
    /// What becomes of the heat of earlier frames; it stays.
    pub trail: Trail,
    /// Colours span the heat of each frame alone, instead of that of all frames.
    pub each_alone: bool,
    /// How fast frames follow one another; so that the whole lasts eight seconds, but at least 2
    /// and at most 25 a second.
    pub rate: Option<Rate>,
    /// How often the film is shown; again and again.
    pub plays: Plays,
    /// How the time at which a frame begins is written into it, in the terms of strftime; it is
    /// not.
    pub date: Option<String>,
    /// More options for ffmpeg.
    pub ffmpeg: Vec<String>,
    /// Frames in which nothing happens are left out.
    pub skip_idle: bool,
    /// More than 2,000 frames by time are meant.
    pub many: bool,
    /// Frames are kept as PNG files, too, in a new folder beside the film.
    pub keep_frames: bool,
}

impl Options {
    /// The time of a frame as it is written into it, if it has one and that is wanted.
    fn dated(&self, time: Option<Time>) -> Option<String> {
        written(time?, self.date.as_deref()?)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pace: Pace::Count {
                every: 1,
                straggler: 1,
            },
            trail: Trail::default(),
            each_alone: false,
            rate: None,
            plays: Plays::default(),
            date: None,
            ffmpeg: Vec::new(),
            skip_idle: false,
            many: false,
            keep_frames: false,
        }
    }
}

/// How long an animation lasts, in seconds, if nobody says how fast it is.
const LASTING: u32 = 8;

impl Gather for Recorder {
    fn add(&self, shapes: &[Shape]) {
        Self::add(self, shapes);
    }
}

/// Draws all frames into films. The data must come [in order](crate::input::Options::in_order) or
/// have [times](crate::input::Options::times), as the pace wants them.
///
/// What is known about them is given back: heat is that of all frames, and of several passes that
/// of the topmost.
///
/// # Errors
/// When anything that is asked for cannot be read, drawn or written.
pub fn film(
    options: &crate::product::Options,
    wanted: &Options,
    events: &dyn Events,
) -> Result<Metadata> {
    let options = &crate::product::cells::framed(options, events)?;
    let films = prove(&options.files.files)?;
    let extras = Extras::prove(&options.extras)?;
    let destinations = || {
        let films = films.iter().map(|(destination, _)| destination);
        films.chain(extras.destinations())
    };
    different(destinations())?;
    not_read(destinations(), options)?;
    if wanted.each_alone && extras.are_wanted() {
        return Err(
            Error::usage("every frame has a scale of its own, which no file can tell")
                .remedy(Remedy::OneScaleForAllFrames),
        );
    }
    if options
        .style
        .passes
        .iter()
        .any(|pass| pass.density.has_values())
    {
        let fact = "values are drawn in pictures that stand still";
        return Err(Error::usage(fact).advice("draw their density, or a picture"));
    }
    let style = Style::load(&options.style, events)?;
    let gathered = record(options, wanted, &style, events)?;
    let (mut animation, report) = (gathered.made.finish(wanted.skip_idle)?, gathered.report);
    let smoothed = gathered.radius.map(|pixels| options.with_radius(pixels));
    let options = smoothed.as_ref().unwrap_or(options);
    let style = style.spread_as(&options.style.passes);
    tell_times(&animation, events);
    not_too_many(&animation, wanted, events)?;
    let timing = timing(wanted, animation.frames())?;
    films
        .iter()
        .try_for_each(|(_, format)| film::check(*format, animation.view().size(), &timing))?;
    events.event(Event::Done(Done::Timed(&timing)));
    let first = wanted.dated(animation.clock().time(0));
    tell_missing(first.as_deref(), events);
    // The heat of each pass, and a few pictures: this frame, the last one, what is new, and what
    // encoders hold.
    afford(20 + 4 * style.layers().len(), animation.view().size())?;
    let style = style.on_map(animation.view(), events)?;
    let tones = tones(&mut animation, wanted, &style, events)?;
    if let Some(tones) = &tones {
        extras.put(&style, tones)?;
    }
    let size = settle(&mut animation, &style, tones.as_deref(), wanted)?;
    films
        .iter()
        .try_for_each(|(_, format)| film::check(*format, size, &timing))?;
    let mut studio = Studio {
        wanted,
        title: options.style.title.as_deref(),
        style: &style,
        tones: tones.as_deref(),
        timing: &timing,
        size,
        kept: kept(wanted, &options.files.files)?,
        seen: Cell::default(),
        events,
    };
    for (destination, format) in &films {
        studio.film(&mut animation, *format, destination)?;
        // The frames of all films are the same.
        if let Some(folder) = studio.kept.take() {
            events.event(Event::Done(Done::Kept(&folder)));
        }
    }
    if animation.rounding() > 0.0 {
        events.event(Event::Odd(Odd::Rounded(animation.rounding())));
    }
    let seen = studio.seen.get();
    if let Some(share) = seen.faint.share() {
        events.event(Event::Odd(Odd::Faint(share)));
    }
    Ok(known(options, &animation, &seen, &report))
}

/// What is known about films.
fn known(
    options: &crate::product::Options,
    animation: &Animation,
    seen: &Seen,
    report: &Report,
) -> Metadata {
    let about = about::of(options, animation.view(), seen.heats, report);
    let frames = Count {
        what: "frames".to_owned(),
        number: animation.frames().into(),
    };
    let moment = |frame| {
        let time = animation.clock().time(frame);
        time.and_then(|time| written(time, MOMENT))
    };
    Metadata {
        moments: moment(0).zip(moment(animation.frames() - 1)),
        counts: std::iter::once(frames).chain(about.counts).collect(),
        ..about
    }
}

/// Finds a place for the legend that all frames have, by the heat of all of them, and how large
/// frames are with it.
fn settle(
    animation: &mut Animation,
    style: &Style,
    tones: Option<&[Toned<'_>]>,
    wanted: &Options,
) -> Result<Size> {
    let size = animation.view().size();
    match tones {
        Some(tones) if style.has_strip() => style.outer(size, tones),
        None if style.has_strip() => {
            let fact = "every frame has a scale of its own, and so a legend of another size";
            Err(Error::usage(fact).remedy(Remedy::OneScaleForAllFrames))
        }
        _ if style.seeks_corner() => {
            let heats = animation.whole(&style.ways())?;
            let own = tones.is_none().then(|| style.tones(&heats)).transpose()?;
            let tones = tones.or(own.as_deref()).unwrap_or_default();
            let date = wanted.dated(animation.clock().time(0));
            style.settle(&painted(&heats, tones)?, tones, date.as_deref())?;
            Ok(size)
        }
        _ => Ok(size),
    }
}

/// The colours of all passes that all frames share, if they do.
fn tones<'a>(
    animation: &mut Animation,
    wanted: &Options,
    style: &'a Style,
    events: &dyn Events,
) -> Result<Option<Vec<Toned<'a>>>> {
    if wanted.each_alone {
        return Ok(None);
    }
    events.event(Event::Doing(Doing::Ranging));
    let scales: Vec<&Scale> = style.layers().iter().map(Layer::scale).collect();
    let ranges = animation.ranges(&style.ways(), wanted.trail, &scales)?;
    tell_saturated(&ranges, events);
    let layers = style.layers().iter().zip(ranges);
    let tones: Vec<Toned> = layers
        .map(|(layer, range)| layer.tone(range))
        .collect::<Result<_>>()?;
    for toned in &tones {
        events.event(Event::Done(Done::Scaled(toned.tone())));
    }
    Ok(Some(tones))
}

/// Tells of times that are hardly meant: of clocks that were never set, or of days to come.
fn tell_times(animation: &Animation, events: &dyn Events) {
    const YEAR: i64 = 366 * 24 * 60 * 60 * 1000;
    let clock = animation.clock();
    let ends = clock.time(0).zip(clock.time(animation.frames() - 1));
    let now = jiff::Timestamp::now().as_millisecond();
    let is_odd = |(first, last): &(Time, Time)| {
        (-YEAR..YEAR).contains(&first.milliseconds()) || last.milliseconds() > now
    };
    if let Some((first, last)) = ends.filter(is_odd) {
        events.event(Event::Odd(Odd::Times(first, last)));
    }
}

/// So many frames are rarely meant: one wrong time makes thousands of them.
fn not_too_many(animation: &Animation, wanted: &Options, events: &dyn Events) -> Result<()> {
    const MANY: u32 = 2000;
    let frames = animation.frames();
    let Pace::Time(span) = wanted.pace else {
        if frames > MANY {
            events.event(Event::Odd(Odd::ManyFrames(frames)));
        }
        return Ok(());
    };
    if frames <= MANY || wanted.many {
        return Ok(());
    }
    let clock = animation.clock();
    let (first, last) = (clock.time(0), clock.time(frames - 1));
    let day = |time: Option<Time>| {
        let day = time.and_then(|time| written(time, "%Y-%m-%d"));
        day.unwrap_or_else(|| "another age".to_owned())
    };
    let fact = format!(
        "{frames} frames of {span} from {} to {} are a great many",
        day(first),
        day(last)
    );
    let whole = first.zip(last).map_or(0, |(first, last)| {
        last.milliseconds() - first.milliseconds()
    });
    let span = Span::of_milliseconds(whole / 200);
    Err(Error::new(ErrorKind::Limit, fact).remedy(Remedy::FewerFrames(span.to_string())))
}

/// Makes sure that films can be written. One by ffmpeg needs a file, and ffmpeg.
fn prove(files: &[(Target, Format)]) -> Result<Vec<(Destination, Format)>> {
    let prove = |(target, format): &(Target, Format)| {
        let destination = Destination::prove(target)?;
        if *format == Format::Video {
            if destination.file().is_none() {
                return Err(Error::usage("ffmpeg writes films into files only")
                    .advice("name a file, or take .gif, .apng or .webp"));
            }
            Ffmpeg::find()?;
        }
        Ok((destination, *format))
    };
    files.iter().map(prove).collect()
}

/// Reads the data, frame by frame.
fn record(
    options: &crate::product::Options,
    wanted: &Options,
    style: &Style,
    events: &dyn Events,
) -> Result<Gathered<Recorder>> {
    let framing = Framing::new(options, style, &[], events)?;
    let begin = |view: View, radius: Option<f64>| {
        let smoothed = radius.map(|pixels| options.style.with_radius(pixels));
        let widest = smoothed.as_ref().unwrap_or(&options.style).widest();
        let binner = Arc::new(Binner::new(&view, &widest)?);
        Ok(Recorder::new(binner, wanted.pace, options.data.memory))
    };
    let gathered = gather(&options.data, &framing, events, begin)?;
    let (recorder, report) = (&gathered.made, &gathered.report);
    if recorder.untimed() > 0 {
        let (untimed, shapes) = (recorder.untimed(), report.shapes);
        events.event(Event::Odd(Odd::Untimed { untimed, shapes }));
    }
    tell_negative(style, report, events);
    style.tell_no_count(events);
    Ok(gathered)
}

fn timing(wanted: &Options, frames: u32) -> Result<Timing> {
    let none = || Error::new(ErrorKind::Internal, "an animation without frames");
    let usual = || Rate::new((frames / LASTING).clamp(2, 25), 1);
    let rate = wanted.rate.or_else(usual).ok_or_else(none)?;
    Ok(Timing {
        frames: NonZeroU32::new(frames).ok_or_else(none)?,
        rate,
        plays: wanted.plays,
    })
}

/// A time as all programs understand it.
const MOMENT: &str = "%Y-%m-%dT%H:%M:%SZ";

/// A time in UTC.
fn written(time: Time, format: &str) -> Option<String> {
    let moment = jiff::Timestamp::from_millisecond(time.milliseconds()).ok()?;
    jiff::fmt::strtime::format(format, &moment.to_zoned(jiff::tz::TimeZone::UTC)).ok()
}

/// A new folder for frames beside the first film, if they are to be kept.
fn kept(wanted: &Options, files: &[(Target, Format)]) -> Result<Option<PathBuf>> {
    if !wanted.keep_frames {
        return Ok(None);
    }
    let stem = match files.first() {
        Some((Target::File(path), _)) if !path.starts_with("/dev") => path.with_extension(""),
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
            Ok(()) => return Ok(Some(folder)),
        }
    }
    Err(Error::new(
        ErrorKind::Internal,
        "no name is left for a folder",
    ))
}

/// Where frames are drawn.
struct Studio<'a> {
    wanted: &'a Options,
    title: Option<&'a str>,
    style: &'a Style,
    /// The colours of all passes, unless each frame has its own.
    tones: Option<&'a [Toned<'a>]>,
    timing: &'a Timing,
    /// Of all frames, with their legend.
    size: Size,
    /// The folder for frames, until they are in it.
    kept: Option<PathBuf>,
    /// What is seen in the frames so far.
    seen: Cell<Seen>,
    events: &'a dyn Events,
}

/// What is seen in frames, of the topmost pass.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// The least heat of anything, and the most.
    heats: Option<(f32, f32)>,
    faint: Faint,
}

impl Seen {
    /// With one more frame.
    fn and(self, heat: &Grid, faint: Option<Faint>) -> Self {
        let heats = self.heats.into_iter().chain(heat.extremes());
        Self {
            heats: heats.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
            faint: self.faint.and(faint.unwrap_or_default()),
        }
    }
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
            let time = self.1.time(number);
            time.and_then(|time| written(time, MOMENT))
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
    /// Makes a film.
    fn film(&self, animation: &mut Animation, format: Format, to: &Destination) -> Result<()> {
        if format == Format::Video {
            return to.write_by_name(|path| self.pipe(animation, path));
        }
        let mut failed = None;
        let written = to.write(|writer| {
            let mut film = self.begin(animation, format, writer)?;
            match self.shoot(animation, format, &mut |frame, number| {
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

    /// Begins a film in one of our own formats.
    fn begin<'w>(
        &self,
        animation: &Animation,
        format: Format,
        writer: &'w mut dyn Write,
    ) -> io::Result<Box<dyn Take + 'w>> {
        let view = animation.view();
        if format == Format::Kmz {
            let title = self.title.unwrap_or("Heat map");
            let film = kml::Film::begin(title, view, writer);
            return Ok(Box::new((film, animation.clock())));
        }
        let film = Film::begin(format, self.size, self.timing, writer)?;
        Ok(Box::new(film))
    }

    /// Gives a film to ffmpeg, which writes it to a file.
    fn pipe(&self, animation: &mut Animation, path: &Path) -> Result<()> {
        let options = &self.wanted.ffmpeg;
        let mut ffmpeg = Ffmpeg::begin(path, self.size, self.timing, options)?;
        self.shoot::<Error>(animation, Format::Video, &mut |frame, _| {
            ffmpeg.frame(frame)
        })?;
        ffmpeg.finish()
    }

    /// Draws every frame.
    fn shoot<E: From<Error>>(
        &self,
        animation: &mut Animation,
        format: Format,
        show: &mut dyn FnMut(&Raster, u32) -> Result<(), E>,
    ) -> Result<(), E> {
        let (clock, all) = (animation.clock(), animation.frames());
        let ways = self.style.ways();
        let mut is_told = false;
        animation.play(&ways, self.wanted.trail, &mut |index, heats| {
            let number = index + 1;
            self.events
                .event(Event::Doing(Doing::Frame { number, all }));
            let time = clock.time(index);
            let frame = if let Some(tones) = self.tones {
                self.draw(heats, format, tones, time)?
            } else {
                let own = self.style.tones(heats)?;
                if !is_told && own.iter().any(Toned::is_saturated) {
                    is_told = true;
                    self.events.event(Event::Odd(Odd::Saturated));
                }
                self.draw(heats, format, &own, time)?
            };
            self.keep(&frame, index)?;
            show(&frame, index)
        })
    }

    fn draw(
        &self,
        heats: &[&Grid],
        format: Format,
        tones: &[Toned],
        time: Option<Time>,
    ) -> Result<Raster> {
        let finish = match format {
            format if format.is_layer() => Finish::Layer,
            format if format.has_alpha() => Finish::Picture,
            _ => Finish::Opaque,
        };
        if let Some((heat, toned)) = heats.last().zip(tones.last()) {
            // What fades is meant to be faint.
            let fades = matches!(self.wanted.trail, Trail::HalfLife(_));
            let faint = (!fades).then(|| toned.faint(heat));
            self.seen.set(self.seen.get().and(heat, faint));
        }
        let date = self.wanted.dated(time);
        let painted = painted(heats, tones)?;
        self.style.finish(painted, finish, tones, date.as_deref())
    }

    fn keep(&self, frame: &Raster, number: u32) -> Result<()> {
        let Some(folder) = &self.kept else {
            return Ok(());
        };
        let file = Destination::File(folder.join(format!("{number:05}.png")));
        file.write(|writer| encode::write(frame, Format::Png, writer))
    }
}
