//! Child process that does not outlive this one: ended when it is dropped, and by [`abandon`].

use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

/// How long a program has ended at the most before that is noticed.
const MOMENT: Duration = Duration::from_millis(5);

/// All that run.
static RUNNING: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());

/// Ends all of them: to be called before the program ends in the middle of its work.
pub fn abandon() {
    for child in lock(&RUNNING).iter() {
        // One that has ended is none to worry about.
        let mut child = lock(child);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A program that runs.
#[derive(Debug)]
pub struct Running(Arc<Mutex<Child>>);

impl Running {
    /// Starts a program, and gives the pipes to it that were asked for.
    pub fn start(
        command: &mut Command,
    ) -> io::Result<(Self, Option<ChildStdin>, Option<ChildStderr>)> {
        // Held while it is started, so that no signal finds one that nobody knows of.
        let mut running = lock(&RUNNING);
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        running.push(Arc::clone(&child));
        Ok((Self(child), pipes.0, pipes.1))
    }

    /// Waits for its end. Not with the system's own waiting, which would keep [`abandon`] from it.
    pub fn wait(&self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = lock(&self.0).try_wait()? {
                return Ok(status);
            }
            thread::sleep(MOMENT);
        }
    }

    #[cfg(test)]
    pub fn id(&self) -> u32 {
        lock(&self.0).id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&RUNNING).retain(|child| !Arc::ptr_eq(child, &self.0));
        let mut child = lock(&self.0);
        // Both do nothing when it has ended and was waited for.
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
