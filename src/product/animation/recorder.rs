//! Shapes in, each with the frame it belongs to.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Animation, Pace};
use crate::density::{Binner, Journal};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::Shape;

/// Takes shapes, and then is an animation.
pub struct Recorder {
    pace: Pace,
    journal: Journal,
    /// Shapes so far.
    count: AtomicU64,
    untimed: AtomicU64,
}

impl Recorder {
    /// For the pictures of a binner. Frames that have no room in so many bytes of memory go to a
    /// temporary file.
    #[must_use]
    pub fn new(binner: Arc<Binner>, pace: Pace, memory: u64) -> Self {
        let journal = Journal::new(binner, memory);
        Self {
            pace,
            journal,
            count: AtomicU64::new(0),
            untimed: AtomicU64::new(0),
        }
    }

    /// Takes some shapes: from one thread, in order, if the pace is a number of them, and else from
    /// any.
    pub fn add(&self, shapes: &[Shape]) {
        match self.pace {
            Pace::Count { every, .. } => self.add_in_order(shapes, every),
            Pace::Time(span) => {
                for some in shapes.chunk_by(|a, b| a.time == b.time) {
                    match some[0].time {
                        Some(time) => self.journal.add(span.frame(time), some),
                        None => drop(
                            self.untimed
                                .fetch_add(Shape::number(some), Ordering::Relaxed),
                        ),
                    }
                }
            }
        }
    }

    fn add_in_order(&self, shapes: &[Shape], every: u64) {
        for some in shapes.chunk_by(|a, b| a.count == b.count) {
            if some[0].count == NonZeroU32::MIN {
                self.add_each(some, every);
            } else {
                for shape in some {
                    self.add_many(*shape, every);
                }
            }
        }
    }

    /// Adds shapes that stand for themselves alone.
    fn add_each(&self, mut shapes: &[Shape], every: u64) {
        while !shapes.is_empty() {
            let count = self.count.load(Ordering::Relaxed);
            let room = usize::try_from(every - count % every)
                .unwrap_or(usize::MAX)
                .min(shapes.len());
            let (some, rest) = shapes.split_at(room);
            self.journal.add((count / every) as i64, some);
            self.count.store(count + room as u64, Ordering::Relaxed);
            shapes = rest;
        }
    }

    /// Adds a shape that stands for many, which may be of several frames.
    fn add_many(&self, shape: Shape, every: u64) {
        let mut left = shape.count.get();
        while left > 0 {
            let count = self.count.load(Ordering::Relaxed);
            let room = every - count % every;
            let some = u32::try_from(room).unwrap_or(u32::MAX).min(left);
            let many = NonZeroU32::new(some).map(|some| shape.times(some));
            self.journal.add((count / every) as i64, many.as_slice());
            self.count.store(count + u64::from(some), Ordering::Relaxed);
            left -= some;
        }
    }

    /// Shapes that were left out because nobody knows when they were.
    #[must_use]
    pub fn untimed(&self) -> u64 {
        self.untimed.load(Ordering::Relaxed)
    }

    /// The animation of all that was taken, perhaps without the frames in which nothing happens.
    ///
    /// # Errors
    /// When it has no frame or too many of them, or when the temporary file failed.
    pub fn finish(self, skip_idle: bool) -> Result<Animation> {
        let (pace, count) = (self.pace, self.count.into_inner());
        let none = || Error::new(ErrorKind::Input, "there is no frame to show");
        let timeline = self.journal.finish()?.ok_or_else(|| match pace {
            Pace::Count { .. } => none(),
            Pace::Time(_) => none().remedy(Remedy::TimesForFrames),
        })?;
        let recorded = timeline.frames();
        let end = match pace {
            Pace::Count { every, straggler } => {
                let (whole, left) = ((count / every) as i64, count % every);
                if left > 0 && left >= straggler {
                    whole + 1
                } else {
                    whole
                }
            }
            Pace::Time(_) => recorded.end().saturating_add(1),
        };
        if end <= *recorded.start() {
            let fact = format!("all {count} inputs together are fewer than a frame has");
            return Err(Error::new(ErrorKind::Input, fact).remedy(Remedy::FewerShapesAFrame));
        }
        Animation::new(timeline, pace, *recorded.start()..end, skip_idle)
    }
}
