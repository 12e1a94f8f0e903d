//! Style of a picture: passes, background, base map and labels. The half of every product that sees
//! heat and no data.

use std::borrow::Borrow;
use std::path::PathBuf;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::clip;
use super::clip::Clip;
use super::events::{Blank, Doing, Done, Event, Events, Odd, OddImage};
use crate::basemap;
use crate::basemap::BaseMap;
use crate::color;
use crate::color::{Colors, Gradient, How, LocalTone, Range, Scale, Tone, paint, paint_locally};
use crate::composite;
use crate::composite::{Annotator, Background, Corner, Ground, Legend, Side, Swatches};
use crate::composite::{fonts, over, strip, with_strip};
use crate::density;
use crate::density::{Aggregate, Cells, Grid, Surface};
use crate::encode::metadata::HEAT;
use crate::encode::not_on_earth;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo;
use crate::geo::{Crs, Radius, TrackWeight, View};
use crate::raster::{Mask, Raster, Size};

/// How pictures are to look.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleOptions {
    /// The looks at the data that are laid over one another, the lowest first; at least one, and
    /// the radii of all in one unit. By default one pass with the defaults of its parts.
    pub passes: Vec<Pass>,
    /// What lies under the heat; nothing.
    pub background: composite::BackgroundOptions,
    /// A map over the background; none.
    pub base_map: Option<basemap::BaseMapOptions>,
    /// A map over the heat, such as one of labels; none.
    pub overlay: Option<basemap::BaseMapOptions>,
    /// Whom the background belongs to, where it is no map that says so itself.
    pub credit: Option<String>,
    /// What is written above the picture's contents; nothing.
    pub title: Option<String>,
    /// Where a legend stands that says what the colours of all passes stand for; nowhere.
    pub legend: Option<Place>,
    /// What is counted, and in which unit, as the legend says; unless it is given, that it is heat,
    /// and how that piles up.
    pub legend_title: String,
    /// What heat is measured in; as it is.
    pub unit: Unit,
    /// How many times larger words, legends and what is on the map are than they would be.
    pub ratio: f64,
    /// A font file whose letters are taken first, in this and all later pictures of the process.
    pub font: Option<PathBuf>,
    /// The areas outside of which, or inside of which, no heat is seen; none.
    pub clip: clip::ClipOptions,
    /// What is made of the heats of two sets, where two are compared.
    pub compared: Option<Compared>,
}

/// Where a legend stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// In the corner where it covers least of the heat: in that of the first picture, in all that
    /// are made in the style.
    #[default]
    Emptiest,
    /// In this corner.
    In(Corner),
    /// In a strip outside of the picture, which makes it larger.
    Outside(Side),
}

/// What heat is measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Kernels are 1 high times the weight of their shape.
    #[default]
    Heat,
    /// Points per square kilometre on the ground: for sums of points.
    PerSquareKilometre,
}

impl Unit {
    /// Its name in files, with what the heat of tracks goes by, and of values with what was made of
    /// those on one pixel.
    #[must_use]
    pub fn name(self, density: &density::HeatOptions) -> String {
        let aggregate = density.aggregate.map_or("", Aggregate::name);
        match density.surface {
            Surface::Mean if aggregate.is_empty() => "mean value".to_owned(),
            Surface::Mean => format!("mean of the {aggregate} of pixels"),
            Surface::Density if !aggregate.is_empty() => {
                format!("heat of the {aggregate} of pixels")
            }
            Surface::Density => self.of_density(density.track_weight).to_owned(),
        }
    }

    fn of_density(self, tracks: TrackWeight) -> &'static str {
        match (self, tracks) {
            (Self::PerSquareKilometre, _) => "per km²",
            (Self::Heat, TrackWeight::Points) => HEAT,
            (Self::Heat, TrackWeight::Length) => "heat by length",
            (Self::Heat, TrackWeight::Time) => "heat by time",
            (Self::Heat, TrackWeight::Visits) => "heat by visits",
        }
    }

    /// Whether heat that is spread in a way, in a coordinate system, can be measured in it.
    ///
    /// # Errors
    /// Of kind `Usage`, when it cannot.
    pub fn check(self, density: &density::HeatOptions, crs: Crs) -> Result<()> {
        if self == Self::Heat {
            return Ok(());
        }
        if density.has_values() {
            let fact = "values have no number per square kilometre";
            return Err(Error::usage(fact).advice("leave one of the two out"));
        }
        if crs.is_plane() {
            return Err(not_on_earth("a number per square kilometre"));
        }
        if !crs.is_separable() {
            let fact = format!("areas are not known in the {crs} projection");
            return Err(Error::usage(fact).remedy(Remedy::RadiusInPixelsOrMercator));
        }
        if density.decay < 1.0 {
            let fact = format!(
                "with a decay of {} heat is no number per square kilometre",
                density.decay
            );
            return Err(Error::usage(fact).remedy(Remedy::AddUp));
        }
        Ok(())
    }
}

