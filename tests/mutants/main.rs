//! Mutants: broken files of every kind that is read, a thousand of each and beginnings of all, in
//! one process. Nothing panics, takes memory out of proportion or time without end.
//!
//! The same mutants every time, in a build with overflow checks. Longer runs by the environment:
//! `HEATMAP_MUTANTS=100000` is how many of each target, `HEATMAP_MUTANTS_FROM` the number of the
//! first, `HEATMAP_MUTANTS_SECONDS=300` how long all of them may take together instead, and
//! `HEATMAP_PREFIXES=all` takes every beginning. `HEATMAP_RECORD=1` writes what was done into
//! docs/reliability.md.
#![expect(clippy::print_stderr, reason = "what was found is to be read")]

mod growing;
mod mutate;
mod packed;
mod program;
mod service;
mod targets;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use rayon::ThreadPoolBuilder;

use mutate::{Dice, mutate};
use targets::{Desk, Seed, Target};

/// The folder of the project.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Counts the bytes that are in use.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Cases between two looks at the memory.
const STRETCH: u64 = 32;
/// The longest that reading a small file may take; beyond it, it is tried again.
const LONGEST: Duration = Duration::from_secs(3);
/// After so long nobody waits any more.
const HUNG: u64 = 120;
/// Beginnings of each file, unless all are wanted.
const BEGINNINGS: usize = 24;

thread_local! {
    /// What the last panic of this thread said.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

fn variable(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name}={value} is no number")),
    )
}

/// Cases that are read: a number for each, the file that it stands for, and how that is read.
struct Cases<'a> {
    target: &'a Target,
    what: &'static str,
    make: &'a (dyn Fn(u64) -> (Seed, Dice) + Sync),
    numbers: std::ops::Range<u64>,
    until: Option<Instant>,
}

/// What became of them.
#[derive(Default)]
struct Outcome {
    cases: AtomicU64,
    longest: Mutex<(Duration, u64)>,
    peak: AtomicUsize,
    faults: Mutex<Vec<String>>,
}

/// Reads a case; what went wrong, if anything did.
fn one(cases: &Cases, number: u64, desk: &Desk) -> (Duration, Option<String>) {
    let (seed, mut dice) = (cases.make)(number);
    let path = desk.lay(&seed);
    let begun = clock();
    let done = catch_unwind(AssertUnwindSafe(|| (cases.target.reads)(&path, &mut dice)));
    (
        clock().saturating_sub(begun),
        done.err().map(|_| PANIC.take()),
    )
}

/// How long this thread has worked, whatever else the machine did.
fn clock() -> Duration {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let worked = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let worked = worked.and_then(|text| text.split(' ').next()?.parse().ok());
    worked.map_or_else(|| BEGUN.elapsed(), Duration::from_nanos)
}

