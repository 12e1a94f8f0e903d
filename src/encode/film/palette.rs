//! Many colours as 255 of them. Knows nothing of pictures: colours come in an order, and that is
//! all.
//!
//! When there are too many, they are cut apart again and again where they differ most, which is
//! median cut (Heckbert 1982) with Wu's variance (1991) in place of the median.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A colour: red, green, blue.
pub type Rgb = [u8; 3];

/// The most colours a palette has. The 256th of a GIF is kept for pixels that stay as they are.
pub const LARGEST: usize = 255;
/// Bits of each channel by which colours are told apart when there are too many of them: no eye
/// sees the rest.
const BITS: u32 = 7;

/// Few colours which stand for many.
pub struct Palette {
    colors: Vec<Rgb>,
    numbers: Lookup,
}

enum Lookup {
    /// There are few colours: each stands for itself.
    Exact(HashMap<Rgb, u8>),
    /// There are many: each kind has a number.
    Near(Vec<u8>),
}

impl Palette {
    /// The palette of colours, however many, of which any may come again.
    pub fn of(colors: impl Iterator<Item = Rgb> + Clone) -> Self {
        exact(colors.clone()).unwrap_or_else(|| near(colors))
    }

    /// The colours.
    pub fn colors(&self) -> &[Rgb] {
        &self.colors
    }

    /// The number of the colour that stands for one of those the palette was made of.
    pub fn number(&self, color: Rgb) -> u8 {
        match &self.numbers {
            Lookup::Exact(numbers) => numbers.get(&color).copied().unwrap_or_default(),
            Lookup::Near(numbers) => numbers[kind(color)],
        }
    }
}

fn exact(given: impl Iterator<Item = Rgb>) -> Option<Palette> {
    let (mut colors, mut numbers) = (Vec::new(), HashMap::new());
    let mut last = None;
    for color in given {
        // Neighbours are often equal, and to look up each of them takes longer than the rest.
        if last.replace(color) == Some(color) {
            continue;
        }
        if let Entry::Vacant(place) = numbers.entry(color) {
            if colors.len() == LARGEST {
                return None;
            }
            place.insert(colors.len() as u8);
            colors.push(color);
        }
    }
    Some(Palette {
        colors,
        numbers: Lookup::Exact(numbers),
    })
}

fn near(given: impl Iterator<Item = Rgb>) -> Palette {
    let mut kinds = kinds(given);
    let mut clusters = vec![Cluster::of(&mut kinds)];
    while clusters.len() < LARGEST {
        let spread = |cluster: &Cluster| cluster.spread;
        let widest = (0..clusters.len())
            .max_by(|&a, &b| spread(&clusters[a]).total_cmp(&spread(&clusters[b])));
        let Some(widest) = widest.filter(|widest| clusters[*widest].kinds.len() > 1) else {
            break;
        };
        let (low, high) = clusters.swap_remove(widest).cut();
        clusters.extend([low, high]);
    }
    let mut numbers = vec![0; 1 << (3 * BITS)];
    for (number, cluster) in clusters.iter().enumerate() {
        cluster
            .kinds
            .iter()
            .for_each(|found| numbers[kind(found.color())] = number as u8);
    }
    let colors = clusters
        .iter()
        .map(|cluster| cluster.mean.map(|channel| channel.round() as u8))
        .collect();
    Palette {
        colors,
        numbers: Lookup::Near(numbers),
    }
}

/// Number of the bucket that a colour falls into.
fn kind(color: Rgb) -> usize {
    color.iter().fold(0, |kind, channel| {
        kind << BITS | usize::from(channel >> (8 - BITS))
    })
}

/// Colours that are taken for one.
#[derive(Clone, Copy, Default)]
struct Bucket {
    sums: [u64; 3],
    count: u64,
}

impl Bucket {
    fn mean(&self) -> [f64; 3] {
        self.sums.map(|sum| sum as f64 / self.count as f64)
    }

    /// One that is of this kind, as the mean of its colours must be.
    fn color(&self) -> Rgb {
        self.sums.map(|sum| (sum / self.count) as u8)
    }

    /// The root, since hot spots are small, and what a heat map is about.
    fn weight(&self) -> f64 {
        (self.count as f64).sqrt()
    }
}

