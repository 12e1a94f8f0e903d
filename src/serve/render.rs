//! Answers made of a snapshot: pictures, legends and points, as bytes. Runs on a renderer's own
//! thread, and gives up when nobody waits any more.

use std::io::Write;

use axum::body::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value as Json, json};

use super::data::{Alive, Interval, Snapshot};
use super::limits::Limits;
use super::problem::Problem;
use super::scales::{Scales, widest};
use super::wanted::{Explained, Form, Look, Looks, TILE, Wanted, bare, check_work, window};
use crate::density;
use crate::density::Grid;
use crate::encode;
use crate::encode::{Format, png};
use crate::error::Result;
use crate::geo::{Bounds, TileId, Time, View};
use crate::product::inventory::moment;
use crate::product::style::{self, Finish, Toned};
use crate::product::{Silent, Style};
use crate::raster::Raster;

/// The bytes of an answer, and what they are.
#[derive(Clone, Debug)]
pub struct Answer {
    pub body: Bytes,
    pub kind: &'static str,
    pub is_gzip: bool,
}

/// What answers are made of besides the data.
#[derive(Debug)]
pub struct Studio {
    pub looks: Vec<(String, style::StyleOptions)>,
    pub limits: Limits,
    pub scales: Scales,
}

impl Studio {
    /// Makes an answer; `None` when nobody waits for it any more.
    ///
    /// # Errors
    /// When it would be too much work, or what is wanted makes no sense.
    pub fn make(
        &self,
        data: &Snapshot,
        wanted: &Wanted,
        alive: Alive<'_>,
    ) -> Result<Option<Answer>, Problem> {
        match wanted {
            Wanted::Tile {
                tile,
                ratio,
                look,
                interval,
            } => self.tile(data, (*tile, *ratio, *interval), look, alive),
            Wanted::Picture {
                view,
                format,
                is_bare,
                look,
                interval,
            } => {
                let options = look.style(self.looks(), 1.0);
                let options = if *is_bare { bare(options) } else { options };
                self.picture(data, (view, *interval), &options, *format, alive)
            }
            Wanted::Legend {
                of,
                form,
                look,
                interval,
            } => self.legend(data, (of, *form, *interval), look, alive),
            Wanted::Points {
                bounds,
                interval,
                limit,
                is_plain,
                gzip,
            } => points(
                data,
                (*bounds, *interval),
                *limit,
                (*is_plain, *gzip),
                alive,
            ),
            Wanted::Times {
                bounds,
                interval,
                bins,
                gzip,
            } => times(data, (*bounds, *interval), *bins, *gzip, alive),
        }
    }

    fn tile(
        &self,
        data: &Snapshot,
        (tile, ratio, interval): (TileId, u32, Interval),
        look: &Look,
        alive: Alive<'_>,
    ) -> Result<Option<Answer>, Problem> {
        let missing = || Problem::new(404, "there is no such tile");
        let view = View::of_tile(tile, TILE * ratio).ok_or_else(missing)?;
        let options = bare(look.style(self.looks(), f64::from(ratio)));
        let radius = self.limits.radius * f64::from(ratio);
        check_work(&view, &options, radius, &self.limits)?;
        let style = Style::load(&options, &Silent)?;
        let Some(ranges) = self.ranges(data, look, (tile.z, interval), alive)? else {
            return Ok(None);
        };
        let layers = style.layers().iter().zip(ranges.iter());
        let tones = layers.map(|(layer, range)| layer.tone(range.clone()));
        let tones: Vec<Toned<'_>> = tones.collect::<Result<_>>()?;
        let Some(heats) = heats(data, (&view, interval), &style, alive)? else {
            return Ok(None);
        };
        let picture = style.picture_for(Finish::Layer, &heats, &tones)?;
        encoded(&picture, Format::Png).map(Some)
    }