/// Keeps a file that something is wrong with.
fn keep(cases: &Cases, number: u64, fault: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("found")
        .join(format!(
            "{}-{}-{number}",
            cases.target.name.replace(' ', "-"),
            cases.what
        ));
    std::fs::create_dir_all(&folder).expect("a folder for what was found");
    for (name, bytes) in (cases.make)(number).0 {
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
    format!(
        "{} {number} of {}: {fault}; it lies in {}",
        cases.what,
        cases.target.name,
        folder.display()
    )
}

/// Reads one case with nothing beside it, up to three times, until it takes no more than it may; what
/// it took at the least.
fn alone(cases: &Cases, number: u64, desk: &Desk) -> (usize, Duration) {
    let mut quickest = Duration::MAX;
    let mut least = usize::MAX;
    for _ in 0..3 {
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        quickest = quickest.min(one(cases, number, desk).0);
        least = least.min(MEMORY.peak_usage().saturating_sub(before));
        if least <= cases.target.memory && quickest <= LONGEST {
            break;
        }
    }
    (least, quickest)
}

/// Works at a desk, with one thread for whatever a reader does side by side.
fn at_a_desk<T: Send>(work: impl FnOnce(&Desk) -> T + Send) -> T {
    let pool = ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a thread").install(|| work(&Desk::new()))
}

/// Reads cases side by side, and looks again, alone, at those that may have taken too much.
fn read(cases: &Cases) -> Outcome {
    let outcome = Outcome::default();
    let next = AtomicU64::new(cases.numbers.start);
    let suspects = Mutex::new(Vec::new());
    // How often all that are being read took too much together.
    let excesses = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let work = |desk: &Desk| {
        loop {
            let start = next.fetch_add(STRETCH, Relaxed);
            let end = (start + STRETCH).min(cases.numbers.end);
            let excesses_before = excesses.load(Relaxed);
            if start >= end || cases.until.is_some_and(|until| Instant::now() > until) {
                break;
            }
            for number in start..end {
                let watched = Watched::new(cases, number);
                let (took, panic) = one(cases, number, desk);
                drop(watched);
                outcome.cases.fetch_add(1, Relaxed);
                let mut longest = outcome.longest.lock().expect("no panic");
                *longest = longest.max((took, number));
                drop(longest);
                if took > LONGEST {
                    suspects.lock().expect("no panic").push(number);
                }
                if let Some(panic) = panic {
                    outcome
                        .faults
                        .lock()
                        .expect("no panic")
                        .push(keep(cases, number, &panic));
                }
            }
            let peak = MEMORY.peak_usage().saturating_sub(before);
            if peak > cases.target.memory {
                excesses.fetch_add(1, Relaxed);
                MEMORY.reset_peak_usage();
            } else {
                outcome.peak.fetch_max(peak, Relaxed);
            }
            // Any of those that were read at the time may have been it.
            if excesses.load(Relaxed) > excesses_before {
                suspects.lock().expect("no panic").extend(start..end);
            }
        }
    };
    std::thread::scope(|scope| {
        (0..threads).for_each(|_| drop(scope.spawn(|| at_a_desk(work))));
    });
    let suspects = suspects.into_inner().expect("no panic");
    let look = |desk: &Desk| {
        let look = |number| (number, alone(cases, number, desk));
        suspects.into_iter().map(look).collect::<Vec<_>>()
    };
    for (number, (peak, took)) in at_a_desk(look) {
        outcome.peak.fetch_max(peak, Relaxed);
        if peak > cases.target.memory || took > LONGEST {
            let fault = format!("takes {} MiB and {} ms", peak >> 20, took.as_millis());
            outcome
                .faults
                .lock()
                .expect("no panic")
                .push(keep(cases, number, &fault));
        }
    }
    outcome
}

/// Cases that are being read, and since when.
static RUNNING: Mutex<BTreeMap<String, Instant>> = Mutex::new(BTreeMap::new());

/// A case that is being read: one that never ends is named, by a thread that watches all of them.
struct Watched(String);

impl Watched {
    fn new(cases: &Cases, number: u64) -> Self {
        let name = format!("{} {number} of {}", cases.what, cases.target.name);
        RUNNING
            .lock()
            .expect("no panic")
            .insert(name.clone(), Instant::now());
        Self(name)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        RUNNING.lock().expect("no panic").remove(&self.0);
    }
}

fn watch() {
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_secs(5));
            for (name, since) in &*RUNNING.lock().expect("no panic") {
                if since.elapsed() > Duration::from_secs(HUNG) {
                    eprintln!("{name} has not ended after {HUNG} s");
                    std::process::exit(1);
                }
            }
        }
    });
}

/// The mutant of a number: one part of one file is broken.
fn mutant(target: &Target, seeds: &[Seed], number: u64) -> (Seed, Dice) {
    let mut dice = Dice::new(target.name, number);
    let mut seed = seeds[dice.below(seeds.len())].clone();
    let part = dice.below(seed.len());
    let others: Vec<&[u8]> = seeds.iter().map(|other| &*other[0].1).collect();
    seed[part].1 = mutate(&mut dice, &seed[part].1, &others);
    (seed, Dice::new(target.name, !number))
}

/// How long each beginning of files is, with the number of the file.
fn beginnings(target: &Target, seeds: &[Seed]) -> Vec<(usize, usize)> {
    let all = std::env::var("HEATMAP_PREFIXES").is_ok_and(|value| value == "all");
    let of = |(file, seed): (usize, &Seed)| {
        let length = seed[0].1.len();
        let some = BEGINNINGS / target.dearness as usize;
        let step = if all { 1 } else { (length / some).max(1) };
        (0..length)
            .step_by(step)
            .map(move |length| (file, length))
            .collect::<Vec<_>>()
    };
    seeds.iter().enumerate().flat_map(of).collect()
}

fn cut(seeds: &[Seed], (file, length): (usize, usize)) -> Seed {
    let mut seed = seeds[file].clone();
    seed[0].1.truncate(length);
    seed
}

/// Files that fuzzing has found to go where no others go, and those that once went wrong, with the
/// manner in which they are read.
fn kept(target: &Target) -> Vec<(Seed, u8)> {
    let name = target.name.replace(' ', "-");
    let folder = Path::new(ROOT).join("tests/data/fuzz").join(name);
    let files = walkdir::WalkDir::new(folder).sort_by_file_name();
    let files = files
        .into_iter()
        .flatten()
        .filter(|entry| entry.path().is_file());
    // What libFuzzer keeps for its own sake may have no names.
    let read = |entry: walkdir::DirEntry| {
        let bytes = std::fs::read(entry.path()).expect("a file that is kept");
        packed::unpack(&bytes)
    };
    files.filter_map(read).collect()
}

