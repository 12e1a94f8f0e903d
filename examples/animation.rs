//! A hike as it goes on: `cargo run --example animation`, then look at `animation.webp`.

use heatmap::encode::{Format, film::Rate};
use heatmap::input::Source;
use heatmap::product::animation::{Options as Motion, Pace, Trail};
use heatmap::product::{Options, Silent, Target, film};

fn main() -> heatmap::Result<()> {
    let hike = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/hikes/MD3-Mossautal-Drachenweg-Dorn.gpx"
    );
    let mut options = Options::default();
    options.data.sources = vec![Source::File(hike.into())];
    options.data.input.in_order = true;
    options.frame.map.width = 200.try_into().ok();
    options.style.title = Some("Dragon's way".to_owned());
    options.files.files = vec![(Target::File("animation.webp".into()), Format::AnimatedWebp)];
    let motion = Motion {
        pace: Pace::Count {
            every: 25,
            straggler: 1,
        },
        trail: Trail::All,
        rate: Rate::new(4, 1),
        ..Motion::default()
    };
    film(&options, &motion, &Silent).map(drop)
}
