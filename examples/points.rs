//! Draws a slice of points: `cargo run --example points`, then look at `points.png`.

use heatmap::encode::png;
use heatmap::{Coord, Options, Shape, render};

/// Where the summits of the Alps above 4,500 metres are.
const SUMMITS: [(f64, f64); 7] = [
    (45.8326, 6.8652),
    (45.9369, 7.8668),
    (46.0940, 7.8590),
    (45.9223, 7.8359),
    (46.1013, 7.7161),
    (45.9763, 7.6586),
    (46.0343, 7.6120),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut shapes = Vec::new();
    for (lat, lon) in SUMMITS {
        shapes.push(Shape::point(Coord::lat_lon(lat, lon)?));
    }
    let mut options = Options::default();
    options.density.radius = 60.0.into();
    let picture = render(&shapes, &options)?;
    let file = std::fs::File::create("points.png")?;
    png::write(&picture, &png::Options::default(), file)?;
    Ok(())
}
