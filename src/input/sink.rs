//! Where a reader puts what it finds: shapes go on in batches, bad records are counted.

use std::fmt;

use rayon::prelude::*;

use crate::error::{Error, Place, Result};
use crate::map::Degrees;
use crate::shape::Shape;

/// How many shapes travel together: as many as stay in a processor's nearest cache.
const BATCH: usize = 512;
/// How many bad records are named; the others are only counted.
const NAMED: usize = 5;

/// What reading came to.
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
    /// Files left out because they could not be read (`--keep-going`).
    pub failed: Vec<Error>,
    /// What a curious user may want to know, such as the columns that were used.
    pub notes: Vec<String>,
}

impl Report {
    /// Adds what reading went on to.
    pub fn append(&mut self, next: Self) {
        self.shapes += next.shapes;
        self.records += next.records;
        self.skipped += next.skipped;
        self.named.extend(next.named.into_iter().take(NAMED.saturating_sub(self.named.len())));
        self.failed.extend(next.failed);
        self.notes.extend(next.notes);
    }
}

/// Takes shapes in batches, from any thread.
pub type Deliver<'a> = &'a (dyn Fn(&[Shape]) + Sync);

/// The mouth of the pipeline, which every reader is given.
pub struct Sink<'a> {
    file: String,
    strict: bool,
    batch: Vec<Shape>,
    deliver: Deliver<'a>,
    report: &'a mut Report,
}

impl<'a> Sink<'a> {
    /// A sink for one file. `strict` makes the first bad record fatal.
    pub fn new(file: &str, strict: bool, deliver: Deliver<'a>, report: &'a mut Report) -> Self {
        Self { file: file.to_owned(), strict, batch: Vec::new(), deliver, report }
    }

    /// Hands pieces of the file to many threads, each with a sink of its own. Reports are in the order of the pieces, and
    /// so is the error, if there is one.
    ///
    /// # Errors
    /// The first error in the order of the pieces.
    pub(super) fn side_by_side<P: Sync>(
        &mut self,
        pieces: &[P],
        read: impl Fn(&P, &mut Sink) -> Result<()> + Sync,
    ) -> Result<()> {
        let (file, strict, deliver) = (&self.file, self.strict, self.deliver);
        let parts = pieces.par_iter().map(|piece| {
            let mut report = Report::default();
            let result = read(piece, &mut Sink::new(file, strict, deliver, &mut report));
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

    /// Takes a good shape.
    pub fn shape(&mut self, shape: Shape) {
        self.report.shapes += 1;
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
        if self.strict {
            return Err(self.error(Some(at), fact));
        }
        self.report.skipped += 1;
        if self.report.named.len() < NAMED {
            let error = self.error(Some(at), fact);
            self.report.named.push(error);
        }
        Ok(())
    }

    /// The place at a latitude and longitude, or `None` after [`skip`](Self::skip)ping the record.
    ///
    /// # Errors
    /// When they are no place and the reading is strict.
    pub fn place(&mut self, at: u64, lat: f64, lon: f64) -> Result<Option<Degrees>> {
        match Degrees::new(lat, lon) {
            Ok(place) => Ok(Some(place)),
            Err(fact) => self.skip(at, fact).map(|()| None),
        }
    }

    /// An error about the whole file, or about one place in it.
    #[must_use]
    pub fn error(&self, at: Option<u64>, fact: impl fmt::Display) -> Error {
        Error::input(Place { file: self.file.clone(), at }, fact)
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
