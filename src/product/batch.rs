//! Batches, or small multiples: one picture for each group of the data, which are read once, with
//! one extent and one scale.
//!
//! Shapes wait, packed and group by group, until the extent of all is known. Each group is then
//! heated twice, as films are: once for the range that all colours span, and once to be drawn. So
//! the heat of no more than one picture is in memory at a time.

use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::about;
use super::events::{Doing, Done, Event, Events, Odd, tell_rounding, tell_saturated};
use super::extras::Extras;
use super::framing::Framing;
use super::gather;
use super::keyed::{ColorKey, Mix};
use super::outlet::Outlet;
use super::still::{Drawing, Known, Outputs, spread, tell_negative, tell_unlabelled};
use super::style::{Finish, Style, Toned, tell_missing};
use super::{Destination, Target, different, not_read};
use crate::color::Range;
use crate::density::{Cells, Grid};
use crate::encode;
use crate::encode::{Format, Holds, LiesOn, png};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::{Footprint, Shape, Time, View};
use crate::input::buffer::{Buffered, Overflow, ShapeBuffer};
use crate::input::{Deliver, Origin, Report, sport};
use crate::raster::memory::{afford, filled};
use crate::raster::{Raster, Size};

/// What stands in a name of a file, or in a title, for the name of a group.
pub const PLACEHOLDER: &str = "{by}";
/// What has nothing in common with others that others have.
const NONE: &str = "none";
/// More pictures are rarely meant.
const MANY: usize = 1000;
/// The part of the memory that a single group may take before it goes to a temporary file.
const PART: u64 = 256;

/// How data are parted, and what is made of the parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What shapes of one picture have in common.
    pub by: By,
    /// The zone of its years, months, weekdays and hours.
    pub zone: TimeZone,
    /// More than a thousand pictures are meant.
    pub many: bool,
    /// All pictures stand side by side in one, so many in a row.
    pub sheet: Option<NonZeroU16>,
    /// All are in one picture, each in a colour of its own.
    pub key: Option<ColorKey>,
}

/// What shapes of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The year.
    Year,
    /// The month of a year.
    Month,
    /// The day of the week.
    Weekday,
    /// The hour of the day.
    Hour,
    /// The file.
    File,
    /// The folder, or the archive, of the file.
    Folder,
    /// The sport or kind of movement that the file tells.
    Sport,
    /// What stands in the column, or the property, that is
    /// [read for it](crate::input::columns::Options::part_field).
    Field,
}

impl By {
    /// Whether shapes must have a time for it.
    #[must_use]
    pub fn wants_times(self) -> bool {
        matches!(self, Self::Year | Self::Month | Self::Weekday | Self::Hour)
    }
}

/// Draws one picture for each group of the data.
///
/// # Errors
/// When anything that is asked for cannot be read, drawn or written, and when there are more than a
/// thousand groups, unless that is meant.
pub fn batch(options: &super::Options, wanted: &Options, events: &dyn Events) -> Result<()> {
    let options = &super::cells::framed(options, events)?;
    let files = &options.files.files;
    files
        .iter()
        .try_for_each(|(_, format)| check(*format, wanted))?;
    if wanted.sheet.is_some() && options.files.world_file {
        let fact = "a sheet of pictures lies nowhere, and a world file says where";
        return Err(Error::usage(fact).advice("leave out one of them"));
    }
    let (extras, sample) = (Extras::prove(&options.extras)?, Plan::new("x", options));
    // Whether files can be written is found out before the long work, of one for all.
    let sample = Outputs::prove(&sample.options, None)?;
    let style = Style::load(&options.style, events)?;
    if wanted.key.is_some() {
        one_pass(&style)?;
    }
    let framing = Framing::new(options, &style, &[], events)?;
    let options = &super::cells::placed(options, &framing)?;
    let files = &options.files.files;
    let parted = read(options, wanted, events)?;
    not_too_many(&parted, wanted)?;
    let (view, radius) = parted.frame(&framing, events)?;
    let smoothed = radius.map(|pixels| options.with_radius(pixels));
    let options = smoothed.as_ref().unwrap_or(options);
    let style = style.spread_as(&options.style.passes);
    files
        .iter()
        .try_for_each(|(_, format)| format.holds(view.size()))?;
    let style = style.on_map(&view, events)?;
    style.tell_no_count(events);
    tell_negative(&style, &parted.report, events);
    tell_unlabelled(options, &style, events);
    let work = Work {
        options,
        view,
        style,
        events,
    };
    events.event(Event::Done(Done::Parted(parted.groups.len())));
    if let Some(key) = &wanted.key {
        return work.keyed(&parted, key, &sample, &extras);
    }
    let ranges = work.ranges(&parted.groups)?;
    match wanted.sheet {
        Some(columns) => work.sheet(&parted.groups, &ranges, columns, &sample, &extras),
        None => work.pictures(&parted, &ranges, &extras),
    }
}

