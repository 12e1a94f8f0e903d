//! The small text files beside a picture that say where it lies. A world file does it in six
//! numbers, but not in which coordinate system. That is said by a .prj file with well-known text,
//! see [`Crs::wkt`], which ESRI's programs read beside pictures; GDAL and QGIS read an .aux.xml
//! instead.
//!
//! The format is ESRI's:
//! <https://webhelp.esri.com/arcims/9.3/General/topics/author_world_files.htm>. Reads and writes
//! texts, never files.

use super::{Crs, Pixels, Transform, View};
use crate::error::{Error, ErrorKind, Result};
use crate::raster::Size;

/// What is this near to the middle of the earth, in either direction, is in degrees if nothing says
/// otherwise.
const DEGREES: f64 = 360.0;
const ADVICE: &str =
    "name a picture that lies north up in WGS 84 (EPSG:4326) or Web Mercator (EPSG:3857)";

impl View {
    /// The extension of the world file of a picture with an extension: its first and its last
    /// letter and a w, so `pgw`, `jgw` (of jpg and of jpeg), `tfw`, `gfw`, `bpw`, `wpw`. GDAL looks
    /// for these names, whatever the format, and so does all that is made with it.
    #[must_use]
    pub fn world_extension(picture: &str) -> String {
        let mut letters = picture.chars();
        let first = letters.next();
        first
            .into_iter()
            .chain(letters.next_back())
            .chain(['w'])
            .collect()
    }

    /// As the text of a world file: width of a pixel, two rotations, height of a pixel (negative:
    /// rows go south), and the middle of the upper left pixel. All digits that matter are there.
    #[must_use]
    pub fn to_world_file(&self) -> String {
        let Transform { corner, pixel } = self.transform();
        let middle = (corner.0 + pixel.0 / 2.0, corner.1 + pixel.1 / 2.0);
        format!(
            "{}\n0\n0\n{}\n{}\n{}\n",
            pixel.0, pixel.1, middle.0, middle.1
        )
    }

    /// As the text of GDAL's file of what a format cannot say, whose name is that of the picture
    /// with `.aux.xml` appended. With it no world file is needed (GDAL reads none beside a WebP),
    /// and no question about the coordinate system is asked.
    #[must_use]
    pub fn to_aux_xml(&self) -> String {
        let Transform { corner, pixel } = self.transform();
        let transform = format!("{}, {}, 0, {}, 0, {}", corner.0, pixel.0, corner.1, pixel.1);
        let system = self
            .crs()
            .epsg()
            .map(|epsg| format!("  <SRS>EPSG:{epsg}</SRS>\n"))
            .unwrap_or_default();
        format!("<PAMDataset>\n{system}  <GeoTransform>{transform}</GeoTransform>\n</PAMDataset>\n")
    }

    /// The view of a picture of a size, from the text of its world file and that of its .prj file.
    /// Without the latter it is in degrees if they fit, and else in Web Mercator. `None` when it is
    /// not on the earth.
    ///
    /// # Errors
    /// When one of the texts is something else, or describes a picture that is turned or in another
    /// coordinate system. They do not name the file.
    pub fn from_world_file(world: &str, prj: Option<&str>, size: Size) -> Result<Option<Self>> {
        let [wide, turned, twisted, high, x, y] = numbers(world)?;
        let unknown = || wrong("the coordinate system is unknown").advice(ADVICE);
        let crs = prj.map(|text| Crs::of_srs(text).ok_or_else(unknown));
        let (x, y) = (x - wide / 2.0, y - high / 2.0);
        Self::georeferenced([x, wide, turned, y, twisted, high], crs.transpose()?, size)
    }

    /// The view of a picture of a size whose pixels lie as GDAL says it
    /// (<https://gdal.org/tutorials/geotransforms_tut.html>): x of the upper left corner, how far x
    /// goes on by column and by row, and the same of y. Without a system it is in degrees if they
    /// fit, and else in Web Mercator. `None` when it is not on the earth.
    ///
    /// # Errors
    /// When the picture is turned or mirrored.
    pub fn georeferenced(
        [x, wide, turned, y, twisted, high]: [f64; 6],
        crs: Option<Crs>,
        size: Size,
    ) -> Result<Option<Self>> {
        if turned != 0.0 || twisted != 0.0 || wide <= 0.0 || high >= 0.0 {
            return Err(
                wrong("the picture is turned or mirrored, or its pixels have no size")
                    .advice(ADVICE),
            );
        }
        let transform = Transform {
            corner: (x, y),
            pixel: (wide, high),
        };
        let crs = crs.unwrap_or_else(|| {
            if fits_degrees(transform, size) {
                Crs::Wgs84
            } else {
                Crs::WebMercator
            }
        });
        Ok(Self::placed(crs, transform, size))
    }
}

