//! Live table behind a snapshot: it is asked for what a view needs, and its answers hold for a
//! period of time. Views that are so wide that this would take long are drawn from what is
//! [kept](Kept) of it.
//!
//! Nobody can cheaply notice that a table has changed, so an epoch is a period of the clock: what is
//! answered within one may be kept until it ends, and no longer.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::kept::{Chosen, Kept};
use super::morton::World;
use super::{Alive, Interval, Snapshot, Window};
use crate::error::{ErrorKind, Result};
use crate::geo::{Bounds, Shape};
use crate::input::{Live, Question};

/// Rows in a window up to which the table is asked for them, if what is kept of it can be drawn
/// instead.
const NARROW: usize = 5_000;

/// A table that is asked, in one epoch.
#[derive(Debug)]
pub struct Upstream {
    table: Arc<Live>,
    /// What wide views are drawn from; nothing where the table is too large for that.
    kept: Option<Arc<Kept>>,
    /// What of it those of this epoch are drawn from, as soon as one is.
    chosen: Chosen,
    /// Seconds that an epoch lasts.
    period: u64,
    /// Which epoch it is.
    pub number: u64,
}

impl Upstream {
    /// A table, now.
    pub fn new(table: Arc<Live>, kept: Option<Arc<Kept>>, period: Duration) -> Self {
        let period = period.as_secs().max(1);
        Self {
            table,
            kept,
            chosen: Chosen::new(),
            period,
            number: seconds() / period,
        }
    }

    /// The same table in the epoch of now, if that is another one.
    pub fn next(&self) -> Option<Self> {
        let is_over = seconds() / self.period != self.number;
        is_over.then(|| {
            let period = Duration::from_secs(self.period);
            Self::new(Arc::clone(&self.table), self.kept.clone(), period)
        })
    }

    /// How long the epoch still lasts.
    pub fn left(&self) -> Duration {
        let end = (self.number + 1) * self.period;
        Duration::from_secs(end.saturating_sub(seconds()).min(self.period))
    }

    /// Whether wide views are drawn from what is kept.
    pub fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Draws all of the table as it is kept; `None` while that is being read, and where nothing is
    /// kept.
    ///
    /// # Errors
    /// As drawing.
    pub fn whole<T>(&self, draw: impl FnOnce(&Snapshot) -> Result<Option<T>>) -> Result<Option<T>> {
        let kept = self.kept.as_ref();
        match kept.and_then(|kept| kept.choose(&self.chosen, self.left())) {
            Some(whole) => draw(&whole),
            None => Ok(None),
        }
    }

    /// Waits until what is kept can be drawn; `false` when nobody waits any more.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn wait(&self, alive: Alive<'_>) -> Result<bool> {
        let Some(kept) = &self.kept else {
            return Ok(alive());
        };
        kept.wait(&self.chosen, self.left(), alive)
    }

    /// Asks for what lies in a window and was in an interval, or draws it from what is kept if it is
    /// much: if it was when the table was read last, or turns out to be more than an answer may
    /// have. `None` as both have it.
    ///
    /// # Errors
    /// As both.
    pub fn answer<T>(
        &self,
        (window, interval): (Window, Interval),
        ask: impl FnOnce() -> Result<Option<T>>,
        draw: impl FnOnce(&Snapshot) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let Some(kept) = &self.kept else {
            return ask();
        };
        if kept.newest().count((window, interval)) <= NARROW {
            match ask() {
                Err(error) if error.kind == ErrorKind::Limit => {}
                asked => return asked,
            }
        }
        self.whole(draw)
    }

    /// Tells what lies in a window and was in an interval; `false` when nobody waits for it any
    /// more.
    ///
    /// # Errors
    /// When the database does not answer, or there is too much.
    pub fn each(
        &self,
        (window, interval): (Window, Interval),
        alive: Alive<'_>,
        take: &mut dyn FnMut(&[Shape]),
    ) -> Result<bool> {
        let question = Question {
            boxes: boxes(&World::new()?, window),
            after: interval.after,
            before: interval.before,
        };
        self.table.each(&question, alive, take)
    }
}

/// What the clock says.
fn seconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// A window in degrees: on each turn around the earth what of it is there. What lies at the edge of
/// the map may lie beyond it.
fn boxes(world: &World, window: Window) -> Vec<Bounds> {
    let of = |window| bounds(world, window);
    if window.right - window.left >= 1.0 {
        return vec![of(Window {
            left: 0.0,
            right: 1.0,
            ..window
        })];
    }
    let turns = window.turns().into_iter();
    let turns = turns.filter(|turn| turn.right >= 0.0 && turn.left <= 1.0);
    turns.map(of).collect()
}

fn bounds(world: &World, window: Window) -> Bounds {
    let place = |x: f64, y: f64| world.place((x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)));
    let north_west = place(window.left, window.top);
    let south_east = place(window.right, window.bottom);
    Bounds {
        south: if window.bottom < 1.0 {
            south_east.y()
        } else {
            -90.0
        },
        west: north_west.x(),
        north: if window.top > 0.0 {
            north_west.y()
        } else {
            90.0
        },
        east: south_east.x(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_across_180_degrees_are_two_boxes() {
        let window = Window {
            left: 0.95,
            top: 0.25,
            right: 1.05,
            bottom: 0.5,
        };
        let world = World::new().unwrap();
        let sides = |bounds: &Bounds| (bounds.west.round(), bounds.east.round());
        let found = boxes(&world, window);
        let mut sides: Vec<_> = found.iter().map(sides).collect();
        sides.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(sides, [(-180.0, -162.0), (162.0, 180.0)]);
        assert!(found.iter().all(|bounds| bounds.south.abs() < 1e-9));
        assert!((found[0].north - 66.513).abs() < 1e-3);
        let earth = Window {
            left: -0.1,
            top: -0.1,
            right: 1.1,
            bottom: 1.1,
        };
        let all = boxes(&world, earth);
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].south, all[0].north), (-90.0, 90.0));
    }
}
