//! Which zooms a pyramid has.

use std::ops::RangeInclusive;

use super::Options;
use super::pyramid::Pyramid;
use crate::error::Result;
use crate::product::events::ZoomLimit;

/// The zooms of a pyramid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zooms {
    /// The first.
    pub least: u8,
    /// The last.
    pub largest: u8,
    /// What chose the last, if the user did not.
    pub limit: Option<ZoomLimit>,
}

impl Zooms {
    /// The largest that is taken unless it is asked for: a pixel is two metres.
    pub const LARGEST: u8 = 16;
    /// The most tiles that are made unless they are asked for.
    const MOST: u64 = 1_000_000;
    /// The share of pixels that hold one place alone where a larger zoom shows no more.
    const SINGLE: f64 = 0.95;

    /// Those that are asked for, or that the data suggest.
    pub fn choose(pyramid: &Pyramid, options: &Options) -> Result<Self> {
        let least = options.min_zoom;
        let zooms = match options.max_zoom {
            Some(largest) => Self {
                least,
                largest,
                limit: None,
            },
            None => Self::of_data(pyramid, options)?,
        };
        pyramid.check(zooms.largest)?;
        Ok(zooms)
    }

    fn of_data(pyramid: &Pyramid, options: &Options) -> Result<Self> {
        let least = options.min_zoom;
        let places = pyramid.tree().places()?;
        // A pixel of a zoom is so many of the deepest, as a power of two.
        let of_zoom = |zoom: u8| {
            let size = options.deepest() - zoom + options.ratio().log2() as u8;
            places.get(usize::from(size)).copied().unwrap_or_default()
        };
        let is_enough = |zoom: &u8| {
            let places = of_zoom(*zoom);
            places.single as f64 >= Self::SINGLE * places.pixels as f64
        };
        let wanted = (0..Self::LARGEST).find(is_enough);
        let largest = wanted.unwrap_or(Self::LARGEST).max(least);
        let mut zooms = Self {
            least,
            largest,
            limit: Some(match wanted {
                Some(_) => ZoomLimit::Places,
                None => ZoomLimit::Largest,
            }),
        };
        let mut tiles = 0;
        for zoom in zooms.all() {
            tiles += pyramid.count(zoom, Self::MOST - tiles)?;
            // No zoom with a radius that is too long is of use, either.
            let is_too_wide = pyramid.check(zoom).is_err();
            if tiles >= Self::MOST || is_too_wide {
                zooms.largest = zoom.saturating_sub(1).max(least);
                zooms.limit = Some(ZoomLimit::Tiles).filter(|_| !is_too_wide);
                break;
            }
        }
        Ok(zooms)
    }

    /// All of them.
    pub fn all(self) -> RangeInclusive<u8> {
        self.least..=self.largest
    }
}