/// Colours of groups are those of one look at the data, and of heat, of which nothing is the least.
fn one_pass(style: &Style) -> Result<()> {
    if style.layers().len() > 1 {
        let fact = "colours of groups are mixed in one pass, and there are several";
        return Err(Error::usage(fact).advice("take a look with one pass"));
    }
    if style.has_values() {
        let fact = "colours of groups are mixed by their heat, and those are values";
        return Err(Error::usage(fact).advice("draw a picture for each group"));
    }
    Ok(())
}

/// Whether a sheet can be in a format: one of nothing but pixels.
fn check(format: Format, wanted: &Options) -> Result<()> {
    let facts = format.facts();
    let is_plain = facts.holds == Holds::Picture && facts.lies_on == LiesOn::Nothing;
    if wanted.sheet.is_none() || is_plain {
        return Ok(());
    }
    let fact = format!(
        "a sheet of pictures lies nowhere, and {} is for what does",
        facts.name
    );
    Err(Error::usage(fact).advice("take .png, .jpg or .webp"))
}

/// Shapes that have something in common.
struct Group {
    /// What it is called.
    label: String,
    shapes: Buffered,
}

impl Group {
    /// Its label, and how many shapes it has.
    fn sized(&self) -> Result<(&str, u64)> {
        let count = AtomicU64::new(0);
        let add = |shapes: &[Shape]| {
            count.fetch_add(Shape::number(shapes), Ordering::Relaxed);
        };
        self.shapes.replay(&add)?;
        Ok((&self.label, count.into_inner()))
    }
}

/// The data in their groups.
struct Parted {
    groups: Vec<Group>,
    footprint: Option<Footprint>,
    report: Report,
}

impl Parted {
    /// The frame of all pictures, and the radius in pixels that goes by the density of all groups
    /// together if that was asked for.
    fn frame(&self, framing: &Framing, events: &dyn Events) -> Result<(View, Option<f64>)> {
        let all = |look: Deliver<'_>| {
            let mut groups = self.groups.iter();
            groups.all(|group| group.shapes.replay(look).is_ok_and(|all| all))
        };
        framing.of_data(self.footprint, self.report.shapes, all, events)
    }
}

/// What tells groups apart, in the order in which they are drawn, and what they are called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    order: i64,
    id: String,
    label: String,
}

/// Groups that are being filled.
#[derive(Default)]
struct Filling {
    buffers: Mutex<BTreeMap<Key, Arc<ShapeBuffer>>>,
    /// Shapes that belong to none.
    others: Mutex<u64>,
}

impl Filling {
    fn add(&self, key: Key, shapes: &[Shape], budget: u64) {
        let buffer = {
            let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(ShapeBuffer::new(budget, Overflow::Spill));
            Arc::clone(buffers.entry(key).or_insert_with(new))
        };
        buffer.add(shapes);
    }

