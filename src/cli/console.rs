//! What the program says: answers on standard output; on standard error warnings, a log with `-v`,
//! and how far long work has come.
//!
//! The only place that prints.

use std::borrow::Cow;
use std::fmt::{Display, LowerExp};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use heatmap::error::{Error, Location, Result};
use heatmap::geo::{Bounds, Crs, Time, View};
use heatmap::product::{
    Blank, Doing, Done, Event, Events, Odd, OddImage, OddTiles, Target, ZoomLimit,
};
use heatmap::serve::{Interest, Log, News, Record};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use serde_json::json;

use crate::advice::{Advised, way_out};
use crate::feedback::{Summary, plural, so_far};

/// Work that is done sooner than this needs no progress.
const A_MOMENT: Duration = Duration::from_millis(500);

/// Numbers from here on have more digits than anybody reads.
const TOO_LONG: f64 = 1e16;
/// Time between two looks of the spinner.
const A_TURN: Duration = Duration::from_millis(100);

/// Standard error.
pub struct Console {
    quiet: bool,
    verbose: bool,
    start: Instant,
    bar: ProgressBar,
    shown: AtomicBool,
    /// A file to read that may be the one to write.
    unasked_picture: Option<String>,
    /// The kind of work that is being done, and since when.
    work: Mutex<Option<(&'static str, Instant)>>,
    summary: Mutex<Summary>,
}

impl Console {
    /// Nothing but errors when `quiet`, a log when `verbose`. A picture among the files to read may
    /// have been meant to be written.
    pub fn new(quiet: bool, verbose: bool, unasked_picture: Option<&str>) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        Self {
            quiet,
            verbose,
            start: Instant::now(),
            bar,
            shown: AtomicBool::new(quiet),
            unasked_picture: unasked_picture.map(str::to_owned),
            work: Mutex::default(),
            summary: Mutex::default(),
        }
    }

    /// Something is not as the user may think.
    pub fn warn(&self, text: impl Display) {
        if !self.quiet {
            let text = text.to_string();
            self.bar
                .suspend(|| painted(YELLOW, "heatmap: warning:", &text));
        }
    }

    /// What runs that were killed had left, and is gone.
    pub fn swept(&self, files: &[PathBuf]) {
        let Some((first, others)) = files.split_first() else {
            return;
        };
        let more = match others.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.tell(format_args!(
            "removed {}{more}, left unfinished by a run that was killed",
            first.display()
        ));
    }

    /// What the user may need to know, though all is well.
    fn tell(&self, text: impl Display) {
        if !self.quiet {
            self.line(&format!("heatmap: {text}"));
        }
    }

    /// What was asked for.
    pub fn answer(&self, text: impl Display) {
        self.line(&text.to_string());
    }

    /// What was made, on a terminal: files, of which data, in which time.
    pub fn made<'a>(&self, files: impl Iterator<Item = &'a Target>) {
        if !self.quiet && io::stderr().is_terminal() {
            self.clear();
            let time = self.start.elapsed();
            if let Ok(summary) = self.summary.lock() {
                self.line(&summary.line(files, time));
            }
        }
    }

    /// For the curious.
    fn log(&self, text: impl Display) {
        if self.verbose {
            self.line(&format!(
                "{:8.3} s  {text}",
                self.start.elapsed().as_secs_f64()
            ));
        }
    }

    /// What is being done, once it takes longer than a moment. Shown on a terminal only.
    fn progress(&self, doing: impl Display) {
        if !self.shown.load(Ordering::Relaxed) && self.start.elapsed() > A_MOMENT {
            // indicatif itself stays hidden where standard error is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.turn();
            self.shown.store(true, Ordering::Relaxed);
        }
        self.bar
            .set_message(visible(&doing.to_string()).into_owned());
    }

    /// Keeps the spinner turning; indicatif's own thread for that panics where there is none.
    fn turn(&self) {
        let bar = self.bar.clone();
        let turning = thread::Builder::new().spawn(move || {
            while !bar.is_finished() {
                bar.tick();
                thread::sleep(A_TURN);
            }
        });
        // Without it the spinner turns when there is something new to say.
        drop(turning);
    }

    /// What was being done is done; the line that said so is gone from the terminal.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Events for Console {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Doing(doing) => self.doing(doing),
            Event::Done(done) => self.done(done),
            Event::Odd(Odd::Met(counted)) => {
                let unasked = self.unasked_picture.as_deref();
                match way_out(counted, unasked) {
                    Some(way_out) => self.warn(format_args!("{counted}; {way_out}")),
                    None => self.warn(counted),
                }
            }
            Event::Odd(odd) => self.warn(in_words(odd)),
        }
    }
}