/// What is made of the heats of two sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Compared {
    /// That of the first less that of the second.
    Difference,
    /// That of the first in proportion to that of the second, where what is less than a floor
    /// counts as that; by default it is a [part](Self::FLOOR) of the most of the second.
    Ratio {
        /// The least heat that counts.
        floor: Option<f32>,
    },
}

impl Compared {
    /// The floor as a part of the most heat of the second set.
    pub const FLOOR: f32 = 0.01;

    /// What the numbers of a picture are, of heat in a unit.
    #[must_use]
    pub fn name(self, unit: &str) -> String {
        match self {
            Self::Difference => format!("difference of {unit}"),
            Self::Ratio { .. } => format!("ratio of {unit}"),
        }
    }
}

/// A look at the data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass {
    /// How heat is spread.
    pub density: density::HeatOptions,
    /// The radius goes by how dense the data are in the picture, and the one of `density` is for
    /// heat that was saved, of which that is not known; it does not.
    pub by_density: bool,
    /// Which colours it has.
    pub color: color::ColorOptions,
}

impl Default for StyleOptions {
    fn default() -> Self {
        Self {
            passes: vec![Pass::default()],
            background: composite::BackgroundOptions::default(),
            base_map: None,
            overlay: None,
            credit: None,
            title: None,
            legend: None,
            legend_title: String::new(),
            unit: Unit::default(),
            ratio: 1.0,
            font: None,
            clip: clip::ClipOptions::default(),
            compared: None,
        }
    }
}

impl StyleOptions {
    /// What the numbers of a pass are measured in, as files say it.
    #[must_use]
    pub fn unit_name(&self, density: &density::HeatOptions) -> String {
        let unit = self.unit.name(density);
        match self.compared {
            Some(by) => by.name(&unit),
            None => unit,
        }
    }

    /// The same with the radius in pixels of passes that go by the density of the data.
    #[must_use]
    pub fn with_radius(&self, pixels: f64) -> Self {
        let mut style = self.clone();
        let passes = style.passes.iter_mut().filter(|pass| pass.by_density);
        passes.for_each(|pass| pass.density.radius = Radius::Pixels(pixels));
        style
    }

    /// Whether any pass has a radius that goes by the density of the data.
    #[must_use]
    pub fn is_by_density(&self) -> bool {
        self.passes.iter().any(|pass| pass.by_density)
    }

    /// How the heat that goes farthest is spread.
    #[must_use]
    pub fn widest(&self) -> density::HeatOptions {
        let widest = |a: density::HeatOptions, b: density::HeatOptions| density::HeatOptions {
            radius: a.radius.larger(b.radius).unwrap_or(a.radius),
            ..a
        };
        self.passes
            .iter()
            .map(|pass| pass.density)
            .reduce(widest)
            .unwrap_or_default()
    }
}

/// Colours, and what lies under and on them: options whose files have been read.
#[derive(Debug)]
pub struct Style {
    /// The colours of every pass; at least one.
    layers: Vec<Layer>,
    background: Background,
    /// The same with white below everything.
    on_white: Background,
    base_map: Option<BaseMap>,
    overlay: Option<BaseMap>,
    /// The overlay's picture, once it is known where it lies.
    on_top: Option<Raster>,
    labels: Labels,
    unit: Unit,
    ratio: f32,
    clip: Option<Clip>,
    /// What is left of the picture, once it is known where it lies.
    mask: Option<Mask>,
    compared: Option<Compared>,
    /// The least heat that counts in ratios, once it is known.
    floor: OnceLock<f32>,
    /// The colours of groups, which are told in place of those of heat.
    swatches: Vec<(String, [u8; 4])>,
}

/// The colours of a pass.
#[derive(Debug)]
pub struct Layer {
    density: density::HeatOptions,
    colors: Colors,
}

/// What is written on pictures.
#[derive(Debug)]
struct Labels {
    /// Whom the map belongs to.
    credit: Option<String>,
    title: Option<String>,
    legend: Option<Place>,
    /// The corner that was the emptiest.
    emptiest: OnceLock<Corner>,
    legend_title: String,
}

impl Labels {
    fn words(&self) -> impl Iterator<Item = &str> {
        let words = [&self.title, &self.credit].into_iter().flatten();
        words.chain([&self.legend_title]).map(String::as_str)
    }
}

/// Tells of characters in words for a picture that no font has.
pub(super) fn tell_missing<'w>(words: impl IntoIterator<Item = &'w str>, events: &dyn Events) {
    let words: Vec<&str> = words.into_iter().collect();
    let missing = composite::missing(&words.join("\n"));
    if !missing.is_empty() {
        events.event(Event::Odd(Odd::Letters(&missing)));
    }
}