    /// Parts shapes by their times; those that have none are left out.
    fn add_by_time(&self, wanted: &Options, shapes: &[Shape], budget: u64) {
        const SECOND: i64 = 1000;
        // In other zones hours begin at any second of those of UTC.
        let is_utc = wanted.zone == TimeZone::UTC;
        let step = if is_utc { 3600 * SECOND } else { SECOND };
        let step = |shape: &Shape| Some(shape.time?.milliseconds().div_euclid(step));
        let mut parts: BTreeMap<Key, Vec<Shape>> = BTreeMap::new();
        for part in shapes.chunk_by(|a, b| step(a) == step(b)) {
            if let Some(key) = part[0].time.and_then(|time| of_time(wanted, time)) {
                parts.entry(key).or_default().extend(part);
            } else {
                let others = self.others.lock();
                *others.unwrap_or_else(PoisonError::into_inner) += Shape::number(part);
            }
        }
        for (key, shapes) in parts {
            self.add(key, &shapes, budget);
        }
    }
}

/// The group of a moment.
fn of_time(wanted: &Options, time: Time) -> Option<Key> {
    const DAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let moment = Timestamp::from_millisecond(time.milliseconds()).ok()?;
    let moment = wanted.zone.to_datetime(moment);
    let (year, month) = (i64::from(moment.year()), i64::from(moment.month()));
    let day = i64::from(moment.weekday().to_monday_zero_offset());
    let (order, label) = match wanted.by {
        By::Year => (year, format!("{year:04}")),
        By::Month => (12 * year + month, format!("{year:04}-{month:02}")),
        By::Weekday => (day, DAYS[day as usize].to_owned()),
        By::Hour => (moment.hour().into(), format!("{:02}", moment.hour())),
        By::File | By::Folder | By::Sport | By::Field => return None,
    };
    Some(Key {
        order,
        id: String::new(),
        label,
    })
}

/// The group of a file.
fn of_origin(by: By, origin: &Origin) -> Key {
    let path = Path::new(&origin.file);
    let name = |path: Option<&Path>, part: fn(&Path) -> Option<&std::ffi::OsStr>| {
        let name = path
            .and_then(part)
            .map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_else(|| "here".to_owned())
    };
    let (id, label) = match by {
        By::Folder => {
            let folder = path.parent();
            let id = folder.map(|folder| folder.display().to_string());
            (id.unwrap_or_default(), name(folder, Path::file_name))
        }
        By::Field => {
            let label = Some(origin.part.clone()).filter(|part| !part.is_empty());
            let label = label.unwrap_or_else(|| NONE.to_owned());
            (label.clone(), label)
        }
        By::Sport => {
            let mut sports: Vec<_> = origin.sports.iter().map(|told| sport::name(told)).collect();
            sports.dedup();
            let sports = sports.join(" and ");
            let label = if sports.is_empty() {
                NONE.to_owned()
            } else {
                sports
            };
            (label.clone(), label)
        }
        _ => (origin.file.clone(), name(Some(path), Path::file_stem)),
    };
    Key {
        // Whole numbers come in their order, and before all else.
        order: match by {
            By::Field => label.parse().unwrap_or(i64::MAX),
            _ => 0,
        },
        id,
        label,
    }
}

/// Reads all data into their groups.
fn read(options: &super::Options, wanted: &Options, events: &dyn Events) -> Result<Parted> {
    let (filling, budget) = (Filling::default(), options.data.memory / PART);
    let report = gather::read_from(
        &options.data,
        events,
        wanted.by == By::Sport,
        &|origin, shapes| {
            if wanted.by.wants_times() {
                filling.add_by_time(wanted, shapes, budget);
            } else {
                filling.add(of_origin(wanted.by, origin), shapes, budget);
            }
        },
    )?;
    let untimed = filling
        .others
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let buffers = filling
        .buffers
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    if buffers.is_empty() {
        return Err(
            Error::new(ErrorKind::Input, "no shape has a time").remedy(Remedy::TimesForFrames)
        );
    }
    let is_none = wanted.by == By::Field && buffers.keys().all(|key| key.label == NONE);
    if is_none {
        let fact = "nothing is known of what the data are to be parted by";
        return Err(Error::new(ErrorKind::Input, fact).remedy(Remedy::OtherParts));
    }
    if untimed > 0 {
        let shapes = report.shapes;
        events.event(Event::Odd(Odd::Untimed { untimed, shapes }));
    }
    let (mut groups, mut footprint) = (Vec::new(), None::<Footprint>);
    for (key, buffer) in buffers {
        let Some(buffer) = Arc::into_inner(buffer) else {
            return Err(Error::new(
                ErrorKind::Internal,
                "a group is still being read",
            ));
        };
        let (own, shapes) = buffer.finish()?;
        footprint = [footprint, own]
            .into_iter()
            .flatten()
            .reduce(Footprint::union);
        groups.push(Group {
            label: key.label,
            shapes,
        });
    }
    Ok(Parted {
        groups,
        footprint,
        report,
    })
}

