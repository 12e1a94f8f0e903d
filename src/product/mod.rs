//! Products: which pictures are made, from which heat, in which order, and where they go.
//!
//! Every product is made of two halves: heat, which sees the data ([`gather`]), and a [`Style`]'s
//! pictures, which do not. A [`still()`] is both, once; a [`film()`] is the second half for every
//! frame, and [`tiles()`] are both for every tile of every zoom. What happens meanwhile is told to
//! a listener ([`Events`]).

mod about;
pub mod animation;
mod bandwidth;
pub mod batch;
pub mod cells;
pub mod clip;
pub mod compare;
mod crowd;
mod destination;
mod display;
mod draft;
mod events;
pub mod extras;
pub mod framing;
pub mod gather;
pub mod inventory;
mod keyed;
mod outermost;
pub mod outlet;
mod still;
pub mod style;
pub mod tiles;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub use self::animation::film;
pub use self::batch::batch;
pub use self::destination::{Destination, Target, abandon, keep_secret, swept};
pub use self::display::{Display, Facts, Open};
pub use self::events::{
    Blank, Doing, Done, Event, Events, Odd, OddImage, OddTiles, Silent, ZoomLimit,
};
pub use self::gather::survey;
pub use self::keyed::ColorKey;
pub use self::still::still;
pub use self::style::{Pass, Style};
pub use self::tiles::tiles;

use crate::error::{Error, Result};
use crate::input::Source;

/// What is to be made of which data.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The data.
    pub data: gather::DataOptions,
    /// What the picture shows of them.
    pub frame: framing::FrameOptions,
    /// What it looks like.
    pub style: style::StyleOptions,
    /// The files that are made of it.
    pub files: outlet::FileOptions,
    /// The files that are made of its colours.
    pub extras: extras::ExtraOptions,
    /// Where the heat is saved, before it is spread.
    pub save: Option<Target>,
    /// Files of saved heat, which is added.
    pub load: Vec<PathBuf>,
    /// What the heat is compared with; nothing.
    pub compare: Option<compare::CompareOptions>,
    /// Whether it is of interest what is known about the picture: if not, none is drawn that
    /// nobody sees.
    pub tell: bool,
}

impl Options {
    /// With the radius in pixels of all passes that go by the density of the data.
    fn with_radius(&self, pixels: f64) -> Self {
        Self {
            style: self.style.with_radius(pixels),
            ..self.clone()
        }
    }
}

/// What is read must not be written over.
fn not_read<'a>(
    destinations: impl Iterator<Item = &'a Destination>,
    options: &Options,
) -> Result<()> {
    let others = options.compare.iter().flat_map(|compared| &compared.others);
    let sources = options
        .data
        .sources
        .iter()
        .chain(others)
        .filter_map(|source| match source {
            Source::File(path) => Some(path),
            Source::Stdin | Source::Database(_) => None,
        });
    let images = [&options.frame.like, &options.style.background.image];
    let read = sources
        .chain(images.into_iter().flatten())
        .chain(options.style.clip.files())
        .chain(&options.load);
    let read: HashSet<PathBuf> = read.filter_map(|path| path.canonicalize().ok()).collect();
    let mut written = destinations.filter_map(Destination::file);
    let both = written.find(|path| path.canonicalize().is_ok_and(|path| read.contains(&path)));
    both.map_or(Ok(()), |file| {
        Err(Error::usage(format!(
            "{} is read, and would be written over",
            file.display()
        ))
        .advice("choose another name for what is written"))
    })
}

/// One of two files of a name would be lost.
fn different<'a>(destinations: impl Iterator<Item = &'a Destination>) -> Result<()> {
    let mut names = HashSet::new();
    let name = |destination: &'a Destination| match destination {
        Destination::Stdout => Some(Path::new("-")),
        Destination::File(path) => Some(path.as_path()),
        Destination::Device(_) => None,
    };
    let again = destinations
        .filter_map(name)
        .find(|name| !names.insert(*name));
    again.map_or(Ok(()), |file| {
        Err(
            Error::usage(format!("{} is to be written twice", file.display()))
                .advice("choose another name for one of both"),
        )
    })
}
