use super::*;
use crate::color::gradient::{Options, Source};
use crate::color::scale::{self, Bound};
use crate::color::{How, Scale, Scheme};
use crate::composite::{Place, Sheet};

fn gradient(scheme: &str) -> Gradient {
    Gradient::load(&Options::of(Source::Scheme(Scheme::find(scheme).unwrap()))).unwrap()
}

#[test]
#[ignore = "shows"]
fn show() {
    let out = std::env::temp_dir().join("legend");
    std::fs::create_dir_all(&out).unwrap();
    let heats: Vec<f32> = (1..20000).map(|i| 83.67 * (i as f32 / 20000.0).powi(5)).collect();
    let backgrounds: [(&str, Raster); 4] = [
        ("light", words::filled(900, 620, [242, 239, 233, 255])),
        ("dark", words::filled(900, 620, [20, 22, 28, 255])),
        ("photo", crate::image_file::open("/work/shared/data/photos/nw_san_francisco.jpg".as_ref()).unwrap().raster),
        ("backdrop", crate::image_file::open("tests/golden/backdrop.png".as_ref()).unwrap().raster),
    ];
    for (name, mut picture) in backgrounds {
        println!("{name} {}", picture.size());
        let size = picture.size();
        let mut sheet = Sheet::new(&mut picture);
        sheet.credit("© OpenStreetMap contributors");
        let _ = sheet.title("Bicycle rides in San Francisco").map_err(|e| println!("{e}"));
        let _ = sheet.caption("2024-05-01 14:00", Place::BottomLeft).map_err(|e| println!("{e}"));
        let places = [
            Place::BottomRight,
            Place::TopLeft,
            Place::TopRight,
            Place::BottomLeft,
            Place::BottomRight,
            Place::TopLeft,
            Place::TopRight,
        ];
        for (how, place) in How::ALL.into_iter().zip(places) {
            let g = gradient(["heat", "viridis", "fire", "glow", "magma", "rdbu"][how as usize]);
            let options = scale::Options {
                how,
                max: (how == How::Linear).then_some(Bound::Heat(60.0)),
                threshold: if how == How::Cbrt { 0.5 } else { 0.0 },
                ..Default::default()
            };
            let scale = Scale::load(&options, &g).unwrap();
            let range = scale.range_of(&heats);
            let tone = scale.tone(&range).unwrap();
            let legend = Legend::new(&tone, &g, Some(&range), how.name());
            let _ = legend.fitting(size).and_then(|l| sheet.legend(&l, place)).map_err(|e| println!("{e}"));
        }
        let file = std::fs::File::create(out.join(format!("{name}.png"))).unwrap();
        image::RgbaImage::from_raw(size.width() as u32, size.height() as u32, picture.as_bytes().to_vec())
            .unwrap()
            .write_to(&mut std::io::BufWriter::new(file), image::ImageFormat::Png)
            .unwrap();
    }
}
