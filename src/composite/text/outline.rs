//! Glyph outlines: curves in the units of a font → how much of each pixel they cover.

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use harfrust::font::glyph::outline::{ControlBoundsSink, DrawMemory, DrawOptions, PathSink};
use harfrust::{Font, GlyphId};

/// More pixels than the largest letter has: what a broken font says is not believed.
const MOST_PIXELS: f32 = 16e6;

/// Left, top, right and bottom of an outline in the units of its font, y upwards; nothing when it
/// is blank.
pub(super) fn bounds(font: &Font, glyph: GlyphId) -> Option<[f32; 4]> {
    let mut bounds = ControlBoundsSink::new();
    draw(font, glyph, &mut bounds)?;
    let found = bounds.bounding_box()?;
    Some([found.x_min, found.y_max, found.x_max, found.y_min])
}

/// The pixels that a glyph covers, with their shares, when a unit of its font is `factor` pixels and
/// its origin lies somewhere.
pub(super) fn cover(
    font: &Font,
    glyph: GlyphId,
    factor: f32,
    origin: Point,
    mut pixel: impl FnMut(f32, f32, f32),
) {
    let Some([left, top, right, bottom]) = bounds(font, glyph) else {
        return;
    };
    // By the fraction of the origin alone, so that the same letter looks the same everywhere.
    let corner = |x: f32, y: f32, round: fn(f32) -> f32| {
        point(
            round(x * factor + origin.x.fract()) + origin.x.trunc(),
            round(-y * factor + origin.y.fract()) + origin.y.trunc(),
        )
    };
    let (start, end) = (
        corner(left, top, f32::floor),
        corner(right, bottom, f32::ceil),
    );
    let (width, height) = (end.x - start.x, end.y - start.y);
    if width * height > MOST_PIXELS {
        return;
    }
    let mut pen = Pen {
        rasterizer: Rasterizer::new(width as usize, height as usize),
        origin: origin - start,
        factor,
        first: None,
        last: point(0.0, 0.0),
    };
    if draw(font, glyph, &mut pen).is_some() {
        pen.close();
        pen.rasterizer
            .for_each_pixel_2d(|x, y, share| pixel(start.x + x as f32, start.y + y as f32, share));
    }
}

fn draw(font: &Font, glyph: GlyphId, sink: &mut dyn PathSink) -> Option<()> {
    let outline = font.outline_glyphs().get(glyph)?;
    let drawn = outline.draw(&DrawOptions::new(), DrawMemory::Scratch, sink);
    drawn.ok().map(|_| ())
}

/// What draws an outline, scaled and moved. Contours are closed, also those which a font leaves open.
struct Pen {
    rasterizer: Rasterizer,
    origin: Point,
    factor: f32,
    first: Option<Point>,
    last: Point,
}

impl Pen {
    fn to(&mut self, x: f32, y: f32) -> (Point, Point) {
        let to = self.at(x, y);
        (std::mem::replace(&mut self.last, to), to)
    }

    fn at(&self, x: f32, y: f32) -> Point {
        point(x * self.factor, y * -self.factor) + self.origin
    }
}

impl PathSink for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.close();
        let (_, to) = self.to(x, y);
        self.first = Some(to);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (from, to) = self.to(x, y);
        self.rasterizer.draw_line(from, to);
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        let bend = self.at(cx0, cy0);
        let (from, to) = self.to(x, y);
        self.rasterizer.draw_quad(from, bend, to);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let bends = (self.at(cx0, cy0), self.at(cx1, cy1));
        let (from, to) = self.to(x, y);
        self.rasterizer.draw_cubic(from, bends.0, bends.1, to);
    }

    fn close(&mut self) {
        if let Some(first) = self.first.take() {
            self.rasterizer.draw_line(self.last, first);
        }
    }
}
