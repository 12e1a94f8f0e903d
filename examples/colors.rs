//! Own colours: `cargo run --example colors`, then look at `colors.png`.

use heatmap::color::gradient::{self, Source};
use heatmap::color::{How, Interpolate, css};
use heatmap::encode::png;
use heatmap::{Coord, Options, Shape, render};

/// From nothing to white, as on the command line; positions are spread evenly but for one.
const COLORS: &str = "transparent, #14213d, #fca311 60%, white";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A sunflower's seeds: each a golden angle on from the last, and a little farther out.
    let mut seeds = Vec::new();
    for seed in 0..500 {
        let (angle, far) = (f64::from(seed) * 2.399_963, f64::from(seed).sqrt() / 50.0);
        let at = Coord::lat_lon(47.0 + far * angle.sin(), 8.0 + 1.466 * far * angle.cos())?;
        seeds.push(Shape::point(at));
    }
    let mut options = Options::default();
    options.map.width = 500.try_into().ok();
    options.density.radius = 15.0.into();
    options.color.gradient = gradient::GradientOptions::of(Source::Stops {
        stops: COLORS.parse()?,
        way: Interpolate::Oklab,
    });
    options.color.scale.how = How::Sqrt;
    options.background.color = Some(css::parse("midnightblue")?);
    let picture = render(&seeds, &options)?;
    let file = std::fs::File::create("colors.png")?;
    png::write(&picture, &png::Options::default(), file)?;
    Ok(())
}
