//! Neighbourhoods of tiles: the heats by which the colours of a zoom go, and those of parts of it
//! where colours are scaled to what lies around.
//!
//! A neighbourhood is a square of 2 × 2 tiles, and its tones go by the heats of itself and the
//! eight around it: about what a screen shows. They hold in its middle; between the middles of four
//! neighbourhoods colours go bilinearly, so there is no edge anywhere. Each of these four has seen
//! what lies between them, so nothing is beyond its scale. A tile is one quarter of a neighbourhood
//! and so lies between four middles.

use std::collections::{BTreeMap, HashMap};

use crate::color::{LocalTone, Range, Summary, Tone};
use crate::geo::TileId;
use crate::product::style::Toned;

/// The heats by which the colours of a zoom go.
#[derive(Clone, Debug, Default)]
pub struct ZoomRange {
    /// The range of all of them, by pass.
    pub whole: Vec<Range>,
    /// Those of neighbourhoods, where colours go by what lies around.
    pub around: Option<Around>,
}

impl ZoomRange {
    /// The range of the heats of several zooms.
    pub fn join(self, other: Self) -> Self {
        Self {
            whole: joined(self.whole, other.whole),
            around: None,
        }
    }
}

/// Summaries of heats by neighbourhood, each by pass, and the zoom whose tiles they are.
#[derive(Clone, Debug, Default)]
pub struct Around {
    neighbourhoods: BTreeMap<TileId, Vec<Summary>>,
}

/// Tones by neighbourhood, each by pass.
pub type Tones = HashMap<TileId, Vec<Tone>>;

/// Ranges of both; those of nothing are none at all.
pub fn joined(a: Vec<Range>, b: Vec<Range>) -> Vec<Range> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b,
        (_, true) => a,
        _ => a.into_iter().zip(b).map(|(a, b)| a.join(b)).collect(),
    }
}

/// The neighbourhood that a tile lies in: the tile of the zoom above, or the world.
pub fn neighbourhood(tile: TileId) -> TileId {
    TileId {
        z: tile.z.saturating_sub(1),
        x: tile.x / 2,
        y: tile.y / 2,
    }
}

impl Around {
    /// Those of all neighbourhoods with anything in them.
    pub fn new(neighbourhoods: BTreeMap<TileId, Vec<Summary>>) -> Self {
        Self { neighbourhoods }
    }

    /// All that colours go by, as bytes.
    pub fn bytes(&self) -> impl Iterator<Item = u8> {
        self.neighbourhoods.iter().flat_map(|(place, summaries)| {
            let place = [place.x, place.y].map(u32::to_le_bytes);
            let summaries = summaries.iter().flat_map(Summary::bytes);
            place.into_iter().flatten().chain(summaries)
        })
    }

    /// Makes sure that tones are there for the corners that a tile lies between.
    pub fn prepare(&self, tile: TileId, whole: &[Toned<'_>], tones: &mut Tones) {
        for corner in corners(tile) {
            tones
                .entry(corner)
                .or_insert_with(|| self.tones(corner, whole));
        }
    }

    /// The tones of a neighbourhood, by pass.
    fn tones(&self, place: TileId, whole: &[Toned<'_>]) -> Vec<Tone> {
        let mut places: Vec<TileId> = (-1..=1)
            .flat_map(|down| (-1..=1).filter_map(move |right| beside(place, right, down)))
            .collect();
        // Around a small world the same one may lie on both sides.
        places.sort_unstable();
        places.dedup();
        let passes = whole.iter().enumerate().map(|(pass, toned)| {
            let near = places.iter().filter_map(|at| self.neighbourhoods.get(at));
            toned.tone_around(&Summary::joined(near.map(|summaries| &summaries[pass])))
        });
        passes.collect()
    }
}

/// The tones of a pass that a tile lies between, which must have been prepared.
pub fn local(tile: TileId, tones: &Tones, pass: usize) -> Option<LocalTone<'_>> {
    let [a, b, c, d] = corners(tile).map(|corner| tones.get(&corner)?.get(pass));
    // From the middle of its neighbourhood, or to it.
    let from = |number: u32| if number.is_multiple_of(2) { 0.5 } else { 0.0 };
    Some(LocalTone {
        corners: [a?, b?, c?, d?],
        from: (from(tile.x), from(tile.y)),
        side: 0.5,
    })
}

/// The neighbourhoods whose middles a tile lies between: in the north-west, the north-east, the
/// south-west and the south-east. Beyond a pole there is none but the last.
fn corners(tile: TileId) -> [TileId; 4] {
    let here = neighbourhood(tile);
    let (right, down) = ((tile.x % 2) as i32, (tile.y % 2) as i32);
    [(-1, -1), (0, -1), (-1, 0), (0, 0)].map(|(x, y)| {
        let (x, y) = (x + right, y + down);
        beside(here, x, y)
            .or_else(|| beside(here, x, 0))
            .unwrap_or(here)
    })
}

/// The tile that lies so many to the right and below, around the world.
fn beside(tile: TileId, right: i32, down: i32) -> Option<TileId> {
    let count = 1_u32 << tile.z;
    let y = tile.y.checked_add_signed(down).filter(|&y| y < count)?;
    let x = tile.x.wrapping_add_signed(right) & (count - 1);
    Some(TileId { x, y, ..tile })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(z: u8, x: u32, y: u32) -> TileId {
        TileId { z, x, y }
    }

    #[test]
    fn a_tile_lies_between_four_neighbourhoods_its_own_among_them() {
        let at = |x, y| tile(3, x, y);
        assert_eq!(
            corners(tile(4, 6, 5)),
            [at(2, 2), at(3, 2), at(2, 3), at(3, 3)]
        );
        assert_eq!(
            corners(tile(4, 0, 15)),
            [at(7, 7), at(0, 7), at(7, 7), at(0, 7)]
        );
        assert_eq!(corners(tile(0, 0, 0)), [tile(0, 0, 0); 4]);
        for x in 0..16 {
            assert!(corners(tile(4, x, 7)).contains(&neighbourhood(tile(4, x, 7))));
        }
    }

    #[test]
    fn neighbours_have_the_corners_of_their_edge_in_common() {
        for z in 1..5 {
            for x in 0..1_u32 << z {
                let y = x / 2;
                let [left, right] = [x, (x + 1) % (1 << z)].map(|x| corners(tile(z, x, y)));
                // Where the one ends the other begins: at a middle, or half-way between two.
                if x.is_multiple_of(2) {
                    assert_eq!((left[1], left[3]), (right[0], right[2]), "{z} {x}");
                } else {
                    assert_eq!(left, right, "{z} {x}");
                }
            }
        }
    }
}
