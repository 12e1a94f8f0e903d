//! Where a product goes: proven writable before the work, and there only when it is whole.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::draft::Draft;
use crate::encode::film;
use crate::error::{Error, Location, Remedy, Result};
use crate::unfinished;

/// Where the user wants the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// A target that was writable when it was looked at.
#[derive(Debug)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file that appears under its name, or takes the place of an older one, when it is complete.
    File(PathBuf),
    /// Something that is no regular file, such as `/dev/stdout` or a named pipe: written as it
    /// comes.
    Device(PathBuf),
}

impl Destination {
    /// Makes sure that the target can be written, and changes nothing.
    ///
    /// # Errors
    /// When it cannot.
    pub fn prove(target: &Target) -> Result<Self> {
        let Target::File(path) = target else {
            return Ok(Self::Stdout);
        };
        if ends_in_separator(path) {
            return Err(no_folder(path));
        }
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(no_folder(path)),
            Ok(found) if !found.is_file() => Ok(Self::Device(path.clone())),
            Ok(found) if found.permissions().readonly() => Err(Error::output(
                Location::file(path),
                "the file may not be written over",
            )),
            // Through links, so that the file they lead to is replaced and not the link.
            Ok(_) => Self::beside(path.canonicalize().unwrap_or_else(|_| path.clone())),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, &error)),
            // A name of its own for each file, however it is written.
            Err(_) => {
                let path = &link_end(path);
                let folder = folder(path)
                    .canonicalize()
                    .unwrap_or_else(|_| folder(path).to_owned());
                Self::beside(
                    path.file_name()
                        .map_or_else(|| path.clone(), |name| folder.join(name)),
                )
            }
        }
    }

    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Stdout | Self::Device(_) => None,
        }
    }

    /// Writes the product.
    ///
    /// # Errors
    /// When it cannot be written whole; the file that was there before is then still there. A
    /// reader of standard output that has gone away is no error.
    pub fn write(&self, give: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        match self {
            Self::Stdout => match flushed(io::stdout().lock(), give) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                written => written.map_err(|error| failed(Path::new("-"), &error)),
            },
            Self::Device(path) => OpenOptions::new()
                .write(true)
                .open(path)
                .and_then(|file| flushed(file, give))
                .map_err(|error| failed(path, &error)),
            Self::File(path) => replace(path, give).map_err(|error| failed(path, &error)),
        }
    }

    /// Lets something else write the product, such as another program: to a file of the same name in
    /// a folder beside it, which takes its place when it is whole.
    ///
    /// # Errors
    /// When it cannot be written whole; the file that was there before is then still there. When
    /// there is no folder to write in, because it goes to standard output or a pipe.
    pub fn write_by_name(&self, give: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let path = match self {
            Self::File(path) => path,
            Self::Stdout => return Err(no_file(Path::new("-"))),
            Self::Device(path) => return Err(no_file(path)),
        };
        let failed = |error| failed(path, &error);
        let draft = unfinished::begin_folder(folder(path)).map_err(failed)?;
        let file = draft.path().join(path.file_name().unwrap_or_default());
        File::create_new(&file).map_err(failed)?;
        give(&file).map_err(|error| renamed(error, &file, path))?;
        let written = OpenOptions::new().write(true).open(&file).map_err(failed)?;
        if written.metadata().map_err(failed)?.len() == 0 {
            return Err(Error::output(
                Location::file(path),
                "nothing was written into it",
            ));
        }
        written
            .sync_all()
            .and_then(|()| keep_mode(path, &written))
            .map_err(failed)?;
        std::fs::rename(file, path).map_err(failed)
    }

    fn beside(path: PathBuf) -> Result<Self> {
        let folder = folder(&path);
        Draft::new(folder).map(drop).map_err(|error| {
            if folder.exists() {
                failed(&path, &error)
            } else {
                nowhere(&path, folder)
            }
        })?;
        Ok(Self::File(path))
    }
}

fn flushed(
    writer: impl Write,
    give: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut writer = Honest {
        writer: BufWriter::new(writer),
        failure: None,
    };
    let given = give(&mut writer).and_then(|()| writer.flush());
    // Encoders wrap the errors of their writers, and then nobody can tell a closed pipe from a full
    // disk.
    writer.failure.map_or(given, Err)
}

/// A writer that keeps the error which ended it, and then takes whatever comes: some encoders write
/// on when they are dropped, and complain on standard error when they cannot.
struct Honest<W> {
    writer: W,
    failure: Option<io::Error>,
}

impl<W: Write> Honest<W> {
    fn keep<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.failure = Some(error);
            }
            kind.into()
        })
    }
}

