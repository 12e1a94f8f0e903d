//! What heat looks like around a place, on real runs.

use heatmap::color::{Scheme, gradient};
use heatmap::density;
use heatmap::density::Kernel;
use heatmap::{Coord, Options, Shape, composite, geo, render};
use image::{RgbImage, RgbaImage, imageops};

use crate::run::{Run, root};

/// A point in the middle of a small picture.
fn blob(args: &str) -> RgbaImage {
    Run::new(&format!("-o p.png -W 41 -r 20 {args} p.csv"))
        .file("p.csv", "lat,lon\n0,1e-9\n")
        .ok()
        .picture("p.png")
}

#[test]
fn every_kernel_has_a_name_and_linear_has_two() {
    let names = [
        "linear",
        "gaussian",
        "exponential",
        "uniform",
        "epanechnikov",
        "quartic",
        "triweight",
        "cosine",
    ];
    let blobs = names.map(|name| blob(&format!("-k {name}")));
    for (i, blob) in blobs.iter().enumerate() {
        assert!(
            !blobs[..i].contains(blob),
            "{} looks like another",
            names[i]
        );
    }
    assert!(blob("-k triangular") == blobs[0]);
    assert!(blob("") == blobs[0]);
    let hot = |blob: &RgbaImage| blob.pixels().filter(|pixel| pixel.0[3] > 0).count();
    assert!(
        hot(&blobs[3]) >= hot(&blobs[0]),
        "a disc is hot to its edge"
    );
}

/// Two places, on the equator and at 60° north.
const TWO: &str = "lat,lon\n0,1e-9\n60,20\n";

/// From where to where a picture is hot: columns, and rows.
fn hot(picture: &RgbaImage) -> ((u32, u32), (u32, u32)) {
    let hot = picture
        .enumerate_pixels()
        .filter(|(.., pixel)| pixel.0[3] > 0);
    hot.fold(
        ((u32::MAX, 0), (u32::MAX, 0)),
        |((left, right), (top, bottom)), (x, y, _)| {
            ((left.min(x), right.max(x)), (top.min(y), bottom.max(y)))
        },
    )
}

#[test]
fn a_radius_on_the_ground_is_twice_as_wide_at_60_degrees_and_fits() {
    let done = Run::new("-o p.png -W 600 -r 200km -k uniform p.csv")
        .file("p.csv", TWO)
        .ok();
    let picture = done.picture("p.png");
    let half = picture.height() / 2;
    let ((left, right), (top, bottom)) =
        hot(&imageops::crop_imm(&picture, 0, 0, 600, half).to_image());
    let ((first, last), (upper, lower)) =
        hot(&imageops::crop_imm(&picture, 0, half, 600, half).to_image());
    let ratio = |large: u32, small: u32| f64::from(large + 1) / f64::from(small + 1);
    assert!(
        (ratio(right - left, last - first) - 2.0).abs() < 0.05,
        "{left} {right} {first} {last}"
    );
    assert!(
        (ratio(bottom - top, lower - upper) - 2.0).abs() < 0.05,
        "{top} {bottom} {upper} {lower}"
    );
    // All of both is in the picture, and little else.
    assert!(top > 0 && first > 0 && right < 599 && half + lower + 1 < picture.height());
    assert!(top < 5 && right > 590, "{top} {right}");
}

#[test]
fn an_extent_is_widened_by_a_radius_on_the_ground() {
    let run = |args: &str| {
        let done = Run::new(&format!("-o p.png -v -s 5000 -e 40,0,60,10 {args} p.csv"))
            .file("p.csv", TWO)
            .ok();
        done.picture("p.png").dimensions()
    };
    let ((width, height), (narrow, low)) = (run("-r 400km"), run("-r 0.5"));
    // At 60° and a bit, 400 km are more than 160 pixels.
    assert!(
        (2 * 162..2 * 190).contains(&(width - narrow)),
        "{width} {narrow}"
    );
    assert!(
        (160 + 100..190 + 130).contains(&(height - low)),
        "{height} {low}"
    );
}

#[test]
fn saved_heat_and_animations_know_the_ground() {
    let picture =
        |args: &str, file: &[u8]| Run::new(args).file("h.heat", file).file("p.csv", TWO).ok();
    let still = picture("-o p.png -W 300 -r 300km p.csv", b"").picture("p.png");
    let saved = picture("-S s.heat -W 300 -r 300km p.csv", b"").bytes("s.heat");
    assert!(picture("-L h.heat -o p.png -r 300km", &saved).picture("p.png") == still);
    assert!(picture("-L h.heat -o p.png -r 5", &saved).picture("p.png") != still);
    let last = picture("-a -K -o p.png -W 300 -r 300km p.csv", b"").picture("p-frames/00001.png");
    assert!(last == still);
}

