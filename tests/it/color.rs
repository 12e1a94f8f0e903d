//! Gradients and scales on real runs.

use heatmap::color::gradient;
use heatmap::color::gradient::Source;
use heatmap::color::{Gradient, Scheme};
use image::{RgbImage, RgbaImage};

use crate::run::{Done, Run, root};

/// A row of places of growing weight, each a pixel of its own.
const ROW: &str = "lat,lon,weight\n0,1e-9,1\n0,10,2\n0,20,4\n0,30,8\n";

fn row(args: &str) -> Run {
    Run::new(&format!("-o p.png -W 100 -r 3 -d 1 {args} row.csv")).file("row.csv", ROW)
}

/// The colours at the places of the row, from the coldest to the hottest.
fn colors(done: &Done) -> Vec<[u8; 4]> {
    let picture = done.picture("p.png");
    let (width, y) = (picture.width(), picture.height() / 2);
    let columns = (0..4).map(|i| 2 + i * (width - 5) / 3);
    columns
        .map(|x| strongest(&picture, x.saturating_sub(1)..(x + 2).min(width), y))
        .collect()
}

fn strongest(picture: &RgbaImage, columns: std::ops::Range<u32>, y: u32) -> [u8; 4] {
    let near = columns
        .flat_map(|x| (y.saturating_sub(2)..picture.height().min(y + 3)).map(move |y| (x, y)));
    near.map(|(x, y)| picture.get_pixel(x, y).0)
        .max_by_key(|color| u32::from(color[0]) * 256 + u32::from(color[3]))
        .expect("some pixels")
}

/// The share of the way from black to white, of 255.
fn grey(args: &str) -> Vec<u8> {
    let args = format!("--interpolate rgb --min-alpha 1 {args}");
    colors(&row(&args).arg("--colors").arg("black, white").ok())
        .iter()
        .map(|color| color[0])
        .collect()
}

#[test]
fn scales_spread_heat_as_they_say() {
    assert_eq!(grey(""), [31, 63, 127, 255]);
    assert_eq!(grey("--how sqrt"), [90, 127, 180, 255]);
    assert_eq!(grey("--how cbrt"), [127, 160, 202, 255]);
    assert_eq!(grey("--how log --min 0"), [80, 127, 186, 255]);
    // Not from 0, but from the least heat, which is that of a kernel's rim.
    assert_eq!(grey("--how log"), [77, 125, 185, 255]);
    assert_eq!(grey("--max 4"), [63, 127, 255, 255]);
    assert_eq!(grey("--span 2,4"), [0, 0, 255, 255]);
    assert_eq!(grey("--saturate"), [161, 221, 251, 255]);
    let equalised = grey("--how eq_hist");
    assert!(
        equalised.is_sorted() && equalised[0] > 90 && equalised[3] == 255,
        "{equalised:?}"
    );
}

#[test]
fn what_is_below_the_threshold_is_not_painted() {
    let alphas: Vec<u8> = colors(&row("--scheme heat --min-alpha 1 --threshold 3").ok())
        .iter()
        .map(|c| c[3])
        .collect();
    assert_eq!(alphas, [0, 0, 255, 255]);
}

#[test]
fn opacity_is_that_of_the_hottest() {
    assert_eq!(
        colors(&row("--scheme viridis --opacity 0.5").ok())[3],
        [253, 231, 37, 128]
    );
    row("--opacity 128").fails(2, "of 255, as some programs count, that is 0.50");
}

#[test]
fn a_named_default_is_the_default() {
    let picture = |args| {
        Run::new(args)
            .arg(root().join("tests/golden/sf.txt"))
            .ok()
            .stdout
    };
    assert!(picture("-W 160") == picture("-W 160 --scheme heat"));
}

#[test]
fn pictures_of_a_batch_share_a_scale() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("span.json");
    for how in [
        "--max p90",
        "--how eq_hist",
        "--saturate",
        "--how log --scheme rdbu",
    ] {
        let first = row(how).arg("--span-out").arg(&file).ok().bytes("p.png");
        let scheme = if how.contains("rdbu") {
            "--scheme rdbu"
        } else {
            ""
        };
        let again = row(scheme)
            .arg("--span-from")
            .arg(&file)
            .ok()
            .bytes("p.png");
        assert!(first == again, "{how}");
    }
    row("--span-from nowhere.json").fails(3, "nowhere.json: cannot be read");
    row("--span-from row.csv").fails(3, "row.csv: not JSON");
}