    fn picture(
        &self,
        data: &Snapshot,
        (view, interval): (&View, Interval),
        options: &style::StyleOptions,
        format: Format,
        alive: Alive<'_>,
    ) -> Result<Option<Answer>, Problem> {
        check_work(view, options, self.limits.radius, &self.limits)?;
        let style = Style::load(options, &Silent)?;
        let Some(heats) = heats(data, (view, interval), &style, alive)? else {
            return Ok(None);
        };
        let tones = style.tones(&heats)?;
        let finish = if format.has_alpha() {
            Finish::Picture
        } else {
            Finish::Opaque
        };
        let picture = style.picture_for(finish, &heats, &tones)?;
        encoded(&picture, format).map(Some)
    }

    fn looks(&self) -> &Looks {
        &self.looks
    }

    fn ranges(
        &self,
        data: &Snapshot,
        look: &Look,
        (zoom, interval): (u8, Interval),
        alive: Alive<'_>,
    ) -> Result<Option<super::scales::Ranges>, Problem> {
        // Of tiles of twice as many pixels heat is the same, on twice the pixels.
        let style = Style::load(&bare(look.style(self.looks(), 1.0)), &Silent)?;
        let layers = style.layers();
        if !data.has_scale() && !layers.iter().all(|layer| layer.scale().is_fixed()) {
            let detail = "the table has too many rows for a scale of all of them: max must say which heat has the hottest colour";
            return Err(Problem::parameter("max", detail, Map::new()));
        }
        let key = format!("{} {zoom} {interval:?} {:?}", data.epoch(), look.of_heat());
        Ok(self
            .scales
            .ranges((key, zoom, interval), data, &style, alive)?)
    }

    fn legend(
        &self,
        data: &Snapshot,
        (of, form, interval): (&Explained, Form, Interval),
        look: &Look,
        alive: Alive<'_>,
    ) -> Result<Option<Answer>, Problem> {
        let options = look.style(self.looks(), 1.0);
        let style = Style::load(&options, &Silent)?;
        let tones = match of {
            Explained::Tiles(zoom) => {
                let Some(ranges) = self.ranges(data, look, (*zoom, interval), alive)? else {
                    return Ok(None);
                };
                let layers = style.layers().iter().zip(ranges.iter());
                let tones = layers.map(|(layer, range)| layer.tone(range.clone()));
                tones.collect::<Result<_>>()?
            }
            Explained::Picture(view) => {
                check_work(view, &options, self.limits.radius, &self.limits)?;
                let Some(heats) = heats(data, (view, interval), &style, alive)? else {
                    return Ok(None);
                };
                style.tones(&heats)?
            }
        };
        match form {
            Form::Picture => encoded(&style.key(&tones)?, Format::Png).map(Some),
            Form::Numbers { gzip } => {
                let passes = tones.iter().zip(style.layers());
                let passes: Vec<Json> = passes
                    .map(|(toned, layer)| pass(toned, layer.density(), data.has_tracks()))
                    .collect();
                let body = json!({ "passes": passes });
                Ok(Some(text(body.to_string(), "application/json", gzip)))
            }
        }
    }
}

/// What a pass makes of points, as JSON: how heat falls off with the square of the distance, how it
/// piles up, and the colours with the least heat of each. It does not fall off in one way where
/// there is more to it than points, or heat below nothing.
fn pass(toned: &Toned<'_>, density: &density::HeatOptions, has_tracks: bool) -> Json {
    let is_of_points = !has_tracks && toned.tone().span().0 >= 0.0;
    let round = |heat: f64| (heat * 1e6).round() / 1e6;
    let falloff = density.profile().filter(|_| is_of_points);
    let falloff: Option<Vec<f64>> = falloff.map(|all| all.into_iter().map(round).collect());
    let color = |(heat, [r, g, b, a]): (f32, [u8; 4])| {
        json!([heat, format!("#{r:02x}{g:02x}{b:02x}{a:02x}")])
    };
    json!({
        "falloff": falloff,
        "decay": density.decay,
        "colors": toned.steps().into_iter().map(color).collect::<Vec<Json>>(),
    })
}

