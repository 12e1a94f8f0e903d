//! What heat looks like around a place, on real runs.

use heatmap::color::{Scheme, gradient};
use heatmap::density::{self, Kernel};
use heatmap::{Degrees, Options, Shape, composite, map, render};
use image::{RgbImage, RgbaImage, imageops};

use super::run::{Run, root};

/// A point in the middle of a small picture.
fn blob(args: &str) -> RgbaImage {
    Run::new(&format!("-o p.png -W 41 -r 20 {args} p.csv")).file("p.csv", "lat,lon\n0,0\n").ok().picture("p.png")
}

#[test]
fn every_kernel_has_a_name_and_linear_has_two() {
    let names = ["linear", "gaussian", "exponential", "uniform", "epanechnikov", "quartic", "triweight", "cosine"];
    let blobs = names.map(|name| blob(&format!("-k {name}")));
    for (i, blob) in blobs.iter().enumerate() {
        assert!(!blobs[..i].contains(blob), "{} looks like another", names[i]);
    }
    assert!(blob("-k triangular") == blobs[0]);
    assert!(blob("") == blobs[0]);
    let hot = |blob: &RgbaImage| blob.pixels().filter(|pixel| pixel.0[3] > 0).count();
    assert!(hot(&blobs[3]) >= hot(&blobs[0]), "a disc is hot to its edge");
}

/// docs/architecture.md shows every kernel.
#[test]
fn the_picture_of_all_kernels_is_up_to_date() {
    let path = root().join("docs/images/kernels.png");
    let mut made = RgbImage::new(8 * 100, 100);
    for (kernel, left) in Kernel::ALL.into_iter().zip((0..).step_by(100)) {
        imageops::replace(&mut made, &alone(kernel), left, 0);
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        made.save(&path).expect("docs can be written");
    }
    let shown = image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into_rgb8();
    assert!(shown == made, "the kernels have changed; run the tests with UPDATE_DOCS=1");
}

/// One point, with a radius of nearly half of the picture.
fn alone(kernel: Kernel) -> RgbImage {
    let mut options = Options {
        map: map::Options { width: 100.try_into().ok(), height: 100.try_into().ok(), ..map::Options::default() },
        density: density::Options { kernel, radius: 46.0, ..density::Options::default() },
        background: composite::Options { color: Some([0, 0, 0, 255]), ..composite::Options::default() },
        ..Options::default()
    };
    let scheme = Scheme::all().iter().find(|scheme| scheme.name() == "inferno").expect("a scheme");
    options.color.gradient = gradient::Options::of(gradient::Source::Scheme(scheme));
    let picture = render(&[Shape::point(Degrees::new(0.0, 0.0).expect("a place"))], &options).expect("a picture");
    RgbImage::from_fn(100, 100, |x, y| {
        let [r, g, b, _] = picture.pixels()[(y * 100 + x) as usize];
        image::Rgb([r, g, b])
    })
}
