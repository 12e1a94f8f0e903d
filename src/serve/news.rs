//! News: what a service tells whoever keeps its log, as facts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;

/// Something to be logged.
#[derive(Clone, Debug)]
pub enum News {
    /// Connections are accepted here; answers come when the data have been read.
    Listening(SocketAddr),
    /// Metrics are told here.
    Measuring(SocketAddr),
    /// The data have been read.
    Ready {
        /// What distinguishes them from others.
        epoch: String,
        /// Points and pieces of tracks.
        shapes: u64,
        /// How long it took.
        time: Duration,
    },
    /// The data are those of an index, which was theirs still.
    Reused(PathBuf),
    /// An index was written anew, for this reason.
    Indexed(PathBuf, &'static str),
    /// A live table has too many rows to be kept, so that wide views of it are refused.
    Unkept,
    /// An index cannot be written, for this reason; the data are served without.
    Unwritten(Error),
    /// Data were to be read again and cannot be, for this reason; the old ones go on.
    Kept(Error),
    /// A request was answered.
    Request(Record),
    /// So many records were lost, because nobody took them fast enough.
    Lost(u64),
    /// The service has ended what it began.
    Stopped,
}

/// A request and its answer. What a client wrote is in it as it was written.
#[derive(Clone, Debug)]
pub struct Record {
    /// The method, as it was written.
    pub method: String,
    /// The path with the query, as it was written.
    pub target: String,
    /// The status.
    pub status: u16,
    /// Bytes of the body, if there is one.
    pub bytes: u64,
    /// From the end of the request's head to the beginning of the answer.
    pub time: Duration,
}

/// Which requests a log is told of: telling one costs about as much as answering it does, if the
/// answer is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// None.
    Nothing,
    /// Those that the service failed at, and not for having too much to do.
    Failures,
    /// Every one.
    All,
}

impl Interest {
    /// Whether a request with such an answer is one of them.
    #[must_use]
    pub fn has(self, status: u16) -> bool {
        match self {
            Self::Nothing => false,
            Self::Failures => status >= 500 && status != 503,
            Self::All => true,
        }
    }
}

/// A keeper of a log. It hears of things from one thread at a time.
pub trait Log: Sync {
    /// Which requests it wants to be told of.
    fn interest(&self) -> Interest;

    /// Something happened.
    fn news(&self, news: &News);
}
