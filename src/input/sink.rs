//! Sink of the readers: shapes go on in batches, bad records are counted, the first are named.

use std::fmt;

use rayon::prelude::*;

use super::time::DateOrder;
use crate::error::{Error, Location, Result};
use crate::geo::{Crs, Shape};

/// How many shapes travel together: as many as stay in a processor's nearest cache.
const BATCH: usize = 512;
/// How many bad records are named; the others are only counted.
const NAMED: usize = 5;

/// Counts, messages and notes of a reading.
#[derive(Debug, Default)]
pub struct Report {
    /// Shapes read.
    pub shapes: u64,
    /// Records read, good and bad.
    pub records: u64,
    /// Records that gave no shape.
    pub skipped: u64,
    /// The first few of those, each with its place.
    pub named: Vec<Error>,
    /// Shapes whose time is known.
    pub timed: u64,
    /// Times that cannot be read; their shapes are used without them.
    pub bad_times: u64,
    /// The first few of those, each with its place.
    pub named_times: Vec<Error>,
    /// Files left out because they could not be read, where that is allowed.
    pub failed: Vec<Error>,
    /// What was not taken as it was found.
    pub oddities: Vec<Counted>,
    /// What a curious user may want to know, such as the columns that were used.
    pub notes: Vec<String>,
}

impl Report {
    /// Adds the report of what was read next.
    pub fn append(&mut self, next: Self) {
        self.shapes += next.shapes;
        self.records += next.records;
        self.skipped += next.skipped;
        self.timed += next.timed;
        self.bad_times += next.bad_times;
        extend(&mut self.named, next.named);
        extend(&mut self.named_times, next.named_times);
        self.failed.extend(next.failed);
        next.oddities.into_iter().for_each(|more| self.count(more));
        self.notes.extend(next.notes);
    }
}

impl Report {
    /// Counts something odd.
    pub(super) fn count(&mut self, more: Counted) {
        let known = self
            .oddities
            .iter_mut()
            .find(|known| known.oddity == more.oddity);
        match known {
            Some(known) => known.count += more.count,
            None => self.oddities.push(more),
        }
    }
}

/// Something that was not taken as it was found, and may surprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Members of folders and archives that no reader is known for.
    OtherFiles,
    /// Dates whose day and month could each be the other.
    DayOrMonth,
    /// Weights that are there and cannot be read; their points weigh 1.
    UnreadWeights,
}

/// How often something odd was met, and where first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What it is.
    pub oddity: Oddity,
    /// How often.
    pub count: u64,
    /// The first one.
    pub first: Location,
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            oddity,
            count,
            first,
        } = self;
        let (one, many) = match oddity {
            Oddity::OtherFiles => (
                "file of another kind was left out",
                "files of other kinds were left out",
            ),
            Oddity::DayOrMonth => (
                "date was read with the month before the day, which nothing in the file tells",
                "dates were read with the month before the day, which nothing in the file tells",
            ),
            Oddity::UnreadWeights => (
                "weight could not be read and counts as 1",
                "weights could not be read and count as 1",
            ),
        };
        if *count == 1 {
            write!(f, "1 {one}: {first}")
        } else {
            write!(f, "{count} {many}, the first of them {first}")
        }
    }
}

/// Goes on with the names of bad records while they are few.
fn extend(named: &mut Vec<Error>, next: Vec<Error>) {
    named.extend(next.into_iter().take(NAMED.saturating_sub(named.len())));
}

/// How files are read, whatever their format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// The first bad record is fatal.
    pub strict: bool,
    /// Shapes get their times, where the file has some.
    pub times: bool,
    /// Shapes are delivered in the order of the file.
    pub in_order: bool,
    /// The coordinate system of the numbers in files that do not say another.
    pub crs: Crs,
    /// What comes first in dates with slashes.
    pub date_order: DateOrder,
}

/// Takes shapes in batches, from any thread.
pub type Deliver<'a> = &'a (dyn Fn(&[Shape]) + Sync);

/// Collects the shapes of a file in batches, and counts its bad records.
pub struct Sink<'a> {
    file: String,
    manner: Manner,
    batch: Vec<Shape>,
    deliver: Deliver<'a>,
    report: &'a mut Report,
}

