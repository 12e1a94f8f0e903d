//! Archives of tiles that were made apart, such as by the machines of a cluster, joined into one.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::stores::{Encoded, Stores, put};
use crate::error::{Error, ErrorKind, Location, Result};
use crate::geo::{Bounds, TileId};
use crate::product::different;
use crate::product::events::{Done, Event, Events, Odd, OddTiles};
use crate::tileset::{About, Kind, Place, Pmtiles, SCALES};

/// What is joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Join {
    /// Archives of `PMTiles`.
    pub parts: Vec<PathBuf>,
    /// What they are joined into: as for pyramids.
    pub stores: Vec<PathBuf>,
    /// Whether a folder may be replaced that has something in it, and a file that is no pyramid.
    pub overwrite: bool,
}

/// An archive, and the tiles of it that are still to come.
struct Part {
    archive: Pmtiles,
    rest: std::vec::IntoIter<(Range<u64>, Place)>,
    next: Option<(Range<u64>, Place)>,
}

/// Joins archives into stores.
///
/// # Errors
/// When one cannot be read, or tells of other heat or another scale than the others, or a tile is
/// in two of them; when a store cannot be written. Nothing is under its name then that was not
/// there before.
pub fn join(join: &Join, events: &dyn Events) -> Result<()> {
    let options = super::Options {
        stores: join.stores.clone(),
        overwrite: join.overwrite,
        ..super::Options::default()
    };
    let stores = Stores::prove(&options)?;
    different(stores.destinations())?;
    let mut parts: Vec<Part> = join
        .parts
        .iter()
        .map(|path| Part::open(path))
        .collect::<Result<_>>()?;
    let about = about(&parts, join)?;
    let has = |zoom: &u8| parts.iter().any(|part| part.archive.zooms.contains(zoom));
    let mut missing = about.zooms.clone().filter(|zoom| !has(zoom));
    if let Some(first) = missing.next() {
        let last = missing.next_back().unwrap_or(first);
        events.event(Event::Odd(Odd::Tiles(OddTiles::Missing(first, last))));
    }
    for file in stores.destinations().filter_map(|file| file.file()) {
        let is_file = |part: &&PathBuf| part.canonicalize().is_ok_and(|part| part == file);
        if let Some(part) = join.parts.iter().find(is_file) {
            let fact = format!("{} is read, and would be written over", part.display());
            return Err(Error::usage(fact).advice("choose another name for what is written"));
        }
    }
    let mut tiles = 0;
    stores.write(&mut |writers| {
        while let Some((numbers, bytes)) = next(&mut parts)? {
            let mut one: [Encoded; 1] = [vec![(TileId { z: 0, x: 0, y: 0 }, bytes)]];
            for tile in numbers.filter_map(TileId::of_number) {
                one[0][0].0 = tile;
                put(&one, writers)?;
                tiles += 1;
            }
        }
        Ok(about.clone())
    })?;
    let names: Vec<_> = join
        .stores
        .iter()
        .map(|name| name.display().to_string())
        .collect();
    events.event(Event::Done(Done::Pyramid {
        zooms: (*about.zooms.start(), *about.zooms.end()),
        limit: None,
        tiles,
        name: &names.join(", "),
    }));
    Ok(())
}

impl Part {
    fn open(path: &Path) -> Result<Self> {
        let archive = Pmtiles::open(path)?;
        let mut rest = archive.runs().collect::<Vec<_>>().into_iter();
        Ok(Self {
            next: rest.next(),
            archive,
            rest,
        })
    }

    /// What it says of itself, as text.
    fn says(&self, name: &str) -> Option<&str> {
        self.archive.metadata[name].as_str()
    }

    fn error(&self, fact: &str) -> Error {
        Error::input(Location::file(self.archive.path()), fact)
    }
}

/// The least numbers of all parts whose tiles have the same bytes, and those.
fn next(parts: &mut [Part]) -> Result<Option<(Range<u64>, Vec<u8>)>> {
    let least = |part: &Part| part.next.as_ref().map(|(numbers, _)| numbers.start);
    let first = (0..parts.len())
        .filter(|&part| least(&parts[part]).is_some())
        .min_by_key(|&part| least(&parts[part]));
    let Some(first) = first else {
        return Ok(None);
    };
    let part = &mut parts[first];
    let Some((numbers, place)) = part.next.take() else {
        return Ok(None);
    };
    part.next = part.rest.next();
    let others = parts.iter().find_map(|other| {
        let (others, _) = other.next.as_ref()?;
        numbers
            .contains(&others.start)
            .then_some((other, others.start))
    });
    if let Some((other, number)) = others {
        let tile = TileId::of_number(number).map_or_else(String::new, |tile| tile.to_string());
        let first = parts[first].archive.path().display().to_string();
        return Err(other.error(&format!("tile {tile} is in {first} as well")));
    }
    let bytes = parts[first].archive.bytes(place)?;
    Ok(Some((numbers, bytes)))
}

