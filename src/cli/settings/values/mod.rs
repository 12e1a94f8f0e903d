//! One typed parser for each kind of option value. Their errors are what the user reads after
//! "invalid value".

pub mod color;
pub mod filters;

use std::iter;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use heatmap::basemap::Missing;
use heatmap::color::{Hsva, css};
use heatmap::density::{Aggregate, InverseDistance, Kernel, Surface};
use heatmap::geo::{Crs, Radius, TrackWeight, Wrap};
use heatmap::input::{Field, Measure, READERS, Reader, Transit, VisitWeight, gpx, reader_named};
use heatmap::product::style::Unit;
use heatmap::raster::memory;

/// `--filetype`: one of the formats, or none where each file tells.
#[derive(Clone, Copy, Debug)]
pub struct FileType(pub Option<&'static Reader>);

/// The values of `--filetype`, the simplest format first.
pub fn filetype() -> impl TypedValueParser<Value = FileType> {
    let names = READERS.iter().rev().map(|reader| reader.name);
    PossibleValuesParser::new(iter::once("auto").chain(names))
        .map(|name| FileType(reader_named(&name)))
}

/// `--missing-tiles`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MissingName {
    Fail,
    Blank,
}

impl From<MissingName> for Missing {
    fn from(name: MissingName) -> Self {
        match name {
            MissingName::Fail => Self::Fail,
            MissingName::Blank => Self::Blank,
        }
    }
}

/// `--unit`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnitName {
    Heat,
    PerKm2,
}

impl From<UnitName> for Unit {
    fn from(name: UnitName) -> Self {
        match name {
            UnitName::Heat => Self::Heat,
            UnitName::PerKm2 => Self::PerSquareKilometre,
        }
    }
}

/// `--wrap`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum WrapName {
    Auto,
    Never,
}

impl From<WrapName> for Wrap {
    fn from(name: WrapName) -> Self {
        match name {
            WrapName::Auto => Self::Auto,
            WrapName::Never => Self::Never,
        }
    }
}

/// `--gtfs`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TransitName {
    Shapes,
    Stops,
}

impl From<TransitName> for Transit {
    fn from(name: TransitName) -> Self {
        match name {
            TransitName::Shapes => Self::Shapes,
            TransitName::Stops => Self::Stops,
        }
    }
}

/// `--visit-weight`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum VisitWeightName {
    #[value(name = "1")]
    One,
    Hours,
}

impl From<VisitWeightName> for VisitWeight {
    fn from(name: VisitWeightName) -> Self {
        match name {
            VisitWeightName::One => Self::One,
            VisitWeightName::Hours => Self::Hours,
        }
    }
}

/// `--surface`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SurfaceName {
    Density,
    Mean,
}

impl From<SurfaceName> for Surface {
    fn from(name: SurfaceName) -> Self {
        match name {
            SurfaceName::Density => Self::Density,
            SurfaceName::Mean => Self::Mean,
        }
    }
}

/// `--aggregate`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum AggregateName {
    Sum,
    Max,
    Min,
    Mean,
    Count,
    Std,
}

impl From<AggregateName> for Aggregate {
    fn from(name: AggregateName) -> Self {
        match name {
            AggregateName::Sum => Self::Sum,
            AggregateName::Max => Self::Max,
            AggregateName::Min => Self::Min,
            AggregateName::Mean => Self::Mean,
            AggregateName::Count => Self::Count,
            AggregateName::Std => Self::Std,
        }
    }
}

/// `--value`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MeasureName {
    Speed,
    Elevation,
    Heartrate,
}

impl From<MeasureName> for Measure {
    fn from(name: MeasureName) -> Self {
        match name {
            MeasureName::Speed => Self::Speed,
            MeasureName::Elevation => Self::Elevation,
            MeasureName::Heartrate => Self::HeartRate,
        }
    }
}

/// `--support`
pub fn support(text: &str) -> Result<f32, String> {
    number(text, |sum| sum > 0.0 && sum <= 1e30, "above 0").map(|sum| sum as f32)
}

/// `--track-weight`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrackWeightName {
    Points,
    Length,
    Time,
    Visits,
}

impl From<TrackWeightName> for TrackWeight {
    fn from(name: TrackWeightName) -> Self {
        match name {
            TrackWeightName::Points => Self::Points,
            TrackWeightName::Length => Self::Length,
            TrackWeightName::Time => Self::Time,
            TrackWeightName::Visits => Self::Visits,
        }
    }
}

