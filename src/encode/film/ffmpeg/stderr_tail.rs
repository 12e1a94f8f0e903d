//! Tail of a program's standard error, however long that is. It is read all the time, since a
//! program whose words nobody reads stops.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Lines to keep.
const LINES: usize = 20;
/// Bytes to keep.
const BYTES: usize = 4096;
/// Time to wait for the rest after the program has ended: another one that it started may hold
/// the pipe for ever.
const PATIENCE: Duration = Duration::from_secs(1);

/// The last words of a program.
#[derive(Debug)]
pub struct StderrTail {
    heard: Arc<Mutex<Vec<u8>>>,
    silent: Receiver<()>,
}

impl StderrTail {
    /// Listens, on a thread of its own.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn of(pipe: Option<impl Read + Send + 'static>) -> io::Result<Self> {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (sender, silent) = channel();
        if let Some(pipe) = pipe {
            let heard = Arc::clone(&heard);
            std::thread::Builder::new().spawn(move || {
                listen(pipe, &heard);
                // Nobody may be waiting any more.
                let _ = sender.send(());
            })?;
        }
        Ok(Self { heard, silent })
    }

    /// The last lines that are not empty.
    pub fn collect(&self) -> String {
        // Silence, impatience and the end of the thread come to the same: what was heard is all.
        let _ = self.silent.recv_timeout(PATIENCE);
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&heard);
        let lines: Vec<&str> = text
            .split(['\n', '\r'])
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

fn listen(mut pipe: impl Read, heard: &Mutex<Vec<u8>>) {
    let mut words = [0; BYTES];
    while let Ok(count @ 1..) = pipe.read(&mut words) {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend(&words[..count]);
        let too_much = heard.len().saturating_sub(BYTES);
        heard.drain(..too_much);
    }
}
