//! Whole of a live table as it was a short while ago, for views so wide that to ask for their rows
//! would take far longer than to draw them.
//!
//! All answers of an epoch that are made of it are made of the same [`Reading`], the one that was
//! the newest when the first of them was asked for. It is no older than two periods then (or, of a
//! table that takes longer to read, than two readings take); whoever finds an older one waits for
//! one reading, the same for all who wait. An epoch in which it was asked for has a fresh one read
//! for the next, as late as is safe, so that it is young when it is needed. What nobody asks for is
//! not read.
//!
//! A thread reads, which nothing else waits for: it ends with its reading, or with the program.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Alive, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::raster;
use crate::serve::locked::lock;

/// How often it is looked whether somebody still waits.
const LOOK: Duration = Duration::from_millis(50);
/// How much earlier than it seems necessary the next reading begins.
const MARGIN: Duration = Duration::from_secs(1);
/// How long a reading may take before another is begun: its server may be gone without a word.
const LOST: Duration = Duration::from_mins(10);

/// How often new data were taken up, and could not be read.
#[derive(Debug, Default)]
pub struct Readings {
    pub done: AtomicU64,
    pub failed: AtomicU64,
}

/// A table as it was when it was read.
#[derive(Clone, Debug)]
pub struct Reading {
    pub data: Arc<Snapshot>,
    /// When the reading began: no row is missing that was there then.
    pub begun: Instant,
    /// How long it took.
    pub took: Duration,
}

impl Reading {
    /// Reads.
    ///
    /// # Errors
    /// As what it reads with.
    pub fn of(read: impl FnOnce() -> Result<Snapshot>) -> Result<Self> {
        let begun = Instant::now();
        let data = Arc::new(read()?);
        let took = begun.elapsed();
        Ok(Self { data, begun, took })
    }
}

/// The reading that an epoch uses, as soon as it uses one.
pub type Chosen = OnceLock<Arc<Snapshot>>;

/// Reads the table again.
type Read = dyn Fn(&Reading) -> Result<Snapshot> + Send + Sync;

/// What is kept of a table.
pub struct Kept {
    read: Box<Read>,
    period: Duration,
    readings: Arc<Readings>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    newest: Reading,
    /// When the reading began that is going on.
    running: Option<Instant>,
    /// How many readings have failed, and why the last one did.
    failed: (u64, Option<Error>),
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept")
            .field("period", &self.period)
            .finish_non_exhaustive()
    }
}