fn not_too_many(parted: &Parted, wanted: &Options) -> Result<()> {
    let pictures = parted.groups.len();
    if pictures <= MANY || wanted.many || wanted.key.is_some() {
        return Ok(());
    }
    let fact = format!("{pictures} pictures are a great many");
    Err(Error::new(ErrorKind::Limit, fact).remedy(Remedy::ManyPictures))
}

/// What one picture of a batch is to be.
struct Plan {
    options: super::Options,
}

impl Plan {
    /// The options for a group of a name, whose data have been read.
    fn new(name: &str, options: &super::Options) -> Self {
        let target = |target: &Target| match target {
            Target::File(path) => Target::File(named(path, name)),
            Target::Stdout => Target::Stdout,
        };
        let files = options.files.files.iter();
        let files = files
            .map(|(file, format)| (target(file), *format))
            .collect();
        let options = super::Options {
            files: super::outlet::FileOptions {
                files,
                ..options.files.clone()
            },
            style: options.style.clone(),
            extras: options.extras.clone(),
            ..super::Options::default()
        };
        Self { options }
    }
}

/// The path with the name of a group in it.
fn named(path: &Path, name: &str) -> PathBuf {
    path.to_str().map_or_else(
        || path.to_owned(),
        |path| path.replace(PLACEHOLDER, name).into(),
    )
}

/// Names for files: letters, digits and a few signs of the labels; equal ones are numbered, also
/// where they differ in capitals alone.
fn names(groups: &[Group]) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |group: &Group| {
        let safe = safe(&group.label);
        let numbered = (2..).map(|number: u32| format!("{safe}-{number}"));
        let mut names = std::iter::once(safe.clone()).chain(numbered);
        names
            .find(|name| taken.insert(name.to_lowercase()))
            .unwrap_or_default()
    };
    groups.iter().map(name).collect()
}

/// A label as a part of a name of a file, on every system.
fn safe(label: &str) -> String {
    /// File systems have 255 bytes for all of it.
    const LONGEST: usize = 50;
    let kept = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | '+');
    let words = label
        .split(|letter| !kept(letter))
        .filter(|word| !word.is_empty());
    let safe: String = words
        .collect::<Vec<_>>()
        .join("-")
        .chars()
        .take(LONGEST)
        .collect();
    let safe = safe.trim_matches(['-', '.']);
    if safe.is_empty() {
        "none".to_owned()
    } else {
        safe.to_owned()
    }
}

/// All that the pictures of a batch share.
struct Work<'a> {
    options: &'a super::Options,
    view: View,
    style: Style,
    events: &'a dyn Events,
}