/// `--projection`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ProjectionName {
    Mercator,
    Equirectangular,
    Xy,
    /// A code of EPSG.
    #[value(skip)]
    Of(u32),
}

impl ProjectionName {
    /// The coordinate system of a picture in it, with y going down if that is asked for; `None`
    /// where it makes no sense.
    pub fn with(self, y_down: bool) -> Option<Crs> {
        match self {
            Self::Xy => Some(Crs::Plane { y_down }),
            Self::Mercator => (!y_down).then_some(Crs::WebMercator),
            Self::Equirectangular => (!y_down).then_some(Crs::Wgs84),
            Self::Of(_) => None,
        }
    }
}

/// A name of a projection, or a code of EPSG.
pub fn projection(text: &str) -> Result<ProjectionName, String> {
    let code = text.trim().to_ascii_uppercase();
    let code = code.strip_prefix("EPSG:").unwrap_or(&code).parse();
    ProjectionName::from_str(text, false)
        .or(code.map(ProjectionName::Of))
        .map_err(|_| {
            "neither mercator, equirectangular or xy nor a code as in EPSG:28992".to_owned()
        })
}

/// `--kernel`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelName {
    Kernel(Kernel),
    /// Inverse distance weighting, which has no kernel with an end.
    Idw,
}

const IDW: &str = "idw";

/// The values of `--kernel`.
pub fn kernel() -> impl TypedValueParser<Value = KernelName> {
    let value = |kernel: Kernel| match kernel {
        Kernel::Linear => PossibleValue::new(kernel.name()).alias("triangular"),
        _ => PossibleValue::new(kernel.name()),
    };
    let idw = PossibleValue::new(IDW);
    PossibleValuesParser::new(Kernel::ALL.map(value).into_iter().chain([idw])).try_map(|name| {
        match Kernel::named(&name) {
            Some(kernel) => Ok(KernelName::Kernel(kernel)),
            None if name == IDW => Ok(KernelName::Idw),
            None => Err("there is no such kernel"),
        }
    })
}

/// `--idw-power`
pub fn power(text: &str) -> Result<f64, String> {
    let most = InverseDistance::LARGEST;
    number(
        text,
        |power| power >= 0.1 && power <= most,
        "between 0.1 and 4",
    )
}

/// `--gpx`: parts of a file, or heatmap.py's old name of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum GpxParts {
    Take(gpx::Take),
    File(PathBuf),
}

impl FromStr for GpxParts {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut take = gpx::Take {
            tracks: false,
            routes: false,
            waypoints: false,
        };
        for part in text.split(',') {
            match part.trim().to_ascii_lowercase().as_str() {
                "tracks" => take.tracks = true,
                "routes" => take.routes = true,
                "waypoints" => take.waypoints = true,
                _ => return Ok(Self::File(text.into())),
            }
        }
        Ok(Self::Take(take))
    }
}

/// A colour as red, green, blue, alpha.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Color(pub [u8; 4]);

impl FromStr for Color {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        css::parse(text).map(Self)
    }
}

/// `-b`: a colour, or none.
pub fn background(text: &str) -> Result<Color, String> {
    if text == "none" {
        return Ok(Color([0; 4]));
    }
    text.parse()
}

/// `--hsva-min`, `--hsva-max`: three digits of hue, of which 256 are a turn, and two each of
/// saturation, value and alpha.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HsvaHex(pub Hsva);

impl FromStr for HsvaHex {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 9 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(
                "not nine hex digits: three of hue, two each of saturation, value and alpha"
                    .to_owned(),
            );
        }
        let part =
            |range| u16::from_str_radix(&digits[range], 16).map(|part| f64::from(part) / 256.0);
        let parts = (part(0..3), part(3..5), part(5..7), part(7..9));
        let (Ok(hue), Ok(saturation), Ok(value), Ok(alpha)) = parts else {
            return Err("not hex digits".to_owned());
        };
        Ok(Self(Hsva {
            hue,
            saturation,
            value,
            alpha,
        }))
    }
}

/// `--max-pixels` and `--max-side`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelCount(pub u64);

impl FromStr for PixelCount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        scaled(text, 1000)
            .map(Self)
            .ok_or_else(|| "not a count, such as 500000000 or 2G".to_owned())
    }
}

