//! Privacy zones: places around which nothing is kept, and ends of tracks that are cut off.
//!
//! A clean circle cut out of many tracks shows its centre, and so the home. So the hole is moved by
//! a secret part of its radius and grows by as much and a secret rest: it always contains the
//! stated circle, and its centre is another place. All that is secret is a keyed hash (SHA-256 of
//! the secret and then the place), so it is the same in every run: holes that differ would give
//! away what they have in common.

use sha2::{Digest, Sha256};

use super::circle::{Circle, between, displaced, distance};
use crate::geo::Coord;
use crate::input::track::Step;

/// The hole is moved by so much of its stated radius. Tracks that leave home in all directions end
/// at the hole's edge, and the mean of those ends lies half as far from home as the hole's centre
/// (the mean of d·cos θ over θ is s/2 for a point s beside the centre): the least shift keeps both
/// away.
const SHIFT: (f64, f64) = (0.4, 0.8);
/// It grows by so much of it beyond that; more than distances differ on a sphere and on a plane.
const GROWTH: (f64, f64) = (0.05, 0.25);
/// Places count as the same for a trim within so many degrees, some 100 m.
const SAME: f64 = 1e3;

/// What is to be kept to oneself.
#[derive(Clone, Debug, Default)]
pub struct Privacy {
    /// Nothing is kept within these circles.
    pub places: Vec<Circle>,
    /// How much of the beginning of each track is cut off at least, in metres from its first place.
    pub trim_start: f64,
    /// The same of the end.
    pub trim_end: f64,
    /// What the hashes are keyed by.
    pub secret: Vec<u8>,
}

/// What is cut out around a place, and off the ends of tracks.
pub(super) struct Holes {
    circles: Vec<Circle>,
    trim_start: f64,
    trim_end: f64,
    secret: Vec<u8>,
}

impl Privacy {
    /// Whether anything is to be kept to oneself.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.places.is_empty() || self.trim_start > 0.0 || self.trim_end > 0.0
    }
}

impl Holes {
    pub(super) fn new(privacy: &Privacy) -> Self {
        let secret = &privacy.secret;
        Self {
            circles: privacy
                .places
                .iter()
                .map(|place| hole(place, secret))
                .collect(),
            trim_start: privacy.trim_start,
            trim_end: privacy.trim_end,
            secret: secret.clone(),
        }
    }

    /// Whether a place is to be kept secret.
    pub(super) fn hide(&self, at: Coord) -> bool {
        self.circles.iter().any(|hole| hole.contains(at))
    }

    /// Cuts the ends off a track, whose lines are in order, and what is in the holes out of it.
    /// Gives what is left, and how many fixes are not.
    pub(super) fn keep_out(&self, mut lines: Vec<Vec<Step>>) -> (Vec<Vec<Step>>, u64) {
        let count = |lines: &[Vec<Step>]| lines.iter().map(|line| line.len() as u64).sum::<u64>();
        let all = count(&lines);
        if self.trim_start > 0.0 {
            trim(&mut lines, |first| {
                self.trim(self.trim_start, b"start", first)
            });
        }
        turn(&mut lines);
        if self.trim_end > 0.0 {
            trim(&mut lines, |last| self.trim(self.trim_end, b"end", last));
        }
        turn(&mut lines);
        let mut gone = all - count(&lines);
        for hole in &self.circles {
            let inside = |line: &Vec<Step>| {
                let hidden = line.iter().filter(|fix| hole.contains(fix.at));
                hidden.count() as u64
            };
            gone += lines.iter().map(inside).sum::<u64>();
            lines = lines.iter().flat_map(|line| outside(line, hole)).collect();
        }
        (lines, gone)
    }

    /// How much is cut off an end: once to twice what was asked for, by where the end is.
    fn trim(&self, metres: f64, what: &[u8], end: Coord) -> f64 {
        let rounded =
            [end.y(), end.x()].map(|degrees| ((degrees * SAME).round() as i64).to_le_bytes());
        let [share, _] = shares(&self.secret, &[what, &rounded[0], &rounded[1]]);
        metres * (1.0 + share)
    }
}

/// The hole around a place.
fn hole(place: &Circle, secret: &[u8]) -> Circle {
    let (lat, lon) = (
        place.centre.y().to_le_bytes(),
        place.centre.x().to_le_bytes(),
    );
    let of = |what: &[u8]| shares(secret, &[what, &lat, &lon]);
    let ([far, turn], [more, _]) = (of(b"shift"), of(b"growth"));
    let within = |(least, most): (f64, f64), share: f64| least + (most - least) * share;
    let shift = place.radius * within(SHIFT, far);
    Circle {
        centre: displaced(place.centre, shift, turn * std::f64::consts::TAU),
        radius: place.radius * (1.0 + within(GROWTH, more)) + shift,
    }
}

