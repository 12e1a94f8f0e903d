//! Pictures that move: heat frame by frame.
//!
//! Shapes are recorded with their frames, in any order or, where frames are so many of them, in
//! that of the input. Then the frames are heated one after the other, and a [`film()`] draws them.

mod film;
mod recorder;
mod span;

pub use self::film::{Options, film};
pub use self::recorder::Recorder;
pub use self::span::Span;

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::ops::Range as Frames;
use std::sync::Arc;

use crate::color::{Range, Scale};
use crate::density;
use crate::density::{Grid, IncrementalHeat, Timeline};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::Time;
use crate::geo::View;

/// The most frames of an animation: an hour at 25 frames a second.
const MOST: i64 = 90_000;
/// Heat that has been halved so often is not seen any more.
const HALVINGS: f64 = 24.0;

/// What makes a new frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// So many shapes.
    Count {
        /// Shapes in a frame; at least 1.
        every: u64,
        /// How many there must be left at the end for a last frame.
        straggler: u64,
    },
    /// So much time.
    Time(Span),
}

/// What becomes of the heat of earlier frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Trail {
    /// It stays.
    #[default]
    All,
    /// It stays for so many frames, this one included; at least 1.
    Window(i64),
    /// It is halved after so many frames; positive.
    HalfLife(f64),
}

/// Takes the number of a frame, counted from 0, and its heat for each pass.
pub type Show<'a, E> = dyn FnMut(u32, &[&Grid]) -> Result<(), E> + 'a;

/// All that is needed to make the frames of an animation.
pub struct Animation {
    timeline: Timeline,
    pace: Pace,
    frames: Frames<i64>,
    /// Those that are shown, in order, unless all are.
    busy: Option<Arc<[i64]>>,
    rounding: f64,
}

impl Animation {
    /// All frames, or those alone in which something happens.
    fn new(timeline: Timeline, pace: Pace, frames: Frames<i64>, skip_idle: bool) -> Result<Self> {
        let mut all = Self {
            timeline,
            pace,
            frames,
            busy: None,
            rounding: 0.0,
        };
        if skip_idle {
            all.skip_idle()?;
        }
        let count = all.count();
        if count <= MOST {
            return Ok(all);
        }
        let (each, remedy) = match pace {
            Pace::Count { every, .. } => (format!("{every} inputs each"), Remedy::MoreShapesAFrame),
            Pace::Time(span) if skip_idle => (format!("{span} each"), Remedy::LongerFrames),
            Pace::Time(span) => (format!("{span} each"), Remedy::LongerOrBusyFrames),
        };
        let fact = if skip_idle {
            format!("something happens in more than the {MOST} frames of {each} that there may be")
        } else {
            format!("{count} frames of {each} are more than the {MOST} that an animation may have")
        };
        Err(Error::new(ErrorKind::Limit, fact).remedy(remedy))
    }

