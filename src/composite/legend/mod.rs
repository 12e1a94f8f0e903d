//! Legend: a colour bar with numbers below it.
//!
//! A tone, a gradient and what is known of the heat come in; a small picture goes out, which is put
//! on a large one by [`Annotator`](super::Annotator) or stands beside it. Knows nothing of heat but
//! its curve, and nothing of pages or files.

mod numbers;
mod round;
mod swatches;
mod ticks;

pub use self::swatches::Swatches;
use self::ticks::Tick;
use super::Theme;
use super::blend;
use super::text;
use super::text::{SMALLEST, Words};
use crate::color::{Beyond, Gradient, Range, Tone};
use crate::error::{Error, Result};
use crate::raster::Raster;
use crate::raster::Size;

/// The colours of a picture, and their meaning.
#[derive(Clone, Debug)]
pub struct Legend<'a> {
    tone: &'a Tone,
    gradient: &'a Gradient,
    title: &'a str,
    beyond: Beyond,
    theme: Theme,
    ratio: f32,
}

/// Ground under a legend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// White that lets something of what lies below through: for any background.
    #[default]
    Plate,
    /// The same, and opaque: for a picture that stands alone.
    Opaque,
}

/// The length of the bar, in heights of its letters.
const LENGTH: f32 = 15.0;
/// The least length of it.
const SHORTEST: f32 = 8.0;
/// The height of the bar.
const BAR: f32 = 0.8;
/// The length of ticks.
const TICK: f32 = 0.3;
/// Margin around everything.
const PADDING: f32 = 0.6;
/// Gap below the title.
const LEADING: f32 = 0.3;
/// The most of a picture's width and height that a legend takes, as long as its letters can be
/// read.
const SHARE: (f32, f32) = (0.6, 0.4);
/// The highest legend, in pixels.
const HIGHEST: u32 = 2000;

impl<'a> Legend<'a> {
    /// A legend for pictures in a tone. The title says what is counted and in which unit; it may be
    /// empty and may have several lines. Heat that goes beyond the ends of the tone is told by `≤`
    /// and `≥`; without a range it has to be supposed.
    #[must_use]
    pub fn new(
        tone: &'a Tone,
        gradient: &'a Gradient,
        range: Option<&Range>,
        title: &'a str,
    ) -> Self {
        Self {
            tone,
            gradient,
            title,
            beyond: tone.beyond(range),
            theme: Theme::default(),
            ratio: 1.0,
        }
    }

    /// The same for pictures with other plates, or on another ground.
    #[must_use]
    pub fn on(self, theme: Theme) -> Self {
        Self { theme, ..self }
    }

    /// The same, so many times as large on pictures.
    #[must_use]
    pub fn scaled(self, ratio: f32) -> Self {
        Self { ratio, ..self }
    }

    /// A legend whose size suits a picture on which it is put: its letters are as large as those of
    /// captions, or smaller when it would take too much of the picture.
    ///
    /// # Errors
    /// When it has no room even with the smallest letters that can be read.
    pub fn fitting(&self, picture: Size) -> Result<Raster> {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let wanted = self.ratio * text::height_for(picture);
        let (across, down) = Drawing::new(self, wanted, f32::INFINITY).sides();
        let share = (SHARE.0 * width / across)
            .min(SHARE.1 * height / down)
            .min(1.0);
        let drawing = Drawing::new(self, (wanted * share).max(SMALLEST), width - wanted);
        let (across, down) = drawing.sides();
        if across + wanted > width || down + wanted > height {
            let fact = format!("a picture of {picture} pixels has no room for a legend");
            let least = format!(
                "{} × {} pixels",
                (across + wanted).ceil(),
                (down + wanted).ceil()
            );
            return Err(Error::usage(fact).advice(format!(
                "ask for at least {least}, or for a legend in a file"
            )));
        }
        Ok(drawing.draw(Ground::Plate, down.ceil() as usize))
    }

    /// A legend of a height in pixels, as a picture of its own. Its width follows from what it
    /// says.
    ///
    /// # Errors
    /// When its letters could not be read, or it is higher than 2000 pixels.
    pub fn picture(&self, height: u32, ground: Ground) -> Result<Raster> {
        let high = |size: f32| Drawing::new(self, size, f32::INFINITY).sides().1;
        let mut size = SMALLEST * height as f32 / high(SMALLEST);
        if size < SMALLEST || height > HIGHEST {
            let least = high(SMALLEST).ceil();
            let fact = format!("a legend cannot be {height} pixels high");
            return Err(Error::usage(fact).advice(format!("choose from {least} to {HIGHEST}")));
        }
        // Larger letters may break lines elsewhere.
        for _ in 0..8 {
            size *= (height as f32 / high(size)).min(1.0);
        }
        Ok(Drawing::new(self, size, f32::INFINITY).draw(ground, height as usize))
    }

