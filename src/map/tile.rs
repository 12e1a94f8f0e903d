//! The square pieces that maps on the web are cut into.

use std::fmt;

/// The number of a tile: at zoom z the world is 2ᶻ × 2ᶻ of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// The zoom.
    pub z: u8,
    /// From the west.
    pub x: u32,
    /// From the north.
    pub y: u32,
}

impl Tile {
    /// Its number from the south, which is how TMS and `MBTiles` count.
    #[must_use]
    pub fn from_south(self) -> u64 {
        (1_u64 << self.z.min(63)).saturating_sub(1 + u64::from(self.y))
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.z, self.x, self.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_from_either_side() {
        assert_eq!(Tile { z: 0, x: 0, y: 0 }.from_south(), 0);
        assert_eq!(Tile { z: 3, x: 0, y: 0 }.from_south(), 7);
        assert_eq!(Tile { z: 3, x: 0, y: 7 }.from_south(), 0);
    }
}
