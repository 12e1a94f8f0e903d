//! Pictures: like heatmap.py's where it made one, and the same for every way to say the same.

use image::RgbaImage;

use crate::run::{Run, root};

/// Each picture of tests/golden with the arguments that make it here.
const GOLDEN: [(&str, &str); 16] = [
    ("points-defaults", "-W 160 sf.txt"),
    ("points-sum", "-W 160 -d 1 -r 8 sf.txt"),
    ("points-max", "-H 140 -d 0 -r 8 sf.txt"),
    (
        "points-exponential",
        "-W 150 -d 0.99 -r 12 -k exponential -b #203040 sf.txt",
    ),
    (
        "points-width-and-height",
        "-W 160 -H 90 -R 6 -P equirectangular sf.txt",
    ),
    (
        "points-extent",
        "-W 150 -e 37.74,-122.45,37.79,-122.39 -r 7 -b white sf.txt",
    ),
    ("points-scale", "-s 120 -r 4 sf.txt"),
    (
        "points-long-way-round",
        "-W 150 -m 0aaffff00 -M 1ffff80ff sf.txt",
    ),
    (
        "points-gradient-image",
        "-W 150 -G ramp.png -b black sf.txt",
    ),
    ("points-background-dimmed", "-I backdrop.png -B 0.4 sf.txt"),
    ("points-background-inverted", "-I backdrop.png -N sf.txt"),
    ("weights-decay", "-W 160 --ignore_csv_header taxi_fares.csv"),
    (
        "weights-sum",
        "-W 160 --ignore_csv_header -d 1 taxi_fares.csv",
    ),
    ("weights-max", "-W 160 -d 0 -r 12 quakes.csv"),
    ("track-defaults", "-W 160 hike.gpx"),
    ("track-sum", "-H 120 -d 1 -r 8 hike.gpx"),
];

#[test]
fn pictures_are_heatmap_pys() {
    for (name, args) in GOLDEN {
        let expected = golden(&format!("{name}.png"));
        let mut run = Run::new("-o picture.png");
        for arg in args.split_whitespace() {
            let path = root().join("tests/golden").join(arg);
            run = if path.is_file() {
                run.arg(path)
            } else {
                run.arg(arg)
            };
        }
        let actual = run.ok().picture("picture.png");
        let share = likeness(&expected, &actual);
        if share < 0.995 {
            let path = root()
                .join("tests/golden")
                .join(format!("{name}.actual.png"));
            actual.save(&path).expect("the picture is kept");
            panic!(
                "{name}: only {:.2} % of the pixels are alike; see {}",
                share * 100.0,
                path.display()
            );
        }
    }
}

/// What heatmap.py 1.14 says with `-v`.
const MAXIMA: [(&str, f64); 7] = [
    ("-W 160 sf.txt", 13.782_064),
    ("-W 160 -d 1 -r 8 sf.txt", 50.871_432),
    ("-H 140 -d 0 -r 8 sf.txt", 1.0),
    ("-W 160 --ignore_csv_header taxi_fares.csv", 114.644_501),
    (
        "-W 160 -d 1 --ignore_csv_header taxi_fares.csv",
        139.336_991,
    ),
    ("-W 160 hike.gpx", 4.247_185),
    ("-H 120 -d 1 -r 8 hike.gpx", 13.655_557),
];

#[test]
fn maximum_densities_are_heatmap_pys() {
    for (args, expected) in MAXIMA {
        let file = args.split_whitespace().last().expect("a file");
        let path = root().join("tests/golden").join(file);
        let maximum = Run::new(&format!("-v -o p.png {}", args.trim_end_matches(file)))
            .arg(path)
            .ok()
            .maximum();
        assert!(
            (maximum - expected).abs() <= 1e-6 * expected,
            "{args}: {maximum} instead of {expected}"
        );
    }
}

#[test]
fn neither_threads_nor_order_change_a_byte() {
    let mut lines: Vec<String> = (0..3000)
        .map(|i| format!("{} {} {}", i * 37 % 71, i * 53 % 89, 1 + i % 4))
        .collect();
    let forwards = lines.join("\n");
    lines.reverse();
    let backwards = lines.join("\n");
    for options in ["-W 200", "-W 200 -d 1", "-W 200 -d 0"] {
        let one = Run::new(options).threads(1).stdin(&forwards).ok().stdout;
        let eight = Run::new(options).threads(8).stdin(&backwards).ok().stdout;
        assert!(one == eight, "{options}");
    }
}

#[test]
fn all_data_twice_is_the_same_picture_of_a_sum() {
    // Colours are relative to the maximum.
    let once = Run::new("-o p.png -d 1 a")
        .file("a", "1 1\n2 2\n")
        .ok()
        .picture("p.png");
    let twice = Run::new("-o p.png -d 1 a a")
        .file("a", "1 1\n2 2\n")
        .ok()
        .picture("p.png");
    assert_eq!(once, twice);
}

#[test]
fn a_background_is_seen_where_nothing_is_hot() {
    let picture = Run::new("-o p.png -b #123456 -W 100 a")
        .file("a", "1 1\n2 2\n")
        .ok()
        .picture("p.png");
    assert_eq!(picture.get_pixel(99, 99).0, [0x12, 0x34, 0x56, 255]);
    assert!(picture.pixels().all(|pixel| pixel.0[3] == 255));
}

fn golden(name: &str) -> RgbaImage {
    image::open(root().join("tests/golden").join(name))
        .expect("a golden picture")
        .into_rgba8()
}

/// The share of pixels that differ by no more than 3 levels in any premultiplied channel, after the
/// best shift by one pixel at the most; 0 when the sizes differ.
fn likeness(expected: &RgbaImage, actual: &RgbaImage) -> f64 {
    if expected.dimensions() != actual.dimensions() {
        return 0.0;
    }
    let shifts = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)));
    shifts
        .map(|shift| shifted_likeness(expected, actual, shift))
        .fold(0.0, f64::max)
}

fn shifted_likeness(expected: &RgbaImage, actual: &RgbaImage, (dx, dy): (i64, i64)) -> f64 {
    let (mut alike, mut all) = (0_u32, 0_u32);
    for (x, y, a) in expected.enumerate_pixels() {
        let (Ok(x), Ok(y)) = (
            u32::try_from(i64::from(x) + dx),
            u32::try_from(i64::from(y) + dy),
        ) else {
            continue;
        };
        let Some(b) = actual.get_pixel_checked(x, y) else {
            continue;
        };
        all += 1;
        alike += u32::from(
            premultiplied(a.0)
                .iter()
                .zip(premultiplied(b.0))
                .all(|(a, b)| (a - b).abs() <= 3.0),
        );
    }
    f64::from(alike) / f64::from(all)
}

fn premultiplied([r, g, b, a]: [u8; 4]) -> [f64; 4] {
    let alpha = f64::from(a);
    [
        f64::from(r) * alpha / 255.0,
        f64::from(g) * alpha / 255.0,
        f64::from(b) * alpha / 255.0,
        alpha,
    ]
}
