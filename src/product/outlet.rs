//! Files that are made of a picture that stands still: all of the same pixels.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Destination, Target};
use crate::color::scale::Bound;
use crate::density::Grid;
use crate::encode;
use crate::encode::metadata::Metadata;
use crate::encode::regions::Regions;
use crate::encode::{Format, Holds, base64, geotiff, heat_grid, html, kml, png, regions};
use crate::error::{Error, Location, Result};
use crate::geo::View;
use crate::raster::Raster;

/// Which files are made of a picture, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileOptions {
    /// Where they go, each in its format.
    pub files: Vec<(Target, Format)>,
    /// Beside pictures lies where they are: a world file, a .prj and an .aux.xml file.
    pub world_file: bool,
    /// How hard PNGs are compressed.
    pub png_level: png::Level,
    /// Pixels to an inch, as PNGs say for printers; nothing is said.
    pub dpi: Option<f64>,
    /// The heats from which on regions are hot, for formats that hold these.
    pub levels: Vec<Level>,
}

/// A heat from which on regions are hot.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What it is called.
    pub name: String,
    /// The heat, or how many of the pixels with heat in this picture are no hotter.
    pub heat: Bound,
}

/// All that files are made of.
pub(super) struct Still<'a> {
    /// The picture.
    pub(super) picture: &'a Raster,
    /// The same, with nothing to be seen through.
    pub(super) opaque: &'a Raster,
    /// The same, without a legend or a title: for a map that it is to lie on.
    pub(super) layer: &'a Raster,
    /// The heat that was coloured last.
    pub(super) heat: &'a Grid,
    /// Where it lies.
    pub(super) place: &'a View,
    /// What is known about it.
    pub(super) about: &'a Metadata,
    /// What it is called, if it is.
    pub(super) title: Option<&'a str>,
    /// The colour under it, if there is one.
    pub(super) background: Option<[u8; 4]>,
    /// The map that pages offer, if they do.
    pub(super) tiles: Option<html::Tiles<'a>>,
    /// Where it is hot, if somebody wants to know.
    pub(super) regions: Option<&'a Regions>,
    /// What its colours stand for.
    pub(super) legend: Option<&'a Raster>,
    /// How PNGs are written.
    pub(super) png: &'a png::Options,
}

/// A file that is to be made, with what belongs beside it.
pub(super) struct Outlet {
    format: Format,
    destination: Destination,
    /// The name of the picture, without folder and extension.
    stem: String,
    /// The pictures of a KML, and their names: a second one if it lies across 180°.
    overlays: Option<[(Destination, String); 2]>,
    /// The picture of its legend, and that one's name.
    legend: Option<(Destination, String)>,
    /// The file that says what bare numbers are.
    about: Option<Destination>,
    /// Files that say where a picture lies: a world file, a .prj file, and GDAL's .aux.xml.
    world: Option<[Destination; 3]>,
}

impl Outlet {
    /// Makes sure that all of its files can be written, and changes nothing.
    ///
    /// # Errors
    /// When one cannot.
    pub(super) fn prove(
        target: &Target,
        format: Format,
        world_file: bool,
        has_legend: bool,
    ) -> Result<Self> {
        let path = match target {
            Target::File(path) => Some(path.as_path()),
            Target::Stdout => None,
        };
        let stem = path
            .and_then(Path::file_stem)
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let overlays = (format == Format::Kml)
            .then(|| overlays(path, &stem))
            .transpose()?;
        let legend = path.filter(|_| overlays.is_some() && has_legend);
        let legend = legend.map(|path| {
            let name = format!("{stem}-legend.png");
            let target = Target::File(path.with_file_name(&name));
            Destination::prove(&target).map(|picture| (picture, name))
        });
        let legend = legend.transpose()?;
        let about = path
            .filter(|path| format == Format::Npy && !path.starts_with("/dev"))
            .map(|path| Destination::prove(&Target::File(path.with_added_extension("json"))))
            .transpose()?;
        let stands_alone = format.facts().holds == Holds::Picture && !format.is_layer();
        let world = path
            .filter(|_| world_file && stands_alone)
            .map(beside)
            .transpose()?;
        Ok(Self {
            format,
            destination: Destination::prove(target)?,
            stem,
            overlays,
            legend,
            about,
            world,
        })
    }

    /// All places it writes to, but for the .prj file, which is the same for all pictures.
    pub(super) fn destinations(&self) -> impl Iterator<Item = &Destination> {
        let overlays = self.overlays.iter().flatten().map(|(picture, _)| picture);
        std::iter::once(&self.destination)
            .chain(overlays)
            .chain(self.legend.iter().map(|(picture, _)| picture))
            .chain(&self.about)
            .chain(self.world.iter().flat_map(|[world, _, aux]| [world, aux]))
    }

