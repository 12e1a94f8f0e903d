//! Tracks: fixes in, segments and lone points out.
//!
//! The one place where fixes become lines, whatever the format: where a track is cut, and what a
//! stretch of it weighs and when it was. It works fix by fix, so a track of any length takes no
//! memory.

use crate::geo::{Coord, Shape, Time};

/// A recorded position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Where it is.
    pub at: Coord,
    /// When it was, if that is known and somebody wants to know.
    pub time: Option<Time>,
}

impl Fix {
    /// The fix as a point of its own.
    #[must_use]
    pub fn alone(self) -> Shape {
        Shape::point(self.at).when(self.time)
    }
}

/// What a file says of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// Which track of the file it is, counted from 1.
    pub number: u64,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What each of its shapes weighs.
    pub weight: f64,
}

/// The end of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// How many fixes it had; at least one.
    pub fixes: u64,
    /// The first and the last of their times.
    pub times: Option<(Time, Time)>,
    /// The shape of a line of one fix.
    pub lone: Option<Shape>,
}

/// A track as far as its fixes have come.
pub struct Track {
    about: About,
    last: Option<Fix>,
    /// How many fixes the line has that has not been cut yet.
    fixes: u64,
    /// The first and the last of their times.
    times: Option<(Time, Time)>,
}

impl Track {
    /// A track without fixes.
    #[must_use]
    pub fn new(about: About) -> Self {
        Self {
            about,
            last: None,
            fixes: 0,
            times: None,
        }
    }

    /// What the file says of it.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Gives it a name; files may have it behind the first fixes.
    pub fn call(&mut self, name: String) {
        self.about.name = Some(name);
    }

    /// Says what shapes weigh from here on.
    pub fn weigh(&mut self, weight: f64) {
        self.about.weight = weight;
    }

    /// Whether its last fix was at this place.
    #[must_use]
    pub fn is_at(&self, at: Coord) -> bool {
        self.last.is_some_and(|last| last.at == at)
    }

    /// Joins a fix to the one before. That stretch was done when the later of its ends was reached.
    pub fn join(&mut self, fix: Fix) -> Option<Shape> {
        let last = self.last.replace(fix);
        if last.is_none() {
            (self.fixes, self.times) = (0, None);
        }
        self.fixes += 1;
        if let Some(time) = fix.time {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
        last.map(|last| {
            Shape::segment(last.at, fix.at)
                .weighing(self.about.weight)
                .when(last.time.max(fix.time))
        })
    }

    /// Ends the line: no segment bridges the gap that follows. A line of one fix is that point, for
    /// somebody was there.
    pub fn cut(&mut self) -> Option<Line> {
        let last = self.last.take()?;
        Some(Line {
            fixes: self.fixes,
            times: self.times,
            lone: (self.fixes == 1).then(|| last.alone().weighing(self.about.weight)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(both: f64) -> Fix {
        Fix {
            at: Coord::lat_lon(both, both).unwrap(),
            time: Time::from_milliseconds(both as i64),
        }
    }

    fn segment(from: f64, to: f64) -> Shape {
        Shape::segment(fix(from).at, fix(to).at)
            .weighing(3.0)
            .when(fix(from.max(to)).time)
    }

    #[test]
    fn fixes_are_joined_up_to_a_cut_and_a_lone_one_is_a_point() {
        let mut track = Track::new(About {
            number: 1,
            name: None,
            weight: 3.0,
        });
        let mut shapes = Vec::new();
        for line in [&[1.0, 3.0, 2.0][..], &[4.0], &[], &[5.0, 6.0]] {
            shapes.extend(line.iter().filter_map(|&both| track.join(fix(both))));
            shapes.extend(track.cut().and_then(|line| line.lone));
        }
        assert_eq!(
            shapes,
            [
                segment(1.0, 3.0),
                segment(3.0, 2.0),
                fix(4.0).alone().weighing(3.0),
                segment(5.0, 6.0)
            ]
        );
    }
}
