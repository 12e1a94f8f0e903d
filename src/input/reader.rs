//! Input format: how to know it and how to read it. A format is a value of [`Reader`], and its row
//! in the table of formats is the line that names this value.

use std::fmt;

use super::opened::{Head, Opened};
use super::{Options, Sink};
use crate::error::Result;

/// An input format: how to know it and how to read it.
pub struct Reader {
    /// Its name, as the user may give it.
    pub name: &'static str,
    /// Its name in sentences.
    pub title: &'static str,
    /// Extensions in small letters that stand for it.
    pub extensions: &'static [&'static str],
    /// Extensions of files that belong to one of these, and are no data of their own.
    pub companions: &'static [&'static str],
    /// Whether first bytes are those of such a file.
    pub detect: fn(&Head) -> bool,
    /// Whether nothing else begins like that, so that they win over an extension.
    pub certain: bool,
    /// Which places it can hold.
    pub places: Places,
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, or is not what it should be, or at the first bad record if
    /// the sink is strict.
    pub read: fn(Opened<'_>, &Options, &mut Sink) -> Result<()>,
}

/// The places that a format can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// Any numbers: degrees, or x and y of a plane.
    Any,
    /// Degrees of latitude and longitude.
    DegreesOnly,
}

impl PartialEq for Reader {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
