//! Program, as a process: what mutants of command lines are given to.

use std::ffi::OsString;
use std::process::{Command, Stdio};

/// Carries out a command line, the program's name left out.
///
/// # Errors
/// When the program refuses it, with what it says.
///
/// # Panics
/// When the program is wrong, and not the command line or the data.
pub fn run(line: &[OsString]) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heatmap"));
    let output = command
        .args(line)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => Ok(()),
        Some(2..=7) => Err(said),
        code => panic!("{line:?} ends with {code:?}: {said}"),
    }
}

/// Reads a command line, as [`run`] does before anything else.
///
/// # Errors
/// When the program refuses it, or goes on to find that there is nothing to read.
pub fn parse(line: &[OsString]) -> Result<(), String> {
    run(line)
}
