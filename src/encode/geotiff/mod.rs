//! `GeoTIFF`: pictures and heat that know where they are, for geographic information systems.
//!
//! A TIFF with a few more tags (OGC 19-008r4, `GeoTIFF` 1.1): the size of a pixel, the place of the
//! upper left corner, and keys that name the coordinate system. Compressed without loss (deflate),
//! in strips, and as `BigTIFF` where the 4 GB of ordinary ones might not do.

use std::io::{self, Seek, Write};

use tiff::encoder::colortype::{ColorType, Gray32Float, RGBA8};
use tiff::encoder::{
    Compression, DeflateLevel, DirectoryEncoder, Predictor, TiffEncoder, TiffKind, TiffKindBig,
    TiffKindStandard, TiffValue,
};
use tiff::tags::Tag;
use tiff::{TiffError, TiffResult};

use crate::density::Grid;
use crate::geo::{Crs, View};
use crate::raster::Raster;

/// Offsets of an ordinary TIFF end at 4 GB; some room is left for the tags, and for pixels that
/// grow when compressed.
const LARGEST: usize = 4_000_000_000;
/// The encoder goes back and forth, and the writer does not. What it writes waits in memory up to
/// this many bytes, then in a temporary file.
const IN_MEMORY: usize = 64 << 20;
/// Of two values that a fourth sample may have, transparency which colours are not multiplied with.
const UNASSOCIATED_ALPHA: u16 = 2;

/// Writes a picture: red, green, blue and alpha (straight) in 8 bits each.
///
/// # Errors
/// When the writer, or a temporary file, fails.
pub fn picture(raster: &Raster, place: &View, writer: &mut dyn Write) -> io::Result<()> {
    write::<RGBA8>(raster.as_bytes(), place, About::default(), writer)
}

/// Writes heat: one band of 32-bit floats, of which 0 means no data. `what` says what they are, in
/// ASCII.
///
/// Zeros stay zeros and are only declared as no data: so what nothing reaches is transparent over a
/// base map and is left out of statistics, while programs that do not know the declaration still
/// read true heat. NaN would poison every sum with it, and all other numbers can be heat. Cold
/// pixels that anything reaches, however little, are data. Who wants the zeros too unsets the
/// declaration (`gdal_edit.py -unsetnodata`).
///
/// Of a surface 0 is a value like others, and NaN means no data.
///
/// # Errors
/// When the writer, or a temporary file, fails.
pub fn heat(grid: &Grid, place: &View, what: &str, writer: &mut dyn Write) -> io::Result<()> {
    let no_data = if grid.support().is_some() { "nan" } else { "0" };
    let about = About {
        what,
        no_data: Some(no_data),
    };
    write::<Gray32Float>(&grid.numbers(f32::NAN), place, about, writer)
}

/// Sample layout of the two.
trait Samples: ColorType {
    const PREDICTOR: Predictor;

    fn describe<W: Write + Seek, K: TiffKind>(
        directory: &mut DirectoryEncoder<W, K>,
    ) -> TiffResult<()>;
}

impl Samples for RGBA8 {
    const PREDICTOR: Predictor = Predictor::Horizontal;

    fn describe<W: Write + Seek, K: TiffKind>(
        directory: &mut DirectoryEncoder<W, K>,
    ) -> TiffResult<()> {
        directory.write_tag(Tag::ExtraSamples, UNASSOCIATED_ALPHA)
    }
}

impl Samples for Gray32Float {
    const PREDICTOR: Predictor = Predictor::None;

    fn describe<W: Write + Seek, K: TiffKind>(
        _directory: &mut DirectoryEncoder<W, K>,
    ) -> TiffResult<()> {
        Ok(())
    }
}

/// What is said of the samples.
#[derive(Clone, Copy, Default)]
struct About<'a> {
    /// What they are, in ASCII; nothing if that is plain.
    what: &'a str,
    /// The sample that means no data, if one does.
    no_data: Option<&'a str>,
}

fn write<C: Samples>(
    samples: &[C::Inner],
    place: &View,
    about: About<'_>,
    writer: &mut dyn Write,
) -> io::Result<()>
where
    [C::Inner]: TiffValue,
{
    let mut file = tempfile::spooled_tempfile(IN_MEMORY);
    let written = if size_of_val(samples) > LARGEST {
        encode::<C, TiffKindBig>(samples, place, about, &mut file)
    } else {
        encode::<C, TiffKindStandard>(samples, place, about, &mut file)
    };
    written.map_err(io_error)?;
    file.rewind()?;
    io::copy(&mut file, writer).map(drop)
}

