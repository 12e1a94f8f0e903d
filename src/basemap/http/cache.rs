//! Cache of tiles on disk, so that no server is asked twice.
//!
//! One file for each tile, named by a hash of its address: a checksum, three lines of what is
//! known, the picture. Files appear whole and are read whole, so programs may share a folder;
//! beside a tile that one of them is fetching lies a file that it has locked. Nothing here is an
//! error: without a cache that works the tiles come from the server.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::freshness;
use crate::unfinished;

/// What all tiles together may take.
const CAPACITY: u64 = 256 << 20;

/// What the files of tiles end in; others in the folder are not touched, but for claims.
const SUFFIX: &str = ".tile";

/// What the files end in that say who is fetching a tile.
const CLAIMED: &str = ".lock";

/// A folder of tiles.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    pub(in crate::basemap) capacity: u64,
}

/// A tile in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Until when it is fresh, in seconds since 1970.
    pub expires: u64,
    /// By which the server knows this version of the tile.
    pub etag: String,
    /// When the server says it was changed.
    pub modified: String,
    /// The file as it came.
    pub picture: Vec<u8>,
}

impl Cache {
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            capacity: CAPACITY,
        }
    }

    /// The tile of an address, if it is there and undamaged.
    pub fn read(&self, address: &str) -> Option<Entry> {
        let path = self.path(address);
        let bytes = fs::read(&path).ok()?;
        let (checksum, content) = bytes.split_first_chunk::<32>()?;
        if Sha256::digest(content)[..] != checksum[..] {
            return None;
        }
        // The time of the last change is the time of the last use: what is old in it goes first.
        OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now()))
            .ok();
        Entry::parse(content)
    }

    /// Claims a tile among all programs that share the folder; `None` while another one has it. The
    /// claim ends when it is dropped, and when the program does.
    pub fn claim(&self, address: &str) -> io::Result<Option<Claim>> {
        let path = self.path(address).with_extension(&CLAIMED[1..]);
        fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
        let file = File::create(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Claim { path, file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Puts a tile in its place.
    pub fn write(&self, address: &str, entry: &Entry) -> io::Result<()> {
        let path = self.path(address);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let content = entry.content();
        // Tiles tell where somebody has been.
        let (mut file, _unfinished) = unfinished::begin_private(folder)?;
        file.write_all(&Sha256::digest(&content))?;
        file.write_all(&content)?;
        file.persist(path)?;
        Ok(())
    }

    /// Removes what was not used for longest until the rest is within the capacity, and claims of
    /// programs that were killed.
    pub fn trim(&self) -> io::Result<()> {
        let (mut files, others): (Vec<_>, _) = self
            .files()?
            .into_iter()
            .partition(|(_, _, path)| ends_in(path, SUFFIX));
        for (_, _, path) in others
            .into_iter()
            .filter(|(_, _, path)| ends_in(path, CLAIMED))
        {
            let file = OpenOptions::new().write(true).open(&path);
            if let Some(file) = file.ok().filter(|file| file.try_lock().is_ok()) {
                drop(Claim { path, file });
            }
        }
        files.sort_unstable();
        let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files {
            if total <= self.capacity {
                break;
            }
            total -= length;
            // Another program may have done it.
            fs::remove_file(path).ok();
        }
        Ok(())
    }

    /// All files: last use, length and path.
    fn files(&self) -> io::Result<Vec<(SystemTime, u64, PathBuf)>> {
        let mut files = Vec::new();
        for folder in fs::read_dir(&self.folder)?
            .flatten()
            .filter(|entry| entry.file_name().len() == 2)
        {
            for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                let about = file
                    .metadata()
                    .and_then(|about| Ok((about.modified()?, about.len(), file.path())));
                files.extend(about.ok());
            }
        }
        Ok(files)
    }

    fn path(&self, address: &str) -> PathBuf {
        let name: String = Sha256::digest(address)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.folder
            .join(&name[..2])
            .join(format!("{}{SUFFIX}", &name[2..]))
    }
}

/// The sole right to fetch a tile, among programs that ask for it.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    file: File,
}

impl Drop for Claim {
    /// Takes the file away while it is still locked. Whoever has opened it already, and whoever
    /// makes a new one, may then both have a claim; by now they find the tile in the cache.
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
        self.file.unlock().ok();
    }
}

impl Entry {
    /// Whether it may be used without asking the server again.
    pub fn is_fresh(&self) -> bool {
        self.expires > freshness::now()
    }

    fn content(&self) -> Vec<u8> {
        let mut content =
            format!("{}\n{}\n{}\n", self.expires, self.etag, self.modified).into_bytes();
        content.extend(&self.picture);
        content
    }

    fn parse(content: &[u8]) -> Option<Self> {
        let mut parts = content.splitn(4, |&byte| byte == b'\n');
        let mut line = || String::from_utf8(parts.next()?.to_vec()).ok();
        let (expires, etag, modified) = (line()?.parse().ok()?, line()?, line()?);
        Some(Self {
            expires,
            etag,
            modified,
            picture: parts.next()?.to_vec(),
        })
    }
}

fn ends_in(path: &Path, suffix: &str) -> bool {
    path.to_string_lossy().ends_with(suffix)
}
