//! Pictures drawn anew in plate carrée, where neighbouring rows are as many degrees apart
//! everywhere.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::geo::{Bounds, Coord, Crs, Pixels, View};
use crate::raster::Raster;
use crate::raster::Size;

/// A picture in plate carrée that fits on the globe.
///
/// Latitudes end at the poles, and a picture that reaches around the globe ends where it meets
/// itself. Longitudes lie beyond ±180 in pictures across that meridian, and east remains larger
/// than west, until they are [cut there](Self::parts).
#[derive(Clone, Debug)]
pub struct Overlay<'a> {
    /// The picture.
    pub raster: Cow<'a, Raster>,
    /// Its edges.
    pub bounds: Bounds,
}

/// Most rows that a picture may have for each one it had. In Mercator rows come closer
/// towards the poles, so an even distance that keeps the resolution everywhere would make a map of
/// the world five times as high. Twice as high keeps it up to 76°.
const MOST_ROWS: f64 = 2.0;

/// Longitudes, and pixels, that are this near to one another are the same but for rounding.
const HAIR: f64 = 1e-6;

impl<'a> Overlay<'a> {
    /// The overlay of a picture that lies at a place; `None` when nothing of it is on the globe, or
    /// it is not of the size that the place says.
    #[must_use]
    pub fn new(raster: &'a Raster, place: &View) -> Option<Self> {
        let frame = Crop::new(place)?;
        let fits = raster.size() == place.size();
        fits.then(|| Self {
            raster: frame.draw(raster, place),
            bounds: frame.bounds,
        })
    }

    /// It in one part, or two if it lies across 180°, from west to east and within ±180: "values
    /// can extend beyond that range", says the specification, but its schema does not have it.
    ///
    /// Where the meridian runs through a column, the cut is at the nearer side of that, and both
    /// parts end at the meridian: nothing moves by more than half a pixel.
    #[must_use]
    pub fn parts(self) -> Vec<Self> {
        let turns = 360.0 * ((self.bounds.west + 180.0) / 360.0).floor();
        let (west, east) = (self.bounds.west - turns, self.bounds.east - turns);
        let width = self.raster.size().width();
        let share = (180.0 - west) / (east - west);
        let cut = (share * width as f64).round().min(width as f64) as usize;
        let part = |raster, west, east| Self {
            raster,
            bounds: Bounds {
                west,
                east,
                ..self.bounds
            },
        };
        let Some(second) = columns_of(&self.raster, cut..width) else {
            return vec![part(self.raster, west, east.min(180.0))];
        };
        let Some(first) = columns_of(&self.raster, 0..cut) else {
            return vec![part(self.raster, -180.0, east - 360.0)];
        };
        vec![
            part(Cow::Owned(first), west, 180.0),
            part(Cow::Owned(second), -180.0, east - 360.0),
        ]
    }
}

/// Some columns of a picture; `None` if there are none.
fn columns_of(raster: &Raster, columns: Range<usize>) -> Option<Raster> {
    let size = Size::new(columns.len() as u32, raster.size().height() as u32)?;
    let rows = raster.pixels().chunks_exact(raster.size().width());
    let pixels = rows.flat_map(|row| &row[columns.clone()]).copied();
    Raster::new(size, pixels.collect())
}

/// Crop: the part of a picture that is drawn, and on how many rows.
struct Crop {
    bounds: Bounds,
    columns: Range<usize>,
    rows: usize,
}

impl Crop {
    fn new(place: &View) -> Option<Self> {
        let whole = place.bounds();
        let (south, north) = (whole.south.max(-90.0), whole.north.min(90.0));
        let (crs, columns) = (place.crs(), columns(place, &whole));
        let longitude = |column: usize| {
            let longitude = if crs.is_separable() {
                let at = Pixels {
                    x: column as f64,
                    y: 0.0,
                };
                place.transform().at(at).0 / crs.unit()
            } else {
                whole.west + (whole.east - whole.west) * column as f64 / columns.len() as f64
            };
            // The schema takes no more than 180 exactly.
            if (longitude.abs() - 180.0).abs() < HAIR {
                longitude.round()
            } else {
                longitude
            }
        };
        let (west, east) = (longitude(columns.start), longitude(columns.end));
        let bounds = Bounds {
            south,
            west,
            north,
            east,
        };
        let sound = south < north && !columns.is_empty();
        sound.then(|| Self {
            bounds,
            rows: rows(place, &bounds),
            columns,
        })
    }

    /// Whether the picture is in plate carrée and on the globe already.
    fn is_whole(&self, place: &View) -> bool {
        place.crs() == Crs::Wgs84
            && self.rows == place.size().height()
            && self.columns.len() == place.size().width()
    }

