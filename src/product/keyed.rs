//! Categorical shading: one picture of several groups, each in a colour of its own.
//!
//! A pixel has the mean of the colours of the groups that heat it, weighed by their heat, and is as
//! opaque as the gradient has it for all heat together (as datashader's `color_key`). Colours are
//! mixed as light, not as the bytes of sRGB, in which red and green give mud.

use std::cmp::Reverse;

use palette::{LinSrgb, Srgb};

use crate::density::Grid;
use crate::error::Result;
use crate::raster::memory::zeros;
use crate::raster::{Raster, Size};

/// Colours for groups that have none of their own: Tableau's, which differ for most eyes.
const PALETTE: [[u8; 4]; 10] = [
    [0x4e, 0x79, 0xa7, 255],
    [0xf2, 0x8e, 0x2b, 255],
    [0xe1, 0x57, 0x59, 255],
    [0x76, 0xb7, 0xb2, 255],
    [0x59, 0xa1, 0x4f, 255],
    [0xed, 0xc9, 0x48, 255],
    [0xb0, 0x7a, 0xa1, 255],
    [0xff, 0x9d, 0xa7, 255],
    [0x9c, 0x75, 0x5f, 255],
    [0xba, 0xb0, 0xac, 255],
];
/// The colour of groups that a key does not name.
const OTHERS: [u8; 4] = [0x88, 0x88, 0x88, 255];
/// What these are called.
const OTHER: &str = "other";

/// Which group has which colour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColorKey {
    /// Names of groups, whose capitals do not matter, and their colours; `other` is all groups that
    /// are not named. Without any entry, the largest groups get colours of a palette, in their order.
    pub entries: Vec<(String, [u8; 4])>,
}

/// The colours of some groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Colored {
    /// That of each group, in their order.
    pub(super) colors: Vec<[u8; 4]>,
    /// What a legend says: in the order of the key, those alone that there are.
    pub(super) legend: Vec<(String, [u8; 4])>,
    /// Groups that the key does not name.
    pub(super) others: Vec<String>,
    /// Names of the key that no group has.
    pub(super) unused: Vec<String>,
}

impl ColorKey {
    /// The colours of groups, of each of which the label and the number of shapes are given.
    pub(super) fn colored(&self, groups: &[(&str, u64)]) -> Colored {
        let is = |name: &str, label: &str| name.to_lowercase() == label.to_lowercase();
        if self.entries.is_empty() {
            return of_palette(groups);
        }
        let labels: Vec<&str> = groups.iter().map(|(label, _)| *label).collect();
        let find = |label: &str| self.entries.iter().find(|(name, _)| is(name, label));
        let other = find(OTHER).map_or(OTHERS, |(_, color)| *color);
        let color = |label: &&str| find(label).map_or(other, |(_, color)| *color);
        let has = |name: &str| labels.iter().any(|label| is(name, label));
        let (mut legend, unused): (Vec<_>, Vec<_>) = self
            .entries
            .iter()
            .filter(|(name, _)| !is(name, OTHER))
            .cloned()
            .partition(|(name, _)| has(name));
        let others = labels.iter().filter(|label| find(label).is_none());
        let others: Vec<String> = others.map(|&label| label.to_owned()).collect();
        if !others.is_empty() {
            legend.push((OTHER.to_owned(), other));
        }
        legend.retain(|(_, color)| color[3] > 0);
        Colored {
            colors: labels.iter().map(color).collect(),
            legend,
            others: if find(OTHER).is_some() {
                Vec::new()
            } else {
                others
            },
            unused: unused.into_iter().map(|(name, _)| name).collect(),
        }
    }
}

/// Colours of the palette for the largest groups, in their order, and gray for more than it has
/// colours.
fn of_palette(groups: &[(&str, u64)]) -> Colored {
    let mut largest: Vec<usize> = (0..groups.len()).collect();
    largest.sort_by_key(|&at| Reverse(groups[at].1));
    largest.truncate(PALETTE.len());
    largest.sort_unstable();
    let mut colored = Colored::default();
    for (at, (label, _)) in groups.iter().enumerate() {
        let color = largest.binary_search(&at).ok().map(|place| PALETTE[place]);
        match color {
            Some(color) => colored.legend.push(((*label).to_owned(), color)),
            None => colored.others.push((*label).to_owned()),
        }
        colored.colors.push(color.unwrap_or(OTHERS));
    }
    if !colored.others.is_empty() {
        colored.legend.push((OTHER.to_owned(), OTHERS));
    }
    colored
}

/// The light of all groups so far.
pub(super) struct Mix {
    /// All heat.
    pub(super) heat: Grid,
    /// The light of each pixel times its heat, and its opacity times that.
    light: Vec<[f32; 4]>,
}

