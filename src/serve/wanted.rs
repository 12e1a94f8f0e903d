//! What a request wants, complete: with the data it is all that its answer depends on.

use std::num::NonZeroU32;

use serde_json::Map;

use super::data::{Interval, Snapshot, Window};
use super::limits::Limits;
use super::parameters::{Name, Values};
use super::problem::Problem;
use crate::color::gradient::{GradientOptions, Source};
use crate::color::scale::{Bound, ScaleOptions};
use crate::color::{How, Scheme};
use crate::composite;
use crate::density::Kernel;
use crate::encode::Format;
use crate::geo;
use crate::geo::{Bounds, Crs, Radius, TileId, View};
use crate::product::{Pass, style};

/// A style by its name, and what a request changes in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    pub name: Option<String>,
    pub radius: Option<f64>,
    pub dotsize: Option<f64>,
    pub opacity: Option<f64>,
    pub scheme: Option<String>,
    pub decay: Option<f64>,
    pub kernel: Option<String>,
    pub how: Option<String>,
    pub max: Option<Bound>,
}

/// Styles by name, of which the first is the default.
pub type Looks = [(String, style::StyleOptions)];

impl Look {
    pub fn of(values: &Values) -> Self {
        let word = |name| values.word(name).map(str::to_owned);
        Self {
            name: word(Name::Look),
            radius: values.number(Name::Radius),
            dotsize: values.number(Name::Dotsize),
            opacity: values.number(Name::Opacity),
            scheme: word(Name::Scheme),
            decay: values.number(Name::Decay),
            kernel: word(Name::Kernel),
            how: word(Name::How),
            max: values.most(),
        }
    }

    /// The same without what only changes colours: of it follow the heat and its range.
    pub fn of_heat(&self) -> Self {
        Self {
            scheme: None,
            opacity: None,
            ..self.clone()
        }
    }

    /// What it comes to. Changes go for the topmost pass, opacity for all; radii in pixels are
    /// `ratio` times as large.
    pub fn style(&self, looks: &Looks, ratio: f64) -> style::StyleOptions {
        let named = looks
            .iter()
            .find(|(name, _)| Some(name) == self.name.as_ref());
        let style = named.or(looks.first()).map(|(_, style)| style.clone());
        let mut style = style.unwrap_or_default();
        if let Some(top) = style.passes.last_mut() {
            self.change(top);
        }
        for pass in &mut style.passes {
            let radius = &mut pass.density.radius;
            if let Radius::Pixels(pixels) = radius {
                *radius = Radius::Pixels(*pixels * ratio);
            }
            pass.color.gradient.opacity *= self.opacity.unwrap_or(1.0);
        }
        style::StyleOptions {
            // No request makes this service send one of its own.
            base_map: None,
            overlay: None,
            credit: None,
            ..style
        }
    }

    fn change(&self, pass: &mut Pass) {
        let (density, color) = (&mut pass.density, &mut pass.color);
        if let Some(diameter) = self.dotsize {
            density.radius = Radius::Pixels(diameter / 2.0);
            density.kernel = Kernel::Gaussian;
            density.decay = 1.0;
            if self.max.is_none() {
                color.scale = ScaleOptions {
                    how: How::Saturate,
                    threshold: color.scale.threshold,
                    support: color.scale.support,
                    ..ScaleOptions::default()
                };
            }
        }
        let has_way =
            self.radius.or(self.dotsize).or(self.decay).is_some() || self.kernel.is_some();
        density.zoom_level = density.zoom_level.filter(|_| !has_way);
        density.radius = self.radius.map_or(density.radius, Radius::Pixels);
        density.decay = self.decay.unwrap_or(density.decay);
        let kernel = self.kernel.as_deref().and_then(Kernel::named);
        density.kernel = kernel.unwrap_or(density.kernel);
        let scheme = self
            .scheme
            .as_deref()
            .and_then(|name| Scheme::find(name).ok());
        if let Some(scheme) = scheme {
            color.gradient = GradientOptions {
                source: Source::Scheme(scheme),
                ..color.gradient.clone()
            };
        }
        let how = How::ALL
            .into_iter()
            .find(|how| Some(how.name()) == self.how.as_deref());
        if self.max.is_some() || how.is_some() {
            let scale = &color.scale;
            // A scale that has a span of its own has no other.
            let has_own = matches!(how.unwrap_or(scale.how), How::EqHist | How::Saturate);
            let kept = |bound: Option<Bound>| bound.filter(|_| !has_own);
            color.scale = ScaleOptions {
                how: how.unwrap_or(match scale.how {
                    // A maximum is no part of these.
                    How::EqHist | How::Saturate => How::Linear,
                    own => own,
                }),
                min: kept(scale.min),
                max: self.max.or(kept(scale.max)),
                threshold: scale.threshold,
                support: scale.support,
                span_from: None,
            };
        }
    }
}

