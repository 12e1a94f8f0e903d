//! Screen output that can be cut off: the terminal is sane even so.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes that are written at once: a signal waits for no more.
const CHUNK: usize = 4096;

/// Held while a piece is written; says whether a picture has been begun and not ended.
static UNFINISHED: Mutex<bool> = Mutex::new(false);
/// The program is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Writes a picture in pieces, between which [`reset`] may come.
pub fn write(bytes: &[u8], writer: &mut dyn Write) -> io::Result<()> {
    let mut pieces = bytes.chunks(CHUNK).peekable();
    while let Some(piece) = pieces.next() {
        let mut unfinished = UNFINISHED
            .lock()
            .map_err(|_| io::Error::other("drawing was broken off"))?;
        *unfinished = true;
        writer.write_all(piece)?;
        writer.flush()?;
        *unfinished = pieces.peek().is_some();
        drop(unfinished);
        while ENDING.load(Ordering::Relaxed) {
            std::thread::park();
        }
    }
    Ok(())
}

/// Ends whatever picture is half drawn, with its colours: to be called before the program ends
/// in the middle of its work. Nothing can be drawn after it.
pub fn reset() {
    use std::time::Duration;

    ENDING.store(true, Ordering::Relaxed);
    // A terminal that takes nothing any more must not keep the program from ending.
    let mut tries = (0..300).filter_map(|_| {
        UNFINISHED
            .try_lock()
            .inspect_err(|_| std::thread::sleep(Duration::from_millis(1)))
            .ok()
    });
    let Some(unfinished) = tries.next() else {
        return;
    };
    if *unfinished {
        end_picture();
    }
    // Whoever would draw now has to wait for the end.
    std::mem::forget(unfinished);
}

/// String Terminator ends a picture of the protocols, and is nothing elsewhere. Past the lock of
/// standard output, which the drawing thread holds.
#[cfg(unix)]
fn end_picture() {
    use std::fs::File;
    use std::os::fd::AsFd;

    if let Ok(screen) = io::stdout().as_fd().try_clone_to_owned() {
        let _ = File::from(screen).write_all(b"\x1b\\\x1b[0m\n");
    }
}

/// Elsewhere there is no way past the lock.
#[cfg(not(unix))]
fn end_picture() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_in_pieces_and_is_whole() {
        struct Pieces(Vec<Vec<u8>>);
        impl Write for Pieces {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                assert!(UNFINISHED.try_lock().is_err());
                self.0.push(bytes.to_vec());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let bytes: Vec<u8> = (0..10_000u32).map(|i| i as u8).collect();
        let mut pieces = Pieces(Vec::new());
        write(&bytes, &mut pieces).unwrap();
        assert_eq!((pieces.0.len(), pieces.0.concat()), (3, bytes));
        assert!(!*UNFINISHED.lock().unwrap());
    }
}
