//! Tiles of all zooms out of a quadtree: heated tile by tile, with what lies around them, and
//! encoded, in parallel and in the order of their numbers.
//!
//! A task is a metatile, a square of 8 × 8 tiles, whose numbers follow one another; what it finds
//! in the tree is what its tiles look through. Tiles are heated one by one all the same: most have
//! next to nothing in them, and a tile costs what is on it.

use std::collections::HashMap;
use std::f64::consts::{PI, TAU};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::Options;
use super::around::{Around, Tones, ZoomRange, local};
use super::stores::{Encoded, Writers, put};
use crate::color::Range;
use crate::density::{self, Binner, Cells, Grid, Node, Quadtree, Surface};
use crate::encode::png;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::{Cover, Radius, TileId, View};
use crate::product::events::{Blank, Doing, Done, Event, Events, Silent};
use crate::product::still::spread;
use crate::product::style::{self, Finish, Layer, Style, Toned, Unit};
use crate::raster::Raster;

/// Zooms from a metatile to its tiles.
const META: u8 = 3;
/// Of all memory, the part that heats may take until they are drawn.
const KEPT: u64 = 8;
/// Metatiles that are drawn before what they came to is written, for each thread.
const AT_ONCE: usize = 16;

/// All that tiles are made of.
pub struct Pyramid<'a> {
    tree: &'a Quadtree,
    style: Style,
    credit: Option<String>,
    /// How the heat that goes farthest is spread.
    widest: density::HeatOptions,
    side: u32,
    png: png::Options,
    /// The tile that all lie below, if not all are made.
    part: Option<TileId>,
    /// Heats that are known before they are drawn.
    kept: Mutex<Kept>,
}

/// Heats of tiles that wait to be drawn. The smallest zooms are heated first, and their tiles, which
/// are few and cost the most, are all here; those of others as long as there is room.
struct Kept {
    heats: HashMap<TileId, Vec<Grid>>,
    /// Bytes that more of them may take.
    room: usize,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    /// The least and the largest zoom of any tile.
    pub zooms: Option<(u8, u8)>,
    /// How many there are.
    pub tiles: u64,
}

impl<'a> Pyramid<'a> {
    pub fn new(
        tree: &'a Quadtree,
        (style, credit): (Style, Option<String>),
        scaled: &style::StyleOptions,
        options: &Options,
        level: png::Level,
    ) -> Self {
        Self {
            tree,
            style,
            credit,
            widest: scaled.widest(),
            side: options.side,
            part: options.part,
            png: png::Options {
                level,
                ..png::Options::default()
            },
            kept: Mutex::new(Kept {
                heats: HashMap::new(),
                room: (scaled.widest().memory / KEPT) as usize,
            }),
        }
    }

    /// The data.
    pub fn tree(&self) -> &Quadtree {
        self.tree
    }

    /// Whom something in the tiles belongs to.
    pub fn credit(&self) -> Option<&str> {
        self.credit.as_deref()
    }

    /// Whether kernels of a zoom have room.
    ///
    /// # Errors
    /// When they have not.
    pub fn check(&self, zoom: u8) -> Result<()> {
        let (radius, pixels, most) = (self.widest.radius, self.radius(zoom), Radius::LARGEST);
        if pixels <= most {
            return Ok(());
        }
        let fact = format!(
            "a radius of {radius} is {pixels:.0} pixels at zoom {zoom}, and {most} is the most there may be"
        );
        Err(Error::new(ErrorKind::Limit, fact).remedy(Remedy::SmallerRadiusOrZoom))
    }

    /// How far heat goes at most at a zoom, in parts of the world.
    pub fn reach(&self, zoom: u8) -> f64 {
        // A segment's distance is measured from the corner of a pixel.
        (self.radius(zoom).ceil() + 2.0) / (f64::from(self.side) * f64::from(zoom).exp2())
    }

    /// The longest radius in pixels at a zoom.
    fn radius(&self, zoom: u8) -> f64 {
        let metres = match self.widest.radius {
            Radius::Pixels(pixels) => return pixels,
            Radius::Metres(metres) => metres,
        };
        let world = f64::from(self.side) * f64::from(zoom).exp2();
        let shortest = self.at_equator(metres, zoom);
        let [_, (top, bottom)] = self.tree.reach().unwrap_or([(0.0, 1.0); 2]);
        // Away from the equator it is the longer the farther; beyond the data it grows on.
        let from_equator = (0.5 - top).max(bottom - 0.5).max(0.0) * TAU;
        (0..8).fold(shortest, |radius, _| {
            let farthest = from_equator + radius / world * TAU;
            (shortest * farthest.min(PI).cosh()).max(1.0)
        })
    }

