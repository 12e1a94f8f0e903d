//! Morton order (Z order) of the square world of web maps: places as keys of 2 × 32 bits, and the
//! ranges of sorted keys that lie in a window.

use std::ops::Range;
use std::sync::LazyLock;

use super::rows::Rows;
use crate::error::{Error, ErrorKind, Result};
use crate::geo::morton::{interleaved, separated};
use crate::geo::{Coord, Pixels, TileId, View};
use crate::raster::Size;

/// Binary digits of a key for each axis.
const DIGITS: u8 = 32;
/// Cells of the deepest level in a row: as many as such numbers.
const CELLS: f64 = (1_u64 << DIGITS) as f64;
/// Ranges of so few keys are not worth splitting: looking at them is cheaper than searching.
const FEW: usize = 64;

/// The square world as one pixel, which lays places flat in numbers from 0 to 1.
#[derive(Clone, Debug)]
pub struct World(View);

impl World {
    /// # Errors
    /// Never: the world is a tile.
    pub fn new() -> Result<Self> {
        let view = View::of_tile(TileId { z: 0, x: 0, y: 0 }, 1);
        view.map(Self)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "no world"))
    }

    /// From the north-west corner of the world to the right and down, in widths of it; beyond 1 or
    /// below 0 on the next turn around the earth.
    pub fn flat(&self, at: Coord) -> (f64, f64) {
        let at = self.0.pixels(at);
        (at.x, at.y)
    }

    /// The place that lies so far to the right and down.
    pub fn place(&self, (x, y): (f64, f64)) -> Coord {
        self.0.place(Pixels { x, y })
    }

    /// The key of a place; of one beyond the world, that of its edge.
    #[inline]
    pub fn key(&self, at: Coord) -> u64 {
        let row = ROWS.of(at.y(), || self.flat(at).1 * CELLS);
        interleaved(digits(self.0.column(at)), row)
    }
}

/// Rows of the deepest level.
static ROWS: LazyLock<Rows> = LazyLock::new(|| Rows::new(CELLS));

/// A share of the world as a number of [`DIGITS`] digits. Beyond its ends numbers saturate.
fn digits(share: f64) -> u32 {
    (share * CELLS) as u32
}

/// The key of the cell at a depth of the quadtree that a key lies in: its first digits.
pub fn cell(key: u64, depth: u8) -> u64 {
    key.checked_shr(2 * u32::from(DIGITS.saturating_sub(depth)))
        .unwrap_or(0)
}

/// The first key that lies in the same cell.
pub fn first_of(key: u64, depth: u8) -> u64 {
    let shift = 2 * u32::from(DIGITS.saturating_sub(depth));
    cell(key, depth).checked_shl(shift).unwrap_or(0)
}

/// The tile of that cell.
pub fn tile(cell: u64, depth: u8) -> TileId {
    let (x, y) = separated(cell);
    TileId { z: depth, x, y }
}

/// A box of the world in widths of it, from the north-west corner of the world. It may reach beyond
/// 0 or 1 to the right and to the left, where it goes on around the earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Window {
    /// What lies under a view in Web Mercator, and so many pixels around it.
    pub fn of(view: &View, margin: f64) -> Self {
        let ((across, down), (x, y)) = (view.scale(), view.origin());
        let size: Size = view.size();
        // The origin counts from the middle of the world.
        let share = |pixels: f64, scale: f64| pixels / (scale * 360.0) + 0.5;
        Self {
            left: share(x - margin, across),
            top: share(y - margin, down),
            right: share(x + size.width() as f64 + margin, across),
            bottom: share(y + size.height() as f64 + margin, down),
        }
    }

    /// The same as it is seen from the next turn around the earth, on both sides.
    pub fn turns(self) -> [Self; 3] {
        [0.0, 1.0, -1.0].map(|turn| Self {
            left: self.left + turn,
            right: self.right + turn,
            ..self
        })
    }

    /// Its cells of the deepest level, from the first to the last of each axis, by turns. What is
    /// beyond the poles is at their edge.
    fn cells(self) -> Vec<Cells> {
        let is_there = |turn: &Self| turn.right >= 0.0 && turn.left < 1.0;
        let turns = self.turns().into_iter().filter(is_there);
        let cells = turns.map(|turn| Cells {
            x: (digits(turn.left), digits(turn.right)),
            y: (digits(turn.top), digits(turn.bottom)),
        });
        cells.collect()
    }
}

/// A window in cells of the deepest level, ends included.
#[derive(Clone, Copy, Debug)]
struct Cells {
    x: (u32, u32),
    y: (u32, u32),
}

/// How a node of the quadtree lies to a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lies {
    Outside,
    Across,
    Inside,
}

