//! What can go wrong, as facts: where it happened, what was found there and what to do next.
//!
//! An [`Error`] holds the facts in fields; its `Display` puts them in the one order that every
//! message of the program has: `place: fact`, and the advice on a line of its own. Nothing here
//! prints.

use std::fmt;
use std::path::Path;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Which part of the world an [`Error`] is about; the program's exit code follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The program itself is wrong.
    Internal,
    /// What was asked for makes no sense.
    Usage,
    /// A file that is read: missing, broken, or not what it claims to be.
    Input,
    /// A file that is written.
    Output,
    /// What was asked for is larger than the limits in force.
    Limit,
    /// A server that does not give what it was asked for.
    Network,
    /// Another program that is missing or fails: ffmpeg.
    Program,
}

impl ErrorKind {
    /// The exit code of a run that ends with an error of this kind.
    ///
    /// 130 and 143 are those of shells for programs that a signal ended.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Output => 4,
            Self::Network => 5,
            Self::Program => 6,
            Self::Limit => 7,
        }
    }
}

/// Where in a file, or on the web, something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file as the user named it; `-` is standard input. Or an address on the web.
    pub file: String,
    /// The line (of text) or the record (of a binary file) in it, counted from 1.
    pub at: Option<u64>,
}

impl Location {
    /// A whole file.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self {
            file: path.display().to_string(),
            at: None,
        }
    }

    /// A line or a record of a file.
    #[must_use]
    pub fn at(file: &str, at: u64) -> Self {
        Self {
            file: file.to_owned(),
            at: Some(at),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.at.map_or(Ok(()), |at| write!(f, ":{at}"))
    }
}

/// An error: place, fact, next move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What it is about.
    pub kind: ErrorKind,
    /// Where it was found, if it was in a file.
    pub place: Option<Location>,
    /// What was found.
    pub fact: String,
    /// What the user can do about it.
    pub advice: Option<String>,
}

impl Error {
    /// An error of any kind, without a place.
    pub fn new(kind: ErrorKind, fact: impl fmt::Display) -> Self {
        Self {
            kind,
            place: None,
            fact: fact.to_string(),
            advice: None,
        }
    }

    /// What was asked for makes no sense.
    pub fn usage(fact: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Usage, fact)
    }

    /// Something in a file that is read.
    pub fn input(place: Location, fact: impl fmt::Display) -> Self {
        Self {
            place: Some(place),
            ..Self::new(ErrorKind::Input, fact)
        }
    }

    /// Something about a file that is written.
    pub fn output(place: Location, fact: impl fmt::Display) -> Self {
        Self {
            place: Some(place),
            ..Self::new(ErrorKind::Output, fact)
        }
    }

    /// Something that an address on the web does not give.
    pub fn network(address: impl fmt::Display, fact: impl fmt::Display) -> Self {
        let place = Location {
            file: address.to_string(),
            at: None,
        };
        Self {
            place: Some(place),
            ..Self::new(ErrorKind::Network, fact)
        }
    }

    /// The same error with a next move.
    #[must_use]
    pub fn advice(self, advice: impl fmt::Display) -> Self {
        Self {
            advice: Some(advice.to_string()),
            ..self
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.fact)?;
        self.advice
            .as_ref()
            .map_or(Ok(()), |advice| write!(f, "\n  {advice}"))
    }
}

impl std::error::Error for Error {}

/// A number as messages show it: in full, unless it has more digits than anybody reads.
pub(crate) fn short(number: f64) -> String {
    if number.is_finite() && number.abs() >= 1e16 {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_messages_are_short() {
        for (number, text) in [
            (91.0, "91"),
            (-1.5e12, "-1500000000000"),
            (1e308, "1e308"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(short(number), text);
        }
    }
}
