//! Polygons: parts of the earth, or of a plane, and their outlines in a picture.

use super::{Coord, Pixels, View};

/// A part of the earth or of a plane that rings enclose, by the rule of even and odd: what an even
/// number of rings is around is outside, such as a hole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Polygon {
    /// Each goes on from its last place to its first.
    pub rings: Vec<Vec<Coord>>,
}

/// Pixels that an edge may be off: less than is seen.
const OFF: f64 = 0.1;
/// Edges longer than this, in degrees, are halved whether they look straight or not: halves of an S
/// are on both sides of its chord.
const LONG: f64 = 5.0;
/// How often an edge is halved at most.
const HALVES: u32 = 12;
/// How many turns around the earth a picture may lie from where places are.
const TURNS: i32 = 2;

impl View {
    /// The rings of a polygon in pixels, as often as it comes by in the picture; none where it does
    /// not.
    ///
    /// Edges are straight in the numbers of places, as GeoJSON has them (RFC 7946, 3.1.1), and so
    /// may be curves in the picture. Places that its projection cannot show are left out of their
    /// rings.
    #[must_use]
    pub fn outline(&self, polygon: &Polygon) -> Vec<Vec<[f64; 2]>> {
        let rings: Vec<Vec<[f64; 2]>> = polygon.rings.iter().map(|ring| self.ring(ring)).collect();
        let turn = self.crs().period().unwrap_or(0.0) * self.scale().0;
        let turns = if turn > 0.0 { TURNS } else { 0 };
        let (width, height) = (self.size().width() as f64, self.size().height() as f64);
        let mut all = Vec::new();
        for turns in -turns..=turns {
            let across = f64::from(turns) * turn;
            let is_seen = |ring: &&Vec<[f64; 2]>| {
                let [left, top, right, bottom] = sides(ring);
                left + across < width && right + across > 0.0 && top < height && bottom > 0.0
            };
            let moved = |ring: &Vec<[f64; 2]>| ring.iter().map(|[x, y]| [x + across, *y]).collect();
            all.extend(rings.iter().filter(is_seen).map(moved));
        }
        all
    }

    fn ring(&self, ring: &[Coord]) -> Vec<[f64; 2]> {
        let mut flat = Vec::with_capacity(ring.len());
        for (at, &from) in ring.iter().enumerate() {
            let to = ring[(at + 1) % ring.len()];
            flat.push(self.flat(from));
            if !self.crs().is_linear() {
                self.bend((from, to), (self.flat(from), self.flat(to)), 0, &mut flat);
            }
        }
        flat.retain(|[x, y]| x.is_finite() && y.is_finite());
        flat
    }

    /// What lies between the ends of an edge that is straight in degrees.
    fn bend(
        &self,
        (from, to): (Coord, Coord),
        ends: ([f64; 2], [f64; 2]),
        depth: u32,
        flat: &mut Vec<[f64; 2]>,
    ) {
        let middle = from.midpoint(to);
        let at = self.flat(middle);
        let chord = |axis: usize| f64::midpoint(ends.0[axis], ends.1[axis]);
        let off = (at[0] - chord(0)).hypot(at[1] - chord(1));
        let long = (to.x() - from.x()).abs().max((to.y() - from.y()).abs());
        if depth == HALVES || (off <= OFF && long <= LONG) {
            return;
        }
        self.bend((from, middle), (ends.0, at), depth + 1, flat);
        flat.push(at);
        self.bend((middle, to), (at, ends.1), depth + 1, flat);
    }

    /// Where a place lies in pixels by its own numbers, however many turns away that is.
    fn flat(&self, at: Coord) -> [f64; 2] {
        let (crs, (across, down), (left, top)) = (self.crs(), self.scale(), self.origin());
        let (x, y) = crs.forward(at);
        let Pixels { x, y } = Pixels {
            x: x * across - left,
            y: y * crs.down() * down - top,
        };
        [x, y]
    }
}

