//! Annotations of finished pictures: words and legends in corners, none on top of
//! another, or in strips outside.

mod strip;

pub use self::strip::{Side, strip, with_strip};

use super::{Theme, blend, text};
use crate::error::{Error, Result};
use crate::raster::{Raster, Size};

/// Corner of a picture where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corner {
    /// The upper left corner.
    TopLeft,
    /// The middle of the upper edge.
    Top,
    /// The upper right corner.
    TopRight,
    /// The lower left corner.
    BottomLeft,
    /// The middle of the lower edge.
    Bottom,
    /// The lower right corner.
    BottomRight,
}

/// Corners by how much they are liked when nothing is in any of them.
const CORNERS: [Corner; 4] = [
    Corner::BottomRight,
    Corner::BottomLeft,
    Corner::TopRight,
    Corner::TopLeft,
];

/// Between a legend and the edges of a picture of a size, whose words are so many times as large as
/// they would be.
fn margin(size: Size, ratio: f32) -> usize {
    (ratio * text::height_for(size) / 2.0) as usize
}

/// Puts one picture on another, its top left corner at a pixel; what does not fit is cut off.
fn put(
    on: &mut Raster,
    what: &Raster,
    (left, top): (usize, usize),
    mix: impl Fn([u8; 4], [u8; 4]) -> [u8; 4],
) {
    let across = on.size().width();
    let rows = on.pixels_mut().chunks_mut(across).skip(top);
    for (below, above) in rows.zip(what.pixels().chunks(what.size().width())) {
        for (below, above) in below.iter_mut().skip(left).zip(above) {
            *below = mix(*above, *below);
        }
    }
}

/// Factor by which a title is larger than other words.
const TITLE: f32 = 1.9;

/// Annotator of a picture: things are put on it one after the other. What comes later stands
/// farther from the edge where it would cover something: so what must be seen comes first, which is
/// whom a map belongs to.
#[derive(Debug)]
pub struct Annotator<'a> {
    /// What is drawn on, unless it is only to be known where things would stand.
    picture: Option<&'a mut Raster>,
    size: Size,
    theme: Theme,
    /// How many times larger words are than they would be.
    ratio: f32,
    taken: Vec<Rect>,
}

/// A rectangle of pixels, right and bottom not included.
#[derive(Clone, Copy, Debug)]
struct Rect {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl<'a> Annotator<'a> {
    /// A picture on which nothing stands yet.
    #[must_use]
    pub fn new(picture: &'a mut Raster, theme: Theme) -> Self {
        Self {
            size: picture.size(),
            picture: Some(picture),
            theme,
            ratio: 1.0,
            taken: Vec::new(),
        }
    }

    /// A picture of a size that nothing is drawn on: only to know where things would stand.
    #[must_use]
    pub fn dry(size: Size, theme: Theme) -> Self {
        Self {
            picture: None,
            size,
            theme,
            ratio: 1.0,
            taken: Vec::new(),
        }
    }

    /// The same with words so many times as large.
    #[must_use]
    pub fn scaled(self, ratio: f32) -> Self {
        Self { ratio, ..self }
    }

    /// Writes whom a map belongs to into the lower right corner. It is always there: what has no
    /// room is cut off.
    pub fn credit(&mut self, text: &str) {
        let plate = self.plate(text, 1.0);
        let area = self.area(plate.size(), Corner::BottomRight, 0);
        self.draw(&plate, area);
    }

    /// Writes a line, or a few, that say what is seen: the date of a frame.
    ///
    /// # Errors
    /// When there is no room for it: then the picture stays as it is.
    pub fn caption(&mut self, text: &str, place: Corner) -> Result<()> {
        let plate = self.plate(text, 1.0);
        self.stand(&plate, place, 0)
            .ok_or_else(|| self.full("the words", text))
    }

    /// Writes a title above everything, larger than a caption.
    ///
    /// # Errors
    /// As [`Annotator::caption`].
    pub fn title(&mut self, text: &str) -> Result<()> {
        let plate = self.plate(text, TITLE);
        self.stand(&plate, Corner::Top, 0)
            .ok_or_else(|| self.full("the title", text))
    }

    /// A title by itself, as [`Annotator::title`] would put it.
    #[must_use]
    pub fn heading(&self, text: &str) -> Raster {
        self.plate(text, TITLE)
    }