    /// How many frames it has; at least 1.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.count() as u32
    }

    fn count(&self) -> i64 {
        match &self.busy {
            Some(busy) => busy.len() as i64,
            None => self.frames.end.saturating_sub(self.frames.start),
        }
    }

    /// Leaves out all frames in which nothing happens. Of more than there may be the others do not
    /// matter.
    fn skip_idle(&mut self) -> Result<()> {
        let mut busy = BTreeSet::from([self.frames.start]);
        self.timeline.replay(self.frames.clone(), |frame, _| {
            if busy.len() as i64 <= MOST {
                busy.insert(frame);
            }
        })?;
        self.busy = Some(busy.into_iter().collect());
        Ok(())
    }

    /// The numbers of all frames that are shown.
    fn shown(&self) -> Vec<i64> {
        match &self.busy {
            Some(busy) => busy.to_vec(),
            None => self.frames.clone().collect(),
        }
    }

    /// The frame of all its pictures.
    #[must_use]
    pub fn view(&self) -> &View {
        self.timeline.binner().view()
    }

    /// By what share of itself a weight was off in any frame so far, because there were more
    /// different ones than memory for them.
    #[must_use]
    pub fn rounding(&self) -> f64 {
        self.rounding
    }

    /// When its frames are.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock {
            pace: self.pace,
            first: self.frames.start,
            busy: self.busy.clone(),
        }
    }

    /// The ranges of all frames together, one for each pass with its scale.
    ///
    /// # Errors
    /// When there is not enough memory, or a temporary file fails.
    pub fn ranges(
        &mut self,
        passes: &[density::HeatOptions],
        trail: Trail,
        scales: &[&Scale],
    ) -> Result<Vec<Range>> {
        if trail == Trail::All {
            return Ok(ranges_of(&self.whole(passes)?, scales));
        }
        let mut ranges: Option<Vec<Range>> = None;
        self.play::<Error>(passes, trail, &mut |_, heats| {
            let these = ranges_of(heats, scales);
            ranges = Some(match ranges.take() {
                Some(all) => all.into_iter().zip(these).map(|(a, b)| a.join(b)).collect(),
                None => these,
            });
            Ok(())
        })?;
        ranges.ok_or_else(|| Error::new(ErrorKind::Internal, "an animation without frames"))
    }

    /// The heat of all frames at once, for each pass over the data.
    ///
    /// # Errors
    /// When there is not enough memory, or a temporary file fails.
    pub fn whole(&mut self, passes: &[density::HeatOptions]) -> Result<Vec<Grid>> {
        let mut moving = IncrementalHeat::new(self.timeline.binner(), passes)?;
        self.timeline
            .replay(self.frames.clone(), |_, binned| moving.add(binned))?;
        let (heats, rounding) = moving.into_grids()?;
        self.rounding = self.rounding.max(rounding);
        Ok(heats)
    }

    /// Gives the heat of every frame, in order, for each pass over the data. Only what changes from
    /// one frame to the next is heated again.
    ///
    /// # Errors
    /// When there is not enough memory, a temporary file fails, or `show` does.
    pub fn play<E: From<Error>>(
        &mut self,
        passes: &[density::HeatOptions],
        trail: Trail,
        show: &mut Show<'_, E>,
    ) -> Result<(), E> {
        let mut moving = IncrementalHeat::new(self.timeline.binner(), passes)?;
        let mut reference = self.frames.start;
        let mut next = self.frames.start;
        for (frame, number) in self.shown().into_iter().zip(0..) {
            if frame > next && matches!(trail, Trail::Window(_)) {
                // What went away in the frames between is not known.
                moving.mark_all();
            }
            next = frame + 1;
            let heats = match trail {
                Trail::All => {
                    self.timeline
                        .replay(frame..frame + 1, |_, binned| moving.add(binned))?;
                    moving.grids()?
                }
                Trail::Window(length) => {
                    self.pass(frame, length, &mut moving)?;
                    moving.grids()?
                }
                Trail::HalfLife(frames) => self.fade(frame, frames, &mut reference, &mut moving)?,
            };
            show(number, &heats)?;
        }
        self.rounding = self.rounding.max(moving.rounding());
        Ok(())
    }

    /// Heats with the last few frames alone.
    fn pass(&mut self, frame: i64, length: i64, moving: &mut IncrementalHeat) -> Result<()> {
        moving.clear()?;
        let gone = frame.saturating_sub(length);
        self.timeline.replay(gone..frame + 1, |at, binned| {
            if at == gone {
                moving.mark(&binned);
            } else if at == frame {
                moving.add(binned);
            } else {
                moving.keep(binned);
            }
        })
    }

    /// Heats with all frames so far, the older the less.
    ///
    /// Weights are kept as if it were the reference frame: later ones are larger by as much as they
    /// will have faded less, and the whole grid is scaled down. So only what is new is heated,
    /// until the numbers have grown by as much as is not seen any more, and the reference moves on.
    fn fade<'a>(
        &mut self,
        frame: i64,
        half_life: f64,
        reference: &mut i64,
        moving: &'a mut IncrementalHeat,
    ) -> Result<Vec<&'a Grid>> {
        let first = if (frame - *reference) as f64 / half_life > HALVINGS {
            let invisible = (half_life * HALVINGS).ceil() as i64;
            moving.clear()?;
            moving.mark_all();
            *reference = frame;
            frame.saturating_sub(invisible).max(self.frames.start)
        } else {
            frame
        };
        let reference = *reference;
        let since_reference = move |at: i64| ((at - reference) as f64 / half_life).exp2();
        self.timeline.replay(first..frame + 1, |at, binned| {
            moving.add(binned.scaled(since_reference(at)));
        })?;
        moving.scaled_grids((1.0 / since_reference(frame)) as f32)
    }
}

/// When the frames of an animation are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    pace: Pace,
    first: i64,
    busy: Option<Arc<[i64]>>,
}

/// The range of each of some heats on its scale.
fn ranges_of(heats: &[impl Borrow<Grid>], scales: &[&Scale]) -> Vec<Range> {
    let heats = heats.iter().zip(scales);
    heats
        .map(|(heat, scale)| scale.range(heat.borrow()))
        .collect()
}

impl Clock {
    /// When a frame begins, counted from 0; frames of so many shapes have no time.
    #[must_use]
    pub fn time(&self, frame: u32) -> Option<Time> {
        let Pace::Time(span) = self.pace else {
            return None;
        };
        let number = match &self.busy {
            // The last one ends like any other.
            Some(busy) => match busy.get(frame as usize) {
                Some(number) => *number,
                None => busy.last()?.checked_add(1)?,
            },
            None => self.first.checked_add(frame.into())?,
        };
        span.start(number)
    }
}

#[cfg(test)]
mod tests;
