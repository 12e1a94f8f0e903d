//! A picture that stands still, and the files that are made of it: all of the same pixels.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Destination, Target};
use crate::density::Grid;
use crate::encode;
use crate::encode::metadata::Metadata;
use crate::encode::{Format, geotiff, heat_grid, html, kml, png};
use crate::error::{Error, Location, Result};
use crate::geo::{Crs, View};
use crate::raster::Raster;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The picture.
    Picture(Format),
    /// The picture, with where it lies.
    GeoTiff,
    /// The heat of every pixel, with where it lies.
    HeatTiff,
    /// A picture beside it laid on the ground, for Google Earth.
    Kml,
    /// Both in one file.
    Kmz,
    /// The picture on a map that can be moved.
    Html,
    /// What is known about the picture.
    Json,
    /// The heat of every pixel, for numpy.
    Npy,
    /// The heat of every pixel, in words.
    Asc,
}

/// The extensions that are not those of pictures.
const EXTENSIONS: [(&str, Kind); 6] = [
    ("kml", Kind::Kml),
    ("kmz", Kind::Kmz),
    ("html", Kind::Html),
    ("json", Kind::Json),
    ("npy", Kind::Npy),
    ("asc", Kind::Asc),
];

impl Kind {
    /// The kind that a file name asks for with its extension, in upper or lower case; `raw` asks
    /// for heat instead of colours.
    ///
    /// # Errors
    /// When the name has no known extension, or its kind has no heat to give.
    pub fn of(path: &Path, raw: bool) -> Result<Self> {
        let extension = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let known = EXTENSIONS
            .iter()
            .find(|(name, _)| *name == extension)
            .map(|(_, kind)| *kind);
        match known.map_or_else(|| Format::of(path).map(Self::Picture), Ok) {
            Ok(Self::Picture(Format::Tiff)) if raw => Ok(Self::HeatTiff),
            Ok(Self::Picture(Format::Tiff)) => Ok(Self::GeoTiff),
            Ok(Self::Picture(_)) if raw => Err(Error::usage(format!(
                "'{}' cannot hold heat as it is",
                path.display()
            ))
            .advice("--raw is for .tif; .npy and .asc always hold it")),
            Err(error) => {
                let names: Vec<&str> = EXTENSIONS.iter().map(|(name, _)| *name).collect();
                let advice = error
                    .advice
                    .as_deref()
                    .unwrap_or("end the name in one of:")
                    .to_owned();
                Err(error.advice(format!("{advice}, {}", names.join(", "))))
            }
            kind => kind,
        }
    }

    /// Whether it can say where a picture in a projection lies.
    ///
    /// # Errors
    /// Of kind `Usage`, when it is for pictures of the earth, or for y that goes up, and that is
    /// none.
    pub fn check(self, crs: Crs) -> Result<()> {
        let name = match self {
            Self::Kml => ".kml",
            Self::Kmz => ".kmz",
            Self::Html if !crs.is_separable() => {
                let fact = format!("a page (.html) shows no picture in the {crs} projection");
                return Err(Error::usage(fact).advice("take .kmz, for which it is drawn anew"));
            }
            Self::Html => ".html",
            Self::Asc if crs == (Crs::Plane { y_down: true }) => {
                return Err(Error::usage("an ASCII grid (.asc) has y going up").advice(
                    "leave out --y-down, or take .npy, whose rows begin at the top of the picture",
                ));
            }
            _ => return Ok(()),
        };
        if crs.is_plane() {
            Err(not_on_earth(name))
        } else {
            Ok(())
        }
    }

    /// Whether pixels can be half transparent in it.
    #[must_use]
    pub fn has_alpha(self) -> bool {
        match self {
            Self::Picture(format) => format.has_alpha(),
            _ => true,
        }
    }

    /// Whether it is to lie on a map.
    #[must_use]
    pub fn is_layer(self) -> bool {
        matches!(self, Self::GeoTiff | Self::Kml | Self::Kmz | Self::Html)
    }
}

/// Why something cannot be made of a picture of plain x and y.
#[must_use]
pub fn not_on_earth(what: &str) -> Error {
    Error::usage(format!(
        "{what} is for places on the earth, and plain x and y are none"
    ))
    .advice("take .png, or leave out -P xy; .json says which x and y the picture shows")
}

/// All that files are made of.
pub struct Still<'a> {
    /// The picture.
    pub picture: &'a Raster,
    /// The same, with nothing to be seen through.
    pub opaque: &'a Raster,
    /// The same, without a legend or a title: for a map that it is to lie on.
    pub layer: &'a Raster,
    /// The heat that was coloured last.
    pub heat: &'a Grid,
    /// Where it lies.
    pub place: &'a View,
    /// What is known about it.
    pub about: &'a Metadata,
    /// What it is called, if it is.
    pub title: Option<&'a str>,
    /// What its colours stand for.
    pub legend: Option<&'a Raster>,
    /// How PNGs are written.
    pub png: &'a png::Options,
}

/// A file that is to be made, with what belongs beside it.
pub struct Outlet {
    kind: Kind,
    destination: Destination,
    /// The name of the picture, without folder and extension.
    stem: String,
    /// The picture of a KML, and its name.
    overlay: Option<(Destination, String)>,
    /// Files that say where a picture lies: a world file, a .prj file, and GDAL's .aux.xml.
    world: Option<[Destination; 3]>,
}