    /// The shortest that a radius is at a zoom where there are data, in pixels.
    pub fn thinnest(&self, radius: Radius, zoom: u8) -> f64 {
        let metres = match radius {
            Radius::Pixels(pixels) => return pixels,
            Radius::Metres(metres) => metres,
        };
        let [_, (top, bottom)] = self.tree.reach().unwrap_or([(0.0, 1.0); 2]);
        let from_equator = (top - 0.5).max(0.5 - bottom).max(0.0) * TAU;
        self.at_equator(metres, zoom) * from_equator.min(PI).cosh()
    }

    /// So many metres at the equator in pixels of a zoom.
    fn at_equator(&self, metres: f64, zoom: u8) -> f64 {
        let ratio = f64::from(self.side) / f64::from(Options::SIDE);
        metres / Cover::metres_per_pixel(zoom) * ratio
    }

    /// Whether no range of heats makes a difference to the colours.
    pub fn is_fixed(&self) -> bool {
        // Scales of values begin at the least one, where they are not told.
        let is_fixed =
            |layer: &Layer| layer.scale().is_fixed() && layer.density().surface == Surface::Density;
        self.style.layers().iter().all(is_fixed)
    }

    /// The passes.
    pub(super) fn layers(&self) -> &[Layer] {
        self.style.layers()
    }

    /// What the colours of a zoom stand for, with words before the title.
    pub fn key(&self, range: &ZoomRange, words: &str) -> Result<Raster> {
        let toned = self.toned(&range.whole)?.into_iter();
        let toned: Vec<Toned> = match range.around {
            Some(_) => toned.map(Toned::in_percent).collect(),
            None => toned.collect(),
        };
        self.style.key_of(&toned, words)
    }

    /// The metatiles of a zoom that have anything in them, below a tile.
    pub(super) fn metatiles(&self, zoom: u8, below: Option<TileId>) -> Result<Vec<Node>> {
        let mut metatiles = Vec::new();
        let Some(from) = self.node(below, zoom)? else {
            return Ok(metatiles);
        };
        let to = zoom.saturating_sub(META).max(from.tile().z);
        self.walk(from, to, zoom, &mut |node| {
            metatiles.push(node);
            true
        })?;
        Ok(metatiles)
    }

