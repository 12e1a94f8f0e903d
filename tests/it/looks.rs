//! Several looks at once, and what is written on pictures.

use image::RgbaImage;

use crate::run::{Run, root};

fn incidents(line: &str) -> Run {
    Run::new(line).arg(root().join("examples/sf-incidents.csv"))
}

#[test]
fn a_pass_is_the_command_line_with_a_few_more_words() {
    let plain = incidents("-o a.png -W 300 -r 9 -d 0.3 --scheme fire").ok();
    let pass = incidents("-o a.png -W 300 -d 0.5 --scheme fire --passes r=9,d=0.3").ok();
    assert!(plain.picture("a.png") == pass.picture("a.png"));
}

#[test]
fn all_passes_see_the_same_data_in_the_same_frame() {
    // The widest decides on the frame, and the one above is not changed by what cannot be seen.
    for decay in ["0", "0.5", "1"] {
        let both = incidents(&format!(
            "-o a.png -W 300 --passes r=30,opacity=0;r=5,d={decay}"
        ))
        .ok();
        let alone = incidents(&format!("-o a.png -W 300 -R 25 -r 5 -d {decay}")).ok();
        assert!(both.picture("a.png") == alone.picture("a.png"), "{decay}");
    }
}

#[test]
fn the_first_pass_lies_below() {
    let points = "0 1e-9\n";
    let color = |passes: &str| {
        let done = Run::new("-o a.png -e -1,-1,1,1 -W 50 -r 5 --passes")
            .arg(passes)
            .arg("-")
            .stdin(points)
            .ok();
        let picture = done.picture("a.png");
        picture
            .get_pixel(picture.width() / 2, picture.height() / 2)
            .0
    };
    assert_eq!(color("colors=red,red;colors=blue,blue"), [0, 0, 255, 255]);
    assert_eq!(color("colors=blue,blue;colors=red,red"), [255, 0, 0, 255]);
    Run::new("-o a.png --passes width=4 -")
        .stdin(points)
        .fails(2, "'width=4' is no option of a pass");
}

/// How many pixels of two pictures differ, in each quarter: top left, top right, bottom left,
/// bottom right.
fn changed(a: &RgbaImage, b: &RgbaImage) -> [usize; 4] {
    let mut quarters = [0; 4];
    for (x, y, pixel) in a.enumerate_pixels() {
        let quarter = usize::from(x >= a.width() / 2) + 2 * usize::from(y >= a.height() / 2);
        quarters[quarter] += usize::from(pixel != b.get_pixel(x, y));
    }
    quarters
}

#[test]
fn a_legend_stands_where_it_is_asked_for_and_nowhere_else() {
    let picture = |line: &str| {
        incidents(&format!("-o a.png -W 900 -b black {line}"))
            .ok()
            .picture("a.png")
    };
    let plain = picture("");
    for (place, quarter) in [
        ("top-left", 0),
        ("top-right", 1),
        ("bottom-left", 2),
        ("bottom-right", 3),
        // Where San Francisco is not.
        ("", 0),
    ] {
        let changed = changed(&plain, &picture(&format!("--legend {place}")));
        let alone = changed
            .iter()
            .enumerate()
            .all(|(number, &count)| (count > 0) == (number == quarter));
        assert!(alone, "{place}: {changed:?}");
    }
    let titled = changed(&plain, &picture("--title Incidents"));
    assert!(
        titled[0] > 0 && titled[1] > 0 && titled[2..] == [0, 0],
        "{titled:?}"
    );
}

/// The part of a picture in which another one lies.
fn part(picture: &RgbaImage, other: &RgbaImage) -> RgbaImage {
    image::imageops::crop_imm(picture, 0, 0, other.width(), other.height()).to_image()
}

#[test]
fn a_legend_in_a_strip_covers_nothing() {
    let picture = |line: &str| {
        incidents(&format!("-o a.png -W 400 -b black {line}"))
            .ok()
            .picture("a.png")
    };
    for look in ["", "--passes r=20,d=1;r=5", "--ratio 2 --title Incidents"] {
        let plain = picture(look);
        let below = picture(&format!("{look} --legend=below"));
        let right = picture(&format!("{look} --legend=right"));
        assert!(below.height() > plain.height() + 40 && below.width() == plain.width());
        assert!(right.width() > plain.width() + 200 && right.height() == plain.height());
        assert!(
            part(&below, &plain) == plain && part(&right, &plain) == plain,
            "{look}"
        );
    }
    // A map that it lies on needs no strip.
    let done = incidents("-o a.png -o a.tif -W 300 --legend=below")
        .ok()
        .says("a GeoTIFF lies on maps, and is written without the title and the legend");
    let plain = incidents("-o a.png -o a.tif -W 300").ok();
    assert_eq!(done.bytes("a.tif"), plain.bytes("a.tif"));
    incidents("-o a.webp -W 16350 -H 300 -r 90 --legend=right")
        .fails(2, "a WebP has 16383 pixels a side at the most");
}

