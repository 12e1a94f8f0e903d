//! Two passes with a legend over a map: `cargo run --example passes`, then look at `passes.png`.

use heatmap::basemap::{self, Attribution};
use heatmap::color::{Scheme, gradient};
use heatmap::composite::{Corner, Light};
use heatmap::encode::Format;
use heatmap::input::Source;
use heatmap::product::style::Place;
use heatmap::product::{Options, Pass, Silent, Target, still};

const HOME: &str = env!("CARGO_MANIFEST_DIR");

fn pass(radius: f64, scheme: &str) -> Result<Pass, String> {
    let mut pass = Pass::default();
    pass.density.radius = radius.into();
    pass.color.gradient =
        gradient::GradientOptions::of(gradient::Source::Scheme(Scheme::find(scheme)?));
    Ok(pass)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options::default();
    options.data.sources = vec![Source::File(
        format!("{HOME}/examples/earthquakes.csv").into(),
    )];
    options.frame.map.width = 512.try_into().ok();
    options.style.passes = vec![pass(12.0, "blues")?, pass(3.0, "fire")?];
    options.style.base_map = Some(basemap::BaseMapOptions {
        base: format!("file:{HOME}/tests/data/tiles"),
        attribution: Attribution::Words("Map: Tom Patterson".to_owned()),
        ..basemap::BaseMapOptions::default()
    });
    options.style.background.adjust.light = Light::Times(0.6);
    options.style.legend = Some(Place::In(Corner::BottomLeft));
    options.style.legend_title = "earthquakes".into();
    options.files.files = vec![(Target::File("passes.png".into()), Format::Png)];
    still(&options, &|_| None, &Silent)?;
    Ok(())
}
