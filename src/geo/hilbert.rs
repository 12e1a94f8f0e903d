//! Hilbert curve through the tiles of a zoom: neighbours along it are neighbours on the map, and
//! all tiles below one of a smaller zoom follow one another.
//!
//! Tiles are numbered as in `PMTiles` (specification 3, section 4.1): those of zoom 0, of zoom 1
//! and so on, each zoom along its curve.

use super::TileId;

/// The number of tiles of all zooms before one; `None` beyond the zooms whose numbers fit into 64
/// bits.
fn before(zoom: u8) -> Option<u64> {
    (zoom <= TileId::LARGEST_NUMBERED).then(|| ((1_u64 << (2 * u32::from(zoom))) - 1) / 3)
}

/// How far along the curve of a square of 2ᶻ × 2ᶻ cells one of them lies.
fn along(z: u8, x: u32, y: u32) -> u64 {
    let (mut x, mut y, mut distance) = (u64::from(x), u64::from(y), 0);
    for bit in (0..z).rev() {
        let side = 1_u64 << bit;
        let (right, down) = (x & side, y & side);
        let quarter = match (right > 0, down > 0) {
            (false, false) => 0,
            (false, true) => 1,
            (true, true) => 2,
            (true, false) => 3,
        };
        distance += quarter * side * side;
        // What lies in this quarter is turned as the curve is there.
        (x, y) = (x & (side - 1), y & (side - 1));
        if down == 0 {
            if right > 0 {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
    }
    distance
}

/// The inverse: the cell at a distance along the curve.
fn cell(z: u8, distance: u64) -> (u32, u32) {
    let (mut x, mut y, mut rest) = (0, 0, distance);
    for bit in 0..z {
        let side = 1_u32 << bit;
        let (right, down) = match rest & 3 {
            0 => (false, false),
            1 => (false, true),
            2 => (true, true),
            _ => (true, false),
        };
        if !down {
            if right {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
        x += u32::from(right) << bit;
        y += u32::from(down) << bit;
        rest >>= 2;
    }
    (x, y)
}

impl TileId {
    /// The largest zoom whose tiles have a number.
    pub const LARGEST_NUMBERED: u8 = 31;

    /// Its number among the tiles of all zooms; `None` beyond
    /// [`LARGEST_NUMBERED`](Self::LARGEST_NUMBERED), or when there is no such tile.
    #[must_use]
    pub fn number(self) -> Option<u64> {
        let exists = u64::from(self.x.max(self.y)) >> self.z.min(63) == 0;
        let before = before(self.z).filter(|_| exists)?;
        Some(before + along(self.z, self.x, self.y))
    }

    /// The tile of a number; `None` beyond those of [`LARGEST_NUMBERED`](Self::LARGEST_NUMBERED).
    #[must_use]
    pub fn of_number(number: u64) -> Option<Self> {
        let zooms = 0..=Self::LARGEST_NUMBERED;
        let z = zooms
            .rev()
            .find(|z| before(*z).is_some_and(|before| before <= number))?;
        let distance = number - before(z)?;
        if distance >> (2 * u32::from(z)) != 0 {
            return None;
        }
        let (x, y) = cell(z, distance);
        Some(Self { z, x, y })
    }

    /// The four tiles of the next zoom that lie where this one does, in the order of their numbers.
    #[must_use]
    pub fn children(self) -> [Self; 4] {
        let mut children = [(0, 0), (0, 1), (1, 1), (1, 0)].map(|(right, down)| Self {
            z: self.z + 1,
            x: 2 * self.x + right,
            y: 2 * self.y + down,
        });
        children.sort_by_key(|child| along(child.z, child.x, child.y));
        children
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(z: u8, x: u32, y: u32) -> Option<u64> {
        TileId { z, x, y }.number()
    }

    #[test]
    fn numbers_are_those_of_the_specification() {
        // Its own examples, and one of the reference implementation's tests.
        assert_eq!(number(0, 0, 0), Some(0));
        assert_eq!(
            [(0, 0), (0, 1), (1, 1), (1, 0)].map(|(x, y)| number(1, x, y)),
            [1, 2, 3, 4].map(Some)
        );
        assert_eq!(number(2, 0, 0), Some(5));
        assert_eq!(number(12, 3423, 1763), Some(19_078_479));
        assert_eq!(number(1, 2, 0), None);
    }

    #[test]
    fn each_tile_of_a_zoom_has_a_number_of_its_own_and_is_beside_the_next() {
        let side = 16;
        let mut tiles: Vec<(u64, u32, u32)> = (0..side)
            .flat_map(|x| (0..side).map(move |y| (along(4, x, y), x, y)))
            .collect();
        tiles.sort_unstable();
        assert!(tiles.iter().map(|tile| tile.0).eq(0..256));
        for pair in tiles.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            assert_eq!(a.1.abs_diff(b.1) + a.2.abs_diff(b.2), 1);
        }
    }

    #[test]
    fn every_number_has_its_tile() {
        for number in (0..5461).chain([19_078_479, before(31).unwrap(), u64::MAX / 3]) {
            let tile = TileId::of_number(number);
            assert_eq!(tile.and_then(TileId::number), tile.map(|_| number));
            assert!(tile.is_some() || number > 1 << 60, "{number}");
        }
        assert_eq!(TileId::of_number(u64::MAX), None);
        let tile = TileId {
            z: 12,
            x: 3423,
            y: 1763,
        };
        assert_eq!(TileId::of_number(19_078_479), Some(tile));
    }

    #[test]
    fn what_lies_below_a_tile_follows_one_another() {
        for tile in [(0, 0, 0), (3, 5, 2), (11, 1072, 717)].map(|(z, x, y)| TileId { z, x, y }) {
            let along = along(tile.z, tile.x, tile.y);
            let numbers = tile.children().map(|child| {
                assert_eq!((child.x / 2, child.y / 2), (tile.x, tile.y));
                child.number().unwrap() - before(tile.z + 1).unwrap()
            });
            assert_eq!(numbers, [0, 1, 2, 3].map(|part| 4 * along + part));
        }
    }
}