#[test]
fn a_legend_stays_in_one_corner_while_a_film_goes_on() {
    // Heat that comes to one corner after the other.
    let points = "5 5\n5 5\n-5 5\n5 -5\n-5 5\n";
    let run = |line: &str| {
        Run::new(&format!("-a -o a.png -e -6,-6,6,6 -W 400 -r 90 {line} -"))
            .stdin(points)
            .ok()
            .bytes("a.png")
    };
    for line in ["", "--frame-scale each", "--title Corners"] {
        assert!(run(&format!("--legend {line}")) == run(&format!("--legend=bottom-left {line}")));
    }
    let strip = |line: &str| Run::new(line).stdin(points);
    let film = strip("-a -o a.gif -e -6,-6,6,6 -W 400 -r 90 --legend=below -").ok();
    let still = strip("-o a.png -e -6,-6,6,6 -W 400 -r 90 --legend=below -").ok();
    let size = |picture: RgbaImage| (picture.width(), picture.height());
    assert_eq!(size(film.picture("a.gif")), size(still.picture("a.png")));
    strip("-a -o a.gif --frame-scale each --legend=below -").fails(2, "a scale of its own");
}

#[test]
fn a_legend_can_be_a_picture_of_its_own_for_every_curve() {
    for how in ["linear", "log", "sqrt", "cbrt", "eq_hist"] {
        let line = format!("-o a.png -W 300 --legend key.png --how {how}");
        let done = incidents(&line)
            .arg("--legend-title")
            .arg("incidents per pixel")
            .ok();
        let (key, plain) = (
            done.picture("key.png"),
            incidents(&format!("-o a.png -W 300 --how {how}")).ok(),
        );
        assert_eq!(key.height(), 100, "{how}");
        assert_eq!(
            done.bytes("a.png"),
            plain.bytes("a.png"),
            "the picture itself has none"
        );
    }
    incidents("-o a.png -W 60 --legend").fails(2, "has no room for a legend");
    incidents("-o a.png --legend=nowhere").fails(2, "neither a place");
}

#[test]
fn the_date_of_a_frame_stands_in_the_lower_left_corner() {
    let days = "lat,lon,time\n0,0,2024-01-01\n0,0.1,2024-01-01\n5,5,2024-01-01\n";
    let film = |line: &str| {
        let run = Run::new(&format!(
            "-a --frame-time 1d -W 300 -b black -o a.png {line} d.csv"
        ))
        .file("d.csv", days);
        run.ok().picture("a.png")
    };
    let changed = changed(&film(""), &film("--date %Y-%m-%d"));
    assert!(
        changed[2] > 0 && changed[0] + changed[1] + changed[3] == 0,
        "{changed:?}"
    );
}

#[test]
fn like_takes_the_frame_of_a_picture_with_a_world_file() {
    let (points, world) = ("10 10\n12 14\n", "20000\n0\n0\n-20000\n1010000\n1490000\n");
    let blank = incidents("-o blank.png -W 40 -H 30")
        .ok()
        .bytes("blank.png");
    let done = Run::new("-v --like blank.png -o a.png -")
        .file("blank.png", &blank)
        .file("blank.pgw", world)
        .stdin(points)
        .ok();
    let done = done
        .says("scale: 20000.000000 metres/pixel")
        .says("40 × 30 pixels");
    // The middle of the upper left pixel is at 1,010,000 m east and 1,490,000 m north.
    let picture = done.picture("a.png");
    let hottest = picture
        .enumerate_pixels()
        .max_by_key(|(.., pixel)| pixel.0[3])
        .expect("pixels");
    let (east, north) = (
        10_f64.to_radians() * 6_378_137.0,
        (std::f64::consts::FRAC_PI_4 + 5_f64.to_radians())
            .tan()
            .ln()
            * 6_378_137.0,
    );
    let expected = (
        ((east - 1_000_000.0) / 20_000.0) as u32,
        ((1_500_000.0 - north) / 20_000.0) as u32,
    );
    assert_eq!((hottest.0, hottest.1), expected);
    Run::new("--like blank.png -o a.png -")
        .file("blank.png", &blank)
        .stdin(points)
        .fails(3, "nothing says where this picture lies");
    let broken = Run::new("--like blank.png -o a.png -")
        .file("blank.png", &blank)
        .file("blank.pgw", "1\n2\n");
    broken.stdin(points).fails(3, "blank.pgw");
}
