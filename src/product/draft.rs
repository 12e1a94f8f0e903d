//! Draft of a file: written without a name where the system knows such files (`O_TMPFILE`), so that
//! nothing of it stays behind however the program ends; elsewhere under a temporary name beside the
//! file it is for.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::path::PathBuf;

use tempfile::NamedTempFile;

use crate::unfinished::{self, Unfinished};

/// A file that goes away again unless it takes the name it is for.
pub enum Draft {
    /// Without a name, in the folder that it will have one in.
    #[cfg(target_os = "linux")]
    Nameless(File, PathBuf),
    /// Under a name that nobody knows, in the same folder.
    Named(NamedTempFile, Unfinished),
}

impl Draft {
    /// An empty draft of a file in a folder, which may be read as well.
    pub fn new(folder: &Path) -> io::Result<Self> {
        unfinished::sweep(folder);
        // Not all file systems can. Where nothing can be written, names tell better why.
        #[cfg(target_os = "linux")]
        if let Ok(file) = linux::nameless(folder) {
            return Ok(Self::Nameless(file, folder.to_owned()));
        }
        named(folder).map(|(file, begun)| Self::Named(file, begun))
    }

    /// The file. Its errors do not tell its name, which would be of no use.
    pub fn file(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(file, _) => file,
            Self::Named(file, _) => file.as_file_mut(),
        }
    }

    /// Gives it its name, in place of the file that had it.
    pub fn persist(self, path: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(mut file, folder) => linux::persist(&mut file, path, &folder),
            Self::Named(file, _unfinished) => named_as(path, file),
        }
    }
}

/// An empty file in a folder, which goes away again unless it takes another name.
fn named(folder: &Path) -> io::Result<(NamedTempFile, Unfinished)> {
    // With the permissions of any file a program makes, and errors that do not name it.
    unfinished::begin(folder, OsStr::new(""), |path| {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path);
        unfinished::locked(file?)
    })
}

/// Gives a temporary file its name.
fn named_as<T>(path: &Path, file: NamedTempFile<T>) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Gives a folder the name of another, which takes its own in return: at once where the system can
/// do that, so that whatever happens one of them is there.
pub fn replace_folder(new: &Path, old: &Path) -> io::Result<()> {
    if !old.exists() {
        return std::fs::rename(new, old);
    }
    #[cfg(target_os = "linux")]
    match linux::exchange(new, old) {
        Err(error) if linux::is_unknown(&error) => {}
        done => return done,
    }
    by_turns(new, old)
}

/// The same in three steps. When the second fails, the first is taken back. Whoever is killed
/// between them leaves the old one where it can be found and nobody removes it.
fn by_turns(new: &Path, old: &Path) -> io::Result<()> {
    let aside = old.with_added_extension("before");
    if aside.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(old, &aside)?;
    std::fs::rename(new, old).or_else(|error| std::fs::rename(&aside, old).and(Err(error)))?;
    std::fs::rename(aside, new)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io::{self, Seek};
    use std::os::fd::AsRawFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, open, renameat_with};

    use crate::unfinished;

    pub fn nameless(folder: &Path) -> io::Result<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(open(folder, flags, Mode::from_raw_mode(0o666))?);
        // Locked, where that can be, before it has a name that others could find.
        file.try_lock().ok();
        Ok(file)
    }

    /// By way of a temporary name, since a link takes no other file's place.
    pub fn persist(file: &mut File, path: &Path, folder: &Path) -> io::Result<()> {
        let from = format!("/proc/self/fd/{}", file.as_raw_fd());
        let linked = unfinished::begin(folder, OsStr::new(""), |to| {
            let followed = AtFlags::SYMLINK_FOLLOW;
            linkat(CWD, &*from, CWD, to, followed).map_err(io::Error::from)
        });
        if let Ok((name, _unfinished)) = linked {
            return super::named_as(path, name);
        }
        // Where /proc is not there, or links are not allowed.
        copy(file, path, folder)
    }

    pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
        Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
    }

    /// Whether the file system, or the system, knows no such thing.
    pub fn is_unknown(error: &io::Error) -> bool {
        let kinds = [io::ErrorKind::InvalidInput, io::ErrorKind::Unsupported];
        kinds.contains(&error.kind())
    }

    pub fn copy(file: &mut File, path: &Path, folder: &Path) -> io::Result<()> {
        let (mut copy, _unfinished) = super::named(folder)?;
        file.rewind()?;
        io::copy(file, copy.as_file_mut())?;
        copy.as_file()
            .set_permissions(file.metadata()?.permissions())?;
        copy.as_file().sync_all()?;
        super::named_as(path, copy)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn written(draft: &mut Draft, content: &str) {
        draft.file().write_all(content.as_bytes()).unwrap();
    }

    fn names(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn both_kinds_take_the_place_of_a_file_or_go_away() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, path) = (folder.path(), &folder.path().join("heat.png"));
        let with_name = || {
            let (file, begun) = named(folder).unwrap();
            Draft::Named(file, begun)
        };
        let make: [&dyn Fn() -> Draft; 2] = [&|| Draft::new(folder).unwrap(), &with_name];
        for (make, content) in [make[0], make[1], make[0]]
            .into_iter()
            .zip(["a", "bc", "def"])
        {
            let mut draft = make();
            written(&mut draft, content);
            draft.persist(path).unwrap();
            assert_eq!(std::fs::read_to_string(path).unwrap(), content);
            assert_eq!(names(folder), 1, "{content}");
        }
        for make in make {
            written(&mut make(), "nothing");
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), "def");
        assert_eq!(names(folder), 1);
    }

    #[test]
    fn folders_take_one_anothers_names_or_keep_their_own() {
        for replace in [replace_folder, by_turns] {
            let folder = tempfile::tempdir().unwrap();
            let [new, old] = ["new", "old"].map(|name| folder.path().join(name));
            let make = |path: &Path, content: &str| {
                std::fs::create_dir(path).unwrap();
                std::fs::write(path.join("tile"), content).unwrap();
            };
            make(&old, "old");
            assert!(replace(&new, &old).is_err());
            let held = |path: &Path| std::fs::read_to_string(path.join("tile")).unwrap();
            assert_eq!((names(folder.path()), held(&old).as_str()), (1, "old"));
            make(&new, "new");
            replace(&new, &old).unwrap();
            assert_eq!((held(&old).as_str(), held(&new).as_str()), ("new", "old"));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_without_a_name_is_locked_before_it_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let Ok(file) = linux::nameless(folder.path()) else {
            return;
        };
        let draft = Draft::new(folder.path()).unwrap();
        assert!(matches!(draft, Draft::Nameless(..)));
        assert_eq!(names(folder.path()), 0);
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
        assert!(File::open(path).unwrap().try_lock().is_err());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn where_no_name_can_be_given_a_copy_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heat.png");
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"content").unwrap();
        linux::copy(&mut file, &path, folder.path()).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"content");
        assert_eq!(names(folder.path()), 1);
    }
}