impl Log for Console {
    fn interest(&self) -> Interest {
        match (self.verbose, self.quiet) {
            (true, _) => Interest::All,
            (false, true) => Interest::Nothing,
            (false, false) => Interest::Failures,
        }
    }

    fn news(&self, news: &News) {
        match news {
            News::Listening(address) => {
                self.tell(format_args!("listening on http://{address}/"));
            }
            News::Measuring(address) => {
                self.tell(format_args!("metrics on http://{address}/metrics"));
            }
            News::Ready {
                epoch,
                shapes,
                time,
            } => {
                self.clear();
                let (shapes, seconds) = (HumanCount(*shapes), time.as_secs_f64());
                self.tell(format_args!(
                    "serving {shapes} points and pieces of tracks, read in {seconds:.1} s, as {epoch}"
                ));
            }
            News::Request(record) => self.line(&logged(record)),
            News::Reused(path) => {
                self.clear();
                self.tell(format_args!("the data are those of {}", path.display()));
            }
            News::Indexed(path, why) => {
                self.clear();
                self.tell(format_args!("{} was written: {why}", path.display()));
            }
            News::Unwritten(error) => {
                self.clear();
                self.warn(format_args!(
                    "there is no index, for it cannot be written: {error}"
                ));
            }
            News::Unkept => {
                self.clear();
                self.warn(
                    "the table has more rows than fit --memory, so wide views of it are refused, and tiles need max=",
                );
            }
            News::Kept(error) => {
                self.clear();
                self.warn(format_args!(
                    "the old data go on, for the new ones cannot be read: {error}"
                ));
            }
            News::Lost(count) => self.warn(format_args!("{count} requests are not in the log")),
            News::Stopped => self.tell("stopped"),
        }
    }
}

/// A request as a line of JSON, in which nothing is left of what a terminal may act on.
fn logged(record: &Record) -> String {
    let Record {
        method,
        target,
        status,
        bytes,
        time,
    } = record;
    let time = (time.as_secs_f64() * 1e6).round() / 1e3;
    let record = json!({
        "time": format!("{:.3}", Timestamp::now()),
        "method": method,
        "target": target,
        "status": status,
        "bytes": bytes,
        "ms": time,
    });
    ascii(&record.to_string())
}

/// JSON with escapes for all that is not plain ASCII.
fn ascii(json: &str) -> String {
    let letter = |letter: char| -> String {
        if letter == ' ' || letter.is_ascii_graphic() {
            return letter.into();
        }
        let mut units = [0; 2];
        let units = letter.encode_utf16(&mut units).iter();
        units.map(|unit| format!("\\u{unit:04x}")).collect()
    };
    json.chars().map(letter).collect()
}

impl Console {
    fn doing(&self, doing: Doing<'_>) {
        let so_far = share(doing).map(|(work, share)| so_far(share, self.since(work)));
        let so_far = so_far.unwrap_or_default();
        match doing {
            Doing::Reading { file, shapes, .. } => self.progress(format_args!(
                "reading {file}: {} points so far{so_far}",
                HumanCount(shapes)
            )),
            Doing::Loading(path) => self.progress(format_args!("loading {}", path.display())),
            Doing::Saving => self.progress("saving"),
            Doing::Tiles { map, done, all } => {
                self.progress(format_args!(
                    "map from {map}: {done} of {all} tiles{so_far}"
                ));
            }
            Doing::Rendering => self.progress("rendering"),
            Doing::Writing => self.progress("writing"),
            Doing::Showing => self.clear(),
            Doing::Ranging => self.progress("looking for the range of all pictures"),
            Doing::Picture { number, all } => {
                self.progress(format_args!("picture {number} of {all}{so_far}"));
            }
            Doing::Tiling {
                zoom,
                draws,
                done,
                all,
            } => {
                let what = if draws { "tiles" } else { "heat" };
                let share = 100 * done / all.max(1);
                self.progress(format_args!("{what} of zoom {zoom}: {share} %{so_far}"));
            }
            Doing::Frame { number, all } => {
                self.progress(format_args!("frame {number} of {all}{so_far}"));
            }
        }
    }

