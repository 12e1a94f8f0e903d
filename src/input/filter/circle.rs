//! Circles on the ground: great-circle distances in metres, and where a stretch of a track crosses
//! a circle's edge.

use crate::geo::{Coord, Crs, Time};
use crate::input::track::Step;

/// The mean radius of the earth in metres (IUGG).
const EARTH: f64 = 6_371_008.8;
/// Steps of a bisection: then the edge is met within a millionth of a millionth of the stretch.
const STEPS: u32 = 40;

/// The distance between two places on the ground in metres (haversine formula).
pub(super) fn distance(from: Coord, to: Coord) -> f64 {
    let (south, north) = (from.y().to_radians(), to.y().to_radians());
    let (up, along) = (north - south, (to.x() - from.x()).to_radians());
    let root = (up / 2.0).sin().powi(2) + south.cos() * north.cos() * (along / 2.0).sin().powi(2);
    2.0 * EARTH * root.sqrt().min(1.0).asin()
}

/// The length of a track in metres.
pub(super) fn length(lines: &[Vec<Step>]) -> f64 {
    let pairs = lines.iter().flat_map(|line| line.windows(2));
    pairs.map(|pair| distance(pair[0].at, pair[1].at)).sum()
}

/// A place so many metres away along a great circle, `turn` radians from the east to the north.
pub(super) fn displaced(from: Coord, metres: f64, turn: f64) -> Coord {
    let (lat, far) = (from.y().to_radians(), metres / EARTH);
    let north = lat.sin() * far.cos() + lat.cos() * far.sin() * turn.sin();
    let east = turn.cos() * far.sin() * lat.cos();
    let along = east.atan2(far.cos() - lat.sin() * north);
    on_earth(north.asin().to_degrees(), from.x() + along.to_degrees()).unwrap_or(from)
}

/// The place at a latitude and at a longitude that may be counted on beyond ±180°.
fn on_earth(lat: f64, lon: f64) -> Option<Coord> {
    Crs::Wgs84.place(lon, lat).ok().map(Coord::wrapped)
}

/// All places within a distance of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// Its centre in degrees.
    pub centre: Coord,
    /// Its radius in metres.
    pub radius: f64,
}

impl Circle {
    /// Whether a place is in it.
    #[must_use]
    pub fn contains(&self, at: Coord) -> bool {
        distance(self.centre, at) <= self.radius
    }

    /// The shares of a stretch at which it enters the circle and leaves it, just outside; `None` if
    /// it keeps out. 0 and 1 are the ends of the stretch.
    pub(super) fn crossed(&self, from: Step, to: Step) -> Option<(f64, f64)> {
        let to = Step {
            at: to.at.nearest_to(from.at),
            ..to
        };
        let is_in = |share: f64| self.contains(between(from, to, share).at);
        let nearest = self.nearest(from, to);
        // The formula for the nearest place is one of a plane, so the ends are looked at as well.
        let inside = [nearest, 0.0, 1.0]
            .into_iter()
            .find(|share| is_in(*share))?;
        let edge = |outside: f64| {
            if is_in(outside) {
                return outside;
            }
            let (mut inner, mut outer) = (inside, outside);
            for _ in 0..STEPS {
                let middle = f64::midpoint(inner, outer);
                if is_in(middle) {
                    inner = middle;
                } else {
                    outer = middle;
                }
            }
            outer
        };
        Some((edge(0.0), edge(1.0)))
    }

    /// The share of a stretch at which it is nearest to the centre, on a plane that touches the
    /// earth there.
    fn nearest(&self, from: Step, to: Step) -> f64 {
        let shrink = self.centre.y().to_radians().cos();
        let centre = self.centre.nearest_to(from.at);
        let plane = |at: Coord| ((at.x() - centre.x()) * shrink, at.y() - centre.y());
        let ((x, y), (end_x, end_y)) = (plane(from.at), plane(to.at));
        let (along, up) = (end_x - x, end_y - y);
        let square = along * along + up * up;
        if square == 0.0 {
            return 0.0;
        }
        (-(x * along + y * up) / square).clamp(0.0, 1.0)
    }
}

/// The fix at a share of the way from one to the next.
pub(super) fn between(from: Step, to: Step, share: f64) -> Step {
    let mix = |one: f64, other: f64| one + (other - one) * share;
    let end = to.at.nearest_to(from.at);
    let at = on_earth(mix(from.at.y(), end.y()), mix(from.at.x(), end.x()));
    let time = from.time.zip(to.time).and_then(|(one, other)| {
        let (one, other) = (one.milliseconds(), other.milliseconds());
        Time::from_milliseconds(mix(one as f64, other as f64) as i64)
    });
    Step {
        at: at.unwrap_or(from.at),
        time,
        measured: from
            .measured
            .zip(to.measured)
            .map(|(one, other)| mix(one, other)),
        weight: to.weight,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(lat: f64, lon: f64) -> Step {
        Step {
            at: Coord::lat_lon(lat, lon).unwrap(),
            time: None,
            measured: None,
            weight: 1.0,
        }
    }

    #[test]
    fn a_degree_is_as_long_as_it_is() {
        let metres = distance(fix(0.0, 0.0).at, fix(1.0, 0.0).at);
        assert!((metres - 111_195.0).abs() < 1.0);
        assert!((distance(fix(60.0, 179.5).at, fix(60.0, -179.5).at) - 55_597.0).abs() < 5.0);
        let moved = displaced(fix(60.0, 10.0).at, 500.0, 1.0);
        assert!((distance(fix(60.0, 10.0).at, moved) - 500.0).abs() < 1e-6);
        for (lat, lon) in [(89.999, 0.0), (-90.0, 7.0), (60.0, 179.999)] {
            let moved = displaced(fix(lat, lon).at, 500.0, 0.3);
            assert!((distance(fix(lat, lon).at, moved) - 500.0).abs() < 0.1);
        }
    }

    #[test]
    fn a_stretch_is_cut_where_it_enters_and_leaves() {
        let circle = Circle {
            centre: fix(60.0, 180.0).at,
            radius: 1000.0,
        };
        let (from, to) = (fix(60.0, 179.9), fix(60.0, -179.9));
        let (into, out) = circle.crossed(from, to).expect("it crosses");
        for share in [into, out] {
            let edge = between(from, to, share).at;
            assert!(!circle.contains(edge));
            assert!((distance(circle.centre, edge) - 1000.0).abs() < 0.01);
        }
        assert!(
            circle
                .crossed(fix(60.1, 179.9), fix(60.1, -179.9))
                .is_none()
        );
        assert_eq!(
            circle.crossed(circle_fix(&circle), from).map(|ends| ends.0),
            Some(0.0)
        );
    }

    fn circle_fix(circle: &Circle) -> Step {
        Step {
            at: circle.centre,
            time: None,
            measured: None,
            weight: 1.0,
        }
    }
}
