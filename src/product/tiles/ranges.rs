//! Ranges of the heats of a zoom, by which its colours go: of all of them, and of neighbourhoods
//! where colours are scaled to what lies around.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::TileScale;
use super::around::{Around, ZoomRange, joined, neighbourhood};
use super::pyramid::Pyramid;
use crate::color::{Range, Summary};
use crate::density::{Cells, Grid, Node};
use crate::error::Result;
use crate::geo::TileId;
use crate::product::events::{Doing, Event, Events};
use crate::product::style::Layer;

/// The ranges of the heats of some tiles, by their neighbourhood or, where nobody asks for those,
/// of all together; by pass.
type ByPlace = BTreeMap<Option<TileId>, Vec<Range>>;

impl Pyramid<'_> {
    /// The ranges of all heats of a zoom: where nobody needs to know them, those of nothing.
    pub fn ranges(&self, zoom: u8, scale: TileScale, events: &dyn Events) -> Result<ZoomRange> {
        let mut all = ZoomRange {
            whole: vec![Range::nothing(); self.layers().len()],
            around: None,
        };
        if self.is_fixed() {
            return Ok(all);
        }
        // All of the zoom, so that parts have one scale.
        let mut metatiles = self.metatiles(zoom, None)?;
        let known = self.goes_by_the_most(scale).then(|| {
            // What has the most in it is likely to be the hottest.
            metatiles.sort_by_cached_key(|metatile| Reverse(metatile.rows()));
            Known::new(self.layers().len())
        });
        let (done, count) = (AtomicUsize::new(0), metatiles.len());
        let summed = metatiles.par_iter().map(|metatile| {
            let places = self.by_place(metatile, zoom, scale, known.as_ref())?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            events.event(Event::Doing(Doing::Tiling {
                zoom,
                draws: false,
                done,
                all: count,
            }));
            Ok(Summed::of(places))
        });
        let summed = summed.try_reduce(Summed::default, |a, b| Ok(a.and(b)))?;
        if !summed.whole.is_empty() {
            all.whole = summed.whole;
        }
        all.around = (scale == TileScale::Local).then(|| Around::new(summed.neighbourhoods));
        Ok(all)
    }

    /// Whether nothing but the hottest pixel of a zoom makes a difference to its colours.
    fn goes_by_the_most(&self, scale: TileScale) -> bool {
        let mut layers = self.layers().iter();
        scale != TileScale::Local
            && self.is_in_heat()
            && layers.all(|layer| layer.scale().needs_ends_alone())
    }

    /// The ranges of the tiles of a zoom in a metatile, which no neighbourhood reaches out of.
    fn by_place(
        &self,
        metatile: &Node,
        zoom: u8,
        scale: TileScale,
        known: Option<&Known>,
    ) -> Result<ByPlace> {
        let mut places = ByPlace::new();
        for node in self.in_metatile(metatile, zoom)? {
            let Some(cells) = self.cells(&node)? else {
                continue;
            };
            // What is heated once anyway is heated now.
            let known_to = |known: &Known| known.exceeds(&cells, self.layers());
            if !self.keeps(node.tile()) && known.is_some_and(known_to) {
                continue;
            }
            let heats = self.spread(&cells)?;
            if let Some(known) = known {
                known.take(&heats);
            }
            let layers = heats.iter().zip(self.layers());
            let ranges = layers.map(|(heat, layer)| layer.scale().range(heat));
            let ranges: Vec<Range> = ranges.collect();
            let place = (scale == TileScale::Local).then(|| neighbourhood(node.tile()));
            let so_far = places.remove(&place);
            let ranges = match so_far {
                Some(so_far) => joined(so_far, ranges),
                None => ranges,
            };
            places.insert(place, ranges);
            self.keep(node.tile(), heats);
        }
        Ok(places)
    }
}

/// The most heat that is known of a zoom so far, by pass: a tile that cannot come to as much need not
/// be heated to know the most of all.
struct Known(Vec<AtomicU32>);

impl Known {
    fn new(passes: usize) -> Self {
        Self((0..passes).map(|_| AtomicU32::default()).collect())
    }

    /// Whether cells come to less in all passes.
    fn exceeds(&self, cells: &Cells, layers: &[Layer]) -> bool {
        let mut passes = self.0.iter().zip(layers);
        passes.all(|(known, layer)| {
            let known = f32::from_bits(known.load(Ordering::Relaxed));
            let bound = cells.bound(layer.density());
            bound.is_some_and(|bound| bound < known)
        })
    }

    fn take(&self, heats: &[Grid]) {
        for (known, heat) in self.0.iter().zip(heats) {
            // Of numbers that are not negative the bits rise as they do.
            known.fetch_max(heat.maximum().max(0.0).to_bits(), Ordering::Relaxed);
        }
    }
}

/// Ranges of some metatiles.
#[derive(Default)]
struct Summed {
    /// Of all that is in them; empty where nothing is.
    whole: Vec<Range>,
    neighbourhoods: BTreeMap<TileId, Vec<Summary>>,
}

impl Summed {
    fn of(places: ByPlace) -> Self {
        let mut summed = Self::default();
        for (place, ranges) in places {
            if let Some(place) = place {
                let summaries = ranges.iter().map(Summary::of).collect();
                summed.neighbourhoods.insert(place, summaries);
            }
            summed.whole = joined(std::mem::take(&mut summed.whole), ranges);
        }
        summed
    }

    fn and(mut self, mut other: Self) -> Self {
        self.neighbourhoods.append(&mut other.neighbourhoods);
        Self {
            whole: joined(self.whole, other.whole),
            neighbourhoods: self.neighbourhoods,
        }
    }
}