fn encode<C: Samples, K: TiffKind>(
    samples: &[C::Inner],
    place: &View,
    about: About<'_>,
    file: impl Write + Seek,
) -> TiffResult<()>
where
    [C::Inner]: TiffValue,
{
    let mut encoder = TiffEncoder::<_, K>::new_generic(file)?
        .with_compression(Compression::Deflate(DeflateLevel::Balanced))
        .with_predictor(C::PREDICTOR);
    let (width, height) = (place.size().width() as u32, place.size().height() as u32);
    let mut image = encoder.new_image::<C>(width, height)?;
    let directory = image.encoder();
    directory.write_tag(Tag::Software, "heatmap")?;
    if !about.what.is_empty() {
        directory.write_tag(Tag::ImageDescription, about.what)?;
    }
    C::describe(directory)?;
    if let Some(no_data) = about.no_data {
        directory.write_tag(Tag::GdalNodata, no_data)?;
    }
    locate(place, directory)?;
    image.write_data(samples)
}

/// The tags of `GeoTIFF`; none for a plane that is not the earth, whose picture is a plain TIFF.
fn locate<W: Write + Seek, K: TiffKind>(
    place: &View,
    directory: &mut DirectoryEncoder<W, K>,
) -> TiffResult<()> {
    let Some((keys, names)) = keys(place.crs()) else {
        return Ok(());
    };
    let transform = place.transform();
    let ((width, height), (x, y)) = (transform.cell(), transform.corner);
    directory.write_tag(Tag::ModelPixelScaleTag, [width, height, 0.0].as_slice())?;
    // The corner of the first pixel (0, 0, 0) and its coordinates.
    directory.write_tag(Tag::ModelTiepointTag, [0.0, 0.0, 0.0, x, y, 0.0].as_slice())?;
    directory.write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice())?;
    directory.write_tag(Tag::GeoAsciiParamsTag, names.as_str())
}

/// Key directory, which says in which system the picture is: four numbers each (key, where
/// its value is, how long it is, the value), and the texts it points into.
fn keys(crs: Crs) -> Option<(Vec<u16>, String)> {
    const MODEL_TYPE: u16 = 1024;
    const RASTER_TYPE: u16 = 1025;
    const CITATION: u16 = 1026;
    const GEODETIC_CRS: u16 = 2048;
    const ANGULAR_UNITS: u16 = 2054;
    const PROJECTED_CRS: u16 = 3072;
    const LINEAR_UNITS: u16 = 3076;
    const DEGREE: u16 = 9102;
    const PROJECTED: u16 = 1;
    const GEOGRAPHIC: u16 = 2;
    const PIXEL_IS_AREA: u16 = 1;
    // Its texts are ASCII.
    let name: String = crs.name().chars().filter(char::is_ascii).collect();
    let name = format!("{name}|");
    let epsg = crs.epsg()?;
    let (model, system) = if crs == crs.base() {
        (
            GEOGRAPHIC,
            [[GEODETIC_CRS, 0, 1, epsg], [ANGULAR_UNITS, 0, 1, DEGREE]],
        )
    } else {
        (
            PROJECTED,
            [
                [PROJECTED_CRS, 0, 1, epsg],
                [LINEAR_UNITS, 0, 1, linear_unit(crs)],
            ],
        )
    };
    let citation = [
        CITATION,
        Tag::GeoAsciiParamsTag.to_u16(),
        name.len() as u16,
        0,
    ];
    let head = [1, 1, 0, 5];
    let keys = [
        head,
        [MODEL_TYPE, 0, 1, model],
        [RASTER_TYPE, 0, 1, PIXEL_IS_AREA],
        citation,
        system[0],
        system[1],
    ];
    Some((keys.concat(), name))
}

/// The number that EPSG gave the unit of a projected system, or that for one that has none.
fn linear_unit(crs: Crs) -> u16 {
    const UNITS: [(f64, u16); 3] = [(1.0, 9001), (0.3048, 9002), (1200.0 / 3937.0, 9003)];
    const USER_DEFINED: u16 = 32_767;
    let metres = crs.metres() / crs.unit();
    let unit = UNITS.iter().find(|(unit, _)| (unit - metres).abs() < 1e-9);
    unit.map_or(USER_DEFINED, |(_, code)| *code)
}

fn io_error(error: TiffError) -> io::Error {
    match error {
        TiffError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests;
