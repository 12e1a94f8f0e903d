//! Histogram of heats: how many pixels have which heat.
//!
//! Heats are counted by the first bits of the number, so that slots are as wide as 1/4096 of the
//! heat in them, whatever its magnitude: nobody has to know the largest heat before, counts of
//! several pictures can be added, and 8 MiB are the end of it.

/// Counts of heats above zero.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Histogram {
    /// By the exponent of the heat; empty where there is none such.
    octaves: Vec<Vec<u64>>,
}

/// Bits of the fraction of an `f32` that tell slots apart, out of 23.
const DIGITS: u32 = 12;
/// The same where there is little room.
const COARSE: u32 = 6;

impl Default for Histogram {
    fn default() -> Self {
        Self {
            octaves: vec![Vec::new(); 256],
        }
    }
}

impl Histogram {
    pub(super) fn add(&mut self, heat: f32) {
        *self.slot((heat.abs().to_bits() >> (23 - DIGITS)) as usize) += 1;
    }

    /// The count of a slot, by the first bits of its heats.
    fn slot(&mut self, slot: usize) -> &mut u64 {
        let octave = &mut self.octaves[slot >> DIGITS];
        if octave.is_empty() {
            octave.resize(1 << DIGITS, 0);
        }
        &mut octave[slot & ((1 << DIGITS) - 1)]
    }

    pub(super) fn join(mut self, other: Self) -> Self {
        for (mine, theirs) in self.octaves.iter_mut().zip(other.octaves) {
            if mine.is_empty() {
                *mine = theirs;
            } else {
                mine.iter_mut()
                    .zip(theirs)
                    .for_each(|(count, more)| *count += more);
            }
        }
        self
    }

    /// Counts by the first [`COARSE`] bits of a fraction, of slots that have any, in ascending order:
    /// for what must be kept of thousands of pictures.
    pub(super) fn coarse(&self) -> Box<[(u16, u32)]> {
        let mut coarse: Vec<(u16, u32)> = Vec::new();
        for (heat, count) in self.slots() {
            let slot = (heat.to_bits() >> (23 - COARSE)) as u16;
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            match coarse.last_mut() {
                Some((last, counted)) if *last == slot => *counted = counted.saturating_add(count),
                _ => coarse.push((slot, count)),
            }
        }
        coarse.into()
    }

    /// Adds such counts, each to the least heat of its slot.
    pub(super) fn add_coarse(&mut self, coarse: &[(u16, u32)]) {
        for &(slot, count) in coarse {
            *self.slot(usize::from(slot) << (DIGITS - COARSE)) += u64::from(count);
        }
    }

    /// The least heat of every slot that has any, with its count, in ascending order. Whole numbers
    /// up to 8192 have slots of their own.
    pub(super) fn slots(&self) -> impl Iterator<Item = (f32, u64)> {
        self.octaves
            .iter()
            .enumerate()
            .flat_map(|(exponent, octave)| {
                let heat = move |digits: usize| {
                    f32::from_bits(((exponent << DIGITS | digits) << (23 - DIGITS)) as u32)
                };
                octave
                    .iter()
                    .enumerate()
                    .filter(|(_, count)| **count > 0)
                    .map(move |(digits, &count)| (heat(digits), count))
            })
    }

    /// The least heat, to 1/4096; `None` when there are none.
    pub(super) fn least(&self) -> Option<f32> {
        self.slots().next().map(|(heat, _)| heat)
    }

    /// How many heats there are.
    pub(super) fn total(&self) -> u64 {
        self.octaves.iter().flatten().sum()
    }

    /// The heat that a share of all does not exceed, to 1/4096; `None` when there are none.
    pub(super) fn quantile(&self, share: f64) -> Option<f32> {
        let wanted = (share * self.total() as f64).ceil().max(1.0) as u64;
        let mut so_far = 0;
        self.slots().find_map(|(heat, count)| {
            so_far += count;
            (so_far >= wanted).then_some(heat)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(heats: impl IntoIterator<Item = f32>) -> Histogram {
        let mut histogram = Histogram::default();
        heats.into_iter().for_each(|heat| histogram.add(heat));
        histogram
    }

    #[test]
    fn whole_numbers_are_counted_one_by_one() {
        let slots: Vec<_> = histogram([3.0, 1.0, 8191.0, 3.0, 8190.0]).slots().collect();
        assert_eq!(slots, [(1.0, 1), (3.0, 2), (8190.0, 1), (8191.0, 1)]);
        assert_eq!(histogram([3.0, 1.0]).least(), Some(1.0));
        assert_eq!(Histogram::default().least(), None);
    }

    #[test]
    fn coarse_counts_are_those_of_all_heats() {
        let all = histogram([1.0, 1.01, 1.02, 64.0, 65.0, 65.0]);
        assert_eq!(all.coarse().len(), 4);
        let mut twice = Histogram::default();
        twice.add_coarse(&all.coarse());
        twice.add_coarse(&all.coarse());
        let slots: Vec<_> = twice.slots().collect();
        assert_eq!(slots, [(1.0, 4), (1.015_625, 2), (64.0, 2), (65.0, 4)]);
    }

    #[test]
    fn heats_of_any_magnitude_have_room() {
        let heats = [f32::from_bits(1), f32::MIN_POSITIVE, 0.3, f32::MAX];
        let slots: Vec<f32> = histogram(heats).slots().map(|(heat, _)| heat).collect();
        assert!(
            slots[1..]
                .iter()
                .zip(&heats[1..])
                .all(|(slot, heat)| (heat - slot) / heat < 1.0 / 4096.0),
            "{slots:?}"
        );
    }

    #[test]
    fn counts_of_two_pictures_are_those_of_both() {
        let heats = |range: std::ops::Range<i32>| range.map(|i| (i as f32).exp2() * 1.7);
        assert_eq!(
            histogram(heats(-20..5)).join(histogram(heats(0..30))),
            histogram(heats(-20..5).chain(heats(0..30)))
        );
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_heats() {
        let histogram = histogram((1..=1000).map(|heat| heat as f32));
        let quantile = |share| histogram.quantile(share).unwrap();
        assert_eq!(
            (quantile(0.0), quantile(0.5), quantile(0.995), quantile(1.0)),
            (1.0, 500.0, 995.0, 1000.0)
        );
        assert_eq!(Histogram::default().quantile(0.5), None);
    }
}
