//! Films that the program ffmpeg writes: raw frames go to it through a pipe, without a shell and
//! without pictures on disk.
//!
//! The environment variable `HEATMAP_FFMPEG` says which program to start; without it, `ffmpeg` is
//! looked for on the `PATH`.

mod arguments;
mod container;
mod running;
mod stderr_tail;

// Shell scripts stand in for ffmpeg.
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};

pub use self::running::abandon;

use self::running::Running;
use self::stderr_tail::StderrTail;
use super::Timing;
use crate::error::{Error, ErrorKind, Result};
use crate::raster::Raster;
use crate::raster::Size;

/// Names the program to start.
const PROGRAM: &str = "HEATMAP_FFMPEG";

/// A film as ffmpeg writes it: give all frames, then finish. Dropped before that, it ends ffmpeg.
#[derive(Debug)]
pub struct Ffmpeg {
    child: Running,
    /// None when ffmpeg wants no more.
    frames: Option<ChildStdin>,
    last_words: StderrTail,
    size: Size,
    output: PathBuf,
}

fn program() -> Command {
    let named = std::env::var_os(PROGRAM).filter(|name| !name.is_empty());
    Command::new(named.unwrap_or_else(|| OsString::from("ffmpeg")))
}

impl Ffmpeg {
    /// Makes sure that ffmpeg can be started: to be asked before the work.
    ///
    /// # Errors
    /// When there is none.
    pub fn find() -> Result<()> {
        let mut command = program();
        command
            .arg("-version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| missing(&command, &error))?;
        // Whatever it says to that, it is there.
        child
            .wait()
            .map_or_else(|error| Err(missing(&command, &error)), |_| Ok(()))
    }

    /// Starts ffmpeg, to write frames of a size to a file whose extension says what film it is.
    /// That file is written over. `options` go to ffmpeg after our own, so that they win.
    ///
    /// # Errors
    /// When there is no ffmpeg.
    pub fn begin(output: &Path, size: Size, timing: &Timing, options: &[String]) -> Result<Self> {
        let mut command = program();
        command.args(arguments::of(output, size, timing.rate, options));
        Self::start(command, size, output)
    }

    fn start(mut command: Command, size: Size, output: &Path) -> Result<Self> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let (child, frames, pipe) =
            Running::start(&mut command).map_err(|error| missing(&command, &error))?;
        let last_words = StderrTail::of(pipe).map_err(|error| missing(&command, &error))?;
        Ok(Self {
            child,
            frames,
            last_words,
            size,
            output: output.to_owned(),
        })
    }

    /// Adds a frame; its alpha is left out. Options may have told ffmpeg to end early; later frames
    /// are then left out.
    ///
    /// # Errors
    /// When it has another size, or when ffmpeg has ended with an error.
    pub fn frame(&mut self, frame: &Raster) -> Result<()> {
        if frame.size() != self.size {
            return Err(Error::new(
                ErrorKind::Internal,
                format!("a frame of {} in a film of {}", frame.size(), self.size),
            ));
        }
        let Some(frames) = &mut self.frames else {
            return Ok(());
        };
        match frames.write_all(frame.as_bytes()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.end(),
            Err(error) => Err(Error::new(
                ErrorKind::Program,
                format!("ffmpeg cannot be given a frame: {error}"),
            )),
        }
    }

    /// Waits until ffmpeg has written everything, and looks at what it wrote: it may end without an
    /// error though the disk is full.
    ///
    /// # Errors
    /// When it ends with an error, says that it could not write, or left a film that is cut short.
    pub fn finish(mut self) -> Result<()> {
        self.end()?;
        let words = self.last_words.collect();
        if words.lines().any(is_of_writing) {
            let fact = "ffmpeg could not write the whole film";
            return Err(said(Error::new(ErrorKind::Program, fact), &words));
        }
        match container::missing(&self.output) {
            Ok(None) => Ok(()),
            Ok(Some(missing)) => Err(said(
                Error::new(
                    ErrorKind::Program,
                    format!("the film that ffmpeg wrote is not whole: {missing}"),
                ),
                &words,
            )),
            Err(error) => Err(Error::new(
                ErrorKind::Program,
                format!("the film that ffmpeg wrote cannot be read: {error}"),
            )),
        }
    }

    fn end(&mut self) -> Result<()> {
        // The end of its input is what ffmpeg waits for.
        self.frames = None;
        let status = self.child.wait();
        let status = status
            .map_err(|error| Error::new(ErrorKind::Program, format!("ffmpeg is lost: {error}")))?;
        if status.success() {
            Ok(())
        } else {
            Err(failed(status, &self.last_words.collect()))
        }
    }
}

fn missing(command: &Command, error: &io::Error) -> Error {
    let program = command.get_program().display();
    let fact = match error.kind() {
        io::ErrorKind::NotFound => format!("'{program}' is not installed, or cannot be found"),
        _ => format!("'{program}' cannot be started: {error}"),
    };
    Error::new(ErrorKind::Program, fact).advice(format!(
        "install ffmpeg, or say with {PROGRAM} where it is, or write a .gif, .apng or .webp, which need no other program"
    ))
}

fn failed(status: ExitStatus, last_words: &str) -> Error {
    said(
        Error::new(ErrorKind::Program, format!("ffmpeg failed ({status})")),
        last_words,
    )
}

fn said(error: Error, last_words: &str) -> Error {
    if last_words.is_empty() {
        return error.advice("it did not say why");
    }
    error.advice(format!(
        "it said:\n    {}",
        last_words.replace('\n', "\n    ")
    ))
}

/// Whether a line tells of a film that could not be written, in the words of ffmpeg's muxers.
/// Other lines are none to fail for: encoders print what they like.
fn is_of_writing(line: &str) -> bool {
    [
        "Error writing",
        "Error closing file",
        "av_interleaved_write_frame()",
        "Error muxing",
        "Error submitting a packet to the muxer",
    ]
    .iter()
    .any(|words| line.contains(words))
}