    fn draw<'a>(&self, raster: &'a Raster, place: &View) -> Cow<'a, Raster> {
        let size = Size::new(self.columns.len() as u32, self.rows as u32);
        let Some(size) = size.filter(|_| !self.is_whole(place)) else {
            return Cow::Borrowed(raster);
        };
        let mut drawn = Raster::transparent(size);
        let high = (self.bounds.north - self.bounds.south) / self.rows as f64;
        let latitude = |row: f64| self.bounds.north - row * high;
        let Some(edge) = by_row(place) else {
            self.sample(raster, place, &mut drawn);
            return Cow::Owned(drawn);
        };
        drawn
            .pixels_mut()
            .par_chunks_mut(size.width())
            .enumerate()
            .for_each(|(number, row)| {
                let number = number as f64;
                let edge = |row: f64| edge(latitude(row));
                let step = edge(number + 1.0) - edge(number);
                let taps = Taps::new(edge(number + 0.5), step, raster.size().height());
                taps.blend(raster, self.columns.clone(), row);
            });
        Cow::Owned(drawn)
    }

    /// Draws a picture whose rows are no parallels: each pixel is the one at its place.
    fn sample(&self, raster: &Raster, place: &View, drawn: &mut Raster) {
        let Bounds {
            south,
            west,
            north,
            east,
        } = self.bounds;
        let (drawn_size, size) = (drawn.size(), raster.size());
        let width = drawn_size.width();
        let high = (north - south) / drawn_size.height() as f64;
        let wide = (east - west) / width as f64;
        let rows = drawn.pixels_mut().par_chunks_mut(width).enumerate();
        rows.for_each(|(row, pixels)| {
            for (column, pixel) in pixels.iter_mut().enumerate() {
                let latitude = north - (row as f64 + 0.5) * high;
                let longitude = west + (column as f64 + 0.5) * wide;
                let Ok(at) = Coord::lat_lon(latitude, longitude) else {
                    continue;
                };
                let Pixels { x, y } = place.pixels(at);
                if x >= 0.0 && y >= 0.0 && x < size.width() as f64 && y < size.height() as f64 {
                    *pixel = raster.pixels()[y as usize * size.width() + x as usize];
                }
            }
        });
    }
}

/// How far down a picture latitudes lie; `None` where its rows are no parallels.
fn by_row(place: &View) -> Option<impl Fn(f64) -> f64 + Sync + '_> {
    let is_by_row = place.crs().is_separable();
    is_by_row.then_some(|latitude| place.row(latitude).unwrap_or(f64::NAN))
}

/// The columns of a picture that are drawn: all, or once around the globe from 180° west.
fn columns(place: &View, whole: &Bounds) -> Range<usize> {
    let width = place.size().width();
    let Some(period) = place.crs().period() else {
        return 0..width;
    };
    let (unit, pixel) = (place.crs().unit(), place.transform().pixel.0);
    // Rounding must not lose the last column either.
    let around = (period * unit / pixel + HAIR).floor();
    if width as f64 <= around {
        return 0..width;
    }
    // Rounding must not lose a column of a picture that begins at 180°.
    let first = ((-180.0 - whole.west) * unit / pixel - HAIR)
        .ceil()
        .max(0.0) as usize;
    first..width.min(first + around as usize)
}

/// Number of rows that keep the resolution of the row that is the nearest to a pole, within limits.
fn rows(place: &View, bounds: &Bounds) -> usize {
    let (Some(first), Some(last)) = (place.row(bounds.north), place.row(bounds.south)) else {
        return place.size().height();
    };
    let now = last - first;
    let wanted = if place.crs().is_linear() {
        now
    } else {
        let farthest = bounds
            .south
            .abs()
            .max(bounds.north.abs())
            .to_radians()
            .cos();
        let (_, high) = place.transform().cell();
        (bounds.north - bounds.south) * place.crs().unit() / high / farthest
    };
    let most = (u32::MAX as usize / place.size().width().max(1)) as f64;
    (wanted.min(now * MOST_ROWS).min(most) - HAIR)
        .ceil()
        .max(1.0) as usize
}

/// The rows that a row is made of, with their weights: a triangle over its middle, as wide as two
/// rows of the coarser grid.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

impl Taps {
    /// `middle` and `step` are those of the new row, in rows of the picture.
    fn new(middle: f64, step: f64, height: usize) -> Self {
        let reach = step.max(1.0);
        let first = (middle - reach).floor().clamp(0.0, height as f64 - 1.0) as usize;
        let end = ((middle + reach).ceil() as usize).clamp(first + 1, height);
        let weight = |row: usize| (1.0 - (row as f64 + 0.5 - middle).abs() / reach).max(0.0);
        let sum: f64 = (first..end).map(weight).sum();
        let weights = (first..end).map(|row| {
            if sum > 0.0 {
                weight(row) / sum
            } else {
                1.0 / (end - first) as f64
            }
        });
        Self {
            first,
            weights: weights.map(|weight| weight as f32).collect(),
        }
    }

    /// Colours count as much as they are to be seen: otherwise the black of transparent pixels
    /// would darken what is beside them.
    fn blend(&self, raster: &Raster, columns: Range<usize>, row: &mut [[u8; 4]]) {
        let mut sums = vec![[0.0_f32; 4]; row.len()];
        for (line, weight) in raster
            .pixels()
            .chunks_exact(raster.size().width())
            .skip(self.first)
            .zip(&self.weights)
        {
            for (sum, [red, green, blue, alpha]) in sums.iter_mut().zip(&line[columns.clone()]) {
                let alpha = f32::from(*alpha) * weight;
                let parts = [
                    f32::from(*red) * alpha,
                    f32::from(*green) * alpha,
                    f32::from(*blue) * alpha,
                    alpha,
                ];
                sum.iter_mut()
                    .zip(parts)
                    .for_each(|(sum, part)| *sum += part);
            }
        }
        let first = &raster.pixels()[self.first * raster.size().width()..][columns];
        row.iter_mut()
            .zip(sums.into_iter().zip(first))
            .for_each(|(pixel, (sum, near))| *pixel = straight(sum, *near));
    }
}

/// What is clear keeps the colour of a pixel near it, as textures want it.
fn straight([red, green, blue, alpha]: [f32; 4], near: [u8; 4]) -> [u8; 4] {
    let colour = |sum: f32| (sum / alpha).round() as u8;
    let opaque = alpha.round() as u8;
    if opaque == 0 {
        [near[0], near[1], near[2], 0]
    } else {
        [colour(red), colour(green), colour(blue), opaque]
    }
}