/// Whose scale a legend explains.
#[derive(Clone, Debug, PartialEq)]
pub enum Explained {
    /// That of the tiles of a zoom.
    Tiles(u8),
    /// That of a picture.
    Picture(View),
}

/// How a legend explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Picture,
    /// As JSON, for whoever draws points as the service does.
    Numbers {
        gzip: bool,
    },
}

/// What an answer is made of, with the data.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    Tile {
        tile: TileId,
        /// How many times as many pixels a side as 256.
        ratio: u32,
        look: Look,
        interval: Interval,
    },
    Picture {
        view: View,
        format: Format,
        /// With nothing below it and no words on it: to be laid on a map.
        is_bare: bool,
        look: Look,
        interval: Interval,
    },
    Legend {
        of: Explained,
        form: Form,
        look: Look,
        interval: Interval,
    },
    Points {
        bounds: Bounds,
        interval: Interval,
        limit: usize,
        /// Without weights.
        is_plain: bool,
        gzip: bool,
    },
    /// A histogram of times.
    Times {
        bounds: Bounds,
        interval: Interval,
        bins: usize,
        gzip: bool,
    },
}

/// The side of a tile.
pub const TILE: u32 = 256;

impl Wanted {
    /// Whether the answer is a text, which is packed for whoever understands that.
    pub fn is_text(&self) -> bool {
        match self {
            Self::Points { .. } | Self::Times { .. } => true,
            Self::Legend { form, .. } => *form != Form::Picture,
            Self::Tile { .. } | Self::Picture { .. } => false,
        }
    }

    /// A tile, from the parts of its address: `y` with `@2x` and an extension.
    ///
    /// # Errors
    /// When there is no such tile, or no times where they are asked for.
    pub fn tile(
        [z, x, y]: [&str; 3],
        values: &Values,
        limits: &Limits,
        data: &Snapshot,
    ) -> Result<Self, Problem> {
        let none = || {
            let detail = format!(
                "there is no such tile: /tiles/{{z}}/{{x}}/{{y}}.png has zooms from 0 to {}, and whole numbers less than 2 to the power of z",
                limits.zoom
            );
            Problem::new(404, detail)
        };
        let name = y.strip_suffix(".png").ok_or_else(none)?;
        let (y, ratio) = name.strip_suffix("@2x").map_or((name, 1), |y| (y, 2));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if ![z, x, y].into_iter().all(digits) {
            return Err(none());
        }
        let tile = TileId {
            z: z.parse().map_err(|_| none())?,
            x: x.parse().map_err(|_| none())?,
            y: y.parse().map_err(|_| none())?,
        };
        if tile.z > limits.zoom || u64::from(tile.x.max(tile.y)) >> tile.z > 0 {
            return Err(none());
        }
        Ok(Self::Tile {
            tile,
            ratio,
            look: Look::of(values),
            interval: interval(values, data)?,
        })
    }

    /// A picture of a box.
    ///
    /// # Errors
    /// When it would be too large, or there is neither a box nor data.
    pub fn picture(
        format: Format,
        values: &Values,
        limits: &Limits,
        data: &Snapshot,
    ) -> Result<Self, Problem> {
        Ok(Self::Picture {
            view: view(values, limits, data)?,
            format,
            is_bare: false,
            look: Look::of(values),
            interval: interval(values, data)?,
        })
    }

    /// A legend: of a picture with a box, or of the tiles of a zoom.
    ///
    /// # Errors
    /// When there is neither of them, or both.
    pub fn legend(
        form: Form,
        values: &Values,
        limits: &Limits,
        data: &Snapshot,
    ) -> Result<Self, Problem> {
        let of = match (values.whole(Name::Zoom), values.bounds()) {
            (Some(zoom), None) => {
                let mut sides = [Name::Width, Name::Height].into_iter();
                if let Some(side) = sides.find(|side| values.whole(*side).is_some()) {
                    let name = side.text();
                    let detail = format!("{name} is that of a picture, and z asks for tiles");
                    return Err(Problem::parameter(name, detail, Map::new()));
                }
                Explained::Tiles(zoom as u8)
            }
            (None, Some(_)) => Explained::Picture(view(values, limits, data)?),
            _ => {
                let detail = "a legend is that of tiles (z) or of a picture (bbox, width, height): give one of both";
                return Err(Problem::parameter("z", detail, Map::new()));
            }
        };
        Ok(Self::Legend {
            of,
            form,
            look: Look::of(values),
            interval: interval(values, data)?,
        })
    }