    /// For how long work of one kind has been done.
    fn since(&self, kind: &'static str) -> Duration {
        let Ok(mut work) = self.work.lock() else {
            return Duration::ZERO;
        };
        match *work {
            Some((known, since)) if known == kind => since.elapsed(),
            _ => {
                *work = Some((kind, Instant::now()));
                Duration::ZERO
            }
        }
    }

    fn done(&self, done: Done<'_>) {
        if let Ok(mut summary) = self.summary.lock() {
            summary.note(done);
        }
        match done {
            Done::Note(note) => self.log(note),
            Done::Read(report) => self.log(format_args!(
                "{} shapes read from {} records",
                report.shapes, report.records
            )),
            Done::Rereading => self.log("more data than --memory holds: reading it again"),
            Done::Smoothed(pixels) => {
                self.log(format_args!(
                    "radius: {pixels} pixels, by how dense the data are"
                ));
            }
            Done::Framed(view) => self.framed(view),
            Done::Loaded(path) => self.log(format_args!("{}: loaded", path.display())),
            Done::Map {
                name,
                tiles,
                zoom,
                attribution,
            } => {
                self.log(format_args!(
                    "map: {tiles} tiles of zoom {zoom} from {name}"
                ));
                let nobody = "none; --attribution says in the picture whom the map belongs to";
                self.log(format_args!(
                    "attribution: {}",
                    attribution.unwrap_or(nobody)
                ));
            }
            Done::Heated(grid) if grid.support().is_some() => {
                let (least, most) = grid.extremes().unwrap_or_default();
                let (least, most) = (significant(least), significant(most));
                self.log(format_args!("values: from {least} to {most}"));
            }
            Done::Heated(grid) => {
                let maximum = fixed(grid.maximum().into());
                self.log(format_args!("maximum density: {maximum}"));
            }
            Done::Scaled(tone) => {
                let (how, (low, high)) = (tone.how().name(), tone.span());
                let (low, high) = (plain(low), plain(high));
                self.log(format_args!("scale of colours: {how} from {low} to {high}"));
            }
            Done::Parted(groups) => self.log(format_args!("{groups} pictures")),
            Done::Written(picture) => {
                self.log(format_args!("picture written: {} pixels", picture.size()));
            }
            Done::Timed(timing) => self.log(format_args!(
                "{} frames, {} a second",
                timing.frames,
                timing.rate.per_second()
            )),
            Done::Zoom { zoom, tiles, bytes } => {
                self.log(format_args!("zoom {zoom}: {tiles} tiles, {bytes} bytes"));
            }
            Done::Pyramid {
                zooms: (least, largest),
                limit,
                tiles,
                name,
            } => self.tell(format_args!(
                "{name}: {} tiles of zooms {least} to {largest}{}",
                HumanCount(tiles),
                limit.map(deepest).unwrap_or_default()
            )),
            Done::Kept(folder) => {
                self.tell(format_args!("the frames are in {}", folder.display()));
            }
        }
    }

    fn framed(&self, view: &View) {
        let (units, pixels, size) = (view.units_per_pixel(), view.scale().0, view.size());
        self.log(format_args!("extent: {}", view.shown()));
        if view.crs().is_plane() {
            self.log(format_args!(
                "scale: {} units/pixel ({} pixels/unit); {size} pixels",
                plain(units),
                plain(pixels)
            ));
        } else {
            let unit = if view.crs().is_separable() {
                "degree"
            } else {
                "unit"
            };
            self.log(format_args!(
                "scale: {} metres/pixel ({} pixels/{unit}); {size} pixels",
                fixed(units),
                fixed(pixels)
            ));
        }
        if let Crs::Projected(system) = view.crs() {
            self.log(format_args!("projection: {system}"));
        }
    }
}

/// A kind of work, and how much of it is done, from 0 to 1, where that is known.
fn share(doing: Doing<'_>) -> Option<(&'static str, f64)> {
    match doing {
        Doing::Reading { share, .. } => share.map(|share| ("reading", share)),
        Doing::Tiles { done, all, .. } if all > 0 => Some(("tiles", done as f64 / all as f64)),
        Doing::Picture { number, all } if all > 0 => {
            Some(("pictures", number.saturating_sub(1) as f64 / all as f64))
        }
        Doing::Tiling {
            draws, done, all, ..
        } if all > 0 => {
            let kind = if draws { "tiling" } else { "heating" };
            Some((kind, done as f64 / all as f64))
        }
        Doing::Frame { number, all } if all > 0 => {
            let done = f64::from(number.saturating_sub(1));
            Some(("frames", done / f64::from(all)))
        }
        _ => None,
    }
}