#[test]
fn a_radius_on_the_ground_that_cannot_be_is_refused() {
    let run = |args: &str| Run::new(&format!("-o p.png {args} p.csv")).file("p.csv", TWO);
    run("-r 500m -P equirectangular").fails(
        2,
        "a circle of 500m on the ground is no circle in the equirectangular",
    );
    run("-r 50km -s 10 --max-pixels 4G -e 46,7,46.1,7.1").fails(7, "a radius of 50km is 7");
    run("-r 5miles").fails(
        2,
        "invalid value '5miles' for '--radius <RADIUS>': not a number above 0: of pixels up to 2000, or with",
    );
    // Less than a pixel is one.
    let blob = run("-r 1m -W 50").ok().picture("p.png");
    assert_eq!(blob.pixels().filter(|pixel| pixel.0[3] > 0).count(), 2);
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
    let shown = image::open(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .into_rgb8();
    assert!(
        shown == made,
        "the kernels have changed; run the tests with UPDATE_DOCS=1"
    );
}

/// One point, with a radius of nearly half of the picture.
fn alone(kernel: Kernel) -> RgbImage {
    let mut options = Options {
        map: geo::MapOptions {
            width: 100.try_into().ok(),
            height: 100.try_into().ok(),
            ..geo::MapOptions::default()
        },
        density: density::HeatOptions {
            kernel,
            radius: 46.0.into(),
            ..density::HeatOptions::default()
        },
        background: composite::BackgroundOptions {
            color: Some([0, 0, 0, 255]),
            ..composite::BackgroundOptions::default()
        },
        ..Options::default()
    };
    let scheme = Scheme::all()
        .iter()
        .find(|scheme| scheme.name() == "inferno")
        .expect("a scheme");
    options.color.gradient = gradient::GradientOptions::of(gradient::Source::Scheme(scheme));
    let picture = render(
        &[Shape::point(Coord::lat_lon(0.0, 0.0).expect("a place"))],
        &options,
    )
    .expect("a picture");
    RgbImage::from_fn(100, 100, |x, y| {
        let [r, g, b, _] = picture.pixels()[(y * 100 + x) as usize];
        image::Rgb([r, g, b])
    })
}

/// Those who draw in a program of their own and those who run this one get the same picture.
#[test]
fn the_library_draws_what_the_program_draws() {
    let places = [
        (47.25, 8.5, 1.0),
        (47.0, 8.25, 2.5),
        (46.5, 9.0, 1.0),
        (46.5, 9.0, 1.0),
    ];
    let rows = places.map(|(lat, lon, weight)| format!("{lat},{lon},{weight}\n"));
    let table = format!("lat,lon,weight\n{}", rows.concat());
    let track = "<gpx><trk><trkseg><trkpt lat='46' lon='8'/><trkpt lat='47.5' lon='8.75'/></trkseg></trk></gpx>";
    let coord = |lat, lon| Coord::lat_lon(lat, lon).expect("a place");
    let mut shapes =
        places.map(|(lat, lon, weight)| Shape::point(coord(lat, lon)).weighing(weight));
    let line = Shape::segment(coord(46.0, 8.0), coord(47.5, 8.75));
    let size = 150.try_into().ok();
    for (decay, words) in [(0.0, "0"), (0.5, "0.5"), (0.95, "0.95"), (1.0, "1")] {
        let mut options = Options {
            map: geo::MapOptions {
                width: size,
                ..geo::MapOptions::default()
            },
            density: density::HeatOptions {
                kernel: Kernel::Quartic,
                radius: 14.5.into(),
                decay,
                ..density::HeatOptions::default()
            },
            background: composite::BackgroundOptions {
                color: Some([0x20, 0x30, 0x40, 0x80]),
                ..composite::BackgroundOptions::default()
            },
            ..Options::default()
        };
        let scheme = Scheme::all()
            .iter()
            .find(|scheme| scheme.name() == "viridis");
        options.color.gradient =
            gradient::GradientOptions::of(gradient::Source::Scheme(scheme.expect("a scheme")));
        shapes.reverse();
        let all = [&shapes[..], &[line]].concat();
        let drawn = render(&all, &options).expect("a picture");
        let args =
            format!("-o a.png -W 150 -k quartic -r 14.5 -d {words} --scheme viridis -b #20304080");
        let run = Run::new(&format!("{args} a.csv a.gpx"));
        let run = run.file("a.csv", &table).file("a.gpx", track);
        let picture = run.ok().picture("a.png");
        let pixels: Vec<[u8; 4]> = picture.pixels().map(|pixel| pixel.0).collect();
        assert!(drawn.pixels() == pixels, "with a decay of {words}");
    }
}
