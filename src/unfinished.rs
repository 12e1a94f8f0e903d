//! Registry of temporary files and folders that are being written: an end in the middle of the
//! work, such as by a signal, removes them. On a way out that unwinds, they remove themselves.
//!
//! What no way out removes, because the program was killed, the next run does that writes in the
//! same folder. It knows them by their names and by a lock, which the system takes away with the
//! program that holds it: a file itself is locked, and in a folder a file `lock`, since what other
//! programs write into may not be locked everywhere. Where folders are shared, locks of other
//! machines may not be seen. So the name says which system made it, and what is of another one has
//! to lie untouched for a week besides.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tempfile::{Builder, NamedTempFile};

/// What the names begin with. There follow eight characters for the system, a hyphen and random
/// ones.
const PREFIX: &str = ".heatmap-";

/// How many random characters there are.
const RANDOM: usize = 8;

/// What is locked in a folder.
const LOCK: &str = "lock";

/// How long what is of another system has to lie untouched before it is removed.
const LONG: Duration = Duration::from_hours(7 * 24);

/// The most names that a folder is searched for, so that none takes long.
const MOST: usize = 100_000;

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Folders that were searched, and what was found in them and removed.
static SWEPT: Mutex<(Vec<PathBuf>, Vec<PathBuf>)> = Mutex::new((Vec::new(), Vec::new()));

/// A file or folder that is being written, as long as this lives.
pub(crate) struct Unfinished {
    path: PathBuf,
    /// Locked, so that no other run takes it for left behind.
    _lock: Option<File>,
}

/// The same for a folder, which goes with all that is in it.
pub(crate) struct UnfinishedFolder(Unfinished);

impl UnfinishedFolder {
    pub(crate) fn path(&self) -> &Path {
        &self.0.path
    }
}

impl Drop for UnfinishedFolder {
    /// Before it is forgotten, so that a signal meanwhile removes the rest.
    fn drop(&mut self) {
        drop(remove_folder(self.path()));
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        lock(&UNFINISHED).retain(|path| *path != self.path);
    }
}

/// Makes a temporary file in a folder, that is known here from the first moment on and goes away
/// again unless it takes another name. `make` makes what is [`locked`].
pub(crate) fn begin<T>(
    folder: &Path,
    suffix: &OsStr,
    make: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<(NamedTempFile<T>, Unfinished)> {
    sweep(folder);
    // Held while the file is made, so that no signal finds one that nobody knows of.
    let mut unfinished = lock(&UNFINISHED);
    let prefix = prefix();
    let file = named(&prefix).suffix(suffix).make_in(folder, make)?;
    let path = file.path().to_owned();
    unfinished.push(path.clone());
    Ok((file, Unfinished { path, _lock: None }))
}

/// The same for a file that only whoever made it may read.
pub(crate) fn begin_private(folder: &Path) -> io::Result<(NamedTempFile, Unfinished)> {
    begin(folder, OsStr::new(""), |path| {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        locked(options.open(path)?)
    })
}

/// The same for a folder, which other programs may write into.
pub(crate) fn begin_folder(folder: &Path) -> io::Result<UnfinishedFolder> {
    sweep(folder);
    let mut unfinished = lock(&UNFINISHED);
    let prefix = prefix();
    loop {
        // Errors do not tell its name, which would be of no use.
        let made = named(&prefix).make_in(folder, make_folder)?;
        let path = made.into_temp_path().keep().map_err(|error| error.error)?;
        // Nobody takes a folder that has no lock yet, unless it is empty.
        let lock = File::create_new(path.join(LOCK)).and_then(locked);
        match lock {
            Ok(lock) => {
                unfinished.push(path.clone());
                let lock = Some(lock);
                return Ok(UnfinishedFolder(Unfinished { path, _lock: lock }));
            }
            // Another run has taken it meanwhile.
            Err(error) if is_taken(&error) => {}
            Err(error) => {
                drop(remove_folder(&path));
                return Err(error);
            }
        }
    }
}

/// Makes a folder that only whoever made it may look into.
fn make_folder(path: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A file just made, locked as long as it is open. Where there are no locks nobody ever removes it.
///
/// # Errors
/// When another run has taken it for left behind: then another one is to be made.
pub(crate) fn locked(file: File) -> io::Result<File> {
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::AlreadyExists.into()),
        _ if is_gone(&file) => Err(io::ErrorKind::AlreadyExists.into()),
        _ => Ok(file),
    }
}

