//! What threads of the service share behind a lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is behind a lock, which is whole at any time, also when a thread panicked that held it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