impl Kept {
    /// What is kept of a table that was just read, and how it is read again.
    pub fn new(
        newest: Reading,
        period: Duration,
        readings: Arc<Readings>,
        read: impl Fn(&Reading) -> Result<Snapshot> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            read: Box::new(read),
            period,
            readings,
            state: Mutex::new(State {
                newest,
                running: None,
                failed: (0, None),
            }),
            changed: Condvar::new(),
        })
    }

    /// The table as it was read last, however long ago that was.
    pub fn newest(&self) -> Arc<Snapshot> {
        Arc::clone(&lock(&self.state).newest.data)
    }

    /// What an epoch that lasts so long yet uses, if there is something that it may use; else that
    /// is being read from now on.
    pub fn choose(self: &Arc<Self>, chosen: &Chosen, left: Duration) -> Option<Arc<Snapshot>> {
        let mut state = lock(&self.state);
        if let Some(chosen) = chosen.get() {
            return Some(Arc::clone(chosen));
        }
        if !self.is_fresh(&state.newest) {
            self.start(&mut state);
            return None;
        }
        let data = chosen.get_or_init(|| Arc::clone(&state.newest.data));
        let last = state.newest.took;
        drop(state);
        self.prepare(left.saturating_sub(last.mul_f64(1.5) + MARGIN));
        Some(Arc::clone(data))
    }

    /// Waits until an epoch has what it uses; `false` when nobody waits any more.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn wait(
        self: &Arc<Self>,
        chosen: &Chosen,
        left: Duration,
        alive: Alive<'_>,
    ) -> Result<bool> {
        let failures = lock(&self.state).failed.0;
        loop {
            if let (count, Some(error)) = &lock(&self.state).failed
                && *count != failures
            {
                return Err(error.clone());
            }
            if self.choose(chosen, left).is_some() {
                return Ok(true);
            }
            if !alive() {
                return Ok(false);
            }
            let woken = self.changed.wait_timeout(lock(&self.state), LOOK);
            drop(woken.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Whether an epoch may begin to use a reading.
    fn is_fresh(&self, reading: &Reading) -> bool {
        reading.begun.elapsed() <= 2 * self.period.max(reading.took)
    }

    /// Has the table read after a while, unless it was read meanwhile, or nobody serves it any more.
    fn prepare(self: &Arc<Self>, after: Duration) {
        let (kept, asked) = (Arc::downgrade(self), Instant::now());
        let later = move || {
            thread::sleep(after);
            if let Some(kept) = kept.upgrade() {
                let mut state = lock(&kept.state);
                if state.newest.begun < asked {
                    kept.start(&mut state);
                }
            }
        };
        // Without a thread the next epoch waits.
        let _ = thread::Builder::new().spawn(later);
    }

    /// Begins a reading, unless one is going on.
    fn start(self: &Arc<Self>, state: &mut State) {
        let begun = Instant::now();
        if state.running.is_some_and(|since| since.elapsed() < LOST) {
            return;
        }
        let (kept, before) = (Arc::clone(self), state.newest.clone());
        let reading = move || {
            // It sorts by itself: all other cores are for those who draw.
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(1)
                .use_current_thread();
            let _pool = pool.build();
            let read = raster::guard(|| Reading::of(|| (kept.read)(&before)));
            let read = read.map_err(|fact| Error::new(ErrorKind::Internal, fact));
            kept.end(begun, read.flatten());
        };
        if thread::Builder::new().spawn(reading).is_ok() {
            state.running = Some(begun);
        }
    }

    /// Takes what came of the reading that began then.
    fn end(&self, begun: Instant, read: Result<Reading>) {
        let mut state = lock(&self.state);
        if state.running == Some(begun) {
            state.running = None;
        }
        let count = match read {
            Ok(reading) => {
                // One that was given up may come after all.
                if reading.begun > state.newest.begun {
                    state.newest = reading;
                }
                &self.readings.done
            }
            Err(error) => {
                state.failed = (state.failed.0 + 1, Some(error));
                &self.readings.failed
            }
        };
        count.fetch_add(1, Ordering::Relaxed);
        drop(state);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for machines that are busy with much else.
    const PERIOD: Duration = Duration::from_secs(2);

    fn alive() -> bool {
        true
    }

    /// What is kept of a table that is read so; what was read first is as old as given.
    fn kept(
        age: Duration,
        read: impl Fn() -> Result<Snapshot> + Send + Sync + 'static,
    ) -> (Arc<Kept>, Arc<Readings>) {
        let mut first = Reading::of(|| Ok(Snapshot::nothing())).unwrap();
        first.begun = first.begun.checked_sub(age).unwrap();
        let readings = Arc::<Readings>::default();
        let kept = Kept::new(first, PERIOD, Arc::clone(&readings), move |_| read());
        (kept, readings)
    }

    fn done(readings: &Readings) -> (u64, u64) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (of(&readings.done), of(&readings.failed))
    }

    #[test]
    fn an_epoch_keeps_what_it_chose_and_the_next_has_a_fresh_one() {
        let (kept, readings) = kept(Duration::ZERO, || Ok(Snapshot::nothing()));
        let (epoch, next) = (Chosen::new(), Chosen::new());
        let first = kept.choose(&epoch, Duration::ZERO).unwrap();
        while done(&readings).0 == 0 {
            thread::yield_now();
        }
        assert!(Arc::ptr_eq(
            &first,
            &kept.choose(&epoch, Duration::ZERO).unwrap()
        ));
        let fresh = kept.choose(&next, Duration::from_hours(1)).unwrap();
        assert!(!Arc::ptr_eq(&first, &fresh) && Arc::ptr_eq(&fresh, &kept.newest()));
        // The epoch that lasts an hour is in no hurry, and the first one asked once.
        thread::sleep(PERIOD);
        assert_eq!(done(&readings), (1, 0));
    }

    #[test]
    fn all_who_find_an_old_one_wait_for_one_reading() {
        let (kept, readings) = kept(2 * PERIOD + LOOK, || {
            thread::sleep(LOOK);
            Ok(Snapshot::nothing())
        });
        let old = kept.newest();
        let epoch = Chosen::new();
        let left = Duration::from_hours(1);
        assert!(kept.choose(&epoch, left).is_none());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!(kept.wait(&epoch, left, &alive).unwrap()));
            }
        });
        assert_eq!(done(&readings), (1, 0));
        assert!(!Arc::ptr_eq(&old, &kept.choose(&epoch, left).unwrap()));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_for_those_who_wait_and_tried_again_for_others() {
        let tries = AtomicU64::new(0);
        let (kept, readings) = kept(3 * PERIOD, move || {
            if tries.fetch_add(1, Ordering::Relaxed) == 1 {
                return Ok(Snapshot::nothing());
            }
            Err(Error::new(ErrorKind::Network, "it is away"))
        });
        let epoch = Chosen::new();
        let left = Duration::from_hours(1);
        let error = kept.wait(&epoch, left, &alive).unwrap_err();
        assert_eq!((error.kind, done(&readings)), (ErrorKind::Network, (0, 1)));
        assert!(kept.wait(&epoch, left, &alive).unwrap());
        assert_eq!(done(&readings), (1, 1));
    }

    #[test]
    fn who_is_gone_waits_no_longer_and_a_panic_is_a_failure() {
        let (kept, readings) = kept(3 * PERIOD, || panic!("a mistake"));
        let epoch = Chosen::new();
        assert!(kept.wait(&epoch, PERIOD, &alive).is_err());
        assert_eq!(done(&readings), (0, 1));
        let (kept, _) = self::kept(3 * PERIOD, || {
            thread::sleep(Duration::from_secs(1));
            Ok(Snapshot::nothing())
        });
        let begun = Instant::now();
        assert!(!kept.wait(&epoch, PERIOD, &|| false).unwrap());
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
}
