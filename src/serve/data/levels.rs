//! Levels of a quadtree over sorted keys: runs of keys that share a cell.
//!
//! A run is where it begins: its length follows from the next one. So a level takes four bytes a
//! cell, and is as sorted as the keys are.

use rayon::prelude::*;

use super::morton;

/// The levels that are kept: every second one from that whose cells are the pixels of the one tile
/// of zoom 0 on.
const SHALLOWEST: u8 = 8;
const STEP: usize = 2;
const DEEPEST: u8 = 31;
/// Binary digits of a key for each axis, and one more: how many depths there are.
const DEPTHS: usize = 33;

/// Runs by the cell of a level.
#[derive(Debug)]
pub struct Level {
    pub depth: u8,
    /// Where runs begin, and where the last one ends.
    pub starts: Vec<u32>,
}

impl Level {
    pub fn runs(&self) -> usize {
        self.starts.len() - 1
    }
}

/// The levels of things that are merged and not only counted, the shallowest first with their
/// depths, as long as they are of use: each is made of the one below it, and has half as many at
/// the most. All are in ascending order of the cells in which their keys lie.
pub fn stacked<T: Sync>(
    all: &[T],
    key: impl Fn(&T) -> u64 + Sync,
    merged: impl Fn(&[T], u8) -> Vec<T>,
) -> Vec<(u8, Vec<T>)> {
    let cells = |things: &[T], depth| {
        let cell = |thing| morton::cell(key(thing), depth);
        let pairs = things.par_windows(2);
        1 + pairs
            .filter(|pair| cell(&pair[0]) != cell(&pair[1]))
            .count()
    };
    let mut levels: Vec<(u8, Vec<T>)> = Vec::new();
    for depth in (SHALLOWEST..=DEEPEST).step_by(STEP).rev() {
        let below = levels.last().map_or(all, |(_, below)| below);
        // No fewer than there are cells can be left.
        let level = (cells(below, depth) * 2 <= below.len()).then(|| merged(below, depth));
        if let Some(level) = level.filter(|level| level.len() * 2 <= below.len()) {
            levels.push((depth, level));
        }
    }
    levels.reverse();
    levels
}

/// The levels of so many keys, the shallowest first, as long as they are of use: with less than
/// half as many runs as keys.
pub fn levels(length: usize, key: impl Fn(usize) -> u64 + Sync) -> Vec<Level> {
    // How many levels a key shares with the one before it.
    let shared = |at: usize| ((key(at - 1) ^ key(at)).leading_zeros() / 2) as u8;
    let shared: Vec<u8> = (1..length).into_par_iter().map(shared).collect();
    let mut counts = [0_usize; DEPTHS];
    for &shared in &shared {
        counts[usize::from(shared)] += 1;
    }
    // A level has a run for each key that shares less than its depth with the one before.
    let runs = |depth: u8| 1 + counts[..usize::from(depth)].iter().sum::<usize>();
    let depths = (SHALLOWEST..=DEEPEST).step_by(STEP);
    let depths: Vec<u8> = depths
        .take_while(|&depth| runs(depth) * 2 <= length)
        .collect();
    let level = |&depth: &u8| {
        let mut starts = Vec::with_capacity(runs(depth) + 1);
        starts.push(0);
        let others = shared.iter().zip(1_u32..);
        starts.extend(
            others
                .filter(|(shared, _)| **shared < depth)
                .map(|(_, at)| at),
        );
        starts.push(length as u32);
        Level { depth, starts }
    };
    depths.par_iter().map(level).collect()
}
