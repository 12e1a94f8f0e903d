//! Taking up new data: when a service is told to, or when its files change.
//!
//! Requests go on with the snapshot that they began with, and the next ones have the new one. While
//! it is read both are in memory. Data that cannot be read change nothing.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::locked::lock;
use crate::product::gather;

/// What whoever reads the data is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// To read again.
    Reload,
    /// To see whether files have changed.
    Look,
    /// To end.
    Stop,
}

/// Calls for whoever reads the data.
#[derive(Debug, Default)]
pub(super) struct Calls {
    wanted: Mutex<(bool, bool)>,
    changed: Condvar,
}

impl Calls {
    pub(super) fn reload(&self) {
        self.lock().0 = true;
        self.changed.notify_all();
    }

    pub(super) fn stop(&self) {
        self.lock().1 = true;
        self.changed.notify_all();
    }

    /// Waits for the next call; after a while it is one to look, if that is wanted at all.
    pub(super) fn next(&self, every: Option<Duration>) -> Call {
        let mut wanted = self.lock();
        loop {
            match *wanted {
                (_, true) => return Call::Stop,
                (true, _) => {
                    wanted.0 = false;
                    return Call::Reload;
                }
                _ => {}
            }
            let Some(every) = every else {
                let woken = self.changed.wait(wanted);
                wanted = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let woken = self.changed.wait_timeout(wanted, every);
            let (woken, waited) = woken.unwrap_or_else(PoisonError::into_inner);
            wanted = woken;
            if waited.timed_out() && *wanted == (false, false) {
                return Call::Look;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, (bool, bool)> {
        lock(&self.wanted)
    }
}

/// Files as they were when they were read, and when they were last looked at.
pub(super) struct Watched {
    read: u64,
    seen: u64,
}

impl Watched {
    /// As they are before they are read.
    pub(super) fn now(data: &gather::DataOptions) -> Self {
        let read = gather::state(data);
        Self { read, seen: read }
    }

    /// Whether they differ from those that were read, and nobody is writing them any more: twice in
    /// a row they are the same.
    pub(super) fn have_changed(&mut self, data: &gather::DataOptions) -> bool {
        let now = gather::state(data);
        let is_settled = now == std::mem::replace(&mut self.seen, now);
        is_settled && now != self.read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Source;

    #[test]
    fn files_have_changed_when_they_differ_and_stay_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        std::fs::write(&file, "1,1\n").unwrap();
        let data = gather::DataOptions {
            sources: vec![Source::File(folder.path().to_owned())],
            ..gather::DataOptions::default()
        };
        let mut watched = Watched::now(&data);
        assert!(!watched.have_changed(&data));
        std::fs::write(&file, "1,1\n2,2\n").unwrap();
        assert!(!watched.have_changed(&data), "it may still be written");
        assert!(watched.have_changed(&data));
        std::fs::write(folder.path().join("b.csv"), "").unwrap();
        let mut watched = Watched::now(&data);
        std::fs::remove_file(&file).unwrap();
        assert!(!watched.have_changed(&data) && watched.have_changed(&data));
    }

    #[test]
    fn calls_come_once_and_the_end_comes_first() {
        let calls = Calls::default();
        let soon = Some(Duration::from_millis(1));
        assert_eq!(calls.next(soon), Call::Look);
        calls.reload();
        calls.reload();
        assert_eq!(
            [calls.next(None), calls.next(soon)],
            [Call::Reload, Call::Look]
        );
        calls.reload();
        calls.stop();
        assert_eq!(calls.next(None), Call::Stop);
    }
}
