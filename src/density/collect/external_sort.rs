//! External merge sort of rows of numbers in bounded memory: what has no room is sorted piece by
//! piece in a temporary file, which has no name and so is gone when the program is.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

/// Rows that are read at a time.
const BATCH: usize = 1 << 12;

/// Sorter of rows, which come in any order. The first number of a row is what it is asked for by.
pub(in crate::density) struct ExternalSort<const N: usize> {
    rows: Vec<[u64; N]>,
    /// How many there may be.
    most: usize,
    /// Makes one row of two, if they can be one.
    merge: fn(&mut [u64; N], &[u64; N]) -> bool,
    spilled: Option<Spilled>,
}

/// Sorted pieces of a file.
struct Spilled {
    file: File,
    /// Where each piece ends, in rows from the beginning of the file.
    ends: Vec<u64>,
}

impl<const N: usize> ExternalSort<N> {
    /// A sorter with room for so many bytes of rows.
    pub(in crate::density) fn new(
        memory: u64,
        merge: fn(&mut [u64; N], &[u64; N]) -> bool,
    ) -> Self {
        let most = (memory as usize / size_of::<[u64; N]>()).max(2);
        Self {
            rows: Vec::new(),
            most,
            merge,
            spilled: None,
        }
    }

    pub(in crate::density) fn extend(
        &mut self,
        rows: impl Iterator<Item = [u64; N]>,
    ) -> io::Result<()> {
        for row in rows {
            if self.rows.len() >= self.most {
                self.settle();
                // A little less room than before would soon have to be made again.
                if self.rows.len() > self.most / 2 {
                    self.spill()?;
                }
            }
            self.rows.push(row);
        }
        Ok(())
    }

    /// The rows in order.
    pub(in crate::density) fn finish(mut self) -> io::Result<SortedRows<N>> {
        // Nobody holds a lock any more that another part of the sorting could wait for.
        self.rows.par_sort_unstable_by(by_numbers);
        self.merge_equal();
        if self.spilled.is_none() {
            return Ok(SortedRows::InMemory(self.rows));
        }
        self.spill()?;
        let Some(spilled) = self.spilled.take() else {
            return Ok(SortedRows::InMemory(Vec::new()));
        };
        joined(spilled, self.most, self.merge)
    }

    fn settle(&mut self) {
        self.rows.sort_unstable_by(by_numbers);
        self.merge_equal();
    }

    fn merge_equal(&mut self) {
        let merge = self.merge;
        self.rows.dedup_by(|next, kept| merge(kept, next));
    }

    fn spill(&mut self) -> io::Result<()> {
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert(Spilled {
                file: tempfile::tempfile()?,
                ends: Vec::new(),
            }),
        };
        spilled
            .file
            .write_all(bytemuck::cast_slice(self.rows.as_flattened()))?;
        spilled
            .ends
            .push(spilled.ends.last().unwrap_or(&0) + self.rows.len() as u64);
        self.rows.clear();
        Ok(())
    }
}

/// As rows are ordered anyway, only faster: mostly the first numbers differ.
fn by_numbers<const N: usize>(a: &[u64; N], b: &[u64; N]) -> Ordering {
    a[0].cmp(&b[0]).then_with(|| a.cmp(b))
}

/// Merges the pieces of a file into another.
fn joined<const N: usize>(
    mut spilled: Spilled,
    most: usize,
    merge: fn(&mut [u64; N], &[u64; N]) -> bool,
) -> io::Result<SortedRows<N>> {
    let at_once = (most / spilled.ends.len()).clamp(1, BATCH) as u64;
    let starts = std::iter::once(&0).chain(&spilled.ends);
    let mut pieces: Vec<Piece<N>> = starts
        .zip(&spilled.ends)
        .map(|(&at, &end)| Piece {
            at,
            end,
            at_once,
            rows: Vec::new(),
        })
        .collect();
    let mut next = BinaryHeap::new();
    for (number, piece) in pieces.iter_mut().enumerate() {
        next.extend(
            piece
                .next(&mut spilled.file)?
                .map(|row| Reverse((row, number))),
        );
    }
    let mut writer = Writer {
        file: BufWriter::new(tempfile::tempfile()?),
        index: Vec::new(),
        rows: 0,
    };
    let mut last: Option<[u64; N]> = None;
    while let Some(Reverse((row, number))) = next.pop() {
        next.extend(
            pieces[number]
                .next(&mut spilled.file)?
                .map(|row| Reverse((row, number))),
        );
        if !last.as_mut().is_some_and(|last| merge(last, &row)) {
            last.replace(row)
                .map_or(Ok(()), |done| writer.write(done))?;
        }
    }
    last.map_or(Ok(()), |done| writer.write(done))?;
    let file = writer
        .file
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    Ok(SortedRows::InFile(RowFile {
        open: Mutex::new((file, HashMap::new())),
        index: writer.index,
        rows: writer.rows,
    }))
}