impl<'a> Sink<'a> {
    /// A sink for one file.
    pub fn new(file: &str, manner: Manner, deliver: Deliver<'a>, report: &'a mut Report) -> Self {
        Self {
            file: file.to_owned(),
            manner,
            batch: Vec::new(),
            deliver,
            report,
        }
    }

    /// Hands pieces of the file to many threads, each with a sink of its own. Reports are in the
    /// order of the pieces, and so is the error, if there is one. Where the shapes must be in order
    /// too, one piece follows the other.
    ///
    /// # Errors
    /// The first error in the order of the pieces.
    pub(super) fn side_by_side<P: Sync>(
        &mut self,
        pieces: &[P],
        read: impl Fn(&P, &mut Sink) -> Result<()> + Sync,
    ) -> Result<()> {
        if self.manner.in_order {
            return pieces.iter().try_for_each(|piece| read(piece, self));
        }
        let (file, manner, deliver) = (&self.file, self.manner, self.deliver);
        let parts = pieces.par_iter().map(|piece| {
            let mut report = Report::default();
            let result = read(piece, &mut Sink::new(file, manner, deliver, &mut report));
            (result, report)
        });
        for (result, report) in parts.collect::<Vec<_>>() {
            self.report.append(report);
            result?;
        }
        Ok(())
    }

    /// The name of the file that is read, for messages.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How the file is to be read.
    #[must_use]
    pub fn manner(&self) -> Manner {
        self.manner
    }

    /// Settles what comes first in the dates of this file.
    pub(super) fn settle(&mut self, order: DateOrder) {
        self.manner.date_order = order;
    }

    /// Takes a good shape.
    pub fn shape(&mut self, shape: Shape) {
        self.report.shapes += 1;
        self.report.timed += u64::from(shape.time.is_some());
        self.batch.push(shape);
        if self.batch.len() == BATCH {
            self.flush();
        }
    }

    /// Counts a record that was looked at: a row, a track point, a shapefile record.
    pub fn record(&mut self) {
        self.report.records += 1;
    }

    /// Counts a record that cannot be used; `at` is its line or number.
    ///
    /// # Errors
    /// When the reading is strict: then the first such record ends it.
    pub fn skip(&mut self, at: u64, fact: impl fmt::Display) -> Result<()> {
        if self.manner.strict {
            return Err(self.error(Some(at), fact));
        }
        self.report.skipped += 1;
        if self.report.named.len() < NAMED {
            let error = self.error(Some(at), fact);
            self.report.named.push(error);
        }
        Ok(())
    }

    /// Counts a time that cannot be read, of a shape that is good without it; `at` is its line or
    /// number.
    ///
    /// # Errors
    /// When the reading is strict: then the first such time ends it.
    pub fn bad_time(&mut self, at: u64, fact: impl fmt::Display) -> Result<()> {
        if self.manner.strict {
            return Err(self.error(Some(at), fact));
        }
        self.report.bad_times += 1;
        if self.report.named_times.len() < NAMED {
            let error = self.error(Some(at), fact);
            self.report.named_times.push(error);
        }
        Ok(())
    }

    /// Counts something odd about a record that is used; `at` is its line or number.
    ///
    /// # Errors
    /// When the reading is strict: then the first such record ends it.
    pub(super) fn odd(&mut self, oddity: Oddity, at: u64, fact: impl fmt::Display) -> Result<()> {
        if self.manner.strict {
            return Err(self.error(Some(at), fact));
        }
        let first = Location::at(&self.file, at);
        self.report.count(Counted {
            oddity,
            count: 1,
            first,
        });
        Ok(())
    }

    /// An error about the whole file, or about one place in it.
    #[must_use]
    pub fn error(&self, at: Option<u64>, fact: impl fmt::Display) -> Error {
        Error::input(
            Location {
                file: self.file.clone(),
                at,
            },
            fact,
        )
    }

    /// Leaves a note for a curious user.
    pub fn note(&mut self, note: impl fmt::Display) {
        self.report.notes.push(format!("{}: {note}", self.file));
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            (self.deliver)(&self.batch);
            self.batch.clear();
        }
    }
}

impl Drop for Sink<'_> {
    /// What was good before an error still counts.
    fn drop(&mut self) {
        self.flush();
    }
}
