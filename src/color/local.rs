//! Local tone mapping: a tone curve that changes from place to place, by interpolation between
//! those of neighbourhoods (Pizer et al., Adaptive Histogram Equalization and Its Variations,
//! 1987).
//!
//! Four tones belong to the corners of a square that a picture is a part of; between them position
//! in the gradient goes bilinearly. Squares that share corners so meet without a seam. What of a
//! picture must be known for that is kept for thousands of them, so heats are counted coarsely.

use rayon::prelude::*;

use super::gradient::Gradient;
use super::range::{Counted, Range};
use super::scale::How;
use super::tone::{Curve, Tone};
use crate::density::Grid;
use crate::raster::Raster;

/// Range of heats in little memory: ends as they are, and heats counted to 1/64.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    minimum: f32,
    maximum: f32,
    has_values: bool,
    slots: Box<[(u16, u32)]>,
}

impl Summary {
    /// That of a range.
    #[must_use]
    pub fn of(range: &Range) -> Self {
        let (minimum, maximum) = range.ends();
        Self {
            minimum,
            maximum,
            has_values: range.has_values(),
            slots: range.histogram.coarse(),
        }
    }

    /// The range of several pictures together.
    #[must_use]
    pub fn joined<'a>(summaries: impl Iterator<Item = &'a Self>) -> Range {
        summaries.fold(Range::nothing(), |mut all, summary| {
            all.histogram.add_coarse(&summary.slots);
            all.spread_to(summary.minimum, summary.maximum, summary.has_values);
            all
        })
    }

    /// Its bytes: those of another one differ.
    pub fn bytes(&self) -> impl Iterator<Item = u8> {
        let ends = [self.minimum, self.maximum].map(f32::to_le_bytes);
        let slots = self.slots.iter().flat_map(|(slot, count)| {
            let (slot, count) = (slot.to_le_bytes(), count.to_le_bytes());
            slot.into_iter().chain(count)
        });
        ends.into_iter().flatten().chain(slots)
    }
}

/// Tones of the corners of a square, and which part of it a picture is.
#[derive(Clone, Copy, Debug)]
pub struct LocalTone<'a> {
    /// Those of the north-west, the north-east, the south-west and the south-east.
    pub corners: [&'a Tone; 4],
    /// Where the picture's left and upper edge lie, from 0 to 1 across and down.
    pub from: (f64, f64),
    /// How much of the square's side the picture's is.
    pub side: f64,
}

impl LocalTone<'_> {
    /// What each corner has, at a place across and down.
    fn between(&self, (across, down): (f64, f64), at: impl Fn(&Tone) -> f64) -> f64 {
        // Exact where both ends are equal, so that nothing changes its colour there.
        let along = |from: f64, to: f64, share: f64| from + (to - from) * share;
        let [a, b, c, d] = self.corners.map(at);
        along(along(a, b, across), along(c, d, across), down)
    }
}

/// Colours every pixel that has heat, as [`paint`](super::paint) does, by tones that differ from
/// place to place. They rise in the same way as `whole`, that of all places.
#[must_use]
pub fn paint_locally(
    grid: &Grid,
    local: &LocalTone<'_>,
    whole: &Tone,
    gradient: &Gradient,
) -> Raster {
    let mut raster = Raster::filled(grid.size(), gradient.clear());
    let (width, height) = (grid.size().width(), grid.size().height());
    let colors = Colors {
        local,
        whole,
        cold: gradient.at(0.0),
        seen: &gradient.seen_in(whole),
    };
    let painted = whole.painted();
    let share = |from: f64, pixel: usize, pixels: usize| {
        from + local.side * ((pixel as f64 + 0.5) / pixels as f64)
    };
    let rows = raster.pixels_mut().par_chunks_mut(width).enumerate();
    rows.for_each(|(y, row)| {
        let (down, start) = (share(local.from.1, y, height), y * width);
        for (x, pixel) in row.iter_mut().enumerate() {
            let at = || (share(local.from.0, x, width), down);
            let heat = grid.heat()[start + x];
            match grid.support().map(|support| support[start + x]) {
                Some(support) if support > 0.0 => *pixel = colors.of_value(at(), heat, support),
                None if painted.has(heat) => *pixel = colors.of_heat(at(), heat),
                _ => {}
            }
        }
    });
    raster
}