/// A sorted piece of a file, as far as it has not been read.
struct Piece<const N: usize> {
    at: u64,
    end: u64,
    at_once: u64,
    /// What was read last, backwards.
    rows: Vec<[u64; N]>,
}

impl<const N: usize> Piece<N> {
    fn next(&mut self, file: &mut File) -> io::Result<Option<[u64; N]>> {
        if self.rows.is_empty() && self.at < self.end {
            let length = self.at_once.min(self.end - self.at);
            self.rows = rows_at(file, self.at, length as usize)?;
            self.rows.reverse();
            self.at += length;
        }
        Ok(self.rows.pop())
    }
}

fn rows_at<const N: usize>(file: &mut File, at: u64, length: usize) -> io::Result<Vec<[u64; N]>> {
    let mut rows = vec![[0; N]; length];
    file.seek(SeekFrom::Start(at * size_of::<[u64; N]>() as u64))?;
    file.read_exact(bytemuck::cast_slice_mut(rows.as_flattened_mut()))?;
    Ok(rows)
}

struct Writer {
    file: BufWriter<File>,
    /// The first number of the first row of every block.
    index: Vec<u64>,
    rows: u64,
}

impl Writer {
    fn write<const N: usize>(&mut self, row: [u64; N]) -> io::Result<()> {
        if self.rows.is_multiple_of(BLOCK) {
            self.index.push(row[0]);
        }
        self.rows += 1;
        self.file.write_all(bytemuck::cast_slice(&row))
    }
}

/// All rows, in order, for many threads to look at.
pub(in crate::density) enum SortedRows<const N: usize> {
    InMemory(Vec<[u64; N]>),
    InFile(RowFile<N>),
}

/// Sorted rows in a file, with a sparse index of their first numbers.
pub(in crate::density) struct RowFile<const N: usize> {
    /// The file, and blocks of it that were read lately.
    open: Mutex<(File, HashMap<u64, Block<N>>)>,
    index: Vec<u64>,
    rows: u64,
}

type Block<const N: usize> = Arc<Vec<[u64; N]>>;

/// Rows that have one entry in the index, and are read and held together.
const BLOCK: u64 = 1 << 10;
/// Blocks that are held.
const HELD: usize = 128;

impl<const N: usize> RowFile<N> {
    fn block(&self, number: u64) -> io::Result<Block<N>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, held) = &mut *open;
        if let Some(block) = held.get(&number) {
            return Ok(Arc::clone(block));
        }
        let at = number * BLOCK;
        let block = Arc::new(rows_at(file, at, (self.rows - at).min(BLOCK) as usize)?);
        if held.len() >= HELD {
            held.clear();
        }
        held.insert(number, Arc::clone(&block));
        Ok(block)
    }

    fn position(&self, number: u64) -> io::Result<u64> {
        let after = self.index.partition_point(|&first| first < number) as u64;
        let Some(block) = after.checked_sub(1) else {
            return Ok(0);
        };
        let rows = self.block(block)?;
        Ok(block * BLOCK + rows.partition_point(|row| row[0] < number) as u64)
    }
}

impl<const N: usize> SortedRows<N> {
    /// How many there are.
    pub(in crate::density) fn len(&self) -> u64 {
        match self {
            Self::InMemory(rows) => rows.len() as u64,
            Self::InFile(file) => file.rows,
        }
    }

    /// The place of the first row, of some between two places, whose first number is not less than
    /// one; the end of those if there is none.
    pub(in crate::density) fn position(&self, number: u64, within: &Range<u64>) -> io::Result<u64> {
        match self {
            Self::InMemory(rows) => {
                let rows = &rows[within.start as usize..within.end as usize];
                Ok(within.start + rows.partition_point(|row| row[0] < number) as u64)
            }
            Self::InFile(file) => {
                let position = file.position(number)?;
                Ok(position.clamp(within.start, within.end))
            }
        }
    }