/// What a finished picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// To be looked at, transparent where nothing is.
    Picture,
    /// The same with nothing to be seen through.
    Opaque,
    /// To be laid on a map, where a title or a legend has no place.
    Layer,
}

/// How high the picture of a legend is, in pixels.
const LEGEND: u32 = 100;

impl Style {
    /// Reads whatever files it is made of, and opens the map without fetching any of it.
    ///
    /// # Errors
    /// When a file cannot be read, or the options contradict one another; when there is no pass.
    pub fn load(options: &StyleOptions, events: &dyn Events) -> Result<Self> {
        let layers: Vec<Layer> = options
            .passes
            .iter()
            .map(|pass| Layer::load(pass, events))
            .collect::<Result<_>>()?;
        if layers.is_empty() {
            return Err(no_pass());
        }
        let background = Background::load(&options.background)?;
        let base_map = options.base_map.as_ref().map(BaseMap::open).transpose()?;
        let overlay = options.overlay.as_ref().map(BaseMap::open).transpose()?;
        let maps = [&base_map, &overlay].into_iter().flatten();
        let mut credits: Vec<&str> = maps.filter_map(BaseMap::attribution).collect();
        credits.extend(options.credit.as_deref());
        credits.dedup();
        let labels = Labels {
            credit: (!credits.is_empty()).then(|| credits.join(", ")),
            title: options.title.clone(),
            legend: options.legend,
            emptiest: OnceLock::new(),
            legend_title: options.legend_title.clone(),
        };
        options.font.as_deref().map_or(Ok(()), fonts::prefer)?;
        tell_missing(labels.words(), events);
        Ok(Self {
            layers,
            on_white: background.clone().on_white(),
            background,
            base_map,
            overlay,
            on_top: None,
            labels,
            ratio: options.ratio as f32,
            unit: options.unit,
            clip: Clip::load(&options.clip, events)?,
            mask: None,
            compared: options.compared,
            floor: OnceLock::new(),
            swatches: Vec::new(),
        })
    }

    /// With the map that lies under a view, if there is to be one, and cut to the areas that are.
    ///
    /// # Errors
    /// When a tile cannot be had, or there is not enough memory.
    pub fn on_map(mut self, view: &View, events: &dyn Events) -> Result<Self> {
        self.mask = self.mask(view)?;
        if self.is_cut_away() {
            events.event(Event::Odd(Odd::CutAway));
        }
        let on_top = self.overlay.as_ref();
        let on_top = on_top.map(|map| draw(map, view, events)).transpose()?;
        if on_top.as_ref().is_some_and(Raster::is_opaque) {
            events.event(Event::Odd(Odd::Covered));
        }
        let Some(base_map) = &self.base_map else {
            return Ok(Self { on_top, ..self });
        };
        let map = draw(base_map, view, events)?;
        let background = self.background.with_map(map);
        Ok(Self {
            on_white: background.clone().on_white(),
            background,
            on_top,
            ..self
        })
    }

    /// Whether nothing of the picture is left.
    pub(super) fn is_cut_away(&self) -> bool {
        self.mask.as_ref().is_some_and(Mask::is_empty)
    }

    /// How much of every pixel of a view is left, if anything is cut away.
    pub(super) fn mask(&self, view: &View) -> Result<Option<Mask>> {
        let mask = |clip: &Clip| clip.mask(view);
        self.clip.as_ref().map(mask).transpose()
    }

    /// Where pages find the map, and whom it belongs to; nothing when it is not on the web.
    pub(super) fn web_map(&self) -> Option<(&str, Option<&str>)> {
        let map = self.base_map.as_ref()?;
        Some((map.web()?, map.attribution()))
    }

    /// Whether there is a map that is not on the web.
    pub(super) fn has_local_map(&self) -> bool {
        self.base_map
            .as_ref()
            .is_some_and(|map| map.web().is_none())
    }

    /// With heat that is spread as passes say.
    pub(super) fn spread_as(mut self, passes: &[Pass]) -> Self {
        let layers = self.layers.iter_mut().zip(passes);
        layers.for_each(|(layer, pass)| layer.density = pass.density);
        self
    }

    /// The passes, the lowest first.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// What heat is measured in.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// How the heat of each pass is spread, the lowest first.
    #[must_use]
    pub fn ways(&self) -> Vec<density::HeatOptions> {
        self.layers.iter().map(|layer| layer.density).collect()
    }