    /// The heats at both ends of the bar.
    fn ends(&self) -> (f64, f64) {
        let (low, high) = self.tone.span();
        (low.into(), high.into())
    }

    /// The colour of a position; none where heat is not painted.
    fn color(&self, position: f32) -> [u8; 4] {
        if self.tone.paints(self.tone.heat(position)) {
            self.gradient.at(position)
        } else {
            [0; 4]
        }
    }
}

/// A legend in pixels.
struct Drawing<'a> {
    legend: &'a Legend<'a>,
    /// The height of letters.
    size: f32,
    /// The length of the bar, in whole pixels.
    length: f32,
    title: Option<Words>,
}

impl<'a> Drawing<'a> {
    /// With letters of a size, and the usual length or one that has `room`.
    fn new(legend: &'a Legend<'a>, size: f32, room: f32) -> Self {
        let usual = (size * LENGTH)
            .min(room - 2.0 * (size * PADDING).ceil())
            .max(size * SHORTEST);
        let length = usual.max(ticks::ends(legend, size.into()) as f32).floor();
        let title =
            (!legend.title.trim().is_empty()).then(|| Words::new(legend.title, size, length));
        Self {
            legend,
            size,
            length,
            title,
        }
    }

    /// Where the bar begins, from above.
    fn top(&self) -> f32 {
        let title = self
            .title
            .as_ref()
            .map_or(0.0, |title| title.height() + self.size * LEADING);
        (self.size * PADDING + title).round()
    }

    /// Width and height.
    fn sides(&self) -> (f32, f32) {
        let below = (BAR + TICK + 1.0 + PADDING / 2.0) * self.size;
        (
            self.length + 2.0 * (self.size * PADDING).ceil(),
            (self.top() + below).ceil(),
        )
    }

    fn draw(&self, ground: Ground, height: usize) -> Raster {
        let color = match ground {
            Ground::Plate => self.legend.theme.plate(),
            Ground::Opaque => self.legend.theme.sheet(),
        };
        let mut picture = text::filled(self.sides().0 as usize, height, color);
        let left = (self.size * PADDING).ceil();
        if let Some(title) = &self.title {
            title.draw(
                &mut picture,
                left,
                self.size * PADDING,
                self.legend.theme.ink(),
            );
        }
        self.bar(&mut picture, left as usize);
        for tick in ticks::ticks(self.legend, self.length.into(), self.size.into()) {
            self.tick(&tick, &mut picture, left);
        }
        picture
    }

    /// The colours over squares, with a thin frame around them.
    fn bar(&self, picture: &mut Raster, left: usize) {
        let (top, length, height) = (
            self.top() as usize,
            self.length as usize,
            (self.size * BAR).round() as usize,
        );
        let (thick, square) = (self.stroke(), (height / 3).max(2));
        let frame = self.ink();
        let area = (
            left - thick,
            top - thick,
            length + 2 * thick,
            height + 2 * thick,
        );
        fill(picture, area, |_, _| frame);
        fill(picture, (left, top, length, height), |x, y| {
            let position = (x as f32 + 0.5) / self.length;
            blend(
                self.legend.color(position),
                self.legend.theme.under(x / square + y / square),
            )
        });
    }

    fn ink(&self) -> [u8; 4] {
        let [red, green, blue] = self.legend.theme.ink();
        [red, green, blue, 255]
    }

    fn tick(&self, tick: &Tick, picture: &mut Raster, left: f32) {
        let (bottom, thick) = (
            self.top() as usize + (self.size * BAR).round() as usize,
            self.stroke(),
        );
        let across = (tick.position as f32 * self.length).round() as usize;
        // The ends are those of the frame.
        let across = left as usize + across - if tick.position < 0.5 { thick } else { 0 };
        let area = (
            across,
            bottom,
            thick,
            (self.size * TICK).round().max(2.0) as usize,
        );
        fill(picture, area, |_, _| self.ink());
        if let Some(label) = &tick.label {
            let below = bottom as f32 + self.size * TICK + thick as f32;
            Words::new(&label.text, self.size, f32::INFINITY).draw(
                picture,
                left + label.left as f32,
                below,
                self.legend.theme.ink(),
            );
        }
    }

    /// How thick lines are.
    fn stroke(&self) -> usize {
        (self.size / 14.0).round().max(1.0) as usize
    }
}

/// Colours a rectangle: left, top, width and height. What lies beyond the picture is left out.
fn fill(
    picture: &mut Raster,
    (left, top, width, height): (usize, usize, usize, usize),
    color: impl Fn(usize, usize) -> [u8; 4],
) {
    let across = picture.size().width();
    for (y, row) in picture
        .pixels_mut()
        .chunks_mut(across)
        .skip(top)
        .take(height)
        .enumerate()
    {
        for (x, pixel) in row.iter_mut().skip(left).take(width).enumerate() {
            *pixel = color(x, y);
        }
    }
}

#[cfg(test)]
mod tests;
