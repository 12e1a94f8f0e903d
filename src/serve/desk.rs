//! Desk between connections and renderers: a bounded cache of answers, single flight (the same
//! thing is made once, for all who want it), a queue of what is to be made, and one of what cannot
//! be made before its data have been read.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use tokio::sync::watch;

use super::data::Snapshot;
use super::locked::lock;
use super::problem::Problem;
use super::queue::Queue;
use super::render::{Answer, Studio};
use super::wanted::Wanted;
use crate::raster;

/// What came of a wish.
pub type Outcome = Result<Answer, Problem>;

/// Somebody is told here, once.
type Told = watch::Sender<Option<Outcome>>;

/// Something that is to be made.
#[derive(Debug)]
struct Job {
    key: String,
    wanted: Wanted,
    data: Arc<Snapshot>,
    told: Arc<Told>,
    until: Instant,
}

impl Job {
    /// Whether somebody still waits for it, and may.
    fn is_awaited(&self) -> bool {
        self.told.receiver_count() > 0 && Instant::now() < self.until
    }
}

/// How much an answer takes of the cache: its bytes, and what it costs to keep them.
#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<String, Answer> for Bytes {
    fn weight(&self, key: &String, answer: &Answer) -> u64 {
        const KEEPING: usize = 256;
        (answer.body.len() + key.len() + KEEPING) as u64
    }
}

/// Jobs that wait for each renderer, at the most.
const WAITING: usize = 64;

/// Counts of what was done, since the start.
#[derive(Debug, Default)]
pub struct Counts {
    pub hits: AtomicU64,
    pub misses: AtomicU64,
    pub joined: AtomicU64,
    pub dropped: AtomicU64,
    pub abandoned: AtomicU64,
    pub rendered: AtomicU64,
    /// Microseconds that renderers were busy.
    pub busy: AtomicU64,
}

impl Counts {
    pub fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}

/// Where answers are asked for.
#[derive(Debug)]
pub struct Desk {
    cache: Cache<String, Answer, Bytes>,
    flights: Mutex<HashMap<String, Arc<Told>>>,
    queue: Queue<Job>,
    /// What waits for its data.
    early: Queue<Job>,
    pub counts: Counts,
    work: Duration,
}

/// An answer, now or later.
pub enum Ticket {
    Here(Answer),
    Later(watch::Receiver<Option<Outcome>>),
}

