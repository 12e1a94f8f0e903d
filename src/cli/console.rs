//! What the program says: answers on standard output; on standard error warnings, a log with `-v`,
//! and how far long work has come.
//!
//! The only place that prints.

use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner than this needs no progress.
const A_MOMENT: Duration = Duration::from_millis(500);

/// Standard error.
pub struct Console {
    quiet: bool,
    verbose: bool,
    start: Instant,
    bar: ProgressBar,
    shown: AtomicBool,
}

impl Console {
    /// Nothing but errors when `quiet`, a log when `verbose`.
    pub fn new(quiet: bool, verbose: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        Self {
            quiet,
            verbose,
            start: Instant::now(),
            bar,
            shown: AtomicBool::new(quiet),
        }
    }

    /// Something is not as the user may think.
    pub fn warn(&self, text: impl Display) {
        if !self.quiet {
            self.line(&format!("heatmap: warning: {text}"));
        }
    }

    /// What the user may need to know, though all is well.
    pub fn tell(&self, text: impl Display) {
        if !self.quiet {
            self.line(&format!("heatmap: {text}"));
        }
    }

    /// Weights are off by up to this share of themselves.
    pub fn rounded(&self, share: f64) {
        if share > 0.0 {
            let percent = 100.0 * share;
            self.warn(format_args!(
                "more different weights than --memory holds: they are rounded by up to {percent:.3} %"
            ));
        }
    }

    /// What was asked for.
    pub fn answer(&self, text: impl Display) {
        self.line(&text.to_string());
    }

    /// For the curious.
    pub fn log(&self, text: impl Display) {
        if self.verbose {
            self.line(&format!(
                "{:8.3} s  {text}",
                self.start.elapsed().as_secs_f64()
            ));
        }
    }

    /// What is being done, once it takes longer than a moment. Shown on a terminal only.
    pub fn progress(&self, doing: impl Display) {
        if !self.shown.load(Ordering::Relaxed) && self.start.elapsed() > A_MOMENT {
            // indicatif itself stays hidden where standard error is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(Duration::from_millis(100));
            self.shown.store(true, Ordering::Relaxed);
        }
        self.bar.set_message(doing.to_string());
    }

    /// How many points have been read.
    pub fn reading(&self, file: &str, shapes: u64) {
        self.progress(format_args!(
            "reading {file}: {} points so far",
            HumanCount(shapes)
        ));
    }

    /// What was being done is done; the line that said so is gone from the terminal.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The last words of a run that failed.
pub fn error(error: impl Display) {
    say(&format!("heatmap: {error}"));
}

/// What was asked for, on standard output. A pipe that was closed before is nothing to complain of.
pub fn answer(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Nobody may be listening any more, which is no reason to stop.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
