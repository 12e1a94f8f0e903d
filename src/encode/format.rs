//! File formats that are written: one enum, and one table of facts about each.
//!
//! File names, help, checks before the work and writers all ask this table. A format that moves has
//! a row of its own where its facts differ from those of the one that stands still: an animated GIF
//! is written by other lines, has other limits and, as APNG, other extensions.

use std::path::Path;

use crate::error::{Error, Remedy, Result};
use crate::geo::Crs;
use crate::raster::Size;

/// A format of files, in the order of [`FORMATS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics: lossless, transparent.
    #[default]
    Png,
    /// The same, always as RGBA.
    Png32,
    /// JPEG: lossy, small, opaque.
    Jpeg,
    /// WebP, lossless: smaller than PNG, transparent, 16,383 pixels a side at the most.
    Webp,
    /// GIF: 256 colours, opaque here (it knows no half-transparent pixels).
    Gif,
    /// Windows bitmap: uncompressed, opaque.
    Bmp,
    /// TIFF with where the picture lies: transparent.
    GeoTiff,
    /// TIFF of a picture that lies nowhere: uncompressed, transparent.
    Tiff,
    /// TIFF of the heat of every pixel, with where it lies.
    HeatTiff,
    /// Portable pixmap: uncompressed, opaque, the simplest there is.
    Ppm,
    /// Truevision TGA: lossless, transparent.
    Tga,
    /// Quite OK Image: lossless, fast, transparent.
    Qoi,
    /// PNG in the letters of base64 (RFC 4648).
    Base64,
    /// The same as an address that web pages take for a picture (RFC 2397).
    DataUri,
    /// KML: a picture beside it laid on the ground, for Google Earth.
    Kml,
    /// KMZ: KML and pictures in one file; one picture, or many, each for a time.
    Kmz,
    /// A page with the picture on a map that can be moved.
    Html,
    /// What is known about the picture, as JSON.
    Json,
    /// The heat of every pixel, for numpy.
    Npy,
    /// The heat of every pixel in words: an ESRI ASCII grid.
    Asc,
    /// Hot regions as polygons.
    GeoJson,
    /// The same, for Google Earth.
    KmlRegions,
    /// Animated GIF: known everywhere, 256 colours a frame, opaque here; 50 frames a second at the
    /// most.
    AnimatedGif,
    /// Animated PNG: lossless, transparent.
    Apng,
    /// Animated WebP, lossless: smaller than APNG, transparent, 16,384 pixels a side at the most.
    AnimatedWebp,
    /// A film that the program ffmpeg writes: opaque, and lossy.
    Video,
}

/// What the contents of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The pixels' colours.
    Picture,
    /// The pixels' heat.
    Heat,
    /// What is known about the picture, without its pixels.
    Metadata,
    /// Outlines of where it is hot.
    Regions,
}

/// What a file's picture is to lie on, so that it has neither legend nor title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiesOn {
    /// Nothing: the picture stands alone.
    Nothing,
    /// A map, of the earth or of a plane.
    Map,
    /// The globe, or a map of it: what is not on the earth has no place there.
    Globe,
}

/// Whether the pictures of a format move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    /// It holds one picture.
    Never,
    /// It is for animations.
    Always,
    /// It can be either.
    Both,
}

/// What is asked of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing but a picture, which lies nowhere: a legend.
    Picture,
    /// Anything that can be made of a picture which stands still.
    Still,
    /// The same, with heat instead of colours.
    Heat,
    /// A picture that moves.
    Film,
}

/// What there is to know about a format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// The format.
    pub format: Format,
    /// Its name in sentences.
    pub name: &'static str,
    /// The extensions of its files, in lower case; the first is the usual one.
    pub extensions: &'static [&'static str],
    /// Whether pixels can be half transparent in it.
    pub has_alpha: bool,
    /// What is in it.
    pub holds: Holds,
    /// What it is to lie on.
    pub lies_on: LiesOn,
    /// Whether its pictures move.
    pub moves: Moves,
    /// The longest side of a picture or a frame, in pixels, where that is looked at before the
    /// work.
    pub longest_side: Option<usize>,
    /// The most frames a second.
    pub fastest: Option<f64>,
}