/// `--memory`, in bytes
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory(pub u64);

impl Memory {
    /// 1 GiB, where the process may have as much and what it needs besides.
    pub fn within_limits() -> Self {
        let most = memory::ceiling().map_or(u64::MAX, |ceiling| ceiling / 4);
        Self(most.min(1 << 30))
    }
}

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let short = lower
            .strip_suffix("ib")
            .or_else(|| lower.strip_suffix('b'))
            .unwrap_or(&lower);
        scaled(short, 1024)
            .map(Self)
            .ok_or_else(|| "not a size, such as 512M or 4GiB".to_owned())
    }
}

/// A positive whole number with a letter for its thousands, which are 1000 or 1024.
fn scaled(text: &str, thousand: u64) -> Option<u64> {
    let power = match text.chars().last()?.to_ascii_lowercase() {
        'k' => 1,
        'm' => 2,
        'g' => 3,
        't' => 4,
        _ => 0,
    };
    let digits = if power > 0 {
        &text[..text.len() - 1]
    } else {
        text
    };
    digits
        .trim()
        .parse::<u64>()
        .ok()?
        .checked_mul(thousand.pow(power))
        .filter(|&number| number > 0)
}

/// `--threads`
pub fn threads(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|threads| (1..=1024).contains(threads))
        .ok_or_else(|| "not a number from 1 to 1024".to_owned())
}

/// A character between columns, or the name of one.
pub fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        "comma" => Ok(b','),
        "semicolon" => Ok(b';'),
        "bar" => Ok(b'|'),
        "space" => Ok(b' '),
        _ => match *text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(byte),
            _ => Err("one character, or tab, comma, semicolon, bar or space".to_owned()),
        },
    }
}

/// A column: a number from 1, or else a name.
pub fn field(text: &str) -> Result<Field, String> {
    match text.parse::<usize>() {
        Ok(0) => Err("columns are counted from 1".to_owned()),
        Ok(number) => Ok(Field::Number(number)),
        Err(_) => Ok(Field::Name(text.to_owned())),
    }
}

/// A width or a height.
pub fn side(text: &str) -> Result<NonZeroU32, String> {
    text.parse()
        .map_err(|_| "not a number of pixels, 1 or more".to_owned())
}

fn number(text: &str, fits: impl Fn(f64) -> bool, wanted: &str) -> Result<f64, String> {
    let number = text
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|&number| number.is_finite() && fits(number));
    number.ok_or_else(|| format!("not a number {wanted}"))
}

/// Metres, or units of a plane, to a pixel.
pub fn positive(text: &str) -> Result<f64, String> {
    number(text, |number| number > 0.0, "above 0")
}

/// Pixels to an inch.
pub fn dpi(text: &str) -> Result<f64, String> {
    number(
        text,
        |dpi| (1.0..=100_000.0).contains(&dpi),
        "from 1 to 100000",
    )
}

/// How many times larger something is.
pub fn ratio(text: &str) -> Result<f64, String> {
    number(
        text,
        |ratio| (0.1..=100.0).contains(&ratio),
        "from 0.1 to 100",
    )
}

/// The zoom of Arctern's maps.
pub fn zoom_level(text: &str) -> Result<f64, String> {
    number(
        text,
        |zoom| (1.0..=15.0).contains(&zoom),
        "between 1 and 15",
    )
}

/// The diameter of jjguy's dots in pixels: two radii.
pub fn diameter(text: &str) -> Result<f64, String> {
    number(
        text,
        |number| number > 0.0 && number <= 4000.0,
        "above 0 and up to 4000",
    )
}

/// `--radius`
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RadiusText {
    /// A radius that is known.
    Of(Radius),
    /// One that suits the size of the picture and the density of the data.
    Auto,
}

/// A radius in pixels or, with a unit, in metres or kilometres, of which halfway around the earth
/// is the most.
pub fn radius(text: &str) -> Result<RadiusText, String> {
    if text.trim() == "auto" {
        return Ok(RadiusText::Auto);
    }
    let units = [("km", 1000.0), ("m", 1.0)];
    let with_unit = |(unit, metres): (&str, f64)| {
        text.trim_end()
            .strip_suffix(unit)
            .map(|number| (number, metres))
    };
    let positive = |text: &str, metres: f64, most: f64| {
        number(text, |number| number > 0.0 && number * metres <= most, "")
            .map(|number| number * metres)
    };
    let radius = match units.into_iter().find_map(with_unit) {
        Some((number, metres)) => positive(number, metres, 20_000_000.0).map(Radius::Metres),
        None => positive(text, 1.0, Radius::LARGEST).map(Radius::Pixels),
    };
    radius.map(RadiusText::Of).map_err(|_| {
        "not a number above 0: of pixels up to 2000, or with a unit as in 500m or 2km up to 20000km".to_owned()
    })
}