/// Left, top, right and bottom of a ring.
fn sides(ring: &[[f64; 2]]) -> [f64; 4] {
    let nothing = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    ring.iter().fold(nothing, |[a, b, c, d], &[x, y]| {
        [a.min(x), b.min(y), c.max(x), d.max(y)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Crs;
    use crate::raster::Size;

    fn polygon(places: &[(f64, f64)]) -> Polygon {
        let place = |&(lon, lat): &(f64, f64)| Coord::unchecked(lon, lat);
        Polygon {
            rings: vec![places.iter().map(place).collect()],
        }
    }

    fn view(crs: Crs, scale: f64, origin: (f64, f64), side: u32) -> View {
        View::new(crs, (scale, scale), origin, Size::new(side, side).unwrap()).unwrap()
    }

    #[test]
    fn rings_come_by_wherever_the_picture_shows_them() {
        let square = polygon(&[(-179.0, 1.0), (-178.0, 1.0), (-178.0, 2.0), (-179.0, 2.0)]);
        // From 170° to 190° east.
        let outline = view(Crs::Wgs84, 10.0, (1700.0, -100.0), 200).outline(&square);
        assert_eq!(
            outline,
            [[[110.0, 90.0], [120.0, 90.0], [120.0, 80.0], [110.0, 80.0]]]
        );
        assert!(
            view(Crs::Wgs84, 10.0, (0.0, -100.0), 200)
                .outline(&square)
                .is_empty()
        );
    }

    #[cfg(feature = "projections")]
    #[test]
    fn edges_are_straight_in_degrees_and_follow_parallels() {
        let band = polygon(&[(-120.0, 49.0), (-80.0, 49.0), (-80.0, 40.0), (-120.0, 40.0)]);
        let albers = Crs::of_srs("EPSG:5070").unwrap();
        let unit = albers.pixels_per_unit(5000.0);
        let view = view(albers, unit, (-500.0, -700.0), 1000);
        let outline = view.outline(&band);
        let on_parallel = |[x, y]: &[f64; 2]| {
            let at = view.place(Pixels { x: *x, y: *y });
            (at.y() - 49.0).abs() < 1e-6
        };
        let tops = outline[0].iter().filter(|at| on_parallel(at)).count();
        assert!(tops > 8, "{tops}");
        // A diagonal across the equator is an S in Mercator.
        let diagonal = polygon(&[(-60.0, -60.0), (60.0, 60.0), (60.0, -60.0)]);
        let world = self::view(Crs::WebMercator, 2.0, (-200.0, -200.0), 400);
        assert!(world.outline(&diagonal)[0].len() > 20);
    }

    /// How far, in pixels, edges are off the middle of the curve that they stand for.
    fn off(view: &View, ring: &[[f64; 2]]) -> f64 {
        let next = ring.iter().cycle().skip(1);
        let off = ring.iter().zip(next).map(|(&[a, b], &[c, d])| {
            let place = |x, y| view.place(Pixels { x, y });
            let at = view.flat(place(a, b).midpoint(place(c, d)));
            (at[0] - f64::midpoint(a, c)).hypot(at[1] - f64::midpoint(b, d))
        });
        off.fold(0.0, f64::max)
    }

    #[test]
    fn curves_are_followed_as_closely_as_is_seen_with_few_edges() {
        let world = view(Crs::WebMercator, 2.0, (-200.0, -200.0), 400);
        for places in [
            &[(-60.0, -60.0), (60.0, 60.0), (60.0, -60.0)][..],
            &[(10.0, 60.0), (50.0, 75.0), (70.0, 20.0), (20.0, 10.0)],
            &[(-80.0, -80.0), (-79.0, 80.0), (-78.0, -80.0)],
        ] {
            let ring = &world.outline(&polygon(places))[0];
            assert!(off(&world, ring) <= OFF, "{places:?}");
            assert!(ring.len() < 60 * places.len(), "{}", ring.len());
            let corners = polygon(places).rings[0].clone();
            let mut found = ring.iter();
            assert!(
                corners
                    .iter()
                    .all(|&corner| found.any(|&at| at == world.flat(corner))),
                "{places:?}"
            );
        }
    }

    #[cfg(feature = "projections")]
    #[test]
    fn what_a_projection_cannot_show_is_left_out() {
        let utm = Crs::of_srs("EPSG:32632").unwrap();
        let view = view(utm, utm.pixels_per_unit(20e3), (0.0, -300.0), 400);
        let ring = &view.outline(&polygon(&[(0.0, 0.0), (170.0, 0.0), (10.0, 60.0)]))[0];
        assert!(ring.len() > 3 && ring.iter().flatten().all(|side| side.is_finite()));
    }
}
