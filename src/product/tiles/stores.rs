//! Stores of tiles that appear under their names when all of them are whole, and not before.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Options;
use crate::error::{Error, Location, Remedy, Result};
use crate::geo::TileId;
use crate::product::{Destination, Target, different, draft};
use crate::tileset::{About, Kind, TileWriter, parted};
use crate::unfinished;

/// Stores that can be written.
pub struct Stores {
    files: Vec<(String, Kind, Destination)>,
    folders: Vec<(String, Folder)>,
}

/// A folder that all tiles lie in, and how they are named in it.
struct Folder {
    path: PathBuf,
    rest: String,
}

impl Stores {
    /// Makes sure that all of them can be written and that nothing else would be lost.
    pub fn prove(options: &Options) -> Result<Self> {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for path in &options.stores {
            let name = path.display().to_string();
            match Kind::of(path) {
                Some(Kind::Folder) => folders.push((name.clone(), folder(&name, options)?)),
                Some(kind) => files.push((name, kind, file(path, kind, options)?)),
                None => return Err(Error::usage(format!("'{name}' is no store of tiles"))),
            }
        }
        different(files.iter().map(|(_, _, file)| file))?;
        let twice = folders.iter().enumerate().find(|(at, (_, folder))| {
            let mut before = folders[..*at].iter();
            before.any(|(_, other)| other.path == folder.path)
        });
        if let Some((_, (name, _))) = twice {
            let fact = format!("the folder of {name} is to be written twice");
            return Err(Error::usage(fact).advice("choose another name for one of both"));
        }
        Ok(Self { files, folders })
    }

    /// The files that are written.
    pub fn destinations(&self) -> impl Iterator<Item = &Destination> {
        self.files.iter().map(|(_, _, destination)| destination)
    }

    /// Writes all of them, as `draw` fills them and says what they are. They take their names after
    /// all of them are whole.
    pub fn write(&self, draw: &mut dyn FnMut(&mut Writers) -> Result<About>) -> Result<()> {
        write_files(&self.files, &self.folders, Vec::new(), draw)
    }
}

/// Stores that are being written, by name.
pub type Writers = [(String, Box<dyn TileWriter>)];

/// Some tiles, in the order of their numbers.
pub type Encoded = Vec<(TileId, Vec<u8>)>;

/// Puts tiles into all stores.
pub fn put(drawn: &[Encoded], writers: &mut Writers) -> Result<()> {
    for (tile, bytes) in drawn.iter().flatten() {
        for (name, writer) in writers.iter_mut() {
            let put = writer.put(*tile, bytes);
            put.map_err(|error| failed(name, &error))?;
        }
    }
    Ok(())
}

type Open = Vec<(String, Box<dyn TileWriter>)>;

/// Each destination lets what is written live as long as it is asked for: so they are opened one
/// inside the other.
fn write_files(
    files: &[(String, Kind, Destination)],
    folders: &[(String, Folder)],
    mut open: Open,
    draw: &mut dyn FnMut(&mut Writers) -> Result<About>,
) -> Result<()> {
    let Some(((name, kind, destination), rest)) = files.split_first() else {
        return write_folders(folders, open, draw);
    };
    destination.write_by_name(|path| {
        let writer = kind
            .create(path, "")
            .map_err(|error| failed(name, &error))?;
        open.push((name.clone(), writer));
        write_files(rest, folders, open, draw)
    })
}

fn write_folders(
    folders: &[(String, Folder)],
    mut open: Open,
    draw: &mut dyn FnMut(&mut Writers) -> Result<About>,
) -> Result<()> {
    let Some(((name, folder), rest)) = folders.split_first() else {
        let about = draw(&mut open)?;
        for (name, writer) in open {
            writer
                .finish(&about)
                .map_err(|error| failed(&name, &error))?;
        }
        return Ok(());
    };
    let failed = |error: io::Error| failed(name, &error);
    let beside = beside(&folder.path);
    let begun = fs::create_dir_all(beside).and_then(|()| unfinished::begin_folder(beside));
    let draft = begun.map_err(failed)?;
    let tiles = draft.path().join("tiles");
    fs::create_dir(&tiles).map_err(failed)?;
    let writer = Kind::Folder.create(&tiles, &folder.rest).map_err(failed)?;
    open.push((name.clone(), writer));
    write_folders(rest, open, draw)?;
    // What was there before goes away with the draft.
    unfinished::finish(|| draft::replace_folder(&tiles, &folder.path)).map_err(failed)
}

/// The folder that another lies in.
fn beside(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn file(path: &Path, kind: Kind, options: &Options) -> Result<Destination> {
    let destination = Destination::prove(&Target::File(path.to_owned()))?;
    let Some(file) = destination.file() else {
        let fact = format!("{} are written by name, and this has none", kind.name());
        return Err(Error::output(Location::file(path), fact).remedy(Remedy::NameAFile));
    };
    let is_other = file.exists() && !kind.is_one(file).unwrap_or(false);
    if is_other && !options.overwrite {
        let fact = format!(
            "the file that is there is no {}: it stays as it is",
            kind.name()
        );
        return Err(Error::output(Location::file(path), fact).remedy(Remedy::Overwrite));
    }
    Ok(destination)
}

fn folder(template: &str, options: &Options) -> Result<Folder> {
    let (path, rest) = parted(template);
    // Whether it has all numbers, and no others.
    Kind::check(template)?;
    if !rest.to_lowercase().ends_with(".png") {
        return Err(
            Error::usage(format!("tiles are PNG, and '{template}' does not end so"))
                .advice("take a template like tiles/{z}/{x}/{y}.png"),
        );
    }
    if path.as_os_str().is_empty() || path.file_name().is_none() {
        return Err(Error::usage(format!(
            "'{template}' names no folder of its own for the tiles"
        ))
        .advice("take a template like tiles/{z}/{x}/{y}.png"));
    }
    let error = |fact: &str| Error::output(Location::file(&path), fact);
    match fs::read_dir(&path).map(|mut entries| entries.next().is_none()) {
        Ok(false) if !options.overwrite => {
            return Err(error("the folder is not empty").remedy(Remedy::Overwrite));
        }
        Ok(_) => {}
        Err(fact) if fact.kind() == io::ErrorKind::NotFound => {}
        Err(fact) => return Err(error(&fact.to_string())),
    }
    // Through a link, so that the folder it leads to is replaced and not the link.
    let path = path.canonicalize().unwrap_or(path);
    Ok(Folder { path, rest })
}

/// An error of a store by the name that the user gave it.
fn failed(name: &str, error: &io::Error) -> Error {
    Error::output(
        Location::file(Path::new(name)),
        format!("cannot be written: {error}"),
    )
}