/// A share in [0, 1].
pub fn share(text: &str) -> Result<f64, String> {
    number(text, |number| (0.0..=1.0).contains(&number), "from 0 to 1")
}

/// A brightness.
pub fn factor(text: &str) -> Result<f64, String> {
    number(text, |number| number >= 0.0, "of 0 or more")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_names_and_digits() {
        let color = |text: &str| text.parse::<Color>().map(|color| color.0);
        assert_eq!(color("black"), Ok([0, 0, 0, 255]));
        assert_eq!(color("RebeccaPurple"), Ok([0x66, 0x33, 0x99, 255]));
        assert_eq!(color("#f80"), Ok([255, 136, 0, 255]));
        assert_eq!(color("203040"), Ok([0x20, 0x30, 0x40, 255]));
        assert_eq!(color("#20304080"), Ok([0x20, 0x30, 0x40, 0x80]));
        assert_eq!(color("transparent"), Ok([0; 4]));
        for bad in ["", "#", "blackish", "#12345", "#ggg", "#äää"] {
            assert!(color(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hsva_is_in_256ths_and_hue_may_go_round() {
        let HsvaHex(color) = "#1ffff80ff".parse().unwrap();
        assert_eq!(
            (color.hue, color.saturation, color.value),
            (511.0 / 256.0, 255.0 / 256.0, 0.5)
        );
        for bad in ["", "000ffff0", "000ffff00f", "00gffff00", "00ä00000"] {
            assert!(bad.parse::<HsvaHex>().is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_keep_within_their_bounds() {
        assert!(
            share("1").is_ok()
                && share("1.01").is_err()
                && share("-0.1").is_err()
                && share("nan").is_err()
        );
        assert!(side("1").is_ok() && side("0").is_err() && side("-5").is_err());
        assert_eq!("2G".parse(), Ok(PixelCount(2_000_000_000)));
        assert_eq!(
            ("512M".parse(), "4GiB".parse()),
            (Ok(Memory(512 << 20)), Ok(Memory(4 << 30)))
        );
        assert!("x".parse::<Memory>().is_err() && threads("0").is_err());
        assert!("".parse::<PixelCount>().is_err() && "99999999999G".parse::<PixelCount>().is_err());
    }

    #[test]
    fn radii_are_pixels_unless_they_have_a_unit() {
        assert_eq!(
            (radius("0.5"), radius(" 12 ")),
            (
                Ok(RadiusText::Of(Radius::Pixels(0.5))),
                Ok(RadiusText::Of(Radius::Pixels(12.0)))
            )
        );
        assert_eq!(
            (radius("500m"), radius("500 m")),
            (
                Ok(RadiusText::Of(Radius::Metres(500.0))),
                Ok(RadiusText::Of(Radius::Metres(500.0)))
            )
        );
        assert_eq!(
            (radius("1.5km"), radius("2 km ")),
            (
                Ok(RadiusText::Of(Radius::Metres(1500.0))),
                Ok(RadiusText::Of(Radius::Metres(2000.0)))
            )
        );
        for bad in [
            "", "0", "-1", "2001", "inf", "nan", "m", "km", "0m", "-2km", "infkm", "1e300km",
            "5px", "5mm", "5 k m",
        ] {
            let error = radius(bad).unwrap_err();
            assert!(
                error.contains("pixels") && error.contains("2km"),
                "{bad}: {error}"
            );
        }
    }

    #[test]
    fn gpx_names_parts_or_as_of_old_a_file() {
        let parts = |text: &str| text.parse::<GpxParts>().unwrap();
        assert_eq!(
            parts("routes,Tracks"),
            GpxParts::Take(gpx::Take {
                tracks: true,
                routes: true,
                waypoints: false
            })
        );
        assert_eq!(parts("hike.gpx"), GpxParts::File("hike.gpx".into()));
    }
}
