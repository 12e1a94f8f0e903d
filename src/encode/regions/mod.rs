//! Hot regions: the places that are at least as hot as a level, as polygons with their area on the
//! ground and their share of all heat.
//!
//! Lines are those of marching squares (crate contour) with linear interpolation between the
//! middles of pixels, and stay clear of these: where heats are whole numbers lines would touch
//! themselves there, and be no valid rings. A picture that reaches across 180° is cut there, as RFC
//! 7946 (3.1.9) has it.

mod geojson;
mod kml;

use std::ops::Range;

use contour::contour_rings;
use rayon::prelude::*;

pub use self::geojson::write as write_geojson;
pub use self::kml::write as write_kml;
use crate::density::Grid;
use crate::error::{Error, ErrorKind, Result};
use crate::geo::{Coord, Pixels, View};
use crate::raster::memory::zeros;
use crate::raster::{Mask, Size};

/// How near a line comes to the middle of a pixel, in pixels: so what a pixel has that is just as
/// hot as the level is an area, too.
const CLEAR: f32 = 0.25;

/// The heat from which on regions are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What it is called: as it was asked for.
    pub name: String,
    /// The heat.
    pub heat: f32,
    /// The colour of that heat.
    pub color: [u8; 4],
}

/// Regions of several levels, those of the least first, so that hotter ones lie on top; of one
/// level those with the most heat first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Regions {
    /// The levels, in ascending order.
    pub levels: Vec<Level>,
    /// All regions.
    pub regions: Vec<Region>,
    /// What heat is measured in.
    pub unit: String,
}

/// A region without a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Which of the levels it is of, counted from 0.
    pub level: usize,
    /// Its outline, and then its holes, in degrees of longitude and latitude. All are closed, the
    /// outline goes round to the left and holes go to the right.
    pub rings: Vec<Vec<[f64; 2]>>,
    /// In square metres, on the ellipsoid of WGS 84.
    pub area: f64,
    /// How much of all heat of the picture is in it, in [0, 1]; of values there is no such thing.
    pub share: Option<f64>,
    /// The most heat in it.
    pub maximum: f32,
}

/// The heat that a percentage of the pixels with heat does not exceed; `None` where none has any.
/// Of the values of a surface, all count.
#[must_use]
pub fn percentile(grid: &Grid, percent: f64) -> Option<f32> {
    let numbers = grid.numbers(f32::NEG_INFINITY);
    let least = if grid.support().is_some() {
        f32::MIN
    } else {
        f32::from_bits(1)
    };
    let heats = numbers.iter().copied().filter(|heat| *heat >= least);
    let mut heats: Vec<f32> = heats.collect();
    let last = heats.len().checked_sub(1)?;
    let place = (percent / 100.0 * heats.len() as f64).ceil() as usize;
    let (_, heat, _) =
        heats.select_nth_unstable_by(place.saturating_sub(1).min(last), f32::total_cmp);
    Some(*heat)
}

impl Regions {
    /// The regions of a grid that lies where a view says. Values and proportions do not add up, and
    /// no region has a share of them.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn of(
        grid: &Grid,
        view: &View,
        mut levels: Vec<Level>,
        adds_up: bool,
        unit: String,
    ) -> Result<Self> {
        levels.sort_by(|a, b| a.heat.total_cmp(&b.heat));
        let heats = grid.numbers(f32::NEG_INFINITY);
        let is_heat = adds_up && grid.support().is_none();
        let total = is_heat.then(|| heats.par_iter().map(|&heat| f64::from(heat.max(0.0))).sum());
        let field = Field {
            heats: &heats,
            size: grid.size(),
            view,
            total,
        };
        let mut regions = Vec::new();
        for (number, level) in levels.iter().enumerate() {
            let mut own = Vec::new();
            for part in parts(view) {
                own.extend(field.regions(&part, level.heat)?);
            }
            for region in &mut own {
                region.level = number;
            }
            own.sort_by(|a, b| b.rank().total_cmp(&a.rank()));
            regions.append(&mut own);
        }
        Ok(Self {
            levels,
            regions,
            unit,
        })
    }

    /// The levels at which there is nothing.
    pub fn empty(&self) -> impl Iterator<Item = &Level> {
        let has = |number: usize| self.regions.iter().any(|region| region.level == number);
        let levels = self.levels.iter().enumerate();
        levels
            .filter(move |(number, _)| !has(*number))
            .map(|(_, level)| level)
    }
}

impl Region {
    fn rank(&self) -> f64 {
        self.share.unwrap_or(self.area)
    }
}

/// Columns of a picture between two meridians of 180°.
struct Part {
    columns: Range<usize>,
    /// How many degrees further east its places are drawn than they lie.
    turn: f64,
    /// Whether its first and its last edge lie on 180°.
    seams: [bool; 2],
}