impl Desk {
    /// With so many bytes for answers that are kept, so many renderers, and so much time for each
    /// answer.
    pub fn new(capacity: u64, renderers: usize, work: Duration) -> Self {
        /// What a tile takes as a rule.
        const USUAL: u64 = 8 << 10;
        let items = (capacity / USUAL).max(16) as usize;
        // Shards each have their part of the room: with many of them no large picture would be
        // kept.
        let options = OptionsBuilder::new()
            .shards(2)
            .estimated_items_capacity(items)
            .weight_capacity(capacity)
            .build();
        let cache = match options {
            Ok(options) => Cache::with_options(
                options,
                Bytes,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            Err(_) => Cache::with_weighter(items, capacity, Bytes),
        };
        Self {
            cache,
            flights: Mutex::default(),
            queue: Queue::new(WAITING * renderers),
            early: Queue::new(WAITING * renderers),
            counts: Counts::default(),
            work,
        }
    }

    /// An answer that is kept.
    pub fn kept(&self, key: &str) -> Option<Answer> {
        let kept = self.cache.get(key);
        if kept.is_some() {
            Counts::add(&self.counts.hits, 1);
        }
        kept
    }

    /// Keeps an answer.
    pub fn keep(&self, key: String, answer: Answer) {
        self.cache.insert(key, answer);
    }

    /// Asks for something.
    pub fn ask(&self, key: &str, wanted: Wanted, data: &Arc<Snapshot>) -> Ticket {
        if let Some(answer) = self.kept(key) {
            return Ticket::Here(answer);
        }
        let mut flights = lock(&self.flights);
        if let Some(told) = flights.get(key) {
            Counts::add(&self.counts.joined, 1);
            return Ticket::Later(told.subscribe());
        }
        // It may have been made meanwhile.
        if let Some(answer) = self.kept(key) {
            return Ticket::Here(answer);
        }
        Counts::add(&self.counts.misses, 1);
        let (told, waits) = watch::channel(None);
        let told = Arc::new(told);
        flights.insert(key.to_owned(), Arc::clone(&told));
        drop(flights);
        let job = Job {
            key: key.to_owned(),
            wanted,
            data: Arc::clone(data),
            told,
            until: Instant::now() + self.work,
        };
        self.put(&self.queue, job);
        Ticket::Later(waits)
    }

    /// Puts a job in a queue, and turns away the one for which there is no room any more.
    fn put(&self, queue: &Queue<Job>, job: Job) {
        if let Some(oldest) = queue.push(job) {
            Counts::add(&self.counts.dropped, 1);
            let busy = Problem::busy("there is more to draw than can be drawn now");
            self.tell(&oldest, Err(busy));
        }
    }

    /// How many jobs wait.
    pub fn waiting(&self) -> usize {
        self.queue.length() + self.early.length()
    }

    /// Bytes of answers that are kept, and how many answers.
    pub fn holds(&self) -> (u64, usize) {
        (self.cache.weight(), self.cache.len())
    }

    /// Makes what is asked for until the desk is closed. All of its work is done by this thread.
    pub fn render(&self, studio: &Studio) {
        // Kernels and painting share their work among the threads of a pool: this one has only the
        // thread that asks, and requests are what is done side by side.
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .use_current_thread();
        let _pool = pool.build();
        while let Some(job) = self.queue.pop() {
            if self.is_abandoned(&job) {
                Counts::add(&self.counts.abandoned, 1);
                continue;
            }
            let begin = Instant::now();
            let outcome = make(&job, studio);
            Counts::add(&self.counts.busy, begin.elapsed().as_micros() as u64);
            let Some(outcome) = outcome else {
                self.put(&self.early, job);
                continue;
            };
            Counts::add(&self.counts.rendered, 1);
            if let Ok(answer) = &outcome {
                self.keep(job.key.clone(), answer.clone());
            }
            self.tell(&job, outcome);
        }
    }

    /// Waits for the data of jobs that are early, until the desk is closed: renderers have others to
    /// make meanwhile.
    pub fn wait(&self) {
        while let Some(job) = self.early.pop() {
            match job.data.wait(&|| job.is_awaited()) {
                Ok(true) => self.put(&self.queue, job),
                Ok(false) => self.tell(&job, Err(late())),
                Err(error) => self.tell(&job, Err(error.into())),
            }
        }
    }

    /// Whether nobody waits for it; then it is forgotten.
    fn is_abandoned(&self, job: &Job) -> bool {
        let mut flights = lock(&self.flights);
        let is_abandoned = job.told.receiver_count() == 0;
        if is_abandoned {
            flights.remove(&job.key);
        }
        is_abandoned
    }

    fn tell(&self, job: &Job, outcome: Outcome) {
        lock(&self.flights).remove(&job.key);
        job.told.send_replace(Some(outcome));
    }

    /// Nothing is made any more but what was asked for.
    pub fn close(&self) {
        self.queue.close();
        self.early.close();
    }
}

fn late() -> Problem {
    Problem::busy("it took too long")
}

/// What comes of a job; nothing before its data have been read.
fn make(job: &Job, studio: &Studio) -> Option<Outcome> {
    let alive = || job.is_awaited();
    if !alive() {
        return Some(Err(late()));
    }
    let made = raster::guard(|| studio.make(&job.data, &job.wanted, &alive));
    Some(match made {
        Ok(Ok(Some(answer))) => Ok(answer),
        Ok(Ok(None)) if alive() => return None,
        Ok(Ok(None)) => Err(late()),
        Ok(Err(problem)) => Err(problem),
        Err(_) => Err(Problem::new(500, "the picture could not be made")),
    })
}