impl Work<'_> {
    fn cells(&self, group: &Group) -> Result<Cells> {
        let cells = Cells::new(&self.view, &self.options.style.widest())?;
        group.shapes.replay(&|shapes| cells.add(shapes))?;
        tell_rounding(&cells, self.events)?;
        Ok(cells)
    }

    /// The range of the heats of all groups, for each pass.
    fn ranges(&self, groups: &[Group]) -> Result<Vec<Range>> {
        self.events.event(Event::Doing(Doing::Ranging));
        let mut all: Vec<Option<Range>> = vec![None; self.style.layers().len()];
        for group in groups {
            let cells = self.cells(group)?;
            for (layer, known) in self.style.layers().iter().zip(&mut all) {
                let heat = spread(&cells, &self.style, layer.density(), self.events)?;
                let own = layer.scale().range(&heat);
                *known = Some(match known.take() {
                    Some(known) => known.join(own),
                    None => own,
                });
            }
        }
        let all: Vec<Range> = all.into_iter().flatten().collect();
        tell_saturated(&all, self.events);
        Ok(all)
    }

    fn tones(&self, ranges: &[Range]) -> Result<Vec<Toned<'_>>> {
        let layers = self.style.layers().iter().zip(ranges);
        layers
            .map(|(layer, range)| layer.tone(range.clone()))
            .collect()
    }

    /// A group in the colours of all.
    fn drawing(&self, group: &Group, ranges: &[Range]) -> Result<Drawing<'_>> {
        let (cells, toned) = (self.cells(group)?, self.tones(ranges)?);
        let mut drawn: Option<(Raster, Grid)> = None;
        for (layer, toned) in self.style.layers().iter().zip(&toned) {
            let heat = spread(&cells, &self.style, layer.density(), self.events)?;
            afford(4, heat.size())?;
            let below = drawn.take().map(|(picture, _)| picture);
            drawn = Some((toned.paint(&heat, below), heat));
        }
        let (picture, heat) =
            drawn.ok_or_else(|| Error::new(ErrorKind::Internal, "there is no pass"))?;
        Ok(Drawing {
            picture,
            toned,
            heat,
        })
    }

    /// All groups in one picture, each in its colour.
    fn keyed(
        self,
        parted: &Parted,
        key: &ColorKey,
        outputs: &Outputs,
        extras: &Extras,
    ) -> Result<()> {
        let files = || outputs.files.iter().flat_map(Outlet::destinations);
        different(files().chain(extras.destinations()))?;
        not_read(files().chain(extras.destinations()), self.options)?;
        let sized = parted.groups.iter().map(Group::sized);
        let colored = key.colored(&sized.collect::<Result<Vec<_>>>()?);
        if !colored.others.is_empty() {
            let others = Odd::OtherGroups(&colored.others);
            self.events.event(Event::Odd(others));
        }
        if !colored.unused.is_empty() {
            let unused = Odd::UnusedColors(&colored.unused);
            self.events.event(Event::Odd(unused));
        }
        let labels = parted.groups.iter().map(|group| &*group.label);
        tell_missing(labels, self.events);
        let mut mix = Mix::new(self.view.size())?;
        let density = *self.style.top()?.density();
        for (number, (group, color)) in parted.groups.iter().zip(colored.colors).enumerate() {
            self.events.event(Event::Doing(Doing::Picture {
                number: number + 1,
                all: parted.groups.len(),
            }));
            let cells = self.cells(group)?;
            mix.add(&spread(&cells, &self.style, &density, self.events)?, color);
        }
        let style = self.style.keyed(colored.legend);
        let layer = style.top()?;
        let range = layer.scale().range(&mix.heat);
        tell_saturated([&range], self.events);
        let toned = layer.tone(range)?;
        if let Some(blank) = toned.blank() {
            self.events.event(Event::Odd(Odd::Blank(blank)));
        }
        afford(4, mix.heat.size())?;
        let mut picture = toned.paint(&mix.heat, None);
        mix.paint(&mut picture);
        extras.put(&style, std::slice::from_ref(&toned))?;
        let heats = mix.heat.extremes();
        let known = Known {
            about: about::of(self.options, &self.view, heats, &parted.report),
            view: self.view.clone(),
            shapes: parted.report.shapes,
        };
        let drawing = Drawing {
            picture,
            toned: vec![toned],
            heat: mix.heat,
        };
        self.events.event(Event::Doing(Doing::Writing));
        outputs.put(self.options, &style, drawing, &known, self.events)
    }

    /// One file, or several, for each group.
    fn pictures(&self, parted: &Parted, ranges: &[Range], extras: &Extras) -> Result<()> {
        let names = names(&parted.groups);
        let plans = names.iter().map(|name| Plan::new(name, self.options));
        let mut plans: Vec<Plan> = plans.collect();
        let outputs = plans.iter().map(|plan| Outputs::prove(&plan.options, None));
        let outputs: Vec<Outputs> = outputs.collect::<Result<_>>()?;
        let files = || {
            let files = outputs.iter().flat_map(|outputs| &outputs.files);
            files
                .flat_map(Outlet::destinations)
                .chain(extras.destinations())
        };
        different(files())?;
        not_read(files(), self.options)?;
        extras.put(&self.style, &self.tones(ranges)?)?;
        let all = parted.groups.len();
        for (number, (group, outputs)) in parted.groups.iter().zip(&outputs).enumerate() {
            self.events.event(Event::Doing(Doing::Picture {
                number: number + 1,
                all,
            }));
            let (drawing, options) = (self.drawing(group, ranges)?, &mut plans[number].options);
            let title = options.style.title.as_mut();
            let title = title.map(|title| title.replace(PLACEHOLDER, &group.label));
            options.style.title = title;
            let about = about::of(options, &self.view, drawing.heat.extremes(), &parted.report);
            let known = Known {
                about,
                view: self.view.clone(),
                shapes: 0,
            };
            outputs.put(options, &self.style, drawing, &known, self.events)?;
        }
        Ok(())
    }

    /// One file of all pictures, each with its label.
    fn sheet(
        &self,
        groups: &[Group],
        ranges: &[Range],
        columns: NonZeroU16,
        outputs: &Outputs,
        extras: &Extras,
    ) -> Result<()> {
        let files = || {
            outputs
                .files
                .iter()
                .flat_map(Outlet::destinations)
                .chain(extras.destinations())
        };
        different(files())?;
        not_read(files(), self.options)?;
        extras.put(&self.style, &self.tones(ranges)?)?;
        let formats: Vec<Format> = self
            .options
            .files
            .files
            .iter()
            .map(|(_, format)| *format)
            .collect();
        let finish = if formats.iter().all(|format| format.has_alpha()) {
            Finish::Picture
        } else {
            Finish::Opaque
        };
        let title = self.options.style.title.as_deref();
        let (own, common) = match title {
            Some(title) if title.contains(PLACEHOLDER) => (Some(title), None),
            common => (None, common),
        };
        tell_missing(groups.iter().map(|group| &*group.label), self.events);
        let cell = self.view.size();
        let sheet = Sheet::size(cell, groups.len(), columns)?;
        let strips = self
            .style
            .strips(sheet, cell, &self.tones(ranges)?, common)?;
        let whole = self.style.with_strips(sheet, &strips)?;
        self.fits(whole, groups.len())?;
        let mut sheet = Sheet::new(cell, groups.len(), columns, finish, self.options)?;
        for (number, group) in groups.iter().enumerate() {
            self.events.event(Event::Doing(Doing::Picture {
                number: number + 1,
                all: groups.len(),
            }));
            let Drawing { picture, .. } = self.drawing(group, ranges)?;
            let title = own.map(|title| title.replace(PLACEHOLDER, &group.label));
            let (title, label) = (title.as_deref(), &group.label);
            let picture = self.style.panel(picture, finish, title, label)?;
            sheet.put(number, &picture);
        }
        let sheet = self.style.stripped(sheet.raster, &strips)?;
        self.events.event(Event::Doing(Doing::Writing));
        for (target, format) in &self.options.files.files {
            Destination::prove(target)?.write(|writer| match format {
                Format::Png | Format::Png32 => {
                    let options = png::Options {
                        level: self.options.files.png_level,
                        ..png::Options::default()
                    };
                    png::write(&sheet, &options, writer)
                }
                _ => encode::write(&sheet, *format, writer),
            })?;
        }
        self.events.event(Event::Done(Done::Written(&sheet)));
        Ok(())
    }

    /// Makes sure that a sheet of so many pictures may be as large as it is to be.
    fn fits(&self, sheet: Size, pictures: usize) -> Result<()> {
        let most = self.options.frame.map.max_pixels;
        if sheet.pixels() as u64 > most {
            let fact = format!(
                "a sheet of {pictures} pictures, {sheet} pixels, is more than the {most} allowed"
            );
            let error = Error::new(ErrorKind::Limit, fact);
            return Err(error.remedy(Remedy::SmallerPictureOrMorePixels));
        }
        let mut files = self.options.files.files.iter();
        files.try_for_each(|(_, format)| format.holds(sheet))
    }
}

