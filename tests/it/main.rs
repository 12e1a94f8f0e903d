//! Runs the real program.