impl Cells {
    fn lies(self, node: u64, depth: u8) -> Lies {
        let shift = u32::from(DIGITS - depth);
        let ends = |at: u32| {
            let first = u64::from(at) << shift;
            (first, first + (1 << shift) - 1)
        };
        let (x, y) = separated(node);
        let sides = [(ends(x), self.x), (ends(y), self.y)];
        let wide = |(a, b): (u32, u32)| (u64::from(a), u64::from(b));
        let sides = sides.map(|(node, window)| (node, wide(window)));
        if sides
            .iter()
            .any(|(node, own)| node.1 < own.0 || node.0 > own.1)
        {
            Lies::Outside
        } else if sides
            .iter()
            .all(|(node, own)| node.0 >= own.0 && node.1 <= own.1)
        {
            Lies::Inside
        } else {
            Lies::Across
        }
    }
}

/// Tells the ranges of keys that may lie in a window, of `length` keys in ascending order: all that
/// do, and at its edge a few that do not, each once.
///
/// The quadtree is descended as far as its nodes lie across the edge, so that the work goes by the
/// length of the edge and not by the number of keys.
pub fn ranges(
    length: usize,
    key: &dyn Fn(usize) -> u64,
    window: Window,
    take: &mut dyn FnMut(Range<usize>),
) {
    descend(0..length, (0, 0), key, &window.cells(), take);
}

fn descend(
    range: Range<usize>,
    (node, depth): (u64, u8),
    key: &dyn Fn(usize) -> u64,
    turns: &[Cells],
    take: &mut dyn FnMut(Range<usize>),
) {
    if range.is_empty() {
        return;
    }
    let lies = turns.iter().map(|turn| turn.lies(node, depth));
    match lies.max().unwrap_or(Lies::Outside) {
        Lies::Outside => {}
        Lies::Inside => take(range),
        Lies::Across if range.len() <= FEW || depth == DIGITS => take(range),
        Lies::Across => {
            let mut start = range.start;
            for child in 0..4 {
                let node = node << 2 | child;
                let end = first(start..range.end, key, |key| cell(key, depth + 1) > node);
                descend(start..end, (node, depth + 1), key, turns, take);
                start = end;
            }
        }
    }
}

/// The first of a range whose key is beyond, or its end.
pub fn first(
    range: Range<usize>,
    key: &dyn Fn(usize) -> u64,
    is_beyond: impl Fn(u64) -> bool,
) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if is_beyond(key(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_digits_in_turns_and_back() {
        assert_eq!(interleaved(0b101, 0b011), 0b01_10_11);
        for (x, y) in [(0, 0), (u32::MAX, 0), (0xdead_beef, 0x1234_5678)] {
            let key = interleaved(x, y);
            assert_eq!(separated(key), (x, y));
        }
        let world = World::new().unwrap();
        let zurich = world.key(Coord::lat_lon(47.3779, 8.5403).unwrap());
        let known = TileId {
            z: 16,
            x: 34_322,
            y: 22_949,
        };
        assert_eq!(tile(cell(zurich, 16), 16), known);
        assert_eq!(cell(zurich, 0), 0);
    }

    /// Keys of a lattice of places, sorted, with where they are.
    fn lattice(world: &World) -> Vec<(u64, Coord)> {
        let steps = |from: f64, step: f64| (0..60).map(move |i| from + step * f64::from(i));
        let places = steps(-84.0, 2.85).flat_map(|lat| {
            steps(-180.0, 6.1).map(move |lon| Coord::lat_lon(lat, lon.min(180.0)).unwrap())
        });
        let mut keys: Vec<(u64, Coord)> = places.map(|at| (world.key(at), at)).collect();
        keys.sort_by_key(|(key, _)| *key);
        keys
    }

    #[test]
    fn ranges_have_all_of_a_window_once_and_little_else() {
        let world = World::new().unwrap();
        let all = lattice(&world);
        let (key, n) = (|i: usize| all[i].0, all.len());
        for (left, right, top, bottom) in [
            (0.2, 0.3, 0.4, 0.7),
            (-0.1, 0.1, 0.0, 1.0),
            (0.95, 1.2, 0.3, 0.6),
            (-0.3, 1.4, -0.2, 1.3),
            (0.5, 0.5, 0.5, 0.5),
        ] {
            let window = Window {
                left,
                top,
                right,
                bottom,
            };
            let mut found = Vec::new();
            ranges(n, &key, window, &mut |range| found.extend(range));
            let inside = |at: Coord| {
                let (x, y) = world.flat(at);
                let is_within = |x: f64| (left..=right).contains(&x);
                (is_within(x) || is_within(x + 1.0) || is_within(x - 1.0))
                    && (top..=bottom).contains(&y)
            };
            let wanted: Vec<usize> = (0..n).filter(|&i| inside(all[i].1)).collect();
            let (found_all, once) = (found.len(), {
                found.sort_unstable();
                found.dedup();
                found.len()
            });
            assert_eq!(found_all, once, "{window:?}");
            assert!(
                wanted.iter().all(|i| found.binary_search(i).is_ok()),
                "{window:?}"
            );
            assert!(
                found.len() <= wanted.len() + 16 * FEW,
                "{window:?}: {} of {}",
                found.len(),
                wanted.len()
            );
        }
    }
}