/// Whether all edges of a picture are near enough to be in degrees.
fn fits_degrees(transform: Transform, size: Size) -> bool {
    let end = transform.at(Pixels {
        x: size.width() as f64,
        y: size.height() as f64,
    });
    let edges = [transform.corner.0, transform.corner.1, end.0, end.1];
    edges.iter().all(|edge| edge.abs() <= DEGREES)
}

fn numbers(text: &str) -> Result<[f64; 6]> {
    let words = text.trim_start_matches('\u{feff}').split_whitespace();
    let numbers: Option<Vec<f64>> = words
        .take(7)
        .map(|word| word.parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    let numbers = numbers.and_then(|numbers| <[f64; 6]>::try_from(numbers).ok());
    numbers.ok_or_else(|| wrong("this is no world file, which has six numbers on six lines"))
}

fn wrong(fact: &str) -> Error {
    Error::new(ErrorKind::Input, fact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size() -> Size {
        Size::new(300, 200).unwrap()
    }

    #[test]
    fn extensions_are_those_that_gdal_looks_for() {
        let pairs = [
            ("png", "pgw"),
            ("jpg", "jgw"),
            ("jpeg", "jgw"),
            ("tif", "tfw"),
            ("tiff", "tfw"),
            ("gif", "gfw"),
        ];
        for (picture, world) in
            pairs
                .into_iter()
                .chain([("bmp", "bpw"), ("webp", "wpw"), ("", "w")])
        {
            assert_eq!(View::world_extension(picture), world);
        }
    }

    #[test]
    fn the_text_names_the_middle_of_the_first_pixel() {
        let view = View::new(Crs::Wgs84, (10.0, 5.0), (50.0, -100.0), size()).unwrap();
        assert_eq!(view.to_world_file(), "0.1\n0\n0\n-0.2\n5.05\n19.9\n");
    }

    #[test]
    fn gdals_file_names_the_corner_and_the_system() {
        let view = View::new(Crs::Wgs84, (10.0, 5.0), (50.0, -100.0), size()).unwrap();
        let text = view.to_aux_xml();
        assert!(
            text.contains(
                "<SRS>EPSG:4326</SRS>\n  <GeoTransform>5, 0.1, 0, 20, 0, -0.2</GeoTransform>"
            ),
            "{text}"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        for crs in [Crs::WebMercator, Crs::Wgs84] {
            let view = View::new(crs, (123.456, 123.456), (-12_345.0, 6789.0), size()).unwrap();
            for prj in [crs.wkt(), None] {
                let back =
                    View::from_world_file(&view.to_world_file(), prj.as_deref(), size()).unwrap();
                let back = back.unwrap();
                assert_eq!(
                    (back.crs(), back.origin()),
                    (crs, view.origin()),
                    "as whole pixels"
                );
                assert!(
                    (back.scale().0 - 123.456).abs() < 1e-9
                        && (back.scale().1 - 123.456).abs() < 1e-9
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let read = |world: &str, prj: Option<&str>| View::from_world_file(world, prj, size());
        assert!(read("\u{feff}1 0 0 -1\r\n5\r\n6\r\n", None).is_ok());
        for world in [
            "",
            "1 0 0 -1 5",
            "1 0 0 -1 5 6 7",
            "1 0 0 -1 x 6",
            "1 0 0 -1 inf 6",
            "1 0.1 0 -1 5 6",
            "1 0 0 1 5 6",
            "0 0 0 -1 5 6",
        ] {
            assert_eq!(
                read(world, None).unwrap_err().kind,
                ErrorKind::Input,
                "{world}"
            );
        }
        assert!(read("1 0 0 -1 5 6", Some("EPSG:99999")).is_err());
    }
}
