//! Registry of temporary files and folders that are being written: an end in the middle of the
//! work, such as by a signal, removes them. On a way out that unwinds, they remove themselves.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{NamedTempFile, TempDir};

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file or folder that is being written, as long as this lives.
pub(crate) struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().retain(|path| *path != self.0);
    }
}

/// Makes a temporary file that is known here from the first moment on.
pub(crate) fn begin<T>(
    make: impl FnOnce() -> io::Result<NamedTempFile<T>>,
) -> io::Result<(NamedTempFile<T>, Unfinished)> {
    // Held while the file is made, so that no signal finds one that nobody knows of.
    let mut unfinished = unfinished();
    let file = make()?;
    unfinished.push(file.path().to_owned());
    let begun = Unfinished(file.path().to_owned());
    Ok((file, begun))
}

/// The same for a folder.
pub(crate) fn begin_folder(
    make: impl FnOnce() -> io::Result<TempDir>,
) -> io::Result<(TempDir, Unfinished)> {
    let mut unfinished = unfinished();
    let folder = make()?;
    unfinished.push(folder.path().to_owned());
    let begun = Unfinished(folder.path().to_owned());
    Ok((folder, begun))
}

/// Removes all of them, after whatever else writes them was ended. Nothing can be begun or finished
/// from then on.
pub(crate) fn abandon(end_writers: impl FnOnce()) {
    let unfinished = unfinished();
    end_writers();
    // A file that has its final name by now, or is gone, is none to worry about.
    for path in unfinished.iter() {
        if !path.is_dir() {
            drop(fs::remove_file(path));
        }
        // Other threads may go on writing into a folder until the very end.
        for _ in 0..100 {
            if !path.exists() || fs::remove_dir_all(path).is_ok() {
                break;
            }
        }
    }
    // Whoever would begin or finish a file now has to wait for the end.
    std::mem::forget(unfinished);
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
