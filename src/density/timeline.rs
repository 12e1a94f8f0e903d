//! Marks by frame, for pictures that move: gathered in any order, given back frame by frame, in bounded memory.

use std::io;
use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, Mutex, PoisonError};

use super::heaps::Heap;
use super::ledger::{Ledger, Sorted};
use super::marks::{Marker, Marks};
use super::segment::Track;
use crate::error::{Error, Kind, Result};
use crate::map::Pixels;
use crate::shape::Shape;

/// Marks as they come, each in a frame.
pub struct Journal {
    marker: Arc<Marker>,
    inner: Mutex<Inner>,
}

struct Inner {
    /// The first frame and the last.
    frames: Option<(i64, i64)>,
    /// Frame, cell, weight and count.
    points: Ledger<3>,
    /// Frame, weight, and the ends.
    segments: Ledger<6>,
    failed: Option<io::Error>,
}

impl Journal {
    /// Nothing yet, and room for so many bytes; what is more goes to a temporary file.
    #[must_use]
    pub fn new(marker: Arc<Marker>, memory: u64) -> Self {
        let inner = Inner {
            frames: None,
            points: Ledger::new(memory / 2, counted),
            segments: Ledger::new(memory / 2, |_, _| false),
            failed: None,
        };
        Self { marker, inner: Mutex::new(inner) }
    }

    /// Adds shapes to a frame. Many threads may do so at once, in any order.
    pub fn add(&self, frame: i64, shapes: &[Shape]) {
        let marks = self.marker.marks(shapes);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // Frames in which nothing is seen are frames too.
        inner.frames = Some(inner.frames.map_or((frame, frame), |(a, b)| (a.min(frame), b.max(frame))));
        let added = inner.add(biased(frame), &marks);
        inner.failed = inner.failed.take().or(added.err());
    }

    /// All marks; `None` when there is no frame.
    ///
    /// # Errors
    /// When the temporary file could not be written.
    pub fn finish(self) -> Result<Option<Timeline>> {
        let inner = self.inner.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Some((first, last)) = inner.frames else { return Ok(None) };
        let sorted = || {
            inner.failed.map_or(Ok(()), Err)?;
            Ok((inner.points.finish()?, inner.segments.finish()?))
        };
        let (points, segments) = sorted().map_err(|error: io::Error| failed(&error))?;
        Ok(Some(Timeline { marker: self.marker, frames: first..=last, points, segments }))
    }
}

impl Inner {
    fn add(&mut self, frame: u64, marks: &Marks) -> io::Result<()> {
        let ones = marks.ones.iter().map(|&cell| Heap { cell, weight: 1.0, count: 1 });
        let heaps = ones.chain(marks.heaps.iter().copied());
        let row = |heap: Heap| {
            let weight = u64::from(heap.weight.to_bits());
            [frame, heap.cell as u64, weight << 32 | u64::from(heap.count)]
        };
        self.points.extend(heaps.map(row))?;
        let row = |track: &Track| {
            let ends = [track.from.x, track.from.y, track.to.x, track.to.y].map(f64::to_bits);
            [frame, track.weight.to_bits().into(), ends[0], ends[1], ends[2], ends[3]]
        };
        self.segments.extend(marks.tracks.iter().map(row))
    }
}

/// Points of one weight on one cell in one frame are one row.
fn counted(kept: &mut [u64; 3], next: &[u64; 3]) -> bool {
    let same = kept[..2] == next[..2] && kept[2] >> 32 == next[2] >> 32;
    if same {
        let count = (kept[2] as u32).saturating_add(next[2] as u32);
        kept[2] = kept[2] >> 32 << 32 | u64::from(count);
    }
    same
}

/// All marks, by frame.
pub struct Timeline {
    marker: Arc<Marker>,
    frames: RangeInclusive<i64>,
    points: Sorted<3>,
    segments: Sorted<6>,
}

impl Timeline {
    /// The first frame and the last.
    #[must_use]
    pub fn frames(&self) -> RangeInclusive<i64> {
        self.frames.clone()
    }

    /// What finds the pixels of shapes.
    #[must_use]
    pub fn marker(&self) -> &Arc<Marker> {
        &self.marker
    }

    /// Gives the marks of some frames, a part of a frame's at a time.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn replay(&mut self, frames: Range<i64>, mut give: impl FnMut(i64, Marks)) -> Result<()> {
        let (from, to) = (biased(frames.start), biased(frames.end));
        let points = self.points.between(from, to, |rows| {
            for rows in rows.chunk_by(|a, b| a[0] == b[0]) {
                let heaps = rows.iter().map(|row| Heap {
                    cell: row[1] as usize,
                    weight: f32::from_bits((row[2] >> 32) as u32),
                    count: row[2] as u32,
                });
                give(unbiased(rows[0][0]), Marks { heaps: heaps.collect(), ..Marks::default() });
            }
        });
        let segments = points.and_then(|()| {
            self.segments.between(from, to, |rows| {
                for rows in rows.chunk_by(|a, b| a[0] == b[0]) {
                    let tracks = rows.iter().map(track);
                    give(unbiased(rows[0][0]), Marks { tracks: tracks.collect(), ..Marks::default() });
                }
            })
        });
        segments.map_err(|error| failed(&error))
    }
}

fn track(row: &[u64; 6]) -> Track {
    let end = |at: usize| Pixels { x: f64::from_bits(row[at]), y: f64::from_bits(row[at + 1]) };
    Track { from: end(2), to: end(4), weight: f32::from_bits(row[1] as u32) }
}

/// A number without sign that orders like a frame.
fn biased(frame: i64) -> u64 {
    (frame ^ i64::MIN) as u64
}

fn unbiased(frame: u64) -> i64 {
    frame as i64 ^ i64::MIN
}

fn failed(error: &io::Error) -> Error {
    Error::new(Kind::Output, format!("the temporary file for frames beyond --memory failed: {error}"))
        .advice("raise --memory, or set TMPDIR to a folder with more room")
}