/// Two numbers from 0 to 1 that nobody guesses who does not know the secret.
fn shares(secret: &[u8], message: &[&[u8]]) -> [f64; 2] {
    let mut hash = Sha256::new();
    hash.update((secret.len() as u64).to_le_bytes());
    hash.update(secret);
    for part in message {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let share = |at: usize| {
        let bytes = [hash[at], hash[at + 1], hash[at + 2], hash[at + 3]];
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    };
    [share(0), share(4)]
}

/// Takes all fixes off the beginning until one is so far away from the first. By the distance and
/// not along the track: who waits for satellites at the door walks hundreds of metres on the spot.
fn trim(lines: &mut Vec<Vec<Step>>, metres: impl Fn(Coord) -> f64) {
    let Some(first) = lines.iter().flatten().next().map(|fix| fix.at) else {
        return;
    };
    let metres = metres(first);
    let mut has_left = false;
    for line in lines.iter_mut() {
        if has_left {
            break;
        }
        let is_away = |at: usize| distance(first, line[at].at) > metres;
        // One wrong fix far away is no walk.
        let stays = |at: &usize| is_away(*at) && (at + 1 == line.len() || is_away(at + 1));
        let away = (0..line.len()).find(stays);
        has_left = away.is_some();
        line.drain(..away.unwrap_or(line.len()));
    }
    lines.retain(|line| !line.is_empty());
}

/// Turns a track around.
fn turn(lines: &mut [Vec<Step>]) {
    lines.reverse();
    for line in lines {
        line.reverse();
    }
}

/// What of a line is outside a hole; stretches are cut at its edge.
fn outside(line: &[Step], hole: &Circle) -> Vec<Vec<Step>> {
    let mut pieces = vec![Vec::new()];
    let mut add = |fix: Step, begins: bool| {
        if begins {
            pieces.push(Vec::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(fix);
        }
    };
    if let Some(first) = line.first().filter(|first| !hole.contains(first.at)) {
        add(*first, false);
    }
    for pair in line.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        match hole.crossed(from, to) {
            None => add(to, false),
            Some((into, out)) => {
                let clear = |share: f64| {
                    let edge = between(from, to, share);
                    (!hole.contains(edge.at)).then_some(edge)
                };
                if let Some(edge) = clear(into).filter(|_| into > 0.0) {
                    add(edge, false);
                }
                if let Some(edge) = clear(out).filter(|_| out < 1.0) {
                    add(edge, true);
                    add(to, false);
                }
            }
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Circle {
        Circle {
            centre: Coord::lat_lon(54.3, 10.1).unwrap(),
            radius: 300.0,
        }
    }

    fn privacy(secret: &[u8]) -> Privacy {
        Privacy {
            places: vec![home()],
            secret: secret.to_vec(),
            ..Privacy::default()
        }
    }

    /// A track that passes home or comes from there, in one of a thousand directions.
    fn track(number: u32) -> Vec<Step> {
        let turn = f64::from(number) * 2.399_963;
        let by = displaced(home().centre, f64::from(number % 7) * 60.0, turn + 1.5);
        let far = if number.is_multiple_of(2) {
            0.0
        } else {
            -3000.0
        };
        let step = 10.0 + f64::from(number % 11) * 90.0;
        let places = (0..80).map(|at| far + f64::from(at) * step);
        let places = places.take_while(|metres| *metres < 3000.0);
        let fix = |metres| Step {
            at: displaced(by, metres, turn),
            time: None,
            measured: None,
            weight: 1.0,
        };
        places.map(fix).collect()
    }

    #[test]
    fn no_place_within_the_stated_radius_is_left_and_the_hole_is_not_around_home() {
        for secret in [&b"a"[..], b"b", b"something else"] {
            let holes = Holes::new(&privacy(secret));
            let mut ends = Vec::new();
            for number in 0..1000 {
                let (pieces, _) = holes.keep_out(vec![track(number)]);
                for pair in pieces.iter().flat_map(|piece| piece.windows(2)) {
                    for step in 0..=20 {
                        let at = between(pair[0], pair[1], f64::from(step) / 20.0).at;
                        assert!(!home().contains(at), "{number}");
                    }
                }
                let near = pieces
                    .iter()
                    .flat_map(|piece| [piece.first(), piece.last()]);
                let near = near
                    .flatten()
                    .filter(|fix| distance(home().centre, fix.at) < 700.0);
                ends.extend(near.map(|fix| fix.at));
            }
            let mean = |of: fn(Coord) -> f64| {
                ends.iter().map(|at| of(*at)).sum::<f64>() / ends.len() as f64
            };
            let centroid = Coord::lat_lon(mean(Coord::y), mean(Coord::x)).unwrap();
            let off = distance(home().centre, centroid);
            assert!(ends.len() > 500 && off > 0.15 * 300.0, "{off}");
        }
    }

    #[test]
    fn a_secret_gives_the_same_hole_in_every_run_and_another_gives_another() {
        let holes = |secret: &[u8]| Holes::new(&privacy(secret)).circles;
        assert_eq!(holes(b"a"), holes(b"a"));
        assert_ne!(holes(b"a"), holes(b"b"));
    }

    #[test]
    fn ends_are_cut_off_by_at_least_what_was_asked_for() {
        let privacy = Privacy {
            trim_start: 200.0,
            trim_end: 100.0,
            ..Privacy::default()
        };
        let line: Vec<Step> = (0..100)
            .map(|at| Step {
                at: displaced(home().centre, f64::from(at) * 20.0, 0.0),
                time: None,
                measured: None,
                weight: 1.0,
            })
            .collect();
        let (first, last) = (line[0].at, line[99].at);
        // The beginning may be in pieces already.
        let lines = vec![line[..3].to_vec(), line[3..].to_vec()];
        let (left, gone) = Holes::new(&privacy).keep_out(lines);
        assert_eq!(left.len(), 1);
        assert_eq!(gone as usize + left[0].len(), 100);
        let start = distance(first, left[0][0].at);
        let end = distance(last, left[0].last().unwrap().at);
        assert!((200.0..=420.0).contains(&start), "{start}");
        assert!((100.0..=220.0).contains(&end), "{end}");
        let (left, gone) = Holes::new(&privacy).keep_out(vec![line[..5].to_vec()]);
        assert!(left.is_empty() && gone == 5);
    }
}
