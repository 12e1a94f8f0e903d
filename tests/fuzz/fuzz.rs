//! Fuzzing that is guided by coverage: libFuzzer drives the targets of tests/mutants.
//!
//! `HEATMAP_TARGET` names the target. `HEATMAP_SEEDS=FOLDER` writes the good files of all targets
//! there, in a folder for each, and ends. The program is part of this one, because its options are
//! read by it and not by the library.
#![no_main]

#[path = "../mutants/mutate.rs"]
#[allow(
    dead_code,
    reason = "libFuzzer breaks files by itself; here only the dice are of use"
)]
mod mutate;
#[path = "../mutants/packed.rs"]
mod packed;
mod program;
#[path = "../mutants/service.rs"]
mod service;
#[path = "../mutants/targets.rs"]
#[allow(dead_code, reason = "how dear a target is matters to who counts cases")]
mod targets;

#[path = "../../src/cli/advice.rs"]
mod advice;
#[path = "../../src/cli/console.rs"]
#[allow(dead_code, reason = "nobody looks at a terminal here")]
mod console;
#[path = "../../src/cli/feedback.rs"]
#[allow(dead_code, reason = "nobody looks at a terminal here")]
mod feedback;
#[path = "../../src/cli/settings/mod.rs"]
#[allow(
    dead_code,
    reason = "some settings are for whoever looks at a terminal"
)]
mod settings;
#[path = "../../src/cli/terminal/mod.rs"]
#[allow(dead_code, unused_imports, reason = "nobody looks at a terminal here")]
mod terminal;

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use peak_alloc::PeakAlloc;
use rayon::ThreadPoolBuilder;

use targets::{Desk, Target};

/// The folder of the project.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Counts the bytes that are in use.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

static DESK: LazyLock<Desk> = LazyLock::new(Desk::new);

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("HEATMAP_TARGET").unwrap_or_default();
    let mut targets = targets::all();
    let names: Vec<&str> = targets.iter().map(|target| target.name).collect();
    let known = format!("HEATMAP_TARGET is one of {}", names.join(", "));
    let at = names.iter().position(|&known| known == name);
    targets.swap_remove(at.expect(&known))
});

fuzz_target!(
    init: begin(),
    |bytes: &[u8]| -> Corpus {
        let Some((seed, manner)) = packed::unpack(bytes) else {
            return Corpus::Reject;
        };
        let path = DESK.lay(&seed);
        let mut dice = packed::manner(TARGET.name, manner);
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        (TARGET.reads)(&path, &mut dice);
        let peak = MEMORY.peak_usage().saturating_sub(before);
        assert!(peak <= TARGET.memory, "it takes {} MiB", peak >> 20);
        Corpus::Keep
    }
);

fn begin() {
    // What panics in a decoder of somebody else is an error of that file.
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !heatmap::raster::is_guarded() {
            abort(panic);
        }
    }));
    if let Some(folder) = std::env::var_os("HEATMAP_SEEDS") {
        write_seeds(Path::new(&folder));
        std::process::exit(0);
    }
    // A reader works side by side on the thread that it is, which takes half the time of handing over.
    // Threads of a run or a service would wait for that one for ever.
    let mut with_threads = targets::of_users().into_iter();
    let threads = ThreadPoolBuilder::new().num_threads(1);
    let threads = if with_threads.any(|target| target.name == TARGET.name) {
        threads
    } else {
        threads.use_current_thread()
    };
    threads.build_global().expect("a thread");
}

/// Writes good files, each to be read in two manners.
fn write_seeds(folder: &Path) {
    for target in targets::all() {
        let folder = folder.join(target.name.replace(' ', "-"));
        std::fs::create_dir_all(&folder).expect("a folder for seeds");
        for (number, seed) in target.seeds(true).iter().enumerate() {
            for manner in 0..2 {
                let name = folder.join(format!("seed-{number}-{manner}"));
                let manner = (number * 2 + manner) as u8;
                std::fs::write(name, packed::pack(seed, manner)).expect("a seed");
            }
        }
    }
}