/// Pictures of one size side by side.
struct Sheet {
    raster: Raster,
    columns: usize,
    gap: usize,
    cell: Size,
}

impl Sheet {
    fn gap(cell: Size) -> usize {
        (cell.width().max(cell.height()) / 100).max(2)
    }

    /// How large a sheet of so many pictures is, so many in a row.
    fn size(cell: Size, pictures: usize, columns: NonZeroU16) -> Result<Size> {
        let (columns, gap) = (usize::from(columns.get()).min(pictures), Self::gap(cell));
        let side = |cells: usize, cell: usize| u32::try_from(cells * (cell + gap) - gap).ok();
        let size = side(columns, cell.width()).zip(side(pictures.div_ceil(columns), cell.height()));
        let size = size.and_then(|(width, height)| Size::new(width, height));
        size.ok_or_else(|| {
            let fact = format!("a sheet of {pictures} pictures of {cell} pixels is too large");
            Error::new(ErrorKind::Limit, fact).remedy(Remedy::SmallerPicture)
        })
    }

    fn new(
        cell: Size,
        pictures: usize,
        columns: NonZeroU16,
        finish: Finish,
        options: &super::Options,
    ) -> Result<Self> {
        let size = Self::size(cell, pictures, columns)?;
        let color = match (options.style.background.color, finish) {
            (Some(color), _) => color,
            (None, Finish::Opaque) => [255; 4],
            (None, _) => [0; 4],
        };
        let pixels = filled(color, size.pixels(), size)?;
        let raster = Raster::new(size, pixels);
        let raster =
            raster.ok_or_else(|| Error::new(ErrorKind::Internal, "a sheet has another size"))?;
        Ok(Self {
            raster,
            columns: usize::from(columns.get()).min(pictures),
            gap: Self::gap(cell),
            cell,
        })
    }