    /// Points of a box.
    ///
    /// # Errors
    /// When there is neither a box nor data.
    pub fn points(
        values: &Values,
        limits: &Limits,
        data: &Snapshot,
        gzip: bool,
    ) -> Result<Self, Problem> {
        let bounds = place(values, data)?;
        let limit = values.whole(Name::Limit).unwrap_or(limits.points) as usize;
        Ok(Self::Points {
            bounds,
            interval: interval(values, data)?,
            limit,
            is_plain: false,
            gzip,
        })
    }

    /// A histogram of the times of a box.
    ///
    /// # Errors
    /// When there is neither a box nor data, or no times where they are asked for.
    pub fn times(values: &Values, data: &Snapshot, gzip: bool) -> Result<Self, Problem> {
        const BINS: u32 = 60;
        let bounds = place(values, data)?;
        Ok(Self::Times {
            bounds,
            interval: interval(values, data)?,
            bins: values.whole(Name::Bins).unwrap_or(BINS) as usize,
            gzip,
        })
    }
}

/// What is asked for of all times.
///
/// # Errors
/// When something is, and the data have no times.
pub fn interval(values: &Values, data: &Snapshot) -> Result<Interval, Problem> {
    let interval = values.interval();
    if interval.is_all() || data.times().is_some() {
        return Ok(interval);
    }
    let name = if interval.after.is_some() {
        Name::After
    } else {
        Name::Before
    };
    let detail = "the data have no times, so none can be asked for";
    Err(Problem::parameter(name.text(), detail, Map::new()))
}

/// The box that is asked for, or that of all data.
fn place(values: &Values, data: &Snapshot) -> Result<Bounds, Problem> {
    let bounds = values.bounds().or_else(|| data.bounds());
    bounds.ok_or_else(nowhere)
}

/// Nobody says where.
pub fn nowhere() -> Problem {
    Problem::parameter(
        "bbox",
        "there are no data, so a box must say where",
        Map::new(),
    )
}

/// The view that a picture is of.
pub fn view(values: &Values, limits: &Limits, data: &Snapshot) -> Result<View, Problem> {
    let bounds = place(values, data)?;
    let sides = (values.whole(Name::Width), values.whole(Name::Height));
    view_of(bounds, sides, limits)
}

/// The view of a box, with sides as far as they are given.
pub fn view_of(
    bounds: Bounds,
    (width, height): (Option<u32>, Option<u32>),
    limits: &Limits,
) -> Result<View, Problem> {
    let options = geo::MapOptions {
        width: width.and_then(NonZeroU32::new),
        height: height.and_then(NonZeroU32::new),
        max_pixels: limits.pixels,
        ..geo::MapOptions::default()
    };
    let view = View::cover(&options, bounds)?;
    let (width, height) = (view.size().width(), view.size().height());
    if width.max(height) > limits.side as usize {
        let (name, side) = if width > height {
            ("width", width)
        } else {
            ("height", height)
        };
        let detail = format!(
            "{name} comes to {side} pixels, and {} are the most",
            limits.side
        );
        return Err(Problem::parameter(name, detail, Map::new()));
    }
    Ok(view)
}

/// How pictures are refused that would take too long: the work is that of every pixel within the
/// radius of every pixel, at worst.
pub fn check_work(
    view: &View,
    style: &style::StyleOptions,
    most: f64,
    limits: &Limits,
) -> Result<(), Problem> {
    let mut work = 0.0;
    for pass in &style.passes {
        let radii = pass.density.radius.by_row(view)?;
        let widest = radii.iter().copied().fold(0.0, f64::max);
        let widest = pass
            .density
            .zoom_level
            .map_or(widest, |zoom| zoom.reach() as f64);
        if widest > most {
            let detail =
                format!("the radius comes to {widest:.0} pixels here, and {most} are the most");
            return Err(Problem::parameter("radius", detail, Map::new()));
        }
        work += view.size().pixels() as f64 * widest;
    }
    let allowed = limits.pixels as f64 * PIXELS_OF_LARGEST;
    if work > allowed {
        let detail = format!(
            "so large a picture with so large a radius takes too long: width × height × radius is {work:.1e}, and {allowed:.1e} is the most"
        );
        return Err(Problem {
            status: 413,
            ..Problem::parameter("radius", detail, Map::new())
        });
    }
    Ok(())
}

/// The largest radius, in pixels, of the largest picture.
const PIXELS_OF_LARGEST: f64 = 64.0;