/// All formats. The order is that of the enum, and the one in which messages name extensions; where
/// two have an extension in common, the first that serves is taken.
pub static FORMATS: [Facts; 26] = [
    Facts::picture(Format::Png, "PNG", &["png"]),
    // No extension tells the two apart.
    Facts::picture(Format::Png32, "PNG", &[]),
    Facts::picture(Format::Jpeg, "JPEG", &["jpg", "jpeg"])
        .opaque()
        .up_to(65_535),
    Facts::picture(Format::Webp, "WebP", &["webp"]).up_to(16_383),
    Facts::picture(Format::Gif, "GIF", &["gif"])
        .opaque()
        .up_to(65_535),
    Facts::picture(Format::Bmp, "BMP", &["bmp"]).opaque(),
    Facts::picture(Format::GeoTiff, "GeoTIFF", &["tiff", "tif"]).on(LiesOn::Map),
    Facts::picture(Format::Tiff, "TIFF", &["tiff", "tif"]),
    Facts::picture(Format::HeatTiff, "GeoTIFF", &["tiff", "tif"])
        .with(Holds::Heat)
        .on(LiesOn::Map),
    Facts::picture(Format::Ppm, "PPM", &["ppm", "pnm"]).opaque(),
    Facts::picture(Format::Tga, "TGA", &["tga"]).up_to(65_535),
    Facts::picture(Format::Qoi, "QOI", &["qoi"]),
    Facts::picture(Format::Base64, "PNG in base64", &["b64"]),
    // No extension tells the two apart.
    Facts::picture(Format::DataUri, "PNG in base64", &[]),
    Facts::picture(Format::Kml, "KML", &["kml"]).on(LiesOn::Globe),
    Facts::picture(Format::Kmz, "KMZ", &["kmz"])
        .on(LiesOn::Globe)
        .moving(Moves::Both),
    Facts::picture(Format::Html, "HTML", &["html"]).on(LiesOn::Globe),
    Facts::picture(Format::Json, "JSON", &["json"]).with(Holds::Metadata),
    Facts::picture(Format::Npy, "NPY", &["npy"]).with(Holds::Heat),
    Facts::picture(Format::Asc, "ASCII grid", &["asc"]).with(Holds::Heat),
    Facts::picture(Format::GeoJson, "GeoJSON", &["geojson"])
        .with(Holds::Regions)
        .on(LiesOn::Globe),
    // It is for what it is asked for.
    Facts::picture(Format::KmlRegions, "KML of regions", &[])
        .with(Holds::Regions)
        .on(LiesOn::Globe),
    // Browsers take a delay of less than 2/100 s for a mistake, and show the frame for 1/10 s.
    Facts::picture(Format::AnimatedGif, "GIF", &["gif"])
        .opaque()
        .film(Some(65_535), Some(50.0)),
    Facts::picture(Format::Apng, "PNG", &["png", "apng"]).film(Some(i32::MAX as usize), None),
    Facts::picture(Format::AnimatedWebp, "WebP", &["webp"]).film(Some(16_384), None),
    // Every codec of ffmpeg has a limit of its own, and says so.
    Facts::picture(Format::Video, "film", VIDEO)
        .opaque()
        .film(None, None),
];

/// What ffmpeg is trusted to know.
const VIDEO: &[&str] = &[
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpeg", "mpg", "ogv", "wmv", "flv", "ts",
];

impl Facts {
    /// A picture that stands still and alone, and may be transparent.
    const fn picture(
        format: Format,
        name: &'static str,
        extensions: &'static [&'static str],
    ) -> Self {
        Self {
            format,
            name,
            extensions,
            has_alpha: true,
            holds: Holds::Picture,
            lies_on: LiesOn::Nothing,
            moves: Moves::Never,
            longest_side: None,
            fastest: None,
        }
    }

    const fn opaque(self) -> Self {
        Self {
            has_alpha: false,
            ..self
        }
    }

    const fn with(self, holds: Holds) -> Self {
        Self { holds, ..self }
    }

    const fn on(self, lies_on: LiesOn) -> Self {
        Self { lies_on, ..self }
    }

    const fn up_to(self, longest_side: usize) -> Self {
        Self {
            longest_side: Some(longest_side),
            ..self
        }
    }

    const fn moving(self, moves: Moves) -> Self {
        Self { moves, ..self }
    }

    const fn film(self, longest_side: Option<usize>, fastest: Option<f64>) -> Self {
        Self {
            moves: Moves::Always,
            longest_side,
            fastest,
            ..self
        }
    }

    fn is_plain_picture(&self) -> bool {
        self.holds == Holds::Picture && self.lies_on == LiesOn::Nothing
    }

    fn serves(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Picture => self.is_plain_picture() && self.moves == Moves::Never,
            Purpose::Still | Purpose::Heat => self.moves != Moves::Always,
            Purpose::Film => self.moves != Moves::Never,
        }
    }
}

