//! Bounded worker pool on one list of things to do, which stops at the first failure.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
#[cfg(feature = "web")]
use std::time::Duration;

use crate::error::{Error, Result};

/// Does something for every item, by so many workers at a time, and gives the results in the order
/// of the items. After the first failure nothing more is begun. `progress` hears how many are done.
pub fn each<T: Sync, R: Send + Sync>(
    items: &[T],
    workers: usize,
    progress: &(dyn Fn(usize) + Sync),
    work: impl Fn(&T, &Halt) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let slots: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
    let queue = Mutex::new(items.iter().zip(&slots));
    let (done, halt) = (AtomicUsize::new(0), Halt::default());
    let take = || lock(&queue).next().filter(|_| !halt.is_called());
    let worker = || {
        while let Some((item, slot)) = take() {
            match work(item, &halt) {
                Ok(result) => slot.set(result).ok(),
                Err(error) => return halt.call(error),
            };
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    thread::scope(|scope| {
        let start = |_: &usize| thread::Builder::new().spawn_scoped(scope, worker).is_ok();
        // Where no thread can be had, this one does all the work.
        if (0..workers.min(items.len())).take_while(start).count() == 0 {
            worker();
        }
    });
    match halt
        .failure
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
    {
        Some(error) => Err(error),
        None => Ok(slots.into_iter().filter_map(OnceLock::into_inner).collect()),
    }
}

/// The failure that ends the work of all.
#[derive(Default)]
pub struct Halt {
    failure: Mutex<Option<Error>>,
    called: Condvar,
}

impl Halt {
    /// Ends the work; the first failure is the one that counts, since others may only follow from
    /// it.
    pub fn call(&self, error: Error) {
        lock(&self.failure).get_or_insert(error);
        self.called.notify_all();
    }

    /// Waits, unless the work ends; says whether to go on.
    #[cfg(feature = "web")]
    pub fn pause(&self, time: Duration) -> bool {
        let wait = self
            .called
            .wait_timeout_while(lock(&self.failure), time, |failure| failure.is_none());
        wait.unwrap_or_else(PoisonError::into_inner).0.is_none()
    }

    /// Whether the work ends.
    pub fn is_called(&self) -> bool {
        lock(&self.failure).is_some()
    }
}

/// What is locked here is whole at any time, also when a worker panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
