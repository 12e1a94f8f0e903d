use super::*;
use crate::geo::Crs;

/// A grid of digits, with a pixel for each degree, whose upper left corner is somewhere.
fn grid(rows: &[&str], west: f64, north: f64) -> (Grid, View) {
    let size = Size::new(rows[0].len() as u32, rows.len() as u32).unwrap();
    let mut grid = Grid::cold(size).unwrap();
    let digits = rows.concat();
    let digits = digits
        .chars()
        .map(|digit| digit.to_digit(10).unwrap() as f32);
    grid.heat_mut()
        .iter_mut()
        .zip(digits)
        .for_each(|(heat, digit)| *heat = digit);
    let view = View::new(Crs::Wgs84, (1.0, 1.0), (west, -north), size).unwrap();
    (grid, view)
}

fn regions(rows: &[&str], west: f64, heats: &[f32]) -> Regions {
    let (grid, view) = grid(rows, west, 3.0);
    let level = |&heat: &f32| Level {
        name: heat.to_string(),
        heat,
        color: [255, 0, 0, 128],
    };
    let levels = heats.iter().map(level).collect();
    Regions::of(&grid, &view, levels, true, "heat".to_owned()).unwrap()
}

#[test]
fn a_region_has_an_outline_to_the_left_and_holes_to_the_right() {
    let found = regions(
        &[
            "0000000", "0444440", "0400040", "0404040", "0400040", "0444440", "0000000",
        ],
        10.0,
        &[2.0],
    );
    let shapes: Vec<usize> = found
        .regions
        .iter()
        .map(|region| region.rings.len())
        .collect();
    // A ring with a hole, and an island in that.
    assert_eq!(shapes, [2, 1]);
    for region in &found.regions {
        for (number, ring) in region.rings.iter().enumerate() {
            assert_eq!(ring.first(), ring.last());
            let places: Vec<Coord> = ring.iter().map(|&[x, y]| Coord::unchecked(x, y)).collect();
            assert_eq!(Coord::area(&places) > 0.0, number == 0);
        }
    }
    let shares: Vec<f64> = found
        .regions
        .iter()
        .filter_map(|region| region.share)
        .collect();
    assert!(shares[0] > 0.9 && shares[1] < 0.1, "{shares:?}");
    // Where heat halves between two pixels, the line is in the middle.
    let outline = &found.regions[0].rings[0];
    assert!(
        outline
            .iter()
            .all(|[x, y]| (11.0..=16.0).contains(x) && (-3.0..=2.0).contains(y))
    );
}

#[test]
fn whole_numbers_at_the_level_make_rings_that_do_not_touch_themselves() {
    let found = regions(&["00000", "01010", "00100", "01010", "00000"], 0.0, &[1.0]);
    for region in &found.regions {
        for ring in &region.rings {
            let mut places = ring[1..].to_vec();
            places.sort_by(|a, b| a.partial_cmp(b).unwrap());
            assert!(places.windows(2).all(|pair| pair[0] != pair[1]), "{ring:?}");
        }
    }
    assert!(found.regions.iter().all(|region| region.maximum == 1.0));
}

#[test]
fn levels_come_in_order_and_what_is_nowhere_is_known() {
    let found = regions(&["0000", "0930", "0000"], 0.0, &[12.0, 5.0, 1.0]);
    let levels: Vec<f32> = found.levels.iter().map(|level| level.heat).collect();
    assert_eq!(levels, [1.0, 5.0, 12.0]);
    let of: Vec<usize> = found.regions.iter().map(|region| region.level).collect();
    assert_eq!(of, [0, 1]);
    let empty: Vec<&str> = found.empty().map(|level| level.name.as_str()).collect();
    assert_eq!(empty, ["12"]);
    let (grid, _) = grid(&["0123", "4567"], 0.0, 1.0);
    let percentiles = [0.0, 50.0, 100.0].map(|percent| percentile(&grid, percent));
    assert_eq!(percentiles, [Some(1.0), Some(4.0), Some(7.0)]);
    assert_eq!(percentile(&Grid::cold(grid.size()).unwrap(), 50.0), None);
}

#[test]
fn regions_are_cut_at_180_degrees() {
    // From 177° to 184° east.
    let found = regions(&["0000000", "0999990", "0000000"], 177.0, &[5.0]);
    assert_eq!(found.regions.len(), 2);
    let mut ends: Vec<(f64, f64)> = found
        .regions
        .iter()
        .map(|region| {
            let [west, _, east, _] = sides(&region.rings[0]);
            (west, east)
        })
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!((ends[0].0, ends[1].1), (-180.0, 180.0));
    assert!(ends[0].1 < -176.0 && ends[1].0 > 177.0, "{ends:?}");
}