    /// Gives the rows between two places: some at a time.
    pub(in crate::density) fn rows(
        &self,
        places: Range<u64>,
        mut give: impl FnMut(&[[u64; N]]),
    ) -> io::Result<()> {
        match self {
            Self::InMemory(rows) => {
                let rows = &rows[places.start as usize..places.end as usize];
                rows.chunks(BATCH).for_each(give);
            }
            Self::InFile(file) => {
                let mut at = places.start;
                while at < places.end {
                    let (block, from) = (file.block(at / BLOCK)?, at % BLOCK);
                    let length = (places.end - at).min(block.len() as u64 - from);
                    give(&block[from as usize..(from + length) as usize]);
                    at += length;
                }
            }
        }
        Ok(())
    }

    /// Gives the rows whose first number lies between two others, the second not included: some at
    /// a time.
    pub(in crate::density) fn between(
        &self,
        from: u64,
        to: u64,
        give: impl FnMut(&[[u64; N]]),
    ) -> io::Result<()> {
        let all = 0..self.len();
        let (from, to) = (self.position(from, &all)?, self.position(to, &all)?);
        self.rows(from..to, give)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows of a number and a count.
    fn counted(kept: &mut [u64; 2], next: &[u64; 2]) -> bool {
        let same = kept[0] == next[0];
        if same {
            kept[1] += next[1];
        }
        same
    }

    fn between(numbers: &[u64], memory: u64, from: u64, to: u64) -> Vec<[u64; 2]> {
        let mut sort = ExternalSort::new(memory, counted);
        sort.extend(numbers.iter().map(|&number| [number, 1]))
            .unwrap();
        let (sorted, mut rows) = (sort.finish().unwrap(), Vec::new());
        sorted
            .between(from, to, |some| rows.extend_from_slice(some))
            .unwrap();
        rows
    }

    proptest! {
        #[test]
        fn what_is_spilled_is_what_is_held(
            numbers in prop::collection::vec(0..200_u64, 0..600), room in 0..300_u64, from in 0..220_u64, length in 0..220_u64,
        ) {
            let held = between(&numbers, 1 << 20, from, from + length);
            prop_assert_eq!(&between(&numbers, 16 * room, from, from + length), &held);
            let wanted = numbers.iter().filter(|&&number| (from..from + length).contains(&number)).count();
            prop_assert_eq!(held.iter().map(|row| row[1] as usize).sum::<usize>(), wanted);
            prop_assert!(held.windows(2).all(|pair| pair[0][0] < pair[1][0]));
        }
    }

    #[test]
    fn no_more_rows_are_held_than_there_is_room_for() {
        let mut sort = ExternalSort::new(16 * 8, counted);
        // Equal ones are one, and need no file.
        sort.extend((0..100).map(|number| [number % 4, 1])).unwrap();
        assert!(sort.rows.len() <= 8 && sort.spilled.is_none());
        // Nor is one written for a few, as long as they leave half of the room.
        sort.extend((0..100).map(|number| [number, 1])).unwrap();
        assert!(sort.rows.len() <= 8);
        let ends = &sort.spilled.as_ref().unwrap().ends;
        let mut lengths = std::iter::once(&0).chain(ends).zip(ends);
        assert!(lengths.all(|(from, to)| (5..=8).contains(&(to - from))));
    }

    #[test]
    fn rows_are_found_in_every_block_of_a_file() {
        let last = 3 * BLOCK + 7;
        let backwards: Vec<u64> = (0..last).rev().map(|number| 2 * number).collect();
        let mut sort = ExternalSort::new(16 * 100, counted);
        sort.extend(backwards.iter().map(|&number| [number, 1]))
            .unwrap();
        let sorted = sort.finish().unwrap();
        assert!(matches!(sorted, SortedRows::InFile(_)) && sorted.len() == last);
        let edges = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, last - 1, last];
        for (from, to) in edges
            .iter()
            .flat_map(|&from| edges.map(|to| (from, to.max(from))))
        {
            let mut found = Vec::new();
            // Odd numbers are none of them.
            let numbers = (2 * from, (2 * to).saturating_sub(1));
            let take = |rows: &[[u64; 2]]| found.extend(rows.iter().map(|row| row[0] / 2));
            sorted
                .between(numbers.0, numbers.1.max(numbers.0), take)
                .unwrap();
            assert!(found.into_iter().eq(from..to), "{from} {to}");
        }
        assert_eq!(sorted.position(2 * BLOCK, &(5..9)).unwrap(), 9);
        assert_eq!(sorted.position(2, &(5..9)).unwrap(), 5);
    }
}