#[cfg(unix)]
fn is_gone(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|about| about.nlink() == 0)
}

#[cfg(not(unix))]
fn is_gone(_: &File) -> bool {
    false
}

/// Removes what runs that were killed left in a folder: once, however often it is written to.
pub(crate) fn sweep(folder: &Path) {
    let mut swept = lock(&SWEPT);
    let (searched, removed) = &mut *swept;
    if searched.iter().any(|other| other == folder) {
        return;
    }
    searched.push(folder.to_owned());
    let system = system();
    for entry in fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .take(MOST)
    {
        let name = entry.file_name();
        let Some(of) = name.to_str().and_then(maker) else {
            continue;
        };
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        let path = entry.path();
        if (of != system || system == NOWHERE) && !is_old(&path) {
            continue;
        }
        let done = if kind.is_file() {
            take_lock(&path).and_then(|_held| fs::remove_file(&path))
        } else if kind.is_dir() {
            match take_lock(&path.join(LOCK)) {
                // Just begun, or nearly gone: whoever is at it knows how to go on without it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => fs::remove_dir(&path),
                held => held.and_then(|_held| remove_folder(&path)),
            }
        } else {
            continue;
        };
        removed.extend(done.ok().map(|()| path));
    }
}

/// What was removed because runs that were killed had left it, since this was asked for last.
pub(crate) fn swept() -> Vec<PathBuf> {
    std::mem::take(&mut lock(&SWEPT).1)
}

/// Of which system the name of something unfinished says that it is. `None` for any other name.
fn maker(name: &str) -> Option<&str> {
    let (system, rest) = name.strip_prefix(PREFIX)?.split_once('-')?;
    let random = rest.split_once('.').map_or(rest, |(random, _)| random);
    let is_system = system.len() == NOWHERE.len() && system.bytes().all(|b| b.is_ascii_hexdigit());
    let is_random = random.len() == RANDOM && random.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_system && is_random).then_some(system)
}

fn named(prefix: &str) -> Builder<'_, '_> {
    let mut builder = Builder::new();
    builder.prefix(prefix).rand_bytes(RANDOM);
    builder
}

fn prefix() -> String {
    format!("{PREFIX}{}-", system())
}

/// A lock that nobody holds any more. A pipe of that name is not waited for.
fn take_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // To write, because some file systems lock nothing else.
    options.write(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.custom_flags(flags.bits() as i32);
    }
    let file = options.open(path)?;
    file.try_lock()?;
    Ok(file)
}

/// Whether what was just made is gone, or another run is about to remove it.
fn is_taken(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::AlreadyExists, io::ErrorKind::NotFound];
    kinds.contains(&error.kind())
}

/// Removes a folder with all that is in it, and its lock last: whoever is killed meanwhile leaves
/// one that is known, or an empty one.
fn remove_folder(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() == LOCK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir_all(path)
}

/// Lets a folder take its place, unless the program is about to end and removes what is in it.
pub(crate) fn finish<T>(take_place: impl FnOnce() -> T) -> T {
    let _unfinished = lock(&UNFINISHED);
    take_place()
}

/// Whether nothing in it was written for long.
fn is_old(path: &Path) -> bool {
    let entries = walkdir::WalkDir::new(path).into_iter();
    let ages = entries.map(|entry| {
        let changed = entry.ok()?.metadata().ok()?.modified().ok()?;
        SystemTime::now().duration_since(changed).ok()
    });
    ages.into_iter()
        .all(|age| age.is_some_and(|age| age > LONG))
}

/// The name of no system: where none is known, files are never taken for those of this one.
const NOWHERE: &str = "00000000";

/// The system this is, since it was started: locks of its programs are seen here.
fn system() -> String {
    let known = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
    let start = known.as_deref().and_then(|known| known.split_once('-'));
    start.map_or(NOWHERE, |(start, _)| start).to_owned()
}

