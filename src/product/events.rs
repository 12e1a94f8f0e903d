//! Events: what happens while a product is made, as facts for whoever wants to hear of them.
//!
//! The program's console turns them into lines and a bar of progress, a server's log into its
//! records. Nothing else is ever told to anybody.

use std::path::Path;

use crate::color::{Range, Tone};
use crate::density::{Cells, Grid};
use crate::encode::film::Timing;
use crate::error::{Error, Result};
use crate::geo::{Bounds, Extent, Radius, Time, TrackWeight, View};
use crate::input::{Counted, Report};
use crate::raster::{Raster, Size};

/// A listener. It hears of things from several threads at once.
pub trait Events: Sync {
    /// Something happens.
    fn event(&self, event: Event<'_>);
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Events for Silent {
    fn event(&self, _: Event<'_>) {}
}

/// Tells when the heat of one of some ranges is more than there are numbers for.
pub fn tell_saturated<'a>(ranges: impl IntoIterator<Item = &'a Range>, events: &dyn Events) {
    if ranges.into_iter().any(Range::is_saturated) {
        events.event(Event::Odd(Odd::Saturated));
    }
}

/// How a background image and the picture do not go together.
#[derive(Clone, Copy, Debug)]
pub enum OddImage<'a> {
    /// Width and height were given, and the image, which is of this size, decides.
    Sized(Size),
    /// Nothing says where it lies, or it does so in a way that is not known here: the data are
    /// fitted to it.
    Fitted(Option<&'a Error>),
    /// It says where it lies, and the picture is framed otherwise.
    Moved,
    /// It says where it lies, in another projection than is asked for, and decides.
    Projected,
}

/// What is odd about tiles.
#[derive(Clone, Copy, Debug)]
pub enum OddTiles<'a> {
    /// A radius on the ground is less than a pixel somewhere on tiles, and a pixel is taken.
    Thin {
        /// The radius.
        radius: Radius,
        /// The largest zoom at which that is so.
        zoom: u8,
    },
    /// An archive of them is too large for this page, which asks for it.
    NotEmbedded(&'a Path),
    /// Archives that are joined have none of the zooms from the first to the second.
    Missing(u8, u8),
    /// Cells were counted on the pixels of a zoom, and tiles are to be deeper.
    Coarse(u8),
}

/// Tells by how much weights are rounded, if they are.
///
/// # Errors
/// When it is by more than anybody would call rounding.
pub(super) fn tell_rounding(cells: &Cells, events: &dyn Events) -> Result<()> {
    cells.check_rounding()?;
    if cells.rounding() > 0.0 {
        events.event(Event::Odd(Odd::Rounded(cells.rounding())));
    }
    Ok(())
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// What is being done; it may take a while.
    Doing(Doing<'a>),
    /// What was found or done, for the curious.
    Done(Done<'a>),
    /// What is not as one may think: the picture shows it.
    Odd(Odd<'a>),
}

/// Work that may take a while.
#[derive(Clone, Copy, Debug)]
pub enum Doing<'a> {
    /// Data are read.
    Reading {
        /// The file that was opened last.
        file: &'a str,
        /// Points and segments so far, of all files.
        shapes: u64,
        /// How much of all files has been read, from 0 to 1, where it is known.
        share: Option<f64>,
    },
    /// Saved heat is read.
    Loading(&'a Path),
    /// Heat is saved.
    Saving,
    /// Tiles of a map are fetched.
    Tiles {
        /// The server or file that they are from.
        map: &'a str,
        /// How many there are so far.
        done: usize,
        /// How many there will be.
        all: usize,
    },
    /// Heat is spread.
    Rendering,
    /// Files are written.
    Writing,
    /// The picture is about to be shown on a [`Display`](super::Display).
    Showing,
    /// All frames of an animation are heated once, to find what their colours have to span.
    Ranging,
    /// A picture of a batch is drawn.
    Picture {
        /// Counted from 1.
        number: usize,
        /// How many there are.
        all: usize,
    },
    /// Tiles of a zoom are heated, to find what their colours have to span, or drawn.
    Tiling {
        /// The zoom.
        zoom: u8,
        /// Whether they are drawn.
        draws: bool,
        /// How many squares of tiles are done.
        done: usize,
        /// How many there are.
        all: usize,
    },
    /// A frame is drawn.
    Frame {
        /// Counted from 1.
        number: u32,
        /// How many there are.
        all: u32,
    },
}

/// What was found or done.
#[derive(Clone, Copy, Debug)]
pub enum Done<'a> {
    /// How a file was understood, such as which columns were taken.
    Note(&'a str),
    /// All data were read.
    Read(&'a Report),
    /// The data did not fit into memory, and are read again.
    Rereading,
    /// The radius in pixels that goes by the density of the data.
    Smoothed(f64),
    /// It is known what the picture shows.
    Framed(&'a View),
    /// Saved heat was added.
    Loaded(&'a Path),
    /// The map under the picture.
    Map {
        /// The server or file that it is from.
        name: &'a str,
        /// How many tiles it takes.
        tiles: usize,
        /// Their zoom.
        zoom: u8,
        /// Whom it belongs to, if the picture says so.
        attribution: Option<&'a str>,
    },
    /// The heat of a pass.
    Heated(&'a Grid),
    /// The scale of its colours.
    Scaled(&'a Tone),
    /// The data are of so many groups, each with a picture of its own.
    Parted(usize),
    /// The picture was written.
    Written(&'a Raster),
    /// All tiles of a zoom were drawn.
    Zoom {
        /// The zoom.
        zoom: u8,
        /// How many have anything to be seen.
        tiles: u64,
        /// How many bytes they have.
        bytes: u64,
    },
    /// A pyramid of tiles was written.
    Pyramid {
        /// The least and the largest zoom.
        zooms: (u8, u8),
        /// What chose the largest.
        limit: Option<ZoomLimit>,
        /// How many tiles there are.
        tiles: u64,
        /// Where they are.
        name: &'a str,
    },
    /// How the frames of an animation follow one another.
    Timed(&'a Timing),
    /// The frames of an animation were kept in a folder.
    Kept(&'a Path),
}

/// What ends a pyramid whose largest zoom nobody has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoomLimit {
    /// Nearly every place has a pixel of its own.
    Places,
    /// It is the largest that is taken unless it is asked for.
    Largest,
    /// The next one would make more than a million tiles.
    Tiles,
}

/// What is not as one may think.
#[derive(Clone, Copy, Debug)]
pub enum Odd<'a> {
    /// The colours are not quite those that were asked for, in words.
    Gradient(&'a str),
    /// The background image and the picture do not go together.
    Image(OddImage<'a>),
    /// Nearly all shapes lie in a small part of the frame, which others make so large.
    Crowded {
        /// How many lie elsewhere.
        others: u64,
        /// All.
        shapes: u64,
        /// Where nearly all lie.
        bounds: Bounds,
    },
    /// The map has no tiles of the zoom that suits the picture.
    Zoomed {
        /// That zoom.
        wanted: u8,
        /// The zoom whose tiles are scaled.
        taken: u8,
    },
    /// No font has these characters, which are boxes in the picture.
    Letters(&'a str),
    /// Times go from one to another, of which one is hardly meant: 1970, or the future.
    Times(Time, Time),
    /// So many frames, which one shape each or a few make.
    ManyFrames(u32),
    /// So many tiles of a map are missing.
    MissingTiles {
        /// Those that are.
        missing: usize,
        /// All.
        all: usize,
    },
    /// A frame was described, and a file decides.
    FramedByFile,
    /// A file could not be read, and was left out.
    LeftOut(&'a Error),
    /// Something odd was met in the data so often.
    Met(&'a Counted),
    /// A record could not be read; only the first few are told.
    Record(&'a Error),
    /// How many records could not be read.
    Skipped {
        /// Those that could not.
        skipped: u64,
        /// All.
        records: u64,
    },
    /// The time of a record could not be read; only the first few are told.
    Time(&'a Error),
    /// How many times could not be read.
    BadTimes(u64),
    /// Shapes without a time, of which an animation by time knows nothing.
    Untimed {
        /// Those that have none.
        untimed: u64,
        /// All.
        shapes: u64,
    },
    /// Heat was saved for a smaller radius than it is to have.
    Narrow(&'a Path),
    /// Data that were read twice, for want of memory, were not the same.
    Changed {
        /// How many shapes there were when the frame was found.
        first: u64,
        /// How many were drawn.
        then: u64,
    },
    /// Weights are off by up to this share of themselves, for want of memory.
    Rounded(f64),
    /// Groups for which there is no colour, so that they are gray.
    OtherGroups(&'a [String]),
    /// Names in a key of colours that no group has.
    UnusedColors(&'a [String]),
    /// Nothing is as hot as this level.
    NoRegion(&'a str),
    /// Of two sets that are compared, one has nothing in the picture.
    OneSided {
        /// Whether that is the first.
        first: bool,
    },
    /// No polygon of those outside of which nothing is seen lies in the picture, or one of those
    /// inside of which nothing is covers all of it.
    CutAway,
    /// Nothing is seen in the picture.
    Blank(Blank),
    /// Tiles are not what was asked for, or to be expected.
    Tiles(OddTiles<'a>),
    /// The map that lies over the heat cannot be seen through.
    Covered,
    /// A `GeoTIFF`, which lies on maps, is without the title and the legend.
    Unlabelled,
    /// Weights are negative, and the colours have none for what is colder than nothing.
    Negative {
        /// Those that are.
        negative: u64,
        /// All.
        shapes: u64,
    },
    /// More points of a weight lie on a pixel than are counted.
    Uncounted,
    /// Weights add up to more heat than there are numbers for, and it is as much as there are.
    Saturated,
    /// Heat in proportion to a few hot places leaves the others as good as invisible: this share of
    /// the heated pixels has less than a hundredth of the most heat.
    Faint(f64),
    /// All heat is at the very beginning of a scale, which ends far above it.
    Dim {
        /// The most heat there is.
        maximum: f32,
        /// Where the scale ends.
        end: f32,
    },
    /// Nothing in the picture is a track, whose heat would go by something of its own.
    NoTracks(TrackWeight),
    /// Numbers are shown as if they were counts, with a decay that makes them none.
    NoCount {
        /// The decay.
        decay: f64,
        /// The most that heat can be, in heats of one shape.
        most: f64,
    },
}

/// Why nothing is seen in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Blank {
    /// No heat lies in it.
    Nowhere {
        /// Where the data lie, if there are any and it is known.
        data: Option<Extent>,
        /// Whether they are in degrees.
        on_earth: bool,
    },
    /// All weights are zero, or come to that.
    Weightless,
    /// All heat is colder than nothing, and the colours have none for that.
    Cold,
    /// All heat is below the threshold.
    Below {
        /// The least heat that is painted.
        threshold: f32,
        /// The most there is.
        maximum: f32,
    },
}

/// Tells what was not taken as it was found, and which records are bad.
pub(super) fn tell_oddities(report: &Report, events: &dyn Events) {
    let odd = |odd| events.event(Event::Odd(odd));
    report
        .oddities
        .iter()
        .for_each(|counted| odd(Odd::Met(counted)));
    report
        .named
        .iter()
        .for_each(|error| odd(Odd::Record(error)));
    if report.skipped > 0 {
        let (skipped, records) = (report.skipped, report.records);
        odd(Odd::Skipped { skipped, records });
    }
}