/// In the order in which they came.
fn kinds(given: impl Iterator<Item = Rgb>) -> Vec<Bucket> {
    let mut places = vec![0_u32; 1 << (3 * BITS)];
    let mut kinds = Vec::new();
    for color in given {
        let place = &mut places[kind(color)];
        if *place == 0 {
            kinds.push(Bucket::default());
            *place = kinds.len() as u32;
        }
        let kind: &mut Bucket = &mut kinds[*place as usize - 1];
        kind.count += 1;
        kind.sums
            .iter_mut()
            .zip(color)
            .for_each(|(sum, channel)| *sum += u64::from(channel));
    }
    kinds
}

/// Kinds of colours that one colour stands for.
struct Cluster<'a> {
    kinds: &'a mut [Bucket],
    mean: [f64; 3],
    /// The channel in which they differ most.
    channel: usize,
    /// How much they differ in it: the sum of their squared distances, by weight.
    spread: f64,
}

impl<'a> Cluster<'a> {
    fn of(kinds: &'a mut [Bucket]) -> Self {
        let (mut weights, mut sums, mut squares) = (0.0, [0.0; 3], [0.0; 3]);
        for kind in &*kinds {
            let (mean, weight) = (kind.mean(), kind.weight());
            weights += weight;
            for channel in 0..3 {
                sums[channel] += weight * mean[channel];
                squares[channel] += weight * mean[channel] * mean[channel];
            }
        }
        let mean = sums.map(|sum| sum / weights);
        let spread = |channel: usize| squares[channel] - sums[channel] * mean[channel];
        let channel = (0..3)
            .max_by(|&a, &b| spread(a).total_cmp(&spread(b)))
            .unwrap_or_default();
        // What rounding leaves of a single one is nothing to cut.
        let spread = if kinds.len() > 1 {
            spread(channel)
        } else {
            0.0
        };
        Self {
            kinds,
            mean,
            channel,
            spread,
        }
    }

    /// Those below the mean, and the others: neither is empty when there are two.
    fn cut(self) -> (Self, Self) {
        let (channel, mean) = (self.channel, self.mean[self.channel]);
        self.kinds
            .sort_unstable_by(|a, b| a.mean()[channel].total_cmp(&b.mean()[channel]));
        let low = self
            .kinds
            .partition_point(|kind| kind.mean()[channel] < mean);
        let (low, high) = self.kinds.split_at_mut(low.clamp(1, self.kinds.len() - 1));
        (Self::of(low), Self::of(high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By how much a channel is off at the most.
    fn error(colors: &[Rgb]) -> u8 {
        let palette = Palette::of(colors.iter().copied());
        assert!(palette.colors().len() <= LARGEST);
        let far = |color: Rgb| {
            let near = palette.colors()[usize::from(palette.number(color))];
            color.iter().zip(near).map(|(a, b)| a.abs_diff(b)).max()
        };
        colors
            .iter()
            .copied()
            .filter_map(far)
            .max()
            .unwrap_or_default()
    }

    fn ramp(count: usize) -> Vec<Rgb> {
        (0..count)
            .map(|i| [i as u8, (i / 2) as u8, (i >> 8) as u8 * 9])
            .collect()
    }

    #[test]
    fn few_colors_are_exact_and_many_are_near() {
        assert_eq!(error(&[]), 0);
        assert_eq!(error(&ramp(255)), 0);
        assert!(error(&ramp(256)) <= 1, "{}", error(&ramp(256)));
        assert!(error(&ramp(2000)) <= 8, "{}", error(&ramp(2000)));
        let all: Vec<Rgb> = (0..1_u32 << 15)
            .map(|i| [i >> 10, i >> 5, i].map(|channel| (channel % 32) as u8 * 8))
            .collect();
        assert!(error(&all) <= 40, "{}", error(&all));
    }

    #[test]
    fn a_hot_spot_on_much_of_something_else_keeps_its_color() {
        let mut colors: Vec<Rgb> = (0..1_000_000_usize)
            .map(|i| [0, 0, (i % 197) as u8])
            .collect();
        colors.extend((0..200).map(|i| [255, 255 - i as u8, 0]));
        assert!(error(&colors) <= 8, "{}", error(&colors));
    }
}
