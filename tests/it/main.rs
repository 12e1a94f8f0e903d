//! Runs the real program, as its users do.

mod errors;
mod examples;
mod inputs;
mod pictures;
mod run;
mod structure;