    /// Puts a legend, such as [`Legend::fitting`](super::Legend::fitting) makes, a little away from
    /// the edges.
    ///
    /// # Errors
    /// As [`Annotator::caption`].
    pub fn legend(&mut self, legend: &Raster, place: Corner) -> Result<()> {
        let margin = self.margin();
        self.stand(legend, place, margin)
            .ok_or_else(|| self.full("the legend", ""))
    }

    /// The corner in which a legend would cover the least of what is painted, by how opaque that is
    /// before it lies on anything; nothing when there is room in none.
    #[must_use]
    pub fn emptiest(&self, legend: Size, painted: &Raster) -> Option<Corner> {
        let margin = self.margin();
        let covered = |place: &Corner| {
            let area = self.room(legend, *place, margin)?;
            let width = painted.size().width();
            let rows = painted.pixels().chunks(width);
            let rows = rows.take(area.bottom).skip(area.top);
            let opaque = |row: &[[u8; 4]]| -> u64 {
                let pixels = row.iter().take(area.right).skip(area.left);
                pixels.map(|pixel| u64::from(pixel[3])).sum()
            };
            Some((*place, rows.map(opaque).sum::<u64>()))
        };
        let covered = CORNERS.iter().filter_map(covered);
        let least = covered.min_by_key(|(_, covered)| *covered)?;
        Some(least.0)
    }

    fn margin(&self) -> usize {
        margin(self.size, self.ratio)
    }

    fn plate(&self, text: &str, factor: f32) -> Raster {
        let size = self.size;
        text::plate(
            text,
            text::height_for(size) * factor * self.ratio,
            size.width() as f32,
            self.theme,
        )
    }

    /// Draws where nothing else stands; `None` when there is no such place.
    fn stand(&mut self, what: &Raster, place: Corner, margin: usize) -> Option<()> {
        let area = self.room(what.size(), place, margin)?;
        self.draw(what, area);
        Some(())
    }

    /// Where something would stand that covers nothing else.
    fn room(&self, what: Size, place: Corner, margin: usize) -> Option<Rect> {
        let (width, height) = (self.size.width(), self.size.height());
        let mut area = self.area(what, place, margin);
        while let Some(taken) = self.taken.iter().find(|taken| taken.touches(area, margin)) {
            area = area.beyond(*taken, place.is_top(), margin)?;
        }
        let is_inside = area.right + margin <= width && area.bottom + margin <= height;
        (is_inside && area.left >= margin && area.top >= margin).then_some(area)
    }

    fn area(&self, what: Size, place: Corner, margin: usize) -> Rect {
        let (width, height) = (what.width(), what.height());
        let across = self.size.width().saturating_sub(width);
        let down = self.size.height().saturating_sub(height);
        let left = match place {
            Corner::TopLeft | Corner::BottomLeft => margin,
            Corner::Top | Corner::Bottom => across / 2,
            Corner::TopRight | Corner::BottomRight => across.saturating_sub(margin),
        };
        let top = if place.is_top() {
            margin
        } else {
            down.saturating_sub(margin)
        };
        Rect {
            left,
            top,
            right: left + width,
            bottom: top + height,
        }
    }

    /// Draws, cut off at the picture's edges.
    fn draw(&mut self, what: &Raster, area: Rect) {
        self.taken.push(area);
        if let Some(picture) = &mut self.picture {
            put(picture, what, (area.left, area.top), blend);
        }
    }

    fn full(&self, what: &str, text: &str) -> Error {
        let quoted = if text.is_empty() {
            String::new()
        } else {
            format!(" '{text}'")
        };
        let fact = format!(
            "a picture of {} pixels has no room for {what}{quoted}",
            self.size
        );
        Error::usage(fact).advice("ask for a larger picture, or for another corner")
    }
}

impl Rect {
    /// Whether another is nearer than a margin.
    fn touches(self, other: Self, margin: usize) -> bool {
        let apart = |end: usize, start: usize| end + margin <= start;
        !(apart(self.right, other.left)
            || apart(other.right, self.left)
            || apart(self.bottom, other.top)
            || apart(other.bottom, self.top))
    }

    /// The same below another, or above it.
    fn beyond(self, other: Self, below: bool, margin: usize) -> Option<Self> {
        let height = self.bottom - self.top;
        let top = if below {
            other.bottom + margin
        } else {
            other.top.checked_sub(height + margin)?
        };
        Some(Self {
            top,
            bottom: top + height,
            ..self
        })
    }
}

impl Corner {
    fn is_top(self) -> bool {
        matches!(self, Self::TopLeft | Self::Top | Self::TopRight)
    }
}

#[cfg(test)]
mod tests;
