//! Products: which pictures are made, from which heat, in which order, and where they go.
//!
//! Every product is made of two halves: heat, which sees the data ([`gather`]), and a [`Style`]'s
//! pictures, which do not. A [`still()`] is both, once; a [`film()`] is the second half for every
//! frame. What happens meanwhile is told to a listener ([`Events`]).

pub mod animation;
mod crowd;
mod destination;
mod display;
mod events;
pub mod extras;
pub mod framing;
pub mod gather;
pub mod inventory;
mod outermost;
pub mod outlet;
mod still;
pub mod style;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub use self::animation::film;
pub use self::destination::{Destination, Target, abandon};
pub use self::display::{Display, Facts, Open};
pub use self::events::{Blank, Doing, Done, Event, Events, Odd, Silent};
pub use self::gather::survey;
pub use self::still::still;
pub use self::style::{Pass, Style};

use crate::error::{Error, Result};

/// What is to be made of which data.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The data.
    pub data: gather::Options,
    /// What the picture shows of them.
    pub frame: framing::Options,
    /// What it looks like.
    pub style: style::Options,
    /// The files that are made of it.
    pub files: outlet::Options,
    /// The files that are made of its colours.
    pub extras: extras::Options,
    /// Where the heat is saved, before it is spread.
    pub save: Option<Target>,
    /// Files of saved heat, which is added.
    pub load: Vec<PathBuf>,
    /// Whether it is of interest what is known about the picture: if not, none is drawn that
    /// nobody sees.
    pub tell: bool,
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