impl Outlet {
    /// Makes sure that all of its files can be written, and changes nothing.
    ///
    /// # Errors
    /// When one cannot.
    pub fn prove(target: &Target, kind: Kind, world_file: bool) -> Result<Self> {
        let path = match target {
            Target::File(path) => Some(path.as_path()),
            Target::Stdout => None,
        };
        let stem = path
            .and_then(Path::file_stem)
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let overlay = (kind == Kind::Kml)
            .then(|| overlay(path, &stem))
            .transpose()?;
        let world = match (kind, path) {
            (Kind::Picture(_), Some(path)) if world_file => Some(beside(path)?),
            _ => None,
        };
        Ok(Self {
            kind,
            destination: Destination::prove(target)?,
            stem,
            overlay,
            world,
        })
    }

    /// All places it writes to, but for the .prj file, which is the same for all pictures.
    pub fn destinations(&self) -> impl Iterator<Item = &Destination> {
        let overlay = self.overlay.iter().map(|(picture, _)| picture);
        std::iter::once(&self.destination)
            .chain(overlay)
            .chain(self.world.iter().flat_map(|[world, _, aux]| [world, aux]))
    }

    /// Writes them.
    ///
    /// # Errors
    /// When one cannot be written, or the picture is not what its format can hold.
    pub fn put(&self, still: &Still) -> Result<()> {
        if let Some([world, prj, aux]) = &self.world {
            world.write(|writer| writer.write_all(still.place.to_world_file().as_bytes()))?;
            let system = still.place.crs().wkt().unwrap_or_default();
            prj.write(|writer| writer.write_all(system.as_bytes()))?;
            aux.write(|writer| writer.write_all(still.place.to_aux_xml().as_bytes()))?;
        }
        match &self.overlay {
            Some((picture, href)) => self.put_kml(still, picture, href),
            None => self.destination.write(|writer| self.write(still, writer)),
        }
    }

    fn write(&self, still: &Still, writer: &mut dyn Write) -> io::Result<()> {
        let name = still.title.unwrap_or(&self.stem);
        match self.kind {
            Kind::Picture(Format::Png) => png::write(still.picture, still.png, writer),
            Kind::Picture(format) if !format.has_alpha() => {
                encode::write(still.opaque, format, writer)
            }
            Kind::Picture(format) => encode::write(still.picture, format, writer),
            Kind::GeoTiff => geotiff::picture(still.layer, still.place, writer),
            Kind::HeatTiff => geotiff::heat(still.heat, still.place, writer),
            Kind::Kml => Err(io::Error::other("a KML has a picture beside it")),
            Kind::Kmz => kml::write_kmz(name, still.layer, still.place, writer),
            Kind::Html => {
                let page = html::Page {
                    legend: still.legend,
                    level: still.png.level,
                    ..html::Page::default()
                };
                let page = html::Page {
                    title: still.title.unwrap_or(page.title),
                    ..page
                };
                html::write(still.layer, still.place, &page, writer)
            }
            Kind::Json => still.about.write_json(writer),
            Kind::Npy => heat_grid::write_npy(still.heat, writer),
            Kind::Asc => heat_grid::write_asc(still.heat, still.place, writer),
        }
    }

    fn put_kml(&self, still: &Still, picture: &Destination, href: &str) -> Result<()> {
        let overlay = kml::Overlay::new(still.layer, still.place)
            .ok_or_else(|| Error::usage("nothing of the picture is on the globe"))?;
        picture.write(|writer| png::write(&overlay.raster, still.png, writer))?;
        let name = still.title.unwrap_or(&self.stem);
        self.destination
            .write(|writer| kml::write(name, href, &overlay.bounds, writer))
    }
}

/// The picture that lies beside a KML.
fn overlay(path: Option<&Path>, stem: &str) -> Result<(Destination, String)> {
    let path = path.ok_or_else(|| {
        Error::usage("a KML needs a name: its picture lies beside it").advice("or take .kmz")
    })?;
    let name = format!("{stem}-overlay.png");
    Ok((
        Destination::prove(&Target::File(path.with_file_name(&name)))?,
        name,
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_files_hold() {
        let of = |name: &str, raw| Kind::of(Path::new(name), raw);
        assert_eq!(of("a.png", false), Ok(Kind::Picture(Format::Png)));
        assert_eq!(
            (of("a.TIF", false), of("a.tiff", true)),
            (Ok(Kind::GeoTiff), Ok(Kind::HeatTiff))
        );
        assert_eq!(
            (of("a.kmz", false), of("a.npy", true)),
            (Ok(Kind::Kmz), Ok(Kind::Npy))
        );
        assert!(of("a.png", true).is_err());
        let error = of("a.xyz", false).unwrap_err().to_string();
        assert!(error.contains("png") && error.contains("html"), "{error}");
    }

    #[test]
    fn what_needs_the_earth_is_not_made_of_a_plane() {
        let (up, down) = (Crs::Plane { y_down: false }, Crs::Plane { y_down: true });
        for kind in [Kind::Kml, Kind::Kmz, Kind::Html] {
            assert!(kind.check(Crs::Wgs84).is_ok());
            assert!(
                kind.check(up)
                    .unwrap_err()
                    .to_string()
                    .contains("places on the earth")
            );
        }
        for kind in [
            Kind::Picture(Format::Png),
            Kind::GeoTiff,
            Kind::HeatTiff,
            Kind::Json,
            Kind::Npy,
        ] {
            assert!(kind.check(down).is_ok(), "{kind:?}");
        }
        assert!(Kind::Asc.check(up).is_ok() && Kind::Asc.check(down).is_err());
    }
}