/// What all parts are together.
///
/// # Errors
/// When they are of other heat, or their colours mean something else.
fn about(parts: &[Part], join: &Join) -> Result<About> {
    let Some((first, others)) = parts.split_first() else {
        return Err(Error::new(
            ErrorKind::Usage,
            "there is nothing to be joined",
        ));
    };
    let mut about = About {
        name: first.says("name").unwrap_or_default().to_owned(),
        description: first.says("description").unwrap_or_default().to_owned(),
        attribution: None,
        zooms: first.archive.zooms.clone(),
        bounds: bounds(parts).unwrap_or(first.archive.bounds),
        side: first.archive.metadata["tileSize"].as_u64().unwrap_or(256) as u32,
        scales: BTreeMap::new(),
    };
    if others
        .iter()
        .any(|part| part.says("name") != Some(&about.name))
    {
        let stem = join.stores.first().and_then(|name| Kind::stem(name));
        about.name = stem.unwrap_or(about.name);
    }
    for part in parts {
        take(&mut about, part, first)?;
    }
    let mut attributions: Vec<&str> = parts
        .iter()
        .filter_map(|part| part.says("attribution"))
        .collect();
    attributions.dedup();
    about.attribution = (!attributions.is_empty()).then(|| plain(&attributions.join(", ")));
    Ok(about)
}

/// Where heat lies: as far as at the larger zooms, at which it reaches less far on the ground.
fn bounds(parts: &[Part]) -> Option<Bounds> {
    let last = parts.iter().map(|part| *part.archive.zooms.start()).max()?;
    let deep = parts
        .iter()
        .filter(|part| *part.archive.zooms.end() >= last);
    let all = |a: Bounds, b: Bounds| Bounds {
        south: a.south.min(b.south),
        west: a.west.min(b.west),
        north: a.north.max(b.north),
        east: a.east.max(b.east),
    };
    deep.map(|part| part.archive.bounds).reduce(all)
}

/// Makes a part one of the whole.
fn take(about: &mut About, part: &Part, first: &Part) -> Result<()> {
    let name = first.archive.path().display();
    if part.says("description").unwrap_or_default() != about.description {
        return Err(part.error(&format!(
            "it shows something else ({}) than {name} ({})",
            part.says("description").unwrap_or("it does not say what"),
            about.description
        )));
    }
    if part.archive.metadata["tileSize"].as_u64().unwrap_or(256) != u64::from(about.side) {
        return Err(part.error(&format!("its tiles are not as large as those of {name}")));
    }
    let scales = part.archive.metadata[SCALES].as_object();
    let scales = scales.filter(|scales| scales.values().all(Value::is_string));
    let Some(scales) = scales else {
        let fact = "it does not say what its colours mean, so nobody knows whether they agree";
        return Err(part.error(fact));
    };
    for (zoom, scale) in scales {
        let scale = scale.as_str().unwrap_or_default();
        let zoom = zoom
            .parse()
            .map_err(|_| part.error("its scales are of no zooms"))?;
        let known: &String = about.scales.entry(zoom).or_insert_with(|| scale.to_owned());
        if known != scale {
            let fact =
                format!("its colours mean something else at zoom {zoom} than those of another");
            return Err(part
                .error(&fact)
                .advice("make all parts of the same data, or with one fixed scale"));
        }
    }
    let (zooms, more) = (&about.zooms, &part.archive.zooms);
    about.zooms = *zooms.start().min(more.start())..=*zooms.end().max(more.end());
    Ok(())
}

/// Words without the entities of HTML that were put into them.
fn plain(html: &str) -> String {
    [
        ("&quot;", "\""),
        ("&gt;", ">"),
        ("&lt;", "<"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(html.to_owned(), |text, (entity, letter)| {
        text.replace(entity, letter)
    })
}
