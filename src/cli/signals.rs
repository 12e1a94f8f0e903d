//! Signals and panics: an end in the middle of the work leaves nothing half done behind.

use std::panic::PanicHookInfo;
use std::sync::OnceLock;

use heatmap::error::{Error, ErrorKind, Result};
use heatmap::serve::Control;
use heatmap::{product, raster};

use crate::{console, terminal};

/// Ends the program with a line when it is wrong, instead of with Rust's words; but a panic that is
/// going to be an error of a file is none of its business.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if raster::is_guarded() {
            return;
        }
        clean_up();
        let mistake = mistake(panic);
        console::error(&mistake);
        std::process::exit(mistake.kind.exit_code().into());
    }));
}

fn mistake(panic: &PanicHookInfo) -> Error {
    let words = raster::words(panic.payload());
    // What the standard library says in no other way when the system fails it.
    if words.starts_with("failed to allocate an alternative stack") {
        let fact = "there is not enough memory for another thread";
        return Error::new(ErrorKind::Limit, fact);
    }
    if words.starts_with("unexpected error during closedir") {
        let fact = "the system could not close a folder that was read";
        return Error::new(ErrorKind::Output, fact);
    }
    let place = panic.location().map(|at| format!(" ({at})"));
    let fact = format!(
        "the program is wrong, not what it was given: {words}{}",
        place.unwrap_or_default()
    );
    Error::new(ErrorKind::Internal, fact)
        .advice("please report this, with the command line and, if you can, the data")
}

/// The service that ends what it began before the program does.
static SERVICE: OnceLock<Control> = OnceLock::new();

/// The signals that are waited for.
#[cfg(unix)]
static CAUGHT: OnceLock<signal_hook::iterator::Handle> = OnceLock::new();

/// From now on the first signal to end lets a service finish what it began, and one to hang up has
/// it take up new data, though it was started to ignore that.
pub fn stop(service: &Control) {
    let _ = SERVICE.set(service.clone());
    #[cfg(unix)]
    if let Some(caught) = CAUGHT.get() {
        let _ = caught.add_signal(signal_hook::consts::SIGHUP);
    }
}

/// Whether a signal does not end the program, or not yet: a service takes up new data when its
/// terminal hangs up, as services do, and else ends what it began first.
#[cfg(unix)]
fn goes_on(signal: i32) -> bool {
    SERVICE.get().is_some_and(|service| {
        if signal == signal_hook::consts::SIGHUP {
            service.reload();
            return true;
        }
        service.stop()
    })
}

/// Removes half-written files and ends half-drawn pictures.
fn clean_up() {
    product::abandon();
    terminal::reset();
}

/// From now on a signal that ends the program first cleans up. The program still ends by the
/// signal, as shells expect.
///
/// # Errors
/// When there is no thread to wait for signals on.
#[cfg(unix)]
pub fn catch() -> Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::{SIGABRT, SIGXFSZ};
    use signal_hook::flag;
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    // A flag nobody looks at: writing beyond a limit then fails like writing to a full disk.
    let _ = flag::register(SIGXFSZ, Arc::default());
    // Memory that nobody asked for with care, and that cannot be had.
    let limit = ErrorKind::Limit.exit_code().into();
    let _ = flag::register_conditional_shutdown(SIGABRT, limit, Arc::new(AtomicBool::new(true)));
    // Without a handler the program ends all the same, and a temporary file may stay behind.
    let Ok(mut signals) = Signals::new(ending()) else {
        return Ok(());
    };
    let _ = CAUGHT.set(signals.handle());
    let waiting = std::thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            if goes_on(signal) {
                continue;
            }
            clean_up();
            let _ = emulate_default_handler(signal);
        }
    });
    waiting.map(drop).map_err(|error| {
        Error::new(
            ErrorKind::Limit,
            format!("no thread can be started: {error}"),
        )
    })
}

/// The signals that end the program, but for those it was started to ignore: `nohup` and shells
/// that start something in the background mean it.
#[cfg(unix)]
fn ending() -> Vec<i32> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU};

    let Some(ignored) = ignored() else {
        return vec![SIGINT, SIGTERM];
    };
    let mut ending = vec![SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU];
    ending.retain(|signal| ignored & 1 << (signal - 1) == 0);
    ending
}

/// A bit for each signal that is ignored, where the system tells.
#[cfg(unix)]
fn ignored() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

/// Nowhere else are there signals to catch.
///
/// # Errors
/// None.
#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the program calls it on every system alike"
)]
pub fn catch() -> Result<()> {
    Ok(())
}
