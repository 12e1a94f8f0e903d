//! Timeline of an animation: binned shapes by frame, gathered in any order and given back frame by
//! frame, in bounded memory.

use std::io;
use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, Mutex, PoisonError};

use super::binner::{Binned, Binner};
use super::external_sort::{ExternalSort, SortedRows};
use super::segment::Segment;
use super::weighted::WeightedCell;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::Pixels;
use crate::geo::Shape;

/// Recorder of binned shapes, each with its frame.
pub struct Journal {
    binner: Arc<Binner>,
    inner: Mutex<Inner>,
}

struct Inner {
    /// First and last frame.
    frames: Option<(i64, i64)>,
    /// Frame, cell, weight and count.
    points: ExternalSort<3>,
    /// Frame, track and weight, and the ends.
    segments: ExternalSort<6>,
    failed: Option<io::Error>,
}

impl Journal {
    /// An empty journal with room for so many bytes; what is more goes to a temporary file.
    #[must_use]
    pub fn new(binner: Arc<Binner>, memory: u64) -> Self {
        let inner = Inner {
            frames: None,
            points: ExternalSort::new(memory / 2, counted),
            segments: ExternalSort::new(memory / 2, |_, _| false),
            failed: None,
        };
        Self {
            binner,
            inner: Mutex::new(inner),
        }
    }

    /// Adds shapes to a frame. Many threads may do so at once, in any order.
    pub fn add(&self, frame: i64, shapes: &[Shape]) {
        let binned = self.binner.binned(shapes);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // Frames in which nothing is seen are frames too.
        inner.frames = Some(
            inner
                .frames
                .map_or((frame, frame), |(a, b)| (a.min(frame), b.max(frame))),
        );
        let added = inner.add(biased(frame), &binned);
        inner.failed = inner.failed.take().or(added.err());
    }

    /// The finished timeline; `None` when there is no frame.
    ///
    /// # Errors
    /// When the temporary file could not be written.
    pub fn finish(self) -> Result<Option<Timeline>> {
        let inner = self
            .inner
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let Some((first, last)) = inner.frames else {
            return Ok(None);
        };
        let sorted = || {
            inner.failed.map_or(Ok(()), Err)?;
            Ok((inner.points.finish()?, inner.segments.finish()?))
        };
        let (points, segments) = sorted().map_err(|error: io::Error| failed(&error))?;
        Ok(Some(Timeline {
            binner: self.binner,
            frames: first..=last,
            points,
            segments,
        }))
    }
}