    /// The heat of cells, spread in the way of one of its passes, in the style's unit.
    ///
    /// # Errors
    /// As [`Cells::grid`]; when it cannot be measured in the unit.
    pub fn heat(&self, cells: &Cells, density: &density::HeatOptions) -> Result<Grid> {
        let mut grid = cells.grid(density)?;
        if self.unit == Unit::PerSquareKilometre {
            self.unit.check(density, cells.view().crs())?;
            if !cells.segments().is_empty() {
                let fact = "tracks have no number per square kilometre, and there are some";
                return Err(Error::usage(fact).advice("leave the unit out, or read points alone"));
            }
            grid.per_square_kilometre(density, cells.view())?;
        }
        match &self.mask {
            Some(mask) => grid.cut(mask),
            None => self
                .mask(cells.view())?
                .iter()
                .for_each(|mask| grid.cut(mask)),
        }
        Ok(grid)
    }

    /// The scale of the last pass, whose colours the legend explains.
    ///
    /// # Errors
    /// When there is no pass.
    pub fn scale(&self) -> Result<&Scale> {
        Ok(self.top()?.scale())
    }

    /// The colours of grids, one for each pass, that each spans its own heat.
    ///
    /// # Errors
    /// As [`Layer::tone`].
    pub fn tones(&self, heats: &[impl Borrow<Grid>]) -> Result<Vec<Toned<'_>>> {
        let layers = self.layers.iter().zip(heats);
        layers
            .map(|(layer, heat)| layer.tone(layer.scale().range(heat.borrow())))
            .collect()
    }

    /// The picture of grids in colours, one of each for each pass, the lowest first.
    ///
    /// # Errors
    /// When there is none, or the title or the legend has no room.
    pub fn picture(&self, heats: &[impl Borrow<Grid>], tones: &[Toned<'_>]) -> Result<Raster> {
        self.picture_for(Finish::Picture, heats, tones)
    }

    /// The same for a purpose.
    ///
    /// # Errors
    /// As [`picture`](Self::picture).
    pub fn picture_for(
        &self,
        finish: Finish,
        heats: &[impl Borrow<Grid>],
        tones: &[Toned<'_>],
    ) -> Result<Raster> {
        let painted = painted(heats, tones)?;
        self.finish(painted, finish, tones, None)
    }

    /// What the colours of all passes stand for, as a picture of its own.
    ///
    /// # Errors
    /// When its title has too many lines.
    pub fn key(&self, tones: &[Toned<'_>]) -> Result<Raster> {
        self.key_of(tones, "")
    }

    /// The same with legends that tell the colours of groups, and not those of heat.
    pub(super) fn keyed(self, swatches: Vec<(String, [u8; 4])>) -> Self {
        Self { swatches, ..self }
    }

    fn swatches(&self) -> Option<Swatches<'_>> {
        let swatches = Swatches::new(&self.swatches, &self.labels.legend_title);
        let swatches = swatches.on(self.background.theme(), self.ratio);
        (!self.swatches.is_empty()).then_some(swatches)
    }

    /// The same with words before the title of every bar.
    pub(super) fn key_of(&self, tones: &[Toned<'_>], words: &str) -> Result<Raster> {
        if let Some(swatches) = self.swatches() {
            return Ok(swatches.picture());
        }
        self.bars(tones, words, |bar| bar.picture(LEGEND, Ground::Opaque))
    }

    /// The bars of all passes, the topmost first, each drawn in a way, with words before its title.
    fn bars(
        &self,
        tones: &[Toned<'_>],
        words: &str,
        draw: impl Fn(&Legend<'_>) -> Result<Raster>,
    ) -> Result<Raster> {
        let bar = |(number, toned): (usize, &Toned<'_>)| {
            let pass = (tones.len() > 1).then_some(number + 1);
            let title = format!("{words}{}", self.legend_title(toned, pass));
            draw(&self.legend(toned, &title))
        };
        let bars: Vec<Raster> = tones
            .iter()
            .enumerate()
            .rev()
            .map(bar)
            .collect::<Result<_>>()?;
        stacked(&bars).ok_or_else(no_pass)
    }

    /// Lays painted passes over the background, and writes on them whatever is wanted, with a date
    /// if there is one.
    pub(super) fn finish(
        &self,
        picture: Raster,
        finish: Finish,
        tones: &[Toned<'_>],
        date: Option<&str>,
    ) -> Result<Raster> {
        let title = self.labels.title.as_deref();
        self.titled(picture, finish, tones, title, date)
    }

    /// The same with a title of its own.
    pub(super) fn titled(
        &self,
        picture: Raster,
        finish: Finish,
        tones: &[Toned<'_>],
        title: Option<&str>,
        date: Option<&str>,
    ) -> Result<Raster> {
        self.written(picture, finish, Some(tones), title, date)
    }

    /// The same for one of several pictures on a sheet, which has one legend for all.
    pub(super) fn panel(
        &self,
        picture: Raster,
        finish: Finish,
        title: Option<&str>,
        name: &str,
    ) -> Result<Raster> {
        self.written(picture, finish, None, title, Some(name))
    }

    /// What stands above and below a sheet of pictures of which one has this size: a title and a
    /// legend for all of them.
    ///
    /// # Errors
    /// When the legend has no room.
    pub(super) fn strips(
        &self,
        sheet: Size,
        one: Size,
        tones: &[Toned<'_>],
        title: Option<&str>,
    ) -> Result<Vec<(Raster, Side)>> {
        let annotator = Annotator::dry(sheet, self.background.theme()).scaled(self.ratio);
        let title = title.map(|title| (annotator.heading(title), Side::Above));
        let mut strips: Vec<_> = title.into_iter().collect();
        let side = match self.labels.legend {
            None => return Ok(strips),
            Some(Place::Outside(side)) => side,
            Some(Place::In(_) | Place::Emptiest) => Side::Below,
        };
        strips.push((self.fitting(one, tones)?, side));
        Ok(strips)
    }

    /// How large a picture is with strips.
    ///
    /// # Errors
    /// When that is larger than pictures can be.
    pub(super) fn with_strips(&self, size: Size, strips: &[(Raster, Side)]) -> Result<Size> {
        let mut strips = strips.iter();
        strips.try_fold(size, |size, (what, side)| {
            with_strip(size, what.size(), *side, self.ratio)
        })
    }

    /// A picture with strips.
    ///
    /// # Errors
    /// As [`Style::with_strips`].
    pub(super) fn stripped(&self, picture: Raster, strips: &[(Raster, Side)]) -> Result<Raster> {
        let mut strips = strips.iter();
        let theme = self.background.theme();
        strips.try_fold(picture, |picture, (what, side)| {
            strip(&picture, what, *side, theme, self.ratio)
        })
    }

    fn written(
        &self,
        mut picture: Raster,
        finish: Finish,
        tones: Option<&[Toned<'_>]>,
        title: Option<&str>,
        date: Option<&str>,
    ) -> Result<Raster> {
        if let Some(mask) = &self.mask {
            picture.cut(mask);
        }
        if finish != Finish::Layer
            && let Some(tones) = tones
        {
            self.settle(&picture, tones, date)?;
        }
        let background = match finish {
            Finish::Opaque => &self.on_white,
            Finish::Picture | Finish::Layer => &self.background,
        };
        over(&mut picture, background);
        if let Some(on_top) = &self.on_top {
            let mut labelled = on_top.clone();
            over(&mut labelled, &Background::picture(picture));
            picture = labelled;
        }
        let size = picture.size();
        let mut sheet = Annotator::new(&mut picture, self.background.theme()).scaled(self.ratio);
        if finish == Finish::Layer {
            self.put_credit(&mut sheet);
            return Ok(picture);
        }
        self.write(&mut sheet, title, date)?;
        let Some(tones) = tones else {
            return Ok(picture);
        };
        match self.labels.legend {
            None => {}
            Some(Place::Outside(side)) => {
                let (theme, legend) = (self.background.theme(), self.fitting(size, tones)?);
                return strip(&picture, &legend, side, theme, self.ratio);
            }
            Some(Place::In(corner)) => sheet.legend(&self.fitting(size, tones)?, corner)?,
            Some(Place::Emptiest) => {
                let corner = self.labels.emptiest.get();
                let corner = corner.copied().unwrap_or(Corner::BottomRight);
                sheet.legend(&self.fitting(size, tones)?, corner)?;
            }
        }
        Ok(picture)
    }

    /// Chooses the corner for the legend where it covers least of a painted picture, if that is its
    /// place and no corner was chosen before.
    ///
    /// # Errors
    /// When there is no room for what is written.
    pub(super) fn settle(
        &self,
        painted: &Raster,
        tones: &[Toned<'_>],
        date: Option<&str>,
    ) -> Result<()> {
        let is_settled = self.labels.emptiest.get().is_some();
        if is_settled || self.labels.legend != Some(Place::Emptiest) {
            return Ok(());
        }
        let size = painted.size();
        let mut sheet = Annotator::dry(size, self.background.theme()).scaled(self.ratio);
        self.write(&mut sheet, self.labels.title.as_deref(), date)?;
        let legend = self.fitting(size, tones)?;
        if let Some(corner) = sheet.emptiest(legend.size(), painted) {
            self.labels.emptiest.get_or_init(|| corner);
        }
        Ok(())
    }

    /// How large pictures are with the strip that their legend is in.
    ///
    /// # Errors
    /// When the legend has no room.
    pub(super) fn outer(&self, size: Size, tones: &[Toned<'_>]) -> Result<Size> {
        let Some(Place::Outside(side)) = self.labels.legend else {
            return Ok(size);
        };
        let legend = self.fitting(size, tones)?;
        with_strip(size, legend.size(), side, self.ratio)
    }

    /// Whether it is to be seen where the legend covers least.
    pub(super) fn seeks_corner(&self) -> bool {
        self.labels.legend == Some(Place::Emptiest)
    }

    /// Whether legends make pictures larger.
    pub(super) fn has_strip(&self) -> bool {
        matches!(self.labels.legend, Some(Place::Outside(_)))
    }

    /// Writes all words but the legend.
    fn write(
        &self,
        sheet: &mut Annotator<'_>,
        title: Option<&str>,
        date: Option<&str>,
    ) -> Result<()> {
        self.put_credit(sheet);
        let mut title = title.iter();
        title.try_for_each(|title| sheet.title(title))?;
        date.iter()
            .try_for_each(|date| sheet.caption(date, Corner::BottomLeft))
    }

    fn put_credit(&self, sheet: &mut Annotator<'_>) {
        let credit = self.labels.credit.iter();
        credit.for_each(|words| sheet.credit(words));
    }

    /// The legend for pictures of a size.
    fn fitting(&self, size: Size, tones: &[Toned<'_>]) -> Result<Raster> {
        if let Some(swatches) = self.swatches() {
            return swatches.fitting(size);
        }
        let fitting = self.bars(tones, "", |bar| bar.fitting(size));
        // What nobody asked for is the first to go where there is little room.
        match (fitting, tones.last()) {
            (Err(_), Some(top)) if self.labels.legend_title.is_empty() => {
                self.legend(top, "").fitting(size)
            }
            (legend, _) => legend,
        }
    }

    /// Whether anything is written on pictures that layers of a map are better without.
    pub(super) fn is_labelled(&self) -> bool {
        self.labels.title.is_some() || self.labels.legend.is_some()
    }

    /// The pass whose colours the legend explains.
    pub(super) fn top(&self) -> Result<&Layer> {
        self.layers.last().ok_or_else(no_pass)
    }

    /// The size of the background image.
    pub(super) fn image(&self) -> Option<Size> {
        self.background.size()
    }

    /// A background image gives the picture its size.
    pub(super) fn sized(&self, map: &geo::MapOptions, events: &dyn Events) -> geo::MapOptions {
        let Some(size) = self.background.size() else {
            return map.clone();
        };
        if map.width.is_some() || map.height.is_some() {
            events.event(Event::Odd(Odd::Image(OddImage::Sized(size))));
        }
        geo::MapOptions {
            width: (size.width() as u32).try_into().ok(),
            height: (size.height() as u32).try_into().ok(),
            ..map.clone()
        }
    }

    /// Whom the map belongs to, as pictures say in their corner.
    pub(super) fn credit(&self) -> Option<&str> {
        self.labels.credit.as_deref()
    }

    /// The same without those words, which stand elsewhere.
    pub(super) fn uncredited(mut self) -> Self {
        self.labels.credit = None;
        self
    }

    fn legend<'a>(&self, toned: &'a Toned<'_>, title: &'a str) -> Legend<'a> {
        Legend::new(&toned.tone, &toned.seen, Some(&toned.range), title)
            .on(self.background.theme())
            .scaled(self.ratio)
    }

    /// What a legend names: what somebody says it is, or what it is.
    fn legend_title(&self, toned: &Toned<'_>, pass: Option<usize>) -> String {
        let pass = pass
            .map(|pass| format!("pass {pass}: "))
            .unwrap_or_default();
        let given = &self.labels.legend_title;
        let words = if given.trim().is_empty() {
            self.measured(toned)
        } else {
            given.clone()
        };
        if toned.is_local {
            let around = around(toned.colors.scale().how());
            return format!("{pass}{words}, {around}");
        }
        pass + &words
    }

    /// What the heat of a pass is, and how it piles up.
    fn measured(&self, toned: &Toned<'_>) -> String {
        let decay = toned.density.decay;
        let unit = self.unit.name(&toned.density);
        let unit = self.compared.map_or(unit.clone(), |by| by.name(&unit));
        let piled = match self.unit {
            Unit::PerSquareKilometre => unit,
            Unit::Heat if toned.density.surface == Surface::Mean => unit,
            Unit::Heat if decay >= 1.0 => format!("{unit}, added up"),
            Unit::Heat if decay <= 0.0 => format!("{unit}, the largest"),
            Unit::Heat => format!("{unit}, decay {decay}"),
        };
        let floor = self
            .floor
            .get()
            .map(|floor| format!(", floor {}", rounded(*floor)));
        piled + &floor.unwrap_or_default()
    }

    /// Takes note of the least heat that counts in ratios.
    pub(super) fn take_floor(&self, floor: f32) {
        self.floor.get_or_init(|| floor);
    }

    /// Tells what the numbers of a legend with a title of somebody's own are not.
    pub(super) fn tell_no_count(&self, events: &dyn Events) {
        let decay = self.layers.last().map_or(1.0, |top| top.density.decay);
        let decay = if self.has_values() { 1.0 } else { decay };
        let labels = &self.labels;
        if decay > 0.0 && decay < 1.0 && !labels.legend_title.trim().is_empty() {
            let most = 1.0 / (1.0 - decay);
            events.event(Event::Odd(Odd::NoCount { decay, most }));
        }
    }

    /// Whether the weights of points are values.
    pub(super) fn has_values(&self) -> bool {
        self.layers.iter().all(|layer| layer.density.has_values())
    }

    /// Whether any pass has colours for what is colder than nothing, or all are of values, which
    /// may be any number.
    pub(super) fn shows_cold(&self) -> bool {
        self.layers
            .iter()
            .all(|layer| layer.density.surface == Surface::Mean)
            || self
                .layers
                .iter()
                .any(|layer| layer.scale().goes_below_zero())
    }
}

impl Layer {
    fn load(pass: &Pass, events: &dyn Events) -> Result<Self> {
        let colors = Colors::load(&pass.color)?;
        if let Some(warning) = colors.gradient().warning() {
            events.event(Event::Odd(Odd::Gradient(warning)));
        }
        Ok(Self {
            density: pass.density,
            colors,
        })
    }

    /// How the heat of the pass is spread.
    #[must_use]
    pub fn density(&self) -> &density::HeatOptions {
        &self.density
    }

    /// What must be known of grids to colour them.
    #[must_use]
    pub fn scale(&self) -> &Scale {
        self.colors.scale()
    }

    /// The colours of all heats of a range.
    ///
    /// # Errors
    /// As [`Scale::tone`].
    pub fn tone(&self, range: Range) -> Result<Toned<'_>> {
        let (gradient, tone) = (self.colors.gradient(), self.scale().tone(&range)?);
        Ok(Toned {
            colors: &self.colors,
            seen: gradient.seen_in(&tone),
            density: self.density,
            tone,
            range,
            is_local: false,
        })
    }
}

/// Colours that stand for certain heats.
#[derive(Debug)]
pub struct Toned<'a> {
    tone: Tone,
    colors: &'a Colors,
    /// Their gradient as pictures have it.
    seen: Gradient,
    /// How the heat was spread.
    density: density::HeatOptions,
    range: Range,
    /// They stand for other heats from place to place, of which the tone has the shares.
    is_local: bool,
}

impl Toned<'_> {
    /// The curve from heat to colour.
    #[must_use]
    pub fn tone(&self) -> &Tone {
        &self.tone
    }

    /// Whether there is more heat than there are numbers for.
    pub(super) fn is_saturated(&self) -> bool {
        self.range.is_saturated()
    }

    /// The colour of a heat.
    pub(super) fn color(&self, heat: f32) -> [u8; 4] {
        self.seen.at(self.tone.position(heat))
    }

    /// The colours of heat, each with the least that has it: [`color::steps`].
    #[must_use]
    pub fn steps(&self) -> Vec<(f32, [u8; 4])> {
        color::steps(&self.tone, self.colors.gradient())
    }

    /// All colours there are.
    pub(super) fn colors(&self) -> &[[u8; 4]] {
        self.seen.colors()
    }

    /// Why nothing of the grids in the range is seen, if nothing is.
    pub(super) fn blank(&self) -> Option<Blank> {
        if self.range.has_values() {
            // Any value has a colour.
            return None;
        }
        let (least, most) = (self.range.minimum(), self.range.maximum());
        if self.tone.paints(most) || self.tone.paints(least) {
            return None;
        }
        Some(match self.tone.threshold() {
            _ if most <= 0.0 && least < 0.0 => Blank::Cold,
            threshold if most > 0.0 => Blank::Below {
                threshold,
                maximum: most,
            },
            _ => Blank::Weightless,
        })
    }

    /// The most heat of the range and the end of the scale, where all of that is so far below it that
    /// it has the first colours alone.
    pub(super) fn dim(&self) -> Option<(f32, f32)> {
        /// How far up the scale that is, at the most.
        const DIM: f32 = 0.01;
        let (low, high) = self.tone.span();
        let most = self.range.maximum();
        let is_dim = low >= 0.0 && most > 0.0 && self.tone.position(most) < DIM;
        (is_dim && !self.range.has_values() && self.tone.paints(most)).then_some((most, high))
    }

    /// The pixels of a grid that are as good as invisible beside a few hot ones.
    pub(super) fn faint(&self, grid: &Grid) -> Faint {
        /// Heat in proportion to the most that is hardly seen.
        const FAINT: f32 = 0.01;
        let (_, high) = self.tone.span();
        let has_values = self.range.has_values();
        let goes_by_the_most =
            !has_values && self.tone.how() == How::Linear && high == self.range.maximum();
        if !goes_by_the_most || high <= 0.0 {
            return Faint::default();
        }
        let least = self.tone.threshold();
        let count = |heat: &f32| Faint {
            faint: u64::from(*heat > least && *heat < FAINT * high),
            heated: u64::from(*heat > least),
        };
        let counts = grid.heat().par_iter().map(count);
        counts.reduce(Faint::default, Faint::and)
    }

    /// The tone for the heats around a place, of a pass whose heats have these colours in all.
    pub(super) fn tone_around(&self, range: &Range) -> Tone {
        self.colors.scale().tone_around(range, &self.tone)
    }

    /// The same for legends of tones that differ from place to place.
    pub(super) fn in_percent(self) -> Self {
        let (tone, range) = self.tone.in_percent();
        Self {
            tone,
            range,
            is_local: true,
            ..self
        }
    }

    /// The colours of a grid, over those of a lower pass.
    pub(super) fn paint(&self, grid: &Grid, below: Option<Raster>) -> Raster {
        self.paint_locally(grid, None, below)
    }

    /// The same in tones that differ from place to place, if they are given.
    pub(super) fn paint_locally(
        &self,
        grid: &Grid,
        local: Option<&LocalTone<'_>>,
        below: Option<Raster>,
    ) -> Raster {
        let gradient = self.colors.gradient();
        let mut picture = match local {
            Some(local) => paint_locally(grid, local, &self.tone, gradient),
            None => paint(grid, &self.tone, gradient),
        };
        if let Some(below) = below {
            over(&mut picture, &Background::picture(below));
        }
        picture
    }
}

/// Grids in colours, one of each for each pass, on nothing.
pub(super) fn painted(heats: &[impl Borrow<Grid>], tones: &[Toned<'_>]) -> Result<Raster> {
    let passes = heats.iter().zip(tones);
    let painted = passes.fold(None, |below, (heat, toned)| {
        Some(toned.paint(heat.borrow(), below))
    });
    painted.ok_or_else(no_pass)
}

/// How many pixels are as good as invisible beside hot ones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faint {
    faint: u64,
    /// All that have heat.
    heated: u64,
}

impl Faint {
    /// In both of two pictures.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            faint: self.faint + other.faint,
            heated: self.heated + other.heated,
        }
    }

    /// Their share, where that is most of them.
    pub(super) fn share(self) -> Option<f64> {
        /// More of them than this makes a picture useless.
        const MOST: f64 = 0.9;
        let share = self.faint as f64 / self.heated.max(1) as f64;
        (share > MOST).then_some(share)
    }
}

/// Gets the map that lies under the picture.
fn draw(base_map: &BaseMap, view: &View, events: &dyn Events) -> Result<Raster> {
    let ((wanted, cover), name) = (base_map.cover(view), base_map.name());
    if cover.zoom != wanted {
        let taken = cover.zoom;
        events.event(Event::Odd(Odd::Zoomed { wanted, taken }));
    }
    let all = cover.tiles().len();
    events.event(Event::Done(Done::Map {
        name: &name,
        tiles: all,
        zoom: cover.zoom,
        attribution: base_map.attribution(),
    }));
    let drawn = base_map.draw(view, &|done| {
        let map = &name;
        events.event(Event::Doing(Doing::Tiles { map, done, all }));
    })?;
    if drawn.missing > 0 {
        let missing = drawn.missing;
        events.event(Event::Odd(Odd::MissingTiles { missing, all }));
    }
    Ok(drawn.picture)
}

/// What the numbers of a legend are where colours stand for other heats from place to place.
fn around(how: How) -> &'static str {
    match how {
        How::EqHist => "in % of the pixels around that are no hotter",
        How::Linear => "in % of the most around",
        _ => "in % of the way from the least to the most around",
    }
}

/// A number in three digits that matter.
fn rounded(number: f32) -> String {
    let digits = format!("{number:.2e}");
    digits
        .parse::<f64>()
        .map_or(digits, |number| number.to_string())
}

/// Pictures below one another, flush left, on the ground of the first.
pub(super) fn stacked(pictures: &[Raster]) -> Option<Raster> {
    if let [only] = pictures {
        return Some(only.clone());
    }
    let width = pictures
        .iter()
        .map(|picture| picture.size().width())
        .max()?;
    let height: usize = pictures.iter().map(|picture| picture.size().height()).sum();
    let ground = *pictures.first()?.pixels().first()?;
    let size = Size::new(width as u32, height as u32)?;
    let mut all = Raster::filled(size, ground);
    let mut rows = all.pixels_mut().chunks_mut(width);
    for picture in pictures {
        for line in picture.pixels().chunks(picture.size().width()) {
            rows.next()?[..line.len()].copy_from_slice(line);
        }
    }
    Some(all)
}

fn no_pass() -> Error {
    Error::new(ErrorKind::Internal, "there is no pass")
}
