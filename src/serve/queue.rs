//! Bounded last-in-first-out queue: who came last is served first, and who waits longest is turned
//! away when there is no room. Under load whoever looks at a map has moved on from the oldest tile,
//! and still waits for the newest.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::locked::lock;

/// Jobs that wait.
#[derive(Debug)]
pub struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    room: usize,
}

#[derive(Debug)]
struct State<T> {
    jobs: VecDeque<T>,
    is_closed: bool,
}

impl<T> Queue<T> {
    /// With room for so many.
    pub fn new(room: usize) -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                is_closed: false,
            }),
            changed: Condvar::new(),
            room: room.max(1),
        }
    }

    /// Puts a job in, and gives back the one for which there is no room any more, if there is one.
    pub fn push(&self, job: T) -> Option<T> {
        let mut state = self.lock();
        if state.is_closed {
            return Some(job);
        }
        let oldest = if state.jobs.len() >= self.room {
            state.jobs.pop_front()
        } else {
            None
        };
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_one();
        oldest
    }

    /// Waits for a job, and takes the newest; `None` when the queue is closed and empty.
    pub fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_back() {
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How many wait.
    pub fn length(&self) -> usize {
        self.lock().jobs.len()
    }

    /// From now on nothing is put in, and who waits for jobs goes when there are none.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_first_and_the_oldest_goes() {
        let queue = Queue::new(3);
        assert!([1, 2, 3].into_iter().all(|job| queue.push(job).is_none()));
        assert_eq!(queue.push(4), Some(1));
        assert_eq!(
            (queue.pop(), queue.pop(), queue.length()),
            (Some(4), Some(3), 1)
        );
        queue.close();
        assert_eq!(queue.push(5), Some(5));
        assert_eq!((queue.pop(), queue.pop()), (Some(2), None));
    }

    #[test]
    fn who_waits_is_woken() {
        let queue = Queue::new(1);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| (queue.pop(), queue.pop()));
            std::thread::sleep(std::time::Duration::from_millis(20));
            queue.push(7);
            while queue.length() > 0 {
                std::thread::yield_now();
            }
            queue.close();
            assert_eq!(waiting.join().unwrap(), (Some(7), None));
        });
    }
}