    /// Writes them.
    ///
    /// # Errors
    /// When one cannot be written, or the picture is not what its format can hold.
    pub(super) fn put(&self, still: &Still) -> Result<()> {
        if let Some([world, prj, aux]) = &self.world {
            world.write(|writer| writer.write_all(still.place.to_world_file().as_bytes()))?;
            let system = still.place.crs().wkt().unwrap_or_default();
            prj.write(|writer| writer.write_all(system.as_bytes()))?;
            aux.write(|writer| writer.write_all(still.place.to_aux_xml().as_bytes()))?;
        }
        if let Some(about) = &self.about {
            about.write(|writer| still.about.write_json(writer))?;
        }
        match &self.overlays {
            Some(overlays) => self.put_kml(still, overlays),
            None => self.destination.write(|writer| self.write(still, writer)),
        }
    }

    fn write(&self, still: &Still, writer: &mut dyn Write) -> io::Result<()> {
        let name = still.title.unwrap_or(&self.stem);
        match self.format {
            Format::Png => png::write(still.picture, still.png, writer),
            Format::Png32 => {
                let options = png::Options {
                    samples: png::Samples::Rgba,
                    ..still.png.clone()
                };
                png::write(still.picture, &options, writer)
            }
            Format::Base64 | Format::DataUri => {
                let is_uri = self.format == Format::DataUri;
                base64::write(still.picture, still.png, is_uri, writer)
            }
            Format::GeoTiff => geotiff::picture(still.layer, still.place, writer),
            Format::HeatTiff => geotiff::heat(still.heat, still.place, &still.about.what(), writer),
            Format::Kml => Err(io::Error::other("a KML has a picture beside it")),
            Format::Kmz => kml::write_kmz(name, still.layer, still.place, still.legend, writer),
            Format::Html => {
                let page = html::Page::default();
                let page = html::Page {
                    legend: still.legend,
                    level: still.png.level,
                    background: still.background,
                    tiles: still.tiles,
                    opacity: if still.layer.is_opaque() {
                        100
                    } else {
                        page.opacity
                    },
                    ..page
                };
                let page = html::Page {
                    title: still.title.unwrap_or(page.title),
                    ..page
                };
                html::write(still.layer, still.place, &page, writer)
            }
            Format::Json => still.about.write_json(writer),
            Format::Npy => heat_grid::write_npy(still.heat, writer),
            Format::GeoJson | Format::KmlRegions => {
                let nowhere = || io::Error::other("nobody looked for hot regions");
                let found = still.regions.ok_or_else(nowhere)?;
                if self.format == Format::GeoJson {
                    return regions::write_geojson(found, writer);
                }
                regions::write_kml(name, found, &still.place.bounds(), writer)
            }
            Format::Asc => heat_grid::write_asc(still.heat, still.place, writer),
            format if format.has_alpha() => encode::write(still.picture, format, writer),
            format => encode::write(still.opaque, format, writer),
        }
    }

    fn put_kml(&self, still: &Still, overlays: &[(Destination, String); 2]) -> Result<()> {
        let overlay = kml::Overlay::new(still.layer, still.place)
            .ok_or_else(|| Error::usage("nothing of the picture is on the globe"))?;
        let whole = overlay.bounds;
        let parts = overlay.parts();
        for (part, (picture, _)) in parts.iter().zip(overlays) {
            picture.write(|writer| png::write(&part.raster, still.png, writer))?;
        }
        let legend = self.legend.as_ref().zip(still.legend);
        if let Some(((file, _), legend)) = legend {
            file.write(|writer| png::write(legend, still.png, writer))?;
        }
        let legend = legend.map(|((_, href), _)| href.as_str());
        let name = still.title.unwrap_or(&self.stem);
        let hrefs = overlays.iter().map(|(_, href)| href.as_str());
        let parts = hrefs.zip(parts.iter().map(|part| part.bounds));
        self.destination
            .write(|writer| kml::write(name, &whole, parts, legend, writer))
    }
}

/// The pictures that lie beside a KML.
fn overlays(path: Option<&Path>, stem: &str) -> Result<[(Destination, String); 2]> {
    let path = path.ok_or_else(|| {
        Error::usage("a KML needs a name: its picture lies beside it").advice("or take .kmz")
    })?;
    let prove = |suffix: &str| {
        let name = format!("{stem}-overlay{suffix}.png");
        let target = Target::File(path.with_file_name(&name));
        Destination::prove(&target).map(|picture| (picture, name))
    };
    Ok([prove("")?, prove("-2")?])
}

fn beside(path: &Path) -> Result<[Destination; 3]> {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let prove = |file: PathBuf| {
        if file == path {
            return Err(Error::output(
                Location::file(path),
                "the world file would have the same name",
            ));
        }
        Destination::prove(&Target::File(file))
    };
    let world = path.with_extension(View::world_extension(&extension));
    let aux = path.with_extension(format!("{extension}.aux.xml"));
    Ok([
        prove(world)?,
        prove(path.with_extension("prj"))?,
        prove(aux)?,
    ])
}
