//! The page beside an archive of tiles that shows them.

use std::fs;
use std::path::{Path, PathBuf};

use super::keys::Keys;
use crate::encode::html::preview::{Preview, write};
use crate::error::{Error, Location, Remedy, Result};
use crate::product::events::{Event, Events, Odd, OddTiles};
use crate::product::{Destination, Target};
use crate::tileset::{About, Kind};

/// Bytes of an archive that is put into its page at the most.
const EMBEDDED: u64 = 20_000_000;

/// A page that can be written.
pub struct Page {
    archive: PathBuf,
    destination: Destination,
    name: PathBuf,
}

impl Page {
    /// Makes sure that it can be written beside the first archive of some stores.
    ///
    /// # Errors
    /// When it cannot, or there is no archive.
    pub fn prove(stores: &[PathBuf]) -> Result<Self> {
        let is_archive = |path: &&PathBuf| Kind::of(path) == Some(Kind::Pmtiles);
        let Some(archive) = stores.iter().find(is_archive) else {
            let fact = "a preview shows an archive of tiles, and there is none";
            return Err(Error::usage(fact).remedy(Remedy::NameAnArchive));
        };
        let name = archive.with_extension("html");
        Ok(Self {
            destination: Destination::prove(&Target::File(name.clone()))?,
            archive: archive.clone(),
            name,
        })
    }

    /// Where it is written.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Writes it, after the archive is there.
    ///
    /// # Errors
    /// When the archive cannot be read or the page cannot be written.
    pub fn put(&self, about: &About, keys: &Keys, events: &dyn Events) -> Result<()> {
        let failed = |error| Error::output(Location::file(&self.archive), error);
        let length = fs::metadata(&self.archive).map_err(failed)?.len();
        let archive = if length <= EMBEDDED {
            Some(fs::read(&self.archive).map_err(failed)?)
        } else {
            events.event(Event::Odd(Odd::Tiles(OddTiles::NotEmbedded(&self.name))));
            None
        };
        let name = self.archive.file_name().map_or(&*self.archive, Path::new);
        let preview = Preview {
            title: &about.name,
            description: &about.description,
            attribution: about.attribution.as_deref(),
            bounds: about.bounds,
            zooms: (*about.zooms.start(), *about.zooms.end()),
            name: &name.to_string_lossy(),
            archive: archive.as_deref(),
            legends: &keys.pngs()?,
        };
        self.destination.write(|writer| write(&preview, writer))
    }
}