impl Mix {
    pub(super) fn new(size: Size) -> Result<Self> {
        Ok(Self {
            heat: Grid::cold(size)?,
            light: zeros(size.pixels(), size)?,
        })
    }

    /// Adds the heat of a group.
    pub(super) fn add(&mut self, heat: &Grid, [red, green, blue, alpha]: [u8; 4]) {
        if alpha == 0 {
            return;
        }
        let light = light([red, green, blue]);
        let alpha = f32::from(alpha) / 255.0;
        let pairs = self.light.iter_mut().zip(heat.heat());
        for (mixed, &heat) in pairs.filter(|(_, heat)| **heat > 0.0) {
            let own = [light.red, light.green, light.blue, 1.0].map(|part| part * alpha * heat);
            mixed
                .iter_mut()
                .zip(own)
                .for_each(|(sum, part)| *sum += part);
        }
        self.heat.plus(heat);
    }

    /// Gives a picture of all heat the mixed colours, whose opacity it keeps.
    pub(super) fn paint(&self, picture: &mut Raster) {
        let heats = self.heat.heat().iter();
        let pixels = picture.pixels_mut().iter_mut();
        for ((pixel, mixed), &heat) in pixels.zip(&self.light).zip(heats) {
            let [red, green, blue, share] = *mixed;
            if share > 0.0 {
                let [red, green, blue] = bytes(LinSrgb::new(red, green, blue) / share);
                let alpha = f32::from(pixel[3]) * (share / heat).min(1.0);
                *pixel = [red, green, blue, alpha.round() as u8];
            }
        }
    }
}

/// The light of a colour of sRGB.
fn light(color: [u8; 3]) -> LinSrgb {
    Srgb::from(color).into_format::<f32>().into_linear()
}

/// The colour of a light.
fn bytes(light: LinSrgb) -> [u8; 3] {
    Srgb::<f32>::from_linear(light).into_format::<u8>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(entries: &[(&str, [u8; 4])]) -> ColorKey {
        let entries = entries
            .iter()
            .map(|&(name, color)| (name.to_owned(), color));
        ColorKey {
            entries: entries.collect(),
        }
    }

    #[test]
    fn groups_have_the_colours_of_the_key_and_others_are_gray() {
        let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
        let key = key(&[("Run", red), ("ride", blue), ("swim", blue)]);
        let colored = key.colored(&[("hike", 1), ("ride", 1), ("run", 1)]);
        assert_eq!(colored.colors, [OTHERS, blue, red]);
        let legend: Vec<&str> = colored.legend.iter().map(|(name, _)| &**name).collect();
        assert_eq!(legend, ["Run", "ride", "other"]);
        assert_eq!(
            (colored.others, colored.unused),
            (vec!["hike".to_owned()], vec!["swim".to_owned()])
        );
        let hidden =
            self::key(&[("run", red), ("other", [0; 4])]).colored(&[("hike", 1), ("run", 1)]);
        assert_eq!((hidden.colors, hidden.legend.len()), (vec![[0; 4], red], 1));
        assert!(hidden.others.is_empty());
        let labels: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        // The smallest come first.
        let groups: Vec<(&str, u64)> = labels.iter().map(String::as_str).zip(1..).collect();
        let colored = ColorKey::default().colored(&groups);
        assert_eq!(
            (colored.legend.len(), colored.others),
            (11, vec!["0".to_owned(), "1".to_owned()])
        );
        assert_eq!(colored.colors[..3], [OTHERS, OTHERS, PALETTE[0]]);
    }

    #[test]
    fn colours_are_mixed_as_light_by_their_heat() {
        for value in 0..=255 {
            assert_eq!(bytes(light([value; 3])), [value; 3]);
        }
        let size = Size::new(3, 1).unwrap();
        let grid = |heats: [f32; 3]| {
            let mut grid = Grid::cold(size).unwrap();
            grid.heat_mut().copy_from_slice(&heats);
            grid
        };
        let mut mix = Mix::new(size).unwrap();
        mix.add(&grid([1.0, 1.0, 0.0]), [255, 0, 0, 255]);
        mix.add(&grid([0.0, 1.0, 0.0]), [0, 255, 0, 255]);
        mix.add(&grid([5.0, 5.0, 5.0]), [0, 0, 255, 0]);
        assert_eq!(mix.heat.heat(), [1.0, 2.0, 0.0]);
        let mut picture = Raster::filled(size, [9, 9, 9, 100]);
        mix.paint(&mut picture);
        let both = [188, 188, 0, 100];
        assert_eq!(picture.pixels(), [[255, 0, 0, 100], both, [9, 9, 9, 100]]);
    }
}