impl Format {
    /// What there is to know about it.
    #[must_use]
    pub fn facts(self) -> &'static Facts {
        &FORMATS[self as usize]
    }

    /// Whether files say how many pixels an inch has.
    #[must_use]
    pub fn says_dpi(self) -> bool {
        matches!(self, Self::Png | Self::Png32 | Self::Kml)
    }

    /// The format that a file name asks for with its extension, in upper or lower case.
    ///
    /// # Errors
    /// When the name has none, or one that does not serve the purpose.
    pub fn of(path: &Path, purpose: Purpose) -> Result<Self> {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let extension = extension.to_lowercase();
        let found: Vec<&Facts> = FORMATS
            .iter()
            .filter(|facts| facts.serves(purpose) && facts.extensions.contains(&&*extension))
            .collect();
        let heat = || found.iter().find(|facts| facts.holds == Holds::Heat);
        let found = match purpose {
            Purpose::Heat => heat().or(found.first()),
            _ => found.first(),
        };
        match found {
            None => Err(unknown(path, &extension, purpose)),
            Some(facts) if purpose == Purpose::Heat && facts.is_plain_picture() => Err(
                Error::usage(format!("'{}' cannot hold heat as it is", path.display()))
                    .remedy(Remedy::HeatInOtherFormats),
            ),
            Some(facts) => Ok(facts.format),
        }
    }

    /// Whether pixels can be half transparent in it.
    #[must_use]
    pub fn has_alpha(self) -> bool {
        self.facts().has_alpha
    }

    /// Whether its picture is to lie on a map.
    #[must_use]
    pub fn is_layer(self) -> bool {
        let facts = self.facts();
        facts.holds == Holds::Picture && facts.lies_on != LiesOn::Nothing
    }

    /// Whether it can hold a picture of a size: to be asked before the work.
    ///
    /// # Errors
    /// Of kind `Usage`, when it cannot.
    pub fn holds(self, size: Size) -> Result<()> {
        let Facts {
            name,
            longest_side,
            moves,
            ..
        } = *self.facts();
        let Some(longest) = longest_side.filter(|&side| size.width().max(size.height()) > side)
        else {
            return Ok(());
        };
        let other = if moves == Moves::Always {
            "an .apng"
        } else {
            "a .png"
        };
        Err(Error::usage(format!(
            "a {name} has {longest} pixels a side at the most, not {size}"
        ))
        .advice(format!("make a smaller picture, or {other}")))
    }

    /// Whether it can say where a picture in a coordinate system lies.
    ///
    /// # Errors
    /// Of kind `Usage`, when it is for pictures of the earth, or for y that goes up, and that is
    /// none.
    pub fn check(self, crs: Crs) -> Result<()> {
        let facts = self.facts();
        if self == Self::Html && !crs.is_separable() {
            let fact = format!("a page (.html) shows no picture in the {crs} projection");
            return Err(Error::usage(fact).advice("take .kmz, for which it is drawn anew"));
        }
        if self == Self::Asc && crs == (Crs::Plane { y_down: true }) {
            return Err(Error::usage("an ASCII grid (.asc) has y going up").remedy(Remedy::YUp));
        }
        if facts.lies_on == LiesOn::Globe && crs.is_plane() {
            let extension = facts.extensions.first().unwrap_or(&"kml");
            return Err(not_on_earth(&format!(".{extension}")));
        }
        Ok(())
    }
}

/// Why something cannot be made of a picture of plain x and y.
#[must_use]
pub fn not_on_earth(what: &str) -> Error {
    Error::usage(format!(
        "{what} is for places on the earth, and plain x and y are none"
    ))
    .remedy(Remedy::PlainPicture)
}