#[test]
fn negative_weights_are_cold_in_a_diverging_scheme() {
    let run = |args: &str| {
        let rows = "lat,lon,weight\n0,1e-9,-5\n0,30,5\n";
        let done = Run::new(&format!("-o p.png -W 100 -r 3 {args} a.csv"))
            .file("a.csv", rows)
            .ok();
        done.picture("p.png")
    };
    let picture = run("--scheme rdbu");
    let seen: Vec<_> = picture
        .pixels()
        .filter(|pixel| pixel.0[3] == 255)
        .map(|pixel| pixel.0)
        .collect();
    assert!(
        seen.iter().any(|[r, _, b, _]| b > r) && seen.iter().any(|[r, _, b, _]| r > b),
        "{seen:?}"
    );
    assert_eq!(picture.get_pixel(50, 2).0[3], 0);
    assert_eq!(run("--scheme ylgnbu").get_pixel(2, 2).0[3], 0);
}

#[test]
fn gradient_images_may_lack_alpha_and_are_warned_of_odd_ends() {
    let column = |cold: u8, hot: u8| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let image = RgbaImage::from_fn(1, 2, |_, y| {
            image::Rgba([200, 0, 0, if y == 0 { hot } else { cold }])
        });
        image
            .write_to(&mut bytes, image::ImageFormat::Png)
            .expect("a picture");
        bytes.into_inner()
    };
    row("-G g.png")
        .file("g.png", column(255, 255))
        .ok()
        .says("g.png: the cold end, at the bottom of the image");
    row("-G g.png")
        .file("g.png", column(255, 0))
        .ok()
        .says("is it upside down? Then reverse it");
    row("-G g.png")
        .file("g.png", column(0, 99))
        .ok()
        .says("the hot end");
    assert_eq!(
        row("-G g.png").file("g.png", column(0, 255)).ok().stderr,
        ""
    );
    assert_eq!(
        row("-G g.png --reverse")
            .file("g.png", column(255, 0))
            .ok()
            .stderr,
        ""
    );
    let opaque = row("-G g.ppm")
        .file("g.ppm", b"P6 1 3 255 \xff\xff\xff\x80\x80\x80\x00\x00\x00")
        .ok();
    assert_eq!(
        (
            opaque.stderr.as_str(),
            colors(&opaque)[3],
            colors(&opaque)[0][3]
        ),
        ("", [255, 255, 255, 255], 0)
    );
}

#[test]
fn a_gif_of_which_nothing_is_transparent_is_a_gradient_without_alpha() {
    use image::ImageFormat::{self, Gif, Png, Pnm};
    let encoded = |image: &image::DynamicImage, format: ImageFormat| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("a picture");
        bytes.into_inner()
    };
    // As the GIF has them, whose palette may be a little off. The second colour is where alpha of
    // its own and none differ.
    let column = |cold: u8| {
        let image = RgbaImage::from_fn(1, 5, |_, y| {
            let shade = [255, 192, 128, 64, 0][y as usize];
            image::Rgba([shade, shade, shade, if y == 4 { cold } else { 255 }])
        });
        let gif = encoded(&image.into(), Gif);
        let image = image::load_from_memory(&gif).expect("a GIF");
        (gif, image)
    };
    let drawn = |name: &str, gradient: Vec<u8>| {
        let done = row(&format!("-G {name}")).file(name, gradient).ok();
        assert_eq!(done.stderr, "");
        done.picture("p.png")
    };
    let (gif, image) = column(255);
    let opaque = drawn("g.gif", gif);
    let without = encoded(&image.into_rgb8().into(), Pnm);
    assert!(opaque == drawn("g.ppm", without));
    // With a transparent end it is used as it is.
    let (gif, image) = column(0);
    let clear = drawn("g.gif", gif);
    assert!(clear != opaque && clear == drawn("g.png", encoded(&image, Png)));
}

#[test]
fn nonsense_is_refused_with_a_hint() {
    row("--scheme virdis").fails(2, "did you mean viridis");
    row("--colors red").fails(2, "two colours or more");
    row("--span 5,1").fails(2, "5 is not below 1");
    row("--max nan").fails(2, "not a heat");
    row("--max p101").fails(2, "percentile from p0 to p100");
    row("--min 4 --max 3").fails(2, "--min and --max");
    row("--min 9").fails(2, "least heat, 9, not below its most, 8");
    row("--how eq_hist --max 3").fails(2, "a span of its own");
    row("--threshold -1").fails(2, "0 or more");
    row("--saturate --how log").fails(2, "cannot be used");
    row("--scheme fire -m 000ffff00").fails(2, "cannot be used");
    row("--steps 0").fails(2, "--steps");
}