/// Whether more is wanted than what every run of all tests has time for.
fn is_long() -> bool {
    [
        "HEATMAP_MUTANTS",
        "HEATMAP_MUTANTS_SECONDS",
        "HEATMAP_PREFIXES",
    ]
    .iter()
    .any(|name| std::env::var_os(name).is_some())
}

fn listen() {
    std::panic::set_hook(Box::new(|panic| {
        if !heatmap::raster::is_guarded() {
            PANIC.set(panic.to_string());
        }
    }));
    watch();
}

#[test]
fn nothing_that_is_read_makes_it_panic_hang_or_hoard() {
    listen();
    let from = variable("HEATMAP_MUTANTS_FROM").unwrap_or(0);
    let most = variable("HEATMAP_MUTANTS").unwrap_or(1000);
    let only = std::env::var("HEATMAP_TARGET").unwrap_or_default();
    let mut wanted = targets::all();
    wanted.retain(|target| target.name.contains(&only));
    let each = variable("HEATMAP_MUTANTS_SECONDS")
        .map(|all| Duration::from_secs(all) / wanted.len() as u32);
    let mut faults = Vec::new();
    let mut rows = Vec::new();
    for target in &wanted {
        let seeds = &target.seeds(is_long());
        let begun = Instant::now();
        let lengths = beginnings(target, seeds);
        let prefixes = read(&Cases {
            target,
            what: "beginning",
            make: &|number| {
                let seed = cut(seeds, lengths[number as usize]);
                (seed, Dice::new(target.name, !number))
            },
            numbers: 0..lengths.len() as u64,
            until: None,
        });
        let kept = kept(target);
        let fuzzed = read(&Cases {
            target,
            what: "kept",
            make: &|number| {
                let (seed, manner) = kept[number as usize].clone();
                (seed, packed::manner(target.name, manner))
            },
            numbers: 0..kept.len() as u64,
            until: None,
        });
        let mutants = read(&Cases {
            target,
            what: "mutant",
            make: &|number| mutant(target, seeds, number),
            numbers: from..each.map_or(from + most / target.dearness, |_| u64::MAX / 2),
            until: each.map(|each| begun + each),
        });
        let longest = |outcome: &Outcome| *outcome.longest.lock().expect("no panic");
        let of = |count: &AtomicU64| count.load(Relaxed);
        let took = if target.dearness > 1 {
            "of processes | of processes".to_owned()
        } else {
            format!(
                "{} KiB | {:.1} ms",
                prefixes.peak.load(Relaxed).max(mutants.peak.load(Relaxed)) >> 10,
                longest(&prefixes).0.max(longest(&mutants).0).as_secs_f64() * 1000.0
            )
        };
        rows.push(format!(
            "| {} | {} | {} | {} | {took} |",
            target.name,
            seeds.len(),
            of(&prefixes.cases),
            of(&mutants.cases),
        ));
        eprintln!(
            "{} in {:.1} s; the longest are beginning {} and mutant {}",
            rows.last().expect("a row"),
            begun.elapsed().as_secs_f32(),
            longest(&prefixes).1,
            longest(&mutants).1
        );
        for outcome in [prefixes, fuzzed, mutants] {
            faults.extend(outcome.faults.into_inner().expect("no panic"));
        }
    }
    drop(std::panic::take_hook());
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    if variable("HEATMAP_RECORD").is_some() {
        record(&rows);
    }
}

/// Puts the rows into the table of docs/reliability.md, in place of those of the same targets.
fn record(rows: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
    let text = std::fs::read_to_string(&path).expect("the document");
    let (before, rest) = text
        .split_once("<!-- mutants -->\n")
        .expect("the beginning of the table");
    let (table, after) = rest.split_once("\n<!-- end -->").expect("its end");
    let target = |row: &str| row.split('|').nth(1).map(str::to_owned);
    let mut table: Vec<&str> = table.lines().collect();
    for row in rows {
        match table.iter().position(|old| target(old) == target(row)) {
            Some(at) => table[at] = row,
            None => table.push(row),
        }
    }
    let table = table.join("\n");
    let text = format!("{before}<!-- mutants -->\n{table}\n<!-- end -->{after}");
    std::fs::write(path, text).expect("the document");
}