impl Snapshot {
    /// Where the data lie, as a box that is not empty; that of a single place is a street wide.
    pub fn bounds(&self) -> Option<Bounds> {
        const STREET: f64 = 5e-4;
        let bounds = Bounds::from(self.extent()?);
        let (wide, high) = (bounds.east - bounds.west, bounds.north - bounds.south);
        let more = if wide.min(high) > 0.0 { 0.0 } else { STREET };
        let limit = Crs::WebMercator.limit();
        // What lies beyond the end of the map is drawn there.
        let to_pole = |latitude: f64| {
            if latitude.abs() > limit {
                90_f64.copysign(latitude)
            } else {
                latitude
            }
        };
        Some(Bounds {
            south: to_pole(bounds.south - more).min(limit - STREET),
            west: bounds.west - more,
            north: to_pole(bounds.north + more).max(STREET - limit),
            east: bounds.east + more,
        })
    }
}

/// The window of a box.
///
/// # Errors
/// When nothing of it is on the map.
pub fn window(bounds: Bounds) -> Result<Window, Problem> {
    let options = geo::MapOptions::default();
    let view = View::cover(&options, bounds);
    let view = view.map_err(|_| Problem::new(400, "the box is not on the map"))?;
    Ok(Window::of(&view, 0.0))
}

/// A style as tiles have it: with nothing below them, and no words on them.
pub fn bare(style: style::StyleOptions) -> style::StyleOptions {
    style::StyleOptions {
        background: composite::BackgroundOptions::default(),
        title: None,
        legend: None,
        ..style
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::parameters::{Resource, Table};

    fn looks() -> Vec<(String, style::StyleOptions)> {
        let glow = style::StyleOptions {
            passes: vec![Pass::default(), Pass::default()],
            ..style::StyleOptions::default()
        };
        vec![
            ("default".to_owned(), style::StyleOptions::default()),
            ("glow".to_owned(), glow),
        ]
    }

    fn look(query: &str) -> Look {
        let table = Table::new(&Limits::default(), &["default", "glow"]);
        Look::of(&table.read(Resource::Tile, query).unwrap())
    }

    #[test]
    fn changes_go_for_the_topmost_pass_and_opacity_for_all() {
        let style =
            look("look=glow&radius=9&decay=0.5&kernel=quartic&opacity=0.5").style(&looks(), 2.0);
        let radii = style.passes.iter().map(|pass| pass.density.radius);
        assert_eq!(
            radii.collect::<Vec<_>>(),
            [Radius::Pixels(10.0), Radius::Pixels(18.0)]
        );
        assert!(
            style
                .passes
                .iter()
                .all(|pass| pass.color.gradient.opacity == 0.5)
        );
        assert_eq!(style.passes[1].density.kernel, Kernel::Quartic);
        assert_eq!(style.passes[0].density.kernel, Kernel::Linear);
    }

    #[test]
    fn dots_saturate_unless_a_maximum_says_otherwise() {
        let of = |query| look(query).style(&looks(), 1.0).passes.remove(0);
        let dots = of("dotsize=32");
        assert_eq!(
            (dots.density.radius, dots.density.decay),
            (Radius::Pixels(16.0), 1.0)
        );
        assert_eq!(dots.color.scale.how, How::Saturate);
        assert_eq!(of("dotsize=32&max=4").color.scale.how, How::Linear);
        assert_eq!(of("how=eq_hist").color.scale.max, None);
    }

    #[test]
    fn what_only_changes_colours_has_the_same_heat() {
        let (one, other) = (look("radius=4&scheme=fire"), look("radius=4&opacity=0.4"));
        assert_eq!(one.of_heat(), other.of_heat());
        assert_ne!(one.of_heat(), look("radius=5").of_heat());
    }

    #[test]
    fn tiles_have_addresses_and_no_others() {
        let values = Values::default();
        let data = Snapshot::nothing();
        let tile = |parts| Wanted::tile(parts, &values, &Limits::default(), &data);
        for good in [
            ["0", "0", "0.png"],
            ["3", "7", "7@2x.png"],
            ["22", "0", "4194303.png"],
        ] {
            assert!(tile(good).is_ok(), "{good:?}");
        }
        for bad in [
            ["0", "1", "0.png"],
            ["23", "0", "0.png"],
            ["300", "0", "0.png"],
            ["3", "8", "0.png"],
            ["3", "-1", "0.png"],
            ["3", "+1", "0.png"],
            ["3", "1", "0.jpg"],
            ["3", "1", "0@3x.png"],
            ["3", "", ".png"],
            ["3", "99999999999", "0.png"],
        ] {
            assert_eq!(tile(bad).unwrap_err().status, 404, "{bad:?}");
        }
    }
}