/// The parts of a picture on this side and on that of 180°.
fn parts(view: &View) -> Vec<Part> {
    let width = view.size().width();
    let transform = view.transform();
    let longitude =
        |column: f64| (transform.corner.0 + column * transform.pixel.0) / view.crs().unit();
    let (west, east) = (longitude(0.0), longitude(width as f64));
    if view.crs().period().is_none() {
        return vec![Part {
            columns: 0..width,
            turn: 0.0,
            seams: [false; 2],
        }];
    }
    let turn_of = |longitude: f64| ((longitude + 180.0) / 360.0).floor();
    let mut parts: Vec<Part> = Vec::new();
    let (first, last) = (turn_of(west) as i32, turn_of(east) as i32);
    for turn in first..=last {
        let edge = |turns: i32| {
            let seam = 360.0 * f64::from(turns) - 180.0;
            ((seam - west) / (east - west) * width as f64)
                .round()
                .clamp(0.0, width as f64) as usize
        };
        let columns = edge(turn)..edge(turn + 1);
        if !columns.is_empty() {
            parts.push(Part {
                seams: [columns.start > 0 || turn > first, columns.end < width],
                columns,
                turn: 360.0 * f64::from(turn),
            });
        }
    }
    parts
}

/// What regions are made of.
struct Field<'a> {
    heats: &'a [f32],
    size: Size,
    view: &'a View,
    total: Option<f64>,
}

/// An outline and its holes, closed.
type Rings = Vec<Vec<[f64; 2]>>;

impl Field<'_> {
    fn regions(&self, part: &Part, level: f32) -> Result<Vec<Region>> {
        let (width, height) = (part.columns.len(), self.size.height());
        let Some(size) = Size::new(width as u32, height as u32) else {
            return Ok(Vec::new());
        };
        let mut heats: Vec<f32> = zeros(size.pixels(), size)?;
        let rows = self.heats.chunks_exact(self.size.width());
        for (row, own) in rows.zip(heats.chunks_exact_mut(width)) {
            own.copy_from_slice(&row[part.columns.clone()]);
        }
        let rings = contour_rings(&heats, level, width, height)
            .map_err(|error| Error::new(ErrorKind::Internal, error))?;
        let rings = rings.into_iter().map(|ring| {
            let ring = ring.iter().map(|at| [at.x, at.y]);
            smooth(ring, &heats, width, level)
        });
        let all = nested(rings.collect());
        let regions = all
            .par_iter()
            .map(|rings| self.region(rings, part, &heats, size));
        let regions: Result<Vec<Option<Region>>> = regions.collect();
        Ok(regions?.into_iter().flatten().collect())
    }

    /// The region of rings in pixels of a part; nothing where no ring is left of it in the digits
    /// of degrees.
    fn region(
        &self,
        rings: &Rings,
        part: &Part,
        heats: &[f32],
        size: Size,
    ) -> Result<Option<Region>> {
        let on_earth = rings.iter().map(|ring| self.on_earth(ring, part));
        let on_earth: Rings = on_earth.filter(|ring| ring.len() > 3).collect();
        let area = on_earth.iter().map(|ring| {
            let places: Vec<Coord> = ring.iter().map(|&[x, y]| Coord::unchecked(x, y)).collect();
            Coord::area(&places)
        });
        let area: f64 = area.sum();
        if area <= 0.0 {
            return Ok(None);
        }
        let (heat, maximum) = within(rings, heats, size)?;
        let share = |total: f64| if total > 0.0 { heat / total } else { 0.0 };
        Ok(Some(Region {
            level: 0,
            area,
            share: self.total.map(share),
            maximum,
            rings: on_earth,
        }))
    }

    /// A ring in degrees, to a centimetre, without places that are there twice.
    fn on_earth(&self, ring: &[[f64; 2]], part: &Part) -> Vec<[f64; 2]> {
        const DIGITS: f64 = 1e7;
        let (crs, transform) = (self.view.crs(), self.view.transform());
        let width = part.columns.len() as f64;
        let place = |&[x, y]: &[f64; 2]| {
            let at = Pixels {
                x: x + part.columns.start as f64,
                y,
            };
            let place = self.view.place(at);
            let longitude = match crs.period() {
                _ if x == 0.0 && part.seams[0] => -180.0,
                _ if x == width && part.seams[1] => 180.0,
                // What lies beyond 180° is not where the picture's place is.
                Some(_) => (transform.at(at).0 / crs.unit() - part.turn).clamp(-180.0, 180.0),
                None => place.x(),
            };
            [longitude, place.y()].map(|degrees| (degrees * DIGITS).round() / DIGITS)
        };
        let mut places: Vec<[f64; 2]> = ring.iter().map(place).collect();
        places.retain(|[x, y]| x.is_finite() && y.is_finite());
        places.dedup();
        places
    }
}