/// Why no larger zoom was chosen.
fn deepest(limit: ZoomLimit) -> &'static str {
    match limit {
        ZoomLimit::Places => ", where nearly all places have a pixel of their own",
        ZoomLimit::Largest => "; --max-zoom goes on",
        ZoomLimit::Tiles => ", for one more would make more than a million; --max-zoom goes on",
    }
}

/// A number with six decimals, unless it has more digits than anybody reads.
fn fixed(number: f64) -> String {
    if number.abs() < TOO_LONG {
        format!("{number:.6}")
    } else {
        format!("{number:e}")
    }
}

/// A number in full, unless it has more digits than anybody reads.
fn plain<N: Copy + Display + LowerExp + Into<f64>>(number: N) -> String {
    let size = number.into().abs();
    if size < TOO_LONG && (size == 0.0 || size > 1.0 / TOO_LONG) {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

/// A value in the six digits that sums of 32 bits leave of it.
fn significant(value: f32) -> String {
    let digits = format!("{value:.5e}");
    digits.parse().map_or(digits, plain::<f64>)
}

/// How a background image does not go with the picture.
fn of_image(odd: OddImage<'_>) -> String {
    match odd {
        OddImage::Sized(size) => format!(
            "the background image gives the picture its size, {size}; width and height are not used"
        ),
        OddImage::Moved => {
            "the background image says where it lies, and -s, -z or -e frame the picture otherwise: the image is drawn there all the same".to_owned()
        }
        OddImage::Projected => {
            "the background image lies in another projection than -P says, and decides; a .prj beside it says which it is".to_owned()
        }
        OddImage::Fitted(None) => {
            "nothing says where the background image lies: the data are fitted to it; --bbox or a world file beside it says so".to_owned()
        }
        OddImage::Fitted(Some(error)) => {
            format!("the data are fitted to the background image: {}", Advised(error))
        }
    }
}

/// What is odd about tiles.
fn of_tiles(odd: OddTiles<'_>) -> String {
    match odd {
        OddTiles::Thin { radius, zoom } => format!(
            "a radius of {radius} is less than a pixel up to zoom {zoom}: it is one pixel wherever it is less"
        ),
        OddTiles::Missing(first, last) => {
            format!("none of the parts has tiles of zooms {first} to {last}: maps are blank there")
        }
        OddTiles::Coarse(zoom) => format!(
            "the cells were counted on pixels of zoom {zoom}: deeper tiles show these, and no more"
        ),
        OddTiles::NotEmbedded(page) => format!(
            "the tiles are too many to be in {0}: choose them there, or serve both by a web server that answers requests for ranges",
            page.display()
        ),
    }
}

/// A warning.
fn in_words(odd: Odd<'_>) -> String {
    match odd {
        Odd::Gradient(warning) => warning.to_owned(),
        Odd::Image(odd) => of_image(odd),
        Odd::Crowded {
            others,
            shapes,
            bounds,
        } => format!(
            "all but {others} of {shapes} shapes lie in less than a hundredth of the frame; --bbox={} shows them",
            boxed(&bounds)
        ),
        Odd::Zoomed { wanted, taken } => {
            let change = if taken < wanted { "enlarged" } else { "shrunk" };
            format!("the map has no tiles of zoom {wanted}: those of zoom {taken} are {change}")
        }
        Odd::MissingTiles { missing, all } => {
            format!("{missing} of {all} tiles of the map are missing: their places are empty")
        }
        Odd::Letters(letters) => format!(
            "no font here has '{letters}': boxes stand for them; --font FILE names one that has"
        ),
        Odd::Times(first, last) => format!(
            "times go from {} to {}: clocks that were not set say such things",
            day(first),
            day(last)
        ),
        Odd::ManyFrames(frames) => {
            format!("{frames} frames take a while; --frequency makes fewer of them")
        }
        Odd::FramedByFile => {
            let options = "-W, -H, -s, -z, -e and -R";
            format!(
                "the file of -L or --like brings the frame of the picture: {options} are not used"
            )
        }
        Odd::Met(counted) => counted.to_string(),
        Odd::LeftOut(error) => format!("left out: {}", Advised(error)),
        Odd::Record(error) | Odd::Time(error) => Advised(error).to_string(),
        Odd::Skipped { skipped, records } => {
            format!("{skipped} of {records} records were skipped")
        }
        Odd::BadTimes(count) => format!("{count} time{} could not be read", plural(count)),
        Odd::Untimed { untimed, shapes } => {
            format!("{untimed} of {shapes} shapes have no time: they are left out")
        }
        Odd::Narrow(path) => format!(
            "{} was saved for a smaller radius: near the edges, heat from beyond them is missing",
            path.display()
        ),
        Odd::Changed { first, then } => format!(
            "the data changed while they were read: {first} shapes first, and {then} when they were drawn"
        ),
        Odd::Rounded(share) => format!(
            "more different weights than --memory holds: they are rounded by up to {:.3} %",
            100.0 * share
        ),
        Odd::OtherGroups(names) => format!(
            "{} more are gray, which --color-key does not name: {}",
            names.len(),
            some(names)
        ),
        Odd::UnusedColors(names) => format!("nothing is of {}, which --color-key names", some(names)),
        Odd::NoRegion(level) => format!("nothing is as hot as the level {level}: there is no region of it"),
        Odd::OneSided { first } => one_sided(first).to_owned(),
        Odd::CutAway => {
            "the polygons of --clip and --clip-out leave nothing of the picture".to_owned()
        }
        Odd::Blank(blank) => why_blank(blank),
        Odd::Negative { negative, shapes } => format!(
            "{negative} of {shapes} weights are negative, and what is colder than nothing is blank; --scheme rdbu shows both sides"
        ),
        Odd::Uncounted => "more than 4,294,967,295 points lie on one pixel, and those are all that is counted; give them fewer, with more weight".to_owned(),
        Odd::Saturated => "weights add up to more than 3.4e38, which is as hot as it gets; divide them by something first".to_owned(),
        Odd::Faint(share) => format!(
            "{:.0} % of the heated pixels have less than 1 % of the most heat and are hardly seen; --how log shows them",
            (100.0 * share).floor()
        ),
        Odd::Dim { maximum, end } => format!(
            "the most heat, {maximum}, is less than 1 % of the way up the scale, which ends at {end}: next to nothing is seen"
        ),
        Odd::NoTracks(by) => format!(
            "there are no tracks in the picture, so that --track-weight {} changes nothing",
            by.name()
        ),
        Odd::Tiles(odd) => of_tiles(odd),
        Odd::Covered => "nothing is seen of the heat: the map of --overlay-base covers all of it; what lies there is for labels and roads on nothing".to_owned(),
        Odd::Unlabelled => "a GeoTIFF lies on maps, and is written without the title and the legend".to_owned(),
        Odd::NoCount { decay, most } => format!(
            "with a decay of {decay} heat is no count: it never is more than {most:.0} times that of one; -d 1 adds up"
        ),
    }
}

/// Why a comparison is none.
fn one_sided(is_first: bool) -> &'static str {
    if is_first {
        "nothing of the data lies in the picture: it shows what they are compared with"
    } else {
        "nothing that the data are compared with lies in the picture: it shows them alone"
    }
}

/// The first of some names.
fn some(names: &[String]) -> String {
    const MOST: usize = 5;
    let shown: Vec<String> = names
        .iter()
        .take(MOST)
        .map(|name| format!("'{name}'"))
        .collect();
    let more = if names.len() > MOST { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// A day in UTC.
fn day(time: Time) -> String {
    let moment = Timestamp::from_millisecond(time.milliseconds());
    let day = moment.map(|moment| moment.strftime("%Y-%m-%d").to_string());
    day.unwrap_or_else(|_| "another age".to_owned())
}

/// As --bbox takes it, with the digits that matter.
fn boxed(bounds: &Bounds) -> String {
    let Bounds {
        south,
        west,
        north,
        east,
    } = *bounds;
    let side = (east - west).min(north - south).max(1e-9);
    let digits = (2.0 - side.log10().floor()).clamp(0.0, 9.0) as usize;
    let sides = [west, south, east, north].map(|side| format!("{side:.digits$}"));
    sides.join(",")
}

/// Why there is nothing to be seen.
fn why_blank(blank: Blank) -> String {
    match blank {
        Blank::Nowhere { data: None, .. } => "no heat lies in the picture: it is blank".to_owned(),
        Blank::Nowhere {
            data: Some(data),
            on_earth,
        } => {
            let [a, b] = data.corners();
            // A single place is no box.
            let room = if on_earth { 0.01 } else { 1.0 };
            let (west, south, east, north) =
                (a.x() - room, a.y() - room, b.x() + room, b.y() + room);
            // What is no box of the earth would be refused.
            let within = |side: f64, place: f64, end: f64| {
                let is_beyond = on_earth && side.abs() > end && place.abs() <= end;
                if is_beyond { end.copysign(side) } else { side }
            };
            let (west, east) = (within(west, a.x(), 180.0), within(east, b.x(), 180.0));
            let (south, north) = (within(south, a.y(), 90.0), within(north, b.y(), 90.0));
            format!(
                "no heat lies in the picture: it is blank; the data lie in --bbox={west:.2},{south:.2},{east:.2},{north:.2}"
            )
        }
        Blank::Weightless => "all heat comes to nothing: the picture is blank".to_owned(),
        Blank::Cold => {
            "all heat is colder than nothing: the picture is blank; --scheme rdbu shows it"
                .to_owned()
        }
        Blank::Below { threshold, maximum } => format!(
            "the most heat, {maximum}, is below --threshold {threshold}: the picture is blank"
        ),
    }
}

/// The last words of a run that failed.
pub fn error(error: &Error) {
    painted(RED, "heatmap:", &Advised(error).to_string());
}

/// What was asked for, on standard output. A pipe that was closed before is nothing to complain of.
pub fn answer(print: impl FnOnce() -> io::Result<()>) -> Result<()> {
    match print().and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::output(
            Location::file(Path::new("-")),
            format_args!("cannot be written: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Text with everything escaped by which it could do more than be read: control characters, of
/// which only ends of lines and tabs are meant, and the marks that turn the direction of writing
/// (<https://trojansource.codes>).
pub fn visible(text: &str) -> Cow<'_, str> {
    let acts = |letter: char| match letter {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        letter => letter.is_control(),
    };
    if !text.contains(acts) {
        return text.into();
    }
    let mut visible = String::new();
    for letter in text.chars() {
        if acts(letter) {
            visible.extend(letter.escape_unicode());
        } else {
            visible.push(letter);
        }
    }
    visible.into()
}

/// Nobody may be listening any more, which is no reason to stop.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", visible(text));
}

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";

/// The same, with the first words in a colour where standard error wants some
/// (<https://no-color.org>).
fn painted(color: &str, first: &str, text: &str) {
    let is_said = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let is_plain =
        is_said("NO_COLOR").is_some() || is_said("TERM").is_none_or(|term| term == "dumb");
    if is_plain || !io::stderr().is_terminal() {
        return say(&format!("{first} {text}"));
    }
    let _ = writeln!(io::stderr(), "{color}{first}\u{1b}[0m {}", visible(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_anybody_reads() {
        for (number, text) in [
            (0.1, "0.1"),
            (1e300, "1e300"),
            (2e-300, "2e-300"),
            (0.0, "0"),
        ] {
            assert_eq!(plain(number), text);
        }
        assert_eq!(plain(f32::MAX), "3.4028235e38");
        assert_eq!(fixed(1e300), "1e300");
        assert_eq!(fixed(0.5), "0.500000");
        assert_eq!(significant(60.000_004), "60");
        assert_eq!(significant(-123.456_78), "-123.457");
    }

    #[test]
    fn one_time_is_one() {
        assert_eq!(in_words(Odd::BadTimes(1)), "1 time could not be read");
        assert_eq!(in_words(Odd::BadTimes(2)), "2 times could not be read");
    }

    #[test]
    fn what_would_act_on_the_terminal_is_escaped_and_the_rest_is_as_it_was() {
        for (text, escaped) in [
            ("a\n\tb é 東", "a\n\tb é 東"),
            ("\u{1b}[31mRED", "\\u{1b}[31mRED"),
            ("a\r\u{7f}\u{9b}1m", "a\\u{d}\\u{7f}\\u{9b}1m"),
            ("-.\u{202e}.4.5x", "-.\\u{202e}.4.5x"),
            ("\u{2067}\u{200f}", "\\u{2067}\\u{200f}"),
        ] {
            assert_eq!(visible(text), escaped);
        }
    }
}