/// Colours of heats and values by the place where they are.
struct Colors<'a> {
    local: &'a LocalTone<'a>,
    whole: &'a Tone,
    /// The colour of what is colder than a span that begins above zero.
    cold: [u8; 4],
    /// The gradient as pictures have it.
    seen: &'a Gradient,
}

impl Colors<'_> {
    fn of_heat(&self, at: (f64, f64), heat: f32) -> [u8; 4] {
        let coldest = |tone: &Tone| f64::from(tone.coldest());
        let has_coldest = self.whole.coldest().is_finite();
        if has_coldest && f64::from(heat) < self.local.between(at, coldest) {
            return self.cold;
        }
        self.at(at, heat)
    }

    fn of_value(&self, at: (f64, f64), value: f32, support: f32) -> [u8; 4] {
        let [r, g, b, alpha] = self.at(at, value);
        let share = (support / self.whole.support).min(1.0);
        [r, g, b, (f32::from(alpha) * share).round() as u8]
    }

    fn at(&self, at: (f64, f64), heat: f32) -> [u8; 4] {
        let position = self.local.between(at, |tone| tone.position(heat).into());
        self.seen.at(position as f32)
    }
}

impl Tone {
    /// A tone for legends of local ones, with its range: per cent of the way from the least to the
    /// most there is around, from −100 where zero is in the middle.
    #[must_use]
    pub fn in_percent(&self) -> (Self, Range) {
        let low = if self.is_diverging { -100.0 } else { 0.0 };
        let tone = Self {
            curve: Curve::Formula(How::Linear),
            span: (low, 100.0),
            threshold: 0.0,
            ..self.clone()
        };
        let range = Range::of_heats(&[low, 100.0], Counted::None);
        (tone, range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{Scale, gradient, scale};

    fn scale(how: How) -> Scale {
        let gradient = Gradient::load(&gradient::GradientOptions::default()).unwrap();
        let options = scale::ScaleOptions {
            how,
            ..scale::ScaleOptions::default()
        };
        Scale::load(&options, &gradient).unwrap()
    }

    fn tone(how: How, heats: &[f32]) -> Tone {
        let scale = scale(how);
        scale.tone(&scale.range_of(heats)).unwrap()
    }

    #[test]
    fn position_goes_from_corner_to_corner() {
        let (weak, strong) = (tone(How::Linear, &[4.0]), tone(How::Linear, &[8.0]));
        let local = LocalTone {
            corners: [&weak, &strong, &weak, &strong],
            from: (0.0, 0.0),
            side: 1.0,
        };
        let position =
            |across, down| local.between((across, down), |tone| tone.position(4.0).into());
        assert_eq!(
            [(0.0, 0.3), (0.5, 0.9), (1.0, 0.0)].map(|(x, y)| position(x, y)),
            [1.0, 0.75, 0.5]
        );
    }

    #[test]
    fn a_summary_of_parts_is_that_of_the_whole_to_a_sixty_fourth() {
        let heats: Vec<f32> = (1..900).map(|i| (i * i % 977) as f32 / 7.0).collect();
        for how in [How::Linear, How::EqHist, How::Log] {
            let scale = scale(how);
            let parts: Vec<Summary> = heats
                .chunks(100)
                .map(|part| Summary::of(&scale.range_of(part)))
                .collect();
            let joined = scale.tone(&Summary::joined(parts.iter())).unwrap();
            let whole = tone(how, &heats);
            for &heat in &heats {
                // A slot less or more.
                let [low, high] = [31.0 / 32.0, 33.0 / 32.0].map(|by| whole.position(heat * by));
                let position = joined.position(heat);
                assert!(
                    (low..=high).contains(&position),
                    "{how:?} {heat}: {position}"
                );
            }
        }
    }
}