impl Inner {
    fn add(&mut self, frame: u64, binned: &Binned) -> io::Result<()> {
        let ones = binned.ones.iter().map(|&cell| WeightedCell {
            cell,
            weight: 1.0,
            count: 1,
        });
        let weighted = ones.chain(binned.weighted.iter().copied());
        let row = |cell: WeightedCell| {
            let weight = u64::from(cell.weight.to_bits());
            [
                frame,
                cell.cell as u64,
                weight << 32 | u64::from(cell.count),
            ]
        };
        self.points.extend(weighted.map(row))?;
        let row = |segment: &Segment| {
            let Segment {
                from,
                to,
                weight,
                track,
            } = *segment;
            let ends = [from.x, from.y, to.x, to.y].map(f64::to_bits);
            [
                frame,
                u64::from(track) << 32 | u64::from(weight.to_bits()),
                ends[0],
                ends[1],
                ends[2],
                ends[3],
            ]
        };
        self.segments.extend(binned.segments.iter().map(row))
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

/// Binned shapes in the order of their frames.
pub struct Timeline {
    binner: Arc<Binner>,
    frames: RangeInclusive<i64>,
    points: SortedRows<3>,
    segments: SortedRows<6>,
}

impl Timeline {
    /// First and last frame.
    #[must_use]
    pub fn frames(&self) -> RangeInclusive<i64> {
        self.frames.clone()
    }

    /// Binner of the picture.
    #[must_use]
    pub fn binner(&self) -> &Arc<Binner> {
        &self.binner
    }

    /// Gives the binned shapes of some frames, a part of a frame at a time.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn replay(&mut self, frames: Range<i64>, mut give: impl FnMut(i64, Binned)) -> Result<()> {
        let (from, to) = (biased(frames.start), biased(frames.end));
        let points = self.points.between(from, to, |rows| {
            for rows in rows.chunk_by(|a, b| a[0] == b[0]) {
                let weighted = rows.iter().map(|row| WeightedCell {
                    cell: row[1] as usize,
                    weight: f32::from_bits((row[2] >> 32) as u32),
                    count: row[2] as u32,
                });
                give(
                    unbiased(rows[0][0]),
                    Binned {
                        weighted: weighted.collect(),
                        ..Binned::default()
                    },
                );
            }
        });
        let segments = points.and_then(|()| {
            self.segments.between(from, to, |rows| {
                for rows in rows.chunk_by(|a, b| a[0] == b[0]) {
                    let segments = rows.iter().map(segment);
                    give(
                        unbiased(rows[0][0]),
                        Binned {
                            segments: segments.collect(),
                            ..Binned::default()
                        },
                    );
                }
            })
        });
        segments.map_err(|error| failed(&error))
    }
}

fn segment(row: &[u64; 6]) -> Segment {
    let end = |at: usize| Pixels {
        x: f64::from_bits(row[at]),
        y: f64::from_bits(row[at + 1]),
    };
    Segment {
        from: end(2),
        to: end(4),
        weight: f32::from_bits(row[1] as u32),
        track: (row[1] >> 32) as u32,
    }
}

/// A number without sign that orders like a frame.
fn biased(frame: i64) -> u64 {
    (frame ^ i64::MIN) as u64
}

fn unbiased(frame: u64) -> i64 {
    frame as i64 ^ i64::MIN
}

fn failed(error: &io::Error) -> Error {
    Error::new(
        ErrorKind::Output,
        format!("the temporary file for frames beyond the memory allowed failed: {error}"),
    )
    .remedy(Remedy::MoreRoomForFrames)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::HeatOptions;
    use crate::geo::{Coord, Crs, TrackId, View};
    use crate::raster::Size;

    #[test]
    fn frames_come_back_in_their_order_with_what_was_put_into_them() {
        let size = Size::new(40, 30).unwrap();
        let view = View::new(Crs::Wgs84, (1.0, 1.0), (0.0, 0.0), size).unwrap();
        let at = |x: f64, y: f64| Coord::lat_lon(-y, x).unwrap();
        let track = |name: &[u8]| Some(TrackId::of(name));
        let (point, line) = (
            Shape::point(at(5.5, 6.5)),
            Shape::segment(at(1.25, 2.5), at(3.75, 4.5)),
        );
        let frames = [
            (3, vec![line.of_track(track(b"one")).weighing(-0.3)]),
            (-2, vec![point, point.weighing(2.5), point, line]),
            (0, vec![]),
            (3, vec![point, line.of_track(track(b"two"))]),
            (5, vec![Shape::point(at(200.0 - 360.0, 80.0))]),
        ];
        // With room for all of it, and for two rows alone.
        for memory in [1 << 20, 0] {
            let binner = Arc::new(Binner::new(&view, &HeatOptions::default()).unwrap());
            let journal = Journal::new(binner.clone(), memory);
            for (frame, shapes) in &frames {
                journal.add(*frame, shapes);
            }
            let mut timeline = journal.finish().unwrap().unwrap();
            assert_eq!(timeline.frames(), -2..=5);
            let mut replayed = |frames: Range<i64>| {
                let (mut points, mut segments) = (Vec::new(), Vec::new());
                timeline
                    .replay(frames, |frame, binned| {
                        let cells = binned.weighted.iter();
                        points.extend(cells.map(|cell| (frame, *cell)));
                        let pieces = binned.segments.iter();
                        segments.extend(pieces.map(|segment| (frame, *segment)));
                    })
                    .unwrap();
                segments.sort_by_key(|(frame, segment)| (*frame, segment.track));
                (points, segments)
            };
            let cell = |weight, count| WeightedCell {
                cell: (6 + 4) * 48 + 5 + 4,
                weight,
                count,
            };
            let segment = |weight, track| Segment {
                from: Pixels { x: 1.25, y: 2.5 },
                to: Pixels { x: 3.75, y: 4.5 },
                weight,
                track,
            };
            let (points, segments) = replayed(-2..6);
            assert_eq!(
                points,
                [(-2, cell(1.0, 2)), (-2, cell(2.5, 1)), (3, cell(1.0, 1))]
            );
            let pieces = [
                (-2, segment(1.0, 0)),
                (3, segment(-0.3, 1)),
                (3, segment(1.0, 2)),
            ];
            assert_eq!(segments, pieces);
            let (points, segments) = replayed(-1..4);
            assert_eq!(
                (&points[..], &segments[..]),
                (&[(3, cell(1.0, 1))][..], &pieces[1..])
            );
            assert_eq!(replayed(-1..3), (vec![], vec![]));
            assert_eq!(binner.tracks().len(), 2);
        }
    }
}