impl<W: Write> Write for Honest<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Ok(bytes.len());
        }
        let written = self.writer.write(bytes);
        self.keep(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failure.is_some() {
            return Ok(());
        }
        let flushed = self.writer.flush();
        self.keep(flushed)
    }
}

fn replace(path: &Path, give: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut draft = Draft::new(folder(path))?;
    flushed(&mut *draft.file(), give)?;
    draft.file().sync_all()?;
    keep_mode(path, draft.file())?;
    draft.persist(path)
}

/// Who may read a file stays as it was.
fn keep_mode(path: &Path, file: &File) -> io::Result<()> {
    std::fs::metadata(path).map_or(Ok(()), |older| file.set_permissions(older.permissions()))
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes a small file that nobody else may read from its first moment on, whole or not at all, with
/// the folder that it is in.
///
/// # Errors
/// When it cannot be made, or is there already, for instance because another run was faster.
pub fn keep_secret(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = folder(path);
    std::fs::create_dir_all(folder)?;
    let (mut draft, _unfinished) = unfinished::begin_private(folder)?;
    draft.as_file_mut().write_all(content)?;
    draft.as_file().sync_all()?;
    // Unlike a renaming this fails where there is one.
    draft.persist_noclobber(path)?;
    Ok(())
}

/// Removes files that are being written, and ends the programs that write them: to be called before
/// the program ends in the middle of its work. Nothing can be written after it.
pub fn abandon() {
    unfinished::abandon(film::abandon);
}

/// What was removed where something was written, since this was asked for last: temporary files of
/// runs that were killed, and could not remove them.
#[must_use]
pub fn swept() -> Vec<PathBuf> {
    unfinished::swept()
}

/// The file that a chain of links leads to, which is not there yet.
fn link_end(path: &Path) -> PathBuf {
    let mut end = path.to_owned();
    // The system has followed them before, and would have told of a loop.
    while let Ok(next) = std::fs::read_link(&end) {
        end = folder(&end).join(next);
    }
    end
}

fn ends_in_separator(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last();
    last.is_some_and(|&byte| std::path::is_separator(byte.into()))
}

fn no_folder(path: &Path) -> Error {
    Error::output(Location::file(path), "this is a folder")
        .advice("name the file to write, not the folder it goes to")
}

fn nowhere(path: &Path, folder: &Path) -> Error {
    let folder = folder.display();
    Error::output(
        Location::file(path),
        format_args!("there is no folder {folder}"),
    )
    .advice("make it first, or name a file in another")
}

/// An error of another program, which only knows the temporary name of a file.
fn renamed(error: Error, temporary: &Path, path: &Path) -> Error {
    let (from, to) = (temporary.to_string_lossy(), path.to_string_lossy());
    let rename = |text: &str| text.replace(&*from, &to);
    Error {
        fact: rename(&error.fact),
        remedy: error.remedy.map(|remedy| match remedy {
            Remedy::Words(words) => Remedy::Words(rename(&words)),
            other => other,
        }),
        ..error
    }
}

fn no_file(path: &Path) -> Error {
    Error::output(
        Location::file(path),
        "another program writes this product, and it needs a file to go back in",
    )
    .remedy(Remedy::NameAFile)
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::output(Location::file(path), format!("cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) -> Destination {
        Destination::prove(&Target::File(path.to_owned())).unwrap()
    }

    #[test]
    fn a_file_that_fails_half_way_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heat.png");
        file(&path)
            .write(|writer| writer.write_all(b"old"))
            .unwrap();
        let failed = file(&path).write(|writer| {
            writer.write_all(b"new")?;
            Err(io::Error::other("no more"))
        });
        assert!(failed.unwrap_err().to_string().contains("no more"));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_another_program_writes_takes_its_name_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heat.mp4");
        let write = |content: &str, end: Result<()>| {
            file(&path).write_by_name(|temporary| {
                assert_eq!(temporary.file_name(), path.file_name());
                // Beside it, so that it can take its place in one step.
                assert_eq!(temporary.ancestors().nth(2), path.parent());
                std::fs::write(temporary, content).unwrap();
                end
            })
        };
        write("old", Ok(())).unwrap();
        let failed = write("new", Err(Error::usage("no more"))).unwrap_err();
        assert_eq!(failed.fact, "no more");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        write("new", Ok(())).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = Destination::Stdout.write_by_name(|_| Ok(()));
        assert!(nowhere.unwrap_err().to_string().contains("needs a file"));
    }

    #[test]
    fn a_missing_folder_is_found_out_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["missing/heat.png", ""] {
            assert!(
                Destination::prove(&Target::File(folder.path().join(name))).is_err(),
                "{name}"
            );
        }
    }
}