    fn put(&mut self, number: usize, picture: &Raster) {
        let (column, row) = (number % self.columns, number / self.columns);
        let (left, top) = (
            column * (self.cell.width() + self.gap),
            row * (self.cell.height() + self.gap),
        );
        let (width, stride) = (self.cell.width(), self.raster.size().width());
        let rows = picture.pixels().chunks_exact(width);
        for (y, pixels) in rows.enumerate() {
            let start = (top + y) * stride + left;
            self.raster.pixels_mut()[start..start + width].copy_from_slice(pixels);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;

    #[test]
    fn labels_become_names_that_every_system_has() {
        for (label, name) in [
            ("Trail Running", "Trail-Running"),
            ("../../etc/passwd", "etc-passwd"),
            ("LARCENY/THEFT", "LARCENY-THEFT"),
            ("Zürich 東京", "Zürich-東京"),
            ("a:b*c?", "a-b-c"),
            ("", "none"),
            ("...", "none"),
        ] {
            assert_eq!(safe(label), name, "{label}");
        }
        assert_eq!(safe(&"x".repeat(500)).len(), 50);
    }

    #[test]
    fn equal_names_are_numbered_whatever_their_capitals() {
        let group = |label: &str| Group {
            label: label.to_owned(),
            shapes: Buffered::Forgotten,
        };
        let groups = ["a", "A", "a-2", "b/", "b"].map(group);
        assert_eq!(names(&groups), ["a", "A-2", "a-2-2", "b", "b-2"]);
    }

    #[test]
    fn moments_have_their_places_in_the_calendar() {
        let parted = |by, zone| Options {
            by,
            zone,
            many: false,
            sheet: None,
            key: None,
        };
        // 29 February 2024, a Thursday, 23:30 UTC.
        let time = Time::from_milliseconds(1_709_249_400_000).unwrap();
        for (by, label) in [
            (By::Year, "2024"),
            (By::Month, "2024-02"),
            (By::Weekday, "thursday"),
            (By::Hour, "23"),
        ] {
            assert_eq!(
                of_time(&parted(by, TimeZone::UTC), time).unwrap().label,
                label
            );
        }
        let india = TimeZone::fixed(Offset::from_seconds(19_800).unwrap());
        let label = of_time(&parted(By::Hour, india), time).unwrap().label;
        assert_eq!(label, "05");
    }
}