    /// A tile with what heats tiles of a zoom below it, or all; nothing when nothing does.
    fn node(&self, below: Option<TileId>, zoom: u8) -> Result<Option<Node>> {
        let mut node = self.tree.root(zoom);
        let Some(below) = below else {
            return Ok(Some(node));
        };
        while node.tile().z < below.z {
            let next = below.above(node.tile().z + 1);
            let mut children = self.tree.children(&node, self.reach(zoom))?.into_iter();
            match children.find(|child| child.tile() == next) {
                Some(child) => node = child,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// A mark of what colours of a zoom mean: those of the same meaning have the same.
    pub fn mark(&self, range: &ZoomRange) -> Result<String> {
        let mut digest = Sha256::new();
        if let Some(around) = &range.around {
            digest.update(around.bytes().collect::<Vec<u8>>());
        }
        for toned in self.toned(&range.whole)? {
            digest.update(toned.tone().to_json());
            digest.update(toned.colors().as_flattened());
        }
        let digest = digest.finalize();
        Ok(digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect())
    }

    /// The tiles of a zoom in a metatile.
    pub(super) fn in_metatile(&self, metatile: &Node, zoom: u8) -> Result<Vec<Node>> {
        let mut tiles = Vec::new();
        self.walk(metatile.clone(), zoom, zoom, &mut |node| {
            tiles.push(node);
            true
        })?;
        Ok(tiles)
    }

    /// How many tiles of a zoom have anything in them, up to so many.
    pub fn count(&self, zoom: u8, most: u64) -> Result<u64> {
        let mut count = 0;
        self.walk(self.tree.root(zoom), zoom, zoom, &mut |_| {
            count += 1;
            count < most
        })?;
        Ok(count)
    }

    /// Visits the tiles of a zoom that lie below one, in the order of their numbers, as far as heat
    /// of another zoom reaches; until it is enough.
    fn walk(
        &self,
        from: Node,
        to: u8,
        zoom: u8,
        visit: &mut dyn FnMut(Node) -> bool,
    ) -> Result<()> {
        let reach = self.reach(zoom);
        let mut rest = vec![from];
        while let Some(node) = rest.pop() {
            if node.tile().z < to {
                let children = self.tree.children(&node, reach)?;
                rest.extend(children.into_iter().rev());
            } else if !visit(node) {
                break;
            }
        }
        Ok(())
    }

    /// The heats of a tile, by pass; nothing where none reaches it.
    fn heats(&self, node: &Node) -> Result<Option<Vec<Grid>>> {
        let kept = self.kept().take(node.tile());
        if kept.is_some() {
            return Ok(kept);
        }
        let cells = self.cells(node)?;
        cells.map(|cells| self.spread(&cells)).transpose()
    }

    /// The cells of a tile; nothing where no heat reaches it.
    pub(super) fn cells(&self, node: &Node) -> Result<Option<Cells>> {
        let view = self.view(node.tile())?;
        let binner = Arc::new(Binner::new(&view, &self.widest)?);
        let cells = self.tree.cells(node, binner, self.widest.memory)?;
        Ok((!cells.is_empty()).then_some(cells))
    }

    /// Their heats, by pass.
    pub(super) fn spread(&self, cells: &Cells) -> Result<Vec<Grid>> {
        let layers = self.style.layers().iter();
        let heats = layers.map(|layer| spread(cells, &self.style, layer.density(), &Silent));
        heats.collect()
    }

    /// Whether heats are as kernels make them, and not measured in anything else.
    pub(super) fn is_in_heat(&self) -> bool {
        self.style.unit() == Unit::Heat
    }

    fn view(&self, tile: TileId) -> Result<View> {
        let view = View::of_tile(tile, self.side);
        view.ok_or_else(|| Error::new(ErrorKind::Internal, "there is no such tile"))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps heats until they are drawn, if they will be and there is room.
    pub(super) fn keep(&self, tile: TileId, heats: Vec<Grid>) {
        if self.keeps(tile) {
            self.kept().put(tile, heats);
        }
    }

    /// Whether the heats of a tile will be kept until they are drawn.
    pub(super) fn keeps(&self, tile: TileId) -> bool {
        let is_drawn = self.part.is_none_or(|part| tile.above(part.z) == part);
        let pixels = (self.side as usize).pow(2);
        is_drawn && self.kept().room >= pixels * size_of::<f32>() * self.layers().len()
    }

    /// Why nothing is seen of all tiles.
    pub fn blank(&self, ranges: &[ZoomRange]) -> Result<Blank> {
        let all = ranges.iter().cloned().reduce(ZoomRange::join);
        let toned = self.toned(&all.unwrap_or_default().whole)?;
        let blank = toned.last().and_then(Toned::blank);
        Ok(blank.unwrap_or(Blank::Weightless))
    }

    /// The colours of ranges, by pass.
    fn toned(&self, ranges: &[Range]) -> Result<Vec<Toned<'_>>> {
        let layers = self.style.layers().iter().zip(ranges);
        layers
            .map(|(layer, range)| layer.tone(range.clone()))
            .collect()
    }

    /// Draws all tiles, in the order of their numbers, into stores.
    pub fn draw(
        &self,
        zooms: RangeInclusive<u8>,
        ranges: &[ZoomRange],
        writers: &mut Writers,
        events: &dyn Events,
    ) -> Result<Written> {
        let mut written = Written::default();
        for (zoom, range) in zooms.zip(ranges) {
            let colors = Colors {
                toned: self.toned(&range.whole)?,
                around: range.around.as_ref(),
            };
            let (tiles, bytes) = self.draw_zoom(zoom, &colors, writers, events)?;
            events.event(Event::Done(Done::Zoom { zoom, tiles, bytes }));
            if tiles > 0 {
                written.tiles += tiles;
                let (first, _) = written.zooms.unwrap_or((zoom, zoom));
                written.zooms = Some((first, zoom));
            }
        }
        Ok(written)
    }

    /// Draws the tiles of a zoom, and gives how many there are and of how many bytes. While some
    /// are drawn those before them are written.
    fn draw_zoom(
        &self,
        zoom: u8,
        colors: &Colors<'_>,
        writers: &mut Writers,
        events: &dyn Events,
    ) -> Result<(u64, u64)> {
        let metatiles = self.metatiles(zoom, self.part)?;
        let (mut done, all) = (0, metatiles.len());
        let (mut tiles, mut bytes) = (0, 0);
        let mut drawn: Vec<Encoded> = Vec::new();
        for batch in metatiles.chunks(AT_ONCE * rayon::current_num_threads()) {
            let draw = || {
                let metatiles = batch.par_iter();
                metatiles
                    .map(|metatile| self.draw_metatile(metatile, zoom, colors))
                    .collect()
            };
            let (put, next): (_, Result<Vec<Encoded>>) = rayon::join(|| put(&drawn, writers), draw);
            put?;
            drawn = next?;
            tiles += drawn.iter().map(|tiles| tiles.len() as u64).sum::<u64>();
            let lengths = drawn.iter().flatten().map(|(_, bytes)| bytes.len() as u64);
            bytes += lengths.sum::<u64>();
            done += batch.len();
            let draws = true;
            events.event(Event::Doing(Doing::Tiling {
                zoom,
                draws,
                done,
                all,
            }));
        }
        put(&drawn, writers)?;
        Ok((tiles, bytes))
    }

    fn draw_metatile(&self, metatile: &Node, zoom: u8, colors: &Colors<'_>) -> Result<Encoded> {
        let (mut drawn, mut tones) = (Vec::new(), Tones::new());
        for node in self.in_metatile(metatile, zoom)? {
            let Some(heats) = self.heats(&node)? else {
                continue;
            };
            let painted = colors.painted(node.tile(), &heats, &mut tones);
            if let Some(bytes) = self.encoded(node.tile(), painted, &colors.toned)? {
                drawn.push((node.tile(), bytes));
            }
        }
        Ok(drawn)
    }

    /// A painted tile as PNG; nothing where nothing is seen.
    fn encoded(
        &self,
        tile: TileId,
        painted: Option<Raster>,
        toned: &[Toned<'_>],
    ) -> Result<Option<Vec<u8>>> {
        let Some(mut painted) = painted else {
            return Ok(None);
        };
        let mask = self.style.mask(&self.view(tile)?)?;
        if let Some(mask) = mask {
            painted.cut(&mask);
        }
        if painted.is_clear() {
            return Ok(None);
        }
        let picture = self.style.finish(painted, Finish::Layer, toned, None)?;
        let mut bytes = Vec::new();
        png::write(&picture, &self.png, &mut bytes)
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        Ok(Some(bytes))
    }
}

impl Kept {
    fn put(&mut self, tile: TileId, heats: Vec<Grid>) {
        let bytes = heats.iter().map(Grid::bytes).sum();
        if let Some(room) = self.room.checked_sub(bytes) {
            self.room = room;
            self.heats.insert(tile, heats);
        }
    }

    fn take(&mut self, tile: TileId) -> Option<Vec<Grid>> {
        let heats = self.heats.remove(&tile)?;
        self.room += heats.iter().map(Grid::bytes).sum::<usize>();
        Some(heats)
    }
}

/// Colours of the heats of a zoom.
struct Colors<'a> {
    /// By pass.
    toned: Vec<Toned<'a>>,
    /// The heats of neighbourhoods, where they go by what lies around.
    around: Option<&'a Around>,
}

impl Colors<'_> {
    /// Heats in colours, those of the first pass at the bottom; with the tones of the neighbourhoods
    /// of tiles that were painted before.
    fn painted(&self, tile: TileId, heats: &[Grid], tones: &mut Tones) -> Option<Raster> {
        if let Some(around) = self.around {
            around.prepare(tile, &self.toned, tones);
        }
        let passes = heats.iter().zip(&self.toned).enumerate();
        passes.fold(None, |below, (pass, (heat, toned))| {
            let local = self.around.and_then(|_| local(tile, tones, pass));
            Some(toned.paint_locally(heat, local.as_ref(), below))
        })
    }
}