/// A ring of marching squares, whose places lie half-way between the middles of two pixels, where
/// heat between these comes to a level.
fn smooth(
    ring: impl Iterator<Item = [f32; 2]>,
    heats: &[f32],
    width: usize,
    level: f32,
) -> Vec<[f64; 2]> {
    let height = heats.len() / width;
    let heat = |x: usize, y: usize| heats[y * width + x];
    let between = |one: f32, other: f32| {
        let share = (level - one) / (other - one);
        let share = if share.is_finite() { share } else { 0.5 };
        f64::from(share.clamp(CLEAR, 1.0 - CLEAR)) - 0.5
    };
    ring.map(|[x, y]| {
        let (column, row) = (x as usize, y as usize);
        let (x, y) = (f64::from(x), f64::from(y));
        // One of both numbers is whole; at the edges of the picture there is nothing on one side.
        if x.fract() == 0.0 && (1..width).contains(&column) {
            [x + between(heat(column - 1, row), heat(column, row)), y]
        } else if y.fract() == 0.0 && (1..height).contains(&row) {
            [x, y + between(heat(column, row - 1), heat(column, row))]
        } else {
            [x, y]
        }
    })
    .collect()
}

/// Twice the area of a ring in pixels; above zero if it goes round an outline, below zero round a
/// hole.
fn signed(ring: &[[f64; 2]]) -> f64 {
    let pairs = ring.windows(2);
    pairs
        .map(|pair| pair[0][1] * pair[1][0] - pair[0][0] * pair[1][1])
        .sum()
}

/// Outlines, each with the holes that lie in it and in none within.
fn nested(rings: Vec<Vec<[f64; 2]>>) -> Vec<Rings> {
    let (outlines, holes): (Vec<_>, Vec<_>) =
        rings.into_iter().partition(|ring| signed(ring) > 0.0);
    let boxes: Vec<([f64; 4], f64)> = outlines
        .iter()
        .map(|outline| (sides(outline), signed(outline)))
        .collect();
    let mut regions: Vec<Rings> = outlines.into_iter().map(|outline| vec![outline]).collect();
    for hole in holes {
        let Some(&at) = hole.first() else { continue };
        let around =
            boxes
                .iter()
                .enumerate()
                .filter(|(number, ([left, top, right, bottom], _))| {
                    let is_near =
                        *left <= at[0] && at[0] <= *right && *top <= at[1] && at[1] <= *bottom;
                    is_near && is_in(at, &regions[*number][0])
                });
        let nearest = around.min_by(|(_, (_, one)), (_, (_, other))| one.total_cmp(other));
        if let Some(number) = nearest.map(|(number, _)| number) {
            regions[number].push(hole);
        }
    }
    regions
}

/// Left, top, right and bottom.
fn sides(ring: &[[f64; 2]]) -> [f64; 4] {
    let ends = |axis: usize| {
        let numbers = ring.iter().map(move |at| at[axis]);
        numbers.fold(
            (f64::INFINITY, f64::NEG_INFINITY),
            |(least, most), number| (least.min(number), most.max(number)),
        )
    };
    let ((left, right), (top, bottom)) = (ends(0), ends(1));
    [left, top, right, bottom]
}

/// Whether a place lies in a ring: a ray to the right meets it an odd number of times.
fn is_in([x, y]: [f64; 2], ring: &[[f64; 2]]) -> bool {
    let meets = |pair: &&[[f64; 2]]| {
        let ([x0, y0], [x1, y1]) = (pair[0], pair[1]);
        (y0 > y) != (y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    };
    ring.windows(2).filter(meets).count() % 2 == 1
}

/// The heat of what rings enclose, and the most of it.
fn within(rings: &Rings, heats: &[f32], size: Size) -> Result<(f64, f32)> {
    let [left, top, right, bottom] = sides(&rings[0]);
    let (left, top) = (left as usize, top as usize);
    let right = (right.ceil() as usize).min(size.width());
    let bottom = (bottom.ceil() as usize).min(size.height());
    let Some(own) = Size::new((right - left) as u32, (bottom - top) as u32) else {
        return Ok((0.0, 0.0));
    };
    let moved = |ring: &Vec<[f64; 2]>| {
        let moved = ring.iter().map(|[x, y]| [x - left as f64, y - top as f64]);
        moved.collect()
    };
    let mask = Mask::of(&[rings.iter().map(moved).collect()], own)?;
    let rows = mask.coverage().chunks_exact(own.width()).enumerate();
    let (mut sum, mut most) = (0.0, f32::NEG_INFINITY);
    for (y, row) in rows {
        let start = (top + y) * size.width() + left;
        for (&part, &heat) in row.iter().zip(&heats[start..]) {
            if part > 0 && heat.is_finite() {
                sum += f64::from(heat) * f64::from(part) / 255.0;
                most = most.max(heat);
            }
        }
    }
    Ok((sum, most))
}

#[cfg(test)]
mod tests;
