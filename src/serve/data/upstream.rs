//! Live table behind a snapshot: it is asked for what a view needs, and its answers hold for a
//! period of time.
//!
//! Nobody can cheaply notice that a table has changed, so an epoch is a period of the clock: what is
//! answered within one may be kept until it ends, and no longer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::morton::World;
use super::{Alive, Interval, Window};
use crate::error::Result;
use crate::geo::{Bounds, Shape};
use crate::input::{Live, Question};

/// A table that is asked.
#[derive(Debug)]
pub struct Upstream {
    pub table: Live,
    /// Whether the snapshot had all of it at the start, so that scales can go by that.
    pub is_whole: bool,
    /// How long an epoch lasts; a second at least.
    pub period: Duration,
}

impl Upstream {
    /// The number of this epoch, and how long it still lasts.
    pub fn now(&self) -> (u64, Duration) {
        let period = self.period.as_secs().max(1);
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = since.unwrap_or_default().as_secs();
        let left = period - seconds % period;
        (seconds / period, Duration::from_secs(left))
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