fn unknown(path: &Path, extension: &str, purpose: Purpose) -> Error {
    let is_called_so = |facts: &Facts| facts.extensions.contains(&extension);
    let is_film = |facts: &Facts| facts.moves == Moves::Always && is_called_so(facts);
    if purpose == Purpose::Still && FORMATS.iter().any(is_film) {
        let fact = format!("'{}' is the name of a film", path.display());
        return Error::usage(fact).remedy(Remedy::Animate);
    }
    // A film on the globe wants frames with times besides, so it is not offered to everybody.
    let is_offered = |facts: &&Facts| {
        facts.serves(purpose) && !(purpose == Purpose::Film && facts.lies_on == LiesOn::Globe)
    };
    let mut names: Vec<&str> = Vec::new();
    for name in FORMATS
        .iter()
        .filter(is_offered)
        .flat_map(|facts| facts.extensions)
    {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let what = match purpose {
        Purpose::Film => "animation",
        Purpose::Picture | Purpose::Still | Purpose::Heat => "picture",
    };
    Error::usage(format!(
        "'{}' does not say which kind of {what} to write",
        path.display()
    ))
    .advice(format!("end the name in one of: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, purpose: Purpose) -> Result<Format> {
        Format::of(Path::new(name), purpose)
    }

    #[test]
    fn the_table_is_in_the_order_of_the_formats() {
        for (number, facts) in FORMATS.iter().enumerate() {
            assert_eq!(facts.format as usize, number, "{:?}", facts.format);
        }
    }

    #[test]
    fn names_say_what_files_hold() {
        for (name, purpose, format) in [
            ("a/b.PnG", Purpose::Still, Format::Png),
            ("a.TIF", Purpose::Still, Format::GeoTiff),
            ("a.tiff", Purpose::Heat, Format::HeatTiff),
            ("a.tif", Purpose::Picture, Format::Tiff),
            ("a.kmz", Purpose::Still, Format::Kmz),
            ("a.kmz", Purpose::Film, Format::Kmz),
            ("a.npy", Purpose::Still, Format::Npy),
            ("a.npy", Purpose::Heat, Format::Npy),
            ("a.png", Purpose::Film, Format::Apng),
            ("a/b.WebM", Purpose::Film, Format::Video),
        ] {
            assert_eq!(of(name, purpose), Ok(format), "{name}");
        }
        for (name, purpose) in [
            ("a.png", Purpose::Heat),
            ("a.mp4", Purpose::Still),
            ("a.kml", Purpose::Film),
            ("a.npy", Purpose::Picture),
            ("png", Purpose::Still),
        ] {
            assert!(of(name, purpose).is_err(), "{name}");
        }
    }

    #[test]
    fn unknown_names_are_told_the_known_ones() {
        let advice = |purpose| {
            of("heat.map", purpose)
                .unwrap_err()
                .remedy
                .unwrap()
                .to_string()
        };
        assert_eq!(
            advice(Purpose::Still),
            "end the name in one of: png, jpg, jpeg, webp, gif, bmp, tiff, tif, ppm, pnm, tga, qoi, b64, \
             kml, kmz, html, json, npy, asc, geojson"
        );
        assert_eq!(
            advice(Purpose::Picture),
            "end the name in one of: png, jpg, jpeg, webp, gif, bmp, tiff, tif, ppm, pnm, tga, qoi, b64"
        );
        assert!(
            advice(Purpose::Film).starts_with("end the name in one of: gif, png, apng, webp, mp4")
        );
    }

    #[test]
    fn what_needs_the_earth_is_not_made_of_a_plane() {
        let (up, down) = (Crs::Plane { y_down: false }, Crs::Plane { y_down: true });
        for facts in &FORMATS {
            let format = facts.format;
            assert!(format.check(Crs::Wgs84).is_ok(), "{format:?}");
            let is_refused = facts.lies_on == LiesOn::Globe;
            assert_eq!(format.check(up).is_err(), is_refused, "{format:?}");
            let is_refused = is_refused || format == Format::Asc;
            assert_eq!(format.check(down).is_err(), is_refused, "{format:?}");
        }
    }
}