/// Removes all that is unfinished, after whatever else writes it was ended. Nothing can be begun or
/// finished from then on.
pub(crate) fn abandon(end_writers: impl FnOnce()) {
    let unfinished = lock(&UNFINISHED);
    end_writers();
    // A file that has its final name by now, or is gone, is none to worry about.
    for path in unfinished.iter() {
        if !path.is_dir() {
            drop(fs::remove_file(path));
        }
        // Other threads may go on writing into a folder until the very end.
        for _ in 0..100 {
            if !path.exists() || remove_folder(path).is_ok() {
                break;
            }
        }
    }
    // Whoever would begin or finish a file now has to wait for the end.
    std::mem::forget(unfinished);
}

fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file or folder as a run would make it, with the lock that it would hold.
    fn left(folder: &Path, name: &str) -> (PathBuf, File) {
        let path = folder.join(name);
        let locked = if name.contains("mp4") {
            path.clone()
        } else {
            fs::create_dir_all(path.join("tiles/0/0")).unwrap();
            fs::write(path.join("tiles/0/0/0.png"), "tile").unwrap();
            path.join(LOCK)
        };
        (path, File::create_new(locked).unwrap())
    }

    #[test]
    fn only_names_of_its_own_make_are_known() {
        let of = |name| maker(name);
        assert_eq!(of(".heatmap-1234abcd-xYz01234"), Some("1234abcd"));
        assert_eq!(of(".heatmap-1234abcd-xYz01234.mp4"), Some("1234abcd"));
        for other in [
            "heat.png",
            ".heatmap",
            ".heatmap-secret",
            ".heatmap-notes-20240501",
            ".heatmap-1234abcd-xYz0123",
            ".heatmap-1234abcg-xYz01234",
            ".heatmap-1234abcd-xYz-1234",
            "1234abcd-xYz01234",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
        let folder = tempfile::tempdir().unwrap();
        let begun = begin_folder(folder.path()).unwrap();
        let name = begun.path().file_name().unwrap().to_str().unwrap();
        assert_eq!(of(name), Some(&*system()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_nobody_holds_goes_and_what_somebody_may_hold_stays() {
        let folder = tempfile::tempdir().unwrap();
        let own = |random: &str| format!("{PREFIX}{}-{random}", system());
        let (file, folder_of_tiles) = (own("deadfile.mp4"), own("deadtile"));
        let (living, begun) = (own("living00.mp4"), own("tiles000"));
        let held = [&file, &folder_of_tiles, &living, &begun].map(|name| left(folder.path(), name));
        for (_, lock) in &held {
            lock.try_lock().unwrap();
        }
        for (path, lock) in &held[..2] {
            assert!(path.exists());
            lock.unlock().unwrap();
        }
        let no_lock = folder.path().join(own("nolocks0"));
        fs::create_dir_all(no_lock.join("tiles")).unwrap();
        let empty = folder.path().join(own("empty000"));
        fs::create_dir(&empty).unwrap();
        let elsewhere = left(folder.path(), ".heatmap-0badcafe-elsewher.mp4").0;
        let long_ago = left(folder.path(), ".heatmap-0badcafe-longago0.mp4");
        let before = SystemTime::now() - 2 * LONG;
        long_ago.1.set_modified(before).unwrap();
        // A folder is as old as the youngest of what is in it.
        let tiles = left(folder.path(), ".heatmap-0badcafe-tilesold");
        tiles.1.set_modified(before).unwrap();
        let mine = folder.path().join(".heatmap-notes");
        fs::write(&mine, "mine").unwrap();

        sweep(folder.path());
        let expected = [&held[0].0, &held[1].0, &long_ago.0, &empty];
        for gone in expected {
            assert!(!gone.exists(), "{}", gone.display());
        }
        for there in [
            &held[2].0, &held[3].0, &no_lock, &elsewhere, &tiles.0, &mine,
        ] {
            assert!(there.exists(), "{}", there.display());
        }
        let told = swept();
        assert!(expected.iter().all(|gone| told.contains(gone)), "{told:?}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_was_taken_before_it_was_locked_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let taken = |take: &dyn Fn()| {
            let file = File::create_new(&path).unwrap();
            take();
            let kind = locked(file).unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::AlreadyExists);
        };
        taken(&|| fs::remove_file(&path).unwrap());
        let other = std::cell::RefCell::new(None);
        taken(&|| *other.borrow_mut() = take_lock(&path).ok());
    }
}