#[test]
fn schemes_are_listed_by_name_in_a_pipe() {
    let names = String::from_utf8(Run::new("--scheme list").ok().stdout).expect("names");
    assert!(
        names.lines().any(|name| name == "classic") && !names.contains('\x1b'),
        "{names}"
    );
    assert_eq!(names.lines().count(), Scheme::all().len());
}

/// jjguy's density of some dots at a pixel: 255 is none (heatmap 2.2.1).
fn jjguys(dots: &[(f64, f64)], dotsize: f64, x: f64, y: f64) -> u8 {
    let rho = dotsize * 2_f64.sqrt() / 4.0;
    dots.iter().fold(255, |density, dot| {
        let factor = (200.0 * (dot.0 - x).hypot(dot.1 - y) / rho + 50.0).min(255.0) / 255.0;
        (f64::from(density) * factor) as u8
    })
}

#[test]
fn dots_look_nearly_like_jjguys() {
    // One degree a pixel; the picture goes as far as the heat of its bounds, so that 21 pixels lie
    // before the first degree.
    let dots: Vec<(f64, f64)> = (0..12)
        .map(|i| (f64::from(30 + i * i * 7 % 41), f64::from(30 + i * 11 % 37)))
        .collect();
    for (count, mean, most) in [(1, 6.5, 45), (3, 6.5, 45), (12, 6.5, 45)] {
        let dots = &dots[..count];
        let points: String = dots
            .iter()
            .map(|(x, y)| format!("{} {}\n", 49.5 - y, x - 49.5))
            .collect();
        let done = Run::new(
            "-o p.png -P equirectangular -s 111319.490793 -e -50,-50,50,50 --dotsize 40 --min-alpha 1 -b black",
        )
        .arg("--colors")
        .arg("black, white")
        .arg("--interpolate")
        .arg("rgb")
        .stdin(points)
        .ok();
        let off: Vec<u8> = done
            .picture("p.png")
            .enumerate_pixels()
            .map(|(x, y, color)| {
                (
                    jjguys(dots, 40.0, f64::from(x) - 21.0, f64::from(y) - 21.0),
                    255 - color.0[0],
                )
            })
            .filter(|densities| *densities != (255, 255))
            .map(|(his, ours)| his.abs_diff(ours))
            .collect();
        let average = off.iter().map(|&off| f64::from(off)).sum::<f64>() / off.len() as f64;
        let largest = off.iter().max().copied().unwrap_or_default();
        assert!(
            average <= mean && largest <= most,
            "{count} dots: {average:.2} on average, {largest} at the most"
        );
    }
}

/// docs/gradients.md shows every scheme, on black and on white.
#[test]
fn the_gradients_page_shows_every_scheme() {
    let docs = root().join("docs");
    let page = std::fs::read_to_string(docs.join("gradients.md")).expect("docs/gradients.md");
    for scheme in Scheme::all() {
        let (name, made) = (scheme.name(), strip(scheme));
        let path = docs.join(format!("images/gradients/{name}.png"));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            made.save(&path).expect("docs can be written");
        }
        let shown = image::open(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            .into_rgb8();
        assert!(
            shown == made,
            "{name} has changed; run the tests with UPDATE_DOCS=1"
        );
        assert!(
            page.contains(&format!(
                "| `{name}` | ![{name}](images/gradients/{name}.png) |"
            )),
            "{name} is not on the page"
        );
    }
}

fn strip(scheme: &'static Scheme) -> RgbImage {
    let gradient =
        Gradient::load(&gradient::GradientOptions::of(Source::Scheme(scheme))).expect("a scheme");
    RgbImage::from_fn(512, 40, |x, y| {
        let [r, g, b, alpha] = gradient.at(x as f32 / 511.0).map(u32::from);
        let below = if y < 20 { 0 } else { 255 };
        image::Rgb(
            [r, g, b].map(|color| ((color * alpha + below * (255 - alpha) + 127) / 255) as u8),
        )
    })
}