/// The heat of every pass, the lowest first.
fn heats(
    data: &Snapshot,
    within: (&View, Interval),
    style: &Style,
    alive: Alive<'_>,
) -> Result<Option<Vec<Grid>>> {
    let Some(cells) = data.cells(within, &widest(style), alive)? else {
        return Ok(None);
    };
    let mut heats = Vec::new();
    for layer in style.layers() {
        if !alive() {
            return Ok(None);
        }
        heats.push(style.heat(&cells, layer.density())?);
    }
    Ok(Some(heats))
}

fn encoded(picture: &Raster, format: Format) -> Result<Answer, Problem> {
    let mut body = Vec::new();
    let written = match format {
        Format::Png => {
            let options = png::Options {
                level: png::Level::Fast,
                ..png::Options::default()
            };
            png::write(picture, &options, &mut body)
        }
        other => encode::write(picture, other, &mut body),
    };
    written.map_err(|_| Problem::new(500, "the picture could not be written"))?;
    let kind = match format {
        Format::Jpeg => "image/jpeg",
        Format::Webp => "image/webp",
        _ => "image/png",
    };
    Ok(Answer {
        body: body.into(),
        kind,
        is_gzip: false,
    })
}

/// Points as JSON: latitude, longitude and weight of each, to 7 digits behind the point (1 cm).
fn points(
    data: &Snapshot,
    (bounds, interval): (Bounds, Interval),
    limit: usize,
    (is_plain, gzip): (bool, bool),
    alive: Alive<'_>,
) -> Result<Option<Answer>, Problem> {
    let window = window(bounds)?;
    let Some((points, all)) = data.some((bounds, window), interval, limit, alive)? else {
        return Ok(None);
    };
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    let kept = points.len();
    let points = points.iter().map(|(at, weight)| {
        let (lat, lon) = (round(at.y()), round(at.x()));
        if is_plain {
            json!([lat, lon])
        } else {
            json!([lat, lon, weight])
        }
    });
    let points: Vec<Json> = points.collect();
    let name = if is_plain { "data" } else { "points" };
    let body = json!({
        name: points,
        "total": all,
        "thinned": kept < all,
    });
    Ok(Some(text(body.to_string(), "application/json", gzip)))
}

/// A histogram of the times of an interval as JSON; without one from the first time of all data to
/// the last. Its spans are of the same length, and the last one has the end of all.
fn times(
    data: &Snapshot,
    (bounds, interval): (Bounds, Interval),
    bins: usize,
    gzip: bool,
    alive: Alive<'_>,
) -> Result<Option<Answer>, Problem> {
    let window = window(bounds)?;
    let Some((first, last)) = data.times() else {
        let body = json!({ "first": null, "last": null, "counts": [], "total": 0 });
        return Ok(Some(text(body.to_string(), "application/json", gzip)));
    };
    let after = interval.after.unwrap_or(first).milliseconds();
    let end = last.milliseconds().saturating_add(1);
    let before = interval.before.map_or(end, Time::milliseconds);
    let span = before.saturating_sub(after).max(1) as u64;
    let width = span.div_ceil(bins as u64);
    let mut counts = vec![0_u64; span.div_ceil(width) as usize];
    let mut total = 0_u64;
    let told = data.each_time((bounds, window), interval, alive, &mut |time| {
        let at = time.milliseconds();
        if (after..before).contains(&at) {
            counts[(at.abs_diff(after) / width) as usize] += 1;
            total += 1;
        }
    })?;
    if !told {
        return Ok(None);
    }
    let told = |milliseconds| Time::from_milliseconds(milliseconds).map(moment);
    let body = json!({
        "first": moment(first),
        "last": moment(last),
        "after": told(after),
        "before": told(before),
        "seconds": width as f64 / 1000.0,
        "counts": counts,
        "total": total,
    });
    Ok(Some(text(body.to_string(), "application/json", gzip)))
}

/// A text as an answer, packed if that is understood.
pub fn text(text: String, kind: &'static str, gzip: bool) -> Answer {
    let plain = Bytes::from(text);
    let packed = gzip.then(|| packed(&plain)).flatten();
    Answer {
        is_gzip: packed.is_some(),
        body: packed.unwrap_or(plain),
        kind,
    }
}

fn packed(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
