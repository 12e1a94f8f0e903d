//! Bucket sort of cells by their distance from a pixel, again and again for one pixel after the
//! other.
//!
//! What lies scattered over a disc has squared distances that are spread evenly, so that most
//! buckets hold one cell or none, and nothing has to be guessed by the processor. Insertion into
//! the order of the pixel before moves as little, but every cell is a jump that is foreseen as
//! often as not, which took three times as long.

/// Cells in the order of their distances from a pixel.
pub(super) struct Order {
    /// The squares of the distances, cell by cell.
    squares: Vec<u32>,
    sorted: Vec<Ranked>,
    /// Where each bucket ends; the last one is for what is too far.
    ends: Vec<u32>,
    /// How many bits of a square do not tell its bucket.
    shift: u32,
}

/// A cell, and the square of its distance in the upper half of the number, by which it is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ranked(u64);

impl Ranked {
    fn new(square: u32, cell: u32) -> Self {
        Self(u64::from(square) << u32::BITS | u64::from(cell))
    }

    pub(super) fn square(self) -> u32 {
        (self.0 >> u32::BITS) as u32
    }

    pub(super) fn cell(self) -> usize {
        self.0 as u32 as usize
    }
}

impl Order {
    /// An order of so many cells, as far as the squares of their distances are at most `farthest`;
    /// what is farther is left out, but for some that are hardly.
    pub(super) fn new(cells: usize, farthest: u32) -> Self {
        let wanted = (2 * cells).next_power_of_two().ilog2();
        let shift = (u32::BITS - farthest.leading_zeros()).saturating_sub(wanted);
        Self {
            squares: Vec::with_capacity(cells),
            sorted: vec![Ranked::default(); cells],
            ends: vec![0; (farthest >> shift) as usize + 2],
            shift,
        }
    }

    /// The cells sorted by the squares of their distances, equal ones by their numbers.
    pub(super) fn sort(&mut self, squares: impl Iterator<Item = u32>) -> &[Ranked] {
        let (beyond, shift) = (self.ends.len() - 1, self.shift);
        let bucket = |square: u32| ((square >> shift) as usize).min(beyond);
        self.squares.clear();
        self.squares.extend(squares);
        self.ends.fill(0);
        for &square in &self.squares {
            self.ends[bucket(square)] += 1;
        }
        let mut start = 0;
        for end in &mut self.ends {
            (*end, start) = (start, start + *end);
        }
        // Each bucket's start becomes its end while it fills, in the order of the numbers.
        for (cell, &square) in (0..).zip(&self.squares) {
            let to = &mut self.ends[bucket(square)];
            self.sorted[*to as usize] = Ranked::new(square, cell);
            *to += 1;
        }
        let within = &mut self.sorted[..self.ends[beyond - 1] as usize];
        insert(within);
        within
    }
}

/// Insertion sort, for there is little to do within buckets.
fn insert(cells: &mut [Ranked]) {
    for next in 1..cells.len() {
        let (cell, mut to) = (cells[next], next);
        while to > 0 && cells[to - 1] > cell {
            cells[to] = cells[to - 1];
            to -= 1;
        }
        cells[to] = cell;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cells_are_in_the_order_of_distance_and_then_of_number(
            squares in prop::collection::vec(0_u32..3000, 0..200), farthest in 0_u32..4000,
        ) {
            let mut order = Order::new(squares.len(), farthest);
            // What was sorted before is of no matter.
            order.sort(squares.iter().map(|square| square / 2));
            let sorted = order.sort(squares.iter().copied()).iter();
            let sorted: Vec<usize> = sorted.map(|cell| cell.cell()).collect();
            let mut expected: Vec<usize> = (0..squares.len()).collect();
            expected.sort_by_key(|&cell| (squares[cell], cell));
            let near = squares.iter().filter(|&&square| square <= farthest).count();
            prop_assert!(sorted.len() >= near);
            prop_assert_eq!(&sorted[..], &expected[..sorted.len()]);
        }
    }
}
